"""The pictures of an audit, drawn without a browser."""

import re
from dataclasses import replace
from functools import cache

import altair as alt
import numpy as np
import pytest
import vl_convert

import sightbits as sb
from sightbits.plots import chart, pictures
from sightbits.plots.export import write_picture
from sightbits.plots.grid import cell_size, colour
from sightbits.report.pixel_audit.redundancy import redundancy_section

pictures_of = cache(pictures)


@pytest.fixture(scope="module")
def audit():
    return sb.audit_pixels("digits", seed=42, n_pixels=[1, 5, 20, 64], permutations=9, resamples=3)


@pytest.fixture(scope="module")
def coloured():
    rng = np.random.default_rng(0)
    images = rng.integers(0, 256, size=(80, 6, 7, 3)).astype(np.uint8)
    return sb.audit_pixels(images, np.arange(80) % 2, n_pixels=[1, 9], permutations=9, resamples=3)


def test_every_picture_is_valid_and_whole_in_itself(audit):
    drawn = pictures_of(audit)
    expected = {
        "audit", "accuracy_curve", "information_map", "variance_map", "entropy_map", "bright_map", "null_map",
        "excess_map", "stability_map", "label_mean", "label_given_bright", "label_given_dark", "redundancy",
    }  # fmt: skip
    assert set(drawn) == expected
    for picture in drawn.values():
        spec = picture.spec()
        named = set(re.findall(r"'data': \{'name': '(\w+)'\}", str(picture.chart.to_dict())))
        assert named == set(spec["datasets"])
        assert "url" not in str(spec.get("data", ""))


def test_without_null_and_resamples_their_pictures_are_left_out():
    audit = sb.audit_pixels("digits", estimator="chao_shen", permutations=0, resamples=0, n_pixels=[1])
    assert {"null_map", "excess_map", "stability_map"}.isdisjoint(pictures_of(audit))


def test_colour_images_have_a_map_a_channel(coloured):
    names = pictures_of(coloured)
    assert {f"information_map_channel_{channel}" for channel in range(3)} <= set(names)


def test_cells_are_whole_pixels_and_edges_meet(audit, tmp_path):
    svg, png = write_picture(pictures_of(audit)["information_map"], tmp_path / "map")
    assert png.stat().st_size > 10_000
    cells = re.findall(r'd="M(-?[\d.]+),(-?[\d.]+)h([\d.]+)v([\d.]+)h-', svg.read_text())
    cells = [tuple(map(float, cell)) for cell in cells]
    widths = {cell[2] for cell in cells}
    whole = [cell for cell in cells if cell[2] == cell[3] == max(widths - {max(widths)}, default=0)]
    sizes = [cell for cell in cells if cells.count(cell) and cell[2] == cell[3]]
    assert len(sizes) >= 64 or len(whole) >= 64
    assert all(value == int(value) for cell in sizes for value in cell)


@pytest.mark.parametrize(("k", "ringed"), [(1, 1), (5, 5), (20, 20), (64, 0)])
def test_the_first_pixels_are_ringed_but_never_all(audit, k, ringed):
    spec = audit.plot(k=k).to_dict()
    svg = vl_convert.vegalite_to_svg(spec)
    circles = re.findall(r'd="M[\d.]+,0A[\d.]+,[\d.]+,0,1,1', svg)
    assert len(circles) >= 2 * ringed
    assert svg.count('stroke="#fff"') == ringed + int(audit.maps.dead.sum())
    assert ("rings:" in str(spec["title"])) == (ringed > 0)


def test_chance_is_never_told_to_stay_below_nothing(audit):
    pairs = replace(audit.redundancy, chance=(0.0, 0.00123))  # nats; .0017745 bits
    (section,) = redundancy_section(replace(audit, redundancy=pairs))
    assert "chance alone stays below 0.0001 bits on the left and 0.0018 in the middle" in section.text


@pytest.mark.parametrize("most", [250.0, 1.0, 0.3, 0.03, 0.004, 0.00006])
def test_numbers_of_a_legend_are_the_numbers_they_stand_at(most):
    rows = alt.Data(values=[{"x": 0, "value": 0.0}, {"x": 1, "value": most}])
    drawn = alt.Chart(rows).mark_rect().encode(x="x:O", color=colour("value", "bits", domain=[0.0, most]))
    svg = vl_convert.vegalite_to_svg(drawn.to_dict())
    legend = svg[svg.index("role-legend-label") :]
    told = [float(number) for number in re.findall(r">(\d[\d.e-]*)</text>", legend.split("role-legend-title")[0])]
    steps = np.diff(told)
    assert len(told) >= 3
    assert steps == pytest.approx(np.full(len(steps), steps[0]))
    assert told[0] == 0 < steps[0] <= told[-1] <= most


def test_missing_values_are_not_drawn(audit):
    rows = pictures_of(audit)["label_given_bright"].spec()["datasets"]["labels"]
    assert len(rows) < 640
    assert all(0 <= row["value"] <= 1 for row in rows)


def test_legends_say_the_unit(audit):
    assert "I(pixel; label), bits" in str(pictures_of(audit)["information_map"].spec())


def test_main_picture_has_a_slider(audit):
    params = {param["name"]: param for param in audit.plot(k=5).to_dict()["params"]}
    assert params["k"]["value"] == 5
    assert params["k"]["bind"]["input"] == "range"
    assert chart(audit).to_dict() == audit.plot().to_dict()


@pytest.mark.parametrize(("columns", "width", "cell"), [(8, 400, 44), (28, 400, 14), (28, 310, 11), (1000, 400, 1)])
def test_cells_fill_the_width_but_never_overflow(columns, width, cell):
    assert cell_size(columns, width) == cell


def test_unknown_results_are_refused(new_result):
    with pytest.raises(TypeError, match="no picture is known"):
        chart(new_result)
    with pytest.raises(TypeError, match="no pictures are known"):
        pictures(new_result)
