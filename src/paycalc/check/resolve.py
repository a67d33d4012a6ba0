"""What a name means at a grain: the same rules serve the order of the lines and the types of expressions."""

from __future__ import annotations

from dataclasses import dataclass

from paycalc.check.faults import names as faults
from paycalc.check.symbols import AGGREGATES, FUNCTIONS, TOTALS, EntityScope, Symbols, suggestion
from paycalc.check.typed import PLAN_GRAIN, Field, Reference
from paycalc.check.types import DateType, FlagType, MemberType, MomentType, ReferenceType, TextType
from paycalc.core.diagnostic import Diagnostic
from paycalc.syntax import tree


@dataclass(frozen=True)
class Resolved:
    """A name that was found.

    references  the path to the row;  scope: the entity the row is of
    field       a column, reference, parameter or period value; None where `line` or `total` names a line or total
    rest        parts behind it (results of a table's row)
    faulty      the name is known but its declaration is faulty: say nothing more about it
    """

    references: tuple[Reference, ...]
    scope: EntityScope
    field: Field | None = None
    line: str = ""
    total: str = ""
    rest: tuple[tree.Identifier, ...] = ()
    faulty: bool = False


def resolve(parts: tuple[tree.Identifier, ...], grain: str, symbols: Symbols) -> Resolved | None:
    """The meaning of `a.b.c` at the grain of an entity; None where the first part is unknown or the path ends."""
    scope, position = symbols.entities[grain], 0
    references: tuple[Reference, ...] = ()
    first = parts[0].text
    if first == "period" and len(parts) == 2 and parts[1].text in symbols.period_values:
        return Resolved((), symbols.plan_scope, symbols.period_values[parts[1].text])
    if not _has(scope, first, symbols):
        if first == PLAN_GRAIN and len(parts) > 1:
            scope, position = symbols.plan_scope, 1
        elif first == grain and len(parts) > 1:
            position = 1  # `store.rate` in a line of the store itself
        elif first in symbols.plan_scope.fields or first in symbols.plan_scope.faulty:
            scope = symbols.plan_scope
        else:
            return None
    while True:
        name = parts[position].text
        rest = parts[position + 1 :]
        field = scope.fields.get(name)
        if isinstance(field, Reference) and rest:
            if field.target not in symbols.entities:
                return Resolved(references, scope, faulty=True)
            references, scope, position = (*references, field), symbols.entities[field.target], position + 1
            continue
        if field is not None:
            return Resolved(references, scope, field, rest=rest)
        if name in scope.line_trees:
            return Resolved(references, scope, line=name, rest=rest, faulty=_is_faulty_line(scope, name))
        if name in scope.faulty:
            return Resolved(references, scope, faulty=True)
        if name in TOTALS and scope.name == symbols.payee:
            return Resolved(references, scope, total=name, rest=rest)
        return None


def _has(scope: EntityScope, name: str, symbols: Symbols) -> bool:
    return (
        name in scope.fields
        or name in scope.line_trees
        or name in scope.faulty
        or (name in TOTALS and scope.name == symbols.payee)
    )


def _is_faulty_line(scope: EntityScope, name: str) -> bool:
    return name in scope.lines and scope.lines[name] is None


# Names that people bring from elsewhere, and what stands for them here.
_KNOWN_ELSEWHERE = {
    **dict.fromkeys(("true", "false"), "flags are `yes` and `no`; a flag is a condition by itself"),
    **dict.fromkeys(
        ("today", "now", "current_date"),
        "a plan does not know the day it is run on: use `period.start`, `period.end`, or a date of the data",
    ),
    "period": "the period has `period.start`, `period.end` and `period.days`",
}


def unresolved(name: tree.Name, grain: str, symbols: Symbols) -> Diagnostic:
    """The fault of a name that means nothing here: another entity's, misspelt, or unknown."""
    scope, depth = symbols.entities[grain], 0
    parts = name.parts
    while depth + 1 < len(parts):  # as far as the path leads
        found = resolve(parts[: depth + 1], grain, symbols)
        if found is None or not isinstance(found.field, Reference) or found.field.target not in symbols.entities:
            if depth == 0 and parts[0].text in (PLAN_GRAIN, grain):
                scope, depth = symbols.entities[parts[0].text], 1
                continue
            break
        scope, depth = symbols.entities[found.field.target], depth + 1
    part = parts[depth]
    if depth == 0:
        elsewhere = _elsewhere(parts, grain, symbols)
        if elsewhere is not None:
            message, help_text = elsewhere
            return faults.WRONG_GRAIN.at(name.span, message, help=help_text)
    known = scope.known_names()
    if depth == 0:
        known += [*symbols.plan_scope.fields, *(m for each in symbols.enumerations for m in each.members)]
        known += [*TOTALS] if grain == symbols.payee else []
    where = "in this plan" if scope.name == PLAN_GRAIN else f"at {scope.name}"
    help_text = suggestion(part.text, known) or suggestion("", list(scope.fields), f"{scope.name} has")
    if depth == 0:
        help_text = _KNOWN_ELSEWHERE.get(part.text.lower(), help_text)
    if depth == 0 and part.text == grain:
        help_text = f"a line of {grain} cannot name its own row; compare a column of it"
    if part.text in FUNCTIONS or part.text in AGGREGATES or part.text in symbols.tables or part.text in symbols.ladders:
        help_text = f"`{part.text}` is a function, table or ladder: write its arguments behind it, `{part.text}(...)`"
    return faults.UNKNOWN_NAME.at(part.span, f"nothing is named `{part.text}` {where}", help=help_text)


def _elsewhere(parts: tuple[tree.Identifier, ...], grain: str, symbols: Symbols) -> tuple[str, str] | None:
    """Message and help where another entity has the name (or is the name)."""
    name = parts[0].text
    here = symbols.entities[grain]
    place = "the plan as a whole" if grain == PLAN_GRAIN else f"{grain}"
    if name in TOTALS and symbols.payee and grain != symbols.payee:
        way = _way(here, symbols.payee, name, symbols)
        return f"`{name}` belongs to {symbols.payee}, and this line to {place}", way
    if name in symbols.entities and len(parts) > 1:
        way = _way(here, name, ".".join(each.text for each in parts[1:]), symbols)
        return f"{place} does not refer to {name}", way or f"declare a reference, e.g. `{name} : {name}`, or aggregate"
    for scope in symbols.entities.values():
        if name == grain:
            break
        if scope is not here and (name in scope.fields or name in scope.line_trees):
            owner = "the plan" if scope.name == PLAN_GRAIN else scope.name
            shown = ".".join(each.text for each in parts)
            return f"`{name}` belongs to {owner}, and this line to {place}", _way(here, scope.name, shown, symbols)
    return None


def _way(here: EntityScope, target: str, name: str, symbols: Symbols) -> str:
    """How a line of `here` reaches a name of `target`: up by a path, down by an aggregate."""
    if target == PLAN_GRAIN:
        return f"write `plan.{name}`"
    paths: list[tuple[str, str]] = [("", here.name)]
    seen = {here.name}
    while paths:
        path, entity = paths.pop(0)
        for reference in symbols.entities[entity].references:
            step = f"{path}{reference.name}."
            if reference.target == target:
                return f"write `{step}{name}`"
            if reference.target not in seen and reference.target in symbols.entities:
                seen.add(reference.target)
                paths.append((step, reference.target))
    if any(each.target == here.name for each in symbols.entities[target].references) or here.name == PLAN_GRAIN:
        operator = _downward(symbols.entities[target].fields.get(name))
        return f"going down is an aggregate: write e.g. `{operator}({name} of {target})`" if operator else ""
    return ""


def _downward(field: Field | None) -> str:
    """The aggregate that brings a value of many rows down to one; empty where there is none."""
    match field.type if field is not None else None:
        case FlagType():
            return "any"
        case DateType() | MomentType():
            return "max"
        case MemberType() | ReferenceType() | TextType():
            return ""
    return "sum"
