"""The tables of the page, and of the command line."""

import numpy as np

from sightbits.plots.information_flow.falls import fall_of
from sightbits.plots.information_flow.words import short_kernel
from sightbits.plots.words import share
from sightbits.studies.information_flow import InformationFlow
from sightbits.studies.information_flow.documents import MOSTLY
from sightbits.studies.information_flow.documents import layer_rows as information_rows
from sightbits.studies.information_flow.documents import pair_rows as redundancy_rows
from sightbits.studies.information_flow.traces import ERROR, INPUT, LABEL, NON_REDUNDANT_INPUT

Rows = tuple[tuple[str, ...], ...]

_NONE = "-"


def layer_rows(result: InformationFlow) -> Rows:
    """Return what each layer tells at the end, beside what shuffled samples give."""
    head = ("layer", *(_information_head(result)))
    return (head, *((row[0], *row[2:]) for row in _at_the_end(result, ["main"])))


def kernel_layer_rows(result: InformationFlow) -> Rows:
    """Return the same for all kernels."""
    return (("layer", "kernels", *_information_head(result)), *_at_the_end(result, list(result.traces)))


def _information_head(result: InformationFlow) -> list[str]:
    of = [f"I(X; T), {result.unit}s", f"I(T; Y), {result.unit}s", f"errors, {result.unit}s"]
    return [word for name in of for word in (name, "shuffled", "excess")] + ["saturated"]


def _at_the_end(result: InformationFlow, kernels: list[str]) -> list[tuple[str, ...]]:
    told = {"X": INPUT, "Y": LABEL, "errors": ERROR}
    rows = []
    of_kernels = {name: information_rows(result.traces[name], result.unit)[-len(result.layers) :] for name in kernels}
    for i, layer in enumerate(result.layers):
        for kernel, of_kernel in of_kernels.items():
            row = of_kernel[i]
            numbers = [row[f"{name}{ending}"] for name in told.values() for ending in ("", "_null", "_excess")]
            full = [word for word, name in told.items() if row[f"{name}_saturated"] > MOSTLY]
            rows.append((layer, short_kernel(result, kernel), *map(number, numbers), ", ".join(full) or _NONE))
    return rows


def inequality_rows(result: InformationFlow) -> Rows:
    """Return how often information rises where it should not."""
    head = (
        "kernels",
        "chain",
        "layers",
        "looked at",
        "violated",
        "violated, shuffled",
        f"largest rise, {result.unit}s",
    )
    rows = []
    for kind, both in result.inequalities.items():
        kernel = kind.removesuffix("_with_pooling")
        layers = "with weights" if kernel == kind else "poolings too"
        for way, one in both.items():
            rows.append(
                (
                    short_kernel(result, kernel),
                    way,
                    layers,
                    str(one.n_inequalities),
                    str(one.n_violations),
                    str(one.n_null_violations),
                    number(result.unit.from_nats(one.largest_rise)),
                )
            )
    return (head, *rows)


def pair_rows(result: InformationFlow) -> Rows:
    """Return how redundant pairs of maps are at the end, beside shuffled samples and other kernels."""
    head = (
        "layer", "kernels", "redundant, %", "standard error", "shuffled", "non-redundant, %", "pairs", "of",
        "saturated pairs",
    )  # fmt: skip
    rows = []
    convolutions = result.convolutions
    of_kernels = {
        name: redundancy_rows(trace, convolutions, result.unit)[-len(convolutions) :]
        for name, trace in result.traces.items()
    }
    for i, layer in enumerate(convolutions):
        for kernel, of_kernel in of_kernels.items():
            row = of_kernel[i]
            shares = [_tenths(row[name]) for name in ("percent", "standard_error", "percent_null")]
            rows.append(
                (
                    layer,
                    short_kernel(result, kernel),
                    *shares,
                    _tenths(row["non_redundant_percent"]),
                    _whole(row["n_pairs"]),
                    _whole(row["n_all_pairs"]),
                    share(row["saturated_share"]),
                )
            )
    return (head, *rows)


def fall_rows(result: InformationFlow) -> Rows:
    """Return how far each curve over the updates comes down from its peak, and whether that is more than noise."""
    head = (
        "curve", "layer", "kernels", "highest at update", f"falls by, {result.unit}s", "spread",
        "beyond twice the spread",
    )  # fmt: skip
    rows = []
    curves = {"I(X; T)": (INPUT, result.layers), "non-redundant about X": (NON_REDUNDANT_INPUT, result.convolutions)}
    for words, (name, layers) in curves.items():
        for layer in layers:
            for kernel, trace in result.traces.items():
                fall = fall_of(trace, name, layer)
                named = (words, layer, short_kernel(result, kernel))
                if fall is None:
                    rows.append((*named, *[_NONE] * 4))
                    continue
                sizes = [number(result.unit.from_nats(value)) for value in (fall.size, fall.spread)]
                told = "not known" if np.isnan(fall.spread) else "yes" if fall.beyond_noise else "no"
                rows.append((*named, f"{result.steps[fall.peak]:,}", *sizes, told))
    return (head, *rows)


def explained_rows(result: InformationFlow) -> Rows:
    """Return how much of each convolution's curve scale alone gives, and how far scale goes."""
    head = ("layer", "curve given by scale alone", "spread of activations at the start", "at the end")
    explained = result.explained_by_scale()
    scale = result.scale.mean(axis=2)
    rows = []
    for layer in result.convolutions:
        place = result.main.place(layer)
        ends = [np.nanmean(at) if (at := scale[:, look, place])[~np.isnan(at)].size else np.nan for look in (0, -1)]
        rows.append((layer, explained_words(float(explained[place])), *(_figures(end) for end in ends)))
    return (head, *rows)


def explained_words(value: float) -> str:
    r"""Return a share of variance in words.

    Examples
    --------
    >>> explained_words(0.934), explained_words(-2.0), explained_words(float("nan"))
    ('93\xa0%', 'none', 'the curve hardly moves')
    """
    if np.isnan(value):
        return "the curve hardly moves"
    return share(value) if value > 0 else "none"


def number(value: float | np.floating) -> str:
    """Return a figure of information; a dash where there is none.

    Examples
    --------
    >>> number(0.12345), number(-0.0001), number(float("nan"))
    ('0.123', '0.000', '-')
    """
    return _NONE if np.isnan(value) else f"{float(value):.3f}".replace("-0.000", "0.000")


def _tenths(value: float) -> str:
    return _NONE if np.isnan(value) else f"{value:.1f}"


def _whole(value: float) -> str:
    return _NONE if np.isnan(value) else f"{value:.0f}"


def _figures(value: float) -> str:
    return _NONE if np.isnan(value) else f"{value:.3g}"
