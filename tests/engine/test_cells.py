"""Cells to exact values: every kind of column, every scale, every value that is refused."""

import math
from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal
from fractions import Fraction
from zoneinfo import ZoneInfo

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from paycalc.check.types import DateType, FlagType, MemberType, MomentType, NumberType, TextType
from paycalc.core.errors import DataError
from paycalc.core.number import Interval
from paycalc.core.unit import PLAIN, Unit
from paycalc.engine.inputs.cells import CellRules, Place, exact_float, read_cells
from paycalc.engine.inputs.input_table import TextColumn
from paycalc.engine.inputs.scale import Scale, parse_scale
from paycalc.reference.dataset import Unreadable

WIDE = Interval.of(-(10**12), 10**12)
MONEY = NumberType(Unit.of("CNY"), 2, WIDE)
WAGE = NumberType(Unit.of("CNY") / Unit.of("hour"), 2, WIDE)
HOURS = NumberType(Unit.of("hour"), 2, WIDE)
COUNT = NumberType(PLAIN, 0, WIDE)
PERCENT = NumberType(PLAIN, 4, WIDE, percent=True)
GRADE = MemberType(("junior", "senior"), "grade")
PLACE = Place("worker.parquet", "worker", "sales", "worker.sales")
SHANGHAI = ZoneInfo("Asia/Shanghai")


def column(cells, type=None):
    if type is None:
        return TextColumn(cells)
    if isinstance(cells, pa.Array):
        return pa.chunked_array([cells])
    if pa.types.is_dictionary(type):
        return pa.chunked_array([pa.array(cells, type.value_type).dictionary_encode().cast(type)])
    return pa.chunked_array([pa.array(cells, type)])


def read(cells, type, arrow=None, *, scale=None, zone=None):
    values = read_cells(column(cells, arrow), type, PLACE, CellRules(parse_scale(scale) if scale else None, zone))
    return [(value.code, value.text) if isinstance(value, Unreadable) else value for value in values]


def stopped(cells, type, arrow=None, *, scale=None) -> str:
    with pytest.raises(DataError) as caught:
        read(cells, type, arrow, scale=scale)
    return str(caught.value)


STOPPED_AT = "table:    worker\ncolumn:   sales\n"
STOPPED_AT_ROW_3 = "table:    worker\nrow:      3\ncolumn:   sales\n"

# ---------------------------------------------------------------- numbers as text


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("1234.50", Fraction(2469, 2)),
        ("1234", Fraction(1234)),
        ("-3", Fraction(-3)),
        ("0", Fraction(0)),
        ("-0.00", Fraction(0)),
        ("007", Fraction(7)),
        ("0.001", Fraction(1, 1000)),
        ("9" * 38, Fraction(10**38 - 1)),
        (None, None),
    ],
)
def test_text_that_is_an_exact_number(text, value):
    assert read([text], MONEY) == [value]
    assert read([text], MONEY, pa.string()) == [value]


@pytest.mark.parametrize(
    "text",
    ["1_000", "1,000", "1e3", ".5", "5.", "+5", " 5", "5 ", "--5", "", "abc", "NaN", "inf", "0x10", "１２", "٣",
     "5%", "½", "9" * 39, "0" * 200, "5\n"],
)  # fmt: skip
def test_text_that_is_no_exact_number(text):
    assert read([text], MONEY, pa.string()) == [("not-a-number", text)]


@pytest.mark.parametrize(
    ("text", "scale", "value"),
    [
        ("2%", None, Fraction(2, 100)),
        ("2.50%", None, Fraction(1, 40)),
        ("-2%", None, Fraction(-2, 100)),
        ("0", None, Fraction(0)),  # 0 is 0%, whatever is meant
        ("0.02", "ratio", Fraction(2, 100)),
        ("2", "percent", Fraction(2, 100)),
        ("200", "ratio:4", Fraction(2, 100)),
        ("200", "percent:2", Fraction(2, 100)),
        ("2%", "ratio:4", Fraction(2, 100)),  # text with % says it itself
    ],
)
def test_a_percentage_as_text(text, scale, value):
    assert read([text], PERCENT, scale=scale) == [value]


def test_a_bare_number_in_a_percent_column():
    assert read(["2", "0.02"], PERCENT) == [("unknown-scale", "2"), ("unknown-scale", "0.02")]


def test_text_in_minor_units():
    assert read(["123450", "-5"], MONEY, scale="2") == [Fraction(2469, 2), Fraction(-1, 20)]
    assert read(["1e3", "5%"], MONEY, scale="2") == [("not-a-number", "1e3"), ("not-a-number", "5%")]


@pytest.mark.parametrize(
    ("cells", "type", "scale", "why"),
    [
        ([None, "9000", "80000.50"], MONEY, "2",
         "holds 80000.50, so its scale cannot be `2`: that is for whole numbers\n"
         f"{STOPPED_AT_ROW_3}value:    80000.50\nexpected: a whole number, where 1 is 0.01\n"
         "help:     leave the scale out"),
        (["2%", "200", "0.02"], PERCENT, "ratio:4",
         "holds 0.02, so its scale cannot be `ratio:4`: that is for whole numbers\n"
         f"{STOPPED_AT_ROW_3}value:    0.02\nexpected: a whole number, where 1 is 0.01%\n"
         "help:     state the scale `ratio`, without places"),
    ],
)  # fmt: skip
@pytest.mark.parametrize("arrow", [None, pa.string()])
def test_texts_that_say_their_places_and_a_scale_that_says_others(cells, type, scale, why, arrow):
    assert stopped(cells, type, arrow, scale=scale) == f"error[bad-scale]: `sales` of `worker.parquet` {why}"


@pytest.mark.parametrize("type", [FlagType(), GRADE, DateType(date(1900, 1, 1), date(2200, 12, 31)), TextType()])
def test_a_scale_of_what_is_no_number(type):
    assert stopped(["1"], type, scale="2") == (
        "error[bad-scale]: `sales` of `worker.parquet` has the scale `2`, and holds no numbers\n"
        f"{STOPPED_AT}help:     leave the scale out"
    )


@pytest.mark.parametrize(
    ("text", "type", "scale", "expected"),
    [
        ("x", MONEY, None, "an exact number, like 1234.50"),
        ("x", COUNT, None, "a whole number, like 1234"),
        ("x", MONEY, "2", "a whole number, where 1 is 0.01"),
        ("x", PERCENT, None, "a percentage with its %, like 2.5%"),
        ("2", PERCENT, None, "a percentage with its %, or a stated scale"),
        ("x", PERCENT, "percent", "a number like 2.5, or a percentage with its %"),
        ("x", PERCENT, "ratio", "a number like 0.025, or a percentage with its %"),
        ("x", PERCENT, "percent:2", "a whole number, where 1 is 0.01%, or a percentage with its %"),
    ],
)
def test_what_was_expected_of_a_text(text, type, scale, expected):
    (cell,) = read_cells(column([text]), type, PLACE, CellRules(parse_scale(scale) if scale else None))
    assert cell.expected == expected


# ---------------------------------------------------------------- integers

INTEGER_TYPES = [pa.int8(), pa.int16(), pa.int32(), pa.int64(), pa.uint8(), pa.uint16(), pa.uint32(), pa.uint64()]


@pytest.mark.parametrize("arrow", INTEGER_TYPES, ids=str)
def test_an_integer_is_its_value(arrow):
    assert read([100, None, 0], HOURS, arrow) == [Fraction(100), None, Fraction(0)]
    assert read([7], COUNT, arrow) == [Fraction(7)]


def test_integers_beyond_a_double():
    assert read([2**63 - 1, -(2**63), None], COUNT, pa.int64()) == [Fraction(2**63 - 1), Fraction(-(2**63)), None]


def test_an_integer_with_a_scale():
    assert read([12345], MONEY, pa.int64(), scale="2") == [Fraction(12345, 100)]
    assert read([12345], MONEY, pa.int64(), scale="0") == [Fraction(12345)]
    assert read([16850], HOURS, pa.int32(), scale="2") == [Fraction(337, 2)]
    assert read([200], PERCENT, pa.int32(), scale="ratio:4") == [Fraction(2, 100)]
    assert read([200], PERCENT, pa.int32(), scale="percent:2") == [Fraction(2, 100)]


@pytest.mark.parametrize("type", [MONEY, WAGE, NumberType(Unit.of("USD"), 2, WIDE)], ids=["money", "wage", "foreign"])
def test_integers_for_money_need_a_scale(type):
    assert stopped([1], type, pa.int64()) == (
        "error[unknown-scale]: `sales` of `worker.parquet` holds integers, and nobody has said what they count\n"
        + STOPPED_AT
        + "expected: a stated scale\n"
        'help:     say it: scales={"worker.sales": 2} in Python, --scale worker.sales=2 for the command'
    )


@pytest.mark.parametrize("scale", [None, "ratio", "percent"])
def test_integers_for_a_percentage_need_a_scale_with_places(scale):
    assert stopped([1], PERCENT, pa.int64(), scale=scale) == (
        "error[unknown-scale]: `sales` of `worker.parquet` holds integers, and nobody has said what they count\n"
        + STOPPED_AT
        + "expected: a stated scale\n"
        'help:     say it: scales={"worker.sales": "percent:2"} in Python, '
        "--scale worker.sales=percent:2 for the command"
    )


@pytest.mark.parametrize(
    ("type", "scale", "wanted"),
    [
        (MONEY, "ratio:4", "a number of places"),
        (HOURS, "percent", "a number of places"),
        (PERCENT, "2", "`ratio` or `percent`, with its places where it holds integers"),
    ],
)
def test_a_scale_that_the_column_cannot_have(type, scale, wanted):
    assert stopped([1], type, pa.int64(), scale=scale) == (
        f"error[bad-scale]: `sales` of `worker.parquet` cannot have the scale `{scale}`\n"
        + STOPPED_AT
        + f"expected: {wanted}"
    )


@pytest.mark.parametrize("written", ["", "two", "-1", "19", "ratio:", "ratio:19", "percent:2.0", "%", True, 1.5, None])
def test_what_is_no_scale(written):
    assert parse_scale(written) is None


def test_scales_are_read_as_written():
    assert parse_scale(2) == parse_scale("2") == Scale("number", 2)
    assert [str(parse_scale(each)) for each in ("2", "ratio", "ratio:4", "percent", "percent:2")] == [
        "2", "ratio", "ratio:4", "percent", "percent:2"
    ]  # fmt: skip


# ---------------------------------------------------------------- decimals

DECIMAL_TYPES = [pa.decimal32(9, 2), pa.decimal64(18, 2), pa.decimal128(38, 2), pa.decimal256(76, 2)]


@pytest.mark.parametrize("arrow", DECIMAL_TYPES, ids=str)
def test_a_decimal_is_its_value(arrow):
    assert read([Decimal("1234.50"), None, Decimal("-0.01")], MONEY, arrow) == [
        Fraction(2469, 2),
        None,
        Fraction(-1, 100),
    ]


def test_a_decimal_of_76_digits_and_of_negative_scale():
    assert read([Decimal("9" * 76)], COUNT, pa.decimal256(76, 0)) == [Fraction(10**76 - 1)]
    assert read([Decimal("1200")], COUNT, pa.decimal128(5, -2)) == [Fraction(1200)]


def test_a_decimal_in_a_percent_column():
    assert read([Decimal("0.0200")], PERCENT, pa.decimal128(5, 4), scale="ratio") == [Fraction(2, 100)]
    assert read([Decimal("2.00")], PERCENT, pa.decimal128(5, 2), scale="percent") == [Fraction(2, 100)]
    assert "holds decimal128(5, 2), and nobody has said what they count" in stopped(
        [Decimal("2.00")], PERCENT, pa.decimal128(5, 2)
    )


def test_a_decimal_says_its_places_itself():
    assert stopped([Decimal("2.00")], MONEY, pa.decimal128(5, 2), scale="2") == (
        "error[bad-scale]: `sales` of `worker.parquet` holds decimal128(5, 2), so its scale cannot be `2`: that is for "
        "integers\ntable:    worker\ncolumn:   sales\nhelp:     leave the scale out"
    )


# ---------------------------------------------------------------- floats


@pytest.mark.parametrize(
    ("number", "value"),
    [
        (1234.5, Fraction(2469, 2)),
        (0.1, Fraction(1, 10)),
        (-0.07, Fraction(-7, 100)),
        (0.0, Fraction(0)),
        (-0.0, Fraction(0)),
        (9_999_999_999_999.99, Fraction(999_999_999_999_999, 100)),
        (0.1 + 0.2, ("inexact-float", "0.30000000000000004")),
        (1.005, ("inexact-float", "1.005")),
        (10_000_000_000_000.0, ("inexact-float", "10000000000000.0")),
        (1e300, ("inexact-float", "1e+300")),
        (5e-324, ("inexact-float", "5e-324")),
        (math.inf, ("inexact-float", "inf")),
        (-math.inf, ("inexact-float", "-inf")),
        (math.nan, ("not-a-number", "NaN")),
        (None, None),
    ],
)
def test_a_float_is_taken_where_a_decimal_number_is_meant(number, value):
    assert read([number], MONEY, pa.float64()) == [value]


def test_a_float_in_a_column_of_whole_numbers():
    assert read([3.0, 3.5], COUNT, pa.float64()) == [Fraction(3), ("inexact-float", "3.5")]


def test_a_float16_is_taken_where_it_is_exact():
    halves = pa.array([0.5, None, 0.1], pa.float64()).cast(pa.float16())
    assert read(halves, MONEY, halves.type) == [Fraction(1, 2), None, ("inexact-float", "0.0999755859375")]


def test_a_float32_is_taken_where_it_is_exact():
    assert read([0.5, 0.1], MONEY, pa.float32()) == [
        Fraction(1, 2),
        ("inexact-float", repr(float(pa.scalar(0.1, pa.float32()).as_py()))),
    ]


def test_a_float_in_a_percent_column():
    assert read([0.0225, 0.00001], PERCENT, pa.float64(), scale="ratio") == [
        Fraction(9, 400),
        ("inexact-float", "1e-05"),
    ]
    assert read([2.25, 2.255], PERCENT, pa.float64(), scale="percent") == [Fraction(9, 400), ("inexact-float", "2.255")]
    assert "holds double, and nobody has said what they count" in stopped([2.0], PERCENT, pa.float64())


@given(st.integers(-(10**15) + 1, 10**15 - 1), st.integers(0, 9))
def test_every_decimal_number_survives_its_float(count, places):
    assert exact_float(count / 10**places, places) == Fraction(count, 10**places)


@given(st.floats(allow_nan=False, allow_infinity=False), st.integers(0, 9))
def test_a_float_is_refused_or_is_the_nearest_double_of_its_value(number, places):
    value = exact_float(number, places)
    if value is None:
        # No decimal number with so many places has this double: the two nearest to it have others.
        below = math.floor(Fraction(number) * 10**places)
        assert all(abs(n) >= 10**15 or n / 10**places != number for n in (below, below + 1))
    else:
        assert float(value) == number
        assert (value * 10**places).denominator == 1


@given(st.integers(-(10**15) + 1, 10**15 - 1), st.integers(0, 9))
def test_a_neighbouring_double_is_another_number_or_none(count, places):
    value = Fraction(count, 10**places)
    neighbour = math.nextafter(float(value), math.inf)
    assert exact_float(neighbour, places) != value


@given(st.decimals(allow_nan=False, allow_infinity=False, places=4, min_value=-(10**12), max_value=10**12))
def test_text_decimal_and_integer_agree(number):
    exact = Fraction(number)
    type = NumberType(Unit.of("CNY"), 4, WIDE)
    text = f"{number:f}"
    minor = int(exact * 10**4)
    assert read([text], type) == [exact]
    assert read([number], type, pa.decimal128(38, 4)) == [exact]
    assert read([minor], type, pa.int64(), scale="4") == [exact]


# ---------------------------------------------------------------- flags, members, texts


def test_flags():
    assert read([True, False, None], FlagType(), pa.bool_()) == [True, False, None]
    assert read(["yes", "no", "true", "false", "True", "FALSE", "Yes", None], FlagType()) == [
        True, False, True, False, True, False, True, None
    ]  # fmt: skip


@pytest.mark.parametrize("text", ["1", "0", "y", "n", "是", " yes", "on"])
def test_what_is_no_flag(text):
    assert read([text], FlagType()) == [("not-a-flag", text)]


STRING_TYPES = [
    pa.string(), pa.large_string(), pa.string_view(),
    pa.dictionary(pa.int8(), pa.string()), pa.dictionary(pa.uint32(), pa.large_string()),
]  # fmt: skip


@pytest.mark.parametrize("arrow", STRING_TYPES, ids=str)
@pytest.mark.parametrize("type", [GRADE, TextType()], ids=str)
def test_texts_of_every_arrow_kind(arrow, type):
    assert read(["junior", None, "senior", "junior"], type, arrow) == ["junior", None, "senior", "junior"]


def test_numbers_as_texts_of_every_arrow_kind():
    for arrow in STRING_TYPES:
        assert read(["1.50", None], MONEY, arrow) == [Fraction(3, 2), None]


def test_encodings_give_way_to_what_they_stand_for():
    runs = pa.RunEndEncodedArray.from_arrays(pa.array([2, 3], pa.int32()), pa.array(["junior", None]))
    assert read(runs, GRADE, runs.type) == ["junior", "junior", None]
    numbers = pa.DictionaryArray.from_arrays(pa.array([1, 0, None]), pa.array([10, 20], pa.int64()))
    assert read(numbers, HOURS, numbers.type) == [Fraction(20), Fraction(10), None]
    nulls_inside = pa.DictionaryArray.from_arrays(pa.array([0, 1]), pa.array(["junior", None]))
    assert read(nulls_inside, GRADE, nulls_inside.type) == ["junior", None]
    assert read([None, None], MONEY, pa.null()) == [None, None]


def test_texts_compare_after_nfc():
    assert read(["e\u0301"], TextType()) == ["\u00e9"]


# ---------------------------------------------------------------- dates and moments


def test_dates():
    days = [date(1900, 1, 1), None, date(2200, 12, 31)]
    assert read(days, DateType(), pa.date32()) == days
    assert read(days, DateType(), pa.date64()) == days
    assert read(["2026-02-28", "2024-02-29", None], DateType()) == [date(2026, 2, 28), date(2024, 2, 29), None]


@pytest.mark.parametrize(
    "text", ["2026-02-29", "2026-2-1", "20260201", "2026-W01-1", "01.02.2026", "2026-01-01 ", "0000-01-01"]
)
def test_what_is_no_date(text):
    assert read([text], DateType()) == [("not-a-date", text)]


def test_a_date_that_no_calendar_has():
    cells = pa.array([2**31 - 1], pa.int32()).cast(pa.date32())
    assert read(cells, DateType(), pa.date32()) == [("not-a-date", "2147483647 days from 1970-01-01")]


MOMENT = datetime(2026, 10, 15, 0, 30, tzinfo=UTC)


@pytest.mark.parametrize("unit", ["s", "ms", "us", "ns"])
def test_moments_with_a_zone(unit):
    assert read([MOMENT, None], MomentType(), pa.timestamp(unit, "Asia/Shanghai")) == [MOMENT, None]
    assert read([MOMENT, None], MomentType(), pa.timestamp(unit, "UTC")) == [MOMENT, None]


def test_moments_before_1970():
    early = datetime(1901, 12, 31, 23, 59, 59, 999999, tzinfo=UTC)
    assert read([early], MomentType(), pa.timestamp("us", "UTC")) == [early]


def test_a_nanosecond_is_not_cut_off():
    cells = pa.array([1], pa.int64()).cast(pa.timestamp("ns", "UTC"))
    assert read(cells, MomentType(), cells.type) == [("not-a-moment", "1970-01-01T00:00:00.000000001Z")]
    bare = pa.array([-1], pa.int64()).cast(pa.timestamp("ns"))
    assert read(bare, MomentType(), bare.type, zone=SHANGHAI) == [("not-a-moment", "1969-12-31T23:59:59.999999999")]


@pytest.mark.parametrize(
    ("cells", "type", "expected"),
    [
        (pa.array(["2026-10-15T08:30:00.1234567Z"]), MomentType(), "a moment, to the microsecond"),
        (pa.array(["2026-10-15T08:30"]), MomentType(),
         "a moment with its zone, like 2026-10-15T08:30+08:00, or a stated zone"),
        (pa.array([1.5]), COUNT, "a whole number, like 1234"),
        (pa.array([1.005]), MONEY, "a number of at most 2 decimal places"),
    ],
)  # fmt: skip
def test_what_was_expected_of_a_cell_of_arrow(cells, type, expected):
    (cell,) = read_cells(pa.chunked_array([cells]), type, PLACE, CellRules())
    assert cell.expected == expected


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("2026-10-15T08:30+08:00", MOMENT),
        ("2026-10-15 08:30:00+08:00", MOMENT),
        ("2026-10-15T00:30:00.000000Z", MOMENT),
        ("2026-10-14T19:00:00.5-05:30", MOMENT + timedelta(milliseconds=500)),
    ],
)
def test_moments_as_text(text, moment):
    assert read([text], MomentType()) == [moment]


@pytest.mark.parametrize("text", ["2026-10-15", "2026-13-01T00:00Z", "2026-10-15T24:30Z", "2026-10-15T8:30Z", "now",
                                  "0001-01-01T00:00+01:00"])  # fmt: skip
def test_what_is_no_moment(text):
    assert read([text], MomentType()) == [("not-a-moment", text)]


def test_a_moment_without_zone():
    assert read(["2026-10-15T08:30"], MomentType()) == [("zoneless-timestamp", "2026-10-15T08:30")]
    assert read(["2026-10-15T08:30"], MomentType(), zone=SHANGHAI) == [MOMENT]
    local = datetime(2026, 10, 15, 8, 30)
    assert read([local], MomentType(), pa.timestamp("us"), zone=SHANGHAI) == [MOMENT]
    with pytest.raises(DataError) as caught:
        read_cells(
            column([local], pa.timestamp("us")),
            MomentType(),
            PLACE,
            CellRules(plan_timezone=ZoneInfo("Europe/Berlin")),
        )
    assert str(caught.value) == (
        "error[zoneless-timestamp]: `sales` of `worker.parquet` holds moments without a zone\n"
        + STOPPED_AT
        + "expected: timestamps with a zone\n"
        "help:     say in which zone their clock stands, for example the plan's: "
        'assume_timezone="Europe/Berlin" in Python, --assume-timezone Europe/Berlin for the command'
    )


def test_a_civil_time_that_is_twice_or_never():
    berlin = ZoneInfo("Europe/Berlin")
    assert read(["2026-10-25T02:30", "2026-03-29T02:30", "2026-10-25T03:30"], MomentType(), zone=berlin) == [
        ("not-a-moment", "2026-10-25T02:30:00 (Europe/Berlin)"),
        ("not-a-moment", "2026-03-29T02:30:00 (Europe/Berlin)"),
        datetime(2026, 10, 25, 3, 30, tzinfo=timezone(timedelta(hours=1))),
    ]


# ---------------------------------------------------------------- columns of another type


@pytest.mark.parametrize(
    ("type", "arrow", "cells", "wanted"),
    [
        (MONEY, pa.bool_(), [True], "integers, decimals, or text that is an exact number"),
        (MONEY, pa.list_(pa.int64()), [[1]], "integers, decimals, or text that is an exact number"),
        (MONEY, pa.binary(), [b"1"], "integers, decimals, or text that is an exact number"),
        (COUNT, pa.date32(), [date(2026, 1, 1)], "integers, decimals, or text that is an exact number"),
        (FlagType(), pa.int8(), [1], "bool, or the texts yes, no, true, false"),
        (GRADE, pa.int8(), [1], "texts: junior, senior"),
        (TextType(), pa.int8(), [1], "texts"),
        (DateType(), pa.int32(), [1], "dates, or texts like 2026-10-15"),
        (MomentType(), pa.date32(), [date(2026, 1, 1)], "timestamps with a zone, or texts like 2026-10-15T08:30+08:00"),
    ],
    ids=str,
)
def test_a_column_of_another_type(type, arrow, cells, wanted):
    assert stopped(cells, type, arrow) == (
        f"error[wrong-type]: `sales` of `worker.parquet` holds {arrow}\n" + STOPPED_AT + f"expected: {wanted}"
    )


def test_a_timestamp_is_no_date():
    assert stopped([MOMENT], DateType(), pa.timestamp("us", "UTC")) == (
        "error[wrong-type]: `sales` of `worker.parquet` holds timestamp[us, tz=UTC]\n"
        + STOPPED_AT
        + "expected: dates, or texts like 2026-10-15\n"
        "help:     cast them to date32: which day a moment lies in depends on the zone"
    )


@pytest.mark.parametrize("type", [pa.string(), pa.large_string(), pa.string_view()], ids=str)
def test_a_dictionary_of_texts_of_every_kind(type):
    # polars makes dictionaries of string views of its categories.
    chunks = [
        pa.DictionaryArray.from_arrays(pa.array(indices, pa.uint32()), pa.array(["junior", "senior"], type))
        for indices in ([1, None], [0])
    ]
    dictionaries = pa.chunked_array(chunks)
    assert read_cells(dictionaries, GRADE, PLACE, CellRules()) == ["senior", None, "junior"]
    assert read_cells(dictionaries.slice(0, 0), GRADE, PLACE, CellRules()) == []
