import json
from typing import Any

import pytest

from sightbits.core.checks import InputError
from sightbits.networks.reference import NETWORKS, NetworkChoice, check_network


def test_layers_in_forward_order() -> None:
    assert NetworkChoice(model="lenet5").layers == ("conv1", "pool1", "conv2", "pool2", "fc1", "out")
    assert NetworkChoice(model="alexnet").layers == (
        "conv1", "pool1", "conv2", "pool2", "conv3", "conv4", "pool3", "fc1", "fc2", "out",
    )  # fmt: skip
    assert NetworkChoice(model="vgg16").layers == (
        "conv1_1", "conv1_2", "pool1", "conv2_1", "conv2_2", "pool2", "conv3_1", "conv3_2", "conv3_3", "pool3",
        "conv4_1", "conv4_2", "conv4_3", "pool4", "conv5_1", "conv5_2", "conv5_3", "pool5", "fc1", "fc2", "out",
    )  # fmt: skip


@pytest.mark.parametrize("model", NETWORKS)
def test_the_chain_leaves_out_poolings_only(model: str) -> None:
    choice = NetworkChoice(model=model)
    assert choice.chain == tuple(name for name in choice.layers if not name.startswith("pool"))
    assert choice.convolutions == tuple(name for name in choice.layers if name.startswith("conv"))
    assert choice.connected == tuple(name for name in choice.layers if name.startswith("fc"))
    assert len(choice.n_filters) == len(choice.convolutions)


def test_what_is_left_out_is_the_models_own() -> None:
    small, middle, large = (NetworkChoice(model=model) for model in NETWORKS)
    assert (small.n_filters, small.normalised, small.epochs, small.rate) == ((6, 12), False, 10, 0.02)
    assert (middle.n_filters, middle.normalised, middle.epochs, middle.rate) == ((16, 32, 64, 128), False, 15, 0.01)
    assert large.n_filters == (64, 64, 128, 128, 256, 256, 256, 512, 512, 512, 512, 512, 512)
    assert (large.normalised, large.epochs, large.rate) == (True, 15, 0.01)
    assert NetworkChoice(model="lenet5", activation="sigmoid").rate == 0.1
    assert NetworkChoice(model="lenet5", activation="tanh").rate == 0.02
    for model in ("alexnet", "vgg16"):
        assert NetworkChoice(model=model, activation="sigmoid").rate == 0.05
        assert NetworkChoice(model=model, activation="tanh").rate == 0.01


def test_what_is_asked_for_is_taken() -> None:
    choice = NetworkChoice(model="lenet5", filters=(3, 4), batch_norm=True, activation="tanh")
    assert (choice.n_filters, choice.normalised) == ((3, 4), True)
    assert not NetworkChoice(model="vgg16", batch_norm=False).normalised


def test_the_document_tells_what_was_left_to_the_model() -> None:
    own, asked = NetworkChoice(model="lenet5"), NetworkChoice(model="lenet5", filters=(6, 12), batch_norm=False)
    assert own.document() == asked.document()
    assert json.loads(json.dumps(own.document())) == {
        "model": "lenet5",
        "activation": "relu",
        "filters": [6, 12],
        "batch_norm": False,
    }


@pytest.mark.parametrize(
    ("asked", "words"),
    [
        ({"model": "resnet"}, "model: wanted one of lenet5, alexnet, vgg16, got 'resnet'"),
        ({"model": "lenet5", "activation": "gelu"}, "activation: wanted one of relu, sigmoid, tanh"),
        (
            {"model": "lenet5", "filters": (6,)},
            r"filters: wanted 2 numbers for lenet5, one a convolution, got .6,.. Its own are 6,12.",
        ),
        ({"model": "alexnet", "filters": (6, 12)}, "wanted 4 numbers for alexnet"),
        ({"model": "vgg16", "filters": ()}, "wanted 13 numbers"),
        ({"model": "lenet5", "filters": (6, 0)}, "filters: wanted a whole number from 1 to 4096, got 0"),
        ({"model": "lenet5", "filters": (6, 4097)}, "got 4097"),
    ],
)
def test_what_there_is_not_is_refused(asked: dict[str, Any], words: str) -> None:
    with pytest.raises(InputError, match=words):
        NetworkChoice(**asked)


@pytest.mark.parametrize(("model", "least"), [("lenet5", 4), ("alexnet", 8), ("vgg16", 32)])
def test_images_too_small_are_refused(model: str, least: int) -> None:
    choice = NetworkChoice(model=model)
    for shape in [(least, least), (least, least + 1, 3), (least, least, 1)]:
        check_network(choice, shape)
    for shape in [(least - 1, 99), (99, least - 1, 3)]:
        with pytest.raises(InputError, match=f"at least {least} x {least} pixels for {model}"):
            check_network(choice, shape)


def test_the_remedy_names_networks_that_fit() -> None:
    with pytest.raises(InputError, match="Take lenet5 or alexnet"):
        check_network(NetworkChoice(model="vgg16"), (28, 28))
    with pytest.raises(InputError, match="Take lenet5 or alexnet"):
        check_network(NetworkChoice(model="vgg16"), (8, 28))
    with pytest.raises(InputError, match=r"Take lenet5\."):
        check_network(NetworkChoice(model="vgg16"), (5, 28))
    with pytest.raises(InputError, match="Scale the images up"):
        check_network(NetworkChoice(model="lenet5"), (3, 28))


@pytest.mark.parametrize("shape", [(), (28,), (28, 28, 3, 1), (28, 0)])
def test_what_is_no_shape_of_images_is_refused(shape: tuple[int, ...]) -> None:
    with pytest.raises(InputError, match="image_shape"):
        check_network(NetworkChoice(model="lenet5"), shape)
