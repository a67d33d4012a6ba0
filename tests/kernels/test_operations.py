"""Every operation that makes a value of the values of a row, in every lane, against its twin on Python's integers."""

import random
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import product

import pytest

from paycalc._kernels import OPCODES
from tests.kernels.opcode_list import ENTRIES
from tests.kernels.tiles import computed, high_of, low_of
from tests.kernels.twins import EPOCH, INSIDE, MODES, ROWS, Twin

ROWS_MAX = 250  # of one run
FAST_BOUND = 1 << 50
HALF_EVEN = MODES.index("half_even")


@dataclass(frozen=True)
class Operation:
    """One opcode with the lanes of its result and of its operands."""

    opcode: str
    name: str
    lane: str
    operands: tuple[str, ...]
    has_constant: bool
    has_mode: bool

    @property
    def twin(self) -> Twin:
        return ROWS[self.name]


def operations() -> Iterator[Operation]:
    for entry in ENTRIES:
        if entry.name not in ROWS:
            continue
        for opcode in entry.opcodes:
            lane_of_name = opcode.rpartition("_")[2].lower()
            named = dict(re.findall(r"\b([dabc])(?: (i32|i64|i128|flags))?(?=[,;]|$)", entry.operands))
            lanes = {operand: lane or lane_of_name for operand, lane in named.items()}
            if opcode in ("DIV_I128", "MOD_I128"):
                lanes["b"] = "i64"
            operands = tuple(lanes[each] for each in "abc" if each in lanes)
            constant = re.search(r"\bimm\b", entry.text) is not None or entry.name.startswith(("DIVC", "MULDIVC"))
            yield Operation(opcode, entry.name, lanes["d"], operands, constant, "mode" in entry.operands)


ALL = list(operations())


def edges(lane: str) -> list[int]:
    """The numbers of a lane at which something may go wrong."""
    low, high = low_of(lane), high_of(lane)
    powers = [1 << bits for bits in (7, 8, 15, 16, 31, 32, 49, 50, 62, 63, 64, 126)]
    near = [0, 1, 2, 3, 10, low, low + 1, high, high - 1]
    near += [power + step for power in powers for step in (-1, 0, 1)]
    return sorted({value for each in near for value in (each, -each) if low <= value <= high})


def any_of(lane: str, choice: random.Random) -> int:
    """A number of the lane: of random length, or an edge."""
    if lane == "flags":
        return choice.randrange(2)
    if choice.random() < 0.2:
        return choice.choice(edges(lane))
    size = choice.getrandbits(choice.randint(1, high_of(lane).bit_length()))
    return -size if choice.random() < 0.5 else size


def constants(operation: Operation, choice: random.Random) -> list[int]:
    """The constants to try."""
    if not operation.has_constant:
        return [0]
    if operation.name.startswith(("DIVC", "MULDIVC")):
        found = [1, 2, 3, 4, 5, 7, 10, 100, 999, 10_000, 86_400, 10**6 + 1, 10**9, 1 << 31, 10**12 + 7, 1 << 50]
        return found if "FAST" in operation.name else [*found, (1 << 62) + 1, (1 << 63) - 1]
    if operation.name.startswith("BETWEEN"):
        ends = sorted(choice.sample(edges(operation.operands[0]), 12))
        return [(high << 64) + low % 2**64 for low, high in zip(ends, [*ends[1:], ends[-1]], strict=True)]
    if operation.name.startswith("PACK"):
        return [0, 1, 31, 32, 63]
    lane = operation.lane if operation.lane != "flags" else operation.operands[0]
    found = [each for each in edges(lane) if each or operation.name != "MODC"]
    return [*choice.sample(found, min(12, len(found))), 1, -1, 7, -10_000]


def meets(operation: Operation, values: Sequence[int], imm: int, mode: int) -> bool:
    """Whether the operation may be given these values: what the list says, and that the result lies in its lane."""
    a, b, c = (*values, 0, 0, 0)[:3]
    if "FAST" in operation.name:
        size = abs(a * b) if operation.name.startswith("MUL") else abs(a)
        by = max(b, 1) if operation.name.startswith("DIV_") else max(c, 1) if "MULDIV_" in operation.name else imm
        if size + (by // 2 if mode == 0 else by) >= FAST_BOUND:
            return False
    results = [operation.twin(a, b, c, imm, mode), INSIDE.get(operation.name, operation.twin)(a, b, c, imm, mode)]
    return all(low_of(operation.lane) <= result <= high_of(operation.lane) for result in results)


def dates_and_moments(operation: Operation, choice: random.Random) -> Iterator[tuple[int, ...]]:
    first, last = (date(year, month, day).toordinal() for year, month, day in ((1, 1, 1), (9999, 12, 31)))
    for _ in range(ROWS_MAX):
        if operation.operands == ("i64",):
            days = choice.randint(first, last) - EPOCH.toordinal()
            yield (days * 86_400_000_000 + choice.choice((0, 1, 86_399_999_999, choice.randrange(86_400_000_000))),)
        else:
            yield tuple(choice.randint(first, last) - EPOCH.toordinal() for _ in operation.operands)


def rows_of(operation: Operation, imm: int, mode: int, choice: random.Random) -> list[tuple[int, ...]]:
    """Rows of operands: edges with edges, then any."""
    if operation.name in CALENDAR:
        return list(dates_and_moments(operation, choice))
    found = list(product(*(edges(lane) for lane in operation.operands)))
    found = choice.sample(found, min(len(found), ROWS_MAX // 2))
    found += [tuple(any_of(lane, choice) for lane in operation.operands) for _ in range(3 * ROWS_MAX)]
    if operation.name.startswith(("DIV", "MULDIV")):  # numbers on both sides of where the quotient changes
        found += around_steps(operation, imm, choice)
    choice.shuffle(found)
    return [values for values in found if in_lanes(operation, values) and meets(operation, values, imm, mode)][
        :ROWS_MAX
    ]


def in_lanes(operation: Operation, values: Sequence[int]) -> bool:
    return all(low_of(lane) <= value <= high_of(lane) for lane, value in zip(operation.operands, values, strict=True))


def around_steps(operation: Operation, imm: int, choice: random.Random) -> Iterator[tuple[int, ...]]:
    limit = FAST_BOUND if "FAST" in operation.name else high_of(operation.operands[0])
    for _ in range(ROWS_MAX):
        by = imm or choice.choice((1, 2, 3, 7, 10, 10_000, choice.randrange(1, 1 << 20)))
        middle = (2 * choice.randrange(limit // by + 1) + choice.randrange(2)) * by // 2
        a = choice.choice((1, -1)) * (middle + choice.randint(-1, 1))
        if operation.name == "MULDIV_FAST_I32":
            yield (a, 1, by)
        else:
            yield (a, 1 if operation.name.startswith("MUL") else by)[: len(operation.operands)]


CALENDAR = (
    *("DATE_OF", "HOUR", "MINUTE", "YEAR", "MONTH", "DAY", "WEEKDAY", "DAYS_IN_MONTH"),
    *("MONTHS_BETWEEN", "YEARS_BETWEEN"),
)


@pytest.mark.parametrize("operation", ALL, ids=lambda each: each.opcode)
def test_a_row_operation_is_its_twin(operation):
    choice = random.Random(operation.opcode)
    modes = range(len(MODES)) if operation.has_mode else (0,)
    tried = 0
    for imm in constants(operation, choice):
        for mode in modes:
            if "FAST" in operation.name and mode == HALF_EVEN:
                continue
            rows = rows_of(operation, imm, mode, choice)
            if not rows:
                continue
            lo = choice.randrange(min(len(rows), 40))
            expected = [int(operation.twin(*(*row, 0, 0, 0)[:3], imm, mode)) for row in rows[lo:]]
            operands = list(zip(operation.operands, zip(*rows, strict=True), strict=True))
            tile = choice.choice((1, 7, 64, 250, 1_024))
            found = computed(operation.opcode, operation.lane, operands, tile=tile, lo=lo, imm=imm, mode=mode)
            assert found == expected, (imm, mode, tile, lo)
            tried += len(expected)
    assert tried >= 200


@pytest.mark.parametrize("operation", ALL, ids=lambda each: each.opcode)
def test_a_row_operation_may_write_a_register_that_it_reads(operation):
    choice = random.Random(operation.opcode)
    imm = 7 if operation.has_constant else 0
    rows = rows_of(operation, imm, 0, choice)
    expected = [int(operation.twin(*(*row, 0, 0, 0)[:3], imm, 0)) for row in rows]
    operands = list(zip(operation.operands, zip(*rows, strict=True), strict=True))
    for place, lane in enumerate(operation.operands):
        if lane == operation.lane:
            found = computed(operation.opcode, lane, operands, tile=250, imm=imm, in_place=place)
            assert found == expected, place


def test_the_operations_of_rows_are_all_there():
    assert {each.name for each in ALL} == set(ROWS)
    assert len(ALL) == len({each.opcode for each in ALL})
    assert {each.opcode for each in ALL} <= set(OPCODES)
