"""Appendix B of the source: its rule of how many filters are enough, where that number is known."""

from itertools import pairwise

from sightbits.core.units import Unit
from sightbits.estimation.filters import cmi_permutation, select_filters
from sightbits.estimation.filters.planted import planted_filters
from sightbits.ledger.claim import Claim, Relation
from sightbits.ledger.drawings import Curves, Line
from sightbits.ledger.evidence import Evidence, Outcome
from sightbits.ledger.experiment import Experiment, Workbench

PLANTED, N_FILTERS = (10, 20), 128
_ALWAYS_GO_ON = 1.0  # a significance that no test fails
_ROUNDING = 1e-9

UNDERESTIMATES = Claim(
    name="rule-underestimates",
    text="CMI-permutation is likely to give too few filters.",
    place="Section III-B, on figure 6",
    relation=Relation.ABOVE,
    claimed=0.0,
    unit="filters planted, less those it stops at",
)
FALLS = Claim(
    name="conditional-information-falls",
    text="What the remaining filters tell of the label given those chosen never rises with a filter more.",
    place="Section III-B; appendix B",
    relation=Relation.AT_MOST,
    claimed=0.0,
    tolerance=_ROUNDING,
    unit="bit, the largest rise",
    each=True,
)
NEVER_ZERO = Claim(
    name="conditional-information-never-zero",
    text="In practice it never reaches zero.",
    place="Section III-B; appendix B",
    relation=Relation.ABOVE,
    claimed=0.0,
    tolerance=_ROUNDING,
    unit="bit, the least before the last filter is chosen",
    each=True,
)
FILTERS_AT_MOST = {True: 24, False: 48}  # by whether minutes must do


def _underestimates(bench: Workbench) -> Outcome:
    missing, found, repaired, hits = [], [], [], []
    n_samples = bench.choose(128, 256)
    for seed in bench.seeds(2, 10):
        for n in PLANTED:
            maps, labels = planted_filters(n, N_FILTERS, n_samples, seed=seed)
            chosen = cmi_permutation(maps, labels, permutations=bench.choose(19, 99), seed=seed).chosen
            missing.append(float(n - len(chosen)))
            found.append(len(chosen))
            hits.append(sum(one < n for one in chosen))
            many, of_many = planted_filters(n, N_FILTERS, 512, seed=seed)
            repaired.append(select_filters(many, of_many, permutations=bench.choose(19, 99), seed=seed).n_filters)
    listed = ", ".join(map(str, found))
    return Outcome(
        evidence={
            UNDERESTIMATES.name: Evidence(
                values=tuple(missing),
                note=f"{' and '.join(map(str, PLANTED))} of {N_FILTERS} filters tell of the label, in turn; it stops "
                f"at {listed}, of which {', '.join(map(str, hits))} are planted ones, {n_samples} samples. A permuted "
                "filter tells samples apart better than the filter itself does, so that its rule stops where that "
                f"begins. Our rule, of 512 samples: {', '.join(map(str, repaired))}.",
            )
        }
    )


def _trace(bench: Workbench) -> Outcome:
    rises, least, lines = [], [], {}
    for seed in bench.seeds(2, 5):
        maps, labels = planted_filters(5, n_filters=FILTERS_AT_MOST[bench.quick], n_samples=128, seed=seed)
        steps = cmi_permutation(maps, labels, permutations=1, significance=_ALWAYS_GO_ON, seed=seed).steps
        left = [float(Unit.BIT.from_nats(step.information)) for step in steps]
        rises.append(max(after - before for before, after in pairwise(left)))
        least.append(min(left[:-1]))
        lines[f"draw {seed + 1}"] = Line(x=tuple(float(i + 1) for i in range(len(left))), y=tuple(left))
    tried = (
        f"{FILTERS_AT_MOST[bench.quick]} filters, of which 5 tell of the label, all chosen one by one; order 1.01, "
        "128 samples, kernels of the source."
    )
    return Outcome(
        evidence={
            FALLS.name: Evidence(
                values=tuple(rises),
                note=f"{tried} Of order 1 it is the chain rule; of other orders conditional information "
                "may be negative.",
            ),
            NEVER_ZERO.name: Evidence(
                values=tuple(least),
                note=f"{tried} Joint kernels of many maps tell all samples apart, and nothing is left to tell.",
            ),
        },
        drawings=(
            Curves(
                name="conditional-information",
                title="What the rest tells of the label",
                place="Figure 6, theory",
                x_title="filters chosen",
                y_title="bits",
                lines=lines,
            ),
        ),
    )


EXPERIMENTS = (
    Experiment(name="planted filters", claims=(UNDERESTIMATES,), run=_underestimates),
    Experiment(name="conditional information filter by filter", claims=(FALLS, NEVER_ZERO), run=_trace),
)
