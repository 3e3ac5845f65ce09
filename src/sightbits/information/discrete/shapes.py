"""What goes into an entropy estimator of counts, and what comes out."""

from collections.abc import Callable

import numpy as np
from jaxtyping import Float, Int

Counts = Int[np.ndarray, "*batch cells"]
Entropies = Float[np.ndarray, "*batch"]
Estimator = Callable[[Counts], Entropies]
