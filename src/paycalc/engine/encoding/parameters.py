"""Parameters, wide or long, to one column each at the rows of their entity.

A table of parameters is read by columns. Row by row, as the reference reads it, is found only what stops the run: the
first row of a key that nobody has, and the first one that says otherwise than an earlier one.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from threading import Lock

import numpy as np

from paycalc.check.typed import PLAN_GRAIN, Entity, Parameter, TypedPlan
from paycalc.check.types import FlagType, TextType
from paycalc.check.usage import Usage
from paycalc.core.errors import DataError
from paycalc.engine.encoded import EncodedColumn, FaultBatch
from paycalc.engine.encoding.describing import CellReader, Describing, MisfitOf, missing_parameter
from paycalc.engine.encoding.keys import KeyCells, key_cells
from paycalc.engine.encoding.opening import ParameterColumn, ParameterTable
from paycalc.engine.encoding.reading import Reading, bounds_of, number_of, read_column
from paycalc.engine.encoding.references import NOWHERE, KeyIndex
from paycalc.engine.encoding.states import EMPTY, GOOD, UNSET, state_of
from paycalc.engine.encoding.values import INT64_MAX, Checked, Values, as_flags, extent, flags_of, laid_out
from paycalc.engine.inputs.cells import CellRules
from paycalc.engine.inputs.door import place_of
from paycalc.graph.nodes import Input
from paycalc.reference.cells import Misfit
from paycalc.reference.dataset import Unreadable
from paycalc.reference.faults import FaultCode, Key
from paycalc.reference.parameters import (
    UNSET_TEXT,
    Statement,
    conflict,
    no_key,
    no_key_column,
    no_parameters,
    stopped_by,
    unknown_name,
    unknown_row,
)

_MISSING = state_of(FaultCode.MISSING_PARAMETER)


@dataclass
class EncodedParameters:
    inputs: dict[Input, EncodedColumn] = field(default_factory=dict)
    set_in: dict[Parameter, np.ndarray] = field(default_factory=dict)
    faults: list[FaultBatch] = field(default_factory=list)


@dataclass(frozen=True)
class Said:
    """What a table says of one parameter. numbers (int64 or object) and states of its cells."""

    source: ParameterColumn
    reader: CellReader
    numbers: np.ndarray
    states: np.ndarray

    def statement(self, cell: int, key: Key | None) -> Statement:
        """A cell as the reference has it, for messages."""
        raw = self.reader.raw(cell)
        parameter = self.source.parameter
        if isinstance(raw, Unreadable) and raw.text == UNSET_TEXT and not isinstance(parameter.type, TextType):
            raw = UNSET_TEXT
        return Statement(int(self.source.rows[cell]) + 1, key, parameter.name, raw)


@dataclass(frozen=True)
class ReadParameters:
    """The cells of all tables of parameters. said: by entity. texts: their numbers, those of the plan first."""

    said: Mapping[str, Sequence[Said]]
    texts: Mapping[str, int]


class ParameterCells:
    """Reads the cells of the tables of one bound plan, once for each set of rules. Threads may share it."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._read: dict[tuple[CellRules, ...], ReadParameters] = {}

    def read(self, tables: Mapping[str, ParameterTable], reading: Reading) -> ReadParameters:
        """The cells of the tables, always the same tables; reading.texts: those of the plan, still alone."""
        rules = tuple(column.rules for table in tables.values() for column in table.columns)
        with self._lock:
            if rules not in self._read:
                reading = replace(reading, parameters=True)
                said = {name: [_read(column, reading) for column in table.columns] for name, table in tables.items()}
                self._read[rules] = ReadParameters(said, dict(reading.texts.numbers))
            return self._read[rules]


def encode_parameters(
    plan: TypedPlan,
    usage: Usage,
    tables: Mapping[str, ParameterTable],
    cells: ReadParameters,
    indices: Mapping[str, KeyIndex],
    reading: Reading,
    describing: Describing,
    integer_keys: frozenset[str],
) -> EncodedParameters:
    """The used parameters. cells: of the tables. indices: of the needed entities, the plan aside.

    Raises DataError: `unknown-parameter`, `missing-column`, `null-key`, `unknown-reference` (a key that nobody has),
    `parameter-conflict`, and for the plan's own parameters the code of any fault.
    """
    owners = {name: entity for name, entity in plan.entities.items() if entity.parameters}
    for name in tables:
        if name not in owners:
            raise no_parameters(name, owners)
    found = EncodedParameters()
    for name, entity in owners.items():
        table = tables.get(name)
        keys = None if table is None else _opened(entity, table, integer_keys)
        if name != PLAN_GRAIN and name not in indices:
            continue
        said = cells.said.get(name, ())
        index = indices.get(name)
        rows = None if index is None or keys is None else index.rows_of(keys)
        resolved = _Resolved(entity, index, keys, said, rows)
        resolved.refuse_strangers_and_conflicts()
        by_parameter = {each.source.parameter: each for each in said}
        for parameter in entity.parameters.values():
            if parameter in usage.fields:
                resolved.encode(parameter, by_parameter.get(parameter), reading, describing, found)
    return found


def _opened(entity: Entity, table: ParameterTable, integer_keys: frozenset[str]) -> KeyCells | None:
    """The keys of a table's rows (of the plan: none). Raises DataError for what is wrong with keys and names."""
    keys = None
    if entity.name != PLAN_GRAIN:
        column = table.table.columns.get(entity.name)
        if column is None:
            raise no_key_column(entity, table.names)
        place = place_of(table.table, entity, entity.name)
        keys = key_cells(column, place, integer=entity.name in integer_keys)
        empty = np.zeros(0, np.int64) if keys.states is None else np.flatnonzero(keys.states == EMPTY)
        if len(empty):
            raise no_key(entity, int(empty[0]) + 1, None)
    if table.unknown is not None:
        row, name = table.unknown
        raise unknown_name(entity, Statement(row, None, name, None))
    return keys


def _read(source: ParameterColumn, reading: Reading) -> Said:
    rules = replace(reading, rules=source.rules)
    reader = CellReader(source.column, source.parameter, source.place, source.rules, reading.timezone)
    found = read_column(source.column, source.parameter.type, rules)
    states = np.zeros(len(source.rows), np.uint8) if found.states is None else found.states
    numbers = np.concatenate([*(_wide_enough(chunk) for chunk in found.values.chunks), np.zeros(0, np.int64)])
    factor = found.values.factor
    if factor != 1 and len(numbers):
        numbers = np.where(states == GOOD, numbers, numbers.dtype.type(0) if numbers.dtype != object else 0)
        if max(abs(bound) for bound in extent(numbers)) * factor > INT64_MAX:
            numbers = numbers.astype(object)
        numbers = numbers * factor
    return Said(source, reader, numbers, states)


def _wide_enough(chunk: np.ndarray) -> np.ndarray:
    return chunk if chunk.dtype == object else chunk.astype(np.int64)


@dataclass(frozen=True)
class _Resolved:
    """An entity's parameters in the making.

    index, keys  of its rows, of the table's; None at the plan
    rows         the entity's row that each row of the table is about; None: all are about the one of the plan
    """

    entity: Entity
    index: KeyIndex | None
    keys: KeyCells | None
    said: Sequence[Said]
    rows: np.ndarray | None

    @property
    def count(self) -> int:
        return 1 if self.index is None else self.index.keys.count

    def key(self, row: int) -> Key | None:
        return None if self.keys is None else self.keys.cell(row)

    def targets(self, said: Said) -> tuple[np.ndarray, np.ndarray]:
        """The cells of a column that say something, and the entity's row that each is about, or NOWHERE."""
        cells = np.flatnonzero(said.states != EMPTY)
        if self.rows is None:
            return cells, np.zeros(len(cells), np.int32)
        return cells, self.rows[said.source.rows[cells]]

    def refuse_strangers_and_conflicts(self) -> None:
        """Raise DataError for the first cell, row by row, that is about nobody or contradicts an earlier one."""
        found: list[tuple[int, int, DataError]] = []
        for position, said in enumerate(self.said):
            cells, targets = self.targets(said)
            strangers = cells[targets == NOWHERE]
            if len(strangers):
                found.append((int(said.source.rows[strangers[0]]), position, self._stranger(said, int(strangers[0]))))
            refused = self._first_conflict(said, cells, targets)
            if refused is not None:
                found.append((int(said.source.rows[refused[1]]), position, self._conflict(said, *refused)))
        if found:
            raise min(found, key=lambda each: each[:2])[2]

    def _stranger(self, said: Said, cell: int) -> DataError:
        assert self.index is not None  # the plan's parameters are about nobody else
        key = self.key(int(said.source.rows[cell]))
        assert key is not None  # a row without a key has stopped the run
        return unknown_row(self.entity, said.statement(cell, key), self.index.nearest_of([key]))

    def _first_conflict(self, said: Said, cells: np.ndarray, targets: np.ndarray) -> tuple[int, int] | None:
        """The first cell that says otherwise than the first one about the same row; that one and it."""
        first = self._first_cells(cells, targets)
        again = np.flatnonzero((targets != NOWHERE) & (first[targets] != cells)) if len(cells) else cells
        for cell, earlier in zip(cells[again].tolist(), first[targets[again]].tolist(), strict=True):
            if not _are_same(said, earlier, cell):
                return earlier, cell
        return None

    def _first_cells(self, cells: np.ndarray, targets: np.ndarray) -> np.ndarray:
        """The first cell about each row of the entity, -1 where there is none."""
        first = np.full(self.count + 1, -1, np.int64)  # at the end, for NOWHERE
        first[targets[::-1]] = cells[::-1]  # the last of several assignments stands
        return first

    def _conflict(self, said: Said, earlier: int, cell: int) -> DataError:
        one, other = (said.statement(each, self.key(int(said.source.rows[each]))) for each in (earlier, cell))
        return conflict(self.entity, one, other)

    # ------------------------------------------------------------ one column each

    def encode(
        self, parameter: Parameter, said: Said | None, reading: Reading, describing: Describing, out: EncodedParameters
    ) -> None:
        cells = self._cell_of_each(said)
        numbers, states = self._resolved(parameter, said, cells, reading)
        missing = (states == EMPTY) | (states == UNSET)
        if not parameter.optional:
            states[missing] = _MISSING
        set_in = np.full(self.count, NOWHERE, np.int64)
        if said is not None:
            set_in[cells >= 0] = said.source.rows[cells[cells >= 0]] + 1
        misfit_of = self._misfit_of(parameter, said, cells)
        batches = describing.batches(parameter, states, misfit_of, set_in)
        if batches and parameter.entity == PLAN_GRAIN:
            misfit = misfit_of(0)
            assert isinstance(misfit, Misfit)  # there is a fault
            statement = None if said is None or cells[0] < 0 else said.statement(int(cells[0]), None)
            raise stopped_by(parameter, statement, misfit)
        out.faults += batches
        good = numbers[states == GOOD]
        bounds = extent(good) if len(good) else None
        if bounds is not None:
            numbers = np.where(states == GOOD, numbers, bounds[0])
        values = Values([numbers], states if states.any() else None)
        laid = laid_out(Checked(values, *bounds_of(parameter.type), bounds))
        out.inputs[Input(parameter, "value")] = as_flags(laid) if isinstance(parameter.type, FlagType) else laid
        if parameter.optional:
            out.inputs[Input(parameter, "present")] = flags_of(states == GOOD)
        out.set_in[parameter] = set_in

    def _cell_of_each(self, said: Said | None) -> np.ndarray:
        """The cell that sets the parameter at each row of the entity, -1 where none does."""
        if said is None:
            return np.full(self.count, -1, np.int64)
        cells, targets = self.targets(said)
        first = self._first_cells(cells, targets)[: self.count]
        shared = None if self.index is None else self.index.keys.shared
        if shared is not None and self.index is not None and self.index.keys.cells is not None:
            # Rows that share a key share what is said of it; that they do is a fault of its own.
            first[shared] = first[self.index.rows_of(self.index.keys.cells)[shared]]
        return first

    def _resolved(
        self, parameter: Parameter, said: Said | None, cells: np.ndarray, reading: Reading
    ) -> tuple[np.ndarray, np.ndarray]:
        """The number and state of each row of the entity."""
        states = np.full(self.count, EMPTY, np.uint8)
        wide = said is not None and said.numbers.dtype == object
        numbers = np.zeros(self.count, object if wide else np.int64)
        if parameter.default is not None:
            default = number_of(parameter.default, parameter.type, reading.texts)
            if abs(default) > INT64_MAX:
                numbers = numbers.astype(object)
            numbers[:], states[:] = default, GOOD
        if said is not None:
            set_here = cells >= 0
            numbers[set_here] = said.numbers[cells[set_here]]
            states[set_here] = said.states[cells[set_here]]
        return numbers, states

    def _misfit_of(self, parameter: Parameter, said: Said | None, cells: np.ndarray) -> MisfitOf:
        def misfit_of(row: int) -> object:
            cell = int(cells[row])
            if said is None or cell < 0 or said.states[cell] == UNSET:
                return missing_parameter(parameter)
            return said.reader.misfit(cell)

        return misfit_of


def _are_same(said: Said, one: int, other: int) -> bool:
    states = said.states[one], said.states[other]
    if states == (GOOD, GOOD):
        return bool(said.numbers[one] == said.numbers[other])
    if UNSET in states or GOOD in states:
        return bool(states[0] == states[1])
    return said.reader.misfit(one) == said.reader.misfit(other)
