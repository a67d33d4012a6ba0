"""Which bad rows are held back, of entities that say `when bad hold`.

A row is held when a fault reaches anything at it that some pay, deduct, employer line or assert reads, also where it
stands within a sum over such rows, or when a group that such a line reads meets a fault that arises in computing at the
row. So nobody is rejected for what is wrong with such a row. What a rejected payee is not paid holds nothing. A held
row is in no group, so holding rows changes what is computed: the faults of the data come first, then rounds, in each of
which all rows that are found are held together, until none is.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import TypeVar

from paycalc.check.typed import Aggregate, Assertion, Line, Reference, Running, Total, TypedPlan
from paycalc.check.usage import Averaged, Reads, reads_of
from paycalc.reference.dataset import Dataset, Members, place_names
from paycalc.reference.faults import Fault, FaultCode, Faulted, arises, first_fault
from paycalc.reference.groups import both_of, contribution, member_entity, position
from paycalc.reference.interpreter import Evaluator
from paycalc.reference.spread import PAYING_ROLES, Place, Reader, Routes, Rows, Spread

T = TypeVar("T")


@dataclass(frozen=True)
class PayReads:
    """What the lines and asserts read that decide about pay, at whatever remove.

    routes  those of the plan that lead to them
    places  what they read; references along which their aggregates add are among it
    groups  by entity: the aggregates and running totals over its rows, each with the line (or assert) it stands in
    """

    routes: Routes
    places: frozenset[Place]
    groups: Mapping[str, tuple[tuple[Reader, Aggregate | Running], ...]]

    @staticmethod
    def of(plan: TypedPlan, routes: Routes) -> PayReads:
        read_by: dict[Reader, list[Place]] = defaultdict(list)
        for place, of_place in routes.by_place.items():
            for reader, _ in of_place:
                read_by[reader].append(place)
        rules: list[Reader] = [line for line in plan.lines if line.role in PAYING_ROLES]
        readers = dict.fromkeys([*rules, *plan.assertions])
        waiting, places = list(readers), set[Place]()
        while waiting:
            for place in read_by[waiting.pop()]:
                places.add(place)
                if isinstance(place, Line | Total) and place not in readers:
                    readers[place] = None
                    waiting.append(place)
        places |= set(readers)
        groups: dict[str, dict[tuple[Reader, Aggregate | Running], None]] = defaultdict(dict)
        for reader in readers:
            for expr in _groups_of(_reads(reader)):
                groups[member_entity(expr)][reader, expr] = None
                if isinstance(expr, Aggregate) and expr.reference is not None:
                    places.add(expr.reference)
        to_them = {
            place: tuple(route for route in of_place if route[0] in readers)
            for place, of_place in routes.by_place.items()
        }
        return PayReads(
            Routes(to_them, routes.aggregated),
            frozenset(places),
            {name: tuple(found) for name, found in groups.items()},
        )


def _reads(reader: Reader) -> Reads:
    match reader:
        case Line():
            return reads_of(reader.value, reader.when)
        case Assertion():
            return reads_of(reader.condition)
        case Total():
            return reads_of()


def _groups_of(reads: Reads) -> Iterable[Aggregate | Running]:
    groups: list[tuple[Aggregate | Running, Reads]] = [*reads.groups, *reads.running]
    for expr, inner in groups:
        yield expr
        yield from _groups_of(inner)


def with_rows_held(dataset: Dataset, routes: Routes) -> tuple[Dataset, dict[str, dict[int, Fault]]]:
    """The dataset with its bad rows held back, and why each is held, by entity and row."""
    entities = [name for name, entity in dataset.plan.entities.items() if entity.holds and name in dataset.entities]
    if not entities:
        return dataset, {}
    pay = PayReads.of(dataset.plan, routes)
    held = held_by_data(dataset, pay)
    while True:
        dataset = dataset.holding({entity: frozenset(rows) for entity, rows in held.items()})
        evaluator = RoundEvaluator(dataset, pay)
        found = [
            (entity, row, fault)
            for entity in entities
            for row in range(dataset.entities[entity].count)
            if (fault := evaluator.hold_fault(entity, row)) is not None
        ]
        if not found:
            return dataset, held
        for entity, row, fault in found:
            held.setdefault(entity, {})[row] = fault


def held_by_data(dataset: Dataset, pay: PayReads) -> dict[str, dict[int, Fault]]:
    """The rows that are held for faults of the data, each with the first that reaches it."""
    holding = [name for name, entity in dataset.plan.entities.items() if entity.holds]
    spread = Spread(dataset, pay.routes, closed=holding)
    spread.add_cells(dataset.faults)
    met = [
        ((_entity_of(place, dataset.plan), row), fault)
        for (place, row), fault in spread.reached.items()
        if place in pay.places
    ]
    held: dict[str, dict[int, Fault]] = {}
    for (entity, row), fault in sorted((*met, *spread.stopped.items()), key=lambda each: each[1].order):
        if entity in holding and dataset.counts(entity, row):
            held.setdefault(entity, {}).setdefault(row, fault)
    return held


def _entity_of(place: Place, plan: TypedPlan) -> str:
    """In whose rows a place lies."""
    match place:
        case Assertion():
            return plan.payee
        case Rows(entity=entity):
            return entity
        case Members():
            return place_names(place)[0]
        case Averaged(parameter=parameter):
            return parameter.entity
        case _:
            return place.entity


class RoundEvaluator(Evaluator):
    """Values in one round: the groups that pay reads pass over the rows that are found to be bad.

    pay  of the plan, where it is known already
    """

    def __init__(self, dataset: Dataset, pay: PayReads | None = None) -> None:
        super().__init__(dataset)
        self._pay = PayReads.of(dataset.plan, Routes.of(dataset.plan)) if pay is None else pay

    @cached_property
    def _holding(self) -> frozenset[str]:
        return frozenset(name for name, entity in self.plan.entities.items() if entity.holds)

    def unless_skipped(self, entity: str, work_out: Callable[[], T | None]) -> T | None:
        try:
            return work_out()
        except Faulted as faulted:
            if entity in self._holding and _holds_back(faulted.fault):
                return None
            raise

    def hold_fault(self, entity: str, row: int) -> Fault | None:
        """The first fault that a group which pay reads meets at a row that counts; None where none does."""
        if not self.dataset.counts(entity, row):
            return None
        faults = (self._met(reader, expr, row) for reader, expr in self._pay.groups.get(entity, ()))
        return first_fault(fault for fault in faults if fault is not None and _holds_back(fault))

    def _met(self, reader: Reader, expr: Aggregate | Running, row: int) -> Fault | None:
        reference: Reference | None = expr.within if isinstance(expr, Running) else expr.reference
        if reference is not None and not isinstance(self.dataset.targets[reference][row], int):
            return None  # it is in no group
        line = "" if isinstance(reader, Assertion) else reader.name

        def meet() -> None:
            if isinstance(expr, Running):
                both_of(lambda: position(self, expr, row), lambda: contribution(self, expr, row))
            else:
                contribution(self, expr, row)

        try:
            self.among_line(member_entity(expr), line, meet)
        except Faulted as faulted:
            return faulted.fault
        return None


def _holds_back(fault: Fault) -> bool:
    # What an example leaves out is no fault of a row.
    return arises(fault.code) and fault.code is not FaultCode.LEFT_OUT
