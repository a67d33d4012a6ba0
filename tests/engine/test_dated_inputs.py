"""Files and tables with dates, levels and rows of the plan's own tables: what the reference's door gets of them."""

from datetime import UTC, date, datetime
from fractions import Fraction
from zoneinfo import ZoneInfo

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from paycalc.check import check_plan
from paycalc.check.usage import usage_of
from paycalc.core.errors import DataError
from paycalc.core.span import Source
from paycalc.engine.inputs.cells import CellRules, Place, read_whens
from paycalc.engine.inputs.door import DoorRules, columns_by_owner, integer_keyed, read_tables, scales_of
from paycalc.engine.inputs.folder import read_folder
from paycalc.engine.inputs.input_table import TextColumn
from paycalc.engine.inputs.sources import data_tables_from, parameters_from, tables_from
from paycalc.reference.data_tables import data_tables
from paycalc.reference.dataset import Unreadable

PLAN = check_plan(
    Source(
        "trial.pay",
        """plan trial
  currency CNY
  period month
  timezone Asia/Shanghai
  payee worker
entity region
entity store
  region : region optional
entity worker
  store : store
  n : int 0 .. 9
parameters of store
  rate : percent(2) 0% .. 40%
  note : text = "-"
  bonus : money 0 .. 100 = 0
parameters
  fee : money 0 .. 10
table freight of store, heavy flag, n : money(4) from data
ladder tiers of store, n : money from data
pay a = round(n * 1 CNY * store.rate) + store.bonus + fee + round(freight(store, yes, n)) when store.note is "x"
pay b = reached(n, tiers(store))
""",
    )
)
STORES = "store,region\nS1,R1\nS2,R1\n"
RATES = """store,region,effective_from,effective_to,recorded_at,rate,bonus
S1,,2026-10-01,,2026-09-01,2%,
,R1,2026-10-15T14:00+08:00,2026-10-31,2026-09-01T10:00+08:00,inherit,5
"""
FREIGHT = "store,heavy,n_from,n_below,value\nS1,yes,,5,1.5000\n*,*,,,2\n"
FILES = {
    "worker.csv": "worker,store,n\nW,S1,3\n",
    "store.csv": STORES,
    "region.csv": "region\nR1\n",
    "parameters.store.csv": RATES,
    "parameters.plan.csv": "fee\n1\n",
    "table.freight.csv": FREIGHT,
    "table.tiers.csv": "store,from,value\nS1,0,1\nS2,0,2\n",
}


def folder(tmp_path, **changed):
    for name, text in {**FILES, **{name.replace("__", "."): text for name, text in changed.items()}}.items():
        if text is not None:
            (tmp_path / name).write_text(text, encoding="utf-8")
    usage = usage_of(PLAN)
    return read_folder(
        tmp_path,
        ("region", "store", "worker"),
        ("store", "plan"),
        usage.entities,
        data_tables=data_tables(PLAN.tables, PLAN.ladders),
        needed_with=lambda tables: usage.with_levels(PLAN, columns_by_owner(tables)).entities,
    )


def raw_of(tables, **rules):
    return read_tables(PLAN, usage_of(PLAN), tables, DoorRules(**rules))


def stopped(tmp_path, **changed):
    with pytest.raises(DataError) as caught:
        raw_of(folder(tmp_path, **changed).tables)
    return caught.value


# ---------------------------------------------------------------- files


def test_a_folder_holds_tables_of_parameters_with_dates_and_levels_and_tables_from_data(tmp_path):
    found = folder(tmp_path)
    assert list(found.tables) == [
        "region", "store", "worker", "parameters.store", "parameters.plan", "table.freight", "table.tiers",
    ]  # fmt: skip
    rows, parameters, from_data = raw_of(found.tables)
    assert dict(parameters["store"].columns) == {
        "store": ["S1", None],
        "region": [None, "R1"],
        "effective_from": [date(2026, 10, 1), datetime(2026, 10, 15, 6, tzinfo=UTC)],
        "effective_to": [None, date(2026, 10, 31)],
        "recorded_at": [date(2026, 9, 1), datetime(2026, 9, 1, 2, tzinfo=UTC)],
        "rate": [Fraction(2, 100), "inherit"],
        "bonus": [None, 5],
    }
    assert dict(from_data["freight"].columns) == {
        "store": ["S1", "*"],
        "heavy": [True, "*"],
        "n_from": [None, None],
        "n_below": [5, None],
        "value": [Fraction("1.5"), 2],
    }
    assert dict(from_data["tiers"].columns) == {"store": ["S1", "S2"], "from": [0, 0], "value": [1, 2]}
    assert dict(rows["store"].columns) == {"region": ["R1", "R1"], "store": ["S1", "S2"]}


def test_the_table_of_a_level_is_read_where_some_statement_may_be_at_it(tmp_path):
    plain = folder(tmp_path, parameters__store__csv="store,rate\nS1,2%\n")
    assert "region" not in plain.tables
    assert plain.ignored == ("region.csv",)
    assert dict(raw_of(plain.tables)[0]["store"].columns) == {"region": [None, None], "store": ["S1", "S2"]}


@pytest.mark.parametrize("name", ["Table.freight.csv", "table.freight.xlsx", "TABLE.FREIGHT.CSV"])
def test_a_file_that_is_nearly_a_table_is_refused(tmp_path, name):
    changed = {"table__freight__csv": None, name.replace(".", "__"): "x"}
    with pytest.raises(DataError) as caught:
        folder(tmp_path, **changed)
    error = caught.value
    assert (error.code, error.message) == ("unknown-file", f"`{name}` is no table of this plan")
    assert error.help.startswith("did you mean `table.freight.csv`?" if "xlsx" not in name else "save it as")


def test_two_files_of_one_table_are_refused(tmp_path):
    pq.write_table(pa.table({"store": ["S1"]}), tmp_path / "table.freight.parquet")
    with pytest.raises(DataError) as caught:
        folder(tmp_path)
    assert caught.value.message == "`table.freight.csv` and `table.freight.parquet` are both `table.freight`"


def test_a_column_that_no_table_has_is_refused(tmp_path):
    error = stopped(tmp_path, table__freight__csv=FREIGHT.replace("n_below", "n_to"))
    assert (error.code, error.column) == ("missing-column", "n_below")
    error = stopped(
        tmp_path,
        table__freight__csv=FREIGHT.replace("value\n", "value,note\n").replace("0\n", "0,x\n").replace("2\n", "2,y\n"),
    )
    assert (error.code, error.column, error.help) == ("unknown-column", "note", "leave it out")


# ---------------------------------------------------------------- Arrow


def test_arrow_tables_may_hold_dates_and_moments():
    statements = pa.table(
        {
            "store": pa.array(["S1", None]).dictionary_encode(),
            "region": pa.array([None, "R1"], pa.large_string()),
            "effective_from": pa.array([date(2026, 10, 1), date(2026, 10, 2)], pa.date32()),
            "recorded_at": pa.array([datetime(2026, 9, 1, 2, tzinfo=UTC)] * 2, pa.timestamp("us", "UTC")),
            "rate": pa.array(["2%", "none"]),
        }
    )
    tables = parameters_from(PLAN, {"store": statements})
    assert dict(raw_of(tables)[1]["store"].columns) == {
        "store": ["S1", None],
        "region": [None, "R1"],
        "effective_from": [date(2026, 10, 1), date(2026, 10, 2)],
        "recorded_at": [datetime(2026, 9, 1, 2, tzinfo=UTC)] * 2,
        "rate": [Fraction(2, 100), "none"],
    }


def test_a_table_from_data_may_be_an_arrow_table_with_scales():
    freight = pa.table(
        {
            "store": pa.array([1, 2], pa.int64()),
            "heavy": pa.array([True, False]),
            "n_from": pa.array([0, None], pa.int8()),
            "n_below": pa.array([None, 9], pa.int8()),
            "value": pa.array([15000, 20000], pa.int32()),
        }
    )
    tables = data_tables_from(PLAN, {"freight": freight})
    assert list(tables) == ["table.freight"]
    scales = scales_of(PLAN, {"table.freight.value": 4})
    assert dict(raw_of(tables, scales=scales)[2]["freight"].columns) == {
        "store": [1, 2],
        "heavy": [True, False],
        "n_from": [0, None],
        "n_below": [None, 9],
        "value": [Fraction("1.5"), 2],
    }
    with pytest.raises(DataError) as caught:
        raw_of(tables)
    assert (caught.value.code, caught.value.column) == ("unknown-scale", "value")
    assert "table.freight.value" in caught.value.help
    with pytest.raises(DataError) as caught:
        scales_of(PLAN, {"table.freight.heavy": 2})
    assert caught.value.code == "bad-scale"


def test_tables_that_the_plan_does_not_have_are_refused():
    with pytest.raises(DataError) as caught:
        data_tables_from(PLAN, {"fright": pa.table({"x": [1]})})
    assert (caught.value.code, caught.value.help) == ("unknown-table", "did you mean `freight`?")
    with pytest.raises(TypeError, match="`table freight` is a list; expected an Arrow table"):
        data_tables_from(PLAN, {"freight": [1]})


def test_keys_are_whole_numbers_wherever_a_file_of_types_says_so():
    def keyed(tables):
        return sorted(integer_keyed(PLAN, tables))

    numbers = pa.array([7], pa.int32())
    assert keyed(tables_from(PLAN, {"store": pa.table({"store": numbers, "region": numbers})})) == ["region", "store"]
    assert keyed(parameters_from(PLAN, {"store": pa.table({"region": numbers, "rate": ["2%"]})})) == ["region"]
    assert keyed(data_tables_from(PLAN, {"tiers": pa.table({"store": numbers})})) == ["store"]
    assert keyed(parameters_from(PLAN, {"plan": pa.table({"plan": ["plan"], "fee": ["2"]})})) == []
    tables = {
        **tables_from(PLAN, {"store": pa.table({"store": numbers})}),
        **parameters_from(PLAN, {"store": {"7": {"rate": "2%"}}}),
    }
    assert raw_of(tables)[1]["store"].columns["store"] == ["7"]  # what Python says is a text stays one


def test_the_long_form_may_have_levels_and_dates():
    long = pa.table(
        {
            "region": ["R1", "R1", None],
            "effective_from": ["2026-10-01"] * 3,
            "name": ["rate", "note", "rate"],
            "value": ["inherit", "inherit", "2%"],
        }
    )
    columns = raw_of(parameters_from(PLAN, {"store": long}))[1]["store"].columns
    assert columns["value"] == ["inherit", "inherit", Fraction(2, 100)]
    assert columns["name"] == ["rate", "note", "rate"]
    assert columns["effective_from"] == [date(2026, 10, 1)] * 3


# ---------------------------------------------------------------- days and moments

PLACE = Place("parameters.store.csv", "parameters.store", "effective_from", "store.effective_from")


def whens(column, zone=None):
    held = TextColumn(column) if isinstance(column, list) else pa.chunked_array([column])
    return read_whens(held, PLACE, CellRules(None, zone, ZoneInfo("Asia/Shanghai")))


def test_texts_are_days_or_moments_cell_by_cell():
    moment = datetime(2026, 10, 15, 6, tzinfo=UTC)
    cells = ["2026-10-15", "2026-10-15T14:00+08:00", None, "2026-10-15 06:00:00Z", "9999-12-31"]
    expected = [date(2026, 10, 15), moment, None, moment, date(9999, 12, 31)]
    assert whens(cells) == expected
    assert whens(pa.array([*cells, ""])) == [*expected, None]


def test_texts_that_are_neither():
    found = whens(["15.10.2026", "2026-13-01", "2026-10-15T14:00", "tomorrow, at the latest"])
    assert [(each.code, each.text) for each in found if isinstance(each, Unreadable)] == [
        ("not-a-date", "15.10.2026"),
        ("not-a-date", "2026-13-01"),
        ("zoneless-timestamp", "2026-10-15T14:00"),
        ("not-a-moment", "tomorrow, at the latest"),
    ]
    assert whens(["2026-10-15T14:00"], ZoneInfo("Asia/Shanghai")) == [datetime(2026, 10, 15, 6, tzinfo=UTC)]


def test_columns_of_types():
    day, moment = date(2026, 10, 15), datetime(2026, 10, 15, 6, tzinfo=UTC)
    assert whens(pa.array([day, None], pa.date32())) == [day, None]
    assert whens(pa.array([day], pa.date64())) == [day]
    assert whens(pa.array([moment], pa.timestamp("ms", "Asia/Shanghai"))) == [moment]
    assert whens(pa.array([None], pa.null())) == [None]
    with pytest.raises(DataError) as caught:
        whens(pa.array([datetime(2026, 10, 15)], pa.timestamp("us")))
    assert caught.value.code == "zoneless-timestamp"
    with pytest.raises(DataError) as caught:
        whens(pa.array([20261015], pa.int64()))
    assert (caught.value.code, caught.value.expected) == ("wrong-type", "dates, moments, or texts like 2026-10-15")
