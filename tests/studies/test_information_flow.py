"""Networks followed while they learn: what is measured when, cut off and gone on, against the parts it is made of."""

import json
import signal
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import jaxtyping
import numpy as np
import pytest
import torch

import sightbits as sb
from sightbits.core.checks import InputError
from sightbits.core.units import Unit
from sightbits.datasets.splitting import split_dataset
from sightbits.estimation.layers import LayerBatch, LayerSettings, measure_layers
from sightbits.networks.convolutional import build_network
from sightbits.networks.observing.probing import probe_network
from sightbits.networks.torch_bank import one_thread
from sightbits.networks.training import Trainer, as_inputs
from sightbits.studies.information_flow import FlowSettings, InformationFlow, follow_information
from sightbits.studies.information_flow.following import _draw_probes
from sightbits.studies.information_flow.run import rescaled
from sightbits.studies.information_flow.settings import look_steps

LITTLE = {"epochs": 2, "looks": 4, "probes": 2, "samples": 16, "shuffles": 2, "pairs": 2, "rate": 0.1, "jobs": 2}
FEW = {name: LITTLE[name] for name in ("shuffles", "pairs")}


@pytest.fixture(scope="session")
def digits():
    return sb.load_dataset("digits", limit=400)


@pytest.fixture(scope="session")
def flow(digits) -> InformationFlow:
    return follow_information(digits, seeds=2, **LITTLE)


class Cut(Exception):
    """As if the process had been cut off."""


class CutAfter:
    """Listens to progress, and cuts the work off after so many words."""

    def __init__(self, words: int) -> None:
        self.left = words

    def __call__(self, task: str, done: int, total: int, /) -> None:
        self.left -= 1
        if self.left < 0:
            raise Cut


def same(one: InformationFlow, other: InformationFlow) -> bool:
    return one.to_json() == other.to_json()


@pytest.mark.parametrize(
    ("n_steps", "per_epoch", "looks"), [(4680, 468, 16), (10, 10, 3), (1, 1, 5), (30, 3, 16), (7, 1, 3), (40, 20, 100)]
)
def test_looks_are_few_and_have_start_epoch_and_end(n_steps: int, per_epoch: int, looks: int) -> None:
    steps = look_steps(n_steps, steps_per_epoch=per_epoch, looks=looks)
    assert list(steps) == sorted(set(steps))
    assert {0, per_epoch, n_steps} <= set(steps)
    assert len(steps) <= max(looks, 3)
    assert max(steps) == n_steps
    assert len(steps) >= min(looks, 3, n_steps + 1)


def test_what_is_measured_is_what_the_parts_measure(flow: InformationFlow, digits) -> None:
    settings = flow.settings
    train, test = split_dataset(digits, 0)
    probes = _draw_probes(test, settings)
    with one_thread():
        for seed in range(2):
            model = build_network(settings.network, image_shape=(8, 8), n_labels=10, seed=seed)
            plan = settings.plan(seed)
            trainer = Trainer(model, train.images, train.labels, plan, value_range=(0.0, 16.0), work={})
            for k, step in enumerate(flow.steps):
                trainer.advance(step)
                assert flow.accuracy[seed, k] == trainer.evaluate(test.images, test.labels)
                since = trainer.losses[flow.steps[k - 1] if k else 0 :]
                assert flow.loss[seed, k] == since.mean() if k else np.isnan(flow.loss[seed, k])
                for i, probe in enumerate(probes):
                    batch = probe_network(model, as_inputs(probe.images, (0.0, 16.0)), probe.labels, layers=flow.layers)
                    for trace, chosen in (
                        (flow.main, LayerSettings(**FEW)),
                        (flow.scale_free, LayerSettings(**FEW, kernel_size="median", maps="tensor")),
                    ):
                        told = measure_layers(batch, chosen, pairs_of=["conv1", "conv2"])
                        at = (seed, k, i)
                        rows = {name: values.reshape(16, -1).astype(float) for name, values in batch.layers.items()}
                        spreads = [values.var(axis=0).sum() ** 0.5 for values in rows.values()]
                        np.testing.assert_allclose(flow.scale[at], spreads, rtol=1e-9)
                        assert trace.input_entropy[at] == told.input_entropy
                        np.testing.assert_array_equal(
                            trace.columns["input_information"][at], told.input_information.value
                        )
                        np.testing.assert_array_equal(
                            trace.columns["label_information_null"][at], told.label_information.null_mean
                        )
                        np.testing.assert_array_equal(
                            trace.columns["error_information"][at][:-1], told.error_information.value
                        )
                        assert np.isnan(trace.columns["error_information"][at][-1])
                        assert trace.columns["redundancy"][at][2] == float(told.pairs["conv2"].redundancy.value)


def test_probes_are_test_images_each_once_while_they_suffice(digits) -> None:
    _, test = split_dataset(digits, 0)
    probes = _draw_probes(test, FlowSettings(**LITTLE))
    drawn = np.concatenate([probe.images for probe in probes])
    known = {image.tobytes() for image in test.images}
    assert all(image.tobytes() in known for image in drawn)
    assert len({image.tobytes() for image in drawn}) == len(drawn) == 32
    many = _draw_probes(test, FlowSettings(**{**LITTLE, "samples": 1000}))
    assert [probe.n_images for probe in many] == [test.n_images] * 2


def test_at_the_start_the_rescaled_network_is_the_network(flow: InformationFlow) -> None:
    for name in ("input_information", "label_information", "redundancy", "non_redundant_input"):
        np.testing.assert_allclose(flow.rescaled.columns[name][:, 0], flow.main.columns[name][:, 0], atol=1e-9)
    assert "input_information_null" not in flow.rescaled.columns
    later = np.abs(flow.rescaled.mean("input_information")[-1] - flow.main.mean("input_information")[-1])
    assert later.max() > 1e-5


def test_each_layer_is_rescaled_by_one_number_to_the_spread_of_the_trained() -> None:
    rng = np.random.default_rng(0)
    first, second = ({"conv": rng.normal(size=(9, 2, 3)), "fc": times * rng.random((9, 4))} for times in (1, 50))
    first["dead"], second["dead"] = np.full((9, 2), 3.0), rng.random((9, 2))
    inputs = rng.random((9, 5))
    trained = LayerBatch(inputs=inputs, labels=np.arange(9), layers=second, errors=second)
    found = rescaled(LayerBatch(inputs=inputs, labels=np.arange(9), layers=first, errors=first), trained)
    assert list(found.layers) == ["conv", "fc", "dead"]
    assert not found.errors
    for name in ("conv", "fc"):
        times = found.layers[name] / first[name]
        np.testing.assert_allclose(times, np.full(times.shape, times.flat[0]))
        spreads = [((one[name] - one[name].mean(axis=0)) ** 2).sum() for one in (found.layers, second)]
        assert spreads[0] == pytest.approx(spreads[1])
    assert (found.layers["dead"] == 3).all()
    assert (found.inputs == inputs).all()


def test_the_spread_of_the_rescaled_is_that_of_the_trained(flow: InformationFlow) -> None:
    assert flow.scale.shape == (2, len(flow.steps), 2, 6)
    assert (flow.scale > 0).all()
    grown = flow.scale[:, -1] / flow.scale[:, 0]
    assert grown.max() > 1.05


@pytest.mark.parametrize("words", [1, 6, 11])
def test_cut_off_anywhere_it_ends_as_unbroken(flow: InformationFlow, digits, tmp_path: Path, words: int) -> None:
    journal = tmp_path / "journal.jsonl"
    with pytest.raises(Cut):
        follow_information(digits, seeds=2, journal_path=journal, progress=CutAfter(words), **LITTLE)
    found = follow_information(digits, seeds=2, journal_path=journal, **LITTLE)
    assert same(found, flow)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["network-seed-0.pt", "network-seed-1.pt"]


# Stands still in its training once three looks are on record.
KILLED = """
import signal, sys
from pathlib import Path
import sightbits as sb
journal = Path(sys.argv[1])
def stand_still(task, done, total):
    if journal.exists() and journal.read_text().count("\\n") == 3:
        print("three looks", flush=True)
        signal.pause()
sb.follow_information(sb.load_dataset("digits", limit=400), journal_path=journal, progress=stand_still, **{options!r})
"""


def test_a_run_killed_while_it_trains_ends_as_unbroken(tmp_path: Path) -> None:
    journal = tmp_path / "journal.jsonl"
    options = {**LITTLE, "epochs": 12, "looks": 6, "probes": 1, "jobs": 1}
    code = KILLED.format(options=options)
    with subprocess.Popen([sys.executable, "-c", code, str(journal)], stdout=subprocess.PIPE, text=True) as child:
        assert child.stdout.readline() == "three looks\n"
        child.send_signal(signal.SIGKILL)
    assert child.returncode == -signal.SIGKILL
    assert journal.exists()
    data = sb.load_dataset("digits", limit=400)
    broken = follow_information(data, journal_path=journal, **options)
    whole = follow_information(data, **options)
    assert same(broken, whole)
    weights = torch.load(tmp_path / "network-seed-0.pt", weights_only=True)
    model = build_network(whole.settings.network, image_shape=(8, 8), n_labels=10, seed=0)
    model.load_state_dict(weights)
    _, test = split_dataset(data, 0)
    right = model.eval()(as_inputs(test.images, (0.0, 16.0))).argmax(1).numpy() == test.labels
    assert right.mean() == whole.accuracy[0, -1]


def test_a_checkpoint_whose_looks_are_not_known_is_trained_anew(flow: InformationFlow, digits, tmp_path: Path) -> None:
    journal = tmp_path / "journal.jsonl"
    with pytest.raises(Cut):
        follow_information(digits, seeds=1, journal_path=journal, progress=CutAfter(5), **LITTLE)
    assert (tmp_path / ".flow-seed-0.pt").exists()
    journal.unlink()
    found = follow_information(digits, seeds=1, journal_path=journal, **LITTLE)
    np.testing.assert_array_equal(found.main.columns["input_information"], flow.main.columns["input_information"][:1])


def test_more_networks_go_on_from_the_same_record(flow: InformationFlow, digits, tmp_path: Path) -> None:
    journal = tmp_path / "journal.jsonl"
    with pytest.raises(Cut):
        follow_information(digits, seeds=1, journal_path=journal, progress=CutAfter(5), **LITTLE)
    assert same(follow_information(digits, seeds=2, journal_path=journal, **LITTLE), flow)


def test_figures_do_not_depend_on_how_many_train_at_a_time(flow: InformationFlow, digits) -> None:
    assert same(follow_information(digits, seeds=2, **{**LITTLE, "jobs": 1}), flow)


def test_the_document_has_the_keys_of_the_contract(flow: InformationFlow, strict) -> None:
    found = strict(flow)
    n_layers, n_steps = len(flow.layers), len(flow.steps)
    assert (found["study"], found["unit"]) == ("flow", "bit")
    assert found["layers"] == ["conv1", "pool1", "conv2", "pool2", "fc1", "out"]
    for way, n in (("forward", n_layers), ("backward", n_layers - 1)):
        assert [row["step"] for row in found[way]] == list(flow.steps)
        for row in found[way]:
            for key in ("mutual_information", "null", "excess"):
                assert len(row[key]) == n
            np.testing.assert_allclose(np.subtract(row["mutual_information"], row["null"]), row["excess"], atol=1e-12)
    assert {"forward_violations", "backward_violations", "tolerance"} <= set(found["dpi"])
    assert found["dpi"]["forward_inequalities"] == 2 * n_steps * 3
    assert found["dpi"]["with_pooling"]["backward_inequalities"] == 2 * n_steps * 4
    assert len(found["plane"]) == n_steps * n_layers
    assert {
        "step",
        "layer",
        "i_xt",
        "i_ty",
        "wnr_x",
        "wnr_y",
        "i_xt_null",
        "i_ty_null",
        "wnr_x_null",
        "wnr_y_null",
    } == set(found["plane"][0])
    pairs = found["redundancy_synergy"]
    assert [(row["step"], row["layer"]) for row in pairs] == [
        (step, layer) for step in flow.steps for layer in ("conv1", "conv2")
    ]
    assert all(row["n_pairs"] == 2 and row["standard_error"] > 0 for row in pairs)
    assert all(row["percent"] + row["non_redundant_percent"] == pytest.approx(100) for row in pairs)
    assert found["accuracy"] == pytest.approx(flow.accuracy[:, -1].mean())
    assert found["controls"]["scale_free"]["kernel_size"] == "median"
    assert found["controls"]["rescaled_untrained"]["plane"][0]["i_xt_null"] is None
    assert found["settings"]["rate"] == 0.1
    assert found["source"]["n_images"] + found["source"]["n_training"] == 400


def test_nats_are_bits_by_another_unit(flow: InformationFlow) -> None:
    nats, bits = replace(flow, unit=Unit.NAT).to_dict(), flow.to_dict()
    assert (nats["unit"], bits["unit"]) == ("nat", "bit")
    for place in (0, -1):
        for key in ("mutual_information", "std", "null", "null_std", "excess"):
            np.testing.assert_allclose(
                np.array(nats["forward"][place][key]), np.log(2) * np.array(bits["forward"][place][key])
            )
    last, same_last = nats["plane"][-6], bits["plane"][-6]
    for key in ("i_xt", "i_ty_null", "wnr_x", "wnr_y"):
        assert last[key] == pytest.approx(np.log(2) * same_last[key])
    assert nats["redundancy_synergy"][0]["percent"] == bits["redundancy_synergy"][0]["percent"]
    assert nats["dpi"]["tolerance"] == pytest.approx(0.01 * np.log(2))
    assert nats["dpi"]["forward_violations"] == bits["dpi"]["forward_violations"]


def test_tables_hold_what_the_document_says(flow: InformationFlow) -> None:
    tables, found = flow.tables(), flow.to_dict()
    layers = {key: np.array(values) for key, values in tables["layers"].items()}
    chosen = (layers["kind"] == "main") & (layers["step"] == flow.steps[-1])
    np.testing.assert_allclose(
        layers["input_information"][chosen], found["forward"][-1]["mutual_information"], rtol=1e-12
    )
    assert set(np.unique(layers["input_information_saturated"][chosen])) <= {0.0, 0.5, 1.0}
    assert len(tables["dpi"]["chain"]) == 8
    assert (
        sum(tables["dpi"]["n_violations"][:2])
        == found["dpi"]["forward_violations"] + found["dpi"]["backward_violations"]
    )
    assert len(tables["learning"]["step"]) == 2 * len(flow.steps)


def test_a_network_that_diverges_is_left_out_and_said(digits) -> None:
    found = follow_information(digits, **{**LITTLE, "rate": 1e6})
    assert any(text.startswith("Training diverged in 1 of 1 networks at rate 1e+06") for text in found.warnings)
    document = json.loads(found.to_json())
    assert document["forward"][-1]["mutual_information"] == [None] * 6
    assert document["forward"][0]["mutual_information"][0] > 0
    assert document["redundancy_synergy"][-1]["percent"] is None


def test_without_pairs_and_by_the_median_there_is_less_to_show(digits) -> None:
    found = follow_information(digits, **{**LITTLE, "pairs": 0, "kernel_size": "median", "epochs": 1})
    assert found.convolutions == ()
    assert found.scale_free is None
    document = found.to_dict()
    assert document["redundancy_synergy"] == []
    assert document["controls"]["scale_free"] is None
    assert "pairs" not in found.tables()


def test_sizes_by_alignment_go_on_from_look_to_look(digits, tmp_path: Path) -> None:
    options = {**LITTLE, "kernel_size": "alignment", "pairs": 0, "epochs": 1}
    whole = follow_information(digits, **options)
    journal = tmp_path / "journal.jsonl"
    with pytest.raises(Cut):
        follow_information(digits, journal_path=journal, progress=CutAfter(3), **options)
    looked = [json.loads(line)["outcome"] for line in journal.read_text().splitlines()]
    sizes = [np.array(look["main"][0]["sizes"]["fc1"]) for look in looked]
    assert len(sizes) >= 2
    assert not np.array_equal(sizes[0], sizes[1])
    assert np.abs(sizes[1] - sizes[0]).max() <= 0.1 * 5 * sizes[0].max()
    assert same(follow_information(digits, journal_path=journal, **options), whole)


@pytest.mark.parametrize(
    ("options", "name"),
    [
        ({"model": "resnet"}, "model"),
        ({"activation": "swish"}, "activation"),
        ({"filters": (6,)}, "filters"),
        ({"filters": (6, 0)}, "filters"),
        ({"epochs": 0}, "epochs"),
        ({"rate": 0.0}, "rate"),
        ({"momentum": 1.0}, "momentum"),
        ({"looks": 2}, "looks"),
        ({"probes": 0}, "probes"),
        ({"samples": 1}, "samples"),
        ({"shuffles": 0}, "shuffles"),
        ({"pairs": -1}, "pairs"),
        ({"alpha": 0.0}, "alpha"),
        ({"kernel_size": "large"}, "kernel_size"),
        ({"maps": "sum"}, "maps"),
        ({"tolerance": -0.1}, "tolerance"),
        ({"seeds": 0}, "seeds"),
        ({"jobs": 0}, "jobs"),
        ({"model": "vgg16"}, "model"),
    ],
)
def test_what_cannot_be_is_refused_before_anything_is_trained(digits, options: dict, name: str) -> None:
    with pytest.raises(InputError, match=rf"^{name}: "):
        follow_information(digits, **options)


@pytest.mark.parametrize(
    ("options", "name"),
    [
        ({"tolerance": "little"}, "tolerance"),
        ({"alpha": "one"}, "alpha"),
        ({"layer_width": None}, "layer_width"),
        ({"rate": "high"}, "rate"),
        ({"filters": 6}, "filters"),
        ({"filters": "6,12"}, "filters"),
    ],
)
def test_settings_of_another_type_are_refused_in_words(options: dict, name: str) -> None:
    jaxtyping.config.update("jaxtyping_disable", True)  # or the type checker of the tests stands before it
    try:
        with pytest.raises(InputError, match=rf"^{name}: "):
            FlowSettings(**options)
    finally:
        jaxtyping.config.update("jaxtyping_disable", False)


def test_too_few_test_images_are_refused() -> None:
    images = np.random.default_rng(0).integers(0, 255, (24, 8, 8), dtype=np.uint8)
    with pytest.raises(InputError, match=r"^images: wanted at least 8 test images"):
        follow_information(images, np.arange(24) % 2, **LITTLE)


def test_colour_images_are_followed(digits) -> None:
    rng = np.random.default_rng(0)
    labels = np.arange(80) % 2
    images = rng.integers(0, 200, (80, 8, 9, 3), dtype=np.uint8) + (50 * labels[:, None, None, None]).astype(np.uint8)
    found = follow_information(images, labels, **{**LITTLE, "epochs": 1, "samples": 16, "batch": 16})
    assert found.image_shape == (8, 9, 3)
    assert np.isfinite(found.main.mean("label_information")).all()
    assert found.unit is Unit.BIT
