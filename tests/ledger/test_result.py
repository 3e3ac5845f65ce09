"""The ledger as a document and a table."""

from sightbits.ledger.finding import Verdict


def test_claims_are_counted_by_verdict(invent_ledger):
    ledger = invent_ledger()
    assert list(ledger.counts().values()) == [2, 1, 1, 1]
    assert list(ledger.counts()) == list(Verdict)
    assert list(ledger.counts("first").values()) == [1, 1, 1, 1]
    assert [one.claim.name for one in ledger.of_source("second")] == ["a network is needed"]


def test_the_document_holds_every_claim(invent_ledger):
    ledger = invent_ledger(quick=True, seed=3)
    told = ledger.to_dict()
    assert told["study"] == "reproduce"
    assert told["settings"] == {"quick": True, "seed": 3, "sources": ["first", "second"]}
    assert told["verdicts"] == {"reproduced": 2, "not reproduced": 1, "artefact": 1, "not testable here": 1}
    assert [row["name"] for row in told["claims"]] == [one.claim.name for one in ledger.findings]


def test_the_table_has_a_claim_a_row(invent_ledger):
    ledger = invent_ledger()
    table = ledger.tables()["claims"]
    assert list(table) == list(ledger.findings[0].to_dict())
    assert table["measured"][3] is None
    assert table["verdict"] == [str(one.verdict) for one in ledger.findings]
