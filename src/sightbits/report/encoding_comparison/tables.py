"""The tables of the page."""

import numpy as np

from sightbits.plots.encoding_comparison.data import mapped_model, weight_changes
from sightbits.plots.encoding_comparison.words import gap_matters, powered, readable, readable_model
from sightbits.plots.words import accuracy_words, percent, share
from sightbits.studies.encoding_comparison import EncodingComparison, EncodingCurves, Fold, LearningCurve
from sightbits.studies.encoding_comparison.inputs import border_share

Rows = tuple[tuple[str, ...], ...]

_NONE = "-"


def accuracy_rows(result: EncodingComparison, model: str) -> Rows:
    """Return the accuracies of one network on each encoding."""
    swept, shares = bool(result.settings.tried_rates), gap_matters(result, model)
    head = ["encoding", "mean accuracy", "final accuracy"]
    head += ["best rate", "mean accuracy there", "final accuracy there"] if swept else []
    head += ["gap closed"] if shares else []
    rows = [tuple(head)]
    for name, one in result.curves[model].items():
        row = [readable(name), *_accuracies(one.main)]
        if swept:
            row += [_NONE] * 3 if one.best is None else [f"{one.best.rate:g}", *_accuracies(one.best)]
        if shares:
            row.append(share(result.gap_closed(model, name)))
        rows.append(tuple(row))
    return tuple(rows)


def _accuracies(curve: LearningCurve) -> list[str]:
    return [accuracy_words(curve.mean_accuracy, curve.mean_accuracy_std), accuracy_words(curve.final_accuracy)]


def rate_rows(result: EncodingComparison) -> Rows:
    """Return the validation accuracy of each network on each encoding at each learning rate."""
    rates = result.settings.tried_rates
    several = len(result.curves) > 1
    rows = [(*(["network"] if several else []), "encoding", *(f"rate {rate:g}" for rate in rates), "stable up to")]
    for model, curves in result.curves.items():
        for name, one in curves.items():
            if one.sweep is None:
                continue
            means = [_NONE if np.isnan(mean) else percent(mean) for mean in one.sweep.mean]
            stable = result.encodings[name].spectrum.stable_rate(result.n_labels)
            said = f"{stable:.2g}" if model.startswith("softmax") else _NONE
            rows.append((*([readable_model(model)] if several else []), readable(name), *means, said))
    return tuple(rows)


def change_rows(result: EncodingComparison) -> Rows:
    """Return where the weights of the mapped network moved."""
    model = mapped_model(result)
    rows = [("encoding", "share at the border", "unmoved pixels", "largest change")]
    changes = weight_changes(result)
    for name in result.curves[str(model)]:
        if name not in changes:
            rows.append((readable(name), "diverged", _NONE, _NONE))
            continue
        change = changes[name]
        at_border = border_share(change, result.image_shape)
        unmoved = f"{int((change == 0).sum())} of {change.size}"
        rows.append((readable(name), share_with_decimal(at_border), unmoved, f"{change.max():.3g}"))
    return tuple(rows)


def border_words(result: EncodingComparison, curves: EncodingCurves) -> str:
    """Return the border's share of all weight change at the common rate; nothing where pixels share weights."""
    change = curves.main.weight_change
    return _NONE if change is None else share_with_decimal(border_share(change, result.image_shape))


def share_with_decimal(value: float) -> str:
    """Return a share with one decimal, or that there is none."""
    return _NONE if np.isnan(value) else percent(value)


def spectrum_rows(result: EncodingComparison) -> Rows:
    """Return what the second moments of each encoding say."""
    head = ("encoding", "largest eigenvalue", "median", "rank", "condition number", "softmax is stable up to rate")
    rows = []
    for name, inputs in result.encodings.items():
        spectrum = inputs.spectrum
        rows.append(
            (
                readable(name),
                powered(spectrum.eigenvalues[0]),
                powered(np.median(spectrum.eigenvalues[: spectrum.rank])),
                str(spectrum.rank),
                powered(spectrum.condition_number),
                f"{spectrum.stable_rate(result.n_labels):.2g}",
            )
        )
    return (head, *rows)


def information_rows(result: EncodingComparison) -> Rows:
    """Return what the pixels of each encoding tell about the label."""
    unit = result.unit
    head = ("encoding", "bijective", f"sum over pixels, {unit}s", "by chance", f"largest difference, {unit}s")
    rows = [
        (
            readable(name),
            "yes" if inputs.bijective else "no",
            f"{unit.from_nats(float(inputs.information.value.sum())):.4f}",
            f"{unit.from_nats(float(inputs.information.null_mean.sum())):.4f}",
            powered(unit.from_nats(result.largest_information_difference(name))),
        )
        for name, inputs in result.encodings.items()
    ]
    return (head, *rows)


def fold_rows(result: EncodingComparison) -> Rows:
    """Return how far the logits of a folded network are from its own, a column a network."""
    head = ("largest difference, folded onto", *map(readable_model, result.folds))
    rows = [
        (readable(name), *(_difference(folds[name]) for folds in result.folds.values())) for name in result.encodings
    ]
    return (head, *rows)


def fold_reasons(result: EncodingComparison) -> list[str]:
    """Return why some networks cannot be folded onto some encodings, each reason once."""
    found: dict[str, dict[str, list[str]]] = {}
    for model, folds in result.folds.items():
        for name, fold in folds.items():
            if fold.reason:
                found.setdefault(_reason(fold), {}).setdefault(readable(name), []).append(readable_model(model))
    said = []
    for reason, names in found.items():
        models = list(dict.fromkeys(model for of_name in names.values() for model in of_name))
        whose = "" if len(models) == len(result.folds) else f"{' and '.join(models)} on "
        said.append(f"{whose}{', '.join(names)}: {reason}")
    return said


def _difference(fold: Fold) -> str:
    return _NONE if np.isnan(fold.difference) else powered(fold.difference)


def _reason(fold: Fold) -> str:
    """Why and what to do, without what was asked of the function."""
    return fold.reason.partition("). ")[2] or fold.reason


def model_rows(result: EncodingComparison) -> Rows:
    """Return the mean accuracy of every network on every encoding, at its own rate and at the best one."""
    swept = bool(result.settings.tried_rates)
    head = ["encoding"]
    for model in result.curves:
        head += [readable_model(model), *(["at best rate"] if swept else [])]
    rows = [tuple(head)]
    for name in result.encodings:
        row = [readable(name)]
        for curves in result.curves.values():
            one = curves[name]
            row.append(accuracy_words(one.main.mean_accuracy, one.main.mean_accuracy_std))
            if swept:
                row.append(
                    _NONE if one.best is None else f"{accuracy_words(one.best.mean_accuracy)} at {one.best.rate:g}"
                )
        rows.append(tuple(row))
    return tuple(rows)
