"""Which rows of a dated entity lie outside the period: by their civil date, whatever the clocks do."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import numpy as np
import pytest

from paycalc.check.types import DateType, MomentType
from paycalc.core.calendar import Period
from paycalc.engine.encoded import EncodedColumn
from paycalc.engine.encoding.outside import civil_day, rows_outside
from paycalc.engine.encoding.values import constant, packed

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MICROSECOND = timedelta(microseconds=1)


def microseconds(moment: datetime) -> int:
    return (moment - EPOCH) // MICROSECOND


def column_of(numbers: list[int]) -> EncodedColumn:
    return packed(np.array(numbers), (min(numbers), max(numbers)))


@pytest.mark.parametrize(
    ("zone", "first", "last"),
    [
        (None, "2026-10-01", "2026-10-31"),
        ("Asia/Shanghai", "2026-10-01", "2026-10-31"),
        ("Europe/Berlin", "2026-10-01", "2026-10-31"),  # an hour longer in the middle
        ("America/Sao_Paulo", "2018-11-04", "2018-11-04"),  # begins at 01:00
        ("Pacific/Apia", "2011-12-29", "2011-12-31"),  # has no 30th
        ("Pacific/Apia", "2011-12-30", "2011-12-30"),
        ("America/St_Johns", "2006-10-28", "2006-10-28"),  # its last hour comes twice
        ("America/St_Johns", "2006-10-29", "2006-10-29"),
    ],
)
def test_moments_by_their_civil_date(zone, first, last):
    clock = UTC if zone is None else ZoneInfo(zone)
    period = Period("", date.fromisoformat(first), date.fromisoformat(last))
    start = microseconds(datetime.combine(period.start, datetime.min.time(), UTC) - timedelta(2))
    days = period.days + 4
    minutes = [start + minute * 60_000_000 + off for minute in range(days * 1_440) for off in (-1, 0)]
    expected = [
        row
        for row, number in enumerate(minutes)
        if (EPOCH + number * MICROSECOND).astimezone(clock).date() not in period
    ]
    asked = None if zone is None else clock
    assert rows_outside(column_of(minutes), MomentType(), period, asked).tolist() == expected
    days_seen = {civil_day(number, MomentType(), asked) for number in minutes[::60]}
    assert days_seen == {(EPOCH + number * MICROSECOND).astimezone(clock).date() for number in minutes[::60]}


def test_dates():
    period = Period("", date(2026, 10, 1), date(2026, 10, 31))
    first = (period.start - date(1970, 1, 1)).days
    column = column_of([first - 1, first, first + 30, first + 31, -40_000, 60_000])
    assert rows_outside(column, DateType(), period, None).tolist() == [0, 3, 4, 5]
    assert rows_outside(column_of([first, first + 30]), DateType(), period, None).tolist() == []
    assert rows_outside(constant(3, first + 31), DateType(), period, None).tolist() == [0, 1, 2]
    assert rows_outside(constant(0, first + 31), DateType(), period, None).tolist() == []
    assert civil_day(first + 30, DateType(), None) == period.end


def test_moments_that_are_stored_as_seconds():
    """Each stored number times a factor; the last second of the period lies in it."""
    period = Period("", date(2026, 10, 1), date(2026, 10, 31))
    end = microseconds(datetime(2026, 11, 1, tzinfo=UTC)) // 1_000_000
    seconds = packed(np.array([end - 1, end, end - 31 * 86_400, end - 31 * 86_400 - 1]), (0, end), 1_000_000)
    assert rows_outside(seconds, MomentType(), period, None).tolist() == [1, 3]
