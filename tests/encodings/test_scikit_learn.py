from typing import Any

import pytest
from sklearn.base import clone
from sklearn.datasets import load_digits
from sklearn.utils.estimator_checks import estimator_checks_generator

from sightbits import Encoding, encoding_named
from sightbits.encodings.affine import Centred, Inverted, Scaled
from sightbits.encodings.chained import Chained
from sightbits.encodings.levels import Quantised
from sightbits.encodings.named import ENCODINGS

WIDE = (-1000.0, 1000.0)
IMAGES, DIGITS = load_digits(return_X_y=True)


def every_encoding() -> list[Encoding]:
    chains = [Chained((Centred(), Scaled(WIDE))), Chained((Inverted(WIDE), Quantised(7))), Chained()]
    return [*(encoding_named(name, WIDE) for name in ENCODINGS), *chains]


def sklearn_checks():
    for encoding in every_encoding():
        for _, check in estimator_checks_generator(encoding):
            if check.func.__name__ != "check_array_api_input":  # skips itself unless arrays of other libraries are on
                yield pytest.param(encoding, check, id=f"{encoding}-{check.func.__name__}")


@pytest.mark.parametrize(("encoding", "check"), list(sklearn_checks()))
def test_scikit_learn_is_content(encoding: Encoding, check: Any) -> None:
    check(clone(encoding))
