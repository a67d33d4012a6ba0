"""A made-up month of a courier company, for the courier plan: any number of parcels, the same for a seed.

Every number is whole and comes from the seed and its row alone, so no machine and no release of Python makes another.
The parcels are made and written piece by piece, so that more of them need no more memory. On purpose a few rows are
faulty, and a few lie outside the month.
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path

import pyarrow.parquet as pq

from paycalc.cli.demo import PARCEL_COUNT
from paycalc.cli.demo.courier_company import SEED, Company, company_tables, make_company, store_keys
from paycalc.cli.demo.courier_parcels import parcel_pieces
from paycalc.cli.demo.courier_terms import distance_table, plan_parameters, store_parameters, weight_ladder
from paycalc.cli.demo.made_up import Row, write_csv, write_table


def terms_of(company: Company) -> dict[str, list[Row]]:
    """Parameters and tables from data, by the names of their files."""
    stores = store_keys(company.store_count).to_pylist()
    return {
        "parameters.store": store_parameters(company.seed, stores),
        "parameters.plan": plan_parameters(),
        "table.distance_fee": distance_table(stores),
        "table.weight_rate": weight_ladder(stores),
    }


def write_company(company: Company, folder: Path) -> None:
    """The data folder. Parameters and tables are CSV: people keep them in spreadsheets."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, rows in terms_of(company).items():
        write_csv(rows, folder / f"{name}.csv")
    for name, table in company_tables(company).items():
        write_table(table, folder, name)
    pieces = parcel_pieces(company)
    first = next(pieces)
    with pq.ParquetWriter(folder / "parcel.parquet", first.schema, write_page_checksum=True) as file:
        file.write_table(first)
        for piece in pieces:
            file.write_table(piece)


def main(argv: Sequence[str] | None = None) -> int:
    """Write a company's data folder: the command line of `examples/courier/generate.py`."""
    parser = argparse.ArgumentParser(description="Write a made-up month of a courier company, the same for a seed.")
    parser.add_argument("folder", type=Path, help="where to write it")
    parser.add_argument("--parcels", type=int, default=PARCEL_COUNT, help="how many parcels (%(default)s)")
    parser.add_argument("--seed", type=int, default=SEED, help="another seed makes another month (%(default)s)")
    arguments = parser.parse_args(argv)
    if arguments.parcels < 1:
        parser.error("a company delivers at least one parcel")
    write_company(make_company(arguments.parcels, arguments.seed), arguments.folder)
    return 0
