"""Tables of other libraries, and parameters as plain dicts."""

from datetime import date
from decimal import Decimal
from fractions import Fraction
from types import SimpleNamespace

import pyarrow as pa
import pytest

from paycalc.core.errors import DataError
from paycalc.engine.inputs.input_table import TextColumn
from paycalc.engine.inputs.sources import parameters_from, tables_from

ENTITIES = {
    "plan": SimpleNamespace(parameters={"minimum_wage": None}),
    "store": SimpleNamespace(parameters={"rate": None}),
    "worker": SimpleNamespace(parameters={}),
}
PLAN = SimpleNamespace(entities=ENTITIES)
CELLS = {"worker": ["A", "B"], "sales": [1, 2]}


class Stream:
    """A table of another library, of which nothing is known but the Arrow interface."""

    def __init__(self, table):
        self._table = table

    def __arrow_c_stream__(self, requested_schema=None):
        return self._table.__arrow_c_stream__(requested_schema)


class Array:
    """The same for one batch."""

    def __init__(self, batch):
        self._batch = batch

    def __arrow_c_array__(self, requested_schema=None):
        return self._batch.__arrow_c_array__(requested_schema)


def as_lists(table):
    return {name: column.to_pylist() for name, column in table.columns.items()}


@pytest.mark.parametrize(
    "make",
    [
        pa.table,
        pa.RecordBatch.from_pydict,
        lambda cells: pa.table(cells).to_reader(),
        lambda cells: Stream(pa.table(cells)),
        lambda cells: Array(pa.RecordBatch.from_pydict(cells)),
    ],
    ids=["table", "batch", "reader", "stream", "array"],
)
def test_tables_of_any_library(make):
    table = tables_from(PLAN, {"worker": make(CELLS)})["worker"]
    assert as_lists(table) == CELLS
    assert (table.row_count, table.origin) == (2, "worker")


@pytest.mark.parametrize("table", [CELLS, [CELLS], "worker.csv", None, 3])
def test_what_is_no_table(table):
    with pytest.raises(
        TypeError, match=r"^`worker` is an? \w+; expected an Arrow table: anything with the Arrow PyCap"
    ):
        tables_from(PLAN, {"worker": table})


def test_a_single_array_is_no_table():
    with pytest.raises(TypeError, match=r"^`worker` is no Arrow table: "):
        tables_from(PLAN, {"worker": pa.array([1])})


@pytest.mark.parametrize("name", ["workers", "plan"])
def test_a_table_of_no_entity(name):
    with pytest.raises(DataError) as caught:
        tables_from(PLAN, {name: pa.table(CELLS)})
    assert str(caught.value) == (
        f"error[unknown-table]: the plan has no entity `{name}`\nhelp:     it has store, worker"
    )


def test_broken_arrow_data_is_refused():
    wild = pa.DictionaryArray.from_arrays(pa.array([0, 7], pa.int8()), pa.array(["A"]), safe=False)
    with pytest.raises(DataError) as caught:
        tables_from(PLAN, {"worker": pa.table({"worker": wild})})
    assert str(caught.value).startswith("error[unreadable-file]: `worker` cannot be read: its Arrow data is broken: ")


def test_parameters_of_the_plan_as_a_dict():
    table = parameters_from(PLAN, {"plan": {"minimum_wage": "25.00"}})["parameters.plan"]
    assert table.columns == {"minimum_wage": TextColumn(["25.00"])}
    assert (table.row_count, table.origin) == (1, "parameters")


@pytest.mark.parametrize("value", [Decimal("25.00"), 25, True, date(2026, 1, 1)])
def test_a_parameter_may_be_any_exact_value(value):
    table = parameters_from(PLAN, {"plan": {"minimum_wage": value}})["parameters.plan"]
    assert table.columns["minimum_wage"].to_pylist() == [value]


def test_parameters_of_an_entity_as_dicts():
    source = {"S1": {"rate": "2%"}, "S2": {"cap": Decimal(3)}, "S3": {}}
    table = parameters_from(PLAN, {"store": source})["parameters.store"]
    assert table.columns["store"].to_pylist() == ["S1", "S2", "S3"]
    assert table.columns["rate"] == TextColumn(["2%", None, None])
    assert table.columns["cap"].to_pylist() == [None, Decimal(3), None]
    assert table.row_count == 3


def test_parameters_of_an_entity_as_a_table():
    table = parameters_from(PLAN, {"store": pa.table({"store": ["S1"], "rate": ["2%"]})})["parameters.store"]
    assert as_lists(table) == {"store": ["S1"], "rate": ["2%"]}


def stopped(parameters) -> str:
    with pytest.raises(DataError) as caught:
        parameters_from(PLAN, parameters)
    return str(caught.value)


def test_a_float_is_no_parameter():
    assert stopped({"plan": {"minimum_wage": 25.0}}) == (
        "error[wrong-type]: `minimum_wage` of `parameters` is a float\n"
        "column:   minimum_wage\n"
        "value:    25.0\n"
        'expected: an exact number: text like "25.00", or Decimal("25.00")'
    )
    assert "`minimum_wage` of `parameters` is a Fraction\n" in stopped({"plan": {"minimum_wage": Fraction(1, 3)}})
    assert "`rate` of `parameters of store` is a float" in stopped(
        {"store": {"S1": {"rate": "2%"}, "S2": {"rate": 0.02}}}
    )


def test_parameters_that_the_plan_does_not_declare():
    assert stopped({"worker": {}}) == (
        "error[unknown-parameter]: there are parameters for `worker`, and the plan declares none\n"
        "help:     the plan declares parameters of: plan, store"
    )


def test_values_that_do_not_go_together():
    assert stopped({"store": {"S1": {"rate": "2%"}, "S2": {"rate": 3}}}).startswith(
        "error[wrong-type]: `rate` of `parameters of store` holds values that do not go together: "
    )
    assert "holds values that do not go together" in stopped({"store": {"S1": {}, 2: {}}})
    assert "holds values that do not go together" in stopped({"plan": {"minimum_wage": 10**30}})
    assert "holds values that do not go together" in stopped({"plan": {"minimum_wage": Decimal("Infinity")}})


@pytest.mark.parametrize(("source", "message"), [
    (3, "`parameters of store` is an int; expected an Arrow table"),
    ({"S1": 3}, "`parameters of store`: `S1` is an int; expected a dict of names and values"),
])  # fmt: skip
def test_what_are_no_parameters(source, message):
    with pytest.raises(TypeError, match=rf"^{message}"):
        parameters_from(PLAN, {"store": source})


@pytest.mark.parametrize("given", [5, None, "worker", [CELLS], iter([])], ids=lambda given: type(given).__name__)
def test_what_is_no_dict_by_name(given):
    for read, what in ((tables_from, "tables"), (parameters_from, "parameters")):
        with pytest.raises(TypeError, match=rf"^`{what}` is an? \w+; expected a dict by name$"):
            read(PLAN, given)
