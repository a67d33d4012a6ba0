"""Places of registers in the scratch of a thread: a register's place is free again after its last use.

Each lane has places of its own size. Places are a cache line longer than a tile of their lane, so that the same row of
neighbouring registers does not fall on the same set of the cache.
"""

from __future__ import annotations

from collections.abc import Sequence

from paycalc.engine.machine.assembly import GATHER_ROWS, Assembly, Step
from paycalc.engine.machine.lanes import Lane

LINE_BYTES = 64


def place_bytes(lane: Lane, tile: int) -> int:
    """From one place of a lane to the next."""
    return -(-tile * int(lane) // LINE_BYTES) * LINE_BYTES + LINE_BYTES


def place_registers(assembly: Assembly, tile: int) -> tuple[list[int], int]:
    """The byte offset of each register in the scratch, and the bytes of the scratch, for tiles of so many rows."""
    last_use = _last_uses(assembly.body)
    free: dict[Lane, list[int]] = {lane: [] for lane in Lane}
    offsets = [-1] * len(assembly.lanes)
    end = 0

    def place(register: int, *, anew: bool = False) -> None:
        nonlocal end
        lane = assembly.lanes[register]
        if free[lane] and not anew:
            offsets[register] = free[lane].pop()
        else:
            offsets[register] = end
            end += place_bytes(lane, tile)

    for step in assembly.prologue:
        place(step.d)
    pinned = {step.d for step in assembly.prologue}
    for number, step in enumerate(assembly.body):
        read = {each for each in (step.a, step.b, step.c) if each >= 0}
        # What is read here for the last time frees its place before the result takes one: they may be the same.
        for register in sorted(read - pinned):
            if last_use[register] == number:
                free[assembly.lanes[register]].append(offsets[register])
        written = [step.d] if step.d >= 0 else []
        if step.opcode == GATHER_ROWS:
            written = list(range(step.d, step.d + step.imm))
        for register in written:
            place(register, anew=step.opcode == GATHER_ROWS)
        for register in written:
            if register not in last_use:  # written and never read
                free[assembly.lanes[register]].append(offsets[register])
    return offsets, end


def _last_uses(steps: Sequence[Step]) -> dict[int, int]:
    """The number of the step that reads each register last."""
    found: dict[int, int] = {}
    for number, step in enumerate(steps):
        for register in (step.a, step.b, step.c):
            if register >= 0:
                found[register] = number
    return found
