"""The door: every fault of a cell has its code and place, and what is wrong with a table stops the run."""

from datetime import UTC, date, datetime
from fractions import Fraction

import pytest

from paycalc.check import check_plan
from paycalc.core.errors import DataError
from paycalc.core.span import Source
from paycalc.reference.admission import admit
from paycalc.reference.dataset import RawTable, Unreadable
from paycalc.reference.faults import FaultCode
from paycalc.reference.interpreter import Evaluator
from paycalc.reference.run import run
from tests.reference.plan_runs import data_of, plan_of, rejects_of, run_of, table

PLAN = plan_of(
    """kind grade = one of junior, senior
entity region
entity store
  region : region
entity worker
  store  : store optional
  grade  : grade
  sales  : money 0 .. 1_000
  share  : percent(2) 0% .. 100% = 10%
  hours  : decimal(2) hour 0 .. 400 optional
  on_duty : flag
  hired  : date 2000-01-01 .. 2030-12-31
  seen   : datetime
  note   : text
  unused : int 0 .. 5
parameters of store
  rate  : percent(2) 0% .. 40%
  bonus : money 0 .. 100 = 5
  cap   : money 0 .. 100 optional
parameters
  base  : money 0 .. 100 = 0
  limit : money 0 .. 100 optional
let used = default(hours, 0 hour)
let late = year(hired) > 2020 and on_duty and hour(seen) > 8 and note is "x" and grade is junior
pay a = round(sales * share) when late
pay b = round(sales * store.rate) + store.bonus + base when given(store)
pay c = if given(store) then (if given(store.cap) then store.cap else 0) else 0
pay d = if given(limit) then limit else 0
show store.count = count(worker)
show region.stores = count(store)
show deep = if given(store) and store.region is store.region then 1 else 0
show work = round(used * 0, 2)
"""
)
GOOD = {
    "worker": "W1", "store": "S1", "grade": "junior", "sales": Fraction(100), "share": Fraction(1, 10), "hours": 8,
    "on_duty": True, "hired": date(2021, 5, 1), "seen": datetime(2026, 10, 1, 1, tzinfo=UTC), "note": "x",
}  # fmt: skip
STORES = [{"store": "S1", "region": "R1"}, {"store": "S2", "region": "R1"}]
REGIONS = [{"region": "R1"}]
RATES = {"store": {"S1": {"rate": "2%"}, "S2": {"rate": Fraction(3, 100)}}}


def admitted(parameters=RATES, worker=(GOOD,), store=STORES, region=REGIONS):
    return data_of(PLAN, parameters=parameters, worker=worker, store=store, region=region)


def faults_with(**cells):
    data = admitted(worker=[{**GOOD, **cells}])
    return [
        (fault.code.value, fault.entity, fault.key, fault.row, fault.column, fault.value, fault.expected)
        for _, _, fault in data.faults
    ]


def test_good_data_has_no_faults():
    assert list(admitted().faults) == []


@pytest.mark.parametrize(
    ("column", "cell", "code", "value", "expected"),
    [
        ("sales", None, "null", "", "0 .. 1_000 CNY"),
        ("sales", Fraction(100001, 100), "out-of-range", "1_000.01 CNY", "0 .. 1_000 CNY"),
        ("sales", Fraction(-1, 100), "out-of-range", "-0.01 CNY", "0 .. 1_000 CNY"),
        ("sales", Fraction(1, 1000), "too-many-places", "0.001 CNY", "at most 2 decimal places"),
        ("sales", Fraction(1, 3), "too-many-places", "1/3 CNY", "at most 2 decimal places"),
        ("sales", True, "wrong-type", "a flag (yes)", "0 .. 1_000 CNY"),
        ("sales", date(2026, 1, 1), "wrong-type", "a date (2026-01-01)", "0 .. 1_000 CNY"),
        ("sales", "12,5", "not-a-number", "12,5", "0 .. 1_000 CNY"),
        ("sales", Unreadable("inexact-float", "0.1000001"), "inexact-float", "0.1000001", "0 .. 1_000 CNY"),
        ("sales", Unreadable("not-a-number", "x" * 99, "digits"), "not-a-number", "x" * 57 + "...", "digits"),
        ("share", Fraction(1, 100000), "too-many-places", "0.001%", "at most 2 decimal places"),
        ("share", Fraction(2), "out-of-range", "200%", "0% .. 100%"),
        ("share", "2", "unknown-scale", "2", "0% .. 100%"),
        ("hours", 401, "out-of-range", "401.00 hour", "0 .. 400 hour"),
        ("grade", "lead", "unknown-member", "lead", "one of junior, senior"),
        ("grade", 7, "wrong-type", "a number (7)", "one of junior, senior"),
        ("on_duty", 1, "wrong-type", "a number (1)", "yes or no"),
        ("on_duty", None, "null", "", "yes or no"),
        ("hired", date(1999, 12, 31), "out-of-range", "1999-12-31", "2000-01-01 .. 2030-12-31"),
        ("hired", "2021-02-30", "not-a-date", "2021-02-30", "a date like 2026-10-15"),
        ("hired", datetime(2021, 1, 1, tzinfo=UTC), "wrong-type", "a moment (2021-01-01T00:00:00+00:00)",
         "a date from 2000-01-01 to 2030-12-31"),
        ("seen", datetime(2026, 1, 1), "zoneless-timestamp", "2026-01-01T00:00:00",
         "a moment with its zone, like 2026-10-15T08:30+08:00"),
        ("seen", date(2026, 1, 1), "wrong-type", "a date (2026-01-01)", "a moment from 1900-01-01 to 2200-12-31"),
        ("seen", "yesterday", "not-a-moment", "yesterday", "a moment like 2026-10-15T08:30+08:00"),
        ("note", 5, "wrong-type", "a number (5)", "a text"),
        ("store", "S3", "unknown-reference", "S3", "the key of a store; no store has this key"),
        ("store", 3, "unknown-reference", "3", "the key of a store; no store has this key"),
        ("store", True, "wrong-type", "yes", "the key of a store"),
        ("store", Unreadable("not-a-number", "?"), "not-a-number", "?", "the key of a store"),
    ],
)  # fmt: skip
def test_each_fault_of_a_cell(column, cell, code, value, expected):
    assert faults_with(**{column: cell}) == [(code, "worker", "W1", 1, column, value, expected)]


def test_text_that_is_exactly_a_value_is_read():
    data = admitted(
        worker=[{**GOOD, "sales": "1_000.00", "share": " 2.5% ", "on_duty": "no", "hired": "2021-05-01",
                 "seen": "2026-10-01T09:00+08:00"}]
    )  # fmt: skip
    columns = PLAN.entities["worker"].columns
    read = {name: data.cells[columns[name]][0] for name in ("sales", "share", "on_duty", "hired", "seen")}
    assert list(data.faults) == []
    assert read == {
        "sales": Fraction(1000),
        "share": Fraction(1, 40),
        "on_duty": False,
        "hired": date(2021, 5, 1),
        "seen": datetime(2026, 10, 1, 1, tzinfo=UTC),
    }


def test_members_and_texts_compare_after_normalisation():
    plan = plan_of("entity worker\n  c : one of café, tea\npay p = 1 when c is café\n")
    data = data_of(plan, worker=[{"worker": "W1", "c": "cafe\u0301"}])
    assert data.cells[plan.entities["worker"].columns["c"]] == ["café"]


def test_defaults_and_optional_values_for_empty_cells_and_absent_columns():
    columns = PLAN.entities["worker"].columns
    rows = [{**GOOD, "share": None, "hours": None}, {**GOOD, "worker": "W2"}]
    data = admitted(worker=rows)
    assert data.cells[columns["share"]] == [Fraction(1, 10), Fraction(1, 10)]
    assert data.cells[columns["hours"]] == [None, 8]
    assert data.defaulted[columns["share"]] == {0}
    absent = admitted(worker=[{name: cell for name, cell in GOOD.items() if name not in ("share", "hours", "store")}])
    assert absent.cells[columns["share"]] == [Fraction(1, 10)]
    assert absent.cells[columns["hours"]] == [None]
    assert absent.targets[PLAN.entities["worker"].references["store"]] == [None]


def test_an_unused_column_may_be_absent_or_faulty():
    assert list(admitted(worker=[{**GOOD, "unused": 99}]).faults) == []
    assert PLAN.entities["worker"].columns["unused"] not in admitted().cells


# ---------------------------------------------------------------- keys


def test_rows_that_share_a_key_are_all_faulty_and_lead_nowhere():
    stores = [*STORES, {"store": "S1", "region": "R1"}]
    data = admitted(store=stores, worker=[{**GOOD, "store": "S1"}, {**GOOD, "worker": "W2", "store": "S2"}])
    found = sorted((place if isinstance(place, str) else place.name, row, fault.code.value, fault.value)
                   for place, row, fault in data.faults)  # fmt: skip
    assert found == [
        ("store", 0, "duplicate-key", "rows 1, 3"),  # the row itself
        ("store", 0, "duplicate-key", "rows 1, 3"),  # the worker that refers to it
        ("store", 2, "duplicate-key", "rows 1, 3"),
    ]
    targets = data.targets[PLAN.entities["worker"].references["store"]]
    assert targets[0].code is FaultCode.DUPLICATE_KEY
    assert targets[1] == 1


@pytest.mark.parametrize(
    ("keys", "code", "row"),
    [
        (["W1", None], "null-key", 2),
        (["W1", 2], "wrong-type", 2),
        ([1, "2"], "wrong-type", 2),
        ([1, True], "wrong-type", 2),
        (["W1", Unreadable("not-a-number", "?")], "not-a-number", 2),
    ],
)
def test_faulty_keys(keys, code, row):
    data = admitted(worker=[{**GOOD, "worker": key} for key in keys])
    assert [(fault.code.value, fault.row) for _, _, fault in data.faults] == [(code, row)]


EVENTS = plan_of(
    """entity worker
entity parcel in worker
  x : money 0 .. 10
pay a = sum(x of parcel)
"""
)


def paid(*parcels):
    result = run_of(EVENTS, worker=[{"worker": "A"}, {"worker": "B"}], parcel=parcels)
    return {line.key: line.values["a"] for line in result.lines} | rejects_of(result)


@pytest.mark.parametrize("keys", [(None, None, None), ("P1", None, "P2"), (None, 7, None)])
def test_rows_that_nobody_refers_to_may_go_without_keys(keys):
    rows = [{"parcel": key, "worker": "A", "x": 1} for key in keys]
    assert paid(*rows) == {"A": 3, "B": 0}
    assert paid(*({"worker": "A", "x": 1} for _ in keys)) == {"A": 3, "B": 0}


def test_a_fault_of_a_row_without_a_key_is_named_by_its_row():
    rows = [{"parcel": "P1", "worker": "A", "x": 1}, {"worker": "B", "x": 11}]
    result = run_of(EVENTS, worker=[{"worker": "A"}, {"worker": "B"}], parcel=rows)
    assert [each.message for each in result.rejects] == ["x of row 2 of parcel is 11.00 CNY, outside 0 .. 10 CNY"]


def test_a_key_that_is_there_stands_once_whoever_needs_it():
    rows = [{"parcel": key, "worker": worker, "x": 1} for key, worker in (("P", "A"), (None, "B"), ("P", "A"))]
    assert paid(*rows) == {"A": "duplicate-key", "B": 1}


def test_rows_that_a_line_is_led_to_need_their_keys():
    plan = plan_of("entity worker\nentity depot\nentity parcel in worker\n  depot : depot\n  x : money 0 .. 10\n"
                   "show depot.turnover = sum(x of parcel)\npay a = 1\n")  # fmt: skip
    parcels = [{"worker": "A", "depot": "D", "x": 1}]
    data = data_of(plan, worker=[{"worker": "A"}], depot=[{"depot": "D"}, {"depot": None}], parcel=parcels)
    assert [(fault.code.value, fault.entity, fault.row) for _, _, fault in data.faults] == [("null-key", "depot", 2)]


# ---------------------------------------------------------------- moments


MOMENTS = plan_of("entity worker\n  m : datetime\npay a = round(100 CNY / (2201 - year(m)))\n")


@pytest.mark.parametrize(
    ("moment", "found"),
    [
        ("2200-12-31T20:00Z", "out-of-range"),  # in Shanghai the year is 2201
        (datetime(2200, 12, 31, 16, tzinfo=UTC), "out-of-range"),
        ("2200-12-31T15:59Z", 100),
        ("2201-01-01T00:30+09:00", 100),  # in Shanghai it is still the old year
        ("1900-01-01T05:00+08:00", Fraction("0.33")),  # in London it is still 1899
        ("1899-12-31T15:00Z", "out-of-range"),
        ("9999-12-31T23:00-10:00", "out-of-range"),
        ("0001-01-01T00:00+10:00", "out-of-range"),
    ],
)
def test_moments_lie_in_the_calendar_by_their_civil_date(moment, found):
    result = run_of(MOMENTS, worker=[{"worker": "A", "m": moment}])
    assert [line.values["a"] for line in result.lines] + [each.code for each in result.rejects] == [found]


def test_moments_of_parameters_too():
    plan = plan_of("entity worker\nparameters\n  m : datetime\npay a = round(100 CNY / (2201 - year(m)))\n")
    assert run_of(plan, parameters={"plan": {"m": "1900-01-01T05:00+08:00"}}, worker=[{"worker": "A"}]).paid_count == 1
    with pytest.raises(DataError) as error:
        run_of(plan, parameters={"plan": {"m": "2200-12-31T20:00Z"}}, worker=[{"worker": "A"}])
    assert (error.value.code, error.value.column) == ("out-of-range", "m")


def test_keys_may_be_integers():
    data = admitted(worker=[{**GOOD, "worker": 7}, {**GOOD, "worker": 12}])
    assert data.row("worker", 12) == 1
    assert data.row("worker", "12") is None


@pytest.mark.parametrize(
    ("written", "meant"),
    [("s1", "S1"), ("S01", "S1"), ("S 1", "S1"), ("S12", "S1"), ("1", "S1"), ("X1", "S1"), ("store", "")],
)
def test_an_unknown_reference_is_told_the_nearest_key(written, meant):
    data = admitted(worker=[{**GOOD, "store": written}], store=STORES[:1], parameters={"store": {"S1": {"rate": "2%"}}})
    assert data.faults[0][2].help == (f"did you mean {meant}?" if meant else "")


def test_parameters_called_name_and_value_are_wide():
    text = """\
plan tricky
  currency CNY
  period   month
  payee    worker

entity worker
parameters of worker
  name  : text = "x"
  value : money 0 .. 10 = 5
pay a = value when name is "value"
"""
    rows = RawTable("worker", {"worker": ["A"]}, 1)
    said = RawTable("worker", {"worker": ["A"], "name": ["value"], "value": [Fraction(2)]}, 1)
    plan = check_plan(Source("tricky.pay", text))
    dataset = admit(plan, {"worker": rows}, {"worker": said}, plan.period.parse("2026-10"))
    assert run(dataset).totals["a"] == 2


def test_a_key_of_the_other_type_is_told_so():
    plan = plan_of("entity store\n  r : money 0 .. 9\nentity worker\n  store : store\npay p = store.r\n")
    data = data_of(plan, worker=[{"worker": "W1", "store": "1"}], store=[{"store": 1, "r": 1}])
    fault = data.faults[0][2]
    assert (fault.code, fault.help) == ("unknown-reference", "the keys of store are whole numbers, and this is not")


# ---------------------------------------------------------------- tables


@pytest.mark.parametrize(
    ("missing", "code", "message"),
    [
        ("worker", "missing-table", "there is no table for `worker`, which the plan uses"),
        ("region", "missing-table", "there is no table for `region`, which the plan uses"),
    ],
)
def test_a_missing_table_stops(missing, code, message):
    tables = {"worker": [GOOD], "store": STORES, "region": REGIONS}
    del tables[missing]
    with pytest.raises(DataError) as caught:
        data_of(PLAN, parameters=RATES, **tables)
    assert (caught.value.code, caught.value.message) == (code, message)


@pytest.mark.parametrize(
    ("column", "message"),
    [
        ("sales", "the table `worker` has no column `sales`, which the plan uses"),
        ("worker", "the table `worker` has no column `worker`, which holds the keys of its rows"),
    ],
)
def test_a_missing_column_stops(column, message):
    with pytest.raises(DataError) as caught:
        admitted(worker=[{name: cell for name, cell in GOOD.items() if name != column}])
    assert (caught.value.code, caught.value.message) == ("missing-column", message)


def test_a_missing_reference_column_stops():
    with pytest.raises(DataError) as caught:
        admitted(store=[{"store": "S1"}])
    assert caught.value.message == "the table `store` has no column `region`, which refers to `region`"


def test_events_need_no_keys():
    plan = plan_of("entity worker\nentity parcel in worker\n  price : money 0 .. 9\npay p = sum(price of parcel)\n")
    data = data_of(plan, worker=[{"worker": "W1"}], parcel=[{"worker": "W1", "price": 3}, {"worker": "W1", "price": 4}])
    assert Evaluator(data).value(plan.entities["worker"].lines["p"], 0) == 7


def test_a_raw_table_has_columns_of_one_length():
    with pytest.raises(ValueError, match="column a of worker has 1 cells, not 2"):
        RawTable("worker", {"a": [1]}, 2)


# ---------------------------------------------------------------- parameters


def parameter_values(parameters):
    data = admitted(parameters=parameters)
    declared = {**PLAN.entities["store"].parameters, **PLAN.entities["plan"].parameters}
    found = {}
    for name, each in declared.items():
        settings = [data.settings.at_end(each, row) for row in range(len(data.cells[each]))]
        found[name] = (list(data.cells[each]), [None if setting is None else setting.row for setting in settings])
    return found


WIDE = RawTable("store", {"store": ["S2", "S1"], "rate": ["3%", "2%"], "bonus": [None, 7], "cap": ["none", 9]}, 2)
LONG = RawTable(
    "store",
    {"store": ["S1", "S2", "S1", "S1", "S2"], "name": ["rate", "rate", "bonus", "cap", "cap"],
     "value": ["2%", "3%", "7", "9", "none"]},
    5,
)  # fmt: skip


def test_parameters_may_be_wide_or_long_or_a_mapping():
    wide, long = parameter_values({"store": WIDE}), parameter_values({"store": LONG})
    mapped = parameter_values({"store": {"S1": {"rate": "2%", "bonus": 7, "cap": "9"}, "S2": {"rate": "3%"}}})
    values = {
        "rate": [Fraction(1, 50), Fraction(3, 100)],
        "bonus": [7, 5],
        "cap": [9, None],
        "base": [0],
        "limit": [None],
    }
    for each in (wide, long, mapped):
        assert {name: found for name, (found, _) in each.items()} == values
    assert wide["rate"][1] == [2, 1]
    assert long["rate"][1] == [1, 2]
    assert wide["bonus"][1] == [2, None]
    assert mapped["rate"][1] == [0, 0]
    assert mapped["bonus"][1] == [0, None]


def test_a_missing_parameter_is_a_fault_of_its_row():
    data = admitted(parameters={"store": {"S1": {"rate": "2%"}}})
    assert [(fault.code.value, fault.entity, fault.key, fault.column) for _, _, fault in data.faults] == [
        ("missing-parameter", "store", "S2", "rate")
    ]


def test_a_faulty_parameter_is_a_fault_of_its_row():
    data = admitted(parameters={"store": {"S1": {"rate": "41%"}, "S2": {"rate": "none"}}})
    assert [(fault.code.value, fault.key, fault.value) for _, _, fault in data.faults] == [
        ("out-of-range", "S1", "41%"),
        ("missing-parameter", "S2", ""),
    ]


@pytest.mark.parametrize(
    ("parameters", "code", "message", "help"),
    [
        (
            {"store": {"S1": {"rat": "2%"}}}, "unknown-parameter",
            "the plan has no parameter `rat` of store", "did you mean `rate`?",
        ),
        ({"plan": {"bas": 1}}, "unknown-parameter", "the plan has no parameter `bas`", "did you mean `base`?"),
        (
            {"region": {}}, "unknown-parameter", "there are parameters for `region`, and the plan declares none",
            "the plan declares parameters of: plan, store",
        ),
        (
            {"store": {"S11": {"rate": "2%"}}}, "unknown-reference",
            "there are parameters for store S11, and no such store", "did you mean S1?",
        ),
        ({"plan": {"base": 101}}, "out-of-range", "the parameter `base` is 101.00 CNY", ""),
        (
            {"store": RawTable("store", {"rate": ["2%"]}, 1)}, "missing-column",
            "the parameters of store have no column `store`, which says whose they are",
            "their columns are: rate; besides `store` there may be `region`, `plan`",
        ),
        (
            {"store": RawTable("store", {"store": [None], "rate": ["2%"]}, 1)}, "null-key",
            "a row of the parameters of store does not say whose they are", "",
        ),
        (
            {"store": RawTable("store", {"store": [], "rat": []}, 0)}, "unknown-parameter",
            "the plan has no parameter `rat` of store", "did you mean `rate`?",
        ),
        (
            {"plan": RawTable("plan", {"name": [None], "value": ["2%"]}, 1)}, "unknown-parameter",
            "a row names no parameter", "the parameters are: base, limit",
        ),
        (
            {"store": RawTable("store", {"store": ["S1", "S2", "S1"], "rate": ["2%", "2%", "3%"]}, 3)},
            "parameter-conflict", "`rate` of store S1 is set twice, to different values", "delete one of the two rows",
        ),
    ],
)  # fmt: skip
def test_parameters_that_stop_the_run(parameters, code, message, help):
    with pytest.raises(DataError) as caught:
        admitted(parameters=parameters)
    assert (caught.value.code, caught.value.message, caught.value.help) == (code, message, help)


def test_a_conflict_names_both_rows_and_values():
    rates = RawTable("store", {"store": ["S1", "S2", "S1"], "rate": ["2%", "2%", "3%"]}, 3)
    with pytest.raises(DataError) as caught:
        admitted(parameters={"store": rates})
    assert (caught.value.row, caught.value.value) == ("1 and 3", "2% and 3%")


def test_the_same_value_twice_is_no_conflict_however_it_is_written():
    rates = RawTable("store", {"store": ["S1", "S2", "S1"], "rate": ["2%", "2%", "2.00%"]}, 3)
    assert list(admitted(parameters={"store": rates}).faults) == []


def test_a_plan_parameter_without_value_stops_the_run():
    plan = plan_of("entity worker\nparameters\n  base : money 0 .. 9\npay p = base\n")
    with pytest.raises(DataError) as caught:
        data_of(plan, worker=[{"worker": "W1"}])
    assert (caught.value.code, caught.value.column) == ("missing-parameter", "base")
    assert caught.value.message == "the parameter `base` is not set, and the plan gives no default"


def test_rows_that_do_not_exist_may_be_passed_over():
    raw = {"worker": table("worker", [GOOD]), "store": table("store", STORES), "region": table("region", REGIONS)}
    parameters = {"store": {"S1": {"rate": "2%"}, "S2": {"rate": "2%"}, "S3": {"rate": "2%"}}}
    data = admit(PLAN, raw, parameters, PLAN.period.parse("2026-10"), ignore_unknown_rows=True)
    assert list(data.faults) == []
