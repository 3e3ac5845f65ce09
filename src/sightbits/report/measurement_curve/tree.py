"""The tree of first choices as an outline: a line a branch, which opens what follows."""

from typing import Any

import numpy as np

from sightbits.measurement.tree import Branch
from sightbits.plots.words import percent, place_words
from sightbits.report.page import Section
from sightbits.studies.measurement_curve.result import MeasurementCurves

_MOST_BRANCHES, _OPEN_TO = 250, 2
_BAR, _TALL, _MOST_BARS = 6, 20, 40


def tree_section(result: MeasurementCurves) -> Section:
    """Return the section of the tree; its template is recursive."""
    sure = "" if result.tree.pixel is not None else " Nothing has to be measured."
    return Section(
        name="tree",
        title="The first choices",
        text="Which pixel is measured first, and which then, according to what was read. The share says how often "
        "a reading is expected there; small bars show how probable each label is by then, in the order of the labels. "
        f"Open a line to see what follows.{sure}",
        control="measurement_tree.html",
        content=_node(
            result, result.tree, depth=0, least=_least_share(result.tree), before=1.0, full=_highest(result.tree)
        ),
    )


def _least_share(tree: Branch) -> float:
    shares = sorted((branch.share for _, branch in tree.walk()), reverse=True)
    return shares[_MOST_BRANCHES] if len(shares) > _MOST_BRANCHES else 0.0


def _node(
    result: MeasurementCurves, branch: Branch, *, depth: int, least: float, before: float, full: float
) -> dict[str, Any]:
    words, unit = result.in_words, result.unit
    label, chance = words.likeliest(branch)
    likely = [one for one in branch.branches if one.share >= least]
    seldom = sum(one.share for one in branch.branches) - sum(one.share for one in likely)
    n_left_out = len(branch.branches) - len(likely)
    found: dict[str, Any] = {
        "read": words.level_name(branch),
        "grey": _grey(result, branch),
        "odds": f"{100 * branch.share / before:.0f} %",
        "label": label,
        "chance": percent(chance),
        "bars": _bars(branch.posterior, full),
        "tall": _TALL,
        "across": _BAR * len(branch.posterior),
        "chances": ", ".join(
            f"{name} {100 * share:.0f} %" for name, share in zip(result.label_names, branch.posterior, strict=True)
        )
        if len(branch.posterior) <= _MOST_BARS
        else "",
        "open": depth < _OPEN_TO,
        "branches": [
            _node(result, one, depth=depth + 1, least=least, before=branch.share, full=full) for one in likely
        ],
        "left_out": f"{n_left_out} more, together {100 * seldom / branch.share:.1f} %" if n_left_out else "",
    }  # fmt: skip
    if branch.pixel is None:
        return {**found, "reason": words.reason(branch, depth)}
    better = branch.best_gain - branch.gain > 1e-6
    most = f" (another: {unit.from_nats(branch.best_gain):.2f})" if better else ""
    gain = f"{unit.from_nats(branch.gain):.2f} {unit}s{most}"
    return {**found, "step": place_words(branch.pixel, result.image_shape), "gain": gain}


def _highest(tree: Branch) -> float:
    """The probability that the tallest bar of the tree stands for."""
    return max(float(branch.posterior.max()) for _, branch in tree.walk())


def _bars(posterior: Any, full: float) -> list[dict[str, Any]]:
    """Return a bar a label, as an SVG draws it."""
    if len(posterior) > _MOST_BARS:
        return []
    heights = np.maximum(np.rint(posterior / full * (_TALL - 1) * 10) / 10, 0.6)
    most = int(posterior.argmax())
    return [
        {"x": i * _BAR, "y": round(_TALL - height, 1), "width": _BAR - 1, "height": height, "most": i == most}
        for i, height in enumerate(heights.tolist())
    ]


def _grey(result: MeasurementCurves, branch: Branch) -> str:
    if branch.outcome is None:
        return ""
    value = round(16 + 236 * branch.outcome / max(1, len(result.level_names) - 1))
    return f"#{value:02x}{value:02x}{value:02x}"
