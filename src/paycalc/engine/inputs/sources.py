"""What a caller hands over, as input tables: Arrow tables of any library, and parameters written as plain dicts."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from fractions import Fraction

import pyarrow as pa

from paycalc.check.typed import PLAN_GRAIN, TypedPlan
from paycalc.core.errors import DataError
from paycalc.engine.inputs.input_table import (
    DATA_TABLE_PREFIX,
    PARAMETERS_PREFIX,
    InputColumn,
    InputTable,
    TextColumn,
    first_line,
    from_arrow,
)
from paycalc.reference.data_tables import data_tables, unknown_table

_ARROW_INTERFACES = ("__arrow_c_stream__", "__arrow_c_array__")


def tables_from(plan: TypedPlan, tables: Mapping[str, object]) -> dict[str, InputTable]:
    """The tables of entities, by entity. Raises TypeError (no table), DataError `unknown-table` and from_arrow's."""
    found = {}
    for name, table in _by_name(tables, "tables"):
        known = [entity for entity in plan.entities if entity != PLAN_GRAIN]
        if name not in known:
            raise DataError("unknown-table", f"the plan has no entity `{name}`", help="it has " + ", ".join(known))
        found[name] = _from_arrow_object(name, table, origin=name)
    return found


def parameters_from(plan: TypedPlan, parameters: Mapping[str, object]) -> dict[str, InputTable]:
    """The tables of parameters, by `parameters.ENTITY`: from Arrow, or from plain dicts.

    parameters  by entity; {"plan": {"minimum_wage": "25.00"}}, {"store": {"S1": {"rate": "2%"}}}
    Raises TypeError (neither), DataError `unknown-parameter`, `wrong-type`, and from_arrow's.
    """
    found = {}
    for entity, source in _by_name(parameters, "parameters"):
        owners = [name for name, each in plan.entities.items() if each.parameters]
        if entity not in owners:
            raise DataError(
                "unknown-parameter",
                f"there are parameters for `{entity}`, and the plan declares none",
                help="the plan declares parameters of: " + (", ".join(owners) or "none"),
            )
        name = PARAMETERS_PREFIX + entity
        origin = "parameters" if entity == PLAN_GRAIN else f"parameters of {entity}"
        if not isinstance(source, Mapping):
            found[name] = _from_arrow_object(name, source, origin=origin)
        elif entity == PLAN_GRAIN:
            columns = {column: _column([value], column, origin) for column, value in source.items()}
            found[name] = InputTable(name, columns, 1, origin)
        else:
            found[name] = _from_rows(name, entity, source, origin)
    return found


def data_tables_from(plan: TypedPlan, tables: Mapping[str, object]) -> dict[str, InputTable]:
    """The plan's tables and ladders from data, by `table.NAME`. Raises TypeError, DataError `unknown-table`."""
    known = data_tables(plan.tables, plan.ladders)
    found = {}
    for name, table in _by_name(tables, "tables"):
        if name not in known:
            raise unknown_table(name, known)
        found[DATA_TABLE_PREFIX + name] = _from_arrow_object(DATA_TABLE_PREFIX + name, table, origin=f"table {name}")
    return found


def _by_name(given: Mapping[str, object], what: str) -> Iterable[tuple[str, object]]:
    if not isinstance(given, Mapping):
        raise TypeError(f"`{what}` is {_article(type(given).__name__)}; expected a dict by name")
    return given.items()


def _from_arrow_object(name: str, table: object, *, origin: str) -> InputTable:
    if not any(hasattr(table, interface) for interface in _ARROW_INTERFACES):
        raise TypeError(
            f"`{origin}` is {_article(type(table).__name__)}; expected an Arrow table: anything with the Arrow "
            "PyCapsule interface, such as a table of pyarrow, polars, DuckDB or pandas 3"
        )
    try:
        arrow = pa.table(table)
    except (pa.ArrowException, TypeError, ValueError) as error:
        raise TypeError(f"`{origin}` is no Arrow table: {first_line(error)}") from None
    return from_arrow(name, arrow, origin=origin)


def _article(word: str) -> str:
    return f"{'an' if word[:1].lower() in 'aeiou' else 'a'} {word}"


def _from_rows(name: str, entity: str, source: Mapping[object, object], origin: str) -> InputTable:
    """{key: {parameter: value}} as a table; what a row does not say is empty."""
    names: dict[str, None] = {}
    for key, row in source.items():
        if not isinstance(row, Mapping):
            what = _article(type(row).__name__)
            raise TypeError(f"`{origin}`: `{key}` is {what}; expected a dict of names and values")
        names.update(dict.fromkeys(row))
    columns: dict[str, InputColumn] = {entity: _arrow_column(list(source), entity, origin)}
    for column in names:
        cells = [row.get(column) for row in source.values() if isinstance(row, Mapping)]
        columns[column] = _column(cells, column, origin)
    return InputTable(name, columns, len(source), origin)


def _column(cells: Sequence[object], column: str, origin: str) -> InputColumn:
    """The values of a parameter. Floats are refused: 0.1 in Python is no exact tenth, and nobody meant its digits.

    So are fractions, which Arrow does not know.
    """
    refused = next((cell for cell in cells if isinstance(cell, float | Fraction)), None)
    if refused is not None:
        raise DataError(
            "wrong-type",
            f"`{column}` of `{origin}` is a {type(refused).__name__}",
            column=column,
            value=str(refused),
            expected='an exact number: text like "25.00", or Decimal("25.00")',
        )
    texts = [cell for cell in cells if cell is None or isinstance(cell, str)]
    return TextColumn(texts) if len(texts) == len(cells) else _arrow_column(cells, column, origin)


def _arrow_column(cells: Sequence[object], column: str, origin: str) -> pa.ChunkedArray:
    try:
        return pa.chunked_array([pa.array(cells)])
    except (pa.ArrowException, OverflowError, TypeError, ValueError) as error:
        raise DataError(
            "wrong-type",
            f"`{column}` of `{origin}` holds values that do not go together: {first_line(error)}",
            column=column,
            expected="text, or values of one kind",
        ) from None
