"""Short tables of what layers tell, for people."""

from rich.console import Console
from rich.markup import escape

from sightbits.cli.tables import print_table
from sightbits.plots.information_flow.words import finding
from sightbits.plots.words import counted
from sightbits.report.information_flow.tables import inequality_rows, layer_rows, pair_rows
from sightbits.studies.information_flow import InformationFlow


def print_flow(result: InformationFlow) -> None:
    """Print a sentence, what each layer tells at the end, the inequalities, pairs of maps, and what to beware of."""
    console = Console(highlight=False)
    console.print(f"[bold]{escape(finding(result))}.[/bold]", soft_wrap=True)
    for note in result.provenance.notes:
        console.print(f"note: {note}", soft_wrap=True, markup=False)
    settings = result.settings
    averaged = f"{counted(settings.seeds, 'network')}, {_batches(settings.probes)} of {result.n_samples} images"
    head, *rows = layer_rows(result)
    print_table(f"Layers at the end, in {result.unit}s (mean of {averaged})", head, rows)
    head, *rows = inequality_rows(result)
    print_table("Data processing inequalities that do not hold", head, rows)
    if result.convolutions:
        head, *rows = pair_rows(result)
        print_table("Pairs of maps at the end: redundancy less synergy, % of what they tell of the input", head, rows)
    for warning in result.warnings:
        console.print(f"warning: {warning}", soft_wrap=True, markup=False)


def _batches(n: int) -> str:
    return "1 batch" if n == 1 else f"{n} batches"
