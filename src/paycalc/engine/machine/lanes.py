"""The lanes in which tiles are computed, and which of them a range needs."""

from __future__ import annotations

from enum import IntEnum

from paycalc.core.errors import InternalError
from paycalc.graph.type_ranges import Range

I32_MAX = 2**31 - 1
I64_MAX = 2**62  # leaves a bit to spare in every sum of two
I128_MAX = 2**127 - 1
NO, YES, EITHER = (0, 0), (1, 1), (0, 1)  # ranges of flags


class Lane(IntEnum):
    """How a register holds a value; the number is its bytes."""

    FLAGS = 1
    I32 = 4
    I64 = 8
    I128 = 16


COLUMN_STORAGE = {Lane.FLAGS: "flags", Lane.I32: "i32", Lane.I64: "i64", Lane.I128: "i128"}
LANE_OF_STORAGE = {storage: lane for lane, storage in COLUMN_STORAGE.items()}


def lane_of(*ranges: Range) -> Lane:
    """The narrowest lane of numbers that holds all values of these ranges. Raises InternalError beyond 127 bits."""
    magnitude = max(max(-low, high) for low, high in ranges)
    if magnitude <= I32_MAX:
        return Lane.I32
    if magnitude <= I64_MAX:
        return Lane.I64
    if magnitude <= I128_MAX:
        return Lane.I128
    raise InternalError(f"a value of {magnitude.bit_length()} bits has no lane")
