"""What a plan is while it is being made: entities with their fields, tables and ladders, and expressions with types.

The types are the checker's own, and so are the rules of ranges (`check.arithmetic`): a draft knows whether an operation
would be refused as too wide before it writes it. The texts are what is tested; the checker judges each plan again.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from fractions import Fraction

from paycalc.check.types import DateType, NumberType, ReferenceType, RowType, Value, ValueType
from paycalc.core.number import Interval, decimal_places, format_decimal
from paycalc.core.unit import PLAIN, Unit

PLAN = "plan"
ROWS_MAX = 2**32 - 1
NONE: frozenset[str] = frozenset()
# How many days a period of each kind has, by the first word of its name.
DAYS = {
    "day": (1, 1), "week": (7, 7), "14": (14, 14), "half_month": (13, 16), "month": (28, 31), "quarter": (90, 92),
    "year": (365, 366),
}  # fmt: skip


@dataclass(frozen=True)
class Draft:
    """An expression: its text, in brackets where it is made of several parts, and the type the checker will find.

    constant  a written number: dividing by it may come out even
    holds, fails  what has a value wherever this condition holds, and wherever it does not
    """

    text: str
    type: ValueType
    constant: Fraction | None = None
    holds: frozenset[str] = NONE
    fails: frozenset[str] = NONE

    @property
    def number(self) -> NumberType:
        assert isinstance(self.type, NumberType)
        return self.type


@dataclass(frozen=True)
class Readable:
    """A name or path that an expression may read.

    needs  what must be given for it to have a value: the optional parts of the path and the field itself
    part   it is one result of a table's row
    set_by_data  it is a parameter, whose mean over the period may be asked for
    """

    text: str
    type: ValueType
    needs: tuple[str, ...] = ()
    part: bool = False
    set_by_data: bool = False


@dataclass(frozen=True)
class FieldDraft:
    """A column or parameter. declared: its type as written; ends: `optional` or a default."""

    name: str
    type: ValueType
    declared: str
    optional: bool = False
    default: str = ""

    @property
    def text(self) -> str:
        ending = " optional" if self.optional else f" = {self.default}" if self.default else ""
        return f"  {self.name} : {self.declared}{ending}"


@dataclass(frozen=True)
class ReferenceDraft:
    name: str
    target: str
    optional: bool = False


@dataclass
class EntityDraft:
    """inside: the entity of `in`. rows_max: `at most N per`, with what it is per. dated: the name of the column of
    dates. outside: what becomes of rows outside the period; empty: they are faulty."""

    name: str
    inside: str = ""
    rows_max: tuple[int, str] | None = None
    dated: str = ""
    holds: bool = False
    outside: str = ""
    references: list[ReferenceDraft] = field(default_factory=list)
    columns: list[FieldDraft] = field(default_factory=list)
    parameters: list[FieldDraft] = field(default_factory=list)

    @property
    def text(self) -> str:
        clauses = [f"in {self.inside}"] * bool(self.inside)
        clauses += [f"dated {self.dated}"] * bool(self.dated) + ["when bad hold"] * self.holds
        clauses += [f"outside period {self.outside}"] * bool(self.outside)
        if self.rows_max is not None:
            clauses.append(f"at most {self.rows_max[0]} per {self.rows_max[1]}")
        head = " ".join([f"entity {self.name}", *clauses[::-1]])
        written = [each for each in self.references if each.name != self.inside]
        rows = [f"  {each.name} : {each.target}{' optional' if each.optional else ''}" for each in written]
        return "\n".join([head, *rows, *(each.text for each in self.columns)])


@dataclass(frozen=True)
class KeyDraft:
    """finer: the rows also cover arguments between the values that the key's places allow."""

    name: str
    type: ValueType
    written: str
    finer: bool = True


@dataclass(frozen=True)
class TableDraft:
    name: str
    keys: Sequence[KeyDraft]
    result_names: Sequence[str]
    result_types: Sequence[ValueType]
    rows: Sequence[str]
    result_words: Sequence[str]
    collect: str = ""
    from_data: bool = False

    @property
    def text(self) -> str:
        keys = ", ".join(each.written for each in self.keys)
        if len(self.result_names) == 1:
            result = f": {self.result_words[0]}"
        else:
            named = zip(self.result_names, self.result_words, strict=True)
            result = "-> " + "; ".join(f"{name} {word}" for name, word in named)
        collect = f" collect {self.collect}" if self.collect else ""
        collect += " from data" if self.from_data else ""
        return "\n".join([f"table {self.name} of {keys} {result}{collect}", *(f"  {row}" for row in self.rows)])

    @property
    def row_type(self) -> RowType:
        return RowType(self.name, tuple(self.result_names), tuple(self.result_types))


@dataclass(frozen=True)
class LadderDraft:
    """groups: the steps of each group, for the ranges of what is computed with them; None: they come with the data."""

    name: str
    keys: Sequence[KeyDraft]
    type: NumberType
    groups: Sequence[Sequence[tuple[Fraction, Fraction]]] | None
    text: str


@dataclass(frozen=True)
class LineDraft:
    role: str
    entity: str
    name: str
    type: ValueType
    text: str


@dataclass
class PlanDraft:
    """A plan in the making. text() gives what is checked and run."""

    currency: str = "CNY"
    currency_places: int = 2
    period: str = "month"
    timezone: str = "Asia/Shanghai"
    payee: str = "worker"
    kinds: dict[str, tuple[str, ...]] = field(default_factory=dict)
    entities: dict[str, EntityDraft] = field(default_factory=dict)
    parameters: list[FieldDraft] = field(default_factory=list)
    tables: list[TableDraft] = field(default_factory=list)
    ladders: list[LadderDraft] = field(default_factory=list)
    lines: list[LineDraft] = field(default_factory=list)
    asserts: list[str] = field(default_factory=list)
    totals: dict[str, NumberType] = field(default_factory=dict)
    units: set[Unit] = field(default_factory=set)

    @property
    def period_days(self) -> NumberType:
        return whole(*DAYS[self.period.split()[0]])

    @property
    def money(self) -> Unit:
        return Unit.of(self.currency)

    def header(self) -> str:
        settings = (f"currency {self.currency}", f"period {self.period}", f"timezone {self.timezone}")
        return "\n".join(["plan trial", *(f"  {each}" for each in settings), f"  payee {self.payee}", ""])

    def declarations(self) -> list[str]:
        """Everything below the header, each declaration a text of its own."""
        made = [f"kind {name} = one of {', '.join(members)}" for name, members in self.kinds.items()]
        made += [each.text for each in self.entities.values()]
        owners = [(f" of {each.name}", each.parameters) for each in self.entities.values()]
        for owner, parameters in [*owners, ("", self.parameters)]:
            if parameters:
                made.append("\n".join([f"parameters{owner}", *(each.text for each in parameters)]))
        made += [each.text for each in self.tables] + [each.text for each in self.ladders]
        return [*made, *(each.text for each in self.lines), *self.asserts]

    def rows_max(self, entity: str, grain: str) -> int:
        """How many rows of the entity can lead to one row of the grain, as far as the plan says."""
        bound = self.entities[entity].rows_max
        return bound[0] if bound is not None and bound[1] in (grain, PLAN) else ROWS_MAX


# ---------------------------------------------------------------- literals


def numeral(value: Fraction) -> str:
    """A number as a plan writes it."""
    return format_decimal(value, group="")


def literal_type(value: Fraction, unit: Unit, *, bare: bool = False, percent: bool = False) -> NumberType:
    places = decimal_places(value)
    assert places is not None
    return NumberType(unit, places, Interval.of(value), bare=bare, percent=percent)


def literal(value: Fraction, type: NumberType) -> str:
    """A value where the type is known already: a range's end, a default, a cell, a step."""
    return f"{numeral(value * 100)}%" if type.percent else numeral(value)


def written(value: Value, type: ValueType) -> str:
    """A value of any type, as a cell, a default or a result."""
    if isinstance(type, NumberType):
        return literal(Fraction(value), type)  # type: ignore[arg-type]
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, datetime):
        return value.strftime("%Y-%m-%dT%H:%M:%SZ")
    return value.isoformat() if isinstance(value, date) else f'"{value}"'


def whole(low: int, high: int) -> NumberType:
    """A plain whole number in a range."""
    return NumberType(PLAIN, 0, Interval.of(low, high))


def is_same(left: ValueType, right: ValueType) -> bool:
    """Whether two values can be compared, or chosen between."""
    if isinstance(left, NumberType) and isinstance(right, NumberType):
        return left.unit == right.unit
    if isinstance(left, DateType) and isinstance(right, DateType):
        return True
    if isinstance(left, ReferenceType) or isinstance(right, ReferenceType):
        return left == right
    return type(left) is type(right) and left == right
