"""Which constructs of the language a plan has: what the coverage test counts."""

from __future__ import annotations

from collections.abc import Iterator

from paycalc.check import typed
from paycalc.check.symbols import AGGREGATES, FUNCTIONS, LADDER_OPERATORS
from paycalc.check.types import (
    DateType,
    FlagType,
    MemberType,
    MomentType,
    NumberType,
    ReferenceType,
    RowType,
    TextType,
    ValueType,
)
from paycalc.check.usage import operands
from paycalc.core.number import ROUNDING_MODES
from paycalc.reference.faults import FaultCode

EXPRESSIONS = tuple(each.__name__ for each in typed.Expr.__subclasses__())
TYPES = (NumberType, FlagType, DateType, MomentType, MemberType, TextType, ReferenceType, RowType)
ROLES = ("let", "pay", "deduct", "employer", "show")
OPERATORS = ("+", "-", "*", "/", "<", "<=", ">", ">=", "is", "is not")
# `round`, `floor`, `ceiling` are one expression with a mode; these and the ladders are counted apart.
APPLIED = tuple(
    each
    for each in FUNCTIONS
    if each not in ("round", "floor", "ceiling", "default", "given", *LADDER_OPERATORS)
)  # fmt: skip
CELLS = ("AnyCell", "ValuesCell", "BandsCell", "several bands", "value band")
COLLECTORS = ("sum", "min", "max", "count")
PERIODS = ("day", "week", "days", "half_month", "month", "quarter", "year")
GRAINS = ("worker", "store", "region", "plan", "parcel")
# All that data can cause; `left-out` belongs to examples, `wrong-type` stops a run before any row is looked at.
CODES = tuple(each.value for each in FaultCode if each not in (FaultCode.LEFT_OUT, FaultCode.WRONG_TYPE))

WANTED = frozenset(
    [f"expression {each}" for each in EXPRESSIONS]
    + [f"function {each}" for each in APPLIED]
    + [f"operator {each}" for each in OPERATORS]
    + [f"role {each}" for each in ROLES]
    + [f"let {each.__name__}" for each in TYPES]
    + [f"column {each.__name__}" for each in TYPES if each not in (RowType, ReferenceType)]
    + [f"parameter {each.__name__}" for each in TYPES if each not in (RowType, ReferenceType)]
    + [f"show {each.__name__}" for each in TYPES if each not in (RowType, ReferenceType)]
    + [f"key {each.__name__}" for each in TYPES if each not in (RowType, ReferenceType)]
    + [f"result {each.__name__}" for each in TYPES if each not in (RowType, ReferenceType)]
    + [f"cell {each}" for each in CELLS]
    + [f"collect {each}" for each in COLLECTORS]
    + [f"ladder {each}" for each in LADDER_OPERATORS]
    + ["ladder over", "ladder groups", "ladder of a fraction", "table of a fraction", "table of several results"]
    + [f"aggregate {each}" for each in AGGREGATES]
    + [f"aggregate {each} where" for each in AGGREGATES]
    + ["aggregate of the plan", "aggregate of an aggregate", "aggregate over its own entity", "aggregate of dates"]
    + [f"mode {each}" for each in ROUNDING_MODES]
    + ["round to a step", "round of a fraction", "fraction line", "fraction of a fraction"]
    + [f"period {each}" for each in PERIODS]
    + [f"grain {each}" for each in GRAINS]
    + ["when", "checked range", "proven range", "assert", "gross", "net", "cost", "gross before", "case of several"]
    + [
        "optional column",
        "optional parameter",
        "optional reference",
        "default",
        "path of 2",
        "path of 3",
        "shared name",
    ]
    + ["period value", "rows per entity", "rows per plan", "references compared", "optional component"]
)


def constructs_of(plan: typed.TypedPlan) -> Iterator[str]:
    """Names, as in WANTED, of what the plan has; some more than once."""
    yield f"period {plan.period.kind}"
    yield from _declared(plan)
    for line in plan.lines:
        yield from (f"role {line.role}", f"grain {line.entity}")
        yield f"{line.role} {type(line.type).__name__}"
        yield from ("when",) * (line.when is not None) + ("checked range",) * (line.checked is not None)
        yield from ("fraction line",) * _is_fraction(line.type)
        for expr in (line.value, line.when):
            if expr is not None:
                yield from _of_expression(expr, line.entity, plan)
        if line.checked is None and " : " in plan.source.text[line.span.end :].split("=", 1)[0]:
            yield "proven range"
    for assertion in plan.assertions:
        yield "assert"
        yield from _of_expression(assertion.condition, plan.payee, plan)


def _declared(plan: typed.TypedPlan) -> Iterator[str]:
    for entity in plan.entities.values():
        yield from (f"rows per {'plan' if entity.rows_max_per == 'plan' else 'entity'}",) * (
            entity.rows_max is not None
        )
        for what, fields in (("column", entity.columns), ("parameter", entity.parameters)):
            for field in fields.values():
                yield f"{what} {type(field.type).__name__}"
                yield from (f"optional {what}",) * field.optional + ("default",) * (field.default is not None)
        yield from ("optional reference" for each in entity.references.values() if each.optional)
        targets = [each.target for each in entity.references.values()]
        yield from ("shared name",) * (len(set(targets)) < len(targets))
    for table in plan.tables.values():
        yield from ("table of several results",) * (len(table.result_types) > 1)
        yield from (f"collect {each}" for each in (table.collect,) if each is not None)
        yield from (f"key {type(each.type).__name__}" for each in table.keys)
        yield from (f"result {type(each).__name__}" for each in table.result_types)
        for row in table.rows:
            for cell in row.cells:
                yield f"cell {type(cell).__name__}"
                if isinstance(cell, typed.BandsCell):
                    yield from ("cell several bands",) * (len(cell.bands) > 1)
                    yield from ("cell value band" for each in cell.bands if each.low == each.high)
    for ladder in plan.ladders.values():
        yield from ("ladder over",) * ladder.over + ("ladder groups",) * (len(ladder.keys) > 1)


def _of_expression(root: typed.Expr, grain: str, plan: typed.TypedPlan) -> Iterator[str]:
    waiting: list[tuple[typed.Expr, str, bool]] = [(root, grain, False)]
    while waiting:
        expr, here, inside = waiting.pop()
        yield f"expression {type(expr).__name__}"
        yield from _details(expr, here, inside)
        below = here
        if isinstance(expr, typed.Aggregate):
            below, inside = expr.entity, True
        waiting += [(each, below, inside) for each in operands(expr)]


def _details(expr: typed.Expr, grain: str, inside: bool) -> Iterator[str]:
    match expr:
        case typed.Apply(function=function):
            yield f"function {function}"
        case typed.Arithmetic(operator=operator):
            yield f"operator {operator}"
            yield from ("fraction of a fraction",) * (_is_fraction(expr.left.type) and _is_fraction(expr.right.type))
        case typed.Comparison(operator=operator):
            yield f"operator {operator}"
            yield from ("references compared",) * isinstance(expr.left.type, ReferenceType)
        case typed.Choice():
            yield from ("case of several",) * (len(expr.branches) > 1)
        case typed.Round():
            yield f"mode {expr.mode}"
            yield from ("round to a step",) * (expr.step.numerator != 1 or expr.step.denominator % 10 not in (0, 1))
            yield from ("round of a fraction",) * _is_fraction(expr.value.type)
        case typed.TableLookup():
            yield from ("table of a fraction",) * any(_is_fraction(each.type) for each in expr.arguments)
        case typed.LadderUse():
            yield f"ladder {expr.operator}"
            yield from ("ladder of a fraction",) * _is_fraction(expr.base.type)
        case typed.Component():
            yield from ("optional component",) * expr.optional
        case typed.Aggregate():
            yield f"aggregate {expr.operator}"
            yield from (f"aggregate {expr.operator} where",) * (expr.where is not None)
            yield from ("aggregate of the plan",) * (expr.reference is None) + ("aggregate of an aggregate",) * inside
            yield from ("aggregate over its own entity",) * (expr.entity == grain)
            yield from ("aggregate of dates",) * isinstance(expr.type, DateType | MomentType)
        case typed.Read(field=typed.Total(name=name)):
            yield "gross before" if name.startswith("gross before") else name
        case typed.Read(references=references, field=field):
            yield from (f"path of {len(references)}",) * (len(references) > 1)
            yield from ("period value",) * isinstance(field, typed.PeriodValue)


def _is_fraction(type: ValueType) -> bool:
    return isinstance(type, NumberType) and type.places is None
