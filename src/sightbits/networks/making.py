"""A bank of any network, by choice."""

from collections.abc import Sequence

import numpy as np

from sightbits.networks.bank import ModelBank
from sightbits.networks.choice import ModelChoice
from sightbits.networks.softmax import SoftmaxBank


def make_bank(
    choice: ModelChoice, *, image_shape: tuple[int, ...], n_labels: int, rates: Sequence[float], seed: int
) -> ModelBank:
    """Return copies of a network, one a rate; `seed` fixes where their weights start."""
    if choice.needs_torch:
        from sightbits.networks.torch_bank import TorchBank  # noqa: PLC0415  an extra

        return TorchBank(choice, image_shape=image_shape, n_labels=n_labels, rates=rates, seed=seed)
    return SoftmaxBank(
        n_pixels=int(np.prod(image_shape)),
        n_labels=n_labels,
        rates=rates,
        initialisation=choice.initialisation,
        seed=seed,
    )
