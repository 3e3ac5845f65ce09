"""What is in the images before anything is learned."""

from dataclasses import replace

import numpy as np
from jaxtyping import Bool, Float64

from sightbits.core.counts import LabelledLevels
from sightbits.core.images import ImageDataset
from sightbits.core.levels import level_code
from sightbits.core.units import Unit
from sightbits.datasets.splitting import split_dataset
from sightbits.encodings.named import encoding_named
from sightbits.estimation.null import shuffle_labels
from sightbits.estimation.pixels import estimate_pixel_information
from sightbits.ledger.evidence import Evidence, Outcome
from sightbits.ledger.experiment import Workbench
from sightbits.ledger.sources.inverted_grey_values import claims
from sightbits.studies.encoding_comparison.inputs import border_mask

_PERMUTATIONS = 20


def inner_mask(image_shape: tuple[int, ...]) -> Bool[np.ndarray, "rows columns"]:
    """Return which pixels are in the inner half of the rows and of the columns."""
    rows, columns = image_shape[:2]
    mask = np.zeros((rows, columns), dtype=bool)
    mask[rows // 4 : rows - rows // 4, columns // 4 : columns - columns // 4] = True
    return mask


def describe_images(bench: Workbench) -> Outcome:
    """Answer what is said of grey values, and of what pixels tell."""
    dataset = bench.dataset("mnist")
    train, _ = split_dataset(dataset, bench.seed)
    low, high = train.value_range
    inverted = encoding_named("inverted", train.value_range).fit(train.images)
    every = np.broadcast_to(
        np.arange(low, high + 1)[:, np.newaxis, np.newaxis], (int(high - low) + 1, *train.image_shape)
    )
    mean = float((train.values.mean(dtype=np.float64) - low) / (high - low))
    share_dark, share_bright = ((dataset.values == end).mean(axis=1) for end in (low, high))
    evidence = {
        claims.RANGE.name: Evidence(values=(float(dataset.images.max()) - float(dataset.images.min()),)),
        claims.MOSTLY_ZERO.name: Evidence(
            values=(float((share_dark > 0.5).mean()),), control=(float((share_bright > 0.5).mean()),),
            note=f"All {dataset.n_images:,} images; on average {100 * share_dark.mean():.1f} % of an image is 0, in "
            f"the fullest one {100 * share_dark.min():.1f} %.",
        ),
        claims.LINEAR.name: Evidence(
            values=(float(np.abs(inverted.transform(every) - (-every + high + low)).max()),),
            note="A bijection: every pixel keeps its information about the label.",
        ),
        claims.MEAN.name: Evidence(
            values=(mean,),
            note=f"{train.n_images:,} training images; close was taken for within a quarter of the range.",
        ),
        claims.MEAN_INVERTED.name: Evidence(values=(1 - mean,), note="As above."),
        **_information(train, bench.seed),
    }  # fmt: skip
    return Outcome(evidence=evidence)


def _information(train: ImageDataset, seed: int) -> dict[str, Evidence]:
    border, inner = border_mask(train.image_shape).ravel(), inner_mask(train.image_shape).ravel()
    told = _excess(train)
    shuffled = _excess(replace(train, labels=shuffle_labels(train.labels, seed, 0)))
    return {
        claims.BORDER_TELLS_NOTHING.name: Evidence(
            values=(float(told[border].mean()),),
            note=f"I(pixel; label) less its mean under {_PERMUTATIONS} shuffles of labels; at most "
            f"{told[border].max():.4f} bit. The best pixel of all has {told.max():.3f} bit.",
        ),
        claims.CENTRE_TELLS.name: Evidence(
            values=(float(told[inner].mean()),), control=(float(shuffled[inner].mean()),),
        ),
    }  # fmt: skip


def _excess(train: ImageDataset) -> Float64[np.ndarray, "pixels"]:
    """What each pixel tells of the label beyond chance, in bits."""
    coded = LabelledLevels.of(train, level_code(train))
    estimate = estimate_pixel_information(coded, n_permutations=_PERMUTATIONS)
    return Unit.BIT.from_nats(estimate.value - estimate.null_mean)
