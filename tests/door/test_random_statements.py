"""Random tables of dated parameters: the engine's door and the reference's agree in every value, setting and fault."""

from datetime import UTC, date, datetime, timedelta

import pyarrow as pa
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from paycalc.check import check_plan
from paycalc.core.errors import DataError
from paycalc.core.span import Source
from paycalc.engine.inputs.door import DoorRules
from paycalc.engine.inputs.input_table import InputTable, TextColumn
from tests.door.comparing import agree
from tests.door.random_columns import laid_out

TEXT = """\
plan couriers "Couriers of stores in regions"
  currency CNY
  period   month
  timezone Asia/Shanghai
  payee    worker

entity country
entity region
  country : country optional
entity store
  region : region optional
entity worker
  store : store
entity parcel dated at in worker outside period ignore
  store : store
  at    : datetime
entity visit dated day in worker
  day : date

parameters of store
  rate  : money 0 .. 1_000
  extra : money 0 .. 1_000 optional
  base  : money 0 .. 1_000 = 5
  mean  : money 0 .. 1_000
  tier  : one of low, high = low
  mark  : text = "plain"
  open_ : flag optional
  since : date optional
  idle  : money 0 .. 1_000 optional
parameters
  wage  : money 0 .. 100 = 3
  share : percent(2) 0% .. 50% = 2%

let parcel.price = (if store.mark is "plain" then store.rate else 0) + default(store.extra, 0) + wage
let parcel.more  = if default(store.open_, no) then store.base else round(store.base * share)
pay work  = sum(price of parcel) + sum(more of parcel)
pay days  = sum(worker.store.rate of visit where worker.store.tier is low)
pay means = round(average(store.mean over period))
pay ends  = store.base + (if default(store.since, 2026-01-01) < 2026-05-01 then store.rate else 0)
"""
PLAN = check_plan(Source("couriers.pay", TEXT))
PERIOD = PLAN.period.parse("2026-10")
STORES = ["S1", "S2", "S3"]
REGIONS = ["R1", "R2"]
LENIENT = settings(suppress_health_check=list(HealthCheck), deadline=None)
START = datetime(2026, 9, 30, 16, tzinfo=UTC)

VALUES = {
    "rate": ["1", "2.50", "2.5", "1000.01", "abc"],
    "extra": ["1", "2", "none"],
    "base": ["7", "8", "9.001"],
    "mean": ["3", "4", "10.01", "none"],
    "tier": ["low", "high", "middle"],
    "mark": ["plain", "none", "inherit", "odd"],
    "open_": ["yes", "no", "none"],
    "since": ["2026-04-01", "2026-06-01", "none"],
    "idle": ["1", "2"],
    "wage": ["1", "2", "100.01"],
    "share": ["1%", "2%", "2.0%"],
}


@st.composite
def whens(draw, count, *, empties):
    """A column of days and moments, most of them in or near the period."""
    days = st.integers(-40, 35).map(lambda each: date(2026, 10, 1) + timedelta(each))
    moments = st.integers(-60, 60).map(lambda each: START + timedelta(hours=13 * each))
    few = draw(st.lists(days, min_size=1, max_size=3))
    kind = draw(st.sampled_from(["date", "moment", "text", "cells"]))
    each = (
        st.sampled_from(few) | days
        if kind == "date"
        else moments
        if kind == "moment"
        else st.sampled_from(few) | moments
    )
    if empties:
        each = st.none() | each
    cells = draw(st.lists(each, min_size=count, max_size=count))
    if kind == "date":
        return draw(laid_out(cells, draw(st.sampled_from([pa.date32(), pa.date64()]))))
    if kind == "moment":
        return pa.chunked_array([pa.array(cells, pa.timestamp("us", "UTC"))])
    texts = [None if cell is None else cell.isoformat() for cell in cells]
    if draw(st.integers(0, 19)) == 0 and count:
        texts[-1] = draw(st.sampled_from(["2026-02-30", "", "2026-10-01T08:00", "soon"])) or None
    return TextColumn(texts) if kind == "cells" else draw(laid_out(texts, pa.string()))


@st.composite
def statements(draw, entity):
    """A table of an entity's parameters."""
    count = draw(st.integers(0, 9))
    columns = {}
    if entity == "store":
        odd = draw(st.integers(0, 9)) == 0
        levels = draw(
            st.sampled_from([["store"], ["store", "region"], ["store", "region", "country", "plan"], ["region"]])
        )
        pools = {
            "store": [*STORES, "S9"] if odd else STORES,
            "region": [*REGIONS, "R9"] if odd else REGIONS,
            "country": ["C1"],
            "plan": ["plan"],
        }
        chosen = [draw(st.sampled_from(levels)) for _ in range(count)]
        for level in levels:
            cells = [draw(st.sampled_from(pools[level])) if level == one else None for one in chosen]
            if odd and count:
                cells[0] = draw(st.sampled_from([None, *pools[level]]))
            columns[level] = draw(laid_out(cells, pa.string()))
    if draw(st.integers(0, 4)):
        columns["effective_from"] = draw(whens(count, empties=draw(st.integers(0, 19)) == 0))
    if draw(st.booleans()):
        columns["effective_to"] = draw(whens(count, empties=True))
    if draw(st.integers(0, 2)) == 0:
        columns["recorded_at"] = draw(whens(count, empties=False))
    names = [*PLAN.entities[entity].parameters]
    if draw(st.integers(0, 3)) == 0:
        few = draw(st.lists(st.sampled_from(names), min_size=1, max_size=3))
        named = [draw(st.sampled_from(few)) for _ in range(count)]
        columns["name"] = draw(laid_out(named, pa.string()))
        columns["value"] = draw(laid_out([_cell(draw, name) for name in named], pa.string()))
    else:
        for name in draw(st.lists(st.sampled_from(names), min_size=1, unique=True)):
            columns[name] = draw(laid_out([_cell(draw, name) for _ in range(count)], pa.string()))
    return InputTable(f"parameters.{entity}", columns, count, f"parameters of {entity}")


def _cell(draw, name):
    if draw(st.integers(0, 3)) == 0:
        return None
    good = VALUES[name][: 2 if draw(st.integers(0, 4)) else None]
    return draw(st.sampled_from([*good, "inherit"] if draw(st.integers(0, 3)) == 0 else good))


def table(name, **columns):
    (count,) = {len(cells) for cells in columns.values()}
    held = {each: pa.chunked_array([pa.array(cells)]) if cells and not isinstance(cells[0], str | None) else
            TextColumn(cells) for each, cells in columns.items()}  # fmt: skip
    return InputTable(name, held, count, f"{name}.parquet")


@st.composite
def rows(draw):
    """The tables of rows."""
    odd = draw(st.integers(0, 5)) == 0
    regions = st.sampled_from([*REGIONS, None, "R8"] if odd else [*REGIONS, None])
    stores = [*STORES, "S1"] if odd else STORES
    moments = [START + timedelta(minutes=draw(st.integers(-3_000, 48_000))) for _ in range(draw(st.integers(0, 6)))]
    days = [date(2026, 10, 1) + timedelta(draw(st.integers(0 if not odd else -3, 30))) for _ in range(3)]
    return {
        "country": table("country", country=["C1"]),
        "region": table("region", region=REGIONS, country=[draw(st.sampled_from(["C1", None])), "C9" if odd else "C1"]),
        "store": table("store", store=stores, region=[draw(regions) for _ in stores]),
        "worker": table("worker", worker=["A", "B"], store=["S1", draw(st.sampled_from(STORES))]),
        "parcel": table(
            "parcel", worker=["A"] * len(moments), store=[draw(st.sampled_from(STORES)) for _ in moments],
            at=[each.isoformat() for each in moments],
        ),
        "visit": table("visit", worker=["A", "B", "A"], day=[each.isoformat() for each in days]),
    }  # fmt: skip


@LENIENT
@given(st.data())
def test_statements_of_every_kind(data):
    tables = data.draw(rows())
    for entity in ("store", "plan"):
        if data.draw(st.integers(0, 4)):
            tables[f"parameters.{entity}"] = data.draw(statements(entity))
    known_at = data.draw(st.sampled_from([None, None, date(2026, 10, 5), START + timedelta(days=9, hours=5)]))
    made = agree(PLAN, tables, PERIOD, DoorRules(plan_timezone=PLAN.timezone, known_at=known_at))
    assert isinstance(made, DataError) or made.counts["store"] == tables["store"].row_count
