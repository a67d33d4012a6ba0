"""Columns long enough for the ways that only long ones take."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

import numpy as np
import pyarrow as pa
import pytest

from paycalc.check.types import MemberType, MomentType, NumberType
from paycalc.core.errors import InternalError
from paycalc.core.number import Interval
from paycalc.core.unit import PLAIN
from paycalc.engine.encoding.describing import Describing
from paycalc.engine.encoding.far_keys import FarKeys
from paycalc.engine.encoding.keys import entity_keys, key_cells
from paycalc.engine.encoding.reading import Reading, TextNumbers, read_column
from paycalc.engine.encoding.references import KeyIndex
from paycalc.engine.encoding.states import GOOD, state_of
from paycalc.engine.encoding.values import laid_out
from paycalc.engine.inputs.cells import CellRules, Place, read_cells
from paycalc.reference.faults import FaultCode
from paycalc.reference.nearest import NearestKey
from tests.door.comparing import stored_numbers

PLACE = Place("worker.parquet", "worker", "worker", "worker.worker")
COUNT = 30_000


def keys_of(cells):
    return entity_keys(key_cells(pa.chunked_array([cells]), PLACE, integer=False), keyed=True)


def shuffled(numbers):
    return np.random.default_rng(7).permutation(numbers)


WAYS = {
    "in order": np.arange(COUNT),
    "shuffled": shuffled(np.arange(COUNT)),
    "far apart": shuffled(np.arange(COUNT) * 1_000_003),
    "unsigned": shuffled(np.arange(COUNT).astype(np.uint64) * np.uint64(614_891_469_123_651)),
    "negative": shuffled(np.arange(COUNT) - COUNT // 2),
}


def written(numbers):
    return pa.array([f"{number % 7}-{number}" for number in numbers.tolist()])


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("kind", [pa.array, written])
def test_keys_and_the_rows_that_they_lead_to(way, kind):
    numbers = WAYS[way]
    index = KeyIndex(keys_of(kind(numbers)))
    assert index.keys.states is None
    asked = np.append(numbers[::-3], numbers[:1] * 0 + 12_345_678_901)
    rows = index.rows_of(key_cells(pa.chunked_array([kind(asked)]), PLACE, integer=False))
    assert rows.tolist() == [*range(COUNT - 1, -1, -3), -1]


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("kind", [pa.array, written])
def test_a_key_that_stands_there_twice(way, kind):
    numbers = WAYS[way].copy()
    numbers[20_000] = numbers[10_000]
    keys = keys_of(kind(numbers))
    assert np.flatnonzero(keys.states).tolist() == [10_000, 20_000]
    assert set(keys.states[[10_000, 20_000]].tolist()) == {state_of(FaultCode.DUPLICATE_KEY)}
    assert keys.rows_sharing(20_000) == [10_000, 20_000]
    asked = key_cells(pa.chunked_array([kind(numbers[[20_000]])]), PLACE, integer=False)
    assert KeyIndex(keys).rows_of(asked).tolist() == [10_000]


@pytest.mark.parametrize(
    ("keys", "unknown"),
    [
        (["W 001", "w1", "W2", None, "\u00dcber", " w3"], ["W1", "w02", "\u00fcber", "W3", "W4", "2"]),
        ([1, 20, -3, None, 4], ["01", "0020", "-3", "5", 7, " 4"]),
        (["STRASSE", "strasse", "x\x1fy"], ["stra\u00dfe", "XY", ""]),
    ],
)
def test_the_same_key_written_differently_is_found_in_any_number_of_keys(keys, unknown):
    small = NearestKey({key for key in keys if key is not None})
    small._shortened.clear()  # as where there are many keys
    large = FarKeys(pa.array(keys), unknown)
    assert [large.to(key) for key in unknown] == [small.to(key) for key in unknown]


@pytest.mark.parametrize("zone", ["Asia/Shanghai", "Europe/Berlin", "America/St_Johns", "Australia/Lord_Howe"])
@pytest.mark.parametrize("unit", ["s", "ms", "us"])
def test_moments_without_a_zone_on_days_with_and_without_a_change_of_clocks(zone, unit):
    start = datetime(2024, 1, 1)
    clocks = pa.array([start + timedelta(minutes=37 * step) for step in range(20_000)], pa.timestamp(unit))
    column = pa.chunked_array([clocks])
    rules = CellRules(None, ZoneInfo(zone), ZoneInfo(zone))
    found = read_column(column, MomentType(), Reading(rules, ZoneInfo(zone), TextNumbers()))
    cells = read_cells(column, MomentType(), PLACE, rules)
    states = np.zeros(len(cells), np.uint8) if found.states is None else found.states
    numbers = stored_numbers(laid_out(found))
    for cell, state, number in zip(cells, states.tolist(), numbers, strict=True):
        if state == GOOD:
            assert datetime(1970, 1, 1, tzinfo=UTC) + timedelta(microseconds=number) == cell
        else:
            assert (cell.code, state) == ("not-a-moment", state_of(FaultCode.NOT_A_MOMENT))


@pytest.mark.parametrize("index", [pa.int8(), pa.uint8(), pa.int32(), pa.uint64()])
def test_a_dictionary_as_long_as_its_indices_reach(index):
    members = tuple(f"m{number}" for number in range(128 if index == pa.int8() else 256))
    rows = [None, len(members) - 1, 3, None, 0]
    column = pa.chunked_array([pa.DictionaryArray.from_arrays(pa.array(rows, index), pa.array(members))])
    reading = Reading(CellRules(), UTC, TextNumbers())
    found = read_column(column, MemberType(members), reading)
    assert found.states.tolist() == [1, 0, 0, 1, 0]
    numbers = stored_numbers(laid_out(found))
    assert [numbers[row] for row in (1, 2, 4)] == [len(members) - 1, 3, 0]
    index_of = KeyIndex(keys_of(pa.array(members)))
    cells = key_cells(column, PLACE, integer=False)
    assert index_of.rows_of(cells).tolist() == [-1, len(members) - 1, 3, -1, 0]


def test_members_in_the_plans_order_are_taken_as_they_lie():
    codes = pa.array([2, 0, 1, 2], pa.int8())
    column = pa.chunked_array([pa.DictionaryArray.from_arrays(codes, pa.array(["low", "mid", "high"]))])
    found = laid_out(read_column(column, MemberType(("low", "mid", "high")), Reading(CellRules(), UTC, TextNumbers())))
    assert (found.address, found.storage) == (codes.buffers()[1].address, "i8")
    turned = laid_out(read_column(column, MemberType(("high", "mid", "low")), Reading(CellRules(), UTC, TextNumbers())))
    assert stored_numbers(turned) == [0, 2, 1, 0]


@pytest.mark.parametrize(
    ("type", "cells"),
    [
        (pa.int32(), [1, 30, 0, 7]),
        (pa.int64(), [1, 30, 0, 7]),
        (pa.decimal128(10, 0), [Decimal(1), Decimal(30), Decimal(0), Decimal(7)]),
        (pa.decimal256(50, 0), [Decimal(1), Decimal(30), Decimal(0), Decimal(7)]),
        (pa.float64(), [1.0, 30.0, 0.0, 7.0]),
    ],
)
@pytest.mark.parametrize("shift", [0, 1, 8])
def test_memory_that_begins_anywhere(type, cells, shift):
    held = pa.array(cells, type).buffers()[1].to_pybytes()
    moved = pa.py_buffer(b"\0" * shift + held).slice(shift)
    column = pa.chunked_array([pa.Array.from_buffers(type, len(cells), [None, moved])])
    days = NumberType(PLAIN, 0, Interval.of(0, 31))
    found = laid_out(read_column(column, days, Reading(CellRules(), UTC, TextNumbers())))
    assert stored_numbers(found) == [1, 30, 0, 7]
    assert (found.low, found.high) == (0, 30)


def test_a_good_column_is_used_where_it_lies():
    cells = pa.array(range(100), pa.int16())
    days = NumberType(PLAIN, 2, Interval.of(0, 60))
    found = laid_out(read_column(pa.chunked_array([cells[10:50]]), days, Reading(CellRules(), UTC, TextNumbers())))
    assert found.address == cells.buffers()[1].address + 20
    assert (found.storage, found.count, found.factor, found.low, found.high) == ("i16", 40, 100, 1_000, 4_900)


def test_chunks_are_packed_into_the_narrowest_numbers():
    parts = [pa.array([1, 2], pa.int64()), pa.array([300], pa.int64())]
    days = NumberType(PLAIN, 0, Interval.of(0, 1_000))
    found = laid_out(read_column(pa.chunked_array(parts), days, Reading(CellRules(), UTC, TextNumbers())))
    assert (found.storage, stored_numbers(found)) == ("i16", [1, 2, 300])


def test_two_codes_that_disagree_are_reported():
    batch = Describing({}).batch(FaultCode.NULL, "worker", np.array([0]), lambda row: "fine")
    with pytest.raises(InternalError) as caught:
        batch.describe(0)
    assert str(caught.value).startswith("row 1 of worker of worker: null for columns, no fault for one cell\n")


@pytest.mark.parametrize("cuts", [[], [1], [3, 4, 5], [2, 2, 6]])
@pytest.mark.parametrize(
    "type", [pa.string(), pa.large_string(), pa.string_view(), pa.dictionary(pa.int8(), pa.string())]
)
def test_keys_that_are_shared_by_rows_of_different_chunks(cuts, type):
    cells = ["00000", "a key of more than eight letters", "\u00fc1", "\u00fc2", "00000", "\u00fc39", "47514"]
    parts = [cells[low:high] for low, high in zip([0, *cuts], [*cuts, len(cells)], strict=True)]
    column = pa.chunked_array([pa.array(["x", *part], type).slice(1) for part in parts], type)
    keys = entity_keys(key_cells(column, PLACE, integer=False), keyed=True)
    assert np.flatnonzero(keys.states).tolist() == [0, 4]
