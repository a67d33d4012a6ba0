"""Keys: those of an entity's rows, and the rows that other tables' keys lead to.

Keys are whole numbers or texts and compare as they are written: `7` and 7 are two keys. Whole numbers without gaps are
row numbers but for a shift; such that lie close together are looked up in a table; others are searched for.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from paycalc._kernels import hash_texts
from paycalc.engine.encoding.memory import address, fixed
from paycalc.engine.encoding.states import EMPTY, GOOD, States, empty_states, state_of
from paycalc.engine.encoding.values import are_rising, narrowest
from paycalc.engine.inputs.cells import Place, plain
from paycalc.engine.inputs.door import INTEGER_KEYS, read_keys
from paycalc.engine.inputs.input_table import InputColumn, TextColumn
from paycalc.reference.faults import FaultCode, Key

COMPACT_PER_KEY = 4  # so many numbers a key are looked up in a table, and
COMPACT_FREE = 1 << 16  # so many whatever the keys
_STRING_BYTES_MAX = 1 << 30  # well below what texts of 32 bits hold; beyond it they are large texts
_WHOLE_TEXT = r"^(0|-?[1-9][0-9]{0,17})$"


@dataclass(frozen=True)
class KeyCells:
    """The keys in a column, of its first key's kind.

    numbers  int64 or uint64 [n], where the kind is int; any number in a row without a key
    texts    of large_string [n], where the kind is str; null in a row without a key
    states   EMPTY; `wrong-type` for a key of the other kind
    column   as it came, for messages; integer: as read_keys has it
    """

    count: int
    numbers: np.ndarray | None
    texts: pa.ChunkedArray | None
    states: States
    column: InputColumn
    place: Place
    integer: bool

    def whole_numbers(self) -> tuple[np.ndarray | None, np.ndarray | None]:
        """The keys that are whole numbers, whatever the column's kind, and which rows have such a key (None: all)."""
        if self.numbers is not None:
            return self.numbers, None if self.states is None else self.states == GOOD
        odd = _odd(self.states)
        if odd is None:
            return None, None
        cells = [self.cell(row) if odd[row] else 0 for row in range(self.count)]
        return np.array(cells, object), odd

    def all_texts(self) -> pa.ChunkedArray | None:
        """The keys that are texts, whatever the column's kind; null in the other rows."""
        if self.texts is not None:
            return self.texts
        odd = _odd(self.states)
        if odd is None:
            return None
        cells = [self.cell(row) if odd[row] else None for row in range(self.count)]
        return pa.chunked_array([pa.array(cells, pa.large_string())])

    def distinct(self, rows: np.ndarray) -> set[Key]:
        """The keys in some rows, whatever their kind."""
        odd = _odd(self.states)
        others = rows if odd is None else rows[~odd[rows]]
        found: set[Key] = set() if odd is None else {key for row in rows[odd[rows]].tolist() if (key := self.cell(row))}
        if self.numbers is not None:
            return found | set(np.unique(self.numbers[others]).tolist())
        assert self.texts is not None  # keys are the one or the other
        return found | set(self.texts.take(pa.array(others)).unique().drop_null().to_pylist())

    def cell(self, row: int) -> Key | None:
        """The key in a row, whatever its kind."""
        if isinstance(self.column, TextColumn):
            return read_keys(TextColumn([self.column.cells[row]]), self.place, integer=self.integer)[0]
        return read_keys(self.column.slice(row, 1), self.place, integer=self.integer)[0]


def _odd(states: States) -> np.ndarray | None:
    """Which rows have a key of the other kind; None: no row has."""
    if states is None:
        return None
    odd: np.ndarray = states == state_of(FaultCode.WRONG_TYPE)
    return odd if odd.any() else None


def key_cells(column: InputColumn, place: Place, *, integer: bool) -> KeyCells:
    """The keys in a column that was found to hold keys; integer: in a file without types, numbers are meant."""
    if isinstance(column, TextColumn):
        return _keys_of_cells(column, place, integer)
    held = plain(column)
    if pa.types.is_integer(held.type):
        dtype = np.dtype(held.type.to_pandas_dtype())
        chunks = [fixed(chunk, dtype) for chunk in held.chunks]
        numbers = chunks[0] if len(chunks) == 1 else np.concatenate([*chunks, np.zeros(0, dtype)])
        return KeyCells(len(held), numbers, None, empty_states(held), column, place, integer)
    if pa.types.is_null(held.type):
        held = held.cast(pa.large_string())
    return _keys_of_texts(held, column, place, integer)


def _keys_of_texts(held: pa.ChunkedArray, column: InputColumn, place: Place, integer: bool) -> KeyCells:
    texts = held.cast(pa.large_string())
    if not isinstance(column, TextColumn) and pc.min(pc.binary_length(texts)).as_py() == 0:
        texts = pc.if_else(pc.equal(texts, ""), pa.scalar(None, pa.large_string()), texts)
    return KeyCells(len(texts), None, texts, empty_states(texts), column, place, integer)


def _keys_of_cells(column: TextColumn, place: Place, integer: bool) -> KeyCells:
    texts = pa.chunked_array([pa.array(column.cells, pa.large_string())])
    if not integer or texts.null_count == len(texts):
        return _keys_of_texts(texts, column, place, integer)
    if pc.all(pc.match_substring_regex(texts, _WHOLE_TEXT)).as_py():
        numbers = pc.fill_null(texts, "0").cast(pa.int64())
        held = fixed(numbers.chunk(0), np.dtype(np.int64))
        return KeyCells(len(texts), held, None, empty_states(texts), column, place, integer)
    return _keys_of_two_kinds(column, place)


def _keys_of_two_kinds(column: TextColumn, place: Place) -> KeyCells:
    """Where some texts are written as whole numbers are, and some are not: the first one says what keys are."""
    cells = read_keys(column, place, integer=True)
    kind = next(cell.__class__ for cell in cells if cell is not None)
    states = np.zeros(len(cells), np.uint8)
    for row, cell in enumerate(cells):
        if cell.__class__ is not kind:
            states[row] = EMPTY if cell is None else state_of(FaultCode.WRONG_TYPE)
    known = states if states.any() else None
    if kind is str:
        texts = pa.array([cell if cell.__class__ is str else None for cell in cells], pa.large_string())
        return KeyCells(len(cells), None, pa.chunked_array([texts]), known, column, place, True)
    numbers = np.array([cell if isinstance(cell, int) else 0 for cell in cells], object)
    dtype = narrowest(min(numbers), max(numbers)) or np.dtype(np.uint64 if min(numbers) >= 0 else object)
    return KeyCells(len(cells), numbers.astype(dtype), None, known, column, place, True)


# ---------------------------------------------------------------- the keys of an entity


@dataclass(frozen=True)
class EntityKeys:
    """The keys of an entity's rows, and which rows have one of their own.

    cells   None: the table has no keys, and nobody needs them
    states  EMPTY, `null-key`, `wrong-type`, and `duplicate-key` of every row that shares its key
    """

    count: int
    cells: KeyCells | None
    states: States
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


_DUPLICATE = state_of(FaultCode.DUPLICATE_KEY)


def entity_keys(cells: KeyCells, *, keyed: bool) -> EntityKeys:
    """The keys of an entity. keyed: its rows are found by key, so that a row without one is faulty."""
    states = None if cells.states is None else cells.states.copy()
    if keyed and states is not None:
        states[states == EMPTY] = state_of(FaultCode.NULL_KEY)
    with_key = np.ones(cells.count, bool) if cells.states is None else cells.states == GOOD
    shares = _equal_neighbours(cells)
    if shares is None:
        shares = _sharing(cells, with_key)
    if shares.any():
        states = np.zeros(cells.count, np.uint8) if states is None else states
        states[shares] = _DUPLICATE
    return EntityKeys(cells.count, cells, states)


def _equal_neighbours(cells: KeyCells) -> np.ndarray | None:
    """Which rows have a key that another row has too, of keys in order: then equal ones stand together. Else None."""
    if cells.states is not None:
        return None
    if cells.numbers is not None:
        if are_rising(cells.numbers):
            return np.zeros(cells.count, bool)
        before, after = cells.numbers[:-1], cells.numbers[1:]
        if not (before <= after).all():
            return None
        equal = before == after
    else:
        assert cells.texts is not None  # keys are the one or the other
        first, second = cells.texts.slice(0, max(cells.count - 1, 0)), cells.texts.slice(1)
        if not pc.all(pc.less_equal(first, second), min_count=0).as_py():
            return None
        equal = np.asarray(pc.equal(first, second))
    shares = np.zeros(cells.count, bool)
    shares[:-1] |= equal
    shares[1:] |= equal
    return shares


def _sharing(cells: KeyCells, with_key: np.ndarray) -> np.ndarray:
    """Which rows have a key that another row has too."""
    shares = np.zeros(cells.count, bool)
    if cells.numbers is not None:
        numbers = cells.numbers if cells.states is None else cells.numbers[with_key]
        shares[with_key] = _equal_numbers(numbers)
        return shares
    assert cells.texts is not None  # keys are the one or the other
    if cells.states is None and not _equal_numbers(_hashes(cells.texts)).any():
        return shares
    chunks = cells.texts.dictionary_encode().unify_dictionaries().chunks
    indices = [fixed(chunk.indices, np.dtype(np.int32)) for chunk in chunks]
    codes = np.concatenate([*indices, np.zeros(0, np.int32)])[with_key]
    shares[with_key] = np.bincount(codes)[codes] > 1
    return shares


def _equal_numbers(numbers: np.ndarray) -> np.ndarray:
    """Which numbers stand there more than once."""
    if not len(numbers):
        return np.zeros(0, bool)
    low, high = int(numbers.min()), int(numbers.max())
    if numbers.dtype != object and high - low < len(numbers) * COMPACT_PER_KEY + COMPACT_FREE:
        places = numbers - numbers.dtype.type(low) if numbers.dtype == np.uint64 else numbers.astype(np.int64) - low
        places = places.astype(np.int64)
        many = np.bincount(places) > 1
        return many[places] if many.any() else np.zeros(len(numbers), bool)
    ordered = np.sort(numbers)
    again = ordered[1:][ordered[1:] == ordered[:-1]]
    return np.isin(numbers, again) if len(again) else np.zeros(len(numbers), bool)


def _hashes(texts: pa.ChunkedArray) -> np.ndarray:
    """A number for each text, uint64 [n]: the same for equal ones, and most often another for others."""
    return np.concatenate([_hashes_of_chunk(chunk) for chunk in texts.chunks] + [np.zeros(0, np.uint64)])


def _hashes_of_chunk(texts: pa.Array) -> np.ndarray:
    """texts: of large_string, none of them null."""
    if not len(texts):
        return np.zeros(0, np.uint64)
    _, offsets, held = texts.buffers()
    hashes = np.empty(len(texts), np.uint64)
    data = 0 if held is None else held.address  # no bytes at all: every text is empty
    hash_texts(offsets.address + texts.offset * 8, data, len(texts), address(hashes))
    return hashes
