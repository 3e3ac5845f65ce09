"""Pages that cannot lie: code in them is run, by doctest or when the manual is built."""

import re
from pathlib import Path

import pytest

DOCS = Path(__file__).parents[2] / "docs"
PAGES = [path for path in sorted(DOCS.rglob("*.md")) if "generated" not in path.parts]
NOTEBOOKS = [path for path in PAGES if path.read_text(encoding="utf-8").startswith("---\njupytext:")]


def name_of(path: Path) -> str:
    return path.relative_to(DOCS).as_posix()


def python_blocks(path: Path) -> list[str]:
    return re.findall(r"^```python\n(.*?)^```", path.read_text(encoding="utf-8"), flags=re.DOTALL | re.MULTILINE)


@pytest.mark.parametrize("path", PAGES, ids=name_of)
def test_python_is_run_by_doctest_or_in_a_notebook(path):
    for block in python_blocks(path):
        assert block.startswith(">>> "), block


def test_code_cells_stand_in_notebooks_only():
    assert {name_of(path) for path in PAGES if "{code-cell}" in path.read_text(encoding="utf-8")} == {
        name_of(path) for path in NOTEBOOKS
    }


def test_there_is_a_tutorial_for_each_kind_of_user():
    found = {path.stem for path in NOTEBOOKS if path.parent.name == "tutorials"}
    assert found == {"audit", "instrument", "training", "pruning", "teaching"}


@pytest.mark.parametrize("path", NOTEBOOKS, ids=name_of)
def test_notebooks_show_pictures_without_scripts_and_compile(path):
    cells = re.findall(r"```\{code-cell\} ipython3\n(?::tags:[^\n]*\n)?(.*?)```", path.read_text(), flags=re.DOTALL)
    assert "import pictures" in cells[0]
    compile("\n".join(cells), str(path), "exec")


def test_an_index_leads_to_every_page():
    for index in DOCS.rglob("index.md"):
        toctree = re.search(r"```\{toctree\}\n:hidden:\n\n(.*?)```", index.read_text(), flags=re.DOTALL)
        inside = {line.removesuffix("/index") for line in toctree.group(1).split()}
        pages = {path.stem for path in index.parent.glob("*.md")} - {"index"}
        folders = {path.parent.name for path in index.parent.glob("*/index.md")}
        assert inside == pages | folders, name_of(index)


def test_every_table_of_a_benchmark_is_shown():
    tables = {path.name for path in (DOCS / "explanation" / "peer-tables").glob("*.md")}
    shown = re.findall(r"```\{include\} peer-tables/(.*)\n", (DOCS / "explanation" / "peers.md").read_text())
    assert sorted(shown) == sorted(tables)
