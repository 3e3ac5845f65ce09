"""Whether two outputs of networks are the same."""

from typing import Any

import torch

Tensor = Any  # torch's own type is not seen by the shape checker


def agree(found: Tensor, wanted: Any) -> bool:
    """Whether outputs are the same but for rounding."""
    if not isinstance(wanted, torch.Tensor) or found.shape != wanted.shape:
        return False
    allowed = float(torch.finfo(wanted.dtype).eps) ** 0.5 * float(wanted.abs().max())
    return bool((found - wanted).abs().max() <= allowed)  # false where one is not a number
