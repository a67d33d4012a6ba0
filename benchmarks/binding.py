"""How long dated parameters take to bind, and in how much memory: `python -m benchmarks.binding`.

Every store has a row of all parameters for each of many months. A run of the last month asks for all of them on the
dates of parcels: one version of each store, or two where a store changes something within the month. Measured is the
door of a bound plan, in a process of its own: the first time with whatever has to be found out, and the second time.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from datetime import date
from pathlib import Path

import numpy as np
import pyarrow as pa

from paycalc.check import check_plan
from paycalc.check.typed import TypedPlan
from paycalc.core.span import Source
from paycalc.engine.encoded import EncodedData
from paycalc.engine.encoding import ParameterCells, encode
from paycalc.engine.inputs.door import DoorRules, scales_of
from paycalc.engine.inputs.input_table import InputTable
from paycalc.engine.inputs.sources import parameters_from, tables_from
from paycalc.engine.storage import view
from paycalc.graph.nodes import Input, versions_of

PERIOD = "2026-10"
_EPOCH = date(1970, 1, 1).toordinal()
_MEGABYTE = 1_000_000


@dataclass(frozen=True)
class Size:
    """versions: rows of each store.  empty: of how many cells in a hundred nothing is said, so that an older row holds.
    decimals: every other parameter is a decimal of Arrow, and not an int32.  seed: another makes other data."""

    stores: int
    parameters: int
    versions: int
    empty: int = 0
    decimals: bool = True
    seed: int = 11


@dataclass(frozen=True)
class Measured:
    """first, second: seconds at the door.  input_bytes: of the tables.  extra_bytes: how much larger than with them the
    process has been.  versions: how many there are.  checksum: of their values, modulo 2**63."""

    first: float
    second: float
    input_bytes: int
    extra_bytes: int
    versions: int
    checksum: int


def plan_text(size: Size) -> str:
    """A plan in which every parameter takes part in the price of a parcel."""
    names = [f"p{each}" for each in range(size.parameters)]
    lines = [
        'plan binding "Many parameters"',
        "  currency CNY",
        "  period   month",
        "  timezone Asia/Shanghai",
        "  payee    worker",
        "",
        "entity store",
        "entity worker",
        "entity parcel dated delivered_at in worker",
        "  store : store",
        "  delivered_at : datetime",
        "",
        "parameters of store",
        *(f"  {name} : money 0 .. 100_000" for name in names),
        "",
        *(
            f"let parcel.sum_{at} = {' + '.join(f'store.{name}' for name in names[at : at + 20])}"
            for at in range(0, len(names), 20)
        ),
        f"pay work = sum({' + '.join(f'sum_{at}' for at in range(0, len(names), 20))} of parcel)",
        "",
    ]
    return "\n".join(lines)


def parameter_table(size: Size) -> pa.Table:
    """The statements, store by store, month by month up to that of the run; one store in ten states in mid-month."""
    random = np.random.default_rng(size.seed)
    rows = size.stores * size.versions
    months = [date(2026 + (9 - ago) // 12, (9 - ago) % 12 + 1, 1).toordinal() - _EPOCH for ago in range(size.versions)]
    starts = np.tile(np.array(months[::-1], np.int32), size.stores)
    starts[size.versions * 10 - 1 :: size.versions * 10] += 14
    columns: dict[str, pa.Array] = {
        "store": pa.array(np.repeat(np.arange(size.stores, dtype=np.int32), size.versions)),
        "effective_from": pa.array(starts).cast(pa.date32()),
    }
    for each in range(size.parameters):
        cells = random.integers(0, 10_000_000, rows, np.int32)
        missing = None
        if size.empty:
            missing = random.integers(0, 100, rows, np.int8) < size.empty
            missing[:: size.versions] = False
        whole = pa.array(cells, mask=missing)
        is_decimal = size.decimals and each % 2
        columns[f"p{each}"] = _decimals(cells, missing) if is_decimal else whole
    return pa.table(columns)


def _decimals(cents: np.ndarray, missing: np.ndarray | None) -> pa.Array:
    words = np.zeros((len(cents), 2), np.int64)
    words[:, 0] = cents
    valid = None if missing is None else pa.array(~missing).buffers()[1]
    return pa.Array.from_buffers(pa.decimal128(9, 2), len(cents), [valid, pa.py_buffer(words)])


def measure(size: Size) -> Measured:
    """Bind and run twice, in a new process."""
    asked = json.dumps(asdict(size))
    command = [sys.executable, "-m", "benchmarks.binding", "--inside", asked]
    written = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout
    return Measured(**json.loads(written.splitlines()[-1]))


def _inside(size: Size) -> Measured:
    plan = check_plan(Source("binding.pay", plan_text(size)))
    small = Size(10, size.parameters, 2, size.empty, size.decimals)
    _enter(plan, small, _tables(plan, small), ParameterCells())  # whatever is made on first use
    tables = _tables(plan, size)
    input_bytes = sum(column.nbytes for table in tables.values() for column in table.columns.values())
    before = _resident_bytes()
    _reset_peak()
    cache = ParameterCells()
    first, data = _timed(lambda: _enter(plan, size, tables, cache))
    extra = _peak_bytes() - before
    second, _ = _timed(lambda: _enter(plan, size, tables, cache))
    return Measured(first, second, input_bytes, extra, data.counts[versions_of("store")], _checksum(plan, data))


def _tables(plan: TypedPlan, size: Size) -> dict[str, InputTable]:
    stores = np.arange(size.stores, dtype=np.int32)
    some = stores[:: max(size.stores // 100, 1)]
    days = np.arange(len(some)) % 31
    moments = pa.array((date(2026, 10, 1).toordinal() - _EPOCH + days) * 86_400_000_000 + 43_200_000_000)
    return {
        **tables_from(
            plan,
            {
                "store": pa.table({"store": stores}),
                "worker": pa.table({"worker": pa.array([1])}),
                "parcel": pa.table(
                    {
                        "worker": np.ones(len(some), np.int32),
                        "store": some,
                        "delivered_at": moments.cast(pa.timestamp("us", "UTC")),
                    }
                ),
            },
        ),
        **parameters_from(plan, {"store": parameter_table(size)}),
    }


def _enter(plan: TypedPlan, size: Size, tables: dict[str, InputTable], cache: ParameterCells) -> EncodedData:
    scales = {f"store.p{each}": 2 for each in range(size.parameters) if not (size.decimals and each % 2)}
    rules = DoorRules(scales_of(plan, scales), None, plan.timezone)
    assert plan.period is not None  # as it is written above
    return encode(plan, tables, plan.period.parse(PERIOD), rules, parameter_cells=cache)


def _timed(work: Callable[[], EncodedData]) -> tuple[float, EncodedData]:
    began = time.perf_counter()
    result = work()
    return time.perf_counter() - began, result


def _checksum(plan: TypedPlan, data: EncodedData) -> int:
    total = 0
    for each in plan.entities["store"].parameters.values():
        column = data.inputs[Input(each, "dated value")]
        stored = view(column.address, column.count, column.storage).astype(np.int64)
        total += int((stored * column.factor + column.shift) @ np.arange(1, column.count + 1))
    return total % 2**63


def _resident_bytes() -> int:
    return _status("VmRSS")


def _peak_bytes() -> int:
    return _status("VmHWM")


def _status(name: str) -> int:
    lines = Path("/proc/self/status").read_text(encoding="ascii").splitlines()
    (line,) = (each for each in lines if each.startswith(f"{name}:"))
    return int(line.split()[1]) * 1024


def _reset_peak() -> None:
    Path("/proc/self/clear_refs").write_text("5", encoding="ascii")


def main(argv: Sequence[str] | None = None) -> int:
    """Measure, and show what was found."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.binding", description=__doc__)
    parser.add_argument("--stores", type=int, default=50_000, help="(%(default)s)")
    parser.add_argument("--parameters", type=int, default=300, help="(%(default)s)")
    parser.add_argument("--versions", type=int, default=36, help="rows of each store (%(default)s)")
    parser.add_argument("--empty", type=int, default=0, help="empty cells in a hundred (%(default)s)")
    parser.add_argument("--seed", type=int, default=11, help="another seed makes other data (%(default)s)")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the numbers to a file as well")
    parser.add_argument("--inside", help=argparse.SUPPRESS)
    arguments = parser.parse_args(argv)
    if arguments.inside:
        print(json.dumps(asdict(_inside(Size(**json.loads(arguments.inside))))))
        return 0
    names = ("stores", "parameters", "versions", "empty", "seed")
    size = Size(**{name: getattr(arguments, name) for name in names})
    found = measure(size)
    print(", ".join(f"{name} {getattr(size, name):,}" for name in names))
    print(f"first time     {found.first:8.3f} s")
    print(f"second time    {found.second:8.3f} s")
    print(f"tables         {found.input_bytes / _MEGABYTE:8.1f} MB")
    print(f"memory beyond  {found.extra_bytes / _MEGABYTE:8.1f} MB")
    print(f"versions       {found.versions:8,}, checksum {found.checksum}")
    if arguments.json:
        arguments.json.write_text(json.dumps({**asdict(size), **asdict(found)}) + "\n", encoding="utf-8")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
