"""Cells to exact values. A cell that holds no value of its column's type becomes an `Unreadable` with a code; a column
whose type can hold none, or whose scale nobody has said, stops the run with a DataError.

Values are read with their validity, never through numpy, where a null integer turns into a float. A number is a
Fraction from the start: text by its digits, an integer by its scale, a decimal by its own, and a float only where a
decimal number with the column's places is exactly meant (`exact_float`).
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from fractions import Fraction
from typing import TypeVar
from zoneinfo import ZoneInfo

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
)
from paycalc.core.currency import CURRENCY_PLACES
from paycalc.core.errors import DataError
from paycalc.core.number import DIGITS_MAX, format_decimal, parse_decimal
from paycalc.engine.inputs.input_table import InputColumn, TextColumn
from paycalc.engine.inputs.scale import Scale
from paycalc.reference.dataset import Unreadable

Cell = Value | Unreadable | None
T = TypeVar("T")

_NUMBER_TEXT = re.compile(r"(-?\d+(?:\.\d+)?)(%?)\Z", re.ASCII)
_DATE_TEXT = re.compile(r"\d{4}-\d{2}-\d{2}\Z", re.ASCII)
_MOMENT_TEXT = re.compile(
    r"(\d{4}-\d{2}-\d{2})[T ](\d{2}:\d{2}(?::\d{2}(?:\.\d{1,6}(?P<finer>\d*))?)?)(?P<zone>Z|[+-]\d{2}:\d{2})?\Z",
    re.ASCII,
)
FLAG_TEXTS = {"yes": True, "true": True, "no": False, "false": False}
_NUMBER_WANTED = "an exact number, like 1234.50"
_WHOLE_WANTED = "a whole number, like 1234"
_PERCENT_WANTED = "a percentage with its %, like 2.5%"
_BARE_PERCENT_WANTED = "a percentage with its %, or a stated scale"
_SCALED_WANTED = {
    "ratio": "a number like 0.025, or a percentage with its %",
    "percent": "a number like 2.5, or a percentage with its %",
}
_DATE_WANTED = "a date like 2026-10-15"
_MOMENT_WANTED = "a moment like 2026-10-15T08:30+08:00"
_ZONE_WANTED = "a moment with its zone, like 2026-10-15T08:30+08:00, or a stated zone"
_FINE_MOMENT_WANTED = "a moment, to the microsecond"
_DATE_LENGTH = 10  # of a date as text; what is longer is a moment
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
EPOCH_ORDINAL = date(1970, 1, 1).toordinal()
MICROSECONDS = {"s": Fraction(1_000_000), "ms": Fraction(1_000), "us": Fraction(1), "ns": Fraction(1, 1_000)}
DAY_MS = 86_400_000
VIEWED = {pa.string_view(): pa.large_string(), pa.binary_view(): pa.large_binary()}
DECIMAL_DIGITS = {4: 9, 8: 18, 16: 38, 32: 76}  # of decimals by their bytes; a scale beyond means nothing
FLOAT_DIGITS_LIMIT = 10**15  # below it a decimal number and its nearest double name each other


@dataclass(frozen=True)
class Place:
    """Where a column stands, for messages: `worker.parquet`, table `worker`, column `sales`; `name` as in `scales`.

    rows  of a column that is read in part: the row of each cell, from 0
    """

    origin: str
    table: str
    column: str
    name: str
    rows: Sequence[int] | None = None

    def stop(
        self, code: str, message: str, *, expected: str = "", help: str = "", cell: int | None = None, value: str = ""
    ) -> DataError:
        """The error for the column as a whole; cell: the position of the one that shows it."""
        row = "" if cell is None else str((cell if self.rows is None else self.rows[cell]) + 1)
        return DataError(
            code,
            f"`{self.column}` of `{self.origin}` {message}",
            table=self.table,
            row=row,
            column=self.column,
            value=value,
            expected=expected,
            help=help,
        )


@dataclass(frozen=True)
class CellRules:
    """What the run says of a column: its scale, and the zone of moments that name none.

    plan_timezone  the zone in which the plan sees moments, for the message about those that name none
    """

    scale: Scale | None = None
    assume_timezone: ZoneInfo | None = None
    plan_timezone: ZoneInfo | None = None


def read_cells(column: InputColumn, type: ValueType, place: Place, rules: CellRules) -> list[Cell]:
    """The values of a column by its type: one for each row, None where it is null.

    Raises DataError `wrong-type`, `unknown-scale`, `bad-scale`, `zoneless-timestamp`.
    """
    if rules.scale is not None:
        check_scale(rules.scale, type, place)
    match type:
        case NumberType():
            return _numbers(column, type, place, rules.scale)
        case FlagType():
            return _flags(column, place)
        case DateType():
            return _dates(column, place)
        case MomentType():
            return _moments(column, place, rules)
        case MemberType() | TextType():
            return _texts(column, type, place)
        case _:
            raise AssertionError(f"no column is {type}")


# ---------------------------------------------------------------- what a column is, physically


def plain(column: pa.ChunkedArray) -> pa.ChunkedArray:
    """The column without its encodings: dictionaries, runs and extension types give way to what they stand for."""
    type = _plain_type(column.type)
    return column if type == column.type else pa.chunked_array([_plain_array(chunk) for chunk in column.chunks], type)


def _plain_type(type: pa.DataType) -> pa.DataType:
    while True:
        if pa.types.is_dictionary(type) or pa.types.is_run_end_encoded(type):
            held = _plain_type(type.value_type)
            type = VIEWED.get(held, held)  # Arrow takes no rows of views
        elif isinstance(type, pa.BaseExtensionType):
            type = type.storage_type
        else:
            return type


def _plain_array(array: pa.Array) -> pa.Array:
    type = array.type
    if isinstance(type, pa.BaseExtensionType):
        return _plain_array(array.storage)
    if pa.types.is_dictionary(type):
        held = _plain_array(array.dictionary)
        return held.cast(VIEWED.get(held.type, held.type)).take(array.indices)
    if pa.types.is_run_end_encoded(type):
        held = _plain_array(array.values)
        rows = np.arange(array.offset, array.offset + len(array))
        runs = np.searchsorted(np.asarray(array.run_ends), rows, side="right")
        return held.cast(VIEWED.get(held.type, held.type)).take(pa.array(runs))
    return array


def taken(column: InputColumn, rows: Sequence[int]) -> InputColumn:
    """The cells of some rows, without encodings: Arrow takes rows of few of them."""
    if isinstance(column, TextColumn):
        return TextColumn([column.cells[row] for row in rows])
    held = plain(column)
    held = held.cast(VIEWED.get(held.type, held.type))
    return held.take(pa.array(rows, pa.int64()))


def is_string(type: pa.DataType) -> bool:
    return bool(pa.types.is_string(type) or pa.types.is_large_string(type) or pa.types.is_string_view(type))


def _strings(column: InputColumn) -> Sequence[str | None] | pa.ChunkedArray:
    """The texts of a column of text, else the plain Arrow column."""
    if isinstance(column, TextColumn):
        return column.cells
    column = plain(column)
    if is_string(column.type) or pa.types.is_null(column.type):
        texts: list[str | None] = column.to_pylist()
        return texts
    return column


def _each(cells: Iterable[T | None], convert: Callable[[T], Cell]) -> list[Cell]:
    """Convert every cell that is there; equal cells once."""
    known: dict[T, Cell] = {}
    values: list[Cell] = []
    for cell in cells:
        if cell is None:
            values.append(None)
            continue
        if cell not in known:
            known[cell] = convert(cell)
        values.append(known[cell])
    return values


def _wrong_type(column: pa.ChunkedArray, place: Place, expected: str, help: str = "") -> DataError:
    return place.stop("wrong-type", f"holds {column.type}", expected=expected, help=help)


# ---------------------------------------------------------------- numbers


def check_scale(scale: Scale, type: ValueType, place: Place) -> None:
    """Raise DataError `bad-scale` where a column of the type cannot have the scale."""
    if not isinstance(type, NumberType):
        raise place.stop("bad-scale", f"has the scale `{scale}`, and holds no numbers", help="leave the scale out")
    if not scale.fits(type.percent):
        wanted = (
            "`ratio` or `percent`, with its places where it holds integers" if type.percent else "a number of places"
        )
        raise place.stop("bad-scale", f"cannot have the scale `{scale}`", expected=wanted)


def _numbers(column: InputColumn, type: NumberType, place: Place, scale: Scale | None) -> list[Cell]:
    cells = _strings(column)
    if not isinstance(cells, pa.ChunkedArray):
        if scale is not None and scale.places is not None:
            refuse_points(cells, scale, place)
        wanted = number_wanted(type, scale)
        return _each(cells, lambda text: number_from_text(text, type, scale, wanted))
    if pa.types.is_integer(cells.type):
        return _integers(cells, type, place, scale)
    if pa.types.is_decimal(cells.type) and abs(cells.type.scale) > (most := DECIMAL_DIGITS[cells.type.byte_width]):
        raise _wrong_type(cells, place, f"decimals of a scale from -{most} to {most}")
    if pa.types.is_decimal(cells.type) or pa.types.is_floating(cells.type):
        return _decimals_or_floats(cells, type, place, scale)
    raise _wrong_type(cells, place, "integers, decimals, or text that is an exact number")


def counts_money(type: NumberType) -> bool:
    """Whether the number is an amount of some currency, or an amount per something."""
    return any(name in CURRENCY_PLACES for name, _ in type.unit.factors)


def _integers(cells: pa.ChunkedArray, type: NumberType, place: Place, scale: Scale | None) -> list[Cell]:
    if scale is None or scale.places is None:
        if type.percent:
            raise _unknown_scale(place, "integers", "percent:2")
        if counts_money(type):
            raise _unknown_scale(place, "integers", "2")
    step = Fraction(1) if scale is None else scale.step
    counts: list[int | None] = cells.to_pylist()
    return _each(counts, lambda count: count * step)


def _unknown_scale(place: Place, what: str, example: str) -> DataError:
    quoted = f'"{example}"'
    return place.stop(
        "unknown-scale",
        f"holds {what}, and nobody has said what they count",
        expected="a stated scale",
        help=f'say it: scales={{"{place.name}": {example if example.isdigit() else quoted}}} in Python, '
        f"--scale {place.name}={example} for the command",
    )


def _decimals_or_floats(cells: pa.ChunkedArray, type: NumberType, place: Place, scale: Scale | None) -> list[Cell]:
    what = str(cells.type)
    if scale is not None and scale.places is not None:
        raise place.stop(
            "bad-scale", f"holds {what}, so its scale cannot be `{scale}`: that is for integers", help=_instead(scale)
        )
    if type.percent and scale is None:
        raise _unknown_scale(place, what, "ratio")
    factor = Fraction(1) if scale is None else scale.factor
    if pa.types.is_decimal(cells.type):
        return _each(cells.to_pylist(), lambda exact: Fraction(exact) * factor)
    places = max((type.places or 0) - (2 if factor != 1 else 0), 0)
    wanted = f"a number of at most {places} decimal place{'' if places == 1 else 's'}" if places else _WHOLE_WANTED

    def convert(number: float) -> Cell:
        if number != number:
            return Unreadable("not-a-number", "NaN", _NUMBER_WANTED)
        value = exact_float(number, places)
        return Unreadable("inexact-float", repr(number), wanted) if value is None else value * factor

    return _each(cells.cast(pa.float64()).to_pylist(), convert)  # half and single precision widen exactly


def exact_float(number: float, places: int) -> Fraction | None:
    """The decimal number with so many places that `number` is the double of; None where there is none.

    With n = rint(number * 10^places): |n| < 10^15 and n / 10^places gives back `number`. Below 10^15 no two decimal
    numbers share a double, so the one found is the one that was meant.
    """
    if number in (float("inf"), float("-inf")):
        return None
    count = round(Fraction(number) * 10**places)  # exact product; ties cannot matter, they fail the way back
    if abs(count) >= FLOAT_DIGITS_LIMIT or count / 10**places != number:
        return None
    return Fraction(count, 10**places)


def refuse_points(cells: Sequence[str | None], scale: Scale, place: Place) -> None:
    """Raise DataError `bad-scale` where texts say their places, and the run says that they are whole numbers.

    One of the two is wrong. Were it the run, then 9000 beside 80000.50 is no 90.00: the whole column is in doubt.
    """
    for position, text in enumerate(cells):
        if text is None or "." not in text:
            continue
        match = _NUMBER_TEXT.match(text)
        if match is not None and not match[2]:
            raise place.stop(
                "bad-scale",
                f"holds {text}, so its scale cannot be `{scale}`: that is for whole numbers",
                cell=position,
                value=text,
                expected=_counted(scale),
                help=_instead(scale),
            )


def _instead(scale: Scale) -> str:
    """What to say of numbers that say their places themselves."""
    return "leave the scale out" if scale.kind == "number" else f"state the scale `{scale.kind}`, without places"


def _counted(scale: Scale) -> str:
    step = f"{format_decimal(scale.step)}" if scale.kind == "number" else f"{format_decimal(scale.step * 100)}%"
    return f"a whole number, where 1 is {step}"


def number_wanted(type: NumberType, scale: Scale | None) -> str:
    if scale is not None and scale.places is not None:
        return _counted(scale) + (", or a percentage with its %" if type.percent else "")
    if type.percent:
        return _PERCENT_WANTED if scale is None else _SCALED_WANTED[scale.kind]
    return _WHOLE_WANTED if type.places == 0 else _NUMBER_WANTED


def number_from_text(text: str, type: NumberType, scale: Scale | None, wanted: str) -> Cell:
    match = _NUMBER_TEXT.match(text)
    parsed = parse_decimal(match[1]) if match and len(text) <= 3 * DIGITS_MAX else None
    if match is None or parsed is None or (match[2] and not type.percent):
        return Unreadable("not-a-number", text, wanted)
    value, _ = parsed
    if match[2]:
        return value / 100
    if scale is not None:
        return value * scale.step
    if type.percent and value != 0:
        return Unreadable("unknown-scale", text, _BARE_PERCENT_WANTED)
    return value


# ---------------------------------------------------------------- flags, texts, dates, moments


def _flags(column: InputColumn, place: Place) -> list[Cell]:
    cells = _strings(column)
    if not isinstance(cells, pa.ChunkedArray):
        return _each(cells, lambda text: FLAG_TEXTS.get(text.lower(), Unreadable("not-a-flag", text)))
    if pa.types.is_boolean(cells.type):
        flags: list[Cell] = cells.to_pylist()
        return flags
    raise _wrong_type(cells, place, "bool, or the texts yes, no, true, false")


def _texts(column: InputColumn, type: MemberType | TextType, place: Place) -> list[Cell]:
    cells = _strings(column)
    if not isinstance(cells, pa.ChunkedArray):
        return _each(cells, lambda text: unicodedata.normalize("NFC", text))
    raise _wrong_type(cells, place, "texts" if isinstance(type, TextType) else f"texts: {', '.join(type.members)}")


def _dates(column: InputColumn, place: Place) -> list[Cell]:
    cells = _strings(column)
    if not isinstance(cells, pa.ChunkedArray):
        return _each(cells, date_from_text)
    if pa.types.is_date32(cells.type):
        return _each(cells.cast(pa.int32()).to_pylist(), _date_from_days)
    if pa.types.is_date64(cells.type):
        return _each(cells.cast(pa.int64()).to_pylist(), lambda count: _date_from_days(count // DAY_MS))
    help = "cast them to date32: which day a moment lies in depends on the zone" if _is_moment(cells.type) else ""
    raise _wrong_type(cells, place, "dates, or texts like 2026-10-15", help)


def _date_from_days(days: int) -> Cell:
    ordinal = days + EPOCH_ORDINAL
    if not 1 <= ordinal <= date.max.toordinal():
        return Unreadable("not-a-date", f"{days} days from 1970-01-01", _DATE_WANTED)
    return date.fromordinal(ordinal)


def date_from_text(text: str) -> Cell:
    try:
        if _DATE_TEXT.match(text):
            return date.fromisoformat(text)
    except ValueError:
        pass
    return Unreadable("not-a-date", text, _DATE_WANTED)


def read_whens(column: InputColumn, place: Place, rules: CellRules) -> list[Cell]:
    """The cells of a column of days or moments, such as `effective_from`.

    Raises DataError `wrong-type`, `zoneless-timestamp`.
    """
    cells = _strings(column)
    if not isinstance(cells, pa.ChunkedArray):
        return _each(
            (text or None for text in cells),
            lambda text: (
                date_from_text(text) if len(text) <= _DATE_LENGTH else moment_from_text(text, rules.assume_timezone)
            ),
        )
    if _is_moment(cells.type):
        return _moments(column, place, rules)
    if pa.types.is_date(cells.type):
        return _dates(column, place)
    raise _wrong_type(cells, place, "dates, moments, or texts like 2026-10-15")


def _is_moment(type: pa.DataType) -> bool:
    return bool(pa.types.is_timestamp(type))


def _moments(column: InputColumn, place: Place, rules: CellRules) -> list[Cell]:
    zone = rules.assume_timezone
    cells = _strings(column)
    if not isinstance(cells, pa.ChunkedArray):
        return _each(cells, lambda text: moment_from_text(text, zone))
    if not _is_moment(cells.type):
        raise _wrong_type(cells, place, "timestamps with a zone, or texts like 2026-10-15T08:30+08:00")
    if cells.type.tz is None and zone is None:
        meant = rules.plan_timezone.key if rules.plan_timezone is not None else "ZONE"
        raise place.stop(
            "zoneless-timestamp",
            "holds moments without a zone",
            expected="timestamps with a zone",
            help=f'say in which zone their clock stands, for example the plan\'s: assume_timezone="{meant}" in Python, '
            f"--assume-timezone {meant} for the command",
        )
    unit = MICROSECONDS[cells.type.unit]
    local = zone if cells.type.tz is None else None
    return _each(cells.cast(pa.int64()).to_pylist(), lambda count: moment_from_count(count * unit, local))


def moment_from_count(microseconds: Fraction, local: ZoneInfo | None) -> Cell:
    try:
        moment = _EPOCH + timedelta(microseconds=microseconds.numerator // microseconds.denominator)
    except OverflowError:
        return Unreadable("not-a-moment", f"{microseconds} microseconds from 1970-01-01", _FINE_MOMENT_WANTED)
    if microseconds.denominator != 1:
        nanoseconds = moment.microsecond * 1000 + int(microseconds % 1 * 1000)
        shown = f"{moment:%Y-%m-%dT%H:%M:%S}.{nanoseconds:09d}{'Z' if local is None else ''}"
        return Unreadable("not-a-moment", shown, _FINE_MOMENT_WANTED)
    return moment if local is None else _placed(moment.replace(tzinfo=None), local)


def moment_from_text(text: str, zone: ZoneInfo | None) -> Cell:
    match = _MOMENT_TEXT.match(text)
    try:
        if match is None or match["finer"]:
            return Unreadable("not-a-moment", text, _MOMENT_WANTED if match is None else _FINE_MOMENT_WANTED)
        moment = datetime.fromisoformat(text)
    except ValueError:
        return Unreadable("not-a-moment", text, _MOMENT_WANTED)
    if match["zone"]:
        try:
            return moment.astimezone(UTC)
        except OverflowError:
            return Unreadable("not-a-moment", text, _MOMENT_WANTED)
    return Unreadable("zoneless-timestamp", text, _ZONE_WANTED) if zone is None else _placed(moment, zone)


def _placed(moment: datetime, zone: ZoneInfo) -> Cell:
    """A zone-less moment in a zone. Where the clocks are turned back it may be twice, where on, not at all."""
    first, second = moment.replace(tzinfo=zone, fold=0), moment.replace(tzinfo=zone, fold=1)
    try:
        if first.utcoffset() == second.utcoffset():
            return first.astimezone(UTC)
    except OverflowError:
        pass
    return Unreadable("not-a-moment", f"{moment.isoformat()} ({zone.key})", "a civil time that the zone has once")
