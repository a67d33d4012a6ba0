"""The dataset of the reference, cell by cell from what the door has encoded: a value is decoded when it is asked for.

So the reference explains one payee of millions, and says what is wrong with the few whose pay cannot be worked out,
without the rows of all the others.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence, Set
from functools import cached_property
from typing import Any

import numpy as np

from paycalc.check.typed import PLAN_GRAIN, Column, Field, Reference
from paycalc.check.usage import Averaged
from paycalc.engine.decoding.dated_values import DatedValues
from paycalc.engine.decoding.member_rows import MemberRows
from paycalc.engine.decoding.stored import decoded, number_at
from paycalc.engine.encoded import EncodedData, FaultBatch, Keys
from paycalc.engine.storage import Numbers
from paycalc.graph.nodes import Input
from paycalc.reference.dataset import Cell, Dataset, EntityRows, FaultPlace, Members
from paycalc.reference.faults import Fault, Key

_NO_ROWS = np.empty(0, np.int64)


def lazy_dataset(
    data: EncodedData, members: MemberRows | None = None, held: Mapping[str, Numbers] | None = None
) -> Dataset:
    """The dataset of a run's data; it keeps the data alive. Threads may share it.

    held  of entities that hold their bad rows: the rows that are held, rising
    """
    faults = _FaultIndex(data.faults)
    index = MemberRows(data) if members is None else members
    entities = {PLAN_GRAIN: EntityRows(1, (None,), {})}
    for entity, keys in data.keys.items():
        entities[entity] = EntityRows(data.counts[entity], _Keys(keys), _RowOf(keys), faults.at(entity))
    fields = dict.fromkeys(
        each.field for each in data.inputs if isinstance(each.field, Field) and each.part in ("value", "row", "present")
    )
    references = [each for each in fields if isinstance(each, Reference)]
    cells: dict[Field, Sequence[Cell]] = {
        each: _Cells(data, each, faults.at(each)) for each in fields if not isinstance(each, Reference)
    }
    return Dataset(
        data.plan,
        data.period,
        data.usage,
        entities,
        cells,
        {each: _Targets(data, each, faults.at(each)) for each in references},
        {each: _MembersOf(data, each, index) for each in references},
        {place.reference: faults.at(place) for place in faults.places() if isinstance(place, Members)},
        {each: _Rows(data.defaulted.get(each, _NO_ROWS)) for each in cells if isinstance(each, Column)},
        _AllFaults(data.faults),
        DatedValues(data, {each: faults.at(Averaged(each)) for each in data.usage.averaged}),
        data.settings,
        data.data_tables,
        {entity: _Rows(rows) for entity, rows in data.outside.items()},
        {entity: _Rows(rows) for entity, rows in (held or {}).items()},
    )


class _FaultIndex:
    """The faults of the data by place."""

    def __init__(self, batches: Sequence[FaultBatch]) -> None:
        self._by_place: dict[FaultPlace, list[FaultBatch]] = {}
        for batch in batches:
            if len(batch.rows):
                self._by_place.setdefault(batch.place, []).append(batch)

    def places(self) -> Sequence[FaultPlace]:
        return list(self._by_place)

    def at(self, place: FaultPlace) -> _FaultsOf:
        return _FaultsOf(self._by_place.get(place, ()))


class _FaultsOf(Mapping[int, Fault]):
    """The faults in one place, by row."""

    def __init__(self, batches: Sequence[FaultBatch]) -> None:
        self._batches = batches

    def get(self, row: object, default: Any = None) -> Any:
        for batch in self._batches:
            if _holds(batch.rows, row):
                return batch.describe(row)  # type: ignore[arg-type]
        return default

    def __getitem__(self, row: int) -> Fault:
        fault: Fault | None = self.get(row)
        if fault is None:
            raise KeyError(row)
        return fault

    def __contains__(self, row: object) -> bool:
        return any(_holds(batch.rows, row) for batch in self._batches)

    def __iter__(self) -> Iterator[int]:
        return iter(sorted(int(row) for batch in self._batches for row in batch.rows))

    def __len__(self) -> int:
        return sum(len(batch.rows) for batch in self._batches)


def _holds(rows: Numbers, row: object) -> bool:
    """Whether a row stands among rising rows."""
    at = int(np.searchsorted(rows, row))  # type: ignore[call-overload]
    return at < len(rows) and bool(rows[at] == row)


class _Column(Sequence[Any]):
    """What a field has at each of its rows."""

    def __init__(self, data: EncodedData, field: Field, faults: _FaultsOf) -> None:
        self._data, self._field, self._faults = data, field, faults
        self._present = data.inputs.get(Input(field, "present"))

    def __len__(self) -> int:
        return self._data.counts[self._field.entity]

    def __getitem__(self, row: Any) -> Any:
        if isinstance(row, slice):
            return [self[each] for each in range(*row.indices(len(self)))]
        if not 0 <= row < len(self):
            raise IndexError(row)
        fault = self._faults.get(row)
        if fault is not None:
            return fault
        if self._present is not None and not number_at(self._present, row):
            return None
        return self._value(row)

    def _value(self, row: int) -> Any:
        raise AssertionError("a column has values")


class _Cells(_Column):
    """The values of a column or parameter; None where one is missing, a Fault where it is faulty."""

    def __init__(self, data: EncodedData, field: Field, faults: _FaultsOf) -> None:
        super().__init__(data, field, faults)
        self._values = data.inputs.get(Input(field, "value"))

    def _value(self, row: int) -> Any:
        assert self._values is not None
        return decoded(number_at(self._values, row), self._field.type, self._data)


class _Targets(_Column):
    """The rows that a reference leads to."""

    def __init__(self, data: EncodedData, field: Reference, faults: _FaultsOf) -> None:
        super().__init__(data, field, faults)
        self._rows = data.inputs.get(Input(field, "row"))

    def _value(self, row: int) -> Any:
        target = -1 if self._rows is None else number_at(self._rows, row)
        return None if target < 0 else target


class _MembersOf(Mapping[int, Sequence[int]]):
    """The rows that lead to each row through a reference."""

    def __init__(self, data: EncodedData, reference: Reference, index: MemberRows) -> None:
        self._data, self._reference, self._index = data, reference, index

    def get(self, row: object, default: Any = None) -> Any:
        if not isinstance(row, int) or Input(self._reference, "row") not in self._data.inputs:
            return default
        rows = self._index.of(self._reference, row)
        return rows.tolist() if len(rows) else default

    def __getitem__(self, row: int) -> Sequence[int]:
        rows: Sequence[int] | None = self.get(row)
        if rows is None:
            raise KeyError(row)
        return rows

    def __iter__(self) -> Iterator[int]:
        return (row for row in range(self._data.counts[self._reference.target]) if row in self)

    def __contains__(self, row: object) -> bool:
        return self.get(row) is not None

    def __len__(self) -> int:
        return sum(1 for _ in self)


class _Keys(Sequence[Key | None]):
    """The keys of an entity's rows."""

    def __init__(self, keys: Keys) -> None:
        self._keys = keys

    def __len__(self) -> int:
        return len(self._keys)

    def __getitem__(self, row: Any) -> Any:
        if isinstance(row, slice):
            return [self._keys[each] for each in range(*row.indices(len(self)))]
        if not 0 <= row < len(self):
            raise IndexError(row)
        return self._keys[row]


class _RowOf(Mapping[Key, int]):
    """The first row of each key."""

    def __init__(self, keys: Keys) -> None:
        self._keys = keys

    def get(self, key: object, default: Any = None) -> Any:
        row = self._keys.row_of(key) if key.__class__ in (int, str) else None
        return default if row is None else row

    def __getitem__(self, key: Key) -> int:
        row: int | None = self.get(key)
        if row is None:
            raise KeyError(key)
        return row

    def __contains__(self, key: object) -> bool:
        return self.get(key) is not None

    def __iter__(self) -> Iterator[Key]:
        known = (self._keys[row] for row in range(len(self._keys)))
        return iter(dict.fromkeys(key for key in known if key is not None))

    def __len__(self) -> int:
        return sum(1 for _ in self)


class _Rows(Set[int]):
    """Rising rows as a set."""

    def __init__(self, rows: Numbers) -> None:
        self._rows = rows

    @classmethod
    def _from_iterable(cls, rows: Any) -> Any:
        return frozenset(rows)

    def __contains__(self, row: object) -> bool:
        return _holds(self._rows, row)

    def __iter__(self) -> Iterator[int]:
        return (int(row) for row in self._rows)

    def __len__(self) -> int:
        return len(self._rows)


class _AllFaults(Sequence[tuple[FaultPlace, int, Fault]]):
    """All faults of the data in their order, made when one of them is asked for."""

    def __init__(self, batches: Sequence[FaultBatch]) -> None:
        self._batches = batches

    @cached_property
    def _made(self) -> list[tuple[FaultPlace, int, Fault]]:
        found = [(batch.place, int(row), batch.describe(int(row))) for batch in self._batches for row in batch.rows]
        return sorted(found, key=lambda each: each[2].order)

    def __len__(self) -> int:
        return sum(len(batch.rows) for batch in self._batches)

    def __getitem__(self, at: Any) -> Any:
        return self._made[at]
