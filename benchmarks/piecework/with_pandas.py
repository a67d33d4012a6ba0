"""The rules in pandas: a merge, whole columns, and a group-by."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pandas as pd

from benchmarks.piecework.data import RESULTS, Columns, Data

_LIMITS = np.array([1_000, 3_000, 5_000, 10_000, 20_000])
_WEIGHT_FEES = np.array([0, 50, 120, 200, 380, 700])
_DISTANCE_FEES = np.array([0, 40, 110, 180, 320, 560])
_BUILDING_FEES = np.array([[0, 0], [30, 60], [50, 110], [80, 150], [20, 40]])


def run_frames(data: Data, threads: int) -> Callable[[], pd.DataFrame]:
    """pandas has one thread."""
    parcels, stores = pd.DataFrame(data.parcel), pd.DataFrame(data.store).astype(np.int64)
    stores["store"] = np.arange(len(stores), dtype=np.int32)

    def run() -> pd.DataFrame:
        prices = _price(parcels.merge(stores, on="store", how="left"))
        priced = pd.DataFrame({"courier": parcels["courier"], "price": prices})
        sums = priced.groupby("courier", sort=False)["price"].agg(["size", "sum"])
        sums = sums.reindex(np.arange(data.couriers), fill_value=0).astype(np.int64)
        count, piecework = sums["size"], sums["sum"]
        volume = (count - 20).clip(0, 20) * 5 + (count - 40).clip(0, 20) * 12 + (count - 60).clip(lower=0) * 20
        return pd.DataFrame(dict(zip(RESULTS, (count, piecework, volume, piecework + volume), strict=True)))

    return run


def columns(result: pd.DataFrame) -> Columns:
    """The results as numpy has them."""
    return {name: result[name].to_numpy() for name in RESULTS}


def _price(frame: pd.DataFrame) -> np.ndarray:
    """Of each parcel, in cents."""
    p = {name: frame[name].to_numpy() for name in frame.columns}
    length, width, height = (p[name].astype(np.int64) for name in ("length", "width", "height"))
    volumetric = _divide(length * width * height * 1_000, p["volume_divisor"])
    billed = np.maximum(p["weight"], volumetric)
    weight_fee = _WEIGHT_FEES[np.searchsorted(_LIMITS, billed)]
    weight_fee = weight_fee + (np.maximum(billed - 20_000, 0) + 999) // 1_000 * p["per_kilogram"]
    distance_fee = _DISTANCE_FEES[np.searchsorted(_LIMITS, p["distance"])]
    distance_fee = distance_fee + (np.maximum(p["distance"] - 20_000, 0) + 999) // 1_000 * 15
    building_fee = _BUILDING_FEES[p["building"], p["elevator"].astype(np.int8)]
    each_floor = np.where(p["elevator"], np.where(p["fits"], 0, p["carrying"]), p["per_floor"])
    large = (length > 120) | (length + width + height > 250)
    plain = (
        p["base"]
        + _divide(weight_fee * p["weight_factor"], 10_000)
        + _divide(distance_fee * p["distance_factor"], 10_000)
        + _divide(building_fee * p["building_factor"], 10_000)
        + np.maximum(p["floor"] - p["free_floors"], 0) * each_floor
        + np.where(large, p["oversize"], 0)
    )
    handled = plain + np.where(p["fragile"], _divide(plain * p["fragile_share"], 10_000), 0)
    lead, hour = p["lead"], p["hour"]
    lead_factor = np.where(lead <= 1, p["fast_factor"], np.where(lead <= 3, p["usual_factor"], p["slow_factor"]))
    timely = _divide(handled * lead_factor, 10_000)
    at_peak = np.where((hour >= 17) & (hour <= 20), _divide(timely * p["peak_factor"], 10_000), timely)
    extras = np.where((hour >= 22) | (hour < 6), p["night"], 0) + np.where(p["cod"], p["cod_fee"], 0)
    late = np.maximum(p["late"] - p["grace"], 0)
    penalty = np.minimum((late + 9) // 10 * p["late_penalty"], p["late_cap"])
    return np.minimum(np.maximum(at_peak + extras - penalty, p["least"]), p["most"])


def _divide(number: np.ndarray, divisor: int | np.ndarray) -> np.ndarray:
    """Rounded half up; nothing here is negative."""
    return (number + divisor // 2) // divisor
