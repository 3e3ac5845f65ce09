"""Where figures go, each logger by how it is called."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import nn
from torch.nn import functional

from sightbits.core.checks import InputError
from sightbits.estimation.layers import LayerSettings
from sightbits.networks.observing.gaps import ObservationWarning
from sightbits.networks.observing.loggers import FlowLogger, as_logger, as_loggers, named_figures
from sightbits.networks.observing.observer import Observer, observe
from sightbits.networks.observing.steps import ObservedStep

FIGURES = {"sightbits/fc:2/input_information": 1.5, "sightbits/gru[0].h/entropy": 2.0}


class Scalars:
    def __init__(self) -> None:
        self.calls: list[Any] = []

    def add_scalar(self, name: str, value: float, step: int) -> None:
        self.calls.append((name, value, step))


class Metrics:
    def __init__(self) -> None:
        self.calls: list[Any] = []

    def log_metrics(self, metrics: Mapping[str, float], step: int | None = None) -> None:
        self.calls.append((dict(metrics), step))


class Run:
    def __init__(self) -> None:
        self.calls: list[Any] = []

    def log(self, data: Mapping[str, float], step: int | None = None) -> None:
        self.calls.append((dict(data), step))


class Own:
    def __init__(self) -> None:
        self.calls: list[Any] = []

    def log_figures(self, step: int, figures: Mapping[str, float]) -> None:
        self.calls.append((step, dict(figures)))

    log = log_metrics = add_scalar = None


class Broken:
    def log(self, data: Mapping[str, float]) -> None:
        raise ConnectionError("no server")


def calls(logger: Any) -> list[Any]:
    as_logger(logger).log_figures(7, FIGURES)
    return logger.calls


def test_each_kind_is_called_as_it_wants_to_be() -> None:
    assert calls(Scalars()) == [(name, value, 7) for name, value in FIGURES.items()]
    assert calls(Metrics()) == [
        ({"sightbits/fc-2/input_information": 1.5, "sightbits/gru-0.h/entropy": 2.0}, 7)  # as MLflow wants names
    ]
    assert calls(Run()) == [({**FIGURES, "sightbits/step": 7}, None)]
    assert calls(Own()) == [(7, FIGURES)]
    own = Own()
    assert as_logger(own) is own
    assert isinstance(own, FlowLogger)


def test_a_file_gets_a_line_a_step_and_keeps_its_own(tmp_path: Path) -> None:
    path = tmp_path / "flow.jsonl"
    path.write_text("{}\n")
    for given in (str(path), path):
        as_logger(given).log_figures(3, {"a": 1.0})
    assert [json.loads(line) for line in path.read_text().splitlines()] == [{}, *[{"step": 3, "a": 1.0}] * 2]


def test_files_that_cannot_be(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="logger: wanted a file to write to, got a folder"):
        as_logger(tmp_path)
    with pytest.raises(InputError, match="which is no folder"):
        as_logger(tmp_path / "none" / "flow.jsonl")


@pytest.mark.parametrize("thing", [5, object(), Run, {"log": 1}])
def test_what_is_no_logger(thing: Any) -> None:
    with pytest.raises(InputError, match=r"logger: wanted a path, .*add_scalar.*log_metrics.*log_figures"):
        as_logger(thing)


def test_several_loggers() -> None:
    run, scalars = Run(), Scalars()
    assert as_loggers(None) == as_loggers([]) == ()
    assert len(as_loggers((run, scalars))) == 2
    assert len(as_loggers(run)) == 1


def train(images: Any, labels: Any, logger: Any, *, shuffles: int = 2) -> Observer:
    model = nn.Sequential(nn.Flatten(), nn.Linear(36, 3), nn.Linear(3, 3))
    settings = LayerSettings(shuffles=shuffles, pairs=0)
    with observe(model, at=2, settings=settings, logger=logger) as observer:
        for _ in range(3):
            functional.cross_entropy(model(images), labels).backward()
            observer.note_labels(labels)
    return observer


def test_figures_are_logged_in_bits_as_steps_are_measured(images: Any, labels: Any, tmp_path: Path) -> None:
    run, path = Run(), tmp_path / "flow.jsonl"
    observer = train(images, labels, [run, path])
    lines = [json.loads(line) for line in path.read_text().splitlines()]
    assert [line["step"] for line in lines] == [data["sightbits/step"] for data, _ in run.calls] == [0, 2]
    row = observer.rows()[0]
    for figure in ("input_information", "label_information", "error_information"):
        for part in (figure, f"{figure}_null", f"{figure}_excess"):
            assert lines[0][f"sightbits/1/{part}"] == row[part]
    assert "sightbits/2/error_information" not in lines[0]
    assert not any(name.endswith(("/layer", "/step", "saturated")) for name in named_figures(observer.records[0]))


def test_numbers_that_are_missing_are_left_out(images: Any, labels: Any) -> None:
    logger = Own()
    train(images, labels, logger, shuffles=0)
    assert "sightbits/1/input_information" in logger.calls[0][1]
    assert not any("null" in name or "excess" in name for name in logger.calls[0][1])

    class Figures:
        def rows(self, unit: Any) -> list[dict[str, Any]]:
            return [{"layer": "a", "good": 1.0, "bad": float("nan"), "worse": float("inf"), "flag": True}]

    record = ObservedStep.__new__(ObservedStep)
    vars(record).update(step=0, figures=Figures(), unobserved={})
    assert named_figures(record) == {"sightbits/a/good": 1.0}


def test_a_step_without_figures_is_not_logged(images: Any, labels: Any) -> None:
    logger = Own()
    with pytest.warns(ObservationWarning):
        train(images[:1], labels[:1], logger)
    assert logger.calls == []


def test_a_logger_that_fails_is_warned_of_once_and_stops_nobody(images: Any, labels: Any) -> None:
    logger = Own()
    with pytest.warns(ObservationWarning) as issued:
        observer = train(images, labels, [Broken(), logger])
    assert [str(warning.message) for warning in issued] == [
        "step 0, logger: it did not take the figures: ConnectionError: no server"
    ]
    assert len(observer.records) == len(logger.calls) == 2
    assert observer.records[0].unobserved == {}


def test_an_interrupt_within_a_logger_is_one(images: Any, labels: Any) -> None:
    class Interrupted:
        def log(self, data: Mapping[str, float]) -> None:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        train(images, labels, Interrupted())
    assert torch.is_grad_enabled()
