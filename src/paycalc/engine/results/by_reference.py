"""The reference interpreter as an engine: any plan and any data, row by row, into the same outcome as the tiles'."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import cache

import numpy as np
import pyarrow as pa

from paycalc.check.typed import PLAN_GRAIN, Line, Reference, Total
from paycalc.check.types import NumberType, ReferenceType, Value, ValueType
from paycalc.engine.faults.consequences import consequences_of
from paycalc.engine.results.balance import NOBODY, Belonging
from paycalc.engine.results.columns import exact_text
from paycalc.engine.results.outcome import Outcome, Reported, column_money, column_type, key_column, reconcile
from paycalc.engine.results.value_types import arrow_type, decimal_of, is_count
from paycalc.engine.storage import Numbers
from paycalc.reference.faults import Faulted, Key
from paycalc.reference.run import PayeeLine, RunResult, ShownRow, reached_fault


def outcome_of(result: RunResult, reported: Reported, money: str = "decimal128") -> Outcome:
    """A run of the reference as an outcome. money: one of value_types.MONEY."""
    plan, dataset = result.plan, result.evaluator.dataset
    keys_of = cache(lambda entity: keys_array(dataset.entities[entity].keys))
    tables = _Tables(result, reported, money, keys_of)
    belonging = _belonging(result)
    unpaid = np.zeros(result.payee_count, bool)
    unpaid[[each.row - 1 for each in result.rejects]] = True
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
        consequences_of(result.held, lambda each: each.entity, lambda _: "", keys_of),
        {entity: belonging.balance(entity, unpaid) for entity in belonging.entities()},
        belonging,
        result.evaluator,
        result.spread,
        tuple(reported.shown),
        tables.lines,
        tables.shown,
        tables.detail,
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

    def detail(self, entity: str, lines: Sequence[Line]) -> pa.Table:
        keys = self.keys_of(entity)
        values = {line.name: [self._value(line, row) for row in range(len(keys))] for line in lines}
        columns = {line.name: self._array(line, values[line.name]) for line in lines}
        return pa.table({key_column(entity, columns): keys, **columns})

    def _value(self, line: Line, row: int) -> Value | None:
        """The value of a line, where its row counts and no fault keeps it back."""
        evaluator, spread = self.result.evaluator, self.result.spread
        if not evaluator.dataset.counts(line.entity, row) or reached_fault(spread, line, row) is not None:
            return None
        if line.entity == self.result.plan.payee and spread.reject_of(row) is not None:
            return None
        try:
            return evaluator.value(line, row)
        except Faulted:
            return None

    def _table(self, entity: str, lines: Sequence[Line | Total], rows: Sequence[PayeeLine | ShownRow]) -> pa.Table:
        columns = {line.name: self._array(line, [row.values[line.name] for row in rows]) for line in lines}
        if entity == PLAN_GRAIN:
            return pa.table(columns)
        keys = pa.array([row.key for row in rows], self.keys_of(entity).type)
        return pa.table({key_column(entity, columns): keys, **columns})

    def _array(self, line: Line | Total, values: Sequence[Value | None]) -> pa.Array:
        if isinstance(line.type, NumberType) and line.type.places is None:
            return pa.array([None if value is None else exact_text(_number(value)) for value in values], pa.string())
        if isinstance(line.type, ReferenceType):
            return pa.array(values, self.keys_of(line.type.entity).type)
        plan = self.result.plan
        return values_array(values, column_type(plan, line), column_money(plan, line, self.money))


def _belonging(result: RunResult) -> Belonging:
    dataset = result.evaluator.dataset

    def targets(reference: Reference) -> Numbers:
        rows = (dataset.targets[reference][row] for row in range(dataset.entities[reference.entity].count))
        return np.array([row if isinstance(row, int) else NOBODY for row in rows], np.int32)

    outside, held = (
        {entity: np.array(sorted(rows), np.int64) for entity, rows in not_counted.items()}
        for not_counted in (dataset.outside, dataset.held)
    )
    counts = {name: rows.count for name, rows in dataset.entities.items()}
    return Belonging(result.plan, counts, dict.fromkeys(dataset.targets, False), targets, outside, held)


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
