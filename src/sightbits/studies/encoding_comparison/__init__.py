"""Encodings compared: the same information, learned from differently."""

from sightbits.studies.encoding_comparison.comparing import check_encodings as check_encodings
from sightbits.studies.encoding_comparison.comparing import compare_encodings as compare_encodings
from sightbits.studies.encoding_comparison.curves import EncodingCurves as EncodingCurves
from sightbits.studies.encoding_comparison.curves import LearningCurve as LearningCurve
from sightbits.studies.encoding_comparison.curves import RateSweep as RateSweep
from sightbits.studies.encoding_comparison.folds import Fold as Fold
from sightbits.studies.encoding_comparison.inputs import EncodedInputs as EncodedInputs
from sightbits.studies.encoding_comparison.result import EncodingComparison as EncodingComparison
from sightbits.studies.encoding_comparison.settings import DEFAULT_ENCODINGS as DEFAULT_ENCODINGS
from sightbits.studies.encoding_comparison.settings import DEFAULT_RATES as DEFAULT_RATES
from sightbits.studies.encoding_comparison.settings import EncodingSettings as EncodingSettings
