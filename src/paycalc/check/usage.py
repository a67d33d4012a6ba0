"""What a typed plan reads: of every expression, statically, and of the data as a whole.

Branches do not count: what stands in a branch that no row takes is read all the same. So the columns that a plan needs,
and the rows that a faulty cell reaches, depend on the plan's text alone and not on other cells.
"""

from __future__ import annotations

from collections.abc import Container, Iterable, Mapping
from dataclasses import dataclass, replace
from dataclasses import field as dataclass_field

from paycalc.check.typed import (
    PLAN_GRAIN,
    Aggregate,
    Apply,
    Arithmetic,
    Average,
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
    Ladder,
    LadderUse,
    Line,
    Membership,
    Negate,
    Not,
    Parameter,
    Read,
    Reference,
    Round,
    Running,
    Table,
    TableLookup,
    Total,
    TypedPlan,
)
from paycalc.check.types import ReferenceType


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
        case Running():
            return tuple(each for each in (expr.value, expr.order, expr.where) if each is not None)
        case Average(operand=inner):
            return (inner,)
    raise AssertionError(f"no operands are known of {type(expr).__name__}")


@dataclass(frozen=True)
class DatedRead:
    """A parameter as it is at a row's own date: references to follow from the row, the parameter read at their end, and
    the column that holds the date. As a place, where a fault stands: at the row that reads."""

    references: tuple[Reference, ...]
    parameter: Parameter
    by: Column

    @property
    def entity(self) -> str:
        return self.by.entity


@dataclass(frozen=True)
class Averaged:
    """A parameter's mean over the days of the period. As a place: at a row of the parameter's entity."""

    parameter: Parameter


@dataclass(frozen=True)
class Reads:
    """What expressions of one grain read there, each once, in the order of the text.

    paths     references to follow from the row, and the field read at their end; what a dated read or a running total
              needs besides (the date, the reference of the group, the references on the way) is among them
    groups    aggregates, each with what it reads at the grain of its rows
    dated     parameters asked for at the row's own date
    averages  references to follow from the row, and the parameter whose mean is read at their end
    running   running totals: a fault in another row of the group reaches the row too, by what the total reads there
    tables    tables and ladders from data, each with whether it is asked for at the row's own date
    """

    paths: tuple[tuple[tuple[Reference, ...], Field], ...]
    groups: tuple[tuple[Aggregate, Reads], ...]
    dated: tuple[DatedRead, ...] = ()
    averages: tuple[tuple[tuple[Reference, ...], Averaged], ...] = ()
    running: tuple[tuple[Running, Reads], ...] = ()
    tables: tuple[tuple[Table | Ladder, bool], ...] = ()


def reads_of(*expressions: Expr | None) -> Reads:
    """What the expressions read, branches taken or not; None stands for no expression."""
    paths: dict[tuple[tuple[Reference, ...], Field], None] = {}
    groups: list[tuple[Aggregate, Reads]] = []
    dated: dict[DatedRead, None] = {}
    averages: dict[tuple[tuple[Reference, ...], Averaged], None] = {}
    running: list[tuple[Running, Reads]] = []
    tables: dict[tuple[Table | Ladder, bool], None] = {}
    waiting = [each for each in reversed(expressions) if each is not None]

    def pass_through(references: tuple[Reference, ...]) -> None:
        """Each reference on the way is read at the row to which those before it lead."""
        for at, reference in enumerate(references):
            paths[(references[:at], reference)] = None

    while waiting:
        expr = waiting.pop()
        match expr:
            case Read(by=Column() as by, field=Parameter() as parameter):
                pass_through(expr.references)
                paths[((), by)] = None
                dated[DatedRead(expr.references, parameter, by)] = None
            case Read():
                paths[(expr.references, expr.field)] = None
            case Average(operand=operand):
                assert isinstance(operand.field, Parameter)
                pass_through(operand.references)
                averages[(operand.references, Averaged(operand.field))] = None
            case Aggregate():
                groups.append((expr, reads_of(expr.value, expr.where)))
            case Running():
                paths[((), expr.within)] = None
                running.append((expr, reads_of(expr.value, expr.order, expr.where)))
                waiting.extend(reversed(operands(expr)))
            case TableLookup() | LadderUse():
                used = expr.table if isinstance(expr, TableLookup) else expr.ladder
                if used.from_data:
                    tables[used, expr.by is not None] = None
                    if expr.by is not None:
                        paths[((), expr.by)] = None
                waiting.extend(reversed(operands(expr)))
            case _:
                waiting.extend(reversed(operands(expr)))
    return Reads(tuple(paths), tuple(groups), tuple(dated), tuple(averages), tuple(running), tuple(tables))


@dataclass(frozen=True)
class Usage:
    """What a plan needs of its data.

    fields    the columns, references and parameters that some line or assert reads, or an expectation asks for
    entities  the entities whose tables are needed
    keyed     of these, the ones whose rows are found by key: the payee, what is referred to or has parameters, what an
              expectation names, and whose rows have running totals
    dated     the parameters that are asked for at the dates of rows, each with the columns that hold these
    averaged  the parameters whose mean over the period is asked for
    at_end    the parameters that are asked for at the period's end
    tables    the tables and ladders from data
    dated_reads  where parameters are asked for at the dates of rows
    dated_tables  of `tables` those that are asked for at the dates of rows
    """

    fields: frozenset[Field]
    entities: frozenset[str]
    keyed: frozenset[str]
    dated: Mapping[Parameter, frozenset[Column]] = dataclass_field(default_factory=dict)
    averaged: frozenset[Parameter] = frozenset()
    at_end: frozenset[Parameter] = frozenset()
    tables: frozenset[Table | Ladder] = frozenset()
    dated_reads: tuple[DatedRead, ...] = ()
    dated_tables: frozenset[Table | Ladder] = frozenset()

    def with_levels(self, plan: TypedPlan, columns: Mapping[str, Container[str]]) -> Usage:
        """The usage where parameters come with columns of other levels: columns: by owner, those of the table.

        Such a level needs the references that lead to it, and the rows that they lead to.
        """
        fields, entities, keyed = set(self.fields), set(self.entities), set(self.keyed)
        for owner, names in columns.items():
            entity = plan.entities.get(owner)
            if entity is None or owner not in entities:
                continue
            for level in entity.levels:
                if level.references and level.name in names:
                    fields.update(level.references)
                    entities.update(each.target for each in level.references)
                    keyed.update(each.target for each in level.references)
        return replace(self, fields=frozenset(fields), entities=frozenset(entities), keyed=frozenset(keyed))


def usage_of(plan: TypedPlan, expectations: Iterable[Expectation] = ()) -> Usage:
    """What the lines and asserts of a plan need, used or unused lines alike, and the expectations of an example."""
    found = _Found({plan.payee}, {plan.payee})
    for line in plan.lines:
        found.entities.add(line.entity)
        found.collect(reads_of(line.value, line.when))
    for assertion in plan.assertions:
        found.collect(reads_of(assertion.condition))
    for expectation in expectations:
        found.entities.add(expectation.entity)
        found.keyed.add(expectation.entity)
        found.collect(reads_of(expectation.target))
    usage = found.usage()
    # Whether a row lies in the period.
    dates = (entity.dated for name, entity in plan.entities.items() if name in usage.entities)
    return replace(usage, fields=usage.fields.union(each for each in dates if each is not None))


class _Found:
    """What has been found of a usage so far."""

    def __init__(self, entities: set[str], keyed: set[str]) -> None:
        self.entities, self.keyed = entities, keyed
        self.fields: dict[Field, None] = {}
        self._dated: dict[Parameter, set[Column]] = {}
        self._dated_reads: dict[DatedRead, None] = {}
        self._averaged: set[Parameter] = set()
        self._at_end: set[Parameter] = set()
        self._tables: set[Table | Ladder] = set()
        self._dated_tables: set[Table | Ladder] = set()

    def collect(self, reads: Reads) -> None:
        for references, field in reads.paths:
            self.fields.update(dict.fromkeys(references))
            self.fields[field] = None
            if isinstance(field, Parameter):
                self._at_end.add(field)
        for dated in reads.dated:
            self.fields[dated.parameter] = None
            self._dated.setdefault(dated.parameter, set()).add(dated.by)
            self._dated_reads[dated] = None
        for _, averaged in reads.averages:
            self.fields[averaged.parameter] = None
            self._averaged.add(averaged.parameter)
        for aggregate, inner in reads.groups:
            self.entities.add(aggregate.entity)
            if aggregate.reference is not None:
                self.fields[aggregate.reference] = None
            self.collect(inner)
        for running, _ in reads.running:
            self.keyed.add(running.within.entity)
        for table, is_dated in reads.tables:
            self._tables.add(table)
            if is_dated:
                self._dated_tables.add(table)

    def usage(self) -> Usage:
        for field in self.fields:
            self.entities.add(field.entity)
            if isinstance(field, Reference):
                self.entities.add(field.target)
                self.keyed.add(field.target)
            elif isinstance(field, Parameter):
                self.keyed.add(field.entity)
        for table in self._tables:
            targets = {key.type.entity for key in table.keys if isinstance(key.type, ReferenceType)}
            self.entities |= targets
            self.keyed |= targets
        data = frozenset(each for each in self.fields if isinstance(each, Column | Reference | Parameter))
        return Usage(
            data,
            frozenset(self.entities - {PLAN_GRAIN}),
            frozenset(self.keyed - {PLAN_GRAIN}),
            {parameter: frozenset(columns) for parameter, columns in self._dated.items()},
            frozenset(self._averaged),
            frozenset(self._at_end),
            frozenset(self._tables),
            tuple(self._dated_reads),
            frozenset(self._dated_tables),
        )


def lines_read(reads: Reads) -> Iterable[Line | Total]:
    """The lines and totals among what is read, at whatever grain."""
    for _, field in reads.paths:
        if isinstance(field, Line | Total):
            yield field
    for _, inner in reads.groups:
        yield from lines_read(inner)
