"""Whole pictures of encodings compared, as they stand in a notebook or a file."""

from typing import Any

import altair as alt

from sightbits.plots.encoding_comparison import charts
from sightbits.plots.encoding_comparison.data import (
    curve_rows,
    pixel_rows,
    place_rows,
    rate_rows,
    spectrum_rows,
    stable_rows,
)
from sightbits.plots.encoding_comparison.words import finding
from sightbits.plots.grid import parameters
from sightbits.plots.picture import Picture
from sightbits.plots.theme import LIGHT
from sightbits.studies.encoding_comparison import EncodingComparison

_ACROSS = 3


def main_picture(result: EncodingComparison) -> Picture:
    """Return the study's main picture: learning curves at one rate, and at each encoding's own best where tried."""
    model, sentence = result.main_model, finding(result)
    middle = sentence.index(":") + 1 if ":" in sentence else len(sentence)
    lines = [line for line in (sentence[:middle], sentence[middle:].strip()) if line]
    several = " bands: one standard deviation over seeds" if result.settings.seeds > 1 else ""
    title = alt.Title(lines, subtitle=several.strip(), subtitlePadding=6)
    both = ["common", *(["best"] if result.settings.tried_rates else [])]
    drawn = [charts.accuracy_chart(result, model, at) for at in both]
    return Picture(chart=alt.hconcat(*drawn, title=title), datasets={"curves_0": curve_rows(result, model)}).dressed()


def all_pictures(result: EncodingComparison) -> dict[str, Picture]:
    """Return every picture of a comparison of encodings by name."""
    pictures = {"learning_curves": main_picture(result)}
    for i, model in enumerate(result.curves):
        curves = {f"curves_{i}": curve_rows(result, model)}
        ending = "" if len(result.curves) == 1 else f"_{model.replace('+', '_')}"
        pictures[f"accuracy{ending}"] = _alone(charts.accuracy_chart(result, model, "common"), curves)
        if result.settings.tried_rates:
            pictures[f"accuracy_at_best_rates{ending}"] = _alone(charts.accuracy_chart(result, model, "best"), curves)
            sets = {f"rates_{i}": rate_rows(result, model)}
            if charts.has_stable_rates(model):
                sets["stable"] = stable_rows(result)
            pictures[f"learning_rates{ending}"] = _alone(charts.rates_chart(result, model), sets)
    changes = charts.change_maps(result)
    if changes:
        pictures["weight_change"] = _side_by_side(
            result, list(changes.values()), charts.MAP, {"places": place_rows(result)}
        )
    pictures["spectrum"] = _alone(charts.spectrum_chart(result), {"spectrum": spectrum_rows(result)})
    information = list(charts.information_maps(result).values())
    pictures["information"] = _side_by_side(result, information, charts.INFORMATION_MAP, {"pixels": pixel_rows(result)})
    return pictures


def _alone(chart: Any, sets: dict[str, Any]) -> Picture:
    return Picture(chart=chart, datasets=sets).dressed()


def _side_by_side(result: EncodingComparison, maps: list[Any], width: int, sets: dict[str, Any]) -> Picture:
    """Several maps in rows, each with a colour scale of its own."""
    whole = alt.concat(*maps, columns=_ACROSS).resolve_scale(color="independent")
    whole = whole.add_params(*parameters(cell=charts.map_cell(result, width), missing=LIGHT["missing"]))
    return Picture(chart=whole, datasets=sets).dressed()
