"""The criteria by name."""

from collections.abc import Callable, Mapping
from types import MappingProxyType

import numpy as np
from jaxtyping import Float

from sightbits.networks.pruning.criteria import single, together, usual
from sightbits.networks.pruning.view import FilterView

Criterion = Callable[[FilterView], Float[np.ndarray, "filters"]]

FUNCTIONS: Mapping[str, Criterion] = MappingProxyType(
    {
        "usable_information": together.usable_information,
        "learnable_information": together.learnable_information,
        "conditional_relevance": together.conditional_relevance,
        "excess_relevance": single.excess_relevance,
        "relevance_by_spread": single.relevance_by_spread,
        "scale_free_relevance": single.scale_free_relevance,
        "relevance": single.relevance,
        "bottleneck": single.bottleneck,
        "excess_bottleneck": single.excess_bottleneck,
        "taylor": usual.taylor,
        "l1": usual.l1,
        "apoz": usual.apoz,
        "hrank": usual.hrank,
        "random": usual.random,
    }
)
