"""Stretches of time in which nothing changes for a row of an entity, and the versions of its parameters."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from paycalc.engine.encoded import Finder
from paycalc.engine.encoding.resolving import LevelRows
from paycalc.engine.encoding.statements import Clock
from paycalc.engine.encoding.states import GOOD, States
from paycalc.engine.encoding.values import INT64_MAX, extent, narrowest

_MULTIPLIER = np.uint64(0x9E3779B97F4A7C15)


@dataclass(frozen=True)
class Stretches:
    """Of each row of an entity the stretches of the period, in order, each from its start to that of the next.

    rows    whose they are, int32 [n]
    starts  microseconds, int64 [n]; of the first of a row the start of the period
    firsts  where those of each row begin, int64 [rows + 1]
    """

    rows: np.ndarray
    starts: np.ndarray
    firsts: np.ndarray

    @property
    def count(self) -> int:
        return len(self.rows)

    @property
    def is_first(self) -> np.ndarray:
        """Which are the first of their row, bool [n]."""
        found = np.zeros(self.count, bool)
        found[self.firsts[:-1]] = True
        return found

    def at(self, rows: np.ndarray, asked: np.ndarray) -> np.ndarray:
        """The stretch of each row in which a moment of the period lies."""
        moments = np.unique(self.starts)
        width = len(moments) + 1
        codes = self.rows.astype(np.int64) * width + np.searchsorted(moments, self.starts, "right")
        wanted = rows.astype(np.int64) * width + np.searchsorted(moments, asked, "right")
        return np.searchsorted(codes, wanted, "right") - 1

    def days(self, clock: Clock) -> np.ndarray:
        """How many days of the period start in each, int64 [n]."""
        begin = np.searchsorted(clock.starts[:-1], self.starts)
        end = np.full(self.count, len(clock.starts) - 1)
        end[:-1] = np.where(self.rows[1:] == self.rows[:-1], begin[1:], len(clock.starts) - 1)
        return end - begin

    def only(self, kept: np.ndarray) -> Stretches:
        """Some of them; the first of each row must be among them."""
        rows = self.rows[kept]
        firsts = np.searchsorted(rows, np.arange(len(self.firsts), dtype=np.int64))
        return Stretches(rows, self.starts[kept], firsts)


def stretches_of(count: int, levels: Iterable[LevelRows], ways: Mapping[int, np.ndarray], clock: Clock) -> Stretches:
    """The stretches of `count` rows. ways: by level, the row it leads to from each row, or less than 0."""
    low, high = int(clock.starts[0]), int(clock.starts[-1])
    rows, moments = [np.arange(count)], [np.full(count, low)]
    for level in levels:
        for changes in (level.since, level.until):
            if changes is None:
                continue
            inside = np.flatnonzero((changes > low) & (changes < high))
            if len(inside):
                found = _of_each(ways[level.level], level.targets[inside], changes[inside], len(level.starts) - 1)
                rows.append(found[0])
                moments.append(found[1])
    if len(rows) == 1:
        return Stretches(rows[0].astype(np.int32), moments[0], np.arange(count + 1))
    distinct, codes = np.unique(np.concatenate(moments), return_inverse=True)
    pairs = np.unique(np.concatenate(rows) * len(distinct) + codes)
    found_rows = (pairs // len(distinct)).astype(np.int32)
    firsts = np.searchsorted(found_rows, np.arange(count + 1))
    return Stretches(found_rows, distinct[pairs % len(distinct)], firsts)


def _of_each(way: np.ndarray, targets: np.ndarray, moments: np.ndarray, count: int) -> tuple[np.ndarray, np.ndarray]:
    """The moments of what each row leads to: rows and moments. targets: rising, of `count`."""
    firsts = np.searchsorted(targets, np.arange(count + 1))
    asking = np.flatnonzero(way >= 0)
    there = way[asking]
    lengths = firsts[there + 1] - firsts[there]
    total = int(lengths.sum())
    before = np.cumsum(lengths) - lengths
    places = np.arange(total) - np.repeat(before, lengths) + np.repeat(firsts[there], lengths)
    return np.repeat(asking, lengths), moments[places]


# ---------------------------------------------------------------- versions


@dataclass(frozen=True)
class Found:
    """What a parameter is, for each of some rows: the numbers as narrow as they can be, and their states. A number that
    is not good is any. broken: the level whose way is broken by a fault, or -1, int8; None: no way is."""

    numbers: np.ndarray
    states: States
    broken: np.ndarray | None = None

    def taken(self, rows: np.ndarray) -> Found:
        """What it is for some of the rows."""
        states, broken = (None if each is None else each[rows] for each in (self.states, self.broken))
        return Found(self.numbers[rows], states, broken)


def found_of(numbers: np.ndarray, states: np.ndarray, broken: np.ndarray | None) -> Found:
    """With what is not good as one of the good numbers."""
    if not states.any():
        low, high = extent(numbers) if len(numbers) else (0, 0)
        return Found(numbers.astype(narrowest(low, high) or object, copy=False), None)
    good = states == GOOD
    low, high = extent(numbers[good]) if good.any() else (0, 0)
    return Found(np.where(good, numbers, low).astype(narrowest(low, high) or object), states, broken)


def equal_rows(columns: Sequence[Found], count: int) -> tuple[np.ndarray, np.ndarray]:
    """The number of each row, where rows that are equal in all columns have the same, int32 [n]; the first of each."""
    mixed = np.zeros(count, np.uint64)
    with np.errstate(over="ignore"):
        for each in columns:
            for part in (each.numbers, each.states):
                if part is None:
                    continue
                mixed = (mixed ^ _words(part)) * _MULTIPLIER
                mixed ^= mixed >> np.uint64(29)
    _, firsts, numbers = np.unique(mixed, return_index=True, return_inverse=True)
    if len(firsts) == count:
        return np.arange(count, dtype=np.int32), np.arange(count)
    order = np.argsort(firsts, kind="stable")  # in the order in which they come
    ranks = np.empty(len(order), np.int32)
    ranks[order] = np.arange(len(order), dtype=np.int32)
    found, firsts = ranks[numbers], firsts[order]
    for each in columns:
        for part in (each.numbers, each.states):
            if part is not None and not (part == part[firsts][found]).all():
                return np.arange(count, dtype=np.int32), np.arange(count)  # two rows were mixed to one number
    return found, firsts


def _words(part: np.ndarray) -> np.ndarray:
    if part.dtype == object:
        return np.array([hash(number) & (2**64 - 1) for number in part.tolist()], np.uint64)
    return part.astype(np.int64).view(np.uint64)


def without_changes(stretches: Stretches, versions: np.ndarray) -> tuple[Stretches, np.ndarray]:
    """The stretches that begin with another version than the one before them in their row had."""
    kept = stretches.is_first
    kept[1:] |= versions[1:] != versions[:-1]
    return stretches.only(kept), versions[kept]


def by_day(stretches: Stretches, versions: np.ndarray, clock: Clock) -> tuple[Stretches, np.ndarray]:
    """The stretches in which some day starts; their starts as days since 1970-01-01."""
    days = np.searchsorted(clock.starts, stretches.starts)
    days[stretches.firsts[:-1]] = 0
    kept = days < len(clock.starts) - 1
    kept[:-1] &= (stretches.rows[1:] != stretches.rows[:-1]) | (days[1:] != days[:-1])
    found = Stretches(stretches.rows, days + clock.first_day, stretches.firsts).only(kept)
    return without_changes(found, versions[kept])


def finder_of(stretches: Stretches) -> Finder:
    """How the stretch of a row and a moment (or day) is found."""
    offsets = stretches.firsts - np.arange(len(stretches.firsts))
    return Finder(np.ascontiguousarray(stretches.starts[~stretches.is_first]), offsets.astype(np.int32))


def sums_over_days(found: Found, stretches: Stretches, clock: Clock) -> np.ndarray:
    """Of each row the sum of the numbers at the starts of the days of the period, int64 or object."""
    numbers, days = found.numbers, stretches.days(clock)
    if not stretches.count:
        return np.zeros(0, np.int64)
    greatest = max(abs(bound) for bound in extent(numbers)) * (len(clock.starts) - 1)
    wide = numbers.astype(object if greatest > INT64_MAX else np.int64)
    return np.add.reduceat(wide * days, stretches.firsts[:-1])
