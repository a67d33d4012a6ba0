"""Runs the examples inside a plan: their rows through the same door and interpreter as any data.

A row of an example gives only the columns that matter to it. What is left out is found missing where it is needed: an
expectation fails with it, and nobody is rejected for it.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from fractions import Fraction

from paycalc.check.typed import (
    PLAN_GRAIN,
    Component,
    Entity,
    Example,
    ExampleBlock,
    ExampleRow,
    Expectation,
    Expr,
    Field,
    Read,
    TypedPlan,
)
from paycalc.check.types import ReferenceType, Value, format_value
from paycalc.core.calendar import Period
from paycalc.core.errors import DataError
from paycalc.core.span import Span
from paycalc.reference.admission import admit
from paycalc.reference.dataset import LEFT_OUT, RawTable
from paycalc.reference.faults import Fault, Faulted, Key
from paycalc.reference.interpreter import Evaluator
from paycalc.reference.parameters import UNSET_TEXT, ParameterSource
from paycalc.reference.run import find_rejects, reached_fault
from paycalc.reference.spread import Spread


@dataclass(frozen=True)
class ExampleFailure:
    """An expectation that was not met. text: what stands in the plan; got: a value, or why there is none."""

    span: Span
    text: str
    expected: str
    got: str


@dataclass(frozen=True)
class ExampleOutcome:
    title: str
    span: Span
    failures: tuple[ExampleFailure, ...]
    expectation_count: int

    @property
    def passed(self) -> bool:
        return not self.failures


@dataclass(frozen=True)
class PeriodRun:
    """One period of an example, computed."""

    period: Period
    evaluator: Evaluator
    spread: Spread


def run_examples(plan: TypedPlan) -> tuple[ExampleOutcome, ...]:
    """The outcome of every example, in the order of the plan."""
    return tuple(run_example(plan, example) for example in plan.examples)


def run_example(plan: TypedPlan, example: Example) -> ExampleOutcome:
    """Runs the periods one after the other, and checks what each block expects after its last one."""
    example = _with_keys_of_one_kind(plan, example)
    runs: list[PeriodRun] = []
    failures: list[ExampleFailure] = []
    for block, rows in _blocks_with_rows(plan, example):
        try:
            for period in _periods(plan, block):
                runs.append(_run_period(plan, example, rows, period))
        except DataError as error:
            failures += [
                ExampleFailure(each.span, plan.source.slice(each.span), _expected(each), str(error.message))
                for each in block.expectations
            ]
            continue
        for expectation in block.expectations:
            got = _difference(plan, expectation, runs)
            if got is not None:
                text = plan.source.slice(expectation.span)
                failures.append(ExampleFailure(expectation.span, text, _expected(expectation), got))
    count = sum(len(block.expectations) for block in example.blocks)
    return ExampleOutcome(example.title, example.span, tuple(failures), count)


def example_period(plan: TypedPlan, example: Example, name: str | None = None) -> PeriodRun | None:
    """One period of an example, by its name, else the last; None where it has none of that name. Raises DataError."""
    example = _with_keys_of_one_kind(plan, example)
    found = None
    for block, rows in _blocks_with_rows(plan, example):
        for period in _periods(plan, block):
            if name is None or period.name == name:
                found = (rows, period)
    return None if found is None else _run_period(plan, example, *found)


# ---------------------------------------------------------------- rows


def _blocks_with_rows(plan: TypedPlan, example: Example) -> Iterator[tuple[ExampleBlock, list[ExampleRow]]]:
    """Each block with the rows that stand in it, its events included."""
    standing = list(example.setup)
    for block in example.blocks:
        standing = _standing_rows(plan, standing, block)
        yield block, [*standing, *(row for row in block.rows if _is_event(plan, row))]


def _is_event(plan: TypedPlan, row: ExampleRow) -> bool:
    """Rows of an entity declared `in` another belong to the block where they stand."""
    return any(reference.belongs for reference in plan.entities[row.entity].references.values())


def _standing_rows(plan: TypedPlan, standing: list[ExampleRow], block: ExampleBlock) -> list[ExampleRow]:
    """The rows that stand in a block, events apart: a row given again replaces the earlier one, whole."""
    given = [row for row in block.rows if not _is_event(plan, row)]
    again = {(row.entity, row.key) for row in given}
    return [row for row in standing if (row.entity, row.key) not in again] + given


def _periods(plan: TypedPlan, block: ExampleBlock) -> Iterator[Period]:
    period = block.first
    while period.start <= block.last.start:
        yield period
        period = plan.period.next(period)


def _run_period(plan: TypedPlan, example: Example, rows: list[ExampleRow], period: Period) -> PeriodRun:
    tables = {
        name: _table(entity, [row for row in rows if row.entity == name])
        for name, entity in plan.entities.items()
        if name != PLAN_GRAIN
    }
    parameters = {
        name: _parameters(entity, [row for row in rows if row.entity == name])
        for name, entity in plan.entities.items()
        if entity.parameters
    }
    evaluator = Evaluator(admit(plan, tables, parameters, period, example=example))
    return PeriodRun(period, evaluator, find_rejects(evaluator))


def _table(entity: Entity, rows: list[ExampleRow]) -> RawTable:
    columns: dict[str, list[object]] = {entity.name: [row.key for row in rows]}
    for column in entity.columns.values():
        has_other = column.optional or column.default is not None
        columns[column.name] = [_cell(row, column, has_other) for row in rows]
    for reference in entity.references.values():
        columns[reference.name] = [_cell(row, reference, reference.optional) for row in rows]
    return RawTable(entity.name, columns, len(rows))


def _cell(row: ExampleRow, field: Field, has_other: bool) -> object:
    """The cell of a row; what it leaves out is empty where an empty cell means something."""
    return row.cells.get(field.name, None if has_other else LEFT_OUT)


def _parameters(entity: Entity, rows: list[ExampleRow]) -> ParameterSource:
    """What the rows set; a parameter set to `none` is unset."""
    said: dict[Key, dict[str, object]] = {}
    for row in rows:
        of_row = said.setdefault(_key(row), {})
        of_row.update((name, UNSET_TEXT if value is None else value) for name, value in row.parameters.items())
    return said.get("", {}) if entity.name == PLAN_GRAIN else said


def _key(row: ExampleRow) -> Key:
    if row.key is None:
        return ""
    assert isinstance(row.key, str | int)
    return row.key


# ---------------------------------------------------------------- keys


def _with_keys_of_one_kind(plan: TypedPlan, example: Example) -> Example:
    """Where one key of an entity is a text, those written as whole numbers (`worker 17`) are texts too (`17`)."""
    rows = [*example.setup, *(row for block in example.blocks for row in block.rows)]
    expectations = [each for block in example.blocks for each in block.expectations]
    keys: list[tuple[str, Value | None]] = [(each.entity, each.key) for each in expectations]
    for row in rows:
        keys.append((row.entity, row.key))
        references = plan.entities[row.entity].references
        keys += [(references[name].target, key) for name, key in row.cells.items() if name in references]
    for each in expectations:
        if each.target is not None and isinstance(each.target.type, ReferenceType):
            keys.append((each.target.type.entity, each.value))
    texts = {entity for entity, key in keys if isinstance(key, str)}
    if not texts:
        return example
    blocks = tuple(
        replace(
            block,
            rows=tuple(_row_with_texts(plan, row, texts) for row in block.rows),
            expectations=tuple(_expectation_with_texts(each, texts) for each in block.expectations),
        )
        for block in example.blocks
    )
    return replace(example, setup=tuple(_row_with_texts(plan, row, texts) for row in example.setup), blocks=blocks)


def _row_with_texts(plan: TypedPlan, row: ExampleRow, texts: set[str]) -> ExampleRow:
    references = plan.entities[row.entity].references
    cells = {
        name: _key_of(references[name].target, value, texts) if name in references else value
        for name, value in row.cells.items()
    }
    return replace(row, key=_key_of(row.entity, row.key, texts), cells=cells)


def _expectation_with_texts(expectation: Expectation, texts: set[str]) -> Expectation:
    key, value = _key_of(expectation.entity, expectation.key, texts), expectation.value
    if expectation.target is not None and isinstance(expectation.target.type, ReferenceType):
        value = _key_of(expectation.target.type.entity, value, texts)
    return replace(expectation, key=key, value=value)


def _key_of(entity: str, key: Value | None, texts: set[str]) -> Value | None:
    return str(key) if entity in texts and isinstance(key, int) else key


# ---------------------------------------------------------------- expectations


def _expected(expectation: Expectation) -> str:
    if expectation.operator == "rejected":
        return f"rejected {expectation.code}".strip()
    assert expectation.target is not None
    return format_value(expectation.value, expectation.target.type)


def _difference(plan: TypedPlan, expectation: Expectation, runs: list[PeriodRun]) -> str | None:
    """What came out instead of what is expected; None where it is the same."""
    if expectation.operator == "rejected":
        return _not_rejected(expectation, runs[-1])
    assert expectation.target is not None
    asked = runs if expectation.operator == "sum" else runs[-1:]
    try:
        values = [_value(plan, expectation, each) for each in asked]
    except Faulted as faulted:
        return _why(faulted.fault, rejected=any(_rejecting_fault(plan, expectation, each) for each in asked))
    except LookupError as error:
        return str(error.args[0])
    got = values[-1]
    if expectation.operator == "sum":
        got = sum((each for each in values if isinstance(each, Fraction)), Fraction(0))
    return None if got == expectation.value else format_value(got, expectation.target.type)


def _value(plan: TypedPlan, expectation: Expectation, run: PeriodRun) -> Value | None:
    """The value in one period. Raises Faulted, and LookupError where the example has no such row."""
    entity, target = expectation.entity, expectation.target
    assert target is not None
    row = _row(expectation, run)
    fault = _rejecting_fault(plan, expectation, run) or _fault_at_end(target, row, run)
    if fault is not None:
        raise Faulted(fault)
    value: Value | None = run.evaluator.evaluate(target, entity, row)
    return value


def _rejecting_fault(plan: TypedPlan, expectation: Expectation, run: PeriodRun) -> Fault | None:
    """Why the payee asked for is rejected."""
    return run.spread.rejected.get(_row(expectation, run)) if expectation.entity == plan.payee else None


def _fault_at_end(target: Expr, row: int, run: PeriodRun) -> Fault | None:
    """The fault that reaches what a path leads to, so that nothing withheld is expected of."""
    if isinstance(target, Component):
        target = target.row
    assert isinstance(target, Read)
    for reference in target.references:
        to = run.evaluator.dataset.targets[reference][row]
        if not isinstance(to, int):
            return to
        row = to
    return reached_fault(run.spread, target.field, 0 if target.field.entity == PLAN_GRAIN else row)


def _row(expectation: Expectation, run: PeriodRun) -> int:
    key = expectation.key
    assert key is None or isinstance(key, str | int)
    row = run.evaluator.dataset.row(expectation.entity, key)
    if row is None:
        raise LookupError(f"there is no {expectation.entity} {key} in {run.period}")
    return row


def _not_rejected(expectation: Expectation, run: PeriodRun) -> str | None:
    """What happened to a payee instead of the expected reject."""
    try:
        fault = run.spread.rejected.get(_row(expectation, run))
    except LookupError as error:
        return str(error.args[0])
    if fault is None:
        return "not rejected"
    return None if expectation.code in ("", fault.code) else _why(fault, rejected=True)


def _why(fault: Fault, *, rejected: bool) -> str:
    return f"{'rejected ' if rejected else ''}{fault.code}: {fault.message}"
