"""The types of values. A number carries its unit, its decimal places and its range."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, tzinfo
from fractions import Fraction

from paycalc.core.currency import CURRENCY_PLACES
from paycalc.core.number import Interval, format_decimal
from paycalc.core.unit import PLAIN, Unit

DATE_MIN, DATE_MAX = date(1900, 1, 1), date(2200, 12, 31)
# All moments of these civil dates lie between, whatever the zone.
MOMENT_MIN, MOMENT_MAX = datetime(1899, 12, 30, tzinfo=UTC), datetime(2201, 1, 3, tzinfo=UTC)


def is_in_calendar(moment: datetime, timezone: tzinfo) -> bool:
    """Whether the civil date of a moment lies in the range of dates."""
    if not DATE_MIN.year - 1 <= moment.year <= DATE_MAX.year + 1:
        return False  # and so far outside that its civil date may not even be a date
    return DATE_MIN <= moment.astimezone(timezone).date() <= DATE_MAX


# What a value is in the reference interpreter and in examples: numbers are Fraction, flags bool, members and texts
# str, dates date, moments aware datetime; a reference is the key of the row it names (str or int).
Value = Fraction | bool | str | int | date | datetime


@dataclass(frozen=True)
class NumberType:
    """A number, money and points included.

    unit      its unit; PLAIN for a plain number
    places    every value is a whole multiple of 10^-places; None: an exact fraction not yet rounded
    interval  every value lies in it
    percent   written and shown in percent
    bare      made of literals without a unit only: takes the unit of what it meets
    numerator, divisor  of a fraction: the whole numbers it is one over the other of; the divisor is positive
    """

    unit: Unit
    places: int | None
    interval: Interval
    percent: bool = False
    bare: bool = False
    numerator: Interval | None = None
    divisor: Interval | None = None

    def __str__(self) -> str:
        if self.unit == PLAIN:
            return "a percentage" if self.percent else "a plain number"
        return f"an amount in {self.unit}" if str(self.unit) in CURRENCY_PLACES else f"a number in {self.unit}"


@dataclass(frozen=True)
class FlagType:
    def __str__(self) -> str:
        return "a flag"


@dataclass(frozen=True)
class DateType:
    low: date = DATE_MIN
    high: date = DATE_MAX

    def __contains__(self, value: object) -> bool:
        return isinstance(value, date) and self.low <= value <= self.high

    def __str__(self) -> str:
        return "a date"


@dataclass(frozen=True)
class MomentType:
    """A point in time (`datetime`); civil dates and hours are those of the plan's timezone."""

    def __str__(self) -> str:
        return "a moment"


@dataclass(frozen=True)
class MemberType:
    """A value of an enumeration. Two enumerations with the same members are the same type; `name` is for messages."""

    members: tuple[str, ...]
    name: str = ""

    def __eq__(self, other: object) -> bool:
        return isinstance(other, MemberType) and self.members == other.members

    def __hash__(self) -> int:
        return hash(self.members)

    def __str__(self) -> str:
        return f"a {self.name}" if self.name else "one of " + ", ".join(self.members)


@dataclass(frozen=True)
class TextType:
    def __str__(self) -> str:
        return "a text"


@dataclass(frozen=True)
class ReferenceType:
    """A row of an entity."""

    entity: str

    def __str__(self) -> str:
        return f"a {self.entity}"


@dataclass(frozen=True)
class RowType:
    """The whole row of a table with several results."""

    table: str
    names: tuple[str, ...]
    types: tuple[ValueType, ...]

    def __str__(self) -> str:
        return f"a row of `{self.table}`"


ValueType = NumberType | FlagType | DateType | MomentType | MemberType | TextType | ReferenceType | RowType


def format_value(value: Value | None, type: ValueType) -> str:
    """A value as the language writes it: `1_234.50 CNY`, `2.5%`, `yes`, `senior`, `2026-10-15`, `none`."""
    if value is None:
        return "none"
    if isinstance(type, NumberType):
        number = Fraction(value)  # type: ignore[arg-type]
        if type.percent and type.unit == PLAIN:
            return format_decimal(number * 100) + "%"
        text = format_decimal(number, type.places)
        return text if type.unit == PLAIN else f"{text} {type.unit}"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, datetime):
        return value.isoformat(timespec="minutes") if not value.second else value.isoformat()
    return str(value)
