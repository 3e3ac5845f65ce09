"""The program `sightbits`: its sub-commands, and what happens when one cannot go on."""

import signal
import sys
from typing import Annotated, NoReturn

import typer

from sightbits import __version__
from sightbits.cli.audit import audit
from sightbits.cli.data import data
from sightbits.cli.encodings import encodings
from sightbits.cli.filters import filters
from sightbits.cli.flow import flow
from sightbits.cli.measure import measure
from sightbits.cli.mi import mi
from sightbits.cli.reproduce import reproduce
from sightbits.core.checks import InputError

app = typer.Typer(
    name="sightbits",
    help="See where the information is in images, and how much of each figure is real.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode="markdown",
)
app.command()(audit)
app.command()(measure)
app.command()(encodings)
app.command()(flow)
app.command()(filters)
app.command()(mi)
app.command()(reproduce)
app.add_typer(data, name="data")


def _show_version(wanted: bool) -> bool:
    if wanted:
        typer.echo(f"sightbits {__version__}")
        raise typer.Exit
    return wanted


@app.callback()
def program(
    version: Annotated[
        bool, typer.Option("--version", callback=_show_version, is_eager=True, help="Show the version and exit.")
    ] = False,
) -> None:
    """See where the information is in images, and how much of each figure is real."""


def _stop(signal_number: int, frame: object) -> NoReturn:
    typer.echo("sightbits: interrupted; the same command with --out goes on where it was.", err=True)
    sys.exit(130)


def main() -> NoReturn:
    """Run the program; a mistake of the user's ends in one message and exit code 2."""
    signal.signal(signal.SIGINT, _stop)
    try:
        app()
    except InputError as error:
        typer.echo(f"sightbits: {error}", err=True)
        sys.exit(2)
    sys.exit(0)
