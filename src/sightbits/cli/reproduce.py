"""`sightbits reproduce`: what the sources claim, and what was measured."""

import json as json_format
from typing import Annotated

import typer

from sightbits.cli import options
from sightbits.cli.progress import progress_bar

_JOURNAL = ".reproduce.jsonl"


def reproduce(
    names: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="[NAME ...]",
            help="Of sources: pixels-that-matter, mi-and-entropy, entropic-measuring, inverted-grey-values, "
            "cnn-information. Default: all.",
            show_default=False,
        ),
    ] = None,
    quick: Annotated[
        bool, typer.Option("--quick", help="Minutes instead of hours: fewer seeds, images and epochs.")
    ] = False,
    seed: options.Seed = 0,
    out: options.Out = None,
    json: Annotated[bool, typer.Option("--json", help="Print the claims as a JSON list and nothing else.")] = False,
    quiet: options.Quiet = False,
) -> None:
    """Try every claim of the sources that sightbits is built on, and tell what became of each."""
    # Loaded here, so that `--help` stays fast.
    from sightbits.cli.ledger_tables import print_ledger  # noqa: PLC0415
    from sightbits.ledger.reproducing import check_sources, reproduce_sources  # noqa: PLC0415

    check_sources(names or (), seed=seed)
    journal = options.prepare_folder(out, _JOURNAL)
    with progress_bar(quiet=quiet) as progress:
        result = reproduce_sources(names or (), quick=quick, seed=seed, journal_path=journal, progress=progress)
        page = None if out is None else result.save(out)
    if json:
        typer.echo(json_format.dumps(result.to_dict()["claims"], allow_nan=False))
    elif not quiet:
        print_ledger(result)
        if page is not None:
            typer.echo(f"\nReport: {page}")
