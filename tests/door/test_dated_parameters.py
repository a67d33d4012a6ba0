"""Dated, inherited parameters through both doors: what holds when, who says so, and what stops the run."""

from datetime import UTC, date, datetime

import pyarrow as pa
import pytest

from paycalc.check import check_plan
from paycalc.core.errors import DataError
from paycalc.core.span import Source
from paycalc.engine.encoding import ParameterCells, encode
from paycalc.engine.inputs.door import DoorRules
from paycalc.engine.inputs.sources import parameters_from, tables_from
from paycalc.graph import prepared
from paycalc.graph.nodes import Input, versions_of
from paycalc.reference.dataset import Setting
from tests.door.comparing import agree, stored_numbers
from tests.door.test_random_statements import PERIOD, PLAN

ROWS = {
    "country": {"country": ["C1"]},
    "region": {"region": ["R1", "R2"], "country": ["C1", None]},
    "store": {"store": ["S1", "S2", "S3"], "region": ["R1", "R2", None]},
    "worker": {"worker": ["A", "B"], "store": ["S1", "S2"]},
    "parcel": {"worker": ["A", "B"], "store": ["S1", "S2"], "at": ["2026-10-03T10:00+08:00", "2026-10-20T15:00+08:00"]},
    "visit": {"worker": ["A"], "day": [date(2026, 10, 20)]},
}
RATE = PLAN.entities["store"].parameters["rate"]
MEAN = PLAN.entities["store"].parameters["mean"]


def tables(parameters, **changed):
    rows = {name: {**columns, **changed.get(name, {})} for name, columns in ROWS.items()}
    return {
        **tables_from(PLAN, {name: pa.table(columns) for name, columns in rows.items()}),
        **parameters_from(PLAN, {name: pa.table(columns) for name, columns in parameters.items()}),
    }


def entered(parameters, known_at=None, **changed):
    return agree(PLAN, tables(parameters, **changed), PERIOD, DoorRules(plan_timezone=PLAN.timezone, known_at=known_at))


def rate_at(found, row, asked):
    """The rate of a store as the columns have it, in cents."""
    finder = found.finders[prepared.versions_find("store", True).name]
    moment = (asked - datetime(1970, 1, 1, tzinfo=UTC)).total_seconds() * 1_000_000
    offsets = finder.offsets.tolist()
    reached = sum(each <= moment for each in finder.thresholds[offsets[row] : offsets[row + 1]].tolist())
    versions = stored_numbers(found.inputs[Input(prepared.versions_row("store", True), "made")])
    version = versions[offsets[row] + row + reached]
    return stored_numbers(found.inputs[Input(RATE, "dated value")])[version]


def test_a_change_at_two_in_the_afternoon():
    found = entered({"store": {"store": ["S1", "S1"], "effective_from": ["2026-01-01", "2026-10-20T14:00+08:00"],
                               "rate": ["1", "2"], "mean": ["3", "3"]}})  # fmt: skip
    before, after = datetime(2026, 10, 20, 5, 59, 59, tzinfo=UTC), datetime(2026, 10, 20, 6, tzinfo=UTC)
    assert (rate_at(found, 0, before), rate_at(found, 0, after)) == (100, 200)
    assert found.settings.at(RATE, 0, after) == Setting(2, "store", "S1", after)
    # Who knows only the day is asked for at its start.
    assert found.settings.at(RATE, 0, date(2026, 10, 20)) == Setting(1, "store", "S1", date(2026, 1, 1))
    assert found.settings.at(RATE, 0, date(2026, 10, 21)).row == 2


def test_the_most_specific_level_says_it_until_it_inherits():
    found = entered({"store": {
        "store": ["S1", "S1", None, None, None], "region": [None, None, "R1", None, None],
        "country": [None, None, None, "C1", None], "effective_from": ["2026-01-01", "2026-10-10", *["2026-01-01"] * 3],
        "rate": ["1", "inherit", "2", "3", "4"], "mean": ["1", None, None, None, "4"],
    }})  # fmt: skip
    day = datetime(2026, 10, 9, 4, tzinfo=UTC), datetime(2026, 10, 10, 4, tzinfo=UTC)
    assert [rate_at(found, 0, each) for each in day] == [100, 200]
    assert [rate_at(found, row, day[0]) for row in (1, 2)] == [400, 400]  # no region of S2 lies in a country
    assert found.settings.at(RATE, 0, day[1]) == Setting(3, "region", "R1", date(2026, 1, 1))
    assert found.settings.at_end(RATE, 2) == Setting(5, "plan", None, date(2026, 1, 1))


def test_equal_versions_are_one_and_changes_that_change_nothing_are_none():
    found = entered({"store": {"store": ["S1", "S1", "S2", "S3"], "rate": ["1"] * 4, "mean": ["1"] * 4,
                               "effective_from": ["2026-01-01", "2026-10-10", *["2026-01-01"] * 2]}})  # fmt: skip
    assert found.counts[versions_of("store")] == 1
    assert found.finders[prepared.versions_find("store", False).name].thresholds.tolist() == []


def test_the_mean_over_the_days():
    found = entered({"store": {"store": ["S1", "S1"], "rate": ["1", "1"], "mean": ["1", "2"],
                               "effective_from": ["2026-01-01", "2026-10-20T14:00+08:00"]}})  # fmt: skip
    assert stored_numbers(found.inputs[Input(MEAN, "days")])[0] == 20 * 100 + 11 * 200


@pytest.mark.parametrize(("known_at", "cents"), [
    (None, 200), (date(2026, 10, 4), 100), (date(2026, 10, 5), 200),
    (datetime(2026, 10, 4, 15, 59, tzinfo=UTC), 100), (datetime(2026, 10, 4, 16, tzinfo=UTC), 200),
])  # fmt: skip
def test_what_was_recorded_later_is_not_known(known_at, cents):
    found = entered({"store": {"store": ["S1", "S1"], "effective_from": ["2026-01-01"] * 2, "rate": ["1", "2"],
                               "recorded_at": ["2026-01-01", "2026-10-05"], "mean": ["1", "1"]}}, known_at)  # fmt: skip
    assert rate_at(found, 0, datetime(2026, 10, 20, tzinfo=UTC)) == cents


def test_faults_name_the_store_and_stand_at_the_rows_that_read():
    found = entered({"store": {"store": ["S1", "S1", "S2"],
                               "effective_from": ["2026-01-01", "2026-10-04", "2026-01-01"],
                               "effective_to": ["2026-10-02", None, None],
                               "rate": ["1", "2", "1000.01"], "mean": ["1", "1", "1"]}})  # fmt: skip
    messages = {
        batch.describe(row).message: row
        for batch in found.faults
        for row in batch.rows.tolist()
        if getattr(batch.place, "entity", "") == "parcel"
    }
    assert messages == {
        "rate of store S1 is not set on 2026-10-03, expected 0 .. 1_000 CNY": 0,
        "rate of store S2 is 1_000.01 CNY, outside 0 .. 1_000 CNY": 1,
    }


def test_a_way_over_a_faulty_reference():
    found = entered({"store": {"store": [None], "region": ["R2"], "effective_from": ["2026-01-01"], "rate": ["1"],
                               "mean": ["1"]}}, store={"region": ["R9", "R2", None]})  # fmt: skip
    at_store = {(batch.code.value, batch.describe(0).message) for batch in found.faults if 0 in batch.rows
                and getattr(batch.place, "name", "") == "rate"}  # fmt: skip
    assert at_store == {
        ("unknown-reference", "region of store S1 is R9, expected the key of a region; no region has this key")
    }


STATED = {"effective_from": ["2026-01-01"] * 2, "rate": ["1", "2"], "mean": ["1", "1"]}


@pytest.mark.parametrize(("columns", "code", "row"), [
    ({"store": ["S1", "S1"]}, "parameter-conflict", "1 and 2"),
    ({"store": ["S1", "S9"]}, "unknown-reference", "2"),
    ({"store": [None, None], "region": ["R1", "R9"]}, "unknown-reference", "2"),
    ({"store": ["S1", "S2"], "region": [None, "R1"]}, "ambiguous-level", "2"),
    ({"store": ["S1", None]}, "null-key", "2"),
    ({"store": ["S1", None], "plan": [None, "all"]}, "null-key", "2"),
    ({}, "missing-column", ""),
    ({"store": ["S1", "S2"], "effective_from": ["2026-01-01", None]}, "null", "2"),
    ({"store": ["S1", "S2"], "effective_from": ["2026-01-01", "soon"]}, "not-a-date", "2"),
    ({"store": ["S1", "S2"], "effective_to": [None, "2026-10-05T14:00"]}, "zoneless-timestamp", "2"),
    ({"store": ["S1", "S2"], "effective_from": [1, 2]}, "wrong-type", ""),
    ({"store": ["S1", "S2"], "rates": ["1", "2"]}, "unknown-parameter", "1"),
])  # fmt: skip
def test_what_stops_the_run(columns, code, row):
    refused = entered({"store": {**STATED, **columns}})
    assert isinstance(refused, DataError)
    assert (refused.code, refused.row) == (code, row)


def test_statements_that_are_not_in_force_are_not_looked_at():
    found = entered({"store": {"store": ["S1", "S9", None, "S1", "S1"], "rate": ["1", "2", "abc", "3", "4"],
                               "effective_from": ["2026-01-01", "2025-01-01", "2026-11-01", "2026-11-02", "2026-11-02"],
                               "effective_to": [None, "2025-02-01", None, None, None], "mean": ["1"] * 5}})  # fmt: skip
    assert rate_at(found, 0, datetime(2026, 10, 20, tzinfo=UTC)) == 100


def test_moments_need_the_zone_of_the_plan():
    text = 'plan p "P"\n  currency CNY\n  period month\n  payee w\nentity w\nparameters\n  a : int 0 .. 9 = 1\n'
    text += "pay p = a * 1 CNY\n"
    plan = check_plan(Source("p.pay", text))
    given = {
        **tables_from(plan, {"w": pa.table({"w": ["A"]})}),
        **parameters_from(plan, {"plan": pa.table({"a": ["2"], "effective_from": ["2026-10-01T08:00Z"]})}),
    }
    refused = agree(plan, given, plan.period.parse("2026-10"))
    assert (refused.code, refused.row, refused.help) == (
        "wrong-type", "1", "name the plan's `timezone`: it says when a day begins"
    )  # fmt: skip


def test_a_bound_plan_resolves_once_and_again_for_other_stores():
    cache, rules = ParameterCells(), DoorRules(plan_timezone=PLAN.timezone)
    parameters = {"store": {"store": ["S1", None], "region": [None, "R1"], "rate": ["1", "2"], "mean": ["1", "1"],
                            "effective_from": ["2026-01-01"] * 2, "mark": ["odd", "plain"]}}  # fmt: skip
    made = [
        encode(PLAN, tables(parameters, **changed), PERIOD, rules, parameter_cells=cache)
        for changed in (
            {},
            {"parcel": {"at": ["2026-10-04T10:00+08:00"] * 2}},
            {"store": {"region": ["R1", "R1", "R1"]}},
        )
    ]
    asked = datetime(2026, 10, 20, tzinfo=UTC)
    assert [rate_at(each, 0, asked) for each in made] == [100, 100, 100]
    assert rate_at(made[2], 1, asked) == 200
    assert made[0].inputs[Input(RATE, "dated value")].owner is made[1].inputs[Input(RATE, "dated value")].owner
    assert [stored_numbers(each.inputs[Input(RATE, "value")])[0] for each in made] == [100, 100, 100]


def test_an_entity_without_rows_has_one_version_all_the_same():
    empty = {"worker": {"worker": pa.array([], pa.string()), "store": pa.array([], pa.string())},
             "parcel": {name: pa.array([], pa.string()) for name in ("worker", "store", "at")},
             "visit": {"worker": pa.array([], pa.string()), "day": pa.array([], pa.date32())},
             "store": {"store": pa.array([], pa.string()), "region": pa.array([], pa.string())}}  # fmt: skip
    found = entered({}, **empty)
    assert found.counts["store"] == 0
    assert found.counts[versions_of("store")] == 1
    assert stored_numbers(found.inputs[Input(RATE, "dated value")]) == [0]
    assert stored_numbers(found.inputs[Input(prepared.versions_row("store", True), "made")]) == [0]
    assert found.finders[prepared.versions_find("store", True).name].offsets.tolist() == [0]
