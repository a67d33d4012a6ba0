"""What is worked out over many rows: aggregates, and running totals.

A row that does not count, because it lies outside the period or is held back, is in none of them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from fractions import Fraction
from typing import TYPE_CHECKING, Any, TypeVar

from paycalc.check.typed import Aggregate, Running
from paycalc.reference.faults import Fault, Faulted, first_fault, key_order
from paycalc.reference.functions import aggregate

if TYPE_CHECKING:
    from paycalc.reference.interpreter import Evaluator, Worth

S = TypeVar("S")
T = TypeVar("T")


def each_of(work_out: Callable[[S], T], things: Iterable[S]) -> list[T]:
    """`work_out` of each thing, all of them; of several faults the first comes through."""
    values, fault = [], None
    for thing in things:
        try:
            values.append(work_out(thing))
        except Faulted as faulted:
            fault = first_fault((fault, faulted.fault))
    if fault is not None:
        raise Faulted(fault)
    return values


def both_of(first: Callable[[], S], second: Callable[[], T]) -> tuple[S, T]:
    """Two values that are both needed; of two faults the first comes through."""
    fault = None
    try:
        one = first()
    except Faulted as faulted:
        fault = faulted.fault
    try:
        other = second()
    except Faulted as faulted:
        fault = first_fault((fault, faulted.fault))
    if fault is not None:
        raise Faulted(fault)
    return one, other


def of_aggregate(evaluator: Evaluator, expr: Aggregate, row: int) -> Worth:
    return aggregate(expr.operator, [value for _, value in contributions(evaluator, expr, row)])


def contributions(evaluator: Evaluator, expr: Aggregate, row: int) -> list[tuple[int, Worth]]:
    """The rows that an aggregate takes in, each with what it contributes (yes, of `count`)."""
    dataset = evaluator.dataset
    # More rows than the plan says would void what was proven of sums and counts.
    fault = None if expr.reference is None else dataset.crowded.get(expr.reference, {}).get(row)
    members = [
        member for member in dataset.members_of(expr.entity, expr.reference, row) if dataset.counts(expr.entity, member)
    ]

    def of_member(member: int) -> tuple[int, Worth] | None:
        contributed = evaluator.unless_skipped(expr.entity, lambda: contribution(evaluator, expr, member))
        return None if contributed is None else (member, contributed[0])

    found: list[tuple[int, Worth] | None] = []
    try:
        found = evaluator.among(expr.entity, lambda: each_of(of_member, members))
    except Faulted as faulted:
        fault = first_fault((fault, faulted.fault))
    if fault is not None:
        raise Faulted(fault)
    return [each for each in found if each is not None]


def contribution(evaluator: Evaluator, expr: Aggregate | Running, member: int) -> tuple[Worth] | None:
    """What a row that counts contributes; None where the condition does not hold."""
    row_faults = evaluator.dataset.entities[member_entity(expr)].faults
    if member in row_faults:
        raise Faulted(row_faults[member])
    if expr.where is not None and not evaluator.worth(expr.where, member):
        return None
    return (True if expr.value is None else evaluator.worth(expr.value, member),)


def member_entity(expr: Aggregate | Running) -> str:
    """Whose rows are taken in."""
    return expr.entity if isinstance(expr, Aggregate) else expr.within.entity


# ---------------------------------------------------------------- running totals


# Of the rows of a group that count, the place of each in the order, and what it adds to the total from there on.
RunningParts = Sequence[tuple[Any, Fraction]]


def of_running(evaluator: Evaluator, expr: Running, row: int) -> Worth:
    """The total of the rows of the group up to this one. A fault of one row is one of all the group's."""
    target = evaluator.dataset.targets[expr.within][row]
    if isinstance(target, Fault):
        raise Faulted(target)
    place, parts = both_of(
        lambda: position(evaluator, expr, row), lambda: _parts_of_group(evaluator, expr, target, row)
    )
    total = sum((worth for at, worth in parts if at <= place), Fraction(0))
    # A row that counts is one itself. For one that does not the count is at least 1 too, so that none is 0.
    return max(total, Fraction(1)) if expr.value is None and expr.where is None else total


def _parts_of_group(evaluator: Evaluator, expr: Running, target: int | None, row: int) -> RunningParts:
    """What the rows of a group add, worked out once; its fault too."""
    # What leads nowhere is alone in its group.
    group = (expr, target, row if target is None else None)
    if group not in evaluator.running:
        members = [row] if target is None else evaluator.dataset.members_of(expr.within.entity, expr.within, target)
        crowded = None if target is None else evaluator.dataset.crowded.get(expr.within, {}).get(target)
        try:
            evaluator.running[group] = crowded or running_parts(evaluator, expr, members)
        except Faulted as faulted:
            evaluator.running[group] = faulted.fault
    parts = evaluator.running[group]
    if isinstance(parts, Fault):
        raise Faulted(parts)
    return parts


def running_parts(evaluator: Evaluator, expr: Running, members: Sequence[int]) -> RunningParts:
    dataset, entity = evaluator.dataset, expr.within.entity

    def of_member(member: int) -> tuple[Any, Fraction] | None:
        place, contributed = both_of(
            lambda: position(evaluator, expr, member), lambda: contribution(evaluator, expr, member)
        )
        if contributed is None:
            return None
        return place, Fraction(1) if expr.value is None else contributed[0]

    counted = [member for member in members if dataset.counts(entity, member)]
    found = evaluator.among(
        entity,
        lambda: each_of(lambda each: evaluator.unless_skipped(entity, lambda: of_member(each)), counted),
    )
    return [each for each in found if each is not None]


def position(evaluator: Evaluator, expr: Running, row: int) -> tuple[Any, ...]:
    """Where a row stands in the order: by the asked value, then by key."""
    return (evaluator.worth(expr.order, row), key_order(evaluator.dataset.key(expr.within.entity, row)))
