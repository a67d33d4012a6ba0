"""Running totals: over the rows of a group in the order of a number, ties by key, whatever the threads."""

from random import Random

import pytest

from paycalc.engine.machine import execution, running_totals
from paycalc.graph.nodes import Node, Operation
from tests.machine.plain_graph import node_of
from tests.machine.world import World

WIDE = 2**90


def parcels(count, groups, seed):
    """Parcels of couriers, some of nobody, with few different days."""
    random = Random(seed)
    world = World({"worker": groups, "parcel": count})
    world.keys["parcel"] = random.sample(range(10 * count + 1), count)
    courier = world.reference("parcel", "worker", [random.randint(-1, groups - 1) for _ in range(count)])
    day = world.number("parcel", [random.randint(-3, 3) for _ in range(count)], "i16", declared=(-3, 3))
    price = world.number("parcel", [random.randint(-99, 99) for _ in range(count)], "i8", declared=(-99, 99))
    counts = world.flag("parcel", [random.randint(0, 1) for _ in range(count)], "bits")
    return world, courier, day, price, counts


@pytest.mark.parametrize(("count", "groups"), [(0, 0), (0, 2), (1, 1), (50, 1), (300, 7), (300, 200)])
@pytest.mark.parametrize("threads", [1, 2, 5])
def test_sums_and_counts_along_days(count, groups, threads, monkeypatch):
    monkeypatch.setattr(execution, "THREAD_ROWS_MIN", 10)
    monkeypatch.setattr(running_totals, "PART_ROWS_MIN", 10)
    world, courier, day, price, counts = parcels(count, groups, seed=count + groups)
    total = world.running("sum", courier, day, price, counts)
    for node in (world.running("count", courier, day), world.running("count", courier, day, counts), total):
        world.show(node)
    # What is read of a total: at its own row, at other rows, in aggregates, in another total.
    world.show(node_of(Operation.SUBTRACT, total, price))
    world.show(
        world.aggregate("max", None, total, entity="parcel") if count else world.aggregate("sum", courier, total)
    )
    world.show(world.running("sum", courier, total, node_of(Operation.MULTIPLY, total, price)), -(2**90), 2**90)
    for observed in (False, True):
        assert world.computed(observed=observed, threads=threads, tile=16)[0] == world.expected()


@pytest.mark.parametrize("storage", ["i64", "i128"])
def test_numbers_as_wide_as_can_be(storage):
    top = WIDE if storage == "i128" else 2**61
    world = World({"worker": 3, "parcel": 8})
    courier = world.reference("parcel", "worker", [0, 1, 0, 1, 0, 1, 0, -1])
    order = world.number("parcel", [top, 5, -top, top, -top, -5, 0, 0], storage)
    value = world.number("parcel", [top, -top, top, 1, 2, 3, 4, 5], storage)
    bounds = -(2**110), 2**110
    world.show(world.running("sum", courier, order, value), *bounds)
    world.show(world.running("sum", courier, node_of(Operation.NEGATE, order), value), *bounds)
    for observed in (False, True):
        assert world.computed(observed=observed)[0] == world.expected()


def test_two_totals_in_one_order_take_one_pass():
    world, courier, day, price, counts = parcels(40, 3, seed=9)
    for node in (world.running("sum", courier, day, price), world.running("count", courier, day, counts)):
        world.show(Node(Operation.ADD, (node, price), "parcel"))
    values, result = world.computed(observed=False)
    assert values == world.expected()
    assert [stage.name for stage in result.stages] == ["parcel: what others read", "parcel: line0, line1"]
