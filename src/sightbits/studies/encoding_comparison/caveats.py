"""What a reader should know before believing the figures of a comparison of encodings."""

from collections.abc import Mapping

import numpy as np

from sightbits.studies.encoding_comparison.curves import EncodingCurves, LearningCurve
from sightbits.studies.encoding_comparison.inputs import EncodedInputs
from sightbits.studies.encoding_comparison.settings import EncodingSettings


def warnings_of(
    curves: Mapping[str, Mapping[str, EncodingCurves]],
    encodings: Mapping[str, EncodedInputs],
    settings: EncodingSettings,
    n_labels: int,
) -> tuple[str, ...]:
    """Return sentences; none where there is nothing to say."""
    found = []
    for model, of_encoding in curves.items():
        found += _diverged(model, of_encoding)
        found += _unstable(model, of_encoding, n_labels)
    found += _at_the_edge(curves)
    lossy = [name for name, inputs in encodings.items() if not inputs.bijective]
    if lossy:
        found.append(
            f"Merged grey values: {', '.join(lossy)}. What these encodings do to learning is mixed with the "
            "information that they lose."
        )
    sampled = {
        inputs.spectrum.n_images
        for inputs in encodings.values()
        if len(inputs.spectrum.eigenvalues) == inputs.spectrum.n_images
    }
    if sampled:
        found.append(
            f"Spectra are those of {max(sampled):,} training images, not of all pixels: the largest eigenvalues hold, "
            "the smallest and so the condition numbers are rough."
        )
    if settings.seeds == 1:
        found.append("One seed tells nothing of the spread: small differences may be chance.")
    return tuple(found)


def _diverged(model: str, curves: Mapping[str, EncodingCurves]) -> list[str]:
    said = []
    for name, one in curves.items():
        for curve in _each(one):
            n = int(curve.diverged.sum())
            if n:
                left = "nothing is left to average" if n == curve.n_seeds else "the average leaves them out"
                said.append(
                    f"{model} on {name} diverged at rate {curve.rate:g} in {n} of {curve.n_seeds} seeds (a loss "
                    f"without bounds): {left}."
                )
    return said


def _unstable(model: str, curves: Mapping[str, EncodingCurves], n_labels: int) -> list[str]:
    """Encodings whose training loss ends above that of guessing: learning swings, and does not settle."""
    unstable = [
        name for name, one in curves.items() if one.main.mean_loss.size and one.main.mean_loss[-1] > np.log(n_labels)
    ]
    if not unstable:
        return []
    rate = curves[unstable[0]].main.rate
    return [
        f"{model} does not settle at rate {rate:g} on {', '.join(unstable)}: the training loss at the end is above "
        "that of guessing, though the likeliest label is mostly right. It is averaged in, as the source does."
    ]


def _at_the_edge(curves: Mapping[str, Mapping[str, EncodingCurves]]) -> list[str]:
    edges: dict[str, list[str]] = {"lowest": [], "highest": []}
    for model, of_encoding in curves.items():
        for edge, told in edges.items():
            names = [name for name, one in of_encoding.items() if one.sweep is not None and one.sweep.edge == edge]
            if names:
                told.append(f"{model} on {', '.join(names)}")
    return [
        f"The {edge} learning rate tried does best for {'; '.join(told)}: a rate beyond it may do better."
        for edge, told in edges.items()
        if told
    ]


def _each(curves: EncodingCurves) -> list[LearningCurve]:
    return [curves.main, *([curves.best] if curves.best is not None and curves.best is not curves.main else [])]
