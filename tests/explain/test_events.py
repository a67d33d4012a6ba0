"""Amounts that events make: down to each event, and to what sets each parameter, at which level and since when."""

from datetime import date, datetime, timedelta, timezone
from fractions import Fraction

import pytest

from paycalc.explain.explanation import explain
from paycalc.explain.plain_data import to_json
from paycalc.explain.rendering import render_explanation
from paycalc.explain.tracing import DatedParameter, MeanParameter
from paycalc.reference.admission import admit
from paycalc.reference.dataset import RawTable
from paycalc.reference.run import run
from tests.reference.plan_runs import plan_of, table

PLAN = plan_of(
    """entity region
entity store
  region : region
entity worker
  store : store
entity parcel dated at in worker when bad hold outside period carry
  store  : store
  at     : datetime
  weight : decimal(1) kg 0 .. 100
parameters of store
  fee  : money 0 .. 100
  base : money 0 .. 100
  cap  : money 0 .. 100 optional
parameters
  spare : money 0 .. 10 = 1
table freight of store, weight : money from data
ladder tiers of count int 0 .. 1_000 : money from data
let parcel.nth    = running_count(within worker by at)
let parcel.carted = running_sum(weight within worker by at where weight > 1)
let parcel.price  = store.fee + freight(store, weight)
pay piecework = sum(price of parcel)
pay heavy     = round(sum(weight of parcel) * 0.10 CNY per kg)
pay volume    = round(marginal(count(parcel), tiers))
pay basic     = round(average(store.base over period)) + spare
pay capped    = default(store.cap, 0)
show late     = sum(nth of parcel)
show parcel.all = store.fee * 2
"""
)
ZONE = timezone(timedelta(hours=8))
RATES = table(
    "store",
    [
        {"store": "S1", "effective_from": date(2026, 1, 1), "fee": 2, "base": 10},
        {"store": "S1", "effective_from": datetime(2026, 10, 20, 14, tzinfo=ZONE), "fee": 3},
        {"store": "S1", "effective_from": date(2026, 10, 11), "base": 20, "cap": "none"},
        {"region": "R1", "effective_from": date(2025, 1, 1), "fee": 5, "base": 1, "cap": 7},
        {"store": "S2", "effective_from": date(2026, 10, 2), "fee": "inherit"},
    ],
)
FREIGHT = RawTable(
    "freight",
    {
        "effective_from": [date(2026, 1, 1)] * 2 + [date(2026, 10, 15)] * 2,
        "store": ["S1", "*", "S1", "*"],
        "weight_from": [99, None, None, None],
        "weight_below": [None, None, 2, None],
        "freight": [9, 1, 2, Fraction("0.5")],
    },
    4,
)
TIERS = RawTable("tiers", {"from": [0, 3], "value": [0, Fraction("0.5")]}, 2)


def parcels(count):
    """Every second one of store S2, each an hour later and half a kilo heavier than the one before."""
    start = datetime(2026, 10, 20, 10, tzinfo=ZONE)
    return [
        {"parcel": at, "worker": "W1", "store": f"S{1 + at % 2}", "at": start + timedelta(hours=at),
         "weight": Fraction(at, 2)}
        for at in range(count)
    ]  # fmt: skip


def result_of(rows):
    tables = {
        "region": table("region", [{"region": "R1"}]),
        "store": table("store", [{"store": "S1", "region": "R1"}, {"store": "S2", "region": "R1"}]),
        "worker": table("worker", [{"worker": "W1", "store": "S1"}]),
        "parcel": table("parcel", rows),
    }
    data = {"freight": FREIGHT, "tiers": TIERS}
    return run(
        admit(PLAN, tables, {"store": RATES}, PLAN.period.parse("2026-10"), data_tables=data), on_reject_share=None
    )


RESULT = result_of(parcels(12))


def explained(name, key="W1", entity="worker", result=RESULT, **options):
    return explain(result.evaluator, entity, key, name, spread=result.spread, **options)


def lines_of(*asked, **options):
    return render_explanation(explained(*asked, **options)).splitlines()


def test_the_largest_events_are_named_and_the_rest_is_summed():
    assert lines_of("piecework", events=1)[1:] == [
        "  = sum(price of parcel)",
        "  sum(price of parcel) = 55.00 CNY, over 12 rows of parcel",
        "    parcel 1: 5.50 CNY",
        "    parcel 3: 5.50 CNY",
        "    parcel 5: 5.50 CNY",
        "    parcel 7: 5.50 CNY",
        "    parcel 9: 5.50 CNY",
        "    parcel 11: 5.50 CNY",
        "    parcel 0: 4.00 CNY",
        "    parcel 2: 4.00 CNY",
        "    parcel 4: 3.50 CNY",
        "    parcel 6: 3.50 CNY",
        "    2 more rows: 7.00 CNY together",
        "    how the others came about: paycalc explain RUN 3 parcel.price",
        "  price of parcel 1: 5.50 CNY                                                           trial.pay:25",
        "    = store.fee + freight(store, weight)",
        "    = 5.00 CNY + freight(S2, 0.5 kg)",
        "    = 5.00 CNY + 0.50 CNY",
        "    freight(S2, 0.5 kg): row `*, * : 0.50 CNY` of its data since 2026-10-15",
        "    store.fee                5.00 CNY  set for region R1 since 2025-01-01 (row 4 of the parameters)",
        "    store                          S2  parcel 1, row 2",
        "    weight                     0.5 kg  parcel 1, row 2",
        "    at         2026-10-20T11:00+08:00  parcel 1, row 2",
    ]
    assert len(explained("piecework", events=0).accounts) == 1
    assert len(explained("piecework", events=12).accounts) == 11


@pytest.mark.parametrize(
    ("key", "since", "row", "value"),
    [(0, "2026-01-01", 1, 2), (2, "2026-01-01", 1, 2), (4, "2026-10-20T14:00+08:00", 2, 3)],
)
def test_a_parameter_says_since_when(key, since, row, value):
    explanation = explained("price", key, "parcel")
    (leaf,) = [leaf for (what, _), leaf in explanation.leaves.items() if isinstance(what, DatedParameter)]
    assert (leaf.field.parameter.name, leaf.field.asked, leaf.value) == ("fee", parcels(12)[key]["at"], value)
    ((setting, days),) = leaf.settings
    assert (setting.level, setting.key, setting.row, days) == ("store", "S1", row, 1)
    assert any(line.endswith(f"set for store S1 since {since} (row {row} of the parameters)") for line in
               lines_of("price", key, "parcel"))  # fmt: skip
    assert explanation.recompute() == explanation.value


def test_a_mean_names_all_that_set_it():
    assert lines_of("basic")[1:] == [
        "  = round(average(store.base over period)) + spare",
        "  = round(16.774193... CNY) + 1.00 CNY",
        "  = 16.77 CNY + 1.00 CNY",
        "  rounded to 0.01, half away from zero: 16.774193... CNY becomes 16.77 CNY",
        "  average(store.base over period)  16.774193... CNY  the mean over the period:",
        "    10 days: set for store S1 since 2026-01-01 (row 1 of the parameters)",
        "    21 days: set for store S1 since 2026-10-11 (row 3 of the parameters)",
        "  spare                                    1.00 CNY  the default in the plan, not set for the plan",
    ]
    explanation = explained("basic")
    (mean,) = [leaf for (what, _), leaf in explanation.leaves.items() if isinstance(what, MeanParameter)]
    assert mean.value == Fraction(10 * 10 + 20 * 21, 31)
    assert explanation.recompute() == explanation.value == Fraction("17.77")


def test_what_is_unset_says_by_which_row():
    assert lines_of("capped")[-1] == "  store.cap  none  unset for store S1 since 2026-10-11 (row 3 of the parameters)"
    assert explained("capped").recompute() == 0


def test_running_totals_say_what_they_were_made_of():
    assert lines_of("nth", 3, "parcel")[1:] == [
        "  = running_count(within worker by at)",
        "  running_count(within worker by at) = 4, over 4 of 12 rows of parcel",
    ]
    assert lines_of("carted", 5, "parcel")[1:] == [
        "  = running_sum(weight within worker by at where weight > 1)",
        "  running_sum(weight within worker by at where weight > 1) = 6.0 kg, over 3 of 12 rows of parcel",
        "    parcel 5: 2.5 kg",
        "    parcel 4: 2.0 kg",
        "    parcel 3: 1.5 kg",
    ]
    for name in ("nth", "carted"):
        for key in range(12):
            explanation = explained(name, key, "parcel")
            assert explanation.recompute() == explanation.value


def test_a_ladder_from_data_names_its_steps():
    assert lines_of("volume")[2:5] == [
        "  count(parcel) = 12, over 12 rows of parcel",
        "  = round(marginal(12, tiers))",
        "  = round(4.50 CNY)",
    ]
    assert "    from 3 on: 9 at 0.50 CNY = 4.50 CNY" in lines_of("volume")


def test_events_that_do_not_count():
    rows = parcels(12)
    rows[1]["weight"] = None
    rows[2]["at"] = datetime(2026, 11, 1, tzinfo=ZONE)
    result = result_of(rows)
    assert lines_of("heavy", result=result, events=0)[2] == (
        "  sum(weight of parcel) = 31.5 kg, over 10 of 12 rows of parcel (1 held, 1 outside the period)"
    )
    assert lines_of("all", 1, "parcel", result=result)[:2] == [
        "held: weight of parcel 1 is empty, expected 0 .. 100 kg [null]",
        "      the row counts in nothing",
    ]
    assert lines_of("price", 1, "parcel", result=result) == [
        "price of parcel 1, 2026-10: no value",
        "  weight of parcel 1 is empty, expected 0 .. 100 kg [null]",
        "  so parcel 1 is held, and counts in nothing",
    ]
    outside = explained("weight", 2, "parcel", result=result)
    assert (outside.outside, outside.held, outside.value) == (True, None, 1)
    assert render_explanation(outside).splitlines()[0] == "outside the period 2026-10: the row counts in nothing"
    data = to_json(explained("price", 1, "parcel", result=result))
    assert (data["held"]["code"], data["outside"], data["value"]) == ("null", False, None)
    for name in ("piecework", "heavy", "volume", "late"):
        explanation = explained(name, result=result)
        assert explanation.recompute() == explanation.value


def test_plain_data_of_parameters():
    data = to_json(explained("price", 4, "parcel"))
    (fee,) = [leaf for leaf in data["leaves"] if leaf["name"] == "fee"]
    assert fee == {
        "id": "store/S1/fee@2026-10-20T14:00:00+08:00",
        "name": "fee",
        "label": "",
        "entity": "store",
        "key": "S1",
        "row": 1,
        "value": {"exact": "3", "shown": "3.00 CNY"},
        "origin": "set",
        "asked": "2026-10-20T14:00:00+08:00",
        "set_by": [
            {"days": 1, "level": "store", "key": "S1", "row": 2, "since": "2026-10-20T14:00:00+08:00"},
        ],
    }
    (mean, spare) = [leaf for leaf in to_json(explained("basic"))["leaves"] if "set_by" in leaf]
    assert (mean["id"], [each["days"] for each in mean["set_by"]]) == ("store/S1/base@mean", [10, 21])
    assert spare["set_by"] == [{"days": 1, "level": None, "key": None, "row": None, "since": None}]


def test_a_parameter_can_be_asked_for_at_the_end_of_the_period():
    explanation = explained("fee", "S1", "store")
    assert (explanation.value, explanation.recompute()) == (3, 3)
    assert lines_of("fee", "S1", "store") == [
        "fee of store S1: 3.00 CNY  set for store S1 since 2026-10-20T14:00+08:00 (row 2 of the parameters)"
    ]


def test_all_amounts_come_back_from_their_leaves():
    for entity, rows in RESULT.evaluator.dataset.entities.items():
        for row in range(rows.count):
            for name in PLAN.entities[entity].lines:
                explanation = explained(name, rows.keys[row], entity)
                assert explanation.recompute() == explanation.value
