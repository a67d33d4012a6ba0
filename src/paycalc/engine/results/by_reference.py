"""The reference interpreter as an engine: any plan and any data, row by row, into the same outcome as the tiles'."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import cache

import pyarrow as pa

from paycalc.check.typed import PLAN_GRAIN, Line, Total
from paycalc.check.types import NumberType, Value, ValueType
from paycalc.engine.faults.consequences import consequences_of
from paycalc.engine.results.outcome import Outcome, Reported, column_money, column_type, key_column, reconcile
from paycalc.engine.results.value_types import arrow_type, decimal_of, is_count
from paycalc.reference.faults import Key
from paycalc.reference.run import PayeeLine, RunResult, ShownRow


def outcome_of(result: RunResult, reported: Reported, money: str = "decimal128") -> Outcome:
    """A run of the reference as an outcome. money: one of value_types.MONEY."""
    plan, dataset = result.plan, result.evaluator.dataset
    keys_of = cache(lambda entity: keys_array(dataset.entities[entity].keys))
    tables = _Tables(result, reported, money, keys_of)
    reconcile(plan, result.totals)
    asked = {line.name: line for line in reported.of_payee}
    asked_of = {plan.payee: asked} | {
        entity: {line.name: line for line in lines} for entity, lines in reported.shown.items()
    }
    withheld = [each for each in result.withheld if each.line in asked_of.get(each.entity, {})]
    return Outcome(
        plan,
        result.period,
        "reference",
        1,
        {name: rows.count for name, rows in dataset.entities.items()},
        result.totals,
        consequences_of(result.rejects, lambda _: plan.payee, lambda each: each.rule, keys_of),
        consequences_of(withheld, lambda each: each.entity, lambda each: each.line, keys_of),
        consequences_of(result.orphans, lambda each: each.entity, lambda each: each.reference, keys_of),
        result.evaluator,
        result.spread,
        tuple(reported.shown),
        tables.lines,
        tables.shown,
        lambda entity: keys_of(entity).type,
    )


@dataclass(frozen=True)
class _Tables:
    """The tables of a run of the reference, from its rows."""

    result: RunResult
    reported: Reported
    money: str
    keys_of: Callable[[str], pa.Array]

    def lines(self, start: int, stop: int) -> pa.Table:
        return self._table(self.result.plan.payee, self.reported.of_payee, self.result.lines[start:stop])

    def shown(self, entity: str) -> pa.Table:
        return self._table(entity, self.reported.shown[entity], self.result.shown[entity])

    def _table(self, entity: str, lines: Sequence[Line | Total], rows: Sequence[PayeeLine | ShownRow]) -> pa.Table:
        columns = {
            line.name: values_array(
                [row.values[line.name] for row in rows],
                column_type(self.result.plan, line),
                column_money(self.result.plan, line, self.money),
            )
            for line in lines
        }
        if entity == PLAN_GRAIN:
            return pa.table(columns)
        keys = pa.array([row.key for row in rows], self.keys_of(entity).type)
        return pa.table({key_column(entity, columns): keys, **columns})


def keys_array(keys: Sequence[Key | None]) -> pa.Array:
    """Keys as integers, signed if they fit, or texts."""
    integers = [key for key in keys if isinstance(key, int)]
    if not integers:
        return pa.array(keys, pa.string())
    if max(integers) < 2**63:
        return pa.array(keys, pa.int64())
    return pa.array(keys, pa.uint64() if min(integers) >= 0 else pa.decimal128(20, 0))


def values_array(values: Sequence[Value | None], type: ValueType, money: str = "decimal128") -> pa.Array:
    """Values of one type as an Arrow array: decimals at the type's places, counts as int64, moments in UTC."""
    wanted = arrow_type(type, money)
    if isinstance(type, NumberType):
        places = type.places
        assert places is not None  # the checker lets no line hold a fraction
        if is_count(type):
            return pa.array([None if value is None else int(_number(value)) for value in values], wanted)
        if money == "minor":
            return pa.array([None if value is None else int(_number(value) * 10**places) for value in values], wanted)
        return pa.array([None if value is None else decimal_of(_number(value), places) for value in values], wanted)
    return pa.array(values, wanted)


def _number(value: Value) -> Fraction:
    assert isinstance(value, Fraction)
    return value
