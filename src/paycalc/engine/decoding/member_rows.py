"""From rows to the rows that lead to them, by the reference columns of the door.

A few questions are answered by reading the column through, which costs no memory; whoever asks more gets an index.
"""

from __future__ import annotations

import threading
from dataclasses import dataclass

import numpy as np

from paycalc.check.typed import Reference
from paycalc.engine.decoding.stored import numbers_at, stored_array
from paycalc.engine.encoded import EncodedData
from paycalc.engine.storage import Numbers
from paycalc.graph.nodes import Input

SCANS_MAX = 20  # of one column, before an index of it is made, which takes as long as so many
KEPT_MAX = 64  # single rows whose members are kept
_CHUNK_ROWS = 1 << 16


@dataclass(frozen=True)
class MemberIndex:
    """rows: those that lead somewhere, by where, then rising; int32.

    starts: int64, where those of each target begin; one more at the end.
    """

    rows: Numbers
    starts: Numbers

    def expand(self, targets: Numbers) -> tuple[Numbers, Numbers]:
        """As `MemberRows.expand`."""
        starts = self.starts[targets]
        counts = self.starts[targets + 1] - starts
        positions = np.repeat(np.arange(len(targets)), counts)
        within = np.arange(len(positions)) - np.repeat(np.cumsum(counts) - counts, counts)
        return self.rows[np.repeat(starts, counts) + within].astype(np.int64), positions


class MemberRows:
    """The rows that lead to rows, of the references of one run's data. Threads may share it."""

    def __init__(self, data: EncodedData) -> None:
        self._data = data
        self._scans: dict[Reference, int] = {}
        self._indexes: dict[Reference, MemberIndex] = {}
        self._kept: dict[tuple[Reference, int], Numbers] = {}
        self._lock = threading.Lock()

    def targets(self, reference: Reference, rows: Numbers) -> Numbers:
        """The rows that these lead to, -1 where nowhere; int64."""
        return numbers_at(self._data.inputs[Input(reference, "row")], rows)

    def of(self, reference: Reference, target: int) -> Numbers:
        """The rows that lead to one row, rising."""
        found = self._kept.get((reference, target))
        if found is None:
            found = self.expand(reference, np.array([target]))[0]
            with self._lock:
                if len(self._kept) == KEPT_MAX:
                    self._kept.clear()
                self._kept[reference, target] = found
        return found

    def expand(self, reference: Reference, targets: Numbers) -> tuple[Numbers, Numbers]:
        """The rows that lead to any of `targets` (each once), and of each the position in `targets` where it leads."""
        with self._lock:
            if reference not in self._indexes:
                scans = self._scans.get(reference, 0) + 1
                self._scans[reference] = scans
                if scans > SCANS_MAX:
                    self._indexes[reference] = self._index(reference)
            index = self._indexes.get(reference)
        return self._scan(reference, targets) if index is None else index.expand(targets)

    def index(self, reference: Reference) -> MemberIndex:
        """The rows that lead to each row, for whoever asks very often."""
        with self._lock:
            if reference not in self._indexes:
                self._indexes[reference] = self._index(reference)
            return self._indexes[reference]

    def _scan(self, reference: Reference, targets: Numbers) -> tuple[Numbers, Numbers]:
        position = np.full(self._data.counts[reference.target] + 1, -1, np.int32)  # the last one stands for -1
        position[targets] = np.arange(len(targets), dtype=np.int32)
        count = self._data.inputs[Input(reference, "row")].count
        rows, positions = [np.empty(0, np.int64)], [np.empty(0, np.int32)]
        for start in range(0, count, _CHUNK_ROWS):
            reached = position[self._chunk(reference, start)]
            hits = np.flatnonzero(reached >= 0)
            if len(hits):
                rows.append(hits + start)
                positions.append(reached[hits])
        return np.concatenate(rows), np.concatenate(positions)

    def _chunk(self, reference: Reference, start: int) -> Numbers:
        column = self._data.inputs[Input(reference, "row")]
        chunk: Numbers = stored_array(column)[start : start + _CHUNK_ROWS]
        if (column.factor, column.shift) != (1, 0):
            chunk = chunk.astype(np.int64) * column.factor + column.shift
        return chunk

    def _index(self, reference: Reference) -> MemberIndex:
        column = self._data.inputs[Input(reference, "row")]
        targets = numbers_at(column, np.arange(column.count)).astype(np.int32)
        order = np.argsort(targets, kind="stable").astype(np.int32)
        nowhere = int(np.count_nonzero(targets < 0))
        counts = np.bincount(targets[targets >= 0], minlength=self._data.counts[reference.target])
        return MemberIndex(order[nowhere:], np.concatenate([[0], np.cumsum(counts)]))
