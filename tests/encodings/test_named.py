from typing import Any

import numpy as np
import pytest

from sightbits import InputError, encoding_named
from sightbits.encodings.affine import Centred, Identity, Inverted, Scaled, Standardised
from sightbits.encodings.levels import Binarised, Quantised
from sightbits.encodings.named import ENCODINGS

RANGE = (0.0, 16.0)


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("identity", Identity),
        ("inverted", Inverted),
        ("centred", Centred),
        ("standardised", Standardised),
        ("scaled", Scaled),
        ("quantised", Quantised),
        ("binarised", Binarised),
    ],
)
def test_every_name(name: str, kind: type) -> None:
    assert type(encoding_named(name)) is kind
    assert ENCODINGS[name] is kind
    assert list(ENCODINGS)[:2] == ["identity", "inverted"]
    stated = encoding_named(name, RANGE).get_params()
    assert stated.get("value_range", RANGE) == RANGE


def test_defaults() -> None:
    assert encoding_named("quantised").n_levels == 4
    assert encoding_named("scaled").to == (-1.0, 1.0)


@pytest.mark.parametrize(
    ("name", "ranges"),
    [
        ("inverted+scaled", [RANGE, RANGE]),
        ("inverted+centred", [RANGE, None]),
        ("scaled+inverted", [RANGE, None]),
        ("identity+binarised+inverted", [None, RANGE, RANGE]),
        ("scaled+quantised+inverted", [RANGE, None, None]),
        ("quantised+standardised+identity+centred", [RANGE, None, None, None]),
    ],
)
def test_several(name: str, ranges: list[Any]) -> None:
    chained = encoding_named(name, RANGE)
    assert [type(encoding) for encoding in chained.encodings] == [ENCODINGS[part] for part in name.split("+")]
    assert [getattr(encoding, "value_range", None) for encoding in chained.encodings] == ranges
    images = np.random.default_rng(0).uniform(0, 16, size=(20, 3))
    assert np.isfinite(chained.fit_transform(images)).all()


def test_after_scaling_the_range_is_that_of_scaling() -> None:
    images = np.array([[0.0, 4.0, 16.0]])
    np.testing.assert_allclose(encoding_named("scaled+inverted", RANGE).fit_transform(images), [[1, 0.5, -1]])
    np.testing.assert_allclose(encoding_named("scaled+binarised", RANGE).fit_transform(images), [[-1, -1, 1]])


@pytest.mark.parametrize("first", ["centred", "standardised", "inverted+centred", "centred+identity"])
@pytest.mark.parametrize("second", ["inverted", "scaled", "quantised", "binarised"])
def test_what_needs_a_range_after_what_leaves_none_is_refused(first: str, second: str) -> None:
    message = (
        rf"encoding: wanted {second} where grey values have a range, got .* after (centred|standardised) no lowest"
    )
    with pytest.raises(InputError, match=message):
        encoding_named(f"{first}+{second}", RANGE)


@pytest.mark.parametrize("name", ["", "nonsense", "inverted+", "+inverted", "inverted + centred", "Inverted", "a+b"])
def test_names_that_are_not_are_refused(name: str) -> None:
    with pytest.raises(InputError, match=r"encoding: wanted one of identity, inverted, centred, .* got "):
        encoding_named(name)
