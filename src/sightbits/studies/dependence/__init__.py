"""How dependent are two variables, is it linear, and how much of the figure is real."""

from sightbits.studies.dependence.measuring import measure_dependence as measure_dependence
from sightbits.studies.dependence.result import Correlation as Correlation
from sightbits.studies.dependence.result import Dependence as Dependence
