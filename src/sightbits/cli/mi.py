"""`sightbits mi`: how dependent two columns of a table are, and whether it is linear."""

from typing import Annotated

import typer

from sightbits.cli import options
from sightbits.cli.progress import progress_bar


def mi(
    file: Annotated[
        str,
        typer.Argument(
            metavar="FILE", help="A table: .csv or .tsv with a header line, .parquet, or .npz.", show_default=False
        ),
    ],
    x: Annotated[str, typer.Option("--x", metavar="COLUMN", help="One column.", show_default=False)],
    y: Annotated[str, typer.Option("--y", metavar="COLUMN", help="The other.", show_default=False)],
    check: Annotated[
        bool,
        typer.Option(
            "--check", help="Try the estimators on synthetic data of this size and kind, where the truth is known."
        ),
    ] = False,
    estimator: Annotated[
        str | None,
        typer.Option(
            help="ksg, ksg2, copula, ross, gao; or of counts: plug_in, miller_madow, grassberger, chao_shen, "
            "chao_wang_jost, shrinkage, jackknife, dirichlet, nsb. Default: ksg for two continuous columns, ross for "
            "one, plug_in for none."
        ),
    ] = None,
    bins: Annotated[
        str,
        typer.Option(
            help="Bins of a continuous column: a number, or sturges, scott, freedman_diaconis, hacine_gharbi."
        ),
    ] = "30",
    binning: Annotated[str, typer.Option(help="equal_width or equal_mass.")] = "equal_width",
    kinds: Annotated[
        str | None, typer.Option(metavar="X,Y", help="discrete or continuous, for both or for each; told apart else.")
    ] = None,
    neighbours: Annotated[int, typer.Option("--k", help="Which nearest neighbour the k-NN estimators look at.")] = 3,
    jitter: Annotated[
        float, typer.Option(help="Noise on continuous columns, in standard deviations; breaks ties.")
    ] = 0.0,
    permutations: Annotated[
        int | None, typer.Option(help="Shuffles behind the null. Default: 100, fewer for many samples.")
    ] = None,
    error: Annotated[str, typer.Option(help="Standard error: local, jackknife, bootstrap or none.")] = "local",
    drop_missing: Annotated[bool, typer.Option("--drop-missing", help="Leave out rows without a value.")] = False,
    bits: options.Bits = True,
    seed: options.Seed = 0,
    limit: Annotated[int | None, typer.Option(help="Take at most so many rows, evenly strided.")] = None,
    out: options.Out = None,
    json: options.Json = False,
    quiet: options.Quiet = False,
) -> None:
    """Measure how dependent two columns are, by every estimator that suits them, and whether it is linear."""
    # Loaded here, so that `--help` stays fast.
    from sightbits.cli.dependence_tables import print_result  # noqa: PLC0415
    from sightbits.datasets.columns import read_columns  # noqa: PLC0415
    from sightbits.estimation.settings import EstimationSettings  # noqa: PLC0415
    from sightbits.report.save import check_writable  # noqa: PLC0415
    from sightbits.studies.dependence import Dependence, measure_dependence  # noqa: PLC0415
    from sightbits.studies.estimator_check import EstimatorCheck, check_estimators_for  # noqa: PLC0415

    settings = EstimationSettings(
        kinds=options.parse_kinds(kinds),
        bins=options.parse_bins(bins),
        binning=binning,
        k=neighbours,
        jitter=jitter,
        permutations=permutations,
        error=error,
        seed=seed,
    )
    columns = read_columns(file, [x, y], drop_missing=drop_missing, limit=limit)
    values = columns.values[x], columns.values[y]
    if out is not None:
        check_writable(out)
    unit = options.unit_name(bits)
    with progress_bar(quiet=quiet) as progress:
        result: EstimatorCheck | Dependence
        if check:
            only = None if estimator is None else [estimator]
            result = check_estimators_for(*values, estimators=only, settings=settings, unit=unit, progress=progress)
        else:
            result = measure_dependence(
                *values, names=(x, y), estimator=estimator, settings=settings, provenance=columns.provenance,
                unit=unit, progress=progress,
            )  # fmt: skip
        page = None if out is None else result.save(out)
    if json:
        typer.echo(result.to_json())
    elif not quiet:
        print_result(result)
        if page is not None:
            typer.echo(f"\nReport: {page}")
