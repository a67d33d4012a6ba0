"""The type of a number computed from numbers: unit, places, range, and the proof that it fits.

Every value is a whole number scaled by 10^places, or (a fraction) one whole number over a positive one. Ranges are
plain intervals: nothing is known of how two values depend on each other. What may exceed the widths that the kernels
compute exactly raises TooWide: 127 bits for a value, 63 for the smaller factor of a product and for a divisor.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from fractions import Fraction

from paycalc.check.types import NumberType
from paycalc.core.number import Interval, decimal_places, round_to
from paycalc.core.unit import Unit

VALUE_BITS_MAX = 127
FACTOR_BITS_MAX = 63
ROWS_MAX = 2**32 - 1  # rows of an entity, where the plan does not bound them


class TooWide(Exception):
    """The value may need more bits than there are; `str()` says what."""


def bits(interval: Interval) -> int:
    """Bits of the widest whole number in the interval, the sign not counted."""
    return max(abs(interval.low.__floor__()), abs(interval.high.__ceil__())).bit_length()


def scaled(type_: NumberType) -> Interval:
    """The interval counted in units of the last place."""
    assert type_.places is not None
    power = 10**type_.places
    return Interval(type_.interval.low * power, type_.interval.high * power)


def fraction_parts(type_: NumberType) -> tuple[Interval, Interval]:
    """Numerator and divisor of any number; a number with places is over a power of ten."""
    if type_.numerator is not None and type_.divisor is not None:
        return type_.numerator, type_.divisor
    assert type_.places is not None
    power = Fraction(10**type_.places)
    return scaled(type_), Interval(power, power)


def decimal(unit: Unit, places: int, interval: Interval) -> NumberType:
    """A number with places, proven to fit."""
    result = NumberType(unit, places, interval)
    fits(scaled(result))
    return result


def fraction(unit: Unit, interval: Interval, numerator: Interval, divisor: Interval) -> NumberType:
    """An exact fraction, numerator and divisor proven to fit."""
    fits(numerator)
    if bits(divisor) > FACTOR_BITS_MAX:
        raise TooWide(f"its divisor may need {bits(divisor)} bits, {FACTOR_BITS_MAX} are possible")
    return NumberType(unit, None, interval, numerator=numerator, divisor=divisor)


def fits(interval: Interval) -> None:
    if bits(interval) > VALUE_BITS_MAX:
        raise TooWide(f"it may need {bits(interval)} bits, {VALUE_BITS_MAX} are possible")


def _product_fits(left: Interval, right: Interval) -> None:
    narrower = min(bits(left), bits(right))
    if narrower > FACTOR_BITS_MAX:
        raise TooWide(f"both factors may need {narrower} bits or more; one must fit {FACTOR_BITS_MAX}")
    fits(left * right)


def negate(type_: NumberType) -> NumberType:
    numerator = -type_.numerator if type_.numerator is not None else None
    return replace(type_, interval=-type_.interval, numerator=numerator)


def add(left: NumberType, right: NumberType, unit: Unit, *, subtract: bool = False) -> NumberType:
    interval = left.interval - right.interval if subtract else left.interval + right.interval
    if left.places is not None and right.places is not None:
        return decimal(unit, max(left.places, right.places), interval)
    (n1, d1), (n2, d2) = fraction_parts(left), fraction_parts(right)
    if d1 == d2 and d1.low == d1.high:
        numerator, divisor = (n1 - n2 if subtract else n1 + n2), d1
    else:
        _product_fits(n1, d2)
        _product_fits(n2, d1)
        numerator, divisor = (n1 * d2 - n2 * d1 if subtract else n1 * d2 + n2 * d1), d1 * d2
    return fraction(unit, interval, numerator, divisor)


def multiply(left: NumberType, right: NumberType) -> NumberType:
    unit, interval = left.unit * right.unit, left.interval * right.interval
    if left.places is not None and right.places is not None:
        _product_fits(scaled(left), scaled(right))
        return decimal(unit, left.places + right.places, interval)
    (n1, d1), (n2, d2) = fraction_parts(left), fraction_parts(right)
    _product_fits(n1, n2)
    return fraction(unit, interval, n1 * n2, d1 * d2)


def divide_evenly(left: NumberType, divisor: Fraction, unit: Unit) -> NumberType | None:
    """By a written number whose reciprocal has finitely many places: a product. None where it has not."""
    places = decimal_places(1 / divisor)
    if places is None or left.places is None:
        return None
    return decimal(unit, left.places + places, left.interval * Interval.of(1 / divisor))


def divide(left: NumberType, right: NumberType) -> NumberType:
    """An exact fraction. The divisor is never zero (proven before); its range may still reach across zero."""
    (n1, d1), (n2, d2) = fraction_parts(left), fraction_parts(right)
    smallest = 1 / d2.high  # the value nearest to zero that the divisor can have
    parts = []
    if right.interval.high > 0:
        parts.append(Interval(max(right.interval.low, smallest), right.interval.high))
    if right.interval.low < 0:
        parts.append(Interval(right.interval.low, min(right.interval.high, -smallest)))
    # No part at all: the facts exclude each other, and nothing is ever divided here.
    quotients = [left.interval * Interval(1 / part.high, 1 / part.low) for part in parts] or [left.interval]
    interval = quotients[0].hull(quotients[-1])
    # The sign of the divisor goes into the numerator.
    if n2.low < 0 < n2.high:
        n1 = n1.hull(-n1)
    elif n2.high <= 0:
        n1 = -n1
    ends = sorted((abs(n2.low), abs(n2.high)))
    size = Interval(ends[0] if n2.low * n2.high > 0 else Fraction(1), max(ends[1], Fraction(1)))
    numerator, divisor = _cancel(n1, d1, size, d2)
    return fraction(left.unit / right.unit, interval, numerator, divisor)


def _cancel(n1: Interval, d1: Interval, n2: Interval, d2: Interval) -> tuple[Interval, Interval]:
    """(n1 / d1) / (n2 / d2) as one fraction, common powers of ten left out where both divisors are known."""
    if d1.low == d1.high and d2.low == d2.high:
        common = Fraction(d2.low, d1.low)
        up, down = Interval.of(common.numerator), Interval.of(common.denominator)
        _product_fits(n1, up)
        _product_fits(n2, down)
        return n1 * up, n2 * down
    _product_fits(n1, d2)
    _product_fits(d1, n2)
    return n1 * d2, d1 * n2


def modulo(left: NumberType, right: NumberType) -> NumberType:
    """a - b * floor(a / b): between zero and the divisor, with the divisor's sign."""
    assert left.places is not None and right.places is not None
    places = max(left.places, right.places)
    step = Fraction(1, 10**places)
    high = max(right.interval.high - step, Fraction(0))
    low = min(right.interval.low + step, Fraction(0))
    if left.interval.low >= 0 and right.interval.low > 0:
        high = min(high, left.interval.high)
    divisor = decimal(right.unit, places, right.interval)
    if bits(scaled(divisor)) > FACTOR_BITS_MAX:
        raise TooWide(f"the divisor may need {bits(scaled(divisor))} bits, {FACTOR_BITS_MAX} are possible")
    decimal(left.unit, places, left.interval)
    return decimal(left.unit, places, Interval(low, high))


def rounded(type_: NumberType, step: Fraction, mode: str) -> NumberType:
    """To a multiple of `step`: every mode is monotone, so the ends round to the ends."""
    places = decimal_places(step)
    assert places is not None
    interval = Interval(round_to(type_.interval.low, step, mode), round_to(type_.interval.high, step, mode))
    numerator, divisor = fraction_parts(type_)
    power = Fraction(10**places)
    fits(Interval(numerator.low * power, numerator.high * power))
    needed = bits(Interval(divisor.low, divisor.high * step * power))
    if type_.places is not None:
        needed = _bits_in_steps((divisor.high * step).numerator)
    if needed > FACTOR_BITS_MAX:
        raise TooWide(f"rounding would divide by {needed} bits, {FACTOR_BITS_MAX} are possible")
    return decimal(type_.unit, places, interval)


def _bits_in_steps(divisor: int) -> int:
    """The bits of a known divisor that is divided by in parts: by powers of ten, then by four times the rest."""
    rest = divisor
    for factor in (2, 5):
        while rest % factor == 0:
            rest //= factor
    return min(divisor.bit_length(), (4 * rest).bit_length())


def comparable(left: NumberType, right: NumberType) -> None:
    """Raises TooWide where the two cannot be compared exactly."""
    if left.places is not None and right.places is not None:
        places = max(left.places, right.places)
        decimal(left.unit, places, left.interval)
        decimal(right.unit, places, right.interval)
        return
    (n1, d1), (n2, d2) = fraction_parts(left), fraction_parts(right)
    _product_fits(n1, d2)
    _product_fits(n2, d1)


def chosen(types: Sequence[NumberType], unit: Unit, interval: Interval | None = None) -> NumberType:
    """One of several numbers (if, case, min, max, default); `interval` where it is narrower than their hull."""
    hull = types[0].interval
    for each in types[1:]:
        hull = hull.hull(each.interval)
    interval = hull if interval is None else interval
    percent = all(each.percent or each.bare for each in types) and any(each.percent for each in types)
    bare = all(each.bare for each in types)
    places = [each.places for each in types if each.places is not None]
    if len(places) == len(types):
        return replace(decimal(unit, max(places), interval), percent=percent, bare=bare)
    parts = [fraction_parts(each) for each in types]
    numerator, divisor = parts[0]
    for n, d in parts[1:]:
        numerator, divisor = numerator.hull(n), divisor.hull(d)
    return replace(fraction(unit, interval, numerator, divisor), percent=percent)


def lesser(types: Sequence[NumberType], unit: Unit) -> NumberType:
    """min(...)"""
    low = min(each.interval.low for each in types)
    return chosen(types, unit, Interval(low, min(each.interval.high for each in types)))


def greater(types: Sequence[NumberType], unit: Unit) -> NumberType:
    """max(...)"""
    high = max(each.interval.high for each in types)
    return chosen(types, unit, Interval(max(each.interval.low for each in types), high))


def clamped(value: NumberType, low: NumberType, high: NumberType, unit: Unit) -> NumberType:
    """clamp(value, low, high), with low <= high."""
    # max(low, min(value, high)) rises with each of the three; where it is computed, low <= high.
    bottom = max(low.interval.low, min(value.interval.low, high.interval.low))
    top = max(min(low.interval.high, high.interval.high), min(value.interval.high, high.interval.high))
    interval = Interval(bottom, max(bottom, top))
    return chosen((value, low, high), unit, interval)


def absolute(type_: NumberType) -> NumberType:
    low, high = type_.interval.low, type_.interval.high
    interval = Interval(Fraction(0) if low <= 0 <= high else min(abs(low), abs(high)), type_.interval.magnitude)
    numerator = type_.numerator
    if numerator is not None:
        numerator = Interval(Fraction(0), numerator.magnitude)
    return replace(type_, interval=interval, numerator=numerator)


def summed(type_: NumberType, rows_max: int) -> NumberType:
    """The sum over at most so many rows, perhaps none."""
    assert type_.places is not None
    low, high = min(type_.interval.low * rows_max, Fraction(0)), max(type_.interval.high * rows_max, Fraction(0))
    return decimal(type_.unit, type_.places, Interval(low, high))


def averaged(type_: NumberType, rows_max: int, rows_min: int = 1) -> NumberType:
    """The exact mean over so many rows."""
    total = scaled(summed(type_, rows_max))
    assert type_.places is not None
    power = 10**type_.places
    return fraction(type_.unit, type_.interval, total, Interval.of(power * rows_min, power * rows_max))
