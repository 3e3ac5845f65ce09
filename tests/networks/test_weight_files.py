"""Weights that a record knows: as long as they are those it knows."""

from pathlib import Path

import torch

from sightbits.core.journal import Journal
from sightbits.networks.weight_files import WeightFiles


def test_weights_are_there_as_long_as_they_are_those_of_the_record(tmp_path: Path) -> None:
    journal = Journal(tmp_path / "journal", {})
    files, model = WeightFiles(tmp_path, journal), torch.nn.Linear(2, 1)
    assert not files.has(3)
    files.keep(3, model)
    assert files.has(3)
    assert not files.has(4)
    assert WeightFiles(tmp_path, Journal(tmp_path / "journal", {})).has(3)
    assert torch.equal(files.read(3)["weight"], model.weight)
    path = tmp_path / "network-seed-3.pt"
    whole = path.read_bytes()
    path.write_bytes(whole[:-1] + b"?")
    assert not files.has(3), "of another study"
    path.unlink()
    assert not files.has(3)
    files.keep(3, model)
    assert not WeightFiles(tmp_path, Journal(None, {})).has(3), "not on record"
    none = WeightFiles(None, Journal(None, {}))
    none.keep(3, model)
    assert none.has(3)
