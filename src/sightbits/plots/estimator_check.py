"""The pictures of estimators tried where the truth is known."""

import altair as alt

from sightbits.core.result import plain
from sightbits.plots.dependence import readable
from sightbits.plots.grid import WIDTH, cell_size, parameters
from sightbits.plots.picture import Picture, Rows
from sightbits.plots.theme import CATEGORICAL, GREY, SEQUENTIAL
from sightbits.studies.estimator_check import EstimatorCheck

_LINES = ("ksg", "ksg2", "gao", "copula", "chao_wang_jost", "plug_in")
# The palette of Okabe and Ito, without its black and its yellow, which one of the two grounds would swallow.


def verdict(check: EstimatorCheck) -> str:
    """Return which estimators can be trusted, in a sentence."""
    trusted = [readable(name) for name in check.estimators if check.trusted(name)]
    kinds = check.kinds[0] if check.kinds[0] == check.kinds[1] else " and ".join(check.kinds)
    where = f"With {check.n_samples:,} samples of {kinds} variables"
    if check.dimension > 1:
        where += f" of {check.dimension} columns each"
    allowed = f"{check.shown(check.tolerance):.2g} {check.unit}s, or 10 %, of the truth"
    if not trusted:
        return f"{where}, no estimator stays within {allowed} on every distribution tried."
    listed = trusted[0] if len(trusted) == 1 else ", ".join(trusted[:-1]) + " and " + trusted[-1]
    verb = "stays" if len(trusted) == 1 else "stay"
    return f"{where}, {listed} {verb} within {allowed} on every distribution tried."


def distributions(check: EstimatorCheck) -> list[str]:
    """Return the distributions but for the ladder, in the order they were tried."""
    return list(dict.fromkeys(trial.distribution for trial in check.trials if not trial.rung))


def trial_rows(check: EstimatorCheck) -> Rows:
    """Return the data set `trials`, without the ladder."""
    numbers = {name: i + 1 for i, name in enumerate(distributions(check))}
    return [
        plain(
            {
                "estimator": readable(trial.estimator),
                "number": numbers[trial.distribution],
                "distribution": trial.distribution,
                "truth": check.shown(trial.truth),
                "bias": check.shown(trial.bias),
                "spread": check.shown(trial.spread),
                "share": trial.error / check.allowed(trial),
            }
        )
        for trial in check.trials
        if not trial.rung
    ]


def errors(check: EstimatorCheck) -> Picture:
    """Return the matrix of estimators and distributions: the error beside what is allowed, the bias in words."""
    unit = check.unit
    names = [readable(name) for name in check.estimators]
    base = alt.Chart(alt.NamedData("trials")).encode(
        x=alt.X(
            "number:O",
            title="distribution",
            axis=alt.Axis(labelAngle=0, ticks=False, domain=False, orient="top"),
            scale=alt.Scale(padding=0),
        ),
        y=alt.Y(
            "estimator:N",
            title=None,
            sort=names,
            axis=alt.Axis(ticks=False, domain=False, labelLimit=130),
            scale=alt.Scale(padding=0),
        ),
        tooltip=[
            alt.Tooltip("estimator:N"),
            alt.Tooltip("distribution:N"),
            alt.Tooltip("truth:Q", title=f"truth, {unit}s", format=".4f"),
            alt.Tooltip("bias:Q", format="+.4f"),
            alt.Tooltip("spread:Q", format=".4f"),
            alt.Tooltip("share:Q", title="error / allowed", format=".2f"),
        ],
    )
    fill = alt.Color(
        "share:Q",
        scale=alt.Scale(scheme=SEQUENTIAL, domain=[0, 3], clamp=True),
        legend=alt.Legend(
            title="error, in units of what is allowed", orient="bottom", direction="horizontal", gradientLength=200,
            gradientThickness=10, titleAnchor="start", titleLimit=300, values=[0, 1, 2, 3],
        ),
    )  # fmt: skip
    ink = alt.condition("datum.share < 1.8", alt.value("#ffffff"), alt.value("#1d2433"))
    cell = cell_size(len(distributions(check)))
    chart = alt.layer(
        base.mark_rect().encode(color=fill),
        base.mark_text(fontSize=alt.expr("min(11, cell * 0.28)")).encode(
            text=alt.Text("bias:Q", format="+.2f"), color=ink
        ),
    ).properties(width=alt.Step(cell), height=alt.Step(24))
    chart = chart.add_params(*parameters(cell=cell))
    return Picture(chart=chart, datasets={"trials": trial_rows(check)})


def _lines(check: EstimatorCheck) -> list[str]:
    """The estimators whose lines are drawn: those of note, or where none of them was tried, the first."""
    return [name for name in _LINES if name in check.estimators] or check.estimators[: len(CATEGORICAL)]


def ladder_rows(check: EstimatorCheck) -> Rows:
    """Return the data set `ladder`: means and spreads where the information grows, and the truth itself."""
    return [
        plain(
            {
                "estimator": readable(trial.estimator),
                "truth": check.shown(trial.truth),
                "mean": check.shown(trial.values.mean()),
                "low": check.shown(trial.values.mean() - trial.spread),
                "high": check.shown(trial.values.mean() + trial.spread),
            }
        )
        for trial in check.trials
        if trial.rung and trial.estimator in _lines(check)
    ]


def ladder(check: EstimatorCheck) -> Picture:
    """Return estimates against the truth as it grows: where a line leaves the diagonal, the estimator saturates."""
    rows = ladder_rows(check)
    names = [readable(name) for name in _lines(check)]
    unit = check.unit
    ends = [0.0, max(row["truth"] for row in rows)]
    diagonal = [{"truth": end, "mean": end} for end in ends]
    base = alt.Chart(alt.NamedData("ladder")).encode(
        x=alt.X("truth:Q", title=f"true information, {unit}s", scale=alt.Scale(domain=ends)),
        color=alt.Color(
            "estimator:N", sort=names, scale=alt.Scale(domain=names, range=list(CATEGORICAL[: len(names)])),
            legend=alt.Legend(
                title=None, orient="bottom", columns=2, symbolType="stroke", symbolOpacity=1, symbolStrokeWidth=3
            ),
        ),
    )  # fmt: skip
    chart = alt.layer(
        alt.Chart(alt.NamedData("diagonal")).mark_line(color=GREY, strokeDash=[5, 4]).encode(
            x="truth:Q", y="mean:Q"
        ),
        base.mark_area(opacity=0.15).encode(y="low:Q", y2="high:Q"),
        base.mark_line(point=alt.OverlayMarkDef(size=28)).encode(
            y=alt.Y("mean:Q", title=f"estimate, {unit}s"),
            tooltip=[
                alt.Tooltip("estimator:N"),
                alt.Tooltip("truth:Q", format=".3f"),
                alt.Tooltip("mean:Q", title="mean estimate", format=".3f"),
            ],
        ),
    ).properties(height=300)  # fmt: skip
    return Picture(chart=chart, datasets={"ladder": rows, "diagonal": diagonal})


def has_ladder(check: EstimatorCheck) -> bool:
    """Return whether there were distributions of growing information."""
    return any(trial.rung for trial in check.trials)


def main_picture(check: EstimatorCheck) -> Picture:
    """Return the matrix of errors."""
    return errors(check).dressed()


def all_pictures(check: EstimatorCheck) -> dict[str, Picture]:
    """Return every picture by name."""
    pictures = {"errors": main_picture(check)}
    if has_ladder(check):
        pictures["ladder"] = ladder(check).dressed(width=WIDTH)
    return pictures
