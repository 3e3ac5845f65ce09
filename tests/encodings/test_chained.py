from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sightbits import Encoding, InputError, encoding_named
from sightbits.encodings.affine import Centred, Identity, Inverted, Scaled, Standardised
from sightbits.encodings.chained import Chained
from sightbits.encodings.levels import Binarised, Quantised

IMAGES = np.random.default_rng(0).integers(256, size=(40, 3, 4), dtype=np.uint8)


@settings(max_examples=30)
@given(
    st.lists(
        st.sampled_from(
            [
                Identity(),
                Centred(),
                Standardised(),
                Inverted((-400.0, 400.0)),
                Scaled((-400.0, 400.0), to=(-200.0, 300.0)),
            ]
        ),
        max_size=4,
    )
)
def test_affine_ones_together_are_affine(encodings: list[Encoding]) -> None:
    images = IMAGES.astype(np.float64)
    chained = Chained(encodings).fit(images)
    scale, shift = chained.affine()
    np.testing.assert_allclose(chained.transform(images), images * scale + shift, rtol=1e-9, atol=1e-7)
    one_by_one = images
    for encoding in encodings:
        one_by_one = encoding.fit_transform(one_by_one)
    np.testing.assert_allclose(chained.transform(images), one_by_one, rtol=1e-9, atol=1e-9)
    np.testing.assert_allclose(chained.inverse_transform(one_by_one), images, atol=1e-4)
    assert chained.bijective


def test_each_is_learned_from_what_the_one_before_gives() -> None:
    chained = Chained([Inverted(), Centred()]).fit(IMAGES)
    inverted = 255.0 - IMAGES
    np.testing.assert_allclose(chained.transform(IMAGES), inverted - inverted.mean(axis=0), atol=1e-5)
    assert [type(step) for step in chained.steps()] == [Inverted, Centred]


def test_chains_of_chains() -> None:
    inner = Chained((Inverted(), Centred()))
    chained = Chained([inner, Scaled((-255.0, 255.0))]).fit(IMAGES)
    flat = Chained([Inverted(), Centred(), Scaled((-255.0, 255.0))]).fit(IMAGES)
    np.testing.assert_array_equal(chained.transform(IMAGES), flat.transform(IMAGES))
    assert [type(step) for step in chained.steps()] == [Inverted, Centred, Scaled]
    for one, other in zip(chained.affine(), flat.affine(), strict=True):
        np.testing.assert_allclose(one, other)


def test_given_encodings_are_not_touched() -> None:
    encodings = [Inverted(), Centred()]
    chained = Chained(encodings).fit(IMAGES)
    assert chained.encodings is encodings
    assert not any(hasattr(encoding, "image_shape_") for encoding in encodings)
    assert chained.encodings_[1] is not encodings[1]
    assert chained.encodings_[1].n_features_in_ == 12
    chained.encodings_[1].transform(IMAGES)


@pytest.mark.parametrize(
    ("encodings", "value_range"),
    [
        ([Identity(), Inverted()], (0.0, 255.0)),
        ([Inverted(), Scaled()], (0.0, 255.0)),
        ([Scaled(), Inverted()], (-1.0, 1.0)),
        ([Scaled(to=(2.0, 3.0)), Identity(), Quantised()], (2.0, 3.0)),
        ([Binarised(), Inverted()], (0.0, 255.0)),
        ([Inverted(value_range=(0.0, 300.0)), Scaled()], (0.0, 300.0)),
        ([Chained([Scaled()]), Inverted()], (-1.0, 1.0)),
        ([Centred(), Inverted((-255.0, 255.0)), Scaled()], (-255.0, 255.0)),
    ],
)
def test_a_range_is_handed_on(encodings: list[Encoding], value_range: tuple[float, float]) -> None:
    chained = Chained(encodings).fit(IMAGES)
    assert chained.encodings_[-1].value_range_ == value_range


@pytest.mark.parametrize("first", [Centred(), Standardised()])
@pytest.mark.parametrize("second", [Inverted(), Scaled(), Quantised(), Binarised()])
def test_no_range_is_left_by_centring(first: Encoding, second: Encoding) -> None:
    with pytest.raises(InputError, match="value_range: wanted a lowest and a highest grey value, got None"):
        Chained([first, second]).fit(IMAGES)


@pytest.mark.parametrize("n_levels", [2, 4, 10, 255, 256])
def test_inverted_bytes_are_quantised_as_bytes(n_levels: int) -> None:
    together = Chained([Inverted(), Quantised(n_levels)]).fit(IMAGES).transform(IMAGES)
    np.testing.assert_array_equal(together, Quantised(n_levels).fit_transform(255 - IMAGES))


@pytest.mark.parametrize(
    ("encodings", "bijective"),
    [
        ([Inverted(), Quantised(256)], True),
        ([Quantised(256), Quantised(256)], True),
        ([Quantised(255), Quantised(256)], False),
        ([Inverted(), Quantised(255)], False),
        ([Binarised(), Centred()], False),
        ([], True),
    ],
)
def test_bijective_if_each_is(encodings: list[Encoding], bijective: bool) -> None:
    chained = Chained(encodings).fit(IMAGES)
    assert chained.bijective is bijective
    assert (chained.affine() is None) == any(isinstance(encoding, Quantised | Binarised) for encoding in encodings)


def test_none_at_all_change_nothing() -> None:
    chained = Chained().fit(IMAGES)
    np.testing.assert_array_equal(chained.transform(IMAGES), IMAGES)
    assert chained.steps() == ()


@pytest.mark.parametrize("encodings", [[1], ["inverted"], Inverted(), "inverted", None, [Inverted], {Inverted()}])
def test_what_are_no_encodings_are_refused(encodings: Any) -> None:
    with pytest.raises(InputError, match="encodings: wanted a list of encodings, got"):
        Chained(encodings).fit(IMAGES)


def test_a_range_stated_after_others_is_checked() -> None:
    with pytest.raises(InputError, match="value_range: wanted a range that holds all images, which go from -1"):
        Chained([Scaled(), Inverted(value_range=(0.0, 1.0))]).fit(np.array([[0], [255]], dtype=np.uint8))


def test_rounding_of_scaling_is_not_beyond_what_it_scales_to() -> None:
    rng = np.random.default_rng(3)
    for dtype in (np.float32, np.float64):
        for _ in range(200):
            low, width, first, second = rng.normal(), rng.random(), rng.normal(), rng.random()
            images = np.array([[low, low + width]]).astype(dtype)
            value_range = (float(images[0, 0]), float(images[0, 1]))
            Chained([Scaled(value_range, to=(first, first + second)), Quantised()]).fit(images)


def test_chain_by_name_is_the_chain() -> None:
    named = encoding_named("inverted+centred").fit(IMAGES)
    np.testing.assert_array_equal(named.transform(IMAGES), Chained([Inverted(), Centred()]).fit_transform(IMAGES))


def test_scaled_bytes_are_whole_numbers_no_more() -> None:
    chained = Chained([Scaled(to=(0.0, 1.0)), Binarised()]).fit(IMAGES)
    np.testing.assert_array_equal(chained.transform(IMAGES), IMAGES >= 128)
    assert not Chained([Scaled(to=(0.0, 1.0)), Quantised(2)]).fit(IMAGES).bijective
