"""The ways out that diagnostics propose, where they depend on what was written."""

from __future__ import annotations

from paycalc.check import typed
from paycalc.check.facts import requirements
from paycalc.check.types import (
    DateType,
    FlagType,
    MemberType,
    MomentType,
    NumberType,
    ReferenceType,
    TextType,
    ValueType,
)
from paycalc.core.currency import CURRENCY_PLACES
from paycalc.core.unit import PLAIN, Unit


def number_from(type_: ValueType, text: str) -> str:
    """How something that is no number leads to one."""
    match type_:
        case MemberType():
            return f"choose a number by it: `if {text} is {type_.members[0]} then ... else ...`, or a table"
        case FlagType():
            return f"choose a number by it: `if {text} then ... else 0`, or put `when {text}` at the end of the line"
        case DateType() | MomentType():
            return "dates are compared, or counted with `days_between(first, last)`"
        case TextType():
            return "texts are only compared, with `is`"
        case ReferenceType():
            return f"read a value of that row: `{text}.NAME`"
    return ""


def condition_from(expr: typed.Expr, text: str) -> str:
    """How something that is no flag leads to a condition."""
    type_ = expr.type
    if isinstance(expr, typed.Constant) and isinstance(type_, MemberType):
        return f"say what is compared with it: `... is {text}`; several members at once: `... in (a, b)`"
    match type_:
        case NumberType():
            return f"write a comparison, e.g. `{text} > 0`"
        case MemberType():
            return f"compare it: `{text} is {type_.members[0]}`"
        case DateType() | MomentType():
            return f"compare it: `{text} >= period.start`" if isinstance(type_, DateType) else ""
        case TextType():
            return f'compare it: `{text} is "..."`'
    return ""


def comparison(left: ValueType, right: ValueType, left_text: str, right_text: str) -> str:
    """How two values of different types can be compared."""
    types = {type(left), type(right)}
    if types == {MomentType, DateType}:
        moment = left_text if isinstance(left, MomentType) else right_text
        return f"compare its day: `date({moment})`"
    if types == {TextType, DateType} or types == {TextType, MomentType}:
        return "a date is written without quotes: `2026-10-15`"
    if TextType in types and NumberType in types:
        number = left_text if isinstance(left, NumberType) else right_text
        return f'a text is written in quotes: `"{number}"`'
    if types == {FlagType, NumberType}:
        return "a flag is yes or no: write it alone, or `not` before it"
    return ""


def divisor(expr: typed.Expr, text: str) -> str:
    """How zero is kept out of a divisor."""
    assert isinstance(expr.type, NumberType)
    text = text or "..."
    signed = expr.type.interval.low < 0
    test = f"{text} is not 0" if signed else f"{text} > 0"
    ways = [f"`if {test} then ... else ...`", f"`when {test}` at the end of the line", "a range without 0"]
    if not signed and expr.type.places == 0:
        inner = text[1:-1] if text.startswith("(") and text.endswith(")") else text
        ways.insert(0, f"`max({inner}, 1)`")
    return "divide only where it is not 0: " + ", ".join(ways[:-1]) + f", or give it {ways[-1]}"


def optional(expr: typed.Expr, text: str) -> str:
    """How a value that may be missing is met."""
    text = text or "..."
    missing = requirements(expr)
    test = text
    if isinstance(expr, typed.Read) and len(missing) == 1 and isinstance(missing[0], typed.Read):
        read = missing[0]
        test = ".".join([*(each.name for each in read.references), read.field.name])
    known = f"`if given({test}) then ... else ...`"
    if isinstance(expr.type, NumberType):
        return f"use it under {known}, or write `default({text}, 0)` where missing is to count as 0"
    return f"use it under {known}"


def _alike(ratio: Unit) -> tuple[str, str] | None:
    """The two units of a ratio that differ as `hour` and `hours` do."""
    if len(ratio.factors) != 2 or sum(power for _, power in ratio.factors) != 0:
        return None
    first, second = (name for name, _ in ratio.factors)
    stem, longer = sorted((first.casefold(), second.casefold()), key=len)
    return (first, second) if longer in (stem, stem + "s", stem + "es") else None


def units(mine: Unit, theirs: Unit, mine_percent: bool) -> str:
    """How a value of one unit becomes one of another."""
    alike = _alike(theirs / mine)
    if alike is not None:
        return f"`{alike[0]}` and `{alike[1]}` are two units; write the one that the plan uses"
    if mine_percent:
        return f"a percentage of what? Multiply it by a value in {theirs}, e.g. `target * 80%`"
    if mine == PLAIN:
        return f"give it its unit, e.g. `100 {theirs}`, or multiply it by a value in {theirs}"
    if theirs == PLAIN:
        return f"one of them is a plain number: give it its unit, e.g. `100 {mine}`"
    if any(power > 1 and name in CURRENCY_PLACES for name, power in mine.factors):
        return "money times money is no money: one of the factors must be a percentage or a plain number"
    return f"units convert only where you write the factor: multiply by a value in {theirs / mine}"
