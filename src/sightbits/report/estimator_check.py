"""The page of estimators tried where the truth is known."""

import numpy as np

from sightbits.core.result import versions
from sightbits.plots import estimator_check as pictures
from sightbits.plots.dependence import readable
from sightbits.plots.estimator_check import verdict
from sightbits.report.page import Fact, Figure, Page, Section
from sightbits.studies.estimator_check import EstimatorCheck


def summarize_check(check: EstimatorCheck) -> Page:
    """Return what the report of an estimator check shows."""
    n_trusted = sum(check.trusted(name) for name in check.estimators)
    matrix = pictures.errors(check)
    datasets = dict(matrix.datasets)
    sections = [
        Section(
            name="errors",
            title="Bias on distributions of known information",
            text=f"Each cell is the mean of {len(check.trials[0].values)} estimates less the truth, in {check.unit}s; "
            "its colour is bias and spread together, in units of what is allowed: "
            f"{check.shown(check.tolerance):.2g} {check.unit}s, or 10 % of the truth.",
            figures=(
                Figure(
                    name="errors", spec=matrix.chart.to_dict(), alt="Matrix of bias by estimator and distribution",
                    columns=len(pictures.distributions(check)), margin=124,
                ),
            ),
            table="table.html",
            rows=_truths(check),
        )
    ]  # fmt: skip
    if pictures.has_ladder(check):
        grown = pictures.ladder(check)
        datasets |= grown.datasets
        sections.append(
            Section(
                name="ladder",
                title="How much information can be seen at all",
                text="Gaussians of growing information. Where a line leaves the dashed diagonal, the estimator says "
                "more of the sample size than of the variables. Bands: one standard deviation.",
                figures=(Figure(name="ladder", spec=grown.chart.to_dict(), alt="Estimates against the truth"),),
                table="table.html",
                rows=_reach(check),
            )
        )
    return Page(
        title=f"Estimators at n = {check.n_samples:,}",
        finding=verdict(check),
        facts=(
            Fact(value=f"{n_trusted} of {len(check.estimators)}", meaning="estimators can be trusted everywhere tried"),
            Fact(value=f"{check.n_samples:,}", meaning=f"samples, {' and '.join(dict.fromkeys(check.kinds))}"),
        ),
        warnings=check.warnings,
        sections=tuple(sections),
        data={"datasets": datasets},
        scripts=("datasets.js",),
        details={
            "Trials": f"{len(check.trials[0].values)} samples of each distribution",
            "Bins": f"{check.settings.bins}, {check.settings.binning.replace('_', ' ')}",
            "Neighbours": f"k = {check.settings.k}",
            "Seed": str(check.settings.seed),
            "Versions": ", ".join(f"{name} {version}" for name, version in versions().items()),
        },
    )


def _truths(check: EstimatorCheck) -> tuple[tuple[str, ...], ...]:
    found = {trial.distribution: trial for trial in check.trials if not trial.rung}
    return (
        ("distribution", f"truth, {check.unit}s"),
        *((f"{i + 1}. {name}", f"{check.shown(trial.truth):.4f}") for i, (name, trial) in enumerate(found.items())),
    )


def _reach(check: EstimatorCheck) -> tuple[tuple[str, ...], ...]:
    def reach(name: str) -> str:
        nats = check.follows_up_to(name)
        return "-" if np.isnan(nats) else f"{check.shown(nats):.1f}"

    return (
        ("estimator", f"right up to, {check.unit}s", "trusted everywhere tried"),
        *((readable(name), reach(name), "yes" if check.trusted(name) else "no") for name in check.estimators),
    )
