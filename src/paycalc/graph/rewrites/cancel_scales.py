"""Numbers are brought to the same places by factors of ten; factors that meet are one, or cancel each other.

(a * 100) * 10  ->  a * 1000        (a * 1000) / 10_000  ->  a / 10        (a * 100) / (b * 10_000)  ->  a / (b * 100)
"""

from __future__ import annotations

from math import gcd

from paycalc.graph.making import Maker, Rule
from paycalc.graph.nodes import Node, Operation

_LOOKUP_MAX = 4_096  # values of a table that are multiplied here
_DEPTH_MAX = 4  # of sums and choices that are looked into


def constant_of(node: Node) -> int | None:
    """The number of a node that is a written one."""
    return node.detail if node.operation is Operation.CONSTANT else None  # type: ignore[return-value]


def _multiply(maker: Maker, node: Node) -> Node | None:
    a, b = node.operands
    factor = constant_of(b)
    if factor is None:
        return maker.of(Operation.MULTIPLY, b, a) if constant_of(a) is not None else None
    if factor == 1:
        return a
    if factor == -1:
        return maker.of(Operation.NEGATE, a)
    match a.operation:
        case Operation.MULTIPLY:
            inner = constant_of(a.operands[1])
            return None if inner is None else maker.times(a.operands[0], inner * factor)
        case Operation.NEGATE:
            return maker.times(a.operands[0], -factor)
        case Operation.LOOKUP:
            assert isinstance(a.detail, tuple)
            if len(a.detail) <= _LOOKUP_MAX:
                return maker.of(Operation.LOOKUP, *a.operands, detail=tuple(each * factor for each in a.detail))
        case Operation.SELECT:
            if all(constant_of(each) is not None for each in a.operands[1:]):
                return maker.of(
                    Operation.SELECT, a.operands[0], *(maker.times(each, factor) for each in a.operands[1:])
                )
    return None


def _add(maker: Maker, node: Node) -> Node | None:
    a, b = node.operands
    if constant_of(a) is not None and constant_of(b) is None:
        return maker.of(Operation.ADD, b, a)
    more = constant_of(b)
    if more == 0:
        return a
    if b.operation is Operation.NEGATE:
        return maker.of(Operation.SUBTRACT, a, b.operands[0])
    if more is not None and a.operation is Operation.ADD:
        inner = constant_of(a.operands[1])
        if inner is not None:
            return maker.of(Operation.ADD, a.operands[0], maker.constant(inner + more, node.grain))
    return None


def _subtract(maker: Maker, node: Node) -> Node | None:
    a, b = node.operands
    less = constant_of(b)
    if less is not None:
        return maker.of(Operation.ADD, a, maker.constant(-less, node.grain))
    if constant_of(a) == 0:
        return maker.of(Operation.NEGATE, b)
    if b.operation is Operation.NEGATE:
        return maker.of(Operation.ADD, a, b.operands[0])
    return maker.constant(0, node.grain) if a is b else None


def _negate(maker: Maker, node: Node) -> Node | None:
    (a,) = node.operands
    if a.operation is Operation.NEGATE:
        return a.operands[0]
    if a.operation is Operation.SUBTRACT:
        return maker.of(Operation.SUBTRACT, a.operands[1], a.operands[0])
    return None


def _divide(maker: Maker, node: Node) -> Node | None:
    dividend, divisor = node.operands
    if maker.ranges[divisor][1] <= 1:  # 1, or what counts as 1
        return dividend
    of_divisor = common_factor(divisor)
    if of_divisor <= 1:
        return None
    common = gcd(of_divisor, common_factor(dividend))
    if common <= 1:
        return None
    return maker.of(
        Operation.DIVIDE, without(maker, dividend, common), without(maker, divisor, common), detail=node.detail
    )


def common_factor(node: Node, depth: int = _DEPTH_MAX) -> int:
    """A whole number by which the node is divisible at every row, as far as its form tells; of 0 0."""
    match node.operation:
        case Operation.CONSTANT:
            return abs(int(node.detail))  # type: ignore[call-overload, no-any-return]
        case Operation.MULTIPLY:
            factor = constant_of(node.operands[1])
            return 1 if factor is None else abs(factor)
        case Operation.NEGATE if depth:
            return common_factor(node.operands[0], depth - 1)
        case Operation.ADD | Operation.SUBTRACT | Operation.MINIMUM | Operation.MAXIMUM if depth:
            first = common_factor(node.operands[0], depth - 1)
            return first if first == 1 else gcd(first, common_factor(node.operands[1], depth - 1))
        case Operation.SELECT if depth:
            first = common_factor(node.operands[1], depth - 1)
            return first if first == 1 else gcd(first, common_factor(node.operands[2], depth - 1))
    return 1


def without(maker: Maker, node: Node, factor: int) -> Node:
    """The node divided by a positive factor of `common_factor` of it."""
    match node.operation:
        case Operation.CONSTANT:
            return maker.constant(int(node.detail) // factor, node.grain)  # type: ignore[call-overload]
        case Operation.MULTIPLY:
            whole = constant_of(node.operands[1])
            assert whole is not None
            return maker.times(node.operands[0], whole // factor)
        case Operation.SELECT:
            kept = node.operands[:1]
        case _:
            kept = ()
    return maker.of(node.operation, *kept, *(without(maker, each, factor) for each in node.operands[len(kept) :]))


RULES: dict[Operation, Rule] = {
    Operation.MULTIPLY: _multiply,
    Operation.ADD: _add,
    Operation.SUBTRACT: _subtract,
    Operation.NEGATE: _negate,
    Operation.DIVIDE: _divide,
}
