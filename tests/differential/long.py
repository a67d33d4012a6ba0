"""The long search: many random plans, each with random data, through both engines.

    python -m tests.differential.long --plans 20000 --seed 1 --processes 2

Seeds count up from --seed, so a run can be repeated, and continued. Differences are made smaller and printed as
programs that show them; the exit code is 1 where there is one. Counts are printed at the end.
"""

from __future__ import annotations

import argparse
import sys
import time
import traceback
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field
from random import Random

import paycalc
from tests.differential.comparison import differences, replay, run_with
from tests.differential.constructs import CODES, WANTED, constructs_of
from tests.differential.shapes import RunData
from tests.differential.shrinking import shrunk
from tests.differential.trials import Trial, compared, trial_of

BATCH = 50  # trials a process takes at a time
SIZES = (0, 1, 2, 3, 7, 20, 20, 60, 60, 150, 300)
LARGE = 3_000  # payees of one trial in LARGE_EVERY: more than one tile of the usual size, and several threads
LARGE_EVERY = 400
TOLD_MAX = 20  # differences that are made smaller; what follows is only counted


@dataclass
class Tally:
    """What came of some trials. codes: of rows that are not paid; stopped: of whole runs. failures: seed and text."""

    counts: Counter[str] = field(default_factory=Counter)
    constructs: Counter[str] = field(default_factory=Counter)
    codes: Counter[str] = field(default_factory=Counter)
    stopped: Counter[str] = field(default_factory=Counter)
    failures: list[tuple[int, str]] = field(default_factory=list)

    def add(self, other: Tally) -> None:
        self.counts += other.counts
        self.constructs += other.constructs
        self.codes += other.codes
        self.stopped += other.stopped
        self.failures += other.failures


def trial_of_long(seed: int) -> Trial | None:
    """As trial_of, with more rows."""
    random = Random(f"size {seed}")
    size = LARGE if seed % LARGE_EVERY == 0 else random.choice(SIZES)
    return trial_of(seed, size=size, lines=4 if size == LARGE else 12)


def try_seeds(seeds: range) -> Tally:
    """Run the trials of these seeds."""
    tally = Tally()
    for seed in seeds:
        tally.counts["plans drawn"] += 1
        trial = trial_of_long(seed)
        if trial is None:
            tally.counts["plans refused"] += 1
            continue
        tally.counts["plans tried"] += 1
        tally.counts["plans mended"] += trial.plan.mended > 0
        tally.constructs.update(set(constructs_of(trial.plan.typed)))
        try:
            _try(trial, tally)
        except Exception:  # whatever ends a trial is a difference too: told, counted, and the exit code is 1
            tally.failures.append((seed, traceback.format_exc(limit=-4) + "\n" + replay(trial.plan.text, trial.data)))
    return tally


def _try(trial: Trial, tally: Tally) -> None:
    expected, _, told = compared(trial)
    tally.counts["cells compared"] += expected.cells
    tally.counts["runs stopped by an error"] += bool(expected.error)
    tally.stopped[expected.error.partition("[")[2].partition("]")[0]] += bool(expected.error)
    for name in ("rejects", "withheld", "held", "orphans"):
        if name in expected.tables:
            codes = expected.tables[name].column("code").to_pylist()
            tally.counts[name] += len(codes)
            tally.codes.update(codes)
    if told:
        tally.failures.append((trial.seed, "\n".join(told)))


def smaller(seed: int) -> str:
    """The difference that a seed shows, with a small plan and data."""
    trial = trial_of_long(seed)
    assert trial is not None

    def fails(text: str, data: RunData) -> bool:
        plan = paycalc.compile(text)
        expected = run_with(plan, data, engine="reference", **trial.options)
        return bool(
            differences(expected, run_with(plan, data, engine="tiles", **trial.options, **trial.engine_options))
        )

    if not fails(trial.plan.text, trial.data):
        return "(it does not show again)"
    small = shrunk(trial.plan.text, trial.data, fails)
    plan = paycalc.compile(small.text)
    told = differences(
        run_with(plan, small.data, engine="reference", **trial.options),
        run_with(plan, small.data, engine="tiles", **trial.options, **trial.engine_options),
    )
    options = {**trial.options, **trial.engine_options}
    return "\n".join([*told, f"# options: {options}", replay(small.text, small.data)])


def _batches(first: int, plans: int) -> Iterator[range]:
    for start in range(first, first + plans, BATCH):
        yield range(start, min(start + BATCH, first + plans))


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--plans", type=int, default=20_000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--processes", type=int, default=2)
    parser.add_argument("--seconds", type=float, default=float("inf"), help="begin no further batch after so long")
    chosen = parser.parse_args(arguments)
    started, tally = time.monotonic(), Tally()
    with ProcessPoolExecutor(chosen.processes) as pool:
        for done in pool.map(try_seeds, _batches(chosen.seed, chosen.plans)):
            tally.add(done)
            for seed, text in done.failures:
                print(f"seed {seed}: {text[:2000]}\n", flush=True)
            if time.monotonic() - started > chosen.seconds:
                pool.shutdown(cancel_futures=True)
                break
    for seed, text in tally.failures[:TOLD_MAX]:
        if "Traceback" not in text:
            print(f"--- seed {seed}, made smaller\n{smaller(seed)}\n", flush=True)
    print(_summary(tally, time.monotonic() - started))
    return 1 if tally.failures else 0


def _summary(tally: Tally, seconds: float) -> str:
    lines = [f"{name:<28}{count:>12,}" for name, count in tally.counts.items()]
    lines.append(f"{'differences':<28}{len(tally.failures):>12,}")
    lines.append(f"{'seconds':<28}{seconds:>12,.0f}")
    lines += [f"  {code:<26}{tally.codes[code]:>12,}" for code in CODES]
    lines += [f"  stopped: {code:<17}{count:>12,}" for code, count in sorted(tally.stopped.items())]
    missing = sorted(WANTED - set(tally.constructs))
    return "\n".join([*lines, *(["constructs never seen: " + ", ".join(missing)] if missing else [])])


if __name__ == "__main__":
    sys.exit(main())
