"""References: the row that each key in a column leads to."""

from __future__ import annotations

from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import pairwise

import numpy as np
import pyarrow.compute as pc

from paycalc._kernels import count_rows
from paycalc.check.typed import Reference
from paycalc.engine.encoded import EncodedColumn, FaultBatch
from paycalc.engine.encoding.describing import Describing
from paycalc.engine.encoding.far_keys import FarKeys
from paycalc.engine.encoding.key_tables import NOWHERE, STORAGES, WITHOUT_KEY
from paycalc.engine.encoding.keys import EntityKeys, KeyCells
from paycalc.engine.encoding.memory import address
from paycalc.engine.encoding.states import EMPTY, GOOD, States, state_of
from paycalc.engine.encoding.values import Checked, Values, constant, extent, laid_out, packed
from paycalc.reference.cells import Misfit
from paycalc.reference.dataset import Members
from paycalc.reference.faults import Fault, FaultCode, Key
from paycalc.reference.nearest import KEYS_MAX, NearestKey
from paycalc.reference.rows import crowded, no_target, shared_key

_COUNTED_ROWS = 2_000_000  # with fewer rows a thread that counts costs more than it saves


@dataclass(frozen=True)
class KeyIndex:
    """Finds rows by key: always the first row with it."""

    keys: EntityKeys

    @cached_property
    def nearest(self) -> NearestKey | None:
        """For messages about keys that nobody has; None: there are too many keys to hold them all for it."""
        return None if self._distinct > KEYS_MAX else NearestKey({key for key in self._listed if key is not None})

    @property
    def _distinct(self) -> int:
        if self.keys.shared is None:
            return self.keys.count
        return int(pc.count_distinct(self.keys.array).as_py())

    @property
    def _listed(self) -> list[Key | None]:
        listed: list[Key | None] = self.keys.array.to_pylist()
        return [each if each is None or isinstance(each, str) else int(each) for each in listed]

    def nearest_of(self, unknown: Iterable[Key]) -> NearestKey:
        """For messages about these keys, which nobody has."""
        return self.nearest or FarKeys(self.keys.array, unknown)

    def rows_of(self, cells: KeyCells) -> np.ndarray:
        """The row that each key leads to, NOWHERE where there is none, int32 [n]."""
        rows, some_have_none = self.keys.look_up(cells)
        return np.maximum(rows, np.int32(NOWHERE)) if some_have_none else rows


# ---------------------------------------------------------------- a column of references


@dataclass(frozen=True)
class Targets:
    """Where a column of references leads.

    numbers  of each row, the row it leads to and `base`; NOWHERE and `base` where it leads to none
    states   EMPTY (of an optional one), or why it leads nowhere
    shared   where it leads to a row that shares its key, that row; else NOWHERE; None: it never does
    """

    column: EncodedColumn
    numbers: np.ndarray
    base: int
    states: States = None
    shared: np.ndarray | None = None


def encode_reference(
    reference: Reference, cells: KeyCells, there: KeyIndex, describing: Describing, threads: int
) -> tuple[Targets, list[FaultBatch]]:
    """The rows that a reference leads to, and the faults of its cells."""
    found = _in_place(cells, there) or _looked_up(reference, cells, there, threads)

    nearest: list[NearestKey] = []

    def misfit_of(row: int) -> Misfit:
        cell = cells.cell(row)
        if cell is not None and not nearest:
            assert found.states is not None  # there is a fault
            unknown = np.flatnonzero(found.states == state_of(FaultCode.UNKNOWN_REFERENCE))
            nearest.append(there.nearest_of(cells.distinct(unknown)))
        return no_target(cell, reference, nearest[0] if nearest else None)

    faults = []
    for batch in describing.batches(reference, found.states, misfit_of):
        if batch.code is FaultCode.DUPLICATE_KEY and found.shared is not None:
            faults.append(_of_shared_rows(batch, found.shared, there, describing))
        else:
            faults.append(batch)
    return found, faults


def _of_shared_rows(batch: FaultBatch, shared: np.ndarray, there: KeyIndex, describing: Describing) -> FaultBatch:
    """A key that several rows share leads to none of them: the fault is that of the first of them."""

    def describe(row: int) -> Fault:
        target = int(shared[row])
        place = batch.place
        assert isinstance(place, Reference)  # a reference's cells are described
        return describing.fault(place.target, target, shared_key(there.keys.rows_sharing(target)))

    return FaultBatch(batch.code, batch.place, batch.rows, describe, shared[batch.rows].astype(np.int64))


def crowded_rows(
    reference: Reference,
    rows_max: int,
    found: Targets,
    outside: np.ndarray,
    there: KeyIndex,
    describing: Describing,
    threads: int,
) -> list[FaultBatch]:
    """The faults of rows to which more than `rows_max` rows lead. outside: rows that do not count."""
    led, parts = found.numbers, min(threads, len(found.numbers) // _COUNTED_ROWS + 1)
    bounds = [len(led) * part // parts for part in range(parts + 1)]

    def counted(part: tuple[int, int]) -> np.ndarray:
        return _counts(led[slice(*part)], found.base, there.keys.count)

    with ThreadPoolExecutor(parts) as pool:
        counts = sum(pool.map(counted, pairwise(bounds))) - _counts(led[outside], found.base, there.keys.count)
    rows = np.flatnonzero(counts > rows_max)
    if not len(rows):
        return []

    def misfit_of(row: int) -> Misfit:
        return crowded(reference, int(counts[row]), rows_max)

    return [describing.batch(FaultCode.TOO_MANY_ROWS, Members(reference), rows, misfit_of)]


def _counts(led: np.ndarray, base: int, count: int) -> np.ndarray:
    """How many rows lead to each, int64 [count]."""
    counts = np.zeros(count, np.uint32)
    count_rows(address(led), STORAGES[led.dtype], len(led), base, address(counts))
    return counts.astype(np.int64)


def _looked_up(reference: Reference, cells: KeyCells, there: KeyIndex, threads: int) -> Targets:
    rows, some_have_none = there.keys.look_up(cells, threads)
    if not len(rows):
        return Targets(constant(0, NOWHERE), rows, 0)
    states: States = None
    if some_have_none:
        states = np.where(rows < 0, np.uint8(state_of(FaultCode.UNKNOWN_REFERENCE)), np.uint8(GOOD))
        states[rows == WITHOUT_KEY] = EMPTY if reference.optional else state_of(FaultCode.NULL)
        rows = np.maximum(rows, np.int32(NOWHERE))
        states = states if states.any() else None
    shared = None
    if there.keys.shared is not None:
        leads_to_shared = (rows >= 0) & there.keys.shared[rows]
        if leads_to_shared.any():
            shared = np.where(leads_to_shared, rows, np.int32(NOWHERE))
            rows = np.where(leads_to_shared, np.int32(NOWHERE), rows)
            states = np.zeros(len(rows), np.uint8) if states is None else states
            states[leads_to_shared] = state_of(FaultCode.DUPLICATE_KEY)
    return Targets(packed(rows, extent(rows)), rows, 0, states, shared)


def _in_place(cells: KeyCells, there: KeyIndex) -> Targets | None:
    """Whole numbers without gaps lead to their rows as they are, but for a shift."""
    numbers, base = cells.numbers, there.keys.base
    if base is None or numbers is None or cells.known is not None or not cells.count or there.keys.shared is not None:
        return None
    if numbers.dtype in (np.dtype(object), np.dtype(np.uint64)):
        return None
    low, high = extent(numbers)
    if low < base or high >= base + there.keys.count:
        return None
    column = laid_out(Checked(Values([numbers]), low, high, (low, high)))
    shifted = replace(column, low=low - base, high=high - base, shift=column.shift - base)
    return Targets(shifted, numbers, base)
