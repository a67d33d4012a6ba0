"""Dates and moments as whole numbers: days and microseconds since 1970-01-01."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

DAY_MICROSECONDS = 86_400_000_000
_EPOCH_ORDINAL = date(1970, 1, 1).toordinal()
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)


def days_of(day: date) -> int:
    return day.toordinal() - _EPOCH_ORDINAL


def date_of(days: int) -> date:
    """The date; the nearest one that Python knows where there is none (years 1 to 9999)."""
    return date.fromordinal(min(max(days + _EPOCH_ORDINAL, 1), date.max.toordinal()))


def microseconds_of(moment: datetime) -> int:
    """Of an aware moment, since 1970 in UTC."""
    return (moment - _EPOCH) // _MICROSECOND


def moment_of(microseconds: int) -> datetime:
    """The moment, in UTC."""
    return _EPOCH + microseconds * _MICROSECOND
