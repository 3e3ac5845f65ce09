"""What is told of figures that were made by hand: inequalities, averages, shares of chance and of scale, documents."""

from dataclasses import replace
from math import log

import numpy as np
import pytest

from sightbits.core.images import Provenance
from sightbits.core.units import Unit
from sightbits.studies.information_flow import FlowSettings, FlowTrace, InformationFlow
from sightbits.studies.information_flow.inequalities import backward_inequalities, forward_inequalities
from sightbits.studies.information_flow.traces import mean_of, std_of, trace_of

close = pytest.approx
LAYERS = ("conv1", "pool1", "conv2", "pool2", "fc1", "out")
STEPS = (0, 10, 20, 40)
INPUT, LABEL, ERROR = "input_information", "label_information", "error_information"
WNR_X, WNR_Y = "non_redundant_input", "non_redundant_label"
BIT = log(2)
NATS = {"bit": log(2), "nat": 1.0, "ban": log(10)}
FALLING = np.array([2.0, 1.9, 1.8, 1.7, 1.6, 1.5])


def trace_with(*, seeds: int = 2, probes: int = 2, entropy: float = 3.0, **columns) -> FlowTrace:
    """Figures that are spread over seeds, steps, probes and layers."""
    shape = (seeds, len(STEPS), probes, len(LAYERS))
    return FlowTrace(
        steps=STEPS,
        layers=LAYERS,
        columns={name: np.array(np.broadcast_to(values, shape), dtype=float) for name, values in columns.items()},
        input_entropy=np.full(shape[:3], entropy),
        label_entropy=np.full(shape[:3], entropy / 2),
    )


def over_steps(*values: float) -> np.ndarray:
    """A figure a step, to be spread over probes and layers."""
    return np.array(values)[:, None, None]


def plain_columns() -> dict[str, np.ndarray]:
    """Figures of which there is nothing to warn."""
    columns = {}
    for name, values in ((INPUT, FALLING), (LABEL, FALLING / 4), (ERROR, FALLING[::-1] - 1)):
        columns |= {name: values, f"{name}_null": values / 2, f"{name}_null_std": 0.1 + 0 * values}
        columns |= {f"{name}_excess": values / 2, f"{name}_saturated": 0 * values}
    columns[ERROR] = np.where(np.arange(6) == 5, np.nan, columns[ERROR])
    for name, times in ((WNR_X, 1.0), (WNR_Y, 0.5)):
        curve = times * over_steps(1, 2, 3, 4) * np.array([1, 1, 2, 2, 1, 1])
        columns |= {name: curve, f"{name}_null": np.full(6, times / 4)}
    columns |= {"redundancy": np.full(6, 0.25), "redundancy_null": np.full(6, 0.5)}
    columns |= {"redundancy_standard_error": np.full(6, 0.125), "n_pairs": np.full(6, 3.0)}
    columns |= {"n_all_pairs": np.full(6, 15.0), "n_undefined": np.full(6, 1.0), "saturated_share": np.full(6, 0.75)}
    return columns


def flow_with(
    *, unit: str = "bit", tolerance: float = 0.01, pairs: int = 100, rescaled=(1.0, 1.0, 1.0, 1.0), **columns
) -> InformationFlow:
    """A study of two seeds and two probes of which nothing is to be warned, but for the columns that are given."""
    values = plain_columns() | columns
    main = trace_with(**values)
    seeds, steps = 2, len(STEPS)
    return InformationFlow(
        provenance=Provenance(name="by hand", sha256="0" * 64, origin="here"),
        image_shape=(8, 8),
        label_names=("a", "b"),
        value_range=(0.0, 1.0),
        n_training=80,
        n_test=20,
        n_samples=16,
        settings=FlowSettings(seeds=seeds, tolerance=tolerance, pairs=pairs, seed=5, rate=0.25, epochs=4),
        unit=Unit(unit),
        steps_per_epoch=10,
        main=main,
        scale_free=trace_with(**values | {INPUT: FALLING / 8}),
        rescaled=trace_with(**{WNR_X: over_steps(*rescaled), INPUT: FALLING / 16}),
        accuracy=np.array([[0.1, 0.5, 0.7, 0.9], [0.2, 0.4, 0.8, 0.7]]),
        loss=np.array([[np.nan, 2.0, 1.0, 0.5], [np.nan, 1.0, 0.5, 0.25]]),
        scale=np.arange(seeds * steps * 2 * 6, dtype=float).reshape(seeds, steps, 2, 6),
    )


def look(values: np.ndarray, **further) -> dict:
    """A record of one probe, its layers in another order than they stand."""
    rows = [{"layer": layer, INPUT: value} for layer, value in zip(LAYERS, values.tolist(), strict=True)]
    return {"input_entropy": 2.5, "label_entropy": 0.5, "rows": rows[::-1], **further}


def lost_from(step: int, *values, seed: int = 0) -> list[np.ndarray]:
    """The same arrays without what a seed gave from a step on."""
    kept = [np.array(np.broadcast_to(one, (2, len(STEPS), 2, 6)), dtype=float) for one in values]
    for one in kept:
        one[seed, step:] = np.nan
    return kept


def without(result: InformationFlow, *, seeds, step: int) -> InformationFlow:
    """The same where networks diverged."""
    columns = {name: values.copy() for name, values in result.main.columns.items()}
    entropy = result.main.input_entropy.copy()
    for values in (*columns.values(), entropy):
        values[seeds, step:] = np.nan
    return replace(result, main=replace(result.main, columns=columns, input_entropy=entropy))


# Averages


def test_records_come_to_their_seed_step_probe_and_layer() -> None:
    values = np.arange(2 * 4 * 3 * 6, dtype=float).reshape(2, 4, 3, 6)
    looked = [
        [{"step": STEPS[k], "main": [look(values[s, k, p]) for p in range(3)]} for k in range(4)] for s in range(2)
    ]
    looked[1][3] = {"step": 40, "accuracy": 0.1}  # as it is where training diverged
    looked[0][2]["main"][1] = look(values[0, 2, 1], label_entropy=None)
    looked[0][2]["main"][1]["rows"][0] |= {INPUT: None, "input_information_saturated": True}
    found = trace_of(looked, "main", n_probes=3, steps=STEPS, layers=LAYERS)
    expected = values.copy()
    expected[1, 3] = np.nan
    expected[0, 2, 1, 5] = np.nan
    np.testing.assert_array_equal(found.columns[INPUT], expected)
    saturated = np.full(values.shape, np.nan)
    saturated[0, 2, 1, 5] = 1
    np.testing.assert_array_equal(found.columns["input_information_saturated"], saturated)
    assert sorted(found.columns) == [INPUT, "input_information_saturated"]
    entropies = np.full((2, 4, 3), 2.5)
    entropies[1, 3] = np.nan
    np.testing.assert_array_equal(found.input_entropy, entropies)
    labels = entropies - 2
    labels[0, 2, 1] = np.nan
    np.testing.assert_array_equal(found.label_entropy, labels)
    assert not trace_of(looked, "scale_free", n_probes=3, steps=STEPS, layers=LAYERS).columns


def test_means_and_spreads_are_of_what_is_there() -> None:
    values = np.array([[1.0, np.nan, 4.0], [3.0, np.nan, np.nan], [8.0, 5.0, 6.0]])
    np.testing.assert_allclose(mean_of(values, axis=0), [4, 5, 5])
    np.testing.assert_allclose(mean_of(values, axis=1), [2.5, 3, 19 / 3])
    np.testing.assert_allclose(std_of(values, axis=0), [13**0.5, np.nan, 2**0.5])
    np.testing.assert_allclose(std_of(values, axis=1), [4.5**0.5, np.nan, (7 / 3) ** 0.5])
    assert np.isnan(mean_of(np.full((2, 3), np.nan), axis=0)).all()
    assert np.isnan(std_of(np.ones((1, 3)), axis=0)).all()


def test_figures_are_averaged_over_probes_then_over_seeds() -> None:
    """A seed with one probe that has no figure weighs as much as another."""
    values = np.zeros((2, 4, 2, 6))
    values[0, ..., 0, :], values[0, ..., 1, :] = 1.0, 3.0
    values[1, ..., 0, :], values[1, ..., 1, :] = 10.0, np.nan
    null = np.broadcast_to(np.array([0.5, 4.0])[:, None, None, None], values.shape)
    trace = trace_with(**{INPUT: values, f"{INPUT}_null": null})
    np.testing.assert_array_equal(trace.of_seeds(INPUT)[:, 2, 3], [2, 10])
    np.testing.assert_array_equal(trace.excess(INPUT)[:, 2, 3], [1.5, 6])
    np.testing.assert_array_equal(trace.mean(INPUT), np.full((4, 6), 6.0))
    np.testing.assert_allclose(trace.std(INPUT), np.full((4, 6), 32**0.5))
    assert np.isnan(trace.mean("not measured")).all()
    assert trace.of_seeds("not measured").shape == (2, 4, 6)
    assert np.isnan(trace_with(seeds=1, **{INPUT: values[:1]}).std(INPUT)).all()


# Inequalities


def test_a_rise_above_the_tolerance_is_a_violation() -> None:
    """Conv1 to conv2 rises by as much as is tolerated, conv2 to fc1 by more, fc1 to out not at all."""
    trace = trace_with(**{INPUT: [1.0, 9, 1.25, 0, 1.75, 1.0], f"{INPUT}_null": [1.0, -9, 2.0, 5, 2.125, 3.0]}, seeds=3)
    found = forward_inequalities(trace, ("conv1", "conv2", "fc1", "out"), 0.25)
    assert found.layers == ("conv1", "conv2", "fc1", "out")
    assert found.rises.shape == (3, 4, 3)
    assert found.rises[1, 2].tolist() == [0.25, 0.5, -0.75]
    assert found.violated[1, 2].tolist() == [False, True, False]
    assert (found.n_inequalities, found.n_violations, found.n_null_violations) == (36, 12, 24)
    assert found.largest_rise == 0.5
    every = forward_inequalities(trace, LAYERS, 0.25)
    assert every.rises[0, 0].tolist() == [8, -7.75, -1.25, 1.75, -0.75]
    assert (every.n_inequalities, every.n_violations, every.n_null_violations) == (60, 24, 36)


def test_errors_run_backward_from_the_last_but_one() -> None:
    trace = trace_with(**{ERROR: [0.5, 7, 0.25, 8, 1.0, np.nan], f"{ERROR}_null": [1, 7, 2, 8, 1.5, np.nan]})
    found = backward_inequalities(trace, ("conv1", "conv2", "fc1", "out"), 0.125)
    assert found.layers == ("fc1", "conv2", "conv1")
    assert found.rises[0, 0].tolist() == [-0.75, 0.25]
    assert found.null_rises[0, 0].tolist() == [0.5, -1]
    assert (found.n_inequalities, found.n_violations, found.n_null_violations) == (16, 8, 8)
    assert backward_inequalities(trace, LAYERS, 0.125).layers == LAYERS[-2::-1]


def test_rises_are_of_probes_together() -> None:
    """By one probe information rises, by the other it falls as much."""
    values = np.stack([np.arange(6.0), -np.arange(6.0)])
    found = forward_inequalities(trace_with(**{INPUT: values}), LAYERS, 0.0)
    assert (found.rises == 0).all()
    assert found.n_violations == 0


def test_networks_that_diverged_have_no_inequalities() -> None:
    value, null = lost_from(1, np.arange(6.0), np.arange(6.0) ** 2)
    found = forward_inequalities(trace_with(**{INPUT: value, f"{INPUT}_null": null}), LAYERS, 0.5)
    assert found.n_inequalities == found.n_violations == found.n_null_violations == 5 * 5
    assert found.largest_rise == 1
    nothing = forward_inequalities(trace_with(**{LABEL: value}), LAYERS, 0.5)
    assert (nothing.n_inequalities, nothing.n_violations, nothing.n_null_violations) == (0, 0, 0)
    assert np.isnan(nothing.largest_rise)


@pytest.mark.parametrize("unit", NATS)
def test_what_is_tolerated_is_in_bits_whatever_the_unit(unit: str) -> None:
    """Rises of .2 nats, which are .29 bit; of errors .16 nats, .23 bit."""
    changes = {
        INPUT: [1.0, 1.0, 1.2, 1.2, 1.1, 1.1], f"{INPUT}_null": [1, 1, 2, 2, 3, 3],
        ERROR: [0.66, 9, 0.5, 0.5, 0.5, np.nan], f"{ERROR}_null": [0.5, 0.5, 0.5, 0.5, 0.5, np.nan],
    }  # fmt: skip
    found = flow_with(unit=unit, tolerance=0.25, **changes)
    assert sorted(found.inequalities) == ["main", "main_with_pooling", "scale_free", "scale_free_with_pooling"]
    main = found.inequalities["main"]
    assert main["forward"].tolerance == close(0.25 * BIT)
    dpi = found.to_dict()["dpi"]
    assert dpi["tolerance"] == close(0.25 * BIT / NATS[unit])
    assert {name: dpi[f"forward_{name}"] for name in ("violations", "inequalities", "null_violations")} == {
        "violations": 8, "inequalities": 24, "null_violations": 16,
    }  # fmt: skip
    assert {name: dpi[f"backward_{name}"] for name in ("violations", "inequalities", "null_violations")} == {
        "violations": 0, "inequalities": 16, "null_violations": 0,
    }  # fmt: skip
    assert dpi["forward_largest_rise"] == close(0.2 / NATS[unit])
    assert dpi["backward_largest_rise"] == close(0.16 / NATS[unit])
    pooled = dpi["with_pooling"]
    assert (pooled["forward_violations"], pooled["forward_inequalities"]) == (8, 40)
    assert (pooled["backward_violations"], pooled["backward_inequalities"]) == (8, 32)
    assert pooled["backward_largest_rise"] == close(8.5 / NATS[unit])
    free = found.to_dict()["controls"]["scale_free"]["dpi"]
    assert (free["forward_violations"], free["forward_null_violations"]) == (0, 16)
    rows = found.tables()["dpi"]
    assert rows["kind"] == [kind for kind in found.inequalities for _ in range(2)]
    assert rows["chain"] == ["forward", "backward"] * 4
    assert rows["layers"][:3] == ["conv1 conv2 fc1 out", "fc1 conv2 conv1", " ".join(LAYERS)]
    assert rows["n_violations"] == [8, 0, 8, 8, 0, 0, 0, 8]
    assert rows["n_inequalities"] == [24, 16, 40, 32] * 2
    assert rows["n_null_violations"] == [16, 0, 16, 0] * 2
    assert rows["largest_rise"][:2] == [close(0.2 / NATS[unit]), close(0.16 / NATS[unit])]


# Chance and scale


def test_what_chance_keeps_is_of_the_averages() -> None:
    value = np.array([[4.0, 0.0, 0.0009, 0.002, 1.0, -1.0], [2.0, 0.0, 0.0009, 0.002, 3.0, -1.0]])[:, None, None, :]
    null = np.array([[3.0, 1.0, 1.0, 0.001, 1.0, 0.5], [3.0, 1.0, 1.0, 0.001, 0.0, 0.5]])[:, None, None, :]
    kept = flow_with(**{INPUT: value, f"{INPUT}_null": null}).kept_by_chance()
    np.testing.assert_allclose(kept, [[1, np.nan, np.nan, 0.5, 0.25, np.nan]] * 4)


def test_a_curve_is_explained_by_scale_as_far_as_the_other_is_the_same() -> None:
    """Of the curve 0 1 2 3 the squares from its mean are 5 / 4."""
    curve = over_steps(0, 1, 2, 3)
    for alike, share in (((0, 1, 2, 3), 1.0), ((0, 1, 2, 1), 0.2), ((1.5,) * 4, 0.0), ((3, 2, 1, 0), -3.0)):
        found = flow_with(**{WNR_X: curve}, rescaled=alike).explained_by_scale()
        np.testing.assert_allclose(found, np.full(6, share), atol=1e-12)
    moved = flow_with(**{WNR_X: curve * np.arange(6)}, rescaled=(0, 2, 4, 6)).explained_by_scale()
    np.testing.assert_allclose(moved[1:4], [1 - (14 / 4) / (5 / 4), 1, 1 - (14 / 4) / (45 / 4)])
    assert np.isnan(moved[0])
    of_input = flow_with().explained_by_scale(INPUT)
    assert np.isnan(of_input).all()  # those do not move


def test_curves_that_hardly_move_are_not_explained() -> None:
    for move, told in ((0.0099 * BIT, False), (0.0101 * BIT, True)):
        found = flow_with(**{WNR_X: over_steps(1, 1, 1 + move, 1)}).explained_by_scale()
        assert (~np.isnan(found)).tolist() == [told] * 6


def test_steps_without_figures_explain_nothing() -> None:
    curve = np.broadcast_to(over_steps(0.0, 1.0, 2.0, 90.0), (2, 4, 2, 6)).copy()
    curve[:, 3] = np.nan
    found = flow_with(**{WNR_X: curve}, rescaled=(0, 1, 1, 7)).explained_by_scale()
    np.testing.assert_allclose(found, np.full(6, 0.5))
    curve[...] = np.nan
    assert np.isnan(flow_with(**{WNR_X: curve}).explained_by_scale()).all()


def test_moments_are_start_epoch_and_end() -> None:
    assert flow_with().moments == {"start": 0, "after one epoch": 1, "end": 3}
    assert replace(flow_with(), steps_per_epoch=20).moments["after one epoch"] == 2
    assert replace(flow_with(), steps_per_epoch=40).moments == {"start": 0, "end": 3}


# Warnings


def test_where_there_is_nothing_to_say_nothing_is_said() -> None:
    assert flow_with().warnings == ()


def test_one_seed_is_said() -> None:
    one = replace(flow_with(), settings=FlowSettings(seeds=1))
    assert one.warnings == ("One seed tells nothing of the spread: small differences may be chance.",)


@pytest.mark.parametrize(
    ("seeds", "words"),
    [
        ([1], "Training diverged in 1 of 2 networks at rate 0.25: averages leave them out from there on."),
        ([0, 1], "Training diverged in 2 of 2 networks at rate 0.25: nothing is left to average."),
    ],
)
def test_networks_that_diverged_are_counted(seeds: list[int], words: str) -> None:
    for step in (1, 3):
        (said,) = without(flow_with(), seeds=seeds, step=step).warnings
        assert said.startswith(words)
        assert said.endswith("Take a smaller --rate.")


def test_chance_is_said_where_it_keeps_most_of_every_layer_with_weights_at_the_end() -> None:
    share = np.array([0.9, 0.1, 0.81, 0.1, 0.85, 1.02])
    last = np.where(np.arange(4) == 3, 1.0, 0.0)[:, None, None]
    (said,) = flow_with(**{f"{INPUT}_null": last * share * FALLING}).warnings
    assert said.startswith("At the end 81 to 102 % of I(X; T) is left where the samples of X are shuffled")
    for i, quiet in ((0, 0.79), (4, 0.7), (5, -0.1)):
        changed = np.where(np.arange(6) == i, quiet, share)
        assert flow_with(**{f"{INPUT}_null": last * changed * FALLING}).warnings == ()
    assert flow_with(**{f"{INPUT}_null": (1 - last) * share * FALLING}).warnings == ()
    assert flow_with(**{INPUT: np.zeros(6), f"{INPUT}_null": np.ones(6)}).warnings == ()


def test_layers_at_the_ceiling_over_most_looks_are_named() -> None:
    layer = np.arange(6)
    most, half = over_steps(0, 1, 1, 1), over_steps(0, 0, 1, 1)
    found = flow_with(
        **{f"{INPUT}_saturated": np.where(layer < 2, most, half), f"{LABEL}_saturated": most * (layer == 5)}
    )
    of_input, of_label = found.warnings
    assert of_input.startswith("Saturated: conv1, pool1 tell all of H(X) that 16 samples can show")
    assert of_label.startswith("Saturated: out tell all of H(Y) that 16 samples can show")
    assert flow_with(**{f"{INPUT}_saturated": half}).warnings == ()
    # Looks without figures are none: 2 of 3 that are left.
    kept = np.broadcast_to(over_steps(0, 1, 1, np.nan), (2, 4, 2, 6))
    (said,) = flow_with(**{f"{LABEL}_saturated": kept}).warnings
    assert "conv1, pool1, conv2, pool2, fc1, out" in said


def test_scale_is_said_of_convolutions_it_explains_more_than_half_of() -> None:
    curve = over_steps(0, 1, 2, 3) * np.array([1, 1, 20, 1, 1, 1])
    (said,) = flow_with(**{WNR_X: curve}, rescaled=(0, 1, 2, 2)).warnings
    assert said.startswith("Scale: ")
    assert said.endswith("(share of their variance: conv1 80 %).")
    assert flow_with(**{WNR_X: curve}, rescaled=(0, 1, 3, 2)).warnings[0].endswith("conv1 60 %).")
    assert flow_with(**{WNR_X: curve}, rescaled=(0, 1, 2, 1)).warnings == ()
    assert flow_with(**{WNR_X: curve}, rescaled=(0, 1, 2, 2), pairs=0).warnings == ()


# Documents


@pytest.mark.parametrize("unit", NATS)
def test_the_document_is_in_its_unit(unit: str, strict) -> None:
    spread = np.array([-0.5, 0.5])[:, None, None, None]
    found = strict(flow_with(unit=unit, **{INPUT: FALLING + spread, f"{LABEL}_null": over_steps(1, 2, 3, 4)}))
    nats = NATS[unit]
    assert (found["unit"], found["steps"], found["layers"]) == (unit, list(STEPS), list(LAYERS))
    assert found["backward_layers"] == list(LAYERS[:-1])
    last = found["forward"][3]
    assert last["step"] == 40
    assert last["mutual_information"] == close(FALLING / nats)
    assert last["std"] == close([0.5**0.5 / nats] * 6)
    assert last["null"] == last["excess"] == close(FALLING / 2 / nats)
    assert last["null_std"] == close([0.1 / nats] * 6)
    assert last["saturated"] == [False] * 6
    back = found["backward"][0]
    assert back["mutual_information"] == close((FALLING[::-1] - 1)[:5] / nats)
    assert all(len(values) == 5 for name, values in back.items() if name != "step")
    plane = {(row["step"], row["layer"]): row for row in found["plane"]}
    assert list(plane) == [(step, layer) for step in STEPS for layer in LAYERS]
    for (step, layer), row in plane.items():
        i, k = LAYERS.index(layer), STEPS.index(step)
        many = 2 if layer in ("conv2", "pool2") else 1
        assert row["i_xt"] == close(FALLING[i] / nats)
        assert row["i_xt_null"] == close(FALLING[i] / 2 / nats)
        assert row["i_ty"] == close(FALLING[i] / 4 / nats)
        assert row["i_ty_null"] == close((k + 1) / nats)
        assert row["wnr_x"] == 2 * row["wnr_y"] == close((k + 1) * many / nats)
        assert row["wnr_x_null"] == 2 * row["wnr_y_null"] == close(0.25 / nats)
    assert found["input_entropy"] == close([3 / nats] * 4)
    assert found["label_entropy"] == close([1.5 / nats] * 4)
    assert found["learning"]["loss"] == [None, *close([1.5 / nats, 0.75 / nats, 0.375 / nats]).expected]
    assert found["learning"]["step"] == list(STEPS)
    assert found["learning"]["accuracy"] == close([0.15, 0.45, 0.75, 0.8])
    assert found["learning"]["accuracy_std"][3] == found["accuracy_std"] == close(0.02**0.5)
    assert found["accuracy"] == close(0.8)
    free = found["controls"]["scale_free"]
    assert (free["kernel_size"], free["maps"]) == ("median", "tensor")
    assert free["forward"][1]["mutual_information"] == close(FALLING / 8 / nats)
    scaled = found["controls"]["rescaled_untrained"]
    assert scaled["forward"][1]["mutual_information"] == close(FALLING / 16 / nats)
    assert scaled["forward"][1]["null"] == scaled["forward"][1]["saturated"] == [None] * 6
    assert scaled["scale"] == [close([27 + 12 * k + i for i in range(6)]) for k in range(4)]
    assert scaled["explained"] == close(dict.fromkeys(LAYERS, -1.8) | {"conv2": -3.2, "pool2": -3.2})


def test_redundancy_is_in_percent_whatever_the_unit(strict) -> None:
    redundancy = 0.25 + np.array([-0.25, 0.25])[:, None, None, None] + np.array([0, 0, 0.125, 0, 0, 0])
    for unit in NATS:
        rows = strict(flow_with(unit=unit, redundancy=redundancy))["redundancy_synergy"]
        assert [(row["step"], row["layer"]) for row in rows] == [
            (s, name) for s in STEPS for name in ("conv1", "conv2")
        ]
        row = rows[-1]
        assert row == {
            "step": 40, "layer": "conv2", "percent": 37.5, "non_redundant_percent": 62.5,
            "percent_std": close(50 * 0.5**0.5), "percent_null": 50, "standard_error": 12.5,
            "n_pairs": 3, "n_all_pairs": 15, "n_undefined": 1, "saturated_share": 0.75,
        }  # fmt: skip
        assert rows[0]["percent"] == 25


def test_flags_are_of_more_than_half_of_what_was_looked_at() -> None:
    seeds = np.array([1.0, 0.0])[:, None, None, None]
    saturated = np.where(np.arange(6) < 2, seeds, np.where(np.arange(6) == 2, 1.0, 0.0))
    saturated = np.where(np.arange(6) == 3, np.array([1.0, 0.5])[:, None, None, None], saturated)
    lost = np.where(np.arange(6) == 4, np.nan, saturated)
    found = flow_with(unit="ban", **{f"{INPUT}_saturated": lost})
    assert found.to_dict()["forward"][2]["saturated"] == [False, False, True, True, None, False]
    layers = found.tables()["layers"]
    np.testing.assert_allclose(layers[f"{INPUT}_saturated"][:6], [0.5, 0.5, 1, 0.75, np.nan, 0])


@pytest.mark.parametrize("unit", NATS)
def test_tables_are_whole_and_in_the_unit(unit: str) -> None:
    nats = NATS[unit]
    spread = np.array([-0.5, 0.5])[:, None, None, None]
    tables = flow_with(unit=unit, **{LABEL: FALLING + spread, WNR_Y: 2 + spread}).tables()
    assert list(tables) == ["layers", "pairs", "dpi", "learning"]
    for columns, n in zip(tables.values(), (3 * 24, 3 * 8, 8, 8), strict=True):
        assert {len(values) for values in columns.values()} == {n}
    layers, pairs, learning = tables["layers"], tables["pairs"], tables["learning"]
    kinds = ("main", "scale_free", "rescaled_untrained")
    assert layers["kind"] == [kind for kind in kinds for _ in range(24)]
    assert pairs["kind"] == [kind for kind in kinds for _ in range(8)]
    for i in range(6):
        assert (layers["step"][6 + i], layers["layer"][6 + i]) == (10, LAYERS[i])
        assert layers[INPUT][6 + i] == close(FALLING[i] / nats)
        assert layers[INPUT][24 + i] == close(FALLING[i] / 8 / nats)
        assert layers[INPUT][48 + i] == close(FALLING[i] / 16 / nats)
        assert layers[f"{LABEL}_std"][i] == close(0.5**0.5 / nats)
        assert layers[f"{LABEL}_null"][i] == layers[f"{LABEL}_excess"][i] == close(FALLING[i] / 8 / nats)
        assert np.isnan(layers[f"{INPUT}_null"][48 + i])
    assert layers[ERROR][:5] == close((FALLING[::-1] - 1)[:5] / nats)
    assert np.isnan(layers[ERROR][5])
    assert pairs["percent"][:8] == [25] * 8
    assert pairs["percent_null"][:8] == [50] * 8
    assert pairs[WNR_X][:8] == close(np.array([1, 2, 2, 4, 3, 6, 4, 8]) / nats)
    assert pairs[WNR_Y][:8] == close([2 / nats] * 8)
    assert pairs[f"{WNR_Y}_std"][:8] == close([0.5**0.5 / nats] * 8)
    assert pairs[f"{WNR_X}_null"][:8] == close([0.25 / nats] * 8)
    assert learning["seed"] == [5] * 4 + [6] * 4
    assert learning["step"] == list(STEPS) * 2
    assert learning["loss"][1:4] == close([2 / nats, 1 / nats, 0.5 / nats])
    assert learning["accuracy"][4:] == [0.2, 0.4, 0.8, 0.7]


def test_settings_are_told_as_they_were_used(strict) -> None:
    told = strict(flow_with(tolerance=0.5))["settings"]
    expected = {
        "seeds": 2, "seed": 5, "rate": 0.25, "epochs": 4, "samples": 16, "filters": [6, 12], "probes": 2, "looks": 16,
    }  # fmt: skip
    assert {name: told[name] for name in expected} == expected
    assert (told["kernel_size"], told["layer_width"], told["shuffles"], told["pairs"]) == ("paper", 5.0, 10, 100)
    source = strict(flow_with())["source"]
    assert (source["split"], source["n_images"], source["n_training"]) == ("test", 20, 80)


def test_what_diverged_leaves_no_numbers_and_no_nan(strict) -> None:
    whole = strict(flow_with())
    partly = strict(without(flow_with(), seeds=[0], step=2))
    assert partly["forward"][3]["mutual_information"] == whole["forward"][3]["mutual_information"]
    assert partly["forward"][3]["std"] == [None] * 6
    assert partly["dpi"]["forward_inequalities"] == 18
    rows = without(flow_with(), seeds=[0], step=2).tables()["dpi"]
    assert rows["n_inequalities"][:4] == [18, 12, 30, 24]
    lost = strict(without(flow_with(), seeds=[0, 1], step=2))
    assert lost["forward"][1]["mutual_information"] == whole["forward"][1]["mutual_information"]
    assert lost["forward"][2]["mutual_information"] == lost["forward"][2]["saturated"] == [None] * 6
    assert lost["redundancy_synergy"][-1]["percent"] is None
    assert lost["input_entropy"][2:] == [None, None]
    nothing = strict(without(flow_with(), seeds=[0, 1], step=0))
    assert nothing["dpi"]["forward_inequalities"] == 0
    assert nothing["dpi"]["forward_largest_rise"] is None


def test_without_pairs_and_controls_there_is_less(strict) -> None:
    found = replace(flow_with(pairs=0), scale_free=None)
    assert (found.convolutions, list(found.traces), list(found.inequalities)) == (
        (), ["main"], ["main", "main_with_pooling"],
    )  # fmt: skip
    assert list(found.tables()) == ["layers", "dpi", "learning"]
    document = strict(found)
    assert document["redundancy_synergy"] == []
    assert document["controls"]["scale_free"] is None
    one_map = replace(flow_with(), settings=FlowSettings(filters=(1, 4), seeds=2))
    assert one_map.convolutions == ("conv2",)
