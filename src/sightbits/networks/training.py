"""Training that can be cut off anywhere and goes on as if it had not been."""

# mypy: disable-error-code="no-untyped-call"
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import torch
from jaxtyping import Float64, Int64, Shaped
from torch import nn
from torch.nn import functional

from sightbits.core.checks import InputError, check_whole
from sightbits.core.progress import Progress, silent
from sightbits.networks.batches import draw_batches
from sightbits.networks.checkpoints import check_checkpoint, read_checkpoint, write_checkpoint
from sightbits.networks.training_plan import TrainingPlan

Tensor = Any  # torch's own type is not seen by the shape checker

_AT_ONCE = 1000  # images that are asked together


class Trainer:
    """A network, its images, and how far its training has come.

    Parameters
    ----------
    model
        A network of `as_inputs` that gives one logit a label. It is trained in place.
    images
        Grey values within `value_range`; an optional last axis holds channels. No float copy of them all is made.
    labels
        0 to the number of logits - 1.
    plan
        How long, how fast, in which order.
    value_range
        The lowest and highest grey value there can be.
    work
        What else the training depends on, JSON-able: the network, its first weights, the SHA-256 of the data.
    checkpoint
        The file that `save` writes and from which the training goes on, if it is of the same plan and work, whole,
        and fits the model. Where it is not, training starts anew. None keeps nothing.

    Raises
    ------
    InputError
        No images, counts that differ, one label only, grey values outside their range, a label that has no logit, a
        checkpoint that cannot be written.

    Notes
    -----
    The loss is the mean cross-entropy of a batch, in nats; after it v <- momentum v + gradient, w <- w - rate v. An
    epoch is as many updates as there are whole batches; images go round in a new random order each time.

    With the same seed the weights are the same to the last bit, in one go or in parts, as long as torch computes with
    the same number of threads (`one_thread`) and the model draws no random numbers, as dropout does.

    Examples
    --------
    >>> from sightbits.networks.convolutional import build_network
    >>> from sightbits.networks.reference import NetworkChoice
    >>> images, labels = np.zeros((16, 4, 4), dtype=np.uint8), np.arange(16) % 2
    >>> images[labels == 1, :2] = 255
    >>> model = build_network(NetworkChoice(model="lenet5"), image_shape=(4, 4), n_labels=2, seed=0)
    >>> trainer = Trainer(model, images, labels, TrainingPlan(epochs=40, rate=0.02), value_range=(0.0, 255.0), work={})
    >>> trainer.advance(trainer.n_steps)
    >>> trainer.step, trainer.evaluate(images, labels)
    (40, 1.0)
    """

    def __init__(
        self,
        model: nn.Module,
        images: Shaped[np.ndarray, "..."],
        labels: Shaped[np.ndarray, "..."],
        plan: TrainingPlan,
        *,
        value_range: tuple[float, float],
        work: dict[str, Any],
        checkpoint: Path | None = None,
    ) -> None:
        _check_labelled(images, labels)
        if labels.min() == labels.max():
            raise InputError(
                "labels",
                wanted="at least two classes",
                got=f"only {labels.min()}",
                remedy="With one class there is nothing to tell apart: add images of another.",
            )
        as_inputs(images[:1], value_range)  # what can be refused now is not refused in the middle
        self.model = model
        self._images, self._labels, self._value_range = images, labels.astype(np.int64), value_range
        self.steps_per_epoch = plan.steps_per_epoch(len(images))
        self.n_steps = plan.epochs * self.steps_per_epoch
        self._batches = draw_batches(
            len(images), batch=plan.batch_of(len(images)), n_updates=self.n_steps, seed=plan.seed
        )
        self._optimiser = torch.optim.SGD(model.parameters(), lr=float(plan.rate), momentum=float(plan.momentum))
        self._velocities = {name: torch.zeros_like(parameter) for name, parameter in model.named_parameters()}
        for name, parameter in model.named_parameters():
            self._optimiser.state[parameter]["momentum_buffer"] = self._velocities[name]
        self._step, self._losses = 0, np.full(self.n_steps, np.nan)
        self._work = {"plan": plan.document(), "work": work}
        self._checkpoint = checkpoint
        if checkpoint is not None:
            check_checkpoint(checkpoint)
            self._resume(read_checkpoint(checkpoint, self._work))
        model.eval()

    @property
    def step(self) -> int:
        """How many updates are done."""
        return self._step

    @property
    def losses(self) -> Float64[np.ndarray, "steps"]:
        """The loss of each batch before its update, in nats."""
        return self._losses[: self._step].copy()

    @property
    def diverged(self) -> bool:
        """Whether a loss was not finite: nothing is learned after that."""
        return not bool(np.isfinite(self.losses).all())

    def advance(self, to_step: int, progress: Progress = silent) -> None:
        """Train until `to_step` updates are done; the model is left in evaluation mode.

        Raises
        ------
        InputError
            Fewer updates than are done, or more than are planned; a label that has no logit.

        Notes
        -----
        What an exception leaves, such as an interruption from the keyboard, is to be thrown away and not saved.
        """
        check_whole("to_step", to_step, low=self.step, high=self.n_steps)
        self.model.train()
        try:
            with laid_out(self.model):
                while self.step < to_step:
                    self._update(self._batches[self.step])
                    progress("training the network", self.step, self.n_steps)
        finally:
            self.model.eval()

    def evaluate(
        self,
        images: Shaped[np.ndarray, "..."],
        labels: Shaped[np.ndarray, "..."],
    ) -> float:
        """Return the share of images whose label has the highest logit; where logits are not finite, none has."""
        return accuracy_of(self.model, images, labels, value_range=self._value_range)

    def save(self) -> None:
        """Write the checkpoint, if there is to be one: whole or not at all."""
        if self._checkpoint is not None:
            write_checkpoint(self._checkpoint, self._work, self._state())

    def _update(self, batch: Int64[np.ndarray, "batch"]) -> None:
        logits = self.model(as_inputs(self._images[batch], self._value_range))
        _check_logits(logits, self._labels)
        loss = functional.cross_entropy(logits, torch.from_numpy(self._labels[batch]))
        self._optimiser.zero_grad()
        loss.backward()
        self._optimiser.step()
        self._losses[self._step] = loss.item()
        self._step += 1

    def _state(self) -> dict[str, Any]:
        return {
            "step": torch.tensor(self._step),
            "losses": torch.from_numpy(self._losses),
            "model": self.model.state_dict(),
            "velocities": self._velocities,
        }

    def _resume(self, state: dict[str, Any] | None) -> None:
        """Take over what a checkpoint holds, all of it or nothing."""
        if state is None or not _same_form(state, self._state()) or not 0 <= int(state["step"]) <= self.n_steps:
            return
        self._step = int(state["step"])
        self._losses = state["losses"].numpy()
        self.model.load_state_dict(state["model"])
        for name, velocity in self._velocities.items():
            velocity.copy_(state["velocities"][name])


def accuracy_of(
    model: nn.Module,
    images: Shaped[np.ndarray, "..."],
    labels: Shaped[np.ndarray, "..."],
    *,
    value_range: tuple[float, float],
) -> float:
    """Return the share of images whose label has the highest logit; where logits are not finite, none has."""
    _check_labelled(images, labels)
    n_right = 0
    with evaluating(model), torch.inference_mode():
        for start in range(0, len(images), _AT_ONCE):
            logits = model(as_inputs(images[start : start + _AT_ONCE], value_range))
            _check_logits(logits, labels)
            named = logits.argmax(dim=1).numpy() == labels[start : start + _AT_ONCE]
            n_right += int((named & logits.isfinite().all(dim=1).numpy()).sum())
    return n_right / len(images)


@contextmanager
def laid_out(model: nn.Module) -> Iterator[None]:
    """Have the channels of a pixel stand together meanwhile, where poolings, not convolutions, take most of the time.

    On processors lenet5 is trained 1.1 to 1.8 times as fast so, the more the more filters conv1 has, alexnet 1.1 to 1.2
    times; vgg16 would take 1.1 to 1.2 times as long (`benchmarks/flow.py`).
    """
    of_kind = [sum(isinstance(one, kind) for one in model.modules()) for kind in (nn.Conv2d, nn.MaxPool2d)]
    if of_kind[0] > 2 * of_kind[1]:
        yield
        return
    model.to(memory_format=torch.channels_last)  # type: ignore[call-overload]  # torch leaves it out
    try:
        yield
    finally:  # what it says does not depend on where it was trained, to the last bit
        model.to(memory_format=torch.contiguous_format)  # type: ignore[call-overload]


def as_inputs(images: Shaped[np.ndarray, "..."], value_range: tuple[float, float]) -> Tensor:
    """Return images as a network takes them: float32, images x channels x rows x columns, as shares of the range.

    Parameters
    ----------
    images
        Grey values; an optional last axis holds channels.
    value_range
        The lowest and the highest there can be: they become 0 and 1.

    Raises
    ------
    InputError
        Another rank, no images, a range that does not ascend, values outside it or not finite.

    Examples
    --------
    >>> as_inputs(np.array([[[0, 51], [102, 255]]], dtype=np.uint8), (0.0, 255.0))
    tensor([[[[0.0000, 0.2000],
              [0.4000, 1.0000]]]])
    """
    low, high = value_range
    if images.ndim not in (3, 4) or images.size == 0 or images.dtype.kind not in "buif":
        raise InputError(
            "images",
            wanted="numbers, images x rows x columns, with or without channels",
            got=f"shape {images.shape} of {images.dtype}",
            remedy="Reshape the array; one image alone is images[None].",
        )
    if not low < high or not np.isfinite(high - low):
        raise InputError(
            "value_range", wanted="two finite numbers, the lower first", got=f"{low:g} to {high:g}",
            remedy="State the lowest and highest grey value there can be.",
        )  # fmt: skip
    shares = (images.astype(np.float64) - low) / (high - low)
    if not ((shares >= 0) & (shares <= 1)).all():
        raise InputError(
            "images", wanted=f"grey values from {low:g} to {high:g}", got="others, or some that are not finite",
            remedy="State the lowest and highest grey value there can be, and drop what is not finite.",
        )  # fmt: skip
    planes = shares.reshape(*images.shape[:3], -1).transpose(0, 3, 1, 2)
    return torch.from_numpy(np.ascontiguousarray(planes, dtype=np.float32))


@contextmanager
def evaluating(model: nn.Module) -> Iterator[None]:
    """Put a model into evaluation mode, and each of its modules back into its own mode afterwards."""
    before = [(module, module.training) for module in model.modules()]
    model.eval()
    try:
        yield
    finally:
        for module, mode in before:
            module.training = mode


def _same_form(found: Any, wanted: Any) -> bool:
    """Whether these are tensors of the same shapes and types, under the same names."""
    if isinstance(wanted, dict):
        named = isinstance(found, dict) and set(found) == set(wanted)
        return named and all(_same_form(found[name], wanted[name]) for name in wanted)
    return isinstance(found, torch.Tensor) and found.shape == wanted.shape and found.dtype == wanted.dtype


def _check_logits(logits: Tensor, labels: Shaped[np.ndarray, "n_images"]) -> None:
    """Raise `InputError` unless there is a logit for every label."""
    if logits.ndim != 2 or logits.shape[1] <= labels.max():
        raise InputError(
            "labels",
            wanted="a logit of the model for each",
            got=f"label {labels.max()}, and logits of shape {tuple(logits.shape)}",
            remedy="Build the model for as many labels as there are.",
        )


def _check_labelled(images: Shaped[np.ndarray, "..."], labels: Shaped[np.ndarray, "..."]) -> None:
    """Raise `InputError` unless there are images, and a label, a whole number from 0, for each."""
    if images.ndim == 0 or images.size == 0 or labels.shape != images.shape[:1]:
        raise InputError(
            "images",
            wanted="at least one image, and a label for each",
            got=f"images of shape {images.shape} and labels of shape {labels.shape}",
            remedy="Give each image its label.",
        )
    if labels.dtype.kind not in "iu" or labels.min() < 0:
        raise InputError(
            "labels",
            wanted="whole numbers from 0 up",
            got=f"{labels.dtype}" if labels.dtype.kind not in "iu" else f"{labels.min()}",
            remedy="Number the classes from 0.",
        )
