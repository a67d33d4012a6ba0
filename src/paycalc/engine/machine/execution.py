"""Running programs: threads over chunks of rows, each with scratch and accumulators of its own.

Sums are of whole numbers, so the order in which chunks are done and accumulators are merged changes nothing.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from time import perf_counter

import numpy as np

from paycalc._kernels import run
from paycalc.engine.computed import StageTime
from paycalc.engine.machine.accumulators import Accumulators, accumulators, hand_over, merge_all
from paycalc.engine.machine.assembly import Rows, Slot
from paycalc.engine.machine.columns import Memory
from paycalc.engine.machine.lanes import LANE_OF_STORAGE
from paycalc.engine.machine.program import Program
from paycalc.engine.machine.run import Run
from paycalc.engine.machine.running_totals import add_up
from paycalc.engine.machine.schedule import Stored
from paycalc.engine.storage import view
from paycalc.graph.nodes import Find

CHUNK_TILES = 64  # tiles that a thread claims at a time, at most
CHUNKS_PER_THREAD = 4  # at least, so that no thread is left with much more than the others
THREAD_ROWS_MIN = 16_384  # of a thread: with fewer rows it costs more than it saves
SCRATCH_ALIGNMENT = 64


class _Worker:
    """One thread's scratch and addresses."""

    def __init__(self, program: Program, slots: np.ndarray, own: Accumulators) -> None:
        self.slots, self.accumulators = slots.copy(), own
        for place, accumulator in own.items():
            self.slots[place] = accumulator.address
        memory = np.empty(program.scratch_bytes + SCRATCH_ALIGNMENT, np.uint8)
        start = -int(memory.ctypes.data) % SCRATCH_ALIGNMENT
        self.scratch = memory[start : start + program.scratch_bytes]
        self.seconds = 0.0


def run_pass(program: Program, the_run: Run, pool: ThreadPoolExecutor | None) -> StageTime:
    """Runs a program over all rows of its entity; what it stores and accumulates is then in `memories`."""
    over = program.over
    rows = the_run.counts[over.entity]
    for stored in over.stores:
        the_run.memories[stored] = _store_memory(stored, rows, the_run)
    if rows == 0:
        hand_over(program, accumulators(program, the_run), the_run)
        return StageTime(program.name, 0, _add_up_running(program, the_run, pool))
    threads = max(1, min(the_run.threads, rows // THREAD_ROWS_MIN)) if pool else 1
    tables = [_side_by_side(slot, the_run) if slot.kind == "rows" else None for slot in program.slots]
    places = zip(program.slots, program.tables, tables, strict=True)
    slots = np.array(
        [_address(slot, made if known is None else known, the_run) for slot, known, made in places], np.uint64
    )
    workers = [_Worker(program, slots, accumulators(program, the_run)) for _ in range(threads)]
    _run_chunks(program, workers, rows, pool, lambda done: the_run.tell(over.entity, done))
    for worker in workers[1:]:
        merge_all(program, workers[0].accumulators, worker.accumulators)
    hand_over(program, workers[0].accumulators, the_run)
    adding = _add_up_running(program, the_run, pool)
    return StageTime(program.name, rows, sum(each.seconds for each in workers) + adding)


def _add_up_running(program: Program, the_run: Run, pool: ThreadPoolExecutor | None) -> float:
    start = perf_counter()
    for each in program.over.running:
        add_up(each, the_run, pool)
    return perf_counter() - start


def _run_chunks(
    program: Program,
    workers: Sequence[_Worker],
    rows: int,
    pool: ThreadPoolExecutor | None,
    tell: Callable[[int], None],
) -> None:
    tile = program.tile
    share = -(-rows // (len(workers) * CHUNKS_PER_THREAD * tile)) if len(workers) > 1 else CHUNK_TILES
    chunk = min(share, CHUNK_TILES) * tile
    claims = itertools.count(0, chunk)  # each number is given out once, whichever thread asks
    stopped: list[bool] = []

    def work(worker: _Worker, report: Callable[[int], None] | None) -> None:
        start = perf_counter()
        for low in claims:
            if low >= rows or stopped:
                break
            high = min(low + chunk, rows)
            run(program.code, worker.slots, low, high, tile, worker.scratch, program.prologue)
            if report and high < rows:
                report(high)
        worker.seconds = perf_counter() - start

    others = [pool.submit(work, each, None) for each in workers[1:]] if pool else []
    try:
        work(workers[0], tell)
    except BaseException:
        stopped.append(True)
        raise
    finally:
        for each in others:
            each.exception()  # waits: the memory must outlive the threads that write to it
    for each in others:
        each.result()
    tell(rows)


# ---------------------------------------------------------------- memory


def _address(slot: Slot, table: np.ndarray | None, the_run: Run) -> int:
    if table is not None:
        return int(table.ctypes.data)
    if slot.kind == "column":
        assert isinstance(slot.what, Stored)
        return the_run.memories[slot.what].address
    if slot.kind == "accumulator":
        return 0  # each thread has its own
    if slot.kind in ("thresholds", "cells"):
        assert isinstance(slot.what, Find)
        found = the_run.laid_out(slot.what, slot.storage)
        return int((found.thresholds if slot.kind == "thresholds" else found.cells).ctypes.data)
    return the_run.addresses[slot]


def _side_by_side(slot: Slot, the_run: Run) -> np.ndarray:
    """Several columns of one grain, of int32 and flags, as rows of int32."""
    assert isinstance(slot.what, Rows)
    count = max(the_run.counts[slot.what.grain], 1)
    rows = np.zeros((count, slot.what.width), np.int32)
    for place, each in enumerate(slot.what.columns):
        rows[:, place] = view(_address(each, None, the_run), count, each.storage)
    return rows


def _store_memory(stored: Stored, rows: int, the_run: Run) -> Memory:
    memory = Memory(stored.storage, rows)
    if rows == 0:
        bound = 2 ** (8 * int(LANE_OF_STORAGE[stored.storage]) - 1) - 1
        memory.fill(min(max(the_run.ranges[stored.node][0], -bound), bound))
    return memory
