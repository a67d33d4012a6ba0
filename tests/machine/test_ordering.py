"""The order of running totals, against Python's own sort."""

import numpy as np
import pyarrow as pa
import pytest

from paycalc.engine.machine import ordering
from paycalc.engine.machine.ordering import key_ranks, order_of


def plainly(groups, orders, ranks):
    """The order by sorting tuples; orders: whole numbers of Python."""
    alone = [row for row, group in enumerate(groups) if group < 0]
    others = [row for row, group in enumerate(groups) if group >= 0]
    return alone + sorted(others, key=lambda row: (groups[row], orders[row], ranks[row]))


def never():
    raise AssertionError("no ties, and still somebody asks for the ranks of keys")


@pytest.mark.parametrize("threads", [1, 3])
@pytest.mark.parametrize("groups_count", [1, 3, 200])
@pytest.mark.parametrize("largest", [1, 40, 2**63 - 1])
def test_random_rows(monkeypatch, threads, groups_count, largest):
    monkeypatch.setattr(ordering, "_ROWS_PER_PART", 50)
    random = np.random.default_rng((groups_count, largest % 1_000, threads))
    for count in (0, 1, 2, 24, 25, 26, 300, 2_000):
        groups = random.integers(-1, groups_count, count).astype(np.int32)
        orders = random.integers(-largest, largest, count, endpoint=True)
        ranks = random.permutation(count)
        found = order_of(groups, orders, lambda ranks=ranks: ranks, threads=threads)
        wanted = plainly(groups.tolist(), orders.tolist(), ranks.tolist())
        if found is None:
            assert wanted == list(range(count))
        else:
            assert found.dtype == np.int32
            assert found.tolist() == wanted


@pytest.mark.parametrize("name", ["falling", "organ pipe", "saw", "one far away", "equal"])
def test_one_large_group(name):
    count = 5_000
    rising = np.arange(count)
    orders = {
        "falling": rising[::-1].copy(),
        "organ pipe": np.minimum(rising, rising[::-1]),
        "saw": rising % 71,
        "one far away": np.where(rising == 0, count, rising),
        "equal": np.full(count, 7),
    }[name]
    ranks = np.random.default_rng(5).permutation(count)
    found = order_of(np.zeros(count, np.int32), orders, lambda: ranks)
    assert found.tolist() == plainly([0] * count, orders.tolist(), ranks.tolist())


def test_parts_that_keep_dividing_badly_go_by_heap():
    """In each part the median of the first, the middle and the last number is nearly the least."""
    half = 2_048
    orders = np.zeros(2 * half, np.int64)
    for place in range(1, half + 1):
        if place % 2:
            orders[[place - 1, place]] = place, half + place
        orders[half + place - 1] = 2 * place
    found = order_of(np.zeros(2 * half, np.int32), orders, lambda: np.arange(2 * half))
    assert found.tolist() == np.argsort(orders, kind="stable").tolist()


def test_rows_in_order_stay_and_ask_for_nothing():
    groups = np.array([-1, -1, 0, 0, 0, 2, 2], np.int32)
    assert order_of(groups, np.array([5, 5, -3, 0, 9, 1, 2]), never) is None
    assert order_of(np.full(3, -1, np.int32), np.zeros(3, np.int64), never) is None
    assert order_of(np.zeros(0, np.int32), np.zeros(0, np.int64), never) is None
    found = order_of(np.array([-1, 0, -1], np.int32), np.zeros(3, np.int64), never)
    assert found.tolist() == [0, 2, 1]


class KeysOf:
    """Keys as they come, and nothing else of them."""

    def __init__(self, array):
        self.array = array


@pytest.mark.parametrize(
    ("array", "rising"),
    [
        (pa.array([7, -9, 2**62, 0]), [1, 3, 0, 2]),
        (pa.array([2**64 - 1, 5, 2**63], pa.uint64()), [1, 2, 0]),
        (pa.chunked_array([["b", "ä"], ["B", "bb"]]), [2, 0, 3, 1]),
        (pa.array(["a", "ab", "b"]), [0, 1, 2]),
        (pa.array(["\U0001f600", "\uffee"]), [1, 0]),  # by UTF-8 bytes; by words of UTF-16 it would be the other way
        (pa.array([], pa.string()), []),
    ],
)
def test_ranks_rise_as_keys_do(array, rising):
    ranks = key_ranks(KeysOf(array))
    assert ranks.dtype == np.int64
    assert np.argsort(ranks).tolist() == rising
