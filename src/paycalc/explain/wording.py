"""An expression with its numbers put in, reduced level by level, the way one would work it out by hand.

    = store.rate * min(sales, store.target) + store.accelerator * max(sales - store.target, 0)
    = 2% * min(120_000.00 CNY, 100_000.00 CNY) + 3% * max(120_000.00 CNY - 100_000.00 CNY, 0)
    = 2% * 100_000.00 CNY + 3% * max(20_000.00 CNY, 0)
    = 2_000.00 CNY + 3% * 20_000.00 CNY
    = 2_000.00 CNY + 600.00 CNY

The text is that of the plan: in it each part that is worked out gives way to its value, the innermost first. The terms
of a sum are added up all at once, however many they are. Of an `if` or `case` only the part that counts is shown.
"""

from __future__ import annotations

import re
from dataclasses import replace
from fractions import Fraction
from typing import Any

from paycalc.check.typed import (
    Aggregate,
    AnyCell,
    Arithmetic,
    Average,
    Band,
    BandsCell,
    Cell,
    Choice,
    Component,
    Constant,
    Read,
    Running,
    Table,
    TableRow,
    TypedPlan,
    ValuesCell,
)
from paycalc.check.types import NumberType, RowType, ValueType, format_value
from paycalc.core.number import decimal_places, format_decimal, round_to
from paycalc.core.span import Span
from paycalc.core.unit import PLAIN, Unit
from paycalc.explain.tracing import Step

PLACES_SHOWN = 2  # a number is padded to no more than these places; finer ones are shown where they are there
CUT_PLACES = 6  # of a fraction that no decimals write, before its dots
SMALLEST_CUT = Fraction(1, 10**CUT_PLACES)
LINES_MAX = 8  # of one reduction; what is longer is cut in its middle

_SIGNS = ("+", "-", "*", "/")
_SPACE = re.compile(r"(?:[ ]*(?:#[^\n]*)?\n)+[ ]*|[ ]+")


def show(plan: TypedPlan, value: Any, type: ValueType) -> str:
    """A value as a person reads it: `3_120.00 CNY`, `2.5%`, `3.333333... hour`."""
    if isinstance(type, RowType):
        if value is None:
            return "none"
        named = zip(type.names, value, type.types, strict=True)
        return ", ".join(f"{name} {show(plan, each, its_type)}" for name, each, its_type in named)
    if isinstance(type, NumberType) and isinstance(value, Fraction):
        if decimal_places(value) is None and (abs(value) >= SMALLEST_CUT or type.percent):
            shown = round_to(value, SMALLEST_CUT, "down")
            unit = "" if type.unit == PLAIN else f" {type.unit}"
            return f"{format_decimal(shown, CUT_PLACES)}...{unit}"
        money = type.unit == Unit.of(plan.currency)
        places = plan.currency_places if money else min(type.places or 0, PLACES_SHOWN)
        return format_value(value, replace(type, places=places))
    return format_value(value, type)


def text_of(plan: TypedPlan, span: Span) -> str:
    """The plan's text at a place, on one line and without its comments."""
    return on_one_line(plan.source.slice(span))


def on_one_line(text: str) -> str:
    return _SPACE.sub(" ", text).replace("( ", "(").replace(" )", ")").strip()


def deciding(step: Step) -> Step:
    """The part of an `if` or `case` that counts; any other step is its own."""
    while isinstance(step.expr, Choice):
        step = step.steps[-1]
    return step


def name_of(plan: TypedPlan, span: Span) -> str:
    """The text of a name or aggregate, without brackets round it."""
    text = text_of(plan, span)
    while text.startswith("("):
        text = text[1:-1].strip()
    return text


def reductions(plan: TypedPlan, step: Step) -> list[str]:
    """The expression with values put in, from the names alone up to the last line before the value itself."""
    written = text_of(plan, step.expr.span)
    step = deciding(step)
    lines: list[str] = []
    for level in range(_height(step)):
        line = on_one_line(_put_in(plan, step, level))
        if line not in (written, *lines):
            lines.append(line)
    if len(lines) > LINES_MAX:
        lines[LINES_MAX - 2 : -1] = ["..."]
    return lines


def _height(step: Step) -> int:
    """How many levels of working out stand between the values put in and this one's."""
    if isinstance(step.expr, Constant | Read | Average | Component):
        return 0
    if isinstance(step.expr, Choice):
        return _height(deciding(step))
    if isinstance(step.expr, Aggregate | Running):
        return 1
    return 1 + max((_height(each) for each in _parts(step)), default=0)


def _parts(step: Step) -> tuple[Step, ...]:
    """What a step is worked out from: of `a + b - c` the three terms, unless brackets say what comes first."""
    parts, left = step.steps, step
    while _is_sum(left) and _is_sum(left.steps[0]) and not _is_bracketed(left.steps[0]):
        left = left.steps[0]
        parts = (*left.steps, *parts[1:])
    return parts


def _is_sum(step: Step) -> bool:
    return isinstance(step.expr, Arithmetic) and step.expr.operator in ("+", "-") and len(step.steps) == 2


def _is_bracketed(step: Step) -> bool:
    return step.expr.span.start < step.steps[0].expr.span.start


def _put_in(plan: TypedPlan, step: Step, level: int) -> str:
    """The text of a step with everything up to `level` worked out. Brackets round a part belong to its text."""
    written = plan.source.slice(step.expr.span)
    if isinstance(step.expr, Choice):
        counts = deciding(step)
        text = _put_in(plan, counts, level)
        bracketed = written.startswith("(") and _height(counts) > level and not text.startswith("(")
        return f"({text})" if bracketed else text
    if isinstance(step.expr, Constant):
        return written
    if _height(step) <= level:
        return show(plan, step.value, step.expr.type)
    if isinstance(step.expr, Aggregate | Running):
        return written
    text, at = "", step.expr.span.start
    for below in sorted(_parts(step), key=lambda each: each.expr.span.start):
        if below.expr.span.start < at:
            continue  # a part of one that was put in already
        text += plan.source.text[at : below.expr.span.start]
        part = _put_in(plan, below, level)
        after_sign = part.startswith("-") and text.rstrip().endswith(_SIGNS)
        text += f"({part})" if after_sign else part
        at = below.expr.span.end
    return text + plan.source.text[at : step.expr.span.end]


def is_plain(step: Step) -> bool:
    """Whether an expression is no more than a name or a literal, so that there is nothing to work out."""
    return isinstance(deciding(step).expr, Constant | Read | Average | Component)


def table_row_text(table: Table, row: TableRow) -> str:
    """A row of a table from data as the plan would write it."""
    cells = [_cell_text(cell, key.type) for cell, key in zip(row.cells, table.keys, strict=True)]
    results = [format_value(value, type) for value, type in zip(row.results, table.result_types, strict=True)]
    return f"{', '.join(cells)} : {', '.join(results)}"


def _cell_text(cell: Cell, type: ValueType) -> str:
    match cell:
        case AnyCell():
            return "*"
        case ValuesCell(values=values):
            texts = sorted(format_value(value, type) for value in values)
        case BandsCell(bands=bands):
            texts = [_band_text(band, type) for band in bands]
    return texts[0] if len(texts) == 1 else f"({', '.join(texts)})"


def _band_text(band: Band, type: ValueType) -> str:
    low, high = ("" if bound is None else format_value(bound, type) for bound in (band.low, band.high))
    if low == high:
        return low or "*"
    above = "" if band.low_included or not low else "> "
    return f"{above}{low}..{'=' if band.high_included and high else ''}{high}"
