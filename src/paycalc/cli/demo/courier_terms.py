"""What the made-up courier company pays by: parameters, and tables from data."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta, timezone

import numpy as np

from paycalc.cli.demo.courier_company import REGIONS
from paycalc.cli.demo.made_up import Row, draw, money_text

FEE_CHANGE = datetime(2026, 11, 16, 14, tzinfo=timezone(timedelta(hours=8)))
"""When a third of the stores change what a small parcel pays, the first of them too."""
FIRST_STORE = "S0001"
_BEGIN, _MIDDLE, _LATE = "2026-01-01", FEE_CHANGE.isoformat(timespec="minutes"), "2026-11-25"
_SIZES = ("letter", "small", "medium", "large", "oversize")
_BANDS = (0, 1_000, 3_000, 6_000, 12_000)


def plan_parameters() -> list[Row]:
    """The minimum wage, and what the days of the great sales bring on top."""
    return [
        {"effective_from": _BEGIN, "minimum_wage": "24.00", "accident_premium": "1.20"},
        {"effective_from": "2026-11-01", "effective_to": "2026-11-04", "peak_uplift": "10%"},
        {"effective_from": "2026-11-10", "effective_to": "2026-11-14", "peak_uplift": "25%"},
    ]


def store_parameters(seed: int, stores: Sequence[str]) -> list[Row]:
    """The plan's terms, and what regions and stores change; some stores do so at 14:00 in the middle of the month."""
    rows: list[Row] = [
        {
            "store": None,
            "region": None,
            "plan": "plan",
            "effective_from": _BEGIN,
            "letter_fee": "0.60",
            "small_fee": "0.90",
            "medium_fee": "1.20",
            "large_fee": "2.50",
            "oversize_fee": "8.00",
            "daily_guarantee": "150",
        },
        {"plan": "plan", "effective_from": "2026-11-16", "daily_guarantee": "160"},
    ]
    for region, cents in zip(REGIONS, (85, 95, 90, 80), strict=True):
        rows.append({"region": region, "effective_from": _BEGIN, "small_fee": money_text(cents)})
    rows.append({"region": REGIONS[1], "effective_from": "2026-11-11", "waiting_fee": "0.30", "gate_fee": "0.30"})
    turns = np.arange(len(stores))
    for number, store in enumerate(stores):
        fee, divisor, floor, cash, guarantee = (
            int(draw(seed, stream, turns[number : number + 1], low, high)[0])
            for stream, low, high in ((51, 70, 115), (52, 5, 8), (53, 20, 45), (54, 20, 50), (55, 14, 20))
        )
        rows.append(
            {
                "store": store,
                "effective_from": _BEGIN,
                "volume_divisor": str(1_000 * divisor),
                "floor_fee": money_text(floor),
                "cash_rate": f"0.{cash}%",
                "daily_guarantee": str(10 * guarantee),
            }
        )
        if number % 3 == 0:
            rows.append({"store": store, "effective_from": _MIDDLE, "small_fee": money_text(fee)})
        if number % 6 == 0:
            rows.append({"store": store, "effective_from": _LATE, "small_fee": "inherit"})
    return rows


def distance_table(stores: Sequence[str]) -> list[Row]:
    """What the way to the door pays, by size and distance; anew from the 16th. One store of five has its own."""
    rows: list[Row] = []
    for since, more in ((_BEGIN, 0), ("2026-11-16", 2)):
        for store in (*stores[::5], "*"):
            own = 0 if store == "*" else 3
            for place, size in enumerate(_SIZES):
                for band, low in enumerate(_BANDS):
                    cents = more + own + 5 * band * (1 + place)
                    rows.append(
                        {
                            "store": store,
                            "size": size,
                            "distance_from": str(low),
                            "distance_below": str(_BANDS[band + 1]) if band + 1 < len(_BANDS) else None,
                            "value": money_text(cents),
                            "effective_from": since,
                        }
                    )
    return rows


def weight_ladder(stores: Sequence[str]) -> list[Row]:
    """What a kilogram pays: nothing up to the first, less from the tenth on. Each store has its steps."""
    steps = (("1", 40), ("10", 25), ("30", 20))
    return [
        {"store": store, "from": weight, "value": money_text(cents + number % 4), "effective_from": _BEGIN}
        for number, store in enumerate(stores)
        for weight, cents in steps
    ]
