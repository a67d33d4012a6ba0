"""From faults to rejects, by columns: the meaning is that of `paycalc.reference.spread`, for all faults at once.

What a fault has reached bears the first fault that reached it. As faults are spread one by one in their order, that is
the least of the labels of all faults from which a way leads there: along the reads of the plan's text, and from a payee
who is not paid to all of its lines. So labels flow along the ways, and where two meet the lesser one stays, until
nothing changes.

A label goes with the number of payees who were rejected on its way, its layer: a payee's rule is the first one in the
order of the plan among those reached in the same layer as the payee itself. Label and layer are one number, `mark`.

They flow in rounds: all that waits goes along the reads of the plan at once, column by column, and who is rejected
thereby makes others wait for the next round. Payees who are paid from each other in a long line need as many rounds as
the line is long, and a row may get a lesser mark in each of them. So after some rounds the rest is settled in the order
of marks, which comes to every row once.

A row of an entity that holds its bad rows is held where a fault reaches it in anything that pay depends on, also within
what is added up over such rows. It counts in nothing then, so from there the fault goes on to who reads the row by a
path, and not to what adds up rows. Which rows are held is found first, by the ways along which pay depends on
something: along those a fault that comes to such a row always holds it. Then everything is spread as it is without the
held rows.

Only what is reached takes room: of each place the rows, rising, and their marks. The lines of a payee who is rejected
are all faulty, and are not listed for it.
"""

from __future__ import annotations

import heapq
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from paycalc.check.typed import Assertion, Line, Total
from paycalc.engine.decoding.member_rows import MemberRows
from paycalc.engine.encoded import EncodedData
from paycalc.engine.faults.causes import Causes, LabelledFaults, label_faults
from paycalc.engine.faults.reached import LAYER_BITS, NOTHING, UNREACHED, Counted, Reached, joined, least
from paycalc.engine.faults.reading import Hop, Hops, Place, Reader, Reading
from paycalc.engine.faults.settling import Settling
from paycalc.engine.storage import Numbers
from paycalc.reference.faults import Fault
from paycalc.reference.spread import Rows

# After so many rounds what still waits is settled in the order of marks; see `settling`.
_ROUNDS_MAX = 16


class _Flow:
    """Faults that flow along the ways of a reading.

    counted  the rows from which anything passes on where rows are added up
    causes   the faults, by number
    rejects  the rows of the payee that are rejected
    steps    at how many rows, over all places, a fault has arrived, first or not: what the spreading costs
    """

    def __init__(
        self, data: EncodedData, reading: Reading, members: MemberRows, labelled: LabelledFaults, counted: Counted
    ) -> None:
        self.data, self.reading, self.members, self.counted = data, reading, members, counted
        self.causes: Causes = labelled.causes
        self.rejects = NOTHING
        self.steps = 0
        self._cause_of = labelled.cause_of
        self._labels = labelled.labels
        self._reached: dict[Place, Reached] = {}
        self._waiting: dict[Place, list[Reached]] = {}
        self._stopped: dict[str, list[Reached]] = {}
        self._payee = Rows(data.plan.payee)
        self._rejecting = {*reading.rules, self._payee}
        for batch, labels in zip(data.faults, labelled.labels, strict=True):
            if len(batch.rows):
                place = Rows(batch.place) if isinstance(batch.place, str) else batch.place
                self._send(place, least(batch.rows.astype(np.int64), labels << LAYER_BITS))
        self._spread()

    def add_rejects(self, faults: Mapping[int, tuple[Fault, Line | Assertion]]) -> None:
        """Reject payees, by row, for faults that arose in computing; what has been reached already stays."""
        in_order = sorted(sorted(faults.items()), key=lambda each: each[1][0].order)
        causes: dict[Fault, int] = {}
        for _, (fault, _) in in_order:
            causes.setdefault(fault, len(causes))
        numbers = self.causes.extend(list(causes))
        label = len(self._cause_of)
        self._cause_of = np.append(self._cause_of, [numbers[causes[fault]] for _, (fault, _) in in_order]).astype(
            np.int64
        )
        starts: dict[Place, list[tuple[int, int]]] = {}
        for at, (row, (_, rule)) in enumerate(in_order, start=label):
            starts.setdefault(rule, []).append((row, at << LAYER_BITS))
        for place, found in starts.items():
            rows, marks = np.array(found, np.int64).T
            self._send(place, least(rows, marks))
        self._spread()

    # ------------------------------------------------------------ what was reached

    def causes_of(self, reached: Reached) -> Numbers:
        """The numbers of the faults behind the marks."""
        causes: Numbers = self._cause_of[reached.marks >> LAYER_BITS]
        return causes

    @property
    def causes_of_batches(self) -> list[Numbers]:
        """Of each batch of faults of the data the numbers of its faults."""
        return [self._cause_of[labels] for labels in self._labels]

    def reached(self, place: Place) -> Reached:
        """What was reached of a place; of a payee's line without the rows that are rejected anyhow."""
        return self._reached.get(place, NOTHING)

    def rules(self) -> Numbers:
        """Of each reject the number of its rule in `reading.rules`; -1 where its row as a whole is faulty."""
        found = np.full(len(self.rejects.rows), len(self.reading.rules))
        for number, rule in reversed(list(enumerate(self.reading.rules))):
            reached = self._reached.get(rule)
            if reached is not None:
                found[reached.marks_at(self.rejects.rows) == self.rejects.marks] = number
        whole = self.reached(self._payee)
        found[whole.marks_at(self.rejects.rows) == self.rejects.marks] = -1
        return found

    def reject_of(self, row: int) -> tuple[Fault, Line | Assertion | None] | None:
        """Why a payee is rejected, and the first line or assert that the fault reached; None where it is paid."""
        at = int(np.searchsorted(self.rejects.rows, row))
        if at == len(self.rejects.rows) or self.rejects.rows[at] != row:
            return None
        one = Reached(self.rejects.rows[at : at + 1], self.rejects.marks[at : at + 1])
        fault = self.causes[int(self.causes_of(one)[0])]
        if self.reached(self._payee).marks_at(one.rows)[0] == one.marks[0]:
            return fault, None
        rules = (rule for rule in self.reading.rules if self.reached(rule).marks_at(one.rows)[0] == one.marks[0])
        return fault, next(rules)

    def fault_at(self, place: Place, row: int) -> Fault | None:
        """The fault that has reached a place at a row; None where none has."""
        rows = np.array([row])
        mark = self.reached(place).marks_at(rows)[0]
        if isinstance(place, Line | Total) and place.entity == self.data.plan.payee:
            rejected = self.rejects.marks_at(rows)[0]
            mark = min(mark, rejected if rejected == UNREACHED else rejected + 1)
        if mark == UNREACHED:
            return None
        fault: Fault = self.causes[int(self._cause_of[mark >> LAYER_BITS])]
        return fault

    def stopped(self, entity: str) -> Reached:
        """The rows of an entity that do not count, and from which a fault would have gone on to what adds up rows."""
        return joined(self._stopped.get(entity, []))

    # ------------------------------------------------------------ spreading

    def _stop(self, entity: str, here: Reached) -> None:
        if len(here.rows):
            self._stopped.setdefault(entity, []).append(here)

    def _send(self, place: Place, new: Reached) -> None:
        self._waiting.setdefault(place, []).append(new)

    def _spread(self) -> None:
        """Reach all that reads what waits; then all that reads what is thereby not paid; and so on."""
        for _ in range(_ROUNDS_MAX):
            if not self._waiting:
                return
            rejects = self.rejects.better(joined(self._reach_readers()))
            self.rejects = self.rejects.with_all(rejects)
            unpaid = Reached(rejects.rows, rejects.marks + 1)
            for hops, readers in self.reading.feedback.items():
                self._pass_on(unpaid, hops, readers)
        if self._waiting:
            settling = Settling(self.data, self.reading, self.members, self._reached, self.rejects, self.counted)
            settling.settle({place: joined(parts) for place, parts in self._waiting.items()})
            self._waiting = {}
            self._reached = settling.reached()
            for entity, stopped in settling.stopped:
                self._stop(entity, stopped)
            self.rejects = settling.rejects()
            self.steps += settling.steps

    def _reach_readers(self) -> list[Reached]:
        """Reach the places that wait and their readers, in the order of reading; gives what rejects payees."""
        ranks = self.reading.ranks
        rejecting: list[Reached] = []
        last = len(ranks)  # of what nobody reads and reads nothing
        queue = [(ranks.get(place, last), at, place) for at, place in enumerate(self._waiting)]
        heapq.heapify(queue)
        queued = set(self._waiting)
        while queue:
            _, _, place = heapq.heappop(queue)
            queued.discard(place)
            before = self.reached(place)
            arrived = joined(self._waiting.pop(place))
            self.steps += len(arrived.rows)
            new = before.better(arrived)
            if not len(new.rows):
                continue
            self._reached[place] = before.with_all(new)
            if place in self._rejecting:
                rejecting.append(new)
            for hops, readers in self.reading.readers.get(place, {}).items():
                self._pass_on(new, hops, readers)
                for reader in readers:
                    if reader not in queued and reader in self._waiting:
                        queued.add(reader)
                        heapq.heappush(queue, (ranks[reader], len(queued) + last, reader))
        return rejecting

    def _pass_on(self, new: Reached, hops: Hops, readers: Sequence[Reader]) -> None:
        there = new
        for hop in hops:
            if not len(there.rows):
                return
            there = self._after(hop, there)
        if len(there.rows):
            for reader in readers:
                self._send(reader, there)

    def _after(self, hop: Hop, here: Reached) -> Reached:
        """The rows to which a hop leads, with the marks they get."""
        flags = self.counted.get(hop.from_rows_of or "")
        if flags is not None:
            count = flags[here.rows]
            self._stop(hop.from_rows_of or "", Reached(here.rows[~count], here.marks[~count]))
            here = Reached(here.rows[count], here.marks[count])
        if not len(here.rows):
            return NOTHING
        if hop.kind == "plan":
            return Reached(np.zeros(1, np.int64), here.marks.min(keepdims=True))
        if hop.kind == "all":
            row_count = self.data.counts[hop.entity]
            return Reached(np.arange(row_count), np.full(row_count, here.marks[0]))
        assert hop.reference is not None
        if hop.kind == "members":
            rows, positions = self.members.expand(hop.reference, here.rows)
            return least(rows, here.marks[positions])
        targets = self.members.targets(hop.reference, here.rows)
        there = targets >= 0
        return least(targets[there], here.marks[there])


@dataclass(frozen=True)
class HeldRows:
    """The rows of an entity that are held. rows: int64, rising.  causes: of each the number of its fault."""

    rows: Numbers
    causes: Numbers


class ColumnarSpread(_Flow):
    """What the faults of a run have reached; a `Reach` for whoever explains.

    arisen  rows to hold for what arose in computing, with their faults, by entity; they count as far as the data says
    held    the rows that are held, of each entity that holds its bad rows
    """

    def __init__(
        self,
        data: EncodedData,
        reading: Reading,
        members: MemberRows | None = None,
        arisen: Mapping[str, Mapping[int, Fault]] | None = None,
    ) -> None:
        members = MemberRows(data) if members is None else members
        labelled = label_faults(data)
        counted = {entity: _all_but(data, entity, rows) for entity, rows in data.outside.items()}
        self.held: dict[str, HeldRows] = {}
        holding = {entity: places for entity, places in reading.holding.items() if entity in data.counts}
        if reading.paying is not None and holding:
            nothing = {entity: np.zeros(data.counts[entity], bool) for entity in holding}
            paying = _Flow(data, reading.paying, members, labelled, {**counted, **nothing})
            for entity, places in holding.items():
                reached = joined([*(paying.reached(place) for place in places), paying.stopped(entity)])
                inside = counted.get(entity, np.ones(data.counts[entity], bool))
                found = Reached(reached.rows[inside[reached.rows]], reached.marks[inside[reached.rows]])
                held = _held(found.rows, paying.causes_of(found), (arisen or {}).get(entity, {}), labelled.causes)
                self.held[entity] = held
                counted[entity] = _all_but(data, entity, held.rows) & inside
        super().__init__(data, reading, members, labelled, counted)

    def held_fault(self, entity: str, row: int) -> Fault | None:
        """Why a row is held; None where it is not."""
        held = self.held.get(entity)
        if held is None:
            return None
        at = int(np.searchsorted(held.rows, row))
        if at == len(held.rows) or held.rows[at] != row:
            return None
        fault: Fault = self.causes[int(held.causes[at])]
        return fault


def _held(rows: Numbers, cause_of: Numbers, arisen: Mapping[int, Fault], causes: Causes) -> HeldRows:
    """The rows that the data holds, and those that are held for what arose in computing, whose faults are new."""
    in_order = sorted(set(arisen.values()), key=lambda fault: fault.order)
    numbers = dict(zip(in_order, causes.extend(in_order).tolist(), strict=True))
    rows = np.append(rows, np.array(list(arisen), np.int64))
    cause_of = np.append(cause_of, np.array([numbers[fault] for fault in arisen.values()], np.int64))
    order = np.argsort(rows)
    return HeldRows(rows[order], cause_of[order])


def _all_but(data: EncodedData, entity: str, rows: Numbers) -> Numbers:
    """Flags at the rows of an entity that are set at all but some of them."""
    flags = np.ones(data.counts[entity], bool)
    flags[rows] = False
    return flags
