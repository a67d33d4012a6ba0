"""Running totals: what the rows of a group add, summed along the order of the rows, when a pass has gone over all rows.

The order is worked out once for all totals with the same groups and the same operand to order by. Threads take whole
groups, so no two of them write to one row's total.
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import numpy as np

from paycalc._kernels import end_of_group, run_along
from paycalc.engine.encoded import EncodedColumn
from paycalc.engine.machine.columns import Memory
from paycalc.engine.machine.ordering import key_ranks, order_of
from paycalc.engine.machine.run import Run
from paycalc.engine.machine.schedule import Running
from paycalc.engine.storage import Numbers, view
from paycalc.graph.nodes import Input, RunningTotal

PART_ROWS_MIN = 100_000  # of a thread: with fewer rows it costs more than it saves


def add_up(running: Running, the_run: Run, pool: ThreadPoolExecutor | None) -> None:
    """Leaves the total of every row in `memories`."""
    detail = running.total.node.detail
    assert isinstance(detail, RunningTotal)
    count = the_run.counts[detail.entity]
    total = the_run.memories[running.total] = Memory(running.total.storage, count)
    if count == 0:
        total.fill(0)
        return
    groups = _groups(detail, the_run)
    rows = _order(running, groups, the_run)
    added = the_run.memories[running.added]
    bounds = _bounds(rows, groups, min(the_run.threads, count // PART_ROWS_MIN) if pool else 1)

    def part(low: int, high: int) -> None:
        run_along(added.storage, rows.ctypes.data, groups.ctypes.data, added.address, total.address, low, high)

    others = [pool.submit(part, *each) for each in bounds[1:]] if pool else []
    part(*bounds[0])
    for each in others:
        each.result()


def _order(running: Running, groups: Numbers, the_run: Run) -> Numbers:
    detail = running.total.node.detail
    assert isinstance(detail, RunningTotal)
    by = running.total.node.operands[0]
    known = the_run.orders.get((detail.reference, by))
    if known is None:
        keys = the_run.data.keys
        numbers = _ordering(running, the_run)
        found = order_of(groups, numbers, lambda: key_ranks(keys[detail.entity]), threads=the_run.threads)
        known = np.arange(len(groups), dtype=np.int32) if found is None else found
        the_run.orders[(detail.reference, by)] = known
    return known


def _ordering(running: Running, the_run: Run) -> Numbers:
    """What the rows are ordered by, int64."""
    by = running.total.node.operands[0]
    if running.order is not None:
        memory = the_run.memories[running.order]
        words = np.frombuffer(memory.buffer, np.int64)
        return words[: memory.count] if memory.storage == "i64" else _ranks(words[: 2 * memory.count].reshape(-1, 2))
    assert isinstance(by.detail, Input)
    column = the_run.columns[by.detail]  # stored numbers rise as the values do
    if column.storage == "i128":
        return _ranks(view(column.address, 2 * column.count, "i64").reshape(-1, 2))
    return _numbers(column).astype(np.int64, copy=False)


def _ranks(words: Numbers) -> Numbers:
    """Numbers of 128 bits, the lower word first, by their order; equal ones alike."""
    by_value = np.lexsort((words[:, 0].view(np.uint64), words[:, 1]))
    ordered = words[by_value]
    ranks = np.zeros(len(words), np.int64)
    ranks[by_value[1:]] = np.cumsum((ordered[1:] != ordered[:-1]).any(axis=1))
    return ranks


def _groups(detail: RunningTotal, the_run: Run) -> Numbers:
    column = the_run.columns[Input(detail.reference, "row")]
    rows = _numbers(column)
    if (column.factor, column.shift) != (1, 0):  # keys that follow each other, as they stand in the data
        rows = rows.astype(np.int64) * column.factor + column.shift
    return np.ascontiguousarray(rows, np.int32)


def _numbers(column: EncodedColumn) -> Numbers:
    return view(column.address, column.count, column.storage)


def _bounds(rows: Numbers, groups: Numbers, parts: int) -> list[tuple[int, int]]:
    """Where each thread begins and ends: between groups."""
    count = len(rows)
    cuts = [0]
    for part in range(1, max(parts, 1)):
        start = max(count * part // parts, cuts[-1])
        cuts.append(end_of_group(rows.ctypes.data, groups.ctypes.data, start, count))
    return list(zip(cuts, [*cuts[1:], count], strict=True))
