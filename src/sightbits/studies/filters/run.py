"""One network: its filters weighed by every criterion, taken out, and what is left tried."""

# mypy: disable-error-code="no-untyped-call"
from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import torch
from jaxtyping import Float

from sightbits.core.images import ImageDataset
from sightbits.core.journal import Journal
from sightbits.core.progress import Progress
from sightbits.estimation.filters import PAPER, REPAIRED, FilterSelection, cmi_permutation, select_filters
from sightbits.networks.checkpoints import write_weights
from sightbits.networks.convolutional import build_network
from sightbits.networks.pruning.cost import measure_cost
from sightbits.networks.pruning.criteria.functions import FUNCTIONS
from sightbits.networks.pruning.criteria.settings import CriterionSettings
from sightbits.networks.pruning.importance import FilterImportance
from sightbits.networks.pruning.layer import find_filters
from sightbits.networks.pruning.rest import masked_rest_of
from sightbits.networks.pruning.surgery import remove_filters
from sightbits.networks.pruning.view import FilterView
from sightbits.networks.training import accuracy_of, as_inputs
from sightbits.networks.weight_files import WeightFiles
from sightbits.studies.filters.outcome import Outcome
from sightbits.studies.filters.result import FilterPictures, PrunedCost
from sightbits.studies.filters.settings import FilterSettings
from sightbits.studies.filters.training import train_network, train_on

_DRAW = 11  # which stream of random numbers draws the images that criteria rest on
_TIMED = 128  # images in the batch that latency is measured with
_SHOWN = 3


@dataclass(frozen=True, eq=False, kw_only=True)
class Parts:
    """The images a study works with, those of the test as the network takes them, too, and the graph of that."""

    train: ImageDataset
    test: ImageDataset
    tests: Any
    graph: Any


class FilterRun:
    """Trains the network of one seed, prunes it in every way asked for, and records each outcome.

    Parameters
    ----------
    folder
        Where checkpoints and weights are left; None keeps nothing.
    """

    def __init__(
        self,
        parts: Parts,
        settings: FilterSettings,
        number: int,
        *,
        folder: Path | None,
        work: dict[str, Any],
        journal: Journal,
        progress: Progress,
    ) -> None:
        self._parts, self._settings, self._number = parts, settings, number
        self._seed = settings.seed + number
        self._folder, self._work, self._journal, self._progress = folder, work, journal, progress
        self._tuned: dict[tuple[int, ...], Any] = {}

    def outcome(self) -> Outcome:
        """Return what was found, from the record where it is there."""
        settings = self._settings
        self._look_at(self._network())
        view = self._view()
        importance = {name: self._importance(name, view) for name in settings.chosen_criteria}
        kept = {name: self._kept(name, scores) for name, scores in importance.items()}
        self._first = kept[settings.chosen_criteria[0]]
        pruned = self._pruned(kept)
        tuned = self._fine_tuned(kept)
        return Outcome(
            accuracy=self._known("accuracy", self._accuracy),
            figures=view.figures,
            importance=importance,
            pruned=pruned,
            fine_tuned=tuned,
            width=self._width(view),
        )

    def take_over(self, weights: dict[str, Any], outcome: Outcome) -> None:
        """Be where `outcome` ends, from the weights of the network and what was found of it elsewhere."""
        self._look_at(self.with_weights(weights))
        name = self._settings.chosen_criteria[0]
        self._first = self._kept(name, outcome.importance[name])

    def weights(self) -> dict[str, Any]:
        """Return the weights of the network, once the outcome is known."""
        return self._model.state_dict()

    def with_weights(self, weights: dict[str, Any]) -> Any:
        """Return the network of the study with these weights."""
        train = self._parts.train
        model = build_network(
            self._settings.network, image_shape=train.image_shape, n_labels=train.n_labels, seed=self._seed
        )
        model.load_state_dict(weights)
        return model.eval()

    def _network(self) -> Any:
        """Return the trained network: the one that an earlier call has left, where there is one."""
        settings, files = self._settings, WeightFiles(self._folder, self._journal)
        if self._folder is not None and files.has(self._seed):
            return self.with_weights(files.read(self._seed))
        trainer = train_network(
            settings.network,
            settings.plan(self._number),
            self._parts.train,
            work=self._work,
            checkpoint=checkpoint_in(self._folder, self._seed),
            progress=self._progress,
            task=f"network {self._number + 1}: training",
        )
        files.keep(self._seed, trainer.model)
        return trainer.model

    def _accuracy(self) -> float:
        test = self._parts.test
        return accuracy_of(self._model, test.images, test.labels, value_range=self._parts.train.value_range)

    def _look_at(self, model: Any) -> None:
        self._model, self._layer = model, find_filters(model, self._settings.studied, self._parts.tests)

    def _kept(self, name: str, scores: Float[np.ndarray, "filters"]) -> list[tuple[int, ...]]:
        """Return which filters a criterion keeps, for each number of them."""
        weighed = FilterImportance(criterion=name, layer=self._settings.studied, scores=scores)
        return [weighed.most_important(n) for n in self._settings.kept]

    def _known(self, what: str, find: Any) -> Any:
        """Return an outcome from the record; find and record it where it is not there."""
        key = f"seed {self._seed}, {what}"
        known = self._journal.recall(key)
        if known is None:
            known = find()
            self._journal.record(key, known)
        return known

    def _view(self) -> FilterView:
        train, settings = self._parts.train, self._settings
        n = min(max(settings.images, settings.width_images, settings.samples), train.n_images)
        drawn = np.random.default_rng([settings.seed, self._number, _DRAW]).permutation(train.n_images)[:n]
        asked = CriterionSettings(
            samples=settings.samples,
            images=settings.images,
            shuffles=settings.shuffles,
            beta=settings.beta,
            seed=self._seed,
        )
        inputs, labels = as_inputs(train.images[drawn], train.value_range), train.labels[drawn].astype(np.int64)
        return FilterView(
            self._model, self._layer, inputs, labels, asked, self._parts.graph,
            lambda task, done, total: self._progress(f"network {self._number + 1}: {task}", done, total),
        )  # fmt: skip

    def _importance(self, name: str, view: FilterView) -> Float[np.ndarray, "filters"]:
        self._progress(f"network {self._number + 1}: {name}", 0, 1)
        found = self._known(f"importance by {name}", lambda: FUNCTIONS[name](view).tolist())
        return np.array(found, dtype=np.float64)

    def _pruned(self, kept: Mapping[str, list[tuple[int, ...]]]) -> dict[str, Float[np.ndarray, "kept"]]:
        """Return the accuracy with so many filters, told from what stands behind them."""
        rest: list[Any] = []  # made when something is not known yet

        def accuracy(one: tuple[int, ...]) -> float:
            self._progress(f"network {self._number + 1}: pruning", 0, 1)
            with torch.inference_mode():
                if not rest:
                    rest.append(masked_rest_of(self._model, self._layer, self._parts.graph, self._parts.tests))
                named = rest[0].with_only(one).argmax(dim=1).numpy()
            return float((named == self._parts.test.labels).mean())

        return {
            name: np.array([self._known(f"pruned to {_key(one)}", partial(accuracy, one)) for one in sets])
            for name, sets in kept.items()
        }

    def _fine_tuned(self, kept: Mapping[str, list[tuple[int, ...]]]) -> dict[str, Float[np.ndarray, "kept"]]:
        """Return the accuracy of the pruned networks once they were trained on; NaN where they are not to be."""
        if not self._settings.fine_tune:
            return {name: np.full(len(sets), np.nan) for name, sets in kept.items()}
        plan = self._settings.fine_tuning_plan(self._number)
        how = f"fine-tuned for {plan.epochs} epochs at {plan.rate:g}"
        return {
            name: np.array([self._known(f"{how} with {_key(one)}", partial(self._tune, one)) for one in sets])
            for name, sets in kept.items()
        }

    def _tune(self, kept: tuple[int, ...]) -> float:
        test, plan = self._parts.test, self._settings.fine_tuning_plan(self._number)
        task = f"network {self._number + 1}: fine-tuning with {len(kept)} filters"
        trainer = train_on(self._smaller(kept), plan, self._parts.train, progress=self._progress, task=task)
        if kept in self._first:
            self._tuned[kept] = trainer.model
        return trainer.evaluate(test.images, test.labels)

    def _smaller(self, kept: tuple[int, ...]) -> Any:
        """Return a network that has only these filters."""
        return remove_filters(self._model, self._layer.convolution, kept, self._parts.tests[:2])

    def _width(self, view: FilterView) -> dict[str, FilterSelection]:
        settings = self._settings
        self._progress(f"network {self._number + 1}: how many filters", 0, 1)
        of_paper, of_ours = (view.maps_of(n) for n in (settings.samples, settings.width_images))
        asked: dict[str, Any] = {
            "permutations": settings.permutations,
            "significance": settings.significance,
            "seed": self._seed,
        }
        return {
            PAPER: cmi_permutation(of_paper, view.labels[: len(of_paper)], **asked),
            REPAIRED: select_filters(of_ours, view.labels[: len(of_ours)], **asked),
        }

    def costs(self) -> tuple[PrunedCost, ...]:
        """Return what the whole network and each pruned by the first criterion cost, once the outcome is known.

        Where there is a folder, these are left in it. Latency is to be measured when nothing else runs.
        """
        batch = self._parts.tests[:_TIMED]
        costs = [_cost(self._model, self._settings.n_filters, batch)]
        for one in self._first:
            smaller = self._smaller(one)
            costs.append(_cost(smaller, len(one), batch))
            if self._folder is not None:
                if self._settings.fine_tune:
                    if one not in self._tuned:  # its accuracy was found in the record
                        self._tune(one)
                    smaller = self._tuned[one]
                write_weights(self._folder / f"pruned-{len(one)}-seed-{self._seed}.pt", smaller)
        return tuple(costs)

    def pictures(self) -> FilterPictures:
        """Return what filters respond with to a few test images, once the outcome is known."""
        test = self._parts.test
        chosen = [int(np.flatnonzero(test.labels == label)[0]) for label in np.unique(test.labels)[:_SHOWN]]
        few = self._parts.tests[chosen]
        view = FilterView(self._model, self._layer, few, None, CriterionSettings(seed=self._seed), None)
        return FilterPictures(
            images=few.numpy().transpose(0, 2, 3, 1).astype(np.float64),
            labels=test.labels[chosen].astype(np.int64),
            responses=view.maps.astype(np.float64),
        )


def checkpoint_in(folder: Path | None, seed: int) -> Path | None:
    """Return where the network of a seed is kept while the study lasts."""
    return None if folder is None else folder / f".filters-seed-{seed}.pt"


def _cost(model: Any, kept: int, batch: Any) -> PrunedCost:
    found = measure_cost(model, batch)
    return PrunedCost(
        kept=kept, parameters=found.parameters, flops=found.flops, latency=found.latency, n_images=found.n_images
    )


def _key(kept: tuple[int, ...]) -> str:
    return ",".join(map(str, kept))
