"""Asserts that very many payees fail, found by columns: as the interpreter finds them one by one."""

import numpy as np
import pyarrow as pa
import pytest

from paycalc.engine import tiles
from paycalc.engine.faults.failed_asserts import FailedAsserts
from paycalc.engine.inputs.input_table import from_arrow
from paycalc.engine.machine import Machine
from paycalc.reference.interpreter import Evaluator
from paycalc.reference.run import arising
from tests.engine.encoded_by_hand import encoded
from tests.engine.test_engines import assert_same
from tests.reference.plan_runs import data_of, plan_of

PLAN = plan_of(
    """entity worker
  boss  : worker optional
  sales : money -1_000 .. 1_000
  hours : int 0 .. 400
table narrow of key int 0 .. 300 : int
  * : 1
let doubled = sales * 2
let judged  = narrow(hours)
pay base    = sales
pay shift   = narrow(hours) * 1 CNY when sales > 900
pay share   = round(sum(base of worker via boss) * 1%)
deduct fee  = 1
assert doubled < 1_700 "doubled"
assert judged is 1 "judged"
assert net >= 0 "negative"
assert net < 800 "too much"
assert sales is not 500 "half"
"""
)
ROWS = [
    {"worker": f"W{at}", "boss": f"W{at // 7}" if at % 5 == 0 and at else None,
     "sales": (at * 137) % 2_000 - 999, "hours": (at * 31) % 401}
    for at in range(120)
]  # fmt: skip


def test_they_are_those_of_the_interpreter():
    data = data_of(PLAN, worker=ROWS)
    evaluator = Evaluator(data)
    expected = {row: arising(evaluator, row) for row in range(len(ROWS))}
    columns = tiles.with_paid(encoded(data), tiles.NOBODY)
    machine = Machine(PLAN)
    unpaid = [row for row, flag in enumerate(machine.compute(columns, []).unpaid.tolist()) if flag]
    assert unpaid == [row for row, found in expected.items() if found is not None]
    found = FailedAsserts(PLAN, machine).among(columns, np.array(unpaid), None)
    assert found == {row: expected[row] for row in found}
    # Whoever fails the one assert in which a fault may arise is left to the interpreter, and so is who meets a fault.
    left = {expected[row][0].code.value for row in unpaid if row not in found}
    assert left == {"table-range"}
    assert {rule.message for _, rule in found.values()} >= {"doubled", "negative", "too much"}


@pytest.mark.parametrize("asked_max", [0, 10_000])
def test_a_run_rejects_the_same_by_either_way(monkeypatch, asked_max):
    monkeypatch.setattr(tiles, "ASKED_MAX", asked_max)
    columns = {name: [None if row[name] is None else str(row[name]) for row in ROWS] for name in ROWS[0]}
    tables = {"worker": from_arrow("worker", pa.table(columns), origin="worker")}
    rejects = assert_same(PLAN, tables)["rejects"]
    assert {"assert-failed", "table-range"} <= set(rejects["code"].to_pylist())
