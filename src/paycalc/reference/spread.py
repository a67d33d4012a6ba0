"""From faults to rejects: which payees cannot be paid, and why.

A faulty cell reaches every line and assert that reads it, whichever branch it stands in: along references, through
aggregates, and through the lines that read those lines. A payee is rejected when a fault reaches one of its pay,
deduct or employer lines or an assert, or its own row. What the plan computes for a rejected payee is not paid, so all
its lines count as faulty from there on, for whoever reads them; what the data says of it still stands. So a rejected
payee also rejects its team leader, if the leader is paid from the team's lines. A `show` that no pay line reads rejects
nobody: where a fault reaches it, it is withheld.

The reasons are spread one by one in their order of precedence, and what one has reached stays with it. So each
consequence bears its first cause, and the result does not depend on the order of rows.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import groupby
from typing import Protocol

from paycalc.check.typed import PLAN_GRAIN, Assertion, Field, Line, Reference, Total, TypedPlan
from paycalc.check.usage import Averaged, DatedRead, Reads, reads_of
from paycalc.reference.dataset import Dataset, FaultPlace, Members
from paycalc.reference.faults import Fault

PAYING_ROLES = ("pay", "deduct", "employer")


@dataclass(frozen=True)
class Rows:
    """A row of an entity as a whole; what stands in `Place` for it."""

    entity: str


# What a fault can stand in or reach, at some row of its entity.
Place = Field | Assertion | Members | DatedRead | Averaged | Rows
Reader = Line | Total | Assertion


@dataclass(frozen=True)
class Back:
    """From a row to all rows that lead to it through the reference."""

    reference: Reference


@dataclass(frozen=True)
class Forward:
    """From a row to the one that it leads to, where it belongs."""

    reference: Reference


@dataclass(frozen=True)
class Within:
    """From a row to all rows that lead where it does through the reference, itself included."""

    reference: Reference


@dataclass(frozen=True)
class ToPlan:
    """From any row of an entity to the plan."""

    entity: str


@dataclass(frozen=True)
class FromPlan:
    """From the plan to all rows of an entity."""

    entity: str


Hop = Back | Forward | Within | ToPlan | FromPlan
Route = tuple[Reader, tuple[Hop, ...]]


@dataclass(frozen=True)
class Routes:
    """For each place, who reads it, and by which hops one gets from its row to the rows of the reader.

    aggregated  the references along which some aggregate adds up
    """

    by_place: Mapping[Place, tuple[Route, ...]]
    aggregated: frozenset[Reference]

    @staticmethod
    def of(plan: TypedPlan) -> Routes:
        found: dict[Place, dict[Route, None]] = {}
        for line in plan.lines:
            _add_reads(plan, found, line, line.entity, reads_of(line.value, line.when), ())
            found.setdefault(Rows(line.entity), {})[(line, ())] = None
        for assertion in plan.assertions:
            _add_reads(plan, found, assertion, plan.payee, reads_of(assertion.condition), ())
        for total in _all_totals(plan):
            for line in (*total.added, *total.subtracted):
                found.setdefault(line, {})[(total, ())] = None
        hops = {hop for routes in found.values() for _, trail in routes for hop in trail}
        aggregated = frozenset(hop.reference for hop in hops if isinstance(hop, Forward))
        return Routes({place: tuple(routes) for place, routes in found.items()}, aggregated)


def _add_reads(
    plan: TypedPlan,
    found: dict[Place, dict[Route, None]],
    reader: Reader,
    grain: str,
    reads: Reads,
    back: tuple[Hop, ...],
) -> None:
    """Note everything that `reads` at `grain`; `back` are the hops from there to the reader's row."""
    for references, read in reads.paths:
        trail = back
        for reference in references:
            found.setdefault(reference, {})[(reader, trail)] = None
            trail = (Back(reference), *trail)
        if read.entity == PLAN_GRAIN and grain != PLAN_GRAIN and not references:
            trail = (FromPlan(grain), *trail)
        found.setdefault(read, {})[(reader, trail)] = None
    for dated in reads.dated:
        found.setdefault(dated, {})[(reader, back)] = None
    for references, averaged in reads.averages:
        trail = tuple(Back(reference) for reference in reversed(references)) + back
        if averaged.parameter.entity == PLAN_GRAIN and grain != PLAN_GRAIN:
            trail = (FromPlan(grain), *back)
        found.setdefault(averaged, {})[(reader, trail)] = None
    for running, inner in reads.running:
        together = (Within(running.within), *back)
        found.setdefault(Members(running.within), {})[(reader, (Back(running.within), *back))] = None
        _add_members(plan, found, reader, grain, inner, together)
    for aggregate, inner in reads.groups:
        up: Hop = ToPlan(aggregate.entity) if aggregate.reference is None else Forward(aggregate.reference)
        if aggregate.reference is not None:
            found.setdefault(Members(aggregate.reference), {})[(reader, back)] = None
        _add_members(plan, found, reader, aggregate.entity, inner, (up, *back))


def _add_members(
    plan: TypedPlan,
    found: dict[Place, dict[Route, None]],
    reader: Reader,
    entity: str,
    reads: Reads,
    back: tuple[Hop, ...],
) -> None:
    """Note what is read in the rows of a group: each as a whole, and of a dated one whether it is of the period."""
    places: list[Place] = [Rows(entity)]
    dated = plan.entities[entity].dated
    if dated is not None:
        places.append(dated)
    for place in places:
        found.setdefault(place, {})[(reader, back)] = None
    _add_reads(plan, found, reader, entity, reads, back)


def _all_totals(plan: TypedPlan) -> list[Total]:
    """gross, net, cost, and every `gross before` that something reads."""
    totals = dict.fromkeys(plan.totals.values())
    expressions = [each for line in plan.lines for each in (line.value, line.when)]
    expressions += [assertion.condition for assertion in plan.assertions]
    waiting = [reads_of(*expressions)]
    while waiting:
        reads = waiting.pop()
        totals.update((read, None) for _, read in reads.paths if isinstance(read, Total))
        waiting += [inner for _, inner in (*reads.groups, *reads.running)]
    return list(totals)


class Reach(Protocol):
    """What the faults of a run have reached, for whoever asks about one row."""

    def reject_of(self, row: int) -> tuple[Fault, Line | Assertion | None] | None:
        """Why a payee is rejected, and the first line or assert that the fault reached; None where it is paid."""

    def fault_at(self, place: Place, row: int) -> Fault | None:
        """The fault that has reached a place at a row; None where none has."""

    def held_fault(self, entity: str, row: int) -> Fault | None:
        """Why a row is held back; None where it is not."""


def _by_fault(faults: Iterable[tuple[FaultPlace, int, Fault]]) -> Iterable[tuple[Fault, list[tuple[Place, int]]]]:
    """The faults in their order, each with all the places where it stands: a faulty way to a level is one of every
    parameter whose level it is."""
    ordered = sorted(faults, key=lambda each: each[2].order)
    for fault, group in groupby(ordered, key=lambda each: each[2]):
        yield fault, [(Rows(place) if isinstance(place, str) else place, row) for place, row, _ in group]


@dataclass
class Spread:
    """What the faults spread so far have reached.

    closed    entities whose rows take nothing up
    stopped   entity and row to the first fault that one of them would have taken up
    reached   place and row to the first fault that reached it
    rejected  rows of the payee to the fault that rejects them
    rules     of rejected payees: the first line or assert, in the order of the plan, that the fault reached; None
              where it stands in the row as a whole
    held      rows that are held back, by entity, to the fault for which they are
    """

    dataset: Dataset
    routes: Routes
    closed: Collection[str] = ()
    reached: dict[tuple[Place, int], Fault] = field(default_factory=dict)
    rejected: dict[int, Fault] = field(default_factory=dict)
    rules: dict[int, Line | Assertion | None] = field(default_factory=dict)
    held: Mapping[str, Mapping[int, Fault]] = field(default_factory=dict)
    stopped: dict[tuple[str, int], Fault] = field(default_factory=dict)

    def __post_init__(self) -> None:
        plan = self.dataset.plan
        rules: list[Line | Assertion] = [line for line in plan.lines if line.role in PAYING_ROLES]
        rules += plan.assertions
        self._rank = {rule: rank for rank, rule in enumerate(rules)}
        of_payee: list[Place] = [line for line in plan.lines if line.entity == plan.payee]
        self._lines_of_payee = [*of_payee, *_all_totals(plan)]

    def add_faults(self, faults: Iterable[tuple[FaultPlace, int, Fault]]) -> None:
        """Spread the faults of the data, in their order."""
        for fault, places in _by_fault(faults):
            self._spread(fault, places)

    def add_cells(self, faults: Iterable[tuple[FaultPlace, int, Fault]]) -> None:
        """As add_faults, but what is not paid for a fault does not count as faulty."""
        for fault, places in _by_fault(faults):
            self._closure(fault, places)

    def add_rejects(self, faults: Mapping[int, tuple[Fault, Line | Assertion]]) -> None:
        """Reject payees, by row, for faults that arose in computing; what has been reached already stays."""
        for row, (fault, rule) in sorted(faults.items(), key=lambda each: each[1][0].order):
            if row not in self.rejected:
                self._spread(fault, [(rule, row)])

    def reject_of(self, row: int) -> tuple[Fault, Line | Assertion | None] | None:
        return (self.rejected[row], self.rules[row]) if row in self.rejected else None

    def fault_at(self, place: Place, row: int) -> Fault | None:
        return self.reached.get((place, row))

    def held_fault(self, entity: str, row: int) -> Fault | None:
        return self.held.get(entity, {}).get(row)

    def _spread(self, fault: Fault, layer: list[tuple[Place, int]]) -> None:
        """Reach all that reads these places; then all that reads what is thereby not paid; and so on."""
        while layer:
            newly = {row for place, row in self._closure(fault, layer) if row not in self.rejected}
            for row in newly:
                self.rejected[row] = fault
                self.rules[row] = self._first_rule(row)
            layer = [(line, row) for row in newly for line in self._lines_of_payee]

    def _closure(self, fault: Fault, waiting: list[tuple[Place, int]]) -> list[tuple[Place, int]]:
        """Reach these places and all that reads them; gives those by which a payee is rejected."""
        payee = Rows(self.dataset.plan.payee)
        rejecting: list[tuple[Place, int]] = []
        while waiting:
            place, row = waiting.pop()
            if (place, row) in self.reached:
                continue
            self.reached[place, row] = fault
            if place in self._rank or place == payee:
                rejecting.append((place, row))
            for reader, hops in self.routes.by_place.get(place, ()):
                waiting += [(reader, each) for each in self._rows_at_end(fault, hops, row)]
        return rejecting

    def _first_rule(self, row: int) -> Line | Assertion | None:
        if (Rows(self.dataset.plan.payee), row) in self.reached:
            return None
        return next(rule for rule in self._rank if (rule, row) in self.reached)

    def _rows_at_end(self, fault: Fault, hops: tuple[Hop, ...], row: int) -> list[int]:
        """The rows to which the hops lead a fault from a row."""
        rows = [row]
        for hop in hops:
            match hop:
                case Back(reference=reference):
                    members = self.dataset.members[reference]
                    rows = [each for target in rows for each in members.get(target, ())]
                case Forward(reference=reference):
                    targets = (
                        self.dataset.targets[reference][each] for each in self._counted(fault, reference.entity, rows)
                    )
                    rows = [target for target in targets if isinstance(target, int)]
                case Within(reference=reference):
                    rows = [
                        each
                        for one in self._counted(fault, reference.entity, rows)
                        for each in self._group(reference, one)
                    ]
                case ToPlan(entity=entity):
                    rows = [0] if self._counted(fault, entity, rows) else []  # of no row nothing is read
                case FromPlan(entity=entity):
                    rows = list(range(self.dataset.entities[entity].count)) if rows else []
            rows = list(dict.fromkeys(rows))  # several ways may lead to one row, and from there on to the same ones
        return rows

    def _counted(self, fault: Fault, entity: str, rows: Iterable[int]) -> list[int]:
        """The rows that take a fault along where they are added up."""
        counted = [row for row in rows if self.dataset.counts(entity, row)]
        if entity not in self.closed:
            return counted
        for row in counted:
            self.stopped.setdefault((entity, row), fault)
        return []

    def _group(self, reference: Reference, row: int) -> Sequence[int]:
        target = self.dataset.targets[reference][row]
        return self.dataset.members_of(reference.entity, reference, target) if isinstance(target, int) else (row,)
