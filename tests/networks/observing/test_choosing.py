"""Which models, layers and steps can be observed."""

import inspect
import subprocess
import sys
import warnings
from typing import Any

import pytest
import torch
from torch import nn

from sightbits.core.checks import InputError
from sightbits.estimation.layers import LayerSettings
from sightbits.networks.observing.choosing import check_model, choose_layers, choose_steps
from sightbits.networks.observing.observer import observe


def nested() -> nn.Module:
    model = nn.Sequential()
    model.add_module("features", nn.Sequential(nn.Conv2d(1, 2, 3), nn.BatchNorm2d(2), nn.ReLU()))
    model.add_module("out", nn.Linear(4, 2))
    return model


def test_by_default_modules_with_weights_and_none_inside() -> None:
    assert list(choose_layers(nested(), None)) == ["features.0", "features.1", "out"]
    assert "features.0, features.1, out" in observe(nested()).notes[0]
    assert observe(nested(), ["out"]).notes == ()


def test_a_parametrised_layer_is_one_layer() -> None:
    model = nn.Sequential(nn.utils.parametrizations.weight_norm(nn.Linear(4, 3)), nn.Linear(3, 2))
    nn.utils.parametrize.register_parametrization(model[1], "weight", nn.PReLU())  # which has weights itself
    assert list(choose_layers(model, None)) == ["0", "1"]


def test_a_shared_layer_is_chosen_once_and_goes_by_each_of_its_names() -> None:
    model = nn.ModuleDict({"one": nn.Linear(2, 2)})
    model["other"] = model["one"]
    assert list(choose_layers(model, None)) == ["one"]
    assert choose_layers(model, ["other"]) == {"other": model["one"]}


def test_names_are_taken_as_given() -> None:
    model = nested()
    assert list(choose_layers(model, ["out", "features", "out"])) == ["out", "features"]
    assert list(choose_layers(model, (name for name in ["features.2"]))) == ["features.2"]
    assert list(choose_layers(model, "out")) == ["out"]
    assert choose_layers(model, [""]) == {"Sequential": model}


@pytest.mark.parametrize(
    ("layers", "message"),
    [
        (["conv"], r"features, features.0, features.1, features.2, out, got 'conv'"),
        ([3], "got 3"),
        ([], "layers: wanted a name or more, got none"),
        (7, "layers: wanted a list of names, got 7"),
    ],
)
def test_names_that_are_none(layers: Any, message: str) -> None:
    with pytest.raises(InputError, match=message):
        choose_layers(nested(), layers)


def test_of_hundreds_of_names_the_likely_ones_are_listed() -> None:
    model = nn.ModuleDict({f"block{i}": nn.Linear(1, 1) for i in range(300)})
    with pytest.raises(InputError, match=r"block217.* and 280 more, got 'blok217'") as raised:
        choose_layers(model, ["blok217"])
    assert len(str(raised.value)) < 400
    assert observe(model).notes[0].endswith("block19 and 280 more")


@pytest.mark.parametrize(
    ("at", "chosen"),
    [(3, [0, 3, 6]), (1, list(range(8))), ({5, 0}, [0, 5]), (range(2, 4), [2, 3]), (lambda step: step > 5, [6, 7])],
)
def test_steps(at: Any, chosen: list[int]) -> None:
    is_chosen = choose_steps(at)
    assert [step for step in range(8) if is_chosen(step)] == chosen


@pytest.mark.parametrize("at", [0, -1, [], [-1], {True}, True])
def test_steps_that_are_none(at: Any) -> None:
    with pytest.raises(InputError, match=r"^at: wanted"):
        choose_steps(at)


def test_models_that_run_no_hooks_are_refused() -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # as the class is, in torch
        scripted = torch.jit.trace(nn.Linear(2, 2), torch.zeros(1, 2))
    in_place = nested()
    in_place.get_submodule("features").compile(backend="eager")
    by_lightning = nested()
    by_lightning._compiler_ctx = {"compiler": "dynamo"}
    for model, reason in [
        (scripted, "got a ScriptModule"),
        (torch.compile(nested(), backend="eager"), "got a compiled one.*before it is compiled"),
        (in_place, "got a compiled one"),
        (by_lightning, "got a compiled one"),
        (nn.DataParallel(nested()), "got a DataParallel.*`.module`"),
        (nn.ReLU(), "some module has weights, got ReLU without any"),
        (lambda values: values, "wanted a torch.nn.Module, got function"),
        (nn.Linear, "wanted a torch.nn.Module, got type"),
    ]:
        with pytest.raises(InputError, match=rf"^model: .*{reason}"):
            observe(model)


def test_a_model_without_weights_can_be_observed_by_name() -> None:
    assert observe(nn.Sequential(nn.ReLU(), nn.Flatten()), ["0"]) is not None


def test_of_a_distributed_model_the_module_is_observed() -> None:
    wrapped = nn.parallel.DistributedDataParallel.__new__(nn.parallel.DistributedDataParallel)
    nn.Module.__init__(wrapped)
    wrapped.module = nested()
    model, notes = check_model(wrapped)
    assert model is wrapped.module
    assert "this process's share" in notes[0]
    assert notes[0] in observe(wrapped).notes


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"samples": 1}, "samples: wanted a whole number at least 2, got 1"),
        ({"at": 0}, "at: wanted"),
        ({"settings": {"shuffles": 2}}, "settings: wanted LayerSettings"),
        ({"logger": 5}, "logger: wanted a path"),
    ],
)
def test_options_of_no_use(options: dict[str, Any], message: str) -> None:
    with pytest.raises(InputError, match=message):
        inspect.unwrap(observe)(nested(), **options)  # as users have it, without checks of types


def test_settings_reach_the_figures() -> None:
    model = nn.Linear(3, 2)
    with observe(model, settings=LayerSettings(shuffles=3, pairs=0), reduction="sum") as observer:
        model(torch.rand(6, 3)).sum().backward()
    figures = observer.records[0].figures
    assert figures is not None
    assert figures.input_information.n_permutations == 3


def test_without_torch_it_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "torch", None)
    with pytest.raises(InputError, match=r"observe: wanted the package 'torch'.*sightbits\[torch\]"):
        observe(object())


def test_the_observer_and_the_callback_load_without_torch() -> None:
    code = (
        "import sys, sightbits.networks.observing.lightning, sightbits.networks.observing.observer\n"
        "sys.exit('torch' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
