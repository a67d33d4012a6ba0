"""The faults of a run by number, in order of precedence, without making each of them.

Two numbers belong to a place where a fault stands. Its label says when it is spread: faults are spread one by one, also
where one fault stands in several places (a key that rows share stands in each of them, and in every reference to it).
Its cause says which fault it is, for whoever counts or reports.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from paycalc.check.typed import PLAN_GRAIN, Reference
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
    """The faults of the data in the order in which they are spread: by code, entity, key, column, row.

    One fault in several places is spread from its own row first, then from the references in the order of the plan.
    """
    batches = [batch for batch in data.faults if len(batch.rows)]
    if not batches:
        none = np.empty(0, np.int64)
        return LabelledFaults(Causes((), none, none, none), tuple(none for _ in data.faults), none)
    entities = sorted(data.plan.entities, key=str.encode)
    names = [_names(batch) for batch in batches]
    columns = sorted({column for _, column in names}, key=str.encode)
    sequence = _sequence(data)
    fault_rows = [_fault_rows(batch) for batch in batches]
    lengths = [len(batch.rows) for batch in batches]

    def each(values: Sequence[int]) -> Numbers:
        return np.repeat(np.array(values, np.int64), lengths)

    code = each([batch.code.rank for batch in batches])
    entity = each([entities.index(name) for name, _ in names])
    key = np.concatenate(_ranks_of_rows(data, [name for name, _ in names], fault_rows))
    column = each([columns.index(name) for _, name in names])
    row = np.concatenate(fault_rows)
    place = each([sequence.get(batch.place, 0) for batch in batches])
    stands = np.concatenate([batch.rows for batch in batches])
    order = np.lexsort((stands, place, row, column, key, entity, code))
    new = np.zeros(len(order), bool)
    new[0] = True
    for part in (code, entity, key, column, row):
        arranged = part[order]
        new[1:] |= arranged[1:] != arranged[:-1]
    labels = np.empty(len(order), np.int64)
    labels[order] = np.arange(len(order))
    firsts = order[new]
    batch_of = each(range(len(batches)))
    causes = Causes(batches, code[firsts], batch_of[firsts], stands[firsts])
    parted = iter(np.split(labels, np.cumsum(lengths)[:-1]))
    by_batch = tuple(next(parted) if len(batch.rows) else np.empty(0, np.int64) for batch in data.faults)
    return LabelledFaults(causes, by_batch, np.cumsum(new) - 1)


def _names(batch: FaultBatch) -> tuple[str, str]:
    """The entity and column of a batch's faults."""
    place = batch.place
    if isinstance(place, Reference) and batch.code is FaultCode.DUPLICATE_KEY:
        return place_names(place.target)
    return place_names(place)


def _fault_rows(batch: FaultBatch) -> Numbers:
    """The row that each fault names, from 0."""
    if not (isinstance(batch.place, Reference) and batch.code is FaultCode.DUPLICATE_KEY):
        return batch.rows.astype(np.int64)
    if batch.of is not None:
        return batch.of.astype(np.int64)
    return np.array([(batch.describe(int(row)).row or 1) - 1 for row in batch.rows], np.int64)


def _sequence(data: EncodedData) -> dict[FaultPlace, int]:
    """The references in the order of the plan, behind whatever else a fault may stand in."""
    references = [reference for entity in data.plan.entities.values() for reference in entity.references.values()]
    return {reference: at for at, reference in enumerate(references, start=1)}


def _ranks_of_rows(data: EncodedData, entities: Sequence[str], rows: Sequence[Numbers]) -> list[Numbers]:
    """The ranks of the keys at these rows among each other, entity by entity; rows without a key come last."""
    ranks: list[Numbers] = [np.zeros(len(each), np.int64) for each in rows]
    for entity in dict.fromkeys(entities):
        if entity == PLAN_GRAIN:
            continue
        parts = [at for at, name in enumerate(entities) if name == entity]
        found, position = np.unique(np.concatenate([rows[at] for at in parts]), return_inverse=True)
        ranked = key_ranks(data.keys[entity].array.take(pa.array(found)))
        whole = ranked[position.reshape(-1)]
        lengths = [len(rows[at]) for at in parts]
        for at, part in zip(parts, np.split(whole, np.cumsum(lengths)[:-1]), strict=True):
            ranks[at] = part
    return ranks


def key_ranks(keys: pa.Array | pa.ChunkedArray) -> Numbers:
    """Where each key stands among the others, from 1: integers by value, texts by their UTF-8 bytes; int64.

    Equal keys stand at one place, and rows without a key all at the last.
    """
    ranks: Numbers = pc.rank(keys, tiebreaker="dense").to_numpy().astype(np.int64)
    if keys.null_count:
        ranks[np.asarray(keys.is_null())] = len(keys) + 1
    return ranks
