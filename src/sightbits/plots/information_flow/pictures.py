"""Whole pictures of information through a network, as they stand in a notebook or a file."""

from typing import Any

import altair as alt

from sightbits.plots.information_flow.chains import Way, chain_chart, excess_chart
from sightbits.plots.information_flow.curves import learning_chart, redundancy_chart, scale_chart
from sightbits.plots.information_flow.data import data_sets
from sightbits.plots.information_flow.planes import PLANES, plane_chart
from sightbits.plots.information_flow.words import finding_parts
from sightbits.plots.picture import Picture, Rows
from sightbits.studies.information_flow import InformationFlow

_ACROSS = 3


def main_picture(result: InformationFlow) -> Picture:
    """Return the study's main picture: what layers keep of the input at three moments, and the information plane."""
    return _main_picture(result, data_sets(result))


def all_pictures(result: InformationFlow) -> dict[str, Picture]:
    """Return every picture of a study of information flow by name."""
    sets = data_sets(result)
    layers, pairs = sets["layers"], sets.get("pairs", [])
    kernels = list(result.traces)
    chains = alt.vconcat(_chain(result, "forward", layers), _chain(result, "backward", layers))
    drawn = {
        "chains": chains,
        "label_excess": alt.hconcat(*(excess_chart(result, kernel, layers) for kernel in kernels)),
        "information_plane": _planes(result, "plane", sets),
    }
    if result.convolutions:
        drawn["modified_plane"] = _planes(result, "modified_plane", sets)
        drawn["redundancy"] = alt.hconcat(*(redundancy_chart(result, kernel, pairs) for kernel in kernels))
        drawn["scale"] = alt.concat(
            *(scale_chart(result, layer, pairs) for layer in result.convolutions), columns=_ACROSS
        )
    drawn["learning"] = alt.hconcat(*(learning_chart(result, field, sets["looks"]) for field in ("accuracy", "loss")))
    pictures = {"information_flow": _main_picture(result, sets)}
    return pictures | {name: _with_sets(chart, sets).dressed() for name, chart in drawn.items()}


def _main_picture(result: InformationFlow, sets: dict[str, Rows]) -> Picture:
    *first, last = finding_parts(result)
    title = alt.Title([*(f"{part};" for part in first), last])
    chart = alt.vconcat(_chain(result, "forward", sets["layers"]), _planes(result, "plane", sets), title=title)
    return _with_sets(chart, sets).dressed()


def _chain(result: InformationFlow, way: Way, rows: Rows) -> Any:
    return alt.hconcat(*(chain_chart(result, way, moment, rows) for moment in result.moments))


def _planes(result: InformationFlow, plane: str, sets: dict[str, Rows]) -> Any:
    rows = sets[PLANES[plane].dataset]
    return alt.hconcat(*(plane_chart(result, plane, kernel, rows) for kernel in result.traces))


def _with_sets(chart: Any, sets: dict[str, Rows]) -> Picture:
    """The chart beside the data sets that it draws."""
    written = str(chart.to_dict())
    return Picture(chart=chart, datasets={name: rows for name, rows in sets.items() if f"'name': '{name}'" in written})
