"""Columns of numbers to whole numbers at the places of their type: integers, decimals, floats, and texts."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from fractions import Fraction

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from paycalc import _kernels
from paycalc.check.types import NumberType
from paycalc.engine.encoding.memory import address, fixed, flags, validity, words
from paycalc.engine.encoding.states import States, empty_states, marked, state_of
from paycalc.engine.encoding.values import INT64_MAX, INT64_MIN, Home, Values, Wide
from paycalc.engine.inputs.cells import FLOAT_DIGITS_LIMIT, exact_float, number_from_text
from paycalc.engine.inputs.scale import Scale
from paycalc.reference.dataset import Unreadable
from paycalc.reference.faults import FaultCode

_PERCENT_PLACES = 2  # by which a percentage written in percent moves
_DOUBLE_POWER_MAX = 22  # ten to it is a double, exactly
_INT128_BYTES = 16
_DECIMAL_DIGITS = 38
_DIGITS_MAX = 18  # of a text that becomes a number of 64 bits without being looked at alone
_SMALL_DECIMALS: dict[int, np.dtype] = {4: np.dtype(np.int32), 8: np.dtype(np.int64)}  # by their bytes


def read_numbers(column: pa.ChunkedArray, type: NumberType, scale: Scale | None) -> Values:
    """The numbers of a plain column of integers, decimals or floats, which has a scale if it needs one."""
    places = type.places
    assert places is not None  # no column holds a fraction that nobody has rounded
    in_percent = scale is not None and scale.kind == "percent"
    if pa.types.is_floating(column.type):
        return _floats(column, places, in_percent)
    power = places - (_PERCENT_PLACES if in_percent else 0)
    if pa.types.is_decimal(column.type):
        return _with_power(_decimals(column), power - column.type.scale)
    stated = 0 if scale is None or scale.places is None else scale.places
    return _with_power(_integers(column), power - stated)


def _with_power(values: Values, power: int) -> Values:
    factor, divisor = (10**power, 1) if power >= 0 else (1, 10**-power)
    return replace(values, factor=factor, divisor=divisor)


def _integers(column: pa.ChunkedArray) -> Values:
    dtype = np.dtype(column.type.to_pandas_dtype())
    chunks = [fixed(chunk, dtype) for chunk in column.chunks]
    states = empty_states(column)
    if dtype != np.uint64:
        return Values(chunks, states)
    signed = [chunk.view(np.int64) for chunk in chunks]
    return _noting_wide(column, [chunk.reshape(-1, 1) for chunk in signed], states, signed=False)


def _decimals(column: pa.ChunkedArray) -> Values:
    states = empty_states(column)
    width = column.type.byte_width
    if width in _SMALL_DECIMALS:
        return Values([fixed(chunk, _SMALL_DECIMALS[width]) for chunk in column.chunks], states)
    return _noting_wide(column, [words(chunk) for chunk in column.chunks], states, signed=True)


def _noting_wide(column: pa.ChunkedArray, chunks: list[np.ndarray], states: States, *, signed: bool) -> Values:
    """Values by their lowest words; chunks: words of 64 bits, the lowest first."""
    bounds = _narrow_bounds(chunks) if signed else None
    if bounds is not None:
        home = Home(chunks[0], address(chunks[0]), "i128") if len(chunks) == 1 else None
        return Values([chunk[:, 0] for chunk in chunks], states, home=home, bounds=bounds)
    found: list[tuple[np.ndarray, np.ndarray]] = []
    start, rubbish = 0, False
    for arrow, chunk in zip(column.chunks, chunks, strict=True):
        rows = _wide_rows(chunk, signed)
        valid = validity(arrow) if len(rows) else None
        if valid is not None:
            rubbish |= not valid[rows].all()  # in a row that is null
            rows = rows[valid[rows]]
        if len(rows):
            found.append((rows + start, _whole(chunk[rows], signed)))
        start += len(chunk)
    wide = Wide(*(np.concatenate(each) for each in zip(*found, strict=True))) if found else None
    home = None
    if len(chunks) == 1 and chunks[0].shape[1] == 2 and not rubbish and not address(chunks[0]) % _INT128_BYTES:
        home = Home(chunks[0], address(chunks[0]), "i128")
    return Values([chunk[:, 0] for chunk in chunks], states, wide=wide, home=home)


def _narrow_bounds(chunks: list[np.ndarray]) -> list[tuple[int, int]] | None:
    """The extent of each chunk of numbers of two words that is not empty; None where 64 bits do not hold them all."""
    if any(chunk.shape[1] != 2 or address(chunk) % _INT128_BYTES for chunk in chunks):
        return None
    bounds = [_kernels.extent(address(chunk), "i128", len(chunk)) for chunk in chunks if len(chunk)]
    return bounds if all(low >= INT64_MIN and high <= INT64_MAX for low, high in bounds) else None


def _wide_rows(chunk: np.ndarray, signed: bool) -> np.ndarray:
    """The rows whose numbers the lowest word, as a signed one, does not hold."""
    if not signed:
        return np.flatnonzero(chunk[:, 0] < 0)
    sign = chunk[:, 0] >> 63
    wide = np.zeros(len(chunk), bool)
    for word in range(1, chunk.shape[1]):
        wide |= chunk[:, word] != sign
    return np.flatnonzero(wide)


def _whole(chunk: np.ndarray, signed: bool) -> np.ndarray:
    """The numbers (object) that words stand for."""
    numbers = chunk[:, -1].astype(object)
    if not signed:
        return np.array([number % 2**64 for number in numbers.tolist()], object)
    for word in reversed(range(chunk.shape[1] - 1)):
        lower = np.ascontiguousarray(chunk[:, word]).view(np.uint64).astype(object)
        numbers = numbers * 2**64 + lower
    return numbers


# ---------------------------------------------------------------- floats


def _floats(column: pa.ChunkedArray, places: int, in_percent: bool) -> Values:
    """Counted as the decimal numbers that are exactly meant, as `exact_float` says."""
    written = max(places - (_PERCENT_PLACES if in_percent else 0), 0)
    states, start, count = empty_states(column), 0, len(column)
    counts = []
    for chunk in column.cast(pa.float64()).chunks:
        numbers = fixed(chunk, np.dtype(np.float64))
        rows = slice(start, start + len(numbers))
        counted, exact = _counted(numbers, written)
        counts.append(counted)
        states = marked(states, count, rows, np.isnan(numbers), state_of(FaultCode.NOT_A_NUMBER))
        states = marked(states, count, rows, ~exact, state_of(FaultCode.INEXACT_FLOAT))
        start += len(numbers)
    power = places - written - (_PERCENT_PLACES if in_percent else 0)
    return _with_power(Values(counts, states), power)


def _counted(numbers: np.ndarray, places: int) -> tuple[np.ndarray, np.ndarray]:
    """n = rint(v * 10^places), and whether |n| < 10^15 and n / 10^places == v.

    The product is rounded, so n may be off by one where v * 10^places lies half way between two whole numbers: but then
    neither of the two is v. Both n and the power are doubles, so the quotient is the double nearest to the true one.
    """
    if places > _DOUBLE_POWER_MAX:
        found = [exact_float(number, places) if number == number else None for number in numbers.tolist()]
        exact = np.array([each is not None for each in found], bool)
        return np.array([0 if each is None else int(each * 10**places) for each in found], np.int64), exact
    power = float(10**places)
    with np.errstate(all="ignore"):
        counts = np.rint(numbers * power)
        exact = (np.abs(counts) < FLOAT_DIGITS_LIMIT) & (counts / power == numbers)
    return np.where(exact, counts, 0.0).astype(np.int64), exact


# ---------------------------------------------------------------- texts


def number_of_text(type: NumberType, scale: Scale | None) -> Callable[[str], int | FaultCode | None]:
    """How a text becomes a number at the places of the type; that it is in range is not looked at."""
    power = Fraction(10 ** (type.places or 0))

    def convert(text: str) -> int | FaultCode:
        value = number_from_text(text, type, scale, "")
        if isinstance(value, Unreadable):
            return FaultCode(value.code)
        assert isinstance(value, Fraction)
        count = value * power
        return count.numerator if count.denominator == 1 else FaultCode.TOO_MANY_PLACES

    return convert


def plain_texts(texts: pa.Array, type: NumberType, scale: Scale | None) -> tuple[np.ndarray, np.ndarray]:
    """The numbers of texts that are written in the usual way, int64 [n], and which of them are, bool [n].

    texts  of large_string
    """
    places = type.places or 0
    numbers, done = np.zeros(len(texts), np.int64), np.zeros(len(texts), bool)
    if not type.percent or scale is not None:
        shift = _PERCENT_PLACES if scale is not None and scale.kind == "percent" else 0
        counted = scale is not None and scale.places is not None
        written = 0 if counted or places < shift else places - shift
        power = places - shift - (scale.places if scale is not None and scale.places is not None else written)
        if power >= 0:
            _take_texts(texts, "", written, 10**power, numbers, done)
    if type.percent and places >= _PERCENT_PLACES:
        _take_texts(texts, "%", places - _PERCENT_PLACES, 1, numbers, done)
    return numbers, done


def _take_texts(texts: pa.Array, end: str, places: int, factor: int, numbers: np.ndarray, done: np.ndarray) -> None:
    """Set the numbers of texts with at most so many places and this end, and that they are done."""
    whole = _DIGITS_MAX - places - len(str(factor)) + 1
    if whole < 1:
        return
    part = rf"(\.[0-9]{{1,{places}}})?" if places else ""
    fitting = pc.match_substring_regex(texts, f"^-?[0-9]{{1,{whole}}}{part}{end}$")
    rows = np.flatnonzero(flags(pc.fill_null(fitting, False)))
    if not len(rows):
        return
    taken = texts if len(rows) == len(texts) else texts.take(pa.array(rows))
    taken = pc.utf8_rtrim(taken, end) if end else taken
    if places:
        counted = words(taken.cast(pa.decimal128(_DECIMAL_DIGITS, places)))[:, 0]
    else:
        counted = fixed(taken.cast(pa.int64()), np.dtype(np.int64))
    numbers[rows] = counted * factor
    done[rows] = True
