"""Where the weights of a layer start."""

import numpy as np
from jaxtyping import Float32

_NORMAL_DEVIATION = 0.1


def draw_weights(
    initialisation: str, shape: tuple[int, ...], rng: np.random.Generator
) -> tuple[Float32[np.ndarray, "..."], Float32[np.ndarray, "outputs"]]:
    """Return weights (outputs first) and biases of a layer.

    Notes
    -----
    zero: all 0. uniform: weights and biases between -+ 1/sqrt(inputs), as PyTorch has it. normal: standard deviation
    .1, biases 0. glorot: uniform between -+ sqrt(6 / (inputs + outputs)), biases 0. he: normal with variance
    2 / inputs, biases 0. A convolution's inputs and outputs are counted with its places.

    Source: X. Glorot and Y. Bengio, Understanding the difficulty of training deep feedforward neural networks, 2010,
    equation 16; K. He et al., Delving deep into rectifiers, 2015, equation 10.

    Examples
    --------
    >>> weights, biases = draw_weights("he", (100, 800), np.random.default_rng(0))
    >>> round(float(weights.std()), 2), float(biases.max())
    (0.05, 0.0)
    """
    places = int(np.prod(shape[2:]))
    n_inputs, n_outputs = shape[1] * places, shape[0] * places
    biases = np.zeros(shape[0], dtype=np.float32)
    if initialisation == "uniform":
        most = n_inputs**-0.5
        return _uniform(most, shape, rng), _uniform(most, shape[:1], rng)
    if initialisation == "glorot":
        return _uniform((6 / (n_inputs + n_outputs)) ** 0.5, shape, rng), biases
    deviation = {"zero": 0.0, "normal": _NORMAL_DEVIATION, "he": (2 / n_inputs) ** 0.5}[initialisation]
    return (deviation * rng.standard_normal(shape)).astype(np.float32), biases


def _uniform(most: float, shape: tuple[int, ...], rng: np.random.Generator) -> Float32[np.ndarray, "..."]:
    return rng.uniform(-most, most, shape).astype(np.float32)
