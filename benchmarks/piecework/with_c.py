"""The rules in C. Accumulators and results are made once: no allocation in a run."""

from __future__ import annotations

import ctypes
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np

from benchmarks.compiled import library_of
from benchmarks.piecework.data import FLAGS, PARAMETERS, RESULTS, Columns, Data

_SOURCE = Path(__file__).with_name("fused.c")
_INPUTS = (
    "store", "courier", "weight", "length", "width", "height", "distance", "building", "floor", "elevator", "fits",
    "lead", "hour", "fragile", "cod", "late",
)  # fmt: skip
_WIDTH = 24


def fused_loop(data: Data, threads: int) -> Callable[[], Columns]:
    """Compile, and lay out the parameters. Each thread has one share of the rows, and sums of its own."""
    library = library_of(_SOURCE)
    library.price_parcels.restype = library.pay.restype = None
    rows, couriers = len(data.parcel["courier"]), data.couriers
    parameters = np.zeros((len(data.store["base"]), _WIDTH), np.int32)
    for position, name in enumerate(PARAMETERS):
        parameters[:, position] = data.store[name]
    inputs = [data.parcel[name].view(np.uint8) if name in FLAGS else data.parcel[name] for name in _INPUTS]
    sums = np.zeros((threads, couriers, 2), np.int64)
    results = {name: np.zeros(couriers, np.int64) for name in RESULTS}
    of_parcels = [rows * share // threads for share in range(threads + 1)]
    of_couriers = [couriers * share // threads for share in range(threads + 1)]

    def run() -> Columns:
        def price(share: int) -> None:
            sums[share] = 0
            ins = [_at(column) for column in (*inputs, parameters)]
            library.price_parcels(*ins, _number(of_parcels[share]), _number(of_parcels[share + 1]), _at(sums[share]))

        def pay(share: int) -> None:
            bounds = (_number(of_couriers[share]), _number(of_couriers[share + 1]))
            outs = [_at(column) for column in results.values()]
            library.pay(_at(sums), _number(threads), _number(couriers), *bounds, *outs)

        with ThreadPoolExecutor(threads) as pool:
            list(pool.map(price, range(threads)))
            list(pool.map(pay, range(threads)))
        return results

    return run


def _at(column: np.ndarray) -> ctypes.c_void_p:
    return ctypes.c_void_p(column.ctypes.data)


def _number(value: int) -> ctypes.c_int64:
    return ctypes.c_int64(value)
