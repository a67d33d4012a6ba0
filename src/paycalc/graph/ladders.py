"""Ladders: how many steps of its group a base has reached is searched, and what they pay looked up.

With `k` steps reached, a marginal ladder pays C[k] + R[k] (base - T[k]): the rate and threshold of step k, and what
all steps below it pay in full. All of them are 0 where no step is reached. The numbers of all groups stand in one row,
those of a group from `starts` on, one for each k.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import pairwise
from typing import TYPE_CHECKING

from paycalc.check.typed import Key, LadderUse, Step
from paycalc.check.types import FlagType, MemberType, NumberType
from paycalc.check.types import Value as PlanValue
from paycalc.core.number import decimal_places
from paycalc.graph.coordinates import Coordinate, coordinate, outside_fault
from paycalc.graph.making import Maker
from paycalc.graph.nodes import Node, Operation, Steps
from paycalc.graph.worth import Number, Worth, at_places, narrowed, parts_of

if TYPE_CHECKING:
    from paycalc.graph.build import Builder


def build_ladder(builder: Builder, expr: LadderUse, grain: str) -> Worth:
    worths, fault = builder.all_of((*expr.groups, expr.base), grain)
    maker = builder.maker
    group: Node | None = None
    for worth, argument, key in zip(worths[:-1], expr.groups, expr.ladder.keys[:-1], strict=True):
        position, count, outside = _group_position(builder, worth, argument.type, key)
        group = position if group is None else maker.of(Operation.ADD, maker.times(group, count), position)
        fault = maker.either(fault, outside)
    base, key = worths[-1], expr.ladder.keys[-1]
    assert isinstance(expr.base.type, NumberType) and isinstance(key.type, NumberType)
    groups = [expr.ladder.groups[each] for each in _group_values(expr)]
    thresholds = [step.threshold for steps in groups for step in steps]
    along = coordinate(builder, base, expr.base.type, key, thresholds)
    fault = maker.either(fault, outside_fault(maker, along, expr.base.type, key))
    inside = builder.guarding.held(base.value, narrowed(expr.base.type, key.type.interval))
    assert isinstance(inside, Number)
    reached = _Reached.of(builder, expr, groups, group, along)
    return Worth(_OPERATORS[expr.operator](maker, expr, reached, inside), None, fault)


# ---------------------------------------------------------------- groups


def _domain(key: Key) -> Sequence[PlanValue]:
    """The values of a group key, in the order of their positions."""
    match key.type:
        case MemberType(members=members):
            return members
        case NumberType(interval=interval):
            return [Fraction(each) for each in range(int(interval.low), int(interval.high) + 1)]
    return (False, True)


def _group_values(expr: LadderUse) -> list[tuple[PlanValue, ...]]:
    values: list[tuple[PlanValue, ...]] = [()]
    for key in expr.ladder.keys[:-1]:
        values = [(*before, each) for before in values for each in _domain(key)]
    return values


def _group_position(builder: Builder, worth: Worth, type_: object, key: Key) -> tuple[Node, int, Node | None]:
    """The position of a group key's value, how many there are, and whether the value lies outside the key's range."""
    maker = builder.maker
    if isinstance(key.type, FlagType):
        return maker.of(Operation.NUMBER_OF, worth.node), 2, None
    if isinstance(key.type, MemberType):
        count = len(key.type.members)
        return maker.bounded(worth.node, (0, count - 1)), count, None
    assert isinstance(key.type, NumberType) and isinstance(type_, NumberType)
    low, high = int(key.type.interval.low), int(key.type.interval.high)
    outside = outside_fault(maker, coordinate(builder, worth, type_, key, ()), type_, key)
    numerator, divisor = parts_of(maker, worth.number)
    whole = numerator if worth.number.places == 0 else maker.of(Operation.DIVIDE, numerator, divisor, detail="floor")
    from_low = maker.of(Operation.SUBTRACT, maker.bounded(whole, (low, high)), maker.constant(low, whole.grain))
    return from_low, high - low + 1, outside


# ---------------------------------------------------------------- what is reached


@dataclass(frozen=True)
class _Reached:
    """position: of the number of steps reached among those of all groups."""

    maker: Maker
    position: Node
    groups: Sequence[Sequence[Step]]
    size: int

    @staticmethod
    def of(
        builder: Builder, expr: LadderUse, groups: Sequence[Sequence[Step]], group: Node | None, along: Coordinate
    ) -> _Reached:
        maker = builder.maker
        over = expr.ladder.over and expr.operator in ("slab", "reached")
        at = along.above if over else along.at_least
        steps = Steps(tuple(tuple(at(step.threshold) for step in each) for each in groups))
        if group is None or len(groups) == 1:
            count = maker.of(Operation.SEARCH, along.node, detail=steps)
            return _Reached(maker, count, groups, len(groups[0]) + 1)
        count = maker.of(Operation.SEARCH, along.node, group, detail=steps)
        starts = [offset + at for at, offset in enumerate(steps.offsets[:-1])]
        start = maker.of(Operation.LOOKUP, group, detail=tuple(starts))
        position = maker.of(Operation.ADD, start, count)
        # Plain intervals do not know that the count belongs to the start: the row of numbers is filled up.
        return _Reached(maker, position, groups, starts[-1] + max(len(each) for each in groups) + 1)

    def lookup(self, numbers: Callable[[Sequence[Step]], list[int]]) -> Node:
        """Of each group one number more than it has steps: what holds with none reached, one, two, ..."""
        found = [number for steps in self.groups for number in numbers(steps)]
        found += [found[-1]] * (self.size - len(found))
        return self.maker.of(Operation.LOOKUP, self.position, detail=tuple(found))


def _whole(value: object, places: int) -> int:
    assert isinstance(value, Fraction)
    scaled = value * 10**places
    assert scaled.denominator == 1
    return int(scaled)


def _finest(reached: _Reached) -> int:
    """The places of the thresholds."""
    return max(decimal_places(_fraction(step.threshold)) or 0 for steps in reached.groups for step in steps)


def _fraction(value: object) -> Fraction:
    assert isinstance(value, Fraction)
    return value


# ---------------------------------------------------------------- the operators


def _reached_value(maker: Maker, expr: LadderUse, reached: _Reached, base: Number) -> Number:
    places = _rate_places(expr)
    return Number(reached.lookup(lambda steps: [0, *(_whole(step.value, places) for step in steps)]), places)


def _slab(maker: Maker, expr: LadderUse, reached: _Reached, base: Number) -> Number:
    rate = _reached_value(maker, expr, reached, base)
    whole = maker.of(Operation.MULTIPLY, base.whole, rate.whole)
    assert rate.places is not None
    if base.places is not None:
        return Number(whole, base.places + rate.places)
    _, divisor = parts_of(maker, base)
    return Number(whole, None, maker.times(divisor, 10**rate.places))


def _marginal(maker: Maker, expr: LadderUse, reached: _Reached, base: Number) -> Number:
    finest, rate_places = _finest(reached), _rate_places(expr)
    places = finest if base.places is None else max(finest, base.places)
    rates = reached.lookup(lambda steps: [0, *(_whole(step.value, rate_places) for step in steps)])
    thresholds = reached.lookup(lambda steps: [0, *(_whole(step.threshold, places) for step in steps)])
    below = reached.lookup(lambda steps: _paid_below(steps, places + rate_places))
    if base.places is not None:
        whole = at_places(maker, base, places).whole
        above = maker.of(Operation.SUBTRACT, whole, thresholds)
        paid = maker.of(Operation.ADD, maker.of(Operation.MULTIPLY, above, rates), below)
        return Number(paid, places + rate_places)
    numerator, divisor = parts_of(maker, base)
    whole = maker.times(numerator, 10**finest)
    above = maker.of(Operation.SUBTRACT, whole, maker.of(Operation.MULTIPLY, thresholds, divisor))
    paid = maker.of(Operation.MULTIPLY, above, rates)
    paid = maker.of(Operation.ADD, paid, maker.of(Operation.MULTIPLY, below, divisor))
    return Number(paid, None, maker.times(divisor, 10 ** (finest + rate_places)))


def _paid_below(steps: Sequence[Step], places: int) -> list[int]:
    """What the steps below the last one reached pay in full."""
    found, total = [0, 0], Fraction(0)
    for step, following in pairwise(steps):
        total += (_fraction(following.threshold) - _fraction(step.threshold)) * step.value
        found.append(_whole(total, places))
    return found


def _interpolated(maker: Maker, expr: LadderUse, reached: _Reached, base: Number) -> Number:
    """v0 + (v1 - v0) (base - t0) / (t1 - t0), as (A d + V n) / (W d): n / d is the base, W the width between two
    thresholds, V = v1 - v0, A = v0 W - V t0. Outside the steps V is 0, and W any width."""
    finest, places = _finest(reached), _rate_places(expr)
    widths = [
        _whole(_fraction(b.threshold) - _fraction(a.threshold), finest)
        for steps in reached.groups
        for a, b in pairwise(steps)
    ]
    outside = min(widths, default=10**finest)

    def parts(steps: Sequence[Step]) -> list[tuple[int, int, int]]:
        """A, V, W for each number of steps reached."""
        first, last = (_whole(each.value, places) for each in (steps[0], steps[-1]))
        found = [(first * outside, 0, outside)]
        for a, b in pairwise(steps):
            start = _whole(a.threshold, finest)
            across, up = _whole(b.threshold, finest) - start, _whole(b.value - a.value, places)
            found.append((_whole(a.value, places) * across - up * start, up, across))
        return [*found, (last * outside, 0, outside)]

    def column(at: int) -> Node:
        return reached.lookup(lambda steps: [each[at] for each in parts(steps)])

    constant, rise, width = column(0), column(1), column(2)
    numerator, divisor = parts_of(maker, base)
    along = maker.of(Operation.MULTIPLY, maker.times(numerator, 10**finest), rise)
    whole = maker.of(Operation.ADD, maker.of(Operation.MULTIPLY, constant, divisor), along)
    return Number(whole, None, maker.times(maker.of(Operation.MULTIPLY, width, divisor), 10**places))


def _rate_places(expr: LadderUse) -> int:
    assert isinstance(expr.ladder.type, NumberType) and expr.ladder.type.places is not None
    return expr.ladder.type.places


_OPERATORS: Mapping[str, Callable[[Maker, LadderUse, _Reached, Number], Number]] = {
    "reached": _reached_value,
    "slab": _slab,
    "marginal": _marginal,
    "interpolate": _interpolated,
}
