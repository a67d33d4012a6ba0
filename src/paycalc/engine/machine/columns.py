"""Columns in memory: of inputs as programs read them, of what passes leave behind, and how results are stored."""

from __future__ import annotations

import numpy as np
import pyarrow as pa

from paycalc.check.typed import Line, PeriodValue, Total
from paycalc.check.types import FlagType, MomentType, NumberType
from paycalc.core.errors import InternalError
from paycalc.engine.encoded import EncodedColumn, EncodedData
from paycalc.engine.machine.lanes import COLUMN_STORAGE, LANE_OF_STORAGE, Lane, lane_of
from paycalc.engine.machine.values import Layout, stored_range
from paycalc.engine.storage import DTYPES, view
from paycalc.graph.calendar_days import days_of
from paycalc.graph.nodes import Input, Prepared
from paycalc.graph.type_ranges import Range

IN_PLACE_ROWS = 65_536  # a column of more rows is gathered from as it is, though its numbers would fit into half


def storage_of(line: Line | Total) -> str:
    """How the column of a line is stored, by its type alone: the same whatever the data."""
    match line.type:
        case NumberType(places=None):
            return "i128"  # an exact fraction, whose dividend may be far longer than the number
        case FlagType():
            return "flags"
        case MomentType():
            return "i64"
        case NumberType(places=int(places), interval=interval):
            bound = (2**63 - 1) // 10**places
            return "i64" if -bound <= interval.low and interval.high <= bound else "i128"
    return "i32"


class Memory:
    """A column that a pass writes, in a buffer of Arrow's memory pool; of no rows it has room for one all the same."""

    def __init__(self, storage: str, count: int) -> None:
        self.storage, self.count = storage, count
        self.buffer = pa.allocate_buffer(max(count, 1) * int(LANE_OF_STORAGE[storage]))

    @property
    def address(self) -> int:
        return int(self.buffer.address)

    def copy(self) -> Memory:
        other = Memory(self.storage, self.count)
        np.frombuffer(other.buffer, np.uint8)[:] = np.frombuffer(self.buffer, np.uint8)
        return other

    def fill(self, value: int) -> None:
        """The same value in every row."""
        filled(np.frombuffer(self.buffer, np.uint8), self.storage, value)

    def array(self) -> np.ndarray:
        """The rows, of flags as uint8; not of i128."""
        return np.frombuffer(self.buffer, DTYPES[self.storage])[: self.count]

    def value(self) -> int:
        """The number in the first row."""
        width = int(LANE_OF_STORAGE[self.storage])
        return int.from_bytes(memoryview(self.buffer)[:width], "little", signed=self.storage != "flags")


def filled(memory: np.ndarray, storage: str, value: int) -> None:
    """Writes one value into every place of a memory of bytes."""
    if storage == "i128":
        words = memory.view(np.uint64).reshape(-1, 2)
        words[:, 0] = value & (2**64 - 1)
        words[:, 1] = (value >> 64) & (2**64 - 1)
    else:
        memory.view(DTYPES[storage])[:] = value


# ---------------------------------------------------------------- inputs


def input_column(data: EncodedData, input: Input) -> EncodedColumn:
    """The column of an input; what the period says has one row."""
    known = data.inputs.get(input)
    if known is not None:
        return known
    period, field = data.period, input.field
    if not isinstance(field, PeriodValue):
        raise InternalError(f"the data has no column `{name_of(input)}`")
    days = {"period.start": days_of(period.start), "period.end": days_of(period.end)}
    value = days.get(field.name, period.days)
    owner = np.array([value], np.int32)
    return EncodedColumn(owner, int(owner.ctypes.data), "i32", 1, value, value)


def name_of(input: Input) -> str:
    """An input for people."""
    if isinstance(input.field, Prepared):
        return input.field.name
    return input.part if input.field is None else f"{input.field.entity}.{input.field.name} {input.part}"


def row_layout(column: EncodedColumn) -> Layout:
    """Of a column that is read row by row, as the door left it."""
    return Layout(column.storage, column.factor, column.shift, column.bit_offset % 8)


def row_address(column: EncodedColumn) -> int:
    return column.address + column.bit_offset // 8


def gathered_layout(column: EncodedColumn, values: Range) -> Layout:
    """Of a column from which rows are gathered; values: the range that programs are made for."""
    if column.storage in ("bits", "flags"):
        return Layout("flags")
    lane = lane_of(values)
    if lane is Lane.I128 and column.count == 0:
        return Layout("i128")  # holds one value of the range, whichever it is
    if lane is Lane.I128:
        return Layout("i128" if column.storage == "i128" else "i64", column.factor, column.shift)
    if column.storage == "i64" and _is_plain(column) and column.count > IN_PLACE_ROWS:
        return Layout("i64")
    return Layout(COLUMN_STORAGE[lane])


def gathered_memory(column: EncodedColumn, layout: Layout, values: Range) -> tuple[int, object]:
    """The address of a column laid out so, and what keeps it alive; copied where it is not so already."""
    has_layout = column.storage == layout.storage and (column.factor, column.shift) == (layout.factor, layout.shift)
    if has_layout and column.count > 0:
        return column.address, column.owner
    if column.count == 0:
        width = int(LANE_OF_STORAGE[layout.storage])
        memory = np.zeros(width * 2, np.uint8)[:width]
        filled(memory, layout.storage, stored_range(layout, values)[0])
    else:
        memory = _copied(column, layout)
    return int(memory.ctypes.data), memory


def _is_plain(column: EncodedColumn) -> bool:
    return column.factor == 1 and column.shift == 0


def _copied(column: EncodedColumn, layout: Layout) -> np.ndarray:
    if column.storage == "bits":
        count = column.bit_offset + column.count
        packed = view(column.address, -(-count // 8), "u8")
        return np.unpackbits(packed, bitorder="little")[column.bit_offset : count].copy()
    if column.storage == "i128":
        stored = view(column.address, 2 * column.count, "i64")[::2]  # the range says that they fit
    else:
        stored = view(column.address, column.count, column.storage)
    if (column.factor, column.shift) == (layout.factor, layout.shift):
        return stored.astype(DTYPES[layout.storage])
    values = stored.astype(np.int64) * column.factor + column.shift
    return values.astype(DTYPES[layout.storage])
