"""Examples of each label as characters, in colour where the terminal can."""

import numpy as np
from jaxtyping import UInt8
from rich.color import Color
from rich.console import Console
from rich.style import Style
from rich.text import Text

from sightbits.plots.contact_sheet import ContactSheet

_SIDE = 16  # characters across, half as many down: a character is about twice as high as wide
_MOST_LINES = 40
_RAMP = " .:-=+*#%@"
_COLOURS = ("truecolor", "256")  # with fewer, grey values would be told wrong


def print_contact_sheet(sheet: ContactSheet, console: Console | None = None) -> None:
    """Print examples of each label, as many as there is room for.

    Notes
    -----
    A character shows two pixels in half blocks of their colours; where the terminal knows no colours, or the output
    goes elsewhere, one of ten characters shows their mean, denser where it is brighter.
    """
    console = console or Console(highlight=False)
    in_colour = console.color_system in _COLOURS and not console.no_color and console.encoding.startswith("utf")
    side = max(2, min(_SIDE, console.width))
    tiles = [row.tiles(side) for row in sheet.labels]
    height, width = tiles[0].shape[1:3]
    n_lines, most = -(-height // 2), max(len(of_label) for of_label in tiles)
    n_beside, n_examples = _places(len(tiles), most, width, n_lines, console.width)
    block = n_examples * (width + 1) - 1
    console.print(Text(sheet.words[:1].upper() + sheet.words[1:], style="bold"), soft_wrap=True)
    for start in range(0, len(tiles), n_beside):
        beside = slice(start, start + n_beside)
        names = Text("  ").join(_name(row.label, block) for row in sheet.labels[beside])
        names.rstrip()
        console.print(names, no_wrap=True, overflow="crop")
        drawn = [_side_by_side(of_label[:n_examples], block) for of_label in tiles[beside]]
        for line in range(n_lines):
            parts = [_line(pixels[2 * line : 2 * line + 2], shown, in_colour) for pixels, shown in drawn]
            text = Text("  ").join(parts)
            text.rstrip()
            console.print(text, no_wrap=True, overflow="crop")
        console.print()


def _places(n_labels: int, most: int, width: int, n_lines: int, room: int) -> tuple[int, int]:
    """How many labels stand beside each other, and how many examples of each, so that all of it is not too long."""
    for n_examples in range(most, 0, -1):
        n_beside = (room + 2) // (n_examples * (width + 1) + 1)
        if n_beside and (n_examples == 1 or -(-n_labels // n_beside) * (n_lines + 2) <= _MOST_LINES):
            return n_beside, n_examples
    return 1, 1


def _name(label: str, width: int) -> Text:
    text = Text(label)
    text.truncate(width, overflow="ellipsis", pad=True)
    return text


Pixels = UInt8[np.ndarray, "rows columns 3"]


def _side_by_side(tiles: UInt8[np.ndarray, "examples y x 3"], block: int) -> tuple[Pixels, list[bool]]:
    """Tiles with a column between, of even height, and which columns show anything."""
    n_tiles, height, width = tiles.shape[:3]
    pixels = np.zeros((height + height % 2, block, 3), dtype=np.uint8)
    shown = [False] * block
    for i in range(n_tiles):
        start = i * (width + 1)
        pixels[:height, start : start + width] = tiles[i]
        pixels[height:, start : start + width] = tiles[i, -1]
        shown[start : start + width] = [True] * width
    return pixels, shown


def _line(pixels: UInt8[np.ndarray, "2 columns 3"], shown: list[bool], in_colour: bool) -> Text:
    text = Text()
    for (top, bottom), there in zip(pixels.swapaxes(0, 1).tolist(), shown, strict=True):
        if not there:
            text.append(" ")
        elif in_colour:
            text.append("▀", Style(color=Color.from_rgb(*top), bgcolor=Color.from_rgb(*bottom)))
        else:
            brightness = sum(top + bottom) / (6 * 255)
            text.append(_RAMP[min(int(brightness * len(_RAMP)), len(_RAMP) - 1)])
    return text
