"""Figures of layers as the source defines them, by plain loops over samples and maps."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import combinations
from math import dist, exp, log, log2

import numpy as np
import pytest

from sightbits.estimation.layers import LayerBatch, LayerSettings

Matrix = np.ndarray


def size_slowly(points: Matrix, settings: LayerSettings, width: float, labels: Matrix | None) -> float:
    n, d = points.shape
    if settings.kernel_size == "paper":
        return float(width * n ** (-1 / (4 + d)))
    median = float(np.median([dist(a, b) for a, b in combinations(points, 2)])) or 1.0
    if settings.kernel_size == "median":
        return median
    agreed = {}
    for k in range(-8, 9):
        kernel = kernel_slowly(points, median * 2 ** (k / 2))
        same = [(kernel[i, j], labels[i] == labels[j]) for i in range(n) for j in range(n)]
        agreed[k] = sum(value for value, alike in same if alike) / sum(value**2 for value, _ in same) ** 0.5
    return median * 2 ** (max(agreed, key=lambda k: agreed[k]) / 2)


def kernel_slowly(points: Matrix, size: float) -> Matrix:
    return np.array([[exp(-(dist(a, b) ** 2) / (2 * size**2)) for b in points] for a in points])


def together(kernels: Sequence[Matrix]) -> Matrix:
    product = np.ones_like(kernels[0])
    for kernel in kernels:
        product = product * (kernel / len(kernel))
        product = product / np.trace(product)
    return product


def entropy_slowly(kernels: Sequence[Matrix], alpha: float) -> float:
    """In nats, from bits."""
    values = [value for value in np.linalg.eigvalsh(together(kernels)) if value > 0]
    if alpha == 1:
        return -sum(value * log2(value) for value in values) * log(2)
    return log2(sum(value**alpha for value in values)) / (1 - alpha) * log(2)


def information_slowly(first: Sequence[Matrix], second: Sequence[Matrix], alpha: float) -> float:
    both = entropy_slowly([*first, *second], alpha)
    return entropy_slowly(first, alpha) + entropy_slowly(second, alpha) - both


@dataclass(frozen=True, eq=False, kw_only=True)
class Slow:
    """The figures of one batch under some settings."""

    batch: LayerBatch
    settings: LayerSettings

    def maps(self, values: Matrix, width: float) -> list[Matrix]:
        """The kernel of each map, of which the whole of a layer is the product."""
        planes = (
            [values[:, c].reshape(len(values), -1) for c in range(values.shape[1])] if values.ndim > 2 else [values]
        )
        further = len(planes) ** 0.5 if self.settings.maps == "averaged" else 1.0
        return [kernel_slowly(plane, further * self.size(plane, width)) for plane in planes]

    def whole(self, values: Matrix, width: float) -> list[Matrix]:
        """Kernels whose product is that of the layer."""
        if self.settings.maps != "tensor":
            return self.maps(values, width)
        rows = values.reshape(len(values), -1)
        return [kernel_slowly(rows, self.size(rows, width))]

    def size(self, points: Matrix, width: float) -> float:
        return size_slowly(points, self.settings, width, self.batch.labels)

    def inputs(self) -> Matrix:
        rows = self.batch.inputs.reshape(len(self.batch.inputs), -1)
        return kernel_slowly(rows, self.size(rows, self.settings.layer_width))

    def labels(self) -> Matrix:
        labels = self.batch.labels
        if self.settings.label_kernel == "match":
            return np.array([[float(a == b) for b in labels] for a in labels])
        classes = sorted(set(labels.tolist()))
        corners = np.array([[float(label == one) for one in classes] for label in labels.tolist()])
        n, d = corners.shape
        return kernel_slowly(corners, self.settings.layer_width * n ** (-1 / (4 + d)))

    def layer(self, name: str) -> list[Matrix]:
        return self.whole(self.batch.layers[name], self.settings.layer_width)

    def errors(self, name: str) -> list[Matrix]:
        return self.whole(self.batch.errors[name], self.settings.error_width)

    def entropy(self, kernels: Sequence[Matrix]) -> float:
        return entropy_slowly(kernels, self.settings.alpha)

    def information(self, first: Sequence[Matrix], second: Sequence[Matrix]) -> float:
        return information_slowly(first, second, self.settings.alpha)

    def chance(self, reference: Matrix, kernels: Sequence[Matrix]) -> list[float]:
        """What is told of the reference with its samples shuffled, by each shuffle."""
        told = []
        for i in range(self.settings.shuffles):
            order = np.random.default_rng([self.settings.seed, i]).permutation(len(reference))
            told.append(self.information([reference[order][:, order]], kernels))
        return told

    def pairs(self, name: str, reference: Matrix) -> list[tuple[float, float, float]]:
        """Of each pair of maps I_i, I_j and I_ij."""
        maps = self.maps(self.batch.layers[name], self.settings.layer_width)
        alone = [self.information([reference], [one]) for one in maps]
        return [
            (alone[i], alone[j], self.information([reference], [maps[i], maps[j]]))
            for i, j in combinations(range(len(maps)), 2)
        ]


@pytest.fixture(scope="session")
def slow() -> Callable[..., Slow]:
    return Slow


def _draw(seed: int = 0, *, n: int = 12, n_maps: int = 3) -> LayerBatch:
    rng = np.random.default_rng(seed)
    labels = np.arange(n) % 3
    inputs = rng.normal(size=(n, 3, 2)) + labels[:, None, None]
    seen = inputs.reshape(n, -1)
    shapes = {"conv": (n_maps, 2, 2), "fc": (4,), "out": (3,)}
    layers, errors = {}, {}
    for name, shape in shapes.items():
        weights = rng.normal(size=(seen.shape[1], int(np.prod(shape))))
        layers[name] = np.tanh(seen @ weights / 2).reshape(n, *shape)
        errors[name] = (0.1 * rng.normal(size=(n, 1)) + 0.1 * (seen @ weights)).reshape(n, *shape)
    return LayerBatch(inputs=inputs, labels=labels, layers=layers, errors=errors)


@pytest.fixture(scope="session")
def draw_batch() -> Callable[..., LayerBatch]:
    """Draws what a network of one layer with maps and two without might make of 12 samples of 3 classes."""
    return _draw
