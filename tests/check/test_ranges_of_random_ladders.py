"""What the checker proves of marginal, slab, reached and interpolate holds for every base, whatever the ladder.

The four are written here a second time, step by step, from what the language says of them.
"""

from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction

from hypothesis import given
from hypothesis import strategies as st

from paycalc.check import check_plan
from paycalc.check.types import NumberType
from paycalc.core.number import format_decimal
from paycalc.core.span import Source
from tests.check.checked import HEADER, holds

Steps = list[tuple[Fraction, Fraction]]


@dataclass(frozen=True)
class RandomLadder:
    """steps: thresholds, rising, with their values; low, high: the range of the base, a whole number."""

    steps: Steps
    over: bool
    low: int
    high: int

    @property
    def head(self) -> str:
        return f"ladder l of k decimal(1) -20 .. 20 : decimal(1) -3 .. 3{' over' if self.over else ''}"

    @property
    def text(self) -> str:
        lines = [f"  {format_decimal(threshold)} : {format_decimal(value)}" for threshold, value in self.steps]
        return "\n".join([self.head, *lines]) + "\n"

    @property
    def text_from_data(self) -> str:
        """Of which the checker knows the ranges alone."""
        return f"{self.head} from data\n"

    def reaches(self, base: Fraction, threshold: Fraction) -> bool:
        return base > threshold if self.over else base >= threshold


@st.composite
def ladders(draw: st.DrawFn) -> RandomLadder:
    thresholds = draw(st.lists(st.integers(-200, 200), min_size=1, max_size=5, unique=True))
    values = draw(st.lists(st.integers(-30, 30), min_size=len(thresholds), max_size=len(thresholds)))
    steps = [(Fraction(t, 10), Fraction(v, 10)) for t, v in zip(sorted(thresholds), values, strict=True)]
    low, high = sorted(draw(st.lists(st.integers(-20, 20), min_size=2, max_size=2)))
    return RandomLadder(steps, draw(st.booleans()), low, high)


def reached(ladder: RandomLadder, base: Fraction) -> Fraction:
    found = [value for threshold, value in ladder.steps if ladder.reaches(base, threshold)]
    return found[-1] if found else Fraction(0)


def slab(ladder: RandomLadder, base: Fraction) -> Fraction:
    return base * reached(ladder, base)


def marginal(ladder: RandomLadder, base: Fraction) -> Fraction:
    total = Fraction(0)
    for number, (threshold, value) in enumerate(ladder.steps):
        if base > threshold:
            following = ladder.steps[number + 1][0] if number + 1 < len(ladder.steps) else base
            total += (min(base, following) - threshold) * value
    return total


def interpolate(ladder: RandomLadder, base: Fraction) -> Fraction:
    steps = ladder.steps
    if base <= steps[0][0]:
        return steps[0][1]
    for number in range(1, len(steps)):
        (start, first), (end, last) = steps[number - 1], steps[number]
        if base <= end:
            return first + (last - first) * (base - start) / (end - start)
    return steps[-1][1]


OPERATORS: dict[str, Callable[[RandomLadder, Fraction], Fraction]] = {
    "marginal": marginal, "slab": slab, "reached": reached, "interpolate": interpolate,
}  # fmt: skip


@given(ladder=ladders())
def test_a_ladder_stays_in_its_range(ladder: RandomLadder) -> None:
    for declaration in (ladder.text, ladder.text_from_data):
        assert_in_range(ladder, declaration)


def assert_in_range(ladder: RandomLadder, declaration: str) -> None:
    text = HEADER + f"entity worker\n  k1 : int {ladder.low} .. {ladder.high}\n  k2 : int 1 .. 3\n" + declaration
    for name in OPERATORS:
        text += f"let {name}_whole = {name}(k1, l)\nlet {name}_fraction = {name}(k1 / k2, l)\n"
    types = {line.name: line.type for line in check_plan(Source("p.pay", text)).lines}
    for name, compute in OPERATORS.items():
        for base in range(ladder.low, ladder.high + 1):
            whole, fraction = types[f"{name}_whole"], types[f"{name}_fraction"]
            assert isinstance(whole, NumberType)
            assert isinstance(fraction, NumberType)
            assert holds(whole, compute(ladder, Fraction(base))), f"{text}\n{name} of {base}"
            for divisor in (1, 2, 3):
                value = compute(ladder, Fraction(base, divisor))
                assert holds(fraction, value), f"{text}\n{name} of {base}/{divisor} is {value}"
