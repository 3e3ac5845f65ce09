"""Section III-B of the source: information, redundancy and synergy of networks of several widths."""

from collections.abc import Sequence

import numpy as np
from jaxtyping import Float

from sightbits.ledger.claim import Claim, Relation
from sightbits.ledger.drawings import Bars, Curves, Line
from sightbits.ledger.evidence import Evidence, Outcome
from sightbits.ledger.experiment import Experiment, UnavailableError, Workbench
from sightbits.ledger.sources.cnn_information.flows import FEW_FILTERS, SCALE_FREE, said
from sightbits.ledger.sources.cnn_information.information_plane import NEEDS_HOURS
from sightbits.ledger.sources.cnn_information.topologies import Widening, follow_topologies
from sightbits.studies.information_flow.traces import INPUT, NON_REDUNDANT_INPUT, REDUNDANCY

_SHUFFLED = "what maps can tell of the input: its samples are shuffled"
_SHARE = "I(X; T) over H(X)"

MORE_TOLD = Claim(
    name="more-filters-more-information",
    text="With more filters a layer captures more information about the input.",
    place="Section III-B, figure 4 (a)",
    relation=Relation.ABOVE,
    claimed=0.0,
    unit="bit of I(X; T), widest less narrowest layer",
    control=_SHUFFLED,
)
SATURATES = Claim(
    name="information-saturates",
    text="A few filters are enough for the most there is to tell: 6 in the first, 12 in the second convolution.",
    place="Section III-B, figure 4 (a)",
    relation=Relation.AT_LEAST,
    claimed=1.0,
    tolerance=0.02,
    unit=_SHARE,
    control=_SHUFFLED,
)
SATURATES_DEEP = Claim(
    name="information-saturates-deep",
    text="On Fruits 360 6, 12 and 16 filters in the first three convolutions tell the most there is to tell.",
    place="Section III-B, figure 4 (b)",
    relation=Relation.AT_LEAST,
    claimed=1.0,
    tolerance=0.02,
    unit=_SHARE,
    control=_SHUFFLED,
)


def _more_synergy(layer: str, figure: str) -> Claim:
    return Claim(
        name=f"more-filters-more-synergy-{layer}",
        text=f"With more filters in {layer} its pairs of maps have less redundancy and more synergy.",
        place=f"Section III-B, figure 5 {figure}",
        relation=Relation.ABOVE,
        claimed=0.0,
        unit="points of the trade-off in percent of I(X; pair), narrowest less widest layer",
        control=_SHUFFLED,
    )


MORE_SYNERGY = {"conv1": _more_synergy("conv1", "(a), (b)"), "conv2": _more_synergy("conv2", "(c), (d)")}
POSITIVE = Claim(
    name="trade-off-positive",
    text="The redundancy-synergy trade-off is always positive: there is more redundancy than synergy.",
    place="Section III-B, figure 5",
    relation=Relation.ABOVE,
    claimed=0.0,
    unit="percent of I(X; pair), the least of all widths, moments and convolutions",
    control=_SHUFFLED,
    each=True,
)
BELOW_TOTAL = Claim(
    name="non-redundant-below-total",
    text="Non-redundant information is always less than what all maps of the layer tell.",
    place="Section III-B",
    relation=Relation.ABOVE,
    claimed=0.0,
    unit="bit of I(X; T) less non-redundant information, the least of all widths, moments and convolutions",
    control=_SHUFFLED,
    each=True,
)
ACCURACY_RISES = Claim(
    name="accuracy-rises-first",
    text="More filters raise accuracy at first.",
    place="Section III-B, figure 4",
    relation=Relation.ABOVE,
    claimed=0.0,
    unit="points of accuracy, second narrowest less narrowest layer",
)
ACCURACY_STALLS = Claim(
    name="accuracy-stalls",
    text="Still more filters need not raise accuracy, and may lower it.",
    place="Section III-B, figure 4; appendix C, figure 11",
    relation=Relation.AT_MOST,
    claimed=0.0,
    tolerance=0.2,
    unit="points of accuracy, widest less second widest layer",
)
SYNERGY_EXPLAINS = Claim(
    name="synergy-explains-accuracy",
    text="That accuracy grows with filters is explained by the growing share of non-redundant information.",
    place="Section III-B, figure 5",
    relation=Relation.ABOVE,
    claimed=0.0,
    unit="correlation of accuracy with the non-redundant share over widths",
    control=_SHUFFLED,
)
CLAIMS = (
    MORE_TOLD,
    SATURATES,
    *MORE_SYNERGY.values(),
    POSITIVE,
    BELOW_TOTAL,
    ACCURACY_RISES,
    ACCURACY_STALLS,
    SYNERGY_EXPLAINS,
)

Each = Float[np.ndarray, "networks"]


def _tuple(values: Each) -> tuple[float, ...]:
    return tuple(values.tolist())


def _more(widening: Widening, *, shuffled: bool) -> Each:
    told = widening.at_end(INPUT, shuffled=shuffled)
    return np.asarray(told[-1] - told[0])


def _synergy(widening: Widening, *, shuffled: bool = False, kernels: str = "main") -> Each:
    percent = widening.at_end(REDUNDANCY, shuffled=shuffled, kernels=kernels)
    return np.asarray(percent[0] - percent[-1])


def _least(widenings: Sequence[Widening], what: str, *, shuffled: bool) -> Each:
    """Return the least trade-off, or the least of the total beyond non-redundant information, of each network."""
    found = []
    for flow in (flow for widening in widenings for flow in widening.flows):
        of = {name: flow.of(name, flow.convolutions, shuffled=shuffled) for name in (REDUNDANCY, NON_REDUNDANT_INPUT)}
        total = flow.of(INPUT, flow.convolutions, shuffled=shuffled)
        margins = of[REDUNDANCY] if what == REDUNDANCY else total - of[NON_REDUNDANT_INPUT]
        found.append(margins.min(axis=(1, 2)))
    return np.min(found, axis=0)


def _saturation(widening: Widening, *, shuffled: bool) -> Each:
    place = widening.widths.index({"conv1": 6, "conv2": 12}[widening.layer])
    return np.asarray(widening.at_end(INPUT, shuffled=shuffled)[place] / widening.flows[place].input_entropy)


def _correlation(widenings: Sequence[Widening], *, shuffled: bool) -> Each:
    """Return how accuracy and the share of non-redundant information go together, averaged over layers."""
    found = []
    for widening in widenings:
        share = 100 - widening.at_end(REDUNDANCY, shuffled=shuffled)
        pairs = zip(share.T, widening.accuracy.T, strict=True)
        found.append([_together(one, accuracy) for one, accuracy in pairs])
    return np.mean(found, axis=0)


def _together(first: Float[np.ndarray, "widths"], second: Float[np.ndarray, "widths"]) -> float:
    """Return their correlation, 0 where one of them does not move."""
    return float(np.corrcoef(first, second)[0, 1]) if np.ptp(first) and np.ptp(second) else 0.0


def _evidence(widenings: Sequence[Widening], recipe: str) -> dict[str, Evidence]:
    first, second = widenings
    accuracies = "; ".join(
        f"{one.layer} {said([str(width) for width in one.widths], one.accuracy.mean(axis=1).tolist())} %"
        for one in widenings
    )
    found = {
        MORE_TOLD.name: Evidence(
            values=_tuple(_more(first, shuffled=False) + _more(second, shuffled=False)),
            control=_tuple(_more(first, shuffled=True) + _more(second, shuffled=True)),
            note="The rise of both layers together, at the end of training. " + recipe,
        ),
        SATURATES.name: Evidence(
            values=tuple(float(v) for one in widenings for v in _saturation(one, shuffled=False)),
            control=tuple(float(v) for one in widenings for v in _saturation(one, shuffled=True)),
            note=f"At the end of training. Saturated is what is within 2 % of H(X), {first.flows[0].input_entropy:.2f} "
            f"bits. {recipe}",
        ),
    }
    for one in widenings:
        percent, start = one.at_end(REDUNDANCY).mean(axis=1), one.at_start(REDUNDANCY).mean(axis=1)
        names = [str(width) for width in one.widths]
        found[MORE_SYNERGY[one.layer].name] = Evidence(
            values=_tuple(_synergy(one)),
            control=_tuple(_synergy(one, shuffled=True)),
            note=f"Trade-off in percent by filters: {said(names, percent.tolist(), 0)}; untrained "
            f"{said(names, start.tolist(), 0)}; kernels of the median size "
            f"{said(names, one.at_end(REDUNDANCY, kernels=SCALE_FREE).mean(axis=1).tolist(), 0)}. {recipe}",
        )
    for claim, what in ((POSITIVE, REDUNDANCY), (BELOW_TOTAL, NON_REDUNDANT_INPUT)):
        found[claim.name] = Evidence(
            values=_tuple(_least(widenings, what, shuffled=False)),
            control=_tuple(_least(widenings, what, shuffled=True)),
            note="Averages over pairs of maps, before training, after an epoch and at the end. " + recipe,
        )
    gains = [np.diff(one.accuracy, axis=0) for one in widenings]
    found[ACCURACY_RISES.name] = Evidence(
        values=_tuple(np.mean([gain[0] for gain in gains], axis=0)),
        note=f"Mean of both layers. Accuracy by filters: {accuracies}. {recipe}",
    )
    found[ACCURACY_STALLS.name] = Evidence(
        values=(float(min(gain[-1].mean() for gain in gains)),),
        note=f"The smaller gain of both layers, averaged over networks. Accuracy by filters: {accuracies}. Tolerance: "
        f"twice the spread, some .1 points, of networks trained to the end that differ by their seed. {recipe}",
    )
    found[SYNERGY_EXPLAINS.name] = Evidence(
        values=_tuple(_correlation(widenings, shuffled=False)),
        control=_tuple(_correlation(widenings, shuffled=True)),
        note=f"A network of each width a value, mean of both layers; a correlation over {len(first.widths)} widths. "
        + recipe,
    )
    return found


def _drawings(widenings: Sequence[Widening]) -> tuple[Curves | Bars, ...]:
    drawings: list[Curves | Bars] = []
    for one in widenings:
        x = tuple(map(float, one.widths))
        told = {"information": one.at_end(INPUT), "samples shuffled": one.at_end(INPUT, shuffled=True)}
        drawings.append(
            Curves(
                name=f"information-by-width-{one.layer}",
                title=f"What {one.layer} tells of the input, by its filters",
                place="Figure 4 (a)",
                x_title=f"filters in {one.layer}",
                y_title="I(X; T) in bits",
                lines={name: _line(x, values) for name, values in told.items()},
                bounds={"H(X)": one.flows[0].input_entropy},
                points=True,
            )
        )
        percent = {"trade-off": one.at_end(REDUNDANCY), "trade-off, shuffled": one.at_end(REDUNDANCY, shuffled=True)}
        percent["non-redundant"] = 100 - percent["trade-off"]
        percent["trade-off, median kernels"] = one.at_end(REDUNDANCY, kernels=SCALE_FREE)
        drawings.append(
            Curves(
                name=f"redundancy-by-width-{one.layer}",
                title=f"Redundancy and synergy of {one.layer}, by its filters",
                place="Figure 5 (a) to (d)",
                x_title=f"filters in {one.layer}",
                y_title="percent of what a pair of maps tells",
                lines={name: _line(x, values) for name, values in percent.items()},
                points=True,
            )
        )
    drawings.append(
        Bars(
            name="accuracy-by-width",
            title="Test accuracy by filters",
            place="Figure 4 (a), legend",
            x_title="filters",
            y_title="percent",
            series={
                one.layer: dict(zip(map(str, one.widths), one.accuracy.mean(axis=1).tolist(), strict=True))
                for one in widenings
            },
        )
    )
    return tuple(drawings)


def _line(x: tuple[float, ...], values: Float[np.ndarray, "widths networks"]) -> Line:
    spread = tuple(values.std(axis=1, ddof=1).tolist()) if values.shape[1] > 1 else ()
    return Line(x=x, y=tuple(values.mean(axis=1).tolist()), spread=spread)


def _run(bench: Workbench) -> Outcome:
    widenings = follow_topologies(bench)
    recipe = bench.choose(
        "Quick: MNIST, 7,500 training images, 2 epochs, far from the end of learning; 3 networks a width, ReLU at rate "
        ".02.",
        "MNIST, 60,000 training images, 5 epochs, 3 networks a width, ReLU at rate .02.",
    )
    return Outcome(evidence=_evidence(widenings, recipe), drawings=_drawings(widenings))


def _run_deep(bench: Workbench) -> Outcome:
    if bench.quick:
        raise UnavailableError(NEEDS_HOURS)
    flow = FEW_FILTERS.follow(bench)
    layers = ("conv1", "conv2", "conv3")
    shares = {
        shuffled: flow.of(INPUT, layers, shuffled=shuffled)[:, -1] / flow.input_entropy for shuffled in (False, True)
    }
    return Outcome(
        evidence={
            SATURATES_DEEP.name: Evidence(
                values=_tuple(shares[False].min(axis=-1)),
                control=_tuple(shares[True].min(axis=-1)),
                note="The least of the three, a network a value; Fruits 360, a part that is no release of it, at half "
                f"the size, 15 epochs: {said(layers, shares[False].mean(axis=0).tolist())} of H(X), "
                f"{flow.input_entropy:.2f} bits.",
            )
        }
    )


EXPERIMENTS = (
    Experiment(name="networks of several widths", claims=CLAIMS, run=_run, extra="torch"),
    Experiment(name="few filters on Fruits 360", claims=(SATURATES_DEEP,), run=_run_deep, extra="torch"),
)
