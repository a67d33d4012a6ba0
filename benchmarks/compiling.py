"""How long a plan takes from its text to programs that are ready: `python -m benchmarks.compiling`.

The plan is the courier plan of the demo, 400 lines with some two hundred parameters, inputs and table cells. Each step
is taken many times; reported are the median and the least.
"""

from __future__ import annotations

import argparse
import gc
import json
import statistics
import time
from collections.abc import Callable, Mapping, Sequence
from importlib import resources
from pathlib import Path
from typing import TypeVar

import paycalc
from paycalc.check.plan import check_plan
from paycalc.core.span import Source
from paycalc.engine.machine import Machine

PLAN = "courier.pay"
TEXT, GRAPH, PROGRAMS, WHOLE = "text to checked plan", "plan to graph", "graph to programs", "text to ready programs"
AGAIN = "programs again, for narrower data"
_SHARE = 300  # by how much the data of the last step is narrower: other lanes for most columns
_Made = TypeVar("_Made")


def plan_text() -> str:
    """The courier plan, as it comes with the package."""
    return resources.files("paycalc.cli.demo").joinpath(PLAN).read_text(encoding="utf-8")


def measure(text: str, repeats: int) -> dict[str, list[float]]:
    """Seconds of each step, each time."""
    paycalc.compile(text, name=PLAN)  # what is imported when it is first needed

    def ready() -> None:
        Machine(check_plan(Source(PLAN, text))).programs()

    ready()
    times: dict[str, list[float]] = {name: [] for name in (TEXT, GRAPH, PROGRAMS, WHOLE, AGAIN)}
    for _ in range(repeats):
        plan = _timed(times[TEXT], lambda: check_plan(Source(PLAN, text)))
        machine = _timed(times[GRAPH], lambda plan=plan: Machine(plan))
        _timed(times[PROGRAMS], lambda machine=machine: machine.programs())
        _timed(times[WHOLE], ready)
        _timed(times[AGAIN], lambda machine=machine: machine.programs(share=_SHARE))
    return times


def _timed(times: list[float], make: Callable[[], _Made]) -> _Made:
    gc.collect()  # of what earlier steps have left
    began = time.perf_counter()
    made = make()
    times.append(time.perf_counter() - began)
    return made


def report(text: str, times: Mapping[str, Sequence[float]]) -> str:
    """The table."""
    lines = [f"{PLAN}: {len(text.splitlines())} lines", "", "| | median ms | least ms |", "|---|---:|---:|"]
    lines += [
        f"| {name} | {statistics.median(each) * 1e3:.1f} | {min(each) * 1e3:.1f} |" for name, each in times.items()
    ]
    return "\n".join(lines)


def main(argv: Sequence[str] | None = None) -> int:
    """Measure, and show what was found."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.compiling", description=__doc__)
    parser.add_argument("--repeats", type=int, default=25, help="of each step (%(default)s)")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the numbers to a file as well")
    arguments = parser.parse_args(argv)
    text = plan_text()
    times = measure(text, arguments.repeats)
    print(report(text, times))
    if arguments.json:
        arguments.json.write_text(json.dumps(times) + "\n", encoding="utf-8")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
