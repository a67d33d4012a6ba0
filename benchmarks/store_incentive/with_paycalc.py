"""The plan, through the library as a backend uses it: bound once, run on Arrow tables, answers in cents."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import pyarrow as pa

import paycalc
from benchmarks.store_incentive.data import FACTORS, RESULTS, Columns, Data

PLAN = Path(__file__).with_name("ten_parameters.pay")
PERIOD = "2026-10"
_RANGE = re.compile(r" [\d_.%]+ \.\. [\d_.%]+$", re.MULTILINE)
_SCALES = {
    "worker.sales": 2,
    "worker.hours": 2,
    "worker.kpi": 4,
    **{f"store.{name}": 2 for name in ("target", "floor_pay", "cap", "presence", "minimum_wage")},
    **{f"store.{name}": "ratio:4" for name in ("rate", "accelerator")},
    **{f"store.{name}": 4 for name in FACTORS},
}


def plan_text() -> str:
    """The plan."""
    return PLAN.read_text(encoding="utf-8")


def plan_text_without_ranges() -> str:
    """The plan with its declared ranges deleted; what lies in the data is all that is known of them then."""
    head, example, rest = plan_text().partition("\nexample ")
    return _RANGE.sub("", head) + example + rest


def with_ranges(data: Data, threads: int) -> Callable[[], paycalc.Result]:
    """The plan as it is."""
    return _runs(plan_text(), data, threads)


def without_ranges(data: Data, threads: int) -> Callable[[], paycalc.Result]:
    """The plan without declared ranges."""
    return _runs(plan_text_without_ranges(), data, threads)


def columns(result: paycalc.Result) -> Columns:
    """The results as numpy has them. What is stored wider for want of a declared range is cents all the same."""
    lines = result.lines
    return {name: lines[name].cast(pa.int64()).to_numpy() for name in RESULTS}


def _runs(text: str, data: Data, threads: int) -> Callable[[], paycalc.Result]:
    bound = paycalc.compile(text, name=PLAN.name).bind(period=PERIOD, parameters={"store": data.store_table})
    stores = data.store_table.select(["store"])
    tables = {"worker": data.worker_table, "store": stores}

    def run() -> paycalc.Result:
        result = bound.run(tables, scales=_SCALES, engine="tiles", money="minor", columns=RESULTS, threads=threads)
        assert result.lines.num_rows == len(data.worker["worker"])
        return result

    return run
