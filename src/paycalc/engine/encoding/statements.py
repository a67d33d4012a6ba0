"""Where and when the rows of a table of parameters state something: level, key, and the stretch of time."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta, tzinfo

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from paycalc.check.typed import PLAN_GRAIN, Entity
from paycalc.check.types import DateType, MomentType, ValueType
from paycalc.core.calendar import Period, instant
from paycalc.core.errors import DataError, InternalError
from paycalc.engine.encoding.coded import coded
from paycalc.engine.encoding.keys import KeyCells, key_cells
from paycalc.engine.encoding.opening import ParameterTable
from paycalc.engine.encoding.reading import Reading, TextNumbers, read_column
from paycalc.engine.encoding.states import EMPTY, GOOD, States, state_of
from paycalc.engine.encoding.values import INT64_MAX, Checked, extent
from paycalc.engine.inputs.cells import CellRules, Place, plain, read_whens
from paycalc.engine.inputs.door import place_of
from paycalc.engine.inputs.input_table import InputColumn, TextColumn
from paycalc.graph.calendar_days import date_of, days_of, microseconds_of, moment_of
from paycalc.reference.dataset import Unreadable
from paycalc.reference.faults import FaultCode, Key
from paycalc.reference.parameters import (
    DATE_COLUMNS,
    EFFECTIVE_TO,
    RECORDED_AT,
    ambiguous_level,
    no_key,
    no_key_column,
    no_plan,
    read_when,
)

FOREVER = INT64_MAX  # as microseconds: after all that is asked


# ---------------------------------------------------------------- one axis of time


@dataclass(frozen=True)
class Clock:
    """Days and moments as microseconds since 1970-01-01 UTC, where a day is its start in the plan's zone.

    starts  of the days of the period, and of the day after it, int64
    """

    zone: tzinfo
    period: Period
    starts: np.ndarray

    @staticmethod
    def of(period: Period, zone: tzinfo) -> Clock:
        days = [period.start + timedelta(each) for each in range(period.days + 1)]
        return Clock(zone, period, np.array([instant_of(day, zone) for day in days], np.int64))

    @property
    def end(self) -> int:
        """When rows without a date ask: at the start of the last day."""
        return int(self.starts[-2])

    @property
    def first_day(self) -> int:
        """Of the period, in days since 1970-01-01."""
        return days_of(self.period.start)


def instant_of(when: date | datetime, zone: tzinfo) -> int:
    """A day starts with the first instant at which its date is shown."""
    try:
        return microseconds_of(instant(when, zone))
    except OverflowError:  # of a day at the ends of the calendar, which nobody asks for
        return -FOREVER if when.year == 1 else FOREVER


def _instants_of_days(days: np.ndarray, zone: tzinfo) -> np.ndarray:
    if not len(days):
        return days.astype(np.int64)
    first, last = extent(days)
    if last - first > len(days):
        distinct, places = np.unique(days, return_inverse=True)
    else:
        distinct, places = np.arange(first, last + 1), days.astype(np.int64) - first
    starts = [instant_of(date_of(day), zone) for day in distinct.tolist()]
    return np.array(starts, np.int64)[places]


def day_of(moment: int, zone: tzinfo) -> date:
    """The civil date of a moment."""
    return moment_of(moment).astimezone(zone).date()


# ---------------------------------------------------------------- columns of time


@dataclass(frozen=True)
class Times:
    """A column of days and moments. instants: int64 [n]; of an empty cell any. states: as of any column.

    has_moments  whether some cell says a moment, and not a day
    """

    column: InputColumn
    place: Place
    rules: CellRules
    instants: np.ndarray
    states: States

    def cell(self, row: int) -> object:
        """As the reference has it: a date, an aware datetime, an Unreadable, or None."""
        one = TextColumn([self.column.cells[row]]) if isinstance(self.column, TextColumn) else self.column.slice(row, 1)
        return read_whens(one, self.place, self.rules)[0]


def read_times(column: InputColumn, place: Place, rules: CellRules, zone: tzinfo, *, moments: bool) -> Times:
    """A column of times. moments: it may hold such, else only days.

    Raises DataError `wrong-type`, `zoneless-timestamp`, where the column can hold neither.
    """
    texts = coded(column)
    if texts is not None:
        cells = read_whens(TextColumn(texts.texts), place, rules)
        instants = np.array([instant_of(each, zone) if isinstance(each, date) else 0 for each in cells] + [0], np.int64)
        states = np.array([_state(each, moments) for each in cells] + [EMPTY], np.uint8)
        row_states = texts.each(states).astype(np.uint8)
        return Times(column, place, rules, texts.each(instants).astype(np.int64), _or_none(row_states))
    assert not isinstance(column, TextColumn)  # else it is text
    is_moments = pa.types.is_timestamp(plain(column.slice(0, 0)).type)
    type_: ValueType = MomentType() if is_moments else DateType(date.min, date.max)
    found = read_column(column, type_, Reading(rules, zone, TextNumbers()))
    numbers = numbers_of(found)
    known = np.zeros(len(numbers), np.uint8) if found.states is None else found.states
    if not is_moments:
        days = np.where(known == GOOD, numbers, 0)
        return Times(column, place, rules, _instants_of_days(days, zone), found.states)
    good = (known == GOOD) | (known == state_of(FaultCode.OUT_OF_RANGE))  # they need lie in no calendar
    known = np.where(good, np.uint8(GOOD if moments else state_of(FaultCode.WRONG_TYPE)), known)
    return Times(column, place, rules, numbers, _or_none(known))


def _state(cell: object, moments: bool) -> int:
    if cell is None:
        return EMPTY
    if isinstance(cell, Unreadable):
        return state_of(FaultCode(cell.code))
    return state_of(FaultCode.WRONG_TYPE) if isinstance(cell, datetime) and not moments else GOOD


def _or_none(states: np.ndarray) -> States:
    return states if states.any() else None


def numbers_of(found: Checked) -> np.ndarray:
    """The numbers of a column that was read, int64 [n], or object where they are wider."""
    chunks = [chunk if chunk.dtype == object else chunk.astype(np.int64, copy=False) for chunk in found.values.chunks]
    numbers = chunks[0] if len(chunks) == 1 else np.concatenate([*chunks, np.zeros(0, np.int64)])
    factor = found.values.factor
    if factor == 1 or not len(numbers):
        return numbers
    if found.states is not None:
        numbers = np.where(found.states == GOOD, numbers, numbers.dtype.type(0) if numbers.dtype != object else 0)
    if max(abs(bound) for bound in extent(numbers)) * factor > INT64_MAX:
        numbers = numbers.astype(object)
    return numbers * factor


# ---------------------------------------------------------------- the rows of a table


@dataclass(frozen=True)
class Statements:
    """The rows of a table of parameters.

    levels  the position of each row's level in Entity.levels, uint8 [n]
    odd     the rows that do not state at just one level, rising; of these `levels` is any
    keys    by such a position; not of the plan
    plans   the column `plan`, where the table has one
    since, until, recorded  None: there is no such column
    """

    entity: Entity
    levels: np.ndarray
    odd: np.ndarray
    keys: Mapping[int, KeyCells]
    plans: KeyCells | None
    since: Times | None
    until: Times | None
    recorded: Times | None

    @property
    def count(self) -> int:
        """Rows."""
        return len(self.levels)

    def key(self, row: int) -> Key | None:
        """Of whom a row speaks; of the plan None."""
        cells = self.keys.get(int(self.levels[row]))
        return None if cells is None else cells.cell(row)

    def starts(self, rows: np.ndarray | slice) -> np.ndarray | None:
        """From when on rows are in force; None: always."""
        return None if self.since is None else self.since.instants[rows]

    def records(self, rows: np.ndarray) -> np.ndarray | None:
        """When rows were recorded; None: nobody has said."""
        return None if self.recorded is None else self.recorded.instants[rows]

    def ends(self, rows: np.ndarray | slice) -> np.ndarray | None:
        """Until before when; None: for ever."""
        if self.until is None:
            return None
        found = self.until.instants[rows]
        return found if self.until.states is None else np.where(self.until.states[rows] == EMPTY, FOREVER, found)

    def in_force(self, clock: Clock, known_at: date | None) -> np.ndarray | None:
        """Which rows are in force at some time of the period, as was known at `known_at`; None: all are.

        Raises DataError `ambiguous-level`, `null-key` for the first of them that does not state at just one level.
        """
        every = slice(None)
        starts, ends = self.starts(every), self.ends(every)
        found = [] if starts is None else [starts < clock.starts[-1]]
        if ends is not None:
            found.append(ends > clock.starts[0])
        if self.recorded is not None and known_at is not None:
            found.append(self.recorded.instants <= instant_of(known_at, clock.zone))
        rows = np.logical_and.reduce(found) if found else None
        wrong = self.odd if rows is None else self.odd[rows[self.odd]]
        if len(wrong):
            raise self._oddness(int(wrong[0]))
        return None if rows is None or rows.all() else rows

    def _oddness(self, row: int) -> DataError:
        named = []
        for position, level in enumerate(self.entity.levels):
            cells = self.plans if level.entity == PLAN_GRAIN else self.keys.get(position)
            cell = None if cells is None else cells.cell(row)
            if cell is None:
                continue
            if level.entity == PLAN_GRAIN and cell != PLAN_GRAIN:
                return no_plan(self.entity, row + 1, cell)
            named.append(level.name)
        return ambiguous_level(self.entity, row + 1, named) if named else no_key(self.entity, row + 1, None)


def read_statements(
    entity: Entity, table: ParameterTable, rules: CellRules, zone: tzinfo, integer_keys: frozenset[str]
) -> Statements:
    """rules: of columns of time. Raises DataError `missing-column`, and what is wrong with a date."""
    if not table.levels and entity.name != PLAN_GRAIN:
        raise no_key_column(entity, table.table.columns)
    times = _read_all_times(entity, table, rules, zone)
    count = table.table.row_count
    keys = {
        at: key_cells(
            column,
            place_of(table.table, entity, entity.levels[at].name),
            integer=entity.levels[at].entity in integer_keys,
        )
        for at, column in table.levels.items()
    }
    last = len(entity.levels) - 1
    levels, named = np.full(count, last, np.uint8), np.zeros(count, np.uint8)
    odd = np.zeros(count, bool)
    for at, cells in keys.items():
        filled = np.ones(count, bool) if cells.states is None else cells.states != EMPTY
        levels[filled] = at
        named += filled
        if at == last:
            odd |= filled & ~_says_plan(cells)
    odd |= named > 1
    if list(keys) == [0] and entity.name != PLAN_GRAIN:
        odd |= named == 0
    plans = keys.pop(last, None)
    return Statements(entity, levels, np.flatnonzero(odd), keys, plans, *times)


def _says_plan(cells: KeyCells) -> np.ndarray:
    if cells.texts is None:
        return np.zeros(cells.count, bool)
    found: np.ndarray = np.asarray(pc.fill_null(pc.equal(cells.texts, PLAN_GRAIN), False))
    return found


def _read_all_times(entity: Entity, table: ParameterTable, rules: CellRules, zone: tzinfo) -> list[Times | None]:
    """Of each of DATE_COLUMNS the times. Raises DataError for the first row with a cell that is none."""
    found: list[Times | None] = []
    worst: list[tuple[int, int]] = []
    for at, name in enumerate(DATE_COLUMNS):
        column = table.table.columns.get(name)
        if column is None:
            found.append(None)
            continue
        place = Place(table.table.origin, table.table.name, name, f"{entity.name}.{name}")
        moments = rules.plan_timezone is not None or name == RECORDED_AT
        times = read_times(column, place, rules, zone, moments=moments)
        found.append(times)
        if times.states is not None:
            bad = np.flatnonzero(times.states > EMPTY if name == EFFECTIVE_TO else times.states != GOOD)
            worst += [(int(row), at) for row in bad[:1]]
    if worst:
        row, at = min(worst)
        worse = found[at]
        assert worse is not None  # it has a bad cell
        read_when(entity, row + 1, DATE_COLUMNS[at], worse.cell(row), rules.plan_timezone)
        raise InternalError(f"row {row + 1} of {DATE_COLUMNS[at]}: no time for columns, one for one cell")
    return found
