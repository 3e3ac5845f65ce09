"""The command line: one sub-command a study, no logic of its own."""

from sightbits.cli.main import main as main
