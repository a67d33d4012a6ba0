"""What `paycalc demo` shows: plans are checked, run over made-up data, and explained. Every command shown is run."""

from __future__ import annotations

import contextlib
import io
import sys
import tempfile
import time
from collections.abc import Callable
from decimal import Decimal
from importlib import resources
from pathlib import Path

from paycalc.cli import exit_codes
from paycalc.cli.demo import Sizes
from paycalc.cli.demo.chain import make_chain, write_chain
from paycalc.cli.demo.courier_company import PERIOD as COURIER_PERIOD
from paycalc.cli.demo.courier_company import make_company
from paycalc.cli.demo.courier_terms import FEE_CHANGE, FIRST_STORE
from paycalc.cli.demo.couriers import write_company
from paycalc.cli.demo.hauls import write_freight
from paycalc.cli.usage import UsageError

PLAN, FAULTY_PLAN, COURIER_PLAN, FREIGHT_PLAN = PLANS = (
    "store_incentive.pay", "store_incentive_faulty.pay", "courier.pay", "freight.pay"
)  # fmt: skip
_PERIOD = "2026-10"
_ENOUGH_ROWS = 1_000
_LINES_SHOWN = 40


def show_demo(out: Path | None, sizes: Sizes) -> None:
    """Show everything, on data in a new folder. Raises UsageError."""
    if min(sizes.stores, sizes.workers) < 1:
        raise UsageError("a chain has at least one store and one worker")
    if min(sizes.parcels, sizes.hauls) < 1:
        raise UsageError("there is at least one parcel, and one haul")
    folder = _new_folder(out)
    for name in PLANS:
        (folder / name).write_bytes(resources.files("paycalc.cli.demo").joinpath(name).read_bytes())
    with contextlib.chdir(folder):
        _show_chain(sizes.stores, sizes.workers)
        _show_couriers(sizes.parcels)
        _show_freight(sizes.hauls)
    print(f"\nEverything is in {folder}")


def _new_folder(asked: Path | None) -> Path:
    if asked is None:
        return Path(tempfile.mkdtemp(prefix="paycalc-demo-"))
    try:
        asked.mkdir()
    except OSError as error:
        raise UsageError(f"cannot make the folder `{asked}`: {error.strerror}") from None
    return asked.absolute()


def _show_chain(store_count: int, worker_count: int) -> None:
    write_chain(make_chain(store_count, worker_count), Path("DATA"))
    _say("A plan says how people are paid. This is the part that computes:")
    _show_lines(PLAN, "let base")
    _say("It is checked before any data is read: names, units, ranges, tables, cycles.")
    _run("check", PLAN)
    _say("An analyst writes worked cases beside it. They are tests.")
    _run("test", PLAN)
    chain = f"{store_count:,} stores and {worker_count:,} workers"
    _say(f"A made-up chain of {chain}, with some faulty rows, is paid for October.")
    _run_over(worker_count, "workers", PLAN, "DATA", _PERIOD, "RUN")
    key = _first_paid("RUN/lines.parquet", "worker", "commission", "top_up")
    if key is not None:
        _say("Every amount can be explained down to the cells it came from.")
        _run("explain", "RUN", key, "commission")
    _say("A plan with mistakes in it does not get as far as the data.")
    _run("check", FAULTY_PLAN, expected=exit_codes.PLAN_FAULTS)


def _show_couriers(parcel_count: int) -> None:
    _say("Couriers are paid by the parcel. A price is made of some two hundred inputs, parameters and cells of tables:")
    _show_lines(COURIER_PLAN, "let parcel.longest")
    _say("Parameters are set for a store, its region or the plan, from a day on, or from a moment of a day.")
    _run("test", COURIER_PLAN)
    _made("parcels", parcel_count, "PARCELS", lambda folder: write_company(make_company(parcel_count), folder))
    _run_over(parcel_count, "parcels", COURIER_PLAN, "PARCELS", COURIER_PERIOD, "PARCELS_RUN")
    key = _first_paid("PARCELS_RUN/lines.parquet", "courier", "volume", "guarantee")
    if key is not None:
        _say("What a courier earned leads to the parcels: the largest first, the rest counted and added up.")
        _run("explain", "PARCELS_RUN", key, "piecework", lines_shown=_LINES_SHOWN)
    around = _around_the_change()
    if len(around) == 2:
        _say(
            "The first station raised what a small parcel pays at two in the afternoon of the 16th. Before, and after:"
        )
        for parcel in around:
            _run("explain", "PARCELS_RUN", parcel, "parcel.piece_fee")


def _show_freight(haul_count: int) -> None:
    _say("Bulk freight is paid by weight at the gate, and more where payment was late.")
    _show_lines(FREIGHT_PLAN, "let haul.tonnes")
    _run("test", FREIGHT_PLAN)
    _made("hauls", haul_count, "HAULS", lambda folder: write_freight(haul_count, folder))
    _run_over(haul_count, "hauls", FREIGHT_PLAN, "HAULS", COURIER_PERIOD, "HAULS_RUN")
    key = _first_paid("HAULS_RUN/lines.parquet", "driver", "late", "losses")
    if key is not None:
        _run("explain", "HAULS_RUN", key, "late")


def _say(text: str) -> None:
    print(f"\n{'-' * 100}\n{text}")


def _show_lines(plan: str, first: str) -> None:
    """The plan's lines from the one that starts so to the last before its examples."""
    lines = Path(plan).read_text(encoding="utf-8").splitlines()
    begin = next(number for number, line in enumerate(lines) if line.startswith(first))
    end = next(number for number, line in enumerate(lines) if line.startswith("example"))
    print()
    for line in lines[begin : end - 1]:
        print(f"    {line}".rstrip())


def _made(things: str, count: int, folder: str, write: Callable[[Path], None]) -> None:
    """Make data up, and say how long that took."""
    began = time.perf_counter()
    write(Path(folder))
    seconds = time.perf_counter() - began
    _say(f"A month of {count:,} {things} is made up in {seconds:.1f} s, a few of them faulty, and paid.")


def _run_over(count: int, things: str, plan: str, data: str, period: str, out: str) -> None:
    """Run a plan, and say how many rows a second that was."""
    # Of little data the faulty rows are a large share.
    share = () if count >= _ENOUGH_ROWS else ("--reject-share", "100%")
    began = time.perf_counter()
    _run("run", plan, data, "--period", period, "--out", out, *share)
    seconds = time.perf_counter() - began
    print(f"\nFrom the files to the files that is {count / seconds:,.0f} {things} a second.")


def _run(*command: str, expected: int = exit_codes.OK, lines_shown: int | None = None) -> None:
    """Show a command, and what it prints, on one stream: the order matters here. lines_shown: None for all."""
    from paycalc.cli.main import main

    print(f"\n$ paycalc {' '.join(command)}", flush=True)
    printed = sys.stdout if lines_shown is None else io.StringIO()
    with contextlib.redirect_stdout(printed), contextlib.redirect_stderr(printed):
        code = main(command)
    if code != expected:
        raise AssertionError(f"`paycalc {' '.join(command)}` gave {code}, not {expected}")
    if isinstance(printed, io.StringIO):
        lines = printed.getvalue().splitlines()
        print(*lines[:lines_shown], sep="\n")
        rest = len(lines[lines_shown:])
        if rest:
            print(f"  ... and {rest} more lines, down to every cell and parameter")


def _first_paid(lines: str, payee: str, earned: str, unearned: str) -> str | None:
    """The first payee with something in one line and nothing in the other; else the first who is paid, if any is."""
    import pyarrow as pa
    import pyarrow.compute as pc
    import pyarrow.parquet as pq

    rows = pq.read_table(lines, columns=[payee, earned, unearned])
    nothing = pa.scalar(Decimal(0), rows[unearned].type)
    earns = pc.and_(pc.greater(rows[earned], nothing), pc.equal(rows[unearned], nothing))
    earners = rows.filter(earns)
    found = earners if earners.num_rows else rows
    return str(found[payee][0]) if found.num_rows else None


def _around_the_change() -> list[str]:
    """The first station's last small parcel before its fee changes, and the first one after, where there are such."""
    import pyarrow as pa
    import pyarrow.compute as pc
    import pyarrow.dataset as ds

    small = (ds.field("weight") > 60) & (ds.field("weight") <= 100)  # in 10 g
    of_station = ds.field("store").cast(pa.string()) == FIRST_STORE
    rows = ds.dataset("PARCELS/parcel.parquet").to_table(columns=["parcel", "delivered"], filter=small & of_station)
    rows = rows.sort_by("delivered")
    change = pa.scalar(FEE_CHANGE, rows["delivered"].type)
    before = rows.filter(pc.less(rows["delivered"], change))["parcel"][-1:]
    after = rows.filter(pc.greater_equal(rows["delivered"], change))["parcel"][:1]
    return [str(parcel) for parcel in [*before.to_pylist(), *after.to_pylist()]]
