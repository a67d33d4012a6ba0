"""Rewrites: what makes a graph simpler and changes no value that anybody reads, and no flag.

Each stands in its own file, has a name, and can be left out. They are applied to a node when it is made, operands
first, in the order of the list; what a rewrite makes is rewritten in turn.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from functools import cache

from paycalc.check.typed import Line, Total
from paycalc.graph.making import Maker, Rule
from paycalc.graph.nodes import LineNodes, Node, Operation, PlanGraph, in_order
from paycalc.graph.ranges import OfInput, Range, RowsOf, declared_range
from paycalc.graph.rewrites import (
    cancel_scales,
    compute_at_source,
    drop_guards,
    fold_constants,
    simplify_choices,
    simplify_comparisons,
)

SHARE = "share-subexpressions"  # equal nodes are one: the maker's own work

# In their order; those without rules of their own are the maker's.
REWRITES: Mapping[str, Mapping[Operation, Rule]] = {
    SHARE: {},
    "fold-constants": fold_constants.RULES,
    "drop-guards": drop_guards.RULES,
    "cancel-scales": cancel_scales.RULES,
    "simplify-comparisons": simplify_comparisons.RULES,
    "simplify-choices": simplify_choices.RULES,
    "compute-at-source": compute_at_source.RULES,
}


@dataclass(frozen=True)
class Narrowed:
    """A graph for data of these ranges; ranges: of every node of it."""

    graph: PlanGraph
    ranges: Mapping[Node, Range]


def optimise(graph: PlanGraph, *, without: Collection[str] = ()) -> PlanGraph:
    """The graph, simpler, for all data that its plan admits. without: names of rewrites to leave out."""
    return narrow(graph, declared_range, without=without).graph


def narrow(
    graph: PlanGraph,
    of_input: OfInput,
    rows: RowsOf | None = None,
    *,
    shown: Sequence[Line | Total] | None = None,
    without: Collection[str] = (),
) -> Narrowed:
    """The graph, simpler, for data whose columns lie in these ranges.

    of_input  the least and greatest value of a column; of an empty one those of its type
    rows      how many rows an entity has
    shown     the lines that the result is to have; None: all
    """
    unknown = set(without) - set(REWRITES)
    if unknown:
        raise ValueError(f"no rewrites: {', '.join(sorted(unknown))}; there are {', '.join(REWRITES)}")
    maker = Maker(of_input, rows, rules=_rules(frozenset(without)), shares=SHARE not in without)
    kept = {line: graph.lines[line] for line in (graph.lines if shown is None else shown)}
    new: dict[Node, Node] = {}
    for node in in_order(graph.roots(list(kept))):
        operands = tuple([new[each] for each in node.operands])
        new[node] = maker.make(node.operation, operands, node.grain, node.detail)
    result = PlanGraph(
        graph.plan,
        {line: _moved(maker, new, nodes) for line, nodes in kept.items()},
        _flag(maker, new, graph.unpaid, otherwise=0),
        {name: new[node] for name, node in graph.totals.items()},
        {name: new[node] for name, node in graph.highs.items()},
        {name: new[node] for name, node in graph.held.items() if maker.known(new[node]) != 0},
    )
    return Narrowed(result, maker.ranges)


@cache
def _rules(without: frozenset[str]) -> Mapping[Operation, Sequence[Rule]]:
    """The rules of each operation, in the order of the rewrites."""
    kept = [rules for name, rules in REWRITES.items() if name not in without]
    return {operation: tuple(rules[operation] for rules in kept if operation in rules) for operation in Operation}


def _moved(maker: Maker, new: Mapping[Node, Node], nodes: LineNodes) -> LineNodes:
    return LineNodes(
        new[nodes.value],
        _flag(maker, new, nodes.present, otherwise=1),
        _flag(maker, new, nodes.fault, otherwise=0),
        None if nodes.divisor is None else new[nodes.divisor],
        tuple(_moved(maker, new, each) for each in nodes.components),
    )


def _flag(maker: Maker, new: Mapping[Node, Node], flag: Node | None, *, otherwise: int) -> Node | None:
    """A flag that need not be there; None where it always says what its absence says."""
    if flag is None or maker.known(new[flag]) == otherwise:
        return None
    return new[flag]
