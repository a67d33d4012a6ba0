"""Tables to files, part by part: a file of millions of rows is never in memory as a whole."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import closing
from datetime import date
from decimal import Decimal
from itertools import chain
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.ipc
import pyarrow.parquet as pq

# Of one part, and so of a row group of Parquet and a batch of Arrow. The bytes of a file depend on it.
PART_ROWS = 65_536
_EXPONENT_PLACES = 6  # decimals of more places may have an exponent when Arrow writes them
_QUOTED = r'[",\r\n]'


def parts_of(table: pa.Table, rows: int = PART_ROWS) -> Iterator[pa.Table]:
    """The table in parts of so many rows; one without rows is one part."""
    for start in range(0, max(table.num_rows, 1), rows):
        yield table.slice(start, rows)


def write_parts(parts: Iterable[pa.Table], path: Path) -> None:
    """Parts of one schema, at least one, as one file in the format that its suffix names.

    CSV cells are what they are: nothing is prefixed.
    """
    left = _each_alone(parts)
    first = next(left)
    write = {".parquet": _write_parquet, ".csv": _write_csv, ".arrow": _write_arrow}[path.suffix]
    write(first, left, path)


def _each_alone(parts: Iterable[pa.Table]) -> Iterator[pa.Table]:
    """The parts one by one. What Arrow keeps of the memory of one it gives back before the next is made."""
    for part in parts:
        yield part
        del part
        pa.default_memory_pool().release_unused()


def _write_parquet(first: pa.Table, left: Iterator[pa.Table], path: Path) -> None:
    # Amounts and keys hardly repeat: a dictionary of them is thrown away once it is full, and has cost half the time.
    texts = [field.name for field in first.schema if pa.types.is_string(field.type)]
    repeating = [name for name in texts if name != first.schema.names[0]]
    with closing(
        pq.ParquetWriter(path, first.schema, use_dictionary=repeating or False, write_page_checksum=True)
    ) as writer:
        writer.write_table(first)
        for part in left:
            writer.write_table(part)


def _write_arrow(first: pa.Table, left: Iterator[pa.Table], path: Path) -> None:
    with pa.OSFile(str(path), "wb") as file, pa.ipc.new_file(file, first.schema) as writer:
        writer.write_table(first)
        for part in left:
            writer.write_table(part)


def _write_csv(first: pa.Table, left: Iterator[pa.Table], path: Path) -> None:
    names = pa.array(first.column_names, pa.large_string())
    with path.open("wb") as file:
        file.write(",".join(_quoted(names).to_pylist()).encode("utf-8") + b"\n")
        for part in chain([first], left):
            for lines in _csv_lines(part):
                file.write(lines)


def _csv_lines(table: pa.Table) -> Iterator[memoryview]:
    """The rows as lines. What they consist of stands in memory one behind the other, so no cell is looked at alone."""
    if not table.num_rows or not table.num_columns:
        return
    columns = [_csv_texts(column.combine_chunks()) for column in table.columns]
    if len(columns) == 1:  # an empty line would hold no row
        columns[0] = pc.if_else(pc.equal(columns[0], _large("")), _large('""'), columns[0])
    columns[-1] = pc.binary_join_element_wise(columns[-1], _large(""), _large("\n"))
    lines = pc.binary_join_element_wise(*columns, _large(","))
    for chunk in lines.chunks if isinstance(lines, pa.ChunkedArray) else [lines]:
        _, offsets, text = chunk.buffers()
        bounds = pa.Array.from_buffers(pa.int64(), len(chunk) + 1, [None, offsets], 0, chunk.offset)
        yield memoryview(text)[bounds[0].as_py() : bounds[-1].as_py()]


def _csv_texts(column: pa.Array) -> pa.Array:
    """The cells as the language writes them; a decimal with all its places, and never with an exponent.

    Gives large_string without nulls.
    """
    type = column.type
    if pa.types.is_string(type) or pa.types.is_large_string(type):
        return _quoted(column.cast(pa.large_string()).fill_null(""))
    if _is_written_by_arrow(type):
        texts = column.cast(pa.string())
    elif pa.types.is_boolean(type):
        texts = pc.if_else(column, "yes", "no")
    else:
        texts = pa.array([None if cell is None else _csv_cell(cell) for cell in column.to_pylist()], pa.string())
    return texts.cast(pa.large_string()).fill_null("")


def _is_written_by_arrow(type: pa.DataType) -> bool:
    if pa.types.is_decimal(type):
        return bool(type.scale <= _EXPONENT_PLACES)
    return bool(pa.types.is_integer(type) or pa.types.is_date32(type))


def _quoted(texts: pa.Array) -> pa.Array:
    """Texts in quotes where they hold a comma, a quote or the end of a line."""
    wanting = pc.match_substring_regex(texts, _QUOTED)
    if not pc.any(wanting).as_py():
        return texts
    quote = _large('"')
    doubled = pc.replace_substring(texts, '"', '""')
    return pc.if_else(wanting, pc.binary_join_element_wise(quote, doubled, quote, _large("")), texts)


def _large(text: str) -> pa.Scalar:
    return pa.scalar(text, pa.large_string())


def _csv_cell(cell: object) -> str:
    if isinstance(cell, Decimal):
        return f"{cell:f}"
    return cell.isoformat() if isinstance(cell, date) else str(cell)
