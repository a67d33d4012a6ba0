"""What sets a parameter of one row at one moment, and what is wrong with it: worked out when somebody asks."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

import numpy as np

from paycalc.check.typed import PLAN_GRAIN, Parameter
from paycalc.check.types import DateType
from paycalc.check.usage import Averaged, DatedRead
from paycalc.core.errors import InternalError
from paycalc.engine.encoded import FaultBatch
from paycalc.engine.encoding.describing import Describing
from paycalc.engine.encoding.encoded_columns import EncodedColumns
from paycalc.engine.encoding.owners import Owner
from paycalc.engine.encoding.statements import Clock, day_of, instant_of
from paycalc.engine.encoding.states import FIRST_FAULT, faulty_rows, state_of
from paycalc.engine.encoding.versions import Found, Stretches
from paycalc.reference.cells import Misfit, expected_of
from paycalc.reference.dataset import FaultPlace, Setting
from paycalc.reference.faults import Fault, FaultCode
from paycalc.reference.parameters import stopped_by, value_of
from paycalc.reference.rows import civil_day

MISSING = state_of(FaultCode.MISSING_PARAMETER)


@dataclass
class ParameterSettings:
    """The Settings of a run, and the faults that go with them. owners: by name, those that a run needs."""

    clock: Clock
    describing: Describing
    owners: dict[str, Owner] = field(default_factory=dict)

    def at_end(self, parameter: Parameter, row: int) -> Setting | None:
        """What sets the parameter of a row of its entity at the period's end; None: nothing, its default holds."""
        return self._setting(parameter, row, self.clock.end)

    def at(self, parameter: Parameter, row: int, asked: date | datetime) -> Setting | None:
        """The same on a day or at a moment."""
        return self._setting(parameter, row, instant_of(asked, self.clock.zone))

    def _setting(self, parameter: Parameter, row: int, asked: int) -> Setting | None:
        owner = self.owners[parameter.entity]
        cell, _ = owner.choice(parameter, row, asked)
        if cell < 0:
            return None
        said = owner.statement(parameter, cell)
        return Setting(said.row, said.level, said.key, said.stretch.since)

    def fault(self, parameter: Parameter, row: int, asked: date | datetime) -> Fault | None:
        """What is wrong with the parameter of a row of its entity on a day or at a moment; None: it has its value."""
        day = civil_day(asked, self.clock.zone).isoformat()
        return self.fault_at(parameter, row, instant_of(asked, self.clock.zone), day)

    def fault_at(self, parameter: Parameter, row: int, asked: int, day: str) -> Fault | None:
        """day: for the message; empty: the period's end. Raises DataError for a parameter of the plan."""
        owner = self.owners[parameter.entity]
        cell, broken = owner.choice(parameter, row, asked)
        if broken >= 0:
            return owner.ways.fault(broken, row)
        statement = owner.statement(parameter, cell) if cell >= 0 else None
        value = parameter.default if statement is None else value_of(statement, parameter, self.clock.zone)
        if value is None and not parameter.optional:
            value = Misfit(FaultCode.MISSING_PARAMETER, day, expected_of(parameter.type))
        if not isinstance(value, Misfit):
            return None
        if parameter.entity == PLAN_GRAIN:
            raise stopped_by(parameter, statement, value)
        return self.describing.fault(parameter, row, value, None if statement is None else statement.row)

    # ------------------------------------------------------------ batches

    def at_end_batches(self, parameter: Parameter, found: Found) -> list[FaultBatch]:
        """The faults at the period's end. Raises DataError for a parameter of the plan."""
        if found.states is None:
            return []
        every = np.arange(len(found.states))

        def describe(row: int) -> Fault | None:
            return self.fault_at(parameter, row, self.clock.end, "")

        return self._batches(parameter, parameter, _Faulty(every, every, found.states, found.broken), describe)

    def averaged_batches(self, parameter: Parameter, found: Found, stretches: Stretches) -> list[FaultBatch]:
        """The faults of means: of each row the first one of those of the days. Raises DataError likewise."""
        if found.states is None:
            return []
        asked = np.flatnonzero((found.states >= FIRST_FAULT) & (stretches.days(self.clock) > 0))
        asked_rows = stretches.rows[asked]
        first = asked[np.lexsort((found.states[asked], asked_rows))]
        rows, places = np.unique(stretches.rows[first], return_index=True)
        at = first[places]
        broken = None if found.broken is None else found.broken[at]

        def describe(row: int) -> Fault | None:
            there = asked[np.searchsorted(asked_rows, row) : np.searchsorted(asked_rows, row, "right")]
            faults = [self._at_day(parameter, row, int(since)) for since in stretches.starts[there]]
            return min((each for each in faults if each is not None), key=lambda fault: fault.order, default=None)

        return self._batches(parameter, Averaged(parameter), _Faulty(rows, rows, found.states[at], broken), describe)

    def _at_day(self, parameter: Parameter, row: int, since: int) -> Fault | None:
        """What is wrong at the first start of a day from a moment on."""
        at = int(np.searchsorted(self.clock.starts, since))
        day = self.clock.period.start + timedelta(at)
        return self.fault_at(parameter, row, int(self.clock.starts[at]), day.isoformat())

    def dated_batches(
        self, read: DatedRead, found: Found, stretches: Stretches, columns: EncodedColumns
    ) -> list[FaultBatch]:
        """The faults of a parameter at the rows that ask for it on their own dates; those that count and know the date.

        Raises DataError for a parameter of the plan.
        """
        if found.states is None or not (found.states >= FIRST_FAULT).any():
            return []
        rows, owner_rows = _reading(read, columns)
        asked = columns.numbers(read.by)[rows]
        days = asked - self.clock.first_day
        if isinstance(read.by.type, DateType):
            asked = self.clock.starts[days]
        else:
            days = np.searchsorted(self.clock.starts, asked, "right") - 1
        at = stretches.at(owner_rows, asked)
        faulty = np.flatnonzero(found.states[at] >= FIRST_FAULT)
        if not len(faulty):
            return []
        rows, owner_rows, asked, days, at = (each[faulty] for each in (rows, owner_rows, asked, days, at))
        broken = None if found.broken is None else found.broken[at]
        of = self._numbers_of(read.parameter, owner_rows, asked, days, found.states[at])

        def describe(row: int) -> Fault | None:
            at = int(np.searchsorted(rows, row))
            day = day_of(int(asked[at]), self.clock.zone)
            return self.fault_at(read.parameter, int(owner_rows[at]), int(asked[at]), day.isoformat())

        if read.parameter.entity == PLAN_GRAIN:
            describe(int(rows[np.lexsort((rows, asked))[0]]))  # raises
        return self._batches(read.parameter, read, _Faulty(rows, owner_rows, found.states[at], broken, of), describe)

    def _numbers_of(
        self, parameter: Parameter, owner_rows: np.ndarray, asked: np.ndarray, days: np.ndarray, states: np.ndarray
    ) -> np.ndarray:
        """One fault, one number: what is missing is so on each day anew, what is stated wrongly once."""
        owner = self.owners[parameter.entity]
        cells = owner.choices(parameter, owner_rows, asked).cells
        width = int(cells.max()) + len(self.clock.starts) + 2
        missing = states == MISSING
        return owner_rows.astype(np.int64) * width + np.where(missing, days, len(self.clock.starts) + 1 + cells)

    def _batches(
        self, parameter: Parameter, place: FaultPlace, faulty: _Faulty, describe: Callable[[int], Fault | None]
    ) -> list[FaultBatch]:
        owner = self.owners[parameter.entity]
        found = []
        for code, at in faulty_rows(faulty.states):
            own = at if faulty.broken is None else at[faulty.broken[at] < 0]
            if len(own):
                of = None if faulty.of is None else faulty.of[own]
                found.append(FaultBatch(code, place, faulty.rows[own], _checked(describe, code, place), of))
            if faulty.broken is None or len(own) == len(at):
                continue
            for level in np.unique(faulty.broken[at]).tolist():
                led = at[faulty.broken[at] == level]
                if level >= 0:
                    of = owner.ways.broken[level].numbers[faulty.owner_rows[led]]
                    found.append(FaultBatch(code, place, faulty.rows[led], _checked(describe, code, place), of))
        if found and parameter.entity == PLAN_GRAIN:
            found[0].describe(int(found[0].rows[0]))  # raises
        return found


@dataclass(frozen=True)
class _Faulty:
    """Rows of a place, and what is wrong with a parameter at the rows of its owner that they lead to.

    broken  by which level's way, or -1; None: by none.  of: as of FaultBatch
    """

    rows: np.ndarray
    owner_rows: np.ndarray
    states: np.ndarray
    broken: np.ndarray | None = None
    of: np.ndarray | None = None


def _reading(read: DatedRead, columns: EncodedColumns) -> tuple[np.ndarray, np.ndarray]:
    """The rows that ask for a parameter, and the rows of its owner that they lead to."""
    usable = np.ones(len(columns.numbers(read.by)), bool)
    for wrong in (columns.bad(read.by),):
        if wrong is not None:
            usable &= ~wrong
    counted = columns.counted(read.entity)
    if counted is not None:
        usable &= counted
    rows = np.flatnonzero(usable)
    there = np.zeros(len(rows), np.int64) if read.parameter.entity == PLAN_GRAIN else rows
    for reference in read.references:
        there = columns.rows(reference)[there]
        rows, there = rows[there >= 0], there[there >= 0]
    return rows, there


def _checked(describe: Callable[[int], Fault | None], code: FaultCode, place: FaultPlace) -> Callable[[int], Fault]:
    def described(row: int) -> Fault:
        fault = describe(int(row))
        if fault is None or fault.code is not code:
            what = "no fault" if fault is None else fault.code
            raise InternalError(f"row {row + 1} of {place}: {code} for columns, {what} for one cell")
        return fault

    return described
