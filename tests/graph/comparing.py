"""A graph against the reference interpreter, cell by cell."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

from paycalc.check.typed import Line, Total
from paycalc.graph.nodes import PlanGraph
from paycalc.reference.dataset import Dataset
from paycalc.reference.faults import FaultCode
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
    """The columns of the data; `paid` are the payees that no fault of the data rejects."""
    spread = _spread(dataset)
    count = dataset.entities[dataset.plan.payee].count
    return PlainInputs(dataset, [row not in spread.rejected for row in range(count)], seed=seed)


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
