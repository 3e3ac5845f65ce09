"""What filters respond with to a few images, as small pictures of whole-pixel cells."""

import base64
from dataclasses import dataclass
from io import BytesIO

import altair as alt
import numpy as np
from jaxtyping import Float, UInt8
from PIL import Image

from sightbits.plots.filters.words import readable
from sightbits.plots.grid import Layers
from sightbits.plots.picture import Rows
from sightbits.plots.theme import SEQUENTIAL, VIRIDIS
from sightbits.studies.filters.result import FilterStudy

MOST_SHOWN, MOST_EXAMPLES = 16, 5
_GAP = 2
_TILE = 28  # pixels of screen, about
_MOST_CELLS = 16  # a side: finer maps are averaged
_BRIGHTEST = 0.995  # of all responses shown; what is above is as bright as that
_COLUMNS, _LINE, _ROOM = 4, 15, 12


@dataclass(frozen=True, eq=False, kw_only=True)
class Strip:
    """Small pictures side by side, one an example image.

    Parameters
    ----------
    filter
        Which filter responds; None where it is the images themselves.
    address
        The picture as a data address.
    """

    filter: int | None
    address: str
    width: int
    height: int


@dataclass(frozen=True, eq=False, kw_only=True)
class Responses:
    """The images, and what the most and the least important filters of the first network respond with.

    Parameters
    ----------
    low, high
        Where the scale of colours begins and ends.
    averaged
        Over squares of how many places responses are averaged; 1 where they are shown as they are.
    """

    images: Strip
    most: tuple[Strip, ...]
    least: tuple[Strip, ...]
    low: float
    high: float
    averaged: int


def responses_of(study: FilterStudy) -> Responses:
    """Return the strips of a study, the filters in the order of its first criterion."""
    pictures = study.pictures
    order = np.argsort(-study.importance[study.criteria[0]][0], kind="stable")
    n_shown = min(MOST_SHOWN, len(order) // 2) or 1
    most, least = order[:n_shown], order[n_shown:][-n_shown:]
    maps = pictures.responses[:MOST_EXAMPLES]
    averaged = -(-max(maps.shape[2:]) // _MOST_CELLS)
    maps = _coarser(maps, averaged)
    shown = maps[:, np.concatenate([most, least])]
    low, high = float(shown.min()), float(np.quantile(shown, _BRIGHTEST))
    high = high if high > low else max(float(shown.max()), low + 1.0)
    cell = max(1, round(_TILE / max(maps.shape[2:])))
    size = (maps.shape[2] * cell, maps.shape[3] * cell)

    def strip(filter_: int) -> Strip:
        tiles = [_coloured((one[filter_] - low) / (high - low)).repeat(cell, 0).repeat(cell, 1) for one in maps]
        return _strip(filter_, tiles)

    images = [_as_tile(image, size) for image in pictures.images[:MOST_EXAMPLES]]
    return Responses(
        images=_strip(None, images),
        most=tuple(strip(int(i)) for i in most),
        least=tuple(strip(int(i)) for i in least),
        low=low,
        high=high,
        averaged=averaged,
    )


def _coarser(maps: Float[np.ndarray, "examples filters rows columns"], side: int) -> Float[np.ndarray, "..."]:
    """Return maps averaged over squares; those at the edge may be cut."""
    if side == 1:
        return maps
    starts = [np.arange(0, n, side) for n in maps.shape[2:]]
    summed = np.add.reduceat(np.add.reduceat(maps, starts[0], axis=2), starts[1], axis=3)
    rows, columns = (np.diff([*start, n]) for start, n in zip(starts, maps.shape[2:], strict=True))
    return summed / np.outer(rows, columns)


def _coloured(shares: Float[np.ndarray, "rows columns"]) -> UInt8[np.ndarray, "rows columns 3"]:
    stops = np.array([[int(stop[i : i + 2], 16) for i in (1, 3, 5)] for stop in VIRIDIS], dtype=np.float64)
    at = np.clip(shares, 0, 1) * (len(stops) - 1)
    colours = [np.interp(at, np.arange(len(stops)), stops[:, i]) for i in range(3)]
    return np.rint(np.stack(colours, axis=-1)).astype(np.uint8)


def _as_tile(image: Float[np.ndarray, "rows columns channels"], size: tuple[int, int]) -> UInt8[np.ndarray, "y x 3"]:
    """Return an image at the size of a map's tile; of one or two channels the first, grey."""
    values = np.rint(255 * np.clip(image, 0, 1)).astype(np.uint8)
    coloured = values[..., :3] if values.shape[2] >= 3 else values[..., :1].repeat(3, axis=2)
    smaller = image.shape[0] > size[0]
    how = Image.Resampling.BOX if smaller else Image.Resampling.NEAREST
    return np.asarray(Image.fromarray(coloured).resize((size[1], size[0]), how))


def _strip(filter_: int | None, tiles: list[UInt8[np.ndarray, "y x 3"]]) -> Strip:
    height, width = tiles[0].shape[:2]
    whole = np.zeros((height, len(tiles) * (width + _GAP) - _GAP, 4), dtype=np.uint8)
    for i, tile in enumerate(tiles):
        start = i * (width + _GAP)
        whole[:, start : start + width, :3] = tile
        whole[:, start : start + width, 3] = 255
    file = BytesIO()
    Image.fromarray(whole).save(file, format="PNG", optimize=True)
    address = "data:image/png;base64," + base64.b64encode(file.getvalue()).decode()
    return Strip(filter=filter_, address=address, width=whole.shape[1], height=height)


def strip_rows(responses: Responses) -> Rows:
    """Return the data set `strips`: where each strip stands in the picture, the images above those of each group."""
    images = responses.images
    across, down = images.width + _ROOM, images.height + _LINE + 6
    rows: Rows = []
    top = 0
    for words, strips in (("most important", responses.most), ("least important", responses.least)):
        rows.append({"x": 0, "y": top, "address": images.address, "words": f"images; {words} filters:"})
        for i, strip in enumerate(strips):
            x, y = across * (i % _COLUMNS), top + down * (1 + i // _COLUMNS)
            rows.append({"x": x, "y": y, "address": strip.address, "words": f"filter {strip.filter}"})
        top += down * (1 + -(-len(strips) // _COLUMNS)) + 8
    return rows


def responses_chart(study: FilterStudy, responses: Responses, rows: Rows) -> Layers:
    """The strips over the data set `strips`, each below its name."""
    images = responses.images
    width = _COLUMNS * (images.width + _ROOM) - _ROOM
    height = max(row["y"] for row in rows) + images.height + _LINE
    x = alt.X("x:Q", axis=None, scale=alt.Scale(domain=[0, width], nice=False))
    y = alt.Y("y:Q", axis=None, scale=alt.Scale(domain=[0, height], nice=False, reverse=True))
    base = alt.Chart(alt.NamedData("strips")).encode(x=x, y=y)
    strips = base.mark_image(
        width=images.width, height=images.height, align="left", baseline="top", yOffset=_LINE, smooth=False
    ).encode(url="address:N")
    names = base.mark_text(align="left", baseline="top", fontSize=11).encode(text="words:N")
    legend = alt.Legend(
        title="response", orient="bottom", direction="horizontal", gradientLength=200, gradientThickness=10, tickCount=4
    )
    scale = alt.Scale(scheme=SEQUENTIAL, domain=[responses.low, responses.high])
    scaled = (
        base.transform_calculate(response="0")
        .mark_point(opacity=0, size=0)
        .encode(color=alt.Color("response:Q", scale=scale, legend=legend))
    )
    title = alt.Title(
        f"What filters of {study.layer} respond with", subtitle=f"importance by {readable(study.criteria[0])}"
    )
    return alt.layer(strips, names, scaled, title=title, width=width, height=height)
