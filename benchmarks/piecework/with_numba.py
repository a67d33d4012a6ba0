"""The rules as a loop that numba compiles: one function over all parcels, each thread with sums of its own."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from benchmarks.piecework.data import PARAMETERS, RESULTS, Columns, Data

try:
    import numba
except ImportError:  # it is not made for every version of Python
    numba = None

_INPUTS = (
    "weight", "length", "width", "height", "distance", "building", "floor", "elevator", "fits", "lead", "hour",
    "fragile", "cod", "late",
)  # fmt: skip
_BUILDING_FEES = np.array([[0, 0], [30, 60], [50, 110], [80, 150], [20, 40]])


def compiled_loop(data: Data, threads: int) -> Callable[[], Columns]:
    """Compiled by the first run."""
    numba.set_num_threads(threads)
    sums = _compiled()
    # A row a store: what one parcel needs lies together.
    parameters = np.stack([data.store[name].astype(np.int64) for name in PARAMETERS], axis=1)
    inputs = [data.parcel[name] for name in _INPUTS]

    def run() -> Columns:
        count, piecework = sums(
            data.parcel["courier"], data.parcel["store"], parameters, _BUILDING_FEES, data.couriers, threads, *inputs
        )
        volume = np.clip(count - 20, 0, 20) * 5 + np.clip(count - 40, 0, 20) * 12 + np.maximum(count - 60, 0) * 20
        return dict(zip(RESULTS, (count, piecework, volume, piecework + volume), strict=True))

    return run


def _compiled() -> Any:
    price = numba.njit(inline="always")(_price)

    @numba.njit(parallel=True, cache=False)
    def sums(
        courier, store, parameters, building_fees, couriers, threads,
        weight, length, width, height, distance, building, floor, elevator, fits, lead, hour, fragile, cod, late,
    ):  # type: ignore[no-untyped-def]  # fmt: skip
        rows = len(courier)
        totals = np.zeros((threads, couriers, 2), np.int64)
        for thread in numba.prange(threads):
            own = totals[thread]
            for i in range(rows * thread // threads, rows * (thread + 1) // threads):
                own[courier[i], 0] += 1
                own[courier[i], 1] += price(
                    parameters[store[i]], building_fees, np.int64(weight[i]), np.int64(length[i]), np.int64(width[i]),
                    np.int64(height[i]), np.int64(distance[i]), building[i], np.int64(floor[i]), elevator[i], fits[i],
                    lead[i], hour[i], fragile[i], cod[i], np.int64(late[i]),
                )  # fmt: skip
        for thread in range(1, threads):
            totals[0] += totals[thread]
        return totals[0, :, 0].copy(), totals[0, :, 1].copy()

    return sums


def _price(
    p, building_fees, weight, length, width, height, distance, building, floor, elevator, fits, lead, hour, fragile,
    cod, late,
):  # type: ignore[no-untyped-def]  # fmt: skip
    """Of one parcel, in cents; p: the store's parameters in the order of PARAMETERS."""
    billed = max(weight, (length * width * height * 1_000 + p[1] // 2) // p[1])
    fee = 0
    if billed > 20_000:
        fee = 700 + (billed - 20_000 + 999) // 1_000 * p[5]
    elif billed > 10_000:
        fee = 380
    elif billed > 5_000:
        fee = 200
    elif billed > 3_000:
        fee = 120
    elif billed > 1_000:
        fee = 50
    way = 0
    if distance > 20_000:
        way = 560 + (distance - 20_000 + 999) // 1_000 * 15
    elif distance > 10_000:
        way = 320
    elif distance > 5_000:
        way = 180
    elif distance > 3_000:
        way = 110
    elif distance > 1_000:
        way = 40
    price = p[0] + (fee * p[2] + 5_000) // 10_000 + (way * p[3] + 5_000) // 10_000
    price += (building_fees[building, 1 if elevator else 0] * p[4] + 5_000) // 10_000
    if not elevator:
        price += max(floor - p[8], 0) * p[6]
    elif not fits:
        price += max(floor - p[8], 0) * p[7]
    if length > 120 or length + width + height > 250:
        price += p[21]
    if fragile:
        price += (price * p[11] + 5_000) // 10_000
    factor = p[16] if lead <= 1 else p[17] if lead <= 3 else p[18]
    price = (price * factor + 5_000) // 10_000
    if 17 <= hour <= 20:
        price = (price * p[10] + 5_000) // 10_000
    if hour >= 22 or hour < 6:
        price += p[9]
    if cod:
        price += p[12]
    price -= min((max(late - p[13], 0) + 9) // 10 * p[14], p[15])
    return min(max(price, p[19]), p[20])
