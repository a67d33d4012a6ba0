"""Rows at the door: keys, columns and references of every entity that a plan needs, each cell checked once."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, tzinfo

from paycalc.check.arithmetic import ROWS_MAX
from paycalc.check.typed import PLAN_GRAIN, Column, Entity, Field, Outside, Reference, TypedPlan
from paycalc.check.types import Value
from paycalc.check.usage import Usage
from paycalc.core.calendar import Period
from paycalc.core.errors import DataError
from paycalc.reference.cells import Misfit, expected_of, read_cell, shown
from paycalc.reference.dataset import LEFT_OUT, Cell, EntityRows, FaultPlace, Members, RawTable, Unreadable, place_names
from paycalc.reference.faults import Fault, FaultCode, Key
from paycalc.reference.nearest import NearestKey

DUPLICATES_SHOWN_MAX = 5  # row numbers that a message lists


@dataclass
class Admission:
    """A dataset in the making.

    lenient  of an example: a missing column or table leaves its cells out, instead of stopping
    """

    plan: TypedPlan
    period: Period
    usage: Usage
    lenient: bool = False
    entities: dict[str, EntityRows] = field(default_factory=dict)
    cells: dict[Field, Sequence[Cell]] = field(default_factory=dict)
    targets: dict[Reference, Sequence[int | Fault | None]] = field(default_factory=dict)
    members: dict[Reference, Mapping[int, Sequence[int]]] = field(default_factory=dict)
    crowded: dict[Reference, Mapping[int, Fault]] = field(default_factory=dict)
    defaulted: dict[Column, frozenset[int]] = field(default_factory=dict)
    outside: dict[str, frozenset[int]] = field(default_factory=dict)
    faults: list[tuple[FaultPlace, int, Fault]] = field(default_factory=list)

    @property
    def timezone(self) -> tzinfo:
        """The plan's; a plan without one has no moments."""
        return self.plan.timezone or UTC

    def fault(self, place: FaultPlace, row: int, misfit: Misfit) -> Fault:
        """The fault at a place, noted down."""
        fault = self.fault_of(place, row, misfit)
        self.note(place, row, fault)
        return fault

    def fault_of(self, place: FaultPlace, row: int, misfit: Misfit, *, set_in: int | None = None) -> Fault:
        """A misfit as a fault; row: of the entity that `place_names` gives."""
        entity, column = place_names(place)
        keys = self.entities[entity].keys if entity in self.entities else ()
        key = keys[row] if row < len(keys) else None
        number = None if entity == PLAN_GRAIN else row + 1
        return Fault(
            misfit.code, entity, key, number, column, misfit.value, misfit.expected, misfit.help, set_in=set_in
        )

    def note(self, place: FaultPlace, row: int, fault: Fault) -> None:
        if fault.code is not FaultCode.LEFT_OUT:  # which concerns only those who ask
            self.faults.append((place, row, fault))


def admit_rows(admission: Admission, tables: Mapping[str, RawTable]) -> None:
    """Keys of all needed entities, then columns, then which rows are of the period, then references.

    Raises DataError `missing-table`, `missing-column`, `too-many-rows` (of an entity as a whole).
    """
    plan = admission.plan
    admission.entities[PLAN_GRAIN] = EntityRows(1, (None,), {})
    needed = [entity for name, entity in plan.entities.items() if name in admission.usage.entities]
    raw_tables = {entity.name: _table_of(entity, tables, admission) for entity in needed}
    for entity in needed:
        _check_row_count(entity, raw_tables[entity.name])
        _admit_keys(admission, entity, raw_tables[entity.name])
    for entity in needed:
        for column in entity.columns.values():
            if column in admission.usage.fields:
                _admit_column(admission, column, raw_tables[entity.name])
        if entity.dated is not None and entity.dated in admission.usage.fields:
            _admit_dates(admission, entity, entity.dated)
    for entity in needed:
        for reference in entity.references.values():
            if reference in admission.usage.fields:
                _admit_reference(admission, reference, raw_tables[entity.name])
                _note_members(admission, entity, reference)


def _table_of(entity: Entity, tables: Mapping[str, RawTable], admission: Admission) -> RawTable:
    if entity.name in tables:
        return tables[entity.name]
    if admission.lenient:
        return RawTable(entity.name, {entity.name: ()}, 0)
    raise missing_table(entity, tables)


def missing_table(entity: Entity, given: Iterable[str]) -> DataError:
    return DataError(
        "missing-table",
        f"there is no table for `{entity.name}`, which the plan uses",
        table=entity.name,
        expected=f"a table `{entity.name}`",
        help=f"the tables given are: {', '.join(given) or 'none'}",
    )


def missing_column(entity: str, column: str, columns: Iterable[str], what: str) -> DataError:
    return DataError(
        "missing-column",
        f"the table `{entity}` has no column `{column}`, {what}",
        table=entity,
        column=column,
        expected=f"a column `{column}`",
        help="its columns are: " + (", ".join(columns) or "none"),
    )


def _check_row_count(entity: Entity, table: RawTable) -> None:
    """The ranges of sums over all rows of an entity were proven for no more rows than these."""
    error = too_many_rows(entity, table.row_count, ROWS_MAX)
    if error is not None:
        raise error


def too_many_rows(entity: Entity, count: int, rows_max: int) -> DataError | None:
    """The error for an entity of so many rows, where neither the plan nor `rows_max` allows them."""
    declared = entity.rows_max if entity.rows_max is not None and entity.rows_max_per == PLAN_GRAIN else None
    bound = rows_max if declared is None else min(declared, rows_max)
    if count <= bound:
        return None
    says = "no entity may have more than" if bound != declared else "the plan says at most"
    return DataError(
        FaultCode.TOO_MANY_ROWS.value,
        f"there are {count:_} rows of `{entity.name}`, and {says} {bound:_}",
        table=entity.name,
        value=f"{count:_} rows",
        expected=f"at most {bound:_}",
    )


# ---------------------------------------------------------------- keys


def _admit_keys(admission: Admission, entity: Entity, table: RawTable) -> None:
    name, raw = entity.name, table.columns.get(entity.name)
    if raw is None:
        if name in admission.usage.keyed:
            raise missing_column(name, name, table.columns, "which holds the keys of its rows")
        admission.entities[name] = EntityRows(table.row_count, (None,) * table.row_count, {})
        return
    misfits: dict[int, Misfit] = {}
    keys: list[Key | None] = []
    rows_of: dict[Key, list[int]] = {}
    kind = next((each.__class__ for each in raw if each.__class__ in (int, str)), str)
    for row, cell in enumerate(raw):
        key = cell if cell.__class__ is kind else None
        keys.append(key)
        if key is not None:
            rows_of.setdefault(key, []).append(row)
        elif isinstance(cell, Unreadable):
            misfits[row] = Misfit(FaultCode(cell.code), shown(cell.text), cell.expected or "a key")
        elif cell is not None:
            misfits[row] = odd_key(cell, whole=kind is int)
        elif name in admission.usage.keyed and not admission.lenient:
            misfits[row] = Misfit(FaultCode.NULL_KEY, "", "a key")
    for rows in rows_of.values():
        if len(rows) > 1:
            misfits.update(dict.fromkeys(rows, shared_key(rows)))
    row_of = {key: rows[0] for key, rows in rows_of.items()}
    faults: dict[int, Fault] = {}
    admission.entities[name] = EntityRows(table.row_count, keys, row_of, faults)
    for row, misfit in sorted(misfits.items()):
        faults[row] = admission.fault(name, row, misfit)


def odd_key(cell: object, *, whole: bool) -> Misfit:
    """Why a key that is of another kind than the others is faulty; whole: those are whole numbers."""
    expected = "a whole number, like the other keys" if whole else "a text, like the other keys"
    return Misfit(FaultCode.WRONG_TYPE, shown(cell), expected)


def shared_key(rows: Sequence[int]) -> Misfit:
    """Why rows that have one key are faulty."""
    numbers = ", ".join(str(row + 1) for row in rows[:DUPLICATES_SHOWN_MAX])
    more = f" and {len(rows) - DUPLICATES_SHOWN_MAX} more" if len(rows) > DUPLICATES_SHOWN_MAX else ""
    return Misfit(FaultCode.DUPLICATE_KEY, f"rows {numbers}{more}", "each key once")


# ---------------------------------------------------------------- columns


def _admit_column(admission: Admission, column: Column, table: RawTable) -> None:
    raw = table.columns.get(column.name)
    if raw is None:
        if column.default is None and not column.optional and not admission.lenient:
            raise missing_column(column.entity, column.name, table.columns, "which the plan uses")
        raw = (None if column.default is not None or column.optional else LEFT_OUT,) * table.row_count
    read = _reader(column, admission.timezone)
    cells: list[Cell] = []
    defaulted: list[int] = []
    for row, cell in enumerate(raw):
        value = column.default if cell is None else read(cell)
        if cell is None and column.default is not None:
            defaulted.append(row)
        elif cell is None and not column.optional:
            value = Misfit(FaultCode.NULL, "", expected_of(column.type))
        cells.append(admission.fault(column, row, value) if isinstance(value, Misfit) else value)
    admission.cells[column] = cells
    admission.defaulted[column] = frozenset(defaulted)


def _reader(column: Field, timezone: tzinfo) -> Callable[[object], Value | Misfit]:
    """Reads the cells of a column that are not empty; equal cells once."""
    known: dict[object, Value | Misfit] = {}

    def read(cell: object) -> Value | Misfit:
        place = (cell.__class__, cell)  # 1 and yes are equal in Python
        if place not in known:
            known[place] = read_raw(cell, column, timezone)
        return known[place]

    return read


def read_raw(cell: object, field: Field, timezone: tzinfo) -> Value | Misfit:
    """The value of a cell that is not empty, or why it is none; timezone: the plan's."""
    if isinstance(cell, Unreadable):
        return Misfit(FaultCode(cell.code), shown(cell.text), cell.expected or expected_of(field.type))
    if cell is LEFT_OUT:
        return Misfit(FaultCode.LEFT_OUT, "", expected_of(field.type))
    return read_cell(cell, field.type, timezone)


def _admit_dates(admission: Admission, entity: Entity, dated: Column) -> None:
    """Rows outside the period: their date is a fault, and where the entity says so they do not count."""
    cells = list(admission.cells[dated])
    outside = []
    for row, cell in enumerate(cells):
        if isinstance(cell, date):
            day = civil_day(cell, admission.timezone)
            if day not in admission.period:
                cells[row] = admission.fault(dated, row, outside_period(day, admission.period))
                outside.append(row)
    admission.cells[dated] = cells
    if entity.outside is not Outside.FAULT:
        admission.outside[entity.name] = frozenset(outside)


def outside_period(day: date, period: Period) -> Misfit:
    """Why a row of another day than one of the period is faulty."""
    return Misfit(FaultCode.OUTSIDE_PERIOD, day.isoformat(), f"{period.start} .. {period.end}")


def civil_day(when: date, timezone: tzinfo) -> date:
    """The civil date of a moment; a date is its own."""
    return when.astimezone(timezone).date() if isinstance(when, datetime) else when


# ---------------------------------------------------------------- references


def _admit_reference(admission: Admission, reference: Reference, table: RawTable) -> None:
    raw = table.columns.get(reference.name)
    if raw is None:
        if not reference.optional and not admission.lenient:
            what = f"which refers to `{reference.target}`"
            raise missing_column(reference.entity, reference.name, table.columns, what)
        raw = (None if reference.optional else LEFT_OUT,) * table.row_count
    there = admission.entities[reference.target]
    targets: list[int | Fault | None] = []
    nearest: NearestKey | None = None
    for row, cell in enumerate(raw):
        target = there.row_of.get(cell) if cell.__class__ in (int, str) else None
        if target is not None and target in there.faults:  # a key that several rows share leads to none of them
            admission.faults.append((reference, row, there.faults[target]))
            targets.append(there.faults[target])
        elif target is not None:
            targets.append(target)
        elif cell is None and reference.optional:
            targets.append(None)
        else:
            if nearest is None and cell.__class__ in (int, str):
                nearest = NearestKey(there.row_of)
            targets.append(admission.fault(reference, row, no_target(cell, reference, nearest)))
    admission.targets[reference] = targets


def no_target(cell: object, reference: Reference, nearest: NearestKey | None) -> Misfit:
    """Why a cell leads nowhere."""
    expected = f"the key of a {reference.target}"
    if cell is None:
        return Misfit(FaultCode.NULL, "", expected)
    if cell is LEFT_OUT:
        return Misfit(FaultCode.LEFT_OUT, "", expected)
    if isinstance(cell, Unreadable):
        return Misfit(FaultCode(cell.code), shown(cell.text), cell.expected or expected)
    if cell.__class__ is not int and cell.__class__ is not str:
        return Misfit(FaultCode.WRONG_TYPE, shown(cell), expected)
    near = nearest.to(cell) if nearest is not None else None
    help = "" if near is None else near_help(cell, near, reference.target)
    return Misfit(FaultCode.UNKNOWN_REFERENCE, shown(cell), f"{expected}; no {reference.target} has this key", help)


def near_help(key: Key, near: Key, entity: str) -> str:
    """What to say of a key that is none, and the key that it was most likely meant to be."""
    if str(near) == str(key):
        return f"the keys of {entity} are {'whole numbers' if isinstance(near, int) else 'texts'}, and this is not"
    return f"did you mean {shown(near)}?"


def _note_members(admission: Admission, entity: Entity, reference: Reference) -> None:
    """The rows that lead to each row, and the faults where they are more than the plan says."""
    members = members_by_target(admission.targets[reference])
    admission.members[reference] = members
    outside = admission.outside.get(entity.name, frozenset())
    if entity.rows_max is None or entity.rows_max_per != reference.target:
        return
    counts = {target: sum(1 for row in rows if row not in outside) for target, rows in members.items()}
    admission.crowded[reference] = {
        target: admission.fault(Members(reference), target, crowded(reference, count, entity.rows_max))
        for target, count in counts.items()
        if count > entity.rows_max
    }


def crowded(reference: Reference, count: int, rows_max: int) -> Misfit:
    """Why a row to which so many rows lead is faulty."""
    via = "" if reference.name == reference.target else f" via {reference.name}"
    expected = f"at most {rows_max:_} per {reference.target}"
    return Misfit(FaultCode.TOO_MANY_ROWS, f"{count:_} rows of {reference.entity}{via}", expected)


def members_by_target(targets: Sequence[int | Fault | None]) -> dict[int, list[int]]:
    """The rows that lead to each row, in order."""
    members: dict[int, list[int]] = {}
    for row, target in enumerate(targets):
        if isinstance(target, int):
            members.setdefault(target, []).append(row)
    return members
