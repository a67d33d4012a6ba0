"""Ladders: how many steps of its group a base has reached is searched, and what they pay looked up.

With `k` steps reached, a marginal ladder pays C[k] + R[k] (base - T[k]): the rate and threshold of step k, and what
all steps below it pay in full. Rate and pay are 0 where no step is reached. The numbers of all groups stand in one row,
those of a group from `starts` on, one for each k. Of ladders from data the door prepares such rows.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import pairwise
from typing import TYPE_CHECKING, Protocol

from paycalc.check.typed import Key, LadderUse, Step
from paycalc.check.types import MemberType, NumberType
from paycalc.check.types import Value as PlanValue
from paycalc.core.number import decimal_places
from paycalc.graph import prepared
from paycalc.graph.coordinates import Coordinate, coordinate, outside_fault
from paycalc.graph.making import Maker
from paycalc.graph.nodes import Node, Operation, Steps
from paycalc.graph.numbers import rounded_by
from paycalc.graph.sheets import bounded_place, known_place, next_place, sheet_of
from paycalc.graph.type_ranges import range_of_type
from paycalc.graph.worth import Number, Worth, at_places, narrowed, parts_of

if TYPE_CHECKING:
    from paycalc.graph.build import Builder


def build_ladder(builder: Builder, expr: LadderUse, grain: str) -> Worth:
    worths, fault = builder.all_of((*expr.groups, expr.base), grain)
    maker, ladder = builder.maker, expr.ladder
    owner = prepared.owner_of(ladder)
    group: Node | None = None
    for at, worth in enumerate(worths[:-1]):
        if at == owner:
            continue
        position, count, outside = _group_position(builder, expr, at, worth, grain)
        group = position if group is None else next_place(maker, group, count, position)
        fault = maker.either(fault, outside)
    base, key = worths[-1], ladder.keys[-1]
    assert isinstance(expr.base.type, NumberType) and isinstance(key.type, NumberType)
    groups = [ladder.groups[each] for each in _group_values(expr)] if not ladder.from_data else []
    bounds = [step.threshold for steps in groups for step in steps]
    if ladder.from_data:
        assert key.type.places is not None
        bounds = [Fraction(1, 10**key.type.places)]
    along = coordinate(builder, base, expr.base.type, key, bounds)
    fault = maker.either(fault, outside_fault(maker, along, expr.base.type, key))
    inside = builder.guarding.held(base.value, narrowed(expr.base.type, key.type.interval))
    assert isinstance(inside, Number)
    reached: Reached
    if ladder.from_data:
        sheet = sheet_of(builder, ladder, expr.by, worths, grain)
        if group is not None:
            sheet = bounded_place(maker, maker.of(Operation.ADD, sheet, group))
        reached = _OfData.of(builder, expr, sheet, along)
    else:
        reached = _Written.of(builder, expr, groups, group, along)
    return Worth(_OPERATORS[expr.operator](maker, reached, inside), None, fault)


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


def _group_position(
    builder: Builder, expr: LadderUse, at: int, worth: Worth, grain: str
) -> tuple[Node, Node, Node | None]:
    """The position of a group key's value, how many there are, and whether the value lies outside the key's range."""
    maker, key = builder.maker, expr.ladder.keys[at]
    known = known_place(builder, expr.ladder, at, worth, grain)
    if known is not None:
        along, count = known
        assert count is not None  # of ladders it is known of every key
        return along, count, None
    type_ = expr.groups[at].type
    assert isinstance(key.type, NumberType) and isinstance(type_, NumberType)
    low, high = int(key.type.interval.low), int(key.type.interval.high)
    outside = outside_fault(maker, coordinate(builder, worth, type_, key, ()), type_, key)
    numerator, divisor = parts_of(maker, worth.number)
    whole = numerator if worth.number.places == 0 else maker.of(Operation.DIVIDE, numerator, divisor, detail="floor")
    from_low = maker.of(Operation.SUBTRACT, maker.bounded(whole, (low, high)), maker.constant(low, whole.grain))
    return from_low, maker.constant(high - low + 1, whole.grain), outside


# ---------------------------------------------------------------- what is reached


class Reached(Protocol):
    """The step that a base has reached, or that none is.

    finest      the places of the thresholds
    value       the step's value, 0 where none is reached
    threshold   the step's threshold at these places, any where none is reached
    paid_below  at these places: what the steps below it pay in full
    between     of a base n / d, n at the places of the thresholds: a whole number and a run, of which whole / (run d)
                lies, at the value's places, on the straight line from the step to the next; outside the steps it is
                the nearest value
    """

    @property
    def finest(self) -> int: ...
    def value(self) -> Number: ...
    def threshold(self, places: int) -> Node: ...
    def paid_below(self, places: int) -> Node: ...
    def between(self, numerator: Node, divisor: Node) -> tuple[Node, Node]: ...


@dataclass(frozen=True)
class _Written:
    """Of a ladder written in the plan. position: of the number of steps reached among those of all groups."""

    maker: Maker
    position: Node
    groups: Sequence[Sequence[Step]]
    size: int
    value_places: int

    @staticmethod
    def of(
        builder: Builder, expr: LadderUse, groups: Sequence[Sequence[Step]], group: Node | None, along: Coordinate
    ) -> _Written:
        maker, places = builder.maker, _value_places(expr)
        over = expr.ladder.over and expr.operator in ("slab", "reached")
        at = along.above if over else along.at_least
        steps = Steps(tuple(tuple(at(step.threshold) for step in each) for each in groups))
        if group is None or len(groups) == 1:
            count = maker.of(Operation.SEARCH, along.node, detail=steps)
            return _Written(maker, count, groups, len(groups[0]) + 1, places)
        count = maker.of(Operation.SEARCH, along.node, group, detail=steps)
        starts = [offset + at for at, offset in enumerate(steps.offsets[:-1])]
        start = maker.of(Operation.LOOKUP, group, detail=tuple(starts))
        position = maker.of(Operation.ADD, start, count)
        # Plain intervals do not know that the count belongs to the start: the row of numbers is filled up.
        return _Written(maker, position, groups, starts[-1] + max(len(each) for each in groups) + 1, places)

    @property
    def finest(self) -> int:
        return max(decimal_places(_fraction(step.threshold)) or 0 for steps in self.groups for step in steps)

    def value(self) -> Number:
        places = self.value_places
        return Number(self._lookup(lambda steps: [0, *(_whole(step.value, places) for step in steps)]), places)

    def threshold(self, places: int) -> Node:
        return self._lookup(lambda steps: [0, *(_whole(step.threshold, places) for step in steps)])

    def paid_below(self, places: int) -> Node:
        return self._lookup(lambda steps: _paid_below(steps, places))

    def between(self, numerator: Node, divisor: Node) -> tuple[Node, Node]:
        """v0 + (v1 - v0) (n / d - t0) / (t1 - t0), as (A d + V n) / (W d): W the width between two thresholds,
        V = v1 - v0, A = v0 W - V t0. Outside the steps V is 0, and W any width."""
        finest, places = self.finest, self.value_places
        widths = [
            _whole(_fraction(b.threshold) - _fraction(a.threshold), finest)
            for steps in self.groups
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
            return self._lookup(lambda steps: [each[at] for each in parts(steps)])

        constant, rise, width = column(0), column(1), column(2)
        along = self.maker.of(Operation.MULTIPLY, numerator, rise)
        return self.maker.of(Operation.ADD, self.maker.of(Operation.MULTIPLY, constant, divisor), along), width

    def _lookup(self, numbers: Callable[[Sequence[Step]], list[int]]) -> Node:
        """Of each group one number more than it has steps: what holds with none reached, one, two, ..."""
        found = [number for steps in self.groups for number in numbers(steps)]
        found += [found[-1]] * (self.size - len(found))
        return self.maker.of(Operation.LOOKUP, self.position, detail=tuple(found))


@dataclass(frozen=True)
class _OfData:
    """Of a ladder from data. cell: of what the door prepares of its steps."""

    builder: Builder
    expr: LadderUse
    cell: Node

    @staticmethod
    def of(builder: Builder, expr: LadderUse, sheet: Node, along: Coordinate) -> _OfData:
        """Thresholds have the key's places, so that a base is at least one where its whole part at these places is, and
        above it where the next whole one is."""
        maker, ladder = builder.maker, expr.ladder
        key = ladder.keys[-1].type
        assert isinstance(key, NumberType) and key.places is not None and along.scale is not None
        mode = "ceiling" if ladder.over else "floor"
        low, high = range_of_type(key)
        node = builder.guarding.node(along.node, (along.lowest(key.interval.low), along.highest(key.interval.high)))
        if along.doubled:  # floor + ceiling: half of it, rounded
            whole = maker.of(Operation.DIVIDE, node, maker.constant(2, node.grain), detail=mode)
        else:
            finer = Fraction(10**key.places, along.scale)
            whole = rounded_by(maker, maker.times(node, finer.numerator), finer.denominator, mode)
        whole = builder.guarding.node(whole, (low, high))
        return _OfData(builder, expr, maker.of(Operation.FIND, whole, sheet, detail=prepared.steps_find(ladder)))

    @property
    def finest(self) -> int:
        key = self.expr.ladder.keys[-1].type
        assert isinstance(key, NumberType) and key.places is not None
        return key.places

    def value(self) -> Number:
        return Number(self._part("value"), _value_places(self.expr))

    def threshold(self, places: int) -> Node:
        return self.builder.maker.times(self._part("threshold"), 10 ** (places - self.finest))

    def paid_below(self, places: int) -> Node:
        own = self.finest + _value_places(self.expr)
        return self.builder.maker.times(self._part("paid"), 10 ** (places - own))

    def between(self, numerator: Node, divisor: Node) -> tuple[Node, Node]:
        """(v0 W d + V (n - t0 d)) / (W d), the names as above; of outside the steps V is 0 and W 1."""
        maker, kept, start = self.builder.maker, self._part("kept"), self._part("threshold")
        rise = maker.of(Operation.SUBTRACT, self._part("next value"), kept)
        run = maker.of(Operation.SUBTRACT, self._part("next threshold"), start)
        width = maker.of(Operation.MAXIMUM, run, maker.constant(1, run.grain))
        across = maker.of(Operation.MULTIPLY, width, divisor)
        along = maker.of(Operation.SUBTRACT, numerator, maker.of(Operation.MULTIPLY, start, divisor))
        # Between two steps it lies between them, and elsewhere it counts for nothing.
        inside = maker.bounded(along, (0, maker.ranges[across][1]))
        sum_of = maker.of(Operation.MULTIPLY, across, kept), maker.of(Operation.MULTIPLY, inside, rise)
        return maker.of(Operation.ADD, *sum_of), width

    def _part(self, part: str) -> Node:
        find, maker = prepared.steps_find(self.expr.ladder), self.builder.maker
        column = self.builder.made(prepared.step_part(self.expr.ladder, part), prepared.cells_of(find.name))
        return maker.moved(column, self.cell, self.cell.grain)


def _whole(value: object, places: int) -> int:
    assert isinstance(value, Fraction)
    whole: tuple[int, int] = divmod(value.numerator * 10**places, value.denominator)
    assert not whole[1]
    return whole[0]


def _fraction(value: object) -> Fraction:
    assert isinstance(value, Fraction)
    return value


def _paid_below(steps: Sequence[Step], places: int) -> list[int]:
    """What the steps below the last one reached pay in full."""
    found, total = [0, 0], Fraction(0)
    for step, following in pairwise(steps):
        total += (_fraction(following.threshold) - _fraction(step.threshold)) * step.value
        found.append(_whole(total, places))
    return found


def _value_places(expr: LadderUse) -> int:
    assert isinstance(expr.ladder.type, NumberType) and expr.ladder.type.places is not None
    return expr.ladder.type.places


# ---------------------------------------------------------------- the operators


def _reached_value(maker: Maker, reached: Reached, base: Number) -> Number:
    return reached.value()


def _slab(maker: Maker, reached: Reached, base: Number) -> Number:
    rate = reached.value()
    whole = maker.of(Operation.MULTIPLY, base.whole, rate.whole)
    assert rate.places is not None
    if base.places is not None:
        return Number(whole, base.places + rate.places)
    _, divisor = parts_of(maker, base)
    return Number(whole, None, maker.times(divisor, 10**rate.places))


def _marginal(maker: Maker, reached: Reached, base: Number) -> Number:
    finest, rate = reached.finest, reached.value()
    assert rate.places is not None
    if base.places is not None:
        places = max(finest, base.places)
        whole = at_places(maker, base, places).whole
        above = maker.of(Operation.SUBTRACT, whole, reached.threshold(places))
        below = reached.paid_below(places + rate.places)
        return Number(
            maker.of(Operation.ADD, maker.of(Operation.MULTIPLY, above, rate.whole), below), places + rate.places
        )
    numerator, divisor = parts_of(maker, base)
    whole = maker.times(numerator, 10**finest)
    above = maker.of(Operation.SUBTRACT, whole, maker.of(Operation.MULTIPLY, reached.threshold(finest), divisor))
    below = maker.of(Operation.MULTIPLY, reached.paid_below(finest + rate.places), divisor)
    paid = maker.of(Operation.ADD, maker.of(Operation.MULTIPLY, above, rate.whole), below)
    return Number(paid, None, maker.times(divisor, 10 ** (finest + rate.places)))


def _interpolated(maker: Maker, reached: Reached, base: Number) -> Number:
    numerator, divisor = parts_of(maker, base)
    whole, run = reached.between(maker.times(numerator, 10**reached.finest), divisor)
    places = reached.value().places
    assert places is not None
    return Number(whole, None, maker.times(maker.of(Operation.MULTIPLY, run, divisor), 10**places))


_OPERATORS: Mapping[str, Callable[[Maker, Reached, Number], Number]] = {
    "reached": _reached_value,
    "slab": _slab,
    "marginal": _marginal,
    "interpolate": _interpolated,
}
