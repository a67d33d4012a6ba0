"""Spreading in the order of marks, for long lines of payees who are paid from each other.

The least mark that waits cannot become less, as marks only grow on their way. So where it stands is settled, and so are
all rows to which it leads within the same layer; the payees who are thereby rejected pass on the next mark, which is
the least one now unless another fault of the same mark waits. Every row of a place is settled once at most, and passes
its mark on once: the work is in proportion to the rows that are reached and the hops from them, however long the lines
are. Rows of one mark go together; a few of them as a list, many as an array, as either is faster.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from paycalc.check.typed import Reference
from paycalc.engine.decoding.member_rows import MemberIndex, MemberRows
from paycalc.engine.encoded import EncodedData
from paycalc.engine.faults.reached import UNREACHED, Counted, Reached
from paycalc.engine.faults.reading import Hop, Hops, Place, Reader, Reading, entity_of
from paycalc.engine.storage import Numbers
from paycalc.reference.spread import Rows

_FEW_ROWS = 64  # at most, in a list

RowBatch = list[int] | Numbers


class _Marks:
    """The marks at all rows of a place, while rows are settled in the order of marks."""

    def __init__(self, row_count: int, reached: Reached) -> None:
        # How far each mark is below UNREACHED. Memory of nothing but zeros takes no room until it is written.
        self._below = np.zeros(row_count, np.int64)
        self._below[reached.rows] = UNREACHED - reached.marks
        self._view = self._below.data

    def settle(self, rows: RowBatch, mark: int) -> RowBatch:
        """Give the mark to those of the rows, each there once, that have none or a greater one; gives them."""
        below = UNREACHED - mark
        if isinstance(rows, list):
            view = self._view
            new = [row for row in rows if view[row] < below]
            for row in new:
                view[row] = below
            return new
        found: Numbers = rows[self._below[rows] < below]
        self._below[found] = below
        return _arranged(found)

    def reached(self) -> Reached:
        """The marks as columns."""
        rows = np.flatnonzero(self._below)
        return Reached(rows, UNREACHED - self._below[rows])


@dataclass(frozen=True)
class _Start:
    """Rows of a place where a mark waits."""

    mark: int
    place: Place
    rows: RowBatch


class Settling:
    """Settles what waits, beside what has been reached before.

    reached  of each place the rows and marks so far; some may still be greater than what waits makes them
    rejects  the rows of the payee that are rejected so far
    counted  the rows from which anything passes on where rows are added up
    steps    at how many rows, over all places, a mark has arrived
    """

    def __init__(
        self,
        data: EncodedData,
        reading: Reading,
        members: MemberRows,
        reached: Mapping[Place, Reached],
        rejects: Reached,
        counted: Counted,
    ) -> None:
        self._data, self._reading = data, reading
        self._ways = _Ways(data, members, counted)
        self._marks = {place: _Marks(self._row_count(place), found) for place, found in reached.items()}
        self._rejects = _Marks(data.counts[data.plan.payee], rejects)
        self._rejecting = {*reading.rules, Rows(data.plan.payee)}
        self.steps = 0

    def settle(self, waiting: Mapping[Place, Reached]) -> None:
        """Give all that waits and all it leads to the least mark that gets there."""
        starts = _in_order(waiting)
        start = next(starts, None)
        mark = 0
        unpaid: list[tuple[Place, RowBatch]] = []
        while unpaid or start is not None:
            # No mark lies between one and the next layer of it.
            mark = mark + 1 if unpaid or start is None else start.mark
            layer, unpaid = unpaid, []
            while start is not None and start.mark == mark:
                layer.append((start.place, start.rows))
                start = next(starts, None)
            self._settle_layer(layer, unpaid, mark)

    def reached(self) -> dict[Place, Reached]:
        """Of each place what is reached now."""
        return {place: marks.reached() for place, marks in self._marks.items()}

    @property
    def stopped(self) -> list[tuple[str, Reached]]:
        """The rows that do not count from which a fault would have gone on to what adds up rows, with their entity."""
        return self._ways.stopped

    def rejects(self) -> Reached:
        """The rows of the payee that are rejected now."""
        return self._rejects.reached()

    def _settle_layer(
        self, waiting: list[tuple[Place, RowBatch]], unpaid: list[tuple[Place, RowBatch]], mark: int
    ) -> None:
        """Settle these rows and all that reads them; notes in `unpaid` what reads the payees rejected thereby."""
        self._ways.mark = mark
        while waiting:
            place, rows = waiting.pop()
            self.steps += len(rows)
            new = self._marks_of(place).settle(rows, mark)
            if not len(new):
                continue
            self._pass_on(new, self._reading.readers.get(place, {}), waiting)
            if place in self._rejecting:
                rejected = self._rejects.settle(new, mark)
                if len(rejected):
                    self._pass_on(rejected, self._reading.feedback, unpaid)

    def _pass_on(
        self, rows: RowBatch, ways: Mapping[Hops, Sequence[Reader]], waiting: list[tuple[Place, RowBatch]]
    ) -> None:
        for hops, readers in ways.items():
            there = self._ways.end(hops, rows)
            if len(there):
                waiting += [(reader, there) for reader in readers]

    def _marks_of(self, place: Place) -> _Marks:
        marks = self._marks.get(place)
        if marks is None:
            none = np.empty(0, np.int64)
            marks = self._marks[place] = _Marks(self._row_count(place), Reached(none, none))
        return marks

    def _row_count(self, place: Place) -> int:
        """How many rows the entity has in whose rows the place stands."""
        return self._data.counts[entity_of(place, self._data.plan.payee)]


class _Ways:
    """Where hops lead. Each row comes once at their end.

    mark     of what goes there;  stopped: the rows where that ends because they do not count, with their entity
    """

    def __init__(self, data: EncodedData, members: MemberRows, counted: Counted) -> None:
        self._data, self._members, self._counted = data, members, counted
        self.mark = 0
        self.stopped: list[tuple[str, Reached]] = []
        self._indexes: dict[Reference, tuple[MemberIndex, memoryview, memoryview]] = {}
        self._targets: dict[Reference, tuple[Numbers, memoryview]] = {}

    def end(self, hops: Hops, rows: RowBatch) -> RowBatch:
        """The rows to which all the hops lead; in a list if they are few."""
        for hop in hops:
            if not len(rows):
                break
            rows = _arranged(self._after(hop, rows))
        return rows

    def _after(self, hop: Hop, rows: RowBatch) -> RowBatch:
        flags = self._counted.get(hop.from_rows_of or "")
        if flags is not None:
            held = np.unique(np.array([row for row in rows if not flags[row]], np.int64))
            self.stopped.append((hop.from_rows_of or "", Reached(held, np.full(len(held), self.mark))))
            rows = [row for row in rows if flags[row]] if isinstance(rows, list) else rows[flags[rows]]
        if hop.kind == "plan":
            return [0] if len(rows) else []
        if hop.kind == "all":
            return np.arange(self._data.counts[hop.entity])
        assert hop.reference is not None
        return self._led_here(hop.reference, rows) if hop.kind == "members" else self._led_to(hop.reference, rows)

    def _led_here(self, reference: Reference, rows: RowBatch) -> RowBatch:
        if reference not in self._indexes:
            index = self._members.index(reference)
            self._indexes[reference] = index, index.starts.data, index.rows.data
        index, starts, members = self._indexes[reference]
        if not isinstance(rows, list):
            return index.expand(rows)[0]
        found: list[int] = []
        for row in rows:
            found += members[starts[row] : starts[row + 1]]
        return found

    def _led_to(self, reference: Reference, rows: RowBatch) -> RowBatch:
        if reference not in self._targets:
            every = np.arange(self._data.counts[reference.entity])
            targets = self._members.targets(reference, every).astype(np.int32)
            self._targets[reference] = targets, targets.data
        targets, target_at = self._targets[reference]
        if not isinstance(rows, list):
            there = targets[rows]
            return np.unique(there[there >= 0]).astype(np.int64)
        return list(dict.fromkeys(target for row in rows if (target := target_at[row]) >= 0))


def _arranged(rows: RowBatch) -> RowBatch:
    """A few rows as a list, many as an array."""
    if isinstance(rows, list):
        return rows if len(rows) <= _FEW_ROWS else np.array(rows, np.int64)
    return rows if len(rows) > _FEW_ROWS else rows.tolist()


def _in_order(waiting: Mapping[Place, Reached]) -> Iterator[_Start]:
    """What waits, the least marks first; rows of one place with the same mark together."""
    places = list(waiting)
    marks = np.concatenate([each.marks for each in waiting.values()])
    rows = np.concatenate([each.rows for each in waiting.values()])
    place = np.repeat(np.arange(len(places)), [len(each.rows) for each in waiting.values()])
    order = np.lexsort((place, marks))
    marks, rows, place = marks[order], rows[order], place[order]
    firsts = np.flatnonzero(np.append(True, (marks[1:] != marks[:-1]) | (place[1:] != place[:-1])))
    ends: Iterable[int] = np.append(firsts[1:], len(rows)).tolist()
    for first, end, mark, at in zip(firsts.tolist(), ends, marks[firsts].tolist(), place[firsts].tolist(), strict=True):
        yield _Start(mark, places[at], _arranged(rows[first:end]))
