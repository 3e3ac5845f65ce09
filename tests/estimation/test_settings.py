from typing import Any

import pytest

from sightbits.core.checks import InputError
from sightbits.estimation.settings import ERRORS, EstimationSettings
from sightbits.information.histogram import BIN_RULES, BINNINGS


def test_defaults() -> None:
    settings = EstimationSettings()
    assert (settings.kinds, settings.bins, settings.binning, settings.k) == ("auto", 30, "equal_width", 3)
    assert (settings.jitter, settings.prior, settings.seed) == (0.0, 0.5, 0)
    assert (settings.permutations, settings.error, settings.resamples) == (None, "local", None)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        *(("bins", rule) for rule in BIN_RULES),
        *(("binning", binning) for binning in BINNINGS),
        *(("error", error) for error in ERRORS),
        ("bins", 1),
        ("k", 1),
        ("jitter", 0.0),
        ("prior", 0.0),
        ("prior", 1e-9),
        ("permutations", 0),
        ("permutations", None),
        ("resamples", 2),
        ("resamples", None),
        ("seed", 0),
        ("seed", 2**32 - 1),
        ("kinds", ["discrete", "continuous"]),
    ],
)
def test_what_may_be_asked_is_kept(name: str, value: Any) -> None:
    assert getattr(EstimationSettings(**{name: value}), name) == value


@pytest.mark.parametrize(
    ("name", "value", "wanted"),
    [
        ("bins", 0, "a whole number from 1 to 1000000"),
        ("bins", -30, "a whole number from 1 to 1000000"),
        ("bins", True, "a whole number from 1 to 1000000"),
        ("bins", 10**12, "a whole number from 1 to 1000000"),
        ("bins", "fd", "one of sturges, scott, freedman_diaconis, hacine_gharbi"),
        ("bins", "30", "one of sturges"),
        ("binning", "quantile", "one of equal_width, equal_mass"),
        ("k", 0, "a whole number at least 1"),
        ("error", "std", "one of local, jackknife, bootstrap, none"),
        ("seed", -1, "a whole number from 0 to 4294967295"),
        ("seed", 2**32, "a whole number from 0 to 4294967295"),
        ("jitter", -0.1, "a finite number of 0 or more"),
        ("jitter", float("nan"), "a finite number of 0 or more"),
        ("jitter", float("inf"), "a finite number of 0 or more"),
        ("prior", -1.0, "a finite number of 0 or more"),
        ("prior", float("inf"), "a finite number of 0 or more"),
        ("permutations", -1, "a whole number at least 0"),
        ("resamples", 1, "a whole number at least 2"),
        ("resamples", 0, "a whole number at least 2"),
    ],
)
def test_what_may_not_be_asked_is_refused_by_name(name: str, value: Any, wanted: str) -> None:
    with pytest.raises(InputError) as error:
        EstimationSettings(**{name: value})
    assert str(error.value).startswith(f"{name}: wanted {wanted}")
    assert f"got {value!r}" in str(error.value)


@pytest.mark.parametrize(
    ("n_samples", "quick", "expected"),
    [
        (1, False, 100),
        (1000, False, 100),
        (2000, False, 100),
        (4000, False, 50),
        (10_000, False, 20),
        (10_000_000, False, 20),
        (10_000, True, 100),
        (100_000, True, 100),
        (200_000, True, 50),
        (500_000, True, 20),
        (10_000_000, True, 20),
    ],
)
def test_larger_samples_are_shuffled_less_often(n_samples: int, quick: bool, expected: int) -> None:
    assert EstimationSettings().n_permutations(n_samples, quick=quick) == expected


@pytest.mark.parametrize("permutations", [0, 1, 7, 1000])
@pytest.mark.parametrize("quick", [False, True])
def test_a_number_of_shuffles_is_kept_whatever_the_sample(permutations: int, quick: bool) -> None:
    settings = EstimationSettings(permutations=permutations)
    assert {settings.n_permutations(n, quick=quick) for n in (1, 10**4, 10**8)} == {permutations}
