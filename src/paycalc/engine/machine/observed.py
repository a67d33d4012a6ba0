"""The ranges for which programs are made: declared, or observed and rounded up so that few programs serve all data."""

from __future__ import annotations

from paycalc.check.typed import Field
from paycalc.check.types import MomentType
from paycalc.engine.encoded import EncodedColumn
from paycalc.graph.nodes import Input
from paycalc.graph.type_ranges import Range

CLASS_BITS = (15, 31, 50, 62, 127)  # int16, int32, doubles, int64 and int128 hold so many, with room for a sign
ROW_COUNT_BITS_MIN = 10
_MOMENT_STEP = 2**45  # microseconds, a little over a year: zones have few changes in so few years


def observed_range(input: Input, column: EncodedColumn, declared: Range) -> Range:
    """The range of an input's values in this run, rounded up within the declared one."""
    low, high = max(column.low, declared[0]), min(column.high, declared[1])
    if column.count == 0 or low > high:
        return declared
    if is_moment(input):
        rounded = low // _MOMENT_STEP * _MOMENT_STEP, -(-high // _MOMENT_STEP) * _MOMENT_STEP
    elif low == high:
        rounded = low, high
    else:
        bits = max(abs(low), abs(high)).bit_length()
        bound = 2 ** next(each for each in CLASS_BITS if each >= bits) - 1
        rounded = (0 if low >= 0 else -bound), bound
    return max(rounded[0], declared[0]), min(rounded[1], declared[1])


def is_moment(input: Input) -> bool:
    """Whether programs are always made for the years in which its values lie: a zone's table of all years is long."""
    field = input.field
    return isinstance(field, Field) and input.part in ("value", "dated value") and isinstance(field.type, MomentType)


def observed_rows(count: int) -> int:
    """Not fewer than the rows of an entity."""
    return (1 << max(count.bit_length(), ROW_COUNT_BITS_MIN)) - 1
