"""Pay periods and their names, and whole days, months and years between dates.

Every kind of period tiles the calendar without gaps, so each date lies in exactly one period. A period is named by
where it lies: 2026-10-31 (day), 2026-W41 (ISO week, from Monday), 2026-10-05 (the first of N days), 2026-10-1 and
2026-10-2 (half months: to the 15th, from the 16th), 2026-10 (month), 2026-Q4 (quarter), 2026 (year).
"""

from __future__ import annotations

import re
from calendar import monthrange
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, timezone, tzinfo

YEAR_FIRST, YEAR_LAST = 1900, 2200  # a period named in a plan or by a caller lies in these years
DAYS_MAX = 366  # of a period of days: no longer than a year
HALF_MONTH_DAYS = 15  # the first half ends on this day

_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Period:
    """A stretch of days with its name; `end` is its last day, included."""

    name: str
    start: date
    end: date

    @property
    def days(self) -> int:
        return (self.end - self.start).days + 1

    def __contains__(self, day: object) -> bool:
        return isinstance(day, date) and self.start <= day <= self.end

    def __str__(self) -> str:
        return self.name


# What a name of each kind looks like: the pattern, and the words for the message.
_NAMES = {
    "day": (re.compile(r"(\d{4})-(\d{2})-(\d{2})\Z", re.ASCII), "a day is named like 2026-10-31"),
    "week": (re.compile(r"(\d{4})-W(\d{2})\Z", re.ASCII), "a week is named like 2026-W41 (ISO week, from Monday)"),
    "days": (re.compile(r"(\d{4})-(\d{2})-(\d{2})\Z", re.ASCII), "a period of days is named by its first day"),
    "half_month": (
        re.compile(r"(\d{4})-(\d{2})-([12])\Z", re.ASCII),
        "a half month is named like 2026-10-1 (to the 15th) or 2026-10-2 (from the 16th)",
    ),
    "month": (re.compile(r"(\d{4})-(\d{2})\Z", re.ASCII), "a month is named like 2026-10"),
    "quarter": (re.compile(r"(\d{4})-Q([1-4])\Z", re.ASCII), "a quarter is named like 2026-Q4"),
    "year": (re.compile(r"(\d{4})\Z", re.ASCII), "a year is named like 2026"),
}
PERIOD_KINDS = tuple(_NAMES)


@dataclass(frozen=True, slots=True)
class PeriodRule:
    """How the calendar is cut into periods.

    kind   day, week, days, half_month, month, quarter or year
    count  of `days`: how many days a period has (at least 1); else None
    start  of `days`: the first day of one of the periods; the others lie before and after it without gaps; else None
    """

    kind: str
    count: int | None = None
    start: date | None = None

    def __post_init__(self) -> None:
        if self.kind not in _NAMES:
            raise ValueError(f"no kind of period: {self.kind!r}; expected one of {', '.join(PERIOD_KINDS)}")
        if self.kind == "days":
            if self.count is None or self.count < 1 or self.start is None:
                raise ValueError("a period of days needs a count of at least 1 and a first day")
            if self.count > DAYS_MAX:
                raise ValueError(f"a period has at most {DAYS_MAX} days")
        elif self.count is not None or self.start is not None:
            raise ValueError(f"only a period of days has a count and a first day, not a {self.kind}")

    def parse(self, name: str) -> Period:
        """The period of that name. Raises ValueError with a message that says what a name of this kind looks like."""
        pattern, looks = _NAMES[self.kind]
        if self.kind == "days":
            looks += f", {self.count} days from {self.start} on (for example {self.containing(date(2026, 1, 1)).name})"
        match = pattern.match(name)
        period = self._named(*map(int, match.groups())) if match else None
        if period is None or period.start.year < YEAR_FIRST or period.end.year > YEAR_LAST:
            raise ValueError(f"no period of this plan: {name!r}; {looks}")
        return period

    def _named(self, year: int, *rest: int) -> Period | None:
        """The period that the numbers in a name mean; None where there is no such period."""
        try:
            if self.kind == "week":
                return self.containing(date.fromisocalendar(year, rest[0], 1))
            if self.kind in ("day", "days"):
                day = date(year, *rest)
            elif self.kind == "half_month":
                day = date(year, rest[0], 1 if rest[1] == 1 else HALF_MONTH_DAYS + 1)
            elif self.kind == "quarter":
                day = date(year, 3 * rest[0] - 2, 1)
            else:
                day = date(year, rest[0] if rest else 1, 1)
            period = self.containing(day)
        except (ValueError, OverflowError):
            return None
        return period if period.start == day else None

    def containing(self, day: date) -> Period:
        """The period in which `day` lies."""
        year, month = day.year, day.month
        match self.kind:
            case "day":
                return Period(day.isoformat(), day, day)
            case "week":
                iso = day.isocalendar()
                first = day - timedelta(days=iso.weekday - 1)
                return Period(f"{iso.year:04}-W{iso.week:02}", first, first + timedelta(days=6))
            case "days":
                assert self.count is not None and self.start is not None  # __post_init__ made sure of it
                first = day - timedelta(days=(day - self.start).days % self.count)
                return Period(first.isoformat(), first, first + timedelta(days=self.count - 1))
            case "half_month":
                name = f"{year:04}-{month:02}"
                if day.day <= HALF_MONTH_DAYS:
                    return Period(f"{name}-1", date(year, month, 1), date(year, month, HALF_MONTH_DAYS))
                return Period(f"{name}-2", date(year, month, HALF_MONTH_DAYS + 1), _month_end(year, month))
            case "month":
                return Period(f"{year:04}-{month:02}", date(year, month, 1), _month_end(year, month))
            case "quarter":
                quarter = (month + 2) // 3
                return Period(f"{year:04}-Q{quarter}", date(year, 3 * quarter - 2, 1), _month_end(year, 3 * quarter))
            case _:
                return Period(f"{year:04}", date(year, 1, 1), date(year, 12, 31))

    def next(self, period: Period) -> Period:
        """The period right after `period`."""
        return self.containing(period.end + _DAY)

    def first_of_year(self, year: int) -> Period:
        """The first period of a year: ISO week 1, or the first period that starts in the year."""
        if self.kind == "week":
            return self.containing(date.fromisocalendar(year, 1, 1))
        period = self.containing(date(year, 1, 1))
        return period if period.start.year == year else self.next(period)


def _month_end(year: int, month: int) -> date:
    return date(year, month, monthrange(year, month)[1])


def days_in_month(day: date) -> int:
    """How many days the month of `day` has."""
    return monthrange(day.year, day.month)[1]


def days_between(first: date, second: date) -> int:
    """Days from `first` to `second`, the end day not counted; negative where `second` lies before `first`."""
    return (second - first).days


def months_between(first: date, second: date) -> int:
    """Whole months from `first` to `second`: the most months that `first` can be moved on without passing `second`.

    The 29th to 31st meet the last day of a shorter month: from 31 January to 28 February (of 28 days) is one month.
    Where `second` lies before `first` it is the months from `second` to `first`, negative.
    """
    if second < first:
        return -months_between(second, first)
    months = (second.year - first.year) * 12 + second.month - first.month
    met = min(first.day, days_in_month(second))
    return months if second.day >= met else months - 1


def years_between(first: date, second: date) -> int:
    """Whole years from `first` to `second`: twelve whole months each, so 29 February meets 28 February."""
    if second < first:
        return -years_between(second, first)
    return months_between(first, second) // 12


def civil_moment(moment: datetime, zone: tzinfo) -> datetime:
    """The same moment as the civil time of a zone, with its offset fixed.

    Two datetimes of one ZoneInfo compare by their clock faces, which is wrong where the clock was changed between them;
    those with fixed offsets compare as the moments they are.
    """
    local = moment.astimezone(zone)
    offset = local.utcoffset()
    assert offset is not None
    return local.replace(tzinfo=timezone(offset), fold=0)


def moments_showing(clock: datetime, zone: tzinfo) -> list[datetime]:
    """The moments at which the clocks of a zone show this civil time: one, or two or none where clocks are changed."""
    found: list[datetime] = []
    for fold in (0, 1):
        moment = civil_moment(clock.replace(tzinfo=zone, fold=fold), UTC)
        if moment.astimezone(zone).replace(tzinfo=None, fold=0) == clock and moment not in found:
            found.append(moment)
    return [civil_moment(each, zone) for each in found]


def day_start(day: date, zone: tzinfo) -> datetime:
    """The first moment of a civil day, in UTC. Where the clocks are turned at midnight, it is when they are turned."""
    return datetime.combine(day, time(), zone).astimezone(UTC)


def instant(when: date, zone: tzinfo) -> datetime:
    """A moment in UTC, or of a date its day's first: what puts both on one axis."""
    return when.astimezone(UTC) if isinstance(when, datetime) else day_start(when, zone)
