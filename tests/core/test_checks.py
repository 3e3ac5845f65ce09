import json

import pytest

from sightbits.core.checks import InputError, check_choice, check_whole, import_optional


def test_message_says_name_wanted_got_and_remedy() -> None:
    error = InputError("levels", wanted="2 to 256", got=1, remedy="Choose 2 or more.")
    assert str(error) == "levels: wanted 2 to 256, got 1. Choose 2 or more."
    assert error.name == "levels"
    assert isinstance(error, ValueError)


@pytest.mark.parametrize(("value", "high"), [(2, None), (2, 2), (5, 9), (10**12, None)])
def test_whole_number_within_bounds_is_returned(value: int, high: int | None) -> None:
    assert check_whole("k", value, low=2, high=high) == value


@pytest.mark.parametrize("value", [1, 10, -3])
def test_whole_number_out_of_bounds_is_refused_with_both_bounds(value: int) -> None:
    with pytest.raises(InputError) as caught:
        check_whole("k", value, low=2, high=9)
    assert str(caught.value) == f"k: wanted a whole number from 2 to 9, got {value}. Set k to such a number."


def test_whole_number_without_upper_bound_is_refused_with_the_lower() -> None:
    with pytest.raises(InputError) as caught:
        check_whole("seed", -1, low=0)
    assert str(caught.value) == "seed: wanted a whole number at least 0, got -1. Set seed to such a number."


def test_true_is_no_whole_number() -> None:
    with pytest.raises(InputError, match="got True"):
        check_whole("k", True, low=0)


def test_choice_among_names_is_returned() -> None:
    assert check_choice("unit", "bit", {"nat": 1, "bit": 2}) == "bit"


def test_other_choice_is_refused_with_the_list() -> None:
    with pytest.raises(InputError) as caught:
        check_choice("unit", "byte", ("nat", "bit"))
    assert str(caught.value) == "unit: wanted one of nat, bit, got 'byte'. Choose one of these names."


def test_installed_module_is_imported() -> None:
    assert import_optional("json", extra="all", purpose="a test") is json


def test_missing_module_names_the_extra_to_install() -> None:
    with pytest.raises(InputError) as caught:
        import_optional("no_such_module_here", extra="parquet", purpose="to_frame")
    assert str(caught.value) == (
        "to_frame: wanted the package 'no_such_module_here', "
        "got an installation without it (No module named 'no_such_module_here'). "
        "Install it with: pip install 'sightbits[parquet]'"
    )
    assert isinstance(caught.value.__cause__, ImportError)
