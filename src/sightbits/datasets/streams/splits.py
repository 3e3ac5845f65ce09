"""Which files or parts are for training and which an official split holds out, told by their names."""

import re
from collections.abc import Sequence
from pathlib import PurePosixPath

TRAIN, TEST, VALIDATION = ("train", "training"), ("test", "testing"), ("validation", "valid", "val", "dev")


def official_parts(names: Sequence[str]) -> tuple[list[tuple[int, bool]], tuple[str, ...]]:
    """Return the places of names that are used, each with whether it is held out, and a note of what is left out.

    Parameters
    ----------
    names
        Of files (below a folder that they share) or of parts: the word nearest the end tells.

    Notes
    -----
    Only where some are for training and some are held out is there an official split; then whatever is neither is left
    out. Validation is held out where there is no test part.

    Examples
    --------
    >>> official_parts(["data/test-0.parquet", "data/train-0.parquet", "data/validation-0.parquet"])
    ([(1, False), (0, True)], ('left out, being neither for training nor for test: data/validation-0.parquet',))
    >>> official_parts(["a.tar", "b.tar"])
    ([(0, False), (1, False)], ())
    """
    told = [_split_of(name) for name in names]
    held_out = "test" if "test" in told else "validation"
    if "train" not in told or held_out not in told:
        return [(place, False) for place in range(len(names))], ()
    used = [(place, False) for place, split in enumerate(told) if split == "train"]
    used += [(place, True) for place, split in enumerate(told) if split == held_out]
    others = [name for name, split in zip(names, told, strict=True) if split not in {"train", held_out}]
    notes = ["the validation part is held out, there being no test part"] * (held_out == "validation")
    if others:
        more = f" and {len(others) - 1} more" * (len(others) > 1)
        notes.append(f"left out, being neither for training nor for test: {others[0]}{more}")
    return used, tuple(notes)


def _split_of(name: str) -> str:
    """Return train, test or validation; empty where a name tells nothing."""
    path = PurePosixPath(name)
    for part in (path.name, *reversed(path.parent.parts)):
        for word in re.findall("[a-z]+", part.lower()):
            for split, words in (("train", TRAIN), ("test", TEST), ("validation", VALIDATION)):
                if word in words:
                    return split
    return ""
