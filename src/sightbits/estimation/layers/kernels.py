"""From what a network made of a batch to kernels, (n, n), with 1 on their diagonals."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from jaxtyping import Float

from sightbits.core.checks import InputError
from sightbits.estimation.layers.batch import LayerBatch
from sightbits.estimation.layers.settings import LayerSettings
from sightbits.information.gram.kernels import fall, gaussian_kernel, match_kernel, squared_distances
from sightbits.information.gram.sizes import alignment_size, median_size, silverman_size

_ALIGNED = tuple(2.0 ** (k / 2) for k in range(-8, 9))  # candidates, as multiples of the median
_LARGEST = 1e100
INPUTS = "the inputs"  # no layer is named with a space

Sizes = Mapping[str, Float[np.ndarray, "variables"]]


@dataclass(frozen=True, eq=False, kw_only=True)
class LayerKernel:
    """The kernel of a layer, and what its maps are made of.

    Parameters
    ----------
    whole
        That of all maps together.
    points
        The maps as rows, over the sizes of their kernels, (maps, n, places).
    sizes
        The sizes as chosen, one a map, or one where a tensor kernel is for all.
    """

    whole: Float[np.ndarray, "n n"]
    points: Float[np.ndarray, "maps n places"]
    sizes: Float[np.ndarray, "variables"]

    def of_maps(self, chosen: Sequence[int] | np.ndarray) -> Float[np.ndarray, "chosen n n"]:
        """Return the kernels of some maps, each for itself."""
        # One map at a time: what is made on the way stays in the cache.
        return np.array([gaussian_kernel(self.points[i], 1.0) for i in chosen])


class KernelMaker:
    """Makes the kernels of a batch by one rule; sizes that follow labels go on from those of the step before."""

    def __init__(self, batch: LayerBatch, settings: LayerSettings, before: Sizes | None = None) -> None:
        self._settings = settings
        self._before = before or {}
        self._labels = batch.labels
        self.sizes: dict[str, np.ndarray] = {}
        if settings.kernel_size == "alignment" and batch.labels is None:
            raise InputError(
                "labels",
                wanted="labels, which sizes by alignment agree with",
                got="none",
                remedy="Give the labels, or take the kernel size median.",
            )

    def of_inputs(self, inputs: Float[np.ndarray, "n *axes"]) -> Float[np.ndarray, "n n"]:
        """Return the kernel of the inputs as vectors."""
        return self._of(INPUTS, _rows(inputs), self._settings.layer_width, together=True).whole

    def of_labels(self) -> Float[np.ndarray, "n n"]:
        """Return the kernel of the labels."""
        if self._settings.label_kernel == "match":
            return match_kernel(self._labels)
        classes, places = np.unique(self._labels, return_inverse=True)
        size = silverman_size(len(places), len(classes), self._settings.layer_width)
        return gaussian_kernel(np.eye(len(classes))[places], size)

    def of_layer(self, name: str, values: Float[np.ndarray, "n *axes"]) -> LayerKernel:
        """Return the kernel of what a layer gave."""
        return self._of(name, _maps(values), self._settings.layer_width)

    def of_errors(self, name: str, values: Float[np.ndarray, "n *axes"]) -> Float[np.ndarray, "n n"]:
        """Return the kernel of the errors of a layer."""
        return self._of(f"errors of {name}", _maps(values), self._settings.error_width).whole

    def _of(
        self, name: str, points: Float[np.ndarray, "maps n places"], width: float, *, together: bool = False
    ) -> LayerKernel:
        largest = abs(points).max()
        if largest > _LARGEST:
            raise InputError(
                name,
                wanted=f"values up to {_LARGEST:.0e}, whose squares can be summed",
                got=f"{largest:.3g}",
                remedy="Training has diverged, or the inputs are of another scale: divide them.",
            )
        together = together or (self._settings.maps == "tensor" and len(points) > 1)
        sizes = self._choose(name, _side_by_side(points) if together else points, width)
        own = self.sizes[name] = sizes
        if len(sizes) != len(points):
            own = self.sizes[f"maps of {name}"] = self._choose(f"maps of {name}", points, width)
        if not together and self._settings.maps == "averaged":
            own = own * len(points) ** 0.5
        scaled = points / own[:, np.newaxis, np.newaxis]
        whole = gaussian_kernel(_side_by_side(points)[0], float(sizes[0])) if together else _product(scaled)
        return LayerKernel(whole=whole, points=scaled, sizes=sizes)

    def _choose(
        self, name: str, points: Float[np.ndarray, "variables n d"], width: float
    ) -> Float[np.ndarray, "variables"]:
        _, n, d = points.shape
        if self._settings.kernel_size == "paper":
            return np.full(len(points), silverman_size(n, d, width))
        medians = np.array([median_size(one) for one in points], dtype=np.float64)
        if self._settings.kernel_size == "median":
            return medians
        same = match_kernel(self._labels)
        unit = points / medians[:, np.newaxis, np.newaxis]
        chosen = medians * np.array([alignment_size(one, same, _ALIGNED) for one in unit], dtype=np.float64)
        before = self._before.get(name)
        if before is None or before.shape != chosen.shape:
            return chosen
        return self._settings.memory * before + (1 - self._settings.memory) * chosen


def _rows(values: Any) -> Float[np.ndarray, "1 n places"]:
    return values.reshape(1, len(values), -1).astype(np.float64)


def _maps(values: Any) -> Float[np.ndarray, "maps n places"]:
    if values.ndim < 3:
        return _rows(values)
    planes = values.reshape(*values.shape[:2], -1).astype(np.float64)
    return np.ascontiguousarray(planes.swapaxes(0, 1))


def _side_by_side(points: Float[np.ndarray, "maps n places"]) -> Float[np.ndarray, "1 n all_places"]:
    return points.swapaxes(0, 1).reshape(1, points.shape[1], -1)


def _product(scaled: Float[np.ndarray, "maps n places"]) -> Float[np.ndarray, "n n"]:
    """Return the product of the kernels of all maps: that of the maps side by side."""
    return fall(squared_distances(_side_by_side(scaled)[0]) / 2)
