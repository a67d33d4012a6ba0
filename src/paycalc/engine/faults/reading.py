"""Who reads what in a plan, and by which hops one gets from a row that is read to the rows of its readers.

`pay trips = sum(price of visit)` reads `price`: from a visit one hop along its reference to the worker. A line that
reads `store.region.bonus` is reached from a region by two: back to its stores, back to their workers. A running total
is reached from any row of its group: to the row that the group leads to, and back to all that lead there.
"""

from __future__ import annotations

from collections.abc import Container, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from paycalc.check.typed import PLAN_GRAIN, Aggregate, Assertion, Field, Line, Reference, Total, TypedPlan
from paycalc.check.usage import Averaged, DatedRead, Reads, reads_of
from paycalc.reference.dataset import Members
from paycalc.reference.spread import PAYING_ROLES, Rows

Place = Field | Assertion | Members | Rows | DatedRead | Averaged
Reader = Line | Total | Assertion


@dataclass(frozen=True)
class Hop:
    """kind: `members` to the rows that lead here through the reference; `target` to the row it leads to; `plan` to the
    plan; `all` from there to all rows of an entity.

    entity  of `plan` whose rows are added up; of `all` the one to go to
    """

    kind: str
    reference: Reference | None = None
    entity: str = ""

    @property
    def from_rows_of(self) -> str | None:
        """The entity whose rows are added up on this way; None where nothing is."""
        if self.kind == "plan":
            return self.entity
        return self.reference.entity if self.kind == "target" and self.reference is not None else None


Hops = tuple[Hop, ...]


@dataclass(frozen=True)
class Reading:
    """How a plan reads.

    readers   of each place that anybody reads: for each way, the readers at its end
    ranks     of all places: a reader stands behind everything it reads
    rules     the lines and asserts that reject a payee, in the order of the plan
    feedback  from the lines of a payee that is not paid to other rows: for each way, the readers at its end
    aggregated  the references along which some aggregate adds up
    paying    the same for what pay depends on alone, without feedback; None where no entity holds its bad rows
    holding   of each entity that holds its bad rows: the places at which a fault holds a row
    """

    readers: Mapping[Place, Mapping[Hops, Sequence[Reader]]]
    ranks: Mapping[Place, int]
    rules: Sequence[Line | Assertion]
    feedback: Mapping[Hops, Sequence[Reader]]
    aggregated: frozenset[Reference]
    paying: Reading | None = None
    holding: Mapping[str, Sequence[Place]] = field(default_factory=dict)


def reading_of(plan: TypedPlan) -> Reading:
    """How the plan reads, branches taken or not."""
    trails = _Trails(plan)
    for line in plan.lines:
        trails.note(Rows(line.entity), line, ())
        trails.follow(line, line.entity, reads_of(line.value, line.when), ())
    for assertion in plan.assertions:
        trails.follow(assertion, plan.payee, reads_of(assertion.condition), ())
    for total in plan.totals.values():
        trails.note_total(total)
    of_payee = {*(line for line in plan.lines if line.entity == plan.payee), *trails.totals}
    rules = [line for line in plan.lines if line.role in PAYING_ROLES]
    reading = _reading(trails.readers, of_payee, (*rules, *plan.assertions), frozenset(trails.aggregated))
    holders = [name for name, entity in plan.entities.items() if entity.holds]
    if not holders:
        return reading
    paying = _leading_to({*reading.rules, Rows(plan.payee)}, reading.readers)
    restricted = {
        place: {hops: {each: None for each in found if each in paying} for hops, found in by_hops.items()}
        for place, by_hops in trails.readers.items()
        if place in paying
    }
    # A row that pay should add up somewhere is bad where nobody can say where.
    paying |= dict.fromkeys(place.reference for place in list(paying) if isinstance(place, Members))
    return replace(
        reading,
        paying=_reading(restricted, (), reading.rules, reading.aggregated),
        holding={name: [place for place in paying if entity_of(place, plan.payee) == name] for name in holders},
    )


def _reading(
    trails: Mapping[Place, Mapping[Hops, Mapping[Reader, None]]],
    of_payee: Container[Place],
    rules: Sequence[Line | Assertion],
    aggregated: frozenset[Reference],
) -> Reading:
    readers = {
        place: {hops: tuple(found) for hops, found in by_hops.items() if found} for place, by_hops in trails.items()
    }
    feedback: dict[Hops, dict[Reader, None]] = {}
    for place, by_hops in readers.items():
        for hops, found in by_hops.items() if place in of_payee else ():
            if hops:  # within a row everything counts as faulty already
                feedback.setdefault(hops, {}).update(dict.fromkeys(found))
    return Reading(
        readers, _ranks(readers), rules, {hops: tuple(found) for hops, found in feedback.items()}, aggregated
    )


def entity_of(place: Place, payee: str) -> str:
    """The entity in whose rows a place stands."""
    match place:
        case Members(reference=reference):
            return reference.target
        case Averaged(parameter=parameter):
            return parameter.entity
        case Assertion():
            return payee
        case _:
            return place.entity


def _leading_to(ends: Iterable[Place], readers: Mapping[Place, Mapping[Hops, Sequence[Reader]]]) -> dict[Place, None]:
    """The places from which some way leads to one of `ends`, these included."""
    read_by: dict[Place, list[Place]] = {}
    for place, by_hops in readers.items():
        for found in by_hops.values():
            for reader in found:
                read_by.setdefault(reader, []).append(place)
    known = dict.fromkeys(ends)
    waiting = list(known)
    while waiting:
        new = [place for place in read_by.get(waiting.pop(), ()) if place not in known]
        known.update(dict.fromkeys(new))
        waiting += new
    return known


class _Trails:
    """Notes down the ways from what is read to its readers."""

    def __init__(self, plan: TypedPlan) -> None:
        self._entities = plan.entities
        self.readers: dict[Place, dict[Hops, dict[Reader, None]]] = {}
        self.totals: dict[Total, None] = {}
        self.aggregated: set[Reference] = set()

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
        for references, read in reads.paths:
            self._note_path(reader, grain, references, read, home)
        for dated in reads.dated:
            self.note(dated, reader, home)
        for references, averaged in reads.averages:
            self._note_path(reader, grain, references, averaged, home)
        for running, inner in reads.running:
            group = Hop("members", running.within)
            self.note(Members(running.within), reader, (group, *home))
            self._follow_rows(reader, grain, inner, (Hop("target", running.within), group, *home))
        for aggregate, inner in reads.groups:
            if aggregate.reference is not None:
                self.aggregated.add(aggregate.reference)
                self.note(Members(aggregate.reference), reader, home)
            self._follow_rows(reader, aggregate.entity, inner, (_upwards(aggregate), *home))

    def _follow_rows(self, reader: Reader, entity: str, reads: Reads, home: Hops) -> None:
        """Note what is read of rows that are added up: each as a whole, and whether a dated one is of the period."""
        self.note(Rows(entity), reader, home)
        dated = self._entities[entity].dated
        if dated is not None:
            self.note(dated, reader, home)
        self.follow(reader, entity, reads, home)

    def _note_path(
        self, reader: Reader, grain: str, references: Sequence[Reference], end: Field | Averaged, home: Hops
    ) -> None:
        """Note what is read at the end of references, and each of these."""
        way = home
        for reference in references:
            self.note(reference, reader, way)
            way = (Hop("members", reference), *way)
        entity = end.parameter.entity if isinstance(end, Averaged) else end.entity
        if entity == PLAN_GRAIN and grain != PLAN_GRAIN and not references:
            way = (Hop("all", entity=grain), *way)
        self.note(end, reader, way)


def _upwards(aggregate: Aggregate) -> Hop:
    if aggregate.reference is None:
        return Hop("plan", entity=aggregate.entity)
    return Hop("target", aggregate.reference)


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
