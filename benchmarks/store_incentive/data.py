"""The workers and stores, from a seed; and what is compared: five columns of cents, and their fingerprint."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pyarrow as pa

SEED = 101
ROWS, STORES = 5_000_000, 5_000
RESULTS = ("commission", "incentive", "attendance", "top_up", "gross")
FACTORS = ("factor0", "factor1", "factor2")
_SALES_MAX = 4_000_000_00

Columns = Mapping[str, np.ndarray]


@dataclass(frozen=True)
class Data:
    """worker  worker int64; store, hours int32; sales int64; days, grade int8; kpi int16
    store   int64: store, and the ten parameters
    """

    worker: dict[str, np.ndarray]
    store: dict[str, np.ndarray]

    @property
    def worker_table(self) -> pa.Table:
        """Without a copy."""
        return pa.table(self.worker)

    @property
    def store_table(self) -> pa.Table:
        """Without a copy."""
        return pa.table(self.store)


def make_data(rows: int = ROWS, stores: int = STORES, seed: int = SEED) -> Data:
    """The same for the same arguments. Stores are numbered from 0, workers from 1, and no worker knows another."""
    draw = np.random.default_rng(seed)
    sales = np.minimum(draw.lognormal(13.8, 0.7, rows), _SALES_MAX).astype(np.int64)
    worker: dict[str, np.ndarray] = {
        "worker": np.arange(1, rows + 1),
        "store": draw.integers(0, stores, rows, dtype=np.int32),
        "sales": sales,
        "hours": draw.integers(40_00, 220_00, rows, dtype=np.int32),
        "days": draw.integers(10, 28, rows, dtype=np.int8),
        "grade": draw.integers(0, 3, rows, dtype=np.int8),
        "kpi": draw.integers(3_000, 14_000, rows, dtype=np.int16),
    }
    bounds = {
        "rate": (50, 400),
        "target": (500_00, 20_000_00),
        "accelerator": (400, 900),
        "floor_pay": (20_00, 150_00),
        "cap": (600_00, 3_000_00),
        "presence": (0, 100_00),
        "factor0": (9_000, 10_000),
        "factor1": (10_000, 12_000),
        "factor2": (12_000, 15_000),
        "minimum_wage": (12_00, 25_00),
    }
    parameters = {name: draw.integers(low, high, stores) for name, (low, high) in bounds.items()}
    return Data(worker, {"store": np.arange(stores), **parameters})


def fingerprint(results: Columns) -> str:
    """SHA-256 over all results, int64 in the order of the workers, column after column."""
    digest = hashlib.sha256()
    for name in RESULTS:
        column = np.ascontiguousarray(results[name])
        if column.dtype != np.int64:
            raise TypeError(f"{name} is {column.dtype}, not int64")
        digest.update(column.data)
    return digest.hexdigest()
