"""Tables as files: CSV as Python's own writer makes it, and nothing that depends on how a table came in parts."""

import csv
import io
from datetime import UTC, date, datetime
from decimal import Decimal

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st

from paycalc.engine.recording.writing import parts_of, write_parts

TEXTS = st.none() | st.text(st.sampled_from("a\",\n\r; 北='\\"), max_size=4)


def plain_csv(table):
    """What Python's own writer makes of the table; cells that hold a carriage return stand in quotes here too."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\r\n")
    writer.writerow(table.column_names)
    rows = zip(*([cell_text(cell) for cell in column.to_pylist()] for column in table.columns), strict=True)
    for row in rows:
        line = io.StringIO()
        csv.writer(line, lineterminator="\r\n").writerow(row)
        text.write(line.getvalue())
    return text.getvalue()


def cell_text(cell):
    if isinstance(cell, bool):
        return "yes" if cell else "no"
    if isinstance(cell, Decimal):
        return f"{cell:f}"
    return "" if cell is None else cell.isoformat() if isinstance(cell, date) else str(cell)


def lines_of(text):
    """The records of a CSV text, each as it is written."""
    return list(csv.reader(io.StringIO(text, newline=""), strict=True))


def written(table, path, rows=3):
    write_parts(parts_of(table, rows), path)
    return path


@given(st.lists(st.tuples(TEXTS, TEXTS), max_size=8))
def test_texts_come_back_as_they_were(tmp_path_factory, cells):
    first, second = ([row[at] for row in cells] for at in (0, 1))
    table = pa.table({"a": pa.array(first, pa.string()), 'b,"': pa.array(second, pa.large_string())})
    text = written(table, tmp_path_factory.mktemp("w") / "t.csv").read_bytes().decode()
    assert lines_of(text) == lines_of(plain_csv(table))
    if not any(cell and "\r" in cell for row in cells for cell in row):
        assert text == plain_csv(table).replace("\r\n", "\n")


def test_values_of_every_type(tmp_path):
    table = pa.table(
        {
            "flag": [True, False, None],
            "count": pa.array([1, -(2**63), None]),
            "amount": pa.array([Decimal("-0.05"), Decimal("1234567.80"), None], pa.decimal128(18, 2)),
            "small": pa.array([Decimal("0.00000001"), Decimal("-12.00000000"), None], pa.decimal128(18, 8)),
            "wide": pa.array([Decimal(10**40), Decimal(-1), None], pa.decimal256(76, 2)),
            "day": pa.array([date(1969, 12, 31), date(2200, 1, 1), None]),
            "at": pa.array([datetime(2026, 1, 1, tzinfo=UTC), datetime(2026, 1, 1, 0, 0, 0, 1, UTC), None],
                           pa.timestamp("us", "UTC")),
        }
    )  # fmt: skip
    assert written(table, tmp_path / "t.csv", 2).read_text(encoding="utf-8") == (
        "flag,count,amount,small,wide,day,at\n"
        f"yes,1,-0.05,0.00000001,{10**40}.00,1969-12-31,2026-01-01T00:00:00+00:00\n"
        "no,-9223372036854775808,1234567.80,-12.00000000,-1.00,2200-01-01,2026-01-01T00:00:00.000001+00:00\n"
        ",,,,,,\n"
    )


def test_a_row_that_holds_nothing_is_a_row(tmp_path):
    assert written(pa.table({"a": ["x", None]}), tmp_path / "t.csv").read_text(encoding="utf-8") == 'a\nx\n""\n'
    assert written(pa.table({"a": pa.array([], pa.string())}), tmp_path / "e.csv").read_bytes() == b"a\n"


@pytest.mark.parametrize("rows", [1, 2, 5, 100])
def test_parts_are_put_together(tmp_path, rows):
    table = pa.table({"a": ["x", None, "y", "z", "z"], "n": [1, 2, None, 4, 5]})
    assert pq.read_table(written(table, tmp_path / "t.parquet", rows)).equals(table)
    with pa.ipc.open_file(str(written(table, tmp_path / "t.arrow", rows))) as reader:
        assert reader.read_all().equals(table)
    assert written(table, tmp_path / "t.csv", rows).read_bytes() == b"a,n\nx,1\n,2\ny,\nz,4\nz,5\n"
    assert pq.read_table(written(table.slice(0, 0), tmp_path / "none.parquet", rows)).schema == table.schema
