"""How fast the courier plan pays twenty million parcels, and in how much memory: `python -m benchmarks.courier`.

A made-up month is written to files. A process of its own pays a dozen parcels, so that everything is imported, reads
the month's tables, and pays it several times: the first time with whatever is made on first use. What is reported is
parcels a second, the bytes that a parcel has as Arrow holds it, and the largest size of the process.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from importlib import resources
from pathlib import Path
from statistics import median

import pyarrow as pa
import pyarrow.parquet as pq

import paycalc
from benchmarks.memory import peak_bytes
from paycalc.cli.demo.courier_company import PERIOD, SEED, make_company
from paycalc.cli.demo.couriers import terms_of, write_company

PLAN = "courier.pay"
PARCELS = 20_000_000
_FEW_PARCELS = 12
_GIGABYTE = 1_000_000_000


@dataclass(frozen=True)
class Measured:
    """parcels, threads; row_bytes: of a parcel in Arrow.

    compiling  seconds from the text to the checked plan
    cold       seconds of the first run, warm those of the others: from Arrow tables to Arrow tables
    busy       seconds that the processors spent on each warm run, all threads together
    inputs     bytes of all tables; peak: of the process after the runs; before: of it with the tables in memory
    net        what the couriers get
    digest     of all lines of all couriers
    """

    parcels: int
    threads: int
    row_bytes: float
    compiling: float
    cold: float
    warm: tuple[float, ...]
    busy: tuple[float, ...]
    inputs: int
    before: int
    peak: int
    net: str
    digest: str

    @property
    def parcels_a_second(self) -> float:
        """Of the median warm run."""
        return self.parcels / median(self.warm)


def plan_text() -> str:
    """The courier plan, as it comes with the package."""
    return resources.files("paycalc.cli.demo").joinpath(PLAN).read_text(encoding="utf-8")


def measure(parcels: int, threads: int, repeats: int, folder: Path, seed: int = SEED) -> Measured:
    """Make the month in an empty folder, and pay it in a new process."""
    write_company(make_company(parcels, seed), folder)
    arguments = {"parcels": parcels, "threads": threads, "repeats": repeats, "seed": seed, "folder": str(folder)}
    command = [sys.executable, "-m", "benchmarks.courier", "--inside", json.dumps(arguments)]
    printed = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout
    found = json.loads(printed.splitlines()[-1])
    return Measured(**{**found, "warm": tuple(found["warm"]), "busy": tuple(found["busy"])})


def _inside(parcels: int, threads: int, repeats: int, seed: int, folder: str) -> Measured:
    with tempfile.TemporaryDirectory() as few:
        write_company(make_company(_FEW_PARCELS, seed), Path(few))
        bound = _bound(paycalc.compile(plan_text(), name=PLAN), _FEW_PARCELS, seed)
        bound.run(_tables(Path(few)), threads=threads, on_reject_share="100%")
    began = time.perf_counter()
    plan = paycalc.compile(plan_text(), name=PLAN)
    compiling = time.perf_counter() - began
    tables = _tables(Path(folder))
    bound = _bound(plan, parcels, seed)
    before = peak_bytes()
    seconds, busy = [], []
    for _ in range(1 + repeats):
        began, spent = time.perf_counter(), time.process_time()
        result = bound.run(tables, threads=threads, on_reject_share="100%")
        seconds.append(time.perf_counter() - began)
        busy.append(time.process_time() - spent)
        net, digest = str(result.totals["net"]), _digest(result.lines)
        del result  # its memory is used again by the next run
    return Measured(
        parcels=parcels,
        threads=threads,
        row_bytes=tables["parcel"].nbytes / parcels,
        compiling=compiling,
        cold=seconds[0],
        warm=tuple(seconds[1:]),
        busy=tuple(busy[1:]),
        inputs=sum(table.nbytes for table in tables.values()),
        before=before,
        peak=peak_bytes(),
        net=net,
        digest=digest,
    )


def _bound(plan: paycalc.Plan, parcels: int, seed: int) -> paycalc.BoundPlan:
    terms = {name: _texts(rows) for name, rows in terms_of(make_company(parcels, seed)).items()}
    return plan.bind(
        period=PERIOD,
        parameters={entity: terms[f"parameters.{entity}"] for entity in ("store", "plan")},
        tables={name: terms[f"table.{name}"] for name in ("distance_fee", "weight_rate")},
    )


def _texts(rows: Sequence[Mapping[str, str | None]]) -> pa.Table:
    names = dict.fromkeys(name for row in rows for name in row)
    return pa.table({name: pa.array([row.get(name) for row in rows], pa.string()) for name in names})


def _tables(folder: Path) -> dict[str, pa.Table]:
    return {path.stem: pq.read_table(path) for path in sorted(folder.glob("*.parquet"))}


def _digest(lines: pa.Table) -> str:
    """SHA-256 over the lines, column after column, as texts."""
    digest = hashlib.sha256()
    for name in lines.column_names:
        digest.update("\n".join([name, *map(str, lines[name].to_pylist())]).encode())
    return digest.hexdigest()


def report(found: Measured) -> str:
    """A few lines to read."""
    rows = (
        ("parcels", f"{found.parcels:,}"),
        ("threads", f"{found.threads}"),
        ("parcels a second", f"{found.parcels_a_second:,.0f}"),
        ("ns a parcel", f"{1e9 / found.parcels_a_second:.0f}"),
        ("warm s", ", ".join(f"{each:.2f}" for each in found.warm)),
        ("processors' s", ", ".join(f"{each:.2f}" for each in found.busy)),
        ("first run s", f"{found.cold:.2f}"),
        ("compile ms", f"{found.compiling * 1e3:.0f}"),
        ("bytes a parcel", f"{found.row_bytes:.1f}"),
        ("tables GB", f"{found.inputs / _GIGABYTE:.2f}"),
        ("peak GB", f"{found.peak / _GIGABYTE:.2f}"),
        ("beyond the tables, bytes a parcel", f"{(found.peak - found.before) / found.parcels:.1f}"),
        ("net CNY", found.net),
        ("digest", found.digest[:16]),
    )
    return "\n".join(f"{name:34} {value}" for name, value in rows)


def main(argv: Sequence[str] | None = None) -> int:
    """Measure, and show what was found."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.courier", description=__doc__)
    parser.add_argument("--parcels", type=int, default=PARCELS, help="of the month (%(default)s)")
    parser.add_argument("--threads", type=int, default=2, help="of paycalc (%(default)s)")
    parser.add_argument("--repeats", type=int, default=3, help="warm runs (%(default)s)")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the numbers to a file as well")
    parser.add_argument("--inside", type=json.loads, help=argparse.SUPPRESS)
    arguments = parser.parse_args(argv)
    if arguments.inside:
        print(json.dumps(asdict(_inside(**arguments.inside))))
        return 0
    with tempfile.TemporaryDirectory() as folder:
        found = measure(arguments.parcels, arguments.threads, arguments.repeats, Path(folder))
    print(report(found))
    if arguments.json:
        arguments.json.write_text(json.dumps(asdict(found)) + "\n", encoding="utf-8")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
