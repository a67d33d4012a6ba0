"""Which statement holds, for many rows and moments at once.

The statements of one level stand in order: by the row they are about, then by when they begin and were recorded. The one
that holds is the last that has begun; where its cell is empty, or it has ended, the one before. A parameter whose cells
are all filled has no empty ones to skip, so all such parameters share what was found for one of them.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from paycalc.check.types import MemberType, TextType, ValueType
from paycalc.engine.encoding.coded import coded
from paycalc.engine.encoding.memory import validity
from paycalc.engine.encoding.states import EMPTY
from paycalc.engine.encoding.values import are_rising
from paycalc.engine.inputs.cells import is_string, plain
from paycalc.engine.inputs.input_table import InputColumn, TextColumn

NOWHERE, BROKEN = -1, -2  # of a way to a level: it ends at a missing reference, at a faulty one
SAYS, INHERITS = 0, 255  # kinds of cells, besides EMPTY
INHERIT_TEXT = "inherit"

Kinds = np.ndarray | None


def kinds_of(column: InputColumn, type: ValueType) -> Kinds:
    """Of each cell SAYS, EMPTY or INHERITS, uint8 [n]; None: every cell says a value, or `none`."""
    inherits = not isinstance(type, TextType)
    empties = isinstance(type, TextType | MemberType)  # elsewhere a text without characters is a faulty value
    if isinstance(column, TextColumn) or pa.types.is_dictionary(column.type):
        texts = coded(column)
        if texts is not None:
            of_texts = [
                INHERITS if inherits and text == INHERIT_TEXT else EMPTY if empties and not text else SAYS
                for text in texts.texts
            ]
            return _or_none(texts.each(np.array([*of_texts, EMPTY], np.uint8)))
    held = plain(column)
    found = np.zeros(len(held), np.uint8)
    start = 0
    for chunk in held.chunks:
        part = found[start : start + len(chunk)]
        if is_string(held.type):
            if empties:
                part[_holds(pc.equal(pc.binary_length(chunk.cast(pa.large_string())), 0))] = EMPTY
            if inherits:
                part[_holds(pc.equal(chunk.cast(pa.large_string()), INHERIT_TEXT))] = INHERITS
        valid = validity(chunk) if not pa.types.is_null(held.type) else np.zeros(len(chunk), bool)
        if valid is not None:
            part[~valid] = EMPTY
        start += len(chunk)
    return _or_none(found)


def _holds(flags: pa.Array) -> np.ndarray:
    return np.asarray(pc.fill_null(flags, False))


def _or_none(kinds: np.ndarray) -> Kinds:
    return kinds if kinds.any() else None


# ---------------------------------------------------------------- the statements of a level


@dataclass(frozen=True)
class LevelRows:
    """The statements of one level that are about some row, in order; of equal ones the first of the table is the last.

    level    its position in Entity.levels
    cells    which cells they are, int64 [m]
    codes    int64 [m], rising: (moments_count + 1) * the row they are about + the number of moments reached
    moments  when they begin, each once, rising, int64
    starts   where those about each row begin, int64 [rows + 1]
    until    int64 [m]; None: none of them ends
    ties     where a statement is equal in row, begin and record to the one before; None: none is
    """

    level: int
    cells: np.ndarray
    codes: np.ndarray
    moments: np.ndarray
    starts: np.ndarray
    until: np.ndarray | None
    ties: np.ndarray | None

    @property
    def targets(self) -> np.ndarray:
        """The rows they are about."""
        return self.codes // (len(self.moments) + 1)

    @property
    def since(self) -> np.ndarray:
        """When they begin."""
        return self.moments[self.codes % (len(self.moments) + 1) - 1]

    def reached(self, targets: np.ndarray, asked: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """The last statement about each row that has begun, or -1, and the first one about it."""
        wanted = targets.astype(np.int64) * (len(self.moments) + 1) + np.searchsorted(self.moments, asked, "right")
        found = np.searchsorted(self.codes, wanted, "right") - 1
        firsts = self.starts[targets]
        found[(found < firsts) | (targets < 0)] = -1
        return found, firsts


def level_rows(
    level: int,
    cells: np.ndarray,
    targets: np.ndarray,
    count: int,
    since: np.ndarray | None,
    recorded: np.ndarray | None,
    until: np.ndarray | None,
) -> LevelRows:
    """Statements in order. cells: rising. targets: the row each is about, of `count`."""
    if since is None:
        moments, codes = np.array([np.iinfo(np.int64).min]), np.ones(len(cells), np.int64)
    else:
        moments, codes = np.unique(since, return_inverse=True)
        codes = codes.astype(np.int64) + 1
    codes += targets.astype(np.int64) * (len(moments) + 1)
    ties = None
    if not are_rising(codes):
        backwards = codes[::-1]
        if recorded is None:
            order = len(codes) - 1 - np.argsort(backwards, kind="stable")
        else:
            order = len(codes) - 1 - np.lexsort((recorded[::-1], backwards))
        codes, cells = codes[order], cells[order]
        until = None if until is None else until[order]
        equal = codes[1:] == codes[:-1]
        if recorded is not None:
            recorded = recorded[order]
            equal &= recorded[1:] == recorded[:-1]
        ties = np.append(False, equal) if equal.any() else None
    starts = np.searchsorted(codes, np.arange(count + 1, dtype=np.int64) * (len(moments) + 1))
    return LevelRows(level, cells, codes, moments, starts, until, ties)


# ---------------------------------------------------------------- asking


@dataclass(frozen=True)
class Choice:
    """cells: the statement's cell, or -1: none holds. broken: the level to which a faulty reference leads where it was
    needed, int8, else -1; None: it was needed nowhere."""

    cells: np.ndarray
    broken: np.ndarray | None = None


@dataclass
class Asking:
    """Rows of an entity, each at a moment, and what its statements say there.

    levels   the most specific first
    targets  by level: the row it leads to from each asking one, or NOWHERE, BROKEN
    asked    int64 [n], microseconds
    """

    levels: Sequence[LevelRows]
    targets: Mapping[int, np.ndarray]
    asked: np.ndarray
    _reached: dict[int, tuple[np.ndarray, np.ndarray]] = field(default_factory=dict)
    _filled: Choice | None = None

    def choose(self, kinds: Kinds) -> Choice:
        """The statement of a parameter that holds for each. kinds: of its cells."""
        if kinds is None and self._filled is not None:
            return self._filled
        cells, broken = np.full(len(self.asked), -1, np.int64), None
        waiting = np.arange(len(self.asked))
        for level in self.levels:
            if not len(waiting) or not len(level.cells):
                continue
            targets = self.targets[level.level][waiting]
            stuck = targets == BROKEN
            if stuck.any() and _states_anything(level, kinds):
                broken = np.full(len(self.asked), -1, np.int8) if broken is None else broken
                broken[waiting[stuck]] = level.level
                waiting = waiting[~stuck]
            found = self._last(level, waiting, kinds)
            said = level.cells[found]
            speaks = found >= 0
            if kinds is not None:
                speaks &= kinds[said] != INHERITS
            cells[waiting[speaks]] = said[speaks]
            waiting = waiting[~speaks]
        choice = Choice(cells, broken)
        if kinds is None:
            self._filled = choice
        return choice

    def _last(self, level: LevelRows, waiting: np.ndarray, kinds: Kinds) -> np.ndarray:
        """The last statement of a level in force for each that waits, or -1."""
        if level.level not in self._reached:
            self._reached[level.level] = level.reached(self.targets[level.level], self.asked)
        reached, firsts = self._reached[level.level]
        found = reached[waiting]
        if level.until is None and kinds is None:
            return found
        looking = np.flatnonzero(found >= 0)
        while len(looking):
            at = found[looking]
            silent = np.zeros(len(at), bool)
            if level.until is not None:
                silent |= level.until[at] <= self.asked[waiting[looking]]
            if kinds is not None:
                silent |= kinds[level.cells[at]] == EMPTY
            looking = looking[silent]
            found[looking] -= 1
            gone = found[looking] < firsts[waiting[looking]]
            found[looking[gone]] = -1
            looking = looking[~gone]
        return found


def _states_anything(level: LevelRows, kinds: Kinds) -> bool:
    return kinds is None or bool((kinds[level.cells] != EMPTY).any())
