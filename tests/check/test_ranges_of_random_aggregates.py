"""What the checker proves of an aggregate holds for every group of rows that the entity allows, none included."""

from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction
from itertools import combinations_with_replacement

from hypothesis import given
from hypothesis import strategies as st

from paycalc.check import check_plan
from paycalc.check.types import NumberType
from paycalc.core.number import format_decimal
from paycalc.core.span import Source
from tests.check.checked import HEADER, holds

ROWS_MAX = 3


@dataclass(frozen=True)
class Number:
    text: str
    of: Callable[[Fraction], Fraction]


@dataclass(frozen=True)
class Condition:
    text: str
    of: Callable[[Fraction], bool]


VALUES = (
    Number("v", lambda v: v),
    Number("-v", lambda v: -v),
    Number("v * v", lambda v: v * v),
    Number("v - 0.5", lambda v: v - Fraction(1, 2)),
    Number("if v > 0 then 2 else v", lambda v: Fraction(2) if v > 0 else v),
    Number("max(v, 0)", lambda v: max(v, Fraction(0))),
    Number("3", lambda v: Fraction(3)),
)
CONDITIONS = (
    Condition("v > 0", lambda v: v > 0),
    Condition("v <= 1 and v is not 0", lambda v: v <= 1 and v != 0),
    Condition("v is 1", lambda v: v == 1),
    Condition("not (v >= 0)", lambda v: v < 0),
    Condition("v > 100", lambda v: v > 100),
)
FALLBACK = Fraction(5, 2)

AGGREGATES: dict[str, Callable[[list[Fraction]], Fraction]] = {
    "sum": lambda found: sum(found, Fraction(0)),
    "count": lambda found: Fraction(len(found)),
    "min": lambda found: min(found, default=FALLBACK),
    "max": lambda found: max(found, default=FALLBACK),
    "mean": lambda found: sum(found, Fraction(0)) / len(found) if found else FALLBACK,
}


def written(operator: str, value: Number, where: Condition | None) -> str:
    condition = f" where {where.text}" if where is not None else ""
    if operator == "count":
        return f"count(part{condition})"
    aggregate = f"{operator}({value.text} of part{condition})"
    return aggregate if operator == "sum" else f"default({aggregate}, {format_decimal(FALLBACK)})"


@given(
    bounds=st.lists(st.integers(-3, 3), min_size=2, max_size=2).map(sorted),
    operator=st.sampled_from(sorted(AGGREGATES)),
    value=st.sampled_from(VALUES),
    where=st.none() | st.sampled_from(CONDITIONS),
)
def test_an_aggregate_stays_in_its_range(
    bounds: list[int], operator: str, value: Number, where: Condition | None
) -> None:
    low, high = bounds
    text = (
        f"{HEADER}entity worker\nentity part in worker at most {ROWS_MAX} per worker\n  v : int {low} .. {high}\n"
        f"let x = {written(operator, value, where)}\n"
    )
    (line,) = check_plan(Source("p.pay", text)).lines
    assert isinstance(line.type, NumberType)
    column = [Fraction(v) for v in range(low, high + 1)]
    for count in range(ROWS_MAX + 1):
        for rows in combinations_with_replacement(column, count):
            found = [value.of(v) for v in rows if where is None or where.of(v)]
            result = AGGREGATES[operator](found)
            assert holds(line.type, result), f"{text}\n{result} of {rows}, proven {line.type.interval}"
