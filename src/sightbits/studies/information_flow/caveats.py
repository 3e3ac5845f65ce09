"""What to know before believing the figures of a study of information flow."""

from typing import TYPE_CHECKING

import numpy as np

from sightbits.studies.information_flow.traces import INPUT, LABEL, FlowTrace

if TYPE_CHECKING:
    from sightbits.studies.information_flow.result import InformationFlow

_MOSTLY_CHANCE, _MOSTLY_SCALE = 0.8, 0.5
_MOST_STEP_SHARE = 0.5


def warnings_of(result: "InformationFlow") -> tuple[str, ...]:
    """Return sentences; none where there is nothing to say."""
    found = [*_diverged(result), *_chance(result), *_saturated(result), *_scale(result)]
    if result.settings.seeds == 1:
        found.append("One seed tells nothing of the spread: small differences may be chance.")
    return tuple(found)


def _diverged(result: "InformationFlow") -> list[str]:
    lost = np.isnan(result.main.input_entropy[:, -1]).all(axis=1)
    if not lost.any():
        return []
    n, of = int(lost.sum()), len(lost)
    left = "nothing is left to average" if n == of else "averages leave them out from there on"
    return [
        f"Training diverged in {n} of {of} networks at rate {result.settings.plan(0).rate:g}: {left}. Take a smaller "
        "--rate."
    ]


def _chance(result: "InformationFlow") -> list[str]:
    kept = result.kept_by_chance()[-1, [result.main.place(layer) for layer in result.chain]]
    if np.isnan(kept).all() or np.nanmin(kept) < _MOSTLY_CHANCE:
        return []
    ends = dict.fromkeys(f"{100 * share:.0f}" for share in (np.nanmin(kept), np.nanmax(kept)))
    return [
        f"At the end {' to '.join(ends)} % of I(X; T) is left where the samples of X are shuffled: it tells how alike "
        "samples are to this kernel, not what a layer knows of its input. That it falls from layer to layer is no "
        "evidence for the data processing inequality."
    ]


def _saturated(result: "InformationFlow") -> list[str]:
    said = []
    for name, words in ((INPUT, "H(X)"), (LABEL, "H(Y)")):
        layers = _layers_at_the_ceiling(result.main, name)
        if layers:
            said.append(
                f"Saturated: {', '.join(layers)} tell all of {words} that {result.n_samples} samples can show, over "
                "most of the training: such figures cannot be told apart."
            )
    return said


def _layers_at_the_ceiling(trace: FlowTrace, name: str) -> list[str]:
    saturated = trace.of_seeds(f"{name}_saturated")
    known = ~np.isnan(saturated)
    shares = np.where(known, saturated, 0).sum(axis=(0, 1)) / np.maximum(known.sum(axis=(0, 1)), 1)
    return [layer for layer, share in zip(trace.layers, shares, strict=True) if share > _MOST_STEP_SHARE]


def _scale(result: "InformationFlow") -> list[str]:
    explained = dict(zip(result.layers, result.explained_by_scale(), strict=True))
    layers = [layer for layer in result.convolutions if explained[layer] > _MOSTLY_SCALE]
    if not layers:
        return []
    shares = ", ".join(f"{layer} {100 * explained[layer]:.0f} %" for layer in layers)
    return [
        "Scale: the untrained network, multiplied by a constant to the scale of the trained one, gives the same curves "
        f"of non-redundant information about the input (share of their variance: {shares})."
    ]
