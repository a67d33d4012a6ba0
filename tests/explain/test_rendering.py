"""Explanations as text: the wording line by line, and where each number comes from."""

from fractions import Fraction

import pytest

from paycalc.explain.explanation import explain
from paycalc.explain.rendering import render_explanation
from paycalc.explain.wording import show
from paycalc.reference.dataset import RawTable
from paycalc.reference.interpreter import Evaluator
from paycalc.reference.run import run
from tests.explain.courier_plan import PLAN, month
from tests.reference.plan_runs import data_of, plan_of

EXPECTED = {
    ("W2", "net"): """\
net of worker W2, 2026-10: 1_931.43 CNY
  + piecework "Parcels delivered" 0.00 CNY
  + volume 0.00 CNY
  + quality 0.00 CNY
  + extra 100.00 CNY
  + curve_pay 12.50 CNY
  + step_pay 201.25 CNY
  + allowance 20.50 CNY
  + override 2.18 CNY
  + make_up 1_600.00 CNY
  - meals "Meals" 5.00 CNY
  piecework "Parcels delivered" of worker W2: 0.00 CNY                                  trial.pay:48
    = sum(price of parcel)
    sum(price of parcel) = 0.00 CNY, over 0 rows of parcel
  volume of worker W2: 0.00 CNY                                                         trial.pay:49
    = round(marginal(count(parcel), volumes))
    count(parcel) = 0, over 0 rows of parcel
    = round(marginal(0, volumes))
    = round(0.00 CNY)
    volumes: parcels 0
      lies below the first step, 1
  quality of worker W2: 0.00 CNY                                                        trial.pay:50
    = 100 when count(parcel) > 0 and count(parcel where late > 30 minute) * 4 < count(parcel)
    `count(parcel) > 0 and count(parcel where late > 30 minute) * 4 < count(parcel)` does not hold:
      count(parcel) is 0
    so it is 0
  extra of worker W2: 100.00 CNY                                                        trial.pay:51
    = clamp(default(bonus, 3), 5, 100)
    = clamp(default(200.00 CNY, 3), 5, 100)
    = clamp(200.00 CNY, 5, 100)
    200.00 CNY is held at the upper bound 100.00 CNY
    bonus  200.00 CNY  worker W2, row 2
  curve_pay of worker W2: 12.50 CNY                                                     trial.pay:52
    = round(interpolate(hours, curve) * 10.00 CNY)
    = round(interpolate(160.00 hour, curve) * 10.00 CNY)
    = round(1.25 * 10.00 CNY)
    = round(12.50 CNY)
    curve: hours 160.00 hour lies beyond 160.00 hour (1.25)
    hours  160.00 hour  worker W2, row 2
  step_pay of worker W2: 201.25 CNY                                                     trial.pay:53
    = round(slab(hours, curve) * 1 CNY per hour) + round(reached(hours, curve) * 1 CNY)
    = round(slab(160.00 hour, curve) * 1 CNY per hour) + round(reached(160.00 hour, curve) * 1 CNY)
    = round(200.00 hour * 1 CNY per hour) + round(1.25 * 1 CNY)
    = round(200.00 CNY) + round(1.25 CNY)
    = 200.00 CNY + 1.25 CNY
    curve: hours 160.00 hour reaches 160.00 hour: 1.25
    hours  160.00 hour  worker W2, row 2
  allowance of worker W2: 20.50 CNY                                                     trial.pay:54
    = class.allowance
    class.allowance  20.50 CNY  see below
    class of worker W2: class full, allowance 20.50 CNY                                 trial.pay:47
      = classify(hours)
      = classify(160.00 hour)
      classify(160.00 hour): row `100.. : full, 20.50` (line 38)
      hours  160.00 hour  worker W2, row 2
  override of worker W2: 2.18 CNY                                                       trial.pay:55
    = round(sum(piecework of worker via boss) * 5%)
    sum(piecework of worker via boss) = 43.58 CNY, over 2 rows of worker
      worker W1: 43.58 CNY
      worker W3: 0.00 CNY
      how each came about: paycalc explain RUN W1 piecework
    = round(43.58 CNY * 5%)
    = round(2.179 CNY)
    rounded to 0.01, half away from zero: 2.179 CNY becomes 2.18 CNY
  make_up of worker W2: 1_600.00 CNY                                                    trial.pay:56
    = max(0, round(hours * least) - piecework)
    = max(0, round(160.00 hour * 10.00 CNY per hour) - 0.00 CNY)
    = max(0, round(1_600.00 CNY) - 0.00 CNY)
    = max(0, 1_600.00 CNY - 0.00 CNY)
    = max(0, 1_600.00 CNY)
    hours             160.00 hour  worker W2, row 2
    least      10.00 CNY per hour  the default in the plan, not set for the plan
    piecework            0.00 CNY  see above
  meals "Meals" of worker W2: 5.00 CNY                                                  trial.pay:57
    = 5
""",
    ("W1", "piecework"): """\
piecework "Parcels delivered" of worker W1, 2026-10: 43.58 CNY                          trial.pay:48
  = sum(price of parcel)
  sum(price of parcel) = 43.58 CNY, over 7 rows of parcel
    parcel 1: 17.98 CNY
    parcel 7: 5.15 CNY
    parcel 6: 4.80 CNY
    parcel 5: 4.45 CNY
    parcel 3: 4.40 CNY
    parcel 4: 4.10 CNY
    parcel 2: 2.70 CNY
    how the others came about: paycalc explain RUN 6 parcel.price
  price of parcel 1: 17.98 CNY                                                          trial.pay:44
    = round((fee + max(weight - 1 kg, 0) * per) * night) + surcharge(size, weight)
    = round((2.00 CNY + max(20.00 kg - 1 kg, 0) * 0.35 CNY per kg) * 1.5) + surcharge(large, 20.00 kg)
    = round((2.00 CNY + max(19.00 kg, 0) * 0.35 CNY per kg) * 1.5) + 5.00 CNY
    = round((2.00 CNY + 19.00 kg * 0.35 CNY per kg) * 1.5) + 5.00 CNY
    = round((2.00 CNY + 6.65 CNY) * 1.5) + 5.00 CNY
    = round(8.65 CNY * 1.5) + 5.00 CNY
    = round(12.975 CNY) + 5.00 CNY
    = 12.98 CNY + 5.00 CNY
    rounded to 0.01, half away from zero: 12.975 CNY becomes 12.98 CNY
    surcharge(large, 20.00 kg): row `large, >= 20 kg : 5.00` (line 26)
    fee            2.00 CNY  see below
    weight         20.00 kg  parcel 1, row 1
    per     0.35 CNY per kg  see below
    night               1.5  see below
    size              large  parcel 1, row 1
    fee of parcel 1: 2.00 CNY                                                           trial.pay:45
      = worker.store.base_fee
      worker.store.base_fee  2.00 CNY  set for store S1
    per of parcel 1: 0.35 CNY per kg                                                    trial.pay:46
      = worker.store.per_kg / 1 kg
      = 0.35 CNY / 1 kg
      worker.store.per_kg  0.35 CNY  set for store S1
    night of parcel 1: 1.5                                                              trial.pay:39
      = case: the first condition that holds
      `hour(at) >= 22 or hour(at) < 6` holds: at is 2026-10-05T23:30+08:00
      so `1.50` counts
      at  2026-10-05T23:30+08:00  parcel 1, row 1
  price of parcel 7: 5.15 CNY                                                           trial.pay:44
    = round((fee + max(weight - 1 kg, 0) * per) * night) + surcharge(size, weight)
    = round((2.00 CNY + max(10.00 kg - 1 kg, 0) * 0.35 CNY per kg) * 1.0) + surcharge(small, 10.00 kg)
    = round((2.00 CNY + max(9.00 kg, 0) * 0.35 CNY per kg) * 1.0) + 0.00 CNY
    = round((2.00 CNY + 9.00 kg * 0.35 CNY per kg) * 1.0) + 0.00 CNY
    = round((2.00 CNY + 3.15 CNY) * 1.0) + 0.00 CNY
    = round(5.15 CNY * 1.0) + 0.00 CNY
    = round(5.15 CNY) + 0.00 CNY
    = 5.15 CNY + 0.00 CNY
    surcharge(small, 10.00 kg): row `small, * : 0.00` (line 28)
    fee            2.00 CNY  see below
    weight         10.00 kg  parcel 7, row 7
    per     0.35 CNY per kg  see below
    night               1.0  see below
    size              small  parcel 7, row 7
    fee of parcel 7: 2.00 CNY                                                           trial.pay:45
      = worker.store.base_fee
      worker.store.base_fee  2.00 CNY  set for store S1
    per of parcel 7: 0.35 CNY per kg                                                    trial.pay:46
      = worker.store.per_kg / 1 kg
      = 0.35 CNY / 1 kg
      worker.store.per_kg  0.35 CNY  set for store S1
    night of parcel 7: 1.0                                                              trial.pay:39
      = case: the first condition that holds
      `hour(at) >= 22 or hour(at) < 6` does not hold: at is 2026-10-05T09:30+08:00
      `hour(at) >= 20` does not hold: at is 2026-10-05T09:30+08:00
      so `1.00` counts
      at  2026-10-05T09:30+08:00  parcel 7, row 7
""",
    ("W1", "quality"): """\
quality of worker W1, 2026-10: 100.00 CNY                                               trial.pay:50
  = 100 when count(parcel) > 0 and count(parcel where late > 30 minute) * 4 < count(parcel)
  `count(parcel) > 0 and count(parcel where late > 30 minute) * 4 < count(parcel)` holds:
    count(parcel) is 7
    count(parcel where late > 30 minute) is 1
""",
    ("W3", "mixture"): """\
mixture of worker W3, 2026-10: 0                                                        trial.pay:59
  = (if grade is senior then 30 - 10 else 7) * (3 + 1) - 1 + (10 - days) * 2 when hours > 1 hour
  `hours > 1 hour` does not hold: hours is 0.50 hour
  so it is 0
  hours  0.50 hour  worker W3, row 3
""",
    ("W2", "mixture"): """\
mixture of worker W2, 2026-10: 59                                                       trial.pay:59
  = (if grade is senior then 30 - 10 else 7) * (3 + 1) - 1 + (10 - days) * 2 when hours > 1 hour
  `hours > 1 hour` holds: hours is 160.00 hour
  `grade is senior` holds: grade is senior
  so `30 - 10` counts
  = (30 - 10) * (3 + 1) - 1 + (10 - 20) * 2
  = 20 * 4 - 1 + (-10 * 2)
  = 80 - 1 + (-20)
  hours  160.00 hour  worker W2, row 2
  grade       senior  worker W2, row 2
  days            20  worker W2, row 2
""",
    ("W1", "third"): """\
third of worker W1, 2026-10: -16.67 hour                                                trial.pay:64
  = round(-hours / 3, 2)
  = round(-50.00 hour / 3, 2)
  = round(-16.666666... hour, 2)
  rounded to 0.01, half away from zero: -16.666666... hour becomes -16.67 hour
  hours  50.00 hour  worker W1, row 1
""",
    ("W1", "volume"): """\
volume of worker W1, 2026-10: 2.10 CNY                                                  trial.pay:49
  = round(marginal(count(parcel), volumes))
  count(parcel) = 7, over 7 rows of parcel
  = round(marginal(7, volumes))
  = round(2.10 CNY)
  volumes: parcels 7
    from 1 on: 1 at 0.00 CNY = 0.00 CNY
    from 2 on: 1 at 0.10 CNY = 0.10 CNY
    from 3 on: 4 at 0.50 CNY = 2.00 CNY
""",
    ("W1", "curve_pay"): """\
curve_pay of worker W1, 2026-10: 10.54 CNY                                              trial.pay:52
  = round(interpolate(hours, curve) * 10.00 CNY)
  = round(interpolate(50.00 hour, curve) * 10.00 CNY)
  = round(1.053571... * 10.00 CNY)
  = round(10.535714... CNY)
  curve: hours 50.00 hour lies between 20.00 hour (1.00) and 160.00 hour (1.25)
  rounded to 0.01, half away from zero: 10.535714... CNY becomes 10.54 CNY
  hours  50.00 hour  worker W1, row 1
""",
    ("W3", "step_pay"): """\
step_pay of worker W3, 2026-10: 0.00 CNY                                                trial.pay:53
  = round(slab(hours, curve) * 1 CNY per hour) + round(reached(hours, curve) * 1 CNY)
  = round(slab(0.50 hour, curve) * 1 CNY per hour) + round(reached(0.50 hour, curve) * 1 CNY)
  = round(0.00 hour * 1 CNY per hour) + round(0.00 * 1 CNY)
  = round(0.00 CNY) + round(0.00 CNY)
  = 0.00 CNY + 0.00 CNY
  curve: hours 0.50 hour lies below the first step, 20.00 hour
  hours  0.50 hour  worker W3, row 3
""",
    ("W1", "all_late"): """\
all_late of worker W1, 2026-10: 0                                                       trial.pay:62
  = if all(late > 30 minute of parcel) then 1 else 0
  all(late > 30 minute of parcel) = no, over 7 rows of parcel
    parcel 1: no
      = 0 minute > 30 minute
  `all(late > 30 minute of parcel)` does not hold
  so `0` counts
""",
    ("W1", "average"): """\
average of worker W1, 2026-10: 8.214 kg                                                 trial.pay:61
  = round(default(mean(weight of parcel), 0), 3)
  mean(weight of parcel) = 8.214285... kg, over 7 rows of parcel
    parcel 1: 20.00 kg
    parcel 7: 10.00 kg
    parcel 6: 9.00 kg
    parcel 5: 8.00 kg
    parcel 4: 7.00 kg
    parcel 2: 3.00 kg
    parcel 3: 0.50 kg
  = round(default(8.214285... kg, 0), 3)
  = round(8.214285... kg, 3)
  rounded to 0.001, half away from zero: 8.214285... kg becomes 8.214 kg
""",
    ("W1", "class"): """\
class of worker W1, 2026-10: class part, allowance 10.00 CNY                            trial.pay:47
  = classify(hours)
  = classify(50.00 hour)
  classify(50.00 hour): row `..100 : part, 10` (line 37)
  hours  50.00 hour  worker W1, row 1
""",
    ("W1", "hours"): """\
hours of worker W1: 50.00 hour  worker W1, row 1
""",
    ("W1", "month"): """\
month of worker W1, 2026-10: 31                                                         trial.pay:65
  = period.days
  period.days  31  of the period
""",
}
RESULT = month()


@pytest.mark.parametrize(("key", "name"), EXPECTED)
def test_the_text_of_an_explanation(key, name):
    text = render_explanation(explain(RESULT.evaluator, "worker", key, name, events=2))
    assert text + "\n" == EXPECTED[key, name]


SMALL = plan_of(
    """entity store
  revenue : money 0 .. 100 = 7
entity worker
  store : store optional
  sales : money 0 .. 100
parameters of store
  rate : percent(2) 0% .. 40% optional
  base : money 0 .. 10 = 1
parameters
  wage : money 0 .. 10
let bonus = if given(store) and given(store.rate) then round(sales * store.rate) else 0
pay p "Label" = (  # the sum
    bonus
    + wage) - 0
pay q = if given(store) then store.base + store.revenue else 0
assert net < 50 "too much"
"""
)


def small(worker, name, store=None, parameters=None):
    wages = RawTable("plan", {"name": ["wage"], "value": ["2.50"]}, 1)
    data = data_of(
        SMALL,
        parameters={"plan": wages, **(parameters or {})},
        worker=[{"worker": "W1", **worker}],
        store=store or RawTable("store", {"store": []}, 0),
    )
    result = run(data, on_reject_share=None)
    return render_explanation(explain(result.evaluator, "worker", "W1", name, spread=result.spread)).splitlines()


def test_comments_and_line_ends_of_the_plan_are_left_out():
    lines = small({"sales": 1}, "p")
    assert lines[1:4] == ["  = (bonus + wage) - 0", "  = (0.00 CNY + 2.50 CNY) - 0", "  = 2.50 CNY - 0"]


SUMS = plan_of(
    """entity worker
  a, b, c : money 0 .. 100
  x, y    : flag = no
table terms_of of x -> fee money; share percent
  yes : 4, 10%
  no  : 5, 20%
let terms  = terms_of(x)
let mixed  = a + min(b, 5) - c + (a - b)
let either = (if x then a else 0) + (if y then b else 0)
pay fee    = terms.fee when terms.fee > 4
"""
)


def of_sums(name):
    data = data_of(SUMS, worker=[{"worker": "W1", "a": 1, "b": 2, "c": 3}])
    return render_explanation(explain(run(data).evaluator, "worker", "W1", name)).splitlines()


def test_the_terms_of_a_sum_are_added_up_at_once():
    assert of_sums("mixed")[1:4] == [
        "  = a + min(b, 5) - c + (a - b)",
        "  = 1.00 CNY + min(2.00 CNY, 5) - 3.00 CNY + (1.00 CNY - 2.00 CNY)",
        "  = 1.00 CNY + 2.00 CNY - 3.00 CNY + (-1.00 CNY)",
    ]


def test_each_choice_says_what_counts():
    assert of_sums("either")[2:7] == [
        "  `x` does not hold",
        "  so `0` counts",
        "  `y` does not hold",
        "  so `0` counts",
        "  = 0 + 0",
    ]


def test_of_a_row_of_a_table_only_the_part_that_is_read_is_shown():
    assert of_sums("fee")[1:4] == [
        "  = terms.fee when terms.fee > 4",
        "  `terms.fee > 4` holds: terms.fee is 5.00 CNY",
        "  terms.fee  5.00 CNY  see below",
    ]


def test_parameters_say_who_set_them():
    rates = RawTable("store", {"store": ["S1"], "rate": [None], "base": [3]}, 1)
    lines = small({"sales": 1, "store": "S1"}, "q", [{"store": "S1"}], {"store": rates})
    assert lines[-2:] == [
        "  store.base     3.00 CNY  set for store S1 (row 1 of the parameters)",
        "  store.revenue  7.00 CNY  the default in the plan; empty for store S1, row 1",
    ]
    assert "  wage   2.50 CNY  set for the plan (row 1 of the parameters)" in small({"sales": 1}, "p")


def test_what_is_missing_is_said():
    lines = small({"sales": 1, "store": "S1"}, "bonus", [{"store": "S1"}])
    assert lines[2:] == [
        "  `given(store) and given(store.rate)` does not hold: store is S1, store.rate is none",
        "  so `0` counts",
        "  store         S1  worker W1, row 1",
        "  store.rate  none  not set for store S1",
    ]
    lines = small({"sales": 1}, "bonus")
    assert lines[2:] == [
        "  `given(store) and given(store.rate)` does not hold: store is none",
        "  so `0` counts",
        "  store  none  empty for worker W1, row 1",
    ]


def test_a_fault_is_the_explanation():
    rates = {"store": {"S1": {"rate": "40%"}}}
    assert small({"sales": 101, "store": "S1"}, "p", [{"store": "S1"}], rates) == [
        'p "Label" of worker W1, 2026-10: no value',
        "  sales of worker W1 is 101.00 CNY, outside 0 .. 100 CNY [out-of-range]",
        "  this stops `pay p`, so worker W1 is not paid",
    ]
    assert small({"sales": 1, "store": "s1"}, "p", [{"store": "S1"}])[1:] == [
        "  store of worker W1 is s1, expected the key of a store; no store has this key [unknown-reference]",
        "  this stops `pay p`, so worker W1 is not paid",
        "  help: did you mean S1?",
    ]


def test_a_value_of_someone_who_is_not_paid_says_so():
    rates = {"store": {"S1": {"rate": "40%", "base": 10}}}
    lines = small({"sales": 100, "store": "S1"}, "q", [{"store": "S1", "revenue": 100}], rates)
    assert lines[0] == "not paid: too much (worker W1) [assert-failed]"
    assert lines[1].startswith("q of worker W1, 2026-10: 110.00 CNY  ")


def test_a_fault_in_a_branch_that_is_not_taken_leaves_the_value_and_still_pays_nobody():
    lines = small({"sales": 101}, "p")
    assert lines[0] == "not paid: sales of worker W1 is 101.00 CNY, outside 0 .. 100 CNY [out-of-range]"
    assert lines[1].startswith('p "Label" of worker W1, 2026-10: 2.50 CNY  ')


def test_a_fault_of_another_table_says_what_it_stops():
    plan = plan_of("entity store\nentity worker\n  store : store\nparameters of store\n  rate : percent(2) 0% .. 40%\n"
                   "pay p = 1\npay q = round(100 CNY * store.rate)\n")  # fmt: skip
    data = data_of(plan, worker=[{"worker": "W3", "store": "S3"}], store=[{"store": "S3"}])
    result = run(data, on_reject_share=None)
    assert render_explanation(explain(result.evaluator, "worker", "W3", "net", spread=result.spread)).splitlines() == [
        "net of worker W3, 2026-10: no value",
        "  rate of store S3 is not set, expected 0% .. 40% [missing-parameter]",
        "  this stops `pay q`, so worker W3 is not paid",
    ]


def test_someone_stopped_by_one_fault_hears_of_another_that_leaves_no_value():
    plan = plan_of(
        """entity worker
  x, y : int 0 .. 5
table narrow of key int 0 .. 3 : money
  * : 1
let low = narrow(x)
pay p = low
pay q = y * 1 CNY
"""
    )
    result = run(data_of(plan, worker=[{"worker": "W", "x": 4, "y": 6}]), on_reject_share=None)
    assert render_explanation(explain(result.evaluator, "worker", "W", "low", spread=result.spread)).splitlines() == [
        "not paid: y of worker W is 6, outside 0 .. 5 [out-of-range]",
        "low of worker W, 2026-10: no value",
        "  key 4 lies outside the key's range 0 .. 3, in low of worker W [table-range]",
    ]


def test_values_as_a_person_reads_them():
    types = {name: line.type for name, line in PLAN.entities["worker"].lines.items()}
    rate = PLAN.entities["parcel"].lines["per"].type
    assert show(PLAN, Fraction(300), types["quality"]) == "300.00 CNY"
    assert show(PLAN, Fraction(3), PLAN.entities["worker"].columns["days"].type) == "3"
    assert show(PLAN, Fraction(1, 3), types["third"]) == "0.333333... hour"
    assert show(PLAN, Fraction(-1, 3), types["third"]) == "-0.333333... hour"
    assert show(PLAN, Fraction(1, 30_000_000), types["third"]) == "1/30000000 hour"
    assert show(PLAN, Fraction("0.12345"), rate) == "0.12345 CNY per kg"
    assert show(PLAN, None, types["third"]) == "none"


def test_deep_blocks_are_not_indented_without_end():
    lines = "".join(f"let a{at} = a{at - 1} + 1\n" for at in range(1, 40))
    plan = plan_of(f"entity worker\n  a0 : int 0 .. 1\n{lines}pay p = a39 * 0.01 CNY\n")
    text = render_explanation(explain(Evaluator(data_of(plan, worker=[{"worker": 1, "a0": 1}])), "worker", 1, "p"))
    assert max(len(line) - len(line.lstrip()) for line in text.splitlines()) == 26
