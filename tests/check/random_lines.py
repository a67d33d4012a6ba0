"""Random lines of numbers over small columns, each with its meaning as a Python function of one row.

The meaning is written here a second time, on Fractions, without the checker or the reference: a row is a mapping of
names to values, None where an optional has none. A line is evaluated lazily, as the language says: a branch that is
not taken may divide by zero.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import product
from typing import TypeVar

from hypothesis import strategies as st

COLUMNS: dict[str, tuple[str, tuple[Fraction | bool | None, ...]]] = {
    "a": ("int 0 .. 2", tuple(Fraction(n) for n in range(3))),
    "b": ("int -2 .. 1", tuple(Fraction(n) for n in range(-2, 2))),
    "c": ("decimal(1) 0.5 .. 0.8", tuple(Fraction(n, 10) for n in range(5, 9))),
    "o": ("int 0 .. 1 optional", (None, Fraction(0), Fraction(1))),
    "f": ("flag", (False, True)),
}
ENTITY = "".join(f"  {name} : {type_}\n" for name, (type_, _) in COLUMNS.items())

Row = Mapping[str, Fraction | bool | None]
Number = Callable[[Row], Fraction]
Condition = Callable[[Row], bool]
T = TypeVar("T")


class Rejected(Exception):
    """The row has no result: a clamp's bounds are turned round, or a declared range is not met."""


@dataclass(frozen=True)
class NumberText:
    text: str
    value: Number


@dataclass(frozen=True)
class ConditionText:
    text: str
    holds: Condition


@dataclass(frozen=True)
class RandomLine:
    """`let NAME : DECLARED = VALUE when CONDITION`; both the declared range and the condition may be left out.

    branches  of a `case`, whose last value is `value`
    """

    name: str
    value: NumberText
    branches: tuple[tuple[ConditionText, NumberText], ...] = ()
    when: ConditionText | None = None
    declared: tuple[int, int] | None = None

    @property
    def text(self) -> str:
        condition = f" when {self.when.text}" if self.when is not None else ""
        declared = f" : decimal(9) {self.declared[0]} .. {self.declared[1]}" if self.declared is not None else ""
        if not self.branches:
            return f"let {self.name}{declared} = {self.value.text}{condition}\n"
        lines = [f"let {self.name}{declared} =", "  case"]
        lines += [f"    {test.text} : {value.text}" for test, value in self.branches]
        lines += [f"    otherwise : {self.value.text}", f"  {condition}" if condition else ""]
        return "\n".join(lines) + "\n"

    def of(self, row: Row) -> Fraction:
        """The line's value. Raises Rejected where it lies outside the declared range."""
        if self.when is not None and not self.when.holds(row):
            return Fraction(0)
        chosen = next((value for test, value in self.branches if test.holds(row)), self.value)
        result = chosen.value(row)
        if self.declared is not None and not self.declared[0] <= result <= self.declared[1]:
            raise Rejected
        return result


def rows() -> Iterator[dict[str, Fraction | bool | None]]:
    """Every row that the columns allow."""
    for values in product(*(values for _, values in COLUMNS.values())):
        yield dict(zip(COLUMNS, values, strict=True))


def floor(value: Fraction) -> Fraction:
    return Fraction(value.numerator // value.denominator)


def rounded(value: Fraction, step: Fraction, mode: str) -> Fraction:
    steps = value / step
    below = floor(steps)
    above = -floor(-steps)
    toward, away = (below, above) if steps >= 0 else (above, below)
    if mode in ("floor", "ceiling", "up", "down"):
        return {"floor": below, "ceiling": above, "up": away, "down": toward}[mode] * step
    to_below, to_above = steps - below, above - steps
    if to_below != to_above:
        return (below if to_below < to_above else above) * step
    even = below if below % 2 == 0 else above
    return {"half_up": away, "half_down": toward, "half_even": even}[mode] * step


def clamp(value: Fraction, low: Fraction, high: Fraction) -> Fraction:
    if low > high:
        raise Rejected
    return min(max(value, low), high)


MODES = ("half_up", "half_even", "half_down", "up", "down", "floor", "ceiling")
STEPS = {"0": Fraction(1), "1": Fraction(1, 10), "2": Fraction(1, 100), "to 0.05": Fraction(1, 20), "to 2": Fraction(2)}
COMPARED: dict[str, Callable[[Fraction, Fraction], bool]] = {
    "<": lambda x, y: x < y,
    "<=": lambda x, y: x <= y,
    ">": lambda x, y: x > y,
    ">=": lambda x, y: x >= y,
    "is": lambda x, y: x == y,
    "is not": lambda x, y: x != y,
}
COMPUTED: dict[str, Callable[[Fraction, Fraction], Fraction]] = {
    "+": lambda x, y: x + y,
    "-": lambda x, y: x - y,
    "*": lambda x, y: x * y,
    "/": lambda x, y: x / y,
}
LITERALS = ("0", "1", "2", "0.5", "0.75", "-1", "-0.5", "3")


def _read(name: str) -> NumberText:
    def value(row: Row) -> Fraction:
        found = row[name]
        assert isinstance(found, Fraction) and not isinstance(found, bool)
        return found

    return NumberText(name, value)


def _literal(text: str) -> NumberText:
    constant = Fraction(text)
    return NumberText(text, lambda row: constant)


class Texts:
    """Draws texts; `names` are the columns and earlier lines that may be read, the optional column apart."""

    def __init__(self, draw: st.DrawFn, names: list[str]) -> None:
        self.draw, self.names = draw, names

    def pick(self, options: Sequence[T]) -> T:
        return self.draw(st.sampled_from(options))

    def number(self, depth: int, *, given: bool = False) -> NumberText:
        if depth == 0:
            if given and self.draw(st.booleans()):
                return _read("o")
            return _literal(self.pick(LITERALS)) if self.draw(st.integers(0, 3)) == 0 else _read(self.pick(self.names))
        kinds = (self._computed, self._computed, self._function, self._choice, self._guarded, self._rounded)
        return self.pick(kinds)(depth - 1, given)

    def _computed(self, depth: int, given: bool) -> NumberText:
        operator = self.pick(("+", "-", "*", "/"))
        left, right = self.number(depth, given=given), self.number(depth, given=given)
        compute = COMPUTED[operator]
        return NumberText(
            f"({left.text} {operator} {right.text})", lambda row: compute(left.value(row), right.value(row))
        )

    def _function(self, depth: int, given: bool) -> NumberText:
        name = self.pick(("min", "max", "abs", "clamp", "mod", "-", *(() if given else ("default",))))
        if name == "default":
            inner = self.number(depth, given=given)

            def defaulted(row: Row) -> Fraction:
                found = row["o"]
                return inner.value(row) if found is None else Fraction(found)

            return NumberText(f"default(o, {inner.text})", defaulted)
        count = {"abs": 1, "-": 1, "clamp": 3}.get(name, 2)
        parts = [self.number(depth, given=given) for _ in range(count)]
        if name == "-":
            return NumberText(f"(-({parts[0].text}))", lambda row: -parts[0].value(row))
        functions: dict[str, Callable[..., Fraction]] = {
            "min": min, "max": max, "abs": abs, "clamp": clamp, "mod": lambda x, y: x - y * floor(x / y),
        }  # fmt: skip
        compute = functions[name]
        text = ", ".join(part.text for part in parts)
        return NumberText(f"{name}({text})", lambda row: compute(*(part.value(row) for part in parts)))

    def _choice(self, depth: int, given: bool) -> NumberText:
        test = self.condition(depth, given=given)
        then = self.number(depth, given=given or test.text.startswith("given(o)"))
        other = self.number(depth, given=given)
        return NumberText(
            f"(if {test.text} then {then.text} else {other.text})",
            lambda row: then.value(row) if test.holds(row) else other.value(row),
        )

    def _guarded(self, depth: int, given: bool) -> NumberText:
        """A division under a condition about its divisor: some of these are proofs, others only look like one."""
        above, divisor = self.number(depth, given=given), self.number(min(depth, 1), given=given)
        test = self._comparison(divisor, _literal(self.pick(("0", "0", "1", "-1"))))
        if self.draw(st.booleans()):
            other = self.condition(0, given=given)
            join = self.pick(("and", "or"))
            first, second = (test, other) if self.draw(st.booleans()) else (other, test)
            test = self._joined(first, join, second)
        elif self.draw(st.booleans()):
            test = self._negated(test)
        other_value = self.number(0, given=given)
        swapped = self.draw(st.booleans())
        quotient = NumberText(f"({above.text} / {divisor.text})", lambda row: above.value(row) / divisor.value(row))
        then, otherwise = (other_value, quotient) if swapped else (quotient, other_value)
        return NumberText(
            f"(if {test.text} then {then.text} else {otherwise.text})",
            lambda row: then.value(row) if test.holds(row) else otherwise.value(row),
        )

    def _rounded(self, depth: int, given: bool) -> NumberText:
        inner = self.number(depth, given=given)
        name = self.pick(("round", "floor", "ceiling"))
        places = self.pick(tuple(STEPS))
        mode = self.pick(MODES) if name == "round" else name
        said = f", {mode}" if name == "round" else ""
        step = STEPS[places]
        return NumberText(f"{name}({inner.text}, {places}{said})", lambda row: rounded(inner.value(row), step, mode))

    # ------------------------------------------------------------ conditions

    def condition(self, depth: int, *, given: bool = False) -> ConditionText:
        kind = self.pick(("compare", "compare", "flag", "given", "in", "join", "not"))
        if kind == "flag":
            return ConditionText("f", lambda row: row["f"] is True)
        if kind == "given" and not given:
            return ConditionText("given(o)", lambda row: row["o"] is not None)
        if kind == "in":
            value = self.number(0, given=given)
            first, second = _literal(self.pick(LITERALS)), _literal(self.pick(LITERALS))
            return ConditionText(
                f"{value.text} in ({first.text}, {second.text})",
                lambda row: value.value(row) in (first.value(row), second.value(row)),
            )
        if kind == "join" and depth:
            first_test = self.condition(depth - 1, given=given)
            join = self.pick(("and", "or"))
            known = given or (join == "and" and first_test.text == "given(o)")
            return self._joined(first_test, join, self.condition(depth - 1, given=known))
        if kind == "not" and depth:
            return self._negated(self.condition(depth - 1, given=given))
        return self._comparison(self.number(min(depth, 1), given=given), self.number(0, given=given))

    def _comparison(self, left: NumberText, right: NumberText) -> ConditionText:
        operator = self.pick(tuple(COMPARED))
        if self.draw(st.booleans()):
            left, right = right, left
        compare = COMPARED[operator]
        return ConditionText(
            f"{left.text} {operator} {right.text}", lambda row: compare(left.value(row), right.value(row))
        )

    @staticmethod
    def _joined(first: ConditionText, join: str, second: ConditionText) -> ConditionText:
        if join == "and":
            return ConditionText(
                f"({first.text}) and ({second.text})", lambda row: first.holds(row) and second.holds(row)
            )
        return ConditionText(f"({first.text}) or ({second.text})", lambda row: first.holds(row) or second.holds(row))

    @staticmethod
    def _negated(test: ConditionText) -> ConditionText:
        return ConditionText(f"not ({test.text})", lambda row: not test.holds(row))


@st.composite
def random_lines(draw: st.DrawFn) -> list[RandomLine]:
    """One to three lines; a later one may read the earlier ones."""
    lines: list[RandomLine] = []
    names = ["a", "b", "c"]
    for number in range(draw(st.integers(1, 3))):
        texts = Texts(draw, names)
        when = texts.condition(1) if draw(st.integers(0, 2)) == 0 else None
        given = when is not None and when.text == "given(o)"
        branches = [
            (texts.condition(1, given=given), texts.number(draw(st.integers(0, 2)), given=given))
            for _ in range(draw(st.sampled_from((0, 0, 1, 2))))
        ]
        value = texts.number(draw(st.integers(1, 3)), given=given)
        declared = draw(st.sampled_from((None, None, None, (-2, 2), (1, 5), (0, 100))))
        lines.append(RandomLine(f"x{number}", value, tuple(branches), when, declared))
        names = [*names, f"x{number}"]
    return lines
