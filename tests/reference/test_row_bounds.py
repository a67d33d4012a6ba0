"""`at most N per X`: the ranges that the checker proves hold because no row has more rows than that."""

from fractions import Fraction

import pytest

from paycalc.check.arithmetic import ROWS_MAX
from paycalc.core.errors import DataError
from paycalc.reference.dataset import RawTable
from paycalc.reference.examples import run_examples
from paycalc.reference.faults import FaultCode, Faulted
from tests.reference.plan_runs import data_of, plan_of, rejects_of, run_of

PARCELS = """entity worker
entity parcel in worker at most 2 per worker
  x : money 0 .. 10
"""
DIVISION = plan_of(PARCELS + "let share = 100 CNY / (3 - count(parcel))\npay a = round(share)\n")


def parcels(**counts):
    rows = [(worker, number) for worker, count in counts.items() for number in range(count)]
    return [{"parcel": f"{worker}{number}", "worker": worker, "x": 10} for worker, number in rows]


def test_as_many_rows_as_the_bound_are_fine():
    result = run_of(DIVISION, worker=[{"worker": "A"}, {"worker": "B"}], parcel=parcels(A=2))
    assert [(line.key, line.values["a"]) for line in result.lines] == [("A", 100), ("B", Fraction("33.33"))]


def test_one_row_more_rejects_the_worker_and_nobody_else():
    result = run_of(DIVISION, worker=[{"worker": "A"}, {"worker": "B"}], parcel=parcels(A=3, B=1))
    assert [line.key for line in result.lines] == ["B"]
    [reject] = result.rejects
    cause = reject.cause
    assert (reject.key, reject.row, reject.code, reject.rule) == ("A", 1, FaultCode.TOO_MANY_ROWS, "pay a")
    assert (cause.entity, cause.key, cause.row, cause.column) == ("worker", "A", 1, "parcel.worker")
    assert (cause.value, cause.expected) == ("3 rows of parcel", "at most 2 per worker")
    assert reject.message == "worker A has 3 rows of parcel, and the plan says at most 2 per worker"


def test_a_line_with_a_proven_range_does_not_leave_it():
    plan = plan_of(PARCELS + "pay a : money 0 .. 20 = sum(x of parcel)\n")
    result = run_of(plan, worker=[{"worker": "A"}, {"worker": "B"}], parcel=parcels(A=3, B=2))
    assert [(line.key, line.values["a"]) for line in result.lines] == [("B", 20)]
    assert rejects_of(result) == {"A": "too-many-rows"}


def test_the_branch_that_reads_the_aggregate_need_not_be_taken():
    plan = plan_of(PARCELS + "pay a = if count(parcel) > 5 then 1 else 0\npay b = 1\n")
    assert rejects_of(run_of(plan, worker=[{"worker": "A"}], parcel=parcels(A=3))) == {"A": "too-many-rows"}


def test_who_reads_no_aggregate_is_paid_and_a_show_is_withheld():
    plan = plan_of(PARCELS + "pay a = 1\nshow n = count(parcel)\nshow plan.n = count(parcel)\n")
    result = run_of(plan, worker=[{"worker": "A"}, {"worker": "B"}], parcel=parcels(A=3, B=2))
    assert [line.values["n"] for line in result.lines] == [None, 2]
    assert [(each.key, each.line, each.cause.code) for each in result.withheld] == [("A", "n", "too-many-rows")]
    assert result.shown["plan"][0].values == {"n": 5}  # all rows of the plan: no bound per worker is part of that


def test_each_reference_is_counted_by_itself():
    plan = plan_of(
        """entity worker
entity parcel at most 2 per worker
  picker, packer : worker
  x : money 0 .. 10
pay a = sum(x of parcel via picker)
pay b = sum(x of parcel via packer)
"""
    )
    rows = [{"parcel": key, "picker": picker, "packer": packer, "x": 1} for key, picker, packer in (
        ("P1", "A", "B"), ("P2", "A", "B"), ("P3", "C", "B"), ("P4", "C", "A"))]  # fmt: skip
    result = run_of(plan, worker=[{"worker": key} for key in "ABC"], parcel=rows)
    assert [(line.key, line.values["a"], line.values["b"]) for line in result.lines] == [("A", 2, 1), ("C", 2, 0)]
    [reject] = result.rejects
    assert (reject.key, reject.rule, reject.cause.column) == ("B", "pay b", "parcel.packer")
    assert reject.message == "worker B has 3 rows of parcel via packer, and the plan says at most 2 per worker"


def test_the_fault_goes_up_and_down_like_any_other():
    plan = plan_of(
        """entity store
entity worker
  store : store
  bonus : money 0 .. 5
entity parcel at most 2 per store
  store : store
  x : money 0 .. 10
let store.turnover = sum(x of parcel)
pay a = bonus + round(store.turnover * 0.01)
"""
    )
    stores = [{"store": "S"}, {"store": "T"}]
    workers = [{"worker": key, "store": store, "bonus": 1} for key, store in (("A", "S"), ("B", "T"), ("C", "S"))]
    rows = [{"parcel": number, "store": store, "x": 10} for number, store in enumerate("SSST")]
    result = run_of(plan, store=stores, worker=workers, parcel=rows)
    assert [(line.key, line.values["a"]) for line in result.lines] == [("B", Fraction("1.10"))]
    assert rejects_of(result) == {"A": "too-many-rows", "C": "too-many-rows"}


def test_its_place_in_the_order_of_precedence():
    assert FaultCode.UNKNOWN_REFERENCE.rank < FaultCode.TOO_MANY_ROWS.rank < FaultCode.MISSING_PARAMETER.rank
    plan = plan_of(PARCELS + "pay a = sum(x of parcel)\n")
    rows = parcels(A=3, B=3)
    rows[0]["x"] = 11
    data = data_of(plan, worker=[{"worker": "A"}, {"worker": "B"}], parcel=rows)
    result = run_of(plan, worker=[{"worker": "A"}, {"worker": "B"}], parcel=rows)
    assert rejects_of(result) == {"A": "out-of-range", "B": "too-many-rows"}
    line = plan.entities["worker"].lines["a"]
    assert [result.evaluator.fault(line, row).code for row in (0, 1)] == ["out-of-range", "too-many-rows"]
    assert [fault.code for _, _, fault in data.faults] == ["out-of-range", "too-many-rows", "too-many-rows"]
    with pytest.raises(Faulted):
        result.evaluator.value(line, 1)


def test_too_many_rows_per_plan_stop_the_run():
    plan = plan_of(
        "entity worker\nentity tip at most 2 per plan\n  x : money 0 .. 5\npay a = 1\nshow plan.t = sum(x of tip)\n"
    )
    assert run_of(plan, worker=[{"worker": "A"}], tip=[{"x": 5}, {"x": 5}]).shown["plan"][0].values == {"t": 10}
    with pytest.raises(DataError) as error:
        run_of(plan, worker=[{"worker": "A"}], tip=[{"x": 1}] * 3)
    assert str(error.value) == (
        "error[too-many-rows]: there are 3 rows of `tip`, and the plan says at most 2\n"
        "table:    tip\nvalue:    3 rows\nexpected: at most 2"
    )


@pytest.mark.parametrize("bound", ["", " at most 10_000_000_000 per plan"])
def test_more_rows_than_any_entity_may_have_stop_the_run(bound):
    plan = plan_of(f"entity worker{bound}\npay a = 1\n")
    keys = range(ROWS_MAX + 1)
    with pytest.raises(DataError) as error:
        data_of(plan, worker=RawTable("worker", {"worker": keys}, len(keys)))
    assert (error.value.code, error.value.message) == (
        "too-many-rows",
        "there are 4_294_967_296 rows of `worker`, and no entity may have more than 4_294_967_295",
    )


def test_in_an_example():
    plan = plan_of(
        f"""{PARCELS}pay a = sum(x of parcel)
example "one too many"
  worker A -> rejected too-many-rows
  worker B -> a 5
  parcel 1 : worker A, x 1
  parcel 2 : worker A, x 1
  parcel 3 : worker A, x 1
  parcel 4 : worker B, x 5
"""
    )
    assert [outcome.failures for outcome in run_examples(plan)] == [()]


def test_in_an_example_per_plan():
    plan = plan_of(
        """entity worker at most 1 per plan
pay a = 1
example "one too many"
  worker A -> a 1
  worker B -> a 1
"""
    )
    [outcome] = run_examples(plan)
    assert [failure.got for failure in outcome.failures] == [
        "there are 2 rows of `worker`, and the plan says at most 1"
    ] * 2
