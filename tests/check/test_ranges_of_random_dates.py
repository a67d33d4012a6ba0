"""What the checker proves of functions of dates holds for every pair of days in the ranges of two columns."""

from collections.abc import Callable
from datetime import date, timedelta
from fractions import Fraction

from hypothesis import given
from hypothesis import strategies as st

from paycalc.check import check_plan
from paycalc.check.types import NumberType
from paycalc.core.calendar import days_between, months_between, years_between
from paycalc.core.span import Source
from tests.check.checked import HEADER

FUNCTIONS: dict[str, Callable[[date, date], int]] = {
    "days_between(a, b)": days_between,
    "months_between(a, b)": months_between,
    "years_between(a, b)": years_between,
    "days_between(max(a, b), b)": lambda a, b: days_between(max(a, b), b),
    "days_between(a, min(a, b))": lambda a, b: days_between(a, min(a, b)),
    "days_between(if days_between(a, b) > 0 then a else b, b)": lambda a, b: max(days_between(a, b), 0),
    "year(a)": lambda a, b: a.year,
    "year(max(a, b))": lambda a, b: max(a, b).year,
    "month(b)": lambda a, b: b.month,
    "days_in_month(a)": lambda a, b: (
        (a.replace(day=28) + timedelta(days=4)).replace(day=1).toordinal() - a.replace(day=1).toordinal()
    ),
    "weekday(a)": lambda a, b: a.isoweekday(),
}

# Days round the ends of months and years, where whole months and years are counted.
EDGES = [date(2024, 1, 29), date(2024, 2, 27), date(2025, 2, 26), date(2024, 12, 30), date(2026, 3, 29)]
DAYS = st.builds(lambda edge, more: edge + timedelta(days=more), st.sampled_from(EDGES), st.integers(0, 5))
RANGES = st.tuples(DAYS, st.integers(0, 20)).map(lambda found: (found[0], found[0] + timedelta(days=found[1])))


def days_of(bounds: tuple[date, date]) -> list[date]:
    low, high = bounds
    return [low + timedelta(days=number) for number in range((high - low).days + 1)]


@given(a=RANGES, b=RANGES)
def test_functions_of_dates_stay_in_their_range(a: tuple[date, date], b: tuple[date, date]) -> None:
    columns = f"entity worker\n  a : date {a[0]} .. {a[1]}\n  b : date {b[0]} .. {b[1]}\n"
    lines = "".join(f"let x{number} = {text}\n" for number, text in enumerate(FUNCTIONS))
    plan = check_plan(Source("p.pay", HEADER + columns + lines))
    for line, (text, compute) in zip(plan.lines, FUNCTIONS.items(), strict=True):
        assert isinstance(line.type, NumberType)
        for first in days_of(a):
            for second in days_of(b):
                value = compute(first, second)
                assert Fraction(value) in line.type.interval, f"{text} of {first}, {second} is {value}"
