"""The weights of trained networks, left for whoever asks for more of them later."""

# mypy: disable-error-code="no-untyped-call"
import hashlib
from pathlib import Path
from typing import Any

import torch

from sightbits.core.journal import Journal
from sightbits.networks.checkpoints import write_weights


class WeightFiles:
    """Weights of the networks of a study, a file a seed; the record knows them by their SHA-256.

    Parameters
    ----------
    folder
        Where they are; None keeps none.
    """

    def __init__(self, folder: Path | None, journal: Journal) -> None:
        self._folder, self._journal = folder, journal

    def keep(self, seed: int, model: torch.nn.Module) -> None:
        """Write the weights of the network of a seed, and record that they are there."""
        if self._folder is not None:
            write_weights(self._path(seed), model)
            self._journal.record(_key(seed), self._digest(seed))

    def has(self, seed: int) -> bool:
        """Whether they are there, as they were kept; of course where none are kept."""
        return self._folder is None or self._journal.recall(_key(seed)) == self._digest(seed) is not None

    def read(self, seed: int) -> dict[str, Any]:
        """Return what was kept of a seed."""
        return torch.load(self._path(seed), map_location="cpu", weights_only=True)

    def _path(self, seed: int) -> Path:
        assert self._folder is not None  # noqa: S101  or none were kept
        return self._folder / f"network-seed-{seed}.pt"

    def _digest(self, seed: int) -> str | None:
        path = self._path(seed)
        return hashlib.sha256(path.read_bytes()).hexdigest() if path.is_file() else None


def _key(seed: int) -> str:
    return f"seed {seed}, weights"
