"""What many variables tell of one, each beside what it tells where samples are shuffled."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float, Int64

from sightbits.core.estimate import Estimate
from sightbits.estimation.null import estimate_beside_draws, is_saturated
from sightbits.information.gram.eigenvalues import spectra
from sightbits.information.gram.entropy import checked_entropy, entropy_of_spectrum

ESTIMATOR = "matrix_renyi"


@dataclass(frozen=True, eq=False, kw_only=True)
class Reference:
    """A variable that others are held against: its kernel, that of its shuffled samples, its entropy in nats.

    Its entropy is the most that anything can tell of it.
    """

    kernel: Float[np.ndarray, "n n"]
    shuffled: Float[np.ndarray, "m n n"]
    entropy: float
    alpha: float


@dataclass(frozen=True, eq=False, kw_only=True)
class Told:
    """What variables tell of a reference, in nats, and what they tell of its shuffled samples."""

    values: Float[np.ndarray, "variables"]
    draws: Float[np.ndarray, "m variables"]
    reference: Reference

    def estimate(self) -> Estimate:
        """Return the values beside what chance gives."""
        return estimate_beside_draws(
            self.values,
            self.draws,
            estimator=ESTIMATOR,
            n_samples=len(self.reference.kernel),
            ceiling=self.reference.entropy,
        )

    @property
    def saturated(self) -> np.ndarray:
        """Which values are within 2 % of all there is to tell."""
        return is_saturated(self.values, self.reference.entropy)


def draw_orders(n_samples: int, *, shuffles: int, seed: int) -> Int64[np.ndarray, "m n"]:
    """Return orders of the samples; each depends on the seed and its own number alone."""
    orders = [np.random.default_rng([seed, i]).permutation(n_samples) for i in range(shuffles)]
    return np.array(orders, dtype=np.int64).reshape(shuffles, n_samples)


def reference_of(kernel: Float[np.ndarray, "n n"], orders: Int64[np.ndarray, "m n"], alpha: float) -> Reference:
    """Return a variable with its shuffled samples."""
    shuffled = kernel[orders[:, :, np.newaxis], orders[:, np.newaxis, :]]
    return Reference(kernel=kernel, shuffled=shuffled, entropy=float(entropies(kernel, alpha)), alpha=alpha)


def tell(
    kernels: Iterable[Float[np.ndarray, "n n"]], references: Sequence[Reference]
) -> tuple[Float[np.ndarray, "variables"], list[Told]]:
    """Return the entropy of each variable, and what it tells of each reference: S(r) + S(t) - S(r, t), in nats.

    Notes
    -----
    All shuffled samples of a reference are the same for every variable, so that differences between variables have a
    null too. The entropies of a variable and of a shuffled reference are those of their own order, so that a shuffle
    costs the eigenvalues of one matrix. Cost: 4/3 n^3 for 1 + (1 + shuffles) references, a variable.
    """
    room = np.empty_like(references[0].kernel)

    def beside_all() -> Iterator[Float[np.ndarray, "n n"]]:
        for kernel in kernels:
            yield kernel
            for reference in references:
                for other in (reference.kernel, *reference.shuffled):
                    # Written where the last product was: it stays in the cache.
                    yield np.multiply(other, kernel, out=room)

    counts = [1 + len(reference.shuffled) for reference in references]
    every = _entropies_of_each(beside_all(), references[0].alpha).reshape(-1, 1 + sum(counts))
    own, *joint = np.split(every, np.cumsum([1, *counts[:-1]]), axis=1)
    told = []
    for of_reference, reference in zip(joint, references, strict=True):
        information = (reference.entropy + own - of_reference).T
        told.append(Told(values=information[0], draws=information[1:], reference=reference))
    return own[:, 0], told


def entropies(kernels: Float[np.ndarray, "*batch n n"], alpha: float) -> Float[np.ndarray, "*batch"]:
    """Return the matrix-based Rényi entropy of kernels with 1 on their diagonals, in nats."""
    return np.asarray(checked_entropy(kernels, alpha))  # the same of every multiple


def _entropies_of_each(kernels: Iterable[Float[np.ndarray, "n n"]], alpha: float) -> Float[np.ndarray, "kernels"]:
    """As `entropies`, of kernels that may be written to the same place one after the other."""
    if alpha == 2:
        return np.array([float(entropies(kernel, alpha)) for kernel in kernels])
    return np.concatenate([entropy_of_spectrum(few.clip(min=0), alpha) for few in spectra(kernels)])
