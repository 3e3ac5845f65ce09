"""How every picture looks: type, inks and colour scales, in light and dark."""

from typing import Any, Literal

SEQUENTIAL: Literal["viridis"] = (
    "viridis"  # even steps of lightness; reads the same with every kind of colour blindness
)
# The same scale by its stops, between which a picture without Vega mixes.
VIRIDIS = ("#440154", "#472d7b", "#3b528b", "#2c728e", "#21918c", "#28ae80", "#5ec962", "#addc30", "#fde725")
DIVERGING: Literal["blueorange"] = "blueorange"
FONT = "system-ui, -apple-system, 'Segoe UI', Roboto, 'DejaVu Sans', sans-serif"

# From the palette of Okabe and Ito, which colour-blind readers can tell apart.
# The blue is a step lighter than theirs, so that it reads on a dark ground too.
BLUE, ORANGE = "#2a8bc9", "#e69f00"
CATEGORICAL = (BLUE, ORANGE, "#009e73", "#cc79a7", "#d55e00", "#56b4e9")
GREY = "#7f8794"
RING = "#d55e00"  # around what was measured last: reads on every grey and on every step of viridis

LIGHT = {"ink": "#1d2433", "soft": "#5b6475", "line": "#d9dde5", "missing": "#e3e6ec", "paper": "#ffffff"}
DARK = {"ink": "#e8ebf2", "soft": "#a3adbf", "line": "#38414f", "missing": "#323a47", "paper": "#161b24"}


def config(inks: dict[str, str]) -> dict[str, Any]:
    """Return the Vega-Lite configuration for a set of inks."""
    text = {"font": FONT, "color": inks["ink"]}
    axis = {
        "labelFont": FONT,
        "titleFont": FONT,
        "labelColor": inks["soft"],
        "titleColor": inks["ink"],
        "labelFontSize": 11,
        "titleFontSize": 12,
        "titleFontWeight": "normal",
        "domainColor": inks["soft"],
        "tickColor": inks["soft"],
        "gridColor": inks["line"],
    }
    return {
        "background": inks["paper"],
        "font": FONT,
        "view": {"stroke": None, "fill": None},
        "axis": axis,
        "legend": {
            "labelFont": FONT,
            "titleFont": FONT,
            "labelColor": inks["soft"],
            "titleColor": inks["ink"],
            "titleFontWeight": "normal",
            "titleFontSize": 12,
            "labelFontSize": 11,
        },
        "header": {"labelFont": FONT, "labelColor": inks["ink"], "labelFontSize": 12},
        "title": {
            **text,
            "fontSize": 14,
            "fontWeight": 600,
            "anchor": "start",
            "subtitleFont": FONT,
            "subtitleColor": inks["soft"],
            "subtitleFontSize": 12,
            "offset": 12,
        },
        "concat": {"spacing": 32},
        "facet": {"spacing": 14},
    }
