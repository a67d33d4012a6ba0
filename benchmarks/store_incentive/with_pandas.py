"""The rules in pandas: a merge, then whole columns."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pandas as pd

from benchmarks.store_incentive.data import RESULTS, Columns, Data


def run_frames(data: Data, threads: int) -> Callable[[], pd.DataFrame]:
    """pandas has one thread."""
    workers, stores = pd.DataFrame(data.worker), pd.DataFrame(data.store)

    def run() -> pd.DataFrame:
        frame = workers.merge(stores, on="store", how="left")
        sales, target, kpi, grade = frame["sales"], frame["target"], frame["kpi"], frame["grade"]
        over = (sales - target).clip(lower=0)
        base = (np.minimum(sales, target) * frame["rate"] + over * frame["accelerator"] + 5_000) // 10_000
        grade_factor = np.select([grade == 0, grade == 1], [frame["factor0"], frame["factor1"]], frame["factor2"])
        commission = (base * grade_factor + 5_000) // 10_000
        bands = [kpi < 6_000, kpi < 8_000, kpi < 10_000, kpi < 12_000]
        score_factor = np.select(bands, [5_000, 8_000, 10_000, 11_000], 12_500)
        scored = (commission * score_factor + 5_000) // 10_000
        incentive = np.minimum(np.maximum(scored, frame["floor_pay"]), frame["cap"])
        attendance = frame["presence"].where(frame["days"] >= 22, 0)
        earned = incentive + attendance
        wage = (frame["hours"] * frame["minimum_wage"] + 50) // 100
        top_up = (wage - earned).clip(lower=0)
        results = (commission, incentive, attendance, top_up, earned + top_up)
        return pd.DataFrame(dict(zip(RESULTS, results, strict=True)))

    return run


def columns(result: pd.DataFrame) -> Columns:
    """The results as numpy has them."""
    return {name: result[name].to_numpy() for name in RESULTS}
