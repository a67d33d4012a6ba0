"""The keys of a table, each cut into so few positions that a cell takes whole ones."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from paycalc.check.typed import AnyCell, Band, BandsCell, Cell, Key, ValuesCell
from paycalc.check.types import FlagType, MemberType, TextType, Value, ValueType
from paycalc.graph.coordinates import Coordinate, coordinate, outside_fault
from paycalc.graph.making import Maker
from paycalc.graph.nodes import Node, Operation, Steps
from paycalc.graph.worth import Worth

if TYPE_CHECKING:
    from paycalc.graph.build import Builder


@dataclass(frozen=True)
class Axis:
    """node: the position of the argument, 0 .. count - 1 at every row. taken: by each row of the table, in stretches
    from .. to (left out)."""

    node: Node
    count: int
    taken: Sequence[Sequence[tuple[int, int]]]

    @property
    def shape(self) -> object:
        """Equal for axes of the same key whose positions mean the same."""
        return self.count, tuple(map(tuple, self.taken))

    @property
    def masks(self) -> list[int]:
        """For each position the rows of the table that take it: bit i for row i."""
        masks = [0] * self.count
        everywhere = 0
        for row, stretches in enumerate(self.taken):
            bit = 1 << row
            if stretches == [(0, self.count)]:
                everywhere |= bit
                continue
            for start, end in stretches:
                for position in range(start, end):
                    masks[position] |= bit
        return [mask | everywhere for mask in masks]


def axis(builder: Builder, worth: Worth, type_: ValueType, key: Key, cells: Sequence[Cell]) -> tuple[Axis, Node | None]:
    """The axis of one argument, and whether the argument lies outside the key's range."""
    if isinstance(key.type, FlagType | MemberType | TextType):
        return _axis_of_values(builder, worth, key.type, cells), None
    bands = [cell.bands if isinstance(cell, BandsCell) else () for cell in cells]
    bounds = [bound for each in bands for band in each for bound in (band.low, band.high) if bound is not None]
    position = coordinate(builder, worth, type_, key, bounds)
    ends = [[_ends(position, band) for band in each] for each in bands]
    low, high = position.span
    thresholds = sorted(
        {end for each in ends for band in each for end in band if end is not None and low < end <= high}
    )
    taken = [
        [(0, len(thresholds) + 1)] if isinstance(cell, AnyCell) else _stretches(each, thresholds, position.span)
        for cell, each in zip(cells, ends, strict=True)
    ]
    fault = outside_fault(builder.maker, position, type_, key)
    node = _searched(builder.maker, position.node, thresholds)
    return Axis(node, len(thresholds) + 1, taken), fault


def _searched(maker: Maker, node: Node, thresholds: Sequence[int]) -> Node:
    if not thresholds:
        return maker.constant(0, node.grain)
    return maker.of(Operation.SEARCH, node, detail=Steps((tuple(thresholds),)))


def _ends(position: Coordinate, band: Band) -> tuple[int | None, int | None]:
    """From which coordinate on a band takes values, and from which on no more."""
    start = end = None
    if band.low is not None:
        start = position.at_least(band.low) if band.low_included else position.above(band.low)
    if band.high is not None:
        end = position.above(band.high) if band.high_included else position.at_least(band.high)
    return start, end


def _stretches(
    ends: Sequence[tuple[int | None, int | None]], thresholds: Sequence[int], span: tuple[int, int]
) -> list[tuple[int, int]]:
    """The positions that bands take, apart from each other and rising. Position p lies between the thresholds p - 1
    (reached) and p."""
    low, high = span
    found: list[tuple[int, int]] = []
    for start, end in ends:
        first = 0 if start is None or start <= low else bisect_left(thresholds, start) + 1
        last = len(thresholds) + 1 if end is None or end > high else bisect_left(thresholds, end) + 1
        if end is not None and end <= low:
            last = 0
        if start is not None and start > high:
            first = last
        if first < last:
            found.append((first, last))
    joined: list[tuple[int, int]] = []
    for first, last in sorted(found):
        if joined and first <= joined[-1][1]:
            joined[-1] = (joined[-1][0], max(last, joined[-1][1]))
        else:
            joined.append((first, last))
    return joined


def _axis_of_values(builder: Builder, worth: Worth, type_: ValueType, cells: Sequence[Cell]) -> Axis:
    maker = builder.maker
    values: list[Value]
    if isinstance(type_, FlagType):
        values = [False, True]
        node, count = maker.of(Operation.NUMBER_OF, worth.node), 2
    elif isinstance(type_, MemberType):
        values = list(type_.members)
        count = len(values)
        node = maker.bounded(worth.node, (0, count - 1))
    else:
        values = sorted({value for cell in cells if isinstance(cell, ValuesCell) for value in cell.values}, key=str)
        count = len(values) + 1  # one for all other texts
        node = _position_of_text(builder, worth.node, [str(each) for each in values])
    index = {value: position for position, value in enumerate(values)}
    taken = [
        [(position, position + 1) for position in sorted(index[each] for each in cell.values)]
        if isinstance(cell, ValuesCell)
        else [(0, count)]
        for cell in cells
    ]
    return Axis(node, count, taken)


def _position_of_text(builder: Builder, node: Node, texts: Sequence[str]) -> Node:
    """The position of a text among some texts of the plan; that of any other is one more."""
    maker = builder.maker
    if not texts:
        return maker.constant(0, node.grain)
    positions = [len(texts)] * (len(builder.texts) + 1)
    for position, text in enumerate(texts):
        positions[builder.texts[text]] = position
    near = maker.of(Operation.MINIMUM, node, maker.constant(len(builder.texts), node.grain))
    return maker.of(Operation.LOOKUP, maker.bounded(near, (0, len(builder.texts))), detail=tuple(positions))
