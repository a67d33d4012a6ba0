"""What the clocks of a time zone show: its offsets from UTC as a table of transitions.

The offset is looked up in the standard library's zoneinfo, day by day over the moments that may occur; between two days
with different offsets the change is found by bisection, to the second. In the whole time zone database no two changes
of one zone lie closer than 95 hours, so no day hides two of them.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from functools import lru_cache
from typing import NamedTuple
from zoneinfo import ZoneInfo

from paycalc.check.types import MOMENT_MAX, MOMENT_MIN

SECOND = 1_000_000  # microseconds
DAY_SECONDS = 86_400
EPOCH = datetime(1970, 1, 1)
ZONES_CACHED = 64


class Offsets(NamedTuple):
    """offsets[0] holds before transitions[0], offsets[i + 1] from transitions[i] on; all in microseconds, UTC."""

    transitions: tuple[int, ...]
    offsets: tuple[int, ...]


def zone_offsets(key: str, low: int, high: int) -> Offsets:
    """The offsets of a zone at the moments low .. high (microseconds since 1970, UTC).

    Moments outside the range of the language are read by nobody; they count as its bounds.
    """
    first, last = (_second(each.replace(tzinfo=None)) for each in (MOMENT_MIN, MOMENT_MAX))
    days = [min(max(each // SECOND, first), last) // DAY_SECONDS for each in (low, high)]
    return _zone_offsets(key, days[0], days[1] + 1)


@lru_cache(maxsize=ZONES_CACHED)
def _zone_offsets(key: str, first_day: int, last_day: int) -> Offsets:
    epoch = EPOCH.replace(tzinfo=ZoneInfo(key))
    transitions: list[int] = []
    offsets = [_offset(epoch, first_day * DAY_SECONDS)]
    for day in range(first_day + 1, last_day + 1):
        offset = _offset(epoch, day * DAY_SECONDS)
        if offset != offsets[-1]:
            transitions.append(_change(epoch, (day - 1) * DAY_SECONDS, day * DAY_SECONDS) * SECOND)
            offsets.append(offset)
    return Offsets(tuple(transitions), tuple(each * SECOND for each in offsets))


def _change(epoch: datetime, before: int, after: int) -> int:
    """The first second with the offset of `after`; `before` has another."""
    offset = _offset(epoch, after)
    while after - before > 1:
        middle = (before + after) // 2
        if _offset(epoch, middle) == offset:
            after = middle
        else:
            before = middle
    return after


def _offset(epoch: datetime, second: int) -> int:
    """The seconds by which the clocks of the epoch's zone are ahead of UTC, so many seconds after 1970 began in UTC."""
    moment = epoch + timedelta(seconds=second)  # on clocks that never change: what UTC shows
    assert isinstance(moment.tzinfo, ZoneInfo)
    # Of two datetimes of one zone the difference is that of their clock faces: the offset.
    shift = moment.tzinfo.fromutc(moment) - moment
    return shift.days * DAY_SECONDS + shift.seconds


def _second(moment: datetime) -> int:
    return int((moment - EPOCH) // timedelta(seconds=1))
