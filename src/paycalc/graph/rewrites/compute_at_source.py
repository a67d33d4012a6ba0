"""What is made of the plan's values alone, or of those of one other row, is worked out there and not row by row.

broadcast(a) * broadcast(b)      ->  broadcast(a * b)
gather(i, a) - gather(i, b) * 2  ->  gather(i, a - b * 2)       where the other entity has no more rows
"""

from __future__ import annotations

from paycalc.check.typed import PLAN_GRAIN
from paycalc.graph.making import Maker, Rule
from paycalc.graph.nodes import Node, Operation

_ELSEWHERE = (
    Operation.INPUT,
    Operation.CONSTANT,
    Operation.FLAG,
    Operation.GATHER,
    Operation.BROADCAST,
    Operation.AGGREGATE,
    Operation.RUNNING,
)
_WRITTEN = (Operation.CONSTANT, Operation.FLAG)


def _at_source(maker: Maker, node: Node) -> Node | None:
    row: Node | None = None
    source = PLAN_GRAIN
    for each in node.operands:
        if each.operation is Operation.GATHER:
            of_this, there = each.operands
            # Equal row numbers, as where each entity has but one row, may be of rows of different entities.
            if row is not None and (row is not of_this or source != there.grain):
                return None
            row, source = of_this, there.grain
        elif each.operation is not Operation.BROADCAST and each.operation not in _WRITTEN:
            return None
    if row is None and all(each.operation in _WRITTEN for each in node.operands):
        return None
    if row is not None and not maker.has_no_more_rows(source, node.grain):
        return None
    operands = tuple([_there(maker, each, source) for each in node.operands])
    return maker.moved(maker.make(node.operation, operands, source, node.detail), row, node.grain)


def _there(maker: Maker, operand: Node, source: str) -> Node:
    """An operand at the grain of the source."""
    if operand.operation is Operation.GATHER:
        return operand.operands[1]
    if operand.operation in _WRITTEN:
        return maker.make(operand.operation, (), source, operand.detail)
    return maker.moved(operand.operands[0], None, source)


def _gather(maker: Maker, node: Node) -> Node | None:
    """What is the same at all rows need not be looked up; what is looked up in two steps is, at the rows between them,
    looked up in one."""
    row, there = node.operands
    if there.operation is Operation.BROADCAST:
        return maker.moved(there.operands[0], None, node.grain)
    if row.operation is Operation.GATHER:
        first, second = row.operands
        # What a Find has found is looked up once, for all that is read there: its cells are more than the rows behind.
        if first.operation is not Operation.FIND and maker.has_no_more_rows(second.grain, node.grain):
            between = maker.make(Operation.GATHER, (second, there), second.grain)
            return maker.moved(between, first, node.grain)
    return None


RULES: dict[Operation, Rule] = {operation: _at_source for operation in Operation if operation not in _ELSEWHERE}
RULES[Operation.GATHER] = _gather
