"""`paycalc run`: pay everybody in a data folder."""

from __future__ import annotations

import argparse
import signal
import threading
import time
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING

from paycalc import __version__
from paycalc.cli import exit_codes
from paycalc.cli.terminal import Progress, columns, grouped
from paycalc.cli.usage import UsageError
from paycalc.core.number import format_decimal
from paycalc.core.rendering import escape

if TYPE_CHECKING:  # numpy and pyarrow take a while to load, and other commands do without
    from paycalc.reference.run import RunResult

SUMMARY = "pay everybody in a data folder"
DESCRIPTION = """Pay everybody in a folder of data, and write what is paid, what is shown, and who is rejected and why.

DATA holds worker.parquet (or .csv, .arrow, or a folder of parts) for an entity `worker`, and parameters.store.csv,
parameters.plan.csv for parameters. The folder OUT appears whole or not at all."""

_CAUSES_SHOWN_MAX = 3  # of one code, in the summary; all of them stand in the file of rejects


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """What `paycalc run` takes."""
    parser.add_argument("plan", metavar="PLAN", help="a plan file; - reads standard input")
    parser.add_argument("data", metavar="DATA", type=Path, help="the folder of data")
    parser.add_argument("--period", required=True, metavar="P", help="the period, named as the plan's kind: 2026-10")
    parser.add_argument("--out", required=True, metavar="DIR", type=Path, help="the folder to write")
    parser.add_argument("--replace", action="store_true", help="replace an earlier run in DIR")
    parser.add_argument("--format", choices=("parquet", "csv", "arrow"), default="parquet", help="of the files written")
    parser.add_argument(
        "--engine",
        choices=("reference",),
        default="reference",
        help="what computes; the reference interpreter is what there is so far",
    )
    parser.add_argument(
        "--strict",
        action="store_true",
        help=f"exit with {exit_codes.SOME_REJECTED} if anybody is rejected, or a row belongs to nobody",
    )
    add_data_arguments(parser)


def add_data_arguments(parser: argparse.ArgumentParser) -> None:
    """What says how data is read, and when it stops a run."""
    parser.add_argument(
        "--scale",
        action="append",
        default=[],
        metavar="COLUMN=SCALE",
        help="what a column's numbers count, for example worker.sales=2, store.rate=ratio:4; may be repeated",
    )
    parser.add_argument("--assume-timezone", metavar="ZONE", help="the zone of moments that name none")
    parser.add_argument(
        "--on-error", choices=("reject", "raise"), default="reject", help="raise: stop at the first who cannot be paid"
    )
    parser.add_argument(
        "--reject-share",
        default="5%",
        metavar="SHARE",
        help="stop if more than this share of payees is rejected, or of another table's rows belongs to nobody "
        "(%(default)s)",
    )


def execute(arguments: argparse.Namespace) -> int:
    """Run and write; 3 where the data stops it."""
    from paycalc.cli.plans import load_plan
    from paycalc.engine.record import write_run
    from paycalc.engine.run_folder import OutputRefused, check_target
    from paycalc.engine.running import read_plan_folder, rules_from, run_tables

    began = time.monotonic()
    plan = load_plan(arguments.plan)
    if not arguments.data.is_dir():
        raise UsageError(f"there is no folder `{arguments.data}` of data")
    try:
        period = plan.period.parse(arguments.period)
        check_target(arguments.out, replace=arguments.replace)
        rules = rules_from(
            plan,
            scales=scales_from(arguments.scale),
            assume_timezone=arguments.assume_timezone,
            on_error=arguments.on_error,
            on_reject_share=arguments.reject_share,
        )
    except (ValueError, OutputRefused) as error:
        raise UsageError(str(error)) from None
    with _ended_by_signal():
        folder = read_plan_folder(plan, arguments.data)
        with Progress("paying") as progress:
            result = run_tables(plan, folder.tables, period, rules, progress)
        try:
            write_run(
                result,
                arguments.out,
                data=arguments.data,
                inputs=folder.files,
                rules=rules,
                version=__version__,
                format=arguments.format,
                replace=arguments.replace,
            )
        except OutputRefused as error:
            raise UsageError(str(error)) from None
    print_summary(result)
    print_files(arguments.out, time.monotonic() - began)
    if folder.ignored:
        print(f"not used: {escape(', '.join(folder.ignored))}")
    return exit_codes.SOME_REJECTED if arguments.strict and (result.rejects or result.orphans) else exit_codes.OK


@contextmanager
def _ended_by_signal() -> Iterator[None]:
    """Let SIGTERM end the block like an exception, so that half-written output is cleaned away."""

    def end(number: int, frame: object) -> None:
        raise SystemExit(exit_codes.TERMINATED)

    if threading.current_thread() is not threading.main_thread():  # only there signals can be met
        yield
        return
    before = signal.signal(signal.SIGTERM, end)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)


def scales_from(written: Sequence[str]) -> dict[str, int | str]:
    """`worker.sales=2` as scales by column. Raises UsageError."""
    scales: dict[str, int | str] = {}
    for each in written:
        name, equals, scale = each.partition("=")
        if not equals:
            raise UsageError(f"--scale {each}: expected COLUMN=SCALE, for example worker.sales=2")
        scales[name] = scale
    return scales


def print_summary(result: RunResult) -> None:
    """How many came in and what became of them, the totals line by line, and why somebody is not paid."""
    plan = result.plan
    title = plan.title or plan.name
    print(f"{escape(title)}: {result.period.name}, {plan.currency}\n")
    payees = f"rows of `{plan.payee}`"
    rows = [[payees, grouped(result.payee_count)], ["  paid", grouped(result.paid_count)]]
    rows.append(["  rejected", grouped(len(result.rejects))])
    if result.withheld:
        rows.append(["shown values withheld", grouped(len(result.withheld))])
    if result.orphans:
        rows.append(["rows that belong to nobody", grouped(len(result.orphans))])
    print(columns(rows, right=(1,), indent=""))
    if not result.payee_count:
        print(f"nobody is paid: the table `{plan.payee}` has no rows")
    print("\n" + columns(total_rows(result), right=(3,), indent=""))
    if result.rejects:
        print("\nnot paid:")
        by_code: dict[str, list[str]] = {}
        for reject in sorted(result.rejects, key=lambda reject: reject.code.rank):
            by_code.setdefault(reject.code.value, []).append(reject.message)
        print_groups(by_code)
    if result.withheld:
        print("\nnot shown:")
        by_line: dict[str, list[str]] = {}
        for each in sorted(result.withheld, key=lambda each: (each.entity, each.line)):
            by_line.setdefault(f"{each.entity}.{each.line}", []).append(each.cause.message)
        print_groups(by_line)
    if result.orphans:
        print("\nbelongs to nobody:")
        print_causes([each.cause.message for each in result.orphans], "  ")


def total_rows(result: RunResult) -> list[list[str]]:
    """Role, name, label and amount of each line that adds up to pay; then gross, net and, with employer lines, cost."""
    plan = result.plan
    amounts = {name: money(amount, plan.currency_places) for name, amount in result.totals.items()}
    lines = [line for line in plan.lines if line.entity == plan.payee and line.role in ("pay", "deduct", "employer")]
    rows = [[line.role, line.name, line.label, amounts[line.name]] for line in lines]
    names = ["gross", "net"] + ["cost"] * any(line.role == "employer" for line in lines)
    return rows + [["total", name, "", amounts[name]] for name in names]


def money(amount: Fraction, places: int) -> str:
    """An amount as a payroll clerk reads it: 1,234.50."""
    return format_decimal(amount, places, group=",")


def print_groups(groups: Mapping[str, Sequence[str]]) -> None:
    """The causes under each name, with how many they are."""
    width = max(len(grouped(len(causes))) for causes in groups.values())
    for name, causes in groups.items():
        print(f"  {grouped(len(causes)):>{width}} {name}")
        print_causes(causes, " " * max(6, width + 3))


def print_causes(causes: Sequence[str], indent: str) -> None:
    """The commonest causes, with how many each of them holds up. Rows that share a key have one message."""
    counts = Counter(causes)
    listed = sorted(counts, key=lambda cause: (-counts[cause], cause))
    for cause in listed[:_CAUSES_SHOWN_MAX]:
        reach = f" (holds up {grouped(counts[cause])})" if counts[cause] > 1 else ""
        print(f"{indent}{escape(cause)}{reach}")
    if len(listed) > _CAUSES_SHOWN_MAX:
        print(f"{indent}and {grouped(len(listed) - _CAUSES_SHOWN_MAX)} more")


def print_files(folder: Path, seconds: float) -> None:
    """What was written where, and how long everything took."""
    print(f"\nwritten to {escape(str(folder))} in {seconds:.1f} s:")
    files = sorted(folder.iterdir())
    print(columns([[path.name, f"{grouped(path.stat().st_size)} bytes"] for path in files], right=(1,)))
