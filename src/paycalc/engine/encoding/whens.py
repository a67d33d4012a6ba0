"""Cells that say when: a day or a moment, each as what it looks like."""

from __future__ import annotations

from datetime import date

import pyarrow as pa

from paycalc.check.types import DateType, MomentType, ValueType
from paycalc.engine.inputs.cells import CellRules, Place, date_from_text, is_string, moment_from_text, plain, read_cells
from paycalc.engine.inputs.input_table import InputColumn, TextColumn

_DATE_LENGTH = 10  # of a text that is a day; a moment's is longer


def read_whens(column: InputColumn, place: Place, rules: CellRules) -> list[object]:
    """Dates or moments, each text as what it looks like. Raises DataError `wrong-type`, `zoneless-timestamp`."""
    if isinstance(column, TextColumn):
        cells = column.cells
    elif _is_text(column):
        cells = [text or None for text in plain(column).to_pylist()]
    else:
        return list(read_cells(column, type_of_times(column), place, rules))
    return [None if text is None else when_of_text(text, rules) for text in cells]


def when_of_text(text: str, rules: CellRules) -> object:
    return date_from_text(text) if len(text) <= _DATE_LENGTH else moment_from_text(text, rules.assume_timezone)


def _is_text(column: pa.ChunkedArray) -> bool:
    type_ = plain(column.slice(0, 0)).type
    return is_string(type_) or pa.types.is_null(type_)


def type_of_times(column: pa.ChunkedArray) -> ValueType:
    if pa.types.is_timestamp(plain(column.slice(0, 0)).type):
        return MomentType()
    return DateType(date.min, date.max)
