"""Training images made into templates: how likely each level is at each pixel of an image like this one."""

import numpy as np
from jaxtyping import UInt8
from scipy.ndimage import gaussian_filter

_IMAGES_AT_ONCE = 2000
_FULL = 255


def blurred_templates(
    levels: UInt8[np.ndarray, "n_images pixels"], n_levels: int, image_shape: tuple[int, ...], blur: float
) -> UInt8[np.ndarray, "n_images levels_above_0 pixels"]:
    """Return the Gaussian-blurred maps of where each level above 0 is; 255 is certainty.

    Notes
    -----
    At the border the image goes on as its mirror image, so that the levels' maps add up to 1 everywhere.
    """
    templates = np.empty((len(levels), n_levels - 1, levels.shape[1]), dtype=np.uint8)
    sigma = (0.0, blur, blur, 0.0)[: 1 + len(image_shape)]
    for start in range(0, len(levels), _IMAGES_AT_ONCE):
        block = levels[start : start + _IMAGES_AT_ONCE].reshape(-1, *image_shape)
        before = np.zeros(block.shape)
        for above in range(1, n_levels):
            # rounding the running total keeps the sum over levels within one byte
            until = before + gaussian_filter((block == above).astype(np.float64), sigma)
            steps = np.rint(until * _FULL) - np.rint(before * _FULL)
            templates[start : start + len(block), above - 1] = steps.reshape(len(block), -1)
            before = until
    return templates
