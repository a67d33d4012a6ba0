"""The generator makes everything: each construct of the language, each reject code that data can cause."""

from collections import Counter
from random import Random

import pytest

import paycalc
from paycalc.check import check_plan, typed
from paycalc.core.errors import PlanError
from paycalc.core.span import Source
from tests.differential.comparison import differences, run_with
from tests.differential.constructs import APPLIED, CODES, EXPRESSIONS, STOPPING, WANTED, constructs_of
from tests.differential.random_data import DataMaker
from tests.differential.random_plans import PlanMaker, accepted, random_plan
from tests.differential.shapes import Shaper

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


EVERY_TYPE = """plan visits
  currency CNY
  period month
  timezone Asia/Shanghai
  payee nurse
entity ward
entity nurse
  ward  : ward
  grade : one of junior, senior
  night : flag
  hired : date
  pay   : money 0 .. 10_000
  share : percent(2) 0% .. 100%
  score : int 0 .. 20
entity visit dated at in nurse at most 3 per nurse
  at : datetime
parameters of ward
  low, high : money 0 .. 1_000
table bonus_of of points int 0 .. 15 : money
  ..5 : 0
  5.. : 50
let in_ward : money 0 .. 900 = clamp(pay, ward.low, ward.high)
pay daily    = round(in_ward * share) * count(visit where hour(at) < 20)
pay bonus    = bonus_of(score) when grade is senior or night
pay loyalty  = 100 when hired < 2020-01-01
deduct rooms = 20
assert net > 0 "nobody pays for working"
"""


def test_every_reject_code_is_caused():
    """Of a plan that reads every type, by the data alone: how often random plans read moments is another matter."""
    plan, found = paycalc.compile(EVERY_TYPE), Counter()
    for seed in range(40):
        random = Random(seed)
        plain = DataMaker(random, plan.typed, size=12, faults=0.1).make()
        expected, other = (
            run_with(plan, data, engine=engine)
            for data in [Shaper(random, plan.typed).shape(plain)]
            for engine in ("reference", "tiles")
        )
        assert not differences(expected, other)
        for name in ("rejects", "withheld", "orphans"):
            if name in expected.tables:
                found.update(expected.tables[name].column("code").to_pylist())
    assert not sorted(set(CODES) - set(found))


FROM_DATA = """plan courier
  currency CNY
  period month
  timezone Asia/Shanghai
  payee worker
entity region
entity store
  region : region
entity worker
  store : store
entity parcel dated day in worker when bad hold outside period carry
  day    : date
  store  : store
  weight : decimal(1) kg 0 .. 50
  zone   : one of near, far
parameters of store
  rate : money 0 .. 10
  share : percent 0% .. 100% optional
parameters
  least : money 0 .. 100
table fee of store, zone, weight : money 0 .. 20 from data
ladder bonus of store, n int 0 .. 100 : money 0 .. 20 from data
let parcel.price = store.rate + fee(store, zone, weight) + round(least * default(store.share, 0))
pay p = sum(price of parcel) + round(average(store.rate over period))
pay q = reached(min(count(parcel), 100), bonus(store))
"""


def test_everything_that_is_wrong_with_parameters_and_tables_from_data_stops_a_run():
    plan, found = paycalc.compile(FROM_DATA), Counter()
    for seed in range(150):
        random = Random(seed)
        plain = DataMaker(random, plan.typed, size=4, faults=0.2).make()
        data = Shaper(random, plan.typed).shape(plain)
        expected, other = (run_with(plan, data, engine=engine) for engine in ("reference", "tiles"))
        assert not differences(expected, other), (seed, differences(expected, other))
        found[expected.error.partition("[")[2].partition("]")[0]] += 1
    assert not sorted({*STOPPING, ""} - set(found))


def test_what_the_checker_refuses_is_taken_out():
    declarations = PlanMaker(Random(1), lines=6).make()
    mended = accepted([*declarations, "let broken = no_such_name + 1", "pay fine = 1"])
    assert mended is not None
    assert mended.mended == 1
    assert "broken" not in mended.text
    assert "pay fine = 1" in mended.text
    with pytest.raises(PlanError):
        check_plan(Source("trial.pay", mended.text + "let broken = no_such_name + 1\n"))
