"""A run's outcome as Arrow tables: what is paid, what is shown, who is rejected and why, what it comes to."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from fractions import Fraction

import numpy as np
import pyarrow as pa

from paycalc.check.arithmetic import ROWS_MAX
from paycalc.check.typed import TypedPlan
from paycalc.check.types import NumberType
from paycalc.engine.faults.consequences import Consequences
from paycalc.engine.results.outcome import Outcome, key_column
from paycalc.engine.results.value_types import DIGITS_MAX, DIGITS_WIDE, decimal_of, decimal_type
from paycalc.reference.faults import Fault
from paycalc.reference.run import TOTAL_NAMES


def result_tables(outcome: Outcome) -> dict[str, pa.Table]:
    """All tables of an outcome by name: `lines`, `rejects`, `shown.store`, `carried.parcel` and so on."""
    return {"lines": outcome.lines, **tables_beside_lines(outcome)}


def tables_beside_lines(outcome: Outcome) -> dict[str, pa.Table]:
    """All tables but that of the lines, which is the largest."""
    return {
        **{f"shown.{entity}": outcome.shown(entity) for entity in outcome.shown_entities},
        "rejects": rejects_table(outcome),
        "withheld": withheld_table(outcome),
        "orphans": orphans_table(outcome),
        **({"held": held_table(outcome)} if any(each.holds for each in outcome.plan.entities.values()) else {}),
        **{f"carried.{entity}": outcome.carried(entity) for entity in outcome.carrying},
        "totals": totals_table(outcome),
    }


def rejects_table(outcome: Outcome) -> pa.Table:
    """One row a payee that is not paid: its key and row, the code, the line or assert it stopped, and the cause."""
    rejected = outcome.rejected
    causes = _causes(rejected)
    columns = {"row": _rows(rejected), "code": causes.pop("code"), "rule": _names(rejected), **causes}
    keys = rejected.parts[0].keys if rejected.parts else pa.array([], outcome.key_type(outcome.plan.payee))
    return pa.table({key_column(outcome.plan.payee, columns): keys, **columns})


def withheld_table(outcome: Outcome) -> pa.Table:
    """One row a `show` that has no value because of a fault: whose, which line, and the cause."""
    return _placed(outcome.unshown, "line")


def orphans_table(outcome: Outcome) -> pa.Table:
    """One row a row that belongs to nobody: an aggregate should count it, and its reference leads nowhere."""
    return _placed(outcome.stray, "reference")


def held_table(outcome: Outcome) -> pa.Table:
    """One row a row that is held back: whose, and the cause."""
    return _placed(outcome.held_rows)


def _placed(found: Consequences, name: str = "") -> pa.Table:
    entities = [pa.repeat(pa.scalar(part.entity, pa.string()), len(part.rows)) for part in found.parts]
    keys = [part.keys.cast(pa.string()).fill_null("") for part in found.parts]
    return pa.table(
        {
            "entity": _texts_of(entities),
            "key": _texts_of(keys),
            "row": _rows(found),
            **({name: _names(found)} if name else {}),
            **_causes(found),
        }
    )


def _texts_of(parts: Sequence[pa.Array | pa.ChunkedArray]) -> pa.Array:
    chunks = [chunk for part in parts for chunk in (part.chunks if isinstance(part, pa.ChunkedArray) else [part])]
    return pa.concat_arrays([pa.array([], pa.string()), *chunks])


def _rows(found: Consequences) -> pa.Array:
    return pa.array(np.concatenate([np.empty(0, np.int64), *(part.rows for part in found.parts)]))


def _names(found: Consequences) -> pa.Array:
    numbers = np.concatenate([np.empty(0, np.int64), *(part.names for part in found.parts)])
    return _texts([*found.names, ""]).take(pa.array(np.where(numbers < 0, len(found.names), numbers)))


def _causes(found: Consequences) -> dict[str, pa.Array]:
    parts: dict[str, Callable[[Fault], str | int | None]] = {
        "code": lambda fault: fault.code.value,
        "message": lambda fault: fault.message,
        "cause_table": lambda fault: fault.table,
        "cause_key": lambda fault: "" if fault.key is None else str(fault.key),
        "cause_row": lambda fault: fault.table_row,
        "cause_column": lambda fault: fault.column,
        "value": lambda fault: fault.value,
        "expected": lambda fault: fault.expected,
        "help": lambda fault: fault.help,
    }
    # Every fault is made once, however many rows it has reached.
    numbers, positions = np.unique(found.causes, return_inverse=True)
    faults = [found.faults[number] for number in numbers.tolist()]
    taken = pa.array(positions.reshape(-1))
    return {
        name: pa.array([part(fault) for fault in faults], pa.int64() if name == "cause_row" else pa.string()).take(
            taken
        )
        for name, part in parts.items()
    }


def totals_table(outcome: Outcome) -> pa.Table:
    """The sums over all payees that are paid: of each pay, deduct and employer line, of gross, net and cost."""
    plan = outcome.plan
    names = list(outcome.totals)
    lines = {line.name: line for line in plan.lines if line.entity == plan.payee}
    amounts = [decimal_of(outcome.totals[name], plan.currency_places) for name in names]
    return pa.table(
        {
            "line": _texts(names),
            "role": _texts(lines[name].role if name in lines else "total" for name in names),
            "label": _texts(lines[name].label if name in lines else "" for name in names),
            "amount": pa.array(amounts, decimal_type(_total_digits(plan, names), plan.currency_places)),
        }
    )


def _total_digits(plan: TypedPlan, names: Sequence[str]) -> int:
    """The digits of the largest sum that the plan allows; like those of a value, no matter of the data."""
    types = {line.name: line.type for line in plan.lines if line.entity == plan.payee}
    types |= {name: plan.totals[name].type for name in TOTAL_NAMES}
    largest = max(type.interval.magnitude for name in names if isinstance(type := types[name], NumberType))
    count = largest * ROWS_MAX * Fraction(10**plan.currency_places)
    return DIGITS_WIDE if count < 10**DIGITS_WIDE else DIGITS_MAX


def _texts(cells: Iterable[str]) -> pa.Array:
    return pa.array(list(cells), pa.string())
