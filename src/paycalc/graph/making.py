"""Making nodes: each with its range, of equal ones only one, and rewritten where a rule knows a simpler one."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from paycalc.check.arithmetic import FACTOR_BITS_MAX, VALUE_BITS_MAX
from paycalc.check.typed import PLAN_GRAIN
from paycalc.graph.nodes import Node, Operation
from paycalc.graph.ranges import OfInput, Range, RowsOf, any_rows, bits, declared_range, range_of


class DoesNotFit(Exception):
    """A node may need more bits than the kernels have; `str()` says which."""


class Maker:
    """Makes nodes.

    ranges  of every node made
    rules   by operation: each gives a simpler node for one just made, or None
    shares  whether equal nodes are one
    """

    def __init__(
        self,
        of_input: OfInput = declared_range,
        rows: RowsOf | None = None,
        *,
        rules: Mapping[Operation, Sequence[Rule]] | None = None,
        shares: bool = True,
    ) -> None:
        self.ranges: dict[Node, Range] = {}
        self._of_input, self._rows = of_input, rows or any_rows
        self._rules = rules or {}
        self._shares = shares
        self._known: dict[object, Node] = {}

    def make(self, operation: Operation, operands: tuple[Node, ...], grain: str, detail: object = None) -> Node:
        """The node, or a simpler one that stands for it. Raises DoesNotFit."""
        key = (operation, operands, grain, detail)
        if self._shares:
            found = self._known.get(key)
            if found is not None:
                return found
        made = Node(operation, operands, grain, detail)
        ranges = self.ranges
        ranges[made] = range_of(made, [ranges[each] for each in operands], self._of_input, self._rows)
        result = made
        for rule in self._rules.get(operation, ()):
            simpler = rule(self, made)
            if simpler is not None:
                result = simpler
                break
        else:
            self._check_width(made)
        if self._shares:
            self._known[key] = result
        return result

    def _check_width(self, node: Node) -> None:
        low, high = self.ranges[node]
        if not -_VALUE_END < low <= high < _VALUE_END:
            raise DoesNotFit(f"{node.operation} of {bits((low, high))} bits")
        if node.operation in _WITH_FACTOR:
            a, b = (bits(self.ranges[each]) for each in node.operands)
            factor = min(a, b) if node.operation is Operation.MULTIPLY else b
            if factor > FACTOR_BITS_MAX:
                raise DoesNotFit(f"{node.operation} with a factor of {factor} bits")

    def has_no_more_rows(self, entity: str, other: str) -> bool:
        """Whether an entity is known to have no more rows than another."""
        if self._rows is any_rows:
            return False
        return entity == PLAN_GRAIN or (other != PLAN_GRAIN and self._rows(entity) <= self._rows(other))

    # ------------------------------------------------------------ the common ones

    def of(self, operation: Operation, *operands: Node, detail: object = None) -> Node:
        """A node at the grain of its operands."""
        return self.make(operation, operands, operands[0].grain, detail)

    def constant(self, value: int, grain: str) -> Node:
        return self.make(Operation.CONSTANT, (), grain, value)

    def flag(self, value: bool, grain: str) -> Node:
        return self.make(Operation.FLAG, (), grain, value)

    def known(self, node: Node) -> int | None:
        """The one number (of a flag 0 or 1) that the node holds at every row; None where there are more."""
        low, high = self.ranges[node]
        return low if low == high else None

    def negation(self, flag: Node) -> Node:
        return self.of(Operation.NOT, flag)

    def both(self, *flags: Node | None) -> Node | None:
        """Whether all hold; None stands for yes."""
        return self._joined(Operation.AND, flags)

    def either(self, *flags: Node | None) -> Node | None:
        """Whether any holds; None stands for no."""
        return self._joined(Operation.OR, flags)

    def _joined(self, operation: Operation, flags: Sequence[Node | None]) -> Node | None:
        result: Node | None = None
        for each in dict.fromkeys(flags):
            if each is not None:
                result = each if result is None else self.of(operation, result, each)
        return result

    def times(self, node: Node, factor: int) -> Node:
        """The node as often as a written number says."""
        return node if factor == 1 else self.of(Operation.MULTIPLY, node, self.constant(factor, node.grain))

    def bounded(self, node: Node, range: Range) -> Node:
        """The node, proven to lie in the range at every row."""
        low, high = self.ranges[node]
        if range[0] <= low and high <= range[1]:
            return node
        return self.of(Operation.GUARD, node, detail=range)

    def moved(self, node: Node, row: Node | None, grain: str) -> Node:
        """The node at another grain: of the row that `row` says, or of the plan; at its own grain as it is."""
        if row is not None and node.grain != PLAN_GRAIN:
            return self.make(Operation.GATHER, (row, node), grain)
        if node.grain == PLAN_GRAIN and grain != PLAN_GRAIN:
            return self.make(Operation.BROADCAST, (node,), grain)
        return node


Rule = Callable[[Maker, Node], Node | None]
_VALUE_END = 2**VALUE_BITS_MAX
_WITH_FACTOR = frozenset((Operation.MULTIPLY, Operation.DIVIDE, Operation.MODULO))
