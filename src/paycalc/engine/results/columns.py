"""From computed columns to Arrow: the numbers stay where they are wherever Arrow holds them in the same way."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

import numpy as np
import pyarrow as pa

from paycalc import _kernels
from paycalc.check.types import DateType, FlagType, MemberType, MomentType, NumberType, TextType, ValueType
from paycalc.core.number import decimal_places, format_decimal
from paycalc.engine.computed import ComputedColumn
from paycalc.engine.results.value_types import (
    DIGITS_NARROW,
    DIGITS_WIDE,
    arrow_type,
    decimal_digits,
    decimal_type,
    is_count,
)
from paycalc.engine.storage import DTYPES, Numbers, bytes_of


@dataclass(frozen=True)
class ShownColumn:
    """What is shown of a line: its computed values, and where there is none.

    valid   bytes 0 and 1; None: there is a value in every row
    places  of a number: those it is computed at
    """

    values: ComputedColumn
    valid: Numbers | None
    places: int

    def without(self, removed: Numbers) -> ShownColumn:
        """The same without some rows (int64, rising). The buffers are changed in place."""
        if not len(removed):
            return self
        column = self.values
        count = column.count - len(removed)
        _kernels.remove_rows(
            column.buffer.address, bytes_of(column.storage), column.count, np.ascontiguousarray(removed)
        )
        valid = None if self.valid is None else np.delete(self.valid, removed)
        rest = column.buffer.slice(0, count * bytes_of(column.storage))
        return ShownColumn(ComputedColumn(rest, column.storage, count), valid, self.places)

    def sum(self) -> Fraction:
        """The sum of a column of numbers, which has one in every row."""
        column = self.values
        total = _kernels.sum_column(column.buffer.address, column.storage, column.count)
        return Fraction(total, 10**self.places)

    def part(self, start: int, stop: int) -> ShownColumn:
        """The rows from one to before another."""
        width = bytes_of(self.values.storage)
        rest = self.values.buffer.slice(start * width, (stop - start) * width)
        valid = None if self.valid is None else self.valid[start:stop]
        return ShownColumn(ComputedColumn(rest, self.values.storage, stop - start), valid, self.places)

    def rows(self) -> pa.Array:
        """Of references: the rows that they lead to; null where there is no value."""
        rows = np.frombuffer(self.values.buffer, DTYPES[self.values.storage])[: self.values.count]
        return pa.array(rows, mask=(rows < 0) if self.valid is None else (rows < 0) | (self.valid == 0))

    def array(self, type: ValueType, texts: Sequence[str], money: str) -> pa.Array:
        """As an Arrow array of the type that `value_types.arrow_type` names."""
        match type:
            case NumberType():
                return self._number(type, money)
            case FlagType():
                flags = np.frombuffer(self.values.buffer, np.uint8)[: self.values.count]
                return self._from(pa.bool_(), pa.py_buffer(np.packbits(flags, bitorder="little")))
            case DateType():
                return self._from(pa.date32(), self._plain("i32"))
            case MomentType():
                return self._from(pa.timestamp("us", "UTC"), self._plain("i64"))
            case MemberType(members=members):
                return pa.array(members, pa.string()).take(self._from(pa.int32(), self._plain("i32")))
            case TextType():
                return pa.array(texts, pa.string()).take(self._from(pa.int32(), self._plain("i32")))
        raise AssertionError(f"no line is {type}")

    def _number(self, type: NumberType, money: str) -> pa.Array:
        assert type.places is not None
        wanted = arrow_type(type, money)
        factor = 10 ** (type.places - self.places)
        digits = decimal_digits(type)
        if is_count(type):
            return self._from(wanted, self._plain("i64"))
        if digits == DIGITS_NARROW:
            minor = self._plain("i64", factor)
            return self._from(wanted, _extended(minor, 2) if pa.types.is_decimal128(wanted) else minor)
        whole = self._plain("i128") if self.values.storage == "i128" else _extended(self._plain("i64"), 2)
        if digits > DIGITS_WIDE:
            whole = _extended(whole, 4)
        if factor == 1:
            return self._from(wanted, whole)
        exact = self._from(decimal_type(digits, self.places), whole).cast(decimal_type(digits, type.places))
        return pa.Array.from_buffers(wanted, len(exact), exact.buffers(), exact.null_count)

    def _plain(self, storage: str, factor: int = 1) -> pa.Buffer:
        """The values in this storage; a null is 0, so that equal columns have equal bytes."""
        column = self.values
        if column.storage == "i128":
            halves = np.frombuffer(column.buffer, np.int64).reshape(-1, 2)[: column.count]
            return column.buffer if self.valid is None else pa.py_buffer(halves * (self.valid[:, None] != 0))
        numbers = np.frombuffer(column.buffer, DTYPES[column.storage])[: column.count]
        if self.valid is not None:
            numbers = np.where(self.valid != 0, numbers, numbers.dtype.type(0))
        numbers = numbers.astype(DTYPES[storage], copy=False)
        if factor != 1:
            numbers = numbers * np.int64(factor)
        as_it_is = storage == column.storage and factor == 1 and self.valid is None
        return column.buffer if as_it_is else pa.py_buffer(numbers)

    def _from(self, type: pa.DataType, values: pa.Buffer) -> pa.Array:
        count = self.values.count
        if self.valid is None:
            return pa.Array.from_buffers(type, count, [None, values], 0)
        nulls = count - int(np.count_nonzero(self.valid))
        bits = pa.py_buffer(np.packbits(self.valid != 0, bitorder="little")) if nulls else None
        return pa.Array.from_buffers(type, count, [bits, values], nulls)


def fractions_array(numerators: ShownColumn, divisors: ComputedColumn) -> pa.Array:
    """Exact fractions as texts: `10/3`, and `2.5` where they have an end."""
    above, below = (_whole_numbers(each) for each in (numerators.values, divisors))
    valid = numerators.valid if numerators.valid is not None else np.ones(len(above), np.uint8)
    return pa.array(
        [exact_text(Fraction(a, b)) if there else None for a, b, there in zip(above, below, valid, strict=True)],
        pa.string(),
    )


def exact_text(value: Fraction) -> str:
    """A fraction as text, without loss."""
    return format_decimal(value, group="") if decimal_places(value) is not None else str(value)


def _whole_numbers(column: ComputedColumn) -> list[int]:
    if column.storage != "i128":
        numbers: list[int] = np.frombuffer(column.buffer, DTYPES[column.storage])[: column.count].tolist()
        return numbers
    halves = np.frombuffer(column.buffer, np.int64).reshape(-1, 2)[: column.count].tolist()
    return [(high << 64) | (low & 0xFFFF_FFFF_FFFF_FFFF) for low, high in halves]


def _extended(numbers: pa.Buffer, words: int) -> pa.Buffer:
    """Whole numbers of 8 or 16 bytes as ones of so many words of 8 bytes: 2 from 1, or 4 from 2."""
    held = np.frombuffer(numbers, np.int64).reshape(-1, words // 2)
    extended = pa.allocate_buffer(len(held) * words * 8)
    there = np.frombuffer(extended, np.int64).reshape(-1, words)
    there[:, : words // 2] = held
    there[:, words // 2 :] = held[:, -1:] >> 63
    return extended
