"""Which modules are observed, at which steps."""

from collections.abc import Callable, Collection, Iterable
from difflib import get_close_matches
from typing import Any

from sightbits.core.checks import InputError, check_whole

_MOST_NAMES = 20


def check_model(model: Any) -> tuple[Any, tuple[str, ...]]:
    """Return the module to observe and what is to be said of that, or raise `InputError`."""
    import torch  # noqa: PLC0415  an extra

    if not isinstance(model, torch.nn.Module):
        raise _cannot(type(model).__name__, "Give the network itself.", wanted="a torch.nn.Module")
    if any(_is_compiled(module) for module in model.modules()):
        raise _cannot(
            "a compiled one",
            "Hooks are not run in compiled code: observe the module before it is compiled, and train that.",
        )
    if isinstance(model, torch.jit.ScriptModule):
        raise _cannot("a ScriptModule", "Observe the module it was made from.")
    if isinstance(model, torch.nn.DataParallel):
        raise _cannot("a DataParallel", "It copies the module at each step: train `.module`, and observe that.")
    if isinstance(model, torch.nn.parallel.DistributedDataParallel):
        note = "the module in DistributedDataParallel is observed, on this process's share of each batch"
        return model.module, (note,)
    return model, ()


def choose_layers(model: Any, layers: Any) -> dict[str, Any]:
    """Return the modules of these names, or raise `InputError`; by default each that has weights and nothing inside.

    Notes
    -----
    A module that is used in several places has a name for each. The model itself, whose name is empty, goes by that of
    its class.
    """
    modules = dict(model.named_modules(remove_duplicate=False))
    if layers is None:
        chosen = [name for name, module in model.named_modules() if _has_weights(name, module)]
        if not chosen:
            raise InputError(
                "model",
                wanted="a model in which some module has weights",
                got=f"{type(model).__name__} without any",
                remedy="Name the modules to observe as layers=[...].",
            )
    else:
        chosen = _checked_names(layers, modules)
    return {name or type(model).__name__: modules[name] for name in chosen}


def choose_steps(at: Any) -> Callable[[int], bool]:
    """Return whether a step is to be observed, as a function of its number."""
    if callable(at):
        return at
    if isinstance(at, Collection) and not isinstance(at, str | bytes):
        steps = {check_whole("at", step, low=0) for step in at}
        if not steps:
            raise InputError("at", wanted="a step or more", got="none", remedy="Give the numbers of steps, from 0.")
        return steps.__contains__
    every = check_whole("at", at, low=1)
    return lambda step: step % every == 0


def _checked_names(layers: Any, modules: dict[str, Any]) -> list[str]:
    if not isinstance(layers, Iterable):
        raise InputError("layers", wanted="a list of names", got=repr(layers), remedy="See model.named_modules().")
    chosen = [layers] if isinstance(layers, str) else list(dict.fromkeys(layers))
    if not chosen:
        raise InputError("layers", wanted="a name or more", got="none", remedy="Leave it out for all with weights.")
    for name in chosen:
        if name not in modules:
            raise InputError(
                "layers",
                wanted=f"names from model.named_modules(): {list_names(filter(None, modules), like=str(name))}",
                got=repr(name),
                remedy="Take names of that list.",
            )
    return chosen


def list_names(names: Iterable[str], *, like: str = "") -> str:
    """Return names as one text; where there are too many, those most like another come first and others are counted."""
    names = list(names)
    if len(names) <= _MOST_NAMES:
        return ", ".join(names) or "none"
    close = get_close_matches(like, names, n=5, cutoff=0.5)
    shown = [*close, *(name for name in names if name not in close)][:_MOST_NAMES]
    return f"{', '.join(shown)} and {len(names) - len(shown)} more"


def _has_weights(name: str, module: Any) -> bool:
    if "parametrizations" in name.split("."):
        return False
    inside = [child for child, _ in module.named_children() if child != "parametrizations"]
    return not inside and next(module.parameters(), None) is not None


def _is_compiled(module: Any) -> bool:
    """Whether torch.compile made it, `Module.compile` was called on it, or Lightning was given it compiled."""
    return any(
        getattr(module, mark, None) is not None for mark in ("_orig_mod", "_compiled_call_impl", "_compiler_ctx")
    )


def _cannot(got: str, remedy: str, *, wanted: str = "a torch.nn.Module that runs as Python") -> InputError:
    return InputError("model", wanted=wanted, got=got, remedy=remedy)
