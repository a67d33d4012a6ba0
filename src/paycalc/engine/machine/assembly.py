"""Steps of a tile program before its registers have places: each step writes a register of its own."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import NamedTuple

from paycalc.engine.machine.lanes import Lane

NONE = -1
GATHER_ROWS = "GATHER_ROWS_I32"  # the one operation that writes several registers; `imm` says how many


class Slot(NamedTuple):
    """Memory that a step reads or writes, by what it is; a run supplies the address.

    kind   row          the input `what`, as the door encoded it, at the rows of the pass
           gathered     the input `what`, in memory of `storage`, at any row
           column       what a pass stored of the node `what`, in `storage`
           rows         several columns side by side as rows of int32, as the Rows `what` says
           thresholds, cells  of the Find `what`, as `finders` lays them out for the lane of `storage`
           table        the bytes `what`, constant
           accumulator  the groups' values of the aggregate `what`, or of those of a Pack, each thread's own
    """

    kind: str
    what: object
    storage: str = ""


class Rows(NamedTuple):
    """Columns of one grain side by side; width: int32 in a row."""

    grain: str
    columns: tuple[Slot, ...]
    width: int


class Step(NamedTuple):
    """One operation. d, a, b, c: registers by number; slot, second: places in `Assembly.slots`; NONE: unused."""

    opcode: str
    d: int = NONE
    a: int = NONE
    b: int = NONE
    c: int = NONE
    slot: int = NONE
    second: int = NONE
    mode: int = 0
    imm: int = 0


@dataclass
class Assembly:
    """The steps of one program while they are written.

    prologue  runs once before the first tile: its registers keep their values
    lanes     of each register
    """

    prologue: list[Step] = field(default_factory=list)
    body: list[Step] = field(default_factory=list)
    lanes: list[Lane] = field(default_factory=list)
    slots: dict[Slot, int] = field(default_factory=dict)
    _constants: dict[tuple[Lane, int], int] = field(default_factory=dict)
    _spread: dict[Slot, int] = field(default_factory=dict)

    def slot(self, slot: Slot) -> int:
        return self.slots.setdefault(slot, len(self.slots))

    def register(self, lane: Lane) -> int:
        self.lanes.append(lane)
        return len(self.lanes) - 1

    def emit(
        self,
        opcode: str,
        lane: Lane,
        a: int = NONE,
        b: int = NONE,
        c: int = NONE,
        *,
        slot: Slot | None = None,
        second: Slot | None = None,
        mode: int = 0,
        imm: int = 0,
    ) -> int:
        """A step that writes a new register of the lane; gives the register."""
        register = self.register(lane)
        place = NONE if slot is None else self.slot(slot)
        other = NONE if second is None else self.slot(second)
        self.body.append(Step(opcode, register, a, b, c, place, other, mode, imm))
        return register

    def emit_rows(self, a: int, slot: Slot, width: int) -> list[int]:
        """A step that writes so many registers of int32, whose places are to follow each other."""
        registers = [self.register(Lane.I32) for _ in range(width)]
        self.body.append(Step(GATHER_ROWS, registers[0], a, slot=self.slot(slot), imm=width))
        return registers

    def store(self, opcode: str, a: int, slot: Slot, b: int = NONE) -> None:
        """A step that writes memory only."""
        self.body.append(Step(opcode, a=a, b=b, slot=self.slot(slot)))

    def constant(self, value: int, lane: Lane) -> int:
        """A register that holds the value at every row."""
        register = self._constants.get((lane, value))
        if register is None:
            register = self._constants[(lane, value)] = self.register(lane)
            self.prologue.append(Step(f"FILL_{suffix(lane)}", register, imm=value))
        return register

    def spread(self, slot: Slot, lane: Lane) -> int:
        """A register that holds the first value of a column at every row."""
        register = self._spread.get(slot)
        if register is None:
            register = self._spread[slot] = self.register(lane)
            self.prologue.append(Step(f"SPREAD_{suffix(lane)}", register, slot=self.slot(slot)))
        return register


def suffix(lane: Lane) -> str:
    """How opcodes name the lane of what they move."""
    return "U8" if lane is Lane.FLAGS else lane.name
