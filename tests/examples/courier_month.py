"""A small month for the courier plan in which everything matters: each input, parameter and cell moves somebody's pay.

Every kind of parcel is as frequent as any other, and the couriers differ in all that a bonus or a guarantee asks for.
"""

from datetime import date, timedelta

import numpy as np
import pyarrow as pa

from paycalc.check.typed import TypedPlan
from paycalc.check.types import FlagType, MemberType
from paycalc.cli.demo.courier_company import OFFENCES
from paycalc.cli.demo.made_up import draw

PERIOD = "2026-11"
SEED = 7
FIRST_MOMENT = 1_793_462_400  # 2026-11-01T00:00+08:00
_DAY = 86_400

# courier, parcels, shifts, contract, vehicle, joined, rating, hours, mentor
COURIERS = (
    (1, 4_300, 21, "employed", "scooter", date(2020, 3, 1), 4_80, 1_500, None),
    (2, 2_200, 26, "agency", "van", date(2025, 1, 1), 4_90, 2_000, None),
    (3, 700, 10, "part_time", "bicycle", date(2026, 5, 1), 4_80, 400, None),
    (4, 100, 20, "employed", "tricycle", date(2022, 7, 1), 4_03, 1_000, None),
    (5, 200, 15, "employed", "on_foot", date(2026, 11, 3), 3_00, 900, 1),
    (6, 150, 12, "agency", "scooter", date(2026, 10, 5), 4_50, 800, 1),
    (7, 100, 8, "employed", "bicycle", date(2026, 9, 20), 3_00, 4_000, 2),
    (8, 600, 26, "agency", "tricycle", date(2021, 2, 1), 4_70, 900, None),
)
UNLATE = 3  # this courier brings nearly everything in time, and nobody complains of 2 and 3
ZONES = ((1, 120_0), (2, 40_0), (3, 10_0), (4, 3_0), (5, 1_0), (6, 5), (7, 1))  # with their areas
_INTS = {  # the range of the data, where it is not that of the plan
    "weight": (1, 150_00),
    "late": (0, 9),
    "declared": (0, 30_000_00),
    "cash": (0, 6_000_00),
    "waited": (0, 60),
    "pieces": (1, 3),
}
_SCALES = {"weight": 2, "declared": 2, "cash": 2, "area": 1, "rating": 2, "hours": 1, "km": 1, "damage": 2}


def _drawn(plan: TypedPlan, entity: str, name: str, stream: int, rows: np.ndarray) -> pa.Array:
    """Values of a column all over its range."""
    type = plan.entities[entity].columns[name].type
    if isinstance(type, FlagType):
        return pa.array(draw(SEED, stream, rows, 0, 3) == 0)
    if isinstance(type, MemberType):
        return pa.array(type.members).take(pa.array(draw(SEED, stream, rows, 0, len(type.members) - 1)))
    scale = 10**type.places
    low, high = _INTS.get(name, (int(type.interval.low * scale), int(type.interval.high * scale)))
    return pa.array(draw(SEED, stream, rows, low, high))


def _moments(seconds: np.ndarray) -> pa.Array:
    return pa.array(seconds + FIRST_MOMENT).cast(pa.timestamp("s", "Asia/Shanghai"))


def _parcels(plan: TypedPlan, shifts: pa.Table) -> pa.Table:
    courier = np.repeat([each[0] for each in COURIERS], [each[1] for each in COURIERS])
    rows = np.arange(len(courier))
    by_courier = {each[0]: np.flatnonzero(shifts["courier"].to_numpy() == each[0]) + 1 for each in COURIERS}
    turns = draw(SEED, 9, rows, 0, 999).tolist()
    shift = np.array(
        [by_courier[each][turn % len(by_courier[each])] for turn, each in zip(turns, courier, strict=True)]
    )
    columns = {
        "parcel": pa.array(rows + 1),
        "courier": pa.array(courier),
        "store": pa.array(("A", "B")).take(pa.array(draw(SEED, 1, rows, 0, 1))),
        "zone": pa.array(draw(SEED, 2, rows, 1, len(ZONES))),
        "shift": pa.array(shift),
        "delivered": _moments(draw(SEED, 3, rows, 0, 30 * _DAY - 1)),
    }
    for stream, name in enumerate(plan.entities["parcel"].columns, start=10):
        if name != "delivered":
            columns[name] = _drawn(plan, "parcel", name, stream, rows)
    size = draw(SEED, 4, rows, 0, 4)  # as many letters as wardrobes
    for stream, name, least, most in (
        (5, "weight", (5, 50, 300, 1_000, 2_000), (50, 290, 1_500, 5_000, 14_000)),
        (6, "length", (20, 20, 40, 101, 100), (35, 60, 100, 150, 200)),
        (7, "width", (5, 5, 10, 20, 40), (15, 15, 30, 60, 90)),
        (8, "height", (1, 1, 5, 20, 30), (2, 10, 20, 40, 80)),
    ):
        part = draw(SEED, stream, rows, 0, 999)
        columns[name] = pa.array(np.array(least)[size] + part * (np.array(most) - least + 1)[size] // 1_000)
    late = (columns["late"].to_numpy() + np.array((3, 18, 45, 90, 1_000, 1_600))[rows % 6]) * (
        draw(SEED, 8, rows, 0, 19) == 0
    )
    late[(courier == UNLATE) & (rows % 150 != 0)] = 0
    columns["late"] = pa.array(late)
    return pa.table(columns)


def _others(plan: TypedPlan) -> dict[str, pa.Table]:
    number, _, shift_counts, contract, vehicle, joined, rating, hours, mentor = zip(*COURIERS, strict=True)
    shift_courier = np.repeat(number, shift_counts)
    shifts, complaints = np.arange(len(shift_courier)), np.arange(120)
    zones = np.arange(len(ZONES))
    days = [date(2026, 11, 1) + timedelta(days=day) for count in shift_counts for day in range(count)]
    complained = np.array((1, 1, 1, 4, 5, 8))[draw(SEED, 71, complaints, 0, 5)]
    complained[:2] = 6, 7  # two of whom there is one complaint each
    offence = draw(SEED, 73, complaints, 0, len(OFFENCES) - 1)
    offence[:2] = OFFENCES.index("false_signature"), OFFENCES.index("rude")
    return {
        "region": pa.table({"region": ["R", "Q"]}),
        "store": pa.table({"store": ["A", "B"], "region": ["R", "Q"]}),
        "zone": pa.table(
            {
                "zone": [zone for zone, _ in ZONES],
                "area": [area for _, area in ZONES],
                "gated": zones % 2 == 0,
                "remote": zones == 2,
            }
        ),
        "courier": pa.table(
            {
                "courier": number,
                "store": ["AB"[each % 2] for each in number],
                "mentor": pa.array(mentor, pa.int64()),
                "contract": contract,
                "vehicle": vehicle,
                "joined": joined,
                "trained": [each % 2 == 0 for each in number],
                "rating": rating,
                "hours": hours,
            }
        ),
        "assignment": pa.table(
            {
                "assignment": range(1, 2 * len(number) + 1),
                "courier": [each for each in number for _ in range(2)],
                "store": ["A", "B"] * len(number),
                "days": [
                    days for each, count in zip(number, shift_counts, strict=True) for days in (count - each, each)
                ],
            }
        ),
        "shift": pa.table(
            {
                "shift": shifts + 1,
                "courier": shift_courier,
                "day": days,
                "km": draw(SEED, 91, shifts, 10, 900),
                "split": shifts % 3 == 0,
            }
        ),
        "complaint": pa.table(
            {
                "complaint": complaints + 1,
                "courier": complained,
                "filed_at": _moments(draw(SEED, 72, complaints, 0, 30 * _DAY - 1)),
                "offence": pa.array(OFFENCES).take(pa.array(offence)),
                "upheld": (draw(SEED, 74, complaints, 0, 1) == 1) | (complaints < 2),
                "damage": np.where(complaints < 2, 0, draw(SEED, 75, complaints, 0, 2_000_00)),
            }
        ),
    }


def rows_of(plan: TypedPlan) -> dict[str, pa.Table]:
    """The tables of rows, their whole numbers marked with the places they are counted in."""
    tables = _others(plan)
    tables["parcel"] = _parcels(plan, tables["shift"])
    return {name: _marked(table) for name, table in tables.items()}


def _marked(table: pa.Table) -> pa.Table:
    fields = [
        field.with_metadata({"paycalc.scale": str(_SCALES[field.name])}) if field.name in _SCALES else field
        for field in table.schema
    ]
    return table.cast(pa.schema(fields))


# What the plan's defaults do not say, or say so that nobody in so small a month notices.
STATED = {
    "letter_fee": "0.60",
    "small_fee": "0.90",
    "medium_fee": "1.20",
    "large_fee": "2.50",
    "oversize_fee": "8.00",
    "most_price": "150.00",
    "least_price": "12.00",
    "daily_guarantee": "900",
    "minimum_wage": "30.00",
}

# What takes precedence: a store's own share, a region's fee, and a fee that rises on the 16th.
EXCEPTIONS = [
    {"store": "A", "effective_from": "2026-01-01", "penalty_share": "15%"},
    {"store": "B", "effective_from": "2026-01-01", "daily_guarantee": "800"},
    {"region": "R", "effective_from": "2026-01-01", "gate_fee": "0.30"},
    {"plan": "plan", "effective_from": "2026-11-16", "split_fee": "18.00"},
]
ORDINARY = {
    "store": "A",
    "zone": 6,
    "source": "marketplace",
    "goods": "ordinary",
    "weight": 80,
    "length": 30,
    "width": 20,
    "height": 10,
    "pieces": 1,
    "declared": 0,
    "distance": 900,
    "building": "house",
    "handover": "door",
    "signature": "not_needed",
    "promise": "next_day",
    "attempts": 1,
    "cash": 0,
    "weather": "fair",
    "waited": 0,
    "install": False,
    "unpack": False,
    "take_back": False,
    "photo": False,
    "returned": False,
}
"""A small parcel to the ground floor, like thousands of others."""

DISTANCE_FEES = [
    {"store": store, "size": size, "distance_from": low, "distance_below": high, "value": value}
    for store, more in (("A", 3), ("*", 0))
    for place, size in enumerate(("letter", "small", "medium", "large", "oversize"))
    for low, high, value in (("0", "20000", f"0.{20 + more + place}"), ("20000", None, f"0.{60 + more + place}"))
]
WEIGHT_RATES = [
    {"store": store, "from": low, "value": value}
    for store in "AB"
    for low, value in (("1", "0.40"), ("10", "0.25"), ("30", "0.20"))
]
