"""From the typed plan to the graph.

Every value, flag and fault that the reference interpreter works out row by row is a node here. The builders of the
kinds of expressions stand in the modules beside this one; each takes the builder, the expression and the grain it lives
at.

A fault counts only where the interpreter would meet it: in the branch taken, on the right of an `and` whose left holds,
in the fallback of a value that is missing, in the value of a line whose `when` holds.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date, datetime
from fractions import Fraction
from typing import Any

from paycalc.check.typed import (
    PLAN_GRAIN,
    Aggregate,
    Apply,
    Arithmetic,
    Average,
    Both,
    Choice,
    Comparison,
    Component,
    Constant,
    Default,
    Either,
    Expr,
    Field,
    Given,
    LadderUse,
    Line,
    Membership,
    Negate,
    Not,
    PeriodValue,
    Read,
    Round,
    Running,
    TableLookup,
    Total,
    TypedPlan,
)
from paycalc.check.types import DateType, FlagType, MemberType, MomentType, NumberType, Value, ValueType
from paycalc.check.usage import lines_read, reads_of
from paycalc.core.calendar import DAYS_MAX
from paycalc.core.errors import InternalError
from paycalc.core.number import Interval
from paycalc.core.span import Span
from paycalc.core.unit import PLAIN
from paycalc.graph import aggregates, choices, conditions, ladders, numbers, reads, tables, totals
from paycalc.graph.calendar_days import days_of, microseconds_of
from paycalc.graph.functions import build_apply
from paycalc.graph.making import DoesNotFit, Maker
from paycalc.graph.nodes import Input, LineNodes, Node, Operation, PlanGraph, Prepared
from paycalc.graph.texts import texts_of
from paycalc.graph.worth import Guarding, Number, Worth, as_type
from paycalc.reference.spread import PAYING_ROLES


def build_graph(plan: TypedPlan) -> PlanGraph:
    """The graph of a plan, as it is written; `rewrites.optimise` makes it simpler."""
    try:
        return Builder(plan, tight=False).graph()
    except DoesNotFit:
        pass  # the checker's proof needs its own, narrower ranges at every step
    try:
        return Builder(plan, tight=True).graph()
    except DoesNotFit as error:
        raise InternalError(f"the checker has proven that every value fits, and the graph has a {error}") from error


class Builder:
    """Builds the nodes of one plan.

    lines      what each line and total is worth, as far as it has been built
    held       by entity: where pay meets a fault at a row that is then to be held
    is_paying  whether pay reads what is being built
    """

    def __init__(self, plan: TypedPlan, *, tight: bool) -> None:
        self.plan = plan
        self.tight = tight
        self.maker = Maker()
        self.guarding = Guarding(self.maker, tight)
        self.lines: dict[Line | Total, Worth] = {}
        self.held: dict[str, Node] = {}
        self.is_paying = False
        self.texts = {text: number for number, text in enumerate(texts_of(plan))}
        # What has been worked out, for its other uses: tables, reads, the versions of parameters.
        self.grids: dict[object, tables.Grid | None] = {}
        self.reads: dict[object, Worth] = {}
        self.versions: dict[object, Node] = {}
        days = NumberType(PLAIN, 0, Interval(Fraction(1), Fraction(DAYS_MAX)))
        self.period_days = PeriodValue(PLAN_GRAIN, "period.days", days, Span(0, 0))
        self._inputs: dict[tuple[Field | Prepared | None, str], Node] = {}
        self._below: dict[Line | Total, tuple[Line | Total, ...]] = {}
        self._paying: set[Line | Total] = self._read_by_pay()

    def graph(self) -> PlanGraph:
        """The whole plan. Raises DoesNotFit."""
        plan = self.plan
        shown: list[Line | Total] = [*plan.lines, *plan.totals.values()]
        for line in shown:
            self._build_in_order(line)
        for assertion in plan.assertions:
            for each in lines_read(reads_of(assertion.condition)):
                self._build_in_order(each)
        lines = {line: _line_nodes(self.lines[line]) for line in shown}
        self.is_paying = True
        unpaid = totals.build_unpaid(self)
        sums, highs = totals.build_totals(self, unpaid)
        return PlanGraph(plan, lines, unpaid, sums, highs, self.held)

    def _build_in_order(self, start: Line | Total) -> None:
        """A line after the lines that it reads; without recursion, for lines may read each other in long chains."""
        waiting: list[tuple[Line | Total, bool]] = [(start, False)]
        while waiting:
            line, is_ready = waiting.pop()
            if line in self.lines:
                continue
            if is_ready:
                self.is_paying = line in self._paying
                self.lines[line] = self._line(line) if isinstance(line, Line) else totals.build_total(self, line)
                continue
            waiting.append((line, True))
            waiting.extend((each, False) for each in self._lines_below(line) if each not in self.lines)

    def _lines_below(self, line: Line | Total) -> tuple[Line | Total, ...]:
        """The lines that a line reads."""
        if line not in self._below:
            if isinstance(line, Total):
                self._below[line] = (*line.added, *line.subtracted)
            else:
                self._below[line] = tuple(lines_read(reads_of(line.value, line.when)))
        return self._below[line]

    def _read_by_pay(self) -> set[Line | Total]:
        """The lines that what is paid, and who, depends on; none where nothing is held for it."""
        plan = self.plan
        if not any(entity.holds for entity in plan.entities.values()):
            return set()
        waiting: list[Line | Total] = [line for line in plan.lines if line.role in PAYING_ROLES]
        for assertion in plan.assertions:
            waiting += lines_read(reads_of(assertion.condition))
        found: set[Line | Total] = set()
        while waiting:
            line = waiting.pop()
            if line not in found:
                found.add(line)
                waiting += self._lines_below(line)
        return found

    # ------------------------------------------------------------ expressions

    def worth(self, expr: Expr, grain: str) -> Worth:
        """The nodes of an expression that lives at a grain."""
        built = _BUILDERS[expr.__class__](self, expr, grain)
        if not isinstance(expr.type, NumberType):
            return built
        held = self.guarding.held(built.value, expr.type)
        return built if held is built.value else Worth(held, built.present, built.fault)

    def all_of(self, expressions: tuple[Expr, ...], grain: str) -> tuple[list[Worth], Node | None]:
        """Expressions that are all needed, and the fault of any of them."""
        worths = [self.worth(each, grain) for each in expressions]
        return worths, self.maker.either(*(each.fault for each in worths))

    def input(self, field: Field | Prepared | None, part: str, grain: str) -> Node:
        """The column of an input, once."""
        known = self._inputs.get((field, part))
        if known is None:
            known = self._inputs[field, part] = self.maker.make(Operation.INPUT, (), grain, Input(field, part))
        return known

    def made(self, what: Prepared, grain: str) -> Node:
        """A column that the door prepares."""
        return self.input(what, "made", grain)

    def constant(self, value: Value, type_: ValueType, grain: str) -> Worth:
        """A written value."""
        if isinstance(type_, FlagType):
            return Worth(self.maker.flag(bool(value), grain))
        whole = self.maker.constant(self.number_of(value, type_), grain)
        return Worth(Number(whole, type_.places) if isinstance(type_, NumberType) else whole)

    def number_of(self, value: Value, type_: ValueType) -> int:
        """The whole number that stands for a written value: at the type's places, as of Input.value."""
        match type_:
            case NumberType(places=int(places)):
                assert isinstance(value, Fraction)
                whole: tuple[int, int] = divmod(value.numerator * 10**places, value.denominator)
                assert not whole[1]
                return whole[0]
            case DateType():
                assert isinstance(value, date)
                return days_of(value)
            case MomentType():
                assert isinstance(value, datetime)
                return microseconds_of(value)
            case MemberType(members=members):
                assert isinstance(value, str)
                return members.index(value)
            case FlagType():
                return int(bool(value))
        assert isinstance(value, str)
        return self.texts[value]

    # ------------------------------------------------------------ lines

    def _line(self, line: Line) -> Worth:
        """0 where `when` does not hold, and nothing in it is worked out there."""
        maker, grain = self.maker, line.entity
        built = self.worth(line.value, grain)
        value = as_type(maker, built.value, line.type)
        fault = maker.either(built.fault, self._outside(line, value))
        if line.when is not None:
            when = self.worth(line.when, grain)
            value = choices.select(maker, when.node, value, self._zero(line))
            fault = maker.either(when.fault, fault and maker.both(when.node, fault))
        return Worth(self.guarding.held(value, line.type), None, fault)

    def _zero(self, line: Line) -> Number:
        assert isinstance(line.type, NumberType)
        zero, one = (self.maker.constant(each, line.entity) for each in (0, 1))
        return Number(zero, line.type.places, None if line.type.places is not None else one)

    def _outside(self, line: Line, value: Any) -> Node | None:
        """Whether the value lies outside the range that the line declares; None where there is nothing to check."""
        declared = line.checked
        if declared is None:
            return None
        maker, grain = self.maker, line.entity
        if isinstance(declared, Interval):
            assert isinstance(line.type, NumberType) and line.type.places is not None and isinstance(value, Number)
            power = 10**line.type.places
            low, high, node = (declared.low * power).__ceil__(), (declared.high * power).__floor__(), value.whole
        else:
            low, high, node = days_of(declared.low), days_of(declared.high), value
        below = maker.of(Operation.LESS, node, maker.constant(low, grain))
        return maker.either(below, maker.of(Operation.LESS, maker.constant(high, grain), node))


def _line_nodes(worth: Worth) -> LineNodes:
    match worth.value:
        case Number(whole=whole, divisor=divisor):
            return LineNodes(whole, worth.present, worth.fault, divisor)
        case tuple():
            components = tuple(_line_nodes(Worth(each)) for each in worth.value)
            return LineNodes(components[0].value, worth.present, worth.fault, None, components)
    return LineNodes(worth.value, worth.present, worth.fault)


_BUILDERS: Mapping[type[Expr], Callable[[Builder, Any, str], Worth]] = {
    Constant: lambda builder, expr, grain: builder.constant(expr.value, expr.type, grain),
    Read: reads.build_read,
    Component: reads.build_component,
    Negate: numbers.build_negate,
    Not: conditions.build_not,
    Arithmetic: numbers.build_arithmetic,
    Comparison: conditions.build_comparison,
    Membership: conditions.build_membership,
    Both: conditions.build_both,
    Either: conditions.build_either,
    Choice: choices.build_choice,
    Given: choices.build_given,
    Default: choices.build_default,
    Round: numbers.build_round,
    Apply: build_apply,
    TableLookup: tables.build_table,
    LadderUse: ladders.build_ladder,
    Aggregate: aggregates.build_aggregate,
    Running: aggregates.build_running,
    Average: reads.build_average,
}
