"""The graph as text: one node a line, operands before those who use them, then what each line of the plan is."""

from __future__ import annotations

from collections.abc import Iterator

from paycalc.check.typed import Line, Total
from paycalc.graph.nodes import (
    Aggregation,
    Find,
    Input,
    LineNodes,
    Node,
    Operation,
    PlanGraph,
    Prepared,
    RunningTotal,
    Steps,
    in_order,
)
from paycalc.graph.ranges import declared_range, ranges_of

_VALUES_SHOWN_MAX = 12  # of a table


def listing(graph: PlanGraph) -> Iterator[str]:
    """The lines of the text. Ranges are those for all data that the plan admits."""
    order = in_order(graph.roots(list(graph.lines)))
    ranges = ranges_of(order, declared_range)
    names = {node: f"%{number}" for number, node in enumerate(order, start=1)}
    for node in order:
        low, high = ranges[node]
        words = [names[node], node.grain, node.operation.value, *(names[each] for each in node.operands), _detail(node)]
        is_written = node.operation in (Operation.CONSTANT, Operation.FLAG)
        yield " ".join(each for each in words if each) + ("" if is_written or node.is_flag else f"  [{low} .. {high}]")
    for line, nodes in graph.lines.items():
        yield f"{_name(line)} = {_nodes(nodes, names)}"
    if graph.unpaid is not None:
        yield f"unpaid = {names[graph.unpaid]}"
    for entity, node in graph.held.items():
        yield f"held of {entity} = {names[node]}"
    for name, node in graph.totals.items():
        high_part = f", high {names[graph.highs[name]]}" if name in graph.highs else ""
        yield f"total {name} = {names[node]}{high_part}"


def _name(line: Line | Total) -> str:
    role = f"{line.role} " if isinstance(line, Line) else ""
    return f"{role}{line.entity}.{line.name}"


def _nodes(nodes: LineNodes, names: dict[Node, str]) -> str:
    if nodes.components:
        value = f"({', '.join(_nodes(each, names) for each in nodes.components)})"
    else:
        value = names[nodes.value] + (f" / {names[nodes.divisor]}" if nodes.divisor is not None else "")
    flags = (("present", nodes.present), ("fault", nodes.fault))
    return value + "".join(f", {word} {names[flag]}" for word, flag in flags if flag is not None)


def _detail(node: Node) -> str:
    match node.detail:
        case None:
            return ""
        case Input(field=Prepared(name=name)):
            return f"[{name}]"
        case Input(field=field, part=part):
            return part if field is None else f"{field.name}.{part}"
        case Find(name=name, over=over):
            return f"[{name}]" + (" over" if over else "")
        case RunningTotal(kind=kind, reference=reference):
            return f"{kind} within {reference.name}"
        case Aggregation(kind=kind, entity=entity, reference=reference):
            via = "" if reference is None else f" by {reference.name}"
            return f"{kind} of {entity}{via}"
        case Steps(groups=groups):
            return "; ".join(_values(each) for each in groups[:_VALUES_SHOWN_MAX])
        case tuple() as values if node.operation is Operation.LOOKUP:
            return _values(values)
        case tuple() as bounds:
            return " .. ".join(str(each) for each in bounds)
    return str(node.detail)


def _values(values: tuple[int, ...]) -> str:
    more = f" ... ({len(values)} in all)" if len(values) > _VALUES_SHOWN_MAX else ""
    return f"({', '.join(str(each) for each in values[:_VALUES_SHOWN_MAX])}{more})"
