"""Plans that are long or tangled are checked as quickly as short ones: no value is looked at twice."""

from fractions import Fraction

import pytest

from paycalc.check.types import NumberType
from paycalc.core.number import Interval
from tests.check.checked import accepted, faults


def interval_of(fragment: str, name: str) -> Interval:
    type_ = accepted(fragment).entities["worker"].lines[name].type
    assert isinstance(type_, NumberType)
    return type_.interval


def doubled(first: str, form: str, count: int = 30) -> str:
    """`let a0 = FIRST`, and lines that each read the one before twice."""
    lines = [f"let a0 = {first}"]
    lines += [f"let a{number} = " + form.format(a=f"a{number - 1}") for number in range(1, count + 1)]
    return "\n".join(lines) + "\n"


def test_thirty_lines_that_double() -> None:
    assert interval_of(doubled("days", "{a} + {a}"), "a30") == Interval.of(0, 31 * 2**30)


def test_thirty_lines_that_square() -> None:
    assert faults(doubled("days", "{a} * {a}")) == ["number-too-wide"]
    assert interval_of(doubled("min(days, 1)", "{a} * {a}"), "a30") == Interval.of(0, 1)


@pytest.mark.parametrize(
    ("form", "interval"),
    [
        ("{a} - {a}", Interval.of(-31 * 2**29, 31 * 2**29)),
        ("max({a}, {a})", Interval.of(0, 31)),
        ("if {a} > 5 then {a} else {a}", Interval.of(0, 31)),
        ("if {a} > 5 and {a} < 9 then {a} else 0", Interval.of(0, 8)),
        ("{a} when {a} > 31 or {a} < 3", Interval.of(0, 31)),
        ("round({a} / ({a} + 1), 0)", Interval.of(0, 31)),
    ],
)
def test_thirty_lines_that_read_the_one_before_twice(form: str, interval: Interval) -> None:
    assert interval.covers(interval_of(doubled("days", form), "a30"))


def test_a_doubled_fraction_keeps_its_divisor() -> None:
    type_ = accepted(doubled("days / 7", "{a} + {a}")).entities["worker"].lines["a30"].type
    assert isinstance(type_, NumberType)
    assert type_.divisor == Interval.of(7)
    assert type_.numerator == Interval.of(0, 31 * 2**30)


def test_a_sum_of_three_thousand_terms() -> None:
    terms = " + ".join(["days"] * 3_000)
    assert interval_of(f"let x = {terms}\n", "x") == Interval.of(0, 93_000)
    assert interval_of(f"let x = {terms} - 93_000\n", "x") == Interval.of(-93_000, 0)
    assert faults(f"let x = 1 / ({terms})\n") == ["divisor-may-be-zero"]
    assert faults(f"let x = 1 / ({terms}) when {terms} > 0\n") == []


def test_a_sum_of_three_thousand_different_terms() -> None:
    columns = "".join(f"  c{number} : int 0 .. 1\n" for number in range(3_000))
    terms = " + ".join(f"c{number}" for number in range(3_000))
    fragment = f"entity sheet\n{columns}let sheet.x = {terms}\nlet sheet.y = 1 / ({terms}) when {terms} > 0\n"
    type_ = accepted(fragment).entities["sheet"].lines["x"].type
    assert isinstance(type_, NumberType)
    assert type_.interval == Interval.of(0, 3_000)


def test_a_product_of_three_thousand_factors_is_refused_once() -> None:
    assert faults("let x = " + " * ".join(["days"] * 90) + "\n") == ["number-too-wide"]


@pytest.mark.parametrize("turned", [False, True], ids=["from the first", "from the last"])
def test_a_chain_of_five_thousand_lines(turned: bool) -> None:
    lines = ["let a0 = days"] + [f"let a{number} = a{number - 1} + 1" for number in range(1, 5_000)]
    fragment = "\n".join(reversed(lines) if turned else lines) + "\n"
    assert interval_of(fragment, "a4999") == Interval.of(4_999, 5_030)


def test_a_circle_of_five_thousand_lines_is_one_fault() -> None:
    lines = [f"let a{number} = a{number + 1} + 1" for number in range(4_999)] + ["let a4999 = a0"]
    assert faults("\n".join(lines) + "\n") == ["cycle"]


def test_long_conditions() -> None:
    joined = " or ".join(f"days is {number}" for number in range(3_000))
    assert faults(f"let x = 5 when {joined}\n") == []
    joined = " and ".join(f"days + {number} > 0" for number in range(3_000))
    assert faults(f"let x = 1 / (days + 7) when {joined}\n") == []


def test_a_case_of_three_thousand_branches() -> None:
    branches = "".join(f"    days + {number} > 5 : {number}\n" for number in range(3_000))
    assert interval_of(f"let x =\n  case\n{branches}    otherwise : -1\n", "x") == Interval.of(-1, 2_999)


def test_a_table_of_five_thousand_rows() -> None:
    rows = "".join(f"  {number}..{number + 1} : {number}\n" for number in range(5_000))
    fragment = f"table t of k int 0 .. 100_000 : int\n{rows}  5_000.. : -1\n"
    assert interval_of(fragment + "let x = t(days) + t(days / 7)\n", "x") == Interval.of(-2, 9_998)
    assert faults(fragment.replace("4_321", "x").replace("  4321..4322 : 4321\n", "")) == ["table-gap"]


def test_a_ladder_of_five_thousand_steps() -> None:
    steps = "".join(f"  {number} : 1%\n" for number in range(5_000))
    fragment = f"ladder l of k int 0 .. 100_000 : percent(0)\n{steps}let x = marginal(days, l)\n"
    assert interval_of(fragment, "x") == Interval(Fraction(0), Fraction(31, 100))


def test_a_thousand_columns_and_lines() -> None:
    columns = "".join(f"  c{number} : money 0 .. 100 = 5\n" for number in range(1_000))
    lines = "".join(f"pay p{number} = round(c{number} * 2%) when c{number} > 1\n" for number in range(1_000))
    plan = accepted(f"parameters\n{columns}{lines}")
    gross = plan.totals["gross"].type
    assert isinstance(gross, NumberType)
    assert gross.interval == Interval.of(0, 2_000)


@pytest.mark.parametrize("refers_to", ["e{next}", "e0", "e{next}\n  s{number} : e0"])
def test_three_thousand_entities_that_refer_to_each_other(refers_to: str) -> None:
    entities = "".join(
        f"entity e{number}\n  r{number} : {refers_to.format(next=(number + 1) % 3_000, number=number)}\n"
        f"parameters of e{number}\n  k : int 0 .. 9\n"
        for number in range(3_000)
    )
    levels = accepted(entities).entities["e7"].levels
    assert [len(each.references) for each in levels[:2]] == [0, 1]
    assert 3 <= len(levels) <= 31


def test_a_parameter_of_a_thousand_entities_stated_in_a_thousand_rows() -> None:
    entities = "".join(f"entity e{n}\n  store : store\nparameters of e{n}\n  k{n} : int 0 .. 9\n" for n in range(1_000))
    rows = "".join(f"  store S{number} : k{number} 5\n" for number in range(1_000))
    (example,) = accepted(f'{entities}pay p = 5\nexample "e"\n{rows}  worker W -> p 5\n').examples
    assert {len(row.parameters) for row in example.blocks[0].rows[:1_000]} == {1}
