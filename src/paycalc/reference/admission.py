"""The door: raw tables and parameters to the dataset of one plan and period."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import date
from types import MappingProxyType

from paycalc.check.typed import Example, TypedPlan
from paycalc.check.usage import Usage, usage_of
from paycalc.core.calendar import Period
from paycalc.reference.data_tables import admit_data_tables
from paycalc.reference.dataset import Dataset, RawTable, TableVersion
from paycalc.reference.parameters import ParameterSource
from paycalc.reference.resolution import Settings, admit_parameters
from paycalc.reference.rows import Admission, admit_rows


def admit(
    plan: TypedPlan,
    tables: Mapping[str, RawTable],
    parameters: Mapping[str, ParameterSource],
    period: Period,
    *,
    data_tables: Mapping[str, RawTable | Sequence[TableVersion]] = MappingProxyType({}),
    known_at: date | None = None,
    ignore_unknown_rows: bool = False,
    example: Example | None = None,
) -> Dataset:
    """Everything that the plan reads, checked.

    tables      by entity;  parameters: by entity, `plan` for the plan's own;  data_tables: by table or ladder; of
                an example its versions, rising
    known_at    a day or moment: of the parameters only what was recorded by then counts; None: everything
    ignore_unknown_rows  parameters for keys that do not exist are passed over, instead of stopping
    example     whose rows these are: what its expectations ask for is read too, and what is absent is left out, instead
                of stopping
    Raises      DataError: missing-table, missing-column, too-many-rows (of an entity as a whole), and as
                admit_parameters and admit_data_tables do
    """
    expectations = () if example is None else (each for block in example.blocks for each in block.expectations)
    usage = usage_with_levels(plan, usage_of(plan, expectations), parameters)
    admission = Admission(plan, period, usage, lenient=example is not None)
    admit_rows(admission, tables)
    resolution = admit_parameters(admission, parameters, known_at=known_at, ignore_unknown_rows=ignore_unknown_rows)
    versions = admit_data_tables(admission, data_tables)
    return Dataset(
        plan,
        period,
        admission.usage,
        admission.entities,
        admission.cells,
        admission.targets,
        admission.members,
        admission.crowded,
        admission.defaulted,
        sorted(admission.faults, key=lambda each: each[2].order),
        resolution,
        Settings(resolution, period),
        versions,
        admission.outside,
    )


def usage_with_levels(plan: TypedPlan, usage: Usage, parameters: Mapping[str, ParameterSource]) -> Usage:
    """The usage with what leads to the levels at which parameters are stated."""
    columns: dict[str, Collection[str]] = {}
    for name, source in parameters.items():
        if isinstance(source, RawTable):
            columns[name] = source.columns
        elif isinstance(source, tuple):
            columns[name] = {statement.level for statement in source}
    return usage.with_levels(plan, columns)
