"""A file (or folder) a source: its claims, and the experiments that answer them."""

from sightbits.ledger.experiment import Source
from sightbits.ledger.sources.cnn_information import CNN_INFORMATION
from sightbits.ledger.sources.entropic_measuring import ENTROPIC_MEASURING
from sightbits.ledger.sources.inverted_grey_values import INVERTED_GREY_VALUES
from sightbits.ledger.sources.mi_and_entropy import MI_AND_ENTROPY
from sightbits.ledger.sources.pixels_that_matter import PIXELS_THAT_MATTER

_ALL = (PIXELS_THAT_MATTER, MI_AND_ENTROPY, ENTROPIC_MEASURING, INVERTED_GREY_VALUES, CNN_INFORMATION)

SOURCES: dict[str, Source] = {source.name: source for source in _ALL}
