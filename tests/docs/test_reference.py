"""Whatever has a name is in the manual: public names, commands, options, and what an option may be."""

import ast
import importlib.util
import inspect
import re
import textwrap
from collections import Counter
from pathlib import Path

import pytest
import typer

import sightbits as sb
from sightbits.cli.main import app
from sightbits.datasets.catalogue import CATALOGUE
from sightbits.encodings.named import ENCODINGS
from sightbits.estimation.layers.settings import KERNEL_SIZES, LABEL_KERNELS, MAP_KERNELS
from sightbits.estimation.terms import CONDITIONAL_TERMS, INTERACTION_TERMS, PAIR_TERMS, TOTAL_TERMS
from sightbits.information.composed import NORMALIZATIONS
from sightbits.information.decomposition import METHODS
from sightbits.information.discrete import ESTIMATORS
from sightbits.information.histogram import BIN_RULES, BINNINGS
from sightbits.measurement import noise, stopping
from sightbits.measurement.parts import named_parts
from sightbits.networks.choice import INITIALISATIONS, MODELS
from sightbits.networks.pruning.criteria.names import CRITERIA
from sightbits.networks.reference import ACTIVATIONS, NETWORKS
from sightbits.selection.accuracy import CLASSIFIERS
from sightbits.selection.rankers import RANKERS

ROOT = Path(__file__).parents[2]
REFERENCE = ROOT / "docs" / "reference"
REGISTRIES = {
    "estimator": ("information", {*ESTIMATORS, *PAIR_TERMS, *TOTAL_TERMS, *CONDITIONAL_TERMS, *INTERACTION_TERMS}),
    "bins": ("information", {*BIN_RULES, *BINNINGS}),
    "normalisation": ("information", set(NORMALIZATIONS)),
    "method of decomposition": ("information", set(METHODS)),
    "unit": ("common", {unit.value for unit in sb.Unit if unit is not sb.Unit.DIMENSIONLESS}),
    "data set": ("data", set(CATALOGUE)),
    "ranker": ("pixels", set(RANKERS)),
    "classifier": ("pixels", set(CLASSIFIERS)),
    "belief": ("measuring", set(named_parts("belief"))),
    "policy": ("measuring", set(named_parts("policy"))),
    "encoding": ("encodings", set(ENCODINGS)),
    "network of encodings": ("encodings", {*MODELS, *INITIALISATIONS}),
    "kernel size": ("layers", {*KERNEL_SIZES, *MAP_KERNELS, *LABEL_KERNELS}),
    "network": ("layers", {*NETWORKS, *ACTIVATIONS}),
    "criterion": ("filters", set(CRITERIA)),
}
NAMELESS = {stopping: sb.StopRule, noise: sb.Noise}  # kinds of parts that are known by their class alone


def page(name: str) -> str:
    return (REFERENCE / f"{name}.md").read_text(encoding="utf-8")


def coded(text: str) -> set[str]:
    """Return what stands in single backquotes."""
    return set(re.findall(r"`([^`\n]+)`", re.sub(r"^```.*?^```", "", text, flags=re.DOTALL | re.MULTILINE)))


def listed(text: str, module: str) -> list[str]:
    """Return the names that a page takes from the docstrings of a module."""
    names: list[str] = []
    current = ""
    for block in re.findall(r"```\{eval-rst\}\n(.*?)```", text, flags=re.DOTALL):
        for line in block.splitlines():
            current = line.removeprefix(".. currentmodule:: ") if line.startswith(".. currentmodule") else current
            if current == module and re.fullmatch(r"   \w+", line):
                names.append(line.strip())
    return names


def test_every_public_name_stands_in_the_reference_once():
    found = Counter(name for path in REFERENCE.glob("*.md") for name in listed(path.read_text(), "sightbits"))
    assert set(found) == set(sb.__all__) - {"__version__"}
    assert {name: count for name, count in found.items() if count != 1} == {}
    assert "sightbits.__version__" in coded(page("common"))


def test_every_public_name_has_a_docstring_of_its_own():
    assert [
        name for name in sb.__all__ if name != "__version__" and not (getattr(sb, name).__doc__ or "").strip()
    ] == []


@pytest.mark.parametrize("kind", list(REGISTRIES))
def test_every_name_of_a_registry_is_explained(kind):
    where, names = REGISTRIES[kind]
    assert sorted(names - coded(page(where))) == []


@pytest.mark.parametrize("module", list(NAMELESS), ids=lambda module: module.__name__)
def test_every_public_class_of_parts_without_names_is_explained(module):
    kind = NAMELESS[module]
    public = {
        name for name in sb.__all__ if inspect.isclass(getattr(sb, name, None)) and issubclass(getattr(sb, name), kind)
    }
    assert len(public) > 1
    assert public <= set(listed(page("measuring"), "sightbits"))


def test_the_help_of_every_command_is_up_to_date():
    tool = importlib.util.spec_from_file_location("write_command_line", ROOT / "tools" / "write_command_line.py")
    module = importlib.util.module_from_spec(tool)
    tool.loader.exec_module(module)
    assert page("command-line") == module.page(), "run: python tools/write_command_line.py"


def test_every_command_and_option_stands_in_the_manual():
    def sections(command, path):
        yield path, [option for part in command.params for option in (*part.opts, *part.secondary_opts)]
        for name, part in getattr(command, "commands", {}).items():
            yield from sections(part, f"{path} {name}")

    by_command = dict(
        re.findall(r"^## (sightbits[^\n]*)\n\n```text\n(.*?)```", page("command-line"), flags=re.M | re.S)
    )
    program = typer.main.get_command(app)
    wanted = dict(sections(program, "sightbits"))
    assert set(by_command) == set(wanted)
    for path, options in wanted.items():
        missing = [option for option in options if option.startswith("-") and option not in by_command[path]]
        assert missing == [], path


def documents() -> list[type]:
    return [
        getattr(sb, name)
        for name in sb.__all__
        if inspect.isclass(getattr(sb, name, None)) and issubclass(getattr(sb, name), sb.Result) and name != "Result"
    ]


@pytest.mark.parametrize("result", documents(), ids=lambda result: result.__name__)
def test_every_key_of_a_document_is_explained(result):
    tree = ast.parse(textwrap.dedent(inspect.getsource(result.to_dict)))
    outermost = next(node for node in ast.walk(tree) if isinstance(node, ast.Dict))
    keys = {key.value for key in outermost.keys if isinstance(key, ast.Constant)}
    assert "study" in keys
    assert sorted(keys - coded(page("json"))) == []
