"""Examples with dated parameters, tables from data, and events that are held."""

import pytest

from paycalc.reference.examples import example_period, run_examples
from tests.reference.plan_runs import plan_of

PLAN = """entity region
entity store
  region : region optional
  size   : int 0 .. 9 = 0
entity worker
  store : store
entity parcel dated at in worker when bad hold
  store  : store
  at     : datetime
  weight : int 0 .. 100
parameters of store
  rate : money 0 .. 100
  base : money 0 .. 10_000 = 0
  cap  : money 0 .. 100 optional
parameters
  bonus : money 0 .. 10
table freight of store, weight : money from data
ladder tiers of store, n int 0 .. 1_000 : money 0 .. 100 from data
let parcel.rated = store.rate
let parcel.sent  = freight(store, weight)
let parcel.price = rated * weight + bonus + sent
let parcel.nth   = running_count(within worker by at)
let capped = if given(store.cap) then store.cap else 77
pay pieces = sum(price of parcel)
pay fixed  = round(average(store.base over period))
pay tier   = reached(count(parcel), tiers(store))
show sizes = store.size
"""
SETUP = """
example "dated"
  plan from 2026-01-01 : bonus 1
  plan from 2026-10-15 : bonus 2
  region R1 : rate 5
  store S1 : region R1, base 31
  store S1 from 2026-10-10T12:00 : rate 7
  store S1 from 2026-10-20 : rate inherit, cap 8
  store S2 : rate 1, cap 9
  store S2 from 2026-10-31 : cap none
  table freight
    S1, ..10 : 3
    *,  *    : 4
  table freight from 2026-10-15
    *, * : 6
  table tiers
    S1
      0 : 1
      2 : 10
    S2
      0 : 0
  worker W1 : store S1
  worker W2 : store S2
  parcel 1 : worker W1, store S1, at 2026-10-10T11:59, weight 2
  parcel 2 : worker W1, store S1, at 2026-10-10T12:00, weight 10
  parcel 3 : worker W1, store S1, at 2026-10-20T08:30, weight 1
  parcel 4 : worker W1, store S1, at 2026-10-20T08:30, weight 101
"""


def failures(example, body=PLAN):
    (outcome,) = run_examples(plan_of(body + example))
    return [f"{each.text}: {each.got}" for each in outcome.failures]


@pytest.mark.parametrize(
    ("expected", "got"),
    [
        ("expect parcel 1 : price 14, rated 5, sent 3, nth 1", []),  # 5 * 2 + 1 + 3
        ("expect parcel 2 : price 75, rated 7, sent 4, nth 2", []),  # 7 * 10 + 1 + 4
        ("expect parcel 3 : price 13, rated 5, sent 6, nth 3", []),  # 5 * 1 + 2 + 6
        ("expect parcel 4 : held", []),
        ("expect parcel 4 : held out-of-range", []),
        ("expect parcel 4 : held null", ["held null: held out-of-range: weight of parcel 4 is 101, outside 0 .. 100"]),
        ("expect parcel 3 : held", ["held: not held"]),
        ("expect W1 : pieces 102, fixed 31, tier 10, capped 8", []),
        ("expect W2 : pieces 0, fixed 0, tier 0, capped 77", []),
        ("expect W1 : rejected", ["rejected: not rejected"]),
        ("expect W1 : pieces 1", ["pieces 1: 102.00 CNY"]),
    ],
)
def test_expectations(expected, got):
    assert failures(f"{SETUP}  {expected}\n") == got


def test_a_row_outside_the_period_is_not_held():
    body = PLAN.replace("when bad hold", "when bad hold outside period ignore")
    example = SETUP + "  parcel 5 : worker W1, store S1, at 2026-09-20T08:30, weight 101 -> held\n"
    assert failures(example, body) == ["held: not held: outside the period 2026-10"]


def test_an_example_without_a_period_is_of_that_of_its_latest_date():
    plan = plan_of(PLAN + SETUP + "  expect W2 : fixed 0\n")
    period = example_period(plan, plan.examples[0])
    assert period is not None and period.period.name == "2026-10"
    assert period.evaluator.dataset.period.name == "2026-10"


def test_a_row_that_only_states_parameters_stands_for_a_row_unless_another_does():
    plan = plan_of(PLAN + SETUP + "  expect W2 : fixed 0\n")
    period = example_period(plan, plan.examples[0])
    assert period is not None
    entities = period.evaluator.dataset.entities
    assert {name: list(rows.keys) for name, rows in entities.items()} == {
        "plan": [None],
        "region": ["R1"],
        "store": ["S1", "S2"],
        "worker": ["W1", "W2"],
        "parcel": [1, 2, 3, 4],
    }
    alone = """
example "alone"
  store S1 from 2026-10-01 : rate 2
  worker W1 : store S1
  parcel 1 : worker W1, store S1, at 2026-10-05T10:00, weight 1 -> rated 2
"""
    assert failures(alone) == []


def test_what_a_table_does_not_say_is_missed_where_it_is_needed():
    example = """
example "some rows"
  table freight
    S1, ..10 : 3
  store S1 : rate 2
  worker W1 : store S1
  parcel 1 : worker W1, store S1, at 2026-10-05T10:00, weight 1  -> sent 3
  parcel 2 : worker W1, store S1, at 2026-10-05T10:00, weight 10 -> rated 2, sent 3
  expect W1 : tier 1
"""
    assert failures(example) == [
        "sent 3: left-out: the table freight is needed for sent of parcel 2, and the example leaves it out",
        "tier 1: left-out: the table tiers is needed for tier of worker W1, and the example leaves it out",
    ]


def test_a_version_of_later_says_nothing_of_before():
    example = """
example "later"
  table freight from 2026-10-06
    *, * : 3
  store S1 : rate 2
  worker W1 : store S1
  parcel 1 : worker W1, store S1, at 2026-10-06T00:00, weight 1 -> sent 3
  parcel 2 : worker W1, store S1, at 2026-10-05T23:59, weight 1 -> sent 3
"""
    assert failures(example) == [
        "sent 3: left-out: the table freight is needed for sent of parcel 2, and the example leaves it out"
    ]


def test_a_missing_parameter_of_a_day_is_left_out():
    example = """
example "later"
  store S1 from 2026-10-06 : rate 2
  worker W1 : store S1
  parcel 1 : worker W1, store S1, at 2026-10-06T00:00, weight 1 -> rated 2
  parcel 2 : worker W1, store S1, at 2026-10-05T23:59, weight 1 -> rated 2
"""
    assert failures(example) == ["rated 2: left-out: rate of store S1 is needed, and the example leaves it out"]


BLOCKS = """
example "blocks"
  plan : bonus 0
  store S1 : rate 2
  store S1 from 2026-11-10 : rate 5
  table freight
    *, * : 1
  table tiers
    S1
      0 : 3
  worker W1 : store S1
  period 2026-10
    parcel 1 : worker W1, store S1, at 2026-10-05T10:00, weight 1
    expect W1 : pieces 3, tier 3
  period 2026-11 .. 2026-12
    table freight from 2026-12-01
      *, * : 9
    parcel 2 : worker W1, store S1, at 2026-11-09T10:00, weight 1 -> price 3, held
    parcel 3 : worker W1, store S1, at 2026-12-09T10:00, weight 1 -> price 14
    expect W1 : sum(pieces) 20
    expect plan : sum(all) 20
  period 2027-01
    store S1 from 2026-11-10 : rate 6
    table tiers
      S1
        0 : 4
    parcel 4 : worker W1, store S1, at 2027-01-09T10:00, weight 1 -> price 15
    parcel 5 : worker W1, store S1, at 2027-02-09T10:00, weight 1 -> held outside-period
    expect W1 : pieces 15, tier 4
"""


def test_rows_tables_and_events_of_blocks():
    # Of the block of two periods each event takes part in the period of its date, and is asked for there.
    assert failures(BLOCKS, PLAN + "show plan.all = sum(pieces of worker)\n") == ["held: not held"]


def test_keys_of_tables_are_texts_where_one_of_the_entity_is():
    example = """
example "keys"
  table freight
    17, * : 3
    *,  * : 4
  table tiers
    17
      0 : 5
    "X-1"
      0 : 6
  store 17 : rate 2
  worker W1 : store 17 -> tier 5
  worker W2 : store "X-1" -> tier 6
  store "X-1" : rate 1
  parcel 1 : worker W1, store 17, at 2026-10-05T10:00, weight 1 -> sent 3
"""
    assert failures(example) == []
