"""Pickles of plain values and NumPy arrays, read without running anything that they name."""

import io
import pickle
import pickletools
from typing import Any

import numpy as np

from sightbits.core.checks import InputError

_MOST_REMEMBERED = 2**20  # a pickle that says it remembers more makes its reader reserve gigabytes


class _Dtype:
    """Stands in for `numpy.dtype`: only remembers its code."""

    def __init__(self, code: str, *_: object) -> None:
        self.code = code

    def __setstate__(self, state: object) -> None:
        pass


class _Array:
    """Stands in for an array and for what would make one: only remembers what it was made of."""

    def __init__(self, *_: object) -> None:
        self.state: Any = None

    def __setstate__(self, state: object) -> None:
        self.state = state


_ALLOWED: dict[tuple[str, str], type] = {
    ("numpy.core.multiarray", "_reconstruct"): _Array,
    ("numpy._core.multiarray", "_reconstruct"): _Array,
    ("numpy", "ndarray"): _Array,
    ("numpy", "dtype"): _Dtype,
}


class _Refused(pickle.UnpicklingError):
    """A pickle names what it has no business to name."""


class _Unpickler(pickle.Unpickler):
    def find_class(self, module: str, name: str) -> Any:
        if (module, name) not in _ALLOWED:
            raise _Refused(f"{module}.{name}")
        return _ALLOWED[module, name]


def read_pickle(name: object, content: bytes) -> dict[str, Any]:
    """Return the dictionary in a pickle: text, whole numbers, lists, and arrays of bytes.

    Raises
    ------
    InputError
        Where it names anything but NumPy's arrays, is damaged, or holds something else. Nothing it names is called.
    """
    try:
        _check_memo(content)
        found = _Unpickler(io.BytesIO(content), encoding="latin1").load()
        return {_as_text(key): _as_array(value) for key, value in found.items()}
    except _Refused as error:
        raise InputError(
            str(name),
            wanted="a pickle of plain values and NumPy arrays",
            got=f"one that names {error}",
            remedy="It was not run. Do not open this file with other programs: it may have been made to do harm.",
        ) from error
    except Exception as error:  # a damaged pickle may ask for nearly anything
        raise InputError(
            str(name),
            wanted="a whole pickle of plain values and NumPy arrays",
            got=f"one that cannot be read ({error})",
            remedy="Fetch it again.",
        ) from error


def _check_memo(content: bytes) -> None:
    for opcode, argument, _ in pickletools.genops(content):
        if opcode.name.endswith("PUT") and isinstance(argument, int) and argument > _MOST_REMEMBERED:
            raise _Refused(f"what it remembers as number {argument}")


def _as_text(key: Any) -> str:
    return key.decode("latin1") if isinstance(key, bytes) else str(key)


def _as_array(value: Any) -> Any:
    if not isinstance(value, _Array):
        return value
    _, shape, dtype, in_columns, content = value.state
    if dtype.code not in {"u1", "uint8"} or in_columns:
        raise ValueError(f"an array of {dtype.code}")
    array = np.frombuffer(content.encode("latin1") if isinstance(content, str) else content, dtype=np.uint8)
    return array.reshape(shape)
