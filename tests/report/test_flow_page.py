"""The page of information through a network, in a real browser."""

from dataclasses import replace

import numpy as np
import pytest

from sightbits.plots.information_flow.words import finding
from sightbits.report.information_flow import tables, texts
from sightbits.report.render import render
from sightbits.report.summarize import summarize

LAYERS = ["conv1", "pool1", "conv2", "pool2", "fc1", "out"]
SECTIONS = {"forward": 3, "backward": 3, "gain": 2, "planes": 4, "redundancy": 2, "scale": 2, "learning": 2}
LEGENDS = {"gain": ["start", "after one epoch", "end"], "planes": LAYERS, "redundancy": ["conv1", "conv2"],
           "scale": ["trained", "untrained, same scale", "trained, scale-free kernels"]}  # fmt: skip
INPUT, LABEL, ERROR = "input_information", "label_information", "error_information"
SHAPE = (2, 5, 2, 6)  # seeds, looks, probes, layers
_BIT = np.log(2)


@pytest.fixture(scope="module")
def report(followed, tmp_path_factory):
    return write(followed, tmp_path_factory.mktemp("flow"))


def write(result, folder):
    path = folder / "report.html"
    path.write_text(render(summarize(result)), encoding="utf-8")
    return path


def told(trace, **columns):
    """The same trace with other figures, which are spread over seeds, looks, probes and layers."""
    return replace(
        trace, columns={**trace.columns, **{name: np.broadcast_to(value, SHAPE) for name, value in columns.items()}}
    )


def over_looks(*values):
    return np.array(values, dtype=float)[np.newaxis, :, np.newaxis, np.newaxis]


def words(text):
    return text.replace("\u00a0", " ")


def table(page, section):
    lines = page.locator(f"#{section} tbody tr").all()
    return [[words(cell.strip()) for cell in line.locator("td").all_text_contents()] for line in lines]


def signals(page, name):
    """What a parameter is set to on each figure that has it."""
    return page.evaluate(
        """(name) => Object.fromEntries([...sightbitsPage.views].filter(([figure]) =>
          (sightbitsPage.data.figures[figure].spec.params || []).some((param) => param.name === name))
          .map(([figure, view]) => [figure, view.signal(name)]))""",
        name,
    )


def test_page_shows_each_figure_beside_its_control_and_reacts(open_page, check_figures, followed, report):
    page = open_page(report)
    found = page.evaluate("[...document.querySelectorAll('main section')].map((section) => section.id)")
    assert found == list(SECTIONS)
    check_figures(page, SECTIONS)
    assert report.stat().st_size < 1_600_000
    assert page.locator(".finding").text_content() == finding(followed) + "."
    assert tuple(page.locator(".warning").all_text_contents()) == followed.warnings
    assert page.evaluate("document.documentElement.scrollWidth") == 1280

    # One slider for all planes and curves.
    slider = page.locator("#look")
    marked = [
        "plane_main",
        "plane_scale_free",
        "modified_plane_main",
        "redundancy_main",
        "scale_conv1",
        "learning_loss",
    ]
    assert {signals(page, "look")[name] for name in marked} == {4}
    assert page.locator("#look-step").text_content() == "20"
    slider.fill("0")
    assert {signals(page, "look")[name] for name in marked} == {0}
    assert page.locator("#look-step").text_content() == "0"
    slider.press("ArrowRight")
    assert set(signals(page, "look").values()) == {1}
    step, accuracy = followed.steps[1], followed.accuracy[:, 1].mean()
    assert page.locator("#look-step").text_content() == str(step)
    assert page.locator("#look-words").text_content() == f"epoch {step / 10:g}, accuracy {100 * accuracy:.1f} %"
    ringed = page.evaluate(
        "sightbitsPage.views.get('plane_main').data('layers').filter((row) => row.look === 1).length"
    )
    assert ringed == 2 * len(LAYERS)

    # A legend a choice of lines; those of layers go together.
    for section, lines in LEGENDS.items():
        assert [text.strip() for text in page.locator(f"#{section} .legend button").all_text_contents()] == lines
    page.locator("#planes .legend button", has_text="conv2").click()
    assert set(signals(page, "shown_layer").values()) == {"conv2"}
    pressed = page.locator(".legend [aria-pressed=true]").all_text_contents()
    assert [text.strip() for text in pressed] == ["conv2", "conv2"]
    page.locator("#scale .legend button").nth(1).click()
    assert set(signals(page, "shown_line").values()) == {"untrained, same scale"}
    assert set(signals(page, "shown_layer").values()) == {"conv2"}
    page.locator("#redundancy .legend button", has_text="conv2").click()
    assert set(signals(page, "shown_layer").values()) == {""}
    assert page.locator(".legend [aria-pressed=true]").count() == 1

    # The same in numbers.
    for both, name in ((0, "main"), (4, "scale_free")):
        lines = table(page, "backward")[both : both + 4]
        told_of = followed.inequalities
        every = [told_of[f"{name}{kind}"][way] for kind in ("", "_with_pooling") for way in ("forward", "backward")]
        assert [line[3:6] for line in lines] == [
            [str(one.n_inequalities), str(one.n_violations), str(one.n_null_violations)] for one in every
        ]


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_nothing_is_wider_than_a_phone(open_page, check_widths, report, scheme):
    page = open_page(report, width=390, scheme=scheme)
    page.locator("#gain .folded summary").click()
    check_widths(page, 390)


def test_one_network_that_diverged_and_a_hostile_name_have_a_page(open_page, followed, tmp_path):
    def first(trace):
        columns = {name: values[:1].copy() for name, values in trace.columns.items()}
        for values in columns.values():
            values[:, 2:] = np.nan
        entropies = trace.input_entropy[:1].copy()
        entropies[:, 2:] = np.nan
        return replace(trace, columns=columns, input_entropy=entropies, label_entropy=trace.label_entropy[:1])

    lost = replace(
        followed,
        settings=replace(followed.settings, seeds=1),
        provenance=replace(followed.provenance, name="<script>alert(1)</script>"),
        main=first(followed.main), scale_free=first(followed.scale_free), rescaled=first(followed.rescaled),
        accuracy=np.full((1, 5), np.nan), loss=np.full((1, 5), np.nan), scale=followed.scale[:1],
    )  # fmt: skip
    page = open_page(write(lost, tmp_path))
    assert page.locator("h1").text_content() == "Information through lenet5 relu on <script>alert(1)</script>"
    assert page.locator(".facts dt").first.text_content() == "diverged"
    assert page.locator("#look-words").text_content() == "epoch 2"
    assert "bands" not in page.locator("#learning > p").first.text_content().lower()
    assert "NaN" not in page.locator("body").inner_text()


def test_sections_of_pairs_and_of_scale_free_kernels_are_there_only_with_them(followed):
    bare = replace(followed, settings=replace(followed.settings, pairs=0, kernel_size="median"), scale_free=None)
    page = summarize(bare)
    assert [section.name for section in page.sections] == ["forward", "backward", "gain", "planes", "learning"]
    assert [len(section.figures) for section in page.sections] == [3, 3, 1, 1, 2]
    assert page.sections[3].title == "Information plane"
    assert "modified" not in page.sections[3].text
    assert "control" not in page.details["Kernels"]
    assert page.details["Pairs of maps"] == "none"
    assert len(page.sections[1].rows) == 1 + 4
    assert "pairs" not in page.data["datasets"]


def test_facts_count_what_the_study_found(followed):
    main = told(
        followed.main,
        **{INPUT: 1.0, f"{INPUT}_null": np.array([0.5, 0, 0.6, 0, 0.7, 0.92]), f"{INPUT}_saturated": np.eye(6)[0]},
    )
    facts = {fact.meaning: words(fact.value) for fact in summarize(replace(followed, main=main)).facts}
    forward = next(value for meaning, value in facts.items() if "violated forward" in meaning)
    assert forward == "0 of 30"
    assert facts["of I(X; T) is left at the end where samples are shuffled"] == "50 to 92 %"
    saturated = next(value for meaning, value in facts.items() if "(saturated)" in meaning)
    assert saturated == "1 of 6"
    explained = followed.explained_by_scale()[0]
    assert facts["of the non-redundant curve of conv1 is given by scale alone"] == f"{100 * explained:.0f} %"


FLAT = over_looks(1, 1, 1, 1, 1)
FALLING = over_looks(1, 2, 2, 1.5, 1) * _BIT


@pytest.mark.parametrize(
    ("main", "scale_free", "rescaled", "said"),
    [
        (FLAT, FLAT, FLAT, "in no layer; under scale-free kernels in no layer."),
        (
            np.where(np.arange(6) == 2, FALLING, FLAT),
            FLAT,
            FALLING * np.array([1, 1, 1, 2, 1, 1]),
            "in conv2 by 1.00 bits; in the untrained network at the same scale in 6 of 6 layers, most in pool2 by 2.00 "
            "bits; under scale-free kernels in no layer.",
        ),
        (
            FLAT,
            np.where(np.arange(6) < 2, FALLING, FLAT),
            FALLING,
            "in no layer; under scale-free kernels in conv1 by 1.00, pool1 by 1.00 bits.",
        ),
    ],
)
def test_compression_is_told_of_curves_that_fall_and_of_their_controls(followed, main, scale_free, rescaled, said):
    result = replace(
        followed,
        main=told(followed.main, **{INPUT: main}),
        scale_free=told(followed.scale_free, **{INPUT: scale_free}),
        rescaled=told(followed.rescaled, **{INPUT: rescaled}),
    )
    begin = "By more than twice its spread over seeds, I(X; T) comes down from its peak, which is called compression, "
    assert begin + said in texts.planes_text(result)


def test_one_network_and_one_batch_tell_of_no_compression(followed):
    def first(trace):
        return replace(
            trace,
            columns={name: values[:1, :, :1] for name, values in trace.columns.items()},
            input_entropy=trace.input_entropy[:1, :, :1],
            label_entropy=trace.label_entropy[:1, :, :1],
        )

    result = replace(followed, settings=replace(followed.settings, seeds=1, probes=1), main=first(followed.main))
    text = texts.planes_text(result)
    assert "Whether I(X; T) comes down from its peak, one network and one batch cannot tell." in text
    assert "called compression" not in text


def test_obeying_the_inequality_is_no_evidence_where_chance_obeys_it(followed):
    down = np.arange(6)[::-1].astype(float)
    up = np.append(np.arange(5), np.nan)  # errors run backward
    for null, alike in ((down, "forward and backward"), (-down, "backward")):
        main = told(followed.main, **{INPUT: down, f"{INPUT}_null": null, ERROR: up, f"{ERROR}_null": up})
        text = texts.backward_text(replace(followed, main=main))
        broken = 0 if null is down else 30
        assert f"forward 0 of 30 ({broken} where samples are shuffled) and backward 0 of 20 (0 where" in text
        assert f"break it no more often {alike}: where it holds, that is no evidence." in text


def test_texts_count_triangles_and_say_which_layers_can_tell_no_more(followed):
    saturated = np.zeros(SHAPE)
    saturated[:, 0, :, 1] = saturated[:, -1, :, :2] = saturated[:, 1, :, 3] = 1
    main = told(followed.main, **{f"{INPUT}_saturated": saturated, f"{LABEL}_saturated": saturated})
    result = replace(followed, main=main)
    assert "A triangle marks 3 figures at the most that 24 samples can show" in texts.forward_text(result)
    assert "At the end conv1, pool1 can show no more: I(T; Y) is saturated." in texts.gain_text(result)
    none = replace(followed, main=told(followed.main, **{f"{INPUT}_saturated": 0.0, f"{LABEL}_saturated": 0.0}))
    assert "triangle" not in texts.forward_text(none)
    assert "saturated" not in texts.gain_text(none)


def test_labels_gain_where_their_excess_grows(followed):
    grown = np.where(np.isin(np.arange(6), (0, 1, 4)), over_looks(0, 0, 0, 0, 1), over_looks(1, 0, 0, 0, 0))
    result = replace(followed, main=told(followed.main, **{f"{LABEL}_excess": grown}))
    assert "it is larger at the end than at the start in conv1, fc1." in texts.gain_text(result)


def test_redundancy_is_told_from_start_to_end_beside_chance(followed):
    main = told(
        followed.main,
        redundancy=over_looks(0.1, 0, 0, 0, 0.34), redundancy_null=over_looks(-0.05, 0, 0, 0, 0.2), n_pairs=3.0,
        n_all_pairs=np.array([3.0, 0, 66, 0, 0, 0]), saturated_share=np.array([0.4, 0, 0.6, 0, 0, 0]),
    )  # fmt: skip
    text = texts.redundancy_text(replace(followed, main=main))
    assert "Averages over all pairs, of conv2 over 3 drawn of 66." in text
    assert "conv1 goes from 10 to 34 % (shuffled: -5 to 20 %), conv2 goes from 10 to 34 %" in text
    assert "At the end most pairs of conv2 tell all that 24 samples can show." in text


def test_tables_hold_the_end_of_each_layer_under_both_kernels(followed):
    head, *rows = tables.kernel_layer_rows(followed)
    assert [row[:2] for row in rows] == [(layer, kernel) for layer in LAYERS for kernel in ("source", "scale-free")]
    for row, (trace, i) in zip(rows, [(t, i) for i in range(6) for t in followed.traces.values()], strict=True):
        value = trace.columns[LABEL][:, -1, :, i].mean() / _BIT
        null = trace.columns[f"{LABEL}_null"][:, -1, :, i].mean() / _BIT
        assert [float(cell) for cell in row[5:8]] == pytest.approx([value, null, value - null], abs=1e-3)
    assert rows[-1][8:11] == ("-", "-", "-"), "the last layer has no error to be told of"
    assert [row[1:] for row in tables.layer_rows(followed)[1:]] == [row[2:] for row in rows[::2]]
    assert len(head) == len(rows[0])


def test_tables_of_pairs_and_falls_name_kernel_and_outcome(followed):
    rows = tables.pair_rows(followed)[1:]
    assert [row[:2] for row in rows] == [
        ("conv1", "source"), ("conv1", "scale-free"), ("conv2", "source"), ("conv2", "scale-free"),
    ]  # fmt: skip
    share = 100 * followed.scale_free.columns["redundancy"][:, -1, :, 2].mean()
    assert float(rows[3][2]) == pytest.approx(share, abs=0.06)
    assert float(rows[3][2]) + float(rows[3][5]) == pytest.approx(100, abs=0.11)
    assert rows[3][6:8] == ("3", "66")
    falling = replace(followed, main=told(followed.main, **{INPUT: FALLING}))
    falls = tables.fall_rows(falling)[1:]
    assert falls[0] == ("I(X; T)", "conv1", "source", str(followed.steps[1]), "1.000", "0.000", "yes")
    assert len(falls) == 2 * (6 + 2)
