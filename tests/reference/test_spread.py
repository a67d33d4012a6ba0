"""Faults to rejects: along references, through aggregates and lines, compared with a search of the whole plan."""

from dataclasses import fields
from fractions import Fraction

from hypothesis import given
from hypothesis import strategies as st

from paycalc.check.typed import PLAN_GRAIN, Aggregate, Expr, Line, Read, Reference, Total
from paycalc.reference.dataset import Members
from paycalc.reference.faults import Fault, first_fault
from paycalc.reference.interpreter import Evaluator
from paycalc.reference.run import find_rejects, run
from tests.reference.plan_runs import data_of, plan_of, rejects_of, run_of

PLAN = plan_of(
    """entity region
  bonus : money 0 .. 100
entity store
  region : region
  revenue : money 0 .. 1_000
  factor : decimal(2) 0 .. 2
entity worker at most 2 per store
  store : store
  boss  : worker optional
  sales : money 0 .. 1_000
  hours : int 0 .. 400
  extra : money 0 .. 1_000
entity parcel in worker at most 2 per worker
  store : store
  price : money 0 .. 100
  late  : flag
parameters of store
  rate : percent(2) 0% .. 40%
table grade of sales : money
  ..500 : 1
  500.. : 2
table narrow of key int 0 .. 300 : int
  * : 1
let store.pool   = round(revenue * rate)
let store.volume = sum(price of parcel)
let store.team   = sum(hours of worker)
let region.sold  = sum(revenue of store)
let worth        = round(sales * store.factor) + grade(sales)
pay base         = worth + (if hours > 1_000 then store.region.bonus else 0)
pay piecework    = sum(price of parcel where not late)
pay shift        = narrow(hours) * 1 CNY when sales > 100
pay override     = round(sum(base of worker via boss) * 5%)
deduct fee       = 1 when store.team > 0
employer levy    = round(store.volume * 1%) when store.volume > 5_000
show special     = round(extra * 2) + store.pool
show store.sold  = round(revenue + volume + pool)
show region.sales = region.sold
show plan.total  = sum(gross of worker)
assert net < 900 "too much"
"""
)
REGIONS = ({"region": "R1", "bonus": 1}, {"region": "R2", "bonus": 2})
STORES = tuple(
    {"store": f"S{at}", "region": region, "revenue": 100 * at, "factor": Fraction(1, 4)}
    for at, region in enumerate(("R1", "R1", "R2"), start=1)
)
WORKERS = tuple(
    {"worker": f"W{at}", "store": store, "boss": boss, "sales": 100 * at, "hours": 100 + at, "extra": 1}
    for at, (store, boss) in enumerate((("S1", None), ("S1", "W1"), ("S2", "W2"), ("S3", None), ("S3", "W4")), start=1)
)
PARCELS = tuple(
    {"parcel": at, "worker": worker, "store": store, "price": at, "late": at % 2 == 0}
    for at, (worker, store) in enumerate((("W1", "S1"), ("W1", "S2"), ("W2", "S1"), ("W4", "S3")), start=1)
)
RATES = {"S1": {"rate": "1%"}, "S2": {"rate": "2%"}, "S3": {"rate": "3%"}}
TABLES = {"region": REGIONS, "store": STORES, "worker": WORKERS, "parcel": PARCELS}


def tables_with(*changes):
    """The tables with some cells changed: (entity, row, column, cell)."""
    tables = {name: [dict(row) for row in rows] for name, rows in TABLES.items()}
    for entity, row, column, value in changes:
        tables[entity][row][column] = value
    return tables


def result_with(*changes, rates=RATES):
    return run_of(PLAN, parameters={"store": rates}, **tables_with(*changes))


def test_without_faults_all_are_paid():
    result = result_with()
    assert (result.rejects, result.withheld, result.orphans) == ([], [], [])
    assert result.paid_count == 5


def test_a_cell_of_a_worker_rejects_him_and_who_is_paid_from_his_lines():
    # W3 reports to W2, who reports to W1: the override of each is paid from the other's base.
    result = result_with(("worker", 2, "sales", -1))
    assert rejects_of(result) == {"W1": "out-of-range", "W2": "out-of-range", "W3": "out-of-range"}
    assert {each.key: each.rule for each in result.rejects} == {
        "W1": "pay override",
        "W2": "pay override",
        "W3": "pay base",
    }
    assert {each.cause.key for each in result.rejects} == {"W3"}


def test_what_the_data_says_of_a_rejected_payee_still_stands():
    # W5's sales are faulty; the hours that his store adds up are not, so W4 of the same store is paid but for the
    # override that he earns from W5.
    result = result_with(("worker", 4, "sales", -1))
    assert rejects_of(result) == {"W4": "out-of-range", "W5": "out-of-range"}
    no_boss = result_with(("worker", 4, "sales", -1), ("worker", 4, "boss", None))
    assert rejects_of(no_boss) == {"W5": "out-of-range"}


def test_a_faulty_cell_counts_even_in_a_branch_that_no_row_takes():
    # `if hours > 1_000 then store.region.bonus`: nobody works so long, and the region's workers are rejected.
    result = result_with(("region", 1, "bonus", None))
    assert rejects_of(result) == {"W4": "null", "W5": "null"}


def test_a_faulty_reference_rejects_whoever_looks_along_it():
    result = result_with(("store", 2, "region", "R9"))
    assert rejects_of(result) == {"W4": "unknown-reference", "W5": "unknown-reference"}


def test_a_fault_of_an_event_reaches_its_worker_and_its_store():
    # A parcel that W1 carried for S2: W1's piecework, the volume of S2 and with it W3; by the override W2 and W1.
    result = result_with(("parcel", 1, "price", 101))
    assert rejects_of(result) == dict.fromkeys(("W1", "W2", "W3"), "out-of-range")
    assert {each.key: each.rule for each in result.rejects}["W3"] == "employer levy"


def test_an_event_of_nobody_is_an_orphan():
    result = result_with(("parcel", 3, "worker", "W9"))
    assert rejects_of(result) == {}
    assert [(each.entity, each.key, each.row, each.reference, each.cause.code) for each in result.orphans] == [
        ("parcel", 4, 4, "worker", "unknown-reference")
    ]
    assert {line.key: line.values["piecework"] for line in result.lines}["W4"] == 0


def test_what_only_a_show_reads_is_withheld():
    result = result_with(("worker", 0, "extra", 1_001), ("store", 2, "revenue", None))
    assert rejects_of(result) == {}
    assert [(each.entity, each.key, each.line, each.cause.code.value) for each in result.withheld] == [
        ("region", "R2", "sales", "null"),
        ("store", "S3", "sold", "null"),
        ("worker", "W1", "special", "out-of-range"),
        ("worker", "W4", "special", "null"),
        ("worker", "W5", "special", "null"),
    ]
    assert {line.key: line.values["special"] for line in result.lines}["W1"] is None
    assert [row.values for row in result.shown["store"]][2] == {"sold": None}


def test_a_missing_parameter_rejects_the_payees_of_its_store_only():
    result = result_with(rates={"S1": {"rate": "1%"}, "S3": {"rate": "1%"}})
    assert rejects_of(result) == {}  # the pool is shown and pays nobody
    assert [(each.entity, each.key, each.line) for each in result.withheld] == [
        ("store", "S2", "sold"),
        ("worker", "W3", "special"),
    ]


def test_rows_that_share_a_key_are_rejected_and_reject_who_reads_them():
    result = result_with(("worker", 4, "worker", "W4"))
    # Both rows are faulty; the first also reaches the second, since the store adds up the hours of both.
    assert [(each.key, each.row, each.code.value, each.rule, each.cause.row) for each in result.rejects] == [
        ("W4", 4, "duplicate-key", "", 4),
        ("W4", 5, "duplicate-key", "deduct fee", 4),
    ]
    shared_store = result_with(("store", 1, "store", "S1"), rates={"S1": {"rate": "1%"}, "S3": {"rate": "3%"}})
    assert rejects_of(shared_store) == {
        "W1": "duplicate-key",
        "W2": "duplicate-key",
        "W3": "unknown-reference",
    }


def test_a_failed_assert_rejects_the_payee_and_his_group():
    # W5 earns 1_000 * 0.25 + 2 and more; with a factor of 2 it is too much, and W4 is paid from it.
    result = result_with(("store", 2, "factor", 2), ("worker", 4, "sales", 900))
    assert rejects_of(result) == {"W4": "assert-failed", "W5": "assert-failed"}
    assert result.rejects[0].rule == "pay override"
    assert result.rejects[1].rule == 'assert "too much"'
    assert result.rejects[1].message == "too much (worker W5)"
    assert [(each.entity, each.key, each.line) for each in result.withheld] == [("plan", None, "total")]


def test_a_fault_that_arises_in_computing_counts_only_where_it_is_computed():
    result = result_with(("worker", 0, "hours", 301), ("worker", 0, "sales", 100))
    assert rejects_of(result) == {}
    result = result_with(("worker", 0, "hours", 301), ("worker", 0, "sales", 101))
    assert rejects_of(result) == {"W1": "table-range"}
    assert result.rejects[0].message == "key 301 lies outside the key's range 0 .. 300, in shift of worker W1"


def test_each_reject_bears_the_first_of_its_causes():
    # null stands before out-of-range, whichever is nearer.
    result = result_with(("worker", 2, "sales", None), ("worker", 1, "sales", -1), ("parcel", 0, "price", 101))
    assert rejects_of(result) == dict.fromkeys(("W1", "W2", "W3"), "null")
    # Of two alike the one at the smaller place.
    result = result_with(("worker", 2, "sales", -1), ("worker", 1, "sales", -1))
    assert {each.key: each.cause.key for each in result.rejects} == {"W1": "W2", "W2": "W2", "W3": "W3"}


# ---------------------------------------------------------------- a search of the whole plan


def reads(expr, found):
    """All names and aggregates in an expression, at whatever depth; aggregates with what is inside them."""
    if isinstance(expr, Read):
        found.append((expr, None))
    elif isinstance(expr, Aggregate):
        inner = []
        for each in (expr.value, expr.where):
            if each is not None:
                reads(each, inner)
        found.append((expr, inner))
    elif isinstance(expr, Expr):
        for each in fields(expr):
            reads(getattr(expr, each.name), found)
    elif isinstance(expr, tuple):
        for each in expr:
            reads(each, found)
    return found


class Search:
    """For each line and row all faults that reach it, by asking every line again until nothing changes."""

    def __init__(self, data, arisen):
        self.data, self.plan = data, data.plan
        self.cells = {}
        for place, row, fault in data.faults:
            self.cells.setdefault((place, row), set()).add(fault)
        self.reached = {}
        self.rejected = {row: {fault} for row, fault in arisen.items()}
        self.rules = [line for line in self.plan.lines if line.role in ("pay", "deduct", "employer")]

    def of(self, place, row):
        return self.cells.get((place, row), set()) | self.reached.get((place, row), set())

    def through(self, expr, inner, row):
        faults = set()
        if isinstance(expr, Read):
            for reference in expr.references:
                faults |= self.of(reference, row)
                row = self.data.targets[reference][row]
                if not isinstance(row, int):
                    return faults
            return faults | self.of(expr.field, 0 if expr.field.entity == PLAN_GRAIN else row)
        faults |= self.of(Members(expr.reference), row)
        for member in range(self.data.entities[expr.entity].count):
            if expr.reference is None or self.data.targets[expr.reference][member] == row:
                faults |= self.of(expr.entity, member)
                for each, below in inner:
                    faults |= self.through(each, below, member)
        return faults

    def step(self):
        before = sum(map(len, self.reached.values())) + sum(map(len, self.rejected.values()))
        payee = self.plan.payee
        for line in self.plan.lines:
            for row in range(self.data.entities[line.entity].count):
                faults = self.of(line, row) | self.of(line.entity, row)
                for expr, inner in reads((line.value, line.when), []):
                    faults |= self.through(expr, inner, row)
                if line.entity == payee:
                    faults |= self.rejected.get(row, set())
                self.reached[line, row] = faults
        for row in range(self.data.entities[payee].count):
            faults = self.rejected.setdefault(row, set())
            faults |= self.of(payee, row)
            for line in self.rules:
                faults |= self.reached[line, row]
            for total in self.plan.totals.values():
                self.reached[total, row] = self.rejected[row]
            for assertion in self.plan.assertions:
                for expr, inner in reads(assertion.condition, []):
                    faults |= self.through(expr, inner, row)
        return before != sum(map(len, self.reached.values())) + sum(map(len, self.rejected.values()))


def searched(data):
    search = Search(data, {})
    while search.step():
        pass
    arisen = {}
    evaluator = Evaluator(data)
    for row, faults in search.rejected.items():
        if not faults:
            found = [evaluator.fault(line, row) for line in search.rules]
            found += [evaluator.assertion_fault(each, row) for each in data.plan.assertions]
            fault = first_fault(found)
            if fault is not None:
                arisen[row] = fault
    search = Search(data, arisen)
    while search.step():
        pass
    return search


CHANGES = st.sampled_from(
    [
        *(("worker", row, "sales", cell) for row in range(5) for cell in (None, -1, 1_000)),
        *(("worker", row, "hours", cell) for row in range(5) for cell in (None, 401, 399)),
        *(("worker", row, "extra", -1) for row in range(5)),
        *(("worker", row, "store", cell) for row in range(5) for cell in ("S9", None, "S1")),
        *(("worker", row, "boss", cell) for row in range(5) for cell in ("W9", None, "W1", "W5")),
        *(("worker", row, "worker", cell) for row in range(5) for cell in ("W1", None, 3)),
        *(("store", row, column, None) for row in range(3) for column in ("region", "revenue", "factor")),
        *(("store", row, "factor", 2) for row in range(3)),
        *(("store", row, "store", cell) for row in range(3) for cell in ("S1", None)),
        *(("region", row, "bonus", None) for row in range(2)),
        ("region", 1, "region", "R1"),
        *(("parcel", row, "price", -1) for row in range(4)),
        *(("parcel", row, "late", None) for row in range(4)),
        *(("parcel", row, "worker", cell) for row in range(4) for cell in ("W9", "W5", "W1")),
        *(("parcel", row, "parcel", 1) for row in range(4)),
    ]
)


@given(
    st.lists(CHANGES, max_size=4),
    st.lists(st.sampled_from(("S1", "S2", "S3")), unique=True),
)
def test_the_spread_is_what_a_search_of_the_whole_plan_finds(changes, unset):
    tables = tables_with(*changes)
    keys = {row["store"] for row in tables["store"]}
    rates = {key: value for key, value in RATES.items() if key not in unset and key in keys}
    data = data_of(PLAN, parameters={"store": rates}, **tables)
    search = searched(data)
    spread = find_rejects(Evaluator(data))
    expected = {row: first_fault(faults) for row, faults in search.rejected.items() if faults}
    assert spread.rejected == expected
    shows = [line for line in PLAN.lines if line.role == "show"]
    for line in shows:
        for row in range(data.entities[line.entity].count):
            assert spread.reached.get((line, row)) == first_fault(search.reached[line, row])


@given(st.lists(CHANGES, max_size=4), st.permutations(range(5)), st.permutations(range(3)), st.permutations(range(4)))
def test_the_order_of_rows_changes_nothing_but_the_order_of_lines(changes, workers, stores, parcels):
    # Rows that share a key are told apart by nothing but their place, so they are left out here.
    changes = [each for each in changes if each[0] != each[2]]
    tables = tables_with(*changes)
    turned = {
        **tables,
        "worker": [tables["worker"][at] for at in workers],
        "store": [tables["store"][at] for at in stores],
        "parcel": [tables["parcel"][at] for at in parcels],
    }
    one, other = (
        run(data_of(PLAN, parameters={"store": RATES}, **each), on_reject_share=None) for each in (tables, turned)
    )

    def place(fault: Fault):
        return fault.code, fault.entity, fault.key, fault.column, fault.value

    assert {line.key: line.values for line in one.lines} == {line.key: line.values for line in other.lines}
    assert [line.key for line in other.lines] == [
        tables["worker"][at]["worker"]
        for at in workers
        if tables["worker"][at]["worker"] in {line.key for line in one.lines}
    ]
    for name in ("rejects", "withheld", "orphans"):
        found = [[(each.key, place(each.cause)) for each in getattr(result, name)] for result in (one, other)]
        assert found[0] == found[1]
    assert one.totals == other.totals
    assert [(r.key, r.values) for r in one.shown["store"]] == [(r.key, r.values) for r in other.shown["store"]]


def test_the_plan_uses_every_way_for_a_fault_to_spread():
    found = [pair for line in PLAN.lines for pair in reads((line.value, line.when), [])]
    assert any(isinstance(expr, Aggregate) and expr.reference is None for expr, _ in found)
    assert any(isinstance(expr, Read) and len(expr.references) == 2 for expr, _ in found)
    assert any(isinstance(expr, Read) and isinstance(expr.field, Line) and expr.references for expr, _ in found)
    assert any(isinstance(expr, Aggregate) and isinstance(expr.reference, Reference) for expr, _ in found)
    assert any(
        isinstance(below.field, Total) for _, inner in found for below, _ in inner or () if isinstance(below, Read)
    )


def test_a_cell_that_no_row_reads_reaches_nothing_by_way_of_the_plan():
    plan = plan_of(
        """entity worker
  grade : one of junior, senior
entity shift in worker
let plan.senior = all(worker.grade is senior of shift)
show share = if plan.senior then 1 else 0
pay p = 1
"""
    )
    workers = [{"worker": "A", "grade": "senior"}, {"worker": "B", "grade": "Senior"}]
    without = run_of(plan, worker=workers, shift=[{"worker": "A"}])
    assert [line.values["share"] for line in without.lines] == [1, 1]
    assert not without.withheld
    beside = run_of(plan, worker=workers, shift=[{"worker": "A"}, {"worker": "B"}])
    assert [line.values["share"] for line in beside.lines] == [None, None]
    assert {each.cause.code for each in beside.withheld} == {"unknown-member"}
