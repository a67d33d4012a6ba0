"""Graphs and encoded data made by hand: a few entities, inputs given as lists, lines that show nodes."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from fractions import Fraction
from types import SimpleNamespace

import numpy as np
import pyarrow as pa

from paycalc.check.typed import Column, Line, Reference
from paycalc.check.types import FlagType, MomentType, NumberType, ReferenceType
from paycalc.core.calendar import Period
from paycalc.core.number import Interval
from paycalc.core.span import Span
from paycalc.core.unit import PLAIN
from paycalc.engine.encoded import EncodedColumn, EncodedData, Finder
from paycalc.engine.machine import Machine
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
)
from paycalc.graph.prepared import cells_of
from tests.machine.plain_graph import values_of

SPAN = Span(0, 0)
PERIOD = Period("2026-10", date(2026, 10, 1), date(2026, 10, 31))
ROWS_MAX = 2**32 - 1
BITS = {"i8": 8, "u8": 8, "i16": 16, "u16": 16, "i32": 32, "u32": 32, "i64": 64, "i128": 128}


def number_type(low: int, high: int) -> NumberType:
    return NumberType(PLAIN, 0, Interval(Fraction(low), Fraction(high)))


def encode(values, storage, *, factor=1, shift=0, bit_offset=0) -> EncodedColumn:
    """A column of these values, as the door would hand it over."""
    stored = [(each - shift) // factor for each in values]
    assert [each * factor + shift for each in stored] == list(values)
    if storage == "bits":
        bits = np.array([0] * bit_offset + stored, np.uint8)
        owner = np.packbits(bits, bitorder="little")
        owner = owner if len(owner) else np.zeros(1, np.uint8)
    elif storage == "i128":
        data = b"".join(each.to_bytes(16, "little", signed=True) for each in stored)
        owner = np.frombuffer(data, np.int64).copy()
    else:
        dtype = np.uint8 if storage == "flags" else f"{storage[0]}{int(storage[1:]) // 8}"
        owner = np.array(stored, dtype)
    low, high = (min(values), max(values)) if values else (0, 0)
    return EncodedColumn(owner, int(owner.ctypes.data), storage, len(values), low, high, factor, shift, bit_offset)


@dataclass
class World:
    """counts: rows of each entity; `plan` has one. The payee is `worker`.

    groups  the thresholds of each Find, by its name
    keys    of rows, where they are not their numbers
    """

    counts: dict[str, int]
    columns: dict[Input, EncodedColumn] = field(default_factory=dict)
    values: dict[Input, list[int]] = field(default_factory=dict)
    lines: dict[Line, LineNodes] = field(default_factory=dict)
    totals: dict[str, Node] = field(default_factory=dict)
    unpaid: Node | None = None
    held: dict[str, Node] = field(default_factory=dict)
    groups: dict[str, list[tuple[int, ...]]] = field(default_factory=dict)
    keys: dict[str, list[int]] = field(default_factory=dict)

    def __post_init__(self):
        self.counts["plan"] = 1

    def number(self, entity, values, storage="i64", *, declared=None, **encoding) -> Node:
        """An input; declared: its range, if wider than its values."""
        low, high = declared or (min(values, default=0), max(values, default=0))
        column = Column(entity, f"column{len(self.columns)}", number_type(low, high), SPAN)
        return self._input(entity, Input(column, "value"), values, storage, encoding)

    def flag(self, entity, values, storage="flags", **encoding) -> Node:
        column = Column(entity, f"flag{len(self.columns)}", FlagType(), SPAN)
        return self._input(entity, Input(column, "value"), values, storage, encoding)

    def moment(self, entity, values) -> Node:
        column = Column(entity, f"moment{len(self.columns)}", MomentType(), SPAN)
        return self._input(entity, Input(column, "value"), values, "i64", {})

    def reference(self, entity, target, rows, storage="i32", **encoding) -> Node:
        name = f"reference{len(self.columns)}"
        reference = Reference(entity, name, ReferenceType(target), SPAN, target=target)
        return self._input(entity, Input(reference, "row"), rows, storage, encoding)

    def _input(self, entity, input, values, storage, encoding) -> Node:
        assert len(values) == self.counts[entity]
        self.columns[input] = encode(values, storage, **encoding)
        self.values[input] = list(values)
        return Node(Operation.INPUT, (), entity, input)

    def aggregate(self, kind, reference: Node | None, *operands, entity=None, grain="plan") -> Node:
        of = None if reference is None else reference.detail.field
        detail = Aggregation(kind, entity or of.entity, of, ROWS_MAX)
        return Node(Operation.AGGREGATE, operands, grain if of is None else of.target, detail)

    def prepared(self, grain, values, storage="i64") -> Node:
        """A column that the door works out, at any grain; the grain's rows are counted where they are not yet."""
        self.counts.setdefault(grain, len(values))
        of = Prepared(f"column{len(self.columns)}", min(values, default=0), max(values, default=0), storage == "flags")
        return self._input(grain, Input(of, "made"), values, storage, {})

    def find(self, value: Node, group: Node | None, groups, *, absolute=False, over=False) -> Node:
        """The search for a value among thresholds that come with the data. The cells are counted."""
        name = f"find{len(self.groups)}"
        self.groups[name] = groups
        cells = [len(each) + 1 for each in groups] or [1]
        self.counts[cells_of(name)] = sum(cells) if absolute else max(cells)
        operands = (value,) if group is None else (value, group)
        return Node(Operation.FIND, operands, value.grain, Find(name, absolute, over=over))

    def running(self, kind, reference: Node, order: Node, *operands) -> Node:
        of = reference.detail.field
        detail = RunningTotal(kind, of.entity, of, ROWS_MAX)
        return Node(Operation.RUNNING, (order, *operands), of.entity, detail)

    def show(self, node: Node, low=-(2**62), high=2**62) -> Line:
        """A line with the node's values; low, high: the range of its type."""
        kind = FlagType() if node.is_flag else number_type(low, high)
        line = Line(node.grain, f"line{len(self.lines)}", kind, SPAN, role="show")
        self.lines[line] = LineNodes(node)
        return line

    def graph(self) -> PlanGraph:
        plan = SimpleNamespace(payee="worker", lines=tuple(self.lines))
        return PlanGraph(plan, self.lines, self.unpaid, self.totals, held=self.held)

    def data(self) -> EncodedData:
        keys = {each: _Keys(self.keys.get(each, range(count))) for each, count in self.counts.items()}
        finders = {name: _finder(groups) for name, groups in self.groups.items()}
        return EncodedData(None, PERIOD, None, self.counts, keys, self.columns, (), None, finders=finders)

    def expected(self) -> dict[Line, list[int]]:
        roots = [each.value for each in self.lines.values()]
        found = values_of(roots, self)
        return {line: found[nodes.value] for line, nodes in self.lines.items()}

    def computed(self, **options):
        """What the machine says: the values of each line, and all that it hands back."""
        result = Machine.of_graph(self.graph()).compute(self.data(), list(self.lines), **options)
        return {line: column_values(result.columns[line]) for line in self.lines}, result


class _Keys:
    """Whole numbers as keys."""

    def __init__(self, keys) -> None:
        self.array = pa.array(keys, pa.int64())


def _finder(groups) -> Finder:
    thresholds = np.array([each for group in groups for each in group], np.int64)
    return Finder(thresholds, np.cumsum([0, *map(len, groups)]).astype(np.int32))


def column_values(column) -> list[int]:
    """The whole numbers of a computed column."""
    width = {"i32": 4, "i64": 8, "i128": 16, "flags": 1}[column.storage]
    data = memoryview(column.buffer)[: column.count * width]
    signed = column.storage != "flags"
    return [int.from_bytes(data[at : at + width], "little", signed=signed) for at in range(0, len(data), width)]
