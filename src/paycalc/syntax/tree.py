"""The tree of a plan as written. Every node has its span; nothing is resolved and nothing is checked here.

Names are kept as written after NFC. Lists keep the order of the text. A construct that the parser could not read is
left out of the tree and stands in the parser's diagnostics instead.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import field, fields
from datetime import date, datetime
from fractions import Fraction

from paycalc.core.node import Compared, node
from paycalc.core.span import Span


@node
class Node(Compared):
    span: Span


@node
class Identifier(Node):
    """A name, after NFC. `quoted` where it was written in quotes (members and keys may be)."""

    text: str
    quoted: bool = False


# ---------------------------------------------------------------- units and types


@node
class UnitTerm(Node):
    """`kg`, `cm3`: a unit's name and its power (1 unless digits end the word)."""

    name: str
    power: int


@node
class UnitExpression(Node):
    """`tonne km`, `CNY per hour`, `per hour` (nothing above): the terms above and below `per`."""

    above: tuple[UnitTerm, ...]
    below: tuple[UnitTerm, ...]


@node
class Range(Node):
    """`0 .. 400`: literals (Number, Date, DateTime, or Unary minus of a Number), both included."""

    low: Expression
    high: Expression


@node
class TypeExpression(Node):
    """A type as written.

    word     flag int decimal money percent points date datetime text, `one of`, or another name (a kind or entity)
    places   the number in `decimal(2)`, `money(4)`, `percent(2)`; None where not written
    unit     the words after it, e.g. `kg`, `per hour`, `USD`; None where not written
    members  of `one of a, b, "Premium Economy"`
    """

    word: str
    places: int | None = None
    unit: UnitExpression | None = None
    members: tuple[Identifier, ...] = ()
    range: Range | None = None


# ---------------------------------------------------------------- expressions


@node
class Expression(Node):
    pass


@node
class Number(Expression):
    """`1_000.50`, `5%`, `500 m`. `value` already counts the percent sign (5% is 1/20, places 2)."""

    value: Fraction
    places: int
    percent: bool = False
    unit: UnitExpression | None = None


@node
class Text(Expression):
    """A text in quotes: a label or a member, by where it stands."""

    value: str


@node
class Date(Expression):
    value: date


@node
class DateTime(Expression):
    """`2026-10-15T08:30`, perhaps with `+08:00` (then `value` is aware)."""

    value: datetime


@node
class Name(Expression):
    """A name or a path: `sales`, `store.region.rate`, `period.start`, `yes`."""

    parts: tuple[Identifier, ...]

    @property
    def text(self) -> str:
        return ".".join(part.text for part in self.parts)


@node
class Unary(Expression):
    """operator: `-` or `not`."""

    operator: str
    operand: Expression


@node
class Binary(Expression):
    """operator: + - * / < <= > >= `is` `is not` `and` `or`."""

    operator: str
    operator_span: Span
    left: Expression
    right: Expression


@node
class Membership(Expression):
    """`value in (a, b)`."""

    value: Expression
    options: tuple[Expression, ...]


@node
class IfElse(Expression):
    condition: Expression
    then: Expression
    otherwise: Expression


@node
class CaseBranch(Node):
    condition: Expression
    value: Expression


@node
class Case(Expression):
    """The whole right side of a line; branches from the first, `otherwise` last."""

    branches: tuple[CaseBranch, ...]
    otherwise: Expression
    otherwise_span: Span


@node
class StepArgument(Expression):
    """`to 0.05` in `round(x, to 0.05, up)`."""

    step: Expression


@node
class Call(Expression):
    """`max(a, b)`, `stairs_fee(building, fits_lift, floor)`, `brackets(status)`: a function, table or ladder."""

    function: Identifier
    arguments: tuple[Expression, ...]


@node
class Aggregate(Expression):
    """`sum(price of parcel where late > 30 via helper)`; `count(parcel where ...)` has no value."""

    operator: str  # sum count min max mean any all
    value: Expression | None
    entity: Identifier
    where: Expression | None = None
    via: Identifier | None = None


@node
class Running(Expression):
    """`running_sum(price within worker by delivered_at where late is 0)`; `running_count(within ...)` has no value."""

    operator: str  # running_sum running_count
    value: Expression | None
    within: Identifier
    by: Expression
    where: Expression | None = None


@node
class Average(Expression):
    """`average(store.base over period)`."""

    operand: Expression


@node
class GrossBefore(Expression):
    """`gross before NAME`: the pay lines that stand above the named one."""

    line: Identifier


# ---------------------------------------------------------------- declarations


@node
class Declaration(Node):
    pass


@node
class PeriodExpression(Node):
    """`month`; `14 days from 2026-01-05` has kind `days`, count 14 and its start."""

    kind: str  # day week days half_month month quarter year, or whatever word was written
    count: int | None = None
    start: date | None = None


@node
class Header(Declaration):
    """`plan NAME "Title"` with its indented settings; a setting not written is None."""

    name: Identifier
    title: str | None
    currency: Identifier | None = None
    period: PeriodExpression | None = None
    timezone: Identifier | None = None
    payee: Identifier | None = None


@node
class Kind(Declaration):
    """`kind grade = one of junior, senior`."""

    name: Identifier
    type: TypeExpression


@node
class Column(Node):
    """One declared line of an entity or parameter block; several names share the rest."""

    names: tuple[Identifier, ...]
    type: TypeExpression
    optional: bool = False
    default: Expression | None = None
    label: str | None = None


@node
class RowBound(Node):
    """`at most 100_000 per worker`."""

    count: int
    per: Identifier


@node
class BadHold(Node):
    """`when bad hold`."""


@node
class OutsidePeriod(Node):
    """`outside period ignore`, `outside period carry`."""

    word: str


@node
class Entity(Declaration):
    """`entity parcel "Label" dated delivered_at in worker when bad hold ...` and its columns."""

    name: Identifier
    label: str | None
    belongs_to: Identifier | None
    bound: RowBound | None
    columns: tuple[Column, ...]
    dated: Identifier | None = None
    hold: BadHold | None = None
    outside: OutsidePeriod | None = None


@node
class Parameters(Declaration):
    """`parameters of store` or `parameters` (entity None: of the plan)."""

    entity: Identifier | None
    columns: tuple[Column, ...]


@node
class Key(Node):
    """A key of a table or ladder; `type` None: it takes the type of what bears its name."""

    name: Identifier
    type: TypeExpression | None


@node
class Result(Node):
    """A result of a table; the only one of `: money` has no name."""

    name: Identifier | None
    type: TypeExpression


@node
class Cell(Node):
    pass


@node
class AnyCell(Cell):
    """`*`."""


@node
class ValueCell(Cell):
    """A member, number, date, text, or yes / no."""

    value: Expression


@node
class EitherCell(Cell):
    """`(a, b)`: any of these cells."""

    options: tuple[Cell, ...]


@node
class BandCell(Cell):
    """`lo..hi`, `lo..=hi`, `..hi`, `lo..`, `> x`, `>= x`, `< x`, `<= x`; a missing bound is None."""

    low: Expression | None
    high: Expression | None
    low_included: bool = True
    high_included: bool = False


@node
class TableRow(Node):
    cells: tuple[Cell, ...]
    results: tuple[Expression, ...]


@node
class Table(Declaration):
    name: Identifier
    keys: tuple[Key, ...]
    results: tuple[Result, ...]
    rows: tuple[TableRow, ...]
    collect: str | None = None  # sum min max count
    collect_span: Span | None = None
    from_data: bool = False


@node
class LadderStep(Node):
    threshold: Expression
    value: Expression


@node
class LadderGroup(Node):
    """The steps under one head (`CA, single`); `heads` is empty in a ladder with one key."""

    heads: tuple[Expression, ...]
    steps: tuple[LadderStep, ...]


@node
class Ladder(Declaration):
    """The last key is the stepped one. `over`: a step is reached only above its threshold."""

    name: Identifier
    keys: tuple[Key, ...]
    type: TypeExpression
    over: bool
    groups: tuple[LadderGroup, ...]
    from_data: bool = False


@node
class Line(Declaration):
    """`pay NAME "label" : type = value when condition`; role: let pay deduct employer show.

    entity: the `store` of `let store.pool`; None where the name stands alone (the payee's own line).
    """

    role: str
    entity: Identifier | None
    name: Identifier
    label: str | None
    type: TypeExpression | None
    value: Expression
    when: Expression | None


@node
class Assert(Declaration):
    condition: Expression
    message: str


# ---------------------------------------------------------------- examples


@node
class ExampleCell(Node):
    """`sales 120_000`: a column or parameter with its value (a literal, a member, a key, `none`, `inherit`)."""

    name: Identifier
    value: Expression


@node
class Expectation(Node):
    """`commission 3_120.00`; operator `value`, `sum` (`sum(paid) 13_750`), `rejected` or `held` (`held out-of-range`).

    value: the literal expected; for the last two a Text with the code (empty where no code was written).
    """

    operator: str
    name: Name | None
    value: Expression


@node
class ExampleRow(Node):
    """`worker W1 : store S1, sales 120_000 -> commission 3_120.00`; `plan : minimum_wage 10.00` has no key.

    since: the Date or DateTime of `store S1 from 2026-01-15 : rate 3%`
    """

    entity: Identifier
    key: Expression | None
    cells: tuple[ExampleCell, ...]
    expected: tuple[Expectation, ...]
    since: Expression | None = None


@node
class ExampleExpect(Node):
    """`expect deal D7 : commission 30`, `expect W1 : net 5` (entity None: a payee), `expect plan : total 3`."""

    entity: Identifier | None
    key: Expression | None
    expected: tuple[Expectation, ...]


@node
class ExampleTable(Node):
    """`table own_rate from 2026-10-15` and what stands under it: rows, or for a ladder steps in groups.

    The steps of a ladder without group keys are rows with one cell and one result.
    """

    name: Identifier
    since: Expression | None
    rows: tuple[TableRow, ...]
    groups: tuple[LadderGroup, ...]


ExampleItem = ExampleRow | ExampleExpect | ExampleTable


@node
class ExamplePeriod(Node):
    """`period 2026-02 .. 2026-03` and the lines under it; names as written, `last` equal to `first` for one."""

    first: str
    last: str
    items: tuple[ExampleItem, ...]


@node
class Example(Declaration):
    """Lines outside any period come first (`items`); then the periods, in order."""

    title: str
    items: tuple[ExampleItem, ...]
    periods: tuple[ExamplePeriod, ...]


@node
class Comment(Node):
    """`# ...` to the end of its line; `alone` where nothing stands before it on the line."""

    text: str
    alone: bool


@node
class Plan(Node):
    """A parsed plan: its header (None where missing or unreadable) and its declarations in the order of the text."""

    header: Header | None
    declarations: tuple[Declaration, ...]
    comments: tuple[Comment, ...] = field(default=(), compare=False)


# ---------------------------------------------------------------- walking

_WORD = re.compile(r"\w+")
_parts_of: dict[type[Node], tuple[str, ...]] = {}  # the fields that hold nodes, by class; found once


def children(node: Node) -> list[Node]:
    """The nodes right below a node, in the order of its fields; comments apart."""
    kind = type(node)
    names = _parts_of.get(kind)
    if names is None:
        names = _parts_of[kind] = tuple(_parts(kind))
    found: list[Node] = []
    for name in names:
        value = getattr(node, name)
        if isinstance(value, tuple):
            found += value
        elif value is not None:
            found.append(value)
    return found


def _parts(kind: type[Node]) -> Iterator[str]:
    """The fields whose type names a class of nodes."""
    for each in fields(kind):
        named = (globals().get(word) for word in _WORD.findall(str(each.type)))
        if each.compare and any(isinstance(found, type) and issubclass(found, Node) for found in named):
            yield each.name
