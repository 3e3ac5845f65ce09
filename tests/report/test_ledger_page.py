"""The page of the ledger, in a real browser."""

import pytest

from sightbits.ledger.finding import Verdict
from sightbits.plots.ledger.words import INKS, SIGNS
from sightbits.report.ledger.claims import claim_rows, count_rows
from sightbits.report.render import render
from sightbits.report.summarize import summarize

HOSTILE = "<script>alert(1)</script>"
SECTIONS = {"verdicts": 1, "first": 2, "second": 2}


@pytest.fixture
def ledger(invent_ledger):
    return invent_ledger(quick=True, title=HOSTILE)


@pytest.fixture
def report(ledger, tmp_path):
    path = tmp_path / "report.html"
    path.write_text(render(summarize(ledger)), encoding="utf-8")
    return path


def test_page_lists_every_claim_and_draws_every_picture(open_page, check_figures, ledger, report):
    page = open_page(report)
    assert page.locator(".finding").text_content().startswith("Of 5 claims of 2 sources, 2 are reproduced")
    found = page.evaluate("[...document.querySelectorAll('main section')].map((section) => section.id)")
    assert found == list(SECTIONS)
    assert HOSTILE in page.locator("#first > p").first.text_content()
    check_figures(page, SECTIONS)
    assert page.evaluate("document.documentElement.scrollWidth") == 1280
    rows = page.locator(".claims tbody tr")
    assert rows.count() == len(ledger.findings)
    for i, one in enumerate(ledger.findings):
        verdict, claim = (cell.strip() for cell in rows.nth(i).locator("td").all_inner_texts()[:2])
        assert verdict == str(one.verdict)
        lines = [line for line in claim.split("\n") if line]
        assert lines == [part for part in (one.claim.text, one.claim.place, one.note) if part]
    signs = page.locator(".claims .verdict path").evaluate_all(
        "(paths) => paths.map((path) => [path.getAttribute('d'), path.getAttribute('fill')])"
    )
    assert signs == [[SIGNS[one.verdict], INKS[one.verdict]] for one in ledger.findings]
    assert page.locator("figcaption").all_text_contents() == [
        "Two maps (figure 1).", "A curve (figure 2).", "Bars (figure 3).", "How many (text).",
    ]  # fmt: skip
    assert "A quick run" in page.locator(".warning").text_content()
    assert "NaN" not in page.locator("body").inner_text()


def test_buttons_choose_which_claims_are_listed(open_page, report):
    page = open_page(report)

    def listed():
        return page.locator(".claims tbody tr:visible .claim").evaluate_all("(cells) => cells.length")

    buttons = page.locator("button[data-verdict]")
    texts = [text.strip() for text in buttons.all_text_contents()]
    assert texts == ["all claims", "2 reproduced", "1 not reproduced", "1 artefact", "1 not testable here"]
    assert listed() == 5
    for i, (n_listed, without) in enumerate([(5, 0), (2, 0), (1, 1), (1, 1), (1, 1)]):
        buttons.nth(i).click()
        assert listed() == n_listed
        assert page.locator(".none:visible").count() == without
        pressed = buttons.evaluate_all("(all) => all.map((one) => one.getAttribute('aria-pressed'))")
        assert pressed == [str(k == i).lower() for k in range(5)]


def test_a_tile_leads_to_its_claim(open_page, report):
    page = open_page(report)
    page.locator("button[data-verdict='reproduced']").click()
    box = page.locator("#verdicts canvas").bounding_box()
    cell = page.evaluate("sightbitsPage.views.get('verdicts').signal('cell')")
    page.mouse.click(box["x"] + 4 + 2.5 * cell, box["y"] + 4 + 1.5 * cell)  # the third tile of the first source
    page.wait_for_url("**#first--one-is-above-the-other")
    target = page.locator("tr:target")
    assert target.is_visible()
    assert target.locator(".verdict").inner_text().strip() == "artefact"
    assert page.locator(".claims tbody tr:visible").count() == 5


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_nothing_is_wider_than_a_phone(open_page, check_widths, report, scheme):
    page = open_page(report, width=390, scheme=scheme)
    check_widths(page, 390)
    row = page.locator(".claims tbody tr").first
    cells = row.locator("td:visible").evaluate_all("(cells) => cells.map((cell) => cell.getBoundingClientRect().top)")
    assert cells == sorted(set(cells))  # one below the other
    right = page.locator(".claims td:visible").evaluate_all(
        "(cells) => Math.max(...cells.map((cell) => cell.getBoundingClientRect().right))"
    )
    assert right <= 390


def test_rows_tell_figures_tolerance_and_control(ledger):
    exact, order, always, never = claim_rows(ledger.of_source("first"))
    assert (exact["claimed"], exact["tolerance"], exact["measured"], exact["cases"]) == (
        "1.79 bits", "within 0.1", "1.750 ± 0.071", "n = 2",
    )  # fmt: skip
    assert (exact["control"], exact["without"], exact["note"]) == ("-", "", "Two draws.")
    assert (order["claimed"], order["control"], order["without"]) == ("above 0 bits", "0.5", "labels shuffled")
    assert (always["tolerance"], always["cases"]) == ("in every case", "holds in 1 of 2")
    assert (never["measured"], never["verdict"], never["note"]) == (
        "-", "not testable here", "The text does not define it.",
    )  # fmt: skip


def test_counts_are_told_by_source_and_of_all(ledger, invent_ledger):
    assert count_rows(ledger) == (
        ("source", "claims", *map(str, Verdict)),
        ("first", "4", "1", "1", "1", "1"),
        ("second", "1", "1", "0", "0", "0"),
        ("all", "5", "2", "1", "1", "1"),
    )
    assert len(count_rows(invent_ledger("second"))) == 2


def test_a_full_run_has_no_warning_and_a_source_without_pictures_no_figures(invent_ledger):
    ledger = invent_ledger("second")
    assert summarize(ledger).warnings == ()
    ledger.drawings.clear()
    page = summarize(ledger)
    assert page.sections[1].figures == ()
    assert "redrawn" not in page.sections[1].text
    assert "a paper" in render(page)
