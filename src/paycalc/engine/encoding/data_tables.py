"""Tables and ladders from data to the columns that the graph looks things up in."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from paycalc.check.typed import Ladder, Table
from paycalc.check.types import FlagType, MemberType, ReferenceType
from paycalc.engine.encoded import EncodedColumn, Finder
from paycalc.engine.encoding.data_rows import DataSurroundings, LazyVersions, ReadTable, read_data_rows
from paycalc.engine.encoding.opening import DataSource
from paycalc.engine.encoding.sheets import Sheets, Unsound, coordinates_of_rows, sheets_of
from paycalc.engine.encoding.statements import Clock
from paycalc.engine.encoding.steps import Steps, coordinates_of_group, steps_of
from paycalc.engine.encoding.values import as_flags, constant, extent, packed
from paycalc.engine.encoding.versions import Stretches, finder_of, without_changes
from paycalc.graph import prepared
from paycalc.graph.nodes import Find, Input, Prepared
from paycalc.reference.data_tables import data_tables, missing_data_table, unknown_table
from paycalc.reference.dataset import TableVersion


@dataclass
class EncodedTables:
    """As of EncodedData."""

    inputs: dict[Input, EncodedColumn] = field(default_factory=dict)
    finders: dict[str, Finder] = field(default_factory=dict)
    counts: dict[str, int] = field(default_factory=dict)
    data_tables: dict[Table | Ladder, Sequence[TableVersion]] = field(default_factory=dict)


def encode_data_tables(around: DataSurroundings, clock: Clock) -> EncodedTables:
    """The tables and ladders from data that are used.

    Raises DataError as the reference's admit_data_tables does.
    """
    known = data_tables(around.plan.tables, around.plan.ladders)
    given = around.opened.data_tables
    for name in given:
        if name not in known:
            raise unknown_table(name, known)
    out = EncodedTables()
    for name, table in known.items():
        if table not in around.usage.tables:
            continue
        if name not in given:
            raise missing_data_table(table, given)
        _encode(given[name], around, clock, out)
        out.data_tables[table] = LazyVersions(around, given[name])
    return out


def _encode(source: DataSource, around: DataSurroundings, clock: Clock, out: EncodedTables) -> None:
    read = read_data_rows(source, around)
    table = source.table
    try:
        if isinstance(table, Ladder):
            steps = steps_of(table, read)
            _put_ladder(table, read, steps, out)
            of_owner = steps.of_owner
        else:
            sheets = sheets_of(table, read)
            _put_table(table, read, sheets, out)
            of_owner = sheets.of_owner
    except Unsound:
        around.refuse(source)
    _put_sheets(table, read, of_owner, clock, out)


def _put(out: EncodedTables, what: Prepared, numbers: np.ndarray) -> None:
    """At least one row."""
    column = packed(numbers, extent(numbers)) if len(numbers) else constant(1, what.low)
    out.inputs[Input(what, "made")] = as_flags(column) if what.is_flag else column


# ---------------------------------------------------------------- which sheet holds


def _put_sheets(
    table: Table | Ladder, read: ReadTable, of_owner: Sequence[np.ndarray], clock: Clock, out: EncodedTables
) -> None:
    _put(out, prepared.sheet_at_end(table), of_owner[-1])
    count, versions = len(of_owner[0]), len(of_owner)
    first = np.arange(count + 1) * versions
    rows = np.repeat(np.arange(count, dtype=np.int32), versions)
    sheets = np.stack(of_owner, axis=1).reshape(-1)
    days = np.array(read.days, np.int64)
    starts = {False: days, True: clock.starts[days - clock.first_day]}
    for moments, begin in starts.items():
        cells, found = without_changes(Stretches(rows, np.tile(begin, count), first), sheets)
        find = prepared.sheets_find(table, moments)
        _put(out, prepared.sheets_row(table, moments), found)
        out.finders[find.name] = finder_of(cells)
        out.counts[prepared.cells_of(find.name)] = max(len(found), 1)


# ---------------------------------------------------------------- tables


def _put_table(table: Table, read: ReadTable, sheets: Sheets, out: EncodedTables) -> None:
    sizes = np.array([len(each[0]) for each in sheets.results], np.int64)
    _put(out, prepared.start(table), np.cumsum(sizes) - sizes)
    out.counts[prepared.sheet_grain(table)] = len(sizes)
    out.counts[prepared.cells_of(table.name)] = int(sizes.sum())
    owner = prepared.owner_of(table)
    for place, at in enumerate(each for each in range(len(table.keys)) if each != owner):
        key = table.keys[at]
        if isinstance(key.type, FlagType | MemberType):
            continue
        _put(out, prepared.axis_count(table, at), np.array([each[place] for each in sheets.counts], np.int64))
        if isinstance(key.type, ReferenceType):
            _put(out, prepared.axis_row(table, at), coordinates_of_rows(read, at))
        else:
            _put_find(out, prepared.axis_find(table, at), [each[place] for each in sheets.thresholds])
    for index in range(len(sheets.results[0])):
        cells = np.concatenate([each[index] for each in sheets.results])
        _put(out, prepared.result(table, index), cells)


def _put_find(out: EncodedTables, find: Find, groups: Sequence[np.ndarray]) -> None:
    lengths = np.array([len(each) for each in groups], np.int64)
    offsets = np.append(0, np.cumsum(lengths)).astype(np.int32)
    out.finders[find.name] = Finder(np.concatenate(groups).astype(np.int64), offsets)
    out.counts[prepared.cells_of(find.name)] = int(lengths.max()) + 1


# ---------------------------------------------------------------- ladders


def _put_ladder(ladder: Ladder, read: ReadTable, steps: Steps, out: EncodedTables) -> None:
    find = prepared.steps_find(ladder)
    out.finders[find.name] = Finder(np.ascontiguousarray(steps.thresholds), steps.starts.astype(np.int32))
    out.counts[prepared.cells_of(find.name)] = max(len(steps.thresholds) + len(steps.starts) - 1, 1)
    for part, numbers in steps.parts().items():
        _put(out, prepared.step_part(ladder, part), numbers)
    for key, count in steps.counts.items():
        _put(out, prepared.axis_count(ladder, key), np.array([max(count, 1)], np.int64))
        _put(out, prepared.axis_row(ladder, key), np.maximum(coordinates_of_group(read, key), 0))
