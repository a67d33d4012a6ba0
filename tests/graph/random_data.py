"""Random plans and random data, as the differential tests make them, through the door of the reference."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from random import Random

from paycalc.check.typed import PLAN_GRAIN, TypedPlan
from paycalc.core.errors import DataError
from paycalc.reference.admission import admit
from paycalc.reference.dataset import Dataset, RawTable
from tests.differential.random_data import DataMaker, PlainData, Raw, TableData
from tests.differential.random_plans import random_plan
from tests.differential.random_statements import WHENS

SIZES = (0, 1, 2, 3, 5, 8, 13)
FAULTS = (0.0, 0.0, 0.05)


def random_typed_plan(seed: int, *, lines: int = 10) -> TypedPlan | None:
    """None where too much of the plan was refused."""
    plan = random_plan(Random(seed), lines=lines)
    return None if plan is None else plan.typed


def random_dataset(plan: TypedPlan, seed: int) -> Dataset | None:
    """None where the data is so wrong that no run would begin."""
    random = Random(seed)
    data = DataMaker(random, plan, size=random.choice(SIZES), faults=random.choice(FAULTS)).make()
    try:
        return admitted(plan, data)
    except DataError:
        return None


def admitted(plan: TypedPlan, data: PlainData) -> Dataset:
    tables = {name: _raw_table(each, name) for name, each in data.tables.items()}
    parameters = {name: _parameters(each, name) for name, each in data.parameters.items()}
    from_data = {name: _raw_columns(name, each.columns) for name, each in data.data_tables.items()}
    period = plan.period.parse(data.period)
    return admit(plan, tables, parameters, period, data_tables=from_data, known_at=data.known_at)


def _parameters(table: TableData, entity: str) -> RawTable | dict[str, object]:
    if entity != PLAN_GRAIN:
        return _raw_table(table, entity)
    if set(table.columns) & set(WHENS):
        return _raw_columns(entity, table.columns)
    return {column: _plain(cells[0]) for column, cells in table.columns.items()}


def _raw_table(table: TableData, entity: str) -> RawTable:
    return _raw_columns(entity, {entity: list(table.keys), **table.columns})


def _raw_columns(name: str, columns: Mapping[str, Sequence[object]]) -> RawTable:
    made = {column: [_plain(each) for each in cells] for column, cells in columns.items()}
    return RawTable(name, made, len(next(iter(made.values()), ())))


def _plain(cell: object) -> object:
    return cell.text if isinstance(cell, Raw) else cell
