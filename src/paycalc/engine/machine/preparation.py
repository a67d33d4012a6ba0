"""From the graph and the ranges and layouts of one run to its programs. What comes out serves every run alike."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from paycalc.check.typed import Line, Total
from paycalc.engine.machine.assembly import Assembly, Rows, Slot
from paycalc.engine.machine.columns import storage_of
from paycalc.engine.machine.lowering import lower
from paycalc.engine.machine.normal import Normal, normalise
from paycalc.engine.machine.program import Program, listing, make_program
from paycalc.engine.machine.schedule import Pass, Stored, schedule
from paycalc.engine.machine.values import Layout
from paycalc.graph.nodes import HIGH_BITS, Aggregation, Input, Node, Operation, PlanGraph, RunningTotal, in_order
from paycalc.graph.ranges import declared_range, ranges_of
from paycalc.graph.rewrites import narrow
from paycalc.graph.type_ranges import Range

NAMES_MAX = 4  # lines by which a pass is called
VALUE, DIVISOR, PRESENT, FAULT = "value", "divisor", "present", "fault"
UNPAID, HELD = "unpaid", "held"
Asked = tuple[Line | Total | str, str]  # a column of the answer: a part of a line, or UNPAID or HELD of an entity
_OTHERWISE = {PRESENT: 1, FAULT: 0, UNPAID: 0, HELD: 0}  # what a flag says that the graph of one run does without


@dataclass(frozen=True)
class Setting:
    """What programs depend on, besides the plan.

    ranges   of inputs
    rows     how many rows each entity has at most; None: as many as may be
    layouts  of inputs, by the kind of slot (`row`, `gathered`) and the input
    """

    shown: tuple[Line | Total, ...]
    ranges: Mapping[Input, Range]
    rows: Mapping[str, int] | None
    layouts: Mapping[tuple[str, Input], Layout]
    tile: int

    @property
    def signature(self) -> tuple[object, ...]:
        rows = None if self.rows is None else tuple(sorted(self.rows.items()))
        return (self.shown, self.tile, tuple(self.ranges.values()), rows, tuple(self.layouts.values()))


@dataclass(frozen=True)
class Prepared:
    """The programs of a run, and where its answers are.

    ranges   of the nodes in the programs
    unread   for each program, what no later one reads and nobody asked for: columns that may go
    slots    of inputs that the programs read
    answers  the column of each, or the one value that it has in every row
    totals   by name: the parts, each a column of the plan's row and the number of bits to shift it left
    assemblies  the programs before their registers had places
    """

    programs: tuple[Program, ...]
    ranges: Mapping[Node, Range]
    unread: tuple[tuple[Stored, ...], ...]
    slots: tuple[Slot, ...]
    answers: Mapping[Asked, Stored | int]
    totals: Mapping[str, tuple[tuple[Stored, int], ...]]
    assemblies: tuple[Assembly, ...]

    @property
    def listing(self) -> str:
        """The programs for people."""
        pairs = zip(self.programs, self.assemblies, strict=True)
        return "\n\n".join(listing(program.name, program.over, assembly) for program, assembly in pairs)


def inputs_of(graph: PlanGraph, shown: Sequence[Line | Total]) -> dict[Input, Range]:
    """All that a run reads which reports these lines, each with its declared range."""
    found: dict[Input, Range] = {}
    for node in in_order(graph.roots(shown)):
        detail = node.detail
        if isinstance(detail, Aggregation | RunningTotal) and detail.reference is not None:
            detail = Input(detail.reference, "row")
        if isinstance(detail, Input) and detail not in found:
            found[detail] = declared_range(detail)
    return found


def prepare(graph: PlanGraph, setting: Setting, without: Collection[str]) -> Prepared:
    """The programs. without: names of rewrites to leave out."""
    asked = asked_of(graph, setting.shown)
    if setting.rows is None:
        order = in_order(graph.roots(setting.shown))
        ranges: Mapping[Node, Range] = ranges_of(order, lambda each, _: setting.ranges[each])
    else:
        rows, of_input = setting.rows, setting.ranges
        narrowed = narrow(graph, lambda each, _: of_input[each], rows.__getitem__, shown=setting.shown, without=without)
        graph, ranges = narrowed.graph, narrowed.ranges
    normal = normalise(graph.roots(setting.shown), ranges, setting.ranges)
    reported: dict[Asked, Stored] = {}
    for each in asked:
        node = _node(graph, each)
        if node is not None:
            reported[each] = Stored(normal.nodes[node], _storage(each))
    totals = {name: [(normal.nodes[node], 0)] for name, node in graph.totals.items()}
    for name, node in graph.highs.items():
        totals[name].append((normal.nodes[node], HIGH_BITS))
    planned = schedule(list(reported.values()), [node for parts in totals.values() for node, _ in parts], normal.ranges)
    assemblies = [lower(each, planned.columns, normal.ranges, setting.layouts, setting.rows) for each in planned.passes]
    programs = [
        make_program(_name(over, graph, normal), over, assembly, setting.tile)
        for over, assembly in zip(planned.passes, assemblies, strict=True)
    ]
    answers = {each: planned.reported[reported[each]] if each in reported else _OTHERWISE[each[1]] for each in asked}
    parts = {name: tuple((planned.columns[node], shift) for node, shift in each) for name, each in totals.items()}
    kept = {each for each in answers.values() if isinstance(each, Stored)}
    kept |= {stored for each in parts.values() for stored, _ in each}
    slots = dict.fromkeys(slot for each in programs for slot in _flat(each.slots) if slot.kind in ("row", "gathered"))
    return Prepared(
        tuple(programs), normal.ranges, _unread(programs, kept), tuple(slots), answers, parts, tuple(assemblies)
    )


def _unread(programs: Sequence[Program], kept: Collection[Stored]) -> tuple[tuple[Stored, ...], ...]:
    """After which program each column is read no more."""
    last: dict[Stored, int] = {}
    for number, program in enumerate(programs):
        read = [slot.what for slot in _flat(program.slots) if slot.kind == "column"]
        read += [each for running in program.over.running for each in running if each is not None]
        for stored in (*program.over.stores, *read):
            assert isinstance(stored, Stored)
            last[stored] = number
    return tuple(
        tuple(stored for stored, after in last.items() if after == number and stored not in kept)
        for number in range(len(programs))
    )


def _flat(slots: Iterable[Slot]) -> Iterator[Slot]:
    """Slots, with those within slots of rows."""
    for slot in slots:
        if slot.kind == "rows":
            assert isinstance(slot.what, Rows)
            yield from _flat(slot.what.columns)
        else:
            yield slot


def asked_of(graph: PlanGraph, shown: Sequence[Line | Total]) -> list[Asked]:
    """The columns of the answer."""
    asked: list[Asked] = [(graph.plan.payee, UNPAID)] if graph.unpaid is not None else []
    asked += [(entity, HELD) for entity in graph.held]
    for line in shown:
        asked += [(line, part) for part in (VALUE, DIVISOR, PRESENT, FAULT) if _node(graph, (line, part)) is not None]
    return asked


def _node(graph: PlanGraph, asked: Asked) -> Node | None:
    of, part = asked
    if isinstance(of, str):
        return graph.unpaid if part == UNPAID else graph.held.get(of)
    nodes = graph.lines[of]
    return {VALUE: nodes.value, DIVISOR: nodes.divisor, PRESENT: nodes.present, FAULT: nodes.fault}[part]


def _storage(asked: Asked) -> str:
    """How a column of the answer lies in memory, whatever the data."""
    of, part = asked
    if isinstance(of, str) or part in (PRESENT, FAULT):
        return "flags"
    return storage_of(of) if part == VALUE else "i128"


def _name(over: Pass, graph: PlanGraph, normal: Normal) -> str:
    """For people: the entity and the lines that this pass works out."""
    made = {each.node for each in over.stores} | {part for each in over.aggregates for part in each.operands}
    made |= {each.total.node for each in over.running}
    made |= {part for each in made for part in each.operands if each.operation is Operation.SELECT}
    names = [
        line.name
        for line, nodes in graph.lines.items()
        if line.entity == over.entity and normal.nodes.get(nodes.value) in made
    ]
    if len(names) > NAMES_MAX:
        names[NAMES_MAX - 1 :] = [f"{len(names) - NAMES_MAX + 1} more"]
    return f"{over.entity}: {', '.join(names) or 'what others read'}"
