"""The page of encodings compared."""

from typing import Any

from sightbits.core.result import versions
from sightbits.plots.encoding_comparison import charts
from sightbits.plots.encoding_comparison.data import weight_changes
from sightbits.plots.encoding_comparison.words import (
    INVERTED,
    best_other,
    finding,
    mean_accuracies,
    powered,
    readable,
    readable_model,
    strokes,
)
from sightbits.plots.grid import parameters
from sightbits.plots.theme import LIGHT
from sightbits.plots.words import accuracy_words, counted, n_channels, share
from sightbits.report.encoding_comparison import tables
from sightbits.report.encoding_comparison.data import page_data
from sightbits.report.encoding_comparison.texts import (
    change_text,
    fold_text,
    information_text,
    learning_text,
    models_text,
    rates_text,
    spectrum_text,
)
from sightbits.report.page import Fact, Figure, Page, Section
from sightbits.studies.encoding_comparison import EncodingComparison
from sightbits.studies.encoding_comparison.inputs import border_mask, border_share

_MARGIN, _MAP_MARGIN = 84, 12
_ROUNDING = 1e-12
_CODE = """from sightbits import encoding_named, fold_encoding

encoding = encoding_named("inverted", value_range={value_range}).fit(training_images)
weights, bias = fold_encoding(weights, bias, encoding)  # now reads encoding.transform(images)"""


def summarize_encodings(result: EncodingComparison) -> Page:
    """Return what the report of a comparison of encodings shows."""
    sections = [_learning_section(result)]
    if result.settings.tried_rates:
        sections.append(_rates_section(result))
    sections += [_change_section(result), _spectrum_section(result), _information_section(result)]
    sections.append(_fold_section(result))
    if len(result.curves) > 1:
        sections.append(_models_section(result))
    return Page(
        title=f"Encodings of {result.provenance.name}",
        finding=finding(result) + ".",
        facts=_facts(result),
        warnings=result.warnings,
        sections=tuple(sections),
        data=page_data(result),
        scripts=("encoding_comparison.js",),
        styles=("encoding_comparison.css",),
        details=_details(result),
    )


def _facts(result: EncodingComparison) -> tuple[Fact, ...]:
    model, other = result.main_model, best_other(result)
    settings, accuracy = result.settings, mean_accuracies(result, model)
    named = [result.reference, *([INVERTED] if INVERTED in accuracy and result.reference != INVERTED else [])]
    over = f" ({readable_model(model)}, {counted(settings.trials, 'trial')}, {counted(settings.seeds, 'seed')})"
    facts = [
        Fact(
            value=accuracy_words(accuracy[name]),
            meaning=f"mean test accuracy on {readable(name)} images{over if name == result.reference else ''}",
        )
        for name in [*named, *([other] if other else [])]
    ]
    bijective = [name for name, inputs in result.encodings.items() if inputs.bijective]
    if len(bijective) > 1:
        most = max(result.largest_information_difference(name) for name in bijective)
        facts.append(
            Fact(
                value="identical" if most < _ROUNDING else "not identical",
                meaning=f"information of every pixel under all {len(bijective)} bijective encodings; the largest "
                f"difference is {powered(result.unit.from_nats(most))} {result.unit}s",
            )
        )
    numbers = [powered(result.encodings[name].spectrum.condition_number) for name in named]
    facts.append(Fact(value=" and ".join(numbers), meaning=f"condition number of the inputs: {_and(named)}"))
    changes = weight_changes(result)
    moved = [name for name in named if name in changes]
    if moved:
        border = float(border_mask(result.image_shape).mean())
        shares = [tables.share_with_decimal(border_share(changes[name], result.image_shape)) for name in moved]
        facts.append(
            Fact(
                value=" and ".join(shares),
                meaning=f"of all weight change is at the border, {share(border)} of the pixels: {_and(moved)}",
            )
        )
    return tuple(facts)


def _and(names: list[str]) -> str:
    return " and ".join(readable(name) for name in names)


def _learning_section(result: EncodingComparison) -> Section:
    return Section(
        name="learning",
        title="Learning curves",
        text=learning_text(result),
        control="encoding_legend.html",
        content=_legend(result),
        figures=tuple(
            _figure(
                f"accuracy_{i}",
                charts.accuracy_chart(result, model, "common", legend=False),
                f"Test accuracy of {readable_model(model)} against updates, by encoding",
            )
            for i, model in enumerate(result.curves)
        ),
        table="table.html",
        rows=tables.accuracy_rows(result, result.main_model),
    )


def _rates_section(result: EncodingComparison) -> Section:
    figures = []
    for i, model in enumerate(result.curves):
        words = readable_model(model)
        figures += [
            _figure(
                f"rates_{i}",
                charts.rates_chart(result, model, legend=False),
                f"Validation accuracy of {words} against the learning rate, by encoding",
            ),
            _figure(
                f"best_{i}",
                charts.accuracy_chart(result, model, "best", legend=False),
                f"Test accuracy of {words} against updates, each encoding at its own best learning rate",
            ),
        ]
    return Section(
        name="rates",
        title="Is it the step size?",
        text=rates_text(result),
        control="encoding_legend.html",
        content=_legend(result),
        figures=tuple(figures),
        table="folded_table.html",
        rows=tables.rate_rows(result),
    )


def _change_section(result: EncodingComparison) -> Section:
    figures = [
        _map_figure(result, name, chart, f"Weight change on {readable(title)} images")
        for (name, chart), title in zip(charts.change_maps(result).items(), weight_changes(result), strict=True)
    ]
    return Section(
        name="weights",
        title="Where weights move",
        text=change_text(result),
        figures=tuple(figures),
        table="table.html" if figures else "",
        rows=tables.change_rows(result) if figures else (),
    )


def _spectrum_section(result: EncodingComparison) -> Section:
    chart = charts.spectrum_chart(result, legend=False)
    return Section(
        name="spectrum",
        title="Why",
        text=spectrum_text(result),
        control="encoding_legend.html",
        content=_legend(result),
        figures=(_figure("spectrum", chart, "Eigenvalues of the second moments against their rank, by encoding"),),
        table="table.html",
        rows=tables.spectrum_rows(result),
    )


def _information_section(result: EncodingComparison) -> Section:
    return Section(
        name="information",
        title="The same information",
        text=information_text(result),
        figures=tuple(
            _map_figure(result, name, chart, f"Information per pixel under {readable(result.reference)}")
            for name, chart in charts.information_maps(result).items()
        ),
        table="table.html",
        rows=tables.information_rows(result),
    )


def _fold_section(result: EncodingComparison) -> Section:
    low, high = result.value_range
    return Section(
        name="fold",
        title="The cure: fold it into the first layer",
        text=fold_text(result),
        table="encoding_fold.html",
        rows=tables.fold_rows(result),
        content={"code": _CODE.format(value_range=f"({low:g}, {high:g})"), "reasons": tables.fold_reasons(result)},
    )


def _models_section(result: EncodingComparison) -> Section:
    return Section(
        name="models",
        title="Network by network",
        text=models_text(result),
        table="table.html",
        rows=tables.model_rows(result),
    )


def _legend(result: EncodingComparison) -> list[dict[str, str]]:
    drawn = strokes(result)
    return [
        {"encoding": word, "colour": colour, "dash": " ".join(map(str, dash))}
        for word, colour, dash in zip(drawn.words, drawn.colours, drawn.dashes, strict=True)
    ]


def _figure(name: str, chart: Any, alt: str) -> Figure:
    return Figure(name=name, spec=chart.to_dict(), alt=alt, margin=_MARGIN)


def _map_figure(result: EncodingComparison, name: str, chart: Any, alt: str) -> Figure:
    with_parameters = chart.add_params(*parameters(cell=12, missing=LIGHT["missing"]))
    return Figure(name=name, spec=with_parameters.to_dict(), alt=alt, columns=result.image_shape[1], margin=_MAP_MARGIN)


def _details(result: EncodingComparison) -> dict[str, str]:
    settings, source = result.settings, result.provenance
    low, high = result.value_range
    rates = ", ".join(f"{readable_model(choice.name)} {settings.rate_of(choice):g}" for choice in settings.choices)
    tried = ", ".join(f"{rate:g}" for rate in settings.tried_rates)
    return {
        "Data": f"{source.name}, images of {' x '.join(map(str, result.image_shape))}, {result.n_labels} labels, from "
        f"{source.origin}; {result.n_training:,} were learned from, {result.n_validation:,} chose learning rates, "
        f"{result.n_test:,} told the accuracy",
        "SHA-256": source.sha256,
        "Grey values": f"{low:g} to {high:g}, as shares of that range, 0 to 1, before they are encoded"
        + ("; channels count as pixels of their own" if n_channels(result.image_shape) > 1 else ""),
        "Training": f"plain stochastic gradient descent on the mean cross-entropy, batches of {settings.batch}, "
        f"{counted(settings.trials, 'trial')} of {counted(settings.updates, 'update')} that go on from each other, "
        f"{counted(settings.seeds, 'seed')} from {settings.seed}",
        "Learning rates": rates + (f"; tried: {tried}" if tried else ""),
        **({"Notes": "; ".join(source.notes)} if source.notes else {}),
        "Versions": ", ".join(f"{name} {version}" for name, version in versions().items()),
    }
