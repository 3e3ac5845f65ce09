"""The ledger as tables, for people."""

from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.table import Table
from rich.text import Text

from sightbits.ledger.finding import Finding
from sightbits.ledger.result import Ledger
from sightbits.plots.ledger.words import cases, claimed, control, finding, measured, source_words, tolerance

_CLAIM = 44  # letters of a line of a claim, at the least
_MOST_WIDTH = 1000


def print_ledger(ledger: Ledger) -> None:
    """Print a sentence, and of each source its claims, what was measured, and the verdicts."""
    console = Console(highlight=False)
    console.print(f"[bold]{finding(ledger)}.[/bold]", soft_wrap=True)
    for source in ledger.sources:
        title = f"\n{source.name}: {source.title} ({source.by}). {source_words(ledger, source)}."
        console.print(Text(title, style="bold"), soft_wrap=True)
        _print_claims(ledger.of_source(source.name))
    if ledger.quick:
        console.print("note: a quick run, with fewer seeds, images and epochs than a full one.", soft_wrap=True)


def _print_claims(findings: tuple[Finding, ...]) -> None:
    """Print a claim a row; only claims are broken into lines, for a figure cut short is a wrong one."""
    columns = {
        "claimed": [_lines(claimed(one.claim), tolerance(one.claim)) for one in findings],
        "measured": [_lines(measured(one), cases(one)) for one in findings],
        "control": [control(one) for one in findings],
        "verdict": [str(one.verdict) for one in findings],
    }
    if all(one.control is None for one in findings):
        del columns["control"]
    table = Table(box=SIMPLE_HEAD, pad_edge=False, padding=(0, 2, 1, 0))
    table.add_column("claim", min_width=_CLAIM)
    for name, cells in columns.items():
        table.add_column(name, min_width=max(len(line) for cell in cells for line in cell.split("\n")), no_wrap=True)
    for one, *cells in zip(findings, *columns.values(), strict=True):
        table.add_row(*map(Text, (one.claim.text, *cells)))
    console = Console(highlight=False)
    widest = console.options.update(max_width=_MOST_WIDTH)
    console.width = max(console.width, console.measure(table, options=widest).minimum)
    console.print(table)
    for missing in dict.fromkeys(one.missing for one in findings if one.missing):
        console.print(f"not testable here: {missing}", soft_wrap=True, markup=False)


def _lines(figure: str, detail: str) -> str:
    return f"{figure}\n{detail}" if detail else figure
