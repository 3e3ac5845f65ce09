"""The page of a study of measuring, in a real browser."""

import base64
import json
import re
from dataclasses import replace

import numpy as np
import pytest

import sightbits as sb
from sightbits.report.render import render
from sightbits.report.summarize import summarize

CURVES = ("information_gain/naive_bayes", "random/exact")
SECTIONS = ["curves", "game", "episodes", "stop", "calibration", "where", "tree"]


def write(result, folder):
    path = folder / "report.html"
    path.write_text(render(summarize(result)), encoding="utf-8")
    return path


@pytest.fixture(scope="module")
def measured():
    data = sb.load_dataset("digits").take(slice(500))
    return sb.compare_measuring(data, curves=CURVES, n_pixels=9, episodes=3, tree_depth=3, unavailable=[(0, 0)])


@pytest.fixture(scope="module")
def report(measured, tmp_path_factory):
    return write(measured, tmp_path_factory.mktemp("measured"))


@pytest.fixture(scope="module")
def coloured():
    rng = np.random.default_rng(0)
    images = rng.integers(0, 256, size=(200, 6, 7, 3)).astype(np.uint8)
    images[:, 2, 3, 1] = np.clip(130 * (np.arange(200) % 2) + rng.integers(0, 120, 200), 0, 255)
    labels = np.where(np.arange(200) % 2, "<b>&\"'", "</script><script>alert(1)</script>")
    return sb.compare_measuring(images, labels, curves=["information_gain/naive_bayes"], n_pixels=4, episodes=2)


@pytest.fixture(scope="module")
def coloured_report(coloured, tmp_path_factory):
    return write(coloured, tmp_path_factory.mktemp("coloured"))


def page_data(report):
    text = re.search(r'id="page-data">(.*?)</script>', report.read_text(encoding="utf-8"), re.DOTALL).group(1)
    return json.loads(text)


def rows(page, figure, dataset):
    return page.evaluate(f"sightbitsPage.views.get('{figure}').data('{dataset}')")


def colour(page, canvas, pixel, shape=(8, 8)):
    """The colour near the corner of a cell, inside its frame and outside of every ring."""
    return page.evaluate(
        """([id, row, column, nRows, nColumns]) => {
          const canvas = document.getElementById(id);
          const [w, h] = [canvas.width / nColumns, canvas.height / nRows];
          const at = [Math.floor(column * w + 0.09 * w), Math.floor(row * h + 0.09 * h)];
          const copy = new OffscreenCanvas(1, 1).getContext("2d", { willReadFrequently: true });
          copy.drawImage(canvas, ...at, 1, 1, 0, 0, 1, 1);
          return [...copy.getImageData(0, 0, 1, 1).data].slice(0, 3);
        }""",
        [canvas, *divmod(int(pixel), shape[1]), *shape],
    )


def shares(page):
    texts = page.locator("#episode-labels .episode-share").all_text_contents()
    return [float(text.replace("\u00a0%", "")) / 100 for text in texts]


def go(page, step):
    page.locator("#episode-step").fill(str(step))


def test_sections_stand_in_the_order_of_reading_and_hold_what_they_promise(open_page, check_figures, measured, report):
    page = open_page(report)
    assert page.evaluate("[...document.querySelectorAll('main section')].map((section) => section.id)") == SECTIONS
    figures = {"curves": 2, "stop": 2, "calibration": 2, "where": len(measured.curves)}
    check_figures(page, {section: figures.get(section, 0) for section in SECTIONS})
    for section in ("curves", "stop", "calibration"):
        assert page.locator(f"#{section} table").count() == 1
    assert page.locator("#game-board button").count() == 64
    assert report.stat().st_size < 1_600_000


def test_head_says_what_was_found(open_page, measured, report):
    page = open_page(report)
    main = measured.main
    finding = page.locator(".finding").text_content().replace("\u00a0", " ")
    assert f"needs {main.to_stop.mean():.1f} on average until it is 95 % sure" in finding
    facts = [text.replace("\u00a0", " ") for text in page.locator(".facts dt").all_text_contents()]
    assert facts[:4] == [
        f"{main.to_stop.mean():.1f} pixels",
        f"{100 * main.right_at_stop.mean():.1f} %",
        f"{100 * main.accuracy[-1]:.1f} %",
        f"{100 * main.at_stop.error:.1f} %",
    ]
    warnings = page.locator(".warning").all_text_contents()
    assert tuple(warnings) == measured.warnings


def test_figures_draw_what_the_study_found(open_page, measured, report):
    page = open_page(report)
    drawn = rows(page, "accuracy", "curves")
    assert len(drawn) == 2 * 10
    np.testing.assert_allclose([row["accuracy"] for row in drawn[:10]], measured.main.accuracy, rtol=1e-4)
    np.testing.assert_allclose([row["log_loss"] for row in drawn[:10]], measured.main.log_loss / np.log(2), rtol=1e-4)
    cells = rows(page, "measured_curve_0", "measured")
    assert [(cell["row"], cell["column"], cell["channel"]) for cell in cells] == [(*divmod(i, 8), 0) for i in range(64)]
    assert cells[0]["share_0"] is None
    np.testing.assert_allclose([cell["share_0"] for cell in cells[1:]], measured.main.measured[1:], rtol=1e-4)
    assert [row["n_images"] for row in rows(page, "calibration_stop", "calibration_stop")] == (
        measured.main.at_stop.n_images.tolist()
    )


def test_tables_say_the_same_in_numbers(open_page, measured, report):
    page = open_page(report)

    def table(section):
        lines = page.locator(f"#{section} tbody tr").all()
        return [
            [cell.strip().replace("\u00a0", " ") for cell in line.locator("td").all_text_contents()] for line in lines
        ]

    for line, curve in zip(table("curves"), measured.curves.values(), strict=True):
        assert line[1:5] == [f"{100 * curve.accuracy[k]:.1f} %" for k in (1, 2, 5, 9)]
        assert line[5].startswith(f"{curve.log_loss[-1] / np.log(2):.3f} ± ")
    for line, curve in zip(table("stop"), measured.curves.values(), strict=True):
        assert line[1:3] == [f"{curve.to_stop.mean():.2f}", f"{np.median(curve.to_stop):g}"]
        assert line[4:] == [f"{100 * curve.stopped.mean():.1f} %", f"{100 * curve.right_at_stop.mean():.1f} %"]
    page.locator("#calibration .folded summary").click()
    n_bins = len(measured.main.at_stop.n_images) + len(measured.main.at_budget.n_images)
    assert len(table("calibration")) == n_bins
    assert page.locator("#calibration table").is_visible()


def test_slider_moves_image_gain_and_posterior(open_page, measured, report):
    page = open_page(report)
    episode = measured.episodes[0]
    n = len(episode.pixels)
    assert page.locator("#episode-step").get_attribute("max") == str(n + 1)
    unknown = [227, 230, 236]
    for step in range(n + 1):
        go(page, step)
        np.testing.assert_allclose(shares(page), episode.posterior[step], atol=6e-4)
        for i, pixel in enumerate(episode.pixels):
            grey = round(255 * float(episode.values[i]) / 16)
            assert colour(page, "episode-image", pixel) == ([grey] * 3 if i < step else unknown)
            assert (colour(page, "episode-gain", pixel) == unknown) == (i < step)
        gain = np.where(np.isfinite(episode.gain[step]), episode.gain[step], -1)
        brightest = colour(page, "episode-gain", gain.argmax())
        others = [colour(page, "episode-gain", pixel) for pixel in np.flatnonzero(gain >= 0)[::9]]
        assert sum(brightest[:2]) >= max(sum(other[:2]) for other in others), "viridis gets lighter"
        assert colour(page, "episode-gain", 0) == unknown, "it cannot be measured"


def test_gain_has_one_scale_within_an_episode(open_page, measured, report):
    page = open_page(report)
    packed = page_data(report)["episodes"][0]
    episode = measured.episodes[0]
    whole = np.frombuffer(base64.b64decode(packed["gain"]), dtype=np.uint8).reshape(episode.gain.shape)
    gain = np.clip(episode.gain / np.log(2), 0, None)
    np.testing.assert_array_equal(whole == 255, np.isnan(gain))
    known = ~np.isnan(gain)
    np.testing.assert_allclose(whole[known] / 254 * packed["most"], gain[known], atol=packed["most"] / 500)
    assert page.locator("#episode-most").text_content() == f"{np.nanmax(gain):.2f}\u00a0bits"


def test_the_end_shows_the_whole_image(open_page, measured, report):
    page = open_page(report)
    episode = measured.episodes[0]
    go(page, len(episode.pixels) + 1)
    measured_pixels = set(episode.pixels.tolist())
    for pixel, value in enumerate(episode.picture.ravel()):
        if pixel not in measured_pixels:
            assert colour(page, "episode-image", pixel) == [round(255 * float(value) / 16)] * 3
    words = page.locator("#episode-words").text_content()
    right = int(episode.posterior[-1].argmax()) == episode.label
    assert "The whole image" in words
    assert words.endswith(": right.") == right
    assert page.locator("#episode-on").is_disabled()


def test_words_say_what_was_read_and_what_comes_next(open_page, measured, report):
    page = open_page(report)
    episode = measured.episodes[0]

    def where(step):
        row, column = divmod(int(episode.pixels[step]), 8)
        return f"row {row}, column {column}"

    assert where(0) in page.locator("#episode-words").text_content()
    page.locator("#episode-on").click()
    words = page.locator("#episode-words").text_content().replace("\u00a0", " ")
    best = int(episode.posterior[1].argmax())
    told = episode.gain[1, episode.pixels[1]] / np.log(2)
    assert words.startswith(f"Pixel 1, {where(0)}, reads {episode.values[0]:g}. Most probable: “{best}”")
    assert words.endswith(f"Next: {where(1)}, expected to tell {told:.{3 if told < 0.1 else 2}f} bits.")
    go(page, len(episode.pixels))
    assert page.locator("#episode-words").text_content().endswith("That is enough.")


def test_buttons_go_on_and_back_between_the_ends(open_page, measured, report):
    page = open_page(report)
    back, forth, count = (page.locator(f"#episode-{name}") for name in ("back", "on", "count"))
    assert back.is_disabled()
    forth.click()
    forth.click()
    assert count.text_content() == "2 pixels"
    back.click()
    assert count.text_content() == "1 pixel"
    assert page.locator("#episode-step").get_attribute("aria-valuetext") == "1 pixel"
    assert page.locator("#episode-step").input_value() == "1"


def test_another_episode_begins_at_its_start_with_its_true_label_marked(open_page, measured, report):
    page = open_page(report)
    go(page, 3)
    for number, episode in enumerate(measured.episodes):
        page.locator("#episode").select_option(str(number))
        assert page.locator("#episode-count").text_content() == "0 pixels"
        np.testing.assert_allclose(shares(page), episode.posterior[0], atol=6e-4)
        names = page.locator("#episode-labels .episode-label .episode-name").all_text_contents()
        assert names == list(measured.label_names)
        marked = page.locator("#episode-labels .truth .episode-name").all_text_contents()
        assert marked == [measured.label_names[episode.label]]


def stop_the_clock(page):
    """Let no time pass but what `page.clock.run_for` says."""
    page.clock.install(time=0)
    page.clock.pause_at(10_000)


def test_playing_ends_by_itself_and_pauses_when_asked(open_page, measured, report):
    page = open_page(report)
    stop_the_clock(page)
    play = page.locator("#episode-play")
    play.click()
    assert play.text_content() == "Pause"
    page.clock.run_for(1300)
    play.click()
    assert page.locator("#episode-count").text_content() == "2 pixels"
    page.clock.run_for(5000)
    assert page.locator("#episode-count").text_content() == "2 pixels"
    play.click()
    page.clock.run_for(1000 * (len(measured.episodes[0].pixels) + 2))
    assert page.locator("#episode-count").text_content() == "whole image"
    assert play.text_content() == "Play"


def test_nothing_plays_out_of_sight(open_page, report):
    page = open_page(report)
    stop_the_clock(page)
    page.locator("#episode-play").click()
    page.evaluate(
        "Object.defineProperty(document, 'hidden', { value: true }); "
        "document.dispatchEvent(new Event('visibilitychange'))"
    )
    page.clock.run_for(5000)
    assert page.locator("#episode-count").text_content() == "0 pixels"
    assert page.locator("#episode-play").text_content() == "Play"


def test_tree_opens_line_by_line_and_says_every_branch(open_page, measured, report):
    page = open_page(report)
    lines = page.locator("#tree .tree-step")
    n_inner = sum(branch.pixel is not None for _, branch in measured.tree.walk())
    n_ends = sum(branch.pixel is None for _, branch in measured.tree.walk())
    assert lines.count() == n_inner
    assert page.locator("#tree .tree-end").count() == n_ends
    row, column = measured.position(measured.tree.pixel)
    expected = f"row {row}, column {column}: {measured.tree.gain / np.log(2):.2f} bits"
    assert lines.first.text_content().strip() == expected
    reads = [" ".join(text.split()) for text in page.locator("#tree .tree-read").all_text_contents()]
    for branch in measured.tree.branches:
        assert f"{measured.level_names[branch.outcome]} {100 * branch.share:.0f} %" in reads
    closed = page.locator("#tree details:not([open]) > summary")
    deepest = page.locator("#tree .tree-end").first
    assert not deepest.is_visible()
    for line in reversed(closed.all()):
        line.evaluate("(summary) => summary.click()")
    assert deepest.is_visible()


def test_bars_of_the_tree_stand_for_the_labels(open_page, measured, report):
    page = open_page(report)
    bars = page.locator("#tree .tree-bars").first
    assert bars.locator("rect").count() == 10
    assert "0 " in bars.get_attribute("aria-label")
    most = bars.evaluate("(svg) => [...svg.querySelectorAll('rect')].findIndex((rect) => rect.matches('.most'))")
    assert most == int(measured.tree.posterior.argmax())


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [1280, 390])
def test_nothing_is_wider_than_the_window(open_page, check_widths, report, width, scheme):
    page = open_page(report, width=width, scheme=scheme)
    for summary in reversed(page.locator("#tree details:not([open]) > summary").all()):
        summary.evaluate("(summary) => summary.click()")
    check_widths(page, width)
    for canvas in ("episode-image", "episode-gain"):
        cell = page.evaluate(f"document.getElementById('{canvas}').width") / 8
        assert cell == int(cell) >= 15


def test_dark_mode_turns_what_is_not_known(open_page, report):
    light, dark = (open_page(report, scheme=scheme) for scheme in ("light", "dark"))
    assert colour(light, "episode-image", 9) == [227, 230, 236]
    assert colour(dark, "episode-image", 9) == [50, 58, 71]


def test_colour_images_show_every_channel_and_names_stay_text(open_page, coloured, coloured_report):
    page = open_page(coloured_report)
    assert page.locator("#game").count() == 0
    assert page.locator("#where [data-figure] canvas").count() == 3
    assert page.evaluate("[1, 2].map((i) => document.getElementById('episode-image').width / (3 * 7 + 2) % 1)") == [
        0,
        0,
    ]
    names = page.locator("#episode-labels .episode-name").all_text_contents()
    assert names == list(coloured.label_names)
    go(page, 1)
    row, column, channel = coloured.position(coloured.episodes[0].pixels[0])
    assert f"row {row}, column {column}, channel {channel}" in page.locator("#episode-words").text_content()
    assert f"channel {channel}" in page.locator("#tree .tree-step").first.text_content()


def test_without_episodes_and_with_nothing_to_measure_the_page_still_stands(open_page, measured, tmp_path):
    end = replace(measured.tree, pixel=None, branches=())
    page = open_page(write(replace(measured, episodes=(), tree=end, unit=sb.Unit.NAT), tmp_path))
    assert page.locator("#episodes").count() == 0
    assert page.locator("#tree .tree-end").count() == 1
    assert "nats" in page.locator("#curves table").text_content()


def test_many_labels_have_bars_for_the_nearest_and_the_rest_together(open_page, tmp_path):
    data = sb.load_dataset("digits").take(slice(480))
    labels = np.array([f"a rather long name, number {i}" for i in range(30)])[np.arange(480) % 30]
    result = sb.compare_measuring(data.images, labels, curves=["information_gain/exact"], n_pixels=5, episodes=1)
    page = open_page(write(result, tmp_path), width=390)
    names = page.locator("#episode-labels .episode-name").all_text_contents()
    assert len(names) == 17
    assert names[-1] == "all others"
    for step in range(len(result.episodes[0].pixels) + 1):
        go(page, step)
        assert sum(shares(page)) == pytest.approx(1, abs=0.01)
    assert page.evaluate("document.documentElement.scrollWidth") == 390


def test_folder_has_an_animation_an_episode(measured, tmp_path):
    page = measured.save(tmp_path / "measured")
    gifs = sorted(path.name for path in page.parent.glob("*.gif"))
    assert gifs == ["episode_1.gif", "episode_2.gif", "episode_3.gif"]
    assert all((page.parent / name).read_bytes().startswith(b"GIF89a") for name in gifs)
    assert (page.parent / "first_choices.svg").exists()
