"""What the tables say of the parameters of one entity, at any of its rows and at any moment of the period."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from functools import cached_property

import numpy as np

from paycalc.check.typed import PLAN_GRAIN, Entity, Parameter, Reference
from paycalc.engine.encoded import FaultBatch, Keys
from paycalc.engine.encoding.describing import CellReader
from paycalc.engine.encoding.encoded_columns import EncodedColumns
from paycalc.engine.encoding.opening import ParameterColumn, ParameterTable
from paycalc.engine.encoding.reading import Reading, number_of, read_column
from paycalc.engine.encoding.references import KeyIndex
from paycalc.engine.encoding.resolving import (
    BROKEN,
    NOWHERE,
    Asking,
    Choice,
    Kinds,
    LevelRows,
    kinds_of,
    level_rows,
)
from paycalc.engine.encoding.statements import Clock, Statements, numbers_of
from paycalc.engine.encoding.states import EMPTY, GOOD, UNSET, state_of
from paycalc.engine.encoding.values import INT64_MAX
from paycalc.engine.encoding.versions import Found, Stretches, found_of, stretches_of
from paycalc.engine.inputs.cells import taken
from paycalc.reference.dataset import Unreadable
from paycalc.reference.faults import Fault, FaultCode
from paycalc.reference.parameters import INHERIT_TEXT, UNSET_TEXT, Statement, Stretch

_MISSING = state_of(FaultCode.MISSING_PARAMETER)


@dataclass(frozen=True)
class Broken:
    """Ways from rows to a level that lead over faulty references.

    states   that the faults give, uint8 [rows]; GOOD where the way is not broken
    batches  where the faults stand; batch, row: of each row which one, and where in it
    numbers  of each row a number that only rows with one fault share
    """

    states: np.ndarray
    batches: Sequence[FaultBatch]
    batch: np.ndarray
    row: np.ndarray
    numbers: np.ndarray

    def is_like(self, other: Broken) -> bool:
        return np.array_equal(self.states, other.states)


@dataclass(frozen=True)
class Ways:
    """From the rows of an entity to those of its levels.

    targets  by level: the row it leads to, NOWHERE or BROKEN, int [rows]
    broken   by level, of those that references lead to
    """

    targets: Mapping[int, np.ndarray]
    broken: Mapping[int, Broken]

    def fault(self, level: int, row: int) -> Fault:
        """The fault that breaks the way from a row."""
        broken = self.broken[level]
        fault: Fault = broken.batches[int(broken.batch[row])].describe(int(broken.row[row]))
        return fault

    def are_like(self, others: Ways) -> bool:
        """Whether they lead to the same rows."""
        return (
            self.targets.keys() == others.targets.keys()
            and all(np.array_equal(each, others.targets[level]) for level, each in self.targets.items())
            and all(each.is_like(others.broken[level]) for level, each in self.broken.items())
        )


def are_same_keys(one: Keys, other: Keys) -> bool:
    """Whether rows have the same keys, in one order."""
    here, there = one.array, other.array
    return type(here) is type(there) and here.type == there.type and bool(here.equals(there))


def ways_of(entity: Entity, at: Iterable[int], columns: EncodedColumns) -> Ways:
    """at: the levels that are needed."""
    count = 1 if entity.name == PLAN_GRAIN else columns.indices[entity.name].keys.count
    targets: dict[int, np.ndarray] = {}
    broken: dict[int, Broken] = {}
    for position in at:
        level = entity.levels[position]
        if level.entity == PLAN_GRAIN:
            targets[position] = np.zeros(count, np.int32)
        elif not level.references:
            targets[position] = _own_rows(columns.indices[entity.name])
        else:
            targets[position], broken[position] = _followed(level.references, count, columns)
    return Ways(targets, broken)


def _own_rows(index: KeyIndex) -> np.ndarray:
    """Rows that share a key share what is said of it; that they do is a fault of its own."""
    rows = np.arange(index.keys.count, dtype=np.int32)
    if index.keys.shared is not None and index.keys.cells is not None:
        rows[index.keys.shared] = index.rows_of(index.keys.cells)[index.keys.shared]
    return rows


def _followed(references: Sequence[Reference], count: int, columns: EncodedColumns) -> tuple[np.ndarray, Broken]:
    rows, states = np.arange(count), np.zeros(count, np.uint8)
    batches: list[FaultBatch] = []
    batch_of, row_of, numbers = np.zeros(count, np.int32), np.zeros(count, np.int64), np.zeros(count, np.int64)
    before = 0
    for reference in references:
        for batch in columns.faults:
            if batch.place is not reference:
                continue
            places = np.searchsorted(batch.rows, rows)
            places[places == len(batch.rows)] = 0
            stuck = np.flatnonzero(batch.rows[places] == rows)
            of = batch.rows if batch.of is None else batch.of
            states[stuck], batch_of[stuck], row_of[stuck] = state_of(batch.code), len(batches), rows[stuck]
            numbers[stuck] = before + of[places[stuck]]
            before += int(of.max()) + 1
            batches.append(batch)
        led = np.append(columns.rows(reference), NOWHERE)
        rows = np.where(states == GOOD, led[rows], NOWHERE)
    targets = np.where(states != GOOD, BROKEN, rows).astype(np.int32)
    return targets, Broken(states, batches, batch_of, row_of, numbers)


# ---------------------------------------------------------------- one owner


@dataclass
class Owner:
    """An entity's parameters, whose statements stand in order, by level.

    index       of its rows; None: of the plan
    table       None: there is none; then neither are there statements
    in_force    which rows of the table are in force at some time of the period, bool; None: all are
    levels      where rows of the table state
    targets     the row that each row of the table is about, or NOWHERE; of a row that is not in force any
    """

    entity: Entity
    index: KeyIndex | None
    table: ParameterTable | None
    statements: Statements | None
    in_force: np.ndarray | None
    targets: np.ndarray
    ways: Ways
    clock: Clock
    reading: Reading
    indices: Mapping[str, KeyIndex]
    _orders: dict[int, Sequence[LevelRows]] = field(default_factory=dict)
    _kinds: dict[Parameter, Kinds] = field(default_factory=dict)
    _askings: dict[tuple[int, int], Asking] = field(default_factory=dict)

    @property
    def count(self) -> int:
        """Its rows."""
        return 1 if self.index is None else self.index.keys.count

    def is_like(self, other: Owner) -> bool:
        """Whether all parameters have the same values here and there; of the same tables, for the same period."""
        return (
            self.count == other.count
            and (self.index is None or other.index is None or are_same_keys(self.index.keys, other.index.keys))
            and self.ways.are_like(other.ways)
            and np.array_equal(self.targets, other.targets)
        )

    def beside(self, other: Owner) -> Owner:
        """What is known here, with the faults of another run's rows."""
        return replace(self, index=other.index, ways=other.ways, indices=other.indices)

    @cached_property
    def sources(self) -> Mapping[Parameter, ParameterColumn]:
        """The columns of the table by parameter."""
        return {} if self.table is None else {each.parameter: each for each in self.table.columns}

    def _kinds_of(self, parameter: Parameter) -> Kinds:
        found = self._kinds.get(parameter)
        if found is None:
            found = kinds_of(self.sources[parameter].column, parameter.type)
            self._kinds = {parameter: found}  # they are as long as the table: those of one parameter are enough
        return found

    def levels(self, source: ParameterColumn) -> Sequence[LevelRows]:
        """The statements of a column in order."""
        if id(source.rows) not in self._orders:
            self._orders[id(source.rows)] = self._ordered(source.rows)
        return self._orders[id(source.rows)]

    def _ordered(self, rows: np.ndarray) -> Sequence[LevelRows]:
        statements = self.statements
        assert statements is not None  # there is a column
        cells = np.arange(len(rows)) if self.in_force is None else np.flatnonzero(self.in_force[rows])
        found = []
        for position in self.ways.targets:
            at = rows[cells]
            mine = (statements.levels[at] == position) & (self.targets[at] >= 0)
            own = cells if mine.all() else cells[mine]
            at = rows[own]
            level = self.entity.levels[position].entity
            count = 1 if level == PLAN_GRAIN else self.indices[level].keys.count
            times = statements.starts(at), statements.records(at), statements.ends(at)
            found.append(level_rows(position, own, self.targets[at], count, *times))
        return found

    # ------------------------------------------------------------ asking

    def stretches(self, parameters: Iterable[Parameter]) -> Stretches:
        """In which nothing changes for any of the parameters."""
        orders = {id(source.rows): self.levels(source) for each in parameters if (source := self.sources.get(each))}
        levels = [level for order in orders.values() for level in order]
        return stretches_of(self.count, levels, self.ways.targets, self.clock)

    def values(self, parameter: Parameter, rows: np.ndarray, asked: np.ndarray) -> Found:
        """What the parameter is at some rows, each at a moment; where it is missing the state says so.

        rows, asked: the same arrays for all parameters that are asked for then, which share what is found.
        """
        source = self.sources.get(parameter)
        if source is None:
            choice = Choice(np.full(len(rows), -1))
        else:
            place = (id(source.rows), id(asked))
            if place not in self._askings:
                self._askings[place] = self._asking(source, rows, asked)
            choice = self._askings[place].choose(self._kinds_of(parameter))
        numbers, states = self._numbers(parameter, source, choice.cells)
        if choice.broken is not None:
            for position, broken in self.ways.broken.items():
                at = np.flatnonzero(choice.broken == position)
                states[at] = broken.states[rows[at]]
        missing = (states == EMPTY) | (states == UNSET)
        states[missing] = EMPTY if parameter.optional else _MISSING
        return found_of(numbers, states, choice.broken)

    def choices(self, parameter: Parameter, rows: np.ndarray, asked: np.ndarray) -> Choice:
        """Which cells set a parameter at some rows, each at a moment."""
        source = self.sources.get(parameter)
        if source is None:
            return Choice(np.full(len(rows), -1))
        return self._asking(source, rows, asked).choose(self._kinds_of(parameter))

    def _asking(self, source: ParameterColumn, rows: np.ndarray, asked: np.ndarray) -> Asking:
        levels = self.levels(source)
        return Asking(levels, {level.level: self.ways.targets[level.level][rows] for level in levels}, asked)

    def forget_askings(self) -> None:
        """They belong to arrays with which nobody asks again."""
        self._askings.clear()

    def choice(self, parameter: Parameter, row: int, asked: int) -> tuple[int, int]:
        """The cell that sets a parameter of a row at a moment, or -1; and the level whose way is broken, or -1."""
        choice = self.choices(parameter, np.array([row]), np.array([asked]))
        return int(choice.cells[0]), -1 if choice.broken is None else int(choice.broken[0])

    def _numbers(
        self, parameter: Parameter, source: ParameterColumn | None, cells: np.ndarray
    ) -> tuple[np.ndarray, np.ndarray]:
        """Numbers and states; what no cell sets has the default, or is EMPTY."""
        default = None
        if parameter.default is not None:
            default = number_of(parameter.default, parameter.type, self.reading.texts)
        set_here = np.flatnonzero(cells >= 0)
        said, said_states = np.zeros(0, np.int64), np.zeros(0, np.uint8)
        if source is not None and len(set_here):
            said, said_states = self.read(source, cells[set_here])
            if len(set_here) == len(cells):
                return said, said_states
        wide = said.dtype == object or abs(default or 0) > INT64_MAX
        numbers = np.full(len(cells), default or 0, object if wide else np.int64)
        states = np.full(len(cells), EMPTY if default is None else GOOD, np.uint8)
        numbers[set_here], states[set_here] = said, said_states
        return numbers, states

    def read(self, source: ParameterColumn, cells: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """The numbers (int64 or object) and states of some cells of a column."""
        whole = len(cells) >= len(source.rows)
        column = source.column if whole else taken(source.column, cells)  # type: ignore[arg-type]
        reading = replace(self.reading, rules=source.rules, parameters=True)
        found = read_column(column, source.parameter.type, reading)
        numbers = numbers_of(found)
        states = np.zeros(len(numbers), np.uint8) if found.states is None else found.states
        return (numbers[cells], states[cells]) if whole else (numbers, states.copy())

    # ------------------------------------------------------------ one cell

    def statement(self, parameter: Parameter, cell: int) -> Statement:
        """A cell as the reference has it."""
        assert self.statements is not None  # there is a cell
        source = self.sources[parameter]
        raw = CellReader(source.column, parameter, source.place, source.rules, self.reading.timezone).raw(cell)
        if isinstance(raw, Unreadable) and raw.text in (UNSET_TEXT, INHERIT_TEXT):
            raw = raw.text
        row = int(source.rows[cell])
        level = self.entity.levels[int(self.statements.levels[row])]
        since = None if self.statements.since is None else self.statements.since.cell(row)
        stretch = Stretch(since if isinstance(since, date) else None)
        return Statement(row + 1, self.statements.key(row), parameter.name, raw, level.name, stretch)


def made_owner(
    entity: Entity,
    table: ParameterTable | None,
    statements: Statements | None,
    in_force: np.ndarray | None,
    columns: EncodedColumns,
    clock: Clock,
    reading: Reading,
) -> Owner:
    """statements: of the table, its rows in force known to state at one level each."""
    count = 0 if statements is None else statements.count
    targets = np.zeros(count, np.int32)
    used: set[int] = set()
    if statements is not None:
        used = set(np.unique(statements.levels if in_force is None else statements.levels[in_force]).tolist())
        for position in used:
            cells = statements.keys.get(position)
            if cells is not None:
                led = columns.indices[entity.levels[position].entity].rows_of(cells)
                targets = led if len(used) == 1 else np.where(statements.levels == position, led, targets)
    ways = ways_of(entity, sorted(used), columns)
    index = columns.indices.get(entity.name)
    return Owner(
        entity, index, table, statements, in_force, targets, ways, clock, reading, columns.indices
    )  # fmt: skip
