"""Tables and ladders: which rows match, what each step pays."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from paycalc.check.typed import AnyCell, Band, BandsCell, Cell, Key, Ladder, Step, Table, TableRow, ValuesCell
from paycalc.check.types import DateType, NumberType, Value
from paycalc.core.errors import InternalError

ZERO = Fraction(0)


def in_key_range(key: Key, value: Value) -> bool:
    """Whether an argument lies in the range of a key; members, flags, texts and moments always do."""
    if isinstance(key.type, NumberType):
        return value in key.type.interval
    if isinstance(key.type, DateType):
        return bool(key.type.low <= value <= key.type.high)  # type: ignore[operator]
    return True


# ---------------------------------------------------------------- tables


def matches(cell: Cell, value: Value) -> bool:
    match cell:
        case AnyCell():
            return True
        case ValuesCell(values=values):
            return value in values
        case BandsCell(bands=bands):
            return any(in_band(band, value) for band in bands)


def in_band(band: Band, value: Any) -> bool:
    """From the low bound to the high one; a bound that is None does not bind."""
    if band.low is not None and not (value > band.low or (band.low_included and value == band.low)):
        return False
    return band.high is None or bool(value < band.high or (band.high_included and value == band.high))


def matching_rows(table: Table, arguments: Sequence[Value]) -> list[TableRow]:
    """The first row that matches, or with `collect` all that do."""
    found = []
    for row in table.rows:
        if all(matches(cell, value) for cell, value in zip(row.cells, arguments, strict=True)):
            found.append(row)
            if table.collect is None:
                break
    return found


def table_results(table: Table, rows: Sequence[TableRow]) -> tuple[Value, ...]:
    """One value for each result of the table, from its matching rows."""
    if table.collect == "count":
        return tuple(Fraction(len(rows)) for _ in table.result_names)
    if table.collect == "sum":
        return tuple(sum((_number(row.results[at]) for row in rows), ZERO) for at in range(len(table.result_names)))
    if not rows:
        raise InternalError(f"no row of the table {table.name} matches, though it covers the ranges of its keys")
    if table.collect is None:
        return rows[0].results
    choose = min if table.collect == "min" else max
    return tuple(choose(_number(row.results[at]) for row in rows) for at in range(len(table.result_names)))


def _number(value: Value) -> Fraction:
    assert isinstance(value, Fraction)
    return value


# ---------------------------------------------------------------- ladders


@dataclass(frozen=True)
class Slice:
    """What one step of a ladder contributes: `amount` of the base at the step's value."""

    step: Step
    amount: Fraction
    result: Fraction


def reached_step(ladder: Ladder, steps: Sequence[Step], base: Any) -> Step | None:
    """The highest step reached: at its threshold, or with `over` only above it; None below the first."""
    reached = None
    for step in steps:
        if base > step.threshold or (not ladder.over and base == step.threshold):
            reached = step
    return reached


def marginal_slices(steps: Sequence[Step], base: Fraction) -> list[Slice]:
    """The part of the base inside each step, from its threshold to the next, at the step's own rate."""
    slices = []
    for at, step in enumerate(steps):
        low = _number(step.threshold)
        top = min(base, _number(steps[at + 1].threshold)) if at + 1 < len(steps) else base
        if top > low:
            slices.append(Slice(step, top - low, (top - low) * step.value))
    return slices


def surrounding_steps(steps: Sequence[Step], base: Fraction) -> tuple[Step, Step]:
    """The two steps between which the base lies; twice the first below them all, twice the last above."""
    below = [step for step in steps if _number(step.threshold) <= base]
    above = [step for step in steps if _number(step.threshold) > base]
    low = below[-1] if below else steps[0]
    return low, above[0] if above and below else low


def interpolated(low: Step, high: Step, base: Fraction) -> Fraction:
    """On the straight line between two steps."""
    if low is high:
        return low.value
    start, end = _number(low.threshold), _number(high.threshold)
    return low.value + (high.value - low.value) * (base - start) / (end - start)


def ladder_value(ladder: Ladder, operator: str, groups: tuple[Value, ...], base: Any) -> Fraction:
    """The result of marginal, slab, reached or interpolate."""
    steps = ladder.groups[groups]
    if operator == "marginal":
        return sum((each.result for each in marginal_slices(steps, base)), ZERO)
    if operator == "interpolate":
        return interpolated(*surrounding_steps(steps, base), base)
    step = reached_step(ladder, steps, base)
    if step is None:
        return ZERO
    return step.value * base if operator == "slab" else step.value
