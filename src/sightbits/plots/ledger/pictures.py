"""Whole pictures of the ledger, as they stand in a notebook or a file."""

import altair as alt

from sightbits.core.checks import check_choice
from sightbits.ledger.drawings import Bars, Curves, Drawing, Grids, Histogram
from sightbits.ledger.result import Ledger
from sightbits.plots.ledger.bars import bars
from sightbits.plots.ledger.curves import curves
from sightbits.plots.ledger.grids import grids
from sightbits.plots.ledger.histogram import histogram
from sightbits.plots.ledger.verdicts import verdicts
from sightbits.plots.ledger.words import finding, lines_of
from sightbits.plots.picture import Picture

VERDICTS = "verdicts"


def picture_name(source: str, drawing: Drawing) -> str:
    """Return by what name a picture of a source, redrawn, is known."""
    return f"{source}_{drawing.name}"


def picture_of(source: str, drawing: Drawing) -> Picture:
    """Return a picture of a source redrawn, without a title; its data set has its name."""
    dataset = picture_name(source, drawing)
    match drawing:
        case Curves():
            return curves(drawing, dataset)
        case Grids():
            return grids(drawing, dataset)
        case Bars():
            return bars(drawing, dataset)
        case Histogram():
            return histogram(drawing, dataset)


def main_picture(ledger: Ledger, kind: str = VERDICTS) -> Picture:
    """Return one picture of the ledger: by default all claims by verdict."""
    if kind == VERDICTS:
        return _whole(ledger)
    drawings = _drawings(ledger)
    check_choice("kind", kind, [VERDICTS, *drawings])
    return _titled(*drawings[kind])


def all_pictures(ledger: Ledger) -> dict[str, Picture]:
    """Return every picture by name: all claims by verdict, and those of the sources redrawn."""
    redrawn = {name: _titled(source, drawing) for name, (source, drawing) in _drawings(ledger).items()}
    return {VERDICTS: _whole(ledger), **redrawn}


def _drawings(ledger: Ledger) -> dict[str, tuple[str, Drawing]]:
    return {
        picture_name(source, drawing): (source, drawing)
        for source, drawings in ledger.drawings.items()
        for drawing in drawings
    }


def _whole(ledger: Ledger) -> Picture:
    return verdicts(ledger, legend=True).dressed(title=alt.Title(lines_of(finding(ledger))))


def _titled(source: str, drawing: Drawing) -> Picture:
    title = alt.Title(lines_of(drawing.title), subtitle=lines_of(f"{source}, {drawing.place}"))
    return picture_of(source, drawing).dressed(title=title)
