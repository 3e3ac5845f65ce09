"""What a study of measuring found, in memory, as a document and as tables."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from sightbits.core.images import Provenance
from sightbits.core.result import Columns, Result, plain, versions
from sightbits.core.units import Unit
from sightbits.measurement.measurer import Measurer
from sightbits.measurement.tree import Branch
from sightbits.studies.measurement_curve import documents
from sightbits.studies.measurement_curve.caveats import warnings_of
from sightbits.studies.measurement_curve.curves import MeasurementCurve
from sightbits.studies.measurement_curve.episodes import Episode
from sightbits.studies.measurement_curve.game import Game
from sightbits.studies.measurement_curve.settings import MeasureSettings, Position


@dataclass(frozen=True, eq=False, kw_only=True)
class MeasurementCurves(Result):
    """The outcome of `compare_measuring`.

    Parameters
    ----------
    curves
        By "policy/belief", in the order asked for; the first is the main one.
    level_names
        A word for each level that the main belief tells apart when it chooses.
    tree
        The main policy's first choices.
    episodes
        Single test images under the main policy and belief.
    game
        What the game on the report's page needs; None where images have channels or are too large.
    measurer
        The main policy and belief, fitted to the training images: ready for an instrument, or to be saved.
    """

    provenance: Provenance
    image_shape: tuple[int, ...]
    label_names: tuple[str, ...]
    value_range: tuple[float, float]
    n_training: int
    n_test: int
    settings: MeasureSettings
    unit: Unit
    curves: dict[str, MeasurementCurve]
    level_names: tuple[str, ...]
    tree: Branch
    episodes: tuple[Episode, ...]
    game: Game | None
    measurer: Measurer | None = None

    @property
    def main(self) -> MeasurementCurve:
        """The figures of the first policy and belief."""
        return next(iter(self.curves.values()))

    @property
    def n_pixels(self) -> int:
        """The most pixels on a curve."""
        return int(self.main.n_pixels[-1])

    @property
    def warnings(self) -> tuple[str, ...]:
        """What a reader should know before believing the figures; empty where there is nothing."""
        return warnings_of(list(self.curves.values()), self.settings)

    def position(self, pixel: Any) -> Position:
        """Return row and column (and channel) of a pixel number."""
        return tuple(int(i) for i in np.unravel_index(int(pixel), self.image_shape))

    def to_dict(self) -> dict[str, Any]:
        """Return the whole study as a JSON-able document; it does not tell how long anything took."""
        curves = self.curves
        return plain(
            {
                "study": "measure",
                "version": versions()["sightbits"],
                "versions": versions(),
                "source": self.provenance.document(
                    split="test",
                    n_images=self.n_test,
                    n_training=self.n_training,
                    image_shape=self.image_shape,
                    label_names=self.label_names,
                    value_range=self.value_range,
                ),
                "settings": documents.settings_document(self.settings, self.n_pixels),
                "unit": self.unit.value,
                "warnings": self.warnings,
                "curves": {name: documents.curve_document(curve, self.unit) for name, curve in curves.items()},
                "pixels_to_stop": {name: documents.stop_document(curve) for name, curve in curves.items()},
                "trade_off": {name: documents.trade_off_document(curve) for name, curve in curves.items()},
                "calibration": {name: documents.calibration_document(curve) for name, curve in curves.items()},
                "measured": {name: curve.measured.reshape(self.image_shape) for name, curve in curves.items()},
                "level_names": self.level_names,
                "tree": self.in_words.nested(self.tree),
                "episodes": [
                    {
                        "image": episode.image,
                        "label": episode.label,
                        "pixels": [self.position(pixel) for pixel in episode.pixels],
                        "values": episode.values,
                        "posterior": episode.posterior,
                    }
                    for episode in self.episodes
                ],
            }
        )

    def tables(self) -> dict[str, Columns]:
        """Return `curves`, `pixels_to_stop`, `trade_off`, `calibration` and `tree` as columns."""
        curves = self.curves
        return {
            "curves": _joined({name: documents.curve_document(curve, self.unit) for name, curve in curves.items()}),
            "pixels_to_stop": _columns(
                [{"curve": name, **documents.stop_document(curve)} for name, curve in curves.items()]
            ),
            "trade_off": _joined({name: documents.trade_off_document(curve) for name, curve in curves.items()}),
            "calibration": self._calibration_table(),
            "tree": _columns(self.in_words.rows(self.tree)),
        }

    @property
    def in_words(self) -> documents.TreeDocument:
        """What says the tree's branches in words."""
        return documents.TreeDocument(
            policy=self.main.policy,
            settings=self.settings,
            unit=self.unit,
            level_names=self.level_names,
            label_names=self.label_names,
            image_shape=self.image_shape,
        )

    def _calibration_table(self) -> Columns:
        rows = [
            {"curve": name, "when": when, **dict(zip(bins, row, strict=True))}
            for name, curve in self.curves.items()
            for when, document in documents.calibration_document(curve).items()
            for bins in [{key: column for key, column in document.items() if key != "error"}]
            for row in zip(*bins.values(), strict=True)
        ]
        return _columns(plain(rows))


def _joined(of_curve: Mapping[str, Mapping[str, Any]]) -> Columns:
    """The columns of every curve one below the other, beside the curve's name."""
    first = next(iter(of_curve.values()))
    length = {name: len(next(iter(columns.values()))) for name, columns in of_curve.items()}
    return {
        "curve": [name for name, n in length.items() for _ in range(n)],
        **{column: np.concatenate([columns[column] for columns in of_curve.values()]) for column in first},
    }


def _columns(rows: Sequence[Mapping[str, Any]]) -> Columns:
    return {name: [row[name] for row in rows] for name in rows[0]}
