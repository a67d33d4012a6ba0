"""Values at the borders of the widths in which the engine computes: equal to the reference, to the last digit."""

import pyarrow as pa
import pytest

import paycalc
from tests.differential.comparison import differences, run_with
from tests.differential.shapes import RunData

HEADER = "plan trial\n  currency CNY\n  period month\n  payee worker\n"
BORDERS = (15, 31, 50, 62, 63)
MODES = ("half_up", "half_down", "half_even", "up", "down", "floor", "ceiling")


def same(text, rows, choices=({},), **tables):
    """Every worker a row of texts by column; what the reference says, once all choices of the machine agree."""
    plan = paycalc.compile(HEADER + text)
    columns = {name: [str(row[name]) for row in rows] for name in rows[0]} if rows else {}
    worker = pa.table({"worker": list(range(len(rows))), **columns})
    data = RunData("2026-10", {"worker": worker, **tables}, {})
    expected = run_with(plan, data, engine="reference")
    assert not expected.error, expected.error
    for choice in (*choices, {"observed": True}, {"observed": False}, {"observed": True, "tile": 3, "threads": 2}):
        assert not differences(expected, run_with(plan, data, **choice)), choice
    return expected.tables["lines"].to_pylist()


def near(bits):
    """Whole numbers on both sides of the border, and of half of it."""
    top = 2**bits
    return sorted(
        {sign * (each + by) for sign in (1, -1) for each in (top, top // 2) for by in (-2, -1, 0, 1)} | {0, 1, -1}
    )


@pytest.mark.parametrize("bits", BORDERS)
def test_sums_differences_and_products_across_a_border(bits):
    low, high = min(near(bits)), max(near(bits))
    text = f"""entity worker
  a, b : int {low} .. {high}
show total    = a + b
show less     = a - b
show product  = a * clamp(b, -4611686018427387904, 4611686018427387904)
show thrice   = a * 3 - b * 2
show turned   = -a
show size     = abs(a - b)
show lesser   = min(a, b)
show equal    = a is b
show below    = a + 1 < b * 2
pay p         = 0
"""
    lines = same(text, [{"a": a, "b": b} for a in near(bits) for b in near(bits)[::3]])
    assert lines[0]["total"] == 2 * low


@pytest.mark.parametrize("bits", BORDERS)
def test_every_rounding_across_a_border(bits):
    low, high = min(near(bits)), max(near(bits))
    shows = "".join(f"show {mode}_{step} = round(a / {step}, 0, {mode})\n" for mode in MODES for step in (2, 3, 7, 100))
    steps = "".join(f"show step_{mode} = round(a, to 25, {mode})\n" for mode in MODES)
    text = f"entity worker\n  a : int {low} .. {high}\n{shows}{steps}pay p = 0\n"
    lines = same(text, [{"a": a} for a in [*near(bits), *range(-55, 56, 5), 2**bits // 3, -(2**bits) // 7]])
    assert len(lines) > 20


@pytest.mark.parametrize("bits", BORDERS)
def test_a_fraction_of_two_columns_across_a_border(bits):
    high = 2**bits - 1 if bits < 63 else 2**62
    text = f"""entity worker
  a : int {-high} .. {high}
  b : int 1 .. {min(high, 2**40)}
let part = a / b
show whole = round(part, 0)
show even  = round(part, 2, half_even)
show rest  = mod(a, b)
show many  = part > 1000
pay p = 0
"""
    rows = [{"a": a, "b": b} for a in near(bits) if abs(a) <= high for b in (1, 2, 3, 7, min(high, 2**40))]
    lines = same(text, rows)
    assert [line["rest"] for line in lines] == [row["a"] % row["b"] for row in rows]


def test_sums_over_rows_beyond_int64():
    wide = 9 * 10**18
    text = f"""entity worker
entity part in worker at most 1_000 per worker
  amount : int {-wide} .. {wide}
show total   = sum(amount of part)
show least   = default(min(amount of part), 0)
show mean    = round(default(mean(amount of part), 0), 3)
show plan.all = sum(amount of part)
pay p = 0
"""
    amounts = [wide, wide, wide, -wide, 1, wide, -1, -wide, -wide, -wide]
    part = pa.table({"worker": [0, 0, 0, 1, 1, 2, 2, 3, 3, 3], "amount": pa.array(amounts, pa.int64())})
    lines = same(text, [{"unread": 0}] * 5, part=part)
    assert [line["total"] for line in lines] == [3 * wide, 1 - wide, wide - 1, -3 * wide, 0]


def test_amounts_of_more_than_64_bits():
    text = """entity worker
  a : decimal(4) -100_000_000_000_000_000_000 .. 100_000_000_000_000_000_000
  r : decimal(4) 0 .. 10
show product = round(a * r, 4, half_even)
show third   = round(a / 3, 4, up)
show eq      = a * r is a
pay p        = 0
"""
    values = (
        "100000000000000000000",
        "-99999999999.999999999",
        "0.000000001",
        "-0.000000001",
        "12345678901234567890.5",
    )
    lines = same(text, [{"a": a, "r": r} for a in values for r in ("0", "1", "9.9999", "0.0001")])
    assert lines[1]["eq"] is True


def test_divisors_of_zero_stand_in_branches_that_are_not_taken():
    text = """entity worker
  a, b : int -10 .. 10
show guarded = if b is not 0 then round(a / b, 4) else -1
show above   = if b > 0 then round(a / b, 4, down) else 0
show modulo  = if b is not 0 then mod(a, b) else 0
show late    = round(a / b, 2) when b < 0
pay p = 0
"""
    lines = same(text, [{"a": a, "b": b} for a in range(-10, 11, 3) for b in range(-10, 11)])
    assert sum(line["guarded"] == -1 for line in lines) >= 7


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("step", [2**61 - 1, 2**60 + 1, 7 * 2**57, 10**19, 5**26])
def test_roundings_to_steps_that_are_divided_by_in_parts(step, mode):
    text = f"""entity worker
  x : decimal(2) -{10**24} .. {10**24}
pay a = 1 CNY when round(x, to {step}, {mode}) > 0
show b = round(x, to {step}, {mode})
"""
    halves = [(2 * count + 1) * step * 50 for count in (-(10**24) // step // 2, -1, 0, 10**24 // step // 2 - 1)]
    numbers = [half + by for half in halves for by in (-1, 0, 1)]
    rows = same(text, [{"x": f"{'-' if each < 0 else ''}{abs(each) // 100}.{abs(each) % 100:02}"} for each in numbers])
    assert len(rows) == len(numbers)
