"""Rows that did not happen in the period: their civil date, in the plan's zone, lies outside it."""

from __future__ import annotations

from datetime import UTC, date
from functools import reduce
from itertools import pairwise
from zoneinfo import ZoneInfo

import numpy as np

from paycalc._kernels import count_outside, list_outside
from paycalc.check.types import DateType, ValueType
from paycalc.core.calendar import Period
from paycalc.engine.encoded import EncodedColumn
from paycalc.engine.encoding.memory import address
from paycalc.engine.machine.civil import zone_offsets
from paycalc.engine.storage import DTYPES
from paycalc.graph.calendar_days import DAY_MICROSECONDS, date_of, days_of, moment_of


def rows_outside(column: EncodedColumn, type: ValueType, period: Period, zone: ZoneInfo | None) -> np.ndarray:
    """The rows of a dated column that lie outside the period, rising. zone: the plan's."""
    stretches = _stretches(type, period, zone)
    if any(low <= column.low and column.high <= high for low, high in stretches):
        return np.zeros(0, np.int64)
    if len(stretches) == 1:
        return _rows_outside(column, *stretches[0])
    found = [np.arange(column.count), *(_rows_outside(column, *each) for each in stretches)]
    return reduce(lambda some, others: np.intersect1d(some, others, assume_unique=True), found)


def _rows_outside(column: EncodedColumn, low: int, high: int) -> np.ndarray:
    """The rows whose value does not lie in low .. high."""
    kept = np.iinfo(DTYPES[column.storage])
    least = max(-(-(low - column.shift) // column.factor), int(kept.min))
    greatest = min((high - column.shift) // column.factor, int(kept.max))
    if least > greatest:
        return np.arange(column.count)
    asked = column.address, column.storage, column.count, least, greatest
    rows = np.empty(count_outside(*asked), np.int64)
    if len(rows):
        list_outside(*asked, address(rows))
    return rows


def civil_day(number: int, type: ValueType, zone: ZoneInfo | None) -> date:
    """The civil date that a number of a dated column stands for."""
    if isinstance(type, DateType):
        return date_of(number)
    return moment_of(number).astimezone(zone or UTC).date()


def _stretches(type: ValueType, period: Period, zone: ZoneInfo | None) -> list[tuple[int, int]]:
    """The first and the last number of each stretch that lies in the period, in order.

    Days are one stretch. So are moments, but where clocks go back over midnight: that evening comes twice, and between
    it and itself lies a bit of the next day. There is none where clocks have skipped the whole day.
    """
    first, last = days_of(period.start), days_of(period.end)
    if isinstance(type, DateType):
        return [(first, last)]
    low, high = first * DAY_MICROSECONDS, (last + 1) * DAY_MICROSECONDS - 1
    if zone is None:
        return [(low, high)]
    early, late = low - 2 * DAY_MICROSECONDS, high + 2 * DAY_MICROSECONDS
    offsets = zone_offsets(zone.key, early, late)
    changes = pairwise([early, *offsets.transitions, late])
    found: list[tuple[int, int]] = []
    for (since, until), offset in zip(changes, offsets.offsets, strict=True):
        begin, end = max(since, low - offset), min(until - 1, high - offset)
        if found and found[-1][1] + 1 == begin:
            found[-1] = (found[-1][0], end)
        elif begin <= end:
            found.append((begin, end))
    return found
