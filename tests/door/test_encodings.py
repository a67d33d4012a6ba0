"""Encodings of Arrow inside each other, and decimals of odd scales, through both engines."""

import pyarrow as pa
import pytest

import paycalc

PLAN = """plan encoded
  currency CNY
  period   month
  payee    worker
entity store
entity worker
  store : store
  sales : money 0 .. 100_000
  days  : int 0 .. 31
pay bonus = round(sales * 10%) when days >= 2
"""
STORES = pa.table({"store": ["S1", "S2"]})


class Wrapped(pa.ExtensionType):
    def __init__(self, storage):
        super().__init__(storage, "paycalc.test.wrapped")

    def __arrow_ext_serialize__(self):
        return b""

    @classmethod
    def __arrow_ext_deserialize__(cls, storage, serialized):
        return cls(storage)


def wrapped(array):
    return pa.ExtensionArray.from_storage(Wrapped(array.type), array)


def in_runs(array):
    return pa.RunEndEncodedArray.from_arrays(pa.array(range(1, len(array) + 1), pa.int32()), array)


def by_number(array):
    return pa.DictionaryArray.from_arrays(pa.array(range(len(array)), pa.int8()), array)


def as_views(array):
    return array.cast(pa.string_view()) if pa.types.is_string(array.type) else array


def sliced(array):
    """The same rows behind an offset."""
    return pa.concat_arrays([array, array])[len(array) :] if not isinstance(array, pa.DictionaryArray) else array


def lines(worker, store, days, engine):
    table = pa.table({"worker": worker, "store": store, "sales": ["1000.00", "20.05", "7"], "days": days})
    result = paycalc.compile(PLAN).run({"worker": table, "store": STORES}, period="2026-10", engine=engine)
    return [(row["worker"], str(row["bonus"])) for row in result.lines.to_pylist()]


@pytest.mark.parametrize("engine", ["tiles", "reference"])
@pytest.mark.parametrize(
    "encode",
    [
        lambda array: in_runs(by_number(array)),
        lambda array: in_runs(as_views(array)),
        lambda array: in_runs(wrapped(by_number(array))),
        lambda array: by_number(in_runs(array)),
        lambda array: by_number(as_views(array)),
        lambda array: wrapped(in_runs(array)),
        lambda array: wrapped(by_number(wrapped(array))),
        lambda array: in_runs(pa.concat_arrays([array, array]))[3:],
        lambda array: in_runs(sliced(array)),
    ],
)
def test_encodings_in_each_other_give_way_to_what_they_stand_for(encode, engine):
    worker, store, days = pa.array(["A", "B", "C"]), pa.array(["S2", "S1", "S2"]), pa.array([2, 31, 1], pa.int16())
    assert lines(encode(worker), encode(store), encode(days), engine) == [("A", "100.00"), ("B", "2.01"), ("C", "0.00")]


@pytest.mark.parametrize("engine", ["tiles", "reference"])
@pytest.mark.parametrize("type", [pa.decimal64(5, -19), pa.decimal64(5, 1_000_000_000), pa.decimal64(18, 19)])
def test_decimals_of_places_that_no_decimal_has_are_refused(type, engine):
    sales = pa.array([None, None], type)
    table = pa.table({"worker": ["A", "B"], "store": ["S1", "S1"], "sales": sales, "days": [1, 2]})
    with pytest.raises(paycalc.DataError) as caught:
        paycalc.compile(PLAN).run({"worker": table, "store": STORES}, period="2026-10", engine=engine)
    assert str(caught.value) == (
        f"error[wrong-type]: `sales` of `worker` holds {type}\n"
        "table:    worker\ncolumn:   sales\nexpected: decimals of a scale from -18 to 18"
    )


@pytest.mark.parametrize("engine", ["tiles", "reference"])
@pytest.mark.parametrize("type", [pa.decimal256(76, 76), pa.decimal256(5, -76), pa.decimal128(5, -38)])
def test_zeros_are_zeros_whatever_their_scale(type, engine):
    width = type.byte_width
    sales = pa.Array.from_buffers(type, 2, [None, pa.py_buffer(bytes(2 * width))])
    table = pa.table({"worker": ["A", "B"], "store": ["S1", "S1"], "sales": sales, "days": [1, 2]})
    result = paycalc.compile(PLAN).run({"worker": table, "store": STORES}, period="2026-10", engine=engine)
    assert [str(row["net"]) for row in result.lines.to_pylist()] == ["0.00", "0.00"]


def test_one_long_key_does_not_make_the_others_slow():
    keys = [f"W{(number * 7_919) % 20_000:05d}" for number in range(20_000)]
    keys[500] = "x" * 2_000_000  # with time in proportion to rows x longest key this would take an hour
    table = pa.table({"worker": keys, "store": ["S1"] * 20_000, "sales": ["1"] * 20_000, "days": [2] * 20_000})
    result = paycalc.compile(PLAN).run({"worker": table, "store": STORES}, period="2026-10")
    assert (result.info["paid"], str(result.totals["bonus"])) == (20_000, "2000.00")
