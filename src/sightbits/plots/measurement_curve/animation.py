"""An episode as an animated GIF: the image so far, what each pixel would tell, and what is believed."""

from functools import cache
from io import BytesIO
from typing import TYPE_CHECKING

import numpy as np
from jaxtyping import Float64, Int64, UInt8
from PIL import Image, ImageColor, ImageDraw, ImageFont

from sightbits.plots.measurement_curve.data import shown_labels
from sightbits.plots.theme import BLUE, GREY, LIGHT, RING, VIRIDIS
from sightbits.plots.words import counted, n_channels, percent_of, place_words
from sightbits.studies.measurement_curve.episodes import Episode
from sightbits.studies.measurement_curve.result import MeasurementCurves

if TYPE_CHECKING:
    from PIL.ImageFont import FreeTypeFont

_WIDTH, _MARGIN, _GAP = 680, 16, 24
_MAP = 200  # the most that a map may take across and down
_TOP, _BELOW = 62, 40
_LINE, _LEAST_LINE = 20, 13
_FRAME, _LAST = 900, 4500  # milliseconds
_MOST_FRAMES, _MOST_BYTES = 80, 290_000
_COLOURS, _GREYS, _MIXED = 64, 64, 8

Number = int | float


def animations(result: MeasurementCurves) -> dict[str, bytes]:
    """Return every episode as a GIF, by file name."""
    return {f"episode_{i + 1}.gif": animate(result, episode) for i, episode in enumerate(result.episodes)}


def animate(result: MeasurementCurves, episode: Episode) -> bytes:
    """Return one episode as a GIF: a frame before the first reading, one after each, and the whole image at the end.

    Notes
    -----
    Of long episodes only so many steps are shown as a reader will wait for, and as fit into a small file.
    """
    n_steps = len(episode.pixels)
    film = _Film(result, episode)
    drawn: dict[int, Image.Image] = {}
    for every in range(-(-(n_steps + 1) // _MOST_FRAMES), n_steps + 2):
        steps = sorted({*range(0, n_steps, every), n_steps})
        drawn |= {step: film.frame(step) for step in steps if step not in drawn}
        found = _gif([*(drawn[step] for step in steps), film.frame(n_steps, whole=True)])
        if len(found) <= _MOST_BYTES:
            break
    return found


def _gif(frames: list[Image.Image]) -> bytes:
    first, *others = frames
    file = BytesIO()
    durations = [_FRAME] * len(others) + [_LAST]
    first.save(file, format="GIF", save_all=True, append_images=others, duration=durations, loop=0)
    return file.getvalue()


class _Film:
    """The frames of one episode."""

    def __init__(self, result: MeasurementCurves, episode: Episode) -> None:
        self._result, self._episode = result, episode
        self._rows, self._columns = result.image_shape[:2]
        self._channels = n_channels(result.image_shape)
        gap = 1 if self._channels > 1 else 0
        self._across = self._channels * (self._columns + gap) - gap  # cells, channels side by side
        side = max(self._across, self._rows)
        self._cell = float(_MAP // side) if side <= _MAP else _MAP / side
        self._gain = np.clip(result.unit.from_nats(episode.gain), 0, None)
        defined = self._gain[np.isfinite(self._gain)]
        self._highest = max(float(defined.max(initial=0)), 1e-9)
        self._labels = shown_labels(episode)
        n_lines = len(self._labels) + (len(self._labels) < len(result.label_names))
        self._line = max(_LEAST_LINE, min(_LINE, _MAP // n_lines))
        self._height = _TOP + max(round(self._rows * self._cell), n_lines * self._line) + _BELOW

    def frame(self, step: int, *, whole: bool = False) -> Image.Image:
        """Return what is known after some readings, or at the end the whole image."""
        self._image = Image.new("RGB", (_WIDTH, self._height), LIGHT["paper"])
        self._draw = ImageDraw.Draw(self._image)
        left, middle, right = _MARGIN, _MARGIN + _MAP + _GAP, _MARGIN + 2 * (_MAP + _GAP)
        self._text((left, 14), self._title(step, whole), size=15)
        for x, words in (
            (left, "the whole image" if whole else "measured so far"),
            (middle, f"expected gain, {self._result.unit}s"),
            (right, "probability of each label"),
        ):
            self._text((x, _TOP - 20), words, ink=LIGHT["soft"])
        self._draw_image(left, step, whole)
        self._draw_gain(middle, step)
        self._draw_bars(right, step)
        return _in_palette(self._image)

    def _title(self, step: int, whole: bool) -> str:
        episode, result = self._episode, self._result
        if whole:
            named = int(episode.posterior[-1].argmax())
            verdict = "rightly" if named == episode.label else f"wrongly; it is {_short(result, episode.label)}"
            return f"{counted(step, 'pixel')}: named {_short(result, named)}, {verdict}"
        if step == 0:
            return f"Test image {episode.image}: nothing is measured yet"
        pixel = place_words(int(episode.pixels[step - 1]), result.image_shape)
        return f"Pixel {step}: {pixel} reads {episode.values[step - 1]:.4g}"

    def _draw_image(self, x: int, step: int, whole: bool) -> None:
        episode = self._episode
        low, high = self._result.value_range
        measured = episode.pixels[:step]
        grey = np.full(episode.picture.size, np.nan)
        grey[measured] = episode.values[:step]
        shown = episode.picture.ravel().astype(np.float64) if whole else grey
        shade = np.clip((shown - low) / (high - low), 0, 1)
        colours = np.repeat(np.nan_to_num(255 * shade).astype(np.uint8)[:, np.newaxis], 3, axis=1)
        colours[np.isnan(shade)] = _rgb(LIGHT["missing"])
        self._paste(x, colours)
        if not whole and self._cell >= 6:
            self._dots(x, np.flatnonzero(np.isnan(shade)))
            self._frames(x, measured)
        for pixel in measured if whole else measured[-1:]:
            self._ring(x, int(pixel), RING)

    def _draw_gain(self, x: int, step: int) -> None:
        gain = self._gain[step]
        colours = _viridis()[np.rint(np.nan_to_num(gain) / self._highest * (_COLOURS - 1)).astype(np.int64)]
        colours[np.isnan(gain)] = _rgb(LIGHT["missing"])
        self._paste(x, colours)
        if step < len(self._episode.pixels):
            self._ring(x, int(self._episode.pixels[step]), "#ffffff")
        y = _TOP + round(self._rows * self._cell) + 12
        width = round(self._across * self._cell)
        strip = np.repeat(_viridis()[np.newaxis], 8, axis=0)
        self._image.paste(Image.fromarray(strip).resize((width, 8), Image.Resampling.NEAREST), (x, y))
        self._text((x, y + 11), "0", size=11, ink=LIGHT["soft"])
        self._text((x + width, y + 11), f"{self._highest:.2f}", size=11, ink=LIGHT["soft"], anchor="ra")

    def _draw_bars(self, x: int, step: int) -> None:
        belief, names = self._episode.posterior[step], self._result.label_names
        rows = [(_short(self._result, label), float(belief[label]), label) for label in self._labels]
        if len(rows) < len(names):
            rows.append(("all others", 1 - sum(chance for _, chance, _ in rows), -1))
        size = min(13, self._line - 2)
        widest = max(_font(size).getlength(name) for name, _, _ in rows)
        start = x + 12 + min(round(widest), 84) + 6
        full = _WIDTH - _MARGIN - 48 - start
        for i, (name, chance, label) in enumerate(rows):
            y = _TOP + i * self._line
            centre = y + self._line / 2
            if label == self._episode.label:
                self._mark(x, centre)
            self._text((start - 6, centre), name, size=size, anchor="rm")
            self._draw.rectangle((start, y + 2, start + full, y + self._line - 3), fill=LIGHT["missing"])
            if chance > 0:
                end = start + max(round(chance * full), 1)
                self._draw.rectangle((start, y + 2, end, y + self._line - 3), fill=BLUE)
            self._text((start + full + 6, centre), f"{100 * chance:.0f} %", size=size, anchor="lm")
        bottom = _TOP + len(rows) * self._line
        sure = start + self._result.settings.confidence * full
        for y in range(_TOP, bottom, 6):
            self._draw.line((sure, y, sure, y + 2), fill=GREY)
        self._mark(x, bottom + 16)
        words = f"true label     dashed: {percent_of(self._result.settings.confidence)} sure"
        self._text((x + 12, bottom + 16), words, size=11, ink=LIGHT["soft"], anchor="lm")

    def _paste(self, x: int, colours: UInt8[np.ndarray, "pixels 3"]) -> None:
        """Paste a map, its channels side by side."""
        cells = colours.reshape(self._rows, self._columns, self._channels, 3)
        whole = np.full((self._rows, self._across, 3), 255, dtype=np.uint8)
        for channel in range(self._channels):
            first = channel * (self._columns + 1)
            whole[:, first : first + self._columns] = cells[:, :, channel]
        size = (round(self._across * self._cell), round(self._rows * self._cell))
        how = Image.Resampling.NEAREST if self._cell >= 1 else Image.Resampling.BOX
        self._image.paste(Image.fromarray(whole).resize(size, how), (x, _TOP))

    def _centre(self, x: int, pixel: int) -> tuple[float, float]:
        row, column, channel = np.unravel_index(pixel, (self._rows, self._columns, self._channels))
        across = int(channel) * (self._columns + 1) + int(column)
        return x + (across + 0.5) * self._cell, _TOP + (int(row) + 0.5) * self._cell

    def _dots(self, x: int, pixels: Int64[np.ndarray, "..."]) -> None:
        for pixel in pixels:
            across, down = self._centre(x, int(pixel))
            self._draw.point((int(across), int(down)), fill=GREY)

    def _frames(self, x: int, pixels: Int64[np.ndarray, "..."]) -> None:
        """Frame cells, so that a bright one differs from those that nothing is known of."""
        for pixel in pixels:
            across, down = self._centre(x, int(pixel))
            half = self._cell / 2
            box = (across - half, down - half, across + half - 1, down + half - 1)
            self._draw.rectangle(box, outline=GREY)

    def _ring(self, x: int, pixel: int, ink: str) -> None:
        """Draw a ring inside a cell, or around it where cells are small."""
        across, down = self._centre(x, pixel)
        radius = 0.36 * self._cell if self._cell >= 14 else 0.5 * self._cell + 2
        box = (across - radius, down - radius, across + radius, down + radius)
        if ink != RING:
            self._draw.ellipse((box[0] - 1, box[1] - 1, box[2] + 1, box[3] + 1), outline="#000000", width=4)
        self._draw.ellipse(box, outline=ink, width=2)

    def _mark(self, x: Number, y: Number) -> None:
        self._draw.polygon([(x, y - 5), (x + 8, y), (x, y + 5)], fill=RING)

    def _text(
        self, at: tuple[Number, Number], words: str, *, size: int = 13, ink: str = LIGHT["ink"], anchor: str = "la"
    ) -> None:
        self._draw.text(at, words, font=_font(size), fill=ink, anchor=anchor)


def _short(result: MeasurementCurves, label: int) -> str:
    name = result.label_names[label]
    return name if len(name) <= 11 else name[:10] + "…"


@cache
def _font(size: int) -> "FreeTypeFont":
    font = ImageFont.load_default(size=size)
    if not isinstance(font, ImageFont.FreeTypeFont):
        raise TypeError("Pillow was built without FreeType: it cannot write on pictures")
    return font


@cache
def _viridis() -> UInt8[np.ndarray, "colours 3"]:
    stops = np.array([_rgb(stop) for stop in VIRIDIS], dtype=np.float64)
    at = np.linspace(0, len(stops) - 1, _COLOURS)
    mixed: Float64[np.ndarray, "3 colours"] = np.array([np.interp(at, np.arange(len(stops)), part) for part in stops.T])
    return np.rint(mixed.T).astype(np.uint8)


@cache
def _palette() -> UInt8[np.ndarray, "colours 3"]:
    """The colours of every frame: inks, greys and viridis, so that no frame brings its own."""
    inks = [*LIGHT.values(), BLUE, GREY, RING]
    greys = [(grey, grey, grey) for grey in np.linspace(0, 255, _GREYS).round().astype(int).tolist()]
    mixed = [_between(LIGHT["ink"], LIGHT["paper"], i / _MIXED) for i in range(1, _MIXED)]
    return np.array([*(_rgb(ink) for ink in inks), *greys, *mixed, *_viridis().tolist()], dtype=np.uint8)


def _in_palette(image: Image.Image) -> Image.Image:
    """Give each pixel the nearest colour of the palette; Pillow's own search misses some that are exactly there."""
    parts = np.asarray(image).reshape(-1, 3).astype(np.int64)
    colours, where = np.unique(parts @ [65536, 256, 1], return_inverse=True)
    apart = np.stack([colours // 65536, colours // 256 % 256, colours % 256], axis=1)[:, np.newaxis] - _palette()
    nearest = (apart**2).sum(axis=2).argmin(axis=1).astype(np.uint8)
    found = Image.fromarray(nearest[where].reshape(image.height, image.width))
    found.putpalette(_palette().tobytes())
    return found


def _between(first: str, second: str, share: float) -> tuple[int, int, int]:
    a, b, c = (round(x + share * (y - x)) for x, y in zip(_rgb(first), _rgb(second), strict=True))
    return a, b, c


def _rgb(ink: str) -> tuple[int, int, int]:
    red, green, blue, *_ = ImageColor.getrgb(ink)
    return red, green, blue
