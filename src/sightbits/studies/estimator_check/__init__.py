"""Which estimators of mutual information can be trusted at a sample size: tried where the truth is known."""

from sightbits.studies.estimator_check.checking import check_estimators as check_estimators
from sightbits.studies.estimator_check.checking import check_estimators_for as check_estimators_for
from sightbits.studies.estimator_check.result import EstimatorCheck as EstimatorCheck
from sightbits.studies.estimator_check.result import Trial as Trial
