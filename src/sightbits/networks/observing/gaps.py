"""Why something was not observed, and the warning that says so."""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple


class ObservationWarning(UserWarning):
    """Something of a training run was not observed, or not logged; the run itself goes on.

    Notes
    -----
    Issued once for each kind of reason. Every reason is in `ObservedStep.unobserved`, every warning in
    `Observer.notes`.
    """


class Gap(NamedTuple):
    """Why something is missing, and of what kind that is: each kind is warned of once."""

    kind: str
    reason: str


EXPECTED = frozenset({"frozen", "no labels"})  # what the user chose: told, but not warned of
UNFINISHED = Gap("unfinished", "its forward pass was not finished")


def flatten(name: str, value: Any) -> list[tuple[str, Any]]:
    """Return what is in nested tuples, lists and dictionaries, named by where it stands.

    Examples
    --------
    >>> flatten("out", (1, {"mask": 2}))
    [('out[0]', 1), ('out[1].mask', 2)]
    """
    if isinstance(value, Mapping):
        return [leaf for key, item in value.items() for leaf in flatten(f"{name}.{key}", item)]
    if isinstance(value, Sequence) and not isinstance(value, str | bytes):
        return [leaf for i, item in enumerate(value) for leaf in flatten(f"{name}[{i}]", item)]
    return [(name, value)]
