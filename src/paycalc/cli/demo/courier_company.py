"""A made-up courier company for the courier plan: its stores, couriers and shifts in a month, the same for a seed."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from paycalc.cli.demo.made_up import Numbers, chosen, draw, keys, named, table_of

SEED = 20261101
PERIOD = "2026-11"
DAYS = 30
FIRST_DAY = 20_758  # 2026-11-01, a Sunday, in days since 1970-01-01
REGIONS = ("north", "east", "south", "west")
ZONES_A_STORE = 12
_FIRST_COURIER = 100_001
_PARCELS_A_COURIER, _COURIERS_A_STORE = 2_600, 25
_TIME_ZONE, _TIME_ZONE_SECONDS = "Asia/Shanghai", 8 * 3_600
_UNRATED_EVERY = 500

OFFENCES = ("rude", "careless", "damaged", "lost", "false_signature", "wrong_place", "asked_for_tips")
CONTRACTS = ("employed", "agency", "part_time")
VEHICLES = ("on_foot", "bicycle", "scooter", "tricycle", "van")
_PART_TIME = CONTRACTS.index("part_time")

# Of 1,024, in the order of the names; of the weather in the order of the plan.
_CONTRACT_SHARES = (700, 220, 104)
_VEHICLE_SHARES = (30, 60, 640, 200, 94)
_WEATHER_SHARES = (560, 220, 60, 80, 24, 80)


@dataclass(frozen=True)
class Company:
    """Who works when. Couriers, stores and days are counted from 0.

    home         store of each courier
    contract     of each courier, index into CONTRACTS
    joined       days from the first of the month to the day when each courier joined
    first_shift  where each day's shifts begin, and where the last day's end, int64 [DAYS + 1]
    courier      of each shift; a day's shifts in the order of the couriers
    weather      int8 [len(REGIONS), DAYS]
    """

    seed: int
    parcel_count: int
    store_count: int
    home: Numbers
    contract: Numbers
    joined: Numbers
    first_shift: Numbers
    courier: Numbers
    weather: Numbers

    @property
    def shifts(self) -> Numbers:
        """Of each courier, how many."""
        return np.bincount(self.courier, minlength=len(self.home))


def make_company(parcel_count: int, seed: int = SEED) -> Company:
    """As many couriers as so many parcels need, and as many stores as they do."""
    couriers = np.arange(max(parcel_count // _PARCELS_A_COURIER, 2))
    store_count = max(len(couriers) // _COURIERS_A_STORE, 2)
    contract = chosen(draw(seed, 1, couriers, 0, 1023), _CONTRACT_SHARES)
    is_new = couriers % 16 == 5
    joined = np.where(is_new, draw(seed, 3, couriers, -40, 20), draw(seed, 2, couriers, -2_500, -20))
    rests = draw(seed, 4, couriers, 0, 7)  # on which day of the week; 7: on none
    by_day = []
    for day in range(DAYS):
        works = (rests != day % 7) & (joined <= day) & ((contract != _PART_TIME) | ((couriers + day) % 2 == 0))
        works[0] |= not works.any()
        by_day.append(np.flatnonzero(works))
    cells = np.arange(len(REGIONS) * DAYS)
    return Company(
        seed=seed,
        parcel_count=parcel_count,
        store_count=store_count,
        home=couriers % store_count,
        contract=contract,
        joined=joined,
        first_shift=np.cumsum([0, *map(len, by_day)]),
        courier=np.concatenate(by_day),
        weather=chosen(draw(seed, 5, cells, 0, 1023), _WEATHER_SHARES).reshape(-1, DAYS),
    )


def company_tables(company: Company) -> dict[str, pa.Table]:
    """All tables of rows but the parcels, by the names of their files."""
    seed = company.seed
    stores, zones = np.arange(company.store_count), np.arange(company.store_count * ZONES_A_STORE)
    wide = np.where(draw(seed, 12, zones, 0, 7) == 0, 20, 1)
    zone = {
        "zone": zone_keys(zones),
        "area": (draw(seed, 11, zones, 5, 80) * wide).astype(np.int16),
        "gated": draw(seed, 13, zones, 0, 3) == 0,
        "remote": draw(seed, 14, zones, 0, 19) == 0,
    }
    return {
        "region": pa.table({"region": REGIONS}),
        "store": pa.table({"store": store_keys(company.store_count), "region": named(stores % len(REGIONS), REGIONS)}),
        "zone": table_of({name: pa.array(column) for name, column in zone.items()}, {"area": 1}),
        "courier": _couriers(company),
        "assignment": _assignments(company),
        "shift": _shifts(company),
        "complaint": _complaints(company),
    }


def store_keys(count: int) -> pa.Array:
    """Of stores 0 to count - 1."""
    return keys("S", np.arange(count), 4)


def zone_keys(zones: Numbers) -> Numbers:
    """Zone 305 is the sixth of the store S0004."""
    store, zone = np.divmod(zones, ZONES_A_STORE)
    return (store * 100 + zone).astype(np.int32)


def courier_keys(couriers: Numbers) -> Numbers:
    """From 100001."""
    return (couriers + _FIRST_COURIER).astype(np.int32)


def shift_keys(shifts: Numbers) -> Numbers:
    """From 1."""
    return (shifts + 1).astype(np.int32)


def moments(seconds: Numbers) -> pa.Array:
    """Of seconds from the first of the month by the clocks of the plan."""
    return pa.array(seconds + (FIRST_DAY * 86_400 - _TIME_ZONE_SECONDS)).cast(pa.timestamp("s", _TIME_ZONE))


def _dates(days: Numbers) -> pa.Array:
    """Of days from the first of the month."""
    return pa.array((days + FIRST_DAY).astype(np.int32)).cast(pa.date32())


def _couriers(company: Company) -> pa.Table:
    couriers, seed = np.arange(len(company.home)), company.seed
    mentored = (company.joined > -90) & (couriers >= company.store_count)
    unrated = couriers % _UNRATED_EVERY == 11  # on purpose: nobody can be paid whose stars nobody knows
    hours = np.minimum(company.shifts * draw(seed, 21, couriers, 70, 100), 4_000)
    return table_of(
        {
            "courier": pa.array(courier_keys(couriers)),
            "store": store_keys(company.store_count).take(pa.array(company.home)),
            "mentor": pa.array(courier_keys(couriers - company.store_count), mask=~mentored),
            "contract": named(company.contract, CONTRACTS),
            "vehicle": named(chosen(draw(seed, 22, couriers, 0, 1023), _VEHICLE_SHARES), VEHICLES),
            "joined": _dates(company.joined),
            "trained": pa.array(draw(seed, 23, couriers, 0, 3) == 0),
            "rating": pa.array(draw(seed, 24, couriers, 370, 500).astype(np.int16), mask=unrated),
            "hours": pa.array(hours.astype(np.int16)),
        },
        {"rating": 2, "hours": 1},
    )


def _assignments(company: Company) -> pa.Table:
    """One courier of eight spends a part of the month at the next store."""
    couriers = np.arange(len(company.home))
    away = np.where(couriers % 8 == 6, company.shifts // 3, 0)
    lent = np.flatnonzero(away)
    who = np.concatenate([couriers, lent])
    where = np.concatenate([company.home, (company.home[lent] + 1) % company.store_count])
    return pa.table(
        {
            "assignment": np.arange(1, len(who) + 1, dtype=np.int32),
            "courier": courier_keys(who),
            "store": store_keys(company.store_count).take(pa.array(where)),
            "days": np.concatenate([company.shifts - away, away[lent]]).astype(np.int8),
        }
    )


def _shifts(company: Company) -> pa.Table:
    rows = np.arange(len(company.courier))
    return table_of(
        {
            "shift": pa.array(shift_keys(rows)),
            "courier": pa.array(courier_keys(company.courier)),
            "day": _dates(np.repeat(np.arange(DAYS), np.diff(company.first_shift))),
            "km": pa.array(draw(company.seed, 31, rows, 50, 900).astype(np.int16)),
            "split": pa.array(draw(company.seed, 32, rows, 0, 9) == 0),
        },
        {"km": 1},
    )


def _complaints(company: Company) -> pa.Table:
    seed, rows = company.seed, np.arange(max(company.parcel_count // 3_000, 3))
    offences = draw(seed, 41, rows, 0, len(OFFENCES) - 1)
    costs = np.isin(offences, [OFFENCES.index("damaged"), OFFENCES.index("lost")])
    return table_of(
        {
            "complaint": pa.array((rows + 1).astype(np.int32)),
            "courier": pa.array(courier_keys(draw(seed, 43, rows, 0, len(company.home) - 1))),
            "filed_at": moments(draw(seed, 42, rows, 0, DAYS * 86_400 - 1)),
            "offence": named(offences, OFFENCES),
            "upheld": pa.array(draw(seed, 44, rows, 0, 9) < 4),
            "damage": pa.array(np.where(costs, draw(seed, 45, rows, 500, 30_000), 0).astype(np.int32)),
        },
        {"damage": 2},
    )
