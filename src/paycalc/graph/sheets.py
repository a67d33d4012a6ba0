"""Tables from data: which sheet holds for a row, and the cell of it.

All rows of a table are worked out at the door, and only positions are computed here; graph/prepared.py says how the
door lays the cells out.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from paycalc.check.typed import PLAN_GRAIN, Column, Ladder, Table, TableLookup
from paycalc.check.types import DateType, FlagType, MemberType, MomentType, NumberType, ReferenceType, RowType
from paycalc.graph import prepared
from paycalc.graph.coordinates import coordinate, outside_fault
from paycalc.graph.making import Maker
from paycalc.graph.nodes import Node, Operation, Prepared
from paycalc.graph.reads import found_row
from paycalc.graph.worth import Number, Value, Worth, at_places, narrowed

if TYPE_CHECKING:
    from paycalc.graph.build import Builder


def build_table_from_data(builder: Builder, expr: TableLookup, grain: str) -> Worth:
    maker, table = builder.maker, expr.table
    worths, fault = builder.all_of(expr.arguments, grain)
    sheet = sheet_of(builder, table, expr.by, worths, grain)
    owner = prepared.owner_of(table)
    position: Node | None = None
    for at, (worth, argument) in enumerate(zip(worths, expr.arguments, strict=True)):
        if at != owner:
            along, count, outside = _place(builder, table, at, worth, argument.type, sheet)
            fault = maker.either(fault, outside)
            position = along if position is None else next_place(maker, position, count, along)
    start = _of_sheet(builder, table, prepared.start(table), sheet)
    place = start if position is None else bounded_place(maker, maker.of(Operation.ADD, position, start))
    cells = prepared.cells_of(table.name)
    results: list[Value] = []
    for index, type_ in enumerate(prepared.result_types(table)):
        node = maker.moved(builder.made(prepared.result(table, index), cells), place, grain)
        results.append(Number(node, type_.places) if isinstance(type_, NumberType) else node)
    return Worth(tuple(results) if isinstance(expr.type, RowType) else results[0], None, fault)


def _of_sheet(builder: Builder, table: Table, what: Prepared, sheet: Node) -> Node:
    return builder.maker.moved(builder.made(what, prepared.sheet_grain(table)), sheet, sheet.grain)


def sheet_of(
    builder: Builder, table: Table | Ladder, by: Column | None, arguments: Sequence[Worth], grain: str
) -> Node:
    """The sheet that holds for a row of the owner, on the day or at the moment of the row that reads."""
    owner = prepared.owner_of(table)
    row = None if owner is None else arguments[owner].node
    if by is None:
        at_end = builder.made(prepared.sheet_at_end(table), prepared.owner_grain(table))
        return builder.maker.moved(at_end, row, grain)
    moments = isinstance(by.type, MomentType)
    return found_row(builder, prepared.sheets_find(table, moments), prepared.sheets_row(table, moments), by, row, grain)


def _place(
    builder: Builder, table: Table, at: int, worth: Worth, type_: object, sheet: Node
) -> tuple[Node, Node, Node | None]:
    """The coordinate of an argument in a sheet, how many there are, and whether it lies outside the key's range."""
    key = table.keys[at]
    count = _of_sheet(builder, table, prepared.axis_count(table, at), sheet)
    known = known_place(builder, table, at, worth, sheet.grain)
    if known is not None:
        along, of_type = known
        return along, of_type or count, None
    outside, value = None, worth.value
    if isinstance(key.type, NumberType):
        assert isinstance(type_, NumberType) and key.type.places is not None
        outside = outside_fault(builder.maker, coordinate(builder, worth, type_, key, ()), type_, key)
        held = builder.guarding.held(value, narrowed(type_, key.type.interval))
        assert isinstance(held, Number)
        value = at_places(builder.maker, held, key.type.places).whole
    elif isinstance(key.type, DateType | MomentType):
        assert isinstance(type_, DateType | MomentType)
        outside = outside_fault(builder.maker, coordinate(builder, worth, type_, key, ()), type_, key)
    assert isinstance(value, Node)
    return builder.maker.of(Operation.FIND, value, sheet, detail=prepared.axis_find(table, at)), count, outside


def known_place(
    builder: Builder, table: Table | Ladder, at: int, worth: Worth, grain: str
) -> tuple[Node, Node | None] | None:
    """The coordinate of a member, a flag, or a row to which a key refers, and how many there are (None: as many as the
    sheet says); None of anything else."""
    maker, key = builder.maker, table.keys[at]
    match key.type:
        case FlagType():
            return maker.of(Operation.NUMBER_OF, worth.node), maker.constant(2, grain)
        case MemberType(members=members):
            return maker.bounded(worth.node, (0, len(members) - 1)), maker.constant(len(members), grain)
        case ReferenceType():
            rows = builder.made(prepared.axis_row(table, at), prepared.target_of(key))
            count = None
            if isinstance(table, Ladder):
                count = builder.made(prepared.axis_count(table, at), PLAN_GRAIN)
                count = maker.moved(count, None, grain)
            return maker.moved(rows, worth.node, grain), count
    return None


def next_place(maker: Maker, before: Node, count: Node, along: Node) -> Node:
    """The number of a cell among those of the keys so far; the last key goes fastest."""
    blocks = maker.of(Operation.MULTIPLY, before, count)
    return bounded_place(maker, maker.of(Operation.ADD, blocks, along))


def bounded_place(maker: Maker, place: Node) -> Node:
    """The place of a cell is no greater than there are cells, which plain ranges do not know."""
    return maker.bounded(place, (0, prepared.CELLS_MAX))
