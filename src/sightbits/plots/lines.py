"""Lines that are told apart by colour and dashes, with a legend in which one can be chosen.

On a page a legend may be HTML for all charts at once: it sets a parameter that names the line that comes to the fore.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

import altair as alt

from sightbits.plots.theme import CATEGORICAL

Dash = tuple[int, ...]

SOLID: Dash = (1, 0)
DASHES: tuple[Dash, ...] = (SOLID, (7, 3), (2, 2))
FADED = 0.12


@dataclass(frozen=True, eq=False, kw_only=True)
class Strokes:
    """How each line of a chart is drawn, the same in every chart.

    Parameters
    ----------
    field
        The field of the data that names a line.
    words
        The names, in their order.
    legend
        Whether a chart says which is which itself.
    symbol
        How a line looks in that legend: "stroke", or "circle" where only dots are drawn.
    """

    field: str
    words: Sequence[str]
    colours: Sequence[str]
    dashes: Sequence[Dash]
    legend: bool = True
    symbol: Literal["stroke", "circle"] = "stroke"

    @property
    def ink(self) -> alt.Color:
        """A colour a line."""
        scale = alt.Scale(domain=list(self.words), range=list(self.colours))
        return alt.Color(f"{self.field}:N", sort=list(self.words), legend=self._legend, scale=scale)

    @property
    def dashed(self) -> dict[str, Any]:
        """What tells lines apart besides; nothing where all are solid."""
        if set(self.dashes) == {SOLID}:
            return {}
        scale = alt.Scale(domain=list(self.words), range=[list(dash) for dash in self.dashes])
        dash = alt.StrokeDash(f"{self.field}:N", sort=list(self.words), legend=self._legend, scale=scale)
        return {"strokeDash": dash}

    def chosen(self, name: str) -> alt.Parameter:
        """A choice of lines by the legend; charts side by side need one each."""
        return alt.selection_point(name=f"shown_{name}", fields=[self.field], bind="legend")

    @property
    def _legend(self) -> alt.Legend | None:
        if not self.legend:
            return None
        columns = alt.expr("width > 0 && width < 340 ? 1 : 2")  # charts side by side have no width of their own
        return alt.Legend(
            title=None, orient="bottom", columns=columns, symbolType=self.symbol, symbolOpacity=1, symbolStrokeWidth=3
        )


def strokes_by_turns(field: str, words: Sequence[str]) -> Strokes:
    """Return strokes that take each colour in turn, and dashes where there are more lines than colours."""
    colours = [CATEGORICAL[i % len(CATEGORICAL)] for i in range(len(words))]
    dashes = [DASHES[i // len(CATEGORICAL) % len(DASHES)] for i in range(len(words))]
    return Strokes(field=field, words=words, colours=colours, dashes=dashes)


def fore(field: str) -> alt.Parameter:
    """Return the parameter that names the chosen line; none is chosen where it is empty."""
    return alt.param(name=fore_name(field), value="")


def fore_name(field: str) -> str:
    """Return its name, by the field that names a line."""
    return f"shown_{field}"


def to_the_fore(field: str, opacity: float = 1.0, *, otherwise: float = FADED) -> Any:
    """Return the opacity of lines, all alike until one is chosen."""
    name = fore_name(field)
    return alt.condition(f"{name} === '' || datum.{field} === {name}", alt.value(opacity), alt.value(otherwise))
