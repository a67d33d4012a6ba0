"""From rows to groups: each row's value goes into its group's accumulator, in any order of the groups."""

import random

import pytest

from tests.kernels.tiles import Column, Program, high_of, low_of
from tests.kernels.twins import INTO_GROUPS

GROUPS = 13
COUNT = 400
# By opcode the lane of the value and the storage of the accumulators.
OPERATIONS = {
    "SUM_I64": ("i64", "i64"),
    "SUM_I128": ("i128", "i128"),
    "SUM_PACKED": ("i64", "i64"),
    "COUNT": ("flags", "i64"),
    "MIN_INTO_I64": ("i64", "i64"),
    "MIN_INTO_I128": ("i128", "i128"),
    "MAX_INTO_I64": ("i64", "i64"),
    "MAX_INTO_I128": ("i128", "i128"),
    "ANY_INTO": ("flags", "flags"),
    "ALL_INTO": ("flags", "flags"),
    "SUM_ALL_I64": ("i64", "i64"),
    "SUM_ALL_I128": ("i128", "i128"),
    "COUNT_ALL": ("flags", "i64"),
}
# The opcodes whose twins stand in this file.
TESTED = set(OPERATIONS)
ORDERS = ("any", "sorted", "one group", "none")


def groups_of(order: str, choice: random.Random) -> list[int]:
    if order == "one group":
        return [7] * COUNT
    if order == "none":
        return [-1] * COUNT
    found = [choice.randrange(-1, GROUPS) for _ in range(COUNT)]
    return sorted(found) if order == "sorted" else found


def values_of(opcode: str, lane: str, choice: random.Random) -> list[int]:
    """Of sums such that no partial sum leaves the lane; of the others anything."""
    if lane == "flags":
        return [choice.randrange(2) for _ in range(COUNT)]
    low, high = low_of(lane), high_of(lane)
    if opcode.startswith("SUM") and opcode != "SUM_PACKED":
        low, high = low // (COUNT + 1), high // (COUNT + 1)
    return [low, high, 0, -1, 1, *(choice.randint(low, high) for _ in range(COUNT - 5))]


@pytest.mark.parametrize("opcode", sorted(OPERATIONS))
@pytest.mark.parametrize("order", ORDERS)
@pytest.mark.parametrize("tile", [1, 7, 64, 1_024])
def test_into_groups(opcode, order, tile):
    lane, storage = OPERATIONS[opcode]
    choice = random.Random(f"{opcode} {order}")
    groups = [0] * COUNT if "_ALL" in opcode else groups_of(order, choice)
    values = values_of(opcode, lane, choice)
    start = [choice.randrange(2) if storage == "flags" else choice.randint(-5, 5) for _ in range(GROUPS)]
    program = Program(tile)
    value, group = program.load(lane, values), program.load("i32", groups)
    column = Column(storage, start, shift=8 if storage == "i128" else 0)
    program.add(opcode, a=value, b=-1 if "_ALL" in opcode else group, slot=program.column(column))
    program.run(4, COUNT)
    expected = list(start)
    for each, into in list(zip(values, groups, strict=True))[4:]:
        if into >= 0:
            expected[into] = INTO_GROUPS[opcode](expected[into], each)
    assert column.values == expected


def test_a_sum_that_fills_its_lane():
    for opcode, lane in (("SUM_ALL_I64", "i64"), ("SUM_ALL_I128", "i128"), ("SUM_I64", "i64"), ("SUM_I128", "i128")):
        high = high_of(lane)
        program = Program(64)
        value, group = program.load(lane, [high - 3, 1, 1, 1]), program.load("i32", [0, 0, 0, 0])
        column = Column(lane, [0])
        program.add(opcode, a=value, b=-1 if "_ALL" in opcode else group, slot=program.column(column))
        program.run(0, 4)
        assert column.values == [high]
