"""A made-up chain of stores for the store incentive plan: any number of stores and workers, the same for a seed.

Every number is whole and comes from the seed and its row alone, so no machine and no release of Python makes another.
On purpose a few rows are faulty, each in its own way.
"""

from __future__ import annotations

import argparse
import csv
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path

SEED = 20261001
STORE_COUNT, WORKER_COUNT = 200, 5_000
MINIMUM_WAGE = "22.00"
_REGIONS = ("north", "east", "south", "west")
_MASK = (1 << 64) - 1

Cell = int | str | None


@dataclass(frozen=True)
class Column:
    """cells: text, or whole numbers counted in 10^-places; None is an empty cell. places None: text."""

    name: str
    cells: Sequence[Cell]
    places: int | None = None


@dataclass(frozen=True)
class Chain:
    """The tables of a chain by the names of their files: `worker`, `store`, `parameters.store`, ..."""

    tables: dict[str, list[Column]]


def draw(seed: int, stream: int, row: int, low: int, high: int) -> int:
    """A whole number from `low` to `high` that depends on seed, stream and row alone (the splitmix64 mixer)."""
    state = (seed * 0x9E3779B97F4A7C15 + stream * 0xBF58476D1CE4E5B9 + row * 0x94D049BB133111EB) & _MASK
    for shift, factor in ((30, 0xBF58476D1CE4E5B9), (27, 0x94D049BB133111EB)):
        state = ((state ^ (state >> shift)) * factor) & _MASK
    return low + (state ^ (state >> 31)) % (high - low + 1)


def make_chain(store_count: int = STORE_COUNT, worker_count: int = WORKER_COUNT, seed: int = SEED) -> Chain:
    """The chain's tables, faults included."""
    targets = [5_000_00 * draw(seed, 1, store, 30, 60) for store in range(store_count)]
    return Chain(
        {
            "region": [Column("region", _REGIONS)],
            "store": _stores(targets, worker_count, seed),
            "worker": _workers(targets, worker_count, seed),
            "parameters.store": _store_parameters(targets, seed),
            "parameters.plan": [Column("minimum_wage", [MINIMUM_WAGE])],
        }
    )


def _store_key(store: int) -> str:
    return f"S{store + 1:04}"


def _worker_key(worker: int) -> str:
    return f"W{worker + 1:07}"


def _stores(targets: list[int], worker_count: int, seed: int) -> list[Column]:
    rows = range(len(targets))
    staff = max(worker_count // len(targets), 1)
    return [
        Column("store", [_store_key(row) for row in rows]),
        Column("region", [_REGIONS[draw(seed, 2, row, 0, len(_REGIONS) - 1)] for row in rows]),
        Column("revenue", [targets[row] * staff * draw(seed, 3, row, 90, 150) // 100 for row in rows], 2),
    ]


def _store_parameters(targets: list[int], seed: int) -> list[Column]:
    rows = range(len(targets))
    rates = [25 * draw(seed, 4, row, 4, 10) for row in rows]  # in hundredths of a percent
    accelerators = [rates[row] + 50 * draw(seed, 5, row, 1, 4) for row in rows]
    caps = [500 * draw(seed, 7, row, 10, 20) if draw(seed, 6, row, 1, 4) == 1 else None for row in rows]
    rate_cells: list[Cell] = [_percent(rate) for rate in rates]
    if len(targets) > 1:  # one store whose rate nobody has entered: its workers cannot be paid
        rate_cells[len(targets) * 3 // 5] = None
    return [
        Column("store", [_store_key(row) for row in rows]),
        Column("target", [_money(target) for target in targets]),
        Column("rate", rate_cells),
        Column("accelerator", [_percent(rate) for rate in accelerators]),
        Column("floor_pay", [str(100 * draw(seed, 8, row, 0, 10)) for row in rows]),
        Column("cap", [None if cap is None else str(cap) for cap in caps]),
    ]


def _percent(hundredths: int) -> str:
    return f"{hundredths // 100}.{hundredths % 100:02}%"


def _money(minor: int) -> str:
    return f"{minor // 100}.{minor % 100:02}"


def _workers(targets: list[int], worker_count: int, seed: int) -> list[Column]:
    rows = range(worker_count)
    store_count = len(targets)
    homes = [row % store_count for row in rows]  # row s is the first worker, and the lead, of store s
    columns: dict[str, list[Cell]] = {
        "worker": [_worker_key(row) for row in rows],
        "store": [_store_key(home) for home in homes],
        "grade": [
            "lead" if row < store_count else ("junior", "junior", "senior")[draw(seed, 9, row, 0, 2)] for row in rows
        ],
        "manager": [None if row < store_count else _worker_key(homes[row]) for row in rows],
        "sales": [targets[home] * draw(seed, 10, row, 4_000, 16_000) // 10_000 for row, home in enumerate(homes)],
        "hours": [25 * draw(seed, 11, row, 320, 800) for row in rows],
        "days": [draw(seed, 12, row, 15, 26) for row in rows],
        "kpi": [draw(seed, 13, row, 40, 150) for row in rows],
    }
    _spoil(columns, worker_count)
    places = {"sales": 2, "hours": 2, "days": 0, "kpi": 2}
    return [Column(name, cells, places.get(name)) for name, cells in columns.items()]


def _spoil(columns: dict[str, list[Cell]], worker_count: int) -> None:
    """Make a few rows faulty: far apart, so that no row has two faults in a chain of a dozen workers or more."""
    faults: tuple[tuple[str, Cell], ...] = (
        ("sales", None),
        ("store", "S9999"),
        ("hours", 744_00),
        ("grade", "manager"),
        ("sales", None),
        ("hours", 452_50),
        ("kpi", 151),
    )
    for number, (name, cell) in enumerate(faults, start=1):
        columns[name][worker_count * number // 10] = cell
    twin = worker_count * 8 // 10
    if twin:
        columns["worker"][twin] = columns["worker"][twin - 1]


def write_chain(chain: Chain, folder: Path, format: str = "parquet") -> None:
    """The chain as a data folder. Parameters are CSV in either format: people keep them in spreadsheets."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, columns in chain.tables.items():
        if format == "csv" or name.startswith("parameters."):
            _write_csv(columns, folder / f"{name}.csv")
        else:
            _write_parquet(columns, folder / f"{name}.parquet")


def _write_csv(columns: list[Column], path: Path) -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow([column.name for column in columns])
        writer.writerows(
            zip(*([_text(cell, column.places) for cell in column.cells] for column in columns), strict=True)
        )


def _text(cell: Cell, places: int | None) -> str:
    if cell is None or isinstance(cell, str):
        return cell or ""
    if not places:
        return str(cell)
    return f"{cell // 10**places}.{cell % 10**places:0{places}}"


def _write_parquet(columns: list[Column], path: Path) -> None:
    import pyarrow as pa
    import pyarrow.parquet as pq

    arrays = {}
    for column in columns:
        if column.places:
            exact = [None if cell is None else Decimal(cell).scaleb(-column.places) for cell in column.cells]
            arrays[column.name] = pa.array(exact, pa.decimal128(18, column.places))
        else:
            arrays[column.name] = pa.array(column.cells, pa.string() if column.places is None else pa.int32())
    pq.write_table(pa.table(arrays), path, write_page_checksum=True)


def main(argv: Sequence[str] | None = None) -> int:
    """Write a chain's data folder: the command line of `examples/store_incentive/generate.py`."""
    parser = argparse.ArgumentParser(description="Write the data of a made-up chain of stores, the same for a seed.")
    parser.add_argument("folder", type=Path, help="where to write it")
    parser.add_argument("--stores", type=int, default=STORE_COUNT, help="how many stores (%(default)s)")
    parser.add_argument("--workers", type=int, default=WORKER_COUNT, help="how many workers (%(default)s)")
    parser.add_argument("--seed", type=int, default=SEED, help="another seed makes another chain (%(default)s)")
    parser.add_argument("--format", choices=("parquet", "csv"), default="parquet", help="of the big tables")
    arguments = parser.parse_args(argv)
    if arguments.stores < 1 or arguments.workers < 1:
        parser.error("a chain has at least one store and one worker")
    write_chain(make_chain(arguments.stores, arguments.workers, arguments.seed), arguments.folder, arguments.format)
    return 0
