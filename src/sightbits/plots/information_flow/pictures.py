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
_CHAINS = ("layers", "looks")


def main_picture(result: InformationFlow) -> Picture:
    """Return the study's main picture: what layers keep of the input at three moments, and the information plane."""
    sets = data_sets(result)
    chain = _chain(result, "forward", sets["layers"])
    return _picture(_above_each_other(result, chain, _planes(result, "plane", sets)), sets, *_CHAINS)


def all_pictures(result: InformationFlow) -> dict[str, Picture]:
    """Return every picture of a study of information flow by name."""
    sets = data_sets(result)
    layers, kernels = sets["layers"], list(result.traces)
    forward, plane = _chain(result, "forward", layers), _planes(result, "plane", sets)
    chains = alt.vconcat(forward, _chain(result, "backward", layers))
    excess = alt.hconcat(*(excess_chart(result, kernel, layers) for kernel in kernels))
    pictures = {
        "information_flow": _picture(_above_each_other(result, forward, plane), sets, *_CHAINS),
        "chains": _picture(chains, sets, *_CHAINS),
        "label_excess": _picture(excess, sets, "layers"),
        "information_plane": _picture(plane, sets, "layers"),
    }
    if result.convolutions:
        pairs = sets["pairs"]
        redundancy = alt.hconcat(*(redundancy_chart(result, kernel, pairs) for kernel in kernels))
        scale = alt.concat(*(scale_chart(result, layer, pairs) for layer in result.convolutions), columns=_ACROSS)
        pictures["modified_plane"] = _picture(_planes(result, "modified_plane", sets), sets, "pairs")
        pictures["redundancy"] = _picture(redundancy, sets, "pairs")
        pictures["scale"] = _picture(scale, sets, "pairs")
    learning = alt.hconcat(*(learning_chart(result, field, sets["looks"]) for field in ("accuracy", "loss")))
    return pictures | {"learning": _picture(learning, sets, "looks")}


def _above_each_other(result: InformationFlow, chain: Any, planes: Any) -> Any:
    *first, last = finding_parts(result)
    return alt.vconcat(chain, planes, title=alt.Title([*(f"{part};" for part in first), last]))


def _chain(result: InformationFlow, way: Way, rows: Rows) -> Any:
    return alt.hconcat(*(chain_chart(result, way, moment, rows) for moment in result.moments))


def _planes(result: InformationFlow, plane: str, sets: dict[str, Rows]) -> Any:
    rows = sets[PLANES[plane].dataset]
    return alt.hconcat(*(plane_chart(result, plane, kernel, rows) for kernel in result.traces))


def _picture(chart: Any, sets: dict[str, Rows], *names: str) -> Picture:
    return Picture(chart=chart, datasets={name: sets[name] for name in names}).dressed()
