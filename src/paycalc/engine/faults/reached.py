"""What faults have reached of a place: rows and marks, as columns that hold only those rows.

A mark is one number of two: the label of the fault that came first, and behind it the layer, the number of payees who
were rejected on its way. The lesser mark is the earlier one.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from paycalc.engine.storage import Numbers

LAYER_BITS = 31
UNREACHED: int = np.iinfo(np.int64).max
_NONE = np.empty(0, np.int64)

# Of entities some of whose rows count in nothing: flags of those that count.
Counted = Mapping[str, Numbers]


@dataclass(frozen=True)
class Reached:
    """rows: int64, rising, each once.  marks: int64, the label and layer of each."""

    rows: Numbers
    marks: Numbers

    def marks_at(self, rows: Numbers) -> Numbers:
        """The marks at some rows; UNREACHED where nothing got."""
        if not len(self.rows):
            return np.full(len(rows), UNREACHED)
        at = np.minimum(np.searchsorted(self.rows, rows), len(self.rows) - 1)
        return np.where(self.rows[at] == rows, self.marks[at], UNREACHED)

    def better(self, new: Reached) -> Reached:
        """Of `new`, what is not reached yet or by a greater mark."""
        worth = new.marks < self.marks_at(new.rows)
        return new if worth.all() else Reached(new.rows[worth], new.marks[worth])

    def with_all(self, new: Reached) -> Reached:
        """Both; where they meet, the lesser mark."""
        return new if not len(self.rows) else least(np.append(self.rows, new.rows), np.append(self.marks, new.marks))


NOTHING = Reached(_NONE, _NONE)


def least(rows: Numbers, marks: Numbers) -> Reached:
    """Each row once, with the least of its marks."""
    if len(rows) < 2:
        return Reached(rows, marks)
    if not (rows[1:] > rows[:-1]).all():
        order = np.lexsort((marks, rows))
        rows, marks = rows[order], marks[order]
        first = np.append(True, rows[1:] != rows[:-1])
        rows, marks = rows[first], marks[first]
    return Reached(rows, marks)


def joined(parts: Sequence[Reached]) -> Reached:
    """All of them; where some meet, the least mark."""
    if not parts:
        return NOTHING
    if len(parts) == 1:
        return parts[0]
    return least(np.concatenate([each.rows for each in parts]), np.concatenate([each.marks for each in parts]))
