"""Results as Arrow tables and files: exact values, types that depend on the plan alone, the same bytes every time."""

import hashlib
import json
from datetime import UTC, date, datetime
from decimal import Decimal
from fractions import Fraction

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from paycalc.check import check_plan
from paycalc.check.types import DateType, FlagType, MemberType, MomentType, NumberType, TextType
from paycalc.core.errors import DataError
from paycalc.core.number import Interval
from paycalc.core.span import Source
from paycalc.core.unit import PLAIN, Unit
from paycalc.engine.recording.record import ReadFolder, changed_inputs, read_record, write_run
from paycalc.engine.results.by_reference import values_array
from paycalc.engine.results.tables import rejects_table, result_tables, totals_table
from paycalc.engine.results.value_types import decimal_of
from paycalc.engine.running import ENGINES, RunRules, read_plan_folder, run_tables

PLAN_TEXT = """\
plan bonus "Bonus"
  currency CNY
  period   month
  payee    worker

entity store
  revenue : money 0 .. 1_000
entity worker
  store : store
  sales : money 0 .. 1_000
  joined : date

parameters
  rate : percent(2) 0% .. 50%

pay bonus "Bonus" = round(sales * rate)
deduct fee "Fee" = 1
employer levy = round(sales * 1%)
show since = joined
show new = joined >= period.start
show store.part = round(sum(bonus of worker) / revenue, 4) when revenue > 0
show plan.people = count(worker)
"""
PLAN = check_plan(Source("bonus.pay", PLAN_TEXT))
CNY = Unit.of("CNY")


def write_data(folder, workers="A,S1,100.05,2026-10-01\nB,S2,,2026-10-01\n=C,S1,50,2020-01-01\n"):
    (folder / "store.csv").write_text("store,revenue\nS2,0\nS1,400\n", encoding="utf-8")
    (folder / "worker.csv").write_text("worker,store,sales,joined\n" + workers, encoding="utf-8")
    (folder / "parameters.plan.csv").write_text("rate\n10%\n", encoding="utf-8")


@pytest.fixture(params=ENGINES)
def engine(request):
    return request.param


@pytest.fixture
def data(tmp_path):
    folder = tmp_path / "DATA"
    folder.mkdir()
    write_data(folder)
    return folder


RULES = RunRules(on_reject_share=Fraction(1))


def pay(data, engine="tiles"):
    folder = read_plan_folder(PLAN, data)
    return run_tables(PLAN, folder.tables, PLAN.period.parse("2026-10"), RULES, engine=engine), folder.files


def write(data, target, format="parquet", engine="tiles", **options):
    outcome, inputs = pay(data, engine)
    read = [ReadFolder(data, inputs)]
    write_run(outcome, target, read=read, rules=RULES, version="1.2.3", format=format, **options)
    return target


# ---------------------------------------------------------------- tables


def test_the_tables_of_a_run(data, engine):
    tables = {name: table.to_pydict() for name, table in result_tables(pay(data, engine)[0]).items()}
    assert tables["lines"] == {
        "worker": ["A", "=C"],
        "bonus": [Decimal("10.01"), Decimal("5.00")],
        "fee": [Decimal("1.00"), Decimal("1.00")],
        "levy": [Decimal("1.00"), Decimal("0.50")],
        "since": [date(2026, 10, 1), date(2020, 1, 1)],
        "new": [True, False],
        "gross": [Decimal("10.01"), Decimal("5.00")],
        "net": [Decimal("9.01"), Decimal("4.00")],
        "cost": [Decimal("11.01"), Decimal("5.50")],
    }
    assert tables["shown.store"] == {"store": ["S1", "S2"], "part": [Decimal("0.0375"), None]}
    assert tables["shown.plan"] == {"people": [3]}
    assert tables["rejects"] == {
        "worker": ["B"],
        "row": [2],
        "code": ["null"],
        "rule": ["pay bonus"],
        "message": ["sales of worker B is empty, expected 0 .. 1_000 CNY"],
        "cause_table": ["worker"],
        "cause_key": ["B"],
        "cause_row": [2],
        "cause_column": ["sales"],
        "value": [""],
        "expected": ["0 .. 1_000 CNY"],
        "help": [""],
    }
    assert (tables["withheld"]["entity"], tables["withheld"]["key"], tables["withheld"]["line"]) == (
        ["store"],
        ["S2"],
        ["part"],
    )
    assert tables["orphans"]["entity"] == []
    assert tables["totals"] == {
        "line": ["bonus", "fee", "levy", "gross", "net", "cost"],
        "role": ["pay", "deduct", "employer", "total", "total", "total"],
        "label": ["Bonus", "Fee", "", "", "", ""],
        "amount": [Decimal(text) for text in ("15.01", "2.00", "1.50", "15.01", "13.01", "16.51")],
    }


def test_a_run_of_nobody_has_the_same_columns(data, engine):
    before = {name: table.schema for name, table in result_tables(pay(data, engine)[0]).items()}
    write_data(data, workers="")
    after = {name: table.schema for name, table in result_tables(pay(data, engine)[0]).items()}
    assert after == before


@pytest.mark.parametrize(
    ("type", "values", "expected"),
    [
        (NumberType(CNY, 2, Interval.of(0, 10**15)), [Fraction(1, 2), None],
         pa.array([Decimal("0.50"), None], pa.decimal128(18, 2))),
        (NumberType(CNY, 2, Interval.of(-(10**17), 0)), [Fraction(-(10**17))],
         pa.array([Decimal(-(10**17))], pa.decimal128(38, 2))),
        (NumberType(CNY, 0, Interval.of(0, 2**127)), [Fraction(2**127)],
         pa.array([Decimal(2**127)], pa.decimal256(76, 0))),
        (NumberType(PLAIN, 0, Interval.of(0, 10)), [Fraction(3), None], pa.array([3, None], pa.int64())),
        (NumberType(PLAIN, 0, Interval.of(0, 2**63)), [Fraction(2**63)],
         pa.array([Decimal(2**63)], pa.decimal128(38, 0))),
        (NumberType(PLAIN, 4, Interval.of(0, 1), percent=True), [Fraction(1, 400)],
         pa.array([Decimal("0.0025")], pa.decimal128(18, 4))),
        (FlagType(), [True, None], pa.array([True, None])),
        (DateType(), [date(2026, 1, 1), None], pa.array([date(2026, 1, 1), None], pa.date32())),
        (MomentType(), [datetime(2026, 1, 1, tzinfo=UTC)],
         pa.array([datetime(2026, 1, 1, tzinfo=UTC)], pa.timestamp("us", "UTC"))),
        (MemberType(("a", "b")), ["a", None], pa.array(["a", None], pa.string())),
        (TextType(), [], pa.array([], pa.string())),
    ],
    ids=str,
)  # fmt: skip
def test_values_become_columns_by_their_type(type, values, expected):
    array = values_array(values, type)
    assert array.type == expected.type
    assert array.equals(expected)


def test_the_keys_stand_beside_columns_of_their_name(tmp_path, engine):
    text = """\
plan hostile
  currency CNY
  period   month
  payee    code

entity code
  row : money 0 .. 100
pay value = row
"""
    plan = check_plan(Source("hostile.pay", text))
    (tmp_path / "code.csv").write_text("code,row\nA,1\nB,\n", encoding="utf-8")
    rules = RunRules(on_reject_share=Fraction(1))
    tables = read_plan_folder(plan, tmp_path).tables
    result = run_tables(plan, tables, plan.period.parse("2026-10"), rules, engine=engine)
    assert result.lines.column_names == ["code", "value", "gross", "net", "cost"]
    rejects = rejects_table(result)
    assert rejects.column_names[:3] == ["code_key", "row", "code"]
    assert rejects.select(["code_key", "row", "code"]).to_pylist() == [{"code_key": "B", "row": 2, "code": "null"}]


def test_totals_of_any_size_have_a_column(tmp_path, engine):
    text = """\
plan large
  currency CNY
  period   month
  payee    worker

entity worker
  m : money 0 .. 1_000_000_000_000_000_000_000_000_000_000_000
pay a = m
"""
    plan = check_plan(Source("large.pay", text))
    amount = 10**33
    rows = "".join(f"W{number},{amount}\n" for number in range(20_000))
    (tmp_path / "worker.csv").write_text("worker,m\n" + rows, encoding="utf-8")
    tables = read_plan_folder(plan, tmp_path).tables
    result = run_tables(plan, tables, plan.period.parse("2026-10"), RunRules(), engine=engine)
    amounts = totals_table(result)["amount"]
    assert amounts.type == pa.decimal256(76, 2)
    assert amounts.to_pylist() == [Decimal(20_000 * amount)] * 4


def test_decimals_do_not_depend_on_a_context():
    assert decimal_of(Fraction(10**37 + 1, 100), 2) == Decimal(f"{10**37 + 1}E-2")
    assert str(decimal_of(Fraction(5), 2)) == "5.00"


# ---------------------------------------------------------------- files

FILES = ["lines", "orphans", "rejects", "shown.plan", "shown.store", "totals", "withheld"]


@pytest.mark.parametrize("format", ["parquet", "csv", "arrow"])
def test_a_run_as_a_folder(data, tmp_path, format):
    run = write(data, tmp_path / "RUN", format)
    assert sorted(path.name for path in run.iterdir()) == sorted(
        [*(f"{name}.{format}" for name in FILES), "plan.pay", "run.json"]
    )
    assert (run / "plan.pay").read_text(encoding="utf-8") == PLAN_TEXT


def test_parquet_and_arrow_hold_the_tables(data, tmp_path):
    expected = result_tables(pay(data)[0])
    parquet, arrow = write(data, tmp_path / "P"), write(data, tmp_path / "A", "arrow")
    for name, table in expected.items():
        assert pq.read_table(parquet / f"{name}.parquet").equals(table)
        with pa.ipc.open_file(str(arrow / f"{name}.arrow")) as reader:
            assert reader.read_all().equals(table)


def test_csv_cells_are_what_they_are(data, tmp_path):
    run = write(data, tmp_path / "RUN", "csv")
    assert (run / "lines.csv").read_text(encoding="utf-8") == (
        "worker,bonus,fee,levy,since,new,gross,net,cost\n"
        "A,10.01,1.00,1.00,2026-10-01,yes,10.01,9.01,11.01\n"
        "=C,5.00,1.00,0.50,2020-01-01,no,5.00,4.00,5.50\n"
    )
    assert (run / "totals.csv").read_text(encoding="utf-8").splitlines()[1] == "bonus,pay,Bonus,15.01"


def test_the_record_of_a_run(data, tmp_path, engine):
    run = write(data, tmp_path / "RUN", "csv", engine)
    record = json.loads((run / "run.json").read_text(encoding="utf-8"))
    outputs = record.pop("outputs")
    inputs = {entry["file"]: entry for entry in record.pop("inputs")}
    assert record == {
        "record": 2,
        "paycalc": "1.2.3",
        "engine": engine,
        "plan": {
            "name": "bonus",
            "source": "bonus.pay",
            "sha256": hashlib.sha256(PLAN_TEXT.encode()).hexdigest(),
        },
        "period": "2026-10",
        "data": str(data),
        "options": {
            "scales": {},
            "assume_timezone": None,
            "known_at": None,
            "on_error": "reject",
            "on_reject_share": "1",
        },
        "counts": {"payees": 3, "paid": 2, "rejected": 1, "held": 0, "withheld": 1, "orphans": 0},
        "balance": {},
        "rejected": {"null": 1},
        "held": {},
        "currency": "CNY",
        "totals": {"bonus": "15.01", "fee": "2.00", "levy": "1.50", "gross": "15.01", "net": "13.01", "cost": "16.51"},
    }
    for folder, entries in ((data, inputs.values()), (run, outputs)):
        for entry in entries:
            content = (folder / entry["file"]).read_bytes()
            assert (entry["bytes"], entry["sha256"]) == (len(content), hashlib.sha256(content).hexdigest())
    assert sorted(inputs) == ["parameters.plan.csv", "store.csv", "worker.csv"]
    assert sorted(entry["file"] for entry in outputs) == sorted([*(f"{name}.csv" for name in FILES), "plan.pay"])


@pytest.mark.parametrize("format", ["parquet", "csv", "arrow"])
def test_the_same_run_gives_the_same_bytes(data, tmp_path, format):
    first, second = write(data, tmp_path / "1", format), write(data, tmp_path / "2", format)
    for path in first.iterdir():
        assert path.read_bytes() == (second / path.name).read_bytes()


@pytest.mark.parametrize("format", ["parquet", "csv", "arrow"])
def test_both_engines_write_the_same_bytes(data, tmp_path, format):
    first, second = (write(data, tmp_path / engine, format, engine) for engine in ENGINES)
    for name in (*FILES, "plan"):
        file = f"{name}.{'pay' if name == 'plan' else format}"
        assert (first / file).read_bytes() == (second / file).read_bytes(), file


# ---------------------------------------------------------------- reading a run again


def test_a_record_is_read_again(data, tmp_path):
    record = read_record(write(data, tmp_path / "RUN"))
    assert (record.plan_name, record.plan_text, record.period) == ("bonus.pay", PLAN_TEXT, "2026-10")
    assert [folder.data for folder in record.folders] == [data]
    assert (record.scales, record.assume_timezone, record.known_at, record.on_reject_share) == ({}, None, None, "1")
    assert record.paid["net"] == "13.01"
    assert changed_inputs(record.folders[0].inputs, read_plan_folder(PLAN, data).files) == []


def test_changed_missing_and_new_inputs_are_named(data, tmp_path):
    record = read_record(write(data, tmp_path / "RUN"))
    write_data(data, workers="A,S1,1,2026-10-01\n")
    assert changed_inputs(record.folders[0].inputs, read_plan_folder(PLAN, data).files) == [str(data / "worker.csv")]
    (data / "worker.csv").rename(data / "_worker.csv")
    assert changed_inputs(record.folders[0].inputs, read_plan_folder(PLAN, data).files) == [str(data / "worker.csv")]
    pq.write_table(pa.table({"worker": ["A"]}), data / "worker.parquet")
    assert changed_inputs(record.folders[0].inputs, read_plan_folder(PLAN, data).files) == [
        str(data / "worker.csv"),
        str(data / "worker.parquet"),
    ]


def test_data_may_have_moved(data, tmp_path):
    record = read_record(write(data, tmp_path / "RUN"))
    moved = data.rename(tmp_path / "MOVED")
    assert changed_inputs(record.moved_to(moved).folders[0].inputs, read_plan_folder(PLAN, moved).files) == []


@pytest.mark.parametrize(
    ("spoil", "why"),
    [
        (lambda run: (run / "run.json").unlink(), "run.json: No such file or directory"),
        (lambda run: (run / "plan.pay").unlink(), "plan.pay: No such file or directory"),
        (lambda run: (run / "plan.pay").write_text("plan other", encoding="utf-8"),
         "plan.pay is not the plan that was run"),
        (lambda run: (run / "run.json").write_text("{", encoding="utf-8"), "Expecting property name"),
        (lambda run: (run / "run.json").write_text("[]", encoding="utf-8"), "list indices must be integers"),
        (lambda run: (run / "run.json").write_text('{"record": 1}', encoding="utf-8"),
         "its record has version 1, this paycalc knows 2"),
    ],
)  # fmt: skip
def test_what_is_no_run(data, tmp_path, spoil, why):
    run = write(data, tmp_path / "RUN")
    spoil(run)
    with pytest.raises(DataError) as caught:
        read_record(run)
    assert str(caught.value).startswith(f"error[unreadable-run]: `{run}` is no run that can be read: ")
    assert why in str(caught.value)
