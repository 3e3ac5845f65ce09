"""Single test images followed step by step."""

import numpy as np
from jaxtyping import Float64, Int32, Int64, UInt8

from sightbits.core.images import ImageDataset
from sightbits.core.levels import Code
from sightbits.measurement.measurer import Measurer
from sightbits.measurement.noise import AdditiveNoise, Noise
from sightbits.measurement.outlook import History, Outlook
from sightbits.measurement.stopping import PixelBudget
from sightbits.measurement.walking import walk
from sightbits.studies.measurement_curve.episodes import Episode
from sightbits.studies.measurement_curve.settings import MeasureSettings


def strided(n: int, n_wanted: int) -> Int64[np.ndarray, "chosen"]:
    """Return so many different numbers below n, evenly strided; all where there are no more."""
    n_taken = min(n, n_wanted)
    return np.arange(n_taken, dtype=np.int64) * n // max(n_taken, 1)


def follow_images(
    measurer: Measurer, test: ImageDataset, settings: MeasureSettings, budget: PixelBudget
) -> tuple[Episode, ...]:
    """Measure a few test images until the stop rule or the budget, with the readings of the curves.

    Notes
    -----
    What is seen here is what was counted there: the same readings, also where they are noisy, the same choices.
    """
    chosen = strided(test.n_images, settings.episodes)
    if not len(chosen):
        return ()
    code, noise = measurer.belief.code, settings.noise
    levels = noise.read(test.values, code, np.random.default_rng(settings.seed))[chosen]
    values = _grey_values(test, code, noise, settings.seed, chosen, levels)
    walks = walk(
        measurer.belief,
        measurer.policy,
        levels,
        stop=settings.stop | budget,
        available=measurer.available,
        costs=measurer.pixel_costs,
        pixels_per_step=settings.pixels_per_step,
        n_jobs=1,
    )
    return tuple(
        Episode(
            image=int(image),
            label=int(test.labels[image]),
            picture=test.images[image],
            pixels=pixels.astype(np.int64),
            values=values[i, pixels],
            posterior=walks.posterior[i, : len(pixels) + 1].astype(np.float64),
            gain=_gains(measurer, pixels, levels[i]),
        )
        for i, image in enumerate(chosen)
        for pixels in [walks.pixels[i, : walks.n_measured[i]]]
    )


def _gains(
    measurer: Measurer, pixels: Int32[np.ndarray, "steps"], levels: UInt8[np.ndarray, "pixels"]
) -> Float64[np.ndarray, "steps_and_start pixels"]:
    """What each pixel is expected to tell before each reading and after the last one."""
    belief = measurer.belief
    state, available = belief.start(), measurer.available.copy()
    history: History = ()
    gains = np.full((len(pixels) + 1, len(available)), np.nan)
    for step in range(len(pixels) + 1):
        if available.any():
            outlook = Outlook(
                belief=belief,
                states=[state],
                histories=[history],
                available=available[np.newaxis],
                costs=measurer.pixel_costs,
            )
            gains[step, available] = outlook.gain[0, available]
        if step < len(pixels):
            pixel, level = int(pixels[step]), int(levels[pixels[step]])
            state = belief.condition(state, pixel, level)
            history = (*history, (pixel, int(belief.outcomes[level])))
            available[pixel] = False
    return gains


def _grey_values(
    test: ImageDataset,
    code: Code,
    noise: Noise,
    seed: int,
    chosen: Int64[np.ndarray, "chosen"],
    levels: UInt8[np.ndarray, "chosen pixels"],
) -> Float64[np.ndarray, "chosen pixels"]:
    """The grey values behind the levels that were read: those drawn, or the middle of a level that is a wrong one."""
    true = test.values[chosen].astype(np.float64)
    if isinstance(noise, AdditiveNoise):  # drawn as `AdditiveNoise.read` does
        drawn = np.random.default_rng(seed).normal(scale=noise.deviation, size=test.values.shape)
        return true + drawn[chosen]
    return np.where(levels == code.encode(test.values[chosen]), true, _middles(test, code)[levels])


def _middles(test: ImageDataset, code: Code) -> Float64[np.ndarray, "levels"]:
    low, high = test.value_range
    edges = np.array([low, *code.cuts, high])
    return (edges[:-1] + edges[1:]) / 2
