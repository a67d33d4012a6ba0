"""A tile program ready to run: packed instructions, what each slot is, and the sizes of its memory."""

from __future__ import annotations

import struct
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from paycalc._kernels import INSTRUCTION_FORMAT, OPCODES
from paycalc.engine.machine.assembly import GATHER_ROWS, Assembly, Rows, Slot, Step
from paycalc.engine.machine.columns import name_of
from paycalc.engine.machine.lanes import Lane
from paycalc.engine.machine.packing import Pack
from paycalc.engine.machine.registers import place_bytes, place_registers
from paycalc.engine.machine.schedule import Pass, Stored
from paycalc.graph.nodes import Find, Input, Node

_INSTRUCTION = struct.Struct(INSTRUCTION_FORMAT)


@dataclass(frozen=True)
class Program:
    """One pass.

    name       for people: the entity and the lines that come out
    code       the instructions as _kernels.INSTRUCTION_FORMAT packs them, the first `prologue` of them run once
    tables     of each slot that is a constant table its memory, else None
    """

    name: str
    over: Pass
    code: bytes
    prologue: int
    tile: int
    scratch_bytes: int
    slots: tuple[Slot, ...]
    tables: tuple[np.ndarray | None, ...]


def make_program(name: str, over: Pass, assembly: Assembly, tile: int) -> Program:
    """The program of a pass for tiles of so many rows."""
    offsets, scratch_bytes = place_registers(assembly, tile)
    code = b"".join(_packed(step, offsets, tile) for step in (*assembly.prologue, *assembly.body))
    slots = tuple(assembly.slots)
    return Program(
        name, over, code, len(assembly.prologue), tile, scratch_bytes, slots, tuple(_table(each) for each in slots)
    )


def _packed(step: Step, offsets: Sequence[int], tile: int) -> bytes:
    registers = (offsets[each] if each >= 0 else -1 for each in (step.d, step.a, step.b, step.c))
    low = step.imm & (2**64 - 1)
    low -= (low >> 63) << 64
    mode = place_bytes(Lane.I32, tile) if step.opcode == GATHER_ROWS else step.mode
    return _INSTRUCTION.pack(OPCODES[step.opcode], *registers, step.slot, step.second, mode, low, step.imm >> 64)


def _table(slot: Slot) -> np.ndarray | None:
    if slot.kind != "table":
        return None
    assert isinstance(slot.what, bytes)
    return np.frombuffer(slot.what, np.uint8).copy()


def listing(name: str, over: Pass, assembly: Assembly) -> str:
    """The steps of a program for people: `r3 i64 = MULW_I64 r1 r2`."""
    slots = list(assembly.slots)
    lines = [f"{name}  (level {over.level})"]
    for title, steps in (("once", assembly.prologue), ("tile", assembly.body)):
        lines += [f"  {title}  {_describe(step, slots, assembly)}" for step in steps]
    return "\n".join(lines)


def _describe(step: Step, slots: Sequence[Slot], assembly: Assembly) -> str:
    target = f"r{step.d} {assembly.lanes[step.d].name.lower()} = " if step.d >= 0 else ""
    if step.opcode == GATHER_ROWS:
        target = f"r{step.d} .. {target}"
    parts = [step.opcode, *(f"r{each}" for each in (step.a, step.b, step.c) if each >= 0)]
    if step.imm:
        parts.append(f"imm {step.imm}")
    if step.mode:
        parts.append(f"mode {step.mode}")
    parts += [_describe_slot(slots[each]) for each in (step.slot, step.second) if each >= 0]
    return target + " ".join(parts)


def _describe_slot(slot: Slot) -> str:
    match slot.what:
        case Input():
            what = name_of(slot.what)
        case Find(name=name):
            what = name
        case Stored(node=node) | (Node() as node):
            what = f"{node.grain} {node.operation}"
        case Pack(nodes=nodes):
            what = ", ".join(f"{each.grain} {each.operation}" for each in nodes)
        case Rows(columns=columns):
            what = ", ".join(_describe_slot(each) for each in columns)
        case _:
            what = "constants"
    return f"[{slot.kind} {what}{slot.storage and ' ' + slot.storage}]"
