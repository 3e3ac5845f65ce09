"""From the names of sources to their claims, judged."""

from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path

from sightbits.core.checks import check_choice, check_whole
from sightbits.core.journal import Journal
from sightbits.core.progress import Progress, silent
from sightbits.core.result import versions
from sightbits.ledger.drawings import Drawing
from sightbits.ledger.evidence import Outcome
from sightbits.ledger.experiment import Experiment, Source, UnavailableError, Workbench
from sightbits.ledger.finding import Finding
from sightbits.ledger.result import Ledger
from sightbits.ledger.sources import SOURCES


def reproduce_sources(
    names: Iterable[str] = (),
    *,
    quick: bool = False,
    seed: int = 0,
    journal_path: Path | None = None,
    progress: Progress = silent,
) -> Ledger:
    """Try every claim of the sources that sightbits is built on, and tell what became of each.

    Parameters
    ----------
    names
        Of sources: "pixels-that-matter", "mi-and-entropy", "entropic-measuring", "inverted-grey-values",
        "cnn-information"; none means all.
    quick
        Whether fewer seeds, images and epochs will do: minutes instead of hours.
    seed
        From which every random choice follows.
    journal_path
        A file that records each step: the same call goes on from there after it was cut off.
    progress
        Is told of each experiment.

    Returns
    -------
    Ledger
        A finding a claim, with its verdict, and pictures.

    Raises
    ------
    InputError
        Where a source is not known.

    Notes
    -----
    A verdict is computed from figures: "reproduced" where they bear the claim out, "artefact" where the control, from
    which the claimed cause is missing, bears it out as well, else "not reproduced". What needs data or an extra that is
    not on this machine is "not testable here". Nothing is downloaded.

    Examples
    --------
    >>> ledger = reproduce_sources(["mi-and-entropy"], quick=True)
    >>> {finding.source for finding in ledger.findings}
    {'mi-and-entropy'}
    """
    chosen = check_sources(names, seed=seed)
    asked = {name: [claim.name for claim in source.claims] for name, source in SOURCES.items()}
    journal = Journal(journal_path, {"quick": quick, "seed": seed, "claims": asked, "versions": versions()})
    sources = tuple(SOURCES[name] for name in chosen)
    findings: list[Finding] = []
    drawings: dict[str, tuple[Drawing, ...]] = {source.name: () for source in sources}
    bench = Workbench(quick=quick, seed=seed, journal=journal, progress=progress)
    steps = [(source, experiment) for source in sources for experiment in source.experiments]
    for done, (source, experiment) in enumerate(steps):
        progress("experiments", done, len(steps))
        task = f"{source.name}: {experiment.name}"
        progress(task, 0, 1)
        outcome, missing = _outcome_of(source, experiment, bench)
        progress(task, 1, 1)
        drawings[source.name] += outcome.drawings
        findings += [
            Finding(source=source.name, claim=claim, evidence=outcome.evidence.get(claim.name), missing=missing)
            for claim in experiment.claims
        ]
    progress("experiments", len(steps), len(steps))
    for source in sources:
        findings += [
            Finding(source=source.name, claim=claim, evidence=None, missing=claim.untestable)
            for claim in source.untested
        ]
    findings.sort(key=lambda finding: chosen.index(finding.source))
    journal.close()
    return Ledger(sources=sources, findings=tuple(findings), drawings=drawings, quick=quick, seed=seed)


def check_sources(names: Iterable[str], *, seed: int) -> list[str]:
    """Return the names of sources once each, all of them where none is given; raise `InputError` for others."""
    check_whole("seed", seed, low=0)
    return list(dict.fromkeys(check_choice("source", name, SOURCES) for name in names)) or list(SOURCES)


def _outcome_of(source: Source, experiment: Experiment, bench: Workbench) -> tuple[Outcome, str]:
    """Return what an experiment finds, or found before; or nothing, and why it cannot be run."""
    own = replace(bench, scope=f"{source.name}/")
    try:
        found = own.once(f"outcome of {experiment.name}", lambda: experiment.outcome(own).to_record())
        return Outcome.from_record(found), ""
    except UnavailableError as error:
        return Outcome(evidence={}), str(error)
