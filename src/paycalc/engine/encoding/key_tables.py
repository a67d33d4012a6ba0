"""Tables that lead from keys to rows: made once of the keys that an entity's rows have, then asked for columns of keys.

Whole numbers one after the other need no table; those that lie close together are found directly; others, and texts, by
their hash. How that is done says `kernels/keys.h`.
"""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import cached_property
from typing import Protocol

import numpy as np
import pyarrow as pa

from paycalc import _kernels
from paycalc.engine.encoding.memory import address
from paycalc.engine.encoding.states import GOOD, States
from paycalc.engine.encoding.values import extent

NOWHERE, WITHOUT_KEY = -1, -2  # as kernels/keys.h has them
COMPACT_PER_KEY = 4  # so many numbers a key are looked up directly, and
COMPACT_FREE = 1 << 16  # so many whatever the keys
_PART_ROWS = 500_000  # that a thread looks up at a time
_SECRET = secrets.randbits(64)  # results do not depend on it
TEXT_TYPES = (pa.string(), pa.large_string(), pa.string_view())  # by their kinds, as kernels/keys.h has them
_PLACE_BYTES = (4, 8, 16)
_NUMBER_PLACE_BYTES, _TEXT_PLACE_BYTES = 16, 8
STORAGES = {
    np.dtype(storage): name
    for name, storage in (
        ("i8", np.int8),
        ("u8", np.uint8),
        ("i16", np.int16),
        ("u16", np.uint16),
        ("i32", np.int32),
        ("u32", np.uint32),
        ("i64", np.int64),
        ("u64", np.uint64),
    )
}


class KeyTable(Protocol):
    """Finds rows by keys of one kind. As each of a table's, the row is the first one with the key."""

    def find(self, chunk: Chunk, out: np.ndarray) -> int:
        """Write the row of each key, or NOWHERE, or of texts WITHOUT_KEY where there is none; how many have none."""


@dataclass(frozen=True)
class TextChunk:
    """An array of texts as kernels/keys.h has them. array: of one of TEXT_TYPES."""

    array: pa.Array

    def __len__(self) -> int:
        return len(self.array)

    def __getitem__(self, rows: slice) -> TextChunk:
        return TextChunk(self.array[rows])

    @cached_property
    def told(self) -> np.ndarray:
        """What the kernels are told."""
        kind = TEXT_TYPES.index(self.array.type)
        valid, places, *_ = self.array.buffers()
        return np.array(
            [
                kind,
                0 if places is None else places.address + self.array.offset * _PLACE_BYTES[kind],
                address(self._pieces),
                0 if valid is None or self.array.null_count == 0 else valid.address,
                self.array.offset,
            ],
            np.uint64,
        )

    @cached_property
    def _pieces(self) -> np.ndarray:
        """The addresses of the pieces of memory that hold the bytes."""
        pieces = [0 if each is None else each.address for each in self.array.buffers()[2:]]
        return np.array(pieces or [0], np.uint64)

    @property
    def are_rising(self) -> bool:
        """Whether each text comes after the one before, and none is empty or null."""
        return _kernels.are_texts_rising(self.told, len(self))


Chunk = np.ndarray | TextChunk


def find_in_parts(table: KeyTable, chunks: Sequence[Chunk], threads: int) -> tuple[np.ndarray, int]:
    """The rows that chunks of keys lead to, int32 [n], and how many have none."""
    out = np.empty(sum(len(chunk) for chunk in chunks), np.int32)
    parts: list[tuple[Chunk, np.ndarray]] = []
    start = 0
    for chunk in chunks:
        for first in range(0, len(chunk), _PART_ROWS):
            count = min(_PART_ROWS, len(chunk) - first)
            parts.append((chunk[first : first + count], out[start + first : start + first + count]))
        start += len(chunk)
    if threads == 1 or len(parts) < 2:
        return out, sum(table.find(*part) for part in parts)
    with ThreadPoolExecutor(min(threads, len(parts))) as pool:
        return out, sum(pool.map(lambda part: table.find(*part), parts))


# ---------------------------------------------------------------- whole numbers


def number_table(numbers: np.ndarray, states: States) -> tuple[KeyTable, int]:
    """The table of the keys of rows whose state is GOOD, and how many of these have a key that an earlier one has.

    numbers  of at most 64 bits
    """
    good = numbers if states is None else numbers[states == GOOD]
    unsigned = numbers.dtype == np.uint64
    if not len(good):
        return Direct(unsigned, 0, 0, None), 0
    low, high = extent(good)
    told = address(numbers), STORAGES[numbers.dtype], 0 if states is None else address(states), len(numbers)
    if high - low < len(good) * COMPACT_PER_KEY + COMPACT_FREE:
        rows = np.full(high - low + 1, NOWHERE, np.int32)
        again = _kernels.enter_directly(*told, low % 2**64, address(rows))
        return Direct(unsigned, low, len(rows), rows), again
    bits = _bits(len(good))
    places = np.full(_NUMBER_PLACE_BYTES << bits, 255, np.uint8)
    again = _kernels.enter_by_hash(*told, address(places), bits, _SECRET)
    return ByHash(unsigned, places, bits), again


def consecutive(numbers: np.ndarray) -> Direct | None:
    """The table of rising keys without gaps; None where they have some. numbers: rising."""
    if not len(numbers) or int(numbers[-1]) - int(numbers[0]) != len(numbers) - 1:
        return None
    return Direct(numbers.dtype == np.uint64, int(numbers[0]), len(numbers), None)


def _bits(count: int) -> int:
    """Of the places for so many keys: at most three in four are taken."""
    return (count * 4 // 3).bit_length()


@dataclass(frozen=True)
class Direct:
    """rows: int32 [length], of each number from `low` on; None: those are the keys of row 0, of row 1, and so on."""

    unsigned: bool
    low: int
    length: int
    rows: np.ndarray | None

    def find(self, chunk: Chunk, out: np.ndarray) -> int:
        rows = 0 if self.rows is None else address(self.rows)
        told = _told(chunk, self.unsigned)
        return _kernels.find_directly(*told, self.low % 2**64, self.length, rows, address(out))


@dataclass(frozen=True)
class ByHash:
    """places: as kernels/keys.h has them, 2^bits."""

    unsigned: bool
    places: np.ndarray
    bits: int

    def find(self, chunk: Chunk, out: np.ndarray) -> int:
        told = _told(chunk, self.unsigned)
        return _kernels.find_by_hash(*told, address(self.places), self.bits, _SECRET, address(out))


def _told(numbers: Chunk, unsigned: bool) -> tuple[int, str, int, bool]:
    assert isinstance(numbers, np.ndarray)  # a table of numbers is asked for numbers
    return address(numbers), STORAGES[numbers.dtype], len(numbers), unsigned == (numbers.dtype == np.uint64)


# ---------------------------------------------------------------- texts


def text_table(texts: TextChunk) -> tuple[KeyTable, int]:
    """The table of the texts of rows, and how many have one that an earlier row has. An empty text is none."""
    bits = _bits(len(texts))
    places = np.full(_TEXT_PLACE_BYTES << bits, 255, np.uint8)
    again, _ = _kernels.enter_texts(texts.told, len(texts), address(places), bits, _SECRET)
    return OfTexts(texts, places, bits), again


@dataclass(frozen=True)
class OfTexts:
    """places: as kernels/keys.h has them, 2^bits; they name rows of `own`."""

    own: TextChunk
    places: np.ndarray
    bits: int

    def find(self, chunk: Chunk, out: np.ndarray) -> int:
        assert isinstance(chunk, TextChunk)  # a table of texts is asked for texts
        return _kernels.find_texts(
            chunk.told, len(chunk), self.own.told, address(self.places), self.bits, _SECRET, address(out)
        )
