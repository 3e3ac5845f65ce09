"""How long and how fast a network is trained."""

from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from sightbits.core.checks import check_number, check_whole

_MOST_EPOCHS = 1000


@dataclass(frozen=True, eq=False, kw_only=True)
class TrainingPlan:
    """Checked settings of stochastic gradient descent with momentum.

    Parameters
    ----------
    epochs
        How often all images are seen, 1 to 1000.
    rate
        Learning rate.
    batch
        Images an update sees; all images where there are fewer.
    momentum
        The share of the last step that is taken again, from 0 to below 1.
    seed
        Of the order in which images are seen.

    Raises
    ------
    InputError
        A setting outside its bounds.

    Examples
    --------
    >>> TrainingPlan(epochs=10, rate=0.02).steps_per_epoch(60_000)
    468
    """

    epochs: int
    rate: float
    batch: int = 128
    momentum: float = 0.95
    seed: int = 0

    def __post_init__(self) -> None:
        check_whole("epochs", self.epochs, low=1, high=_MOST_EPOCHS)
        check_whole("batch", self.batch, low=1)
        check_whole("seed", self.seed, low=0, high=2**31)
        check_number("rate", self.rate, least=np.nextafter(0.0, 1.0), below=np.inf, wanted="a learning rate above 0")
        check_number("momentum", self.momentum, least=0.0, below=1.0, wanted="a number from 0 to below 1")

    def batch_of(self, n_images: int) -> int:
        """Return how many images an update sees where there are `n_images`."""
        return min(self.batch, n_images)

    def steps_per_epoch(self, n_images: int) -> int:
        """Return how many updates an epoch has: whole batches only, what is left over comes first in the next."""
        return n_images // self.batch_of(n_images)

    def document(self) -> dict[str, Any]:
        """Return the plan as a JSON-able document."""
        return asdict(self)
