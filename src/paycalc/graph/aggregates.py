"""Aggregates: over the rows that lead here through a reference, or to the plan. Running totals: over the rows that lead
where a row does, up to it.

Rows outside the period, and rows that are held back, count in neither. Where pay reads one and meets a fault at a row
of an entity that holds its bad rows, that row must be held: the fault stands in PlanGraph.held, and goes no further.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from paycalc.check.arithmetic import ROWS_MAX, VALUE_BITS_MAX, fraction_parts
from paycalc.check.typed import Aggregate, Reference, Running
from paycalc.check.types import NumberType, ValueType
from paycalc.graph import prepared
from paycalc.graph.nodes import HIGH_BITS, Aggregation, Node, Operation, RunningTotal
from paycalc.graph.ranges import bits
from paycalc.graph.reads import leads_somewhere
from paycalc.graph.totals import rows_max
from paycalc.graph.worth import Number, Value, Worth, whole_ends

if TYPE_CHECKING:
    from paycalc.graph.build import Builder


def build_aggregate(builder: Builder, expr: Aggregate, grain: str) -> Worth:
    """The condition is worked out for each row, the value where it holds: so the faults of any row count."""
    maker, entity = builder.maker, expr.entity
    where = None if expr.where is None else builder.worth(expr.where, entity)
    value = None if expr.value is None else builder.worth(expr.value, entity)
    condition, of_row = _of_rows(builder, entity, where, value, reference=expr.reference)

    def over(kind: str, *operands: Node | None) -> Node:
        given = tuple(each for each in operands if each is not None)
        detail = Aggregation(kind, entity, expr.reference, rows_max(builder.plan.entities[entity]))
        return maker.make(Operation.AGGREGATE, given, grain, detail)

    def summed(whole: Node) -> Node:
        return _summed(builder, expr.type, whole, lambda part: over("sum", part, condition))

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


def build_running(builder: Builder, expr: Running, grain: str) -> Worth:
    """A fault at one row is a fault of all rows of its group; what `where` leaves out adds nothing. A row that does not
    count has its place in the order too."""
    maker = builder.maker
    order = builder.worth(expr.order, grain)
    where = None if expr.where is None else builder.worth(expr.where, grain)
    value = None if expr.value is None else builder.worth(expr.value, grain)
    condition, of_row = _of_rows(builder, grain, where, value, order=order)
    rows = rows_max(builder.plan.entities[grain])

    def over(*operands: Node | None) -> Node:
        given = tuple(each for each in operands if each is not None)
        detail = RunningTotal(expr.operator, grain, expr.within, rows)
        ordered_by = order.value.whole if isinstance(order.value, Number) else order.node
        return maker.make(Operation.RUNNING, (ordered_by, *given), grain, detail)

    of_group = None if of_row is None else _of_group(builder, expr.within, of_row)
    fault = maker.either(of_group, order.fault)
    if value is None:
        count = over(condition)
        if where is None and condition is not None:  # at a row that does not count it is not 0 either
            count = maker.of(Operation.MAXIMUM, count, maker.constant(1, grain))
        return Worth(Number(count, 0), None, fault)
    whole = value.number.whole
    summed = _summed(builder, expr.type, whole, lambda part: over(part, condition))
    return Worth(Number(summed, value.number.places), None, fault)


def _of_group(builder: Builder, within: Reference, of_row: Node) -> Node:
    """Whether a flag holds at any row that leads where a row does."""
    maker, grain = builder.maker, of_row.grain
    detail = Aggregation("any", grain, within, rows_max(builder.plan.entities[grain]))
    of_group = maker.make(Operation.AGGREGATE, (of_row,), within.target, detail)
    return maker.moved(of_group, builder.input(within, "row", grain), grain)


# ---------------------------------------------------------------- which rows count


def _of_rows(
    builder: Builder,
    entity: str,
    where: Worth | None,
    value: Worth | None,
    *,
    order: Worth | None = None,
    reference: Reference | None = None,
) -> tuple[Node | None, Node | None]:
    """Which rows of an entity are taken in (None: all), and at which of them there is a fault (None: at none).

    A row that is to be held for its fault is left out at once, so that what is computed of the others holds good.
    """
    maker = builder.maker
    counted = _counted(builder, entity)
    holds = None if where is None else where.node
    taken = maker.both(counted, holds)
    of_value = None if value is None or value.fault is None else maker.both(holds, value.fault)
    fault = maker.either(*(each.fault for each in (where, order) if each is not None), of_value)
    if fault is None:
        return taken, None
    fault = maker.both(counted, fault)
    assert fault is not None
    if not (builder.is_paying and builder.plan.entities[entity].holds):
        return taken, fault
    _hold(builder, entity, reference, fault)
    return maker.both(taken, maker.negation(fault)), None


def _counted(builder: Builder, entity: str) -> Node | None:
    """Whether a row counts; None: each does."""
    declared = builder.plan.entities[entity]
    if declared.dated is None and not declared.holds:
        return None
    return builder.made(prepared.counted(entity), entity)


def _hold(builder: Builder, entity: str, reference: Reference | None, fault: Node) -> None:
    """The rows with a fault are to be held, if anybody meets them: one that leads nowhere is in no aggregate."""
    maker, before = builder.maker, builder.held.get(entity)
    if reference is not None and reference.optional:
        leads = leads_somewhere(builder, builder.input(reference, "row", entity))
        fault = maker.of(Operation.AND, leads, fault)
    builder.held[entity] = fault if before is None else maker.of(Operation.OR, before, fault)


# ---------------------------------------------------------------- sums


def _summed(builder: Builder, type_: ValueType, whole: Node, summed: Callable[[Node], Node]) -> Node:
    if bits(builder.maker.ranges[whole]) + ROWS_MAX.bit_length() <= VALUE_BITS_MAX:
        return summed(whole)
    return _wide_sum(builder, type_, whole, summed)


def _wide_sum(builder: Builder, type_: ValueType, whole: Node, summed: Callable[[Node], Node]) -> Node:
    """The sum of numbers so wide that only the plan's bound of rows keeps it in its width.

    Where more rows lead to a row than the plan says, which is a fault, it is computed too, and must not overflow. So
    high and low parts are added up apart, and the high sum is held in its range before the two are put together.
    """
    maker = builder.maker
    assert isinstance(type_, NumberType)
    low, high = whole_ends(fraction_parts(type_)[0])
    sums = []
    for operation, mode in ((Operation.DIVIDE, "floor"), (Operation.MODULO, None)):
        unit = maker.constant(2**HIGH_BITS, whole.grain)
        sums.append(summed(maker.of(operation, whole, unit, detail=mode)))
    unit = maker.constant(2**HIGH_BITS, sums[0].grain)
    carried = maker.of(Operation.ADD, sums[0], maker.of(Operation.DIVIDE, sums[1], unit, detail="floor"))
    held = maker.of(Operation.GUARD, carried, detail=(low >> HIGH_BITS, high >> HIGH_BITS))
    return maker.of(Operation.ADD, maker.of(Operation.MULTIPLY, held, unit), maker.of(Operation.MODULO, sums[1], unit))
