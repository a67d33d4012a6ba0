"""Aggregates: over the rows that lead here through a reference, or to the plan."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from paycalc.check.arithmetic import ROWS_MAX, VALUE_BITS_MAX, fraction_parts
from paycalc.check.typed import Aggregate
from paycalc.check.types import NumberType
from paycalc.graph.nodes import HIGH_BITS, Aggregation, Node, Operation
from paycalc.graph.ranges import bits
from paycalc.graph.totals import rows_max
from paycalc.graph.worth import Number, Value, Worth, whole_ends

if TYPE_CHECKING:
    from paycalc.graph.build import Builder


def build_aggregate(builder: Builder, expr: Aggregate, grain: str) -> Worth:
    """The condition is worked out for each row, the value where it holds: so the faults of any row count."""
    maker, entity = builder.maker, expr.entity
    where = None if expr.where is None else builder.worth(expr.where, entity)
    value = None if expr.value is None else builder.worth(expr.value, entity)
    condition = None if where is None else where.node
    of_value = None if value is None or value.fault is None else maker.both(condition, value.fault)
    of_row = maker.either(None if where is None else where.fault, of_value)

    def over(kind: str, *operands: Node | None) -> Node:
        given = tuple(each for each in operands if each is not None)
        detail = Aggregation(kind, entity, expr.reference, rows_max(builder.plan.entities[entity]))
        return maker.make(Operation.AGGREGATE, given, grain, detail)

    def summed(whole: Node) -> Node:
        if bits(maker.ranges[whole]) + ROWS_MAX.bit_length() <= VALUE_BITS_MAX:
            return over("sum", whole, condition)
        return _wide_sum(builder, expr, whole, lambda part: over("sum", part, condition))

    fault = None if of_row is None else over("any", of_row)
    match expr.operator:
        case "count":
            return Worth(Number(over("count", condition), 0), None, fault)
        case "any" | "all":
            assert value is not None
            return Worth(over(expr.operator, value.node, condition), None, fault)
        case "sum":
            assert value is not None
            return Worth(Number(summed(value.number.whole), value.number.places), None, fault)
        case "mean":
            assert value is not None and value.number.places is not None
            count = over("count", condition)
            divisor = maker.times(count, 10**value.number.places)
            present = maker.of(Operation.LESS, maker.constant(0, grain), count)
            return Worth(Number(summed(value.number.whole), None, divisor), present, fault)
    assert value is not None
    present = over("any", condition if condition is not None else maker.flag(True, entity))
    extreme: Value
    if isinstance(value.value, Number):
        extreme = Number(over(expr.operator, value.number.whole, condition), value.number.places)
    else:
        extreme = over(expr.operator, value.node, condition)
    return Worth(extreme, present, fault)


def _wide_sum(builder: Builder, expr: Aggregate, whole: Node, summed: Callable[[Node], Node]) -> Node:
    """The sum of numbers so wide that only the plan's bound of rows keeps it in its width.

    Where more rows lead to a row than the plan says, which is a fault, it is computed too, and must not overflow. So
    high and low parts are added up apart, and the high sum is held in its range before the two are put together.
    """
    maker = builder.maker
    assert isinstance(expr.type, NumberType)
    low, high = whole_ends(fraction_parts(expr.type)[0])
    sums = []
    for operation, mode in ((Operation.DIVIDE, "floor"), (Operation.MODULO, None)):
        unit = maker.constant(2**HIGH_BITS, whole.grain)
        sums.append(summed(maker.of(operation, whole, unit, detail=mode)))
    unit = maker.constant(2**HIGH_BITS, sums[0].grain)
    carried = maker.of(Operation.ADD, sums[0], maker.of(Operation.DIVIDE, sums[1], unit, detail="floor"))
    held = maker.of(Operation.GUARD, carried, detail=(low >> HIGH_BITS, high >> HIGH_BITS))
    return maker.of(Operation.ADD, maker.of(Operation.MULTIPLY, held, unit), maker.of(Operation.MODULO, sums[1], unit))
