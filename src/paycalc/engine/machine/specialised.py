"""The graph as one run needs it: what the ranges of this run decide is decided before any row is computed.

A node with one possible value is a constant, a clamp that never bites is its operand, an `and` with a flag that always
holds is the other flag. Ranges hold at every row, also where nobody reads, so the values of what is left do not change.
Aggregates get one form: the value (or flag) that each row adds, and the row's group.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from paycalc.engine.machine.lanes import EITHER, NO, YES, Range
from paycalc.graph.nodes import Aggregation, Input, Node, Operation, in_order
from paycalc.graph.ranges import within


@dataclass(frozen=True)
class Specialised:
    """nodes: what each node of the graph became; ranges: of every node after it."""

    nodes: Mapping[Node, Node]
    ranges: Mapping[Node, Range]


def specialise(roots: Sequence[Node], ranges: Mapping[Node, Range], of_input: Callable[[Input], Range]) -> Specialised:
    """The graph under these roots for the ranges of one run. of_input: the ranges of inputs."""
    return _Specialiser(ranges, of_input).specialise(roots)


class _Specialiser:
    def __init__(self, ranges: Mapping[Node, Range], of_input: Callable[[Input], Range]) -> None:
        self._given = ranges
        self._of_input = of_input
        self._nodes: dict[Node, Node] = {}
        self._ranges: dict[Node, Range] = {}
        self._constants: dict[tuple[str, int, bool], Node] = {}
        self._inputs: dict[tuple[str, Input], Node] = {}

    def specialise(self, roots: Sequence[Node]) -> Specialised:
        for each in in_order(roots):
            self._nodes[each] = self._specialised(each)
        return Specialised(self._nodes, self._ranges)

    def _specialised(self, node: Node) -> Node:
        found = self._given[node]
        if found[0] == found[1]:
            return self._constant(node.grain, found[0], node.is_flag)
        if node.operation is Operation.INPUT:
            assert isinstance(node.detail, Input)
            return self._input(node.grain, node.detail, found)
        if node.operation is Operation.AGGREGATE:
            return self._aggregate(node, found)
        operands = tuple(self._nodes[each] for each in node.operands)
        if alias := self._alias(node, operands):
            return alias
        return self._made(node.operation, operands, node.grain, node.detail, found)

    def _made(self, operation: Operation, operands: tuple[Node, ...], grain: str, detail: object, found: Range) -> Node:
        made = Node(operation, operands, grain, detail)
        self._ranges[made] = found
        return made

    def _constant(self, grain: str, value: int, is_flag: bool) -> Node:
        known = self._constants.get((grain, value, is_flag))
        if known is None:
            operation, detail = (Operation.FLAG, bool(value)) if is_flag else (Operation.CONSTANT, value)
            known = self._made(operation, (), grain, detail, (value, value))
            self._constants[(grain, value, is_flag)] = known
        return known

    def _input(self, grain: str, detail: Input, found: Range) -> Node:
        known = self._inputs.get((grain, detail))
        if known is None:
            known = self._inputs[(grain, detail)] = self._made(Operation.INPUT, (), grain, detail, found)
        return known

    def _alias(self, node: Node, operands: tuple[Node, ...]) -> Node | None:
        """The operand that always has the node's value, if there is one."""
        ranges = [self._ranges[each] for each in operands]
        match node.operation:
            case Operation.ADD:
                return _where(ranges, operands, 1, 0) or _where(ranges, operands, 0, 0)
            case Operation.SUBTRACT:
                return _where(ranges, operands, 1, 0)
            case Operation.MULTIPLY:
                return _where(ranges, operands, 1, 1) or _where(ranges, operands, 0, 1)
            case Operation.DIVIDE:
                return operands[0] if ranges[1] == (1, 1) else None
            case Operation.ABSOLUTE:
                return operands[0] if ranges[0][0] >= 0 else None
            case Operation.GUARD:
                assert isinstance(node.detail, tuple)
                return operands[0] if within(ranges[0], node.detail) else None
            case Operation.MINIMUM | Operation.MAXIMUM:
                return _extreme(node.operation is Operation.MINIMUM, ranges, operands)
            case Operation.SELECT | Operation.CHOOSE:
                if ranges[0] in (NO, YES):
                    return operands[1] if ranges[0] == YES else operands[2]
                return operands[1] if operands[1] is operands[2] else None
            case Operation.AND:
                return _where(ranges, operands, 1, 1) or _where(ranges, operands, 0, 1)
            case Operation.OR:
                return _where(ranges, operands, 1, 0) or _where(ranges, operands, 0, 0)
            case Operation.SAME:
                return _where(ranges, operands, 1, 1) or _where(ranges, operands, 0, 1)
            case Operation.NOT:
                return operands[0].operands[0] if operands[0].operation is Operation.NOT else None
        return None

    def _aggregate(self, node: Node, found: Range) -> Node:
        """In the form (added, group) or, over all rows of the entity, (added,)."""
        detail = node.detail
        assert isinstance(detail, Aggregation)
        operands = tuple(self._nodes[each] for each in node.operands)
        added = self._added(detail, operands)
        if detail.reference is None:
            return self._made(Operation.AGGREGATE, (added,), node.grain, detail, found)
        row = Input(detail.reference, "row")
        rows = self._of_input(row)
        if rows[0] == rows[1]:
            group = self._constant(detail.entity, rows[0], False)
        else:
            group = self._input(detail.entity, row, rows)
        return self._made(Operation.AGGREGATE, (added, group), node.grain, detail, found)

    def _added(self, detail: Aggregation, operands: tuple[Node, ...]) -> Node:
        """What a row adds: where its condition does not hold, what changes nothing."""
        entity = detail.entity
        yes = self._constant(entity, 1, True)
        if detail.kind == "count":
            return operands[0] if operands else yes
        value, condition = operands[0], operands[1] if len(operands) > 1 else yes
        given = self._ranges[condition]
        if given == YES:
            return value
        if detail.kind == "any":
            return self._flag(Operation.AND, (value, condition), entity)
        if detail.kind == "all":
            return self._flag(Operation.OR, (value, self._flag(Operation.NOT, (condition,), entity)), entity)
        low, high = self._ranges[value][0], self._ranges[value][1]
        other = {"sum": 0, "min": high, "max": low}[detail.kind]
        neutral = self._constant(entity, other, False)
        if given == NO:
            return neutral
        operands = (condition, value, neutral)
        return self._made(Operation.SELECT, operands, entity, None, (min(low, other), max(high, other)))

    def _flag(self, operation: Operation, operands: tuple[Node, ...], grain: str) -> Node:
        return self._made(operation, operands, grain, None, EITHER)


def _where(ranges: Sequence[Range], operands: Sequence[Node], place: int, value: int) -> Node | None:
    """The other operand where the one at `place` always is `value`."""
    return operands[1 - place] if ranges[place] == (value, value) else None


def _extreme(is_minimum: bool, ranges: Sequence[Range], operands: Sequence[Node]) -> Node | None:
    """The operand that is always the lesser (greater) one."""
    for this, other in ((0, 1), (1, 0)):
        if is_minimum and ranges[this][1] <= ranges[other][0]:
            return operands[this]
        if not is_minimum and ranges[this][0] >= ranges[other][1]:
            return operands[this]
    return None
