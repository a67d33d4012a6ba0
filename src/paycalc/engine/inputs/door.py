"""The door: input tables to the raw tables of a run, each used column read once by its type.

What nobody uses is not read. A column may be faulty and still harm nobody: whether a cell fits its column's range, and
what follows where it does not, is decided behind the door, by the plan.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from difflib import get_close_matches
from zoneinfo import ZoneInfo

import pyarrow as pa

from paycalc.check.typed import PLAN_GRAIN, Entity, Field, Ladder, Parameter, Reference, Table, TypedPlan
from paycalc.check.types import NumberType, ReferenceType, TextType, ValueType
from paycalc.check.usage import Usage
from paycalc.core.errors import DataError
from paycalc.engine.inputs.cells import CellRules, Place, check_scale, is_string, plain, read_cells, read_whens, taken
from paycalc.engine.inputs.input_table import DATA_TABLE_PREFIX, PARAMETERS_PREFIX, InputColumn, InputTable, TextColumn
from paycalc.engine.inputs.scale import Scale, parse_scale
from paycalc.reference.data_tables import ANY_TEXT, Layout, data_tables, possible_columns
from paycalc.reference.dataset import RawTable, Unreadable
from paycalc.reference.parameters import DATE_COLUMNS, INHERIT_TEXT, NAME_COLUMN, UNSET_TEXT, VALUE_COLUMN, is_long

_INTEGER_KEY = re.compile(r"(?:0|-?[1-9]\d*)\Z", re.ASCII)  # written in one way only, so that no two texts are one key
INTEGER_KEY_LENGTH_MAX = 20
INTEGER_KEYS = range(-(2**63), 2**64)  # what the integers of Arrow hold


@dataclass(frozen=True)
class DoorRules:
    """What the run says of its data: scales by `worker.sales`, and the zone of moments that name none.

    plan_timezone  the plan's own zone, for messages alone
    known_at  parameters count as they had been recorded then; None: all that was
    """

    scales: Mapping[str, Scale] = field(default_factory=dict)
    assume_timezone: ZoneInfo | None = None
    plan_timezone: ZoneInfo | None = None
    known_at: date | None = None


def read_tables(
    plan: TypedPlan, usage: Usage, tables: Mapping[str, InputTable], rules: DoorRules
) -> tuple[dict[str, RawTable], dict[str, RawTable], dict[str, RawTable]]:
    """The raw tables of a run: of entities and of parameters by entity, and those of tables and ladders by name.

    usage    of the plan alone: what the levels of parameters need besides is found here
    tables   by `worker`, `parameters.store` or `table.freight`
    Raises DataError `wrong-type`, `unknown-scale`, `bad-scale`, `zoneless-timestamp`, and of a table from data
    `missing-column`, `unknown-column`.
    """
    usage = usage.with_levels(plan, columns_by_owner(tables))
    integer_keys = integer_keyed(plan, tables)
    rows: dict[str, RawTable] = {}
    parameters: dict[str, RawTable] = {}
    from_data: dict[str, RawTable] = {}
    known = data_tables(plan.tables, plan.ladders)
    for name, table in tables.items():
        if name.startswith(DATA_TABLE_PREFIX):
            read = known[name.removeprefix(DATA_TABLE_PREFIX)]
            columns = read_data_table(read, table, rules, integer_keys)
            from_data[read.name] = RawTable(read.name, columns, table.row_count)
            continue
        entity = plan.entities[name.removeprefix(PARAMETERS_PREFIX)]
        if name.startswith(PARAMETERS_PREFIX):
            columns = _read_parameters(entity, table, rules, integer_keys)
            parameters[entity.name] = RawTable(entity.name, columns, table.row_count)
        else:
            columns = _read_columns(entity, table, usage, rules, integer_keys)
            if entity.name in table.columns:
                columns[entity.name] = _read_level(entity, table, entity.name, entity.name, integer_keys)
            rows[entity.name] = RawTable(entity.name, columns, table.row_count)
    return rows, parameters, from_data


def columns_by_owner(tables: Mapping[str, InputTable]) -> dict[str, Mapping[str, InputColumn]]:
    """The columns of each table of parameters, by entity."""
    return {
        name.removeprefix(PARAMETERS_PREFIX): table.columns
        for name, table in tables.items()
        if name.startswith(PARAMETERS_PREFIX)
    }


def place_of(table: InputTable, entity: Entity, column: str) -> Place:
    return Place(table.origin, table.name, column, f"{entity.name}.{column}")


Columns = dict[str, Sequence[object]]


def _read_columns(
    entity: Entity, table: InputTable, usage: Usage, rules: DoorRules, integer_keys: frozenset[str]
) -> Columns:
    columns: Columns = {}
    unread: list[None] = [None] * table.row_count  # stands for every column that nobody uses; only its name matters
    for name, column in table.columns.items():
        known: Field | None = entity.references.get(name) or entity.columns.get(name)
        if known not in usage.fields:
            columns[name] = unread
        elif isinstance(known, Reference):
            columns[name] = read_keys(column, place_of(table, entity, name), integer=known.target in integer_keys)
        elif known is not None:
            columns[name] = _read_field(column, known, table, rules)
    return columns


def _read_level(
    entity: Entity, table: InputTable, column: str, target: str, integer_keys: frozenset[str]
) -> Sequence[object]:
    """A column of keys of rows of the target."""
    return read_keys(table.columns[column], place_of(table, entity, column), integer=target in integer_keys)


def _read_parameters(entity: Entity, table: InputTable, rules: DoorRules, integer_keys: frozenset[str]) -> Columns:
    """Levels and dates, then one column a parameter, or in the long form names and values.

    A name that the plan does not know is handed on: behind the door it stops the run.
    """
    levels = {level.name: level.entity for level in entity.levels}
    columns: Columns = {}
    for name, column in table.columns.items():
        if name in DATE_COLUMNS:
            place = place_of(table, entity, name)
            columns[name] = read_whens(column, place, CellRules(None, rules.assume_timezone, rules.plan_timezone))
        elif name in levels:
            columns[name] = _read_level(entity, table, name, levels[name], integer_keys)
        elif name in entity.parameters:
            columns[name] = _read_field(column, entity.parameters[name], table, rules)
        else:
            columns[name] = [None] * table.row_count
    if is_long(entity, table.columns):
        columns.update(_read_long_parameters(entity, table, rules))
    return columns


def _read_long_parameters(entity: Entity, table: InputTable, rules: DoorRules) -> Columns:
    """One row a statement: the value's type is that of the parameter it names."""
    place = place_of(table, entity, NAME_COLUMN)
    names = read_keys(table.columns[NAME_COLUMN], place, integer=False)
    values: list[object] = [None] * table.row_count
    rows_of: dict[object, list[int]] = {}
    for row, name in enumerate(names):
        rows_of.setdefault(name, []).append(row)
    for name, parameter in entity.parameters.items():
        rows = rows_of.get(name, [])
        column = taken(table.columns[VALUE_COLUMN], rows)
        for row, cell in zip(rows, _read_field(column, parameter, table, rules, rows), strict=True):
            values[row] = cell
    return {NAME_COLUMN: names, VALUE_COLUMN: values}


def read_data_table(
    known: Table | Ladder, table: InputTable, rules: DoorRules, integer_keys: frozenset[str]
) -> Columns:
    """The columns of a table or ladder from data. Raises DataError `missing-column`, `unknown-column`."""
    columns: Columns = {}
    for name, type in Layout.of(known, table.columns).types(known).items():
        place = Place(table.origin, table.name, name, f"{table.name}.{name}")
        column = table.columns[name]
        if isinstance(type, ReferenceType):
            columns[name] = read_keys(column, place, integer=type.entity in integer_keys)
            continue
        cell_rules = CellRules(scale_of(place, table, rules), rules.assume_timezone, rules.plan_timezone)
        columns[name] = _with_words(read_cells(column, type, place, cell_rules), ANY_TEXT)
    return columns


def _with_words(cells: Sequence[object], *words: str) -> Sequence[object]:
    """The cells, with these words as they stand though they are no value of the column's type."""
    return [cell.text if isinstance(cell, Unreadable) and cell.text in words else cell for cell in cells]


def _read_field(
    column: InputColumn, known: Field, table: InputTable, rules: DoorRules, rows: Sequence[int] | None = None
) -> Sequence[object]:
    place = Place(table.origin, table.name, known.name, f"{known.entity}.{known.name}", rows)
    cell_rules = CellRules(scale_of(place, table, rules), rules.assume_timezone, rules.plan_timezone)
    cells = read_cells(column, known.type, place, cell_rules)
    if isinstance(known, Parameter) and not isinstance(known.type, TextType):
        # They are no values: `none` unsets what would else hold, `inherit` ends what is stated at a level.
        return _with_words(cells, UNSET_TEXT, INHERIT_TEXT)
    return cells


def scale_of(place: Place, table: InputTable, rules: DoorRules) -> Scale | None:
    """What the run says of the column, else what the column says of itself."""
    if place.name in rules.scales or place.column not in table.scales:
        return rules.scales.get(place.name)
    written = table.scales[place.column]
    scale = parse_scale(written)
    if scale is None:
        raise place.stop("bad-scale", f"has the metadata paycalc.scale `{written}`", expected=SCALES_EXPECTED)
    return scale


SCALES_EXPECTED = "a number of places, `ratio`, `percent`, `ratio:4` or `percent:2`"


def scales_of(plan: TypedPlan, written: Mapping[str, int | str]) -> dict[str, Scale]:
    """The scales of a run by the full names of their columns. Raises DataError `bad-scale`, `unknown-column`."""
    scales = {}
    for name, text in written.items():
        scale = parse_scale(text)
        if scale is None:
            raise DataError("bad-scale", f"`{text}` is no scale", column=name, expected=SCALES_EXPECTED)
        entity, _, column = name.partition(".")
        check_scale(scale, _scaled_type(plan, name), Place(entity, entity, column, name))
        scales[name] = scale
    return scales


def _scaled_type(plan: TypedPlan, name: str) -> ValueType:
    """The type of the column or parameter that a run calls `worker.sales`. Raises DataError `unknown-column`."""
    fields: dict[str, ValueType] = {}
    for owner in plan.entities.values():
        for each in (*owner.columns.values(), *owner.parameters.values(), *owner.references.values()):
            fields[f"{owner.name}.{each.name}"] = each.type
    for table in data_tables(plan.tables, plan.ladders).values():
        for column, type in possible_columns(table).items():
            fields[f"{DATA_TABLE_PREFIX}{table.name}.{column}"] = type
    if name in fields:
        return fields[name]
    numbers = [each for each, type in fields.items() if isinstance(type, NumberType)]
    near = [each for each in numbers if each.endswith("." + name)] or get_close_matches(name, numbers, 1)
    raise DataError(
        "unknown-column",
        f"a scale is stated for `{name}`, and the plan has no such column or parameter",
        column=name,
        expected="the name of an entity, a dot, and the name of a column or parameter",
        help=f"did you mean `{near[0]}`?" if near else "",
    )


# ---------------------------------------------------------------- keys


def read_keys(column: InputColumn, place: Place, *, integer: bool) -> list[int | str | None]:
    """The keys in a column; text from a file without types is taken for a number where `integer` keys are meant.

    Raises DataError `wrong-type`.
    """
    if isinstance(column, TextColumn):
        return [_integer_key(cell) if integer and cell is not None else cell for cell in column.cells]
    column = plain(column)
    if is_string(column.type) or pa.types.is_integer(column.type) or pa.types.is_null(column.type):
        # An empty text names nothing. In CSV it is null already.
        return [None if key == "" else key for key in column.to_pylist()]
    raise place.stop("wrong-type", f"holds {column.type}", expected="keys: integers or texts")


def _integer_key(text: str) -> int | str:
    if len(text) > INTEGER_KEY_LENGTH_MAX or not _INTEGER_KEY.match(text):
        return text
    return int(text) if int(text) in INTEGER_KEYS else text


def integer_keyed(plan: TypedPlan, tables: Mapping[str, InputTable]) -> frozenset[str]:
    """The entities whose keys are integers, because a file that knows types says so, wherever it holds such keys."""
    found = set()
    for name, table in tables.items():
        for column, target in _key_columns(plan, name).items():
            held = table.columns.get(column)
            if isinstance(held, pa.ChunkedArray) and pa.types.is_integer(plain(held.slice(0, 0)).type):
                found.add(target)
    return frozenset(found)


def _key_columns(plan: TypedPlan, name: str) -> dict[str, str]:
    """The columns of a table that hold keys, each with the entity of whose rows."""
    if name.startswith(DATA_TABLE_PREFIX):
        known = data_tables(plan.tables, plan.ladders)[name.removeprefix(DATA_TABLE_PREFIX)]
        return {key.name: key.type.entity for key in known.keys if isinstance(key.type, ReferenceType)}
    entity = plan.entities[name.removeprefix(PARAMETERS_PREFIX)]
    if name.startswith(PARAMETERS_PREFIX):
        return {level.name: level.entity for level in entity.levels if level.entity != PLAN_GRAIN}
    references = {reference.name: reference.target for reference in entity.references.values()}
    return {entity.name: entity.name, **references}
