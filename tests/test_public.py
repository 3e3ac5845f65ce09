"""What the package shows to the world."""

import ast
import inspect
import subprocess
import sys
from importlib.metadata import version
from pathlib import Path

import pytest

import sightbits
from sightbits.information.discrete import ESTIMATORS

SOURCE = Path(sightbits.__file__)


def test_importing_loads_no_heavy_library():
    code = (
        "import sys, sightbits\n"
        "heavy = {'torch', 'numba', 'altair', 'sklearn', 'scipy', 'numpy'} & set(sys.modules)\n"
        "sys.exit(f'loaded {heavy}' if heavy else 0)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def test_names_for_type_checkers_are_those_that_load():
    tree = ast.parse(SOURCE.read_text())
    declared = {
        alias.asname: node.module.removeprefix("sightbits.")
        for node in ast.walk(tree)
        if isinstance(node, ast.ImportFrom) and node.module.startswith("sightbits.")
        for alias in node.names
    }
    assert declared == sightbits._HOMES
    assert set(sightbits.__all__) == {"__version__", *declared}
    assert set(declared) <= set(dir(sightbits))


@pytest.mark.parametrize("name", sorted(set(sightbits.__all__) - {"__version__"}))
def test_every_public_name_is_documented(name):
    public = getattr(sightbits, name)
    assert len(inspect.getdoc(public) or "") > 20
    if inspect.isfunction(public):
        assert "Examples" in inspect.getdoc(public) or "Notes" in inspect.getdoc(public)


@pytest.mark.parametrize("name", ESTIMATORS)
def test_every_estimator_tells_its_source(name):
    assert "Source:" in inspect.getdoc(ESTIMATORS[name])


def test_unknown_names_are_refused():
    with pytest.raises(AttributeError, match="no attribute 'nonsense'"):
        sightbits.nonsense  # noqa: B018


def test_version_is_that_of_the_installed_package():
    assert version("sightbits") == sightbits.__version__
