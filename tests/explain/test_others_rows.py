"""What the run withholds, and how an explanation goes down into what others contributed."""

from fractions import Fraction

from paycalc.explain.explanation import explain
from paycalc.explain.rendering import render_explanation
from paycalc.reference.interpreter import Evaluator
from paycalc.reference.run import run
from tests.reference.plan_runs import data_of, plan_of

SHOP = plan_of(
    """entity shop
entity worker
  shop  : shop
  boss  : worker optional
  sales : money 0 .. 1_000
entity parcel in worker
  price : money 0 .. 100
pay commission = round(sales * 10%)
pay override = round(sum(commission of worker via boss) * 5%)
let shop.wages = sum(net of worker)
show shop.payroll = wages
show shop.dear = if wages > 5_000 then sum(sales of worker) else 0
show shop.deep = sum(sum(price of parcel) + 1 CNY of worker)
show shop.fees = sum(round(sales * 3%) of worker)
show shop.sales = sum(sales of worker)
show shop.most = default(max(gross of worker), 0)
show plan.deep = sum(sum(commission of worker) of shop)
show plan.sales = sum(sum(sum(price of parcel) of worker) of shop)
assert net < 90 "too much"
"""
)
SHOP_RESULT = run(
    data_of(
        SHOP,
        shop=[{"shop": "S1"}, {"shop": "S2"}],
        worker=[
            {"worker": "A", "shop": "S1", "sales": 10},
            {"worker": "B", "shop": "S1", "sales": Fraction("22.50"), "boss": "A"},
            {"worker": "C", "shop": "S1", "sales": 40, "boss": "A"},
            {"worker": "D", "shop": "S2", "sales": 1_000},
            {"worker": "E", "shop": "S2", "sales": 20},
        ],
        parcel=[{"parcel": at, "worker": worker, "price": at} for at, worker in enumerate("ABBCCCDDE", start=1)],
    ),
    on_reject_share=None,
)


def in_shops(entity, key, name, **options):
    explanation = explain(SHOP_RESULT.evaluator, entity, key, name, spread=SHOP_RESULT.spread)
    assert explanation.recompute() == explanation.value
    return render_explanation(explanation, **options).splitlines()


def test_a_withheld_value_says_so_first():
    assert in_shops("shop", "S2", "payroll")[:3] == [
        "withheld: too much (worker D) [assert-failed]",
        "          the run does not report the value that follows",
        "payroll of shop S2, 2026-10: 102.00 CNY                                                 trial.pay:16",
    ]
    # The branch that reads the wages of D is not taken; the run withholds the value all the same.
    assert in_shops("shop", "S2", "dear")[0] == "withheld: too much (worker D) [assert-failed]"
    assert in_shops("shop", "S2", "wages")[0] == "withheld: too much (worker D) [assert-failed]"
    assert in_shops("plan", None, "deep")[0] == "withheld: too much (worker D) [assert-failed]"
    assert [(each.key, each.line) for each in SHOP_RESULT.withheld] == [
        (None, "deep"), ("S2", "dear"), ("S2", "most"), ("S2", "payroll"),
    ]  # fmt: skip


def test_a_value_that_is_not_withheld_says_nothing_of_it():
    assert in_shops("shop", "S1", "payroll")[0].startswith("payroll of shop S1, 2026-10: ")
    assert in_shops("shop", "S2", "sales")[0].startswith("sales of shop S2, 2026-10: 1_020.00 CNY")
    assert in_shops("shop", "S2", "deep")[0].startswith("deep of shop S2, 2026-10: ")


def test_a_withheld_value_that_there_is_not_names_the_fault_once():
    plan = plan_of("entity worker\n  x : int 0 .. 5\npay p = 1\nshow s = x\n")
    result = run(data_of(plan, worker=[{"worker": "W", "x": 6}]), on_reject_share=None)
    assert render_explanation(explain(result.evaluator, "worker", "W", "s", spread=result.spread)).splitlines() == [
        "s of worker W, 2026-10: no value",
        "  x of worker W is 6, outside 0 .. 5 [out-of-range]",
        "  so the run does not report it",
    ]


def test_the_lines_of_others_are_named_with_the_way_to_them():
    assert in_shops("worker", "A", "override")[1:6] == [
        "  = round(sum(commission of worker via boss) * 5%)",
        "  sum(commission of worker via boss) = 6.25 CNY, over 2 rows of worker",
        "    worker C: 4.00 CNY",
        "    worker B: 2.25 CNY",
        "    how each came about: paycalc explain RUN C commission",
    ]
    lines = in_shops("shop", "S1", "most", asking=lambda key, line: f"ask {line} of {key}")
    assert lines[3:5] == ["    worker C: 4.00 CNY", "    how it came about: ask gross of C"]
    # A sum of cells has nothing behind it.
    assert in_shops("shop", "S1", "sales")[2:] == [
        "  sum(sales of worker) = 72.50 CNY, over 3 rows of worker",
        "    worker C: 40.00 CNY",
        "    worker B: 22.50 CNY",
        "    worker A: 10.00 CNY",
    ]


def test_where_others_have_no_line_to_ask_for_the_largest_is_worked_out():
    assert in_shops("shop", "S1", "deep")[2:] == [
        "  sum(sum(price of parcel) + 1 CNY of worker) = 24.00 CNY, over 3 rows of worker",
        "    worker C: 16.00 CNY",
        "      sum(price of parcel) = 15.00 CNY, over 3 rows of parcel",
        "        parcel 6: 6.00 CNY",
        "        parcel 5: 5.00 CNY",
        "        parcel 4: 4.00 CNY",
        "      = 15.00 CNY + 1 CNY",
        "    worker B: 6.00 CNY",
        "    worker A: 2.00 CNY",
    ]
    assert in_shops("shop", "S1", "fees")[3:7] == [
        "    worker C: 1.20 CNY",
        "      = round(40.00 CNY * 3%)",
        "      = round(1.20 CNY)",
        "    worker B: 0.68 CNY",
    ]


def test_aggregates_in_aggregates_go_down_to_the_last():
    assert in_shops("plan", None, "sales")[2:] == [
        "  sum(sum(sum(price of parcel) of worker) of shop) = 45.00 CNY, over 2 rows of shop",
        "    shop S2: 24.00 CNY",
        "      sum(sum(price of parcel) of worker) = 24.00 CNY, over 2 rows of worker",
        "        worker D: 15.00 CNY",
        "          sum(price of parcel) = 15.00 CNY, over 2 rows of parcel",
        "            parcel 8: 8.00 CNY",
        "            parcel 7: 7.00 CNY",
        "        worker E: 9.00 CNY",
        "    shop S1: 21.00 CNY",
    ]
    assert in_shops("plan", None, "deep")[4:9] == [
        "  sum(sum(commission of worker) of shop) = 109.25 CNY, over 2 rows of shop",
        "    shop S2: 102.00 CNY",
        "      sum(commission of worker) = 102.00 CNY, over 2 rows of worker",
        "        worker D: 100.00 CNY",
        "        worker E: 2.00 CNY",
    ]


def test_two_aggregates_with_the_same_contributors_both_keep_them():
    plan = plan_of(
        "entity worker\nentity tip in worker\n  a, b : money 0 .. 5\npay p = sum(a of tip) + sum(b of tip)\n"
    )
    data = data_of(plan, worker=[{"worker": "W"}], tip=[{"tip": 1, "worker": "W", "a": 2, "b": 2}])
    assert render_explanation(explain(Evaluator(data), "worker", "W", "p")).splitlines()[2:] == [
        "  sum(a of tip) = 2.00 CNY, over 1 row of tip",
        "    tip 1: 2.00 CNY",
        "  sum(b of tip) = 2.00 CNY, over 1 row of tip",
        "    tip 1: 2.00 CNY",
        "  = 2.00 CNY + 2.00 CNY",
    ]
