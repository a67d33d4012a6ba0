"""Columns to numbers by the types of the plan, each column as a whole.

What a column may be physically, and what each cell then is, `inputs.cells` says: here the same is done without an
object for each cell. A code that is found here is found there too, when a message is made of the cell.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, tzinfo
from fractions import Fraction
from threading import Lock

import numpy as np
import pyarrow as pa

from paycalc.check.types import (
    DateType,
    FlagType,
    MemberType,
    MomentType,
    NumberType,
    TextType,
    Value,
    ValueType,
    is_in_calendar,
)
from paycalc.engine.encoding.coded import Coded, coded, plain_column
from paycalc.engine.encoding.memory import fixed, flags
from paycalc.engine.encoding.moments import read_moments
from paycalc.engine.encoding.numbers import number_of_text, plain_texts, read_numbers
from paycalc.engine.encoding.states import EMPTY, GOOD, UNSET, States, empty_states, state_of
from paycalc.engine.encoding.values import Checked, Home, Values, checked, extent, narrowest
from paycalc.engine.inputs.cells import (
    DAY_MS,
    EPOCH_ORDINAL,
    FLAG_TEXTS,
    CellRules,
    date_from_text,
    moment_from_text,
    plain,
)
from paycalc.engine.inputs.input_table import InputColumn
from paycalc.graph.calendar_days import microseconds_of
from paycalc.reference.dataset import Unreadable
from paycalc.reference.faults import FaultCode
from paycalc.reference.parameters import UNSET_TEXT


@dataclass
class TextNumbers:
    """The texts of a run, each with its number. Columns may be read by several threads at a time."""

    numbers: dict[str, int] = field(default_factory=dict)
    _lock: Lock = field(default_factory=Lock)

    def of(self, text: str) -> int:
        known = self.numbers.get(text)
        if known is not None:
            return known
        with self._lock:
            return self.numbers.setdefault(text, len(self.numbers))


@dataclass(frozen=True)
class Reading:
    """What columns are read by. timezone: the plan's. parameters: an empty text sets nothing, `none` unsets."""

    rules: CellRules
    timezone: tzinfo
    texts: TextNumbers
    parameters: bool = False


def number_of(value: Value, type: ValueType, texts: TextNumbers) -> int:
    """A value of the plan as the number that stands for it in columns of the type."""
    match type:
        case NumberType(places=places):
            assert places is not None and isinstance(value, Fraction)
            return int(value * 10**places)
        case MemberType(members=members):
            assert isinstance(value, str)
            return members.index(value)
        case TextType():
            assert isinstance(value, str)
            return texts.of(value)
    if isinstance(value, datetime):
        return microseconds_of(value)
    if isinstance(value, date):
        return value.toordinal() - EPOCH_ORDINAL
    assert isinstance(value, bool)
    return int(value)


def bounds_of(type: ValueType) -> tuple[int, int]:
    """The least and the greatest number that a column of the type may hold; of moments and texts 0, they have none."""
    match type:
        case NumberType(places=places, interval=interval):
            assert places is not None
            return -(-interval.low * 10**places // 1), interval.high * 10**places // 1
        case MemberType(members=members):
            return 0, len(members) - 1
        case DateType(low=low, high=high):
            return low.toordinal() - EPOCH_ORDINAL, high.toordinal() - EPOCH_ORDINAL
        case FlagType():
            return 0, 1
    return 0, 0


def read_column(column: InputColumn, type: ValueType, reading: Reading) -> Checked:
    """The values of a column whose type and scale were found to be ones that the plan's type takes."""
    written = plain_column(column) if isinstance(type, NumberType) else None
    if written is not None and isinstance(type, NumberType):
        return _read_written(written, type, reading)
    texts = coded(column)
    if texts is not None:
        return _read_texts(texts, type, reading)
    assert isinstance(column, pa.ChunkedArray)  # else it is text
    column = plain(column)
    match type:
        case NumberType():
            return checked(read_numbers(column, type, reading.rules.scale), *bounds_of(type))
        case FlagType():
            return checked(_read_flags(column), 0, 1)
        case DateType():
            return _read_dates(column, type)
        case MomentType():
            return read_moments(column, reading.timezone, reading.rules.assume_timezone)
    raise AssertionError(f"no column of {column.type} is {type}")


def _read_flags(column: pa.ChunkedArray) -> Values:
    chunks = [flags(chunk) for chunk in column.chunks]
    home = None
    if len(column.chunks) == 1 and len(column):
        bits = column.chunk(0).buffers()[1]
        home = Home(bits, bits.address, "bits", column.chunk(0).offset)
    return Values(chunks, empty_states(column), home=home)


def _read_dates(column: pa.ChunkedArray, type: DateType) -> Checked:
    if pa.types.is_date32(column.type):
        chunks = [fixed(chunk, np.dtype(np.int32)) for chunk in column.chunks]
    else:
        chunks = [fixed(chunk, np.dtype(np.int64)) // DAY_MS for chunk in column.chunks]
    values = Values(chunks, empty_states(column))
    calendar = checked(values, date.min.toordinal() - EPOCH_ORDINAL, date.max.toordinal() - EPOCH_ORDINAL)
    if calendar.extent is None and calendar.states is not None:
        states = calendar.states
        states[states == state_of(FaultCode.OUT_OF_RANGE)] = state_of(FaultCode.NOT_A_DATE)
        values = replace(values, states=states)
    return checked(values, *bounds_of(type))


# ---------------------------------------------------------------- texts


def _read_written(column: pa.ChunkedArray, type: NumberType, reading: Reading) -> Checked:
    """Numbers as texts: most are written in the usual way, the others are looked at, each text once."""
    chunks = [plain_texts(chunk, type, reading.rules.scale) for chunk in column.chunks]
    numbers = np.concatenate([*(each for each, _ in chunks), np.zeros(0, np.int64)])
    done = np.concatenate([*(each for _, each in chunks), np.zeros(0, bool)])
    states = empty_states(column)
    rows = np.flatnonzero(~done if states is None else ~done & (states == GOOD))
    if len(rows):
        texts = coded(column.take(pa.array(rows)))
        assert texts is not None  # a column of text
        odd = _read_texts(texts, type, reading)
        found = odd.values.chunks[0]
        numbers = numbers.astype(object) if found.dtype == object else numbers
        numbers[rows] = found
        if odd.states is not None:
            states = np.zeros(len(numbers), np.uint8) if states is None else states
            states[rows] = odd.states
    return checked(Values([numbers], states), *bounds_of(type))


def _read_texts(texts: Coded, type: ValueType, reading: Reading) -> Checked:
    """Each text once; then every row takes what its text is."""
    found = _converted(texts.texts, type, reading)
    numbers, states = found.values.chunks[0], found.states
    good = numbers if states is None else numbers[states == GOOD]
    bounds = extent(good) if len(good) else None
    of_texts = np.zeros(found.values.count, np.uint8) if states is None else states
    row_states: States = None
    if states is not None or texts.may_be_empty:
        row_states = texts.each(np.append(of_texts, np.uint8(EMPTY))).astype(np.uint8)
        row_states = row_states if row_states.any() else None
    if bounds is None:
        numbers = np.zeros(texts.count, np.int8)
    else:
        numbers = np.where(of_texts == GOOD, numbers, bounds[0])
        numbers = texts.each(np.append(numbers, bounds[0]).astype(narrowest(*bounds) or object))
    return Checked(Values([numbers], row_states), found.low, found.high, bounds)


def _converted(texts: Sequence[str], type: ValueType, reading: Reading) -> Checked:
    """What distinct texts are, as one chunk."""
    if isinstance(type, TextType):
        return _text_numbers(texts, reading)
    convert = _member_of(type, reading) if isinstance(type, MemberType) else _converter(type, reading)
    numbers, states = np.zeros(len(texts), object), np.zeros(len(texts), np.uint8)
    for position, text in enumerate(texts):
        if reading.parameters and text == UNSET_TEXT:
            states[position] = UNSET
            continue
        number = convert(text)
        if isinstance(number, FaultCode):
            states[position] = state_of(number)
        elif number is None:
            states[position] = EMPTY
        else:
            numbers[position] = number
    good = numbers[states == GOOD]
    if len(good) == 0 or (narrowest(min(good), max(good)) is not None):
        numbers = numbers.astype(np.int64)
    values = Values([numbers], states if states.any() else None)
    if isinstance(type, MomentType):
        return Checked(values, 0, 0, None if states.any() or not len(good) else (min(good), max(good)))
    return checked(values, *bounds_of(type))


def _text_numbers(texts: Sequence[str], reading: Reading) -> Checked:
    states = np.zeros(len(texts), np.uint8)
    numbers = np.zeros(len(texts), np.int64)
    for position, text in enumerate(texts):
        if reading.parameters and text == "":
            states[position] = EMPTY
        else:
            numbers[position] = reading.texts.of(unicodedata.normalize("NFC", text))
    bounds = (int(numbers.min()), int(numbers.max())) if len(numbers) else None
    return Checked(Values([numbers], states if states.any() else None), 0, 0, bounds)


Converted = int | FaultCode | None


def _member_of(type: MemberType, reading: Reading) -> Callable[[str], Converted]:
    positions = {member: position for position, member in enumerate(type.members)}

    def convert(text: str) -> Converted:
        if reading.parameters and text == "":
            return None
        return positions.get(unicodedata.normalize("NFC", text), FaultCode.UNKNOWN_MEMBER)

    return convert


def _converter(type: ValueType, reading: Reading) -> Callable[[str], Converted]:
    """How a text becomes a number; that it is in range is not looked at."""
    rules = reading.rules
    if isinstance(type, NumberType):
        return number_of_text(type, rules.scale)

    def convert(text: str) -> Converted:
        match type:
            case FlagType():
                return FLAG_TEXTS.get(text.lower(), FaultCode.NOT_A_FLAG)
            case DateType():
                value = date_from_text(text)
            case _:
                value = moment_from_text(text, rules.assume_timezone)
        if isinstance(value, Unreadable):
            return FaultCode(value.code)
        if isinstance(value, datetime):
            return microseconds_of(value) if is_in_calendar(value, reading.timezone) else FaultCode.OUT_OF_RANGE
        assert isinstance(value, date)
        return value.toordinal() - EPOCH_ORDINAL

    return convert
