"""What a report page shows, without any HTML."""

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, eq=False, kw_only=True)
class Figure:
    """A chart on a page.

    Parameters
    ----------
    spec
        Vega-Lite; it names data sets of the page instead of holding data.
    alt
        What it shows, in words, for who cannot see it.
    columns
        Cells across, where the chart is a pixel grid; 0 where it fills the width it gets.
    across
        How many small maps stand side by side, at the most.
    margin
        What axes and labels take beside the drawing itself, in pixels of screen.
    caption
        A sentence below it, where it does not speak for itself.
    """

    name: str
    spec: dict[str, Any]
    alt: str
    columns: int = 0
    across: int = 1
    margin: int = 64
    caption: str = ""


@dataclass(frozen=True, eq=False, kw_only=True)
class Section:
    """A heading, a few sentences, figures; above them a control, below them a table, each a template by name.

    The template `table.html` shows `rows`, of which the first is the head; `content` is what a template of a study's
    own shows, JSON-able.
    """

    name: str
    title: str
    text: str
    figures: tuple[Figure, ...] = ()
    control: str = ""
    table: str = ""
    rows: tuple[tuple[str, ...], ...] = ()
    content: Any = None


@dataclass(frozen=True, eq=False, kw_only=True)
class Fact:
    """A number worth reading first."""

    value: str
    meaning: str


@dataclass(frozen=True, eq=False, kw_only=True)
class Page:
    """Everything a report shows; `scripts` and `styles` name templates that it brings beside those of every page."""

    title: str
    finding: str
    facts: tuple[Fact, ...]
    warnings: tuple[str, ...]
    sections: tuple[Section, ...]
    data: dict[str, Any]
    scripts: tuple[str, ...]
    details: dict[str, str]
    styles: tuple[str, ...] = ()
