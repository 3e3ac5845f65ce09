"""When steps begin and end, and what is told where something is missing."""

import copy
import io
import warnings
from typing import Any

import numpy as np
import pytest
import torch
from torch import nn
from torch.nn import functional

from sightbits.core.checks import InputError
from sightbits.estimation.layers import LayerBatch, LayerSettings
from sightbits.networks.observing import steps
from sightbits.networks.observing.gaps import ObservationWarning
from sightbits.networks.observing.observer import Observer, observe

QUICK = LayerSettings(shuffles=2, pairs=0)


def watch(model: nn.Module, layers: list[str] | None = None, *, at: Any = 1, **options: Any) -> Observer:
    return observe(model, layers, at=at, settings=QUICK, **options)


def train(
    model: nn.Module, images: torch.Tensor, labels: torch.Tensor, *, n_steps: int, observer: Observer | None = None
) -> None:
    optimiser = torch.optim.SGD(model.parameters(), lr=0.1)
    for _ in range(n_steps):
        optimiser.zero_grad()
        functional.cross_entropy(model(images), labels).backward()
        optimiser.step()
        if observer is not None:
            observer.note_labels(labels)


def observed(observer: Observer) -> list[int]:
    return [record.step for record in observer.records]


@pytest.mark.parametrize(("at", "steps"), [(2, [0, 2, 4]), ({1, 3}, [1, 3]), (lambda step: step == 4, [4])])
def test_steps_are_those_asked_for(cnn: nn.Module, images: Any, labels: Any, at: Any, steps: list[int]) -> None:
    with watch(cnn, ["5"], at=at) as observer:
        train(cnn, images, labels, n_steps=5, observer=observer)
    assert observed(observer) == steps
    assert observer.n_steps == 5


def test_layers_are_those_of_the_step(cnn: nn.Module, images: Any, labels: Any, seen: list[LayerBatch]) -> None:
    expected = []
    with watch(cnn, ["0"], at=2) as observer:
        for step in range(5):
            if step in (0, 2, 4):
                expected.append(cnn[0](images).detach().double().numpy())
            train(cnn, images, labels, n_steps=1, observer=observer)
    assert [batch.n_samples for batch in seen] == [8, 8, 8]
    for batch, layer in zip(seen, expected, strict=True):
        np.testing.assert_array_equal(batch.layers["0"], layer)


def test_evaluation_is_no_step(cnn: nn.Module, images: Any, labels: Any, seen: list[LayerBatch]) -> None:
    with watch(cnn, ["5"]) as observer:
        logits = cnn(images)
        cnn.eval()
        cnn(images + 1)
        cnn.train()
        with torch.no_grad():
            cnn(images + 1)
        with torch.inference_mode():
            cnn(images + 1)
        functional.cross_entropy(logits, labels).backward()
        observer.note_labels(labels)
    assert observer.n_steps == len(seen) == 1
    np.testing.assert_array_equal(seen[0].layers["5"], logits.detach().double().numpy())
    assert observer.records[0].unobserved == {}


def test_a_step_is_measured_once_it_is_whole_or_over(cnn: nn.Module, images: Any, labels: Any, seen: list[Any]) -> None:
    with pytest.warns(ObservationWarning, match="no gradient came"), watch(cnn, ["5"]) as observer:
        loss = functional.cross_entropy(cnn(images), labels)
        assert observer.records == ()
        loss.backward()
        assert observer.records == ()
        observer.note_labels(labels)
        assert len(seen) == 0
        assert len(observer.records) == len(seen) == 1
        assert len(observer.records) == 1
        train(cnn, images, labels, n_steps=1, observer=observer)
        assert len(seen) == 1
        cnn(images)
        assert len(seen) == 2
    assert len(observer.records) == len(seen) == 3
    np.testing.assert_array_equal(seen[1].labels, labels.numpy())
    assert dict(observer.records[2].unobserved) == {
        "labels": "no labels: give loss=, or call note_labels",
        "error of 5": "no gradient came before the step was over",
    }


def test_labels_noted_first_belong_to_the_step_to_come(
    cnn: nn.Module, images: Any, labels: Any, seen: list[LayerBatch]
) -> None:
    with watch(cnn, ["5"], at=2) as observer:
        for step in range(4):
            observer.note_labels((labels + step) % 3)
            train(cnn, images, labels, n_steps=1)
    np.testing.assert_array_equal(seen[0].labels, labels.numpy())
    np.testing.assert_array_equal(seen[1].labels, ((labels + 2) % 3).numpy())


def test_labels_noted_last_belong_to_the_step_before(
    cnn: nn.Module, images: Any, labels: Any, seen: list[LayerBatch]
) -> None:
    with watch(cnn, ["5"], at=2) as observer:
        cnn.eval()
        cnn(images)
        observer.note_labels(labels + 7)  # of no step
        cnn.train()
        for step in range(3):
            train(cnn, images, labels, n_steps=1)
            noted = (labels + step) % 3
            observer.note_labels(noted)
            noted.zero_()
            observer.note_labels(noted)  # as a validation would
    np.testing.assert_array_equal(seen[0].labels, labels.numpy())
    np.testing.assert_array_equal(seen[1].labels, ((labels + 2) % 3).numpy())


@pytest.mark.parametrize("noted", [[0, 1, 2, 0, 1, 2, 0, 1], np.array([0, 1, 2, 0, 1, 2, 0, 1]), None])
def test_labels_of_any_kind(cnn: nn.Module, images: Any, labels: Any, seen: list[LayerBatch], noted: Any) -> None:
    with watch(cnn, ["5"]) as observer:
        train(cnn, images, labels, n_steps=1)
        observer.note_labels(noted)
    assert (seen[0].labels is None) is (noted is None)


def test_that_labels_are_missing_is_said_once_and_no_warning(cnn: nn.Module, images: Any, labels: Any) -> None:
    with watch(cnn, ["5"]) as observer:
        train(cnn, images, labels, n_steps=3)
    assert [note for note in observer.notes if "no labels" in note] == [
        "step 0, labels: no labels: give loss=, or call note_labels"
    ]
    assert all(record.figures.label_information is None for record in observer.records if record.figures)


def test_what_is_missing_is_warned_of_once_a_kind(cnn: nn.Module, images: Any, labels: Any) -> None:
    model = nn.ModuleDict({"net": cnn, "idle": nn.Linear(2, 2), "other": nn.Linear(2, 2)})
    model.forward = cnn.forward
    with pytest.warns(ObservationWarning) as issued, watch(model) as observer:
        for _ in range(2):
            train(model, images, labels, n_steps=1)
            observer.note_labels(labels[:3])
    assert [str(warning.message) for warning in issued] == [
        "step 0, labels: there are 3 labels and 8 images",
        "step 0, idle: it was not called in the forward pass",
    ]
    assert list(observer.notes[1:]) == [str(warning.message) for warning in issued]
    assert [list(record.unobserved) for record in observer.records] == [["labels", "idle", "other"]] * 2


def one_bad_step(model: nn.Module, images: Any, match: str) -> Any:
    with watch(model) as observer, pytest.warns(ObservationWarning, match=match):
        model(images).sum().backward()
        observer.note_labels(torch.zeros(len(images), dtype=torch.int64))
        (record,) = observer.records
    return record


def test_a_batch_of_one(images: Any) -> None:
    record = one_bad_step(nn.Linear(36, 3), images[:1].flatten(1), "two samples or more, got 1")
    assert record.figures is None
    assert list(record.unobserved) == ["step"]
    assert record.rows() == []


@pytest.mark.parametrize("value", [float("nan"), float("inf")])
def test_layers_and_errors_that_are_not_finite(images: Any, value: float) -> None:
    class Exploding(nn.Module):
        def forward(self, values: torch.Tensor) -> torch.Tensor:
            return values * value

    model = nn.Sequential(nn.Flatten(), nn.Linear(36, 3), nn.Linear(3, 3), Exploding())
    with watch(model, ["1", "3"]) as observer, pytest.warns(ObservationWarning, match="not finite"):
        model(images).sum().backward()
        observer.note_labels(torch.zeros(8, dtype=torch.int64))
        (record,) = observer.records
    assert record.figures.layers == ("1",)
    assert dict(record.unobserved) == {
        "3": "its values are not finite",
        "error of 1": "its gradient is not finite",
    }


def test_no_layer_that_is_finite(images: Any) -> None:
    model = nn.Linear(36, 3)
    nn.init.constant_(model.weight, float("nan"))
    record = one_bad_step(model, images.flatten(1), "not finite")
    assert record.figures is None
    assert record.unobserved["step"] == "no layer gave finite numbers"


def test_inputs_that_are_not_finite(images: Any) -> None:
    record = one_bad_step(nn.Linear(36, 3), images.flatten(1) / 0, "inputs: wanted finite numbers")
    assert record.figures is None


def test_inputs_that_are_no_numbers() -> None:
    record = one_bad_step(nn.Embedding(5, 3), torch.arange(5), "given no batch of floating-point numbers")
    assert record.figures is None
    assert list(record.unobserved) == ["step"]


def test_no_layer_that_can_be_measured(images: Any) -> None:
    class Sorting(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.order, self.weight = Order(), nn.Parameter(torch.ones(36))

        def forward(self, values: torch.Tensor) -> torch.Tensor:
            return values[self.order(values)] * self.weight

    class Order(nn.Module):
        def forward(self, values: torch.Tensor) -> torch.Tensor:
            return values.sum(1).argsort()

    model = Sorting()
    with pytest.warns(ObservationWarning, match=r"int64|no layer gave"), watch(model, ["order"]) as observer:
        model(images.flatten(1)).sum().backward()
    assert observer.records[0].unobserved["step"] == "no layer gave anything that can be measured"


def test_a_failure_of_measuring_does_not_end_the_training(
    cnn: nn.Module, images: Any, labels: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: Any, **__: Any) -> None:
        raise np.linalg.LinAlgError("no eigenvalues")

    monkeypatch.setattr(steps, "measure_layers", fail)
    with pytest.warns(ObservationWarning, match="LinAlgError: no eigenvalues"), watch(cnn, ["5"]) as observer:
        train(cnn, images, labels, n_steps=2, observer=observer)
    assert observed(observer) == [0, 1]
    assert "measuring failed" in observer.records[1].unobserved["step"]


def test_without_any_step_it_says_why(cnn: nn.Module, images: Any) -> None:
    with pytest.warns(ObservationWarning, match="5 other forward passes.*3 in evaluation.*2 with gradients off"):
        with watch(cnn) as observer:
            cnn.eval()
            for _ in range(3):
                cnn(images)
            cnn.train()
            with torch.no_grad():
                cnn(images)
                cnn(images)
        assert observer.notes[-1].startswith("no step of training was seen")
    with pytest.warns(ObservationWarning, match="but 0 other forward passes"), watch(cnn):
        cnn.forward(images)
    with pytest.warns(ObservationWarning, match="none of the 1 steps seen was chosen"), watch(cnn, at={3}) as observer:
        cnn(images)
    observer.stop()  # says no more


def test_an_exception_passes_and_drops_the_step_that_is_not_whole(cnn: nn.Module, images: Any, labels: Any) -> None:
    error = RuntimeError("mine")
    observer = watch(cnn, ["5"])
    with pytest.raises(RuntimeError) as raised, observer:
        train(cnn, images, labels, n_steps=2, observer=observer)
        cnn(images)
        raise error
    assert raised.value is error
    assert observed(observer) == [0, 1]


def test_an_interrupt_keeps_the_step_that_is_whole(cnn: nn.Module, images: Any, labels: Any, seen: list[Any]) -> None:
    observer = watch(cnn, ["5"])
    with pytest.raises(KeyboardInterrupt), observer:
        train(cnn, images, labels, n_steps=1, observer=observer)
        raise KeyboardInterrupt
    assert seen == []  # nobody who interrupts wants to wait
    assert observed(observer) == [0]


class Failing(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.first, self.last = nn.Linear(36, 4), nn.Linear(4, 3)
        self.error: BaseException | None = None

    def forward(self, values: torch.Tensor) -> torch.Tensor:
        hidden = self.first(values.flatten(1))
        if self.error is not None:
            raise self.error
        return self.last(hidden)


@pytest.mark.parametrize("error", [ValueError("batch left out"), KeyboardInterrupt()])
def test_a_forward_pass_that_fails_and_is_caught(images: Any, labels: Any, error: BaseException) -> None:
    model = Failing()
    with pytest.warns(ObservationWarning), watch(model) as observer:
        model.error = error
        with pytest.raises(type(error)):
            model(images)
        model.error = None
        train(model, images, labels, n_steps=1, observer=observer)
    first, second = observer.records
    assert first.figures is None
    assert first.unobserved["step"] == "its forward pass was not finished"
    assert second.unobserved == {}


def test_a_forward_pass_that_is_interrupted_is_dropped(images: Any, labels: Any) -> None:
    model = Failing()
    model.error = KeyboardInterrupt()
    with pytest.raises(KeyboardInterrupt), watch(model, ["last"]) as observer:
        model(images)
    assert observer.records == ()


def test_stopping_within_a_forward_pass_leaves_it_unfinished(images: Any) -> None:
    model = nn.Sequential(nn.Flatten(), nn.Linear(36, 3))
    observer = watch(model)
    model[1].register_forward_hook(lambda *_: observer.stop())
    with pytest.warns(ObservationWarning), observer:
        output = model(images)
    assert not output._backward_hooks
    assert dict(observer.records[0].unobserved) == {
        "step": "its forward pass was not finished",
        "labels": "no labels: give loss=, or call note_labels",
        "1": "it was not called in the forward pass",
    }


def test_it_can_be_started_and_stopped_again(cnn: nn.Module, images: Any, labels: Any) -> None:
    observer = watch(cnn, ["5"], at=2)
    assert observer.start() is observer
    with pytest.raises(InputError, match=r"one at rest.*stop\(\)"):
        observer.start()
    train(cnn, images, labels, n_steps=1, observer=observer)
    observer.stop()
    observer.stop()
    train(cnn, images, labels, n_steps=4)
    with observer:
        train(cnn, images, labels, n_steps=2, observer=observer)
    assert observed(observer) == [0, 2]


def test_two_observers_of_one_model(cnn: nn.Module, images: Any, labels: Any) -> None:
    with watch(cnn, ["0"], at=2) as one, watch(cnn, ["5"]) as other:
        train(cnn, images, labels, n_steps=3)
    assert (observed(one), observed(other)) == ([0, 2], [0, 1, 2])


def test_copies_made_meanwhile_are_not_observed(cnn: nn.Module, images: Any, labels: Any) -> None:
    criterion = nn.CrossEntropyLoss()
    with watch(cnn, ["5"], loss=criterion) as observer:
        averaged, judge, file = copy.deepcopy(cnn), copy.deepcopy(criterion), io.BytesIO()
        torch.save(cnn, file)
        file.seek(0)
        loaded = torch.load(file, weights_only=False)
        for model in (averaged, loaded):
            judge(model(images), labels).backward()
        criterion(cnn(images), labels).backward()
    assert observer.n_steps == 1
    assert observer.records[0].unobserved == {}
    assert torch.equal(loaded(images), averaged(images))


def test_an_output_can_be_saved_meanwhile(cnn: nn.Module, images: Any, labels: Any) -> None:
    with watch(cnn, ["5"]), warnings.catch_warnings():
        warnings.simplefilter("error")  # torch warns of hooks that it does not save
        output = cnn(images)
        torch.save(output, io.BytesIO())
        output.sum().backward()


def test_rows_and_frames_are_in_the_unit_asked_for(cnn: nn.Module, images: Any, labels: Any) -> None:
    with watch(cnn, ["0", "4", "5"], at=2) as observer:
        train(cnn, images, labels, n_steps=3, observer=observer)
    rows = observer.rows()
    assert [(row["step"], row["layer"]) for row in rows] == [(s, layer) for s in (0, 2) for layer in ("0", "4", "5")]
    assert observer.rows("nat")[0]["input_information"] == pytest.approx(rows[0]["input_information"] * np.log(2))
    assert {"label_information", "label_information_null", "error_information_excess"} <= rows[0].keys()
    frame = observer.to_frame("nat")
    assert len(frame) == 6
    assert frame["input_information"][0] == observer.rows("nat")[0]["input_information"]
    with pytest.raises(InputError, match="unit: wanted one of nat, bit, ban"):
        observer.rows("byte")


def test_by_default_every_fiftieth_step_is_measured_without_pairs(cnn: nn.Module, images: Any, labels: Any) -> None:
    with observe(cnn, ["0", "5"]) as observer:
        train(cnn, images, labels, n_steps=51, observer=observer)
    assert observed(observer) == [0, 50]
    figures = observer.records[0].figures
    assert figures is not None
    assert figures.pairs == {}
    assert figures.input_information.n_permutations == 2


def test_kernel_sizes_by_alignment_go_on_from_the_step_before(
    cnn: nn.Module, images: Any, labels: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    given: list[Any] = []
    measure = steps.measure_layers

    def note(batch: LayerBatch, settings: LayerSettings, *, sizes_before: Any) -> Any:
        given.append(sizes_before)
        return measure(batch, settings, sizes_before=sizes_before)

    monkeypatch.setattr(steps, "measure_layers", note)
    settings = LayerSettings(kernel_size="alignment", shuffles=0, pairs=0)
    with observe(cnn, ["5"], at=1, settings=settings, loss=None) as observer:
        train(cnn, images, labels, n_steps=3, observer=observer)
    sizes = [record.figures.sizes for record in observer.records if record.figures is not None]
    assert len(given) == len(sizes) == 3
    assert given[0] is None
    assert given[1] is sizes[0]
    assert given[2] is sizes[1]
