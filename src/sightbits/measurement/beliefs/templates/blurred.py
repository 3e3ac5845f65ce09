"""Training images as templates: their levels, blurred, so that strokes may be shifted a little."""

from dataclasses import dataclass

import numpy as np
from jaxtyping import UInt8
from scipy.ndimage import gaussian_filter

from sightbits.core.checks import InputError
from sightbits.core.images import ImageDataset
from sightbits.core.levels import Code, CutCode
from sightbits.measurement.beliefs.templates.template_set import TemplateMaker, TemplateSet, as_planes, cuts_at
from sightbits.measurement.noise import Channel, flip_channel
from sightbits.measurement.parts import is_number

_IMAGES_AT_ONCE = 2000
_SHARES_OF_RANGE = (3 / 16, 11 / 16)  # 48 and 176 of 0..255


@dataclass(frozen=True, eq=False, kw_only=True)
class BlurredTemplates(TemplateMaker):
    """Every training image is a template: the Gaussian-blurred map of where it has each level.

    Parameters
    ----------
    blur
        Standard deviation in pixels: how far strokes may be shifted.
    mismatch
        Probability that a pixel is nothing like its component, so that no reading rules a component out.

    Notes
    -----
    At the border the image goes on as its mirror image, so that the levels' maps add up to 1 everywhere. Source: a
    kernel density estimate over level maps; E. Parzen, On estimation of a probability density function and mode, 1962.
    """

    blur: float = 0.6
    mismatch: float = 0.03

    def __post_init__(self) -> None:
        check_mismatch(self.mismatch)
        if not (is_number(self.blur) and 0 <= self.blur < np.inf):
            raise InputError("blur", wanted="0 pixels or more", got=repr(self.blur), remedy="0.6 suits thin strokes.")

    def code(self, training: ImageDataset) -> Code:
        """Cut at 3/16 and 11/16 of the range: dark, in between, bright."""
        return CutCode(cuts=cuts_at(training, _SHARES_OF_RANGE))

    def outcomes(self, training: ImageDataset, code: Code) -> UInt8[np.ndarray, "readings"]:
        """Return each reading as an outcome of its own."""
        return np.arange(code.n_levels, dtype=np.uint8)

    def make(self, training: ImageDataset, code: Code, channel: Channel) -> TemplateSet:
        """Blur the images, those of a label side by side."""
        order = np.argsort(training.labels, kind="stable")
        levels = code.encode(training.values)[order]
        return TemplateSet(
            planes=_blurred(levels, code.n_levels, training.image_shape, self.blur),
            labels=training.labels[order],
            weights=np.full(len(levels), 1 / len(levels), dtype=np.float32),
            channel=flip_channel(code.n_levels, self.mismatch) @ channel,
        )


def check_mismatch(mismatch: float) -> None:
    """Raise `InputError` unless this is a probability below 1."""
    if not (is_number(mismatch) and 0 <= mismatch < 1):
        raise InputError(
            "mismatch", wanted="a share from 0 to less than 1", got=repr(mismatch), remedy="0.03 is a good first guess."
        )


def _blurred(
    levels: UInt8[np.ndarray, "n_images pixels"], n_levels: int, image_shape: tuple[int, ...], blur: float
) -> UInt8[np.ndarray, "n_images levels_above_0 pixels"]:
    planes = np.empty((len(levels), n_levels - 1, levels.shape[1]), dtype=np.uint8)
    sigma = (0.0, blur, blur, 0.0)[: 1 + len(image_shape)]
    for start in range(0, len(levels), _IMAGES_AT_ONCE):
        block = levels[start : start + _IMAGES_AT_ONCE].reshape(-1, *image_shape)
        maps = [gaussian_filter((block == above).astype(np.float64), sigma) for above in range(1, n_levels)]
        planes[start : start + len(block)] = as_planes(np.stack(maps, axis=1).reshape(len(block), n_levels - 1, -1))
    return planes
