"""The parcels of the made-up courier company, a piece at a time."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pyarrow as pa

from paycalc.cli.demo.courier_company import (
    DAYS,
    REGIONS,
    ZONES_A_STORE,
    Company,
    courier_keys,
    moments,
    shift_keys,
    store_keys,
    zone_keys,
)
from paycalc.cli.demo.made_up import PART_BITS, Numbers, chosen, named, table_of, thirds, within

FIRST_PARCEL = 7_000_000_000_001
UNKNOWN_COURIER = 99_999
_PIECE_ROWS = 1 << 19
_FAULT_EVERY = 250_000  # rows from one faulty parcel to the next of its kind
_OUTSIDE_EVERY = 40_000

SOURCES = ("marketplace", "live_stream", "supermarket", "restaurant", "pharmacy", "brand_shop", "private", "recycling")
GOODS = (
    "ordinary", "document", "fragile", "liquid", "fresh", "frozen", "medicine", "battery", "furniture", "appliance"
)  # fmt: skip
BUILDINGS = ("house", "village", "walkup", "lift_block", "office", "mall", "campus", "hospital", "castle")
HANDOVERS = ("door", "locker", "pickup_shop", "gatekeeper", "chosen_room")
SIGNATURES = ("not_needed", "anybody", "addressee", "identity_card", "code")
PROMISES = ("two_days", "next_day", "same_day", "two_hours", "appointment")
WEATHERS = ("fair", "rain", "storm", "snow", "heat", "haze")
_NO_BUILDING = BUILDINGS.index("castle")  # the plan knows none

# Of 1,024, in the order of the names.
_SOURCE_SHARES = (500, 170, 90, 80, 40, 80, 44, 20)
_GOODS_SHARES = (720, 80, 60, 40, 50, 20, 24, 20, 6, 4)
_BUILDING_SHARES = (70, 90, 250, 380, 120, 44, 50, 20)
_HANDOVER_SHARES = (520, 300, 130, 60, 14)
_SIGNATURE_SHARES = (620, 180, 120, 24, 80)
_PROMISE_SHARES = (180, 560, 180, 70, 34)
_DAY_WEIGHTS = np.array([160] * 3 + [100] * 6 + [190] * 4 + [100] * 17)  # two sales of the online shops
# Of each kind of building: its floors, at most, and the share of 1,024 that have a lift that works.
_FLOORS = np.array([1, 2, 6, 28, 30, 4, 5, 12, 0])
_LIFTS = np.array([0, 0, 0, 1_000, 1_010, 900, 300, 980, 0])
# Of five classes of parcels: their share of 1,024, the least and the greatest weight (10 g) and edges (cm).
_CLASS_SHARES = (300, 560, 130, 28, 6)
_WEIGHTS = np.array([5, 10, 80, 500, 2_000]), np.array([50, 100, 500, 2_000, 4_000])
_LENGTHS = np.array([20, 10, 20, 40, 100]), np.array([35, 30, 50, 90, 200])
_WIDTHS = np.array([10, 8, 15, 30, 50]), np.array([25, 20, 30, 50, 80])
_HEIGHTS = np.array([1, 2, 8, 20, 30]), np.array([3, 12, 25, 40, 70])

Thirds = tuple[Numbers, Numbers, Numbers]
Columns = dict[str, pa.Array]


def parcel_pieces(company: Company, piece_rows: int = _PIECE_ROWS) -> Iterator[pa.Table]:
    """The parcels, in the order of their days, whatever the size of a piece."""
    for first in range(0, company.parcel_count, piece_rows):
        yield _piece(company, np.arange(first, min(first + piece_rows, company.parcel_count)))


def _piece(company: Company, rows: Numbers) -> pa.Table:
    streams = iter(range(100, 200))

    def numbers() -> Thirds:
        return thirds(company.seed, next(streams), rows)

    shift, day = _shifts(company, rows, numbers())
    courier = company.courier[shift]
    lent, in_store, sheltered = numbers()
    store = (company.home[courier] + (within(lent, 0, 24) == 0)) % company.store_count  # a few help out next door
    zone = store * ZONES_A_STORE + within(in_store, 0, ZONES_A_STORE - 1)
    weather = np.where(within(sheltered, 0, 9) == 0, 0, company.weather[store % len(REGIONS), day])
    courier_key = courier_keys(courier)
    columns = {
        "parcel": rows + FIRST_PARCEL,
        "courier": np.where(rows % _FAULT_EVERY == _FAULT_EVERY // 2, UNKNOWN_COURIER, courier_key),
        "store": pa.DictionaryArray.from_arrays(pa.array(store.astype(np.int32)), store_keys(company.store_count)),
        "zone": zone_keys(zone),
        "shift": shift_keys(shift),
        "delivered": _delivered(rows, day, numbers()),
        **_goods(rows, numbers(), numbers(), numbers()),
        **_place(rows, numbers(), numbers()),
        **_service(courier % 4, numbers(), numbers(), numbers(), numbers()),
        "weather": named(weather, WEATHERS),
    }
    return table_of(
        {name: pa.array(column) for name, column in columns.items()}, {"weight": 2, "declared": 2, "cash": 2}
    )


def _shifts(company: Company, rows: Numbers, parts: Thirds) -> tuple[Numbers, Numbers]:
    """The shift and the day of each parcel. Half go to whoever of two couriers comes first: some are busier."""
    ends = np.cumsum(_DAY_WEIGHTS) * company.parcel_count // _DAY_WEIGHTS.sum()
    day = np.searchsorted(ends, rows, side="right")
    width = np.diff(company.first_shift)[day]
    one, other, which = parts
    place = np.where(which & 1, np.minimum(one, other), one).astype(np.int64) * width >> PART_BITS
    return company.first_shift[day] + place, day


def _delivered(rows: Numbers, day: Numbers, parts: Thirds) -> pa.Array:
    """Mostly from 7 to 22 o'clock, and a few at night. Some lie in the month before."""
    one, other, third = parts
    minute = 7 * 60 + within(one, 0, 479) + within(other, 0, 419)
    night = within(third, 0, 63) == 0
    minute = np.where(night, np.where(one & 1, within(other, 22 * 60, 24 * 60 - 1), within(other, 0, 6 * 60)), minute)
    second = day * 86_400 + minute * 60 + (third & 31)
    return moments(np.where(rows % _OUTSIDE_EVERY == 17, second - DAYS * 86_400, second))


def _goods(rows: Numbers, kinds: Thirds, sizes: Thirds, values: Thirds) -> Columns:
    source, goods, size = (
        chosen(kinds[0] >> PART_BITS - 10, _SOURCE_SHARES),
        chosen(kinds[1] >> PART_BITS - 10, _GOODS_SHARES),
        chosen(kinds[2] >> PART_BITS - 10, _CLASS_SHARES),
    )
    weight = _between(sizes[0], _WEIGHTS, size).astype(np.int32)
    weight[rows % _FAULT_EVERY == _FAULT_EVERY // 3] = 999_00  # nobody carries that
    pieces = np.where(within(values[0], 0, 31) == 0, 1 + within(values[1], 1, 6), 1)
    declared = np.where(within(values[0], 0, 63) == 3, within(values[2], 0, 999) * 20_00, 0).astype(np.int32)
    return {
        "source": named(source, SOURCES),
        "goods": named(goods, GOODS),
        "weight": weight,
        "length": _between(sizes[1], _LENGTHS, size).astype(np.int16),
        "width": _between(sizes[2], _WIDTHS, size).astype(np.int16),
        "height": _between(sizes[1] ^ sizes[2], _HEIGHTS, size).astype(np.int16),
        "pieces": pieces.astype(np.int8),
        "declared": declared,
    }


def _between(part: Numbers, bounds: tuple[Numbers, Numbers], index: Numbers) -> Numbers:
    low, high = bounds
    found: Numbers = low[index] + ((part.astype(np.int64) * (high - low + 1)[index]) >> PART_BITS)
    return found


def _place(rows: Numbers, ways: Thirds, doors: Thirds) -> Columns:
    near, far, kind = ways
    building = chosen(kind >> PART_BITS - 10, _BUILDING_SHARES)
    building[rows % _FAULT_EVERY == _FAULT_EVERY // 5] = _NO_BUILDING
    lift = (doors[1] >> PART_BITS - 10) < _LIFTS[building]
    turn = within(doors[2], 0, 99)
    return {
        "distance": (within(near, 100, 1_000) * (1 + within(far, 0, 9)) + (far & 127)).astype(np.int32),
        "building": named(building, BUILDINGS),
        "floor": (1 + (doors[0].astype(np.int64) * _FLOORS[building] >> PART_BITS)).astype(np.int8),
        "lift": lift,
        "fits_lift": turn >= 2,
        "fits_trolley": turn < 96,
    }


def _service(haste: Numbers, hands: Thirds, times: Thirds, money: Thirds, extras: Thirds) -> Columns:
    """haste: of each parcel's courier; with none nothing is late."""
    promise = chosen(hands[2] >> PART_BITS - 10, _PROMISE_SHARES)
    is_late = within(times[0], 0, 511) < haste * np.array([2, 4, 8, 25, 16])[promise]
    late = np.where(is_late, within(times[1], 1, 700) * np.array([4, 3, 1, 1, 1])[promise] >> (times[1] & 3), 0)
    tries, waits = within(times[2], 0, 99), times[2] & 1023
    cash = np.where(within(money[0], 0, 31) == 0, within(money[1], 5, 999) * 150 + (money[2] & 127), 0)
    turn = within(extras[0], 0, 999)
    return {
        "handover": named(chosen(hands[0] >> PART_BITS - 10, _HANDOVER_SHARES), HANDOVERS),
        "signature": named(chosen(hands[1] >> PART_BITS - 10, _SIGNATURE_SHARES), SIGNATURES),
        "promise": named(promise, PROMISES),
        "late": late.astype(np.int16),
        "attempts": (1 + (tries < 9) + (tries < 3) + (tries < 1)).astype(np.int8),
        "cash": cash.astype(np.int32),
        "waited": np.where(waits < 30, waits, waits & 7).astype(np.int16),
        "install": turn < 2,
        "unpack": (turn >= 4) & (turn < 14),
        "take_back": (turn >= 14) & (turn < 44),
        "photo": within(extras[1], 0, 2) == 0,
        "returned": within(extras[2], 0, 39) == 0,
    }
