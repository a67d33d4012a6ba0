"""The rules in C, compiled for this processor when asked. It writes into the same memory every time: no allocation."""

from __future__ import annotations

import ctypes
import shutil
import subprocess
import tempfile
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np

from benchmarks.store_incentive.data import RESULTS, Columns, Data

_SOURCE = Path(__file__).with_name("fused.c")
_FLAGS = ("-O3", "-march=native", "-std=c11", "-shared", "-fPIC")
_INPUTS = ("store", "sales", "hours", "days", "grade", "kpi")
_PARAMETERS = (
    "rate", "target", "accelerator", "floor_pay", "cap", "presence", "factor0", "factor1", "factor2", "minimum_wage",
)  # fmt: skip
_WIDTH = 16


def compiler() -> str | None:
    """Where the machine's C compiler is; None where there is none."""
    return shutil.which("cc")


def fused_loop(data: Data, threads: int) -> Callable[[], Columns]:
    """Compile, and lay out the parameters. Each thread has one share of the rows."""
    pay = _compile()
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


def _compile() -> Callable[..., None]:
    found = compiler()
    if found is None:
        raise RuntimeError("there is no C compiler on the path")
    with tempfile.TemporaryDirectory() as folder:
        library = Path(folder) / "fused.so"
        subprocess.run([found, *_FLAGS, str(_SOURCE), "-o", str(library)], check=True)
        pay = ctypes.CDLL(str(library)).pay  # stays loaded when its file is gone
    pay.restype = None
    return pay
