"""An article on measuring MNIST images pixel by pixel, by entropy, until their class is known."""

from sightbits.ledger.experiment import Experiment, Source
from sightbits.ledger.sources.entropic_measuring import claims
from sightbits.ledger.sources.entropic_measuring.counting import count_pixels
from sightbits.ledger.sources.entropic_measuring.measuring import measure_images

ENTROPIC_MEASURING = Source(
    name="entropic-measuring",
    title="Entropic Measuring of MNIST Images",
    by="Chris Beeler, 2022",
    experiments=(
        Experiment(
            name="what is counted of each pixel",
            claims=(
                claims.PIXELS,
                claims.GREY_VALUES,
                claims.NOT_EQUAL,
                claims.ALL_DIFFERENT,
                claims.INDEPENDENT_ADDS,
                claims.AVERAGE,
                claims.CLASS_PROBABILITY,
                claims.MISSING_BRIGHT,
                claims.HOLES_ARE_DARK,
                claims.NO_MISSING_DARK,
                claims.FACTORS,
                claims.UNIFORM,
            ),
            run=count_pixels,
        ),
        Experiment(
            name="images measured pixel by pixel",
            claims=(
                claims.RULE_TELLS,
                claims.LOWEST_JOINT_TELLS,
                claims.LOWEST_CONDITIONAL_TELLS,
                claims.LOWEST_JOINT_SHAPES,
                claims.LOWEST_CONDITIONAL_SHAPES,
                claims.HIGHEST_JOINT_STALLS,
                claims.HIGHEST_CONDITIONAL_STALLS,
                claims.CONDITION_TELLS,
                claims.ENDS,
                claims.ENDS_RIGHT,
                claims.OWN_TABLE,
            ),
            run=measure_images,
        ),
    ),
    untested=(claims.EXAMPLES,),
)
