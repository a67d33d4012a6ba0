"""Random plans and random data, as the differential tests make them, through the door of the reference."""

from __future__ import annotations

from random import Random

from paycalc.check.typed import PLAN_GRAIN, TypedPlan
from paycalc.core.errors import DataError
from paycalc.reference.admission import admit
from paycalc.reference.dataset import Dataset, RawTable
from tests.differential.random_data import DataMaker, PlainData, Raw, TableData
from tests.differential.random_plans import random_plan

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
    tables = {name: _raw_table(each) for name, each in data.tables.items()}
    parameters = {
        name: _raw_table(each) if name != PLAN_GRAIN else {column: cells[0] for column, cells in each.columns.items()}
        for name, each in data.parameters.items()
    }
    return admit(plan, tables, parameters, plan.period.parse(data.period))


def _raw_table(table: TableData) -> RawTable:
    columns: dict[str, list[object]] = {table.entity: list(table.keys)}
    for name, cells in table.columns.items():
        columns[name] = [each.text if isinstance(each, Raw) else each for each in cells]
    return RawTable(table.entity, columns, table.row_count)
