"""A table as it came in, before any cell is looked at: named columns, either typed (Arrow) or text (CSV)."""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TypeAlias

import pyarrow as pa

from paycalc.core.errors import DataError

PARAMETERS_PREFIX = "parameters."  # of the names of tables that hold an entity's parameters: `parameters.store`
DATA_TABLE_PREFIX = "table."  # of those that hold the rows of a table or ladder from data: `table.freight`


@dataclass(frozen=True)
class TextColumn:
    """A column of a file that knows no types: every cell is text, an empty one is null."""

    cells: Sequence[str | None]


InputColumn: TypeAlias = TextColumn | pa.ChunkedArray


@dataclass(frozen=True)
class InputFile:
    """A file that was read: its path, its size in bytes, and the SHA-256 of exactly the bytes that were read."""

    path: str
    size: int
    sha256: str


@dataclass(frozen=True)
class InputTable:
    """name: the entity, `parameters.ENTITY`, or `table.NAME` of a table or ladder from data.
    origin: what messages call it, e.g. `worker.csv`.

    scales: what the columns' own metadata says of their scale (`paycalc.scale`), as text.
    """

    name: str
    columns: Mapping[str, InputColumn]
    row_count: int
    origin: str
    files: tuple[InputFile, ...] = ()
    scales: Mapping[str, str] = field(default_factory=dict)


SCALE_METADATA = b"paycalc.scale"
CHUNK_ROWS_MIN = 65_536


def from_arrow(name: str, table: pa.Table, *, origin: str, files: tuple[InputFile, ...] = ()) -> InputTable:
    """An Arrow table as input. Raises DataError `unreadable-file` (broken buffers) and `duplicate-column`.

    Everything is validated before anything is read: an offset or dictionary index out of range would be a wild read.
    """
    try:
        written = table.schema.names
        table = _without_empty_chunks(table)
        table.validate(full=True)
    except UnicodeDecodeError:
        raise unreadable(origin, "its Arrow data is broken: the name of a column is not UTF-8", name) from None
    except pa.ArrowException as error:
        raise unreadable(origin, f"its Arrow data is broken: {first_line(error)}", name) from None
    table = _without_small_chunks(table)
    names = column_names(written, origin, name)
    scales = {}
    for column, schema_field in zip(names, table.schema, strict=True):
        metadata = schema_field.metadata or {}
        if SCALE_METADATA in metadata:
            scales[column] = metadata[SCALE_METADATA].decode("utf-8", "replace")
    return InputTable(name, dict(zip(names, table.columns, strict=True)), table.num_rows, origin, files, scales)


def _without_small_chunks(table: pa.Table) -> pa.Table:
    """Many small chunks as few large ones: each costs as much as thousands of rows."""
    chunks = max((column.num_chunks for column in table.columns), default=0)
    if chunks <= 1 or table.num_rows >= chunks * CHUNK_ROWS_MIN:
        return table
    try:
        return table.combine_chunks()
    except pa.ArrowException:  # of some encodings Arrow joins none
        return table


def _without_empty_chunks(table: pa.Table) -> pa.Table:
    """The table without chunks that hold no row: Arrow finds fault with some that Arrow has made (views, sliced)."""
    if not any(len(chunk) == 0 for column in table.columns for chunk in column.chunks):
        return table
    columns = [
        pa.chunked_array([chunk for chunk in column.chunks if len(chunk)], column.type) for column in table.columns
    ]
    return pa.table(columns, schema=table.schema)


def column_names(written: Sequence[str], origin: str, table: str) -> list[str]:
    """The names after NFC. Raises DataError `duplicate-column`."""
    names = [unicodedata.normalize("NFC", name) for name in written]
    for position, name in enumerate(names):
        if name in names[:position]:
            raise DataError(
                "duplicate-column",
                f"`{origin}` has two columns named `{name}`",
                table=table,
                column=name,
                expected="each column once",
            )
    return names


def unreadable(origin: str, why: str, table: str = "", *, row: str = "", help: str = "") -> DataError:
    """The error for a file or table whose bytes are not what they should be."""
    return DataError("unreadable-file", f"`{origin}` cannot be read: {why}", table=table, row=row, help=help)


def first_line(error: BaseException) -> str:
    """What a library's exception says, on one line."""
    return (str(error).strip() or type(error).__name__).splitlines()[0]
