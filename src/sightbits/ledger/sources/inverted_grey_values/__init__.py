"""A question on what inverting the grey values of MNIST does to training, with a comment and an answer."""

from sightbits.ledger.experiment import Experiment, Source
from sightbits.ledger.sources.inverted_grey_values import claims
from sightbits.ledger.sources.inverted_grey_values.first_layer import rewrite_layers, train_networks
from sightbits.ledger.sources.inverted_grey_values.images import describe_images
from sightbits.ledger.sources.inverted_grey_values.training import train_codes

INVERTED_GREY_VALUES = Source(
    name="inverted-grey-values",
    title="Impact of inverting grayscale values on mnist dataset",
    by="a question on stats.stackexchange.com, 2016, with comments and an answer of 2017",
    experiments=(
        Experiment(
            name="grey values and what they tell",
            claims=(
                claims.RANGE,
                claims.MOSTLY_ZERO,
                claims.LINEAR,
                claims.MEAN,
                claims.MEAN_INVERTED,
                claims.BORDER_TELLS_NOTHING,
                claims.CENTRE_TELLS,
            ),
            run=describe_images,
        ),
        Experiment(
            name="softmax regression",
            claims=(
                claims.NORMAL,
                claims.INVERTED,
                claims.WORSE,
                claims.CENTRING,
                claims.PRACTICE_CENTRE,
                claims.PRACTICE_NORMALISE,
                claims.ZERO_STAYS,
                claims.BORDER_STAYS,
                claims.BORDER_MOVES,
                claims.CENTRE_DARK,
                claims.BORDER_EXPLAINS,
                claims.LEARNABLE,
                claims.LEARNED,
            ),
            run=train_codes,
        ),
        Experiment(
            name="first layers rewritten",
            claims=(claims.FOLD, claims.FOLD_PADDED),
            run=rewrite_layers,
        ),
        Experiment(
            name="networks with hidden layers",
            claims=(claims.NORM, claims.NORM_TRAINED, claims.CONVOLUTIONS),
            run=train_networks,
            extra="torch",
        ),
    ),
    untested=(claims.SPEED,),
)
