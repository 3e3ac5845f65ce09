"""`sightbits flow`: what each layer of a network keeps about input and label while it learns."""

from typing import Annotated, Any, Literal

import typer

from sightbits.cli import options
from sightbits.cli.progress import progress_bar

_JOURNAL = ".flow-looks.jsonl"

Model = Literal["lenet5", "alexnet", "vgg16"]
Activation = Literal["relu", "sigmoid", "tanh"]
KernelSize = Literal["paper", "median", "alignment"]
MapKernel = Literal["product", "averaged", "tensor"]
LabelKernel = Literal["match", "gaussian"]


def flow(
    source: options.Source,
    model: Annotated[Model, typer.Option(help="The network that is trained.")] = "lenet5",
    activation: Annotated[Activation, typer.Option(help="What follows every hidden layer.")] = "relu",
    filters: Annotated[
        str | None,
        typer.Option(
            metavar="N,N,...",
            help="Filters of each convolution. Default: lenet5 6,12; alexnet 16,32,64,128; vgg16 as published.",
            show_default=False,
        ),
    ] = None,
    epochs: Annotated[
        int | None,
        typer.Option(help="How often all training images are seen. Default: lenet5 10, others 15.", show_default=False),
    ] = None,
    batch: Annotated[int, typer.Option(help="Images an update sees.")] = 128,
    rate: Annotated[
        float | None,
        typer.Option(
            help="Learning rate. Default: the network's own; lenet5 0.02, with sigmoid 0.1 (with relu the source's 0.1 "
            "learns badly); others 0.01, with sigmoid 0.05.",
            show_default=False,
        ),
    ] = None,
    momentum: Annotated[float, typer.Option(help="Momentum of gradient descent.")] = 0.95,
    seeds: Annotated[int, typer.Option(help="How many networks are trained.")] = 1,
    looks: Annotated[int, typer.Option(help="At how many steps they are measured.")] = 16,
    probes: Annotated[int, typer.Option(help="On how many batches of test images,")] = 2,
    samples: Annotated[int, typer.Option(help="and of how many images each.")] = 128,
    kernel_size: Annotated[
        KernelSize,
        typer.Option(
            help="paper: fixed, whatever the scale of activations; median: the median distance, free of scale; "
            "alignment: as agrees best with the labels."
        ),
    ] = "paper",
    maps: Annotated[
        MapKernel,
        typer.Option(
            help="How maps of a layer are joined: product, as the source; averaged: its C-th root; tensor: one kernel."
        ),
    ] = "product",
    label_kernel: Annotated[
        LabelKernel, typer.Option(help="match: 1 for equal labels, else 0; gaussian: of labels as corners of a cube.")
    ] = "match",
    alpha: Annotated[float, typer.Option(help="Order of the entropies.")] = 1.01,
    layer_width: Annotated[float, typer.Option(help="h of the fixed size h n^(-1/(4+d)), of inputs and layers,")] = 5.0,
    error_width: Annotated[float, typer.Option(help="and of errors.")] = 0.1,
    shuffles: Annotated[int, typer.Option(help="How often samples are shuffled to tell what chance gives.")] = 10,
    pairs: Annotated[int, typer.Option(help="The most pairs of maps of a layer that are measured; 0 for none.")] = 100,
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
    """Train a network, and find what each layer tells of input and label on the way, beside chance and scale."""
    # Loaded here, so that `--help` stays fast.
    from sightbits.cli.flow_tables import print_flow  # noqa: PLC0415
    from sightbits.studies.information_flow import FlowSettings, check_flow, follow_information  # noqa: PLC0415

    asked: dict[str, Any] = {"filters": options.parse_numbers("filters", filters), "epochs": epochs, "rate": rate}
    settings = FlowSettings(
        model=model,
        activation=activation,
        batch=batch,
        momentum=momentum,
        seeds=seeds,
        looks=looks,
        probes=probes,
        samples=samples,
        kernel_size=kernel_size,
        maps=maps,
        label_kernel=label_kernel,
        alpha=alpha,
        layer_width=layer_width,
        error_width=error_width,
        shuffles=shuffles,
        pairs=pairs,
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
    check_flow(dataset, settings)
    journal = options.prepare_folder(out, _JOURNAL)
    with progress_bar(quiet=quiet) as progress:
        result = follow_information(
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
        print_flow(result)
        if page is not None:
            typer.echo(f"\nReport: {page}")
