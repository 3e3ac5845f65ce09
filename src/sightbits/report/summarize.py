"""What to say and show of each kind of result."""

from functools import singledispatch

from sightbits.core.result import Result
from sightbits.ledger.result import Ledger
from sightbits.report import dependence, estimator_check
from sightbits.report.encoding_comparison import page as encoding_comparison
from sightbits.report.filters import page as filters
from sightbits.report.information_flow import page as information_flow
from sightbits.report.ledger import page as ledger
from sightbits.report.measurement_curve import page as measurement_curve
from sightbits.report.page import Page
from sightbits.report.pixel_audit import page as pixel_audit
from sightbits.studies.dependence import Dependence
from sightbits.studies.encoding_comparison.result import EncodingComparison
from sightbits.studies.estimator_check import EstimatorCheck
from sightbits.studies.filters.result import FilterStudy
from sightbits.studies.information_flow.result import InformationFlow
from sightbits.studies.measurement_curve.result import MeasurementCurves
from sightbits.studies.pixel_audit import PixelAudit


@singledispatch
def summarize(result: Result) -> Page:
    """Return the page of a result."""
    raise TypeError(f"no report is known for {type(result).__name__}")


summarize.register(PixelAudit, pixel_audit.summarize_audit)
summarize.register(Dependence, dependence.summarize_dependence)
summarize.register(EstimatorCheck, estimator_check.summarize_check)
summarize.register(MeasurementCurves, measurement_curve.summarize_measuring)
summarize.register(EncodingComparison, encoding_comparison.summarize_encodings)
summarize.register(InformationFlow, information_flow.summarize_flow)
summarize.register(FilterStudy, filters.summarize_filters)
summarize.register(Ledger, ledger.summarize_ledger)
