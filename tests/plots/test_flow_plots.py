"""The pictures of information through a network, drawn without a browser."""

import re
from dataclasses import replace

import numpy as np
import pytest

import sightbits as sb
from sightbits.plots import chart, main_picture, pictures
from sightbits.plots.export import write_picture
from sightbits.plots.information_flow import data
from sightbits.plots.information_flow.chains import chain_chart
from sightbits.plots.information_flow.curves import scale_chart
from sightbits.plots.information_flow.falls import fall_of, falls
from sightbits.plots.information_flow.planes import PLANES, plane_chart
from sightbits.plots.information_flow.words import finding, strokes
from sightbits.plots.picture import Picture
from sightbits.plots.theme import BLUE, GREY
from sightbits.studies.information_flow import FlowSettings, FlowTrace

LAYERS = ("conv1", "pool1", "conv2", "pool2", "fc1", "out")
INPUT, LABEL, ERROR = "input_information", "label_information", "error_information"


@pytest.fixture(scope="module")
def alone(followed):
    """The same with its first seed only."""
    return with_seeds(followed, slice(1))


@pytest.fixture(scope="module")
def specs(followed):
    return {name: picture.spec() for name, picture in pictures(followed).items()}


def with_seeds(result, seeds):
    def kept(trace):
        columns = {name: values[seeds] for name, values in trace.columns.items()}
        return replace(
            trace, columns=columns, input_entropy=trace.input_entropy[seeds], label_entropy=trace.label_entropy[seeds]
        )

    return replace(
        result,
        settings=replace(result.settings, seeds=len(result.accuracy[seeds])),
        main=kept(result.main), scale_free=kept(result.scale_free), rescaled=kept(result.rescaled),
        accuracy=result.accuracy[seeds], loss=result.loss[seeds], scale=result.scale[seeds],
    )  # fmt: skip


def told(trace, **columns):
    """The same trace with other figures, which are spread over seeds, steps, probes and layers."""
    shape = trace.columns[INPUT].shape
    return replace(
        trace,
        columns={**trace.columns, **{name: np.broadcast_to(values, shape) for name, values in columns.items()}},
    )


def lost_at_the_end(result):
    """The same where no network is left at the last look."""

    def without(trace):
        columns = {name: values.copy() for name, values in trace.columns.items()}
        for values in columns.values():
            values[:, -1] = np.nan
        return replace(trace, columns=columns)

    return replace(result, main=without(result.main), scale_free=without(result.scale_free))


def rows_of(result, dataset, **fields):
    return [row for row in data.data_sets(result)[dataset] if all(row[name] == fields[name] for name in fields)]


def test_every_picture_is_valid_and_whole_in_itself(specs):
    assert list(specs) == [
        "information_flow", "chains", "label_excess", "information_plane", "modified_plane", "redundancy", "scale",
        "learning",
    ]  # fmt: skip
    for spec in specs.values():
        named = set(re.findall(r"'data': \{'name': '(\w+)'\}", str(spec)))
        assert named == set(spec["datasets"])
        assert all(spec["datasets"].values())
        assert "url" not in str(spec)


def test_main_picture_is_that_of_the_result(followed, specs):
    spec = followed.plot().to_dict()
    for name in ("title", "datasets"):
        assert spec[name] == specs["information_flow"][name]
    assert " ".join(spec["title"]["text"]) == finding(followed)
    chains, planes = spec["vconcat"]
    assert [one["title"] for one in chains["hconcat"]] == [
        "Start", "After one epoch (update 10)", "End (update 20)",
    ]  # fmt: skip
    assert [one["title"]["text"] for one in planes["hconcat"]] == [
        "Information plane", "Information plane",
    ]  # fmt: skip
    assert [one["title"]["subtitle"] for one in planes["hconcat"]] == [
        ["Kernels of the source", "sizes 5 n^(-1/(4+d)), whatever the scale"],
        ["Control: scale-free kernels", "the median distance of two samples"],
    ]


@pytest.mark.parametrize(("way", "n_layers", "n_above"), [("forward", 6, 6), ("backward", 5, 0)])
def test_a_bar_for_each_layer_stands_before_what_shuffling_leaves(followed, tmp_path, way, n_layers, n_above):
    errors = np.array([2.0] * 5 + [np.nan])
    main = told(followed.main, **{INPUT: 2.0, f"{INPUT}_null": 1.0, ERROR: errors, f"{ERROR}_null": errors + 1})
    sets = data.data_sets(replace(followed, main=main))
    picture = Picture(chart=chain_chart(followed, way, "end", sets["layers"]), datasets=sets)
    svg, _ = write_picture(picture, tmp_path / way)
    bars = re.findall(
        r'<path aria-label="[^"]*" role="graphics-symbol" aria-roledescription="bar"[^>]*>', svg.read_text()
    )
    grey, pale, full = (
        [bar for bar in bars if f'fill="{ink}"' in bar and (f'opacity="{opacity}"' in bar if opacity else True)]
        for ink, opacity in ((GREY, "0.6"), (BLUE, "0.35"), (BLUE, ""))
    )
    assert (len(grey), len(pale)) == (n_layers, 4 if way == "forward" else 3)
    assert len(full) - len(pale) == n_above
    hollow = [bar for bar in bars if f'stroke="{BLUE}"' in bar]
    assert len(hollow) == 2


def test_chains_run_in_the_order_in_which_information_should_not_rise(followed):
    rows = data.data_sets(followed)["layers"]
    forward, backward = (chain_chart(followed, way, "end", rows).to_dict() for way in ("forward", "backward"))

    def order(spec):
        return spec["layer"][-1]["encoding"]["x"]["sort"]

    assert order(forward) == list(LAYERS)
    assert order(backward) == ["fc1", "pool2", "conv2", "pool1", "conv1"]
    assert "H(X)" in str(forward)
    assert "H(X)" not in str(backward)
    assert "I(δ out; δ), bits" in str(backward)


def test_bars_of_all_moments_have_one_axis_that_holds_them(followed):
    rows = data.data_sets(followed)["layers"]
    for way, field in (("forward", "input"), ("backward", "error")):
        domains = [
            chain_chart(followed, way, moment, rows).to_dict()["layer"][-1]["encoding"]["y"]["scale"]["domain"]
            for moment in followed.moments
        ]
        shown = [row for row in rows if row["kernel"] == "main" and row["look"] in followed.moments.values()]
        ends = [row[field] + row[f"{field}_std"] for row in shown if row[field] is not None]
        nulls = [row[f"{field}_null"] for row in shown if row[field] is not None]
        assert domains == [[0, max(ends + nulls)]] * 3


def test_layer_rows_are_means_over_seeds_and_probes_in_the_unit(followed):
    nats = replace(followed, unit=sb.Unit.NAT)
    for result, unit in ((followed, np.log(2)), (nats, 1.0)):
        for kernel, trace in (("main", followed.main), ("scale_free", followed.scale_free)):
            found = rows_of(result, "layers", kernel=kernel)
            assert [(row["look"], row["layer"]) for row in found] == [(k, layer) for k in range(5) for layer in LAYERS]
            for short, name in (("input", INPUT), ("label", LABEL)):
                mean = trace.columns[name].mean(axis=(0, 2)) / unit
                null = trace.columns[f"{name}_null"].mean(axis=(0, 2)) / unit
                np.testing.assert_allclose([row[short] for row in found], mean.ravel(), rtol=1e-4, atol=1e-9)
                np.testing.assert_allclose([row[f"{short}_null"] for row in found], null.ravel(), rtol=1e-4, atol=1e-9)
            excess = (trace.columns[LABEL] - trace.columns[f"{LABEL}_null"]).mean(axis=2) / unit
            values = [row["label_excess"] for row in found]
            np.testing.assert_allclose(values, excess.mean(axis=0).ravel(), rtol=1e-4, atol=1e-6)
            std = excess.std(axis=0, ddof=1).ravel()
            np.testing.assert_allclose([row["label_excess_std"] for row in found], std, rtol=1e-4, atol=1e-6)
    assert [row["error"] is None for row in rows_of(followed, "layers", kernel="main", look=0)] == [False] * 5 + [True]
    assert [row["weights"] for row in rows_of(followed, "layers", kernel="main", look=0)] == [1, 0, 1, 0, 1, 1]


def test_a_figure_is_saturated_where_most_seeds_and_probes_are(followed):
    shares = np.zeros((2, 1, 2, 6))
    shares[0, :, :, 0], shares[:, :, 0, 1], shares[1, :, :, 1] = 1, 1, 1
    found = rows_of(replace(followed, main=told(followed.main, **{f"{INPUT}_saturated": shares})), "layers", look=2)
    assert [row["input_saturated"] for row in found if row["kernel"] == "main"] == [0, 1, 0, 0, 0, 0]


def test_pair_rows_have_bands_over_seeds_or_else_the_error_of_drawing(followed, alone):
    several, one = (rows_of(result, "pairs", kernel="main", layer="conv2") for result in (followed, alone))
    place = LAYERS.index("conv2")
    share = 100 * followed.main.columns["redundancy"][..., place].mean(axis=2)
    std = share.std(axis=0, ddof=1)
    np.testing.assert_allclose([row["percent"] for row in several], share.mean(axis=0), rtol=1e-4)
    np.testing.assert_allclose([row["percent_low"] for row in several], share.mean(axis=0) - std, rtol=1e-3)
    np.testing.assert_allclose([row["percent_high"] for row in several], share.mean(axis=0) + std, rtol=1e-3)
    error = 100 * followed.main.columns["redundancy_standard_error"][0, ..., place].mean(axis=1)
    np.testing.assert_allclose([row["percent_high"] for row in one], share[0] + error, rtol=1e-3)
    assert {row["about_input_low"] for row in one} == {None}
    kernels = [row["kernel"] for row in rows_of(followed, "pairs", look=0)]
    assert kernels == ["main", "main", "scale_free", "scale_free", "rescaled", "rescaled"]
    untrained = rows_of(followed, "pairs", kernel="rescaled", look=0)
    for row, trained in zip(untrained, rows_of(followed, "pairs", kernel="main", look=0), strict=True):
        assert row["about_input"] == pytest.approx(trained["about_input"], rel=1e-3), "nothing was learned yet"
        assert row["about_input_null"] is None


def test_look_rows_tell_epoch_accuracy_and_loss(followed, alone):
    found = rows_of(followed, "looks")
    assert [row["step"] for row in found] == list(followed.steps)
    assert [row["epoch"] for row in found] == [step / 10 for step in followed.steps]
    assert found[0]["loss"] is None
    assert found[-1]["loss"] == pytest.approx(followed.loss[:, -1].mean() / np.log(2), rel=1e-4)
    std = followed.accuracy[:, -1].std(ddof=1)
    assert found[-1]["accuracy_low"] == pytest.approx(followed.accuracy[:, -1].mean() - std, rel=1e-4)
    assert found[0]["input_entropy"] == pytest.approx(followed.main.input_entropy[:, 0].mean() / np.log(2), rel=1e-4)
    assert {row["accuracy_low"] for row in rows_of(alone, "looks")} == {None}


@pytest.mark.parametrize(
    ("excess", "kept", "words"),
    [
        (
            [0.1, 9, 0.2, 9, 0.2, 0.4],
            [0.92, 0.1, 0.95, 0.1, 0.93, 0.988],
            "92 to 99 % of I(X; T) is left when samples are shuffled; "
            "the excess in I(T; Y) rises from 0.10 bits in conv1 to 0.40 in out",
        ),
        (
            [0.4, 9, 0.3, 9, 0.2, -0.1],
            [0.5] * 6,
            "50 % of I(X; T) is left when samples are shuffled; "
            "the excess in I(T; Y) falls from 0.40 bits in conv1 to -0.10 in out",
        ),
        (
            [0.1, 9, 0.05, 9, 0.7, 0.2],
            [np.nan] * 6,
            "the excess in I(T; Y) is least in conv2, 0.05 bits, and most in fc1, 0.70",
        ),
    ],
)
def test_finding_says_what_is_left_by_chance_and_what_labels_gain(followed, excess, kept, words):
    bits = np.log(2)
    main = told(
        followed.main,
        **{
            INPUT: 0.0 if np.isnan(kept).all() else 1.0,
            f"{INPUT}_null": np.array(kept),
            f"{LABEL}_excess": np.array(excess) * bits,
        },
    )
    result = replace(followed, main=main, scale_free=None, accuracy=np.full((2, 5), 0.987))
    begin = "digits, lenet5 relu (98.70 ± 0.00 %): at the end "
    assert finding(result).replace("\u00a0", " ") == begin + words
    free = told(followed.scale_free, **{f"{LABEL}_excess": np.arange(1, 7) * bits})
    both = finding(replace(result, scale_free=free)).replace("\u00a0", " ")
    assert both == begin + words + "; by kernels free of scale it rises from 1.00 bits in conv1 to 6.00 in out"


def test_finding_of_networks_that_diverged_says_so(followed):
    lost = lost_at_the_end(followed)
    assert finding(lost) == "digits, lenet5 relu: training diverged, so that nothing is known of the end"
    assert len(chart(lost).to_dict()["title"]["text"]) == 1


def curve_of(*repeats, over="seeds"):
    """A trace of one layer, with a curve a seed or a probe."""
    values = np.array(repeats, dtype=float)
    values = values[:, :, np.newaxis] if over == "seeds" else values.T[np.newaxis]
    n_seeds, n_steps, n_probes = values.shape
    entropies = np.zeros((n_seeds, n_steps, n_probes))
    return FlowTrace(
        steps=tuple(range(n_steps)), layers=("conv1",), columns={INPUT: values[..., np.newaxis]},
        input_entropy=entropies, label_entropy=entropies,
    )  # fmt: skip


@pytest.mark.parametrize("over", ["seeds", "probes"])
def test_a_fall_counts_beyond_twice_the_spread(over):
    # At each look both are .1 from their mean: a standard deviation of .1 times the root of 2.
    repeats = ([1.1, 2.1, 1.9 - size] for size in (0.15, 0.2))
    within, beyond = ([first, [value - 0.2 for value in first]] for first in repeats)
    trace = curve_of(*within, over=over)
    fall = fall_of(trace, INPUT, "conv1")
    assert (fall.layer, fall.peak) == ("conv1", 1)
    assert fall.size == pytest.approx(0.35)
    assert fall.spread == pytest.approx(0.1 * 2**0.5)
    assert fall.beyond_noise, "more than .283"
    noisier = curve_of(*[[value + sign * 0.1 for value in one] for one, sign in zip(within, (1, -1), strict=True)],
                       over=over)  # fmt: skip
    assert not fall_of(noisier, INPUT, "conv1").beyond_noise, "less than .566"
    assert falls(noisier, INPUT, ("conv1",)) == {}
    assert list(falls(curve_of(*beyond, over=over), INPUT, ("conv1",))) == ["conv1"]


def test_spread_is_pooled_over_looks_and_of_seeds_before_probes():
    both = np.zeros((2, 3, 2, 1))
    both[:, 0, :, 0] = [[0, 4], [1, 5]]  # seeds are .5 from their mean there, and alike at the other looks
    entropies = np.zeros((2, 3, 2))
    trace = replace(
        curve_of([0, 0, 0]), columns={INPUT: both}, input_entropy=entropies, label_entropy=entropies
    )  # fmt: skip
    assert fall_of(trace, INPUT, "conv1").spread == pytest.approx((0.5 / 3) ** 0.5)


def test_no_fall_is_told_without_spread_or_from_less_than_a_hundredth_bit():
    assert np.isnan(fall_of(curve_of([1, 2, 0]), INPUT, "conv1").spread)
    assert not fall_of(curve_of([1, 2, 0]), INPUT, "conv1").beyond_noise
    assert not fall_of(curve_of([1, 1.006, 1], [1, 1.006, 1]), INPUT, "conv1").beyond_noise
    assert fall_of(curve_of([1, 1.008, 1], [1, 1.008, 1]), INPUT, "conv1").beyond_noise
    assert fall_of(curve_of([1, 2, np.nan], [1, 2, np.nan]), INPUT, "conv1") is None
    assert fall_of(curve_of([1, np.nan, 0.5], [1, np.nan, 0.5]), INPUT, "conv1").size == pytest.approx(0.5)
    assert fall_of(curve_of([1, 2]), "not measured", "conv1") is None


def test_layers_have_the_same_ink_in_every_chart_and_twenty_one_are_told_apart(followed):
    every, few = strokes(followed, LAYERS), strokes(followed, followed.convolutions)
    inks = dict(zip(every.words, every.colours, strict=True))
    assert [inks[name] for name in few.words] == list(few.colours)
    deep = replace(followed, settings=FlowSettings(model="vgg16"))
    drawn = strokes(deep, deep.layers)
    assert len(set(zip(drawn.colours, drawn.dashes, strict=True))) == 21


@pytest.mark.parametrize("kernel", ["main", "scale_free"])
def test_a_plane_draws_one_kernel_only_and_marks_the_last_look(followed, kernel):
    for plane, dataset in (("plane", "layers"), ("modified_plane", "pairs")):
        rows = data.data_sets(followed)[dataset]
        spec = plane_chart(followed, plane, kernel, rows).to_dict()
        assert all(f"datum.kernel === '{kernel}'" in str(layer["transform"]) for layer in spec["layer"])
        assert {one["name"]: one["value"] for one in spec["params"]} == {"shown_layer": "", "look": 4}
        low, high = spec["layer"][-1]["encoding"]["x"]["scale"]["domain"]
        field = PLANES[plane].x
        own = [row[name] for row in rows if row["kernel"] == kernel for name in (field, f"{field}_null")]
        assert low <= min(own) < max(own) <= high


def test_names_of_many_layers_are_turned(followed):
    deep = replace(followed, settings=FlowSettings(model="alexnet"))
    angles = {
        str(one.to_dict()["layer"][-1]["encoding"]["x"]["axis"]["labelAngle"])
        for one in (chain_chart(deep, way, "end", []) for way in ("forward", "backward"))
    }
    assert angles == {"-60"}


def test_axis_of_updates_is_logarithmic_and_begins_at_the_first_look(followed, specs):
    x = specs["redundancy"]["hconcat"][0]["layer"][-1]["encoding"]["x"]
    assert x["scale"] == {"type": "symlog", "constant": 1, "domain": [0, 20], "nice": False}
    assert x["axis"]["values"] == list(followed.steps)


def test_one_seed_has_no_ticks(alone, followed):
    layers = [
        len(chain_chart(result, "forward", "end", data.data_sets(result)["layers"]).layer)
        for result in (followed, alone)
    ]
    assert layers[0] == layers[1] + 1


def test_without_pairs_there_are_no_pictures_of_them(followed):
    bare = replace(followed, settings=replace(followed.settings, pairs=0))
    assert list(pictures(bare)) == ["information_flow", "chains", "label_excess", "information_plane", "learning"]


def test_a_study_that_knows_no_scale_needs_no_control_of_it(followed):
    result = replace(followed, settings=replace(followed.settings, kernel_size="median"), scale_free=None)
    sets = data.data_sets(result)
    assert {row["kernel"] for row in sets["layers"]} == {"main"}
    planes = chart(result).to_dict()["vconcat"][1]["hconcat"]
    assert [one["title"]["subtitle"][0] for one in planes] == ["Scale-free kernels"]
    scale = scale_chart(result, "conv1", sets["pairs"]).to_dict()["layer"][-1]["encoding"]["color"]["scale"]
    assert scale["domain"] == ["trained", "untrained, same scale"]


def test_what_diverged_is_missing_and_everything_is_drawn(followed, tmp_path):
    lost = lost_at_the_end(followed)
    assert {row["input"] for row in rows_of(lost, "layers", look=4)} == {None}
    svg, _ = write_picture(main_picture(lost), tmp_path / "lost")
    assert "NaN" not in svg.read_text()
