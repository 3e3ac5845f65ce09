"""What a study of filters that was made by hand says of itself: document and tables."""

import json

import numpy as np
import pytest

from sightbits.estimation.filters import PAPER, REPAIRED

close = pytest.approx
BIT = np.log(2)


@pytest.fixture(scope="module")
def study(invent_filters):
    return invent_filters(seed=3)


def read(study):
    def refuse(constant):
        raise ValueError(f"{constant} is no JSON")

    return json.loads(study.to_json(), parse_constant=refuse)


def test_the_document_has_what_others_read(study):
    document = read(study)
    assert (document["study"], document["unit"], document["layer"]) == ("filters", "bit", "conv2")
    assert set(document["width"]) == {PAPER, REPAIRED}
    assert document["width"][REPAIRED]["n_filters"] == 5.5
    assert document["width"][REPAIRED]["n_filters_of_seeds"] == [5, 6]
    assert len(document["width"][REPAIRED]["trace"]) == 6
    assert document["width"][REPAIRED]["trace"][1]["information"] == close(0.5 / BIT)
    assert document["importance"]["l1"] == close(study.importance["l1"].mean(axis=0).tolist())
    assert set(document["pruning"][0]) == {"criterion", "kept", "seed", "accuracy", "accuracy_fine_tuned"}
    assert document["cost"]["parameters"] == {"before": 9000, "after": 1500}
    assert document["cost"]["latency_ms"] == {"before": close(5.6), "after": close(4.1)}
    assert document["source"]["n_images"] == 200
    assert document["settings"]["keep"] == [8, 4, 2, 1]
    assert document["settings"]["fine_tune_rate"] == close(0.002)
    assert document["accuracy"] == close(0.985)
    assert len(document["sweep"]) == 3


def test_pruning_has_a_row_for_each_criterion_number_and_network(study):
    rows = read(study)["pruning"]
    assert len(rows) == 14 * 4 * 2
    row = next(one for one in rows if (one["criterion"], one["kept"], one["seed"]) == ("taylor", 4, 4))
    assert row["accuracy"] == close(study.pruned_accuracy["taylor"][1, 1])
    assert row["accuracy_fine_tuned"] == close(study.fine_tuned_accuracy["taylor"][1, 1])


def test_without_fine_tuning_and_sweep_there_is_nothing_of_them(invent_filters):
    study = invent_filters(fine_tune=0, sweep=(), criteria=("l1",), seeds=1)
    document = read(study)
    assert document["sweep"] is None
    assert {row["accuracy_fine_tuned"] for row in document["pruning"]} == {None}
    assert {row["accuracy_std"] for row in document["pruning_summary"]} == {None}
    assert document["settings"]["fine_tune_rate"] is None
    assert "sweep" not in study.tables()


@pytest.mark.parametrize(("unit", "nats"), [("bit", BIT), ("nat", 1.0), ("ban", np.log(10))])
def test_information_is_in_the_unit(invent_filters, unit, nats):
    study = invent_filters(unit=unit, criteria=("l1",))
    information = read(study)["information"]
    figures = study.figures[1]
    of_input, of_label = figures.input_information.value, figures.label_information.value
    np.testing.assert_allclose(information["objective"][1], (of_input - 2 * of_label) / nats)
    np.testing.assert_allclose(information["excess_objective"][1], (0.6 * of_input - 2 * (of_label - 0.5)) / nats)
    np.testing.assert_allclose(information["input_information"][1], of_input / nats)
    np.testing.assert_allclose(information["label_information_null"][1], 0.5 / nats)
    np.testing.assert_allclose(information["spread"][1], figures.spread)
    assert information["input_entropy"] == close([4.5 / nats] * 2)
    row = read(study)["sweep"][2]
    assert row["n_filters"] == 8
    assert row["input_information"] == close(study.sweep.input_information[:, 2].mean() / nats)
    assert row["input_information_std"] == close(study.sweep.input_information[:, 2].std(ddof=1) / nats)
    assert row["input_entropy"] == close(4.5 / nats)
    assert row["redundancy_percent"] == close(100 * study.sweep.redundancy[:, 2].mean())


def test_tables_are_whole(study):
    tables = study.tables()
    assert list(tables) == ["pruning", "accuracy", "importance", "width", "cost", "verdicts", "sweep"]
    lengths = {name: {len(values) for values in columns.values()} for name, columns in tables.items()}
    steps = sum(len(found.steps) for each in study.width.values() for found in each)
    assert lengths == {
        "pruning": {112}, "accuracy": {56}, "importance": {32}, "width": {steps}, "cost": {5},
        "verdicts": {len(study.verdicts)}, "sweep": {3},
    }  # fmt: skip
    importance = tables["importance"]
    assert (importance["seed"][20], importance["filter"][20]) == (4, 4)
    assert importance["hrank"][20] == study.importance["hrank"][1, 4]
    assert importance["objective"][20] == close(study.objective[1, 4] / BIT)
    assert set(tables["width"]["tie_share"]) == {0.25, None}
    assert tables["width"]["seed"][:5] == [3, 3, 4, 4, 4]


def test_means_and_spreads_are_over_networks(study):
    accuracy = study.tables()["accuracy"]
    place = [*zip(accuracy["criterion"], accuracy["kept"], strict=True)].index(("apoz", 2))
    values = study.pruned_accuracy["apoz"][:, 2]
    assert accuracy["accuracy"][place] == close(values.mean())
    assert accuracy["accuracy_std"][place] == close(values.std(ddof=1))
    assert accuracy["accuracy_fine_tuned_std"][place] == close(study.fine_tuned_accuracy["apoz"][:, 2].std(ddof=1))
