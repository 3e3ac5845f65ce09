"""Whole pictures of a study of measuring, as they stand in a notebook or a file."""

from typing import Any

import altair as alt

from sightbits.plots.grid import cell_size, parameters
from sightbits.plots.measurement_curve import charts
from sightbits.plots.measurement_curve.data import (
    calibration_rows,
    curve_rows,
    measured_rows,
    stop_rows,
    trade_rows,
)
from sightbits.plots.measurement_curve.tree import tree_picture
from sightbits.plots.measurement_curve.words import finding
from sightbits.plots.picture import Picture
from sightbits.plots.theme import LIGHT
from sightbits.studies.measurement_curve.result import MeasurementCurves


def main_picture(result: MeasurementCurves) -> Picture:
    """Return the study's main picture: accuracy and log-loss against the number of pixels measured."""
    sentence = finding(result)
    middle = sentence.index(";") + 1
    title = alt.Title([sentence[:middle], sentence[middle + 1 :]], subtitle="bands: 95 % intervals", subtitlePadding=6)
    both = alt.hconcat(charts.accuracy_chart(result), charts.log_loss_chart(result), title=title)
    return Picture(chart=both, datasets={"curves": curve_rows(result)}).dressed()


def all_pictures(result: MeasurementCurves) -> dict[str, Picture]:
    """Return every picture of a study of measuring by name."""
    curves, measured = curve_rows(result), measured_rows(result)
    found: dict[str, tuple[Any, dict[str, Any]]] = {
        "accuracy": (charts.accuracy_chart(result), {"curves": curves}),
        "log_loss": (charts.log_loss_chart(result), {"curves": curves}),
        "pixels_to_stop": (charts.stop_chart(result), {"stops": stop_rows(result)}),
        "trade_off": (charts.trade_off_chart(result), {"curves": curves, "trade": trade_rows(result)}),
    }
    pictures = {"measurement_curves": main_picture(result)}
    pictures |= {name: Picture(chart=chart, datasets=sets).dressed() for name, (chart, sets) in found.items()}
    pictures["calibration"] = _calibration(result)
    cell = cell_size(result.image_shape[1], charts.MAP)
    for name, chart in charts.measured_charts(result).items():
        with_parameters = chart.add_params(*parameters(cell=cell, missing=LIGHT["missing"]))
        pictures[name] = Picture(chart=with_parameters, datasets={"measured": measured}).dressed()
    pictures["first_choices"] = tree_picture(result).dressed()
    return pictures


def _calibration(result: MeasurementCurves) -> Picture:
    both = charts.calibrations(result)
    drawn = [charts.calibration_chart(result, name) for name in both]
    chart = alt.hconcat(*drawn, title="How far the stated probabilities hold").resolve_scale(size="independent")
    return Picture(chart=chart, datasets={name: calibration_rows(one) for name, (one, _) in both.items()}).dressed()
