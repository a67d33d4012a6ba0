"""A plan that uses a column of every type, and tables for it that are free of faults."""

from collections.abc import Mapping

import pyarrow as pa

from paycalc.check import check_plan
from paycalc.core.span import Source

TEXT = """\
plan visits "Paid visits"
  currency CNY
  period   month
  timezone Asia/Shanghai
  payee    worker

entity store
  open : date
entity worker
  store : store
  chief : worker optional
  grade : one of junior, senior
  sales : money 0 .. 10_000
  score : decimal(2) 0 .. 2
  hired : date
  paid  : flag
  note  : text = "none"
entity visit in worker at most 100 per worker
  at    : datetime
  price : money 0 .. 1_000

parameters of store
  rate : percent(2) 0% .. 50%
  cap  : money 0 .. 1_000 optional
  mark : text = "plain"
parameters
  wage : money per hour 0 .. 100
  base : decimal(1) hour 0 .. 400 = 10

let counted = if grade is senior and paid and hired < 2026-10-01 and note is not "off" then 1 else 0
let capped  = if given(store.cap) then min(round(sales * store.rate), store.cap) else round(sales * store.rate)

pay share "Share of sales" = capped * counted
pay trips "Trips" = sum(price of visit where hour(at) >= 8)
pay wages = round(base * wage) + round(score, 0) * 1 CNY when store.mark is "plain" and store.open < period.start
show team = count(worker via chief)
"""


def plan():
    return check_plan(Source("visits.pay", TEXT))


STORES = {"store": ["S1", "S2"], "open": ["2020-01-01", "2021-01-01"]}
WORKERS = {
    "worker": ["A", "B", "C"],
    "store": ["S1", "S2", "S1"],
    "chief": [None, "A", "A"],
    "grade": ["senior", "junior", "senior"],
    "sales": ["1000.00", "2000.00", "3000.00"],
    "score": ["1.50", "0.40", "0.60"],
    "hired": ["2020-05-01", "2021-05-01", "2026-10-01"],
    "paid": ["yes", "yes", "no"],
}
VISITS = {
    "visit": ["V1", "V2", "V3"],
    "worker": ["A", "A", "B"],
    "at": ["2026-10-01T08:00+08:00", "2026-10-01T07:59+08:00", "2026-10-02T20:00+08:00"],
    "price": ["10.00", "20.00", "40.00"],
}
STORE_PARAMETERS = {"store": ["S1", "S2"], "rate": ["2%", "3.50%"], "cap": ["15", None]}
PLAN_PARAMETERS = {"wage": ["2.50"]}
TABLES = {"store": STORES, "worker": WORKERS, "visit": VISITS}
PARAMETERS = {"store": STORE_PARAMETERS, "plan": PLAN_PARAMETERS}


def arrow(columns: Mapping) -> pa.Table:
    """The columns as an Arrow table of texts; Arrow arrays stay what they are."""
    return pa.table(
        {name: cells if isinstance(cells, pa.Array) else pa.array(cells) for name, cells in columns.items()}
    )


def tables(**changed: Mapping) -> dict[str, pa.Table]:
    """All tables as Arrow, with columns changed: `worker={"sales": [...]}`; a column that is None is left out."""
    return {name: arrow(with_changes(TABLES[name], changed.get(name, {}))) for name in TABLES}


def with_changes(columns: Mapping, changes: Mapping) -> dict:
    return {name: cells for name, cells in {**columns, **changes}.items() if cells is not None}
