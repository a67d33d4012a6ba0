"""A run's result as Arrow tables: what is paid, what is shown, who is rejected and why, what it comes to."""

from __future__ import annotations

from collections.abc import Container, Iterable, Mapping, Sequence
from dataclasses import replace
from decimal import Decimal
from fractions import Fraction

import pyarrow as pa

from paycalc.check.arithmetic import ROWS_MAX
from paycalc.check.typed import PLAN_GRAIN, TypedPlan
from paycalc.check.types import DateType, FlagType, MomentType, NumberType, Value, ValueType
from paycalc.core.unit import PLAIN, Unit
from paycalc.reference.faults import Fault, Key
from paycalc.reference.run import TOTAL_NAMES, PayeeLine, RunResult, ShownRow

# Up to 18 digits a Parquet file needs 8 bytes a value. How many digits it is depends on the plan alone, not on data.
_DIGITS = (18, 38)
_DIGITS_MAX = 76
_INT64 = 2**63 - 1


def result_tables(result: RunResult) -> dict[str, pa.Table]:
    """All tables of a result by name: lines, shown.ENTITY, rejects, withheld, orphans, totals."""
    return {
        "lines": lines_table(result),
        **{f"shown.{entity}": shown_table(result, entity) for entity in result.shown},
        "rejects": rejects_table(result),
        "withheld": withheld_table(result),
        "orphans": orphans_table(result),
        "totals": totals_table(result),
    }


def lines_table(result: RunResult) -> pa.Table:
    """One row a payee that is paid, in the order of its table: its key, all lines but `let`, gross, net, cost."""
    plan = result.plan
    types: dict[str, ValueType] = {
        line.name: line.type for line in plan.lines if line.entity == plan.payee and line.role != "let"
    }
    types.update((name, plan.totals[name].type) for name in TOTAL_NAMES)
    return _rows_table(plan, plan.payee, types, result.lines)


def shown_table(result: RunResult, entity: str) -> pa.Table:
    """The `show` lines of an entity, one row for each of its rows, sorted by key; of the plan one row without a key."""
    types = {line.name: line.type for line in result.plan.lines if line.entity == entity and line.role == "show"}
    return _rows_table(result.plan, "" if entity == PLAN_GRAIN else entity, types, result.shown[entity])


def _rows_table(
    plan: TypedPlan, key_name: str, types: Mapping[str, ValueType], rows: Sequence[PayeeLine | ShownRow]
) -> pa.Table:
    columns = {key_column(key_name, types): keys_array([row.key for row in rows])} if key_name else {}
    for name, type in types.items():
        columns[name] = values_array([row.values[name] for row in rows], _at_currency_places(plan, type))
    return pa.table(columns)


def key_column(entity: str, others: Container[str]) -> str:
    """The name of the column of keys: the entity's, unless another column has it; then `code_key` and the like."""
    name = entity
    while name in others:
        name += "_key"
    return name


def _at_currency_places(plan: TypedPlan, type: ValueType) -> ValueType:
    """Amounts have at least the currency's places: `pay bonus = 300` is 300.00."""
    if isinstance(type, NumberType) and type.unit == Unit.of(plan.currency) and type.places is not None:
        return replace(type, places=max(type.places, plan.currency_places))
    return type


def rejects_table(result: RunResult) -> pa.Table:
    """One row a payee that is not paid: its key and row, the code, the line or assert it stopped, and the cause."""
    rejects = result.rejects
    columns = {
        "row": pa.array([reject.row for reject in rejects], pa.int64()),
        "code": _texts(reject.code.value for reject in rejects),
        "rule": _texts(reject.rule for reject in rejects),
        **_causes([reject.cause for reject in rejects]),
    }
    keys = keys_array([reject.key for reject in rejects])
    return pa.table({key_column(result.plan.payee, columns): keys, **columns})


def withheld_table(result: RunResult) -> pa.Table:
    """One row a `show` that has no value because of a fault: whose, which line, and the cause."""
    withheld = result.withheld
    return pa.table(
        {
            "entity": _texts(each.entity for each in withheld),
            "key": _texts("" if each.key is None else str(each.key) for each in withheld),
            "row": pa.array([each.row for each in withheld], pa.int64()),
            "line": _texts(each.line for each in withheld),
            "code": _texts(each.cause.code.value for each in withheld),
            **_causes([each.cause for each in withheld]),
        }
    )


def orphans_table(result: RunResult) -> pa.Table:
    """One row a row that belongs to nobody: an aggregate should count it, and its reference leads nowhere."""
    orphans = result.orphans
    return pa.table(
        {
            "entity": _texts(each.entity for each in orphans),
            "key": _texts("" if each.key is None else str(each.key) for each in orphans),
            "row": pa.array([each.row for each in orphans], pa.int64()),
            "reference": _texts(each.reference for each in orphans),
            "code": _texts(each.cause.code.value for each in orphans),
            **_causes([each.cause for each in orphans]),
        }
    )


def _causes(causes: Sequence[Fault]) -> dict[str, pa.Array]:
    return {
        "message": _texts(cause.message for cause in causes),
        "cause_table": _texts(cause.entity for cause in causes),
        "cause_key": _texts("" if cause.key is None else str(cause.key) for cause in causes),
        "cause_row": pa.array([cause.row for cause in causes], pa.int64()),
        "cause_column": _texts(cause.column for cause in causes),
        "value": _texts(cause.value for cause in causes),
        "expected": _texts(cause.expected for cause in causes),
        "help": _texts(cause.help for cause in causes),
    }


def totals_table(result: RunResult) -> pa.Table:
    """The sums over all payees that are paid: of each pay, deduct and employer line, of gross, net and cost."""
    plan = result.plan
    names = list(result.totals)
    lines = {line.name: line for line in plan.lines if line.entity == plan.payee}
    values: list[Value | None] = [result.totals[name] for name in names]
    return pa.table(
        {
            "line": _texts(names),
            "role": _texts(lines[name].role if name in lines else "total" for name in names),
            "label": _texts(lines[name].label if name in lines else "" for name in names),
            "amount": _decimals(values, _total_digits(plan, names), plan.currency_places),
        }
    )


def _total_digits(plan: TypedPlan, names: Sequence[str]) -> int:
    """The digits of the largest sum that the plan allows; like those of a value, no matter of the data."""
    types = {line.name: line.type for line in plan.lines if line.entity == plan.payee}
    types |= {name: plan.totals[name].type for name in TOTAL_NAMES}
    largest = max(type.interval.magnitude for name in names if isinstance(type := types[name], NumberType))
    count = largest * ROWS_MAX * Fraction(10**plan.currency_places)
    return _DIGITS[-1] if count < 10 ** _DIGITS[-1] else _DIGITS_MAX


# ---------------------------------------------------------------- columns


def keys_array(keys: Sequence[Key | None]) -> pa.Array:
    """Keys as integers, signed if they fit, or texts."""
    integers = [key for key in keys if isinstance(key, int)]
    if not integers:
        return pa.array(keys, pa.string())
    return pa.array(keys, pa.int64() if max(integers) < 2**63 else pa.uint64())


def values_array(values: Sequence[Value | None], type: ValueType) -> pa.Array:
    """Values of one type as an Arrow array: decimals at the type's places, counts as int64, moments in UTC."""
    match type:
        case NumberType():
            bound = type.interval.magnitude
            if type.unit == PLAIN and type.places == 0 and bound <= _INT64:
                return pa.array(
                    [None if value is None else int(Fraction(_number(value))) for value in values], pa.int64()
                )
            assert type.places is not None  # the checker lets no line hold a fraction
            digits = len(str(int(bound * Fraction(10**type.places))))
            return _decimals(values, next((size for size in _DIGITS if digits <= size), _DIGITS_MAX), type.places)
        case FlagType():
            return pa.array(values, pa.bool_())
        case DateType():
            return pa.array(values, pa.date32())
        case MomentType():
            return pa.array(values, pa.timestamp("us", "UTC"))
        case _:
            return pa.array(values, pa.string())


def _number(value: Value) -> Fraction:
    assert isinstance(value, Fraction)
    return value


def _decimals(values: Sequence[Value | None], digits: int, places: int) -> pa.Array:
    type = pa.decimal128(digits, places) if digits <= _DIGITS[-1] else pa.decimal256(digits, places)
    return pa.array([None if value is None else decimal_of(_number(value), places) for value in values], type)


def decimal_of(value: Fraction, places: int) -> Decimal:
    """The value as a Decimal with so many places; it is a whole multiple of 10^-places."""
    count = value * Fraction(10**places)
    assert count.denominator == 1
    # From text, since arithmetic on Decimal rounds to the digits of a context that somebody else may have set.
    return Decimal(f"{count.numerator}E-{places}")


def _texts(cells: Iterable[str]) -> pa.Array:
    return pa.array(list(cells), pa.string())
