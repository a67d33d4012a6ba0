"""The ranges for which programs are made from what the data holds."""

import pytest

from paycalc.check.types import MomentType
from paycalc.engine.machine.observed import is_moment, observed_range, observed_rows
from paycalc.graph.nodes import Input
from tests.machine.world import World, encode

WIDE = (-(2**126), 2**126)


def observed(values, declared=WIDE):
    world = World({"worker": len(values)})
    node = world.number("worker", values, "i128")
    return observed_range(node.detail, encode(values, "i128"), declared)


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ([0, 1], (0, 2**15 - 1)),
        ([0, 2**15 - 1], (0, 2**15 - 1)),
        ([5, 2**15], (0, 2**31 - 1)),
        ([-1, 3], (1 - 2**15, 2**15 - 1)),
        ([0, 2**31], (0, 2**50 - 1)),
        ([-(2**50), 0], (1 - 2**62, 2**62 - 1)),
        ([0, 2**62], (0, 2**126)),
        ([7, 7], (7, 7)),
    ],
)
def test_ranges_are_rounded_up_within_what_is_declared(values, expected):
    assert observed(values) == expected


def test_what_is_declared_bounds_what_is_observed():
    assert observed([3, 900], (0, 1_000)) == (0, 1_000)
    assert observed([3, 900], (1, 2**40)) == (1, 2**15 - 1)
    assert observed([], (1, 5)) == (1, 5)


def test_moments_are_rounded_to_about_a_year_and_are_never_one_moment():
    world = World({"worker": 1})
    node = world.moment("worker", [1_790_000_000_000_000])
    assert is_moment(node.detail) and isinstance(node.detail.field.type, MomentType)
    low, high = observed_range(node.detail, encode([1_790_000_000_000_000], "i64"), (-(2**60), 2**60))
    assert (low, high) == (50 * 2**45, 51 * 2**45)
    assert not is_moment(Input(node.detail.field, "present"))


def test_row_counts_are_rounded_up():
    assert [observed_rows(count) for count in (0, 1, 1023, 1024, 5_000_000)] == [1023, 1023, 1023, 2047, 2**23 - 1]
