"""Running programs: ranges of rows, threads, and what is refused before anything runs."""

import struct
from itertools import pairwise
from threading import Thread

import numpy as np
import pytest

from paycalc._kernels import INSTRUCTION_FORMAT, OPCODES, run
from tests.kernels.tiles import Column, Program, scratch_of

NO_COLUMNS = np.zeros(0, dtype=np.uint64)
SIZE = 4_096  # bytes of scratch memory


def instruction(opcode: str | int, **fields: int) -> bytes:
    values = {"d": -1, "a": -1, "b": -1, "c": -1, "slot": -1, "second": -1, "mode": 0, "imm": 0, "high": 0, **fields}
    number = OPCODES[opcode] if isinstance(opcode, str) else opcode
    return struct.pack(INSTRUCTION_FORMAT, number, *values.values())


@pytest.mark.parametrize("tile", [1, 2, 3, 63, 64, 65, 1_000, 1_001, 5_000])
def test_any_tile_and_any_cut_into_ranges_gives_the_same(tile):
    values = list(range(1_001))
    for cuts in ([0, 1_001], [0, 0, 1, 500, 1_000, 1_001], [0, 333, 666, 1_001]):
        program = Program(tile)
        register = program.load("i64", values)
        program.add("MULC_I64", d=register, a=register, imm=3)
        out = Column("i64", [-1] * 1_001)
        program.add("STORE_I64", a=register, slot=program.column(out))
        for lo, hi in pairwise(cuts):
            program.run(lo, hi)
        assert out.values == [3 * value for value in values]


def test_threads_share_a_program_and_its_columns():
    count, parts = 40_000, 8
    values = np.arange(count, dtype=np.int64)
    out = np.zeros(count, dtype=np.int64)
    program = instruction("LOAD_I64_I64", d=0, slot=0) + instruction("MUL_I64", d=0, a=0, b=0)
    program += instruction("STORE_I64", a=0, slot=1)
    slots = np.array([values.ctypes.data, out.ctypes.data], dtype=np.uint64)
    bounds = [count * part // parts for part in range(parts + 1)]

    def work(part: int) -> None:
        run(program, slots, bounds[part], bounds[part + 1], 64, scratch_of(SIZE))

    threads = [Thread(target=work, args=(part,)) for part in range(parts)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert (out == values * values).all()


def test_an_empty_program_and_an_empty_range():
    run(b"", NO_COLUMNS, 0, 100, 64, scratch_of(0))
    column = Column("i64", [5, 5])
    program = Program(64)
    register = program.load("i64", [1, 2])
    program.add("STORE_I64", a=register, slot=program.column(column))
    program.run(1, 1)
    assert column.values == [5, 5]


UNFIT = {
    "no operation": instruction(len(OPCODES)),
    "a negative operation": instruction(-1),
    "no such column": instruction("LOAD_I64_I64", d=0, slot=1),
    "no such second column": instruction("SEARCH_IN_I64", d=0, a=0, b=0, slot=0, second=7),
    "a register behind the memory": instruction("NOT", d=SIZE, a=0),
    "a register before the memory": instruction("NOT", d=0, a=-16),
    "a register at no multiple of 16": instruction("NOT", d=0, a=8),
    "rows of three numbers": instruction("GATHER_ROWS_I32", d=0, a=1_024, slot=0, imm=3, mode=64),
    "rows of no numbers": instruction("GATHER_ROWS_I32", d=0, a=1_024, slot=0, imm=0, mode=64),
    "rows that leave the memory": instruction("GATHER_ROWS_I32", d=0, a=1_024, slot=0, imm=4, mode=SIZE // 2),
    "rows at no multiple of 16": instruction("GATHER_ROWS_I32", d=0, a=1_024, slot=0, imm=4, mode=8),
}


@pytest.mark.parametrize("fault", UNFIT)
def test_an_instruction_that_does_not_fit_is_refused(fault):
    program = instruction("FILL_U8", d=0) + UNFIT[fault]
    scratch = scratch_of(SIZE)
    before = scratch.copy()
    with pytest.raises(ValueError, match="instruction 1 does not fit into 4096 bytes and 1 columns"):
        run(program, np.zeros(1, dtype=np.uint64), 0, 10, 16, scratch)
    assert (scratch == before).all()


@pytest.mark.parametrize(
    ("lo", "hi", "tile", "prologue"), [(0, 1, 0, 0), (2, 1, 1, 0), (-1, 1, 1, 0), (0, 1, 1, 2), (0, 1, 1, -1)]
)
def test_bounds_that_make_no_sense_are_refused(lo, hi, tile, prologue):
    with pytest.raises(ValueError, match="nothing to run"):
        run(instruction("FILL_U8", d=0), NO_COLUMNS, lo, hi, tile, scratch_of(SIZE), prologue)


def test_a_part_of_an_instruction_is_refused():
    with pytest.raises(ValueError, match="a program of 47 bytes is no whole number of instructions"):
        run(instruction("FILL_U8", d=0)[:-1], NO_COLUMNS, 0, 1, 1, scratch_of(SIZE))


def test_scratch_memory_off_a_multiple_of_64_is_refused():
    with pytest.raises(ValueError, match="the scratch memory does not start at a multiple of 64"):
        run(instruction("FILL_U8", d=0), NO_COLUMNS, 0, 1, 1, scratch_of(SIZE)[16:])


def test_a_program_off_a_multiple_of_8_is_refused():
    memory = scratch_of(SIZE)
    memory[:] = 0
    with pytest.raises(ValueError, match="the program does not start at a multiple of 8"):
        run(memory[4:52], NO_COLUMNS, 0, 1, 1, scratch_of(SIZE))
