"""Encodings one after the other."""

from typing import Any

import numpy as np
from sklearn.base import clone
from sklearn.utils.validation import check_is_fitted

from sightbits.core.checks import InputError
from sightbits.encodings.encoding import Affine, Encoding
from sightbits.encodings.grey_range import GreyRange
from sightbits.encodings.training import Images, Training


class Chained(Encoding):
    """Encodings one after the other, each learned from what the one before gives.

    Parameters
    ----------
    encodings
        The encodings, the first one first; with none, values stay as they are. They are copied before they are fitted.

    Attributes
    ----------
    encodings_
        The fitted copies.

    Notes
    -----
    An encoding that needs a range and states none takes the one that those before it leave: of bytes inverted 0 to 255,
    of scaled values the range they were scaled to, of centred or standardised ones none. Of a stream each encoding that
    needs mean and variance costs a pass, in which every chunk goes through those before it.

    Examples
    --------
    >>> from sightbits.encodings.affine import Centred, Inverted
    >>> images = np.array([[0, 255], [100, 255]], dtype=np.uint8)
    >>> chained = Chained([Inverted(), Centred()]).fit(images)
    >>> chained.transform(images)
    array([[ 50.,   0.],
           [-50.,   0.]], dtype=float32)
    >>> scale, shift = chained.affine()
    >>> scale, shift
    (array([-1., -1.]), array([ 50., 255.]))
    """

    def __init__(self, encodings: Any = ()) -> None:
        self.encodings = encodings

    @property
    def bijective(self) -> bool:
        """Whether each of the encodings is a bijection."""
        check_is_fitted(self)
        return all(encoding.bijective for encoding in self.encodings_)

    def affine(self) -> Affine | None:
        """Return scale and shift of all together, where each encoding has them."""
        check_is_fitted(self)
        scale, shift = np.ones(self.image_shape_), np.zeros(self.image_shape_)
        for encoding in self.encodings_:
            affine = encoding.affine()
            if affine is None:
                return None
            scale, shift = scale * affine[0], shift * affine[0] + affine[1]
        return scale, shift

    def steps(self) -> tuple[Encoding, ...]:
        """Return the fitted encodings, those of chains within included."""
        check_is_fitted(self)
        return tuple(step for encoding in self.encodings_ for step in encoding.steps())

    def _learn(self, training: Training, known: GreyRange | None) -> GreyRange | None:
        self.encodings_ = self._copies()
        for i, encoding in enumerate(self.encodings_):
            encoding.image_shape_, encoding.n_features_in_ = self.image_shape_, self.n_features_in_
            known = encoding._learn(training, known)
            if i + 1 < len(self.encodings_):
                training = training.encoded(encoding._encode_all)
        return known

    def _encode(self, images: Images) -> Images:
        for encoding in self.encodings_:
            images = encoding._encode(images)
        return images

    def _copies(self) -> list[Encoding]:
        given = self.encodings
        if isinstance(given, list | tuple) and all(isinstance(encoding, Encoding) for encoding in given):
            return [clone(encoding) for encoding in given]
        raise InputError(
            "encodings",
            wanted="a list of encodings",
            got=repr(given),
            remedy="Make them with encoding_named.",
        )
