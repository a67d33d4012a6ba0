"""Parameters as they come in, wide or long, to one value for each row of their entity.

A name that the plan does not know, and a row for a key that does not exist, stop the run: a mistyped name would
otherwise leave a default standing in silence. The same value stated twice is no harm; two different values are a
conflict that names both rows. An empty cell states nothing; the text `none` unsets an optional parameter.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import tzinfo
from difflib import get_close_matches
from fractions import Fraction

from paycalc.check.typed import PLAN_GRAIN, Entity, Parameter
from paycalc.check.types import NumberType, TextType, Value, format_value
from paycalc.core.errors import DataError
from paycalc.reference.cells import Misfit, expected_of, shown
from paycalc.reference.dataset import Admission, Cell, RawTable, near_help, read_raw
from paycalc.reference.faults import FaultCode, Key
from paycalc.reference.nearest import NearestKey

NAME_COLUMN, VALUE_COLUMN = "name", "value"  # of the long form
UNSET_TEXT = "none"

# For the plan: name to value. For an entity: key to name to value.
ParameterSource = RawTable | Mapping[str, object] | Mapping[Key, Mapping[str, object]]


@dataclass(frozen=True)
class Statement:
    """One cell that sets something.

    row  in its table, from 1; 0 where the parameters are a mapping
    key  None at the plan
    """

    row: int
    key: Key | None
    name: str
    cell: object


def admit_parameters(
    admission: Admission, sources: Mapping[str, ParameterSource], *, ignore_unknown_rows: bool = False
) -> None:
    """The values of all used parameters; the rows of their entities must be known already.

    Raises DataError: `unknown-parameter`, `unknown-reference` (a key that does not exist, unless they are ignored),
    `null-key`, `parameter-conflict`, and for the plan's own parameters the code of any fault.
    """
    plan = admission.plan
    owners = {name: entity for name, entity in plan.entities.items() if entity.parameters}
    for name in sources:
        if name not in owners:
            raise no_parameters(name, owners)
    for name, entity in owners.items():
        statements = list(_statements(entity, sources.get(name, {})))
        _check_names(entity, statements)
        if name == PLAN_GRAIN or name in admission.entities:
            _admit_entity(admission, entity, statements, ignore_unknown_rows)


def no_parameters(entity: str, owners: Iterable[str]) -> DataError:
    return DataError(
        "unknown-parameter",
        f"there are parameters for `{entity}`, and the plan declares none",
        table=f"parameters of {entity}",
        help=f"the plan declares parameters of: {', '.join(owners) or 'none'}",
    )


def _statements(entity: Entity, source: ParameterSource) -> Iterable[Statement]:
    if not isinstance(source, RawTable):
        yield from _from_mapping(entity, source)
        return
    keys: list[Key | None] = [None] * source.row_count
    if entity.name != PLAN_GRAIN:
        if entity.name not in source.columns:
            raise no_key_column(entity, source.columns)
        for row, key in enumerate(source.columns[entity.name]):
            if not isinstance(key, str | int):
                raise no_key(entity, row + 1, key)
            keys[row] = key
    columns = {name: cells for name, cells in source.columns.items() if name != entity.name}
    if is_long(entity, columns):
        for row, (key, name, cell) in enumerate(zip(keys, columns[NAME_COLUMN], columns[VALUE_COLUMN], strict=True)):
            yield Statement(row + 1, key, "" if name is None else str(name), cell)
        return
    for row, key in enumerate(keys):
        for name, cells in columns.items():
            yield Statement(row + 1, key, name, cells[row])
    if source.row_count == 0:  # so that wrong names are found all the same
        yield from (Statement(0, None, name, None) for name in columns)


def no_key_column(entity: Entity, columns: Iterable[str]) -> DataError:
    return DataError(
        "missing-column",
        f"the parameters of {entity.name} have no column `{entity.name}`, which says whose they are",
        table=_table_name(entity),
        column=entity.name,
        help="their columns are: " + (", ".join(columns) or "none"),
    )


def no_key(entity: Entity, row: int, key: object) -> DataError:
    return DataError(
        "null-key",
        f"a row of the parameters of {entity.name} does not say whose they are",
        table=_table_name(entity),
        row=str(row),
        column=entity.name,
        value="" if key is None else shown(key),
        expected=f"the key of a {entity.name}",
    )


def is_long(entity: Entity, columns: Iterable[str]) -> bool:
    """Whether a table of these columns, that of the key aside, has one statement a row: `name` and `value`.

    Where the entity has parameters of just these two names, every table of it has one column a parameter.
    """
    names = {NAME_COLUMN, VALUE_COLUMN}
    return set(columns) == names and not names <= set(entity.parameters)


def _from_mapping(
    entity: Entity, source: Mapping[str, object] | Mapping[Key, Mapping[str, object]]
) -> Iterable[Statement]:
    if entity.name == PLAN_GRAIN:
        yield from (Statement(0, None, str(name), cell) for name, cell in source.items())
        return
    for key, values in source.items():
        if not isinstance(values, Mapping):
            raise TypeError(f"the parameters of {entity.name} map each key to a mapping of names to values")
        yield from (Statement(0, key, name, cell) for name, cell in values.items())


def _table_name(entity: Entity) -> str:
    return "parameters" if entity.name == PLAN_GRAIN else f"parameters of {entity.name}"


def _check_names(entity: Entity, statements: Sequence[Statement]) -> None:
    for statement in statements:
        if statement.name not in entity.parameters:
            raise unknown_name(entity, statement)


def unknown_name(entity: Entity, statement: Statement) -> DataError:
    near = get_close_matches(statement.name, list(entity.parameters), n=1)
    return DataError(
        "unknown-parameter",
        f"the plan has no parameter `{statement.name}`{_of(entity)}" if statement.name else "a row names no parameter",
        table=_table_name(entity),
        row=str(statement.row or ""),
        column=statement.name,
        help=f"did you mean `{near[0]}`?" if near else "the parameters are: " + ", ".join(entity.parameters),
    )


def _of(entity: Entity) -> str:
    return "" if entity.name == PLAN_GRAIN else f" of {entity.name}"


def _admit_entity(
    admission: Admission, entity: Entity, statements: Sequence[Statement], ignore_unknown_rows: bool
) -> None:
    rows = admission.entities[entity.name]
    said: dict[tuple[str, int], Statement] = {}
    nearest: NearestKey | None = None
    for statement in statements:
        if statement.cell is None or (statement.cell == "" and statement.cell.__class__ is str):
            continue
        row = 0 if statement.key is None else rows.row_of.get(statement.key)
        if row is None:
            if not ignore_unknown_rows:
                nearest = nearest or NearestKey(rows.row_of)
                raise unknown_row(entity, statement, nearest)
            continue
        earlier = said.setdefault((statement.name, row), statement)
        if not _same(earlier, statement, entity.parameters[statement.name], admission.timezone):
            raise conflict(entity, earlier, statement)
    for parameter in entity.parameters.values():
        if parameter in admission.usage.fields:
            # Rows that share a key share what is said of it; that they do is a fault of its own.
            first_rows = [row if key is None else rows.row_of[key] for row, key in enumerate(rows.keys)]
            _admit_parameter(admission, parameter, [said.get((parameter.name, row)) for row in first_rows])


def unknown_row(entity: Entity, statement: Statement, nearest: NearestKey) -> DataError:
    near = nearest.to(statement.key) if statement.key is not None else None
    return DataError(
        "unknown-reference",
        f"there are parameters for {entity.name} {shown(statement.key)}, and no such {entity.name}",
        table=_table_name(entity),
        row=str(statement.row or ""),
        column=entity.name,
        value=shown(statement.key),
        expected=f"the key of a {entity.name}",
        help="" if near is None or statement.key is None else near_help(statement.key, near, entity.name),
    )


def _same(first: Statement, second: Statement, parameter: Parameter, timezone: tzinfo) -> bool:
    """Whether two statements say the same, however they write it (2% and 2.0%)."""
    if first is second:
        return True
    a, b = (_value_of(each.cell, parameter, timezone) for each in (first, second))
    return a == b and a.__class__ is b.__class__


def _shown(statement: Statement, parameter: Parameter) -> str:
    cell = statement.cell
    if isinstance(cell, Fraction) and isinstance(parameter.type, NumberType):
        return format_value(cell, parameter.type)
    return shown(cell)


def conflict(entity: Entity, first: Statement, second: Statement) -> DataError:
    parameter = entity.parameters[second.name]
    whose = "" if second.key is None else f" of {entity.name} {shown(second.key)}"
    return DataError(
        "parameter-conflict",
        f"`{second.name}`{whose} is set twice, to different values",
        table=_table_name(entity),
        row=f"{first.row} and {second.row}",
        column=second.name,
        value=f"{_shown(first, parameter)} and {_shown(second, parameter)}",
        expected="one value",
        help="delete one of the two rows",
    )


def _value_of(cell: object, parameter: Parameter, timezone: tzinfo) -> Value | Misfit | None:
    if cell == UNSET_TEXT and cell.__class__ is str and not isinstance(parameter.type, TextType):
        return None
    return read_raw(cell, parameter, timezone)


def _admit_parameter(admission: Admission, parameter: Parameter, said: Sequence[Statement | None]) -> None:
    cells: list[Cell] = []
    for row, statement in enumerate(said):
        value: Value | Misfit | None = parameter.default
        if statement is not None:
            value = _value_of(statement.cell, parameter, admission.timezone)
        if value is None and not parameter.optional:
            code = FaultCode.LEFT_OUT if admission.lenient else FaultCode.MISSING_PARAMETER
            value = Misfit(code, "", expected_of(parameter.type))
        if not isinstance(value, Misfit):
            cells.append(value)
        elif parameter.entity == PLAN_GRAIN and value.code is not FaultCode.LEFT_OUT:
            raise stopped_by(parameter, statement, value)
        else:
            set_in = None if statement is None else statement.row
            cells.append(admission.fault(parameter, row, value, set_in=set_in))
    admission.cells[parameter] = cells
    admission.set_in[parameter] = [None if each is None else each.row for each in said]


def stopped_by(parameter: Parameter, statement: Statement | None, misfit: Misfit) -> DataError:
    """A parameter of the plan concerns everybody: what is wrong with it stops the run."""
    missing = misfit.code is FaultCode.MISSING_PARAMETER
    what = "is not set, and the plan gives no default" if missing else f"is {misfit.value}"
    return DataError(
        misfit.code.value,
        f"the parameter `{parameter.name}` {what}",
        table="parameters",
        row="" if statement is None else str(statement.row or ""),
        column=parameter.name,
        value=misfit.value,
        expected=misfit.expected,
        help=misfit.help,
    )
