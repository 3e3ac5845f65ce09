"""The study from data to result."""

import time
from dataclasses import fields
from pathlib import Path
from typing import Any

import numpy as np

from sightbits.core.checks import import_optional
from sightbits.core.images import ImageDataset
from sightbits.core.journal import Journal
from sightbits.core.levels import level_code
from sightbits.core.progress import Progress, silent
from sightbits.core.result import plain, versions
from sightbits.core.units import Unit, as_unit
from sightbits.datasets.loading import as_dataset
from sightbits.datasets.splitting import check_split, split_dataset, split_digest
from sightbits.measurement.beliefs.belief import Belief
from sightbits.measurement.beliefs.mixture import TEMPLATES, MixtureBelief
from sightbits.measurement.measurer import Measurer
from sightbits.measurement.parts import named_parts
from sightbits.studies.measurement_curve.curves import MeasurementCurve
from sightbits.studies.measurement_curve.figures import curve_of, from_journal, to_journal
from sightbits.studies.measurement_curve.following import follow_images
from sightbits.studies.measurement_curve.level_names import level_names
from sightbits.studies.measurement_curve.playing import make_game
from sightbits.studies.measurement_curve.result import MeasurementCurves
from sightbits.studies.measurement_curve.settings import MeasureSettings, policy_and_belief

_NEED_TORCH = ("network", "learned")


def compare_measuring(
    source: Any,
    labels: Any = None,
    *,
    settings: MeasureSettings | None = None,
    unit: str | Unit = Unit.BIT,
    journal_path: Path | None = None,
    progress: Progress = silent,
    **options: Any,
) -> MeasurementCurves:
    """Find how many pixels are enough when each is chosen by what the ones before it showed.

    Parameters
    ----------
    source
        An `ImageDataset`, images as an array beside `labels`, or a name or path as `load_dataset` takes.
    labels
        One label an image, where `source` is an array.
    settings
        Checked settings; or give them one by one as `options`.
    unit
        "bit", "nat" or "ban": the unit of the result.
    journal_path
        A file that records finished curves: the same call goes on from there after it was cut off.
    progress
        Is told of each step.
    options
        The fields of `MeasureSettings`: curves, n_pixels, confidence, levels, flip, costs, seed, ...

    Returns
    -------
    MeasurementCurves
        Accuracy, log-loss, calibration and pixels needed of every policy and belief; first choices and single images
        of the first; its `measurer`, ready for an instrument.

    Raises
    ------
    InputError
        Where data or settings cannot be used; the message says what to do.

    Notes
    -----
    Beliefs are fitted to training images, and test images are measured, which no belief has seen. Curves of one
    belief have the same readings, also noisy ones. Cost: a table for each different set of readings, most for beliefs
    that keep every training image.

    Examples
    --------
    >>> found = compare_measuring("digits", curves=["information_gain/exact"], n_pixels=8, episodes=1)
    >>> found.main.accuracy[[1, 4, 8]].round(2).tolist()
    [0.2, 0.58, 0.84]
    >>> found.position(found.tree.pixel)
    (5, 2)
    """
    dataset = as_dataset(source, labels, "compare_measuring")
    checked = settings or MeasureSettings(**options)
    check_measuring(dataset, checked)
    result_unit = as_unit(unit)
    train, test = split_dataset(dataset, checked.seed)
    journal = Journal(journal_path, _work(dataset, checked))
    measurers = _Measurers(train, checked, progress)
    names = list(dict.fromkeys(checked.curves))
    curves = {name: _curve(name, measurers, test, checked, journal, progress) for name in names}
    main = measurers.fitted(names[0])
    budget = checked.budget(int(main.available.sum()))
    found = MeasurementCurves(
        provenance=dataset.provenance,
        image_shape=dataset.image_shape,
        label_names=dataset.label_names,
        value_range=dataset.value_range,
        n_training=train.n_images,
        n_test=test.n_images,
        settings=checked,
        unit=result_unit,
        curves=curves,
        level_names=level_names(main.belief.n_outcomes),
        tree=main.export_tree(checked.tree_depth),
        episodes=follow_images(main, test, checked, budget),
        game=make_game(train, test, checked, budget.n_pixels),
        measurer=main,
    )
    journal.close()
    return found


def check_measuring(dataset: ImageDataset, settings: MeasureSettings) -> None:
    """Raise `InputError` where this data set cannot be measured with these settings."""
    dataset.check_drawable()
    if settings.levels is not None:
        level_code(dataset, settings.levels)
    for curve in settings.curves:
        for name in policy_and_belief(curve):
            if name in _NEED_TORCH:
                import_optional("torch", extra="torch", purpose=name)
    measurer = Measurer(costs=settings.costs, unavailable=settings.unavailable)
    measurer.prepare(dataset)
    settings.most_pixels(int(measurer.available.sum()))
    check_split(dataset, settings.seed)


class _Measurers:
    """Fits each belief once, and each policy once a belief, when first asked for."""

    def __init__(self, train: ImageDataset, settings: MeasureSettings, progress: Progress) -> None:
        self._train, self._settings, self._progress = train, settings, progress
        self._beliefs: dict[str, Belief] = {}
        self._fitted: dict[str, Measurer] = {}

    def fitted(self, curve: str) -> Measurer:
        """Return what measures with the policy and belief of a curve."""
        if curve not in self._fitted:
            settings = self._settings
            policy, belief = policy_and_belief(curve)
            measurer = Measurer(
                self._belief(belief),
                _made("policy", policy, settings),
                settings.stop,
                costs=settings.costs,
                unavailable=settings.unavailable,
                pixels_per_step=settings.pixels_per_step,
            )
            self._fitted[curve] = measurer.fit_policy(self._train)
        return self._fitted[curve]

    def _belief(self, name: str) -> Belief:
        if name not in self._beliefs:
            belief: Belief = _made("belief", name, self._settings)
            self._progress(f"fitting {name}", 0, 1)
            self._beliefs[name] = belief.fit(self._train)
            self._progress(f"fitting {name}", 1, 1)
        return self._beliefs[name]


def _made(kind: str, name: str, settings: MeasureSettings) -> Any:
    """A belief or policy with those settings that it has room for."""
    part: Any = named_parts(kind)[name]
    given: dict[str, Any] = {"noise": settings.noise, "seed": settings.seed}
    if settings.levels is not None:
        given["levels"] = settings.levels
    if part is MixtureBelief:
        maker: Any = TEMPLATES[str(MixtureBelief.templates)]
        given["templates"] = maker(**_with_room(maker, given))
    return part(**_with_room(part, given))


def _with_room(part: Any, given: dict[str, Any]) -> dict[str, Any]:
    return {field.name: given[field.name] for field in fields(part) if field.name in given}


def _curve(
    name: str,
    measurers: _Measurers,
    test: ImageDataset,
    settings: MeasureSettings,
    journal: Journal,
    progress: Progress,
) -> MeasurementCurve:
    recorded = journal.recall(name)
    if recorded is not None:
        return from_journal(recorded)
    began = time.perf_counter()
    policy, belief = policy_and_belief(name)
    measurer = measurers.fitted(name)
    budget = settings.budget(int(measurer.available.sum()))
    simulation = measurer.simulate(
        test,
        stop=budget,
        noise=settings.noise,
        seed=settings.seed,
        n_jobs=settings.n_jobs,
        progress=progress,
        task=name,
    )
    curve = curve_of(
        simulation,
        policy=policy,
        belief=belief,
        stop=settings.stop,
        confidence=settings.confidence,
        n_pixels=budget.n_pixels,
        pixels_per_step=settings.pixels_per_step,
        seconds=time.perf_counter() - began,
    )
    journal.record(name, to_journal(curve))
    return curve


def _work(dataset: ImageDataset, settings: MeasureSettings) -> dict[str, Any]:
    """What the curves depend on, and nothing else."""
    return plain(
        {
            "study": "measure",
            "version": versions()["sightbits"],
            "sha256": dataset.provenance.sha256,
            "in_test": split_digest(dataset),
            "n_images": dataset.n_images,
            "value_range": dataset.value_range,
            "n_pixels": settings.n_pixels,
            "confidence": settings.confidence,
            "entropy": settings.entropy,
            "cost_budget": settings.cost_budget,
            "levels": settings.levels,
            "flip": settings.flip,
            "deviation": settings.deviation,
            "costs": None if settings.costs is None else np.asarray(settings.costs),
            "unavailable": settings.unavailable,
            "pixels_per_step": settings.pixels_per_step,
            "seed": settings.seed,
        }
    )
