"""The same small data through the table libraries that people use: the same values, whatever they call their types."""

from datetime import date, datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

import duckdb
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest

from paycalc.check import check_plan
from paycalc.core.span import Source
from paycalc.engine.inputs.door import DoorRules, scales_of
from paycalc.engine.inputs.sources import tables_from
from paycalc.graph.nodes import Input
from tests.door.comparing import agree, stored_numbers

TEXT = """\
plan peers "Peers"
  currency CNY
  period   month
  timezone Asia/Shanghai
  payee    worker

entity store
  open : date
entity worker
  store : store
  grade : one of junior, senior, lead
  sales : money 0 .. 10_000
  bonus : money 0 .. 1_000 optional
  score : decimal(2) 0 .. 2
  days  : int 0 .. 31
  hired : date
  since : datetime
  paid  : flag
  note  : text = "none"

pay share = if paid and grade is senior and note is not "off" then sales + default(bonus, 0) else 0
let counts = hired < 2026-10-01 and store.open < period.start and hour(since) > 2
pay wages = days * 1 CNY + round(score, 0) * 1 CNY when counts
"""
PLAN = check_plan(Source("peers.pay", TEXT))
PERIOD = PLAN.period.parse("2026-10")
SHANGHAI = ZoneInfo("Asia/Shanghai")

STORES = {"store": ["S1", "S2"], "open": [date(2020, 1, 1), date(2021, 1, 1)]}
WORKERS = {
    "worker": ["A", "B", "C", "D"],
    "store": ["S1", "S2", "S1", "S2"],
    "grade": ["senior", "junior", "lead", "senior"],
    "sales": [Decimal("1000.50"), Decimal("0.01"), Decimal("9999.99"), Decimal("0.00")],
    "bonus": [Decimal("1.50"), None, None, Decimal("3.00")],
    "score": [1.5, 0.07, 2.0, 0.29],
    "days": [20, 0, 31, 22],
    "hired": [date(2020, 5, 1), date(2021, 5, 1), date(2026, 10, 1), date(1999, 12, 31)],
    "since": [datetime(2026, 10, 1, 8, 30, second, tzinfo=SHANGHAI) for second in range(4)],
    "paid": [True, True, False, True],
    "note": ["off", None, "caf\u00e9", "off"],
}
# What the engine is handed, by the name of each column.
NUMBERS = {
    "open": [18262, 18628],
    "store": [0, 1, 0, 1],
    "grade": [1, 0, 2, 1],
    "sales": [100050, 1, 999999, 0],
    "bonus": [150, None, None, 300],
    "score": [150, 7, 200, 29],
    "days": [20, 0, 31, 22],
    "hired": [18383, 18748, 20727, 10956],
    "since": [1790814600_000_000 + 1_000_000 * second for second in range(4)],
    "paid": [1, 1, 0, 1],
}
NOTES = ["off", "none", "caf\u00e9", "off"]


def of_pyarrow(columns):
    return pa.table({name: pa.array(cells) for name, cells in columns.items()})


def of_pyarrow_encoded(columns):
    """Dictionaries, runs, views and large texts."""
    table = of_pyarrow(columns)
    arrays = {}
    for name, column in zip(table.column_names, table.columns, strict=True):
        if name in ("grade", "store"):
            arrays[name] = column.dictionary_encode()
        elif name == "note":
            arrays[name] = column.cast(pa.string_view())
        elif name == "worker":
            arrays[name] = column.cast(pa.large_string())
        elif name == "days":
            arrays[name] = pa.chunked_array([pa.compute.run_end_encode(column.combine_chunks())])
        else:
            arrays[name] = column
    return pa.table(arrays)


def of_polars(columns):
    return pl.DataFrame(columns)


def of_polars_encoded(columns):
    frame = pl.DataFrame(columns)
    if "grade" not in frame.columns:
        return frame
    return frame.with_columns(
        pl.col("grade").cast(pl.Enum(["junior", "senior", "lead"])),
        pl.col("store").cast(pl.Categorical),
        pl.col("note").cast(pl.Categorical),
        pl.col("days").cast(pl.UInt8),
        pl.col("score").cast(pl.Decimal(10, 2)),
    )


def of_polars_in_pieces(columns):
    whole = pl.DataFrame(columns)
    return pl.concat([whole[:1], whole[1:1], whole[1:]], rechunk=False)


def of_pandas(columns):
    return pd.DataFrame(columns)


def of_pandas_objects(columns):
    frame = pd.DataFrame({name: pd.Series(cells, dtype=object) for name, cells in columns.items()})
    return frame.astype({"days": "Int16", "paid": "boolean"}) if "days" in columns else frame


def of_pandas_categories(columns):
    frame = pd.DataFrame(columns)
    return frame.astype({"grade": "category", "note": "category", "days": "int8"}) if "grade" in columns else frame


def of_duckdb(columns):
    connection = duckdb.connect()
    connection.execute("set timezone = 'Asia/Shanghai'")
    connection.register("held", of_pyarrow(columns))
    relation = connection.sql("select * from held")
    return _Kept(relation, connection)


class _Kept:
    """A relation that keeps its connection."""

    def __init__(self, relation, connection):
        self.relation, self.connection = relation, connection

    def __arrow_c_stream__(self, requested_schema=None):
        return self.relation.__arrow_c_stream__(requested_schema)


LIBRARIES = [of_pyarrow, of_pyarrow_encoded, of_polars, of_polars_encoded, of_polars_in_pieces, of_pandas,
             of_pandas_objects, of_pandas_categories, of_duckdb]  # fmt: skip


@pytest.mark.parametrize("library", LIBRARIES)
def test_every_library_hands_over_the_same_values(library):
    tables = tables_from(PLAN, {"store": library(STORES), "worker": library(WORKERS)})
    found = agree(PLAN, tables, PERIOD, DoorRules(scales_of(PLAN, {}), None, PLAN.timezone))
    assert list(found.faults) == []
    held = {each.field.name: each for each in found.inputs if each.part in ("value", "row")}
    for name, numbers in NUMBERS.items():
        stored = stored_numbers(found.inputs[held[name]])
        assert [number for number, wanted in zip(stored, numbers, strict=True) if wanted is not None] == [
            wanted for wanted in numbers if wanted is not None
        ]
    bonus = PLAN.entities["worker"].columns["bonus"]
    assert stored_numbers(found.inputs[Input(bonus, "present")]) == [1, 0, 0, 1]
    notes = stored_numbers(found.inputs[held["note"]])
    assert [found.texts[number] for number in notes] == NOTES
    assert found.keys["worker"].array.to_pylist() == WORKERS["worker"]
