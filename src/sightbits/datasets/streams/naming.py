"""What images and labels are called where columns have names, and names of classes."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from sightbits.core.checks import InputError

IMAGE_NAMES = ("image", "images", "img", "picture", "pixels", "png", "jpg", "jpeg", "data", "x")
LABEL_NAMES = ("label", "labels", "class", "target", "digit", "fine_label", "y")


def choose_label(source: str, names: Sequence[str], label: str | None) -> str:
    """Return the column of labels: the one that was asked for, or the only one that is called so."""
    found = [name for name in names if name.lower() in LABEL_NAMES] if label is None else [label]
    if len(found) == 1 and found[0] in names:
        return found[0]
    shown = ", ".join(names if len(names) < 6 else (*names[:4], "...", names[-1]))
    raise InputError(
        source,
        wanted=f"a label column {label!r}" if label else "one column named label",
        got=f"columns {shown or 'none'}",
        remedy="Name the label column with --label COLUMN.",
    )


def check_named(name: str, labels: Any, label_names: tuple[str, ...] | None) -> None:
    """Raise `InputError` where labels are whole numbers beyond those that are named: -1 often stands for none."""
    codes = np.asarray(labels)
    if label_names is None or codes.dtype.kind not in "iu":
        return
    n_beyond = int(((codes < 0) | (codes >= len(label_names))).sum())
    if n_beyond:
        raise InputError(
            name,
            wanted=f"0 to {len(label_names) - 1}, since {len(label_names)} classes are named",
            got=f"others in {n_beyond:,} of {len(codes):,} rows",
            remedy="A label of -1 stands for none: leave out parts without labels.",
        )
