"""The faults of a run by number, in order of precedence, without making each of them.

Two numbers belong to a place where a fault stands. Its label says when it is spread: faults are spread one by one, from
all the places of one fault at once (a key that rows share stands in each of them, and in every reference to it). Its
cause says which fault it is, for whoever counts or reports; of what arises in computing several labels may have one.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from paycalc.check.typed import PLAN_GRAIN, Parameter, Reference
from paycalc.check.usage import Averaged, DatedRead
from paycalc.engine.encoded import EncodedData, FaultBatch
from paycalc.engine.storage import Numbers
from paycalc.reference.dataset import FaultPlace, place_names
from paycalc.reference.faults import Fault, FaultCode

_CODES = tuple(FaultCode)
_UNKNOWN_CODE = -1


@dataclass(frozen=True)
class _Unmade:
    """Faults that somebody makes when they are asked for."""

    describe: Callable[[int], Fault]


class Causes(Sequence[Fault]):
    """The different faults of a run. Those of the data come first, in their order, and are described when asked for.

    Behind them stand those that arose in computing, in their order; their codes are all later ones.
    """

    def __init__(self, batches: Sequence[FaultBatch], codes: Numbers, batch: Numbers, row: Numbers) -> None:
        self._batches: Sequence[FaultBatch | _Unmade] = batches
        self._batch, self._row = batch, row
        self._codes = codes
        self._known: dict[int, Fault] = {}

    @staticmethod
    def of(faults: Sequence[Fault]) -> Causes:
        """Of faults that are there already, each once, in their order."""
        none = np.empty(0, np.int64)
        causes = Causes((), none, none, none)
        causes.extend(faults)
        return causes

    def __len__(self) -> int:
        return len(self._codes)

    def __getitem__(self, cause):  # type: ignore[no-untyped-def]
        if isinstance(cause, slice):
            return [self[each] for each in range(*cause.indices(len(self)))]
        cause = int(cause)
        if cause not in self._known:
            self._known[cause] = self._batches[self._batch[cause]].describe(int(self._row[cause]))
        return self._known[cause]

    def code(self, cause: int) -> FaultCode:
        """The code of a fault, without making it."""
        code: FaultCode = _CODES[int(self._codes[cause])]
        return code

    def code_ranks(self, causes: Numbers) -> Numbers:
        """The ranks of the codes of these faults."""
        ranks: Numbers = self._codes[causes]
        return ranks

    def counts_by_code(self, causes: Numbers) -> dict[FaultCode, int]:
        """How often each code stands among these faults, in order of precedence."""
        counts = np.bincount(self._codes[causes], minlength=len(_CODES))
        return {code: int(count) for code, count in zip(_CODES, counts, strict=True) if count}

    def extend(self, faults: Sequence[Fault]) -> Numbers:
        """Add faults, each once, behind those there are; their numbers."""
        first = len(self)
        self._known.update(enumerate(faults, start=first))
        return self._add(np.array([fault.code.rank for fault in faults], np.int64), len(self._batches), faults)

    def extend_lazily(self, rows: Numbers, describe: Callable[[int], Fault]) -> Numbers:
        """Add the faults at some rows, to be made when one is asked for; their numbers. Nobody may ask for a code."""
        self._batches = [*self._batches, _Unmade(describe)]
        return self._add(np.full(len(rows), _UNKNOWN_CODE), len(self._batches) - 1, rows)

    def _add(self, codes: Numbers, batch: int, rows: Numbers | Sequence[Fault]) -> Numbers:
        first, count = len(self), len(codes)
        self._codes = np.append(self._codes, codes)
        self._batch = np.append(self._batch, np.full(count, batch))
        self._row = np.append(self._row, rows if isinstance(rows, np.ndarray) else np.arange(count))
        return np.arange(first, first + count)


@dataclass(frozen=True)
class LabelledFaults:
    """labels: of each batch those of its rows.  cause_of: the cause of each label."""

    causes: Causes
    labels: tuple[Numbers, ...]
    cause_of: Numbers


def label_faults(data: EncodedData) -> LabelledFaults:
    """The faults of the data in the order in which they are spread: by code, entity, key, column, row, value.

    One fault in several places is described from its own row, else from the first reference in the order of the plan.
    """
    batches = [batch for batch in data.faults if len(batch.rows)]
    if not batches:
        none = np.empty(0, np.int64)
        return LabelledFaults(Causes((), none, none, none), tuple(none for _ in data.faults), none)
    names = _Names(data)
    named = [names.of(batch) for batch in batches]
    sequence = _sequence(data)
    lengths = [len(batch.rows) for batch in batches]

    def each(values: Sequence[int]) -> Numbers:
        return np.repeat(np.array(values, np.int64), lengths)

    code = each([batch.code.rank for batch in batches])
    entity = np.concatenate([each.entities for each in named])
    column = names.ranks_of_columns(np.concatenate([each.columns for each in named]))
    row = np.concatenate([each.rows for each in named])
    last = names.ranks_of_last(np.concatenate([each.last for each in named]))
    key = _ranks_of_rows(data, entity, row, names.entities)
    place = each([sequence.get(batch.place, 0) for batch in batches])
    stands = np.concatenate([batch.rows for batch in batches])
    order = np.lexsort((stands, place, last, row, column, key, entity, code))
    new = np.zeros(len(order), bool)
    new[0] = True
    for part in (code, entity, key, column, row, last):
        arranged = part[order]
        new[1:] |= arranged[1:] != arranged[:-1]
    labels = np.empty(len(order), np.int64)
    labels[order] = np.cumsum(new) - 1
    firsts = order[new]
    batch_of = each(range(len(batches)))
    causes = Causes(batches, code[firsts], batch_of[firsts], stands[firsts])
    parted = iter(np.split(labels, np.cumsum(lengths)[:-1]))
    by_batch = tuple(next(parted) if len(batch.rows) else np.empty(0, np.int64) for batch in data.faults)
    return LabelledFaults(causes, by_batch, np.arange(len(causes)))


@dataclass(frozen=True)
class _Named:
    """What the faults of a batch name, one a row of it.

    entities, columns, last  by number, as `_Names` has them;  rows: from 0
    last  tells apart the faults of one parameter at one row, by the dates at which it is asked for; else 0
    """

    entities: Numbers
    columns: Numbers
    rows: Numbers
    last: Numbers


class _Names:
    """Finds out which places the faults of batches name."""

    def __init__(self, data: EncodedData) -> None:
        self.entities = sorted(data.plan.entities, key=str.encode)
        usage = data.usage
        self._at_dates = frozenset((*usage.dated, *usage.averaged))
        self._columns: dict[str, int] = {}
        self._orders: dict[tuple[object, ...], int] = {(): 0}

    def ranks_of_last(self, last: Numbers) -> Numbers:
        """The ranks of faults of one parameter at one row among each other."""
        return _ranked(self._orders, sorted(self._orders))[last]

    def ranks_of_columns(self, columns: Numbers) -> Numbers:
        """The ranks of the names of columns among each other."""
        return _ranked(self._columns, sorted(self._columns, key=str.encode))[columns]

    def of(self, batch: FaultBatch) -> _Named:
        place = batch.place
        if isinstance(place, DatedRead | Averaged):
            return self._described(batch)
        # What is wrong with a statement is one fault, whether it is asked for at dates or at the period's end.
        if isinstance(place, Parameter) and (place in self._at_dates or not _is_own(batch)):
            return self._described(batch)
        shares = isinstance(place, Reference) and batch.code is FaultCode.DUPLICATE_KEY
        entity, column = place_names(place.target if isinstance(place, Reference) and shares else place)
        rows = _rows_of_shared_keys(batch) if shares else batch.rows.astype(np.int64)
        count = len(batch.rows)
        return _Named(
            np.full(count, self.entities.index(entity)),
            np.full(count, self._column(column)),
            rows,
            np.zeros(count, np.int64),
        )

    def _described(self, batch: FaultBatch) -> _Named:
        """By the faults themselves, each made once."""
        firsts, positions = _shared(batch)
        faults = [batch.describe(row) for row in firsts]
        parts = np.array(
            [
                (
                    self.entities.index(fault.entity),
                    self._column(fault.column),
                    (fault.row or 1) - 1,
                    self._last(batch.place, fault),
                )
                for fault in faults
            ],
            np.int64,
        )
        return _Named(*parts[positions].T)

    def _column(self, name: str) -> int:
        return self._columns.setdefault(name, len(self._columns))

    def _last(self, place: FaultPlace, fault: Fault) -> int:
        """What a fault says besides its row and column; nothing where it is that of a reference."""
        parameter = place.parameter if isinstance(place, DatedRead | Averaged) else place
        is_dated = isinstance(parameter, Parameter) and fault.column == parameter.name
        return self._orders.setdefault(fault.order, len(self._orders)) if is_dated and fault.value else 0


def _ranked(numbers: Mapping[Any, int], in_order: Sequence[Any]) -> Numbers:
    """Of each number the rank of the thing that has it."""
    ranks = np.empty(len(numbers), np.int64)
    ranks[[numbers[thing] for thing in in_order]] = np.arange(len(numbers))
    return ranks


def _is_own(batch: FaultBatch) -> bool:
    """Whether the faults at a parameter are its own, and not those of a reference on the way to what states it."""
    fault = batch.describe(int(batch.rows[0]))
    return (fault.entity, fault.column) == place_names(batch.place)


def _shared(batch: FaultBatch) -> tuple[list[int], Numbers]:
    """Rows of a batch with its different faults, one row each, and at every row the number of its fault."""
    if batch.of is None:
        return batch.rows.tolist(), np.arange(len(batch.rows))
    _, firsts, positions = np.unique(batch.of, return_index=True, return_inverse=True)
    return batch.rows[firsts].tolist(), positions.reshape(-1)


def _rows_of_shared_keys(batch: FaultBatch) -> Numbers:
    """Of references to keys that rows share, the first row with the key, from 0."""
    if batch.of is not None:
        return batch.of.astype(np.int64)
    return np.array([(batch.describe(int(row)).row or 1) - 1 for row in batch.rows], np.int64)


def _sequence(data: EncodedData) -> dict[FaultPlace, int]:
    """The references in the order of the plan, behind whatever else a fault may stand in."""
    references = [reference for entity in data.plan.entities.values() for reference in entity.references.values()]
    return {reference: at for at, reference in enumerate(references, start=1)}


def _ranks_of_rows(data: EncodedData, entity: Numbers, row: Numbers, names: Sequence[str]) -> Numbers:
    """The ranks of the keys at these rows among each other, entity by entity; rows without a key come last.

    entity  at each of them its number in `names`
    """
    ranks: Numbers = np.zeros(len(row), np.int64)
    for number in np.unique(entity).tolist():
        if names[number] == PLAN_GRAIN:
            continue
        here = entity == number
        found, position = np.unique(row[here], return_inverse=True)
        ranks[here] = key_ranks(data.keys[names[number]].array.take(pa.array(found)))[position.reshape(-1)]
    return ranks


def key_ranks(keys: pa.Array | pa.ChunkedArray) -> Numbers:
    """Where each key stands among the others, from 1: integers by value, texts by their UTF-8 bytes; int64.

    Equal keys stand at one place, and rows without a key all at the last.
    """
    ranks: Numbers = pc.rank(keys, tiebreaker="dense").to_numpy().astype(np.int64)
    if keys.null_count:
        ranks[np.asarray(keys.is_null())] = len(keys) + 1
    return ranks
