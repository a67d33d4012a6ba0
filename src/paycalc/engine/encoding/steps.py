"""Ladders from data: the steps of each sheet, and what each of them says."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from paycalc.check.typed import Ladder
from paycalc.check.types import ReferenceType
from paycalc.engine.encoding.data_rows import ReadTable
from paycalc.engine.encoding.sheets import Unsound
from paycalc.engine.encoding.values import INT64_MAX, extent
from paycalc.graph.prepared import owner_of


@dataclass(frozen=True)
class Steps:
    """of_owner: by version, the first sheet of each row of the owner (without one: of the plan).

    thresholds  of all sheets, rising within each
    starts      where those of each sheet begin, int64 [sheets + 1]
    values      of each threshold
    counts      how many coordinates a further key has that is a reference
    """

    of_owner: Sequence[np.ndarray]
    thresholds: np.ndarray
    starts: np.ndarray
    values: np.ndarray
    counts: Mapping[int, int]

    def parts(self) -> dict[str, np.ndarray]:
        """What prepared.step_part names, at the cells of the steps: one more in each sheet than it has steps."""
        lengths = np.diff(self.starts)
        cells = np.arange(int(self.starts[-1]) + len(lengths))
        sheets = np.repeat(np.arange(len(lengths)), lengths + 1)
        first = self.starts[:-1][sheets]
        within = cells - first - sheets  # 0 below the first step
        step = first + np.maximum(within - 1, 0)
        above = first + np.minimum(within, lengths[sheets] - 1)
        below = within == 0
        values = np.where(below, 0, self.values[step])
        return {
            "threshold": self.thresholds[step],
            "value": values,
            "paid": self._paid()[step] * ~below,
            "next threshold": self.thresholds[above],
            "next value": self.values[above],
            "kept": self.values[step],
        }

    def _paid(self) -> np.ndarray:
        """What `marginal` pays up to each threshold."""
        thresholds, values = self.thresholds, self.values
        if not len(thresholds):
            return np.zeros(0, np.int64)
        widest = max(abs(bound) for bound in extent(values)) * (int(thresholds.max()) - int(thresholds.min()))
        dtype = object if values.dtype == object or widest * len(thresholds) > INT64_MAX else np.int64
        slices = np.zeros(len(thresholds), dtype)
        slices[1:] = values[:-1].astype(dtype) * np.diff(thresholds).astype(dtype)
        firsts = self.starts[:-1]
        slices[firsts] = 0
        sums = np.cumsum(slices)
        found: np.ndarray = sums - np.repeat(sums[firsts], np.diff(self.starts))
        return found


def steps_of(ladder: Ladder, read: ReadTable) -> Steps:
    """Raises Unsound where steps do not rise, or a group has none."""
    owner = owner_of(ladder)
    order = ([] if owner is None else [owner]) + [at for at in range(len(ladder.keys) - 1) if at != owner]
    places = {at: coordinates_of_group(read, at) for at in order}
    counts = [len(np.unique(places[at][places[at] >= 0])) for at in order]
    block = 1
    for at, count in zip(order, counts, strict=True):
        block *= 1 if at == owner else count
    groups = block * (counts[0] if owner is not None else 1)
    thresholds, starts, values, of_owner = [], [np.zeros(1, np.int64)], [], []
    for number, version in enumerate(read.versions):
        group = np.zeros(len(version.numbers), np.int64)
        for at, count in zip(order, counts, strict=True):
            low = version.lows[at] - (0 if isinstance(ladder.keys[at].type, ReferenceType) else read.ranges[at].low)
            group = group * count + places[at][low]
        arranged = np.argsort(group, kind="stable")
        group, rising = group[arranged], version.lows[-1][arranged]
        if ((group[1:] == group[:-1]) & (rising[1:] <= rising[:-1])).any():
            raise Unsound
        begin = np.searchsorted(group, np.arange(groups + 1))
        if (np.diff(begin) == 0).any():
            raise Unsound
        thresholds.append(rising)
        values.append(version.results[0][arranged])
        starts.append(begin[1:] + starts[-1][-1])
        first = np.zeros(1, np.int64) if owner is None else np.maximum(places[owner], 0) * block
        of_owner.append((first + number * groups).astype(np.int32))
    further = {
        at: count
        for at, count in zip(order, counts, strict=True)
        if at != owner and isinstance(ladder.keys[at].type, ReferenceType)
    }
    return Steps(of_owner, np.concatenate(thresholds), np.concatenate(starts), np.concatenate(values), further)


def coordinates_of_group(read: ReadTable, key: int) -> np.ndarray:
    """Of each value of a group key, from its least on, the coordinate; of a reference of each row of its target, where
    rows without a key of their own have -1."""
    whole = read.ranges[key]
    if whole.rows is None:
        return np.arange(whole.high - whole.low)
    found = np.full(whole.high, -1, np.int64)
    found[whole.rows] = np.arange(len(whole.rows))
    return found
