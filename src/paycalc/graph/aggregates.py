"""Aggregates: over the rows that lead here through a reference, or to the plan."""

from __future__ import annotations

from typing import TYPE_CHECKING

from paycalc.check.typed import Aggregate
from paycalc.graph.nodes import Aggregation, Node, Operation
from paycalc.graph.totals import rows_max
from paycalc.graph.worth import Number, Value, Worth

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
        return _over(builder, expr, kind, tuple(each for each in operands if each is not None), grain)

    fault = None if of_row is None else over("any", of_row)
    match expr.operator:
        case "count":
            return Worth(Number(over("count", condition), 0), None, fault)
        case "any" | "all":
            assert value is not None
            return Worth(over(expr.operator, value.node, condition), None, fault)
        case "sum":
            assert value is not None
            return Worth(Number(over("sum", value.number.whole, condition), value.number.places), None, fault)
        case "mean":
            assert value is not None and value.number.places is not None
            count = over("count", condition)
            divisor = maker.times(count, 10**value.number.places)
            present = maker.of(Operation.LESS, maker.constant(0, grain), count)
            return Worth(Number(over("sum", value.number.whole, condition), None, divisor), present, fault)
    assert value is not None
    present = over("any", condition if condition is not None else maker.flag(True, entity))
    extreme: Value
    if isinstance(value.value, Number):
        extreme = Number(over(expr.operator, value.number.whole, condition), value.number.places)
    else:
        extreme = over(expr.operator, value.node, condition)
    return Worth(extreme, present, fault)


def _over(builder: Builder, expr: Aggregate, kind: str, operands: tuple[Node, ...], grain: str) -> Node:
    entity = builder.plan.entities[expr.entity]
    rows = rows_max(entity)
    if builder.tight and entity.rows_max is not None and entity.rows_max_per == grain:
        rows = min(rows, entity.rows_max)  # rows beyond it are faults; what they would add up to does not fit
    return builder.maker.make(
        Operation.AGGREGATE, operands, grain, Aggregation(kind, expr.entity, expr.reference, rows)
    )
