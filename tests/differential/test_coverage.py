"""The generator makes everything: each construct of the language, each reject code that data can cause."""

from collections import Counter
from random import Random

import pytest

import paycalc
from paycalc.check import check_plan, typed
from paycalc.core.errors import PlanError
from paycalc.core.span import Source
from tests.differential.comparison import run_with
from tests.differential.constructs import APPLIED, CODES, EXPRESSIONS, WANTED, constructs_of
from tests.differential.random_plans import PlanMaker, accepted, random_plan
from tests.differential.trials import trial_of

PLANS = 200  # more than test_engines tries, and cheap: they are not run


@pytest.fixture(scope="module")
def plans():
    return [random_plan(Random(seed)) for seed in range(PLANS)]


def test_nearly_every_plan_is_accepted_as_it_is_made(plans):
    made = [plan for plan in plans if plan is not None]
    assert len(made) >= PLANS * 98 // 100
    assert sum(plan.mended == 0 for plan in made) >= PLANS * 95 // 100


def test_every_construct_is_made(plans):
    found = Counter()
    for plan in plans:
        if plan is not None:
            found.update(set(constructs_of(plan.typed)))
    assert not sorted(WANTED - set(found))


def test_the_list_of_constructs_knows_the_whole_language():
    assert len(EXPRESSIONS) == len(typed.Expr.__subclasses__())
    assert {"abs", "clamp", "mod", "min", "max", "weekday", "years_between"} <= set(APPLIED)


def test_every_reject_code_is_caused():
    found, seed = Counter(), 0
    while set(CODES) - set(found) and seed < PLANS:
        trial = trial_of(seed, size=8, faults=0.15)
        seed += 1
        if trial is None:
            continue
        outcome = run_with(paycalc.compile(trial.plan.text), trial.data, engine="reference")
        for name in ("rejects", "withheld", "orphans"):
            if name in outcome.tables:
                found.update(outcome.tables[name].column("code").to_pylist())
    assert not set(CODES) - set(found)


def test_what_the_checker_refuses_is_taken_out():
    declarations = PlanMaker(Random(1), lines=6).make()
    mended = accepted([*declarations, "let broken = no_such_name + 1", "pay fine = 1"])
    assert mended is not None
    assert mended.mended == 1
    assert "broken" not in mended.text
    assert "pay fine = 1" in mended.text
    with pytest.raises(PlanError):
        check_plan(Source("trial.pay", mended.text + "let broken = no_such_name + 1\n"))
