"""A tutorial on mutual information and entropy, with an example of two noisy series."""

from sightbits.ledger.experiment import Source
from sightbits.ledger.sources.mi_and_entropy.correlation import CORRELATION
from sightbits.ledger.sources.mi_and_entropy.example import EXAMPLE_OF_THE_TEXT
from sightbits.ledger.sources.mi_and_entropy.identities import IDENTITIES

MI_AND_ENTROPY = Source(
    name="mi-and-entropy",
    title="Mutual information and its relationship to information entropy",
    by="a tutorial",
    experiments=(EXAMPLE_OF_THE_TEXT, IDENTITIES, CORRELATION),
)
