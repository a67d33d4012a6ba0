"""The offsets of time zones against zoneinfo itself."""

from bisect import bisect_right
from datetime import UTC, datetime, timedelta
from random import Random
from zoneinfo import ZoneInfo

import pytest

from paycalc.check.types import MOMENT_MAX, MOMENT_MIN
from paycalc.engine.machine.civil import zone_offsets
from paycalc.graph.calendar_days import microseconds_of

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
LOW, HIGH = microseconds_of(MOMENT_MIN), microseconds_of(MOMENT_MAX)


def offset_at(zone, moment):
    local = (EPOCH + timedelta(microseconds=moment)).astimezone(ZoneInfo(zone))
    return local.utcoffset() // timedelta(microseconds=1)


@pytest.mark.parametrize(
    "zone",
    ["America/New_York", "Africa/Monrovia", "Asia/Kathmandu", "Europe/Amsterdam", "Pacific/Apia", "Asia/Shanghai"],
)
def test_offsets_at_every_transition_and_at_random(zone):
    known = zone_offsets(zone, LOW, HIGH)
    draw = Random(7)
    moments = [LOW, HIGH, *(draw.randint(LOW, HIGH) for _ in range(500))]
    moments += [each + step for each in known.transitions for step in (-1, 0, 1)]
    for moment in moments:
        assert known.offsets[bisect_right(known.transitions, moment)] == offset_at(zone, moment)


def test_a_zone_that_never_changes_has_one_offset():
    assert zone_offsets("UTC", LOW, HIGH) == ((), (0,))


def test_only_the_transitions_that_may_occur():
    year = [microseconds_of(datetime(2026, month, 1, tzinfo=UTC)) for month in (1, 12)]
    known = zone_offsets("Europe/Berlin", *year)
    assert known.transitions == tuple(
        microseconds_of(datetime(2026, month, day, 1, tzinfo=UTC)) for month, day in ((3, 29), (10, 25))
    )
    assert known.offsets == (3_600_000_000, 7_200_000_000, 3_600_000_000)


def test_moments_beyond_the_calendar_count_as_its_bounds():
    assert zone_offsets("Asia/Shanghai", 10 * HIGH, 11 * HIGH) == ((), (8 * 3_600_000_000,))
    assert len(zone_offsets("Asia/Shanghai", 10 * LOW, LOW).offsets) == 1
