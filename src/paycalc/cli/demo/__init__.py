"""`paycalc demo`."""

from __future__ import annotations

import argparse
from pathlib import Path

from paycalc.cli import exit_codes

STORE_COUNT, WORKER_COUNT = 5_000, 1_000_000
PARCEL_COUNT, HAUL_COUNT = 2_000_000, 200_000

SUMMARY = "see a plan checked, run and explained"
DESCRIPTION = """Show what paycalc does: a plan, its examples, a run over a made-up chain of stores with faulty rows,
one amount explained, and a faulty plan. Every command shown is run as you would run it."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """What `paycalc demo` takes."""
    parser.add_argument("--out", type=Path, metavar="DIR", help="a new folder to write to (else a temporary one)")
    parser.add_argument(
        "--stores", type=int, default=STORE_COUNT, metavar="N", help="stores of the chain (%(default)s)"
    )
    parser.add_argument(
        "--workers", type=int, default=WORKER_COUNT, metavar="N", help="workers of the chain (%(default)s)"
    )


def execute(arguments: argparse.Namespace) -> int:
    """Show everything; 0 where every command did what it should."""
    from paycalc.cli.demo.show import show_demo

    show_demo(arguments.out, arguments.stores, arguments.workers)
    return exit_codes.OK
