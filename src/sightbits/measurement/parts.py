"""Beliefs and policies by name, as they are found in their packages."""

import importlib
import inspect
import pkgutil
from functools import cache
from numbers import Real
from typing import Any

from sightbits.core.checks import InputError, check_choice

_ROOT = "sightbits.measurement"


def make_part(kind: str, wanted: Any, abstract: type) -> Any:
    """Return the part asked for: by its name with its default settings, or the object itself.

    Parameters
    ----------
    kind
        "belief" or "policy".
    abstract
        What the object must be.
    """
    if isinstance(wanted, str):
        named = named_parts(kind)
        return named[check_choice(kind, wanted, named)]()
    if not isinstance(wanted, abstract):
        raise InputError(
            kind,
            wanted=f"one of {', '.join(named_parts(kind))}, or a {abstract.__name__}",
            got=repr(wanted),
            remedy=f"Derive your own from sightbits.measurement's {abstract.__name__}.",
        )
    return wanted


def check_part(name: str, value: Any, abstract: type, *, remedy: str) -> Any:
    """Return `value` if it is such a part, else raise `InputError`."""
    if isinstance(value, abstract):
        return value
    raise InputError(name, wanted=f"a {abstract.__name__}", got=repr(value), remedy=remedy)


def is_number(value: Any) -> bool:
    """Return whether this is a real number: no text, no truth value, nothing missing."""
    return isinstance(value, Real) and not isinstance(value, bool)


@cache
def named_parts(kind: str) -> dict[str, type]:
    """Return the classes of the package of beliefs or policies that have a name; no optional package is loaded."""
    package = importlib.import_module(f"{_ROOT}.{'beliefs' if kind == 'belief' else 'policies'}")
    found = {}
    for module in pkgutil.iter_modules(package.__path__, f"{package.__name__}."):
        if module.name.endswith(("_kernels", "_layers")):  # Numba and torch load when first used
            continue
        for _, part in inspect.getmembers(importlib.import_module(module.name), inspect.isclass):
            name = part.__dict__.get("NAME")
            if name:
                found[name] = part
    return found
