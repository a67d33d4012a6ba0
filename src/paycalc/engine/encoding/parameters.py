"""Parameters, wide or long, dated or not, to columns: at the rows of their entity for the period's end, and at its
versions for the dates of other rows.

A table of parameters is read by columns, and only the cells that hold somewhere are read at all. Row by row, as the
reference reads it, is found only what stops the run.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from threading import Lock

import numpy as np

from paycalc.check.typed import PLAN_GRAIN, Entity, Ladder, Parameter, Table, TypedPlan
from paycalc.check.types import DateType, FlagType, TextType
from paycalc.check.usage import DatedRead, Usage
from paycalc.core.calendar import Period
from paycalc.engine.encoded import EncodedColumn, FaultBatch, Finder, Keys
from paycalc.engine.encoding.data_rows import DataSurroundings
from paycalc.engine.encoding.data_tables import EncodedTables, encode_data_tables
from paycalc.engine.encoding.describing import Describing
from paycalc.engine.encoding.encoded_columns import EncodedColumns
from paycalc.engine.encoding.opening import Opened
from paycalc.engine.encoding.owner_faults import ParameterSettings
from paycalc.engine.encoding.owners import Owner, are_same_keys, made_owner
from paycalc.engine.encoding.reading import Reading, TextNumbers
from paycalc.engine.encoding.refusing import refuse_strangers_and_conflicts
from paycalc.engine.encoding.statements import Clock, Statements, read_statements
from paycalc.engine.encoding.states import GOOD
from paycalc.engine.encoding.values import all_alike, as_flags, constant, extent, flags_of, packed
from paycalc.engine.encoding.versions import (
    Found,
    Stretches,
    by_day,
    equal_rows,
    finder_of,
    sums_over_days,
    without_changes,
)
from paycalc.graph.nodes import Input, versions_of
from paycalc.graph.prepared import cells_of, versions_find, versions_row
from paycalc.graph.texts import texts_of
from paycalc.reference.dataset import TableVersion
from paycalc.reference.parameters import Statement, no_parameters, unknown_name


@dataclass
class EncodedParameters:
    """counts: of the grains that are made here. The rest as of EncodedData."""

    settings: ParameterSettings
    inputs: dict[Input, EncodedColumn] = field(default_factory=dict)
    faults: list[FaultBatch] = field(default_factory=list)
    finders: dict[str, Finder] = field(default_factory=dict)
    counts: dict[str, int] = field(default_factory=dict)
    data_tables: dict[Table | Ladder, Sequence[TableVersion]] = field(default_factory=dict)


@dataclass(frozen=True)
class Resolved:
    """What the used parameters of an owner are, whatever else the run is about.

    stretches  None: nothing is asked for but at the period's end
    at_end     at its rows, at the period's end
    in_time    over its stretches, what is averaged or asked for on the dates of rows; of the latter the states alone
    dated      over its versions, what is asked for on the dates of rows
    versions   of each stretch its version
    texts      numbers of text parameters are places in it
    """

    owner: Owner
    stretches: Stretches | None
    at_end: dict[Parameter, Found]
    in_time: dict[Parameter, Found]
    dated: dict[Parameter, Found]
    versions: np.ndarray
    texts: Sequence[str]


class ParameterCells:
    """What was found out of the parameters and the tables from data of one bound plan. Threads may share it."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._statements: dict[object, Statements] = {}
        self._resolved: dict[object, Resolved] = {}
        self._tables: dict[object, tuple[Sequence[Keys], EncodedTables]] = {}

    def statements(self, entity: Entity, opened: Opened, reading: Reading) -> Statements | None:
        """The rows of an entity's table, always the same one."""
        table = opened.parameters.get(entity.name)
        if table is None:
            return None
        place = (entity.name, opened.time_rules, opened.integer_keys)
        with self._lock:
            if place not in self._statements:
                found = read_statements(entity, table, opened.time_rules, reading.timezone, opened.integer_keys)
                self._statements[place] = found
            return self._statements[place]

    def resolved(self, place: object, owner: Owner) -> Resolved | None:
        """What was found of an owner like this one, if it was."""
        with self._lock:
            known = self._resolved.get(place)
        return replace(known, owner=known.owner.beside(owner)) if known and known.owner.is_like(owner) else None

    def keep(self, place: object, resolved: Resolved) -> None:
        """Of each place the last is kept."""
        with self._lock:
            self._resolved[place] = resolved

    def tables(self, around: DataSurroundings, clock: Clock) -> EncodedTables:
        """The tables from data, always the same ones; read again where the rows that they refer to are others."""
        keys = [around.indices[entity].keys for entity in around.targets]
        place = (around.period, around.opened.integer_keys, repr(around.opened.rules))
        with self._lock:
            before, known = self._tables.get(place, ([], None))
        if known is not None and all(are_same_keys(*each) for each in zip(before, keys, strict=True)):
            return known
        found = encode_data_tables(around, clock)
        if not around.has_texts:  # their numbers are those of one run
            with self._lock:
                self._tables[place] = keys, found
        return found


def encode_parameters(
    plan: TypedPlan,
    usage: Usage,
    period: Period,
    opened: Opened,
    cache: ParameterCells,
    columns: EncodedColumns,
    reading: Reading,
    describing: Describing,
    known_at: date | None,
) -> EncodedParameters:
    """The used parameters, and the tables from data. usage: with the levels of the tables.

    Raises DataError: `unknown-parameter`, `missing-column`, `null-key`, `ambiguous-level`, what is wrong with a date,
    `unknown-reference` (a key that nobody has), `parameter-conflict`, and for the plan's own parameters the code of any
    fault.
    """
    owners = {name: entity for name, entity in plan.entities.items() if entity.parameters}
    for name in opened.parameters:
        if name not in owners:
            raise no_parameters(name, owners)
    clock = Clock.of(period, reading.timezone)
    out = EncodedParameters(ParameterSettings(clock, describing))
    for name, entity in owners.items():
        table = opened.parameters.get(name)
        if table is not None and table.unknown is not None:
            row, unknown = table.unknown
            raise unknown_name(entity, Statement(row, None, unknown, None))
        statements = cache.statements(entity, opened, reading)
        in_force = None if statements is None else statements.in_force(clock, known_at)
        if name != PLAN_GRAIN and name not in columns.indices:
            continue
        owner = made_owner(entity, table, statements, in_force, columns, clock, reading)
        place = (name, period, known_at, None if table is None else tuple(each.rules for each in table.columns))
        resolved = cache.resolved(place, owner)
        if resolved is None:
            refuse_strangers_and_conflicts(owner, usage)
            resolved = resolve(owner, plan, usage)
            cache.keep(place, resolved)
        out.settings.owners[name] = resolved.owner
        _Output(resolved, usage, columns, reading, out).put()
    tables = cache.tables(DataSurroundings(plan, usage, period, opened, columns.indices, reading), clock)
    out.inputs.update(tables.inputs)
    out.finders.update(tables.finders)
    out.counts.update(tables.counts)
    out.data_tables.update(tables.data_tables)
    return out


# ---------------------------------------------------------------- resolving


def resolve(owner: Owner, plan: TypedPlan, usage: Usage) -> Resolved:
    """What the used parameters of an owner are."""
    texts = TextNumbers({text: number for number, text in enumerate(texts_of(plan))})
    owner = replace(owner, reading=replace(owner.reading, texts=texts))
    used = [each for each in owner.entity.parameters.values() if each in usage.fields]
    lasting = [each for each in used if each in usage.dated or each in usage.averaged]
    stretches = owner.stretches(lasting) if lasting else None
    every, ends = np.arange(owner.count), np.full(owner.count, owner.clock.end)
    last = every if stretches is None else stretches.at(every, ends)
    at_end: dict[Parameter, Found] = {}
    in_time: dict[Parameter, Found] = {}
    for parameter in used:
        if stretches is not None and parameter in lasting:
            in_time[parameter] = owner.values(parameter, stretches.rows, stretches.starts)
        if parameter in usage.at_end and parameter in in_time:
            at_end[parameter] = in_time[parameter].taken(last)
        elif parameter in usage.at_end:
            at_end[parameter] = owner.values(parameter, every, ends)
    owner.forget_askings()
    dated = {each: found for each, found in in_time.items() if each in usage.dated}
    versions, firsts = equal_rows(list(dated.values()), 0 if stretches is None else stretches.count)
    if len(firsts) < len(versions):
        dated = {each: found.taken(firsts) for each, found in dated.items()}
    for parameter in dated.keys() - usage.averaged:
        in_time[parameter] = replace(in_time[parameter], numbers=firsts[:0])
    return Resolved(owner, stretches, at_end, in_time, dated, versions, list(texts.numbers))


# ---------------------------------------------------------------- columns


@dataclass(frozen=True)
class _Output:
    """Puts what was resolved into the columns of a run."""

    resolved: Resolved
    usage: Usage
    columns: EncodedColumns
    reading: Reading
    out: EncodedParameters

    def put(self) -> None:
        """In the order of the plan, so that the first parameter of the plan that is faulty stops the run."""
        for parameter in self.resolved.owner.entity.parameters.values():
            if parameter in self.resolved.at_end:
                found = self.resolved.at_end[parameter]
                self.out.faults += self.out.settings.at_end_batches(parameter, found)
                self._put_values(parameter, found, "value", "present")
            if parameter in self.resolved.in_time:
                self._put_in_time(parameter, self.resolved.in_time[parameter])
        if self.resolved.dated:
            self._put_finders()

    def _put_in_time(self, parameter: Parameter, found: Found) -> None:
        stretches = self.resolved.stretches
        assert stretches is not None  # there is something in the course of time
        settings = self.out.settings
        if parameter in self.usage.averaged:
            self.out.faults += settings.averaged_batches(parameter, found, stretches)
            sums = sums_over_days(found, stretches, settings.clock)
            self.out.inputs[Input(parameter, "days")] = _column(sums)
        if parameter in self.usage.dated:
            for read in _in_order(self.usage, parameter):
                self.out.faults += settings.dated_batches(read, found, stretches, self.columns)
            self._put_values(parameter, self.resolved.dated[parameter], "dated value", "dated present", 1)

    def _put_values(self, parameter: Parameter, found: Found, value: str, present: str, rows_min: int = 0) -> None:
        numbers = found.numbers
        if isinstance(parameter.type, TextType):
            numbers = self._text_numbers[numbers]
        column = _column(numbers, rows_min)
        is_flag = isinstance(parameter.type, FlagType)
        self.out.inputs[Input(parameter, value)] = as_flags(column) if is_flag else column
        if parameter.optional:
            states = found.states
            there = all_alike(column.count, True) if states is None else flags_of(states == GOOD)
            self.out.inputs[Input(parameter, present)] = there

    @property
    def _text_numbers(self) -> np.ndarray:
        """The numbers in this run of the texts that were numbered when the parameters were read."""
        return np.array([self.reading.texts.of(text) for text in self.resolved.texts] or [0], np.int64)

    def _put_finders(self) -> None:
        stretches, clock = self.resolved.stretches, self.out.settings.clock
        assert stretches is not None  # there is something in the course of time
        entity = self.resolved.owner.entity.name
        by = {column for parameter in self.resolved.dated for column in self.usage.dated[parameter]}
        found = without_changes(stretches, self.resolved.versions)
        self.out.counts[versions_of(entity)] = max(len(next(iter(self.resolved.dated.values())).numbers), 1)
        for moments in (False, True):
            if any(isinstance(column.type, DateType) is not moments for column in by):
                cells, versions = found if moments else by_day(*found, clock)
                find = versions_find(entity, moments)
                self.out.finders[find.name] = finder_of(cells)
                self.out.inputs[Input(versions_row(entity, moments), "made")] = _column(versions, 1)
                self.out.counts[cells_of(find.name)] = max(len(versions), 1)


def _in_order(usage: Usage, parameter: Parameter) -> list[DatedRead]:
    reads = [each for each in usage.dated_reads if each.parameter is parameter]
    return sorted(
        reads, key=lambda each: (each.entity, each.by.name, [reference.name for reference in each.references])
    )


def _column(numbers: np.ndarray, rows_min: int = 0) -> EncodedColumn:
    """Whole numbers as they lie, or as narrow as they can be; a grain that is made here has a row at least."""
    return packed(numbers, extent(numbers)) if len(numbers) else constant(rows_min, 0)
