"""`sightbits encodings`: what inverting, centring, standardising or merging grey values does to learning."""

from typing import Annotated, Any

import typer

from sightbits.cli import options
from sightbits.cli.progress import progress_bar
from sightbits.core.checks import InputError

_JOURNAL = ".encodings-steps.jsonl"


def encodings(
    source: options.Source,
    encoding_names: Annotated[
        str | None,
        typer.Option(
            "--encodings",
            metavar="NAME,...",
            help="What is compared, the first being what others are held against: identity, inverted, centred, "
            "standardised, scaled, quantised, binarised; inverted+centred is one after the other. Default: these and "
            "two such.",
            show_default=False,
        ),
    ] = None,
    models: Annotated[
        str,
        typer.Option(
            metavar="NAME,...",
            help="What learns: softmax, mlp, lenet (the last two need torch); after a plus sign batch_norm, or where "
            "weights start: zero, uniform, normal, glorot, he.",
        ),
    ] = "softmax",
    trials: Annotated[int, typer.Option(help="How often test accuracy is taken,")] = 100,
    updates: Annotated[int, typer.Option(help="after how many updates each time.")] = 50,
    seeds: Annotated[int, typer.Option(help="How many runs differ by batches and first weights.")] = 10,
    batch: Annotated[int, typer.Option(help="Images an update sees.")] = 100,
    rate: Annotated[
        float | None,
        typer.Option(
            help="Learning rate for all encodings. Default: softmax 0.5; mlp and lenet 0.1.", show_default=False
        ),
    ] = None,
    rates: Annotated[
        str | None,
        typer.Option(
            metavar="R,R,...",
            help="Learning rates to choose each encoding's own best from, or none. Default: ten from 0.01 to 10.",
            show_default=False,
        ),
    ] = None,
    bits: options.Bits = True,
    seed: options.Seed = 0,
    limit: options.Limit = None,
    jobs: options.Jobs = None,
    label: options.Label = None,
    shape: options.Shape = None,
    value_range: options.Range = None,
    channels: options.Channels = "auto",
    scale_to: options.ScaleTo = None,
    out: options.Out = None,
    json: options.Json = False,
    quiet: options.Quiet = False,
) -> None:
    """Find what the code of grey values does to learning, beside the information, which it leaves alone."""
    # Loaded here, so that `--help` stays fast.
    from sightbits.cli.encodings_tables import print_encodings  # noqa: PLC0415
    from sightbits.studies.encoding_comparison import (  # noqa: PLC0415
        EncodingSettings,
        check_encodings,
        compare_encodings,
    )

    asked: dict[str, Any] = {}  # what is not asked for is as the settings have it
    if encoding_names is not None:
        asked["encodings"] = options.parse_names(encoding_names)
    if rates is not None:
        asked["rates"] = _parse_rates(rates)
    settings = EncodingSettings(
        models=options.parse_names(models),
        trials=trials,
        updates=updates,
        seeds=seeds,
        batch=batch,
        rate=rate,
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
    check_encodings(dataset, settings)
    journal = options.prepare_folder(out, _JOURNAL)
    with progress_bar(quiet=quiet) as progress:
        result = compare_encodings(
            dataset, settings=settings, unit=options.unit_name(bits), journal_path=journal, progress=progress
        )
        page = None if out is None else result.save(out)
    if json:
        typer.echo(result.to_json())
    elif not quiet:
        print_encodings(result)
        if page is not None:
            typer.echo(f"\nReport: {page}")


def _parse_rates(text: str) -> list[float]:
    """Return numbers from 0.1,0.5, or none from none."""
    if text.strip() == "none":
        return []
    try:
        return [float(part) for part in text.split(",")]
    except ValueError as error:
        raise InputError(
            "rates", wanted="learning rates with commas between, or none", got=repr(text), remedy="Say 0.1,0.5,1."
        ) from error
