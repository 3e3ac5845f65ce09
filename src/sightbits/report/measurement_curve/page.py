"""The page of a study of measuring."""

from typing import Any

import numpy as np

from sightbits.core.result import versions
from sightbits.plots.grid import parameters
from sightbits.plots.measurement_curve import charts
from sightbits.plots.measurement_curve.data import measured_maps
from sightbits.plots.measurement_curve.words import finding, spoken, stop_words
from sightbits.plots.theme import LIGHT
from sightbits.plots.words import capital, counted, n_channels, percent, percent_of
from sightbits.report.measurement_curve.data import page_data, shown_episodes
from sightbits.report.measurement_curve.game import GAME_SCRIPTS, GAME_STYLES, game_data, game_section
from sightbits.report.measurement_curve.tables import accuracy_rows, calibration_rows, stop_rows
from sightbits.report.measurement_curve.tree import tree_section
from sightbits.report.page import Fact, Figure, Page, Section
from sightbits.studies.measurement_curve.result import MeasurementCurves

_MARGIN, _WIDE_MARGIN = 76, 92  # of a chart with a percentage axis up, and across too


def summarize_measuring(result: MeasurementCurves) -> Page:
    """Return what the report of a study of measuring shows."""
    game, episodes = result.game, bool(result.episodes)
    return Page(
        title=f"Measuring {result.provenance.name} pixel by pixel",
        finding=finding(result) + ".",
        facts=_facts(result),
        warnings=result.warnings,
        sections=_sections(result),
        data={**page_data(result), **({"game": game_data(game)} if game else {})},
        scripts=("measurement_curve.js", *(("episodes.js",) if episodes else ()), *(GAME_SCRIPTS if game else ())),
        styles=("measurement_curve.css", *(GAME_STYLES if game else ())),
        details=_details(result),
    )


def _facts(result: MeasurementCurves) -> tuple[Fact, ...]:
    main, n = result.main, int(np.prod(result.image_shape))
    last = int(main.n_pixels[-1])
    facts = [
        Fact(
            value=f"{main.to_stop.mean():.1f} pixels",
            meaning=f"of {n} on average until {stop_words(result)}; half of the images need "
            f"{np.median(main.to_stop):g} or fewer",
        ),
        Fact(value=percent(main.right_at_stop.mean()), meaning="of the images are named rightly then"),
        Fact(
            value=percent(main.accuracy[-1]),
            meaning=f"are named rightly after {counted(last, 'pixel')}, with a log-loss of "
            f"{result.unit.from_nats(float(main.log_loss[-1])):.2f} {result.unit}s",
        ),
        Fact(
            value=percent(main.at_stop.error),
            meaning="expected calibration error at the stop: how far stated and true probability lie apart",
        ),
    ]
    if not main.stopped.all():
        never = int((~main.stopped).sum())
        facts.append(
            Fact(
                value=f"{never} of {result.n_test:,}",
                meaning=f"images never got so far within {counted(last, 'pixel')}; they count as {last}",
            )
        )
    return tuple(facts)


def _sections(result: MeasurementCurves) -> tuple[Section, ...]:
    found = [_curves_section(result)]
    if result.game:
        found.append(game_section(result.game))
    if result.episodes:
        found.append(_episodes_section(result))
    found += [_stop_section(result), _calibration_section(result), _where_section(result), tree_section(result)]
    return tuple(found)


def _curves_section(result: MeasurementCurves) -> Section:
    others = " Choose a name in the legend to bring its line to the fore." if len(result.curves) > 1 else ""
    return Section(
        name="curves",
        title="How few pixels are enough",
        text=f"Each of {result.n_test:,} test images is hidden and measured pixel by pixel; a line is named after what "
        "chooses the pixels and what is believed after each. The log-loss also counts how sure a belief was of a wrong "
        f"label. Bands are 95 % intervals.{others}",
        figures=(
            _figure("accuracy", charts.accuracy_chart(result), "Test accuracy against the number of pixels measured"),
            _figure("log_loss", charts.log_loss_chart(result), "Log-loss against the number of pixels measured"),
        ),
        table="table.html",
        rows=accuracy_rows(result),
    )


def _episodes_section(result: MeasurementCurves) -> Section:
    shown, n = len(shown_episodes(result)), len(result.episodes)
    few = f" The first {shown} of {n} are shown." if shown < n else ""
    return Section(
        name="episodes",
        title="Single images, step by step",
        text=f"Measured by {spoken(result.main)}. The first map has the pixels read so far, the newest ringed; the "
        f"second what each other pixel is expected to tell about the label, the one measured next ringed.{few}",
        control="episodes.html",
        content={"unit": result.unit.value, "confidence": percent_of(result.settings.confidence)},
    )


def _stop_section(result: MeasurementCurves) -> Section:
    thresholds = result.main.thresholds
    first, last = percent_of(float(thresholds[0])), percent_of(float(thresholds[-1]))
    return Section(
        name="stop",
        title="When to stop",
        text=f"Measuring stops when {stop_words(result)}. The first chart shows how many images have come so far, the "
        f"second what another confidence would give: {len(thresholds)} points a line, from {first} to {last}. Above "
        "the dotted line, stopping early where an image is easy has saved pixels.",
        figures=(
            _figure("stops", charts.stop_chart(result), "Share of images that have stopped, against pixels measured"),
            _figure("trade", charts.trade_off_chart(result), "Accuracy against the mean number of pixels measured"),
        ),
        table="table.html",
        rows=stop_rows(result),
    )


def _calibration_section(result: MeasurementCurves) -> Section:
    return Section(
        name="calibration",
        title="How far its probabilities hold",
        text=f"Of the images whose label {spoken(result.main)} called 90 % probable, nine in ten should be right: "
        "points on the diagonal. Bars are 95 % intervals, a larger point stands for more images. The expected "
        "calibration error is the mean distance from the diagonal over all images.",
        figures=tuple(
            _figure(
                name,
                charts.calibration_chart(result, name),
                f"Stated and true probability: {title}",
                margin=_WIDE_MARGIN,
            )
            for name, (_, title) in charts.calibrations(result).items()
        ),
        table="folded_table.html",
        rows=calibration_rows(result),
    )


def _where_section(result: MeasurementCurves) -> Section:
    colours = n_channels(result.image_shape) > 1
    each = f"by {spoken(result.main)}, channel by channel" if colours else "by each curve"
    forbidden = " Pixels that cannot be measured are left out." if result.settings.unavailable else ""
    names = [title for title, _, _ in measured_maps(result)]
    return Section(
        name="where",
        title="Where it looks",
        text=f"In how many test images each pixel is measured before the stop, {each}.{forbidden}",
        figures=tuple(
            _grid_figure(result, name, chart, f"How often each pixel is measured: {title}")
            for (name, chart), title in zip(charts.measured_charts(result).items(), names, strict=True)
        ),
    )


def _figure(name: str, chart: Any, alt: str, *, margin: int = _MARGIN) -> Figure:
    return Figure(name=name, spec=chart.to_dict(), alt=alt, margin=margin)


def _grid_figure(result: MeasurementCurves, name: str, chart: Any, alt: str) -> Figure:
    with_parameters = chart.add_params(*parameters(cell=12, missing=LIGHT["missing"]))
    return Figure(name=name, spec=with_parameters.to_dict(), alt=alt, columns=result.image_shape[1])


def _details(result: MeasurementCurves) -> dict[str, str]:
    settings, source = result.settings, result.provenance
    noise = f"{percent_of(settings.flip)} of readings are wrong" if settings.flip else ""
    noise = f"normal, standard deviation {settings.deviation:g} grey values" if settings.deviation else noise
    asked = {
        "Noise": noise,
        "Pixels a step": str(settings.pixels_per_step) if settings.pixels_per_step > 1 else "",
        "Costs": "a cost for each pixel" if settings.costs is not None else "",
        "Left out": f"{counted(len(settings.unavailable), 'pixel')} cannot be measured" if settings.unavailable else "",
        "Notes": "; ".join(source.notes),
    }
    return {
        "Data": f"{source.name}, images of {' x '.join(map(str, result.image_shape))}, {len(result.label_names)} "
        f"labels, from {source.origin}; beliefs learned from {result.n_training:,} of them, {result.n_test:,} others "
        "were measured",
        "SHA-256": source.sha256,
        "Grey values": f"{result.value_range[0]:g} to {result.value_range[1]:g}; {result.main.in_words} reads "
        f"{', '.join(result.level_names)}" if len(result.level_names) <= 4 else
        f"{result.value_range[0]:g} to {result.value_range[1]:g}, read in {len(result.level_names)} levels",
        "Stop": capital(stop_words(result)),
        "Budget": f"{counted(int(result.main.n_pixels[-1]), 'pixel')}",
        **{name: words for name, words in asked.items() if words},
        "Seed": str(settings.seed),
        "Versions": ", ".join(f"{name} {version}" for name, version in versions().items()),
    }  # fmt: skip
