"""`paycalc test`: the examples inside plans."""

from __future__ import annotations

import argparse
import json
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from paycalc.cli import exit_codes
from paycalc.cli.terminal import counted
from paycalc.core.rendering import escape
from paycalc.core.span import Source

if TYPE_CHECKING:  # loaded when the command is called
    from paycalc.reference.examples import ExampleOutcome

SUMMARY = "run the examples inside plans"
DESCRIPTION = """Run every `example` of a plan and compare what comes out with what it expects.

Each expectation that is not met is shown with its place, what was expected, and what came out instead."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """What `paycalc test` takes."""
    parser.add_argument("plans", nargs="+", metavar="PLAN", help="a plan file; - reads standard input")
    parser.add_argument("--json", action="store_true", help="print everything as JSON")


def execute(arguments: argparse.Namespace) -> int:
    """Run the examples of each plan; 4 where any fails. Raises PlanError at the first plan that has faults."""
    from paycalc.cli.plans import load_plan
    from paycalc.reference.examples import run_examples

    answers = []
    for path in arguments.plans:
        plan = load_plan(path)
        outcomes = run_examples(plan)
        answers.append({"file": path, "examples": [_answer(plan.source, outcome) for outcome in outcomes]})
        if not arguments.json:
            _show(path, plan.source, outcomes)
    if arguments.json:
        print(json.dumps({"files": answers}, ensure_ascii=False, indent=2))
    failed = any(not example["passed"] for answer in answers for example in answer["examples"])
    return exit_codes.EXAMPLES_FAILED if failed else exit_codes.OK


def _show(path: str, source: Source, outcomes: Sequence[ExampleOutcome]) -> None:
    for outcome in outcomes:
        print(f"{'ok   ' if outcome.passed else 'FAILS'} {escape(outcome.title)}")
        for failure in outcome.failures:
            line, column = source.position(failure.span.start)
            print(f"      {path}:{line}:{column}: {escape(failure.text)}")
            print(f"        expected  {escape(failure.expected)}")
            print(f"        got       {escape(failure.got)}")
    failed = sum(not outcome.passed for outcome in outcomes)
    checks = sum(outcome.expectation_count for outcome in outcomes)
    count = f"{counted(len(outcomes), 'example')}, {counted(checks, 'expected value')}"
    print(f"{path}: {count}: {f'{failed} FAILED' if failed else 'all as expected'}")


def _answer(source: Source, outcome: ExampleOutcome) -> dict[str, Any]:
    line, _ = source.position(outcome.span.start)
    failures = []
    for failure in outcome.failures:
        at, column = source.position(failure.span.start)
        failures.append(
            {"line": at, "column": column, "text": failure.text, "expected": failure.expected, "got": failure.got}
        )
    return {
        "title": outcome.title,
        "line": line,
        "passed": outcome.passed,
        "expected_values": outcome.expectation_count,
        "failures": failures,
    }
