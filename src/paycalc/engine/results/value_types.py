"""Which Arrow type the values of a line have: it depends on the plan alone, not on data, nor on what computed them."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from fractions import Fraction

import pyarrow as pa

from paycalc.check.types import DateType, FlagType, MomentType, NumberType, ValueType
from paycalc.core.unit import PLAIN, Unit

# How amounts are given: exact decimals of 16 or of 8 bytes, or the whole numbers of the smallest places.
MONEY = ("decimal128", "decimal64", "minor")

# Up to 18 digits a Parquet file needs 8 bytes a value.
DIGITS_NARROW, DIGITS_WIDE, DIGITS_MAX = 18, 38, 76
_INT64_MAX = 2**63 - 1


def at_currency_places(type: ValueType, currency: str, places: int) -> ValueType:
    """Amounts have at least the currency's places: `pay bonus = 300` is 300.00."""
    if isinstance(type, NumberType) and type.unit == Unit.of(currency) and type.places is not None:
        return replace(type, places=max(type.places, places))
    return type


def is_count(type: NumberType) -> bool:
    """Whether values are plain whole numbers that fit int64."""
    return type.unit == PLAIN and type.places == 0 and type.interval.magnitude <= _INT64_MAX


def decimal_digits(type: NumberType) -> int:
    """The digits of the decimals that hold every value of the type: 18, 38 or 76."""
    assert type.places is not None  # the checker lets no line hold a fraction
    digits = len(str(int(type.interval.magnitude * Fraction(10**type.places))))
    return next((size for size in (DIGITS_NARROW, DIGITS_WIDE) if digits <= size), DIGITS_MAX)


def decimal_type(digits: int, places: int) -> pa.DataType:
    """The Arrow decimals of so many digits."""
    return pa.decimal128(digits, places) if digits <= DIGITS_WIDE else pa.decimal256(digits, places)


def arrow_type(type: ValueType, money: str = "decimal128") -> pa.DataType:
    """The Arrow type of a column of such values. money: one of MONEY; it says how decimals are given."""
    match type:
        case NumberType(places=places):
            if is_count(type):
                return pa.int64()
            digits = decimal_digits(type)
            if digits == DIGITS_NARROW and money == "minor":
                return pa.int64()
            if digits == DIGITS_NARROW and money == "decimal64":
                return pa.decimal64(digits, places)
            return decimal_type(digits, 0 if money == "minor" else places or 0)
        case FlagType():
            return pa.bool_()
        case DateType():
            return pa.date32()
        case MomentType():
            return pa.timestamp("us", "UTC")
        case _:
            return pa.string()


def decimal_of(value: Fraction, places: int) -> Decimal:
    """The value as a Decimal with so many places; it is a whole multiple of 10^-places."""
    count = value * Fraction(10**places)
    assert count.denominator == 1
    # From text, since arithmetic on Decimal rounds to the digits of a context that somebody else may have set.
    return Decimal(f"{count.numerator}E-{places}")
