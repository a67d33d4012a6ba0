"""What became of each cell of a column: one small number a row."""

from __future__ import annotations

import numpy as np
import pyarrow as pa

from paycalc.engine.encoding.memory import validity
from paycalc.reference.faults import FaultCode

GOOD, EMPTY, UNSET = 0, 1, 2  # UNSET: the text `none` in a parameter's cell
FIRST_FAULT = 3
_CODES = tuple(FaultCode)
_STATES = {code: FIRST_FAULT + position for position, code in enumerate(_CODES)}

# Of a column without anything else than good cells there are no states: None.
States = np.ndarray | None


def state_of(code: FaultCode) -> int:
    """The state of a cell that is faulty by this code."""
    return _STATES[code]


def faulty_rows(states: States) -> list[tuple[FaultCode, np.ndarray]]:
    """The rows of each code that some cell is faulty by, rising, from 0."""
    if states is None:
        return []
    found = np.flatnonzero(np.bincount(states, minlength=FIRST_FAULT)[FIRST_FAULT:])
    return [(_CODES[position], np.flatnonzero(states == position + FIRST_FAULT)) for position in found.tolist()]


def marked(states: States, count: int, rows: slice, where: np.ndarray, state: int) -> States:
    """The states with those of the good cells among `rows` set to `state` `where` that holds.

    states  changed in place, or made for `count` rows where there are none
    """
    if not where.any():
        return states
    found = np.zeros(count, np.uint8) if states is None else states
    part = found[rows]
    part[where & (part == GOOD)] = state
    return found


def empty_states(column: pa.ChunkedArray) -> States:
    """The states of a column of which only is known which cells are null."""
    states: States = None
    start, count = 0, len(column)
    for chunk in column.chunks:
        valid = validity(chunk)
        if valid is not None:
            states = marked(states, count, slice(start, start + len(chunk)), ~valid, EMPTY)
        start += len(chunk)
    return states
