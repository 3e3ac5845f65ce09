"""Training images as templates, with how their neighbours differ from them learned and not assumed."""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float32, Float64, Int64, UInt8
from scipy.ndimage import gaussian_filter
from scipy.special import entr

from sightbits.core.checks import InputError, check_whole
from sightbits.core.images import ImageDataset
from sightbits.core.levels import Code, CutCode
from sightbits.measurement.beliefs.templates.level_tree import LevelTree, grow_tree
from sightbits.measurement.beliefs.templates.template_set import TemplateMaker, TemplateSet, as_planes, cuts_at
from sightbits.measurement.noise import Channel
from sightbits.measurement.parts import is_number

# Readings are told apart finely, since each reading may as well be used; tables only as finely as choosing needs.
_READING_SHARES = (1 / 256, 3 / 16, 5 / 16, 1 / 2, 11 / 16, 7 / 8, 253 / 256)
_OUTCOME_SHARES = (3 / 16, 11 / 16)
_NEAREST = 8
_SMOOTHING = 1.0  # pixels, before distances are measured
_APART = 300  # images side by side in a file often have one source: they are no fair neighbours
_IMAGES_AT_ONCE = 250
_LEAST_IN_KIND = 150
_PSEUDO_COUNT = 0.5


@dataclass(frozen=True, eq=False, kw_only=True)
class MatchedTemplates(TemplateMaker):
    """Every training image is a template; what is read where it has such surroundings is learned from its neighbours.

    Parameters
    ----------
    n_pairs
        How many pairs (pixel of an image, the same pixel of a near neighbour) are learned from, at most: of few small
        images as many as there are.
    n_references
        How many images the neighbours are looked for of.
    kinds
        How many kinds of surroundings are told apart, at most 256.
    radius
        Surroundings are the (2 radius + 1) x (2 radius + 1) pixels around.
    sharpness
        The power to which the likelihood of each reading is raised; above 1 closer components count more.
    seed
        Of the pairs.

    Notes
    -----
    A hidden image is believed to differ from its component as near neighbours of one label differ from each other: a
    decision tree (at most `kinds` leaves) predicts the level at a pixel of an image from the surroundings of that
    pixel in a near neighbour, over pairs drawn more often where pixels vary more. So shifts, thickness and paper are
    learned at once, and no blur has to be guessed. Neighbours are the 8 nearest images of the same label after
    smoothing. Cost: O(references x images x pixels) for the neighbours, one pass over the images for the kinds;
    memory one byte a pixel for the kinds and one a pixel and outcome above 0.
    """

    n_pairs: int = 600_000
    n_references: int = 3000
    kinds: int = 256
    radius: int = 2
    sharpness: float = 1.2
    seed: int = 0

    def __post_init__(self) -> None:
        check_whole("n_pairs", self.n_pairs, low=1)
        check_whole("n_references", self.n_references, low=1)
        check_whole("kinds", self.kinds, low=2, high=256)
        check_whole("radius", self.radius, low=0, high=8)
        if not (is_number(self.sharpness) and 0 < self.sharpness < np.inf):
            raise InputError(
                "sharpness",
                wanted="a power above 0",
                got=repr(self.sharpness),
                remedy="1 takes likelihoods as learned.",
            )

    def code(self, training: ImageDataset) -> Code:
        """Cut at 1/256, 3/16, 5/16, 1/2, 11/16, 7/8 and 253/256 of the range."""
        return CutCode(cuts=cuts_at(training, _READING_SHARES))

    def outcomes(self, training: ImageDataset, code: Code) -> UInt8[np.ndarray, "readings"]:
        """Return three outcomes (dark, in between, bright) where there are more readings, else each reading."""
        if code.n_levels <= len(_OUTCOME_SHARES) + 1:
            return np.arange(code.n_levels, dtype=np.uint8)
        lowest = np.array([training.value_range[0], *code.cuts])
        found = np.searchsorted(np.array(cuts_at(training, _OUTCOME_SHARES)), lowest, side="right")
        if found[0] == found[-1]:  # all cuts are close together
            found = np.arange(code.n_levels) * (len(_OUTCOME_SHARES) + 1) // code.n_levels
        return np.unique(found, return_inverse=True)[1].astype(np.uint8)

    def make(self, training: ImageDataset, code: Code, channel: Channel) -> TemplateSet:
        """Learn the kinds of surroundings, and find the kind of every pixel of every image."""
        from sightbits.measurement.beliefs.templates import matched_kernels  # noqa: PLC0415  Numba loads only here

        order = np.argsort(training.labels, kind="stable")
        tree = self._learn(training, code)
        kind_of_leaf = np.zeros(len(tree.feature), dtype=np.uint8)
        kind_of_leaf[tree.leaves] = np.arange(len(tree.leaves))
        contexts = np.empty((training.n_images, training.n_pixels), dtype=np.uint8)
        matched_kernels.find_kinds(
            training.images.reshape(*training.images.shape[:3], -1),
            order,
            self.radius,
            training.value_range[0],
            tree.feature,
            tree.threshold,
            tree.left,
            tree.right,
            kind_of_leaf,
            contexts,
        )
        seen = tree.seen[tree.leaves].T + _PSEUDO_COUNT
        true = seen / seen.sum(axis=0)
        return self._template_set(training.labels[order], contexts, channel.T @ true, self.outcomes(training, code))

    def _template_set(
        self,
        labels: Int64[np.ndarray, "n_images"],
        contexts: UInt8[np.ndarray, "n_images pixels"],
        read: Float64[np.ndarray, "readings kinds"],
        outcomes: UInt8[np.ndarray, "readings"],
    ) -> TemplateSet:
        n_outcomes = int(outcomes.max()) + 1
        of_outcome = np.stack([read[outcomes == outcome].sum(axis=0) for outcome in range(n_outcomes)])
        in_bytes = as_planes(of_outcome[np.newaxis, 1:])[0]
        planes = np.empty((len(contexts), n_outcomes - 1, contexts.shape[1]), dtype=np.uint8)
        for above in range(n_outcomes - 1):
            for start in range(0, len(contexts), _IMAGES_AT_ONCE):
                block = slice(start, start + _IMAGES_AT_ONCE)
                planes[block, above] = in_bytes[above][contexts[block]]
        return TemplateSet(
            planes=planes,
            labels=labels,
            weights=np.full(len(labels), 1 / len(labels), dtype=np.float32),
            channel=np.eye(n_outcomes),
            contexts=contexts,
            lookup=(read**self.sharpness).astype(np.float32),
        )

    def _learn(self, training: ImageDataset, code: Code) -> LevelTree:
        """Learn to tell the level at a pixel of an image from the surroundings of that pixel in a near neighbour."""
        rng = np.random.default_rng(self.seed)
        references, neighbours = _near_neighbours(training, min(self.n_references, training.n_images), rng)
        n_pairs = min(self.n_pairs, neighbours.size * training.n_pixels)  # more would be the same ones again
        one, other = rng.integers(len(references), size=n_pairs), rng.integers(_NEAREST, size=n_pairs)
        pixels = rng.choice(training.n_pixels, size=n_pairs, p=_pixel_shares(training, code))
        levels = code.encode(training.values[references[one], pixels])
        surroundings = _surroundings(training, neighbours[one, other], pixels, self.radius)
        return grow_tree(
            surroundings,
            levels,
            n_levels=code.n_levels,
            most_leaves=self.kinds,
            least_in_leaf=max(2, min(_LEAST_IN_KIND, n_pairs // 10)),
        )


def _near_neighbours(
    training: ImageDataset, n_references: int, rng: np.random.Generator
) -> tuple[Int64[np.ndarray, "references"], Int64[np.ndarray, "references nearest"]]:
    """The nearest images of the same label as each of some images; an image alone in its label is its own."""
    references = np.sort(rng.choice(training.n_images, size=n_references, replace=False))
    sigma = (0.0, _SMOOTHING, _SMOOTHING, 0.0)[: training.images.ndim]
    smooth = np.empty((training.n_images, training.n_pixels), dtype=np.float32)
    for start in range(0, training.n_images, _IMAGES_AT_ONCE):
        block = training.images[start : start + _IMAGES_AT_ONCE].astype(np.float32)
        smooth[start : start + len(block)] = gaussian_filter(block, sigma).reshape(len(block), -1)
    squares = np.einsum("ij,ij->i", smooth, smooth)
    apart = min(_APART, training.n_images // 100)
    neighbours = np.empty((n_references, _NEAREST), dtype=np.int64)
    for label in np.unique(training.labels):
        own = np.flatnonzero(training.labels == label)
        asking = np.flatnonzero(training.labels[references] == label)
        for start in range(0, len(asking), _IMAGES_AT_ONCE):
            rows = asking[start : start + _IMAGES_AT_ONCE]
            distance = squares[own] - 2 * smooth[references[rows]] @ smooth[own].T
            distance[np.abs(own - references[rows, np.newaxis]) <= apart] = np.inf
            nearest = np.argsort(distance, axis=1, kind="stable")[:, :_NEAREST]
            found = own[nearest]
            found[np.isinf(np.take_along_axis(distance, nearest, axis=1))] = -1
            neighbours[rows, : found.shape[1]] = found
            neighbours[rows, found.shape[1] :] = -1
    alone = np.where(neighbours[:, :1] >= 0, neighbours[:, :1], references[:, np.newaxis])
    return references, np.where(neighbours >= 0, neighbours, alone)


def _pixel_shares(training: ImageDataset, code: Code) -> Float64[np.ndarray, "pixels"]:
    """How often each pixel is learned from: more where levels vary more, and every pixel that varies at all."""
    levels = code.encode(training.values)
    entropy = np.zeros(training.n_pixels)
    for level in range(code.n_levels):
        entropy += entr((levels == level).mean(axis=0))
    shares = entropy**1.5 if entropy.any() else np.ones_like(entropy)
    return shares / shares.sum()


def _surroundings(
    training: ImageDataset,
    images: Int64[np.ndarray, "pairs"],
    pixels: Int64[np.ndarray, "pairs"],
    radius: int,
) -> Float32[np.ndarray, "pairs places"]:
    """The grey values around a pixel, row by row; the darkest grey value beyond the border."""
    n_rows, n_columns = training.image_shape[:2]
    values = training.images.reshape(training.n_images, n_rows, n_columns, -1)
    row, column, channel = np.unravel_index(pixels, values.shape[1:])
    side = 2 * radius + 1
    around = np.empty((len(images), side**2), dtype=np.float32)
    for place in range(side**2):
        r, c = row + place // side - radius, column + place % side - radius
        inside = (r >= 0) & (r < n_rows) & (c >= 0) & (c < n_columns)
        seen = values[images, np.clip(r, 0, n_rows - 1), np.clip(c, 0, n_columns - 1), channel]
        around[:, place] = np.where(inside, seen, training.value_range[0])
    return around
