"""The sentences above the charts of the page."""

import numpy as np

from sightbits.plots.encoding_comparison.charts import has_stable_rates
from sightbits.plots.encoding_comparison.data import mapped_model
from sightbits.plots.encoding_comparison.words import INVERTED, gap_matters, readable, readable_model
from sightbits.plots.words import counted, n_channels, share
from sightbits.studies.encoding_comparison import EncodingComparison
from sightbits.studies.encoding_comparison.inputs import border_mask

_LEAST_ORDERED = 4  # fewer agree too often by chance
_ALIKE = 0.005  # accuracies that no eye tells apart


def learning_text(result: EncodingComparison) -> str:
    """Return how the learning curves were made and are read."""
    settings = result.settings
    several = len(result.curves) > 1
    seeds = f", mean over {settings.seeds} seeds; bands are one standard deviation" if settings.seeds > 1 else ""
    words = [
        f"Test accuracy after every {counted(settings.updates, 'update')} of {settings.batch} images{seeds}. With the "
        "same seed, every encoding sees the same batches."
    ]
    if len(result.encodings) > 1:
        words.append("Choose a name to bring its line to the fore in all charts.")
    hidden = _hidden_pairs(result)
    if hidden:
        plain, chained = (" and ".join(readable(name) for name in names) for names in zip(*hidden, strict=True))
        words.append(f"The lines of {chained} lie on those of {plain}: from zero weights, only signs differ.")
    if several:
        words.append(f"The table is that of {readable_model(result.main_model)}; the others follow below.")
    return " ".join(words)


def _hidden_pairs(result: EncodingComparison) -> list[tuple[str, str]]:
    """Encodings whose lines cannot be told apart, where inverting comes first."""
    curves = result.curves[result.main_model]
    pairs = [(name.removeprefix(f"{INVERTED}+"), name) for name in curves if name.startswith(f"{INVERTED}+")]
    return [
        (a, b)
        for a, b in pairs
        if result.main_model == "softmax"
        and a in curves
        and np.abs(curves[a].main.mean - curves[b].main.mean).max() < _ALIKE
    ]


def rates_text(result: EncodingComparison) -> str:
    """Return what another learning rate would have made of it."""
    settings = result.settings
    n_seeds = next(
        (one.sweep.accuracy.shape[1] for one in result.curves[result.main_model].values() if one.sweep is not None), 0
    )
    words = []
    answer = _answer(result)
    if answer:
        words.append(answer)
    words.append(
        f"First, each encoding at {len(settings.tried_rates)} learning rates: accuracy on {result.n_validation:,} "
        f"training images held out, averaged over the learning curve and {counted(n_seeds, 'seed')}; the best is "
        "ringed. Rates at which a run diverged have no point."
    )
    if any(has_stable_rates(model) for model in result.curves):
        words.append(
            "Triangles at the foot: up to this rate softmax regression is stable near zero weights; those beyond "
            "the axis are in the table."
        )
    words.append("Then the test accuracy of each encoding at its own best rate.")
    return " ".join(words)


def _answer(result: EncodingComparison) -> str:
    """Whether the gap is still there where each encoding has the rate that suits it."""
    model, reference = result.main_model, result.reference
    curves = result.curves[model]
    if INVERTED not in curves or reference == INVERTED:
        return ""
    pair = [curves[reference], curves[INVERTED]]
    gaps = []
    for curve in ([one.main for one in pair], [one.best for one in pair]):
        both = [one.mean_accuracy for one in curve if one is not None]
        if len(both) < 2 or not np.isfinite(both).all():
            return ""
        gaps.append(both[0] - both[1])
    common, best = gaps
    if not gap_matters(result, model):
        return ""
    left = f"{100 * best:.1f}"
    begin = "Only in part" if best > common / 4 else "Mostly"
    if best > 0.9 * common:
        begin = "No"
    return (
        f"{begin}: inverting costs {readable_model(model)} {100 * common:.1f} points of accuracy at one rate for all, "
        f"{left} where each encoding has its own best rate."
    )


def change_text(result: EncodingComparison) -> str:
    """Return what the maps of weight changes show, and for which networks there is none."""
    model = mapped_model(result)
    shared = [
        readable_model(name)
        for name, curves in result.curves.items()
        if name.startswith("lenet") or all(one.main.weight_change is None for one in curves.values())
    ]
    none = f"Pixels of {' and '.join(shared)} share their weights, so there is no map of them." if shared else ""
    if model is None:
        return none or "Every run diverged: there is no map."
    rate = next(iter(result.curves[model].values())).main.rate
    enters = "the labels" if model.startswith("softmax") else "the hidden units"
    border = border_mask(result.image_shape)
    colours = " Of colour images, the largest of the channels is shown." if n_channels(result.image_shape) > 1 else ""
    text = (
        f"For each pixel the largest |last weight - first weight| over {enters}, {readable_model(model)} at rate "
        f"{rate:g}, mean over seeds.{colours} Each map has a scale of its own, from dark to yellow, its ends below the "
        "name. Plain cells did not move at all: an input that is 0 in every image gives its weights no gradient. The "
        f"border holds {share(border.mean())} of the pixels."
    )
    return f"{text} {none}".strip()


def spectrum_text(result: EncodingComparison) -> str:
    """Return what the spectrum has to do with learning."""
    text = (
        "Second moments E[x xᵀ] of the encoded training images. The largest eigenvalue λ limits the step: softmax "
        "regression of K labels is stable near zero weights up to the rate 2 K / λ (with the bias counted in). Along "
        "small eigenvalues it then crawls, taking about K / (rate · λ) updates; the condition number is the ratio of "
        "the ends."
    )
    if INVERTED in result.encodings and result.reference != INVERTED:
        largest = [result.encodings[name].spectrum.eigenvalues[0] for name in (result.reference, INVERTED)]
        if largest[1] > 2 * largest[0]:
            text += (
                f" Inverting makes the largest eigenvalue {largest[1] / largest[0]:.1f} times as large, for all images "
                "share the bright ground; centring takes that away."
            )
    return text + _order(result)


def _order(result: EncodingComparison) -> str:
    """Whether the condition numbers tell which encodings are learned well."""
    agreement = result.order_agreement(result.main_model)
    n = sum(inputs.bijective for inputs in result.encodings.values())
    if np.isnan(agreement) or n < _LEAST_ORDERED:
        return ""
    at = "each at its best rate" if result.settings.tried_rates else "at the common rate"
    return (
        f" Do low condition numbers go with high accuracy? Kendall's tau over the {n} bijective encodings, {at}: "
        f"{agreement:.2f} (1: the same order, 0: none)."
    )


def information_text(result: EncodingComparison) -> str:
    """Return what stays the same."""
    null = result.encodings[result.reference].information.null
    lossy = [readable(name) for name, inputs in result.encodings.items() if not inputs.bijective]
    text = (
        f"I(pixel; label) of {result.n_training:,} training images under {readable(result.reference)}. An encoding "
        "that keeps grey values apart, a bijection, leaves the information of every pixel as it is."
    )
    if lossy:
        text += f" {' and '.join(lossy).capitalize()} merge values and lose some."
    limit = ", by the limit for many images, too much for few" if null == "g_test" else ""
    return (
        f"{text} By chance: what pixels that know nothing of the label would show on average{limit}. The sum over "
        "pixels is not what all pixels tell together: neighbours repeat each other."
    )


def fold_text(result: EncodingComparison) -> str:
    """Return how a network is made to read another encoding without learning again."""
    largest = max(folds[result.reference].largest_logit for folds in result.folds.values())
    return (
        f"A network that learned on {readable(result.reference)} reads any other affine encoding after its first layer "
        "is changed: nothing is learned again, and its outputs stay the same to rounding. Largest difference of any "
        f"logit (the largest logit is {largest:.3g}):"
    )


def models_text(result: EncodingComparison) -> str:
    """Return what the table of networks holds."""
    settings = result.settings
    rates = ", ".join(f"{readable_model(choice.name)} {settings.rate_of(choice):g}" for choice in settings.choices)
    return f"Accuracy averaged over the learning curve, at the common rate of each network ({rates})" + (
        ", and at the best rate of each encoding." if settings.tried_rates else "."
    )
