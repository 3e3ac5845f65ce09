"""Short tables of what encodings did to learning, for people."""

from rich.console import Console
from rich.markup import escape

from sightbits.cli.tables import print_table
from sightbits.plots.encoding_comparison.words import finding, powered, readable, readable_model
from sightbits.plots.words import counted
from sightbits.report.encoding_comparison.tables import accuracy_rows, border_words
from sightbits.studies.encoding_comparison import EncodingComparison


def print_encodings(result: EncodingComparison) -> None:
    """Print a sentence, a table for each network, and what to beware of."""
    console = Console(highlight=False)
    console.print(f"[bold]{escape(result.provenance.name)}[/bold]: {escape(finding(result))}.", soft_wrap=True)
    for note in result.provenance.notes:
        console.print(f"note: {note}", soft_wrap=True, markup=False)
    settings = result.settings
    for choice in settings.choices:
        curves = result.curves[choice.name]
        head, *rows = accuracy_rows(result, choice.name)
        columns = [[*row, border_words(result, curves[name])] for row, name in zip(rows, curves, strict=True)]
        averaged = f"mean of {counted(settings.trials, 'trial')} of {counted(settings.updates, 'update')}, "
        averaged += counted(settings.seeds, "seed")
        title = f"Test accuracy of {readable_model(choice.name)} at rate {settings.rate_of(choice):g} ({averaged})"
        print_table(title, [*head, "change at border"], columns)
    _print_inputs(result)
    for warning in result.warnings:
        console.print(f"warning: {warning}", soft_wrap=True, markup=False)


def _print_inputs(result: EncodingComparison) -> None:
    unit = result.unit
    rows = []
    for name, inputs in result.encodings.items():
        spectrum = inputs.spectrum
        rows.append(
            [
                readable(name),
                powered(spectrum.condition_number),
                powered(spectrum.eigenvalues[0]),
                f"{spectrum.stable_rate(result.n_labels):.2g}",
                f"{unit.from_nats(float(inputs.information.value.sum())):.4f}",
                f"{unit.from_nats(float(inputs.information.null_mean.sum())):.4f}",
                "yes" if inputs.bijective else "no",
            ]
        )
    head = ["encoding", "condition number", "largest eigenvalue", "stable up to rate", "information", "by chance"]
    print_table(f"Inputs; information summed over pixels, in {unit}s", [*head, "bijective"], rows)
