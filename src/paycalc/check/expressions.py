"""Expressions: from tree to typed, at the grain of one entity, under the facts that hold there.

A faulty expression is None: its fault was reported where it is, and nothing that contains it says more.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from fractions import Fraction

from paycalc.check import advice, arithmetic, typed
from paycalc.check.arithmetic import TooWide
from paycalc.check.facts import NO_FACTS, Facts, Structures, assume, narrowed, requirements
from paycalc.check.faults import names, values
from paycalc.check.literals import read_literal, read_unit, unknown_member
from paycalc.check.resolve import Resolved, resolve, unresolved
from paycalc.check.symbols import Symbols, suggestion
from paycalc.check.type_expressions import require_timezone
from paycalc.check.types import (
    DateType,
    FlagType,
    MemberType,
    MomentType,
    NumberType,
    ReferenceType,
    RowType,
    TextType,
    ValueType,
)
from paycalc.core.diagnostic import Label
from paycalc.core.number import Interval, decimal_places
from paycalc.core.span import Span
from paycalc.core.unit import PLAIN, Unit
from paycalc.syntax import faults as syntax
from paycalc.syntax import tree

Typed = typed.Expr | None


_PATH_MAX = 100  # parts of a path
_QUOTED_MAX = 40  # characters of an expression that a message quotes


class ExpressionChecker:
    """Types literals, names, operators and choices; `calls` adds functions, tables, ladders and aggregates.

    grain  the entity at whose rows expressions live: the plan's, except within `at_grain`
    facts  what is known there of the values of the row
    """

    def __init__(self, symbols: Symbols) -> None:
        self.symbols, self.structures, self.grain = symbols, Structures(), typed.PLAN_GRAIN
        self.facts: Facts = NO_FACTS
        self._by_node: dict[type, Callable[..., Typed]] = {
            tree.Number: self._number,
            tree.Text: self._text,
            tree.Date: self._date,
            tree.DateTime: self._moment,
            tree.Name: self._name,
            tree.Unary: self._unary,
            tree.Binary: self._binary,
            tree.Membership: self._membership,
            tree.IfElse: self._if_else,
            tree.Case: self._case,
        }

    # ------------------------------------------------------------ entry points

    def infer(self, node: tree.Expression, expected: ValueType | None = None) -> Typed:
        """The typed expression, which has a value in every row. `expected` gives bare members their enumeration."""
        expr = self.infer_optional(node, expected)
        if expr is None or not expr.optional:
            return expr
        written = self.text_of(node)
        message = f"`{written}` may be missing" if written else "this may be missing"
        self.symbols.fault(values.UNMET_OPTIONAL, node.span, message, help=advice.optional(expr, written))
        return None

    def infer_optional(self, node: tree.Expression, expected: ValueType | None = None) -> Typed:
        """Like infer, but the value may be missing."""
        return self._narrow(self._by_node[type(node)](node, expected))

    def _narrow(self, expr: Typed) -> Typed:
        """The expression under the facts about it: given, in a narrower range."""
        if expr is None or not self.facts or isinstance(expr, typed.Constant):
            return expr
        fact = self.facts.get(self.structures.of(expr))
        if fact is None:
            return expr
        if fact.given and expr.optional:
            expr = replace(expr, optional=False)
        return replace(expr, type=narrowed(expr.type, fact)) if isinstance(expr.type, NumberType) else expr

    def condition(self, node: tree.Expression) -> Typed:
        """A flag; anything else is reported."""
        return self._as_condition(self.infer(node, FlagType()))

    def _as_condition(self, expr: Typed) -> Typed:
        if expr is None or isinstance(expr.type, FlagType):
            return expr
        self.symbols.fault(
            values.CONDITION_NOT_FLAG,
            expr.span,
            f"this is {expr.type}, not yes or no",
            help=advice.condition_from(expr, self.text_of(expr) or "..."),
        )
        return None

    def number(self, node: tree.Expression, what: str) -> Typed:
        """A number; anything else is reported as unfit for `what`."""
        expr = self.infer(node)
        return None if expr is None or not self.is_number(expr, what) else expr

    def is_number(self, expr: typed.Expr, what: str) -> bool:
        if isinstance(expr.type, NumberType):
            return True
        self.symbols.fault(
            values.TYPE_MISMATCH,
            expr.span,
            f"{what} wants numbers; this is {expr.type}",
            help=advice.number_from(expr.type, self.text_of(expr) or "..."),
        )
        return False

    @contextmanager
    def assuming(self, condition: Typed, holds: bool) -> Iterator[None]:
        """Within, what follows from the condition holding (or not) is known."""
        before = self.facts
        if condition is not None:
            self.facts = assume(condition, holds, before, self.structures)
        try:
            yield
        finally:
            self.facts = before

    @contextmanager
    def at_grain(self, grain: str) -> Iterator[None]:
        """Within, expressions live at another entity's grain; facts about this one's rows say nothing there."""
        before = self.grain, self.facts
        self.grain, self.facts = grain, NO_FACTS
        try:
            yield
        finally:
            self.grain, self.facts = before

    def text_of(self, node: tree.Node | typed.Expr) -> str:
        """The expression as written, for a message; empty where it is long."""
        text = " ".join(self.symbols.source.slice(node.span).split())
        return text if len(text) <= _QUOTED_MAX else ""

    # ------------------------------------------------------------ units of numbers that meet

    def common_unit(self, exprs: list[typed.Expr], what: str) -> Unit | None:
        """The one unit of numbers that meet; bare literals take it. None after the first that differs was reported."""
        settled: typed.Expr | None = None
        for expr in exprs:
            assert isinstance(expr.type, NumberType)
            if expr.type.bare:
                continue
            if settled is None:
                settled = expr
            elif settled.type.unit != expr.type.unit:  # type: ignore[union-attr]
                self.report_units(expr, settled, what)
                return None
        return PLAIN if settled is None else settled.type.unit  # type: ignore[union-attr]

    def report_units(self, expr: typed.Expr, other: typed.Expr, what: str) -> None:
        mine, theirs = expr.type, other.type
        assert isinstance(mine, NumberType) and isinstance(theirs, NumberType)
        self.symbols.fault(
            values.UNIT_MISMATCH,
            expr.span,
            f"cannot {what} {mine.unit} and {theirs.unit}",
            label=str(mine.unit),
            also=(Label(other.span, str(theirs.unit)),),
            help=advice.units(mine.unit, theirs.unit, mine.percent),
        )

    def fitted(self, expr: typed.Expr, unit: Unit) -> typed.Expr:
        """A bare literal with the unit of what it meets; anything else as it is."""
        if isinstance(expr.type, NumberType) and expr.type.bare and unit != PLAIN:
            return replace(expr, type=replace(expr.type, unit=unit, bare=False))
        return expr

    def too_wide(self, node: tree.Node, error: TooWide) -> None:
        self.symbols.fault(
            values.NUMBER_TOO_WIDE,
            node.span,
            f"this may become too large: {error}",
            help="declare narrower ranges of the columns and parameters in it (`paycalc check --ranges` shows "
            "which), or round an intermediate value to fewer places",
        )

    # ------------------------------------------------------------ literals

    def _number(self, node: tree.Number, expected: ValueType | None) -> Typed:
        places = decimal_places(node.value)
        assert places is not None
        type_ = NumberType(
            read_unit(node.unit), places, Interval.of(node.value), node.percent, node.unit is None and not node.percent
        )
        return typed.Constant(node.span, type_, node.value)

    def _text(self, node: tree.Text, expected: ValueType | None) -> Typed:
        if isinstance(expected, MemberType):
            return self._member(node.value, node.span, expected)
        return typed.Constant(node.span, TextType(), node.value)

    def _date(self, node: tree.Date, expected: ValueType | None) -> Typed:
        value = read_literal(node, DateType(), self.symbols)
        return None if value is None else typed.Constant(node.span, DateType(node.value, node.value), value)

    def _moment(self, node: tree.DateTime, expected: ValueType | None) -> Typed:
        if not require_timezone(node, self.symbols):
            return None
        value = read_literal(node, MomentType(), self.symbols)
        return None if value is None else typed.Constant(node.span, MomentType(), value)

    def _member(self, written: str, span: Span, type_: MemberType) -> Typed:
        if written in type_.members:
            return typed.Constant(span, type_, written)
        self.symbols.report(unknown_member(written, span, type_))
        return None

    # ------------------------------------------------------------ names

    def _name(self, node: tree.Name, expected: ValueType | None) -> Typed:
        if len(node.parts) > _PATH_MAX:
            message = f"this path has more than {_PATH_MAX} steps"
            self.symbols.fault(syntax.NESTED_TOO_DEEP, node.span, message, help="give parts of it a name with `let`")
            return None
        found = resolve(node.parts, self.grain, self.symbols)
        single = node.parts[0].text if len(node.parts) == 1 else None
        if single is not None and isinstance(expected, MemberType) and single in expected.members:
            if found is None:
                return typed.Constant(node.span, expected, single)
            self._report_hidden(node, single, found, expected)
            return None
        if found is None:
            return self._constant_name(node, single, expected)
        return None if found.faulty else self._read(node, found)

    def _report_hidden(self, node: tree.Name, name: str, found: Resolved, expected: MemberType) -> None:
        place = found.scope.places_of_names.get(name)
        self.symbols.fault(
            names.MEMBER_HIDDEN,
            node.span,
            f"`{name}` is both {expected} and a value of {found.scope.name}",
            also=(Label(place, "the value"),) if place is not None else (),
            help=f'rename the value, or write the member in quotes: `"{name}"`',
        )

    def _constant_name(self, node: tree.Name, single: str | None, expected: ValueType | None) -> Typed:
        if single in ("yes", "no"):
            return typed.Constant(node.span, FlagType(), single == "yes")
        if single is not None:
            if isinstance(expected, MemberType) and not self._known_elsewhere(single):
                return self._member(single, node.span, expected)
            holders = self.symbols.enumerations_with(single)
            if len(holders) == 1:
                return typed.Constant(node.span, holders[0], single)
            if holders:
                self.symbols.fault(
                    names.AMBIGUOUS_MEMBER,
                    node.span,
                    f"`{single}` is a member of {' and of '.join(str(each) for each in holders)}",
                    help="compare it with a value of the enumeration that is meant",
                )
                return None
        self.symbols.report(unresolved(node, self.grain, self.symbols))
        return None

    def _known_elsewhere(self, name: str) -> bool:
        return any(name in each.fields or name in each.line_trees for each in self.symbols.entities.values())

    def _read(self, node: tree.Name, found: Resolved) -> Typed:
        field = found.field
        if field is None:
            field = found.scope.lines.get(found.line) if found.line else self.symbols.totals.get(found.total)
            if field is None:
                return None
        by = self.asked_at(field) if isinstance(field, typed.Parameter) else None
        expr: typed.Expr = typed.Read(node.span, field.type, found.references, field, by)
        missing = [each for each in requirements(expr) if not self._is_given(each)]
        expr = replace(expr, optional=bool(missing))
        for part in found.rest:
            if not isinstance(expr.type, RowType):
                self.symbols.fault(
                    names.NOT_A_PATH,
                    part.span,
                    f"`{field.name}` has no part `{part.text}`",
                    help=f"it is {expr.type}; only references to other entities have parts",
                )
                return None
            if part.text not in expr.type.names:
                self.symbols.fault(
                    names.UNKNOWN_NAME,
                    part.span,
                    f"the table `{expr.type.table}` has no result `{part.text}`",
                    help=suggestion(part.text, list(expr.type.names), "its results are"),
                )
                return None
            index = expr.type.names.index(part.text)
            part_type, whole = expr.type.types[index], expr
            expr = typed.Component(node.span, part_type, whole, index, part.text, optional=whole.optional)
        return expr

    def asked_at(self, what: typed.Parameter | typed.Table | typed.Ladder) -> typed.Column | None:
        """The column that says at which day or moment a dated value is asked for here; None: at the period's end."""
        if not isinstance(what, typed.Parameter) and not what.from_data:
            return None
        return self.symbols.entities[self.grain].dated

    def _is_given(self, expr: typed.Expr) -> bool:
        fact = self.facts.get(self.structures.of(expr))
        return fact is not None and fact.given

    # ------------------------------------------------------------ operators

    def _unary(self, node: tree.Unary, expected: ValueType | None) -> Typed:
        if node.operator == "not":
            operand = self.condition(node.operand)
            return None if operand is None else typed.Not(node.span, FlagType(), operand)
        operand = self.number(node.operand, "`-`")
        if operand is None:
            return None
        assert isinstance(operand.type, NumberType)
        type_ = arithmetic.negate(operand.type)
        if isinstance(operand, typed.Constant):
            assert isinstance(operand.value, Fraction)
            return typed.Constant(node.span, type_, -operand.value)
        return typed.Negate(node.span, type_, operand)

    def _binary(self, node: tree.Binary, expected: ValueType | None) -> Typed:
        # Long chains lean to the left; they are walked without recursion, so that their length has no limit.
        chain = [node]
        while isinstance(chain[-1].left, tree.Binary):
            chain.append(chain[-1].left)
        lowest = chain.pop()
        expr = self._one_binary(lowest, None)
        while chain:
            expr = self._one_binary(chain.pop(), self._narrow(expr), left_known=True)
        return expr

    def _one_binary(self, node: tree.Binary, left: Typed, *, left_known: bool = False) -> Typed:
        if node.operator in ("and", "or"):
            return self._logic(node, left, left_known)
        if node.operator in ("+", "-", "*", "/"):
            if not left_known:
                left = self.infer(node.left)
            right = self.infer(node.right)
            return self._arithmetic(node, left, right)
        if self._is_none(node.right):
            return None
        expected = None if left_known else self._peek(node.right)
        if not left_known:
            left = self.infer(node.left, expected)
        right = self.infer(node.right, left.type if left is not None else self._peek(node.left))
        if left is None or right is None:
            return None
        return self.compared(node.span, node.operator, left, right)

    def _is_none(self, node: tree.Expression) -> bool:
        """Whether `none` (or what other languages call it) is compared with; reports it."""
        if not isinstance(node, tree.Name) or node.text not in ("none", "null", "missing", "empty"):
            return False
        if resolve(node.parts, self.grain, self.symbols) is not None or self.symbols.enumerations_with(node.text):
            return False
        message = f"`{node.text}` is no value that could be compared"
        self.symbols.fault(names.UNKNOWN_NAME, node.span, message, help="ask `given(x)`, or `not given(x)`")
        return True

    def _peek(self, node: tree.Expression) -> ValueType | None:
        """The type of a plain name of an enumeration, so that the member beside it is known."""
        if isinstance(node, tree.Name):
            found = resolve(node.parts, self.grain, self.symbols)
            if found is not None and not found.faulty and not found.rest:
                field = found.field or found.scope.lines.get(found.line)
                if field is not None and isinstance(field.type, MemberType):
                    return field.type
        return None

    def _logic(self, node: tree.Binary, left: Typed, left_known: bool) -> Typed:
        left = self._as_condition(left) if left_known else self.condition(node.left)
        with self.assuming(left, node.operator == "and"):
            right = self.condition(node.right)
        if left is None or right is None:
            return None
        make = typed.Both if node.operator == "and" else typed.Either
        return make(node.span, FlagType(), left, right)

    def _arithmetic(self, node: tree.Binary, left: Typed, right: Typed) -> Typed:
        if left is None or right is None:
            if node.operator == "/" and right is not None and isinstance(right.type, NumberType):
                self.is_divisor(node.right, right)  # a fault of its own
            return None
        what = f"`{node.operator}`"
        # Both sides are looked at, so that two faults are two diagnostics.
        fine = self.is_number(left, what)
        if not self.is_number(right, what) or not fine:
            return None
        try:
            if node.operator in ("+", "-"):
                return self._sum(node, left, right)
            if node.operator == "*":
                type_ = arithmetic.multiply(left.type, right.type)  # type: ignore[arg-type]
                return typed.Arithmetic(node.span, type_, "*", left, right)
            return self._quotient(node, left, right)
        except TooWide as error:
            self.too_wide(node, error)
            return None

    def _sum(self, node: tree.Binary, left: typed.Expr, right: typed.Expr) -> Typed:
        unit = self.common_unit([left, right], "add" if node.operator == "+" else "subtract")
        if unit is None:
            return None
        left, right = self.fitted(left, unit), self.fitted(right, unit)
        assert isinstance(left.type, NumberType) and isinstance(right.type, NumberType)
        type_ = arithmetic.add(left.type, right.type, unit, subtract=node.operator == "-")
        type_ = replace(
            type_, bare=left.type.bare and right.type.bare, percent=left.type.percent and right.type.percent
        )
        return typed.Arithmetic(node.span, type_, node.operator, left, right)

    def _quotient(self, node: tree.Binary, left: typed.Expr, right: typed.Expr) -> Typed:
        assert isinstance(left.type, NumberType) and isinstance(right.type, NumberType)
        if not self.is_divisor(node.right, right):
            return None
        if isinstance(right, typed.Constant):
            assert isinstance(right.value, Fraction)
            even = arithmetic.divide_evenly(left.type, right.value, left.type.unit / right.type.unit)
            if even is not None:
                return typed.Arithmetic(node.span, even, "/", left, right)
        return typed.Arithmetic(node.span, arithmetic.divide(left.type, right.type), "/", left, right)

    def is_divisor(self, node: tree.Expression, divisor: typed.Expr) -> bool:
        """Whether the number is never zero; reported where it may be."""
        assert isinstance(divisor.type, NumberType)
        fact = self.facts.get(self.structures.of(divisor))
        if 0 not in divisor.type.interval or (fact is not None and fact.nonzero):
            return True
        written = self.text_of(node)
        if divisor.type.interval.low == divisor.type.interval.high:
            message, help_text = "this divides by zero", "change the divisor"
            if fact is not None:
                message = f"`{written}` is always 0 here" if written else "this divisor is always 0 here"
                help_text = "the condition leaves nothing else: exchange the branches, or `and` for `or`"
            self.symbols.fault(values.DIVISOR_MAY_BE_ZERO, node.span, message, help=help_text)
            return False
        message = f"`{written}` may be zero" if written else "this divisor may be zero"
        self.symbols.fault(values.DIVISOR_MAY_BE_ZERO, node.span, message, help=advice.divisor(divisor, written))
        return False

    def compared(self, span: Span, operator: str, left: typed.Expr, right: typed.Expr) -> Typed:
        """A comparison of two values of one type and unit."""
        if isinstance(left.type, NumberType) and isinstance(right.type, NumberType):
            unit = self.common_unit([left, right], "compare")
            if unit is None:
                return None
            left, right = self.fitted(left, unit), self.fitted(right, unit)
            try:
                arithmetic.comparable(left.type, right.type)  # type: ignore[arg-type]
            except TooWide as error:
                self.too_wide(tree.Node(span), error)
                return None
            return typed.Comparison(span, FlagType(), operator, left, right)
        if not same_type(left.type, right.type):
            self.symbols.fault(
                values.TYPE_MISMATCH,
                right.span,
                f"cannot compare {left.type} with {right.type}",
                label=str(right.type),
                also=(Label(left.span, str(left.type)),),
                help=advice.comparison(left.type, right.type, self.text_of(left), self.text_of(right)),
            )
            return None
        if operator not in ("is", "is not") and not isinstance(left.type, DateType | MomentType):
            self.symbols.fault(
                values.TYPE_MISMATCH,
                span,
                f"`{operator}` compares numbers, dates and moments; this is {left.type}",
                help="write `is`, or `in (...)`",
            )
            return None
        return typed.Comparison(span, FlagType(), operator, left, right)

    def _membership(self, node: tree.Membership, expected: ValueType | None) -> Typed:
        value = self.infer(node.value)
        options: list[typed.Expr] = []
        faulty = value is None
        for option in node.options:
            expr = self.infer(option, value.type if value is not None else None)
            if expr is None or value is None:
                faulty = True
                continue
            comparison = self.compared(option.span, "is", value, expr)
            if isinstance(comparison, typed.Comparison):
                value = comparison.left
                options.append(comparison.right)
            else:
                faulty = True
        if faulty or value is None:
            return None
        return typed.Membership(node.span, FlagType(), value, tuple(options))

    # ------------------------------------------------------------ choices

    def _if_else(self, node: tree.IfElse, expected: ValueType | None) -> Typed:
        condition = self.condition(node.condition)
        with self.assuming(condition, True):
            then = self.infer(node.then, expected)
        with self.assuming(condition, False):
            otherwise = self.infer(node.otherwise, expected or (then.type if then is not None else None))
        if condition is None or then is None or otherwise is None:
            return None
        return self.choice(node.span, [(condition, then)], otherwise)

    def _case(self, node: tree.Case, expected: ValueType | None) -> Typed:
        before = self.facts
        branches: list[tuple[Typed, Typed]] = []
        for branch in node.branches:
            condition = self.condition(branch.condition)
            with self.assuming(condition, True):
                value = self.infer(branch.value, expected)
            expected = expected or (value.type if value is not None else None)
            if condition is not None:  # the branches after this one run only where it did not hold
                self.facts = assume(condition, False, self.facts, self.structures)
            branches.append((condition, value))
        otherwise = self.infer(node.otherwise, expected)
        self.facts = before
        whole = [(c, v) for c, v in branches if c is not None and v is not None]
        if otherwise is None or len(whole) < len(branches):
            return None
        return self.choice(node.span, whole, otherwise)

    def choice(self, span: Span, branches: list[tuple[typed.Expr, typed.Expr]], otherwise: typed.Expr) -> Typed:
        """One of the branches' values; they must be of one type and unit."""
        alternatives = [*(value for _, value in branches), otherwise]
        merged = self.merged(alternatives, "choose between")
        if merged is None:
            return None
        alternatives, type_ = merged
        chosen = tuple((condition, value) for (condition, _), value in zip(branches, alternatives, strict=False))
        return typed.Choice(span, type_, chosen, alternatives[-1])

    def merged(self, exprs: list[typed.Expr], what: str) -> tuple[list[typed.Expr], ValueType] | None:
        """Values that stand for each other, and the type of any of them; None after a difference was reported."""
        if all(isinstance(each.type, NumberType) for each in exprs):
            unit = self.common_unit(exprs, what)
            if unit is None:
                return None
            exprs = [self.fitted(each, unit) for each in exprs]
            try:
                return exprs, arithmetic.chosen([each.type for each in exprs], unit)  # type: ignore[misc]
            except TooWide as error:
                self.too_wide(tree.Node(exprs[0].span.to(exprs[-1].span)), error)
                return None
        first = exprs[0]
        for other in exprs[1:]:
            if not same_type(first.type, other.type):
                self.symbols.fault(
                    values.TYPE_MISMATCH,
                    other.span,
                    f"cannot {what} {first.type} and {other.type}",
                    label=str(other.type),
                    also=(Label(first.span, str(first.type)),),
                )
                return None
        type_ = first.type
        if isinstance(type_, DateType):
            dates = [each.type for each in exprs if isinstance(each.type, DateType)]
            type_ = DateType(min(each.low for each in dates), max(each.high for each in dates))
        return exprs, type_


def same_type(left: ValueType, right: ValueType) -> bool:
    """Whether two values (numbers apart, which have units) can stand for each other."""
    if isinstance(left, MemberType | ReferenceType):
        return left == right
    if isinstance(left, RowType):
        return False
    return type(left) is type(right)
