"""The words and strokes that pictures and page of a study of filters share."""

import numpy as np
from jaxtyping import Float

from sightbits.estimation.filters import PAPER, REPAIRED
from sightbits.plots.lines import SOLID, Dash, Strokes
from sightbits.plots.theme import BLUE, CATEGORICAL, GREY, ORANGE
from sightbits.plots.words import accuracy_words, counted
from sightbits.studies.filters.comparing import leaders_of
from sightbits.studies.filters.result import FilterStudy

RULES = {PAPER: "the source's rule", REPAIRED: "the repaired rule"}
_GREEN, _PURPLE, _RED, _SKY = CATEGORICAL[2:]
_PALE = "#a9b0bd"
_UNCORRECTED: Dash = (6, 3)
# Information in colours: what is above chance solid, the same figure as it stands dashed. Baselines in greys.
_STROKES: dict[str, tuple[str, Dash]] = {
    "usable_information": (BLUE, SOLID),
    "learnable_information": (BLUE, (8, 3, 2, 3)),  # as usable information, once the layers behind have learned
    "conditional_relevance": (_GREEN, SOLID),
    "excess_relevance": (ORANGE, SOLID),
    "relevance_by_spread": (_PURPLE, SOLID),
    "scale_free_relevance": (_SKY, SOLID),
    "relevance": (ORANGE, _UNCORRECTED),
    "bottleneck": (_RED, _UNCORRECTED),
    "excess_bottleneck": (_RED, SOLID),
    "taylor": (GREY, (8, 3)),
    "l1": (GREY, (2, 2)),
    "apoz": (GREY, (8, 3, 2, 3)),
    "hrank": (_PALE, (8, 3)),
    "random": (_PALE, (2, 2)),
}
_WRITTEN = {
    "scale_free_relevance": "scale-free relevance",
    "bottleneck": "bottleneck (source)",
    "taylor": "Taylor",
    "l1": "L1",
    "apoz": "APoZ",
    "hrank": "HRank",
}


def readable(criterion: str) -> str:
    """Return the name of a criterion in words.

    Examples
    --------
    >>> readable("usable_information"), readable("apoz")
    ('usable information', 'APoZ')
    """
    return _WRITTEN.get(criterion, criterion.replace("_", " "))


def strokes(study: FilterStudy, *, legend: bool = True) -> Strokes:
    """Return how the line of each criterion is drawn, whichever others are there."""
    drawn = [_STROKES[name] for name in study.criteria]
    return Strokes(
        field="criterion",
        words=[readable(name) for name in study.criteria],
        colours=[colour for colour, _ in drawn],
        dashes=[dash for _, dash in drawn],
        legend=legend,
    )


def network_words(study: FilterStudy) -> str:
    """Return which network it is, in words."""
    return f"{study.settings.model} {study.settings.activation}"


def mean_accuracy(values: Float[np.ndarray, "seeds"]) -> str:
    r"""Return an accuracy averaged over networks, with its standard deviation where there are several.

    Examples
    --------
    >>> mean_accuracy(np.array([0.97, 0.98])), mean_accuracy(np.array([0.975]))
    ('97.50 ± 0.71\xa0%', '97.5\xa0%')
    """
    return accuracy_words(float(values.mean()), float(values.std(ddof=1)) if len(values) > 1 else np.nan)


def number_words(numbers: list[int]) -> str:
    """Return the median of what was found in several networks, and from where to where it goes.

    Examples
    --------
    >>> number_words([18, 20, 17]), number_words([5, 5]), number_words([4]), number_words([3, 4])
    ('18 (17 to 20)', '5', '4', '3.5 (3 to 4)')
    """
    middle = f"{float(np.median(numbers)):g}"
    return middle if min(numbers) == max(numbers) else f"{middle} ({min(numbers)} to {max(numbers)})"


def found_by(study: FilterStudy, rule: str) -> list[int]:
    """Return how many filters a rule found in each network."""
    return [found.n_filters for found in study.width[rule]]


def accuracies_of(study: FilterStudy, *, fine_tuned: bool) -> dict[str, Float[np.ndarray, "seeds kept"]]:
    """Return the accuracies of pruned networks by criterion, as pruned or after they were trained on."""
    return dict(study.fine_tuned_accuracy if fine_tuned else study.pruned_accuracy)


def fine_tuning_words(study: FilterStudy) -> str:
    """Return for how long pruned networks were trained on."""
    return f"After {counted(study.settings.fine_tune, 'epoch')} of fine-tuning"


def finding(study: FilterStudy) -> str:
    """Return what was found, in one sentence."""
    return "; ".join(finding_parts(study))


def finding_parts(study: FilterStudy) -> list[str]:
    """Return the parts of that sentence, which semicolons join."""
    begin = f"{study.provenance.name}, {network_words(study)}, {study.layer} ({mean_accuracy(study.accuracy)})"
    enough = [
        f"{number_words(found_by(study, rule))} by {RULES[rule]}" for rule in (REPAIRED, PAPER) if rule in study.width
    ]
    said = [f"{begin}: of {counted(study.n_filters, 'filter')}, enough are {' and '.join(enough)}"]
    said.append(f"keeping {study.kept[-1]}, {_best(study, fine_tuned=False)}")
    if study.fine_tuned:
        after = fine_tuning_words(study)
        said.append(f"{after[0].lower()}{after[1:]}, {_best(study, fine_tuned=True)}")
    return said


def _best(study: FilterStudy, *, fine_tuned: bool) -> str:
    """Who prunes best with the fewest filters kept, and how many are no worse."""
    accuracy = accuracies_of(study, fine_tuned=fine_tuned)
    best, *others = leaders_of(accuracy, len(study.kept) - 1)
    reached = mean_accuracy(accuracy[best][:, -1])
    if others and len(others) + 1 == len(accuracy):
        return f"no criterion can be told from the best ({readable(best)}, {reached})"
    alike = "" if not others else f", {readable(others[0]) if len(others) == 1 else f'{len(others)} others'} no worse"
    return f"{readable(best)} prunes best, {reached}{alike}"
