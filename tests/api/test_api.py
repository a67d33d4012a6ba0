"""What users import: compile, bind, run, explain."""

import os
import pickle
import subprocess
import sys
import threading
from datetime import date
from decimal import Decimal
from fractions import Fraction

import pyarrow as pa
import pytest

import paycalc
from tests.cli.command import FAULT, FAULTY, PLAN, environment
from tests.engine import small_plan

WORKERS = pa.table({"worker": ["A", "B"], "sales": ["100.00", "200.05"]})
DATA = {"worker": WORKERS}


@pytest.fixture(scope="module")
def plan():
    return paycalc.compile(PLAN, name="bonus.pay")


@pytest.fixture(scope="module")
def visits():
    return paycalc.compile(small_plan.TEXT, name="visits.pay")


# ---------------------------------------------------------------- compile


def test_a_plan_is_compiled(plan):
    assert (plan.name, plan.title, plan.text) == ("bonus", "Bonus", PLAN)
    assert repr(plan) == "<paycalc.Plan bonus>"
    assert [row.name for row in plan.ranges() if row.name] == ["bonus"]


def test_a_faulty_plan_shows_its_faults():
    with pytest.raises(paycalc.PlanError) as caught:
        paycalc.compile(FAULTY, name="bonus.pay")
    assert str(caught.value) + "\n" == FAULT
    assert [diagnostic.id for diagnostic in caught.value.diagnostics] == ["unknown-name"]


@pytest.mark.parametrize("text", [PLAN.encode(), None, 3])
def test_a_plan_is_text(text):
    with pytest.raises(TypeError, match=r"^a plan is text, not \w+; decode bytes as UTF-8$"):
        paycalc.compile(text)


def test_a_plan_pickles_as_its_text(plan):
    pickled = pickle.dumps(plan)
    assert len(pickled) < len(PLAN) + 200
    again = pickle.loads(pickled)
    assert (again.text, again.typed.source.name) == (PLAN, "bonus.pay")
    assert again.run(DATA, period="2026-10").totals == plan.run(DATA, period="2026-10").totals


def test_the_examples_of_a_plan(plan):
    (outcome,) = plan.examples()
    assert (outcome.title, outcome.passed, outcome.expectation_count) == ("ten percent", True, 1)


# ---------------------------------------------------------------- bind and run


@pytest.mark.parametrize("engine", ["tiles", "reference"])
def test_scales_are_said_once_for_all_runs_of_a_bound_plan(plan, engine):
    rates = pa.table({"rate": pa.array([2000], pa.int16())})
    bound = plan.bind(period="2026-10", parameters={"plan": rates}, scales={"plan.rate": "ratio:4"})
    for _ in range(2):
        assert bound.run(DATA, engine=engine).totals["bonus"] == Decimal("60.01")
    assert bound.run(DATA, engine=engine, scales={"plan.rate": "ratio:5"}).totals["bonus"] == Decimal("6.00")
    assert bound.run(DATA, engine=engine).totals["bonus"] == Decimal("60.01")
    again = pickle.loads(pickle.dumps(bound))
    assert again.run(DATA, engine=engine).totals["bonus"] == Decimal("60.01")


def test_a_run(plan):
    result = plan.bind(period="2026-10", parameters={"plan": {"rate": "20%"}}).run(DATA)
    assert result.lines.to_pydict() == {
        "worker": ["A", "B"],
        "bonus": [Decimal("20.00"), Decimal("40.01")],
        "gross": [Decimal("20.00"), Decimal("40.01")],
        "net": [Decimal("20.00"), Decimal("40.01")],
        "cost": [Decimal("20.00"), Decimal("40.01")],
    }
    assert result.totals == {name: Decimal("60.01") for name in ("bonus", "gross", "net", "cost")}
    assert [str(amount) for amount in result.totals.values()] == ["60.01"] * 4
    seconds = result.info["seconds"]
    assert list(seconds)[:3] == ["door", "faults: spread", "computing"]
    assert {key: value for key, value in result.info.items() if key != "seconds"} == {
        "plan": "bonus",
        "period": "2026-10",
        "currency": "CNY",
        "engine": "tiles",
        "threads": os.cpu_count(),
        "payees": 2,
        "paid": 2,
        "rejected": 0,
        "rejected_by_code": {},
        "withheld": 0,
        "orphans": 0,
        "held": 0,
        "held_by_code": {},
        "balance": {},
    }
    assert (result.rejects.num_rows, result.withheld.num_rows, result.orphans.num_rows) == (0, 0, 0)


def test_binding_and_running_in_one(plan):
    options = {"period": "2026-10", "parameters": {"plan": {"rate": "20%"}}}
    assert plan.run(DATA, **options).lines.equals(plan.bind(**options).run(DATA).lines)


def test_a_bound_plan_says_what_it_is(plan):
    bound = plan.bind(period="2026-10")
    assert (repr(bound), bound.period, bound.plan) == ("<paycalc.BoundPlan bonus 2026-10>", "2026-10", plan)


def test_columns_may_be_named_by_any_iterable(plan):
    lines = plan.run(DATA, period="2026-10", columns=(name for name in ["net"])).lines
    assert lines.column_names == ["worker", "net"]


def test_lines_follow_the_rows_of_the_payee(plan):
    turned = {"worker": WORKERS.take([1, 0])}
    assert plan.run(turned, period="2026-10").lines.equals(plan.run(DATA, period="2026-10").lines.take([1, 0]))


def test_all_that_a_run_takes(visits):
    workers = small_plan.arrow({**small_plan.WORKERS, "sales": pa.array([100000, 200000, 300000], pa.int64())})
    naive = [text[:16] for text in small_plan.VISITS["at"]]
    calls = []
    result = visits.run(
        {"worker": workers, "store": small_plan.arrow(small_plan.STORES),
         "visit": small_plan.arrow({**small_plan.VISITS, "at": naive})},
        period="2026-10",
        parameters={
            "store": {"S1": {"rate": "2%", "cap": 15}, "S2": {"rate": "3.50%"}},
            "plan": {"wage": Decimal("2.50"), "base": 10},
        },
        scales={"worker.sales": 2, "store.cap": 0},
        assume_timezone="Asia/Shanghai",
        progress=lambda done, total: calls.append((done, total)),
    )  # fmt: skip
    assert result.lines["net"].to_pylist() == [Decimal("52.00"), Decimal("65.00"), Decimal("26.00")]
    assert (calls[0], calls[-1]) == ((0, 3), (3, 3))


def test_shown_lines_of_another_entity():
    text = PLAN.replace("example", 'show plan.paid "Paid" = sum(net of worker)\n\nexample')
    result = paycalc.compile(text).run(DATA, period="2026-10")
    assert result.shown("plan").to_pydict() == {"paid": [Decimal("30.01")]}
    with pytest.raises(KeyError):
        result.shown("worker")


def test_rejects_of_a_run(plan):
    workers = pa.table({"worker": ["A", "B"], "sales": ["100.00", None]})
    result = plan.run({"worker": workers}, period="2026-10", on_reject_share="50%")
    assert result.rejects.select(["worker", "row", "code", "rule", "message"]).to_pylist() == [
        {
            "worker": "B",
            "row": 2,
            "code": "null",
            "rule": "pay bonus",
            "message": "sales of worker B is empty, expected 0 .. 1_000 CNY",
        }
    ]
    assert result.info["rejected_by_code"] == {"null": 1}


@pytest.mark.parametrize("engine", ["tiles", "reference"])
@pytest.mark.parametrize(
    ("options", "code"),
    [
        ({}, "too-many-rejects"),
        ({"on_reject_share": Fraction(49, 100)}, "too-many-rejects"),
        ({"on_error": "raise"}, "null"),
    ],
)
def test_data_that_stops_a_run(plan, options, code, engine):
    workers = pa.table({"worker": ["A", "B"], "sales": ["100.00", None]})
    with pytest.raises(paycalc.DataError) as caught:
        plan.run({"worker": workers}, period="2026-10", engine=engine, **options)
    error = caught.value
    assert (error.code, error.table, error.row, error.column, error.value, error.expected) == (
        code, "worker", "2", "sales", "", "0 .. 1_000 CNY"
    )  # fmt: skip


@pytest.mark.parametrize(
    ("options", "error", "message"),
    [
        ({"period": "October"}, ValueError, "^no period of this plan: 'October'; a month is named like 2026-10$"),
        ({"parameters": {"plan": 3}}, TypeError, "^`parameters` is an int; expected an Arrow table"),
        ({"on_error": "ignore"}, ValueError, "^on_error is 'ignore'"),
        ({"on_reject_share": 0.05}, ValueError, "^0.05 is no share"),
        ({"engine": "tile"}, ValueError, "^engine is 'tile'; expected one of tiles, reference$"),
        ({"money": "float"}, ValueError, "^money is 'float'; expected one of decimal128, decimal64, minor$"),
        ({"threads": 0}, ValueError, "^threads is 0; expected a whole number from 1 on$"),
        ({"threads": True}, ValueError, "^threads is True; expected a whole number from 1 on$"),
        ({"columns": ["nett"]}, ValueError, "^no column is named 'nett'; the columns are: bonus, gross, net, cost$"),
        ({"assume_timezone": "Mars"}, ValueError, "^no time zone is named 'Mars'"),
        ({"scales": {"worker.pay": 2}}, paycalc.DataError, "a scale is stated for `worker.pay`"),
        ({"parameters": {"plan": {"rate": 0.1}}}, paycalc.DataError, "`rate` of `parameters` is a float"),
        (
            {"parameters": {"plan": {"rate": 2}}},
            paycalc.DataError,
            "`rate` of `parameters` holds integers, and nobody",
        ),
        ({"parameters": {"plan": {"rates": "2%"}}}, paycalc.DataError, "the plan has no parameter `rates`"),
    ],
)
def test_arguments_that_mean_nothing(plan, options, error, message):
    with pytest.raises(error, match=message):
        plan.run(DATA, **({"period": "2026-10"} | options))


# ---------------------------------------------------------------- explain


def test_a_value_is_explained(plan):
    explained = plan.run(DATA, period="2026-10").explain("B", "bonus")
    assert explained.value == Fraction(2001, 100)
    assert str(explained).startswith('bonus "Bonus" of worker B, 2026-10: 20.01 CNY')
    assert "= round(200.05 CNY * 10%)" in str(explained)
    assert isinstance(explained.to_json(), dict)


def test_values_of_other_entities_are_explained(visits):
    result = visits.run(
        small_plan.tables(),
        period="2026-10",
        parameters={entity: small_plan.arrow(columns) for entity, columns in small_plan.PARAMETERS.items()},
    )
    assert result.explain("S2", "store.rate").value == Fraction(7, 200)
    assert result.explain("S1", "store.open").value == date(2020, 1, 1)
    assert result.explain(None, "plan.wage").value == Fraction(5, 2)


def test_what_cannot_be_explained(plan):
    result = plan.run(DATA, period="2026-10")
    for key, line, code in (
        ("C", "bonus", "unknown-key"),
        ("A", "bonsu", "unknown-line"),
        ("A", "x.y", "unknown-line"),
    ):
        with pytest.raises(paycalc.DataError) as caught:
            result.explain(key, line)
        assert caught.value.code == code


def test_a_column_that_no_line_reads_is_not_explained():
    text = PLAN.replace("  sales : money 0 .. 1_000\n", "  sales : money 0 .. 1_000\n  age   : int 0 .. 200\n")
    result = paycalc.compile(text).run(DATA, period="2026-10")  # the column need not even be there
    with pytest.raises(paycalc.DataError) as caught:
        result.explain("A", "age")
    assert str(caught.value) == "error[not-read]: no line of the plan reads `age` of worker, so the run did not either"


@pytest.mark.parametrize("line", [None, 5, ("net",)])
def test_a_line_is_named_by_a_text(plan, line):
    result = plan.run(DATA, period="2026-10")
    with pytest.raises(TypeError, match=r"^a line is named by a text, not by "):
        result.explain("A", line)


@pytest.mark.parametrize("error", [
    lambda: paycalc.compile(FAULTY),
    lambda: paycalc.compile(PLAN).run({"worker": pa.table({"worker": ["A"], "sales": [None]})}, period="2026-10"),
])  # fmt: skip
def test_errors_travel_between_processes(error):
    with pytest.raises(paycalc.PaycalcError) as caught:
        error()
    again = pickle.loads(pickle.dumps(caught.value))
    assert (type(again), str(again)) == (type(caught.value), str(caught.value))


def test_somebody_who_was_rejected_is_explained(plan):
    workers = pa.table({"worker": ["A", "B"], "sales": ["100.00", None]})
    explained = plan.run({"worker": workers}, period="2026-10", on_reject_share="50%").explain("B", "net")
    assert explained.value is None
    assert "sales of worker B is empty" in str(explained)


# ---------------------------------------------------------------- many at once


def all_bytes(result):
    """Every table of a result, as Arrow writes it."""
    tables = [result.lines, result.shown("store"), result.rejects, result.withheld, result.orphans]
    return [serialized(table) for table in tables] + [str(result.totals)]


def serialized(table):
    sink = pa.BufferOutputStream()
    with pa.ipc.new_stream(sink, table.schema) as writer:
        writer.write_table(table)
    return sink.getvalue().to_pybytes()


FAULTY_TABLES = {
    "worker": {"sales": ["1000.00", "2000.00", None]},
    "visit": {"worker": ["A", "X", "B"]},
}


def test_one_bound_plan_serves_many_threads():
    # The first runs of a plan: its engine is made by one thread while the others wait for it.
    text = small_plan.TEXT + "show store.paid = sum(net of worker)\n"
    parameters = {entity: small_plan.arrow(columns) for entity, columns in small_plan.PARAMETERS.items()}
    tables = small_plan.tables(**FAULTY_TABLES)

    def bound():
        return paycalc.compile(text).bind(period="2026-10", parameters=parameters)

    expected = all_bytes(bound().run(tables, on_reject_share="100%", threads=1))
    fresh, found = bound(), []
    threads = [
        threading.Thread(target=lambda: found.append(all_bytes(fresh.run(tables, on_reject_share="100%"))))
        for _ in range(8)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found == [expected] * 8


def test_both_engines_give_the_same_bytes():
    text = small_plan.TEXT + "show store.paid = sum(net of worker)\n"
    parameters = {entity: small_plan.arrow(columns) for entity, columns in small_plan.PARAMETERS.items()}
    bound = paycalc.compile(text).bind(period="2026-10", parameters=parameters)
    tables = small_plan.tables(**FAULTY_TABLES)
    first, second = (bound.run(tables, on_reject_share="100%", engine=engine) for engine in ("tiles", "reference"))
    assert all_bytes(first) == all_bytes(second)
    for key, line in (("A", "net"), ("C", "share"), ("S1", "store.paid"), ("S2", "store.rate")):
        assert str(first.explain(key, line)) == str(second.explain(key, line))
    assert {**first.info, "engine": "", "threads": 0, "seconds": {}} == {
        **second.info, "engine": "", "threads": 0, "seconds": {}
    }  # fmt: skip


# ---------------------------------------------------------------- what is asked for


@pytest.mark.parametrize("engine", ["tiles", "reference"])
def test_only_the_columns_asked_for(plan, engine):
    workers = pa.table({"worker": ["A", "B"], "sales": ["100.00", None]})
    options = {"period": "2026-10", "on_reject_share": "50%", "engine": engine}
    whole = plan.run({"worker": workers}, **options)
    some = plan.run({"worker": workers}, columns=["net"], **options)
    assert some.lines.equals(whole.lines.select(["worker", "net"]))
    assert (some.totals, some.rejects) == (whole.totals, whole.rejects)
    assert plan.run({"worker": workers}, columns=[], **options).lines.column_names == ["worker"]


def test_columns_of_other_entities_bear_their_name(visits):
    text = visits.text + "show store.paid = sum(net of worker)\nshow store.size = count(worker)\n"
    parameters = {entity: small_plan.arrow(columns) for entity, columns in small_plan.PARAMETERS.items()}
    bound = paycalc.compile(text).bind(period="2026-10", parameters=parameters)
    result = bound.run(small_plan.tables(), columns=["store.size"])
    assert result.shown("store").to_pydict() == {"store": ["S1", "S2"], "size": [2, 1]}
    assert result.lines.column_names == ["worker"]
    with pytest.raises(KeyError):
        bound.run(small_plan.tables(), columns=["net"]).shown("store")


@pytest.mark.parametrize("engine", ["tiles", "reference"])
@pytest.mark.parametrize(
    ("money", "expected"),
    [
        ("decimal128", pa.array([Decimal("10.00"), Decimal("20.01")], pa.decimal128(18, 2))),
        ("decimal64", pa.array([Decimal("10.00"), Decimal("20.01")], pa.decimal64(18, 2))),
        ("minor", pa.array([1000, 2001], pa.int64())),
    ],
)
def test_amounts_are_given_as_asked(plan, money, expected, engine):
    found = plan.run(DATA, period="2026-10", money=money, engine=engine).lines["net"]
    assert (found.type, found.combine_chunks()) == (expected.type, expected)


def test_decimals_of_eight_bytes_are_the_computed_ones(plan):
    outcome = plan.run(DATA, period="2026-10", money="decimal64")._outcome
    first, again = (outcome.make_lines(0, 2)["net"].chunk(0).buffers()[1].address for _ in range(2))
    assert first == again


def test_one_result_is_explained_by_many_threads(plan):
    result = plan.run(DATA, period="2026-10")
    expected = str(result.explain("A", "net"))
    found = []
    threads = [threading.Thread(target=lambda: found.append(str(result.explain("A", "net")))) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found == [expected] * 8


def test_the_documented_names_are_all_there_is():
    names = "[name for name in dir(paycalc) if not name.startswith('_')]"
    script = f"import paycalc; print(*{names})"
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, env=environment(), timeout=60, check=True
    )
    assert set(done.stdout.split()) - {"api", "core"} == set(paycalc.__all__)
