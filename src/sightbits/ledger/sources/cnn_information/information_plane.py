"""Section III-C of the source: the information plane, and the modified one."""

from collections.abc import Callable, Sequence

import numpy as np
from jaxtyping import Float

from sightbits.core.units import Unit
from sightbits.information.gram import gaussian_kernel, matrix_renyi_entropy, normalise_gram, silverman_size
from sightbits.ledger.claim import Claim, Relation
from sightbits.ledger.drawings import Curves, Line
from sightbits.ledger.evidence import Evidence, Outcome
from sightbits.ledger.experiment import Experiment, UnavailableError, Workbench
from sightbits.ledger.sources.cnn_information.flows import (
    MAIN,
    RESCALED,
    SCALE_FREE,
    Flow,
    alexnet_tasks,
    fashion_tasks,
    mnist_tasks,
    recipe_of,
    said,
)
from sightbits.ledger.sources.cnn_information.parts import Part
from sightbits.studies.information_flow.traces import INPUT, LABEL, NON_REDUNDANT_INPUT, NON_REDUNDANT_LABEL

LEAST_FALL = 0.1  # bits: from there on a fall counts as compression, up to there as none
EARLY = 0.25  # of the updates
NEEDS_HOURS = "Networks of four convolutions learn next to nothing within minutes: the full run trains them."
_UNTRAINED = "learning: the untrained network, each layer multiplied to the scale of the trained one"
_SHUFFLED = "what a layer can tell: samples are shuffled"


def _rises(name: str, what: str) -> Claim:
    return Claim(
        name=name,
        text=f"{what} rises while a network learns.",
        place="Section III-C, figure 7 (a) and (d)",
        relation=Relation.ABOVE,
        claimed=0.0,
        tolerance=LEAST_FALL,
        unit="bit from start to end, mean of the layers with weights",
        control=_SHUFFLED,
    )


INPUT_RISES = _rises("input-information-rises", "I(X; T)")
LABEL_RISES = _rises("label-information-rises", "I(T; Y)")
EARLY_RISE = Claim(
    name="rise-is-early",
    text="Both rise rapidly, up to a point.",
    place="Section III-C, figure 7 (a) and (d)",
    relation=Relation.AT_LEAST,
    claimed=0.5,
    unit="share of the rise that is done after a quarter of the updates",
)
NO_COMPRESSION = Claim(
    name="plane-without-compression",
    text="Curves of the information plane do not fall again.",
    place="Section III-C, figure 7 (a) and (d)",
    relation=Relation.AT_MOST,
    claimed=0.0,
    tolerance=LEAST_FALL,
    unit="bit from the peak to the end, largest of both axes and all layers with weights",
)


def _compresses(name: str, figure: str, networks: str) -> Claim:
    return Claim(
        name=name,
        text=f"Non-redundant information about the input falls again{networks}: compression.",
        place=f"Section III-C, {figure}",
        relation=Relation.AT_LEAST,
        claimed=LEAST_FALL,
        unit="bit from the peak to the end, mean of the convolutions",
        control=_UNTRAINED,
    )


COMPRESSION = _compresses("modified-plane-compresses", "figure 7 (b), (c), (e)", "")
SIGMOID_MORE = Claim(
    name="sigmoid-compresses-more",
    text="Sigmoid is more likely than ReLU to compress.",
    place="Section III-C, figure 7 (b) and (c), (e) and (f)",
    relation=Relation.ABOVE,
    claimed=0.0,
    unit="bit of the fall with sigmoid less that with ReLU",
    control=_UNTRAINED,
)
KERNEL_MATTERS = Claim(
    name="kernel-size-matters",
    text="Without a fitting kernel size conclusions are spurious.",
    place="Section IV, 3",
    relation=Relation.ABOVE,
    claimed=0.0,
    tolerance=LEAST_FALL,
    unit="bit of the fall by kernels of the source less that by kernels of the median size",
)
NO_COMPRESSION_DEEP = Claim(
    name="plane-without-compression-deep",
    text="With four convolutions on HASYv2 and Fruits 360, too, curves of the information plane do not fall again.",
    place="Appendix C, figure 13 (a) and (d)",
    relation=Relation.AT_MOST,
    claimed=0.0,
    tolerance=LEAST_FALL,
    unit="bit from the peak to the end, largest of both axes and all layers with weights",
)
COMPRESSION_DEEP = _compresses(
    "modified-plane-compresses-deep", "figure 13 (b), (c), (e), (f)", ", with four convolutions"
)
MAXIMUM = Claim(
    name="fruits-maximum",
    text="The entropy of a mini-batch of Fruits 360, the most a layer can tell, is 4.7281.",
    place="Section III-B, figure 4 (b)",
    relation=Relation.EQUALS,
    claimed=4.7281,
    tolerance=0.05,
    unit="bit",
)

Curve = Float[np.ndarray, "networks steps layers"]


def fall_of(curve: Curve) -> Float[np.ndarray, "networks layers"]:
    """Return how far curves end below their peak."""
    return np.asarray(curve.max(axis=1) - curve[:, -1])


def rise_of(curve: Curve) -> Float[np.ndarray, "networks"]:
    """Return how far curves end above their start, averaged over layers."""
    return np.asarray((curve[:, -1] - curve[:, 0]).mean(axis=-1))


def _joined(flows: Sequence[Flow], figure: Callable[[Flow], Float[np.ndarray, "networks"]]) -> tuple[float, ...]:
    return tuple(float(value) for flow in flows for value in figure(flow))


def _fall(flow: Flow, kernels: str = MAIN) -> Float[np.ndarray, "networks"]:
    return fall_of(flow.of(NON_REDUNDANT_INPUT, flow.convolutions, kernels=kernels)).mean(axis=-1)


def _rise(flow: Flow, name: str, *, shuffled: bool) -> Float[np.ndarray, "networks"]:
    return rise_of(flow.of(name, flow.chain, shuffled=shuffled))


def _largest_fall(flow: Flow) -> Float[np.ndarray, "networks"]:
    falls = [fall_of(flow.of(name, flow.chain)).max(axis=-1) for name in (INPUT, LABEL)]
    return np.asarray(np.max(falls, axis=0))


def _early_share(flow: Flow) -> Float[np.ndarray, "networks"]:
    """Return how much of the rise is done after a quarter of the updates, between looks on a straight line."""
    shares = []
    for name in (INPUT, LABEL):
        curves = flow.of(name, flow.chain).mean(axis=-1)
        early = np.array([np.interp(EARLY * flow.steps[-1], flow.steps, curve) for curve in curves])
        shares.append((early - curves[:, 0]) / (curves.max(axis=1) - curves[:, 0]))
    return np.asarray(np.mean(shares, axis=0))


def _evidence(flows: Sequence[Flow], recipe: str) -> dict[str, Evidence]:
    found = {}
    for claim, name in ((INPUT_RISES, INPUT), (LABEL_RISES, LABEL)):
        rises, by_chance = ([_rise(flow, name, shuffled=shuffled) for flow in flows] for shuffled in (False, True))
        excess = [float((one - other).mean()) for one, other in zip(rises, by_chance, strict=True)]
        found[claim.name] = Evidence(
            values=tuple(float(value) for one in rises for value in one),
            control=tuple(float(value) for one in by_chance for value in one),
            note=f"Rise above that of shuffled samples: {said([flow.title for flow in flows], excess)} bits. {recipe}",
        )
    titles = [flow.title for flow in flows]
    found[EARLY_RISE.name] = Evidence(
        values=_joined(flows, _early_share),
        note="Mean of both axes, of curves averaged over layers, from the start to the highest; a steady rise would "
        f"give a quarter. The last update is number {flows[0].steps[-1]:,}. {recipe}",
    )
    found[NO_COMPRESSION.name] = Evidence(
        values=_joined(flows, _largest_fall),
        note=f"Tolerance: {LEAST_FALL} bits, less than saturation (2 % of H(X)). Mean fall: "
        f"{said(titles, [float(_largest_fall(flow).mean()) for flow in flows])} bits. {recipe}",
    )
    found[COMPRESSION.name] = _compression(flows, recipe)
    pairs = list(zip(flows[::2], flows[1::2], strict=True))
    found[SIGMOID_MORE.name] = Evidence(
        values=_more(pairs, MAIN),
        control=_more(pairs, RESCALED),
        note="Network by network of the same seed. Mean fall: "
        f"{said(titles, [float(_fall(flow).mean()) for flow in flows])} bits. {recipe}",
    )
    found[KERNEL_MATTERS.name] = Evidence(
        values=_joined(flows, lambda flow: _fall(flow) - _fall(flow, SCALE_FREE)),
        note="This is what becomes of the modified plane: with kernels that follow the scale the fall is "
        f"{said(titles, [float(_fall(flow, SCALE_FREE).mean()) for flow in flows])} bits. {recipe}",
    )
    return found


def _more(pairs: Sequence[tuple[Flow, Flow]], kernels: str) -> tuple[float, ...]:
    return tuple(float(v) for relu, sigmoid in pairs for v in _fall(sigmoid, kernels) - _fall(relu, kernels))


def _compression(flows: Sequence[Flow], recipe: str) -> Evidence:
    titles = [flow.title for flow in flows]
    main, rescaled, free = (
        said(titles, [float(_fall(flow, kernels).mean()) for flow in flows]) for kernels in (MAIN, RESCALED, SCALE_FREE)
    )
    label = [float(fall_of(flow.of(NON_REDUNDANT_LABEL, flow.convolutions)).mean()) for flow in flows]
    return Evidence(
        values=_joined(flows, _fall),
        control=_joined(flows, lambda flow: _fall(flow, RESCALED)),
        note=f"Mean fall: {main} bits ({LEAST_FALL} or more is compression, less is none); the untrained network at "
        f"the scale of the trained: {rescaled}; kernels of the median size: {free}. The label's part of the modified "
        f"plane: {said(titles, label)}. {recipe}",
    )


def _drawings(flows: Sequence[Flow], place: str) -> tuple[Curves, ...]:
    kinds = (
        ("plane", "Information plane", "the input", "the label", INPUT, LABEL, MAIN),
        ("modified-plane", "Modified information plane", "the input, not redundant", "the label, not redundant",
         NON_REDUNDANT_INPUT, NON_REDUNDANT_LABEL, MAIN),
        ("modified-plane-untrained", "Modified plane of the untrained network at the scale of the trained",
         "the input, not redundant", "the label, not redundant", NON_REDUNDANT_INPUT, NON_REDUNDANT_LABEL, RESCALED),
    )  # fmt: skip
    drawings = []
    for flow in flows:
        for name, title, across, up, x_name, y_name, kernels in kinds:
            layers = flow.chain if x_name == INPUT else flow.convolutions
            x, y = (flow.of(one, layers, kernels=kernels).mean(axis=0) for one in (x_name, y_name))
            drawings.append(
                Curves(
                    name=f"{name}-{flow.title}".lower().replace(",", "").replace(" ", "-"),
                    title=f"{title}, {flow.title}",
                    place=place,
                    x_title=f"information about {across}, in bits",
                    y_title=f"information about {up}, in bits",
                    lines={
                        layer: Line(x=tuple(x[:, i].tolist()), y=tuple(y[:, i].tolist()))
                        for i, layer in enumerate(layers)
                    },
                )
            )
    return tuple(drawings)


def _run(bench: Workbench) -> Outcome:
    flows = [task.follow(bench) for task in (*mnist_tasks(bench), *fashion_tasks(bench))]
    return Outcome(evidence=_evidence(flows, recipe_of(bench)), drawings=_drawings(flows, "Figure 7"))


def _run_deep(bench: Workbench) -> Outcome:
    if bench.quick:
        raise UnavailableError(NEEDS_HOURS)
    flows = [task.follow(bench) for task in alexnet_tasks()]
    recipe = (
        "ReLU at rate .01: HASYv2, 30 60 90 90 filters, a fifth of the images, 4 epochs; Fruits 360, a part that is no "
        "release of it, at half the size, 16 32 64 128 filters, 15 epochs; two networks each."
    )
    return Outcome(
        evidence={
            NO_COMPRESSION_DEEP.name: Evidence(values=_joined(flows, _largest_fall), note=recipe),
            COMPRESSION_DEEP.name: _compression(flows, recipe),
        },
        drawings=_drawings(flows, "Figure 13"),
    )


def _run_maximum(bench: Workbench) -> Outcome:
    batches = Part(name="fruits-360").batches(bench, n=bench.choose(3, 20))
    values = []
    for batch in batches:
        low, high = batch.value_range
        rows = (batch.values.astype(np.float64) - low) / (high - low)
        gram = normalise_gram(gaussian_kernel(rows, silverman_size(len(rows), rows.shape[1], 5.0)))
        values.append(Unit.BIT.from_nats(float(matrix_renyi_entropy(gram))))
    return Outcome(
        evidence={
            MAXIMUM.name: Evidence(
                values=tuple(values),
                note="Batches of 128 images of the part at hand, 100 x 100, grey values from 0 to 1; 128 samples allow "
                "7 bits. The source does not say how it scales images, and its figure is 6.82 bits if it is of nats. "
                "Tolerance: .05 bits.",
            )
        }
    )


EXPERIMENTS = (
    Experiment(
        name="information planes",
        claims=(INPUT_RISES, LABEL_RISES, EARLY_RISE, NO_COMPRESSION, COMPRESSION, SIGMOID_MORE, KERNEL_MATTERS),
        run=_run,
        extra="torch",
    ),
    Experiment(
        name="information planes of deeper networks",
        claims=(NO_COMPRESSION_DEEP, COMPRESSION_DEEP),
        run=_run_deep,
        extra="torch",
    ),
    Experiment(name="entropy of Fruits 360", claims=(MAXIMUM,), run=_run_maximum),
)
