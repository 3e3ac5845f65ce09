"""Options that every study shares, written once, and the values they stand for."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

from sightbits.core.checks import InputError, check_whole

if TYPE_CHECKING:
    from sightbits.core.images import ImageDataset

_MOST_BINS = 1_000_000  # more would not fit into memory

SplitName = Literal["train", "test", "all"]
ChannelAxis = Literal["auto", "first", "last"]

Source = Annotated[
    str,
    typer.Argument(
        metavar="SOURCE",
        help="A data set of `sightbits data list`; or a path: .npz, .npy, .csv, IDX, zarr, Parquet, tar, or a folder "
        "with one sub-folder a class.",
        show_default=False,
    ),
]
Split = Annotated[SplitName, typer.Option(help="Which images to describe: train, test or all.")]
Levels = Annotated[int | None, typer.Option(help="Grey levels to count, 2 to 256. Default: each grey value.")]
Bits = Annotated[bool, typer.Option("--bits/--nats", help="Unit of information.")]
Seed = Annotated[int, typer.Option(help="Fixes every random choice.")]
Seeds = Annotated[int, typer.Option(help="How many splits to average over.")]
Limit = Annotated[int | None, typer.Option(help="Take at most so many images, evenly strided.")]
Jobs = Annotated[int | None, typer.Option(help="Threads. Default: one a processor.")]
Label = Annotated[str | None, typer.Option(metavar="COLUMN", help="The label column of a table.")]
Shape = Annotated[str | None, typer.Option(metavar="HxW[xC]", help="Shape of images that come as flat rows.")]
Range = Annotated[
    str | None, typer.Option("--range", metavar="LOW:HIGH", help="The grey values there can be, if not as seen.")
]
Sample = Annotated[
    int | None,
    typer.Option(help="Images that all but maps rests on, evenly strided. Default: all; 70,000 if read in chunks."),
]
Unreadable = Annotated[
    Literal["stop", "skip"], typer.Option(help="What to do where a picture cannot be read: stop, or skip it.")
]
Chunked = Annotated[
    bool,
    typer.Option("--chunked", help="Read images a chunk at a time, as is done by itself beyond 2 GiB of grey values."),
]
Scheduler = Annotated[
    str | None,
    typer.Option(metavar="ADDRESS", help="Work on a Dask cluster: tcp://HOST:8786.", show_default=False),
]
ScaleTo = Annotated[
    str | None, typer.Option(metavar="HxW", help="Scale the images of a folder to this size.", show_default=False)
]
Channels = Annotated[ChannelAxis, typer.Option(help="Where the channel axis is: auto, first or last.")]
Out = Annotated[Path | None, typer.Option(metavar="DIR", help="Write document, tables, pictures and report there.")]
Json = Annotated[bool, typer.Option("--json", help="Print one JSON document and nothing else.")]
Quiet = Annotated[bool, typer.Option("--quiet", "-q", help="Print no progress and no table.")]


def load_images(
    source: str,
    *,
    label: str | None,
    shape: str | None,
    channels: ChannelAxis,
    value_range: str | None,
    limit: int | None,
    scale_to: str | None,
) -> "ImageDataset":
    """Return the images that a study's options ask for."""
    from sightbits.datasets.loading import load_dataset  # noqa: PLC0415  `--help` stays fast

    return load_dataset(
        source,
        label=label,
        shape=parse_shape(shape),
        channels=channels,
        value_range=parse_range(value_range),
        limit=limit,
        scale_to=parse_size(scale_to),
    )


def prepare_folder(out: Path | None, journal: str) -> Path | None:
    """Make the folder a study writes into, and return the path of its journal there; None without a folder."""
    if out is None:
        return None
    from sightbits.report.save import check_writable  # noqa: PLC0415  `--help` stays fast

    check_writable(out)
    out.mkdir(parents=True, exist_ok=True)
    return out / journal


def parse_shape(text: str | None) -> tuple[int, ...] | None:
    """Return rows and columns (and channels) from 8x8 or 32x32x3."""
    if text is None:
        return None
    parts = text.lower().split("x")
    if len(parts) not in (2, 3) or not all(part.isdigit() and int(part) > 0 for part in parts):
        raise InputError("shape", wanted="ROWSxCOLUMNS or ROWSxCOLUMNSxCHANNELS", got=repr(text), remedy="Say 8x8.")
    return tuple(int(part) for part in parts)


def parse_size(text: str | None) -> tuple[int, ...] | None:
    """Return rows and columns from 64x64."""
    size = parse_shape(text)
    if size is not None and len(size) != 2:
        raise InputError("scale-to", wanted="ROWSxCOLUMNS", got=repr(text), remedy="Say 64x64.")
    return size


def parse_range(text: str | None) -> tuple[float, float] | None:
    """Return the lowest and highest grey value from 0:255."""
    if text is None:
        return None
    try:
        low, high = (float(part) for part in text.split(":"))
    except ValueError as error:
        raise InputError("range", wanted="LOW:HIGH", got=repr(text), remedy="Say 0:255, or 0:1.") from error
    return low, high


def parse_numbers(name: str, text: str | None) -> list[int] | None:
    """Return whole numbers from 1,2,5."""
    if text is None:
        return None
    try:
        return [int(part) for part in text.split(",")]
    except ValueError as error:
        raise InputError(
            name, wanted="whole numbers with commas between", got=repr(text), remedy="Say 1,2,5,10."
        ) from error


def parse_names(text: str) -> list[str]:
    """Return names from a,b,c."""
    return [name.strip() for name in text.split(",")]


def parse_position(name: str, text: str | None) -> tuple[int, ...] | None:
    """Return row, column (and channel) from 4,2."""
    numbers = parse_numbers(name, text)
    return None if numbers is None else tuple(numbers)


def parse_positions(name: str, texts: list[str] | None) -> tuple[tuple[int, ...], ...]:
    """Return a position for each text; none where there is none."""
    return tuple(parse_position(name, text) or () for text in texts or ())


def read_grid(name: str, path: Path) -> Any:
    """Return the numbers of a .npy file, or of a .csv file without a head."""
    import numpy as np  # noqa: PLC0415  `--help` stays fast

    try:
        if path.suffix == ".npy":
            found = np.load(path, allow_pickle=False)
        else:
            lines = [line for line in path.read_text(encoding="utf-8").splitlines() if line.strip()]
            found = np.array([[float(number) for number in line.split(",")] for line in lines])
        if isinstance(found, np.ndarray) and found.size and found.dtype.kind in "buif":
            return found
        got = "no numbers"
    except (OSError, EOFError, ValueError) as error:
        got = str(error)
    raise InputError(
        name,
        wanted="a .npy file, or a .csv file of numbers only, in the shape of an image",
        got=f"{path} ({got})",
        remedy="One line a row of pixels, commas between.",
    )


def parse_kinds(text: str | None) -> str | list[str]:
    """Return one kind for all variables, or one for each, from continuous or discrete,continuous."""
    if text is None:
        return "auto"
    return [part.strip() for part in text.split(",")] if "," in text else text


def parse_bins(text: str) -> int | str:
    """Return a number of bins, or the name of a rule."""
    try:
        n_bins = int(text)
    except ValueError:
        return text
    return check_whole("bins", n_bins, low=1, high=_MOST_BINS)


def unit_name(bits: bool) -> str:
    """Return the unit an option stands for."""
    return "bit" if bits else "nat"
