"""The graph of one run in the form that schedule and lowering work on.

Nodes with one possible value are constants, equal inputs are one node, and aggregates have one form: the value (or
flag) that each row adds, and the row's group. So have running totals: what orders the rows, and what each of them adds.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from paycalc.engine.machine.lanes import EITHER, NO, YES
from paycalc.graph.nodes import Aggregation, Input, Node, Operation, RunningTotal, in_order
from paycalc.graph.type_ranges import Range


@dataclass(frozen=True)
class Normal:
    """nodes: what each node of the graph became; ranges: of every node after it."""

    nodes: Mapping[Node, Node]
    ranges: Mapping[Node, Range]


def normalise(roots: Sequence[Node], ranges: Mapping[Node, Range], input_ranges: Mapping[Input, Range]) -> Normal:
    """The graph under these roots. ranges: of its nodes; input_ranges: also of references that only aggregates use."""
    return _Normaliser(ranges, input_ranges).normalise(roots)


class _Normaliser:
    def __init__(self, ranges: Mapping[Node, Range], input_ranges: Mapping[Input, Range]) -> None:
        self._given = ranges
        self._input_ranges = input_ranges
        self._nodes: dict[Node, Node] = {}
        self._ranges: dict[Node, Range] = {}
        self._constants: dict[tuple[str, int, bool], Node] = {}
        self._inputs: dict[tuple[str, Input], Node] = {}

    def normalise(self, roots: Sequence[Node]) -> Normal:
        for each in in_order(roots):
            self._nodes[each] = self._normal(each)
        return Normal(self._nodes, self._ranges)

    def _normal(self, node: Node) -> Node:
        found = self._given[node]
        if found[0] == found[1]:
            return self._constant(node.grain, found[0], node.is_flag)
        if node.operation is Operation.INPUT:
            assert isinstance(node.detail, Input)
            return self._input(node.grain, node.detail, found)
        operands = tuple(self._nodes[each] for each in node.operands)
        if node.operation is Operation.AGGREGATE:
            assert isinstance(node.detail, Aggregation)
            return self._aggregate(node.grain, node.detail, operands, found)
        if node.operation is Operation.RUNNING:
            assert isinstance(node.detail, RunningTotal)
            added = self._added(node.detail, operands[1:])
            return self._made(Operation.RUNNING, (operands[0], added), node.grain, found, node.detail)
        return self._made(node.operation, operands, node.grain, found, node.detail)

    def _made(
        self, operation: Operation, operands: tuple[Node, ...], grain: str, found: Range, detail: object = None
    ) -> Node:
        made = Node(operation, operands, grain, detail)
        self._ranges[made] = found
        return made

    def _constant(self, grain: str, value: int, is_flag: bool) -> Node:
        known = self._constants.get((grain, value, is_flag))
        if known is None:
            operation, detail = (Operation.FLAG, bool(value)) if is_flag else (Operation.CONSTANT, value)
            known = self._made(operation, (), grain, (value, value), detail)
            self._constants[(grain, value, is_flag)] = known
        return known

    def _input(self, grain: str, detail: Input, found: Range) -> Node:
        known = self._inputs.get((grain, detail))
        if known is None:
            known = self._inputs[(grain, detail)] = self._made(Operation.INPUT, (), grain, found, detail)
        return known

    def _aggregate(self, grain: str, detail: Aggregation, operands: tuple[Node, ...], found: Range) -> Node:
        """In the form (added, group) or, over all rows of the entity, (added,)."""
        added = self._added(detail, operands)
        if detail.reference is None:
            return self._made(Operation.AGGREGATE, (added,), grain, found, detail)
        row = Input(detail.reference, "row")
        rows = self._input_ranges[row]
        if rows[0] == rows[1]:
            group = self._constant(detail.entity, rows[0], False)
        else:
            group = self._input(detail.entity, row, rows)
        return self._made(Operation.AGGREGATE, (added, group), grain, found, detail)

    def _added(self, detail: Aggregation | RunningTotal, operands: tuple[Node, ...]) -> Node:
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
            return self._made(Operation.AND, (value, condition), entity, EITHER)
        if detail.kind == "all":
            otherwise = self._made(Operation.NOT, (condition,), entity, EITHER)
            return self._made(Operation.OR, (value, otherwise), entity, EITHER)
        low, high = self._ranges[value][0], self._ranges[value][1]
        other = {"sum": 0, "min": high, "max": low}[detail.kind]
        neutral = self._constant(entity, other, False)
        if given == NO:
            return neutral
        return self._made(Operation.SELECT, (condition, value, neutral), entity, (min(low, other), max(high, other)))
