"""Arithmetic and rounding. A quotient stays a fraction, one whole number over another, in the form that the checker has
proven to fit (check/arithmetic.py); only rounding makes a number with places of it again."""

from __future__ import annotations

from fractions import Fraction
from math import gcd
from typing import TYPE_CHECKING

from paycalc.check.arithmetic import FACTOR_BITS_MAX, fraction_parts
from paycalc.check.typed import Arithmetic, Constant, Negate, Round
from paycalc.check.types import NumberType
from paycalc.core.number import Interval, decimal_places
from paycalc.graph.making import DoesNotFit, Maker
from paycalc.graph.nodes import Node, Operation
from paycalc.graph.worth import Number, Worth, at_places, parts_of

if TYPE_CHECKING:
    from paycalc.graph.build import Builder


def build_negate(builder: Builder, expr: Negate, grain: str) -> Worth:
    operand = builder.worth(expr.operand, grain)
    number = operand.number
    return Worth(
        Number(builder.maker.of(Operation.NEGATE, number.whole), number.places, number.divisor), None, operand.fault
    )


def build_arithmetic(builder: Builder, expr: Arithmetic, grain: str) -> Worth:
    (left, right), fault = builder.all_of((expr.left, expr.right), grain)
    a, b, maker = left.number, right.number, builder.maker
    assert isinstance(expr.left.type, NumberType) and isinstance(expr.right.type, NumberType)
    types = expr.left.type, expr.right.type
    if expr.operator in ("+", "-"):
        return Worth(_sum(maker, expr, a, b, types), None, fault)
    if expr.operator == "*":
        return Worth(_product(maker, a, b), None, fault)
    assert isinstance(expr.type, NumberType)
    if expr.type.places is not None:  # by a written number whose reciprocal has places
        assert isinstance(expr.right, Constant) and isinstance(expr.right.value, Fraction)
        return Worth(_even_quotient(maker, a, expr.right.value, expr.type.places), None, fault)
    return Worth(_quotient(maker, a, b, types), None, fault)


def _sum(maker: Maker, expr: Arithmetic, a: Number, b: Number, types: tuple[NumberType, NumberType]) -> Number:
    operation = Operation.ADD if expr.operator == "+" else Operation.SUBTRACT
    if a.places is not None and b.places is not None:
        places = max(a.places, b.places)
        whole = maker.of(operation, at_places(maker, a, places).whole, at_places(maker, b, places).whole)
        return Number(whole, places)
    (n1, d1), (n2, d2) = parts_of(maker, a), parts_of(maker, b)
    of_left, of_right = (fraction_parts(each)[1] for each in types)
    if of_left == of_right and of_left.low == of_left.high:  # over the same number
        return Number(maker.of(operation, n1, n2), None, maker.constant(int(of_left.low), n1.grain))
    whole = maker.of(operation, maker.of(Operation.MULTIPLY, n1, d2), maker.of(Operation.MULTIPLY, n2, d1))
    return Number(whole, None, maker.of(Operation.MULTIPLY, d1, d2))


def _product(maker: Maker, a: Number, b: Number) -> Number:
    if a.places is not None and b.places is not None:
        return Number(maker.of(Operation.MULTIPLY, a.whole, b.whole), a.places + b.places)
    (n1, d1), (n2, d2) = parts_of(maker, a), parts_of(maker, b)
    return Number(maker.of(Operation.MULTIPLY, n1, n2), None, maker.of(Operation.MULTIPLY, d1, d2))


def _even_quotient(maker: Maker, a: Number, divisor: Fraction, places: int) -> Number:
    """By a number whose reciprocal has places: the product with it."""
    assert a.places is not None
    factor = 10 ** (places - a.places) / divisor
    assert factor.denominator == 1
    return Number(maker.times(a.whole, int(factor)), places)


def _quotient(maker: Maker, a: Number, b: Number, types: tuple[NumberType, NumberType]) -> Number:
    """(n1 / d1) / (n2 / d2) as one fraction. The sign of the divisor goes into the numerator."""
    (n1, d1), (n2, d2) = parts_of(maker, a), parts_of(maker, b)
    (_, divisor_left), (numerator, divisor_right) = (fraction_parts(each) for each in types)
    if numerator.low < 0 < numerator.high:
        is_negative = maker.of(Operation.LESS, n2, maker.constant(0, n2.grain))
        n1 = maker.of(Operation.SELECT, is_negative, maker.of(Operation.NEGATE, n1), n1)
        n2 = maker.of(Operation.ABSOLUTE, n2)
    elif numerator.high <= 0:
        n1, n2 = maker.of(Operation.NEGATE, n1), maker.of(Operation.NEGATE, n2)
    if _is_one(divisor_left) and _is_one(divisor_right):  # common powers of ten are left out
        common = Fraction(divisor_right.low, divisor_left.low)
        return Number(maker.times(n1, common.numerator), None, maker.times(n2, common.denominator))
    return Number(maker.of(Operation.MULTIPLY, n1, d2), None, maker.of(Operation.MULTIPLY, d1, n2))


def _is_one(interval: Interval) -> bool:
    return interval.low == interval.high


# ---------------------------------------------------------------- rounding


def build_round(builder: Builder, expr: Round, grain: str) -> Worth:
    """The value counted in steps, as a whole number; then as many of the steps."""
    maker = builder.maker
    operand = builder.worth(expr.value, grain)
    number, step = operand.number, expr.step
    places = decimal_places(step)
    assert places is not None
    if number.divisor is None:
        assert number.places is not None
        in_steps = 1 / (step * 10**number.places)
        whole = rounded_by(maker, maker.times(number.whole, in_steps.numerator), in_steps.denominator, expr.mode)
    else:
        dividend = maker.times(number.whole, step.denominator)
        whole = maker.of(Operation.DIVIDE, dividend, maker.times(number.divisor, step.numerator), detail=expr.mode)
    return Worth(Number(maker.times(whole, int(step * 10**places)), places), None, operand.fault)


def rounded_by(maker: Maker, dividend: Node, divisor: int, mode: str) -> Node:
    """dividend / divisor by a rounding mode; the divisor may be wider than one that the kernels divide by.

    Such a one is divided by in steps. Of the first step's quotient q and whether a rest remains only 2q or 2q + 1 goes
    on, over twice the rest of the divisor: between two whole numbers and at half of them nothing else matters, as long
    as what is still to be divided by is even.
    """
    while divisor.bit_length() > FACTOR_BITS_MAX:
        if divisor % 2:
            dividend, divisor = maker.times(dividend, 2), divisor * 2
        first = gcd(divisor, 10**18)
        if divisor // first % 2:
            first //= 2
        if first <= 2:  # no step would make it smaller
            raise DoesNotFit(f"rounding by a divisor of {divisor.bit_length()} bits")
        by = maker.constant(first, dividend.grain)
        below = maker.of(Operation.DIVIDE, dividend, by, detail="floor")
        above = maker.of(Operation.DIVIDE, dividend, by, detail="ceiling")
        dividend, divisor = maker.of(Operation.ADD, below, above), divisor // first * 2
    if divisor == 1:
        return dividend
    return maker.of(Operation.DIVIDE, dividend, maker.constant(divisor, dividend.grain), detail=mode)
