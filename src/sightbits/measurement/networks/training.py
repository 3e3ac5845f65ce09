"""Torch modules over sets of readings, and their training. Imported only when something is trained."""

# mypy: disable-error-code="no-untyped-call"
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np
import torch
from jaxtyping import Float32, Int64, UInt8
from torch import nn
from torch.nn import functional

from sightbits.core.progress import Progress
from sightbits.measurement.networks.reading_network import ReadingNetwork

_LEARNING_RATE = 1e-3
_WEIGHT_DECAY = 1e-2

Tensor = Any  # torch's own type is not seen by the shape checker


class ReadingLayers(nn.Module):
    """`ReadingNetwork` while it is trained: readings come as a mask and a value for every pixel."""

    def __init__(self, n_pixels: int, hidden: int, n_layers: int, dropout: float) -> None:
        super().__init__()
        self.first = nn.Linear(2 * n_pixels, hidden)
        self.further = nn.ModuleList(nn.Linear(hidden, hidden) for _ in range(n_layers))
        self.norms = nn.ModuleList(nn.LayerNorm(hidden) for _ in range(n_layers + 1))
        self.dropout = nn.Dropout(dropout)

    def forward(self, mask: Tensor, values: Tensor) -> Tensor:
        """Return the features; `values` from -1 to 1 count where `mask` is 1."""
        hidden = self.norms[0](functional.silu(self.first(torch.cat([mask, mask * values], dim=1))))
        for layer, norm in zip(self.further, self.norms[1:], strict=True):
            hidden = norm(hidden + self.dropout(functional.silu(layer(hidden))))
        return hidden

    def plain(self) -> ReadingNetwork:
        """Return the network as arrays."""
        n_pixels = self.first.in_features // 2
        rows = _array(self.first.weight).T
        return ReadingNetwork(
            start=_array(self.first.bias),
            of_pixel=np.ascontiguousarray(rows[:n_pixels]),
            of_value=np.ascontiguousarray(rows[n_pixels:]),
            weights=np.stack([_turned(layer.weight) for layer in self.further]),
            biases=np.stack([_array(layer.bias) for layer in self.further]),
            scales=np.stack([_array(norm.weight) for norm in self.norms]),
            shifts=np.stack([_array(norm.bias) for norm in self.norms]),
        )


class Heads(nn.Module):
    """Label, and the outcome of every pixel given the label, from the features."""

    def __init__(self, hidden: int, n_labels: int, n_pixels: int, n_outcomes: int, width: int) -> None:
        super().__init__()
        self.label = nn.Linear(hidden, n_labels)
        self.narrow = nn.Linear(hidden, width)
        self.outcome = nn.Parameter(torch.randn(n_labels, width, n_pixels * (n_outcomes - 1)) * (0.5 / width**0.5))
        self.bias = nn.Parameter(torch.zeros(n_labels, n_pixels * (n_outcomes - 1)))
        self.n_above = n_outcomes - 1

    def outcome_log_odds(self, features: Tensor, labels: Tensor) -> Tensor:
        """Return log odds against outcome 0, for the true label of each image; labels must ascend."""
        narrow = functional.silu(self.narrow(features))
        n_of_label = torch.bincount(labels, minlength=len(self.outcome)).tolist()
        parts = [part @ self.outcome[i] + self.bias[i] for i, part in enumerate(narrow.split(n_of_label))]
        return torch.cat(parts).view(len(features), -1, self.n_above)


def train_belief_network(
    readings: Float32[np.ndarray, "n_images pixels"],
    outcomes: UInt8[np.ndarray, "n_images pixels"],
    labels: Int64[np.ndarray, "n_images"],
    *,
    n_labels: int,
    n_outcomes: int,
    hidden: int,
    n_layers: int,
    width: int,
    n_steps: int,
    batch: int,
    most_readings: int,
    seed: int,
    progress: Progress,
) -> tuple[ReadingNetwork, dict[str, np.ndarray]]:
    """Learn label and unread pixels from random sets of readings; return the network and its heads as arrays.

    Notes
    -----
    Each step hides all but a random number of pixels, drawn more often where pixels vary more, of a batch of images.
    The loss is the cross-entropy of the label plus the mean one of the outcomes of the unread pixels.
    """
    rng = np.random.default_rng(seed)
    spread = np.log(readings.var(axis=0) + 1e-4)

    def loss_of(images: Int64[np.ndarray, "batch"]) -> Tensor:
        images = images[np.argsort(labels[images], kind="stable")]
        mask = torch.from_numpy(_random_masks(len(images), spread, most_readings, rng))
        own = torch.from_numpy(labels[images])
        features = layers(mask, torch.from_numpy(readings[images]))
        log_odds = heads.outcome_log_odds(features, own)
        every = torch.cat([torch.zeros_like(log_odds[..., :1]), log_odds], dim=-1)
        true = torch.from_numpy(outcomes[images].astype(np.int64))
        of_pixel = functional.cross_entropy(every.flatten(0, 1), true.flatten(), reduction="none").view_as(mask)
        unread = 1 - mask
        return functional.cross_entropy(heads.label(features), own) + _PIXELS_COUNT * (of_pixel * unread).mean()

    with _random_numbers_of(seed):
        layers = ReadingLayers(readings.shape[1], hidden, n_layers, dropout=0.1)
        heads = Heads(hidden, n_labels, readings.shape[1], n_outcomes, width)
        _train([layers, heads], loss_of, len(readings), n_steps=n_steps, batch=batch, rng=rng, progress=progress)
    return layers.plain(), {
        "label_weights": _turned(heads.label.weight),
        "label_biases": _array(heads.label.bias),
        "narrow_weights": _turned(heads.narrow.weight),
        "narrow_biases": _array(heads.narrow.bias),
        "outcome_weights": _array(heads.outcome),
        "outcome_biases": _array(heads.bias),
    }


def train_score_network(
    mask: Float32[np.ndarray, "n pixels"],
    values: Float32[np.ndarray, "n pixels"],
    scores: Float32[np.ndarray, "n pixels"],
    *,
    hidden: int,
    n_layers: int,
    n_steps: int,
    batch: int,
    seed: int,
    progress: Progress,
) -> tuple[ReadingNetwork, dict[str, np.ndarray]]:
    """Learn a score for every unread pixel by least squares; return the network and its head as arrays."""
    rng = np.random.default_rng(seed)

    def loss_of(which: Int64[np.ndarray, "batch"]) -> Tensor:
        read = torch.from_numpy(mask[which])
        found = head(layers(read, torch.from_numpy(values[which])))
        return (((found - torch.from_numpy(scores[which])) ** 2) * (1 - read)).mean()

    with _random_numbers_of(seed):
        layers = ReadingLayers(mask.shape[1], hidden, n_layers, dropout=0.0)
        head = nn.Linear(hidden, mask.shape[1])
        _train([layers, head], loss_of, len(mask), n_steps=n_steps, batch=batch, rng=rng, progress=progress)
    return layers.plain(), {"score_weights": _turned(head.weight), "score_biases": _array(head.bias)}


@contextmanager
def _random_numbers_of(seed: int) -> Iterator[None]:
    """Torch draws from this seed within, and goes on as before afterwards: its generator is everybody's."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        yield


_PIXELS_COUNT = 4.0  # how much the mean loss of a pixel counts beside the label's


def _train(
    modules: list[nn.Module],
    loss_of: Callable[[Int64[np.ndarray, "batch"]], Tensor],
    n: int,
    *,
    n_steps: int,
    batch: int,
    rng: np.random.Generator,
    progress: Progress,
) -> None:
    parameters = [parameter for module in modules for parameter in module.parameters()]
    optimiser = torch.optim.AdamW(parameters, lr=_LEARNING_RATE, weight_decay=_WEIGHT_DECAY)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimiser, max_lr=_LEARNING_RATE, total_steps=n_steps)
    for step in range(n_steps):
        loss = loss_of(rng.integers(n, size=min(batch, n)))
        optimiser.zero_grad()
        loss.backward()
        nn.utils.clip_grad_norm_(parameters, 1.0)
        optimiser.step()
        schedule.step()
        if (step + 1) % 50 == 0 or step + 1 == n_steps:
            progress("training the network", step + 1, n_steps)
    for module in modules:
        module.eval()


def _random_masks(
    n: int, spread: Float32[np.ndarray, "pixels"], most: int, rng: np.random.Generator
) -> Float32[np.ndarray, "n pixels"]:
    """Random sets of 0 to `most` pixels; how much they follow where pixels vary is drawn anew for each."""
    n_pixels = len(spread)
    favour = rng.uniform(0, 2, size=(n, 1)) * spread + rng.gumbel(size=(n, n_pixels))
    rank = np.argsort(np.argsort(-favour, axis=1), axis=1)
    return (rank < rng.integers(0, min(most, n_pixels) + 1, size=(n, 1))).astype(np.float32)


def _array(tensor: Tensor) -> Float32[np.ndarray, "..."]:
    return tensor.detach().numpy().astype(np.float32)


def _turned(weights: Tensor) -> Float32[np.ndarray, "inputs outputs"]:
    """Weights a row an input, laid out as they come back from a file: so a saved network rounds as it did before."""
    return np.ascontiguousarray(_array(weights).T)
