"""A plan whose parcels are dated, held where they are bad, and carried where they are of another period."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import pyarrow as pa

from paycalc.check import check_plan
from paycalc.core.span import Source
from paycalc.engine.inputs.input_table import PARAMETERS_PREFIX, InputTable, from_arrow

TEXT = """\
plan parcels "Parcels"
  currency CNY
  period   month
  timezone Asia/Shanghai
  payee    worker

entity region
entity store
  region : region optional
entity worker
  days : int 0 .. 31
entity parcel dated at in worker when bad hold outside period carry
  store  : store
  at     : datetime
  weight : decimal(1) kg 0 .. 100
  size   : int 0 .. 20
  note   : int 0 .. 9
entity stop dated day in parcel outside period ignore
  day   : date
  metres : int m 0 .. 1_000

parameters of store
  fee     : money 0 .. 100
  per_kg  : money per kg 0 .. 10 = 1
  climb   : money 0 .. 10 optional

table narrow of size int 0 .. 10 : money
  ..5 : 0.10
  5.. : 0.20

let parcel.way    = sum(metres of stop)
let parcel.nth    = running_count(within worker by at)
let parcel.summed = running_sum(weight within worker by at)
let parcel.price  = store.fee + round(store.per_kg * weight) + narrow(size) + default(store.climb, 0.50)
let parcel.factor = weight / max(size, 1)
let busy          = count(parcel where size < 9)

pay piecework "Parcels" = sum(price of parcel)
pay later               = 0.25 CNY * count(parcel where nth > 2)
pay heavy               = 0.01 CNY * count(parcel where summed > 10)
pay far                 = 0.01 CNY per m * sum(way of parcel)
show noted              = sum(note of parcel)
show parcel.shown       = note * 2
show store.load         = sum(weight of parcel)
assert days < 31 or busy < 3 "too busy"
"""
PLAN = check_plan(Source("parcels.pay", TEXT))

REGIONS = [{"region": "R1"}]
STORES = [{"store": "S1", "region": "R1"}, {"store": "S2", "region": None}]
WORKERS = [{"worker": "W1", "days": 20}, {"worker": "W2", "days": 31}, {"worker": "W3", "days": 0}]
PARCELS = [
    {"parcel": number, "worker": worker, "store": store, "at": f"2026-{at}+08:00", "weight": weight, "size": size,
     "note": number % 10}
    for number, (worker, store, at, weight, size) in enumerate(
        (
            ("W1", "S1", "10-02T09:00", "2.5", 0),
            ("W1", "S2", "10-15T00:00", "4", 5),
            ("W1", "S1", "10-20T13:59", "1.5", 4),
            ("W1", "S1", "10-20T14:00", "3", 9),
            ("W2", "S2", "10-31T23:59", "0.5", 2),
            ("W2", "S1", "11-01T00:00", "0.5", 2),
        ),
        start=1,
    )
]  # fmt: skip
STOPS = [
    {"stop": f"T{at}", "parcel": parcel, "day": f"2026-{day}", "metres": metres}
    for at, (parcel, day, metres) in enumerate(
        ((1, "10-02", 100), (1, "10-03", 50), (2, "09-30", 700), (5, "10-31", 10), (6, "10-31", 20)), start=1
    )
]
RATES = [
    {"store": "S1", "region": None, "effective_from": "2026-01-01", "fee": "3", "per_kg": "0.80", "climb": None},
    {"store": "S1", "region": None, "effective_from": "2026-10-20T14:00+08:00", "fee": "3.50", "per_kg": None,
     "climb": "none"},
    {"store": None, "region": "R1", "effective_from": "2026-01-01", "fee": "9", "per_kg": "2", "climb": "1"},
    {"store": "S2", "region": None, "effective_from": "2026-10-10", "fee": "5", "per_kg": None, "climb": "2"},
]  # fmt: skip
TABLES = {"region": REGIONS, "store": STORES, "worker": WORKERS, "parcel": PARCELS, "stop": STOPS}

Rows = Sequence[Mapping[str, object]]


def table_of(name: str, rows: Rows, integers: Sequence[str] = ("parcel",)) -> InputTable:
    """Rows as an input table of texts; keys of parcels are numbers."""
    names = list(dict.fromkeys(column for row in rows for column in row))
    columns = {
        column: pa.array([row.get(column) for row in rows], pa.int64())
        if column in integers
        else pa.array([None if row.get(column) is None else str(row[column]) for row in rows], pa.string())
        for column in names
    }
    return from_arrow(name, pa.table(columns), origin=name)


def with_changes(*changes: tuple[str, int, str, object]) -> dict[str, list[dict[str, object]]]:
    """The rows of all tables with some cells changed: (entity, row, column, cell)."""
    tables = {name: [dict(row) for row in rows] for name, rows in TABLES.items()}
    for entity, row, column, value in changes:
        tables[entity][row][column] = value
    return tables


def inputs(tables: Mapping[str, Rows] = TABLES, rates: Rows = RATES) -> dict[str, InputTable]:
    """What a run takes."""
    found = {name: table_of(name, rows) for name, rows in tables.items()}
    found[PARAMETERS_PREFIX + "store"] = table_of(PARAMETERS_PREFIX + "store", rates, ())
    return found
