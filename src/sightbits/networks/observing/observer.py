"""Observing a training loop: when a step begins and ends, and what is kept of it."""

import warnings
from collections.abc import Callable, Collection, Iterable
from copy import copy
from types import TracebackType
from typing import Any

import numpy as np

from sightbits.core.checks import InputError, check_choice, check_whole, import_optional
from sightbits.core.units import Unit, as_unit
from sightbits.estimation.layers import LayerSettings
from sightbits.networks.observing.choosing import check_model, choose_layers, choose_steps, list_names
from sightbits.networks.observing.gaps import EXPECTED, UNFINISHED, Gap, ObservationWarning
from sightbits.networks.observing.hooks import LastingHook
from sightbits.networks.observing.loggers import FlowLogger, as_loggers, log_step
from sightbits.networks.observing.steps import ObservedStep, measure_step
from sightbits.networks.observing.targets import class_numbers

REDUCTIONS = ("mean", "sum")
_FEW_SHUFFLES = 2
_NO_LABELS = Gap("no labels", "no labels: give loss=, or call note_labels")


class Observer:
    """What the layers of a model tell while it is trained; made by `observe`.

    Notes
    -----
    Use it in a `with` statement, or call `start` and `stop`. A step is measured when the next one begins, when
    observing stops, or when `records` is read and nothing of the step is missing any more.
    """

    def __init__(
        self,
        model: Any,
        layers: dict[str, Any],
        *,
        is_chosen: Callable[[int], bool],
        loss_watch: Any,
        reduction: str,
        samples: int,
        settings: LayerSettings,
        loggers: tuple[FlowLogger, ...],
        notes: tuple[str, ...],
    ) -> None:
        self._model, self._layers, self._loss_watch = model, layers, loss_watch
        self._is_chosen, self._reduction, self._samples = is_chosen, reduction, samples
        self._settings, self._loggers = settings, loggers
        self._records: list[ObservedStep] = []
        self._notes = list(notes)
        self._warned: set[str] = set()
        self._handles: list[Any] = []
        self._capture: Any = None
        self._loss_weight = 1.0
        self._labels: Any = None
        self._labels_to_come: Any = None
        self._labels_come_first = self._is_working = False
        self._next_step = self._n_steps = self._n_evaluating = self._n_without_gradients = 0

    @property
    def records(self) -> tuple[ObservedStep, ...]:
        """The observed steps so far, in order."""
        if self._is_whole():
            self._settle()
        return tuple(self._records)

    @property
    def notes(self) -> tuple[str, ...]:
        """What to know of the records: what was taken by default, what is missing."""
        return tuple(self._notes)

    @property
    def n_steps(self) -> int:
        """How many steps of training were seen, observed or not."""
        return self._n_steps

    def rows(self, unit: str | Unit = Unit.BIT) -> list[dict[str, Any]]:
        """Return a row for each step and layer: plain numbers, information in a unit."""
        chosen = as_unit(unit)
        return [row for record in self.records for row in record.rows(chosen)]

    def to_frame(self, unit: str | Unit = Unit.BIT) -> Any:
        """Return the rows as a pandas data frame; needs the extra `parquet`."""
        pandas = import_optional("pandas", extra="parquet", purpose="to_frame")
        return pandas.DataFrame(self.rows(unit))

    def note_labels(self, labels: Any) -> None:
        """Tell the labels of the step just run.

        Notes
        -----
        Any time between the forward pass and the next one will do; what is told again, as by a validation in between,
        is left aside. A loop that does so before its very first forward pass is taken to do so before each.
        """
        if self._n_steps + self._n_evaluating + self._n_without_gradients == 0:
            self._labels_come_first = True
        if self._labels_come_first:
            self._labels_to_come = _own(labels)
        elif self._capture is not None and self._labels is None:
            self._labels = _own(labels)

    def start(self, *, by_forward: bool = True, first_step: int | None = None) -> "Observer":
        """Observe from now on; records of before stay.

        Parameters
        ----------
        by_forward
            Whether a step is a forward pass of the model; else `begin_step` is called.
        first_step
            The number of the next step; by default they are counted on.
        """
        if self._is_working:
            raise InputError("observer", wanted="one at rest", got="one at work", remedy="Call stop() before.")
        self._is_working = True
        self._next_step = self._next_step if first_step is None else first_step
        if by_forward:
            hook = LastingHook(self._before_forward)
            self._handles.append(self._model.register_forward_pre_hook(hook, with_kwargs=True))
        if self._loss_watch is not None:
            self._handles.append(self._loss_watch.hook())
        return self

    def stop(self) -> None:
        """Take off every hook, and measure what is left."""
        was_working = self._is_working
        self._take_off_hooks()
        self._settle()
        if was_working:
            self._warn_of_nothing_seen()

    def __enter__(self) -> "Observer":
        return self.start()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if kind is None:
            self.stop()
        else:
            self.abandon()

    def abandon(self) -> None:
        """Take off every hook and drop a step that is not whole; warn of nothing."""
        self._take_off_hooks()
        if not self._is_whole():
            self._drop()
        elif self._capture is not None:
            self._capture.release()
            if self._loss_watch is not None:
                self._loss_watch.release()

    def begin_step(self, given: Any, labels: Any = None) -> bool:
        """Begin a step in which the model is given something, and return whether its layers are watched."""
        self._settle()
        step, self._next_step, self._n_steps = self._next_step, self._next_step + 1, self._n_steps + 1
        self._labels = self._labels_to_come if labels is None else labels
        self._labels_to_come = None
        if not self._is_chosen(step):
            return False
        from sightbits.networks.observing.capture import Capture  # noqa: PLC0415  an extra

        self._capture = Capture(step=step, samples=self._samples)
        self._capture.take_inputs(given)
        if self._capture.inputs is None:
            return False
        self._capture.open(self._layers)
        if self._loss_watch is not None:
            self._loss_watch.listen()
        return True

    def end_forward(self, *, loss_weight: float = 1.0) -> None:
        """Take nothing more of the forward pass.

        Parameters
        ----------
        loss_weight
            How much the step's loss counts in what is differentiated, where no `loss` is watched.
        """
        self._loss_weight = loss_weight
        if self._capture is not None:
            self._capture.close()

    def end_step(self) -> None:
        """Measure the step."""
        self.end_forward(loss_weight=self._loss_weight)
        self._settle()

    def _before_forward(self, model: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> None:
        from sightbits.networks.observing.capture import gradients_are_on  # noqa: PLC0415  an extra

        if not model.training:
            self._n_evaluating += 1
        elif not gradients_are_on():
            self._n_without_gradients += 1
        elif self.begin_step((args, kwargs)):
            self._capture.close_after(model)

    def _is_whole(self) -> bool:
        """Whether nothing of the step at hand is still to come."""
        return self._capture is not None and self._capture.is_complete and self._known_labels() is not None

    def _known_labels(self) -> Any:
        """The labels of the step at hand; None where there are none yet, a `Gap` where there cannot be."""
        if self._labels is not None or self._loss_watch is None:
            return self._labels
        return self._loss_watch.target()

    def _labels_of(self, n_images: int) -> np.ndarray | Gap:
        labels = self._known_labels()
        if labels is None:
            return _NO_LABELS
        return labels if isinstance(labels, Gap) else class_numbers(labels, n_images)

    def _factor(self) -> float | Gap:
        """What gradients are multiplied by to be those of the sum of the losses of all images."""
        n_images = int(self._capture.n_images)
        if self._loss_watch is not None:
            return self._loss_watch.factor(n_images)
        return (n_images if self._reduction == "mean" else 1) / self._loss_weight

    def _settle(self) -> None:
        """Measure and log the step at hand, if there is one."""
        if self._capture is None:
            return
        capture, factor = self._capture, self._factor()
        if capture.is_open:
            capture.gaps["step"] = UNFINISHED
        labels = self._labels_of(capture.n_images) if capture.inputs is not None else None
        self._drop()
        if isinstance(labels, Gap):
            capture.gaps["labels"] = labels
        known = None if isinstance(labels, Gap) else labels
        before = next((record.figures for record in reversed(self._records) if record.figures is not None), None)
        record = measure_step(capture, known, factor, self._settings, before)
        self._records.append(record)
        troubles = log_step(self._loggers, record)
        for name, gap in [*capture.gaps.items(), *troubles]:
            self._tell(record.step, name, gap)

    def _drop(self) -> None:
        """Forget the step at hand."""
        if self._capture is not None:
            self._capture.release()
        if self._loss_watch is not None:
            self._loss_watch.forget()
        self._capture, self._labels, self._loss_weight = None, None, 1.0

    def _take_off_hooks(self) -> None:
        self._is_working = False
        while self._handles:
            self._handles.pop().remove()

    def _tell(self, step: int, name: str, gap: Gap) -> None:
        if gap.kind in self._warned:
            return
        self._warned.add(gap.kind)
        note = f"step {step}, {name}: {gap.reason}"
        self._notes.append(note)
        if gap.kind not in EXPECTED:
            warnings.warn(note, ObservationWarning, stacklevel=2)

    def _warn_of_nothing_seen(self) -> None:
        if self._records:
            return
        if self._n_steps:
            reason = f"none of the {self._n_steps} steps seen was chosen by `at`"
        else:
            n_forwards = self._n_evaluating + self._n_without_gradients
            reason = (
                f"no step of training was seen, but {n_forwards} other forward passes of the model: "
                f"{self._n_evaluating} in evaluation mode, {self._n_without_gradients} with gradients off. "
                "A step is a call of this very model, not of its forward method or of a copy, in training mode"
            )
        self._notes.append(reason)
        warnings.warn(reason, ObservationWarning, stacklevel=3)


def _own(labels: Any) -> Any:
    """A copy: loops write into what they gave."""
    return labels.clone() if hasattr(labels, "clone") else copy(labels)


def observe(
    model: Any,
    layers: Iterable[str] | None = None,
    *,
    at: int | Collection[int] | Callable[[int], bool] = 50,
    loss: Any = None,
    reduction: str = "mean",
    samples: int = 128,
    settings: LayerSettings | None = None,
    logger: Any = None,
) -> Observer:
    """Return an observer of a PyTorch model, to be used around any training loop; training is not changed by a bit.

    Parameters
    ----------
    model
        The network that is trained: called as a module, not compiled. Of a DistributedDataParallel, its module.
    layers
        Names from `model.named_modules()`; by default each module that has weights and no module inside.
    at
        Which steps are observed: every so many from step 0 on, a collection of numbers, or a function of the number.
    loss
        The loss, a module. Its second argument tells the labels, its `reduction` and its share in what is
        differentiated the scale of the errors. Else call `note_labels`.
    reduction
        mean or sum: how what is differentiated joins the losses of a batch, where `loss` does not say.
    samples
        The most images of a batch that are measured: its first.
    settings
        How layers are measured; by default without pairs of feature maps, and with two shuffles, so that observing
        every fiftieth step costs little of the time of even a small network.
    logger
        Where figures go while training: a path (a JSON document a line), a TensorBoard writer, a Weights & Biases run,
        MLflow, a logger of Lightning, anything with `log_figures(step, figures)`, or a list of these.

    Returns
    -------
    Observer
        Its `records` are the observed steps, `rows` and `to_frame` their figures, `notes` what to know of them.

    Raises
    ------
    InputError
        Where the model cannot be observed (scripted, compiled, DataParallel), a layer does not exist, or an argument
        is of no use.

    Notes
    -----
    A step is one call of the model in training mode with gradients on, so with accumulated gradients each part of a
    batch is one. Calls in evaluation mode or without gradients are none. The first floating-point tensor that the model
    is given is the input X, batch first.

    A module called again in the same step goes by `name:2`; one that gives several tensors by `name[0]` or `name.key`.
    What checkpointing computes again is not taken. The error of a layer is the gradient of the sum of the losses of
    the images by the layer's output; several backward passes in a step add up, as in `.grad`. With a GradScaler, or a
    loss that is divided before it is differentiated, give `loss`: its share is then known and divided out.

    Nothing that is missing stops the training: it is told in each record's `unobserved`, and once for each kind by an
    `ObservationWarning`. Hooks are removed on leaving, also by an exception, which drops a step that is not whole.

    Cost: at observed steps, a copy of the first `samples` rows of each layer and its gradient, and eigenvalues of
    matrices of `samples` x `samples`, (1 + shuffles) times a layer; at others, one call of a hook.

    Examples
    --------
    >>> import torch
    >>> _ = torch.manual_seed(0)
    >>> model = torch.nn.Sequential(torch.nn.Linear(4, 3), torch.nn.Tanh(), torch.nn.Linear(3, 2))
    >>> images, labels, criterion = torch.rand(16, 4), torch.arange(16) % 2, torch.nn.CrossEntropyLoss()
    >>> optimiser = torch.optim.SGD(model.parameters(), lr=0.1)
    >>> with observe(model, at=2, loss=criterion) as observer:
    ...     for _ in range(4):
    ...         optimiser.zero_grad()
    ...         criterion(model(images), labels).backward()
    ...         optimiser.step()
    >>> [(record.step, record.figures.layers) for record in observer.records]
    [(0, ('0', '2')), (2, ('0', '2'))]
    """
    torch = import_optional("torch", extra="torch", purpose="observe")
    model, notes = check_model(model)
    if loss is not None and not isinstance(loss, torch.nn.Module):
        raise InputError(
            "loss",
            wanted="a module, such as torch.nn.CrossEntropyLoss()",
            got=type(loss).__name__,
            remedy="A function cannot be watched: leave loss out and call observer.note_labels(labels) at each step.",
        )
    if settings is not None and not isinstance(settings, LayerSettings):
        raise InputError("settings", wanted="LayerSettings", got=repr(settings), remedy="Or leave it out.")
    chosen = choose_layers(model, layers)
    if layers is None:
        notes = (*notes, f"each module with weights and none inside is observed: {list_names(chosen)}")
    check_choice("reduction", reduction, REDUCTIONS)
    from sightbits.networks.observing.criterion import LossWatch  # noqa: PLC0415  an extra

    return Observer(
        model,
        chosen,
        is_chosen=choose_steps(at),
        loss_watch=None if loss is None else LossWatch(loss, reduction=reduction),
        reduction=reduction,
        samples=check_whole("samples", samples, low=2),
        settings=settings or LayerSettings(shuffles=_FEW_SHUFFLES, pairs=0),
        loggers=as_loggers(logger),
        notes=notes,
    )
