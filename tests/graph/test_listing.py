"""The graph as text."""

from paycalc.graph.build import build_graph
from paycalc.graph.listing import listing
from paycalc.graph.rewrites import optimise
from tests.reference.plan_runs import plan_of

PLAN = """entity worker
  sales : money 0 .. 10_000
  hours : int 0 .. 100 optional
table factor of hours int 1 .. 100 : decimal(1)
  < 40 : 0.5
  * : 1
let part = sales / max(default(hours, 1), 1)
pay bonus = round(part * factor(max(default(hours, 1), 1)), 1) when sales > 0
"""
EXPECTED = """\
%1 worker constant 0
%2 worker input sales.value  [0 .. 1000000]
%3 worker less %1 %2
%4 worker input hours.present
%5 worker input hours.value  [0 .. 100]
%6 worker constant 1
%7 worker select %4 %5 %6  [0 .. 100]
%8 worker maximum %7 %6  [1 .. 100]
%9 worker search %8 (40)  [0 .. 1]
%10 worker lookup %9 (5, 10)  [5 .. 10]
%11 worker multiply %2 %10  [0 .. 10000000]
%12 worker constant 100
%13 worker multiply %8 %12  [100 .. 10000]
%14 worker divide %11 %13 half_up  [0 .. 100000]
%15 worker select %3 %14 %1  [0 .. 100000]
%16 worker constant 10
%17 worker multiply %15 %16  [0 .. 1000000]
%18 worker input paid
%19 plan aggregate %17 %18 sum of worker  [0 .. 4294967295000000]
let worker.part = %2 / %13
pay worker.bonus = %15
worker.gross = %17
worker.net = %17
worker.cost = %17
total bonus = %19
total gross = %19
total net = %19
total cost = %19
""".splitlines()


def test_a_listing():
    assert list(listing(optimise(build_graph(plan_of(PLAN))))) == EXPECTED


EVENTS = """entity store
entity worker
  store : store
entity parcel dated day in worker when bad hold
  day : date
  weight : int 0 .. 20
parameters of store
  rate : money 0 .. 5
table fee of store, weight int 0 .. 10 : money 0 .. 9 from data
let parcel.nth = running_count(within worker by day)
pay piecework = sum(worker.store.rate + fee(worker.store, weight) of parcel where nth > 1)
"""
LISTED = """\
parcel input day.value
parcel input worker.row
worker input store.row
parcel gather
parcel find [versions of store by day]
cells of versions of store by day input [versions of store by day]
versions of store input rate.dated value
parcel find [sheets of fee by day]
parcel find [axis 1 of fee]
sheets of fee input [start of fee]
cells of fee input [result 0 of fee]
parcel input [counted parcel]
parcel running count within worker
held of parcel
""".splitlines()


def test_a_listing_of_events():
    lines = [*listing(optimise(build_graph(plan_of(EVENTS))))]
    bare = [" ".join(word for word in line.split() if not word.startswith("%")) for line in lines]
    for each in LISTED:
        assert any(line.startswith(each) for line in bare), each
