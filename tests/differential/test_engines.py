"""The engine says what the reference says: of random plans, and of every plan of the repository on random data."""

from pathlib import Path
from random import Random

import pytest

import paycalc
from tests.differential.comparison import differences, replay, run_with
from tests.differential.random_data import DataMaker
from tests.differential.shapes import Shaper
from tests.differential.trials import compared, trial_of

ROOT = Path(__file__).parents[2]
FOLDERS = ("tests/published", "examples", "benchmarks", "src")
# One of the demo's plans is faulty on purpose, to show what messages look like.
PLANS = sorted(path for each in FOLDERS for path in (ROOT / each).rglob("*.pay") if "faulty" not in path.name)
SEEDS, BATCH = 160, 20


@pytest.mark.parametrize("first", range(0, SEEDS, BATCH))
def test_random_plans_give_the_same_in_both_engines(first):
    for seed in range(first, first + BATCH):
        trial = trial_of(seed)
        if trial is not None:
            told = compared(trial)[2]
            assert not told, "\n".join([f"seed {seed}:", *told, replay(trial.plan.text, trial.data)])


@pytest.mark.parametrize("path", PLANS, ids=lambda path: path.stem)
def test_plans_of_the_repository_give_the_same_in_both_engines(path):
    plan = paycalc.compile(path.read_text(encoding="utf-8"), name=path.name)
    for faults in (0.0, 0.05):
        random = Random(f"{path.stem} {faults}")
        plain = DataMaker(random, plan.typed, size=12, faults=faults).make()
        data = Shaper(random, plan.typed).shape(plain)
        told = differences(run_with(plan, data, engine="reference"), run_with(plan, data, tile=5, observed=True))
        assert not told, "\n".join([*told, replay(plan.text, data)])


def test_there_are_plans_in_the_repository():
    assert len(PLANS) > 60


@pytest.mark.parametrize("money", ["decimal128", "decimal64", "minor"])
def test_every_form_of_money_and_a_choice_of_columns(money):
    for seed in range(400, 405):
        trial = trial_of(seed)
        assert trial is not None
        plan = paycalc.compile(trial.plan.text)
        names = [line.name for line in plan.typed.lines if line.role == "pay"][:1]
        for columns in (None, [*names, "net"], []):
            expected, found = (
                run_with(plan, trial.data, engine=engine, money=money, columns=columns)
                for engine in ("reference", "tiles")
            )
            assert not differences(expected, found), (seed, money, columns, differences(expected, found))


MANY_FAILING = """plan trial
  currency CNY
  period month
  payee worker
entity worker
  manager : worker optional
  a, b    : int 0 .. 100
table bonus of k int 0 .. 150 : money
  ..50 : 0
  50.. : 50
let held : int 0 .. 90 = clamp(a, b, 100)
let team = sum(a of worker via manager)
pay base  = held * 1 CNY
pay extra = bonus(a + b)
assert base >= 10 "too little"
assert bonus(a * 2) > 0 or b < 90 "looked up"
assert team < 300 "a large team"
show ratio = round(a / b, 2) when b > 0
"""


@pytest.mark.parametrize("faults", [0.0, 0.01])
def test_a_thousand_payees_whose_pay_meets_faults_and_fails_asserts(faults):
    plan, random = paycalc.compile(MANY_FAILING), Random(f"thousand {faults}")
    plain = DataMaker(random, plan.typed, size=2_000, faults=faults).make()
    data = Shaper(random, plan.typed).shape(plain)
    expected = run_with(plan, data, engine="reference")
    assert expected.tables["rejects"].num_rows > 1_000
    assert expected.tables["lines"].num_rows > 50
    for choice in ({}, {"observed": True, "tile": 100, "threads": 2}):
        assert not differences(expected, run_with(plan, data, **choice))


def test_explanations_are_the_same():
    told = 0
    for seed in range(500, 512):
        trial = trial_of(seed, size=5)
        assert trial is not None
        plan = paycalc.compile(trial.plan.text)
        expected, found = (run_with(plan, trial.data, engine=engine) for engine in ("reference", "tiles"))
        if expected.error:
            continue
        keys = expected.tables["lines"].column(0).to_pylist() + expected.tables["rejects"].column(0).to_pylist()
        for key in dict.fromkeys(key for key in keys if key is not None):
            for line in ("net", *(line.name for line in plan.typed.lines if line.entity == plan.typed.payee)):
                if plan.typed.entities[plan.typed.payee].lines.get(line) is None or _is_shown(plan, line):
                    one, other = (str(each.result.explain(key, line)) for each in (expected, found))
                    assert one == other, (seed, key, line)
                    told += 1
    assert told > 100


def _is_shown(plan, name):
    return plan.typed.entities[plan.typed.payee].lines[name].role != "let"
