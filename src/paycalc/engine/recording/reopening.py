"""A recorded run, read again: its plan, its rules and its data, which must be what was paid."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

from paycalc.check import check_plan
from paycalc.check.typed import TypedPlan
from paycalc.core.calendar import Period
from paycalc.core.errors import DataError
from paycalc.core.span import Source
from paycalc.engine.corrections import corrected
from paycalc.engine.inputs.input_table import InputTable
from paycalc.engine.recording.record import RunRecord, changed_inputs, changed_outputs, read_record
from paycalc.engine.running import RunRules, known_at_from, read_plan_folder, rules_from


@dataclass(frozen=True)
class Reopened:
    """tables: as the run took them, with the corrections of all reruns."""

    record: RunRecord
    plan: TypedPlan
    rules: RunRules
    period: Period
    tables: Mapping[str, InputTable]


def reopen(run: Path, data: Path | None = None) -> Reopened:
    """A run that was written to a folder.

    data    where its data is now, if it was moved
    Raises  DataError: `unreadable-run`, `changed-output`, `changed-input`, and what reading its data raises
    """
    record = read_record(run)
    written = changed_outputs(run)
    if written:
        raise DataError(
            "changed-output",
            f"files of `{run}` are not as the run wrote them: {', '.join(written)}",
            help="an explanation or a rerun would be of other amounts than stand there; run the plan again",
        )
    if data is not None:
        record = record.moved_to(data.absolute())
    plan = check_plan(Source(record.plan_name, record.plan_text))
    rules = rules_from(
        plan,
        scales=record.scales,
        assume_timezone=record.assume_timezone,
        on_error="reject",
        on_reject_share=Fraction(record.on_reject_share),
        known_at=known_at_from(record.known_at),
    )
    tables: Mapping[str, InputTable] = {}
    for folder in record.folders:
        read = read_plan_folder(plan, folder.data, tables)
        changed = changed_inputs(folder.inputs, read.files)
        if changed:
            raise DataError(
                "changed-input",
                f"the data of `{run}` is not what was paid: {', '.join(changed)}",
                help="run the plan again, or say with --data where the data is now",
            )
        tables = corrected(plan, tables, read.tables).tables
    return Reopened(record, plan, rules, plan.period.parse(record.period), tables)
