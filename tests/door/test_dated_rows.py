"""Rows with dates through both doors: those outside the period, those that count, and the levels of parameters."""

from datetime import UTC, date, datetime

import numpy as np
import pyarrow as pa
import pytest

from paycalc.check import check_plan
from paycalc.check.typed import Outside
from paycalc.core.errors import DataError
from paycalc.core.span import Source
from paycalc.engine.encoding import door, references
from paycalc.engine.inputs.sources import parameters_from, tables_from
from paycalc.graph.nodes import Input
from paycalc.graph.prepared import counted
from paycalc.reference.faults import FaultCode
from tests.door.comparing import agree, stored_numbers

TEXT = """\
plan rounds "Rounds"
  currency CNY
  period   month
  timezone Europe/Berlin
  payee    worker

entity region
entity store
  region : region
entity worker
  store : store
entity stop dated {type_} in worker at most 2 per worker {outside}
  made  : {made}
  units : int 0 .. 9

parameters of store
  rate : money 0 .. 100

pay rounds = sum(units of stop) * store.rate
"""
CLAUSES = {Outside.FAULT: "", Outside.IGNORE: "outside period ignore", Outside.CARRY: "outside period carry"}
DAYS = [date(2026, 9, 30), date(2026, 10, 1), date(2026, 10, 31), date(2026, 11, 1)]
# In Berlin the month begins at 22:00 UTC of the day before it, and ends, in winter time, at 23:00.
MOMENTS = [
    datetime(2026, 9, 30, 21, 59, 59, 999_999, UTC),
    datetime(2026, 9, 30, 22, tzinfo=UTC),
    datetime(2026, 10, 31, 22, 59, 59, 999_999, UTC),
    datetime(2026, 10, 31, 23, tzinfo=UTC),
]


def plan_of(outside=Outside.FAULT, made="date", holds=""):
    text = TEXT.format(type_="made", made=made, outside=f"{CLAUSES[outside]} {holds}".strip())
    return check_plan(Source("rounds.pay", text))


def tables_of(plan, made, *, workers=("A", "B", "A", "B"), parameters=None):
    rows = {
        "region": {"region": ["N", "S"]},
        "store": {"store": ["S1", "S2"], "region": ["N", "S"]},
        "worker": {"worker": ["A", "B"], "store": ["S1", "S2"]},
        "stop": {"worker": workers, "made": made, "units": [1, 2, 3, 4][: len(workers)]},
    }
    stated = {"store": ["S1", "S2"], "rate": ["1.50", "2"]} if parameters is None else parameters
    tables = tables_from(plan, {name: pa.table(columns) for name, columns in rows.items()})
    return {**tables, **parameters_from(plan, {"store": pa.table(stated)})}


def flags_of(found):
    return stored_numbers(found.inputs[Input(counted("stop"), "made")])


@pytest.mark.parametrize("outside", list(Outside))
@pytest.mark.parametrize(("made", "cells"), [("date", DAYS), ("datetime", MOMENTS)])
def test_rows_outside_the_period_are_faulty_and_count_where_the_plan_says_so(outside, made, cells):
    plan = plan_of(outside, made)
    found = agree(plan, tables_of(plan, cells), plan.period.parse("2026-10"))
    (batch,) = found.faults
    assert (batch.code, batch.place.name, batch.rows.tolist()) == (FaultCode.OUTSIDE_PERIOD, "made", [0, 3])
    fault = batch.describe(3)
    assert (fault.value, fault.expected) == ("2026-11-01", "2026-10-01 .. 2026-10-31")
    if outside is Outside.FAULT:
        assert found.outside == {}
        assert flags_of(found) == [1, 1, 1, 1]
    else:
        assert found.outside["stop"].tolist() == [0, 3]
        assert flags_of(found) == [0, 1, 1, 0]


@pytest.mark.parametrize("outside", list(Outside))
def test_a_row_whose_date_cannot_be_read_is_not_outside(outside):
    plan = plan_of(outside)
    tables = tables_of(plan, ["2026-10-05", None, "soon", "2026-12-01"])
    found = agree(plan, tables, plan.period.parse("2026-10"))
    codes = {each.code: each.rows.tolist() for each in found.faults}
    assert codes == {FaultCode.NULL: [1], FaultCode.NOT_A_DATE: [2], FaultCode.OUTSIDE_PERIOD: [3]}
    assert flags_of(found) == ([1, 1, 1, 1] if outside is Outside.FAULT else [1, 1, 1, 0])


@pytest.mark.parametrize("in_threads", [False, True])
@pytest.mark.parametrize("outside", list(Outside))
def test_what_is_left_out_does_not_crowd(monkeypatch, outside, in_threads):
    if in_threads:
        monkeypatch.setattr(door, "_THREADED_ROWS", 1)
        monkeypatch.setattr(door, "processors", lambda: 3)
        monkeypatch.setattr(references, "_COUNTED_ROWS", 1)
    plan = plan_of(outside)
    tables = tables_of(plan, [DAYS[1], DAYS[2], DAYS[0], DAYS[1]], workers=("A", "A", "A", "B"))
    found = agree(plan, tables, plan.period.parse("2026-10"))
    crowded = [each.rows.tolist() for each in found.faults if each.code is FaultCode.TOO_MANY_ROWS]
    assert crowded == ([[0]] if outside is Outside.FAULT else [])


def test_entities_that_hold_have_the_flag_too():
    plan = plan_of(holds="when bad hold")
    found = agree(plan, tables_of(plan, DAYS[1:3] * 2), plan.period.parse("2026-10"))
    assert flags_of(found) == [1, 1, 1, 1]
    assert found.faults == []


def test_many_moments():
    plan = plan_of(Outside.CARRY, "datetime")
    random = np.random.default_rng(3)
    start = int(datetime(2026, 9, 25, tzinfo=UTC).timestamp()) * 1_000_000
    made = pa.array(random.integers(start, start + 45 * 86_400_000_000, 3_000), pa.timestamp("us", "UTC"))
    tables = tables_of(plan, MOMENTS)
    stops = {"worker": ["A", "B"] * 1_500, "made": made, "units": [1] * 3_000}
    found = agree(plan, {**tables, **tables_from(plan, {"stop": pa.table(stops)})}, plan.period.parse("2026-10"))
    assert 500 < len(found.outside["stop"]) < 1_500


def test_a_level_needs_the_reference_that_leads_to_it():
    plan = plan_of()
    stated = {"store": ["S1", None], "region": [None, "S"], "rate": ["1.50", "7"]}
    found = agree(plan, tables_of(plan, DAYS[1:3] * 2, parameters=stated), plan.period.parse("2026-10"))
    store = plan.entities["store"]
    assert stored_numbers(found.inputs[Input(store.references["region"], "row")]) == [0, 1]
    assert stored_numbers(found.inputs[Input(store.parameters["rate"], "value")]) == [150, 700]
    assert "region" in found.usage.entities
    plain = agree(plan, tables_of(plan, DAYS[1:3] * 2), plan.period.parse("2026-10"))
    assert Input(store.references["region"], "row") not in plain.inputs
    assert "region" not in plain.usage.entities


def test_a_level_needs_its_table():
    plan = plan_of()
    tables = tables_of(plan, DAYS, parameters={"region": ["N", "S"], "rate": ["1", "2"]})
    del tables["region"]
    error = agree(plan, tables, plan.period.parse("2026-10"))
    assert isinstance(error, DataError)
    assert (error.code, error.table) == ("missing-table", "region")


def test_a_date_that_nothing_depends_on_need_not_be_there():
    """Rows that only a level of parameters leads to count in nothing."""
    text = TEXT.format(type_="made", made="date", outside="").replace(
        "entity region\n", "entity region dated opened outside period ignore\n  opened : date\n"
    )
    plan = check_plan(Source("rounds.pay", text))
    tables = tables_of(plan, DAYS[1:3] * 2, parameters={"region": ["N", "S"], "rate": ["1", "2"]})
    found = agree(plan, tables, plan.period.parse("2026-10"))
    assert "region" in found.usage.entities
    assert found.outside == {}
    assert stored_numbers(found.inputs[Input(counted("region"), "made")]) == [1, 1]
    assert stored_numbers(found.inputs[Input(plan.entities["store"].parameters["rate"], "value")]) == [100, 200]
