"""The page of encodings compared, in a real browser."""

from dataclasses import replace

import numpy as np
import pytest

import sightbits as sb
from sightbits.plots.encoding_comparison.words import finding
from sightbits.report.encoding_comparison.tables import fold_reasons
from sightbits.report.encoding_comparison.texts import rates_text, spectrum_text
from sightbits.report.render import render
from sightbits.report.summarize import summarize
from sightbits.studies.encoding_comparison import Fold

ENCODINGS = ("identity", "inverted", "centred", "inverted+centred", "binarised")
WORDS = [name.replace("+", " + ") for name in ENCODINGS]
SECTIONS = ["learning", "rates", "weights", "spectrum", "information", "fold", "models"]


def write(result, folder):
    path = folder / "report.html"
    path.write_text(render(summarize(result)), encoding="utf-8")
    return path


@pytest.fixture(scope="module")
def compared():
    digits = sb.load_dataset("digits").take(slice(400))
    return sb.compare_encodings(
        digits,
        encodings=ENCODINGS,
        models=["softmax", "lenet"],
        trials=4,
        updates=6,
        seeds=2,
        rates=(0.05, 0.5),
        jobs=1,
    )


@pytest.fixture(scope="module")
def report(compared, tmp_path_factory):
    return write(compared, tmp_path_factory.mktemp("compared"))


@pytest.fixture(scope="module")
def coloured():
    rng = np.random.default_rng(0)
    images = rng.integers(0, 256, size=(120, 6, 7, 3)).astype(np.uint8)
    images[:, 0, 0] = 0
    names = np.where(np.arange(120) % 2, "<b>&\"'", "</script><script>alert(1)</script>")
    return sb.compare_encodings(
        images, names, encodings=["identity", "inverted"], trials=3, updates=3, seeds=1, rates=[], jobs=1
    )


def rows(page, figure, dataset):
    return page.evaluate(f"sightbitsPage.views.get('{figure}').data('{dataset}')")


def table(page, section):
    lines = page.locator(f"#{section} tbody tr").all()
    return [[cell.strip().replace("\u00a0", " ") for cell in line.locator("td").all_text_contents()] for line in lines]


def text(page, section):
    return page.locator(f"#{section} > p").first.text_content().replace("\u00a0", " ")


def colour(page, figure, row, column):
    """The colour in the middle of a cell of a map."""
    return page.evaluate(
        """([figure, row, column]) => {
          const view = sightbitsPage.views.get(figure);
          const canvas = document.querySelector(`[data-figure=${figure}] canvas`);
          const [cell, [left, top]] = [view.signal("cell"), view.origin()];
          const at = [left + (column + .5) * cell, top + (row + .5) * cell];
          const copy = new OffscreenCanvas(1, 1).getContext("2d", { willReadFrequently: true });
          copy.drawImage(canvas, ...at.map(Math.floor), 1, 1, 0, 0, 1, 1);
          return [...copy.getImageData(0, 0, 1, 1).data].slice(0, 3);
        }""",
        [figure, row, column],
    )


def test_sections_stand_in_the_order_of_reading_and_hold_what_they_promise(open_page, check_figures, report):
    page = open_page(report)
    assert page.evaluate("[...document.querySelectorAll('main section')].map((section) => section.id)") == SECTIONS
    figures = {"learning": 2, "rates": 4, "weights": len(ENCODINGS), "spectrum": 1, "information": 1}
    check_figures(page, {section: figures.get(section, 0) for section in SECTIONS})
    for section in SECTIONS:
        assert page.locator(f"#{section} table").count() == 1
    assert report.stat().st_size < 1_300_000


def test_head_says_what_was_found(open_page, compared, report):
    page = open_page(report)
    assert page.locator(".finding").text_content() == finding(compared) + "."
    facts = [text.replace("\u00a0", " ") for text in page.locator(".facts dt").all_text_contents()]
    softmax = compared.curves["softmax"]
    assert facts[:2] == [f"{100 * softmax[name].main.mean_accuracy:.1f} %" for name in ("identity", "inverted")]
    assert facts[3] == "identical"
    assert "under all 4 bijective encodings" in page.locator(".facts dd").nth(3).text_content()
    assert tuple(page.locator(".warning").all_text_contents()) == compared.warnings


def test_figures_draw_what_the_study_found(open_page, compared, report):
    page = open_page(report)
    lenet = compared.curves["lenet"]["inverted"]
    drawn = [row for row in rows(page, "accuracy_1", "curves_1") if row["encoding"] == "inverted"]
    np.testing.assert_allclose([row["accuracy"] for row in drawn if row["at"] == "common"], lenet.main.mean, rtol=1e-4)
    np.testing.assert_allclose([row["accuracy"] for row in drawn if row["at"] == "best"], lenet.best.mean, rtol=1e-4)
    change = compared.curves["softmax"]["identity"].main.weight_change
    cells = rows(page, "weight_change_0", "places")
    assert [(cell["row"], cell["column"]) for cell in cells] == [divmod(i, 8) for i in range(64)]
    assert [cell["change_0"] or 0 for cell in cells] == pytest.approx(change, rel=1e-4)
    assert len(rows(page, "information_0", "pixels")) == 64


def test_tables_say_the_same_in_numbers(open_page, compared, report):
    page = open_page(report)
    softmax = compared.curves["softmax"]
    for line, (name, one) in zip(table(page, "learning"), softmax.items(), strict=True):
        main, best = one.main, one.best
        assert line[:6] == [
            name.replace("+", " + "),
            f"{100 * main.mean_accuracy:.2f} ± {100 * main.mean_accuracy_std:.2f} %",
            f"{100 * main.final_accuracy:.1f} %",
            f"{best.rate:g}",
            f"{100 * best.mean_accuracy:.2f} ± {100 * best.mean_accuracy_std:.2f} %",
            f"{100 * best.final_accuracy:.1f} %",
        ]
    page.locator("#rates .folded summary").click()
    tried = table(page, "rates")
    assert [line[:2] for line in tried] == [[model, word] for model in ("softmax", "LeNet") for word in WORDS]
    assert [line[-1] == "-" for line in tried] == [False] * 5 + [True] * 5
    for line, (name, one) in zip(table(page, "weights"), softmax.items(), strict=True):
        assert line[0] == name.replace("+", " + ")
        assert line[2] == f"{(one.main.weight_change == 0).sum()} of 64"
    assert [line[1] for line in table(page, "information")] == ["yes"] * 4 + ["no"]
    for line, inputs in zip(table(page, "information"), compared.encodings.values(), strict=True):
        assert line[2] == f"{inputs.information.value.sum() / np.log(2):.4f}"
    assert [line[0] for line in table(page, "models")] == WORDS
    head = page.locator("#models th").all_text_contents()
    assert head == ["encoding", "softmax", "at best rate", "LeNet", "at best rate"]


def test_one_legend_brings_a_line_to_the_fore_in_all_charts(open_page, report):
    page = open_page(report)
    legends = page.locator(".legend")
    assert legends.count() == 3
    assert [text.strip() for text in legends.first.locator("button").all_text_contents()] == WORDS
    charts = ["accuracy_0", "accuracy_1", "rates_0", "best_0", "rates_1", "best_1", "spectrum"]

    def shown():
        return {page.evaluate(f"sightbitsPage.views.get('{name}').signal('shown')") for name in charts}

    def pressed():
        return page.locator(".legend [aria-pressed=true]").all_text_contents()

    assert (shown(), pressed()) == ({""}, [])
    legends.nth(1).locator("button").nth(3).click()
    assert shown() == {"inverted + centred"}
    assert [text.strip() for text in pressed()] == ["inverted + centred"] * 3
    legends.first.locator("button").nth(1).focus()
    page.keyboard.press("Enter")
    assert shown() == {"inverted"}
    legends.nth(2).locator("button").nth(1).click()
    assert (shown(), pressed()) == ({""}, [])


def test_legend_has_the_strokes_of_the_lines(open_page, report):
    page = open_page(report)
    strokes = page.evaluate(
        "[...document.querySelector('.legend').querySelectorAll('line')].map((line) => "
        "[line.getAttribute('stroke'), line.getAttribute('stroke-dasharray')])"
    )
    scale = page.evaluate("sightbitsPage.data.figures.spectrum.spec.layer[0].encoding.color.scale")
    assert [colour for colour, _ in strokes] == scale["range"]
    assert scale["domain"] == WORDS
    assert strokes[3][0] == strokes[2][0]
    assert strokes[3][1] != strokes[2][1] == "1 0"


def test_fold_says_how_exact_it_is_or_why_it_cannot_be(open_page, compared, report):
    page = open_page(report)
    lines = table(page, "fold")
    assert [line[0] for line in lines] == WORDS
    assert all("10⁻" in cell or cell == "0" for line in lines[:4] for cell in line[1:3])
    assert all(folds["identity"].difference <= 1e-6 for folds in compared.folds.values())  # 0 but for its rounding
    assert lines[4][1:3] == ["-", "-"]
    reasons = page.locator("#fold .reason").all_text_contents()
    assert len(reasons) == 1
    assert reasons[0].startswith("binarised: No first layer does the same: levels forget grey values.")
    assert "weights, bias = fold_encoding(weights, bias, encoding)" in page.locator("#fold pre").text_content()
    assert "value_range=(0, 16)" in page.locator("#fold pre").text_content()


def test_text_says_for_which_network_there_is_no_map(open_page, compared, report):
    page = open_page(report)
    assert text(page, "weights").endswith("Pixels of LeNet share their weights, so there is no map of them.")
    assert "The lines of inverted + centred lie on those of centred" in text(page, "learning")


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [1280, 390])
def test_nothing_is_wider_than_the_window(open_page, check_widths, report, width, scheme):
    page = open_page(report, width=width, scheme=scheme)
    page.locator("#rates .folded summary").click()
    check_widths(page, width)


def test_weights_that_never_moved_show_the_plain_ground_in_both_schemes(open_page, compared, report):
    change = compared.curves["softmax"]["identity"].main.weight_change.reshape(8, 8)
    still, moved = (tuple(map(int, np.argwhere(where)[0])) for where in (change == 0, change > 0))
    for scheme, ground in (("light", [227, 230, 236]), ("dark", [50, 58, 71])):
        page = open_page(report, scheme=scheme)
        assert colour(page, "weight_change_0", *still) == ground
        assert colour(page, "weight_change_0", *moved) != ground
        assert colour(page, "weight_change_1", *still) != ground, "inverted, it moved"


def test_colour_images_one_seed_and_no_rates(open_page, coloured, tmp_path):
    hostile = replace(coloured, provenance=replace(coloured.provenance, name="<script>alert(1)</script>"))
    page = open_page(write(hostile, tmp_path))
    assert page.locator("h1").text_content() == "Encodings of <script>alert(1)</script>"
    sections = page.evaluate("[...document.querySelectorAll('main section')].map((section) => section.id)")
    assert sections == ["learning", "weights", "spectrum", "information", "fold"]
    assert page.locator("#information [data-figure] canvas").count() == 3
    assert page.locator("#weights [data-figure] canvas").count() == 2
    assert "the largest of the channels is shown" in text(page, "weights")
    assert "bands" not in text(page, "learning")
    assert colour(page, "weight_change_0", 0, 0) == [227, 230, 236]


def test_a_network_of_shared_weights_alone_has_a_page_without_maps(open_page, compared, tmp_path):
    names = ("identity",)
    alone = replace(
        compared,
        curves={"lenet": {name: compared.curves["lenet"][name] for name in names}},
        encodings={name: compared.encodings[name] for name in names},
        folds={"lenet": {name: Fold(difference=0.0, largest_logit=1.0) for name in names}},
        unit=sb.Unit.NAT,
    )
    page = open_page(write(alone, tmp_path), width=390)
    assert text(page, "weights") == "Pixels of LeNet share their weights, so there is no map of them."
    assert page.locator("#weights table").count() == 0
    assert "nats" in page.locator("#information table").text_content()
    assert page.evaluate("document.documentElement.scrollWidth") == 390


def test_reasons_against_folding_name_the_networks_they_hold_for(compared):
    reason = "encoding: wanted one scale, got Standardised(). Scales differ. Train."
    refused = Fold(difference=float("nan"), largest_logit=1.0, reason=reason)
    exact = Fold(difference=0.0, largest_logit=1.0)
    folds = {
        "softmax": dict.fromkeys(ENCODINGS, exact),
        "lenet": {name: refused if "centred" in name else exact for name in ENCODINGS},
    }
    assert fold_reasons(replace(compared, folds=folds)) == [
        "LeNet on centred, inverted + centred: Scales differ. Train."
    ]


@pytest.mark.parametrize(
    ("gaps", "words"),
    [
        ((0.08, 0.03), "Only in part: inverting costs softmax 8.0 points of accuracy at one rate for all, 3.0 where"),
        ((0.08, 0.01), "Mostly: "),
        ((0.08, 0.08), "No: "),
        ((0.005, 0.005), "First, each encoding"),
    ],
)
def test_whether_it_is_the_step_size_is_answered(compared, gaps, words):
    def at(curve, accuracy):
        return replace(curve, accuracy=np.full((2, 4), accuracy))

    own = dict(compared.curves["softmax"])
    for name, cost in (("identity", (0, 0)), ("inverted", gaps)):
        one = own[name]
        own[name] = replace(one, main=at(one.main, 0.9 - cost[0]), best=at(one.best, 0.9 - cost[1]))
    assert rates_text(replace(compared, curves={"softmax": own})).startswith(words)


def test_order_of_condition_numbers_is_told(compared):
    agreement = compared.order_agreement("softmax")
    assert f"over the 4 bijective encodings, each at its best rate: {agreement:.2f}" in spectrum_text(compared)


def test_folder_has_document_tables_pictures_and_page(compared, tmp_path):
    page = compared.save(tmp_path / "compared")
    names = {path.name for path in page.parent.iterdir()}
    assert {"result.json", "encodings.csv", "curves.csv", "rates.csv", "weight_change.csv", "spectrum.csv"} <= names
    assert {"learning_curves.svg", "accuracy_lenet.png", "weight_change.svg", "spectrum.png"} <= names
