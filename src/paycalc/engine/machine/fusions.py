"""Several nodes as one operation, where a node's value is read by one other alone: it then never reaches memory.

A fusion is found for the node at the top; the nodes inside it are not worked out by themselves. The last nodes of a
pass come first, so that none is inside two fusions.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from paycalc.engine.machine.lanes import I32_MAX, I64_MAX, Lane, lane_of
from paycalc.engine.machine.number_rules import MODES, is_fast
from paycalc.engine.machine.other_rules import table
from paycalc.engine.machine.values import Values
from paycalc.graph.nodes import Node, Operation, Steps

BANDS_MAX = 12  # so many comparisons cost no more than to look a place up and to fetch from there
_HIGHEST = {Lane.I32: I32_MAX, Lane.I64: I64_MAX}
_WORD = 2**64

Lowering = Callable[[Values, Node], None]


@dataclass
class Fusions:
    """tops: how the nodes at the top are worked out; inside: the nodes that are not worked out by themselves."""

    at: Values
    uses: Mapping[Node, int]
    tops: dict[Node, Lowering] = field(default_factory=dict)
    inside: set[Node] = field(default_factory=set)

    def find(self, nodes: Sequence[Node]) -> None:
        """Decides for all nodes of a pass, operands before those who use them."""
        for node in reversed(nodes):
            rule = _RULES.get(node.operation)
            if rule and node not in self.inside and not self.at.is_leaf(node) and self.at.constant(node) is None:
                found = rule(self, node)
                if found:
                    self.tops[node] = found
        self._leave_out_searches()

    def may_hold(self, node: Node, *operations: Operation) -> bool:
        """Whether the node may be inside another: it is one of these operations, and nobody else reads it."""
        if node.operation not in operations or self.uses[node] != 1 or node in self.inside:
            return False
        return not self.at.is_leaf(node) and self.at.constant(node) is None

    def _leave_out_searches(self) -> None:
        """A search is inside if all who read what it finds compare for themselves."""
        read: dict[Node, int] = {}
        for node in self.tops:
            if node.operation is Operation.LOOKUP:
                place = node.operands[0]
                read[place] = read.get(place, 0) + 1
        self.inside |= {place for place, count in read.items() if _is_search(place) and self.uses[place] == count}


def _in_lane(name: str, lane: Lane, *operands: Node, imm: int = 0, mode: int = 0) -> Lowering:
    """One operation of the lane, on flags and on numbers of the lane."""

    def lowering(at: Values, node: Node) -> None:
        registers = [at.flag(each) if each.is_flag else at.register(each, lane) for each in operands]
        result = Lane.FLAGS if node.is_flag else lane
        at.give(node, result, at.emit(f"{name}_{lane.name}", result, *registers, imm=imm, mode=mode))

    return lowering


# ---------------------------------------------------------------- numbers


def _sum(fusions: Fusions, node: Node) -> Lowering | None:
    """a + b * c, a + (p ? b : 0), a + b + c"""
    at = fusions.at
    for operation in (Operation.MULTIPLY, Operation.SELECT, Operation.ADD):
        for other, part in (node.operands, node.operands[::-1]):
            if not fusions.may_hold(part, operation):
                continue
            lane = at.lane(node, other, part, *_numbers(part))
            if lane is not at.lane(part) or (operation is Operation.MULTIPLY and lane is not at.lane(*part.operands)):
                continue
            found = _sum_with(at, operation, lane, other, part)
            if found:
                fusions.inside.add(part)
                return found
    return None


def _sum_with(at: Values, operation: Operation, lane: Lane, other: Node, part: Node) -> Lowering | None:
    if operation is Operation.MULTIPLY:
        return _in_lane("MULADD", lane, other, *part.operands)
    if operation is Operation.SELECT:
        flag, chosen, otherwise = part.operands
        return _in_lane("ADDZ", lane, other, flag, chosen) if at.constant(otherwise) == 0 else None
    if all(at.constant(each) is None for each in (other, *part.operands)):
        return _in_lane("ADD3", lane, other, *part.operands)
    return None


def _numbers(node: Node) -> tuple[Node, ...]:
    return node.operands[1:] if node.operation is Operation.SELECT else node.operands


def _greater(fusions: Fusions, node: Node) -> Lowering | None:
    """max(a - b, 0)"""
    at = fusions.at
    for zero, part in (node.operands, node.operands[::-1]):
        if at.constant(zero) != 0 or not fusions.may_hold(part, Operation.SUBTRACT, Operation.ADD):
            continue
        left, right = part.operands
        lane, taken = at.lane(node, part, left, right), at.constant(right)
        if part.operation is Operation.ADD:
            if taken is None:
                continue
            taken = -taken
        fusions.inside.add(part)
        return _in_lane("OVER", lane, left, right) if taken is None else _in_lane("OVERC", lane, left, imm=taken)
    return None


def _lesser(fusions: Fusions, node: Node) -> Lowering | None:
    """min(max(a, b), c)"""
    at = fusions.at
    for bound, part in (node.operands, node.operands[::-1]):
        if fusions.may_hold(part, Operation.MAXIMUM):
            operands = (*part.operands, bound)
            if all(at.constant(each) is None for each in operands):
                fusions.inside.add(part)
                return _in_lane("CLAMP", at.lane(node, part, *operands), *operands)
    return None


def _quotient(fusions: Fusions, node: Node) -> Lowering | None:
    """a * b / c, of a constant or of a column"""
    at, (product, divisor) = fusions.at, node.operands
    mode, by = str(node.detail), at.constant(divisor)
    if (by is not None and by <= 1) or not fusions.may_hold(product, Operation.MULTIPLY):
        return None
    if not is_fast(at.range(product), at.range(divisor)[1], mode):
        return None
    if by is None:
        if at.lane(node, divisor, *product.operands) is not Lane.I32:
            return None
        fusions.inside.add(product)
        return _in_lane("MULDIV_FAST", Lane.I32, *product.operands, divisor, mode=MODES[mode])
    # With narrow operands and a wide result, a widening product comes cheaper than widening both operands.
    if at.lane(*product.operands) is Lane.I32 and at.lane(node) is not Lane.I32:
        return None
    fusions.inside.add(product)
    lane = at.lane(node, *product.operands)
    return _in_lane("MULDIVC_FAST", lane, *product.operands, imm=by, mode=MODES[mode])


# ---------------------------------------------------------------- tables and intervals


def _looked_up(fusions: Fusions, node: Node) -> Lowering | None:
    """The value at the place that a search finds, or at any of few places: one comparison for each place where the
    value changes."""
    at, place, values = fusions.at, node.operands[0], node.detail
    assert isinstance(values, tuple)
    value, thresholds, over = place, tuple(range(1, len(values))), False
    if _is_search(place) and not at.is_leaf(place) and at.constant(place) is None:
        assert isinstance(place.detail, Steps)
        value, thresholds, over = place.operands[0], place.detail.groups[0], place.detail.over
    low, high = at.range(value)
    base, steps = values[0], []
    for threshold, before, after in zip(thresholds, values, values[1:], strict=False):
        if threshold < low or (threshold == low and not over):
            base = after
        elif threshold <= high and after != before:
            steps.append((threshold, after - before))
    lane = lane_of(at.range(value), at.range(node), *((each, each) for step in steps for each in step))
    if not steps or len(steps) > BANDS_MAX or lane is not at.lane(value):
        return None

    def lowering(at: Values, node: Node) -> None:
        compared = table([threshold for threshold, _ in steps], lane)
        added = table([base, *(step for _, step in steps)], lane)
        register = at.register(value, lane)
        name = f"BANDS_{lane.name}"
        found = at.emit(name, lane, register, slot=compared, second=added, mode=int(over), imm=len(steps))
        at.give(node, lane, found)

    return lowering


def _is_search(node: Node) -> bool:
    return node.operation is Operation.SEARCH and len(node.operands) == 1


def _interval(fusions: Fusions, node: Node) -> Lowering | None:
    """low <= a and a <= high; a < low or high < a"""
    at, (one, other) = fusions.at, node.operands
    if not all(fusions.may_hold(each, Operation.LESS, Operation.LESS_EQUAL) for each in node.operands):
        return None
    for left, right in ((one, other), (other, one)):
        (bound, value), (same, end) = left.operands, right.operands
        low, high = at.constant(bound), at.constant(end)
        if value is not same or low is None or high is None:
            continue
        low += left.operation is Operation.LESS
        high -= right.operation is Operation.LESS
        if node.operation is Operation.OR:  # of what lies from `low` on and of what lies up to `high`
            low, high = high + 1, low - 1
        lane = at.lane(value)
        if lane is Lane.I128 or not -_HIGHEST[lane] <= low <= high <= _HIGHEST[lane]:
            continue
        fusions.inside.update((one, other))
        return _between(lane, value, low, high, outside=node.operation is Operation.OR)
    return None


def _between(lane: Lane, value: Node, low: int, high: int, *, outside: bool) -> Lowering:
    def lowering(at: Values, node: Node) -> None:
        imm = high * _WORD + low % _WORD
        register = at.emit(f"BETWEEN_{lane.name}", Lane.FLAGS, at.register(value, lane), imm=imm)
        at.give(node, Lane.FLAGS, at.emit("NOT", Lane.FLAGS, register) if outside else register)

    return lowering


_RULES: dict[Operation, Callable[[Fusions, Node], Lowering | None]] = {
    Operation.ADD: _sum,
    Operation.MAXIMUM: _greater,
    Operation.MINIMUM: _lesser,
    Operation.DIVIDE: _quotient,
    Operation.LOOKUP: _looked_up,
    Operation.AND: _interval,
    Operation.OR: _interval,
}
