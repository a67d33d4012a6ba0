"""The door: raw tables and parameters to the dataset of one plan and period."""

from __future__ import annotations

from collections.abc import Mapping

from paycalc.check.typed import Example, TypedPlan
from paycalc.check.usage import usage_of
from paycalc.core.calendar import Period
from paycalc.reference.dataset import Admission, Dataset, RawTable, admit_rows
from paycalc.reference.parameters import ParameterSource, admit_parameters


def admit(
    plan: TypedPlan,
    tables: Mapping[str, RawTable],
    parameters: Mapping[str, ParameterSource],
    period: Period,
    *,
    ignore_unknown_rows: bool = False,
    example: Example | None = None,
) -> Dataset:
    """Everything that the plan reads, checked.

    tables      by entity;  parameters: by entity, `plan` for the plan's own
    ignore_unknown_rows  parameters for keys that do not exist are passed over, instead of stopping
    example     whose rows these are: what its expectations ask for is read too, and what is absent is left out, instead
                of stopping
    Raises      DataError: missing-table, missing-column, unknown-parameter, unknown-reference (of a parameter's row),
                null-key (of a parameter's row), parameter-conflict, too-many-rows (of an entity as a whole), and any
                fault of a parameter of the plan
    """
    expectations = () if example is None else (each for block in example.blocks for each in block.expectations)
    admission = Admission(plan, usage_of(plan, expectations), lenient=example is not None)
    admit_rows(admission, tables)
    admit_parameters(admission, parameters, ignore_unknown_rows=ignore_unknown_rows)
    return Dataset(
        plan,
        period,
        admission.usage,
        admission.entities,
        admission.cells,
        admission.targets,
        admission.members,
        admission.crowded,
        admission.set_in,
        admission.defaulted,
        sorted(admission.faults, key=lambda each: each[2].order),
    )
