"""What the trials of estimators gave, in memory, as a document and as tables."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from jaxtyping import Float

from sightbits.core.result import Columns, Result, plain, versions
from sightbits.core.units import Unit
from sightbits.estimation.settings import EstimationSettings


@dataclass(frozen=True, eq=False, kw_only=True)
class Trial:
    """One estimator on repeated samples of one distribution, in nats.

    Parameters
    ----------
    values
        The estimate on each sample.
    saturated
        In which share of the samples it was within 2 % of its ceiling.
    rung
        Whether the distribution is one of the ladder of growing information.
    """

    distribution: str
    description: str
    estimator: str
    truth: float
    values: Float[np.ndarray, "repeats"]
    saturated: float
    rung: bool = False

    @property
    def bias(self) -> float:
        """Mean of the estimates less the truth."""
        return float(self.values.mean() - self.truth)

    @property
    def spread(self) -> float:
        """Standard deviation of the estimates; NaN where one is infinite, as a copula's may be."""
        return float(self.values.std(ddof=1)) if np.isfinite(self.values).all() else np.nan

    @property
    def error(self) -> float:
        """Root mean squared error: bias and spread together."""
        return float(np.sqrt(np.mean((self.values - self.truth) ** 2)))


@dataclass(frozen=True, eq=False, kw_only=True)
class EstimatorCheck(Result):
    """The outcome of `check_estimators`.

    Parameters
    ----------
    trials
        Every estimator on every distribution.
    tolerance
        An error is small up to so many nats, or up to a tenth of the truth where that is more.
    """

    n_samples: int
    kinds: tuple[str, str]
    dimension: int
    levels: tuple[int, int]
    trials: Sequence[Trial]
    tolerance: float
    settings: EstimationSettings
    unit: Unit
    warnings: tuple[str, ...] = ()

    @property
    def estimators(self) -> list[str]:
        """The estimators, in the order they were tried."""
        return list(dict.fromkeys(trial.estimator for trial in self.trials))

    def allowed(self, trial: Trial) -> float:
        """Return the error up to which an estimate counts as right, in nats."""
        return max(self.tolerance, 0.1 * trial.truth)

    def right(self, trial: Trial) -> bool:
        """Whether bias and spread together stay within the tolerance."""
        return trial.error <= self.allowed(trial)

    def trusted(self, estimator: str) -> bool:
        """Whether the estimator is right on every distribution but the ladder's."""
        return all(self.right(trial) for trial in self.of(estimator) if not trial.rung)

    def of(self, estimator: str) -> list[Trial]:
        """Return the trials of one estimator."""
        return [trial for trial in self.trials if trial.estimator == estimator]

    def follows_up_to(self, estimator: str) -> float:
        """Return the largest information of the ladder up to which the estimator is right, in nats; NaN without one."""
        rungs = sorted((trial for trial in self.of(estimator) if trial.rung), key=lambda trial: trial.truth)
        if not rungs:
            return np.nan
        reached = 0.0
        for trial in rungs:
            if not self.right(trial):
                break
            reached = trial.truth
        return reached

    def shown(self, nats: Any) -> float:
        """Return a figure in the result's unit."""
        return float(self.unit.from_nats(float(nats)))

    def to_dict(self) -> dict[str, Any]:
        """Return everything as a JSON-able document."""
        return plain(
            {
                "study": "estimator_check",
                "version": versions()["sightbits"],
                "versions": versions(),
                "source": {
                    "name": "synthetic",
                    "n_samples": self.n_samples,
                    "x_kind": self.kinds[0],
                    "y_kind": self.kinds[1],
                    "dimension": self.dimension,
                    "levels": self.levels,
                },
                "settings": {
                    "bins": self.settings.bins,
                    "binning": self.settings.binning,
                    "k": self.settings.k,
                    "prior": self.settings.prior,
                    "repeats": len(self.trials[0].values),
                    "tolerance": self.shown(self.tolerance),
                    "relative_tolerance": 0.1,
                    "seed": self.settings.seed,
                },
                "unit": self.unit.value,
                "warnings": self.warnings,
                "trusted": [name for name in self.estimators if self.trusted(name)],
                "by_estimator": {
                    name: {
                        "trusted": self.trusted(name),
                        "largest_error": self.shown(max(trial.error for trial in self.of(name) if not trial.rung)),
                        "follows_up_to": self.shown(self.follows_up_to(name)),
                    }
                    for name in self.estimators
                },
                "trials": [
                    {
                        "distribution": trial.distribution,
                        "estimator": trial.estimator,
                        "truth": self.shown(trial.truth),
                        "mean": self.shown(trial.values.mean()),
                        "bias": self.shown(trial.bias),
                        "spread": self.shown(trial.spread),
                        "error": self.shown(trial.error),
                        "right": self.right(trial),
                        "saturated": trial.saturated,
                        "ladder": trial.rung,
                    }
                    for trial in self.trials
                ],
            }
        )

    def tables(self) -> dict[str, Columns]:
        """Return `trials` and `estimators` as columns."""
        document = self.to_dict()
        trials = document["trials"]
        estimators = document["by_estimator"]
        return {
            "trials": {name: [trial[name] for trial in trials] for name in trials[0]},
            "estimators": {
                "estimator": list(estimators),
                **{
                    name: [row[name] for row in estimators.values()]
                    for name in ("trusted", "largest_error", "follows_up_to")
                },
            },
        }
