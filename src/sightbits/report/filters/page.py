"""The page of a study of filters."""

from typing import Any, get_args

from sightbits.core.result import versions
from sightbits.estimation.filters import REPAIRED
from sightbits.plots.filters.accuracy import accuracy_chart
from sightbits.plots.filters.agreement import agreement_chart
from sightbits.plots.filters.data import data_sets
from sightbits.plots.filters.pictures import SWEPT
from sightbits.plots.filters.responses import Responses, Strip, responses_of
from sightbits.plots.filters.singles import Figure as Objective
from sightbits.plots.filters.singles import objective_chart, objective_words, parts_chart
from sightbits.plots.filters.width import steps_chart, sweep_chart
from sightbits.plots.filters.words import (
    RULES,
    accuracies_of,
    finding,
    fine_tuning_words,
    found_by,
    mean_accuracy,
    network_words,
    number_words,
    readable,
    strokes,
)
from sightbits.plots.lines import fore_name
from sightbits.plots.picture import Rows
from sightbits.plots.theme import VIRIDIS
from sightbits.plots.words import counted
from sightbits.report.filters import tables, texts
from sightbits.report.page import Fact, Figure, Page, Section
from sightbits.studies.filters.comparing import leaders_of
from sightbits.studies.filters.result import FilterStudy

_MARGIN = 76
_NAMES = 190  # pixels that the names of criteria take beside a matrix


def summarize_filters(study: FilterStudy) -> Page:
    """Return what the report of a study of filters shows."""
    sets = data_sets(study)
    sections = [
        _pruning_section(study),
        _cost_section(study),
        _width_section(study, sets["steps"]),
        _objective_section(study, sets["filters"]),
        _agreement_section(study),
        _responses_section(study),
    ]
    if study.sweep is not None:
        sections.append(_sweep_section(study, sets["sweep"]))
    sections.append(_verdicts_section(study))
    return Page(
        title=f"Filters of {study.layer} in {network_words(study)} on {study.provenance.name}",
        finding=finding(study) + ".",
        facts=_facts(study),
        warnings=study.warnings,
        sections=tuple(sections),
        data={"datasets": sets},
        scripts=("line_legend.js", "datasets.js"),
        styles=("line_legend.css", "filters.css"),
        details=_details(study),
    )


def _facts(study: FilterStudy) -> tuple[Fact, ...]:
    n = counted(len(study.accuracy), "network")
    facts = [Fact(value=mean_accuracy(study.accuracy), meaning=f"test accuracy of the whole network ({n})")]
    if REPAIRED in study.width:
        enough = number_words(found_by(study, REPAIRED))
        facts.append(Fact(value=f"{enough} of {study.n_filters}", meaning="filters are enough by the repaired rule"))
    for fine_tuned in (False, True) if study.fine_tuned else (False,):
        accuracy = accuracies_of(study, fine_tuned=fine_tuned)
        best = leaders_of(accuracy, len(study.kept) - 1)[0]
        when = fine_tuning_words(study).replace("After", "after") if fine_tuned else "as pruned"
        meaning = f"with {counted(study.kept[-1], 'filter')} by {readable(best)}, the best there, {when}"
        facts.append(Fact(value=mean_accuracy(accuracy[best][:, -1]), meaning=meaning))
    before, after = study.costs[0], study.costs[-1]
    if len(study.costs) > 1:
        left = f"{100 * after.parameters / before.parameters:.0f} %, {100 * after.flops / before.flops:.0f} %"
        facts.append(
            Fact(
                value=left,
                meaning=f"of parameters and of FLOPs are left with {counted(after.kept, 'filter')}; a batch takes "
                f"{1000 * after.latency:.2f} ms, not {1000 * before.latency:.2f}",
            )
        )
    return tuple(facts)


def _pruning_section(study: FilterStudy) -> Section:
    kinds = (False, True) if study.fine_tuned else (False,)
    drawn = strokes(study)
    lines = [
        {"word": word, "colour": colour, "dash": " ".join(map(str, dash))}
        for word, colour, dash in zip(drawn.words, drawn.colours, drawn.dashes, strict=True)
    ]
    return Section(
        name="pruning",
        title="What pruning costs",
        text=texts.pruning_text(study),
        control="line_legend.html",
        content={
            "parameter": fore_name("criterion"),
            "label": "Criteria",
            "lines": lines,
            "tables": [_accuracy_table(study, fine_tuned=fine_tuned) for fine_tuned in kinds],
        },
        figures=tuple(
            _figure(
                f"pruning_{'fine_tuned' if fine_tuned else 'as_pruned'}",
                accuracy_chart(study, fine_tuned=fine_tuned, legend=False),
                f"Accuracy against filters kept, a line a criterion. {_when(study, fine_tuned)}",
            )
            for fine_tuned in kinds
        ),
        table="filter_accuracies.html",
    )


def _accuracy_table(study: FilterStudy, *, fine_tuned: bool) -> dict[str, Any]:
    cells = tables.accuracy_cells(study, fine_tuned=fine_tuned)
    return {
        "caption": f"Test accuracy, %. {_when(study, fine_tuned)}",
        "head": tables.accuracy_head(study),
        "rows": [{"name": readable(name), "cells": of_name} for name, of_name in cells.items()],
    }


def _when(study: FilterStudy, fine_tuned: bool) -> str:
    return fine_tuning_words(study) if fine_tuned else "As pruned"


def _cost_section(study: FilterStudy) -> Section:
    return Section(
        name="cost",
        title="What it saves",
        text=texts.cost_text(study),
        table="table.html",
        rows=tables.cost_rows(study),
    )


def _width_section(study: FilterStudy, rows: Rows) -> Section:
    return Section(
        name="width",
        title="How many filters are enough",
        text=texts.width_text(study),
        figures=tuple(
            _figure(
                f"width_{rule}",
                steps_chart(study, rule, rows),
                f"What {RULES[rule]} tested at each step, beside what permuted filters give",
            )
            for rule in study.width
        ),
        table="table.html",
        rows=tables.width_rows(study),
    )


def _objective_section(study: FilterStudy, rows: Rows) -> Section:
    what = objective_words(study)
    histograms = [
        _figure(
            f"filters_{figure}",
            objective_chart(study, figure),
            f"How many filters have {what} of some size" + (", above chance" if figure == "excess" else ""),
        )
        for figure in get_args(Objective)
    ]
    parts = _figure("filters_parts", parts_chart(study, rows), "I(X; T) against I(T; Y), a dot a filter")
    return Section(
        name="objective",
        title="The objective of the source",
        text=texts.objective_text(study),
        figures=(*histograms, parts),
    )


def _agreement_section(study: FilterStudy) -> Section:
    return Section(
        name="agreement",
        title="Do criteria agree?",
        text=texts.agreement_text(study),
        figures=(
            _figure(
                "agreement", agreement_chart(study), "Rank correlations between all criteria as a matrix", margin=_NAMES
            ),
        ),
    )


def _responses_section(study: FilterStudy) -> Section:
    responses = responses_of(study)
    return Section(
        name="responses",
        title="What filters respond with",
        text=texts.responses_text(study, responses),
        control="filter_responses.html",
        content=_strips(responses),
    )


def _strips(responses: Responses) -> dict[str, Any]:
    groups = {"The most important": responses.most, "The least important": responses.least}
    return {
        "images": _strip(responses.images, "images"),
        "groups": [
            {"name": name, "strips": [_strip(one, f"filter {one.filter}") for one in strips]}
            for name, strips in groups.items()
        ],
        "low": f"{responses.low:.2g}",
        "high": f"{responses.high:.2g}",
        "stops": VIRIDIS,
    }


def _strip(strip: Strip, words: str) -> dict[str, Any]:
    return {"words": words, "address": strip.address, "width": strip.width, "height": strip.height}


def _sweep_section(study: FilterStudy, rows: Rows) -> Section:
    return Section(
        name="sweep",
        title="Other numbers of filters",
        text=texts.sweep_text(study),
        figures=tuple(
            _figure(f"sweep_{field}", sweep_chart(study, field, rows), f"{field} against the number of filters")
            for field in SWEPT
        ),
        table="table.html",
        rows=tables.sweep_rows(study),
    )


def _verdicts_section(study: FilterStudy) -> Section:
    return Section(
        name="verdicts",
        title="What the source says, and what was found",
        text=texts.verdicts_text(study),
        control="verdicts.html",
        content=[verdict.document() for verdict in study.verdicts],
    )


def _figure(name: str, chart: Any, alt: str, *, margin: int = _MARGIN) -> Figure:
    return Figure(name=name, spec=chart.to_dict(), alt=alt, margin=margin)


def _details(study: FilterStudy) -> dict[str, str]:
    settings, source = study.settings, study.provenance
    plan, network = settings.plan(0), settings.network
    low, high = study.value_range
    tuned = "not trained on"
    if study.fine_tuned:
        rate = settings.fine_tuning_plan(0).rate
        tuned = f"trained on for {counted(settings.fine_tune, 'epoch')} at rate {rate:g}"
    return {
        "Data": f"{source.name}, images of {' x '.join(map(str, study.image_shape))}, "
        f"{len(study.label_names)} labels, from {source.origin}; {study.n_training:,} were learned from, "
        f"{study.n_test:,} told the accuracy",
        "SHA-256": source.sha256,
        "Grey values": f"{low:g} to {high:g}, as shares of that range, 0 to 1",
        "Network": f"{network.model}, {network.activation}, filters {', '.join(map(str, network.n_filters))}"
        + (", batch normalisation" if network.normalised else ""),
        "Training": f"stochastic gradient descent at rate {plan.rate:g}, momentum {plan.momentum:g}, batches of "
        f"{plan.batch}, {counted(plan.epochs, 'epoch')}",
        "Pruned": f"{study.layer}, to {', '.join(map(str, study.kept))} of {study.n_filters} filters; {tuned}",
        "Criteria": texts.criteria_text(study),
        "Information": f"matrix-based Rényi entropy of order {settings.layer_settings.alpha:g} of "
        f"{study.figures[0].n_samples} training images; other criteria on {min(settings.images, study.n_training):,}",
        "Chance": f"{counted(settings.shuffles, 'shuffle')} of the samples",
        "Enough": f"{counted(settings.permutations, 'permutation')} a filter, up to p = {settings.significance:g}; the "
        f"repaired rule on {min(settings.width_images, study.n_training):,} training images",
        "Seeds": f"{settings.seeds} from {settings.seed}",
        "Source": "S. Yu, K. Wickstrøm, R. Jenssen, J. C. Príncipe, arXiv:1804.06537; what is above chance, the "
        "repaired rule and the other criteria of information are ours",
        **({"Notes": "; ".join(source.notes)} if source.notes else {}),
        "Versions": ", ".join(f"{name} {version}" for name, version in versions().items()),
    }
