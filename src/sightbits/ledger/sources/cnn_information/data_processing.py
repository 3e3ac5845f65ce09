"""Section III-A of the source: the data processing inequalities, forward and backward."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float

from sightbits.ledger.claim import Claim, Relation
from sightbits.ledger.drawings import Curves, Line
from sightbits.ledger.evidence import Evidence, Outcome
from sightbits.ledger.experiment import Experiment, Workbench
from sightbits.ledger.sources.cnn_information.flows import (
    END,
    MAIN,
    ONE_EPOCH,
    SCALE_FREE,
    START,
    Flow,
    alexnet_tasks,
    fashion_tasks,
    mnist_tasks,
    recipe_of,
    said,
)
from sightbits.studies.information_flow.traces import ERROR, INPUT, LABEL

LEAST_RISE = 0.01  # bits: less counts as no rise
WAYS = {"forward": INPUT, "backward": ERROR}
_SHUFFLED = "what one variable is to tell of the other: samples are shuffled"


def _holds(way: str, moment: str) -> Claim:
    chain = "I(X; T)" if way == "forward" else "I(last error; error)"
    when = moment.capitalize() if moment == ONE_EPOCH else f"At the {moment}"
    return Claim(
        name=f"{way}-{moment.replace(' ', '-')}",
        text=f"{when}, {chain} does not rise from layer to layer, in most cases.",
        place=f"Section III-A, figure 2, {'blue' if way == 'forward' else 'green'} curves",
        relation=Relation.ABOVE,
        claimed=0.5,
        unit="share of inequalities",
        control=_SHUFFLED,
    )


HOLDS = {(way, moment): _holds(way, moment) for way in WAYS for moment in (START, ONE_EPOCH, END)}
BACKWARD_ONLY = Claim(
    name="disruptions-backward",
    text="The few disruptions are in the chain of errors.",
    place="Section III-A, figure 2",
    relation=Relation.ABOVE,
    claimed=0.0,
    unit="share of backward inequalities broken, less that of forward ones",
    control=_SHUFFLED,
)
SMALL_ERRORS = Claim(
    name="disruptions-of-kernel",
    text="At the end the chain of errors is broken because errors are tiny, and kernels of Silverman's rule do not fit "
    "them.",
    place="Section III-A, a possible reason",
    relation=Relation.ABOVE,
    claimed=0.0,
    unit="share of backward inequalities broken, less that by kernels of the median size",
)
MEASURES = Claim(
    name="measures-information",
    text="Equation 7 tells how much the maps of a layer know of the input, and so nothing where they know nothing.",
    place="Section II-B, equations 6 and 7",
    relation=Relation.EQUALS,
    claimed=0.0,
    tolerance=0.1,
    unit="share of I(X; T) that is left where samples are shuffled",
)
DEPTH_LOSES = Claim(
    name="depth-loses",
    text="More layers lose information: the last keeps less of the input than the first.",
    place="Section III-B, on depth",
    relation=Relation.ABOVE,
    claimed=0.0,
    unit="bit: I(X; T) of the first layer less that of the last, at the end",
    control=_SHUFFLED,
)
CLAIMS = (*HOLDS.values(), BACKWARD_ONLY, SMALL_ERRORS, MEASURES, DEPTH_LOSES)


@dataclass(frozen=True, eq=False, kw_only=True)
class Chains:
    """The chains of one flow; a figure a network."""

    flow: Flow

    def broken(
        self, way: str, moment: str, *, shuffled: bool = False, kernels: str = MAIN
    ) -> Float[np.ndarray, "networks"]:
        """Return the share of inequalities of one chain that do not hold."""
        rises = np.diff(self.told(way, shuffled=shuffled, kernels=kernels)[:, self.flow.moments[moment]], axis=-1)
        return (rises > LEAST_RISE).mean(axis=-1)

    def told(
        self, way: str, *, shuffled: bool = False, kernels: str = MAIN
    ) -> Float[np.ndarray, "networks steps links"]:
        """Return what layers tell, in the order in which it should not rise."""
        return self.flow.of(WAYS[way], self.layers(way), shuffled=shuffled, kernels=kernels)

    def layers(self, way: str) -> tuple[str, ...]:
        """Return the layers with weights in that order; the last error is what others are held against."""
        return self.flow.chain if way == "forward" else tuple(reversed(self.flow.chain[:-1]))


def _joined(parts: Sequence[Float[np.ndarray, "networks"]]) -> tuple[float, ...]:
    return tuple(float(value) for part in parts for value in part)


def _evidence(flows: Sequence[Flow], recipe: str) -> dict[str, Evidence]:
    chains = [Chains(flow=flow) for flow in flows]
    titles = [flow.title for flow in flows]

    def of_each(way: str, moment: str, shuffled: bool) -> list[Float[np.ndarray, "networks"]]:
        return [1 - one.broken(way, moment, shuffled=shuffled) for one in chains]

    found = {}
    for (way, moment), claim in HOLDS.items():
        real, control = (of_each(way, moment, shuffled) for shuffled in (False, True))
        found[claim.name] = Evidence(
            values=_joined(real),
            control=_joined(control),
            note=f"Layers with weights; a rise of up to {LEAST_RISE} bits counts as none. Hold: "
            f"{said(titles, [float(one.mean()) for one in real])}; shuffled: "
            f"{said(titles, [float(one.mean()) for one in control])}. {recipe}",
        )
    moments = (START, ONE_EPOCH, END)

    def apart(shuffled: bool) -> tuple[float, ...]:
        return _joined(
            [
                np.mean([one.broken("backward", at, shuffled=shuffled) for at in moments], axis=0)
                - np.mean([one.broken("forward", at, shuffled=shuffled) for at in moments], axis=0)
                for one in chains
            ]
        )

    forward = [float(np.mean([one.broken("forward", at).mean() for at in moments])) for one in chains]
    found[BACKWARD_ONLY.name] = Evidence(
        values=apart(shuffled=False),
        control=apart(shuffled=True),
        note=f"Over all three moments. Forward broken: {said(titles, forward)}. {recipe}",
    )
    free = [one.broken("backward", END, kernels=SCALE_FREE) for one in chains]
    fixed = [one.broken("backward", END) for one in chains]
    found[SMALL_ERRORS.name] = Evidence(
        values=_joined([one - other for one, other in zip(fixed, free, strict=True)]),
        note=f"At the end. Broken by kernels of the source: {said(titles, [float(one.mean()) for one in fixed])}; of "
        f"the median size: {said(titles, [float(one.mean()) for one in free])}.",
    )
    found[MEASURES.name] = _measures(flows, recipe)
    found[DEPTH_LOSES.name] = Evidence(
        values=_joined([_lost(one, shuffled=False) for one in chains]),
        control=_joined([_lost(one, shuffled=True) for one in chains]),
        note="Lost from first to last layer: "
        f"{said(titles, [float(_lost(one, shuffled=False).mean()) for one in chains])} bits. {recipe}",
    )
    return found


def _lost(chains: Chains, *, shuffled: bool) -> Float[np.ndarray, "networks"]:
    told = chains.told("forward", shuffled=shuffled)[:, -1]
    return told[:, 0] - told[:, -1]


def _measures(flows: Sequence[Flow], recipe: str) -> Evidence:
    left, of_layers = [], []
    for flow in flows:
        value, null = (flow.of(INPUT, flow.chain, shuffled=shuffled)[:, -1] for shuffled in (False, True))
        left.append(null.sum(axis=-1) / value.sum(axis=-1))
        of_layers += (null.sum(axis=0) / value.sum(axis=0)).tolist()
    return Evidence(
        values=_joined(left),
        note="Layers with weights together, at the end of training; a network a value. Layer by layer "
        f"{100 * min(of_layers):.0f} to {100 * max(of_layers):.0f} % of I(X; T) is left with samples shuffled, where "
        "the truth is 0: it tells how alike samples are to kernels of fixed size. What is above chance is there "
        "of the label: I(T; Y) less that of shuffled samples, "
        f"{'; '.join(_excess(flow) for flow in flows[:2])}. Tolerance: a tenth. {recipe}",
    )


def _excess(flow: Flow) -> str:
    """Return what layers tell of the label beyond chance at the end, in words."""
    fixed, free = (
        (flow.of(LABEL, flow.layers, kernels=one) - flow.of(LABEL, flow.layers, shuffled=True, kernels=one))[:, -1]
        for one in (MAIN, SCALE_FREE)
    )
    return (
        f"{flow.title}, {said(flow.layers, fixed.mean(axis=0).tolist())} bits (kernels of the median size "
        f"{said(flow.layers, free.mean(axis=0).tolist())})"
    )


def _drawings(flows: Sequence[Flow]) -> tuple[Curves, ...]:
    return tuple(_drawing(flow, moment) for flow in flows for moment in (START, ONE_EPOCH, END))


def _drawing(flow: Flow, moment: str) -> Curves:
    chains, lines = Chains(flow=flow), {}
    at = flow.moments[moment]
    for way, x in (("forward", range(1, len(flow.chain) + 1)), ("backward", range(len(flow.chain) - 1, 0, -1))):
        for ending, shuffled in (("", False), (", samples shuffled", True)):
            told = chains.told(way, shuffled=shuffled)[:, at]
            spread = told.std(axis=0, ddof=1).tolist() if flow.n_networks > 1 else ()
            lines[f"{way}{ending}"] = Line(
                x=tuple(map(float, x)), y=tuple(told.mean(axis=0).tolist()), spread=tuple(spread)
            )
    return Curves(
        name=f"chains-{flow.title}-{moment}".lower().replace(",", "").replace(" ", "-"),
        title=f"What layers tell of the input (forward), and errors of the last one (backward), {flow.title}, {moment}",
        place="Figure 2",
        x_title="layer",
        y_title="information in bits",
        places=tuple(flow.chain),
        lines=lines,
        bounds={"H(X)": flow.input_entropy},
    )


def _run(bench: Workbench) -> Outcome:
    tasks = [*mnist_tasks(bench), *fashion_tasks(bench), *(() if bench.quick else alexnet_tasks())]
    flows = [task.follow(bench) for task in tasks]
    return Outcome(evidence=_evidence(flows, recipe_of(bench)), drawings=_drawings(flows))


EXPERIMENTS = (Experiment(name="data processing inequalities", claims=CLAIMS, run=_run, extra="torch"),)
