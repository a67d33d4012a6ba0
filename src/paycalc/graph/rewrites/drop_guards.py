"""A guard around what lies between its bounds anyway is not needed; of two guards one is enough."""

from __future__ import annotations

from paycalc.graph.making import Maker, Rule
from paycalc.graph.nodes import Node, Operation
from paycalc.graph.ranges import Range, within


def _bounds(node: Node) -> Range:
    assert isinstance(node.detail, tuple)
    low, high = node.detail
    return low, high


def _drop(maker: Maker, node: Node) -> Node | None:
    (operand,) = node.operands
    bounds = _bounds(node)
    if within(maker.ranges[operand], bounds):
        return operand
    if operand.operation is not Operation.GUARD:
        return None
    inner = _bounds(operand)
    met = max(bounds[0], inner[0]), min(bounds[1], inner[1])
    return maker.of(Operation.GUARD, operand.operands[0], detail=met) if met[0] <= met[1] else None


RULES: dict[Operation, Rule] = {Operation.GUARD: _drop}
