"""gross, net, cost; who cannot be paid; and the sums over all who can."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from paycalc.check.arithmetic import ROWS_MAX, VALUE_BITS_MAX
from paycalc.check.typed import PLAN_GRAIN, Entity, Line, Total
from paycalc.check.types import NumberType
from paycalc.graph.making import Maker
from paycalc.graph.nodes import HIGH_BITS, Aggregation, Node, Operation
from paycalc.graph.ranges import bits
from paycalc.graph.worth import Number, Worth, at_places
from paycalc.reference.spread import PAYING_ROLES

if TYPE_CHECKING:
    from paycalc.graph.build import Builder


def rows_max(entity: Entity) -> int:
    """How many rows an entity has at most, in all; with more of them a run does not begin."""
    if entity.rows_max is None or entity.rows_max_per != PLAN_GRAIN:
        return ROWS_MAX
    return min(entity.rows_max, ROWS_MAX)


def build_total(builder: Builder, total: Total) -> Worth:
    """What is added less what is subtracted; the fault of any of them."""
    maker = builder.maker
    assert isinstance(total.type, NumberType) and total.type.places is not None
    places = total.type.places
    parts = [(at_places(maker, builder.lines[line].number, places).whole, adds) for line, adds in _signed(total)]
    result = _added_up(maker, parts)
    if result is None:
        result = maker.constant(0, total.entity)
    fault = maker.either(*(builder.lines[line].fault for line in (*total.added, *total.subtracted)))
    return Worth(builder.guarding.held(Number(result, total.type.places), total.type), None, fault)


def build_unpaid(builder: Builder) -> Node | None:
    """Whether a payee's pay meets a fault, or an assert does not hold."""
    maker, plan = builder.maker, builder.plan
    found: list[Node | None] = [builder.lines[line].fault for line in plan.lines if line.role in PAYING_ROLES]
    for assertion in plan.assertions:
        condition = builder.worth(assertion.condition, plan.payee)
        found += [condition.fault, maker.negation(condition.node)]
    return maker.either(*found)


def build_totals(builder: Builder, unpaid: Node | None) -> tuple[dict[str, Node], dict[str, Node]]:
    """The sums of all lines that are paid, by name; and the high parts of those that need two numbers.

    Those of gross, net and cost are made of the sums of the lines.
    """
    maker, plan = builder.maker, builder.plan
    paid = builder.input(None, "paid", plan.payee)
    counted = paid if unpaid is None else maker.of(Operation.AND, paid, maker.negation(unpaid))
    sums: dict[str, Node] = {}
    highs: dict[str, Node] = {}
    lines = [line for line in plan.lines if line.role in PAYING_ROLES]
    for line in lines:
        whole = at_places(maker, builder.lines[line].number, plan.currency_places).whole
        low, high = maker.ranges[whole]
        if bits((low, high)) + ROWS_MAX.bit_length() + len(lines).bit_length() > VALUE_BITS_MAX:
            unit = maker.constant(2**HIGH_BITS, plan.payee)
            highs[line.name] = _sum(builder, maker.of(Operation.DIVIDE, whole, unit, detail="floor"), counted)
            whole = maker.of(Operation.MODULO, whole, unit)
        sums[line.name] = _sum(builder, whole, counted)
    for total in plan.totals.values():
        sums[total.name] = _sum_of_sums(builder, total, sums) or maker.constant(0, PLAN_GRAIN)
        of_highs = _sum_of_sums(builder, total, highs)
        if of_highs is not None:
            highs[total.name] = of_highs
    return sums, highs


def _sum(builder: Builder, whole: Node, counted: Node) -> Node:
    entity = builder.plan.entities[builder.plan.payee]
    detail = Aggregation("sum", entity.name, None, rows_max(entity))
    return builder.maker.make(Operation.AGGREGATE, (whole, counted), PLAN_GRAIN, detail)


def _sum_of_sums(builder: Builder, total: Total, sums: dict[str, Node]) -> Node | None:
    return _added_up(builder.maker, [(sums[line.name], adds) for line, adds in _signed(total) if line.name in sums])


def _signed(total: Total) -> list[tuple[Line, bool]]:
    """The lines of a total, each with whether it is added."""
    return [*((line, True) for line in total.added), *((line, False) for line in total.subtracted)]


def _added_up(maker: Maker, parts: Sequence[tuple[Node, bool]]) -> Node | None:
    """What is added less what is subtracted; None of nothing."""
    result: Node | None = None
    for part, adds in parts:
        if result is None:
            result = part if adds else maker.of(Operation.NEGATE, part)
        else:
            result = maker.of(Operation.ADD if adds else Operation.SUBTRACT, result, part)
    return result
