"""An information figure that is never naked: the value, and how much of it chance alone would give."""

from dataclasses import dataclass, fields, replace
from typing import Any

import numpy as np
from jaxtyping import Bool, Float

from sightbits.core.units import Unit

SATURATION = 0.02  # within this share of the ceiling, an estimate says more of the sample than of the world


@dataclass(frozen=True, eq=False, kw_only=True)
class Estimate:
    """One estimate of information, or a batch of them, in nats, with what chance gives beside it.

    Parameters
    ----------
    value
        The estimate; a correction may make it negative.
    estimator
        Name of the estimator.
    n_samples
        How many samples it rests on.
    saturated
        Within 2 % of the ceiling that the sample allows.
    null
        How the null was made: "permutation", "g_test" or "none".
    n_permutations
        How many permutations it rests on.
    null_mean, null_std
        Mean and spread of the estimate where the pairing is chance; NaN without a null.
    p_value
        How often chance gives at least as much: (b + 1) / (m + 1) from m permutations.
    family_wise_p
        The same for the whole batch: how often chance gives as much anywhere in it; NaN where not asked.
    standard_error
        How far the value would move with another sample of the same size; NaN where not asked.
    warnings
        What to know before believing the value: what was assumed of the data, ties, saturation.
    unit
        The unit in which it prints and converts to a float.
    """

    value: Float[np.ndarray, "*batch"]
    estimator: str
    n_samples: int
    saturated: Bool[np.ndarray, "*batch"]
    null: str
    null_mean: Float[np.ndarray, "*batch"]
    null_std: Float[np.ndarray, "*batch"]
    p_value: Float[np.ndarray, "*batch"]
    n_permutations: int = 0
    family_wise_p: Float[np.ndarray, "*batch"] = None  # type: ignore[assignment]  # NaN of the value's shape
    standard_error: Float[np.ndarray, "*batch"] = None  # type: ignore[assignment]
    warnings: tuple[str, ...] = ()
    unit: Unit = Unit.BIT

    def __post_init__(self) -> None:
        for name in ("family_wise_p", "standard_error"):
            if getattr(self, name) is None:
                object.__setattr__(self, name, np.full(self.value.shape, np.nan))
        for field in fields(self):
            array = getattr(self, field.name)
            if isinstance(array, np.ndarray):
                view = array.view()
                view.setflags(write=False)
                object.__setattr__(self, field.name, view)

    @property
    def excess(self) -> Float[np.ndarray, "*batch"]:
        """The value less what chance gives, in nats."""
        return np.asarray(self.value - self.null_mean)

    @property
    def z_score(self) -> Float[np.ndarray, "*batch"]:
        """The excess in standard deviations of the null; NaN where the null does not vary."""
        spread = np.where(self.null_std > 1e-12, self.null_std, np.nan)  # less is rounding: equal draws, summed
        return np.asarray(self.excess / spread)

    def reshape(self, *shape: int) -> "Estimate":
        """Return the same batch in another shape."""
        arrays: dict[str, Any] = {name: a.reshape(shape) for name, a in vars(self).items() if isinstance(a, np.ndarray)}
        return replace(self, **arrays)

    def __float__(self) -> float:
        if self.value.size != 1:
            raise TypeError(f"this estimate is a batch of {self.value.size}, not one number: use .value")
        return float(self.unit.from_nats(self.value.item()))

    def __repr__(self) -> str:
        if self.value.size != 1:
            return f"Estimate(batch of {self.value.shape}, {self.estimator}, n = {self.n_samples}, null = {self.null})"
        in_unit = {
            name: float(self.unit.from_nats(getattr(self, name).item()))
            for name in ("value", "standard_error", "null_mean", "null_std")
        }
        error = "" if np.isnan(in_unit["standard_error"]) else f" +- {in_unit['standard_error']:.4f}"
        chance = f"chance {in_unit['null_mean']:.4f} +- {in_unit['null_std']:.4f}, p = {self.p_value.item():.3g}"
        facts = [self.estimator, f"n = {self.n_samples}", "no null" if self.null == "none" else chance]
        if self.saturated.item():
            facts.append("saturated")
        if self.warnings:
            facts.append(f"{len(self.warnings)} warning{'s' * (len(self.warnings) > 1)}")
        unit = "" if self.unit is Unit.DIMENSIONLESS else f" {self.unit}"
        return f"{in_unit['value']:.4f}{error}{unit} ({', '.join(facts)})"
