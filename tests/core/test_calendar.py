from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from paycalc.core.calendar import (
    PERIOD_KINDS,
    Period,
    PeriodRule,
    civil_moment,
    days_between,
    days_in_month,
    moments_showing,
    months_between,
    years_between,
)

FORTNIGHT = PeriodRule("days", 14, date(2026, 10, 5))
RULES = [FORTNIGHT if kind == "days" else PeriodRule(kind) for kind in PERIOD_KINDS]
DATES = st.dates(date(1901, 1, 1), date(2199, 12, 31))


@pytest.mark.parametrize(
    ("rule", "name", "start", "end"),
    [
        (PeriodRule("day"), "2026-10-31", date(2026, 10, 31), date(2026, 10, 31)),
        (PeriodRule("week"), "2026-W41", date(2026, 10, 5), date(2026, 10, 11)),
        (PeriodRule("week"), "2026-W01", date(2025, 12, 29), date(2026, 1, 4)),
        (PeriodRule("week"), "2026-W53", date(2026, 12, 28), date(2027, 1, 3)),
        (FORTNIGHT, "2026-10-05", date(2026, 10, 5), date(2026, 10, 18)),
        (FORTNIGHT, "2026-09-21", date(2026, 9, 21), date(2026, 10, 4)),
        (PeriodRule("half_month"), "2026-02-1", date(2026, 2, 1), date(2026, 2, 15)),
        (PeriodRule("half_month"), "2028-02-2", date(2028, 2, 16), date(2028, 2, 29)),
        (PeriodRule("month"), "2026-10", date(2026, 10, 1), date(2026, 10, 31)),
        (PeriodRule("quarter"), "2026-Q4", date(2026, 10, 1), date(2026, 12, 31)),
        (PeriodRule("year"), "2026", date(2026, 1, 1), date(2026, 12, 31)),
    ],
)
def test_a_period_is_found_by_its_name(rule: PeriodRule, name: str, start: date, end: date) -> None:
    assert rule.parse(name) == Period(name, start, end)


def test_a_period_counts_its_last_day() -> None:
    assert PeriodRule("month").parse("2026-02").days == 28
    assert PeriodRule("day").parse("2026-02-28").days == 1
    assert FORTNIGHT.parse("2026-10-05").days == 14


@pytest.mark.parametrize(
    ("rule", "name", "looks"),
    [
        (PeriodRule("month"), "2026-13", "a month is named like 2026-10"),
        (PeriodRule("month"), "2026-1", "a month is named like 2026-10"),
        (PeriodRule("month"), "2026-10-01", "a month is named like 2026-10"),
        (PeriodRule("month"), "2026-10\n", "a month is named like 2026-10"),
        (PeriodRule("month"), "٢٠٢٦-10", "a month is named like 2026-10"),
        (PeriodRule("month"), "1899-12", "a month is named like 2026-10"),
        (PeriodRule("week"), "2025-W53", "a week is named like 2026-W41 (ISO week, from Monday)"),
        (PeriodRule("week"), "2026-W00", "a week is named like 2026-W41 (ISO week, from Monday)"),
        (PeriodRule("day"), "2026-02-29", "a day is named like 2026-10-31"),
        (PeriodRule("half_month"), "2026-10-3", "a half month is named like 2026-10-1 (to the 15th)"),
        (PeriodRule("quarter"), "2026-Q5", "a quarter is named like 2026-Q4"),
        (PeriodRule("year"), "26", "a year is named like 2026"),
        (PeriodRule("year"), "9999", "a year is named like 2026"),
        (FORTNIGHT, "2026-10-06", "named by its first day, 14 days from 2026-10-05 on (for example 2025-12-29)"),
    ],
)
def test_a_wrong_name_is_told_what_a_name_looks_like(rule: PeriodRule, name: str, looks: str) -> None:
    with pytest.raises(ValueError) as caught:
        rule.parse(name)
    assert looks in str(caught.value)
    assert repr(name) in str(caught.value)


@pytest.mark.parametrize(
    ("kind", "count", "start"),
    [("fortnight", None, None), ("days", 0, date(2026, 1, 1)), ("days", 7, None), ("month", 2, None)],
)
def test_a_rule_that_means_nothing_cannot_be_made(kind: str, count: int | None, start: date | None) -> None:
    with pytest.raises(ValueError):
        PeriodRule(kind, count, start)


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.kind)
@given(day=DATES)
def test_periods_tile_the_calendar(rule: PeriodRule, day: date) -> None:
    period = rule.containing(day)
    assert period.start <= day <= period.end
    assert day in period
    assert rule.parse(period.name) == period
    following = rule.next(period)
    assert following.start == period.end + timedelta(days=1)
    assert rule.containing(period.start - timedelta(days=1)).end == period.start - timedelta(days=1)


@pytest.mark.parametrize(
    ("rule", "name"),
    [
        (PeriodRule("day"), "2027-01-01"),
        (PeriodRule("week"), "2027-W01"),  # from 4 January: the days before belong to week 53 of 2026
        (PeriodRule("days", 14, date(2026, 12, 28)), "2027-01-11"),
        (PeriodRule("half_month"), "2027-01-1"),
        (PeriodRule("month"), "2027-01"),
        (PeriodRule("quarter"), "2027-Q1"),
        (PeriodRule("year"), "2027"),
    ],
)
def test_the_first_period_of_a_year(rule: PeriodRule, name: str) -> None:
    assert rule.first_of_year(2027).name == name


@pytest.mark.parametrize(
    ("first", "second", "months", "years"),
    [
        (date(2026, 1, 31), date(2026, 2, 28), 1, 0),
        (date(2026, 1, 31), date(2026, 2, 27), 0, 0),
        (date(2028, 1, 31), date(2028, 2, 28), 0, 0),
        (date(2028, 1, 31), date(2028, 2, 29), 1, 0),
        (date(2026, 1, 31), date(2026, 3, 30), 1, 0),
        (date(2026, 1, 31), date(2026, 3, 31), 2, 0),
        (date(2026, 1, 31), date(2026, 4, 30), 3, 0),
        (date(2026, 2, 28), date(2026, 3, 28), 1, 0),
        (date(2026, 1, 15), date(2026, 1, 15), 0, 0),
        (date(2026, 1, 15), date(2027, 1, 14), 11, 0),
        (date(2026, 1, 15), date(2027, 1, 15), 12, 1),
        (date(2024, 2, 29), date(2025, 2, 28), 12, 1),
        (date(2024, 2, 29), date(2028, 2, 28), 47, 3),
        (date(2026, 3, 31), date(2026, 2, 28), -1, 0),
        (date(2026, 2, 28), date(2026, 1, 31), -1, 0),
        (date(2027, 1, 15), date(2026, 1, 15), -12, -1),
    ],
)
def test_whole_months_and_years(first: date, second: date, months: int, years: int) -> None:
    assert months_between(first, second) == months
    assert years_between(first, second) == years


@given(DATES, st.integers(0, 600))
def test_months_between_is_the_most_that_do_not_pass(first: date, days: int) -> None:
    second = first + timedelta(days=days)

    def moved(months: int) -> date:
        year, month = divmod(first.year * 12 + first.month - 1 + months, 12)
        return date(year, month + 1, min(first.day, days_in_month(date(year, month + 1, 1))))

    whole = months_between(first, second)
    assert moved(whole) <= second < moved(whole + 1)


def test_days() -> None:
    assert days_between(date(2026, 10, 1), date(2026, 10, 31)) == 30
    assert days_between(date(2026, 10, 31), date(2026, 10, 1)) == -30
    assert [days_in_month(date(2026, month, 1)) for month in (1, 2, 4)] == [31, 28, 30]
    assert days_in_month(date(2028, 2, 10)) == 29


BERLIN = ZoneInfo("Europe/Berlin")


@pytest.mark.parametrize(
    ("clock", "expected"),
    [
        (datetime(2026, 7, 1, 2, 30), ["2026-07-01T02:30:00+02:00"]),
        (datetime(2026, 10, 25, 2, 30), ["2026-10-25T02:30:00+02:00", "2026-10-25T02:30:00+01:00"]),
        (datetime(2026, 3, 29, 2, 30), []),
        (datetime(2026, 3, 29, 3, 0), ["2026-03-29T03:00:00+02:00"]),
    ],
)
def test_moments_that_clocks_show(clock, expected):
    assert [each.isoformat() for each in moments_showing(clock, BERLIN)] == expected


def test_civil_moments_compare_as_moments():
    earlier, later = (datetime(2026, 10, 25, hour, 30, tzinfo=UTC) for hour in (0, 1))
    first, second = civil_moment(earlier, BERLIN), civil_moment(later, BERLIN)
    assert first.replace(tzinfo=None) == second.replace(tzinfo=None)
    assert first < second
    assert first == earlier
