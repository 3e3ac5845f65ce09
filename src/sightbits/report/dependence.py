"""The page of two variables."""

from typing import Any

import numpy as np

from sightbits.core.result import versions
from sightbits.plots import dependence as pictures
from sightbits.plots.dependence import finding, readable
from sightbits.plots.picture import Picture
from sightbits.report.page import Fact, Figure, Page, Section
from sightbits.studies.dependence import Dependence


def summarize_dependence(found: Dependence) -> Page:
    """Return what the report of two variables shows."""
    drawn = {
        "points": pictures.points(found),
        "histogram": pictures.histogram_map(found),
        "estimators": pictures.estimators(found),
        "correlations": pictures.correlations(found),
        "contrast": pictures.contrast_points(found),
    }
    return Page(
        title=f"{found.x_name} and {found.y_name} in {found.provenance.name}",
        finding=finding(found),
        facts=_facts(found),
        warnings=found.warnings,
        sections=_sections(found, drawn),
        data={"datasets": {name: rows for picture in drawn.values() for name, rows in picture.datasets.items()}},
        scripts=("datasets.js",),
        details=_details(found),
    )


def _facts(found: Dependence) -> tuple[Fact, ...]:
    information, unit = found.information, found.unit
    facts = [Fact(value=f"{found.shown(information.value):.3f} {unit}s", meaning=f"by {readable(found.estimator)}")]
    if information.null != "none":
        facts.append(
            Fact(
                value=f"{found.shown(information.null_mean):.3f} {unit}s",
                meaning=f"by chance alone; p = {information.p_value.item():.3g}",
            )
        )
    if not np.isnan(found.correlation.pearson):
        facts.append(Fact(value=f"{found.correlation.pearson:.3f}", meaning="Pearson's correlation"))
    facts.append(Fact(value=f"{found.n_samples:,}", meaning="samples"))
    return tuple(facts)


def _sections(found: Dependence, drawn: dict[str, Picture]) -> tuple[Section, ...]:
    def figure(name: str, alt: str, *, columns: int = 0, margin: int = 64) -> Figure:
        return Figure(name=name, spec=drawn[name].chart.to_dict(), alt=alt, columns=columns, margin=margin)

    x, y, unit = found.x_name, found.y_name, found.unit
    contrast = found.contrast
    across = pictures.n_cells_across(found)
    return (
        Section(
            name="seen",
            title="What was seen",
            text=f"Left, the samples (at most 2,000 of them, evenly taken); right, how many fall into each cell of "
            f"{x} and {y}. Cells without samples show the plain ground.",
            figures=(
                figure("points", f"Scatter plot of {x} and {y}", margin=36 + pictures.room_for_points(found)),
                figure(
                    "histogram",
                    f"Two-dimensional histogram of {x} and {y}",
                    columns=across,
                    margin=48 + pictures.room_for_cells(found),
                ),
            ),
        ),
        Section(
            name="estimators",
            title="The estimators side by side",
            text=f"Dots: I({x}; {y}); bars: one standard error; ticks: what chance alone gives that estimator. An "
            "estimate is worth what stands between its tick and its dot. In orange the one asked for, or the one that "
            "suits these variables. Estimators of counts see continuous variables in bins.",
            figures=(figure("estimators", "Estimates with standard errors and chance", margin=132),),
            table="table.html",
            rows=_estimator_table(found),
        ),
        Section(
            name="entropies",
            title="Entropies",
            text=_entropy_text(found),
            table="table.html",
            rows=_entropy_table(found),
        ),
        Section(
            name="correlation",
            title="Correlation beside information",
            text="Correlations see lines (Pearson), rising curves (Spearman) or any dependence (distance); information "
            "sees any, and is shown here as the correlation of a Gaussian that would hold as much. They part where "
            "y = x²: there Pearson's is "
            f"{contrast.correlation.pearson:.2f} and yet x tells {found.shown(contrast.information.value):.2f} {unit}s "
            f"of y (the truth is {found.shown(contrast.truth):.2f}).",
            figures=(
                figure("correlations", "Correlations and information, here and for y = x²", margin=84),
                figure("contrast", "Scatter plot of y = x² with noise"),
            ),
        ),
    )


def _number(found: Dependence, nats: Any) -> str:
    value = found.shown(nats)
    return "-" if np.isnan(value) else f"{value:.4f}"


def _estimator_table(found: Dependence) -> tuple[tuple[str, ...], ...]:
    head = ("estimator", f"information, {found.unit}s", "standard error", "by chance", "excess", "p-value", "saturated")
    return (
        head,
        *(
            (
                readable(name),
                *(_number(found, nats) for nats in (one.value, one.standard_error, one.null_mean, one.excess)),
                f"{one.p_value.item():.3f}" if one.n_permutations else "-",
                "yes" if one.saturated.item() else "no",
            )
            for name, one in found.by_estimator.items()
        ),
    )


def _entropy_text(found: Dependence) -> str:
    if not found.differential:
        return (
            "How uncertain each variable is, and both together, in the same manner as the estimate put first; "
            "continuous variables in bins."
        )
    return (
        "Entropies of continuous variables are differential: they depend on the unit a variable is measured in, and "
        "may be negative. By the distances to the k-th nearest neighbours (Kozachenko-Leonenko)."
    )


def _entropy_table(found: Dependence) -> tuple[tuple[str, ...], ...]:
    entropies = (
        (f"H({found.x_name})", found.entropy_x),
        (f"H({found.y_name})", found.entropy_y),
        (f"H({found.x_name}, {found.y_name})", found.joint_entropy),
    )
    return (
        ("", f"{found.unit}s"),
        *((name, "-" if one is None else _number(found, one.value)) for name, one in entropies),
    )


def _details(found: Dependence) -> dict[str, str]:
    settings = found.settings
    kinds = {name: "discrete" if variable.discrete else "continuous" for name, variable in found.sample.items()}
    return {
        "Data": f"{found.provenance.name}, {found.n_samples:,} samples of {found.x_name} ({kinds['x']}) and "
        f"{found.y_name} ({kinds['y']})",
        "SHA-256": found.provenance.sha256,
        "Bins": f"{settings.bins}, {settings.binning.replace('_', ' ')}",
        "Neighbours": f"k = {settings.k}",
        "Null": f"{found.information.n_permutations} shuffles of {found.y_name}; at most 20 for the other estimators",
        "Standard error": settings.error,
        "Seed": str(settings.seed),
        "Versions": ", ".join(f"{name} {version}" for name, version in versions().items()),
        **({"Notes": "; ".join(found.provenance.notes)} if found.provenance.notes else {}),
    }
