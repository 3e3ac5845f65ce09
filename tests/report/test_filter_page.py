"""The page of a study of filters, in a real browser."""

from dataclasses import replace

import numpy as np
import pytest

from sightbits.plots.filters.words import finding
from sightbits.report.filters import tables, texts
from sightbits.report.render import render
from sightbits.report.summarize import summarize

SECTIONS = {"pruning": 2, "cost": 0, "width": 2, "objective": 3, "agreement": 1, "responses": 0, "sweep": 3,
            "verdicts": 0}  # fmt: skip


@pytest.fixture(scope="module")
def study(invent_filters):
    return invent_filters()


@pytest.fixture(scope="module")
def report(study, tmp_path_factory):
    path = tmp_path_factory.mktemp("filters") / "report.html"
    hostile = replace(study, provenance=replace(study.provenance, name="<script>alert(1)</script>"))
    path.write_text(render(summarize(hostile)), encoding="utf-8")
    return path


def words(text):
    return text.replace("\u00a0", " ")


def test_page_shows_every_section_and_a_legend_brings_a_criterion_to_the_fore(open_page, check_figures, study, report):
    page = open_page(report)
    assert page.locator("h1").text_content() == "Filters of conv2 in lenet5 relu on <script>alert(1)</script>"
    found = page.evaluate("[...document.querySelectorAll('main section')].map((section) => section.id)")
    assert found == list(SECTIONS)
    check_figures(page, SECTIONS)
    assert page.evaluate("document.documentElement.scrollWidth") == 1280
    button = page.locator("#pruning .legend button", has_text="bottleneck (source)")
    assert page.locator("#pruning .legend button").count() == 14
    button.click()
    shown = "['as_pruned', 'fine_tuned'].map((name) => sightbitsPage.views.get('pruning_' + name).signal('%s'))"
    assert page.evaluate(shown % "shown_criterion") == ["bottleneck (source)"] * 2
    button.click()
    assert page.evaluate(shown % "shown_criterion") == ["", ""]
    bold = page.locator("#pruning table").first.locator("strong").all_text_contents()
    cells = tables.accuracy_cells(study, fine_tuned=False)
    assert sorted(bold) == sorted(cell.text for row in cells.values() for cell in row if cell.best)
    assert page.locator("#responses .strip img").count() == 2 * 9
    sizes = page.evaluate("[...document.querySelectorAll('.strip img')].map((one) => one.naturalWidth)")
    assert set(sizes) == {3 * 32 + 4}
    verdicts = page.locator("#verdicts dt b").all_text_contents()
    assert verdicts == [one.verdict for one in study.verdicts]
    assert "NaN" not in page.locator("body").inner_text()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_nothing_is_wider_than_a_phone(open_page, check_widths, report, scheme):
    page = open_page(report, width=390, scheme=scheme)
    check_widths(page, 390)


def test_one_network_as_pruned_has_a_page_without_what_it_lacks(invent_filters):
    study = invent_filters(seeds=1, fine_tune=0, sweep=(), criteria=("l1",), keep=[16])
    page = summarize(study)
    assert [section.name for section in page.sections] == [name for name in SECTIONS if name != "sweep"]
    assert page.finding == finding(study) + "."
    assert len(page.sections[0].figures) == len(page.sections[0].content["tables"]) == 1
    assert "Bands" not in page.sections[0].text
    assert "standard error" not in page.sections[0].text
    assert "Thin lines" not in page.sections[2].text
    assert page.details["Pruned"].endswith("not trained on")
    assert "scalar" not in render(page)
    assert tables.sweep_rows(study) == ()


def test_facts_tell_accuracy_number_and_cost(study):
    facts = {fact.meaning: words(fact.value) for fact in summarize(study).facts}
    assert facts["test accuracy of the whole network (2 networks)"] == "98.50 ± 0.71 %"
    assert facts["filters are enough by the repaired rule"] == "5.5 (5 to 6) of 16"
    cost = next(meaning for meaning in facts if "parameters" in meaning)
    assert facts[cost] == "17 %, 6 %"
    assert cost.endswith("with 1 filter; a batch takes 4.10 ms, not 5.60")


def test_accuracies_mark_the_best_and_those_no_worse(invent_filters):
    study = invent_filters(criteria=("l1", "apoz", "random"), keep=[8, 4], sweep=())
    values = {
        "l1": np.array([[0.9, 0.5], [0.8, 0.5]]),
        "apoz": np.array([[0.9, 0.6], [0.78, 0.7]]),
        "random": np.array([[0.8, 0.4], [0.7, 0.4]]),
    }
    told = replace(study, pruned_accuracy=values)
    head, *rows = tables.accuracy_rows(told, fine_tuned=False)
    assert head == ("criterion", "8 kept", "4 kept")
    assert rows[0] == ("L1", "85.00 ± 7.07 *", "50.00 ± 0.00  ")
    assert rows[1] == ("APoZ", "84.00 ± 8.49 *", "65.00 ± 7.07 *")
    assert rows[2] == ("random", "75.00 ± 7.07  ", "40.00 ± 0.00  ")
    text = texts.pruning_text(told)
    assert "Best as pruned: L1 with 8 (1 other no worse) kept; APoZ with 4 kept." in text


def test_cost_is_told_beside_the_whole(study):
    head, whole, *_, last = tables.cost_rows(study)
    assert head == ("filters", "parameters", "left", "FLOPs an image", "left", "ms a batch", "left")
    assert whole == ("16", "9,000", "100 %", "320,000", "100 %", "5.60", "100 %")
    assert last == ("1", "1,500", "17 %", "20,000", "6 %", "4.10", "73 %")


def test_width_is_told_of_each_network_with_why_it_ended(study):
    first, second = study.width["partial_permutation"]
    told = replace(study, width={"partial_permutation": (first, replace(second, stopped_by="samples"))})
    assert tables.width_rows(told)[1:] == (
        ("the repaired rule", "5.5 (5 to 6)", "5, 6", "1,024", "the next filter failed the test, too few images"),
    )


def test_objective_says_what_the_red_line_is_and_what_is_left_by_chance(study):
    text = words(texts.objective_text(study))
    line = study.red_line
    assert f"ours is the mean of all filters ({line.value / np.log(2):.2f} bits)" in text
    assert f"above which {100 * line.share_above:.0f} % of them lie" in text
    assert f"{100 * line.share_above_chance:.0f} % of the filters lie above their own." in text
    assert "Shuffled samples keep 40 % of I(X; T)." in text


def test_agreement_names_the_pairs_most_and_least_alike_and_what_the_source_goes_against(invent_filters):
    study = invent_filters(criteria=("bottleneck", "relevance", "l1"), seeds=1, sweep=())
    order = np.arange(16.0)[None]
    mixed = np.roll(order, 8)
    told = replace(study, importance={"bottleneck": -order, "relevance": order, "l1": mixed})
    text = texts.agreement_text(told)
    assert "Most alike: bottleneck (source) and L1 (51); least: bottleneck (source) and relevance (-100)." in text
    assert text.endswith("The source's objective goes against 1 of the 1 other criteria of information.")


def test_responses_name_the_labels_of_the_images_once(study):
    names = tuple(f"a rather long name {i}" for i in range(len(study.label_names)))
    section = next(one for one in summarize(replace(study, label_names=names)).sections if one.name == "responses")
    shown = ", ".join(names[label] for label in study.pictures.labels[:3])
    assert f"in the first network for 3 images ({shown}), of the 8 most" in section.text
    assert section.content["images"]["words"] == "images"


def test_sweep_rows_are_in_the_unit_and_in_percent(study):
    head, first, *_ = tables.sweep_rows(study)
    assert head[2] == "I(X; {T}), bits"
    assert first[0] == "2"
    assert float(first[2]) == pytest.approx(study.sweep.input_information[:, 0].mean() / np.log(2), abs=1e-3)
    assert float(first[6]) == pytest.approx(100 * study.sweep.redundancy_null[:, 0].mean(), abs=0.06)
