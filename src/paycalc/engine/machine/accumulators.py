"""The memory in which threads sum up groups: each its own, merged when all rows are done."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from paycalc._kernels import merge
from paycalc.engine.machine.assembly import Slot
from paycalc.engine.machine.columns import Memory
from paycalc.engine.machine.other_rules import start_value
from paycalc.engine.machine.packing import Pack, unpacked
from paycalc.engine.machine.program import Program
from paycalc.engine.machine.run import Run
from paycalc.engine.machine.schedule import Stored
from paycalc.engine.storage import Numbers
from paycalc.graph.nodes import Aggregation, Node

Accumulators = Mapping[int, Memory]  # by place among the slots of a program


def accumulators(program: Program, the_run: Run) -> Accumulators:
    """Memory for all groups of a program's aggregates, as it is before the first row."""
    return {place: _made(slot, the_run) for place, slot in enumerate(program.slots) if _is_accumulated(slot)}


def merge_all(program: Program, into: Accumulators, other: Accumulators) -> None:
    """Adds what another thread has accumulated."""
    for place, memory in into.items():
        what = program.slots[place].what
        if isinstance(what, Pack):
            _words(memory)[:] += _words(other[place])
            continue
        assert isinstance(what, Node) and isinstance(what.detail, Aggregation)
        kind = what.detail.kind
        name = kind if kind in ("any", "all") else f"{kind.replace('count', 'sum')}_{memory.storage}"
        merge(name, memory.address, other[place].address, memory.count)


def hand_over(program: Program, done: Accumulators, the_run: Run) -> None:
    """Puts the groups' values into `memories`."""
    for place, memory in done.items():
        what = program.slots[place].what
        if isinstance(what, Pack):
            for node, values in zip(what.nodes, unpacked(_words(memory), what), strict=True):
                column = the_run.memories[Stored(node, "i64", accumulated=True)] = Memory("i64", memory.count)
                column.array()[:] = values
        else:
            assert isinstance(what, Node)
            the_run.memories[Stored(what, memory.storage, accumulated=True)] = memory


def _is_accumulated(slot: Slot) -> bool:
    return slot.kind == "accumulator"


def _made(slot: Slot, the_run: Run) -> Memory:
    what = slot.what
    assert isinstance(what, Node | Pack)
    memory = Memory(slot.storage, the_run.counts[what.grain])
    memory.fill(start_value(what, the_run.ranges[what]) if isinstance(what, Node) else 0)
    return memory


def _words(memory: Memory) -> Numbers:
    return memory.array().view(np.uint64)
