"""Calls the command: as a process, as its users do, or within this one, where only what it says and writes matters."""

import contextlib
import io
import os
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from unittest.mock import patch

import paycalc as package
from paycalc.cli import demo
from paycalc.cli.main import main

SOURCE = Path(package.__file__).parents[1]  # where these tests have it from: installed, or as it stands
DEMO_PLAN = Path(demo.__file__).parent / "store_incentive.pay"
FAULTY_PLAN = Path(demo.__file__).parent / "store_incentive_faulty.pay"


@dataclass(frozen=True)
class Outcome:
    code: int
    out: str
    err: str


def environment(**changed: str) -> dict[str, str]:
    return {**os.environ, "PYTHONPATH": str(SOURCE), "PYTHONIOENCODING": "utf-8"} | changed


def paycalc(*arguments: str | Path, cwd: Path | None = None, stdin: str = "", **changed: str) -> Outcome:
    """Run `paycalc ...` to its end."""
    done = subprocess.run(
        [sys.executable, "-m", "paycalc", *map(str, arguments)],
        input=stdin.encode("utf-8", "surrogateescape"),
        capture_output=True,
        cwd=cwd,
        env=environment(**changed),
        timeout=120,
        check=False,
    )
    return Outcome(done.returncode, done.stdout.decode("utf-8"), done.stderr.decode("utf-8"))


def called(*arguments: str | Path, cwd: Path, stdin: str = "") -> Outcome:
    """The same within this process: a process that starts Arrow takes a second."""
    reads, prints, complains = (
        io.TextIOWrapper(io.BytesIO(text), encoding="utf-8", newline="") for text in (stdin.encode("utf-8"), b"", b"")
    )
    streams = patch.multiple(sys, stdin=reads, stdout=prints, stderr=complains)
    with contextlib.chdir(cwd), streams:
        code = main([*map(str, arguments)])
    out, err = (stream.detach().getvalue().decode("utf-8") for stream in (_flushed(prints), _flushed(complains)))
    return Outcome(code, out, err)


def _flushed(stream: io.TextIOWrapper) -> io.TextIOWrapper:
    stream.flush()
    return stream


def start(arguments: Sequence[str | Path], **options: object) -> subprocess.Popen:
    """Start `paycalc ...`."""
    return subprocess.Popen([sys.executable, "-m", "paycalc", *map(str, arguments)], env=environment(), **options)  # type: ignore[call-overload]


PLAN = """\
plan bonus "Bonus"
  currency CNY
  period   month
  payee    worker

entity worker
  sales : money 0 .. 1_000

parameters
  rate : percent(2) 0% .. 50% = 10%

pay bonus "Bonus" = round(sales * rate)

example "ten percent"
  worker A : sales 100 -> bonus 10.00
"""
"""A plan that can be read at a glance."""

FAULTY = PLAN.replace("round(sales * rate)", "sales * rates")
FAULT = """\
error[unknown-name]: nothing is named `rates` at worker
  --> bonus.pay:12:29
   |
12 | pay bonus "Bonus" = sales * rates
   |                             ^^^^^
why:  a name is looked up in the line's own entity, then among the plan's parameters and the members
      of enumerations; what belongs to other entities is reached by a path
help: did you mean `rate`?
"""


def write_plan(folder: Path, text: str = PLAN) -> Path:
    path = folder / "bonus.pay"
    path.write_text(text, encoding="utf-8")
    return path


def write_data(folder: Path, workers: str = "A,100\nB,200.05\n") -> Path:
    """A folder DATA of workers in CSV."""
    data = folder / "DATA"
    data.mkdir(exist_ok=True)
    (data / "worker.csv").write_text("worker,sales\n" + workers, encoding="utf-8")
    return data
