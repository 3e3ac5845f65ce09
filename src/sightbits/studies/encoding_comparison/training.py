"""Networks trained on encoded images, every seed and rate, recorded as they finish."""

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy as np
from jaxtyping import Int64

from sightbits.core.journal import Journal
from sightbits.core.progress import Progress
from sightbits.core.result import plain
from sightbits.networks.bank import ModelBank
from sightbits.networks.batches import draw_batches
from sightbits.networks.choice import ModelChoice
from sightbits.networks.making import make_bank
from sightbits.studies.encoding_comparison.curves import EncodingCurves, LearningCurve, RateSweep, has_diverged
from sightbits.studies.encoding_comparison.inputs import EncodedParts, Inputs
from sightbits.studies.encoding_comparison.settings import EncodingSettings

_SWEEP_SEEDS, _SWEEP_POINTS = 3, 20  # a sweep compares rates far apart: few looks are enough


def train_encoding(
    parts: EncodedParts,
    choice: ModelChoice,
    settings: EncodingSettings,
    *,
    key: str,
    journal: Journal,
    progress: Progress,
) -> EncodingCurves:
    """Return the curves of one network on one encoding: at its own rate, over a sweep, at the best of the sweep."""
    rate = settings.rate_of(choice)

    def curve(at: float) -> LearningCurve:
        return _train_curve(parts, choice, settings, rate=at, key=key, journal=journal, progress=progress)

    main = curve(rate)
    if not settings.tried_rates:
        return EncodingCurves(main=main, sweep=None, best=None)
    sweep = _sweep_rates(parts, choice, settings, key=key, journal=journal, progress=progress)
    if sweep.best is None:
        return EncodingCurves(main=main, sweep=sweep, best=None)
    best = sweep.rates[sweep.best]
    return EncodingCurves(main=main, sweep=sweep, best=main if best == rate else curve(best))


def train_bank(parts: EncodedParts, choice: ModelChoice, settings: EncodingSettings, seed: int) -> ModelBank:
    """Return a network trained once at its own rate."""
    bank = _bank(parts, choice, [settings.rate_of(choice)], seed)
    for batch in _batches(parts, settings, seed):
        bank.learn(parts.training.values[batch], parts.training.labels[batch])
    return bank


def _train_curve(
    parts: EncodedParts,
    choice: ModelChoice,
    settings: EncodingSettings,
    *,
    rate: float,
    key: str,
    journal: Journal,
    progress: Progress,
) -> LearningCurve:
    def run(seed: int) -> dict[str, Any]:
        return _run(parts, choice, settings, rates=[rate], seed=seed, asked=parts.test, every=1)

    runs = _each_seed(run, settings, settings.seeds, choice, f"{key}, rate {rate}", journal, progress)
    loss = np.array([_with_nan(run["loss"])[:, 0] for run in runs])
    diverged = has_diverged(loss, parts.n_labels)
    changes = [run["weight_change"] for run, gone in zip(runs, diverged, strict=True) if not gone]
    moved = [np.array(change[0], dtype=np.float64) for change in changes if change is not None]
    return LearningCurve(
        rate=rate,
        updates=settings.updates * np.arange(1, settings.trials + 1),
        accuracy=np.array([np.array(run["n_correct"])[:, 0] for run in runs]) / len(parts.test.labels),
        loss=loss,
        weight_change=np.mean(moved, axis=0) if moved else None,
        diverged=diverged,
    )


def _sweep_rates(
    parts: EncodedParts,
    choice: ModelChoice,
    settings: EncodingSettings,
    *,
    key: str,
    journal: Journal,
    progress: Progress,
) -> RateSweep:
    every = -(-settings.trials // _SWEEP_POINTS)

    def run(seed: int) -> dict[str, Any]:
        return _run(parts, choice, settings, rates=settings.tried_rates, seed=seed, asked=parts.validation, every=every)

    n_seeds = min(_SWEEP_SEEDS, settings.seeds)
    named = ", ".join(map(str, settings.tried_rates))
    runs = _each_seed(run, settings, n_seeds, choice, f"{key}, rates {named}", journal, progress)
    shares = [np.array(run["n_correct"]).mean(axis=0) / len(parts.validation.labels) for run in runs]
    diverged = [has_diverged(_with_nan(run["loss"]).T, parts.n_labels) for run in runs]
    accuracy = np.where(diverged, np.nan, shares).T
    return RateSweep(rates=settings.tried_rates, accuracy=accuracy)


def _each_seed(
    run: Callable[[int], dict[str, Any]],
    settings: EncodingSettings,
    n_seeds: int,
    choice: ModelChoice,
    key: str,
    journal: Journal,
    progress: Progress,
) -> list[dict[str, Any]]:
    """Run every seed that is not in the journal, some at a time, and return all in order."""
    keys = [f"{choice.name}, {key}, seed {settings.seed + i}" for i in range(n_seeds)]
    found = {one: recorded for one in keys if (recorded := journal.recall(one)) is not None}
    progress(f"{choice.name}, {key}", len(found), n_seeds)
    missing = [i for i, one in enumerate(keys) if one not in found]
    with ThreadPoolExecutor(settings.n_jobs) as pool:
        for i, outcome in zip(missing, pool.map(lambda i: plain(run(settings.seed + i)), missing), strict=True):
            journal.record(keys[i], outcome)
            found[keys[i]] = outcome
            progress(f"{choice.name}, {key}", len(found), n_seeds)
    return [found[one] for one in keys]


def _run(
    parts: EncodedParts,
    choice: ModelChoice,
    settings: EncodingSettings,
    *,
    rates: Sequence[float],
    seed: int,
    asked: Inputs,
    every: int,
) -> dict[str, Any]:
    """Train copies at these rates; return right answers and losses at each point, and how far weights moved."""
    bank = _bank(parts, choice, rates, seed)
    first = bank.pixel_weights()
    batches = _batches(parts, settings, seed).reshape(settings.trials, settings.updates, -1)
    n_correct, mean_losses = [], []
    for trial, of_trial in enumerate(batches, start=1):
        losses = [bank.learn(parts.training.values[batch], parts.training.labels[batch]) for batch in of_trial]
        mean_losses.append(np.mean(losses, axis=0))
        if trial % every == 0 or trial == settings.trials:
            n_correct.append(bank.count_correct(asked.values, asked.labels))
    last = bank.pixel_weights()
    change = None if first is None or last is None else np.abs(last - first).max(axis=1)
    return {"n_correct": np.array(n_correct), "loss": np.array(mean_losses), "weight_change": change}


def _bank(parts: EncodedParts, choice: ModelChoice, rates: Sequence[float], seed: int) -> ModelBank:
    return make_bank(choice, image_shape=parts.image_shape, n_labels=parts.n_labels, rates=rates, seed=seed)


def _batches(parts: EncodedParts, settings: EncodingSettings, seed: int) -> Int64[np.ndarray, "updates batch"]:
    n = len(parts.training.labels)
    return draw_batches(n, batch=min(settings.batch, n), n_updates=settings.trials * settings.updates, seed=seed)


def _with_nan(loss: list[list[float | None]]) -> np.ndarray:
    """A journal keeps what is not finite as nothing."""
    return np.array(loss, dtype=np.float64)
