"""How much memory a run of the demo's chain takes beyond its inputs and outputs: `python -m benchmarks.memory`.

The run has a process of its own. Before it, in the same process, a chain of a dozen workers is paid, so that everything
is imported; the largest size of the process up to there is the baseline. What is left of the largest size after the
run, when the baseline, the input tables and the output tables are taken off, is what paycalc needs on top.
"""

from __future__ import annotations

import argparse
import json
import resource
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from importlib import resources
from pathlib import Path

from paycalc.cli.demo import STORE_COUNT, WORKER_COUNT

PLAN = "store_incentive.pay"
PERIOD = "2026-10"
_MEGABYTE = 1_000_000


@dataclass(frozen=True)
class Memory:
    """In bytes.

    peak      of the process, after the run
    baseline  of the process, after a small run
    inputs    the tables of the data folder as Arrow has them in memory
    outputs   the tables of the run's folder, likewise
    """

    peak: int
    baseline: int
    inputs: int
    outputs: int

    @property
    def remainder(self) -> int:
        """What the run needs on top."""
        return self.peak - self.baseline - self.inputs - self.outputs


def measure(folder: Path, stores: int, workers: int) -> Memory:
    """Make a chain in an empty folder, pay it in a new process, and read what that took."""
    (folder / PLAN).write_bytes(resources.files("paycalc.cli.demo").joinpath(PLAN).read_bytes())
    for name, store_count, worker_count in (("SMALL", 2, 12), ("DATA", stores, workers)):
        chain = ["--stores", str(store_count), "--workers", str(worker_count)]
        _python("-c", "from paycalc.cli.demo.chain import main; main()", str(folder / name), *chain)
    baseline, peak = json.loads(_python("-m", "benchmarks.memory", "--inside", str(folder)).splitlines()[-1])
    return Memory(peak, baseline, _table_bytes(folder / "DATA"), _table_bytes(folder / "RUN"))


def _python(*arguments: str) -> str:
    return subprocess.run([sys.executable, *arguments], check=True, stdout=subprocess.PIPE, text=True).stdout


def _run_inside(folder: Path) -> None:
    """Pay both chains in this process, and print the largest size after each."""
    from paycalc.cli.main import main

    sizes = []
    for data, out in (("SMALL", "SMALL_RUN"), ("DATA", "RUN")):
        arguments = ["--period", PERIOD, "--out", str(folder / out), "--reject-share", "100%"]
        code = main(["run", str(folder / PLAN), str(folder / data), *arguments])
        if code:
            raise SystemExit(code)
        sizes.append(peak_bytes())
    print(json.dumps(sizes))


def peak_bytes() -> int:
    """The largest size of this process so far. What the system counts for it may begin with its parent's size."""
    try:
        with open("/proc/self/status", encoding="ascii") as file:
            (line,) = (line for line in file if line.startswith("VmHWM:"))
    except OSError:
        unit = 1 if sys.platform == "darwin" else 1024
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit
    return int(line.split()[1]) * 1024


def _table_bytes(folder: Path) -> int:
    import pyarrow.csv
    import pyarrow.parquet as pq

    tables = [pq.read_table(path) for path in sorted(folder.glob("*.parquet"))]
    tables += [pyarrow.csv.read_csv(path) for path in sorted(folder.glob("*.csv"))]
    return sum(table.nbytes for table in tables)


def main(argv: Sequence[str] | None = None) -> int:
    """Measure, and show a table."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.memory", description=__doc__)
    parser.add_argument("--stores", type=int, default=STORE_COUNT, help="of the chain (%(default)s)")
    parser.add_argument("--workers", type=int, default=WORKER_COUNT, help="of the chain (%(default)s)")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the numbers to a file as well")
    parser.add_argument("--inside", type=Path, help=argparse.SUPPRESS)
    arguments = parser.parse_args(argv)
    if arguments.inside:
        _run_inside(arguments.inside)
        return 0
    with tempfile.TemporaryDirectory() as folder:
        memory = measure(Path(folder), arguments.stores, arguments.workers)
    print(f"{arguments.stores:,} stores, {arguments.workers:,} workers; in MB")
    for name, size in (*asdict(memory).items(), ("remainder", memory.remainder)):
        print(f"{name:10} {size / _MEGABYTE:8.1f}")
    if arguments.json:
        arguments.json.write_text(
            json.dumps({**asdict(memory), "remainder": memory.remainder}) + "\n", encoding="utf-8"
        )
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
