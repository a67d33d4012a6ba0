"""The texts that a plan names itself, and their numbers.

A text is a number in the graph, and equal texts have equal numbers. Those of the plan come first, so that a constant is
known before any data is.
"""

from __future__ import annotations

from collections.abc import Iterable

from paycalc.check.typed import Column, Constant, Expr, Field, Parameter, Table, TableLookup, TypedPlan, ValuesCell
from paycalc.check.types import TextType, Value
from paycalc.check.usage import operands


def texts_of(plan: TypedPlan) -> tuple[str, ...]:
    """Every text of constants, tables and defaults, each once, sorted; its number is its position."""
    found: set[str] = set()
    waiting: list[Expr] = [each.condition for each in plan.assertions]
    for line in plan.lines:
        waiting += [each for each in (line.value, line.when) if each is not None]
    tables: dict[Table, None] = dict.fromkeys(plan.tables.values())
    while waiting:
        expr = waiting.pop()
        if isinstance(expr, Constant):
            found.update(_texts((expr.value,), expr.type))
        elif isinstance(expr, TableLookup):
            tables[expr.table] = None
        waiting.extend(operands(expr))
    for table in tables:
        found.update(_texts_of_table(table))
    for entity in plan.entities.values():
        fields: list[Field] = [*entity.columns.values(), *entity.parameters.values()]
        for field in fields:
            if isinstance(field, Column | Parameter) and field.default is not None:
                found.update(_texts((field.default,), field.type))
    return tuple(sorted(found))


def _texts(values: Iterable[Value], type_: object) -> list[str]:
    return [value for value in values if isinstance(value, str)] if isinstance(type_, TextType) else []


def _texts_of_table(table: Table) -> list[str]:
    found: list[str] = []
    for position, key in enumerate(table.keys):
        for row in table.rows:
            cell = row.cells[position]
            if isinstance(cell, ValuesCell):
                found += _texts(cell.values, key.type)
    for position, type_ in enumerate(table.result_types):
        found += _texts((row.results[position] for row in table.rows), type_)
    return found
