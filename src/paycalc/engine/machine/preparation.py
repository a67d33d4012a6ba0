"""From the graph and the ranges and layouts of one run to its programs. What comes out serves every run alike."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from paycalc.check.typed import Line, Total
from paycalc.engine.machine.columns import storage_of
from paycalc.engine.machine.lanes import Range
from paycalc.engine.machine.lowering import lower
from paycalc.engine.machine.program import Program, listing, make_program
from paycalc.engine.machine.schedule import Pass, Stored, schedule
from paycalc.engine.machine.specialised import Specialised, specialise
from paycalc.engine.machine.values import Layout
from paycalc.graph.nodes import HIGH_BITS, Aggregation, Input, Node, Operation, PlanGraph, in_order
from paycalc.graph.ranges import ranges_of

NAMES_MAX = 4  # lines by which a pass is called


@dataclass(frozen=True)
class Needs:
    """What a run reads that reports some lines.

    order     the nodes, operands before those who use them
    rows      inputs that are read row by row
    gathered  inputs that other entities' rows read
    """

    shown: tuple[Line | Total, ...]
    order: tuple[Node, ...]
    rows: tuple[Input, ...]
    gathered: tuple[Input, ...]

    @property
    def inputs(self) -> list[Input]:
        return list(dict.fromkeys((*self.rows, *self.gathered)))


def needs_of(graph: PlanGraph, shown: Sequence[Line | Total]) -> Needs:
    """The inputs of a graph, under the lines shown."""
    order = in_order(graph.roots(shown))
    rows: dict[Input, None] = {}
    gathered: dict[Input, None] = {}
    for node in order:
        afar = node.operands[-1] if node.operation in (Operation.GATHER, Operation.BROADCAST) else None
        for each in node.operands:
            if each.operation is Operation.INPUT:
                assert isinstance(each.detail, Input)
                (gathered if each is afar else rows)[each.detail] = None
        if node.operation is Operation.AGGREGATE:
            assert isinstance(node.detail, Aggregation)
            if node.detail.reference is not None:
                rows[Input(node.detail.reference, "row")] = None
    for node in graph.roots(shown):
        if node.operation is Operation.INPUT:
            assert isinstance(node.detail, Input)
            rows[node.detail] = None
    return Needs(tuple(shown), tuple(order), tuple(rows), tuple(gathered))


@dataclass(frozen=True)
class Prepared:
    """The programs of a run, and where its answers are.

    ranges   of the nodes in `programs` and in the answers
    answers  of each node that is reported in a storage, the column
    totals   by name: the parts, each a column of the plan's row and the number of bits to shift it left
    """

    programs: tuple[Program, ...]
    ranges: Mapping[Node, Range]
    answers: Mapping[tuple[Node, str], Stored]
    totals: Mapping[str, tuple[tuple[Stored, int], ...]]
    listing: str


def prepare(
    graph: PlanGraph,
    needs: Needs,
    input_ranges: Mapping[Input, Range],
    rows: Mapping[str, int] | None,
    layouts: Mapping[tuple[str, Input], Layout],
    tile: int,
) -> Prepared:
    """The programs. rows: how many rows each entity has at most; None: as many as may be."""
    found = ranges_of(
        needs.order, lambda each, _: input_ranges[each], None if rows is None else lambda entity: rows[entity]
    )
    special = specialise(graph.roots(needs.shown), found, input_ranges.__getitem__)
    reported = reported_nodes(graph, needs.shown)
    totals = {
        name: [(special.nodes[node], 0)]
        + ([(special.nodes[graph.highs[name]], HIGH_BITS)] if name in graph.highs else [])
        for name, node in graph.totals.items()
    }
    planned = schedule(
        [Stored(special.nodes[node], storage) for node, storage in reported],
        [node for parts in totals.values() for node, _ in parts],
        special.ranges,
    )
    programs, listings = [], []
    for over in planned.passes:
        assembly = lower(over, planned.columns, special.ranges, layouts)
        name = _name(over, graph, special)
        programs.append(make_program(name, over, assembly, tile))
        listings.append(listing(name, over, assembly))
    return Prepared(
        tuple(programs),
        special.ranges,
        {(node, storage): planned.reported[Stored(special.nodes[node], storage)] for node, storage in reported},
        {name: tuple((planned.columns[node], shift) for node, shift in parts) for name, parts in totals.items()},
        "\n\n".join(listings),
    )


def reported_nodes(graph: PlanGraph, shown: Sequence[Line | Total]) -> list[tuple[Node, str]]:
    """The nodes that a run reports, each with its storage."""
    found = [(graph.unpaid, "flags")] if graph.unpaid is not None else []
    for line in shown:
        nodes = graph.lines[line]
        found.append((nodes.value, storage_of(line)))
        found += [(each, "flags") for each in (nodes.present, nodes.fault) if each is not None]
    return found


def _name(over: Pass, graph: PlanGraph, special: Specialised) -> str:
    """For people: the entity and the lines that this pass works out."""
    made = {each.node for each in over.stores} | {part for each in over.aggregates for part in each.operands}
    made |= {part for each in made for part in each.operands if each.operation is Operation.SELECT}
    names = [
        line.name
        for line, nodes in graph.lines.items()
        if line.entity == over.entity and special.nodes.get(nodes.value) in made
    ]
    if len(names) > NAMES_MAX:
        names[NAMES_MAX - 1 :] = [f"{len(names) - NAMES_MAX + 1} more"]
    return f"{over.entity}: {', '.join(names) or 'what others read'}"
