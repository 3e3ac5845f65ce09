"""Matrix-based information in convolutional networks: chains of layers, redundancy, the information plane, filters.

`parts` and `flows` give images and networks that several groups of claims share; `topologies` networks of several
widths; the other files hold a group of claims each, with the experiments that answer them.
"""

from sightbits.ledger.experiment import Source
from sightbits.ledger.sources.cnn_information import (
    data_processing,
    estimator,
    filters,
    information_plane,
    recipe,
    redundancy,
    vgg,
    widths,
)
from sightbits.ledger.sources.cnn_information.untested import UNTESTED

CNN_INFORMATION = Source(
    name="cnn-information",
    title="Understanding convolutional neural networks with information theory: an initial exploration",
    by="S. Yu, K. Wickstrøm, R. Jenssen, J. C. Príncipe, arXiv:1804.06537v5, 2020",
    experiments=(
        *estimator.EXPERIMENTS,
        *recipe.EXPERIMENTS,
        *data_processing.EXPERIMENTS,
        *redundancy.EXPERIMENTS,
        *information_plane.EXPERIMENTS,
        *widths.EXPERIMENTS,
        *filters.EXPERIMENTS,
        *vgg.EXPERIMENTS,
    ),
    untested=UNTESTED,
)
