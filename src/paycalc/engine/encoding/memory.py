"""Arrow's buffers as numpy arrays, without a copy and without numpy's reading of nulls.

An array of Arrow has values also where it is null: whatever lies there. What is null stands in `validity`.
"""

from __future__ import annotations

import numpy as np
import pyarrow as pa

_WORD = 8  # bytes


def validity(array: pa.Array) -> np.ndarray | None:
    """Which rows are not null, bool [n]; None: all of them."""
    if array.null_count == 0:
        return None
    bits = array.buffers()[0]
    return np.zeros(len(array), bool) if bits is None else unpacked(bits, array.offset, len(array))


def unpacked(bits: pa.Buffer, offset: int, count: int) -> np.ndarray:
    """Bits of a bitmap from bit `offset` on, bool [count]."""
    if count == 0:
        return np.zeros(0, bool)
    skipped = offset % 8
    held = np.frombuffer(bits, np.uint8, (skipped + count + 7) // 8, offset // 8)
    return np.unpackbits(held, count=skipped + count, bitorder="little")[skipped:].view(bool)


def flags(array: pa.Array) -> np.ndarray:
    """The values of an array of bool, uint8 [n]."""
    return unpacked(array.buffers()[1], array.offset, len(array)).view(np.uint8)


def fixed(array: pa.Array, dtype: np.dtype) -> np.ndarray:
    """The values of an array of fixed width, [n], read-only. dtype: what they are."""
    if len(array) == 0:
        return np.zeros(0, dtype)
    return np.frombuffer(array.buffers()[1], dtype, len(array), array.offset * dtype.itemsize)


def words(array: pa.Array) -> np.ndarray:
    """The values of an array of decimals as words of 64 bits, the lowest first, int64 [n, words of each]."""
    per_value = array.type.byte_width // _WORD
    if len(array) == 0:
        return np.zeros((0, per_value), np.int64)
    start = array.offset * array.type.byte_width
    held = np.frombuffer(array.buffers()[1], np.dtype("<i8"), len(array) * per_value, start)
    return held.reshape(len(array), per_value)


def address(values: np.ndarray) -> int:
    """Of the first value."""
    return int(values.__array_interface__["data"][0])
