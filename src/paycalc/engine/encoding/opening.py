"""What is wrong with tables and columns as a whole, before any cell is looked at, in the reference's order."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from paycalc.check.typed import Entity, Field, Ladder, Parameter, Reference, Table, TypedPlan
from paycalc.check.types import NumberType, ReferenceType, ValueType
from paycalc.check.usage import Usage
from paycalc.engine.encoding.coded import coded
from paycalc.engine.inputs.cells import CellRules, Place, is_string, plain, read_cells, read_whens, refuse_points, taken
from paycalc.engine.inputs.door import DoorRules, integer_keyed, place_of, read_keys, scale_of
from paycalc.engine.inputs.input_table import DATA_TABLE_PREFIX, PARAMETERS_PREFIX, InputColumn, InputTable, TextColumn
from paycalc.engine.inputs.scale import Scale
from paycalc.reference.data_tables import Layout, data_tables
from paycalc.reference.parameters import DATE_COLUMNS, NAME_COLUMN, VALUE_COLUMN, is_long


@dataclass(frozen=True)
class ParameterColumn:
    """What a table says of one parameter. rows: of the table, where each cell stands."""

    parameter: Parameter
    column: InputColumn
    rows: np.ndarray
    place: Place
    rules: CellRules


@dataclass(frozen=True)
class ParameterTable:
    """unknown: the first row (from 1; 0 of a table without rows) that names what is no parameter, and the name; None:
    every name is known. columns: in the order of the table.

    levels  the columns that say whose the statements are, by position of the level in Entity.levels
    """

    table: InputTable
    unknown: tuple[int, str] | None
    columns: Sequence[ParameterColumn]
    levels: Mapping[int, InputColumn]


@dataclass(frozen=True)
class DataSource:
    """A table or ladder from data. types, places, rules: of its columns, by their names."""

    table: Table | Ladder
    input: InputTable
    layout: Layout
    types: Mapping[str, ValueType]
    places: Mapping[str, Place]
    rules: Mapping[str, CellRules]


@dataclass(frozen=True)
class Opened:
    """Tables whose used columns hold what they may hold.

    rows          by entity
    parameters    by entity, those of it
    integer_keys  the entities whose keys in files without types are whole numbers
    time_rules    how the columns of parameters are read that say when
    rules         of the run
    data_tables   tables and ladders from data, by name
    """

    rows: Mapping[str, InputTable]
    parameters: Mapping[str, ParameterTable]
    integer_keys: frozenset[str]
    time_rules: CellRules
    rules: DoorRules
    data_tables: Mapping[str, DataSource]


def open_tables(plan: TypedPlan, usage: Usage, tables: Mapping[str, InputTable], rules: DoorRules) -> Opened:
    """Raises DataError `wrong-type`, `unknown-scale`, `bad-scale`, `zoneless-timestamp`, `not-available`."""
    integer_keys = integer_keyed(plan, tables)
    rows: dict[str, InputTable] = {}
    parameters: dict[str, ParameterTable] = {}
    from_data: dict[str, DataSource] = {}
    known = data_tables(plan.tables, plan.ladders)
    for name, table in tables.items():
        if name.startswith(DATA_TABLE_PREFIX):
            from_data[name.removeprefix(DATA_TABLE_PREFIX)] = _open_data_table(
                known[name.removeprefix(DATA_TABLE_PREFIX)], table, rules
            )
            continue
        entity = plan.entities[name.removeprefix(PARAMETERS_PREFIX)]
        if name.startswith(PARAMETERS_PREFIX):
            parameters[entity.name] = _open_parameters(entity, table, rules)
        else:
            _open_columns(entity, table, usage, rules)
            rows[entity.name] = table
            if entity.name in table.columns:
                _open_keys(table.columns[entity.name], place_of(table, entity, entity.name))
    return Opened(rows, parameters, integer_keys, time_rules(rules), rules, from_data)


def time_rules(rules: DoorRules) -> CellRules:
    return CellRules(None, rules.assume_timezone, rules.plan_timezone)


def _open_columns(entity: Entity, table: InputTable, usage: Usage, rules: DoorRules) -> None:
    for name, column in table.columns.items():
        known: Field | None = entity.references.get(name) or entity.columns.get(name)
        if known not in usage.fields:
            continue
        if isinstance(known, Reference):
            _open_keys(column, place_of(table, entity, name))
        elif known is not None:
            _open_field(column, known, table, rules)


def _open_parameters(entity: Entity, table: InputTable, rules: DoorRules) -> ParameterTable:
    """Levels, dates and values in the order of the table's columns."""
    positions = {level.name: at for at, level in enumerate(entity.levels)}
    levels: dict[int, InputColumn] = {}
    columns: list[ParameterColumn] = []
    unknown: tuple[int, str] | None = None
    every = np.arange(table.row_count)
    for name, column in table.columns.items():
        if name in DATE_COLUMNS:
            read_whens(none_of(column), place_of(table, entity, name), time_rules(rules))
        elif name in positions:
            _open_keys(column, place_of(table, entity, name))
            levels[positions[name]] = column
        elif name in entity.parameters:
            parameter = entity.parameters[name]
            columns.append(ParameterColumn(parameter, column, every, *_open_field(column, parameter, table, rules)))
        elif unknown is None:
            unknown = (min(1, table.row_count), name)
    if is_long(entity, table.columns):
        columns, unknown = _open_long(entity, table, rules)
    return ParameterTable(table, unknown, columns, dict(sorted(levels.items())))


def _open_long(
    entity: Entity, table: InputTable, rules: DoorRules
) -> tuple[list[ParameterColumn], tuple[int, str] | None]:
    """One row a statement: what its value may be depends on the parameter it names."""
    place = place_of(table, entity, NAME_COLUMN)
    names, values = table.columns[NAME_COLUMN], table.columns[VALUE_COLUMN]
    _open_keys(names, place)
    rows_of, unknown = _rows_by_name(entity, names, place)
    columns = []
    for name, parameter in entity.parameters.items():
        rows = rows_of.get(name, np.zeros(0, np.int64))
        column = taken(values, rows.tolist())
        place, cell_rules = _open_field(column, parameter, table, rules, rows.tolist())
        columns.append(ParameterColumn(parameter, column, rows, place, cell_rules))
    return columns, unknown


def _rows_by_name(
    entity: Entity, names: InputColumn, place: Place
) -> tuple[dict[str, np.ndarray], tuple[int, str] | None]:
    """The rows that name each parameter, rising, and the first row (from 1) that names none, with its name."""
    found = coded(names)
    if found is None:  # names that are whole numbers
        cells = read_keys(names, place, integer=False)
        return {}, (1, "" if cells[0] is None else str(cells[0])) if cells else None
    rows = np.argsort(found.codes, kind="stable")
    ends = np.searchsorted(found.codes[rows], np.arange(-1, len(found.texts)), side="right")
    rows_of = {name: rows[ends[code] : ends[code + 1]] for code, name in enumerate(found.texts)}
    firsts = [(int(each[0]) + 1, name) for name, each in rows_of.items() if len(each) and name not in entity.parameters]
    if ends[0]:
        firsts.append((int(rows[0]) + 1, ""))
    return rows_of, min(firsts, default=None)


def _open_data_table(known: Table | Ladder, table: InputTable, rules: DoorRules) -> DataSource:
    layout = Layout.of(known, table.columns)
    types = layout.types(known)
    places: dict[str, Place] = {}
    cell_rules: dict[str, CellRules] = {}
    for name, type_ in types.items():
        places[name] = place = Place(table.origin, table.name, name, f"{table.name}.{name}")
        if isinstance(type_, ReferenceType):
            _open_keys(table.columns[name], place)
            continue
        scale = scale_of(place, table, rules)
        cell_rules[name] = CellRules(scale, rules.assume_timezone, rules.plan_timezone)
        read_cells(none_of(table.columns[name]), type_, place, cell_rules[name])
        if isinstance(type_, NumberType) and scale is not None and scale.places is not None:
            _refuse_points(table.columns[name], scale, place)
    return DataSource(known, table, layout, types, places, cell_rules)


def none_of(column: InputColumn) -> InputColumn:
    """The column without its rows."""
    return TextColumn([]) if isinstance(column, TextColumn) else column.slice(0, 0)


def _open_keys(column: InputColumn, place: Place) -> None:
    read_keys(none_of(column), place, integer=False)


def _open_field(
    column: InputColumn, known: Field, table: InputTable, rules: DoorRules, rows: Sequence[int] | None = None
) -> tuple[Place, CellRules]:
    """Where the column stands and how its cells are read. rows: of a column read in part, the row of each cell.

    Raises DataError where the column's type, or its scale, is none that the plan's type takes.
    """
    place = Place(table.origin, table.name, known.name, f"{known.entity}.{known.name}", rows)
    cell_rules = CellRules(scale_of(place, table, rules), rules.assume_timezone, rules.plan_timezone)
    read_cells(none_of(column), known.type, place, cell_rules)
    if isinstance(known.type, NumberType) and cell_rules.scale is not None and cell_rules.scale.places is not None:
        _refuse_points(column, cell_rules.scale, place)
    return place, cell_rules


def _refuse_points(column: InputColumn, scale: Scale, place: Place) -> None:
    if isinstance(column, TextColumn):
        refuse_points(column.cells, scale, place)
        return
    held = plain(column)
    if is_string(held.type) and pc.any(pc.match_substring(held.cast(pa.large_string()), "."), min_count=0).as_py():
        refuse_points(held.to_pylist(), scale, place)
