"""The program as a whole, each time in a process of its own."""

import os
import signal
import subprocess
import sys

import sightbits


def program(*arguments, **options):
    return subprocess.run(
        [sys.executable, "-m", "sightbits", *arguments], capture_output=True, text=True, check=False, **options
    )


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


def test_a_killed_run_goes_on_and_ends_as_an_unbroken_one(tmp_path):
    options = ["audit", "digits", "--out", "audit", "--permutations", "0", "--resamples", "0", "--quiet"]
    options += ["--jobs", "1", "--classifier", "random_forest", "--n-pixels", "1,2,3,5,8,10"]
    child = subprocess.Popen([sys.executable, "-m", "sightbits", *options], cwd=tmp_path)
    journal = tmp_path / "audit" / ".audit-steps.jsonl"
    while child.poll() is None and not (journal.exists() and journal.read_text().count("\n") >= 2):
        os.sched_yield()
    child.send_signal(signal.SIGKILL)
    child.wait()
    assert journal.read_text().count("\n") >= 2
    assert not (tmp_path / "audit" / "result.json").exists()
    assert program(*options, cwd=tmp_path).returncode == 0
    whole = sightbits.audit_pixels(
        "digits", permutations=0, resamples=0, jobs=1, classifier="random_forest", n_pixels=[1, 2, 3, 5, 8, 10]
    )
    assert (tmp_path / "audit" / "result.json").read_text() == whole.to_json() + "\n"
    assert not journal.exists()


def test_an_interrupted_run_says_so_in_a_line(tmp_path):
    options = ["audit", "digits", "--out", "audit", "--permutations", "0", "--resamples", "0", "--jobs", "1"]
    child = subprocess.Popen(
        [sys.executable, "-m", "sightbits", *options, "--classifier", "random_forest"],
        cwd=tmp_path, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip
    journal = tmp_path / "audit" / ".audit-steps.jsonl"
    while child.poll() is None and not journal.exists():
        os.sched_yield()
    child.send_signal(signal.SIGINT)
    out, err = child.communicate()
    assert child.returncode == 130
    assert out == ""
    assert err.strip() == "sightbits: interrupted; the same command with --out goes on where it was."
