from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from scipy.ndimage import gaussian_filter

from sightbits.core.checks import InputError
from sightbits.core.images import ImageDataset
from sightbits.core.levels import CutCode
from sightbits.measurement.beliefs.templates.blurred import BlurredTemplates
from sightbits.measurement.beliefs.templates.template_set import as_planes, cuts_at
from sightbits.measurement.noise import FlipNoise

Make = Callable[..., ImageDataset]


@pytest.mark.parametrize("shape", [(6, 7), (1, 9), (5, 4, 3)], ids=str)
@pytest.mark.parametrize("blur", [0.0, 0.6, 2.0])
def test_templates_are_blurred_level_maps(make_dataset: Make, shape: tuple[int, ...], blur: float) -> None:
    rng = np.random.default_rng(0)
    training = make_dataset(rng.integers(256, size=(12, *shape), dtype=np.uint8), rng.permutation(np.arange(12) % 3))
    maker = BlurredTemplates(blur=blur)
    code = maker.code(training)
    assert code == CutCode(cuts=(48.0, 176.0))
    made = maker.make(training, code, np.eye(3))
    order = np.argsort(training.labels, kind="stable")
    np.testing.assert_array_equal(made.labels, training.labels[order])
    for component, image in enumerate(code.encode(training.images)[order]):
        for level in (1, 2):
            one = (image == level).astype(np.float64)
            if blur and len(shape) == 3:
                one = np.stack([gaussian_filter(one[..., c], blur) for c in range(3)], axis=-1)
            elif blur:
                one = gaussian_filter(one, blur)
            np.testing.assert_allclose(made.planes[component, level - 1] / 255, one.ravel(), atol=1.01 / 255)


def test_mismatch_and_noise_are_two_channels_in_a_row(make_dataset: Make) -> None:
    training = make_dataset(np.arange(200, dtype=np.uint8).reshape(2, 10, 10))
    code = CutCode(cuts=(100.0,))
    noisy = FlipNoise(probability=0.1).channel(code, training.values)
    made = BlurredTemplates(mismatch=0.2).make(training, code, noisy)
    np.testing.assert_allclose(made.channel, [[0.74, 0.26], [0.26, 0.74]], atol=1e-12)


@given(st.integers(2, 6).flatmap(lambda n: arrays(np.float64, (3, n, 4), elements=st.floats(0, 1))))
def test_bytes_never_say_more_than_certain(weights: np.ndarray) -> None:
    total = weights.sum(axis=1, keepdims=True)
    probability = weights / np.where(total > 0, total, 1)
    planes = as_planes(probability)
    assert planes.astype(int).sum(axis=1).max() <= 255
    np.testing.assert_allclose(planes / 255, probability, atol=1.01 / 255)


def test_cuts_no_value_could_reach_are_left_out(make_dataset: Make) -> None:
    two_values = make_dataset(np.eye(2, dtype=np.uint8).reshape(2, 1, 2), value_range=(0.0, 1.0))
    assert cuts_at(two_values, (3 / 16, 11 / 16)) == (0.375,)
    floats = make_dataset(np.array([[[-1.0, 3.0]], [[0.0, 1.0]]]), value_range=(-1.0, 3.0))
    assert cuts_at(floats, (3 / 16, 11 / 16)) == (-0.25, 1.75)


@pytest.mark.parametrize("mismatch", [-0.1, 1.0, float("nan")])
def test_mismatch_must_be_a_share(mismatch: float) -> None:
    with pytest.raises(InputError, match="mismatch: wanted a share"):
        BlurredTemplates(mismatch=mismatch)


@pytest.mark.parametrize("blur", [-0.1, float("inf"), float("nan")])
def test_blur_must_be_in_pixels(blur: float) -> None:
    with pytest.raises(InputError, match="blur: wanted 0 pixels or more"):
        BlurredTemplates(blur=blur)
