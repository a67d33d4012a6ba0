"""Each construct of an expression, with exact values."""

from datetime import UTC, date, datetime, timedelta, timezone
from fractions import Fraction

import pytest

from tests.reference.plan_runs import evaluated, fault_of


@pytest.mark.parametrize(
    ("expression", "value"),
    [
        ("a + b * c", "23.5"),
        ("(a + b) * c", "38.5"),
        ("a - b - c", "-7.5"),
        ("-a", "-2.5"),
        ("a / 4", "0.625"),
        ("a / pos", "5/6"),
        ("a / pos * pos", "5/2"),
        ("a / pos + b / pos", "11/6"),
        ("mod(a, 2)", "0.5"),
        ("mod(-a, 2)", "1.5"),
        ("mod(a, -2)", "-1.5"),
        ("mod(-a, -2)", "-0.5"),
        ("mod(c, pos)", "1"),
        ("abs(-a)", "2.5"),
        ("min(c, a, b)", "2.5"),
        ("max(a, c, b)", "7"),
        ("clamp(a, 0, 2)", "2"),
        ("clamp(a, 3, 4)", "3"),
        ("clamp(a, 0, 9)", "2.5"),
        ("if a > b then 1 else 0", "0"),
        ("if a < b then 1 else 0", "1"),
        ("a * 5%", "0.125"),
        ("1 + 5%", "1.05"),
    ],
)
def test_arithmetic_is_that_of_the_rational_numbers(expression, value):
    assert evaluated(expression, a="2.5", b="3", c="7", pos="3") == Fraction(value)


@pytest.mark.parametrize(
    ("mode", "values"),
    [
        # of    2.5   -2.5   3.5   -3.5   2.4   -2.4   2.6  -2.6   2    -2
        ("half_up", (3, -3, 4, -4, 2, -2, 3, -3, 2, -2)),
        ("half_down", (2, -2, 3, -3, 2, -2, 3, -3, 2, -2)),
        ("half_even", (2, -2, 4, -4, 2, -2, 3, -3, 2, -2)),
        ("up", (3, -3, 4, -4, 3, -3, 3, -3, 2, -2)),
        ("down", (2, -2, 3, -3, 2, -2, 2, -2, 2, -2)),
        ("floor", (2, -3, 3, -4, 2, -3, 2, -3, 2, -2)),
        ("ceiling", (3, -2, 4, -3, 3, -2, 3, -2, 2, -2)),
    ],
)
def test_rounding_in_every_mode_on_both_sides_of_zero(mode, values):
    arguments = ("2.5", "-2.5", "3.5", "-3.5", "2.4", "-2.4", "2.6", "-2.6", "2", "-2")
    assert tuple(evaluated(f"round(a, 0, {mode})", a=each) for each in arguments) == values


@pytest.mark.parametrize(
    ("expression", "value"),
    [
        ("round(a / 3, 2)", "0.83"),
        ("round(a * b, 1)", "8.8"),  # 8.75
        ("round(a, to 0.05, up)", "2.5"),
        ("round(a * 1.01, to 0.05, up)", "2.55"),
        ("round(a * 1.01, to 0.05, down)", "2.5"),
        ("round(a, to 2)", "2"),
        ("round(b, to 3, half_even)", "3"),
        ("floor(-a)", "-3"),
        ("ceiling(-a)", "-2"),
        ("floor(a)", "2"),
        ("ceiling(a)", "3"),
    ],
)
def test_rounding_to_places_and_steps(expression, value):
    assert evaluated(expression, a="2.5", b="3.5") == Fraction(value)


def test_a_quotient_is_rounded_once_from_its_exact_value():
    # 2/3 rounded to three places first would be 0.667, and half of it 0.3335, which rounds up to 0.334.
    assert evaluated("round(a / pos / 2, 3)", a="2", pos="3") == Fraction("0.333")


@pytest.mark.parametrize(
    ("expression", "value"),
    [
        ("a < b", False),
        ("a <= b", True),
        ("a > b", False),
        ("a >= b", True),
        ("a is b", True),
        ("a is not b", False),
        ("a in (1, 2.5)", True),
        ("a in (1, 2)", False),
        ("colour is red", False),
        ("colour is not red", True),
        ("colour in (red, green)", True),
        ('label is "north"', True),
        ('label is "south"', False),
        ("yes1 and no1", False),
        ("yes1 or no1", True),
        ("not yes1", False),
        ("day1 < day2", True),
        ("at < 2026-10-15T08:31", True),
        ("at >= 2026-10-15T00:30+00:00", True),
        ("given(o)", False),
    ],
)
def test_conditions(expression, value):
    columns = {
        "a": "2.5", "b": "2.5", "colour": "green", "yes1": True, "no1": False,
        "day1": date(2026, 1, 31), "day2": date(2026, 2, 1), "label": "north",
        "at": datetime(2026, 10, 15, 8, 30, tzinfo=timezone(timedelta(hours=8))),
    }  # fmt: skip
    assert evaluated(expression, **columns) is value


def test_an_optional_value_is_met_by_given_and_default():
    assert evaluated("default(o, 7)") == 7
    assert evaluated("default(o, 7)", o="3") == 3
    assert evaluated("if given(o) then o * 2 else -1") == -1
    assert evaluated("if given(o) then o * 2 else -1", o="3") == 6
    assert evaluated("given(o) and o > 2", o="3") is True
    assert evaluated("given(o) and o > 2") is False


def test_only_the_branch_that_counts_is_worked_out():
    # 0 .. 5 is the key's range: asked with 9 the table is a fault.
    body = "table t of key int 0 .. 5 : int\n  ..3 : 1\n  3.. : 2\n"
    assert evaluated("t(n)", body, n=9) == "table-range"
    assert evaluated("if n > 5 then -1 else t(n)", body, n=9) == -1
    assert evaluated("n > 5 or t(n) is 1", body, n=9) is True
    assert evaluated("n <= 5 and t(n) is 1", body, n=9) is False
    assert evaluated("n <= 50 and t(n) is 1", body, n=9) == "table-range"
    assert evaluated("0 when n <= 5 and t(n) is 1", body, n=9) == 0
    assert evaluated("t(n) when n <= 5", body, n=9) == 0


def test_a_case_takes_the_first_branch_that_holds():
    case = "\n  case\n    a >= 10 : 3\n    a >= 5 : 2\n    otherwise : 1\n"
    assert [evaluated(case, a=each) for each in ("10", "9.99", "5", "4.99")] == [3, 2, 2, 1]


@pytest.mark.parametrize(
    ("expression", "value"),
    [
        ("date(at)", date(2026, 10, 16)),
        ("hour(at)", 0),
        ("minute(at)", 30),
        ("day(at)", 16),
        ("weekday(at)", 5),
        ("year(day1)", 2026),
        ("month(day1)", 1),
        ("weekday(day1)", 6),
        ("days_in_month(day1)", 31),
        ("days_between(day1, day2)", 28),
        ("days_between(day2, day1)", -28),
        ("months_between(day1, day2)", 1),
        ("years_between(day1, day2)", 0),
        ("period.start", date(2026, 10, 1)),
        ("period.end", date(2026, 10, 31)),
        ("period.days", 31),
        ("days_between(period.start, period.end)", 30),
    ],
)
def test_dates_and_moments_by_the_clocks_of_the_plan(expression, value):
    moment = datetime(2026, 10, 15, 16, 30, tzinfo=UTC)  # half past midnight of the 16th in Shanghai
    assert evaluated(expression, at=moment, day1=date(2026, 1, 31), day2=date(2026, 2, 28)) == value


def test_a_clamp_turned_round_is_a_fault_of_its_row():
    assert evaluated("clamp(a, b, c)", a="1", b="2", c="2") == 2
    fault = fault_of("clamp(a, b, c)", a="1", b="3", c="2")
    assert (fault.code, fault.entity, fault.key, fault.row, fault.column) == (
        "clamp-inverted", "worker", "W1", 1, "x",
    )  # fmt: skip
    assert fault.value == "3.00 .. 2.00"


def test_a_declared_range_that_is_not_proven_is_checked():
    body = "let y : decimal(2) 0 .. 10 = a\n"
    assert evaluated("y", body, a="10") == 10
    fault = fault_of("y", body, a="10.01")
    assert (fault.code, fault.column, fault.value, fault.expected) == ("line-range", "y", "10.01", "0.00 .. 10.00")


def test_a_declared_range_of_dates_is_checked():
    body = "let y : date 2026-01-01 .. 2026-12-31 = day1\n"
    assert evaluated("y", body, day1=date(2026, 12, 31)) == date(2026, 12, 31)
    fault = fault_of("y", body, day1=date(2027, 1, 1))
    assert (fault.code, fault.value, fault.expected) == ("line-range", "2027-01-01", "2026-01-01 .. 2026-12-31")


def test_of_two_faults_the_first_in_precedence_comes_through():
    body = "table t of key int 0 .. 5 : int\n  * : 1\n"
    assert fault_of("clamp(a, b, c) + t(n)", body, a="1", b="3", c="2", n=9).code == "table-range"
    assert fault_of("t(n) + clamp(a, b, c)", body, a="1", b="3", c="2", n=9).code == "table-range"
    # Of two of a kind the one that stands first in the plan.
    assert fault_of("t(n) + t(n - 1)", body, n=9).value == "key 9"
