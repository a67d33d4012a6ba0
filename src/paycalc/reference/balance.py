"""The balance of events: every row that belongs to somebody is paid, held back, rejected, or outside the period."""

from __future__ import annotations

from collections.abc import Container
from dataclasses import dataclass

from paycalc.check.typed import Reference, TypedPlan
from paycalc.core.errors import InternalError
from paycalc.reference.dataset import Dataset


@dataclass(frozen=True)
class EventBalance:
    """How many rows of an entity there are, and what became of them.

    orphans  of the rejected those that belong to nobody
    """

    rows: int
    paid: int
    held: int
    rejected: int
    outside: int
    orphans: int = 0


def belonging(plan: TypedPlan, entity: str) -> Reference | None:
    """The reference by which rows of an entity belong to those of another; None where they are no events."""
    return next((each for each in plan.entities[entity].references.values() if each.belongs), None)


def balance_of(dataset: Dataset, rejected: Container[int]) -> dict[str, EventBalance]:
    """By entity. rejected: rows of the payee. Raises InternalError where a row is in none of them, or in two.

    What an event belongs to may itself be an event: what lies outside or is held takes along what belongs to it.
    """
    found: dict[str, EventBalance] = {}
    for entity in dataset.plan.entities:
        reference = belonging(dataset.plan, entity)
        if reference is None or entity not in dataset.entities or reference not in dataset.targets:
            continue
        fates = [_fate(dataset, rejected, entity, row) for row in range(dataset.entities[entity].count)]
        counts = {fate: fates.count(fate) for fate in ("paid", "held", "rejected", "orphan", "outside")}
        balance = EventBalance(
            len(fates),
            counts["paid"],
            counts["held"],
            counts["rejected"] + counts["orphan"],
            counts["outside"],
            counts["orphan"],
        )
        if balance.rows != balance.paid + balance.held + balance.rejected + balance.outside:
            raise InternalError(f"the rows of {entity} do not add up")
        found[entity] = balance
    return found


def _fate(dataset: Dataset, rejected: Container[int], entity: str, row: int) -> str:
    """paid, held, rejected, orphan (it belongs to nobody), or outside; the last stands above all others."""
    fate = "paid"
    while True:
        if row in dataset.outside.get(entity, ()):
            return "outside"
        if fate == "paid" and row in dataset.held.get(entity, ()):
            fate = "held"
        reference = belonging(dataset.plan, entity)
        if reference is None or reference not in dataset.targets:
            is_rejected = entity == dataset.plan.payee and row in rejected
            return "rejected" if is_rejected and fate == "paid" else fate
        target = dataset.targets[reference][row]
        if not isinstance(target, int):
            return "orphan" if fate == "paid" else fate
        entity, row = reference.target, target
