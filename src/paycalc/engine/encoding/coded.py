"""Columns of text as distinct texts and the number of each row's text among them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from paycalc.engine.cells import VIEWED, is_string, plain
from paycalc.engine.encoding.memory import fixed, validity
from paycalc.engine.input_table import InputColumn, TextColumn


@dataclass(frozen=True)
class Coded:
    """texts: each once. codes: the position of each row's text, int [n]; -1 where the cell is empty."""

    texts: Sequence[str]
    codes: np.ndarray


def coded(column: InputColumn) -> Coded | None:
    """The texts of a column; None where it is no column of text. A column of nulls is one of texts."""
    if isinstance(column, TextColumn):
        return _coded_cells(column.cells)
    if pa.types.is_dictionary(column.type) and is_string(column.type.value_type):
        return _coded_dictionaries(column.chunks)
    column = plain(column)
    if pa.types.is_null(column.type):
        return Coded((), np.full(len(column), -1, np.int8))
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
        codes = [-1 if cell is None else numbers.setdefault(cell, len(numbers)) for cell in cells]
        return Coded(tuple(numbers), np.array(codes, np.int64))
    return _coded_dictionaries(column.dictionary_encode().chunks)


def _coded_dictionaries(chunks: Sequence[pa.Array]) -> Coded:
    """Chunks may differ in their dictionaries, which may hold nulls, and a text more than once."""
    numbers: dict[str, int] = {}
    codes: list[np.ndarray] = []
    before, places = None, np.zeros(0, np.int32)
    for chunk in chunks:
        dictionary = chunk.dictionary
        if before is None or (dictionary is not before and not dictionary.equals(before)):
            texts = dictionary.cast(VIEWED.get(dictionary.type, dictionary.type)).to_pylist()
            places = np.array(
                [-1 if text is None else numbers.setdefault(text, len(numbers)) for text in texts] + [-1], np.int32
            )
            before = dictionary
        codes.append(_decoded(chunk, places))
    return Coded(tuple(numbers), np.concatenate(codes) if codes else np.zeros(0, np.int32))


def _decoded(chunk: pa.Array, places: np.ndarray) -> np.ndarray:
    """places: of each text of the dictionary, and -1 at the end."""
    indices = index_numbers(chunk)
    valid = validity(chunk.indices)
    if valid is not None:
        indices = np.where(valid, indices, len(places) - 1)
    codes: np.ndarray = places[indices]
    return codes


def index_numbers(chunk: pa.DictionaryArray) -> np.ndarray:
    """The positions in its dictionary; where a row is null, any number."""
    indices = chunk.indices
    return fixed(indices, np.dtype(indices.type.to_pandas_dtype()))
