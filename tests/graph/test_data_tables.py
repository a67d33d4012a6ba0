"""Tables and ladders that come with the data: keys of every type, owners, versions, and all their edges."""

from itertools import product

import pytest

from tests.graph.events import assert_agrees, parcel_data, parcel_plan

FREIGHT = [
    {"store": "S1", "zone": "near", "weight_from": None, "weight_below": "5", "value": 1},
    {"store": "*", "zone": "near", "weight_from": None, "weight_below": "7.5", "value": "1.5"},
    {"store": "S1", "zone": "*", "weight_from": "5", "weight_below": None, "value": 2},
    {"store": "*", "zone": "*", "weight_from": None, "weight_below": None, "value": 3},
]
LATER = [{**FREIGHT[0], "value": 7, "weight_below": "6"}, {**FREIGHT[3], "value": 8}]
WEIGHTS = ("0", "4.99", "5", "5.01", "6", "7.49", "7.5", "7.51", "50")


def dated(rows, since):
    return [{**row, "effective_from": since} for row in rows]


def parcels(*, moments=False):
    """One of each store, zone and weight, on days before, on and after the middle of the month."""
    days = ("2026-10-14", "2026-10-15", "2026-10-31")
    cases = product(("S1", "S2", "S3"), ("near", "far"), WEIGHTS)
    return [
        {
            "worker": "AB"[at % 2],
            "store": store,
            "zone": zone,
            "weight": weight,
            "heavy": "yes" if at % 3 else "no",
            "at" if moments else "day": days[at % 3] + ("T00:00+08:00" if moments else ""),
        }
        for at, (store, zone, weight) in enumerate(cases)
    ]


@pytest.mark.parametrize("moments", [False, True])
def test_a_table_of_stores_with_versions(moments):
    plan = parcel_plan(
        "table freight of store, zone, weight decimal(2) kg 0 .. 20 : money 0 .. 9 from data\n"
        "let parcel.price = freight(store, zone, weight)\npay p = sum(price of parcel)\n"
        "pay q = freight(store, near, 6 kg)\n",
        moments=moments,
    )
    rows = [*dated(FREIGHT, "2026-01-01"), *dated(LATER, "2026-10-15")]
    _, compared, _ = assert_agrees(plan, parcel_data(plan, parcels(moments=moments), tables={"freight": rows}))
    assert compared.faults > 5
    assert compared.values > 40


@pytest.mark.parametrize("collect", ["sum", "count", "min", "max"])
def test_a_table_that_collects(collect):
    plan = parcel_plan(
        f"table t of zone, weight decimal(1) kg 0 .. 60 : decimal(2) -10 .. 10 collect {collect} from data\n"
        "let parcel.x = t(zone, round(weight, 1))\npay p = sum(x of parcel) * 1 CNY\n"
    )
    rows = [
        {"zone": "*", "weight_from": None, "weight_below": None, "value": -2},
        {"zone": "near", "weight_from": "5", "weight_below": "7.5", "value": "4.25"},
        {"zone": "*", "weight_from": "7.5", "weight_below": None, "value": 5},
    ]
    _, compared, _ = assert_agrees(plan, parcel_data(plan, parcels(), tables={"t": rows}))
    assert compared.values > 50


def test_several_owners_texts_flags_dates_and_several_results():
    plan = parcel_plan(
        "table t of heavy, store, day, place region, note text"
        " -> a decimal(1) 0 .. 9; b text; c flag; d one of x, y from data\n"
        'let parcel.r = t(heavy, store, day, store.region, if weight > 6 then "big" else "small")\n'
        'let parcel.b = r.b is "p"\nlet parcel.a = r.a\nlet parcel.d = r.d is x\n'
        "pay p = sum(a of parcel where r.c or b or d) * 1 CNY\n"
    )
    rows = [
        {
            "heavy": "yes",
            "store": "*",
            "day": "2026-10-15",
            "place": "N",
            "note": "*",
            "a": "1.5",
            "b": "p",
            "c": "no",
            "d": "x",
        },
        {"heavy": "*", "store": "S3", "day": None, "place": "*", "note": "big", "a": 2, "b": "q", "c": "yes", "d": "y"},
        {"heavy": "*", "store": "*", "day": None, "place": "*", "note": "*", "a": 3, "b": "big", "c": "no", "d": "y"},
    ]
    bands = [
        {
            **{name: cell for name, cell in row.items() if name != "day"},
            "day_from": row["day"],
            "day_below": row["day"] and "2026-10-16",
        }
        for row in rows
    ]
    _, compared, _ = assert_agrees(plan, parcel_data(plan, parcels(), tables={"t": bands}))
    assert compared.values > 150


LADDER = [
    {"store": store, "zone": zone, "from": start, "value": value}
    for store, scale in (("S1", 1), ("S2", 2), ("S3", 3))
    for zone in ("near", "far")
    for start, value in ((0 if scale != 2 else 1, scale), (5, 2 * scale), ("7.5", 1))
]


@pytest.mark.parametrize("over", ["", " over"])
@pytest.mark.parametrize("operator", ["marginal", "slab", "reached", "interpolate"])
@pytest.mark.parametrize(
    "argument", ["weight", "round(weight, 0)", "weight / 3", "weight * 0.125", "-weight / 7 + 5 kg"]
)
def test_a_ladder_of_stores_whatever_the_argument(operator, argument, over):
    unit = "CNY per kg" if operator in ("marginal", "slab") else "CNY"
    plan = parcel_plan(
        f"ladder l of store, zone, w decimal(1) kg 0 .. 20 : decimal(2) -9 .. 9{over} from data\n"
        f"let parcel.x = {operator}({argument}, l(store, zone))\n"
        f"pay p = round(sum(round(x, 4) of parcel), 2) * 1 {unit}\n"
        f"pay q = round({operator}(2.5 kg, l(store, near)), 2) * 1 {unit}\n"
    )
    rows = [*dated(LADDER, "2026-10-01"), *dated([{**row, "value": 3} for row in LADDER], "2026-10-15")]
    _, compared, _ = assert_agrees(plan, parcel_data(plan, parcels(), tables={"l": rows}))
    assert compared.values > 40


def test_a_ladder_of_numbers_flags_and_two_entities():
    plan = parcel_plan(
        "ladder l of heavy, place region, n int 2 .. 4, store, w int kg 0 .. 100 : money 0 .. 9 from data\n"
        "let parcel.x = reached(weight, l(heavy, store.region, store.size, store))\npay p = sum(x of parcel)\n"
    )
    rows = [
        {"heavy": heavy, "place": region, "n": n, "store": store, "from": start, "value": at % 9}
        for at, (heavy, region, n, store, start) in enumerate(
            product(("yes", "no"), "NS", (2, 3, 4), ("S1", "S2", "S3"), (0, 5, 8))
        )
    ]
    _, compared, _ = assert_agrees(plan, parcel_data(plan, parcels(), tables={"l": rows}))
    assert compared.values > 50
