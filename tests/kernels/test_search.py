"""Searching: how many thresholds a number has reached."""

import random

import pytest

from tests.kernels.tiles import Column, computed, high_of, low_of
from tests.kernels.twins import reached

LANES = ("i32", "i64", "i128")
# The opcodes whose twins stand in this file.
TESTED = {f"{name}_{lane.upper()}" for name in ("SEARCH", "SEARCH_IN") for lane in LANES}


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
