"""The page of information through a network."""

from typing import Any

import numpy as np

from sightbits.core.result import versions
from sightbits.plots.information_flow.chains import Way, chain_chart, excess_chart, moment_strokes
from sightbits.plots.information_flow.curves import learning_chart, redundancy_chart, scale_chart, scale_strokes
from sightbits.plots.information_flow.data import data_sets
from sightbits.plots.information_flow.planes import PLANES, plane_chart
from sightbits.plots.information_flow.words import (
    final_accuracy,
    finding,
    kept_at_the_end,
    kernel_words,
    moment_words,
    network_words,
    share_range,
    strokes,
)
from sightbits.plots.lines import Strokes, fore_name
from sightbits.plots.picture import Rows
from sightbits.plots.words import counted
from sightbits.report.information_flow import tables, texts
from sightbits.report.page import Fact, Figure, Page, Section
from sightbits.studies.information_flow import InformationFlow
from sightbits.studies.information_flow.documents import MOSTLY
from sightbits.studies.information_flow.traces import INPUT

_MARGIN = 72
_SIZES = {
    "paper": "h n^(-1/(4+d)) of n samples of d values, h = {layer:g} for inputs and layers and {error:g} for errors",
    "median": "the median distance of two samples",
    "alignment": "of sizes around the median distance, that whose kernel agrees best with the labels",
}
_MAPS = {
    "product": "the product of the kernels of all maps",
    "averaged": "the product of the kernels of all C maps, its C-th root",
    "tensor": "one kernel of all maps together",
}
_LABELS = {"match": "1 for equal labels, 0 for others", "gaussian": "a Gaussian of labels as corners of a cube"}


def summarize_flow(result: InformationFlow) -> Page:
    """Return what the report of a study of information flow shows."""
    sets = data_sets(result)
    layers = sets["layers"]
    sections = [
        _chain_section(result, "forward", layers),
        _chain_section(result, "backward", layers),
        _gain_section(result, layers),
        _planes_section(result, sets),
    ]
    if result.convolutions:
        sections += [_redundancy_section(result, sets["pairs"]), _scale_section(result, sets["pairs"])]
    sections.append(_learning_section(result, sets["looks"]))
    return Page(
        title=f"Information through {network_words(result)} on {result.provenance.name}",
        finding=finding(result) + ".",
        facts=_facts(result),
        warnings=result.warnings,
        sections=tuple(sections),
        data={"datasets": {name: _brief(rows) for name, rows in sets.items()}},
        scripts=("line_legend.js", "information_flow.js", "datasets.js"),
        styles=("line_legend.css", "information_flow.css"),
        details=_details(result),
    )


def _facts(result: InformationFlow) -> tuple[Fact, ...]:
    settings = result.settings
    facts = [
        Fact(
            value=final_accuracy(result),
            meaning=f"test accuracy at the end ({network_words(result)}, {counted(settings.seeds, 'seed')})",
        )
    ]
    kept = kept_at_the_end(result)
    if not np.isnan(kept).all():
        facts.append(Fact(value=share_range(kept), meaning="of I(X; T) is left at the end where samples are shuffled"))
    for way, one in result.inequalities["main"].items():
        facts.append(
            Fact(
                value=f"{one.n_violations} of {one.n_inequalities}",
                meaning=f"data processing inequalities violated {way}; where samples are shuffled, "
                f"{one.n_null_violations}",
            )
        )
    saturated = result.main.mean(f"{INPUT}_saturated")[-1]
    if not np.isnan(saturated).all():
        facts.append(
            Fact(
                value=f"{int((saturated > MOSTLY).sum())} of {len(result.layers)}",
                meaning=f"layers tell, at the end, all of H(X) that {result.n_samples} samples can show (saturated)",
            )
        )
    scale = texts.scale_fact(result)
    if scale is not None:
        facts.append(Fact(value=scale[0], meaning=f"of the non-redundant curve of {scale[1]} is given by scale alone"))
    return tuple(facts)


def _chain_section(result: InformationFlow, way: Way, rows: Rows) -> Section:
    forward = way == "forward"
    told = "about the input, forward" if forward else "of errors, backward"
    return Section(
        name=way,
        title="From layer to layer" if forward else "And back: errors",
        text=texts.forward_text(result) if forward else texts.backward_text(result),
        figures=tuple(
            _figure(
                f"{way}_{i}",
                chain_chart(result, way, moment, rows),
                f"Information {told}, layer by layer: {moment_words(result, moment)}",
            )
            for i, moment in enumerate(result.moments)
        ),
        table="" if forward else "table.html",
        rows=() if forward else tables.inequality_rows(result),
    )


def _gain_section(result: InformationFlow, rows: Rows) -> Section:
    return Section(
        name="gain",
        title="What labels gain",
        text=texts.gain_text(result),
        control="line_legend.html",
        content=_legend("moment", moment_strokes(result), "Moments"),
        figures=tuple(
            _figure(
                f"gain_{kernel}",
                excess_chart(result, kernel, rows, legend=False),
                f"What each layer tells of the label beyond chance. {kernel_words(result, kernel)[0]}",
            )
            for kernel in result.traces
        ),
        table="folded_table.html",
        rows=tables.kernel_layer_rows(result),
    )


def _planes_section(result: InformationFlow, sets: dict[str, Rows]) -> Section:
    planes = ["plane", *(["modified_plane"] if result.convolutions else [])]
    return Section(
        name="planes",
        title="Information plane" + (" and modified plane" if result.convolutions else ""),
        text=texts.planes_text(result),
        control="flow_looks.html",
        content=_layer_legend(result),
        figures=tuple(
            _figure(
                f"{plane}_{kernel}",
                plane_chart(result, plane, kernel, sets[PLANES[plane].dataset], legend=False),
                f"{PLANES[plane].x_words} against {PLANES[plane].y_words}, a path a layer. "
                f"{kernel_words(result, kernel)[0]}",
            )
            for plane in planes
            for kernel in result.traces
        ),
        table="folded_table.html",
        rows=tables.fall_rows(result),
    )


def _redundancy_section(result: InformationFlow, rows: Rows) -> Section:
    return Section(
        name="redundancy",
        title="Redundancy and synergy",
        text=texts.redundancy_text(result),
        control="line_legend.html",
        content=_legend("layer", strokes(result, result.convolutions), "Layers"),
        figures=tuple(
            _figure(
                f"redundancy_{kernel}",
                redundancy_chart(result, kernel, rows, legend=False),
                f"Redundancy less synergy of pairs of maps against updates. {kernel_words(result, kernel)[0]}",
            )
            for kernel in result.traces
        ),
        table="folded_table.html",
        rows=tables.pair_rows(result),
    )


def _scale_section(result: InformationFlow, rows: Rows) -> Section:
    return Section(
        name="scale",
        title="Is it the scale?",
        text=texts.scale_text(result),
        control="line_legend.html",
        content=_legend("line", scale_strokes(result), "Networks"),
        figures=tuple(
            _figure(
                f"scale_{layer}",
                scale_chart(result, layer, rows, legend=False),
                f"Non-redundant information of {layer} about the input against updates, trained and by scale alone",
            )
            for layer in result.convolutions
        ),
        table="table.html",
        rows=tables.explained_rows(result),
    )


def _learning_section(result: InformationFlow, rows: Rows) -> Section:
    return Section(
        name="learning",
        title="Learning",
        text=texts.learning_text(result),
        figures=tuple(
            _figure(
                f"learning_{field}",
                learning_chart(result, field, rows, marked=True),
                f"{field.capitalize()} against updates",
            )
            for field in ("accuracy", "loss")
        ),
    )


def _layer_legend(result: InformationFlow) -> dict[str, Any]:
    return _legend("layer", strokes(result, result.layers), "Layers")


def _legend(field: str, drawn: Strokes, label: str) -> dict[str, Any]:
    """What a legend shows, and which parameter it sets."""
    lines = [
        {"word": word, "colour": colour, "dash": " ".join(map(str, dash))}
        for word, colour, dash in zip(drawn.words, drawn.colours, drawn.dashes, strict=True)
    ]
    return {"parameter": fore_name(field), "label": label, "lines": lines}


def _brief(rows: Rows) -> Rows:
    """Rows without what is missing or not so, which charts take for the same."""
    return [{name: value for name, value in row.items() if value is not None and value is not False} for row in rows]


def _figure(name: str, chart: Any, alt: str) -> Figure:
    return Figure(name=name, spec=chart.to_dict(), alt=alt, margin=_MARGIN)


def _details(result: InformationFlow) -> dict[str, str]:
    settings, source = result.settings, result.provenance
    plan, network, layer_settings = settings.plan(0), settings.network, settings.layer_settings
    low, high = result.value_range
    sizes = _SIZES[settings.kernel_size].format(layer=layer_settings.layer_width, error=layer_settings.error_width)
    control = f"; as a control {_SIZES['median']}, {_MAPS['tensor']}" if result.scale_free is not None else ""
    return {
        "Data": f"{source.name}, images of {' x '.join(map(str, result.image_shape))}, "
        f"{len(result.label_names)} labels, from {source.origin}; {result.n_training:,} were learned from, "
        f"{result.n_test:,} told the accuracy",
        "SHA-256": source.sha256,
        "Grey values": f"{low:g} to {high:g}, as shares of that range, 0 to 1",
        "Network": f"{network.model}, {network.activation}, filters {', '.join(map(str, network.n_filters))}"
        + (", batch normalisation" if network.normalised else ""),
        "Training": f"stochastic gradient descent at rate {plan.rate:g}, momentum {plan.momentum:g}, batches of "
        f"{plan.batch}, {counted(plan.epochs, 'epoch')} of {counted(result.steps_per_epoch, 'update')}",
        "Information": f"matrix-based Rényi entropy of order {settings.alpha:g}",
        "Kernels": f"Gaussian, of size {sizes}; of a layer {_MAPS[settings.maps]}; of labels "
        f"{_LABELS[settings.label_kernel]}{control}",
        "Measured on": f"{settings.probes} x {result.n_samples} test images, drawn once, at {len(result.steps)} looks",
        "Chance": f"{counted(settings.shuffles, 'shuffle')} of the samples",
        "Pairs of maps": f"at most {settings.pairs} of a layer" if settings.pairs else "none",
        "Seeds": f"{settings.seeds} from {settings.seed}",
        "Source": "S. Yu, K. Wickstrøm, R. Jenssen, J. C. Príncipe, arXiv:1804.06537; the controls are ours",
        **({"Notes": "; ".join(source.notes)} if source.notes else {}),
        "Versions": ", ".join(f"{name} {version}" for name, version in versions().items()),
    }
