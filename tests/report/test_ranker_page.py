"""Rankers and pairs of pixels on the page, in a real browser."""

import base64
import json
import re

import numpy as np
import pytest

import sightbits as sb
from sightbits.report.render import render
from sightbits.report.summarize import summarize
from sightbits.studies.pixel_audit import COMPARED_RANKERS

QUICK = {"classifier": "naive_bayes", "permutations": 0}
POINTS = [1, 3, 8, 20]


def write(audit, folder):
    path = folder / "report.html"
    path.write_text(render(summarize(audit)), encoding="utf-8")
    return path


@pytest.fixture(scope="module")
def audit():
    data = sb.load_dataset("digits").take(slice(500))
    return sb.audit_pixels(
        data, rankers=COMPARED_RANKERS, forbidden=[(2, 5)], n_pixels=POINTS, seed=4, resamples=3, **QUICK
    )


@pytest.fixture(scope="module")
def report(audit, tmp_path_factory):
    return write(audit, tmp_path_factory.mktemp("rankers"))


@pytest.fixture(scope="module")
def coloured():
    rng = np.random.default_rng(0)
    images = rng.integers(0, 256, size=(80, 6, 7, 3)).astype(np.uint8)
    images[:, 2, 3, 1] = 255 * (np.arange(80) % 2)
    return sb.audit_pixels(
        images, np.arange(80) % 2, rankers=["jmi", "greedy_joint"], n_pixels=[1, 9], resamples=0, **QUICK
    )


@pytest.fixture(scope="module")
def coloured_report(coloured, tmp_path_factory):
    return write(coloured, tmp_path_factory.mktemp("coloured"))


# The pixels with a ring, once the figure is drawn.
RINGED = """async (view) => {
  await view.runAsync();
  const found = [];
  const walk = (item) => {
    if (item.mark?.marktype === "symbol" && item.datum?.row !== undefined) {
      found.push(8 * item.datum.row + item.datum.column);
    }
    (item.items || []).forEach(walk);
  };
  walk(view.scenegraph().root);
  return found;
}"""


def signal(page, figure, name):
    return page.evaluate(f"sightbitsPage.views.get('{figure}').signal('{name}')")


def page_data(report):
    text = re.search(r'id="page-data">(.*?)</script>', report.read_text(encoding="utf-8"), re.DOTALL).group(1)

    def refuse(constant):
        raise ValueError(f"{constant} is no JSON")

    return json.loads(text, parse_constant=refuse)


def rows(page, figure, dataset):
    return page.evaluate(f"sightbitsPage.views.get('{figure}').data('{dataset}')")


def click_cell(page, figure, row, column):
    canvas = page.locator(f"[data-figure={figure}] canvas")
    canvas.scroll_into_view_if_needed()
    box = canvas.bounding_box()
    view = f"sightbitsPage.views.get('{figure}')"
    origin, padding = page.evaluate(f"{view}.origin()"), page.evaluate(f"{view}.padding()")
    cell = signal(page, figure, "cell")
    x = box["x"] + origin[0] + padding["left"] + (column + 0.5) * cell
    y = box["y"] + origin[1] + padding["top"] + (row + 0.5) * cell
    page.mouse.click(x, y)


def choose(page, **place):
    for name, value in place.items():
        page.locator(f"#pixel-{name}").fill(str(value))
        page.locator(f"#pixel-{name}").press("Enter")


def check_pairs(page, audit, pixel):
    """Compare what the figures draw with what the audit knows."""
    beside = audit.redundancy.beside(pixel)
    for figure in ("pairs_shared", "pairs_given", "pairs_interaction"):
        drawn = rows(page, figure, "pairs")
        assert len(drawn) == audit.n_pixels
        assert [number for number, row in enumerate(drawn) if row["chosen"]] == [pixel]
        for name in ("shared", "given", "interaction"):
            expected = np.delete(getattr(beside, name), pixel) / np.log(2)
            found = np.delete([row[name] for row in drawn], pixel)
            np.testing.assert_allclose(found, expected, atol=1e-3 * np.abs(audit.redundancy.interaction).max())
    positions = [(row["row"], row["column"], row["channel"]) for row in drawn]
    assert positions == [(*audit.position(i), 0)[:3] for i in range(audit.n_pixels)]


def check_words(page, audit, pixel):
    beside = audit.redundancy.beside(pixel)
    others = np.arange(audit.n_pixels) != pixel
    words = page.locator("#pair-words").text_content()

    def where(number):
        row, column, *channel = audit.position(number)
        return f"row {row}, column {column}" + (f", channel {channel[0]}" if channel else "")

    def close(shown, nats):
        return abs(float(shown) - nats / np.log(2)) < 3e-4

    pattern = (
        r"Chosen: (.*)\. Closest to it: (.*), ([\d.-]+) bits shared\. "
        r"Best beside it: (.*), which adds ([\d.-]+) bits \(([\d.-]+) alone\)\."
    )
    chosen, twin, shared, partner, given, alone = re.fullmatch(pattern, words).groups()
    names = [where(number) for number in range(audit.n_pixels)]
    twin, partner = names.index(twin), names.index(partner)
    assert chosen == where(pixel)
    assert close(shared, beside.shared[twin])
    assert beside.shared[twin] >= beside.shared[others].max() - 1e-4
    assert close(given, beside.given[partner])
    assert beside.given[partner] >= beside.given[others].max() - 1e-4
    assert close(alone, beside.alone[partner])


def test_every_new_figure_is_drawn(open_page, report):
    page = open_page(report)
    names = [
        "ranker_curves", "ranker_overlap", *(f"rings_{name}" for name in COMPARED_RANKERS),
        "pairs_shared", "pairs_given", "pairs_interaction",
    ]  # fmt: skip
    for name in names:
        canvas = page.locator(f"[data-figure={name}] canvas")
        assert canvas.count() == 1
        assert canvas.is_visible()
        coloured = page.evaluate(
            "(canvas) => new Set(new Uint32Array(canvas.getContext('2d').getImageData(0, 0, canvas.width, "
            "canvas.height).data.buffer)).size",
            canvas.element_handle(),
        )
        assert coloured > 10
    assert page.locator("#rings figure").count() == len(COMPARED_RANKERS)
    assert report.stat().st_size < 2_000_000


def test_sections_stand_in_the_order_of_reading(open_page, report):
    page = open_page(report)
    names = page.evaluate("[...document.querySelectorAll('main section')].map((section) => section.id)")
    assert names == [
        "few", "rankers", "rings", "variance", "chance", "stability", "labels", "pixel", "redundancy", "best",
    ]  # fmt: skip


def test_without_others_no_ranker_stands_on_the_page(open_page, digits_report):
    page = open_page(digits_report)
    for section, n in (("rankers", 0), ("rings", 0), ("redundancy", 1)):
        assert page.locator(f"#{section}").count() == n
    assert page.evaluate("[sightbitsPage.data.rankers, sightbitsPage.data.overlap]") == [[], []]


def test_a_click_on_a_map_looks_at_that_pixel_beside_every_other_one(open_page, audit, report):
    page = open_page(report)
    best = int(audit.ranking[0])
    check_pairs(page, audit, best)
    check_words(page, audit, best)
    for figure, row, column in (
        ("variance_map", 4, 2),
        ("rings_jmi", 3, 3),
        ("pairs_shared", 6, 5),
        ("pairs_interaction", 1, 4),
        ("information_map", 5, 2),
    ):
        before = page.locator("#pair-words").text_content()
        click_cell(page, figure, row, column)
        assert page.locator("#pair-words").text_content() != before
        check_pairs(page, audit, 8 * row + column)
        check_words(page, audit, 8 * row + column)


def test_typing_a_place_chooses_it_too(open_page, audit, report):
    page = open_page(report)
    choose(page, row=3, column=5)
    check_pairs(page, audit, 29)
    check_words(page, audit, 29)


def test_a_pixel_without_pairs_says_why_and_empties_the_maps(open_page, audit, report):
    page = open_page(report)
    assert audit.redundancy.beside(21) is None, "it is forbidden"
    choose(page, row=2, column=5)
    assert "This pixel never changes, or is not among" in page.locator("#pair-words").text_content()
    assert rows(page, "pairs_shared", "pairs") == []
    n = len(audit.redundancy.references)
    assert f"the first {n} of the ranking" in page.locator("#pair-words").text_content()
    choose(page, row=4, column=2)
    check_pairs(page, audit, 34)


def test_a_pixel_that_never_changes_says_so_in_silence(open_page, report):
    page = open_page(report)
    choose(page, row=0, column=0)
    assert "constant" in page.locator("#pixel-words").text_content()
    assert "This pixel never changes" in page.locator("#pair-words").text_content()
    assert rows(page, "pairs_given", "pairs") == []


def test_packed_maps_come_back_to_a_thousandth_of_the_scale(audit, report):
    packed = page_data(report)["redundancy"]
    assert packed["references"] == audit.redundancy.references.tolist()
    for name in ("shared", "interaction"):
        whole = np.frombuffer(base64.b64decode(packed[name]["base64"]), dtype="<i2").reshape(-1, 64)
        expected = getattr(audit.redundancy, name) / np.log(2)
        np.testing.assert_allclose(whole * packed[name]["step"], expected, atol=1e-4 * np.abs(expected).max())


def test_slider_moves_every_ranker(open_page, audit, report):
    page = open_page(report)
    names = ["mutual information", "jmi", "cmim", "mrmr", "greedy joint", "variance", "random"]
    for index, k in enumerate(POINTS):
        page.locator("#k").fill(str(index))
        for figure in ("ranker_curves", *(f"rings_{name}" for name in COMPARED_RANKERS)):
            assert signal(page, figure, "k") == k
        overlap = rows(page, "ranker_overlap", "overlap")
        assert [(row["first"], row["second"]) for row in overlap] == [(a, b) for a in names for b in names]
        firsts = [one.first(k) for one in audit.ranked.values()]
        expected = [len(a & b) / len(a | b) for a in firsts for b in firsts]
        assert [row["jaccard"] for row in overlap] == pytest.approx(expected, abs=1e-4)


def test_rings_are_drawn_around_the_first_pixels_of_each_ranker(open_page, audit, report):
    page = open_page(report)
    page.locator("#k").fill("1")
    for name, one in audit.ranked.items():
        ringed = page.evaluate(f"({RINGED})(sightbitsPage.views.get('rings_{name}'))")
        assert set(ringed) == one.first(3)


def test_a_point_of_a_ranker_sets_the_slider(open_page, report):
    page = open_page(report)
    page.evaluate("sightbitsPage.listeners.forEach((listen) => listen({ ranker: 'jmi', n_pixels: 3, accuracy: 0.5 }))")
    assert page.locator("#k-value").text_content() == "3"
    before = page.locator("#pair-words").text_content()
    page.evaluate("sightbitsPage.listeners.forEach((listen) => listen({ first: 'jmi', second: 'cmim', jaccard: 0.5 }))")
    assert page.locator("#k-value").text_content() == "3"
    assert page.locator("#pair-words").text_content() == before


def test_table_says_how_few_pixels_each_ranker_needs(open_page, audit, report):
    page = open_page(report)
    table = page.locator("#rankers table")
    head = table.locator("th").all_text_contents()
    k = audit.curve.fewest_for(0.95)
    assert [text.strip() for text in head][:5] == [
        "ranker", "pixels for 90%", "pixels for 95%", "pixels for 99%", f"accuracy at {k}",
    ]  # fmt: skip
    lines = [
        [cell.strip() for cell in row.locator("td").all_text_contents()] for row in table.locator("tbody tr").all()
    ]
    lines = [line for line in lines if line]
    assert [line[0] for line in lines] == [name.replace("_", " ") for name in COMPARED_RANKERS]
    at, firsts = POINTS.index(k), audit.main.first(k)
    for line, one in zip(lines, audit.ranked.values(), strict=True):
        expected = [str(one.curve.fewest_for(share)) for share in (0.9, 0.95, 0.99)]
        jaccard = len(firsts & one.first(k)) / len(firsts | one.first(k))
        expected += [f"{one.curve.accuracy[at]:.1%}", f"{one.stability(k):.2f}", f"{jaccard:.2f}", str(one.n_levels)]
        assert line[1:] == expected


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [1280, 390])
def test_new_figures_are_no_wider_than_the_window(open_page, check_widths, report, width, scheme):
    page = open_page(report, width=width, scheme=scheme)
    check_widths(page, width)
    for figure in ("rings_jmi", "pairs_shared"):
        cell = signal(page, figure, "cell")
        assert cell == int(cell) >= 4


def test_dark_mode_turns_the_inks_of_new_figures(open_page, report):
    light, dark = (open_page(report, scheme=scheme) for scheme in ("light", "dark"))
    for figure in ("ranker_curves", "rings_jmi", "pairs_shared"):
        drawn = f"document.querySelector('[data-figure={figure}] canvas').toDataURL()"
        assert light.evaluate(drawn) != dark.evaluate(drawn)


def test_colour_images_have_rankers_and_pairs(open_page, coloured, coloured_report):
    page = open_page(coloured_report)
    assert page.locator("#rankers, #rings, #redundancy").count() == 3
    best = int(coloured.ranking[0])
    assert coloured.position(best) == (2, 3, 1)
    check_pairs(page, coloured, best)
    check_words(page, coloured, best)
    for figure in ("rings_jmi", "pairs_given"):
        assert signal(page, figure, "channel") == 1
    choose(page, row=4, column=6, channel=2)
    assert signal(page, "pairs_given", "channel") == 2
    check_pairs(page, coloured, (4 * 7 + 6) * 3 + 2)
    check_words(page, coloured, (4 * 7 + 6) * 3 + 2)


def test_pixels_that_all_stand_still_make_a_page(open_page, tmp_path):
    images = np.zeros((60, 3, 4), dtype=np.uint8)
    images[45:] = np.arange(12).reshape(3, 4)
    data = sb.dataset_from_arrays(images, np.arange(60) % 2, in_test=np.arange(60) >= 45)
    audit = sb.audit_pixels(data, rankers=["jmi"], n_pixels=[1, 12], resamples=2, **QUICK)
    page = open_page(write(audit, tmp_path))
    assert page.locator("#redundancy").count() == 0
    assert page.locator("#rankers").count() == 1
    page.locator("#k").fill("1")
    choose(page, row=2, column=3)
    assert "constant" in page.locator("#pixel-words").text_content()


def test_images_of_one_pixel_make_a_page(open_page, tmp_path):
    labels = np.arange(80) % 2
    images = (labels + 2 * (np.arange(80) % 3 == 0)).astype(np.uint8).reshape(80, 1, 1)
    audit = sb.audit_pixels(images, labels, n_pixels=[1], resamples=0, **QUICK)
    page = open_page(write(audit, tmp_path))
    assert page.locator("#pixel-words").text_content().startswith("Rank 1 of 1")


def test_forbidden_pixels_are_in_no_table_and_have_no_rank(open_page, tmp_path):
    data = sb.load_dataset("digits").take(slice(200))
    forbidden = [(row, column) for row in range(8) for column in range(8) if (row, column) not in {(4, 2), (3, 4)}]
    audit = sb.audit_pixels(data, forbidden=forbidden, n_pixels=[1, 2], resamples=0, **QUICK)
    page = open_page(write(audit, tmp_path))
    assert page.locator("#best-rows tr").count() == 2
    choose(page, row=2, column=5)
    assert "Rank 65" not in page.locator("#pixel-words").text_content()


def test_data_of_the_page_is_nothing_but_json(report):
    data = page_data(report)
    assert [row["n_pixels"] for row in data["curve"]] == POINTS
    assert len(data["overlap"]) == len(POINTS)
    assert len(data["rankers"]) == len(POINTS) * len(COMPARED_RANKERS)
