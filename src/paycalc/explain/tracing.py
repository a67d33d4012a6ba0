"""The reference interpreter with its steps kept.

There is no second evaluator: `Tracer` is the interpreter itself, which notes each expression it works out. It traces
one line at a time. What that line reads of other lines comes from the evaluator of the run and is traced in its turn,
so that shared values are explained once, and a chain of lines may be as long as it likes.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from paycalc.check.typed import Aggregate, Constant, Expr, Field, Line, Read, Total
from paycalc.check.usage import reads_of
from paycalc.reference.dataset import Dataset
from paycalc.reference.faults import Fault, key_order
from paycalc.reference.interpreter import Evaluator

CONTRIBUTORS_MAX = 5  # rows of an aggregate that are named one by one
DESCENDED_MAX = 2  # of these, the row's own events that are explained too; of others' rows one at most

CellId = tuple[Field, int]  # a field at a row, rows counted from 0


@dataclass(frozen=True)
class Group:
    """What an aggregate was made of.

    row_count    rows that it could take in;  taken_count: rows that it did take in
    contributors the rows named one by one, with what each contributes: the largest first; of min, max, any and all
                 the one that decides
    rest         the sum of the others' contributions, None where they are not numbers
    """

    row_count: int
    taken_count: int
    contributors: tuple[tuple[int, Any], ...]
    rest: Fraction | None

    @property
    def rest_count(self) -> int:
        return self.taken_count - len(self.contributors)


@dataclass(frozen=True)
class Step:
    """One expression worked out at one row of `entity`.

    steps  of the expressions below it that were worked out, in their order; of an aggregate one for each contributor
           that is explained too, the first ones of its group
    reads  of a name: the field and row that it led to; None where an optional reference on the path was missing
    """

    expr: Expr
    entity: str
    row: int
    value: Any
    steps: tuple[Step, ...] = ()
    reads: CellId | None = None
    group: Group | None = None


class Tracer(Evaluator):
    """Works expressions out on the values of another evaluator, and keeps the steps.

    met  the fields met on the way, in order: lines and totals, which want an account of their own, and leaves
    """

    def __init__(self, evaluator: Evaluator) -> None:
        super().__init__(evaluator.dataset)
        self.met: dict[CellId, None] = {}
        self._plain = evaluator
        self._open: list[list[Step]] = [[]]
        self._last_read: CellId | None = None

    def trace(self, expr: Expr, entity: str, row: int) -> Step:
        """The steps of an expression at a row. Raises Faulted."""
        self._open = [[]]
        self.evaluate(expr, entity, row)
        return self._open[0][0]

    def at(self, field: Field, row: int) -> Any:
        self.met[field, row] = None
        self._last_read = (field, row)
        return self._plain.value(field, row) if isinstance(field, Line | Total) else super().at(field, row)

    def worth(self, expr: Expr, row: int) -> Any:
        self._open.append([])
        group = None
        self._last_read = None
        if isinstance(expr, Aggregate):
            value, group = self._aggregate(expr, row)
        else:
            value = super().worth(expr, row)
        reads = self._last_read if isinstance(expr, Read) else None
        if isinstance(expr, Read):
            self._meet_references(expr, row)
        steps = tuple(self._open.pop())
        self._open[-1].append(Step(expr, self.entity, row, value, steps, reads, group))
        return value

    def _meet_references(self, expr: Read, row: int) -> None:
        at: int | Fault | None = row
        for reference in expr.references:
            if not isinstance(at, int):
                return
            self.met[reference, at] = None
            at = self.dataset.targets[reference][at]

    def _aggregate(self, expr: Aggregate, row: int) -> tuple[Any, Group]:
        """The value, and of all the rows only those worked out again that matter most."""
        value = self._plain.evaluate(expr, self.entity, row)
        taken = self._plain.contributions(expr, self.entity, row)
        row_count = len(self.dataset.members_of(expr.entity, expr.reference, row))
        chosen = _most_telling(expr, value, taken, self.dataset)
        rest = None
        if expr.operator in ("sum", "mean"):
            amounts = dict(taken)
            rest = sum(amounts.values(), Fraction(0)) - sum((amounts[each] for each, _ in chosen), Fraction(0))
        inner = expr.value
        if inner is not None:
            self.among(expr.entity, lambda: [self.worth(inner, member) for member in descended(expr, chosen)])
        return value, Group(row_count, len(taken), tuple(chosen), rest)


def descended(expr: Aggregate, contributors: Sequence[tuple[int, Any]]) -> list[int]:
    """The rows of an aggregate to explain too: the largest of one's own events.

    What others did is taken as it is, since one can ask for their lines; where there is no line to ask for, because the
    aggregate works something out itself, the largest stands for all.
    """
    rows = [row for row, _ in contributors]
    if expr.reference is not None and expr.reference.belongs:
        return rows[:DESCENDED_MAX]
    if expr.value is None or isinstance(expr.value, Read | Constant):
        return []
    return rows[:1] if reads_of(expr.value).groups or not lines_of_rows(expr) else []


def lines_of_rows(expr: Aggregate) -> list[Line | Total]:
    """The lines and totals of its rows from which an aggregate is made."""
    if expr.value is None:
        return []
    return [
        field
        for references, field in reads_of(expr.value).paths
        if not references and field.entity == expr.entity and isinstance(field, Line | Total)
    ]


def _most_telling(expr: Aggregate, value: Any, taken: list[tuple[int, Any]], dataset: Dataset) -> list[tuple[int, Any]]:
    """The contributors to explain: the largest, or the one that decided; of `count` none, since all count alike."""

    def place(member: int) -> tuple[object, ...]:
        return (key_order(dataset.key(expr.entity, member)), member)

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
