"""The pages of two variables and of estimators tried, in a real browser: offline, silent, drawn at every width."""

import re

import numpy as np
import pytest

import sightbits as sb
from sightbits.core.images import Provenance
from sightbits.plots.theme import DARK, LIGHT
from sightbits.report.render import render
from sightbits.report.summarize import summarize

N = 150
FIGURES = ["points", "histogram", "estimators", "correlations", "contrast"]
KINDS = ["continuous", "names", "infinite", "constant"]
NASTY = np.array(["</script><script>alert(1)</script>", "<b>&\"'", "a name far longer than there is room for it here"])


@pytest.fixture(scope="module")
def found():
    rng = np.random.default_rng(0)
    x = rng.standard_normal(N)
    digits = np.arange(N) % 3
    told = Provenance(name="<i>table</i>.csv", sha256="f" * 64, origin="/a/table.csv", notes=("3 rows left out",))
    return {
        "continuous": sb.measure_dependence(x, x + rng.standard_normal(N), names=("width", "height"), permutations=19),
        "names": sb.measure_dependence(
            x + digits, NASTY[digits], names=("x", "</td>[/b]"), provenance=told, permutations=19
        ),
        "infinite": sb.measure_dependence(x, x, estimator="copula", permutations=19),
        "constant": sb.measure_dependence(x, np.full(N, 1.5), permutations=0, error="none"),
    }


@pytest.fixture(scope="module")
def checks():
    return {
        "continuous": sb.check_estimators(50, repeats=2),
        "discrete": sb.check_estimators(50, kinds=("discrete", "discrete"), levels=(3, 4), repeats=2),
    }


@pytest.fixture(scope="module")
def reports(found, checks, tmp_path_factory):
    """The page of each result, written once; without the pictures beside it, which have their own tests."""
    folder = tmp_path_factory.mktemp("pages")
    paths = {}
    for name, result in [*found.items(), *((f"check {name}", one) for name, one in checks.items())]:
        paths[name] = folder / f"{name.replace(' ', '_')}.html"
        paths[name].write_text(render(summarize(result)), encoding="utf-8")
    return paths


ALL = [*KINDS, "check continuous", "check discrete"]


def painted(page):
    """How many pixels of each figure are painted, and in how many colours."""
    return page.evaluate("""() => Object.fromEntries([...document.querySelectorAll('[data-figure]')].map((element) => {
        const canvas = element.querySelector('canvas');
        const { data } = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height);
        const colours = new Set();
        let count = 0;
        for (let i = 0; i < data.length; i += 4) if (data[i + 3] > 0) {
          count += 1;
          colours.add(data[i] + 256 * (data[i + 1] + 256 * data[i + 2]));
        }
        return [element.dataset.figure, [count, colours.size]];
    }))""")


def rows_of(page, figure, dataset):
    return page.evaluate(f"sightbitsPage.views.get('{figure}').data('{dataset}')")


@pytest.mark.parametrize("name", ALL)
def test_every_figure_is_drawn_in_one_file_that_says_nothing(open_page, reports, name):
    page = open_page(reports[name])
    drawn = painted(page)
    expected = {"check continuous": ["errors", "ladder"], "check discrete": ["errors"]}.get(name, FIGURES)
    assert list(drawn) == expected
    assert all(count > 300 and colours > 3 for count, colours in drawn.values())
    assert reports[name].stat().st_size < 2_000_000


@pytest.mark.parametrize(("width", "scheme"), [(1280, "light"), (390, "light"), (390, "dark")])
@pytest.mark.parametrize("name", ["continuous", "names", "check continuous"])
def test_nothing_is_wider_than_the_window(open_page, check_widths, reports, name, width, scheme):
    page = open_page(reports[name], width=width, scheme=scheme)
    check_widths(page, width)
    assert all(count > 300 for count, _ in painted(page).values())


def test_dark_mode_turns_ground_and_inks(open_page, reports):
    light, dark = (open_page(reports["continuous"], scheme=scheme) for scheme in ("light", "dark"))
    ground = "getComputedStyle(document.body).backgroundColor"
    assert light.evaluate(ground) != dark.evaluate(ground)
    inks = """() => {
        const inks = {};
        const walk = (item) => {
          if (item.text !== undefined) inks[item.text] = item.fill;
          (item.items || []).forEach(walk);
        };
        walk(sightbitsPage.views.get('points').scenegraph().root);
        return inks;
    }"""
    assert (light.evaluate(inks)["width"], dark.evaluate(inks)["width"]) == (LIGHT["ink"], DARK["ink"])


def test_policy_admits_nothing_from_outside(reports):
    html = reports["continuous"].read_text()
    policy = re.search(r'Content-Security-Policy" content="([^"]*)"', html).group(1)
    assert policy.startswith("default-src &#39;none&#39;; script-src &#39;sha256-")
    assert "unsafe" not in policy
    assert not re.search(r'(src|href)="(?!data:)', html.split("<script>")[0])


def test_figures_draw_the_data_of_the_result(open_page, reports, found):
    page = open_page(reports["continuous"])
    assert len(rows_of(page, "points", "points")) == N
    assert sum(row["count"] for row in rows_of(page, "histogram", "cells")) == N
    estimators = rows_of(page, "estimators", "estimators")
    assert len(estimators) == len(found["continuous"].by_estimator)
    values = found["continuous"].to_dict()["by_estimator"].values()
    assert [row["value"] for row in estimators] == pytest.approx(list(values))
    assert len(rows_of(page, "correlations", "correlations")) == 8
    assert len(rows_of(page, "contrast", "contrast")) == N


def cells(page, section):
    return [row.locator("td").all_text_contents() for row in page.locator(f"#{section} table.rows tbody tr").all()]


def test_tables_say_the_figures_in_the_unit(open_page, reports, found):
    page, result = open_page(reports["continuous"]), found["continuous"]
    document = result.to_dict()
    head = page.locator("#estimators th").all_text_contents()
    assert head == [
        "estimator", "information, bits", "standard error", "by chance", "excess", "p-value", "saturated",
    ]  # fmt: skip
    rows = cells(page, "estimators")
    assert [row[0] for row in rows][:3] == ["KSG 1", "KSG 2", "Gaussian copula"]
    for row, (name, value) in zip(rows, document["by_estimator"].items(), strict=True):
        details = document["by_estimator_details"][name]
        expected = [value, details["standard_error"], details["null_mean"], value - details["null_mean"]]
        assert row[1:5] == [f"{one:.4f}" for one in expected]
        assert row[5:] == [f"{details['p_value']:.3f}", "yes" if details["saturated"] else "no"]
    assert cells(page, "entropies") == [
        ["H(width)", f"{document['entropy_x']:.4f}"],
        ["H(height)", f"{document['entropy_y']:.4f}"],
        ["H(width, height)", f"{document['joint_entropy']:.4f}"],
    ]
    assert page.locator("#entropies th").all_text_contents() == ["", "bits"]
    assert "differential" in page.locator("#entropies > p").text_content()
    facts = page.locator(".facts > div").all_text_contents()
    assert re.sub(r"\s+", " ", facts[0]).strip() == f"{document['mutual_information']:.3f} bitsby KSG 1"
    assert "by chance alone; p = 0.05" in facts[1]
    assert f"{document['correlation']['pearson']:.3f}" in facts[2]
    assert f"{N}" in facts[3]
    details = page.locator(".details").text_content()
    assert document["source"]["sha256"] in details
    assert "19 shuffles of height" in details
    assert "k = 3" in details


def test_what_could_not_be_had_is_a_dash(open_page, reports):
    page = open_page(reports["constant"])
    rows = cells(page, "estimators")
    assert rows[0] == ["KSG 1", "0.0000", "-", "-", "-", "-", "no"]
    assert [row[1] for row in cells(page, "entropies")][1:] == ["-", "-"]
    assert page.locator(".facts > div").count() == 2
    assert "y is constant" in page.locator(".warning").text_content()
    infinite = open_page(reports["infinite"])
    assert cells(infinite, "estimators")[0][:2] == ["Gaussian copula", "inf"]
    assert "saturated" in infinite.locator(".warning").text_content()


def test_names_are_text_whatever_they_hold(open_page, reports):
    page = open_page(reports["names"])
    assert page.locator("h1").text_content() == "x and </td>[/b] in <i>table</i>.csv"
    assert {row["y"] for row in rows_of(page, "points", "points")} == set(NASTY)
    assert cells(page, "entropies")[1][0] == "H(</td>[/b])"
    details = page.locator(".details").text_content()
    assert "3 rows left out" in details
    assert "x (continuous) and </td>[/b] (discrete)" in details


def test_pointing_at_a_cell_shows_how_many_are_in_it(open_page, reports):
    page = open_page(reports["check discrete"])
    page.locator("[data-figure=errors] canvas").hover()
    text = page.locator("#vg-tooltip-element.visible").text_content()
    assert "truth, bits" in text
    assert "error / allowed" in text


def test_a_check_lists_truths_and_reach(open_page, reports, checks):
    page, check = open_page(reports["check continuous"]), checks["continuous"]
    assert page.locator("h1").text_content() == "Estimators at n = 50"
    truths = cells(page, "errors")
    assert truths[:2] == [["1. independent", "0.0000"], ["2. Gaussian, correlation .6", "0.3219"]]
    assert len(truths) == 8
    reach = cells(page, "ladder")
    assert [row[0] for row in reach[:2]] == ["KSG 1", "KSG 2"]
    for row, name in zip(reach, check.estimators, strict=True):
        assert row[1:] == [f"{check.shown(check.follows_up_to(name)):.1f}", "yes" if check.trusted(name) else "no"]
    trusted = sum(check.trusted(name) for name in check.estimators)
    assert page.locator(".facts dt").first.text_content() == f"{trusted} of 13"
    assert len(rows_of(page, "errors", "trials")) == 8 * 13
    assert page.locator(".finding").text_content().startswith("With 50 samples of continuous variables, ")
    assert open_page(reports["check discrete"]).locator("#ladder").count() == 0


def test_save_writes_the_page_beside_document_tables_and_pictures(found, checks, tmp_path):
    page = found["continuous"].save(tmp_path / "mi")
    assert page.name == "report.html"
    names = {path.name for path in page.parent.iterdir()}
    stems = {"dependence", "points", "histogram", "estimators", "correlations"}
    assert {"result.json", "estimators.csv", "correlations.csv", *(f"{stem}.svg" for stem in stems)} <= names
    assert {f"{stem}.png" for stem in stems} <= names
    tried = checks["discrete"].save(tmp_path / "check").parent
    names = {path.name for path in tried.iterdir()}
    assert {"result.json", "trials.csv", "estimators.csv", "errors.svg", "errors.png", "report.html"} <= names
