"""The machine: the graph of one plan, and runs of it over encoded data."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable, Collection, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

import numpy as np

from paycalc.check.typed import PLAN_GRAIN, Line, Total, TypedPlan
from paycalc.engine.computed import Computed, ComputedColumn, StageTime
from paycalc.engine.encoded import EncodedColumn, EncodedData
from paycalc.engine.machine.assembly import Slot
from paycalc.engine.machine.columns import (
    Memory,
    gathered_layout,
    gathered_memory,
    input_column,
    row_address,
    row_layout,
)
from paycalc.engine.machine.execution import THREAD_ROWS_MIN, run_pass
from paycalc.engine.machine.lanes import COLUMN_STORAGE, lane_of
from paycalc.engine.machine.observed import is_moment, observed_range, observed_rows
from paycalc.engine.machine.preparation import (
    DIVISOR,
    FAULT,
    HELD,
    PRESENT,
    UNPAID,
    VALUE,
    Asked,
    Prepared,
    Setting,
    inputs_of,
    prepare,
)
from paycalc.engine.machine.run import Run
from paycalc.engine.machine.schedule import Stored
from paycalc.engine.machine.values import Layout
from paycalc.engine.processors import processors
from paycalc.graph.build import build_graph
from paycalc.graph.nodes import Input, Node, Operation, PlanGraph
from paycalc.graph.rewrites import optimise
from paycalc.graph.type_ranges import Range

TILE_ROWS = 2048
OBSERVED_ROWS_MIN = 4_096  # in tables with fewer rows narrower lanes do not pay for making programs of their own
PREPARED_MAX = 32  # signatures whose programs are kept
CHOICES_MAX = 64  # choices of lines whose inputs are kept
Progress = Callable[[int, int], None]
_Key = TypeVar("_Key")
_Kept = TypeVar("_Kept")


class Machine:
    """Computes the lines of one plan. Any number of threads may use one machine at a time."""

    def __init__(self, plan: TypedPlan, *, without_rewrites: Collection[str] = ()) -> None:
        self._set_up(optimise(build_graph(plan), without=without_rewrites), without_rewrites)

    @classmethod
    def of_graph(cls, graph: PlanGraph) -> Machine:
        """The machine of a graph that is already made."""
        machine = cls.__new__(cls)
        machine._set_up(graph, ())
        return machine

    def _set_up(self, graph: PlanGraph, without: Collection[str]) -> None:
        self._graph = graph
        self._without = frozenset(without)
        self._lock = threading.Lock()
        self._inputs: OrderedDict[tuple[Line | Total, ...], dict[Input, Range]] = OrderedDict()
        self._prepared: OrderedDict[object, Prepared] = OrderedDict()

    @property
    def graph(self) -> PlanGraph:
        return self._graph

    def compute(
        self,
        data: EncodedData,
        shown: Sequence[Line | Total],
        *,
        threads: int | None = None,
        tile: int = TILE_ROWS,
        observed: bool | None = None,
        progress: Progress | None = None,
    ) -> Computed:
        """The columns of the lines shown, who is not paid, and the totals.

        threads   at most so many; None: one for each processor. Fewer where there are few rows
        tile      rows that programs work on at a time
        observed  whether programs are made for the ranges that occur in the data, instead of the declared ones; None:
                  where there are rows enough. The answer is the same
        progress  called now and then with how many of the payee's rows are done, and how many there are
        """
        counts = {**data.counts, PLAN_GRAIN: 1}
        if observed is None:
            observed = max(counts.values()) >= OBSERVED_ROWS_MIN
        declared = self._inputs_of(tuple(shown))
        columns = {each: input_column(data, each) for each in declared}
        setting = _setting(tuple(shown), columns, declared, counts if observed else None, tile)
        prepared = self._prepared_for(setting)
        addresses, owners = _addresses(prepared, columns, setting)
        the_run = Run(addresses, {}, prepared.ranges, counts, columns, data, threads or processors(), _silent)
        if progress:
            the_run.tell = _Progress(prepared, self._graph.plan.payee, counts, progress)
        stages = _run_all(prepared, the_run)
        del owners  # until here they kept the memory alive
        return self._computed(setting.shown, prepared, the_run, stages)

    def listing(self, shown: Sequence[Line | Total] | None = None) -> str:
        """The programs for declared ranges, as text: for columns as wide as their lanes."""
        return self.programs(shown).listing

    def programs(self, shown: Sequence[Line | Total] | None = None, share: int = 1) -> Prepared:
        """The programs that report these lines, without data; None: all but `let`. They are made anew each time.

        share  for ranges that are so many times narrower than the declared ones
        """
        lines = self._graph.plan.lines
        chosen = tuple(each for each in lines if each.role != "let") if shown is None else tuple(shown)
        declared = {
            each: (-(-low // share), high // share) if low // share < high // share else (low, high)
            for each, (low, high) in self._inputs_of(chosen).items()
        }
        columns = {each: _widest(each, values) for each, values in declared.items()}
        return prepare(self._graph, _setting(chosen, columns, declared, None, TILE_ROWS), self._without)

    # ------------------------------------------------------------ what is kept

    def _inputs_of(self, shown: tuple[Line | Total, ...]) -> Mapping[Input, Range]:
        return _kept(self._lock, self._inputs, shown, CHOICES_MAX, lambda: inputs_of(self._graph, shown))

    def _prepared_for(self, setting: Setting) -> Prepared:
        def make() -> Prepared:
            return prepare(self._graph, setting, self._without)

        return _kept(self._lock, self._prepared, setting.signature, PREPARED_MAX, make)

    # ------------------------------------------------------------ the answer

    def _computed(
        self, shown: Sequence[Line | Total], prepared: Prepared, the_run: Run, stages: Sequence[StageTime]
    ) -> Computed:
        answer = _Answer(prepared, the_run)
        columns, divisors, present, faulty = {}, {}, {}, {}
        for line in shown:
            nodes = self._graph.lines[line]
            columns[line] = answer.column((line, VALUE))
            if nodes.divisor is not None:
                divisors[line] = answer.column((line, DIVISOR))
            if nodes.present is not None:
                present[line] = answer.memory((line, PRESENT)).array()
            if nodes.fault is not None:
                faulty[line] = answer.memory((line, FAULT)).array()
        payee = self._graph.plan.payee
        unpaid = None if self._graph.unpaid is None else answer.memory((payee, UNPAID)).array()
        held = {entity: answer.memory((entity, HELD)).array() for entity in self._graph.held}
        return Computed(columns, present, faulty, unpaid, answer.totals(), stages, held, divisors)


class _Answer:
    """Hands out columns of a run. They belong to the caller, who may write to them: what two ask for is copied."""

    def __init__(self, prepared: Prepared, the_run: Run) -> None:
        self._prepared, self._run = prepared, the_run
        self._given: set[Stored] = set()

    def memory(self, asked: Asked) -> Memory:
        stored = self._prepared.answers[asked]
        if isinstance(stored, int):
            memory = Memory("flags", self._run.counts[asked[0] if isinstance(asked[0], str) else asked[0].entity])
            memory.fill(stored)
            return memory
        memory = self._run.memories[stored]
        if stored in self._given:
            return memory.copy()
        self._given.add(stored)
        return memory

    def column(self, asked: Asked) -> ComputedColumn:
        memory = self.memory(asked)
        return ComputedColumn(memory.buffer, memory.storage, memory.count)

    def totals(self) -> dict[str, int]:
        memories = self._run.memories
        return {
            name: sum(memories[stored].value() << shift for stored, shift in parts)
            for name, parts in self._prepared.totals.items()
        }


def _kept(
    lock: threading.Lock, known: OrderedDict[_Key, _Kept], key: _Key, most: int, make: Callable[[], _Kept]
) -> _Kept:
    """What is known under a key, made if need be; the ones not used for longest are forgotten."""
    with lock:
        if key in known:
            known.move_to_end(key)
            return known[key]
    made = make()  # outside the lock: two threads may make the same, and either will do
    with lock:
        known[key] = made
        while len(known) > most:
            known.popitem(last=False)
    return made


def _setting(
    shown: tuple[Line | Total, ...],
    columns: Mapping[Input, EncodedColumn],
    declared: Mapping[Input, Range],
    counts: Mapping[str, int] | None,
    tile: int,
) -> Setting:
    """What programs for this data depend on. counts: rows of each entity, where ranges are to be observed."""
    ranges = {
        each: observed_range(each, column, declared[each]) if counts is not None or is_moment(each) else declared[each]
        for each, column in columns.items()
    }
    rows = None
    if counts is not None:
        rows = {entity: observed_rows(count) for entity, count in counts.items()}
    layouts: dict[tuple[str, Input], Layout] = {}
    for each, column in columns.items():
        layouts[("row", each)] = row_layout(column)
        layouts[("gathered", each)] = gathered_layout(column, ranges[each])
    return Setting(shown, ranges, rows, layouts, tile)


def _addresses(
    prepared: Prepared, columns: Mapping[Input, EncodedColumn], setting: Setting
) -> tuple[dict[Slot, int], list[object]]:
    """Where the inputs lie, and what keeps that memory alive."""
    found: dict[Slot, int] = {}
    owners: list[object] = [each.owner for each in columns.values()]
    for slot in prepared.slots:
        assert isinstance(slot.what, Input)
        column = columns[slot.what]
        if slot.kind == "row":
            found[slot] = row_address(column)
            continue
        layout = setting.layouts[("gathered", slot.what)]
        found[slot], owner = gathered_memory(column, layout, setting.ranges[slot.what])
        owners.append(owner)
    return found, owners


def _run_all(prepared: Prepared, the_run: Run) -> list[StageTime]:
    most = max((the_run.counts[each.over.entity] for each in prepared.programs), default=0)
    others = min(the_run.threads, most // THREAD_ROWS_MIN) - 1
    if others < 1:
        return _run_with(prepared, the_run, None)
    with ThreadPoolExecutor(others) as pool:
        return _run_with(prepared, the_run, pool)


def _run_with(prepared: Prepared, the_run: Run, pool: ThreadPoolExecutor | None) -> list[StageTime]:
    stages = []
    for program, unread in zip(prepared.programs, prepared.unread, strict=True):
        stages.append(run_pass(program, the_run, pool))
        for stored in unread:  # its memory may serve the next pass
            del the_run.memories[stored]
    return stages


def _silent(entity: str, done: int) -> None:
    pass


class _Progress:
    """Turns rows done in one pass into payees done: each of the payee's passes is an equal part of the work."""

    def __init__(self, prepared: Prepared, payee: str, counts: Mapping[str, int], progress: Progress) -> None:
        self._payee, self._rows, self._progress = payee, counts[payee], progress
        self._passes = max(sum(1 for each in prepared.programs if each.over.entity == payee), 1)
        self._passed = 0

    def __call__(self, entity: str, done: int) -> None:
        if entity != self._payee:
            return
        self._progress((self._passed * self._rows + done) // self._passes, self._rows)
        if done >= self._rows:
            self._passed += 1


def _widest(input: Input, values: Range) -> EncodedColumn:
    """A column that holds all values of an input, for a listing."""
    owner = np.zeros(2, np.int64)
    is_flag = Node(Operation.INPUT, (), PLAN_GRAIN, input).is_flag
    storage = "flags" if is_flag else COLUMN_STORAGE[lane_of(values)]
    return EncodedColumn(owner, int(owner.ctypes.data), storage, 1, *values)
