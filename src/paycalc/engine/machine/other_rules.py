"""How nodes of flags, tables, dates and other entities' rows become operations, and what a pass leaves behind."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from paycalc.engine.machine.assembly import Slot
from paycalc.engine.machine.civil import zone_offsets
from paycalc.engine.machine.lanes import COLUMN_STORAGE, I32_MAX, LANE_OF_STORAGE, Lane, lane_of
from paycalc.engine.machine.packing import Pack
from paycalc.engine.machine.schedule import Stored
from paycalc.engine.machine.values import Values
from paycalc.graph.nodes import Aggregation, Find, Node, Operation, Steps
from paycalc.graph.type_ranges import Range

_FLAGS = {
    Operation.NOT: "NOT",
    Operation.AND: "AND",
    Operation.OR: "OR",
    Operation.SAME: "SAME",
    Operation.CHOOSE: "CHOOSE",
}
# The operation, and the lane of its operands.
_DATES = {
    Operation.DATE_OF: Lane.I64,
    Operation.HOUR: Lane.I64,
    Operation.MINUTE: Lane.I64,
    Operation.YEAR: Lane.I32,
    Operation.MONTH: Lane.I32,
    Operation.DAY: Lane.I32,
    Operation.WEEKDAY: Lane.I32,
    Operation.DAYS_IN_MONTH: Lane.I32,
    Operation.MONTHS_BETWEEN: Lane.I32,
    Operation.YEARS_BETWEEN: Lane.I32,
}


def lower_flags(at: Values, node: Node) -> None:
    registers = [at.flag(each) for each in node.operands]
    at.give(node, Lane.FLAGS, at.emit(_FLAGS[node.operation], Lane.FLAGS, *registers))


def lower_gather(at: Values, node: Node) -> None:
    lane, register = at.gathered(node, node.operands[1])
    at.give(node, lane, register)


# ---------------------------------------------------------------- tables


def table(values: Sequence[int], lane: Lane) -> Slot:
    """Constant numbers in memory."""
    if lane is Lane.I128:
        data = b"".join(each.to_bytes(16, "little", signed=True) for each in values)
    else:
        data = np.array(values, np.int32 if lane is Lane.I32 else np.int64).tobytes()
    return Slot("table", data, COLUMN_STORAGE[lane])


def lower_lookup(at: Values, node: Node) -> None:
    values = node.detail
    assert isinstance(values, tuple)
    lane = lane_of((min(values), max(values)))
    position = at.register(node.operands[0], Lane.I32)
    at.give(node, lane, at.emit(f"GATHER_{lane.name}", lane, position, slot=table(values, lane)))


def lower_search(at: Values, node: Node) -> None:
    steps = node.detail
    assert isinstance(steps, Steps)
    value = node.operands[0]
    mode = int(steps.over)
    if len(node.operands) == 1:
        _search(at, node, steps.groups[0], mode)
        return
    thresholds = [each for group in steps.groups for each in group] or [0]
    lane = lane_of(at.range(value), (min(thresholds), max(thresholds)))
    register = at.emit(
        f"SEARCH_IN_{lane.name}",
        Lane.I32,
        at.register(value, lane),
        at.register(node.operands[1], Lane.I32),
        slot=table(thresholds, lane),
        second=table(steps.offsets, Lane.I32),
        mode=mode,
        imm=len(thresholds),
    )
    at.give(node, Lane.I32, register)


def _search(at: Values, node: Node, thresholds: Sequence[int], mode: int) -> None:
    """Of one group: thresholds that every value has reached are counted, those that none reaches left out."""
    value = node.operands[0]
    low, high = at.range(value)
    reached = sum(1 for each in thresholds if each < low or (each == low and not mode))
    left = [each for each in thresholds[reached:] if each <= high - mode]
    lane = at.lane(value)
    register = at.register(value, lane)
    if lane is Lane.I32 and len(left) == high - low:  # each number is a step above the one before
        reached -= low
    elif left:
        name = f"SEARCH_{lane.name}"
        register = at.emit(name, Lane.I32, register, slot=table(left, lane), mode=mode, imm=len(left))
    else:
        register = at.assembly.constant(0, Lane.I32)
    if reached:
        register = at.emit("ADDC_I32", Lane.I32, register, imm=reached)
    at.give(node, Lane.I32, register)


def lower_find(at: Values, node: Node) -> None:
    find = node.detail
    assert isinstance(find, Find)
    value, *group = node.operands
    lane = at.lane(value)
    if at.range(value)[1] == I32_MAX:  # what no value reaches is at least 1 more
        lane = max(lane, Lane.I64)
    registers = [at.register(value, lane), *(at.register(each, Lane.I32) for each in group)]
    name = f"{'FIND' if group else 'SEARCH'}_{lane.name}"
    thresholds, cells = Slot("thresholds", find, lane.name), Slot("cells", find, lane.name)
    found = at.emit(name, Lane.I32, *registers, slot=thresholds, second=cells, mode=int(find.over))
    at.give(node, Lane.I32, found)


# ---------------------------------------------------------------- dates and moments


def lower_date(at: Values, node: Node) -> None:
    registers = [at.register(each, _DATES[node.operation]) for each in node.operands]
    at.give(node, Lane.I32, at.emit(node.operation.name, Lane.I32, *registers))


def lower_civil(at: Values, node: Node) -> None:
    moment = node.operands[0]
    known = zone_offsets(str(node.detail), *at.range(moment))
    register = at.register(moment, Lane.I64)
    if known.transitions:
        place = at.emit(
            "SEARCH_I64", Lane.I32, register, slot=table(known.transitions, Lane.I64), imm=len(known.transitions)
        )
        offset = at.emit("GATHER_I64", Lane.I64, place, slot=table(known.offsets, Lane.I64))
        register = at.emit("ADD_I64", Lane.I64, register, offset)
    elif known.offsets[0]:
        register = at.emit("ADDC_I64", Lane.I64, register, imm=known.offsets[0])
    at.give(node, Lane.I64, register)


# ---------------------------------------------------------------- what a pass leaves behind


def store(at: Values, stored: Stored) -> None:
    """Into a column, as so many bits. A value wider than them is read by nobody: it becomes the nearest that fits."""
    node, slot = stored.node, Slot("column", stored, stored.storage)
    if node.is_flag:
        at.assembly.store("STORE_U8", at.flag(node), slot)
        return
    target = LANE_OF_STORAGE[stored.storage]
    present = at.present_lane(node)
    if target is Lane.I64 and present is Lane.I32:
        at.assembly.store("STORE_I32_I64", at.register(node, Lane.I32), slot)
    elif target is Lane.I128 and present is not Lane.I128:
        at.assembly.store("STORE_I64_I128", at.register(node, Lane.I64), slot)
    else:
        at.assembly.store(f"STORE_{target.name}", _narrowed(at, node, target), slot)


def _narrowed(at: Values, node: Node, target: Lane) -> int:
    needed = at.lane(node)
    bound = 2 ** (8 * int(target) - 1) - 1
    low, high = at.range(node)
    if -bound <= low and high <= bound:
        return at.register(node, target)
    register = at.emit(f"MINC_{needed.name}", needed, at.register(node, needed), imm=bound)
    register = at.emit(f"MAXC_{needed.name}", needed, register, imm=-bound)
    return at.emit(f"{needed.name}_{target.name}", target, register)


def accumulate(at: Values, node: Node, storage: str) -> None:
    """Each row's value into its group's."""
    detail = node.detail
    assert isinstance(detail, Aggregation)
    slot = Slot("accumulator", node, storage)
    added, *group = node.operands
    lane = LANE_OF_STORAGE[storage]
    if detail.kind == "count":
        name, register = "COUNT", at.flag(added)
    elif detail.kind in ("any", "all"):
        name, register = f"{detail.kind.upper()}_INTO", at.flag(added)
    else:
        name = f"{'SUM' if detail.kind == 'sum' else detail.kind.upper() + '_INTO'}_{lane.name}"
        register = at.register(added, lane)
    if group:
        at.assembly.store(name, register, slot, at.register(group[0], Lane.I32))
    elif detail.kind in ("sum", "count"):
        at.assembly.store(name.replace("SUM", "SUM_ALL").replace("COUNT", "COUNT_ALL"), register, slot)
    else:
        at.assembly.store(name, register, slot, at.assembly.constant(0, Lane.I32))


def accumulate_packed(at: Values, pack: Pack) -> None:
    """Each row's values, side by side in one number, into its group's."""
    first, *others = (node.operands[0] for node in pack.nodes)
    lane = Lane.I32 if _is_short(at, first) and _is_short(at, others[0]) else Lane.I64
    register = _number(at, first, lane)
    for field, node in zip(pack.fields[1:], others, strict=True):
        register = at.emit(f"PACK_{lane.name}", Lane.I64, register, _number(at, node, lane), imm=field.bits)
        lane = Lane.I64
    group = at.register(pack.fields[0].node.operands[1], Lane.I32)
    at.assembly.store("SUM_PACKED", register, Slot("accumulator", pack, "i64"), group)


def _is_short(at: Values, node: Node) -> bool:
    return node.is_flag or at.lane(node) is Lane.I32


def _number(at: Values, node: Node, lane: Lane) -> int:
    """A register of a number, or of a flag as a number."""
    value = at.constant(node)
    if value is not None or not node.is_flag:
        return at.register(node, lane)
    register = at.emit("U8_I32", Lane.I32, at.flag(node))
    return register if lane is Lane.I32 else at.emit("I32_I64", Lane.I64, register)


def start_value(node: Node, found: Range) -> int:
    """What the groups of an aggregate hold before the first row; found: the aggregate's range."""
    detail = node.detail
    assert isinstance(detail, Aggregation)
    return {"min": found[1], "max": found[0], "all": 1}.get(detail.kind, 0)
