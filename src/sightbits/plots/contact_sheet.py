"""Examples of each label of a data set, as one picture."""

import base64
import tempfile
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path

import altair as alt
import numpy as np
from jaxtyping import Int64, UInt8
from PIL import Image, ImageColor

from sightbits.core.checks import InputError, check_whole
from sightbits.core.images import ImageDataset
from sightbits.plots.export import write_picture
from sightbits.plots.picture import Picture
from sightbits.plots.theme import GREY, LIGHT
from sightbits.plots.words import counted

MOST_LABELS = 24
_MOST_EXAMPLES = 100
_TILE = 64  # pixels of screen, at most
_GAP = 4
_LETTER, _MOST_LETTERS, _LINE = 7, 24, 15
_STEM = "contact-sheet"


@dataclass(frozen=True, eq=False, kw_only=True)
class LabelExamples:
    """Some images of one label, in red, green and blue from 0 to 255, and how many there are in all."""

    label: str
    n_images: int
    images: UInt8[np.ndarray, "examples rows columns 3"]

    def tiles(self, side: int) -> UInt8[np.ndarray, "examples y x 3"]:
        """Return the images as large as fits a side: each pixel is a square of whole size, or squares are averaged.

        Examples
        --------
        >>> images = np.arange(12, dtype=np.uint8).reshape(1, 2, 2, 3)
        >>> examples = LabelExamples(label="a", n_images=1, images=images)
        >>> examples.tiles(5).shape, examples.tiles(1).tolist()
        ((1, 4, 4, 3), [[[[5, 6, 7]]]])
        """
        longest = max(self.images.shape[1:3])
        if longest <= side:
            return self.images.repeat(side // longest, axis=1).repeat(side // longest, axis=2)
        return np.stack([np.asarray(Image.fromarray(image).reduce(averaged(longest, side))) for image in self.images])


def averaged(longest: int, side: int) -> int:
    """Return over squares of how many pixels images are averaged so that the longest side fits; 1 for none."""
    return max(1, -(-longest // side))


@dataclass(frozen=True, eq=False, kw_only=True)
class ContactSheet:
    """Examples of the labels of a data set; of more than can be shown, the most frequent ones first."""

    name: str
    labels: tuple[LabelExamples, ...]
    n_labels: int

    @property
    def words(self) -> str:
        """What is shown, in words."""
        n_shown = len(self.labels)
        if n_shown == self.n_labels:
            return "examples of each label, evenly spaced through its images"
        return f"examples of the {n_shown} most frequent of {self.n_labels} labels, evenly spaced through their images"


def contact_sheet(dataset: ImageDataset, samples: int = 10) -> ContactSheet:
    """Return some images of each label, evenly spaced through them; of many labels, of the most frequent ones.

    Parameters
    ----------
    samples
        How many images of a label, where there are as many.

    Notes
    -----
    Grey values go from black to white over the data's range. Of three channels and more, the first three are red,
    green and blue; of two, the first is shown.

    Examples
    --------
    >>> from sightbits.datasets.loading import load_dataset
    >>> sheet = contact_sheet(load_dataset("digits"), samples=3)
    >>> sheet.words
    'examples of each label, evenly spaced through its images'
    >>> [(row.label, row.n_images, row.images.shape) for row in sheet.labels[:2]]
    [('0', 178, (3, 8, 8, 3)), ('1', 182, (3, 8, 8, 3))]
    """
    check_whole("samples", samples, low=1, high=_MOST_EXAMPLES)
    n_of_label = np.bincount(dataset.labels, minlength=dataset.n_labels)
    shown = np.flatnonzero(n_of_label)
    n_labels = len(shown)
    if n_labels > MOST_LABELS:
        shown = np.argsort(-n_of_label, kind="stable")[:MOST_LABELS]
    return ContactSheet(
        name=dataset.provenance.name,
        labels=tuple(
            LabelExamples(
                label=dataset.label_names[label],
                n_images=int(n_of_label[label]),
                images=_coloured(dataset, _evenly(np.flatnonzero(dataset.labels == label), samples)),
            )
            for label in shown
        ),
        n_labels=n_labels,
    )


def _evenly(places: Int64[np.ndarray, "n"], samples: int) -> Int64[np.ndarray, "m"]:
    if len(places) <= samples:
        return places
    return places[np.linspace(0, len(places) - 1, samples).round().astype(np.int64)]


def _coloured(dataset: ImageDataset, which: Int64[np.ndarray, "n"]) -> UInt8[np.ndarray, "n rows columns 3"]:
    low, high = dataset.value_range
    images = np.asarray(dataset.images[which], dtype=np.float64)
    images = images if images.ndim == 4 else images[..., np.newaxis]
    images = images[..., :3] if images.shape[3] >= 3 else images[..., :1].repeat(3, axis=3)
    return np.rint(255 * np.clip((images - low) / (high - low), 0, 1)).astype(np.uint8)


def sheet_picture(sheet: ContactSheet) -> Picture:
    """Return a contact sheet as a picture: a row a label, its name and how many images it has before them."""
    strips = [_strip(row.tiles(_TILE)) for row in sheet.labels]
    height, width = max(len(strip) for strip in strips), max(strip.shape[1] for strip in strips)
    letters = min(max(len(row.label) for row in sheet.labels), _MOST_LETTERS)
    left = _LETTER * max(letters, 8) + 12
    down = max(height, 2 * _LINE) + _GAP
    rows = [
        {
            "y": i * down,
            "label": row.label,
            "images": counted(row.n_images, "image"),
            "address": _data_address(strip),
            "width": strip.shape[1],
        }
        for i, (row, strip) in enumerate(zip(sheet.labels, strips, strict=True))
    ]
    longest = max(sheet.labels[0].images.shape[1:3])
    squares = averaged(longest, _TILE)
    note = f"; each dot the mean of {squares} x {squares} pixels" if squares > 1 else ""
    base = alt.Chart(alt.NamedData("labels")).encode(
        y=alt.Y("y:Q", axis=None, scale=alt.Scale(domain=[0, len(rows) * down], nice=False, reverse=True))
    )
    named = base.encode(x=alt.value(left - 10))
    layers = [
        named.mark_text(
            align="right", baseline="top", fontSize=12, color=LIGHT["ink"], yOffset=height / 2 - 14, limit=left - 10
        ).encode(text="label:N"),
        named.mark_text(align="right", baseline="top", fontSize=10, yOffset=height / 2 + 2, color=GREY).encode(
            text="images:N"
        ),
        *(
            base.transform_filter(f"datum.width == {wide}")
            .mark_image(width=wide, height=height, align="left", baseline="top", smooth=False)
            .encode(x=alt.value(left), url="address:N")
            for wide in sorted({strip.shape[1] for strip in strips})
        ),
    ]
    title = alt.Title(sheet.name, subtitle=f"{sheet.words}{note}")
    chart = alt.layer(*layers, title=title, width=left + width, height=len(rows) * down)
    return Picture(chart=chart, datasets={"labels": rows}).dressed()


def _strip(tiles: UInt8[np.ndarray, "examples y x 3"]) -> UInt8[np.ndarray, "height width 4"]:
    """Tiles side by side, each with a grey frame, for a white image must be seen on white and a black one on black."""
    n_tiles, height, width = tiles.shape[:3]
    step = width + 2 + _GAP
    strip = np.zeros((height + 2, n_tiles * step - _GAP, 4), dtype=np.uint8)
    for i, tile in enumerate(tiles):
        framed = strip[:, i * step : i * step + width + 2]
        framed[...] = (*ImageColor.getrgb(GREY)[:3], 255)
        framed[1:-1, 1:-1, :3] = tile
    return strip


def _data_address(pixels: UInt8[np.ndarray, "height width 4"]) -> str:
    file = BytesIO()
    Image.fromarray(pixels).save(file, format="PNG", optimize=True)
    return "data:image/png;base64," + base64.b64encode(file.getvalue()).decode()


def check_sheet_path(out: Path) -> Path:
    """Return the folder that a contact sheet is written into; a path that ends otherwise than a picture is one."""
    if out.suffix.lower() in (".png", ".svg"):
        return out.parent
    if out.suffix and not out.is_dir():
        raise InputError("out", wanted="a folder, or a file .png or .svg", got=str(out), remedy="Say sheet.png.")
    return out


def save_contact_sheet(sheet: ContactSheet, out: Path) -> list[Path]:
    """Write a contact sheet as the .png or .svg file that is named, or both into a folder; return what was written."""
    folder = check_sheet_path(out)
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=".writing-", dir=folder) as draft:
        written = []
        for file in write_picture(sheet_picture(sheet), Path(draft) / _STEM):
            if folder == out or file.suffix == out.suffix.lower():
                path = folder / file.name if folder == out else out
                file.replace(path)
                written.append(path)
    return written
