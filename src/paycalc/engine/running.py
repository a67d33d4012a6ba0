"""A run from input tables: the door, the reference interpreter behind it, and who decides when to stop."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from pathlib import Path
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from paycalc.check.typed import PLAN_GRAIN, TypedPlan
from paycalc.check.usage import usage_of
from paycalc.core.calendar import Period
from paycalc.core.errors import DataError
from paycalc.engine.door import DoorRules, read_tables, scales_of
from paycalc.engine.folder import DataFolder, read_folder
from paycalc.engine.input_table import InputTable
from paycalc.reference.admission import admit
from paycalc.reference.dataset import Dataset
from paycalc.reference.faults import Fault
from paycalc.reference.run import ON_REJECT_SHARE, Orphan, Progress, RunResult, run

ON_ERROR = ("reject", "raise")


@dataclass(frozen=True)
class RunRules:
    """How a run reads its data, and what makes it stop.

    on_error         `reject`: whoever cannot be paid is rejected; `raise`: the first fault that rejects somebody stops,
                     or leaves a row to nobody
    on_reject_share  a larger share of rejected payees stops the run, or of an entity's rows that belong to nobody
    """

    door: DoorRules = field(default_factory=DoorRules)
    on_error: str = "reject"
    on_reject_share: Fraction = ON_REJECT_SHARE

    def __post_init__(self) -> None:
        if self.on_error not in ON_ERROR:
            raise ValueError(f"on_error is {self.on_error!r}; expected one of {', '.join(ON_ERROR)}")
        if not 0 <= self.on_reject_share <= 1:
            raise ValueError(f"the share of rejects is {self.on_reject_share}; expected a share from 0% to 100%")


def rules_from(
    plan: TypedPlan,
    *,
    scales: Mapping[str, int | str],
    assume_timezone: str | None,
    on_error: str,
    on_reject_share: Fraction | str,
) -> RunRules:
    """The rules of a run as somebody wrote them. Raises ValueError, and DataError where a scale is none."""
    zone = None
    if assume_timezone is not None:
        try:
            zone = ZoneInfo(assume_timezone)
        except (ZoneInfoNotFoundError, ValueError, OSError):
            raise ValueError(f"no time zone is named {assume_timezone!r}; expected a name like Asia/Shanghai") from None
    return RunRules(DoorRules(scales_of(plan, scales), zone, plan.timezone), on_error, share_from(on_reject_share))


def share_from(written: Fraction | str) -> Fraction:
    """`5%`, `0.05`, `1/20` or a Fraction as a share. Raises ValueError."""
    if isinstance(written, str):
        percent = written.endswith("%")
        try:
            share = Fraction(written.removesuffix("%"))
        except (ValueError, ZeroDivisionError):
            raise ValueError(f"{written!r} is no share; expected for example 5%") from None
        if not percent and share >= 1:  # 1 may be meant as 1%, and would let everybody be rejected
            raise ValueError(f"{written!r} is no share; expected a percentage, like {written}%")
        return share / 100 if percent else share
    if isinstance(written, bool) or not isinstance(written, int | Fraction):
        raise ValueError(f"{written!r} is no share; expected text like '5%', or a Fraction")
    return Fraction(written)


def read_plan_folder(plan: TypedPlan, path: Path) -> DataFolder:
    """The tables of a plan in a data folder. Raises DataError."""
    entities = [name for name in plan.entities if name != PLAN_GRAIN]
    owners = [name for name, entity in plan.entities.items() if entity.parameters]
    return read_folder(path, entities, owners, usage_of(plan).entities)


def read_dataset(plan: TypedPlan, tables: Mapping[str, InputTable], period: Period, rules: DoorRules) -> Dataset:
    """The dataset of input tables, by `worker` or `parameters.store`. Raises DataError of the door and of `admit`."""
    rows, parameters = read_tables(plan, usage_of(plan), tables, rules)
    return admit(plan, rows, parameters, period)


def run_tables(
    plan: TypedPlan,
    tables: Mapping[str, InputTable],
    period: Period,
    rules: RunRules,
    progress: Progress | None = None,
) -> RunResult:
    """Pay everybody in the tables. Raises DataError."""
    dataset = read_dataset(plan, tables, period, rules.door)
    share = None if rules.on_error == "raise" else rules.on_reject_share
    result = run(dataset, on_reject_share=share, progress=progress)
    if rules.on_error == "raise" and result.rejects:
        raise _first_reject(result)
    _stop_at_orphans(result, Fraction(0) if share is None else share)
    return result


def _stop_at_orphans(result: RunResult, share: Fraction) -> None:
    """Raise DataError `too-many-orphans` where more than a share of an entity's rows belong to nobody.

    They are no rejects: whoever they should belong to is paid as if they were not there.
    """
    by_reference: dict[tuple[str, str], list[Orphan]] = {}
    for orphan in result.orphans:
        by_reference.setdefault((orphan.entity, orphan.reference), []).append(orphan)
    for (entity, reference), orphans in by_reference.items():
        count = result.evaluator.dataset.entities[entity].count
        if len(orphans) > share * count:
            mend = " the data, or allow a larger share of rejects"
            cause = min((orphan.cause for orphan in orphans), key=lambda fault: fault.order)
            raise DataError(
                "too-many-orphans",
                f"{len(orphans)} of {count} rows of `{entity}` belong to nobody: {cause.message}",
                table=entity,
                row="" if cause.row is None else str(cause.row),
                column=reference,
                value=cause.value,
                expected=cause.expected,
                help=f"{cause.help} Mend{mend}" if cause.help else f"mend{mend}",
            )


def _first_reject(result: RunResult) -> DataError:
    cause: Fault = min((reject.cause for reject in result.rejects), key=lambda fault: fault.order)
    count = len(result.rejects)
    others = "" if count == 1 else f"; {count} rows of `{result.plan.payee}` would be rejected in all"
    return DataError(
        cause.code.value,
        cause.message + others,
        table=cause.entity,
        row="" if cause.row is None else str(cause.row),
        column=cause.column,
        value=cause.value,
        expected=cause.expected,
        help=cause.help,
    )
