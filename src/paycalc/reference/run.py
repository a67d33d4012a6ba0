"""A whole run: every payee paid or rejected, everything shown or withheld, and the totals that reconcile."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction

from paycalc.check.typed import Assertion, Field, Line, Reference, TypedPlan
from paycalc.check.types import Value
from paycalc.core.calendar import Period
from paycalc.core.errors import DataError, InternalError
from paycalc.reference.balance import EventBalance, balance_of
from paycalc.reference.dataset import Dataset
from paycalc.reference.faults import Fault, FaultCode, Faulted, Key, first_fault, key_order
from paycalc.reference.holding import with_rows_held
from paycalc.reference.interpreter import Evaluator
from paycalc.reference.spread import PAYING_ROLES, Reach, Routes, Rows, Spread

ON_REJECT_SHARE = Fraction(1, 20)
PROGRESS_ROWS = 1_000  # payees between two reports of progress
CAUSES_SHOWN_MAX = 5  # of a run that is stopped

Progress = Callable[[int, int], None]
TOTAL_NAMES = ("gross", "net", "cost")


@dataclass(frozen=True)
class PayeeLine:
    """What one payee gets: its pay, deduct, employer and show lines in the order of the plan, then gross, net, cost.

    values  by name; None where a `show` is withheld or missing
    """

    key: Key | None
    row: int
    values: Mapping[str, Value | None]


@dataclass(frozen=True)
class ShownRow:
    """The `show` lines of a row of another entity, or of the plan."""

    entity: str
    key: Key | None
    row: int
    values: Mapping[str, Value | None]


class Caused:
    """What a fault is the cause of."""

    cause: Fault

    @property
    def code(self) -> FaultCode:
        return self.cause.code

    @property
    def message(self) -> str:
        return self.cause.message


@dataclass(frozen=True)
class Reject(Caused):
    """A payee that cannot be paid.

    key, row  the payee; row counts from 1
    cause     the fault behind it, perhaps in another table
    rule      the first line or assert that the fault reaches, `pay commission`; empty: the row as a whole
    """

    key: Key | None
    row: int
    cause: Fault
    rule: str


@dataclass(frozen=True)
class Withheld:
    """A `show` that has no value at a row because of a fault."""

    entity: str
    key: Key | None
    row: int
    line: str
    cause: Fault


@dataclass(frozen=True)
class Orphan:
    """A row that belongs to nobody: its reference, along which an aggregate adds up, leads nowhere."""

    entity: str
    key: Key | None
    row: int
    reference: str
    cause: Fault


@dataclass(frozen=True)
class Held(Caused):
    """A row that is held back for a later correction; row counts from 1. cause: the first fault that reached it."""

    entity: str
    key: Key | None
    row: int
    cause: Fault


@dataclass(frozen=True)
class Settled:
    """What is known of a run before anything is paid: the values where the bad rows are held, and who is rejected."""

    evaluator: Evaluator
    spread: Spread


@dataclass(frozen=True)
class RunResult:
    """lines in the order of the payee's table; everything else sorted by key, then code.

    totals   of each pay, deduct and employer line and of gross, net, cost, over the payees that are paid
    spread   what the faults reached
    held     by entity, then key
    balance  of each entity whose rows belong to those of another
    """

    plan: TypedPlan
    period: Period
    lines: Sequence[PayeeLine]
    shown: Mapping[str, Sequence[ShownRow]]
    rejects: Sequence[Reject]
    withheld: Sequence[Withheld]
    orphans: Sequence[Orphan]
    totals: Mapping[str, Fraction]
    payee_count: int
    evaluator: Evaluator
    spread: Spread
    held: Sequence[Held]
    balance: Mapping[str, EventBalance]

    @property
    def paid_count(self) -> int:
        return len(self.lines)


def run(
    dataset: Dataset, *, on_reject_share: Fraction | None = ON_REJECT_SHARE, progress: Progress | None = None
) -> RunResult:
    """Pay everybody in the dataset.

    on_reject_share  a larger share of rejected payees stops the run; None never does
    progress         called with how many payees are done, and how many there are
    Raises           DataError `too-many-rejects`
    """
    settled = settle(dataset, progress)
    evaluator, spread = settled.evaluator, settled.spread
    dataset = evaluator.dataset
    rejects = _rejects(dataset, spread)
    _stop_if_too_many(rejects, dataset, on_reject_share)
    withheld: list[Withheld] = []
    lines = _payee_lines(evaluator, spread, withheld)
    shown = _shown_rows(evaluator, spread, withheld)
    result = RunResult(
        dataset.plan,
        dataset.period,
        lines,
        shown,
        rejects,
        sorted(withheld, key=lambda each: (each.entity.encode(), key_order(each.key), each.row, each.line.encode())),
        _orphans(dataset, spread),
        _totals(dataset.plan, lines),
        dataset.entities[dataset.plan.payee].count,
        evaluator,
        spread,
        _held_rows(dataset, spread.held),
        balance_of(dataset, spread.rejected),
    )
    _reconcile(result)
    return result


# ---------------------------------------------------------------- who is rejected


def settle(dataset: Dataset, progress: Progress | None = None) -> Settled:
    """Hold the bad rows back that are to be held, then find who is rejected."""
    held_dataset, held = with_rows_held(dataset, Routes.of(dataset.plan))
    evaluator = Evaluator(held_dataset)
    spread = find_rejects(evaluator, progress)
    spread.held = held
    return Settled(evaluator, spread)


def _held_rows(dataset: Dataset, held: Mapping[str, Mapping[int, Fault]]) -> list[Held]:
    found = [
        Held(entity, dataset.key(entity, row), row + 1, fault)
        for entity, rows in held.items()
        for row, fault in rows.items()
    ]
    return sorted(found, key=lambda each: (each.entity.encode(), key_order(each.key), each.code.rank, each.row))


def find_rejects(evaluator: Evaluator, progress: Progress | None = None) -> Spread:
    """Spread the faults that stand in the data, compute what they leave, and spread what arises in that."""
    dataset = evaluator.dataset
    spread = Spread(dataset, Routes.of(dataset.plan))
    spread.add_faults(dataset.faults)
    arisen: dict[int, tuple[Fault, Line | Assertion]] = {}
    count = dataset.entities[dataset.plan.payee].count
    for row in range(count):
        if progress is not None and row % PROGRESS_ROWS == 0:
            progress(row, count)
        if row not in spread.rejected:
            found = arising(evaluator, row)
            if found is not None:
                arisen[row] = found
    spread.add_rejects(arisen)
    if progress is not None:
        progress(count, count)
    return spread


def arising(evaluator: Evaluator, row: int) -> tuple[Fault, Line | Assertion] | None:
    """The first fault that arises in a payee's pay, and the first line or assert in which it does."""
    plan = evaluator.plan
    found: list[tuple[Fault, Line | Assertion]] = []
    for line in plan.lines:
        if line.role in PAYING_ROLES:
            fault = evaluator.fault(line, row)
            if fault is not None:
                found.append((fault, line))
    for assertion in plan.assertions:
        fault = evaluator.assertion_fault(assertion, row)
        if fault is not None:
            found.append((fault, assertion))
    # What an example leaves out rejects nobody: only whoever asks for it misses it.
    found = [each for each in found if each[0].code is not FaultCode.LEFT_OUT]
    first = first_fault(fault for fault, _ in found)
    return next(((fault, rule) for fault, rule in found if fault == first), None)


def rule_name(rule: Line | Assertion | None) -> str:
    """A line or assert as messages call it: `pay commission`, `assert "net pay may not be negative"`."""
    if rule is None:
        return ""
    return f"{rule.role} {rule.name}" if isinstance(rule, Line) else f'assert "{rule.message}"'


def _rejects(dataset: Dataset, spread: Spread) -> list[Reject]:
    keys = dataset.entities[dataset.plan.payee].keys
    rejects = [
        Reject(keys[row], row + 1, fault, rule_name(spread.rules[row])) for row, fault in spread.rejected.items()
    ]
    return sorted(rejects, key=lambda each: (key_order(each.key), each.code.rank, each.row))


def _stop_if_too_many(rejects: Sequence[Reject], dataset: Dataset, share: Fraction | None) -> None:
    count = dataset.entities[dataset.plan.payee].count
    if share is None or len(rejects) <= share * count:
        return
    causes: dict[Fault, int] = Counter(each.cause for each in rejects)
    worst = sorted(causes, key=lambda fault: (-causes[fault], fault.order))[:CAUSES_SHOWN_MAX]
    codes = Counter(each.code for each in rejects)
    raise too_many_rejects(dataset.plan, count, codes, [(fault, causes[fault]) for fault in worst])


def too_many_rejects(
    plan: TypedPlan, count: int, codes: Mapping[FaultCode, int], worst: Sequence[tuple[Fault, int]]
) -> DataError:
    """The error that stops a run in which too many of `count` payees are rejected.

    codes  how many by each code;  worst: the faults that reject most, each with how many
    """
    listed = "; ".join(f"{cause.message} [{cause.code}]" + _reach(number, plan.payee) for cause, number in worst)
    first = worst[0][0]
    return DataError(
        "too-many-rejects",
        f"{sum(codes.values())} of {count} rows of `{plan.payee}` are rejected: "
        + ", ".join(
            f"{number} {code}" for code, number in sorted(codes.items(), key=lambda each: (-each[1], each[0].rank))
        ),
        table=first.table,
        row="" if first.table_row is None else str(first.table_row),
        column=first.column,
        value=first.value,
        expected=first.expected,
        help=f"{listed}. Mend the data, or allow a larger share of rejects",
    )


def _reach(count: int, payee: str) -> str:
    return f" (rejects {count} rows of {payee})" if count > 1 else ""


def _orphans(dataset: Dataset, spread: Spread) -> list[Orphan]:
    """Rows that an aggregate should count somewhere, and nobody can say where; rejected payees stand elsewhere."""
    orphans = []
    for place, row, fault in dataset.faults:
        if not isinstance(place, Reference) or place not in spread.routes.aggregated:
            continue
        if not dataset.counts(place.entity, row):
            continue
        if place.entity != dataset.plan.payee or row not in spread.rejected:
            orphans.append(Orphan(place.entity, dataset.key(place.entity, row), row + 1, place.name, fault))
    return sorted(orphans, key=lambda each: (each.entity.encode(), key_order(each.key), each.row, each.reference))


# ---------------------------------------------------------------- what is paid and shown


def _payee_lines(evaluator: Evaluator, spread: Spread, withheld: list[Withheld]) -> list[PayeeLine]:
    plan, payee = evaluator.plan, evaluator.plan.payee
    rows = evaluator.dataset.entities[payee]
    reported = [line for line in plan.lines if line.entity == payee and line.role != "let"]
    totals = [plan.totals[name] for name in TOTAL_NAMES]
    lines = []
    for row in range(rows.count):
        if row in spread.rejected:
            continue
        values: dict[str, Value | None] = {}
        for line in reported:
            values[line.name] = _shown_value(evaluator, spread, line, row, withheld)
        for total in totals:
            values[total.name] = evaluator.value(total, row)
        lines.append(PayeeLine(rows.keys[row], row + 1, values))
    return lines


def _shown_value(evaluator: Evaluator, spread: Spread, line: Line, row: int, withheld: list[Withheld]) -> Value | None:
    """The value of a line; of a `show` that a fault reaches None, which is noted down. A row that does not count shows
    nothing: it stands among those that are held, or lies outside the period."""
    if not evaluator.dataset.counts(line.entity, row):
        return None
    fault = spread.reached.get((line, row))
    if fault is None:
        try:
            return evaluator.value(line, row)
        except Faulted as faulted:
            fault = faulted.fault
    if line.role != "show":
        raise InternalError(f"{line.role} {line.name} of a payee that is paid has no value: {fault.message}")
    withheld.append(Withheld(line.entity, evaluator.dataset.key(line.entity, row), row + 1, line.name, fault))
    return None


def _shown_rows(evaluator: Evaluator, spread: Spread, withheld: list[Withheld]) -> dict[str, list[ShownRow]]:
    plan, dataset = evaluator.plan, evaluator.dataset
    shown: dict[str, list[ShownRow]] = {}
    for entity in plan.entities:
        lines = [line for line in plan.lines if line.entity == entity and line.role == "show"]
        if not lines or entity == plan.payee:
            continue
        rows = dataset.entities[entity]
        in_order = sorted(range(rows.count), key=lambda row: (key_order(rows.keys[row]), row))
        shown[entity] = [
            ShownRow(
                entity,
                rows.keys[row],
                row + 1,
                {line.name: _shown_value(evaluator, spread, line, row, withheld) for line in lines},
            )
            for row in in_order
        ]
    return shown


def _totals(plan: TypedPlan, lines: Sequence[PayeeLine]) -> dict[str, Fraction]:
    names = [line.name for line in plan.lines if line.role in PAYING_ROLES] + list(TOTAL_NAMES)
    totals = dict.fromkeys(names, Fraction(0))
    for line in lines:
        for name in names:
            value = line.values[name]
            assert isinstance(value, Fraction)
            totals[name] += value
    return totals


def _reconcile(result: RunResult) -> None:
    """Nobody is lost, and the sums of the lines give the sums of gross, net and cost."""
    plan, totals = result.plan, result.totals
    sums = {role: Fraction(0) for role in PAYING_ROLES}
    for line in plan.lines:
        if line.role in sums:
            sums[line.role] += totals[line.name]
    balanced = (
        result.payee_count == len(result.lines) + len(result.rejects)
        and totals["gross"] == sums["pay"]
        and totals["net"] == sums["pay"] - sums["deduct"]
        and totals["cost"] == sums["pay"] + sums["employer"]
    )
    if not balanced:
        raise InternalError("the totals of the run do not reconcile")


def reached_fault(reach: Reach, field: Field, row: int) -> Fault | None:
    """The fault that reaches a field at a row, as far as it stands in the data or rejects a payee."""
    return reach.fault_at(field, row) or reach.fault_at(Rows(field.entity), row)
