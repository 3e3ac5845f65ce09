"""The program as a whole, each time in a process of its own."""

import os
import signal
import subprocess
import sys
from contextlib import contextmanager

import numpy as np

import sightbits
from sightbits.core.journal import Journal
from sightbits.report import save

# The program, which tells a pipe of each step that is on record, and stands still after so many.
TELLING = """
import os, signal, sys
from sightbits.cli import main
from sightbits.core.journal import Journal
pipe, left = int(sys.argv.pop(1)), int(sys.argv.pop(1))
record = Journal.record
def record_and_tell(*step):
    global left
    record(*step)
    left -= 1
    os.write(pipe, b".")
    if left == 0:
        signal.pause()
Journal.record = record_and_tell
main()
"""


def program(*arguments, **options):
    return subprocess.run(
        [sys.executable, "-m", "sightbits", *arguments], capture_output=True, text=True, check=False, **options
    )


@contextmanager
def recorded(n_steps, *arguments, stand_still, **options):
    """The program at work, once so many steps are on record."""
    told, tell = os.pipe()
    command = [sys.executable, "-c", TELLING, str(tell), str(n_steps if stand_still else -1), *map(str, arguments)]
    with os.fdopen(told, "rb") as steps:
        child = subprocess.Popen(command, pass_fds=[tell], text=True, **options)
        os.close(tell)
        assert len(steps.read(n_steps)) == n_steps
        yield child


def test_help_names_the_commands_and_loads_no_heavy_library():
    code = (
        "import sys; sys.argv = ['sightbits', '--help']\n"
        "from sightbits.cli import main\n"
        "try: main()\n"
        "except SystemExit: pass\n"
        "heavy = {'torch', 'numba', 'altair', 'sklearn', 'scipy', 'pandas'} & set(sys.modules)\n"
        "sys.exit(f'loaded {heavy}' if heavy else 0)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert "audit" in done.stdout
    assert "data" in done.stdout


def test_version_is_told():
    assert program("--version").stdout.strip() == f"sightbits {sightbits.__version__}"


def test_a_killed_run_goes_on_and_ends_as_an_unbroken_one(run, tmp_path, monkeypatch):
    images = np.random.default_rng(0).integers(0, 16, (120, 4, 4)).astype(np.uint8)
    np.savez(tmp_path / "small.npz", images=images, labels=images[:, 1, 2] // 4)
    options = ["audit", tmp_path / "small.npz", "--out", tmp_path / "audit", "--permutations", 0, "--resamples", 0]
    options += ["--quiet", "--jobs", 1, "--classifier", "naive_bayes", "--n-pixels", "1,2,3,5,8,10"]
    journal = tmp_path / "audit" / ".audit-steps.jsonl"
    with recorded(2, *options, stand_still=True) as child:
        child.send_signal(signal.SIGKILL)
        child.wait()
    assert journal.read_text().count("\n") == 2
    assert not (tmp_path / "audit" / "result.json").exists()
    record, went_on = Journal.record, []
    monkeypatch.setattr(Journal, "record", lambda *step: (went_on.append(step[1]), record(*step)))
    monkeypatch.setattr(save, "pictures", lambda result: {})  # drawn or not, they do not tell what was cut off
    assert run(*options).code == 0
    assert len(went_on) == 4
    whole = sightbits.audit_pixels(
        sightbits.load_dataset(tmp_path / "small.npz"), permutations=0, resamples=0, jobs=1, classifier="naive_bayes",
        n_pixels=[1, 2, 3, 5, 8, 10],
    )  # fmt: skip
    assert (tmp_path / "audit" / "result.json").read_text() == whole.to_json() + "\n"
    assert not journal.exists()


def test_an_interrupted_run_says_so_in_a_line(tmp_path):
    options = ["audit", "digits", "--out", "audit", "--permutations", "0", "--resamples", "0", "--jobs", "1"]
    options += ["--classifier", "random_forest"]
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
    with recorded(1, *options, stand_still=False, cwd=tmp_path, **pipes) as child:
        child.send_signal(signal.SIGINT)
        out, err = child.communicate()
    assert child.returncode == 130
    assert out == ""
    assert err.strip() == "sightbits: interrupted; the same command with --out goes on where it was."
