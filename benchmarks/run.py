"""paycalc beside others on one plan: `python -m benchmarks.run piecework`; `make bench` runs all of them.

Nothing is reported unless all results are the same, to the cent and in every row.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
from collections.abc import Mapping, Sequence
from importlib import import_module
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

from benchmarks.timing import Times, measure, ratio

WORKLOADS = ("store_incentive", "piecework")
_PACKAGES = ("numpy", "pyarrow", "polars", "duckdb", "pandas", "numba")


def main(argv: Sequence[str] | None = None) -> int:
    """Measure, and show a table. 0; ends with an error where results differ."""
    arguments = _arguments(argv)
    os.environ["POLARS_MAX_THREADS"] = str(arguments.threads)  # read when polars is imported
    field = import_module(f"benchmarks.{arguments.workload}.contenders")
    made = import_module(f"benchmarks.{arguments.workload}.data")
    asked = field.contenders()
    for name in field.OPTIONAL:
        if not any(each.name == name for each in asked):
            print(f"This machine has not what `{name}` needs: it is left out.")
    if arguments.only:
        asked = [each for each in asked if any(part in each.name for part in arguments.only)]
    settings = {name: getattr(arguments, name) for name in ("rows", "stores", "seed")}
    settings = {name: getattr(made, name.upper()) if value is None else value for name, value in settings.items()}
    data = made.make_data(**settings)
    columns = {each.name: each.columns for each in asked}
    times = measure(
        {each.name: each.prepare(data, arguments.threads) for each in asked},
        lambda name, result: made.fingerprint(columns[name](result)),
        arguments.repeats,
    )
    settings |= {name: getattr(arguments, name) for name in ("threads", "repeats")}
    print(report(arguments.workload, settings, times, field.PAYCALC))
    if arguments.json:
        written = as_data(arguments.workload, settings, times)
        arguments.json.write_text(json.dumps(written, indent=2) + "\n", encoding="utf-8")
    return 0


def _arguments(argv: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.run", description=__doc__)
    parser.add_argument("workload", choices=WORKLOADS)
    parser.add_argument("--rows", type=int, help="workers or parcels (as the workload's data module says)")
    parser.add_argument("--stores", type=int, help="(likewise)")
    parser.add_argument("--seed", type=int, help="another seed makes other data (likewise)")
    parser.add_argument("--threads", type=int, default=2, help="for everybody (%(default)s)")
    parser.add_argument("--repeats", type=int, default=5, help="warm runs of each, in turn (%(default)s)")
    parser.add_argument(
        "--only", nargs="*", default=[], metavar="NAME", help="contenders whose name holds one of these"
    )
    parser.add_argument("--json", type=Path, metavar="FILE", help="write all numbers to a file as well")
    return parser.parse_args(argv)


def report(workload: str, settings: Mapping[str, int], times: Mapping[str, Times], reference: str) -> str:
    """The table: seconds, rows a second, and how many times as long as `reference`, where it takes part."""
    rows = settings["rows"]
    lines = [
        f"{workload}: "
        + ", ".join(f"{name} {value:,}" if name == "rows" else f"{name} {value}" for name, value in settings.items()),
        "The results of all are the same.",
        "",
        "| | median s | best s | processors' s | million rows a second | first run s | ratio |",
        "|---|---:|---:|---:|---:|---:|---:|",
    ]
    for name, each in times.items():
        beside = f"{ratio(each, times[reference]):.2f}" if reference in times else ""
        seconds = f"{each.median:.4f} | {each.best:.4f} | {each.median_busy:.4f}"
        lines.append(f"| {name} | {seconds} | {rows / each.median / 1e6:.1f} | {each.cold:.3f} | {beside} |")
    return "\n".join([*lines, "", _machine()])


def as_data(workload: str, settings: Mapping[str, int], times: Mapping[str, Times]) -> dict[str, Any]:
    """The same as plain data."""
    seconds = {
        name: {"cold": each.cold, "warm": list(each.warm), "busy": list(each.busy)} for name, each in times.items()
    }
    return {"workload": workload, "settings": dict(settings), "machine": _machine(), "seconds": seconds}


def _machine() -> str:
    versions = ", ".join(f"{name} {_version(name)}" for name in _PACKAGES)
    return f"Python {platform.python_version()}, {versions}; {_processor()}, {os.cpu_count()} processors"


def _version(package: str) -> str:
    try:
        return version(package)
    except PackageNotFoundError:
        return "absent"


def _processor() -> str:
    try:
        with open("/proc/cpuinfo", encoding="utf-8") as file:
            names = [line.partition(":")[2].strip() for line in file if line.startswith("model name")]
    except OSError:
        names = []
    return names[0] if names else platform.machine()


if __name__ == "__main__":
    raise SystemExit(main())
