"""Events: rows outside the period, bad rows that are held back, rows that belong to nobody, running totals."""

from datetime import UTC, date, datetime
from fractions import Fraction

import pytest

from paycalc.core.calendar import day_start, instant
from paycalc.reference.balance import EventBalance
from paycalc.reference.dataset import Members, RawTable
from tests.reference.plan_runs import plan_of, rejects_of, run_of

EVENTS = """entity worker
  helper : worker optional
entity parcel dated day in worker{clauses}
  day    : date
  weight : int 0 .. 100
  note   : int 0 .. 9 = 0
  part   : int -10 .. 10 = 1
let parcel.price = weight * 2 CNY
pay pieces = sum(price of parcel)
show notes = sum(note of parcel)
"""
WORKERS = [{"worker": "A"}, {"worker": "B"}]


def day(number, month=10):
    return date(2026, month, number)


FIFTH = date(2026, 10, 5)


def parcel(key, worker="A", on=FIFTH, weight=1, **cells):
    return {"parcel": key, "worker": worker, "day": on, "weight": weight, **cells}


def outcome(body, *parcels, workers=WORKERS, **tables):
    return run_of(plan_of(body), worker=workers, parcel=list(parcels), **tables)


def paid(result, line="pieces"):
    return {each.key: each.values[line] for each in result.lines}


def held(result):
    return [(each.entity, each.key, each.row, each.code.value, each.cause.column) for each in result.held]


# ---------------------------------------------------------------- outside the period


def test_a_row_outside_the_period_is_a_fault():
    result = outcome(EVENTS.format(clauses=""), parcel(1), parcel(2, on=day(1, 11)), parcel(3, "B", on=day(31)))
    assert rejects_of(result) == {"A": "outside-period"}
    assert result.rejects[0].message == "day of parcel 2 is 2026-11-01, outside 2026-10-01 .. 2026-10-31"
    assert paid(result) == {"B": 2}
    assert result.balance["parcel"] == EventBalance(rows=3, paid=1, held=0, rejected=2, outside=0)


@pytest.mark.parametrize("mode", ["ignore", "carry"])
def test_rows_outside_the_period_may_be_left_out(mode):
    body = EVENTS.format(clauses=f" outside period {mode}")
    result = outcome(body, parcel(1), parcel(2, on=day(30, 9)), parcel(3, "B", on=day(1, 11), weight=500))
    assert paid(result) == {"A": 2, "B": 0}
    assert result.rejects == [] and result.orphans == []
    assert result.evaluator.dataset.outside == {"parcel": frozenset({1, 2})}
    assert result.balance["parcel"] == EventBalance(rows=3, paid=1, held=0, rejected=0, outside=2)


def test_the_civil_date_of_a_moment_is_that_of_the_plan_s_zone():
    body = EVENTS.format(clauses=" outside period ignore").replace("day    : date", "day    : datetime")
    late = datetime(2026, 10, 31, 15, 59, tzinfo=UTC)  # 23:59 in Shanghai
    result = outcome(
        body, parcel(1, on=late), parcel(2, on=late.replace(hour=16)), parcel(3, on="2026-09-30T16:00+00:00")
    )
    assert paid(result) == {"A": 4, "B": 0}
    assert result.evaluator.dataset.outside == {"parcel": frozenset({1})}


def test_a_date_that_is_none_is_a_fault_of_its_own():
    result = outcome(EVENTS.format(clauses=" outside period ignore"), parcel(1, on=None), parcel(2, "B"))
    assert rejects_of(result) == {"A": "null"}


def test_at_most_counts_the_rows_of_the_period():
    body = EVENTS.format(clauses=" outside period ignore at most 2 per worker")
    rows = [parcel(number, on=day(number, 9 if number < 3 else 10)) for number in range(1, 5)]
    assert paid(outcome(body, *rows))["A"] == 4
    result = outcome(body, *rows, parcel(5))
    assert rejects_of(result) == {"A": "too-many-rows"}
    assert result.rejects[0].cause.value == "3 rows of parcel"
    places = [place for place, _, fault in result.evaluator.dataset.faults if fault.code == "too-many-rows"]
    assert [type(place) for place in places] == [Members]


def test_what_stands_below_a_row_outside_the_period_may_not_read_its_date():
    body = """entity worker
entity parcel dated day in worker outside period ignore
  day : date
  fee : int 0 .. 9
entity item in parcel
  n : int 0 .. 9
let item.a = parcel.fee * n
let item.b = day(parcel.day)
pay p = sum(x of parcel) * 1 CNY
let parcel.x = sum(a of item)
show parcel.b = sum(b of item)
show plan.a = sum(a of item)
show plan.b = sum(b of item)
"""
    result = run_of(
        plan_of(body),
        worker=WORKERS,
        parcel=[
            {"parcel": 1, "worker": "A", "day": day(1), "fee": 2},
            {"parcel": 2, "worker": "A", "day": day(1, 11), "fee": 3},
        ],
        item=[{"item": 1, "parcel": 1, "n": 1}, {"item": 2, "parcel": 2, "n": 1}],
    )
    assert {each.key: each.values["p"] for each in result.lines} == {"A": 2, "B": 0}
    assert result.shown["plan"][0].values == {"a": 2 + 3, "b": None}
    assert [each.values["b"] for each in result.shown["parcel"]] == [1, None]
    assert [(each.entity, each.line, each.cause.code.value) for each in result.withheld] == [
        ("plan", "b", "outside-period")
    ]
    assert result.balance["item"] == EventBalance(rows=2, paid=1, held=0, rejected=0, outside=1)


# ---------------------------------------------------------------- rows that are held


HOLD = EVENTS.format(clauses=" when bad hold")


def test_a_bad_row_is_held_and_the_others_are_paid():
    result = outcome(HOLD, parcel(1), parcel(2, weight=500), parcel(3, "B", weight=4), parcel(4, on=day(1, 11)))
    assert paid(result) == {"A": 2, "B": 8}
    assert held(result) == [("parcel", 2, 2, "out-of-range", "weight"), ("parcel", 4, 4, "outside-period", "day")]
    assert result.held[0].message == "weight of parcel 2 is 500, outside 0 .. 100"
    assert result.rejects == []
    assert result.balance["parcel"] == EventBalance(rows=4, paid=2, held=2, rejected=0, outside=0)


def test_what_only_a_show_reads_withholds_and_holds_nothing():
    result = outcome(HOLD, parcel(1, note=50), parcel(2))
    assert paid(result) == {"A": 4, "B": 0}
    assert held(result) == []
    assert [(each.key, each.line) for each in result.withheld] == [("A", "notes")]


def test_a_held_row_is_in_no_show_either():
    result = outcome(HOLD, parcel(1, note=5, weight=500), parcel(2, note=3))
    assert paid(result, "notes") == {"A": 3, "B": 0}


def test_a_held_row_bears_its_first_fault():
    assert held(outcome(HOLD, parcel(1, weight=500, on=None))) == [("parcel", 1, 1, "null", "day")]


def test_a_row_that_belongs_to_nobody_is_held_and_no_orphan():
    result = outcome(HOLD, parcel(1, "Z"), parcel(2, None))
    assert held(result) == [
        ("parcel", 1, 1, "unknown-reference", "worker"),
        ("parcel", 2, 2, "null", "worker"),
    ]
    assert result.orphans == []
    assert result.balance["parcel"] == EventBalance(rows=2, paid=0, held=2, rejected=0, outside=0)


def test_orphans_are_rejected_and_counted_apart():
    result = outcome(EVENTS.format(clauses=""), parcel(1, "Z"), parcel(2), parcel(3, "B", weight=500))
    assert [(each.key, each.reference) for each in result.orphans] == [(1, "worker")]
    assert result.balance["parcel"] == EventBalance(rows=3, paid=1, held=0, rejected=2, outside=0, orphans=1)


def test_rows_without_or_with_shared_keys_are_held_where_they_are_found_by_key():
    body = (
        HOLD
        + "let parcel.so_far = running_count(within worker by day)\n"
        + "pay nth = max(0, 0 * count(parcel where so_far > 1)) * 1 CNY\n"
    )
    result = outcome(body, parcel(1), parcel(1, on=day(6)), parcel(None), parcel(2))
    assert [each[:4] for each in held(result)] == [
        ("parcel", 1, 1, "duplicate-key"),
        ("parcel", 1, 2, "duplicate-key"),
        ("parcel", None, 3, "null-key"),
    ]
    assert paid(result) == {"A": 2, "B": 0}


def test_what_comes_down_a_path_holds_the_row():
    body = """entity store
entity worker
entity parcel in worker when bad hold
  store : store
parameters of store
  rate : money 0 .. 9
let parcel.price = store.rate
pay pieces = sum(price of parcel)
"""
    plan = plan_of(body)
    result = run_of(
        plan,
        parameters={"store": {"S1": {"rate": 2}}},
        store=[{"store": "S1"}, {"store": "S2"}],
        worker=WORKERS,
        parcel=[{"parcel": number, "worker": "A", "store": f"S{number}"} for number in (1, 2, 3)],
    )
    assert paid(result) == {"A": 2, "B": 0}
    assert [(each.key, each.message) for each in result.held] == [
        (2, "rate of store S2 is not set, expected 0 .. 9 CNY"),
        (3, "store of parcel 3 is S3, expected the key of a store; no store has this key"),
    ]


def test_what_stands_within_a_sum_holds_the_row_as_a_line_of_it_does():
    body = """entity store
entity worker
entity parcel in worker when bad hold
  store : store
  weight : int 0 .. 100
parameters of store
  rate : money 0 .. 9
pay pieces = sum(store.rate * weight of parcel where weight > 0)
show plan.all = sum(store.rate * weight of parcel)
"""
    result = run_of(
        plan_of(body),
        parameters={"store": {"S1": {"rate": 2}}},
        store=[{"store": "S1"}, {"store": "S2"}],
        worker=WORKERS,
        parcel=[{"parcel": number, "worker": "A", "store": f"S{number}", "weight": number} for number in (1, 2)],
    )
    assert paid(result) == {"A": 2, "B": 0}
    assert [(each.key, each.message) for each in result.held] == [
        (2, "rate of store S2 is not set, expected 0 .. 9 CNY")
    ]
    assert result.shown["plan"][0].values == {"all": 2}


def test_a_held_row_below_another_holds_only_itself():
    body = """entity worker
entity parcel in worker when bad hold
  fee : int 0 .. 9
entity item in parcel when bad hold
  n : int 0 .. 9
let parcel.x = fee + sum(n of item)
pay p = sum(x of parcel) * 1 CNY
"""
    result = run_of(
        plan_of(body),
        worker=WORKERS,
        parcel=[{"parcel": 1, "worker": "A", "fee": 1}, {"parcel": 2, "worker": "A", "fee": 10}],
        item=[{"item": 1, "parcel": 1, "n": 50}, {"item": 2, "parcel": 1, "n": 2}, {"item": 3, "parcel": 2, "n": 3}],
    )
    assert {each.key: each.values["p"] for each in result.lines} == {"A": 3, "B": 0}
    assert held(result) == [("item", 1, 1, "out-of-range", "n"), ("parcel", 2, 2, "out-of-range", "fee")]
    assert result.balance["item"] == EventBalance(rows=3, paid=1, held=2, rejected=0, outside=0)


ARISING = (
    HOLD
    + """table fee of size int 0 .. 50 : money
  ..10 : 1
  10.. : 2
let parcel.fee = fee(weight)
let level = reached(count(parcel where clamp(part, 0, 10 - weight) >= 0), steps)
ladder steps of n int 0 .. 1_000 : int 0 .. 10
  0 : 1
  2 : 2
  3 : 3
let parcel.bonus = worker.level * 1 CNY
pay fees  = sum(fee of parcel)
pay bonus = sum(bonus of parcel)
"""
)


def test_a_fault_that_arises_at_a_row_holds_it_and_not_what_reads_the_group():
    # The clamp of parcel 2 is turned round: it is not counted, and its siblings, which read the count, are paid.
    result = outcome(ARISING, parcel(1), parcel(2, weight=11), parcel(3), parcel(4, weight=60))
    assert held(result) == [("parcel", 2, 2, "clamp-inverted", "level"), ("parcel", 4, 4, "table-range", "fee")]
    assert paid(result, "fees") == {"A": 2, "B": 0}
    assert paid(result, "bonus") == {"A": 4, "B": 0}
    assert paid(result) == {"A": 4, "B": 0}


def test_rows_are_held_round_by_round():
    # Without parcel 2 (its fee is out of range) the level falls, and with it the fee of the level of the others.
    body = (
        HOLD
        + """table fee of size int 0 .. 50 : money
  * : 1
table of_level of size int 2 .. 9 : money
  * : 5
let parcel.fee = fee(weight)
let few = count(parcel)
let parcel.extra = of_level(worker.few)
pay fees  = sum(fee of parcel)
pay extra = sum(extra of parcel)
"""
    )
    result = outcome(body, parcel(1), parcel(2, weight=60), parcel(3, "B"), parcel(4, "B"))
    assert held(result) == [("parcel", 1, 1, "table-range", "extra"), ("parcel", 2, 2, "table-range", "fee")]
    assert paid(result, "extra") == {"A": 0, "B": 10}
    assert result.rejects == []


def test_a_fault_in_an_untaken_branch_of_the_payee_holds_the_row_all_the_same():
    body = (
        HOLD
        + """table fee of size int 0 .. 50 : money
  * : 1
pay fees = if count(parcel) > 9 then sum(fee(weight) of parcel) else 7
"""
    )
    result = outcome(body, parcel(1, weight=60), parcel(2))
    assert held(result) == [("parcel", 1, 1, "table-range", "fees")]
    assert paid(result, "fees") == {"A": 7, "B": 7}


def test_where_a_condition_does_not_hold_the_value_is_not_worked_out():
    body = (
        HOLD
        + """table fee of size int 0 .. 50 : money
  * : 1
pay fees = sum(fee(weight) of parcel where weight <= 50)
"""
    )
    result = outcome(body, parcel(1, weight=60), parcel(2))
    assert held(result) == []
    assert paid(result, "fees") == {"A": 1, "B": 0}


def test_a_rejected_payee_holds_nobody():
    body = """entity worker
  n : int 0 .. 9
  m : int 0 .. 9
entity parcel in worker when bad hold
  weight : int 0 .. 100
let level = n
let parcel.price = worker.level * weight * 1 CNY
pay pieces = sum(price of parcel)
pay fixed = m * 1 CNY
assert fixed < 5 "too much"
"""
    workers = [{"worker": "A", "n": 1, "m": 50}, {"worker": "B", "n": 1, "m": 6}, {"worker": "C", "n": 50, "m": 1}]
    rows = [{"parcel": number, "worker": "ABC"[number], "weight": 3} for number in range(3)]
    result = run_of(plan_of(body), worker=workers, parcel=rows)
    assert rejects_of(result) == {"A": "out-of-range", "B": "assert-failed"}
    # The level of C is faulty, and what the parcel reads of it; nothing else of C's pay is.
    assert [(each.key, each.cause.key, each.cause.column) for each in result.held] == [(2, "C", "n")]
    assert [(each.key, each.values["gross"]) for each in result.lines] == [("C", 1)]
    assert result.balance["parcel"] == EventBalance(rows=3, paid=0, held=1, rejected=2, outside=0)


def test_events_of_rejected_payees_reject_those_who_are_paid_from_them_as_ever():
    body = """entity worker
  boss : worker optional
  n : int 0 .. 9
entity parcel in worker when bad hold
  weight : int 0 .. 100
let level = n
let parcel.price = worker.level * weight * 1 CNY
let pieces = sum(price of parcel)
pay own = n * 1 CNY
pay share = sum(pieces of worker via boss)
assert own < 5 "too much"
"""
    workers = [{"worker": "A", "boss": None, "n": 1}, {"worker": "B", "boss": "A", "n": 6}]
    result = run_of(plan_of(body), worker=workers, parcel=[{"parcel": 1, "worker": "B", "weight": 3}])
    assert rejects_of(result) == {"A": "assert-failed", "B": "assert-failed"}
    assert held(result) == []


# ---------------------------------------------------------------- running totals


RUNNING = """entity worker
entity parcel dated day in worker{clauses}
  day    : date
  weight : int 0 .. 100
let parcel.so_far = running_sum(weight within worker by day)
let parcel.heavy  = running_sum(weight within worker by day where weight > 2)
let parcel.nth    = running_count(within worker by day)
let parcel.turned = running_sum(weight within worker by 0 - weight)
pay p = sum(if nth > 2 then weight else 0 of parcel) * 1 CNY
show parcel.a = so_far
show parcel.b = heavy
show parcel.c = nth
show parcel.d = turned
"""


def totals(result, *names):
    return {each.key: tuple(each.values[name] for name in names) for each in result.shown["parcel"]}


def test_running_totals_are_in_order_with_the_own_row_and_ties_by_key():
    rows = [
        parcel(10, on=day(2), weight=1),
        parcel(9, on=day(2), weight=2),  # 9 comes before 10, as numbers do
        parcel(1, on=day(3), weight=3),
        parcel(2, "B", on=day(1), weight=7),
        parcel(3, on=day(1), weight=4),
    ]
    result = outcome(RUNNING.format(clauses=""), *rows)
    assert totals(result, "a", "b", "c", "d") == {
        3: (4, 4, 1, 4),
        9: (6, 4, 2, 9),
        10: (7, 4, 3, 10),
        1: (10, 7, 4, 7),
        2: (7, 7, 1, 7),
    }
    assert paid(result, "p") == {"A": 1 + 3, "B": 0}


def test_ties_of_texts_are_ordered_by_their_bytes():
    rows = [parcel(key, on=day(1), weight=number) for number, key in enumerate(("é", "z", "B", "a"), 1)]
    result = outcome(RUNNING.format(clauses=""), *rows)
    assert totals(result, "c") == {"B": (1,), "a": (2,), "z": (3,), "é": (4,)}


def test_rows_that_do_not_count_are_in_no_running_total():
    rows = [parcel(1, on=day(30, 9)), parcel(2, weight=500), parcel(3, weight=5), parcel(4, on=day(6), weight=6)]
    result = outcome(RUNNING.format(clauses=" when bad hold outside period ignore"), *rows)
    assert totals(result, "a", "c") == {1: (None, None), 2: (None, None), 3: (5, 1), 4: (11, 2)}
    assert held(result) == [("parcel", 2, 2, "out-of-range", "weight")]


def test_a_fault_of_one_row_reaches_all_running_totals_of_its_group():
    rows = [parcel(1, weight=500, on=day(9)), parcel(2, weight=1), parcel(3, "B", weight=5)]
    result = outcome(RUNNING.format(clauses=""), *rows)
    assert totals(result, "a", "c") == {1: (None, 1 + 1), 2: (None, 1), 3: (5, 1)}
    arising = """entity worker
entity parcel dated day in worker
  day : date
  weight : int 0 .. 100
table fee of size int 0 .. 50 : int 0 .. 9
  * : 1
let parcel.so_far = running_sum(fee(weight) within worker by day)
pay p = if count(parcel) > 9 then max(0, sum(so_far of parcel)) * 1 CNY else 0
show parcel.a = so_far
"""
    result = outcome(arising, parcel(1, weight=60, on=day(9)), parcel(2), parcel(3, "B"))
    assert totals(result, "a") == {1: (None,), 2: (None,), 3: (1,)}
    assert [(each.key, each.cause.code.value, each.cause.key) for each in result.withheld] == [
        (1, "table-range", 1),
        (2, "table-range", 1),
    ]


def test_too_many_rows_of_a_group_reach_its_running_totals():
    rows = [parcel(1), parcel(2), parcel(3), parcel(4, "B")]
    result = outcome(RUNNING.format(clauses=" at most 2 per worker"), *rows)
    assert totals(result, "a", "c") == {1: (None, None), 2: (None, None), 3: (None, None), 4: (1, 1)}
    assert rejects_of(result) == {"A": "too-many-rows"}


def test_a_fault_that_arises_in_a_running_total_holds_its_own_row_alone():
    body = """entity worker
entity parcel dated day in worker when bad hold
  day : date
  weight : int 0 .. 100
table fee of size int 0 .. 50 : int 0 .. 9
  * : 2
let parcel.so_far = running_sum(fee(weight) within worker by day)
pay p = sum(so_far of parcel) * 1 CNY
"""
    result = outcome(body, parcel(1, weight=60, on=day(1)), parcel(2, on=day(2)), parcel(3, on=day(3)))
    assert held(result) == [("parcel", 1, 1, "table-range", "so_far")]
    assert paid(result, "p") == {"A": 2 + 4, "B": 0}


def test_at_a_row_that_does_not_count_a_running_total_is_that_of_the_rows_before_it():
    body = """entity worker
entity parcel dated day in worker when bad hold
  day : date
  weight : int 0 .. 100
entity item in parcel
  n : int 0 .. 9
let parcel.nth = running_count(within worker by day)
let parcel.so_far = running_sum(n within worker by day)
let parcel.n = 3
let item.nth = parcel.nth
let item.so_far = parcel.so_far
pay p = sum(weight of parcel) * 1 CNY
show plan.nth = sum(nth of item)
show plan.so_far = sum(so_far of item)
"""
    plan = plan_of(body)
    parcels = [parcel(1, on=day(3)), parcel(2, weight=101, on=day(2)), parcel(3, weight=101, on=day(4))]
    items = [[{"item": 1, "parcel": 2, "n": 1}], [{"item": 1, "parcel": 3, "n": 1}]]
    shown = [run_of(plan, worker=WORKERS, parcel=parcels, item=each).shown["plan"][0].values for each in items]
    assert shown == [{"nth": 1, "so_far": 0}, {"nth": 1, "so_far": 3}]


# ---------------------------------------------------------------- days


def test_a_day_begins_at_midnight_of_its_zone():
    plan = plan_of(EVENTS.format(clauses=""))
    assert plan.timezone is not None
    assert day_start(day(1), plan.timezone) == datetime(2026, 9, 30, 16, tzinfo=UTC)
    assert instant(day(1), UTC) == datetime(2026, 10, 1, tzinfo=UTC)
    assert instant(datetime(2026, 10, 1, 2, tzinfo=plan.timezone), UTC) == datetime(2026, 9, 30, 18, tzinfo=UTC)


def test_a_run_of_no_events_balances():
    empty = RawTable("parcel", {name: [] for name in ("parcel", "worker", "day", "weight")}, 0)
    result = run_of(plan_of(HOLD), worker=WORKERS, parcel=empty)
    assert result.balance == {"parcel": EventBalance(0, 0, 0, 0, 0)}
    assert paid(result) == {"A": Fraction(0), "B": 0}
