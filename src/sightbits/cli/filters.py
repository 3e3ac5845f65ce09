"""`sightbits filters`: how many filters of a layer are enough, and which may go."""

from typing import Annotated, Any

import typer

from sightbits.cli import options
from sightbits.cli.flow import Activation, Model
from sightbits.cli.progress import progress_bar

_JOURNAL = ".filters.jsonl"


def filters(
    source: options.Source,
    model: Annotated[Model, typer.Option(help="The network that is trained.")] = "lenet5",
    activation: Annotated[Activation, typer.Option(help="What follows every hidden layer.")] = "relu",
    filter_numbers: Annotated[
        str | None,
        typer.Option(
            "--filters",
            metavar="N,N,...",
            help="Filters of each convolution. Default: lenet5 6,12; alexnet 16,32,64,128; vgg16 as published.",
            show_default=False,
        ),
    ] = None,
    layer: Annotated[
        str | None,
        typer.Option(help="The convolution whose filters are studied. Default: the last.", show_default=False),
    ] = None,
    keep: Annotated[
        str | None,
        typer.Option(
            metavar="N,N,...", help="How many of them are kept. Default: 1/2, 1/4, 1/8, 1/16.", show_default=False
        ),
    ] = None,
    criteria: Annotated[
        str | None,
        typer.Option(
            metavar="NAME,NAME,...",
            help="By what they are chosen: usable_information, learnable_information, conditional_relevance, "
            "excess_relevance, relevance_by_spread, scale_free_relevance, relevance, bottleneck (the source's), "
            "excess_bottleneck, taylor, l1, apoz, hrank, random. Default: all.",
            show_default=False,
        ),
    ] = None,
    fine_tune: Annotated[int, typer.Option(help="For how many epochs pruned networks are trained on.")] = 0,
    fine_tune_rate: Annotated[
        float | None, typer.Option(help="Learning rate of that. Default: a tenth of --rate.", show_default=False)
    ] = None,
    epochs: Annotated[
        int | None,
        typer.Option(help="How often all training images are seen. Default: lenet5 10, others 15.", show_default=False),
    ] = None,
    batch: Annotated[int, typer.Option(help="Images an update sees.")] = 128,
    rate: Annotated[
        float | None, typer.Option(help="Learning rate. Default: the network's own.", show_default=False)
    ] = None,
    momentum: Annotated[float, typer.Option(help="Momentum of gradient descent.")] = 0.95,
    seeds: Annotated[int, typer.Option(help="How many networks are trained.")] = 1,
    beta: Annotated[float, typer.Option(help="What I(T; Y) is worth in the objective I(X; T) - beta I(T; Y).")] = 2.0,
    samples: Annotated[int, typer.Option(help="Training images on which single filters are measured,")] = 128,
    images: Annotated[int, typer.Option(help="those for all other criteria,")] = 4096,
    width_images: Annotated[int, typer.Option(help="and for how many filters are enough by the repaired rule.")] = 1024,
    shuffles: Annotated[int, typer.Option(help="How often samples are shuffled to tell what chance gives.")] = 20,
    permutations: Annotated[
        int, typer.Option(help="How often a filter is permuted to tell if it is one too many,")
    ] = 99,
    significance: Annotated[float, typer.Option(help="and up to which p-value it is not.")] = 0.05,
    sweep: Annotated[
        str | None,
        typer.Option(
            metavar="N,N,...", help="Train networks with so many filters in the layer as well.", show_default=False
        ),
    ] = None,
    bits: options.Bits = True,
    seed: options.Seed = 0,
    limit: options.Limit = None,
    jobs: options.Jobs = None,
    scheduler: options.Scheduler = None,
    label: options.Label = None,
    shape: options.Shape = None,
    value_range: options.Range = None,
    channels: options.Channels = "auto",
    scale_to: options.ScaleTo = None,
    out: options.Out = None,
    json: options.Json = False,
    quiet: options.Quiet = False,
) -> None:
    """Train a network, find how many filters of a layer are enough, and remove the others by several criteria."""
    # Loaded here, so that `--help` stays fast.
    from sightbits.cli.filters_tables import print_filters  # noqa: PLC0415
    from sightbits.studies.filters import FilterSettings, check_filters, study_filters  # noqa: PLC0415

    asked: dict[str, Any] = {
        "filters": options.parse_numbers("filters", filter_numbers),
        "keep": options.parse_numbers("keep", keep),
        "criteria": None if criteria is None else options.parse_names(criteria),
        "sweep": options.parse_numbers("sweep", sweep) or (),
        "epochs": epochs,
        "rate": rate,
        "fine_tune_rate": fine_tune_rate,
    }
    settings = FilterSettings(
        model=model,
        activation=activation,
        layer=layer,
        fine_tune=fine_tune,
        batch=batch,
        momentum=momentum,
        seeds=seeds,
        beta=beta,
        samples=samples,
        images=images,
        width_images=width_images,
        shuffles=shuffles,
        permutations=permutations,
        significance=significance,
        seed=seed,
        jobs=jobs,
        **asked,
    )
    dataset = options.load_images(
        source,
        label=label,
        shape=shape,
        channels=channels,
        value_range=value_range,
        limit=limit,
        scale_to=scale_to,
    )
    check_filters(dataset, settings)
    journal = options.prepare_folder(out, _JOURNAL)
    with progress_bar(quiet=quiet) as progress:
        result = study_filters(
            dataset,
            settings=settings,
            unit=options.unit_name(bits),
            journal_path=journal,
            scheduler=scheduler,
            progress=progress,
        )
        page = None if out is None else result.save(out)
    if json:
        typer.echo(result.to_json())
    elif not quiet:
        print_filters(result)
        if page is not None:
            typer.echo(f"\nReport: {page}")
