"""Running one operation on plain lists of Python integers."""

import struct
from collections.abc import Sequence

import numpy as np

from paycalc._kernels import INSTRUCTION_FORMAT, OPCODES, run

# Bytes of a value in memory, and whether it has a sign.
STORAGES = {
    "i8": (1, True),
    "u8": (1, False),
    "i16": (2, True),
    "u16": (2, False),
    "i32": (4, True),
    "u32": (4, False),
    "i64": (8, True),
    "u64": (8, False),
    "i128": (16, True),
    "flags": (1, False),
}
LANES = ("i32", "i64", "i128", "flags")
LOADS = {"i32": "LOAD_I32_I32", "i64": "LOAD_I64_I64", "i128": "LOAD_I128_I128", "flags": "LOAD_U8"}
STORES = {"i32": "STORE_I32", "i64": "STORE_I64", "i128": "STORE_I128", "flags": "STORE_U8"}


def low_of(storage: str) -> int:
    width, signed = STORAGES[storage]
    return -(1 << (8 * width - 1)) if signed else 0


def high_of(storage: str) -> int:
    width, signed = STORAGES[storage]
    return (1 << (8 * width - signed)) - 1 if storage != "flags" else 1


class Column:
    """Values in memory. shift: bytes by which the first lies off a multiple of 64."""

    def __init__(self, storage: str, values: Sequence[int], shift: int = 0) -> None:
        self.storage = storage
        width, signed = STORAGES[storage]
        data = b"".join(value.to_bytes(width, "little", signed=signed) for value in values)
        self._memory = np.zeros(len(data) + 128, dtype=np.uint8)
        start = -self._memory.ctypes.data % 64 + shift
        self.address = self._memory.ctypes.data + start
        self._bytes = self._memory[start : start + len(data)]
        self._bytes[:] = np.frombuffer(data, dtype=np.uint8)

    @property
    def values(self) -> list[int]:
        width, signed = STORAGES[self.storage]
        data = self._bytes.tobytes()
        return [int.from_bytes(data[k : k + width], "little", signed=signed) for k in range(0, len(data), width)]


def scratch_of(size: int) -> np.ndarray:
    """Memory that starts at a multiple of 64, filled with what no test expects."""
    memory = np.full(size + 64, 0xA5, dtype=np.uint8)
    start = -memory.ctypes.data % 64
    return memory[start : start + size]


class Program:
    """Instructions over registers of `tile` rows, which are numbered, and columns."""

    def __init__(self, tile: int) -> None:
        self.tile = tile
        self._bytes = b""
        self._columns: list[Column] = []
        self._register_bytes = -(-tile * 16 // 64) * 64
        self._registers = 0

    def register(self) -> int:
        self._registers += 1
        return (self._registers - 1) * self._register_bytes

    def column(self, column: Column) -> int:
        self._columns.append(column)
        return len(self._columns) - 1

    def add(
        self, opcode: str, *, d: int = -1, a: int = -1, b: int = -1, c: int = -1, slot: int = -1, second: int = -1,
        mode: int = 0, imm: int = 0,
    ) -> None:  # fmt: skip
        low = (imm & ((1 << 64) - 1)) - (imm & (1 << 63)) * 2
        fields = (OPCODES[opcode], d, a, b, c, slot, second, mode, low, imm >> 64)
        self._bytes += struct.pack(INSTRUCTION_FORMAT, *fields)

    def load(self, lane: str, values: Sequence[int]) -> int:
        """A register that holds a column's values at each tile."""
        register = self.register()
        self.add(LOADS[lane], d=register, slot=self.column(Column(lane, values)))
        return register

    def run(self, lo: int, hi: int, prologue: int = 0) -> None:
        addresses = np.array([column.address for column in self._columns], dtype=np.uint64)
        scratch = scratch_of(max(self._registers, 1) * self._register_bytes)
        run(self._bytes, addresses, lo, hi, self.tile, scratch, prologue)


def computed(
    opcode: str,
    lane: str,
    operands: Sequence[tuple[str, Sequence[int]]],
    *,
    tile: int,
    lo: int = 0,
    imm: int = 0,
    mode: int = 0,
    column: Column | None = None,
    second: Column | None = None,
    in_place: int | None = None,
) -> list[int]:
    """The register that an operation writes, for the rows lo and up. operands: lane and values of a, b and c.

    in_place  the operand in whose register the result is written
    """
    count = len(operands[0][1])
    program = Program(tile)
    registers = [program.load(each, values) for each, values in operands]
    target = program.register() if in_place is None else registers[in_place]
    names = dict(zip("abc", registers, strict=False))
    slot = -1 if column is None else program.column(column)
    slot_two = -1 if second is None else program.column(second)
    program.add(opcode, d=target, slot=slot, second=slot_two, imm=imm, mode=mode, **names)
    out = Column(lane, [0] * count)
    program.add(STORES[lane], a=target, slot=program.column(out))
    program.run(lo, count)
    return out.values[lo:]
