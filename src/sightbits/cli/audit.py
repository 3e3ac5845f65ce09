"""`sightbits audit`: which pixels carry label information, which are dead, how few are enough."""

from pathlib import Path
from typing import Annotated

import typer

from sightbits.cli import options
from sightbits.cli.progress import progress_bar

_JOURNAL = ".audit-steps.jsonl"


def audit(
    source: options.Source,
    ranker: Annotated[
        str,
        typer.Option(
            help="How to rank pixels: mutual_information, jmi, cmim, mrmr, greedy_joint, knn, variance or random."
        ),
    ] = "mutual_information",
    compare_rankers: Annotated[
        bool, typer.Option("--compare-rankers", help="Compare the ranker with the others (knn left out: it is slow).")
    ] = False,
    rankers: Annotated[
        str | None, typer.Option(metavar="NAME,NAME,...", help="Compare the ranker with these.", show_default=False)
    ] = None,
    required: Annotated[
        list[str] | None,
        typer.Option(metavar="ROW,COLUMN", help="A pixel that is used in any case; may be given several times."),
    ] = None,
    forbidden: Annotated[
        list[str] | None,
        typer.Option(metavar="ROW,COLUMN", help="A pixel that is not used; may be given several times."),
    ] = None,
    costs: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE", help="What each pixel costs: .npy or .csv in the shape of an image. Scores count per cost."
        ),
    ] = None,
    estimator: Annotated[
        str | None,
        typer.Option(
            help="How to estimate information: plug_in, miller_madow, grassberger, chao_shen, chao_wang_jost, "
            "shrinkage, jackknife, dirichlet, nsb or knn. Default: plug_in, or knn with the ranker knn."
        ),
    ] = None,
    n_pixels: Annotated[
        str | None, typer.Option(metavar="K,K,...", help="Numbers of pixels on the accuracy curve.")
    ] = None,
    classifier: Annotated[
        str | None,
        typer.Option(
            help="logistic_regression, linear_discriminant, ridge, nearest_neighbours, naive_bayes or random_forest. "
            "Default: the first; of many labels or large data the second, or the third beyond 4096 pixels."
        ),
    ] = None,
    permutations: Annotated[
        int | None, typer.Option(help="Label shuffles behind the null; 0 for the G-test. Default: 100 (40 for knn).")
    ] = None,
    resamples: Annotated[int, typer.Option(help="Bootstrap resamples behind the rank stability.")] = 20,
    dead_variance: Annotated[
        float | None,
        typer.Option(
            help="A pixel of smaller variance is dead, in grey values squared. Default: 0.5 on a range of 16."
        ),
    ] = None,
    pixel: Annotated[
        str | None, typer.Option(metavar="ROW,COLUMN", help="Also print what one pixel says of each label.")
    ] = None,
    split: options.Split = "train",
    levels: options.Levels = None,
    bits: options.Bits = True,
    seed: options.Seed = 0,
    seeds: options.Seeds = 1,
    limit: options.Limit = None,
    sample: options.Sample = None,
    chunked: options.Chunked = False,
    scheduler: options.Scheduler = None,
    jobs: options.Jobs = None,
    label: options.Label = None,
    shape: options.Shape = None,
    value_range: options.Range = None,
    channels: options.Channels = "auto",
    scale_to: options.ScaleTo = None,
    unreadable: options.Unreadable = "stop",
    out: options.Out = None,
    json: options.Json = False,
    quiet: options.Quiet = False,
) -> None:
    """Find which pixels carry label information, which are dead, and how few are enough."""
    # Loaded here, so that `--help` stays fast.
    from sightbits.cli.tables import print_audit, print_pixel  # noqa: PLC0415
    from sightbits.datasets.streams.choosing import choose_images  # noqa: PLC0415
    from sightbits.studies.pixel_audit import (  # noqa: PLC0415
        COMPARED_RANKERS,
        AuditSettings,
        audit_pixels,
        check_audit,
    )

    others = [] if rankers is None else [name.strip() for name in rankers.split(",")]
    settings = AuditSettings(
        split=split,
        levels=levels,
        estimator=estimator,
        ranker=ranker,
        rankers=(*others, *(COMPARED_RANKERS if compare_rankers else ())),
        n_pixels=options.parse_numbers("n_pixels", n_pixels),
        classifier=classifier,
        permutations=permutations,
        resamples=resamples,
        dead_variance=dead_variance,
        seed=seed,
        seeds=seeds,
        jobs=jobs,
        sample=sample,
        required=options.parse_positions("required", required),
        forbidden=options.parse_positions("forbidden", forbidden),
        costs=None if costs is None else options.read_grid("costs", costs),
    )
    position = options.parse_position("pixel", pixel)
    with progress_bar(quiet=quiet) as progress:
        images = choose_images(
            source,
            label=label,
            shape=options.parse_shape(shape),
            channels=channels,
            value_range=options.parse_range(value_range),
            limit=limit,
            scale_to=options.parse_size(scale_to),
            unreadable=unreadable,
            chunked=chunked,
            n_jobs=settings.n_jobs,
            scheduler=scheduler,
            progress=progress,
        )
        check_audit(images, settings.suited_to(images))
        if position is not None:
            images.check_position("pixel", position)
        journal = options.prepare_folder(out, _JOURNAL)
        result = audit_pixels(
            images,
            settings=settings,
            unit=options.unit_name(bits),
            scheduler=scheduler,
            journal_path=journal,
            progress=progress,
        )
        page = None if out is None else result.save(out)
    if json:
        typer.echo(result.to_json())
    elif not quiet:
        print_audit(result)
        if position is not None:
            print_pixel(result, position)
        if page is not None:
            typer.echo(f"\nReport: {page}")
