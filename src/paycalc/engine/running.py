"""A run from input tables: the door, one of the engines behind it, and who decides when to stop."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from fractions import Fraction
from pathlib import Path

import numpy as np

from paycalc.check.typed import PLAN_GRAIN, TypedPlan
from paycalc.check.usage import usage_of
from paycalc.core.calendar import Period
from paycalc.core.errors import DataError
from paycalc.core.timezone import zone_named
from paycalc.engine.encoding import ParameterCells, encode
from paycalc.engine.faults.causes import Causes
from paycalc.engine.faults.consequences import Affected
from paycalc.engine.inputs.door import DoorRules, columns_by_owner, read_tables, scales_of
from paycalc.engine.inputs.folder import DataFolder, read_folder
from paycalc.engine.inputs.input_table import InputTable
from paycalc.engine.results.by_reference import outcome_of
from paycalc.engine.results.outcome import Outcome, reported_lines
from paycalc.engine.results.value_types import MONEY
from paycalc.engine.tiles import COMPUTING, RunOptions, Stages, TileEngine
from paycalc.reference.admission import admit
from paycalc.reference.data_tables import data_tables
from paycalc.reference.dataset import Dataset
from paycalc.reference.faults import Fault
from paycalc.reference.run import CAUSES_SHOWN_MAX, ON_REJECT_SHARE, Progress, run, too_many_rejects

ENGINES = ("tiles", "reference")
ON_ERROR = ("reject", "raise")
_DAY_LENGTH = len("2026-10-31")
_SHARE = re.compile(r"-?\d{1,9}(?:\.\d{1,9})?%?\Z|\d{1,9}/\d{1,9}\Z", re.ASCII)


@dataclass(frozen=True)
class RunRules:
    """How a run reads its data, and what makes it stop.

    on_error         `reject`: whoever cannot be paid is rejected; `raise`: the first fault stops that rejects somebody,
                     leaves a row to nobody, or holds one
    on_reject_share  a larger share of rejected payees stops the run, or of an entity's rows that belong to nobody or
                     are held
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
    known_at: date | None = None,
) -> RunRules:
    """The rules of a run as somebody wrote them. Raises ValueError, TypeError, and DataError where a scale is none."""
    strangers = [name for name in scales if not isinstance(name, str)]
    if strangers:
        raise TypeError(f"a scale is stated for {strangers[0]!r}; expected the name of a column, like worker.sales")
    zone = None
    if assume_timezone is not None and not isinstance(assume_timezone, str):
        raise TypeError(f"assume_timezone is {assume_timezone!r}; expected the name of a time zone")
    if assume_timezone is not None:
        zone = zone_named(assume_timezone)
        if zone is None:
            raise ValueError(f"no time zone is named {assume_timezone!r}; expected a name like Asia/Shanghai")
    door = DoorRules(scales_of(plan, scales), zone, plan.timezone, known_at)
    return RunRules(door, on_error, share_from(on_reject_share))


def with_rules(rules: RunRules, *, known_at: date | None, on_reject_share: Fraction | None) -> RunRules:
    """The rules with what is said otherwise."""
    if known_at is not None:
        rules = replace(rules, door=replace(rules.door, known_at=known_at))
    return rules if on_reject_share is None else replace(rules, on_reject_share=on_reject_share)


def known_at_from(written: str | date | None) -> date | None:
    """`2026-10-31`, or a moment with its zone. Raises ValueError and TypeError."""
    when = written
    if isinstance(written, str):
        try:
            when = date.fromisoformat(written) if len(written) == _DAY_LENGTH else datetime.fromisoformat(written)
        except ValueError:
            raise ValueError(
                f"{written!r} is no day or moment; expected for example 2026-10-31, or 2026-10-31T18:00+08:00"
            ) from None
    if when is not None and not isinstance(when, date):
        raise TypeError(f"known_at is {written!r}; expected a day or a moment")
    if isinstance(when, datetime) and when.tzinfo is None:
        raise ValueError(
            f"known_at is {when.isoformat()}, a moment without a zone; expected for example {when.isoformat()}+08:00"
        )
    return when


def share_from(written: Fraction | str) -> Fraction:
    """`5%`, `0.05`, `1/20` or a Fraction as a share. Raises ValueError."""
    if isinstance(written, str):
        percent = written.endswith("%")
        try:
            # Fraction would also take 1e99999999, and work on it for hours.
            share = Fraction(written.removesuffix("%")) if _SHARE.match(written) else None
        except ZeroDivisionError:
            share = None
        if share is None:
            raise ValueError(f"{written!r} is no share; expected for example 5%")
        if not percent and share >= 1:  # 1 may be meant as 1%, and would let everybody be rejected
            raise ValueError(f"{written!r} is no share; expected a percentage, like {written}%")
        return share / 100 if percent else share
    if isinstance(written, bool) or not isinstance(written, int | Fraction):
        raise ValueError(f"{written!r} is no share; expected text like '5%', or a Fraction")
    return Fraction(written)


def read_plan_folder(plan: TypedPlan, path: Path, beside: Mapping[str, InputTable] | None = None) -> DataFolder:
    """The tables of a plan in a data folder. Raises DataError.

    beside  tables that it corrects, or goes with
    """
    usage = usage_of(plan)

    def needed_with(tables: Mapping[str, InputTable]) -> frozenset[str]:
        return usage.with_levels(plan, columns_by_owner({**(beside or {}), **tables})).entities

    return read_folder(
        path,
        [name for name in plan.entities if name != PLAN_GRAIN],
        [name for name, entity in plan.entities.items() if entity.parameters],
        usage.entities,
        data_tables=data_tables(plan.tables, plan.ladders),
        needed_with=needed_with,
    )


def read_dataset(plan: TypedPlan, tables: Mapping[str, InputTable], period: Period, rules: DoorRules) -> Dataset:
    """The dataset of input tables, by `worker` or `parameters.store`. Raises DataError of the door and of `admit`."""
    rows, parameters, data_tables = read_tables(plan, usage_of(plan), tables, rules)
    return admit(plan, rows, parameters, period, data_tables=data_tables, known_at=rules.known_at)


def run_tables(
    plan: TypedPlan,
    tables: Mapping[str, InputTable],
    period: Period,
    rules: RunRules,
    progress: Progress | None = None,
    *,
    engine: str = "tiles",
    threads: int | None = None,
    columns: Sequence[str] | None = None,
    money: str = "decimal128",
    tile: int | None = None,
    ready: TileEngine | None = None,
    parameter_cells: ParameterCells | None = None,
) -> Outcome:
    """Pay everybody in the tables.

    engine   one of ENGINES: they give the same results
    threads  None: as many as there are processors; the reference has one
    columns  of the lines and shown lines only those named, `net` or `store.labour_ratio`
    money    how amounts are given: one of value_types.MONEY
    tile     rows that are computed at once
    ready    the engine of the plan, where it was made before
    parameter_cells  what earlier runs have found out of the same parameters and tables from data
    Raises   DataError; ValueError where an argument means nothing
    """
    _check_options(engine, threads, money)
    reported = reported_lines(plan, columns)
    stages = Stages()
    row_count = sum(table.row_count for table in tables.values())
    if engine == "reference":
        with stages.measured("door", row_count):
            dataset = read_dataset(plan, tables, period, rules.door)
        with stages.measured(COMPUTING, dataset.entities[plan.payee].count):
            result = run(dataset, on_reject_share=None, progress=progress)
        with stages.measured("results", dataset.entities[plan.payee].count):
            outcome = replace(outcome_of(result, reported, money), stages=stages.times)
    else:
        tiles = TileEngine(plan) if ready is None else ready
        with stages.measured("door", row_count):
            data = encode(
                plan,
                tables,
                period,
                rules.door,
                threads=threads,
                usage=tiles.usage,
                parameter_cells=parameter_cells,
            )
        outcome = tiles.run(data, reported, RunOptions(threads, tile, money), stages, progress)
    _stop_at_another_period(outcome, rules)
    # Rows that are held may be why payees are rejected, and never the other way round.
    _stop_at_held(outcome, rules)
    _stop_at_rejects(outcome, rules)
    _stop_at_orphans(outcome, rules)
    return replace(outcome, tables=tables)


def _check_options(engine: str, threads: int | None, money: str) -> None:
    """Raise ValueError where one of them means nothing."""
    for name, value, known in (("engine", engine, ENGINES), ("money", money, MONEY)):
        if value not in known:
            raise ValueError(f"{name} is {value!r}; expected one of {', '.join(known)}")
    if threads is not None and (isinstance(threads, bool) or not isinstance(threads, int) or threads < 1):
        raise ValueError(f"threads is {threads!r}; expected a whole number from 1 on")


def _stop_at_another_period(outcome: Outcome, rules: RunRules) -> None:
    """Raise DataError `nothing-in-period` where not one dated row lies in the period, unless all may be rejected.

    A plan that ignores or carries such rows means some of them: the tables of another month are a wrong file.
    """
    plan, outside = outcome.plan, outcome.belonging.outside
    dated = {
        name: outcome.counts[name]
        for name, entity in plan.entities.items()
        if entity.dated is not None and outcome.counts.get(name)
    }
    if not dated or rules.on_reject_share == 1 or any(len(outside.get(name, ())) < dated[name] for name in dated):
        return
    first, *others = dated
    column = plan.entities[first].dated
    assert column is not None  # it is dated
    also = f", and none of {', '.join(f'`{name}`' for name in others)}" if others else ""
    raise DataError(
        "nothing-in-period",
        f"none of the {dated[first]:_} rows of `{first}` lies in {outcome.period}{also}",
        table=first,
        column=column.name,
        expected=f"dates from {outcome.period.start} to {outcome.period.end}",
        help="give the rows of this period, or run theirs; with a share of rejects of 100% they are passed over",
    )


def _stop_at_rejects(outcome: Outcome, rules: RunRules) -> None:
    """Raise DataError where somebody is rejected and nobody may be, or `too-many-rejects`."""
    rejected = outcome.rejected
    count = len(rejected)
    if not count:
        return
    causes = rejected.counts_by_cause()
    if rules.on_error == "raise":
        raise _first_reject(rejected.faults[min(causes)], count, outcome.plan)
    if count > rules.on_reject_share * outcome.payee_count:
        worst = sorted(causes, key=lambda cause: (-causes[cause], cause))[:CAUSES_SHOWN_MAX]
        named = [(rejected.faults[cause], causes[cause]) for cause in worst]
        raise too_many_rejects(outcome.plan, outcome.payee_count, rejected.counts_by_code(), named)


def _stop_at_orphans(outcome: Outcome, rules: RunRules) -> None:
    """Raise DataError `too-many-orphans` where more than a share of an entity's rows belong to nobody.

    They are no rejects: whoever they should belong to is paid as if they were not there.
    """
    share = Fraction(0) if rules.on_error == "raise" else rules.on_reject_share
    for part in outcome.stray.parts:
        references, firsts, counts = np.unique(part.names, return_index=True, return_counts=True)
        for at in np.argsort(firsts):
            if counts[at] > share * outcome.counts[part.entity]:
                cause = outcome.stray.faults[int(part.causes[part.names == references[at]].min())]
                reference = outcome.stray.names[int(references[at])]
                raise _too_many_orphans(part.entity, reference, int(counts[at]), outcome.counts[part.entity], cause)


def _stop_at_held(outcome: Outcome, rules: RunRules) -> None:
    """Raise DataError `too-many-held` where more than a share of an entity's rows are held back.

    Holding is for single rows: a wrong file, or a table of parameters that is missing, is not a million held events.
    """
    share = Fraction(0) if rules.on_error == "raise" else rules.on_reject_share
    for part in outcome.held_rows.parts:
        if len(part.rows) > share * outcome.counts[part.entity]:
            raise _too_many_held(part, outcome.held_rows.faults, outcome.counts[part.entity])


def _too_many_held(part: Affected, faults: Causes, count: int) -> DataError:
    """Names a fault of the code that holds most rows, of these the one that holds most."""
    codes = faults.counts_by_code(part.causes)
    code = max(codes, key=lambda each: codes[each])
    causes = sorted(part.counts_by_cause(-1).items(), key=lambda each: -each[1])
    cause = next(faults[each] for each, _ in causes if faults[each].code == code)
    most = "" if len(codes) == 1 else f", {codes[code]} of them for {code}"
    mend = "mend the data, or allow a larger share of rejects"
    return DataError(
        "too-many-held",
        f"{len(part.rows)} of {count} rows of `{part.entity}` would be held{most}: {cause.message} [{cause.code}]",
        table=cause.table,
        row="" if cause.table_row is None else str(cause.table_row),
        column=cause.column,
        value=cause.value,
        expected=cause.expected,
        help=f"{cause.help}. {mend.capitalize()}" if cause.help else mend,
    )


def _too_many_orphans(entity: str, reference: str, orphans: int, count: int, cause: Fault) -> DataError:
    mend = " the data, or allow a larger share of rejects"
    return DataError(
        "too-many-orphans",
        f"{orphans} of {count} rows of `{entity}` belong to nobody: {cause.message}",
        table=entity,
        row="" if cause.row is None else str(cause.row),
        column=reference,
        value=cause.value,
        expected=cause.expected,
        help=f"{cause.help} Mend{mend}" if cause.help else f"mend{mend}",
    )


def _first_reject(cause: Fault, count: int, plan: TypedPlan) -> DataError:
    others = "" if count == 1 else f"; {count} rows of `{plan.payee}` would be rejected in all"
    return DataError(
        cause.code.value,
        cause.message + others,
        table=cause.table,
        row="" if cause.table_row is None else str(cause.table_row),
        column=cause.column,
        value=cause.value,
        expected=cause.expected,
        help=cause.help,
    )
