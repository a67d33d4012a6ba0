"""Registers that are in use at the same time never share memory."""

from itertools import pairwise
from random import Random

import pytest

from paycalc.engine.machine.assembly import Assembly, Slot
from paycalc.engine.machine.lanes import Lane
from paycalc.engine.machine.registers import place_bytes, place_registers


@pytest.mark.parametrize("seed", range(20))
@pytest.mark.parametrize("tile", [1, 7, 1024])
def test_no_register_is_overwritten_while_it_is_needed(seed, tile):
    draw, assembly = Random(seed), Assembly()
    for value in range(3):
        assembly.constant(value, draw.choice(list(Lane)))
    for _ in range(80):
        recent = range(max(0, len(assembly.lanes) - 12), len(assembly.lanes))
        read = draw.sample(recent, min(len(recent), draw.randint(0, 3)))
        if draw.random() < 0.1:
            assembly.emit_rows(recent[0], Slot("rows", ()), 4)
        else:
            assembly.emit("ADD", draw.choice(list(Lane)), *read)
    offsets, end = place_registers(assembly, tile)
    holds = {}  # of each byte the register that it belongs to
    for step in (*assembly.prologue, *assembly.body):
        written = range(step.d, step.d + (step.imm if step.slot >= 0 else 1))
        for register in (step.a, step.b, step.c):
            if register >= 0:
                start = offsets[register]
                assert {holds[at] for at in range(start, start + tile * assembly.lanes[register])} == {register}
        for register in written:
            assert offsets[register] % 64 == 0
            for at in range(offsets[register], offsets[register] + tile * assembly.lanes[register]):
                assert at < end
                holds[at] = register


def test_rows_lie_at_one_distance():
    assembly = Assembly()
    registers = assembly.emit_rows(assembly.constant(0, Lane.I32), Slot("rows", ()), 8)
    offsets, _ = place_registers(assembly, 100)
    places = [offsets[each] for each in registers]
    assert [b - a for a, b in pairwise(places)] == [place_bytes(Lane.I32, 100)] * 7


def test_a_place_is_free_again_after_the_last_use():
    assembly = Assembly()
    register = assembly.emit("LOAD", Lane.I64)
    for _ in range(100):
        register = assembly.emit("NEG", Lane.I64, register)
    assert place_registers(assembly, 1024)[1] == place_bytes(Lane.I64, 1024)
