"""Tables and ladders from data: how their rows are laid out, which version counts, what is refused and where."""

from datetime import date, datetime, timedelta, timezone
from fractions import Fraction

import pytest

from paycalc.core.errors import DataError
from paycalc.reference.admission import admit
from paycalc.reference.data_tables import possible_columns
from paycalc.reference.dataset import RawTable, Unreadable
from paycalc.reference.run import run
from tests.reference.plan_runs import plan_of, table

CHINA = timezone(timedelta(hours=8))
BODY = """kind zone = one of near, far
entity store
entity worker
  store : store
  zone  : zone
  weight : decimal(1) kg 0 .. 100
  n      : int 0 .. 1_000 = 0
table freight of store, zone, weight : money(4) from data
table label of zone, urgent flag -> text text; fee money 0 .. 9 from data
table extra of zone : money collect sum from data
ladder tiers of store, zone, n int 0 .. 1_000 : money from data
let urgent_fee = label(zone, yes)
let calm_fee = label(zone, no)
pay carried = round(freight(store, zone, weight))
pay labelled = calm_fee.fee + urgent_fee.fee when calm_fee.text is "x"
pay extras = extra(zone)
pay stepped = reached(n, tiers(store, zone))
"""
PLAN = plan_of(BODY)
STORES = [{"store": "S1"}, {"store": "S2"}]
FREIGHT = {"store": "*", "zone": "*", "weight_from": None, "weight_below": None, "value": 1}
LABEL = {"zone": "*", "urgent": "*", "text": "x", "fee": 2}
TIERS = [
    {"store": store, "zone": zone, "from": start, "value": value}
    for store in ("S1", "S2")
    for zone in ("near", "far")
    for start, value in ((0, 1), (10, 2))
]
NO_EXTRA = RawTable("extra", {"zone": [], "value": []}, 0)


def rows(name, *cells):
    return cells[0] if len(cells) == 1 and isinstance(cells[0], RawTable) else table(name, cells)


def dataset(plan=PLAN, period="2026-10", stores=STORES, workers=(), **given):
    tables = {"freight": [FREIGHT], "label": [LABEL], "extra": NO_EXTRA, "tiers": TIERS, **given}
    data_tables = {
        name: each if isinstance(each, RawTable) else table(name, each)
        for name, each in tables.items()
        if each is not None
    }
    workers = list(workers) or [{"worker": "W", "store": "S1", "zone": "near", "weight": 1}]
    raw = {"worker": table("worker", workers)}
    raw["store"] = stores if isinstance(stores, RawTable) else table("store", stores)
    return admit(plan, raw, {}, plan.period.parse(period), data_tables=data_tables)


def paid(line, *workers, **given):
    numbered = [{"worker": number, "zone": "near", "weight": 1, **each} for number, each in enumerate(workers, 1)]
    result = run(dataset(workers=numbered, **given), on_reject_share=None)
    assert result.rejects == []
    return [each.values[line] for each in result.lines]


def refused(**given):
    with pytest.raises(DataError) as caught:
        dataset(**given)
    return caught.value


# ---------------------------------------------------------------- rows


def test_the_first_row_that_matches_counts():
    freight = [
        {**FREIGHT, "store": "S1", "zone": "far", "weight_below": 10, "value": 3},
        {**FREIGHT, "store": "S1", "zone": "far", "value": 5},
        {**FREIGHT, "zone": "far", "weight_from": 2, "value": "0.50"},
        FREIGHT,
    ]
    workers = [
        {"store": "S1", "zone": "far", "weight": Fraction("9.9")},
        {"store": "S1", "zone": "far", "weight": 10},
        {"store": "S2", "zone": "far", "weight": 2},
        {"store": "S2", "zone": "far", "weight": Fraction("1.9")},
        {"store": "S1", "zone": "near"},
    ]
    assert paid("carried", *workers, freight=freight) == [3, 5, Fraction("0.5"), 1, 1]


def test_a_number_may_be_said_exactly():
    body = "entity worker\n  n : int 0 .. 2\ntable fee of n : money from data\npay p = fee(n)\n"
    plan = plan_of(body)
    fee = table("fee", [{"n": number, "value": number * 10} for number in (2, 0, 1)])
    workers = table("worker", [{"worker": 1, "n": 2}, {"worker": 2, "n": 1}])
    data = admit(plan, {"worker": workers}, {}, plan.period.parse("2026-10"), data_tables={"fee": fee})
    assert [line.values["p"] for line in run(data).lines] == [20, 10]


def test_the_result_s_column_is_value_or_named_like_the_table():
    freight = {name: cell for name, cell in FREIGHT.items() if name != "value"}
    assert paid("carried", {"store": "S1"}, freight=[{**freight, "freight": 7}]) == [7]


def test_several_results_have_columns_of_their_names():
    label = [{"zone": "near", "urgent": True, "text": "x", "fee": 3}, {**LABEL, "urgent": "no"}, {**LABEL, "text": "y"}]
    assert paid("labelled", {"store": "S1"}, {"store": "S1", "zone": "far"}, label=label) == [2 + 3, 2 + 2]


def test_a_table_that_collects_takes_all_rows_that_match_or_none():
    extra = [{"zone": "near", "value": 3}, {"zone": "*", "value": 4}, {"zone": "near", "value": 3}]
    assert paid("extras", {"store": "S1"}, {"store": "S1", "zone": "far"}, extra=extra) == [10, 4]
    assert paid("extras", {"store": "S1"}) == [0]


def test_the_steps_of_a_ladder_belong_to_their_group():
    tiers = [{**row, "value": 7} if row["store"] == "S2" and row["from"] else row for row in TIERS]
    tiers = sorted(tiers, key=lambda row: row["from"])  # the rows of a group need not stand together
    workers = [{"store": "S1", "n": 9}, {"store": "S1", "n": 10}, {"store": "S2", "n": 10}]
    assert paid("stepped", *workers, tiers=tiers) == [1, 2, 7]


# ---------------------------------------------------------------- versions


DATED = """entity worker
  n : int 0 .. 9
entity parcel dated at in worker
  at : datetime
  n  : int 0 .. 9
table fee of n : money from data
ladder tiers of n : money from data
pay own = fee(n) + reached(n, tiers)
pay theirs = sum(fee(n) + reached(n, tiers) of parcel)
"""
FEES = [
    {"n_from": None, "n_below": None, "value": value, "effective_from": since}
    for since, value in (
        (date(2026, 10, 20), 3),
        (date(2026, 1, 1), 1),
        (date(2026, 10, 10), 2),
        (date(2026, 11, 1), 9),
    )
]
STEPS = [{"from": 0, "value": 10}]


def dated(fees, steps=STEPS, days=(), plan=None):
    plan = plan or plan_of(DATED)
    parcels = [
        {"parcel": day, "worker": 1, "n": 1, "at": datetime(2026, 10, day, 23, 59, tzinfo=CHINA)} for day in days
    ]
    raw = {"worker": table("worker", [{"worker": 1, "n": 1}])}
    raw["parcel"] = table("parcel", parcels) if parcels else RawTable("parcel", {"worker": [], "at": [], "n": []}, 0)
    tables = {"fee": fees if isinstance(fees, RawTable) else table("fee", fees), "tiers": table("tiers", steps)}
    return run(admit(plan, raw, {}, plan.period.parse("2026-10"), data_tables=tables)).lines[0].values


def test_the_latest_version_not_after_the_asked_day_counts():
    assert dated(FEES, days=(9, 10, 19, 20))["theirs"] == 1 + 2 + 2 + 3 + 4 * 10
    assert dated(FEES)["own"] == 3 + 10  # the period's end


def test_a_version_counts_whole():
    halves = [
        {"n_from": None, "n_below": 1, "value": 5, "effective_from": "2026-10-10"},
        {"n_from": 1, "n_below": None, "value": 6, "effective_from": "2026-10-10"},
    ]
    assert dated([FEES[1], *halves], days=(9, 10))["theirs"] == 1 + 6 + 20


def test_ladders_have_versions_too():
    steps = [
        {"from": 0, "value": 10, "effective_from": date(2020, 1, 1)},
        {"from": 0, "value": 20, "effective_from": date(2026, 10, 15)},
        {"from": 1, "value": 30, "effective_from": date(2026, 10, 15)},
    ]
    assert dated(FEES, steps, days=(14, 15))["theirs"] == 2 + 10 + 2 + 30


def test_a_version_that_nobody_asks_for_is_not_read():
    wrong = {"n_from": "?", "n_below": None, "value": None}
    late, early = {**wrong, "effective_from": date(2026, 11, 1)}, {**wrong, "effective_from": date(2025, 1, 1)}
    assert dated([late, *FEES, early], days=(9,))["theirs"] == 11


def test_there_must_be_a_version_on_every_asked_day():
    with pytest.raises(DataError) as caught:
        dated(FEES[2:3])
    error = caught.value
    assert (error.code, error.message, error.column, error.value) == (
        "missing-version", "the table fee has no rows that are in force on 2026-10-01", "effective_from", "2026-10-10",
    )  # fmt: skip
    assert error.help == "add the rows that held before, with the day since when"
    at_end = plan_of("entity worker\n  n : int 0 .. 9\ntable fee of n : money from data\npay p = fee(n)\n")
    raw = {"worker": table("worker", [{"worker": 1, "n": 1}])}
    data = admit(at_end, raw, {}, at_end.period.parse("2026-10"), data_tables={"fee": table("fee", FEES[2:3])})
    assert run(data).lines[0].values["p"] == 2  # all ask at the period's end
    with pytest.raises(DataError) as caught:
        admit(at_end, raw, {}, at_end.period.parse("2026-09"), data_tables={"fee": table("fee", FEES[2:3])})
    assert caught.value.message == "the table fee has no rows that are in force on 2026-09-30"


@pytest.mark.parametrize(
    ("cell", "code", "value"),
    [
        (None, "null", ""),
        ("soon", "not-a-date", "soon"),
        (datetime(2026, 10, 1, tzinfo=CHINA), "wrong-type", "a moment (2026-10-01T00:00:00+08:00)"),
        (5, "wrong-type", "5"),
        (Unreadable("not-a-date", "31.10.", "a date"), "not-a-date", "31.10."),
    ],
)
def test_effective_from_is_a_date(cell, code, value):
    with pytest.raises(DataError) as caught:
        dated([FEES[1], {**FEES[1], "effective_from": cell}])
    error = caught.value
    assert (error.code, error.table, error.row, error.column, error.value) == (
        code,
        "table fee",
        "2",
        "effective_from",
        value,
    )


# ---------------------------------------------------------------- what is refused


@pytest.mark.parametrize(
    ("given", "code", "message", "table_name", "row", "column"),
    [
        (
            {"freight": None}, "missing-table", "the table `freight` comes with the data, and there is none",
            "table freight", "", "",
        ),
        (
            {"tiers": None}, "missing-table", "the ladder `tiers` comes with the data, and there is none",
            "table tiers", "", "",
        ),
        (
            {"fright": [FREIGHT]}, "unknown-table", "the plan has no table or ladder `fright` from data",
            "fright", "", "",
        ),
        (
            {"freight": [{"store": "*", "zone": "*", "weight_from": 0, "value": 1}]}, "missing-column",
            "the table freight has no column `weight_below`", "table freight", "", "weight_below",
        ),
        (
            {"freight": [{**FREIGHT, "weigth_below": 1}]}, "unknown-column",
            "the table freight has a column `weigth_below`, which is neither a key nor a result", "table freight", "",
            "weigth_below",
        ),
        (
            {"freight": [FREIGHT, {**FREIGHT, "store": None}]}, "null", "`store` of the table freight is empty",
            "table freight", "2", "store",
        ),
        (
            {"freight": [{**FREIGHT, "store": "S9"}]}, "unknown-reference", "`store` of the table freight is S9",
            "table freight", "1", "store",
        ),
        (
            {"freight": [{**FREIGHT, "store": True}]}, "wrong-type", "`store` of the table freight is yes",
            "table freight", "1", "store",
        ),
        (
            {"freight": [{**FREIGHT, "zone": "nera"}]}, "unknown-member", "`zone` of the table freight is nera",
            "table freight", "1", "zone",
        ),
        (
            {"freight": [{**FREIGHT, "weight_from": Fraction("0.05")}]}, "too-many-places",
            "`weight_from` of the table freight is 0.05 kg", "table freight", "1", "weight_from",
        ),
        (
            {"freight": [{**FREIGHT, "value": None}]}, "null", "`value` of the table freight is empty",
            "table freight", "1", "value",
        ),
        (
            {"label": [{**LABEL, "fee": 10}]}, "out-of-range",
            "`fee` of the table label is 10.00 CNY, outside 0 .. 9 CNY",
            "table label", "1", "fee",
        ),
        (
            {"label": [{**LABEL, "fee": Unreadable("not-a-number", "2,5", "")}]}, "not-a-number",
            "`fee` of the table label is 2,5", "table label", "1", "fee",
        ),
        (
            {"label": [{**LABEL, "urgent": "maybe"}]}, "wrong-type", "`urgent` of the table label is text (maybe)",
            "table label", "1", "urgent",
        ),
        (
            {"freight": [{**FREIGHT, "weight_from": 5, "weight_below": 5}, FREIGHT]}, "empty-band",
            "no value of `weight` lies in the band of this row of the table freight", "table freight", "1", "weight",
        ),
        (
            {"freight": [{**FREIGHT, "weight_from": 500}, FREIGHT]}, "empty-band",
            "no value of `weight` lies in the band of this row of the table freight", "table freight", "1", "weight",
        ),
        (
            {"freight": [FREIGHT, {**FREIGHT, "store": "S1"}]}, "unreachable-row",
            "a row of the table freight can never match: the rows above it take all its cases",
            "table freight", "2", "",
        ),
        (
            {"freight": [{**FREIGHT, "store": "S2"}]}, "table-gap",
            "no row of the table freight covers store = S1", "table freight", "", "",
        ),
        (
            {"freight": [{**FREIGHT, "zone": "near", "weight_below": 5}, {**FREIGHT, "zone": "far"}]}, "table-gap",
            "no row of the table freight covers store = S1, zone = near, weight from 5.0 kg to 100.0 kg",
            "table freight", "", "",
        ),
        (
            {"tiers": TIERS[:6]}, "ladder-group", "the table tiers has no steps for store = S2, zone = far",
            "table tiers", "", "",
        ),
        (
            {"tiers": [*TIERS, {**TIERS[0], "from": 10}]}, "ladder-order",
            "a step of the table tiers does not begin above the one before it", "table tiers", "9", "from",
        ),
        (
            {"tiers": [{**TIERS[0], "from": 2_000}]}, "out-of-range",
            "`from` of the table tiers is 2_000, outside 0 .. 1_000", "table tiers", "1", "from",
        ),
        (
            {"tiers": [{**TIERS[0], "store": "*"}]}, "unknown-reference", "`store` of the table tiers is *",
            "table tiers", "1", "store",
        ),
    ],
)  # fmt: skip
def test_refusals(given, code, message, table_name, row, column):
    error = refused(**given)
    assert (error.code, error.message) == (code, message)
    assert (error.table, error.row, error.column) == (table_name, row, column)


def test_a_slip_in_a_name_is_recognised():
    assert refused(fright=[FREIGHT]).help == "did you mean `freight`?"
    assert refused(freight=[{**FREIGHT, "weigth_below": 1}]).help == "did you mean `weight_below`?"
    assert refused(freight=[{**FREIGHT, "store": "s1"}]).help == "did you mean S1?"


def test_a_row_for_everybody_may_stand_below_those_of_all_that_there_are():
    freight = [{**FREIGHT, "store": "S1", "value": 3}, {**FREIGHT, "store": "S2", "value": 4}, FREIGHT]
    assert paid("carried", {"store": "S1"}, {"store": "S2"}, freight=freight) == [3, 4]


def test_a_gap_of_a_later_version_says_since_when():
    later = {"n_from": 5, "n_below": None, "value": 1, "effective_from": date(2026, 10, 10)}
    with pytest.raises(DataError) as caught:
        dated([FEES[1], later])
    assert caught.value.message == "no row of the table fee covers n from 0 to 4 from 2026-10-10 on"


def test_further_references_are_covered_as_far_as_there_are_rows():
    body = """entity region
entity store
  region : region
entity worker
  store : store
table fee of store, region : money from data
pay p = fee(store, store.region)
"""
    plan = plan_of(body)
    raw = {
        "region": table("region", [{"region": 1}, {"region": 2}]),
        "store": table("store", [{"store": "S", "region": 2}]),
        "worker": table("worker", [{"worker": "W", "store": "S"}]),
    }

    def paid_by(*cells):
        fee = table("fee", [dict(zip(("store", "region", "value"), each, strict=True)) for each in cells])
        return run(admit(plan, raw, {}, plan.period.parse("2026-10"), data_tables={"fee": fee})).lines[0].values["p"]

    assert paid_by(("S", 1, 5), ("*", 2, 6)) == 6
    assert paid_by(("S", 2, 5), ("*", "*", 6)) == 5
    with pytest.raises(DataError) as caught:
        paid_by(("S", 1, 5))
    assert caught.value.message == "no row of the table fee covers store = S, region = any other region"
    with pytest.raises(DataError) as caught:
        paid_by(("S", 1, 5), ("S", "*", 6), ("S", 2, 7))
    assert (caught.value.code, caught.value.row) == ("unreachable-row", "3")


def test_where_there_is_no_store_there_need_be_no_row():
    freight = RawTable("freight", {name: [] for name in FREIGHT}, 0)
    tiers = RawTable("tiers", {name: [] for name in TIERS[0]}, 0)
    stores = RawTable("store", {"store": []}, 0)
    data = dataset(stores=stores, freight=freight, tiers=tiers)
    assert [len(data.version(each, date(2026, 10, 1)).rows) for each in PLAN.tables.values()] == [0, 1, 0]
    assert refused(freight=freight).message == "no row of the table freight covers store = S1"


def test_columns_of_a_table_may_be_scaled():
    freight = PLAN.tables["freight"]
    assert list(possible_columns(freight)) == [
        "store", "zone", "weight", "freight", "weight_from", "weight_below", "value",
    ]  # fmt: skip
    assert list(possible_columns(PLAN.ladders["tiers"])) == ["store", "zone", "from", "value"]
