"""The words and strokes that pictures and page of information through a network share."""

from collections.abc import Sequence

import numpy as np

from sightbits.plots.lines import DASHES, Dash, Strokes
from sightbits.plots.theme import CATEGORICAL
from sightbits.plots.words import accuracy_words, share
from sightbits.studies.information_flow import FlowTrace, InformationFlow
from sightbits.studies.information_flow.traces import LABEL, mean_of, std_of

SHUFFLED = "samples shuffled"
_DASHES: tuple[Dash, ...] = (*DASHES, (9, 3, 2, 3))
_KERNELS = {
    "paper": "Kernels of the source",
    "median": "Scale-free kernels",
    "alignment": "Kernels that agree with the labels",
}
_SHORT = {"paper": "source", "median": "scale-free", "alignment": "aligned"}
_SIZES = {
    "paper": "sizes {width:g} n^(-1/(4+d)), whatever the scale",
    "median": "the median distance of two samples",
    "alignment": "of sizes around the median, the best",
}


def strokes(result: InformationFlow, layers: Sequence[str], *, legend: bool = True) -> Strokes:
    """Return how the line of each layer is drawn, whichever others are there: colours by turns, then dashes."""
    n = len(CATEGORICAL)
    places = [result.layers.index(layer) for layer in layers]
    return Strokes(
        field="layer",
        words=layers,
        colours=[CATEGORICAL[i % n] for i in places],
        dashes=[_DASHES[i // n % len(_DASHES)] for i in places],
        legend=legend,
    )


def network_words(result: InformationFlow) -> str:
    """Return which network it is, in words."""
    return f"{result.settings.model} {result.settings.activation}"


def kernel_words(result: InformationFlow, kernel: str) -> tuple[str, str]:
    """Return the name of a choice of kernels, and how their sizes are found."""
    if kernel == "main":
        name = result.settings.kernel_size
        return _KERNELS[name], _SIZES[name].format(width=result.settings.layer_width)
    return f"Control: {_KERNELS['median'].lower()}", _SIZES["median"]


def short_kernel(result: InformationFlow, kernel: str) -> str:
    """Return the name of a choice of kernels in a word, for tables."""
    return _SHORT[result.settings.kernel_size if kernel == "main" else "median"]


def moment_words(result: InformationFlow, moment: str) -> str:
    """Return a moment with its update.

    Of the start nothing more is to be said.
    """
    step = result.steps[result.moments[moment]]
    return moment.capitalize() + (f" (update {step:,})" if step else "")


def final_accuracy(result: InformationFlow) -> str:
    """Return the accuracy at the end, with its standard deviation over seeds where there are several."""
    last = result.accuracy[:, -1]
    return accuracy_words(float(mean_of(last, axis=0)), float(std_of(last, axis=0)))


def share_range(shares: np.ndarray) -> str:
    r"""Return the least and the largest of some shares in whole percent; those that are missing are left out.

    Examples
    --------
    >>> share_range(np.array([0.92, 0.988, np.nan])), share_range(np.array([0.5, 0.501])), share_range(np.array([]))
    ('92 to 99\xa0%', '50\xa0%', '-')
    """
    known = shares[~np.isnan(shares)]
    if not len(known):
        return share(np.nan)
    low, high = share(known.min()), share(known.max())
    return high if low == high else f"{low.removesuffix(chr(0xA0) + '%')} to {high}"


def kept_at_the_end(result: InformationFlow) -> np.ndarray:
    """Return the share of I(X; T) left by shuffling at the last look, of each layer with weights."""
    return result.kept_by_chance()[-1, [result.main.place(layer) for layer in result.chain]]


def finding(result: InformationFlow) -> str:
    """Return what was found, in one sentence."""
    return "; ".join(finding_parts(result))


def finding_parts(result: InformationFlow) -> list[str]:
    """Return the parts of that sentence, which semicolons join."""
    begin = f"{result.provenance.name}, {network_words(result)}"
    of_layers = _last_excess(result, result.main)
    if np.isnan(list(of_layers.values())).any():
        return [f"{begin}: training diverged, so that nothing is known of the end"]
    said = [f"the excess in I(T; Y) {_course(of_layers, result.unit)}"]
    kept = kept_at_the_end(result)
    if not np.isnan(kept).all():
        said.insert(0, f"{share_range(kept)} of I(X; T) is left when samples are shuffled")
    if result.scale_free is not None:
        said.append(f"by kernels free of scale it {_course(_last_excess(result, result.scale_free), result.unit)}")
    said[0] = f"{begin} ({final_accuracy(result)}): at the end {said[0]}"
    return said


def _last_excess(result: InformationFlow, trace: FlowTrace) -> dict[str, float]:
    excess = result.unit.from_nats(trace.mean(f"{LABEL}_excess")[-1])
    return {layer: float(excess[trace.place(layer)]) for layer in result.chain}


def _course(of_layers: dict[str, float], unit: str) -> str:
    """How a figure goes from layer to layer: up, down, or between which two."""
    steps = np.diff(list(of_layers.values()))
    if (steps >= 0).all() or (steps <= 0).all():
        (first, begin), *_, (last, end) = of_layers.items()
        way = "rises" if end > begin else "falls"
        return f"{way} from {begin:.2f} {unit}s in {first} to {end:.2f} in {last}"
    low, high = min(of_layers, key=of_layers.__getitem__), max(of_layers, key=of_layers.__getitem__)
    return f"is least in {low}, {of_layers[low]:.2f} {unit}s, and most in {high}, {of_layers[high]:.2f}"
