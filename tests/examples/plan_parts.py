"""What a price and a pay are made of, derived from a plan: its inputs, its parameters, and the cells of its tables."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction

import pyarrow as pa

from paycalc.check.typed import Parameter, TypedPlan
from paycalc.check.types import FlagType, MemberType, NumberType, Value, ValueType
from paycalc.core.span import Span


@dataclass(frozen=True)
class Cell:
    """A written result of a table, or the value of a step. span: of the row or step in the text."""

    table: str
    name: str
    span: Span
    index: int
    type: ValueType
    value: Value


def input_names(plan: TypedPlan) -> list[tuple[str, str]]:
    """(entity, column) of all columns and references, in the order of the text."""
    return [(entity.name, name) for entity in plan.entities.values() for name in [*entity.references, *entity.columns]]


def parameters_of(plan: TypedPlan) -> list[Parameter]:
    return [parameter for entity in plan.entities.values() for parameter in entity.parameters.values()]


def written_cells(plan: TypedPlan) -> Iterator[Cell]:
    """Of the tables and ladders whose rows stand in the plan."""
    for table in plan.tables.values():
        for number, row in enumerate(table.rows, 1):
            for index, value in enumerate(row.results):
                name = f"{table.name} row {number} {table.result_names[index]}".rstrip()
                yield Cell(table.name, name, row.span, index, table.result_types[index], value)
    for ladder in plan.ladders.values():
        for group, steps in ladder.groups.items():
            for step in steps:
                name = f"{ladder.name} {' '.join(map(str, group))} from {step.threshold}"
                yield Cell(ladder.name, name, step.span, 0, ladder.type, step.value)


def other_value(type: ValueType, value: Value) -> Value:
    """Another value of the type, near by: a sixteenth of the way to the top of its range, at least one place."""
    if isinstance(type, FlagType):
        return not value
    if isinstance(type, MemberType):
        return type.members[(type.members.index(value) + 1) % len(type.members)]
    assert isinstance(type, NumberType)
    place = Fraction(1, 10**type.places)
    value = Fraction(value)
    if value + place > type.interval.high:
        return value - place
    steps = (type.interval.high - value) / 16 // place
    return value + max(steps, 1) * place


def written(type: ValueType, value: Value) -> str:
    """As a plan or a cell of data writes it."""
    if isinstance(type, FlagType):
        return "yes" if value else "no"
    if not isinstance(type, NumberType):
        return str(value)
    places, sign = (type.places - 2, "%") if type.percent else (type.places, "")
    number = Fraction(value) * (100 if type.percent else 1)
    whole = abs(number * 10**places)
    assert whole.denominator == 1
    digits = str(whole.numerator).rjust(places + 1, "0")
    text = f"{digits[:-places]}.{digits[-places:]}" if places else digits
    return f"{'-' if number < 0 else ''}{text}{sign}"


def with_cell(text: str, cell: Cell, value: Value) -> str:
    """The plan's text with another value in the cell."""
    row = text[cell.span.start : cell.span.end]
    head, colon, results = row.rpartition(":")
    parts = results.split(",")
    parts[cell.index] = f" {written(cell.type, value)}"
    return text[: cell.span.start] + head + colon + ",".join(parts) + text[cell.span.end :]


def table_of_texts(rows: Sequence[Mapping[str, str | None]]) -> pa.Table:
    """A table as of a CSV file: a cell that is not there is empty."""
    names = dict.fromkeys(name for row in rows for name in row)
    return pa.table({name: pa.array([row.get(name) for row in rows], pa.string()) for name in names})
