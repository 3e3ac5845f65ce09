"""What single filters of a layer tell, and how many of them are enough, beside what chance gives.

`information` measures each filter by itself; `permutation` is the source's rule for the number of filters, `selection`
the rule that replaces it, on `residuals`; `planted` makes filters of which it is known how many are enough.
"""

from sightbits.estimation.filters.information import FilterFigures as FilterFigures
from sightbits.estimation.filters.information import measure_filters as measure_filters
from sightbits.estimation.filters.permutation import cmi_permutation as cmi_permutation
from sightbits.estimation.filters.selected import PAPER as PAPER
from sightbits.estimation.filters.selected import REPAIRED as REPAIRED
from sightbits.estimation.filters.selected import FilterSelection as FilterSelection
from sightbits.estimation.filters.selected import SelectionStep as SelectionStep
from sightbits.estimation.filters.selection import rank_filters as rank_filters
from sightbits.estimation.filters.selection import select_filters as select_filters
