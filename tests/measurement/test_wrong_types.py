"""What is not of the right type is refused in words, where no type checker stands before it."""

from collections.abc import Callable, Iterator
from typing import Any

import jaxtyping
import pytest

from sightbits.core.checks import InputError
from sightbits.core.images import ImageDataset
from sightbits.measurement.beliefs.mixture import MixtureBelief
from sightbits.measurement.beliefs.naive_bayes import NaiveBayesBelief
from sightbits.measurement.beliefs.templates.blurred import BlurredTemplates
from sightbits.measurement.beliefs.templates.matched import MatchedTemplates
from sightbits.measurement.beliefs.templates.prototypes import PrototypeTemplates
from sightbits.measurement.measurer import Measurer
from sightbits.measurement.noise import AdditiveNoise, FlipNoise
from sightbits.measurement.policies.learned import LearnedPolicy
from sightbits.measurement.stopping import Confidence, CostBudget, EntropyBelow, PixelBudget, StopRule

REFUSED: dict[str, tuple[Callable[[Any], Any], str, tuple[Any, ...]]] = {
    "belief noise": (lambda x: NaiveBayesBelief(noise=x), "noise: wanted a Noise", ("x", 0.1, None, FlipNoise)),
    "mixture noise": (lambda x: MixtureBelief(noise=x), "noise: wanted a Noise", ("x", 0.1)),
    "templates": (lambda x: MixtureBelief(templates=x), "templates: wanted a TemplateMaker", (3, None)),
    "share": (lambda x: MixtureBelief(negligible=x), "negligible: wanted a share", ("x", None)),
    "prior": (lambda x: NaiveBayesBelief(prior=x), "prior: wanted a number above 0", ("x", None, 1j)),
    "or": (lambda x: Confidence(0.9) | x, "rule: wanted a StopRule", ("x", 0.9, PixelBudget)),
    "and": (lambda x: Confidence(0.9) & x, "rule: wanted a StopRule", ("x", True)),
    "or before": (lambda x: x | Confidence(0.9), "rule: wanted a StopRule", ("x", None)),
    "and before": (lambda x: x & Confidence(0.9), "rule: wanted a StopRule", ("x", 1)),
    "stop": (lambda x: Measurer(stop=x), "stop: wanted a StopRule", ("x", 0.9)),
    "confidence": (Confidence, "confidence: wanted a probability", ("0.9", None, True)),
    "entropy": (EntropyBelow, "entropy: wanted 0 or more", ("0.9", None)),
    "cost": (CostBudget, "cost: wanted a budget above 0", ("3", None)),
    "n_pixels": (PixelBudget, "n_pixels: wanted a whole number", ("3", 2.5)),
    "flip": (lambda x: FlipNoise(probability=x), "noise: wanted a flip probability", ("0.1", None)),
    "deviation": (lambda x: AdditiveNoise(deviation=x), "noise: wanted a standard deviation", ("3", None)),
    "blur": (lambda x: BlurredTemplates(blur=x), "blur: wanted 0 pixels or more", ("3", None)),
    "mismatch": (lambda x: PrototypeTemplates(mismatch=x), "mismatch: wanted a share", ("3", None)),
    "sharpness": (lambda x: MatchedTemplates(sharpness=x), "sharpness: wanted a power", ("3", None)),
    "teacher": (lambda x: LearnedPolicy(teacher=x), "teacher: wanted a Policy", ("information_gain", None)),
}


@pytest.fixture(autouse=True)
def _no_type_checker() -> Iterator[None]:
    jaxtyping.config.update("jaxtyping_disable", True)
    yield
    jaxtyping.config.update("jaxtyping_disable", False)


@pytest.mark.parametrize(("what", "value"), [(what, value) for what, case in REFUSED.items() for value in case[2]])
def test_wrong_types_are_refused_in_words(what: str, value: Any) -> None:
    make, message, _ = REFUSED[what]
    with pytest.raises(InputError, match=message):
        make(value)


@pytest.mark.parametrize("wrong", [{"noise": "x"}, {"noise": 0}, {"stop": "x"}, {"stop": 0}], ids=str)
def test_wrong_types_are_refused_before_anything_is_measured(seen: ImageDataset, wrong: dict[str, Any]) -> None:
    (name,) = wrong
    kind: type = StopRule if name == "stop" else type(FlipNoise(probability=0.1)).__mro__[1]
    with pytest.raises(InputError, match=f"{name}: wanted a {kind.__name__}"):
        Measurer("exact").fit(seen).simulate(seen, **wrong)
