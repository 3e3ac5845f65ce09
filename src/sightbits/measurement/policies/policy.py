"""What a policy is: it chooses which pixel to measure next."""

from abc import ABC, abstractmethod
from typing import ClassVar

from sightbits.core.images import ImageDataset
from sightbits.measurement.beliefs.belief import Belief
from sightbits.measurement.information import Scores
from sightbits.measurement.outlook import Outlook


class Policy(ABC):
    """Chooses what to measure next by a score for each pixel.

    A class of your own needs `scores`, and `fit` (or `fit_from`) if it learns. To be saved it must be a dataclass of
    its settings and name what it learned in `LEARNED`. One with a `NAME`, in a module of this package, can be asked
    for by that name.
    """

    NAME: ClassVar[str] = ""
    LEARNED: ClassVar[tuple[str, ...]] = ()

    def fit(self, belief: Belief, training: ImageDataset) -> "Policy":
        """Learn from the belief (fitted) and the training images, and return itself; most have nothing to learn."""
        return self

    def fit_from(self, start: Outlook, training: ImageDataset) -> "Policy":
        """Learn as `fit` does, knowing which pixels can be measured and what they cost; most do not have to know."""
        return self.fit(start.belief, training)

    @abstractmethod
    def scores(self, outlook: Outlook) -> Scores:
        """Return a score for each state and pixel, higher is better; only those of available pixels are looked at."""
