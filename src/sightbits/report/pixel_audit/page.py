"""The page of an audit."""

import numpy as np

from sightbits.core.result import versions
from sightbits.plots.grid import parameters
from sightbits.plots.pixel_audit import charts
from sightbits.plots.pixel_audit.data import default_k, finding, names_shown, readable
from sightbits.report.page import Fact, Figure, Page, Section
from sightbits.report.pixel_audit.data import page_data
from sightbits.report.pixel_audit.figures import grid_figure
from sightbits.report.pixel_audit.rankers import ranker_sections
from sightbits.report.pixel_audit.redundancy import redundancy_section
from sightbits.studies.pixel_audit import PixelAudit

_MOST_ROWS = 12


def summarize_audit(audit: PixelAudit) -> Page:
    """Return what the report of an audit shows."""
    return Page(
        title=f"Pixel audit of {audit.provenance.name}",
        finding=finding(audit) + ".",
        facts=_facts(audit),
        warnings=audit.warnings,
        sections=_sections(audit),
        data=page_data(audit),
        scripts=("pixel_audit.js",),
        details=_details(audit),
    )


def _facts(audit: PixelAudit) -> tuple[Fact, ...]:
    unit, information = audit.unit, audit.maps.information
    best = audit.position(int(np.nanargmax(information.value)))
    n_alive = int((~audit.maps.constant).sum())
    facts = [
        Fact(
            value=f"{float(unit.from_nats(np.nanmax(information.value))):.3f} {unit}s",
            meaning=f"in the most informative pixel, row {best[0]}, column {best[1]}"
            + (f", channel {best[2]}" if len(best) == 3 else ""),
        ),
        Fact(
            value=f"{len(audit.dead_pixels):,} of {audit.n_pixels:,}",
            meaning=f"pixels are dead (variance under {audit.maps.dead_variance:.3g}), "
            f"{len(audit.constant_pixels):,} never change",
        ),
        Fact(
            value=f"k = {default_k(audit):,}",
            meaning="pixels reach 95 % of the accuracy of the most pixels tried",
        ),
    ]
    if information.null != "none":
        facts.append(
            Fact(
                value=f"{audit.n_significant:,} of {n_alive:,}",
                meaning="pixels that change carry more than chance (q < 0.05)",
            )
        )
    return tuple(facts)


def _sections(audit: PixelAudit) -> tuple[Section, ...]:
    unit, maps = audit.unit.value, audit.maps
    k, legend = default_k(audit), f"I(pixel; label), {unit}s"
    ring = "rings mark the first k pixels of the ranking, crosses the dead ones"
    sections = [
        Section(
            name="few",
            title="Where the information is, and how few pixels are enough",
            text=f"Each cell is one pixel; {ring}. The curve is the test accuracy of "
            f"{readable(audit.curve.classifier)} on those k pixels alone; its band is the {audit.curve.band}. Move the "
            "slider, or choose a point of the curve; choose a pixel to look into it further down.",
            figures=(
                grid_figure(
                    audit, "information_map", charts.information_map(audit), f"Information per pixel, {ring}", k=k
                ),
                Figure(
                    name="accuracy_curve",
                    spec=charts.accuracy_curve(audit).add_params(*parameters(k=k)).to_dict(),
                    alt="Test accuracy against the number of pixels kept",
                    margin=76,
                ),
            ),
            control="pixel_slider.html",
        ),
        *ranker_sections(audit),
        Section(
            name="variance",
            title="Variance is not information",
            text="A pixel that never moves can tell nothing, but one that moves much need not tell which label it is. "
            f"Dead pixels (variance under {maps.dead_variance:.3g}) are crossed out.",
            figures=(
                grid_figure(
                    audit, "variance_map",
                    charts.plain_map(audit, "variance", "Variance per pixel", "variance, grey values squared"),
                    "Variance of each pixel",
                ),
                grid_figure(
                    audit, "information_beside",
                    charts.plain_map(audit, "information", "Information per pixel", legend),
                    "Information of each pixel, beside the variance",
                ),
                grid_figure(
                    audit, "entropy_map",
                    charts.plain_map(audit, "entropy", "Entropy per pixel", f"H(pixel), {unit}s"),
                    "Entropy of each pixel",
                ),
            ),
        ),
    ]  # fmt: skip
    if maps.information.null != "none":
        sections.append(_chance_section(audit))
    if audit.settings.resamples:
        sections.append(
            Section(
                name="stability",
                title="Would other images have chosen the same pixels?",
                text=f"The ranking was made again on {audit.settings.resamples} bootstrap resamples of the training "
                "images. The map shows in which share of them a pixel is among the first k; rings mark the ranking "
                "itself.",
                figures=(
                    grid_figure(
                        audit, "stability_map", charts.stability_map(audit), "Rank stability of each pixel", k=k
                    ),
                ),
            )
        )
    n_labels, n_shown = len(audit.label_names), len(names_shown(audit))
    few = f" The {n_shown} most frequent of {n_labels} labels are shown." if n_labels > n_shown else ""
    sections += [
        Section(
            name="labels",
            title="Label by label",
            text="Bright means the upper half of the grey range. Where a pixel is never bright (or never dark) there "
            "is no probability to show: the plain ground shows through." + few,
            figures=tuple(
                grid_figure(
                    audit, name, charts.label_maps(audit, name), f"Small maps, one a label: {meaning}", across=5
                )
                for name, meaning in charts.LABEL_MAPS.items()
            ),
            control="label_switch.html",
        ),
        Section(
            name="pixel",
            title="One pixel",
            text="What a single pixel says of each label. Choose it on any map above, or here.",
            figures=(
                _profile(audit, "label_mean", "mean grey value"),
                _profile(audit, "label_given_bright", "P(label | bright)"),
                _profile(audit, "label_given_dark", "P(label | dark)"),
            ),
            control="pixel_choice.html",
        ),
        *redundancy_section(audit),
        Section(
            name="best", title=f"The first {min(_MOST_ROWS, len(audit.ranking))} pixels", text=_ranking_text(audit),
            table="best_pixels.html",
        ),
    ]  # fmt: skip
    return tuple(sections)


def _chance_section(audit: PixelAudit) -> Section:
    unit, information = audit.unit, audit.maps.information
    legend = f"I(pixel; label), {unit}s"
    most = float(unit.from_nats(np.nanmax(information.null_mean)))
    how = {
        "permutation": f"Shuffling the labels {audit.settings.n_permutations} times",
        "g_test": "The G-test (chi-squared with as many degrees of freedom as the counts have)",
    }[information.null]
    return Section(
        name="chance",
        title="How much of it is chance",
        text=f"{how} gives up to {most:.4f} {unit}s in a pixel where there is nothing to find: the "
        f"{readable(information.estimator)} estimate on {information.n_samples:,} images counts that much by chance. "
        "All three maps have one scale.",
        figures=(
            grid_figure(
                audit, "information_again",
                charts.plain_map(audit, "information", "Measured", legend), "Information as measured",
            ),
            grid_figure(
                audit, "null_map", charts.plain_map(audit, "null", "By chance alone", legend),
                "Information that chance alone gives",
            ),
            grid_figure(
                audit, "excess_map", charts.plain_map(audit, "excess", "Measured less chance", legend),
                "Information less what chance gives",
            ),
        ),
    )  # fmt: skip


def _profile(audit: PixelAudit, field: str, title: str) -> Figure:
    longest = max(map(len, names_shown(audit)))
    spec = charts.profile(audit, field, title).to_dict()
    margin = 34 + min(110, 7 * longest)
    return Figure(name=f"profile_{field}", spec=spec, alt=f"Bars, one a label: {title}", margin=margin)


def _ranking_text(audit: PixelAudit) -> str:
    ranker = readable(audit.settings.ranker)
    return (
        f"Ranked by {ranker} on the training images. A q-value is the false discovery rate at which a pixel would "
        "be called informative."
    )


def _details(audit: PixelAudit) -> dict[str, str]:
    settings, maps, found = audit.settings, audit.maps, versions()
    n_splits = f", {settings.seeds} splits" if settings.seeds > 1 else ""
    return {
        "Data": f"{audit.provenance.name}, {maps.n_images:,} images ({settings.split}) of "
        f"{' x '.join(map(str, audit.image_shape))}, {len(audit.label_names)} labels, from {audit.provenance.origin}",
        "SHA-256": audit.provenance.sha256,
        "Grey values": f"{audit.value_range[0]:g} to {audit.value_range[1]:g}, counted in {maps.code.n_levels} levels",
        "Estimator": readable(settings.map_estimator),
        "Null": f"{readable(maps.information.null)}, {settings.n_permutations} shuffles",
        "Classifier": f"{readable(audit.curve.classifier)}{n_splits}, {audit.curve.n_test:,} test images",
        "Seed": str(settings.seed),
        "Versions": ", ".join(f"{name} {version}" for name, version in found.items()),
        **({"Sample": audit.sample_note} if audit.sample_note else {}),
        **({"Notes": "; ".join(audit.provenance.notes)} if audit.provenance.notes else {}),
    }
