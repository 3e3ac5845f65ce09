from typing import Any

import numpy as np
import pytest
import torch

from sightbits.core.checks import InputError
from sightbits.networks.training import as_inputs


@pytest.mark.parametrize("shape", [(3, 4, 5), (3, 4, 5, 1), (3, 4, 5, 3)])
def test_inputs_are_shares_with_channels_first(shape: tuple[int, ...]) -> None:
    images = np.random.default_rng(0).integers(-7, 30, shape)
    inputs = as_inputs(images, (-7.0, 29.0))
    assert inputs.dtype == torch.float32
    assert inputs.is_contiguous()
    channels = (*shape, 1)[3]
    assert inputs.shape == (3, channels, 4, 5)
    for channel in range(channels):
        expected = (images.reshape(3, 4, 5, channels)[..., channel] + 7) / 36
        assert np.array_equal(inputs[:, channel].numpy(), expected.astype(np.float32))


@pytest.mark.parametrize("dtype", [np.uint8, np.uint16, np.int32, np.float32, np.float64, bool])
def test_inputs_reach_from_0_to_1_and_the_images_stay_as_they_are(dtype: Any) -> None:
    images = np.array([[[0, 1]]], dtype=dtype)
    images.setflags(write=False)
    assert as_inputs(images, (0.0, 1.0)).flatten().tolist() == [0.0, 1.0]
    assert images.ravel().tolist() == [0, 1]


def test_a_wide_range_keeps_small_differences() -> None:
    images = np.array([[[1e9, 1e9 + 0.5, 1e9 + 1]]])
    assert as_inputs(images, (1e9, 1e9 + 1)).flatten().tolist() == [0.0, 0.5, 1.0]


@pytest.mark.parametrize(
    ("images", "value_range", "words"),
    [
        (np.zeros((2, 3)), (0.0, 1.0), "images x rows x columns"),
        (np.zeros((2, 3, 3, 1, 1)), (0.0, 1.0), "images x rows x columns"),
        (np.zeros((0, 3, 3)), (0.0, 1.0), "images x rows x columns"),
        (np.zeros((2, 3, 3), dtype=complex), (0.0, 1.0), "complex128"),
        (np.zeros((2, 3, 3)), (1.0, 1.0), "value_range: wanted two finite"),
        (np.zeros((2, 3, 3)), (1.0, 0.0), "value_range"),
        (np.zeros((2, 3, 3)), (0.0, np.inf), "value_range"),
        (np.zeros((2, 3, 3)), (np.nan, 1.0), "value_range"),
        (np.full((2, 3, 3), 1.1), (0.0, 1.0), "grey values from 0 to 1"),
        (np.full((2, 3, 3), -0.1), (0.0, 1.0), "grey values from 0 to 1"),
        (np.full((2, 3, 3), np.nan), (0.0, 1.0), "not finite"),
        (np.full((2, 3, 3), np.inf), (0.0, 1.0), "not finite"),
    ],
)
def test_what_cannot_be_an_input_is_refused(images: Any, value_range: tuple[float, float], words: str) -> None:
    with pytest.raises(InputError, match=words):
        as_inputs(images, value_range)
