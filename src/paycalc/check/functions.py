"""Functions of the language: rounding, numbers, optionals, dates."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from fractions import Fraction

from paycalc.check import arithmetic, typed
from paycalc.check.arithmetic import TooWide
from paycalc.check.expressions import ExpressionChecker, Typed
from paycalc.check.faults import values
from paycalc.check.literals import number_of
from paycalc.check.symbols import Symbols, suggestion
from paycalc.check.type_expressions import PLACES_MAX, require_timezone
from paycalc.check.types import (
    DateType,
    FlagType,
    MomentType,
    NumberType,
    ValueType,
    format_value,
)
from paycalc.core.calendar import days_between, months_between, years_between
from paycalc.core.currency import CURRENCY_PLACES
from paycalc.core.diagnostic import Rule
from paycalc.core.number import ROUNDING_MODES, Interval
from paycalc.core.unit import PLAIN
from paycalc.syntax import tree

_DATE_PARTS = {"month": (1, 12), "day": (1, 31), "weekday": (1, 7), "days_in_month": (28, 31)}
_MOMENT_PARTS = {"hour": (0, 23), "minute": (0, 59)}
_BETWEEN = {"days_between": days_between, "months_between": months_between, "years_between": years_between}


class FunctionChecker(ExpressionChecker):
    """Types the functions; `calls` adds tables, ladders and aggregates."""

    def __init__(self, symbols: Symbols) -> None:
        super().__init__(symbols)
        self._functions: dict[str, Callable[[tree.Call, ValueType | None], Typed]] = {
            "round": self._round,
            "floor": self._floor,
            "ceiling": self._floor,
            "min": self._min_max,
            "max": self._min_max,
            "clamp": self._clamp,
            "abs": self._abs,
            "mod": self._mod,
            "default": self._default,
            "given": self._given,
            "date": self._date_of,
            "year": self._year,
            **dict.fromkeys(_DATE_PARTS, self._date_part),
            **dict.fromkeys(_MOMENT_PARTS, self._moment_part),
            **dict.fromkeys(_BETWEEN, self._between),
        }

    def _report(self, rule: Rule, node: tree.Node, message: str, help_text: str = "") -> None:
        self.symbols.fault(rule, node.span, message, help=help_text)

    def _stray_step(self, node: tree.StepArgument, expected: ValueType | None) -> Typed:
        self._report(values.ROUNDING, node, "`to` belongs into round(), floor() and ceiling()", "leave it out here")
        return None

    def _takes(self, node: tree.Call, form: str, least: int, most: int | None = None) -> bool:
        """Whether the number of arguments is right; reports it with the function's form."""
        count, most = len(node.arguments), least if most is None else most
        if least <= count <= most:
            return True
        self._report(
            values.WRONG_ARGUMENTS,
            node,
            f"`{node.function.text}` takes {least if least == most else f'{least} or more'} "
            f"{'argument' if least == most == 1 else 'arguments'}, not {count}",
            f"write `{form}`",
        )
        return False

    def _numbers(self, node: tree.Call, what: str) -> list[typed.Expr] | None:
        exprs = [self.number(argument, f"`{node.function.text}`") for argument in node.arguments]
        whole = [each for each in exprs if each is not None]
        if len(whole) < len(exprs):
            return None
        unit = self.common_unit(whole, what)
        return None if unit is None else [self.fitted(each, unit) for each in whole]

    # ------------------------------------------------------------ rounding

    def _round(self, node: tree.Call, expected: ValueType | None) -> Typed:
        if not self._takes(node, "round(x, 2, half_even)", 1, 3):
            return None
        arguments, mode = list(node.arguments), "half_up"
        last = arguments[-1]
        if len(arguments) > 1 and isinstance(last, tree.Name):
            if last.text not in ROUNDING_MODES:
                self._report(
                    values.ROUNDING,
                    last,
                    f"`{last.text}` is not a way of rounding",
                    suggestion(last.text, list(ROUNDING_MODES), "the ways are")
                    + ("; the places must be a written number" if last.text not in ROUNDING_MODES else ""),
                )
                return None
            mode = last.text
            arguments.pop()
        if len(arguments) > 2:
            self._report(values.ROUNDING, node, "too much is said about the rounding", "write `round(x, 2, half_even)`")
            return None
        return self._rounded(node, arguments, mode, whole_without_places=False)

    def _floor(self, node: tree.Call, expected: ValueType | None) -> Typed:
        name = node.function.text
        if not self._takes(node, f"{name}(x)", 1, 2):
            return None
        return self._rounded(node, list(node.arguments), name, whole_without_places=True)

    def _rounded(
        self, node: tree.Call, arguments: list[tree.Expression], mode: str, *, whole_without_places: bool
    ) -> Typed:
        value = self.number(arguments[0], f"`{node.function.text}`")
        if value is None:
            return None
        assert isinstance(value.type, NumberType)
        if len(arguments) == 1:
            places = 0 if whole_without_places else self._currency_places(value.type)
            if places is None:
                self._report(
                    values.ROUNDING,
                    node,
                    f"`round` of {value.type.unit} does not say to how many places",
                    "write e.g. `round(x, 2)`, or `round(x, to 0.5)`",
                )
                return None
            step: Fraction | None = Fraction(1, 10**places)
        else:
            step = self._step(arguments[1], value)
        if step is None:
            return None
        try:
            type_ = arithmetic.rounded(value.type, step, mode)
        except TooWide as error:
            self.too_wide(node, error)
            return None
        return typed.Round(node.span, replace(type_, percent=value.type.percent), value, step, mode)

    def _currency_places(self, type_: NumberType) -> int | None:
        """The places of the one currency in the unit (money, money per hour); None where there is none."""
        if type_.bare:
            return self.symbols.currency_places
        found = [name for name, power in type_.unit.factors if power == 1 and name in CURRENCY_PLACES]
        return CURRENCY_PLACES[found[0]] if len(found) == 1 else None

    def _step(self, node: tree.Expression, value: typed.Expr) -> Fraction | None:
        if isinstance(node, tree.StepArgument):
            step = self.infer(node.step)
            if step is None:
                return None
            if (
                not isinstance(step, typed.Constant)
                or not isinstance(step.type, NumberType)
                or step.type.interval.low <= 0
            ):
                self._report(values.ROUNDING, node, "the step must be a written number above 0", "write e.g. `to 0.05`")
                return None
            if self.common_unit([value, step], "round") is None:
                return None
            assert isinstance(step.value, Fraction)
            return step.value
        found = number_of(node)
        if found is None or found[1].unit is not None or found[1].percent or found[0].denominator != 1:
            self._report(values.ROUNDING, node, "the places must be a written whole number", "write e.g. `round(x, 2)`")
            return None
        if not 0 <= found[0] <= PLACES_MAX:
            self._report(
                values.ROUNDING,
                node,
                f"the places must lie between 0 and {PLACES_MAX}",
                "write `to 10` to round to tens" if found[0] < 0 else f"write at most {PLACES_MAX}",
            )
            return None
        return Fraction(1, 10 ** int(found[0]))

    # ------------------------------------------------------------ functions of numbers

    def _min_max(self, node: tree.Call, expected: ValueType | None) -> Typed:
        name = node.function.text
        if not self._takes(node, f"{name}(a, b)", 2, 1_000):
            return None
        inferred = [self.infer(argument) for argument in node.arguments]
        exprs = [each for each in inferred if each is not None]
        if len(exprs) < len(inferred):
            return None
        merged = self.merged(exprs, f"take the {'least' if name == 'min' else 'greatest'} of")
        if merged is None:
            return None
        exprs, type_ = merged
        types = [each.type for each in exprs]
        try:
            type_ = _extreme(name, types, type_)
        except TooWide as error:
            self.too_wide(node, error)
            return None
        if not isinstance(type_, NumberType | DateType | MomentType):
            self._report(values.TYPE_MISMATCH, node, f"`{name}` compares numbers, dates and moments; this is {type_}")
            return None
        return typed.Apply(node.span, type_, name, tuple(exprs))

    def _clamp(self, node: tree.Call, expected: ValueType | None) -> Typed:
        if not self._takes(node, "clamp(x, low, high)", 3):
            return None
        exprs = self._numbers(node, "clamp")
        if exprs is None:
            return None
        value, low, high = (each.type for each in exprs)
        assert isinstance(value, NumberType) and isinstance(low, NumberType) and isinstance(high, NumberType)
        if low.interval.low > high.interval.high:
            self._report(
                values.CLAMP_INVERTED,
                node,
                f"the lower bound ({format_value(low.interval.low, low)} or more) lies above the upper one "
                f"({format_value(high.interval.high, high)} or less)",
                "exchange the bounds",
            )
            return None
        try:
            arithmetic.comparable(value, low)
            arithmetic.comparable(value, high)
            arithmetic.comparable(low, high)
            type_ = arithmetic.clamped(value, low, high, value.unit)
        except TooWide as error:
            self.too_wide(node, error)
            return None
        return typed.Apply(node.span, type_, "clamp", tuple(exprs))

    def _abs(self, node: tree.Call, expected: ValueType | None) -> Typed:
        value = self.number(node.arguments[0], "`abs`") if self._takes(node, "abs(x)", 1) else None
        if value is None:
            return None
        assert isinstance(value.type, NumberType)
        return typed.Apply(node.span, arithmetic.absolute(value.type), "abs", (value,))

    def _mod(self, node: tree.Call, expected: ValueType | None) -> Typed:
        exprs = self._numbers(node, "take the remainder of") if self._takes(node, "mod(a, b)", 2) else None
        if exprs is None:
            return None
        left, right = exprs
        assert isinstance(left.type, NumberType) and isinstance(right.type, NumberType)
        for each, argument in zip(exprs, node.arguments, strict=True):
            if each.type.places is None:  # type: ignore[union-attr]
                self._report(values.QUOTIENT_NOT_ROUNDED, argument, "`mod` of a fraction", "round the quotient first")
                return None
        if not self.is_divisor(node.arguments[1], right):
            return None
        try:
            type_ = arithmetic.modulo(left.type, right.type)
        except TooWide as error:
            self.too_wide(node, error)
            return None
        return typed.Apply(node.span, type_, "mod", (left, right))

    # ------------------------------------------------------------ optionals

    def _given(self, node: tree.Call, expected: ValueType | None) -> Typed:
        operand = self.infer_optional(node.arguments[0]) if self._takes(node, "given(x)", 1) else None
        if operand is None or not self._is_optional(node, node.arguments[0], operand):
            return None
        return typed.Given(node.span, FlagType(), operand)

    def _default(self, node: tree.Call, expected: ValueType | None) -> Typed:
        if not self._takes(node, "default(x, 0)", 2):
            return None
        value = self.infer_optional(node.arguments[0], expected)
        fallback = self.infer(node.arguments[1], value.type if value is not None else expected)
        if value is None or fallback is None or not self._is_optional(node, node.arguments[0], value):
            return None
        merged = self.merged([value, fallback], "choose between")
        if merged is None:
            return None
        (value, fallback), type_ = merged
        return typed.Default(node.span, type_, value, fallback)

    def _is_optional(self, node: tree.Call, argument: tree.Expression, operand: typed.Expr) -> bool:
        if operand.optional:
            return True
        written = self.text_of(argument) or "this"
        self._report(
            values.NEVER_MISSING,
            argument,
            f"`{written}` is never missing here",
            f"leave `{node.function.text}` out, or declare the value `optional`",
        )
        return False

    # ------------------------------------------------------------ dates

    def _date_argument(self, argument: tree.Expression, what: str) -> Typed:
        """A date; a moment stands for its civil date."""
        expr = self.infer(argument)
        if expr is None or isinstance(expr.type, DateType):
            return expr
        if isinstance(expr.type, MomentType):
            if not require_timezone(argument, self.symbols):
                return None
            return typed.Apply(expr.span, DateType(), "date", (expr,))
        self._report(values.TYPE_MISMATCH, argument, f"`{what}` wants a date; this is {expr.type}")
        return None

    def _date_of(self, node: tree.Call, expected: ValueType | None) -> Typed:
        return self._date_argument(node.arguments[0], "date") if self._takes(node, "date(moment)", 1) else None

    def _date_part(self, node: tree.Call, expected: ValueType | None) -> Typed:
        name = node.function.text
        value = self._date_argument(node.arguments[0], name) if self._takes(node, f"{name}(date)", 1) else None
        return None if value is None else typed.Apply(node.span, whole(*_DATE_PARTS[name]), name, (value,))

    def _year(self, node: tree.Call, expected: ValueType | None) -> Typed:
        value = self._date_argument(node.arguments[0], "year") if self._takes(node, "year(date)", 1) else None
        if value is None:
            return None
        assert isinstance(value.type, DateType)
        return typed.Apply(node.span, whole(value.type.low.year, value.type.high.year), "year", (value,))

    def _moment_part(self, node: tree.Call, expected: ValueType | None) -> Typed:
        name = node.function.text
        value = self.infer(node.arguments[0]) if self._takes(node, f"{name}(moment)", 1) else None
        if value is None:
            return None
        if not isinstance(value.type, MomentType):
            message = f"`{name}` wants a moment; this is {value.type}"
            self._report(values.TYPE_MISMATCH, node.arguments[0], message, "declare the column `datetime`")
            return None
        return typed.Apply(node.span, whole(*_MOMENT_PARTS[name]), name, (value,))

    def _between(self, node: tree.Call, expected: ValueType | None) -> Typed:
        name = node.function.text
        if not self._takes(node, f"{name}(first, last)", 2):
            return None
        first, last = (self._date_argument(argument, name) for argument in node.arguments)
        if first is None or last is None:
            return None
        assert isinstance(first.type, DateType) and isinstance(last.type, DateType)
        distance = _BETWEEN[name]
        low, high = distance(first.type.high, last.type.low), distance(first.type.low, last.type.high)
        return typed.Apply(node.span, whole(low, high), name, (first, last))


def whole(low: int, high: int) -> NumberType:
    """A plain whole number in a range."""
    return NumberType(PLAIN, 0, Interval(Fraction(low), Fraction(high)))


def _extreme(name: str, types: Sequence[ValueType], merged: ValueType) -> ValueType:
    """The type of the least or greatest of several values, given the type of any of them. Raises TooWide."""
    if isinstance(merged, DateType):
        dates = [each for each in types if isinstance(each, DateType)]
        pick = min if name == "min" else max
        return DateType(pick(each.low for each in dates), pick(each.high for each in dates))
    if not isinstance(merged, NumberType):
        return merged
    numbers = [each for each in types if isinstance(each, NumberType)]
    so_far = numbers[0]
    for each in numbers[1:]:
        arithmetic.comparable(so_far, each)
        so_far = arithmetic.chosen((so_far, each), merged.unit)
    extreme = arithmetic.lesser if name == "min" else arithmetic.greater
    return replace(extreme(numbers, merged.unit), bare=merged.bare, percent=merged.percent)
