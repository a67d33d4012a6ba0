"""What `paycalc demo` shows: a plan is checked, run over a made-up chain, and explained. Every command shown is run."""

from __future__ import annotations

import contextlib
import sys
import tempfile
import time
from collections.abc import Sequence
from decimal import Decimal
from importlib import resources
from pathlib import Path

from paycalc.cli import exit_codes
from paycalc.cli.demo.chain import make_chain, write_chain
from paycalc.cli.usage import UsageError

PLAN, FAULTY_PLAN = "store_incentive.pay", "store_incentive_faulty.pay"
_PERIOD = "2026-10"
_ENOUGH_WORKERS = 1_000
_SHOWN_FROM = "let base"  # the part of the plan that says what is paid


def show_demo(out: Path | None, store_count: int, worker_count: int) -> None:
    """Show everything, on data in a new folder. Raises UsageError."""
    if store_count < 1 or worker_count < 1:
        raise UsageError("a chain has at least one store and one worker")
    folder = _new_folder(out)
    for name in (PLAN, FAULTY_PLAN):
        (folder / name).write_bytes(resources.files("paycalc.cli.demo").joinpath(name).read_bytes())
    write_chain(make_chain(store_count, worker_count), folder / "DATA")
    with contextlib.chdir(folder):
        _show(store_count, worker_count)
    print(f"\nEverything is in {folder}")


def _new_folder(asked: Path | None) -> Path:
    if asked is None:
        return Path(tempfile.mkdtemp(prefix="paycalc-demo-"))
    try:
        asked.mkdir()
    except OSError as error:
        raise UsageError(f"cannot make the folder `{asked}`: {error.strerror}") from None
    return asked.absolute()


def _show(store_count: int, worker_count: int) -> None:
    _say("A plan says how people are paid. This is the part that computes:")
    print()
    for line in _computing_part():
        print(f"    {line}".rstrip())
    _say("It is checked before any data is read: names, units, ranges, tables, cycles.")
    _run("check", PLAN)
    _say("An analyst writes worked cases beside it. They are tests.")
    _run("test", PLAN)
    chain = f"{store_count:,} stores and {worker_count:,} workers"
    _say(f"A made-up chain of {chain}, with some faulty rows, is paid for October.")
    # Of a small chain the faulty rows are a large share.
    share = () if worker_count >= _ENOUGH_WORKERS else ("--reject-share", "100%")
    began = time.perf_counter()
    _run("run", PLAN, "DATA", "--period", _PERIOD, "--out", "RUN", *share)
    seconds = time.perf_counter() - began
    print(f"\nFrom the files to the files that is {worker_count / seconds:,.0f} workers a second.")
    key = _somebody()
    if key is not None:
        _say("Every amount can be explained down to the cells it came from.")
        _run("explain", "RUN", key, "commission")
    _say("A plan with mistakes in it does not get as far as the data.")
    _run("check", FAULTY_PLAN, expected=exit_codes.PLAN_FAULTS)


def _say(text: str) -> None:
    print(f"\n{'-' * 100}\n{text}")


def _run(*command: str, expected: int = exit_codes.OK) -> None:
    """Show a command, and what it prints, on one stream: the order matters here."""
    from paycalc.cli.main import main

    print(f"\n$ paycalc {' '.join(command)}", flush=True)
    with contextlib.redirect_stderr(sys.stdout):
        code = main(command)
    if code != expected:
        raise AssertionError(f"`paycalc {' '.join(command)}` gave {code}, not {expected}")


def _computing_part() -> Sequence[str]:
    """The plan's lines from the first `let` to the last line before its examples."""
    lines = Path(PLAN).read_text(encoding="utf-8").splitlines()
    first = next(number for number, line in enumerate(lines) if line.startswith(_SHOWN_FROM))
    last = next(number for number, line in enumerate(lines) if line.startswith("example"))
    return lines[first : last - 1]


def _somebody() -> str | None:
    """The first worker who earned more than the minimum wage by commission; else the first who is paid, if any is."""
    import pyarrow as pa
    import pyarrow.compute as pc
    import pyarrow.parquet as pq

    rows = pq.read_table("RUN/lines.parquet", columns=["worker", "commission", "top_up"])
    nothing = pa.scalar(Decimal(0), rows["top_up"].type)
    earns = pc.and_(pc.greater(rows["commission"], nothing), pc.equal(rows["top_up"], nothing))
    earners = rows.filter(earns)
    found = earners if earners.num_rows else rows
    return str(found["worker"][0]) if found.num_rows else None
