"""Saved and loaded: the same measurer, from plain arrays only."""

import io
import json
import pickle
import zipfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
import pytest

from sightbits.core.checks import InputError
from sightbits.core.images import ImageDataset
from sightbits.core.levels import Code
from sightbits.measurement.beliefs.belief import Belief
from sightbits.measurement.beliefs.exact import ExactBelief
from sightbits.measurement.beliefs.mixture import MixtureBelief
from sightbits.measurement.beliefs.naive_bayes import NaiveBayesBelief
from sightbits.measurement.beliefs.templates.blurred import BlurredTemplates
from sightbits.measurement.beliefs.templates.matched import MatchedTemplates
from sightbits.measurement.beliefs.templates.prototypes import PrototypeTemplates
from sightbits.measurement.beliefs.templates.template_set import TemplateMaker, TemplateSet
from sightbits.measurement.measurer import Measurer
from sightbits.measurement.noise import AdditiveNoise, Channel, FlipNoise
from sightbits.measurement.outlook import Outlook
from sightbits.measurement.policies.blind import FixedOrder, RandomChoice
from sightbits.measurement.policies.by_information import CostAware
from sightbits.measurement.policies.lookahead import Lookahead
from sightbits.measurement.policies.policy import Policy
from sightbits.measurement.stopping import (
    Confidence,
    CostBudget,
    Determined,
    EntropyBelow,
    PixelBudget,
    Reached,
    StopRule,
)

BELIEFS: dict[str, Belief] = {
    "exact": ExactBelief(levels=3),
    "cuts": ExactBelief(levels=(2.0, 9.5)),
    "naive_bayes": NaiveBayesBelief(levels=2, prior=0.3, noise=FlipNoise(probability=0.1)),
    "additive": NaiveBayesBelief(levels=4, noise=AdditiveNoise(deviation=2.0)),
    "blurred": MixtureBelief(templates=BlurredTemplates(blur=0.9, mismatch=0.01), levels=2, negligible=0.01),
    "blurred by name": MixtureBelief(templates="blurred"),
    "matched": MixtureBelief(templates=MatchedTemplates(n_pairs=5000, n_references=300, kinds=24, radius=1)),
    "prototypes": MixtureBelief(templates=PrototypeTemplates(each=5), noise=FlipNoise(probability=0.05)),
}
POLICIES: dict[str, str | Policy] = {
    "information_gain": "information_gain",
    "cost_aware": CostAware(),
    "lowest_entropy": "lowest_entropy",
    "random": RandomChoice(seed=7),
    "ranked": FixedOrder(ranker="mrmr", n_ranked=5),
    "own order": FixedOrder(order=[5, 40, 2, 33]),
    "lookahead": Lookahead(first=2, candidates=3),
}
NESTED = (Confidence(0.9) & PixelBudget(3) | EntropyBelow(0.2, unit="nat")) & (CostBudget(4.0) | Determined()) | (
    PixelBudget(8)
)


def same_sessions(one: Measurer, other: Measurer, images: np.ndarray) -> None:
    for image in images[:6]:
        first, second = (measurer.run(lambda position, image=image: image[position]) for measurer in (one, other))
        assert first.readings == second.readings
        assert first.label == second.label
        assert first.cost == second.cost
        np.testing.assert_array_equal(first.posterior, second.posterior)
        np.testing.assert_array_equal(first.expected_gain(), second.expected_gain())


def again(measurer: Measurer, folder: Path, **options: Any) -> Measurer:
    measurer.save(folder / "one.npz")
    return Measurer.load(folder / "one.npz", **options)


@pytest.mark.parametrize("belief", BELIEFS)
def test_every_belief_comes_back(tmp_path: Path, seen: ImageDataset, hidden: ImageDataset, belief: str) -> None:
    measurer = Measurer(BELIEFS[belief], stop=PixelBudget(6)).fit(seen.take(slice(0, 200)))
    loaded = again(measurer, tmp_path)
    same_sessions(measurer, loaded, hidden.images)
    found = [one.simulate(hidden, n_jobs=1).walks.posterior for one in (measurer, loaded)]
    np.testing.assert_array_equal(*found)


@pytest.mark.parametrize("policy", POLICIES)
def test_every_policy_comes_back(tmp_path: Path, seen: ImageDataset, hidden: ImageDataset, policy: str) -> None:
    measurer = Measurer("exact", POLICIES[policy], stop=PixelBudget(6)).fit(seen)
    same_sessions(measurer, again(measurer, tmp_path), hidden.images)


def test_rules_costs_and_lost_pixels_come_back(tmp_path: Path, seen: ImageDataset, hidden: ImageDataset) -> None:
    costs = np.random.default_rng(0).uniform(0.5, 2, size=(8, 8))
    measurer = Measurer(
        "exact", "cost_aware", NESTED, costs=costs, unavailable=np.argwhere(np.eye(8)), pixels_per_step=2
    ).fit(seen.images, [f"digit {label}" for label in seen.labels])
    loaded = again(measurer, tmp_path)
    assert loaded.stop == NESTED
    assert loaded.pixels_per_step == 2
    assert loaded.label_names == measurer.label_names
    np.testing.assert_array_equal(loaded.pixel_costs, costs.ravel())
    np.testing.assert_array_equal(loaded.available, measurer.available)
    same_sessions(measurer, loaded, hidden.images)
    assert loaded.start().label.startswith("digit ")


@pytest.mark.parametrize("flat", [False, True])
def test_costs_are_there_to_fit_again(tmp_path: Path, seen: ImageDataset, hidden: ImageDataset, flat: bool) -> None:
    costs = np.random.default_rng(0).uniform(0.5, 2, size=(8, 8))
    measurer = Measurer("exact", "cost_aware", PixelBudget(5), costs=costs.ravel() if flat else costs).fit(seen)
    loaded = again(measurer, tmp_path)
    fewer = seen.take(slice(0, 300))
    np.testing.assert_array_equal(loaded.fit(fewer).pixel_costs, costs.ravel())
    same_sessions(measurer.fit(fewer), loaded, hidden.images)
    assert again(Measurer("exact").fit(seen), tmp_path).costs is None


@pytest.mark.parametrize("rule", [Determined(), EntropyBelow(0.5), Confidence(0.3), CostBudget(2.5)], ids=str)
def test_every_rule_comes_back(tmp_path: Path, seen: ImageDataset, rule: StopRule) -> None:
    assert again(Measurer("naive_bayes", stop=rule).fit(seen), tmp_path).stop == rule


@pytest.mark.parametrize(
    "labels", [["a", "b"], np.array(["a", "b"], dtype=object), [5, 9], [True, False], [b"x", b"y"]], ids=str
)
def test_labels_come_back_as_they_were(tmp_path: Path, labels: Any) -> None:
    images = np.array([[[0, 1]], [[3, 1]]])
    measurer = Measurer("exact").fit(images, labels)
    loaded = again(measurer, tmp_path)
    for value in (0, 3):
        found = [one.run(lambda _, value=value: value).label for one in (measurer, loaded)]
        assert found[0] == found[1]
        assert type(found[0]) is type(found[1])


def test_session_goes_on_with_a_loaded_measurer(tmp_path: Path, seen: ImageDataset, hidden: ImageDataset) -> None:
    measurer, image = Measurer(BELIEFS["matched"], stop=PixelBudget(8)).fit(seen.take(slice(0, 200))), hidden.images[0]
    session = measurer.start()
    for _ in range(4):
        position = session.next()
        session.observe(position, image[position])
    other = again(measurer, tmp_path).resume(session.to_dict())
    for one in (session, other):
        measurer.run(lambda position: image[position], session=one)
    assert other.readings == session.readings


@dataclass(eq=False, kw_only=True)
class OwnBelief(ExactBelief):
    """Counts, and is careful."""

    LEARNED: ClassVar[tuple[str, ...]] = ("_levels", "_labels", "care")
    doubt: float = 0.1

    def fit(self, training: ImageDataset) -> "OwnBelief":
        super().fit(training)
        self.care = np.full(training.n_labels, 1 / training.n_labels)
        return self

    def posterior(self, state: Any) -> np.ndarray:
        return (1 - self.doubt) * state.posterior + self.doubt * self.care


@dataclass(eq=False, kw_only=True)
class OwnPolicy(Policy):
    """Measures in an order that it learned."""

    LEARNED: ClassVar[tuple[str, ...]] = ("order",)
    factor: int = 1

    def fit(self, belief: Belief, training: ImageDataset) -> "OwnPolicy":
        self.order = self.factor * training.values.astype(np.float64).var(axis=0)
        return self

    def scores(self, outlook: Outlook) -> np.ndarray:
        return np.tile(self.order, (len(outlook.states), 1))


@dataclass(frozen=True, kw_only=True)
class OwnRule(StopRule):
    """Stops at once after some pixels."""

    after: int

    def reached(self, posterior: np.ndarray, n_measured: np.ndarray, cost: np.ndarray) -> Reached:
        return n_measured >= self.after


@dataclass(frozen=True, eq=False, kw_only=True)
class OwnTemplates(TemplateMaker):
    """Blurred, twice."""

    once: TemplateMaker

    def code(self, training: ImageDataset) -> Code:
        return self.once.code(training)

    def outcomes(self, training: ImageDataset, code: Code) -> np.ndarray:
        return self.once.outcomes(training, code)

    def make(self, training: ImageDataset, code: Code, channel: Channel) -> TemplateSet:
        return self.once.make(training, code, channel)


def test_parts_of_ones_own_come_back(tmp_path: Path, seen: ImageDataset, hidden: ImageDataset) -> None:
    measurer = Measurer(OwnBelief(doubt=0.2), OwnPolicy(factor=-1), OwnRule(after=4) | Confidence(0.99)).fit(seen)
    loaded = again(measurer, tmp_path, parts=[OwnBelief, OwnPolicy, OwnRule])
    same_sessions(measurer, loaded, hidden.images)
    made = Measurer(MixtureBelief(templates=OwnTemplates(once=BlurredTemplates(blur=0.3)))).fit(seen)
    same_sessions(made, again(made, tmp_path, parts=[OwnTemplates]), hidden.images)


def test_parts_of_ones_own_must_be_named(tmp_path: Path, seen: ImageDataset) -> None:
    measurer = Measurer(OwnBelief(), OwnPolicy(), OwnRule(after=4)).fit(seen)
    for known, missing in (([], "OwnBelief"), ([OwnBelief], "OwnPolicy"), ([OwnBelief, OwnPolicy], "OwnRule")):
        with pytest.raises(InputError, match=rf"parts: wanted the class {missing}.*parts=\[{missing}\]"):
            again(measurer, tmp_path, parts=known)


@dataclass(eq=False, kw_only=True)
class Strange(OwnPolicy):
    """A part with a setting that is no plain value."""

    setting: Any = None


def test_settings_must_be_plain(tmp_path: Path, seen: ImageDataset) -> None:
    measurer = Measurer("exact", Strange(setting={1, 2})).fit(seen)
    with pytest.raises(InputError, match="measurer: wanted parts that are dataclasses of plain settings"):
        measurer.save(tmp_path / "one.npz")
    assert list(tmp_path.iterdir()) == []


@pytest.fixture
def saved(tmp_path: Path, seen: ImageDataset) -> Path:
    Measurer("exact").fit(seen).save(tmp_path / "saved.npz")
    return tmp_path / "saved.npz"


def rewritten(saved: Path, change: Callable[[dict[str, Any], dict[str, np.ndarray]], None]) -> Path:
    with np.load(saved) as file:
        arrays = {name: file[name] for name in file.files}
    head = json.loads(arrays.pop("measurer.json").tobytes())
    change(head, arrays)
    arrays["measurer.json"] = np.frombuffer(json.dumps(head).encode(), dtype=np.uint8)
    np.savez(saved, **arrays)
    return saved


def refused(path: Path, message: str = "path: wanted a file that Measurer.save wrote") -> None:
    with pytest.raises(InputError, match=message):
        Measurer.load(path)


@pytest.mark.parametrize("share", [0.0, 0.01, 0.5, 0.98, 0.9999])
def test_truncated_file_is_refused(saved: Path, share: float) -> None:
    whole = saved.read_bytes()
    saved.write_bytes(whole[: int(share * len(whole))])
    refused(saved)


@pytest.mark.parametrize("content", [b"hello\n", b"{}", b"\x80\x04N.", b"PK\x03\x04", b"\x93NUMPY"], ids=repr)
def test_other_files_are_refused(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "other").write_bytes(content)
    refused(tmp_path / "other")


def test_files_without_a_measurer_are_refused(tmp_path: Path) -> None:
    refused(tmp_path / "missing.npz")
    refused(tmp_path)
    np.save(tmp_path / "array.npy", np.arange(3))
    refused(tmp_path / "array.npy")
    np.savez(tmp_path / "arrays.npz", images=np.arange(3))
    refused(tmp_path / "arrays.npz")
    with zipfile.ZipFile(tmp_path / "text.npz", "w") as file:
        file.writestr("measurer.json.npy", "hello")
    refused(tmp_path / "text.npz")
    np.savez(tmp_path / "list.npz", **{"measurer.json": np.frombuffer(b"[1]", dtype=np.uint8)})
    refused(tmp_path / "list.npz")


def test_damaged_file_is_refused(saved: Path) -> None:
    content = bytearray(saved.read_bytes())
    content[len(content) // 2] ^= 0xFF
    saved.write_bytes(bytes(content))
    refused(saved)


def test_another_format_is_refused(saved: Path) -> None:
    refused(rewritten(saved, lambda head, _: head.update(format=99)), "path: .*format 99")


@pytest.mark.parametrize("name", ["belief", "policy", "stop", "code", "image_shape", "value_range", "n_labels"])
def test_incomplete_head_is_refused(saved: Path, name: str) -> None:
    refused(rewritten(saved, lambda head, _: head.pop(name)))


@pytest.mark.parametrize("name", ["measurer/classes", "measurer/outcomes", "belief/_levels"])
def test_missing_arrays_are_refused(saved: Path, name: str) -> None:
    refused(rewritten(saved, lambda _, arrays: arrays.pop(name)))


def test_unknown_class_is_refused(saved: Path) -> None:
    refused(
        rewritten(saved, lambda head, _: head["policy"].update({"class": "system"})), "parts: wanted the class system"
    )


def test_unknown_settings_are_refused(saved: Path) -> None:
    refused(rewritten(saved, lambda head, _: head["belief"]["settings"].update(colour=3)))


class Trap:
    """Says when it is unpickled."""

    sprung: ClassVar[list[int]] = []

    def __reduce__(self) -> tuple[Any, ...]:
        return Trap.sprung.append, (1,)


@pytest.mark.parametrize("name", ["measurer.json", "measurer/classes", "belief/_levels", "extra"])
def test_nothing_is_unpickled(saved: Path, name: str) -> None:
    trap = np.empty(1, dtype=object)
    trap[0] = Trap()
    with np.load(saved) as file:
        arrays = {key: file[key] for key in file.files}
    np.savez(saved, **{**arrays, name: trap})
    Trap.sprung.clear()
    refused(saved)
    saved.write_bytes(pickle.dumps(Trap()))
    refused(saved)
    assert Trap.sprung == []


@pytest.mark.parametrize("belief", ["exact", "matched"])
def test_no_array_in_the_file_needs_pickle(tmp_path: Path, seen: ImageDataset, belief: str) -> None:
    Measurer(BELIEFS[belief]).fit(seen).save(tmp_path / "one")  # no ending is added
    with zipfile.ZipFile(tmp_path / "one") as file:
        for name in file.namelist():
            np.load(io.BytesIO(file.read(name)), allow_pickle=False)


def test_failed_writing_leaves_what_was_there(saved: Path, seen: ImageDataset, monkeypatch: pytest.MonkeyPatch) -> None:
    before = saved.read_bytes()

    def fail(file: Any, **arrays: Any) -> None:
        file.write(b"half")
        raise OSError("disk full")

    monkeypatch.setattr(np, "savez", fail)
    with pytest.raises(OSError, match="disk full"):
        Measurer("naive_bayes").fit(seen).save(saved)
    assert saved.read_bytes() == before
    assert [path.name for path in saved.parent.iterdir()] == ["saved.npz"]


def test_saving_again_replaces_what_was_there(saved: Path, seen: ImageDataset) -> None:
    Measurer("naive_bayes").fit(seen).save(str(saved))
    assert isinstance(Measurer.load(str(saved)).belief, NaiveBayesBelief)
    assert [path.name for path in saved.parent.iterdir()] == ["saved.npz"]
