"""What a comparison of encodings found, part by part, as documents and as rows of tables."""

from typing import Any

import numpy as np

from sightbits.core.units import Unit
from sightbits.studies.encoding_comparison.curves import EncodingCurves, LearningCurve
from sightbits.studies.encoding_comparison.inputs import EncodedInputs, border_share
from sightbits.studies.encoding_comparison.settings import EncodingSettings

Document = dict[str, Any]


def curve_of(curves: EncodingCurves, *, best: bool) -> LearningCurve | None:
    """Return the curve at the encoding's own best rate, or at the common one."""
    return curves.best if best else curves.main


def standard_error(curve: LearningCurve, n_test: int) -> float:
    """Return that of the mean accuracy: over seeds, or with one seed what so many test images allow."""
    n_kept = int((~curve.diverged).sum())
    if n_kept > 1:
        return curve.mean_accuracy_std / n_kept**0.5
    return float((curve.mean_accuracy * (1 - curve.mean_accuracy) / n_test) ** 0.5)


def curves_document(curves: EncodingCurves, image_shape: tuple[int, ...], unit: Unit) -> Document:
    """Return what one network made of one encoding."""
    main, sweep = curves.main, curves.sweep
    change = main.weight_change
    return {
        **_accuracy(main),
        "curve": curve_document(main, unit),
        "n_diverged": int(main.diverged.sum()),
        "weight_change": None if change is None else change.reshape(image_shape),
        "border_share": _border_share(main, image_shape),
        "unmoved_pixels": None if change is None else int((change == 0).sum()),
        "rates": None
        if sweep is None
        else {
            "rate": sweep.rates,
            "accuracy": sweep.mean,
            "accuracy_std": sweep.std,
            "n_diverged": sweep.n_diverged,
            "n_seeds": sweep.accuracy.shape[1],
        },
        "best": None if curves.best is None else {**_accuracy(curves.best), "curve": curve_document(curves.best, unit)},
    }


def curve_document(curve: LearningCurve, unit: Unit) -> Document:
    """Return a learning curve, with the losses in a unit."""
    return {
        "updates": curve.updates,
        "accuracy": curve.mean,
        "accuracy_std": curve.std,
        "training_loss": unit.from_nats(curve.mean_loss),
    }


def inputs_document(inputs: EncodedInputs, n_labels: int, unit: Unit, difference: float) -> Document:
    """Return what an encoding does to the training images; `difference` (nats) is from the reference encoding."""
    information = inputs.information
    return {
        **inputs_row(inputs, n_labels, unit),
        "mutual_information_difference": float(unit.from_nats(difference)),
        "estimator": information.estimator,
        "null": information.null,
        "spectrum": inputs.spectrum.eigenvalues,
        "spectrum_n_images": inputs.spectrum.n_images,
    }


def inputs_row(inputs: EncodedInputs, n_labels: int, unit: Unit) -> Document:
    """Return the single numbers of an encoding."""
    spectrum, information = inputs.spectrum, inputs.information
    return {
        "bijective": inputs.bijective,
        "condition_number": spectrum.condition_number,
        "largest_eigenvalue": float(spectrum.eigenvalues[0]),
        "median_eigenvalue": float(np.median(spectrum.eigenvalues[: spectrum.rank])),
        "rank": spectrum.rank,
        "stable_rate": spectrum.stable_rate(n_labels),
        "mutual_information_total": float(unit.from_nats(information.value.sum())),
        "mutual_information_null": float(unit.from_nats(information.null_mean.sum())),
    }


def summary_row(curves: EncodingCurves, image_shape: tuple[int, ...]) -> Document:
    """Return the single numbers of what one network made of one encoding."""
    best = curves.best
    return {
        **_accuracy(curves.main),
        "n_diverged": int(curves.main.diverged.sum()),
        "border_share": _border_share(curves.main, image_shape),
        "best_rate": None if best is None else best.rate,
        "best_mean_accuracy": None if best is None else best.mean_accuracy,
        "best_mean_accuracy_std": None if best is None else best.mean_accuracy_std,
        "best_final_accuracy": None if best is None else best.final_accuracy,
    }


def curve_rows(curves: EncodingCurves, unit: Unit) -> list[Document]:
    """Return a row for each point of both curves."""
    both = [("common", curves.main), *([("best", curves.best)] if curves.best is not None else [])]
    return [
        {"rate": which, "learning_rate": curve.rate, **dict(zip(document, values, strict=True))}
        for which, curve in both
        for document in [curve_document(curve, unit)]
        for values in zip(*document.values(), strict=True)
    ]


def sweep_rows(curves: EncodingCurves) -> list[Document]:
    """Return a row for each rate that was tried."""
    sweep = curves.sweep
    if sweep is None:
        return []
    columns = (sweep.rates, sweep.mean, sweep.std, sweep.n_diverged)
    names = ("learning_rate", "validation_accuracy", "accuracy_std", "n_diverged")
    return [dict(zip(names, row, strict=True)) for row in zip(*columns, strict=True)]


def change_rows(curves: EncodingCurves, image_shape: tuple[int, ...]) -> list[Document]:
    """Return a row for each pixel whose weights are its own."""
    change = curves.main.weight_change
    if change is None:
        return []
    axes = ("row", "column", "channel")[: len(image_shape)]
    places = np.indices(image_shape).reshape(len(image_shape), -1).T.tolist()
    return [
        {**dict(zip(axes, place, strict=True)), "weight_change": value}
        for place, value in zip(places, change.tolist(), strict=True)
    ]


def settings_document(settings: EncodingSettings) -> Document:
    """Return what was asked for."""
    return {
        "encodings": settings.names,
        "models": [choice.name for choice in settings.choices],
        "learning_rates": {choice.name: settings.rate_of(choice) for choice in settings.choices},
        "rates": settings.tried_rates,
        "trials": settings.trials,
        "updates": settings.updates,
        "batch": settings.batch,
        "seeds": settings.seeds,
        "seed": settings.seed,
    }


def _accuracy(curve: LearningCurve) -> Document:
    return {
        "learning_rate": curve.rate,
        "mean_accuracy": curve.mean_accuracy,
        "mean_accuracy_std": curve.mean_accuracy_std,
        "final_accuracy": curve.final_accuracy,
    }


def _border_share(curve: LearningCurve, image_shape: tuple[int, ...]) -> float | None:
    return None if curve.weight_change is None else border_share(curve.weight_change, image_shape)
