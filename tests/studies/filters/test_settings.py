"""What a study of filters can be asked for, what is filled in, and what is refused in words."""

from typing import Any

import jaxtyping
import pytest

from sightbits.core.checks import InputError
from sightbits.networks.pruning.criteria.names import CRITERIA
from sightbits.studies.filters.settings import FilterSettings


def test_what_is_left_out_is_filled_in() -> None:
    settings = FilterSettings()
    assert (settings.studied, settings.n_filters, settings.kept) == ("conv2", 12, (6, 3, 2, 1))
    assert settings.chosen_criteria == tuple(CRITERIA)
    assert (settings.plan(3).epochs, settings.plan(3).rate, settings.plan(3).seed) == (10, 0.02, 3)
    assert settings.n_jobs >= 1
    assert FilterSettings(filters=[20, 50], layer="conv1").kept == (10, 5, 2, 1)
    assert FilterSettings(filters=(6, 1)).kept == (1,)
    vgg = FilterSettings(model="vgg16")
    assert (vgg.studied, vgg.kept) == ("conv5_3", (256, 128, 64, 32))


def test_what_is_asked_for_is_taken() -> None:
    settings = FilterSettings(
        keep=[2, 12, 2], criteria=["l1", "random"], seed=4, fine_tune=2, epochs=3, rate=0.4, batch=7, momentum=0.5
    )
    assert settings.kept == (12, 2)
    assert settings.chosen_criteria == ("l1", "random")
    plan, tuning = settings.plan(1), settings.fine_tuning_plan(1)
    assert (plan.epochs, plan.rate, plan.batch, plan.momentum, plan.seed) == (3, 0.4, 7, 0.5, 5)
    assert (tuning.epochs, tuning.rate, tuning.batch, tuning.momentum, tuning.seed) == (2, 0.04, 7, 0.5, 5)
    assert FilterSettings(fine_tune=1, fine_tune_rate=0.3).fine_tuning_plan(0).rate == 0.3
    assert (settings.layer_settings.shuffles, settings.layer_settings.seed) == (20, 4)
    assert FilterSettings(jobs=3).n_jobs == 3


def test_the_layer_that_is_studied_can_have_other_filters() -> None:
    settings = FilterSettings(filters=(5, 9), layer="conv1", activation="tanh")
    assert settings.network_with(None).n_filters == settings.network.n_filters == (5, 9)
    other = settings.network_with(7)
    assert (other.n_filters, other.model, other.activation) == ((7, 9), "lenet5", "tanh")
    assert FilterSettings().network_with(30).n_filters == (6, 30)


def test_as_few_permutations_as_can_tell_will_do() -> None:
    for permutations, significance in ((19, 0.05), (99, 0.01), (1, 0.5), (9, 0.1)):
        assert FilterSettings(permutations=permutations, significance=significance).permutations == permutations


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"keep": [0]}, r"^keep: wanted a whole number from 1 to 12, got 0\."),
        ({"keep": [13, 2]}, r"^keep: wanted a whole number from 1 to 12, got 13\."),
        ({"keep": [4, 2.0]}, r"^keep: .* got 2\.0"),
        ({"keep": ["4", 2]}, r"^keep: .* got '4'"),
        ({"keep": []}, r"^keep: wanted one number or more"),
        ({"keep": 6}, r"^keep: wanted a list, got 6"),
        ({"keep": "6"}, r"^keep: wanted a list, got '6'"),
        ({"keep": [8], "layer": "conv1"}, r"^keep: wanted a whole number from 1 to 6, got 8"),
        ({"layer": "fc1"}, r"^layer: wanted one of conv1, conv2, got 'fc1'"),
        ({"layer": ""}, r"^layer: "),
        ({"criteria": ["l2"]}, r"^criteria: wanted one of usable_information, .* got 'l2'"),
        ({"criteria": ["l1", "taylor", "l1"]}, r"^criteria: wanted one criterion or more, each once"),
        ({"criteria": []}, r"^criteria: wanted one criterion or more, each once, got \[\]"),
        ({"criteria": "l1"}, r"^criteria: wanted a list, got 'l1'"),
        ({"criteria": [["l1"]]}, r"^criteria: wanted one of"),
        ({"sweep": [4, 0]}, r"^sweep: wanted a whole number at least 1, got 0"),
        ({"sweep": [4097]}, r"^filters: wanted a whole number from 1 to 4096, got 4097"),
        ({"sweep": [4, 8, 4]}, r"^sweep: wanted different numbers"),
        ({"sweep": 4}, r"^sweep: wanted a list, got 4"),
        ({"filters": 4}, r"^filters: wanted a list, got 4"),
        ({"filters": [4]}, r"^filters: wanted 2 numbers for lenet5"),
        ({"model": "resnet"}, r"^model: wanted one of lenet5"),
        ({"activation": "gelu"}, r"^activation: "),
        ({"seeds": 0}, r"^seeds: "),
        ({"seed": -1}, r"^seed: "),
        ({"seed": 2**31, "seeds": 2}, r"^seed: "),
        ({"epochs": 0}, r"^epochs: "),
        ({"fine_tune": -1}, r"^fine_tune: "),
        ({"fine_tune": True}, r"^fine_tune: "),
        ({"fine_tune_rate": 0.0}, r"^fine_tune_rate: "),
        ({"rate": float("nan")}, r"^rate: "),
        ({"beta": -1.0}, r"^beta: "),
        ({"beta": float("inf")}, r"^beta: "),
        ({"samples": 15}, r"^samples: "),
        ({"images": 32}, r"^images: wanted a whole number at least 33"),
        ({"width_images": 32}, r"^width_images: wanted a whole number at least 33"),
        ({"shuffles": 0}, r"^shuffles: "),
        ({"permutations": 0}, r"^permutations: "),
        ({"permutations": 18}, r"^permutations: wanted 19 or more, where the significance is 0\.05, got 18"),
        ({"significance": 0.001}, r"^permutations: wanted 999 or more"),
        ({"significance": 0.0}, r"^significance: "),
        ({"significance": 1.0}, r"^significance: "),
        ({"jobs": 0}, r"^jobs: "),
    ],
)
def test_what_cannot_be_is_refused_in_words(options: dict[str, Any], message: str) -> None:
    jaxtyping.config.update("jaxtyping_disable", True)  # or the type checker of the tests stands before it
    try:
        with pytest.raises(InputError, match=message):
            FilterSettings(**options)
    finally:
        jaxtyping.config.update("jaxtyping_disable", False)
