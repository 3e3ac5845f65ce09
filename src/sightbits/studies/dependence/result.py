"""What was found about two variables, in memory, as a document and as tables."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from sightbits.core.estimate import Estimate
from sightbits.core.images import Provenance
from sightbits.core.result import Columns, Result, plain, versions
from sightbits.core.units import Unit
from sightbits.estimation.measure import Sample
from sightbits.estimation.settings import EstimationSettings


@dataclass(frozen=True, kw_only=True)
class Correlation:
    """Three correlations; NaN where a variable has names or never changes."""

    pearson: float
    spearman: float
    distance: float


@dataclass(frozen=True, eq=False, kw_only=True)
class Dependence(Result):
    """The outcome of `measure_dependence`. Information is in nats inside.

    Parameters
    ----------
    x_name, y_name
        What the variables are called.
    sample
        The variables `x` and `y`, as they were taken.
    estimator
        The one asked for, or the one that suits the variables.
    by_estimator
        The mutual information by every estimator that suits; the one asked for is among them.
    entropy_x, entropy_y, joint_entropy
        In the same manner; None where it cannot be had.
    differential
        Whether these entropies are differential, so that they depend on the unit of the variables.
    contrast
        What ksg and the correlations say of y = x^2 with noise, from about as many samples.
    """

    provenance: Provenance
    x_name: str
    y_name: str
    sample: Sample
    settings: EstimationSettings
    unit: Unit
    estimator: str
    by_estimator: Mapping[str, Estimate]
    entropy_x: Estimate | None
    entropy_y: Estimate | None
    joint_entropy: Estimate | None
    differential: bool
    correlation: Correlation
    contrast: "Contrast"
    notes: tuple[str, ...] = ()

    @property
    def information(self) -> Estimate:
        """The mutual information by the chosen estimator, beside its null."""
        return self.by_estimator[self.estimator]

    @property
    def n_samples(self) -> int:
        """How many samples there are."""
        return self.sample["x"].n_samples

    @property
    def warnings(self) -> tuple[str, ...]:
        """What a reader should know before believing the figures."""
        own = [*self.information.warnings, *self.notes]
        if self.information.saturated.item():
            own.append(
                f"The estimate is saturated: within 2 % of the most that {self.n_samples:,} samples can show by "
                f"{self.estimator}. The truth may be much larger."
            )
        return tuple(dict.fromkeys(own))

    def shown(self, nats: Any) -> float:
        """Return a figure in the result's unit."""
        return float(self.unit.from_nats(float(nats)))

    def to_dict(self) -> dict[str, Any]:
        """Return everything as a JSON-able document."""
        information, sample, settings = self.information, self.sample, self.settings
        return plain(
            {
                "study": "mi",
                "version": versions()["sightbits"],
                "versions": versions(),
                "source": {
                    "name": self.provenance.name,
                    "origin": self.provenance.origin,
                    "notes": self.provenance.notes,
                    "n_samples": self.n_samples,
                    "x": self.x_name,
                    "y": self.y_name,
                    "x_kind": "discrete" if sample["x"].discrete else "continuous",
                    "y_kind": "discrete" if sample["y"].discrete else "continuous",
                    "sha256": self.provenance.sha256,
                },
                "settings": {
                    "estimator": self.estimator,
                    "bins": settings.bins,
                    "binning": settings.binning,
                    "k": settings.k,
                    "jitter": settings.jitter,
                    "prior": settings.prior,
                    "error": settings.error,
                    "permutations": information.n_permutations,
                    "seed": settings.seed,
                },
                "unit": self.unit.value,
                "warnings": self.warnings,
                "mutual_information": self.shown(information.value),
                "standard_error": self.shown(information.standard_error),
                "saturated": information.saturated,
                "null": {
                    "mean": self.shown(information.null_mean),
                    "std": self.shown(information.null_std),
                    "excess": self.shown(information.excess),
                    "z": information.z_score,
                    "p_value": information.p_value,
                },
                "entropy_x": self._entropy(self.entropy_x),
                "entropy_y": self._entropy(self.entropy_y),
                "joint_entropy": self._entropy(self.joint_entropy),
                "entropies_are_differential": self.differential,
                "correlation": vars(self.correlation),
                "by_estimator": {name: self.shown(one.value) for name, one in self.by_estimator.items()},
                "by_estimator_details": {
                    name: {
                        "standard_error": self.shown(one.standard_error),
                        "null_mean": self.shown(one.null_mean),
                        "null_std": self.shown(one.null_std),
                        "p_value": one.p_value,
                        "permutations": one.n_permutations,
                        "saturated": one.saturated,
                    }
                    for name, one in self.by_estimator.items()
                },
                "contrast": {
                    "what": "y = x^2 + noise",
                    "estimator": self.contrast.information.estimator,
                    "mutual_information": self.shown(self.contrast.information.value),
                    "correlation": vars(self.contrast.correlation),
                },
            }
        )

    def _entropy(self, estimate: Estimate | None) -> float | None:
        return None if estimate is None else self.shown(estimate.value)

    def tables(self) -> dict[str, Columns]:
        """Return `estimators` and `correlations` as columns."""
        estimates = list(self.by_estimator.values())
        arrays = {
            "mutual_information": [self.shown(one.value) for one in estimates],
            "standard_error": [self.shown(one.standard_error) for one in estimates],
            "null_mean": [self.shown(one.null_mean) for one in estimates],
            "null_std": [self.shown(one.null_std) for one in estimates],
            "excess": [self.shown(one.excess) for one in estimates],
            "p_value": [one.p_value.item() for one in estimates],
        }
        return {
            "estimators": {
                "estimator": list(self.by_estimator),
                **{name: np.array(values, dtype=np.float64) for name, values in arrays.items()},
                "saturated": np.array([one.saturated.item() for one in estimates]),
            },
            "correlations": {
                "correlation": list(vars(self.correlation)),
                "value": np.array(list(vars(self.correlation).values()), dtype=np.float64),
            },
        }


@dataclass(frozen=True, eq=False, kw_only=True)
class Contrast:
    """A dependence that correlation does not see: y = x^2 with noise."""

    x: np.ndarray
    y: np.ndarray
    information: Estimate
    truth: float
    correlation: Correlation
