"""The order of running totals: the rows of each group one after the other, in rising order, ties by key.

Memory: 4 bytes a row for the order itself, and 8 bytes a row of the largest group for each thread.
"""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from itertools import pairwise

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from paycalc import _kernels
from paycalc.engine.encoded import Keys
from paycalc.engine.encoding.memory import address, fixed
from paycalc.engine.encoding.values import extent

_ROWS_PER_PART = 200_000  # with fewer rows a thread costs more than it saves


def order_of(
    groups: np.ndarray, orders: np.ndarray, ask_ranks: Callable[[], np.ndarray], *, threads: int = 1
) -> np.ndarray | None:
    """The rows in the order in which running totals go through them, int32 [n]: a permutation. None: as they lie.

    groups     int32 [n], the group of each row; -1: none, it is alone. Such rows come first, as they lie; then the rows
               of group 0, of group 1, and so on
    orders     int64 [n], the rows of a group rise by it
    ask_ranks  int64 [n], by which equal ones rise; called where there are such
    """
    count = len(groups)
    groups, orders = np.ascontiguousarray(groups, np.int32), np.ascontiguousarray(orders, np.int64)
    if count == 0 or _kernels.is_ordered(address(groups), address(orders), count):
        return None
    groups_count = extent(groups)[1] + 1
    places, rows = np.zeros(groups_count + 1, np.int32), np.empty(count, np.int32)
    _kernels.rows_by_group(address(groups), count, address(places), groups_count, address(rows))
    parts = _parts(places, groups_count, threads)
    if any(_each(partial(_order_rows, places, orders, rows), parts)):
        ranks = np.ascontiguousarray(ask_ranks(), np.int64)
        _each(partial(_order_ties, places, orders, ranks, rows), parts)
    return rows


def _parts(places: np.ndarray, groups_count: int, threads: int) -> list[tuple[int, int]]:
    """Groups for each thread, with about as many rows."""
    count = int(places[-1]) - int(places[0])
    shares = max(1, min(threads, count // _ROWS_PER_PART))
    wanted = int(places[0]) + np.arange(1, shares) * (count // shares)
    bounds = [0, *np.searchsorted(places, wanted).tolist(), groups_count]
    return list(pairwise(bounds))


def _each(work: Callable[[tuple[int, int]], bool], parts: list[tuple[int, int]]) -> list[bool]:
    if len(parts) == 1:
        return [work(parts[0])]
    with ThreadPoolExecutor(len(parts)) as pool:
        return list(pool.map(work, parts))


def _room(places: np.ndarray, first: int, last: int) -> np.ndarray:
    """Memory for the numbers of the largest of some groups."""
    return np.empty(int(np.diff(places[first : last + 1]).max(initial=1)), np.int64)


def _order_rows(places: np.ndarray, orders: np.ndarray, rows: np.ndarray, part: tuple[int, int]) -> bool:
    taken = _room(places, *part)
    return _kernels.order_rows(address(places), *part, address(orders), address(taken), address(rows))


def _order_ties(
    places: np.ndarray, orders: np.ndarray, ranks: np.ndarray, rows: np.ndarray, part: tuple[int, int]
) -> bool:
    taken = _room(places, *part)
    _kernels.order_ties(address(places), *part, address(orders), address(ranks), address(taken), address(rows))
    return True


def key_ranks(keys: Keys) -> np.ndarray:
    """Numbers that rise as the keys of an entity's rows do, int64 [n]: whole numbers by value, texts by UTF-8 bytes.

    A row without a key is faulty; its number is any.
    """
    array = keys.array
    chunks = array.chunks if isinstance(array, pa.ChunkedArray) else [array]
    if pa.types.is_int64(array.type):
        return np.concatenate([*(fixed(chunk, np.dtype(np.int64)) for chunk in chunks), np.zeros(0, np.int64)])
    ranks = np.arange(len(array))
    if array.null_count or not pc.all(pc.less_equal(array.slice(0, max(len(array) - 1, 0)), array.slice(1))).as_py():
        ranks[np.asarray(pc.sort_indices(array))] = np.arange(len(array))
    return ranks
