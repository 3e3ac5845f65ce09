"""Two images followed while they are measured."""

import numpy as np

from sightbits.core.images import ImageDataset
from sightbits.ledger.drawings import Bars, Drawing, Grids
from sightbits.ledger.sources.entropic_measuring.claims import EXAMPLES
from sightbits.ledger.sources.entropic_measuring.counting import cells
from sightbits.measurement.measurer import Measurer
from sightbits.measurement.simulation import Simulation

_FRAMES = 6


def draw_examples(measurer: Measurer, test: ImageDataset) -> tuple[Drawing, ...]:
    """Return what was read of an image named rightly and of one named wrongly, and what was believed."""
    some = test.take(slice(None, None, max(1, test.n_images // 200)))
    simulation = measurer.simulate(some, n_jobs=1)
    right = simulation.right[:, -1]
    chosen = [np.flatnonzero(right)[:1], np.flatnonzero(~right)[:1]]
    return tuple(
        drawing for found in chosen for i in found for drawing in _of_image(measurer, some, simulation, int(i))
    )


def _of_image(measurer: Measurer, images: ImageDataset, simulation: Simulation, i: int) -> tuple[Drawing, ...]:
    walks = simulation.walks
    n = int(walks.n_measured[i])
    steps = np.unique(np.linspace(1, n, min(_FRAMES, n)).round().astype(np.int64))
    label = images.label_names[int(images.labels[i])]
    named = images.label_names[int(walks.posterior[i, n].argmax())]
    title = f"A {label}, taken for a {named} after {n} pixels"
    panels = {}
    for step in steps:
        shown = np.full(images.n_pixels, np.nan)
        shown[walks.pixels[i, :step]] = walks.levels[i, :step] / (measurer.belief.code.n_levels - 1)
        panels[_words(int(step))] = cells(shown, images.image_shape)
    return (
        Grids(
            name=f"readings-of-{label}",
            title=title,
            place=EXAMPLES.place,
            values_title="reading, 0 dark to 1 bright; empty where nothing was measured",
            panels=panels,
            scale="grey",
        ),
        Bars(
            name=f"classes-of-{label}",
            title=title,
            place=EXAMPLES.place,
            x_title="class",
            y_title="probability",
            series={
                _words(int(step)): {
                    name: round(float(share), 4)
                    for name, share in zip(images.label_names, walks.posterior[i, step], strict=True)
                }
                for step in steps
            },
        ),
    )


def _words(step: int) -> str:
    return "after 1 pixel" if step == 1 else f"after {step} pixels"
