from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from torch import nn

from sightbits.core.checks import InputError
from sightbits.networks.batches import draw_batches
from sightbits.networks.checkpoints import read_checkpoint, write_checkpoint
from sightbits.networks.convolutional import build_network
from sightbits.networks.reference import NetworkChoice
from sightbits.networks.torch_bank import one_thread
from sightbits.networks.training import Trainer, as_inputs
from sightbits.networks.training_plan import TrainingPlan

CHOICES = {
    "lenet5": NetworkChoice(model="lenet5", filters=(2, 3)),
    "normalised": NetworkChoice(model="alexnet", filters=(2, 3, 4, 3), batch_norm=True),
}
BYTES = (0.0, 255.0)
PLAN = TrainingPlan(epochs=3, rate=0.02, batch=6, seed=5)  # 20 images: 3 updates an epoch


@pytest.fixture(autouse=True)
def _one_thread() -> Iterator[None]:
    """Tests run side by side: threads of their own would wait for each other."""
    with one_thread():
        yield


def data(n: int = 20, shape: tuple[int, ...] = (8, 9, 2)) -> tuple[np.ndarray, np.ndarray]:
    """Images of noise in which the label says which half is bright."""
    rng = np.random.default_rng(0)
    labels = np.arange(n) % 2
    images = rng.integers(0, 128, (n, *shape), dtype=np.uint8)
    for image, label in zip(images, labels, strict=True):
        image[4 * label : 4 * label + 4] += 127
    return images, labels


def trainer_of(
    name: str = "lenet5", plan: TrainingPlan = PLAN, checkpoint: Path | None = None, **given: Any
) -> Trainer:
    images, labels = data()
    model = build_network(CHOICES[name], image_shape=images.shape[1:], n_labels=2, seed=0)
    asked = {"value_range": BYTES, "work": {"data": "5f"}, **given}
    return Trainer(model, images, labels, plan, checkpoint=checkpoint, **asked)


def linear(n_inputs: int, n_labels: int = 2) -> nn.Sequential:
    model = nn.Sequential(nn.Flatten(), nn.utils.skip_init(nn.Linear, n_inputs, n_labels))
    weights = np.random.default_rng(1).normal(0, 0.3, (n_labels, n_inputs)).astype(np.float32)
    with torch.no_grad():
        model[1].weight.copy_(torch.from_numpy(weights))
        model[1].bias.copy_(torch.arange(n_labels) / 10)
    return model


def whole_state(trainer: Trainer) -> dict[str, Any]:
    """Weights, running moments and momentum, to be compared bit for bit."""
    moving = {f"velocity of {name}": value.clone() for name, value in trainer._velocities.items()}
    return {**{name: value.clone() for name, value in trainer.model.state_dict().items()}, **moving}


def same(one: dict[str, Any], other: dict[str, Any]) -> bool:
    return set(one) == set(other) and all(torch.equal(one[name], other[name]) for name in one)


@pytest.mark.parametrize("name", list(CHOICES))
def test_training_cut_off_at_any_step_ends_as_if_it_had_not_been(name: str, tmp_path: Path) -> None:
    unbroken = trainer_of(name)
    unbroken.advance(unbroken.n_steps)
    assert unbroken.n_steps == 9
    for cut in range(10):
        first = trainer_of(name, checkpoint=tmp_path / f"{cut}")
        first.advance(cut)
        first.save()
        saved = whole_state(first)
        first.advance(min(cut + 2, 9))  # done after the last save, and lost
        second = trainer_of(name, checkpoint=tmp_path / f"{cut}")
        assert second.step == cut
        assert same(whole_state(second), saved)
        second.advance(9)
        assert same(whole_state(second), whole_state(unbroken))
        assert np.array_equal(second.losses, unbroken.losses)


def test_training_cut_off_many_times_ends_as_if_it_had_not_been(tmp_path: Path) -> None:
    unbroken = trainer_of("normalised")
    unbroken.advance(9)
    for step in (1, 2, 4, 7, 9):
        part = trainer_of("normalised", checkpoint=tmp_path / "one")
        part.advance(step)
        part.save()
    assert same(whole_state(part), whole_state(unbroken))


def test_looks_in_between_change_nothing() -> None:
    images, labels = data()
    looked, unbroken = trainer_of("normalised"), trainer_of("normalised")
    for step in range(1, 10):
        looked.advance(step)
        looked.evaluate(images, labels)
    unbroken.advance(9)
    assert same(whole_state(looked), whole_state(unbroken))


def test_the_seed_decides_the_order_and_torchs_random_state_is_left_alone() -> None:
    before = torch.get_rng_state()
    one, other = trainer_of(), trainer_of(plan=TrainingPlan(epochs=3, rate=0.02, batch=6, seed=6))
    for trainer in (one, other):
        trainer.advance(9)
    assert torch.equal(before, torch.get_rng_state())
    assert not np.array_equal(one.losses, other.losses)


def test_losses_and_weights_are_those_of_the_closed_form() -> None:
    images, labels = data(shape=(8, 2))
    labels = np.arange(20) % 3
    plan = TrainingPlan(epochs=2, rate=0.3, batch=6, momentum=0.9, seed=4)
    model = linear(16, 3)
    weights, biases = (value.detach().numpy().astype(np.float64) for value in model.parameters())
    trainer = Trainer(model, images, labels, plan, value_range=(-10.0, 300.0), work={})
    moves = [np.zeros_like(weights), np.zeros_like(biases)]
    losses = []
    for batch in draw_batches(20, batch=6, n_updates=6, seed=4):
        inputs = (images[batch].reshape(6, -1) + 10.0) / 310
        logits = inputs @ weights.T + biases
        shares = np.exp(logits) / np.exp(logits).sum(axis=1, keepdims=True)
        losses.append(-np.log(shares[np.arange(6), labels[batch]]).mean())
        errors = (shares - np.eye(3)[labels[batch]]) / 6
        moves = [0.9 * moves[0] + errors.T @ inputs, 0.9 * moves[1] + errors.sum(axis=0)]
        weights, biases = weights - 0.3 * moves[0], biases - 0.3 * moves[1]
    trainer.advance(6)
    np.testing.assert_allclose(trainer.losses, losses, rtol=1e-5)
    np.testing.assert_allclose(model[1].weight.detach().numpy(), weights, rtol=1e-4, atol=1e-6)
    np.testing.assert_allclose(model[1].bias.detach().numpy(), biases, rtol=1e-4, atol=1e-6)


@pytest.mark.parametrize("name", list(CHOICES))
def test_networks_learn(name: str) -> None:
    images, labels = data()
    trainer = trainer_of(name, plan=TrainingPlan(epochs=40, rate=0.02, batch=6))
    first = trainer.evaluate(images, labels)
    trainer.advance(trainer.n_steps)
    assert first < 0.9
    assert trainer.evaluate(images, labels) == 1.0
    assert trainer.losses[-5:].mean() < 0.1
    assert not trainer.diverged


def test_where_there_are_fewer_images_than_a_batch_each_update_sees_all() -> None:
    images, labels = data(5)
    model = linear(144)
    trainer = Trainer(model, images, labels, TrainingPlan(epochs=4, rate=0.1), value_range=BYTES, work={})
    assert (trainer.steps_per_epoch, trainer.n_steps) == (1, 4)
    loss = nn.functional.cross_entropy(model(as_inputs(images, BYTES)), torch.from_numpy(labels)).item()
    trainer.advance(1)
    assert trainer.losses[0] == pytest.approx(loss, rel=1e-5)


def test_a_model_trains_in_training_mode_and_is_left_in_evaluation_mode() -> None:
    trainer = trainer_of("normalised")
    modes: list[bool] = []

    def failing(task: str, done: int, total: int, /) -> None:
        modes.extend(module.training for module in trainer.model.modules())
        if done == 2:
            raise KeyError

    assert not any(module.training for module in trainer.model.modules())
    with pytest.raises(KeyError):
        trainer.advance(9, failing)
    assert all(modes)
    assert not any(module.training for module in trainer.model.modules())
    trainer.advance(9)
    assert not any(module.training for module in trainer.model.modules())


def test_progress_is_told_of_every_update() -> None:
    told = []
    trainer = trainer_of()
    trainer.advance(2, lambda task, done, total: told.append((done, total)))
    trainer.advance(3, lambda task, done, total: told.append((done, total)))
    assert told == [(1, 9), (2, 9), (3, 9)]


def test_accuracy_is_counted_in_evaluation_mode_over_all_parts() -> None:
    images, labels = data(2300, shape=(4, 3))
    model = nn.Sequential(*linear(12), nn.BatchNorm1d(2))
    trainer = Trainer(model, images, labels, PLAN, value_range=BYTES, work={})
    model.train()
    model[1].eval()
    with torch.inference_mode():
        own = model[1](as_inputs(images, BYTES).flatten(1)).numpy() / np.sqrt(1 + 1e-5)
    assert trainer.evaluate(images, labels) == np.mean(own.argmax(axis=1) == labels)
    assert [module.training for module in model] == [True, False, True]
    assert trainer.evaluate(images[:1], labels[:1]) in (0.0, 1.0)
    assert int(model[2].num_batches_tracked) == 0


def test_a_model_that_diverged_names_nothing() -> None:
    images, labels = data()
    trainer = trainer_of(plan=TrainingPlan(epochs=3, rate=1e30, batch=6))
    assert not trainer.diverged
    trainer.advance(9)
    assert trainer.diverged
    assert trainer.evaluate(images, labels) == 0.0


def test_losses_are_those_of_the_updates_done() -> None:
    trainer = trainer_of()
    assert trainer.losses.shape == (0,)
    trainer.advance(4)
    assert trainer.losses.shape == (4,)
    trainer.losses[:] = 0
    assert trainer.losses.all()


def test_without_a_checkpoint_nothing_is_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    trainer = trainer_of()
    trainer.advance(1)
    trainer.save()
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(
    "other",
    [
        {"plan": TrainingPlan(epochs=3, rate=0.03, batch=6, seed=5)},
        {"plan": TrainingPlan(epochs=3, rate=0.02, batch=6, seed=4)},
        {"plan": TrainingPlan(epochs=4, rate=0.02, batch=6, seed=5)},
        {"plan": TrainingPlan(epochs=3, rate=0.02, batch=6, momentum=0.9, seed=5)},
        {"work": {"data": "60"}},
        {"name": "normalised"},
    ],
)
def test_a_checkpoint_of_other_work_is_not_used(other: dict[str, Any], tmp_path: Path) -> None:
    first = trainer_of(checkpoint=tmp_path / "one")
    first.advance(2)
    first.save()
    second, fresh = trainer_of(checkpoint=tmp_path / "one", **other), trainer_of(**other)
    assert second.step == 0
    assert same(whole_state(second), whole_state(fresh))


def test_a_damaged_checkpoint_is_not_used(tmp_path: Path) -> None:
    path = tmp_path / "one"
    trainer = trainer_of(checkpoint=path)
    trainer.advance(2)
    trainer.save()
    path.write_bytes(path.read_bytes()[:-1])
    assert trainer_of(checkpoint=path).step == 0
    path.write_bytes(b"")
    assert trainer_of(checkpoint=path).step == 0


@pytest.mark.parametrize(
    "change",
    [
        {"step": torch.tensor(10)},
        {"step": torch.tensor(-1)},
        {"step": 2},
        {"step": torch.tensor(2.0)},
        {"losses": torch.zeros(8, dtype=torch.float64)},
        {"losses": torch.zeros(9)},
        {"model": {}},
        {"model": 3},
        {"velocities": {}},
        {"more": torch.tensor(0)},
    ],
)
def test_what_does_not_fit_is_taken_over_in_no_part(change: dict[str, Any], tmp_path: Path) -> None:
    path = tmp_path / "one"
    trainer = trainer_of(checkpoint=path)
    trainer.advance(2)
    trainer.save()
    held = read_checkpoint(path, trainer._work)
    assert held is not None
    write_checkpoint(path, trainer._work, {**held, **change})
    second = trainer_of(checkpoint=path)
    assert second.step == 0
    assert same(whole_state(second), whole_state(trainer_of()))


def test_no_momentum_goes_on_too(tmp_path: Path) -> None:
    plan = TrainingPlan(epochs=3, rate=0.02, batch=6, momentum=0.0)
    unbroken, first = trainer_of(plan=plan), trainer_of(plan=plan, checkpoint=tmp_path / "one")
    unbroken.advance(9)
    first.advance(4)
    first.save()
    second = trainer_of(plan=plan, checkpoint=tmp_path / "one")
    second.advance(9)
    assert same(whole_state(second), whole_state(unbroken))


@pytest.mark.parametrize("to_step", [-1, 3, 10])
def test_steps_that_are_done_or_not_planned_are_refused(to_step: int) -> None:
    trainer = trainer_of()
    trainer.advance(4)
    with pytest.raises(InputError, match="to_step: wanted a whole number from 4 to 9"):
        trainer.advance(to_step)
    trainer.advance(4)
    assert trainer.step == 4


IMAGES, LABELS = data()


@pytest.mark.parametrize(
    ("images", "labels", "words"),
    [
        (IMAGES[:0], LABELS[:0], "at least one image"),
        (IMAGES, LABELS[:19], "a label for each"),
        (IMAGES, LABELS[:, None], "a label for each"),
        (IMAGES[0, 0, 0, 0], LABELS[0], "images: wanted"),
        (IMAGES, LABELS + 0.5, "whole numbers from 0 up, got float64"),
        (IMAGES, LABELS.astype(str), "whole numbers from 0 up, got <U"),
        (IMAGES, LABELS - 1, "whole numbers from 0 up, got -1"),
        (IMAGES.reshape(20, -1), LABELS, "images x rows x columns"),
        (IMAGES / np.float32(2), LABELS, None),
    ],
)
def test_what_is_no_labelled_images_is_refused(images: Any, labels: Any, words: str | None) -> None:
    model = linear(144)
    if words is None:
        Trainer(model, images, labels, PLAN, value_range=BYTES, work={})
        return
    images, labels = np.asarray(images), np.asarray(labels)
    with pytest.raises(InputError, match=words):
        Trainer(model, images, labels, PLAN, value_range=BYTES, work={})
    with pytest.raises(InputError, match=words):
        trainer_of().evaluate(images, labels)


def test_one_label_only_is_refused() -> None:
    with pytest.raises(InputError, match="at least two classes, got only 3"):
        Trainer(linear(144, 4), IMAGES, np.full(20, 3), PLAN, value_range=BYTES, work={})


def test_a_label_without_a_logit_is_refused() -> None:
    labels = np.arange(20) % 3
    trainer = Trainer(linear(144), IMAGES, labels, PLAN, value_range=BYTES, work={})
    with pytest.raises(InputError, match="got label 2, and logits of shape"):
        trainer.advance(1)
    assert trainer.step == 0
    with pytest.raises(InputError, match="got label 2"):
        trainer.evaluate(IMAGES, labels)


def test_a_model_that_gives_other_than_logits_is_refused() -> None:
    model = nn.Sequential(*linear(144), nn.Flatten(0))
    with pytest.raises(InputError, match=r"logits of shape \(12,\)"):
        Trainer(model, IMAGES, LABELS, PLAN, value_range=BYTES, work={}).advance(1)


def test_labels_of_few_bits_do() -> None:
    trainers = [
        Trainer(linear(144), IMAGES, LABELS.astype(dtype), PLAN, value_range=BYTES, work={})
        for dtype in (np.int64, np.uint8, np.uint16, np.int32)
    ]
    for trainer in trainers:
        trainer.advance(2)
        assert np.array_equal(trainer.losses, trainers[0].losses)


def test_a_place_where_no_checkpoint_can_be_written_is_refused_at_once(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="checkpoint"):
        trainer_of(checkpoint=tmp_path / "none" / "one")


@pytest.mark.parametrize(
    ("model", "side", "together"), [("lenet5", 8, True), ("alexnet", 8, True), ("vgg16", 32, False)]
)
def test_channels_stand_together_where_poolings_take_the_time(model: str, side: int, together: bool) -> None:
    choice = NetworkChoice(model=model)
    network = build_network(choice, image_shape=(side, side, 3), n_labels=2, seed=0)
    images, labels = data(shape=(side, side, 3))
    trainer = Trainer(network, images, labels, PLAN, value_range=BYTES, work={})
    weights, seen = next(network.parameters()), []
    network.register_forward_hook(lambda *_: seen.append(weights.is_contiguous(memory_format=torch.channels_last)))
    trainer.advance(2)
    assert seen == [together] * 2
    assert all(one.is_contiguous() for one in network.parameters())
