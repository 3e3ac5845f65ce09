import fcntl
import itertools
import os
import pickle
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import pytest
from hypothesis import settings

from sightbits.core.counts import LabelledLevels
from sightbits.core.images import ImageDataset, Provenance
from sightbits.core.result import Columns, Result
from sightbits.core.streams.stream import ImageChunk, ImageStream

settings.register_profile("same_every_time", derandomize=True, deadline=None, database=None)
settings.load_profile("same_every_time")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark the tests that look at a page in a browser, which `make tests` leaves to `make pages`."""
    for item in items:
        if "browser" in getattr(item, "fixturenames", ()):
            item.add_marker("browser")


@pytest.fixture(scope="session")
def built_once(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str, Callable[[], Any]], Any]:
    """Builds a thing once for all processes that run these tests side by side, and gives each of them a copy."""
    folder = tmp_path_factory.getbasetemp()
    if "PYTEST_XDIST_WORKER" in os.environ:
        folder = folder.parent  # each process has a folder of its own below

    def build(name: str, make: Callable[[], Any]) -> Any:
        path = folder / f"{name}.pickle"
        with (folder / f"{name}.lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            if not path.exists():
                path.write_bytes(pickle.dumps(make()))
        return pickle.loads(path.read_bytes())

    return build


@pytest.fixture(scope="session")
def followed(built_once: Callable[[str, Callable[[], Any]], Any]) -> Result:
    """The flow of information through two small networks, for tests of pictures and pages."""
    from sightbits.studies.information_flow import follow_information  # noqa: PLC0415  few tests need it

    def follow() -> Result:
        return follow_information(
            "digits", epochs=2, looks=5, probes=2, samples=24, shuffles=2, pairs=3, seeds=2, rate=0.05, jobs=1
        )

    return built_once("followed", follow)


@pytest.fixture(scope="session")
def draw_levels() -> Callable[..., LabelledLevels]:
    """Draws levels that are mostly background, as in pictures; every odd pixel follows the label."""

    def draw(
        seed: int = 0,
        *,
        n_images: int = 60,
        n_pixels: int = 9,
        n_levels: int = 4,
        n_labels: int = 3,
        background: int = 0,
        share: float = 0.6,
    ) -> LabelledLevels:
        rng = np.random.default_rng(seed)
        labels = rng.integers(n_labels, size=n_images)
        follows = np.outer(labels, np.arange(n_pixels) % 2)
        levels = (rng.integers(1 + n_levels // 2, size=(n_images, n_pixels)) + follows) % n_levels
        levels[rng.random(levels.shape) < share] = background
        return LabelledLevels(levels=levels.astype(np.uint8), labels=labels, n_levels=n_levels, n_labels=n_labels)

    return draw


@pytest.fixture(scope="session")
def make_dataset() -> Callable[..., ImageDataset]:
    """Makes a data set of images, by default with labels 0, 1, 0, 1, ... and grey values up to 255."""

    def make(
        images: np.ndarray,
        labels: np.ndarray | None = None,
        *,
        value_range: tuple[float, float] = (0.0, 255.0),
        in_test: np.ndarray | None = None,
    ) -> ImageDataset:
        labels = np.arange(len(images)) % 2 if labels is None else labels
        return ImageDataset(
            images=images,
            labels=labels,
            label_names=tuple(str(label) for label in range(int(labels.max()) + 1)),
            value_range=value_range,
            in_test=in_test,
            provenance=Provenance(name="made", sha256="0" * 64, origin="made for a test"),
        )

    return make


@pytest.fixture(scope="module")
def client() -> Iterator[Any]:
    """A client of a small Dask cluster within this process."""
    import distributed  # noqa: PLC0415  few tests need it

    with distributed.Client(processes=False, n_workers=1, threads_per_worker=2, dashboard_address="127.0.0.1:0") as one:
        yield one


class _NewResult(Result):
    def to_dict(self) -> dict[str, Any]:
        return {}

    def tables(self) -> dict[str, Columns]:
        return {}


@pytest.fixture
def new_result() -> Result:
    """A result of a study that nobody can draw or report yet."""
    return _NewResult()


@pytest.fixture(scope="session")
def invent_filters() -> Callable[..., Result]:
    """Makes a study of filters by hand, without a network: the more filters and the better a criterion, the better."""

    # Loaded here, for most tests need none of it.
    from sightbits.core.estimate import Estimate  # noqa: PLC0415
    from sightbits.core.units import Unit  # noqa: PLC0415
    from sightbits.estimation.filters import (  # noqa: PLC0415
        PAPER,
        REPAIRED,
        FilterFigures,
        FilterSelection,
        SelectionStep,
    )
    from sightbits.networks.pruning.criteria.names import CRITERIA  # noqa: PLC0415
    from sightbits.studies.filters.result import FilterPictures, FilterStudy, PrunedCost  # noqa: PLC0415
    from sightbits.studies.filters.settings import FilterSettings  # noqa: PLC0415
    from sightbits.studies.filters.sweep import WidthSweep  # noqa: PLC0415

    def figures_of(worth: np.ndarray) -> FilterFigures:
        """What filters tell that are of some worth: the more they are worth, the more they tell of the label."""

        def estimate(value: np.ndarray, null: np.ndarray) -> Estimate:
            return Estimate(
                value=value, estimator="matrix_renyi", n_samples=128, saturated=value > 9, null="permutation",
                null_mean=null, null_std=0 * null + 0.05, p_value=0 * null + 0.1, n_permutations=9,
            )  # fmt: skip

        of_input = 2 + 0.5 * worth
        return FilterFigures(
            n_samples=128, input_entropy=4.5, label_entropy=1.0, input_information=estimate(of_input, 0.4 * of_input),
            label_information=estimate(1 + 0.4 * worth, 0.5 + 0 * worth), spread=np.exp(worth),
        )  # fmt: skip

    def selection_by(method: str, n_chosen: int, n_filters: int) -> FilterSelection:
        """A choice that a test ended, of what the repaired rule and the other one ask."""
        repaired = method == REPAIRED
        steps = tuple(
            SelectionStep(
                filter=(3 * step) % n_filters,
                information=1 / (step + 1) if repaired else 2 - 0.1 * step,
                null_mean=0.1 + 0.01 * step if repaired else 2.05 - 0.11 * step,
                null_std=0.02,
                p_value=0.01 if step < n_chosen else 0.4,
                accepted=step < n_chosen,
                tie_share=None if repaired else 0.25,
            )
            for step in range(n_chosen + 1)
        )
        return FilterSelection(
            method=method, chosen=tuple(step.filter for step in steps if step.accepted), steps=steps,
            n_samples=1024 if repaired else 128, significance=0.05, permutations=99, stopped_by="test",
        )  # fmt: skip

    def invent(
        *,
        n_filters: int = 16,
        seeds: int = 2,
        fine_tune: int = 1,
        criteria: tuple[str, ...] = tuple(CRITERIA),
        sweep: tuple[int, ...] = (2, 4, 8),
        unit: str = "bit",
        **options: Any,
    ) -> FilterStudy:
        rng = np.random.default_rng(0)
        settings = FilterSettings(
            filters=(6, n_filters), seeds=seeds, fine_tune=fine_tune, criteria=criteria, sweep=sweep, samples=128,
            **options,
        )  # fmt: skip
        worth = rng.standard_normal((seeds, n_filters))
        quality = {name: 1 - 0.07 * place for place, name in enumerate(criteria)}
        importance = {name: q * worth + (1 - q) * rng.standard_normal(worth.shape) for name, q in quality.items()}
        left = np.array(settings.kept) / n_filters
        pruned = {
            name: np.clip(0.98 * left ** (0.2 + 1 - q) + rng.normal(0, 0.01, (seeds, len(left))), 0, 1)
            for name, q in quality.items()
        }
        n_points = len(sweep)
        widths = np.log(np.array(sweep or (2,), dtype=np.float64))[None, :n_points] + rng.normal(
            0, 0.05, (seeds, n_points)
        )
        return FilterStudy(
            provenance=Provenance(name="invented", sha256="0" * 64, origin="here"),
            image_shape=(16, 16),
            label_names=("a", "b", "c"),
            value_range=(0.0, 255.0),
            n_training=600,
            n_test=200,
            settings=settings,
            unit=Unit(unit),
            accuracy=np.linspace(0.98, 0.99, seeds),
            figures=tuple(figures_of(one) for one in worth),
            importance=importance,
            pruned_accuracy=pruned,
            fine_tuned_accuracy={
                name: 0.98 - (0.98 - values) / 8 if fine_tune else np.full_like(values, np.nan)
                for name, values in pruned.items()
            },
            width={
                PAPER: tuple(selection_by(PAPER, 1 + i % 2, n_filters) for i in range(seeds)),
                REPAIRED: tuple(selection_by(REPAIRED, 5 + i, n_filters) for i in range(seeds)),
            },
            costs=tuple(
                PrunedCost(kept=kept, parameters=500 * kept + 1000, flops=20_000 * kept, latency=0.004 + 1e-4 * kept,
                           n_images=128)
                for kept in (n_filters, *settings.kept)
            ),
            pictures=FilterPictures(
                images=rng.random((3, 16, 16, 1)),
                labels=np.arange(3),
                responses=np.clip(rng.standard_normal((3, n_filters, 8, 8)), 0, None),
            ),
            sweep=WidthSweep(
                numbers=sweep, accuracy=0.9 + 0.02 * widths, input_information=2 + widths,
                input_information_null=1.5 + widths, saturated=0 * widths, redundancy=0.2 * widths,
                redundancy_null=0.15 * widths, input_entropy=0 * widths + 4.5,
            ) if sweep else None,
        )  # fmt: skip

    return invent


@pytest.fixture(scope="session")
def invent_sources() -> Callable[..., dict[str, Any]]:
    """Makes two small sources that know what was measured: every verdict, relation and kind of drawing occurs."""

    # Loaded here, for most tests need none of it.
    from sightbits.ledger.claim import Claim, Relation  # noqa: PLC0415
    from sightbits.ledger.drawings import Bars, Curves, Grids, Histogram, Line  # noqa: PLC0415
    from sightbits.ledger.evidence import Evidence, Outcome  # noqa: PLC0415
    from sightbits.ledger.experiment import Experiment, Source, Workbench  # noqa: PLC0415

    def claim(name: str, relation: Relation, claimed: float, **options: Any) -> Claim:
        own = {"text": f"It is said that {name}.", "place": "section 2", "unit": "bit"} | options
        return Claim(name=name, relation=relation, claimed=claimed, **own)

    def invent(*, title: str = "On numbers", counted: list[str] | None = None) -> dict[str, Any]:
        """The names of experiments and steps that run are appended to `counted`."""
        ran = [] if counted is None else counted
        exact = claim("a figure is met", Relation.EQUALS, 1.79, tolerance=0.1)
        order = claim("one is above the other", Relation.ABOVE, 0.0, control="labels shuffled")
        always = claim("it always holds", Relation.AT_LEAST, 1.0, each=True, unit="share of cases")
        never = claim("nobody can say", Relation.BELOW, 3.0, untestable="The text does not define it.")
        deep = claim("a network is needed", Relation.AT_MOST, 2.0)
        maps = Grids(
            name="maps", title="Two maps", place="figure 1", values_title="information, bits",
            panels={"first": ((0.0, 0.5, None), (1.0, 2.0, 0.25)), "second": ((0.0, 0.0, 0.0), (1.5, None, 0.5))},
            crossed={"first": ((0, 0),)}, ringed={"second": ((1, 0), (1, 2))},
        )  # fmt: skip
        curve = Curves(
            name="curve", title="A curve", place="figure 2", x_title="pixels", y_title="accuracy, percent",
            lines={
                "by information": Line(x=(1.0, 2.0, 4.0), y=(20.0, 40.0, 80.0), spread=(1.0, None, 2.0)),
                "by chance": Line(x=(1.0, 2.0, 4.0), y=(10.0, None, 30.0)),
            },
            bounds={"all pixels": 90.0, "chance": 10.0}, logarithmic=True,
        )  # fmt: skip
        bars = Bars(
            name="bars", title="Bars", place="figure 3", x_title="layer", y_title="share, percent",
            series={"measured": {"a": 1.0, "b": -2.0}, "shuffled": {"a": 0.5}}, spread={"measured": {"a": 0.25}},
        )  # fmt: skip
        histogram = Histogram(
            name="counts", title="How many", place="text", x_title="pixels measured",
            values=(3.0, 4.0, 4.0, None, 9.0), marks={"mean": 5.0},
        )  # fmt: skip

        def figures(bench: Workbench) -> Outcome:
            ran.append("figures")
            values = bench.once("values", lambda: ran.append("values") or [1.7 + 0.01 * bench.seed, 1.8])
            evidence = {
                exact.name: Evidence(values=tuple(values), note="Two draws."),
                order.name: Evidence(values=(0.5, 0.6, 0.7), control=(0.4, 0.5, 0.6)),
                always.name: Evidence(values=tuple(bench.choose([1.0, 0.5], [1.0, 0.5, 1.0]))),
            }
            return Outcome(evidence=evidence, drawings=(maps, curve))

        def others(bench: Workbench) -> Outcome:
            ran.append("others")
            found = Outcome(evidence={deep.name: Evidence(values=(1.0,))}, drawings=(bars, histogram))
            bench.progress("training", 1, 1)
            return found

        first = Source(
            name="first", title=title, by="a text",
            experiments=(Experiment(name="figures", claims=(exact, order, always), run=figures),), untested=(never,),
        )  # fmt: skip
        second = Source(
            name="second", title="On networks", by="a paper",
            experiments=(Experiment(name="others", claims=(deep,), run=others),),
        )  # fmt: skip
        return {"first": first, "second": second}

    return invent


@pytest.fixture
def invent_ledger(invent_sources: Callable[..., dict[str, Any]], monkeypatch: pytest.MonkeyPatch) -> Callable[..., Any]:
    """Judges the two small sources; from then on they are all there are."""
    from sightbits.ledger import reproducing  # noqa: PLC0415

    def invent(*names: str, counted: list[str] | None = None, title: str = "On numbers", **options: Any) -> Result:
        monkeypatch.setattr(reproducing, "SOURCES", invent_sources(counted=counted, title=title))
        return reproducing.reproduce_sources(names, **options)

    return invent


@dataclass(frozen=True, eq=False)
class CutPart:
    """A run of images in memory, as a part of a stream."""

    images: np.ndarray
    labels: np.ndarray
    in_test: bool
    n_at_once: int
    portable: bool = True

    @property
    def n_images(self) -> int:
        return len(self.images)

    def chunks(self) -> Iterator[ImageChunk]:
        for start in range(0, len(self.images), self.n_at_once):
            run = slice(start, start + self.n_at_once)
            yield ImageChunk(images=self.images[run], labels=self.labels[run])


@pytest.fixture(scope="session")
def cut_stream() -> Callable[..., ImageStream]:
    """Cuts a data set into a stream of parts, whose images come a few at a time."""

    def cut(dataset: ImageDataset, n_in_part: int = 50, n_at_once: int = 7) -> ImageStream:
        held_out = np.zeros(dataset.n_images, bool) if dataset.in_test is None else dataset.in_test
        borders = [0, *np.flatnonzero(np.diff(held_out)) + 1, dataset.n_images]
        cuts = sorted({*borders, *range(0, dataset.n_images, n_in_part)})
        parts = tuple(
            CutPart(dataset.images[start:stop], dataset.labels[start:stop], bool(held_out[start]), n_at_once)
            for start, stop in itertools.pairwise(cuts)
        )
        return ImageStream(
            parts=parts,
            labels=dataset.labels.astype(np.uint8),
            label_names=dataset.label_names,
            image_shape=dataset.image_shape,
            dtype=dataset.images.dtype,
            value_range=dataset.value_range,
            provenance=dataset.provenance,
            range_seen=dataset.range_seen,
        )

    return cut


@pytest.fixture(scope="session")
def draw_images() -> Callable[..., ImageDataset]:
    """Draws images of three labels: whole grey values or floats, with an official test part or without."""

    def draw(
        n_images: int = 160, *, whole: bool = True, high: int = 255, n_test: int = 0, shape: tuple[int, ...] = (3, 4)
    ) -> ImageDataset:
        rng = np.random.default_rng(n_images)
        labels = rng.integers(3, size=n_images)
        images = rng.integers(0, high + 1, size=(n_images, *shape)) // (1 + labels.reshape(-1, *[1] * len(shape)))
        images[:, 0, 0] = high // 2  # it never changes
        images[0, 1, 1] = high
        return ImageDataset(
            images=images.astype(np.uint8 if high < 256 else np.uint16) if whole else images / high,
            labels=labels,
            label_names=("a", "b", "c"),
            value_range=(0.0, float(high)) if whole else (0.0, 1.0),
            in_test=np.arange(n_images) >= n_images - n_test if n_test else None,
            provenance=Provenance(name="drawn", sha256="", origin="memory"),
        )

    return draw
