"""Reading what the door has encoded: a column's memory as an array, and one value of it as Python has it."""

from __future__ import annotations

import ctypes
from datetime import UTC, tzinfo
from fractions import Fraction

import numpy as np

from paycalc.check.types import DateType, FlagType, MemberType, MomentType, NumberType, TextType, Value, ValueType
from paycalc.core.calendar import civil_moment
from paycalc.engine.encoded import EncodedColumn, EncodedData
from paycalc.engine.storage import Numbers, view
from paycalc.graph.calendar_days import date_of, moment_of


def stored_array(column: EncodedColumn) -> Numbers:
    """The numbers as they are stored, without a copy; not of `bits` and `i128`. Their life is the column's."""
    return view(column.address, column.count, column.storage)


def numbers_at(column: EncodedColumn, rows: Numbers) -> Numbers:
    """The values of an integer column at some rows, int64."""
    taken = stored_array(column)[rows].astype(np.int64)
    return taken if (column.factor, column.shift) == (1, 0) else taken * column.factor + column.shift


def integers(column: EncodedColumn) -> Numbers:
    """The values of an integer column; without a copy where they are stored as they are."""
    stored = stored_array(column)
    return stored if (column.factor, column.shift) == (1, 0) else stored.astype(np.int64) * column.factor + column.shift


def number_at(column: EncodedColumn, row: int) -> int:
    """The value at one row, of any storage; of a flag 0 or 1."""
    if column.storage == "bits":
        bit = column.bit_offset + row
        return ctypes.c_uint8.from_address(column.address + bit // 8).value >> (bit % 8) & 1
    if column.storage == "i128":
        low = ctypes.c_uint64.from_address(column.address + 16 * row).value
        high = ctypes.c_int64.from_address(column.address + 16 * row + 8).value
        number = (high << 64) | low
    else:
        number = int(stored_array(column)[row])
    return number * column.factor + column.shift


def decoded(number: int, type: ValueType, data: EncodedData) -> Value:
    """What a whole number of the door stands for, in a column of the type: the value that the reference has there."""
    match type:
        case NumberType(places=places):
            assert places is not None  # no column holds fractions
            return Fraction(number, 10**places)
        case FlagType():
            return bool(number)
        case DateType():
            return date_of(number)
        case MomentType():
            zone: tzinfo = data.plan.timezone or UTC
            return civil_moment(moment_of(number), zone)
        case MemberType(members=members):
            return members[number]
        case TextType():
            return data.texts[number]
    raise AssertionError(f"no column is {type}")
