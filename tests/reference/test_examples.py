"""Examples inside a plan: what is met, what is not, and what is left out."""

import pytest

from paycalc.reference.examples import example_period, run_examples
from tests.reference.plan_runs import HEADER, plan_of

BODY = """entity store
  revenue : money 0 .. 1_000 optional
entity worker
  store : store
  boss  : worker optional
  sales : money 0 .. 1_000
  extra : money 0 .. 1_000 = 5
entity parcel in worker
  price : money 0 .. 100
parameters of store
  rate : percent(2) 0% .. 40%
  cap  : money 0 .. 100 optional
parameters
  base : money 0 .. 10
table narrow of key money 0 .. 500 : int
  * : 1
let earned  = sales * store.rate
let third   = sales / 3
pay salary  = base
pay share   = round(earned)
pay piece   = sum(price of parcel)
pay capped  = if given(store.cap) then store.cap else 0
pay bonus   = narrow(sales) * 1 CNY when sales > 400
show days   = period.days
show store.sold = sum(sales of worker)
show plan.total = sum(gross of worker)
assert net < 900 "too much"
"""


def outcomes(example, body=BODY, header=HEADER):
    return run_examples(plan_of(body + example, header))


def failures(example, body=BODY, header=HEADER):
    (outcome,) = outcomes(example, body, header)
    assert outcome.passed == (not outcome.failures)
    return [(each.text, each.expected, each.got) for each in outcome.failures]


START = """example "one"
  plan      : base 10
  store S1  : rate 2.5%
"""


def test_an_example_that_is_met():
    example = START + (
        "  parcel 7 : worker W1, price 3\n  parcel 8 : worker W1, price 4.50\n"
        "  worker W1 : store S1, sales 100.10 -> salary 10, share 2.50, earned 2.5025, piece 7.5, net 20\n"
    )
    (outcome,) = outcomes(example)
    assert (outcome.title, outcome.passed, outcome.expectation_count) == ("one", True, 5)


def test_a_difference_shows_what_came_out():
    assert failures(START + "  worker W1 : store S1, sales 100 -> share 2.51, salary 10\n") == [
        ("share 2.51", "2.51 CNY", "2.50 CNY")
    ]


def test_rows_of_other_entities_and_the_plan_are_expected_too():
    example = START + (
        "  worker W1 : store S1, sales 100\n  worker W2 : store S1, sales 200\n  parcel 7 : worker W1, price 3\n"
        "  expect store S1 : sold 300\n  expect plan : total 30.50\n"
        "  expect W2 : share 5\n  expect store S1 : sold 301\n"
    )
    assert failures(example) == [("sold 301", "301.00 CNY", "300.00 CNY")]


def test_what_no_expected_value_needs_may_be_left_out():
    assert failures(START + "  worker W1 : sales 300 -> third 100\n") == []
    # extra has a default, store.cap and store.revenue are optional
    assert failures(START + "  worker W1 : store S1 -> capped 0\n") == []


def test_what_is_needed_and_left_out_is_told():
    assert failures(START + "  worker W1 : store S1 -> share 1\n") == [
        ("share 1", "1.00 CNY", "left-out: sales of worker W1 is needed, and the example leaves it out")
    ]
    assert failures('example "x"\n  worker W1 : sales 100 -> salary 10\n') == [
        ("salary 10", "10.00 CNY", "left-out: base of the plan is needed, and the example leaves it out")
    ]
    assert failures('example "x"\n  store S1 : cap none\n  worker W1 : store S1, sales 100 -> share 1\n') == [
        ("share 1", "1.00 CNY", "left-out: rate of store S1 is needed, and the example leaves it out")
    ]


def test_what_is_left_out_rejects_nobody():
    assert failures(START + "  worker W1 : store S1 -> rejected\n") == [("rejected", "rejected", "not rejected")]


@pytest.mark.parametrize(
    ("row", "got"),
    [
        ("worker W1 : store S1, sales 1_000.01 -> rejected out-of-range", None),
        ("worker W1 : store S1, sales 1_000.01 -> rejected", None),
        ("worker W1 : store S1, sales 1_000.01 -> rejected null",
         "rejected out-of-range: sales of worker W1 is 1_000.01 CNY, outside 0 .. 1_000 CNY"),
        ("worker W1 : store S9, sales 1 -> rejected unknown-reference", None),
        ("worker W1 : store S1, sales 501 -> rejected table-range", None),
        ("worker W1 : store S1, sales 1 -> rejected table-range", "not rejected"),
        ("worker W1 : store S1, sales 1_000.01 -> salary 10",
         "rejected out-of-range: sales of worker W1 is 1_000.01 CNY, outside 0 .. 1_000 CNY"),
        ("worker W1 : store S1, sales 501 -> salary 10",
         "rejected table-range: key 501.00 CNY lies outside the key's range 0 .. 500 CNY, in bonus of worker W1"),
    ],
)  # fmt: skip
def test_rejects_are_expected_and_met(row, got):
    assert [each[2] for each in failures(START + f"  {row}\n")] == ([] if got is None else [got])


def test_an_assert_rejects_in_an_example_too():
    events = "".join(f"  parcel {at} : worker W1, price 100\n" for at in range(9))
    example = START + events + "  worker W1 : store S1, sales 100 -> rejected assert-failed\n"
    assert failures(example) == []
    assert failures(example.replace("rejected assert-failed", "piece 900"))[0][2] == (
        "rejected assert-failed: too much (worker W1)"
    )


def test_a_row_that_the_example_lacks():
    example = START + "  worker W1 : store S1, sales 100\n  expect W2 : salary 10\n  expect parcel 5 : price 1\n"
    assert [each[2] for each in failures(example)] == [
        "there is no worker W2 in 2026-01",
        "there is no parcel 5 in 2026-01",
    ]


# ---------------------------------------------------------------- periods


def test_a_row_stands_until_it_is_given_again_and_events_in_their_block_only():
    example = """example "periods"
  plan     : base 10
  store S1 : rate 10%
  worker W1 : store S1, sales 100
  period 2026-02
    parcel 7 : worker W1, price 3
    expect W1 : share 10, piece 3, days 28
  period 2026-03
    worker W1 : store S1, extra 7
    expect W1 : piece 0, days 31
    expect W1 : share 10
  period 2026-04 .. 2026-05
    store S1 : rate 20%
    worker W1 : store S1, sales 200 -> share 40, days 31
    expect W1 : sum(share) 90, sum(salary) 40
"""
    # In March the row is given again without sales, so that share cannot be computed, nor its sum.
    assert failures(example) == [
        ("share 10", "10.00 CNY", "left-out: sales of worker W1 is needed, and the example leaves it out"),
        ("sum(share) 90", "90.00 CNY", "left-out: sales of worker W1 is needed, and the example leaves it out"),
    ]
    whole = example.replace("extra 7", "sales 0").replace("expect W1 : share 10\n", "expect W1 : share 0\n", 1)
    assert failures(whole) == []


def test_sums_over_the_periods_of_the_plan():
    example = """example "sums"
  plan     : base 10
  store S1 : rate 10%
  worker W1 : store S1, sales 100
  period 2026-01 .. 2026-12
    expect plan : sum(total) 240
    expect W1 : sum(days) 365
    expect W1 : sum(days) 364
"""
    assert failures(example) == [("sum(days) 364", "364", "365")]


def test_a_parameter_may_be_unset():
    example = """example "unset"
  plan     : base 10
  period 2026-01
    store S1 : rate 10%, cap 7
    worker W1 : store S1, sales 1 -> capped 7
  period 2026-02
    store S1 : rate 10%, cap none
    expect W1 : capped 0
"""
    assert failures(example) == []


def test_without_a_period_it_is_the_first_of_2026():
    header = HEADER.replace("period month", "period week")
    assert failures('example "w"\n  worker W1 : extra 1 -> days 7\n', header=header) == []
    assert failures('example "m"\n  worker W1 : extra 1 -> days 31\n') == []


def test_fractions_are_compared_exactly():
    body = "entity worker\n  a : int 0 .. 9\nlet third = a / 3\nlet half = a / 2\npay p = 0\n"
    assert failures('example "f"\n  worker W1 : a 9 -> third 3, half 4.5\n', body) == []
    assert failures('example "f"\n  worker W1 : a 1 -> third 0.333333333\n', body) == [
        ("third 0.333333333", "0.333333333", "1/3")
    ]


def test_every_type_of_value_can_be_expected():
    body = """kind size = one of small, large
entity worker
  when1 : date
  many  : int 0 .. 9
table t of many -> kind1 size; points int
  ..5 : small, 1
  5.. : large, 2
let row  = t(many)
let kind2 = row.kind1
let big  = many >= 5
let day1 = when1
pay p = 0
"""
    example = 'example "types"\n  worker W1 : many 5, when1 2026-10-15 -> kind2 large, big yes, day1 2026-10-15\n'
    assert failures(example, body) == []
    assert failures(example.replace("many 5", "many 4"), body) == [
        ("kind2 large", "large", "small"),
        ("big yes", "yes", "no"),
    ]


def test_rejects_are_per_period():
    example = """example "periods"
  plan     : base 10
  store S1 : rate 10%
  period 2026-01
    worker W1 : store S1, sales 1_001 -> rejected out-of-range
  period 2026-02
    worker W1 : store S1, sales 1_000 -> rejected table-range
  period 2026-03
    worker W1 : store S1, sales 400 -> net 50
"""
    assert failures(example) == []


# ---------------------------------------------------------------- what only an expectation reads


UNREAD = """kind grade = one of junior, senior
entity region
  tax : percent(2) 0% .. 100%
entity store
  region : region
entity worker
  store : store
  boss  : worker optional
  days  : int 0 .. 31
  grade : grade
  bonus : money 0 .. 5 = 3
entity tip in worker
  x : money 0 .. 10
parameters of store
  rate : percent(2) 0% .. 40%
parameters
  base : money 0 .. 10
pay p = 1
let tips = sum(x of tip)
"""
UNREAD_DATA = """example "one"
  plan     : base 2
  region R : tax 7%
  store S  : region R, rate 3%
  store T  : rate 50%
  worker A : store S, days 3, grade senior
  worker B : store T, boss A
  tip 1    : worker A, x 4
"""


@pytest.mark.parametrize(
    ("expectation", "failure"),
    [
        ("expect A : days 3, grade senior, bonus 3", None),
        ("expect A : days 4", ("4", "3")),
        ("expect A : store.rate 3%, store.region.tax 7%, store S", None),
        ("expect A : store.rate 2%", ("2%", "3%")),
        ("expect A : store T", ("T", "S")),
        ("expect B : boss A, boss.days 3, boss.store.rate 3%", None),
        ("expect region R : tax 7%", None),
        ("expect store S : region R, rate 3%", None),
        ("expect plan : base 2", None),
        ("expect tip 1 : x 4, worker.days 3", None),
        ("expect B : days 3", ("3", "left-out: days of worker B is needed, and the example leaves it out")),
        ("expect B : store.rate 50%", ("50%", "out-of-range: rate of store T is 50%, outside 0% .. 40%")),
        (
            "expect B : store.region.tax 7%",
            ("7%", "left-out: region of store T is needed, and the example leaves it out"),
        ),
        ("expect region X : tax 7%", ("7%", "there is no region X in 2026-01")),
    ],
)
def test_an_expectation_of_what_no_line_reads(expectation, failure):
    found = failures(f"{UNREAD_DATA}  {expectation}\n", UNREAD)
    assert [each[1:] for each in found] == ([] if failure is None else [failure])


def test_what_an_expectation_of_a_later_period_reads_is_there_in_all_of_them():
    example = """example "two"
  period 2026-01
    worker A : store S, days 3
    expect A : p 1
  period 2026-02
    worker A : store S, days 4
    expect A : sum(days) 7
"""
    assert failures(example, UNREAD) == []


def test_what_is_withheld_is_not_met_by_a_path_either():
    body = """entity store
entity worker
  store : store
  x : money 0 .. 5
pay p = x
show store.sold = sum(p of worker)
"""
    example = 'example "one"\n  store S\n  worker A : store S, x 1 -> store.sold 1\n  worker B : store S, x 6\n'
    assert [each[1:] for each in failures(example, body)] == [
        ("1.00 CNY", "out-of-range: x of worker B is 6.00 CNY, outside 0 .. 5 CNY")
    ]


# ---------------------------------------------------------------- keys


@pytest.mark.parametrize("text", ['worker "A-1" :', "worker W :", 'worker "0017" :'])
def test_keys_written_as_numbers_are_texts_where_one_is_a_text(text):
    example = f"""example "mixed"
  worker 17 : store 1, days 1
  {text} store 2, days 2, boss 17 -> boss 17, days 2
  store 1 : rate 1%
  store 2 : rate 2%
  tip 1 : worker 17, x 4
  expect 17 : tips 4, days 1, store.rate 1%, store 1
  expect store 1 : rate 1%
"""
    assert failures(example, UNREAD) == []


def test_a_text_in_a_later_period_or_in_an_expectation_makes_texts_of_all():
    example = """example "mixed"
  worker 17 : days 1
  period 2026-01
    expect 17 : days 1
  period 2026-02
    worker "A-1" : days 2, boss 17
    expect "17" : days 1
    expect "A-1" : boss.days 1, days 2
"""
    assert failures(example, UNREAD) == []
    assert failures('example "n"\n  worker 17 : days 1\n  expect "17" : days 1\n', UNREAD) == []
    found = failures('example "n"\n  worker 17 : days 1\n  expect "A-1" : days 1\n', UNREAD)
    assert [each[2] for each in found] == ["there is no worker A-1 in 2026-01"]


def test_numbers_alone_stay_numbers():
    (example,) = plan_of(UNREAD + 'example "n"\n  worker 17 : days 1 -> days 1\n  store S\n').examples
    run = example_period(plan_of(UNREAD), example)
    assert run is not None
    assert run.evaluator.dataset.entities["worker"].keys == [17]
