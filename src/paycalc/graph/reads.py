"""Reading a field: of the present row, of the row that references lead to, or of the plan."""

from __future__ import annotations

from typing import TYPE_CHECKING

from paycalc.check.typed import Component, Field, Line, Read, Reference, Total
from paycalc.check.types import NumberType
from paycalc.graph.nodes import Input, Node, Operation
from paycalc.graph.worth import Number, Worth, mapped

if TYPE_CHECKING:
    from paycalc.graph.build import Builder


def build_read(builder: Builder, expr: Read, grain: str) -> Worth:
    """Along the references the row numbers are looked up one from the other; the field comes from the last one's row.

    A row number of -1 leads nowhere; what is read there is read by nobody.
    """
    maker = builder.maker
    row: Node | None = None
    found: list[Node | None] = []  # whether each step leads somewhere, where it may not
    for reference in expr.references:
        step = maker.moved(builder.input(Input(reference, "row"), reference.entity), row, grain)
        if reference.optional and expr.optional:
            found.append(_leads(builder, step))
        row = step
    there = _field(builder, expr.field)
    value = mapped(there.value, lambda node: maker.moved(node, row, grain))
    fault = None if there.fault is None else maker.both(*found, maker.moved(there.fault, row, grain))
    if expr.optional and there.present is not None:
        found.append(maker.moved(there.present, row, grain))
    return Worth(value, maker.both(*found), fault)


def _leads(builder: Builder, row: Node) -> Node:
    return builder.maker.of(Operation.LESS_EQUAL, builder.maker.constant(0, row.grain), row)


def _field(builder: Builder, field: Field) -> Worth:
    """What a field is worth at the rows of its own entity."""
    if isinstance(field, Line | Total):
        return builder.lines[field]
    if isinstance(field, Reference):
        row = builder.input(Input(field, "row"), field.entity)
        return Worth(row, _leads(builder, row) if field.optional else None)
    node = builder.input(Input(field, "value"), field.entity)
    present = builder.input(Input(field, "present"), field.entity) if field.optional else None
    return Worth(Number(node, field.type.places) if isinstance(field.type, NumberType) else node, present)


def build_component(builder: Builder, expr: Component, grain: str) -> Worth:
    row = builder.worth(expr.row, grain)
    assert isinstance(row.value, tuple)
    return Worth(row.value[expr.index], row.present, row.fault)
