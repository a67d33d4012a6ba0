"""Which whole numbers stand for the values of a type."""

from __future__ import annotations

from paycalc.check.types import (
    MOMENT_MAX,
    MOMENT_MIN,
    DateType,
    MemberType,
    MomentType,
    NumberType,
    TextType,
    ValueType,
)
from paycalc.graph.calendar_days import days_of, microseconds_of

Range = tuple[int, int]  # both ends included

TEXT_MAX = 2**31 - 1
FLAG: Range = (0, 1)


def range_of_type(type_: ValueType) -> Range:
    """The least and the greatest, as of nodes.Input.value."""
    match type_:
        case NumberType(places=int(places), interval=interval):
            low, high, power = interval.low, interval.high, 10**places
            return -(-low.numerator * power // low.denominator), high.numerator * power // high.denominator
        case DateType(low=first, high=last):
            return days_of(first), days_of(last)
        case MomentType():
            return microseconds_of(MOMENT_MIN), microseconds_of(MOMENT_MAX)
        case MemberType(members=members):
            return 0, len(members) - 1
        case TextType():
            return 0, TEXT_MAX
    return FLAG
