"""Operations between columns and registers: loads, stores, constants, rows of other tables."""

import random

import numpy as np
import pytest

from tests.kernels.tiles import LOADS, STORES, Column, Program, high_of, low_of

TILES = (1, 7, 64, 100, 1_024)
COUNT = 203
LOADED = [
    *(("LOAD_I8_I32", "i8", "i32"), ("LOAD_U8_I32", "u8", "i32"), ("LOAD_I16_I32", "i16", "i32")),
    *(("LOAD_U16_I32", "u16", "i32"), ("LOAD_I32_I32", "i32", "i32"), ("LOAD_U32_I32", "u32", "i32")),
    *(("LOAD_I64_I32", "i64", "i32"), ("LOAD_I128_I32", "i128", "i32"), ("LOAD_I8_I64", "i8", "i64")),
    *(("LOAD_I16_I64", "i16", "i64"), ("LOAD_I32_I64", "i32", "i64"), ("LOAD_U32_I64", "u32", "i64")),
    *(("LOAD_I64_I64", "i64", "i64"), ("LOAD_I64_I64", "u64", "i64"), ("LOAD_I128_I64", "i128", "i64")),
    *(("LOAD_I128_I128", "i128", "i128"), ("LOAD_U8", "flags", "flags")),
]
STORED = [
    *(("STORE_I32", "i32", "i32"), ("STORE_I32_I64", "i32", "i64"), ("STORE_I64", "i64", "i64")),
    *(("STORE_I64_I128", "i64", "i128"), ("STORE_I128", "i128", "i128"), ("STORE_U8", "flags", "flags")),
]
GATHERED = [("GATHER_I32", "i32"), ("GATHER_I64", "i64"), ("GATHER_I128", "i128"), ("GATHER_U8", "flags")]
FILLED = [("FILL_I32", "i32"), ("FILL_I64", "i64"), ("FILL_I128", "i128"), ("FILL_U8", "flags")]
SPREAD = [("SPREAD_I32", "i32"), ("SPREAD_I64", "i64"), ("SPREAD_I128", "i128"), ("SPREAD_U8", "flags")]
# The opcodes whose twins stand in this file.
TESTED = {
    *(opcode for opcode, *_ in (*LOADED, *STORED, *GATHERED, *FILLED, *SPREAD)),
    *("LOAD_BITS", "GATHER_ROWS_I32"),
}


def values_in(count: int, low: int, high: int, choice: random.Random) -> list[int]:
    """Both ends, the numbers about 0, and any."""
    found = [low, high, *(each for each in (-1, 0, 1) if low <= each <= high)]
    return (found + [choice.randint(low, high) for _ in range(count)])[:count]


def stored(program: Program, lane: str, register: int, count: int) -> Column:
    """A column into which the program writes a register. What the program leaves alone stays 1."""
    out = Column(lane, [1] * count)
    program.add(STORES[lane], a=register, slot=program.column(out))
    return out


@pytest.mark.parametrize(("opcode", "storage", "lane"), LOADED)
@pytest.mark.parametrize("tile", TILES)
def test_loads(opcode, storage, lane, tile):
    low, high = max(low_of(storage), low_of(lane)), min(high_of(storage), high_of(lane))
    values = values_in(COUNT, low, high, random.Random(opcode))
    program = Program(tile)
    register = program.register()
    column = Column(storage, values, shift=8 if storage == "i128" else 0)
    program.add(opcode, d=register, slot=program.column(column))
    out = stored(program, lane, register, COUNT)
    program.run(3, COUNT - 2)
    assert out.values == [1, 1, 1, *values[3:-2], 1, 1]


@pytest.mark.parametrize("bit_offset", [0, 1, 3, 7, 8, 13])
@pytest.mark.parametrize("tile", TILES)
def test_bits(bit_offset, tile):
    choice = random.Random(bit_offset)
    flags = [choice.randrange(2) for _ in range(COUNT)]
    bits = [choice.randrange(2) for _ in range(bit_offset)] + flags
    # The column ends with the byte of its last bit, where the memory may end too.
    column = Column("u8", np.packbits(bits, bitorder="little").tolist())
    for lo in (0, 5):
        program = Program(tile)
        register = program.register()
        program.add("LOAD_BITS", d=register, slot=program.column(column), imm=bit_offset)
        out = stored(program, "flags", register, COUNT)
        program.run(lo, COUNT)
        assert out.values == [1] * lo + flags[lo:]


@pytest.mark.parametrize(("opcode", "lane", "storage"), STORED)
@pytest.mark.parametrize("tile", TILES)
def test_stores(opcode, lane, storage, tile):
    values = values_in(COUNT, low_of(lane), high_of(lane), random.Random(opcode))
    program = Program(tile)
    register = program.load(lane, values)
    out = Column(storage, [1] * COUNT, shift=8 if storage == "i128" else 0)
    program.add(opcode, a=register, slot=program.column(out))
    program.run(3, COUNT - 2)
    assert out.values == [1, 1, 1, *values[3:-2], 1, 1]


@pytest.mark.parametrize(("opcode", "lane"), GATHERED)
@pytest.mark.parametrize("tile", TILES)
def test_gathers(opcode, lane, tile):
    choice = random.Random(opcode)
    table = values_in(17, low_of(lane), high_of(lane), choice)
    rows = values_in(COUNT, -1, 16, choice)
    program = Program(tile)
    register, found = program.load("i32", rows), program.register()
    column = Column(lane, table, shift=8 if lane == "i128" else 0)
    program.add(opcode, d=found, a=register, slot=program.column(column))
    out = stored(program, lane, found, COUNT)
    program.run(0, COUNT)
    assert out.values == [table[max(row, 0)] for row in rows]


def test_a_gather_may_write_the_register_that_it_reads():
    program = Program(64)
    register = program.load("i32", [3, 0, 2, 1] * 50)
    column = Column("i32", [10, 11, 12, 13])
    program.add("GATHER_I32", d=register, a=register, slot=program.column(column))
    out = stored(program, "i32", register, 200)
    program.run(0, 200)
    assert out.values == [13, 10, 12, 11] * 50


@pytest.mark.parametrize("width", [4, 8, 12, 24])
@pytest.mark.parametrize("tile", TILES)
def test_gathers_of_rows(width, tile):
    choice = random.Random(width)
    table = values_in(9 * width, low_of("i32"), high_of("i32"), choice)
    rows = values_in(COUNT, -1, 8, choice)
    program = Program(tile)
    register = program.load("i32", rows)
    targets = [program.register() for _ in range(width)]
    column = Column("i32", table, shift=4)
    program.add(
        "GATHER_ROWS_I32",
        d=targets[0],
        a=register,
        slot=program.column(column),
        imm=width,
        mode=targets[1] - targets[0],
    )
    outs = [stored(program, "i32", target, COUNT) for target in targets]
    program.run(0, COUNT)
    for place, out in enumerate(outs):
        assert out.values == [table[width * max(row, 0) + place] for row in rows]


@pytest.mark.parametrize(("opcode", "lane"), FILLED)
def test_constants_keep_their_value_over_all_tiles(opcode, lane):
    for constant in (low_of(lane), 0, 1, high_of(lane)):
        program = Program(64)
        register = program.register()
        program.add(opcode, d=register, imm=constant)
        out = stored(program, lane, register, COUNT)
        program.run(2, COUNT, prologue=1)
        assert out.values == [1, 1] + [constant] * (COUNT - 2)


@pytest.mark.parametrize(("opcode", "lane"), SPREAD)
def test_a_value_of_the_plan_is_spread_over_all_tiles(opcode, lane):
    for value in (low_of(lane), 0, 1, high_of(lane)):
        program = Program(64)
        register = program.register()
        program.add(opcode, d=register, slot=program.column(Column(lane, [value], shift=8 if lane == "i128" else 0)))
        out = stored(program, lane, register, COUNT)
        program.run(2, COUNT, prologue=1)
        assert out.values == [1, 1] + [value] * (COUNT - 2)


def test_the_loads_that_tests_use_are_those_of_the_lanes():
    assert {(LOADS[lane], lane, lane) for lane in LOADS} <= set(LOADED)
