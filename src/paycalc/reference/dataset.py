"""What goes into a run: the tables as they were read, and the dataset that a plan's needs make of them.

The door checks each used column once: type, empty cells, places, range, members, keys, references, and each used
parameter. What is wrong with the tables as a whole stops with a DataError; what is wrong with one cell becomes a Fault
that stands in the cell's place, and whoever asks for the value gets the fault.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence, Set
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, tzinfo
from typing import Protocol

from paycalc.check.typed import (
    PLAN_GRAIN,
    Column,
    Field,
    Ladder,
    Parameter,
    Reference,
    Step,
    Table,
    TableRow,
    TypedPlan,
)
from paycalc.check.types import Value
from paycalc.check.usage import Averaged, DatedRead, Usage
from paycalc.core.calendar import Period
from paycalc.reference.faults import Fault, Key


@dataclass(frozen=True)
class Unreadable:
    """A cell that the reader of a file could not take exactly.

    code  a FaultCode, e.g. `not-a-number`;  text: the cell as it stood there
    expected  what was wanted; empty: what the column's type says
    """

    code: str
    text: str
    expected: str = ""


class LeftOut:
    """A cell that an example leaves out; LEFT_OUT is the only one."""


LEFT_OUT = LeftOut()


@dataclass(frozen=True)
class RawTable:
    """A table as it was read. Columns may be in any order, and more than the plan uses.

    columns  name to cells, one a row: None (empty), int, Fraction, bool, str, date, aware datetime, or Unreadable.
             The key column is named as the entity; a reference column holds keys.
    """

    entity: str
    columns: Mapping[str, Sequence[object]]
    row_count: int

    def __post_init__(self) -> None:
        for name, cells in self.columns.items():
            if len(cells) != self.row_count:
                raise ValueError(f"column {name} of {self.entity} has {len(cells)} cells, not {self.row_count}")


@dataclass(frozen=True)
class EntityRows:
    """The rows of an entity: their keys (None where a row has none) and the row of each key.

    faults  of rows as a whole: without a key, or sharing one
    """

    count: int
    keys: Sequence[Key | None]
    row_of: Mapping[Key, int]
    faults: Mapping[int, Fault] = field(default_factory=dict)


@dataclass(frozen=True)
class Members:
    """All the rows that lead to a row through the reference, as a place where a fault stands: at that row."""

    reference: Reference


Cell = Value | Fault | None
# Where a fault stands, at some row: a field, all the rows that lead there, a parameter as it is asked for at the row's
# own date, a parameter's mean, or (the entity's name) the row as a whole.
FaultPlace = Field | Members | DatedRead | Averaged | str


@dataclass(frozen=True)
class TableVersion:
    """A table or ladder from data as it is from one day on, until the next version.

    since   the day; None: always
    rows    of a table, in the order of the data; the cell of a reference is a ValuesCell of keys, or AnyCell
    groups  of a ladder; of a group key that is a reference the value is a key
    """

    since: date | None
    rows: Sequence[TableRow] = ()
    groups: Mapping[tuple[Value, ...], tuple[Step, ...]] = field(default_factory=dict)


@dataclass(frozen=True)
class Setting:
    """What sets a parameter: the statement in force.

    row    in the table of parameters, from 1; 0: they came as a mapping
    level  the level of the statement, `store`, `region` or `plan`, and the key of its row (of the plan None)
    since  from when on it is in force; None: always
    """

    row: int
    level: str
    key: Key | None
    since: date | datetime | None


class Settings(Protocol):
    """Where the values of parameters come from; worked out for one of them when it is asked for."""

    def at_end(self, parameter: Parameter, row: int) -> Setting | None:
        """What sets the parameter of a row of its entity at the period's end; None: nothing, its default holds."""

    def at(self, parameter: Parameter, row: int, asked: date | datetime) -> Setting | None:
        """The same on a day or at a moment."""


class ParameterValues(Protocol):
    """The values of parameters in the course of time, at rows of their entity."""

    def at(self, parameter: Parameter, row: int, asked: date | datetime) -> Cell:
        """On a day of the period (at its start, in the plan's zone), or at a moment of it."""

    def average(self, parameter: Parameter, row: int) -> Cell:
        """The mean over the days of the period, each asked at its start: a Fraction, or a Fault."""


@dataclass(frozen=True)
class Dataset:
    """All values that a plan reads from outside. Rows are counted from 0 here; the plan has the one row 0.

    cells    of columns and parameters, one a row: a value, None (missing, of an optional one), or a Fault; of a
             parameter its value at the period's end
    targets  of references, one a row: the row they lead to, None (missing), or a Fault
    members  of references: the rows that lead to a row, in order, whether they count or not
    crowded  of references: the rows to which more rows lead than the plan says
    defaulted  of columns: the rows in which the default stands for an empty cell
    faults   each with its place and row
    dated, settings  parameters at other dates, and where their values come from
    versions  of tables and ladders from data, rising: those that the period may ask for
    outside  of dated entities that ignore or carry such rows: the rows whose date lies outside the period
    held     of entities that hold their bad rows: the rows that are held back
    """

    plan: TypedPlan
    period: Period
    usage: Usage
    entities: Mapping[str, EntityRows]
    cells: Mapping[Field, Sequence[Cell] | Mapping[int, Cell]]
    targets: Mapping[Reference, Sequence[int | Fault | None] | Mapping[int, int | Fault | None]]
    members: Mapping[Reference, Mapping[int, Sequence[int]]]
    crowded: Mapping[Reference, Mapping[int, Fault]]
    defaulted: Mapping[Column, Set[int]]
    faults: Sequence[tuple[FaultPlace, int, Fault]]
    dated: ParameterValues
    settings: Settings
    versions: Mapping[Table | Ladder, Sequence[TableVersion]] = field(default_factory=dict)
    outside: Mapping[str, Set[int]] = field(default_factory=dict)
    held: Mapping[str, Set[int]] = field(default_factory=dict)

    @property
    def timezone(self) -> tzinfo:
        """The plan's; days of a plan without one begin in UTC."""
        return self.plan.timezone or UTC

    def key(self, entity: str, row: int) -> Key | None:
        return self.entities[entity].keys[row]

    def row(self, entity: str, key: Key | None) -> int | None:
        """The row of a key (of the plan: 0 for None); None where there is no such row."""
        if entity == PLAN_GRAIN:
            return 0
        return None if key is None else self.entities[entity].row_of.get(key)

    def members_of(self, entity: str, reference: Reference | None, row: int) -> Sequence[int]:
        """The rows of an entity that lead to `row` through the reference; without one, all its rows."""
        if reference is None:
            return range(self.entities[entity].count)
        return self.members[reference].get(row, ())

    def counts(self, entity: str, row: int) -> bool:
        """Whether a row is in aggregates and running totals: of the period, and not held back."""
        return row not in self.outside.get(entity, ()) and row not in self.held.get(entity, ())

    def version(self, table: Table | Ladder, day: date) -> TableVersion | None:
        """A table or ladder from data as it is on a day; None where an example does not say it."""
        found = None
        for version in self.versions.get(table, ()):
            if version.since is None or version.since <= day:
                found = version
        return found

    def holding(self, held: Mapping[str, Set[int]]) -> Dataset:
        """The dataset with these rows held back."""
        return replace(self, held=held)


def place_names(place: FaultPlace) -> tuple[str, str]:
    """The entity in whose row a fault stands, and the column: `parcel.worker` where it is one of another entity."""
    match place:
        case str():
            return place, place
        case Members(reference=reference):
            return reference.target, f"{reference.entity}.{reference.name}"
        case DatedRead(parameter=parameter) | Averaged(parameter=parameter):
            return parameter.entity, parameter.name
        case _:
            return place.entity, place.name
