"""The values of a column as whole numbers: checked against a range as a whole, then laid out for the engine.

A good column costs one pass over its memory, for its extent. Only where the extent lies outside the range are the rows
looked for. Where every row holds a number of the range, empty cells too, the column is used where it lies.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from paycalc import _kernels
from paycalc.engine.encoded import EncodedColumn
from paycalc.engine.encoding.memory import address
from paycalc.engine.encoding.states import EMPTY, GOOD, States, marked, state_of
from paycalc.engine.storage import DTYPES
from paycalc.reference.faults import FaultCode

INT64_MIN, INT64_MAX = -(2**63), 2**63 - 1

_STORAGE_OF = {dtype: storage for storage, dtype in DTYPES.items() if storage != "flags"}


@dataclass(frozen=True)
class Home:
    """Where the numbers of a column lie already, as EncodedColumn says it."""

    owner: object
    address: int
    storage: str
    bit_offset: int = 0


@dataclass(frozen=True)
class Wide:
    """The rows whose numbers have more than 64 bits, rising, and these numbers (object)."""

    rows: np.ndarray
    numbers: np.ndarray


@dataclass(frozen=True)
class Values:
    """The numbers of a column: the value of a row, at the places of its type, is number * factor / divisor.

    chunks  arrays of integers, one after the other; `object` where they need more than 64 bits. Where a cell is not
            good, the number is any
    states  uint8 [n], what is known of the cells so far
    wide    numbers that the chunks hold only the low 64 bits of; None: there are none
    home    where the numbers lie as one piece, in a form that the chunks are not
    bounds  the extent of each chunk that is not empty, where that is known already
    """

    chunks: Sequence[np.ndarray]
    states: States = None
    factor: int = 1
    divisor: int = 1
    wide: Wide | None = None
    home: Home | None = None
    bounds: Sequence[tuple[int, int]] | None = None

    @property
    def count(self) -> int:
        return sum(len(chunk) for chunk in self.chunks)


@dataclass(frozen=True)
class Checked:
    """Values that are each in range, or faulty.

    extent  of the numbers in all rows, where all of them are in range; None: where a cell is not good, some number may
            not be
    """

    values: Values
    low: int
    high: int
    extent: tuple[int, int] | None

    @property
    def states(self) -> States:
        return self.values.states


def extent(numbers: np.ndarray) -> tuple[int, int]:
    """The least and the greatest of some numbers."""
    storage = _STORAGE_OF.get(numbers.dtype)
    if storage is not None and numbers.flags.c_contiguous and numbers.flags.aligned:
        return _kernels.extent(address(numbers), storage, len(numbers))
    return int(numbers.min()), int(numbers.max())


def are_rising(numbers: np.ndarray) -> bool:
    """Whether each number is greater than the one before."""
    storage = _STORAGE_OF.get(numbers.dtype)
    if storage is not None and numbers.flags.c_contiguous and numbers.flags.aligned:
        return _kernels.is_rising(address(numbers), storage, len(numbers))
    return bool((numbers[1:] > numbers[:-1]).all())


def checked(values: Values, low: int, high: int, *, fraction: FaultCode = FaultCode.TOO_MANY_PLACES) -> Checked:
    """The values with those marked that are no whole numbers (by the code `fraction`) or outside low .. high."""
    values = _divided(_widened(values, low, high, fraction), fraction)
    least, greatest = -(-low // values.factor), high // values.factor
    states, start, count = values.states, 0, values.count
    found: list[tuple[int, int]] = []
    known = None if values.bounds is None else iter(values.bounds)
    fits = True
    for chunk in values.chunks:
        if len(chunk):
            found.append(extent(chunk) if known is None else next(known))
            if found[-1][0] < least or found[-1][1] > greatest:
                unfit = outside(chunk, least, greatest)
                states = marked(states, count, slice(start, start + len(chunk)), unfit, _OUTSIDE)
                fits = False
        start += len(chunk)
    all_of_it = (min(each[0] for each in found), max(each[1] for each in found)) if found and fits else None
    return Checked(replace(values, states=states), low, high, all_of_it)


_OUTSIDE = state_of(FaultCode.OUT_OF_RANGE)


def outside(chunk: np.ndarray, least: int, greatest: int) -> np.ndarray:
    """Which numbers do not lie in least .. greatest, bool [n]."""
    if chunk.dtype != object:
        bounds = np.iinfo(chunk.dtype)
        if least > bounds.max or greatest < bounds.min or least > greatest:
            return np.ones(len(chunk), bool)
        least, greatest = max(least, bounds.min), min(greatest, bounds.max)
    found: np.ndarray = (chunk < least) | (chunk > greatest)
    return found


def _widened(values: Values, low: int, high: int, fraction: FaultCode) -> Values:
    """The values with their wide numbers: faulty ones where the range has no number so wide, else as objects."""
    if values.wide is None:
        return values
    wide = values.wide
    if low * values.divisor < INT64_MIN * values.factor or high * values.divisor > INT64_MAX * values.factor:
        numbers = np.concatenate([chunk.astype(object) for chunk in values.chunks])
        numbers[wide.rows] = wide.numbers
        return replace(values, chunks=[numbers], wide=None, bounds=None)
    count = values.count
    broken = np.array([number % values.divisor != 0 for number in wide.numbers.tolist()], bool)
    states = values.states
    for rows, code in ((wide.rows[broken], fraction), (wide.rows[~broken], FaultCode.OUT_OF_RANGE)):
        where = np.zeros(count, bool)
        where[rows] = True
        states = marked(states, count, slice(0, count), where, state_of(code))
    return replace(values, states=states, wide=None, home=None, bounds=None)


def _divided(values: Values, fraction: FaultCode) -> Values:
    if values.divisor == 1:
        return values
    states, start, count = values.states, 0, values.count
    chunks = []
    for chunk in values.chunks:
        if chunk.dtype == object or values.divisor > INT64_MAX:
            whole = chunk.astype(object)
            quotients, rests = whole // values.divisor, whole % values.divisor
        else:
            quotients, rests = np.divmod(chunk.astype(np.int64), np.int64(values.divisor))
        chunks.append(quotients)
        rows = slice(start, start + len(chunk))
        states = marked(states, count, rows, (rests != 0).astype(bool), state_of(fraction))
        start += len(chunk)
    return replace(values, chunks=chunks, states=states, divisor=1, home=None, bounds=None)


# ---------------------------------------------------------------- laying out


def laid_out(found: Checked, default: int | None = None) -> EncodedColumn:
    """The column for the engine. What is not good holds some value of the column, what is empty the default if any."""
    values, states = found.values, found.states
    if values.count == 0:
        return constant(0, _nearest_to_0(found))
    replaced = default is not None and states is not None and bool((states == EMPTY).any())
    if found.extent is not None and not replaced:
        return _as_it_is(values, found.extent)
    assert states is not None  # else every number is in range
    good = states == GOOD
    if not good.any() and default is None:
        return constant(values.count, _nearest_to_0(found))
    numbers, factor = np.concatenate(values.chunks), values.factor
    filling = numbers[good].min() if good.any() else None
    numbers, factor = _with_default(numbers, factor, good, states, default, filling)
    return packed(numbers, extent(numbers), factor)


def _with_default(
    numbers: np.ndarray, factor: int, good: np.ndarray, states: np.ndarray, default: int | None, filling: int | None
) -> tuple[np.ndarray, int]:
    """The numbers, with those that are not good replaced, and their factor."""
    if filling is not None:
        numbers[~good] = filling
    if default is None:
        return numbers, factor
    if default % factor:
        wide = max(abs(bound) for bound in extent(numbers)) * factor > INT64_MAX
        numbers, factor = numbers.astype(object if wide else np.int64) * factor, 1
    counted = default // factor
    if numbers.dtype != object and not np.iinfo(numbers.dtype).min <= counted <= np.iinfo(numbers.dtype).max:
        numbers = numbers.astype(np.int64 if INT64_MIN <= counted <= INT64_MAX else object)
    numbers[states == EMPTY if filling is not None else slice(None)] = counted
    return numbers, factor


def _nearest_to_0(found: Checked) -> int:
    return min(max(0, found.low), found.high)


def constant(count: int, value: int) -> EncodedColumn:
    """The same value in every row."""
    zeros = np.zeros(max(count, 1), np.int8)  # a column always has memory: who reads it for nobody reads row 0
    return EncodedColumn(zeros, address(zeros), "i8", count, value, value, shift=value)


def _as_it_is(values: Values, bounds: tuple[int, int]) -> EncodedColumn:
    """In place where that can be."""
    home = values.home
    if home is None and len(values.chunks) == 1:
        chunk = values.chunks[0]
        if chunk.dtype in _STORAGE_OF and chunk.flags.c_contiguous and chunk.flags.aligned:
            home = Home(chunk, address(chunk), _STORAGE_OF[chunk.dtype])
    if home is None:
        return packed(_joined(values.chunks, bounds), bounds, values.factor)
    low, high = bounds
    factor = _factor(values.factor, bounds)
    return EncodedColumn(
        home.owner,
        home.address,
        home.storage,
        values.count,
        low * factor,
        high * factor,
        factor,
        bit_offset=home.bit_offset,
    )


def _factor(factor: int, bounds: tuple[int, int]) -> int:
    """What numbers are multiplied by. Zeros stay zeros, and only they may have a factor that no number can be."""
    return 1 if bounds == (0, 0) else factor


def packed(numbers: np.ndarray, bounds: tuple[int, int], factor: int = 1) -> EncodedColumn:
    """Numbers as the narrowest whole numbers that hold them; bounds: their extent, or a wider one."""
    low, high = bounds
    factor = _factor(factor, bounds)
    dtype = narrowest(low, high)
    owner = _int128(numbers) if dtype is None else np.ascontiguousarray(numbers, dtype)
    storage = "i128" if dtype is None else _STORAGE_OF[dtype]
    if dtype is not None and not owner.flags.aligned:
        owner = owner.copy()
    return EncodedColumn(owner, address(owner), storage, len(numbers), low * factor, high * factor, factor)


def narrowest(low: int, high: int) -> np.dtype | None:
    """The narrowest type of whole numbers that holds all from low to high; None: none of 64 bits does."""
    for dtype in _STORAGE_OF:
        bounds = np.iinfo(np.dtype(dtype.name))
        if bounds.min <= low and high <= bounds.max:
            return dtype
    return None


def _joined(chunks: Sequence[np.ndarray], bounds: tuple[int, int]) -> np.ndarray:
    """The chunks as one array, no wider than it must be."""
    joined = np.empty(sum(len(chunk) for chunk in chunks), narrowest(*bounds) or object)
    start = 0
    for chunk in chunks:
        joined[start : start + len(chunk)] = chunk
        start += len(chunk)
    return joined


def _int128(numbers: np.ndarray) -> np.ndarray:
    """Numbers (object) as words of 64 bits, the lower first, int64 [n, 2]."""
    whole = [int(number) for number in numbers.tolist()]
    words = np.empty((len(whole), 2), np.int64)
    words[:, 0] = np.array([number & (2**64 - 1) for number in whole], np.uint64).view(np.int64)
    words[:, 1] = np.array([number >> 64 for number in whole], np.int64)
    return words


def flags_of(flags: np.ndarray) -> EncodedColumn:
    """Flags, bool [n], a byte each."""
    held = flags.view(np.uint8) if len(flags) else np.zeros(1, np.uint8)
    return EncodedColumn(held, address(held), "flags", len(flags), 0, 1)


def as_flags(column: EncodedColumn) -> EncodedColumn:
    """Flags that were laid out as whole numbers, a byte each; bits as they are."""
    if column.storage == "bits":
        return column
    assert isinstance(column.owner, np.ndarray)
    held = flags_of(column.owner * column.factor + column.shift != 0)
    return replace(held, count=column.count, low=column.low, high=column.high)


def all_alike(count: int, flag: bool) -> EncodedColumn:
    """The same flag in every row."""
    bits = np.full(count // 8 + 1, 255 if flag else 0, np.uint8)
    return EncodedColumn(bits, address(bits), "bits", count, int(flag), int(flag))
