"""How many filters of a layer are enough, and which may go."""

from sightbits.studies.filters.result import FilterStudy as FilterStudy
from sightbits.studies.filters.settings import FilterSettings as FilterSettings
from sightbits.studies.filters.studying import check_filters as check_filters
from sightbits.studies.filters.studying import study_filters as study_filters
