"""Columns of text as distinct texts and the number of each row's text among them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from paycalc.engine.encoding.memory import fixed, validity
from paycalc.engine.encoding.values import extent
from paycalc.engine.inputs.cells import VIEWED, is_string, plain
from paycalc.engine.inputs.input_table import InputColumn, TextColumn


@dataclass(frozen=True)
class Part:
    """Rows of a column of text. indices: int [n], into `places`, which holds the position of a text, or -1 for none."""

    indices: np.ndarray
    places: np.ndarray


@dataclass(frozen=True)
class Coded:
    """texts: each once. parts: of the column, one after the other."""

    texts: Sequence[str]
    parts: Sequence[Part]

    def each(self, of_texts: np.ndarray) -> np.ndarray:
        """What each row has, by what each text has and, at the end of `of_texts`, an empty cell.

        Where rows hold just that already they are taken as they lie.
        """
        found = [_as_they_lie(part, of_texts[part.places]) for part in self.parts]
        if len(found) == 1:
            return found[0]
        return np.concatenate(found) if found else of_texts[:0]

    @property
    def count(self) -> int:
        return sum(len(part.indices) for part in self.parts)

    @property
    def may_be_empty(self) -> bool:
        """Whether some cell may be empty; else none is."""
        return any(
            bool((part.places[:-1] < 0).any()) or extent(part.indices)[1] >= len(part.places) - 1
            for part in self.parts
            if len(part.indices)
        )

    @property
    def codes(self) -> np.ndarray:
        """The position of each row's text, -1 where the cell is empty."""
        return self.each(np.append(np.arange(len(self.texts)), -1))


def _as_they_lie(part: Part, of_places: np.ndarray) -> np.ndarray:
    is_same = np.array_equal(of_places[:-1], np.arange(len(of_places) - 1))
    if is_same and (len(part.indices) == 0 or extent(part.indices)[1] < len(of_places) - 1):
        return part.indices
    found: np.ndarray = of_places[part.indices]
    return found


def coded(column: InputColumn) -> Coded | None:
    """The texts of a column; None where it is no column of text. A column of nulls is one of texts."""
    if isinstance(column, TextColumn):
        return _coded_cells(column.cells)
    if pa.types.is_dictionary(column.type) and is_string(column.type.value_type):
        return _coded_dictionaries(column.chunks)
    column = plain(column)
    if pa.types.is_null(column.type):
        return Coded((), [Part(np.zeros(len(column), np.int8), np.full(1, -1))])
    if not is_string(column.type):
        return None
    return _coded_dictionaries(column.cast(pa.large_string()).dictionary_encode().chunks)


def plain_column(column: InputColumn) -> pa.ChunkedArray | None:
    """A column of text as one of large_string; None where it is none, or a dictionary of few texts."""
    if isinstance(column, TextColumn):
        try:
            return pa.chunked_array([pa.array(column.cells, pa.large_string())])
        except UnicodeEncodeError:
            return None
    if pa.types.is_dictionary(column.type) or not is_string(plain(column.slice(0, 0)).type):
        return None
    return plain(column).cast(pa.large_string())


def _coded_cells(cells: Sequence[str | None]) -> Coded:
    try:
        column = pa.chunked_array([pa.array(cells, pa.large_string())])
    except UnicodeEncodeError:  # a text of Python that is no Unicode, from a caller's mapping
        numbers: dict[str, int] = {}
        codes = np.array([-1 if cell is None else numbers.setdefault(cell, len(numbers)) for cell in cells], np.int64)
        codes[codes < 0] = len(numbers)
        return Coded(tuple(numbers), [Part(codes, np.append(np.arange(len(numbers)), -1))])
    return _coded_dictionaries(column.dictionary_encode().chunks)


def _coded_dictionaries(chunks: Sequence[pa.Array]) -> Coded:
    """Chunks may differ in their dictionaries, which may hold nulls, and a text more than once."""
    numbers: dict[str, int] = {}
    parts: list[Part] = []
    before, places = None, np.zeros(0, np.int32)
    for chunk in chunks:
        dictionary = chunk.dictionary
        if before is None or (dictionary is not before and not dictionary.equals(before)):
            texts = dictionary.cast(VIEWED.get(dictionary.type, dictionary.type)).to_pylist()
            places = np.array(
                [-1 if text is None else numbers.setdefault(text, len(numbers)) for text in texts] + [-1], np.int32
            )
            before = dictionary
        parts.append(Part(index_numbers(chunk, len(places) - 1), places))
    return Coded(tuple(numbers), parts)


def index_numbers(chunk: pa.DictionaryArray, empty: int) -> np.ndarray:
    """The positions in its dictionary; `empty` where a row is null."""
    indices = chunk.indices
    numbers = fixed(indices, np.dtype(indices.type.to_pandas_dtype()))
    valid = validity(indices)
    return numbers if valid is None else np.where(valid, numbers.astype(np.int64), empty)
