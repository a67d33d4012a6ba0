"""What given() proves of random conditions: an accepted line never reads a value that is missing."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from itertools import product

from hypothesis import assume, given
from hypothesis import strategies as st

from tests.check.checked import HEADER, ids_of

Row = Mapping[str, int | bool | None]


class Missing(Exception):
    """A value was read that is not there."""


@dataclass(frozen=True)
class Condition:
    text: str
    holds: Callable[[Row], bool]


def positive(name: str) -> Condition:
    def holds(row: Row) -> bool:
        value = row[name]
        if value is None:
            raise Missing
        return value > 0

    return Condition(f"{name} > 0", holds)


LEAVES = (
    Condition("given(o)", lambda row: row["o"] is not None),
    Condition("given(p)", lambda row: row["p"] is not None),
    Condition("f", lambda row: row["f"] is True),
    positive("o"),
    positive("p"),
)


def both(left: Condition, right: Condition) -> Condition:
    return Condition(f"({left.text} and {right.text})", lambda row: left.holds(row) and right.holds(row))


def either(left: Condition, right: Condition) -> Condition:
    return Condition(f"({left.text} or {right.text})", lambda row: left.holds(row) or right.holds(row))


def negated(operand: Condition) -> Condition:
    return Condition(f"(not {operand.text})", lambda row: not operand.holds(row))


CONDITIONS = st.recursive(
    st.sampled_from(LEAVES),
    lambda inner: st.one_of(st.builds(both, inner, inner), st.builds(either, inner, inner), st.builds(negated, inner)),
    max_leaves=5,
)
# What a branch computes, and the columns that it reads.
READ = {"0": "", "o": "o", "p": "p", "o + p": "op"}
PLAN = HEADER + "entity worker\n  o, p : int 0 .. 1 optional\n  f : flag\n"
ROWS: list[Row] = [{"o": o, "p": p, "f": f} for o, p, f in product((None, 0, 1), (None, 0, 1), (False, True))]


@dataclass(frozen=True)
class Line:
    """chosen: the branch that a row takes."""

    text: str
    chosen: Callable[[Row], str]


def lines(first: Condition, second: Condition, x: str, y: str, z: str) -> list[Line]:
    case = f"  case\n    {first.text} : {x}\n    {second.text} : {y}\n    otherwise : {z}"
    nested = f"if {first.text} then (if {second.text} then {x} else {y}) else {z}"
    return [
        Line(f"let x =\n{case}", lambda row: x if first.holds(row) else y if second.holds(row) else z),
        Line(f"let x = {nested}", lambda row: (x if second.holds(row) else y) if first.holds(row) else z),
        Line(f"let x = {x} when {first.text}", lambda row: x if first.holds(row) else "0"),
    ]


@given(first=CONDITIONS, second=CONDITIONS, values=st.tuples(*[st.sampled_from(tuple(READ))] * 3))
def test_what_is_missing_is_never_read(first: Condition, second: Condition, values: tuple[str, str, str]) -> None:
    for line in lines(first, second, *values):
        found = ids_of(f"{PLAN}{line.text}\n")
        assert set(found) <= {"unmet-optional", "never-missing"}
        if not found:
            for row in ROWS:
                assert all(row[name] is not None for name in READ[line.chosen(row)]), f"{line.text} at {row}"


@given(condition=CONDITIONS, name=st.sampled_from(("o", "p")))
def test_enough_is_accepted(condition: Condition, name: str) -> None:
    """Where the condition is an `and` that gives the column, its value may be used."""
    found = ids_of(f"{PLAN}let x = {name} when given(o) and given(p) and {condition.text}\n")
    assume("never-missing" not in found)
    assert found == []
