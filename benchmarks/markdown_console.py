"""What benchmarks print with: on a terminal as rich does, else as Markdown, which `make bench` puts into the manual."""

from typing import Any

from rich import console
from rich.table import Table


class Console(console.Console):
    """A console that writes Markdown to files and pipes."""

    def print(self, *objects: Any, **options: Any) -> None:
        """Print tables and lines; what is printed at once is a paragraph of its own."""
        if self.is_terminal:
            super().print(*objects, **options)
            return
        shown = [markdown_table(thing) if isinstance(thing, Table) else str(thing) for thing in objects]
        self.file.write(f"{' '.join(shown)}\n\n")
        self.file.flush()


def markdown_table(table: Table) -> str:
    """Return a table as Markdown, its title as a line above."""
    ends = {"right": "---:", "center": ":---:"}
    heads = [str(column.header) for column in table.columns]
    rows = zip(*(column.cells for column in table.columns), strict=True)
    lines = [
        *([f"{table.title}:", ""] if table.title else []),
        _row(heads),
        _row([ends.get(column.justify, "---") for column in table.columns]),
        *(_row([str(cell) for cell in row]) for row in rows),
    ]
    return "\n".join(lines)


def _row(cells: list[str]) -> str:
    return f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in cells)} |"
