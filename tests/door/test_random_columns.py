"""Random columns of random physical kinds: the engine's door and the reference's agree in every cell and fault."""

from zoneinfo import ZoneInfo

import pyarrow as pa
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from paycalc.core.errors import DataError
from paycalc.engine.inputs.door import DoorRules, scales_of
from paycalc.engine.inputs.input_table import InputTable, TextColumn
from tests.door import every_type, random_columns
from tests.door.comparing import agree

PLAN = every_type.plan()
PERIOD = PLAN.period.parse("2026-10")
TABLES = every_type.tables(PLAN)
LENIENT = settings(suppress_health_check=list(HealthCheck))


def table(name, columns, rows):
    return InputTable(name, columns, rows, f"{name}.parquet")


def row_count(made, entity):
    """How many rows an entity has; None where both doors have refused the tables, with the same words."""
    return None if isinstance(made, DataError) else made.counts[entity]


@LENIENT
@given(st.data())
def test_columns_of_every_kind(data):
    entity = data.draw(st.sampled_from(["store", "worker", "visit"]))
    count = data.draw(st.integers(0, 6))
    columns = {entity: TextColumn([f"K{row}" for row in range(count)])}
    scales = {}
    for name, known in PLAN.entities[entity].columns.items():
        columns[name], scale = data.draw(random_columns.column_of(known.type, count))
        if scale is not None:
            scales[f"{entity}.{name}"] = scale
    for name in PLAN.entities[entity].references:
        columns[name] = TextColumn([None] * count)
    zone = data.draw(st.sampled_from([None, ZoneInfo("Asia/Shanghai"), ZoneInfo("Europe/Berlin")]))
    rules = DoorRules(scales_of(PLAN, scales), zone, PLAN.timezone)
    found = {**TABLES, entity: table(entity, columns, count)}
    if entity == "store":
        del found["parameters.store"]  # it is about other stores
    assert row_count(agree(PLAN, found, PERIOD, rules), entity) in (count, None)


POOLS = [list(range(1, 9)), list(range(-2, 6)), [3, 5, 9, 70_000, 70_001, 200_000], [5, 4, 3, 2, 1],
         [0, 2**31, 2**63, 2**64 - 1, 7], [1, 1, 2, 3], [-(2**63), 2**63 - 1, 4]]  # fmt: skip


@LENIENT
@given(st.data())
def test_keys_and_references_of_every_kind(data):
    pool = data.draw(st.sampled_from(POOLS))
    stores, workers, visits = (data.draw(st.integers(0, 8)) for _ in range(3))
    store_keys = data.draw(random_columns.keys(pool, min(stores, len(pool)), unique=data.draw(st.booleans())))
    worker_keys = data.draw(random_columns.keys(pool, min(workers, len(pool)), unique=data.draw(st.booleans())))
    stores, workers = (len(_cells(column)) for column in (store_keys, worker_keys))
    found = dict(TABLES)
    found["store"] = table("store", {"store": store_keys, "open": TextColumn(["2020-01-01"] * stores)}, stores)
    worker = {name: TextColumn(([cells[0] or cells[1] or cells[2]] * workers)[:workers]) for name, cells in
              every_type.WORKERS.items()}  # fmt: skip
    worker |= {"worker": worker_keys}
    for name in ("store", "chief"):
        worker[name] = data.draw(random_columns.keys([*pool, 99], workers))
    found["worker"] = table("worker", worker, workers)
    visit = {"worker": data.draw(random_columns.keys(pool, visits)), "price": TextColumn(["1"] * visits)}
    visit |= {"at": TextColumn(["2026-10-01T08:00Z"] * visits)}
    if data.draw(st.booleans()):
        visit |= {"visit": data.draw(random_columns.keys(pool, visits))}
    found["visit"] = table("visit", visit, visits)
    rates = {"store": store_keys, "rate": TextColumn(["1%"] * stores)}
    found["parameters.store"] = table("parameters.store", rates, stores)
    if data.draw(st.booleans()):
        del found["parameters.store"]
    made = agree(PLAN, found, PERIOD)
    assert [row_count(made, name) for name in ("store", "worker", "visit")] in ([stores, workers, visits], [None] * 3)


def _cells(column):
    return column.cells if isinstance(column, TextColumn) else column


@LENIENT
@given(st.data())
def test_parameters_wide(data):
    count = data.draw(st.integers(0, 5))
    keys = data.draw(st.lists(st.sampled_from(["S1", "S2", "S3"]), min_size=count, max_size=count,
                              unique=data.draw(st.booleans()) and count <= 3))  # fmt: skip
    if data.draw(st.integers(0, 5)) == 0:
        keys = ["S9" if data.draw(st.booleans()) else key for key in keys]
    columns = {"store": pa.chunked_array([pa.array(keys, pa.string())])}
    scales = {}
    for name, known in PLAN.entities["store"].parameters.items():
        if data.draw(st.integers(0, 3)):
            columns[name], scale = data.draw(random_columns.column_of(known.type, count))
            if scale is not None:
                scales[f"store.{name}"] = scale
    rules = DoorRules(scales_of(PLAN, scales), None, PLAN.timezone)
    found = {**TABLES, "parameters.store": table("parameters.store", columns, count)}
    if data.draw(st.integers(0, 3)) == 0:
        found["store"] = table(
            "store", {"store": TextColumn(["S1", "S2", "S1", None]), "open": TextColumn(["2020-01-01"] * 4)}, 4
        )
    made = agree(PLAN, found, PERIOD, rules)
    assert row_count(made, "store") in (found["store"].row_count, None)


@LENIENT
@given(st.data())
def test_parameters_long(data):
    count = data.draw(st.integers(0, 8))
    names = [*PLAN.entities["store"].parameters]
    few = data.draw(st.lists(st.sampled_from(names), min_size=1, max_size=4))
    odd = [None, "nothing"] if data.draw(st.integers(0, 9)) == 0 else []
    written = data.draw(st.lists(st.sampled_from([*few, *odd]), min_size=count, max_size=count))
    each = st.sampled_from(["1", "2.5", "2%", "2.0%", "none", "low", "yes", "2026-10-01"])
    columns = {
        "store": TextColumn(data.draw(st.lists(st.sampled_from(["S1", "S2", "S3"]), min_size=count, max_size=count))),
        "name": data.draw(random_columns.laid_out(written, pa.string())),
        "value": data.draw(random_columns.texts(each, count)),
    }
    made = agree(PLAN, {**TABLES, "parameters.store": table("parameters.store", columns, count)}, PERIOD)
    assert row_count(made, "store") in (TABLES["store"].row_count, None)


@LENIENT
@given(st.data())
def test_parameters_of_the_plan(data):
    count = data.draw(st.integers(0, 2))
    columns = {}
    scales = {}
    good = {"wage": "2.50", "base": "0.5", "kind_of": "new"}
    for name, known in PLAN.entities["plan"].parameters.items():
        columns[name] = TextColumn([good[name], None][:count])
        if data.draw(st.integers(0, 3)) == 0:
            columns[name], scale = data.draw(random_columns.column_of(known.type, count))
            if scale is not None:
                scales[f"plan.{name}"] = scale
    rules = DoorRules(scales_of(PLAN, scales), None, PLAN.timezone)
    found = agree(PLAN, {**TABLES, "parameters.plan": table("parameters.plan", columns, count)}, PERIOD, rules)
    assert isinstance(found, DataError) or found.counts["plan"] == 1
