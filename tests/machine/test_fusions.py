"""Nodes that are worked out inside others: each of them in one operation, with the same values."""

import itertools

import pytest

from paycalc.engine.machine import Machine
from paycalc.graph.nodes import Node, Operation, Steps
from tests.machine.plain_graph import node_of
from tests.machine.world import World

EDGES = [0, 1, -1, 7, -300, 9_999, -9_999]


def numbers(world_bits=0):
    """Triples of numbers, and a flag."""
    rows = list(itertools.product(EDGES, EDGES, EDGES[:5]))
    world = World({"worker": len(rows)})
    scale = 2**world_bits
    storage = "i16" if world_bits == 0 else "i64" if world_bits < 40 else "i128"
    columns = [world.number("worker", [row[place] * scale for row in rows], storage) for place in range(3)]
    return world, *columns, world.flag("worker", [each % 3 % 2 for each in range(len(rows))], "bits")


def constant(value):
    return Node(Operation.CONSTANT, (), "worker", value)


def check(world, *names):
    """The values are right, and these operations work them out, and no others but loads, stores and conversions."""
    world_values = world.expected()
    for observed in (False, True):
        assert world.computed(observed=observed, tile=50)[0] == world_values
    steps = [line.split() for line in Machine.of_graph(world.graph()).listing(list(world.lines)).splitlines()]
    named = [next((word for word in words if word.isupper() and "_" in word), "") for words in steps if "tile" in words]
    quiet = ("LOAD", "STORE", "I32_I64", "I32_I128", "I64_I128", "U8_I32")
    assert sorted(each.rpartition("_")[0] for each in named if each and not each.startswith(quiet)) == sorted(names)


@pytest.mark.parametrize("bits", [0, 20, 60])
def test_sums_of_three(bits):
    world, a, b, c, flag = numbers(bits)
    either = node_of(Operation.SELECT, flag, b, constant(0))
    world.show(node_of(Operation.ADD, a, node_of(Operation.ADD, b, c)), -(2**127), 2**127)
    world.show(node_of(Operation.ADD, either, a), -(2**127), 2**127)
    check(world, "ADD3", "ADDZ")


@pytest.mark.parametrize("bits", [0, 42])
def test_a_product_in_a_sum(bits):
    world, a, _, c, _ = numbers(bits)
    d = world.number("worker", [each % 5 for each in range(world.counts["worker"])], "i8")
    widest = node_of(Operation.ADD, a, node_of(Operation.MULTIPLY, c, node_of(Operation.ADD, d, constant(0))))
    world.show(widest, -(2**127), 2**127)
    expected = world.expected()
    for observed in (False, True):
        assert world.computed(observed=observed)[0] == expected
    assert ("MULADD_I32" in Machine.of_graph(world.graph()).listing(list(world.lines))) == (bits == 0)


@pytest.mark.parametrize("bits", [0, 20, 60])
def test_bounds_and_what_lies_over_them(bits):
    world, a, b, c, _ = numbers(bits)
    limits = -(2**127), 2**127
    world.show(node_of(Operation.MINIMUM, c, node_of(Operation.MAXIMUM, a, b)), *limits)
    world.show(node_of(Operation.MAXIMUM, node_of(Operation.SUBTRACT, a, b), constant(0)), *limits)
    world.show(node_of(Operation.MAXIMUM, constant(0), node_of(Operation.SUBTRACT, a, constant(7))), *limits)
    world.show(node_of(Operation.MAXIMUM, node_of(Operation.ADD, a, constant(-7)), constant(0)), *limits)
    check(world, "CLAMP", "OVER", "OVERC", "OVERC")


@pytest.mark.parametrize("storage", ["i16", "i64"])
@pytest.mark.parametrize("strict", list(itertools.product((Operation.LESS, Operation.LESS_EQUAL), repeat=2)))
def test_intervals(storage, strict):
    values = [*range(-12, 30), 2**15 - 1]
    world = World({"worker": len(values)})
    a = world.number("worker", values, storage, declared=(-(2**40), 2**40) if storage == "i64" else None)
    for low, high in ((-5, 20), (7, 7), (6, 22)):
        inside = node_of(strict[0], constant(low), a), node_of(strict[1], a, constant(high))
        outside = node_of(strict[0], a, constant(low)), node_of(strict[1], constant(high), a)
        world.show(node_of(Operation.AND, *inside))
        world.show(node_of(Operation.OR, *outside[::-1]))
    expected = world.expected()
    for observed in (False, True):
        assert world.computed(observed=observed)[0] == expected
    assert Machine.of_graph(world.graph()).listing(list(world.lines)).count("BETWEEN_") >= 4


@pytest.mark.parametrize("over", [False, True])
def test_values_of_few_steps(over):
    values = [*range(-5, 60), 1_000, -1_000]
    world = World({"worker": len(values)})
    a = world.number("worker", values, "i16")
    place = node_of(Operation.SEARCH, a, detail=Steps(((0, 10, 20, 50),), over))
    for found in ((5, 5, 7, -3, 2**30), (1, 2, 3, 4, 5)):
        world.show(node_of(Operation.LOOKUP, place, detail=found))
    check(world, "BANDS", "BANDS")


def test_a_table_by_place_and_steps_that_are_all_numbers():
    world = World({"worker": 12})
    member = world.number("worker", [each % 6 for each in range(12)], "i8", declared=(0, 5))
    for over in (False, True):
        world.show(node_of(Operation.SEARCH, member, detail=Steps(((1, 2, 3, 4, 5),), over)))
        world.show(node_of(Operation.SEARCH, member, detail=Steps(((0, 1, 2, 3, 4, 5, 9),), over)))
    world.show(node_of(Operation.LOOKUP, member, detail=(9, 4, 4, 4, 0, 2**31 - 1)))
    check(world, "BANDS", "SEARCH", "ADDC")


@pytest.mark.parametrize("mode", ["half_up", "up", "floor", "ceiling", "half_even"])
def test_a_product_divided_by_a_column(mode):
    rows = list(itertools.product(EDGES, EDGES, (1, 2, 7, 5_000, 10_000)))
    world = World({"worker": len(rows)})
    a, b, c = (world.number("worker", [row[place] for row in rows], "i16") for place in range(3))
    d = world.number("worker", [row[2] * 5_000 for row in rows], "i32", declared=(5_000, 2**31 - 1))
    world.show(node_of(Operation.DIVIDE, node_of(Operation.MULTIPLY, a, b), c, detail=mode))
    world.show(node_of(Operation.DIVIDE, node_of(Operation.MULTIPLY, a, constant(10**6)), d, detail=mode))
    expected = world.expected()
    for observed in (False, True):
        assert world.computed(observed=observed)[0] == expected
    listing = Machine.of_graph(world.graph()).listing(list(world.lines))
    assert listing.count("MULDIV_FAST_I32") == (0 if mode == "half_even" else 2)
