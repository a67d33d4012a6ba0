"""Tables and ladders from data: both doors read the same cases, and refuse the same rows in the same words."""

import pyarrow as pa
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from paycalc.check import check_plan
from paycalc.core.errors import DataError
from paycalc.core.span import Source
from paycalc.engine.encoding import ParameterCells, encode
from paycalc.engine.inputs.door import DoorRules
from paycalc.engine.inputs.input_table import InputTable, TextColumn
from paycalc.graph import prepared
from paycalc.graph.nodes import Input
from tests.door.comparing import agree

TEXT = """\
plan carriers "Carriers"
  currency CNY
  period   month
  timezone Asia/Shanghai
  payee    worker

entity store
entity zone
entity worker
  store : store
  grade : one of junior, senior
entity load dated at in worker
  zone   : zone
  at     : datetime
  weight : decimal(1) kg 0 .. 100

table freight of store, zone, weight : money from data
table bonus of grade, n int 0 .. 20 : money 0 .. 500 collect sum from data
table best of n int 0 .. 20 : money 0 .. 500 collect max from data
table clothes of grade, day date 2026-01-01 .. 2026-12-31, name text -> decent flag; costs money 0 .. 50 from data
ladder own_rate of store, grade, piled money 0 .. 10_000 : percent(1) 0% .. 30% from data
ladder far of zone, n int 0 .. 20 : money -9 .. 9 over from data

let load.price = freight(worker.store, zone, weight)
let load.more  = marginal(10, far(zone))
let dress      = clothes(grade, period.end, "plain")
pay work   = sum(price of load) + round(sum(more of load))
pay outfit = if dress.decent then dress.costs else 0
pay extra  = bonus(grade, min(count(load), 20)) + best(min(count(load), 20))
pay margin = round(marginal(min(work, 10_000), own_rate(store, grade)))
"""
PLAN = check_plan(Source("carriers.pay", TEXT))
PERIOD = PLAN.period.parse("2026-10")
LENIENT = settings(suppress_health_check=list(HealthCheck), deadline=None)
STORES, ZONES = ["S1", "S2", "S3"], ["Z1", "Z2"]


def table(name, rows, *columns):
    cells = {column: TextColumn([row[at] for row in rows]) for at, column in enumerate(columns)}
    return InputTable(name, cells, len(rows), f"{name}.csv")


def tables(**changed):
    """All tables, some of them others: name to rows and columns."""
    found = {
        "freight": ([["*", "*", None, None, "5"]], ["store", "zone", "weight_from", "weight_below", "value"]),
        "bonus": ([["*", None, None, "5"]], ["grade", "n_from", "n_below", "bonus"]),
        "best": ([[None, None, "5"]], ["n_from", "n_below", "value"]),
        "clothes": ([["*", None, None, "*", "yes", "3"]],
                    ["grade", "day_from", "day_below", "name", "decent", "costs"]),
        "own_rate": ([[store, grade, "0", "1%"] for store in STORES for grade in ("junior", "senior")],
                     ["store", "grade", "from", "value"]),
        "far": ([[zone, "0", "1"] for zone in ZONES], ["zone", "from", "value"]),
    }  # fmt: skip
    found.update(changed)
    return {
        "store": table("store", [[each] for each in STORES], "store"),
        "zone": table("zone", [[each] for each in ZONES], "zone"),
        "worker": table("worker", [["A", "S1", "junior"]], "worker", "store", "grade"),
        "load": table("load", [["A", "Z1", "2026-10-20T08:00Z", "5"]], "worker", "zone", "at", "weight"),
        **{f"table.{name}": table(f"table.{name}", rows, *columns) for name, (rows, columns) in found.items()},
    }


def test_one_row_for_everybody():
    found = agree(PLAN, tables(), PERIOD)
    assert found.counts["cells of freight"] == 1


# ---------------------------------------------------------------- what is refused

FREIGHT = ["store", "zone", "weight_from", "weight_below", "value"]


@pytest.mark.parametrize(
    ("changed", "code", "row"),
    [
        ({"freight": ([["S1", "*", None, None, "5"]], FREIGHT)}, "table-gap", ""),
        ({"freight": ([["*", "*", None, "50", "5"]], FREIGHT)}, "table-gap", ""),
        ({"freight": ([["*", "Z1", None, None, "5"]], FREIGHT)}, "table-gap", ""),
        ({"freight": ([["*", "*", None, None, "5"], ["S1", "*", None, None, "5"]], FREIGHT)}, "unreachable-row", "2"),
        ({"freight": ([["*", "*", "100.1", None, "5"], ["*", "*", None, None, "5"]], FREIGHT)}, "empty-band", "1"),
        ({"freight": ([["S9", "*", None, None, "5"], ["*", "*", None, None, "5"]], FREIGHT)}, "unknown-reference", "1"),
        ({"freight": ([[None, "*", None, None, "5"]], FREIGHT)}, "null", "1"),
        ({"freight": ([["*", "*", None, None, "abc"]], FREIGHT)}, "not-a-number", "1"),
        ({"freight": ([["*", "*", "0.55", None, "5"]], FREIGHT)}, "too-many-places", "1"),
        ({"freight": ([["*", "*", None, None, "5", "2026-10-02"]], [*FREIGHT, "effective_from"])},
         "missing-version", ""),
        ({"freight": ([["*", "*", None, None, "5", None]], [*FREIGHT, "effective_from"])}, "null", "1"),
        ({"freight": ([["*", "*", None, None]], FREIGHT[:-1])}, "missing-column", ""),
        ({"freight": ([["*", "*", None, None, "5", "x"]], [*FREIGHT, "wieght"])}, "unknown-column", ""),
        ({"bonus": ([["boss", None, None, "5"]], ["grade", "n_from", "n_below", "bonus"])}, "unknown-member", "1"),
        ({"best": ([["3", None, "5"]], ["n_from", "n_below", "value"])}, "table-gap", ""),
        ({"far": ([["Z1", "0", "1"]], ["zone", "from", "value"])}, "ladder-group", ""),
        ({"far": ([["Z1", "0", "1"], ["Z2", "0", "1"], ["Z1", "0", "2"]], ["zone", "from", "value"])},
         "ladder-order", "3"),
        ({"far": ([["Z1", "0", "1"], ["*", "0", "1"]], ["zone", "from", "value"])}, "unknown-reference", "2"),
        ({"far": ([["Z1", "21", "1"], ["Z2", "0", "1"]], ["zone", "from", "value"])}, "out-of-range", "1"),
    ],
)  # fmt: skip
def test_what_is_refused(changed, code, row):
    refused = agree(PLAN, tables(**changed), PERIOD)
    assert isinstance(refused, DataError)
    assert (refused.code, refused.row) == (code, row)


def test_a_table_that_is_not_there():
    given_tables = tables()
    del given_tables["table.best"]
    refused = agree(PLAN, given_tables, PERIOD)
    assert (refused.code, str(refused)) == ("missing-table", str(refused))


# ---------------------------------------------------------------- anything


@st.composite
def versioned(draw, rows, columns):
    """Rows in one version, or in two."""
    if draw(st.booleans()):
        return rows, columns
    later = draw(st.permutations(rows))
    dates = draw(
        st.sampled_from([("2026-01-01", "2026-10-15"), ("2026-10-01", "2026-10-31"), ("2026-01-01", "2027-01-01")])
    )
    return [[*row, dates[0]] for row in rows] + [[*row, dates[1]] for row in later], [*columns, "effective_from"]


@st.composite
def cells_of(draw, keys):
    """The cells of a row: keys are lists of texts with `*`, or bounds."""
    row = []
    for key in keys:
        if isinstance(key, list):
            row.append(draw(st.sampled_from([*key, "*", "*"])))
        else:
            low, high = sorted(draw(st.lists(key, min_size=2, max_size=2, unique=True)))
            row += [draw(st.sampled_from([str(low), None])), draw(st.sampled_from([str(high), None]))]
    return row


@LENIENT
@given(st.data())
def test_tables_of_every_kind(data):
    tenths = st.sampled_from([0, 10.5, 20, 50, 99.9])
    whole = st.sampled_from([0, 3, 7, 20])
    value = st.integers(0, 9).map(str)
    changed = {}
    rows = [
        [*data.draw(cells_of([STORES, ZONES, tenths])), data.draw(value)] for _ in range(data.draw(st.integers(0, 5)))
    ]
    rows += [["*", "*", None, None, "1"]] * data.draw(st.sampled_from([0, 1, 1, 1, 1, 1]))
    changed["freight"] = data.draw(versioned(rows, FREIGHT))
    rows = [
        [*data.draw(cells_of([["junior", "senior"], whole])), data.draw(value)]
        for _ in range(data.draw(st.integers(0, 4)))
    ]
    changed["bonus"] = data.draw(versioned(rows, ["grade", "n_from", "n_below", "value"]))
    rows = [[*data.draw(cells_of([whole])), data.draw(value)] for _ in range(data.draw(st.integers(0, 3)))]
    changed["best"] = data.draw(versioned([*rows, [None, None, "2"]], ["n_from", "n_below", "best"]))
    steps = [sorted(data.draw(st.lists(st.integers(0, 20), min_size=1, max_size=3, unique=True))) for _ in ZONES]
    rows = [[zone, str(each), data.draw(value)] for zone, of_zone in zip(ZONES, steps, strict=True) for each in of_zone]
    changed["far"] = data.draw(versioned(rows, ["zone", "from", "value"])) if data.draw(st.booleans()) else (
        rows, ["zone", "from", "value"])  # fmt: skip
    found = tables(**changed)
    if data.draw(st.integers(0, 4)) == 0:
        found["store"] = table("store", [["S1"], ["S2"], ["S3"], ["S1"]], "store")
    made = agree(PLAN, found, PERIOD)
    assert isinstance(made, DataError) or made.counts["sheets of freight"] >= 1


def test_a_bound_plan_reads_tables_once_and_again_for_other_stores():
    cache, rules = ParameterCells(), DoorRules(plan_timezone=PLAN.timezone)
    plan = check_plan(Source("carriers.pay", TEXT.replace(", name text", "").replace(', "plain"', "")))
    given_tables = tables(
        clothes=([["*", None, None, "yes", "3"]], ["grade", "day_from", "day_below", "decent", "costs"])
    )
    more = {**given_tables, "zone": table("zone", [["Z1"], ["Z2"], ["Z3"]], "zone")}
    first, second = (encode(plan, given_tables, PERIOD, rules, parameter_cells=cache) for _ in range(2))
    (freight,) = (each for each in plan.tables.values() if each.name == "freight")
    made = Input(prepared.result(freight, 0), "made")
    assert first.inputs[made] is second.inputs[made]
    with pytest.raises(DataError) as raised:
        encode(plan, more, PERIOD, rules, parameter_cells=cache)
    assert raised.value.code == "ladder-group"


def test_columns_with_types():
    found = tables()
    columns = {
        "store": pa.array(["S1", "*"]).dictionary_encode(),
        "zone": pa.array(["*", "*"]),
        "weight": pa.array([None, None], pa.int32()),
        "value": pa.array(["1.50", "2"]),
    }
    columns["weight_from"], columns["weight_below"] = columns["weight"], columns.pop("weight")
    held = {name: pa.chunked_array([cells]) for name, cells in columns.items()}
    found["table.freight"] = InputTable("table.freight", held, 2, "freight.parquet")
    assert agree(PLAN, found, PERIOD).counts["sheets of freight"] == 2
