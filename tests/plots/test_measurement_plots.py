"""The pictures of a study of measuring, drawn without a browser, and its animations."""

import re
from dataclasses import replace
from functools import cache
from io import BytesIO
from itertools import pairwise

import numpy as np
import pytest
from PIL import Image

import sightbits as sb
from sightbits.plots import animations, chart, pictures
from sightbits.plots.export import write_picture
from sightbits.plots.measurement_curve.animation import animate
from sightbits.plots.measurement_curve.data import shown_labels, trade_rows
from sightbits.plots.measurement_curve.words import finding
from sightbits.plots.theme import LIGHT

CURVES = ("information_gain/naive_bayes", "random/exact")
pictures_of = cache(pictures)


@pytest.fixture(scope="module")
def measured():
    data = sb.load_dataset("digits").take(slice(500))
    return sb.compare_measuring(data, curves=CURVES, n_pixels=8, episodes=2, tree_depth=3, unavailable=[(0, 0)])


@pytest.fixture(scope="module")
def coloured():
    rng = np.random.default_rng(0)
    images = rng.integers(0, 256, size=(200, 6, 7, 3)).astype(np.uint8)
    images[:, 2, 3, 1] = np.clip(130 * (np.arange(200) % 2) + rng.integers(0, 120, 200), 0, 255)
    return sb.compare_measuring(images, np.arange(200) % 2, curves=["information_gain/naive_bayes"], n_pixels=4)


def datasets(result, name):
    return pictures_of(result)[name].spec()["datasets"]


def test_every_picture_is_valid_and_whole_in_itself(measured):
    drawn = pictures_of(measured)
    assert set(drawn) == {
        "measurement_curves", "accuracy", "log_loss", "pixels_to_stop", "trade_off", "calibration",
        "measured_curve_0", "measured_curve_1", "first_choices",
    }  # fmt: skip
    for picture in drawn.values():
        spec = picture.spec()
        named = set(re.findall(r"'data': \{'name': '(\w+)'\}", str(picture.chart.to_dict())))
        assert named == set(spec["datasets"])
        assert "url" not in str(spec)


def test_main_picture_is_that_of_the_result(measured):
    spec = measured.plot().to_dict()
    assert spec == chart(measured).to_dict()
    assert " ".join(spec["title"]["text"]) == finding(measured)


def test_finding_names_what_the_main_curve_reached(measured):
    main = measured.main
    words = finding(measured).replace("\u00a0", " ")
    assert words.startswith("Information gain with the naive bayes belief names ")
    assert f"of 64 and {main.accuracy[-1]:.1%}".replace("%", " %") in words
    assert f"needs {main.to_stop.mean():.1f} on average until it is 95 % sure" in words
    assert f"right in {100 * main.right_at_stop.mean():.1f} % of the images then" in words


def test_axes_say_their_unit(measured):
    drawn = pictures_of(replace(measured, unit=sb.Unit.NAT))
    assert "log-loss, nats" in str(drawn["log_loss"].spec())
    assert "'format': '%'" in str(drawn["accuracy"].spec())
    assert "nats expected" in str(drawn["first_choices"].spec()["datasets"])


def test_curves_come_with_their_bands_in_the_unit(measured):
    rows = datasets(measured, "measurement_curves")["curves"]
    assert [row["curve"] for row in rows[::9]] == ["information gain, naive bayes", "random, exact"]
    for rows_of, curve in zip((rows[:9], rows[9:]), measured.curves.values(), strict=True):
        assert [row["n_pixels"] for row in rows_of] == list(range(9))
        loss = curve.log_loss / np.log(2)
        margin = 1.96 * curve.log_loss_error / np.log(2)
        expected = {
            "accuracy": curve.accuracy, "low": curve.low, "high": curve.high,
            "log_loss": loss, "loss_low": loss - margin, "loss_high": loss + margin,
        }  # fmt: skip
        for name, values in expected.items():
            np.testing.assert_allclose([row[name] for row in rows_of], values, rtol=1e-4, atol=1e-6)


def test_an_image_that_never_stopped_is_not_counted_as_one_that_did(measured):
    rows = [row for row in datasets(measured, "pixels_to_stop")["stops"] if row["curve"] == "random, exact"]
    curve = measured.curves["random/exact"]
    assert not curve.stopped.all()
    shares = [row["share"] for row in rows]
    assert shares == sorted(shares)
    assert shares[-1] == pytest.approx(curve.stopped.mean(), rel=1e-4)


def test_named_thresholds_stand_apart_and_hold_that_of_the_stop_rule(measured):
    named = [row for row in trade_rows(measured) if row["labelled"]]
    assert "95\u00a0%" in {row["words"] for row in named}
    assert {row["curve"] for row in named} == {"information gain, naive bayes"}
    places = sorted(row["mean_pixels"] for row in named)
    assert all(b - a >= 0.09 * 8 for a, b in pairwise(places))


def test_calibration_states_its_error_and_shows_every_point(measured):
    spec = pictures_of(measured)["calibration"].spec()
    for i, (name, one) in enumerate((("stop", measured.main.at_stop), ("budget", measured.main.at_budget))):
        stated = spec["hconcat"][i]["title"]["subtitle"]
        assert stated == f"expected calibration error {100 * one.error:.1f}\u00a0%"
        rows = spec["datasets"][f"calibration_{name}"]
        assert [row["n_images"] for row in rows] == one.n_images.tolist()
        (lowest, highest) = spec["hconcat"][0]["layer"][1]["encoding"]["x"]["scale"]["domain"]
        assert highest == 1
        assert all(lowest <= row[end] <= 1 for row in rows for end in ("confidence", "low", "high"))


def test_map_leaves_out_what_cannot_be_measured(measured):
    picture = pictures_of(measured)["measured_curve_0"]
    rows = picture.spec()["datasets"]["measured"]
    assert rows[0]["share_0"] is None
    assert rows[34]["share_0"] == pytest.approx(measured.main.measured[34], rel=1e-4)
    assert "isValid(datum.share_0)" in str(picture.spec())


def test_map_has_whole_cells(measured, tmp_path):
    svg, _ = write_picture(pictures_of(measured)["measured_curve_0"], tmp_path / "map")
    cells = re.findall(r'd="M(-?[\d.]+),(-?[\d.]+)h(27)v(27)h-', svg.read_text())
    assert len(cells) == 63
    assert all(float(value) == int(float(value)) for cell in cells for value in cell)


def test_colour_images_have_a_map_a_channel(coloured):
    maps = [name for name in pictures_of(coloured) if name.startswith("measured")]
    assert maps == ["measured_channel_0", "measured_channel_1", "measured_channel_2"]


def test_tree_draws_two_levels_of_branches_with_words_and_odds(measured):
    sets = datasets(measured, "first_choices")
    boxes, edges = sets["boxes"], sets["edges"]
    row, column = measured.position(measured.tree.pixel)
    assert boxes[0]["title"] == f"row {row}, column {column}"
    assert boxes[0]["words"] == f"{measured.tree.gain / np.log(2):.2f} bits expected"
    assert len(edges) == len(boxes) - 1
    first = measured.tree.branches[0]
    assert f"{measured.level_names[first.outcome]} {100 * first.share:.0f} %" in {edge["words"] for edge in edges}
    columns = {}
    for box in boxes:
        columns.setdefault(box["left"], []).append((box["top"], box["bottom"]))
    assert len(columns) == 3
    for spans in columns.values():
        spans.sort()
        assert all(above[1] < below[0] for above, below in pairwise(spans))


def test_tree_of_nothing_to_measure_is_one_box(measured):
    label = int(measured.tree.posterior.argmax())
    end = replace(measured.tree, pixel=None, branches=())
    sets = datasets(replace(measured, tree=end), "first_choices")
    assert [box["title"] for box in sets["boxes"]] == [measured.label_names[label]]
    assert sets["edges"] == []


def test_more_curves_than_colours_differ_by_their_dashes(measured):
    few, one = pictures_of(measured)["accuracy"].spec(), measured.main
    many = {f"{i}": replace(one, policy=f"policy_{i}") for i in range(8)}
    spec = pictures_of(replace(measured, curves=many))["accuracy"].spec()
    assert "strokeDash" not in str(few["layer"])
    dashes = spec["layer"][1]["encoding"]["strokeDash"]["scale"]["range"]
    assert dashes[0] == [1, 0]
    assert dashes[6] == dashes[7] != dashes[0]


def test_of_many_labels_the_nearest_and_the_true_one_have_a_bar(measured):
    episode = measured.episodes[0]
    posterior = np.full((len(episode.posterior), 40), 1 / 40)
    posterior[2, 30] = 0.5
    shown = shown_labels(replace(episode, label=35, posterior=posterior), most=5)
    assert len(shown) == 5
    assert {30, 35} <= set(shown)
    assert shown == sorted(shown)
    assert shown_labels(episode) == list(range(10))


def frames(gif):
    image = Image.open(BytesIO(gif))
    for number in range(image.n_frames):
        image.seek(number)
        yield image.info["duration"], np.asarray(image.convert("RGB"))


def test_animation_has_a_frame_a_step_and_the_whole_image_longer(measured):
    found = animations(measured)
    assert list(found) == ["episode_1.gif", "episode_2.gif"]
    for gif, episode in zip(found.values(), measured.episodes, strict=True):
        assert len(gif) < 300_000
        durations, drawn = zip(*frames(gif), strict=True)
        assert len(drawn) == len(episode.pixels) + 2
        assert durations[-1] > 3 * durations[0]
        assert len(set(durations[:-1])) == 1
        assert all(600 <= frame.shape[1] <= 700 for frame in drawn)
        assert all((a != b).any() for a, b in pairwise(drawn))


def test_animation_shows_what_was_read_where_it_was_read(measured):
    episode = measured.episodes[0]
    drawn = [frame for _, frame in frames(animate(measured, episode))]
    left, top, cell = 16, 62, 25
    unknown = [int(LIGHT["missing"][i : i + 2], 16) for i in (1, 3, 5)]

    def corner(step, pixel):
        row, column = divmod(int(pixel), 8)
        return drawn[step][top + row * cell + 2, left + column * cell + 2].tolist()

    for step in range(len(episode.pixels) + 1):
        for i, pixel in enumerate(episode.pixels):
            grey = round(255 * float(episode.values[i]) / 16)
            expected = [grey] * 3 if i < step else unknown
            assert np.abs(np.subtract(corner(step, pixel), expected)).max() <= 3
    for pixel, value in enumerate(episode.picture.ravel()):
        assert np.abs(np.subtract(corner(-1, pixel), round(255 * float(value) / 16))).max() <= 3


def test_animation_of_colour_images_shows_every_channel(coloured):
    _, frame = next(frames(animate(coloured, coloured.episodes[0])))
    unknown = (frame == [227, 230, 236]).all(axis=2)
    assert unknown[62:, 16:216].any(axis=0).sum() == pytest.approx(3 * 7 * 8, abs=2)


def test_a_long_episode_still_fits_into_a_small_file(measured):
    episode, n = measured.episodes[0], 64
    rng = np.random.default_rng(0)
    long = replace(
        episode,
        pixels=rng.permutation(64),
        values=episode.picture.ravel()[:n].astype(np.float64),
        posterior=rng.dirichlet(np.ones(10), size=n + 1),
        gain=rng.random((n + 1, 64)),
    )
    gif = animate(measured, long)
    assert len(gif) < 300_000
    assert sum(1 for _ in frames(gif)) > 20


def test_an_episode_without_a_step_is_shown_too(measured):
    episode = measured.episodes[0]
    short = replace(
        episode, pixels=episode.pixels[:0], values=episode.values[:0], posterior=episode.posterior[:1],
        gain=episode.gain[:1],
    )  # fmt: skip
    assert sum(1 for _ in frames(animate(measured, short))) == 2


def test_other_studies_have_no_animation(new_result):
    assert animations(new_result) == {}
