"""Payees whose only fault is an assert that does not hold, found by columns: there may be hundreds of thousands.

The machine says whose pay meets a fault, and not which. The same plan with one assert, or with none, says more: who
fails that assert, and whose lines meet a fault in any case. So for most of them the interpreter is not asked.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from paycalc.check.typed import (
    Aggregate,
    Apply,
    Assertion,
    Expr,
    LadderUse,
    Line,
    Read,
    Running,
    TableLookup,
    Total,
    TypedPlan,
)
from paycalc.check.usage import operands
from paycalc.engine.encoded import EncodedData
from paycalc.engine.machine import Machine
from paycalc.engine.storage import Numbers
from paycalc.reference.faults import Fault, FaultCode
from paycalc.reference.spread import PAYING_ROLES

ASKED_MAX = 500  # so many payees are sooner asked about one by one


class FailedAsserts:
    """The asserts of a plan, each with a machine of its own. Threads may share it."""

    def __init__(self, plan: TypedPlan, machine: Machine) -> None:
        self._plan = plan
        self._without = Machine(replace(plan, assertions=()))
        in_order = sorted(plan.assertions, key=lambda each: each.span.start)
        self._machines = {each: Machine(replace(plan, assertions=(each,))) for each in in_order}
        self._plain = {each: _is_plain(each.condition, machine) for each in in_order}

    def among(self, data: EncodedData, rows: Numbers, threads: int | None) -> dict[int, tuple[Fault, Line | Assertion]]:
        """Of the payees in `rows`, rising, those who fail an assert and nothing else: each with the first it fails.

        The others are those whose lines meet a fault, or in whose asserts one arises.
        """

        def unpaid(machine: Machine) -> Numbers:
            flags = machine.compute(data, [], threads=threads).unpaid
            return np.zeros(len(rows), bool) if flags is None else flags[rows] != 0

        left = ~unpaid(self._without)
        failed = {assertion: unpaid(machine) for assertion, machine in self._machines.items()}
        for assertion, flags in failed.items():
            if not self._plain[assertion]:
                left &= ~flags
        found: dict[int, tuple[Fault, Line | Assertion]] = {}
        for assertion, flags in failed.items():
            for row in rows[left & flags].tolist():
                found[row] = (self._fault(assertion, row, data), assertion)
            left &= ~flags
        return found

    def _fault(self, assertion: Assertion, row: int, data: EncodedData) -> Fault:
        payee = self._plan.payee
        key = data.keys[payee][row]
        return Fault(FaultCode.ASSERT_FAILED, payee, key, row + 1, "", "", assertion.message, span=assertion.span)


def _is_plain(condition: Expr, machine: Machine) -> bool:
    """Whether no fault arises in working a condition out, beyond those of the payee's own pay lines."""
    waiting = [condition]
    while waiting:
        expr = waiting.pop()
        if isinstance(expr, TableLookup | LadderUse | Aggregate | Running) or (
            isinstance(expr, Apply) and expr.function == "clamp"
        ):
            return False
        if isinstance(expr, Read) and not _is_sure(expr, machine):
            return False
        waiting += operands(expr)
    return True


def _is_sure(read: Read, machine: Machine) -> bool:
    """Whether what is read has a value wherever the payee's pay lines have theirs."""
    field = read.field
    if not isinstance(field, Line | Total) or machine.graph.lines[field].fault is None:
        return True
    return not read.references and (isinstance(field, Total) or field.role in PAYING_ROLES)
