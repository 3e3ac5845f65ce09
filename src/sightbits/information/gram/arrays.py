"""What NumPy arrays and torch tensors need done alike; torch is never imported here, only found where a tensor came."""

import sys
from collections.abc import Iterable
from typing import Any

import numpy as np

from sightbits.core.checks import InputError

NEGLIGIBLE = {8: 1e-7, 4: 1e-3}


def library_of(array: Any) -> Any:
    """Return the library that an array belongs to: `torch`, or `numpy` for all else."""
    return sys.modules["torch"] if type(array).__module__.split(".")[0] == "torch" else np


def floats(name: str, values: Any, *, n_axes: int) -> Any:
    """Return finite numbers of float32 or float64 with at least `n_axes` axes; whole numbers become float64.

    Raises
    ------
    InputError
        Where there are fewer axes, nothing along one of them, or a value that is no finite real number.
    """
    library = library_of(values)
    array: Any = values if library is not np else np.asarray(values)
    if array.ndim < n_axes or 0 in array.shape:
        raise InputError(
            name,
            wanted=f"{n_axes} axes or more, none of them empty",
            got=tuple(array.shape),
            remedy="Batch axes go first.",
        )
    if library is np and array.dtype.kind not in "fiub":
        raise InputError(name, wanted="real numbers", got=array.dtype, remedy="Give real numbers.")
    if library is not np and array.is_complex():
        raise InputError(name, wanted="real numbers", got=array.dtype, remedy="Give real numbers.")
    array = _in_known_precision(array)
    plain = in_memory(array)
    if not bool(library_of(plain).isfinite(plain).all()):
        raise InputError(name, wanted="finite numbers", got="NaN or infinity", remedy="Remove or replace these values.")
    return array


def _in_known_precision(array: Any) -> Any:
    library = library_of(array)
    if array.dtype in (library.float32, library.float64):
        return array
    if library is np:
        return array.astype(np.float32 if array.dtype == np.float16 else np.float64)
    return array.to(library.float32 if array.is_floating_point() else library.float64)


def diagonal(matrices: Any) -> Any:
    """Return the diagonals of matrices along the last two axes."""
    if library_of(matrices) is np:
        return np.diagonal(matrices, axis1=-2, axis2=-1)
    return matrices.diagonal(dim1=-2, dim2=-1)


def in_memory(array: Any) -> Any:
    """Return the NumPy array of a tensor in this machine's memory, not copied; a tensor on a device as it is."""
    if library_of(array) is np:
        return array
    return array.detach().numpy() if array.device.type == "cpu" else array.detach()


def number(value: Any) -> float:
    """Return a single value as a float, of a tensor without its gradient."""
    return float(value if library_of(value) is np else value.detach())


def zeros(shape: tuple[int, ...], *, like: Any) -> Any:
    """Return zeros where an array is and of its precision."""
    if library_of(like) is np:
        return np.zeros(shape, dtype=like.dtype)
    return library_of(like).zeros(shape, dtype=like.dtype, device=like.device)


def square_matrices(name: str, values: Any) -> Any:
    """Return finite symmetric matrices of two samples or more.

    Raises
    ------
    InputError
        Where they are not square or not symmetric (up to rounding), have fewer than two rows or values not finite.
    """
    matrices = floats(name, values, n_axes=2)
    n_rows, n_columns = matrices.shape[-2:]
    if n_rows != n_columns or n_rows < 2:
        raise InputError(
            name,
            wanted="square matrices of two samples or more",
            got=f"{n_rows} x {n_columns}",
            remedy="Give a row and a column for each sample.",
        )
    library = library_of(matrices)
    plain = in_memory(matrices)
    library = library_of(plain)
    # In NumPy a matrix at a time: it stays in the cache. Most are symmetric to the last digit.
    for part in plain.reshape(-1, n_rows, n_rows) if library is np else (plain,):
        mirrored = part.swapaxes(-1, -2)
        if bool((part == mirrored).all()):
            continue
        skew = library.amax(abs(part - mirrored), (-2, -1))
        if bool((skew > NEGLIGIBLE[part.dtype.itemsize] * library.amax(abs(part), (-2, -1))).any()):
            raise InputError(
                name,
                wanted="symmetric matrices",
                got=f"entries across the diagonal that differ by {number(skew.max()):.3g}",
                remedy="A kernel gives k(x, y) = k(y, x).",
            )
    return matrices


def trace_one(name: str, values: Any) -> Any:
    """Return finite symmetric matrices of trace 1.

    Raises
    ------
    InputError
        As `square_matrices`, and where a trace is not 1.
    """
    matrices = square_matrices(name, values)
    off = number(abs(diagonal(matrices).sum(-1) - 1).max())
    if off > 10 * NEGLIGIBLE[matrices.dtype.itemsize]:
        raise InputError(
            name, wanted="matrices of trace 1", got=f"a trace off by {off:.3g}", remedy="Use normalise_gram(kernel)."
        )
    return matrices


def positive_sizes(size: Any, like: Any) -> Any:
    """Return kernel sizes that broadcast against matrices: a number, or one for each matrix of a batch.

    Raises
    ------
    InputError
        Where a size is not a positive finite number.
    """
    library = library_of(like)
    if library is np:
        sizes: Any = np.asarray(size, dtype=like.dtype)
    else:
        sizes = library.as_tensor(size, dtype=like.dtype, device=like.device)
    if not bool((library.isfinite(sizes) & (sizes > 0)).all()):
        raise InputError(
            "size", wanted="positive finite numbers", got=size, remedy="Give a length: see silverman_size, median_size."
        )
    return sizes[..., None, None]


def check_same_samples(names: Iterable[str], matrices: Iterable[Any]) -> None:
    """Raise `InputError` unless all matrices are of as many samples as the first, and of one library."""
    (first_name, first), *others = zip(names, matrices, strict=True)
    for name, matrix in others:
        if library_of(matrix) is not library_of(first):
            raise InputError(
                name,
                wanted=f"an array of the library of {first_name}, {library_of(first).__name__}",
                got=library_of(matrix).__name__,
                remedy="Give NumPy arrays or torch tensors, not both.",
            )
        if matrix.shape[-1] != first.shape[-1]:
            raise InputError(
                name,
                wanted=f"{first.shape[-1]} samples, as {first_name} has",
                got=matrix.shape[-1],
                remedy="All Gram matrices are of the same samples, in the same order.",
            )


def check_order(alpha: float) -> None:
    """Raise `InputError` unless alpha is above 0."""
    if not alpha > 0:
        raise InputError(
            "alpha", wanted="a number above 0", got=alpha, remedy="1 is the von Neumann entropy, 1.01 the usual choice."
        )
