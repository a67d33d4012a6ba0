"""What a run came to, whichever engine computed it: for tables, files, summaries and explanations."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from functools import cached_property

import numpy as np
import pyarrow as pa

from paycalc.check.typed import PLAN_GRAIN, Line, Outside, Total, TypedPlan
from paycalc.check.types import NumberType, RowType, ValueType
from paycalc.core.calendar import Period
from paycalc.core.errors import InternalError
from paycalc.core.unit import Unit
from paycalc.engine.computed import StageTime
from paycalc.engine.faults.consequences import Consequences, Made, held_of, orphans_of, rejects_of, withheld_of
from paycalc.engine.inputs.cells import taken
from paycalc.engine.inputs.input_table import InputTable, TextColumn
from paycalc.engine.results.balance import Balance, Belonging
from paycalc.engine.results.value_types import at_currency_places
from paycalc.engine.storage import Numbers
from paycalc.reference.interpreter import Evaluator
from paycalc.reference.run import TOTAL_NAMES, Held, Orphan, Reject, Withheld
from paycalc.reference.spread import PAYING_ROLES, Reach


@dataclass(frozen=True)
class Reported:
    """The lines that a run reports, in the order of their columns.

    of_payee  its lines but `let`, then gross, net, cost;  shown: the `show` lines of the other entities and of the plan
    """

    of_payee: Sequence[Line | Total]
    shown: Mapping[str, Sequence[Line]]

    @property
    def all(self) -> list[Line | Total]:
        return [*self.of_payee, *(line for lines in self.shown.values() for line in lines)]


def reported_lines(plan: TypedPlan, columns: Sequence[str] | None = None) -> Reported:
    """The lines to report; columns: of these only those named, `commission` or `store.labour_ratio`.

    Raises ValueError where a name is none of them.
    """
    of_payee: list[Line | Total] = [line for line in plan.lines if line.entity == plan.payee and line.role != "let"]
    of_payee += [plan.totals[name] for name in TOTAL_NAMES]
    shown: dict[str, list[Line]] = {}
    for entity in plan.entities:
        lines = [line for line in plan.lines if line.entity == entity and line.role == "show"]
        if lines and entity != plan.payee:
            shown[entity] = lines
    if columns is None:
        return Reported(of_payee, shown)
    if isinstance(columns, str):
        raise TypeError(f"columns is the text {columns!r}; expected a list of names")
    columns = list(columns)
    known = {line.name: line for line in of_payee}
    known |= {f"{line.entity}.{line.name}": line for lines in shown.values() for line in lines}
    unknown = [name for name in columns if name not in known]
    if unknown:
        raise ValueError(f"no column is named {unknown[0]!r}; the columns are: {', '.join(known)}")
    wanted = {known[name] for name in columns}
    kept = {entity: [line for line in lines if line in wanted] for entity, lines in shown.items()}
    return Reported(
        [line for line in of_payee if line in wanted], {entity: lines for entity, lines in kept.items() if lines}
    )


def column_type(plan: TypedPlan, line: Line | Total) -> ValueType:
    """The type of a reported column: that of its line, amounts at the currency's places at least."""
    return at_currency_places(line.type, plan.currency, plan.currency_places)


def column_money(plan: TypedPlan, line: Line | Total, money: str) -> str:
    """How the numbers of a line are given: in whole last places only what is an amount, for a ratio has no cents."""
    is_amount = isinstance(line.type, NumberType) and line.type.unit == Unit.of(plan.currency)
    return money if is_amount or money != "minor" else "decimal128"


def key_column(entity: str, others: Sequence[str] | Mapping[str, object]) -> str:
    """The name of the column of keys: the entity's, unless another column has it; then `code_key` and the like."""
    name = entity
    while name in others:
        name += "_key"
    return name


@dataclass(frozen=True)
class Supplements:
    """What a rerun pays. payees: how many get something;  in_full: of these, the ones who had got nothing."""

    payees: int
    in_full: int


@dataclass(frozen=True)
class Outcome:
    """What a run came to.

    engine    what computed it, `tiles` or `reference`;  threads: how many it was given
    counts    rows of each entity;  key_type: the Arrow type of an entity's keys
    totals    of each pay, deduct and employer line and of gross, net, cost, over the payees that are paid
    rejected, unshown, stray, held_rows  as columns: rejects by key, then code; withheld values, orphans and held rows
              by entity and key
    balances  of each entity whose rows belong to others: what became of them
    belonging  whose each row is, and what became of it
    evaluator, reach  for explanations: the values, and what the faults have reached
    make_lines, make_shown, make_detail  make tables: of the paid payees from one to before another, of the `show`
              lines of an entity, and of any of its lines; `lines` and `shown` keep what they made
    tables    what was read, by name
    stages    where time went, in the order in which it passed
    supplements, whole  of a rerun, whose lines and totals are of the supplements: how many there are, and the run of
              the corrected data as a whole
    """

    plan: TypedPlan
    period: Period
    engine: str
    threads: int
    counts: Mapping[str, int]
    totals: Mapping[str, Fraction]
    rejected: Consequences
    unshown: Consequences
    stray: Consequences
    held_rows: Consequences
    balances: Mapping[str, Balance]
    belonging: Belonging
    evaluator: Evaluator
    reach: Reach
    shown_entities: Sequence[str]
    make_lines: Callable[[int, int], pa.Table]
    make_shown: Callable[[str], pa.Table]
    make_detail: Callable[[str, Sequence[Line]], pa.Table]
    key_type: Callable[[str], pa.DataType]
    tables: Mapping[str, InputTable] = field(default_factory=dict)
    stages: Sequence[StageTime] = ()
    supplements: Supplements | None = None
    whole: Outcome | None = None

    @property
    def payee_count(self) -> int:
        return self.counts[self.plan.payee]

    @property
    def paid_count(self) -> int:
        """How many payees have lines."""
        return self.payee_count - len(self.rejected) if self.supplements is None else self.supplements.payees

    @cached_property
    def lines(self) -> pa.Table:
        """One row a payee that is paid, in the order of its table: its key, all lines but `let`, gross, net, cost."""
        return self.make_lines(0, self.paid_count)

    def line_parts(self, rows: int) -> Iterator[pa.Table]:
        """The table of lines in parts of so many rows, without making it as a whole; at least one part."""
        for start in range(0, max(self.paid_count, 1), rows):
            yield self.make_lines(start, min(start + rows, self.paid_count))

    @cached_property
    def _shown(self) -> dict[str, pa.Table]:
        return {}

    def shown(self, entity: str) -> pa.Table:
        """The `show` lines of an entity, one row for each of its rows, sorted by key. Raises KeyError: it has none."""
        if entity not in self.shown_entities:
            raise KeyError(_none_of(entity, "lines that are shown", self.shown_entities))
        if entity not in self._shown:
            self._shown[entity] = self.make_shown(entity)
        return self._shown[entity]

    def detail(self, entity: str, columns: Sequence[str] | None = None) -> pa.Table:
        """The lines of an entity, one row for each of its rows, in their order; null where a row counts in nothing, and
        where a fault keeps the value back. Computed anew whenever it is asked for.

        columns  only these lines; None: all
        Raises   KeyError: no such entity is in the run; ValueError: it has no such line
        """
        if entity not in self.counts or entity == PLAN_GRAIN:
            known = [each for each in self.counts if each != PLAN_GRAIN]
            raise KeyError(_none_of(entity, "rows in this run", known))
        return self.make_detail(entity, detail_lines(self.plan, entity, columns))

    @property
    def carrying(self) -> list[str]:
        """The entities of the run whose rows outside the period are handed back."""
        return [
            name for name, each in self.plan.entities.items() if each.outside is Outside.CARRY and name in self.counts
        ]

    def carried(self, entity: str) -> pa.Table:
        """The rows of an entity outside the period, as they came. Raises KeyError where it does not carry them."""
        if entity not in self.carrying:
            raise KeyError(_none_of(entity, "rows that are carried", self.carrying))
        return rows_as_they_came(self.tables[entity], self.belonging.outside.get(entity, np.empty(0, np.int64)))

    @cached_property
    def rejects(self) -> Made[Reject]:
        """The payees that cannot be paid, by key, then code; each is made when it is asked for."""
        return rejects_of(self.rejected)

    @cached_property
    def withheld(self) -> Made[Withheld]:
        """The shown values that faults keep back, by entity, key and line; each is made when it is asked for."""
        return withheld_of(self.unshown)

    @cached_property
    def orphans(self) -> Made[Orphan]:
        """The rows that belong to nobody, by entity and key; each is made when it is asked for."""
        return orphans_of(self.stray)

    @cached_property
    def held(self) -> Made[Held]:
        """The rows that are held back, by entity and key; each is made when it is asked for."""
        return held_of(self.held_rows)


def _none_of(entity: str, what: str, known: Sequence[str]) -> str:
    return f"{entity!r} has no {what}; these have: {', '.join(known) or 'none'}"


def detail_lines(plan: TypedPlan, entity: str, columns: Sequence[str] | None) -> list[Line]:
    """The lines of an entity that have one value a row, or only those named. Raises ValueError."""
    known = {line.name: line for line in plan.lines if line.entity == entity and not isinstance(line.type, RowType)}
    if isinstance(columns, str):
        raise TypeError(f"columns is the text {columns!r}; expected a list of names")
    columns = None if columns is None else list(columns)
    unknown = [name for name in columns or () if name not in known]
    if unknown:
        listed = ", ".join(known) or "none"
        raise ValueError(f"{entity} has no line {unknown[0]!r} of one value; its lines are: {listed}")
    return [line for name, line in known.items() if columns is None or name in columns]


def rows_as_they_came(table: InputTable, rows: Numbers) -> pa.Table:
    """Some rows of a table that was read, with all its columns."""
    columns = {}
    for name, column in table.columns.items():
        if isinstance(column, TextColumn):
            columns[name] = pa.array([column.cells[row] for row in rows.tolist()], pa.string())
        else:
            columns[name] = taken(column, rows.tolist())
    return pa.table(columns)


def reconcile(plan: TypedPlan, totals: Mapping[str, Fraction]) -> None:
    """The sums of the lines give the sums of gross, net and cost. Raises InternalError."""
    sums = dict.fromkeys(PAYING_ROLES, Fraction(0))
    for line in plan.lines:
        if line.role in sums:
            sums[line.role] += totals[line.name]
    expected = (sums["pay"], sums["pay"] - sums["deduct"], sums["pay"] + sums["employer"])
    if tuple(totals[name] for name in TOTAL_NAMES) != expected:
        raise InternalError("the totals of the run do not reconcile")
