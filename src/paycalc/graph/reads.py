"""Reading a field: of the present row, of the row that references lead to, or of the plan; a parameter also as it is at
the row's own date, or as its mean over the period."""

from __future__ import annotations

from typing import TYPE_CHECKING

from paycalc.check.typed import (
    PLAN_GRAIN,
    Average,
    Column,
    Component,
    Field,
    Line,
    Read,
    Reference,
    Total,
)
from paycalc.check.types import MomentType, NumberType
from paycalc.graph import prepared
from paycalc.graph.nodes import Find, Node, Operation, Prepared, versions_of
from paycalc.graph.worth import Number, Worth, mapped

if TYPE_CHECKING:
    from paycalc.graph.build import Builder


def build_read(builder: Builder, expr: Read, grain: str) -> Worth:
    """Along the references the row numbers are looked up one from the other; the field comes from the last one's row.

    A row number of -1 leads nowhere; what is read there is read by nobody.
    """
    key = (expr.field, expr.references, expr.by, expr.optional, grain)
    if key not in builder.reads:
        builder.reads[key] = _built_read(builder, expr, grain)
    return builder.reads[key]


def _built_read(builder: Builder, expr: Read, grain: str) -> Worth:
    row, leads = _row_at_end(builder, expr, grain)
    if expr.by is not None:
        row = _version(builder, expr.field.entity, expr.by, row, grain)
        there = _parameter(builder, expr.field, versions_of(expr.field.entity), "dated ")
    else:
        there = _field(builder, expr.field)
    return _read_there(builder, expr, there, row, leads, grain)


def build_average(builder: Builder, expr: Average, grain: str) -> Worth:
    """The sum over the days of the period, over their number."""
    maker, read, type_ = builder.maker, expr.operand, expr.operand.type
    assert isinstance(type_, NumberType) and type_.places is not None
    row, leads = _row_at_end(builder, read, grain)
    days = builder.input(read.field, "days", read.field.entity)
    divisor = maker.times(builder.input(builder.period_days, "value", PLAN_GRAIN), 10**type_.places)
    return _read_there(builder, read, Worth(Number(days, None, divisor)), row, leads, grain)


def _row_at_end(builder: Builder, expr: Read, grain: str) -> tuple[Node | None, list[Node | None]]:
    """The row to which the references lead, None where there are none; and whether each step leads somewhere, where it
    may not."""
    maker = builder.maker
    row: Node | None = None
    leads: list[Node | None] = []
    for reference in expr.references:
        step = maker.moved(builder.input(reference, "row", reference.entity), row, grain)
        if reference.optional and expr.optional:
            leads.append(leads_somewhere(builder, step))
        row = step
    return row, leads


def _read_there(
    builder: Builder, expr: Read, there: Worth, row: Node | None, leads: list[Node | None], grain: str
) -> Worth:
    """What stands at a row, at the grain of those who read it."""
    maker = builder.maker
    value = mapped(there.value, lambda node: maker.moved(node, row, grain))
    fault = None if there.fault is None else maker.both(*leads, maker.moved(there.fault, row, grain))
    if expr.optional and there.present is not None:
        leads = [*leads, maker.moved(there.present, row, grain)]
    return Worth(value, maker.both(*leads), fault)


def _version(builder: Builder, entity: str, by: Column, row: Node | None, grain: str) -> Node:
    """The version of an entity's parameters that holds for a row of it at the date of the row that reads."""
    key = (entity, by, row)
    if key not in builder.versions:
        moments = isinstance(by.type, MomentType)
        find, version = prepared.versions_find(entity, moments), prepared.versions_row(entity, moments)
        builder.versions[key] = found_row(builder, find, version, by, row, grain)
    return builder.versions[key]


def found_row(builder: Builder, find: Find, of_cell: Prepared, by: Column, row: Node | None, grain: str) -> Node:
    """What stands at the cell of a row of another entity (None: of the plan) and a date."""
    asked = builder.input(by, "value", by.entity)
    cell = builder.maker.of(Operation.FIND, *((asked,) if row is None else (asked, row)), detail=find)
    cells = prepared.cells_of(find.name)
    return builder.maker.moved(builder.made(of_cell, cells), cell, grain)


def leads_somewhere(builder: Builder, row: Node) -> Node:
    """Whether a row number leads somewhere."""
    return builder.maker.of(Operation.LESS_EQUAL, builder.maker.constant(0, row.grain), row)


def _field(builder: Builder, field: Field) -> Worth:
    """What a field is worth at the rows of its own entity."""
    if isinstance(field, Line | Total):
        return builder.lines[field]
    if isinstance(field, Reference):
        row = builder.input(field, "row", field.entity)
        return Worth(row, leads_somewhere(builder, row) if field.optional else None)
    return _parameter(builder, field, field.entity, "")


def _parameter(builder: Builder, field: Field, grain: str, part: str) -> Worth:
    """What a column or parameter is worth at the rows of a grain; part: `dated ` of the versions of parameters."""
    node = builder.input(field, f"{part}value", grain)
    present = builder.input(field, f"{part}present", grain) if field.optional else None
    return Worth(Number(node, field.type.places) if isinstance(field.type, NumberType) else node, present)


def build_component(builder: Builder, expr: Component, grain: str) -> Worth:
    row = builder.worth(expr.row, grain)
    assert isinstance(row.value, tuple)
    return Worth(row.value[expr.index], row.present, row.fault)
