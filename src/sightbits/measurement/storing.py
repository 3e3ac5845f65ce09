"""A fitted measurer as one file of plain arrays: nothing in it is ever executed."""

import json
import zipfile
from collections.abc import Sequence
from dataclasses import fields, is_dataclass
from enum import Enum
from pathlib import Path
from typing import Any

import numpy as np

from sightbits.core import levels
from sightbits.core.checks import InputError
from sightbits.measurement import noise, stopping
from sightbits.measurement.beliefs.mixture import TEMPLATES
from sightbits.measurement.measurer import Measurer
from sightbits.measurement.parts import named_parts

_FORMAT = 1
_HEAD = "measurer.json"
_PLAIN = ("image_shape", "value_range", "whole", "label_names", "n_training", "pixels_per_step", "unavailable")
_ARRAYS = ("classes", "pixel_costs", "available")


def save_measurer(measurer: Measurer, path: Path) -> None:
    """Write a measurer: settings as JSON, what it learned as arrays. The file appears whole or not at all."""
    head = {
        "format": _FORMAT,
        "belief": _described(measurer.belief),
        "policy": _described(measurer.policy),
        "stop": _described(measurer.stop),
        "code": _described(measurer.belief.code),
        "n_labels": int(measurer.belief.n_labels),
        **{name: _described(getattr(measurer, name)) for name in _PLAIN},
    }
    arrays: dict[str, Any] = {f"measurer/{name}": getattr(measurer, name) for name in _ARRAYS}
    arrays["measurer/outcomes"] = measurer.belief.outcomes
    for part in ("belief", "policy"):
        for name, array in learned_arrays(getattr(measurer, part)).items():
            arrays[f"{part}/{name}"] = array
    arrays[_HEAD] = np.frombuffer(_as_json(head), dtype=np.uint8)
    draft = path.with_name(path.name + ".writing")
    try:
        with draft.open("wb") as file:
            np.savez(file, **arrays)
        draft.replace(path)
    except BaseException:
        draft.unlink(missing_ok=True)
        raise


def load_measurer(path: Path, parts: Sequence[type] = ()) -> Measurer:
    """Read a measurer; classes that sightbits does not know must be among `parts`."""
    try:
        with path.open("rb") as content, np.load(content, allow_pickle=False) as file:
            arrays = {name: file[name] for name in file.files}
        head = json.loads(arrays.pop(_HEAD).tobytes())
        known = head["format"] == _FORMAT
    except (OSError, EOFError, AttributeError, KeyError, TypeError, ValueError, zipfile.BadZipFile) as error:
        raise _unreadable(path, str(error)) from error
    if not known:
        raise _unreadable(path, f"format {head['format']}")
    try:
        return _restored(head, arrays, {part.__name__: part for part in (*_known_parts(), *parts)})
    except (AttributeError, KeyError, TypeError) as error:
        raise _unreadable(path, f"{type(error).__name__}: {error}") from error


def _restored(head: dict[str, Any], arrays: dict[str, np.ndarray], classes: dict[str, type]) -> Measurer:
    measurer = Measurer(
        belief=_made(head["belief"], classes),
        policy=_made(head["policy"], classes),
        stop=_made(head["stop"], classes),
    )
    for name in _PLAIN:
        setattr(measurer, name, _as_tuples(head[name]))
    for name in _ARRAYS:
        setattr(measurer, name, arrays[f"measurer/{name}"])
    if (measurer.pixel_costs != 1).any():  # to fit it again; costs of 1 each are none
        measurer.costs = measurer.pixel_costs.reshape(measurer.image_shape)
    measurer.belief.code = _made(head["code"], classes)
    measurer.belief.n_labels = head["n_labels"]
    measurer.belief.outcomes = arrays["measurer/outcomes"]
    for part in ("belief", "policy"):
        learned = {name.split("/", 1)[1]: array for name, array in arrays.items() if name.startswith(f"{part}/")}
        restore_arrays(getattr(measurer, part), learned)
    return measurer


def learned_arrays(part: Any) -> dict[str, np.ndarray]:
    """Return what a belief or policy learned, as arrays by name."""
    if hasattr(part, "to_arrays"):
        return part.to_arrays()
    return {name: np.asarray(getattr(part, name)) for name in part.LEARNED}


def restore_arrays(part: Any, arrays: dict[str, np.ndarray]) -> None:
    """Give a belief or policy back what it learned."""
    if hasattr(part, "from_arrays"):
        part.from_arrays(arrays)
        return
    for name in part.LEARNED:
        setattr(part, name, arrays[name])


def _described(part: Any) -> Any:
    """A setting as JSON: objects as their class name and their fields."""
    if isinstance(part, Enum):
        return part.value
    if is_dataclass(part) and not isinstance(part, type):
        settings = {field.name: _described(getattr(part, field.name)) for field in fields(part) if field.init}
        return {"class": type(part).__name__, "settings": settings}
    if isinstance(part, list | tuple):
        return [_described(one) for one in part]
    if isinstance(part, np.ndarray | np.generic):
        return part.tolist()
    return part


def _as_json(head: dict[str, Any]) -> bytes:
    try:
        return json.dumps(head).encode()
    except TypeError as error:
        raise InputError(
            "measurer",
            wanted="parts that are dataclasses of plain settings",
            got=str(error),
            remedy="Make your own belief, policy or rule a dataclass to save it.",
        ) from error


def _made(described: Any, classes: dict[str, type]) -> Any:
    if isinstance(described, list):
        return tuple(_made(one, classes) for one in described)
    if not isinstance(described, dict):
        return described
    name = described["class"]
    if name not in classes:
        raise InputError(
            "parts",
            wanted=f"the class {name}, which this measurer was saved with",
            got="none of that name",
            remedy=f"Say Measurer.load(path, parts=[{name}]).",
        )
    return classes[name](**{key: _made(value, classes) for key, value in described["settings"].items()})


def _known_parts() -> list[type]:
    rules = [stopping, noise, levels]
    found = [part for module in rules for part in vars(module).values() if is_dataclass(part)]
    return [
        *(part for part in found if isinstance(part, type)),
        *named_parts("belief").values(),
        *named_parts("policy").values(),
        *TEMPLATES.values(),
    ]


def _as_tuples(value: Any) -> Any:
    return tuple(_as_tuples(one) for one in value) if isinstance(value, list) else value


def _unreadable(path: Path, why: str) -> InputError:
    return InputError(
        "path", wanted="a file that Measurer.save wrote", got=f"{path} ({why})", remedy="Fit and save it again."
    )
