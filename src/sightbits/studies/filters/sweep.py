"""Networks with other numbers of filters in one layer: information, redundancy and accuracy."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from jaxtyping import Float

from sightbits.core.units import Unit


@dataclass(frozen=True, eq=False, kw_only=True)
class WidthSweep:
    """What layers of several widths tell, and how well their networks do.

    Parameters
    ----------
    numbers
        How many filters the layer has.
    accuracy
        Test accuracy.
    input_information, input_information_null
        I(X; {T}) of all maps of the layer, in nats, and of shuffled samples.
    saturated
        Whether that is all there is to tell.
    redundancy, redundancy_null
        The redundancy-synergy trade-off of pairs of maps, as a share of what both tell; NaN of a single filter.
    input_entropy
        The most there is to tell, in nats.
    """

    numbers: tuple[int, ...]
    accuracy: Float[np.ndarray, "seeds numbers"]
    input_information: Float[np.ndarray, "seeds numbers"]
    input_information_null: Float[np.ndarray, "seeds numbers"]
    saturated: Float[np.ndarray, "seeds numbers"]
    redundancy: Float[np.ndarray, "seeds numbers"]
    redundancy_null: Float[np.ndarray, "seeds numbers"]
    input_entropy: Float[np.ndarray, "seeds numbers"]

    def rows(self, unit: Unit) -> list[dict[str, Any]]:
        """Return a row a number of filters: means over networks, and the spread of them."""

        def both(name: str, values: Float[np.ndarray, "seeds numbers"]) -> dict[str, Float[np.ndarray, "numbers"]]:
            spread = values.std(axis=0, ddof=1) if len(values) > 1 else np.full(values.shape[1], np.nan)
            return {name: values.mean(axis=0), f"{name}_std": spread}

        columns = {
            **both("accuracy", self.accuracy),
            **both("input_information", unit.from_nats(self.input_information)),
            "input_information_null": unit.from_nats(self.input_information_null).mean(axis=0),
            "input_entropy": unit.from_nats(self.input_entropy).mean(axis=0),
            "saturated": self.saturated.mean(axis=0),
            **both("redundancy_percent", 100 * self.redundancy),
            "redundancy_percent_null": 100 * self.redundancy_null.mean(axis=0),
        }
        return [
            {"n_filters": number, **{name: float(values[i]) for name, values in columns.items()}}
            for i, number in enumerate(self.numbers)
        ]
