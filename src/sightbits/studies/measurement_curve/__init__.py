"""Measuring compared: how many pixels are enough when each is chosen by what the ones before it showed."""

from sightbits.studies.measurement_curve.curves import Calibration as Calibration
from sightbits.studies.measurement_curve.curves import MeasurementCurve as MeasurementCurve
from sightbits.studies.measurement_curve.episodes import Episode as Episode
from sightbits.studies.measurement_curve.game import Game as Game
from sightbits.studies.measurement_curve.measuring import check_measuring as check_measuring
from sightbits.studies.measurement_curve.measuring import compare_measuring as compare_measuring
from sightbits.studies.measurement_curve.result import MeasurementCurves as MeasurementCurves
from sightbits.studies.measurement_curve.settings import DEFAULT_CURVES as DEFAULT_CURVES
from sightbits.studies.measurement_curve.settings import MeasureSettings as MeasureSettings
