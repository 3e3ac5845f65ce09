"""`sightbits data`: what data there is, where it comes from, is it intact."""

import json as json_module
from pathlib import Path
from typing import Annotated

import typer

from sightbits.cli import options
from sightbits.cli.progress import progress_bar

data = typer.Typer(help="What data there is, where it comes from, is it intact.", no_args_is_help=True)

Names = Annotated[list[str], typer.Argument(metavar="NAME...", help="Data sets of the catalogue.", show_default=False)]


@data.command("list")
def list_sets(json: options.Json = False) -> None:
    """List the data sets known by name, and where a copy was found on this machine."""
    from sightbits.cli.tables import print_table  # noqa: PLC0415
    from sightbits.datasets.catalogue import CATALOGUE  # noqa: PLC0415
    from sightbits.datasets.sources import find_copies  # noqa: PLC0415

    where = {
        row.name: "with scikit-learn" if row.bundled else next((copy.holder for copy in find_copies(row)), "not here")
        for row in CATALOGUE.values()
    }
    if json:
        rows = [
            {"name": row.name, "title": row.title, "licence": row.licence, "n_train": row.n_train,
             "n_test": row.n_test, "image_shape": row.image_shape, "copy": where[row.name]}
            for row in CATALOGUE.values()
        ]  # fmt: skip
        typer.echo(json_module.dumps(rows))
        return
    table = [
        [row.name, f"{row.n_train + row.n_test:,}", "x".join(map(str, row.image_shape)), row.n_labels,
         row.licence, where[row.name]]
        for row in CATALOGUE.values()
    ]  # fmt: skip
    print_table("Data sets", ["name", "images", "shape", "labels", "licence", "copy"], table)
    typer.echo("Fetch one with: sightbits data fetch NAME. Your own: sightbits data info PATH")


@data.command()
def info(
    source: options.Source,
    samples: Annotated[int, typer.Option(help="Examples of a label, at most.")] = 10,
    limit: options.Limit = None,
    label: options.Label = None,
    shape: options.Shape = None,
    value_range: options.Range = None,
    channels: options.Channels = "auto",
    scale_to: options.ScaleTo = None,
    out: Annotated[
        Path | None,
        typer.Option(metavar="PATH", help="Write a sheet of examples: a .png or .svg file, or both into a folder."),
    ] = None,
    json: options.Json = False,
) -> None:
    """Read a data set, check that it is intact, describe it, and show examples of each label."""
    from sightbits.cli.tables import print_table  # noqa: PLC0415
    from sightbits.datasets.describing import describe_dataset, frequent_labels  # noqa: PLC0415
    from sightbits.plots.contact_sheet import check_sheet_path, contact_sheet, save_contact_sheet  # noqa: PLC0415
    from sightbits.report.save import check_writable  # noqa: PLC0415

    if out is not None:
        check_writable(check_sheet_path(out))
    dataset = options.load_images(
        source,
        label=label,
        shape=shape,
        channels=channels,
        value_range=value_range,
        limit=limit,
        scale_to=scale_to,
    )
    sheet = contact_sheet(dataset, samples)
    written = [] if out is None else save_contact_sheet(sheet, out)
    described = describe_dataset(dataset, source)
    if json:
        typer.echo(json_module.dumps(described))
        return
    from sightbits.cli.contact_sheet import print_contact_sheet  # noqa: PLC0415

    lines = {name: value for name, value in described.items() if name != "labels" and value not in (None, [])}
    lines["image_shape"] = "x".join(map(str, dataset.image_shape))
    width = max(map(len, lines))
    for name, value in lines.items():
        typer.echo(f"{name:<{width}}  {value}")
    rows, n_more = frequent_labels(dataset)
    print_table("Labels" if not n_more else "Most frequent labels", ["label", "images"], rows)
    if n_more:
        typer.echo(f"and {n_more} more; all of them with --json\n")
    print_contact_sheet(sheet)
    for path in written:
        typer.echo(f"Sheet: {path}")


@data.command()
def fetch(names: Names, quiet: options.Quiet = False) -> None:
    """Fetch data sets, verify them, and keep them in the cache."""
    from sightbits.datasets.catalogue import find_fold, find_row  # noqa: PLC0415
    from sightbits.datasets.fetching import fetch_set  # noqa: PLC0415

    found = {name: find_fold(name) for name in names}
    for row in [found_row[0] if found_row else find_row(name) for name, found_row in found.items()]:
        with progress_bar(quiet=quiet, in_bytes=True) as progress:
            copy = fetch_set(row, progress)
        if not quiet:
            state = "intact" if row.files or row.arrays or row.archives else "nothing to verify it by,"
            typer.echo(f"{row.name}: " + ("comes with scikit-learn" if copy is None else f"{state} in {copy.path}"))
