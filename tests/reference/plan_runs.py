"""Plans from text and data from plain Python values, for the tests of the reference interpreter."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from paycalc.check import check_plan
from paycalc.check.typed import TypedPlan
from paycalc.core.span import Source
from paycalc.reference.admission import admit
from paycalc.reference.dataset import Dataset, RawTable
from paycalc.reference.faults import Fault, Faulted
from paycalc.reference.interpreter import Evaluator
from paycalc.reference.run import RunResult, run

HEADER = """plan trial
  currency CNY
  period month
  timezone Asia/Shanghai
  payee worker
"""
Rows = Sequence[Mapping[str, object]]
Tables = Rows | RawTable


def plan_of(body: str, header: str = HEADER) -> TypedPlan:
    return check_plan(Source("trial.pay", header + body))


def table(entity: str, rows: Rows) -> RawTable:
    """A table of the rows; a column that a row does not name is empty there."""
    names = dict.fromkeys(name for row in rows for name in row)
    return RawTable(entity, {name: [row.get(name) for row in rows] for name in names}, len(rows))


def data_of(
    plan: TypedPlan, period: str = "2026-10", parameters: Mapping | None = None, **tables: Rows | RawTable
) -> Dataset:
    raw = {name: rows if isinstance(rows, RawTable) else table(name, rows) for name, rows in tables.items()}
    return admit(plan, raw, parameters or {}, plan.period.parse(period))


def run_of(
    plan: TypedPlan, period: str = "2026-10", parameters: Mapping | None = None, **tables: Rows | RawTable
) -> RunResult:
    return run(data_of(plan, period, parameters, **tables), on_reject_share=None)


def rejects_of(result: RunResult) -> dict[object, str]:
    return {each.key: each.code.value for each in result.rejects}


COLUMNS = """entity worker
  a, b, c : decimal(2) -1_000 .. 1_000 = 0
  n       : int -100 .. 100 = 0
  pos     : decimal(2) 0.01 .. 1_000 = 1
  yes1, no1 : flag = yes
  o       : decimal(2) 0 .. 100 optional
  day1, day2 : date = 2026-01-31
  at      : datetime = 2026-10-15T08:30
  colour  : one of red, green, blue = red
  label   : text = "north"
"""


def evaluated(expression: str, body: str = "", **columns: object) -> object:
    """The value of an expression at a worker with these columns; a fault's code where there is none."""
    plan = plan_of(f"{COLUMNS}{body}let x = {expression}\npay p = 0\n")
    dataset = data_of(plan, worker=[{"worker": "W1", **columns}])
    try:
        return Evaluator(dataset).value(plan.entities["worker"].lines["x"], 0)
    except Faulted as faulted:
        return faulted.fault.code.value


def fault_of(expression: str, body: str = "", **columns: object) -> Fault:
    """The fault that an expression meets at a worker with these columns."""
    plan = plan_of(f"{COLUMNS}{body}let x = {expression}\npay p = 0\n")
    fault = Evaluator(data_of(plan, worker=[{"worker": "W1", **columns}])).fault(plan.entities["worker"].lines["x"], 0)
    assert fault is not None
    return fault
