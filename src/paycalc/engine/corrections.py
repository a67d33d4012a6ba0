"""Corrected tables: rows that replace those of the same key, and rows that are new.

A row is replaced whole. So the corrections of a table have all of its columns that the plan declares, in the same form:
what is text there may be text here, and texts are taken for values of other kinds as far as they say exactly one.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from paycalc.check.typed import Entity, Field, TypedPlan
from paycalc.check.types import NumberType
from paycalc.core.errors import DataError
from paycalc.core.rendering import visible
from paycalc.core.unit import PLAIN
from paycalc.engine.inputs.input_table import InputColumn, InputTable, TextColumn, first_line
from paycalc.engine.storage import Numbers

ADDED = -1


@dataclass(frozen=True)
class CorrectedTables:
    """tables   by name, as a run takes them
    origins  of each entity whose rows were corrected: the row that each row was before, ADDED where it is new
    """

    tables: Mapping[str, InputTable]
    origins: Mapping[str, Numbers]


def corrected(
    plan: TypedPlan, tables: Mapping[str, InputTable], corrections: Mapping[str, InputTable]
) -> CorrectedTables:
    """The tables with their corrections. Tables of parameters, and those of the plan's tables, are replaced as a whole.

    Raises DataError: `missing-column`, `wrong-type`.
    """
    found = {**tables}
    origins = {}
    for name, correction in corrections.items():
        if name not in plan.entities or name not in tables:
            found[name] = correction
        else:
            found[name], origins[name] = _with_rows(plan.entities[name], tables[name], correction)
    return CorrectedTables(found, origins)


def _with_rows(entity: Entity, table: InputTable, correction: InputTable) -> tuple[InputTable, Numbers]:
    fields: dict[str, Field] = {**entity.columns, **entity.references}
    names = [name for name in (entity.name, *fields) if name in table.columns or name in correction.columns]
    for name in names:
        if name in table.columns and name not in correction.columns:
            raise DataError(
                "missing-column",
                f"the corrections of `{entity.name}` have no column `{name}`, which its table has",
                table=entity.name,
                column=name,
                expected="whole rows",
                help="a row is replaced whole; its columns are: " + ", ".join(table.columns),
            )
    columns = {}
    for name in names:
        column = correction.columns[name]
        if name in table.columns:
            column = _aligned(column, table.columns[name], fields.get(name), entity.name, name)
            _same_scale(table, correction, entity.name, name)
        columns[name] = column
    rows, origins = _arrangement(table, columns.get(entity.name), entity.name, correction.row_count)
    made = {name: _arranged(table.columns.get(name), column, table.row_count, rows) for name, column in columns.items()}
    files = table.files + correction.files
    scales = {**correction.scales, **table.scales}
    return InputTable(table.name, made, len(rows), table.origin, files, scales), origins


def _arrangement(table: InputTable, keys: InputColumn | None, entity: str, added_count: int) -> tuple[Numbers, Numbers]:
    """The rows of the corrected table, as rows of both tables one behind the other, and what each was before.

    A row that is replaced stays where it is; other rows with its key go, so that a key that stood twice stands once.
    """
    count = table.row_count
    rows, added = np.arange(count), np.arange(added_count)
    if keys is None or entity not in table.columns:
        return np.append(rows, added + count), np.append(rows, np.full(added_count, ADDED))
    there = _as_array(table.columns[entity])
    new = _as_array(keys)
    found = np.array(pc.fill_null(pc.index_in(there, value_set=pc.unique(new)), ADDED), np.int64)
    found[np.asarray(there.is_null())] = ADDED
    first_of_key = np.asarray(pc.index_in(pc.unique(new), value_set=new), np.int64)
    replaced = found >= 0
    rows[replaced] = count + first_of_key[found[replaced]]
    _, firsts = np.unique(found[replaced], return_index=True)
    stays = ~replaced
    stays[np.flatnonzero(replaced)[firsts]] = True
    kept = np.flatnonzero(stays)
    left = np.setdiff1d(added, rows[replaced] - count)
    return np.append(rows[kept], left + count), np.append(kept, np.full(len(left), ADDED))


def _as_array(column: InputColumn) -> pa.Array | pa.ChunkedArray:
    if isinstance(column, TextColumn):
        return pa.array(column.cells, pa.string())
    if pa.types.is_dictionary(column.type):
        column = column.cast(column.type.value_type)
    # Arrow takes no rows of views.
    return column.cast(pa.large_string()) if pa.types.is_string_view(column.type) else column


def _arranged(before: InputColumn | None, new: InputColumn, count: int, rows: Numbers) -> InputColumn:
    """Rows of two columns, one behind the other."""
    if isinstance(new, TextColumn) and (before is None or isinstance(before, TextColumn)):
        cells = [*([None] * count if before is None else before.cells), *new.cells]
        return TextColumn([cells[row] for row in rows.tolist()])
    added = _as_array(new)
    chunks = added.chunks if isinstance(added, pa.ChunkedArray) else [added]
    if before is None:
        first = pa.chunked_array([pa.nulls(count, added.type)])
    else:
        there = _as_array(before)
        first = there if isinstance(there, pa.ChunkedArray) else pa.chunked_array([there])
    whole = pa.chunked_array([*first.chunks, *chunks], first.type)
    return whole if np.array_equal(rows, np.arange(len(whole))) else whole.take(pa.array(rows))


# ---------------------------------------------------------------- columns of one form


def _same_scale(table: InputTable, correction: InputTable, entity: str, name: str) -> None:
    before, now = table.scales.get(name), correction.scales.get(name)
    if now is not None and before != now:
        raise DataError(
            "unknown-scale",
            f"`{name}` in the corrections of `{entity}` says another scale than its table",
            table=entity,
            column=name,
            value=now,
            expected="no scale" if before is None else before,
        )


def _aligned(column: InputColumn, like: InputColumn, field: Field | None, entity: str, name: str) -> InputColumn:
    """The column in the form of another. Raises DataError `wrong-type`."""
    if isinstance(like, TextColumn):
        if isinstance(column, TextColumn):
            return column
        values = _as_array(column)
        if _is_text(values.type) or pa.types.is_decimal(values.type) or pa.types.is_date32(values.type):
            return TextColumn(values.cast(pa.string()).to_pylist())
        raise _other_form(entity, name, str(values.type), "text")
    values, wanted = _as_array(column), _as_array(like).type
    if values.type == wanted:
        return values if isinstance(values, pa.ChunkedArray) else pa.chunked_array([values])
    from_text = _is_text(values.type) and (_is_text(wanted) or _says_all(wanted, field))
    if not from_text and not _alike(values.type, wanted):
        raise _other_form(entity, name, "text" if _is_text(values.type) else str(values.type), str(wanted))
    if from_text and not _is_text(wanted):
        strange = _first_otherwise(values, _written(wanted, field))
        if strange is not None:
            raise _other_form(entity, name, strange, str(wanted))
    try:
        if from_text and pa.types.is_boolean(wanted):
            low = pc.ascii_lower(values)
            values = pc.if_else(pc.equal(low, "yes"), "true", pc.if_else(pc.equal(low, "no"), "false", low))
        cast = values.cast(wanted)
    except (pa.ArrowException, ValueError) as error:
        raise _other_form(entity, name, first_line(error), str(wanted)) from None
    if pa.types.is_floating(wanted) and _changed(values, cast):
        # Arrow itself takes the nearest float of the narrower kind, which is another amount.
        raise _other_form(entity, name, str(values.type), str(wanted))
    return cast if isinstance(cast, pa.ChunkedArray) else pa.chunked_array([cast])


def _is_text(type: pa.DataType) -> bool:
    return bool(pa.types.is_string(type) or pa.types.is_large_string(type) or pa.types.is_string_view(type))


def _alike(type: pa.DataType, wanted: pa.DataType) -> bool:
    """Whether values of one kind, in another width or at more places."""
    kinds = (_is_text, pa.types.is_integer, pa.types.is_decimal, pa.types.is_floating)
    if pa.types.is_timestamp(type) and pa.types.is_timestamp(wanted):
        return (type.tz is None) == (wanted.tz is None)
    return any(kind(type) and kind(wanted) for kind in kinds)


def _says_all(wanted: pa.DataType, field: Field | None) -> bool:
    """Whether a text says exactly one value of an Arrow type; the numbers of an amount count unknown units."""
    if pa.types.is_integer(wanted):
        type = None if field is None else field.type
        return not isinstance(type, NumberType) or (type.unit == PLAIN and not type.percent and type.places == 0)
    zoned = pa.types.is_timestamp(wanted) and wanted.tz is not None
    return bool(pa.types.is_decimal(wanted) or pa.types.is_date32(wanted) or pa.types.is_boolean(wanted) or zoned)


def _written(wanted: pa.DataType, field: Field | None) -> str:
    """How a text says one value of an Arrow type, as in a cell; Arrow reads more, such as `0x10`, `1e2` and `0101`."""
    if pa.types.is_integer(wanted):
        is_number = field is not None and isinstance(field.type, NumberType)
        return "^-?[0-9]+$" if is_number else "^(0|-?[1-9][0-9]*)$"
    if pa.types.is_decimal(wanted):
        return r"^-?[0-9]+(\.[0-9]+)?$"
    return "^(?i:yes|no|true|false)$" if pa.types.is_boolean(wanted) else ""


def _first_otherwise(values: pa.Array | pa.ChunkedArray, pattern: str) -> str | None:
    """The first text that is not written so; None where all are."""
    others = values.filter(pc.invert(pc.match_substring_regex(values, pattern)))
    return visible(others[0].as_py()) if len(others) else None


def _changed(values: pa.Array | pa.ChunkedArray, cast: pa.Array | pa.ChunkedArray) -> bool:
    """Whether floats have become others in another width."""
    same = pc.or_(pc.equal(cast.cast(values.type), values), pc.is_nan(values))
    return bool(pc.any(pc.invert(same)).as_py())


def _other_form(entity: str, name: str, found: str, wanted: str) -> DataError:
    return DataError(
        "wrong-type",
        f"`{name}` in the corrections of `{entity}` does not go together with its table: {found}",
        table=entity,
        column=name,
        value=found,
        expected=wanted,
        help="give corrections in the form of the table that they correct",
    )
