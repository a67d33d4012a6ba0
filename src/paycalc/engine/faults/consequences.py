"""What faults came to, as columns, in order of report: rejects, withheld values, orphans and held rows.

A run may reject millions. Who counts them, or makes a table of them, reads columns; a `Reject` is made where somebody
asks for that one.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias, TypeVar

import numpy as np
import pyarrow as pa

from paycalc.engine.faults.causes import Causes, key_ranks
from paycalc.engine.storage import Numbers
from paycalc.reference.faults import Fault, FaultCode
from paycalc.reference.run import Held, Orphan, Reject, Withheld

T = TypeVar("T")
Keys: TypeAlias = pa.Array | pa.ChunkedArray


@dataclass(frozen=True)
class Affected:
    """Rows of one entity, each with what a fault did to it.

    keys    of the rows;  rows: int64, counted from 1
    names   of each row the number of a rule, line or reference in `Consequences.names`; -1: none
    causes  of each row the number of the fault
    """

    entity: str
    keys: Keys
    rows: Numbers
    names: Numbers
    causes: Numbers

    def counts_by_cause(self, name: int) -> dict[int, int]:
        """How many rows each fault has reached under one of the names, by its number: in order of precedence."""
        return _counts(self.causes[self.names == name])

    def in_order(self, between: Numbers | None = None) -> Affected:
        """By key, then `between`, then row, then name."""
        second = np.zeros(len(self.rows), np.int64) if between is None else between
        order = np.lexsort((self.names, self.rows, second, key_ranks(self.keys)))
        taken = self.keys.take(pa.array(order))
        return Affected(self.entity, taken, self.rows[order], self.names[order], self.causes[order])


@dataclass(frozen=True)
class Consequences:
    """parts: in order, one or none for each entity.  names: in any order; those of one part sort as their numbers."""

    parts: Sequence[Affected]
    names: Sequence[str]
    faults: Causes

    def __len__(self) -> int:
        return sum(len(part.rows) for part in self.parts)

    @property
    def causes(self) -> Numbers:
        """The numbers of the faults, one a row."""
        return np.concatenate([np.empty(0, np.int64), *(part.causes for part in self.parts)])

    def counts_by_cause(self) -> dict[int, int]:
        """How many rows each fault has reached, by its number: in order of precedence."""
        return _counts(self.causes)

    def counts_by_code(self) -> dict[FaultCode, int]:
        """How many rows bear each code, in order of precedence."""
        return self.faults.counts_by_code(self.causes)

    def made(self, make: Callable[[Affected, int, str, Fault], T]) -> Made[T]:
        """One thing for each row, made when it is asked for."""
        starts = np.cumsum([0, *(len(part.rows) for part in self.parts)])

        def at(position: int) -> T:
            number = int(np.searchsorted(starts, position, "right")) - 1
            part = self.parts[number]
            row = position - int(starts[number])
            name = int(part.names[row])
            return make(part, row, "" if name < 0 else self.names[name], self.faults[int(part.causes[row])])

        return Made(len(self), at)


class Made(Sequence[T]):
    """A sequence whose members are made when they are asked for."""

    def __init__(self, count: int, make: Callable[[int], T]) -> None:
        self._count, self._make = count, make

    def __len__(self) -> int:
        return self._count

    def __getitem__(self, at: Any) -> Any:
        if isinstance(at, slice):
            return [self[each] for each in range(*at.indices(self._count))]
        if not -self._count <= at < self._count:
            raise IndexError(at)
        return self._make(at % self._count)

    def __iter__(self) -> Iterator[T]:
        return (self._make(at) for at in range(self._count))

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Sequence) and list(self) == list(other)

    __hash__ = None  # type: ignore[assignment]


def _counts(causes: Numbers) -> dict[int, int]:
    found, counts = np.unique(causes, return_counts=True)
    return dict(zip(found.tolist(), counts.tolist(), strict=True))


def rejects_of(consequences: Consequences) -> Made[Reject]:
    """The rejected payees as the reference has them."""
    return consequences.made(
        lambda part, at, rule, fault: Reject(part.keys[at].as_py(), int(part.rows[at]), fault, rule)
    )


def withheld_of(consequences: Consequences) -> Made[Withheld]:
    """The withheld values as the reference has them."""
    return consequences.made(
        lambda part, at, line, fault: Withheld(part.entity, part.keys[at].as_py(), int(part.rows[at]), line, fault)
    )


def orphans_of(consequences: Consequences) -> Made[Orphan]:
    """The rows that belong to nobody as the reference has them."""
    return consequences.made(
        lambda part, at, reference, fault: Orphan(
            part.entity, part.keys[at].as_py(), int(part.rows[at]), reference, fault
        )
    )


def held_of(consequences: Consequences) -> Made[Held]:
    """The held rows as the reference has them."""
    return consequences.made(
        lambda part, at, _, fault: Held(part.entity, part.keys[at].as_py(), int(part.rows[at]), fault)
    )


def consequences_of(
    things: Sequence[Reject] | Sequence[Withheld] | Sequence[Orphan] | Sequence[Held],
    entity_of: Callable[[Any], str],
    name_of: Callable[[Any], str],
    keys_of: Callable[[str], Keys],
) -> Consequences:
    """The columns of what the reference reports, in its order.  keys_of: the keys of all rows of an entity."""
    faults = sorted({each.cause for each in things}, key=lambda fault: fault.order)
    numbers = {fault: number for number, fault in enumerate(faults)}
    names = sorted({name_of(each) for each in things} - {""}, key=str.encode)
    name_numbers = {name: number for number, name in enumerate(names)} | {"": -1}
    parts = []
    for entity in dict.fromkeys(entity_of(each) for each in things):
        found = [each for each in things if entity_of(each) == entity]
        rows = _numbers(each.row for each in found)
        parts.append(
            Affected(
                entity,
                keys_of(entity).take(pa.array(rows - 1)),
                rows,
                _numbers(name_numbers[name_of(each)] for each in found),
                _numbers(numbers[each.cause] for each in found),
            )
        )
    return Consequences(parts, names, Causes.of(faults))


def _numbers(numbers: Iterable[int]) -> Numbers:
    return np.array(list(numbers), np.int64)
