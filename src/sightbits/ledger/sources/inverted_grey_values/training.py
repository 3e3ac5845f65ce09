"""Softmax regression as the answer trains it, on codes of the grey values that differ in one thing each."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from jaxtyping import Bool, Float64
from sklearn.linear_model import LogisticRegression

from sightbits.core.images import ImageDataset
from sightbits.datasets.splitting import split_dataset
from sightbits.ledger.drawings import Bars, Curves, Drawing, Grids, Line, cells_of
from sightbits.ledger.evidence import Evidence, Outcome
from sightbits.ledger.experiment import Workbench
from sightbits.ledger.sources.inverted_grey_values import claims
from sightbits.ledger.sources.inverted_grey_values.images import inner_mask
from sightbits.studies.encoding_comparison import compare_encodings
from sightbits.studies.encoding_comparison.curves import LearningCurve
from sightbits.studies.encoding_comparison.inputs import border_mask
from sightbits.studies.encoding_comparison.settings import DEFAULT_RATES
from sightbits.studies.encoding_comparison.spectrum import unit_values

_RATE = 0.5  # of the answer
_FOUND_RATES = {"inverted": 0.05, "standardised": 0.05}  # of an earlier comparison of ten rates: quick runs sweep none
_TRIALS, _UPDATES = 100, 50
_REGION = 3
_MARGIN = 4  # digits were scaled to 20 x 20 of the 28 x 28 pixels
_IN_WORDS = {
    "identity": "as they are",
    "inverted": "inverted",
    "centred": "centred",
    "inverted+centred": "inverted, then centred",
    "standardised": "mean 0, deviation 1",
    "still": "inverted, always dark pixels kept at 0",
    "lit": "as they are, always dark pixels set to 1",
    "margin": "inverted, margin of 4 pixels kept at 0",
}


@dataclass(frozen=True, eq=False, kw_only=True)
class Learned:
    """What softmax regression made of one code.

    Parameters
    ----------
    accuracy
        Mean over the learning curve of each seed, in percent.
    final
        After the last update, likewise.
    curve
        Mean over seeds of each point, in percent.
    weight_change
        Of each pixel, mean over seeds.
    condition_number, information
        Of the training images in this code: of their second moments; summed over pixels, in nats.
    """

    rate: float
    accuracy: Sequence[float]
    final: Sequence[float]
    curve: Sequence[float]
    weight_change: Sequence[float]
    condition_number: float
    information: float

    @property
    def mean(self) -> float:
        """The mean accuracy over seeds, in percent."""
        return float(np.mean(self.accuracy))

    @property
    def moved(self) -> Float64[np.ndarray, "pixels"]:
        """How far the weights of each pixel moved."""
        return np.array(self.weight_change)

    def less(self, other: "Learned") -> tuple[float, ...]:
        """Return by how much each seed does better than in another code, in percentage points."""
        return tuple(one - two for one, two in zip(self.accuracy, other.accuracy, strict=True))


def train_codes(bench: Workbench) -> Outcome:
    """Answer what is said of softmax regression."""
    dataset = bench.dataset("mnist")
    train, _ = split_dataset(dataset, bench.seed)
    low, high = train.value_range
    always_dark = (train.values == low).all(axis=0)
    lit = replace(dataset, images=_with_value(dataset, always_dark, high))
    found = _learned(bench, dataset, ("identity", "inverted", "centred", "inverted+centred", "standardised"))
    # with these pixels lit, inverting makes them 0: their weights cannot move; and left alone, they move
    both = _learned(bench, lit, ("identity", "inverted"), what="always dark pixels lit")
    found |= {"still": both["inverted"], "lit": both["identity"]}
    best = {name: _best(bench, dataset, name, found[name]) for name in ("identity", "inverted", "standardised")}
    if not bench.quick:
        margin = replace(dataset, images=_with_value(dataset, _margin_mask(dataset.image_shape), high))
        found |= {"margin": _learned(bench, margin, ("inverted",), what="margin lit")["inverted"]}
    evidence = {
        **_accuracies(found),
        **_reasons(found, int(always_dark.sum())),
        **_practice(found, best, _chosen(bench)),
        **_weights(found, always_dark, dataset.image_shape),
        **_in_the_end(bench, dataset, best),
    }
    return Outcome(evidence=evidence, drawings=_drawn(found, dataset.image_shape))


def _margin_mask(shape: tuple[int, ...]) -> Bool[np.ndarray, "pixels"]:
    """Which pixels are in the margin around the box that digits were scaled to."""
    mask = np.ones(shape, dtype=bool)
    mask[_MARGIN:-_MARGIN, _MARGIN:-_MARGIN] = False
    return mask.ravel()


def _with_value(dataset: ImageDataset, pixels: Any, value: float) -> Any:
    images = dataset.values.copy()
    images[:, pixels] = value
    return images.reshape(dataset.images.shape)


def _learned(
    bench: Workbench, dataset: ImageDataset, names: Sequence[str], *, rate: float = _RATE, what: str = "as it is"
) -> dict[str, Learned]:
    """Return what comes of training on codes, with the same batches whatever the code."""

    def compute() -> dict[str, Any]:
        comparison = compare_encodings(
            dataset, encodings=names, trials=_TRIALS, updates=_UPDATES, seeds=len(bench.seeds(3, 10)), rate=rate,
            rates=[], seed=bench.seed, progress=bench.progress,
        )  # fmt: skip
        return {
            name: {
                **_of_curve(comparison.curves["softmax"][name].main),
                "condition_number": inputs.spectrum.condition_number,
                "information": float(inputs.information.value.sum()),
            }
            for name, inputs in comparison.encodings.items()
        }

    key = f"softmax on {', '.join(names)}, {what}, rate {rate}"
    return {name: Learned(**one) for name, one in bench.once(key, compute).items()}


def _of_curve(curve: LearningCurve) -> dict[str, Any]:
    kept = 100 * curve.accuracy[~curve.diverged]
    return {
        "rate": curve.rate,
        "accuracy": kept.mean(axis=1).tolist(),
        "final": kept[:, -1].tolist(),
        "curve": kept.mean(axis=0).tolist(),
        "weight_change": [] if curve.weight_change is None else curve.weight_change.tolist(),
    }


def _best(bench: Workbench, dataset: ImageDataset, name: str, own: Learned) -> Learned:
    """Return what comes of training at the rate that does best on held-out training images."""
    if bench.quick:
        rate = _FOUND_RATES.get(name, _RATE)
    else:

        def choose() -> float:
            comparison = compare_encodings(
                dataset, encodings=[name], trials=_TRIALS, updates=_UPDATES, seeds=3, rates=DEFAULT_RATES,
                seed=bench.seed, progress=bench.progress,
            )  # fmt: skip
            found = comparison.curves["softmax"][name].best
            return _RATE if found is None else found.rate

        rate = bench.once(f"best rate on {name}", choose)
    return own if rate == own.rate else _learned(bench, dataset, (name,), rate=rate)[name]


def _accuracies(found: dict[str, Learned]) -> dict[str, Evidence]:
    identity, inverted = found["identity"], found["inverted"]
    difference = abs(identity.information - inverted.information)
    return {
        claims.NORMAL.name: Evidence(
            values=tuple(identity.accuracy),
            note=f"55,000 training images, weights from 0, batches of 100, rate {_RATE}, mean cross-entropy; accuracy "
            "on 10,000 test images. The source has one seed; tolerance: several times our spread over seeds, as its "
            "batches and held-out images are others.",
        ),
        claims.INVERTED.name: Evidence(
            values=tuple(inverted.accuracy),
            note="Tolerance: two standard deviations or so of ten seeds of an earlier comparison; the source has one.",
        ),
        claims.WORSE.name: Evidence(
            values=identity.less(inverted), control=found["centred"].less(found["inverted+centred"]),
            note="The same batches for both. Information of all pixels about the label differs by "
            f"{difference:.1g} nats in {identity.information:.1f}.",
        ),
    }  # fmt: skip


def _reasons(found: dict[str, Learned], n_dark: int) -> dict[str, Evidence]:
    def closed(name: str) -> tuple[float, ...]:
        gap = found["identity"].mean - found["inverted"].mean
        return tuple(won / gap for won in found[name].less(found["inverted"]))

    conditions = ", ".join(
        f"{_IN_WORDS[name]} {found[name].condition_number:.1e}" for name in ("identity", "inverted", "centred")
    )
    wide = ""
    if "margin" in found:
        wide = f" With a margin of {_MARGIN} pixels all round at 0, half of the image, {found['margin'].mean:.2f} %."
    still, lit, inverted = (found[name].mean for name in ("still", "lit", "inverted"))
    return {
        claims.CENTRING.name: Evidence(
            values=closed("inverted+centred"), control=closed("still"),
            note="Half of the gap was asked for, though the source calls it one reason among others. Condition numbers "
            f"of second moments: {conditions}.",
        ),
        claims.BORDER_EXPLAINS.name: Evidence(
            values=closed("still"), control=closed("lit"),
            note=f"{n_dark} pixels are 0 in every training image. Inverted images with these left at 0: {still:.2f} %, "
            f"beside {inverted:.2f} %. Images as they are with these set to 1, so that their weights move: "
            f"{lit:.2f} %.{wide}",
        ),
    }  # fmt: skip


def _chosen(bench: Workbench) -> str:
    """How learning rates were come by, in words."""
    how = "an earlier comparison", "held-out training images in this run"
    return f"rates from {bench.choose(*how)}"


def _practice(found: dict[str, Learned], best: dict[str, Learned], chosen: str) -> dict[str, Evidence]:
    identity, standardised = best["identity"], best["standardised"]
    return {
        claims.PRACTICE_CENTRE.name: Evidence(
            values=found["centred"].less(found["identity"]),
            note=f"{found['centred'].mean:.2f} % beside {found['identity'].mean:.2f} %, both at rate {_RATE}.",
        ),
        claims.PRACTICE_NORMALISE.name: Evidence(
            values=standardised.less(identity),
            note=f"{standardised.mean:.2f} % at rate {standardised.rate:g} beside {identity.mean:.2f} % at rate "
            f"{identity.rate:g}, {chosen}. At rate {_RATE} it has "
            f"{found['standardised'].mean:.2f} %.",
        ),
    }


def _weights(found: dict[str, Learned], always_dark: Any, shape: tuple[int, ...]) -> dict[str, Evidence]:
    border, inner = border_mask(shape).ravel(), inner_mask(shape).ravel()
    as_is, inverted = found["identity"].moved, found["inverted"].moved
    centred, both = found["centred"].moved, found["inverted+centred"].moved
    lowest = lowest_region(inverted, shape)
    return {
        claims.ZERO_STAYS.name: Evidence(
            values=(float(as_is[always_dark].max()),), control=(float(inverted[always_dark].max()),),
            note=f"{int(always_dark.sum())} pixels; of each the largest |first weight - last weight|, mean over seeds.",
        ),
        claims.BORDER_STAYS.name: Evidence(
            values=(float((as_is[border] == 0).mean()),),
            note="The others are not 0 in every image. They move little: at most "
            f"{as_is[border].max():.2f}, the most of all pixels is {as_is.max():.2f}; a heat map shows both as dark.",
        ),
        claims.BORDER_MOVES.name: Evidence(
            values=(float(inverted[border].mean() - as_is[border].mean()),),
            control=(float(both[border].mean() - centred[border].mean()),),
            note=f"The border has {100 * as_is[border].sum() / as_is.sum():.1f} % of all change as it is and "
            f"{100 * inverted[border].sum() / inverted.sum():.1f} % inverted.",
        ),
        claims.CENTRE_DARK.name: Evidence(
            values=(lowest / float(inverted[border].mean()),),
            note=f"After {_TRIALS * _UPDATES:,} updates, mean over seeds; the source does not say after how many its "
            f"map is. The inner 14 x 14 pixels move by {inverted[inner].mean():.2f} on average, and by "
            f"{as_is[inner].mean():.2f} on images as they are.",
        ),
    }  # fmt: skip


def lowest_region(moved: Float64[np.ndarray, "pixels"], shape: tuple[int, ...]) -> float:
    """The lowest mean change of a small square within the inner part."""
    rows, columns = (np.flatnonzero(inner_mask(shape).any(axis=axis)) for axis in (1, 0))
    inner = moved.reshape(shape)[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]
    return float(np.lib.stride_tricks.sliding_window_view(inner, (_REGION, _REGION)).mean(axis=(2, 3)).min())


def _in_the_end(bench: Workbench, dataset: ImageDataset, best: dict[str, Learned]) -> dict[str, Evidence]:
    train, test = split_dataset(dataset, bench.seed)
    n = bench.choose(2000, 10_000)
    some = train.take(slice(None, None, max(1, train.n_images // n)))

    def compute() -> dict[str, float]:
        shown, asked = (unit_values(part.values, dataset.value_range).astype(np.float64) for part in (some, test))
        network = LogisticRegression(C=0.01, tol=1e-6, max_iter=20_000)
        pairs = {"as they are": (shown, asked), "inverted": (1 - shown, 1 - asked)}
        return {
            name: 100 * float(network.fit(one, some.labels).score(other, test.labels))
            for name, (one, other) in pairs.items()
        }

    optimum = bench.once("optimum", compute)
    identity, inverted = best["identity"], best["inverted"]
    return {
        claims.LEARNABLE.name: Evidence(
            values=(optimum["as they are"] - optimum["inverted"],),
            note=f"Softmax regression with a penalty on weights but none on the bias, so that there is one "
            f"optimum, trained to it by a quasi-Newton method on {some.n_images:,} images: "
            f"{optimum['as they are']:.2f} % and {optimum['inverted']:.2f} % right.",
        ),
        claims.LEARNED.name: Evidence(
            values=tuple(one - two for one, two in zip(identity.final, inverted.final, strict=True)),
            note=f"{_TRIALS * _UPDATES:,} updates, each code at its own best rate ({identity.rate:g}, inverted "
            f"{inverted.rate:g}; {_chosen(bench)}): {np.mean(identity.final):.2f} % and "
            f"{np.mean(inverted.final):.2f} %.",
        ),
    }


def _drawn(found: dict[str, Learned], shape: tuple[int, ...]) -> tuple[Drawing, ...]:
    updates = tuple(float(_UPDATES * (i + 1)) for i in range(_TRIALS))
    maps = {_IN_WORDS[name]: found[name] for name in ("identity", "inverted", "inverted+centred")}
    return (
        Bars(
            name="accuracy",
            title="Softmax regression on codes of the grey values",
            place=claims.NORMAL.place,
            x_title="code",
            y_title="mean accuracy over the learning curve (%)",
            series={"measured": {_IN_WORDS[name]: round(one.mean, 3) for name, one in found.items()},
                    "source": {"as they are": claims.NORMAL.claimed, "inverted": claims.INVERTED.claimed}},
            spread={"measured": {_IN_WORDS[name]: round(float(np.std(one.accuracy, ddof=1)), 3)
                                 for name, one in found.items() if len(one.accuracy) > 1}},
        ),
        Curves(
            name="learning",
            title="Test accuracy while softmax regression learns",
            place="not in the source",
            x_title="updates",
            y_title="images named rightly (%)",
            lines={_IN_WORDS[name]: Line(x=updates, y=tuple(round(point, 3) for point in one.curve))
                   for name, one in found.items()},
        ),
        Grids(
            name="weight-change",
            title="Where weights moved",
            place=claims.BORDER_STAYS.place.replace("first heat map", "heat maps"),
            values_title="largest |first weight - last weight| of a pixel",
            panels={name: cells_of(one.moved.round(4), shape) for name, one in maps.items()},
        ),
    )  # fmt: skip
