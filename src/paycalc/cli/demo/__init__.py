"""`paycalc demo`."""

from __future__ import annotations

import argparse
from dataclasses import dataclass
from pathlib import Path

from paycalc.cli import exit_codes

STORE_COUNT, WORKER_COUNT = 5_000, 1_000_000
PARCEL_COUNT, HAUL_COUNT = 2_000_000, 200_000

SUMMARY = "see plans checked, run and explained"
DESCRIPTION = """Show what paycalc does: plans and their examples, runs over made-up data with faulty rows, amounts
explained, and a faulty plan. A chain of stores pays commissions, a courier company by the parcel, a haulier by weight.
Every command shown is run as you would run it."""


@dataclass(frozen=True)
class Sizes:
    """How many rows are made up."""

    stores: int
    workers: int
    parcels: int
    hauls: int


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """What `paycalc demo` takes."""
    parser.add_argument("--out", type=Path, metavar="DIR", help="a new folder to write to (else a temporary one)")
    for name, count, rows in (
        ("--stores", STORE_COUNT, "stores of the chain"),
        ("--workers", WORKER_COUNT, "workers of the chain"),
        ("--parcels", PARCEL_COUNT, "parcels of the couriers"),
        ("--hauls", HAUL_COUNT, "hauls of bulk freight"),
    ):
        parser.add_argument(name, type=int, default=count, metavar="N", help=f"{rows} (%(default)s)")


def execute(arguments: argparse.Namespace) -> int:
    """Show everything; 0 where every command did what it should."""
    from paycalc.cli.demo.show import show_demo

    show_demo(arguments.out, Sizes(arguments.stores, arguments.workers, arguments.parcels, arguments.hauls))
    return exit_codes.OK
