"""What a study of filters found, in memory, as a document and as tables."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from jaxtyping import Float, Int64

from sightbits.core.images import Provenance
from sightbits.core.result import Columns, Result, plain, versions
from sightbits.core.units import Unit
from sightbits.estimation.filters import FilterFigures, FilterSelection
from sightbits.studies.filters import documents
from sightbits.studies.filters.caveats import warnings_of
from sightbits.studies.filters.comparing import RedLine, Verdict, red_line_of, verdicts_of
from sightbits.studies.filters.settings import FilterSettings
from sightbits.studies.filters.sweep import WidthSweep


@dataclass(frozen=True, eq=False, kw_only=True)
class FilterPictures:
    """What filters of the first network respond with to a few images.

    Parameters
    ----------
    images
        One of each of a few labels, as shares of the range of grey values.
    labels
        Their numbers.
    responses
        The map of each filter for each of them.
    """

    images: Float[np.ndarray, "examples rows columns channels"]
    labels: Int64[np.ndarray, "examples"]
    responses: Float[np.ndarray, "examples filters rows_of_map columns_of_map"]


@dataclass(frozen=True, eq=False, kw_only=True)
class PrunedCost:
    """What a network costs with so many filters: parameters, operations an image, seconds a batch."""

    kept: int
    parameters: int
    flops: int
    latency: float
    n_images: int


@dataclass(frozen=True, eq=False, kw_only=True)
class FilterStudy(Result):
    """How many filters of a layer are enough, and which may go.

    Parameters
    ----------
    n_training, n_test
        How many images were learned from, and told the accuracy.
    accuracy
        Test accuracy of each whole network.
    figures
        Of each network, what each filter tells of input and label, beside chance.
    importance
        A criterion, and how important it finds each filter of each network; larger is more important.
    pruned_accuracy
        A criterion, and the test accuracy of each network with so many filters kept (`settings.kept`), as pruned.
    fine_tuned_accuracy
        The same after it was trained on for `settings.fine_tune` epochs; NaN where it was not.
    width
        A rule of how many filters are enough, and what it found in each network.
    costs
        What the whole network and each pruned one cost, most filters first.
    pictures
        What filters respond with.
    sweep
        Networks trained with other numbers of filters in the layer; None where none were asked for.

    Examples
    --------
    >>> from sightbits import study_filters
    >>> found = study_filters("digits", epochs=2, criteria=["l1", "usable_information"], shuffles=2, permutations=19)
    >>> sorted(found.to_dict()["width"]), found.settings.kept
    (['cmi_permutation', 'partial_permutation'], (6, 3, 2, 1))
    """

    provenance: Provenance
    image_shape: tuple[int, ...]
    label_names: tuple[str, ...]
    value_range: tuple[float, float]
    n_training: int
    n_test: int
    settings: FilterSettings
    unit: Unit
    accuracy: Float[np.ndarray, "seeds"]
    figures: tuple[FilterFigures, ...]
    importance: Mapping[str, Float[np.ndarray, "seeds filters"]]
    pruned_accuracy: Mapping[str, Float[np.ndarray, "seeds kept"]]
    fine_tuned_accuracy: Mapping[str, Float[np.ndarray, "seeds kept"]]
    width: Mapping[str, tuple[FilterSelection, ...]]
    costs: tuple[PrunedCost, ...]
    pictures: FilterPictures
    sweep: WidthSweep | None

    @property
    def layer(self) -> str:
        """The convolution whose filters were studied."""
        return self.settings.studied

    @property
    def n_filters(self) -> int:
        """How many filters it has."""
        return self.settings.n_filters

    @property
    def criteria(self) -> tuple[str, ...]:
        """By what filters were chosen."""
        return tuple(self.importance)

    @property
    def kept(self) -> tuple[int, ...]:
        """How many filters were kept, most first."""
        return self.settings.kept

    @property
    def fine_tuned(self) -> bool:
        """Whether pruned networks were trained on."""
        return self.settings.fine_tune > 0

    @cached_property
    def objective(self) -> Float[np.ndarray, "seeds filters"]:
        """The source's objective I(X; T) - beta I(T; Y) of each filter, in nats."""
        return np.array([figures.objective(self.settings.beta) for figures in self.figures])

    @cached_property
    def excess_objective(self) -> Float[np.ndarray, "seeds filters"]:
        """The same objective of what is above chance, in nats."""
        return np.array([figures.excess_objective(self.settings.beta) for figures in self.figures])

    @cached_property
    def red_line(self) -> RedLine:
        """The line of the source's histogram, as we read it, and how many filters lie above."""
        return red_line_of(self)

    @cached_property
    def verdicts(self) -> tuple[Verdict, ...]:
        """What the source claims of filters, and what was found here."""
        return verdicts_of(self)

    @property
    def warnings(self) -> tuple[str, ...]:
        """What to know before believing the figures."""
        return warnings_of(self)

    def to_dict(self) -> dict[str, Any]:
        """Return the whole study as a JSON-able document."""
        return plain(
            {
                "study": "filters",
                "version": versions()["sightbits"],
                "versions": versions(),
                "source": self.provenance.document(
                    split="test",
                    n_images=self.n_test,
                    n_training=self.n_training,
                    image_shape=self.image_shape,
                    label_names=self.label_names,
                    value_range=self.value_range,
                ),
                "settings": documents.settings_document(self.settings),
                "unit": self.unit.value,
                "warnings": self.warnings,
                "layer": self.layer,
                "n_filters": self.n_filters,
                "accuracy": float(self.accuracy.mean()),
                "accuracy_of_seeds": self.accuracy,
                "width": documents.width_document(self.width, self.unit),
                "importance": {name: scores.mean(axis=0) for name, scores in self.importance.items()},
                "importance_of_seeds": self.importance,
                "information": documents.information_document(self),
                "red_line": self.red_line.document(self.unit),
                "pruning": documents.pruning_rows(self),
                "pruning_summary": documents.summary_rows(self),
                "cost": documents.cost_document(self.costs),
                "verdicts": [verdict.document() for verdict in self.verdicts],
                "sweep": None if self.sweep is None else self.sweep.rows(self.unit),
            }
        )

    def tables(self) -> dict[str, Columns]:
        """Return `pruning`, `accuracy`, `importance`, `width`, `cost`, `verdicts` and, if there is one, `sweep`."""
        rows = {
            "pruning": documents.pruning_rows(self),
            "accuracy": documents.summary_rows(self),
            "importance": documents.importance_rows(self),
            "width": documents.width_rows(self.width, self.unit, self.settings.seed),
            "cost": documents.cost_rows(self.costs),
            "verdicts": [verdict.document() for verdict in self.verdicts],
            "sweep": [] if self.sweep is None else self.sweep.rows(self.unit),
        }
        return {name: {key: [row[key] for row in found] for key in found[0]} for name, found in rows.items() if found}
