"""From one pass of the schedule to the steps of its program."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping

from paycalc.engine.machine import number_rules as numbers
from paycalc.engine.machine import other_rules as others
from paycalc.engine.machine.assembly import Assembly
from paycalc.engine.machine.fusions import Fusions
from paycalc.engine.machine.packing import Pack, packs_of
from paycalc.engine.machine.schedule import Pass, Stored, here
from paycalc.engine.machine.values import Layout, Values
from paycalc.graph.nodes import Input, Node, Operation
from paycalc.graph.type_ranges import Range

TOGETHER_MIN = 3  # gathers by one reference; two are as quick one by one
TOGETHER_MAX = 24  # int32 in one and a half lines of the cache; all of them are in registers at once
TOGETHER_ROWS_RATIO = 4  # laying columns side by side costs about as much as gathering so many rows

_RULES: dict[Operation, Callable[[Values, Node], None]] = {
    Operation.ADD: numbers.lower_pair,
    Operation.MULTIPLY: numbers.lower_pair,
    Operation.MINIMUM: numbers.lower_pair,
    Operation.MAXIMUM: numbers.lower_pair,
    Operation.SUBTRACT: numbers.lower_subtract,
    Operation.NEGATE: numbers.lower_unary,
    Operation.ABSOLUTE: numbers.lower_unary,
    Operation.DIVIDE: numbers.lower_divide,
    Operation.MODULO: numbers.lower_modulo,
    Operation.GUARD: numbers.lower_guard,
    Operation.SELECT: numbers.lower_select,
    Operation.NUMBER_OF: numbers.lower_number_of,
    Operation.LESS: numbers.lower_comparison,
    Operation.LESS_EQUAL: numbers.lower_comparison,
    Operation.EQUAL: numbers.lower_comparison,
    Operation.SEARCH: others.lower_search,
    Operation.LOOKUP: others.lower_lookup,
    Operation.FIND: others.lower_find,
    Operation.NOT: others.lower_flags,
    Operation.AND: others.lower_flags,
    Operation.OR: others.lower_flags,
    Operation.SAME: others.lower_flags,
    Operation.CHOOSE: others.lower_flags,
    Operation.CIVIL: others.lower_civil,
    Operation.DATE_OF: others.lower_date,
    Operation.HOUR: others.lower_date,
    Operation.MINUTE: others.lower_date,
    Operation.YEAR: others.lower_date,
    Operation.MONTH: others.lower_date,
    Operation.DAY: others.lower_date,
    Operation.WEEKDAY: others.lower_date,
    Operation.DAYS_IN_MONTH: others.lower_date,
    Operation.MONTHS_BETWEEN: others.lower_date,
    Operation.YEARS_BETWEEN: others.lower_date,
    Operation.GATHER: others.lower_gather,
}


def lower(
    over: Pass,
    columns: Mapping[Node, Stored],
    ranges: Mapping[Node, Range],
    layouts: Mapping[tuple[str, Input], Layout],
    rows: Mapping[str, int] | None = None,
) -> Assembly:
    """The steps of a pass.

    columns  where the values of other entities' nodes lie
    rows     about how many rows each entity has, if that is known
    """
    return _PassLowering(over, columns, ranges, layouts, rows).lower()


class _PassLowering:
    def __init__(
        self,
        over: Pass,
        columns: Mapping[Node, Stored],
        ranges: Mapping[Node, Range],
        layouts: Mapping[tuple[str, Input], Layout],
        rows: Mapping[str, int] | None,
    ) -> None:
        self._rows = rows
        self._entity = over.entity
        self._at = Values(ranges, layouts, columns, over.loaded)
        packs = packs_of(over.aggregates, ranges)
        packed = {node for pack in packs for node in pack.nodes}
        self._sinks: list[tuple[Stored | Pack, tuple[Node, ...]]] = [(each, each.roots) for each in over.stores]
        self._sinks += [(columns[each], each.operands) for each in over.aggregates if each not in packed]
        self._sinks += [(pack, tuple(part for node in pack.nodes for part in node.operands)) for pack in packs]
        self._together: dict[Node, list[Node]] = {}  # gathers that are one operation
        self._done: set[Node] = set()
        self._fusions = Fusions(self._at, self._uses())

    def lower(self) -> Assembly:
        self._fusions.find(self._ordered(tuple(self._fusions.uses)))
        self._gather_together()
        for sink, roots in self._sinks:
            for node in self._ordered(roots):
                self._lower_node(node)
            if isinstance(sink, Pack):
                others.accumulate_packed(self._at, sink)
            elif sink.accumulated:
                others.accumulate(self._at, sink.node, sink.storage)
            else:
                others.store(self._at, sink)
        return self._at.assembly

    def _lower_node(self, node: Node) -> None:
        self._done.add(node)
        if node in self._fusions.inside or self._at.is_leaf(node):
            return
        if node in self._together:
            if not self._at.is_known(node):
                self._at.gather_rows(self._together[node])
            return
        rule = self._fusions.tops.get(node) or _RULES[node.operation]
        rule(self._at, node)

    def _uses(self) -> Counter[Node]:
        """Every node of the pass, with how many others or sinks read it."""
        roots = tuple(each for _, roots in self._sinks for each in roots)
        uses = Counter(roots)
        for node in self._ordered(roots):
            uses.update(self._operands(node))
        return uses

    def _gather_together(self) -> None:
        """Decides which gathers by one reference are one operation: of int32 and flags, from far fewer rows."""
        by_row: dict[Node, list[Node]] = {}
        for node in self._fusions.uses:
            if node.operation is Operation.GATHER and not self._at.is_leaf(node) and self._is_narrow(node):
                by_row.setdefault(node.operands[0], []).append(node)
        for nodes in by_row.values():
            for start in range(0, len(nodes), TOGETHER_MAX):
                part = nodes[start : start + TOGETHER_MAX]
                if len(part) >= TOGETHER_MIN:
                    self._together.update(dict.fromkeys(part, part))

    def _is_narrow(self, node: Node) -> bool:
        row, source = node.operands
        if self._rows is None or self._rows[self._entity] < TOGETHER_ROWS_RATIO * self._rows[source.grain]:
            return False
        return self._at.constant(row) is None and self._at.source_slot(source).storage in ("i32", "flags")

    def _operands(self, node: Node) -> tuple[Node, ...]:
        return () if self._at.is_leaf(node) else here(node)

    def _ordered(self, roots: tuple[Node, ...]) -> list[Node]:
        """What the roots need and no step has worked out yet, operands before those who use them."""
        ordered: dict[Node, None] = {}
        waiting = [(root, False) for root in reversed(roots)]
        while waiting:
            node, is_ready = waiting.pop()
            if node in ordered or node in self._done:
                continue
            if is_ready:
                ordered[node] = None
                continue
            waiting.append((node, True))
            waiting += [(each, False) for each in reversed(self._operands(node))]
        return list(ordered)
