"""One trial: a random plan with random data, by its seed, and what comes of running it."""

from __future__ import annotations

from dataclasses import dataclass
from random import Random
from typing import Any

import paycalc
from paycalc.graph.rewrites import REWRITES
from tests.differential.comparison import Outcome, differences, run_with
from tests.differential.random_data import DataMaker, PlainData
from tests.differential.random_plans import RandomPlan, random_plan
from tests.differential.shapes import RunData, Shaper

SIZES = (0, 1, 2, 3, 5, 8, 13, 20, 30)
TILES = (1, 2, 7, 16, 64, 1000, 1024, 4096)
FAULTS = (0.0, 0.0, 0.0, 0.01, 0.05, 0.15)


@dataclass(frozen=True)
class Trial:
    """options: of `BoundPlan.run`, the same for both engines. tile, threads: of the engine alone."""

    seed: int
    plan: RandomPlan
    plain: PlainData
    data: RunData
    options: dict[str, Any]
    engine_options: dict[str, Any]


def trial_of(seed: int, *, size: int | None = None, lines: int = 10, faults: float | None = None) -> Trial | None:
    """The trial of a seed; None where the plan was refused. size: of payees; faults: the share of cells."""
    random = Random(seed)
    plan = random_plan(random, lines=lines)
    if plan is None:
        return None
    payees = random.choice(SIZES) if size is None else size
    share = random.choice(FAULTS) if faults is None else faults
    plain = DataMaker(random, plan.typed, size=payees, faults=share).make()
    data = Shaper(random, plan.typed).shape(plain)
    options: dict[str, Any] = {}
    if random.random() < 0.1:
        options["on_error"] = "raise"
    if random.random() < 0.1:
        options["on_reject_share"] = random.choice(("5%", "50%"))
    engine_options: dict[str, Any] = {"threads": random.choice((None, 1, 1, 2, 3, 4))}
    if random.random() < 0.7:
        engine_options["tile"] = random.choice(TILES)
        engine_options["observed"] = random.choice((True, True, False))
    if random.random() < 0.1:
        engine_options["without"] = random.sample(sorted(REWRITES), random.randint(1, len(REWRITES)))
    return Trial(seed, plan, plain, data, options, engine_options)


def compared(trial: Trial) -> tuple[Outcome, Outcome, list[str]]:
    """What both engines say, and where they differ."""
    plan = paycalc.compile(trial.plan.text)
    expected = run_with(plan, trial.data, engine="reference", **trial.options)
    found = run_with(plan, trial.data, engine="tiles", **trial.options, **trial.engine_options)
    return expected, found, differences(expected, found)
