"""On what criteria rest."""

from dataclasses import dataclass

import numpy as np

from sightbits.core.checks import check_number, check_whole
from sightbits.estimation.layers import LayerSettings


@dataclass(frozen=True, kw_only=True)
class CriterionSettings:
    """Checked settings of the criteria by which filters are chosen.

    Parameters
    ----------
    samples
        On how many images matrix-based information of single filters is measured: its cost is their cube.
    images
        On how many images the other criteria rest, at most.
    shuffles
        How often samples are shuffled to tell what chance gives.
    beta
        The weight of I(T; Y) in the objective of the source.
    seed
        Of shuffles and random choice.

    Raises
    ------
    InputError
        A setting outside its bounds.

    Examples
    --------
    >>> CriterionSettings(images=2048).samples
    128
    """

    samples: int = 128
    images: int = 4096
    shuffles: int = 20
    beta: float = 2.0
    seed: int = 0

    def __post_init__(self) -> None:
        check_whole("samples", self.samples, low=2)
        check_whole("images", self.images, low=2)
        check_whole("shuffles", self.shuffles, low=1)
        check_whole("seed", self.seed, low=0)
        check_number("beta", self.beta, least=0.0, below=np.inf, wanted="a number of 0 or more")

    def layer_settings(self, kernel_size: str) -> LayerSettings:
        """Return how information about single filters is measured."""
        return LayerSettings(kernel_size=kernel_size, shuffles=self.shuffles, seed=self.seed)
