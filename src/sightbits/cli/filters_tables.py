"""Short tables of a study of filters, for people."""

from rich.console import Console
from rich.markup import escape

from sightbits.cli.tables import print_table
from sightbits.plots.filters.words import finding, fine_tuning_words
from sightbits.report.filters.tables import accuracy_rows, cost_rows, sweep_rows, width_rows
from sightbits.studies.filters.result import FilterStudy

_STAR = "test accuracy, %; * the best, and those no more than one standard error worse"


def print_filters(study: FilterStudy) -> None:
    """Print a sentence, what pruning costs and saves, how many filters are enough, claims, and caveats."""
    console = Console(highlight=False)
    console.print(f"[bold]{escape(finding(study))}.[/bold]", soft_wrap=True)
    for note in study.provenance.notes:
        console.print(f"note: {note}", soft_wrap=True, markup=False)
    head, *rows = accuracy_rows(study, fine_tuned=False)
    print_table(f"As pruned: {_STAR}", head, rows)
    if study.fine_tuned:
        head, *rows = accuracy_rows(study, fine_tuned=True)
        print_table(f"{fine_tuning_words(study)}: {_STAR}", head, rows)
    head, *rows = width_rows(study)
    print_table("How many filters are enough", head, rows)
    head, *rows = cost_rows(study)
    print_table(f"Cost; ms a batch of {study.costs[0].n_images} images", head, rows)
    if study.sweep is not None:
        head, *rows = sweep_rows(study)
        print_table(f"Networks with other numbers of filters in {study.layer}", head, rows)
    console.print("[bold]What the source says[/bold]")
    for one in study.verdicts:
        console.print(f"{one.verdict}: {one.claim}. Found: {one.found}.", soft_wrap=True, markup=False)
    for warning in study.warnings:
        console.print(f"warning: {warning}", soft_wrap=True, markup=False)
