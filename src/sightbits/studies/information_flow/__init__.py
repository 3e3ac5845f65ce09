"""What each layer of a network keeps about input and label while it learns, and how much of that is chance or scale.

`following` goes from data to result; `run` trains and measures one seed; `traces` holds what was measured of all, and
`inequalities` looks at it for the data processing inequalities.
"""

from sightbits.studies.information_flow.following import check_flow as check_flow
from sightbits.studies.information_flow.following import follow_information as follow_information
from sightbits.studies.information_flow.inequalities import Inequalities as Inequalities
from sightbits.studies.information_flow.result import InformationFlow as InformationFlow
from sightbits.studies.information_flow.settings import FlowSettings as FlowSettings
from sightbits.studies.information_flow.traces import FlowTrace as FlowTrace
