import numpy as np
import pytest
import torch
from torch.nn import functional

from sightbits.networks.softmax import SoftmaxBank

N_PIXELS, N_LABELS = 7, 4


def batches(n: int = 20) -> list[tuple[np.ndarray, np.ndarray]]:
    rng = np.random.default_rng(3)
    return [
        (rng.random((9, N_PIXELS), dtype=np.float32), rng.integers(0, N_LABELS, 9).astype(np.int64)) for _ in range(n)
    ]


def oracle(rate: float, seen: list[tuple[np.ndarray, np.ndarray]]) -> tuple[np.ndarray, np.ndarray, list[float]]:
    """The same with torch's automatic gradients, in float64."""
    weights = torch.zeros((N_LABELS, N_PIXELS), dtype=torch.float64, requires_grad=True)
    biases = torch.zeros(N_LABELS, dtype=torch.float64, requires_grad=True)
    losses = []
    for inputs, labels in seen:
        logits = torch.from_numpy(inputs.astype(np.float64)) @ weights.T + biases
        loss = functional.cross_entropy(logits, torch.from_numpy(labels))
        of_weights, of_biases = torch.autograd.grad(loss, (weights, biases))
        with torch.no_grad():
            weights -= rate * of_weights
            biases -= rate * of_biases
        losses.append(loss.item())
    return weights.detach().numpy(), biases.detach().numpy(), losses


def test_every_copy_learns_as_automatic_gradients_say() -> None:
    rates = [0.05, 0.5, 3.0]
    bank = SoftmaxBank(n_pixels=N_PIXELS, n_labels=N_LABELS, rates=rates)
    losses = np.array([bank.learn(inputs, labels) for inputs, labels in batches()])
    for i, rate in enumerate(rates):
        weights, biases, theirs = oracle(rate, batches())
        np.testing.assert_allclose(bank.pixel_weights()[i], weights, atol=2e-5)
        np.testing.assert_allclose(bank.biases[i], biases, atol=2e-5)
        np.testing.assert_allclose(losses[:, i], theirs, atol=2e-5)


def test_logits_and_right_answers_are_those_of_the_weights() -> None:
    bank = SoftmaxBank(n_pixels=N_PIXELS, n_labels=N_LABELS, rates=[0.1, 1.0])
    for inputs, labels in batches():
        bank.learn(inputs, labels)
    rng = np.random.default_rng(0)
    inputs, labels = rng.random((2345, N_PIXELS), dtype=np.float32), rng.integers(0, N_LABELS, 2345).astype(np.int64)
    expected = np.einsum("np,rlp->nrl", inputs, bank.pixel_weights()) + bank.biases
    np.testing.assert_allclose(bank.logits(inputs), expected, atol=1e-5)
    right = (expected.argmax(axis=2) == labels[:, np.newaxis]).sum(axis=0)
    assert bank.count_correct(inputs, labels).tolist() == right.tolist()
    assert bank.count_correct(inputs, expected[:, 0].argmax(axis=1))[0] == 2345  # every image is asked


def test_weights_of_an_input_that_is_always_0_never_move() -> None:
    bank = SoftmaxBank(n_pixels=N_PIXELS, n_labels=N_LABELS, rates=[0.5, 5.0], initialisation="he", seed=4)
    first = bank.pixel_weights()
    for inputs, labels in batches():
        inputs[:, 2] = 0
        bank.learn(inputs, labels)
    moved = np.abs(bank.pixel_weights() - first)
    assert (moved[:, :, 2] == 0).all()
    assert (moved[:, :, [0, 1, 3, 4, 5, 6]].max(axis=1) > 0).all()


def test_what_it_gives_out_is_a_copy() -> None:
    bank = SoftmaxBank(n_pixels=N_PIXELS, n_labels=N_LABELS, rates=[0.5])
    bank.pixel_weights()[:] = 7
    bank.biases[:] = 7
    assert not bank.pixel_weights().any()
    assert not bank.biases.any()


def test_a_rate_far_too_high_is_told_by_the_loss_and_spares_the_other_copies() -> None:
    bank = SoftmaxBank(n_pixels=N_PIXELS, n_labels=N_LABELS, rates=[0.5, 1e38])
    losses = np.array([bank.learn(1e3 * inputs, labels) for inputs, labels in batches()])
    assert np.isfinite(losses[:, 0]).all()
    assert not np.isfinite(losses[:, 1]).all()
    assert np.isfinite(bank.pixel_weights()[0]).all()


@pytest.mark.parametrize("seed", [0, 1])
def test_all_copies_start_alike(seed: int) -> None:
    bank = SoftmaxBank(n_pixels=N_PIXELS, n_labels=N_LABELS, rates=[0.5, 0.1], initialisation="glorot", seed=seed)
    assert np.array_equal(bank.pixel_weights()[0], bank.pixel_weights()[1])
    assert bank.pixel_weights()[0, 0].std() > 0
