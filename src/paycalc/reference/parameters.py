"""Tables of parameters, wide or long, as statements: each cell that says something, where and for when it says it.

A row states for one row of the parameters' entity, for all rows that lead to a row further up (a region), or for all;
from a day or moment on, until another. A name that the plan does not know, and a row for a key that does not exist,
stop the run: a mistyped name would otherwise leave a default standing in silence. An empty cell states nothing; the
text `none` unsets an optional parameter, and `inherit` ends what is stated at its level.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, tzinfo
from difflib import get_close_matches
from fractions import Fraction

from paycalc.check.typed import INHERIT, PLAN_GRAIN, Entity, Inherit, Level, Parameter
from paycalc.check.types import NumberType, TextType, Value, format_value
from paycalc.core.calendar import instant
from paycalc.core.errors import DataError
from paycalc.reference.cells import Misfit, shown
from paycalc.reference.dataset import RawTable, Unreadable
from paycalc.reference.faults import FaultCode, Key
from paycalc.reference.nearest import NearestKey
from paycalc.reference.rows import near_help, read_raw

NAME_COLUMN, VALUE_COLUMN = "name", "value"  # of the long form
EFFECTIVE_FROM, EFFECTIVE_TO, RECORDED_AT = "effective_from", "effective_to", "recorded_at"
DATE_COLUMNS = (EFFECTIVE_FROM, EFFECTIVE_TO, RECORDED_AT)
UNSET_TEXT, INHERIT_TEXT = "none", "inherit"
ALWAYS, FOREVER = datetime.min.replace(tzinfo=UTC), datetime.max.replace(tzinfo=UTC)
_WHEN_WANTED = "a date like 2026-10-15, or a moment like 2026-10-15T14:00+08:00"


class Unset:
    """In the cell of a statement: nothing is set; UNSET is the only one. What the text `none` says."""


UNSET = Unset()


@dataclass(frozen=True)
class Stretch:
    """When a statement is in force: from `low` up to `high`, which is not included; as moments in UTC.

    since     as it was written, for messages; None: always
    recorded  when it was stated
    """

    since: date | None = None
    low: datetime = ALWAYS
    high: datetime = FOREVER
    recorded: datetime = ALWAYS


@dataclass(frozen=True)
class Statement:
    """One cell that sets something.

    row    in its table, from 1; 0 where the parameters are a mapping
    key    of the row that it is about; None at the plan
    level  whose row that is, by the name of the level; empty: the parameter's own entity
    """

    row: int
    key: Key | None
    name: str
    cell: object
    level: str = ""
    stretch: Stretch = Stretch()


# A mapping for the plan: name to value. For an entity: key to name to value. Of an example the statements themselves.
ParameterSource = RawTable | Mapping[str, object] | Mapping[Key, Mapping[str, object]] | tuple[Statement, ...]


# ---------------------------------------------------------------- reading


def statements_of(
    entity: Entity, source: ParameterSource, timezone: tzinfo | None, wanted: Stretch
) -> Iterable[Statement]:
    """What a source says of an entity's parameters, row by row, as far as it is in force at some time of `wanted` and
    recorded by then; cells that say nothing among it. timezone: the plan's, None where it names none.

    Raises DataError: `missing-column`, `null-key`, `ambiguous-level`, and what is wrong with a date.
    """
    if isinstance(source, tuple):
        yield from (each for each in source if _is_wanted(each.stretch, wanted))
        return
    if not isinstance(source, RawTable):
        yield from _from_mapping(entity, source)
        return
    levels = stated_levels(entity, source.columns)
    special = {entity.name, *DATE_COLUMNS, *(level.name for level in levels)}
    columns = {name: cells for name, cells in source.columns.items() if name not in special}
    stretches = _stretches(entity, source, timezone)
    rows = [row for row, stretch in enumerate(stretches) if _is_wanted(stretch, wanted)]
    whose = {row: _level_of(entity, levels, source, row) for row in rows}
    is_long_table = is_long(entity, source.columns)
    for row in rows:
        level, key = whose[row]
        cells = [(columns[NAME_COLUMN][row], columns[VALUE_COLUMN][row])] if is_long_table else []
        for name, cell in cells or [(name, cells[row]) for name, cells in columns.items()]:
            yield Statement(row + 1, key, "" if name is None else str(name), cell, level.name, stretches[row])


def _is_wanted(stretch: Stretch, wanted: Stretch) -> bool:
    return stretch.low < wanted.high and stretch.high > wanted.low and stretch.recorded <= wanted.recorded


def _from_mapping(
    entity: Entity, source: Mapping[str, object] | Mapping[Key, Mapping[str, object]]
) -> Iterable[Statement]:
    if entity.name == PLAN_GRAIN:
        yield from (Statement(0, None, str(name), cell, PLAN_GRAIN) for name, cell in source.items())
        return
    for key, values in source.items():
        if not isinstance(values, Mapping):
            raise TypeError(f"the parameters of {entity.name} map each key to a mapping of names to values")
        yield from (Statement(0, key, name, cell, entity.name) for name, cell in values.items())


def is_long(entity: Entity, columns: Iterable[str]) -> bool:
    """Whether a table of these columns has one statement a row: `name` and `value`, besides levels and dates.

    Where the entity has parameters of just these two names, every table of it has one column a parameter.
    """
    names = {NAME_COLUMN, VALUE_COLUMN}
    special = {entity.name, *DATE_COLUMNS, *(level.name for level in entity.levels)}
    return set(columns) - special == names and not names <= set(entity.parameters)


def names_stated(entity: Entity, source: ParameterSource) -> Iterable[Statement]:
    """A statement for each name in the source, whether in force or not, so that wrong names are found."""
    if isinstance(source, tuple):
        yield from source
    elif not isinstance(source, RawTable):
        yield from _from_mapping(entity, source)
    elif is_long(entity, source.columns):
        for row, name in enumerate(source.columns[NAME_COLUMN]):
            yield Statement(row + 1, None, "" if name is None else str(name), None)
    else:
        special = {entity.name, *DATE_COLUMNS, *(level.name for level in entity.levels)}
        first = min(1, source.row_count)
        yield from (Statement(first, None, name, None) for name in source.columns if name not in special)


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


def _table_name(entity: Entity) -> str:
    return "parameters" if entity.name == PLAN_GRAIN else f"parameters of {entity.name}"


# ---------------------------------------------------------------- levels


def stated_levels(entity: Entity, columns: Iterable[str]) -> list[Level]:
    """The levels for which a table has columns, the most specific first. Raises DataError `missing-column`."""
    names = list(columns)
    levels = [level for level in entity.levels if level.name in names]
    if not levels and entity.name != PLAN_GRAIN:
        raise no_key_column(entity, names)
    return levels


def no_key_column(entity: Entity, columns: Iterable[str]) -> DataError:
    others = [f"`{level.name}`" for level in entity.levels if level.name != entity.name]
    help = "their columns are: " + (", ".join(columns) or "none")
    if len(others) > 1:
        help += f"; besides `{entity.name}` there may be {', '.join(others)}"
    return DataError(
        "missing-column",
        f"the parameters of {entity.name} have no column `{entity.name}`, which says whose they are",
        table=_table_name(entity),
        column=entity.name,
        help=help,
    )


def _level_of(entity: Entity, levels: Sequence[Level], table: RawTable, row: int) -> tuple[Level, Key | None]:
    """Where a row states, and for which key (of the plan: None). Raises DataError `ambiguous-level`, `null-key`."""
    found: list[tuple[Level, Key | None]] = []
    for level in levels:
        cell = table.columns[level.name][row]
        if cell is None or (cell.__class__ is str and cell == ""):
            continue
        if level.name == PLAN_GRAIN:
            if cell != PLAN_GRAIN:
                raise no_plan(entity, row + 1, cell)
            found.append((level, None))
        elif cell.__class__ is int or isinstance(cell, str):
            found.append((level, cell))
        else:
            raise no_key(entity, row + 1, cell, level.name)
    if len(found) > 1:
        raise ambiguous_level(entity, row + 1, [level.name for level, _ in found])
    if found:
        return found[0]
    if entity.name != PLAN_GRAIN and [level.name for level in levels] == [entity.name]:
        raise no_key(entity, row + 1, None)
    return next(level for level in entity.levels if level.name == PLAN_GRAIN), None


def no_key(entity: Entity, row: int, key: object, level: str = "") -> DataError:
    """level: whose key it should be; empty: the entity's own."""
    return DataError(
        "null-key",
        f"a row of the parameters of {entity.name} does not say whose they are",
        table=_table_name(entity),
        row=str(row),
        column=level or entity.name,
        value="" if key is None else shown(key.text if isinstance(key, Unreadable) else key),
        expected=f"the key of a {level or entity.name}",
    )


def no_plan(entity: Entity, row: int, cell: object) -> DataError:
    """The column `plan` says that a row is about everybody, and nothing else."""
    return DataError(
        "null-key",
        f"the column `{PLAN_GRAIN}` of the {_table_name(entity)} holds {shown(cell)}",
        table=_table_name(entity),
        row=str(row),
        column=PLAN_GRAIN,
        value=shown(cell),
        expected=f"`{PLAN_GRAIN}`, or nothing",
    )


def ambiguous_level(entity: Entity, row: int, names: Sequence[str]) -> DataError:
    return DataError(
        "ambiguous-level",
        f"a row of the {_table_name(entity)} states for {' and '.join(names)} at once",
        table=_table_name(entity),
        row=str(row),
        column=names[1],
        expected="one of these cells filled, the others empty",
        help=f"write two rows, or leave {names[1]} empty: {names[0]} is the more specific",
    )


# ---------------------------------------------------------------- dates


def _stretches(entity: Entity, table: RawTable, timezone: tzinfo | None) -> list[Stretch]:
    """When each row is in force. Raises DataError for a date that is none."""
    found = []
    for row in range(table.row_count):
        since, until, recorded = (
            read_when(entity, row + 1, name, table.columns[name][row], timezone) if name in table.columns else None
            for name in DATE_COLUMNS
        )
        zone = timezone or UTC
        found.append(
            Stretch(
                since,
                ALWAYS if since is None else moment_of(since, zone),
                FOREVER if until is None else moment_of(until, zone),
                ALWAYS if recorded is None else moment_of(recorded, zone),
            )
        )
    return found


def read_when(entity: Entity, row: int, column: str, cell: object, timezone: tzinfo | None) -> date | None:
    """A date or moment of a parameters' table; only `effective_to` may be empty. Raises DataError."""
    if cell is None:
        if column == EFFECTIVE_TO:
            return None
        raise _bad_date(entity, row, column, Misfit(FaultCode.NULL, "", _WHEN_WANTED))
    if isinstance(cell, Unreadable):
        raise _bad_date(entity, row, column, Misfit(FaultCode(cell.code), shown(cell.text), cell.expected))
    when = _when_from_text(cell) if isinstance(cell, str) else cell
    if isinstance(when, datetime) and when.tzinfo is None:
        raise _bad_date(entity, row, column, Misfit(FaultCode.ZONELESS_TIMESTAMP, shown(cell), _WHEN_WANTED))
    if isinstance(when, datetime) and timezone is None and column != RECORDED_AT:
        expected, help = "a date", "name the plan's `timezone`: it says when a day begins"
        raise _bad_date(entity, row, column, Misfit(FaultCode.WRONG_TYPE, shown(cell), expected, help))
    if not isinstance(when, date):
        raise _bad_date(entity, row, column, Misfit(FaultCode.NOT_A_DATE, shown(cell), _WHEN_WANTED))
    return when


def _when_from_text(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        try:
            return datetime.fromisoformat(text)
        except ValueError:
            return None


def moment_of(when: date, zone: tzinfo) -> datetime:
    """As `instant`; what lies before the calendar's first moment is that."""
    try:
        return instant(when, zone)
    except OverflowError:
        return ALWAYS if when.year == 1 else FOREVER


def _bad_date(entity: Entity, row: int, column: str, misfit: Misfit) -> DataError:
    return DataError(
        misfit.code.value,
        f"`{column}` of the {_table_name(entity)} is {misfit.value or 'empty'}",
        table=_table_name(entity),
        row=str(row),
        column=column,
        value=misfit.value,
        expected=misfit.expected or _WHEN_WANTED,
        help=misfit.help,
    )


# ---------------------------------------------------------------- what cells say


def states_nothing(statement: Statement) -> bool:
    return statement.cell is None or (statement.cell.__class__ is str and statement.cell == "")


def value_of(statement: Statement, parameter: Parameter, timezone: tzinfo) -> Value | Inherit | Misfit | None:
    """What a statement says: None unsets. A text may be any text, so `none` and `inherit` are no words there."""
    cell = statement.cell
    if isinstance(cell, Unset):
        return None
    if cell.__class__ is str and not isinstance(parameter.type, TextType):
        if cell == UNSET_TEXT:
            return None
        if cell == INHERIT_TEXT:
            return INHERIT
    return cell if isinstance(cell, Inherit) else read_raw(cell, parameter, timezone)


def same(first: Statement, second: Statement, parameter: Parameter, timezone: tzinfo) -> bool:
    """Whether two statements say the same, however they write it (2% and 2.0%)."""
    a, b = (value_of(each, parameter, timezone) for each in (first, second))
    return a == b and a.__class__ is b.__class__


def conflict(entity: Entity, first: Statement, second: Statement) -> DataError:
    parameter = entity.parameters[second.name]
    whose = f" of {second.level or entity.name} {shown(second.key)}" if second.key is not None else ""
    if not whose and entity.name != PLAN_GRAIN:
        whose = " for the plan"
    since = second.stretch.since
    when = "" if since is None else f" from {shown(since)}"
    return DataError(
        "parameter-conflict",
        f"`{second.name}`{whose} is set twice{when}, to different values",
        table=_table_name(entity),
        row=f"{first.row} and {second.row}",
        column=second.name,
        value=f"{_shown(first, parameter)} and {_shown(second, parameter)}",
        expected="one value",
        help="delete one of the two rows",
    )


def _shown(statement: Statement, parameter: Parameter) -> str:
    cell = statement.cell
    if isinstance(cell, Fraction) and isinstance(parameter.type, NumberType):
        return format_value(cell, parameter.type)
    return INHERIT_TEXT if isinstance(cell, Inherit) else shown(cell)


def unknown_row(entity: Entity, statement: Statement, nearest: NearestKey, target: str = "") -> DataError:
    """target: the entity that has no such row; empty: the parameters' own."""
    target = target or entity.name
    near = nearest.to(statement.key) if statement.key is not None else None
    whose = f"parameters for {target}" if target == entity.name else f"parameters of {entity.name} for {target}"
    return DataError(
        "unknown-reference",
        f"there are {whose} {shown(statement.key)}, and no such {target}",
        table=_table_name(entity),
        row=str(statement.row or ""),
        column=statement.level or entity.name,
        value=shown(statement.key),
        expected=f"the key of a {target}",
        help="" if near is None or statement.key is None else near_help(statement.key, near, target),
    )


def no_parameters(entity: str, owners: Iterable[str]) -> DataError:
    return DataError(
        "unknown-parameter",
        f"there are parameters for `{entity}`, and the plan declares none",
        table=f"parameters of {entity}",
        help=f"the plan declares parameters of: {', '.join(owners) or 'none'}",
    )


def stopped_by(parameter: Parameter, statement: Statement | None, misfit: Misfit) -> DataError:
    """A parameter of the plan concerns everybody: what is wrong with it stops the run.

    misfit  of one that is not set on some day: its value is that day
    """
    missing = misfit.code is FaultCode.MISSING_PARAMETER
    when = f" on {misfit.value}" if misfit.value else ""
    what = f"is not set{when}, and the plan gives no default" if missing else f"is {misfit.value}"
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
