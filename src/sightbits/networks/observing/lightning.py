"""Observing a network that Lightning trains."""

import importlib
from collections.abc import Callable, Collection, Iterable
from types import ModuleType
from typing import Any

from sightbits.core.checks import InputError
from sightbits.estimation.layers import LayerSettings
from sightbits.networks.observing.observer import Observer, observe

_PACKAGES = ("lightning.pytorch", "pytorch_lightning")


def lightning_callback(
    layers: Iterable[str] | None = None,
    *,
    at: int | Collection[int] | Callable[[int], bool] = 50,
    inputs: Callable[[Any], Any] | None = None,
    labels: Callable[[Any], Any] | None = None,
    loss: Any = None,
    reduction: str = "mean",
    samples: int = 128,
    settings: LayerSettings | None = None,
    logger: Any = None,
) -> Any:
    """Return a Lightning callback that observes a network while a `Trainer` trains it.

    Parameters
    ----------
    layers
        Names from `named_modules()` of the LightningModule, such as "net.conv1"; by default each module that has
        weights and no module inside.
    at
        Which training batches are observed, as in `observe`; they are numbered on from `trainer.global_step`.
    inputs, labels
        What a batch's images and labels are; by default its first and second part.
    loss, reduction, samples, settings
        As in `observe`. Accumulated gradients and scaled losses are known without `loss`.
    logger
        As in `observe`; by default the loggers of the trainer.

    Returns
    -------
    lightning.pytorch.Callback
        To be given to `Trainer(callbacks=[...])`. Its `observer` is there once training begins, and keeps the records.

    Raises
    ------
    InputError
        Where Lightning is not installed; as training begins, where `observe` would raise it.

    Notes
    -----
    A step is a training batch: what the layers are called with from its start until its first backward pass. On several
    devices the first process observes its share of each batch. Layers, checkpoints and training are left as they are.

    Example: `Trainer(callbacks=[lightning_callback(["net.conv1", "net.fc"], at=100)]).fit(module, loader)`.
    """
    base = _find_package().Callback

    class FlowCallback(base):  # type: ignore[misc, valid-type]  # known only here
        observer: Observer | None = None

        def on_train_start(self, trainer: Any, pl_module: Any) -> None:
            if not trainer.is_global_zero:
                return
            observer = observe(
                pl_module,
                layers,
                at=at,
                loss=loss,
                reduction=reduction,
                samples=samples,
                settings=settings,
                logger=list(trainer.loggers) if logger is None else logger,
            )
            self.observer = observer.start(by_forward=False, first_step=int(trainer.global_step))

        def on_train_batch_start(self, trainer: Any, pl_module: Any, batch: Any, batch_idx: int) -> None:
            if self.observer is not None:
                given, targets = _parts(batch)
                self.observer.begin_step(
                    given if inputs is None else inputs(batch), targets if labels is None else labels(batch)
                )

        def on_before_backward(self, trainer: Any, pl_module: Any, loss: Any) -> None:
            if self.observer is not None:
                self.observer.end_forward(loss_weight=_loss_weight(trainer))

        def on_train_batch_end(self, trainer: Any, pl_module: Any, outputs: Any, batch: Any, batch_idx: int) -> None:
            if self.observer is not None:
                self.observer.end_step()

        def on_train_end(self, trainer: Any, pl_module: Any) -> None:
            if self.observer is not None:
                self.observer.stop()

        def on_exception(self, trainer: Any, pl_module: Any, exception: BaseException) -> None:
            if self.observer is not None:
                self.observer.abandon()

    return FlowCallback()


def _parts(batch: Any) -> tuple[Any, Any]:
    """What a batch is of images and labels, where nobody says so."""
    if isinstance(batch, list | tuple) and batch:
        return batch[0], batch[1] if len(batch) > 1 else None
    return batch, None


def _loss_weight(trainer: Any) -> float:
    """How much the loss of this batch counts in what Lightning differentiates."""
    scaler = getattr(getattr(trainer, "precision_plugin", None), "scaler", None)
    scale = 1.0 if scaler is None else float(scaler.get_scale())
    return scale / getattr(trainer, "accumulate_grad_batches", 1)


def _find_package() -> ModuleType:
    for name in _PACKAGES:
        try:
            return importlib.import_module(name)
        except ImportError:
            continue
    raise InputError(
        "lightning_callback",
        wanted="the package 'lightning' or 'pytorch-lightning'",
        got="an installation without either",
        remedy="Install one with: pip install lightning",
    )
