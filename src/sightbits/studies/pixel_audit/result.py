"""What an audit found, in memory, as a document and as tables."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from jaxtyping import Float, Int64, Shaped

from sightbits.core.images import Provenance
from sightbits.core.result import Columns, Result, plain, versions
from sightbits.core.units import Unit
from sightbits.selection.rankers import COUNTS_PAIRS, IN_NATS
from sightbits.selection.stability import jaccard_index
from sightbits.studies.pixel_audit.curve import AccuracyCurve
from sightbits.studies.pixel_audit.maps import PixelMaps
from sightbits.studies.pixel_audit.ranked import RankedPixels
from sightbits.studies.pixel_audit.redundancy import PixelRedundancy
from sightbits.studies.pixel_audit.settings import AuditSettings, Position

SHARES = (0.90, 0.95, 0.99)  # of the accuracy with the most pixels
_MUCH_CHANCE = 0.5


@dataclass(frozen=True, eq=False, kw_only=True)
class PixelAudit(Result):
    """The outcome of `audit_pixels`. Flat arrays follow the image row by row, channels last.

    Parameters
    ----------
    n_images, n_sampled
        How many images there are, and how many of them ranking, stability, pairs and accuracy rest on.
    maps
        Every map, information in nats.
    ranked
        What each ranker made of the training images, the main one first.
    redundancy
        How the first pixels go together with every other one.
    """

    provenance: Provenance
    image_shape: tuple[int, ...]
    label_names: tuple[str, ...]
    value_range: tuple[float, float]
    n_images: int
    n_sampled: int
    settings: AuditSettings
    unit: Unit
    maps: PixelMaps
    ranked: dict[str, RankedPixels]
    redundancy: PixelRedundancy

    @property
    def main(self) -> RankedPixels:
        """What the ranker that was asked for made of the pixels."""
        return self.ranked[self.settings.ranker]

    @property
    def ranking(self) -> Int64[np.ndarray, "usable"]:
        """Pixel numbers, best first."""
        return self.main.ranking.order

    @property
    def curve(self) -> AccuracyCurve:
        """Test accuracy against the number of pixels."""
        return self.main.curve

    @property
    def n_pixels(self) -> int:
        """How many pixels (and channels) an image has."""
        return len(self.maps.mean)

    @property
    def best_pixel(self) -> Position:
        """Row and column (and channel) of the pixel ranked first."""
        return self.position(self.ranking[0])

    @property
    def dead_pixels(self) -> list[Position]:
        """Where variance is under the threshold."""
        return [self.position(pixel) for pixel in np.flatnonzero(self.maps.dead)]

    @property
    def constant_pixels(self) -> list[Position]:
        """Where nothing ever changes."""
        return [self.position(pixel) for pixel in np.flatnonzero(self.maps.constant)]

    @property
    def n_significant(self) -> int:
        """How many pixels are informative at a false discovery rate of 5 %."""
        return int((self.maps.q_value < 0.05).sum())

    @property
    def sample_note(self) -> str:
        """What rests on some of the images alone; empty where everything rests on all of them."""
        if self.n_sampled == self.n_images:
            return ""
        return (
            f"ranking, stability, pairs and accuracy rest on {self.n_sampled:,} of {self.n_images:,} images, evenly "
            "strided; maps on all"
        )

    @property
    def warnings(self) -> tuple[str, ...]:
        """What a reader should know before believing the figures; empty where there is nothing."""
        information, curve = self.maps.information, self.curve
        first = self.ranking[: max(10, curve.fewest_for(0.95))]
        known = np.isfinite(information.null_mean[first])
        chance = float(information.null_mean[first][known].mean() if known.any() else 0)
        measured = float(np.mean(information.value[first]))
        found = []
        if chance > _MUCH_CHANCE * measured > 0:
            found.append(
                f"{chance / measured:.0%} of the information in the first {len(first)} pixels is what chance alone "
                f"gives: {self.maps.code.n_levels} grey levels are too many for {information.n_samples:,} images, and "
                "the ranking may follow noise. Count fewer (levels=4, or --levels 4)."
            )
        n_unknown = int(np.isnan(information.null_mean).sum())
        if n_unknown and self.settings.n_permutations == 0 and self.settings.map_estimator == "plug_in":
            found.append(
                f"In {n_unknown} pixels there are fewer images than cells to count, and the G-test cannot tell how "
                "much is chance. Shuffle labels (permutations=100, or --permutations 100), or count fewer levels."
            )
        n_saturated = int(information.saturated.sum())
        if n_saturated:
            found.append(
                f"{n_saturated} pixels are saturated: within 2 % of the most that {information.n_samples:,} images "
                "can show."
            )
        if not curve.converged.all():
            stopped = [str(k) for k, done in zip(curve.n_pixels, curve.converged, strict=True) if not done]
            found.append(f"The classifier stopped at its step limit for k = {', '.join(stopped)}.")
        for one in self.ranked.values():
            found.extend(self._ranking_warnings(one))
        return tuple(found)

    def _ranking_warnings(self, one: RankedPixels) -> list[str]:
        ranking, found = one.ranking, []
        if ranking.n_before_chance is not None:
            found.append(
                f"After {ranking.n_before_chance} pixels of {one.ranker} no other adds more than chance to what "
                "they tell together; the rest follows by cmim."
            )
        asked = max(k for k in (1, *one.curve.n_pixels) if k < len(ranking.order) or k == 1)
        if one.ranker in COUNTS_PAIRS and asked > ranking.n_informative:
            found.append(
                f"Only {ranking.n_informative} pixels vary in the {one.n_levels} levels that {one.ranker} "
                f"counts: those after them, up to the {asked} on the curve, are in no order."
            )
        return found

    def position(self, pixel: Any) -> Position:
        """Return row and column (and channel) of a pixel number."""
        return tuple(int(i) for i in np.unravel_index(int(pixel), self.image_shape))

    def pixel_maps(self) -> dict[str, Shaped[np.ndarray, "pixels *labels"]]:
        """Return every map by name, flat, information in the result's unit."""
        maps, convert = self.maps, self.unit.from_nats
        information = maps.information
        return {
            "mean": maps.mean,
            "variance": maps.variance,
            "entropy": convert(maps.entropy),
            "joint_entropy": convert(maps.joint_entropy),
            "conditional_entropy": convert(maps.conditional_entropy),
            "mutual_information": convert(information.value),
            "mutual_information_null": convert(information.null_mean),
            "mutual_information_null_std": convert(information.null_std),
            "mutual_information_excess": convert(information.excess),
            "z_score": information.z_score,
            "p_value": information.p_value,
            "family_wise_p_value": information.family_wise_p,
            "q_value": maps.q_value,
            "saturated": information.saturated,
            "probability_bright": maps.bright,
            "label_given_bright": maps.label_given_bright,
            "label_given_dark": maps.label_given_dark,
            "label_mean": maps.label_mean,
        }

    def to_dict(self) -> dict[str, Any]:
        """Return the whole audit as a JSON-able document."""
        settings, maps, curve = self.settings, self.maps, self.curve
        return plain(
            {
                "study": "audit",
                "version": versions()["sightbits"],
                "versions": versions(),
                "source": self.provenance.document(
                    split=settings.split,
                    n_images=maps.n_images,
                    n_sampled=self.n_sampled,
                    image_shape=self.image_shape,
                    label_names=self.label_names,
                    value_range=self.value_range,
                ),
                "settings": {
                    "levels": maps.code.n_levels,
                    "estimator": settings.map_estimator,
                    "entropy_estimator": settings.entropy_estimator,
                    "ranker": settings.ranker,
                    "rankers": settings.all_rankers,
                    "ranking_levels": self.main.n_levels,
                    "required": settings.required,
                    "forbidden": settings.forbidden,
                    "costs": settings.costs,
                    "classifier": curve.classifier,
                    "null": maps.information.null,
                    "permutations": settings.n_permutations,
                    "resamples": settings.resamples,
                    "dead_variance": maps.dead_variance,
                    "seed": settings.seed,
                    "seeds": settings.seeds,
                },
                "unit": self.unit.value,
                "warnings": self.warnings,
                "maps": {name: self._on_grid(values) for name, values in self.pixel_maps().items()},
                "dead_pixels": self.dead_pixels,
                "constant_pixels": self.constant_pixels,
                "n_significant_pixels": self.n_significant,
                "ranking": [self.position(pixel) for pixel in self.ranking],
                "ranking_score": self._scores_in_unit()[self.ranking],
                "accuracy_curve": {
                    **self._curve_document(self.main),
                    "accuracy_low": curve.low,
                    "accuracy_high": curve.high,
                    "converged": curve.converged,
                    "n_test": curve.n_test,
                    "n_splits": curve.n_splits,
                    "band": curve.band,
                },
                "rank_stability": {
                    "n_pixels": curve.n_pixels,
                    "n_resamples": settings.resamples,
                    "stability": [self.main.stability(k) for k in curve.n_pixels],
                    "frequency": [self._on_grid(self.main.frequency(k)) for k in curve.n_pixels],
                },
                "redundancy": self._redundancy_document(),
                **({"comparison": self._comparison_document()} if len(self.ranked) > 1 else {}),
            }
        )

    def _curve_document(self, one: RankedPixels) -> dict[str, Any]:
        curve = one.curve
        return {
            "n_pixels": curve.n_pixels,
            "accuracy": curve.accuracy,
            "accuracy_std": curve.std,
            "pixels_for": {f"{share:.2f}": curve.fewest_for(share) for share in SHARES},
        }

    def _redundancy_document(self) -> dict[str, Any]:
        """Return the maps of the first reference; None where no pixel varies."""
        pairs, convert = self.redundancy, self.unit.from_nats
        document: dict[str, Any] = {"levels": pairs.n_levels, "estimator": pairs.estimator, "pixel": None}
        if len(pairs.references):
            beside = pairs.beside(int(pairs.references[0]))
            assert beside is not None  # noqa: S101  it is a reference
            document |= {
                "pixel": self.position(pairs.references[0]),
                "mutual_information": self._on_grid(convert(beside.shared)),
                "conditional_mutual_information": self._on_grid(convert(beside.given)),
                "interaction_information": self._on_grid(convert(beside.interaction)),
                "chance": [self.unit.from_nats(nats) for nats in pairs.chance],
            }
        return document

    def _comparison_document(self) -> dict[str, Any]:
        points = self.curve.n_pixels
        return {
            "rankers": {
                name: {
                    **self._curve_document(one),
                    "accuracy_low": one.curve.low,
                    "accuracy_high": one.curve.high,
                    "ranking": [self.position(pixel) for pixel in one.ranking.order],
                    "levels": one.n_levels,
                    "n_before_chance": one.ranking.n_before_chance,
                    "stability": [one.stability(k) for k in points],
                }
                for name, one in self.ranked.items()
            },
            "overlap": [{"n_pixels": k, "jaccard": self.overlap(k)} for k in points],
        }

    def overlap(self, k: int) -> list[list[float]]:
        """Return the Jaccard index of the first k pixels, for every two rankers."""
        firsts = [one.first(k) for one in self.ranked.values()]
        return [[jaccard_index(a, b) for b in firsts] for a in firsts]

    def _on_grid(self, values: Shaped[np.ndarray, "pixels *labels"]) -> Shaped[np.ndarray, "..."]:
        """Return a map in the image's shape; a map for each label as one image a label."""
        if values.ndim == 2:
            return values.T.reshape(-1, *self.image_shape)
        return values.reshape(self.image_shape)

    def _scores_in_unit(self) -> Float[np.ndarray, "pixels"]:
        scores = self.main.ranking.scores
        return self.unit.from_nats(scores) if self.settings.ranker in IN_NATS else scores

    def tables(self) -> dict[str, Columns]:
        """Return `pixels`, `labels_by_pixel` and `accuracy_curve` as columns."""
        positions = np.stack(np.unravel_index(np.arange(self.n_pixels), self.image_shape), axis=1)
        axes = ("row", "column", "channel")[: len(self.image_shape)]
        place: dict[str, Any] = {name: positions[:, i] for i, name in enumerate(axes)}
        maps = self.pixel_maps()
        n_labels = len(self.label_names)
        pixels: Columns = {
            **place,
            "rank": self.main.ranks,
            "score": self._scores_in_unit(),
            "dead": self.maps.dead,
            "constant": self.maps.constant,
            **{name: values for name, values in maps.items() if values.ndim == 1},
        }
        labels: Columns = {
            **{name: np.repeat(column, n_labels) for name, column in place.items()},
            "label": list(self.label_names) * self.n_pixels,
            **{name: values.ravel() for name, values in maps.items() if values.ndim == 2},
        }
        document = self.to_dict()["accuracy_curve"]
        curve: Columns = {name: column for name, column in document.items() if isinstance(column, list)}
        found = {"pixels": pixels, "accuracy_curve": curve, "labels_by_pixel": labels}
        if len(self.ranked) > 1:
            found["rankers"] = self._ranker_table()
        return found

    def _ranker_table(self) -> Columns:
        rows = [
            {
                "ranker": name,
                "n_pixels": k,
                "accuracy": float(accuracy),
                "accuracy_low": float(low),
                "accuracy_high": float(high),
                "stability": one.stability(k),
            }
            for name, one in self.ranked.items()
            for k, accuracy, low, high in zip(
                one.curve.n_pixels, one.curve.accuracy, one.curve.low, one.curve.high, strict=True
            )
        ]
        return {column: [row[column] for row in rows] for column in rows[0]}
