"""Columns of timestamps to microseconds since 1970-01-01, UTC."""

from __future__ import annotations

from datetime import datetime, timedelta, tzinfo
from zoneinfo import ZoneInfo

import numpy as np
import pyarrow as pa

from paycalc.check.types import DATE_MAX, DATE_MIN, is_in_calendar
from paycalc.engine.encoding.memory import fixed
from paycalc.engine.encoding.states import GOOD, empty_states, state_of
from paycalc.engine.encoding.values import Checked, Values, extent
from paycalc.engine.inputs.cells import EPOCH_ORDINAL, MICROSECONDS, moment_from_count
from paycalc.graph.calendar_days import DAY_MICROSECONDS, microseconds_of
from paycalc.reference.dataset import Unreadable
from paycalc.reference.faults import FaultCode

_MICROSECOND = timedelta(microseconds=1)
# Whatever the zone, the civil date of a moment between them lies in the range of dates.
_SAFE = (
    (DATE_MIN.toordinal() + 2 - EPOCH_ORDINAL) * DAY_MICROSECONDS,
    (DATE_MAX.toordinal() - 2 - EPOCH_ORDINAL) * DAY_MICROSECONDS,
)


def read_moments(column: pa.ChunkedArray, timezone: tzinfo, assumed: ZoneInfo | None) -> Checked:
    """The moments of a column of timestamps. assumed: the zone of those that name none."""
    unit = MICROSECONDS[column.type.unit]
    local = assumed if column.type.tz is None else None
    chunks = [fixed(chunk, np.dtype(np.int64)) for chunk in column.chunks]
    values = Values(chunks, empty_states(column), unit.numerator, unit.denominator)
    if local is None and unit.denominator == 1:
        least, greatest = -(-_SAFE[0] // unit.numerator), _SAFE[1] // unit.numerator
        bounds = [extent(chunk) for chunk in chunks if len(chunk)]
        if bounds and min(each[0] for each in bounds) >= least and max(each[1] for each in bounds) <= greatest:
            return Checked(values, *_SAFE, (min(each[0] for each in bounds), max(each[1] for each in bounds)))
    return _one_by_one(values, timezone, local)


def _one_by_one(values: Values, timezone: tzinfo, local: ZoneInfo | None) -> Checked:
    """Where some moment lies at the ends of the calendar or may be none: those are looked at, equal ones once."""
    counts = np.concatenate([*values.chunks, np.zeros(0, np.int64)])
    states, total = values.states, len(counts)
    doubtful = _doubtful(counts, values)
    clean = np.where(doubtful, 0, counts) * values.factor // values.divisor
    if local is not None:
        clean, changing = _from_civil(clean, local)
        doubtful |= changing
    rows = np.flatnonzero(doubtful if states is None else doubtful & (states == GOOD))
    distinct, places = np.unique(counts[rows], return_inverse=True)
    unit = MICROSECONDS_OF[(values.factor, values.divisor)]
    numbers, found = np.zeros(len(distinct), np.int64), np.zeros(len(distinct), np.uint8)
    for position, count in enumerate(distinct.tolist()):
        moment = moment_from_count(count * unit, local)
        if isinstance(moment, Unreadable):
            found[position] = state_of(FaultCode(moment.code))
        elif isinstance(moment, datetime):
            numbers[position] = microseconds_of(moment)
            if not is_in_calendar(moment, timezone):
                found[position] = state_of(FaultCode.OUT_OF_RANGE)
    clean[rows] = numbers[places]
    if found.any():
        states = np.zeros(total, np.uint8) if states is None else states
        states[rows] = found[places]
    bounds = extent(clean) if total and states is None else None
    return Checked(Values([clean], states), *_SAFE, bounds)


def _from_civil(clock: np.ndarray, zone: ZoneInfo) -> tuple[np.ndarray, np.ndarray]:
    """Civil microseconds to those of UTC, and where that must be looked at: the days on which clocks are changed."""
    if not len(clock):
        return clock, np.zeros(0, bool)
    days = clock // DAY_MICROSECONDS
    first = int(days.min())
    of_day = days - first
    offsets, changing = np.zeros(int(of_day.max()) + 1, np.int64), np.zeros(int(of_day.max()) + 1, bool)
    seen = np.bincount(of_day) > 0
    for day in np.flatnonzero(seen).tolist():
        midnight = datetime.fromordinal(first + day + EPOCH_ORDINAL)
        found = {
            at.replace(tzinfo=zone, fold=fold).utcoffset()
            for at in (midnight, midnight + timedelta(1))
            for fold in (0, 1)
        }
        offset = found.pop()
        assert offset is not None  # zones have one at any time
        offsets[day], changing[day] = offset // _MICROSECOND, bool(found)
    return clock - offsets[of_day], changing[of_day]


MICROSECONDS_OF = {(unit.numerator, unit.denominator): unit for unit in MICROSECONDS.values()}


def _within(counts: np.ndarray, values: Values) -> np.ndarray:
    least, greatest = -(-_SAFE[0] * values.divisor // values.factor), _SAFE[1] * values.divisor // values.factor
    within: np.ndarray = (counts >= least) & (counts <= greatest)
    return within


def _doubtful(counts: np.ndarray, values: Values) -> np.ndarray:
    doubtful = ~_within(counts, values)
    if values.divisor != 1:
        doubtful |= counts % values.divisor != 0
    return doubtful
