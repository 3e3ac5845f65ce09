"""What is warned of in studies of filters that were made by hand."""

from dataclasses import replace

import numpy as np
import pytest

from sightbits.estimation.filters import PAPER, REPAIRED


@pytest.fixture(scope="module")
def study(invent_filters):
    return invent_filters(criteria=("l1", "relevance"), sweep=())


def with_figures(study, **changed):
    def told(figures):
        return replace(
            figures,
            **{name: replace(getattr(figures, name), **fields) for name, fields in changed.items()},
        )

    return replace(study, figures=tuple(told(figures) for figures in study.figures))


def test_where_there_is_nothing_to_say_nothing_is_said(study):
    assert study.warnings == ()


@pytest.mark.parametrize(("null", "said"), [(0.499, False), (0.5, True)])
def test_chance_is_said_where_it_keeps_half_of_what_filters_tell_of_the_input(study, null, said):
    value = np.full(16, 2.0)
    told = with_figures(study, input_information={"value": value, "null_mean": null * value})
    assert [one[:4] for one in told.warnings] == (["50 %"] if said else [])
    nothing = with_figures(study, input_information={"value": 0 * value, "null_mean": value})
    assert nothing.warnings == ()


def test_saturated_filters_are_counted_over_networks(study):
    quarter, none = np.arange(16) < 4, np.zeros(16, dtype=bool)
    told = with_figures(study, input_information={"saturated": quarter}, label_information={"saturated": none})
    assert told.warnings == ("Saturated, so that filters cannot be told apart: I(X; T) of 25 % of the filters.",)
    both = with_figures(study, input_information={"saturated": quarter}, label_information={"saturated": ~none})
    assert both.warnings[0].endswith("I(X; T) of 25 % of the filters and I(T; Y) of 100 % of the filters.")


def test_copies_with_losses_are_said(study):
    lossy = replace(study, provenance=replace(study.provenance, origin="a package of JPEG files"))
    assert [one for one in lossy.warnings if "JPEG" in one] == list(lossy.warnings)
    assert len(lossy.warnings) == 1


def test_networks_that_hardly_learned_are_counted(study):
    told = replace(study, accuracy=np.array([0.49, 0.5]))  # of three labels, guesses are right a third of the time
    assert told.warnings == ("1 of 2 networks hardly learned: what their filters tell says little.",)


@pytest.mark.parametrize(
    ("stop", "said"),
    [
        ("test", None),
        ("samples", "ran out of images"),
        ("most", "ran out of images"),
        ("filters", "chose every filter"),
    ],
)
def test_a_number_that_no_test_ended_is_a_lower_bound(study, stop, said):
    first, second = study.width[REPAIRED]
    told = replace(study, width={**study.width, REPAIRED: (replace(first, stopped_by=stop), second)})
    assert len(told.warnings) == (said is not None)
    assert all(one.startswith(f"In 1 of 2 networks the repaired rule {said}") for one in told.warnings)
    paper = tuple(replace(one, stopped_by="samples") for one in study.width[PAPER])
    assert replace(study, width={**study.width, PAPER: paper}).warnings == ()


def test_one_network_is_said(invent_filters):
    alone = invent_filters(criteria=("l1",), seeds=1, sweep=())
    assert alone.warnings == ("One network tells nothing of the spread: small differences may be chance.",)
