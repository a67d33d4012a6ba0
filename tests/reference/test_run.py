"""Whole runs: what comes out, in which order, and that nothing is lost."""

from concurrent.futures import ThreadPoolExecutor
from fractions import Fraction

import pytest

from paycalc.core.errors import DataError, InternalError
from paycalc.reference import run as run_module
from paycalc.reference.dataset import RawTable
from paycalc.reference.faults import FaultCode, first_fault, key_order
from paycalc.reference.interpreter import Evaluator
from paycalc.reference.run import run
from tests.reference.plan_runs import data_of, plan_of, rejects_of, run_of

PLAN = plan_of(
    """entity worker
  sales : money 0 .. 1_000
let doubled    = sales * 2
pay base       = sales
pay bonus      = 10 when sales >= 100
deduct meals   = 3
employer levy  = round(sales * 10%)
show rank_hint = round(doubled / 7, 3)
show plan.count = count(worker)
show plan.mean = round(default(mean(sales of worker), 0), 2)
"""
)
WORKERS = [{"worker": "W2", "sales": 100}, {"worker": "W10", "sales": 99}, {"worker": "W1", "sales": 0}]


def test_lines_follow_the_rows_of_the_payee():
    result = run_of(PLAN, worker=WORKERS)
    assert [line.key for line in result.lines] == ["W2", "W10", "W1"]
    assert [line.row for line in result.lines] == [1, 2, 3]
    assert dict(result.lines[0].values) == {
        "base": 100,
        "bonus": 10,
        "meals": 3,
        "levy": 10,
        "rank_hint": Fraction("28.571"),
        "gross": 110,
        "net": 107,
        "cost": 120,
    }
    assert dict(result.lines[2].values) == {
        "base": 0, "bonus": 0, "meals": 3, "levy": 0, "rank_hint": 0, "gross": 0, "net": -3, "cost": 0,
    }  # fmt: skip


def test_totals_are_sums_over_those_who_are_paid():
    result = run_of(PLAN, worker=[*WORKERS, {"worker": "W3", "sales": -1}])
    assert rejects_of(result) == {"W3": "out-of-range"}
    assert (result.payee_count, result.paid_count) == (4, 3)
    assert result.totals == {
        "base": 199, "bonus": 10, "meals": 9, "levy": Fraction("19.90"), "gross": 209, "net": 200,
        "cost": Fraction("228.90"),
    }  # fmt: skip


def test_what_is_shown_of_the_plan():
    result = run_of(PLAN, worker=WORKERS)
    assert [(row.key, row.values) for row in result.shown["plan"]] == [(None, {"count": 3, "mean": Fraction("66.33")})]


def test_a_run_over_nobody():
    result = run_of(PLAN, worker=RawTable("worker", {"worker": [], "sales": []}, 0))
    assert (result.lines, result.rejects) == ([], [])
    assert result.totals["net"] == 0
    assert result.shown["plan"][0].values == {"count": 0, "mean": 0}


def test_groups_without_rows():
    plan = plan_of(
        """entity store
entity worker
  store : store
  sales : money 0 .. 1_000
  good  : flag
show store.sum   = sum(sales of worker)
show store.count = count(worker where good)
show store.least = default(min(sales of worker), -1)
show store.most  = default(max(sales of worker), -1)
show store.mean  = round(default(mean(sales of worker), -1), 2)
show store.any   = if any(good of worker) then 1 else 0
show store.all   = if all(good of worker) then 1 else 0
pay p = 0
"""
    )
    workers = [
        {"worker": 1, "store": "B", "sales": 10, "good": True},
        {"worker": 2, "store": "B", "sales": 21, "good": False},
    ]
    result = run_of(plan, worker=workers, store=[{"store": "B"}, {"store": "A"}])
    assert [(row.key, tuple(row.values.values())) for row in result.shown["store"]] == [
        ("A", (0, 0, -1, -1, -1, 0, 1)),
        ("B", (31, 1, 10, 21, Fraction("15.5"), 1, 0)),
    ]


def test_keys_order_as_integers_or_as_utf8_bytes():
    keys = [None, "b", "a", "Z", "é", "10", 9, 10, -1]
    assert sorted(keys, key=key_order) == [-1, 9, 10, "10", "Z", "a", "b", "é", None]


def test_rejects_are_sorted_by_key():
    rows = [{"worker": key, "sales": -1} for key in ("b", "a", "Z")]
    assert [each.key for each in run_of(PLAN, worker=rows).rejects] == ["Z", "a", "b"]


# ---------------------------------------------------------------- too many rejects


def faulty_workers(count, faulty):
    return [{"worker": at, "sales": -1 if at < faulty else 1} for at in range(count)]


def test_a_share_of_rejects_up_to_the_limit_is_let_through():
    assert len(run(data_of(PLAN, worker=faulty_workers(100, 5))).rejects) == 5


def test_a_larger_share_stops_the_run_and_names_the_causes():
    with pytest.raises(DataError) as caught:
        run(data_of(PLAN, worker=faulty_workers(100, 6)))
    error = caught.value
    assert error.code == "too-many-rejects"
    assert error.message == "6 of 100 rows of `worker` are rejected: 6 out-of-range"
    assert (error.table, error.row, error.column, error.value) == ("worker", "1", "sales", "-1.00 CNY")
    assert error.help.startswith("sales of worker 0 is -1.00 CNY, outside 0 .. 1_000 CNY [out-of-range]; sales of")
    assert error.help.endswith("Mend the data, or allow a larger share of rejects")


def test_the_cause_that_rejects_most_comes_first():
    plan = plan_of(
        "entity store\n  x : money 0 .. 9\nentity worker\n  store : store\n  y : money 0 .. 9\npay p = y + store.x\n"
    )
    workers = [{"worker": at, "store": "S1", "y": 1} for at in range(9)] + [{"worker": 9, "store": "S2", "y": None}]
    data = data_of(plan, worker=workers, store=[{"store": "S1", "x": 10}, {"store": "S2", "x": 1}])
    with pytest.raises(DataError) as caught:
        run(data)
    assert caught.value.message == "10 of 10 rows of `worker` are rejected: 9 out-of-range, 1 null"
    assert caught.value.help.startswith("x of store S1 is 10.00 CNY, outside 0 .. 9 CNY [out-of-range] (rejects 9 rows")


def test_the_limit_may_be_changed_or_left_out():
    data = data_of(PLAN, worker=faulty_workers(10, 5))
    assert len(run(data, on_reject_share=Fraction(1, 2)).rejects) == 5
    assert len(run(data, on_reject_share=None).rejects) == 5
    with pytest.raises(DataError):
        run(data, on_reject_share=Fraction(0))


# ---------------------------------------------------------------- while it runs


def test_progress_is_reported(monkeypatch):
    monkeypatch.setattr(run_module, "PROGRESS_ROWS", 2)
    reports = []
    run(data_of(PLAN, worker=WORKERS), progress=lambda done, count: reports.append((done, count)))
    assert reports == [(0, 3), (2, 3), (3, 3)]


def test_totals_that_do_not_reconcile_are_a_fault_of_paycalc(monkeypatch):
    monkeypatch.setattr(run_module, "_totals", lambda plan, lines: dict.fromkeys(
        ("base", "bonus", "meals", "levy", "gross", "net", "cost"), Fraction(1)))  # fmt: skip
    with pytest.raises(InternalError):
        run_of(PLAN, worker=WORKERS)


def test_values_are_worked_out_once():
    # Thirty lines, each twice the one before: without remembering, a thousand million additions.
    lines = "".join(f"let a{at} = a{at - 1} + a{at - 1}\n" for at in range(1, 31))
    plan = plan_of(f"entity worker\n  a0 : int 0 .. 1\n{lines}pay p = a30 * 0.01 CNY\n")
    result = run_of(plan, worker=[{"worker": 1, "a0": 1}])
    assert result.lines[0].values["p"] == Fraction(2**30, 100)


@pytest.mark.parametrize("faulty", [False, True])
def test_chains_of_lines_are_as_long_as_they_like(faulty):
    count = 10_000
    lines = "".join(f"let a{at} = a{at - 1} + 1\n" for at in range(1, count))
    plan = plan_of(f"entity worker\n  a0 : int 0 .. 1\n{lines}pay p = a{count - 1} * 0.01 CNY\nshow q = a5\n")
    result = run_of(plan, worker=[{"worker": 1, "a0": 2 if faulty else 1}])
    if faulty:
        assert rejects_of(result) == {1: "out-of-range"}
    else:
        assert result.lines[0].values["p"] == count * Fraction(1, 100)


def test_a_chain_through_groups_is_as_long_as_it_likes():
    count = 400
    lines = "".join(
        f"let store.s{at} = default(max(w{at} of worker), 0)\nlet w{at + 1} = store.s{at} - 0\n" for at in range(count)
    )
    plan = plan_of(f"entity store\nentity worker\n  store : store\n  w0 : money 0 .. 9\n{lines}pay p = w{count} - w0\n")
    workers = [{"worker": at, "store": 1, "w0": at} for at in (3, 5)]
    result = run_of(plan, worker=workers, store=[{"store": 1}])
    assert [line.values["p"] for line in result.lines] == [2, 0]


def test_a_fault_deep_in_a_chain_comes_through():
    count = 2_000
    lines = "".join(f"let a{at} = a{at - 1} + 0\n" for at in range(1, count))
    plan = plan_of(
        f"entity worker\n  x : int 0 .. 9\ntable t of key int 0 .. 5 : int\n  * : 1\nlet a0 = t(x)\n{lines}"
        f"pay p = a{count - 1} * 1 CNY\n"
    )
    assert rejects_of(run_of(plan, worker=[{"worker": 1, "x": 9}])) == {1: "table-range"}


def test_of_faults_the_first_in_the_documented_order_counts():
    data = data_of(PLAN, worker=[{"worker": 1, "sales": None}, {"worker": 2, "sales": -1}])
    faults = [fault for _, _, fault in data.faults]
    assert [fault.code for fault in faults] == [FaultCode.NULL, FaultCode.OUT_OF_RANGE]
    assert first_fault(reversed(faults)) is faults[0]
    assert first_fault([None, faults[1]]) is faults[1]
    assert first_fault([]) is None


def test_an_evaluator_gives_single_values():
    evaluator = Evaluator(data_of(PLAN, worker=WORKERS))
    assert evaluator.value(PLAN.totals["net"], 0) == 107
    assert evaluator.fault(PLAN.totals["net"], 0) is None


def test_threads_may_share_an_evaluator():
    lines = "".join(f"let a{at} = a{at - 1} + 1\n" for at in range(1, 300))
    plan = plan_of(f"entity worker\n  a0 : int 0 .. 50\n{lines}pay p = a299 * 1 CNY\n")
    evaluator = Evaluator(data_of(plan, worker=[{"worker": at, "a0": at} for at in range(50)]))
    with ThreadPoolExecutor(4) as pool:
        values = list(pool.map(lambda row: evaluator.value(plan.totals["net"], row % 50), range(400)))
    assert values == [row % 50 + 299 for row in range(400)]


def test_expressions_nested_as_deep_as_a_plan_may_be_in_lines_that_read_each_other():
    text = "a{0}"
    for _ in range(48):
        text = f"-(1 + {text})"
    lines = "".join(f"let a{at + 1} = {text.format(at)}\n" for at in range(40))
    plan = plan_of(f"entity worker\n  a0 : int 0 .. 50\n{lines}pay p = a40 * 1 CNY\n")
    assert run_of(plan, worker=[{"worker": 1, "a0": 7}]).lines[0].values["p"] == 7
