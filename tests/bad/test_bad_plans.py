"""Faulty plans: each gives exactly the diagnostics that the comments at its top name, and no others.

    # expect: unit-mismatch 14:27

Where `<fault>.txt` stands beside `<fault>.pay`, the whole rendering is compared with it too.
"""

import re
from pathlib import Path

import pytest

from paycalc.check import check_plan
from paycalc.check.catalogue import RULES
from paycalc.core.errors import PlanError
from paycalc.core.span import Source

FOLDER = Path(__file__).parent
PLANS = sorted(FOLDER.glob("*/*.pay"))
RENDERED = [path for path in PLANS if path.with_suffix(".txt").exists()]

PLANS_MIN = 120
RENDERED_MIN = 25

EXPECTED = re.compile(r"# expect: ([a-z0-9-]+) (\d+):(\d+)\n")

# Rules without a file here, and where they are tested instead.
ELSEWHERE = {
    "text-too-large": "needs a text of a mebibyte: tests/check/test_catalogue.py makes one",
    "too-many-nodes": "needs 50,000 words: tests/check/test_catalogue.py makes them",
    "too-many-faults": "needs 1,000 faults: tests/check/test_catalogue.py makes them",
    "not-utf8": "is found in bytes, before there is a text: tests/check/test_catalogue.py",
    "table-too-complex": "needs a table of some thousand cells, the catalogue's example: tests/check/test_catalogue.py",
}


def name_of(path: Path) -> str:
    return path.relative_to(FOLDER).with_suffix("").as_posix()


def text_of(path: Path) -> str:
    return path.read_bytes().decode("utf-8")


def expected_of(text: str) -> list[tuple[str, int, int]]:
    """Id, line and column of each diagnostic named in the comments that a plan begins with."""
    found = []
    position = 0
    while match := EXPECTED.match(text, position):
        found.append((match[1], int(match[2]), int(match[3])))
        position = match.end()
    return found


def faults_of(path: Path) -> PlanError:
    with pytest.raises(PlanError) as caught:
        check_plan(Source(path.name, text_of(path)))
    return caught.value


@pytest.mark.parametrize("path", PLANS, ids=name_of)
def test_a_bad_plan_gives_the_expected_diagnostics_and_no_others(path: Path) -> None:
    error = faults_of(path)
    found = [(each.id, *error.source.position(each.span.start)) for each in error.diagnostics]
    assert found == expected_of(text_of(path)), str(error)


@pytest.mark.parametrize("path", RENDERED, ids=name_of)
def test_a_bad_plan_is_shown_like_this(path: Path, request: pytest.FixtureRequest) -> None:
    shown = f"{faults_of(path)}\n"
    golden = path.with_suffix(".txt")
    if request.config.getoption("--update-golden"):
        golden.write_bytes(shown.encode("utf-8"))
    assert shown == golden.read_bytes().decode("utf-8")


def test_there_are_enough_bad_plans() -> None:
    assert len(PLANS) >= PLANS_MIN
    assert len(RENDERED) >= RENDERED_MIN


def test_every_text_stands_beside_its_plan() -> None:
    assert [path for path in FOLDER.glob("*/*.txt") if not path.with_suffix(".pay").exists()] == []


def test_every_bad_plan_names_what_is_expected() -> None:
    assert [name_of(path) for path in PLANS if not expected_of(text_of(path))] == []


def test_every_rule_is_broken_by_some_bad_plan() -> None:
    broken = {id_ for path in PLANS for id_, _, _ in expected_of(text_of(path))}
    rules = {rule.id for rule in RULES}
    assert broken <= rules
    assert rules - broken == set(ELSEWHERE)
