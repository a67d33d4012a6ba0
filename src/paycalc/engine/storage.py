"""How the numbers of a column lie in memory, between the door, the machine and the results."""

from __future__ import annotations

import ctypes
from collections.abc import Mapping
from typing import Any

import numpy as np
import numpy.typing as npt

Numbers = npt.NDArray[Any]

# What numpy calls each storage, the narrowest first; it has no name for `bits` and `i128`.
DTYPES: Mapping[str, np.dtype[Any]] = {
    "i8": np.dtype(np.int8),
    "u8": np.dtype(np.uint8),
    "i16": np.dtype(np.int16),
    "u16": np.dtype(np.uint16),
    "i32": np.dtype(np.int32),
    "u32": np.dtype(np.uint32),
    "i64": np.dtype(np.int64),
    "flags": np.dtype(np.uint8),
}
_INT128_BYTES = 16


def bytes_of(storage: str) -> int:
    """The bytes of one number; not of `bits`."""
    return _INT128_BYTES if storage == "i128" else DTYPES[storage].itemsize


def view(address: int, count: int, storage: str) -> Numbers:
    """Memory as numbers of a storage that numpy knows, without a copy; the caller keeps it alive."""
    dtype = DTYPES[storage]
    if not count:
        return np.empty(0, dtype)
    memory = memoryview((ctypes.c_char * (count * dtype.itemsize)).from_address(address))
    numbers: Numbers = np.frombuffer(memory, dtype)
    return numbers
