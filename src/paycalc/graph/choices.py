"""`if`, `case`, given() and default(): one value of several."""

from __future__ import annotations

from typing import TYPE_CHECKING

from paycalc.check.typed import Choice, Default, Given
from paycalc.graph.making import Maker
from paycalc.graph.nodes import Node, Operation
from paycalc.graph.worth import Number, Value, Worth, as_type

if TYPE_CHECKING:
    from paycalc.graph.build import Builder


def select(maker: Maker, condition: Node, then: Value, otherwise: Value) -> Value:
    """One of two values of the same form."""
    if isinstance(then, Number) and isinstance(otherwise, Number):
        whole = maker.of(Operation.SELECT, condition, then.whole, otherwise.whole)
        if then.divisor is None or otherwise.divisor is None:
            return Number(whole, then.places)
        return Number(whole, None, maker.of(Operation.SELECT, condition, then.divisor, otherwise.divisor))
    assert isinstance(then, Node) and isinstance(otherwise, Node)
    return maker.of(Operation.CHOOSE if then.is_flag else Operation.SELECT, condition, then, otherwise)


def build_choice(builder: Builder, expr: Choice, grain: str) -> Worth:
    """Only the conditions up to the one that holds, and the value chosen, are worked out: their faults count."""
    maker = builder.maker
    last = builder.worth(expr.otherwise, grain)
    value, fault = as_type(maker, last.value, expr.type), last.fault
    for condition, chosen in reversed(expr.branches):
        test, branch = builder.worth(condition, grain), builder.worth(chosen, grain)
        value = select(maker, test.node, as_type(maker, branch.value, expr.type), value)
        fault = maker.either(test.fault, _fault_of(maker, test.node, branch.fault, fault))
    return Worth(value, None, fault)


def _fault_of(maker: Maker, condition: Node, then: Node | None, otherwise: Node | None) -> Node | None:
    """The fault of the one of two values that a condition chooses."""
    if then is not None and otherwise is not None:
        return maker.of(Operation.CHOOSE, condition, then, otherwise)
    if then is not None:
        return maker.both(condition, then)
    return None if otherwise is None else maker.both(maker.negation(condition), otherwise)


def build_given(builder: Builder, expr: Given, grain: str) -> Worth:
    operand = builder.worth(expr.operand, grain)
    return Worth(operand.present or builder.maker.flag(True, grain), None, operand.fault)


def build_default(builder: Builder, expr: Default, grain: str) -> Worth:
    maker = builder.maker
    value, fallback = builder.worth(expr.value, grain), builder.worth(expr.fallback, grain)
    if value.present is None:
        return Worth(as_type(maker, value.value, expr.type), None, value.fault)
    chosen = select(
        maker, value.present, as_type(maker, value.value, expr.type), as_type(maker, fallback.value, expr.type)
    )
    of_fallback = _fault_of(maker, value.present, None, fallback.fault)
    return Worth(chosen, None, maker.either(value.fault, of_fallback))
