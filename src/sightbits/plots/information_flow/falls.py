"""Whether a curve falls after its peak, by more than noise: only then is there a compression to speak of."""

from dataclasses import dataclass

import numpy as np

from sightbits.studies.information_flow.documents import LEAST_MOVE
from sightbits.studies.information_flow.traces import FlowTrace, mean_of, std_of

_BEYOND = 2.0  # times the spread


@dataclass(frozen=True, eq=False, kw_only=True)
class Fall:
    """How far the curve of a layer has come down at the end.

    Parameters
    ----------
    layer
        Whose curve it is.
    peak
        The look at which the curve, averaged over seeds and probes, is highest.
    size
        By how much it is lower at the end, in nats.
    spread
        The standard deviation of the curve, over seeds where there are several, else over probes; NaN with one of each.
    """

    layer: str
    peak: int
    size: float
    spread: float

    @property
    def beyond_noise(self) -> bool:
        """Whether it is more than twice the spread; never where there is no spread to hold it against."""
        return bool(self.size > max(_BEYOND * self.spread, LEAST_MOVE)) and not np.isnan(self.spread)


def fall_of(trace: FlowTrace, name: str, layer: str) -> Fall | None:
    """Return how far a curve falls from its peak to the last look; None where that or all others are missing.

    Notes
    -----
    The spread is pooled over looks, for that of two or three seeds at one look may be small by chance.
    """
    place = trace.place(layer)
    of_seeds = trace.of_seeds(name)[..., place]
    curve = mean_of(of_seeds, axis=0)
    if np.isnan(curve[-1]):
        return None
    peak = int(np.nanargmax(curve))
    repeats = of_seeds
    if len(of_seeds) == 1 and name in trace.columns:
        repeats = trace.columns[name][0, :, :, place].T
    spread = float(np.sqrt(mean_of(std_of(repeats, axis=0) ** 2, axis=0)))
    return Fall(layer=layer, peak=peak, size=float(curve[peak] - curve[-1]), spread=spread)


def falls(trace: FlowTrace, name: str, layers: tuple[str, ...]) -> dict[str, Fall]:
    """Return the curves that fall by more than noise, by layer."""
    found = {layer: fall_of(trace, name, layer) for layer in layers}
    return {layer: fall for layer, fall in found.items() if fall is not None and fall.beyond_noise}
