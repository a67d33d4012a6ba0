"""Each operation in each lane, at the edges of its range, against plain Python."""

import itertools

import pytest

from paycalc.core.number import ROUNDING_MODES
from paycalc.graph.nodes import Node, Operation, Steps
from tests.machine.plain_graph import node_of
from tests.machine.world import World

# Edges of numbers of so many bits: of each lane, and of divisions by way of doubles.
EDGES = {
    bits: [0, 1, -1, 5, -50, 2**bits - 1, 1 - 2**bits, 2 ** (bits - 1), 2**bits // 3]
    for bits in (14, 30, 31, 45, 61, 62, 100, 125)
}


def pairs_world(bits, other_bits=None):
    """Every pair of edges, in two columns."""
    pairs = list(itertools.product(EDGES[bits], EDGES[other_bits or bits]))
    world = World({"worker": len(pairs)})
    storage = {14: "i16", 30: "i32", 31: "i32", 45: "i64", 61: "i64", 62: "i64"}
    columns = [
        world.number("worker", [pair[place] for pair in pairs], storage.get(each, "i128"))
        for place, each in ((0, bits), (1, other_bits or bits))
    ]
    return world, *columns


def check(world):
    """The same for declared and for observed ranges."""
    expected = world.expected()
    for observed in (False, True):
        assert world.computed(observed=observed, tile=100)[0] == expected


def show(world, operation, *operands, detail=None):
    world.show(node_of(operation, *operands, detail=detail), -(2**127), 2**127)


@pytest.mark.parametrize("bits", EDGES)
def test_sums_and_extremes(bits):
    world, a, b = pairs_world(bits)
    for operation in (Operation.ADD, Operation.SUBTRACT, Operation.MINIMUM, Operation.MAXIMUM):
        show(world, operation, a, b)
        for value in (0, 7, -(2**bits) // 2):
            constant = Node(Operation.CONSTANT, (), "worker", value)
            show(world, operation, a, constant)
            show(world, operation, constant, b)
    for operation in (Operation.NEGATE, Operation.ABSOLUTE):
        show(world, operation, a)
    check(world)


@pytest.mark.parametrize(("bits", "other"), [(14, 14), (30, 14), (31, 31), (45, 14), (61, 62), (62, 62), (100, 14)])
def test_products(bits, other):
    world, a, b = pairs_world(bits, other)
    show(world, Operation.MULTIPLY, a, b)
    for value in (3, -(2**other) + 1):
        show(world, Operation.MULTIPLY, a, Node(Operation.CONSTANT, (), "worker", value))
    check(world)


@pytest.mark.parametrize("bits", EDGES)
def test_comparisons_and_choices(bits):
    world, a, b = pairs_world(bits)
    zero, some = (Node(Operation.CONSTANT, (), "worker", value) for value in (0, 2**bits - 1))
    for operation in (Operation.LESS, Operation.LESS_EQUAL, Operation.EQUAL):
        flag = node_of(operation, a, b)
        world.show(flag)
        for constant in (zero, some):
            show(world, operation, a, constant)
            show(world, operation, constant, b)
        for left, right in ((a, b), (a, zero), (zero, b), (some, a)):
            show(world, Operation.SELECT, flag, left, right)
        show(world, Operation.NUMBER_OF, flag)
    for low, high in ((-3, 3), (2**bits, 2**bits + 5), (-(2**bits), 0)):
        show(world, Operation.GUARD, a, detail=(low, high))
    check(world)


@pytest.mark.parametrize("mode", ROUNDING_MODES)
@pytest.mark.parametrize("bits", EDGES)
def test_divisions_by_constants(bits, mode):
    world, a, _ = pairs_world(bits)
    for divisor in (1, 2, 3, 100, 10_000, 2**31 - 1, 2**31 + 1, 10**15, 2**62 - 1):
        show(world, Operation.DIVIDE, a, Node(Operation.CONSTANT, (), "worker", divisor), detail=mode)
    check(world)


@pytest.mark.parametrize("mode", ROUNDING_MODES)
@pytest.mark.parametrize(("bits", "other"), [(14, 14), (30, 31), (45, 14), (62, 30), (125, 61)])
def test_divisions_by_columns(bits, other, mode):
    world, a, b = pairs_world(bits, other)
    divisor = node_of(Operation.GUARD, node_of(Operation.ABSOLUTE, b), detail=(1, 2**other))
    show(world, Operation.DIVIDE, a, divisor, detail=mode)
    show(world, Operation.DIVIDE, a, b, detail=mode)  # of 0 and less it counts as 1
    show(world, Operation.MODULO, a, b)
    for value in (7, -7, 2**30):
        show(world, Operation.MODULO, a, Node(Operation.CONSTANT, (), "worker", value))
    check(world)


@pytest.mark.parametrize("mode", ROUNDING_MODES)
def test_divisors_as_wide_as_can_be(mode):
    widest = 2**63 - 1
    dividends = [0, 1, -1, widest, -widest, widest // 2, widest // 2 + 1, 2**126, -(2**126)]
    pairs = list(itertools.product(dividends, [1, 2, widest, widest - 1, widest // 2]))
    world = World({"worker": len(pairs)})
    wide = world.number("worker", [pair[0] for pair in pairs], "i128")
    narrow = world.number("worker", [pair[0] % 1000 for pair in pairs], "i64")
    divisor = world.number("worker", [pair[1] for pair in pairs], "i64")
    for dividend in (wide, narrow):
        for each in (divisor, Node(Operation.CONSTANT, (), "worker", widest)):
            show(world, Operation.DIVIDE, dividend, each, detail=mode)
            show(world, Operation.MODULO, dividend, each)
    check(world)


@pytest.mark.parametrize("mode", ROUNDING_MODES)
@pytest.mark.parametrize(("bits", "other"), [(14, 14), (30, 14), (31, 14), (45, 14), (31, 30)])
def test_products_that_are_divided_and_rounded(bits, other, mode):
    world, a, b = pairs_world(bits, other)
    for divisor in (2, 7, 10_000, 10**12):
        product = node_of(Operation.MULTIPLY, a, b)
        show(world, Operation.DIVIDE, product, Node(Operation.CONSTANT, (), "worker", divisor), detail=mode)
    check(world)


@pytest.mark.parametrize("over", [False, True])
@pytest.mark.parametrize("bits", EDGES)
def test_steps_and_tables(bits, over):
    world, a, b = pairs_world(bits)
    top = 2**bits
    few = (-top - 5, 1 - top, 0, 5, top // 3, top - 1, top, top * 2)
    many = tuple(range(-50, 50)) + few[5:]
    group = node_of(Operation.GUARD, b, detail=(0, 2))
    for steps in (Steps((few,), over), Steps((many,), over), Steps((((-top,)),), over), Steps(((),), over)):
        place = node_of(Operation.SEARCH, a, detail=steps)
        world.show(place)
        values = tuple((-1) ** number * top // (number + 1) for number in range(len(steps.groups[0]) + 1))
        show(world, Operation.LOOKUP, place, detail=values)
    world.show(node_of(Operation.SEARCH, a, group, detail=Steps((few, (), (0, 7)), over)))
    check(world)


def test_flags():
    rows = list(itertools.product((0, 1), repeat=3))
    world = World({"worker": len(rows)})
    storages = (("flags", {}), ("bits", {}), ("bits", {"bit_offset": 11}))
    p, q, r = (
        world.flag("worker", [row[place] for row in rows], storage, **encoding)
        for place, (storage, encoding) in enumerate(storages)
    )
    yes = Node(Operation.FLAG, (), "worker", True)
    for operation in (Operation.AND, Operation.OR, Operation.SAME):
        show(world, operation, p, q)
        show(world, operation, r, yes)
    show(world, Operation.CHOOSE, p, q, r)
    show(world, Operation.CHOOSE, p, yes, r)
    show(world, Operation.NOT, r)
    check(world)


def test_dates_and_clocks():
    days = [-25_567, -1, 0, 30, 58, 59, 11_016, 18_321, 20_757, 20_758, 84_370]
    pairs = list(itertools.product(days, repeat=2))
    world = World({"worker": len(pairs)})
    a, b = (world.number("worker", [pair[place] for pair in pairs], "i32") for place in (0, 1))
    for operation in (Operation.YEAR, Operation.MONTH, Operation.DAY, Operation.WEEKDAY, Operation.DAYS_IN_MONTH):
        show(world, operation, a)
    for operation in (Operation.MONTHS_BETWEEN, Operation.YEARS_BETWEEN):
        show(world, operation, a, b)
    moment = world.moment("worker", [first * 86_400_000_000 + 3_599_999_999 * (second % 25) for first, second in pairs])
    for zone in ("Asia/Shanghai", "America/New_York", "UTC"):
        civil = node_of(Operation.CIVIL, moment, detail=zone)
        world.show(civil)
        for operation in (Operation.DATE_OF, Operation.HOUR, Operation.MINUTE):
            show(world, operation, civil)
    check(world)


@pytest.mark.parametrize(
    ("storage", "low", "high"),
    [
        ("i8", -128, 127), ("u8", 0, 255), ("i16", -(2**15), 2**15 - 1), ("u16", 0, 2**16 - 1),
        ("i32", -(2**31), 2**31 - 1), ("u32", 0, 2**32 - 1), ("u32", 0, 2**31 - 1),
        ("i64", 1 - 2**63, 2**63 - 1), ("i64", 0, 2**30), ("i128", -(2**126), 2**126), ("i128", -5, 2**40),
    ],
)  # fmt: skip
@pytest.mark.parametrize(("factor", "shift"), [(1, 0), (100, 0), (1, -7), (10, 12_345)])
def test_columns_as_the_door_stores_them(storage, low, high, factor, shift):
    if high * factor >= 2**126:
        factor, shift = 1, 0
    stored = [low, high, 0, 1, (low + high) // 2]
    values = [each * factor + shift for each in stored]
    world = World({"store": 5, "worker": 7})
    column = world.number("store", values, storage, factor=factor, shift=shift)
    plan_value = world.number("plan", values[1:2], storage, factor=factor, shift=shift)
    row = world.reference("worker", "store", [4, 3, 2, 1, 0, 0, 1], "i8")
    world.show(column, -(2**127), 2**127)
    world.show(Node(Operation.GATHER, (row, column), "worker"), -(2**127), 2**127)
    world.show(Node(Operation.BROADCAST, (plan_value,), "worker"), -(2**127), 2**127)
    check(world)
