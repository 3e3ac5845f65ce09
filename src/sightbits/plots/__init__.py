"""Pictures of results: `chart(result)` gives the main one, `pictures(result)` all of them by name.

`animations(result)` gives those that move.
"""

from functools import singledispatch
from typing import Any

from sightbits.core.result import Result
from sightbits.ledger.result import Ledger
from sightbits.plots import dependence, estimator_check
from sightbits.plots.encoding_comparison import pictures as encoding_pictures
from sightbits.plots.filters import pictures as filter_pictures
from sightbits.plots.information_flow import pictures as flow_pictures
from sightbits.plots.ledger import pictures as ledger_pictures
from sightbits.plots.measurement_curve import animation
from sightbits.plots.measurement_curve import pictures as measurement_pictures
from sightbits.plots.picture import Picture
from sightbits.plots.pixel_audit import pictures as pixel_pictures
from sightbits.studies.dependence import Dependence
from sightbits.studies.encoding_comparison.result import EncodingComparison
from sightbits.studies.estimator_check import EstimatorCheck
from sightbits.studies.filters.result import FilterStudy
from sightbits.studies.information_flow.result import InformationFlow
from sightbits.studies.measurement_curve.result import MeasurementCurves
from sightbits.studies.pixel_audit import PixelAudit


@singledispatch
def main_picture(result: Result, **options: Any) -> Picture:
    """Return the main picture of a result."""
    raise TypeError(f"no picture is known for {type(result).__name__}")


@singledispatch
def pictures(result: Result) -> dict[str, Picture]:
    """Return every picture of a result by name."""
    raise TypeError(f"no pictures are known for {type(result).__name__}")


@singledispatch
def animations(result: Result) -> dict[str, bytes]:
    """Return every animation of a result as a GIF, by file name; most results have none."""
    return {}


def chart(result: Result, **options: Any) -> Any:
    """Return the main picture of a result as an Altair chart."""
    return main_picture(result, **options).whole()


# The class is named outright: an annotation would be evaluated, and need every type it mentions, at run time.
main_picture.register(PixelAudit, pixel_pictures.flagship)
pictures.register(PixelAudit, pixel_pictures.all_pictures)
main_picture.register(Dependence, dependence.main_picture)
pictures.register(Dependence, dependence.all_pictures)
main_picture.register(EstimatorCheck, estimator_check.main_picture)
pictures.register(EstimatorCheck, estimator_check.all_pictures)
main_picture.register(MeasurementCurves, measurement_pictures.main_picture)
pictures.register(MeasurementCurves, measurement_pictures.all_pictures)
animations.register(MeasurementCurves, animation.animations)
main_picture.register(EncodingComparison, encoding_pictures.main_picture)
pictures.register(EncodingComparison, encoding_pictures.all_pictures)
main_picture.register(InformationFlow, flow_pictures.main_picture)
pictures.register(InformationFlow, flow_pictures.all_pictures)
main_picture.register(FilterStudy, filter_pictures.main_picture)
pictures.register(FilterStudy, filter_pictures.all_pictures)
main_picture.register(Ledger, ledger_pictures.main_picture)
pictures.register(Ledger, ledger_pictures.all_pictures)
