"""The rules in numpy: whole columns at a time, or block by block so that they stay in the cache, on threads."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import numpy as np

from benchmarks.store_incentive.data import FACTORS, RESULTS, Columns, Data

_BLOCK_ROWS = 1 << 15
_THRESHOLDS = np.array([6_000, 8_000, 10_000, 12_000])
_SCORE_FACTORS = np.array([5_000, 8_000, 10_000, 11_000, 12_500])


def whole_columns(data: Data, threads: int) -> Callable[[], Columns]:
    """One expression after the other over all rows. numpy has one thread for this."""
    worker, store = data.worker, _parameters(data)

    def run() -> Columns:
        return dict(zip(RESULTS, _rules(worker, store), strict=True))

    return run


def blocks(data: Data, threads: int) -> Callable[[], Columns]:
    """The same in blocks of rows, each thread its own; numpy lets go of the interpreter's lock inside its loops."""
    worker, store = data.worker, _parameters(data)
    rows = len(worker["worker"])

    def run() -> Columns:
        results = {name: np.empty(rows, np.int64) for name in RESULTS}

        def fill(start: int) -> None:
            part = slice(start, start + _BLOCK_ROWS)
            found = _rules({name: column[part] for name, column in worker.items()}, store)
            for name, column in zip(RESULTS, found, strict=True):
                results[name][part] = column

        with ThreadPoolExecutor(threads) as pool:
            list(pool.map(fill, range(0, rows, _BLOCK_ROWS)))
        return results

    return run


def _parameters(data: Data) -> dict[str, np.ndarray]:
    """By store; the factors of the grades one after the other, grade by grade."""
    return {**data.store, "factor": np.concatenate([data.store[name] for name in FACTORS])}


def _rules(worker: Columns, store: Columns) -> tuple[np.ndarray, ...]:
    home, sales = worker["store"], worker["sales"]
    stores = len(store["store"])
    target = store["target"][home]
    product = np.minimum(sales, target) * store["rate"][home]
    product += np.maximum(sales - target, 0) * store["accelerator"][home]
    base = _divide(product, 10_000)
    grade_factor = store["factor"][worker["grade"] * np.int64(stores) + home]
    commission = _divide(base * grade_factor, 10_000)
    score_factor = _SCORE_FACTORS[np.searchsorted(_THRESHOLDS, worker["kpi"], side="right")]
    incentive = _divide(commission * score_factor, 10_000)
    np.maximum(incentive, store["floor_pay"][home], out=incentive)
    np.minimum(incentive, store["cap"][home], out=incentive)
    attendance = store["presence"][home] * (worker["days"] >= 22)
    earned = incentive + attendance
    wage = _divide(worker["hours"] * store["minimum_wage"][home], 100)
    top_up = np.maximum(wage - earned, 0)
    return commission, incentive, attendance, top_up, earned + top_up


def _divide(number: np.ndarray, divisor: int) -> np.ndarray:
    """Rounded half up; nothing here is negative. In place: the caller has no other use for `number`."""
    number += divisor // 2
    number //= divisor
    return number
