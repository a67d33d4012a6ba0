"""Each fault that data can have: its code, and the message with row, column, value and what was expected."""

from datetime import datetime
from decimal import Decimal
from math import inf, nan
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from paycalc.core.errors import DataError
from paycalc.engine.encoding import encode
from paycalc.engine.inputs.door import DoorRules, scales_of
from paycalc.engine.inputs.files import read_file
from tests.door import every_type
from tests.door.comparing import agree

PLAN = every_type.plan()
PERIOD = PLAN.period.parse("2026-10")


def entered(scales=None, parameters=None, **changed):
    tables = every_type.tables(PLAN, parameters, **changed)
    return agree(PLAN, tables, PERIOD, DoorRules(scales_of(PLAN, scales or {}), None, PLAN.timezone))


def faults_of(found) -> list[tuple[str, int, str]]:
    """Code, row and message of each fault, by rows."""
    described = [batch.describe(row) for batch in found.faults for row in batch.rows.tolist()]
    return sorted((fault.code.value, fault.row, fault.message) for fault in described)


# ---------------------------------------------------------------- one cell

MONEY = pa.decimal128(12, 2)


@pytest.mark.parametrize(
    ("column", "cells", "fault"),
    [
        ("sales", ["1", None, "3", "4"], ("null", 2, "sales of worker B is empty, expected 0 .. 10_000 CNY")),
        ("sales", ["1", "10000.01", "3", "4"],
         ("out-of-range", 2, "sales of worker B is 10_000.01 CNY, outside 0 .. 10_000 CNY")),
        ("sales", pa.array([Decimal(1), Decimal("-0.01"), Decimal(3), Decimal(4)], MONEY),
         ("out-of-range", 2, "sales of worker B is -0.01 CNY, outside 0 .. 10_000 CNY")),
        ("sales", pa.array([Decimal(1), Decimal(2), Decimal(3), Decimal(10**30)], pa.decimal128(38, 2)),
         ("out-of-range", 4, f"sales of worker D is {10**30:_}.00 CNY, outside 0 .. 10_000 CNY")),
        ("sales", ["1", "1.001", "3", "4"],
         ("too-many-places", 2, "sales of worker B is 1.001 CNY, expected at most 2 decimal places")),
        ("sales", ["1", "1,5", "3", "4"],
         ("not-a-number", 2, "sales of worker B is 1,5, expected an exact number, like 1234.50")),
        ("sales", [1.0, 0.1 + 0.2, 3.0, 4.0],
         ("inexact-float", 2,
          "sales of worker B is 0.30000000000000004, expected a number of at most 2 decimal places")),
        ("sales", [1.0, 2.0, nan, 4.0],
         ("not-a-number", 3, "sales of worker C is NaN, expected an exact number, like 1234.50")),
        ("sales", [1.0, 2.0, 3.0, inf],
         ("inexact-float", 4, "sales of worker D is inf, expected a number of at most 2 decimal places")),
        ("share", ["2%", "2", "1%", "1%"],
         ("unknown-scale", 2, "share of worker B is 2, expected a percentage with its %, or a stated scale")),
        ("days", pa.array([1, 2, 32, 4], pa.int8()), ("out-of-range", 3, "days of worker C is 32, outside 0 .. 31")),
        ("grade", ["senior", "junior", "manager", "lead"],
         ("unknown-member", 3, "grade of worker C is manager, expected one of junior, senior, lead")),
        ("hired", ["2020-05-01", "2021-02-29", "2026-10-01", "2000-01-01"],
         ("not-a-date", 2, "hired of worker B is 2021-02-29, expected a date like 2026-10-15")),
        ("hired", pa.array([18_000, 18_001, 10_000, 18_003], pa.int32()).cast(pa.date32()),
         ("out-of-range", 3, "hired of worker C is 1997-05-19, outside 2000-01-01 .. 2030-12-31")),
        ("paid", ["yes", "maybe", "no", "no"], ("not-a-flag", 2, "paid of worker B is maybe, expected yes or no")),
        ("store", ["S1", "S2", "S4", "S3"],
         ("unknown-reference", 3, "store of worker C is S4, expected the key of a store; no store has this key")),
        ("store", ["S1", "S2", None, "S3"], ("null", 3, "store of worker C is empty, expected the key of a store")),
    ],
)  # fmt: skip
def test_a_faulty_cell(column, cells, fault):
    assert faults_of(entered(worker={column: cells})) == [fault]


def test_the_nearest_key_is_named():
    (batch,) = entered(worker={"store": ["S1", "s2", "S1", "S3"]}).faults
    assert batch.describe(1).help == "did you mean S2?"


def test_rows_that_share_a_key_and_what_leads_to_them():
    twice = "store S1 stands in the table more than once (rows 1, 2)"
    found = entered({}, {"store": {"store": ["S1", "S1", "S3"], "rate": ["2%", "2%", "0"], "cap": None, "mark": None,
                                   "tier": None, "since": None, "open_": None, "hour": None}},
                    store={"store": ["S1", "S1", "S3"]}, worker={"store": ["S1", "S3", "S1", "S3"]})  # fmt: skip
    # Its own two rows, and the two workers whose references lead to the first of them.
    assert faults_of(found) == [("duplicate-key", 1, twice), ("duplicate-key", 1, twice),
                                ("duplicate-key", 1, twice), ("duplicate-key", 2, twice)]  # fmt: skip
    assert [(str(getattr(batch.place, "name", batch.place)), batch.rows.tolist()) for batch in found.faults] == [
        ("store", [0, 1]),
        ("store", [0, 2]),
    ]


def test_a_row_without_a_key():
    found = entered(worker={"worker": ["A", "B", None, "D"]})
    assert faults_of(found) == [("null-key", 3, "row 3 of worker has no key")]


def test_more_rows_than_the_plan_says():
    found = entered(visit={name: [cells[0]] * 4 for name, cells in every_type.VISITS.items() if name != "visit"}
                    | {"visit": ["V1", "V2", "V3", "V4"]})  # fmt: skip
    message = "worker A has 4 rows of visit, and the plan says at most 3 per worker"
    assert faults_of(found) == [("too-many-rows", 1, message)]


def test_a_moment_without_a_zone_among_others():
    at = ["2026-10-01T08:00+08:00", "2026-10-01T07:59", "2026-10-02T20:00+08:00"]
    wanted = "expected a moment with its zone, like 2026-10-15T08:30+08:00, or a stated zone"
    message = f"at of visit V2 is 2026-10-01T07:59, {wanted}"
    assert faults_of(entered(visit={"at": at})) == [("zoneless-timestamp", 2, message)]


def test_a_parameter_that_nobody_has_set():
    found = entered(parameters={"store": {"rate": ["2%", None, "0"]}})
    assert faults_of(found) == [("missing-parameter", 2, "rate of store S2 is not set, expected 0% .. 50%")]


# ---------------------------------------------------------------- what stops the run


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (
            {"worker": {"sales": pa.array([1, 2, 3, 4])}},
            "error[unknown-scale]: `sales` of `worker` holds integers, and nobody has said what they count\n"
            "table:    worker\ncolumn:   sales\nexpected: a stated scale\n"
            'help:     say it: scales={"worker.sales": 2} in Python, --scale worker.sales=2 for the command',
        ),
        (
            {"worker": {"sales": None}},
            "error[missing-column]: the table `worker` has no column `sales`, which the plan uses\n"
            "table:    worker\ncolumn:   sales\nexpected: a column `sales`\n"
            "help:     its columns are: worker, store, chief, grade, bonus, score, share, days, large, hired, left, "
            "paid, vip, late, note, mail",
        ),
        (
            {"worker": {"hired": pa.array([True, False, True, True])}},
            "error[wrong-type]: `hired` of `worker` holds bool\n"
            "table:    worker\ncolumn:   hired\nexpected: dates, or texts like 2026-10-15",
        ),
        (
            {"visit": {"at": pa.array([datetime(2026, 10, 1)] * 3, pa.timestamp("ms"))}},
            "error[zoneless-timestamp]: `at` of `visit` holds moments without a zone\n"
            "table:    visit\ncolumn:   at\nexpected: timestamps with a zone\n"
            "help:     say in which zone their clock stands, for example the plan's: "
            'assume_timezone="Asia/Shanghai" in Python, --assume-timezone Asia/Shanghai for the command',
        ),
        (
            {"parameters": {"plan": {"wage": [None]}}},
            "error[missing-parameter]: the parameter `wage` is not set, and the plan gives no default\n"
            "table:    parameters\ncolumn:   wage\nexpected: 0 .. 100 CNY per hour",
        ),
        (
            {"parameters": {"store": {"store": ["S1", "S1", "S3"]}}},
            "error[parameter-conflict]: `rate` of store S1 is set twice, to different values\n"
            "table:    parameters of store\nrow:      1 and 2\ncolumn:   rate\nvalue:    2% and 3.5%\n"
            "expected: one value\nhelp:     delete one of the two rows",
        ),
        (
            {"parameters": {"store": {"store": ["S1", "S2", "S03"]}}},
            "error[unknown-reference]: there are parameters for store S03, and no such store\n"
            "table:    parameters of store\nrow:      3\ncolumn:   store\nvalue:    S03\n"
            "expected: the key of a store\nhelp:     did you mean S3?",
        ),
        (
            {"parameters": {"store": {"rte": ["2%", "1%", "0"]}}},
            "error[unknown-parameter]: the plan has no parameter `rte` of store\n"
            "table:    parameters of store\nrow:      1\ncolumn:   rte\nhelp:     did you mean `rate`?",
        ),
    ],
)
def test_what_stops_the_run(arguments, message):
    assert str(entered(**arguments)) == message


def test_a_table_of_more_rows_than_are_counted():
    tables = every_type.tables(PLAN)
    worker = tables["worker"]
    object.__setattr__(worker, "row_count", 2**31)
    with pytest.raises(DataError) as caught:
        encode(PLAN, tables, PERIOD, DoorRules())
    assert str(caught.value) == (
        "error[too-many-rows]: there are 2_147_483_648 rows of `worker`, and no entity may have more than "
        "2_147_483_647\ntable:    worker\nvalue:    2_147_483_648 rows\nexpected: at most 2_147_483_647"
    )


# ---------------------------------------------------------------- files


def unreadable(path: Path) -> str:
    with pytest.raises(DataError) as caught:
        read_file(path, "worker")
    assert caught.value.code == "unreadable-file"
    return caught.value.message


def sales(path: Path) -> bytes:
    table = pa.table({"worker": [f"W{row}" for row in range(1000)], "sales": pa.array(range(1000), pa.int32())})
    pq.write_table(table, path, write_page_checksum=True, compression="none", use_dictionary=False)
    return path.read_bytes()


def test_text_that_is_not_utf_8(tmp_path):
    path = tmp_path / "worker.csv"
    path.write_bytes(b"worker,sales\nA,1\nJ\xe9r\xf4me,2\n")
    with pytest.raises(DataError) as caught:
        read_file(path, "worker")
    assert str(caught.value) == (
        "error[unreadable-file]: `worker.csv` cannot be read: it is not UTF-8\n"
        "table:    worker\nrow:      line 3\nhelp:     save it as CSV in UTF-8"
    )


def test_arrow_text_that_is_not_utf_8(tmp_path):
    path = tmp_path / "worker.parquet"
    broken = pa.StringArray.from_buffers(1, pa.py_buffer(b"\0\0\0\0\2\0\0\0"), pa.py_buffer(b"\xff\xfe"))
    pq.write_table(pa.table({"worker": broken}), path)
    assert unreadable(path) == (
        "`worker.parquet` cannot be read: its Arrow data is broken: Column 0: In chunk 0: Invalid: Invalid UTF8 "
        "sequence at string index 0"
    )


@pytest.mark.parametrize("share", [0.2, 0.5, 0.99])
def test_a_parquet_file_that_is_cut_off(tmp_path, share):
    path = tmp_path / "worker.parquet"
    data = sales(path)
    path.write_bytes(data[: int(len(data) * share)])
    assert unreadable(path) == (
        "`worker.parquet` cannot be read: it is cut off or damaged: Parquet magic bytes not found in footer. "
        "Either the file is corrupted or this is not a parquet file."
    )


def test_a_parquet_page_of_which_one_bit_flipped(tmp_path):
    path = tmp_path / "worker.parquet"
    data = bytearray(sales(path))
    place = data.index((500).to_bytes(4, "little") + (501).to_bytes(4, "little"))
    data[place] ^= 0b100  # 500 becomes 496, which nobody would see
    path.write_bytes(bytes(data))
    assert unreadable(path) == (
        "`worker.parquet` cannot be read: it is cut off or damaged: could not verify page integrity, CRC checksum "
        "verification failed for page_ordinal 0"
    )


def test_a_file_that_is_not_what_its_name_says(tmp_path):
    (tmp_path / "worker.parquet").write_text("worker,sales\nA,1\n")
    assert unreadable(tmp_path / "worker.parquet") == "`worker.parquet` cannot be read: it is not a Parquet file"
    sales(tmp_path / "other.parquet")
    (tmp_path / "worker.csv").write_bytes((tmp_path / "other.parquet").read_bytes())
    assert unreadable(tmp_path / "worker.csv") == (
        "`worker.csv` cannot be read: it holds a zero byte, so it is no text"
    )
    (tmp_path / "worker.arrow").write_text("worker,sales\nA,1\n")
    assert unreadable(tmp_path / "worker.arrow").startswith(
        "`worker.arrow` cannot be read: it is no Arrow file, or cut off or damaged: "
    )
