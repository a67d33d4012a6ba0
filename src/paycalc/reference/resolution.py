"""Which statement decides: the values of parameters at any row of their entity, on any day of the period.

Every statement is kept, and whoever asks searches them. Of those in force the most specific level decides, there the
latest `effective_from`, then the latest `recorded_at`; where that one says `inherit`, the next level decides. The same
value stated twice is no harm; two different values that would decide with equal right are a conflict that names both.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime, timedelta
from fractions import Fraction

from paycalc.check.typed import PLAN_GRAIN, Entity, Inherit, Level, Parameter, Reference
from paycalc.check.types import Value
from paycalc.check.usage import Averaged, DatedRead
from paycalc.core.calendar import Period, day_start
from paycalc.reference.cells import Misfit, expected_of
from paycalc.reference.dataset import Cell, RawTable, Setting
from paycalc.reference.faults import Fault, FaultCode, Key, first_fault
from paycalc.reference.nearest import NearestKey
from paycalc.reference.parameters import (
    ParameterSource,
    Statement,
    Stretch,
    conflict,
    moment_of,
    names_stated,
    no_parameters,
    same,
    stated_levels,
    statements_of,
    states_nothing,
    stopped_by,
    unknown_name,
    unknown_row,
    value_of,
)
from paycalc.reference.rows import Admission, civil_day


def days_of(period: Period) -> list[date]:
    return [period.start + timedelta(days=count) for count in range(period.days)]


def admit_parameters(
    admission: Admission,
    sources: Mapping[str, ParameterSource],
    *,
    known_at: date | None = None,
    ignore_unknown_rows: bool = False,
) -> Resolution:
    """The values of all used parameters; the rows of all needed entities must be known already.

    known_at  only what was recorded until then counts; None: everything
    Raises DataError: `unknown-parameter`, `unknown-reference` (a key that does not exist, unless they are ignored),
    `null-key`, `ambiguous-level`, `parameter-conflict`, what is wrong with a date, and for the plan's own parameters
    the code of any fault.
    """
    plan = admission.plan
    owners = {name: entity for name, entity in plan.entities.items() if entity.parameters}
    for name in sources:
        if name not in owners:
            raise no_parameters(name, owners)
    resolution = Resolution(admission)
    for name, entity in owners.items():
        source = sources.get(name, {})
        if isinstance(source, RawTable):
            stated_levels(entity, source.columns)
        for stated in names_stated(entity, source):
            if stated.name not in entity.parameters:
                raise unknown_name(entity, stated)
        wanted = resolution.wanted(known_at)
        statements = [each for each in statements_of(entity, source, plan.timezone, wanted) if not states_nothing(each)]
        if name == PLAN_GRAIN or name in admission.entities:
            resolution.add(entity, statements, ignore_unknown_rows)
            for parameter in entity.parameters.values():
                resolution.admit(parameter)
    return resolution


class Resolution:
    """Parameters in the course of time: `ParameterValues` of a dataset."""

    def __init__(self, admission: Admission) -> None:
        self._admission = admission
        self._period, self._zone = admission.period, admission.timezone
        # Of each parameter what is said of a key at a level, in the order of the table; and at which levels.
        self._said: dict[Parameter, dict[tuple[str, Key | None], list[Statement]]] = {}
        self._stated: dict[Parameter, set[str]] = {}
        self._averages: dict[tuple[Parameter, int], Cell] = {}
        self._starts = [day_start(day, self._zone) for day in days_of(self._period)]

    def wanted(self, known_at: date | None) -> Stretch:
        """The period, and until when what counts was recorded."""
        after = day_start(self._period.end + timedelta(days=1), self._zone)
        stretch = Stretch(None, self._starts[0], after)
        return Stretch(
            None, stretch.low, after, Stretch().high if known_at is None else moment_of(known_at, self._zone)
        )

    # ------------------------------------------------------------ statements

    def add(self, entity: Entity, statements: Sequence[Statement], ignore_unknown_rows: bool) -> None:
        """Keep what is said of an entity's parameters. Raises DataError `unknown-reference`, `parameter-conflict`."""
        owners = {level.name: level.entity for level in entity.levels}
        nearest: dict[str, NearestKey] = {}
        known: list[Statement] = []
        for statement in statements:
            target = owners[statement.level]
            rows = self._admission.entities[target].row_of
            if statement.key is None or statement.key in rows:
                known.append(statement)
            elif not ignore_unknown_rows:
                near = nearest.setdefault(target, NearestKey(rows))
                raise unknown_row(entity, statement, near, target)
        for statement in known:
            parameter = entity.parameters[statement.name]
            of_key = self._said.setdefault(parameter, {}).setdefault((statement.level, statement.key), [])
            for earlier in of_key:
                if self._collide(parameter, earlier, statement):
                    raise conflict(entity, earlier, statement)
            of_key.append(statement)
            self._stated.setdefault(parameter, set()).add(statement.level)

    def _collide(self, parameter: Parameter, first: Statement, second: Statement) -> bool:
        """Whether two statements at one level for one key would decide with equal right, and say different things."""
        a, b = first.stretch, second.stretch
        if (a.low, a.recorded) != (b.low, b.recorded):
            return False
        low, high = max(a.low, self._starts[0]), min(a.high, b.high)
        return self._may_ask(parameter, low, high) and not same(first, second, parameter, self._zone)

    def _may_ask(self, parameter: Parameter, low: datetime, high: datetime) -> bool:
        """Whether the parameter may be asked for from `low` up to `high`, both of the period."""
        usage = self._admission.usage
        if parameter in usage.dated and low < high:
            return True
        starts = self._starts if parameter in usage.averaged else self._starts[-1:]
        return any(low <= start < high for start in starts)

    def _decides(self, parameter: Parameter, row: int, asked: datetime) -> Statement | Fault | None:
        """The statement that decides at a row of the parameter's entity; None: the default holds."""
        said, stated_at = self._said.get(parameter, {}), self._stated.get(parameter, set())
        for level in self._admission.plan.entities[parameter.entity].levels:
            if level.name not in stated_at:
                continue
            key = self._key(level, row)
            if isinstance(key, Fault):
                return key
            if key is None and level.entity != PLAN_GRAIN:
                continue
            statement = _latest(said.get((level.name, key), ()), asked)
            if statement is not None and not isinstance(value_of(statement, parameter, self._zone), Inherit):
                return statement
        return None

    def _key(self, level: Level, row: int) -> Key | Fault | None:
        """The key at a level to which a row of its owner belongs; None where there is none, and of the plan."""
        if level.entity == PLAN_GRAIN:
            return None
        target = self._way(level.references, row)
        return self._admission.entities[level.entity].keys[target] if isinstance(target, int) else target

    def _way(self, references: Iterable[Reference], row: int) -> int | Fault | None:
        """Where references lead from a row; None where one on the way is missing."""
        target: int | Fault | None = row
        for reference in references:
            if not isinstance(target, int):
                break
            target = self._admission.targets[reference][target]
        return target

    # ------------------------------------------------------------ values

    def at(self, parameter: Parameter, row: int, asked: date | datetime) -> Cell:
        """The value at a row of the parameter's entity, on a day or at a moment of the period."""
        return self._cell(parameter, row, moment_of(asked, self._zone), civil_day(asked, self._zone).isoformat())

    def average(self, parameter: Parameter, row: int) -> Cell:
        """The mean over the days of the period."""
        if (parameter, row) not in self._averages:
            cells = [self.at(parameter, row, day) for day in days_of(self._period)]
            fault = first_fault(each for each in cells if isinstance(each, Fault))
            numbers = [each for each in cells if isinstance(each, Fraction)]
            self._averages[parameter, row] = fault or sum(numbers, Fraction(0)) / len(cells)
        return self._averages[parameter, row]

    def setting_at(self, parameter: Parameter, row: int, asked: date | datetime) -> Setting | None:
        statement = self._decides(parameter, row, moment_of(asked, self._zone))
        if not isinstance(statement, Statement):
            return None
        return Setting(statement.row, statement.level, statement.key, statement.stretch.since)

    def _cell(self, parameter: Parameter, row: int, asked: datetime, day: str) -> Cell:
        """day: of a row's own date, for the message; empty: the period's end. Raises DataError for one of the plan."""
        statement = self._decides(parameter, row, asked)
        if isinstance(statement, Fault):
            return statement
        value: Value | Inherit | Misfit | None = parameter.default
        if statement is not None:
            value = value_of(statement, parameter, self._zone)
        if value is None and not parameter.optional:
            code = FaultCode.LEFT_OUT if self._admission.lenient else FaultCode.MISSING_PARAMETER
            value = Misfit(code, "" if self._admission.lenient else day, expected_of(parameter.type))
        assert not isinstance(value, Inherit)
        if not isinstance(value, Misfit):
            return value
        if parameter.entity == PLAN_GRAIN and value.code is not FaultCode.LEFT_OUT:
            raise stopped_by(parameter, statement, value)
        return self._admission.fault_of(parameter, row, value, set_in=None if statement is None else statement.row)

    # ------------------------------------------------------------ the values that the plan asks for

    def admit(self, parameter: Parameter) -> None:
        """Note the faults of a parameter wherever the plan asks for it. Raises DataError for one of the plan."""
        admission, usage = self._admission, self._admission.usage
        count = admission.entities[parameter.entity].count
        if parameter in usage.at_end:
            cells = [self._cell(parameter, row, self._starts[-1], "") for row in range(count)]
            admission.cells[parameter] = cells
            for row, cell in enumerate(cells):
                if isinstance(cell, Fault):
                    admission.note(parameter, row, cell)
        if parameter in usage.averaged:
            for row in range(count):
                cell = self.average(parameter, row)
                if isinstance(cell, Fault):
                    admission.note(Averaged(parameter), row, cell)
        for read in usage.dated_reads:
            if read.parameter is parameter:
                self._admit_dated(read)

    def _admit_dated(self, read: DatedRead) -> None:
        """Note the faults that rows meet which count and know their date; the earliest row first."""
        admission = self._admission
        outside = admission.outside.get(read.entity, frozenset())
        asking: list[tuple[datetime, int, date]] = []
        for row, asked in enumerate(admission.cells[read.by]):
            if isinstance(asked, date) and row not in outside:
                asking.append((moment_of(asked, self._zone), row, asked))
        for _, row, asked in sorted(asking):
            target = 0 if read.parameter.entity == PLAN_GRAIN else self._way(read.references, row)
            cell = self.at(read.parameter, target, asked) if isinstance(target, int) else None
            if isinstance(cell, Fault):
                admission.note(read, row, cell)


class Settings:
    """Where the values of a resolution come from."""

    def __init__(self, resolution: Resolution, period: Period) -> None:
        self._resolution, self._period = resolution, period

    def at_end(self, parameter: Parameter, row: int) -> Setting | None:
        return self._resolution.setting_at(parameter, row, self._period.end)

    def at(self, parameter: Parameter, row: int, asked: date | datetime) -> Setting | None:
        return self._resolution.setting_at(parameter, row, asked)


def _latest(statements: Iterable[Statement], asked: datetime) -> Statement | None:
    """Of the statements in force the latest, of several alike the first."""
    found = None
    for each in statements:
        if each.stretch.low <= asked < each.stretch.high and (found is None or _rank(each) > _rank(found)):
            found = each
    return found


def _rank(statement: Statement) -> tuple[datetime, datetime]:
    return statement.stretch.low, statement.stretch.recorded
