"""Rules of style that a program can check, over everything that is written by hand."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
FOLDERS = ("src", "tests", "docs", "examples", "benchmarks")
WITHOUT_SUFFIX = ("Makefile", ".gitignore", ".gitattributes", ".ci/run")
CODE = (".py", ".pyx", ".pxd", ".pxi", ".h", ".c")
PROSE = (".md", ".toml", ".txt", ".yml", ".yaml", ".cfg", ".ini")
MADE_BY_TOOLS = ("_build", "__pycache__")
# Faulty plans on purpose: their bytes are what is tested.
FAULTY = ROOT / "tests" / "bad"

FILE_LINES_MAX = 800
FUNCTION_LINES_MAX = 70

# Put together here, so that this file passes its own test. In quotes the last one is a currency code: no currency.
UNFINISHED = re.compile(r'(?<!["\w])(' + "|".join(("TO" + "DO", "FIX" + "ME", "X" * 3)) + r')(?!["\w])')
# Places of one machine: they mean nothing to another reader.
MACHINE = re.compile(r"(?<![\w.~}])/(home|root|work|mnt|Users)/\w")
PARENT = re.compile(r"(?<![\w./])(?:\.\./)+[\w.-]+(?:/[\w.-]+)*")
NAMELESS = re.compile(r"(\b|_)(utils?|helpers?|managers?|common|misc)\b")


def written_files() -> list[Path]:
    found = [ROOT / name for name in WITHOUT_SUFFIX]
    found += [path for path in ROOT.iterdir() if path.suffix in CODE + PROSE]
    for folder in FOLDERS:
        for path in (ROOT / folder).rglob("*"):
            made = any(part in MADE_BY_TOOLS or part.endswith(".egg-info") for part in path.relative_to(ROOT).parts)
            if path.suffix in (*CODE, *PROSE, ".pay") and not made and FAULTY not in path.parents:
                found.append(path)
    return sorted(found)


def line_faults(path: Path, text: str) -> Iterator[str]:
    """Tabs (a Makefile needs them), blanks at line ends, and words that do not belong into the project."""
    for number, line in enumerate(text.split("\n"), 1):
        if "\t" in line and path.name != "Makefile":
            yield f"{path}:{number}: a tab"
        if line != line.rstrip():
            yield f"{path}:{number}: blanks or a carriage return at the end of the line"
        if UNFINISHED.search(line):
            yield f"{path}:{number}: a note of something unfinished; the documentation says what is missing"
        if MACHINE.search(line):
            yield f"{path}:{number}: a path of one machine"
        if path.suffix not in CODE:
            for place in PARENT.findall(line):
                if not (ROOT / path.parent / place).resolve().is_relative_to(ROOT):
                    yield f"{path}:{number}: {place} is outside the project"


def size_faults(path: Path, text: str) -> Iterator[str]:
    if path.suffix not in CODE:
        return
    lines = text.count("\n")
    if lines > FILE_LINES_MAX:
        yield f"{path}: {lines} lines; look for the second subject in it"
    if path.suffix == ".py":
        for node in ast.walk(ast.parse(text)):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                lines = (node.end_lineno or node.lineno) - node.lineno + 1
                if lines > FUNCTION_LINES_MAX:
                    yield f"{path}:{node.lineno}: {node.name} has {lines} lines; more than a screen"


def name_faults(path: Path) -> Iterator[str]:
    if path.suffix in CODE and NAMELESS.search(path.stem):
        yield f"{path}: name the file after its subject"


def faults_of(path: Path, text: str) -> list[str]:
    """The faults of a file at `path` below the project's folder."""
    return [*line_faults(path, text), *size_faults(path, text), *name_faults(path)]


def test_what_is_written_is_tidy():
    files = written_files()
    assert Path(__file__) in files
    assert ROOT / "Makefile" in files
    faults = [fault for path in files for fault in faults_of(path.relative_to(ROOT), path.read_text(encoding="utf-8"))]
    assert not faults, "\n".join(faults)


LONG_FUNCTION = "def long():\n" + "    pass\n" * FUNCTION_LINES_MAX


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ("docs/data.md", "a\tb"),
        ("docs/data.md", "a \nb"),
        ("docs/data.md", "a\r\nb"),
        ("src/paycalc/api.py", "# TO" + "DO: later"),
        ("src/paycalc/api.py", "place = '/ho" + "me/somebody/paycalc'"),
        ("README.md", "see .." + "/notes/page.md"),
        ("docs/data.md", "see ../.." + "/notes/page.md"),
        ("src/paycalc/api.py", "pass\n" * (FILE_LINES_MAX + 1)),
        ("src/paycalc/api.py", LONG_FUNCTION),
        ("src/paycalc/text_utils.py", ""),
    ],
)
def test_a_planted_fault_is_found(path, text):
    assert len(faults_of(Path(path), text)) == 1


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ("Makefile", "demo:\n\tpaycalc demo\n"),
        ("docs/decisions/index.md", "[layers](../architecture.md), 1_000 m/s, and/or\n"),
        ("src/paycalc/api.py", "pass\n" * FILE_LINES_MAX),
    ],
)
def test_what_is_allowed_is_let_through(path, text):
    assert faults_of(Path(path), text) == []
