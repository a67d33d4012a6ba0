"""The door of the engine: input tables to the columns of a run, each used column checked once, as a whole.

It takes what the reference's door takes, refuses what that refuses, in the same order and words, and finds the same
faults. What is wrong with tables and columns comes first; then keys, columns, references and parameters.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from datetime import UTC
from functools import cached_property, partial

import numpy as np

from paycalc.check.typed import PLAN_GRAIN, Column, Entity, Outside, Reference, TypedPlan
from paycalc.check.types import FlagType
from paycalc.check.usage import Usage, usage_of
from paycalc.core.calendar import Period
from paycalc.engine.decoding.stored import number_at
from paycalc.engine.encoded import EncodedColumn, EncodedData, FaultBatch
from paycalc.engine.encoding.describing import CellReader, Describing
from paycalc.engine.encoding.encoded_columns import EncodedColumns
from paycalc.engine.encoding.keys import EntityKeys, entity_keys, key_cells
from paycalc.engine.encoding.opening import Opened, open_tables
from paycalc.engine.encoding.outside import civil_day, rows_outside
from paycalc.engine.encoding.parameters import ParameterCells, encode_parameters
from paycalc.engine.encoding.reading import Reading, TextNumbers, bounds_of, number_of, read_column
from paycalc.engine.encoding.references import KeyIndex, Targets, crowded_rows, encode_reference
from paycalc.engine.encoding.states import EMPTY, GOOD, state_of
from paycalc.engine.encoding.values import all_alike, as_flags, constant, flags_of, laid_out
from paycalc.engine.inputs.cells import CellRules, Place
from paycalc.engine.inputs.door import DoorRules, columns_by_owner, place_of, scale_of
from paycalc.engine.inputs.input_table import InputTable
from paycalc.engine.processors import processors
from paycalc.graph.nodes import Input
from paycalc.graph.prepared import counted
from paycalc.graph.texts import texts_of
from paycalc.reference.cells import Misfit
from paycalc.reference.faults import FaultCode
from paycalc.reference.rows import missing_column, missing_table, odd_key, outside_period, shared_key, too_many_rows

ROWS_MAX = 2**31 - 1  # of an entity: rows are counted in 32 bits
_THREADED_ROWS = 100_000  # from so many on threads are worth their making
_NO_ROWS = np.zeros(0, np.int64)


def encode(
    plan: TypedPlan,
    tables: Mapping[str, InputTable],
    period: Period,
    rules: DoorRules,
    *,
    threads: int | None = None,
    usage: Usage | None = None,
    parameter_cells: ParameterCells | None = None,
) -> EncodedData:
    """Everything that a plan reads from outside, checked.

    tables   by `worker`, `parameters.store` or `table.freight`
    threads  that check columns at a time; None: as many as there are processors
    usage    of the plan, where it is known already
    parameter_cells  what was found out of the parameters and tables from data of a bound plan, the same each time
    Raises DataError as `read_tables` and `admit` do, and `too-many-rows` from 2^31 rows on.
    """
    usage = usage_of(plan) if usage is None else usage
    usage = usage.with_levels(plan, columns_by_owner(tables))
    opened = open_tables(plan, usage, tables, rules)
    needed = [entity for name, entity in plan.entities.items() if name in usage.entities]
    _refuse_incomplete(needed, usage, opened.rows)
    reading = Reading(
        CellRules(), plan.timezone or UTC, TextNumbers({text: number for number, text in enumerate(texts_of(plan))})
    )
    door = _Door(plan, usage, opened, rules, reading, threads)
    for entity in needed:
        door.encode_keys(entity)
    door.encode_rows(needed)
    for entity in needed:
        door.find_outside(entity, period)
    door.count_members(needed)
    columns = EncodedColumns(door.inputs, door.faults, door.indices, door.outside)
    found = encode_parameters(
        plan,
        usage,
        period,
        opened,
        parameter_cells or ParameterCells(),
        columns,
        door.reading,
        door.describing,
        rules.known_at,
    )
    for keys in door.keys.values():
        keys.forget_table()
    return EncodedData(
        plan,
        period,
        usage,
        {PLAN_GRAIN: 1, **{name: keys.count for name, keys in door.keys.items()}, **found.counts},
        door.keys,
        {**door.inputs, **found.inputs},
        [*door.faults, *found.faults],
        found.settings,
        door.defaulted,
        list(reading.texts.numbers),
        found.finders,
        door.outside,
        found.data_tables,
    )


def _refuse_incomplete(needed: Iterable[Entity], usage: Usage, tables: Mapping[str, InputTable]) -> None:
    """Raise DataError for a table or column that is missing, or rows that are too many."""
    for entity in needed:
        if entity.name not in tables:
            raise missing_table(entity, tables)
    for entity in needed:
        table = tables[entity.name]
        error = too_many_rows(entity, table.row_count, ROWS_MAX)
        if error is not None:
            raise error
        if entity.name not in table.columns and entity.name in usage.keyed:
            raise missing_column(entity.name, entity.name, table.columns, "which holds the keys of its rows")
    for entity in needed:
        for column in entity.columns.values():
            needs = column in usage.fields and column.default is None and not column.optional
            if needs and column.name not in tables[entity.name].columns:
                raise missing_column(entity.name, column.name, tables[entity.name].columns, "which the plan uses")
    for entity in needed:
        for reference in entity.references.values():
            needs = reference in usage.fields and not reference.optional
            if needs and reference.name not in tables[entity.name].columns:
                what = f"which refers to `{reference.target}`"
                raise missing_column(entity.name, reference.name, tables[entity.name].columns, what)


@dataclass(frozen=True)
class _Piece:
    """What is made of one column."""

    inputs: Mapping[Input, EncodedColumn]
    faults: Sequence[FaultBatch] = ()
    defaulted: Mapping[Column, np.ndarray] = field(default_factory=dict)
    targets: Mapping[Reference, Targets] = field(default_factory=dict)


@dataclass
class _Door:
    """Encoded data in the making: first the keys, then columns and references, each for itself, then what takes several
    of them together."""

    plan: TypedPlan
    usage: Usage
    opened: Opened
    rules: DoorRules
    reading: Reading
    threads: int | None
    keys: dict[str, EntityKeys] = field(default_factory=dict)
    indices: dict[str, KeyIndex] = field(default_factory=dict)
    inputs: dict[Input, EncodedColumn] = field(default_factory=dict)
    faults: list[FaultBatch] = field(default_factory=list)
    defaulted: dict[Column, np.ndarray] = field(default_factory=dict)
    targets: dict[Reference, Targets] = field(default_factory=dict)
    outside: dict[str, np.ndarray] = field(default_factory=dict)

    def encode_rows(self, needed: Iterable[Entity]) -> None:
        """Each used reference and column of the needed entities; references first, they take longest."""
        steps: list[Callable[[], _Piece]] = []
        for entity in needed:
            references = [each for each in entity.references.values() if each in self.usage.fields]
            steps += [partial(self.encode_reference, each) for each in references]
        for entity in needed:
            columns = [each for each in entity.columns.values() if each in self.usage.fields]
            steps += [partial(self.encode_column, each) for each in columns]
        for piece in self.in_threads(steps):
            self.inputs.update(piece.inputs)
            self.faults += piece.faults
            self.defaulted.update(piece.defaulted)
            self.targets.update(piece.targets)

    @cached_property
    def thread_count(self) -> int:
        """How many threads there are for the rows that there are."""
        few = max((keys.count for keys in self.keys.values()), default=0) < _THREADED_ROWS
        return 1 if few else self.threads or processors()

    def in_threads(self, steps: Sequence[Callable[[], _Piece]]) -> list[_Piece]:
        """What the steps make, in their order."""
        if self.thread_count == 1:
            return [step() for step in steps]
        with ThreadPoolExecutor(self.thread_count) as pool:
            return list(pool.map(lambda step: step(), steps))

    def find_outside(self, entity: Entity, period: Period) -> None:
        """Find the rows of an entity that lie outside the period: each is faulty at its date."""
        dated = entity.dated
        if dated is not None and dated in self.usage.fields:
            column = self.inputs[Input(dated, "value")]
            rows = rows_outside(column, dated.type, period, self.plan.timezone)
            bad = [each.rows for each in self.faults if each.place is dated]
            if len(rows) and bad:
                rows = np.setdiff1d(rows, np.concatenate(bad), assume_unique=True)
            if len(rows):
                timezone = self.plan.timezone

                def misfit_of(row: int) -> Misfit:
                    # Not of the door as a whole, which holds the faults: they would keep each other, and all columns.
                    return outside_period(civil_day(number_at(column, row), dated.type, timezone), period)

                self.faults.append(self.describing.batch(FaultCode.OUTSIDE_PERIOD, dated, rows, misfit_of))
            if entity.outside is not Outside.FAULT:
                self.outside[entity.name] = rows
        if dated is not None or entity.holds:
            self.inputs[Input(counted(entity.name), "made")] = self._counted(entity)

    def _counted(self, entity: Entity) -> EncodedColumn:
        outside = self.outside.get(entity.name, _NO_ROWS)
        count = self.keys[entity.name].count
        if not len(outside):
            return all_alike(count, True)
        flags = np.ones(count, bool)
        flags[outside] = False
        return flags_of(flags)

    def count_members(self, needed: Iterable[Entity]) -> None:
        """Find the rows to which more rows of another entity lead than the plan says."""
        for entity in needed:
            outside = self.outside.get(entity.name, _NO_ROWS)
            for reference, targets in self.targets.items():
                if reference.entity == entity.name and entity.rows_max_per == reference.target:
                    assert entity.rows_max is not None  # there is a bound for each of something
                    there = self.indices[reference.target]
                    self.faults += crowded_rows(
                        reference, entity.rows_max, targets, outside, there, self.describing, self.thread_count
                    )

    @property
    def describing(self) -> Describing:
        return Describing(self.keys)

    def encode_keys(self, entity: Entity) -> None:
        table = self.opened.rows[entity.name]
        column = table.columns.get(entity.name)
        if column is None:
            keys = EntityKeys(table.row_count, None, None)
        else:
            place = place_of(table, entity, entity.name)
            cells = key_cells(column, place, integer=entity.name in self.opened.integer_keys)
            keys = entity_keys(cells, keyed=entity.name in self.usage.keyed)
        self.keys[entity.name], self.indices[entity.name] = keys, KeyIndex(keys)

        def misfit_of(row: int) -> Misfit:
            assert keys.cells is not None and keys.states is not None  # there is a fault
            if keys.states[row] == state_of(FaultCode.NULL_KEY):
                return Misfit(FaultCode.NULL_KEY, "", "a key")
            if keys.states[row] == state_of(FaultCode.DUPLICATE_KEY):
                return shared_key(keys.rows_sharing(row))
            return odd_key(keys.cells.cell(row), whole=keys.cells.numbers is not None)

        self.faults += self.describing.batches(entity.name, keys.states, misfit_of)

    def encode_column(self, known: Column) -> _Piece:
        table = self.opened.rows[known.entity]
        column = table.columns.get(known.name)
        default = None if known.default is None else number_of(known.default, known.type, self.reading.texts)
        if column is None:
            return _absent(known, table.row_count, default)
        place = Place(table.origin, table.name, known.name, f"{known.entity}.{known.name}")
        rules = CellRules(scale_of(place, table, self.rules), self.rules.assume_timezone, self.rules.plan_timezone)
        found = read_column(column, known.type, replace(self.reading, rules=rules))
        states = found.states
        laid = laid_out(found, default)
        inputs = {Input(known, "value"): as_flags(laid) if isinstance(known.type, FlagType) else laid}
        if known.optional:
            there = all_alike(table.row_count, True) if states is None else flags_of(states == GOOD)
            inputs[Input(known, "present")] = there
        empty = np.zeros(0, np.int64) if states is None else np.flatnonzero(states == EMPTY)
        if states is not None and len(empty) and not known.optional and default is None:
            states = states.copy()
            states[empty] = state_of(FaultCode.NULL)
        reader = CellReader(column, known, place, rules, self.reading.timezone)
        faults = self.describing.batches(known, states, reader.misfit)
        return _Piece(inputs, faults, {} if default is None else {known: empty})

    def encode_reference(self, reference: Reference) -> _Piece:
        entity = self.plan.entities[reference.entity]
        table = self.opened.rows[entity.name]
        column, there = table.columns.get(reference.name), self.indices[reference.target]
        if column is None:
            return _Piece({Input(reference, "row"): constant(table.row_count, -1)})
        place = place_of(table, entity, reference.name)
        cells = key_cells(column, place, integer=reference.target in self.opened.integer_keys)
        targets, faults = encode_reference(reference, cells, there, self.describing, self.thread_count)
        return _Piece({Input(reference, "row"): targets.column}, faults, targets={reference: targets})


def _absent(known: Column, count: int, default: int | None) -> _Piece:
    """A column that the table does not have, and need not."""
    low, high = bounds_of(known.type)
    laid = constant(count, min(max(0, low), high) if default is None else default)
    inputs = {Input(known, "value"): as_flags(laid) if isinstance(known.type, FlagType) else laid}
    if known.optional:
        inputs[Input(known, "present")] = all_alike(count, False)
    return _Piece(inputs, (), {} if default is None else {known: np.arange(count)})
