"""Pictures as SVG and PNG files, drawn without a browser."""

from pathlib import Path

import altair as alt
import vl_convert

from sightbits.plots.picture import Picture

# The Vega-Lite that Altair writes for, as vl-convert names it: "6.1" of "v6.1.0".
VEGA_LITE = ".".join(alt.SCHEMA_VERSION.lstrip("v").split(".")[:2])
_PIXELS_A_POINT = 2


def write_picture(picture: Picture, stem: Path) -> list[Path]:
    """Write a picture as `stem`.svg and `stem`.png, and return both paths."""
    drawn = vl_convert.vegalite_to_svg(picture.spec(), vl_version=VEGA_LITE)
    svg, png = stem.with_suffix(".svg"), stem.with_suffix(".png")
    svg.write_text(drawn, encoding="utf-8")
    png.write_bytes(vl_convert.svg_to_png(drawn, scale=_PIXELS_A_POINT))
    return [svg, png]
