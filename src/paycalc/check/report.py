"""`paycalc check --ranges`: how wide each value can become, and which declared range would narrow it."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

from paycalc.check import typed
from paycalc.check.arithmetic import bits, fraction_parts
from paycalc.check.type_expressions import DEFAULT_INTERVALS
from paycalc.check.types import NumberType
from paycalc.check.usage import operands
from paycalc.core.number import decimal_places, format_decimal, round_to
from paycalc.core.unit import PLAIN

_TEXT_MAX = 60
_DEFAULTS = frozenset(DEFAULT_INTERVALS.values())


@dataclass(frozen=True)
class RangeRow:
    """One computed value.

    line      of the plan's text;  name: the line it is part of, empty for a part of the one above
    text      as written;  range: from .. to, with its unit
    bits      of the scaled value; of a fraction those of numerator and divisor, `61 / 17`
    hint      the columns and parameters in it that have no declared range
    """

    line: int
    name: str
    text: str
    range: str
    bits: str
    hint: str


def ranges_report(plan: typed.TypedPlan) -> list[RangeRow]:
    """Every line with a number, each followed by the parts it is computed from, in the order of the text."""
    rows: list[RangeRow] = []
    for line in plan.lines:
        name = line.name if line.entity == plan.payee else f"{line.entity}.{line.name}"
        if isinstance(line.type, NumberType):
            rows.append(_row(line.value, name, plan, line.type))
        rows += [_row(part, "", plan, part.type) for part in _parts(line) if isinstance(part.type, NumberType)]
    return rows


def _parts(line: typed.Line) -> list[typed.Expr]:
    """The computed parts of a line, from the text's left; names and literals show their width by themselves."""
    found: list[typed.Expr] = []
    pending = [each for each in (line.value, line.when) if each is not None]
    while pending:
        expr = pending.pop()
        if expr is not line.value and not isinstance(expr, typed.Constant | typed.Read):
            found.append(expr)
        pending += operands(expr)
    return sorted(found, key=lambda each: (each.span.start, -each.span.end))


def _row(expr: typed.Expr, name: str, plan: typed.TypedPlan, type_: NumberType) -> RangeRow:
    source = plan.source
    text = " ".join(source.slice(expr.span).split())
    numerator, divisor = fraction_parts(type_)
    width = str(bits(numerator)) if type_.places is not None else f"{bits(numerator)} / {bits(divisor)}"
    return RangeRow(
        source.position(expr.span.start)[0],
        name,
        text if len(text) <= _TEXT_MAX else text[: _TEXT_MAX - 3] + "...",
        _range_text(type_),
        width,
        _hint(expr),
    )


def _range_text(type_: NumberType) -> str:
    low, high = type_.interval.low, type_.interval.high
    # A bound that no decimal writes is shown rounded outward, to whole numbers.
    low = low if decimal_places(low) is not None else round_to(low, Fraction(1), "floor")
    high = high if decimal_places(high) is not None else round_to(high, Fraction(1), "ceiling")
    if type_.percent and type_.unit == PLAIN:
        return f"{format_decimal(low * 100)}% .. {format_decimal(high * 100)}%"
    unit = "" if type_.unit == PLAIN else f" {type_.unit}"
    return f"{format_decimal(low)} .. {format_decimal(high)}{unit}"


def _hint(expr: typed.Expr) -> str:
    """The fields read right in this expression whose range is that of their type."""
    names: dict[str, None] = {}
    pending = [expr]
    while pending:
        each = pending.pop()
        if isinstance(each, typed.Read) and isinstance(each.field, typed.Column | typed.Parameter):
            type_ = each.field.type
            if isinstance(type_, NumberType) and type_.interval in _DEFAULTS:
                path = ".".join([*(r.name for r in each.references), each.field.name])
                names[path] = None
        pending += operands(each)
    return "no range declared: " + ", ".join(sorted(names)) if names else ""
