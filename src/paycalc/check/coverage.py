"""Which cases the rows of a table take: gaps, rows that can never match, bands that hold nothing.

Each key is cut at the bounds of all rows into atoms: points, the open stretches between them, members. A row takes
whole atoms. Going key by key, only the rows that match so far are followed, so that a table of bands costs about its
size; rows that overlap in many ways exhaust the budget and are reported as too complex.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from fractions import Fraction

from paycalc.check.typed import AnyCell, BandsCell, Cell, Table, ValuesCell
from paycalc.check.types import (
    MOMENT_MAX,
    MOMENT_MIN,
    DateType,
    FlagType,
    MemberType,
    MomentType,
    NumberType,
    Value,
    ValueType,
    format_value,
)

_BUDGET = 1_000_000  # rows looked at
_GAPS_SHOWN = 3
KEYS_MAX = 32

Span = tuple[int, int]  # atoms from .. to, both included


@dataclass(frozen=True)
class Dimension:
    """One key, cut into atoms: how many, what each stretch of them is called, and the atoms that each row takes."""

    name: str
    count: int
    spans: Sequence[Sequence[Span]]
    points: Sequence[Fraction] = ()
    kept: Sequence[int] = ()
    members: Sequence[str] = ()
    type: ValueType | None = None
    step: Fraction = Fraction(0)
    moments: Mapping[Fraction, datetime] = field(default_factory=dict)

    def describe(self, first: int, last: int) -> str:
        if self.members:
            shown = list(self.members[first : last + 1])
            more = f" and {len(shown) - 3} more" if len(shown) > 3 else ""
            return f"{self.name} = " + " or ".join(shown[:3]) + more
        low, low_in = self._edge(self.kept[first], upper=False)
        high, high_in = self._edge(self.kept[last], upper=True)
        if self.step:  # the first and last value of the key's places inside
            low = (
                (low / self.step).__ceil__() * self.step if low_in else ((low / self.step).__floor__() + 1) * self.step
            )
            high = (
                (high / self.step).__floor__() * self.step
                if high_in
                else ((high / self.step).__ceil__() - 1) * self.step
            )
            if low == high:
                return f"{self.name} = {self._text(low)}"
            return f"{self.name} from {self._text(low)} to {self._text(high)}"
        if isinstance(self.type, MomentType) and low == self.points[0]:  # nobody wrote the ends of time
            return f"{self.name} {'<=' if high_in else '<'} {self._text(high)}"
        if isinstance(self.type, MomentType) and high == self.points[-1]:
            return f"{self.name} {'>=' if low_in else '>'} {self._text(low)}"
        return f"{self._text(low)} {'<=' if low_in else '<'} {self.name} {'<=' if high_in else '<'} {self._text(high)}"

    def _edge(self, atom: int, *, upper: bool) -> tuple[Fraction, bool]:
        point, between = divmod(atom, 2)
        return self.points[point + (between if upper else 0)], not between

    def _text(self, value: Fraction) -> str:
        if isinstance(self.type, DateType):
            return date.fromordinal(int(value)).isoformat()
        if isinstance(self.type, MomentType):
            return format_value(self.moments.get(value, MOMENT_MIN), self.type)
        assert self.type is not None
        return format_value(value, self.type)


@dataclass
class Analysis:
    """gaps: cases that no row covers, in words; reached: rows that match somewhere; empty: (row, key) of bands that
    hold nothing; too_complex: the rest was not looked at."""

    gaps: list[str] = field(default_factory=list)
    reached: set[int] = field(default_factory=set)
    empty: list[tuple[int, int]] = field(default_factory=list)
    too_complex: bool = False


def analyse(table: Table, finer: frozenset[int] = frozenset()) -> Analysis:
    """What the rows cover over the keys' ranges; keys in `finer` may get any real number."""
    result = Analysis()
    if len(table.keys) > KEYS_MAX:
        result.too_complex = True
        return result
    dimensions = [
        _dimension(key.name, key.type, [row.cells[position] for row in table.rows], position in finer)
        for position, key in enumerate(table.keys)
    ]
    for position, dimension in enumerate(dimensions):
        result.empty += [(row, position) for row, spans in enumerate(dimension.spans) if not spans]
    if table.collect is None or table.collect in ("min", "max"):
        _Walk(dimensions, result, first_match=table.collect is None).run(list(range(len(table.rows))))
    if table.collect is not None:
        result.reached = set(range(len(table.rows)))
    return result


class _Walk:
    """Follows the rows that match, key by key."""

    def __init__(self, dimensions: Sequence[Dimension], result: Analysis, *, first_match: bool) -> None:
        self.dimensions, self.result, self.first_match = dimensions, result, first_match
        self.budget = _BUDGET
        self.seen: set[tuple[int, tuple[int, ...]]] = set()

    def run(self, rows: list[int]) -> None:
        self._follow(0, tuple(rows), ())

    def _follow(self, depth: int, rows: tuple[int, ...], path: tuple[str, ...]) -> None:
        if not rows:
            if len(self.result.gaps) < _GAPS_SHOWN:
                self.result.gaps.append(", ".join(path) if path else "any case")
            return
        if depth == len(self.dimensions) or (self.first_match and self._takes_all(rows[0], depth)):
            self.result.reached.add(rows[0])
            return
        if (depth, rows) in self.seen or self.result.too_complex:
            return
        self.seen.add((depth, rows))
        dimension = self.dimensions[depth]
        for first, last, active in self._stretches(dimension, rows):
            self.budget -= 1 + len(active)
            if self.budget < 0:
                self.result.too_complex = True
                return
            whole = first == 0 and last == dimension.count - 1 and active  # the whole key: nothing to tell
            self._follow(depth + 1, active, path if whole else (*path, dimension.describe(first, last)))

    def _takes_all(self, row: int, depth: int) -> bool:
        return all(
            any(first == 0 and last == each.count - 1 for first, last in each.spans[row])
            for each in self.dimensions[depth:]
        )

    def _stretches(self, dimension: Dimension, rows: tuple[int, ...]) -> list[tuple[int, int, tuple[int, ...]]]:
        """The key's atoms in stretches that the same rows take."""
        starts: dict[int, list[int]] = {}
        ends: dict[int, list[int]] = {}
        for row in rows:
            for first, last in dimension.spans[row]:
                starts.setdefault(first, []).append(row)
                ends.setdefault(last + 1, []).append(row)
        cuts = sorted({0, *starts, *ends})
        active: set[int] = set()
        result = []
        for position, cut in enumerate(cuts):
            if cut >= dimension.count:
                break
            active.difference_update(ends.get(cut, ()))
            active.update(starts.get(cut, ()))
            last = (cuts[position + 1] if position + 1 < len(cuts) else dimension.count) - 1
            self.budget -= len(active)
            if self.budget < 0:
                break
            result.append((cut, last, tuple(sorted(active))))
        return result


def _dimension(name: str, type_: ValueType, cells: Sequence[Cell], finer: bool) -> Dimension:
    match type_:
        case NumberType():
            step = Fraction(0) if finer or type_.places is None else Fraction(1, 10**type_.places)
            return _cut(name, type_, cells, type_.interval.low, type_.interval.high, step)
        case DateType():
            return _cut(name, type_, cells, ordinal(type_.low), ordinal(type_.high), Fraction(1))
        case MomentType():
            return _cut(name, type_, cells, ordinal(MOMENT_MIN), ordinal(MOMENT_MAX), Fraction(0))
    members: list[Value]
    if isinstance(type_, FlagType):
        members = [False, True]
    elif isinstance(type_, MemberType):
        members = list(type_.members)
    else:
        members = sorted({value for cell in cells if isinstance(cell, ValuesCell) for value in cell.values}, key=str)
    labels = [format_value(each, type_) for each in members]
    if not isinstance(type_, FlagType | MemberType):
        labels.append("any other text")
    index = {member: position for position, member in enumerate(members)}
    spans = [
        [(0, len(labels) - 1)]
        if isinstance(cell, AnyCell)
        else [(index[value], index[value]) for value in sorted(cell.values, key=lambda each: index[each])]
        if isinstance(cell, ValuesCell)
        else []
        for cell in cells
    ]
    return Dimension(name, len(labels), spans, members=labels, type=type_)


def ordinal(value: Value) -> Fraction:
    """A number, date or moment as a number on one line."""
    if isinstance(value, datetime):
        return Fraction(int(value.timestamp() * 1000), 1000) if value.microsecond else Fraction(int(value.timestamp()))
    return Fraction(value.toordinal()) if isinstance(value, date) else Fraction(value)


def _cut(
    name: str, type_: ValueType, cells: Sequence[Cell], low: Fraction, high: Fraction, step: Fraction
) -> Dimension:
    written = [
        bound
        for cell in cells
        if isinstance(cell, BandsCell)
        for band in cell.bands
        for bound in (band.low, band.high)
        if bound is not None
    ]
    moments = {ordinal(each): each for each in written if isinstance(each, datetime)}
    points = sorted({low, high, *(each for each in map(ordinal, written) if low <= each <= high)})
    kept = [atom for atom in range(2 * len(points) - 1) if not step or _holds(points, atom, step)]
    spans = [_taken(cell, points, kept, low, high) for cell in cells]
    return Dimension(name, len(kept), spans, points, kept, type=type_, step=step, moments=moments)


def _holds(points: Sequence[Fraction], atom: int, step: Fraction) -> bool:
    """Whether an atom holds a whole multiple of the step."""
    point, between = divmod(atom, 2)
    if not between:
        return (points[point] / step).denominator == 1
    return ((points[point] / step).__floor__() + 1) * step < points[point + 1]


def _taken(cell: Cell, points: Sequence[Fraction], kept: Sequence[int], low: Fraction, high: Fraction) -> list[Span]:
    if isinstance(cell, AnyCell):
        return [(0, len(kept) - 1)]
    if not isinstance(cell, BandsCell):
        return []
    spans = []
    for band in cell.bands:
        first, last = 0, 2 * len(points) - 2
        if band.low is not None and ordinal(band.low) >= low:
            bound = ordinal(band.low)
            first = 2 * bisect_left(points, bound) + (not band.low_included) if bound <= high else last + 1
        if band.high is not None and ordinal(band.high) <= high:
            bound = ordinal(band.high)
            last = 2 * bisect_left(points, bound) - (not band.high_included) if bound >= low else -1
        start, end = bisect_left(kept, first), bisect_left(kept, last + 1) - 1
        if start <= end:
            spans.append((start, end))
    return _joined(spans)


def _joined(spans: list[Span]) -> list[Span]:
    """Spans in order, those that touch or overlap made one."""
    result: list[Span] = []
    for first, last in sorted(spans):
        if result and first <= result[-1][1] + 1:
            result[-1] = (result[-1][0], max(result[-1][1], last))
        else:
            result.append((first, last))
    return result
