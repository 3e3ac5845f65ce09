"""Short tables of what measuring pixel by pixel gave, for people."""

from rich.console import Console
from rich.markup import escape

from sightbits.cli.tables import print_table
from sightbits.plots.measurement_curve.words import finding, stop_words
from sightbits.studies.measurement_curve import MeasurementCurves
from sightbits.studies.measurement_curve.documents import stop_document

_POINTS = (1, 2, 3, 5, 8, 10, 15, 20, 25, 30, 40, 50, 75, 100, 150, 200, 300, 500)
_MOST_BRANCHES = 24


def print_measuring(result: MeasurementCurves) -> None:
    """Print a sentence, accuracy by pixels, pixels to the stop, the first choices, and what to beware of."""
    console = Console(highlight=False)
    console.print(f"[bold]{escape(result.provenance.name)}[/bold]: {escape(finding(result))}.", soft_wrap=True)
    for note in result.provenance.notes:
        console.print(f"note: {note}", soft_wrap=True, markup=False)
    curves = list(result.curves.values())
    points = sorted({*(k for k in _POINTS if k < result.n_pixels), result.n_pixels})
    print_table(
        f"Test accuracy, % ({result.n_test:,} images)",
        ["pixels", *(curve.in_words for curve in curves)],
        [[k, *(f"{100 * curve.accuracy[k]:.1f}" for curve in curves)] for k in points],
    )
    rows = []
    for curve in curves:
        stops = stop_document(curve)
        rows.append(
            [
                curve.in_words,
                f"{stops['mean']:.2f}",
                f"{stops['median']:g}",
                f"{stops['p95']:g}",
                f"{100 * stops['accuracy']:.1f}",
                f"{100 * stops['share_stopped']:.1f}",
                f"{curve.at_stop.error:.3f}",
            ]
        )
    header = ["", "mean", "median", "95 % within", "accuracy, %", "stopped, %", "calibration error"]
    print_table(f"Pixels until {stop_words(result)}", header, rows)
    _print_tree(console, result)
    for warning in result.warnings:
        console.print(f"warning: {warning}", soft_wrap=True, markup=False)


def _print_tree(console: Console, result: MeasurementCurves) -> None:
    """Print the first choices, an indented line a branch, as deep as a screen has room for."""
    words, branches = result.in_words, result.tree.walk()
    deepest = max(depth for depth, _ in branches)
    shown = next(d for d in range(deepest, -1, -1) if d <= 1 or sum(at <= d for at, _ in branches) <= _MOST_BRANCHES)
    axes = "row, column" + (", channel" if len(result.image_shape) == 3 else "")
    deeper = f"; {deepest - shown} deeper in --json and --out" if shown < deepest else ""
    title = f"First choices of {result.main.in_words} ({axes}: what is expected, in {result.unit}s{deeper})"
    console.print(title, style="bold", soft_wrap=True)
    for depth, branch in branches:
        if depth > shown:
            continue
        read = f"{words.level_name(branch)} ({100 * branch.share:.0f} %) -> " if depth else ""
        chosen = words.reason(branch, depth)
        if branch.pixel is not None:
            place = ", ".join(map(str, words.position(branch.pixel)))
            chosen = f"{place}: {result.unit.from_nats(branch.gain):.3f}"
        console.print(f"{'    ' * depth}{read}{chosen}", soft_wrap=True, markup=False)
    console.print()
