"""From input tables to results: every code with its message, keys of every kind, parameters wide and long."""

import csv
from decimal import Decimal
from fractions import Fraction
from zoneinfo import ZoneInfo

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from paycalc.core.errors import DataError
from paycalc.engine import running
from paycalc.engine.inputs.door import DoorRules, scales_of
from paycalc.engine.inputs.sources import parameters_from, tables_from
from paycalc.engine.running import ENGINES, RunRules, read_plan_folder, rules_from, share_from
from tests.engine import small_plan

PLAN = small_plan.plan()
PERIOD = PLAN.period.parse("2026-10")
EVERYBODY = RunRules(on_reject_share=Fraction(1))
LINES = {"A": ("15.00", "10.00", "27.00"), "B": ("0.00", "40.00", "25.00"), "C": ("0.00", "0.00", "26.00")}


@pytest.fixture(autouse=True, params=ENGINES)
def engine(request):
    """Every test is run by both engines, each behind its own door."""
    chosen.append(request.param)
    yield request.param
    chosen.pop()


chosen: list[str] = []


def run_tables(*arguments):
    return running.run_tables(*arguments, engine=chosen[-1])


def run(rules=EVERYBODY, parameters=small_plan.PARAMETERS, **changed):
    """Run with changed columns of entities."""
    sources = {entity: small_plan.arrow(columns) for entity, columns in parameters.items()}
    read = {**tables_from(PLAN, small_plan.tables(**changed)), **parameters_from(PLAN, sources)}
    return run_tables(PLAN, read, PERIOD, rules)


def lines(result):
    rows = result.lines.to_pylist()
    return {row["worker"]: tuple(str(row[name]) for name in ("share", "trips", "wages")) for row in rows}


def stopped(**arguments) -> str:
    with pytest.raises(DataError) as caught:
        run(**arguments)
    return str(caught.value)


def rejected(**changed) -> list[tuple[str, str, str]]:
    return [(reject.key, reject.code.value, reject.message) for reject in run(**changed).rejects]


def test_data_without_faults():
    result = run()
    assert lines(result) == LINES
    assert {row["worker"]: row["team"] for row in result.lines.to_pylist()} == {"A": 2, "B": 0, "C": 0}
    assert not result.rejects


# ---------------------------------------------------------------- one faulty cell


@pytest.mark.parametrize(
    ("column", "cell", "code", "message"),
    [
        ("sales", None, "null", "sales of worker B is empty, expected 0 .. 10_000 CNY"),
        ("sales", "1,000", "not-a-number", "sales of worker B is 1,000, expected an exact number, like 1234.50"),
        ("sales", "1000.001", "too-many-places",
         "sales of worker B is 1_000.001 CNY, expected at most 2 decimal places"),
        ("sales", "10000.01", "out-of-range", "sales of worker B is 10_000.01 CNY, outside 0 .. 10_000 CNY"),
        ("sales", "-0.01", "out-of-range", "sales of worker B is -0.01 CNY, outside 0 .. 10_000 CNY"),
        ("score", "2.01", "out-of-range", "score of worker B is 2.01, outside 0 .. 2"),
        ("grade", "Senior", "unknown-member", "grade of worker B is Senior, expected one of junior, senior"),
        ("hired", "2026-02-30", "not-a-date",
         "hired of worker B is 2026-02-30, expected a date like 2026-10-15"),
        ("hired", "1899-12-31", "out-of-range",
         "hired of worker B is 1899-12-31, outside 1900-01-01 .. 2200-12-31"),
        ("paid", "maybe", "not-a-flag", "paid of worker B is maybe, expected yes or no"),
        ("store", "S3", "unknown-reference",
         "store of worker B is S3, expected the key of a store; no store has this key"),
        ("store", None, "null", "store of worker B is empty, expected the key of a store"),
    ],
)  # fmt: skip
def test_a_faulty_cell_rejects_its_payee(column, cell, code, message):
    cells = list(small_plan.WORKERS[column])
    cells[1] = cell
    assert rejected(worker={column: cells}) == [("B", code, message)]


@pytest.mark.parametrize(
    ("numbers", "code", "message"),
    [
        ([1000.0, 0.1 + 0.2, 3000.0], "inexact-float",
         "sales of worker B is 0.30000000000000004, expected a number of "
         "at most 2 decimal places"),
        ([1000.0, float("nan"), 3000.0], "not-a-number",
         "sales of worker B is NaN, expected an exact number, like 1234.50"),
    ],
)  # fmt: skip
def test_a_faulty_float_rejects_its_payee(numbers, code, message):
    assert rejected(worker={"sales": pa.array(numbers)}) == [("B", code, message)]


def test_a_faulty_event_rejects_its_payee():
    at = ["2026-10-01T08:00+08:00", "2026-10-01T07:59", "2026-10-02T20:00"]
    wanted = "expected a moment with its zone, like 2026-10-15T08:30+08:00, or a stated zone"
    assert rejected(visit={"at": at}) == [
        ("A", "zoneless-timestamp", f"at of visit V2 is 2026-10-01T07:59, {wanted}"),
        ("B", "zoneless-timestamp", f"at of visit V3 is 2026-10-02T20:00, {wanted}"),
    ]
    assert rejected(visit={"at": [at[0], "noon", at[0]]}) == [
        ("A", "not-a-moment", "at of visit V2 is noon, expected a moment like 2026-10-15T08:30+08:00")
    ]
    shanghai = RunRules(DoorRules(assume_timezone=ZoneInfo("Asia/Shanghai")))
    assert lines(run(rules=shanghai, visit={"at": at})) == LINES


def test_rows_that_share_a_key_and_rows_without_one():
    message = "worker A stands in the table more than once (rows 1, 2)"
    assert rejected(worker={"worker": ["A", "A", None], "chief": None}, visit={"worker": ["A", "A", "A"]}) == [
        ("A", "duplicate-key", message),
        ("A", "duplicate-key", message),
        (None, "null-key", "row 3 of worker has no key"),
    ]


# ---------------------------------------------------------------- what stops the run


def test_a_table_that_is_missing():
    read = tables_from(PLAN, {"worker": small_plan.arrow(small_plan.WORKERS)})
    with pytest.raises(DataError) as caught:
        run_tables(PLAN, read, PERIOD, EVERYBODY)
    assert str(caught.value) == (
        "error[missing-table]: there is no table for `store`, which the plan uses\n"
        "table:    store\n"
        "expected: a table `store`\n"
        "help:     the tables given are: worker"
    )


def test_a_column_that_is_missing():
    assert stopped(worker={"sales": None, "Sales": ["1", "2", "3"]}) == (
        "error[missing-column]: the table `worker` has no column `sales`, which the plan uses\n"
        "table:    worker\n"
        "column:   sales\n"
        "expected: a column `sales`\n"
        "help:     its columns are: worker, store, chief, grade, score, hired, paid, Sales"
    )


def test_integers_for_money():
    assert stopped(worker={"sales": [100000, 200000, 300000]}) == (
        "error[unknown-scale]: `sales` of `worker` holds integers, and nobody has said what they count\n"
        "table:    worker\n"
        "column:   sales\n"
        "expected: a stated scale\n"
        'help:     say it: scales={"worker.sales": 2} in Python, --scale worker.sales=2 for the command'
    )
    rules = RunRules(DoorRules(scales_of(PLAN, {"worker.sales": 2})))
    assert lines(run(rules=rules, worker={"sales": [100000, 200000, 300000]})) == LINES


def test_a_column_says_its_scale_and_the_run_has_the_last_word():
    field = pa.field("sales", pa.int64(), metadata={"paycalc.scale": "2"})
    workers = small_plan.arrow(small_plan.WORKERS).drop_columns("sales")
    workers = workers.append_column(field, pa.array([100000, 200000, 300000]))
    tables = {**small_plan.tables(), "worker": workers}
    parameters = {entity: small_plan.arrow(columns) for entity, columns in small_plan.PARAMETERS.items()}
    read = {**tables_from(PLAN, tables), **parameters_from(PLAN, parameters)}
    assert lines(run_tables(PLAN, read, PERIOD, EVERYBODY)) == LINES
    cents = RunRules(DoorRules(scales_of(PLAN, {"worker.sales": 3})), on_reject_share=Fraction(1))
    assert lines(run_tables(PLAN, read, PERIOD, cents))["A"] == ("2.00", "10.00", "27.00")


def test_a_column_with_metadata_that_means_nothing():
    field = pa.field("sales", pa.int64(), metadata={"paycalc.scale": "cents"})
    workers = small_plan.arrow(small_plan.WORKERS).drop_columns("sales").append_column(field, pa.array([1, 2, 3]))
    read = tables_from(PLAN, {**small_plan.tables(), "worker": workers})
    with pytest.raises(DataError) as caught:
        run_tables(PLAN, read, PERIOD, EVERYBODY)
    assert str(caught.value) == (
        "error[bad-scale]: `sales` of `worker` has the metadata paycalc.scale `cents`\n"
        "table:    worker\n"
        "column:   sales\n"
        "expected: a number of places, `ratio`, `percent`, `ratio:4` or `percent:2`"
    )


NO_COLUMN = (
    "error[unknown-column]: a scale is stated for `{0}`, and the plan has no such column or parameter\n"
    "column:   {0}\n"
    "expected: the name of an entity, a dot, and the name of a column or parameter"
)
NO_NUMBERS = (
    "error[bad-scale]: `{0}` of `{1}` has the scale `{2}`, and holds no numbers\n"
    "table:    {1}\n"
    "column:   {0}\n"
    "help:     leave the scale out"
)


@pytest.mark.parametrize(
    ("scales", "message"),
    [
        ({"worker.sales": "cents"}, "error[bad-scale]: `cents` is no scale\ncolumn:   worker.sales\n"
         "expected: a number of places, `ratio`, `percent`, `ratio:4` or `percent:2`"),
        ({"worker.sale": 2}, f"{NO_COLUMN.format('worker.sale')}\nhelp:     did you mean `worker.sales`?"),
        ({"sales": 2}, f"{NO_COLUMN.format('sales')}\nhelp:     did you mean `worker.sales`?"),
        ({"shop.width": 2}, NO_COLUMN.format("shop.width")),
        ({"worker.grade": 2}, NO_NUMBERS.format("grade", "worker", "2")),
        ({"worker.hired": "ratio"}, NO_NUMBERS.format("hired", "worker", "ratio")),
        ({"worker.store": 2}, NO_NUMBERS.format("store", "worker", "2")),
        ({"store.mark": 2}, NO_NUMBERS.format("mark", "store", "2")),
        ({"plan.wage": "ratio"}, "error[bad-scale]: `wage` of `plan` cannot have the scale `ratio`\n"
         "table:    plan\ncolumn:   wage\nexpected: a number of places"),
        ({"store.rate": 2}, "error[bad-scale]: `rate` of `store` cannot have the scale `2`\n"
         "table:    store\ncolumn:   rate\n"
         "expected: `ratio` or `percent`, with its places where it holds integers"),
    ],
)  # fmt: skip
def test_scales_that_mean_nothing(scales, message):
    with pytest.raises(DataError) as caught:
        scales_of(PLAN, scales)
    assert str(caught.value) == message


def test_keys_that_are_no_keys():
    assert stopped(worker={"store": [1.0, 2.0, 1.0]}) == (
        "error[wrong-type]: `store` of `worker` holds double\n"
        "table:    worker\n"
        "column:   store\n"
        "expected: keys: integers or texts"
    )


def test_more_rejects_than_are_allowed():
    message = stopped(rules=RunRules(), worker={"sales": ["1", None, "3"]})
    assert message.startswith("error[too-many-rejects]: 1 of 3 rows of `worker` are rejected: 1 null\n")
    assert "row:      2\ncolumn:   sales\n" in message


def test_the_first_fault_stops_where_that_is_asked_for():
    rules = RunRules(on_error="raise")
    assert lines(run(rules=rules)) == LINES
    assert stopped(rules=rules, worker={"sales": ["1", None, "10001"]}) == (
        "error[null]: sales of worker B is empty, expected 0 .. 10_000 CNY; 2 rows of `worker` would be rejected "
        "in all\n"
        "table:    worker\n"
        "row:      2\n"
        "column:   sales\n"
        "expected: 0 .. 10_000 CNY"
    )
    assert "rejected in all" not in stopped(rules=rules, worker={"sales": ["1", None, "3"]})


# ---------------------------------------------------------------- rules as written


@pytest.mark.parametrize(
    ("written", "share"),
    [("5%", Fraction(1, 20)), ("0.5%", Fraction(1, 200)), ("0.05", Fraction(1, 20)), ("1/20", Fraction(1, 20)),
     (Fraction(1, 3), Fraction(1, 3)), (1, Fraction(1)), (0, Fraction(0))],
)  # fmt: skip
def test_a_share_of_rejects(written, share):
    assert share_from(written) == share


@pytest.mark.parametrize("written", ["five", "", "%", "1/0", "1", "5", "100", 0.05, None, True,
                                     "1e99999999%", "٥%", "1_0%", " 5%", "5 %", "5%\n"])  # fmt: skip
def test_what_is_no_share(written):
    with pytest.raises(ValueError, match="is no share"):
        share_from(written)


def written_rules(**changed):
    return rules_from(
        PLAN, **({"scales": {}, "assume_timezone": None, "on_error": "reject", "on_reject_share": "5%"} | changed)
    )


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"assume_timezone": "Asia/Atlantis"},
         r"^no time zone is named 'Asia/Atlantis'; expected a name like Asia/Shanghai$"),
        ({"assume_timezone": "../etc"}, "^no time zone is named"),
        ({"on_error": "ignore"}, "^on_error is 'ignore'; expected one of reject, raise$"),
        ({"on_reject_share": "101%"}, "^the share of rejects is 101/100; expected a share from 0% to 100%$"),
        ({"on_reject_share": "-1%"}, "^the share of rejects is -1/100; expected a share from 0% to 100%$"),
    ],
)  # fmt: skip
def test_rules_that_mean_nothing(changed, message):
    with pytest.raises(ValueError, match=message):
        written_rules(**changed)


# ---------------------------------------------------------------- keys


def as_integers(cells):
    return pa.array([None if cell is None else ord(cell[-1]) for cell in cells], pa.int32())


INTEGER_WORKERS = {name: as_integers(small_plan.WORKERS[name]) for name in ("worker", "chief")}
KEY_TYPES = [pa.string(), pa.large_string(), pa.string_view(), pa.dictionary(pa.int16(), pa.string())]


@pytest.mark.parametrize("type", KEY_TYPES, ids=str)
def test_keys_are_texts_of_every_kind(type):
    changed = {name: pa.array(small_plan.WORKERS[name], type) for name in ("worker", "store", "chief")}
    assert lines(run(worker=changed)) == LINES


def test_keys_are_integers():
    result = run(worker=INTEGER_WORKERS, visit={"worker": pa.array([65, 65, 66], pa.uint64())})
    assert lines(result) == {65: LINES["A"], 66: LINES["B"], 67: LINES["C"]}


def test_texts_do_not_meet_integers():
    messages = [message for _, _, message in rejected(worker=INTEGER_WORKERS)]
    assert messages == []  # what a visit refers to is nobody: it belongs to no worker
    result = run(worker=INTEGER_WORKERS)
    assert [(each.key, each.cause.code.value) for each in result.orphans] == [
        ("V1", "unknown-reference"),
        ("V2", "unknown-reference"),
        ("V3", "unknown-reference"),
    ]


def write_folder(folder, *, worker_keys=None):
    """The small plan's data as a folder: workers in Parquet, everything else in CSV."""
    keys = worker_keys or {}
    changed = {name: pa.array([keys.get(cell) for cell in small_plan.WORKERS[name]]) for name in ("worker", "chief")}
    pq.write_table(small_plan.arrow(small_plan.with_changes(small_plan.WORKERS, changed if keys else {})),
                   folder / "worker.parquet")  # fmt: skip
    visits = {**small_plan.VISITS, "worker": [str(keys.get(key, key)) for key in small_plan.VISITS["worker"]]}
    csv_tables = {"store": small_plan.STORES, "visit": visits}
    csv_tables |= {f"parameters.{entity}": columns for entity, columns in small_plan.PARAMETERS.items()}
    for name, columns in csv_tables.items():
        with (folder / f"{name}.csv").open("w", encoding="utf-8", newline="") as file:
            writer = csv.writer(file)
            writer.writerow(columns)
            writer.writerows(zip(*columns.values(), strict=True))


def run_folder(folder):
    return run_tables(PLAN, read_plan_folder(PLAN, folder).tables, PERIOD, EVERYBODY)


def test_a_folder_of_csv_and_parquet(tmp_path):
    write_folder(tmp_path)
    assert lines(run_folder(tmp_path)) == LINES


def test_csv_keys_are_integers_where_parquet_says_so(tmp_path):
    write_folder(tmp_path, worker_keys={"A": 101, "B": 102, "C": -3})
    result = run_folder(tmp_path)
    assert lines(result) == {101: LINES["A"], 102: LINES["B"], -3: LINES["C"]}
    assert not result.orphans


def test_keys_may_use_all_digits_of_an_integer(tmp_path):
    large = {"A": 2**63 - 1, "B": -(2**63), "C": 10**18}
    write_folder(tmp_path, worker_keys=large)
    assert lines(run_folder(tmp_path)) == {large[name]: LINES[name] for name in "ABC"}


def test_keys_may_be_unsigned():
    keys = pa.array([2**64 - 1, 2**63, 7], pa.uint64())
    chiefs = pa.array([None, 2**64 - 1, 2**64 - 1], pa.uint64())
    result = run(worker={"worker": keys, "chief": chiefs}, visit={"worker": pa.array([2**64 - 1] * 3, pa.uint64())})
    assert not result.orphans
    assert result.lines["worker"].to_pylist() == keys.to_pylist()


def test_an_empty_text_is_no_key():
    assert rejected(worker={"store": ["S1", "", "S1"]}) == [
        ("B", "null", "store of worker B is empty, expected the key of a store")
    ]
    result = run(worker={"worker": ["A", "B", ""]})
    assert [(each.key, each.code.value) for each in result.rejects] == [(None, "null-key")]


ORPHANED = {"worker": ["A", "X", "X"]}


def test_rows_that_belong_to_nobody_are_bounded_too():
    def bounded(share):
        return run(rules=RunRules(on_reject_share=share), visit=ORPHANED)

    assert len(bounded(Fraction(2, 3)).orphans) == 2
    with pytest.raises(DataError) as caught:
        bounded(Fraction(65, 100))
    assert str(caught.value) == (
        "error[too-many-orphans]: 2 of 3 rows of `visit` belong to nobody: worker of visit V2 is X, expected the key "
        "of a worker; no worker has this key\n"
        "table:    visit\n"
        "row:      2\n"
        "column:   worker\n"
        "value:    X\n"
        "expected: the key of a worker; no worker has this key\n"
        "help:     mend the data, or allow a larger share of rejects"
    )
    with pytest.raises(DataError, match="2 of 3 rows of `visit` belong to nobody"):
        run(rules=RunRules(on_error="raise"), visit=ORPHANED)


@pytest.mark.parametrize("written", ["0101", "+101", "101.0", "1_01", "x"])
def test_csv_text_that_is_not_written_like_an_integer_key(tmp_path, written):
    write_folder(tmp_path, worker_keys={"A": 101, "B": 102, "C": 103})
    text = (tmp_path / "visit.csv").read_text(encoding="utf-8")
    (tmp_path / "visit.csv").write_text(text.replace("V1,101,", f"V1,{written},"), encoding="utf-8")
    assert [(each.key, each.cause.value) for each in run_folder(tmp_path).orphans] == [("V1", written)]


def test_a_key_with_a_blank_is_shown_in_quotes(tmp_path):
    write_folder(tmp_path, worker_keys={"A": 101, "B": 102, "C": 103})
    text = (tmp_path / "visit.csv").read_text(encoding="utf-8")
    (tmp_path / "visit.csv").write_text(text.replace("V1,101,", '"V1\t", 101,'), encoding="utf-8")
    assert [each.cause.message for each in run_folder(tmp_path).orphans] == [
        r'worker of visit "V1\t" is " 101", expected the key of a worker; no worker has this key'
    ]


# ---------------------------------------------------------------- parameters


def test_parameters_may_be_long():
    long = {
        "store": ["S1", "S1", "S2", "S2", "S2"],
        "name": ["rate", "cap", "rate", "cap", "mark"],
        "value": ["2%", "15", "3.50%", None, "plain"],
    }
    assert lines(run(parameters={"store": long, "plan": {"name": ["wage"], "value": ["2.50"]}})) == LINES


def test_long_parameters_of_one_arrow_type():
    plan = {"name": ["wage", "base"], "value": pa.array([Decimal("2.50"), Decimal("10.00")])}
    assert lines(run(parameters={"store": small_plan.STORE_PARAMETERS, "plan": plan})) == LINES


def test_none_unsets_an_optional_parameter_and_is_a_text_elsewhere():
    changed = {**small_plan.STORE_PARAMETERS, "cap": ["none", "15"], "mark": ["plain", "none"]}
    result = run(parameters={**small_plan.PARAMETERS, "store": changed})
    assert lines(result) == {
        "A": ("20.00", "10.00", "27.00"),
        "B": ("0.00", "40.00", "0.00"),  # S2 is marked none, which is a mark like any other
        "C": ("0.00", "0.00", "26.00"),
    }


def test_a_faulty_parameter_rejects_who_reads_it():
    changed = {**small_plan.STORE_PARAMETERS, "rate": ["2%", "3.50"]}
    result = run(parameters={**small_plan.PARAMETERS, "store": changed})
    assert [(reject.key, reject.code.value, reject.message) for reject in result.rejects] == [
        ("B", "unknown-scale", "rate of store S2 is 3.50, expected a percentage with its %, or a stated scale")
    ]


@pytest.mark.parametrize(
    ("store", "plan", "message"),
    [
        ({"rates": ["2%", "3%"]}, {}, "error[unknown-parameter]: the plan has no parameter `rates` of store\n"
         "table:    parameters of store\nrow:      1\ncolumn:   rates\nhelp:     did you mean `rate`?"),
        ({"store": ["S1", "S3"]}, {}, "error[unknown-reference]: there are parameters for store S3, and no such store\n"
         "table:    parameters of store\nrow:      2\ncolumn:   store\nvalue:    S3\nexpected: the key of a store\n"
         "help:     did you mean S1?"),
        ({"store": ["S1", "S1"]}, {},
         "error[parameter-conflict]: `rate` of store S1 is set twice, to different values\n"
         "table:    parameters of store\nrow:      1 and 2\ncolumn:   rate\nvalue:    2% and 3.5%\n"
         "expected: one value\nhelp:     delete one of the two rows"),
        ({"effective_from": ["2026-10-01", None]}, {},
         "error[null]: `effective_from` of the parameters of store is empty\n"
         "table:    parameters of store\nrow:      2\ncolumn:   effective_from\n"
         "expected: a date like 2026-10-15, or a moment like 2026-10-15T14:00+08:00"),
        ({}, {"wage": ["two"]}, "error[not-a-number]: the parameter `wage` is two\ntable:    parameters\nrow:      1\n"
         "column:   wage\nvalue:    two\nexpected: an exact number, like 1234.50"),
        ({}, {"wage": [None]},
         "error[missing-parameter]: the parameter `wage` is not set, and the plan gives no default\n"
         "table:    parameters\ncolumn:   wage\nexpected: 0 .. 100 CNY per hour"),
        ({}, {"wage": ["101"]},
         "error[out-of-range]: the parameter `wage` is 101.00 CNY per hour\ntable:    parameters\n"
         "row:      1\ncolumn:   wage\nvalue:    101.00 CNY per hour\nexpected: 0 .. 100 CNY per hour"),
    ],
)  # fmt: skip
def test_parameters_that_stop_the_run(store, plan, message):
    parameters = {
        "store": small_plan.with_changes(small_plan.STORE_PARAMETERS, store),
        "plan": small_plan.with_changes(small_plan.PLAN_PARAMETERS, plan),
    }
    assert stopped(parameters=parameters) == message


def test_what_nobody_uses_is_not_read():
    # A list is no value of anything, and `extra` is no column of the plan.
    assert lines(run(worker={"extra": pa.array([[1], [2], [3]])})) == LINES
