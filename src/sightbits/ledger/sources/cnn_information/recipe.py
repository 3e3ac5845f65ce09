"""Section III of the source: its data, and how its networks are trained."""

from functools import partial

import numpy as np

from sightbits.ledger.claim import Claim, Relation
from sightbits.ledger.evidence import Evidence, Outcome
from sightbits.ledger.experiment import Experiment, UnavailableError, Workbench
from sightbits.ledger.sources.cnn_information.flows import FlowTask, mnist_tasks, recipe_of

SIZES = {"mnist": (10, 70_000), "fashion-mnist": (10, 70_000), "hasyv2": (369, 168_233)}
TITLES = {"mnist": "MNIST", "fashion-mnist": "Fashion-MNIST", "hasyv2": "HASYv2"}
TESTS = {"mnist": 10_000, "fashion-mnist": 10_000, "hasyv2": 16_827}


def _size(name: str) -> Claim:
    n_classes, n_images = SIZES[name]
    return Claim(
        name=f"size-{name}",
        text=f"{TITLES[name]} has {n_images:,} images of {n_classes} classes.",
        place="Table I",
        relation=Relation.EQUALS,
        claimed=float(n_images),
        unit="images, less 1 for each class too many or too few",
    )


SIZE_CLAIMS = {name: _size(name) for name in SIZES}
TRAINS = Claim(
    name="recipe-trains",
    text="Networks with ReLU are trained at rate .1 with momentum .95.",
    place="Section III, training",
    relation=Relation.AT_LEAST,
    claimed=0.0,
    tolerance=1.0,
    unit="points of accuracy, at rate .1 less at rate .02",
)


def _count(name: str, bench: Workbench) -> Outcome:
    dataset = bench.dataset(name)
    n_classes, _ = SIZES[name]
    value = dataset.n_images - abs(len(np.unique(dataset.labels)) - n_classes)
    n_test = 0 if dataset.in_test is None else int(np.count_nonzero(dataset.in_test))
    return Outcome(
        evidence={
            SIZE_CLAIMS[name].name: Evidence(
                values=(float(value),),
                note=f"{n_test:,} of them are test images by the split used here; in the source {TESTS[name]:,}.",
            )
        }
    )


def _train(bench: Workbench) -> Outcome:
    if bench.quick:
        raise UnavailableError(
            "Within minutes networks get no further than where both rates still do: the full run asks."
        )
    usual = mnist_tasks(bench)[0]
    options = {**usual.options, "rate": 0.1, "looks": 3, "probes": 1, "shuffles": 1, "pairs": 0}
    fast = FlowTask(title="MNIST, ReLU at rate .1", part=usual.part, options=options).follow(bench)
    slow = usual.follow(bench)
    difference = 100 * (fast.accuracy[:, -1] - slow.accuracy[:, -1])
    return Outcome(
        evidence={
            TRAINS.name: Evidence(
                values=tuple(difference.tolist()),
                note=f"Accuracy at rate .1: {', '.join(f'{100 * one:.1f}' for one in fast.accuracy[:, -1])} %; at .02, "
                f"which is the default here: {', '.join(f'{100 * one:.1f}' for one in slow.accuracy[:, -1])} %. The "
                f"source's framework and first weights are not known. Tolerance: a point. {recipe_of(bench)}",
            )
        }
    )


EXPERIMENTS = (
    *(
        Experiment(name=f"size of {name}", claims=(claim,), run=partial(_count, name))
        for name, claim in SIZE_CLAIMS.items()
    ),
    Experiment(name="rate of the source", claims=(TRAINS,), run=_train, extra="torch"),
)
