"""What is known of one policy with one belief after every test image was measured."""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool, Float64, Int64

Line = Float64[np.ndarray, "points"]


@dataclass(frozen=True, eq=False, kw_only=True)
class Calibration:
    """How often the likeliest label is right, beside how probable it was said to be.

    Parameters
    ----------
    confidence
        The mean stated probability of each bin.
    accuracy, low, high
        The share that was right, and its 95 % Wilson interval.
    n_images
        How many images fall into each bin; empty bins are left out.
    error
        The expected calibration error: the mean |accuracy - confidence| over images.
    """

    confidence: Float64[np.ndarray, "bins"]
    accuracy: Float64[np.ndarray, "bins"]
    low: Float64[np.ndarray, "bins"]
    high: Float64[np.ndarray, "bins"]
    n_images: Int64[np.ndarray, "bins"]
    error: float


@dataclass(frozen=True, eq=False, kw_only=True)
class MeasurementCurve:
    """Figures of one policy with one belief. Log-loss is in nats.

    Parameters
    ----------
    n_pixels
        0, 1, 2, ... up to the budget.
    accuracy, low, high
        The share of test images whose likeliest label is the true one, and its 95 % Wilson interval.
    log_loss, log_loss_error
        Mean minus log probability of the true label, and its standard error.
    to_stop
        After how many pixels each image met the stop rule (the budget where it never did).
    stopped
        Whether it met the rule within the budget.
    right_at_stop
        Whether the likeliest label was the true one then.
    thresholds, mean_pixels, accuracy_at
        For stop rules "a label is this probable": the mean number of pixels, and the accuracy then.
    at_stop, at_budget
        Calibration when the rule was met, and at the budget.
    measured
        How often each pixel is among those measured until the stop.
    seconds
        How long it took.
    """

    policy: str
    belief: str
    n_pixels: Int64[np.ndarray, "points"]
    accuracy: Line
    low: Line
    high: Line
    log_loss: Line
    log_loss_error: Line
    to_stop: Int64[np.ndarray, "n_images"]
    stopped: Bool[np.ndarray, "n_images"]
    right_at_stop: Bool[np.ndarray, "n_images"]
    thresholds: Float64[np.ndarray, "thresholds"]
    mean_pixels: Float64[np.ndarray, "thresholds"]
    accuracy_at: Float64[np.ndarray, "thresholds"]
    at_stop: Calibration
    at_budget: Calibration
    measured: Float64[np.ndarray, "pixels"]
    seconds: float

    @property
    def name(self) -> str:
        """The policy and the belief, as the JSON document names them."""
        return f"{self.policy}/{self.belief}"

    @property
    def in_words(self) -> str:
        """The policy and the belief, as charts and tables name them."""
        return f"{self.policy}, {self.belief}".replace("_", " ")
