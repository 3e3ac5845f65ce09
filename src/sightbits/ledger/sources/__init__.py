"""A file (or folder) a source: its claims, and the experiments that answer them."""

from sightbits.ledger.experiment import Source
from sightbits.ledger.sources.mi_and_entropy import MI_AND_ENTROPY

SOURCES: dict[str, Source] = {source.name: source for source in (MI_AND_ENTROPY,)}
