"""`paycalc run`: pay everybody in a data folder."""

from __future__ import annotations

import argparse
import signal
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING

from paycalc import __version__
from paycalc.check.typed import PLAN_GRAIN
from paycalc.cli import exit_codes
from paycalc.cli.terminal import Progress, columns, grouped
from paycalc.cli.usage import UsageError
from paycalc.core.number import format_decimal
from paycalc.core.rendering import escape

if TYPE_CHECKING:  # numpy and pyarrow take a while to load, and other commands do without
    from paycalc.check.typed import TypedPlan
    from paycalc.engine.computed import StageTime
    from paycalc.engine.faults.consequences import Consequences
    from paycalc.engine.recording.record import ReadFolder
    from paycalc.engine.results.balance import Balance
    from paycalc.engine.results.outcome import Outcome
    from paycalc.engine.running import RunRules

SUMMARY = "pay everybody in a data folder"
DESCRIPTION = """Pay everybody in a folder of data, and write what is paid, what is shown, and who is rejected and why.

DATA holds worker.parquet (or .csv, .arrow, or a folder of parts) for an entity `worker`, and parameters.store.csv,
parameters.plan.csv for parameters. The folder OUT appears whole or not at all."""

_CODES_OF_SIGNALS = {signal.SIGTERM: exit_codes.TERMINATED, signal.SIGHUP: exit_codes.HUNG_UP}
_CAUSES_SHOWN_MAX = 3  # of one code, in the summary; all of them stand in the file of rejects
_CAUSES_WORDED_MAX = 10_000  # of one code: of more than these only the ones shown are put in words


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """What `paycalc run` takes."""
    parser.add_argument("plan", metavar="PLAN", help="a plan file; - reads standard input")
    parser.add_argument("data", metavar="DATA", type=Path, help="the folder of data")
    parser.add_argument("--period", required=True, metavar="P", help="the period, named as the plan's kind: 2026-10")
    parser.add_argument("--out", required=True, metavar="DIR", type=Path, help="the folder to write")
    parser.add_argument("--replace", action="store_true", help="replace an earlier run in DIR")
    parser.add_argument(
        "--known-at",
        metavar="WHEN",
        help="what was recorded after this day or moment does not count: 2026-10-31, or 2026-10-31T18:00+08:00",
    )
    add_output_arguments(parser)
    parser.add_argument(
        "--engine",
        choices=("tiles", "reference"),
        default="tiles",
        help="what computes: tiles of many rows (the default), or the interpreter, which gives the same slowly",
    )
    parser.add_argument("--threads", type=thread_count, metavar="N", help="at most so many (all processors)")
    parser.add_argument("--profile", action="store_true", help="say where the time went")
    add_data_arguments(parser)


def add_output_arguments(parser: argparse.ArgumentParser) -> None:
    """What says how a run is written, and what its exit code says."""
    parser.add_argument("--format", choices=("parquet", "csv", "arrow"), default="parquet", help="of the files written")
    parser.add_argument(
        "--detail",
        action="append",
        default=[],
        metavar="ENTITY",
        help="write the lines of an entity, row by row; may be repeated",
    )
    parser.add_argument(
        "--strict",
        action="store_true",
        help=f"exit with {exit_codes.SOME_REJECTED} if anybody is rejected, a row is held or belongs to nobody, or "
        "there is nobody to pay",
    )


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
        help="stop if more than this share of payees is rejected, or of another table's rows is held or belongs to "
        "nobody (%(default)s)",
    )


def execute(arguments: argparse.Namespace) -> int:
    """Run and write; 3 where the data stops it."""
    from paycalc.cli.plans import load_plan
    from paycalc.engine.recording.record import ReadFolder
    from paycalc.engine.running import known_at_from, read_plan_folder, rules_from, run_tables
    from paycalc.engine.tiles import Stages

    began = time.monotonic()
    plan = load_plan(arguments.plan)
    check_folders(arguments.data, arguments.out, replace=arguments.replace)
    check_details(plan, arguments.detail)
    try:
        period = plan.period.parse(arguments.period)
        rules = rules_from(
            plan,
            scales=scales_from(arguments.scale),
            assume_timezone=arguments.assume_timezone,
            on_error=arguments.on_error,
            on_reject_share=arguments.reject_share,
            known_at=known_at_from(arguments.known_at),
        )
    except ValueError as error:
        raise UsageError(str(error)) from None
    stages = Stages()
    with ended_by_signal():
        with stages.measured("files: read"):
            folder = read_plan_folder(plan, arguments.data)
        with Progress("paying") as progress:
            outcome = run_tables(
                plan, folder.tables, period, rules, progress, engine=arguments.engine, threads=arguments.threads
            )
        stages.times += outcome.stages
        with stages.measured("files: written"):
            write(outcome, arguments, [ReadFolder(arguments.data, folder.files)], rules)
    print_summary(outcome)
    print_files(arguments.out, time.monotonic() - began)
    if folder.ignored:
        print(f"not used: {escape(', '.join(folder.ignored))}")
    if arguments.profile:
        print_profile(stages.times)
    return exit_code(outcome, strict=arguments.strict)


def check_folders(data: Path, out: Path, *, replace: bool) -> None:
    """Whether data can be read and a run be written there. Raises UsageError."""
    from paycalc.engine.recording.run_folder import OutputRefused, check_target

    if not data.is_dir():
        raise UsageError(f"there is no folder `{data}` of data")
    try:
        check_target(out, replace=replace)
    except OutputRefused as error:
        raise UsageError(str(error)) from None


def check_details(plan: TypedPlan, entities: Sequence[str]) -> None:
    """Whether the plan has lines of these entities, before hours are spent on computing. Raises UsageError."""
    known = dict.fromkeys(line.entity for line in plan.lines if line.entity != PLAN_GRAIN)
    unknown = [each for each in entities if each not in known]
    if unknown:
        raise UsageError(
            f"--detail {unknown[0]}: no line of the plan is one of {unknown[0]}; there are lines of {', '.join(known)}"
        )


def write(outcome: Outcome, arguments: argparse.Namespace, read: Sequence[ReadFolder], rules: RunRules) -> None:
    """Write a run as the arguments say. Raises UsageError where there is no place for it."""
    from paycalc.engine.recording.record import write_run
    from paycalc.engine.recording.run_folder import OutputRefused

    try:
        write_run(
            outcome,
            arguments.out,
            read=read,
            rules=rules,
            version=__version__,
            format=arguments.format,
            details=arguments.detail,
            replace=arguments.replace,
        )
    except OutputRefused as error:
        raise UsageError(str(error)) from None


def exit_code(outcome: Outcome, *, strict: bool) -> int:
    """What the command says of a run that was written."""
    doubtful = len(outcome.rejected) or len(outcome.stray) or len(outcome.held_rows) or not outcome.payee_count
    return exit_codes.SOME_REJECTED if strict and doubtful else exit_codes.OK


def thread_count(written: str) -> int:
    """A number of threads as somebody wrote it."""
    if not written.isdecimal() or int(written) < 1:
        raise argparse.ArgumentTypeError(f"{written!r} is no number of threads; expected 1 or more")
    return int(written)


@contextmanager
def ended_by_signal() -> Iterator[None]:
    """Let what ends a process end the block like an exception, so that half-written output is cleaned away."""

    def end(number: int, frame: object) -> None:
        raise SystemExit(_CODES_OF_SIGNALS[signal.Signals(number)])

    if threading.current_thread() is not threading.main_thread():  # only there signals can be met
        yield
        return
    before = {each: signal.signal(each, end) for each in _CODES_OF_SIGNALS if signal.getsignal(each) != signal.SIG_IGN}
    try:
        yield
    finally:
        for each, handler in before.items():
            signal.signal(each, handler)


def scales_from(written: Sequence[str]) -> dict[str, int | str]:
    """`worker.sales=2` as scales by column. Raises UsageError."""
    scales: dict[str, int | str] = {}
    for each in written:
        name, equals, scale = each.partition("=")
        if not equals:
            raise UsageError(f"--scale {each}: expected COLUMN=SCALE, for example worker.sales=2")
        scales[name] = scale
    return scales


def print_summary(outcome: Outcome) -> None:
    """How many came in and what became of them, the totals line by line, and why somebody is not paid."""
    plan = outcome.plan
    title = plan.title or plan.name
    what = "" if outcome.supplements is None else ", supplements"
    print(f"{escape(title)}: {outcome.period.name}, {plan.currency}{what}\n")
    payees = f"rows of `{plan.payee}`"
    rows = [[payees, grouped(outcome.payee_count)]]
    if outcome.supplements is None:
        rows.append(["  paid", grouped(outcome.paid_count)])
    else:
        in_full = outcome.supplements.in_full
        rows.append(["  paid before", grouped(outcome.payee_count - len(outcome.rejected) - in_full)])
        rows.append(["    supplements", grouped(outcome.supplements.payees - in_full)])
        rows.append(["  paid now, in full", grouped(in_full)])
    rows.append(["  rejected", grouped(len(outcome.rejected))])
    for entity, balance in outcome.balances.items():
        rows += balance_rows(entity, balance)
    if len(outcome.unshown):
        rows.append(["shown values withheld", grouped(len(outcome.unshown))])
    print(columns(rows, right=(1,), indent=""))
    if not outcome.payee_count:
        print(f"nobody is paid: the table `{plan.payee}` has no rows")
    print("\n" + columns(total_rows(outcome), right=(3,), indent=""))
    if len(outcome.rejected):
        print("\nnot paid:")
        print_groups(_causes_by_code(outcome.rejected))
    if len(outcome.held_rows):
        print("\nheld:")
        print_groups(_causes_by_code(outcome.held_rows))
    if len(outcome.unshown):
        print("\nnot shown:")
        print_groups(_causes_by_line(outcome.unshown))
    if len(outcome.stray):
        print("\nbelongs to nobody:")
        print_causes(Causes(outcome.stray, outcome.stray.counts_by_cause()), "  ")


def balance_rows(entity: str, balance: Balance) -> list[list[str]]:
    """What became of the rows of an entity that belongs to others; what there is none of is left out."""
    parts = {
        "  paid": balance.paid,
        "  held": balance.held,
        "  rejected": balance.rejected,
        "    belong to nobody": balance.orphans,
        "  outside the period": balance.outside,
    }
    listed = [[name, grouped(count)] for name, count in parts.items() if count or name == "  paid"]
    return [[f"rows of `{entity}`", grouped(balance.rows)], *listed]


@dataclass(frozen=True)
class Causes:
    """Some of the causes behind what a run reports. counts: by the number of the fault, how many rows it holds up."""

    found: Consequences
    counts: Mapping[int, int]

    def commonest(self) -> tuple[list[tuple[str, int]], int]:
        """The messages that hold up most, with how many rows each, and how many other messages there are.

        Rows that share a key have one message. Where there are very many causes, only the commonest are put in words.
        """
        numbers = sorted(self.counts, key=lambda number: -self.counts[number])
        if len(numbers) > _CAUSES_WORDED_MAX:
            shown = numbers[:_CAUSES_SHOWN_MAX]
            rest = len(numbers) - len(shown)
            return [(self.found.faults[number].message, self.counts[number]) for number in shown], rest
        counts: dict[str, int] = {}
        for number in numbers:
            message = self.found.faults[number].message
            counts[message] = counts.get(message, 0) + self.counts[number]
        listed = sorted(counts.items(), key=lambda each: (-each[1], each[0]))
        return listed[:_CAUSES_SHOWN_MAX], max(len(listed) - _CAUSES_SHOWN_MAX, 0)


def _causes_by_code(found: Consequences) -> dict[str, Causes]:
    by_code: dict[str, dict[int, int]] = {}
    for number, count in found.counts_by_cause().items():
        by_code.setdefault(found.faults.code(number).value, {})[number] = count
    return {code: Causes(found, counts) for code, counts in by_code.items()}


def _causes_by_line(found: Consequences) -> dict[str, Causes]:
    by_line: dict[str, dict[int, int]] = {}
    for part in found.parts:
        for name in sorted({found.names[number] for number in set(part.names.tolist())}):
            counts = part.counts_by_cause(found.names.index(name))
            by_line[f"{part.entity}.{name}"] = counts
    return {line: Causes(found, counts) for line, counts in by_line.items()}


def total_rows(outcome: Outcome) -> list[list[str]]:
    """Role, name, label and amount of each line that adds up to pay; then gross, net and, with employer lines, cost."""
    plan = outcome.plan
    amounts = {name: money(amount, plan.currency_places) for name, amount in outcome.totals.items()}
    lines = [line for line in plan.lines if line.entity == plan.payee and line.role in ("pay", "deduct", "employer")]
    rows = [[line.role, line.name, line.label, amounts[line.name]] for line in lines]
    names = ["gross", "net"] + ["cost"] * any(line.role == "employer" for line in lines)
    return rows + [["total", name, "", amounts[name]] for name in names]


def money(amount: Fraction, places: int) -> str:
    """An amount as a payroll clerk reads it: 1,234.50."""
    return format_decimal(amount, places, group=",")


def print_groups(groups: Mapping[str, Causes]) -> None:
    """The causes under each name, with how many rows they hold up."""
    reach = {name: grouped(sum(causes.counts.values())) for name, causes in groups.items()}
    width = max(len(count) for count in reach.values())
    for name, causes in groups.items():
        print(f"  {reach[name]:>{width}} {name}")
        print_causes(causes, " " * max(6, width + 3))


def print_causes(causes: Causes, indent: str) -> None:
    """The commonest causes, with how many rows each of them holds up."""
    listed, rest = causes.commonest()
    for message, count in listed:
        reach = f" (holds up {grouped(count)})" if count > 1 else ""
        print(f"{indent}{escape(message)}{reach}")
    if rest:
        print(f"{indent}and {grouped(rest)} more")


def print_profile(stages: Sequence[StageTime]) -> None:
    """Where the time went, stage by stage; the machine's passes stand below it, summed over its threads."""
    from paycalc.engine.tiles import COMPUTING

    inner = f"{COMPUTING}: "
    whole = sum(stage.seconds for stage in stages if not stage.name.startswith(inner)) or 1.0
    rows = [["where the time went", "rows", "seconds", "share"]]
    for stage in stages:
        inside = stage.name.startswith(inner)
        name = "  " + stage.name.removeprefix(inner) if inside else stage.name
        share = "" if inside else f"{stage.seconds / whole:.0%}"
        rows.append([name, grouped(stage.rows) if stage.rows else "", f"{stage.seconds:.3f}", share])
    print("\n" + columns(rows, right=(1, 2, 3), indent=""))
    if any(stage.name.startswith(inner) for stage in stages):
        print(f"what stands below `{COMPUTING}` is summed over its threads")


def print_files(folder: Path, seconds: float) -> None:
    """What was written where, and how long everything took."""
    print(f"\nwritten to {escape(str(folder))} in {seconds:.1f} s:")
    files = sorted(folder.iterdir())
    print(columns([[path.name, f"{grouped(path.stat().st_size)} bytes"] for path in files], right=(1,)))
