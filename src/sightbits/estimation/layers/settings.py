"""What can be asked of the layers of a network."""

from dataclasses import dataclass

import numpy as np

from sightbits.core.checks import check_choice, check_number, check_whole
from sightbits.information.gram.entropy import PAPER_ORDER

KERNEL_SIZES = ("paper", "median", "alignment")
MAP_KERNELS = ("product", "averaged", "tensor")
LABEL_KERNELS = ("match", "gaussian")
_ABOVE_0 = float(np.nextafter(0.0, 1.0))


@dataclass(frozen=True, kw_only=True)
class LayerSettings:
    """Checked settings of how layers are measured; the defaults are those of the source.

    Parameters
    ----------
    kernel_size
        paper: Silverman's rule with a fixed width, which does not follow the scale of what is measured. median: the
        median distance of two samples, which does. alignment: of sizes around the median, that whose kernel agrees best
        with the labels.
    maps
        How the maps of a layer are taken together. product: the Hadamard product of their Gram matrices, as the source
        has it. averaged: its C-th root. tensor: one kernel of the whole layer.
    label_kernel
        match: 1 for equal labels, 0 for others. gaussian: of labels as corners of a cube, with `layer_width`.
    alpha
        The order of the entropies, above 0.
    layer_width, error_width
        The widths of Silverman's rule for inputs and layers, and for errors.
    shuffles
        How often samples are shuffled to tell what chance gives.
    pairs
        The most pairs of maps of a layer that are measured, drawn at random where there are more; 0 for none.
    memory
        By alignment, what share of the size of the step before is kept.
    seed
        Fixes shuffles and draws.

    Raises
    ------
    InputError
        Where a setting is not one of those.

    Examples
    --------
    >>> LayerSettings(kernel_size="median").shuffles
    10
    """

    kernel_size: str = "paper"
    maps: str = "product"
    label_kernel: str = "match"
    alpha: float = PAPER_ORDER
    layer_width: float = 5.0
    error_width: float = 0.1
    shuffles: int = 10
    pairs: int = 100
    memory: float = 0.9
    seed: int = 0

    def __post_init__(self) -> None:
        check_choice("kernel_size", self.kernel_size, KERNEL_SIZES)
        check_choice("maps", self.maps, MAP_KERNELS)
        check_choice("label_kernel", self.label_kernel, LABEL_KERNELS)
        for name in ("shuffles", "pairs", "seed"):
            check_whole(name, getattr(self, name), low=0)
        for name in ("alpha", "layer_width", "error_width"):
            check_number(name, getattr(self, name), least=_ABOVE_0, below=np.inf, wanted="a positive finite number")
        check_number("memory", self.memory, least=0.0, below=1.0, wanted="a share from 0 to below 1")
