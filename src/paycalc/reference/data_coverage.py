"""Whether the rows of a table or ladder from data cover every case, for all rows that the data has."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import date
from fractions import Fraction
from itertools import product

from paycalc.check.coverage import Analysis, analyse
from paycalc.check.typed import Cell, Key, Ladder, Table, TableRow, ValuesCell
from paycalc.check.types import FlagType, MemberType, NumberType, ReferenceType, Value, format_value
from paycalc.core.errors import DataError
from paycalc.reference.cells import expected_of, shown
from paycalc.reference.dataset import EntityRows


def table_title(table: Table | Ladder) -> str:
    """What messages call it."""
    return f"table {table.name}"


def refuse_uncovered(
    table: Table,
    since: date | None,
    rows: Sequence[TableRow],
    numbers: Sequence[int],
    entities: Mapping[str, EntityRows],
) -> None:
    """Raise DataError where a row of a version can never match, or no row covers a case.

    numbers   of the rows in the data, from 1;  entities: whose keys references may hold
    """
    reached: set[int] = set()
    gaps: list[str] = []
    for owner, there, taken in _by_owner(table, rows, entities):
        part = _without_references(table, [rows[at] for at in taken], entities, others=True)
        analysis = _analysed(table, part)
        for at, position in analysis.empty:
            raise _empty_band(table, numbers[taken[at]], table.keys[_kept_keys(table)[position]])
        reached.update(taken[at] for at in analysis.reached)
        if there and not gaps:
            part = _without_references(table, [rows[at] for at in taken], entities, others=False)
            found = _analysed(table, part).gaps
            gaps = [", ".join(filter(None, (owner, "" if owner and gap == "any case" else gap))) for gap in found]
    for at, number in enumerate(numbers):
        if at not in reached:
            raise _unreachable(table, number)
    if gaps:
        raise _gap(table, since, gaps)


def _owner_of(table: Table) -> int | None:
    """The first key that is a reference."""
    return next((at for at, key in enumerate(table.keys) if isinstance(key.type, ReferenceType)), None)


def _kept_keys(table: Table) -> list[int]:
    return [at for at in range(len(table.keys)) if at != _owner_of(table)]


def _by_owner(
    table: Table, rows: Sequence[TableRow], entities: Mapping[str, EntityRows]
) -> Iterable[tuple[str, bool, list[int]]]:
    """For each row of the first reference the rows of the table that speak of it; those of which none speaks by name
    are one. So is somebody who may yet come: for him rows that speak of everybody are never too many.

    Gives what messages call the case, whether there is such a row, and the positions of the table's rows.
    """
    owner = _owner_of(table)
    if owner is None:
        yield "", True, list(range(len(rows)))
        return
    key = table.keys[owner]
    assert isinstance(key.type, ReferenceType)
    keys = entities[key.type.entity].row_of
    everybody: list[int] = []
    by_name: dict[Value, list[int]] = {}
    for at, row in enumerate(rows):
        cell = row.cells[owner]
        if isinstance(cell, ValuesCell):
            for value in cell.values:
                by_name.setdefault(value, []).append(at)
        else:
            everybody.append(at)
    for value in keys:
        if value in by_name:
            yield f"{key.name} = {shown(value)}", True, sorted(everybody + by_name[value])
    unnamed = next((value for value in keys if value not in by_name), None)
    yield "" if unnamed is None else f"{key.name} = {shown(unnamed)}", unnamed is not None, everybody


def _without_references(
    table: Table, rows: Sequence[TableRow], entities: Mapping[str, EntityRows], *, others: bool
) -> Table:
    """The table for one owner: further references as members, with one for all the rows that nobody speaks of.

    others  whether that one is there though every row is spoken of
    """
    kept = _kept_keys(table)
    columns = [[row.cells[at] for row in rows] for at in kept]
    keys = []
    for place, at in enumerate(kept):
        key = table.keys[at]
        if isinstance(key.type, ReferenceType):
            cells = columns[place]
            named = {value for cell in cells if isinstance(cell, ValuesCell) for value in cell.values}
            there = entities[key.type.entity].row_of
            members = [str(value) for value in there if value in named]
            if others or len(members) < len(there):
                members.append(f"any other {key.type.entity}")
            key = replace(key, type=MemberType(tuple(members)))
            columns[place] = [_as_members(cell) for cell in cells]
        keys.append(key)
    cut = [TableRow(table.span, tuple(column[at] for column in columns), row.results) for at, row in enumerate(rows)]
    return replace(table, keys=tuple(keys), rows=tuple(cut))


def _as_members(cell: Cell) -> Cell:
    return ValuesCell(frozenset(str(value) for value in cell.values)) if isinstance(cell, ValuesCell) else cell


def _analysed(table: Table, part: Table) -> Analysis:
    analysis = analyse(part)
    if analysis.too_complex:
        raise DataError(
            "table-too-complex",
            f"the rows of the {table_title(table)} overlap in too many ways to be checked",
            table=table_title(table),
            help="split it into several tables",
        )
    return analysis


def _empty_band(table: Table, number: int, key: Key) -> DataError:
    return DataError(
        "empty-band",
        f"no value of `{key.name}` lies in the band of this row of the {table_title(table)}",
        table=table_title(table),
        row=str(number),
        column=key.name,
        expected=expected_of(key.type),
        help="a band goes from its first bound up to, but not with, its second",
    )


def _unreachable(table: Table, number: int) -> DataError:
    return DataError(
        "unreachable-row",
        f"a row of the {table_title(table)} can never match: the rows above it take all its cases",
        table=table_title(table),
        row=str(number),
        help="move it up, narrow the rows above it, or remove it",
    )


def _gap(table: Table, since: date | None, gaps: Sequence[str]) -> DataError:
    when = "" if since is None else f" from {since} on"
    return DataError(
        "table-gap",
        f"no row of the {table_title(table)} covers " + "; nor ".join(gaps) + when,
        table=table_title(table),
        value=gaps[0],
        help="add rows for these cases, or a last row that takes all: `*` and empty bounds",
    )


def refuse_missing_group(
    ladder: Ladder,
    since: date | None,
    groups: Mapping[tuple[Value, ...], object],
    entities: Mapping[str, EntityRows],
) -> None:
    """Raise DataError where a group that may be asked for has no steps."""
    for heads in product(*(_domain(key, entities) for key in ladder.keys[:-1])):
        if heads in groups:
            continue
        named = zip(ladder.keys[:-1], heads, strict=True)
        what = ", ".join(f"{key.name} = {format_value(head, key.type)}" for key, head in named)
        when = "" if since is None else f" from {since} on"
        raise DataError(
            "ladder-group",
            f"the {table_title(ladder)} has no steps{' for ' + what if what else ''}{when}",
            table=table_title(ladder),
            value=what,
            expected="steps for each group",
            help="add rows for it",
        )


def _domain(key: Key, entities: Mapping[str, EntityRows]) -> Iterable[Value]:
    """All values that a group key may have."""
    match key.type:
        case MemberType(members=members):
            return members
        case FlagType():
            return (False, True)
        case NumberType(interval=interval):
            return [Fraction(each) for each in range(int(interval.low), int(interval.high) + 1)]
        case ReferenceType(entity=entity):
            return entities[entity].row_of
    raise AssertionError(f"{key.name} cannot head the groups of a ladder")
