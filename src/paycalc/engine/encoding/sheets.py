"""Tables from data as sheets: what a table says to one row of its owner during one stretch of time.

The rows that speak to one owner are a case. Cases whose rows take the same values of all other keys have one shape: the
coordinates, and which row is the first that matches each cell, are found once for it.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

import numpy as np

from paycalc.check.typed import Key, Table
from paycalc.check.types import FlagType, MemberType, ReferenceType
from paycalc.engine.encoding.data_rows import ANY, DataRows, KeyRange, ReadTable
from paycalc.engine.encoding.values import INT64_MAX
from paycalc.graph.prepared import owner_of

CELLS_MAX = 2**28  # of all sheets of a table


class Unsound(Exception):
    """Some row can never match, or some case has no row, or the cells are too many."""


@dataclass
class Sheets:
    """of_owner: by version, the sheet of each row of the owner (without one: of the plan), int32.

    thresholds  of each sheet by key, int64; empty for keys that have none
    counts      of each sheet by key: coordinates
    results     of each sheet, by result: its cells
    """

    of_owner: list[np.ndarray] = field(default_factory=list)
    thresholds: list[Sequence[np.ndarray]] = field(default_factory=list)
    counts: list[Sequence[int]] = field(default_factory=list)
    results: list[Sequence[np.ndarray]] = field(default_factory=list)


@dataclass(frozen=True)
class Shape:
    """Rows that take the same values of the keys other than the owner.

    slices  of each row the cells that it takes, by key
    firsts  of each cell the first row that takes it, or -1
    has_gap whether some case is taken by no row
    """

    thresholds: Sequence[np.ndarray]
    counts: Sequence[int]
    slices: Sequence[tuple[slice, ...]]
    firsts: np.ndarray
    has_gap: bool


def sheets_of(table: Table, read: ReadTable) -> Sheets:
    """Raises Unsound."""
    maker = _Maker(table, read)
    for version in read.versions:
        maker.add(version)
    return maker.sheets


def coordinates_of_rows(read: ReadTable, key: int) -> np.ndarray:
    """Of a further key that is a reference: of each row of its target the coordinate; 0 of those that no row of the
    table names."""
    whole = read.ranges[key]
    found = np.zeros(whole.high, np.int32)
    named = _named(read, key)
    found[named] = np.arange(1, len(named) + 1, dtype=np.int32)
    return found


def _named(read: ReadTable, key: int) -> np.ndarray:
    rows = np.concatenate([version.lows[key] for version in read.versions])
    return np.unique(rows[rows != ANY])


@dataclass
class _Maker:
    table: Table
    read: ReadTable
    sheets: Sheets = field(default_factory=Sheets)
    _shapes: dict[bytes, Shape] = field(default_factory=dict)
    _known: dict[tuple[bytes, ...], int] = field(default_factory=dict)
    _cells: int = 0

    def __post_init__(self) -> None:
        self.owner = owner_of(self.table)
        self.others = [at for at in range(len(self.table.keys)) if at != self.owner]
        self.named = {
            at: _named(self.read, at) for at in self.others if isinstance(self.table.keys[at].type, ReferenceType)
        }

    def add(self, version: DataRows) -> None:
        """Make the sheets of a version."""
        bounds = [version.lows[at] for at in self.others] + [version.highs[at] for at in self.others]
        stacked = np.stack(bounds, axis=1) if bounds else np.zeros((len(version.numbers), 0), np.int64)
        whole = None if self.owner is None else self.read.ranges[self.owner]
        of_owner = np.full(1 if whole is None else max(whole.high, 1), -1, np.int32)
        unnamed = 1 if whole is None or whole.rows is None else len(whole.rows)
        reached = np.zeros(len(version.numbers), bool)
        owners = None if self.owner is None else version.lows[self.owner]
        for row, there in _cases(owners, len(version.numbers)):
            shape, place = self._shape(stacked[there])
            if self.table.collect is None:
                reached[there[np.unique(shape.firsts[shape.firsts >= 0])]] = True
            unnamed -= row is not None
            if row is None and not unnamed and self.sheets.results:
                break  # every row is spoken to by name, and there is some sheet for whoever is nobody's
            if shape.has_gap and self.table.collect in (None, "min", "max") and (row is not None or unnamed):
                raise Unsound
            sheet = self._sheet(shape, place, [each[there] for each in version.results])
            of_owner[of_owner < 0 if row is None else row] = sheet
        if self.table.collect is None and not reached.all():
            raise Unsound
        self.sheets.of_owner.append(np.maximum(of_owner, 0))

    def _shape(self, bounds: np.ndarray) -> tuple[Shape, bytes]:
        place = bounds.tobytes() + len(bounds).to_bytes(8, "little")
        if place not in self._shapes:
            count = len(self.others)
            keys = [self.table.keys[at] for at in self.others]
            ranges = [self.read.ranges[at] for at in self.others]
            named = [self.named.get(at) for at in self.others]
            axes = [
                _axis(key, whole, rows, bounds[:, at], bounds[:, count + at])
                for at, (key, whole, rows) in enumerate(zip(keys, ranges, named, strict=True))
            ]
            self._shapes[place] = _shape(axes, len(bounds))
        return self._shapes[place], place

    def _sheet(self, shape: Shape, place: bytes, results: Sequence[np.ndarray]) -> int:
        """The number of a sheet; equal ones are one."""
        key = (place, *(str(each.tolist()).encode() if each.dtype == object else each.tobytes() for each in results))
        if key not in self._known:
            self._cells += shape.firsts.size
            if self._cells > CELLS_MAX:
                raise Unsound
            self._known[key] = len(self.sheets.results)
            self.sheets.thresholds.append(shape.thresholds)
            self.sheets.counts.append(shape.counts)
            self.sheets.results.append([_cells(self.table.collect, shape, each) for each in results])
        return self._known[key]


def _cases(owners: np.ndarray | None, count: int) -> Iterator[tuple[int | None, np.ndarray]]:
    """For each row of the owner that is named the rows that speak to it, in order; at last for all others (None)."""
    if owners is None:
        yield None, np.arange(count)
        return
    everybody = np.flatnonzero(owners == ANY)
    order = np.argsort(owners, kind="stable")[len(everybody) :]
    starts = np.flatnonzero(np.append(True, np.diff(owners[order]) != 0)) if len(order) else order
    for part in np.split(order, starts[1:]) if len(order) else ():
        yield int(owners[part[0]]), np.sort(np.append(everybody, part)) if len(everybody) else part
    yield None, everybody


# ---------------------------------------------------------------- shapes


@dataclass(frozen=True)
class _Axis:
    """One key's coordinates. slices: of each row; spoken: which coordinates some argument can have."""

    thresholds: np.ndarray
    count: int
    slices: Sequence[slice]
    spoken: slice


def _axis(key: Key, whole: KeyRange, named: np.ndarray | None, lows: np.ndarray, highs: np.ndarray) -> _Axis:
    none = np.zeros(0, np.int64)
    if named is not None:
        at = np.searchsorted(named, lows) + 1
        count = len(named) + 1
        slices = [
            slice(0, count) if low == ANY else slice(place, place + 1) for low, place in zip(lows, at, strict=True)
        ]
        assert whole.rows is not None  # a reference
        return _Axis(none, count, slices, slice(0 if len(named) < len(whole.rows) else 1, count))
    if isinstance(key.type, FlagType | MemberType):
        count, first, last = whole.high, lows, highs
        thresholds = none
    else:
        inside = np.concatenate([lows, highs])
        thresholds = np.unique(inside[(inside > whole.low) & (inside < whole.high)])
        count = len(thresholds) + 1
        first = np.searchsorted(thresholds, lows, "right")
        last = np.where(highs >= whole.high, count, np.searchsorted(thresholds, highs, "right"))
    return _Axis(
        thresholds, count, [slice(a, b) for a, b in zip(first.tolist(), last.tolist(), strict=True)], slice(None)
    )


def _shape(axes: Sequence[_Axis], row_count: int) -> Shape:
    size = 1
    for axis in axes:
        size *= axis.count
    if size > CELLS_MAX:
        raise Unsound
    slices = [tuple(axis.slices[row] for axis in axes) for row in range(row_count)]
    firsts = np.full([axis.count for axis in axes], -1, np.int32)
    for row in range(row_count - 1, -1, -1):
        firsts[slices[row]] = row
    spoken = firsts[tuple(axis.spoken for axis in axes)]
    thresholds, counts = [axis.thresholds for axis in axes], [axis.count for axis in axes]
    return Shape(thresholds, counts, slices, firsts, bool((spoken < 0).any()))


def _cells(collect: str | None, shape: Shape, results: np.ndarray) -> np.ndarray:
    """A result at each cell, int64 or object; any number where no row matches."""
    if collect is None or collect in ("min", "max"):
        if not len(results):
            return np.zeros(shape.firsts.size, np.int64)
        found = np.array(results[shape.firsts])  # of no further key it would be a number
        if collect is not None:
            choose = np.minimum if collect == "min" else np.maximum
            for row, there in enumerate(shape.slices):
                found[there] = choose(found[there], results[row])
        return found.reshape(-1)
    wide = results.dtype == object or (len(results) and int(np.abs(results).max()) * len(results) > INT64_MAX)
    sums = np.zeros(shape.firsts.shape, object if wide else np.int64)
    for row, there in enumerate(shape.slices):
        sums[there] += 1 if collect == "count" else results[row]
    return sums.reshape(-1)
