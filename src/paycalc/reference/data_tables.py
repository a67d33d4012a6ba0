"""Tables and ladders from data: raw tables to versions, checked as the plan's own are.

A row of the data is a row of a table, or a step of a ladder. Rows with one `effective_from` are a version, whole; the
versions that no row of the period asks for are not looked at. What is wrong stops the run, and names the row.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from difflib import get_close_matches
from fractions import Fraction

from paycalc.check.typed import (
    AnyCell,
    Band,
    BandsCell,
    Cell,
    Key,
    Ladder,
    Step,
    Table,
    TableRow,
    ValuesCell,
)
from paycalc.check.types import (
    DateType,
    MomentType,
    NumberType,
    ReferenceType,
    Value,
    ValueType,
    format_value,
)
from paycalc.core.errors import DataError
from paycalc.core.number import Interval
from paycalc.reference.cells import Misfit, expected_of, read_cell, shown
from paycalc.reference.data_coverage import refuse_missing_group, refuse_uncovered, table_title
from paycalc.reference.dataset import RawTable, TableVersion, Unreadable
from paycalc.reference.faults import FaultCode
from paycalc.reference.nearest import NearestKey
from paycalc.reference.parameters import EFFECTIVE_FROM, VALUE_COLUMN
from paycalc.reference.rows import Admission, near_help

ANY_TEXT = "*"  # in the cell of a member, flag, text or reference: all of them
FROM_COLUMN = "from"  # of a ladder: where a step begins
FROM_SUFFIX, BELOW_SUFFIX = "_from", "_below"
_BOUND_MAX = Fraction(10**30)  # a bound may lie outside its key's range: what the row takes is what counts

DataTable = Table | Ladder


def data_tables(tables: Mapping[str, Table], ladders: Mapping[str, Ladder]) -> dict[str, DataTable]:
    """Those of a plan that come with the data, by name."""
    known: dict[str, DataTable] = {**tables}
    known.update(ladders)
    return {name: each for name, each in known.items() if each.from_data}


def admit_data_tables(
    admission: Admission, sources: Mapping[str, RawTable | Sequence[TableVersion]]
) -> dict[DataTable, Sequence[TableVersion]]:
    """The versions of every used table; of an example only of those that it gives, whether they are whole or not.

    Raises DataError: `unknown-table`, `missing-table`, `missing-column`, `unknown-column`, `missing-version`, the code
    of any fault of a cell, `empty-band`, `unreachable-row`, `table-gap`, `table-too-complex`, `ladder-order`,
    `ladder-group`.
    """
    plan, usage = admission.plan, admission.usage
    known = data_tables(plan.tables, plan.ladders)
    for name in sources:
        if name not in known:
            raise unknown_table(name, known)
    found: dict[DataTable, Sequence[TableVersion]] = {}
    for name, table in known.items():
        if table not in usage.tables:
            continue
        if name in sources:
            source = sources[name]
            if isinstance(source, RawTable):
                found[table] = versions_of(admission, table, source)
            else:
                found[table] = _given_versions(admission, table, source)
        elif not admission.lenient:
            raise missing_data_table(table, sources)
    return found


def unknown_table(name: str, known: Iterable[str]) -> DataError:
    near = get_close_matches(name, list(known), n=1)
    return DataError(
        "unknown-table",
        f"the plan has no table or ladder `{name}` from data",
        table=name,
        help=f"did you mean `{near[0]}`?" if near else "those from data are: " + (", ".join(known) or "none"),
    )


def missing_data_table(table: DataTable, given: Iterable[str]) -> DataError:
    what = "ladder" if isinstance(table, Ladder) else "table"
    return DataError(
        "missing-table",
        f"the {what} `{table.name}` comes with the data, and there is none",
        table=table_title(table),
        expected=f"a table `{table.name}` with the columns {', '.join(columns_of(table))}",
        help=f"the tables given are: {', '.join(given) or 'none'}",
    )


# ---------------------------------------------------------------- columns


def is_banded(key: Key) -> bool:
    """Whether rows may give bands of the key."""
    return isinstance(key.type, NumberType | DateType | MomentType)


def columns_of(table: DataTable) -> list[str]:
    """The columns as a message lists them."""
    names: list[str] = []
    if isinstance(table, Ladder):
        return [*(key.name for key in table.keys[:-1]), FROM_COLUMN, VALUE_COLUMN]
    for key in table.keys:
        names += [key.name + FROM_SUFFIX, key.name + BELOW_SUFFIX] if is_banded(key) else [key.name]
    return [*names, *(name or VALUE_COLUMN for name in table.result_names)]


@dataclass(frozen=True)
class Layout:
    """Where a table's cells stand. keys: of each key one column, or two for a band's bounds; results: of each one."""

    keys: Sequence[tuple[str, ...]]
    results: Sequence[str]
    dated: bool

    @staticmethod
    def of(table: DataTable, columns: Iterable[str]) -> Layout:
        """Raises DataError `missing-column`, `unknown-column`."""
        names = list(columns)
        if isinstance(table, Ladder):
            keys: list[tuple[str, ...]] = [(key.name,) for key in table.keys[:-1]]
            keys.append((FROM_COLUMN,))
            results = [VALUE_COLUMN]
        else:
            keys = [_key_columns(key, names) for key in table.keys]
            results = [name or _single_result(table, keys, names) for name in table.result_names]
        wanted = [*(name for each in keys for name in each), *results]
        for name in wanted:
            if name not in names:
                raise missing_data_column(table, name, names)
        for name in names:
            if name not in wanted and name != EFFECTIVE_FROM:
                raise unknown_data_column(table, name, [*wanted, EFFECTIVE_FROM])
        return Layout(keys, results, EFFECTIVE_FROM in names)

    def types(self, table: DataTable) -> dict[str, ValueType]:
        """What the cells of each column are; of a band's bounds any value of the key's kind."""
        found: dict[str, ValueType] = {EFFECTIVE_FROM: DateType(date.min, date.max)} if self.dated else {}
        for key, columns in zip(table.keys, self.keys, strict=True):
            found.update({column: _bound_type(key.type) if len(columns) > 1 else key.type for column in columns})
        types = (table.type,) if isinstance(table, Ladder) else table.result_types
        found.update(zip(self.results, types, strict=True))
        return found


def possible_columns(table: DataTable) -> dict[str, ValueType]:
    """Every column that a table may have, and what its cells are."""
    if isinstance(table, Ladder):
        return Layout.of(table, columns_of(table)).types(table)
    single = [key.name for key in table.keys]
    results = [name or VALUE_COLUMN for name in table.result_names]
    named = [name or table.name for name in table.result_names]
    found: dict[str, ValueType] = {}
    for columns in ([*single, *named], columns_of(table), [*single, *results]):
        found.update(Layout.of(table, columns).types(table))
    return found


def _key_columns(key: Key, names: Sequence[str]) -> tuple[str, ...]:
    bounds = (key.name + FROM_SUFFIX, key.name + BELOW_SUFFIX)
    return bounds if is_banded(key) and key.name not in names else (key.name,)


def _single_result(table: Table, keys: Sequence[tuple[str, ...]], names: Sequence[str]) -> str:
    """The column of a result without a name: `value`, or the table's own name."""
    taken = {name for each in keys for name in each}
    return table.name if VALUE_COLUMN in taken or (table.name in names and VALUE_COLUMN not in names) else VALUE_COLUMN


def missing_data_column(table: DataTable, column: str, columns: Iterable[str]) -> DataError:
    return DataError(
        "missing-column",
        f"the {table_title(table)} has no column `{column}`",
        table=table_title(table),
        column=column,
        expected="the columns " + ", ".join(columns_of(table)),
        help="its columns are: " + (", ".join(columns) or "none"),
    )


def unknown_data_column(table: DataTable, column: str, wanted: Sequence[str]) -> DataError:
    near = get_close_matches(column, wanted, n=1)
    return DataError(
        "unknown-column",
        f"the {table_title(table)} has a column `{column}`, which is neither a key nor a result",
        table=table_title(table),
        column=column,
        expected="the columns " + ", ".join(columns_of(table)),
        help=f"did you mean `{near[0]}`?" if near else "leave it out",
    )


# ---------------------------------------------------------------- versions


def versions_of(admission: Admission, table: DataTable, source: RawTable) -> list[TableVersion]:
    """The versions of one table that the period may ask for, rising."""
    layout = Layout.of(table, source.columns)
    rows_of: dict[date | None, list[int]] = {} if layout.dated and source.row_count else {None: []}
    for row in range(source.row_count):
        since = _since(table, row, source.columns[EFFECTIVE_FROM][row]) if layout.dated else None
        rows_of.setdefault(since, []).append(row)
    reader = _Reader(table, layout, source, admission)
    read = _read_ladder if isinstance(table, Ladder) else _read_table
    return [read(reader, since, rows_of[since]) for since in asked_versions(admission, table, list(rows_of))]


def _given_versions(admission: Admission, table: DataTable, source: Sequence[TableVersion]) -> list[TableVersion]:
    """Those of an example that the period may ask for."""
    known = {version.since: version for version in source}
    return [known[since] for since in asked_versions(admission, table, known)]


def asked_versions(admission: Admission, table: DataTable, known: Iterable[date | None]) -> list[date | None]:
    """The versions that are in force at some time at which the table is asked. Raises DataError `missing-version`."""
    period, versions = admission.period, sorted(known, key=lambda since: since or date.min)
    first = period.start if table in admission.usage.dated_tables else period.end
    before = [since for since in versions if since is None or since <= first]
    if not before and not admission.lenient:
        raise missing_version(table, first, versions)
    return before[-1:] + [since for since in versions if since is not None and first < since <= period.end]


def missing_version(table: DataTable, day: date, versions: Sequence[date | None]) -> DataError:
    return DataError(
        "missing-version",
        f"the {table_title(table)} has no rows that are in force on {day}",
        table=table_title(table),
        column=EFFECTIVE_FROM,
        value=str(versions[0]),
        expected=f"a version from {day} or earlier",
        help="add the rows that held before, with the day since when",
    )


def _since(table: DataTable, row: int, cell: object) -> date:
    found = read_cell(cell, DateType(date.min, date.max)) if isinstance(cell, str | date) else _not_read(cell)
    if isinstance(found, Misfit):
        raise bad_cell(table, row + 1, EFFECTIVE_FROM, found)
    assert isinstance(found, date)
    return found


def _not_read(cell: object) -> Misfit:
    """A cell that is empty, or that its file's reader could not take."""
    wanted = "a date like 2026-10-15"
    if isinstance(cell, Unreadable):
        return Misfit(FaultCode(cell.code), shown(cell.text), cell.expected or wanted)
    return Misfit(FaultCode.NULL, "", wanted) if cell is None else Misfit(FaultCode.WRONG_TYPE, shown(cell), wanted)


def bad_cell(table: DataTable, row: int, column: str, misfit: Misfit) -> DataError:
    """What is wrong with one cell of a table from data; row: from 1."""
    outside = misfit.code is FaultCode.OUT_OF_RANGE
    what = f"is {misfit.value}, outside {misfit.expected}" if outside else f"is {misfit.value or 'empty'}"
    return DataError(
        misfit.code.value,
        f"`{column}` of the {table_title(table)} {what}",
        table=table_title(table),
        row=str(row),
        column=column,
        value=misfit.value,
        expected=misfit.expected,
        help=misfit.help,
    )


@dataclass
class _Reader:
    """Reads the cells of one table. nearest: by entity, for keys that nobody has."""

    table: DataTable
    layout: Layout
    source: RawTable
    admission: Admission
    nearest: dict[str, NearestKey] = field(default_factory=dict)

    def cell(self, column: str, row: int, type: ValueType) -> Value:
        """A value. Raises DataError for a cell that is empty, or none of the type."""
        found = self._cell(column, row, type)
        if found is None:
            raise bad_cell(self.table, row + 1, column, Misfit(FaultCode.NULL, "", expected_of(type)))
        return found

    def _cell(self, column: str, row: int, type: ValueType) -> Value | None:
        """A value, or None where the cell is empty."""
        raw = self.source.columns[column][row]
        if raw is None or (raw.__class__ is str and raw == ""):
            return None
        if isinstance(raw, Unreadable):
            found: Value | Misfit = Misfit(FaultCode(raw.code), shown(raw.text), raw.expected or expected_of(type))
        elif isinstance(type, ReferenceType):
            found = self._key(raw, type.entity)
        else:
            found = read_cell(raw, type, self.admission.timezone)
        if isinstance(found, Misfit):
            raise bad_cell(self.table, row + 1, column, found)
        return found

    def _key(self, raw: object, entity: str) -> Value | Misfit:
        rows = self.admission.entities[entity]
        if not isinstance(raw, int | str) or isinstance(raw, bool):
            return Misfit(FaultCode.WRONG_TYPE, shown(raw), expected_of(ReferenceType(entity)))
        if raw in rows.row_of:
            return raw
        near = self.nearest.setdefault(entity, NearestKey(rows.row_of)).to(raw)
        help = "" if near is None else near_help(raw, near, entity)
        expected = f"the key of a {entity}; no {entity} has this key"
        return Misfit(FaultCode.UNKNOWN_REFERENCE, shown(raw), expected, help)

    def key_cell(self, position: int, row: int) -> Cell:
        """What a row of a table takes of one of its keys."""
        key, columns = self.table.keys[position], self.layout.keys[position]
        if is_banded(key) and len(columns) == 1:
            value = self.cell(columns[0], row, key.type)
            return BandsCell((Band(value, value, True, True),))
        if is_banded(key):
            low, high = (self._cell(column, row, _bound_type(key.type)) for column in columns)
            return AnyCell() if low is None and high is None else BandsCell((Band(low, high),))
        if self.source.columns[columns[0]][row] == ANY_TEXT:
            return AnyCell()
        return ValuesCell(frozenset((self.cell(columns[0], row, key.type),)))


def _bound_type(type: ValueType) -> ValueType:
    """The type of a band's bounds: as the key's, but anywhere."""
    if isinstance(type, NumberType):
        return replace(type, interval=Interval(-_BOUND_MAX, _BOUND_MAX))
    return DateType(date.min, date.max) if isinstance(type, DateType) else type


# ---------------------------------------------------------------- tables


def _read_table(reader: _Reader, since: date | None, rows: Sequence[int]) -> TableVersion:
    table, layout = reader.table, reader.layout
    assert isinstance(table, Table)
    read = []
    for row in rows:
        cells = tuple(reader.key_cell(position, row) for position in range(len(table.keys)))
        results = tuple(
            reader.cell(column, row, type) for column, type in zip(layout.results, table.result_types, strict=True)
        )
        read.append(TableRow(table.span, cells, results))
    if not reader.admission.lenient:
        refuse_uncovered(table, since, read, [row + 1 for row in rows], reader.admission.entities)
    return TableVersion(since, read)


# ---------------------------------------------------------------- ladders


def _read_ladder(reader: _Reader, since: date | None, rows: Sequence[int]) -> TableVersion:
    ladder, layout = reader.table, reader.layout
    assert isinstance(ladder, Ladder)
    groups: dict[tuple[Value, ...], list[Step]] = {}
    for row in rows:
        heads = tuple(
            reader.cell(columns[0], row, key.type)
            for columns, key in zip(layout.keys[:-1], ladder.keys[:-1], strict=True)
        )
        threshold = reader.cell(FROM_COLUMN, row, ladder.keys[-1].type)
        value = reader.cell(VALUE_COLUMN, row, ladder.type)
        assert isinstance(threshold, Fraction) and isinstance(value, Fraction)
        steps = groups.setdefault(heads, [])
        if steps and not threshold > steps[-1].threshold:  # type: ignore[operator]
            raise _falling(ladder, row + 1, threshold, steps[-1].threshold)
        steps.append(Step(ladder.span, threshold, value))
    if not reader.admission.lenient:
        refuse_missing_group(ladder, since, groups, reader.admission.entities)
    return TableVersion(since, groups={heads: tuple(steps) for heads, steps in groups.items()})


def _falling(ladder: Ladder, number: int, threshold: Value, before: Value) -> DataError:
    key = ladder.keys[-1]
    return DataError(
        "ladder-order",
        f"a step of the {table_title(ladder)} does not begin above the one before it",
        table=table_title(ladder),
        row=str(number),
        column=FROM_COLUMN,
        value=format_value(threshold, key.type),
        expected=f"more than {format_value(before, key.type)}",
        help="list the steps of a group in rising order, each once",
    )
