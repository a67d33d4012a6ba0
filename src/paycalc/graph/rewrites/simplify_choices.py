"""Choices and conditions of which a part is known, or stands twice."""

from __future__ import annotations

from functools import partial

from paycalc.graph.making import Maker, Rule
from paycalc.graph.nodes import Aggregation, Node, Operation

_OPPOSITES = {Operation.LESS: Operation.LESS_EQUAL, Operation.LESS_EQUAL: Operation.LESS}


def _choice(maker: Maker, node: Node) -> Node | None:
    """Of SELECT and CHOOSE."""
    condition, then, otherwise = node.operands
    known = maker.known(condition)
    if known is not None:
        return then if known else otherwise
    if then is otherwise:
        return then
    if condition.operation is Operation.NOT:
        return maker.of(node.operation, condition.operands[0], otherwise, then)
    if then.operation is node.operation and then.operands[0] is condition:
        return maker.of(node.operation, condition, then.operands[1], otherwise)
    if otherwise.operation is node.operation and otherwise.operands[0] is condition:
        return maker.of(node.operation, condition, then, otherwise.operands[2])
    return None


def _choose(maker: Maker, node: Node) -> Node | None:
    condition, then, otherwise = node.operands
    if then.operation is Operation.FLAG or then is condition:
        if then is condition or then.detail:
            return maker.of(Operation.OR, condition, otherwise)
        return maker.of(Operation.AND, maker.negation(condition), otherwise)
    if otherwise.operation is Operation.FLAG or otherwise is condition:
        if otherwise is condition or not otherwise.detail:
            return maker.of(Operation.AND, condition, then)
        return maker.of(Operation.OR, maker.negation(condition), then)
    return _choice(maker, node)


def _junction(maker: Maker, node: Node, *, neutral: bool) -> Node | None:
    """Of AND, which holds with an operand that holds just as without it (`neutral`), and of OR, the other way round."""
    p, q = node.operands
    if maker.known(p) == neutral:
        return q
    if maker.known(q) == neutral or p is q or (p.operation is node.operation and q in p.operands):
        return p
    if q.operation is node.operation and p in q.operands:
        return q
    return maker.flag(not neutral, node.grain) if _are_opposite(p, q) else None


def _are_opposite(p: Node, q: Node) -> bool:
    return (p.operation is Operation.NOT and p.operands[0] is q) or (
        q.operation is Operation.NOT and q.operands[0] is p
    )


def _not(maker: Maker, node: Node) -> Node | None:
    (p,) = node.operands
    if p.operation is Operation.NOT:
        return p.operands[0]
    if p.operation in _OPPOSITES:
        return maker.of(_OPPOSITES[p.operation], p.operands[1], p.operands[0])
    return None


def _same(maker: Maker, node: Node) -> Node | None:
    p, q = node.operands
    if p is q:
        return maker.flag(True, node.grain)
    for known, other in ((maker.known(p), q), (maker.known(q), p)):
        if known is not None:
            return other if known else maker.negation(other)
    return None


def _minimum(maker: Maker, node: Node) -> Node | None:
    a, b = node.operands
    (a_low, a_high), (b_low, b_high) = maker.ranges[a], maker.ranges[b]
    if a is b or a_high <= b_low:
        return a
    return b if b_high <= a_low else None


def _maximum(maker: Maker, node: Node) -> Node | None:
    a, b = node.operands
    (a_low, a_high), (b_low, b_high) = maker.ranges[a], maker.ranges[b]
    if a is b or b_high <= a_low:
        return a
    return b if a_high <= b_low else None


def _absolute(maker: Maker, node: Node) -> Node | None:
    (a,) = node.operands
    low, high = maker.ranges[a]
    if low >= 0:
        return a
    return maker.of(Operation.NEGATE, a) if high <= 0 else None


def _aggregate(maker: Maker, node: Node) -> Node | None:
    """A condition that always holds is left out."""
    assert isinstance(node.detail, Aggregation)
    values = 0 if node.detail.kind == "count" else 1
    if len(node.operands) > values and maker.known(node.operands[values]) == 1:
        return maker.make(Operation.AGGREGATE, node.operands[:values], node.grain, node.detail)
    return None


RULES: dict[Operation, Rule] = {
    Operation.SELECT: _choice,
    Operation.CHOOSE: _choose,
    Operation.AND: partial(_junction, neutral=True),
    Operation.OR: partial(_junction, neutral=False),
    Operation.NOT: _not,
    Operation.SAME: _same,
    Operation.MINIMUM: _minimum,
    Operation.MAXIMUM: _maximum,
    Operation.ABSOLUTE: _absolute,
    Operation.AGGREGATE: _aggregate,
}
