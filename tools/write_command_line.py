"""Write the help of every command into the manual, docs/reference/command-line.md. A test fails where it is stale."""

from collections.abc import Iterator
from pathlib import Path

import click
import typer

from sightbits.cli.main import app

PAGE = Path(__file__).parents[1] / "docs" / "reference" / "command-line.md"
WIDTH = 80
HEAD = """\
# Command line

What `sightbits --help` and `--help` of every command say. `python tools/write_command_line.py` writes this page.
"""


def helps(command: click.Command, parent: click.Context | None = None) -> Iterator[tuple[str, str]]:
    """Give the words of every command and what it says of itself, without frames; the program itself first."""
    name = "sightbits" if parent is None else command.name
    context = click.Context(command, info_name=name, parent=parent, terminal_width=WIDTH)
    command.rich_markup_mode = None
    yield context.command_path, "\n".join(line.rstrip() for line in command.get_help(context).splitlines())
    for part in getattr(command, "commands", {}).values():
        yield from helps(part, context)


def page() -> str:
    """Return the whole page."""
    program = typer.main.get_command(app)
    return "\n".join([HEAD, *(f"## {path}\n\n```text\n{text}\n```\n" for path, text in helps(program))])


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
