"""Pictures looked at before they are kept: their modes and sizes, and which cannot be read."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np
from jaxtyping import Int64

from sightbits.core.checks import InputError
from sightbits.datasets.formats.decoding import Size, Source, common_mode, decode, look_at, range_of_mode, side_by_side
from sightbits.datasets.formats.raw import check_size

Named = tuple[str, Source]  # what messages call a picture, and the picture
_N_A_TASK = 32
_MOST_NAMED = 3


@dataclass(frozen=True, eq=False, kw_only=True)
class PictureForm:
    """The one form that pictures are decoded to.

    Parameters
    ----------
    mode
        Of `common_mode`.
    size
        Width and height.
    notes
        What is left out by it.
    """

    mode: str
    size: Size
    notes: tuple[str, ...] = ()

    @property
    def shape(self) -> tuple[int, ...]:
        """Rows, columns and, of colours, channels."""
        width, height = self.size
        return (height, width, 3) if self.mode == "RGB" else (height, width)

    @property
    def dtype(self) -> np.dtype[Any]:
        """Of grey values."""
        return np.dtype(np.uint16 if self.mode == "I;16" else np.uint8)

    @property
    def n_bytes(self) -> int:
        """How much memory one picture takes."""
        return int(np.prod(self.shape, dtype=np.int64)) * self.dtype.itemsize

    @property
    def value_range(self) -> tuple[float, float] | None:
        """Lowest and highest grey value; None where the values must tell."""
        return range_of_mode(self.mode)


@dataclass(frozen=True, eq=False, kw_only=True)
class PictureSurvey:
    """What is found by looking at runs of pictures; surveys of runs that follow each other add up.

    Parameters
    ----------
    modes, sizes
        How many pictures have each.
    first_of_size
        The name of the first picture of each size.
    kept
        For each run, the places of pictures that can be read; None where all can.
    n_kept
        How many that are.
    n_unreadable, unreadable
        How many others there are, and the names of the first.
    """

    modes: Counter[str]
    sizes: Counter[Size]
    first_of_size: dict[Size, str]
    kept: tuple[Int64[np.ndarray, "_"] | None, ...]
    n_kept: tuple[int, ...]
    n_unreadable: int
    unreadable: tuple[str, ...]

    def __add__(self, other: "PictureSurvey") -> "PictureSurvey":
        return PictureSurvey(
            modes=self.modes + other.modes,
            sizes=self.sizes + other.sizes,
            first_of_size=self.first_of_size | other.first_of_size | self.first_of_size,
            kept=self.kept + other.kept,
            n_kept=self.n_kept + other.n_kept,
            n_unreadable=self.n_unreadable + other.n_unreadable,
            unreadable=(self.unreadable + other.unreadable)[:_MOST_NAMED],
        )

    @property
    def notes(self) -> tuple[str, ...]:
        """What was left out, and which were the first."""
        if not self.n_unreadable:
            return ()
        named = ", ".join(self.unreadable) + ", ..." * (self.n_unreadable > len(self.unreadable))
        pictures = "picture that cannot be read was" if self.n_unreadable == 1 else "pictures that cannot be read were"
        return (f"{self.n_unreadable:,} {pictures} left out: {named}",)


def survey_pictures(pictures: Iterable[Named], *, skip: bool = False) -> PictureSurvey:
    """Look at a run of pictures.

    Parameters
    ----------
    skip
        Whether to leave out those that cannot be read; only then is every picture decoded, else its header is read.

    Raises
    ------
    InputError
        Where a picture cannot be read and none may be left out; the message names it.
    """
    modes: Counter[str] = Counter()
    sizes: Counter[Size] = Counter()
    first: dict[Size, str] = {}
    kept, unreadable, n_met = [], [], 0
    for batch in side_by_side(partial(_look, skip=skip), pictures, _N_A_TASK):
        for name, found in batch:
            if found is None:
                unreadable.append(name)
            else:
                mode, size = found
                modes[mode] += 1
                sizes[size] += 1
                first.setdefault(size, name)
                kept.append(n_met)
            n_met += 1
    return PictureSurvey(
        modes=modes,
        sizes=sizes,
        first_of_size=first,
        kept=(np.array(kept, dtype=np.int64) if unreadable else None,),
        n_kept=(len(kept),),
        n_unreadable=len(unreadable),
        unreadable=tuple(unreadable[:_MOST_NAMED]),
    )


def settle_form(whole: object, survey: PictureSurvey, scale_to: tuple[int, ...] | None) -> PictureForm:
    """Return the one form of surveyed pictures, or raise `InputError` where they have none.

    Parameters
    ----------
    whole
        What messages call all of them together.
    scale_to
        Rows and columns; None where they must be of one size.
    """
    if not survey.sizes:
        raise InputError(
            str(whole),
            wanted="at least one picture that can be read",
            got=f"none ({'; '.join(survey.notes) or 'nothing there'})",
            remedy="Check that these are image files, and whole.",
        )
    mode, left_out = common_mode(whole, list(survey.modes))
    notes = left_out + survey.notes
    if scale_to is not None:
        # A mean of black and white is grey.
        form = PictureForm(mode="L" if mode == "1" else mode, size=(scale_to[1], scale_to[0]), notes=notes)
        check_size(whole, form.n_bytes)
        return form
    common = survey.sizes.most_common(4)
    if len(common) > 1:
        listed = ", ".join(f"{n} of {w}x{h}" for (w, h), n in common)
        odd = next(name for size, name in survey.first_of_size.items() if size != common[0][0])
        raise InputError(
            str(whole),
            wanted="images of one size",
            got=f"{listed} (for one, {odd})",
            remedy="Crop them, or say --scale-to 32x32: a pixel must be the same place in every image.",
        )
    return PictureForm(mode=mode, size=common[0][0], notes=notes)


def _look(pictures: list[Named], *, skip: bool) -> list[tuple[str, tuple[str, Size] | None]]:
    """Return the mode and size of each picture, None for one that is left out."""
    found: list[tuple[str, tuple[str, Size] | None]] = []
    for name, picture in pictures:
        try:
            mode, size = look_at(picture, name)
            if skip and mode != "F":  # floats can be read, but are refused with all others
                decode(picture, common_mode(name, [mode])[0], size, name)
        except InputError:
            if not skip:
                raise
            found.append((name, None))
        else:
            found.append((name, (mode, size)))
    return found
