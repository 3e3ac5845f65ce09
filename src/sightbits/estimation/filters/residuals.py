"""What filters and labels are beyond some filters: linear residuals, without the directions that are used up."""

import numpy as np
from jaxtyping import Float, Int64
from scipy.linalg import eigh, lapack, qr

LEAST_LEFT = 1e-6  # of a direction of which a smaller share is left, nothing is
_ROUNDING = 1e-12  # maps that move less, relative to their values, do not move
_SMALLEST = 1e-10  # variances that are a smaller share of the largest are rounding
_CERTAIN = 1 - 1e-9  # squared correlations are taken times this, so that information is finite
_TOGETHER = 2**22  # numbers that are held at once


class Residuals:
    """Components of filters, and labels, in the orthogonal complement of the mean and of the filters that were taken.

    Coordinates in that complement are fewer than samples by the mean and the components taken. They were turned at
    random first: only so may their rows be exchanged for each other.

    Parameters
    ----------
    maps
        What the filters made of the samples.
    labels
        The places of labels among their classes.
    components
        How many principal components stand for a map.
    """

    def __init__(
        self,
        maps: Float[np.ndarray, "n filters places"],
        labels: Int64[np.ndarray, "n"],
        *,
        components: int,
        rng: np.random.Generator,
    ) -> None:
        n, n_filters, n_places = maps.shape
        self.n_components = min(components, n_places)
        self.left = np.arange(n_filters)
        self._n_indicators = int(labels.max())  # the last class is what the others are not
        values = np.empty((n_filters * self.n_components + self._n_indicators, n))
        for i in range(n_filters):
            place = i * self.n_components
            values[place : place + self.n_components] = first_components(maps[:, i], self.n_components)
        indicators = np.arange(self._n_indicators)[:, np.newaxis] == labels
        values[len(values) - self._n_indicators :] = directions(indicators - indicators.mean(axis=1, keepdims=True))
        basis = rng.normal(size=(n, n))
        basis[:, 0] = 1
        self._values = _beyond(basis, values, n_taken=1)

    @property
    def n_rows(self) -> int:
        """How many coordinates there are."""
        return self._values.shape[1]

    @property
    def n_least_rows(self) -> int:
        """How many are needed: with less, any filter seems to tell everything."""
        return max(4 * self.n_components, self.n_components + self._n_indicators + 1)

    def tell(self, orders: Int64[np.ndarray, "m rows"]) -> Float[np.ndarray, "m left"]:
        """Return what each filter that is left tells of the labels, their rows in each of some orders, in nats."""
        own = directions(self._values[: -self._n_indicators].reshape(len(self.left), self.n_components, -1))
        labels = directions(self._values[-self._n_indicators :])
        few = max(1, _TOGETHER // (len(self.left) * self.n_components * len(labels)))
        return np.concatenate(
            [
                gaussian_information(own, labels[:, orders[start : start + few]].swapaxes(0, 1))
                for start in range(0, len(orders), few)
            ]
        )

    def take(self, place: int) -> None:
        """Take the filter in this place of those left: what remains is without all that it is."""
        n = self.n_components
        rows = slice(place * n, (place + 1) * n)
        own = directions(self._values[rows])
        own = own[(own**2).sum(axis=1) > 0.5]
        # Any basis would do; this one is the same however the filter was written.
        basis = own.T @ own[:, : len(own)]
        self.left = np.delete(self.left, place)
        self._values = _beyond(basis, np.delete(self._values, rows, axis=0), n_taken=len(own))


def first_components(values: Float[np.ndarray, "n places"], most: int) -> Float[np.ndarray, "most n"]:
    """Return the first principal components of a map over samples, each of length 1; 0 where there are no more."""
    found = np.zeros((most, len(values)))
    centred = np.asarray(values - values.mean(axis=0, dtype=np.float64), dtype=np.float64)
    largest = abs(centred).max()
    if largest <= _ROUNDING * abs(values).max():
        return found
    centred /= largest
    wide = centred.shape[1] > len(centred)
    products = centred @ centred.T if wide else centred.T @ centred
    n = len(products)
    variances, vectors = eigh(products, subset_by_index=[max(0, n - most), n - 1])
    kept = variances > _SMALLEST * variances[-1]
    scores = (vectors if wide else centred @ vectors)[:, kept]
    found[: scores.shape[1]] = (scores / np.sqrt((scores**2).sum(axis=0))).T
    return found


def directions(values: Float[np.ndarray, "*batch k rows"]) -> Float[np.ndarray, "*batch k rows"]:
    """Return rows of length 1, at right angles, that span the same; 0 instead of those of which too little is left."""
    lengths, vectors = np.linalg.eigh(values @ values.swapaxes(-1, -2))
    weights = np.where(lengths > LEAST_LEFT, 1 / np.sqrt(np.maximum(lengths, LEAST_LEFT)), 0)
    return (vectors * weights[..., np.newaxis, :]).swapaxes(-1, -2) @ values


def gaussian_information(
    first: Float[np.ndarray, "left d rows"], second: Float[np.ndarray, "m k rows"]
) -> Float[np.ndarray, "m left"]:
    """Return -1/2 log det(I - M M^T), M = first second^T, of every two, in nats; rows are those of `directions`.

    That is the mutual information of Gaussian variables whose canonical correlations are those of the samples.
    """
    (n_left, d, rows), (m, k, _) = first.shape, second.shape
    products = (first.reshape(-1, rows) @ second.reshape(-1, rows).T).reshape(n_left, d, m, k)
    across = products.transpose(2, 0, 1, 3) if d <= k else products.transpose(2, 0, 3, 1)
    shared = across @ across.swapaxes(-1, -2)
    return 0.0 - np.linalg.slogdet(np.eye(min(d, k)) - _CERTAIN * shared)[1] / 2


def _beyond(
    columns: Float[np.ndarray, "rows k"], values: Float[np.ndarray, "m rows"], *, n_taken: int
) -> Float[np.ndarray, "m left"]:
    """Return coordinates of values in the complement of the first columns, which are turned the way of the others.

    Where columns are drawn from a normal distribution, the complement is turned at random: signs and all.
    """
    if n_taken == 0:
        return values
    (reflectors, scales), triangle = qr(columns, mode="raw", check_finite=False)
    work = 64 * len(values)
    turned, _, _ = lapack.dormqr("L", "T", reflectors, scales, np.ascontiguousarray(values).T, work)
    signs = np.ones(len(columns))
    signs[: columns.shape[1]] = np.where(np.diag(triangle) < 0, -1, 1)
    return np.ascontiguousarray((turned * signs[:, np.newaxis])[n_taken:].T)
