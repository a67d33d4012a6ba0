"""The reference interpreter with its steps kept.

There is no second evaluator: `Tracer` is the interpreter itself, which notes each expression it works out. It traces
one line at a time. What that line reads of other lines comes from the evaluator of the run and is traced in its turn,
so that shared values are explained once, and a chain of lines may be as long as it likes.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from fractions import Fraction
from typing import Any

from paycalc.check.typed import Aggregate, Average, Constant, Expr, Field, Line, Parameter, Read, Running, Total
from paycalc.check.types import ValueType
from paycalc.check.usage import reads_of
from paycalc.reference.dataset import Cell, Dataset, ParameterValues
from paycalc.reference.faults import Fault, key_order
from paycalc.reference.functions import aggregate
from paycalc.reference.groups import contribution, position
from paycalc.reference.interpreter import Evaluator

CONTRIBUTORS_MAX = 10  # rows of an aggregate that are named one by one
DESCENDED = 1  # of these, the row's own events that are explained too, unless said otherwise; of others' rows one


@dataclass(frozen=True)
class _OfParameter:
    """What is read of a parameter in the course of time; with a row of its entity, a leaf."""

    parameter: Parameter

    @property
    def entity(self) -> str:
        return self.parameter.entity

    @property
    def name(self) -> str:
        return self.parameter.name

    @property
    def type(self) -> ValueType:
        return self.parameter.type


@dataclass(frozen=True)
class DatedParameter(_OfParameter):
    """A parameter as it is on a day or at a moment."""

    asked: date | datetime


@dataclass(frozen=True)
class MeanParameter(_OfParameter):
    """A parameter's mean over the days of the period."""


Source = Field | DatedParameter | MeanParameter
CellId = tuple[Source, int]  # something at a row, rows counted from 0


@dataclass(frozen=True)
class Group:
    """What an aggregate or running total was made of.

    row_count    rows that it could take in;  taken_count: rows that it did take in
    held, outside  of the rows that it could take in, those that count in nothing
    contributors the rows named one by one, with what each contributes: the largest first; of min, max, any and all
                 the one that decides
    rest         the sum of the others' contributions, None where they are not numbers
    """

    row_count: int
    taken_count: int
    contributors: tuple[tuple[int, Any], ...]
    rest: Fraction | None
    held: int = 0
    outside: int = 0

    @property
    def rest_count(self) -> int:
        return self.taken_count - len(self.contributors)


@dataclass(frozen=True)
class Step:
    """One expression worked out at one row of `entity`.

    steps  of the expressions below it that were worked out, in their order; of an aggregate one for each contributor
           that is explained too, the first ones of its group
    reads  of a name: what it led to; None where an optional reference on the path was missing
    """

    expr: Expr
    entity: str
    row: int
    value: Any
    steps: tuple[Step, ...] = ()
    reads: CellId | None = None
    group: Group | None = None


class _Noted:
    """The parameters of a dataset in the course of time, noted down when they are asked for."""

    def __init__(self, values: ParameterValues, note: Callable[[CellId], None]) -> None:
        self._values, self._note = values, note

    def at(self, parameter: Parameter, row: int, asked: date | datetime) -> Cell:
        self._note((DatedParameter(parameter, asked), row))
        return self._values.at(parameter, row, asked)

    def average(self, parameter: Parameter, row: int) -> Cell:
        self._note((MeanParameter(parameter), row))
        return self._values.average(parameter, row)


class Tracer(Evaluator):
    """Works expressions out on the values of another evaluator, and keeps the steps.

    events  so many of a row's own events are explained too
    met     what was met on the way, in order: lines and totals, which want an account of their own, and leaves
    """

    def __init__(self, evaluator: Evaluator, events: int = DESCENDED) -> None:
        plain = evaluator.dataset
        super().__init__(replace(plain, dated=_Noted(plain.dated, self._note)))
        self.met: dict[CellId, None] = {}
        self.events = events
        self._plain = evaluator
        self._open: list[list[Step]] = [[]]
        self._last_read: CellId | None = None

    def trace(self, expr: Expr, entity: str, row: int) -> Step:
        """The steps of an expression at a row. Raises Faulted."""
        self._open = [[]]
        self.evaluate(expr, entity, row)
        return self._open[0][0]

    def at(self, field: Field, row: int) -> Any:
        self._note((field, row))
        return self._plain.value(field, row) if isinstance(field, Line | Total) else super().at(field, row)

    def worth(self, expr: Expr, row: int) -> Any:
        self._open.append([])
        group = None
        self._last_read = None
        if isinstance(expr, Aggregate | Running):
            value, group = self._grouped(expr, row)
        else:
            value = super().worth(expr, row)
        read = expr.operand if isinstance(expr, Average) else expr
        reads = self._last_read if isinstance(read, Read) else None
        if isinstance(read, Read):
            self._meet_way(read, row)
        steps = tuple(self._open.pop())
        self._open[-1].append(Step(expr, self.entity, row, value, steps, reads, group))
        return value

    def _note(self, cell: CellId) -> None:
        self.met[cell] = None
        self._last_read = cell

    def _meet_way(self, expr: Read, row: int) -> None:
        """The references of a read, and the date at which it asks."""
        if expr.by is not None:
            self.met[expr.by, row] = None
        at: int | Fault | None = row
        for reference in expr.references:
            if not isinstance(at, int):
                return
            self.met[reference, at] = None
            at = self.dataset.targets[reference][at]

    def _grouped(self, expr: Aggregate | Running, row: int) -> tuple[Any, Group]:
        """The value, and of all the rows only those worked out again that matter most."""
        entity = expr.entity if isinstance(expr, Aggregate) else expr.within.entity
        if isinstance(expr, Aggregate):
            taken = self._plain.contributions(expr, self.entity, row)
            value = aggregate(expr.operator, [contributed for _, contributed in taken])
            members = self.dataset.members_of(entity, expr.reference, row)
        else:
            value = self._plain.evaluate(expr, self.entity, row)
            taken, members = self._running(expr, row)
        chosen = _most_telling(expr, value, taken, self.dataset)
        rest = None
        if expr.operator in ("sum", "mean"):
            amounts = dict(taken)
            rest = sum(amounts.values(), Fraction(0)) - sum((amounts[each] for each, _ in chosen), Fraction(0))
        inner = expr.value
        if inner is not None:
            self.among(entity, lambda: [self.worth(inner, each) for each in descended(expr, chosen, self.events)])
        left_out = [
            sum(1 for each in members if each in rows.get(entity, ()))
            for rows in (self.dataset.held, self.dataset.outside)
        ]
        return value, Group(len(members), len(taken), tuple(chosen), rest, *left_out)

    def _running(self, expr: Running, row: int) -> tuple[list[tuple[int, Any]], Sequence[int]]:
        """The rows of the group up to this one that count and hold, with what each adds; and all rows of the group."""
        plain, entity = self._plain, expr.within.entity
        target = self.dataset.targets[expr.within][row]
        members = self.dataset.members_of(entity, expr.within, target) if isinstance(target, int) else [row]
        counted = [each for each in members if self.dataset.counts(entity, each)]

        def parts() -> list[tuple[int, Any]]:
            here = position(plain, expr, row)
            found = [(each, contribution(plain, expr, each)) for each in counted if position(plain, expr, each) <= here]
            return [(each, contributed[0]) for each, contributed in found if contributed is not None]

        return plain.among_line(entity, "", parts), members


def descended(expr: Aggregate | Running, contributors: Sequence[tuple[int, Any]], events: int) -> list[int]:
    """The rows of an aggregate to explain too: the largest of one's own events. Of a running total none: each row has
    its own line.

    What others did is taken as it is, since one can ask for their lines; where there is no line to ask for, because the
    aggregate works something out itself, the largest stands for all.
    """
    rows = [row for row, _ in contributors]
    if isinstance(expr, Running):
        return []
    if expr.reference is not None and expr.reference.belongs:
        return rows[:events]
    if expr.value is None or isinstance(expr.value, Read | Constant):
        return []
    return rows[:1] if reads_of(expr.value).groups or not lines_of_rows(expr) else []


def lines_of_rows(expr: Aggregate | Running) -> list[Line | Total]:
    """The lines and totals of its rows from which an aggregate is made."""
    if expr.value is None:
        return []
    entity = expr.entity if isinstance(expr, Aggregate) else expr.within.entity
    return [
        field
        for references, field in reads_of(expr.value).paths
        if not references and field.entity == entity and isinstance(field, Line | Total)
    ]


def _most_telling(
    expr: Aggregate | Running, value: Any, taken: list[tuple[int, Any]], dataset: Dataset
) -> list[tuple[int, Any]]:
    """The contributors to explain: the largest, or the one that decided; of `count` none, since all count alike."""

    entity = expr.entity if isinstance(expr, Aggregate) else expr.within.entity

    def place(member: int) -> tuple[object, ...]:
        return (key_order(dataset.key(entity, member)), member)

    match expr.operator:
        case "sum" | "mean":
            return sorted(taken, key=lambda each: (-abs(each[1]), place(each[0])))[:CONTRIBUTORS_MAX]
        case "min" | "max":
            deciding = value
        case "any" | "all":
            deciding = expr.operator == "any"
        case _:
            return []
    return sorted((each for each in taken if each[1] == deciding), key=lambda each: place(each[0]))[:1]
