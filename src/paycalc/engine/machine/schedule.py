"""Which passes over which entity's rows compute a graph, and what each of them leaves in columns.

A pass is one program over the rows of one entity. What another entity's rows gather, what the plan's row is spread from
and what is reported is stored by a pass at its own rows; an aggregate is accumulated by a pass over the rows that it
sums up. Both are sinks: the passes exist for them. Everything else is worked out in the passes whose sinks need it.
A running total is a sink of the pass that works out its operands: the pass leaves them in columns, and between it and
the next pass they are added up along the order of the rows.

A sink's level is at least one more than that of the sinks that its expression reads. It may wait for any later level up
to the one before its first reader, so that an entity's rows are read in as few passes as possible. What two passes over
one entity both need is worked out twice if that is cheap, and otherwise stored by the first.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from paycalc.engine.machine.lanes import COLUMN_STORAGE, LANE_OF_STORAGE, Lane, lane_of
from paycalc.graph.nodes import Aggregation, Node, Operation, RunningTotal, in_order
from paycalc.graph.type_ranges import Range

REPEATED_COST_MAX = 4  # what costs more is stored instead of worked out again
_COSTS = {
    Operation.CONSTANT: 0,
    Operation.FLAG: 0,
    Operation.BROADCAST: 0,
    Operation.GATHER: 2,
    Operation.DIVIDE: 3,
    Operation.MODULO: 4,
    Operation.SEARCH: 4,
    Operation.CIVIL: 5,
    Operation.FIND: 5,
    Operation.MONTHS_BETWEEN: 9,
    Operation.YEARS_BETWEEN: 9,
}


class Stored(NamedTuple):
    """A column that a pass leaves behind: a node's values in a storage (i32, i64, i128 or flags).

    accumulated  the groups' values of an aggregate, by a pass over the rows that it sums up; or the rows' values of a
                 running total, after a pass over its rows
    """

    node: Node
    storage: str
    accumulated: bool = False

    @property
    def rows_of(self) -> str:
        """Over whose rows the pass goes that leaves it."""
        if self.accumulated:
            assert isinstance(self.node.detail, Aggregation | RunningTotal)
            return self.node.detail.entity
        return self.node.grain

    @property
    def roots(self) -> tuple[Node, ...]:
        """What the pass works out for it."""
        return self.node.operands if self.accumulated else (self.node,)


class Running(NamedTuple):
    """A running total, and the columns of what its rows are ordered by (None: the operand is an input, and lies in
    memory already) and of what each of them adds."""

    total: Stored
    order: Stored | None
    added: Stored


@dataclass(frozen=True)
class Pass:
    """One program over the rows of an entity.

    stores      columns written at the rows
    aggregates  accumulated over the rows
    running     running totals, added up when all rows are done
    loaded      nodes of this grain that earlier passes have left in columns, and that are read from there
    """

    entity: str
    level: int
    stores: tuple[Stored, ...]
    aggregates: tuple[Node, ...]
    loaded: Mapping[Node, Stored]
    running: tuple[Running, ...] = ()


@dataclass(frozen=True)
class Schedule:
    """passes: in an order in which they can run; columns: where gathers, broadcasts and later passes read a node.

    reported  for each column asked for the one that has its values
    """

    passes: tuple[Pass, ...]
    columns: Mapping[Node, Stored]
    reported: Mapping[Stored, Stored]


def accumulator_storage(node: Node, found: Range) -> str:
    """How the groups' values of an aggregate lie in memory, or the rows' of a running total."""
    if node.is_flag:
        return "flags"
    return COLUMN_STORAGE[max(lane_of(found), Lane.I64)]


def schedule(reported: Sequence[Stored], roots: Sequence[Node], ranges: Mapping[Node, Range]) -> Schedule:
    """The passes that report these columns and leave the values of `roots` in columns of whatever storage."""
    return _Scheduler(reported, roots, ranges).schedule()


class _Scheduler:
    def __init__(self, reported: Sequence[Stored], roots: Sequence[Node], ranges: Mapping[Node, Range]) -> None:
        self._reported = list(dict.fromkeys(reported))
        self._ranges = ranges
        self._ordered = in_order(list(dict.fromkeys([*(each.node for each in self._reported), *roots])))
        self._columns: dict[Node, Stored] = {}
        self._sinks: dict[Stored, None] = {}
        self._answers: dict[Stored, Stored] = {}
        self._collect_sinks(roots)
        self._stores: dict[Node, list[Stored]] = {node: [] for node in self._ordered}
        for sink in self._sinks:
            if not sink.accumulated:
                self._stores[sink.node].append(sink)
        self._levels = self._sink_levels()
        self._costs: dict[Node, int] = {}  # of working a node out from the columns of its rows; too dear is enough
        for node in self._ordered:
            cost = _COSTS.get(node.operation, 1) + sum(self._costs[each] for each in here(node))
            self._costs[node] = min(cost, REPEATED_COST_MAX + 1)

    def schedule(self) -> Schedule:
        placed = self._placed()
        by_pass: dict[tuple[int, str], list[Stored]] = {}
        for sink in self._sinks:
            by_pass.setdefault((placed[sink], sink.rows_of), []).append(sink)
        drafts = [self._draft(entity, level, by_pass[(level, entity)]) for level, entity in sorted(by_pass)]
        first: dict[Node, _Draft] = {}
        for draft in drafts:
            self._settle(draft, first)
        written: set[Stored] = set()
        passes = [draft.made(written) for draft in drafts]
        done = tuple(each for each in passes if each.stores or each.aggregates or each.running)
        return Schedule(done, self._columns, self._answers)

    def _draft(self, entity: str, level: int, sinks: Sequence[Stored]) -> _Draft:
        """A pass with these sinks; in place of a running total it leaves the operands."""
        draft = _Draft(entity, level)
        for sink in sinks:
            if sink.node.operation is not Operation.RUNNING or not sink.accumulated:
                draft.sinks[sink] = None
                continue
            order, added = sink.node.operands
            kept = None
            if order.operation is not Operation.INPUT:
                kept = Stored(order, accumulator_storage(order, self._ranges[order]))
                draft.sinks[kept] = None
            summed = Stored(added, "flags" if added.is_flag else sink.storage)
            draft.sinks[summed] = None
            draft.running.append(Running(sink, kept, summed))
        return draft

    # ------------------------------------------------------------ sinks

    def _collect_sinks(self, roots: Sequence[Node]) -> None:
        """Aggregates, what is reported, what other entities read, and the roots."""
        for node in self._ordered:
            if node.operation in _ACCUMULATED:
                sink = Stored(node, accumulator_storage(node, self._ranges[node]), accumulated=True)
                self._columns[node] = self._add(sink)
        for each in self._reported:
            known = self._columns.get(each.node)
            self._answers[each] = known if known and known.storage == each.storage else self._add(each)
            if known is None and self._serves(each):
                self._columns[each.node] = each
        read = [each.operands[-1] for each in self._ordered if each.operation in _FROM_AFAR]
        for node in (*(each for each in read if each.operation is not Operation.INPUT), *roots):
            if node not in self._columns:
                self._columns[node] = self._add(Stored(node, self._own_storage(node)))

    def _add(self, sink: Stored) -> Stored:
        self._sinks[sink] = None
        return sink

    def _serves(self, column: Stored) -> bool:
        """Whether a reported column holds every value of its node, so that it can be read back."""
        lane = LANE_OF_STORAGE[column.storage]
        return column.node.is_flag or lane >= lane_of(self._ranges[column.node])

    def _own_storage(self, node: Node) -> str:
        return COLUMN_STORAGE[Lane.FLAGS if node.is_flag else lane_of(self._ranges[node])]

    # ------------------------------------------------------------ levels

    def _sink_levels(self) -> dict[Stored, int]:
        """The lowest level of each sink: one above the sinks that it reads."""
        ready: dict[Node, int] = {}  # the lowest level of a pass that can work the node out, or read it
        accumulated: dict[Node, int] = {}
        for node in self._ordered:
            levels = [ready[each] for each in node.operands]
            if reads_column(node):
                levels[-1] += 1
            ready[node] = max(levels, default=0)
            if node.operation in _ACCUMULATED:
                accumulated[node] = ready[node]
                ready[node] += 1
        return {sink: accumulated[sink.node] if sink.accumulated else ready[sink.node] for sink in self._sinks}

    def _placed(self) -> dict[Stored, int]:
        """The level of each sink: late enough that few passes are needed, and in these as early as can be."""
        needed: dict[str, set[int]] = {}
        for sink, level in self._latest().items():
            needed.setdefault(sink.rows_of, set()).add(level)
        placed: dict[Stored, int] = {}
        ready: dict[Node, int] = {}

        def place(sink: Stored, lowest: int) -> None:
            placed[sink] = min(level for level in needed[sink.rows_of] if level >= lowest)

        for node in self._ordered:
            levels = [ready[each] for each in node.operands]
            if node.operation in _ACCUMULATED:
                place(self._columns[node], max(levels))
                levels = [placed[self._columns[node]] + 1]
            elif reads_column(node):
                levels[-1] = placed[self._columns[node.operands[-1]]] + 1
            ready[node] = max(levels, default=0)
            for sink in self._stores[node]:
                place(sink, ready[node])
        return placed

    def _latest(self) -> dict[Stored, int]:
        """The last level before its readers' of each sink, among the levels at which its rows are read anyway."""
        taken: dict[str, set[int]] = {}
        for sink, level in self._levels.items():
            taken.setdefault(sink.rows_of, set()).add(level)
        top = max(self._levels.values(), default=0)
        used: dict[Node, int] = {}  # the first pass over the node's own rows that needs it
        bounds: dict[Node, int] = {}  # the last pass that may leave its column
        latest: dict[Stored, int] = {}

        def put(sink: Stored, bound: int) -> int:
            latest[sink] = max(level for level in taken[sink.rows_of] if self._levels[sink] <= level <= bound)
            return latest[sink]

        for node in reversed(self._ordered):
            for sink in self._stores[node]:
                level = put(sink, bounds.get(node, top) if self._columns.get(node) == sink else top)
                used[node] = min(used.get(node, top), level)
            if node.operation in _ACCUMULATED:
                bound = min(bounds.get(node, top), used[node] - 1 if node in used else top)
                level = put(self._columns[node], bound)
                parts = node.operands
            else:
                level, parts = used.get(node, top), here(node)
            for each in parts:
                used[each] = min(used.get(each, top), level)
            if reads_column(node):
                bounds[node.operands[-1]] = min(bounds.get(node.operands[-1], top), level - 1)
        return latest

    # ------------------------------------------------------------ between passes over one entity

    def _settle(self, draft: _Draft, first: dict[Node, _Draft]) -> None:
        """What this pass reads of what earlier ones over the same rows have worked out."""
        waiting = [each for sink in draft.sinks for each in sink.roots]
        seen: set[Node] = set()
        while waiting:
            node = waiting.pop()
            if node in seen:
                continue
            seen.add(node)
            if node.operation in _ACCUMULATED:
                draft.loaded[node] = self._columns[node]
                continue
            earlier = first.setdefault(node, draft)
            if earlier is not draft and self._costs[node] > REPEATED_COST_MAX:
                draft.loaded[node] = self._left_by(earlier, node)
                continue
            waiting += here(node)

    def _left_by(self, earlier: _Draft, node: Node) -> Stored:
        """The column in which the first pass that works a node out leaves it for later ones."""
        known = self._columns.setdefault(node, Stored(node, self._own_storage(node)))
        earlier.sinks[known] = None
        return known


_FROM_AFAR = (Operation.GATHER, Operation.BROADCAST)
_ACCUMULATED = (Operation.AGGREGATE, Operation.RUNNING)


class _Draft:
    """A pass while it is put together."""

    def __init__(self, entity: str, level: int) -> None:
        self.entity, self.level = entity, level
        self.sinks: dict[Stored, None] = {}
        self.loaded: dict[Node, Stored] = {}
        self.running: list[Running] = []

    def made(self, written: set[Stored]) -> Pass:
        """The pass. written: columns that earlier passes leave, and then this one; it writes none of them again."""
        stores = tuple(each for each in self.sinks if not each.accumulated and each not in written)
        aggregates = tuple(each.node for each in self.sinks if each.accumulated)
        written.update(stores)
        return Pass(self.entity, self.level, stores, aggregates, self.loaded, tuple(self.running))


def here(node: Node) -> tuple[Node, ...]:
    """The operands that are worked out at the rows of the node itself."""
    if node.operation in _ACCUMULATED:
        return ()
    return node.operands[:-1] if node.operation in _FROM_AFAR else node.operands


def reads_column(node: Node) -> bool:
    """Whether the node reads what a pass over other rows has left."""
    return node.operation in _FROM_AFAR and node.operands[-1].operation is not Operation.INPUT
