"""The machine: the graph of one plan, and runs of it over encoded data."""

from __future__ import annotations

import os
import threading
from collections import OrderedDict
from collections.abc import Callable, Collection, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

import numpy as np

from paycalc.check.typed import PLAN_GRAIN, Line, Total, TypedPlan
from paycalc.check.types import FlagType
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
    storage_of,
)
from paycalc.engine.machine.execution import THREAD_ROWS_MIN, Run, run_pass
from paycalc.engine.machine.lanes import COLUMN_STORAGE, Range, lane_of
from paycalc.engine.machine.observed import observed_range, observed_rows
from paycalc.engine.machine.preparation import Needs, Prepared, needs_of, prepare
from paycalc.engine.machine.schedule import Stored
from paycalc.engine.machine.values import Layout
from paycalc.graph.build import build_graph
from paycalc.graph.nodes import Input, Node, PlanGraph
from paycalc.graph.ranges import declared_range

TILE_ROWS = 1024
OBSERVED_ROWS_MIN = 4_096  # in tables with fewer rows narrower lanes do not pay for making programs of their own
PREPARED_MAX = 32  # signatures whose programs are kept
NEEDS_MAX = 64  # choices of lines whose needs are kept
Progress = Callable[[int, int], None]
_Key = TypeVar("_Key")
_Kept = TypeVar("_Kept")


class Machine:
    """Computes the lines of one plan. Any number of threads may use one machine at a time."""

    def __init__(self, plan: TypedPlan, *, without_rewrites: Collection[str] = ()) -> None:
        self._set_up(build_graph(plan))

    @classmethod
    def of_graph(cls, graph: PlanGraph) -> Machine:
        """The machine of a graph that is already made."""
        machine = cls.__new__(cls)
        machine._set_up(graph)
        return machine

    def _set_up(self, graph: PlanGraph) -> None:
        self._graph = graph
        self._lock = threading.Lock()
        self._needs: OrderedDict[tuple[Line | Total, ...], Needs] = OrderedDict()
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
        needs = self._needs_of(tuple(shown))
        counts = {**data.counts, PLAN_GRAIN: 1}
        if observed is None:
            observed = max(counts.values()) >= OBSERVED_ROWS_MIN
        columns = {each: input_column(data, each) for each in needs.inputs}
        ranges = {
            each: observed_range(each, column) if observed else declared_range(each) for each, column in columns.items()
        }
        layouts = _layouts(needs, columns, ranges)
        rows = {entity: observed_rows(count) for entity, count in counts.items()} if observed else None
        prepared = self._prepared_for(needs, ranges, rows, layouts, tile)
        addresses, owners = _addresses(needs, columns, ranges, layouts)
        the_run = Run(addresses, {}, prepared.ranges, counts, threads or os.cpu_count() or 1, _silent)
        if progress:
            the_run.tell = _Progress(prepared, self._graph.plan.payee, counts, progress)
        stages = _run_all(prepared, the_run)
        del owners  # until here they kept the memory alive
        return self._computed(needs, prepared, the_run, stages)

    def listing(self, shown: Sequence[Line | Total] | None = None) -> str:
        """The programs for declared ranges, as text: for columns as wide as their lanes."""
        lines = self._graph.plan.lines
        chosen = [each for each in lines if each.role != "let"] if shown is None else shown
        needs = self._needs_of(tuple(chosen))
        ranges = {each: declared_range(each) for each in needs.inputs}
        columns = {each: _widest(each, ranges[each]) for each in needs.inputs}
        layouts = _layouts(needs, columns, ranges)
        return prepare(self._graph, needs, ranges, None, layouts, TILE_ROWS).listing

    # ------------------------------------------------------------ what is kept

    def _needs_of(self, shown: tuple[Line | Total, ...]) -> Needs:
        return _kept(self._lock, self._needs, shown, NEEDS_MAX, lambda: needs_of(self._graph, shown))

    def _prepared_for(
        self,
        needs: Needs,
        ranges: Mapping[Input, Range],
        rows: Mapping[str, int] | None,
        layouts: Mapping[tuple[str, Input], Layout],
        tile: int,
    ) -> Prepared:
        signature = (
            needs.shown,
            tile,
            tuple(ranges.values()),
            None if rows is None else tuple(sorted(rows.items())),
            tuple(layouts.values()),
        )

        def make() -> Prepared:
            return prepare(self._graph, needs, ranges, rows, layouts, tile)

        return _kept(self._lock, self._prepared, signature, PREPARED_MAX, make)

    # ------------------------------------------------------------ the answer

    def _computed(self, needs: Needs, prepared: Prepared, the_run: Run, stages: Sequence[StageTime]) -> Computed:
        given: set[Stored] = set()

        def memory(node: Node, storage: str) -> Memory:
            """Of the caller alone, who may write to it: a column that two lines share is copied."""
            stored = prepared.answers[(node, storage)]
            found = the_run.memories[stored]
            if stored in given:
                return found.copy()
            given.add(stored)
            return found

        columns, present, faulty = {}, {}, {}
        for line in needs.shown:
            nodes = self._graph.lines[line]
            column = memory(nodes.value, storage_of(line))
            columns[line] = ComputedColumn(column.buffer, column.storage, column.count)
            if nodes.present is not None:
                present[line] = memory(nodes.present, "flags").array()
            if nodes.fault is not None:
                faulty[line] = memory(nodes.fault, "flags").array()
        unpaid = self._graph.unpaid
        return Computed(
            columns,
            present,
            faulty,
            None if unpaid is None else memory(unpaid, "flags").array(),
            {
                name: sum(the_run.memories[stored].value() << shift for stored, shift in parts)
                for name, parts in prepared.totals.items()
            },
            stages,
        )


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


def _layouts(
    needs: Needs, columns: Mapping[Input, EncodedColumn], ranges: Mapping[Input, Range]
) -> dict[tuple[str, Input], Layout]:
    layouts = {("row", each): row_layout(columns[each]) for each in needs.rows}
    for each in needs.gathered:
        layouts[("gathered", each)] = gathered_layout(columns[each], ranges[each])
    return layouts


def _addresses(
    needs: Needs,
    columns: Mapping[Input, EncodedColumn],
    ranges: Mapping[Input, Range],
    layouts: Mapping[tuple[str, Input], Layout],
) -> tuple[dict[Slot, int], list[object]]:
    """Where the inputs lie, and what keeps that memory alive."""
    found = {Slot("row", each): row_address(columns[each]) for each in needs.rows}
    owners: list[object] = [each.owner for each in columns.values()]
    for each in needs.gathered:
        layout = layouts[("gathered", each)]
        address, owner = gathered_memory(columns[each], layout, ranges[each])
        found[Slot("gathered", each, layout.storage)] = address
        owners.append(owner)
    return found, owners


def _run_all(prepared: Prepared, the_run: Run) -> list[StageTime]:
    most = max((the_run.counts[each.over.entity] for each in prepared.programs), default=0)
    helpers = min(the_run.threads, most // THREAD_ROWS_MIN) - 1
    if helpers < 1:
        return [run_pass(each, the_run, None) for each in prepared.programs]
    with ThreadPoolExecutor(helpers) as pool:
        return [run_pass(each, the_run, pool) for each in prepared.programs]


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
    """A column that holds a range of values, for a listing."""
    owner = np.zeros(2, np.int64)
    is_flag = input.field is None or input.part == "present" or isinstance(input.field.type, FlagType)
    storage = "flags" if is_flag and input.part != "row" else COLUMN_STORAGE[lane_of(values)]
    return EncodedColumn(owner, int(owner.ctypes.data), storage, 1, *values)
