"""`sightbits data`: what data there is, where it comes from, is it intact."""

import json as json_module
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
        [row.name, f"{row.n_train + row.n_test:,}", "x".join(map(str, row.image_shape)), len(row.label_names),
         row.licence, where[row.name]]
        for row in CATALOGUE.values()
    ]  # fmt: skip
    print_table("Data sets", ["name", "images", "shape", "labels", "licence", "copy"], table)
    typer.echo("Fetch one with: sightbits data fetch NAME. Your own: sightbits data info PATH")


@data.command()
def info(
    source: options.Source,
    label: options.Label = None,
    shape: options.Shape = None,
    channels: options.Channels = "auto",
    json: options.Json = False,
) -> None:
    """Read a data set, check that it is intact, and describe it."""
    import numpy as np  # noqa: PLC0415

    from sightbits.cli.tables import print_table  # noqa: PLC0415
    from sightbits.datasets.catalogue import CATALOGUE  # noqa: PLC0415
    from sightbits.datasets.loading import load_dataset  # noqa: PLC0415

    dataset = load_dataset(source, label=label, shape=options.parse_shape(shape), channels=channels)
    n_of_label = np.bincount(dataset.labels, minlength=dataset.n_labels).tolist()
    row = CATALOGUE.get(source)
    described = {
        "name": dataset.provenance.name,
        "origin": dataset.provenance.origin,
        "n_images": dataset.n_images,
        "n_test": None if dataset.in_test is None else int(dataset.in_test.sum()),
        "image_shape": list(dataset.image_shape),
        "value_range": list(dataset.value_range),
        "labels": dict(zip(dataset.label_names, n_of_label, strict=True)),
        "sha256": dataset.provenance.sha256,
        "licence": row.licence if row else None,
        "citation": row.citation if row else None,
        "notes": list(dataset.provenance.notes),
    }
    if json:
        typer.echo(json_module.dumps(described))
        return
    lines = [[name, value] for name, value in described.items() if name != "labels" and value not in (None, [])]
    width = max(len(str(name)) for name, _ in lines)

    def shown(name: object, value: object) -> str:
        return "x".join(map(str, dataset.image_shape)) if name == "image_shape" else str(value)

    for name, value in lines:
        typer.echo(f"{name:<{width}}  {shown(name, value)}")
    print_table("Labels", ["label", "images"], list(zip(dataset.label_names, n_of_label, strict=True)))


@data.command()
def fetch(names: Names, quiet: options.Quiet = False) -> None:
    """Fetch data sets, verify them, and keep them in the cache."""
    from sightbits.datasets.catalogue import find_row  # noqa: PLC0415
    from sightbits.datasets.fetching import fetch_set  # noqa: PLC0415

    for row in [find_row(name) for name in names]:
        with progress_bar(quiet=quiet) as progress:
            copy = fetch_set(row, progress)
        if not quiet:
            typer.echo(f"{row.name}: " + ("comes with scikit-learn" if copy is None else f"intact in {copy.path}"))
