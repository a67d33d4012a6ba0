"""A plan that uses a column, a parameter and a reference of every kind."""

from paycalc.check import check_plan
from paycalc.core.span import Source
from paycalc.engine.inputs.sources import parameters_from, tables_from

TEXT = """\
plan visits "Paid visits"
  currency CNY
  period   month
  timezone Asia/Shanghai
  payee    worker

entity store
  open : date
entity worker
  store : store
  chief : worker optional
  grade : one of junior, senior, lead
  sales : money 0 .. 10_000
  bonus : money -100 .. 1_000 optional
  score : decimal(2) -1 .. 2
  share : percent(2) 0% .. 50%
  days  : int 0 .. 31 = 20
  large : money 0 .. 1_000_000_000_000_000_000_000 = 0.50
  hired : date 2000-01-01 .. 2030-12-31
  left  : date optional
  paid  : flag
  vip   : flag optional
  late  : flag = no
  note  : text = "none"
  mail  : text optional
entity visit in worker at most 3 per worker
  at    : datetime
  price : money 0 .. 1_000
  until : datetime optional

parameters of store
  rate  : percent(2) 0% .. 50%
  cap   : money 0 .. 1_000 optional
  mark  : text = "plain"
  tier  : one of low, high = low
  since : date optional
  open_ : flag = no
  hour  : decimal(1) hour 0 .. 400 = 10
parameters
  wage : money per hour 0 .. 100
  base : decimal(1) hour 0 .. 400 = 10
  kind_of : one of old, new optional

let on   = paid and hired < 2026-10-01 and note is not "off" and default(mail, "none") is not "bad"
let off  = late or default(vip, no) or default(left, 2026-10-01) < hired or store.open < period.start
let a    = if on and not off and grade is senior then 1 else days
let b    = if store.mark is "plain" and store.tier is low and store.open_ then 1 else 0
let c    = if default(store.since, 2026-01-01) < period.end and default(kind_of, old) is old then 1 else 0

pay share_ = min(round(sales * store.rate * share), default(store.cap, 900)) * a
pay trips = sum(price of visit where hour(at) >= 8 and hour(default(until, at)) < 20)
pay wages = round(base * wage) + round(score * store.hour / 1 hour, 0) * 1 CNY * b * c + round(large / 1_000_000_000, 2)
pay extra = default(bonus, 0) * period.days
show team = count(worker via chief)
"""


def plan():
    return check_plan(Source("visits.pay", TEXT))


STORES = {"store": ["S1", "S2", "S3"], "open": ["2020-01-01", "2021-01-01", "2022-06-30"]}
WORKERS = {
    "worker": ["A", "B", "C", "D"],
    "store": ["S1", "S2", "S1", "S3"],
    "chief": [None, "A", "A", "B"],
    "grade": ["senior", "junior", "senior", "lead"],
    "sales": ["1000.00", "2000.00", "3000.00", "0"],
    "bonus": ["1.50", None, "-3", None],
    "score": ["1.50", "0.40", "-0.60", "2"],
    "share": ["2%", "0.50%", "0", "50%"],
    "days": ["20", None, "31", "0"],
    "large": [None, "123456789012345678901.25", "1", "1000000000000000000000"],
    "hired": ["2020-05-01", "2021-05-01", "2026-10-01", "2000-01-01"],
    "left": [None, None, "2026-10-31", None],
    "paid": ["yes", "yes", "no", "TRUE"],
    "vip": [None, "no", "yes", None],
    "late": ["no", None, "yes", "no"],
    "note": ["off", None, "plain", "cafe\u0301"],
    "mail": [None, "a@b", "caf\u00e9", "off"],
}
VISITS = {
    "visit": ["V1", "V2", "V3"],
    "worker": ["A", "A", "B"],
    "at": ["2026-10-01T08:00+08:00", "2026-10-01T07:59+08:00", "2026-10-02T20:00+08:00"],
    "until": [None, "2026-10-01T08:59:30.25+08:00", None],
    "price": ["10.00", "20.00", "40.00"],
}
STORE_PARAMETERS = {
    "store": ["S1", "S2", "S3"],
    "rate": ["2%", "3.50%", "0"],
    "cap": ["15", None, "none"],
    "mark": ["plain", None, "off"],
    "tier": ["low", "high", None],
    "since": [None, "2020-01-01", "none"],
    "open_": ["yes", "no", None],
    "hour": [None, "10.5", "0"],
}
PLAN_PARAMETERS = {"wage": ["2.50"]}
TABLES = {"store": STORES, "worker": WORKERS, "visit": VISITS}
PARAMETERS = {"store": STORE_PARAMETERS, "plan": PLAN_PARAMETERS}


def with_changes(columns, changes):
    """Columns changed; one that is None is left out."""
    return {name: cells for name, cells in {**columns, **changes}.items() if cells is not None}


def sources(parameters=None, **changed):
    """The columns of all tables and of the parameters, with columns changed: `worker={"sales": [...]}`."""
    tables = {name: with_changes(TABLES[name], changed.get(name, {})) for name in TABLES}
    given = {name: with_changes(PARAMETERS[name], (parameters or {}).get(name, {})) for name in PARAMETERS}
    return tables, given


def arrow(columns):
    import pyarrow as pa

    held = (pa.Array, pa.ChunkedArray)
    return pa.table({name: cells if isinstance(cells, held) else pa.array(cells) for name, cells in columns.items()})


def tables(the_plan, parameters=None, **changed):
    """Input tables with columns changed."""
    entities, given = sources(parameters, **changed)
    return {
        **tables_from(the_plan, {name: arrow(columns) for name, columns in entities.items()}),
        **parameters_from(the_plan, {name: arrow(columns) for name, columns in given.items()}),
    }
