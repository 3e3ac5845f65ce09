"""`sightbits measure`: which pixel to measure next, and how many until we know."""

import os
from pathlib import Path
from typing import Annotated

import typer

from sightbits.cli import options
from sightbits.cli.progress import progress_bar
from sightbits.core.checks import InputError

_JOURNAL = ".measure-steps.jsonl"
_POLICY, _BELIEF = "information_gain", "mixture"  # where only beliefs, or only policies, are given


def measure(
    source: options.Source,
    curves: Annotated[
        str | None,
        typer.Option(
            metavar="POLICY/BELIEF,...",
            help="What is compared; tree and single images are those of the first. Default: information_gain with "
            "mixture and exact, fixed and random with mixture.",
            show_default=False,
        ),
    ] = None,
    policies: Annotated[
        str | None,
        typer.Option(
            metavar="NAME,...",
            help="Instead of --curves, each of these with each belief: information_gain, lookahead, cost_aware, fixed, "
            "random, learned (needs torch) or lowest_entropy.",
            show_default=False,
        ),
    ] = None,
    beliefs: Annotated[
        str | None,
        typer.Option(
            metavar="NAME,...",
            help="Instead of --curves, each policy with each of these: mixture, exact, naive_bayes or network "
            "(needs torch).",
            show_default=False,
        ),
    ] = None,
    n_pixels: Annotated[
        int | None,
        typer.Option(help="The most pixels measured of an image. Default: 30, or all where there are fewer."),
    ] = None,
    confidence: Annotated[float, typer.Option(help="Stop when a label is this probable,")] = 0.95,
    entropy: Annotated[
        float | None, typer.Option(metavar="BITS", help="or when the label's entropy is at most so many bits,")
    ] = None,
    cost_budget: Annotated[float | None, typer.Option(help="or when measuring has cost so much.")] = None,
    levels: Annotated[
        int | None, typer.Option(help="Grey levels that every belief tells apart, 2 to 256. Default: as each likes.")
    ] = None,
    flip: Annotated[float, typer.Option(help="Share of readings that are wrong.")] = 0.0,
    deviation: Annotated[
        float, typer.Option(help="Standard deviation of normal noise on each reading, in grey values.")
    ] = 0.0,
    costs: Annotated[
        Path | None, typer.Option(metavar="FILE", help="What each pixel costs: .npy or .csv in the shape of an image.")
    ] = None,
    unavailable: Annotated[
        list[str] | None,
        typer.Option(metavar="ROW,COLUMN", help="A pixel that cannot be measured; may be given several times."),
    ] = None,
    pixels_per_step: Annotated[int, typer.Option(help="How many pixels are chosen at a time.")] = 1,
    episodes: Annotated[int, typer.Option(help="How many test images are shown step by step.")] = 6,
    tree_depth: Annotated[int, typer.Option(help="How many pixels deep the tree of first choices goes.")] = 4,
    save: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="Save the first policy and belief, fitted, for use with an instrument."),
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
    """Find which pixel to measure next, and how many until we know."""
    # Loaded here, so that `--help` stays fast.
    from sightbits.cli.measure_tables import print_measuring  # noqa: PLC0415
    from sightbits.studies.measurement_curve import (  # noqa: PLC0415
        DEFAULT_CURVES,
        MeasureSettings,
        check_measuring,
        compare_measuring,
    )

    settings = MeasureSettings(
        curves=_named_curves(curves, policies, beliefs) or DEFAULT_CURVES,
        n_pixels=n_pixels,
        confidence=confidence,
        entropy=entropy,
        cost_budget=cost_budget,
        levels=levels,
        flip=flip,
        deviation=deviation,
        costs=None if costs is None else options.read_grid("costs", costs),
        unavailable=options.parse_positions("unavailable", unavailable),
        pixels_per_step=pixels_per_step,
        episodes=episodes,
        tree_depth=tree_depth,
        seed=seed,
        jobs=jobs,
    )
    if save is not None:
        _check_file(save)
    dataset = options.load_images(
        source,
        label=label,
        shape=shape,
        channels=channels,
        value_range=value_range,
        limit=limit,
        scale_to=scale_to,
    )
    check_measuring(dataset, settings)
    journal = options.prepare_folder(out, _JOURNAL)
    with progress_bar(quiet=quiet) as progress:
        result = compare_measuring(
            dataset, settings=settings, unit=options.unit_name(bits), journal_path=journal, progress=progress
        )
        if save is not None and result.measurer is not None:
            result.measurer.save(save)
        page = None if out is None else result.save(out)
    if json:
        typer.echo(result.to_json())
    elif not quiet:
        print_measuring(result)
        if save is not None:
            typer.echo(f"\nMeasurer: {save} (Measurer.load goes on from it)")
        if page is not None:
            typer.echo(f"\nReport: {page}")


def _named_curves(curves: str | None, policies: str | None, beliefs: str | None) -> list[str]:
    """The curves asked for; none where nothing was."""
    if curves is not None and (policies is not None or beliefs is not None):
        raise InputError(
            "curves",
            wanted="--curves, or --policies and --beliefs",
            got="both",
            remedy="--policies and --beliefs stand for each policy with each belief.",
        )
    if curves is not None:
        return options.parse_names(curves)
    if policies is None and beliefs is None:
        return []
    each_policy = options.parse_names(policies or _POLICY)
    return [f"{policy}/{belief}" for belief in options.parse_names(beliefs or _BELIEF) for policy in each_policy]


def _check_file(path: Path) -> None:
    folder = path.absolute().parent
    if path.is_dir() or not folder.is_dir() or not os.access(folder, os.W_OK):
        raise InputError(
            "save",
            wanted="a file in a folder that can be written into",
            got=str(path),
            remedy="Name a file such as measurer.npz.",
        )
