"""From what a network made of a batch to kernels, (n, n), with 1 on their diagonals."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from jaxtyping import Float

from sightbits.core.checks import InputError
from sightbits.estimation.layers.batch import LayerBatch
from sightbits.estimation.layers.settings import LayerSettings
from sightbits.information.gram.kernels import distances_of_centred, fall, gaussian_kernel, match_kernel
from sightbits.information.gram.sizes import alignment_size, median_size, silverman_size

_ALIGNED = tuple(2.0 ** (k / 2) for k in range(-8, 9))  # candidates, as multiples of the median
_LARGEST = 1e100
INPUTS = "the inputs"  # no layer is named with a space

Sizes = Mapping[str, Float[np.ndarray, "variables"]]


@dataclass(frozen=True, eq=False, kw_only=True)
class Variables:
    """What a layer gave, as one variable or as one a map, in float64.

    Parameters
    ----------
    rows
        A row a sample, the mean of all rows being 0; numbers of a map stand together.
    n_maps
        How many maps there are.
    """

    rows: Float[np.ndarray, "n all_places"]
    n_maps: int

    @property
    def n_places(self) -> int:
        """How many numbers a map has."""
        return self.rows.shape[1] // self.n_maps

    def as_one(self) -> "Variables":
        """Return all maps as one variable."""
        return Variables(rows=self.rows, n_maps=1)

    @cached_property
    def maps(self) -> Float[np.ndarray, "maps n places"]:
        """A matrix a map."""
        apart = self.rows.reshape(len(self.rows), self.n_maps, -1)
        return np.ascontiguousarray(apart.swapaxes(0, 1))


@dataclass(frozen=True, eq=False, kw_only=True)
class LayerKernel:
    """The kernel of a layer, and what those of its maps are made of.

    Parameters
    ----------
    whole
        That of all maps together.
    variables
        What the layer gave.
    map_sizes
        The sizes of the kernels of its maps.
    """

    whole: Float[np.ndarray, "n n"]
    variables: Variables
    map_sizes: Float[np.ndarray, "maps"]

    @property
    def n_maps(self) -> int:
        """How many maps there are."""
        return self.variables.n_maps

    def of_maps(self, chosen: Sequence[int] | np.ndarray) -> Float[np.ndarray, "chosen n n"]:
        """Return the kernels of some maps, each for itself."""
        # One map at a time: what is made on the way stays in the cache.
        return np.array([_gaussian(self.variables.maps[i], self.map_sizes[i]) for i in chosen])


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
        return self._of(INPUTS, _variables(inputs.reshape(len(inputs), -1)), self._settings.layer_width).whole

    def of_labels(self) -> Float[np.ndarray, "n n"]:
        """Return the kernel of the labels."""
        if self._settings.label_kernel == "match":
            return match_kernel(self._labels)
        classes, places = np.unique(self._labels, return_inverse=True)
        size = silverman_size(len(places), len(classes), self._settings.layer_width)
        return gaussian_kernel(np.eye(len(classes))[places], size)

    def of_layer(self, name: str, values: Float[np.ndarray, "n *axes"]) -> LayerKernel:
        """Return the kernel of what a layer gave."""
        return self._of(name, _variables(values), self._settings.layer_width)

    def of_errors(self, name: str, values: Float[np.ndarray, "n *axes"]) -> Float[np.ndarray, "n n"]:
        """Return the kernel of the errors of a layer."""
        return self._of(f"errors of {name}", _variables(values), self._settings.error_width).whole

    def _of(self, name: str, variables: Variables, width: float) -> LayerKernel:
        rows = variables.rows
        largest = max(rows.max(), -rows.min())
        if largest > _LARGEST:
            raise InputError(
                name,
                wanted=f"values up to {_LARGEST:.0e}, whose squares can be summed",
                got=f"{largest:.3g}",
                remedy="Training has diverged, or the inputs are of another scale: divide them.",
            )
        if self._settings.maps == "tensor" and variables.n_maps > 1:
            size = self.sizes[name] = self._choose(name, variables.as_one(), width)
            map_sizes = self.sizes[f"maps of {name}"] = self._choose(f"maps of {name}", variables, width)
            return LayerKernel(whole=_gaussian(rows, size[0]), variables=variables, map_sizes=map_sizes)
        sizes = self.sizes[name] = self._choose(name, variables, width)
        if self._settings.maps == "averaged":
            sizes = sizes * variables.n_maps**0.5
        return LayerKernel(whole=_product(variables, sizes), variables=variables, map_sizes=sizes)

    def _choose(self, name: str, variables: Variables, width: float) -> Float[np.ndarray, "maps"]:
        if self._settings.kernel_size == "paper":
            return np.full(variables.n_maps, silverman_size(len(variables.rows), variables.n_places, width))
        medians = np.array([median_size(one) for one in variables.maps], dtype=np.float64)
        if self._settings.kernel_size == "median":
            return medians
        same = match_kernel(self._labels)
        chosen = np.array(
            [
                median * alignment_size(one / median, same, _ALIGNED)
                for one, median in zip(variables.maps, medians, strict=True)
            ]
        )
        before = self._before.get(name)
        if before is None or before.shape != chosen.shape:
            return chosen
        return self._settings.memory * before + (1 - self._settings.memory) * chosen


def _variables(values: Float[np.ndarray, "n *axes"]) -> Variables:
    rows = np.array(values.reshape(len(values), -1), dtype=np.float64)
    rows -= rows.mean(axis=0)
    return Variables(rows=rows, n_maps=values.shape[1] if values.ndim > 2 else 1)


def _gaussian(centred: Float[np.ndarray, "n d"], size: float) -> Float[np.ndarray, "n n"]:
    return fall(distances_of_centred(centred) / (2 * size**2))


def _product(variables: Variables, sizes: Float[np.ndarray, "maps"]) -> Float[np.ndarray, "n n"]:
    """Return the product of the kernels of all maps: that of the maps side by side, each over its size."""
    if (sizes == sizes[0]).all():
        return _gaussian(variables.rows, sizes[0])
    return _gaussian(variables.rows / np.repeat(sizes, variables.n_places), 1.0)
