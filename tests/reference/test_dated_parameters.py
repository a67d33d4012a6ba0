"""Dated parameters: which statement decides at which row on which day, and what is refused."""

from datetime import UTC, date, datetime, timedelta, timezone
from fractions import Fraction

import pytest

from paycalc.check.typed import INHERIT
from paycalc.check.usage import DatedRead
from paycalc.core.errors import DataError
from paycalc.reference.admission import admit
from paycalc.reference.dataset import RawTable, Setting, Unreadable
from paycalc.reference.faults import Fault
from paycalc.reference.interpreter import Evaluator
from tests.reference.plan_runs import data_of, plan_of, rejects_of, run_of, table

CHINA = timezone(timedelta(hours=8))
PLAN = plan_of(
    """entity region
entity store
  region : region optional
entity worker
  store : store
entity parcel dated at in worker
  store : store
  at : datetime
parameters of store
  rate : money 0 .. 100
  cap  : money 0 .. 100 optional
  grade : one of low, high = low
  base : money 0 .. 10_000 = 0
parameters
  fee : money 0 .. 100 = 1
let parcel.price = store.rate + fee
let parcel.capped = default(store.cap, 99)
show parcel.graded = if store.grade is high then 1 else 0
pay pieces = sum(price of parcel) + sum(capped of parcel)
show rate_at_end = store.rate
show mean = round(average(store.base over period), 4)
"""
)
ROWS = {
    "region": [{"region": "R1"}, {"region": "R2"}],
    "store": [{"store": "S1", "region": "R1"}, {"store": "S2", "region": "R2"}, {"store": "S3"}],
    "worker": [{"worker": "W1", "store": "S1"}],
}
FIRST = date(2026, 10, 1)


def at(day, hour=12, minute=0, month=10):
    return datetime(2026, month, day, hour, minute, tzinfo=CHINA)


def stated(*rows):
    """A table of the stores' parameters; every row has `effective_from`, the first of January where it names none."""
    return table("store", [{"effective_from": date(2026, 1, 1), **row} for row in rows])


def dataset(parameters, *, known_at=None, period="2026-10", **rows):
    tables = {name: table(name, each) for name, each in {**ROWS, **rows}.items()}
    tables.setdefault("parcel", RawTable("parcel", {"parcel": [], "worker": [], "store": [], "at": []}, 0))
    sources = parameters if isinstance(parameters, dict) else {"store": parameters}
    return admit(PLAN, tables, sources, PLAN.period.parse(period), known_at=known_at)


def value(parameters, asked, name="rate", key="S1", **options):
    """The value of a store's parameter on a day or at a moment, a fault's message, or None."""
    data = dataset(parameters, **options)
    cell = data.dated.at(PLAN.entities["store"].parameters[name], data.row("store", key), asked)
    return cell.message if isinstance(cell, Fault) else cell


def refused(parameters, **options):
    with pytest.raises(DataError) as caught:
        dataset(parameters, **options)
    return caught.value


# ---------------------------------------------------------------- statements in force


def test_the_latest_statement_not_after_the_asked_day_decides():
    said = stated({"store": "S1", "rate": 2}, {"store": "S1", "rate": 3, "effective_from": date(2026, 10, 15)})
    days = (FIRST, date(2026, 10, 14), date(2026, 10, 15), date(2026, 10, 31))
    assert [value(said, day) for day in days] == [2, 2, 3, 3]


def test_the_order_of_the_rows_does_not_matter():
    said = stated({"store": "S1", "rate": 3, "effective_from": date(2026, 10, 15)}, {"store": "S1", "rate": 2})
    assert [value(said, date(2026, 10, day)) for day in (14, 15)] == [2, 3]


def test_a_statement_ends_before_its_effective_to_and_what_held_before_comes_back():
    said = stated(
        {"store": "S1", "rate": 2},
        {"store": "S1", "rate": 3, "effective_from": date(2026, 10, 10), "effective_to": date(2026, 10, 12)},
    )
    assert [value(said, date(2026, 10, day)) for day in (9, 10, 11, 12)] == [2, 3, 3, 2]


def test_a_moment_changes_what_later_moments_of_its_day_read_and_days_ask_at_their_start():
    said = stated({"store": "S1", "rate": 2}, {"store": "S1", "rate": 3, "effective_from": at(15, 14)})
    asked = (at(15, 13, 59), at(15, 14), date(2026, 10, 15), date(2026, 10, 16))
    assert [value(said, each) for each in asked] == [2, 3, 2, 3]


def test_days_and_moments_lie_on_one_axis_in_the_zone_of_the_plan():
    # 16:00 in Greenwich is midnight in Shanghai: the day and the moment are one, and the later recorded counts.
    said = stated(
        {"store": "S1", "rate": 2, "effective_from": date(2026, 10, 15), "recorded_at": date(2026, 1, 1)},
        {
            "store": "S1",
            "rate": 3,
            "effective_from": datetime(2026, 10, 14, 16, tzinfo=UTC),
            "recorded_at": date(2026, 1, 2),
        },
    )
    assert value(said, date(2026, 10, 15)) == 3
    assert (
        value(said, datetime(2026, 10, 14, 15, 59, tzinfo=UTC))
        == "rate of store S1 is not set on 2026-10-14, expected 0 .. 100 CNY"
    )


def test_of_two_with_one_effective_from_the_later_recorded_decides():
    said = stated(
        {"store": "S1", "rate": 2, "recorded_at": date(2026, 9, 1)},
        {"store": "S1", "rate": 3, "recorded_at": date(2026, 9, 5)},
        {"store": "S1", "rate": 4, "recorded_at": date(2026, 9, 3)},
    )
    assert value(said, FIRST) == 3


def test_the_later_effective_from_stands_above_the_later_recorded():
    said = stated(
        {"store": "S1", "rate": 2, "recorded_at": date(2026, 9, 1), "effective_from": date(2026, 5, 1)},
        {"store": "S1", "rate": 3, "recorded_at": date(2026, 9, 5)},
    )
    assert value(said, FIRST) == 2


def test_known_at_leaves_out_what_was_recorded_later():
    said = stated(
        {"store": "S1", "rate": 2, "recorded_at": date(2026, 9, 1)},
        {"store": "S1", "rate": 3, "recorded_at": at(5, 12, month=11)},
    )
    asked = (None, date(2026, 11, 5), at(5, 12, month=11), date(2026, 11, 6))
    assert [value(said, FIRST, known_at=each) for each in asked] == [3, 2, 3, 3]
    assert [value(said, FIRST, known_at=each) for each in (date(2026, 9, 1), date(2026, 8, 31))] == [
        2,
        "rate of store S1 is not set on 2026-10-01, expected 0 .. 100 CNY",
    ]


def test_an_empty_cell_states_nothing():
    said = stated(
        {"store": "S1", "rate": 2, "cap": 5},
        {"store": "S1", "rate": None, "cap": 6, "effective_from": date(2026, 10, 15)},
    )
    assert value(said, date(2026, 10, 20)) == 2
    assert value(said, date(2026, 10, 20), "cap") == 6


def test_a_long_table_has_levels_and_dates_too():
    said = stated(
        {"region": "R1", "name": "rate", "value": 2},
        {"store": "S1", "name": "rate", "value": "3", "effective_from": date(2026, 10, 15)},
        {"store": "S1", "name": "grade", "value": "high"},
    )
    assert [value(said, date(2026, 10, day)) for day in (14, 15)] == [2, 3]
    assert value(said, FIRST, "grade") == "high"


# ---------------------------------------------------------------- levels


LEVELS = ({"store": "S1", "rate": 1}, {"region": "R1", "rate": 2}, {"plan": "plan", "rate": 3})


def test_the_most_specific_level_decides_whatever_its_date():
    said = stated({**LEVELS[0], "effective_from": date(2020, 1, 1)}, *LEVELS[1:])
    assert value(said, FIRST) == 1
    assert value(stated(*LEVELS[1:]), FIRST) == 2
    assert value(stated(*LEVELS[1:]), FIRST, key="S2") == 3


def test_a_row_that_fills_no_level_is_one_of_the_plan_where_the_table_has_other_levels():
    assert value(stated({"region": None, "rate": 3}), FIRST) == 3
    assert value(stated({"store": "S2", "region": None, "rate": 2}, {"rate": 3}), FIRST) == 3
    assert value(table("store", [{"plan": None, "rate": 3}]), FIRST) == 3


def test_a_missing_reference_on_the_way_says_nothing():
    assert value(stated(*LEVELS[1:]), FIRST, key="S3") == 3


def test_a_level_that_says_nothing_yet_leaves_it_to_the_next():
    said = stated({**LEVELS[0], "effective_from": date(2026, 10, 15)}, LEVELS[1])
    assert [value(said, date(2026, 10, day)) for day in (14, 15)] == [2, 1]


def test_inherit_ends_what_is_stated_at_its_level():
    said = stated(
        {"store": "S1", "rate": 1},
        {"store": "S1", "rate": "inherit", "effective_from": date(2026, 10, 20)},
        {"region": "R1", "rate": 2},
    )
    assert [value(said, date(2026, 10, day)) for day in (19, 20)] == [1, 2]


def test_inherit_at_every_level_leaves_the_default():
    said = stated({"store": "S1", "base": 5}, {"store": "S1", "base": "inherit", "effective_from": FIRST})
    assert [value(said, day, "base") for day in (date(2026, 10, 1),)] == [0]
    plan_level = stated({"plan": "plan", "base": 5}, {"plan": "plan", "base": INHERIT, "effective_from": FIRST})
    assert value(plan_level, FIRST, "base") == 0


def test_none_unsets_an_optional_one_and_leaves_nothing_to_other_levels():
    said = stated(
        {"region": "R1", "cap": 7},
        {"store": "S1", "cap": "none", "effective_from": date(2026, 10, 20)},
    )
    assert [value(said, date(2026, 10, day), "cap") for day in (19, 20)] == [7, None]


def test_a_faulty_way_to_a_level_counts_where_the_decision_needs_it():
    rows = {"store": [{"store": "S1", "region": "R9"}, {"store": "S2", "region": "R2"}]}
    message = "region of store S1 is R9, expected the key of a region; no region has this key"
    assert value(stated(LEVELS[1]), FIRST, **rows) == message
    assert value(stated(*LEVELS), FIRST, **rows) == 1
    # The region states nothing of the base, so nobody needs to know it.
    assert value(stated({"region": "R1", "rate": 1}, {"plan": "plan", "base": 4}), FIRST, "base", **rows) == 4


def test_a_region_that_rows_share_is_no_way():
    rows = {"region": [{"region": "R1"}, {"region": "R1"}]}
    said = stated(LEVELS[1])
    assert value(said, FIRST, **rows) == "region R1 stands in the table more than once (rows 1, 2)"


def test_what_sets_a_parameter_is_known():
    said = stated({"region": "R1", "rate": 2}, {"store": "S1", "rate": 3, "effective_from": at(15, 14)}, {"rate": 4})
    data = dataset(said)
    rate = PLAN.entities["store"].parameters["rate"]
    assert data.settings.at(rate, 0, FIRST) == Setting(1, "region", "R1", date(2026, 1, 1))
    assert data.settings.at_end(rate, 0) == Setting(2, "store", "S1", at(15, 14))
    assert data.settings.at_end(rate, 2) == Setting(3, "plan", None, date(2026, 1, 1))
    assert data.settings.at_end(PLAN.entities["store"].parameters["base"], 0) is None


# ---------------------------------------------------------------- the asked date


def parcels(*rows):
    return [{"parcel": number, "worker": "W1", **row} for number, row in enumerate(rows, 1)]


def test_a_row_with_a_date_reads_parameters_of_its_own_moment_and_other_rows_at_the_period_s_end():
    said = {
        "store": stated(
            {"plan": "plan", "cap": 0, "rate": 10},
            {"store": "S1", "rate": 2},
            {"store": "S1", "rate": 3, "effective_from": at(15, 14)},
            {"store": "S2", "rate": 20},
            {"store": "S1", "rate": 5, "effective_from": date(2026, 10, 31)},
        ),
        "plan": table("plan", [{"effective_from": FIRST, "fee": 4}, {"effective_from": date(2026, 10, 20), "fee": 6}]),
    }
    rows = parcels(
        {"store": "S1", "at": at(15, 13, 59)},
        {"store": "S1", "at": at(15, 14)},
        {"store": "S2", "at": at(20)},
        {"store": "S3", "at": at(31, 23, 59)},
    )
    data = dataset(said, parcel=rows)
    evaluator = Evaluator(data)
    prices = [evaluator.value(PLAN.entities["parcel"].lines["price"], row) for row in range(4)]
    assert prices == [2 + 4, 3 + 4, 20 + 6, 10 + 6]
    assert evaluator.value(PLAN.entities["worker"].lines["rate_at_end"], 0) == 5


def test_the_average_is_the_mean_of_the_values_at_the_days_starts():
    said = stated(
        {"plan": "plan", "rate": 1, "base": 310},
        {"store": "S1", "base": 620, "effective_from": at(15, 14)},  # so from the 16th on
    )
    evaluator = Evaluator(dataset(said))
    assert evaluator.dataset.dated.average(PLAN.entities["store"].parameters["base"], 0) == Fraction(
        15 * 310 + 16 * 620, 31
    )
    assert evaluator.value(PLAN.entities["worker"].lines["mean"], 0) == Fraction(4700000, 10000)


def test_an_average_is_missing_for_whoever_reads_it_where_a_day_has_no_value():
    plan = plan_of(
        """entity store
entity worker
  store : store
parameters of store
  base : money 0 .. 100
pay a = round(average(store.base over period))
"""
    )
    said = table(
        "store",
        [
            {"store": "S1", "base": 10, "effective_from": date(2026, 10, 3)},
            {"store": "S2", "base": 7, "effective_from": date(2025, 1, 1)},
        ],
    )
    result = run_of(
        plan,
        parameters={"store": said},
        store=[{"store": "S1"}, {"store": "S2"}],
        worker=[{"worker": "A", "store": "S1"}, {"worker": "B", "store": "S2"}],
    )
    assert rejects_of(result) == {"A": "missing-parameter"}
    assert result.rejects[0].message == "base of store S1 is not set on 2026-10-01, expected 0 .. 100 CNY"
    assert [(line.key, line.values["a"]) for line in result.lines] == [("B", 7)]


def test_days_of_a_plan_without_a_zone_begin_in_greenwich():
    header = "plan trial\n  currency CNY\n  period month\n  payee worker\n"
    body = """entity worker
entity parcel dated day in worker
  day : date
parameters
  fee : money 0 .. 100
pay a = sum(fee * 2 of parcel)
"""
    plan = plan_of(body, header)
    said = table(
        "plan", [{"fee": 1, "effective_from": date(2026, 1, 1)}, {"fee": 2, "effective_from": date(2026, 10, 2)}]
    )
    rows = [{"parcel": 1, "worker": "W", "day": FIRST}, {"parcel": 2, "worker": "W", "day": date(2026, 10, 2)}]
    result = run_of(plan, parameters={"plan": said}, worker=[{"worker": "W"}], parcel=rows)
    assert result.lines[0].values["a"] == 2 * 1 + 2 * 2
    moment = table("plan", [{"fee": 1, "effective_from": at(1, 14, month=1)}])
    with pytest.raises(DataError) as caught:
        data_of(plan, parameters={"plan": moment}, worker=[{"worker": "W"}], parcel=rows)
    assert (caught.value.code, caught.value.column, caught.value.help) == (
        "wrong-type", "effective_from", "name the plan's `timezone`: it says when a day begins",
    )  # fmt: skip


# ---------------------------------------------------------------- faults


def test_a_store_s_missing_rate_rejects_only_who_reads_it_on_such_a_day():
    workers = [{"worker": key, "store": "S2"} for key in ("W1", "W2", "W3")]
    said = stated(
        {"store": "S1", "rate": 2, "cap": 0, "effective_from": date(2026, 10, 3)}, {"store": "S2", "rate": 1, "cap": 0}
    )
    rows = [
        {"parcel": 1, "worker": "W1", "store": "S1", "at": at(2)},
        {"parcel": 2, "worker": "W2", "store": "S1", "at": at(3)},
        {"parcel": 3, "worker": "W3", "store": "S2", "at": at(2)},
        {"parcel": 4, "worker": "W1", "store": "S1", "at": at(1)},
    ]
    data = dataset(said, worker=workers, parcel=rows)
    faults = [
        (place.parameter.name, row, fault.message, fault.set_in)
        for place, row, fault in data.faults
        if isinstance(place, DatedRead)
    ]
    assert faults == [
        ("rate", 3, "rate of store S1 is not set on 2026-10-01, expected 0 .. 100 CNY", None),
        ("rate", 0, "rate of store S1 is not set on 2026-10-02, expected 0 .. 100 CNY", None),
    ]
    result = run_of(PLAN, parameters={"store": said}, **{**ROWS, "worker": workers, "parcel": rows})
    assert rejects_of(result) == {"W1": "missing-parameter"}
    assert result.rejects[0].message == "rate of store S1 is not set on 2026-10-01, expected 0 .. 100 CNY"
    assert [line.values["pieces"] for line in result.lines] == [3, 2]


def test_a_faulty_statement_concerns_the_days_on_which_it_is_in_force():
    said = stated(
        {"store": "S1", "rate": 2, "cap": 0},
        {"store": "S1", "rate": 200, "effective_from": date(2026, 10, 10), "effective_to": date(2026, 10, 11)},
    )
    rows = parcels({"store": "S1", "at": at(9)}, {"store": "S1", "at": at(10)}, {"store": "S1", "at": at(11)})
    data = dataset(said, parcel=rows)
    faults = [(place, row, fault) for place, row, fault in data.faults if isinstance(place, DatedRead)]
    assert [(row, fault.message, fault.table, fault.table_row) for _, row, fault in faults] == [
        (1, "rate of store S1 is 200.00 CNY, outside 0 .. 100 CNY", "parameters.store", 2)
    ]


@pytest.mark.parametrize("rate", [2, 200])
def test_a_statement_that_is_not_in_force_in_the_period_is_not_read(rate):
    said = stated(
        {"store": "S1", "rate": 1},
        {"store": "S1", "rate": rate, "effective_from": date(2026, 11, 1)},
        {"store": "S9", "rate": rate, "effective_from": date(2026, 1, 1), "effective_to": FIRST},
    )
    assert value(said, date(2026, 10, 31)) == 1
    assert list(dataset(said).faults)[1:] == list(dataset(stated({"store": "S1", "rate": 1})).faults)[1:]


def test_what_is_missing_of_the_plan_on_a_day_that_some_row_asks_for_stops_the_run():
    said = {
        "store": stated({"plan": "plan", "rate": 1, "cap": 0}),
        "plan": table(
            "plan",
            [
                {"fee": 500, "effective_from": date(2026, 10, 10), "effective_to": date(2026, 10, 12)},
                {"fee": 3, "effective_from": date(2026, 10, 12)},
            ],
        ),
    }
    assert list(dataset(said, parcel=parcels({"store": "S1", "at": at(9)}, {"store": "S1", "at": at(12)})).faults) == []
    error = refused(said, parcel=parcels({"store": "S1", "at": at(11)}))
    assert (error.code, error.message, error.row) == ("out-of-range", "the parameter `fee` is 500.00 CNY", "1")
    plan = plan_of(
        "entity worker\nentity parcel dated day in worker\n  day : date\n"
        "parameters\n  fee : money 0 .. 9\npay a = sum(fee of parcel)\n"
    )
    fee = table("plan", [{"fee": 1, "effective_from": date(2026, 10, 3)}])
    days = [{"parcel": number, "worker": "W", "day": date(2026, 10, number)} for number in (2, 1, 3)]
    with pytest.raises(DataError) as caught:
        data_of(plan, parameters={"plan": fee}, worker=[{"worker": "W"}], parcel=days)
    assert caught.value.message == "the parameter `fee` is not set on 2026-10-01, and the plan gives no default"


# ---------------------------------------------------------------- what stops a run


CONFLICT = ({"store": "S1", "rate": 2}, {"store": "S1", "rate": 3})


def test_two_statements_that_would_decide_with_equal_right_are_a_conflict():
    error = refused(stated(*CONFLICT))
    assert (error.code, error.message, error.row, error.value, error.table) == (
        "parameter-conflict", "`rate` of store S1 is set twice from 2026-01-01, to different values", "1 and 2",
        "2 and 3", "parameters of store",
    )  # fmt: skip
    region = refused(stated({"region": "R1", "rate": Fraction(2)}, {"region": "R1", "rate": "inherit"}))
    assert region.message == "`rate` of region R1 is set twice from 2026-01-01, to different values"
    assert region.value == "2.00 CNY and inherit"
    plan = refused(stated({"region": None, "rate": 2}, {"region": None, "rate": 3}))
    assert plan.message == "`rate` for the plan is set twice from 2026-01-01, to different values"


@pytest.mark.parametrize(
    "second",
    [
        {"rate": "2.00"},  # the same, written otherwise
        {"rate": 3, "effective_from": date(2025, 12, 31)},
        {"rate": 3, "effective_to": date(2026, 9, 30)},  # over before the period
        {"rate": 3, "effective_from": date(2026, 11, 1)},
        {"store": "S2", "rate": 3},
    ],
)
def test_no_conflict(second):
    assert value(stated(CONFLICT[0], {"store": "S1", **second}), FIRST) == 2


def test_statements_that_are_recorded_apart_are_no_conflict():
    first, second = ({**row, "recorded_at": date(2026, 1, day)} for day, row in enumerate(CONFLICT, 1))
    assert value(stated(first, second), FIRST) == 3


def test_conflicts_count_on_days_on_which_the_parameter_may_be_asked_for():
    over = {"effective_to": date(2026, 10, 5)}
    # The rate is read at the moments of parcels, the base at the starts of days.
    assert refused(stated({**CONFLICT[0], **over}, CONFLICT[1])).code == "parameter-conflict"
    within_a_day = {"effective_from": at(3, 8), "effective_to": at(3, 20)}
    base = stated(
        {"store": "S1", "rate": 1, "base": 1, **within_a_day}, {"store": "S1", "rate": 1, "base": 2, **within_a_day}
    )
    assert value(base, at(3, 9), "base") == 1  # asked for at the starts of days alone
    plan = plan_of(
        "entity store\nentity worker\n  store : store\nparameters of store\n  rate : money 0 .. 9\npay a = store.rate\n"
    )
    rows = {"store": [{"store": "S1"}], "worker": [{"worker": "W", "store": "S1"}]}
    said = table("store", [{"store": "S1", "rate": 1, "effective_from": FIRST, "effective_to": date(2026, 10, 31)}] * 2)
    said.columns["rate"][1] = 2
    assert rejects_of(run_of(plan, parameters={"store": said}, **rows)) == {"W": "missing-parameter"}
    said.columns["effective_to"][:] = [None, None]
    with pytest.raises(DataError) as caught:
        run_of(plan, parameters={"store": said}, **rows)
    assert caught.value.code == "parameter-conflict"


@pytest.mark.parametrize(
    ("rows", "code", "message", "row", "column"),
    [
        (
            [{"store": "S1", "region": "R1", "rate": 1}], "ambiguous-level",
            "a row of the parameters of store states for store and region at once", "1", "region",
        ),
        (
            [{"store": "S1", "plan": "plan", "rate": 1}], "ambiguous-level",
            "a row of the parameters of store states for store and plan at once", "1", "plan",
        ),
        (
            [{"store": "S1", "rate": 1}, {"store": None, "rate": 1}], "null-key",
            "a row of the parameters of store does not say whose they are", "2", "store",
        ),
        (
            [{"plan": "all", "rate": 1}], "null-key",
            "the column `plan` of the parameters of store holds all", "1", "plan",
        ),
        (
            [{"store": date(2026, 1, 1), "region": None}], "null-key",
            "a row of the parameters of store does not say whose they are", "1", "store",
        ),
        (
            [{"region": "R3", "rate": 1}], "unknown-reference",
            "there are parameters of store for region R3, and no such region", "1", "region",
        ),
        (
            [{"store": "S1", "rate": 1, "effective_from": None}], "null",
            "`effective_from` of the parameters of store is empty", "1", "effective_from",
        ),
        (
            [{"store": "S1", "rate": 1, "recorded_at": None}], "null",
            "`recorded_at` of the parameters of store is empty", "1", "recorded_at",
        ),
        (
            [{"store": "S1", "effective_from": "October"}], "not-a-date",
            "`effective_from` of the parameters of store is October", "1", "effective_from",
        ),
        (
            [{"store": "S1", "effective_to": Unreadable("not-a-date", "soon", "a date")}], "not-a-date",
            "`effective_to` of the parameters of store is soon", "1", "effective_to",
        ),
        (
            [{"store": "S1", "effective_from": "2026-10-15T14:00"}], "zoneless-timestamp",
            "`effective_from` of the parameters of store is 2026-10-15T14:00", "1", "effective_from",
        ),
        (
            [{"store": "S1", "effective_from": 20261015}], "not-a-date",
            "`effective_from` of the parameters of store is 20261015", "1", "effective_from",
        ),
        (
            [{"store": "S1", "rat": 1}], "unknown-parameter", "the plan has no parameter `rat` of store", "1", "rat",
        ),
        (
            [{"rate": 1}], "missing-column",
            "the parameters of store have no column `store`, which says whose they are", "", "store",
        ),
    ],
)  # fmt: skip
def test_refusals(rows, code, message, row, column):
    error = refused(stated(*rows))
    assert (error.code, error.message, error.row, error.column) == (code, message, row, column)
    assert error.table == "parameters of store"


def test_a_level_needs_the_table_of_its_rows():
    plain = {name: rows for name, rows in ROWS.items() if name != "region"}
    stores = [{"store": "S1"}]
    rows = {**plain, "store": stores, "parcel": RawTable("parcel", {"worker": [], "store": [], "at": []}, 0)}
    assert rejects_of(run_of(PLAN, parameters={"store": stated({"store": "S1", "rate": 1})}, **rows)) == {}
    with pytest.raises(DataError) as caught:
        run_of(PLAN, parameters={"store": stated({"store": "S1", "region": None, "rate": 1})}, **rows)
    assert (caught.value.code, caught.value.table) == ("missing-table", "region")


def test_the_far_ends_of_the_calendar_are_always_and_for_ever():
    said = stated({"store": "S1", "rate": 2, "effective_from": date.min, "effective_to": date.max})
    assert value(said, FIRST) == 2


def test_a_faulty_way_to_a_level_is_one_fault_wherever_it_stands():
    plan = plan_of(
        """entity region
entity store
  region : region
entity worker
  store : store
parameters of store
  rate : money 0 .. 100
deduct first = store.rate
pay second = if store.region is store.region then 1 else 0
"""
    )
    result = run_of(
        plan,
        parameters={"store": table("store", [{"region": "R1", "rate": 2}])},
        region=[{"region": "R1"}],
        store=[{"store": "S1", "region": "R9"}],
        worker=[{"worker": "W", "store": "S1"}],
    )
    assert [(each.code.value, each.cause.column, each.rule) for each in result.rejects] == [
        ("unknown-reference", "region", "deduct first")
    ]
