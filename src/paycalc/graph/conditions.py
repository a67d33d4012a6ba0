"""Comparisons, `in`, `and`, `or`, `not`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from paycalc.check.typed import Both, Comparison, Either, Membership, Not
from paycalc.graph.making import Maker
from paycalc.graph.nodes import Node, Operation
from paycalc.graph.worth import Number, Value, Worth, aligned

if TYPE_CHECKING:
    from paycalc.graph.build import Builder


def less(maker: Maker, a: Number, b: Number) -> Node:
    """Whether one number is less than another."""
    return maker.of(Operation.LESS, *aligned(maker, a, b))


def compare(maker: Maker, operator: str, left: Value, right: Value) -> Node:
    """The flag of `left OPERATOR right`, of two values of one type."""
    if isinstance(left, Number) and isinstance(right, Number):
        a, b = aligned(maker, left, right)
    else:
        assert isinstance(left, Node) and isinstance(right, Node)
        a, b = left, right
    match operator:
        case "<":
            return maker.of(Operation.LESS, a, b)
        case "<=":
            return maker.of(Operation.LESS_EQUAL, a, b)
        case ">":
            return maker.of(Operation.LESS, b, a)
        case ">=":
            return maker.of(Operation.LESS_EQUAL, b, a)
    equal = maker.of(Operation.SAME if a.is_flag else Operation.EQUAL, a, b)
    return equal if operator == "is" else maker.negation(equal)


def build_comparison(builder: Builder, expr: Comparison, grain: str) -> Worth:
    (left, right), fault = builder.all_of((expr.left, expr.right), grain)
    return Worth(compare(builder.maker, expr.operator, left.value, right.value), None, fault)


def build_membership(builder: Builder, expr: Membership, grain: str) -> Worth:
    (value, *options), fault = builder.all_of((expr.value, *expr.options), grain)
    maker = builder.maker
    found = maker.either(*(compare(maker, "is", value.value, each.value) for each in options))
    return Worth(found if found is not None else maker.flag(False, grain), None, fault)


def build_not(builder: Builder, expr: Not, grain: str) -> Worth:
    operand = builder.worth(expr.operand, grain)
    return Worth(builder.maker.negation(operand.node), None, operand.fault)


def build_both(builder: Builder, expr: Both, grain: str) -> Worth:
    """The right side is worked out, and its fault counts, only where the left holds."""
    maker = builder.maker
    left, right = builder.worth(expr.left, grain), builder.worth(expr.right, grain)
    of_right = None if right.fault is None else maker.both(left.node, right.fault)
    return Worth(maker.of(Operation.AND, left.node, right.node), None, maker.either(left.fault, of_right))


def build_either(builder: Builder, expr: Either, grain: str) -> Worth:
    """The right side is worked out, and its fault counts, only where the left does not hold."""
    maker = builder.maker
    left, right = builder.worth(expr.left, grain), builder.worth(expr.right, grain)
    of_right = None if right.fault is None else maker.both(maker.negation(left.node), right.fault)
    return Worth(maker.of(Operation.OR, left.node, right.node), None, maker.either(left.fault, of_right))
