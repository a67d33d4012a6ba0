"""The engine for whole workforces: the door's columns, the spread of faults, the machine, and what they came to."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from threading import Lock

import numpy as np

from paycalc.check.typed import Assertion, Line, Total, TypedPlan
from paycalc.check.usage import usage_of
from paycalc.core.errors import InternalError
from paycalc.engine.computed import Computed, StageTime
from paycalc.engine.decoding.lazy_dataset import lazy_dataset
from paycalc.engine.decoding.member_rows import MemberRows
from paycalc.engine.encoded import EncodedColumn, EncodedData
from paycalc.engine.encoding.memory import address
from paycalc.engine.encoding.values import all_alike
from paycalc.engine.faults.failed_asserts import ASKED_MAX, FailedAsserts
from paycalc.engine.faults.reading import reading_of
from paycalc.engine.faults.spreading import ColumnarSpread
from paycalc.engine.machine import Machine
from paycalc.engine.machine.computing import TILE_ROWS
from paycalc.engine.processors import processors
from paycalc.engine.results.outcome import Outcome, Reported
from paycalc.engine.results.settled import Settled
from paycalc.engine.results.tile_results import TileResults
from paycalc.engine.storage import Numbers
from paycalc.graph.nodes import Input
from paycalc.graph.prepared import counted as counted_rows
from paycalc.reference.dataset import Dataset
from paycalc.reference.faults import Fault
from paycalc.reference.holding import RoundEvaluator
from paycalc.reference.interpreter import Evaluator
from paycalc.reference.run import Progress, arising

COMPUTING = "computing"  # the stage of the machine; its passes follow, each by its own name behind a colon

_PAID = Input(None, "paid")
NOBODY = np.empty(0, np.int64)


@dataclass
class Stages:
    """Where the time of a run goes."""

    times: list[StageTime] = field(default_factory=list)

    @contextmanager
    def measured(self, name: str, rows: int = 0) -> Iterator[None]:
        """Note the time that the block takes."""
        began = time.perf_counter()
        yield
        self.times.append(StageTime(name, rows, time.perf_counter() - began))


@dataclass(frozen=True)
class RunOptions:
    """threads: None as many as there are processors.  tile: rows at once, None as the machine likes it."""

    threads: int | None = None
    tile: int | None = None
    money: str = "decimal128"

    @property
    def thread_count(self) -> int:
        """How many threads there are at most."""
        return self.threads or processors()


class TileEngine:
    """A plan, ready to run on any data. Threads may share it."""

    def __init__(self, plan: TypedPlan) -> None:
        self.plan = plan
        self.usage = usage_of(plan)
        self.reading = reading_of(plan)
        self.machine = Machine(plan)
        self._lock = Lock()
        self._failed_asserts: FailedAsserts | None = None
        self._lines_alone: Machine | None = None

    @property
    def lines_alone(self) -> Machine:
        """Computes lines, and nothing of what a run needs besides; made when it is first needed."""
        with self._lock:
            if self._lines_alone is None:
                graph = self.machine.graph
                self._lines_alone = Machine.of_graph(replace(graph, unpaid=None, totals={}, highs={}, held={}))
            return self._lines_alone

    @property
    def failed_asserts(self) -> FailedAsserts:
        """Who fails which assert; made when it is first needed."""
        with self._lock:
            if self._failed_asserts is None:
                self._failed_asserts = FailedAsserts(self.plan, self.machine)
            return self._failed_asserts

    def run(
        self,
        data: EncodedData,
        reported: Reported,
        options: RunOptions,
        stages: Stages,
        progress: Progress | None = None,
    ) -> Outcome:
        """Pay everybody in the data. Nobody is too many to reject here: see `running`."""
        count = data.counts[self.plan.payee]
        if progress is not None:
            progress(0, count)
        settled = self.settle(data, reported.all, options, stages, progress)
        with stages.measured("results", count):
            outcome = self.results(settled, reported, options).outcome()
        if progress is not None:
            progress(count, count)
        return replace(outcome, stages=stages.times)

    def results(self, settled: Settled, reported: Reported, options: RunOptions) -> TileResults:
        """What a run came to, with all that can be asked of it."""

        def detailed(data: EncodedData, lines: Sequence[Line | Total]) -> Computed:
            return self.lines_alone.compute(with_paid(data, NOBODY), lines, threads=options.threads)

        return TileResults(settled, reported, options.thread_count, options.money, detailed)

    def settle(
        self,
        data: EncodedData,
        lines: Sequence[Line | Total],
        options: RunOptions,
        stages: Stages,
        progress: Progress | None = None,
    ) -> Settled:
        """Compute, hold the rows in which what is added up meets a fault, and compute again until there are none."""
        members = MemberRows(data)
        arisen: dict[str, dict[int, Fault]] = {}
        passed: dict[str, Numbers] = {}
        while True:
            with stages.measured("faults: spread", data.counts[self.plan.payee]):
                spread = ColumnarSpread(data, self.reading, members, arisen)
            held = {entity: rows.rows for entity, rows in spread.held.items()}
            evaluator = Evaluator(lazy_dataset(data, members, held))
            counted = with_counted(data, spread.counted)
            computed = self._compute(counted, spread, evaluator, lines, options, stages, passed, progress)
            found = _newly_bad(computed, passed)
            if not found:
                return Settled(counted, computed, spread, evaluator)
            with stages.measured("faults: held", sum(len(rows) for rows in found.values())):
                for entity, rows in found.items():
                    faults = _to_hold(evaluator.dataset, entity, rows)
                    arisen.setdefault(entity, {}).update(faults)
                    # What is read of others' rows may be faulty in the data: that rejects payees, and holds no row.
                    others = np.setdiff1d(rows, np.array(list(faults), np.int64))
                    passed[entity] = np.union1d(passed.get(entity, NOBODY), others)

    def _compute(
        self,
        data: EncodedData,
        spread: ColumnarSpread,
        evaluator: Evaluator,
        lines: Sequence[Line | Total],
        options: RunOptions,
        stages: Stages,
        passed: Mapping[str, Numbers],
        progress: Progress | None,
    ) -> Computed:
        """Compute, reject those whose pay meets a fault in that, and compute the totals again where others follow.

        Where rows are to be held first, nobody is rejected.
        """
        while True:
            rejected = spread.rejects.rows
            with stages.measured(COMPUTING, data.counts[self.plan.payee]):
                computed = self.machine.compute(
                    with_paid(data, rejected),
                    lines,
                    threads=options.threads,
                    tile=TILE_ROWS if options.tile is None else options.tile,
                    progress=progress,
                )
            stages.times += [replace(each, name=f"{COMPUTING}: {each.name}") for each in computed.stages]
            if _newly_bad(computed, passed):
                return computed
            unpaid = np.flatnonzero(computed.unpaid) if computed.unpaid is not None else NOBODY
            arisen = np.setdiff1d(unpaid, rejected, assume_unique=True)
            with stages.measured("faults: arising", len(arisen)):
                spread.add_rejects(self._arising(data, evaluator, arisen, options))
            if len(spread.rejects.rows) == len(rejected) + len(arisen):
                return computed

    def _arising(
        self, data: EncodedData, evaluator: Evaluator, rows: Numbers, options: RunOptions
    ) -> dict[int, tuple[Fault, Line | Assertion]]:
        """The faults that arise in the pay of these payees, each with the line or assert in which it does."""
        found: dict[int, tuple[Fault, Line | Assertion]] = {}
        if len(rows) > ASKED_MAX and self.plan.assertions:
            found = self.failed_asserts.among(with_paid(data, NOBODY), rows, options.threads)
        for row in rows.tolist():
            if row not in found:
                arisen = arising(evaluator, row)
                if arisen is None:
                    who = f"{self.plan.payee} {evaluator.dataset.key(self.plan.payee, row)}"
                    raise InternalError(f"the engine found a fault in the pay of {who}, and there is none")
                found[row] = arisen
        return found


def _newly_bad(computed: Computed, passed: Mapping[str, Numbers]) -> dict[str, Numbers]:
    """The rows in which what is added up meets a fault, by entity; without those that were looked at and passed."""
    found = {}
    for entity, flags in computed.held.items():
        rows = np.setdiff1d(np.flatnonzero(flags), passed.get(entity, NOBODY), assume_unique=True)
        if len(rows):
            found[entity] = rows
    return found


def _to_hold(dataset: Dataset, entity: str, rows: Numbers) -> dict[int, Fault]:
    """Which of these rows must be held, and why."""
    evaluator = RoundEvaluator(dataset)
    found: dict[int, Fault] = {}
    for row in rows.tolist():
        fault = evaluator.hold_fault(entity, row)
        if fault is not None:
            found[row] = fault
        elif not len(dataset.faults):
            raise InternalError(f"the engine found a fault in row {row + 1} of {entity}, and there is none")
    return found


def with_counted(data: EncodedData, counted: Mapping[str, Numbers]) -> EncodedData:
    """The data with the flags of the rows that count.

    counted  of entities some of whose rows may not: those that do
    """
    inputs = dict(data.inputs)
    for name, entity in data.plan.entities.items():
        if name in data.counts and (entity.dated is not None or entity.holds):
            flags = counted.get(name)
            inputs[Input(counted_rows(name), "made")] = (
                all_alike(data.counts[name], True) if flags is None or flags.all() else _flags(flags.view(np.uint8))
            )
    return replace(data, inputs=inputs)


def with_paid(data: EncodedData, rejected: Numbers) -> EncodedData:
    """The data with the flags of the payees that no fault rejects."""
    column = all_alike(data.counts[data.plan.payee], True)
    if len(rejected):
        paid = np.ones(column.count, np.uint8)
        paid[rejected] = 0
        column = _flags(paid)
    return replace(data, inputs={**data.inputs, _PAID: column})


def _flags(flags: Numbers) -> EncodedColumn:
    return EncodedColumn(flags, address(flags), "flags", len(flags), 0, 1)
