"""The rules in SQL, over DuckDB's own tables. Insertion order is kept, as it is unless one says otherwise."""

from __future__ import annotations

from collections.abc import Callable

import duckdb
import numpy as np
import pyarrow as pa

from benchmarks.store_incentive.data import RESULTS, Columns, Data

_QUERY = """
with priced as (
  select
    worker,
    (  ((least(sales, target) * rate + greatest(sales - target, 0) * accelerator + 5000) // 10000)
       * case grade when 0 then factor0 when 1 then factor1 else factor2 end
       + 5000
    ) // 10000 as commission,
    case when kpi < 6000 then 5000 when kpi < 8000 then 8000 when kpi < 10000 then 10000 when kpi < 12000 then 11000
      else 12500 end as score_factor,
    floor_pay,
    cap,
    case when days >= 22 then presence else 0 end as attendance,
    (hours::bigint * minimum_wage + 50) // 100 as wage
  from workers join stores using (store)
),
scored as (
  select *, least(greatest((commission * score_factor + 5000) // 10000, floor_pay), cap) as incentive from priced
),
topped as (
  select *, greatest(wage - incentive - attendance, 0) as top_up from scored
)
select worker, commission, incentive, attendance, top_up, incentive + attendance + top_up as gross from topped
"""


def run_sql(data: Data, threads: int) -> Callable[[], pa.Table]:
    """The query, and its result as an Arrow table."""
    connection = duckdb.connect(config={"threads": threads})
    for name, table in (("workers", data.worker_table), ("stores", data.store_table)):
        connection.register("incoming", table)
        connection.execute(f"create table {name} as select * from incoming")
        connection.unregister("incoming")
    return lambda: connection.sql(_QUERY).to_arrow_table()


def columns(result: pa.Table) -> Columns:
    """The results as numpy has them, in the order of the workers."""
    order = np.argsort(result["worker"].to_numpy(), kind="stable")
    return {name: result[name].to_numpy().astype(np.int64)[order] for name in RESULTS}
