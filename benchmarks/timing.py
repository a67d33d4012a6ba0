"""Time several contenders fairly: the same work proven first, then in turn, so that a slow minute slows everybody."""

from __future__ import annotations

import gc
import statistics
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any


class ResultsDiffer(Exception):
    """Two contenders do not compute the same, so that comparing their times means nothing."""


@dataclass(frozen=True)
class Times:
    """In seconds.

    cold  the first run, with whatever is made on first use
    warm  the runs after it, in turn with those of others
    busy  what the processors spent on each warm run, all threads together: what others do on the machine counts less
    """

    cold: float
    warm: tuple[float, ...]
    busy: tuple[float, ...]

    @property
    def median(self) -> float:
        """Of the warm runs."""
        return statistics.median(self.warm)

    @property
    def median_busy(self) -> float:
        """Of the processors' time."""
        return statistics.median(self.busy)

    @property
    def best(self) -> float:
        """Of the warm runs."""
        return min(self.warm)


def measure(runs: Mapping[str, Callable[[], Any]], proof: Callable[[str, Any], str], repeats: int) -> dict[str, Times]:
    """Run each once and compare what `proof` makes of the results; then time `repeats` rounds of all in turn.

    A result is released before the next run begins. Raises ResultsDiffer.
    """
    cold, proofs = {}, {}
    for name, run in runs.items():
        cold[name], _, result = _timed(run)
        proofs[name] = proof(name, result)
        del result
        gc.collect()
    if len(set(proofs.values())) > 1:
        raise ResultsDiffer("\n".join(f"{proofs[name]}  {name}" for name in proofs))
    warm: dict[str, list[float]] = {name: [] for name in runs}
    busy: dict[str, list[float]] = {name: [] for name in runs}
    for _ in range(repeats):
        for name, run in runs.items():
            run()  # brings this contender's data back into the caches, and its released memory back into use
            seconds, of_processors, result = _timed(run)
            warm[name].append(seconds)
            busy[name].append(of_processors)
            del result
    return {name: Times(cold[name], tuple(warm[name]), tuple(busy[name])) for name in runs}


def ratio(one: Times, other: Times) -> float:
    """How many times as long `one` takes as `other`: the median over the rounds."""
    return statistics.median(a / b for a, b in zip(one.warm, other.warm, strict=True))


def _timed(run: Callable[[], Any]) -> tuple[float, float, Any]:
    """Seconds, seconds of all processors, and the result."""
    began, busy = time.perf_counter(), time.process_time()
    result = run()
    return time.perf_counter() - began, time.process_time() - busy, result
