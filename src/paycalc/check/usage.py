"""What a typed plan reads: of every expression, statically, and of the data as a whole.

Branches do not count: what stands in a branch that no row takes is read all the same. So the columns that a plan needs,
and the rows that a faulty cell reaches, depend on the plan's text alone and not on other cells.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from paycalc.check.typed import (
    PLAN_GRAIN,
    Aggregate,
    Apply,
    Arithmetic,
    Both,
    Choice,
    Column,
    Comparison,
    Component,
    Constant,
    Default,
    Either,
    Expectation,
    Expr,
    Field,
    Given,
    LadderUse,
    Line,
    Membership,
    Negate,
    Not,
    Parameter,
    Read,
    Reference,
    Round,
    TableLookup,
    Total,
    TypedPlan,
)


def operands(expr: Expr) -> tuple[Expr, ...]:
    """The expressions right below this one, in the order of the text, whatever their grain."""
    match expr:
        case Constant() | Read():
            return ()
        case Negate(operand=inner) | Not(operand=inner) | Given(operand=inner) | Component(row=inner):
            return (inner,)
        case Round(value=inner):
            return (inner,)
        case Arithmetic() | Comparison() | Both() | Either():
            return (expr.left, expr.right)
        case Membership():
            return (expr.value, *expr.options)
        case Choice():
            return (*(each for branch in expr.branches for each in branch), expr.otherwise)
        case Default():
            return (expr.value, expr.fallback)
        case Apply() | TableLookup():
            return expr.arguments
        case LadderUse():
            return (*expr.groups, expr.base)
        case Aggregate():
            return tuple(each for each in (expr.value, expr.where) if each is not None)
    raise AssertionError(f"no operands are known of {type(expr).__name__}")


@dataclass(frozen=True)
class Reads:
    """What expressions of one grain read there, each once, in the order of the text.

    paths   references to follow from the row, and the field read at their end
    groups  aggregates, each with what it reads at the grain of its rows
    """

    paths: tuple[tuple[tuple[Reference, ...], Field], ...]
    groups: tuple[tuple[Aggregate, Reads], ...]


def reads_of(*expressions: Expr | None) -> Reads:
    """What the expressions read, branches taken or not; None stands for no expression."""
    paths: dict[tuple[tuple[Reference, ...], Field], None] = {}
    groups: list[tuple[Aggregate, Reads]] = []
    waiting = [each for each in reversed(expressions) if each is not None]
    while waiting:
        expr = waiting.pop()
        if isinstance(expr, Read):
            paths[(expr.references, expr.field)] = None
        elif isinstance(expr, Aggregate):
            groups.append((expr, reads_of(expr.value, expr.where)))
        else:
            waiting.extend(reversed(operands(expr)))
    return Reads(tuple(paths), tuple(groups))


@dataclass(frozen=True)
class Usage:
    """What a plan needs of its data.

    fields    the columns, references and parameters that some line or assert reads, or an expectation asks for
    entities  the entities whose tables are needed
    keyed     of these, the ones whose rows are found by key: the payee, what is referred to or has parameters, and what
              an expectation names
    """

    fields: frozenset[Field]
    entities: frozenset[str]
    keyed: frozenset[str]


def usage_of(plan: TypedPlan, expectations: Iterable[Expectation] = ()) -> Usage:
    """What the lines and asserts of a plan need, used or unused lines alike, and the expectations of an example."""
    fields: dict[Field, None] = {}
    entities = {plan.payee}
    for line in plan.lines:
        entities.add(line.entity)
        _collect(reads_of(line.value, line.when), fields, entities)
    for assertion in plan.assertions:
        _collect(reads_of(assertion.condition), fields, entities)
    keyed = {plan.payee}
    for expectation in expectations:
        entities.add(expectation.entity)
        keyed.add(expectation.entity)
        _collect(reads_of(expectation.target), fields, entities)
    for field in fields:
        entities.add(field.entity)
        if isinstance(field, Reference):
            entities.add(field.target)
            keyed.add(field.target)
        elif isinstance(field, Parameter):
            keyed.add(field.entity)
    data = frozenset(each for each in fields if isinstance(each, Column | Reference | Parameter))
    return Usage(data, frozenset(entities - {PLAN_GRAIN}), frozenset(keyed - {PLAN_GRAIN}))


def _collect(reads: Reads, fields: dict[Field, None], entities: set[str]) -> None:
    for references, field in reads.paths:
        fields.update(dict.fromkeys(references))
        fields[field] = None
    for aggregate, inner in reads.groups:
        entities.add(aggregate.entity)
        if aggregate.reference is not None:
            fields[aggregate.reference] = None
        _collect(inner, fields, entities)


def lines_read(reads: Reads) -> Iterable[Line | Total]:
    """The lines and totals among what is read, at whatever grain."""
    for _, field in reads.paths:
        if isinstance(field, Line | Total):
            yield field
    for _, inner in reads.groups:
        yield from lines_read(inner)
