"""What a study of measuring found, in memory, as a document and as tables."""

from dataclasses import dataclass

from sightbits.core.images import Provenance
from sightbits.core.result import Result
from sightbits.core.units import Unit
from sightbits.measurement.tree import Branch
from sightbits.studies.measurement_curve.curves import MeasurementCurve
from sightbits.studies.measurement_curve.episodes import Episode
from sightbits.studies.measurement_curve.game import Game
from sightbits.studies.measurement_curve.settings import MeasureSettings


@dataclass(frozen=True, eq=False, kw_only=True)
class MeasurementCurves(Result):
    """The outcome of `compare_measuring`.

    Parameters
    ----------
    curves
        By "policy/belief", in the order asked for; the first is the main one.
    level_names
        A word for each level that the main belief tells apart.
    tree
        The main policy's first choices.
    episodes
        Single test images under the main policy and belief.
    game
        What the game on the report's page needs; None where images have channels or are too large.
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

    @property
    def main(self) -> MeasurementCurve:
        """The figures of the first policy and belief."""
        return next(iter(self.curves.values()))
