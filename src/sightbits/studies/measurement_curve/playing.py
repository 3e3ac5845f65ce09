"""The measuring game's belief and hidden images, from data."""

import numpy as np
from jaxtyping import Int64

from sightbits.core.images import ImageDataset
from sightbits.measurement.beliefs.mixture import MixtureBelief
from sightbits.measurement.beliefs.templates.prototypes import PrototypeTemplates
from sightbits.studies.measurement_curve.following import strided
from sightbits.studies.measurement_curve.game import Game
from sightbits.studies.measurement_curve.level_names import level_names
from sightbits.studies.measurement_curve.settings import MeasureSettings

_MOST_ROWS_OR_COLUMNS = 64
_MOST_PROTOTYPES, _MOST_EACH = 300, 30
_MOST_LEVELS = 3
_HIDDEN_IMAGES = 24
_IMAGES_LEARNED_FROM = 5_000


def make_game(train: ImageDataset, test: ImageDataset, settings: MeasureSettings, n_pixels: int) -> Game | None:
    """Return what the game on the report's page needs; None where images have channels or are too large for it.

    Parameters
    ----------
    n_pixels
        The most pixels of a round.

    Notes
    -----
    The page has room for few components: 30 prototypes a label and 300 in all, learned from at most 5,000 images.
    """
    each = min(_MOST_EACH, _MOST_PROTOTYPES // train.n_labels)
    if train.n_pixels != np.prod(train.image_shape[:2]) or max(train.image_shape) > _MOST_ROWS_OR_COLUMNS or not each:
        return None
    belief = MixtureBelief(
        templates=PrototypeTemplates(each=each, seed=settings.seed),
        levels=settings.levels if settings.levels is not None and settings.levels <= _MOST_LEVELS else None,
        noise=settings.noise,
    ).fit(train.take(_learned_from(train)))
    hidden = strided(test.n_images, _HIDDEN_IMAGES)
    read = settings.noise.read(test.values[hidden], belief.code, np.random.default_rng(settings.seed))
    made = belief.components
    return Game(
        templates=made.planes,
        weights=made.weights.astype(np.float64),
        component_labels=made.labels.astype(np.int64),
        channel=made.channel,
        levels=read,
        true_levels=belief.code.encode(test.values[hidden]),
        image_numbers=hidden,
        labels=test.labels[hidden],
        label_names=train.label_names,
        image_shape=train.image_shape,
        level_names=level_names(belief.code.n_levels),
        confidence=settings.confidence,
        n_pixels_most=n_pixels,
    )


def _learned_from(train: ImageDataset) -> Int64[np.ndarray, "images"]:
    """Numbers of images evenly strided, with one at least of each label."""
    firsts = np.unique(train.labels, return_index=True)[1]
    return np.union1d(strided(train.n_images, _IMAGES_LEARNED_FROM), firsts)
