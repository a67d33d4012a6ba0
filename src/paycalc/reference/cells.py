"""One cell: whether a value is one that its column's type takes, and if not, which fault it is."""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass
from datetime import UTC, date, datetime, tzinfo
from difflib import get_close_matches
from fractions import Fraction

from paycalc.check.types import (
    DATE_MAX,
    DATE_MIN,
    DateType,
    FlagType,
    MemberType,
    MomentType,
    NumberType,
    ReferenceType,
    RowType,
    TextType,
    Value,
    ValueType,
    format_value,
    is_in_calendar,
)
from paycalc.core.calendar import civil_moment
from paycalc.core.number import decimal_places, format_decimal, parse_decimal
from paycalc.core.rendering import visible
from paycalc.core.unit import PLAIN
from paycalc.reference.faults import FaultCode

MEMBERS_SHOWN_MAX = 12
_WHOLE = {False: "a whole number", True: "a whole percentage"}


@dataclass(frozen=True)
class Misfit:
    """Why a cell is not a value of its type; the row and column are added where they are known."""

    code: FaultCode
    value: str
    expected: str
    help: str = ""


def read_cell(raw: object, type: ValueType, timezone: tzinfo = UTC) -> Value | Misfit:
    """The value of a cell that is not empty. Text is read as the language writes a value of the type.

    raw   int, Fraction, bool, str, date, or an aware datetime
    timezone  the plan's, which says on what civil date a moment lies
    """
    match type:
        case NumberType():
            return _number(raw, type)
        case FlagType():
            if isinstance(raw, str) and raw in ("yes", "no"):
                return raw == "yes"
            return raw if isinstance(raw, bool) else _wrong(raw, type)
        case DateType():
            return _date(raw, type)
        case MomentType():
            return _moment(raw, type, timezone)
        case MemberType():
            return _member(raw, type)
        case TextType():
            return unicodedata.normalize("NFC", raw) if isinstance(raw, str) else _wrong(raw, type)
        case ReferenceType() | RowType():
            raise AssertionError(f"{type} is not read from one cell alone")


def expected_of(type: ValueType) -> str:
    """What a cell of the type may hold, for a message: `0 .. 400 hour`, `one of junior, senior`, `yes or no`."""
    match type:
        case NumberType(interval=interval, percent=percent, unit=unit):
            if percent and unit == PLAIN:
                return f"{format_decimal(interval.low * 100)}% .. {format_decimal(interval.high * 100)}%"
            return str(interval) if unit == PLAIN else f"{interval} {unit}"
        case FlagType():
            return "yes or no"
        case DateType(low=low, high=high):
            return f"a date from {low} to {high}"
        case MomentType():
            return f"a moment from {DATE_MIN} to {DATE_MAX}"
        case MemberType(members=members):
            more = "" if len(members) <= MEMBERS_SHOWN_MAX else f", ... ({len(members)} in all)"
            return "one of " + ", ".join(members[:MEMBERS_SHOWN_MAX]) + more
        case TextType():
            return "a text"
        case ReferenceType(entity=entity):
            return f"the key of a {entity}"
        case _:
            return str(type)


def shown(raw: object) -> str:
    """A cell as a message shows it: short, on one line, and in quotes where one would not see what it is."""
    if isinstance(raw, Fraction):
        return format_decimal(raw)
    if isinstance(raw, bool):
        return "yes" if raw else "no"
    return visible(raw.isoformat() if isinstance(raw, date) else str(raw))


def _wrong(raw: object, type: ValueType) -> Misfit:
    kind = {bool: "a flag", str: "text", datetime: "a moment", date: "a date"}.get(raw.__class__, "a number")
    return Misfit(FaultCode.WRONG_TYPE, f"{kind} ({shown(raw)})", expected_of(type))


def _number(raw: object, type: NumberType) -> Fraction | Misfit:
    if isinstance(raw, str):
        return _number_from_text(raw, type)
    if isinstance(raw, bool) or not isinstance(raw, int | Fraction):
        return _wrong(raw, type)
    return _checked_number(Fraction(raw), type)


def _number_from_text(text: str, type: NumberType) -> Fraction | Misfit:
    written = text.strip()
    parsed = parse_decimal(written.removesuffix("%"))
    percent = written.endswith("%")
    if parsed is None or (percent and not type.percent):
        return Misfit(FaultCode.NOT_A_NUMBER, shown(text), expected_of(type))
    value = parsed[0]
    if type.percent and not percent and value != 0:
        return Misfit(FaultCode.UNKNOWN_SCALE, shown(text), expected_of(type), f"write {written}% if that is meant")
    return _checked_number(value / 100 if percent else value, type)


def _checked_number(value: Fraction, type: NumberType) -> Fraction | Misfit:
    if type.places is not None:
        needed = decimal_places(value)
        if needed is None or needed > type.places:
            places = type.places - 2 if type.percent else type.places
            wanted = f"at most {places} decimal place{'' if places == 1 else 's'}" if places else _WHOLE[type.percent]
            return Misfit(FaultCode.TOO_MANY_PLACES, format_value(value, type), wanted)
    if value not in type.interval:
        return Misfit(FaultCode.OUT_OF_RANGE, format_value(value, type), expected_of(type))
    return value


def _date(raw: object, type: DateType) -> date | Misfit:
    if isinstance(raw, str):
        try:
            raw = date.fromisoformat(raw.strip())
        except ValueError:
            return Misfit(FaultCode.NOT_A_DATE, shown(raw), "a date like 2026-10-15")
    if not isinstance(raw, date) or isinstance(raw, datetime):
        return _wrong(raw, type)
    if not type.low <= raw <= type.high:
        return Misfit(FaultCode.OUT_OF_RANGE, raw.isoformat(), f"{type.low} .. {type.high}")
    return raw


def _moment(raw: object, type: MomentType, timezone: tzinfo) -> datetime | Misfit:
    if isinstance(raw, str):
        try:
            raw = datetime.fromisoformat(raw.strip())
        except ValueError:
            return Misfit(FaultCode.NOT_A_MOMENT, shown(raw), "a moment like 2026-10-15T08:30+08:00")
    if not isinstance(raw, datetime):
        return _wrong(raw, type)
    if raw.tzinfo is None:
        return Misfit(FaultCode.ZONELESS_TIMESTAMP, shown(raw), "a moment with its zone, like 2026-10-15T08:30+08:00")
    if not is_in_calendar(raw, timezone):
        return Misfit(FaultCode.OUT_OF_RANGE, shown(raw), f"{DATE_MIN} .. {DATE_MAX}")
    return civil_moment(raw, timezone)


def _member(raw: object, type: MemberType) -> str | Misfit:
    if not isinstance(raw, str):
        return _wrong(raw, type)
    member = unicodedata.normalize("NFC", raw)
    if member not in type.members:
        names = {each.casefold(): each for each in type.members}
        near = get_close_matches(member.casefold(), names, n=1)
        help = f"did you mean {names[near[0]]}?" if near else ""
        return Misfit(FaultCode.UNKNOWN_MEMBER, shown(raw), expected_of(type), help)
    return member
