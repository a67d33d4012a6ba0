"""The checker's passes in their order: header, types, entities, tables, lines, examples."""

from __future__ import annotations

from paycalc.check import declarations, typed
from paycalc.check.calls import CallChecker
from paycalc.check.consequences import independent
from paycalc.check.examples import check_examples
from paycalc.check.lines import check_lines, declare_lines
from paycalc.check.symbols import EntityScope, Symbols
from paycalc.check.tables import check_tables
from paycalc.check.units import check_units
from paycalc.core.diagnostic import Diagnostic
from paycalc.core.errors import PlanError
from paycalc.core.span import Source
from paycalc.syntax import faults as syntax
from paycalc.syntax import tree
from paycalc.syntax.parser import parse


def check_plan(source: Source) -> typed.TypedPlan:
    """The typed plan of a text. Raises PlanError with every fault found, in the order of the text."""
    plan, diagnostics = parse(source)
    typed_plan, more = check_tree(source, plan, diagnostics)
    if typed_plan is None:
        more = independent(more, diagnostics, source)
        ordered = sorted((*diagnostics, *more), key=lambda each: (each.span.start, each.span.end))
        raise PlanError(_unique(ordered), source)
    return typed_plan


def _unique(diagnostics: list[Diagnostic]) -> list[Diagnostic]:
    """Each fault once: a faulty type of three columns is one fault, not three."""
    seen: set[tuple[str, int, int, str]] = set()
    result = []
    for each in diagnostics:
        key = (each.id, each.span.start, each.span.end, each.message)
        if key not in seen:
            seen.add(key)
            result.append(each)
    if len(result) > syntax.FAULTS_MAX and result[-1].id != syntax.TOO_MANY_FAULTS.id:
        result = result[: syntax.FAULTS_MAX]
        result.append(syntax.too_many_faults(result[-1].span))
    return result


def check_tree(
    source: Source, plan: tree.Plan, syntax_faults: tuple[Diagnostic, ...]
) -> tuple[typed.TypedPlan | None, list[Diagnostic]]:
    """The typed plan of a tree and the faults found; None where there are any (those of the syntax included)."""
    symbols = Symbols(source)
    rule = declarations.check_header(plan, symbols, header_unreadable=_header_unreadable(plan, syntax_faults))
    declarations.declare_types(plan, symbols)
    declarations.check_entities(plan, symbols, rule)
    declarations.check_callable_names(plan, symbols)
    check_tables(plan, symbols)
    checker = CallChecker(symbols)
    lines, assertions = check_lines(declare_lines(plan, symbols), plan, checker)
    examples = check_examples(plan, checker, rule)
    check_units(plan, symbols)
    if symbols.diagnostics or syntax_faults or plan.header is None or rule is None:
        return None, symbols.diagnostics
    header = plan.header
    entities = {name: _entity(scope) for name, scope in symbols.entities.items()}
    return (
        typed.TypedPlan(
            source,
            header.name.text,
            header.title or "",
            symbols.currency,
            symbols.currency_places,
            rule,
            symbols.timezone,
            symbols.payee,
            entities,
            {name: table for name, table in symbols.tables.items() if table is not None},
            {name: ladder for name, ladder in symbols.ladders.items() if ladder is not None},
            tuple(lines),
            {name: total for name, total in symbols.totals.items() if total is not None},
            tuple(assertions),
            tuple(examples),
        ),
        [],
    )


def _header_unreadable(plan: tree.Plan, syntax_faults: tuple[Diagnostic, ...]) -> bool:
    """Whether a fault of the syntax lies in the header, so that what is missing there is no fault of its own."""
    first = plan.declarations[0].span.start if plan.declarations else None
    return any(first is None or each.span.start < first for each in syntax_faults)


def _entity(scope: EntityScope) -> typed.Entity:
    fields = scope.fields.values()
    return typed.Entity(
        scope.name,
        scope.span,
        scope.label,
        {each.name: each for each in fields if isinstance(each, typed.Column)},
        {each.name: each for each in fields if isinstance(each, typed.Reference)},
        {each.name: each for each in fields if isinstance(each, typed.Parameter)},
        {name: line for name, line in scope.lines.items() if line is not None},
        scope.rows_max,
        scope.rows_max_per,
        scope.dated,
        scope.hold is not None,
        scope.outside,
        scope.levels,
    )
