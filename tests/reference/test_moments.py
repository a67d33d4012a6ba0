"""Moments compare as moments, also in the hour that the clocks show twice."""

from datetime import datetime
from zoneinfo import ZoneInfo

import pytest

from paycalc.check import check_plan
from paycalc.core.span import Source
from paycalc.reference.admission import admit
from paycalc.reference.dataset import RawTable
from paycalc.reference.run import run

PLAN = """\
plan p
  currency EUR
  period   month
  timezone Europe/Berlin
  payee    worker
entity worker
  at : datetime
show same  = at is 2026-10-25T02:30+02:00
show later = at > 2026-10-25T02:30+02:00
show clock = hour(at)
"""


@pytest.mark.parametrize(
    ("fold", "same", "later"),
    [(0, True, False), (1, False, True)],
)
def test_the_hour_that_comes_twice(fold, same, later):
    plan = check_plan(Source("p.pay", PLAN))
    moment = datetime(2026, 10, 25, 2, 30, fold=fold, tzinfo=ZoneInfo("Europe/Berlin"))
    table = RawTable("worker", {"worker": ["A"], "at": [moment]}, 1)
    dataset = admit(plan, {"worker": table}, {}, plan.period.parse("2026-10"))
    evaluator = run(dataset).evaluator
    values = {line.name: evaluator.value(line, 0) for line in plan.lines}
    assert values == {"same": same, "later": later, "clock": 2}
