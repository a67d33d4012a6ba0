"""What the door and the results do to whole columns, against Python's own functions."""

import random
from itertools import pairwise

import numpy as np
import pytest

from paycalc._kernels import (
    MERGES,
    STORAGES,
    count_outside,
    count_rows,
    end_of_group,
    extent,
    is_rising,
    list_outside,
    merge,
    narrow_i128,
    remove_rows,
    run_along,
    sum_column,
)
from tests.kernels.tiles import Column, high_of, low_of

COUNTS = (1, 2, 3, 15, 16, 17, 100, 1_001)


def column_of(storage: str, values: list[int]) -> Column:
    return Column(storage, values, shift=8 if storage == "i128" else 0)


def values_of(storage: str, count: int, choice: random.Random) -> list[int]:
    low, high = low_of(storage), high_of(storage)
    found = [choice.choice((low, high, 0, choice.randint(low, high), choice.randint(low, high))) for _ in range(count)]
    return found


@pytest.mark.parametrize("storage", STORAGES)
def test_extent_and_sum(storage):
    choice = random.Random(storage)
    for count in COUNTS:
        values = values_of(storage, count, choice)
        column = column_of(storage, values)
        assert extent(column.address, storage, count) == (min(values), max(values))
        assert sum_column(column.address, storage, count) == sum(values)
    same = column_of(storage, [high_of(storage)] * 777)
    assert sum_column(same.address, storage, 777) == 777 * high_of(storage)
    same = column_of(storage, [low_of(storage)] * 777)
    assert sum_column(same.address, storage, 777) == 777 * low_of(storage)
    assert sum_column(same.address, storage, 0) == 0
    with pytest.raises(ValueError, match="a column without rows has no extent"):
        extent(same.address, storage, 0)


@pytest.mark.parametrize("storage", ["i8", "u8", "i16", "u16", "i32", "u32", "i64"])
def test_outside(storage):
    choice = random.Random(storage)
    for count in (0, *COUNTS):
        values = values_of(storage, count, choice)
        column = column_of(storage, values)
        for low, high in ((low_of(storage), high_of(storage)), (0, 0), (1, 99), (low_of(storage), 3)):
            expected = [row for row, value in enumerate(values) if not low <= value <= high]
            assert count_outside(column.address, storage, count, low, high) == len(expected)
            rows = np.full(len(expected) + 1, -7)
            list_outside(column.address, storage, count, low, high, rows.ctypes.data)
            assert rows.tolist() == [*expected, -7]


@pytest.mark.parametrize("storage", STORAGES[:-1])
def test_counting_rows(storage):
    choice = random.Random(storage)
    base = low_of(storage) + 5 if storage.startswith("i") else 5
    values = [choice.randrange(base - 3, base + 20) for _ in range(500)]
    column, counts = column_of(storage, values), np.zeros(21, np.uint32)
    count_rows(column.address, storage, len(values), base, counts.ctypes.data)
    assert counts.tolist() == [*(values.count(base + place) for place in range(20)), 0]


@pytest.mark.parametrize("storage", STORAGES)
def test_rising(storage):
    choice = random.Random(storage)
    low, high = low_of(storage), high_of(storage)
    values = sorted({low, high, *(choice.randint(low, high) for _ in range(150))})
    for count in range(len(values)):
        assert is_rising(column_of(storage, values[:count]).address, storage, count)
    for place in range(1, len(values)):
        fallen = [*values[:place], values[place - 1], *values[place + 1 :]]  # the same twice in a row
        assert not is_rising(column_of(storage, fallen).address, storage, len(fallen))
    turned = [*values[1:], values[0]]
    assert not is_rising(column_of(storage, turned).address, storage, len(turned))


@pytest.mark.parametrize("place", [1, 4_095, 4_096, 4_097, 8_192, 9_999])
def test_rising_looks_across_blocks(place):
    values = np.arange(10_000, dtype=np.int64)
    assert is_rising(values.ctypes.data, "i64", 10_000)
    values[place] = values[place - 1]
    assert not is_rising(values.ctypes.data, "i64", 10_000)
    assert is_rising(values.ctypes.data, "i64", place)


@pytest.mark.parametrize("width", [1, 2, 4, 8, 16, 3])
def test_remove_rows(width):
    choice = random.Random(width)
    for count in (1, 2, 10, 257):
        for removed_count in {0, 1, count // 2, count - 1, count}:
            removed = sorted(choice.sample(range(count), removed_count))
            rows = [choice.randbytes(width) for _ in range(count)]
            column = Column("u8", list(b"".join(rows)))
            remove_rows(column.address, width, count, np.array(removed, dtype=np.int64))
            kept = b"".join(row for number, row in enumerate(rows) if number not in removed)
            assert bytes(column.values)[: len(kept)] == kept


@pytest.mark.parametrize("removed", [[-1], [3], [1, 1], [2, 0], [0, 1, 2, 3]])
def test_rows_that_cannot_be_removed(removed):
    column = Column("i64", [1, 2, 3])
    with pytest.raises(ValueError, match="the rows to remove do not rise from 0 to 2"):
        remove_rows(column.address, 8, 3, np.array(removed, dtype=np.int64))
    assert column.values == [1, 2, 3]


TWINS = {"sum": lambda x, y: x + y, "min": min, "max": max, "any": lambda x, y: x | y, "all": lambda x, y: x & y}


@pytest.mark.parametrize("kind", MERGES)
def test_merge(kind):
    choice = random.Random(kind)
    name, _, storage = kind.partition("_")
    storage = storage or "flags"
    for count in COUNTS:
        first, second = values_of(storage, count, choice), values_of(storage, count, choice)
        if name == "sum":
            first, second = [each // 2 for each in first], [each // 2 for each in second]
        column, other = column_of(storage, first), column_of(storage, second)
        merge(kind, column.address, other.address, count)
        assert column.values == [TWINS[name](x, y) for x, y in zip(first, second, strict=True)]
        assert other.values == second


def test_narrow():
    for count in COUNTS:
        values = values_of("i64", count, random.Random(count))
        column, out = column_of("i128", values), Column("i64", [0] * count)
        narrow_i128(column.address, count, out.address)
        assert out.values == values


def test_names_that_are_none():
    column = Column("i64", [1])
    with pytest.raises(KeyError):
        extent(column.address, "i7", 1)
    with pytest.raises(KeyError):
        merge("sum", column.address, column.address, 1)


@pytest.mark.parametrize("kind", ["flags", "i64", "i128"])
def test_running_totals(kind):
    choice = random.Random(kind)
    groups = [choice.randrange(-1, 9) for _ in range(300)]
    rows = sorted(range(300), key=lambda row: (groups[row], choice.random()))
    low, high = low_of(kind) // 301, high_of(kind) // (1 if kind == "flags" else 301)
    added = [choice.choice((low, high, choice.randint(low, high))) for _ in range(300)]
    expected, totals = [0] * 300, {}
    for row in rows:
        group = groups[row] if groups[row] >= 0 else f"row {row}"
        expected[row] = totals[group] = totals.get(group, 0) + added[row]
    order, of = Column("i32", rows), Column("i32", groups)
    what, total = column_of(kind, added), column_of("i64" if kind == "flags" else kind, [7] * 300)
    cuts = [0, *(end_of_group(order.address, of.address, place, 300) for place in (1, 100, 101, 250, 299)), 300]
    for cut in cuts[1:-1]:
        assert cut == 300 or groups[rows[cut]] != groups[rows[cut - 1]] or groups[rows[cut]] < 0
    for first, last in pairwise(cuts):
        run_along(kind, order.address, of.address, what.address, total.address, first, last)
    assert total.values == expected
