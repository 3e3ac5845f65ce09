"""One image through a convolution, as torch does it, in plain NumPy: padded, strided, dilated and grouped."""

from collections.abc import Callable
from dataclasses import dataclass
from numbers import Integral
from typing import Any

import numpy as np
from jaxtyping import Float64

from sightbits.core.checks import InputError, check_choice

_PAD = {"zeros": "constant", "reflect": "reflect", "replicate": "edge", "circular": "wrap"}
# How many pixels beyond an edge a mode can make up, from those there are.
_MOST_BEYOND: dict[str, Callable[[int], float]] = {
    "zeros": lambda n: np.inf,
    "replicate": lambda n: np.inf,
    "reflect": lambda n: n - 1,
    "circular": lambda n: n,
}


@dataclass(frozen=True, kw_only=True)
class Convolving:
    """How filters go over an image; the names and meanings are those of `torch.nn.Conv2d`."""

    padding: Any
    stride: Any
    dilation: Any
    padding_mode: str

    def pad(
        self, image: Float64[np.ndarray, "channels rows columns"], window: tuple[int, int]
    ) -> Float64[np.ndarray, "channels padded_rows padded_columns"]:
        """Return the image with its margins, or raise `InputError` where they cannot be made or hold no window."""
        check_choice("padding_mode", self.padding_mode, _PAD)
        margins = self._margins(window)
        for n, margin in zip(image.shape[1:], margins, strict=True):
            if max(margin) > _MOST_BEYOND[self.padding_mode](n):
                raise InputError(
                    "padding",
                    wanted=f"as much as {self.padding_mode} makes of {n} pixels",
                    got=str(max(margin)),
                    remedy="Pad less, or with another padding_mode.",
                )
        padded = np.pad(image, ((0, 0), *margins), mode=_PAD[self.padding_mode])  # type: ignore[call-overload]
        if any(n < reach for n, reach in zip(padded.shape[1:], self._reach(window), strict=True)):
            raise InputError(
                "weights",
                wanted=f"filters no larger than the padded image, {padded.shape[1]} x {padded.shape[2]}",
                got=f"{window[0]} x {window[1]}, dilated by {self.dilation}",
                remedy="Give the images that the layer was made for to fit.",
            )
        return padded

    def slide(
        self,
        weights: Float64[np.ndarray, "n_outputs channels_of_group rows columns"],
        padded: Float64[np.ndarray, "channels padded_rows padded_columns"],
    ) -> Float64[np.ndarray, "n_outputs rows_out columns_out"]:
        """Return the cross-correlation of filters with a padded image; outputs of a group see its channels only."""
        n_outputs, n_own, *window = weights.shape
        n_groups = len(padded) // n_own
        grouped = weights.reshape(n_groups, n_outputs // n_groups, n_own, *window)
        channels = padded.reshape(n_groups, n_own, *padded.shape[1:])
        stride, dilation = _pair("stride", self.stride, low=1), _pair("dilation", self.dilation, low=1)
        reach = self._reach((window[0], window[1]))
        n_out = [(n - far) // step + 1 for n, far, step in zip(padded.shape[1:], reach, stride, strict=True)]
        total = np.zeros((n_groups, n_outputs // n_groups, *n_out))
        for row in range(window[0]):
            for column in range(window[1]):
                first = row * dilation[0], column * dilation[1]
                seen = channels[:, :, first[0] :: stride[0], first[1] :: stride[1]][:, :, : n_out[0], : n_out[1]]
                total += np.einsum("goc,gcij->goij", grouped[..., row, column], seen)
        return total.reshape(n_outputs, *n_out)

    def _reach(self, window: tuple[int, int]) -> tuple[int, int]:
        rows, columns = _pair("dilation", self.dilation, low=1)
        return rows * (window[0] - 1) + 1, columns * (window[1] - 1) + 1

    def _margins(self, window: tuple[int, int]) -> list[tuple[int, int]]:
        if self.padding == "same":
            if _pair("stride", self.stride, low=1) != (1, 1):
                raise InputError(
                    "stride", wanted="1 with padding='same'", got=repr(self.stride), remedy="Give padding as numbers."
                )
            return [((reach - 1) // 2, reach // 2) for reach in self._reach(window)]
        padding = 0 if self.padding == "valid" else self.padding
        return [(n, n) for n in _pair("padding", padding, low=0)]


def _pair(name: str, value: Any, *, low: int) -> tuple[int, int]:
    pair = (value, value) if isinstance(value, Integral) else value
    whole = isinstance(pair, tuple | list) and all(isinstance(n, Integral) and int(n) >= low for n in pair)
    if whole and len(pair) == 2:
        return int(pair[0]), int(pair[1])
    others = ", 'same' or 'valid'" if name == "padding" else ""
    raise InputError(
        name,
        wanted=f"a whole number of at least {low}, or two for rows and columns{others}",
        got=repr(value),
        remedy="Take it from the layer.",
    )
