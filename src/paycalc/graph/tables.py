"""Decision tables: which rows match is worked out here, for all positions of the keys at once.

The positions of the keys make one number, and what the table gives at it is looked up. Where there are too many
positions for that, those of the first keys at which the same rows still match become one, by a look-up of its own,
before the next key is taken in. A table that is too large even so is asked row by row. The rows of tables from data are
worked out at the door; see graph/sheets.py.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from paycalc.check.typed import TableLookup
from paycalc.check.types import FlagType, NumberType, RowType, ValueType
from paycalc.graph.axes import Axis, axis
from paycalc.graph.nodes import Node, Operation
from paycalc.graph.sheets import build_table_from_data
from paycalc.graph.worth import Number, Value, Worth

if TYPE_CHECKING:
    from paycalc.graph.build import Builder

CELLS_MAX = 65_536  # positions of what is looked up


def build_table(builder: Builder, expr: TableLookup, grain: str) -> Worth:
    if expr.table.from_data:
        return build_table_from_data(builder, expr, grain)
    worths, fault = builder.all_of(expr.arguments, grain)
    axes: list[Axis] = []
    for position, (worth, argument, key) in enumerate(zip(worths, expr.arguments, expr.table.keys, strict=True)):
        cells = [row.cells[position] for row in expr.table.rows]
        made, outside = axis(builder, worth, argument.type, key, cells)
        axes.append(made)
        fault = builder.maker.either(fault, outside)
    nodes = _looked_up(builder, expr, axes, grain) or _asked(builder, expr, axes, grain)
    results = [_as_value(builder, type_, node) for type_, node in zip(_result_types(expr), nodes, strict=True)]
    return Worth(tuple(results) if isinstance(expr.type, RowType) else results[0], None, fault)


def _result_types(expr: TableLookup) -> Sequence[ValueType]:
    return expr.type.types if isinstance(expr.type, RowType) else (expr.type,)


def _as_value(builder: Builder, type_: ValueType, node: Node) -> Value:
    """A result as the value of its type; flags were looked up as 0 and 1."""
    if isinstance(type_, NumberType):
        return builder.guarding.held(Number(node, type_.places), type_)
    if isinstance(type_, FlagType):
        return builder.maker.of(Operation.EQUAL, node, builder.maker.constant(1, node.grain))
    return node


def _results(builder: Builder, expr: TableLookup) -> list[list[int]]:
    """What each row gives, as whole numbers; of `count` 1."""
    table = expr.table
    if table.collect == "count":
        return [[1] for _ in table.rows]
    types = table.result_types
    return [
        [builder.number_of(value, type_) for value, type_ in zip(row.results, types, strict=True)] for row in table.rows
    ]


# ---------------------------------------------------------------- looked up


@dataclass(frozen=True)
class Grid:
    """What a table gives at every position.

    joined   for each key: what the positions of the keys before it become, or None where they stay as they are
    columns  of each result, at all positions, the last key's next to each other
    """

    joined: Sequence[tuple[int, ...] | None]
    columns: Sequence[tuple[int, ...]]


def _looked_up(builder: Builder, expr: TableLookup, axes: Sequence[Axis], grain: str) -> list[Node] | None:
    """The results; None where the table is too large."""
    maker = builder.maker
    key = (id(expr.table), tuple(each.shape for each in axes))
    if key not in builder.grids:
        builder.grids[key] = _grid(expr, axes, _results(builder, expr))
    grid = builder.grids[key]
    if grid is None:
        return None
    position = maker.constant(0, grain)
    for each, joined in zip(axes, grid.joined, strict=True):
        if joined is not None:
            position = maker.of(Operation.LOOKUP, position, detail=joined)
        if each.count > 1:
            position = maker.of(Operation.ADD, maker.times(position, each.count), each.node)
    return [maker.of(Operation.LOOKUP, position, detail=column) for column in grid.columns]


def _grid(expr: TableLookup, axes: Sequence[Axis], results: Sequence[Sequence[int]]) -> Grid | None:
    matching = [(1 << len(results)) - 1]  # the rows that match at each position, a bit for each
    joined: list[tuple[int, ...] | None] = []
    for each in axes:
        becomes = None
        if len(matching) * each.count > CELLS_MAX:
            numbers = {mask: number for number, mask in enumerate(dict.fromkeys(matching))}
            becomes = tuple(numbers[mask] for mask in matching)
            matching = list(numbers)
        if len(matching) * each.count > CELLS_MAX:
            return None
        joined.append(becomes)
        masks = each.masks
        matching = [before & mask for before in matching for mask in masks]
    choose = _chooser(expr.table.collect, results)
    known = {mask: choose(mask) for mask in set(matching)}
    count = len(expr.table.result_types)
    return Grid(joined, [tuple(known[mask][result] for mask in matching) for result in range(count)])


def _chooser(collect: str | None, results: Sequence[Sequence[int]]) -> Callable[[int], Sequence[int]]:
    """From the rows that match, one bit for each, to the results. Where none does, outside the keys' ranges, any."""

    def first(mask: int) -> Sequence[int]:
        return results[(mask & -mask).bit_length() - 1 if mask else 0]

    def collected(mask: int) -> Sequence[int]:
        found = [results[row][0] for row in range(len(results)) if mask >> row & 1]
        if collect in ("sum", "count"):
            return (sum(found),)
        found = found or [results[0][0]]
        return (min(found) if collect == "min" else max(found),)

    return first if collect is None else collected


# ---------------------------------------------------------------- asked row by row


def _asked(builder: Builder, expr: TableLookup, axes: Sequence[Axis], grain: str) -> list[Node]:
    maker = builder.maker
    results = _results(builder, expr)
    matches = [_match(builder, axes, row) for row in range(len(results))]
    collect = expr.table.collect
    found: list[Node] = []
    for column in zip(*results, strict=True):
        values = [maker.constant(value, grain) for value in column]
        start = {"sum": 0, "count": 0, "min": max(column), "max": min(column), None: column[-1]}[collect]
        result = maker.constant(start, grain)
        for match, value in reversed(list(zip(matches, values, strict=True))):
            if match is None and collect is None:
                result = value
            elif collect is None:
                assert match is not None
                result = maker.of(Operation.SELECT, match, value, result)
            else:
                taken = value
                if match is not None:
                    neutral = maker.constant(start, grain)
                    taken = maker.of(Operation.SELECT, match, value, neutral)
                result = maker.of(_COLLECTING[collect], result, taken)
        found.append(result)
    return found


_COLLECTING = {
    "sum": Operation.ADD,
    "count": Operation.ADD,
    "min": Operation.MINIMUM,
    "max": Operation.MAXIMUM,
}


def _match(builder: Builder, axes: Sequence[Axis], row: int) -> Node | None:
    """Whether a row matches; None: always."""
    maker = builder.maker
    conditions: list[Node] = []
    for each in axes:
        stretches = each.taken[row]
        if list(stretches) == [(0, each.count)]:
            continue
        parts = [_between(builder, each, start, end) for start, end in stretches]
        condition = maker.either(*parts)
        conditions.append(condition if condition is not None else maker.flag(False, each.node.grain))
    return maker.both(*conditions)


def _between(builder: Builder, each: Axis, start: int, end: int) -> Node:
    """Whether the position is one from start to end, end left out."""
    maker, node = builder.maker, each.node
    if end == start + 1:
        return maker.of(Operation.EQUAL, node, maker.constant(start, node.grain))
    low = None if start == 0 else maker.of(Operation.LESS_EQUAL, maker.constant(start, node.grain), node)
    high = None if end == each.count else maker.of(Operation.LESS, node, maker.constant(end, node.grain))
    both = maker.both(low, high)
    assert both is not None
    return both
