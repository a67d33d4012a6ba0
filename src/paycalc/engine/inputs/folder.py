"""A data folder to input tables: which file is which table, by its name alone.

    worker.parquet            the rows of entity `worker`; also worker.csv, worker.arrow
    worker/                   the same in parts: a folder (also named worker.parquet/) of files of one kind
    parameters.store.csv      the parameters of each store
    parameters.plan.csv       the parameters of the plan
    table.freight.csv         the rows of a table or ladder from data

A file of another name is left alone and reported, unless it looks like a table of the plan (`lookalike`): then it is
refused, since a table that is silently missing would pay somebody wrongly.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Container, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa

from paycalc.core.errors import DataError
from paycalc.engine.inputs.files import SUFFIXES, read_file
from paycalc.engine.inputs.input_table import (
    DATA_TABLE_PREFIX,
    PARAMETERS_PREFIX,
    InputColumn,
    InputFile,
    InputTable,
    TextColumn,
    unreadable,
)
from paycalc.engine.inputs.lookalike import is_of_rows, lookalike

_PASSED_OVER = (".", "_", "~$")  # beginnings of names; `~$` are the locks that office programs leave


@dataclass(frozen=True)
class DataFolder:
    """tables: by name: `worker`, `parameters.store`, `table.freight`. ignored: names of files that nobody reads."""

    tables: Mapping[str, InputTable]
    ignored: tuple[str, ...]

    @property
    def files(self) -> tuple[InputFile, ...]:
        return tuple(file for table in self.tables.values() for file in table.files)


def read_folder(
    path: Path,
    entities: Iterable[str],
    parameter_entities: Iterable[str],
    needed: Container[str],
    *,
    data_tables: Iterable[str] = (),
    needed_with: Callable[[Mapping[str, InputTable]], Container[str]] | None = None,
) -> DataFolder:
    """The tables of a folder, for the entities of a plan, those that have parameters, and its tables from data.

    needed   the entities whose rows are read; files of the others are left alone
    needed_with  the same, where the tables of parameters are known: their columns may need more

    Raises DataError: `unreadable-file`, `duplicate-column`, `duplicate-file` (two files for one name), `unknown-file`,
    and `missing-table` where a file bears a needed table's name and cannot be read as one.
    """
    of_rows = list(entities)
    others = [PARAMETERS_PREFIX + each for each in parameter_entities] + [
        DATA_TABLE_PREFIX + each for each in data_tables
    ]
    try:
        entries = [entry for entry in sorted(path.iterdir()) if not entry.name.startswith(_PASSED_OVER)]
    except OSError as error:
        raise unreadable(str(path), error.strerror or type(error).__name__) from None
    found: dict[str, list[Path]] = {}
    for entry in entries:
        found.setdefault(_table_name(entry), []).append(entry)
    tables = {name: _read_one(name, found[name]) for name in others if name in found}
    if needed_with is not None:
        needed = needed_with(tables)
    names = [*of_rows, *others]
    taken = [name for name in names if name in found and (name in others or name in needed)]
    ignored = [entry for entry in entries if _table_name(entry) not in taken]
    for entry in ignored:
        _refuse_lookalike(entry, names, lambda name: name in others or name in needed, found)
    tables.update((name, _read_one(name, found[name])) for name in taken if name not in tables)
    pa.default_memory_pool().release_unused()  # what decoding took is given back before the run takes its own
    return DataFolder({name: tables[name] for name in taken}, tuple(entry.name for entry in ignored))


def _read_one(name: str, entries: Sequence[Path]) -> InputTable:
    """The one file or folder of a table. Raises DataError `duplicate-file`."""
    if len(entries) > 1:
        listed = " and ".join(f"`{entry.name}`" for entry in entries)
        raise DataError("duplicate-file", f"{listed} are both `{name}`", table=name, expected="one file or folder")
    return _read_parts(entries[0], name) if entries[0].is_dir() else read_file(entries[0], name)


def _table_name(entry: Path) -> str:
    """The table that a file or folder is by its name; a file without an ending that is read is none."""
    if entry.suffix in SUFFIXES:
        return unicodedata.normalize("NFC", entry.stem)
    return unicodedata.normalize("NFC", entry.name) if entry.is_dir() else ""


def _refuse_lookalike(entry: Path, names: Sequence[str], is_read: Callable[[str], bool], found: Container[str]) -> None:
    """Raise DataError where a file that is no table looks as if it were meant to be one that the run reads."""
    if _table_name(entry) in names:
        return
    like = lookalike(entry.name, names, folder=entry.is_dir())
    if like is None or (like.tables and not any(is_read(name) for name in like.tables)):
        return
    if like.same_name and is_of_rows(like.tables[0]) and like.tables[0] not in found:
        raise DataError(
            "missing-table",
            f"there is no table for `{like.tables[0]}`, which the plan uses; `{entry.name}` is there, but only "
            f"{', '.join(SUFFIXES[:-1])} and {SUFFIXES[-1]} are read",
            table=like.tables[0],
            expected=like.wanted,
            help=like.help,
        )
    raise DataError(
        "unknown-file",
        f"`{entry.name}` is no table of this plan",
        table=_table_name(entry) or entry.name,
        expected="one of " + ", ".join(names),
        help=like.help,
    )


def _read_parts(folder: Path, name: str) -> InputTable:
    """The parts of a table, in the order of their names, as one table."""
    paths = [part for part in sorted(folder.iterdir()) if not part.name.startswith(_PASSED_OVER)]
    origin = folder.name + "/"
    kinds = {part.suffix for part in paths}
    if not paths:
        raise unreadable(origin, "the folder holds no parts", name)
    if len(kinds) > 1 or not kinds <= set(SUFFIXES) or not all(part.is_file() for part in paths):
        raise unreadable(origin, "its parts are not all files of one kind", name, help="one of " + ", ".join(SUFFIXES))
    parts = [read_file(part, name) for part in paths]
    first = parts[0]
    for part in parts[1:]:
        if _shape(part) != _shape(first) or part.scales != first.scales:
            raise unreadable(
                f"{folder.name}/{part.origin}",
                f"its columns are not those of `{first.origin}`, in names or types",
                name,
            )
    columns: dict[str, InputColumn] = {}
    for column, top in first.columns.items():
        if isinstance(top, TextColumn):
            columns[column] = TextColumn([cell for part in parts for cell in _text_cells(part.columns[column])])
        else:
            columns[column] = pa.chunked_array(
                [chunk for part in parts for chunk in _chunks(part.columns[column])], top.type
            )
    rows = sum(part.row_count for part in parts)
    return InputTable(name, columns, rows, origin, tuple(file for part in parts for file in part.files), first.scales)


def _shape(table: InputTable) -> dict[str, str]:
    return {
        name: "text" if isinstance(column, TextColumn) else str(column.type) for name, column in table.columns.items()
    }


def _text_cells(column: InputColumn) -> Iterable[str | None]:
    assert isinstance(column, TextColumn)  # the parts have one shape
    return column.cells


def _chunks(column: InputColumn) -> list[pa.Array]:
    assert isinstance(column, pa.ChunkedArray)  # the parts have one shape
    chunks: list[pa.Array] = column.chunks
    return chunks
