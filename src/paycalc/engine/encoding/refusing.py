"""What stops a run in a table of parameters: rows about nobody, and statements that contradict each other."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from paycalc.check.typed import Parameter
from paycalc.check.usage import Usage
from paycalc.core.errors import DataError
from paycalc.engine.encoding.opening import ParameterColumn
from paycalc.engine.encoding.owners import Owner
from paycalc.engine.encoding.resolving import LevelRows, kinds_of
from paycalc.engine.encoding.statements import FOREVER
from paycalc.engine.encoding.states import GOOD
from paycalc.engine.inputs.cells import taken
from paycalc.reference.parameters import conflict, same, unknown_row


def refuse_strangers_and_conflicts(owner: Owner, usage: Usage) -> None:
    """Raise DataError for the first cell, row by row, that is about nobody, else for the first that contradicts one
    before it."""
    if owner.statements is None:
        return
    stranger = _first_stranger(owner)
    if stranger is not None:
        raise stranger
    found = [each for source in owner.sources.values() for each in _conflicts(owner, source, usage)]
    if found:
        positions = {source.parameter: position for position, source in enumerate(owner.sources.values())}
        _, _, parameter, earlier, cell = min(
            ((row, positions[parameter], parameter, earlier, cell) for row, parameter, earlier, cell in found),
            key=lambda each: each[:2],
        )
        said = [owner.statement(parameter, each) for each in (earlier, cell)]
        raise conflict(owner.entity, said[0], said[1])


def _first_stranger(owner: Owner) -> DataError | None:
    """The error for the first row in force that says something and is about nobody."""
    nobody = owner.targets < 0 if owner.in_force is None else (owner.targets < 0) & owner.in_force
    if not nobody.any():
        return None
    first: tuple[int, Parameter, int] | None = None
    for source in owner.sources.values():
        cells = np.flatnonzero(nobody[source.rows])
        kinds = kinds_of(taken(source.column, cells), source.parameter.type)  # type: ignore[arg-type]
        says = cells[kinds.stating(np.arange(len(cells)))]
        if len(says) and (first is None or source.rows[says[0]] < first[0]):
            first = int(source.rows[says[0]]), source.parameter, int(says[0])
    if first is None:
        return None
    statement = owner.statement(first[1], first[2])
    assert statement.key is not None and owner.statements is not None  # a row of the plan is about everybody
    level = owner.entity.levels[int(owner.statements.levels[first[0]])].entity
    nearest = owner.indices[level].nearest_of([statement.key])
    return unknown_row(owner.entity, statement, nearest, level)


# ---------------------------------------------------------------- conflicts


def _conflicts(owner: Owner, source: ParameterColumn, usage: Usage) -> Iterator[tuple[int, Parameter, int, int]]:
    """Of each level the first row with a statement that contradicts an earlier one: the row, and both their cells."""
    for level in owner.levels(source):
        if level.ties is None:
            continue
        tied = level.ties.copy()
        tied[:-1] |= level.ties[1:]
        at = np.flatnonzero(tied)
        groups = np.cumsum(~level.ties[at])
        cells = level.cells[at]
        kinds = kinds_of(taken(source.column, cells), source.parameter.type)  # type: ignore[arg-type]
        every = np.arange(len(at))
        says, inherits = kinds.stating(every), kinds.inheriting(every)
        at, cells, groups, inherits = at[says], cells[says], groups[says], inherits[says]
        differing = _groups_that_differ(owner, source, cells, groups, inherits)
        found = []
        for group in differing:
            there = np.flatnonzero(groups == group)[::-1]  # in the order of the table
            refused = _first_of_group(owner, source, level, at[there], cells[there], usage)
            if refused is not None:
                found.append(refused)
        if found:
            earlier, cell = min(found, key=lambda each: int(source.rows[each[1]]))
            yield int(source.rows[cell]), source.parameter, earlier, cell


def _groups_that_differ(
    owner: Owner, source: ParameterColumn, cells: np.ndarray, groups: np.ndarray, inherits: np.ndarray
) -> list[int]:
    """The groups whose statements are not all good and the same. groups: rising, of each cell its own."""
    if not len(cells):
        return []
    numbers, states = owner.read(source, cells)
    firsts = np.searchsorted(groups, groups)
    alike = (numbers == numbers[firsts]) & (states == GOOD) & (states[firsts] == GOOD) & ~inherits & ~inherits[firsts]
    alike |= firsts == np.arange(len(firsts))
    found: list[int] = np.unique(groups[~alike]).tolist()
    return found


def _first_of_group(
    owner: Owner, source: ParameterColumn, level: LevelRows, at: np.ndarray, cells: np.ndarray, usage: Usage
) -> tuple[int, int] | None:
    """Of statements that are equal in all but their values, in the order of the table: the first that contradicts an
    earlier one, and that."""
    said = [owner.statement(source.parameter, int(cell)) for cell in cells]
    ends = [FOREVER] * len(at) if level.until is None else level.until[at].tolist()
    since = int(level.since[at[0]])
    for second in range(len(said)):
        for first in range(second):
            collide = _may_ask(owner, source.parameter, usage, since, min(ends[first], ends[second]))
            if collide and not same(said[first], said[second], source.parameter, owner.clock.zone):
                return int(cells[first]), int(cells[second])
    return None


def _may_ask(owner: Owner, parameter: Parameter, usage: Usage, since: int, until: int) -> bool:
    """Whether the parameter may be asked for from `since` to before `until`."""
    starts = owner.clock.starts[:-1]
    low = max(since, int(starts[0]))
    if parameter in usage.dated and low < until:
        return True
    asked = starts if parameter in usage.averaged else starts[-1:]
    return bool(((low <= asked) & (asked < until)).any())
