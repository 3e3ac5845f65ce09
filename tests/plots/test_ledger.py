"""The pictures of the ledger, drawn without a browser."""

from dataclasses import replace

import numpy as np
import pytest

import sightbits as sb
from sightbits.ledger.claim import Claim, Relation
from sightbits.ledger.drawings import Bars, Curves, Grids, Histogram, Line
from sightbits.ledger.evidence import Evidence
from sightbits.ledger.finding import Finding, Verdict
from sightbits.plots import chart, main_picture, pictures
from sightbits.plots.export import write_picture
from sightbits.plots.ledger import words
from sightbits.plots.ledger.bars import lies, room_for_names
from sightbits.plots.ledger.pictures import picture_of
from sightbits.plots.ledger.verdicts import ACROSS, tile_rows

CLAIM = Claim(name="a", text="", place="", relation=Relation.EQUALS, claimed=1.79, tolerance=0.1, unit="bit")
ALL = dict.fromkeys(("title", "place"), "x")


@pytest.fixture
def ledger(invent_ledger):
    return invent_ledger()


def found(*values, **options):
    return Finding(source="s", claim=replace(CLAIM, **options), evidence=Evidence(values=values))


def rows(drawing, name="s_a"):
    return picture_of("s", drawing).spec()["datasets"][name]


def layers(drawing):
    spec = picture_of("s", drawing).spec()
    return spec.get("spec", spec)["layer"]


def test_every_picture_is_written_without_nan(ledger, tmp_path):
    drawn = pictures(ledger)
    assert list(drawn) == ["verdicts", "first_maps", "first_curve", "second_bars", "second_counts"]
    for name, picture in drawn.items():
        svg, png = write_picture(picture, tmp_path / name)
        assert "NaN" not in svg.read_text()
        assert png.stat().st_size > 1000
        if name != "verdicts":
            assert ">A curve<" in svg.read_text() or name != "first_curve"
    assert chart(ledger, kind="first_maps").to_dict()["title"]["subtitle"] == ["first, figure 1"]
    with pytest.raises(sb.InputError, match="kind: wanted one of verdicts, first_maps, "):
        main_picture(ledger, kind="maps")


# Verdicts


def test_tiles_stand_by_source_and_verdict(ledger):
    told = [(row["line"], row["column"], row["verdict"]) for row in tile_rows(ledger)]
    assert told == [
        (1, 0, "reproduced"), (1, 1, "not reproduced"), (1, 2, "artefact"), (1, 3, "not testable here"),
        (3, 0, "reproduced"),
    ]  # fmt: skip
    axis = main_picture(ledger).spec()["layer"][0]["encoding"]["y"]["axis"]
    assert axis["values"] == [0, 2]
    assert axis["labelExpr"] == '{"0": "first: 4 claims", "2": "second: 1 claim"}[datum.label]'


def test_many_claims_go_on_in_the_next_line(ledger):
    many = replace(ledger, findings=ledger.findings[:1] * (ACROSS + 1) + ledger.findings[-1:])
    told = tile_rows(many)
    assert [(row["line"], row["column"]) for row in told[-3:]] == [(1, ACROSS - 1), (2, 0), (4, 0)]
    domain = main_picture(many).spec()["layer"][0]["encoding"]["y"]["scale"]["domain"]
    assert domain == [0, 1, 2, 3, 4]


def test_verdicts_are_told_apart_without_colour(ledger, tmp_path):
    assert len(set(words.SIGNS.values())) == len(set(words.INKS.values())) == len(Verdict)
    svg = write_picture(main_picture(ledger), tmp_path / "verdicts")[0].read_text()
    for verdict in Verdict:
        assert f">{verdict}</text>" in svg
    spec = main_picture(ledger).spec()
    for channel, layer, kinds in (("color", 0, words.INKS), ("shape", 1, words.SIGNS)):
        scale = spec["layer"][layer]["encoding"][channel]["scale"]
        assert dict(zip(scale["domain"], scale["range"], strict=True)) == {str(one): kinds[one] for one in Verdict}


# The pictures of sources


def test_lines_have_bands_levels_and_gaps():
    lines = {"up": Line(x=(1.0, 2.0), y=(3.0, None), spread=(0.5, 0.5)), "down": Line(x=(1.0, 2.0), y=(2.0, 1.0))}
    drawing = Curves(
        name="a", **ALL, x_title="x", y_title="y", lines=lines, bounds={"top": 4.0, "floor": 0.5}, logarithmic=True
    )
    assert rows(drawing)[:3] == [
        {"line": "up", "turn": 0, "x": 1.0, "y": 3.0, "low": 2.5, "high": 3.5},
        {"line": "up", "turn": 1, "x": 2.0, "y": None, "low": None, "high": None},
        {"line": "down", "turn": 0, "x": 1.0, "y": 2.0, "low": None, "high": None},
    ]
    assert [(row["bound"], row["high"]) for row in rows(drawing, "s_a_bounds")] == [("top", True), ("floor", False)]
    drawn = layers(drawing)
    assert [layer["mark"]["type"] for layer in drawn] == ["area", "line", "point", "rule", "text", "text"]
    assert drawn[1]["encoding"]["x"]["scale"]["type"] == "log"
    assert drawn[1]["encoding"]["order"]["field"] == "turn"  # a line may lead back
    assert drawn[1]["encoding"]["y"]["scale"]["domain"][0] == 0


def test_dots_have_rules_and_many_points_of_lines_no_marks():
    line = Line(x=(1.0,), y=(3.0,), spread=(0.5,))
    drawing = Curves(name="a", **ALL, x_title="x", y_title="y", lines={"one": line}, points=True)
    assert [layer["mark"]["type"] for layer in layers(drawing)] == ["rule", "circle"]
    assert "legend" not in str(layers(drawing))
    many = tuple(map(float, range(30)))
    plain = replace(drawing, lines={"one": Line(x=many, y=many)}, points=False)
    assert [layer["mark"]["type"] for layer in layers(plain)] == ["line"]


def test_few_whole_numbers_are_ticked_one_by_one_and_named_places_by_name(tmp_path):
    def across(*places, **options):
        line = Line(x=places, y=places)
        drawing = Curves(name="a", **ALL, x_title="x", y_title="y", lines={"one": line, "two": line}, **options)
        picture = picture_of("s", drawing)
        return layers(drawing)[0]["encoding"]["x"]["axis"], write_picture(picture, tmp_path / "a")[0].read_text()

    axis, svg = across(1.0, 2.0, 4.0)
    assert axis["values"] == [1, 2, 3, 4]
    assert ">1.5<" not in svg
    for few in (across(1.0, 2.5)[0], across(1.0, 9.0)[0]):
        assert few["tickCount"] == 6
    assert ">conv1<" in across(1.0, 2.0, places=("conv1", 'a "b"'))[1]


def test_a_legend_shows_dots_where_there_are_no_lines():
    line = Line(x=(1.0,), y=(3.0,))
    drawing = Curves(name="a", **ALL, x_title="x", y_title="y", lines={"one": line, "two": line}, points=True)
    assert [layer["encoding"]["color"]["legend"]["symbolType"] for layer in layers(drawing)] == ["circle"]
    lines = replace(drawing, points=False)
    assert layers(lines)[0]["encoding"]["color"]["legend"]["symbolType"] == "stroke"


def test_an_axis_begins_at_zero_unless_all_lies_high_above():
    def lowest(*heights):
        line = Line(x=tuple(map(float, range(len(heights)))), y=heights)
        return layers(Curves(name="a", **ALL, x_title="x", y_title="y", lines={"one": line}))[0]["encoding"]["y"][
            "scale"
        ]["domain"][0]

    assert lowest(1.0, 9.0) == 0
    assert lowest(90.0, 99.0) == pytest.approx(89.55)
    assert lowest(-1.0, 9.0) == pytest.approx(-1.5)


def test_maps_show_what_is_missing_crossed_and_ringed(ledger):
    drawing = ledger.drawings["first"][0]
    told = {(row["panel"], row["row"], row["column"]): row for row in rows(drawing, "s_maps")}
    assert len(told) == 12
    assert told["first", 0, 2]["value"] is None
    assert [at for at, row in told.items() if row["crossed"]] == [("first", 0, 0)]
    assert [at for at, row in told.items() if row["ringed"]] == [("second", 1, 0), ("second", 1, 2)]
    missing, known, crosses, rings = layers(drawing)
    assert missing["mark"]["color"] == {"expr": "missing"}
    assert missing["transform"][0]["filter"] == "!isValid(datum.value)"
    assert known["encoding"]["color"]["scale"]["domain"] == [0, 2]
    assert [len(one["layer"]) for one in (crosses, rings)] == [2, 2]
    spec = picture_of("s", drawing).spec()
    assert isinstance(spec["spec"]["width"]["step"], int)
    assert spec["columns"] == 2


@pytest.mark.parametrize(
    ("scale", "values", "ends"),
    [
        ("information", (1.0, 3.0), [0, 3]),
        ("information", (-1.0, 3.0), [-1, 3]),
        ("information", (0.0, 0.0), [0, 1]),
        ("diverging", (-1.0, 3.0), [-3, 0, 3]),
        ("diverging", (0.0, None), [-1, 0, 1]),
        ("grey", (0.2, 0.4), [0, 1]),
    ],
)
def test_scales_of_colours(scale, values, ends):
    drawing = Grids(name="a", **ALL, values_title="v", panels={"one": (values,)}, scale=scale)
    drawn = layers(drawing)[1]["encoding"]["color"]["scale"]
    assert drawn["domain"] == ends
    if scale == "grey":
        assert drawn["range"] == ["#000000", "#ffffff"]
    else:
        assert drawn["scheme"] == {"information": "viridis", "diverging": "blueorange"}[scale]


def test_bars_lie_where_names_are_long():
    series = {"with": {"a": 1.0, "b": -2.0}, "without": {"a": 0.5}}
    drawing = Bars(name="a", **ALL, x_title="layer", y_title="share", series=series, spread={"with": {"a": 0.25}})
    assert not lies(drawing)
    assert room_for_names(drawing) == 0
    assert [(row["series"], row["category"], row["low"], row["high"]) for row in rows(drawing)] == [
        ("with", "a", 0.75, 1.25), ("with", "b", None, None), ("without", "a", None, None),
    ]  # fmt: skip
    bar, rule = layers(drawing)
    assert (bar["encoding"]["x"]["field"], bar["encoding"]["xOffset"]["field"]) == ("category", "series")
    assert bar["encoding"]["y"]["scale"]["domain"] == [-2, 1.25]
    assert rule["encoding"]["y2"]["field"] == "high"
    long = replace(drawing, series={"one": {f"layer number {i} of the network": 1.0 for i in range(3)}}, spread={})
    assert lies(long)
    assert room_for_names(long) > 100
    assert [layer["encoding"]["y"]["field"] for layer in layers(long)] == ["category"]
    assert "legend" not in str(layers(long))


@pytest.mark.parametrize(
    ("values", "n_bins"), [((3.0, 4.0, 4.0, None, 9.0), 7), (tuple(map(float, range(200))), 40), ((2.0, 2.0), 1)]
)
def test_whole_numbers_lie_amid_their_bins(values, n_bins):
    told = rows(Histogram(name="a", **ALL, x_title="pixels", values=values))
    assert len(told) == n_bins
    assert told[0]["low"] == min(value for value in values if value is not None) - 0.5
    assert sum(row["count"] for row in told) == sum(value is not None for value in values)
    assert len({round(row["high"] - row["low"], 9) for row in told}) == 1


@pytest.mark.parametrize("n_values", [0, 1, 2000])
def test_other_numbers_have_a_bounded_number_of_bins(n_values, tmp_path):
    values = tuple(np.random.default_rng(0).standard_normal(n_values).tolist())
    drawing = Histogram(name="a", **ALL, x_title="bits", values=values, marks={"mean": 0.1, "source": 0.2})
    told = rows(drawing)
    assert 8 <= len(told) <= 40
    assert sum(row["count"] for row in told) == n_values
    assert [row["value"] for row in rows(drawing, "s_a_marks")] == [0.1, 0.2]
    assert "NaN" not in write_picture(picture_of("s", drawing), tmp_path / "a")[0].read_text()


# Words


def test_the_finding_is_one_sentence(ledger, invent_ledger):
    assert words.finding(ledger) == (
        "Of 5 claims of 2 sources, 2 are reproduced, 1 is not, 1 holds just as well without its cause, and 1 cannot be "
        "tested here"
    )
    assert words.finding(invent_ledger("second")) == "Of 1 claim of the source second, 1 is reproduced"
    assert words.source_words(ledger, ledger.sources[0]).startswith("Of its 4 claims, 1 is reproduced, 1 is not, ")
    assert words.tally({Verdict.REPRODUCED: 0, Verdict.NOT_REPRODUCED: 2}) == "0 are reproduced, and 2 are not"


@pytest.mark.parametrize(
    ("relation", "claimed", "tolerance", "unit", "said"),
    [
        (Relation.EQUALS, 1.79, 0.1, "bit", ("1.79 bits", "within 0.1")),
        (Relation.EQUALS, 12.0, 0.0, "pixels", ("12 pixels", "exactly")),
        (Relation.AT_LEAST, 95.0, 0.5, "percent", ("at least 95 percent", "0.5 off is allowed")),
        (Relation.AT_MOST, 60000.0, 0.0, "images", ("at most 60,000 images", "")),
        (Relation.ABOVE, 0.0, 0.0, "dimensionless", ("above 0", "")),
        (Relation.BELOW, 0.5, 0.01, "nat", ("below 0.5 nats", "by more than 0.01")),
    ],
)
def test_claims_are_told_with_relation_unit_and_tolerance(relation, claimed, tolerance, unit, said):
    one = replace(CLAIM, relation=relation, claimed=claimed, tolerance=tolerance, unit=unit)
    assert (words.claimed(one), words.tolerance(one)) == said


@pytest.mark.parametrize(
    ("values", "said"),
    [
        ((1.2345678,), "1.235"),
        ((1.0, 1.1, 1.2), "1.10 ± 0.10"),
        ((100.0, 140.0), "120 ± 28"),
        ((2.0, 2.0), "2 ± 0"),
        ((1e-16, 2e-16), "1.5e-16 ± 7.1e-17"),
        ((55000.0, 55001.0), "55,000.50 ± 0.71"),
    ],
)
def test_means_have_the_digits_their_spread_allows(values, said):
    assert words.measured(found(*values)) == said


def test_cases_tell_how_many_hold_where_each_must():
    assert words.cases(found(1.79)) == ""
    assert words.cases(found(1.79, 2.5)) == "n = 2"
    assert words.cases(found(1.79, 2.5, 1.7, each=True)) == "holds in 2 of 3"
    missing = Finding(source="s", claim=CLAIM, evidence=None, missing="No data.")
    assert (words.measured(missing), words.cases(missing), words.control(missing)) == ("-", "", "-")
