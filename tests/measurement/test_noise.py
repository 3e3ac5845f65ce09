import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sightbits.core.checks import InputError
from sightbits.core.levels import Code, CutCode, LevelCode
from sightbits.measurement.noise import AdditiveNoise, FlipNoise, Noise, NoNoise

CODES = {
    "halves": CutCode(cuts=(128.0,)),
    "cuts": CutCode(cuts=(40.0, 90.5, 200.0)),
    "thirds of whole numbers": LevelCode(n_levels=3, low=0.0, high=16.0, whole=True),
    "whole numbers below 0": LevelCode(n_levels=4, low=-8.0, high=7.0, whole=True),
    "floats": LevelCode(n_levels=3, low=0.0, high=1.0, whole=False),
}
NOISES = {
    "none": lambda span: NoNoise(),
    "flips": lambda span: FlipNoise(probability=0.2),
    "little": lambda span: AdditiveNoise(deviation=0.05 * span),
    "much": lambda span: AdditiveNoise(deviation=0.5 * span),
}


def values_for(code: Code, n: int, seed: int = 0) -> np.ndarray:
    rng = np.random.default_rng(seed)
    if isinstance(code, CutCode):
        return rng.integers(256, size=(n, 1), dtype=np.uint8)
    if code.whole:
        return rng.integers(int(code.low), int(code.high) + 1, size=(n, 1))
    return rng.random((n, 1))


def span_of(code: Code) -> float:
    return 255.0 if isinstance(code, CutCode) else code.high - code.low


@pytest.mark.parametrize("noise", NOISES)
@pytest.mark.parametrize("code", CODES)
def test_rows_of_a_channel_sum_to_1(code: str, noise: str) -> None:
    one = CODES[code]
    channel = NOISES[noise](span_of(one)).channel(one, values_for(one, 500))
    assert channel.shape == (one.n_levels, one.n_levels)
    assert (channel >= 0).all()
    np.testing.assert_allclose(channel.sum(axis=1), 1, atol=1e-12)


@pytest.mark.parametrize("noise", NOISES)
@pytest.mark.parametrize("code", CODES)
def test_readings_come_as_often_as_the_channel_says(code: str, noise: str) -> None:
    one = CODES[code]
    made: Noise = NOISES[noise](span_of(one))
    values = values_for(one, 60_000)
    read = made.read(values, one, np.random.default_rng(1))
    true = one.encode(values)
    for level, expected in enumerate(made.channel(one, values)):
        found = np.bincount(read[true == level], minlength=one.n_levels) / (true == level).sum()
        np.testing.assert_allclose(found, expected, atol=0.015)


def test_additive_noise_of_a_grey_value_is_worked_out_by_hand() -> None:
    # 100 is read as bright where the noise is above 28 = 1.4 deviations
    channel = AdditiveNoise(deviation=20.0).channel(CODES["halves"], np.full((3, 2), 100, dtype=np.uint8))
    np.testing.assert_allclose(channel, [[0.9192433407662289, 0.0807566592337711], [0, 1]], atol=1e-12)


@given(st.integers(2, 9), st.floats(0, 1, exclude_max=True))
def test_flips_are_shared_out_evenly(n_levels: int, probability: float) -> None:
    code = LevelCode(n_levels=n_levels, low=0.0, high=255.0, whole=True)
    channel = FlipNoise(probability=probability).channel(code, np.zeros((1, 1)))
    np.testing.assert_allclose(np.diag(channel), 1 - probability, atol=1e-12)
    off = channel[~np.eye(n_levels, dtype=bool)]
    np.testing.assert_allclose(off, probability / (n_levels - 1), atol=1e-12)


def test_without_flips_readings_are_right() -> None:
    values = values_for(CODES["cuts"], 300)
    read = FlipNoise(probability=0.0).read(values, CODES["cuts"], np.random.default_rng(0))
    np.testing.assert_array_equal(read, CODES["cuts"].encode(values))


def test_readings_are_the_same_for_one_seed_and_differ_for_another() -> None:
    values = values_for(CODES["cuts"], 300)
    for noise in (FlipNoise(probability=0.3), AdditiveNoise(deviation=30.0)):
        first, again, other = (noise.read(values, CODES["cuts"], np.random.default_rng(seed)) for seed in (0, 0, 1))
        np.testing.assert_array_equal(first, again)
        assert (first != other).any()


@pytest.mark.parametrize("probability", [-0.1, 1.0, float("nan")])
def test_flip_probability_must_be_one(probability: float) -> None:
    with pytest.raises(InputError, match="noise: wanted a flip probability"):
        FlipNoise(probability=probability)


@pytest.mark.parametrize("deviation", [0.0, -1.0, float("nan"), float("inf")])
def test_deviation_must_be_above_0(deviation: float) -> None:
    with pytest.raises(InputError, match="noise: wanted a standard deviation above 0"):
        AdditiveNoise(deviation=deviation)


def test_added_noise_is_averaged_over_grey_values_as_often_as_they_come() -> None:
    values = np.array([[0] * 9 + [120] + [200] * 3])
    (found, _) = AdditiveNoise(deviation=10.0).channel(CutCode(cuts=(128.0,)), values)
    read_bright = 0.1 * (1 - 0.7881446)  # of the ten dark ones only 120 comes near the cut, 0.8 deviations below it
    np.testing.assert_allclose(found, [1 - read_bright, read_bright], atol=1e-6)
