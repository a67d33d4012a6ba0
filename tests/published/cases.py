"""The published cases: what is known of each, which plan says it, and which wait for what.

cases.json     every case: id, title, source, the published numbers in order, and the margin that the source allows
*/*.pay        a plan for one case or for several that share a rule; `# case:` names each, `# source:` says where from
waiting_*.json the cases without a plan: the construct that they wait for, or why there will never be a plan
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

FOLDER = Path(__file__).parent
CASE = re.compile(r"^# case: (\S+)$", re.MULTILINE)
SOURCE = re.compile(r"^# source: (\S.*)$", re.MULTILINE)


@dataclass(frozen=True)
class Case:
    """A published example. expected: its numbers, flattened; tolerance: None where the source allows no margin."""

    id: str
    title: str
    source: str
    expected: tuple[Fraction, ...]
    tolerance: Fraction | None

    @property
    def family(self) -> str:
        return self.id.partition("-")[0]


@dataclass(frozen=True)
class PlanFile:
    """A plan and what its comments cite. path: below this folder."""

    path: str
    text: str
    cases: tuple[str, ...]
    sources: tuple[str, ...]


@dataclass(frozen=True)
class Waiting:
    """A case without a plan. waits_for: a construct; never: a reason. One of them is empty."""

    case: str
    waits_for: str
    never: str


def read_cases() -> dict[str, Case]:
    """All known cases by id, in their order."""
    rows = json.loads((FOLDER / "cases.json").read_text(encoding="utf-8"))
    cases = [
        Case(
            row["case"],
            row["title"],
            row["source"],
            tuple(Fraction(number) for number in row["expected"]),
            Fraction(row["tolerance"]) if "tolerance" in row else None,
        )
        for row in rows
    ]
    assert len({case.id for case in cases}) == len(cases), "a case stands twice in cases.json"
    return {case.id: case for case in cases}


def read_plans() -> list[PlanFile]:
    """All plans in this folder, by path."""
    plans = []
    for path in sorted(FOLDER.rglob("*.pay")):
        text = path.read_text(encoding="utf-8")
        cited = tuple(CASE.findall(text)), tuple(SOURCE.findall(text))
        plans.append(PlanFile(path.relative_to(FOLDER).as_posix(), text, *cited))
    return plans


def read_waiting() -> list[Waiting]:
    """The cases without a plan, in the order of the files."""
    rows = [
        row for path in sorted(FOLDER.glob("waiting_*.json")) for row in json.loads(path.read_text(encoding="utf-8"))
    ]
    return [Waiting(row["case"], row.get("waits_for", ""), row.get("never", "")) for row in rows]
