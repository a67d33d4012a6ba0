"""Explanations give their value back from their leaves alone, and name all that took part."""

from dataclasses import replace
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from paycalc.check.typed import Line, Total
from paycalc.core.errors import DataError, InternalError
from paycalc.explain.explanation import explain
from paycalc.explain.plain_data import to_json
from paycalc.explain.rendering import render_explanation
from paycalc.reference.dataset import RawTable, Setting
from paycalc.reference.faults import FaultCode
from paycalc.reference.interpreter import Evaluator
from tests.explain.courier_plan import PLAN, month
from tests.reference.plan_runs import data_of, plan_of

RESULT = month()
NAMES = [*PLAN.entities["worker"].lines, *PLAN.totals]


def explained(name, key="W1", entity="worker", result=RESULT):
    return explain(result.evaluator, entity, key, name, events=2)


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("key", ["W1", "W2", "W3"])
def test_the_leaves_give_the_value_back(name, key):
    explanation = explained(name, key)
    assert explanation.value == RESULT.evaluator.value(*explanation.asked)
    assert explanation.recompute() == explanation.value


def test_nothing_but_the_leaves_is_used():
    result = month()
    explanations = [explained(name, key, result=result) for name in NAMES for key in ("W1", "W2", "W3")]
    data = result.evaluator.dataset
    for cells in (*data.cells.values(), *data.targets.values()):
        cells[:] = [None] * len(cells)
    for explanation in explanations:
        assert explanation.recompute() == explanation.value


@pytest.mark.parametrize("name", ["piecework", "net", "curve_pay"])
def test_a_leaf_that_is_missing_is_missed(name):
    explanation = explained(name)
    for cell in explanation.leaves:
        others = {each: leaf for each, leaf in explanation.leaves.items() if each != cell}
        with pytest.raises(InternalError):
            replace(explanation, leaves=others).recompute()


def test_another_leaf_gives_another_value():
    explanation = explained("third", "W1")
    ((cell, leaf),) = explanation.leaves.items()
    changed = replace(explanation, leaves={cell: replace(leaf, value=Fraction(100))})
    assert (explanation.value, changed.recompute()) == (Fraction("-16.67"), Fraction("-33.33"))


def test_each_line_has_one_account_and_each_cell_one_leaf():
    explanation = explained("net")
    names = [field.name for field, _ in explanation.accounts]
    assert names[0] == "net"
    # Two parcels of seven are explained; three lines of each, and the price.
    assert sorted(names) == sorted(
        ["net", "piecework", "volume", "quality", "extra", "curve_pay", "step_pay", "allowance", "class", "override",
         "make_up", "meals"] + ["price", "fee", "per", "night"] * 2
    )  # fmt: skip
    assert len(explanation.leaves) == len(set(explanation.leaves))
    assert all(isinstance(field, Line | Total) for field, _ in explanation.accounts)


def test_leaves_say_where_they_come_from():
    origins = {
        (field.name, leaf.key): (leaf.origin, leaf.row, leaf.settings, leaf.value)
        for (field, _), leaf in explained("cost").leaves.items()
    }
    assert origins["base_fee", "S1"] == ("set", 1, ((Setting(0, "store", "S1", None), 1),), 2)
    assert origins["least", None] == ("default", None, ((None, 1),), 10)
    assert origins["bonus", "W1"] == ("missing", 1, (), None)
    assert origins["hours", "W1"] == ("cell", 1, (), 50)
    assert origins["store", "W1"] == ("cell", 1, (), "S1")
    assert origins["weight", 7] == ("cell", 7, (), 10)
    grade = {field.name: leaf for (field, _), leaf in explained("mixture", "W1").leaves.items()}["grade"]
    assert (grade.origin, grade.value) == ("default", "junior")
    assert [leaf.origin for leaf in explained("month").leaves.values()] == ["period"]


def test_what_other_rows_earned_is_taken_as_it_is():
    explanation = explained("override", "W2")
    group = explanation.accounts[explanation.asked].value_step.steps[0].steps[0].group
    assert (group.row_count, group.taken_count, group.rest) == (2, 2, 0)
    assert [(row, value) for row, value in group.contributors] == [(0, Fraction("43.58")), (2, 0)]
    assert list(explanation.leaves) == []


def test_of_many_rows_the_largest_are_named():
    step = explained("piecework").accounts[explained("piecework").asked].value_step
    assert [row + 1 for row, _ in step.group.contributors] == [1, 7, 6, 5, 3, 4, 2]
    assert (step.group.rest_count, step.group.rest) == (0, 0)
    assert [each.row + 1 for each in step.steps] == [1, 7]


def test_a_column_or_parameter_can_be_asked_for_too():
    assert explained("hours").value == 50
    assert explained("base_fee", "S1", "store").recompute() == 2
    assert explained("boss").value == "W2"


@pytest.mark.parametrize(
    ("entity", "key", "name", "code", "message"),
    [
        ("worker", "W9", "net", "unknown-key", "there is no worker W9 in the data"),
        ("worker", None, "net", "unknown-key", "which worker? say its key"),
        ("worker", "W1", "nett", "unknown-line", "the plan has no `nett` of worker"),
        ("shop", "S1", "net", "unknown-line", "the plan has no entity `shop`"),
        ("store", "S1", "net", "unknown-line", "the plan has no `net` of store"),
    ],
)
def test_what_is_not_there_cannot_be_explained(entity, key, name, code, message):
    with pytest.raises(DataError) as caught:
        explain(RESULT.evaluator, entity, key, name)
    assert (caught.value.code, caught.value.message) == (code, message)


def test_a_value_that_cannot_be_had_is_explained_by_its_fault():
    plan = plan_of("entity worker\n  sales : money 0 .. 9\nlet twice = sales * 2\npay p = twice\n")
    explanation = explain(Evaluator(data_of(plan, worker=[{"worker": "W1", "sales": 10}])), "worker", "W1", "p")
    assert explanation.fault.code is FaultCode.OUT_OF_RANGE
    assert (explanation.value, explanation.recompute(), dict(explanation.accounts)) == (None, None, {})


def test_the_plan_itself_can_be_explained():
    plan = plan_of("entity worker\n  sales : money 0 .. 9\npay p = sales\nshow plan.total = sum(gross of worker)\n")
    evaluator = Evaluator(data_of(plan, worker=[{"worker": 1, "sales": 3}, {"worker": 2, "sales": 4}]))
    explanation = explain(evaluator, "plan", None, "total")
    assert (explanation.value, explanation.recompute()) == (7, 7)


def test_a_chain_of_lines_may_be_as_long_as_it_likes():
    count = 5_000
    lines = "".join(f"let a{at} = a{at - 1} + 1\n" for at in range(1, count))
    plan = plan_of(f"entity worker\n  a0 : int 0 .. 1\n{lines}pay p = a{count - 1} * 0.01 CNY\n")
    explanation = explain(Evaluator(data_of(plan, worker=[{"worker": 1, "a0": 1}])), "worker", 1, "p")
    assert explanation.recompute() == count * Fraction(1, 100)
    assert len(explanation.accounts) == count
    assert len(render_explanation(explanation).splitlines()) > 4 * (count - 1)
    assert len(to_json(explanation)["accounts"]) == count


def test_shared_lines_are_explained_once():
    lines = "".join(f"let a{at} = a{at - 1} + a{at - 1}\n" for at in range(1, 31))
    plan = plan_of(f"entity worker\n  a0 : int 0 .. 1\n{lines}pay p = a30 * 0.01 CNY\n")
    explanation = explain(Evaluator(data_of(plan, worker=[{"worker": 1, "a0": 1}])), "worker", 1, "p")
    assert len(explanation.accounts) == 31
    assert explanation.recompute() == Fraction(2**30, 100)


AMOUNTS = st.integers(-10_000, 10_000).map(lambda count: Fraction(count, 100))
GROUPS = plan_of(
    """entity worker
entity sale in worker
  amount : money -100 .. 100
  good   : flag
show total = sum(amount of sale where good)
show least = default(min(amount of sale where good), 0)
show most  = default(max(amount of sale), 0)
show mean  = round(default(mean(amount of sale where good), 0), 6)
show count = count(sale where good)
show any   = if any(amount > 50 of sale) then 1 else 0
show all   = if all(amount > 50 of sale where good) then 1 else 0
pay p = 0
"""
)


@given(st.lists(st.tuples(AMOUNTS, st.booleans()), max_size=12))
def test_groups_of_any_size_give_their_value_back(sales):
    columns = {"worker": ["W1"] * len(sales), "amount": [a for a, _ in sales], "good": [g for _, g in sales]}
    data = data_of(GROUPS, worker=[{"worker": "W1"}], sale=RawTable("sale", columns, len(sales)))
    evaluator = Evaluator(data)
    good = [amount for amount, taken in sales if taken]
    expected = {
        "total": sum(good),
        "least": min(good, default=0),
        "most": max((amount for amount, _ in sales), default=0),
        "count": len(good),
        "any": any(amount > 50 for amount, _ in sales),
        "all": all(amount > 50 for amount in good),
    }
    for name in GROUPS.entities["worker"].lines:
        explanation = explain(evaluator, "worker", "W1", name)
        assert explanation.recompute() == explanation.value
        assert name not in expected or explanation.value == expected[name]
        assert render_explanation(explanation).startswith(f"{name} of worker W1, 2026-10: ")


def test_expressions_nested_as_deep_as_a_plan_may_be():
    depth = 48
    text = "a"
    for _ in range(depth):
        text = f"-(1 + {text})"
    plan = plan_of(f"entity worker\n  a : int 0 .. 9\nlet x = {text}\npay p = x * 1 CNY\n")
    explanation = explain(Evaluator(data_of(plan, worker=[{"worker": 1, "a": 5}])), "worker", 1, "p")
    # -(1 + x) turns into -1 - x: two of them give x back.
    assert explanation.value == explanation.recompute() == 5
    assert "..." in render_explanation(explanation)
    assert len(to_json(explanation)["accounts"]) == 2


def test_gross_before_a_line_is_explained_by_the_lines_above_it():
    plan = plan_of(
        "entity worker\n  a : money 0 .. 9\npay base = a\npay more = 2\npay extra = round(gross before extra * 50%)\n"
    )
    explanation = explain(Evaluator(data_of(plan, worker=[{"worker": 1, "a": 5}])), "worker", 1, "extra")
    assert explanation.value == explanation.recompute() == Fraction("3.50")
    names = [field.name for field, _ in explanation.accounts]
    assert names[0] == "extra"
    assert names[2:] == ["base", "more"]
