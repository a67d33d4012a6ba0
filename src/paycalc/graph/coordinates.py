"""Arguments of tables and ladders as whole numbers that can be searched.

A coordinate is a whole number that rises with the value; that the value is at least a bound, or above it, is that the
coordinate has reached some whole number. Of a number with places that is the number itself, counted in units of its
last place. Of a fraction n / d it is floor(D n / d) + ceiling(D n / d), where all bounds are whole multiples of 1 / D:
an even number 2k on k / D, and 2k + 1 between k / D and the next one.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from fractions import Fraction
from math import lcm
from typing import TYPE_CHECKING

from paycalc.check.arithmetic import VALUE_BITS_MAX
from paycalc.check.typed import Key
from paycalc.check.types import DateType, MomentType, NumberType, Value, ValueType
from paycalc.graph.calendar_days import days_of, microseconds_of
from paycalc.graph.making import Maker
from paycalc.graph.nodes import Node, Operation
from paycalc.graph.ranges import Range, bits
from paycalc.graph.worth import Worth

if TYPE_CHECKING:
    from paycalc.graph.build import Builder


@dataclass(frozen=True)
class Coordinate:
    """scale: of a number, how many units are 1 (None: dates and moments); doubled: of a fraction.

    span  where the coordinate lies wherever anybody reads it; low above high where nobody does
    """

    node: Node
    scale: int | None
    doubled: bool
    span: Range

    def at_least(self, bound: Value) -> int:
        """The coordinate that says the value is at least the bound."""
        _, above = _units(bound, self.scale)
        return 2 * above if self.doubled else above

    def above(self, bound: Value) -> int:
        """The coordinate that says the value is above the bound."""
        below, _ = _units(bound, self.scale)
        return 2 * below + 1 if self.doubled else below + 1

    def lowest(self, value: Fraction) -> int:
        """The coordinate of the least value that is not below this one, which need not be a bound."""
        below, above = _units(value, self.scale)
        return below + above if self.doubled else above

    def highest(self, value: Fraction) -> int:
        """The coordinate of the greatest value that is not above this one, which need not be a bound."""
        below, above = _units(value, self.scale)
        return below + above if self.doubled else below


def _units(bound: Value, scale: int | None) -> tuple[int, int]:
    """The whole units that are not above the bound, and the least that are not below it."""
    if isinstance(bound, datetime):
        exact = microseconds_of(bound)
    elif isinstance(bound, date):
        exact = days_of(bound)
    else:
        assert scale is not None and isinstance(bound, Fraction)
        below, rest = divmod(bound.numerator * scale, bound.denominator)
        return below, below + bool(rest)
    return exact, exact


def coordinate(builder: Builder, worth: Worth, type_: ValueType, key: Key, bounds: Iterable[Value]) -> Coordinate:
    """The coordinate of an argument of a type, for a key and the bounds that are written of it."""
    maker = builder.maker
    if isinstance(type_, NumberType):
        assert isinstance(key.type, NumberType)
        number = worth.number
        ends = (key.type.interval.low, key.type.interval.high)
        if number.places is not None:
            found = Coordinate(number.whole, 10**number.places, False, (0, 0))
        else:
            assert number.divisor is not None
            written = [each for each in bounds if isinstance(each, Fraction)]
            scale = lcm(*(each.denominator for each in (*written, *ends)))
            low, high = min((*written, *ends)), max((*written, *ends))
            node = _doubled(maker, number.whole, number.divisor, scale, (low.__floor__(), high.__ceil__()))
            found = Coordinate(node, scale, True, (0, 0))
        low, high = max(type_.interval.low, ends[0]), min(type_.interval.high, ends[1])
        return Coordinate(found.node, found.scale, found.doubled, (found.lowest(low), found.highest(high)))
    if isinstance(type_, DateType):
        assert isinstance(key.type, DateType)
        first, last = max(type_.low, key.type.low), min(type_.high, key.type.high)
        return Coordinate(worth.node, None, False, (days_of(first), days_of(last)))
    assert isinstance(type_, MomentType)
    return Coordinate(worth.node, None, False, maker.ranges[worth.node])


def _doubled(maker: Maker, numerator: Node, divisor: Node, scale: int, reach: Range) -> Node:
    """floor(scale n / d) + ceiling(scale n / d), where n / d lies in `reach`; beyond it any number beyond it."""
    range = maker.ranges[numerator]
    if bits((range[0] * scale, range[1] * scale)) <= VALUE_BITS_MAX:
        scaled = maker.times(numerator, scale)
        below, above = (maker.of(Operation.DIVIDE, scaled, divisor, detail=each) for each in ("floor", "ceiling"))
        return maker.of(Operation.ADD, below, above)
    # The whole part, which need not be told apart beyond the bounds, and the rest, which is less than the divisor.
    whole = maker.of(Operation.DIVIDE, numerator, divisor, detail="floor")
    near = maker.of(Operation.GUARD, whole, detail=(reach[0] - 1, reach[1] + 1))
    rest = maker.times(maker.of(Operation.MODULO, numerator, divisor), scale)
    parts = [maker.of(Operation.DIVIDE, rest, divisor, detail=each) for each in ("floor", "ceiling")]
    return maker.of(Operation.ADD, maker.times(near, 2 * scale), maker.of(Operation.ADD, *parts))


def outside_fault(maker: Maker, position: Coordinate, type_: ValueType, key: Key) -> Node | None:
    """Whether an argument lies outside the range of its key; None where it cannot."""
    low: Value
    high: Value
    if isinstance(key.type, NumberType) and isinstance(type_, NumberType):
        low, high = key.type.interval.low, key.type.interval.high
        may_be_below, may_be_above = type_.interval.low < low, type_.interval.high > high
    elif isinstance(key.type, DateType) and isinstance(type_, DateType):
        low, high = key.type.low, key.type.high
        may_be_below, may_be_above = type_.low < low, type_.high > high
    else:
        return None
    node = position.node
    fault = None
    if may_be_below:
        fault = maker.of(Operation.LESS, node, maker.constant(position.at_least(low), node.grain))
    if may_be_above:
        beyond = maker.constant(position.above(high), node.grain)
        fault = maker.either(fault, maker.of(Operation.LESS_EQUAL, beyond, node))
    return fault
