"""How nodes of numbers become operations: arithmetic, division, comparison."""

from __future__ import annotations

from paycalc.core.errors import InternalError
from paycalc.core.number import ROUNDING_MODES
from paycalc.engine.machine.lanes import Lane
from paycalc.engine.machine.values import Values
from paycalc.graph.nodes import Node, Operation
from paycalc.graph.type_ranges import Range

FAST_MAX = 2**50  # below it a division by way of doubles rounds exactly
DIVISOR_MAX = 2**63 - 1  # all of int64, also beyond what its lane is given otherwise
MODES = {mode: number for number, mode in enumerate(ROUNDING_MODES)}

_PAIRS = {
    Operation.ADD: ("ADD", "ADDC"),
    Operation.MULTIPLY: ("MUL", "MULC"),
    Operation.MINIMUM: ("MIN", "MINC"),
    Operation.MAXIMUM: ("MAX", "MAXC"),
}
# The operation of two registers, with a constant on the right, and with one on the left.
_COMPARISONS = {
    Operation.LESS: ("LT", "LTC", "GTC"),
    Operation.LESS_EQUAL: ("LE", "LEC", "GEC"),
    Operation.EQUAL: ("EQ", "EQC", "EQC"),
}


def lower_pair(at: Values, node: Node) -> None:
    """Of operations that do not care which operand stands first."""
    left, right = node.operands
    plain, with_constant = _PAIRS[node.operation]
    if at.constant(left) is not None:
        left, right = right, left
    lane = at.lane(left, right, node)
    if node.operation is Operation.MULTIPLY and _is_widening(at, left, right, lane):
        narrow = _narrower(lane)
        register = at.emit(f"MULW_{lane.name}", lane, at.register(left, narrow), at.register(right, narrow))
    elif (value := at.constant(right)) is not None:
        register = at.emit(f"{with_constant}_{lane.name}", lane, at.register(left, lane), imm=value)
    else:
        register = at.emit(f"{plain}_{lane.name}", lane, at.register(left, lane), at.register(right, lane))
    at.give(node, lane, register)


def _is_widening(at: Values, left: Node, right: Node, lane: Lane) -> bool:
    """Whether a product is made of operands of the next narrower lane."""
    return lane is not Lane.I32 and at.lane(left, right) < lane


def _narrower(lane: Lane) -> Lane:
    return Lane.I32 if lane is Lane.I64 else Lane.I64


def lower_subtract(at: Values, node: Node) -> None:
    left, right = node.operands
    lane = at.lane(left, right, node)
    if (value := at.constant(right)) is not None:
        register = at.emit(f"ADDC_{lane.name}", lane, at.register(left, lane), imm=-value)
    elif (value := at.constant(left)) is not None:
        name = f"NEG_{lane.name}" if value == 0 else f"RSUBC_{lane.name}"
        register = at.emit(name, lane, at.register(right, lane), imm=value)
    else:
        register = at.emit(f"SUB_{lane.name}", lane, at.register(left, lane), at.register(right, lane))
    at.give(node, lane, register)


def lower_unary(at: Values, node: Node) -> None:
    name = "NEG" if node.operation is Operation.NEGATE else "ABS"
    lane = at.lane(node.operands[0], node)
    at.give(node, lane, at.emit(f"{name}_{lane.name}", lane, at.register(node.operands[0], lane)))


def lower_guard(at: Values, node: Node) -> None:
    operand = node.operands[0]
    assert isinstance(node.detail, tuple)
    low, high = node.detail
    values = at.range(operand)
    lane = at.lane(operand, node)
    register = at.register(operand, lane)
    if values[0] < low:
        register = at.emit(f"MAXC_{lane.name}", lane, register, imm=low)
    if values[1] > high:
        register = at.emit(f"MINC_{lane.name}", lane, register, imm=high)
    at.give(node, lane, register)


def lower_select(at: Values, node: Node) -> None:
    condition, chosen, other = node.operands
    lane = at.lane(chosen, other, node)
    flag = at.flag(condition)
    if at.constant(chosen) == 0:
        flag = at.emit("NOT", Lane.FLAGS, flag)
        chosen, other = other, chosen
    if at.constant(other) == 0:
        register = at.emit(f"SELECTZ_{lane.name}", lane, flag, at.register(chosen, lane))
    else:
        chosen_register, other_register = at.register(chosen, lane), at.register(other, lane)
        register = at.emit(f"SELECT_{lane.name}", lane, flag, chosen_register, other_register)
    at.give(node, lane, register)


def lower_number_of(at: Values, node: Node) -> None:
    at.give(node, Lane.I32, at.emit("U8_I32", Lane.I32, at.flag(node.operands[0])))


def lower_comparison(at: Values, node: Node) -> None:
    left, right = node.operands
    plain, constant_right, constant_left = _COMPARISONS[node.operation]
    lane = at.lane(left, right)
    if (value := at.constant(right)) is not None:
        register = at.emit(f"{constant_right}_{lane.name}", Lane.FLAGS, at.register(left, lane), imm=value)
    elif (value := at.constant(left)) is not None:
        register = at.emit(f"{constant_left}_{lane.name}", Lane.FLAGS, at.register(right, lane), imm=value)
    else:
        name = f"{plain}_{lane.name}"
        register = at.emit(name, Lane.FLAGS, at.register(left, lane), at.register(right, lane))
    at.give(node, Lane.FLAGS, register)


# ---------------------------------------------------------------- division


def lower_divide(at: Values, node: Node) -> None:
    dividend, divisor = node.operands
    mode = str(node.detail)
    value = at.constant(divisor)
    if value is None:
        _divide_by_column(at, node, mode)
        return
    value = max(value, 1)
    if value == 1:
        at.register(dividend, at.present_lane(dividend))
        at.share(node, dividend)
        return
    lane = at.lane(dividend)
    if is_fast(at.range(dividend), value, mode):
        name = f"DIVC_FAST_{lane.name}"
    elif value <= DIVISOR_MAX:
        name = f"DIVC_{lane.name}"
    else:
        raise InternalError(f"a division by a constant of {value.bit_length()} bits")
    at.give(node, lane, at.emit(name, lane, at.register(dividend, lane), mode=MODES[mode], imm=value))


def _divide_by_column(at: Values, node: Node, mode: str) -> None:
    dividend, divisor = node.operands
    lane = at.lane(dividend, divisor)
    if is_fast(at.range(dividend), at.range(divisor)[1], mode):
        registers = (at.register(dividend, lane), at.register(divisor, lane))
        at.give(node, lane, at.emit(f"DIV_FAST_{lane.name}", lane, *registers, mode=MODES[mode]))
        return
    registers = (at.register(dividend, lane), at.register(divisor, _divisor_lane(at, divisor, lane)))
    at.give(node, lane, at.emit(f"DIV_{lane.name}", lane, *registers, mode=MODES[mode]))


def _divisor_lane(at: Values, divisor: Node, lane: Lane) -> Lane:
    """The lane of the dividend; a dividend of int128 has a divisor of int64."""
    low, high = at.range(divisor)
    if max(-low, high) > DIVISOR_MAX:
        raise InternalError(f"a division by a number of the range {low} .. {high}")
    return min(lane, Lane.I64)


def is_fast(dividend: Range, divisor_max: int, mode: str) -> bool:
    """Whether a division is exact by way of doubles."""
    if mode == "half_even":
        return False
    added = (divisor_max + 1) // 2 if mode == "half_up" else divisor_max
    return max(-dividend[0], dividend[1]) + added < FAST_MAX


def lower_modulo(at: Values, node: Node) -> None:
    dividend, divisor = node.operands
    lane = at.lane(dividend, divisor, node)
    value = at.constant(divisor)
    if value is not None:
        register = at.emit(f"MODC_{lane.name}", lane, at.register(dividend, lane), imm=value or 1)
    else:
        registers = (at.register(dividend, lane), at.register(divisor, _divisor_lane(at, divisor, lane)))
        register = at.emit(f"MOD_{lane.name}", lane, *registers)
    at.give(node, lane, register)
