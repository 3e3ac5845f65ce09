"""Section IV, 2 and figure 8 of the source: VGG-16 on CIFAR-10."""

from functools import partial
from typing import Any

import numpy as np

from sightbits.core.images import ImageDataset
from sightbits.core.result import plain
from sightbits.core.units import Unit
from sightbits.estimation.layers import measure_layers
from sightbits.ledger.claim import Claim, Relation
from sightbits.ledger.drawings import Curves, Line
from sightbits.ledger.evidence import Evidence, Outcome
from sightbits.ledger.experiment import Experiment, UnavailableError, Workbench
from sightbits.ledger.sources.cnn_information.data_processing import Chains
from sightbits.ledger.sources.cnn_information.flows import END, FlowTask, said
from sightbits.ledger.sources.cnn_information.information_plane import rise_of
from sightbits.ledger.sources.cnn_information.parts import Part
from sightbits.networks.reference import NetworkChoice
from sightbits.studies.information_flow.traces import INPUT

CHOICE = NetworkChoice(model="vgg16")
BOTTOM = CHOICE.convolutions[:7]
OF_512 = CHOICE.convolutions[7:]
TOP = (*CHOICE.connected, "out")
_SHUFFLED = "what a layer knows of the input: samples are shuffled"

BOTTOM_SATURATES = Claim(
    name="bottom-layers-saturate",
    text="What the bottom layers of VGG-16 tell of the input is saturated.",
    place="Section IV, 2",
    relation=Relation.AT_LEAST,
    claimed=1.0,
    tolerance=0.02,
    unit="I(X; T) over H(X), the least of the first seven convolutions",
    control=_SHUFFLED,
)
PRODUCT_VANISHES = Claim(
    name="products-of-512-vanish",
    text="The product of 512 kernels is nearly nothing off its diagonal: every sample differs from every other.",
    place="Section IV, 2",
    relation=Relation.AT_LEAST,
    claimed=1.0,
    tolerance=0.02,
    unit="entropy of a layer of 512 maps over that of samples that are all different",
    each=True,
)
TRAINED = (
    Claim(
        name="forward-of-vgg",
        text="In VGG-16, too, information about the input does not rise from layer to layer, in most cases.",
        place="Section IV, 2, figure 8",
        relation=Relation.ABOVE,
        claimed=0.5,
        unit="share of inequalities, at the end",
        control=_SHUFFLED,
    ),
    Claim(
        name="top-layers-rise",
        text="What the top layers of VGG-16 tell of the input rises rapidly.",
        place="Section IV, 2, figure 8",
        relation=Relation.ABOVE,
        claimed=0.0,
        tolerance=0.1,
        unit="bit from start to end, mean of the connected layers",
        control=_SHUFFLED,
    ),
    Claim(
        name="bottom-layers-stay",
        text="The bottom layers have almost the same values through all epochs.",
        place="Section IV, 2",
        relation=Relation.EQUALS,
        claimed=0.0,
        tolerance=0.1,
        unit="bit from start to end, mean of the first seven convolutions",
    ),
)
FULL_ONLY = "VGG-16 takes seconds an update: the full run trains it."


def _probed(images: ImageDataset, seed: int) -> dict[str, Any]:
    from sightbits.networks.convolutional import build_network  # noqa: PLC0415  an extra
    from sightbits.networks.observing.probing import probe_network  # noqa: PLC0415
    from sightbits.networks.training import as_inputs  # noqa: PLC0415

    model = build_network(CHOICE, image_shape=images.image_shape, n_labels=images.n_labels, seed=seed)
    inputs = as_inputs(images.images, images.value_range)
    batch = probe_network(model, inputs, images.labels.astype(np.int64), layers=CHOICE.convolutions)
    figures = measure_layers(batch, shuffles=2, pairs=0)
    told = figures.input_information
    return plain(
        {
            "share": told.value / figures.input_entropy,
            "shuffled": told.null_mean / figures.input_entropy,
            "entropy": figures.entropy / np.log(figures.n_samples),
            "input_entropy": Unit.BIT.from_nats(figures.input_entropy),
        }
    )


def _run_untrained(bench: Workbench) -> Outcome:
    part = Part(name="cifar-10")
    seeds = bench.seeds(1, 5)
    (images,) = part.batches(bench, n=1)
    found = [bench.once(f"vgg16 untrained, seed {seed}", partial(_probed, images, seed)) for seed in seeds]
    share, shuffled, entropy = (np.array([one[name] for one in found]) for name in ("share", "shuffled", "entropy"))
    bottom, deep = ([CHOICE.convolutions.index(name) for name in names] for names in (BOTTOM, OF_512))
    note = (
        f"Untrained, {len(found)} network{'s' * (len(found) > 1)}, 128 images of the exact part of CIFAR-10, H(X) "
        f"{found[0]['input_entropy']:.2f} bits."
    )
    return Outcome(
        evidence={
            BOTTOM_SATURATES.name: Evidence(
                values=tuple(share[:, bottom].min(axis=1).tolist()),
                control=tuple(shuffled[:, bottom].min(axis=1).tolist()),
                note=f"{note} I(X; T) over H(X): {said(CHOICE.convolutions, share.mean(axis=0).tolist())}.",
            ),
            PRODUCT_VANISHES.name: Evidence(
                values=tuple(entropy[:, deep].mean(axis=0).tolist()),
                note=f"{note} A layer a value: {said(OF_512, entropy[:, deep].mean(axis=0).tolist())}. Where maps are "
                "small beside the size of the kernel even 512 factors are near 1.",
            ),
        },
        drawings=(
            Curves(
                name="vgg-untrained",
                title="What the convolutions of an untrained VGG-16 tell of the input",
                place="Section IV, 2",
                x_title="convolution",
                y_title="share of H(X)",
                lines={
                    name: Line(
                        x=tuple(float(i + 1) for i in range(len(CHOICE.convolutions))), y=tuple(values.mean(axis=0))
                    )
                    for name, values in (("information", share), ("samples shuffled", shuffled))
                },
            ),
        ),
    )


def _run_trained(bench: Workbench) -> Outcome:
    if bench.quick:
        raise UnavailableError(FULL_ONLY)
    task = FlowTask(
        title="CIFAR-10, VGG-16",
        part=Part(name="cifar-10", every=2, every_test=2),
        options={"model": "vgg16", "epochs": 3, "looks": 5, "probes": 1, "shuffles": 3, "pairs": 0},
    )
    flow = task.follow(bench)
    chains = Chains(flow=flow)
    note = (
        f"One network, 4,034 images of the exact part of CIFAR-10, 3 epochs, {100 * flow.accuracy[:, -1].mean():.0f} % "
        "right: it has learned little. At the end "
        f"{said(flow.chain, flow.of(INPUT, flow.chain)[:, -1].mean(axis=0).tolist())} bits."
    )
    by_name = {
        "forward-of-vgg": tuple(1 - chains.broken("forward", END, shuffled=shuffled) for shuffled in (False, True)),
        "top-layers-rise": tuple(rise_of(flow.of(INPUT, TOP, shuffled=shuffled)) for shuffled in (False, True)),
        "bottom-layers-stay": (rise_of(flow.of(INPUT, BOTTOM)), np.empty(0)),
    }
    return Outcome(
        evidence={
            name: Evidence(values=tuple(map(float, values)), control=tuple(map(float, control)), note=note)
            for name, (values, control) in by_name.items()
        }
    )


EXPERIMENTS = (
    Experiment(name="VGG-16 untrained", claims=(BOTTOM_SATURATES, PRODUCT_VANISHES), run=_run_untrained, extra="torch"),
    Experiment(name="VGG-16 trained", claims=TRAINED, run=_run_trained, extra="torch"),
)
