"""What makes rows events (`dated`, `when bad hold`, `outside period`), and where parameters of an entity are stated."""

from __future__ import annotations

from collections import deque

from paycalc.check.faults import names, values
from paycalc.check.symbols import EntityScope, Symbols, suggestion
from paycalc.check.typed import PLAN_GRAIN, Column, Level, Outside, Parameter, Reference
from paycalc.check.types import DateType, MomentType
from paycalc.core.span import Span
from paycalc.syntax import tree

# Columns of a table of parameters that say from when, until when and since when known a statement is.
LEVELS_MAX = 30  # of an entity, the plan apart: those of a long chain of entities must not take quadratic room
STATEMENT_COLUMNS = ("effective_from", "effective_to", "recorded_at")


def check_clauses(declaration: tree.Entity, scope: EntityScope, symbols: Symbols) -> None:
    """The clauses of an entity, once its columns are known."""
    if declaration.dated is not None:
        scope.is_dated = True
        scope.dated = _dated_column(declaration.dated, scope, symbols)
    scope.hold = declaration.hold.span if declaration.hold is not None else None
    if declaration.outside is None:
        return
    scope.outside = Outside(declaration.outside.word)
    if declaration.dated is None:
        symbols.fault(
            values.DATED_COLUMN,
            declaration.outside.span,
            f"rows of {scope.name} have no date that could lie outside the period",
            help=f"say which column holds it: `entity {scope.name} dated COLUMN ...`",
        )


def _dated_column(name: tree.Identifier, scope: EntityScope, symbols: Symbols) -> Column | None:
    """The column that `dated` names; None after a fault was reported."""
    if name.text in scope.faulty:
        return None
    field = scope.fields.get(name.text)
    dates = [each.name for each in scope.fields.values() if isinstance(each.type, DateType | MomentType)]
    if field is None:
        symbols.fault(
            names.UNKNOWN_NAME,
            name.span,
            f"{scope.name} has no column `{name.text}`",
            help=suggestion(name.text, dates, "its dates are") or f"declare it, e.g. `{name.text} : date`",
        )
        return None
    message, help_text = "", "remove `optional`"
    if not isinstance(field, Column) or not isinstance(field.type, DateType | MomentType):
        message = f"`{name.text}` is {field.type}, which does not say when a row of {scope.name} happened"
        help_text = suggestion("", dates, "its dates are") or "name a column of type `date` or `datetime`"
    elif field.optional:
        message = f"`{name.text}` may be missing, and then no day would be known"
    elif field.default is not None:
        message, help_text = f"`{name.text}` has a default, so a row without a date would get one", "remove the default"
    else:
        return field
    symbols.fault(values.DATED_COLUMN, name.span, message, help=help_text)
    return None


def check_events(plan: tree.Plan, symbols: Symbols) -> None:
    """Once parameters and payee are known: what is paid or has parameters is there for the whole period."""
    entities = [each for each in plan.declarations if isinstance(each, tree.Entity)]
    for declaration in entities:
        scope = symbols.entities.get(declaration.name.text)
        if scope is None or scope.span != declaration.name.span or scope.name != symbols.payee:
            continue
        dated = declaration.dated.span if declaration.dated is not None else None
        for what, span in (("dated", dated), ("held back", scope.hold)):
            if span is not None:
                symbols.fault(
                    names.NOT_AN_EVENT,
                    span,
                    f"{scope.name} is the payee, whose rows cannot be {what}",
                    help=f"declare an entity for what happens, e.g. `entity shift dated day in {scope.name}`",
                )
    for block in plan.declarations:
        if isinstance(block, tree.Parameters) and block.entity is not None:
            scope = symbols.entities.get(block.entity.text)
            if scope is not None and scope.is_dated:
                symbols.fault(
                    names.NOT_AN_EVENT,
                    block.entity.span,
                    f"{scope.name} is dated, and a dated row has no parameters of its own",
                    help="declare columns of it, or parameters of an entity that it refers to",
                )


def find_levels(symbols: Symbols) -> None:
    """The levels of entities with parameters; a parameter named like one of them, or like a date, is reported."""
    for scope in symbols.entities.values():
        parameters = [each for each in scope.fields.values() if isinstance(each, Parameter)]
        if not parameters:
            continue
        scope.levels = _levels(scope, symbols)
        for parameter in parameters:
            _check_name(parameter, scope, symbols)
            for level in scope.levels:
                symbols.stated.setdefault((level.entity, parameter.name), []).append(parameter)


def _levels(scope: EntityScope, symbols: Symbols) -> tuple[Level, ...]:
    """The entity itself, what it refers to (the nearest first, in the order of the text), the plan.

    A column of the parameters' table is named like a level, so of two levels of one name only the nearer one is there,
    and none that is named like a date.
    """
    if scope.name == PLAN_GRAIN:
        return (Level(PLAN_GRAIN, PLAN_GRAIN, ()),)
    found = {scope.name: Level(scope.name, scope.name, ())}
    reached = {scope.name}
    waiting: deque[tuple[EntityScope, tuple[Reference, ...]]] = deque([(scope, ())])
    while waiting and len(found) < LEVELS_MAX:
        here, way = waiting.popleft()
        for reference in here.references:
            target = symbols.entities.get(reference.target)
            if target is None or target.name in reached:
                continue
            if len(found) == LEVELS_MAX:
                break
            reached.add(target.name)
            path = (*way, reference)
            if reference.name not in STATEMENT_COLUMNS:
                found.setdefault(reference.name, Level(reference.name, target.name, path))
            waiting.append((target, path))
    return (*found.values(), Level(PLAN_GRAIN, PLAN_GRAIN, ()))


def _check_name(parameter: Parameter, scope: EntityScope, symbols: Symbols) -> None:
    level = next((each for each in scope.levels if each.name == parameter.name), None)
    if level is None and parameter.name not in STATEMENT_COLUMNS:
        return
    what = "a date of the statement" if level is None else f"the {level.entity} that it is stated for"
    whose = "the plan" if scope.name == PLAN_GRAIN else scope.name
    _report_reserved(
        symbols, parameter.span, f"in the table of the parameters of {whose} the column `{parameter.name}` holds {what}"
    )


def _report_reserved(symbols: Symbols, span: Span, message: str) -> None:
    why = "each level, date and parameter is a column of one table, so no two of them have one name"
    symbols.fault(names.RESERVED_NAME, span, message, why=why, help="choose another name for the parameter")
