"""The sentences above the charts of the page."""

import numpy as np

from sightbits.core.units import Unit
from sightbits.plots.information_flow.falls import Fall, fall_of, falls
from sightbits.plots.information_flow.words import kept_at_the_end, kernel_words, share_range
from sightbits.plots.words import counted, share
from sightbits.report.information_flow.tables import explained_words
from sightbits.studies.information_flow import InformationFlow
from sightbits.studies.information_flow.documents import MOSTLY
from sightbits.studies.information_flow.traces import (
    ERROR,
    INPUT,
    LABEL,
    NON_REDUNDANT_INPUT,
    REDUNDANCY,
)

_MOST_NAMED = 4  # layers: of more, only how many there are is said


def forward_text(result: InformationFlow) -> str:
    """Return how the chain of layers is read, and what chance leaves of it."""
    words = [
        "What each layer T tells of the input X. Behind each bar, wide and grey: what is left where samples are "
        "shuffled, so that they can tell nothing. Only what rises above it, in full blue, is information of this "
        "network about its input. The dashed line is H(X), all there is. Poolings have no weights; they stand narrow "
        "and hollow.",
        _ticks(result),
    ]
    kept = kept_at_the_end(result)
    if not np.isnan(kept).all():
        words.append(f"At the end, shuffled samples keep {share_range(kept)} in layers with weights.")
    words.append(_saturated(result, INPUT))
    return _joined(words)


def backward_text(result: InformationFlow) -> str:
    """Return how the chain of errors is read, and how often both chains break the inequality."""
    last = result.layers[-1]
    both = result.inequalities["main"]
    counts = [
        f"{way} {one.n_violations} of {one.n_inequalities} ({one.n_null_violations} where samples are shuffled)"
        for way, one in both.items()
    ]
    tolerance = result.unit.from_nats(result.settings.tolerance * Unit.BIT.nats)
    words = [
        f"What the error δ of each layer tells of that of {last}, from which errors come. No layer can tell more than "
        "the one before it in its chain: the data processing inequality.",
        f"Violated by more than {tolerance:.2g} {result.unit}s, over all looks and networks: {' and '.join(counts)}.",
    ]
    alike = [way for way, one in both.items() if one.n_inequalities and one.n_null_violations <= one.n_violations]
    if alike:
        words.append(
            f"Shuffled samples, of which it says nothing, break it no more often {' and '.join(alike)}: where it "
            "holds, that is no evidence."
        )
    words += [_ticks(result), _saturated(result, ERROR)]
    return _joined(words)


def _ticks(result: InformationFlow) -> str:
    return "Orange ticks: one standard deviation over seeds." if result.settings.seeds > 1 else ""


def _saturated(result: InformationFlow, name: str) -> str:
    """Which bars carry a triangle."""
    shares = result.main.mean(f"{name}_saturated")[list(result.moments.values())]
    n = int((shares > MOSTLY).sum())
    if not n:
        return ""
    return (
        f"A triangle marks {'a figure' if n == 1 else f'{n} figures'} at the most that {result.n_samples} samples can "
        "show: there, layers cannot be told apart."
    )


def gain_text(result: InformationFlow) -> str:
    """Return what layers tell of the label beyond chance."""
    words = [
        "I(T; Y) less what is left where samples are shuffled: what a layer tells of the label beyond chance. Hollow "
        "points are poolings; point at one for figure and chance."
    ]
    if result.settings.seeds > 1:
        words.append("Ticks: one standard deviation over seeds.")
    start, end = (result.main.mean(f"{LABEL}_excess")[look] for look in (0, -1))
    grown = [layer for layer in result.chain if end[result.main.place(layer)] > start[result.main.place(layer)]]
    if not np.isnan(end).all():
        name = kernel_words(result, "main")[0].lower()
        words.append(f"Under {name} it is larger at the end than at the start in {_of_all(grown, result.chain)}.")
    words.append(_saturated_labels(result))
    return _joined(words)


def _of_all(some: list[str], every: tuple[str, ...]) -> str:
    if len(some) == len(every):
        return "every layer with weights"
    if len(some) > _MOST_NAMED:
        return f"{len(some)} of {len(every)} layers with weights"
    return ", ".join(some) if some else "no layer with weights"


def _saturated_labels(result: InformationFlow) -> str:
    shares = result.main.mean(f"{LABEL}_saturated")[-1]
    full = [layer for layer, of_layer in zip(result.layers, shares, strict=True) if of_layer > MOSTLY]
    return f"At the end {_some(full)} can show no more: I(T; Y) is saturated." if full else ""


def planes_text(result: InformationFlow) -> str:
    """Return how both planes are read, and whether anything falls in them."""
    words = [
        "Each path is a layer over the training, a point a look; the ring is at the update of the slider. Grey dashes: "
        "samples shuffled."
    ]
    if result.convolutions:
        words.append(
            "In the modified plane, below, stand pairs of maps of a convolution: what two tell without repeating each "
            "other, 2 I(both) - I(one) - I(other), averaged over pairs."
        )
    words.append(_compression(result, INPUT, "I(X; T)", result.layers))
    if result.convolutions:
        words.append(_compression(result, NON_REDUNDANT_INPUT, "what pairs tell of X", result.convolutions))
    return _joined(words)


def _compression(result: InformationFlow, name: str, curve: str, layers: tuple[str, ...]) -> str:
    """Whether curves fall from their peaks by more than noise, and whether the controls fall too."""
    known = [fall for fall in (fall_of(result.main, name, layer) for layer in layers) if fall is not None]
    if not known:
        return ""
    over = "seeds" if result.settings.seeds > 1 else "batches"
    if all(np.isnan(fall.spread) for fall in known):
        return f"Whether {curve} comes down from its peak, one network and one batch cannot tell."
    found = falls(result.main, name, layers)
    n = len(layers)
    said = [_fallen(result, found, n)]
    if found:
        alike = falls(result.rescaled, name, layers)
        said.append(f"in the untrained network at the same scale {_fallen(result, alike, n)}")
    if result.scale_free is not None:
        said.append(f"under scale-free kernels {_fallen(result, falls(result.scale_free, name, layers), n)}")
    return (
        f"By more than twice its spread over {over}, {curve} comes down from its peak, which is called compression, "
        f"{'; '.join(said)}."
    )


def _fallen(result: InformationFlow, found: dict[str, Fall], n_layers: int) -> str:
    if not found:
        return "in no layer"
    sizes = {layer: f"{result.unit.from_nats(fall.size):.2f}" for layer, fall in found.items()}
    if len(found) > _MOST_NAMED:
        most = max(found, key=lambda layer: found[layer].size)
        return f"in {len(found)} of {n_layers} layers, most in {most} by {sizes[most]} {result.unit}s"
    return f"in {', '.join(f'{layer} by {size}' for layer, size in sizes.items())} {result.unit}s"


def redundancy_text(result: InformationFlow) -> str:
    """Return how redundancy and synergy are read, and where they go."""
    drawn = bool(_drawn_pairs(result))
    band = "one standard deviation over seeds" if result.settings.seeds > 1 else "the standard error of drawing pairs"
    words = [
        "Of what two maps of a convolution tell of X together, the share that both tell, less what only both together "
        "tell: above 0 maps repeat each other, below 0 they need each other. The rest to 100 % is non-redundant.",
        _averaged(result),
        f"Bands: {band}." if drawn or result.settings.seeds > 1 else "",
        "Dashes: samples shuffled.",
    ]
    words.append(_redundancy_course(result))
    words.append(_saturated_pairs(result))
    return _joined(words)


def _redundancy_course(result: InformationFlow) -> str:
    """From where to where the redundancy of each convolution goes, and of shuffled samples; of many, where it grows."""
    value, null = (100 * result.main.mean(name)[[0, -1]] for name in (REDUNDANCY, f"{REDUNDANCY}_null"))
    places = {layer: result.main.place(layer) for layer in result.convolutions}
    known = {layer: i for layer, i in places.items() if not np.isnan([*value[:, i], *null[:, i]]).any()}
    if not known:
        return ""
    if len(known) > _MOST_NAMED:
        grown = [layer for layer, i in known.items() if value[1, i] > value[0, i]]
        chance = [layer for layer, i in known.items() if null[1, i] > null[0, i]]
        return (
            f"From start to end it grows in {len(grown)} of {len(known)} convolutions; where samples are shuffled, in "
            f"{len(chance)}."
        )
    courses = [
        f"{layer} goes from {value[0, i]:.0f} to {value[1, i]:.0f} % (shuffled: {null[0, i]:.0f} to {null[1, i]:.0f} %)"
        for layer, i in known.items()
    ]
    return f"From start to end {', '.join(courses)}."


def _averaged(result: InformationFlow) -> str:
    drawn = _drawn_pairs(result)
    if len(drawn) > _MOST_NAMED:
        return (
            f"Averages over all pairs; where there are more than {result.settings.pairs}, over as many drawn of them."
        )
    said = [f"of {layer} over {n} drawn of {of:,}" for layer, (n, of) in drawn.items()]
    return f"Averages over all pairs{''.join(f', {words}' for words in said)}."


def _drawn_pairs(result: InformationFlow) -> dict[str, tuple[int, int]]:
    """How many pairs were measured of how many, of layers of which not all were."""
    numbers = [np.nan_to_num(result.main.mean(name)).max(axis=0) for name in ("n_pairs", "n_all_pairs")]
    found = {layer: tuple(int(of[result.main.place(layer)]) for of in numbers) for layer in result.convolutions}
    return {layer: (n, n_all) for layer, (n, n_all) in found.items() if n < n_all}


def _saturated_pairs(result: InformationFlow) -> str:
    shares = result.main.mean("saturated_share")[-1]
    full = [layer for layer in result.convolutions if shares[result.main.place(layer)] > MOSTLY]
    if not full:
        return ""
    return f"At the end most pairs of {_some(full)} tell all that {result.n_samples} samples can show."


def scale_text(result: InformationFlow) -> str:
    """Return what activations that only grow would show."""
    explained = result.explained_by_scale()
    words = [
        "What pairs of maps tell of X without repeating each other, for the trained network and for one that learned "
        "nothing: the untrained, each layer times the constant that gives it the spread of the trained."
    ]
    if result.settings.kernel_size == "paper":
        words.append(
            "The sizes of these kernels do not follow the scale of activations, so that scale alone moves them."
        )
    else:
        words.append(
            "The sizes of these kernels follow the scale of activations, so that scale alone hardly moves them."
        )
    shares = {layer: float(explained[result.main.place(layer)]) for layer in result.convolutions}
    if len(shares) <= _MOST_NAMED:
        said = ", ".join(f"{layer} {explained_words(value)}" for layer, value in shares.items())
        words.append(f"Share of the curve's variance that scale alone gives: {said}.")
    else:
        mostly = sum(value > MOSTLY for value in shares.values())
        words.append(f"Scale alone gives most of the curve's variance in {mostly} of {len(shares)} convolutions.")
    if result.scale_free is not None:
        words.append("Dotted: the trained network under kernels of the median size, which know no scale.")
    return _joined(words)


def learning_text(result: InformationFlow) -> str:
    """Return what accuracy and loss are of."""
    bands = " Bands: one standard deviation over seeds." if result.settings.seeds > 1 else ""
    plan = result.settings.plan(0)
    return (
        f"Accuracy on {result.n_test:,} test images, and the mean training loss since the look before, over "
        f"{counted(plan.epochs, 'epoch')} of {counted(result.steps_per_epoch, 'update')}.{bands}"
    )


def scale_fact(result: InformationFlow) -> tuple[str, str] | None:
    """Return how much of the first convolution's curve scale gives, and its name; None where it hardly moves."""
    explained = result.explained_by_scale()
    for layer in result.convolutions:
        value = float(explained[result.main.place(layer)])
        if not np.isnan(value):
            return (share(value) if value > 0 else "none"), layer
    return None


def _some(layers: list[str]) -> str:
    return ", ".join(layers) if len(layers) <= _MOST_NAMED else f"{len(layers)} layers"


def _joined(words: list[str]) -> str:
    return " ".join(word for word in words if word)
