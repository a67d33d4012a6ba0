"""A graph against the reference interpreter, cell by cell."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

from paycalc.check.typed import Line, Total
from paycalc.graph.nodes import PlanGraph
from paycalc.reference.dataset import Dataset
from paycalc.reference.faults import FaultCode
from paycalc.reference.holding import PayReads, RoundEvaluator, held_by_data, with_rows_held
from paycalc.reference.interpreter import Evaluator
from paycalc.reference.spread import PAYING_ROLES, Routes, Spread
from tests.graph.plain_graph import PlainGraph, PlainInputs


@dataclass
class Compared:
    """How many cells were compared: values, faults, and those that a fault of the data reaches and nobody reads."""

    values: int = 0
    faults: int = 0
    unread: int = 0


def inputs_of(dataset: Dataset, *, seed: int = 0) -> PlainInputs:
    """The columns of the data, its bad rows held; `paid` are the payees that no fault of the data rejects."""
    dataset, _ = with_rows_held(dataset, Routes.of(dataset.plan))
    spread = _spread(dataset)
    count = dataset.entities[dataset.plan.payee].count
    return PlainInputs(dataset, [row not in spread.rejected for row in range(count)], seed=seed)


def compare_rounds(graph: PlanGraph, dataset: Dataset, *, seed: int = 0) -> int:
    """The rows that are found in each round to be held, until none is; gives how many."""
    plan, found = dataset.plan, 0
    pay = PayReads.of(plan, Routes.of(plan))
    held = {entity: set(rows) for entity, rows in held_by_data(dataset, pay).items()}
    while True:
        dataset = dataset.holding({entity: frozenset(rows) for entity, rows in held.items()})
        evaluator = RoundEvaluator(dataset, pay)
        plain = PlainGraph(graph, PlainInputs(dataset, [True] * dataset.entities[plan.payee].count, seed=seed))
        newly = 0
        for name, entity in plan.entities.items():
            rows = range(dataset.entities[name].count) if entity.holds and name in dataset.entities else ()
            expected = [row for row in rows if evaluator.hold_fault(name, row) is not None]
            flags = plain.column(graph.held[name]) if name in graph.held else [0] * len(rows)
            assert [row for row in rows if flags[row]] == expected, name
            held.setdefault(name, set()).update(expected)
            newly += len(expected)
        if not newly:
            return found
        found += newly


def _spread(dataset: Dataset) -> Spread:
    spread = Spread(dataset, Routes.of(dataset.plan))
    spread.add_faults(dataset.faults)
    return spread


def compare(graph: PlanGraph, inputs: PlainInputs, *, observed: bool = False) -> Compared:
    """Every line at every row, who is not paid, and the totals. Raises AssertionError at the first difference."""
    dataset = inputs.dataset
    plan, evaluator, spread = dataset.plan, Evaluator(dataset), _spread(dataset)
    count = dataset.entities[plan.payee].count
    plain = PlainGraph(graph, inputs, observed=observed)
    result = Compared()
    for line in graph.lines:
        for row in range(dataset.entities[line.entity].count):
            if (line, row) in spread.reached:
                result.unread += 1
            else:
                _compare_cell(plain, evaluator, line, row, result)
    totals: dict[str, Fraction] | None = dict.fromkeys(graph.totals, Fraction(0))
    for row in range(count):
        if row in spread.rejected:
            continue
        paid = _compare_unpaid(plain, evaluator, row)
        if paid is None:
            totals = None  # somebody's pay needs what the example leaves out
        elif paid and totals is not None:
            for name in totals:
                totals[name] += _line_of(graph, evaluator, name, row)
    for name in totals or ():
        assert Fraction(plain.total(name), 10**plan.currency_places) == totals[name], name  # type: ignore[index]
    return result


def _compare_cell(plain: PlainGraph, evaluator: Evaluator, line: Line | Total, row: int, result: Compared) -> None:
    nodes = plain.graph.lines[line]
    place = f"{line.entity} {row}: {line.name}"
    fault = evaluator.fault(line, row)
    if fault is not None and fault.code is FaultCode.LEFT_OUT:
        result.unread += 1
        return
    if fault is not None:
        assert plain.fault(nodes, row), f"{place} is {fault.message}"
        result.faults += 1
        return
    expected = evaluator.value(line, row)
    assert not plain.fault(nodes, row), f"{place} is {expected}, no fault"
    got = plain.value(nodes, line.type, row)
    assert got == expected, f"{place} is {expected}, not {got}"
    result.values += 1


def _compare_unpaid(plain: PlainGraph, evaluator: Evaluator, row: int) -> bool | None:
    """Whether a payee is paid; None where it cannot be said."""
    plan = evaluator.plan
    faults = [evaluator.fault(line, row) for line in plan.lines if line.role in PAYING_ROLES]
    faults += [evaluator.assertion_fault(each, row) for each in plan.assertions]
    codes = {fault.code for fault in faults if fault is not None}
    if FaultCode.LEFT_OUT in codes:
        return None
    unpaid = plain.graph.unpaid is not None and bool(plain.column(plain.graph.unpaid)[row])
    assert unpaid == bool(codes), f"payee {row}: {codes or 'no fault'}"
    return not unpaid


def _line_of(graph: PlanGraph, evaluator: Evaluator, name: str, row: int) -> Fraction:
    line = next(each for each in graph.lines if each.name == name and each.entity == graph.plan.payee)
    value = evaluator.value(line, row)
    assert isinstance(value, Fraction)
    return value
