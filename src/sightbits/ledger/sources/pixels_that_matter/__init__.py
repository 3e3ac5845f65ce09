"""An article on the 8x8 digits: which pixels carry information on the digit, and how few of them are enough."""

from sightbits.ledger.experiment import Source
from sightbits.ledger.sources.pixels_that_matter.best_pixel import BEST_PIXEL
from sightbits.ledger.sources.pixels_that_matter.how_few import HOW_FEW
from sightbits.ledger.sources.pixels_that_matter.maps import MAPS
from sightbits.ledger.sources.pixels_that_matter.resolution import RESOLUTION

PIXELS_THAT_MATTER = Source(
    name="pixels-that-matter",
    title="The pixels that matter",
    by="an article of April 2026",
    experiments=(MAPS, BEST_PIXEL, HOW_FEW, RESOLUTION),
)
