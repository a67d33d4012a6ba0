"""A made-up chain of stores for the store incentive plan: any number of stores and workers, the same for a seed.

Every number is whole and comes from the seed and its row alone, so no machine and no release of Python makes another.
On purpose a few rows are faulty, each in its own way.
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pyarrow as pa

from paycalc.cli.demo import STORE_COUNT, WORKER_COUNT
from paycalc.cli.demo.made_up import Numbers, decimals, draw, keys, money_text, percent_text, write_table

SEED = 20261001
MINIMUM_WAGE = "22.00"
_REGIONS = ("north", "east", "south", "west")
_GRADES = ("lead", "junior", "junior", "senior")
_NO_STORE, _NO_STORE_OF_MANY, _NO_GRADE = "S9999", "S0000", "manager"

# What is wrong with a row on purpose: a column, and the number there. None empties the cell; -1 is a name that does not
# exist. A large chain has several rounds of them, so that each kind of fault has a handful of rows.
_FAULTS: tuple[tuple[str, int | None], ...] = (
    ("sales", None),
    ("store", -1),
    ("hours", 744_00),
    ("grade", -1),
    ("sales", None),
    ("hours", 452_50),
    ("kpi", 151),
)
_TWINS = 8  # in tenths of the rows, behind the faults
_WORKERS_A_ROUND, _ROUNDS_MAX = 200_000, 5
_ROUND_DISTANCE = 11  # rows, and so stores, between one round's fault and the next round's


@dataclass(frozen=True)
class Chain:
    """The tables of a chain by the names of their files: `worker`, `store`, `parameters.store`, ..."""

    tables: dict[str, pa.Table]


def make_chain(store_count: int = STORE_COUNT, worker_count: int = WORKER_COUNT, seed: int = SEED) -> Chain:
    """The chain's tables, faults included."""
    stores = np.arange(store_count)
    targets = 5_000_00 * draw(seed, 1, stores, 30, 60)
    return Chain(
        {
            "region": pa.table({"region": _REGIONS}),
            "store": _stores(targets, worker_count, seed),
            "worker": _workers(targets, worker_count, seed),
            "parameters.store": _store_parameters(targets, seed),
            "parameters.plan": pa.table({"minimum_wage": [MINIMUM_WAGE]}),
        }
    )


def _store_keys(rows: Numbers) -> pa.Array:
    return keys("S", rows, 4)


def _worker_keys(rows: Numbers) -> pa.Array:
    return keys("W", rows, 7)


def _stores(targets: Numbers, worker_count: int, seed: int) -> pa.Table:
    rows = np.arange(len(targets))
    staff = max(worker_count // len(targets), 1)
    return pa.table(
        {
            "store": _store_keys(rows),
            "region": pa.array(_REGIONS).take(pa.array(draw(seed, 2, rows, 0, len(_REGIONS) - 1))),
            "revenue": decimals(targets * staff * draw(seed, 3, rows, 90, 150) // 100),
        }
    )


def _store_parameters(targets: Numbers, seed: int) -> pa.Table:
    rows = np.arange(len(targets))
    rates = 25 * draw(seed, 4, rows, 4, 10)  # in hundredths of a percent
    accelerators = rates + 50 * draw(seed, 5, rows, 1, 4)
    capped = draw(seed, 6, rows, 1, 4) == 1
    caps = zip(capped.tolist(), (500 * draw(seed, 7, rows, 10, 20)).tolist(), strict=True)
    rate_cells: list[str | None] = [percent_text(rate) for rate in rates.tolist()]
    if len(targets) > 1:  # one store whose rate nobody has entered: its workers cannot be paid
        rate_cells[len(targets) * 3 // 5] = None
    return pa.table(
        {
            "store": _store_keys(rows),
            "target": [money_text(target) for target in targets.tolist()],
            "rate": rate_cells,
            "accelerator": [percent_text(rate) for rate in accelerators.tolist()],
            "floor_pay": [str(amount) for amount in (100 * draw(seed, 8, rows, 0, 10)).tolist()],
            "cap": pa.array([str(amount) if is_capped else None for is_capped, amount in caps], pa.string()),
        }
    )


def _workers(targets: Numbers, worker_count: int, seed: int) -> pa.Table:
    rows = np.arange(worker_count)
    store_count = len(targets)
    homes = rows % store_count  # row s is the first worker, and the lead, of store s
    columns = {
        "worker": rows.copy(),
        "store": homes.copy(),
        "grade": np.where(rows < store_count, 0, 1 + draw(seed, 9, rows, 0, 2)),
        "sales": targets[homes] * draw(seed, 10, rows, 4_000, 16_000) // 10_000,
        "hours": 25 * draw(seed, 11, rows, 320, 800),
        "days": draw(seed, 12, rows, 15, 26),
        "kpi": draw(seed, 13, rows, 40, 150),
    }
    empty = _spoil(columns, worker_count)
    # An index of -1 is the last name: that of a store, or grade, that does not exist.
    no_store = _NO_STORE if store_count < 9_999 else _NO_STORE_OF_MANY
    store_keys = pa.concat_arrays([_store_keys(np.arange(store_count)), pa.array([no_store])])
    managers = pa.array(np.where(rows < store_count, 0, homes), mask=rows < store_count)
    return pa.table(
        {
            "worker": _worker_keys(columns["worker"]),
            "store": store_keys.take(pa.array(columns["store"] % (store_count + 1))),
            "grade": pa.array((*_GRADES, _NO_GRADE)).take(pa.array(columns["grade"] % (len(_GRADES) + 1))),
            "manager": _worker_keys(np.arange(min(store_count, worker_count))).take(managers),
            "sales": decimals(columns["sales"], empty=empty),
            "hours": decimals(columns["hours"]),
            "days": pa.array(columns["days"].astype(np.int32)),
            "kpi": decimals(columns["kpi"]),
        }
    )


def _spoil(columns: dict[str, Numbers], worker_count: int) -> Numbers:
    """Make a few rows faulty, and give where sales are missing, bool [n].

    They lie far apart, so that no row has two faults in a chain of a dozen workers or more.
    """
    empty = np.zeros(worker_count, bool)
    for turn in range(min(1 + worker_count // _WORKERS_A_ROUND, _ROUNDS_MAX)):
        for number, (name, cell) in enumerate(_FAULTS, start=1):
            row = worker_count * number // 10 + turn * _ROUND_DISTANCE
            if cell is None:
                empty[row] = True
            else:
                columns[name][row] = cell
        twin = worker_count * _TWINS // 10 + turn * _ROUND_DISTANCE
        if twin:
            columns["worker"][twin] = columns["worker"][twin - 1]
    return empty


def write_chain(chain: Chain, folder: Path, format: str = "parquet") -> None:
    """The chain as a data folder. Parameters are CSV in either format: people keep them in spreadsheets."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, table in chain.tables.items():
        write_table(table, folder, name, "csv" if name.startswith("parameters.") else format)


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
