"""The rules in SQL, over DuckDB's own tables. Insertion order is kept, as it is unless one says otherwise."""

from __future__ import annotations

from collections.abc import Callable

import duckdb
import numpy as np
import pyarrow as pa

from benchmarks.piecework.data import RESULTS, Columns, Data

_BAND = """case when {0} <= 1000 then 0 when {0} <= 3000 then {1} when {0} <= 5000 then {2} when {0} <= 10000 then {3}
      when {0} <= 20000 then {4} else {5} end"""
_QUERY = f"""
with billed as (
  select *,
    greatest(weight, (length::int * width * height * 1000 + volume_divisor // 2) // volume_divisor) as billed
  from parcels join stores using (store)
),
plain as (
  select *,
    base
    + (({_BAND.format("billed", 50, 120, 200, 380, 700)}
        + (greatest(billed - 20000, 0) + 999) // 1000 * per_kilogram) * weight_factor + 5000) // 10000
    + (({_BAND.format("distance", 40, 110, 180, 320, 560)}
        + (greatest(distance - 20000, 0) + 999) // 1000 * 15) * distance_factor + 5000) // 10000
    + ((case building when 0 then 0 when 1 then if(elevator, 60, 30) when 2 then if(elevator, 110, 50)
        when 3 then if(elevator, 150, 80) else if(elevator, 40, 20) end) * building_factor + 5000) // 10000
    + greatest(floor - free_floors, 0) * case when not elevator then per_floor when not fits then carrying else 0 end
    + if(length > 120 or length + width + height > 250, oversize, 0) as plain
  from billed
),
timely as (
  select *,
    ((plain + if(fragile, (plain * fragile_share + 5000) // 10000, 0))
      * case when lead <= 1 then fast_factor when lead <= 3 then usual_factor else slow_factor end + 5000) // 10000
      as timely
  from plain
),
priced as (
  select courier,
    least(greatest(
      if(hour between 17 and 20, (timely * peak_factor + 5000) // 10000, timely)
      + if(hour >= 22 or hour < 6, night, 0) + if(cod, cod_fee, 0)
      - least((greatest(late - grace, 0) + 9) // 10 * late_penalty, late_cap),
      least), most) as price
  from timely
),
sums as (
  select courier, count(*) as parcels, sum(price)::bigint as piecework from priced group by courier
),
paid as (
  select courier, coalesce(parcels, 0) as parcels, coalesce(piecework, 0) as piecework
  from couriers left join sums using (courier)
)
select *, piecework + volume as gross
from (
  select *,
    least(greatest(parcels - 20, 0), 20) * 5 + least(greatest(parcels - 40, 0), 20) * 12
      + greatest(parcels - 60, 0) * 20 as volume
  from paid
)
"""


def run_sql(data: Data, threads: int) -> Callable[[], pa.Table]:
    """The query, and its result as an Arrow table."""
    connection = duckdb.connect(config={"threads": threads})
    tables = {"parcels": data.parcel_table, "stores": data.store_table, "couriers": data.courier_table}
    for name, table in tables.items():
        connection.register("incoming", table)
        connection.execute(f"create table {name} as select * from incoming")
        connection.unregister("incoming")
    return lambda: connection.sql(_QUERY).to_arrow_table()


def columns(result: pa.Table) -> Columns:
    """The results as numpy has them, in the order of the couriers."""
    order = np.argsort(result["courier"].to_numpy(), kind="stable")
    return {name: result[name].to_numpy().astype(np.int64)[order] for name in RESULTS}
