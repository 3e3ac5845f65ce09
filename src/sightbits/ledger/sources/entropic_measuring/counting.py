"""What is counted of every pixel: probabilities, holes, entropies."""

from dataclasses import replace

import numpy as np
from jaxtyping import Float
from scipy.special import entr

from sightbits.core.counts import CountTable, LabelledLevels
from sightbits.core.images import ImageDataset
from sightbits.core.levels import level_code
from sightbits.core.units import Unit
from sightbits.datasets.splitting import split_dataset
from sightbits.encodings.named import encoding_named
from sightbits.estimation.null import shuffle_labels
from sightbits.information.composed import entropy
from sightbits.ledger.drawings import Cells, Drawing, Grids, cells_of
from sightbits.ledger.evidence import Evidence, Outcome
from sightbits.ledger.experiment import Workbench
from sightbits.ledger.sources.entropic_measuring import claims
from sightbits.studies.pixel_audit.maps import PixelMaps, map_pixels
from sightbits.studies.pixel_audit.settings import AuditSettings
from sightbits.studies.pixel_audit.sums import sums_in_memory

_LEAST_BRIGHT = 100  # test images in which a pixel is bright: fewer tell too little of a probability
_DECIMALS = 4

to_bits = Unit.BIT.from_nats


def count_pixels(bench: Workbench) -> Outcome:
    """Answer what the article says of pixels before anything is measured."""
    dataset = bench.dataset("mnist")
    train, test = split_dataset(dataset, bench.seed)
    maps = binary_maps(train)
    evidence = {
        claims.PIXELS.name: Evidence(values=(float(dataset.n_pixels),)),
        claims.GREY_VALUES.name: Evidence(values=(float(len(np.unique(dataset.images))),)),
        **_information(train, maps, bench.seed),
        **_equations(train, maps),
        **_probabilities(train, test, maps, bench.seed),
        **_holes(train, maps),
    }
    return Outcome(evidence=evidence, drawings=(*_example(train), *_maps_drawn(maps, dataset)))


def binary_maps(dataset: ImageDataset) -> PixelMaps:
    """Return every map of images rounded to dark and bright."""
    coded = LabelledLevels.of(dataset, level_code(dataset, 2))
    settings = AuditSettings(levels=2, permutations=0)
    return map_pixels(dataset, dataset.labels, sums_in_memory(dataset, coded), settings)


def _information(train: ImageDataset, maps: PixelMaps, seed: int) -> dict[str, Evidence]:
    shuffled = binary_maps(replace(train, labels=shuffle_labels(train.labels, seed, 0)))

    def spread(of: PixelMaps) -> float:
        low, high = np.quantile(to_bits(of.information.value), (0.1, 0.9))
        return float(high - low)

    information = to_bits(maps.information.value)
    _, times = np.unique(np.round(information, 9), return_counts=True)
    n_idle = int((maps.bright == 0).sum())
    return {
        claims.NOT_EQUAL.name: Evidence(
            values=(spread(maps),),
            control=(spread(shuffled),),
            note=f"Information of rounded pixels about the label, {train.n_images:,} training images; the tolerance is "
            f"ten times what chance gives a pixel. The best pixel has {information.max():.3f} bit.",
        ),
        claims.ALL_DIFFERENT.name: Evidence(
            values=(float((times == 1).sum() / len(information)),),
            note=f"Alike within 1e-9 bit. {n_idle} pixels are never bright: each has exactly 0 bit.",
        ),
    }


def _equations(train: ImageDataset, maps: PixelMaps) -> dict[str, Evidence]:
    table = LabelledLevels.of(train, level_code(train, 2)).count()
    n = train.n_images
    of_level, of_label = table.marginal("level").counts, table.marginal("label").counts
    apart = of_level[:, :, np.newaxis] * of_label[:, np.newaxis]
    given = np.stack([maps.label_given_dark, maps.label_given_bright], axis=1)
    joint = of_level[:, :, np.newaxis] / n * np.nan_to_num(given)  # what never happens has probability 0
    met = np.concatenate([maps.label_given_dark[maps.bright < 1], maps.label_given_bright[maps.bright > 0]])
    return {
        claims.INDEPENDENT_ADDS.name: Evidence(
            values=(_excess(CountTable(counts=apart, variables=table.variables)),),
            control=(_excess(table),),
            note="Largest |H(X,Y) - H(X) - H(Y)| of a pixel beside the label, the first paired with the second in all "
            "combinations. The formulas are pictures that our copy of the text lacks.",
        ),
        claims.FACTORS.name: Evidence(
            values=(float(np.abs(table.counts / n - joint).max()),),
            control=(float(np.abs(table.counts / n - apart / n**2).max()),),
        ),
        claims.UNIFORM.name: Evidence(
            values=tuple(float(one) for one in to_bits(np.array([entr(met).sum(axis=1).max()]))),
            note=f"The highest of {len(met):,} distributions: of the class given each pixel dark, and bright.",
        ),
    }


def _excess(table: CountTable) -> float:
    """The largest difference between joint entropy and the sum of both, in bits."""
    difference = entropy(table, "level", "label") - entropy(table, "level") - entropy(table, "label")
    return float(np.abs(to_bits(difference)).max())


def _probabilities(train: ImageDataset, test: ImageDataset, maps: PixelMaps, seed: int) -> dict[str, Evidence]:
    binarised = encoding_named("binarised", train.value_range).fit(train.images)
    rounded = binarised.transform(train.images).reshape(train.n_images, -1)
    low, high = train.value_range
    average = (rounded.mean(axis=0, dtype=np.float64) - low) / (high - low)
    shuffled = replace(test, labels=shuffle_labels(test.labels, seed, 1))
    return {
        claims.AVERAGE.name: Evidence(
            values=(float(np.abs(average - maps.bright).max()),),
            control=(float(np.abs((maps.mean - low) / (high - low) - maps.bright).max()),),
            note="Without rounding the average grey value is only near that probability.",
        ),
        claims.CLASS_PROBABILITY.name: Evidence(
            values=(_miscalibration(maps, test),),
            control=(_miscalibration(maps, shuffled),),
            note=f"Probabilities of training images beside shares in test images, pixels bright in {_LEAST_BRIGHT} or "
            "more of these: mean absolute difference over that of two samples of one distribution. Up to twice was "
            "allowed beforehand, as other people wrote the test digits.",
        ),
    }


def _miscalibration(maps: PixelMaps, test: ImageDataset) -> float:
    """How far class shares of bright pixels in other images are off, over how far sampling alone puts them off."""
    seen = binary_maps(test)
    n_training, n_test = maps.bright * maps.n_images, seen.bright * seen.n_images
    looked_at = (n_test >= _LEAST_BRIGHT) & (n_training > 0)
    stated, shares = maps.label_given_bright[looked_at], seen.label_given_bright[looked_at]
    several = (1 / n_training[looked_at] + 1 / n_test[looked_at])[:, np.newaxis]
    by_sampling = np.sqrt(2 / np.pi * stated * (1 - stated) * several)  # mean |normal| of that variance
    return float(np.abs(stated - shares).mean() / by_sampling.mean())


def _holes(train: ImageDataset, maps: PixelMaps) -> dict[str, Evidence]:
    low, high = train.value_range
    inverted = binary_maps(replace(train, images=(low + high - train.images).astype(train.images.dtype)))

    def n_holes(given: Float[np.ndarray, "pixels labels"]) -> float:
        return float(np.isnan(given).all(axis=1).sum())

    holes = np.isnan(maps.label_given_bright).all(axis=1)
    (cut,) = level_code(train, 2).cuts
    always_dark = (train.values < cut).all(axis=0)
    return {
        claims.MISSING_BRIGHT.name: Evidence(
            values=(n_holes(maps.label_given_bright),), control=(n_holes(inverted.label_given_bright),),
            note=f"Of {train.n_pixels} pixels, {train.n_images:,} training images.",
        ),
        claims.HOLES_ARE_DARK.name: Evidence(values=(float((holes != always_dark).sum()),)),
        claims.NO_MISSING_DARK.name: Evidence(
            values=(n_holes(maps.label_given_dark),), control=(n_holes(inverted.label_given_dark),),
            note="No pixel is bright in every image.",
        ),
    }  # fmt: skip


def _example(train: ImageDataset) -> tuple[Drawing, ...]:
    """The first training image of a 2, and what rounding leaves of it."""
    image = train.images[np.flatnonzero(train.labels == train.label_names.index("2"))[0]]
    low, high = train.value_range
    (cut,) = level_code(train, 2).cuts
    return (
        Grids(
            name="rounded",
            title="A handwritten 2, and the same with rounded values",
            place=claims.AVERAGE.place + ", first figure",
            values_title="grey value, 0 dark to 1 bright",
            panels={
                "as it is": cells((image.ravel() - low) / (high - low), train.image_shape),
                "rounded": cells((image.ravel() >= cut).astype(np.float64), train.image_shape),
            },
            scale="grey",
        ),
    )


def _maps_drawn(maps: PixelMaps, dataset: ImageDataset) -> tuple[Drawing, ...]:
    shape, section = dataset.image_shape, claims.AVERAGE.place

    def of_labels(given: Float[np.ndarray, "pixels labels"]) -> dict[str, Cells]:
        return {name: cells(given[:, label], shape) for label, name in enumerate(dataset.label_names)}

    return (
        Grids(
            name="average",
            title="Probability of each pixel to be bright",
            place=f"{section}, average of every pixel",
            values_title="probability",
            panels={"all digits": cells(maps.bright, shape)},
            scale="grey",
        ),
        Grids(
            name="bright",
            title="Probability of each class where a pixel is bright",
            place=f"{section}, maps of bright pixels",
            values_title="probability",
            panels=of_labels(maps.label_given_bright),
        ),
        Grids(
            name="dark",
            title="Probability of each class where a pixel is dark",
            place=f"{section}, maps of dark pixels",
            values_title="probability",
            panels=of_labels(maps.label_given_dark),
        ),
        Grids(
            name="entropy",
            title="Entropy of each pixel, by what is meant by it",
            place=f"{section}, entropy of every pixel",
            values_title="bit",
            panels={
                "of pixel and class": cells(to_bits(maps.joint_entropy), shape),
                "of the class given the pixel": cells(to_bits(maps.conditional_entropy), shape),
            },
        ),
    )


def cells(values: Float[np.ndarray, "pixels"], shape: tuple[int, ...]) -> Cells:
    """Return a flat map as rows of rounded cells; what is not defined is None."""
    return cells_of(np.round(values.astype(np.float64), _DECIMALS), shape)
