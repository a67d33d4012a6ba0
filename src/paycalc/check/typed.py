"""The typed plan: what the checker makes of a tree, and all that the later layers know of a plan.

Every expression has its type, its span, and lives at the grain of one entity. Nothing in it can fail but what a row
of data decides (a table's key range, a declared range that was not proven, a clamp turned round, an assert).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field
from datetime import date, datetime
from enum import StrEnum
from fractions import Fraction
from typing import TYPE_CHECKING

from paycalc.check.types import DateType, Value, ValueType
from paycalc.core.calendar import Period, PeriodRule
from paycalc.core.node import Compared, Frozen, node
from paycalc.core.number import Interval
from paycalc.core.span import Source, Span

if TYPE_CHECKING:
    from zoneinfo import ZoneInfo  # loaded by the plan that names a time zone

PLAN_GRAIN = "plan"  # the topmost entity: one row, no key

# ---------------------------------------------------------------- fields: what a name can read


@node
class Field(Frozen):
    """Something of one entity with a value for each row. entity: its name, or PLAN_GRAIN."""

    entity: str
    name: str
    type: ValueType
    span: Span
    optional: bool = False


@node
class Column(Field):
    """A column of data. default: stands for an absent column or a null cell."""

    default: Value | None = None
    label: str = ""


@node
class Reference(Field):
    """A column that holds the key of a row of `target`; type is ReferenceType(target).

    belongs: it came from `in`, so this row is an event of that row.
    """

    target: str = ""
    belongs: bool = False
    label: str = ""


@node
class Parameter(Field):
    """A parameter: one value for each row of its entity. default: holds where nothing is set."""

    default: Value | None = None
    label: str = ""


@node
class PeriodValue(Field):
    """period.start, period.end, period.days (entity is PLAN_GRAIN)."""


@node
class Line(Field):
    """A line of the plan: where `when` is false its value is 0 and nothing in it is evaluated.

    role     let pay deduct employer show
    checked  the declared range that must be checked for each row, because it could not be proven; else None
    """

    role: str = "let"
    label: str = ""
    value: Expr = field(default=None)  # type: ignore[assignment]
    when: Expr | None = None
    checked: Interval | DateType | None = None


@node
class Total(Field):
    """gross, net, cost, or `gross before NAME`: lines added less lines subtracted, at the payee's grain."""

    added: tuple[Line, ...] = ()
    subtracted: tuple[Line, ...] = ()


# ---------------------------------------------------------------- expressions


@node
class Expr(Frozen):
    """optional: the value may be missing (None); the checker has made sure that it is met by given() or default()."""

    span: Span
    type: ValueType
    optional: bool = field(default=False, kw_only=True)


@node
class Constant(Expr):
    value: Value


@node
class Read(Expr):
    """Follow `references` from the present row, then read `field` there. A field of the plan is read at once.

    by  of a parameter that is read in a row of a `dated` entity: the column that says on which day, or at which moment,
        it is asked for; None: it is asked for at the period's end
    """

    references: tuple[Reference, ...]
    field: Field
    by: Column | None = None


@node
class Component(Expr):
    """One result of a table's row: `c.fine`; missing where the row is, behind an optional reference."""

    row: Expr
    index: int
    name: str


@node
class Negate(Expr):
    operand: Expr


@node
class Not(Expr):
    operand: Expr


@node
class Arithmetic(Expr):
    """operator: + - * / on numbers; exact, a quotient stays a fraction."""

    operator: str
    left: Expr
    right: Expr


@node
class Comparison(Expr):
    """operator: < <= > >= `is` `is not`; both sides have one unit and type."""

    operator: str
    left: Expr
    right: Expr


@node
class Membership(Expr):
    value: Expr
    options: tuple[Expr, ...]


@node
class Both(Expr):
    """`left and right`; the right side is evaluated only where the left holds."""

    left: Expr
    right: Expr


@node
class Either(Expr):
    """`left or right`; the right side is evaluated only where the left does not hold."""

    left: Expr
    right: Expr


@node
class Choice(Expr):
    """`if` (one branch) and `case`: the value of the first branch whose condition holds, else `otherwise`.

    Only the value chosen, and the conditions up to it, are evaluated.
    """

    branches: tuple[tuple[Expr, Expr], ...]
    otherwise: Expr


@node
class Given(Expr):
    """yes where the operand (a Read) has a value."""

    operand: Expr


@node
class Default(Expr):
    """The value, or the fallback where it is missing."""

    value: Expr
    fallback: Expr


@node
class Round(Expr):
    """To a whole multiple of `step` (positive) by `mode`; round(), floor() and ceiling() are all this."""

    value: Expr
    step: Fraction
    mode: str


@node
class Apply(Expr):
    """A function of its arguments; function is its name in the language:

    min max (two or more), abs, clamp (value, low, high), mod; date hour minute year month day weekday days_in_month;
    days_between months_between years_between.
    """

    function: str
    arguments: tuple[Expr, ...]


@node
class TableLookup(Expr):
    """The result of the first matching row, or of all of them by `collect`. RowType when the table has several.

    by  of a table from data: as of Read
    """

    table: Table
    arguments: tuple[Expr, ...]
    by: Column | None = None


@node
class LadderUse(Expr):
    """operator: marginal slab reached interpolate, of `base` over the steps of the group (one value per group key)."""

    operator: str
    ladder: Ladder
    groups: tuple[Expr, ...]
    base: Expr
    by: Column | None = None  # of a ladder from data: as of Read


@node
class Aggregate(Expr):
    """Over the rows of `entity` that point here through `reference` (None: this is the plan's grain, all rows).

    operator: sum count min max mean any all; `value` (None for count) and `where` live at the grain of `entity`.
    """

    operator: str
    entity: str
    reference: Reference | None
    value: Expr | None
    where: Expr | None


@node
class Running(Expr):
    """`running_sum` and `running_count`: over the rows of the same entity that lead where this one does through
    `within`, up to and with this one in the order of `order` (a number, date or moment), ties by key.

    operator: sum count; `value` (None for count), `where` and `order` live at the same grain as the Running itself.
    """

    operator: str
    within: Reference
    order: Expr
    value: Expr | None
    where: Expr | None


@node
class Average(Expr):
    """`average(store.base over period)`: the mean over the days of the period of a parameter's value at each day's
    start; a fraction. The operand is a Read of a numeric Parameter that is never missing; its `by` does not count."""

    operand: Read


# ---------------------------------------------------------------- tables and ladders


@node
class AnyCell(Compared):
    pass


@node
class ValuesCell(Compared):
    """Any of these values (members, flags, texts)."""

    values: frozenset[Value]


@node
class Band(Compared):
    """Numbers, dates or moments between two bounds; None: unbounded on that side."""

    low: Value | None
    high: Value | None
    low_included: bool = True
    high_included: bool = False


@node
class BandsCell(Compared):
    """Any of these bands; a single value x is the band from x to x, both included."""

    bands: tuple[Band, ...]


Cell = AnyCell | ValuesCell | BandsCell


@node
class Key(Compared):
    name: str
    type: ValueType
    span: Span


@node
class TableRow(Compared):
    span: Span
    cells: tuple[Cell, ...]
    results: tuple[Value, ...]


@node
class Table(Frozen):
    """An argument outside a key's range rejects the row (`table-range`). collect: None sum min max count.

    from_data  the rows come with the data (`rows` is empty), and keys may be references; see TableVersion
    """

    span: Span
    name: str
    keys: tuple[Key, ...]
    result_names: tuple[str, ...]  # ("",) for a single result without a name
    result_types: tuple[ValueType, ...]
    rows: tuple[TableRow, ...]
    collect: str | None
    from_data: bool = False


@node
class Step(Compared):
    span: Span
    threshold: Value
    value: Fraction


@node
class Ladder(Frozen):
    """keys: the group keys, then the stepped one. groups: the steps, rising, for each tuple of group values.

    from_data  the steps come with the data (`groups` is empty), and group keys may be references
    """

    span: Span
    name: str
    keys: tuple[Key, ...]
    type: ValueType
    over: bool
    groups: Mapping[tuple[Value, ...], tuple[Step, ...]]
    from_data: bool = False


# ---------------------------------------------------------------- the plan


@node
class Assertion(Frozen):
    span: Span
    condition: Expr
    message: str


@node
class Level(Frozen):
    """Where parameters of an entity may be stated: for the row that `references` lead to from the entity's own.

    name        the column of the parameters' table that holds the keys of such rows: the entity's own name, that of the
                last reference, or `plan`
    entity      whose rows they are
    references  none for the entity's own rows and for the plan
    """

    name: str
    entity: str
    references: tuple[Reference, ...]


class Outside(StrEnum):
    """What becomes of a row whose civil date lies outside the period."""

    FAULT = "fault"  # `outside-period`
    IGNORE = "ignore"  # it counts in nothing
    CARRY = "carry"  # it is left out, and handed back for the run of its own period


@node
class Entity(Frozen):
    """rows_max: at most so many rows (a declared bound is per row of `rows_max_per`); None: not declared.

    dated    the column (a date or a moment, never missing) that says when a row happened; None: it is of the period
    holds    `when bad hold`: a bad row is held back, and does not reject its payee
    levels   where its parameters may be stated, the most specific first, the plan last; of the plan only itself.
             None of an entity without parameters
    """

    name: str
    span: Span
    label: str
    columns: Mapping[str, Column]
    references: Mapping[str, Reference]
    parameters: Mapping[str, Parameter]
    lines: Mapping[str, Line]
    rows_max: int | None = None
    rows_max_per: str = ""
    dated: Column | None = None
    holds: bool = False
    outside: Outside = Outside.FAULT
    levels: tuple[Level, ...] = ()


class Inherit:
    """`inherit` in place of a parameter's value: it ends what is stated at this level; INHERIT is the only one."""


INHERIT = Inherit()


@node
class Expectation(Frozen):
    """What an example expects of `entity` row `key` (None at PLAN_GRAIN).

    operator: `value` (name is a Line, Total or path of a row's component), `sum` (over the example's periods),
    or `rejected` (code, empty for any). value: exact; a fraction is compared exactly.
    """

    span: Span
    operator: str
    entity: str
    key: Value | None
    target: Expr | None
    value: Value | None
    code: str = ""


@node
class ExampleRow(Frozen):
    """A row of an entity, with its columns, and what it states of parameters.

    cells       column or reference name to value; None is `none`
    parameters  what the row states: its own parameters, or those of an entity for which its own is a level
    since       `from 2026-01-15`: from when on the statements are in force; None: always. A row that only states so
                does not stand for a row of the entity.
    """

    span: Span
    entity: str
    key: Value | None
    cells: Mapping[str, Value | None]
    parameters: Mapping[Parameter, Value | Inherit | None]
    since: date | datetime | None = None


@node
class ExampleTable(Frozen):
    """`table own_rate` in an example: a version of a table (rows) or ladder (groups) from data.

    since  from which day on; None: always. As in data, a cell of a reference is a ValuesCell of keys, or AnyCell.
    """

    span: Span
    of: Table | Ladder
    since: date | None
    rows: tuple[TableRow, ...]
    groups: Mapping[tuple[Value, ...], tuple[Step, ...]]


@node
class ExampleBlock(Frozen):
    """One `period` block (or the whole of an example without any): periods first .. last are run one by one on the
    rows, then what the block expects is checked of the last one."""

    span: Span
    first: Period
    last: Period
    rows: tuple[ExampleRow, ...]
    expectations: tuple[Expectation, ...]
    tables: tuple[ExampleTable, ...] = ()


@node
class Example(Frozen):
    """setup: rows before the first period; a row stands, whole, until given again (events only in their block).

    tables  of the setup; a table given again in a block stands from there on
    """

    span: Span
    title: str
    setup: tuple[ExampleRow, ...]
    blocks: tuple[ExampleBlock, ...]
    tables: tuple[ExampleTable, ...] = ()


@node
class TypedPlan(Frozen):
    """lines: all of them in the order of the text; totals: gross, net and cost by name.

    currency: ISO code; currency_places: decimal places of a pay line. timezone: None where the plan names none.
    """

    source: Source
    name: str
    title: str
    currency: str
    currency_places: int
    period: PeriodRule
    timezone: ZoneInfo | None
    payee: str
    entities: Mapping[str, Entity]  # PLAN_GRAIN included
    tables: Mapping[str, Table]
    ladders: Mapping[str, Ladder]
    lines: tuple[Line, ...]
    totals: Mapping[str, Total]
    assertions: tuple[Assertion, ...]
    examples: tuple[Example, ...]
