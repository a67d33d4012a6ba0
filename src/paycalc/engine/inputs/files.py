"""One file to an input table: Parquet, Arrow IPC, CSV. What is hashed is what is read: the bytes are taken once.

CSV is read strictly. Arrow's own reader takes the rest of a file into one cell where a quote is not closed, and so
loses payees without a word; Python's reader in strict mode refuses that, and knows the line.
"""

from __future__ import annotations

import csv
import hashlib
import io
from pathlib import Path

import pyarrow as pa
import pyarrow.ipc
import pyarrow.parquet as pq

from paycalc.engine.inputs.input_table import (
    InputFile,
    InputTable,
    TextColumn,
    column_names,
    first_line,
    from_arrow,
    unreadable,
)

SUFFIXES = (".parquet", ".csv", ".arrow")

_PARQUET_MAGIC = b"PAR1"
_ARROW_MAGIC = b"ARROW1"
_BOM = b"\xef\xbb\xbf"
_UTF16_BOMS = (b"\xff\xfe", b"\xfe\xff")


def read_file(path: Path, name: str) -> InputTable:
    """The table in a file, by the suffix of its name. Raises DataError `unreadable-file` or `duplicate-column`."""
    origin = path.name
    try:
        data = path.read_bytes()
    except OSError as error:
        raise unreadable(origin, error.strerror or type(error).__name__, name) from None
    file = InputFile(str(path), len(data), hashlib.sha256(data).hexdigest())
    if not data:
        raise unreadable(origin, "it is empty", name, help="write at least its header line" if _is_csv(path) else "")
    if _is_csv(path):
        return _read_csv(data, name, origin, file)
    table = _read_parquet(data, name, origin) if path.suffix == ".parquet" else _read_ipc(data, name, origin)
    return from_arrow(name, table, origin=origin, files=(file,))


def _is_csv(path: Path) -> bool:
    return path.suffix == ".csv"


def _read_parquet(data: bytes, name: str, origin: str) -> pa.Table:
    if not data.startswith(_PARQUET_MAGIC):
        raise unreadable(origin, "it is not a Parquet file", name, help="its name ends with .parquet")
    try:
        with pq.ParquetFile(pa.BufferReader(data), page_checksum_verification=True) as file:
            # Threads of Arrow's each keep some memory of what they decoded; they save little beside all that follows.
            return file.read(use_threads=False)
    except (pa.ArrowException, OSError, ValueError) as error:
        raise unreadable(origin, f"it is cut off or damaged: {first_line(error)}", name) from None


def _read_ipc(data: bytes, name: str, origin: str) -> pa.Table:
    try:
        if data.startswith(_ARROW_MAGIC):
            with pa.ipc.open_file(pa.BufferReader(data)) as reader:
                return reader.read_all()
        with pa.ipc.open_stream(pa.BufferReader(data)) as stream:
            return stream.read_all()
    except (pa.ArrowException, OSError, ValueError) as error:
        raise unreadable(origin, f"it is no Arrow file, or cut off or damaged: {first_line(error)}", name) from None


def _read_csv(data: bytes, name: str, origin: str, file: InputFile) -> InputTable:
    text = _decode_csv(data, name, origin)
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    records: list[list[str]] = []
    began = 1  # the line on which the row being read begins
    try:
        header = next((record for record in reader if record), None)
        if header is None:
            raise unreadable(origin, "it has no header line", name)
        names = _csv_header(header, name, origin)
        began = reader.line_num + 1
        for record in reader:
            if len(record) == len(names):
                records.append(record)
            elif record:  # an empty line holds no row
                raise _ragged(origin, name, reader.line_num, len(record), len(names))
            began = reader.line_num + 1
    except csv.Error as error:
        # A quote left open swallows the lines behind it, up to the next quote, or to the longest cell there may be.
        left_open = "unexpected end of data" in str(error) or reader.line_num > began
        why = "a quote in this row is not closed" if left_open else str(error)
        raise unreadable(origin, why, name, row=f"line {began}") from None
    columns = {
        column: TextColumn([record[position] or None for record in records]) for position, column in enumerate(names)
    }
    return InputTable(name, columns, len(records), origin, (file,))


def _decode_csv(data: bytes, name: str, origin: str) -> str:
    if data.startswith(_UTF16_BOMS):
        raise unreadable(origin, "it is UTF-16", name, help="save it as CSV in UTF-8")
    if b"\0" in data:
        line = data.count(b"\n", 0, data.index(b"\0")) + 1
        raise unreadable(origin, "it holds a zero byte, so it is no text", name, row=f"line {line}")
    try:
        return data.removeprefix(_BOM).decode("utf-8")
    except UnicodeDecodeError as error:
        line = data.removeprefix(_BOM).count(b"\n", 0, error.start) + 1
        raise unreadable(origin, "it is not UTF-8", name, row=f"line {line}", help="save it as CSV in UTF-8") from None


def _csv_header(header: list[str], name: str, origin: str) -> list[str]:
    if len(header) == 1 and (";" in header[0] or "\t" in header[0]):
        other = "semicolons" if ";" in header[0] else "tabs"
        raise unreadable(origin, f"its columns are parted by {other}", name, help="part the columns by commas")
    for position, column in enumerate(header, start=1):
        if not column.strip():
            raise unreadable(origin, f"column {position} of its header has no name", name)
        if column != column.strip():
            raise unreadable(origin, f"its header has blanks around `{column.strip()}`", name)
    return column_names(header, origin, name)


def _ragged(origin: str, name: str, line: int, found: int, wanted: int) -> Exception:
    cells = f"{found} cell{'s' if found > 1 else ''}"
    help = "a cell that holds a comma stands in quotes" if found > wanted else ""
    return unreadable(origin, f"a row of {cells} under a header of {wanted}", name, row=f"line {line}", help=help)
