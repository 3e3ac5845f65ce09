"""What the source says of filters, held against what was found: computed, never typed in."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from operator import attrgetter
from typing import TYPE_CHECKING, Any

import numpy as np
from jaxtyping import Float

from sightbits.core.units import Unit
from sightbits.estimation.filters import PAPER, REPAIRED
from sightbits.networks.pruning.criteria.names import INFORMATION_CRITERIA

if TYPE_CHECKING:
    from sightbits.studies.filters.result import FilterStudy

BASELINES = ("l1", "taylor")
_NEAR = 0.05  # a share that is told as "nearly 55 %" may be off by as much
_ROUNDING = 1e-9
_FEWEST = 3  # networks: of two, every fourth standard error is less than a third of the true one


@dataclass(frozen=True, kw_only=True)
class RedLine:
    """A value of the objective above which filters count as of less importance, as the source draws one in Fig. 9.

    Parameters
    ----------
    value
        The mean of the objective over all filters, in nats, averaged over networks. The source does not say where its
        line lies; this is our reading.
    share_above
        How many filters lie above it.
    midrange, share_above_midrange
        Another reading: halfway between the least and the largest.
    chance
        The objective that shuffled samples give, averaged over filters.
    share_above_chance
        How many filters lie above what chance gives each.
    share_above_shuffled
        The control of `share_above`: how many lie above the mean where samples are shuffled.
    """

    value: float
    share_above: float
    midrange: float
    share_above_midrange: float
    chance: float
    share_above_chance: float
    share_above_shuffled: float

    def document(self, unit: Unit) -> dict[str, Any]:
        """Return it as a JSON-able document, information in a unit."""
        in_unit = ("value", "midrange", "chance")
        return {name: float(unit.from_nats(v)) if name in in_unit else v for name, v in asdict(self).items()} | {
            "definition": "the mean of the objective over all filters; the source does not define its line"
        }


@dataclass(frozen=True, kw_only=True)
class Verdict:
    """A claim, what was found, and whether it holds: `holds`, `does not hold`, `artefact` or `cannot be told`."""

    claim: str
    found: str
    verdict: str
    note: str

    def document(self) -> dict[str, str]:
        """Return it as a JSON-able document."""
        return asdict(self)


@dataclass(frozen=True, kw_only=True)
class Margin:
    """How far the better of two baselines and a criterion are apart, with so many filters kept.

    Parameters
    ----------
    difference
        The criterion's accuracy less that of the better baseline, averaged over networks.
    standard_error
        Of that difference, from network to network; NaN of one network.
    """

    criterion: str
    kept: int
    fine_tuned: bool
    baseline: str
    difference: float
    standard_error: float

    @property
    def slack(self) -> float:
        """By how much more it could fall behind and still be no more than one standard error worse."""
        return self.difference + float(np.nan_to_num(self.standard_error))

    @property
    def not_worse(self) -> bool:
        """Whether it is not worse by more than one standard error."""
        return self.slack >= -_ROUNDING


def red_line_of(study: "FilterStudy") -> RedLine:
    """Return the line, and the shares of filters above it, averaged over networks."""
    objective = study.objective
    mean = objective.mean(axis=1, keepdims=True)
    middle = (objective.min(axis=1, keepdims=True) + objective.max(axis=1, keepdims=True)) / 2
    chance = objective - study.excess_objective
    return RedLine(
        value=float(mean.mean()),
        share_above=float((objective > mean).mean()),
        midrange=float(middle.mean()),
        share_above_midrange=float((objective > middle).mean()),
        chance=float(chance.mean()),
        share_above_chance=float((objective > chance).mean()),
        share_above_shuffled=float((chance > chance.mean(axis=1, keepdims=True)).mean()),
    )


def margins_of(study: "FilterStudy") -> list[Margin]:
    """Return how each information criterion stands beside the better of the baselines, at every point."""
    baselines = [name for name in BASELINES if name in study.criteria]
    kinds = [(False, study.pruned_accuracy)] + ([(True, study.fine_tuned_accuracy)] if study.fine_tuned else [])
    margins = []
    for name in (name for name in study.criteria if name in INFORMATION_CRITERIA and baselines):
        for fine_tuned, accuracy in kinds:
            for place, kept in enumerate(study.kept):
                best = max(baselines, key=lambda baseline: float(accuracy[baseline][:, place].mean()))
                apart = accuracy[name][:, place] - accuracy[best][:, place]
                margins.append(
                    Margin(criterion=name, kept=kept, fine_tuned=fine_tuned, baseline=best,
                           difference=float(apart.mean()), standard_error=standard_error(apart))
                )  # fmt: skip
    return margins


def leaders_of(accuracy: Mapping[str, Float[np.ndarray, "seeds kept"]], place: int) -> list[str]:
    """Return the best criterion at one number kept, and after it those no more than one standard error worse.

    Notes
    -----
    The standard error is that of the difference from network to network; of one network only equals are no worse.
    """
    best = max(accuracy, key=lambda name: float(accuracy[name][:, place].mean()))
    apart = {name: accuracy[best][:, place] - values[:, place] for name, values in accuracy.items() if name != best}
    allowed = {name: float(np.nan_to_num(standard_error(values))) for name, values in apart.items()}
    return [best, *(name for name, values in apart.items() if values.mean() <= allowed[name] + _ROUNDING)]


def standard_error(values: Float[np.ndarray, "seeds"]) -> float:
    """Return that of the mean over networks; NaN of one."""
    return float(values.std(ddof=1) / len(values) ** 0.5) if len(values) > 1 else float("nan")


def verdicts_of(study: "FilterStudy") -> tuple[Verdict, ...]:
    """Return the claims that this study can say something about."""
    return (*_width_verdicts(study), _line_verdict(study), *_objective_verdicts(study), *_margin_verdicts(study))


def _width_verdicts(study: "FilterStudy") -> list[Verdict]:
    claimed = {128: 5, 512: 21}.get(study.n_filters)
    numbers = {method: [found.n_filters for found in each] for method, each in study.width.items()}
    if PAPER not in numbers or claimed is None:
        return []
    ours = numbers[PAPER]
    repaired = numbers.get(REPAIRED, [])
    holds = min(ours) <= claimed <= max(ours)
    return [
        Verdict(
            claim=f"CMI-permutation suggests {claimed} of {study.n_filters} filters",
            found=f"{_listed(ours)} by its rule; {_listed(repaired)} by the repaired one",
            verdict="holds" if holds else "does not hold",
            note="A permuted filter is independent of those chosen and separates samples better than the filter itself "
            "does: its rule stops where that begins, not where filters have nothing more to tell.",
        )
    ]


def _line_verdict(study: "FilterStudy") -> Verdict:
    line = study.red_line
    near = abs(line.share_above - 0.55) <= _NEAR + _ROUNDING
    alike = abs(line.share_above - line.share_above_shuffled) <= _NEAR + _ROUNDING
    return Verdict(
        claim="Nearly 55 % of the filters have an objective above the red line",
        found=f"{100 * line.share_above:.0f} % above the mean, {100 * line.share_above_midrange:.0f} % above the "
        f"middle of the range, {100 * line.share_above_chance:.0f} % above what shuffled samples give; of shuffled "
        f"samples {100 * line.share_above_shuffled:.0f} % above their mean",
        verdict="artefact" if near and alike else "holds" if near else "does not hold",
        note="The source does not say where its line lies: of the mean about half lie above whatever is measured.",
    )


def _objective_verdicts(study: "FilterStudy") -> list[Verdict]:
    if not {"bottleneck", "random"} <= set(study.criteria):
        return []
    apart = study.pruned_accuracy["bottleneck"] - study.pruned_accuracy["random"]
    means = apart.mean(axis=0)
    errors = np.array([standard_error(apart[:, k]) for k in range(len(study.kept))])
    known = np.nan_to_num(errors, nan=0.0)
    better, worse = means > known, means < -known
    told = ", ".join(f"{100 * m:+.1f} at {k}" for m, k in zip(means, study.kept, strict=True))
    verdict = "holds" if better.all() else "does not hold" if worse.any() else "cannot be told"
    return [
        Verdict(
            claim="The smaller I(X; T) - 2 I(T; Y), the more important the filter",
            found=f"accuracy less that of random choice, in points: {told}",
            verdict=verdict,
            note="Kept are the filters of the smallest objective, without fine-tuning.",
        )
    ]


def _margin_verdicts(study: "FilterStudy") -> list[Verdict]:
    margins, n_networks = margins_of(study), len(study.accuracy)
    names = dict.fromkeys(margin.criterion for margin in margins)
    if not names:
        return []
    at_every_point = [name for name in names if all(m.not_worse for m in margins if m.criterion == name)]
    told = attrgetter("difference" if at_every_point else "slack")  # a miss is what lies beyond the error
    worst = [min((m for m in margins if m.criterion == name), key=told) for name in at_every_point or names]
    return [
        Verdict(
            claim="An information criterion prunes no worse than the better of l1 and taylor, at every point",
            found=(", ".join(at_every_point) if at_every_point else "none")
            + f"; at its worst, {_margin_words(max(worst, key=told))}",
            verdict="cannot be told" if n_networks < _FEWEST else "holds" if at_every_point else "does not hold",
            note="Not worse: by no more than one standard error of the difference over networks, of which it takes "
            f"{_FEWEST}. The claim is ours.",
        )
    ]


def _margin_words(margin: Margin) -> str:
    # Three decimals: what is missed by half an image of ten thousand does not read as if it held.
    error = f" ± {100 * margin.standard_error:.3f}" if np.isfinite(margin.standard_error) else ""
    return (
        f"{margin.criterion} is {100 * margin.difference:+.3f}{error} points from the better of them, "
        f"keeping {margin.kept}" + (", fine-tuned" if margin.fine_tuned else "")
    )


def _listed(numbers: list[int]) -> str:
    return ", ".join(map(str, numbers)) if numbers else "not asked"
