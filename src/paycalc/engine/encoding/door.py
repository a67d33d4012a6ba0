"""The door of the engine: input tables to the columns of a run, each used column checked once, as a whole.

It takes what the reference's door takes, refuses what that refuses, in the same order and words, and finds the same
faults. What is wrong with tables and columns comes first; then keys, columns, references and parameters.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from datetime import UTC
from functools import partial

import numpy as np

from paycalc.check.typed import PLAN_GRAIN, Column, Entity, Reference, TypedPlan
from paycalc.check.types import FlagType
from paycalc.check.usage import Usage, usage_of
from paycalc.core.calendar import Period
from paycalc.engine.encoded import EncodedColumn, EncodedData, FaultBatch
from paycalc.engine.encoding.describing import CellReader, Describing
from paycalc.engine.encoding.keys import EntityKeys, entity_keys, key_cells
from paycalc.engine.encoding.opening import Opened, open_tables
from paycalc.engine.encoding.parameters import ParameterCells, encode_parameters
from paycalc.engine.encoding.reading import Reading, TextNumbers, bounds_of, number_of, read_column
from paycalc.engine.encoding.references import KeyIndex, encode_reference
from paycalc.engine.encoding.states import EMPTY, GOOD, state_of
from paycalc.engine.encoding.values import all_alike, as_flags, constant, flags_of, laid_out
from paycalc.engine.inputs.cells import CellRules, Place
from paycalc.engine.inputs.door import DoorRules, place_of, scale_of
from paycalc.engine.inputs.input_table import InputTable
from paycalc.engine.processors import processors
from paycalc.graph.nodes import Input
from paycalc.graph.texts import texts_of
from paycalc.reference.cells import Misfit
from paycalc.reference.dataset import missing_column, missing_table, odd_key, shared_key, too_many_rows
from paycalc.reference.faults import FaultCode

ROWS_MAX = 2**31 - 1  # of an entity: rows are counted in 32 bits
_THREADED_ROWS = 100_000  # from so many on threads are worth their making


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

    tables   by `worker` or `parameters.store`
    threads  that check columns at a time; None: as many as there are processors
    usage    of the plan, where it is known already
    parameter_cells  of a bound plan, whose tables of parameters are the same each time
    Raises DataError as `read_tables` and `admit` do, and `too-many-rows` from 2^31 rows on.
    """
    usage = usage_of(plan) if usage is None else usage
    opened = open_tables(plan, usage, tables, rules)
    needed = [entity for name, entity in plan.entities.items() if name in usage.entities]
    _refuse_incomplete(needed, usage, opened.rows)
    reading = Reading(
        CellRules(), plan.timezone or UTC, TextNumbers({text: number for number, text in enumerate(texts_of(plan))})
    )
    cells = (parameter_cells or ParameterCells()).read(opened.parameters, reading)
    texts = TextNumbers(dict(cells.texts))
    door = _Door(plan, usage, opened, rules, replace(reading, texts=texts))
    for entity in needed:
        door.encode_keys(entity)
    pieces = _in_threads(
        door.steps(needed), threads, max((table.row_count for table in opened.rows.values()), default=0)
    )
    found = encode_parameters(
        plan, usage, opened.parameters, cells, door.indices, door.reading, door.describing, opened.integer_keys
    )
    inputs: dict[Input, EncodedColumn] = {}
    faults = list(door.faults)
    for piece in pieces:
        inputs.update(piece.inputs)
        faults += piece.faults
    inputs.update(found.inputs)
    faults += found.faults
    return EncodedData(
        plan,
        period,
        usage,
        {PLAN_GRAIN: 1, **{name: keys.count for name, keys in door.keys.items()}},
        door.keys,
        inputs,
        faults,
        found.set_in,
        {column: rows for piece in pieces for column, rows in piece.defaulted.items()},
        list(texts.numbers),
    )


def _in_threads(steps: Sequence[Callable[[], _Piece]], threads: int | None, rows: int) -> list[_Piece]:
    """What the steps make, in their order."""
    if rows < _THREADED_ROWS or threads == 1:
        return [step() for step in steps]
    with ThreadPoolExecutor(threads or processors()) as pool:
        return list(pool.map(lambda step: step(), steps))


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


@dataclass
class _Door:
    """Encoded data in the making: first the keys, then columns and references, each for itself."""

    plan: TypedPlan
    usage: Usage
    opened: Opened
    rules: DoorRules
    reading: Reading
    keys: dict[str, EntityKeys] = field(default_factory=dict)
    indices: dict[str, KeyIndex] = field(default_factory=dict)
    faults: list[FaultBatch] = field(default_factory=list)

    def steps(self, needed: Iterable[Entity]) -> list[Callable[[], _Piece]]:
        """One for each used column and reference of the needed entities."""
        found: list[Callable[[], _Piece]] = []
        for entity in needed:
            found += [
                partial(self.encode_column, each) for each in entity.columns.values() if each in self.usage.fields
            ]
        for entity in needed:
            references = [each for each in entity.references.values() if each in self.usage.fields]
            found += [partial(self.encode_reference, each) for each in references]
        return found

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
        rows, faults = encode_reference(reference, entity, cells, there, self.describing)
        return _Piece({Input(reference, "row"): rows}, faults)


def _absent(known: Column, count: int, default: int | None) -> _Piece:
    """A column that the table does not have, and need not."""
    low, high = bounds_of(known.type)
    laid = constant(count, min(max(0, low), high) if default is None else default)
    inputs = {Input(known, "value"): as_flags(laid) if isinstance(known.type, FlagType) else laid}
    if known.optional:
        inputs[Input(known, "present")] = all_alike(count, False)
    return _Piece(inputs, (), {} if default is None else {known: np.arange(count)})
