"""Tables and ladders: thresholds exactly hit, both kinds of bound, every way of using a ladder."""

from datetime import date
from fractions import Fraction

import pytest

from paycalc.check.typed import Band
from paycalc.reference.lookups import in_band
from tests.reference.plan_runs import COLUMNS, evaluated, fault_of, plan_of, run_of

BANDS = """table factor of score decimal(2) 0 .. 2 : decimal(2)
  ..0.60     : 0
  0.60..0.80 : 0.80
  0.80..1.00 : 1.00
  1.00..     : 1.20
"""


@pytest.mark.parametrize(
    ("score", "value"),
    [("0", "0"), ("0.59", "0"), ("0.60", "0.80"), ("0.79", "0.80"), ("0.80", "1"), ("1", "1.2"), ("2", "1.2")],
)
def test_bands_are_half_open(score, value):
    assert evaluated("factor(a)", BANDS, a=score) == Fraction(value)


def test_a_band_may_take_its_upper_bound_in():
    body = "table t of key decimal(2) 0 .. 10 : int\n  ..=5 : 1\n  > 5 : 2\n"
    assert [evaluated("t(a)", body, a=each) for each in ("4.99", "5", "5.01")] == [1, 1, 2]


def test_a_fraction_meets_the_bounds_exactly():
    body = "table t of key decimal(2) 0 .. 1 : int\n  ..0.33 : 1\n  0.33.. : 2\n"
    assert evaluated("t(a / pos)", body, a="1", pos="3") == 2
    assert evaluated("t(a / pos)", body, a="0.98", pos="3") == 1


def test_an_argument_outside_the_key_is_a_fault_that_names_key_and_range():
    fault = fault_of("factor(a)", BANDS, a="2.01")
    assert (fault.code, fault.column, fault.value, fault.expected) == ("table-range", "x", "score 2.01", "0 .. 2")
    assert evaluated("factor(a)", BANDS, a="-0.01") == "table-range"


def test_members_flags_and_values_choose_a_row():
    body = """table t of colour, quick flag, n : int
  red,           yes, *       : 1
  (red, green),  no,  (1, 3)  : 2
  *,             *,   ..0     : 3
  *,             *,   *       : 4
"""
    rows = [("red", True, 0), ("red", False, 3), ("green", False, 1), ("green", False, 2), ("blue", True, -1)]
    assert [evaluated("t(colour, yes1, n)", body, colour=c, yes1=f, n=n) for c, f, n in rows] == [1, 2, 2, 4, 3]


def test_dates_have_bands_too():
    body = "table t of day date 2026-01-01 .. 2026-12-31 : int\n  ..2026-07-01 : 1\n  2026-07-01.. : 2\n"
    assert evaluated("t(day1)", body, day1=date(2026, 6, 30)) == 1
    assert evaluated("t(day1)", body, day1=date(2026, 7, 1)) == 2
    assert evaluated("t(day1)", body, day1=date(2027, 1, 1)) == "table-range"


@pytest.mark.parametrize(("how", "values"), [("sum", (0, 1, 11)), ("count", (0, 1, 2))])
def test_collect_takes_all_matching_rows(how, values):
    body = f"table t of key int 0 .. 10 : int collect {how}\n  >= 3 : 1\n  >= 5 : 10\n"
    assert tuple(evaluated("t(n)", body, n=each) for each in (2, 3, 5)) == values


@pytest.mark.parametrize(("how", "values"), [("min", (7, 1, 1)), ("max", (7, 7, 10))])
def test_collect_min_and_max(how, values):
    body = f"table t of key int 0 .. 10 : int collect {how}\n  * : 7\n  >= 3 : 1\n  >= 5 : 10\n"
    assert tuple(evaluated("t(n)", body, n=each) for each in (2, 3, 5)) == values


def test_a_table_with_several_results():
    body = """table classify of key int 0 .. 200 -> class one of severe, minor; points int; fine decimal(2)
  >= 30 : severe, 6, 300.00
  *     : minor,  1, 40.00
let found = classify(n)
"""
    assert evaluated("found.fine + found.points", body, n=30) == 306
    assert evaluated("found.fine", body, n=29) == 40
    assert evaluated("found.class is severe", body, n=30) is True


STEPS = "ladder tiers of base decimal(2) -1_000 .. 1_000 : decimal(2)\n  10 : 0.10\n  20 : 0.20\n  30 : 0.50\n"


@pytest.mark.parametrize(
    ("base", "marginal", "slab", "reached"),
    [
        ("-5", "0", "0", "0"),
        ("9.99", "0", "0", "0"),
        ("10", "0", "1", "0.10"),
        ("20", "1", "4", "0.20"),
        ("25", "2", "5", "0.20"),
        ("30", "3", "15", "0.50"),
        ("31", "3.5", "15.5", "0.50"),
    ],
)
def test_ladders_at_their_thresholds(base, marginal, slab, reached):
    assert evaluated("marginal(a, tiers)", STEPS, a=base) == Fraction(marginal)
    assert evaluated("slab(a, tiers)", STEPS, a=base) == Fraction(slab)
    assert evaluated("reached(a, tiers)", STEPS, a=base) == Fraction(reached)


@pytest.mark.parametrize(
    ("base", "marginal", "slab", "reached"),
    [("10", "0", "0", "0"), ("10.01", "0.001", "1.001", "0.10"), ("30", "3", "6", "0.20")],
)
def test_with_over_a_step_is_reached_above_its_threshold_only(base, marginal, slab, reached):
    steps = STEPS.replace(": decimal(2)\n", ": decimal(2) over\n")
    assert evaluated("marginal(a, tiers)", steps, a=base) == Fraction(marginal)
    assert evaluated("slab(a, tiers)", steps, a=base) == Fraction(slab)
    assert evaluated("reached(a, tiers)", steps, a=base) == Fraction(reached)


@pytest.mark.parametrize(
    ("base", "value"),
    [("-5", "0.10"), ("10", "0.10"), ("15", "0.15"), ("20", "0.20"), ("23", "0.29"), ("30", "0.50"), ("99", "0.50")],
)
def test_interpolate_goes_straight_between_steps_and_keeps_its_ends(base, value):
    assert evaluated("interpolate(a, tiers)", STEPS, a=base) == Fraction(value)


def test_an_interpolated_value_is_an_exact_fraction():
    steps = "ladder tiers of base decimal(2) 0 .. 10 : decimal(2)\n  0 : 1.00\n  3 : 2.00\n"
    assert evaluated("interpolate(a, tiers)", steps, a="1") == Fraction(4, 3)


def test_each_group_of_a_ladder_has_its_own_steps():
    body = """ladder brackets of colour, base decimal(2) 0 .. 1_000 : percent(2)
  red
    0  : 10%
    50 : 20%
  green
    0  : 5%
  blue
    100 : 50%
"""
    assert evaluated("marginal(a, brackets(colour))", body, a="100", colour="red") == 15
    assert evaluated("marginal(a, brackets(colour))", body, a="100", colour="green") == 5
    assert evaluated("marginal(a, brackets(colour))", body, a="100", colour="blue") == 0
    assert evaluated("slab(a, brackets(colour))", body, a="100", colour="blue") == 50


def test_a_base_outside_the_range_of_a_ladder_is_a_fault():
    assert evaluated("marginal(a * 2, tiers)", STEPS, a="500.01") == "table-range"


def test_a_band_without_bounds_takes_everything():
    assert in_band(Band(None, None), Fraction(5))
    assert not in_band(Band(Fraction(5), None, low_included=False), Fraction(5))
    assert in_band(Band(None, Fraction(5), high_included=True), Fraction(5))


def test_a_whole_base_over_a_fine_threshold_has_the_places_of_the_threshold():
    steps = "ladder tiers of base int 0 .. 100 : decimal(2)\n  0 : 0\n  12.5 : 0.25\n".replace("int", "decimal(1)")
    assert evaluated("marginal(n, tiers)", steps, n=13) == Fraction("0.125")
    plan = plan_of(f"{COLUMNS}{steps}let x = marginal(abs(n), tiers)\npay p = 0\n")
    assert plan.entities["worker"].lines["x"].type.places == 3


def test_a_ladder_and_a_line_may_bear_one_name():
    steps = "ladder share of base decimal(2) 0 .. 100 : decimal(2)\n  0 : 0.25\nlet share = marginal(abs(n), share)\n"
    assert evaluated("share", steps, n=8) == 2


def test_the_part_of_a_row_is_missing_where_the_row_is():
    body = """entity worker
  manager : worker optional
  late    : int 0 .. 100
table classify of late -> marks int; fine money
  ..5 : 1, 2
  5.. : 3, 4
let row = classify(late)
pay a = default(manager.row.fine, 7)
pay b = if given(manager.row.marks) then manager.row.fine else 9
"""
    rows = [{"worker": "A", "manager": "B", "late": 3}, {"worker": "B", "late": 10}]
    lines = run_of(plan_of(body), worker=rows).lines
    assert [(each.values["a"], each.values["b"]) for each in lines] == [(4, 4), (7, 9)]
