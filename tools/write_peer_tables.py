"""Run benchmarks and put what they print into the manual: write_peer_tables.py [NAME ...], by default all of them.

A benchmark prints Markdown when it prints to a pipe (`benchmarks/markdown_console.py`); its output, with the command
and the versions above it, becomes docs/explanation/peer-tables/NAME.md, which docs/explanation/peers.md shows.
"""

import os
import platform
import subprocess
import sys
from importlib.metadata import version
from pathlib import Path

ROOT = Path(__file__).parents[1]
TABLES = ROOT / "docs" / "explanation" / "peer-tables"
BENCHMARKS = (
    "pixel_information",
    "selection",
    "measurement",
    "encodings",
    "neighbours",
    "gram",
    "flow",
    "filters",
    "estimators",
)
PEERS = ("numpy", "scipy", "scikit-learn", "ennemi", "npeet-plus", "fast-select", "torch")


def write_table(name: str) -> None:
    """Run one benchmark, show what it prints, and keep that."""
    script = f"benchmarks/{name}.py"
    done = subprocess.run([sys.executable, script], cwd=ROOT, check=True, stdout=subprocess.PIPE, encoding="utf-8")
    peers = ", ".join(f"{peer} {version(peer)}" for peer in PEERS)
    head = (
        f"`python {script}` with sightbits {version('sightbits')}, {peers}, Python {platform.python_version()}, on a "
        f"machine with {os.cpu_count()} processors:"
    )
    print(done.stdout)
    (TABLES / f"{name}.md").write_text(f"{head}\n\n{done.stdout.strip()}\n", encoding="utf-8")


if __name__ == "__main__":
    for benchmark in sys.argv[1:] or BENCHMARKS:
        write_table(benchmark)
