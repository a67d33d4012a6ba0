"""The door: input tables to the raw tables of a run, each used column read once by its type.

What nobody uses is not read. A column may be faulty and still harm nobody: whether a cell fits its column's range, and
what follows where it does not, is decided behind the door, by the plan.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from difflib import get_close_matches
from zoneinfo import ZoneInfo

import pyarrow as pa

from paycalc.check.typed import PLAN_GRAIN, Entity, Field, Parameter, Reference, TypedPlan
from paycalc.check.types import NumberType, TextType, ValueType
from paycalc.check.usage import Usage
from paycalc.core.errors import DataError
from paycalc.engine.inputs.cells import CellRules, Place, check_scale, is_string, plain, read_cells, taken
from paycalc.engine.inputs.input_table import PARAMETERS_PREFIX, InputColumn, InputTable, TextColumn
from paycalc.engine.inputs.scale import Scale, parse_scale
from paycalc.reference.dataset import RawTable, Unreadable
from paycalc.reference.parameters import NAME_COLUMN, UNSET_TEXT, VALUE_COLUMN, is_long

_INTEGER_KEY = re.compile(r"(?:0|-?[1-9]\d*)\Z", re.ASCII)  # written in one way only, so that no two texts are one key
INTEGER_KEY_LENGTH_MAX = 20
INTEGER_KEYS = range(-(2**63), 2**64)  # what the integers of Arrow hold
# Columns that the parameters of a later version of the language will have; here they would be silently without effect.
_DATED_COLUMNS = ("effective_from", "effective_to", "recorded_at")


@dataclass(frozen=True)
class DoorRules:
    """What the run says of its data: scales by `worker.sales`, and the zone of moments that name none.

    plan_timezone  the plan's own zone, for messages alone
    """

    scales: Mapping[str, Scale] = field(default_factory=dict)
    assume_timezone: ZoneInfo | None = None
    plan_timezone: ZoneInfo | None = None


def read_tables(
    plan: TypedPlan, usage: Usage, tables: Mapping[str, InputTable], rules: DoorRules
) -> tuple[dict[str, RawTable], dict[str, RawTable]]:
    """The raw tables of entities and of parameters, by entity.

    tables   by `worker` or `parameters.store`
    Raises DataError `wrong-type`, `unknown-scale`, `bad-scale`, `zoneless-timestamp`, `not-available`.
    """
    integer_keys = integer_keyed(plan, tables)
    rows: dict[str, RawTable] = {}
    parameters: dict[str, RawTable] = {}
    for name, table in tables.items():
        entity = plan.entities[name.removeprefix(PARAMETERS_PREFIX)]
        if name.startswith(PARAMETERS_PREFIX):
            refuse_dates(entity, table)
            read = _read_long_parameters if _is_long(entity, table) else _read_parameters
            columns = read(entity, table, rules)
            target = parameters
        else:
            columns = _read_columns(entity, table, usage, rules, integer_keys)
            target = rows
        if entity.name in table.columns and entity.name != PLAN_GRAIN:
            place = place_of(table, entity, entity.name)
            columns[entity.name] = read_keys(table.columns[entity.name], place, integer=entity.name in integer_keys)
        target[entity.name] = RawTable(entity.name, columns, table.row_count)
    return rows, parameters


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


def _read_parameters(entity: Entity, table: InputTable, rules: DoorRules) -> Columns:
    """One column a parameter. A name that the plan does not know is handed on: behind the door it stops the run."""
    return {
        name: [None] * table.row_count
        if name not in entity.parameters
        else _read_field(column, entity.parameters[name], table, rules)
        for name, column in table.columns.items()
    }


def _is_long(entity: Entity, table: InputTable) -> bool:
    return is_long(entity, set(table.columns) - {entity.name})


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


def _read_field(
    column: InputColumn, known: Field, table: InputTable, rules: DoorRules, rows: Sequence[int] | None = None
) -> Sequence[object]:
    place = Place(table.origin, table.name, known.name, f"{known.entity}.{known.name}", rows)
    cell_rules = CellRules(scale_of(place, table, rules), rules.assume_timezone, rules.plan_timezone)
    cells = read_cells(column, known.type, place, cell_rules)
    if isinstance(known, Parameter) and not isinstance(known.type, TextType):
        # `none` in a parameter's cell is no value, it unsets what would else hold.
        return [UNSET_TEXT if isinstance(cell, Unreadable) and cell.text == UNSET_TEXT else cell for cell in cells]
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
    fields: dict[str, Field] = {}
    for owner in plan.entities.values():
        for each in (*owner.columns.values(), *owner.parameters.values(), *owner.references.values()):
            fields[f"{owner.name}.{each.name}"] = each
    if name in fields:
        return fields[name].type
    numbers = [each for each, known in fields.items() if isinstance(known.type, NumberType)]
    near = [each for each in numbers if each.endswith("." + name)] or get_close_matches(name, numbers, 1)
    raise DataError(
        "unknown-column",
        f"a scale is stated for `{name}`, and the plan has no such column or parameter",
        column=name,
        expected="the name of an entity, a dot, and the name of a column or parameter",
        help=f"did you mean `{near[0]}`?" if near else "",
    )


def refuse_dates(entity: Entity, table: InputTable) -> None:
    for name in _DATED_COLUMNS:
        if name in table.columns and name not in entity.parameters:
            raise DataError(
                "not-available",
                f"`{table.origin}` has a column `{name}`: dated parameters are not available in this version",
                table=table.name,
                column=name,
                expected="one row" + ("" if entity.name == PLAN_GRAIN else f" for each {entity.name}"),
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
    """The entities whose keys are integers, because a file that knows types says so, in its key or in a reference."""
    found = set()
    for name, table in tables.items():
        entity = plan.entities[name.removeprefix(PARAMETERS_PREFIX)]
        targets = {entity.name: entity.name}
        if not name.startswith(PARAMETERS_PREFIX):
            targets.update({reference.name: reference.target for reference in entity.references.values()})
        for column, target in targets.items():
            held = table.columns.get(column)
            if isinstance(held, pa.ChunkedArray) and pa.types.is_integer(plain(held.slice(0, 0)).type):
                found.add(target)
    return frozenset(found)
