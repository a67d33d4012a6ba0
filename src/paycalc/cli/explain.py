"""`paycalc explain`: how an amount came about, for a line of an example or of a run."""

from __future__ import annotations

import argparse
import json
import shlex
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from paycalc.api import key_from_text, line_place
from paycalc.cli import exit_codes
from paycalc.cli.usage import UsageError

if TYPE_CHECKING:  # loaded when the command is called
    from paycalc.explain.explanation import Explanation

EVENTS = 1  # explained too, unless said otherwise

SUMMARY = "explain how an amount came about"
DESCRIPTION = """Explain a value step by step, down to the cells and parameters it was made of.

  paycalc explain RUN W1 commission                      a payee's line in a run that `paycalc run` wrote
  paycalc explain RUN S1 store.labour_ratio              a line of another entity
  paycalc explain RUN P17 parcel.price                   a line of an event
  paycalc explain plan.pay --example "TITLE" W1 net      a line in an example of a plan

For a run the recorded data is read again, and compared with the hashes in its run.json: an explanation of other data
than was paid would be worse than none."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """What `paycalc explain` takes."""
    parser.add_argument("target", metavar="RUN|PLAN", help="the folder of a run, or a plan file with --example")
    parser.add_argument("key", metavar="KEY", help="whose line; any word for a line of the plan itself")
    parser.add_argument("line", metavar="LINE", help="a line, total, column or parameter; of others as entity.line")
    parser.add_argument("--example", metavar="TITLE", help="the title of an example of the plan")
    parser.add_argument("--period", metavar="P", help="a period of the example (else its last)")
    parser.add_argument("--data", metavar="DIR", type=Path, help="where the data of the run is now, if it was moved")
    parser.add_argument(
        "--events",
        type=event_count,
        default=EVENTS,
        metavar="N",
        help="explain so many of the events behind an amount too, those that contribute most (%(default)s)",
    )
    parser.add_argument("--json", action="store_true", help="print the explanation as JSON")


def execute(arguments: argparse.Namespace) -> int:
    """Print the explanation; 3 where the data is no longer what was run."""
    from paycalc.explain.plain_data import to_json
    from paycalc.explain.rendering import render_explanation

    if arguments.example is None:
        explanation = _of_run(Path(arguments.target), arguments.key, arguments.line, arguments.data, arguments.events)
    else:
        explanation = _of_example(arguments)
    if arguments.json:
        print(json.dumps(to_json(explanation), ensure_ascii=False, indent=2))
    else:
        print(render_explanation(explanation, asking=lambda key, line: _command(arguments, str(key), line)))
    return exit_codes.OK


def event_count(written: str) -> int:
    """A number of events as somebody wrote it."""
    if not written.isdecimal():
        raise argparse.ArgumentTypeError(f"{written!r} is no number of events; expected 0 or more")
    return int(written)


def _command(arguments: argparse.Namespace, key: str, line: str) -> str:
    """The command that explains another line of the same run or example."""
    options = {"--example": arguments.example, "--period": arguments.period, "--data": arguments.data}
    if arguments.events != EVENTS:
        options["--events"] = arguments.events
    given = [word for name, value in options.items() if value is not None for word in (name, str(value))]
    return shlex.join(["paycalc", "explain", arguments.target, key, line, *given])


def _of_example(arguments: argparse.Namespace) -> Explanation:
    from paycalc.cli.plans import load_plan
    from paycalc.explain.explanation import explain
    from paycalc.reference.examples import example_period

    plan = load_plan(arguments.target)
    titles = {example.title: example for example in plan.examples}
    if arguments.example not in titles:
        listed = "".join(f"\n  {title}" for title in titles)
        raise UsageError(f"`{arguments.target}` has no example of this title; it has:{listed or ' none'}")
    run = example_period(plan, titles[arguments.example], arguments.period)
    if run is None:
        raise UsageError(f"the example has no period `{arguments.period}`")
    entity, name = line_place(plan, arguments.line)
    key = key_from_text(run.evaluator.dataset, entity, arguments.key)
    return explain(run.evaluator, entity, key, name, spread=run.spread, events=arguments.events)


def _of_run(run: Path, asked_key: str, line: str, data: Path | None, events: int) -> Explanation:
    from paycalc.engine.decoding.column_evaluator import ColumnEvaluator
    from paycalc.engine.encoding import encode
    from paycalc.engine.recording.reopening import reopen
    from paycalc.engine.results.outcome import Reported
    from paycalc.engine.tiles import RunOptions, Stages, TileEngine
    from paycalc.explain.explanation import explain

    if not run.is_dir():
        raise UsageError(f"`{run}` is no folder of a run; for a line of a plan's example say --example")
    reopened = reopen(run, data)
    plan = reopened.plan
    encoded = encode(plan, reopened.tables, reopened.period, reopened.rules.door)
    engine, options = TileEngine(plan), RunOptions()
    # What the faults of a run have reached depends on everybody, so all of it is computed again.
    settled = engine.settle(encoded, (), options, Stages())
    results = engine.results(settled, Reported((), {}), options)
    evaluator = ColumnEvaluator(settled.evaluator.dataset, results.value_of)
    entity, name = line_place(plan, line)
    key = key_from_text(evaluator.dataset, entity, asked_key)
    explanation = explain(evaluator, entity, key, name, spread=settled.spread, events=events)
    return replace(explanation, corrected=len(reopened.record.folders) > 1)
