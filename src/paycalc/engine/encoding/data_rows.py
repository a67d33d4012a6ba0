"""Tables and ladders from data, read by columns: which values each row takes of each key, and its results.

Where a row or a table is found to be wrong, the reference reads the table again, cell by cell, and says so.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from typing import overload

import numpy as np

from paycalc.check.typed import Key, Ladder, TypedPlan
from paycalc.check.types import DateType, FlagType, MemberType, NumberType, ReferenceType, TextType, ValueType
from paycalc.check.usage import Usage
from paycalc.core.calendar import Period
from paycalc.core.errors import InternalError
from paycalc.engine.encoding.coded import coded
from paycalc.engine.encoding.keys import key_cells
from paycalc.engine.encoding.opening import DataSource, Opened
from paycalc.engine.encoding.reading import Reading, bounds_of, read_column
from paycalc.engine.encoding.references import KeyIndex
from paycalc.engine.encoding.statements import numbers_of
from paycalc.engine.encoding.states import EMPTY, GOOD
from paycalc.engine.encoding.values import INT64_MAX, INT64_MIN
from paycalc.engine.inputs.cells import EPOCH_ORDINAL
from paycalc.engine.inputs.door import read_data_table
from paycalc.reference.data_tables import ANY_TEXT, asked_versions, is_banded, versions_of
from paycalc.reference.dataset import EntityRows, RawTable, TableVersion
from paycalc.reference.parameters import EFFECTIVE_FROM
from paycalc.reference.rows import Admission

ANY = -1  # of a key that is a reference: every row


@dataclass(frozen=True)
class DataSurroundings:
    """What reading a table from data needs of the run."""

    plan: TypedPlan
    usage: Usage
    period: Period
    opened: Opened
    indices: Mapping[str, KeyIndex]
    reading: Reading

    @cached_property
    def targets(self) -> list[str]:
        """The entities to whose rows keys refer."""
        sources = self.opened.data_tables.values()
        types = [key.type for source in sources for key in source.table.keys]
        return sorted({type.entity for type in types if isinstance(type, ReferenceType)} & self.indices.keys())

    @property
    def has_texts(self) -> bool:
        """Whether some key or result is a text."""
        return any(
            isinstance(each, TextType) for table in self.opened.data_tables.values() for each in table.types.values()
        )

    @cached_property
    def admission(self) -> Admission:
        """The door of the reference, as far as tables ask it for something."""
        admission = Admission(self.plan, self.period, self.usage)
        for entity in self.targets:
            keys = self.indices[entity].keys
            every = [keys[row] for row in range(keys.count)]
            rows = {key: row for row, key in reversed(list(enumerate(every))) if key is not None}
            in_order = {key: rows[key] for key in dict.fromkeys(key for key in every if key is not None)}
            admission.entities[entity] = EntityRows(keys.count, every, in_order)
        return admission

    def versions(self, source: DataSource) -> list[TableVersion]:
        """The versions as the reference reads them. Raises DataError for whatever is wrong with them."""
        columns = read_data_table(source.table, source.input, self.opened.rules, self.opened.integer_keys)
        raw = RawTable(source.table.name, columns, source.input.row_count)
        return versions_of(self.admission, source.table, raw)

    def refuse(self, source: DataSource) -> None:
        """Raise the DataError of a table in which something is wrong."""
        self.versions(source)
        raise InternalError(f"table {source.table.name}: wrong by columns, and right cell by cell")


class LazyVersions(Sequence[TableVersion]):
    """The versions of a table, read when somebody asks."""

    def __init__(self, surroundings: DataSurroundings, source: DataSource) -> None:
        self._surroundings, self._source = surroundings, source

    @cached_property
    def _read(self) -> list[TableVersion]:
        return self._surroundings.versions(self._source)

    def __len__(self) -> int:
        return len(self._read)

    @overload
    def __getitem__(self, at: int) -> TableVersion: ...
    @overload
    def __getitem__(self, at: slice) -> Sequence[TableVersion]: ...
    def __getitem__(self, at: int | slice) -> TableVersion | Sequence[TableVersion]:
        return self._read[at]


# ---------------------------------------------------------------- rows


@dataclass(frozen=True)
class KeyRange:
    """The whole numbers that an argument of a key may be: from low to before high; of a reference the rows that have a
    key of their own, and how many rows there are."""

    low: int
    high: int
    rows: np.ndarray | None = None


@dataclass(frozen=True)
class DataRows:
    """The rows of one version, in the order of the data.

    numbers  of the rows in the table, from 0
    lows, highs  by key: what each row takes, from low to before high, int64; of a reference low is its row, or ANY
    results  one column each, int64 or object
    """

    numbers: np.ndarray
    lows: Sequence[np.ndarray]
    highs: Sequence[np.ndarray]
    results: Sequence[np.ndarray]


@dataclass(frozen=True)
class ReadTable:
    """A table as it was read. versions: those asked for, rising, each with the first day that it is asked for, in days
    since 1970-01-01."""

    ranges: Sequence[KeyRange]
    days: Sequence[int]
    versions: Sequence[DataRows]


def read_data_rows(source: DataSource, around: DataSurroundings) -> ReadTable:
    """Raises DataError for a cell that is none, and where there is no version."""
    reader = _Columns(source, around)
    since, sound = reader.since()
    if not sound.all():
        around.refuse(source)
    table, period = source.table, around.period
    if since is None:
        known: list[date | None] = [None]
    elif len(since):
        known = [date.fromordinal(day + EPOCH_ORDINAL) for day in np.unique(since).tolist()]
    else:
        known = [None]
    asked = asked_versions(Admission(around.plan, period, around.usage), table, known)
    keys = [reader.key(position) for position in range(len(table.keys))]
    results = [reader.result(position) for position in range(len(source.layout.results))]
    for each in (*keys, *results):
        sound &= each[-1]
    versions, days = [], []
    first = period.start.toordinal() - EPOCH_ORDINAL
    for start in asked:
        day = None if start is None else start.toordinal() - EPOCH_ORDINAL
        rows = np.arange(source.input.row_count) if since is None or day is None else np.flatnonzero(since == day)
        if not sound[rows].all():
            around.refuse(source)
        lows, highs = [key[0][rows] for key in keys], [key[1][rows] for key in keys]
        versions.append(DataRows(rows, lows, highs, [result[0][rows] for result in results]))
        days.append(first if day is None else max(day, first))
    return ReadTable([range_of(key, around.indices) for key in table.keys], days, versions)


def range_of(key: Key, indices: Mapping[str, KeyIndex]) -> KeyRange:
    """What arguments of a key may be."""
    match key.type:
        case FlagType():
            return KeyRange(0, 2)
        case MemberType(members=members):
            return KeyRange(0, len(members))
        case NumberType() | DateType():
            low, high = bounds_of(key.type)
            return KeyRange(max(low, INT64_MIN), min(high + 1, INT64_MAX))
        case TextType():
            return KeyRange(0, INT64_MAX)
        case ReferenceType(entity=entity):
            index = indices[entity]
            rows = np.arange(index.keys.count)
            if index.keys.cells is None:
                rows = rows[:0]
            elif len(rows):
                rows = rows[index.rows_of(index.keys.cells) == rows]
            return KeyRange(0, index.keys.count, rows)
    return KeyRange(INT64_MIN, INT64_MAX)


@dataclass(frozen=True)
class _Columns:
    """Reads the columns of one table."""

    source: DataSource
    around: DataSurroundings

    def since(self) -> tuple[np.ndarray | None, np.ndarray]:
        """The days since when rows hold, and which rows say so."""
        every = np.ones(self.source.input.row_count, bool)
        if not self.source.layout.dated:
            return None, every
        numbers, states = self._read(EFFECTIVE_FROM)
        return numbers, states == GOOD

    def result(self, position: int) -> tuple[np.ndarray, np.ndarray]:
        """The numbers of a result, and which rows have one."""
        numbers, states = self._read(self.source.layout.results[position])
        return numbers, states == GOOD

    def key(self, position: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """From where to before where a row takes values of a key, and which rows are sound."""
        key, columns = self.source.table.keys[position], self.source.layout.keys[position]
        if isinstance(key.type, ReferenceType):
            return self._rows(columns[0], key.type.entity)
        whole = range_of(key, self.around.indices)
        if len(columns) > 1:
            low, low_states = self._bound(columns[0], whole, whole.low)
            high, high_states = self._bound(columns[1], whole, whole.high)
            return low, high, (low_states <= EMPTY) & (high_states <= EMPTY) & (low < high)
        if is_banded(key):
            numbers, states = self._read(columns[0])
            low = _within(numbers, whole)
            return low, low + 1, states == GOOD
        anything = self._any(columns[0])
        numbers, states = self._read(columns[0])
        low, high = np.where(anything, whole.low, numbers), np.where(anything, whole.high, numbers + 1)
        return low.astype(np.int64), high.astype(np.int64), anything | (states == GOOD)

    def _bound(self, column: str, whole: KeyRange, unbounded: int) -> tuple[np.ndarray, np.ndarray]:
        numbers, states = self._read(column)
        held = np.where(states == EMPTY, unbounded, numbers)
        return np.clip(held, whole.low, whole.high).astype(np.int64), states

    def _rows(self, column: str, entity: str) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Of a key that is a reference the rows, or ANY."""
        place = self.source.places[column]
        integer = entity in self.around.opened.integer_keys
        cells = key_cells(self.source.input.columns[column], place, integer=integer)
        rows = self.around.indices[entity].rows_of(cells).astype(np.int64)
        if isinstance(self.source.table, Ladder):
            return rows, rows + 1, rows >= 0
        # A row of the target may bear the name that stands for all of them: it is not meant.
        anything = self._any(column)
        rows[anything] = ANY
        return rows, rows + 1, anything | (rows >= 0)

    def _any(self, column: str) -> np.ndarray:
        """Where `*` stands."""
        texts = coded(self.source.input.columns[column])
        if texts is None:
            return np.zeros(self.source.input.row_count, bool)
        return texts.each(np.array([text == ANY_TEXT for text in texts.texts] + [False])).astype(bool)

    def _read(self, name: str) -> tuple[np.ndarray, np.ndarray]:
        """Numbers and states of a column; texts without characters are empty."""
        type_: ValueType = self.source.types[name]
        column, rules = self.source.input.columns[name], self.source.rules[name]
        found = read_column(column, type_, Reading(rules, self.around.reading.timezone, self.around.reading.texts))
        numbers = numbers_of(found)
        states = np.zeros(len(numbers), np.uint8) if found.states is None else found.states
        if isinstance(type_, TextType):
            texts = coded(column)
            assert texts is not None  # else it is no column of texts
            empty = texts.each(np.array([not text for text in texts.texts] + [True])).astype(bool)
            states = np.where(empty, np.uint8(EMPTY), states)
        return numbers, states


def _within(numbers: np.ndarray, whole: KeyRange) -> np.ndarray:
    found: np.ndarray = np.clip(numbers, whole.low, max(whole.high - 1, whole.low)).astype(np.int64)
    return found
