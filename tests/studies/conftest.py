"""Two variables of every kind, how to measure them in little time, and images with one pixel that tells."""

import json

import numpy as np
import pytest

import sightbits as sb
from sightbits.studies.encoding_comparison import DEFAULT_ENCODINGS, compare_encodings

N = 150


def _refuse(constant):
    raise ValueError(f"{constant} is no JSON")


@pytest.fixture(scope="session")
def strict():
    """Reads a document that holds nothing but JSON: no NaN, no infinity."""
    return lambda result: json.loads(result.to_json(), parse_constant=_refuse)


@pytest.fixture(scope="session")
def document(strict):
    """Measures two variables without shuffles and errors, and gives the document."""

    def measure(*arrays, **options):
        return strict(sb.measure_dependence(*arrays, **{"permutations": 0, "error": "none", **options}))

    return measure


@pytest.fixture(scope="session")
def values():
    rng = np.random.default_rng(3)
    x = rng.standard_normal(N)
    digits = np.arange(N) % 4
    return {
        "x": x,
        "y": 0.8 * x + 0.6 * rng.standard_normal(N),
        "alone": rng.standard_normal(N),
        "digits": digits,
        "near": x + digits,
        "pairs": digits // 2 + (rng.random(N) < 0.1),
        "names": np.array(["left", "right", "above", "below"])[digits],
    }


@pytest.fixture(scope="session")
def linear(values):
    return sb.measure_dependence(values["x"], values["y"], names=("width", "height"), permutations=39, k=4)


@pytest.fixture(scope="session")
def planted():
    """Images of 4 x 5 in which pixel (1, 2) is the label, (0, 0) never moves, and the others are noise."""
    rng = np.random.default_rng(7)
    labels = np.arange(400) % 2
    images = rng.integers(0, 4, size=(400, 4, 5)).astype(np.uint8)
    images[:, 1, 2] = 3 * labels
    images[:, 0, 0] = 1
    return images, labels


@pytest.fixture(scope="session")
def encoded_digits(built_once):
    """Every encoding of the digits, learned by softmax at several rates."""

    def make():
        return compare_encodings(
            "digits", encodings=DEFAULT_ENCODINGS, rates=[0.05, 0.5, 5.0], trials=6, updates=20, seeds=2
        )

    return built_once("encoded_digits", make)
