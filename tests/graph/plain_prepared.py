"""What the door prepares for the graph, laid out plainly: by asking the reference's dataset for every case.

The lay-out is as simple as graph/prepared.py allows, and not that of the door: each date that some row asks for has a
cell of its own, each version of a table a sheet of its own for each row of its owner.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from fractions import Fraction
from itertools import pairwise, product
from typing import Any

from paycalc.check.typed import PLAN_GRAIN, BandsCell, Column, Key, Ladder, Parameter, Table, ValuesCell
from paycalc.check.types import FlagType, MemberType, MomentType, NumberType, ReferenceType, TextType
from paycalc.graph import prepared
from paycalc.graph.nodes import Find, Prepared, versions_of
from paycalc.graph.type_ranges import range_of_type
from paycalc.reference.dataset import Dataset, TableVersion
from paycalc.reference.faults import Fault
from paycalc.reference.lookups import matching_rows, table_results
from paycalc.reference.rows import civil_day

EPOCH_DATE, EPOCH = date(1970, 1, 1), datetime(1970, 1, 1, tzinfo=UTC)
Encode = Callable[[object, object], int]
Groups = list[list[int]]


class PlainPrepared:
    """counts: rows of each grain. columns: of each Prepared. finders: of each Find the thresholds of its groups.
    dated: of each parameter its value, or a Fault, or None, in each version."""

    def __init__(self, dataset: Dataset, encode: Encode, chance: random.Random) -> None:
        self.dataset, self._encode, self._random = dataset, encode, chance
        self.counts: dict[str, int] = {}
        self.columns: dict[Prepared, list[int]] = {}
        self.finders: dict[str, Groups] = {}
        self.dated: dict[Parameter, list[object]] = {}
        self._asked = {moments: self._dates(moments) for moments in (False, True)}
        for entity in {each.entity for each in dataset.usage.dated}:
            self._add_versions(entity)
        for table in dataset.usage.tables:
            self._add_table(table) if isinstance(table, Table) else self._add_ladder(table)

    def _dates(self, moments: bool) -> list[date]:
        """The days, or moments, of the period that rows ask for, rising."""
        dataset, found = self.dataset, set()
        columns = [each.dated for each in dataset.plan.entities.values() if each.dated in dataset.cells]
        for column in columns:
            assert isinstance(column, Column)
            if isinstance(column.type, MomentType) is moments:
                found |= {each for each in _all_cells(dataset, column) if isinstance(each, date)}
        return sorted(each for each in found if civil_day(each, dataset.timezone) in dataset.period)

    def _rows(self, entity: str) -> int:
        return 1 if entity == PLAN_GRAIN else self.dataset.entities[entity].count

    def _find(self, find: Find, groups: Groups) -> None:
        self.finders[find.name] = groups
        sizes = [len(each) + 1 for each in groups] or [1]
        self.counts[prepared.cells_of(find.name)] = sum(sizes) if find.absolute else max(sizes)

    def _find_dates(self, find: Find, row: Prepared, rows: int, moments: bool, of: Callable[[int, date], int]) -> None:
        """A cell for each row and each date asked for; that before them all leads anywhere."""
        asked = self._asked[moments]
        thresholds = [_whole_of(each) for each in asked]
        self._find(find, [thresholds for _ in range(rows)])
        found: list[int] = []
        for at in range(rows):
            cells = [of(at, each) for each in asked]
            found += [self._random.choice(cells) if cells else 0, *cells]
        self.columns[row] = found or [0]

    # ------------------------------------------------------------ versions of parameters

    def _add_versions(self, entity: str) -> None:
        dataset = self.dataset
        parameters = [each for each in dataset.usage.dated if each.entity == entity]
        known: dict[tuple[str, ...], int] = {}
        values: list[list[object]] = []

        def version(row: int, asked: date) -> int:
            found = [dataset.dated.at(each, row, asked) for each in parameters]
            key = tuple(repr(each) for each in found)
            if key not in known:
                known[key] = len(values)
                values.append(list(found))
            return known[key]

        for moments in (False, True):
            find, row = prepared.versions_find(entity, moments), prepared.versions_row(entity, moments)
            self._find_dates(find, row, self._rows(entity), moments, version)
        values = values or [[None] * len(parameters)]
        self.counts[versions_of(entity)] = len(values)
        for at, parameter in enumerate(parameters):
            self.dated[parameter] = [each[at] for each in values]

    # ------------------------------------------------------------ sheets

    def _add_sheets(self, table: Table | Ladder, block: int) -> list[tuple[object, TableVersion]]:
        """A sheet, or a block of them, for each row of the owner and each version; their owners' keys and versions."""
        dataset, grain = self.dataset, prepared.owner_grain(table)
        versions = dataset.versions.get(table) or [TableVersion(None)]  # an example may leave it out
        rows = self._rows(grain)

        def sheet(row: int, day: date) -> int:
            version = dataset.version(table, civil_day(day, dataset.timezone))
            at = next((at for at, each in enumerate(versions) if each is version), 0)  # of an example none may be
            return (row * len(versions) + at) * block

        for moments in (False, True) if table in dataset.usage.dated_tables else ():
            find, row = prepared.sheets_find(table, moments), prepared.sheets_row(table, moments)
            self._find_dates(find, row, rows, moments, sheet)
        self.columns[prepared.sheet_at_end(table)] = [sheet(row, dataset.period.end) for row in range(rows)]
        keys = [dataset.key(grain, row) if grain != PLAN_GRAIN else None for row in range(rows)] or [None]
        return [(key, version) for key in keys for version in versions]

    def _places_of(self, table: Table | Ladder, at: int) -> list[object] | None:
        """The values of a key that are known before any sheet is."""
        key = table.keys[at]
        match key.type:
            case FlagType():
                return [False, True]
            case MemberType(members=members):
                return list(members)
            case ReferenceType(entity=entity):
                rows = range(self._rows(entity))
                self.columns[prepared.axis_row(table, at)] = list(rows)
                return [self.dataset.key(entity, row) for row in rows] or [None]
        return None

    def _add_table(self, table: Table) -> None:
        owner, keys = prepared.owner_of(table), range(len(table.keys))
        known = {at: self._places_of(table, at) for at in keys if at != owner}
        thresholds: dict[int, Groups] = {at: [] for at, values in known.items() if values is None}
        starts: list[int] = []
        counts: dict[int, list[int]] = {at: [] for at in known}
        results: list[list[int]] = [[] for _ in prepared.result_types(table)]
        for owner_key, version in self._add_sheets(table, 1):
            starts.append(len(results[0]))
            places: list[list[object]] = []
            for at in keys:
                values: list[object] = [owner_key]
                if at != owner:
                    found = known[at]
                    if found is None:
                        reached, found = self._cut(table.keys[at], [row.cells[at] for row in version.rows])
                        thresholds[at].append(reached)
                    values = found
                    counts[at].append(len(values))
                places.append(values)
            for case in product(*places):
                for column, result in zip(results, self._results(table, version, case), strict=True):
                    column.append(result)
        for at, groups in thresholds.items():
            self._find(prepared.axis_find(table, at), groups)
        for at, found in counts.items():
            self.columns[prepared.axis_count(table, at)] = found
        self.columns[prepared.start(table)] = starts
        self.counts[prepared.sheet_grain(table)] = len(starts)
        self.counts[prepared.cells_of(table.name)] = len(results[0])
        for at, column in enumerate(results):
            self.columns[prepared.result(table, at)] = column

    def _cut(self, key: Key, cells: Sequence[object]) -> tuple[list[int], list[object]]:
        """The thresholds of a key, and a value of each stretch between them."""
        if isinstance(key.type, TextType):
            texts = {value for each in cells if isinstance(each, ValuesCell) for value in each.values}
            numbers = {self._encode(each, key.type): each for each in texts}
            ends = sorted({0} | {end for each in numbers for end in (each, each + 1)})
            return ends[1:], [numbers.get(each, "\0 any other") for each in ends]
        low, high = range_of_type(key.type)
        ends = {low}
        for cell in cells:
            for band in cell.bands if isinstance(cell, BandsCell) else ():
                if band.low is not None:
                    ends.add(_at_least(band.low, key.type) if band.low_included else _above(band.low, key.type))
                if band.high is not None:
                    ends.add(_above(band.high, key.type) if band.high_included else _at_least(band.high, key.type))
        reached = sorted(each for each in ends if low <= each <= high)
        return reached[1:], [_value_of(each, key.type) for each in reached]

    def _results(self, table: Table, version: TableVersion, case: Sequence[Any]) -> list[int]:
        rows = matching_rows(replace(table, rows=tuple(version.rows)), case)
        types = prepared.result_types(table)
        if not rows and table.collect not in ("sum", "count"):
            return [self._random.choice(range_of_type(each)) for each in types]
        return [self._encode(each, of) for each, of in zip(table_results(table, rows), types, strict=True)]

    # ------------------------------------------------------------ ladders

    def _add_ladder(self, ladder: Ladder) -> None:
        owner, groups = prepared.owner_of(ladder), range(len(ladder.keys) - 1)
        places = [self._group_values(ladder, at) for at in groups if at != owner]
        for at in groups:
            if at != owner and isinstance(ladder.keys[at].type, ReferenceType):
                self.columns[prepared.axis_count(ladder, at)] = [
                    max(self._rows(prepared.target_of(ladder.keys[at])), 1)
                ]
        cases = list(product(*places))
        parts: dict[str, list[int]] = {part: [] for part in prepared.STEP_PARTS}
        thresholds: Groups = []
        for owner_key, version in self._add_sheets(ladder, len(cases)):
            for case in cases:
                rest = iter(case)
                group = tuple(owner_key if at == owner else next(rest) for at in groups)
                steps = version.groups.get(group, ())  # type: ignore[arg-type]
                key_type = ladder.keys[-1].type
                ends = [_at_least(step.threshold, key_type) for step in steps]
                values = [self._encode(step.value, ladder.type) for step in steps]
                thresholds.append(ends)
                for part, column in parts.items():
                    column += self._part(ladder, part, ends, values)
        find = prepared.steps_find(ladder)
        self._find(find, thresholds)
        self.counts[prepared.sheet_grain(ladder)] = len(thresholds)
        for part, column in parts.items():
            self.columns[prepared.step_part(ladder, part)] = column

    def _group_values(self, ladder: Ladder, at: int) -> list[object]:
        known = self._places_of(ladder, at)
        if known is not None:
            return known
        type_ = ladder.keys[at].type
        assert isinstance(type_, NumberType)
        return [Fraction(each) for each in range(int(type_.interval.low), int(type_.interval.high) + 1)]

    def _part(self, ladder: Ladder, part: str, ends: list[int], values: list[int]) -> list[int]:
        if not ends:  # a group that nobody asks for
            made = prepared.step_part(ladder, part)
            return [self._random.choice((made.low, made.high))]
        paid, total = [0, 0], 0
        for (start, end), value in zip(pairwise(ends), values, strict=False):
            total += (end - start) * value
            paid.append(total)
        return {
            "threshold": [ends[0], *ends],
            "value": [0, *values],
            "paid": paid,
            "next threshold": [*ends, ends[-1]],
            "next value": [*values, values[-1]],
            "kept": [values[0], *values],
        }[part]


def _all_cells(dataset: Dataset, column: Column) -> list[object]:
    return [dataset.cells[column][row] for row in range(dataset.entities[column.entity].count)]


def _whole_of(value: object) -> int:
    if isinstance(value, datetime):
        return (value - EPOCH) // timedelta(microseconds=1)
    assert isinstance(value, date)
    return (value - EPOCH_DATE).days


def _value_of(whole: int, type_: object) -> object:
    if isinstance(type_, NumberType):
        assert type_.places is not None
        return Fraction(whole, 10**type_.places)
    if isinstance(type_, MomentType):
        return EPOCH + timedelta(microseconds=whole)
    return EPOCH_DATE + timedelta(days=whole)


def _at_least(bound: object, type_: object) -> int:
    return (bound * 10**type_.places).__ceil__() if isinstance(type_, NumberType) else _whole_of(bound)  # type: ignore[operator, no-any-return]


def _above(bound: object, type_: object) -> int:
    return (bound * 10**type_.places).__floor__() + 1 if isinstance(type_, NumberType) else _whole_of(bound) + 1  # type: ignore[operator, no-any-return]


def is_missing(cell: object) -> bool:
    """Whether nobody reads what stands in a cell."""
    return cell is None or isinstance(cell, Fault)


Columns = Mapping[Prepared, Sequence[int]]
