"""What to know before believing the figures of a study of filters."""

from typing import TYPE_CHECKING

import numpy as np

from sightbits.estimation.filters import REPAIRED

if TYPE_CHECKING:
    from sightbits.studies.filters.result import FilterStudy

_MOSTLY = 0.5


def warnings_of(study: "FilterStudy") -> tuple[str, ...]:
    """Return sentences; none where there is nothing to say."""
    found = [*_chance(study), *_saturated(study), *_lossy(study), *_learned_nothing(study), *_width(study)]
    if study.settings.seeds == 1:
        found.append("One network tells nothing of the spread: small differences may be chance.")
    return tuple(found)


def _chance(study: "FilterStudy") -> list[str]:
    value = np.array([figures.input_information.value for figures in study.figures])
    null = np.array([figures.input_information.null_mean for figures in study.figures])
    if value.mean() <= 0 or null.mean() / value.mean() < _MOSTLY:
        return []
    return [
        f"{100 * null.mean() / value.mean():.0f} % of what filters tell of the input, I(X; T), is left where samples "
        "are shuffled: the source's objective ranks filters by how alike samples are to this kernel."
    ]


def _saturated(study: "FilterStudy") -> list[str]:
    shares = {
        "I(X; T)": np.mean([figures.input_information.saturated for figures in study.figures]),
        "I(T; Y)": np.mean(
            [figures.label_information.saturated for figures in study.figures if figures.label_information]
        ),
    }
    said = [f"{name} of {100 * share:.0f} % of the filters" for name, share in shares.items() if share > 0]
    if not said:
        return []
    return [f"Saturated, so that filters cannot be told apart: {' and '.join(said)}."]


def _lossy(study: "FilterStudy") -> list[str]:
    """Say where a data set is a copy with losses: its accuracies are not those of the original."""
    if "jpeg" not in study.provenance.origin.lower():
        return []
    return ["These images are copies with losses (JPEG): accuracies are not those of the original set."]


def _learned_nothing(study: "FilterStudy") -> list[str]:
    guess = 1 / len(study.label_names)
    lost = int((study.accuracy < 1.5 * guess).sum())
    if not lost:
        return []
    return [f"{lost} of {len(study.accuracy)} networks hardly learned: what their filters tell says little."]


def _width(study: "FilterStudy") -> list[str]:
    stops = [found.stopped_by for found in study.width.get(REPAIRED, ())]
    said = {
        "ran out of images before filters had nothing more to tell: the number is a lower bound.": ("samples", "most"),
        "chose every filter: each adds something, and a wider layer might tell more.": ("filters",),
    }
    counts = {words: sum(stop in those for stop in stops) for words, those in said.items()}
    return [f"In {n} of {len(stops)} networks the repaired rule {words}" for words, n in counts.items() if n]
