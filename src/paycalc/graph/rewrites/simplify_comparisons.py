"""Comparisons of narrower numbers.

a * 100 < 250      ->  a < 3            a * 100 <= b * 10_000  ->  a <= b * 100
a + 5 <= 7         ->  a <= 2           a - b < 0              ->  a < b
"""

from __future__ import annotations

from math import gcd

from paycalc.graph.making import Maker, Rule
from paycalc.graph.nodes import Node, Operation
from paycalc.graph.rewrites.cancel_scales import common_factor, constant_of, without


def _compare(maker: Maker, node: Node) -> Node | None:
    a, b = node.operands
    if a is b:
        return maker.flag(node.operation is not Operation.LESS, node.grain)
    return _of_multiples(maker, node, a, b) or _of_sums(maker, node, a, b)


def _of_multiples(maker: Maker, node: Node, a: Node, b: Node) -> Node | None:
    left, right = constant_of(a), constant_of(b)
    if right is not None and _is_multiple(a):
        factor = common_factor(a)
        if node.operation is Operation.EQUAL:
            if right % factor:
                return maker.flag(False, node.grain)
            bound = right // factor
        else:  # a * f < k where a < k / f, rounded up;  a * f <= k where a <= k / f, rounded down
            bound = -(-right // factor) if node.operation is Operation.LESS else right // factor
        return maker.of(node.operation, without(maker, a, factor), maker.constant(bound, node.grain))
    if left is not None and _is_multiple(b):
        factor = common_factor(b)
        if node.operation is Operation.EQUAL:
            return maker.of(node.operation, b, a)
        bound = left // factor if node.operation is Operation.LESS else -(-left // factor)
        return maker.of(node.operation, maker.constant(bound, node.grain), without(maker, b, factor))
    if left is None and right is None and _is_multiple(a):
        common = gcd(common_factor(a), common_factor(b))
        if common > 1:
            return maker.of(node.operation, without(maker, a, common), without(maker, b, common))
    return None


def _is_multiple(node: Node) -> bool:
    """Whether the node is divisible by some whole number other than 1."""
    return node.operation is not Operation.CONSTANT and common_factor(node) > 1


def _of_sums(maker: Maker, node: Node, a: Node, b: Node) -> Node | None:
    left, right = constant_of(a), constant_of(b)
    if right is not None and a.operation is Operation.ADD:
        more = constant_of(a.operands[1])
        if more is not None:
            return maker.of(node.operation, a.operands[0], maker.constant(right - more, node.grain))
    if left is not None and b.operation is Operation.ADD:
        more = constant_of(b.operands[1])
        if more is not None:
            return maker.of(node.operation, maker.constant(left - more, node.grain), b.operands[0])
    if right == 0 and a.operation is Operation.SUBTRACT:
        return maker.of(node.operation, *a.operands)
    if left == 0 and b.operation is Operation.SUBTRACT:
        return maker.of(node.operation, b.operands[1], b.operands[0])
    return None


RULES: dict[Operation, Rule] = dict.fromkeys((Operation.LESS, Operation.LESS_EQUAL, Operation.EQUAL), _compare)
