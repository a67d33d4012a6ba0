"""A rerun: what corrections of a run's data add to what was paid.

The corrected data is run as a whole. Who was not paid before is paid in full; whose events count only now, the
difference; everybody else must come out as before, for their money is with them.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from decimal import Decimal
from fractions import Fraction

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from paycalc.check.typed import Line, TypedPlan
from paycalc.core.errors import DataError, InternalError
from paycalc.engine.corrections import ADDED, CorrectedTables, corrected
from paycalc.engine.faults.causes import key_ranks
from paycalc.engine.inputs.input_table import InputTable
from paycalc.engine.results.outcome import Outcome, Supplements, reconcile
from paycalc.engine.storage import Numbers
from paycalc.reference.run import TOTAL_NAMES
from paycalc.reference.spread import PAYING_ROLES

_DIGITS = 60  # of decimals in which differences are worked out: more than any amount has


def rerun(
    before: Outcome, corrections: Mapping[str, InputTable], run: Callable[[Mapping[str, InputTable]], Outcome]
) -> Outcome:
    """The supplements that corrections of a run's data make due.

    corrections  rows of entities, which replace those with the same key or are new; tables of parameters and tables
                 from data, which replace the whole table
    run          runs the corrected tables
    Raises       DataError `paid-would-change`, and those of corrections and of the run
    """
    first = before.whole or before
    changed = corrected(first.plan, first.tables, corrections)
    return supplements(first, run(changed.tables), changed)


def supplements(before: Outcome, after: Outcome, changed: CorrectedTables) -> Outcome:
    """Of the run of corrected data, what was not paid before. Raises DataError `paid-would-change`."""
    plan, payee = after.plan, after.plan.payee
    origins = _origins(after, changed, payee)
    paid_before, paid_now = _those_before(_paid(before), origins), _paid(after)
    newly = _newly_counted(before, after, changed)
    lines = [line for line in plan.lines if line.entity == payee and line.role in PAYING_ROLES]
    now = after.make_detail(payee, lines)
    was = _in_form_of(
        before.make_detail(payee, lines).take(pa.array(origins, mask=~paid_before)), now, plan.currency_places
    )
    _refuse_reject(after, now.column(0), paid_before & ~paid_now)
    differences: dict[Line, pa.ChunkedArray] = {}
    for line in lines:
        values = [pc.fill_null(table[line.name].cast(_wide(table[line.name].type)), 0) for table in (now, was)]
        differences[line] = pc.subtract(*values)
        differs = np.asarray(pc.not_equal(*values)) & paid_before & paid_now & ~newly
        _refuse_change(line, now.column(0), was[line.name], now[line.name], differs)
    rows = np.flatnonzero(paid_now & (~paid_before | newly))
    totals = {name: amount - before.totals[name] for name, amount in after.totals.items()}
    reconcile(plan, totals)
    parts = {name: column.take(pa.array(rows)) for name, column in _with_totals(plan, differences).items()}
    for name, amount in totals.items():
        if _sum(parts[name], plan) != amount:
            raise InternalError(f"the supplements of {name} do not add up to what its total has changed by")
    table = _table(after, parts, rows, paid_now)
    return replace(
        after,
        totals=totals,
        make_lines=lambda start, stop: table.slice(start, stop - start),
        supplements=Supplements(len(rows), int(np.count_nonzero(~paid_before[rows]))),
        whole=after,
    )


def _wide(type: pa.DataType) -> pa.DataType:
    """Decimals in which differences and sums of a type find room; the places stay."""
    return pa.decimal256(_DIGITS, 0 if pa.types.is_integer(type) else type.scale)


def _in_form_of(table: pa.Table, like: pa.Table, places: int) -> pa.Table:
    """Amounts in the form of others, for a rerun may ask for another: decimals, or whole numbers of the last place."""
    columns = {table.column_names[0]: table.column(0)}
    for name in table.column_names[1:]:
        column, wanted = table[name].cast(_wide(table[name].type)), _wide(like[name].type)
        shift = pa.scalar(Decimal(10) ** (column.type.scale - wanted.scale), pa.decimal256(2 * places + 1, places))
        columns[name] = pc.multiply(column, shift).cast(wanted)
    return pa.table(columns)


def _with_totals(plan: TypedPlan, columns: Mapping[Line, pa.ChunkedArray]) -> dict[str, pa.ChunkedArray]:
    """The columns of paying lines by name, and those of gross, net and cost, which are their sums."""
    found = {line.name: column for line, column in columns.items()}
    for name in TOTAL_NAMES:
        total = plan.totals[name]
        column = None
        for line, sign in [*((line, 1) for line in total.added), *((line, -1) for line in total.subtracted)]:
            start = pc.subtract(columns[line], columns[line]) if column is None else column
            column = (pc.add if sign > 0 else pc.subtract)(start, columns[line]).cast(columns[line].type)
        found[name] = column
    return found


def _sum(column: pa.ChunkedArray, plan: TypedPlan) -> Fraction:
    found = Fraction(pc.sum(column).as_py() or 0)
    return found if column.type.scale else found / 10**plan.currency_places


def _table(after: Outcome, parts: Mapping[str, pa.ChunkedArray], rows: Numbers, paid: Numbers) -> pa.Table:
    """The lines of the supplements at some payees: differences of what is paid, and what else is shown as it is now."""
    lines = after.make_lines(0, after.paid_count)
    position = pa.array((np.cumsum(paid) - 1)[rows])
    columns = {}
    for field in lines.schema:
        if field.name in parts and field.name != lines.schema.names[0]:
            columns[field.name] = _narrowed(parts[field.name], field.type)
        else:
            columns[field.name] = lines[field.name].take(position)
    return pa.table(columns, schema=lines.schema)


def _narrowed(column: pa.ChunkedArray, type: pa.DataType) -> pa.ChunkedArray:
    if pa.types.is_decimal64(type):
        column = column.cast(pa.decimal128(type.precision, type.scale))
    return column.cast(type)


def _refuse_reject(after: Outcome, keys: pa.ChunkedArray, refused: Numbers) -> None:
    """Raise DataError where a payee who was paid would not be now."""
    at = _first(keys, refused)
    if at is None:
        return
    reject = next(each for each in after.rejects if each.row == at + 1)
    raise _would_change(after.plan.payee, keys[at].as_py(), "", "", f"would be rejected: {reject.message}")


def _refuse_change(
    line: Line, keys: pa.ChunkedArray, was: pa.ChunkedArray, now: pa.ChunkedArray, refused: Numbers
) -> None:
    """Raise DataError where a line of a payee would change though nothing new counts for them."""
    at = _first(keys, refused)
    if at is not None:
        old, new = str(was[at].as_py()), str(now[at].as_py())
        raise _would_change(line.entity, keys[at].as_py(), line.name, old, f"`{line.name}` would be {new} now")


def _first(keys: pa.ChunkedArray, flags: Numbers) -> int | None:
    """The row of the least key among those flagged."""
    rows = np.flatnonzero(flags)
    return int(rows[np.argmin(key_ranks(keys.take(pa.array(rows))))]) if len(rows) else None


def _would_change(payee: str, key: object, line: str, paid: str, what: str) -> DataError:
    return DataError(
        "paid-would-change",
        f"{payee} {key} was paid{f' {paid}' if paid else ''}, and {what}",
        table=payee,
        column=line,
        value=paid,
        expected="the corrections to leave alone what was paid",
        help="a rerun pays who was rejected and events that count only now; other changes are a matter of another run",
    )


def _paid(outcome: Outcome) -> Numbers:
    """Flags of the payees that are paid."""
    flags = np.ones(outcome.payee_count, bool)
    for part in outcome.rejected.parts:
        flags[part.rows - 1] = False
    return flags


def _those_before(flags: Numbers, origins: Numbers) -> Numbers:
    """Flags of rows as they were before; those that are new have none."""
    found = np.zeros(len(origins), bool)
    there = origins != ADDED
    found[there] = flags[origins[there]]
    return found


def _origins(after: Outcome, changed: CorrectedTables, entity: str) -> Numbers:
    """The row that each row of an entity was before the corrections."""
    return changed.origins.get(entity, np.arange(after.counts[entity]))


def _newly_counted(before: Outcome, after: Outcome, changed: CorrectedTables) -> Numbers:
    """Flags of the payees to whom rows belong that count now and did not, or belonged to somebody else."""
    payee_origins = _origins(after, changed, after.plan.payee)
    flags = np.zeros(after.payee_count, bool)
    for entity in after.belonging.entities():
        now = after.belonging.fates(entity)
        counts = now.counted & (now.payees >= 0)
        if entity in before.counts:
            was = before.belonging.fates(entity)
            origins = _origins(after, changed, entity)
            old = _those_before(was.counted & (was.payees >= 0), origins) & counts
            old[old] = payee_origins[now.payees[old]] == was.payees[origins[old]]
            counts &= ~old
        flags[now.payees[counts]] = True
    return flags
