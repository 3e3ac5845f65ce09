"""Short tables of two variables, and of estimators tried, for people."""

from functools import singledispatch

import numpy as np
from rich.console import Console
from rich.markup import escape

from sightbits.cli.tables import print_table
from sightbits.plots.dependence import finding, readable
from sightbits.plots.estimator_check import verdict
from sightbits.studies.dependence import Dependence
from sightbits.studies.estimator_check import EstimatorCheck


@singledispatch
def print_result(result: object) -> None:
    """Print what was found."""
    raise TypeError(f"no table is known for {type(result).__name__}")


@print_result.register
def print_dependence(found: Dependence) -> None:
    """Print what was found: a sentence, the estimators side by side, correlations, entropies."""
    console = Console(highlight=False)
    name = escape(found.provenance.name)
    console.print(f"[bold]{name}[/bold]: {escape(finding(found))}", soft_wrap=True)
    for note in found.provenance.notes:
        console.print(f"note: {note}", soft_wrap=True, markup=False)

    def shown(nats: object) -> str:
        value = found.shown(nats)
        return "-" if np.isnan(value) else f"{value:.4f}"

    rows = [
        [
            ("* " if name == found.estimator else "") + readable(name),
            shown(one.value),
            shown(one.standard_error),
            shown(one.null_mean),
            shown(one.excess),
            f"{one.p_value.item():.3f}" if one.n_permutations else "-",
            "saturated" if one.saturated.item() else "",
        ]
        for name, one in found.by_estimator.items()
    ]
    title = f"I({found.x_name}; {found.y_name}) in {found.unit}s, n = {found.n_samples:,}"
    print_table(title, ["estimator", "information", "+-", "by chance", "excess", "p", ""], rows)
    kind = " (differential where continuous)" if found.differential else ""
    entropies = [
        [name, "-" if one is None else shown(one.value)]
        for name, one in (
            (f"H({found.x_name})", found.entropy_x),
            (f"H({found.y_name})", found.entropy_y),
            (f"H({found.x_name}, {found.y_name})", found.joint_entropy),
        )
    ]
    print_table(f"Entropies{kind}", ["", f"{found.unit}s"], entropies)
    correlations = [
        [name.capitalize(), "-" if np.isnan(value) else f"{value:.4f}"]
        for name, value in vars(found.correlation).items()
    ]
    print_table("Correlations", ["", "value"], correlations)
    for warning in found.warnings:
        console.print(f"warning: {warning}", soft_wrap=True, markup=False)


@print_result.register
def print_check(check: EstimatorCheck) -> None:
    """Print which estimators can be trusted, with bias and spread on each distribution."""
    console = Console(highlight=False)
    console.print(verdict(check), soft_wrap=True)
    plain = [trial for trial in check.trials if not trial.rung]
    distributions = list(dict.fromkeys(trial.distribution for trial in plain))
    rows = []
    for name in check.estimators:
        own = {trial.distribution: trial for trial in plain if trial.estimator == name}
        follows = check.shown(check.follows_up_to(name))
        rows.append(
            [
                readable(name),
                "yes" if check.trusted(name) else "no",
                "-" if np.isnan(follows) else f"{follows:.1f}",
                *(f"{check.shown(own[one].bias):+.2f}" + " !"[not check.right(own[one])] for one in distributions),
            ]
        )
    console.print(f"Distributions ({check.unit}s of truth):")
    for i, one in enumerate(distributions):
        truth = next(trial.truth for trial in plain if trial.distribution == one)
        console.print(f"  {i + 1}. {one}: {check.shown(truth):.4f}", soft_wrap=True)
    header = ["estimator", "trust", "up to", *(str(i + 1) for i in range(len(distributions)))]
    print_table(
        f"Bias in {check.unit}s, n = {check.n_samples:,}; ! where bias and spread are more than allowed", header, rows
    )
    console.print("up to: the most information that the estimator follows, on Gaussians", soft_wrap=True)
    for warning in check.warnings:
        console.print(f"warning: {warning}", soft_wrap=True)
