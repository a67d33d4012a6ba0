"""`paycalc rerun`: pay what corrections of a run's data make due, without touching what was paid."""

from __future__ import annotations

import argparse
import time
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING

from paycalc.cli import run as run_command
from paycalc.cli.run import check_details, check_folders, ended_by_signal, exit_code, print_files, print_summary, write
from paycalc.cli.terminal import Progress
from paycalc.cli.usage import UsageError
from paycalc.core.errors import DataError
from paycalc.core.number import format_decimal
from paycalc.core.rendering import escape

if TYPE_CHECKING:  # numpy and pyarrow take a while to load, and other commands do without
    from paycalc.engine.recording.reopening import Reopened
    from paycalc.engine.results.outcome import Outcome

SUMMARY = "pay what corrections of a run's data make due"
DESCRIPTION = """Run corrected data again, and write the supplements to what was paid.

RUN is the folder of a run, or of a rerun. CORRECTIONS is a folder like that of its data: worker.csv, parcel.parquet
hold rows that replace those of the same key, or are new; parameters.store.csv and table.freight.csv replace the whole
table. Who was rejected is paid in full; who has events that count only now, the difference. A correction that would
change what somebody else was paid is refused."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """What `paycalc rerun` takes."""
    parser.add_argument("run", metavar="RUN", type=Path, help="the folder of a run")
    parser.add_argument("data", metavar="CORRECTIONS", type=Path, help="the folder of corrections")
    parser.add_argument("--out", required=True, metavar="DIR", type=Path, help="the folder to write")
    parser.add_argument("--replace", action="store_true", help="replace an earlier run in DIR")
    parser.add_argument("--known-at", metavar="WHEN", help="as of `paycalc run`; unless said otherwise that of the run")
    parser.add_argument(
        "--reject-share", metavar="SHARE", help="as of `paycalc run`; unless said otherwise that of the run"
    )
    parser.add_argument(
        "--data", dest="moved", metavar="DIR", type=Path, help="where the data of the run is now, if it was moved"
    )
    run_command.add_output_arguments(parser)
    parser.add_argument(
        "--threads", type=run_command.thread_count, metavar="N", help="at most so many (all processors)"
    )


def execute(arguments: argparse.Namespace) -> int:
    """Run again and write; 3 where the data stops it."""
    from paycalc.engine.recording.record import ReadFolder
    from paycalc.engine.recording.reopening import reopen
    from paycalc.engine.rerunning import rerun
    from paycalc.engine.running import known_at_from, read_plan_folder, run_tables, share_from, with_rules
    from paycalc.engine.tiles import TileEngine

    began = time.monotonic()
    if not arguments.run.is_dir():
        raise UsageError(f"`{arguments.run}` is no folder of a run")
    check_folders(arguments.data, arguments.out, replace=arguments.replace)
    if arguments.out.is_dir() and arguments.out.samefile(arguments.run):
        raise UsageError(f"`{arguments.out}` is the run that is corrected; what it paid must stay on record")
    with ended_by_signal():
        reopened = reopen(arguments.run, arguments.moved)
        plan, rules = reopened.plan, reopened.rules
        check_details(plan, arguments.detail)
        try:
            share = None if arguments.reject_share is None else share_from(arguments.reject_share)
            rules = with_rules(rules, known_at=known_at_from(arguments.known_at), on_reject_share=share)
        except ValueError as error:
            raise UsageError(str(error)) from None
        engine = TileEngine(plan)
        folder = read_plan_folder(plan, arguments.data, reopened.tables)
        with Progress("paying") as progress:
            before = run_tables(
                plan,
                reopened.tables,
                reopened.period,
                reopened.rules,
                progress,
                threads=arguments.threads,
                ready=engine,
            )
            _check_repeated(arguments.run, reopened, before)
            outcome = rerun(
                before,
                folder.tables,
                lambda tables: run_tables(
                    plan, tables, reopened.period, rules, progress, threads=arguments.threads, ready=engine
                ),
            )
        write(outcome, arguments, [*reopened.record.folders, ReadFolder(arguments.data, folder.files)], rules)
    print_summary(outcome)
    print_files(arguments.out, time.monotonic() - began)
    if folder.ignored:
        print(f"not used: {escape(', '.join(folder.ignored))}")
    return exit_code(outcome, strict=arguments.strict)


def _check_repeated(run: Path, reopened: Reopened, before: Outcome) -> None:
    """Raise DataError `unrepeatable-run` where the run comes to other sums than were paid."""
    places = before.plan.currency_places
    for name, amount in before.totals.items():
        if Fraction(reopened.record.paid[name]) != amount:
            raise DataError(
                "unrepeatable-run",
                f"`{run}` comes to other sums now than were paid: `{name}` to {format_decimal(amount, places)}",
                value=reopened.record.paid[name],
                help="it was computed by another version of paycalc: rerun it with that one",
            )
