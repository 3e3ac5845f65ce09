"""What a comparison of encodings found, in memory, as a document and as tables."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy.stats import kendalltau

from sightbits.core.images import Provenance
from sightbits.core.result import Columns, Result, plain, versions
from sightbits.core.units import Unit
from sightbits.studies.encoding_comparison import documents
from sightbits.studies.encoding_comparison.caveats import warnings_of
from sightbits.studies.encoding_comparison.curves import EncodingCurves
from sightbits.studies.encoding_comparison.folds import Fold
from sightbits.studies.encoding_comparison.inputs import EncodedInputs
from sightbits.studies.encoding_comparison.settings import EncodingSettings

_CLEAR = 2.0  # standard errors


@dataclass(frozen=True, eq=False, kw_only=True)
class EncodingComparison(Result):
    """What each encoding of the grey values does to learning, beside the information, which it leaves alone.

    Parameters
    ----------
    n_training, n_validation, n_test
        How many images were learned from, chose learning rates, told the accuracy.
    encodings
        What each encoding does to the training images, by name.
    curves
        By network, then by encoding.
    folds
        Likewise: the network that learned on the first encoding, folded onto each.

    Notes
    -----
    Information is kept in nats and shown in `unit`.

    Examples
    --------
    >>> from sightbits import compare_encodings
    >>> found = compare_encodings("digits", encodings=["identity", "centred"], trials=4, updates=10, seeds=1, rates=[])
    >>> sorted(found.to_dict()["encodings"]["centred"])[:4]
    ['best', 'bijective', 'border_share', 'condition_number']
    """

    provenance: Provenance
    image_shape: tuple[int, ...]
    label_names: tuple[str, ...]
    value_range: tuple[float, float]
    n_training: int
    n_validation: int
    n_test: int
    settings: EncodingSettings
    unit: Unit
    encodings: Mapping[str, EncodedInputs]
    curves: Mapping[str, Mapping[str, EncodingCurves]]
    folds: Mapping[str, Mapping[str, Fold]]

    @property
    def main_model(self) -> str:
        """The network that comes first."""
        return next(iter(self.curves))

    @property
    def reference(self) -> str:
        """The encoding that comes first: others are held against it."""
        return next(iter(self.encodings))

    @property
    def n_labels(self) -> int:
        """How many labels there are."""
        return len(self.label_names)

    @property
    def warnings(self) -> tuple[str, ...]:
        """What to know before believing the figures."""
        return warnings_of(self.curves, self.encodings, self.settings, self.n_labels)

    def gap_closed(self, model: str, name: str, *, best: bool = False) -> float:
        """Return the share of the gap between the inverted and the reference encoding that another one closes.

        Parameters
        ----------
        best
            Whether each encoding learns at its own best rate, not all at a common one.

        Notes
        -----
        Of the accuracy averaged over the learning curve. NaN where `inverted` was not compared, or where the gap is
        within twice its standard error over seeds (with one seed, that of the test images): a share of noise.
        """
        wanted = (self.reference, "inverted", name)
        found = [documents.curve_of(self.curves[model][one], best=best) for one in wanted if one in self.encodings]
        curves = [curve for curve in found if curve is not None]
        if len(curves) < len(wanted):
            return float("nan")
        reference, inverted, own = (curve.mean_accuracy for curve in curves)
        errors = [documents.standard_error(curve, self.n_test) for curve in curves[:2]]
        noise = np.hypot(errors[0], errors[1])
        gap = reference - inverted
        return float((own - inverted) / gap) if gap > _CLEAR * noise else float("nan")

    def order_agreement(self, model: str) -> float:
        """Return Kendall's tau-b between low condition numbers and accuracy at each encoding's own best rate.

        Notes
        -----
        Over the encodings that lose nothing, averaged over learning curves (at the common rate where none were tried):
        1 where the condition numbers order them as their learning curves do. Encodings alike to a thousandth of a
        decade, or to 1e-5 of accuracy, count as ties. NaN with fewer than two.

        Source: M. G. Kendall, The treatment of ties in ranking problems, 1945.
        """
        names = [name for name, inputs in self.encodings.items() if inputs.bijective]
        curves = [self.curves[model][name].best or self.curves[model][name].main for name in names]
        if len(names) < 2 or any(np.isnan(curve.mean_accuracy) for curve in curves):
            return float("nan")
        decades = [-round(np.log10(self.encodings[name].spectrum.condition_number), 3) for name in names]
        return float(kendalltau(decades, [round(curve.mean_accuracy, 5) for curve in curves]).statistic)

    def largest_information_difference(self, name: str) -> float:
        """Return the largest difference, of any pixel, from its information in the reference encoding, in nats."""
        own, reference = (self.encodings[one].information.value for one in (name, self.reference))
        return float(np.abs(own - reference).max())

    def to_dict(self) -> dict[str, Any]:
        """Return the whole study as a JSON-able document."""
        described = {
            name: documents.inputs_document(inputs, self.n_labels, self.unit, self.largest_information_difference(name))
            for name, inputs in self.encodings.items()
        }
        models = {
            model: {
                name: {
                    **documents.curves_document(one, self.image_shape, self.unit),
                    "gap_closed": self.gap_closed(model, name),
                    "gap_closed_at_best_rates": self.gap_closed(model, name, best=True),
                    "fold": vars(self.folds[model][name]),
                }
                for name, one in curves.items()
            }
            for model, curves in self.curves.items()
        }
        return plain(
            {
                "study": "encodings",
                "version": versions()["sightbits"],
                "versions": versions(),
                "source": self.provenance.document(
                    split="test",
                    n_images=self.n_test,
                    n_training=self.n_training,
                    n_validation=self.n_validation,
                    image_shape=self.image_shape,
                    label_names=self.label_names,
                    value_range=self.value_range,
                ),
                "settings": documents.settings_document(self.settings),
                "unit": self.unit.value,
                "warnings": self.warnings,
                "encodings": {name: {**models[self.main_model][name], **described[name]} for name in self.encodings},
                "models": models,
                "order_agreement": {model: self.order_agreement(model) for model in self.curves},
            }
        )

    def tables(self) -> dict[str, Columns]:
        """Return `encodings`, `curves`, `rates`, `weight_change` and `spectrum` as columns."""
        each = [(model, name, one) for model, curves in self.curves.items() for name, one in curves.items()]
        tables = {
            "encodings": _columns([self._summary_row(model, name) for model, name, _ in each]),
            "curves": _columns(
                [{"model": model, "encoding": name, **row} for model, name, one in each
                 for row in documents.curve_rows(one, self.unit)]
            ),
            "rates": _columns(
                [{"model": model, "encoding": name, **row} for model, name, one in each
                 for row in documents.sweep_rows(one)]
            ),
            "weight_change": _columns(
                [{"model": model, "encoding": name, **row} for model, name, one in each
                 for row in documents.change_rows(one, self.image_shape)]
            ),
            "spectrum": _columns(
                [{"encoding": name, "rank": i + 1, "eigenvalue": float(value)}
                 for name, inputs in self.encodings.items() for i, value in enumerate(inputs.spectrum.eigenvalues)]
            ),
        }  # fmt: skip
        return {name: columns for name, columns in tables.items() if columns}

    def _summary_row(self, model: str, name: str) -> dict[str, Any]:
        inputs, one, fold = self.encodings[name], self.curves[model][name], self.folds[model][name]
        return {
            "model": model,
            "encoding": name,
            **documents.summary_row(one, self.image_shape),
            "gap_closed": self.gap_closed(model, name),
            **documents.inputs_row(inputs, self.n_labels, self.unit),
            "fold_difference": fold.difference,
            "fold_reason": fold.reason,
        }


def _columns(rows: list[dict[str, Any]]) -> Columns:
    return {key: [row[key] for row in rows] for key in rows[0]} if rows else {}
