"""A measurer that learns from a stream, beside one that learns from the same images in memory."""

from collections.abc import Callable
from dataclasses import dataclass, fields, replace
from typing import Any

import numpy as np
import pytest
from distributed import Client

import sightbits as sb
from sightbits.core.checks import InputError
from sightbits.core.images import ImageDataset
from sightbits.core.levels import Code
from sightbits.core.streams.stream import ImageStream
from sightbits.measurement import given
from sightbits.measurement.beliefs.exact import ExactBelief
from sightbits.measurement.beliefs.mixture import MixtureBelief
from sightbits.measurement.beliefs.naive_bayes import NaiveBayesBelief
from sightbits.measurement.beliefs.network import NetworkBelief
from sightbits.measurement.noise import AdditiveNoise, FlipNoise, Noise, NoNoise
from sightbits.measurement.policies.blind import FixedOrder
from sightbits.measurement.policies.by_information import InformationGain
from sightbits.measurement.policies.learned import LearnedPolicy
from sightbits.measurement.policies.lookahead import Lookahead

Cut = Callable[..., ImageStream]
Draw = Callable[..., ImageDataset]
KINDS = {"whole": {"whole": True}, "wide": {"high": 4095}, "floats": {"whole": False}}
of_every_kind = pytest.mark.parametrize("kind", KINDS)


def same(found: NaiveBayesBelief, expected: NaiveBayesBelief) -> None:
    for name in expected.LEARNED:
        np.testing.assert_array_equal(getattr(found, name), getattr(expected, name))
    np.testing.assert_array_equal(found.outcomes, expected.outcomes)
    assert (found.code, found.n_labels) == (expected.code, expected.n_labels)


@of_every_kind
@pytest.mark.parametrize("levels", [2, 7, None, (0.25, 0.5)])
def test_the_table_is_that_of_all_images(draw_images: Draw, cut_stream: Cut, kind: str, levels: Any) -> None:
    dataset = draw_images(**KINDS[kind])
    levels = tuple(cut * dataset.value_range[1] for cut in levels) if isinstance(levels, tuple) else levels
    belief = NaiveBayesBelief(levels=levels, prior=0.5)
    same(belief.fit_stream(cut_stream(dataset)), NaiveBayesBelief(levels=levels, prior=0.5).fit(dataset))


@of_every_kind
def test_a_cluster_and_threads_count_the_same(draw_images: Draw, cut_stream: Cut, client: Client, kind: str) -> None:
    dataset = draw_images(**KINDS[kind])
    expected = NaiveBayesBelief().fit(dataset)
    for options in ({"scheduler": client}, {"n_jobs": 2}):
        same(NaiveBayesBelief().fit_stream(cut_stream(dataset, n_in_part=13), **options), expected)


@of_every_kind
@pytest.mark.parametrize("noise", [NoNoise(), FlipNoise(probability=0.1), AdditiveNoise(deviation=0.2)])
def test_noise_that_looks_at_values_is_told_them(draw_images: Draw, cut_stream: Cut, kind: str, noise: Noise) -> None:
    dataset = draw_images(**KINDS[kind])
    same(NaiveBayesBelief(noise=noise).fit_stream(cut_stream(dataset)), NaiveBayesBelief(noise=noise).fit(dataset))


def test_noise_is_told_the_values_of_a_sample(
    draw_images: Draw, cut_stream: Cut, monkeypatch: pytest.MonkeyPatch
) -> None:
    dataset, told = draw_images(whole=False), []

    class Listening(FlipNoise):
        def channel(self, code: Code, values: np.ndarray) -> np.ndarray:
            told.append(values)
            return super().channel(code, values)

    monkeypatch.setattr(given, "_MOST_IMAGES", 40)
    stream = cut_stream(dataset)
    found = NaiveBayesBelief(noise=Listening(probability=0.1)).fit_stream(stream)
    np.testing.assert_array_equal(told[0], stream.sample(40).values)
    same(found, NaiveBayesBelief(noise=FlipNoise(probability=0.1)).fit(dataset))


def test_as_many_stand_for_all_as_memory_bears(
    draw_images: Draw, cut_stream: Cut, monkeypatch: pytest.MonkeyPatch
) -> None:
    stream = cut_stream(draw_images(whole=False))  # of 96 bytes
    assert given.bearable(stream) == 60_000
    monkeypatch.setattr(given, "_LEAST_IMAGES", 30)
    monkeypatch.setattr(given, "_MOST_BYTES", 96 * 50)
    assert given.bearable(stream) == 50
    monkeypatch.setattr(given, "_MOST_BYTES", 96 * 20)
    assert given.bearable(stream) == 30


@pytest.mark.parametrize("policy", [InformationGain(), FixedOrder(), Lookahead(first=2)])
def test_sessions_go_as_they_would(draw_images: Draw, cut_stream: Cut, policy: sb.Policy) -> None:
    dataset = draw_images(n_test=30)
    training, hidden = dataset.take(slice(0, 130)), dataset.take(slice(130, 160))
    settings = {"policy": policy, "costs": np.arange(1.0, 13.0).reshape(3, 4), "unavailable": [(1, 1)]}
    once = sb.Measurer("naive_bayes", **settings).fit(replace(training, in_test=None))
    expected = once.simulate(hidden)
    streamed = sb.Measurer("naive_bayes", **settings).fit(cut_stream(dataset).of_split("train"))
    found = streamed.simulate(hidden)
    for one in fields(expected.walks):
        np.testing.assert_array_equal(getattr(found.walks, one.name), getattr(expected.walks, one.name))
    for name in ("image_shape", "value_range", "whole", "label_names", "n_training"):
        assert getattr(streamed, name) == getattr(once, name), name
    assert streamed.classes.tolist() == ["a", "b", "c"]


def test_a_policy_with_nothing_to_learn_costs_no_pass(
    draw_images: Draw, cut_stream: Cut, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ImageStream, "sample", lambda *_, **__: pytest.fail("it was read"))
    sb.Measurer("naive_bayes", "information_gain").fit(cut_stream(draw_images()))


@pytest.mark.parametrize("override", ["fit", "fit_from"])
def test_a_policy_that_learns_is_given_a_sample(
    draw_images: Draw, cut_stream: Cut, monkeypatch: pytest.MonkeyPatch, override: str
) -> None:
    given_images = []

    def learn(self: sb.Policy, start: Any, training: ImageDataset) -> sb.Policy:
        given_images.append(training)
        return self

    policy = type("Learning", (InformationGain,), {override: learn})()
    monkeypatch.setattr(given, "_MOST_IMAGES", 40)
    stream = cut_stream(draw_images())
    sb.Measurer("naive_bayes", policy).fit(stream)
    np.testing.assert_array_equal(given_images[0].images, stream.sample(40).images)


def test_the_learned_policy_learns(draw_images: Draw, cut_stream: Cut) -> None:
    dataset = draw_images()
    found, expected = (
        sb.Measurer("naive_bayes", LearnedPolicy(n_images=3, n_readings=1, n_steps=2, hidden=4, n_layers=1)).fit(images)
        for images in (cut_stream(dataset), dataset)
    )
    for name, weights in expected.policy.head.items():
        np.testing.assert_array_equal(found.policy.head[name], weights)


@dataclass(eq=False, kw_only=True)
class OfOnesOwn(NaiveBayesBelief):
    """A belief of one's own that says nothing of streams."""

    NAME = ""
    fit_stream = sb.Belief.fit_stream


@pytest.mark.parametrize(
    ("belief", "name"),
    [
        (ExactBelief(), "exact"),
        (MixtureBelief(), "mixture"),
        (NetworkBelief(), "network"),
        (OfOnesOwn(), "OfOnesOwn"),
    ],
)
def test_beliefs_that_hold_images_say_what_to_do(
    draw_images: Draw, cut_stream: Cut, belief: sb.Belief, name: str
) -> None:
    measurer = sb.Measurer(belief)
    with pytest.raises(
        InputError, match=rf"images: wanted images in memory, for the belief {name} holds them, .*sample\(60_000\)"
    ):
        measurer.fit(cut_stream(draw_images()))
    assert not hasattr(measurer, "image_shape")


def test_a_cluster_reads_for_a_measurer(draw_images: Draw, cut_stream: Cut, client: Client) -> None:
    dataset, told = draw_images(), []
    stream = cut_stream(dataset, n_in_part=20)
    fitted = sb.Measurer("naive_bayes", "fixed").fit(stream, scheduler=client, progress=lambda *step: told.append(step))
    same(fitted.belief, NaiveBayesBelief().fit(dataset))
    assert ("counting grey levels", 8, 8) in told
    assert told[-1] == ("reading images", 8, 8)


def test_what_cannot_be_is_refused(draw_images: Draw, cut_stream: Cut) -> None:
    dataset = draw_images()
    stream, measurer = cut_stream(dataset), sb.Measurer("naive_bayes")
    with pytest.raises(InputError, match="labels: wanted none beside a data set or a stream"):
        measurer.fit(stream, dataset.labels)
    with pytest.raises(InputError, match="n_jobs: wanted a whole number"):
        measurer.fit(stream, n_jobs=0)
    with pytest.raises(InputError, match="costs: wanted a number above 0 a pixel, 3 x 4"):
        sb.Measurer("naive_bayes", costs=[1.0]).fit(stream)
    with pytest.raises(InputError, match="unavailable: wanted a place in images of 3 x 4"):
        sb.Measurer("naive_bayes", unavailable=[(3, 0)]).fit(stream)
    with pytest.raises(InputError, match="levels: wanted 1 to 255 ascending cuts"):
        sb.Measurer(NaiveBayesBelief(levels=(300.0,))).fit(stream)
    with pytest.raises(InputError, match=r"images: wanted images in memory.*sample\(60_000\)"):
        measurer.fit(stream).simulate(stream)
