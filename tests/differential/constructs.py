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
    if each not in ("round", "floor", "ceiling", "default", "given", "average", *LADDER_OPERATORS)
    and not each.startswith("running")
)  # fmt: skip
CELLS = ("AnyCell", "ValuesCell", "BandsCell", "several bands", "value band")
COLLECTORS = ("sum", "min", "max", "count")
PERIODS = ("day", "week", "days", "half_month", "month", "quarter", "year")
GRAINS = ("worker", "store", "region", "plan", "parcel", "shift", "item", "depot", "route")
# All that data can cause; `left-out` belongs to examples, `wrong-type` stops a run before any row is looked at.
CODES = tuple(each.value for each in FaultCode if each not in (FaultCode.LEFT_OUT, FaultCode.WRONG_TYPE))

EVENTS = (
    *(f"dated by {each}" for each in ("days", "moments")),
    *(f"outside {each}" for each in typed.Outside),
    "when bad hold", "in an event", "in worker",
    *(f"{each} at {when}" for each in ("parameter", "table", "ladder") for when in ("a day", "a moment", "the end")),
    "parameter of the plan at a date", "parameter at a date along two references", "aggregate of events that hold",
    "mean of the plan", "mean along a path", "mean of events", "mean behind an optional reference",
    *(f"running {each}" for each in ("sum", "count", "where", "by number", "by date", "by moment")),
    "running of a running total", "running of events that hold", "running of rows that may lie outside",
)  # fmt: skip
FROM_DATA = (
    "key ReferenceType", "table of two entities", "owner behind another key", "table of nobody", "ladder of nobody",
    "ladder over from data", "ladder from data of a fraction", "ladder from data of a finer number",
    *(f"collect {each} from data" for each in COLLECTORS), *(f"ladder {each} from data" for each in LADDER_OPERATORS),
    *(f"{each} from data" for each in ("several results", "group ReferenceType", "group MemberType", "group FlagType")),
    "group NumberType from data",
)  # fmt: skip
# Of tables of parameters, and of tables from data: what stops a run.
STOPPING = (
    "parameter-conflict", "ambiguous-level", "missing-version", "table-gap", "unreachable-row", "ladder-order",
    "ladder-group", "unknown-reference", "out-of-range", "null",
)  # fmt: skip

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
    + [*EVENTS, *FROM_DATA]
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
        yield from _of_event(entity, plan)
        yield from ("optional reference" for each in entity.references.values() if each.optional)
        targets = [each.target for each in entity.references.values()]
        yield from ("shared name",) * (len(set(targets)) < len(targets))
    yield from _from_data(plan)
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


def _of_event(entity: typed.Entity, plan: typed.TypedPlan) -> Iterator[str]:
    if entity.dated is not None:
        yield "dated by moments" if isinstance(entity.dated.type, MomentType) else "dated by days"
        yield f"outside {entity.outside}"
    yield from ("when bad hold",) * entity.holds
    for reference in entity.references.values():
        if reference.belongs:
            yield "in worker" if reference.target == plan.payee else "in an event"


def _from_data(plan: typed.TypedPlan) -> Iterator[str]:
    for table in plan.tables.values():
        if table.from_data:
            referring = [at for at, key in enumerate(table.keys) if isinstance(key.type, ReferenceType)]
            yield from ("table of nobody",) * (not referring) + ("table of two entities",) * (len(referring) > 1)
            yield from ("owner behind another key",) * (referring[:1] > [0])
            yield from (f"collect {each} from data" for each in (table.collect,) if each is not None)
            yield from ("several results from data",) * (len(table.result_types) > 1)
    for ladder in plan.ladders.values():
        if ladder.from_data:
            groups = [type(key.type) for key in ladder.keys[:-1]]
            yield from (f"group {each.__name__} from data" for each in groups)
            yield from ("ladder of nobody",) * (ReferenceType not in groups) + ("ladder over from data",) * ladder.over


def _of_expression(root: typed.Expr, grain: str, plan: typed.TypedPlan) -> Iterator[str]:
    waiting: list[tuple[typed.Expr, str, bool]] = [(root, grain, False)]
    while waiting:
        expr, here, inside = waiting.pop()
        yield f"expression {type(expr).__name__}"
        yield from _details(expr, here, inside)
        yield from _of_time(expr, plan)
        below = here
        if isinstance(expr, typed.Aggregate):
            below, inside = expr.entity, True
        waiting += [(each, below, inside) for each in operands(expr)]


def _of_time(expr: typed.Expr, plan: typed.TypedPlan) -> Iterator[str]:
    """What depends on dates, and on rows that do not count."""
    match expr:
        case typed.Read(field=typed.Parameter() as parameter, by=by, references=references):
            yield f"parameter {_when(by)}"
            if by is not None:
                yield from ("parameter of the plan at a date",) * (parameter.entity == typed.PLAN_GRAIN)
                yield from ("parameter at a date along two references",) * (len(references) > 1)
        case typed.TableLookup(table=typed.Table(from_data=True), by=by):
            yield f"table {_when(by)}"
        case typed.LadderUse(ladder=typed.Ladder(from_data=True, keys=keys), by=by):
            yield from (f"ladder {_when(by)}", f"ladder {expr.operator} from data")
            key, base = keys[-1].type, expr.base.type
            assert isinstance(key, NumberType) and isinstance(base, NumberType)
            yield from ("ladder from data of a fraction",) * (base.places is None)
            yield from ("ladder from data of a finer number",) * ((base.places or 0) > (key.places or 0))
        case typed.Average(operand=operand):
            yield from ("mean of the plan",) * (operand.field.entity == typed.PLAN_GRAIN)
            yield from ("mean along a path",) * bool(operand.references)
            yield from ("mean of events",) * any(plan.entities[each.entity].dated for each in operand.references[:1])
            yield from ("mean behind an optional reference",) * expr.optional
        case typed.Aggregate(entity=entity):
            yield from ("aggregate of events that hold",) * plan.entities[entity].holds
        case typed.Running():
            yield f"running {expr.operator}"
            yield f"running by {_KINDS[type(expr.order.type)]}"
            yield from ("running where",) * (expr.where is not None)
            entity = plan.entities[expr.within.entity]
            yield from ("running of events that hold",) * entity.holds
            yield from ("running of rows that may lie outside",) * (entity.dated is not None)
            below = [each for each in (expr.value, expr.order) if each is not None]
            while below:
                each = below.pop()
                yield from ("running of a running total",) * isinstance(each, typed.Running)
                below += operands(each)


_KINDS = {NumberType: "number", DateType: "date", MomentType: "moment"}


def _when(by: typed.Column | None) -> str:
    if by is None:
        return "at the end"
    return "at a moment" if isinstance(by.type, MomentType) else "at a day"


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
