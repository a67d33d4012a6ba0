"""The functions of the language, of numbers and of dates."""

from __future__ import annotations

from typing import TYPE_CHECKING

from paycalc.check.typed import Apply, Expr
from paycalc.check.types import DateType, MomentType, NumberType
from paycalc.graph.choices import select
from paycalc.graph.conditions import less
from paycalc.graph.making import Maker
from paycalc.graph.nodes import Node, Operation
from paycalc.graph.worth import Number, Value, Worth, aligned, as_type

if TYPE_CHECKING:
    from paycalc.graph.build import Builder

_OF_DATE = {
    "year": Operation.YEAR,
    "month": Operation.MONTH,
    "day": Operation.DAY,
    "weekday": Operation.WEEKDAY,
    "days_in_month": Operation.DAYS_IN_MONTH,
}
_OF_CLOCK = {"hour": Operation.HOUR, "minute": Operation.MINUTE}
_BETWEEN = {"months_between": Operation.MONTHS_BETWEEN, "years_between": Operation.YEARS_BETWEEN}


def build_apply(builder: Builder, expr: Apply, grain: str) -> Worth:
    worths, fault = builder.all_of(expr.arguments, grain)
    if expr.function == "clamp":
        return _clamp(builder.maker, expr, worths, fault)
    values = [each.value for each in worths]
    return Worth(_apply(builder, expr, values), None, fault)


def _apply(builder: Builder, expr: Apply, values: list[Value]) -> Value:
    maker, function = builder.maker, expr.function
    match function:
        case "min" | "max":
            return _extreme(maker, function, [as_type(maker, each, expr.type) for each in values])
        case "abs":
            (number,) = values
            assert isinstance(number, Number)
            return Number(maker.of(Operation.ABSOLUTE, number.whole), number.places, number.divisor)
        case "mod":
            left, right = values
            assert isinstance(left, Number) and isinstance(right, Number)
            assert left.places is not None and right.places is not None
            whole = maker.of(Operation.MODULO, *aligned(maker, left, right))
            return Number(whole, max(left.places, right.places))
        case "hour" | "minute":
            return Number(maker.of(_OF_CLOCK[function], _civil(builder, values[0])), 0)
    days = [_days(builder, each, value) for each, value in zip(expr.arguments, values, strict=True)]
    if function == "date":
        return days[0]
    if function == "days_between":
        return Number(maker.of(Operation.SUBTRACT, days[1], days[0]), 0)
    return Number(maker.of(_OF_DATE.get(function) or _BETWEEN[function], *days), 0)


def _extreme(maker: Maker, function: str, values: list[Value]) -> Value:
    """The least or greatest of values of one form."""
    operation = Operation.MINIMUM if function == "min" else Operation.MAXIMUM
    so_far = values[0]
    for each in values[1:]:
        if isinstance(so_far, Number) and isinstance(each, Number):
            so_far = _lesser_or_greater(maker, operation, so_far, each)
        else:
            assert isinstance(so_far, Node) and isinstance(each, Node)
            so_far = maker.of(operation, so_far, each)
    return so_far


def _lesser_or_greater(maker: Maker, operation: Operation, a: Number, b: Number) -> Number:
    if a.divisor is None:
        return Number(maker.of(operation, a.whole, b.whole), a.places)
    takes_second = less(maker, b, a) if operation is Operation.MINIMUM else less(maker, a, b)
    chosen = select(maker, takes_second, b, a)
    assert isinstance(chosen, Number)
    return chosen


def _clamp(maker: Maker, expr: Apply, worths: list[Worth], fault: Node | None) -> Worth:
    """min(max(value, low), high); a fault where the lower bound lies above the upper one."""
    low, high = worths[1].number, worths[2].number
    types = expr.arguments[1].type, expr.arguments[2].type
    assert isinstance(types[0], NumberType) and isinstance(types[1], NumberType)
    if types[0].interval.high > types[1].interval.low:
        fault = maker.either(fault, less(maker, high, low))
    value, low_bound, high_bound = (as_type(maker, each.value, expr.type) for each in worths)
    raised = _extreme(maker, "max", [value, low_bound])
    return Worth(_extreme(maker, "min", [raised, high_bound]), None, fault)


# ---------------------------------------------------------------- dates


def _civil(builder: Builder, moment: Value) -> Node:
    """A moment as the clocks of the plan's time zone show it."""
    assert isinstance(moment, Node) and builder.plan.timezone is not None
    return builder.maker.of(Operation.CIVIL, moment, detail=builder.plan.timezone.key)


def _days(builder: Builder, expr: Expr, value: Value) -> Node:
    """A date; of a moment its civil date."""
    assert isinstance(value, Node)
    if isinstance(expr.type, MomentType):
        return builder.maker.of(Operation.DATE_OF, _civil(builder, value))
    assert isinstance(expr.type, DateType)
    return value
