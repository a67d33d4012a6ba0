"""Thresholds that come with the data, laid out for the lane in which they are searched.

A search in a group takes the same steps in every row if all groups have as many thresholds; so each group is filled up
with numbers that no value reaches. Where one group has far more than the others that would take too much memory: then
the groups stand one behind the other, and every search looks up where its group begins and ends.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from paycalc.engine.encoded import Finder
from paycalc.engine.storage import Numbers

FILLED_RATIO = 4  # filled up, groups may take so many times the memory of their thresholds ...
FILLED_MIN = 65_536  # ... or so many thresholds in all
_I32 = np.iinfo(np.int32)


class LaidOut(NamedTuple):
    """thresholds  int32, int64, or int128 as pairs of words: of each group as many, or one behind the other
    cells       int32: how many thresholds each group has, or -1; how many groups there are; the result below the first
                threshold of each group; and, where the first number is -1, the groups' offsets
    """

    thresholds: Numbers
    cells: Numbers


def laid_out(finder: Finder, lane: str, *, absolute: bool) -> LaidOut:
    """The thresholds for values of a lane (I32: below its greatest number)."""
    offsets = finder.offsets if len(finder.offsets) > 1 else np.zeros(2, np.int32)
    counts = np.diff(offsets)
    groups, most = len(counts), int(counts.max())
    first = offsets[:-1] + np.arange(groups, dtype=np.int32) if absolute else np.zeros(groups, np.int32)
    is_filled = lane != "I128" and groups * most <= max(FILLED_RATIO * len(finder.thresholds), FILLED_MIN)
    thresholds = _in_lane(finder.thresholds, lane)
    if not is_filled and groups > 1:
        return LaidOut(thresholds, np.concatenate([[-1, groups], first, offsets]).astype(np.int32))
    if groups > 1:
        filled = np.full((groups, most), np.iinfo(thresholds.dtype).max, thresholds.dtype)
        filled[np.arange(most) < counts[:, None]] = thresholds
        thresholds = filled.reshape(-1)
    return LaidOut(thresholds, np.concatenate([[most, groups], first]).astype(np.int32))


def _in_lane(thresholds: Numbers, lane: str) -> Numbers:
    if lane == "I32":
        return thresholds.clip(_I32.min, _I32.max).astype(np.int32)
    if lane == "I64":
        return np.ascontiguousarray(thresholds, np.int64)
    words = np.empty((len(thresholds), 2), np.int64)
    words[:, 0], words[:, 1] = thresholds, thresholds >> 63
    return words.reshape(-1)
