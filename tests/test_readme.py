"""Every example of the README and of the documents, run."""

import doctest
import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

README = Path(__file__).parents[1] / "README.md"
PAGES = [path for path in sorted(README.parent.glob("docs/**/*.md")) if "generated" not in path.parts]
OPTIONS = doctest.NORMALIZE_WHITESPACE | doctest.ELLIPSIS


def console_examples():
    for block in re.findall(r"```console\n(.*?)```", README.read_text(), flags=re.DOTALL):
        command, _, output = block.partition("\n")
        yield pytest.param(shlex.split(command.removeprefix("$ sightbits ")), output, id=command)


@pytest.mark.parametrize(("arguments", "expected"), list(console_examples()))
def test_commands_print_what_the_readme_shows(arguments, expected):
    done = subprocess.run(
        [sys.executable, "-m", "sightbits", *arguments], capture_output=True, text=True, check=True,
        env={"PYTHONIOENCODING": "utf-8", "COLUMNS": "100", "PATH": ""},
    )  # fmt: skip
    assert doctest.OutputChecker().check_output(expected, done.stdout, OPTIONS), done.stdout


@pytest.mark.parametrize(
    "document", [README, *(page for page in PAGES if ">>> " in page.read_text())], ids=lambda path: path.name
)
def test_python_examples_give_what_the_document_shows(document):
    assert doctest.testfile(str(document), module_relative=False, optionflags=OPTIONS, encoding="utf-8").failed == 0


def test_links_of_the_documents_lead_somewhere():
    root = README.parent
    for document in (*root.glob("*.md"), *PAGES):
        for target in re.findall(r"\]\((?!https?:)([^)#]+)\)", document.read_text()):
            assert (document.parent / target).exists(), f"{document.name}: {target}"
