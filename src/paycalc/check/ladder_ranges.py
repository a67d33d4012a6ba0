"""The types of what `marginal`, `slab`, `reached` and `interpolate` give.

Of a ladder in the plan every step is known. Of one from data its key's and its values' declared ranges are, so what
any ladder within them gives is bounded.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from fractions import Fraction
from itertools import pairwise

from paycalc.check.arithmetic import decimal, fits, fraction, fraction_parts
from paycalc.check.types import NumberType
from paycalc.core.number import Interval, decimal_places
from paycalc.core.unit import Unit

Steps = Sequence[tuple[Fraction, Fraction]]  # thresholds, rising, with their rates or values


def marginal(base: NumberType, rate: NumberType, groups: Sequence[Steps]) -> NumberType:
    """Continuous and straight between the thresholds: its extremes lie at the ends or at thresholds.

    What lies between a base and a threshold has the places of the finer one.
    """
    values: list[Fraction] = []
    reach = Fraction(0)
    for steps in groups:
        values += _marginal_values(base.interval, steps)
        reach = max(reach, *_marginal_values(base.interval, [(threshold, abs(value)) for threshold, value in steps]))
    finest = max(decimal_places(threshold) or 0 for steps in groups for threshold, _ in steps)
    return _rated(base, rate, base.unit * rate.unit, Interval.of(*values), Interval.of(-reach, reach), finest)


def _marginal_values(base: Interval, steps: Steps) -> list[Fraction]:
    """What is paid at both ends of the base's interval and at the thresholds inside it, in one pass."""
    values = [Fraction(0)] if base.low <= steps[0][0] else []
    total = Fraction(0)  # paid for what lies below the present threshold
    ends = [*(threshold for threshold, _ in steps[1:]), None]
    for (threshold, rate), end in zip(steps, ends, strict=True):
        for point in (base.low, base.high):
            if threshold <= point and (end is None or point <= end):
                values.append(total + (point - threshold) * rate)
        if end is not None:
            total += (end - threshold) * rate
            if end in base:
                values.append(total)
    return values or [Fraction(0)]


def slab(base: NumberType, rate: NumberType, groups: Sequence[Steps]) -> NumberType:
    """The whole base at the rate reached; 0 below the first step."""
    intervals = []
    for steps in groups:
        if base.interval.low <= steps[0][0]:
            intervals.append(Interval.of(0))
        for segment, value in _segments(base.interval, steps):
            intervals.append(segment * Interval.of(value))
    interval = intervals[0]
    for each in intervals[1:]:
        interval = interval.hull(each)
    return _rated(base, rate, base.unit * rate.unit, interval, interval)


def _segments(base: Interval, steps: Steps) -> list[tuple[Interval, Fraction]]:
    ends = [following[0] for _, following in pairwise(steps)] + [max(base.high, steps[-1][0])]
    segments = []
    for (threshold, value), end in zip(steps, ends, strict=True):
        met = Interval(threshold, end).meet(base)
        if met is not None:
            segments.append((met, value))
    return segments


def _rated(
    base: NumberType, rate: NumberType, unit: Unit, interval: Interval, reach: Interval, threshold_places: int = 0
) -> NumberType:
    assert rate.places is not None
    if base.places is not None:
        places = max(base.places, threshold_places) + rate.places
        decimal(unit, places, reach)
        return decimal(unit, places, interval)
    _, divisor = fraction_parts(base)
    power = Fraction(10 ** (rate.places + threshold_places))
    full = Interval(divisor.low * power, divisor.high * power)
    return fraction(unit, interval, reach * full, full)


def reached(base: NumberType, rate: NumberType, groups: Sequence[Steps]) -> NumberType:
    """The rate of the step reached; 0 below the first."""
    assert rate.places is not None
    values = [value for steps in groups for _, value in _segments(base.interval, steps)]
    if any(base.interval.low <= steps[0][0] for steps in groups):
        values.append(Fraction(0))
    return replace(decimal(rate.unit, rate.places, Interval.of(*values)), percent=rate.percent)


def interpolated(base: NumberType, rate: NumberType, groups: Sequence[Steps]) -> NumberType:
    """A fraction: v0 + (v1 - v0) * (base - t0) / (t1 - t0)."""
    values = [value for steps in groups for _, value in steps]
    widths = [b - a for steps in groups for (a, _), (b, _) in pairwise(steps)] or [Fraction(1)]
    finest = max(decimal_places(threshold) or 0 for steps in groups for threshold, _ in steps)
    return _between(base, rate, Interval.of(*values), Interval.of(*widths), finest)


def _between(base: NumberType, rate: NumberType, values: Interval, widths: Interval, finest: int) -> NumberType:
    """A value between two of `values`, by steps so wide whose thresholds have `finest` places."""
    assert rate.places is not None
    base_numerator, base_divisor = fraction_parts(base)
    # Thresholds may be finer than the base: their places make them, and the widths between them, whole numbers.
    divisor = widths * Interval.of(10**finest) * base_divisor * Interval.of(10**rate.places)
    fits(base_numerator)
    numerator = Interval.of(0, divisor.high * values.low, divisor.high * values.high)
    return fraction(rate.unit, values, numerator, divisor)


# ---------------------------------------------------------------- ladders from data


def any_marginal(base: NumberType, rate: NumberType, key: NumberType) -> NumberType:
    """The most is paid where the first step lies at the least value of the key and all of it is at one rate."""
    assert key.places is not None
    amount = Interval(Fraction(0), max(base.interval.high - key.interval.low, Fraction(0)))
    reach = amount.high * rate.interval.magnitude
    interval = (amount * rate.interval).hull(Interval.of(0))
    return _rated(base, rate, base.unit * rate.unit, interval, Interval.of(-reach, reach), key.places)


def any_slab(base: NumberType, rate: NumberType, key: NumberType) -> NumberType:
    interval = (base.interval * rate.interval).hull(Interval.of(0))
    return _rated(base, rate, base.unit * rate.unit, interval, interval)


def any_reached(base: NumberType, rate: NumberType, key: NumberType) -> NumberType:
    assert rate.places is not None
    interval = rate.interval.hull(Interval.of(0))
    return replace(decimal(rate.unit, rate.places, interval), percent=rate.percent)


def any_interpolated(base: NumberType, rate: NumberType, key: NumberType) -> NumberType:
    assert key.places is not None
    narrowest = Fraction(1, 10**key.places)
    widest = max(key.interval.high - key.interval.low, narrowest)
    return _between(base, rate, rate.interval, Interval(narrowest, widest), key.places)


OF_STEPS = {"marginal": marginal, "slab": slab, "reached": reached, "interpolate": interpolated}
OF_DATA = {"marginal": any_marginal, "slab": any_slab, "reached": any_reached, "interpolate": any_interpolated}
