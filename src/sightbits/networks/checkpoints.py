"""Files that let training go on where it was cut off: whole or not there, and read without running what they hold."""

# mypy: disable-error-code="no-untyped-call"
import hashlib
import io
import json
import os
from pathlib import Path
from typing import Any

import torch

from sightbits.core.checks import InputError

_MAGIC = b"sightbits checkpoint 1"


def check_checkpoint(path: Path) -> None:
    """Raise `InputError` where no checkpoint can be written."""
    if path.is_dir() or not path.parent.is_dir():
        raise InputError(
            "checkpoint",
            wanted="a file in a folder that is there",
            got=str(path),
            remedy="Make its folder first, and name a file in it.",
        )


def write_checkpoint(path: Path, work: dict[str, Any], contents: dict[str, Any]) -> None:
    """Write tensors, numbers and strings, in place of what was there at once.

    Parameters
    ----------
    path
        The file. Beside it, one of the same name and `.part` is written first.
    work
        What the contents belong to (data, network, plan), JSON-able.
    contents
        Names, and what `torch.load(weights_only=True)` gives back.

    Notes
    -----
    The contents are on disk before the old file is replaced: whoever is killed at any moment leaves the old file or
    the new one. A first line tells the work and the SHA-256 of the rest, so that a file of other work, or a damaged
    one, is known before anything is read from it. The contents are held in memory once more while they are written.

    Examples
    --------
    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = Path(folder, "training.checkpoint")
    ...     write_checkpoint(path, {"seed": 0}, {"step": 3})
    ...     read_checkpoint(path, {"seed": 0}), read_checkpoint(path, {"seed": 1})
    ({'step': 3}, None)
    """
    buffer = io.BytesIO()
    torch.save(contents, buffer)
    payload = buffer.getbuffer()
    _replace(path, _beginning(work) + _digest(payload) + b"\n", payload)


def write_weights(path: Path, model: torch.nn.Module) -> None:
    """Write the weights of a network, in place of what was there at once: a file for `torch.load(weights_only=True)`.

    Examples
    --------
    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = Path(folder, "network.pt")
    ...     write_weights(path, torch.nn.Linear(3, 2))
    ...     {name: tuple(weights.shape) for name, weights in torch.load(path, weights_only=True).items()}
    {'weight': (2, 3), 'bias': (2,)}
    """
    buffer = io.BytesIO()
    torch.save(model.state_dict(), buffer)
    _replace(path, buffer.getbuffer())


def read_checkpoint(path: Path, work: dict[str, Any]) -> dict[str, Any] | None:
    """Return the contents of a checkpoint; None where there is none, it is of other work, or it is damaged.

    Notes
    -----
    Nothing in the file is ever run: torch reads it with `weights_only=True`.
    """
    beginning = _beginning(work)
    try:
        with path.open("rb") as file:
            if file.read(len(beginning)) != beginning:
                return None
            line, _, payload = file.read().partition(b"\n")
    except OSError:
        return None
    if line != _digest(payload):
        return None
    try:
        contents = torch.load(io.BytesIO(payload), map_location="cpu", weights_only=True)
    except Exception:  # a forged file may raise anything here
        return None
    return contents if isinstance(contents, dict) else None


def _replace(path: Path, *pieces: bytes | memoryview) -> None:
    part = path.with_name(path.name + ".part")
    try:
        with part.open("wb") as file:
            for piece in pieces:
                file.write(piece)
            file.flush()
            os.fsync(file.fileno())
        part.replace(path)
    finally:
        part.unlink(missing_ok=True)


def _beginning(work: dict[str, Any]) -> bytes:
    return _MAGIC + b" " + _digest(json.dumps(work, sort_keys=True).encode()) + b" "


def _digest(content: bytes | memoryview) -> bytes:
    return hashlib.sha256(content).hexdigest().encode()
