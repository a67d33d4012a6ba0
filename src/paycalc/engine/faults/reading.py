"""Who reads what in a plan, and by which hops one gets from a row that is read to the rows of its readers.

`pay trips = sum(price of visit)` reads `price`: from a visit one hop along its reference to the worker. A line that
reads `store.region.bonus` is reached from a region by two: back to its stores, back to their workers.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from paycalc.check.typed import PLAN_GRAIN, Aggregate, Assertion, Field, Line, Reference, Total, TypedPlan
from paycalc.check.usage import Reads, reads_of
from paycalc.reference.dataset import Members
from paycalc.reference.spread import PAYING_ROLES, Rows

Place = Field | Assertion | Members | Rows
Reader = Line | Total | Assertion


@dataclass(frozen=True)
class Hop:
    """kind: `members` to the rows that lead here through the reference; `target` to the row it leads to; `plan` to the
    plan; `all` from there to all rows of an entity."""

    kind: str
    reference: Reference | None = None
    entity: str = ""


Hops = tuple[Hop, ...]


@dataclass(frozen=True)
class Reading:
    """How a plan reads.

    readers   of each place that anybody reads: for each way, the readers at its end
    ranks     of all places: a reader stands behind everything it reads
    rules     the lines and asserts that reject a payee, in the order of the plan
    feedback  from the lines of a payee that is not paid to other rows: for each way, the readers at its end
    aggregated  the references along which some aggregate adds up
    """

    readers: Mapping[Place, Mapping[Hops, Sequence[Reader]]]
    ranks: Mapping[Place, int]
    rules: Sequence[Line | Assertion]
    feedback: Mapping[Hops, Sequence[Reader]]
    aggregated: frozenset[Reference]


def reading_of(plan: TypedPlan) -> Reading:
    """How the plan reads, branches taken or not."""
    trails = _Trails()
    for line in plan.lines:
        trails.note(Rows(line.entity), line, ())
        trails.follow(line, line.entity, reads_of(line.value, line.when), ())
    for assertion in plan.assertions:
        trails.follow(assertion, plan.payee, reads_of(assertion.condition), ())
    for total in plan.totals.values():
        trails.note_total(total)
    readers = {
        place: {hops: tuple(found) for hops, found in by_hops.items()} for place, by_hops in trails.readers.items()
    }
    of_payee: list[Place] = [line for line in plan.lines if line.entity == plan.payee]
    feedback: dict[Hops, dict[Reader, None]] = {}
    for place in (*of_payee, *trails.totals):
        for hops, found in readers.get(place, {}).items():
            if hops:  # within a row everything counts as faulty already
                feedback.setdefault(hops, {}).update(dict.fromkeys(found))
    rules = [line for line in plan.lines if line.role in PAYING_ROLES]
    up = {hop.reference for by_hops in readers.values() for hops in by_hops for hop in hops if hop.kind == "target"}
    return Reading(
        readers,
        _ranks(readers),
        (*rules, *plan.assertions),
        {hops: tuple(found) for hops, found in feedback.items()},
        frozenset(reference for reference in up if reference is not None),
    )


class _Trails:
    """Notes down the ways from what is read to its readers."""

    def __init__(self) -> None:
        self.readers: dict[Place, dict[Hops, dict[Reader, None]]] = {}
        self.totals: dict[Total, None] = {}

    def note(self, place: Place, reader: Reader, hops: Hops) -> None:
        self.readers.setdefault(place, {}).setdefault(hops, {})[reader] = None
        if isinstance(place, Total):
            self.note_total(place)

    def note_total(self, total: Total) -> None:
        if total not in self.totals:
            self.totals[total] = None
            for line in (*total.added, *total.subtracted):
                self.note(line, total, ())

    def follow(self, reader: Reader, grain: str, reads: Reads, home: Hops) -> None:
        """Note all that is read at rows of `grain`; `home` leads from such a row to the reader's."""
        for references, field in reads.paths:
            way = home
            for reference in references:
                self.note(reference, reader, way)
                way = (Hop("members", reference), *way)
            if field.entity == PLAN_GRAIN and grain != PLAN_GRAIN and not references:
                way = (Hop("all", entity=grain), *way)
            self.note(field, reader, way)
        for aggregate, inner in reads.groups:
            way = (_upwards(aggregate), *home)
            self.note(Rows(aggregate.entity), reader, way)
            if aggregate.reference is not None:
                self.note(Members(aggregate.reference), reader, home)
            self.follow(reader, aggregate.entity, inner, way)


def _upwards(aggregate: Aggregate) -> Hop:
    return Hop("plan") if aggregate.reference is None else Hop("target", aggregate.reference)


def _ranks(readers: Mapping[Place, Mapping[Hops, Iterable[Reader]]]) -> dict[Place, int]:
    """Numbers the places, each behind all that it reads. No line reads itself by any way: the checker made sure."""
    waiting_for: dict[Place, int] = {}
    for by_hops in readers.values():
        for found in by_hops.values():
            for reader in found:
                waiting_for[reader] = waiting_for.get(reader, 0) + 1
    ready = [place for place in readers if place not in waiting_for]
    ranks: dict[Place, int] = {}
    while ready:
        place = ready.pop()
        ranks[place] = len(ranks)
        for found in readers.get(place, {}).values():
            for reader in found:
                waiting_for[reader] -= 1
                if not waiting_for[reader]:
                    ready.append(reader)
    return ranks
