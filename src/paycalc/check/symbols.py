"""What names of a plan stand for, gathered from its declarations; mutable only while the checker runs."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from paycalc.check.coverage import Analysis
from paycalc.check.faults import names as faults
from paycalc.check.typed import (
    PLAN_GRAIN,
    Column,
    Field,
    Ladder,
    Level,
    Line,
    Outside,
    Parameter,
    PeriodValue,
    Reference,
    Table,
    Total,
)
from paycalc.check.types import MemberType, NumberType
from paycalc.core.diagnostic import Diagnostic, Label, Rule
from paycalc.core.span import Source, Span
from paycalc.syntax import tree

if TYPE_CHECKING:
    from zoneinfo import ZoneInfo  # loaded by the plan that names a time zone

AGGREGATES = ("sum", "count", "min", "max", "mean", "any", "all")
LADDER_OPERATORS = ("marginal", "slab", "reached", "interpolate")
FUNCTIONS = (
    "round", "floor", "ceiling", "min", "max", "clamp", "abs", "mod", "default", "given",
    "date", "hour", "minute", "year", "month", "day", "weekday", "days_in_month",
    "days_between", "months_between", "years_between", "running_sum", "running_count", "average", *LADDER_OPERATORS,
)  # fmt: skip
TOTALS = ("gross", "net", "cost")
KEPT_NAMES = frozenset((*TOTALS, "plan", "period", "opening", "yes", "no", "none"))

_COMPARED_MAX = 200


@dataclass
class EntityScope:
    """An entity while it is being checked.

    fields  columns, references and parameters by name; lines by name once they are typed (None: faulty)
    line_trees  every declared line by name, typed or not
    is_dated    it says `dated`;  dated: the column, None also where it is faulty
    hold        the place of `when bad hold`
    """

    name: str
    span: Span
    label: str = ""
    fields: dict[str, Field] = field(default_factory=dict)
    lines: dict[str, Line | None] = field(default_factory=dict)
    line_trees: dict[str, tree.Line] = field(default_factory=dict)
    places_of_names: dict[str, Span] = field(default_factory=dict)
    faulty: set[str] = field(default_factory=set)
    rows_max: int | None = None
    rows_max_per: str = ""
    is_dated: bool = False
    dated: Column | None = None
    hold: Span | None = None
    outside: Outside = Outside.FAULT
    levels: tuple[Level, ...] = ()

    @property
    def references(self) -> list[Reference]:
        return [each for each in self.fields.values() if isinstance(each, Reference)]

    def known_names(self) -> list[str]:
        return [*self.fields, *self.line_trees]


@dataclass
class Symbols:
    """All that is known of the plan so far, and the faults found.

    stated  by entity and name: the parameters of this name that rows of the entity may state
    """

    source: Source
    currency: str = ""
    currency_places: int = 2
    payee: str = ""
    timezone: ZoneInfo | None = None
    timezone_faulty: bool = False
    entities: dict[str, EntityScope] = field(default_factory=dict)
    kinds: dict[str, MemberType] = field(default_factory=dict)
    faulty_types: set[str] = field(default_factory=set)
    enumerations: list[MemberType] = field(default_factory=list)
    tables: dict[str, Table | None] = field(default_factory=dict)
    ladders: dict[str, Ladder | None] = field(default_factory=dict)
    period_values: dict[str, PeriodValue] = field(default_factory=dict)
    stated: dict[tuple[str, str], list[Parameter]] = field(default_factory=dict)
    finer_analyses: dict[tuple[str, frozenset[int]], Analysis] = field(default_factory=dict)
    ladder_steps: int = 0
    ladder_types: dict[tuple[str, str, NumberType], NumberType] = field(default_factory=dict)
    totals: dict[str, Total | None] = field(default_factory=dict)
    diagnostics: list[Diagnostic] = field(default_factory=list)

    def report(self, diagnostic: Diagnostic) -> None:
        self.diagnostics.append(diagnostic)

    def fault(
        self,
        rule: Rule,
        span: Span,
        message: str,
        *,
        label: str = "",
        also: tuple[Label, ...] = (),
        why: str | None = None,
        help: str = "",
    ) -> None:
        """Report a fault of this rule at a place; `why` where the rule's own reason does not fit."""
        self.report(rule.at(span, message, label=label, also=also, why=why, help=help))

    @property
    def plan_scope(self) -> EntityScope:
        return self.entities[PLAN_GRAIN]

    def entity(self, name: tree.Identifier) -> EntityScope | None:
        """The entity of this name, `plan` included; reports it where there is none."""
        scope = self.entities.get(name.text)
        if scope is None and name.text not in self.faulty_types:
            known = list(self.entities)
            self.fault(
                faults.UNKNOWN_ENTITY,
                name.span,
                f"there is no entity `{name.text}`",
                help=suggestion(name.text, known, "the entities are"),
            )
            self.faulty_types.add(name.text)
        return scope

    def duplicate(self, name: tree.Identifier, earlier: Span, whose: str = "") -> None:
        """Report a name that was defined before."""
        self.fault(
            faults.DUPLICATE_NAME,
            name.span,
            f"`{name.text}` is defined twice{whose}",
            label="here again",
            also=(Label(earlier, "first here"),),
            help="rename one of them",
        )

    def claim(self, scope: EntityScope, name: tree.Identifier) -> bool:
        """Take a name in an entity; reports it where it is taken or reserved."""
        if name.text in KEPT_NAMES:
            self.fault(
                faults.RESERVED_NAME,
                name.span,
                f"`{name.text}` is computed by the plan itself"
                if name.text in TOTALS
                else f"`{name.text}` means something of its own in every plan",
                help="choose another name, e.g. one that says more",
            )
            return False
        earlier = scope.places_of_names.get(name.text)
        if earlier is not None:
            self.duplicate(name, earlier, "" if scope.name == PLAN_GRAIN else f" for {scope.name}")
            return False
        scope.places_of_names[name.text] = name.span
        return True

    def enumerations_with(self, member: str) -> list[MemberType]:
        """The different enumerations that have this member."""
        return [each for each in self.enumerations if member in each.members]

    def add_enumeration(self, type_: MemberType) -> None:
        if type_ not in self.enumerations:
            self.enumerations.append(type_)


def suggestion(written: str, known: list[str], otherwise: str = "") -> str:
    """`did you mean ...?` with the nearest known name; else the known ones, if they are few."""
    from difflib import get_close_matches  # only a faulty plan waits for it

    if len(known) > _COMPARED_MAX:  # a plan of thousands of names and faults must not take quadratic time
        known = [each for each in known if each[:1] == written[:1] and abs(len(each) - len(written)) <= 1]
        known = known[: _COMPARED_MAX // 4]
    near = [each for each in known if each.casefold() == written.casefold()]
    near = near or get_close_matches(written, known, n=1, cutoff=0.6)
    if near:
        return f"did you mean `{near[0]}`?"
    if otherwise and 0 < len(known) <= 12:
        return f"{otherwise} " + ", ".join(f"`{each}`" for each in known)
    return ""
