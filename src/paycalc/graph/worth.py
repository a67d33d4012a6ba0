"""What an expression is worth in the graph: the nodes of its value, whether there is one, and whether it can be had."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import TypeAlias

from paycalc.check.arithmetic import fraction_parts, scaled
from paycalc.check.types import NumberType, ValueType
from paycalc.core.number import Interval
from paycalc.graph.making import Maker
from paycalc.graph.nodes import Node, Operation
from paycalc.graph.ranges import Range, bits, within

GUARDED_BITS = 31  # what is no wider is cheap, however loose its range
_GUARDED = 2**GUARDED_BITS


@dataclass(frozen=True)
class Number:
    """`whole` counted in units of the last of `places`; without places `whole` over `divisor`."""

    whole: Node
    places: int | None
    divisor: Node | None = None


# A number, the node of anything else, or the results of a table's row.
Value: TypeAlias = "Number | Node | tuple[Value, ...]"


@dataclass(frozen=True)
class Worth:
    """present: a flag, there is a value; None: always. fault: a flag, working it out meets a fault; None: never."""

    value: Value
    present: Node | None = None
    fault: Node | None = None

    @property
    def number(self) -> Number:
        assert isinstance(self.value, Number)
        return self.value

    @property
    def node(self) -> Node:
        """The value of what is no number."""
        assert isinstance(self.value, Node)
        return self.value


def mapped(value: Value, change: Callable[[Node], Node]) -> Value:
    """The value with each of its nodes changed."""
    match value:
        case Number(whole=whole, places=places, divisor=divisor):
            return Number(change(whole), places, None if divisor is None else change(divisor))
        case tuple():
            return tuple(mapped(each, change) for each in value)
    return change(value)


def whole_ends(interval: Interval) -> Range:
    """The whole numbers in an interval."""
    return interval.low.__ceil__(), interval.high.__floor__()


# ---------------------------------------------------------------- numbers of one form


def at_places(maker: Maker, number: Number, places: int) -> Number:
    """The same number counted in units of more places."""
    assert number.places is not None
    return Number(maker.times(number.whole, 10 ** (places - number.places)), places)


def parts_of(maker: Maker, number: Number) -> tuple[Node, Node]:
    """Numerator and divisor; a number with places is over a power of ten."""
    if number.divisor is not None:
        return number.whole, number.divisor
    assert number.places is not None
    return number.whole, maker.constant(10**number.places, number.whole.grain)


def as_type(maker: Maker, value: Value, type_: ValueType) -> Value:
    """A number in the form of a type: at its places, or as a fraction. Anything else as it is."""
    if not isinstance(value, Number) or not isinstance(type_, NumberType):
        return value
    if type_.places is not None:
        return at_places(maker, value, type_.places)
    numerator, divisor = parts_of(maker, value)
    return Number(numerator, None, divisor)


def aligned(maker: Maker, a: Number, b: Number) -> tuple[Node, Node]:
    """Two whole numbers that compare as the two numbers do: at the finer one's places, or cross-multiplied."""
    if a.places is not None and b.places is not None:
        places = max(a.places, b.places)
        return at_places(maker, a, places).whole, at_places(maker, b, places).whole
    (n1, d1), (n2, d2) = parts_of(maker, a), parts_of(maker, b)
    return maker.of(Operation.MULTIPLY, n1, d2), maker.of(Operation.MULTIPLY, n2, d1)


# ---------------------------------------------------------------- ranges that the checker has proven


@dataclass(frozen=True)
class Guarding:
    """Holds numbers inside the ranges that the checker has proven of them where anybody reads them.

    always  also where the looser range would cost nothing
    """

    maker: Maker
    always: bool

    def held(self, value: Value, type_: ValueType) -> Value:
        """A value of the type."""
        if not isinstance(value, Number) or not isinstance(type_, NumberType):
            return value
        low, high = self.maker.ranges[value.whole]
        if value.divisor is None and not self.always and low > -_GUARDED and high < _GUARDED:
            return value
        if value.divisor is None:
            whole = self.node(value.whole, whole_ends(scaled(type_)))
            return value if whole is value.whole else Number(whole, value.places)
        numerator, divisor = fraction_parts(type_)
        return Number(
            self.node(value.whole, whole_ends(numerator)), None, self.node(value.divisor, whole_ends(divisor))
        )

    def node(self, node: Node, proven: Range) -> Node:
        """A node that lies in `proven` where anybody reads it."""
        range = self.maker.ranges[node]
        if within(range, proven) or proven[0] > proven[1]:
            return node
        if self.always or (bits(range) > GUARDED_BITS and bits(range) > bits(proven)):
            return self.maker.of(Operation.GUARD, node, detail=proven)
        return node


def narrowed(type_: NumberType, interval: Interval) -> NumberType:
    """The type of its values inside an interval; where there are none, as it is."""
    met = type_.interval.meet(interval)
    return type_ if met is None else replace(type_, interval=met)
