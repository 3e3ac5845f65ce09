"""The pictures of a source, redrawn, as figures of the page."""

from sightbits.ledger.drawings import Bars, Drawing, Grids
from sightbits.plots.ledger.bars import room_for_names
from sightbits.plots.ledger.grids import MOST_ACROSS, shape_of
from sightbits.plots.ledger.pictures import picture_name
from sightbits.plots.picture import Picture
from sightbits.report.page import Figure

_MARGIN = 76
_GRID_MARGIN = 56


def figure_of(source: str, drawing: Drawing, picture: Picture) -> Figure:
    """Return a picture as a figure, with title and place below it."""
    columns, across, margin = 0, 1, _MARGIN
    if isinstance(drawing, Grids):
        columns, across = shape_of(drawing)[1], min(len(drawing.panels), MOST_ACROSS)
        margin = _GRID_MARGIN
    elif isinstance(drawing, Bars) and room_for_names(drawing):
        margin = room_for_names(drawing) + _GRID_MARGIN
    return Figure(
        name=picture_name(source, drawing),
        spec=picture.chart.to_dict(),
        alt=drawing.title,
        columns=columns,
        across=across,
        margin=margin,
        caption=f"{drawing.title} ({drawing.place}).",
    )
