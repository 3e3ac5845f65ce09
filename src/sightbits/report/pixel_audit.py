"""The page of an audit."""

from typing import Any

import numpy as np

from sightbits.core.result import plain, versions
from sightbits.plots import pixel_audit as pictures
from sightbits.plots.grid import parameters
from sightbits.plots.pixel_audit import default_k, finding, significant
from sightbits.plots.theme import LIGHT
from sightbits.report.page import Fact, Figure, Page, Section
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
        data=_data(audit),
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
            value=f"{len(audit.dead_pixels)} of {len(audit.ranking)}",
            meaning=f"pixels are dead (variance under {audit.maps.dead_variance:.3g}), "
            f"{len(audit.constant_pixels)} never change",
        ),
        Fact(
            value=f"k = {default_k(audit)}",
            meaning="pixels reach 95 % of the accuracy of the most pixels tried",
        ),
    ]
    if information.null != "none":
        facts.append(
            Fact(
                value=f"{audit.n_significant} of {n_alive}",
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
            text=f"Each cell is one pixel; {ring}. The curve is the test accuracy of {_words(audit.curve.classifier)} "
            f"on those k pixels alone; its band is the {audit.curve.band}. Move the slider, or choose a point of the "
            "curve; choose a pixel to look into it further down.",
            figures=(
                _grid(audit, "information_map", pictures.information_map(audit), f"Information per pixel, {ring}", k=k),
                Figure(
                    name="accuracy_curve",
                    spec=pictures.accuracy_curve(audit).add_params(*parameters(k=k)).to_dict(),
                    alt="Test accuracy against the number of pixels kept",
                    margin=76,
                ),
            ),
            control="pixel_slider.html",
        ),
        Section(
            name="variance",
            title="Variance is not information",
            text="A pixel that never moves can tell nothing, but one that moves much need not tell which label it is. "
            f"Dead pixels (variance under {maps.dead_variance:.3g}) are crossed out.",
            figures=(
                _grid(
                    audit, "variance_map",
                    pictures.plain_map(audit, "variance", "Variance per pixel", "variance, grey values squared"),
                    "Variance of each pixel",
                ),
                _grid(
                    audit, "information_beside",
                    pictures.plain_map(audit, "information", "Information per pixel", legend),
                    "Information of each pixel, beside the variance",
                ),
                _grid(
                    audit, "entropy_map",
                    pictures.plain_map(audit, "entropy", "Entropy per pixel", f"H(pixel), {unit}s"),
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
                    _grid(audit, "stability_map", pictures.stability_map(audit), "Rank stability of each pixel", k=k),
                ),
            )
        )
    n_labels, n_shown = len(audit.label_names), pictures.n_labels_shown(audit)
    few = f" The first {n_shown} of {n_labels} labels are shown." if n_labels > n_shown else ""
    sections += [
        Section(
            name="labels",
            title="Label by label",
            text="Bright means the upper half of the grey range. Where a pixel is never bright (or never dark) there "
            "is no probability to show: the plain ground shows through." + few,
            figures=tuple(
                _grid(audit, name, pictures.label_maps(audit, name), f"Small maps, one a label: {meaning}", across=5)
                for name, meaning in pictures.LABEL_MAPS.items()
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
        f"{_words(information.estimator)} estimate on {information.n_samples:,} images counts that much by chance. "
        "All three maps have one scale.",
        figures=(
            _grid(
                audit, "information_again",
                pictures.plain_map(audit, "information", "Measured", legend), "Information as measured",
            ),
            _grid(
                audit, "null_map", pictures.plain_map(audit, "null", "By chance alone", legend),
                "Information that chance alone gives",
            ),
            _grid(
                audit, "excess_map", pictures.plain_map(audit, "excess", "Measured less chance", legend),
                "Information less what chance gives",
            ),
        ),
    )  # fmt: skip


def _grid(audit: PixelAudit, name: str, chart: Any, alt_text: str, *, k: int = 0, across: int = 1) -> Figure:
    chart = chart.add_params(*parameters(k=k, cell=12, channel=0, missing=LIGHT["missing"]))
    return Figure(name=name, spec=chart.to_dict(), alt=alt_text, columns=audit.image_shape[1], across=across)


def _profile(audit: PixelAudit, field: str, title: str) -> Figure:
    longest = max(map(len, audit.label_names[: pictures.n_labels_shown(audit)]))
    spec = pictures.profile(field, title).to_dict()
    margin = 34 + min(110, 7 * longest)
    return Figure(name=f"profile_{field}", spec=spec, alt=f"Bars, one a label: {title}", margin=margin)


def _data(audit: PixelAudit) -> dict[str, Any]:
    """Return the data sets, each once and as columns: a page of a large image stays small."""
    maps = audit.pixel_maps()
    shown = slice(0, pictures.n_labels_shown(audit))
    return plain(
        {
            "unit": audit.unit.value,
            "shape": [*audit.image_shape[:2], audit.image_shape[2] if len(audit.image_shape) == 3 else 1],
            "pixels": pictures.pixel_columns(audit),
            "curve": pictures.curve_rows(audit),
            "stability": [significant(audit.stability(k)) for k in audit.curve.n_pixels]
            if audit.settings.resamples
            else [],
            "label_names": audit.label_names[shown],
            "label_share": significant(audit.maps.label_count[shown] / audit.maps.n_images),
            "labels": {name: [significant(one) for one in maps[name].T[shown]] for name in pictures.LABEL_MAPS},
            "k": default_k(audit),
            "pixel": int(audit.ranking[0]),
        }
    )


def _ranking_text(audit: PixelAudit) -> str:
    ranker = _words(audit.settings.ranker)
    return (
        f"Ranked by {ranker} on the training images. A q-value is the false discovery rate at which a pixel would "
        "be called informative."
    )


def _words(name: str) -> str:
    return "plug-in" if name == "plug_in" else name.replace("_", " ")


def _details(audit: PixelAudit) -> dict[str, str]:
    settings, maps, found = audit.settings, audit.maps, versions()
    n_splits = f", {settings.seeds} splits" if settings.seeds > 1 else ""
    return {
        "Data": f"{audit.provenance.name}, {maps.n_images:,} images ({settings.split}) of "
        f"{' x '.join(map(str, audit.image_shape))}, {len(audit.label_names)} labels, from {audit.provenance.origin}",
        "SHA-256": audit.provenance.sha256,
        "Grey values": f"{audit.value_range[0]:g} to {audit.value_range[1]:g}, counted in {maps.code.n_levels} levels",
        "Estimator": _words(settings.map_estimator),
        "Null": f"{_words(maps.information.null)}, {settings.n_permutations} shuffles",
        "Classifier": f"{_words(audit.curve.classifier)}{n_splits}, {audit.curve.n_test:,} test images",
        "Seed": str(settings.seed),
        "Versions": ", ".join(f"{name} {version}" for name, version in found.items()),
        **({"Notes": "; ".join(audit.provenance.notes)} if audit.provenance.notes else {}),
    }
