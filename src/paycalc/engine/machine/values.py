"""The registers that hold the nodes of one pass, in whatever lanes they are asked for.

Leaves (inputs, columns of earlier passes, constants, the plan's values) come into a register when they are first asked
for, at once in the lane asked for where an operation does that.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from paycalc.engine.machine.assembly import Assembly, Rows, Slot, suffix
from paycalc.engine.machine.lanes import LANE_OF_STORAGE, Lane, lane_of
from paycalc.engine.machine.schedule import Stored
from paycalc.graph.nodes import Input, Node, Operation
from paycalc.graph.type_ranges import Range

ROW_STEP = 4  # values side by side come in multiples of so many

# Into which lanes the operations load each storage, the narrowest first.
_LOADS = {
    "i8": (Lane.I32, Lane.I64),
    "u8": (Lane.I32,),
    "i16": (Lane.I32, Lane.I64),
    "u16": (Lane.I32,),
    "i32": (Lane.I32, Lane.I64),
    "u32": (Lane.I32, Lane.I64),
    "i64": (Lane.I32, Lane.I64),
    "i128": (Lane.I32, Lane.I64, Lane.I128),
}


class Layout(NamedTuple):
    """How the column of an input lies in memory, where programs depend on it; value = stored * factor + shift.

    bit  of `bits`: which bit of the byte at the address is that of row 0
    """

    storage: str
    factor: int = 1
    shift: int = 0
    bit: int = 0


class Values:
    """layouts: of inputs, by the kind of slot (`row`, `gathered`) and the input."""

    def __init__(
        self,
        ranges: Mapping[Node, Range],
        layouts: Mapping[tuple[str, Input], Layout],
        columns: Mapping[Node, Stored],
        loaded: Mapping[Node, Stored],
    ) -> None:
        self.assembly = Assembly()
        self.emit = self.assembly.emit
        self._ranges = ranges
        self._layouts = layouts
        self._columns = columns
        self._loaded = loaded
        self._versions: dict[Node, dict[Lane, int]] = {}

    # ------------------------------------------------------------ nodes

    def range(self, node: Node) -> Range:
        return self._ranges[node]

    def lane(self, *nodes: Node) -> Lane:
        """The narrowest lane that holds all of these numbers."""
        return lane_of(*(self._ranges[each] for each in nodes))

    def constant(self, node: Node) -> int | None:
        """The value of a node that is a constant."""
        low, high = self._ranges[node]
        return low if low == high else None

    def is_leaf(self, node: Node) -> bool:
        return node in self._loaded or node.operation in (
            Operation.INPUT, Operation.CONSTANT, Operation.FLAG, Operation.BROADCAST
        )  # fmt: skip

    def is_known(self, node: Node) -> bool:
        """Whether a register holds the node."""
        return bool(self._versions.get(node))

    def give(self, node: Node, lane: Lane, register: int) -> None:
        """The register holds the node."""
        self._versions.setdefault(node, {})[lane] = register

    def share(self, node: Node, other: Node) -> None:
        """The node has the same values as another."""
        self._versions[node] = self._versions.setdefault(other, {})

    def register(self, node: Node, lane: Lane = Lane.FLAGS) -> int:
        """A register with the node in that lane."""
        value = self.constant(node)
        if value is not None:
            return self.assembly.constant(value, lane)
        versions = self._versions.setdefault(node, {})
        if not versions:
            found, register = self._fetch(node, lane)
            versions[found] = register
        if lane not in versions:
            versions[lane] = self._converted(versions, lane)
        return versions[lane]

    def flag(self, node: Node) -> int:
        return self.register(node, Lane.FLAGS)

    def present_lane(self, node: Node) -> Lane:
        """The lane in which the node stands in a register already, or comes cheapest: the narrowest."""
        return min(self._versions.get(node) or [self.lane(node)])

    def _converted(self, versions: Mapping[Lane, int], lane: Lane) -> int:
        narrower = [each for each in versions if each < lane]
        source = max(narrower) if narrower else min(versions)
        return self.emit(f"{source.name}_{lane.name}", lane, versions[source])

    # ------------------------------------------------------------ leaves

    def _fetch(self, node: Node, lane: Lane) -> tuple[Lane, int]:
        if node in self._loaded:
            column = self._loaded[node]
            slot = Slot("column", column, column.storage)
            return self._load(slot, Layout(column.storage), lane, self.range(node))
        if node.operation is Operation.INPUT:
            assert isinstance(node.detail, Input)
            layout = self._layouts[("row", node.detail)]
            slot = Slot("row", node.detail)
            return self._load(slot, layout, lane, self.range(node))
        assert node.operation is Operation.BROADCAST, f"{node.operation} has not been worked out"
        return self.spread(node, node.operands[0])

    def _load(self, slot: Slot, layout: Layout, lane: Lane, values: Range) -> tuple[Lane, int]:
        if layout.storage == "bits":
            return Lane.FLAGS, self.emit("LOAD_BITS", Lane.FLAGS, slot=slot, imm=layout.bit)
        if layout.storage == "flags":
            return Lane.FLAGS, self.emit("LOAD_U8", Lane.FLAGS, slot=slot)
        stored = stored_range(layout, values)
        needed = lane_of(stored)
        is_plain = layout.factor == 1 and layout.shift == 0
        wanted = max(lane, needed) if is_plain else lane_of(stored, values, _product(stored, layout.factor))
        lanes = _LOADS[layout.storage]
        into = wanted if wanted in lanes else max(lanes)
        name = layout.storage.upper()
        register = self.emit(f"LOAD_{name}_{into.name}", into, slot=slot)
        return self._scaled(register, into, layout, values)

    def source_slot(self, source: Node) -> Slot:
        """The column of another entity's node."""
        return self._afar(source)[0]

    def gather_rows(self, nodes: Sequence[Node]) -> None:
        """Gathers several columns at once, which lie side by side; flags among them are 0 and 1."""
        slots = tuple(self.source_slot(each.operands[1]) for each in nodes)
        width = -(-len(nodes) // ROW_STEP) * ROW_STEP
        row = self.register(nodes[0].operands[0], Lane.I32)
        grain = nodes[0].operands[1].grain
        registers = self.assembly.emit_rows(row, Slot("rows", Rows(grain, slots, width)), width)
        for node, register in zip(nodes, registers, strict=False):
            if node.is_flag:
                self.give(node, Lane.FLAGS, self.emit("GTC_I32", Lane.FLAGS, register))
            else:
                self.give(node, Lane.I32, register)

    def gathered(self, node: Node, source: Node) -> tuple[Lane, int]:
        """The source's values at the rows that the operand of a gather names."""
        slot, layout = self._afar(source)
        lane = LANE_OF_STORAGE[layout.storage]
        row = self.constant(node.operands[0])
        if row is not None and row <= 0:
            register = self.assembly.spread(slot, lane)
        else:
            register = self.emit(f"GATHER_{suffix(lane)}", lane, self.register(node.operands[0], Lane.I32), slot=slot)
        return self._scaled(register, lane, layout, self.range(source))

    def spread(self, node: Node, source: Node) -> tuple[Lane, int]:
        """The plan's value at every row."""
        slot, layout = self._afar(source)
        lane = LANE_OF_STORAGE[layout.storage]
        return self._scaled(self.assembly.spread(slot, lane), lane, layout, self.range(node))

    def _afar(self, source: Node) -> tuple[Slot, Layout]:
        """The column of a node of another entity."""
        if source.operation is Operation.INPUT:
            assert isinstance(source.detail, Input)
            layout = self._layouts[("gathered", source.detail)]
            return Slot("gathered", source.detail, layout.storage), layout
        column = self._columns[source]
        return Slot("column", column, column.storage), Layout(column.storage)

    def _scaled(self, register: int, lane: Lane, layout: Layout, values: Range) -> tuple[Lane, int]:
        """The values of stored numbers."""
        if layout.factor == 1 and layout.shift == 0:
            return lane, register
        stored = stored_range(layout, values)
        wide = lane_of(stored, values, _product(stored, layout.factor))
        if wide is not lane:
            register = self.emit(f"{lane.name}_{wide.name}", wide, register)
        if layout.factor != 1:
            register = self.emit(f"MULC_{wide.name}", wide, register, imm=layout.factor)
        if layout.shift:
            register = self.emit(f"ADDC_{wide.name}", wide, register, imm=layout.shift)
        return wide, register


def stored_range(layout: Layout, values: Range) -> Range:
    """The numbers that stand in a column with these values."""
    low, high = (each - layout.shift for each in values)
    return -(-low // layout.factor), high // layout.factor


def _product(stored: Range, factor: int) -> Range:
    return stored[0] * factor, stored[1] * factor
