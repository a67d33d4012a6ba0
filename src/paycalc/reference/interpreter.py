"""The interpreter: the value of any field at any row, worked out when it is asked for, and remembered.

One small function for each kind of expression says what it means; read together they are the meaning of the language.
Every value is exact. What a row of data makes impossible travels as `Faulted` to whoever asked. Of operands that are
always needed all are worked out, so that of several faults the first in the documented order comes through, and not
the one that happens to stand first in the text.
"""

from __future__ import annotations

import operator
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from datetime import date
from fractions import Fraction
from threading import RLock
from typing import Any, TypeVar

from paycalc.check.typed import (
    PLAN_GRAIN,
    Aggregate,
    Apply,
    Arithmetic,
    Assertion,
    Average,
    Both,
    Choice,
    Column,
    Comparison,
    Component,
    Constant,
    Default,
    Either,
    Expr,
    Field,
    Given,
    Key,
    Ladder,
    LadderUse,
    Line,
    Membership,
    Negate,
    Not,
    Parameter,
    PeriodValue,
    Read,
    Reference,
    Round,
    Running,
    Table,
    TableLookup,
    Total,
)
from paycalc.check.types import RowType, Value, format_value
from paycalc.check.usage import operands
from paycalc.core.number import round_to
from paycalc.core.span import Span
from paycalc.reference.cells import expected_of
from paycalc.reference.dataset import Cell, Dataset, TableVersion
from paycalc.reference.faults import Fault, FaultCode, Faulted, first_fault
from paycalc.reference.functions import apply_function, quotient
from paycalc.reference.groups import RunningParts, both_of, contributions, each_of, of_aggregate, of_running
from paycalc.reference.lookups import in_key_range, ladder_value, matching_rows, table_results
from paycalc.reference.rows import civil_day

T = TypeVar("T")
LEVELS_MAX = 120  # levels of expressions inside each other; lines that would go deeper are worked out beforehand

# What an expression may be worth, for the interpreter: any Value, or the row of a table with several results.
Worth = Any


class TooDeep(Exception):
    """Raised where a line would nest too deep in others; it is worked out first, then its reader again."""

    def __init__(self, field: Line | Total, row: int) -> None:
        self.field, self.row = field, row
        super().__init__(field.name, row)


class Evaluator:
    """Values of one plan over one dataset. Threads may share it.

    `value`, `evaluate` and what follows them are for use from outside. The functions below, one for each kind of
    expression, go through `at`, `worth` and `all_of`.
    """

    def __init__(self, dataset: Dataset) -> None:
        self.dataset = dataset
        self.plan = dataset.plan
        self._lock = RLock()
        self._known: dict[Field, dict[int, Value | Fault]] = defaultdict(dict)
        self._heights: dict[Field, int] = {}
        self._levels = 0
        self.running: dict[tuple[Running, int | None, int | None], RunningParts | Fault] = {}  # of groups.of_running
        # Entity and line being worked out, innermost last: the place of a fault that arises.
        self._places: list[tuple[str, str]] = [(self.plan.payee, "")]

    def value(self, field: Field, row: int) -> Value | None:
        """The value of a field at a row of its entity; None where an optional one is missing. Raises Faulted."""
        return self._from_the_top(lambda: self.at(field, row))

    def evaluate(self, expr: Expr, entity: str, row: int) -> Worth:
        """The value of an expression at a row of its grain. Raises Faulted."""
        return self._from_the_top(lambda: self.among(entity, lambda: self.worth(expr, row)))

    def contributions(self, expr: Aggregate, entity: str, row: int) -> list[tuple[int, Worth]]:
        """The rows that an aggregate at a row of `entity` takes in, each with what it contributes. Raises Faulted."""
        return self._from_the_top(lambda: self.among(entity, lambda: contributions(self, expr, row)))

    def table_of(self, expr: TableLookup, row: int) -> Table:
        """The table of a lookup with its rows, from data those of the version that the row asks for. Raises Faulted."""
        if not expr.table.from_data:
            return expr.table
        return replace(expr.table, rows=tuple(self._version(expr.table, expr, row).rows))

    def ladder_of(self, expr: LadderUse, row: int) -> Ladder:
        """The ladder of a use with its steps, likewise. Raises Faulted."""
        if not expr.ladder.from_data:
            return expr.ladder
        groups = self._version(expr.ladder, expr, row).groups
        return replace(expr.ladder, groups=groups)

    def _version(self, table: Table | Ladder, expr: TableLookup | LadderUse, row: int) -> TableVersion:
        """A table or ladder from data on the day that the row asks for: its own, or the period's last."""
        day = self.dataset.period.end
        if expr.by is not None:
            asked = self.at(expr.by, row)
            assert isinstance(asked, date)
            day = civil_day(asked, self.dataset.timezone)
        version = self.dataset.version(table, day)
        if version is None:
            raise self.left_out(expr, table, row)
        return version

    def left_out(self, expr: Expr, table: Table | Ladder, row: int) -> Faulted:
        """The fault where an example does not say what a table from data would."""
        return self.arising(FaultCode.LEFT_OUT, row, expr.span, f"the table {table.name}", "")

    def fault(self, field: Field, row: int) -> Fault | None:
        """Why a field has no value at a row; None where it has one."""
        try:
            self.value(field, row)
        except Faulted as faulted:
            return faulted.fault
        return None

    def assertion_fault(self, assertion: Assertion, row: int) -> Fault | None:
        """Why an assert does not hold for a payee; None where it holds."""
        payee = self.plan.payee
        try:
            if self.evaluate(assertion.condition, payee, row):
                return None
        except Faulted as faulted:
            return faulted.fault
        key = self.dataset.key(payee, row)
        return Fault(FaultCode.ASSERT_FAILED, payee, key, row + 1, "", "", assertion.message, span=assertion.span)

    def _from_the_top(self, ask: Callable[[], T]) -> T:
        """Ask, and where lines nest too deep in each other work the deep ones out first."""
        with self._lock:
            waiting: list[tuple[Line | Total, int]] = []
            while True:
                try:
                    if not waiting:
                        return ask()
                    self.at(*waiting[-1])
                    waiting.pop()
                except TooDeep as deep:
                    waiting.append((deep.field, deep.row))
                except Faulted:
                    if not waiting:
                        raise
                    waiting.pop()  # its fault is remembered, and meets the line that reads it

    # ------------------------------------------------------------ for the functions below

    @property
    def entity(self) -> str:
        """The entity whose rows are being worked out."""
        return self._places[-1][0]

    def at(self, field: Field, row: int) -> Value | None:
        """The value of a field at a row."""
        return _FIELDS[field.__class__](self, field, row)

    def worth(self, expr: Expr, row: int) -> Worth:
        """The value of an expression at a row."""
        return _EXPRESSIONS[expr.__class__](self, expr, row)

    def all_of(self, expressions: Iterable[Expr], row: int) -> list[Worth]:
        """The values of expressions that are all needed; of several faults the first comes through."""
        # As each_of, but written out: expressions nest deep, and this stands between any two of them.
        values, fault = [], None
        for expr in expressions:
            try:
                values.append(self.worth(expr, row))
            except Faulted as faulted:
                fault = first_fault((fault, faulted.fault))
        if fault is not None:
            raise Faulted(fault)
        return values

    def among(self, entity: str, work_out: Callable[[], T]) -> T:
        """Work something out among the rows of another entity."""
        self._places.append((entity, self._places[-1][1]))
        try:
            return work_out()
        finally:
            self._places.pop()

    def among_line(self, entity: str, line: str, work_out: Callable[[], T]) -> T:
        """Work something of a line out among the rows of an entity; for use from outside."""

        def with_place() -> T:
            self._places.append((entity, line))
            try:
                return work_out()
            finally:
                self._places.pop()

        return self._from_the_top(with_place)

    def remembered(self, field: Line | Total, row: int, work_out: Callable[[Evaluator, Any, int], Value]) -> Value:
        """The value of a line or total, worked out once; its fault too."""
        known = self._known[field]
        if row not in known:
            height = self._height(field)
            if self._levels and self._levels + height > LEVELS_MAX:
                raise TooDeep(field, row)
            self._levels += height
            self._places.append((field.entity, field.name))
            try:
                known[row] = work_out(self, field, row)
            except Faulted as faulted:
                known[row] = faulted.fault
            finally:
                self._levels -= height
                self._places.pop()
        value = known[row]
        if isinstance(value, Fault):
            raise Faulted(value)
        return value

    def unless_skipped(self, entity: str, work_out: Callable[[], T | None]) -> T | None:
        """What a row of an entity contributes to a group; None where it contributes nothing."""
        return work_out()

    def _height(self, field: Line | Total) -> int:
        if field not in self._heights:
            expressions = (field.value, field.when) if isinstance(field, Line) else ()
            self._heights[field] = 1 + max((height_of(each) for each in expressions if each is not None), default=1)
        return self._heights[field]

    def arising(self, code: FaultCode, row: int, span: Span, value: str, expected: str) -> Faulted:
        """A fault of the row and line being worked out."""
        entity, line = self._places[-1]
        key, number = self.dataset.key(entity, row), None if entity == PLAN_GRAIN else row + 1
        return Faulted(Fault(code, entity, key, number, line, value, expected, span=span))


def height_of(expr: Expr) -> int:
    """How many levels of expressions stand in each other, this one included."""
    height, level = 0, [expr]
    while level:
        height += 1
        level = [each for above in level for each in operands(above)]
    return height


# ---------------------------------------------------------------- fields


def _cell(evaluator: Evaluator, field: Column | Parameter, row: int) -> Value | None:
    return _found(evaluator.dataset.cells[field][row])


def _found(cell: Cell) -> Value | None:
    if isinstance(cell, Fault):
        raise Faulted(cell)
    return cell


def _target_row(evaluator: Evaluator, reference: Reference, row: int) -> int | None:
    """The row that a reference leads to; None where it is missing."""
    target = evaluator.dataset.targets[reference][row]
    if isinstance(target, Fault):
        raise Faulted(target)
    return target


def _key(evaluator: Evaluator, reference: Reference, row: int) -> Value | None:
    target = _target_row(evaluator, reference, row)
    return None if target is None else evaluator.dataset.key(reference.target, target)


def _period_value(evaluator: Evaluator, field: PeriodValue, row: int) -> Value:
    period = evaluator.dataset.period
    values: dict[str, Value] = {"start": period.start, "end": period.end, "days": Fraction(period.days)}
    return values[field.name.split(".")[-1]]


def _line(evaluator: Evaluator, line: Line, row: int) -> Value:
    return evaluator.remembered(line, row, _work_out_line)


def _work_out_line(evaluator: Evaluator, line: Line, row: int) -> Value:
    if line.when is not None and not evaluator.worth(line.when, row):
        return Fraction(0)
    value: Value = evaluator.worth(line.value, row)
    declared: Any = line.checked
    if declared is not None and not declared.low <= value <= declared.high:
        bounds = " .. ".join(format_value(bound, line.type) for bound in (declared.low, declared.high))
        raise evaluator.arising(FaultCode.LINE_RANGE, row, line.span, format_value(value, line.type), bounds)
    return value


def _total(evaluator: Evaluator, total: Total, row: int) -> Value:
    return evaluator.remembered(total, row, _work_out_total)


def _work_out_total(evaluator: Evaluator, total: Total, row: int) -> Value:
    values: list[Any] = each_of(lambda line: evaluator.at(line, row), (*total.added, *total.subtracted))
    added = len(total.added)
    return sum(values[:added], Fraction(0)) - sum(values[added:], Fraction(0))


# ---------------------------------------------------------------- expressions


def _constant(evaluator: Evaluator, expr: Constant, row: int) -> Worth:
    return expr.value


def _read(evaluator: Evaluator, expr: Read, row: int) -> Worth:
    if expr.by is not None:
        return _dated_read(evaluator, expr, expr.by, row)
    target = _end_of_way(evaluator, expr, row)
    return None if target is None else evaluator.at(expr.field, target)


def _end_of_way(evaluator: Evaluator, expr: Read, row: int) -> int | None:
    """The row where a read's references lead from a row; None where one on the way is missing."""
    for reference in expr.references:
        target = _target_row(evaluator, reference, row)
        if target is None:
            return None
        row = target
    return 0 if expr.field.entity == PLAN_GRAIN else row


def _dated_read(evaluator: Evaluator, expr: Read, by: Column, row: int) -> Worth:
    """A parameter as it is on the day, or at the moment, of the row that reads it."""
    target, asked = both_of(lambda: _end_of_way(evaluator, expr, row), lambda: _cell(evaluator, by, row))
    if target is None:
        return None
    assert isinstance(expr.field, Parameter) and isinstance(asked, date)
    return _found(evaluator.dataset.dated.at(expr.field, target, asked))


def _average(evaluator: Evaluator, expr: Average, row: int) -> Worth:
    parameter, target = expr.operand.field, _end_of_way(evaluator, expr.operand, row)
    assert isinstance(parameter, Parameter)
    return None if target is None else _found(evaluator.dataset.dated.average(parameter, target))


def _component(evaluator: Evaluator, expr: Component, row: int) -> Worth:
    whole = evaluator.worth(expr.row, row)
    return None if whole is None else whole[expr.index]


def _negate(evaluator: Evaluator, expr: Negate, row: int) -> Worth:
    return -evaluator.worth(expr.operand, row)


def _not(evaluator: Evaluator, expr: Not, row: int) -> Worth:
    return not evaluator.worth(expr.operand, row)


_OPERATORS: dict[str, Callable[[Any, Any], Any]] = {
    "+": operator.add,
    "-": operator.sub,
    "*": operator.mul,
    "/": quotient,
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
    "is": operator.eq,
    "is not": operator.ne,
}


def _binary(evaluator: Evaluator, expr: Arithmetic | Comparison, row: int) -> Worth:
    left, right = evaluator.all_of((expr.left, expr.right), row)
    return _OPERATORS[expr.operator](left, right)


def _membership(evaluator: Evaluator, expr: Membership, row: int) -> Worth:
    value, *options = evaluator.all_of((expr.value, *expr.options), row)
    return value in options


def _both(evaluator: Evaluator, expr: Both, row: int) -> Worth:
    return evaluator.worth(expr.left, row) and evaluator.worth(expr.right, row)


def _either(evaluator: Evaluator, expr: Either, row: int) -> Worth:
    return evaluator.worth(expr.left, row) or evaluator.worth(expr.right, row)


def _choice(evaluator: Evaluator, expr: Choice, row: int) -> Worth:
    for condition, value in expr.branches:
        if evaluator.worth(condition, row):
            return evaluator.worth(value, row)
    return evaluator.worth(expr.otherwise, row)


def _given(evaluator: Evaluator, expr: Given, row: int) -> Worth:
    return evaluator.worth(expr.operand, row) is not None


def _default(evaluator: Evaluator, expr: Default, row: int) -> Worth:
    value = evaluator.worth(expr.value, row)
    return evaluator.worth(expr.fallback, row) if value is None else value


def _round(evaluator: Evaluator, expr: Round, row: int) -> Worth:
    return round_to(evaluator.worth(expr.value, row), expr.step, expr.mode)


def _apply(evaluator: Evaluator, expr: Apply, row: int) -> Worth:
    values = evaluator.all_of(expr.arguments, row)
    if expr.function != "clamp":
        return apply_function(expr.function, values, evaluator.plan.timezone)
    value, low, high = values
    if low > high:
        bounds = " .. ".join(format_value(each, expr.type) for each in (low, high))
        raise evaluator.arising(FaultCode.CLAMP_INVERTED, row, expr.span, bounds, "a lower bound up to the upper one")
    return min(max(value, low), high)


def _table_lookup(evaluator: Evaluator, expr: TableLookup, row: int) -> Worth:
    arguments, table = both_of(
        lambda: _key_values(evaluator, expr, expr.table.keys, expr.arguments, row),
        lambda: evaluator.table_of(expr, row),
    )
    rows = matching_rows(table, arguments)
    if not rows and table.from_data and table.collect not in ("sum", "count"):
        raise evaluator.left_out(expr, table, row)  # in an example, whose rows need not be whole
    results = table_results(table, rows)
    return results if isinstance(expr.type, RowType) else results[0]


def _ladder_use(evaluator: Evaluator, expr: LadderUse, row: int) -> Worth:
    (*groups, base), ladder = both_of(
        lambda: _key_values(evaluator, expr, expr.ladder.keys, (*expr.groups, expr.base), row),
        lambda: evaluator.ladder_of(expr, row),
    )
    if tuple(groups) not in ladder.groups:
        raise evaluator.left_out(expr, ladder, row)
    return ladder_value(ladder, expr.operator, tuple(groups), base)


def _key_values(
    evaluator: Evaluator, expr: Expr, keys: Sequence[Key], arguments: Sequence[Expr], row: int
) -> list[Worth]:
    """The arguments of a table or ladder, each in the range of its key."""
    values = evaluator.all_of(arguments, row)
    for key, value in zip(keys, values, strict=True):
        if not in_key_range(key, value):
            raise evaluator.arising(
                FaultCode.TABLE_RANGE,
                row,
                expr.span,
                f"{key.name} {format_value(value, key.type)}",
                expected_of(key.type),
            )
    return values


_FIELDS: dict[type[Field], Callable[[Evaluator, Any, int], Value | None]] = {
    Column: _cell,
    Parameter: _cell,
    Reference: _key,
    PeriodValue: _period_value,
    Line: _line,
    Total: _total,
}
_EXPRESSIONS: dict[type[Expr], Callable[[Evaluator, Any, int], Worth]] = {
    Constant: _constant,
    Read: _read,
    Component: _component,
    Negate: _negate,
    Not: _not,
    Arithmetic: _binary,
    Comparison: _binary,
    Membership: _membership,
    Both: _both,
    Either: _either,
    Choice: _choice,
    Given: _given,
    Default: _default,
    Round: _round,
    Apply: _apply,
    TableLookup: _table_lookup,
    LadderUse: _ladder_use,
    Aggregate: of_aggregate,
    Average: _average,
    Running: of_running,
}
