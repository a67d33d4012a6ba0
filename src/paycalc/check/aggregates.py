"""Aggregates, running totals and means over days."""

from __future__ import annotations

from dataclasses import replace

from paycalc.check import arithmetic, typed
from paycalc.check.arithmetic import TooWide
from paycalc.check.expressions import Typed
from paycalc.check.faults import names, values
from paycalc.check.functions import FunctionChecker, whole
from paycalc.check.symbols import EntityScope, Symbols, suggestion
from paycalc.check.types import DateType, FlagType, MomentType, NumberType, ValueType
from paycalc.syntax import tree


class AggregateChecker(FunctionChecker):
    """Types what goes over rows or days; `calls` adds tables and ladders."""

    def __init__(self, symbols: Symbols) -> None:
        super().__init__(symbols)
        self._by_node[tree.Aggregate] = self._aggregate
        self._by_node[tree.Running] = self._running
        self._by_node[tree.Average] = self._average

    def _aggregate(self, node: tree.Aggregate, expected: ValueType | None) -> Typed:
        scope = self.symbols.entity(node.entity)
        if scope is None:
            return None
        if scope.name == typed.PLAN_GRAIN:
            message = "the plan has one row, so there is nothing to aggregate"
            self._report(names.NO_REFERENCE, node.entity, message, "read its values: `plan.NAME`")
            return None
        here = self.grain
        found, reference = self._reference(node, scope, here)
        if not found:
            return None
        value: Typed = None
        with self.at_grain(scope.name):
            where = self.condition(node.where) if node.where is not None else None
            with self.assuming(where, True):
                if node.value is not None and node.operator in ("any", "all"):
                    value = self.condition(node.value)
                elif node.value is not None:
                    value = self.infer(node.value)
        if (node.where is not None and where is None) or (node.value is not None and value is None):
            return None
        rows_max = arithmetic.ROWS_MAX
        if scope.rows_max is not None and scope.rows_max_per in (here, typed.PLAN_GRAIN):
            rows_max = scope.rows_max
        try:
            type_ = self._aggregate_type(node, value, rows_max)
        except TooWide as error:
            self.too_wide(node, error)
            return None
        if type_ is None:
            return None
        optional = node.operator in ("min", "max", "mean")
        return typed.Aggregate(node.span, type_, node.operator, scope.name, reference, value, where, optional=optional)

    def _aggregate_type(self, node: tree.Aggregate, value: Typed, rows_max: int) -> ValueType | None:
        if node.operator == "count":
            return whole(0, rows_max)
        assert value is not None and node.value is not None
        if node.operator in ("any", "all"):
            return FlagType()
        if node.operator in ("min", "max") and isinstance(value.type, DateType | MomentType):
            return value.type
        if not self.is_number(value, f"`{node.operator}`"):
            return None
        assert isinstance(value.type, NumberType)
        if value.type.places is None:
            self._report(
                values.QUOTIENT_NOT_ROUNDED,
                node.value,
                "an aggregate adds up rounded values; this is an exact fraction",
                "round it, e.g. `round(x, 2)`",
            )
            return None
        held = replace(value.type, bare=False)
        if node.operator == "sum":
            return arithmetic.summed(held, rows_max)
        return arithmetic.averaged(held, rows_max) if node.operator == "mean" else held

    def _reference(self, node: tree.Aggregate, scope: EntityScope, grain: str) -> tuple[bool, typed.Reference | None]:
        """The reference by which the rows point here; (True, None) for all rows, at the grain of the plan."""
        ways = [each for each in scope.references if each.target == grain]
        if node.via is not None:
            named = [each for each in ways if each.name == node.via.text]
            if named:
                return True, named[0]
            self._report(
                names.NO_REFERENCE,
                node.via,
                f"{scope.name} has no reference `{node.via.text}` to {grain}",
                suggestion(node.via.text, [each.name for each in ways], "its references are"),
            )
            return False, None
        if grain == typed.PLAN_GRAIN:
            return True, None
        if len(ways) == 1:
            return True, ways[0]
        if grain in scope.faulty:
            return False, None  # its reference was reported where it is declared
        if ways:
            listed = " or ".join(f"`via {each.name}`" for each in ways)
            self._report(
                names.AMBIGUOUS_REFERENCE,
                node,
                f"{scope.name} refers to {grain} in {len(ways)} ways",
                f"add {listed}",
            )
        else:
            self._report(
                names.NO_REFERENCE,
                node.entity,
                f"{scope.name} does not refer to {grain}",
                _reference_help(node, scope, grain, self.symbols),
            )
        return False, None

    # ------------------------------------------------------------ running totals

    def _running(self, node: tree.Running, expected: ValueType | None) -> Typed:
        scope = self.symbols.entities[self.grain]
        reference = self._group(node, scope)
        value: Typed = None
        with self.at_grain(self.grain):  # they are of the other rows of the group too, of which no fact is known
            where = self.condition(node.where) if node.where is not None else None
            order = self._order(node.by)
            with self.assuming(where, True):
                if node.value is not None:
                    value = self._summand(node.value, f"`{node.operator}`")
        if reference is None or order is None or (node.where is not None and where is None):
            return None
        rows_max = arithmetic.ROWS_MAX
        if scope.rows_max is not None and scope.rows_max_per in (reference.target, typed.PLAN_GRAIN):
            rows_max = scope.rows_max
        if node.value is None:
            return typed.Running(
                node.span, whole(0 if where else 1, rows_max), "count", reference, order, None, where
            )  # fmt: skip
        if value is None:
            return None
        assert isinstance(value.type, NumberType)
        try:
            type_ = arithmetic.summed(replace(value.type, bare=False), rows_max)
        except TooWide as error:
            self.too_wide(node, error)
            return None
        return typed.Running(node.span, type_, "sum", reference, order, value, where)

    def _group(self, node: tree.Running, scope: EntityScope) -> typed.Reference | None:
        """The reference whose rows make a group."""
        reference = scope.fields.get(node.within.text)
        if isinstance(reference, typed.Reference):
            if not reference.optional:
                return reference
            self._report(
                values.UNMET_OPTIONAL,
                node.within,
                f"`{reference.name}` may be missing, and then a row belongs to no group",
                "name a reference that every row has",
            )
        elif node.within.text not in scope.faulty:
            known = [each.name for each in scope.references]
            self._report(
                names.NO_REFERENCE,
                node.within,
                f"{scope.name} has no reference `{node.within.text}`",
                suggestion(node.within.text, known, "its references are"),
            )
        return None

    def _order(self, node: tree.Expression) -> Typed:
        """What the rows of a group are ordered by: a number, date or moment."""
        order = self.infer(node)
        if order is None or isinstance(order.type, DateType | MomentType):
            return order
        if not isinstance(order.type, NumberType):
            message = f"rows are ordered by a number, a date or a moment; this is {order.type}"
            self._report(values.TYPE_MISMATCH, node, message)
            return None
        return order if self._is_rounded(order, node, "rows are ordered by rounded values") else None

    def _summand(self, node: tree.Expression, what: str) -> Typed:
        """A number that can be added up."""
        value = self.number(node, what)
        if value is None or not self._is_rounded(value, node, "a running total adds up rounded values"):
            return None
        return value

    def _is_rounded(self, expr: typed.Expr, node: tree.Node, rule: str) -> bool:
        assert isinstance(expr.type, NumberType)
        if expr.type.places is None:
            message = f"{rule}; this is an exact fraction"
            self._report(values.QUOTIENT_NOT_ROUNDED, node, message, "round it, e.g. `round(x, 2)`")
        return expr.type.places is not None

    # ------------------------------------------------------------ means over days

    def _average(self, node: tree.Average, expected: ValueType | None) -> Typed:
        if not isinstance(node.operand, tree.Name):
            written = self.text_of(node.operand)
            self._report(
                values.PARAMETER_NEEDED,
                node.operand,
                f"`{written}` is no parameter" if written else "this is no parameter",
                "average the parameters in it, and compute with the means",
            )
            return None
        operand = self.infer_optional(node.operand)
        if operand is None or not isinstance(operand, typed.Read) or not self._is_averaged(node.operand, operand):
            return None
        assert isinstance(operand.type, NumberType)
        days = self.symbols.period_values["days"].type
        assert isinstance(days, NumberType)
        try:
            type_ = arithmetic.averaged(operand.type, int(days.interval.high), int(days.interval.low))
        except TooWide as error:
            self.too_wide(node, error)
            return None
        type_ = replace(type_, percent=operand.type.percent)
        return typed.Average(node.span, type_, replace(operand, by=None), optional=operand.optional)

    def _is_averaged(self, node: tree.Name, operand: typed.Read) -> bool:
        field = operand.field
        message, help_text = "", ""
        if not isinstance(field, typed.Parameter):
            message = f"`{node.text}` is no parameter, so it has one value for the whole period"
            help_text = "use it as it is; for the mean over rows write `mean(... of ENTITY)`"
        elif not isinstance(field.type, NumberType):
            message, help_text = f"`{node.text}` is {field.type}, and only numbers have a mean", "average a number"
        elif field.optional:
            message = f"`{node.text}` is optional, and may be missing on some days"
            help_text = "give it a default instead of `optional`"
        else:
            return True
        self._report(values.PARAMETER_NEEDED, node, message, help_text)
        return False


def _reference_help(node: tree.Aggregate, scope: EntityScope, grain: str, symbols: Symbols) -> str:
    shared = scope.references[0].name if scope.references else ""
    if scope.name == grain and shared:
        return (
            f"rows of the same {shared} are aggregated there: "
            f"`let {shared}.NAME = {node.operator}(... of {scope.name})`, then read `{shared}.NAME` here"
        )
    for between in scope.references:
        middle = symbols.entities.get(between.target)
        if middle is not None and any(each.target == grain for each in middle.references):
            outer = "sum" if node.operator == "count" else node.operator
            return (
                f"{scope.name} refers to {middle.name}, and that to {grain}: aggregate in two steps, "
                f"`{outer}({node.operator}(... {scope.name}) of {middle.name})`"
            )
    return f"declare `entity {scope.name} in {grain}`, or a column `{grain} : {grain}`"
