"""A chart and the data it draws, kept apart until it is drawn: charts of one result share their data."""

from dataclasses import dataclass
from typing import Any

Rows = list[dict[str, Any]]


@dataclass(frozen=True, eq=False, kw_only=True)
class Picture:
    """An Altair chart that names its data sets, and those data sets as rows."""

    chart: Any
    datasets: dict[str, Rows]

    def spec(self) -> dict[str, Any]:
        """Return the whole as Vega-Lite. Data is put in last: Altair would look at every value of it, many times."""
        return {**self.chart.to_dict(), "datasets": self.datasets}

    def whole(self) -> Any:
        """Return the whole as an Altair chart."""
        chart = self.chart.copy(deep=False)
        chart["datasets"] = self.datasets
        return chart
