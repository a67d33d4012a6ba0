"""`paycalc check`: whether plans are free of faults; every fault in its place."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from dataclasses import asdict
from typing import TYPE_CHECKING

from paycalc.cli import exit_codes
from paycalc.cli.terminal import columns, counted, error_style

if TYPE_CHECKING:  # loaded when the command is called
    from paycalc.check import RangeRow

SUMMARY = "say whether plans are free of faults"
DESCRIPTION = """Check plans: names, types, units, ranges, tables, cycles. No data is needed.

A plan without faults is one line on standard output. Faults stand on standard error, each with its place, the rule
behind it and the way out."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """What `paycalc check` takes."""
    parser.add_argument("plans", nargs="+", metavar="PLAN", help="a plan file; - reads standard input")
    parser.add_argument("--json", action="store_true", help="print everything as JSON on standard output")
    parser.add_argument("--ranges", action="store_true", help="print the range and the bits of every expression")


def execute(arguments: argparse.Namespace) -> int:
    """Check each plan; 1 where any has a fault."""
    from paycalc.check import ranges_report
    from paycalc.cli.plans import load_plan
    from paycalc.core.errors import PlanError
    from paycalc.core.rendering import to_json

    answers = []
    code = exit_codes.OK
    for path in arguments.plans:
        try:
            plan = load_plan(path)
        except PlanError as error:
            code = exit_codes.PLAN_FAULTS
            faults = [to_json(diagnostic, error.source) for diagnostic in error.diagnostics]
            answers.append({"file": path, "ok": False, "diagnostics": faults})
            if not arguments.json:
                print(error_style(str(error)), file=sys.stderr)
                print(f"\n{path}: {counted(len(faults), 'fault')}", file=sys.stderr)
            continue
        answer: dict[str, object] = {"file": path, "ok": True, "diagnostics": []}
        rows = ranges_report(plan) if arguments.ranges else ()
        if arguments.ranges:
            answer["ranges"] = [asdict(row) for row in rows]
        answers.append(answer)
        if not arguments.json:
            print(f"{path}: no faults, {counted(len(plan.lines), 'line')}, {counted(len(plan.examples), 'example')}")
            if arguments.ranges:
                _print_ranges(rows)
    if arguments.json:
        import json  # only this way of printing waits for it

        print(json.dumps({"files": answers}, ensure_ascii=False, indent=2))
    return code


def _print_ranges(rows: Sequence[RangeRow]) -> None:
    """One row a value; the parts of a line stand below it, indented."""
    shown = [
        [str(row.line), row.name or f"  {' '.join(row.text.split())}", row.range, row.bits, row.hint] for row in rows
    ]
    print(columns([["line", "value", "range", "bits", "without a range"], *shown], right=(0, 3)))
