"""Every diagnostic id that paycalc can report, with its examples: what the documentation is made from."""

from paycalc.check.faults import names, tables, values
from paycalc.core.diagnostic import Rule
from paycalc.syntax import faults as syntax

PRELUDE = """\
plan p
  currency CNY
  period   month
  payee    worker

entity store
  revenue : money 0 .. 1_000_000
entity worker
  store : store
  sales : money 0 .. 1_000_000
  hours : decimal(2) hour 0 .. 400
  days  : int 0 .. 31
  grade : one of junior, senior
parameters of store
  rate : percent(2) 0% .. 40%
  cap  : money 0 .. 100_000 optional

"""

RULES: tuple[Rule, ...] = (*syntax.RULES, *names.RULES, *values.RULES, *tables.RULES)


def example_plan(fragment: str) -> str:
    """The whole plan that an example of a rule stands for: a fragment goes behind the prelude."""
    return fragment if fragment.startswith("plan") else PRELUDE + fragment
