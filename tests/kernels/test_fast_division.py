"""Division through doubles, where it is most likely to be wrong: at the bound, and on both sides of each step."""

import random

import pytest

from tests.kernels.tiles import computed
from tests.kernels.twins import MODES, quotient

BOUND = 1 << 50
DIVISORS = (
    1,
    2,
    3,
    5,
    6,
    7,
    9,
    10,
    12,
    49,
    97,
    100,
    127,
    255,
    365,
    1_000,
    10_000,
    86_400,
    99_991,
    1_000_000,
    2**24 + 1,
)
DIVISORS_LARGE = (2**31 - 1, 2**31, 10**10, 2**40 + 1, 10**14 + 9, 2**49 + 1, 2**50 - 3)
MODES_FAST = [number for number, mode in enumerate(MODES) if mode != "half_even"]


def spare(by: int, mode: int) -> int:
    return by // 2 if mode == 0 else by


def near_steps(by: int, mode: int, limit: int, choice: random.Random) -> list[int]:
    """Dividends below `limit` in size at which the quotient is about to change, the largest ones above all."""
    top = limit - 1 - spare(by, mode)
    if top < 0:
        return []
    found = [top, top - 1, top // 2, 0, 1, by // 2, by]
    for k in range(60):
        turn = (top // by - k if k < 30 else choice.randrange(top // by + 1)) * by
        found += [turn + step for step in (-1, 0, 1)]
        found += [turn + by // 2 + step for step in (-1, 0, 1)]
    found = [each for each in found if 0 <= each <= top]
    return found + [-each for each in found]


@pytest.mark.parametrize("mode", MODES_FAST)
@pytest.mark.parametrize("by", [*DIVISORS, *DIVISORS_LARGE])
def test_by_a_constant(mode, by):
    choice = random.Random(by)
    values = near_steps(by, mode, BOUND, choice)
    expected = [quotient(value, by, mode) for value in values]
    found = computed("DIVC_FAST_I64", "i64", [("i64", values)], tile=128, imm=by, mode=mode)
    assert found == expected
    ones = [1] * len(values)
    found = computed("MULDIVC_FAST_I64", "i64", [("i64", values), ("i64", ones)], tile=128, imm=by, mode=mode)
    assert found == expected


@pytest.mark.parametrize("mode", MODES_FAST)
@pytest.mark.parametrize("by", [*DIVISORS, *DIVISORS_LARGE])
def test_of_32_bits_by_a_constant(mode, by):
    choice = random.Random(by)
    values = near_steps(by, mode, 1 << 31, choice) or [0, 1, -1, (1 << 31) - 1, -(1 << 31)]
    found = computed("DIVC_FAST_I32", "i32", [("i32", values)], tile=128, imm=by, mode=mode)
    assert found == [quotient(value, by, mode) for value in values]


@pytest.mark.parametrize("mode", MODES_FAST)
@pytest.mark.parametrize("by", [100_003, 1 << 20, 10**6, 10**9 + 7])
def test_products_of_32_bits_by_a_constant(mode, by):
    choice = random.Random(by)
    pairs = []
    for product in near_steps(by, mode, min(BOUND, by << 31), choice):
        b = choice.randrange(1 << 20, 1 << 30)
        a = round(product / b)
        pairs.append((a, b))
    pairs = [(a, b) for a, b in pairs if abs(a * b) + spare(by, mode) < min(BOUND, by << 31)]
    expected = [quotient(a * b, by, mode) for a, b in pairs]
    operands = [("i32", [a for a, _ in pairs]), ("i32", [b for _, b in pairs])]
    assert computed("MULDIVC_FAST_I32", "i32", operands, tile=128, imm=by, mode=mode) == expected
    assert len(pairs) > 50


@pytest.mark.parametrize("mode", MODES_FAST)
def test_by_a_register(mode):
    choice = random.Random(1)
    pairs = [(value, by) for by in (*DIVISORS, *DIVISORS_LARGE) for value in near_steps(by, mode, BOUND, choice)]
    pairs += [(value, by) for by in (0, -1, -(2**40)) for value in (BOUND - 2, 0, 1, -1, 12_345)]
    choice.shuffle(pairs)
    operands = [("i64", [a for a, _ in pairs]), ("i64", [b for _, b in pairs])]
    found = computed("DIV_FAST_I64", "i64", operands, tile=128, mode=mode)
    assert found == [quotient(a, max(b, 1), mode) for a, b in pairs]


@pytest.mark.parametrize("mode", MODES_FAST)
def test_a_product_by_a_register(mode):
    choice = random.Random(2)
    rows = []
    for by in (*DIVISORS, 2**31 - 1, 0, -1, -(2**31)):
        for factor in (1, 7, 1_000, 2**20 + 1):
            limit = min(BOUND, max(by, 1) * 2**31)
            rows += [(size // factor, factor, by) for size in near_steps(max(by, 1), mode, limit, choice)]
    rows = [row for row in rows if abs(row[0]) < 2**31 and abs(quotient(row[0] * row[1], max(row[2], 1), mode)) < 2**31]
    assert len(rows) > 20_000
    operands = [("i32", list(column)) for column in zip(*rows, strict=True)]
    found = computed("MULDIV_FAST_I32", "i32", operands, tile=128, mode=mode)
    assert found == [quotient(a * b, max(c, 1), mode) for a, b, c in rows]


@pytest.mark.parametrize("mode", MODES_FAST)
def test_any_dividend_by_any_divisor(mode):
    choice = random.Random(mode)
    for _ in range(30):
        by = choice.getrandbits(choice.randint(1, 49)) + 1
        top = BOUND - 1 - spare(by, mode)
        values = [choice.choice((1, -1)) * choice.randint(0, top) for _ in range(100)]
        found = computed("DIVC_FAST_I64", "i64", [("i64", values)], tile=33, imm=by, mode=mode)
        assert found == [quotient(value, by, mode) for value in values]
