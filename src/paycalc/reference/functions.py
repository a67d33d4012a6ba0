"""The functions of the language on exact values: numbers Fraction, dates date, moments aware datetime."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date, datetime
from fractions import Fraction
from typing import Any
from zoneinfo import ZoneInfo

from paycalc.check.types import Value
from paycalc.core import calendar
from paycalc.core.errors import InternalError


def quotient(dividend: Fraction, divisor: Fraction) -> Fraction:
    if divisor == 0:
        raise InternalError("a division by zero, though the checker has proven that there is none")
    return dividend / divisor


def modulo(value: Fraction, divisor: Fraction) -> Fraction:
    """value - divisor * floor(value / divisor): has the sign of the divisor."""
    return value - divisor * (quotient(value, divisor) // 1)


def civil(moment: date, zone: ZoneInfo | None) -> date:
    """A moment as the clocks of the plan's time zone show it; a date stays as it is."""
    return moment.astimezone(zone) if isinstance(moment, datetime) else moment


def _civil_date(moment: date) -> date:
    return moment.date() if isinstance(moment, datetime) else moment


# Of one date, or of one moment as the plan's clocks show it.
_OF_CIVIL: dict[str, Callable[[Any], Value]] = {
    "date": _civil_date,
    "year": lambda when: Fraction(when.year),
    "month": lambda when: Fraction(when.month),
    "day": lambda when: Fraction(when.day),
    "weekday": lambda when: Fraction(when.isoweekday()),
    "hour": lambda when: Fraction(when.hour),
    "minute": lambda when: Fraction(when.minute),
    "days_in_month": lambda when: Fraction(calendar.days_in_month(when)),
}
# `clamp` is not among them: its bounds may be the wrong way round, which is a fault of the row.
_OF_VALUES: dict[str, Callable[..., Value]] = {
    "min": min,
    "max": max,
    "abs": abs,
    "mod": modulo,
    "days_between": lambda first, second: Fraction(calendar.days_between(first, second)),
    "months_between": lambda first, second: Fraction(calendar.months_between(first, second)),
    "years_between": lambda first, second: Fraction(calendar.years_between(first, second)),
}


def apply_function(function: str, values: Sequence[Any], zone: ZoneInfo | None) -> Value:
    """The result of a function of the language other than clamp."""
    if function in _OF_CIVIL:
        return _OF_CIVIL[function](civil(values[0], zone))
    if function not in _OF_VALUES:
        raise InternalError(f"the function {function} is unknown to the reference interpreter")
    if function.endswith("_between"):
        values = [_civil_date(civil(each, zone)) for each in values]
    return _OF_VALUES[function](*values)


def aggregate(operator: str, values: Sequence[Any]) -> Value | None:
    """Of the values of a group's rows; of `count`, one for each row. min, max and mean of nothing are missing."""
    if operator == "sum":
        return sum(values, Fraction(0))
    if operator == "count":
        return Fraction(len(values))
    if operator in ("any", "all"):
        return any(values) if operator == "any" else all(values)
    if not values:
        return None
    if operator == "mean":
        return Fraction(sum(values, Fraction(0)) / len(values))
    result: Value = min(values) if operator == "min" else max(values)
    return result
