"""What became of the rows that belong to payees: events in = paid + held + rejected + outside, proven in every run."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np

from paycalc.check.typed import PLAN_GRAIN, Reference, TypedPlan
from paycalc.core.errors import InternalError
from paycalc.engine.storage import Numbers

NOBODY = -1
_CHUNK_ROWS = 1 << 18
_NO_ROWS = np.empty(0, np.int64)


@dataclass(frozen=True)
class Balance:
    """The rows of an entity that belongs to another, by what became of them.

    rejected  counted in nothing that is paid: their payee is rejected, or they belong to nobody
    orphans   of these, the ones that belong to nobody
    """

    rows: int
    paid: int
    held: int
    rejected: int
    outside: int
    orphans: int


@dataclass(frozen=True)
class Fates:
    """What became of each row of an entity, and of which payee it is; some rows of it, one behind the other.

    payees  int32, the payee's row to which a row belongs, by as many references as it takes; NOBODY where they lead
            nowhere, and of entities that belong to no payee
    homeless  flags of the rows that belong to nobody
    outside, held  flags, None: no row is; a row that belongs to one outside or held is so itself
    """

    payees: Numbers
    homeless: Numbers
    outside: Numbers | None
    held: Numbers | None

    @property
    def counted(self) -> Numbers:
        """Flags of the rows that count for somebody."""
        flags: Numbers = ~self.homeless
        for left_out in (self.outside, self.held):
            if left_out is not None:
                flags &= ~left_out
        return flags


@dataclass(frozen=True)
class Belonging:
    """How the rows of a run belong to each other.

    counts   rows of each entity
    known    the references that the run has read, and whether every row surely leads somewhere through them
    targets  of such a reference the row that each row leads to, NOBODY where it leads nowhere
    outside, held  the rows of an entity that do not count, rising
    """

    plan: TypedPlan
    counts: Mapping[str, int]
    known: Mapping[Reference, bool]
    targets: Callable[[Reference], Numbers]
    outside: Mapping[str, Numbers]
    held: Mapping[str, Numbers]

    def entities(self) -> list[str]:
        """The entities of the run whose rows belong to others, in the order of the plan."""
        return [name for name in self.plan.entities if name in self.counts and self._home(name) is not None]

    def fates(self, entity: str) -> Fates:
        """What became of the rows of an entity."""
        return self._fates(entity, 0, self.counts[entity])

    def balance(self, entity: str, rejected: Numbers) -> Balance:
        """The balance of an entity. Raises InternalError where it does not hold.

        rejected  flags of the payee's rows
        """
        home = self._home(entity)
        count = self.counts[entity]
        if self._all_count(entity) and not rejected.any():
            return Balance(count, count, 0, 0, 0, 0)
        rows_at_once = _CHUNK_ROWS if home is not None and home.target == self.plan.payee else max(count, 1)
        paid = held = unpaid = outside = orphans = 0
        for start in range(0, count, rows_at_once):
            fates = self._fates(entity, start, min(start + rows_at_once, count))
            counted = fates.counted
            of_rejected = counted & (fates.payees >= 0)
            of_rejected[of_rejected] = rejected[fates.payees[of_rejected]]
            left_out = np.zeros(len(counted), bool)
            if fates.outside is not None:
                left_out |= fates.outside
                outside += int(np.count_nonzero(fates.outside))
            if fates.held is not None:
                held += int(np.count_nonzero(fates.held & ~left_out))
                left_out |= fates.held
            paid += int(np.count_nonzero(counted & ~of_rejected))
            unpaid += int(np.count_nonzero(of_rejected))
            orphans += int(np.count_nonzero(fates.homeless & ~left_out))
        balance = Balance(count, paid, held, unpaid + orphans, outside, orphans)
        if balance.rows != balance.paid + balance.held + balance.rejected + balance.outside:
            raise InternalError(f"the rows of {entity} do not balance: {balance}")
        return balance

    def _home(self, entity: str) -> Reference | None:
        """The reference by which the rows of an entity belong to others."""
        if entity == PLAN_GRAIN:
            return None
        references = self.plan.entities[entity].references.values()
        return next((each for each in references if each.belongs and each in self.known), None)

    def _all_count(self, entity: str) -> bool:
        """Whether it is plain that all rows of an entity count, and belong to somebody."""
        if any(len(rows.get(entity, _NO_ROWS)) for rows in (self.outside, self.held)):
            return False
        home = self._home(entity)
        return home is None or (self.known[home] and self._all_count(home.target))

    def _fates(self, entity: str, start: int, stop: int) -> Fates:
        """Those of the rows from one to before another."""
        outside, held = (_flags(rows.get(entity, _NO_ROWS), start, stop) for rows in (self.outside, self.held))
        home = self._home(entity)
        if home is None:
            nobody = np.full(stop - start, NOBODY, np.int32)
            payees = np.arange(start, stop, dtype=np.int32) if entity == self.plan.payee else nobody
            return Fates(payees, np.zeros(stop - start, bool), outside, held)
        targets = self.targets(home)[start:stop]
        homeless = targets < 0
        if home.target == self.plan.payee:
            return Fates(targets, homeless, outside, held)
        above = self.fates(home.target)
        there = np.flatnonzero(~homeless)
        payees = np.full(stop - start, NOBODY, np.int32)
        payees[there] = above.payees[targets[there]]
        homeless[there] = above.homeless[targets[there]]
        return Fates(
            payees, homeless, _with_above(outside, above.outside, targets), _with_above(held, above.held, targets)
        )


def _with_above(flags: Numbers | None, above: Numbers | None, targets: Numbers) -> Numbers | None:
    """The flags of rows, and those of the rows that they belong to."""
    if above is None:
        return flags
    found: Numbers = (targets >= 0) & above[targets]
    return found if flags is None else flags | found


def _flags(rows: Numbers, start: int, stop: int) -> Numbers | None:
    first, end = np.searchsorted(rows, (start, stop))
    if first == end:
        return None
    flags = np.zeros(stop - start, bool)
    flags[rows[first:end] - start] = True
    return flags
