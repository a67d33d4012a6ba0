"""References: the row that each key in a column leads to."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from paycalc.check.typed import Entity, Reference
from paycalc.engine.encoded import EncodedColumn, FaultBatch
from paycalc.engine.encoding.coded import index_numbers
from paycalc.engine.encoding.describing import Describing
from paycalc.engine.encoding.far_keys import FarKeys
from paycalc.engine.encoding.keys import COMPACT_FREE, COMPACT_PER_KEY, EntityKeys, KeyCells
from paycalc.engine.encoding.memory import fixed, validity
from paycalc.engine.encoding.states import EMPTY, GOOD, States, state_of
from paycalc.engine.encoding.values import Checked, Values, constant, extent, laid_out, packed
from paycalc.engine.inputs.cells import VIEWED, is_string
from paycalc.reference.cells import Misfit
from paycalc.reference.dataset import Members, crowded, no_target, shared_key
from paycalc.reference.faults import Fault, FaultCode, Key
from paycalc.reference.nearest import KEYS_MAX, NearestKey

NOWHERE = -1


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

    @cached_property
    def base(self) -> int | None:
        """The key of row 0, where the keys are whole numbers one after the other; else None."""
        cells = self.keys.cells
        if cells is None or cells.numbers is None or cells.states is not None or not self.keys.count:
            return None
        if cells.numbers.dtype == object or int(cells.numbers[-1]) - int(cells.numbers[0]) != self.keys.count - 1:
            return None
        rising = (cells.numbers[1:] > cells.numbers[:-1]).all()
        return int(cells.numbers[0]) if rising else None

    def rows_of(self, cells: KeyCells) -> np.ndarray:
        """The row that each key leads to, NOWHERE where there is none, int32 [n]."""
        own = self.keys.cells
        if own is None or cells.count == 0:
            return np.full(cells.count, NOWHERE, np.int32)
        if own.numbers is not None:
            return self._rows_of_numbers(cells)
        return self._rows_of_texts(cells)

    # ------------------------------------------------------------ whole numbers

    def _rows_of_numbers(self, cells: KeyCells) -> np.ndarray:
        numbers, usable = cells.whole_numbers()
        if numbers is None:
            return np.full(cells.count, NOWHERE, np.int32)
        found = self._rows_of_each(numbers)
        if usable is not None:
            found[~usable] = NOWHERE
        return found

    def _rows_of_each(self, numbers: np.ndarray) -> np.ndarray:
        if self.base is not None and numbers.dtype != object:
            low, high = self.base, self.base + self.keys.count - 1
            inside = _between(numbers, low, high)
            with np.errstate(over="ignore"):
                rows = (numbers.astype(np.int64) - np.int64(_signed(low))).astype(np.int32)
            return np.where(inside, rows, np.int32(NOWHERE))
        keys, rows = self._with_key
        if not len(keys):
            return np.full(len(numbers), NOWHERE, np.int32)
        if keys.dtype != object and numbers.dtype != object and self._table is not None:
            low = int(keys.min())
            inside = _between(numbers, low, int(keys.max()))
            places = np.where(inside, numbers, numbers.dtype.type(0)).astype(np.int64) - np.int64(_signed(low))
            return np.where(inside, self._table[np.where(inside, places, 0)], np.int32(NOWHERE))
        return self._searched(numbers)

    @cached_property
    def _with_key(self) -> tuple[np.ndarray, np.ndarray]:
        """The keys that there are, and their rows."""
        cells = self.keys.cells
        assert cells is not None and cells.numbers is not None  # asked of whole numbers only
        if cells.states is None:
            return cells.numbers, np.arange(self.keys.count, dtype=np.int32)
        rows = np.flatnonzero(cells.states == GOOD).astype(np.int32)
        return cells.numbers[rows], rows

    @cached_property
    def _table(self) -> np.ndarray | None:
        """The row of each number from the least key to the greatest; None where that would be too long a table."""
        keys, rows = self._with_key
        low, high = extent(keys)
        if high - low >= len(keys) * COMPACT_PER_KEY + COMPACT_FREE:
            return None
        table = np.full(high - low + 1, NOWHERE, np.int32)
        # The last of several assignments stands, and the first row with a key is meant.
        places = (keys - keys.dtype.type(low)) if keys.dtype == np.uint64 else keys.astype(np.int64) - low
        table[places[::-1]] = rows[::-1]
        return table

    @cached_property
    def _sorted(self) -> tuple[np.ndarray, np.ndarray]:
        keys, rows = self._with_key
        order = np.argsort(keys, kind="stable")
        return keys[order], rows[order]

    def _searched(self, numbers: np.ndarray) -> np.ndarray:
        keys, rows = self._sorted
        if keys.dtype != numbers.dtype:  # a mix of signed and unsigned would be compared as floats
            keys, numbers = keys.astype(object), numbers.astype(object)
        places = np.searchsorted(keys, numbers)
        places[places == len(keys)] = 0
        return np.where((keys[places] == numbers).astype(bool), rows[places], np.int32(NOWHERE))

    # ------------------------------------------------------------ texts

    def _rows_of_texts(self, cells: KeyCells) -> np.ndarray:
        column = cells.column
        if isinstance(column, pa.ChunkedArray) and _is_coded(column.type):
            return np.concatenate([self._rows_of_coded(chunk) for chunk in column.chunks] + [np.zeros(0, np.int32)])
        texts = cells.all_texts()
        if texts is None:
            return np.full(cells.count, NOWHERE, np.int32)
        return np.concatenate([self._rows_of_text(chunk) for chunk in texts.chunks] + [np.zeros(0, np.int32)])

    @cached_property
    def _texts(self) -> pa.Array:
        assert self.keys.cells is not None and self.keys.cells.texts is not None  # asked of texts only
        return pa.concat_arrays(self.keys.cells.texts.chunks or [pa.array([], pa.large_string())])

    def _rows_of_text(self, texts: pa.Array) -> np.ndarray:
        found = pc.index_in(texts.cast(pa.large_string()), value_set=self._texts, skip_nulls=True)
        rows = fixed(found, np.dtype(np.int32))
        valid = validity(found)
        return rows.copy() if valid is None else np.where(valid, rows, np.int32(NOWHERE))

    def _rows_of_coded(self, chunk: pa.DictionaryArray) -> np.ndarray:
        texts = chunk.dictionary.cast(VIEWED.get(chunk.dictionary.type, chunk.dictionary.type))
        texts = texts.cast(pa.large_string())
        rows = np.append(self._rows_of_text(texts), np.int32(NOWHERE))
        empty = pc.fill_null(pc.equal(texts, ""), False)
        rows[:-1][np.asarray(empty.to_pylist(), bool)] = NOWHERE
        found: np.ndarray = rows[index_numbers(chunk, len(rows) - 1)]
        return found


def _is_coded(type: pa.DataType) -> bool:
    return bool(pa.types.is_dictionary(type) and is_string(type.value_type))


def _signed(number: int) -> int:
    """The number modulo 2^64, as a signed one."""
    return (number + 2**63) % 2**64 - 2**63


def _between(numbers: np.ndarray, low: int, high: int) -> np.ndarray:
    bounds = np.iinfo(numbers.dtype)
    if low > bounds.max or high < bounds.min:
        return np.zeros(len(numbers), bool)
    inside: np.ndarray = (numbers >= max(low, bounds.min)) & (numbers <= min(high, bounds.max))
    return inside


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
    reference: Reference, entity: Entity, cells: KeyCells, there: KeyIndex, describing: Describing
) -> tuple[EncodedColumn, list[FaultBatch]]:
    """The rows that a reference leads to, and the faults of its cells and of rows to which too many lead."""
    found = _in_place(cells, there) or _looked_up(reference, cells, there)

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
    if entity.rows_max is not None and entity.rows_max_per == reference.target:
        faults += _crowded(reference, entity.rows_max, found, there, describing)
    return found.column, faults


def _of_shared_rows(batch: FaultBatch, shared: np.ndarray, there: KeyIndex, describing: Describing) -> FaultBatch:
    """A key that several rows share leads to none of them: the fault is that of the first of them."""

    def describe(row: int) -> Fault:
        target = int(shared[row])
        place = batch.place
        assert isinstance(place, Reference)  # a reference's cells are described
        return describing.fault(place.target, target, shared_key(there.keys.rows_sharing(target)))

    return FaultBatch(batch.code, batch.place, batch.rows, describe, shared[batch.rows].astype(np.int64))


def _crowded(
    reference: Reference, rows_max: int, found: Targets, there: KeyIndex, describing: Describing
) -> list[FaultBatch]:
    led = found.numbers if found.states is None else found.numbers[found.states == GOOD]
    counts = np.bincount(led - led.dtype.type(found.base) if found.base else led, minlength=there.keys.count)
    rows = np.flatnonzero(counts > rows_max)
    if not len(rows):
        return []

    def misfit_of(row: int) -> Misfit:
        return crowded(reference, int(counts[row]), rows_max)

    return [describing.batch(FaultCode.TOO_MANY_ROWS, Members(reference), rows, misfit_of)]


def _looked_up(reference: Reference, cells: KeyCells, there: KeyIndex) -> Targets:
    rows = there.rows_of(cells)
    states: States = None
    nowhere = rows < 0
    if nowhere.any():
        states = np.where(nowhere, np.uint8(state_of(FaultCode.UNKNOWN_REFERENCE)), np.uint8(GOOD))
        if cells.states is not None:
            states[cells.states == EMPTY] = EMPTY if reference.optional else state_of(FaultCode.NULL)
    shared = None
    if there.keys.shared is not None and len(rows):
        leads_to_shared = ~nowhere & there.keys.shared[rows]
        if leads_to_shared.any():
            shared = np.where(leads_to_shared, rows, np.int32(NOWHERE))
            rows = np.where(leads_to_shared, np.int32(NOWHERE), rows)
            states = np.zeros(len(rows), np.uint8) if states is None else states
            states[leads_to_shared] = state_of(FaultCode.DUPLICATE_KEY)
    if not len(rows):
        return Targets(constant(0, NOWHERE), rows, 0)
    return Targets(packed(rows, extent(rows)), rows, 0, states, shared)


def _in_place(cells: KeyCells, there: KeyIndex) -> Targets | None:
    """Whole numbers without gaps lead to their rows as they are, but for a shift."""
    numbers, base = cells.numbers, there.base
    if base is None or numbers is None or cells.states is not None or not cells.count or there.keys.shared is not None:
        return None
    if numbers.dtype in (np.dtype(object), np.dtype(np.uint64)):
        return None
    low, high = extent(numbers)
    if low < base or high >= base + there.keys.count:
        return None
    column = laid_out(Checked(Values([numbers]), low, high, (low, high)))
    shifted = replace(column, low=low - base, high=high - base, shift=column.shift - base)
    return Targets(shifted, numbers, base)
