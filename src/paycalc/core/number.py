"""Exact numbers: reading and writing decimals, the rounding modes, closed intervals of fractions."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction

DIGITS_MAX = 38  # of a number written in a plan or in data

_DECIMAL = re.compile(r"([+-]?)(\d[\d_]*)(?:\.(\d[\d_]*))?(?:[eE]([+-]?\d{1,3}))?\Z", re.ASCII)


def parse_decimal(text: str) -> tuple[Fraction, int] | None:
    """Value and decimal places of a written number (`1_000.50`, `1e7`), None if it is not one or is too long."""
    match = _DECIMAL.match(text)
    if match is None:
        return None
    sign, whole, part, exponent = match.groups()
    digits = (whole + (part or "")).replace("_", "")
    shift = int(exponent or 0) - len((part or "").replace("_", ""))
    if len(digits.lstrip("0")) > DIGITS_MAX or abs(shift) > DIGITS_MAX:
        return None
    number = int(sign + digits)
    return Fraction(number, 10**-shift) if shift < 0 else Fraction(number * 10**shift), max(-shift, 0)


def decimal_places(value: Fraction) -> int | None:
    """The fewest decimal places that write `value` exactly; None where no number of places does."""
    rest, twos, fives = value.denominator, 0, 0
    while rest % 2 == 0:
        rest, twos = rest // 2, twos + 1
    while rest % 5 == 0:
        rest, fives = rest // 5, fives + 1
    return max(twos, fives) if rest == 1 else None


def format_decimal(value: Fraction, places: int | None = None, *, group: str = "_") -> str:
    """`value` with at least `places` decimals, thousands grouped: 1_234.50. A value that no places write: `10/3`."""
    needed = decimal_places(value)
    if needed is None:
        return f"{value.numerator}/{value.denominator}"
    shown = max(needed, places or 0)
    scaled = abs(value.numerator) * 10**shown // value.denominator
    whole, part = divmod(scaled, 10**shown)
    text = f"{whole:,}".replace(",", group) + (f".{part:0{shown}d}" if shown else "")
    return "-" + text if value < 0 else text


def _floor(value: Fraction) -> int:
    return value.numerator // value.denominator


def _half(value: Fraction, tie: Callable[[int], int]) -> int:
    """The nearest whole number; `tie` chooses between n and n + 1 when `value` is n + 1/2."""
    below = _floor(value)
    rest = value - below
    if rest == Fraction(1, 2):
        return tie(below)
    return below + (rest > Fraction(1, 2))


# Each takes a value counted in rounding steps to a whole number of steps.
# half_up: half away from zero; up: away from zero; down: toward zero.
ROUNDING_MODES: dict[str, Callable[[Fraction], int]] = {
    "half_up": lambda value: _half(value, lambda below: below + (below >= 0)),
    "half_down": lambda value: _half(value, lambda below: below + (below < 0)),
    "half_even": lambda value: _half(value, lambda below: below + below % 2),
    "up": lambda value: -_floor(-value) if value > 0 else _floor(value),
    "down": lambda value: _floor(value) if value > 0 else -_floor(-value),
    "floor": _floor,
    "ceiling": lambda value: -_floor(-value),
}


def round_to(value: Fraction, step: Fraction, mode: str = "half_up") -> Fraction:
    """`value` as a whole multiple of `step` (positive), chosen by the mode."""
    return ROUNDING_MODES[mode](value / step) * step


@dataclass(frozen=True, slots=True)
class Interval:
    """All numbers from `low` to `high`, both included."""

    low: Fraction
    high: Fraction

    @staticmethod
    def of(*values: Fraction | int) -> Interval:
        return Interval(Fraction(min(values)), Fraction(max(values)))

    def __add__(self, other: Interval) -> Interval:
        return Interval(self.low + other.low, self.high + other.high)

    def __sub__(self, other: Interval) -> Interval:
        return Interval(self.low - other.high, self.high - other.low)

    def __mul__(self, other: Interval) -> Interval:
        corners = [a * b for a in (self.low, self.high) for b in (other.low, other.high)]
        return Interval(min(corners), max(corners))

    def __neg__(self) -> Interval:
        return Interval(-self.high, -self.low)

    def hull(self, other: Interval) -> Interval:
        return Interval(min(self.low, other.low), max(self.high, other.high))

    def meet(self, other: Interval) -> Interval | None:
        low, high = max(self.low, other.low), min(self.high, other.high)
        return Interval(low, high) if low <= high else None

    def __contains__(self, value: object) -> bool:
        return isinstance(value, Fraction | int) and self.low <= value <= self.high

    def covers(self, other: Interval) -> bool:
        return self.low <= other.low and other.high <= self.high

    @property
    def magnitude(self) -> Fraction:
        return max(abs(self.low), abs(self.high))

    def __str__(self) -> str:
        return f"{format_decimal(self.low)} .. {format_decimal(self.high)}"
