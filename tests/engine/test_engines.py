"""Both engines through their own doors: the same tables, and the same errors, for any mixture of faults."""

from dataclasses import replace
from fractions import Fraction

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from paycalc.core.errors import DataError, InternalError
from paycalc.engine.inputs.input_table import PARAMETERS_PREFIX, from_arrow
from paycalc.engine.machine import Machine
from paycalc.engine.results.outcome import reconcile
from paycalc.engine.results.tables import result_tables
from paycalc.engine.running import ENGINES, RunRules, run_tables
from tests.engine import small_plan
from tests.reference.plan_runs import plan_of
from tests.reference.test_spread import CHANGES, PLAN, RATES, tables_with

ANY_SHARE = RunRules(on_reject_share=Fraction(1))


def inputs(tables, parameters=None):
    """Rows of plain values as input tables; numbers become texts, as in a file."""
    found = {}
    names = {**tables, **{PARAMETERS_PREFIX + entity: rows for entity, rows in (parameters or {}).items()}}
    for name, rows in names.items():
        columns = {column: [text(row.get(column)) for row in rows] for row in rows for column in row}
        found[name] = from_arrow(name, pa.table(columns), origin=name)
    return found


def text(cell):
    if cell is None or isinstance(cell, str):
        return cell
    if isinstance(cell, bool):
        return "yes" if cell else "no"
    return str(cell) if isinstance(cell, int) else format(float(cell), "f")


def outcome_of(engine, plan, tables, rules=ANY_SHARE, **options):
    return run_tables(plan, tables, plan.period.parse("2026-10"), rules, engine=engine, **options)


def assert_same(plan, tables, rules=ANY_SHARE, **options):
    """The tables of both engines, which are the same; or their error, which is."""
    found = []
    for engine in ENGINES:
        try:
            found.append(result_tables(outcome_of(engine, plan, tables, rules, **options)))
        except DataError as error:
            found.append(str(error))
    first, second = found
    if isinstance(first, str) or isinstance(second, str):
        assert first == second
        return first
    assert list(first) == list(second)
    for name, table in first.items():
        assert table.schema == second[name].schema, name
        assert table.to_pydict() == second[name].to_pydict(), name
        assert table.equals(second[name])
    return first


def rates_of(tables, unset):
    keys = {row["store"] for row in tables["store"]}
    return {"store": [{"store": key, **rate} for key, rate in RATES.items() if key not in unset and key in keys]}


FAULTS = st.lists(CHANGES, max_size=5)
UNSET = st.lists(st.sampled_from(("S1", "S2")), unique=True)


@given(FAULTS, UNSET)
def test_any_faults_come_to_the_same(changes, unset):
    tables = tables_with(*changes)
    assert_same(PLAN, inputs(tables, rates_of(tables, unset)))


@given(FAULTS, UNSET, st.sampled_from(("reject", "raise")), st.sampled_from(("0", "1/5", "1/2")))
@settings(max_examples=50)
def test_what_stops_a_run_is_the_same(changes, unset, on_error, share):
    tables = tables_with(*changes)
    rules = RunRules(on_error=on_error, on_reject_share=Fraction(share))
    assert_same(PLAN, inputs(tables, rates_of(tables, unset)), rules)


@pytest.mark.parametrize("money", ["decimal128", "decimal64", "minor"])
@pytest.mark.parametrize("columns", [None, ["net", "store.sold"], ["special"], []])
def test_columns_and_money_are_the_same(columns, money):
    tables = tables_with(("worker", 0, "extra", 1_001), ("store", 2, "factor", 2), ("worker", 4, "sales", 900))
    whole = assert_same(PLAN, inputs(tables, rates_of(tables, [])), columns=columns, money=money)
    for name in ("rejects", "orphans", "totals"):
        plain = result_tables(outcome_of("tiles", PLAN, inputs(tables, rates_of(tables, []))))
        assert whole[name].equals(plain[name])


def test_tiles_and_threads_change_nothing():
    tables = tables_with(("worker", 2, "sales", -1), ("parcel", 3, "worker", "W9"), ("store", 2, "revenue", None))
    read = inputs(tables, rates_of(tables, []))
    expected = result_tables(outcome_of("reference", PLAN, read))
    for tile in (64, 1024):
        for threads in (1, 2, 5):
            found = result_tables(outcome_of("tiles", PLAN, read, tile=tile, threads=threads))
            assert all(found[name].equals(expected[name]) for name in expected)


def test_columns_of_every_type():
    plan = small_plan.plan()
    tables = {name: from_arrow(name, table, origin=name) for name, table in small_plan.tables().items()}
    for entity, columns in small_plan.PARAMETERS.items():
        name = PARAMETERS_PREFIX + entity
        tables[name] = from_arrow(name, small_plan.arrow(columns), origin=name)
    assert_same(plan, tables)


LARGE = plan_of(
    """entity worker
  chief : worker optional
  m : money 0 .. 1_000_000_000_000_000_000_000_000_000_000
  s : money 0 .. 90_000_000_000_000_000
  n : int -9_000_000_000_000_000_000 .. 9_000_000_000_000_000_000
  on : flag
  day : date
  at : datetime
  word : text = "none"
  rank : one of low, high
  tiny : decimal(8) 0 .. 1
  part : percent(4) 0% .. 100%
pay a = m
pay b = 300 when on
deduct d = s
show count = n
show flag = on
show date = day
show moment = at
show text = word
show member = rank
show small = tiny
show share = part
show chiefs_day = count(worker via chief where on)
assert net >= 0 "negative"
"""
)
ROW = {
    "m": "1.23", "s": "1.00", "n": "-9000000000000000000", "on": "yes", "day": "1969-12-31", "word": "北",
    "at": "2026-10-01T08:00:00.000001+08:00", "rank": "high", "tiny": "0.00000001", "part": "12.34%",
}  # fmt: skip


@pytest.mark.parametrize("money", ["decimal128", "decimal64", "minor"])
@pytest.mark.parametrize(
    "changes",
    [
        [],
        [{}],
        [{}, {"m": "1000000000000000000000000000000.00", "s": "90000000000000000.00"}, {"m": "0", "s": "0.01"}],
        [{"word": None, "on": "no", "n": "9000000000000000000", "part": "100%"}, {"rank": "mid"}, {"m": None}],
        [{"chief": "W0"}, {"chief": "W0", "on": "no"}, {"tiny": "2"}, {"day": "2200-12-31"}],
        [{"n": None}, {"day": "x"}, {"word": "a"}, {"tiny": None, "chief": "W9"}],
    ],
)
def test_values_of_any_size_and_type(changes, money):
    rows = [{"worker": f"W{at}", "chief": None, **ROW, **change} for at, change in enumerate(changes)]
    columns = {name: pa.array([row[name] for row in rows], pa.string()) for name in ("worker", "chief", *ROW)}
    assert_same(LARGE, {"worker": from_arrow("worker", pa.table(columns), origin="worker")}, money=money)


# ---------------------------------------------------------------- when we are wrong


def test_totals_that_do_not_reconcile_are_our_mistake():
    totals = dict(outcome_of("tiles", PLAN, inputs(tables_with(), rates_of(tables_with(), []))).totals)
    reconcile(PLAN, totals)
    for name in totals:
        with pytest.raises(InternalError, match="the totals of the run do not reconcile"):
            reconcile(PLAN, {**totals, name: totals[name] + Fraction(1, 100)})


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda found: {"totals": {**found.totals, "base": found.totals["base"] + 1,
                                   **{name: found.totals[name] + 1 for name in ("gross", "net", "cost")}}},
         "the amounts of base do not add up to their total"),
        (lambda found: {"unpaid": np.array([0, 1, 0, 0, 0], np.uint8)},
         "the engine found a fault in the pay of worker W2, and there is none"),
        (lambda found: {"faulty": {PLAN.entities["store"].lines["sold"]: np.array([0, 0, 1], np.uint8)}},
         "the engine found a fault in sold of row 3, and there is none"),
    ],
)  # fmt: skip
def test_a_machine_that_is_wrong_is_found_out(monkeypatch, change, message):
    compute = Machine.compute

    def wrong(self, *arguments, **options):
        found = compute(self, *arguments, **options)
        return replace(found, **change(found))

    monkeypatch.setattr(Machine, "compute", wrong)
    with pytest.raises(InternalError, match=message):
        result_tables(outcome_of("tiles", PLAN, inputs(tables_with(), rates_of(tables_with(), []))))


@pytest.mark.parametrize("bounds", [(3,), (1, 4), (2, 3, 5)])
def test_keys_are_shared_across_chunks(bounds):
    # The longest text of each chunk has another length.
    keys = ["00000", "key 07919", "a key of more than sixteen", "x", "00000", "key 07919", ""]
    pieces = [keys[start:stop] for start, stop in zip((0, *bounds), (*bounds, len(keys)), strict=True)]
    columns = {"worker": pa.chunked_array(pieces, pa.string()), "x": pa.array(range(7))}
    rejects = assert_same(
        plan_of("entity worker\npay p = 1\n"), {"worker": from_arrow("worker", pa.table(columns), origin="w")}
    )
    assert rejects["rejects"]["row"].to_pylist() == [1, 5, 2, 6, 7]
