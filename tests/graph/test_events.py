"""Events: parameters at their own dates, means, running totals, rows that do not count and rows that are held."""

import pytest

from paycalc.graph.nodes import Operation, in_order
from tests.graph.comparing import inputs_of
from tests.graph.events import assert_agrees, parcel_data, parcel_plan
from tests.graph.plain_graph import PlainGraph, every_root

RATES = "parameters of store\n  rate : money 0 .. 10\n  bonus : money 0 .. 5 optional\n  extra : flag = no\n"
STATED = [
    {"store": "S1", "rate": 1, "bonus": None, "extra": None, "effective_from": "2026-01-01"},
    {"store": "S1", "rate": "1.5", "bonus": 2, "extra": "yes", "effective_from": "2026-10-15"},
    {"region": "N", "rate": 3, "bonus": None, "extra": None, "effective_from": "2026-01-01"},
    {"plan": "plan", "rate": 4, "bonus": 1, "extra": None, "effective_from": "2026-10-20T06:00+08:00"},
    {"store": "S2", "rate": "inherit", "bonus": "none", "extra": None, "effective_from": "2026-10-20"},
]


def parcels(*days: str, **common: object) -> list[dict[str, object]]:
    """A parcel on each of these days, or at these moments, to the workers and stores in turn."""
    return [
        {
            "worker": "AB"[number % 2],
            "store": ("S1", "S2", "S3")[number % 3],
            "day" if len(day) == 10 else "at": day,
            "weight": number * 3,
            "zone": ("near", "far")[number % 2],
            "helper": (None, "P")[number % 2],
            **common,
        }
        for number, day in enumerate(days)
    ]


DAYS = [f"2026-10-{day:02d}" for day in (1, 14, 15, 16, 19, 20, 21, 31, 15)]


@pytest.mark.parametrize("moments", [False, True])
def test_parameters_at_the_dates_of_rows(moments):
    plan = parcel_plan(
        RATES + "parameters\n  surcharge : money 0 .. 2 = 1\n"
        "let parcel.price = store.rate + default(store.bonus, 0) + surcharge + (if store.extra then 1 else 0)\n"
        "let parcel.helped = if given(helper.store.bonus) then helper.store.bonus else 0\n"
        "pay piecework = sum(price of parcel) + sum(helped of parcel)\npay now = store.rate\n",
        moments=moments,
    )
    days = [f"{day}T05:59:59+08:00" for day in DAYS] + ["2026-10-20T06:00+08:00"] * 4 if moments else DAYS
    data = parcel_data(plan, parcels(*days), {"store": STATED})
    graph, compared, _ = assert_agrees(plan, data)
    assert compared.values >= 15
    finds = [each for each in in_order(every_root(graph)) if each.operation is Operation.FIND]
    # The price of the parcel's store, the helper's store, the plan: one look-up each, whatever is read there.
    assert len(finds) == 3


def test_missing_parameters_are_of_the_rows_that_read_them():
    plan = parcel_plan(
        RATES + "let parcel.price = store.rate\npay piecework = sum(price of parcel)\n", clauses="when bad hold"
    )
    stated = [{"store": key, "rate": 2, "effective_from": "2026-10-10"} for key in ("S1", "S2", "S3")]
    data = parcel_data(plan, parcels("2026-10-09", "2026-10-10", "2026-10-11"), {"store": stated})
    inputs = inputs_of(data)
    assert inputs.dataset.held == {"parcel": {0}}
    graph, _, _ = assert_agrees(plan, data)
    assert PlainGraph(graph, inputs).total("gross") == 400


def test_means_over_the_period():
    plan = parcel_plan(
        RATES.replace("rate : money 0 .. 10", "rate : money -10 .. 10")
        + "let parcel.mean = round(average(store.rate over period), 4) * 1\n"
        "pay base = round(average(store.rate over period) / 3)\nshow worker.n = count(parcel where mean > 0)\n"
    )
    data = parcel_data(plan, parcels(*DAYS), {"store": STATED})
    graph, compared, _ = assert_agrees(plan, data)
    assert compared.values == 10
    base = graph.lines[plan.entities["worker"].lines["base"]]
    # 14 days at 1, 17 at 1.50: 1.274...; a third of it. Store S3 has a rate from the 21st on, and so no mean.
    assert PlainGraph(graph, inputs_of(data)).column(base.value)[0] == 42


@pytest.mark.parametrize("order", ["day", "weight", "-weight", "if heavy then 1 else 0"])
def test_running_totals_with_ties(order):
    plan = parcel_plan(
        f"let parcel.nth = running_count(within worker by {order})\n"
        f"let parcel.afar = running_count(within worker by {order} where zone is far)\n"
        f"let parcel.carried = running_sum(weight within store by {order} where weight > 3)\n"
        "pay far = sum(nth of parcel where carried > 10) * 1 CNY + sum(afar of parcel) * 1 CNY\n",
        clauses="outside period ignore",
    )
    rows = parcels(*DAYS, "2026-11-01", *DAYS[:3])
    data = parcel_data(plan, [*rows, {**rows[2], "heavy": "yes"}])
    _, compared, _ = assert_agrees(plan, data)
    assert compared.values > 40


def test_running_totals_of_wide_numbers():
    plan = parcel_plan(
        "let parcel.big = weight * 1_000_000_000_000_000_000_000_000_000_000\n"
        "let parcel.all = running_sum(big within worker by day)\n"
        "pay p = 1 when default(max(all of parcel), 0 kg) > 0\n",
        clauses="at most 100 per plan",
    )
    _, compared, _ = assert_agrees(plan, parcel_data(plan, parcels(*DAYS)))
    assert compared.values > 20


@pytest.mark.parametrize("clauses", ["", "outside period ignore", "outside period carry", "when bad hold"])
def test_rows_outside_the_period(clauses):
    plan = parcel_plan(
        "pay p = sum(weight of parcel) * 1 CNY per kg + count(parcel) * 1 CNY\n"
        "show plan.heaviest = default(max(weight of parcel), 0 kg)\n"
        "show plan.all_light = count(parcel where weight <= 3) when all(weight <= 3 of parcel)\n",
        clauses=clauses,
    )
    data = parcel_data(plan, parcels("2026-09-30", "2026-10-01", "2026-10-31", "2026-11-01"))
    graph, _, _ = assert_agrees(plan, data)
    totals = PlainGraph(graph, inputs_of(data))
    # 3 kg to B and 6 kg to A count; without a clause each of them has a faulty parcel and is rejected.
    assert totals.total("gross") == (0 if not clauses else 1100)


HALF = "table half of x decimal(2) kg 0 .. 10 kg : int\n  * : 5\n"


def test_faults_that_arise_hold_their_rows_in_rounds():
    """Parcel 3 is too heavy; without it worker A has carried so little that parcel 1 is too light in turn."""
    plan = parcel_plan(
        HALF + "table least of carried decimal(2) kg 3 .. 1_000 : int\n  * : 1\n"
        "let carried = sum(if half(weight) > 0 then weight else 0 kg of parcel)\n"
        "let parcel.price = half(weight) + least(worker.carried)\n"
        "pay p = sum(price of parcel where heavy) * 1 CNY\n",
        clauses="when bad hold",
    )
    rows = [
        {"worker": worker, "store": "S1", "day": "2026-10-02", "weight": weight, "zone": "far", "heavy": heavy}
        for worker, weight, heavy in (("A", 1, "yes"), ("A", 1, "no"), ("A", 40, "no"), ("B", 9, "yes"))
    ]
    data = parcel_data(plan, rows)
    graph, _, found = assert_agrees(plan, data)
    assert found == 2
    inputs = inputs_of(data)
    assert inputs.dataset.held == {"parcel": {0, 2}}
    assert PlainGraph(graph, inputs).total("gross") == 600


def test_what_only_a_show_reads_holds_nothing():
    plan = parcel_plan(
        HALF + "let parcel.h = half(weight)\npay p = count(parcel) * 1 CNY\nshow worker.s = sum(h of parcel)\n",
        clauses="when bad hold",
    )
    data = parcel_data(plan, parcels(*DAYS[:6]))
    graph, compared, found = assert_agrees(plan, data)
    assert (found, graph.held) == (0, {})
    assert compared.faults > 1


def test_a_fault_in_a_running_total_is_one_of_its_group():
    lines = (
        HALF + "let parcel.sum = running_sum(half(weight) within worker by day where zone is far)\n"
        "let parcel.n = running_count(within worker by half(weight))\n"
        "pay p = sum(sum of parcel) * 1 CNY\npay q = sum(n of parcel) * 1 CNY\n"
    )
    rows = parcels(*DAYS[:7])
    # Those of 12, 15 and 18 kg are held: then only their own place in the order is not known.
    for clauses, held, faults in (("", 0, 19), ("when bad hold", 3, 3)):
        plan = parcel_plan(lines, clauses=clauses)
        _, compared, found = assert_agrees(plan, parcel_data(plan, rows))
        assert (found, compared.faults) == (held, faults)


def test_a_row_that_nobody_meets_is_not_held():
    plan = parcel_plan(
        HALF + "let porter.load = sum(half(weight) of parcel)\npay p = sum(load of porter) * 1 CNY\n",
        clauses="when bad hold",
    )
    rows = parcels(*DAYS[:3], weight=50)  # of these only one has a helper
    graph, _, found = assert_agrees(plan, parcel_data(plan, rows))
    assert found == 1
    assert list(graph.held) == ["parcel"]
