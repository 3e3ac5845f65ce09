"""The sentences above the charts of the page."""

import numpy as np

from sightbits.estimation.filters import PAPER, REPAIRED
from sightbits.networks.pruning.criteria.names import CRITERIA, INFORMATION_CRITERIA
from sightbits.plots.filters.data import agreement_of
from sightbits.plots.filters.responses import MOST_EXAMPLES, Responses
from sightbits.plots.filters.singles import objective_words
from sightbits.plots.filters.words import accuracies_of, fine_tuning_words, found_by, number_words, readable
from sightbits.plots.words import counted, share
from sightbits.studies.filters.comparing import leaders_of
from sightbits.studies.filters.result import FilterStudy


def pruning_text(study: FilterStudy) -> str:
    """Return how the charts of accuracy are read, and who leads at each number kept."""
    words = [
        "Accuracy on test images of networks in which only the most important filters are left, a line a criterion; "
        "the thin rule is the whole network. Colours: criteria of information, dashed where chance is not taken off. "
        "Greys: the usual ones.",
        "Blue, dashes and dots: what layers behind can learn to use."
        if "learnable_information" in study.criteria
        else "",
        "Bands: one standard deviation over networks." if len(study.accuracy) > 1 else "",
        f"Best as pruned: {_leaders(study, fine_tuned=False)}.",
    ]
    if study.fine_tuned:
        words.append(f"{fine_tuning_words(study)}: {_leaders(study, fine_tuned=True)}.")
    if len(study.accuracy) > 1:
        words.append(
            "Accuracies within one standard error of their difference are no difference: all of these are bold in the "
            "table."
        )
    return _joined(words)


def _leaders(study: FilterStudy, *, fine_tuned: bool) -> str:
    accuracy = accuracies_of(study, fine_tuned=fine_tuned)
    places: dict[str, list[str]] = {}
    for place, kept in enumerate(study.kept):
        best, *others = leaders_of(accuracy, place)
        alike = f" ({counted(len(others), 'other')} no worse)" if others else ""
        places.setdefault(best, []).append(f"{kept}{alike}")
    return "; ".join(f"{readable(name)} with {', '.join(kept)} kept" for name, kept in places.items())


def criteria_text(study: FilterStudy) -> str:
    """Return what each criterion takes for important."""
    return "; ".join(f"{readable(name)}: {CRITERIA[name]}" for name in study.criteria)


def cost_text(study: FilterStudy) -> str:
    """Return what is counted, and how."""
    return (
        f"Filters are removed, not set to zero: the network gets smaller. A FLOP is a multiplication or an addition; "
        f"latency is the time of a batch of {study.costs[0].n_images} images, the shortest of several, on one thread "
        "of this computer."
    )


def width_text(study: FilterStudy) -> str:
    """Return how many filters are enough, by which rule, and how the charts are read."""
    words = []
    if REPAIRED in study.width:
        words.append(
            f"The repaired rule finds {number_words(found_by(study, REPAIRED))} of {study.n_filters} filters: it asks "
            "what the best of the filters that remain tells of the label beyond those chosen, and goes on while that "
            "is more than the best of as many permuted filters."
        )
    if PAPER in study.width:
        words.append(
            f"The source's rule, CMI-permutation, finds {number_words(found_by(study, PAPER))}: it asks what the other "
            "filters still tell of the label, and goes on while that is less than with this filter permuted. A "
            "permuted filter tells samples apart as well, which is why it stops where it does."
        )
    words.append(
        "Blue: the first network, filled where a filter was chosen, hollow where the rule stopped. Grey: what permuted "
        "filters give, one standard deviation to each side."
    )
    if len(study.accuracy) > 1:
        words.append("Thin lines: the other networks.")
    return _joined(words)


def objective_text(study: FilterStudy) -> str:
    """Return what the objective is, what the red line is taken to be, and how much of it chance gives."""
    line, unit = study.red_line, study.unit
    value = np.array([figures.input_information.value for figures in study.figures]).mean()
    null = np.array([figures.input_information.null_mean for figures in study.figures]).mean()
    words = [
        f"The source ranks filters by {objective_words(study)}, the smaller the more important, of "
        f"{study.figures[0].n_samples} images. It draws a red line without saying where: ours is the mean of all "
        f"filters ({unit.from_nats(line.value):.2f} {unit}s), above which {share(line.share_above)} of them lie; above "
        f"the middle of the range lie {share(line.share_above_midrange)}.",
        f"Grey: the mean where samples are shuffled ({unit.from_nats(line.chance):.2f} {unit}s); "
        f"{share(line.share_above_chance)} of the filters lie above their own.",
    ]
    if value > 0:
        words.append(f"Shuffled samples keep {share(null / value)} of I(X; T).")
    words.append("Beside it the objective of what is above chance, and both parts of it, filter by filter.")
    return _joined(words)


def agreement_text(study: FilterStudy) -> str:
    """Return how the matrix is read, and which criteria are most and least alike."""
    words = [
        "Spearman's rank correlation of the importance of all filters, x 100, averaged over networks: 100 where two "
        "criteria order filters alike, 0 where they have nothing in common, below where one turns the other round."
    ]
    correlation = agreement_of(study)
    above = np.triu(np.isfinite(correlation), k=1)
    if above.sum() > 1:
        pairs = [(float(correlation[i, k]), i, k) for i, k in np.argwhere(above)]
        names = [readable(name) for name in study.criteria]
        (low, i, k), (high, first, second) = min(pairs), max(pairs)
        words.append(
            f"Most alike: {names[first]} and {names[second]} ({round(100 * high)}); least: {names[i]} and {names[k]} "
            f"({round(100 * low)})."
        )
    if "bottleneck" in study.criteria:
        others = [i for i, name in enumerate(study.criteria) if name in INFORMATION_CRITERIA and name != "bottleneck"]
        of_source = correlation[study.criteria.index("bottleneck"), others]
        if others and np.isfinite(of_source).any() and (n := int((of_source < 0).sum())):
            words.append(f"The source's objective goes against {n} of the {len(others)} other criteria of information.")
    return _joined(words)


def responses_text(study: FilterStudy, responses: Responses) -> str:
    """Return which filters and images are shown, and in what colours."""
    labels = [study.label_names[label] for label in study.pictures.labels[:MOST_EXAMPLES]]
    words = [
        f"Maps of {study.layer} in the first network for {counted(len(labels), 'image')} ({', '.join(labels)}), of the "
        f"{len(responses.most)} most and the {len(responses.least)} least important filters by "
        f"{readable(study.criteria[0])}, the most important first. One scale of colours for all, from "
        f"{responses.low:.2g} to {responses.high:.2g}."
    ]
    if responses.averaged > 1:
        words.append(f"Responses are averaged over {responses.averaged} x {responses.averaged} places.")
    return _joined(words)


def sweep_text(study: FilterStudy) -> str:
    """Return how the charts of other widths are read."""
    bands = " Bands: one standard deviation over networks." if len(study.accuracy) > 1 else ""
    return (
        f"Networks trained anew with other numbers of filters in {study.layer}: accuracy, what all maps together tell "
        "of the input (orange: H(X), all there is), and the share that two maps tell twice less what only both tell. "
        f"Grey: samples shuffled.{bands}"
    )


def verdicts_text(study: FilterStudy) -> str:
    """Return what the verdicts are of."""
    return (
        "What the source says of filters, held against this study. A claim that holds here need not hold elsewhere; "
        "one that does not may hold for the network and data that the source had."
    )


def _joined(words: list[str]) -> str:
    return " ".join(word for word in words if word)
