"""A made-up month of bulk freight, for the freight plan: any number of hauls, the same for a seed.

On purpose a few hauls are faulty, and some are paid for in the month after.
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pyarrow as pa

from paycalc.cli.demo import HAUL_COUNT
from paycalc.cli.demo.made_up import Numbers, Row, draw, keys, money_text, named, table_of, write_csv, write_table

SEED = 20261115
CARGOES = ("coal", "gravel", "sand", "ore")
_PITS, _ROUTES = 6, 40
_HAULS_A_DRIVER = 50
_FIRST_DAY, _DAYS = 20_758, 30  # 2026-11-01 in days since 1970-01-01
_ZONE_SECONDS = 8 * 3_600  # the clocks of Asia/Shanghai are ahead of those of the world
_EMPTY_HEAVIER_EVERY, _NO_ROUTE_EVERY, _NEXT_MONTH_EVERY = 10_000, 20_000, 250
_BEGIN, _MIDDLE = "2026-01-01", "2026-11-16"


def freight_tables(haul_count: int, seed: int = SEED) -> dict[str, pa.Table]:
    """All tables of rows, by the names of their files."""
    drivers, routes = np.arange(max(haul_count // _HAULS_A_DRIVER, 1)), np.arange(_ROUTES)
    driver = {
        "driver": pa.array((drivers + 1).astype(np.int32)),
        "advance": pa.array((draw(seed, 1, drivers, 0, 40) * 100_00).astype(np.int32)),
    }
    route = {
        "route": _route_keys(routes),
        "pit": _pit_keys(routes % _PITS),
        "toll": pa.array((draw(seed, 2, routes, 0, 30) * 10_00).astype(np.int32)),
    }
    return {
        "pit": pa.table({"pit": _pit_keys(np.arange(_PITS))}),
        "route": table_of(route, {"toll": 2}),
        "driver": table_of(driver, {"advance": 2}),
        "haul": _hauls(haul_count, len(drivers), seed),
    }


def freight_terms() -> dict[str, list[Row]]:
    """Parameters and the rates of the routes, which rise on the 16th, by the names of their files."""
    pits = _pit_keys(np.arange(_PITS)).to_pylist()
    pit_rows: list[Row] = [{"pit": pit, "goods_value": str(300 + 150 * number)} for number, pit in enumerate(pits)]
    pit_rows[2] = {**pit_rows[2], "free_waiting": "60", "waiting_rate": "80"}
    rates: list[Row] = []
    for since, more in ((_BEGIN, 0), (_MIDDLE, 120)):
        for number, route in enumerate(_route_keys(np.arange(_ROUTES)).to_pylist()):
            for place, cargo in enumerate(CARGOES):
                value = money_text(1_800 + 45 * number + 150 * place + more)
                rates.append({"route": route, "cargo": cargo, "value": value, "effective_from": since})
    return {"parameters.pit": pit_rows, "parameters.plan": [{"fuel_uplift": "2.5%"}], "table.rate": rates}


def write_freight(haul_count: int, folder: Path, seed: int = SEED) -> None:
    """The data folder."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, rows in freight_terms().items():
        write_csv(rows, folder / f"{name}.csv")
    for name, table in freight_tables(haul_count, seed).items():
        write_table(table, folder, name)


def _pit_keys(rows: Numbers) -> pa.Array:
    return keys("P", rows, 2)


def _route_keys(rows: Numbers) -> pa.Array:
    return keys("R", rows, 3)


def _hauls(haul_count: int, driver_count: int, seed: int) -> pa.Table:
    rows = np.arange(haul_count)
    paid = draw(seed, 11, rows, 0, _DAYS - 1)
    waits = draw(seed, 12, rows, 0, 99)
    term = np.where(waits < 85, draw(seed, 13, rows, 3, 29), draw(seed, 14, rows, 30, 95))  # days until it is paid
    weighed = (paid - term + _FIRST_DAY) * 86_400 - _ZONE_SECONDS + draw(seed, 15, rows, 6 * 3_600, 20 * 3_600)
    paid[rows % _NEXT_MONTH_EVERY == 9] = _DAYS + 3
    empty = draw(seed, 16, rows, 14_00, 18_00)
    load = draw(seed, 17, rows, 24_00, 36_00)
    full = np.where(rows % _EMPTY_HEAVIER_EVERY == 123, empty - 1_00, empty + load)
    route = draw(seed, 18, rows, 0, _ROUTES - 1)
    route[rows % _NO_ROUTE_EVERY == 321] = _ROUTES
    stays = draw(seed, 19, rows, 0, 9) < 2
    waited = np.where(stays, draw(seed, 23, rows, 60, 600), draw(seed, 24, rows, 0, 90))
    columns = {
        "haul": pa.array(rows + 1),
        "driver": pa.array((draw(seed, 20, rows, 0, driver_count - 1) + 1).astype(np.int32)),
        "route": pa.DictionaryArray.from_arrays(pa.array(route.astype(np.int8)), _route_keys(np.arange(_ROUTES + 1))),
        "cargo": named((route + draw(seed, 21, rows, 0, 1)) % len(CARGOES), CARGOES),
        "weighed_at": pa.array(weighed).cast(pa.timestamp("s", "Asia/Shanghai")),
        "paid_on": pa.array((paid + _FIRST_DAY).astype(np.int32)).cast(pa.date32()),
        "full": pa.array(full.astype(np.int16)),
        "empty": pa.array(empty.astype(np.int16)),
        "loaded": pa.array((load + draw(seed, 22, rows, -5, 25)).astype(np.int16)),
        "waited": pa.array(waited.astype(np.int16)),
    }
    return table_of(columns, {"full": 2, "empty": 2, "loaded": 2})


def main(argv: Sequence[str] | None = None) -> int:
    """Write a data folder: the command line of `examples/freight/generate.py`."""
    parser = argparse.ArgumentParser(description="Write a made-up month of bulk freight, the same for a seed.")
    parser.add_argument("folder", type=Path, help="where to write it")
    parser.add_argument("--hauls", type=int, default=HAUL_COUNT, help="how many hauls (%(default)s)")
    parser.add_argument("--seed", type=int, default=SEED, help="another seed makes another month (%(default)s)")
    arguments = parser.parse_args(argv)
    if arguments.hauls < 1:
        parser.error("there is at least one haul")
    write_freight(arguments.hauls, arguments.folder, arguments.seed)
    return 0
