"""A node that holds one number at every row is that number."""

from __future__ import annotations

from paycalc.graph.making import Maker, Rule
from paycalc.graph.nodes import Node, Operation


def _fold(maker: Maker, node: Node) -> Node | None:
    low, high = maker.ranges[node]
    if low != high:
        return None
    return maker.flag(bool(low), node.grain) if node.is_flag else maker.constant(low, node.grain)


RULES: dict[Operation, Rule] = {
    operation: _fold for operation in Operation if operation not in (Operation.CONSTANT, Operation.FLAG)
}
