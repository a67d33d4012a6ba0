"""The range of every operation holds whatever its operands are, and is no wider than it must be where that is easy."""

from fractions import Fraction
from itertools import product

import pytest

from paycalc.check.typed import Parameter, Reference
from paycalc.check.types import NumberType, ReferenceType
from paycalc.core import unit
from paycalc.core.number import ROUNDING_MODES, Interval
from paycalc.core.span import Span
from paycalc.graph.calendar_days import DAY_MICROSECONDS
from paycalc.graph.nodes import (
    FLAG_OPERATIONS,
    Aggregation,
    Find,
    Input,
    Node,
    Operation,
    Prepared,
    RunningTotal,
    Steps,
)
from paycalc.graph.ranges import Range, any_rows, bits, declared_range, divided, range_of
from tests.graph.plain_graph import PLAIN

ENDS = (-7, -3, -1, 0, 1, 2, 5)
RANGES = [(low, high) for low, high in product(ENDS, ENDS) if low <= high]
FLAGS = [(0, 0), (0, 1), (1, 1)]
DAYS = [(low * 31, high * 31) for low, high in RANGES]
MOMENTS = [(low * DAY_MICROSECONDS // 5, high * DAY_MICROSECONDS // 5) for low, high in RANGES]
NUMBERS = (
    Operation.ADD,
    Operation.SUBTRACT,
    Operation.MULTIPLY,
    Operation.MINIMUM,
    Operation.MAXIMUM,
    Operation.MODULO,
)
COMPARED = (Operation.LESS, Operation.LESS_EQUAL, Operation.EQUAL)


def within(operation: Operation, *ranges: Range, detail: object = None) -> tuple[Range, Range]:
    """The range that is said, and the one that there is, of operands in these ranges."""
    node = Node(operation, (), "worker", detail)
    low, high = range_of(node, ranges, lambda input, node: (0, 0), lambda entity: 9)
    found = [
        PLAIN[operation](detail, *values) for values in product(*(range(first, last + 1) for first, last in ranges))
    ]
    assert low <= min(found) <= max(found) <= high, (operation, ranges)
    return (low, high), (min(found), max(found))


@pytest.mark.parametrize("operation", [*NUMBERS, *COMPARED])
def test_two_numbers(operation):
    for a, b in product(RANGES, RANGES):
        said, found = within(operation, a, b)
        assert said == found or operation is Operation.MODULO


@pytest.mark.parametrize("mode", ROUNDING_MODES)
def test_quotients(mode):
    for a, b in product(RANGES, RANGES):
        said, found = within(Operation.DIVIDE, a, b, detail=mode)
        assert said == found
    for a, b in product(range(-30, 31), range(1, 9)):
        assert divided(a, b, mode) == ROUNDING_MODES[mode](Fraction(a, b))


@pytest.mark.parametrize("operation", [Operation.NEGATE, Operation.ABSOLUTE])
def test_one_number(operation):
    for a in RANGES:
        said, found = within(operation, a)
        assert said == found
    for a, bounds in product(RANGES, RANGES):
        said, found = within(Operation.GUARD, a, detail=bounds)
        assert said == found


def test_flags():
    for p, q in product(FLAGS, FLAGS):
        for operation in (Operation.AND, Operation.OR, Operation.SAME):
            said, found = within(operation, p, q)
            assert said == found
        for r in FLAGS:
            said, found = within(Operation.CHOOSE, p, q, r)
            assert said == found
    for p in FLAGS:
        for operation in (Operation.NOT, Operation.NUMBER_OF):
            said, found = within(operation, p)
            assert said == found
    for p, a, b in product(FLAGS, RANGES, RANGES):
        said, _ = within(Operation.SELECT, p, a, b)
        assert said in (a, b, (min(a[0], b[0]), max(a[1], b[1])))


@pytest.mark.parametrize("over", [False, True])
def test_searches(over):
    steps = Steps(((-3, 0, 1), (5,), (-7, -1, 2, 4)), over)
    for a in RANGES:
        said, found = within(Operation.SEARCH, a, detail=Steps(steps.groups[2:], over))
        assert said == found
        for group in ((0, 0), (0, 1), (1, 2), (2, 2)):
            said, found = within(Operation.SEARCH, a, group, detail=steps)
            assert said == found
    for low, high in product(range(5), range(5)):
        if low <= high:
            said, found = within(Operation.LOOKUP, (low, high), detail=(5, -2, 0, 9, 3))
            assert said == found


def test_dates():
    one_day = (Operation.YEAR, Operation.MONTH, Operation.DAY, Operation.WEEKDAY, Operation.DAYS_IN_MONTH)
    for operation, days in product(one_day, DAYS):
        said, found = within(operation, days)
        assert said == found or days[0] != days[1]
    for operation in (Operation.MONTHS_BETWEEN, Operation.YEARS_BETWEEN):
        for first, second in product(DAYS[::7], DAYS[::5]):
            said, found = within(operation, first, second)
            assert said == found


def test_moments():
    for operation in (Operation.DATE_OF, Operation.HOUR, Operation.MINUTE):
        node = Node(operation, (), "worker")
        for moments in MOMENTS:
            low, high = range_of(node, [moments], lambda input, node: (0, 0), lambda entity: 9)
            for moment in (*moments, sum(moments) // 2, moments[1] - 1 if moments[0] < moments[1] else moments[1]):
                assert low <= PLAIN[operation](None, moment) <= high


@pytest.mark.parametrize(
    ("kind", "operands", "rows", "expected"),
    [
        ("sum", [(-2, 5)], 9, (-18, 45)),
        ("sum", [(2, 5)], 9, (0, 45)),
        ("sum", [(2, 5)], 0, (0, 0)),
        ("sum", [(2, 5), (0, 0)], 9, (0, 0)),
        ("sum", [(2, 5), (0, 1)], 200, (0, 500)),
        ("count", [], 9, (0, 9)),
        ("count", [(0, 0)], 9, (0, 0)),
        ("min", [(2, 5)], 9, (2, 5)),
        ("max", [(2, 5), (0, 1)], 9, (2, 5)),
        ("any", [(0, 1)], 9, (0, 1)),
        ("any", [(1, 1)], 0, (0, 0)),
        ("any", [(0, 0)], 9, (0, 0)),
        ("all", [(0, 0)], 9, (0, 1)),
        ("all", [(1, 1)], 9, (1, 1)),
        ("all", [(0, 0), (0, 0)], 9, (1, 1)),
    ],
)
def test_aggregates(kind, operands, rows, expected):
    node = Node(Operation.AGGREGATE, (), "store", Aggregation(kind, "worker", None, 100))
    assert range_of(node, operands, lambda input, node: (0, 0), lambda entity: rows) == expected


@pytest.mark.parametrize(
    ("kind", "operands", "rows", "expected"),
    [
        ("sum", [(0, 9), (-2, 5)], 9, (-18, 45)),
        ("sum", [(0, 9), (2, 5), (0, 1)], 200, (0, 500)),
        ("sum", [(0, 9), (2, 5)], 0, (0, 0)),
        ("count", [(0, 9)], 9, (0, 9)),
        ("count", [(0, 9), (0, 1)], 200, (0, 100)),
    ],
)
def test_running_totals(kind, operands, rows, expected):
    reference = Reference("worker", "store", ReferenceType("store"), Span(0, 0), target="store")
    node = Node(Operation.RUNNING, (), "worker", RunningTotal(kind, "worker", reference, 100))
    assert range_of(node, operands, declared_range, lambda entity: rows) == expected


def test_what_is_found_is_one_of_the_cells():
    find = Find("versions of store by day", absolute=True, cells_max=50)
    node = Node(Operation.FIND, (), "parcel", find)
    cells = {"cells of versions of store by day": 7}
    assert range_of(node, [(-9, 9), (-1, 4)], declared_range, cells.__getitem__) == (0, 6)
    assert range_of(node, [(-9, 9), (-1, 4)], declared_range, any_rows) == (0, 50)
    assert range_of(node, [(-9, 9)], declared_range, lambda grain: 0) == (0, 0)


def test_what_the_door_prepares():
    rate = Parameter("store", "rate", NumberType(unit.PLAIN, 2, Interval.of(-1, 3)), Span(0, 0))
    expected = {"value": (-100, 300), "dated value": (-100, 300), "dated present": (0, 1), "days": (-36_600, 109_800)}
    assert {part: declared_range(Input(rate, part)) for part in expected} == expected
    positive = Parameter("store", "pay", NumberType(unit.PLAIN, 0, Interval.of(2, 3)), Span(0, 0))
    assert declared_range(Input(positive, "days")) == (2, 3 * 366)
    assert declared_range(Input(Prepared("what", 3, 9), "made")) == (3, 9)
    assert Input(Prepared("what", 3, 9), "made") == Input(Prepared("what"), "made") != Input(rate, "made")


def test_bits():
    assert [bits(each) for each in ((0, 0), (-1, 0), (0, 2**31 - 1), (-(2**31), 0), (-(2**127) + 1, 5))] == [
        0,
        1,
        31,
        32,
        127,
    ]


def test_every_operation_is_here():
    leaves = {Operation.INPUT, Operation.CONSTANT, Operation.FLAG}
    of_columns = {Operation.GATHER, Operation.BROADCAST, Operation.AGGREGATE, Operation.FIND, Operation.RUNNING}
    assert set(PLAIN) | leaves | of_columns == set(Operation)
    assert set(COMPARED) < FLAG_OPERATIONS
