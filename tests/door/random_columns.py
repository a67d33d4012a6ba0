"""Columns of every physical kind with good and bad cells, as hypothesis strategies."""

from datetime import date, datetime
from decimal import Decimal

import numpy as np
import pyarrow as pa
from hypothesis import strategies as st

from paycalc.check.types import DateType, FlagType, MemberType, MomentType, NumberType
from paycalc.engine.inputs.input_table import TextColumn

INTEGERS = [pa.int8(), pa.uint8(), pa.int16(), pa.uint16(), pa.int32(), pa.uint32(), pa.int64(), pa.uint64()]
STRINGS = [pa.string(), pa.large_string(), pa.string_view()]
INDICES = [pa.int8(), pa.uint8(), pa.int16(), pa.uint16(), pa.int32(), pa.uint32(), pa.int64(), pa.uint64()]
ODD_TEXTS = [
    *["", "none", "abc", "1e3", "+5", " 5", "5%", "2.5%", "0", "-0.00", "007", "1_0", "12.345", "9" * 38, "9" * 39],
    *["-9999999999999999999999.25", "0.0", "１２", "NaN", "yes", "No", "lead", "Lead", "cafe\u0301", "café", "off"],
    *["2026-02-30", "2026-10-31", "1899-12-31", "2201-01-01", "2026-10-01T08:00", "2026-10-01T08:00:00.123456Z"],
    *["2026-10-01 08:00+08:00", "2026-10-01T08:00:00.1234567Z", "0001-01-01T00:00+14:00", "2026-10-15T24:00Z"],
    *["1900-01-01T00:00+08:00", "2200-12-31T23:59:59Z", "1986-05-04T02:30", "1986-09-14T01:30"],
]


class Labelled(pa.ExtensionType):
    """An extension type over anything."""

    def __init__(self, storage):
        super().__init__(storage, "tests.labelled")

    def __arrow_ext_serialize__(self):
        return b""

    @classmethod
    def __arrow_ext_deserialize__(cls, storage, serialized):
        return cls(storage)


@st.composite
def laid_out(draw, cells, type):
    """Cells as a chunked array of a type: chunks, slices, garbage around them, dictionaries, runs, extensions."""
    kind = draw(st.sampled_from(["plain", "plain", "plain", "dictionary", "runs", "extension"]))
    if pa.types.is_decimal(type) and kind != "extension":
        kind = "plain"
    if pa.types.is_null(type) or (type == pa.string_view() and kind == "runs"):
        kind = "plain"
    bounds = sorted(draw(st.lists(st.integers(0, len(cells)), max_size=2)))
    parts = [cells[low:high] for low, high in zip([0, *bounds], [*bounds, len(cells)], strict=True)]
    chunks = []
    index = draw(st.sampled_from(INDICES))
    for part in parts:
        around = draw(st.integers(0, 3))
        array = pa.array([*cells[:around], *part, *cells[:around]], type)
        before = min(around, len(cells))
        if kind == "dictionary":
            array = _dictionary(array, index)
        elif kind == "runs":
            array = _runs(array)
        elif kind == "extension":
            array = pa.ExtensionArray.from_storage(Labelled(type), array)
        chunks.append(array.slice(before, len(part)))
    return pa.chunked_array(chunks, chunks[0].type)


def _dictionary(array, index):
    """A dictionary of the cells, backwards, a null among them, and equal cells twice."""
    cells = array.to_pylist()
    values = pa.array([*reversed(cells), None], array.type)
    indices = [len(cells) - 1 - row for row in range(len(cells))]
    if len(cells) > 1 and cells[0] is None:
        indices[0] = len(cells)
    if len(cells) > 2 and cells[1] is None:
        indices[1] = None
    return pa.DictionaryArray.from_arrays(pa.array(indices, index), values)


def _runs(array):
    ends = pa.array(range(1, len(array) + 1), pa.int32())
    return pa.RunEndEncodedArray.from_arrays(ends, array)


# ---------------------------------------------------------------- cells by what they are physically


@st.composite
def numbers(draw, type: NumberType, count):
    """A column of numbers, and its scale or None."""
    low, high = (int(bound * 10**type.places) for bound in (type.interval.low, type.interval.high))
    edge = st.sampled_from([low, high, low - 1, high + 1, 0, 1])
    good = st.integers(low, high) | edge
    way = draw(st.sampled_from(["integer", "decimal", "float", "text", "cells"]))
    percent = 2 if type.percent else 0
    if way == "integer":
        arrow = draw(st.sampled_from(INTEGERS))
        bounds = _bounds(arrow)
        places = draw(st.integers(0, type.places + 1))
        shifted = good.map(lambda number: number * 10**places // 10**type.places)
        each = shifted.map(lambda number: min(max(number, bounds[0]), bounds[1])) | st.integers(*bounds)
        kind = draw(st.sampled_from(["ratio", "percent"])) if percent else "number"
        scale = str(places) if kind == "number" else f"{kind}:{places}"
        return draw(laid_out(draw(_cells(each, count)), arrow)), scale
    if way == "decimal":
        arrow = draw(st.sampled_from(
            [pa.decimal32(9, 2), pa.decimal64(18, 4), pa.decimal128(38, 2), pa.decimal128(20, 0), pa.decimal128(38, 6),
             pa.decimal256(76, 3), pa.decimal256(50, 20), pa.decimal128(5, -2), pa.decimal128(38, 38)]))  # fmt: skip
        most = 10**arrow.precision - 1
        each = good.map(lambda number: number * 10 ** (arrow.scale + 2) // 10 ** (type.places + 2))
        each = (each | st.integers(-most, most)).map(lambda number: _decimal(number, most, arrow.scale))
        scale = draw(st.sampled_from([None, "ratio", "percent"])) if percent else None
        return draw(laid_out(draw(_cells(each, count)), arrow)), scale
    if way == "float":
        arrow = draw(st.sampled_from([pa.float16(), pa.float32(), pa.float64()]))
        each = good.map(lambda number: number / 10**type.places) | st.floats(width=16)
        cells = [_narrow(cell, arrow) for cell in draw(_cells(each, count))]
        return draw(laid_out(cells, arrow)), draw(st.sampled_from(["ratio", "percent"])) if percent else None
    each = good.map(lambda number: _text(number, type.places)) | st.sampled_from(ODD_TEXTS)
    if percent:
        each = each | good.map(lambda number: _text(number, 2) + "%")
    scale = draw(st.sampled_from([None, None, "ratio", "percent", "ratio:2"] if percent else [None, None, None, "1"]))
    return draw(texts(each, count)), scale


def _bounds(arrow):
    bits = arrow.bit_width
    return (-(2 ** (bits - 1)), 2 ** (bits - 1) - 1) if str(arrow)[0] == "i" else (0, 2**bits - 1)


def _decimal(number, most, scale):
    return Decimal(f"{min(max(number, -most), most)}E{-scale}")


def _narrow(cell, arrow):
    if cell is None or arrow == pa.float64():
        return cell
    try:
        return pa.scalar(cell, pa.float64()).cast(pa.float32()).as_py() if arrow == pa.float32() else _half(cell)
    except pa.ArrowInvalid:
        return 0.0


def _half(cell):
    with np.errstate(over="ignore"):
        return np.float16(cell)


def _text(number, places):
    digits = f"{abs(number):0{places + 1}}"
    text = f"{digits[: len(digits) - places]}.{digits[len(digits) - places :]}" if places else digits
    return f"-{text}" if number < 0 else text


def _cells(each, count):
    return st.lists(st.none() | each | each | each, min_size=count, max_size=count)


@st.composite
def texts(draw, each, count):
    cells = draw(_cells(each, count))
    if draw(st.integers(0, 3)) == 0:
        return TextColumn([cell or None for cell in cells])
    if draw(st.integers(0, 9)) == 0:
        return pa.chunked_array([pa.nulls(count)])
    return draw(laid_out(cells, draw(st.sampled_from(STRINGS))))


@st.composite
def flags(draw, count):
    if draw(st.booleans()):
        cells = draw(_cells(st.booleans(), count))
        return draw(laid_out(cells, pa.bool_()))
    return draw(texts(st.sampled_from(["yes", "no", "TRUE", "False"]) | st.sampled_from(ODD_TEXTS), count))


@st.composite
def dates(draw, count):
    if draw(st.integers(0, 2)) == 0:
        each = st.dates(date(1990, 1, 1), date(2040, 1, 1)).map(str) | st.sampled_from(ODD_TEXTS)
        return draw(texts(each, count))
    days = st.integers(-60_000, 90_000) | st.integers(9_000, 25_000) | st.sampled_from([-719_163, -719_162, 2_932_897])
    cells = draw(_cells(days, count))
    if draw(st.booleans()):
        return pa.chunked_array([pa.array(cells, pa.int32()).view(pa.date32())])
    return pa.chunked_array(
        [pa.array([None if cell is None else cell * 86_400_000 for cell in cells], pa.int64()).view(pa.date64())]
    )


@st.composite
def moments(draw, count):
    if draw(st.integers(0, 2)) == 0:
        each = st.datetimes(datetime(1899, 12, 30), datetime(2201, 1, 3)).map(lambda at: at.isoformat())
        each = each | st.sampled_from(ODD_TEXTS)
        zoned = each.flatmap(lambda text: st.sampled_from([text, text + "Z", text + "+08:00", text + "-11:30"]))
        return draw(texts(zoned, count))
    unit = draw(st.sampled_from(["s", "ms", "us", "ns"]))
    per_second = {"s": 1, "ms": 10**3, "us": 10**6, "ns": 10**9}[unit]
    seconds = st.integers(-2_300_000_000, 7_300_000_000) | st.sampled_from([-2_209_017_600, 7_289_625_600, 515_527_200])
    each = seconds.map(lambda second: second * per_second) | st.integers(-(2**62), 2**62)
    edge = seconds.map(lambda second: second * per_second + 1)
    zone = draw(st.sampled_from([None, "UTC", "Asia/Shanghai", "+02:00"]))
    cells = pa.array(draw(_cells(each | edge, count)), pa.int64())
    return pa.chunked_array([cells.cast(pa.timestamp(unit, zone))])


@st.composite
def column_of(draw, type, count):
    """A column for a type, and its scale or None."""
    match type:
        case NumberType():
            return draw(numbers(type, count))
        case FlagType():
            return draw(flags(count)), None
        case DateType():
            return draw(dates(count)), None
        case MomentType():
            return draw(moments(count)), None
        case MemberType(members=members):
            return draw(texts(st.sampled_from(members) | st.sampled_from(ODD_TEXTS), count)), None
    return draw(texts(st.sampled_from(ODD_TEXTS), count)), None


@st.composite
def keys(draw, pool, count, *, unique=False):
    """A column of keys out of a pool of numbers: as integers, texts, or the cells of a CSV file."""
    numbers = draw(st.lists(st.none() | st.sampled_from(pool) | st.sampled_from(pool), min_size=count, max_size=count))
    if unique:
        numbers = [*pool[:count]]
    way = draw(st.sampled_from(["integer", "integer", "text", "cells", "mixed"]))
    if way == "integer":
        arrow = draw(st.sampled_from(INTEGERS))
        low, high = _bounds(arrow)
        fitting = [number if number is not None and low <= number <= high else None for number in numbers]
        return draw(laid_out(fitting, arrow))
    written = [None if number is None else str(number) for number in numbers]
    if way == "text":
        return draw(laid_out(["" if cell == "3" else cell for cell in written], draw(st.sampled_from(STRINGS))))
    if way == "mixed":
        written = [cell if cell is None or draw(st.integers(0, 2)) else f"W{cell}" for cell in written]
    return TextColumn(written)
