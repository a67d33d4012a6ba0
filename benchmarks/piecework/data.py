"""The parcels and stores, from a seed; and what is compared: a count and three amounts of each courier."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pyarrow as pa

SEED = 202
ROWS, STORES = 20_000_000, 2_000
PARCELS_PER_COURIER = 40
RESULTS = ("parcels", "piecework", "volume", "gross")
FLAGS = ("elevator", "fits", "fragile", "cod")
PARAMETERS = {
    "base": (150, 300),
    "volume_divisor": (4_000, 8_000),
    "weight_factor": (9_000, 12_000),
    "distance_factor": (9_000, 12_000),
    "building_factor": (9_000, 12_000),
    "per_kilogram": (10, 40),
    "per_floor": (10, 30),
    "carrying": (5, 20),
    "free_floors": (1, 4),
    "night": (50, 150),
    "peak_factor": (10_000, 13_000),
    "fragile_share": (500, 2_000),
    "cod_fee": (20, 60),
    "grace": (5, 20),
    "late_penalty": (5, 30),
    "late_cap": (50, 150),
    "fast_factor": (9_000, 10_000),
    "usual_factor": (10_000, 11_000),
    "slow_factor": (11_000, 12_500),
    "least": (150, 250),
    "most": (1_500, 4_000),
    "oversize": (50, 300),
}

Columns = Mapping[str, np.ndarray]


@dataclass(frozen=True)
class Data:
    """parcel    weight, distance, store, courier int32; length, width, height, late int16; building, floor, lead, hour
              int8; elevator, fits, fragile, cod bool. Stores and couriers are numbered from 0, in no order.
    couriers  how many;  store: int32, the parameters, amounts in cents, factors and shares in ten-thousandths
    text_keys  whether tables give stores and couriers as texts, `C00000017`
    """

    parcel: dict[str, np.ndarray]
    couriers: int
    store: dict[str, np.ndarray]
    text_keys: bool = False

    @cached_property
    def parcel_table(self) -> pa.Table:
        """Numbers without a copy; flags as Arrow has them, a bit each."""
        columns = {name: pa.array(column) for name, column in self.parcel.items()}
        for name, (mark, count) in self._keyed.items():
            if self.text_keys:
                columns[name] = _texts(mark, count).take(columns[name])
        return pa.table(columns)

    @cached_property
    def courier_table(self) -> pa.Table:
        """Nothing but their keys."""
        return pa.table({"courier": self._keys("courier")})

    @cached_property
    def store_table(self) -> pa.Table:
        """The keys and the parameters."""
        return pa.table({"store": self._keys("store"), **self.store})

    @property
    def _keyed(self) -> dict[str, tuple[str, int]]:
        return {"courier": ("C", self.couriers), "store": ("S", len(self.store["base"]))}

    def _keys(self, entity: str) -> pa.Array:
        mark, count = self._keyed[entity]
        return _texts(mark, count) if self.text_keys else pa.array(np.arange(count, dtype=np.int32))


def make_data(rows: int = ROWS, stores: int = STORES, seed: int = SEED, *, text_keys: bool = False) -> Data:
    """The same for the same arguments. Some couriers have many parcels; one parcel in ten is of a foreign store."""
    draw = np.random.default_rng(seed)
    couriers = max(rows // PARCELS_PER_COURIER, 1)
    shuffled = draw.permutation(couriers).astype(np.int32)
    courier = shuffled[np.minimum((couriers * draw.random(rows) ** 1.5).astype(np.int32), couriers - 1)]
    home = (courier.astype(np.int64) * stores // couriers).astype(np.int32)
    foreign = draw.random(rows, dtype=np.float32) < 0.1
    parcel: dict[str, np.ndarray] = {
        "courier": courier,
        "store": np.where(foreign, draw.integers(0, stores, rows, dtype=np.int32), home),
        "weight": np.minimum(draw.lognormal(8.0, 1.0, rows), 60_000).astype(np.int32),
        "length": draw.integers(5, 150, rows, dtype=np.int16),
        "width": draw.integers(5, 100, rows, dtype=np.int16),
        "height": draw.integers(2, 90, rows, dtype=np.int16),
        "distance": draw.integers(50, 30_000, rows, dtype=np.int32),
        "building": draw.integers(0, 5, rows, dtype=np.int8),
        "floor": draw.integers(1, 31, rows, dtype=np.int8),
        "elevator": draw.random(rows, dtype=np.float32) < 0.6,
        "fits": draw.random(rows, dtype=np.float32) < 0.8,
        "lead": draw.integers(0, 6, rows, dtype=np.int8),
        "hour": draw.integers(0, 24, rows, dtype=np.int8),
        "fragile": draw.random(rows, dtype=np.float32) < 0.1,
        "cod": draw.random(rows, dtype=np.float32) < 0.15,
        "late": np.maximum(draw.integers(-60, 90, rows, dtype=np.int16), 0),
    }
    parameters = {name: draw.integers(low, high, stores, dtype=np.int32) for name, (low, high) in PARAMETERS.items()}
    return Data(parcel, couriers, parameters, text_keys)


def _texts(mark: str, count: int) -> pa.Array:
    return pa.array([f"{mark}{number:08}" for number in range(count)])


def fingerprint(results: Columns) -> str:
    """SHA-256 over all results, int64 in the order of the couriers, column after column."""
    digest = hashlib.sha256()
    for name in RESULTS:
        column = np.ascontiguousarray(results[name])
        if column.dtype != np.int64:
            raise TypeError(f"{name} is {column.dtype}, not int64")
        digest.update(column.data)
    return digest.hexdigest()
