"""Folding the first layer of a torch network. Imported only where one was trained."""

# mypy: disable-error-code="no-untyped-call"
from copy import deepcopy
from typing import Any

import numpy as np
import torch
from jaxtyping import Float32
from torch import nn

from sightbits.encodings.encoding import Encoding
from sightbits.encodings.folding import fold_encoding
from sightbits.networks.bank import ModelBank
from sightbits.networks.torch_bank import TorchBank


def folded_logits(
    bank: ModelBank, learned_on: Encoding, other: Encoding, inputs: Float32[np.ndarray, "n pixels"]
) -> Float32[np.ndarray, "n labels"]:
    """Return what the first copy of a network says of images in another encoding, its first layer folded."""
    if not isinstance(bank, TorchBank):
        raise TypeError(f"no way is known to fold {type(bank).__name__}")
    model = deepcopy(bank.models[0]).eval()
    at = next(i for i, layer in enumerate(model) if isinstance(layer, nn.Linear | nn.Conv2d))
    first: Any = model[at]
    how: dict[str, Any] = {}
    if isinstance(first, nn.Conv2d):
        how = {"padding": first.padding, "stride": first.stride, "dilation": first.dilation}
    weights, bias = first.weight.detach().numpy(), first.bias.detach().numpy()
    weights, bias = fold_encoding(weights, bias, learned_on, onto="original", **how)
    weights, bias = fold_encoding(weights, bias, other, onto="encoded", **how)
    if isinstance(first, nn.Conv2d) and bias.ndim == 1:
        bias = bias[:, np.newaxis, np.newaxis]
    with torch.inference_mode():
        first.weight.copy_(torch.from_numpy(weights))
        first.bias.zero_()
        hidden = model[: at + 1](torch.from_numpy(inputs)) + torch.from_numpy(bias)
        return model[at + 1 :](hidden).numpy()
