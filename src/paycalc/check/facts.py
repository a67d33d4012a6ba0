"""What a condition tells about values: that they are given, that they are not zero, and narrower ranges.

Facts belong to expressions by structure: `if hours > 0 then sales / hours` narrows every `hours` written alike.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from fractions import Fraction
from typing import Any

from paycalc.check import typed
from paycalc.check.types import NumberType
from paycalc.core.number import Interval

_FACTS_MAX = 200  # of one branch: a case of thousands of branches must not take quadratic time
_OPPOSITE = {"<": ">=", "<=": ">", ">": "<=", ">=": "<", "is": "is not", "is not": "is"}
_TURNED = {"<": ">", "<=": ">=", ">": "<", ">=": "<=", "is": "is", "is not": "is not"}


class Structures:
    """Numbers for expressions, equal where they are written alike (places in the text and types apart)."""

    def __init__(self) -> None:
        self._numbers: dict[Any, int] = {}
        self._known: dict[int, tuple[typed.Expr, int]] = {}

    def of(self, expr: typed.Expr) -> int:
        known = self._known.get(id(expr))
        if known is not None:
            return known[1]
        parts = tuple(
            self._part(getattr(expr, each.name))
            for each in fields(expr)
            if each.name not in ("span", "type", "optional")
        )
        number = self._numbers.setdefault((type(expr), parts), len(self._numbers))
        self._known[id(expr)] = (expr, number)  # holds the expression, so that its id stays its own
        return number

    def _part(self, value: Any) -> Any:
        if isinstance(value, typed.Expr):
            return ("expr", self.of(value))
        if isinstance(value, tuple):
            return tuple(self._part(each) for each in value)
        if isinstance(value, bool):
            return ("flag", value)
        return value


@dataclass(frozen=True)
class Fact:
    """given: has a value; nonzero: is not 0; interval: lies in it (None: nothing is known)."""

    given: bool = False
    nonzero: bool = False
    interval: Interval | None = None


Facts = Mapping[int, Fact]
NO_FACTS: Facts = {}


def narrowed(type_: NumberType, fact: Fact) -> NumberType:
    """The type with the fact's range; where they exclude each other nothing runs, and the type stays."""
    if fact.interval is None:
        return type_
    met = type_.interval.meet(fact.interval)
    return type_ if met is None else replace(type_, interval=met, numerator=_narrowed_numerator(type_, met))


def _narrowed_numerator(type_: NumberType, interval: Interval) -> Interval | None:
    numerator, divisor = type_.numerator, type_.divisor
    if numerator is None or divisor is None:
        return None
    low = min(interval.low * divisor.low, interval.low * divisor.high)
    high = max(interval.high * divisor.low, interval.high * divisor.high)
    return numerator.meet(Interval(Fraction(low.__floor__()), Fraction(high.__ceil__()))) or numerator


def assume(condition: typed.Expr, holds: bool, facts: Facts, structures: Structures) -> Facts:
    """The facts, and what follows from the condition holding or not."""
    found = dict(facts)
    pending = [(condition, holds)]
    while pending and len(found) < len(facts) + _FACTS_MAX:
        expr, truth = pending.pop()
        match expr:
            case typed.Not(operand=operand):
                pending.append((operand, not truth))
            case typed.Both(left=left, right=right) if truth:
                pending += [(right, True), (left, True)]
            case typed.Either(left=left, right=right) if not truth:
                pending += [(right, False), (left, False)]
            case typed.Given(operand=operand) if truth:
                for each in requirements(operand):
                    _learn(found, structures.of(each), Fact(given=True))
            case typed.Comparison(operator=operator, left=left, right=right):
                _compare(found, operator if truth else _OPPOSITE[operator], left, right, structures)
    return found


def requirements(expr: typed.Expr) -> list[typed.Expr]:
    """What must have a value for this one to have it: each optional reference on the path, and the field itself."""
    if isinstance(expr, typed.Component):
        return requirements(expr.row)
    if not isinstance(expr, typed.Read):
        return [expr]
    needed: list[typed.Expr] = []
    for position, reference in enumerate(expr.references):
        if reference.optional:
            needed.append(typed.Read(expr.span, reference.type, expr.references[:position], reference))
    if expr.field.optional:
        needed.append(expr)
    return needed


def _learn(found: dict[int, Fact], key: int, news: Fact) -> None:
    old = found.get(key, Fact())
    interval = news.interval
    if old.interval is not None:
        interval = old.interval if interval is None else (old.interval.meet(interval) or old.interval)
    found[key] = Fact(old.given or news.given, old.nonzero or news.nonzero, interval)


def _compare(
    found: dict[int, Fact], operator: str, left: typed.Expr, right: typed.Expr, structures: Structures
) -> None:
    if not isinstance(left.type, NumberType) or not isinstance(right.type, NumberType):
        return
    for expr, sign, other in ((left, operator, right.type), (right, _TURNED[operator], left.type)):
        if isinstance(expr, typed.Constant):
            continue
        assert isinstance(expr.type, NumberType)
        news = _bounded(expr.type, sign, other.interval)
        if news is not None:
            _learn(found, structures.of(expr), news)


def _bounded(type_: NumberType, operator: str, other: Interval) -> Fact | None:
    """What `value OPERATOR other` tells about the value."""
    low, high = type_.interval.low, type_.interval.high
    step = Fraction(1, 10**type_.places) if type_.places is not None else Fraction(0)
    nonzero = False
    match operator:
        case "is":
            low, high = max(low, other.low), min(high, other.high)
            nonzero = 0 not in other
        case "is not":
            if other.low != other.high:
                return None
            nonzero = other.low == 0
            low = low + step if low == other.low else low
            high = high - step if high == other.low else high
        case "<" | "<=":
            bound = other.high
            if operator == "<" and step:  # the last value below the bound that the places allow
                bound = ((bound / step).__ceil__() - 1) * step
            high = min(high, bound)
            nonzero = other.high < 0 or (other.high == 0 and operator == "<")
        case ">" | ">=":
            bound = other.low
            if operator == ">" and step:
                bound = ((bound / step).__floor__() + 1) * step
            low = max(low, bound)
            nonzero = other.low > 0 or (other.low == 0 and operator == ">")
    return Fact(nonzero=nonzero, interval=Interval(low, high)) if low <= high else Fact(nonzero=nonzero)
