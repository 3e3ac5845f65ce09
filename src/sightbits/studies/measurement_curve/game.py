"""What the measuring game on the report's page needs: a belief as plain arrays, and the images it hides."""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float64, Int64, UInt8

from sightbits.core.checks import InputError


@dataclass(frozen=True, eq=False, kw_only=True)
class Game:
    """A fitted mixture belief with the images that a reader of the report may measure.

    Parameters
    ----------
    templates
        Probability of each level above 0 at each pixel of a component, 255 where it is certain; level 0 has the rest.
    weights
        How much each component weighs before any reading.
    component_labels
        The label of each component.
    channel
        Probability of the level read (column) where a level is there (row). Where it has a zero, a reading can be
        impossible for every component; such a reading is shown, and changes nothing.
    levels
        What is read of each hidden image.
    true_levels
        What is there, and shown in the end: other than what is read where readings are noisy.
    image_numbers
        Which images of the test part those are.
    labels
        Their labels.
    image_shape
        Rows and columns; an axis of one channel may follow.
    level_names
        A word for each level, as it is read aloud: dark, bright.
    confidence
        The round ends where the most probable label has at least this probability.
    n_pixels_most
        The round ends after this many pixels.
    """

    templates: UInt8[np.ndarray, "components levels_above_0 pixels"]
    weights: Float64[np.ndarray, "components"]
    component_labels: Int64[np.ndarray, "components"]
    channel: Float64[np.ndarray, "levels levels"]
    levels: UInt8[np.ndarray, "images pixels"]
    true_levels: UInt8[np.ndarray, "images pixels"]
    image_numbers: Int64[np.ndarray, "images"]
    labels: Int64[np.ndarray, "images"]
    label_names: tuple[str, ...]
    image_shape: tuple[int, ...]
    level_names: tuple[str, ...]
    confidence: float
    n_pixels_most: int

    def __post_init__(self) -> None:
        rows, columns = self.image_shape[:2]
        if rows * columns != self.levels.shape[1]:
            raise InputError(
                "image_shape",
                wanted=f"{self.levels.shape[1]} pixels in rows and columns",
                got=" x ".join(map(str, self.image_shape)),
                remedy="The game is played on images of one channel.",
            )
        for name, array in list(vars(self).items()):
            if not isinstance(array, np.ndarray):
                continue
            view = array.view()
            view.setflags(write=False)
            object.__setattr__(self, name, view)
