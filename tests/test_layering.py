"""Every import in src/paycalc against the one direction of layers (docs/architecture.md, decision 0001)."""

import ast
import re
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PACKAGE = ROOT / "src" / "paycalc"

# A layer imports what stands before it, and itself.
LAYERS = ("core", "syntax", "check", "reference", "graph", "kernels", "engine", "explain", "api", "cli")
# Modules of the package's own folder that belong to a layer of another name.
LAYER_OF_MODULE = {"_kernels": "kernels", "__main__": "cli"}
# The package itself, src/paycalc/__init__.py, hands on what users import, and is imported by the command alone.
PACKAGE_IMPORTS = ("paycalc.api", "paycalc.core.errors")
PACKAGE_IMPORTED_BY = ("cli",)
# Who may import what does not come with Python. A name that is not here is no run-time dependency.
THIRD_PARTY = {
    "numpy": ("engine", "adapters", "cli"),
    "pyarrow": ("engine", "adapters", "cli"),
}
# An import inside a function hides a dependency. Allowed are modules slow to load, and the layers that chain others.
# Of Python's own those that a `check` without faults does without: it is to answer in a tenth of a second.
LAZY_MODULES = (*THIRD_PARTY, "difflib", "json", "zoneinfo")
LAZY_LAYERS = ("api", "cli")
# An import by a computed name cannot be read here: the same layers alone may do it. These do not import.
IMPORTLIB_HARMLESS = ("importlib.resources", "importlib.metadata")


@dataclass(frozen=True)
class Import:
    """One imported module: its full name (with the imported name where it came by `from`), and where."""

    name: str
    line: int
    inside_function: bool


def module_name(path: Path) -> str:
    """The dotted name of a file, by its path below src."""
    parts = path.with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def read_imports(text: str, path: Path) -> Iterator[Import]:
    """All imports of a file at `path` below src, relative ones made absolute, wherever they stand."""
    package = path.parent.parts

    def visit(node: ast.AST, inside_function: bool) -> Iterator[Import]:
        if isinstance(node, ast.Import):
            for alias in node.names:
                yield Import(alias.name, node.lineno, inside_function)
        elif isinstance(node, ast.ImportFrom):
            above = package[: len(package) - node.level + 1] if node.level else ()
            module = ".".join((*above, *filter(None, [node.module])))
            for alias in node.names:
                yield Import(f"{module}.{alias.name}", node.lineno, inside_function)
        inside_function |= isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda)
        for child in ast.iter_child_nodes(node):
            yield from visit(child, inside_function)

    yield from visit(ast.parse(text), False)


def layer_of(module: str) -> str:
    """The layer of a module of paycalc: `paycalc.check.types.join` is in `check`. Of the package itself: `paycalc`."""
    name = (*module.split("."), "")[1]
    return LAYER_OF_MODULE.get(name, name) or "paycalc"


def faults_of(text: str, path: Path) -> list[str]:
    """What is wrong with the imports of a file at `path` below src: one line each."""
    layer = layer_of(module_name(path))
    if layer != "paycalc" and layer not in LAYERS:
        return [f"{path}: `{layer}` has no place among the layers"]
    found = []
    for imported in read_imports(text, path):
        fault = import_fault(layer, imported)
        if fault:
            found.append(f"{path}:{imported.line}: {fault}")
    return found


def import_fault(layer: str, imported: Import) -> str:
    """Why `layer` may not import this, or an empty text."""
    name = imported.name
    top = name.partition(".")[0]
    if top == "paycalc":
        fault = layer_fault(layer, name)
        lazy = layer in LAZY_LAYERS
    elif top in sys.stdlib_module_names:
        computed = top == "importlib" and not name.startswith(IMPORTLIB_HARMLESS) and layer not in LAZY_LAYERS
        fault, lazy = f"`{layer}` may not import by a computed name" if computed else "", top in LAZY_MODULES
    else:
        fault = "" if layer in THIRD_PARTY.get(top, ()) else f"`{layer}` may not import {top}"
        lazy = top in LAZY_MODULES
    if not fault and imported.inside_function and not lazy:
        return f"{name} is imported inside a function"
    return fault


def layer_fault(layer: str, name: str) -> str:
    target = layer_of(name)
    if layer == "paycalc":
        allowed = any(f"{name}.".startswith(f"{module}.") for module in PACKAGE_IMPORTS)
    elif target in LAYERS:
        allowed = LAYERS.index(target) <= LAYERS.index(layer)
    else:  # a name of the package itself, like `from paycalc import __version__`
        allowed = layer in PACKAGE_IMPORTED_BY
    return "" if allowed else f"`{layer}` may not import {name}"


def test_each_layer_imports_only_what_stands_before_it():
    read, faults = 0, []
    for path in sorted(PACKAGE.rglob("*.py")):
        text, below = path.read_text(encoding="utf-8"), path.relative_to(PACKAGE.parent)
        read += sum(1 for _ in read_imports(text, below))
        faults += faults_of(text, below)
    assert read > 0, "no import was read: the test looks in the wrong place"
    assert not faults, "\n".join(faults)


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ("core/unit.py", "from paycalc.syntax.tree import Plan"),
        ("core/unit.py", "from ..syntax import tree"),
        ("core/unit.py", "from .. import syntax"),
        ("core/unit.py", "from paycalc import syntax"),
        ("core/unit.py", "from paycalc import __version__"),
        ("core/__init__.py", "from ..cli import main"),
        ("check/types.py", "import paycalc.reference.value"),
        ("check/types.py", "if True:\n    try:\n        import paycalc.engine\n    except ImportError:\n        pass"),
        ("engine/door.py", "from paycalc.explain.tree import explain"),
        ("check/types.py", "import numpy as np"),
        ("reference/rows.py", "import pyarrow.compute"),
        ("engine/door.py", "import rich.table"),
        ("cli/main.py", "import rich.table"),
        ("api.py", "import pyarrow"),
        ("cli/main.py", "import polars"),
        ("check/types.py", "def f():\n    from paycalc.core.unit import Unit"),
        ("check/types.py", "class A:\n    def f(self):\n        import csv"),
        ("engine/door.py", "from importlib import import_module"),
        ("__init__.py", "from paycalc.check import check"),
        ("__init__.py", "from paycalc.core.unit import Unit"),
        ("_kernels.py", "from paycalc.engine import run"),
        ("utilities/text.py", "import re"),
    ],
)
def test_a_planted_fault_is_found(path, text):
    assert len(faults_of(text, Path("paycalc") / path)) == 1


@pytest.mark.parametrize(
    ("path", "text"),
    [
        (
            "core/unit.py",
            "from fractions import Fraction\nfrom paycalc.core.number import Interval\nfrom . import span",
        ),
        ("check/types.py", "from ..syntax.tree import Plan\nfrom paycalc.core import unit"),
        ("engine/door.py", "import numpy as np\nfrom paycalc._kernels import run"),
        ("engine/door.py", "def f():\n    import pyarrow.parquet as pq"),
        ("check/symbols.py", "def f():\n    from difflib import get_close_matches"),
        ("api.py", "def f():\n    from paycalc.engine.run import run"),
        (
            "cli/main.py",
            "from paycalc import __version__\ndef f():\n    import paycalc.api\n    from pyarrow import Table",
        ),
        ("cli/main.py", "from importlib import import_module"),
        ("cli/demo.py", "from importlib.resources import files"),
        ("__main__.py", "from paycalc.cli.main import main"),
        ("__init__.py", "from paycalc.api import compile\nfrom paycalc.core.errors import PlanError"),
    ],
)
def test_what_is_allowed_is_let_through(path, text):
    assert faults_of(text, Path("paycalc") / path) == []


def test_the_architecture_page_lists_the_same_layers_in_the_same_order():
    page = (ROOT / "docs" / "architecture.md").read_text(encoding="utf-8")
    assert tuple(re.findall(r"^\| `(\w+)` +\|", page, re.MULTILINE)) == LAYERS
