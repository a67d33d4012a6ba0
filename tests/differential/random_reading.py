"""What an expression of a random plan may read at the rows of an entity, and what it may take to have a value."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from fractions import Fraction
from random import Random

from paycalc.check.types import (
    DateType,
    ReferenceType,
    RowType,
    ValueType,
)
from paycalc.core.calendar import days_between, months_between, years_between
from tests.differential.drafts import (
    NONE,
    PLAN,
    PlanDraft,
    Readable,
)

PATHS_MAX = 4  # parts of a path, the field at its end included
MODES = ("half_up", "half_down", "half_even", "up", "down", "floor", "ceiling")
STEPS = tuple(Fraction(each) for each in ("0.05", "0.25", "0.5", "1", "5", "10", "100", "0.125", "3", "0.07"))
NUMBERS = tuple(
    Fraction(each) for each in "0 1 2 3 5 7 10 12 22 100 300 0.5 0.05 1.2 2.55 0.001 -1 -20 1000 50000".split()
)
PARTS = {"month": (1, 12), "day": (1, 31), "weekday": (1, 7), "days_in_month": (28, 31)}
CLOCK = {"hour": (0, 23), "minute": (0, 59)}
BETWEEN = {"days_between": days_between, "months_between": months_between, "years_between": years_between}
FUNCTIONS_OF_NUMBERS: tuple[str, ...] = (
    "sum", "product", "quotient", "extreme", "clamp", "abs", "mod", "rounded", "choice", "table", "ladder", "aggregate",
    "of_date", "negated", "fallback", "component", "mean", "running",
)  # fmt: skip
FUNCTIONS_OF_FLAGS: tuple[str, ...] = (
    "comparison", "both", "either", "not", "in_list", "given", "chosen_flag", "group_flag", "flag_table", "same",
    "flag_default",
)  # fmt: skip


class Unfit(Exception):
    """This way of making an expression is not possible here; another one is."""


class Reader:
    """What may be read at the rows of `grain`; it changes as lines are added to the plan.

    given  what is known to have a value where the expression stands that is being made
    """

    def __init__(self, random: Random, plan: PlanDraft) -> None:
        self.random, self.plan = random, plan
        self.grain = plan.payee
        self.given: frozenset[str] = NONE
        # Some plans are full of one thing and without another.
        self.favour = {name: random.choice((0.2, 1, 1, 3)) for name in (*FUNCTIONS_OF_NUMBERS, *FUNCTIONS_OF_FLAGS)}
        self._readables: dict[str, list[Readable]] = {}

    def chance(self, share: float) -> bool:
        return self.random.random() < share

    def lines_changed(self) -> None:
        self._readables.clear()

    @contextmanager
    def at(self, grain: str) -> Iterator[None]:
        before, self.grain = self.grain, grain
        known, self.given = self.given, NONE
        try:
            yield
        finally:
            self.grain, self.given = before, known

    @contextmanager
    def knowing(self, given: frozenset[str]) -> Iterator[None]:
        known, self.given = self.given, self.given | given
        try:
            yield
        finally:
            self.given = known

    # ------------------------------------------------------------ what can be read

    def readables(self) -> list[Readable]:
        """Everything that may be read here, directly or by a path."""
        if self.grain not in self._readables:
            found = list(self._along("", self.grain, (), PATHS_MAX))
            if self.grain != PLAN:
                found += [replace(each, text=each.text) for each in self._of_plan()]
            found += [Readable("period.start", DateType()), Readable("period.end", DateType())]
            self._readables[self.grain] = [*found, Readable("period.days", self.plan.period_days)]
        return self._readables[self.grain]

    def _of_plan(self) -> Iterator[Readable]:
        for each in self.plan.parameters:
            yield Readable(each.name, each.type, (each.name,) * each.optional, set_by_data=True)
            yield Readable(f"plan.{each.name}", each.type, (each.name,) * each.optional)
        for line in self.plan.lines:
            if line.entity == PLAN:
                yield from _readables_of(f"plan.{line.name}", line.type, ())

    def _along(self, prefix: str, grain: str, needs: tuple[str, ...], depth: int) -> Iterator[Readable]:
        if grain == PLAN:
            for each in self.plan.parameters:
                yield Readable(each.name, each.type, (each.name,) * each.optional, set_by_data=True)
        else:
            entity = self.plan.entities[grain]
            for field in (*entity.columns, *entity.parameters):
                text = prefix + field.name
                is_set = field in entity.parameters
                yield Readable(text, field.type, (*needs, *(text,) * field.optional), set_by_data=is_set)
            for reference in entity.references:
                text = prefix + reference.name
                further = (*needs, *(text,) * reference.optional)
                yield Readable(text, ReferenceType(reference.target), further)
                if depth > 1:
                    yield from self._along(f"{text}.", reference.target, further, depth - 1)
        for line in self.plan.lines:
            if line.entity == grain:
                yield from _readables_of(prefix + line.name, line.type, needs)
        if grain == self.plan.payee:
            for name, type_ in self.plan.totals.items():
                yield Readable(prefix + name, type_, needs)

    def read(self, fits: Callable[[ValueType], bool], *, optional: bool = False) -> Readable:
        """Something to read whose type fits: that is always there, or (optional) that may be missing. Raises Unfit."""
        found = [
            each
            for each in self.readables()
            if fits(each.type) and optional == any(need not in self.given for need in each.needs)
        ]
        if not found:
            raise Unfit
        near = [each for each in found if "." not in each.text]
        return self.random.choice(near if near and self.chance(0.5) else found)


def _readables_of(text: str, type: ValueType, needs: tuple[str, ...]) -> Iterator[Readable]:
    """A line; of the row of a table its parts."""
    if isinstance(type, RowType):
        for name, each in zip(type.names, type.types, strict=True):
            yield Readable(f"{text}.{name}", each, needs, part=True)
    else:
        yield Readable(text, type, needs)
