"""How long a Gaussian kernel is: by rule of thumb, by the distances, or by how well it agrees with labels."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from sightbits.core.checks import InputError, check_whole
from sightbits.information.gram.arrays import check_same_samples, floats, library_of, square_matrices
from sightbits.information.gram.kernels import gaussian_kernel, squared_distances


def silverman_size(n: int, d: int, h: float) -> float:
    """Return h n^(-1 / (4 + d)), Silverman's rule of thumb for n samples of d columns.

    Parameters
    ----------
    h
        The size that a single sample would have, in the units of the points: the source takes 5 for layers and 0.1 for
        errors, whatever the scale of what it measures.

    Raises
    ------
    InputError
        Where n or d is not a positive whole number, or h not a positive finite number.

    Notes
    -----
    In many dimensions this is h: it does not follow the scale of the points, as `median_size` does.

    Source: S. Yu, K. Wickstrøm, R. Jenssen, J. C. Príncipe, Understanding convolutional neural networks with
    information theory: an initial exploration, IEEE Transactions on Neural Networks and Learning Systems 32, 2021,
    435-442 (arXiv:1804.06537), section III; B. W. Silverman, Density Estimation for Statistics and Data Analysis, 1986.

    Examples
    --------
    >>> round(silverman_size(128, 784, 5.0), 4)
    4.9693
    """
    check_whole("n", n, low=1)
    check_whole("d", d, low=1)
    if not 0 < h < np.inf:
        raise InputError("h", wanted="a positive finite number", got=h, remedy="The source takes 5 for layers.")
    return float(h * n ** (-1 / (4 + d)))


def median_size(points: Any) -> Any:
    """Return the median distance of two different samples, one for each set of points (..., n, d).

    Raises
    ------
    InputError
        Where a value is not finite, or there are fewer than two samples.

    Notes
    -----
    Where more than half of the pairs coincide, the median would be 0, which is no size: the median of the pairs that do
    not coincide is taken; where all coincide, 1, as then every size gives the same Gram matrix. Pairs coincide that are
    no further apart than rounding can put them. A multiple of the points has the same multiple as its size: the Gram
    matrix does not know the scale. Cost: n^2 d, and n^2 log n to sort.

    Source: A. Gretton et al., A kernel two-sample test, Journal of Machine Learning Research 13, 2012, 723-773,
    section 8.

    Examples
    --------
    >>> float(median_size(np.array([[0.0], [1.0], [4.0]])).round(6))  # distances 1, 3, 4
    3.0
    """
    points = floats("points", points, n_axes=2)
    n = points.shape[-2]
    if n < 2:
        raise InputError("points", wanted="two samples or more", got=n, remedy="Give more samples.")
    library = library_of(points)
    squares = squared_distances(points)
    lengths = ((points - points.mean(-2)[..., None, :]) ** 2).sum(-1)
    rounding = 16 * library.finfo(points.dtype).eps * points.shape[-1] ** 0.5
    apart = squares > rounding * (lengths[..., :, None] + lengths[..., None, :])
    rows, columns = np.triu_indices(n, 1)
    distances = library.sqrt(squares * apart)[..., rows, columns]
    ordered = np.sort(distances, axis=-1) if library is np else distances.sort(-1).values
    n_pairs = len(rows)
    n_zero = (ordered == 0).sum(-1)
    start = library.where(_middle(ordered, n_zero * 0) > 0, n_zero * 0, n_zero)
    median = _middle(ordered, start)
    return library.where(n_zero < n_pairs, median, library.ones_like(median))


def alignment_size(points: Any, label_gram: Any, candidates: Sequence[float]) -> Any:
    """Return the candidate whose Gaussian kernel agrees best with the kernel of the labels, one a set of points.

    Parameters
    ----------
    points
        The samples, (..., n, d).
    label_gram
        The Gram matrix of the labels, such as `match_kernel(labels)`, (..., n, n).
    candidates
        Positive sizes to choose from.

    Returns
    -------
    The size K for which sum K_ij L_ij / sqrt(sum K_ij^2 sum L_ij^2) is largest; of equals, the first.

    Raises
    ------
    InputError
        As `gaussian_kernel`; where there are no candidates, the label matrix is 0, or of other samples.

    Notes
    -----
    Over the steps of a training run the source takes a moving average of the sizes so chosen. Cost: n^2 exponentials a
    candidate.

    Source: K. K. Wickstrøm, S. Løkse, M. C. Kampffmeyer, S. Yu, J. C. Príncipe, R. Jenssen, Analysis of deep
    convolutional neural networks using tensor kernels and matrix-based entropy, Entropy 25, 2023, 899; the alignment:
    N. Cristianini, J. Shawe-Taylor, A. Elisseeff, J. Kandola, On kernel-target alignment, Advances in Neural
    Information Processing Systems 14, 2001.

    Examples
    --------
    >>> points, same = np.array([[0.0], [0.1], [5.0], [5.1]]), np.kron(np.eye(2), np.ones((2, 2)))
    >>> float(alignment_size(points, same, [0.01, 1.0, 100.0]))
    1.0
    """
    if len(candidates) == 0:
        raise InputError("candidates", wanted="one size or more", got="none", remedy="Give sizes to choose from.")
    labels = square_matrices("label_gram", label_gram)
    kernels = [gaussian_kernel(points, size) for size in candidates]
    check_same_samples(("points", "label_gram"), (kernels[0], labels))
    library = library_of(labels)
    if not bool((labels != 0).any(-1).any(-1).all()):
        raise InputError("label_gram", wanted="a matrix that is not 0", got="zeros", remedy="Use match_kernel(labels).")
    # The norm of the labels' matrix is the same for all candidates.
    aligned = [(kernel * labels).sum((-2, -1)) / library.sqrt((kernel**2).sum((-2, -1))) for kernel in kernels]
    best = library.stack(aligned).argmax(0)
    if library is np:
        return np.asarray(candidates, dtype=np.float64)[best]
    return library.as_tensor(candidates, dtype=library.float64, device=labels.device)[best]


def _middle(ordered: Any, start: Any) -> Any:
    """Return the median of what stands in ordered rows from `start` on, the last where nothing does."""
    n = ordered.shape[-1]
    places = [((start + n - 1) // 2).clip(max=n - 1), ((start + n) // 2).clip(max=n - 1)]
    take = np.take_along_axis if library_of(ordered) is np else library_of(ordered).take_along_dim
    low, high = (take(ordered, place[..., None], -1)[..., 0] for place in places)
    return (low + high) / 2
