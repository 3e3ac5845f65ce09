"""What the layers of a network tell of its input, its label and each other, from one batch, beside what chance gives.

`batch` is what a network made of some images; `kernels` turns it into Gram matrices; `chains` follows information
through the layers, `pairs` asks how redundant feature maps are; `measuring` does all of it.
"""

from sightbits.estimation.layers.batch import LayerBatch as LayerBatch
from sightbits.estimation.layers.measuring import LayerFigures as LayerFigures
from sightbits.estimation.layers.measuring import measure_layers as measure_layers
from sightbits.estimation.layers.pairs import PairFigures as PairFigures
from sightbits.estimation.layers.settings import LayerSettings as LayerSettings
