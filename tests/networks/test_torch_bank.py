from collections.abc import Iterator

import numpy as np
import pytest
import torch
from torch import nn

from sightbits.core.checks import InputError
from sightbits.networks.bank import ModelBank
from sightbits.networks.choice import model_choice
from sightbits.networks.making import make_bank
from sightbits.networks.models import ToPlanes, build_model
from sightbits.networks.softmax import SoftmaxBank
from sightbits.networks.torch_bank import TorchBank, one_thread

SHAPE = (6, 5, 3)
NETWORKS = ["mlp", "mlp+batch_norm", "mlp+he", "lenet", "lenet+batch_norm", "lenet+glorot"]


@pytest.fixture(autouse=True)
def _one_thread() -> Iterator[None]:
    """Tests run side by side: threads of their own would wait for each other."""
    with one_thread():
        yield


def bank_of(name: str, rates: list[float], seed: int = 0) -> ModelBank:
    return make_bank(model_choice(name), image_shape=SHAPE, n_labels=3, rates=rates, seed=seed)


def data(n: int = 60) -> tuple[np.ndarray, np.ndarray]:
    """Images of noise in which the label says which pair of rows is bright."""
    rng = np.random.default_rng(0)
    labels = rng.integers(0, 3, n).astype(np.int64)
    images = 0.5 * rng.random((n, *SHAPE), dtype=np.float32)
    for image, label in zip(images, labels, strict=True):
        image[2 * label : 2 * label + 2] += 0.5
    return images.reshape(n, -1), labels


def test_softmax_needs_no_torch() -> None:
    assert isinstance(bank_of("softmax", [0.1]), SoftmaxBank)
    assert isinstance(bank_of("mlp", [0.1]), TorchBank)


@pytest.mark.parametrize("name", NETWORKS)
def test_networks_learn(name: str) -> None:
    inputs, labels = data()
    bank = bank_of(name, [0.1, 0.3])
    first = bank.learn(inputs, labels)
    for _ in range(150):
        last = bank.learn(inputs, labels)
    assert first.shape == last.shape == (2,)
    assert (last < first / 2).all()
    assert (bank.count_correct(inputs, labels) > 50).all()


@pytest.mark.parametrize("name", NETWORKS)
def test_copies_learn_alone_and_by_the_seed(name: str) -> None:
    inputs, labels = data()
    together, alone, other = bank_of(name, [0.1, 0.3]), bank_of(name, [0.3]), bank_of(name, [0.3], seed=1)
    for bank in (together, alone, other):
        for _ in range(3):
            bank.learn(inputs, labels)
    assert np.array_equal(together.logits(inputs)[:, 1], alone.logits(inputs)[:, 0])
    assert not np.array_equal(alone.logits(inputs), other.logits(inputs))


def test_asking_changes_nothing_that_is_learned() -> None:
    inputs, labels = data()
    asked, left = bank_of("mlp+batch_norm", [0.1]), bank_of("mlp+batch_norm", [0.1])
    for bank in (asked, left):
        for _ in range(3):
            bank.learn(inputs, labels)
            if bank is asked:
                bank.count_correct(inputs, labels)
    assert np.array_equal(asked.logits(inputs), left.logits(inputs))


def test_each_image_is_judged_alone() -> None:
    inputs, labels = data()
    bank = bank_of("lenet+batch_norm", [0.1])
    bank.learn(inputs, labels)
    np.testing.assert_allclose(bank.logits(inputs[:1])[0], bank.logits(inputs)[0], atol=1e-5)


def test_weights_that_pixels_enter_by() -> None:
    first = bank_of("mlp", [0.1, 0.2]).pixel_weights()
    assert first is not None
    assert first.shape == (2, 128, 90)
    assert bank_of("lenet", [0.1]).pixel_weights() is None


def test_planes_are_the_channels() -> None:
    image = np.arange(90, dtype=np.float32).reshape(1, *SHAPE)
    planes = ToPlanes(SHAPE)(torch.from_numpy(image.reshape(1, -1)))
    assert np.array_equal(planes.numpy(), np.moveaxis(image, 3, 1))
    assert ToPlanes((6, 15))(torch.from_numpy(image.reshape(1, -1))).shape == (1, 1, 6, 15)


def test_building_leaves_the_random_state_of_torch_alone() -> None:
    before = torch.get_rng_state()
    build_model(model_choice("lenet+batch_norm"), image_shape=SHAPE, n_labels=3, seed=0)
    assert torch.equal(before, torch.get_rng_state())


def test_batch_norm_stands_between_layer_and_rectification() -> None:
    kinds = [
        type(layer) for layer in build_model(model_choice("mlp+batch_norm"), image_shape=SHAPE, n_labels=3, seed=0)
    ]
    assert kinds == [nn.Linear, nn.BatchNorm1d, nn.ReLU, nn.Linear]


def test_images_too_small_for_lenet_are_refused() -> None:
    with pytest.raises(InputError, match="at least 4 x 4 pixels for lenet"):
        build_model(model_choice("lenet"), image_shape=(8, 3), n_labels=2, seed=0)
    build_model(model_choice("mlp"), image_shape=(8, 3), n_labels=2, seed=0)


def test_the_number_of_threads_is_given_back_also_after_an_error() -> None:
    torch.set_num_threads(2)
    with pytest.raises(KeyError), one_thread():
        assert torch.get_num_threads() == 1
        raise KeyError
    assert torch.get_num_threads() == 2
