"""What the search found in the engine, each as the small plan and data that showed it."""

import pyarrow as pa
import pytest

import paycalc
from tests.differential.comparison import differences, run_with
from tests.differential.shapes import RunData

HEADER = "plan trial\n  currency CNY\n  period month\n  timezone Asia/Shanghai\n  payee worker\n"


def lines_of(text, tables, parameters=None):
    """The lines of both engines, which are the same."""
    plan = paycalc.compile(HEADER + text)
    data = RunData("2026-10", tables, parameters or {})
    expected = run_with(plan, data, engine="reference")
    assert not expected.error, expected.error
    for choice in ({}, {"observed": True, "tile": 2}, {"observed": False, "threads": 2}):
        told = differences(expected, run_with(plan, data, **choice))
        assert not told, told
    return expected.tables["lines"].to_pylist()


def test_one_table_looked_up_twice_with_written_arguments():
    text = """entity worker
table bonus of mark int 0 .. 100 : money
  ..=1   : 5
  2..=10 : 7
  11..   : 9
pay high = bonus(100)
pay low  = bonus(0)
pay mid  = bonus(round(bonus(0), 0) / 1 CNY)
"""
    assert [list(line.values())[1:4] for line in lines_of(text, {"worker": pa.table({"worker": [1]})})] == [[9, 5, 7]]


@pytest.mark.parametrize("cells", [["yes", "no", "TRUE"], [True, False, True]])
def test_flags_in_every_shape(cells):
    text = """entity worker
  on   : flag
  held : flag = yes
  free : flag optional
parameters
  open : flag
pay p = if on and open and held and default(free, yes) then 1 else 0
"""
    workers = pa.table({"worker": [1, 2, 3], "on": cells})
    assert [line["p"] for line in lines_of(text, {"worker": workers}, {"plan": {"open": "yes"}})] == [1, 0, 1]


def test_a_remainder_by_a_divisor_of_63_bits():
    text = """entity worker
  amount : money 0 .. 92_233_720_368_547_758.07 optional
show rest = mod(-1 CNY, max(default(amount, 0), 1))
pay p = 0
"""
    workers = pa.table({"worker": [1, 2], "amount": ["92233720368547758.07", None]})
    assert [str(line["rest"]) for line in lines_of(text, {"worker": workers})] == ["92233720368547757.07", "0.00"]


def test_a_wide_column_of_an_entity_without_rows():
    text = """entity store
  x : decimal(0) -1_000_000_000_000_000_000_000_000 .. 1_000_000_000_000_000_000_000_000
entity worker
  store : store optional
show seen = default(store.x, 3)
pay p = 0
"""
    tables = {"worker": pa.table({"worker": [1, 2], "store": pa.array([None, None], pa.string())})}
    tables["store"] = pa.table({"store": pa.array([], pa.string()), "x": pa.array([], pa.int8())})
    assert [line["seen"] for line in lines_of(text, tables)] == [3, 3]


def test_rejected_payees_are_taken_out_of_the_lines():
    text = "entity worker\n  sales : money 0 .. 100\npay p = sales\nshow big = sales > 50\n"
    workers = pa.table({"worker": list(range(9)), "sales": ["1", "101", "2", None, "60", "x", "3", "4", "-1"]})
    assert [line["worker"] for line in lines_of(text, {"worker": workers})] == [0, 2, 4, 6, 7]


def test_chunks_of_views_without_rows():
    names = pa.array(["north"] * 4, pa.string_view())
    text = 'entity worker\n  area : text\npay p = if area is "north" then 1 else 0\n'
    workers = pa.table({"worker": [1, 2, 3, 4], "area": pa.chunked_array([names[:2], names[2:2], names[2:]])})
    assert [line["p"] for line in lines_of(text, {"worker": workers})] == [1, 1, 1, 1]


def test_running_totals_where_keys_follow_each_other():
    """Such keys lead to rows without a table: each is the row's number and more."""
    text = """entity store
entity worker
  store : store
let nth = running_count(within store by 0)
let all = running_sum(nth within store by -nth)
pay p = nth * 1 CNY
show s = all
"""
    first = 1_884_203_446_754_289_758
    stores = pa.table({"store": [first, first + 1]})
    workers = pa.table({"worker": [5, 4, 3, 2, 1], "store": [first, first, first + 1, first, first]})
    lines = lines_of(text, {"worker": workers, "store": stores})
    assert [(line["p"], line["s"]) for line in lines] == [(4, 4), (3, 7), (1, 1), (2, 9), (1, 10)]
