"""What each filter of a layer tells of input and label by itself, beside what chance gives."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from jaxtyping import Float

from sightbits.core.checks import InputError, check_given_once, check_number
from sightbits.core.estimate import Estimate
from sightbits.estimation.filters.given import given_maps
from sightbits.estimation.layers import LayerBatch, LayerSettings
from sightbits.estimation.layers.chains import draw_orders, reference_of, tell
from sightbits.estimation.layers.kernels import KernelMaker


@dataclass(frozen=True, eq=False, kw_only=True)
class FilterFigures:
    """What each filter of a layer tells of input and label, in nats.

    Parameters
    ----------
    n_samples
        How many samples the figures rest on.
    input_entropy, label_entropy
        Those of input and label; NaN without labels.
    input_information, label_information
        What each filter tells of input and label; the latter None without labels.
    spread
        How far the maps of a filter are from their mean: the root of the mean squared distance.
    """

    n_samples: int
    input_entropy: float
    label_entropy: float
    input_information: Estimate
    label_information: Estimate | None
    spread: Float[np.ndarray, "filters"]

    def objective(self, beta: float = 2.0) -> Float[np.ndarray, "filters"]:
        """Return I(X; T) - beta I(T; Y) of each filter, in nats: the smaller, the more important.

        Parameters
        ----------
        beta
            What the label is worth, at least 0.

        Raises
        ------
        InputError
            Where there were no labels, or beta is no such number.

        Notes
        -----
        Under kernels of fixed size a filter that hardly moves tells nothing of the input and so looks important; see
        `excess_objective`, and `spread`.

        Source: information bottleneck, section IV of S. Yu, K. Wickstrøm, R. Jenssen, J. C. Príncipe, arXiv:1804.06537.
        """
        return self._weigh(self.input_information.value, self._of_label().value, beta)

    def excess_objective(self, beta: float = 2.0) -> Float[np.ndarray, "filters"]:
        """Return the objective of what is told beyond chance.

        Parameters
        ----------
        beta
            What the label is worth, at least 0.

        Raises
        ------
        InputError
            As `objective`; where nothing was shuffled.
        """
        of_label = self._of_label()
        if of_label.null == "none":
            raise InputError(
                "shuffles", wanted="1 or more, to know what chance gives", got=0, remedy="Measure with shuffles."
            )
        return self._weigh(self.input_information.excess, of_label.excess, beta)

    def _of_label(self) -> Estimate:
        if self.label_information is None:
            raise InputError(
                "labels", wanted="labels, of which filters can tell", got="none", remedy="Measure with labels."
            )
        return self.label_information

    @staticmethod
    def _weigh(of_input: np.ndarray, of_label: np.ndarray, beta: float) -> Float[np.ndarray, "filters"]:
        check_number("beta", beta, least=0.0, below=np.inf, wanted="a number of at least 0")
        return of_input - beta * of_label


def measure_filters(
    inputs: Any, labels: Any, maps: Any, settings: LayerSettings | None = None, **options: Any
) -> FilterFigures:
    """Return what each filter tells of input and label, beside what chance gives.

    Parameters
    ----------
    inputs
        What the network saw, (n, ...).
    labels
        One a sample, (n,); None where they are not known.
    maps
        What the filters made of it, (n, filters, ...).
    settings
        Checked settings; or give them one by one as `options`. How maps are joined, and pairs, play no part.
    options
        The fields of `LayerSettings`, but `maps`.

    Raises
    ------
    InputError
        Where values are not finite, counts of samples differ, or both settings and options are given.

    Notes
    -----
    Matrix-based Rényi information of order alpha. All filters meet the same shuffles, so that differences between them
    have a null too. Cost: eigenvalues of 1 + 2 (1 + shuffles) matrices of n x n a filter.

    Source: S. Yu, K. Wickstrøm, R. Jenssen, J. C. Príncipe, arXiv:1804.06537, section IV; the nulls are ours.

    Examples
    --------
    >>> rng = np.random.default_rng(0)
    >>> labels = rng.integers(0, 2, 64)
    >>> maps = rng.normal(size=(64, 3, 4))
    >>> maps[:, 1] += 2 * labels[:, None]
    >>> figures = measure_filters(rng.random((64, 5)), labels, maps, kernel_size="median")
    >>> int(figures.excess_objective().argmin())
    1
    """
    check_given_once(settings, options)
    settings = settings or LayerSettings(**options)
    values = given_maps(maps)
    batch = LayerBatch(inputs=inputs, labels=labels, layers={"maps": values})
    maker = KernelMaker(batch, settings)
    orders = draw_orders(batch.n_samples, shuffles=settings.shuffles, seed=settings.seed)
    references = [reference_of(maker.of_inputs(batch.inputs), orders, settings.alpha)]
    if labels is not None:
        references.append(reference_of(maker.of_labels(), orders, settings.alpha))
    # One filter at a time: what is made on the way stays in the cache.
    kernels = (maker.of_layer(f"maps, filter {i}", values[:, i : i + 1]).whole for i in range(values.shape[1]))
    _, told = tell(kernels, references)
    return FilterFigures(
        n_samples=batch.n_samples,
        input_entropy=references[0].entropy,
        label_entropy=references[1].entropy if labels is not None else float("nan"),
        input_information=told[0].estimate(),
        label_information=told[1].estimate() if labels is not None else None,
        spread=np.array([_spread(values[:, i]) for i in range(values.shape[1])]),
    )


def _spread(values: Float[np.ndarray, "n places"]) -> float:
    return float(np.sqrt(values.var(axis=0, dtype=np.float64).sum()))
