"""Which statement holds, for many rows and moments at once.

The statements of one level stand in order: by the row they are about, then by when they begin and were recorded. The
one that holds is the last that has begun; where its cell is empty, or it has ended, the one before. Parameters whose
cells all say something have no empty ones to pass over, so they share what was found for one of them.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from paycalc import _kernels
from paycalc.check.types import MemberType, TextType, ValueType
from paycalc.engine.encoding.coded import coded
from paycalc.engine.encoding.memory import address
from paycalc.engine.encoding.values import are_rising
from paycalc.engine.inputs.cells import is_string, plain
from paycalc.engine.inputs.input_table import InputColumn, TextColumn
from paycalc.reference.parameters import INHERIT_TEXT

NOWHERE, BROKEN = -1, -2  # of a way to a level: it ends at a missing reference, at a faulty one


@dataclass(frozen=True)
class Kinds:
    """What the cells of a parameter are.

    says      bits, from `first_bit` on: whether a cell says something, be it `none` or `inherit`; None: every one does
    inherits  bool [n]: whether it says `inherit`; None: none does
    """

    says: np.ndarray | None = None
    first_bit: int = 0
    inherits: np.ndarray | None = None

    def stating(self, cells: np.ndarray) -> np.ndarray:
        """Which of these cells say something."""
        if self.says is None:
            return np.ones(len(cells), bool)
        bits = cells + self.first_bit
        found: np.ndarray = (self.says[bits >> 3] >> (bits & 7).astype(np.uint8) & 1).astype(bool)
        return found

    def inheriting(self, cells: np.ndarray) -> np.ndarray:
        """Which of these cells say `inherit`."""
        return np.zeros(len(cells), bool) if self.inherits is None else self.inherits[cells]


ALL_SAY = Kinds()


def kinds_of(column: InputColumn, type: ValueType) -> Kinds:
    """What the cells of a parameter's column are; the same object for all columns that say a value in every cell."""
    inherits = not isinstance(type, TextType)
    empties = isinstance(type, TextType | MemberType)  # elsewhere a text without characters is a faulty value
    texts = coded(column) if isinstance(column, TextColumn) or pa.types.is_dictionary(column.type) else None
    if texts is not None:
        says = [bool(text) or not empties for text in texts.texts]
        inheriting = [inherits and text == INHERIT_TEXT for text in texts.texts]
        each = (texts.each(np.array([*flags, False])).astype(bool) for flags in (says, inheriting))
        return _kinds(*each)
    assert not isinstance(column, TextColumn)
    held = plain(column)
    if is_string(held.type):
        held = held.cast(pa.large_string())
        says_any = pc.not_equal(pc.binary_length(held), 0) if empties else pc.is_valid(held)
        return _kinds(_holds(says_any), _holds(pc.equal(held, INHERIT_TEXT)) if inherits else None)
    if held.null_count == 0:
        return ALL_SAY
    if held.num_chunks == 1 and held.chunk(0).buffers()[0] is not None:
        return Kinds(np.frombuffer(held.chunk(0).buffers()[0], np.uint8), held.chunk(0).offset)
    return _kinds(_holds(pc.is_valid(held)), None)


def _holds(flags: pa.ChunkedArray) -> np.ndarray:
    return np.asarray(pc.fill_null(flags, False))


def _kinds(says: np.ndarray, inherits: np.ndarray | None) -> Kinds:
    if inherits is not None and not inherits.any():
        inherits = None
    if inherits is None and says.all():
        return ALL_SAY
    return Kinds(np.packbits(says, bitorder="little"), 0, inherits)


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
        found: np.ndarray = self.codes // (len(self.moments) + 1)
        return found

    @property
    def since(self) -> np.ndarray:
        """When they begin."""
        found: np.ndarray = self.moments[self.codes % (len(self.moments) + 1) - 1]
        return found

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
        if kinds is ALL_SAY and self._filled is not None:
            return self._filled
        cells, broken = np.full(len(self.asked), -1, np.int64), None
        waiting = np.arange(len(self.asked))
        for level in self.levels:
            if not len(waiting) or not len(level.cells):
                continue
            stuck = self.targets[level.level][waiting] == BROKEN
            if stuck.any() and kinds.stating(level.cells).any():
                broken = np.full(len(self.asked), -1, np.int8) if broken is None else broken
                broken[waiting[stuck]] = level.level
                waiting = waiting[~stuck]
            found = self._last(level, waiting, kinds)
            said = level.cells[found]
            speaks = found >= 0
            if kinds.inherits is not None:
                speaks &= ~kinds.inherits[said]
            if speaks.all() and len(waiting) == len(cells):
                return self._kept(Choice(said, broken), kinds)
            cells[waiting[speaks]] = said[speaks]
            waiting = waiting[~speaks]
        return self._kept(Choice(cells, broken), kinds)

    def _kept(self, choice: Choice, kinds: Kinds) -> Choice:
        """Parameters whose cells all say something share what was found."""
        if kinds is ALL_SAY:
            self._filled = choice
        return choice

    def _last(self, level: LevelRows, waiting: np.ndarray, kinds: Kinds) -> np.ndarray:
        """The last statement of a level in force for each that waits, or -1."""
        if level.level not in self._reached:
            self._reached[level.level] = level.reached(self.targets[level.level], self.asked)
        reached, firsts = self._reached[level.level]
        found: np.ndarray = reached[waiting]  # a copy
        if level.until is not None or kinds.says is not None:
            asked, firsts = self.asked[waiting], firsts[waiting]
            says = 0 if kinds.says is None else address(kinds.says)
            until = 0 if level.until is None else address(level.until)
            places = address(found), address(firsts), address(asked)
            _kernels.last_stating(*places, len(found), address(level.cells), says, kinds.first_bit, until)
        return found
