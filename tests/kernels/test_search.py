"""Searching: how many thresholds a number has reached."""

import random
from itertools import pairwise

import pytest

from tests.kernels.tiles import Column, computed, high_of, low_of
from tests.kernels.twins import reached

LANES = ("i32", "i64", "i128")
# The opcodes whose twins stand in this file.
TESTED = {f"{name}_{lane.upper()}" for name in ("SEARCH", "SEARCH_IN", "FIND", "BANDS") for lane in LANES}


def rising(count: int, lane: str, choice: random.Random) -> list[int]:
    """Thresholds of a lane: at its ends, near each other, far apart."""
    low, high = low_of(lane), high_of(lane)
    found = {0, *([low, high] if count > 2 else [])}
    while len(found) < count:
        near = choice.choice(sorted(found)) + choice.choice((-1, 1))
        found.add(choice.choice((max(low, min(high, near)), choice.randint(low, high))))
    return sorted(found)[:count]


def about(thresholds: list[int], lane: str, choice: random.Random) -> list[int]:
    """Numbers at the thresholds, beside them, and anywhere."""
    low, high = low_of(lane), high_of(lane)
    found = [min(high, max(low, each + step)) for each in thresholds for step in (-1, 0, 1)]
    found += [low, high, 0, *(choice.randint(low, high) for _ in range(100))]
    choice.shuffle(found)
    return found


@pytest.mark.parametrize("lane", LANES)
@pytest.mark.parametrize("mode", [0, 1])
@pytest.mark.parametrize("count", [*range(10), 15, 16, 17, 31, 32, 33, 34, 63, 64, 65, 100, 255])
def test_search(lane, mode, count):
    choice = random.Random(f"{lane} {count}")
    thresholds = rising(count, lane, choice)
    values = about(thresholds, lane, choice)
    for tile in (7, 1_024):
        found = computed(
            f"SEARCH_{lane.upper()}",
            "i32",
            [(lane, values)],
            tile=tile,
            lo=5,
            imm=count,
            mode=mode,
            column=Column(lane, thresholds),
        )
        assert found == [reached(thresholds, value, mode) for value in values[5:]]


@pytest.mark.parametrize("mode", [0, 1])
def test_search_may_write_the_register_that_it_reads(mode):
    thresholds = list(range(0, 4_000, 100))
    values = list(range(-50, 4_050, 5))
    for count in (3, len(thresholds)):
        found = computed(
            "SEARCH_I32",
            "i32",
            [("i32", values)],
            tile=300,
            imm=count,
            mode=mode,
            column=Column("i32", thresholds),
            in_place=0,
        )
        assert found == [reached(thresholds[:count], value, mode) for value in values]


@pytest.mark.parametrize("lane", LANES)
@pytest.mark.parametrize("mode", [0, 1])
def test_search_in_groups(lane, mode):
    choice = random.Random(lane)
    groups = [rising(count, lane, choice) for count in (1, 0, 2, 5, 33, 8, 3)]
    offsets = [0]
    for group in groups:
        offsets.append(offsets[-1] + len(group))
    values, numbers = [], []
    for number, group in enumerate(groups):
        each = about(group, lane, choice)
        values += each
        numbers += [number] * len(each)
    order = choice.sample(range(len(values)), len(values))
    values, numbers = [values[k] for k in order], [numbers[k] for k in order]
    for tile in (7, 1_024):
        found = computed(
            f"SEARCH_IN_{lane.upper()}",
            "i32",
            [(lane, values), ("i32", numbers)],
            tile=tile,
            lo=2,
            mode=mode,
            column=Column(lane, [each for group in groups for each in group]),
            second=Column("i32", offsets),
        )
        assert found == [reached(groups[n], v, mode) for v, n in zip(values[2:], numbers[2:], strict=True)]


def columns_of_groups(groups, lane, width):
    """What FIND reads: groups filled up to `width` thresholds, or (width is -1) one behind the other."""
    first = [100 * number for number in range(len(groups))]
    if width < 0:
        offsets = [sum(len(each) for each in groups[:number]) for number in range(len(groups) + 1)]
        return Column(lane, [each for group in groups for each in group]), [-1, len(groups), *first, *offsets]
    filled = [[*group, *[high_of(lane)] * (width - len(group))] for group in groups]
    return Column(lane, [each for group in filled for each in group]), [width, len(groups), *first]


@pytest.mark.parametrize("lane", LANES)
@pytest.mark.parametrize("mode", [0, 1])
@pytest.mark.parametrize("most", [1, 2, 8, 9, 40])
def test_find(lane, mode, most):
    choice = random.Random(f"{lane} {most}")
    groups = [rising(count, lane, choice) for count in (most, 0, 1, most, most // 2)]
    rows = [(value, number) for number, group in enumerate(groups) for value in about(group, lane, choice)]
    rows = [(min(value, high_of(lane) - 1), number) for value, number in rows] + [(0, -1), (5, -1)]
    choice.shuffle(rows)
    for width in (most, -1):
        column, cells = columns_of_groups(groups, lane, width)
        found = computed(
            f"FIND_{lane.upper()}",
            "i32",
            [(lane, [value for value, _ in rows]), ("i32", [number for _, number in rows])],
            tile=50,
            lo=2,
            mode=mode,
            column=column,
            second=Column("i32", cells),
        )
        assert found == [100 * max(group, 0) + reached(groups[max(group, 0)], value, mode) for value, group in rows[2:]]


@pytest.mark.parametrize("lane", LANES)
def test_search_among_as_many_as_the_data_says(lane):
    choice = random.Random(lane)
    for count in (0, 1, 5, 40):
        thresholds = rising(count, lane, choice)
        values = about(thresholds, lane, choice)
        column, cells = Column(lane, thresholds), Column("i32", [count, 1, 0])
        found = computed(f"SEARCH_{lane.upper()}", "i32", [(lane, values)], tile=64, column=column, second=cells)
        assert found == [reached(thresholds, value, 0) for value in values]


@pytest.mark.parametrize("lane", LANES)
@pytest.mark.parametrize("mode", [0, 1])
@pytest.mark.parametrize("count", [*range(1, 10), 12])
def test_values_at_steps(lane, mode, count):
    choice = random.Random(f"{lane} {count}")
    thresholds = rising(count, lane, choice)
    results = [choice.randint(low_of(lane) // 2, high_of(lane) // 2) for _ in range(count + 1)]
    steps = [results[0], *(after - before for before, after in pairwise(results))]
    values = about(thresholds, lane, choice)
    for tile, in_place in ((7, None), (1_024, 0)):
        found = computed(
            f"BANDS_{lane.upper()}",
            lane,
            [(lane, values)],
            tile=tile,
            imm=count,
            mode=mode,
            column=Column(lane, thresholds),
            second=Column(lane, steps),
            in_place=in_place,
        )
        assert found == [results[reached(thresholds, value, mode)] for value in values]
