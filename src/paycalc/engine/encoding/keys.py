"""Keys: those of an entity's rows, and those in other tables' columns, which lead to such rows.

Keys are whole numbers or texts and compare as they are written: `7` and 7 are two keys.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from paycalc.engine.encoding.coded import index_numbers
from paycalc.engine.encoding.key_tables import (
    NOWHERE,
    TEXT_TYPES,
    WITHOUT_KEY,
    Direct,
    KeyTable,
    TextChunk,
    consecutive,
    find_in_parts,
    number_table,
    text_table,
)
from paycalc.engine.encoding.memory import fixed
from paycalc.engine.encoding.states import EMPTY, GOOD, States, empty_states, state_of
from paycalc.engine.encoding.values import are_rising, narrowest
from paycalc.engine.inputs.cells import Place, is_string, plain
from paycalc.engine.inputs.door import INTEGER_KEYS, read_keys
from paycalc.engine.inputs.input_table import InputColumn, TextColumn
from paycalc.reference.faults import FaultCode, Key

_STRING_BYTES_MAX = 1 << 30  # well below what texts of 32 bits hold; beyond it they are large texts
_WHOLE_TEXT = r"^(0|-?[1-9][0-9]{0,17})$"


@dataclass(frozen=True)
class KeyCells:
    """The keys in a column, of its first key's kind.

    chunks   where the kind is int: arrays of whole numbers, one after the other; any number in a row without a key
    written  where the kind is str: texts of TEXT_TYPES, or such in dictionaries; a null or empty one is no key
    known    the states of numbers, and of cells that are not all of one kind
    column   as it came, for messages; integer: as read_keys has it
    """

    count: int
    chunks: Sequence[np.ndarray] | None
    written: pa.ChunkedArray | None
    known: States
    column: InputColumn
    place: Place
    integer: bool

    @cached_property
    def numbers(self) -> np.ndarray | None:
        """[n], where the kind is int: of int8 to int64, uint8 to uint64, or objects."""
        if self.chunks is None:
            return None
        if len(self.chunks) == 1:
            return self.chunks[0]
        return np.concatenate(self.chunks) if self.chunks else np.zeros(0, np.int64)

    @cached_property
    def texts(self) -> pa.ChunkedArray | None:
        """large_string [n], where the kind is str; null in a row without a key."""
        if self.written is None:
            return None
        texts = plain(self.written).cast(pa.large_string())
        if pc.min(pc.binary_length(texts)).as_py() == 0:
            texts = pc.if_else(pc.equal(texts, ""), pa.scalar(None, pa.large_string()), texts)
        return texts

    @cached_property
    def states(self) -> States:
        """EMPTY; `wrong-type` for a key of the other kind."""
        return self.known if self.known is not None or self.texts is None else empty_states(self.texts)

    @cached_property
    def text_chunk(self) -> TextChunk:
        """The texts as one array, where the kind is str."""
        assert self.written is not None and self.texts is not None  # keys are the one or the other
        held = self.written if self.written.type in TEXT_TYPES else self.texts
        if held.num_chunks == 1:
            return TextChunk(held.chunk(0))
        held = held if held.nbytes < _STRING_BYTES_MAX else self.texts
        return TextChunk(pa.concat_arrays(held.chunks or [pa.array([], held.type)]))

    @property
    def odd(self) -> np.ndarray:
        """The rows that have a key of the other kind, rising."""
        return np.zeros(0, np.int64) if self.known is None else np.flatnonzero(self.known == _ODD)

    @property
    def are_wide(self) -> bool:
        """Whether some whole number may have more than 64 bits."""
        return self.chunks is not None and any(chunk.dtype == object for chunk in self.chunks)

    def distinct(self, rows: np.ndarray) -> set[Key]:
        """The keys in some rows, whatever their kind."""
        odd = np.isin(rows, self.odd)
        found: set[Key] = {key for row in rows[odd].tolist() if (key := self.cell(row))}
        if self.numbers is not None:
            return found | set(np.unique(self.numbers[rows[~odd]]).tolist())
        assert self.texts is not None  # keys are the one or the other
        return found | set(self.texts.take(pa.array(rows[~odd])).unique().drop_null().to_pylist())

    def cell(self, row: int) -> Key | None:
        """The key in a row, whatever its kind."""
        if isinstance(self.column, TextColumn):
            return read_keys(TextColumn([self.column.cells[row]]), self.place, integer=self.integer)[0]
        return read_keys(self.column.slice(row, 1), self.place, integer=self.integer)[0]


_ODD = state_of(FaultCode.WRONG_TYPE)


def key_cells(column: InputColumn, place: Place, *, integer: bool) -> KeyCells:
    """The keys in a column that was found to hold keys; integer: in a file without types, numbers are meant."""
    if isinstance(column, TextColumn):
        return _keys_of_cells(column, place, integer)
    if pa.types.is_dictionary(column.type) and is_string(column.type.value_type):
        return KeyCells(len(column), None, column, None, column, place, integer)
    held = plain(column)
    if pa.types.is_integer(held.type):
        dtype = np.dtype(held.type.to_pandas_dtype())
        chunks = [np.require(fixed(chunk, dtype), requirements="A") for chunk in held.chunks]
        return KeyCells(len(held), chunks, None, empty_states(held), column, place, integer)
    if pa.types.is_null(held.type):
        held = held.cast(pa.large_string())
    return KeyCells(len(held), None, held, None, column, place, integer)


def _keys_of_cells(column: TextColumn, place: Place, integer: bool) -> KeyCells:
    texts = pa.chunked_array([pa.array(column.cells, pa.large_string())])
    if not integer or texts.null_count == len(texts):
        return KeyCells(len(texts), None, texts, None, column, place, integer)
    if pc.all(pc.match_substring_regex(texts, _WHOLE_TEXT)).as_py():
        numbers = pc.fill_null(texts, "0").cast(pa.int64())
        chunks = [fixed(numbers.chunk(0), np.dtype(np.int64))]
        return KeyCells(len(texts), chunks, None, empty_states(texts), column, place, integer)
    return _keys_of_two_kinds(column, place)


def _keys_of_two_kinds(column: TextColumn, place: Place) -> KeyCells:
    """Where some texts are written as whole numbers are, and some are not: the first one says what keys are."""
    cells = read_keys(column, place, integer=True)
    kind = next(cell.__class__ for cell in cells if cell is not None)
    states = np.zeros(len(cells), np.uint8)
    for row, cell in enumerate(cells):
        if cell.__class__ is not kind:
            states[row] = EMPTY if cell is None else _ODD
    known = states if states.any() else None
    if kind is str:
        texts = pa.array([cell if cell.__class__ is str else None for cell in cells], pa.large_string())
        return KeyCells(len(cells), None, pa.chunked_array([texts]), known, column, place, True)
    numbers = np.array([cell if isinstance(cell, int) else 0 for cell in cells], object)
    dtype = narrowest(min(numbers), max(numbers)) or np.dtype(np.uint64 if min(numbers) >= 0 else object)
    return KeyCells(len(cells), [numbers.astype(dtype)], None, known, column, place, True)


# ---------------------------------------------------------------- the keys of an entity


@dataclass(frozen=True)
class EntityKeys:
    """The keys of an entity's rows, and which rows have one of their own.

    cells   None: the table has no keys, and nobody needs them
    states  EMPTY, `null-key`, `wrong-type`, and `duplicate-key` of every row that shares its key
    made    the table of the keys, once it was made
    """

    count: int
    cells: KeyCells | None
    states: States
    made: list[KeyTable] = field(default_factory=list)
    _shared: dict[Key, list[int]] = field(default_factory=dict)

    def __len__(self) -> int:
        return self.count

    def __getitem__(self, row: int) -> Key | None:
        if self.cells is None or (self.cells.states is not None and self.cells.states[row] != GOOD):
            return None
        if self.cells.numbers is not None:
            return int(self.cells.numbers[row])
        assert self.cells.texts is not None  # keys are the one or the other
        key: str | None = self.cells.texts[row].as_py()
        return key

    @cached_property
    def array(self) -> pa.Array | pa.ChunkedArray:
        if self.cells is None:
            return pa.nulls(self.count, pa.string())
        if self.cells.numbers is None:
            assert self.cells.texts is not None  # keys are the one or the other
            return (
                self.cells.texts if self.cells.texts.nbytes > _STRING_BYTES_MAX else self.cells.texts.cast(pa.string())
            )
        missing = None if self.cells.states is None else self.cells.states != GOOD
        numbers = self.cells.numbers
        good = numbers if missing is None else numbers[~missing]
        if missing is not None and not len(good):
            return pa.nulls(self.count, pa.string())  # as where no key says what keys are
        wide = bool(len(good)) and int(good.max()) >= 2**63
        if numbers.dtype == object:
            cells = [None if missing is not None and missing[row] else number for row, number in enumerate(numbers)]
            return pa.array(cells, pa.decimal128(20, 0))
        return pa.array(numbers, pa.uint64() if wide else pa.int64(), mask=missing, safe=False)

    def row_of(self, key: Key) -> int | None:
        """The first row with the key."""
        if self.cells is None or isinstance(key, bool):
            return None
        if self.cells.numbers is None:
            if not isinstance(key, str):
                return None
            row = int(pc.index(self.cells.texts, pa.scalar(key, pa.large_string())).as_py())
            return None if row < 0 else row
        if not isinstance(key, int) or key not in INTEGER_KEYS:
            return None
        found = self.cells.numbers == key
        if self.cells.states is not None:
            found &= self.cells.states == GOOD
        row = int(found.argmax()) if self.count else 0
        return row if self.count and found[row] else None

    @cached_property
    def shared(self) -> np.ndarray | None:
        """Which rows share their key, bool [n]; None: no row does."""
        if self.states is None:
            return None
        found = self.states == _DUPLICATE
        return found if found.any() else None

    def rows_sharing(self, row: int) -> list[int]:
        """The rows that share the key of a row, itself among them."""
        if not self._shared:
            for each in np.flatnonzero(self.states == _DUPLICATE).tolist():
                key = self[each]
                assert key is not None  # a row without a key shares none
                self._shared.setdefault(key, []).append(each)
        key = self[row]
        assert key is not None  # a row without a key shares none
        return self._shared[key]

    # ------------------------------------------------------------ rows by key

    @cached_property
    def base(self) -> int | None:
        """The key of row 0, where the keys are whole numbers one after the other; else None."""
        return self.table.low if isinstance(self.table, Direct) and self.table.rows is None else None

    @property
    def table(self) -> KeyTable:
        """The rows by their keys; of a table without keys, one that finds nobody."""
        if not self.made:
            self.made.append(Direct(False, 0, 0, None) if self.cells is None else _entered(self.cells)[0])
        return self.made[0]

    def forget_table(self) -> None:
        """Give its memory back; it is made again where it is asked for."""
        self.made.clear()

    @cached_property
    def _rows_by_key(self) -> dict[Key, int]:
        """The first row of each key, for keys that have to be looked up one by one."""
        found: dict[Key, int] = {}
        for row in range(self.count):
            key = self[row]
            if key is not None:
                found.setdefault(key, row)
        return found

    def look_up(self, cells: KeyCells, threads: int = 1) -> tuple[np.ndarray, bool]:
        """The row that each key in a column leads to, int32 [n], always the first one with the key; and whether some
        have none: NOWHERE, or WITHOUT_KEY where there is no key."""
        own = self.cells
        if own is None or own.are_wide or cells.are_wide or (own.chunks is None) != (cells.chunks is None):
            rows, nowhere = np.full(cells.count, NOWHERE, np.int32), cells.count
        elif cells.chunks is not None:
            rows, nowhere = find_in_parts(self.table, cells.chunks, threads)
        else:
            rows, nowhere = self._look_up_texts(cells, threads)
        states = cells.states if nowhere == cells.count else cells.known
        if states is not None:
            rows[states == EMPTY] = WITHOUT_KEY
            nowhere = cells.count
        alone = np.arange(cells.count) if own is not None and (own.are_wide or cells.are_wide) else cells.odd
        for row in alone.tolist():
            key = cells.cell(row)
            rows[row] = WITHOUT_KEY if key is None else self._rows_by_key.get(key, NOWHERE)
        return rows, nowhere > 0

    def _look_up_texts(self, cells: KeyCells, threads: int) -> tuple[np.ndarray, int]:
        assert cells.written is not None  # keys are the one or the other
        if not pa.types.is_dictionary(cells.written.type):
            return find_in_parts(self.table, [TextChunk(chunk) for chunk in cells.written.chunks], threads)
        found = [self._look_up_coded(chunk, threads) for chunk in cells.written.chunks]
        if len(found) == 1:
            return found[0]
        return np.concatenate([*(rows for rows, _ in found), np.zeros(0, np.int32)]), sum(count for _, count in found)

    def _look_up_coded(self, chunk: pa.DictionaryArray, threads: int) -> tuple[np.ndarray, int]:
        """Each text of the dictionary is looked up once; then its number leads on."""
        rows = np.full(len(chunk.dictionary) + 1, WITHOUT_KEY, np.int32)
        self.table.find(TextChunk(chunk.dictionary), rows[:-1])
        return find_in_parts(Direct(False, 0, len(rows), rows), [index_numbers(chunk, len(rows) - 1)], threads)


_DUPLICATE = state_of(FaultCode.DUPLICATE_KEY)


def entity_keys(cells: KeyCells, *, keyed: bool) -> EntityKeys:
    """The keys of an entity. keyed: its rows are found by key, so that a row without one is faulty."""
    if _rise(cells):
        return EntityKeys(cells.count, cells, None)
    states = None if cells.states is None else cells.states.copy()
    if keyed and states is not None:
        states[states == EMPTY] = state_of(FaultCode.NULL_KEY)
    table, again = _entered(cells)
    keys = EntityKeys(cells.count, cells, states, [table])
    if not again:
        return keys
    firsts, _ = keys.look_up(cells)
    later = np.flatnonzero((firsts != np.arange(cells.count)) & (firsts >= 0))
    if cells.known is not None:
        later = later[cells.known[later] == GOOD]
    states = np.zeros(cells.count, np.uint8) if states is None else states
    states[later] = states[firsts[later]] = _DUPLICATE
    return EntityKeys(cells.count, cells, states, [table])


def _rise(cells: KeyCells) -> bool:
    """Whether each row has a key, and that comes after the key of the row before: then no two are equal."""
    if cells.known is not None:
        return False
    if cells.numbers is not None:
        return are_rising(cells.numbers)
    return cells.text_chunk.are_rising


def _entered(cells: KeyCells) -> tuple[KeyTable, int]:
    """The table of an entity's keys, and how many rows have a key that an earlier row has."""
    if cells.numbers is None:
        return text_table(cells.text_chunk)
    if cells.are_wide:
        return Direct(False, 0, 0, None), cells.count  # they are looked up one by one
    table = consecutive(cells.numbers) if cells.known is None and are_rising(cells.numbers) else None
    return (table, 0) if table is not None else number_table(cells.numbers, cells.known)
