"""Entropy of a discrete variable from its counts: the plug-in estimate and its corrections, in nats.

Each estimator takes counts with one row of cells a table (any batch axes before) and returns one entropy a row;
a row without samples gives NaN. Each cell of a row is a possible value, also where it was never seen: this matters
to those of `smoothing` alone. Cost: one pass over the cells; `dirichlet` and `nsb` also sort each row.
"""

from sightbits.information.discrete.additive import ADDITIVE as ADDITIVE
from sightbits.information.discrete.additive import AdditiveEstimator as AdditiveEstimator
from sightbits.information.discrete.additive import grassberger as grassberger
from sightbits.information.discrete.additive import jackknife as jackknife
from sightbits.information.discrete.additive import miller_madow as miller_madow
from sightbits.information.discrete.additive import plug_in as plug_in
from sightbits.information.discrete.coverage import chao_shen as chao_shen
from sightbits.information.discrete.coverage import chao_wang_jost as chao_wang_jost
from sightbits.information.discrete.shapes import Counts as Counts
from sightbits.information.discrete.shapes import Entropies as Entropies
from sightbits.information.discrete.shapes import Estimator as Estimator
from sightbits.information.discrete.smoothing import dirichlet as dirichlet
from sightbits.information.discrete.smoothing import nsb as nsb
from sightbits.information.discrete.smoothing import shrinkage as shrinkage

ESTIMATORS: dict[str, Estimator] = {
    "plug_in": plug_in,
    "miller_madow": miller_madow,
    "grassberger": grassberger,
    "chao_shen": chao_shen,
    "chao_wang_jost": chao_wang_jost,
    "shrinkage": shrinkage,
    "dirichlet": dirichlet,
    "nsb": nsb,
    "jackknife": jackknife,
}
