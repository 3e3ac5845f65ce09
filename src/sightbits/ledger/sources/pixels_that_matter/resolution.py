"""What the source expects of 28x28 images, tried on MNIST, and on MNIST at a lower resolution."""

from dataclasses import replace

import numpy as np

from sightbits.core.images import ImageDataset
from sightbits.core.moments import mean_and_variance
from sightbits.datasets.splitting import split_dataset
from sightbits.ledger.claim import Claim, Relation
from sightbits.ledger.drawings import Grids
from sightbits.ledger.evidence import Evidence, Outcome
from sightbits.ledger.experiment import Experiment, Workbench
from sightbits.ledger.sources.pixels_that_matter.split import (
    SIDE,
    Map,
    Split,
    cells,
    counted_information,
    places,
    split_seeds,
)
from sightbits.studies.pixel_audit.settings import AuditSettings

_PLACE = "section on the caveat"
_LEVELS = 16  # for both sets, so that chance gives the same for each level
_PARTS = 6
_COARSE = "the resolution: MNIST averaged over blocks of 4x4 pixels, 7x7"

DEAD_SHARE = Claim(
    name="fewer-dead-at-28",
    text="At 28x28 pixels, as in MNIST, a smaller share of them would be dead than in the digits.",
    place=_PLACE,
    relation=Relation.BELOW,
    claimed=0.0,
    unit="percent of the pixels",
    control=_COARSE,
)
FINER = Claim(
    name="finer-frees-pixels",
    text="A low resolution is partly why pixels are dead: the same images have a smaller share of them at 28x28 than "
    "at 7x7.",
    place=_PLACE,
    relation=Relation.BELOW,
    claimed=0.0,
    unit="percent of the pixels",
)
PLACES_MOVE = Claim(
    name="best-place-moves",
    text="At 28x28 pixels the most informative places would move, since the pen reaches more of the frame (by a pixel "
    "of the 8x8 grid or more).",
    place=_PLACE,
    relation=Relation.AT_LEAST,
    claimed=1.0,
    unit="pixels of 8x8",
    control=_COARSE,
)


def _resolution(bench: Workbench) -> Outcome:
    mnist, _ = split_dataset(bench.dataset("mnist"), 0)
    parts = [mnist.take(slice(i, None, _PARTS)) for i in bench.seeds(2, _PARTS)]
    splits = [Split.of(bench.dataset("digits"), seed) for seed in split_seeds(bench, 4, 40)]
    own_shares = [100 * float(split.dead.mean()) for split in splits]
    own_places = [best_place(split.counted_information(_LEVELS)) for split in splits]
    shares = {side: np.array([_dead_share(averaged(part, 28 // side)) for part in parts]) for side in (28, 14, 7)}
    margin = {side: np.array([_dead_share(averaged(_inner(part), 20 // side)) for part in parts]) for side in (20, 5)}
    maps = {side: counted_information(averaged(parts[0], 28 // side), _LEVELS) for side in (28, 7)}
    moved = {side: [float(np.hypot(*(best_place(one) - own))) for own in own_places] for side, one in maps.items()}
    own_moves = [float(np.hypot(*(place - own_places[0]))) for place in own_places[1:]]
    n_images = f"{parts[0].n_images:,} training images of MNIST"
    evidence = {
        DEAD_SHARE.name: Evidence(
            values=tuple(float(shares[28][0] - own) for own in own_shares),
            control=tuple(float(shares[7][0] - own) for own in own_shares),
            note=f"Share of MNIST less that of the digits ({len(splits)} splits). Dead: a variance under 0.5 on a grey "
            f"range of 16, so under {AuditSettings().dead_variance_for((0.0, 255.0)):.0f} on 255. {n_images} have "
            f"{shares[28][0]:.1f} % dead pixels, the digits {np.mean(own_shares):.1f} %. MNIST leaves a margin around "
            f"its digits, the digits leave none: of its inner 20x20 pixels {margin[20][0]:.1f} % are dead.",
        ),
        FINER.name: Evidence(
            values=tuple((shares[28] - shares[7]).tolist()),
            note=f"{len(parts)} times {n_images}, at 28x28 and averaged over blocks of 4x4 pixels. Shares: 28x28 "
            f"{shares[28].mean():.1f} %, 14x14 {shares[14].mean():.1f} %, 7x7 {shares[7].mean():.1f} %. Without the "
            f"margin: 20x20 {margin[20].mean():.1f} %, 5x5 {margin[5].mean():.1f} %.",
        ),
        PLACES_MOVE.name: Evidence(
            values=tuple(moved[28]),
            control=tuple(moved[7]),
            note="Distance between the centres of the most informative pixels of MNIST and of the digits "
            f"({len(splits)} splits), both frames laid on each other; exact counts in {_LEVELS} levels, {n_images}. "
            f"Best in MNIST: row {int(maps[28].argmax()) // 28}, column {int(maps[28].argmax()) % 28} of 28x28. Among "
            f"the splits of the digits alone the best place moves by {np.mean(own_moves):.2f} on average. Another set "
            "differs in more than its resolution: the control shows what is left where only that is taken away.",
        ),
    }
    return Outcome(evidence=evidence, drawings=tuple(_drawing(averaged(parts[0], 28 // side), side) for side in maps))


def _drawing(images: ImageDataset, side: int) -> Grids:
    information = counted_information(images, _LEVELS)
    name = f"MNIST at {side}x{side}"
    return Grids(
        name=f"information-mnist-{side}",
        title=f"Information of each pixel of {name} on the digit: dead pixels crossed out, the best one ringed",
        place=_PLACE,
        values_title="mutual information (bit)",
        panels={name: cells(information / np.log(2), side)},
        crossed={name: places(np.flatnonzero(dead_pixels(images)), side)},
        ringed={name: places([information.argmax()], side)},
    )


def averaged(images: ImageDataset, factor: int) -> ImageDataset:
    """Return images of grey values averaged over square blocks, rounded."""
    n, rows, columns = images.images.shape
    blocks = images.images.reshape(n, rows // factor, factor, columns // factor, factor)
    means = np.rint(blocks.mean(axis=(2, 4), dtype=np.float32)).astype(images.images.dtype)
    return replace(images, images=means)


def dead_pixels(images: ImageDataset) -> np.ndarray:
    """Return which pixels are dead on the scale of the source."""
    return mean_and_variance(images.values)[1] < AuditSettings().dead_variance_for(images.value_range)


def _dead_share(images: ImageDataset) -> float:
    return 100 * float(dead_pixels(images).mean())


def _inner(images: ImageDataset) -> ImageDataset:
    """Return MNIST without the margin around its digits."""
    return replace(images, images=np.ascontiguousarray(images.images[:, 4:24, 4:24]))


def best_place(information: Map) -> np.ndarray:
    """Return the centre of the most informative pixel of a square map, in pixels of 8x8."""
    side = round(len(information) ** 0.5)
    return (np.array(divmod(int(information.argmax()), side)) + 0.5) * SIDE / side


RESOLUTION = Experiment(name="the same at another resolution", claims=(DEAD_SHARE, FINER, PLACES_MOVE), run=_resolution)
