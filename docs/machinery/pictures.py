"""Charts of the tutorials as still pictures, in light and in dark inks, so that pages need no script to show them."""

import base64
import html
from typing import Any

import altair as alt
import vl_convert

from sightbits.plots.export import VEGA_LITE
from sightbits.plots.theme import DARK, LIGHT, config

_INKS = {"only-light": LIGHT, "only-dark": DARK}


def draw(spec: dict[str, Any], **_: Any) -> dict[str, str]:
    """Return a chart as HTML that holds both pictures; the theme shows one of them."""
    return {"text/html": "".join(_image(spec, name, inks) for name, inks in _INKS.items())}


def _image(spec: dict[str, Any], name: str, inks: dict[str, str]) -> str:
    dressed = {**spec, "config": {**spec.get("config", {}), **config(inks)}, "padding": 16}
    svg = vl_convert.vegalite_to_svg(dressed, vl_version=VEGA_LITE)
    data = base64.b64encode(svg.encode()).decode()
    description = html.escape(str(spec.get("description", "")) or "The chart that the code above draws", quote=True)
    return f'<div class="chart {name}"><img alt="{description}" src="data:image/svg+xml;base64,{data}"></div>'


alt.renderers.register("manual", draw)
alt.renderers.enable("manual")
