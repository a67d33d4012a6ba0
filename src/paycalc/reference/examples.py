"""Runs the examples inside a plan: their rows through the same door and interpreter as any data.

A row of an example gives only the columns that matter to it. What is left out is found missing where it is needed: an
expectation fails with it, and nobody is rejected for it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, date, tzinfo
from fractions import Fraction

from paycalc.check.typed import (
    PLAN_GRAIN,
    Cell,
    Component,
    Entity,
    Example,
    ExampleBlock,
    ExampleRow,
    ExampleTable,
    Expectation,
    Expr,
    Field,
    Read,
    TypedPlan,
    ValuesCell,
)
from paycalc.check.types import ReferenceType, Value, format_value
from paycalc.core.calendar import Period
from paycalc.core.errors import DataError
from paycalc.core.span import Span
from paycalc.reference.admission import admit
from paycalc.reference.dataset import LEFT_OUT, RawTable, TableVersion
from paycalc.reference.faults import Fault, Faulted, Key
from paycalc.reference.interpreter import Evaluator
from paycalc.reference.parameters import UNSET, Statement, Stretch, moment_of
from paycalc.reference.rows import civil_day
from paycalc.reference.run import reached_fault, settle
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
    for block, given in _blocks_with_rows(plan, example):
        try:
            for period in _periods(plan, block):
                runs.append(_run_period(plan, example, given, period))
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
    for block, given in _blocks_with_rows(plan, example):
        for period in _periods(plan, block):
            if name is None or period.name == name:
                found = (given, period)
    return None if found is None else _run_period(plan, example, *found)


# ---------------------------------------------------------------- rows


@dataclass(frozen=True)
class Given:
    """What stands in a block: rows, events included, and tables from data."""

    rows: tuple[ExampleRow, ...]
    tables: tuple[ExampleTable, ...]


def _blocks_with_rows(plan: TypedPlan, example: Example) -> Iterator[tuple[ExampleBlock, Given]]:
    """Each block with what stands in it."""
    standing, tables = list(example.setup), list(example.tables)
    for block in example.blocks:
        standing = _standing_rows(plan, standing, block)
        given_again = {(table.of, table.since) for table in block.tables}
        tables = [table for table in tables if (table.of, table.since) not in given_again] + list(block.tables)
        events = (row for row in block.rows if _is_event(plan, row))
        yield block, Given((*standing, *events), tuple(tables))


def _is_event(plan: TypedPlan, row: ExampleRow) -> bool:
    """Rows of an entity declared `in` another belong to the block where they stand."""
    return any(reference.belongs for reference in plan.entities[row.entity].references.values())


def _standing_rows(plan: TypedPlan, standing: list[ExampleRow], block: ExampleBlock) -> list[ExampleRow]:
    """The rows that stand in a block, events apart: a row given again replaces the earlier one, whole."""
    given = [row for row in block.rows if not _is_event(plan, row)]
    again = {_identity(row) for row in given}
    return [row for row in standing if _identity(row) not in again] + given


def _identity(row: ExampleRow) -> tuple[object, ...]:
    """What two rows have in common of which the later one replaces the earlier one."""
    return row.entity, row.key, row.since, _only_states(row)


def _only_states(row: ExampleRow) -> bool:
    """Whether a row says something about parameters alone: from some day on, or of rows below its own."""
    others = [parameter for parameter in row.parameters if parameter.entity != row.entity]
    return row.since is not None or (bool(others) and len(others) == len(row.parameters) and not row.cells)


def _periods(plan: TypedPlan, block: ExampleBlock) -> Iterator[Period]:
    period = block.first
    while period.start <= block.last.start:
        yield period
        period = plan.period.next(period)


def _run_period(plan: TypedPlan, example: Example, given: Given, period: Period) -> PeriodRun:
    zone = plan.timezone or UTC
    others = [each for block in example.blocks for each in _periods(plan, block) if each != period]
    rows = [row for row in given.rows if not _lies_in(plan, row, others)]
    tables = {
        name: _table(entity, _rows_of(name, rows)) for name, entity in plan.entities.items() if name != PLAN_GRAIN
    }
    parameters = {name: _statements(entity, rows, zone) for name, entity in plan.entities.items() if entity.parameters}
    versions: dict[str, list[TableVersion]] = {}
    for table in sorted(given.tables, key=lambda each: each.since or date.min):
        versions.setdefault(table.of.name, []).append(TableVersion(table.since, table.rows, table.groups))
    settled = settle(admit(plan, tables, parameters, period, data_tables=versions, example=example))
    return PeriodRun(period, settled.evaluator, settled.spread)


def _lies_in(plan: TypedPlan, row: ExampleRow, periods: Iterable[Period]) -> bool:
    """Whether a dated row lies in one of the periods, which then is the one whose row it is."""
    dated = plan.entities[row.entity].dated
    when = row.cells.get(dated.name) if dated is not None else None
    if not isinstance(when, date):
        return False
    day = civil_day(when, plan.timezone or UTC)
    return any(day in period for period in periods)


def _rows_of(entity: str, rows: Iterable[ExampleRow]) -> list[ExampleRow]:
    """The rows that stand for rows of an entity; one that only states does where no other has its key."""
    of_entity = [row for row in rows if row.entity == entity]
    standing = [row for row in of_entity if not _only_states(row)]
    known = {row.key for row in standing}
    for row in of_entity:
        if row.key not in known:
            known.add(row.key)
            standing.append(row)
    return standing


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


def _statements(entity: Entity, rows: Iterable[ExampleRow], zone: tzinfo) -> tuple[Statement, ...]:
    """What the rows state of an entity's parameters, each at the level of its own entity."""
    levels = {level.entity: level.name for level in reversed(entity.levels)}
    found = []
    for row in rows:
        for parameter, value in row.parameters.items():
            if parameter.entity == entity.name:
                cell = UNSET if value is None else value
                stretch = Stretch() if row.since is None else Stretch(row.since, moment_of(row.since, zone))
                found.append(Statement(0, _key(row), parameter.name, cell, levels[row.entity], stretch))
    return tuple(found)


def _key(row: ExampleRow) -> Key | None:
    assert row.key is None or isinstance(row.key, str | int)
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
    tables = [*example.tables, *(table for block in example.blocks for table in block.tables)]
    for table in tables:
        keys += _keys_in(table)
    texts = {entity for entity, key in keys if isinstance(key, str)}
    if not texts:
        return example
    blocks = tuple(
        replace(
            block,
            rows=tuple(_row_with_texts(plan, row, texts) for row in block.rows),
            expectations=tuple(_expectation_with_texts(each, texts) for each in block.expectations),
            tables=tuple(_table_with_texts(each, texts) for each in block.tables),
        )
        for block in example.blocks
    )
    setup = tuple(_row_with_texts(plan, row, texts) for row in example.setup)
    return replace(
        example, setup=setup, blocks=blocks, tables=tuple(_table_with_texts(each, texts) for each in example.tables)
    )


def _keys_in(table: ExampleTable) -> list[tuple[str, Value | None]]:
    """The keys of entities that stand in the rows of a table from data."""
    found: list[tuple[str, Value | None]] = []
    for at, key in enumerate(table.of.keys):
        if isinstance(key.type, ReferenceType):
            cells = (row.cells[at] for row in table.rows)
            values = [value for cell in cells if isinstance(cell, ValuesCell) for value in cell.values]
            values += [heads[at] for heads in table.groups if at < len(heads)]
            found += [(key.type.entity, value) for value in values]
    return found


def _table_with_texts(table: ExampleTable, texts: set[str]) -> ExampleTable:
    entities = [key.type.entity if isinstance(key.type, ReferenceType) else "" for key in table.of.keys]

    def with_texts(cell: Cell, entity: str) -> Cell:
        if not isinstance(cell, ValuesCell) or entity not in texts:
            return cell
        return ValuesCell(frozenset(str(value) for value in cell.values))

    rows = tuple(replace(row, cells=tuple(map(with_texts, row.cells, entities))) for row in table.rows)
    groups = {
        tuple(str(head) if entity in texts else head for head, entity in zip(heads, entities, strict=False)): steps
        for heads, steps in table.groups.items()
    }
    return replace(table, rows=rows, groups=groups)


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
    if expectation.operator in ("rejected", "held"):
        return f"{expectation.operator} {expectation.code}".strip()
    assert expectation.target is not None
    return format_value(expectation.value, expectation.target.type)


def _difference(plan: TypedPlan, expectation: Expectation, runs: list[PeriodRun]) -> str | None:
    """What came out instead of what is expected; None where it is the same."""
    if expectation.operator in ("rejected", "held"):
        return _not_so(expectation, _run_of(plan, expectation, runs))
    assert expectation.target is not None
    asked = runs if expectation.operator == "sum" else [_run_of(plan, expectation, runs)]
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


def _run_of(plan: TypedPlan, expectation: Expectation, runs: list[PeriodRun]) -> PeriodRun:
    """The last period; of a dated row the one in which it lies."""
    entity, key = expectation.entity, expectation.key
    assert key is None or isinstance(key, str | int)
    if plan.entities[entity].dated is not None:
        for run in reversed(runs):
            if run.evaluator.dataset.row(entity, key) is not None:
                return run
    return runs[-1]


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


def _not_so(expectation: Expectation, run: PeriodRun) -> str | None:
    """What happened instead to a payee that should be rejected, or to an event that should be held."""
    try:
        row = _row(expectation, run)
    except LookupError as error:
        return str(error.args[0])
    is_held = expectation.operator == "held"
    fault = run.spread.held_fault(expectation.entity, row) if is_held else run.spread.rejected.get(row)
    if fault is None:
        dataset = run.evaluator.dataset
        outside = row in dataset.outside.get(expectation.entity, ())
        return f"not {expectation.operator}" + (f": outside the period {dataset.period.name}" if outside else "")
    return None if expectation.code in ("", fault.code) else f"{expectation.operator} {_why(fault, rejected=False)}"


def _why(fault: Fault, *, rejected: bool) -> str:
    return f"{'rejected ' if rejected else ''}{fault.code}: {fault.message}"
