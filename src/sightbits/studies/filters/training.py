"""The networks of the study, trained; training goes on where it was cut off."""

from pathlib import Path
from typing import Any

from sightbits.core.images import ImageDataset
from sightbits.core.progress import Progress
from sightbits.networks.convolutional import build_network
from sightbits.networks.reference import NetworkChoice
from sightbits.networks.training import Trainer
from sightbits.networks.training_plan import TrainingPlan


def train_network(
    choice: NetworkChoice,
    plan: TrainingPlan,
    train: ImageDataset,
    *,
    work: dict[str, Any],
    checkpoint: Path | None,
    progress: Progress,
    task: str,
) -> Trainer:
    """Return a network that has seen all it is to see; it is saved after each epoch."""
    model = build_network(choice, image_shape=train.image_shape, n_labels=train.n_labels, seed=plan.seed)
    trainer = Trainer(
        model, train.images, train.labels, plan, value_range=train.value_range,
        work={**work, "filters": list(choice.n_filters)}, checkpoint=checkpoint,
    )  # fmt: skip
    while trainer.step < trainer.n_steps:
        epoch_end = (trainer.step // trainer.steps_per_epoch + 1) * trainer.steps_per_epoch
        trainer.advance(epoch_end, lambda _, done, total: progress(task, done, total))
        trainer.save()
    return trainer


def train_on(model: Any, plan: TrainingPlan, train: ImageDataset, *, progress: Progress, task: str) -> Trainer:
    """Return a pruned network trained on, in place; it is done in one go."""
    trainer = Trainer(model, train.images, train.labels, plan, value_range=train.value_range, work={})
    trainer.advance(trainer.n_steps, lambda _, done, total: progress(task, done, total))
    return trainer
