"""How one value came about: an account of each line that took part, down to cells, parameters and the period.

The accounts form no tree but a set: a line that two others read has one account, and both refer to it. The leaves are
all that was used from outside; `recompute` gives the value back from them alone.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta, tzinfo
from difflib import get_close_matches
from fractions import Fraction
from itertools import groupby
from typing import Any

from paycalc.check.typed import (
    PLAN_GRAIN,
    Aggregate,
    Column,
    Expr,
    Field,
    Line,
    Parameter,
    PeriodValue,
    Reference,
    Running,
    Total,
    TypedPlan,
)
from paycalc.check.types import Value
from paycalc.core.calendar import Period
from paycalc.core.errors import DataError, InternalError
from paycalc.explain.tracing import (
    DESCENDED,
    CellId,
    DatedParameter,
    Group,
    MeanParameter,
    Source,
    Step,
    Tracer,
    descended,
)
from paycalc.reference.dataset import Cell, Dataset, Setting
from paycalc.reference.faults import Fault, Faulted, Key
from paycalc.reference.functions import aggregate
from paycalc.reference.interpreter import Evaluator
from paycalc.reference.run import reached_fault, rule_name
from paycalc.reference.spread import Reach


@dataclass(frozen=True)
class Leaf:
    """A value from outside.

    row      in its table, from 1; None at the plan
    origin   `cell`: the row says so; `default`: its cell is empty and the plan's default holds; `set`: a parameter that
             the data sets; `missing`: optional, and there is none; `period`: of the period that is run
    settings  of a parameter: what sets it, with the days for which it does; of a mean one after the other, else one
    """

    field: Source
    key: Key | None
    row: int | None
    value: Value | None
    origin: str
    settings: tuple[tuple[Setting | None, int], ...] = ()


@dataclass(frozen=True)
class Account:
    """How a line or total came about at one row.

    row    in its table, from 1; None at the plan
    when   the line's condition; None where it has none
    value_step  the line's own expression; None where the condition did not hold, and of a total
    parts  of a total: the lines that it adds, and those that it takes away
    """

    field: Line | Total
    key: Key | None
    row: int | None
    value: Value
    when: Step | None = None
    value_step: Step | None = None
    parts: tuple[CellId, ...] = ()


@dataclass(frozen=True)
class Explanation:
    """Why a field has its value at a row, or has none.

    dataset   that of the run
    asked     the field and row
    value     None where it is missing, or where `fault` says why there is none
    accounts  of all lines and totals that took part, the asked one first
    leaves    all values from outside that took part, in the order in which they were met
    fault     why there is no value
    rejected  why the payee is not paid at all, even where the value could be computed
    held      why the row is held back, so that it counts in nothing, even where the value could be computed
    outside   whether the row lies outside the period, and counts in nothing
    rule      the first line or assert of the payee that this stops, `pay commission`; empty: the row as a whole
    withheld  why the run does not report the value, even where it could be computed: a fault reaches what it is made of
    events    how many of a row's own events are explained too
    corrected  whether the run was a rerun, whose lines are differences: the value is the whole as it is now
    """

    dataset: Dataset
    asked: CellId
    key: Key | None
    value: Value | None
    accounts: Mapping[CellId, Account]
    leaves: Mapping[CellId, Leaf]
    fault: Fault | None = None
    rejected: Fault | None = None
    rule: str = ""
    withheld: Fault | None = None
    held: Fault | None = None
    outside: bool = False
    events: int = DESCENDED
    corrected: bool = False

    @property
    def plan(self) -> TypedPlan:
        return self.dataset.plan

    @property
    def period(self) -> Period:
        return self.dataset.period

    def recompute(self) -> Value | None:
        """The value worked out again, by the same interpreter, from the leaves and what other rows contributed.

        Raises InternalError where they do not suffice.
        """
        if self.fault is not None:
            return None
        try:
            return _value(_Recalculation(self), self.asked)
        except KeyError as error:
            raise InternalError(f"an explanation does not name all that its value was made of: {error}") from error


def explain(
    evaluator: Evaluator,
    entity: str,
    key: Key | None,
    name: str,
    *,
    spread: Reach | None = None,
    events: int = DESCENDED,
) -> Explanation:
    """How `name` (a line, total, column or parameter) of a row came about; entity `plan` has one row, without a key.

    spread  what the faults of the run reached; None where there were none
    events  how many of a row's own events are explained too, the largest first
    Raises DataError `unknown-key`, `unknown-line`, `not-read` (a column that the plan declares and no line uses).
    """
    dataset = evaluator.dataset
    field = find_field(evaluator.plan, entity, name)
    if isinstance(field, Column | Reference | Parameter) and field not in dataset.usage.fields:
        raise DataError("not-read", f"no line of the plan reads `{name}` of {entity}, so the run did not either")
    row = dataset.row(entity, key)
    if row is None:
        raise DataError(
            "unknown-key",
            f"there is no {entity} {key} in the data" if key is not None else f"which {entity}? say its key",
            table=entity,
            value="" if key is None else str(key),
            expected=f"the key of a {entity}",
        )
    asked: CellId = (field, row)
    if isinstance(field, Parameter) and field not in dataset.usage.at_end:
        asked = (DatedParameter(field, dataset.period.end), row)
    explanation = Explanation(
        dataset,
        asked,
        key,
        None,
        {},
        {},
        held=None if spread is None else spread.held_fault(entity, row),
        outside=row in dataset.outside.get(entity, ()),
        events=events,
    )
    reject = spread.reject_of(row) if spread is not None and entity == evaluator.plan.payee else None
    if reject is not None:
        explanation = replace(explanation, rejected=reject[0], rule=rule_name(reject[1]))
    elif spread is not None and explanation.held is None and not explanation.outside:
        explanation = replace(explanation, withheld=reached_fault(spread, field, row))
    try:
        value = _value(evaluator, asked)
    except Faulted as faulted:
        return replace(explanation, fault=faulted.fault)
    accounts, leaves = _accounts_of(evaluator, asked, events)
    return replace(explanation, value=value, accounts=accounts, leaves=leaves)


def _value(evaluator: Evaluator, asked: CellId) -> Value | None:
    """The value of whatever stands at a row. Raises Faulted."""
    what, row = asked
    match what:
        case DatedParameter(parameter=parameter, asked=day):
            cell = evaluator.dataset.dated.at(parameter, row, day)
        case MeanParameter(parameter=parameter):
            cell = evaluator.dataset.dated.average(parameter, row)
        case _:
            return evaluator.value(what, row)
    if isinstance(cell, Fault):
        raise Faulted(cell)
    return cell


def find_field(plan: TypedPlan, entity: str, name: str) -> Field:
    """The field of this name. Raises DataError `unknown-line`."""
    known: dict[str, Field] = {}
    found = plan.entities.get(entity)
    if found is not None:
        known = {**found.columns, **found.references, **found.parameters, **found.lines}
        if entity == plan.payee:
            known |= plan.totals
    if name not in known:
        near = get_close_matches(name, list(known), n=1) or _of_others(plan, name)
        raise DataError(
            "unknown-line",
            f"the plan has no `{name}` of {entity}" if found is not None else f"the plan has no entity `{entity}`",
            help=f"did you mean `{near[0]}`?" if near else "",
        )
    return known[name]


def _of_others(plan: TypedPlan, name: str) -> list[str]:
    """Whose field of this name may have been meant: `parcel.price`."""
    return [
        f"{entity.name}.{name}"
        for entity in plan.entities.values()
        if name in {**entity.lines, **entity.columns, **entity.references, **entity.parameters}
    ][:1]


def _accounts_of(evaluator: Evaluator, asked: CellId, events: int) -> tuple[dict[CellId, Account], dict[CellId, Leaf]]:
    accounts: dict[CellId, Account] = {}
    leaves: dict[CellId, Leaf] = {}
    tracer = Tracer(evaluator, events)
    waiting = [asked]
    while waiting:
        field, row = waiting.pop(0)
        if (field, row) in accounts or (field, row) in leaves:
            continue
        tracer.met.clear()
        if isinstance(field, Line | Total):
            accounts[field, row] = _account(evaluator, tracer, field, row)
        else:
            leaves[field, row] = _leaf(evaluator, field, row)
        waiting = [*tracer.met, *waiting]
    return accounts, leaves


def _account(evaluator: Evaluator, tracer: Tracer, field: Line | Total, row: int) -> Account:
    key = evaluator.dataset.key(field.entity, row)
    number = _number(field, row)
    value = evaluator.value(field, row)
    assert value is not None
    if isinstance(field, Total):
        parts = tuple((line, row) for line in (*field.added, *field.subtracted))
        tracer.met.update(dict.fromkeys(parts))
        return Account(field, key, number, value, parts=parts)
    when = None if field.when is None else tracer.trace(field.when, field.entity, row)
    holds = when is None or when.value
    step = tracer.trace(field.value, field.entity, row) if holds else None
    return Account(field, key, number, value, when, step)


def _number(field: Source, row: int) -> int | None:
    return None if field.entity == PLAN_GRAIN else row + 1


def _leaf(evaluator: Evaluator, field: Source, row: int) -> Leaf:
    dataset = evaluator.dataset
    value = _value(evaluator, (field, row))
    origin = "cell"
    settings: tuple[tuple[Setting | None, int], ...] = ()
    if isinstance(field, PeriodValue):
        origin = "period"
    elif isinstance(field, Parameter | DatedParameter | MeanParameter):
        settings = _settings(dataset, field, row)
        set_at_all = any(setting is not None for setting, _ in settings)
        origin = "missing" if value is None else "set" if set_at_all else "default"
    elif value is None:
        origin = "missing"
    elif isinstance(field, Column) and row in dataset.defaulted[field]:
        origin = "default"
    return Leaf(field, dataset.key(field.entity, row), _number(field, row), value, origin, settings)


def _settings(
    dataset: Dataset, field: Parameter | DatedParameter | MeanParameter, row: int
) -> tuple[tuple[Setting | None, int], ...]:
    """What sets a parameter, with the days for which it does; moments are in the plan's zone."""
    match field:
        case DatedParameter(parameter=parameter, asked=asked):
            found = [dataset.settings.at(parameter, row, asked)]
        case MeanParameter(parameter=parameter):
            days = [dataset.period.start + timedelta(days=count) for count in range(dataset.period.days)]
            found = [dataset.settings.at(parameter, row, day) for day in days]
        case _:
            found = [dataset.settings.at_end(field, row)]
    return tuple((_in_zone(setting, dataset.timezone), len(list(run))) for setting, run in groupby(found))


def _in_zone(setting: Setting | None, timezone: tzinfo) -> Setting | None:
    if setting is None or not isinstance(setting.since, datetime):
        return setting
    return replace(setting, since=setting.since.astimezone(timezone))


# ---------------------------------------------------------------- giving the value back


class _Recalculation(Evaluator):
    """The interpreter on a dataset that holds nothing but an explanation's leaves and groups."""

    def __init__(self, explanation: Explanation) -> None:
        super().__init__(_leaves_only(explanation))
        self._groups: dict[tuple[Expr, int], Group] = {}
        for account in explanation.accounts.values():
            for step in (account.when, account.value_step):
                if step is not None:
                    self._note_groups(step)
        self._events = explanation.events

    def _note_groups(self, step: Step) -> None:
        if step.group is not None:
            self._groups[step.expr, step.row] = step.group
        for below in step.steps:
            self._note_groups(below)

    def worth(self, expr: Expr, row: int) -> Any:
        return self._grouped(expr, row) if isinstance(expr, Aggregate | Running) else super().worth(expr, row)

    def _grouped(self, expr: Aggregate | Running, row: int) -> Any:
        group = self._groups[expr, row]
        if expr.operator == "count":
            return Fraction(group.taken_count)
        inner = expr.value
        assert inner is not None
        explained = descended(expr, group.contributors, self._events)
        entity = expr.entity if isinstance(expr, Aggregate) else expr.within.entity
        values = self.among(entity, lambda: [self.worth(inner, member) for member in explained])
        values += [value for _, value in group.contributors[len(explained) :]]
        if group.rest is None:
            return aggregate(expr.operator, values)
        total = sum(values, group.rest)
        if expr.operator == "sum":
            return total
        return total / group.taken_count if group.taken_count else None


def _leaves_only(explanation: Explanation) -> Dataset:
    """The dataset with only those cells and references that are leaves; asking for another is a KeyError."""
    dataset = explanation.dataset
    cells: dict[Field, dict[int, Value | Fault | None]] = {}
    targets: dict[Reference, dict[int, int | Fault | None]] = {}
    for (field, row), leaf in explanation.leaves.items():
        if isinstance(field, Reference):
            assert leaf.value is None or isinstance(leaf.value, str | int)
            targets.setdefault(field, {})[row] = None if leaf.value is None else dataset.row(field.target, leaf.value)
        elif not isinstance(field, DatedParameter | MeanParameter):
            cells.setdefault(field, {})[row] = leaf.value
    return replace(dataset, cells=cells, targets=targets, dated=_DatedLeaves(explanation))


class _DatedLeaves:
    """Parameters in the course of time, as far as they are leaves."""

    def __init__(self, explanation: Explanation) -> None:
        self._leaves = explanation.leaves

    def at(self, parameter: Parameter, row: int, asked: date | datetime) -> Cell:
        return self._leaves[DatedParameter(parameter, asked), row].value

    def average(self, parameter: Parameter, row: int) -> Cell:
        return self._leaves[MeanParameter(parameter), row].value
