"""A chart and the data it draws, kept apart until it is drawn: charts of one result share their data."""

from dataclasses import dataclass
from typing import Any

from sightbits.plots.theme import LIGHT, config

Rows = list[dict[str, Any]]


@dataclass(frozen=True, eq=False, kw_only=True)
class Picture:
    """An Altair chart that names its data sets, and those data sets as rows."""

    chart: Any
    datasets: dict[str, Rows]

    def spec(self) -> dict[str, Any]:
        """Return the whole as Vega-Lite. Data is put in last: Altair would look at every value of it, many times."""
        return {**self.chart.to_dict(), "datasets": self.datasets}

    def dressed(self, **properties: Any) -> "Picture":
        """Return the picture as it stands alone: in light inks, with a margin, and with what else is set."""
        chart = self.chart.properties(config=config(LIGHT), padding=16, **properties)
        return Picture(chart=chart, datasets=self.datasets)

    def whole(self) -> Any:
        """Return the whole as an Altair chart."""
        chart = self.chart.copy(deep=False)
        chart["datasets"] = self.datasets
        return chart
