"""The rules in C, compiled for this processor when asked. It writes into the same memory every time: no allocation."""

from __future__ import annotations

import ctypes
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np

from benchmarks.compiled import library_of
from benchmarks.store_incentive.data import RESULTS, Columns, Data

_SOURCE = Path(__file__).with_name("fused.c")
_INPUTS = ("store", "sales", "hours", "days", "grade", "kpi")
_PARAMETERS = (
    "rate", "target", "accelerator", "floor_pay", "cap", "presence", "factor0", "factor1", "factor2", "minimum_wage",
)  # fmt: skip
_WIDTH = 16


def fused_loop(data: Data, threads: int) -> Callable[[], Columns]:
    """Compile, and lay out the parameters. Each thread has one share of the rows."""
    pay = library_of(_SOURCE).pay
    pay.restype = None
    rows = len(data.worker["worker"])
    parameters = np.zeros((len(data.store["store"]), _WIDTH), np.int32)
    for position, name in enumerate(_PARAMETERS):
        parameters[:, position] = data.store[name]
    inputs = [np.ascontiguousarray(data.worker[name]) for name in _INPUTS]
    results = {name: np.zeros(rows, np.int64) for name in RESULTS}
    bounds = [rows * share // threads for share in range(threads + 1)]

    def run() -> Columns:
        def share(number: int) -> None:
            ins = [ctypes.c_void_p(column.ctypes.data) for column in (*inputs, parameters)]
            outs = [ctypes.c_void_p(column.ctypes.data) for column in results.values()]
            pay(*ins, ctypes.c_int64(bounds[number]), ctypes.c_int64(bounds[number + 1]), *outs)

        with ThreadPoolExecutor(threads) as pool:
            list(pool.map(share, range(threads)))
        return results

    return run
