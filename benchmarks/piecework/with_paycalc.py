"""The plan, through the library as a backend uses it: bound once, run on Arrow tables, answers in cents."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pyarrow as pa

import paycalc
from benchmarks.piecework.data import PARAMETERS, RESULTS, Columns, Data

PLAN = Path(__file__).with_name("couriers.pay")
PERIOD = "2026-10"
_FACTORS = [name for name in PARAMETERS if name.endswith("_factor")]
_COUNTS = ("volume_divisor", "free_floors", "grace")
_SCALES: dict[str, int | str] = {
    **{f"store.{name}": 2 for name in PARAMETERS if name not in _COUNTS},
    **{f"store.{name}": 4 for name in _FACTORS},
    "store.fragile_share": "ratio:4",
}


def plan_text() -> str:
    """The plan."""
    return PLAN.read_text(encoding="utf-8")


def run_plan(data: Data, threads: int) -> Callable[[], paycalc.Result]:
    """The whole run: keys, checks, parameters, prices, sums."""
    bound = paycalc.compile(plan_text(), name=PLAN.name).bind(period=PERIOD, parameters={"store": data.store_table})
    tables = {"parcel": data.parcel_table, "courier": data.courier_table, "store": data.store_table.select(["store"])}

    def run() -> paycalc.Result:
        result = bound.run(tables, scales=_SCALES, engine="tiles", money="minor", columns=RESULTS, threads=threads)
        assert result.lines.num_rows == data.couriers
        return result

    return run


def columns(result: paycalc.Result) -> Columns:
    """The results as numpy has them."""
    lines = result.lines
    return {name: lines[name].cast(pa.int64()).to_numpy().astype(np.int64, copy=False) for name in RESULTS}
