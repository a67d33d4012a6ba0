"""What made-up data is made of: numbers that a seed and a row give, keys, decimals, files.

Every number is whole and comes from the seed, its stream and its row alone, so no machine and no release of Python
makes another.
"""

from __future__ import annotations

import csv
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

_MASK = (1 << 64) - 1
PART_BITS = 20

Numbers = np.ndarray
Row = Mapping[str, str | None]
"""A row of a CSV file; a cell that is not there is empty."""


def draw(seed: int, stream: int, rows: Numbers, low: int, high: int) -> Numbers:
    """Whole numbers from `low` to `high` that depend on seed, stream and row alone (the splitmix64 mixer).

    rows  int64 [n], from 0. Gives int64 [n].
    """
    start = np.uint64((seed * 0x9E3779B97F4A7C15 + stream * 0xBF58476D1CE4E5B9) & _MASK)
    state = rows.astype(np.uint64) * np.uint64(0x94D049BB133111EB) + start  # wraps, as it should
    for shift, factor in ((30, 0xBF58476D1CE4E5B9), (27, 0x94D049BB133111EB)):
        state ^= state >> np.uint64(shift)
        state *= np.uint64(factor)
    state ^= state >> np.uint64(31)
    return (state % np.uint64(high - low + 1)).astype(np.int64) + low


def thirds(seed: int, stream: int, rows: Numbers) -> tuple[Numbers, Numbers, Numbers]:
    """Three whole numbers of `PART_BITS` bits a row, int32 [n]: three times as quick as `draw`."""
    bits = draw(seed, stream, rows, 0, (1 << 3 * PART_BITS) - 1)
    mask = (1 << PART_BITS) - 1
    first, second, third = ((bits >> shift & mask).astype(np.int32) for shift in (0, PART_BITS, 2 * PART_BITS))
    return first, second, third


def within(part: Numbers, low: int, high: int) -> Numbers:
    """Whole numbers from `low` to `high` (at most 1,024 of them) out of a third, int32 [n]."""
    found: Numbers = ((part >> 10) * (np.int32(high) - low + 1) >> PART_BITS - 10) + np.int32(low)
    return found


def chosen(turns: Numbers, shares: Sequence[int]) -> Numbers:
    """Indices with the shares of 1,024, int8 [n]. turns: from 0 to 1,023."""
    found: Numbers = np.repeat(np.arange(len(shares), dtype=np.int8), shares)[turns]
    return found


def named(indices: Numbers, names: Sequence[str]) -> pa.Array:
    """A dictionary of names. indices: int8 or wider [n]."""
    return pa.DictionaryArray.from_arrays(pa.array(indices.astype(np.int8)), pa.array(names))


def table_of(columns: Mapping[str, pa.Array], scales: Mapping[str, int]) -> pa.Table:
    """A table that says itself in how many places its whole numbers are counted. scales: of such columns."""
    marks = {name: {"paycalc.scale": str(places)} for name, places in scales.items()}
    fields = [pa.field(name, column.type, metadata=marks.get(name)) for name, column in columns.items()]
    return pa.table(list(columns.values()), schema=pa.schema(fields))


def keys(letter: str, rows: Numbers, digits: int) -> pa.Array:
    """`S0001` for row 0."""
    numbers = pc.utf8_lpad(pc.cast(pa.array(rows + 1), pa.string()), digits, "0")
    return pc.binary_join_element_wise(letter, numbers, "")


def decimals(numbers: Numbers, places: int = 2, empty: Numbers | None = None) -> pa.Array:
    """decimal128 of int64 whole numbers counted in 10^-places. empty: where a cell is null, bool [n]."""
    halves = np.empty((len(numbers), 2), np.int64)  # the low half, and the sign
    halves[:, 0] = numbers
    halves[:, 1] = numbers >> 63
    validity = None if empty is None else pa.array(~empty).buffers()[1]
    return pa.Array.from_buffers(pa.decimal128(18, places), len(numbers), [validity, pa.py_buffer(halves)])


def percent_text(hundredths: int) -> str:
    """`1.75%` of 175 hundredths of a percent."""
    return f"{hundredths // 100}.{hundredths % 100:02}%"


def money_text(minor: int) -> str:
    """`12.05` of 1,205 cents."""
    return f"{minor // 100}.{minor % 100:02}"


def write_table(table: pa.Table, folder: Path, name: str, format: str = "parquet") -> None:
    """A file of a data folder; format: parquet, csv."""
    if format == "csv":
        texts = pa.schema([(each, pa.string()) for each in table.column_names])
        write_csv(table.cast(texts).to_pylist(), folder / f"{name}.csv")
    else:
        pq.write_table(table, folder / f"{name}.parquet", write_page_checksum=True)


def write_csv(rows: Sequence[Row], path: Path) -> None:
    """A CSV file with the columns in the order in which they come up."""
    names = list(dict.fromkeys(name for row in rows for name in row))
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(names)
        writer.writerows([row.get(name) for name in names] for row in rows)
