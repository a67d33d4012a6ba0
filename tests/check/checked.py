"""Plans as the checker's tests write them: a fragment behind a prelude, and what the checker makes of it."""

from fractions import Fraction

from paycalc.check import check_plan
from paycalc.check.typed import Line, TypedPlan
from paycalc.check.types import NumberType
from paycalc.core.errors import PlanError
from paycalc.core.span import Source

HEADER = """\
plan p
  currency CNY
  period   month
  timezone Asia/Shanghai
  payee    worker
"""

PRELUDE = (
    HEADER
    + """\
kind grade = one of junior, senior, lead
entity region
  area : int 1 .. 9
entity store
  region  : region optional
  revenue : money 0 .. 1_000_000
entity worker
  store   : store
  manager : worker optional
  mentor  : store optional
  grade   : grade
  hired   : date 2000-01-01 .. 2026-12-31
  left    : date optional
  at      : datetime
  night   : flag
  team    : text
  sales   : money 0 .. 1_000_000
  bonus   : money 0 .. 500 optional
  hours   : decimal(2) hour 0 .. 400
  heads   : int 1 .. 20
  days    : int 0 .. 31
  delta   : int -5 .. 5
  loss    : int -9 .. -1
  kpi     : decimal(2) 0 .. 1.50
  score   : int 0 .. 100 optional
entity parcel in worker at most 1_000 per worker
  weight  : decimal(3) kg 0 .. 100
  side    : int cm 0 .. 200
  price   : money 0 .. 50
  late    : int minute 0 .. 600
  checked : flag
  rating  : int 1 .. 5 optional
entity deal
  owner   : worker
  helper  : worker optional
  amount  : money -1_000 .. 9_000
parameters of store
  rate    : percent(2) 0% .. 40%
  cap     : money 0 .. 100_000 optional
  target  : money 1 .. 500_000
parameters
  wage    : money per hour 0 .. 1_000
  per_kg  : money per kg 0 .. 10
  usd     : money USD 0 .. 1_000
  fx      : money per USD 1 .. 10
"""
)


def ids_of(text: str) -> list[str]:
    """The ids of the faults of a text, in its order; none where it is a plan."""
    try:
        check_plan(Source("p.pay", text))
    except PlanError as error:
        return [each.id for each in error.diagnostics]
    return []


def faults(fragment: str) -> list[str]:
    """The ids of the faults of the prelude with a fragment."""
    return ids_of(PRELUDE + fragment)


def accepted(fragment: str) -> TypedPlan:
    """The typed plan of the prelude with a fragment, which must have no fault."""
    return check_plan(Source("p.pay", PRELUDE + fragment))


def line_of(fragment: str, name: str = "x", entity: str = "worker") -> Line:
    return accepted(fragment).entities[entity].lines[name]


def number_of(expression: str) -> NumberType:
    """The type of a number, computed by a line of the worker."""
    type_ = line_of(f"let x = {expression}\n").type
    assert isinstance(type_, NumberType)
    return type_


def shape_of(expression: str) -> tuple[str, str, int | None]:
    """Interval, unit and places of a number: `("0 .. 31", "a plain number", 0)`; places are None for a fraction."""
    type_ = number_of(expression)
    return str(type_.interval), str(type_.unit), type_.places


def holds(type_: NumberType, value: Fraction) -> bool:
    """Whether a value is one of the type: in its interval, at its places, and as a fraction over a divisor allowed."""
    if value not in type_.interval:
        return False
    if type_.places is not None:
        return (value * 10**type_.places).denominator == 1
    assert type_.numerator is not None
    assert type_.divisor is not None
    numerator, divisor = value.numerator, value.denominator
    # The kernels hold some multiple k of the reduced fraction.
    least = -(-type_.divisor.low // divisor)
    greatest = type_.divisor.high // divisor
    if numerator > 0:
        least = max(least, -(-type_.numerator.low // numerator))
        greatest = min(greatest, type_.numerator.high // numerator)
    elif numerator < 0:
        least = max(least, -(-type_.numerator.high // numerator))
        greatest = min(greatest, type_.numerator.low // numerator)
    elif not type_.numerator.low <= 0 <= type_.numerator.high:
        return False
    return bool(least <= greatest)
