"""Pictures as SVG and PNG files, drawn without a browser."""

from pathlib import Path

import altair as alt
import vl_convert

# The Vega-Lite that Altair writes for, as vl-convert names it: "6.1" of "v6.1.0".
VEGA_LITE = ".".join(alt.SCHEMA_VERSION.lstrip("v").split(".")[:2])
_PIXELS_A_POINT = 2


def write_picture(chart: alt.TopLevelMixin, stem: Path) -> list[Path]:
    """Write a chart as `stem`.svg and `stem`.png, and return both paths."""
    vega = vl_convert.vegalite_to_vega(chart.to_dict(), vl_version=VEGA_LITE)
    svg, png = stem.with_suffix(".svg"), stem.with_suffix(".png")
    svg.write_text(vl_convert.vega_to_svg(vega), encoding="utf-8")
    png.write_bytes(vl_convert.vega_to_png(vega, scale=_PIXELS_A_POINT))
    return [svg, png]
