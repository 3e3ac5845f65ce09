"""The distributions an estimator is tried on: of the user's own kinds, dimension and numbers of levels."""

import numpy as np

from sightbits.core.checks import InputError, check_choice, check_whole
from sightbits.datasets import synthetic
from sightbits.datasets.synthetic import SyntheticPair

LADDER_BITS = (0.5, 1.0, 2.0, 3.0, 4.0, 6.0, 8.0, 10.0)
_MOST_LABELS = 100


def suitable_truths(kinds: tuple[str, str], dimension: int, levels: tuple[int, int]) -> dict[str, SyntheticPair]:
    """Return distributions of these kinds whose information is known, by a short name, independent ones first."""
    if kinds == ("discrete", "discrete"):
        return _channels(*levels)
    if "discrete" in kinds:
        labelled = _labelled(min(levels[kinds.index("discrete")], _MOST_LABELS))
        return {name: _swapped(pair, kinds) for name, pair in labelled.items()}
    pairs = {
        "independent": synthetic.independent(dimension),
        "Gaussian, correlation .6": synthetic.gaussian(0.6, dimension=dimension),
        "Gaussian, correlation .9": synthetic.gaussian(0.9, dimension=dimension),
        "Student-t of 3, correlation .6": synthetic.student_t(0.6, freedom=3.0, dimension=dimension),
    }
    if dimension == 1:
        pairs |= {
            "uniform + noise .1": synthetic.uniform_plus_noise(),
            "two Gaussian clusters": synthetic.bimodal_gaussian(),
            "Gaussian .9, exponential": synthetic.warped_gaussian(0.9, warp="exponential"),
            "x^2 + noise .1": synthetic.parabola(),
        }
    return pairs


def ladder(kinds: tuple[str, str], dimension: int) -> list[SyntheticPair]:
    """Return Gaussians of growing information, to see where an estimator saturates; of continuous kinds only."""
    if "discrete" in kinds:
        return []
    return [synthetic.gaussian_with_information(bits * float(np.log(2)), dimension=dimension) for bits in LADDER_BITS]


def _channels(n_x: int, n_y: int) -> dict[str, SyntheticPair]:
    """Uniform x, and y that follows it with some probability and is uniform else."""
    follows = np.zeros((n_x, n_y))
    follows[np.arange(n_x), np.arange(n_x) * n_y // n_x] = 1.0
    return {
        name: synthetic.discrete_channel(np.full(n_x, 1 / n_x), share * follows + (1 - share) / n_y)
        for name, share in (("independent", 0.0), ("y follows x in 30 %", 0.3), ("y follows x in 90 %", 0.9))
    }


def _labelled(n_labels: int) -> dict[str, SyntheticPair]:
    named = (("independent", 0.0), ("labels 1 apart, noise 1", 1.0), ("labels 3 apart, noise 1", 3.0))
    return {name: synthetic.labelled_gaussians(n_labels, apart) for name, apart in named}


def _swapped(pair: SyntheticPair, kinds: tuple[str, str]) -> SyntheticPair:
    if (pair.x_kind, pair.y_kind) == kinds:
        return pair
    return SyntheticPair(
        name=pair.name,
        description=pair.description,
        information=pair.information,
        x_kind=pair.y_kind,
        y_kind=pair.x_kind,
        draw=lambda rng, n: pair.draw(rng, n)[::-1],
    )


def check_shape(kinds: tuple[str, str], dimension: int, levels: tuple[int, int]) -> None:
    """Raise `InputError` for kinds and dimensions that no distribution here has."""
    for kind in kinds:
        check_choice("kinds", kind, ("discrete", "continuous"))
    check_whole("dimension", dimension, low=1)
    if dimension > 1 and "discrete" in kinds:
        raise InputError(
            "dimension",
            wanted="1 where a variable is discrete",
            got=str(dimension),
            remedy="Check continuous variables of that dimension instead.",
        )
    for kind, n_levels in zip(kinds, levels, strict=True):
        if kind == "discrete" and n_levels < 2:
            raise InputError("levels", wanted="at least 2", got=str(n_levels), remedy="A constant tells nothing.")
