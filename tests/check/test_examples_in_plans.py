"""Examples inside a plan: rows, keys, periods and what may be expected."""

from fractions import Fraction

import pytest

from paycalc.check.typed import Example
from tests.check.checked import HEADER, accepted, faults, ids_of

PAY = """\
pay commission = round(sales * store.rate)
let pace = sales / 3
show store.total = sum(sales of worker via store)
"""


def example_of(text: str) -> Example:
    """The only example of the prelude with some lines and this example's items, each on a line."""
    items = "".join(f"  {line}\n" for line in text.strip().split("\n"))
    (example,) = accepted(f'{PAY}example "e"\n{items}').examples
    return example


def example_faults(text: str) -> list[str]:
    items = "".join(f"  {line}\n" for line in text.strip().split("\n"))
    return faults(f'{PAY}example "e"\n{items}')


@pytest.mark.parametrize(
    "text",
    [
        "worker W1 : sales 100 -> commission 2",
        "worker W1 : sales 100, store S1, grade junior, night yes, hired 2026-01-01 -> commission 2.00, net 2",
        "worker W1 -> commission 0",
        "worker 17 : sales 100 -> commission 2",
        'worker "W-17" : sales 100 -> commission 2',
        "worker 张三 : sales 100 -> commission 2",
        "worker W1 : sales 100\nexpect W1 : commission 2",
        "worker W1 : sales 100\nexpect worker W1 : commission 2",
        "store S1 : rate 2%, revenue 5\nworker W1 : store S1, sales 100\nexpect store S1 : total 100",
        "plan : wage 10.00\nworker W1 : sales 100 -> commission 2",
        "worker W1 : sales 100\nparcel P1 : worker W1, price 5, late 3, checked no\nexpect W1 : commission 2",
        "worker W1 : sales 100 -> pace 100/3",
        "worker W1 : sales 100 -> pace -100 / 3",
        "worker W1 : sales 100 -> gross 2, cost 2, store.total 100",
        "worker W1 : manager W2, sales 1\nworker W2 : sales 100 -> commission 2",
        "worker W1 : manager none, bonus none, sales 1 -> commission 0.02",
        "worker W1 : sales 2_000_000 -> rejected out-of-range",
        "worker W1 : sales 2_000_000 -> rejected",
        "worker W1 : sales 100 -> pace 33.3333333333",
        "worker W1 : at 2026-10-15T08:30, sales 100 -> commission 2",
        "worker W1 : sales 100, hours 7.5 hour -> commission 2 CNY",
        "period 2026-03\n  worker W1 : sales 100 -> commission 2",
        "worker W1 : sales 100\nperiod 2026-01 .. 2026-03\n  expect W1 : sum(commission) 6, commission 2",
        "store S1 : rate 2%\nperiod 2026-01\n  worker W1 : sales 1\nperiod 2026-03\n  expect W1 : commission 0.02",
    ],
)
def test_examples(text: str) -> None:
    assert example_faults(text) == []


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("worker W1 : slaes 100 -> commission 2", ["unknown-name"]),
        ("wroker W1 : sales 100 -> commission 2", ["unknown-entity"]),
        ("worker W1 : sales 100 -> comission 2", ["unknown-name"]),
        ("worker W1 : sales 100 -> rate 2%", ["wrong-grain"]),
        ("worker W1 : sales 100 -> commission 2%", ["literal-type"]),
        ("worker W1 : sales 100 -> commission 2 hour", ["unit-mismatch"]),
        ("worker W1 : sales 100%, store S1 -> commission 2", ["literal-type"]),
        ("store S1 : rate 2\nworker W1 : sales 1 -> net 0", ["percent-sign"]),
        ("worker W1 : sales 0.005 -> commission 2", ["too-many-places"]),
        ("worker W1 : sales lots -> commission 2", ["literal-type"]),
        ("worker W1 : grade boss -> commission 2", ["unknown-member"]),
        ("worker W1 : night maybe -> commission 2", ["literal-type"]),
        ("worker W1 : sales none -> commission 2", ["literal-type"]),
        ("worker W1 : sales 1, sales 2 -> commission 2", ["example"]),
        ("worker W1 : commission 2 -> net 2", ["unknown-name"]),
        ("worker W1 : sales 100", ["example"]),
        ("store S1 : revenue 5 -> rejected", ["example"]),
        ("plan : wage 10 -> commission 2", ["wrong-grain"]),
        ("worker W1 : sales 5 -> sum(store) 2", ["example"]),
        ("worker W1 : sales 1 -> net 1/0", ["literal-type"]),
        ("period 2026-W10\n  worker W1 : sales 1 -> net 0", ["example-period"]),
        ("period 2026-Q1\n  worker W1 : sales 1 -> net 0", ["example-period"]),
        ("period 2026-02 .. 2026-01\n  worker W1 : sales 1 -> net 0", ["example-period"]),
        ("period 2026-02\n  worker W1 : sales 1 -> net 0\nperiod 2026-02\n  expect W1 : net 0", ["example-period"]),
        ("period 2026-02\n  worker W1 : sales 1 -> net 0\nperiod 2026-01\n  expect W1 : net 0", ["example-period"]),
        ("worker W1 : sales 1 -> net 0\nperiod 2026-02\n  expect W1 : net 0", ["example-period"]),
        ("worker W1 : sales 1 -> manager.sales 3, commission x", ["literal-type"]),
    ],
)
def test_examples_that_do_not_fit(text: str, expected: list[str]) -> None:
    assert example_faults(text) == expected


def test_two_examples_have_two_titles() -> None:
    one = 'example "e"\n  worker W1 : sales 1 -> net 0\n'
    assert faults(PAY + one + one) == ["duplicate-name"]
    assert faults(PAY + one + one.replace('"e"', '"f"')) == []


def test_what_an_example_holds() -> None:
    example = example_of("plan : wage 10\nworker W1 : sales 100, bonus none -> commission 2.00, pace 100/3")
    (block,) = example.blocks
    assert (block.first.name, block.last.name) == ("2026-01", "2026-01")
    plan_row, worker_row = block.rows
    stated = {each.name: value for each, value in plan_row.parameters.items()}
    assert (plan_row.entity, plan_row.key, stated) == ("plan", None, {"wage": Fraction(10)})
    assert (worker_row.key, dict(worker_row.cells)) == ("W1", {"sales": Fraction(100), "bonus": None})
    assert [each.value for each in block.expectations] == [Fraction(2), Fraction(100, 3)]
    assert example.setup == ()


def test_rows_before_the_first_period_set_up() -> None:
    example = example_of(
        "store S1 : rate 2%\nperiod 2026-01\n  worker W1 : sales 1 -> net 0.02\n"
        "period 2026-02 .. 2026-04\n  expect W1 : sum(net) 0.06"
    )
    assert [row.entity for row in example.setup] == ["store"]
    assert [(block.first.name, block.last.name) for block in example.blocks] == [
        ("2026-01", "2026-01"),
        ("2026-02", "2026-04"),
    ]
    assert example.blocks[1].expectations[0].operator == "sum"


@pytest.mark.parametrize(
    ("period", "name"),
    [
        ("day", "2026-10-31"),
        ("week", "2026-W41"),
        ("14 days from 2026-10-05", "2026-10-05"),
        ("half_month", "2026-10-1"),
        ("month", "2026-10"),
        ("quarter", "2026-Q4"),
        ("year", "2026"),
    ],
)
def test_periods_are_named_as_the_plan_counts(period: str, name: str) -> None:
    plan = HEADER.replace("period   month", f"period   {period}") + "entity worker\n  sales : money\npay p = sales\n"
    assert ids_of(f'{plan}example "e"\n  period {name}\n    worker W1 : sales 5 -> p 5\n') == []
    assert ids_of(f'{plan}example "e"\n  worker W1 : sales 5 -> p 5\n') == []
