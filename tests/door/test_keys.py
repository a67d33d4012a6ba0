"""Keys to rows, against a dict of Python: every kind of table, every storage, every kind of text."""

from itertools import pairwise

import numpy as np
import pyarrow as pa
import pytest

from paycalc.engine.encoding import key_tables
from paycalc.engine.encoding.key_tables import ByHash, Direct, OfTexts
from paycalc.engine.encoding.keys import entity_keys, key_cells
from paycalc.engine.encoding.states import EMPTY, GOOD, state_of
from paycalc.engine.inputs.cells import Place
from paycalc.engine.inputs.input_table import TextColumn
from paycalc.reference.faults import FaultCode

PLACE = Place("parcel.parquet", "parcel", "worker", "parcel.worker")
INTEGERS = (pa.int8(), pa.uint8(), pa.int16(), pa.uint16(), pa.int32(), pa.uint32(), pa.int64(), pa.uint64())
TEXTS = (pa.string(), pa.large_string(), pa.string_view(), pa.dictionary(pa.int8(), pa.string()))
DUPLICATE = state_of(FaultCode.DUPLICATE_KEY)


def keys_of(column, *, integer=False, keyed=False):
    return entity_keys(key_cells(column, PLACE, integer=integer), keyed=keyed)


def looked_up(keys, column, threads=1, *, integer=False):
    rows, some_have_none = keys.look_up(key_cells(column, PLACE, integer=integer), threads)
    assert rows.dtype == np.int32
    assert some_have_none == bool((rows < 0).any())
    return rows.tolist()


def plainly(own, asked):
    """What a dict says: keys are the same where type and value are; an empty text is no key."""
    first = {}
    for row, key in enumerate(own):
        if key is not None and key != "":
            first.setdefault((type(key), key), row)
    return [-2 if key is None or key == "" else first.get((type(key), key), -1) for key in asked]


def chunked(cells, type_, *bounds):
    """The cells as chunks that begin in the middle of longer arrays."""
    ends = [0, *bounds, len(cells)]
    arrays = []
    for start, end in pairwise(ends):
        filling = cells[:1] * 3
        arrays.append(pa.array([*filling, *cells[start:end], *filling], type_)[len(filling) :][: end - start])
    return pa.chunked_array(arrays, type_)


@pytest.mark.parametrize("type_", INTEGERS, ids=str)
def test_whole_numbers_of_every_storage(type_):
    random = np.random.default_rng(type_.bit_width)
    dtype = np.dtype(type_.to_pandas_dtype())
    low, high = int(np.iinfo(dtype).min), int(np.iinfo(dtype).max)
    some = [low, low + 1, high - 1, high, 0, 1, 100, *random.integers(low, high, 40, dtype, endpoint=True).tolist()]
    own = list(dict.fromkeys(some))
    random.shuffle(own)
    asked = [*own[::-1], None, own[0], own[0], low + 2, high - 2]
    keys = keys_of(chunked(own, type_, 3, 3, 20))
    assert isinstance(keys.table, Direct if type_.bit_width <= 16 else ByHash)
    for other in INTEGERS:
        bounds = np.iinfo(other.to_pandas_dtype())
        fitting = [each for each in asked if each is None or bounds.min <= each <= bounds.max]
        assert looked_up(keys, chunked(fitting, other, 2)) == plainly(own, fitting)


@pytest.mark.parametrize("start", [-(2**63), -5, 0, 7, 2**63 - 300])
def test_numbers_one_after_the_other_need_no_table(start):
    own = list(range(start, start + 300))
    keys = keys_of(pa.chunked_array([own]))
    assert isinstance(keys.table, Direct)
    assert keys.table.rows is None
    assert keys.base == start
    asked = [start + 299, start, start + 17, 3, -4]
    assert looked_up(keys, pa.chunked_array([asked])) == plainly(own, asked)
    assert looked_up(keys, pa.chunked_array([pa.array([2**64 - 5, 2**64 - 1], pa.uint64())])) == [-1, -1]


def test_numbers_without_a_sign_and_with_one_are_apart():
    """Of -5 and 2^64 - 5 the 64 bits are the same."""
    unsigned = keys_of(pa.chunked_array([pa.array([2**64 - 5, 2**64 - 4, 2**64 - 3], pa.uint64())]))
    assert looked_up(unsigned, pa.chunked_array([[-5, -4, -3]])) == [-1, -1, -1]
    scattered = keys_of(pa.chunked_array([pa.array([2**64 - 5, 3, 2**40], pa.uint64())]))
    assert isinstance(scattered.table, ByHash)
    assert looked_up(scattered, pa.chunked_array([[-5, 3, 2**40]])) == [-1, 1, 2]
    close = keys_of(pa.chunked_array([pa.array([2**64 - 5, 2**64 - 2], pa.uint64())]))
    assert looked_up(close, pa.chunked_array([[-5, -2]])) == [-1, -1]


@pytest.mark.parametrize("bits", [None, 9])
@pytest.mark.parametrize("threads", [1, 2])
@pytest.mark.parametrize("repeated", [1, 5])
def test_many_sparse_numbers(monkeypatch, bits, threads, repeated):
    """With 9 bits nearly all of the 512 places are taken, so that keys stand far from the place of their hash."""
    if bits:
        monkeypatch.setattr(key_tables, "_bits", lambda count: bits)
    monkeypatch.setattr(key_tables, "_PART_ROWS", 100)
    random = np.random.default_rng(bits)
    own = random.choice(2**40, 500, replace=False).tolist()
    asked = np.repeat([*own, *random.integers(0, 2**40, 500).tolist()], repeated).tolist()
    keys = keys_of(pa.chunked_array([own]))
    assert looked_up(keys, chunked(asked, pa.int64(), 90, 200), threads) == plainly(own, asked)


@pytest.mark.parametrize("type_", [pa.int64(), pa.uint64()], ids=str)
def test_numbers_in_runs(type_):
    """Neighbours that are the same are looked up once, also those that nobody has."""
    own = np.random.default_rng(2).choice(2**40, 50, replace=False).tolist()
    asked = np.repeat([*own, 7, 2**41, *own], 40).tolist()
    assert looked_up(keys_of(pa.chunked_array([own])), chunked(asked, type_, 1_000)) == plainly(own, asked)


def texts_of(random, count):
    """Some of each length up to 40, with beginnings and ends in common, and of several bytes a letter."""
    found = []
    for place in range(count):
        length = place % 41
        letters = random.choice(list("ab0"), length).tolist()
        found.append(("ä" if place % 7 == 0 else "") + "".join(letters) + ("x" * (place % 3) if place % 2 else ""))
    return found


@pytest.mark.parametrize("type_", TEXTS, ids=str)
def test_texts_of_every_kind(monkeypatch, type_):
    monkeypatch.setattr(key_tables, "_PART_ROWS", 64)
    random = np.random.default_rng(9)
    own = list(dict.fromkeys(["", *texts_of(random, 100)]))
    random.shuffle(own)
    asked = [*own, None, *texts_of(random, 25), "", own[5] + "z", own[6][:-1]]
    for own_type in TEXTS:
        keys = keys_of(chunked(own, own_type, 10, 50))
        assert isinstance(keys.table, OfTexts)
        for threads in (1, 3):
            assert looked_up(keys, chunked(asked, type_, 30, 31), threads) == plainly(own, asked)


def test_texts_that_share_their_place(monkeypatch):
    monkeypatch.setattr(key_tables, "_bits", lambda count: 8)
    own = list(dict.fromkeys(each for each in texts_of(np.random.default_rng(1), 240) if each))
    assert 150 < len(own) < 256
    keys = keys_of(pa.chunked_array([own[::-1]]))
    assert looked_up(keys, pa.chunked_array([own])) == list(range(len(own)))[::-1]


@pytest.mark.parametrize("length", [3, 8, 30])
def test_texts_in_runs(length):
    """Neighbours that are the same are looked up once; a run may go on over many blocks."""
    own = [f"{number:0{length}}" for number in range(50)]
    asked = np.repeat([*own, "", "nobody", *own], 75).tolist()
    keys = keys_of(pa.chunked_array([own[::-1]]))
    for type_ in (pa.string(), pa.string_view()):
        assert looked_up(keys, pa.chunked_array([asked], type_)) == plainly(own[::-1], asked)
    nulls = [None] * 200 + ["000"[:length]] * 100
    assert looked_up(keys, pa.chunked_array([nulls], pa.string())) == plainly(own[::-1], nulls)


def test_a_dictionary_with_nulls_and_the_same_text_twice():
    column = pa.DictionaryArray.from_arrays(pa.array([0, 1, None, 2, 3, 4], pa.int8()), ["b", None, "a", "", "b"])
    assert looked_up(keys_of(pa.chunked_array([["a", "b"]])), pa.chunked_array([column])) == [1, -2, -2, 0, -2, 1]


@pytest.mark.parametrize(
    ("cells", "states"),
    [
        ([1, 2, 3], None),
        ([1, 1, 3], [DUPLICATE, DUPLICATE, GOOD]),
        ([9, 5, 9, 7, 9], [DUPLICATE, GOOD, DUPLICATE, GOOD, DUPLICATE]),
        ([2**50, 5, 2**50], [DUPLICATE, GOOD, DUPLICATE]),
        ([4, None, None], [GOOD, EMPTY, EMPTY]),
        ([None, 4, 0, 4], [EMPTY, DUPLICATE, GOOD, DUPLICATE]),
        (["a", "b", "c"], None),
        (["b", "a", "b"], [DUPLICATE, GOOD, DUPLICATE]),
        (["b", "", "", None, "b", "a"], [DUPLICATE, EMPTY, EMPTY, EMPTY, DUPLICATE, GOOD]),
        (["a", "a"], [DUPLICATE, DUPLICATE]),
        (["b", "a"], None),
    ],
)
def test_keys_that_several_rows_share(cells, states):
    keys = keys_of(pa.chunked_array([cells]))
    assert (keys.states if states is None else keys.states.tolist()) == states
    assert looked_up(keys, pa.chunked_array([cells])) == plainly(cells, cells)


def test_whoever_is_found_by_key_needs_one():
    for cells in ([3, None, 1], ["b", "", "a"]):
        assert keys_of(pa.chunked_array([cells]), keyed=True).states.tolist() == [0, state_of(FaultCode.NULL_KEY), 0]


def test_numbers_and_texts_never_meet():
    numbers, texts = keys_of(pa.chunked_array([[7, 9]])), keys_of(pa.chunked_array([["7", "9"]]))
    assert looked_up(numbers, pa.chunked_array([["7", "", None]])) == [-1, -2, -2]
    assert looked_up(texts, pa.chunked_array([[7, None]])) == [-1, -2]
    assert looked_up(numbers, pa.chunked_array([pa.nulls(2)])) == [-2, -2]


def test_keys_of_two_kinds_in_a_file_without_types():
    own = ["7", "W1", "12345678901234567890", "007"]
    asked = ["W1", "7", "007", None, "12345678901234567890", "8"]
    keys = keys_of(TextColumn(own), integer=True)
    assert looked_up(keys, TextColumn(asked), integer=True) == [-1, 0, -1, -2, 2, -1]  # keys are whole numbers here
    texts = keys_of(TextColumn(own[1:]), integer=True)
    assert looked_up(texts, TextColumn(asked), integer=True) == [0, -1, 2, -2, -1, -1]
    wide = keys_of(TextColumn(["-3", "12345678901234567890"]), integer=True)
    assert looked_up(wide, TextColumn(["12345678901234567890", "-3", None, "x"]), integer=True) == [1, 0, -2, -1]
    assert looked_up(wide, pa.chunked_array([[-3, 4]])) == [0, -1]


def test_a_table_without_keys_or_rows():
    nobody = keys_of(pa.chunked_array([pa.array([], pa.int64())]))
    assert looked_up(nobody, pa.chunked_array([[1, None]])) == [-1, -2]
    assert looked_up(keys_of(pa.chunked_array([], pa.string())), pa.chunked_array([["a", ""]])) == [-1, -2]
    assert looked_up(keys_of(pa.chunked_array([["a"]])), pa.chunked_array([], pa.string())) == []
    assert looked_up(keys_of(pa.chunked_array([[1]])), pa.chunked_array([], pa.int16())) == []


def test_a_table_is_made_again_where_it_was_forgotten():
    keys = keys_of(pa.chunked_array([[9, 2**50, 4]]))
    first = keys.table
    assert keys.table is first
    keys.forget_table()
    assert looked_up(keys, pa.chunked_array([[4, 9]])) == [2, 0]
    assert keys.table is not first
