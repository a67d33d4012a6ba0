"""Piecework through the public interface: dated parameters, tables from data, held events, reruns, details."""

import pickle
import threading
from datetime import UTC, date, datetime
from decimal import Decimal
from fractions import Fraction

import pyarrow as pa
import pytest

import paycalc

TEXT = """\
plan parcels "Parcels"
  currency CNY
  period   month
  timezone Asia/Shanghai
  payee    worker

entity zone
entity worker
entity parcel dated day in worker when bad hold outside period carry
  zone   : zone
  day    : date
  weight : decimal(1) kg 0 .. 100

parameters
  fee : money 0 .. 10
table freight of zone, weight : money from data

let parcel.price = fee + freight(zone, weight)
pay piecework "Parcels" = sum(price of parcel)
"""
ZONES = pa.table({"zone": ["near", "far"]})
WORKERS = pa.table({"worker": ["W1", "W2"]})
PARCELS = pa.table(
    {
        "parcel": [1, 2, 3, 4],
        "worker": ["W1", "W1", "W2", "W2"],
        "zone": ["near", "far", "far", "near"],
        "day": ["2026-10-01", "2026-10-20", "2026-10-31", "2026-11-01"],
        "weight": ["1.0", "2.5", None, "1.0"],
    }
)
FEES = pa.table(
    {
        "effective_from": ["2026-01-01", "2026-10-15", "2026-10-15"],
        "recorded_at": ["2026-01-01", "2026-10-10", "2026-11-02"],
        "fee": ["1", "2", "3"],
    }
)
FREIGHT = pa.table(
    {"zone": ["near", "far", "far"], "weight_from": [None, None, "2"], "weight_below": [None, "2", None],
     "freight": ["0.50", "1", "1.50"]}
)  # fmt: skip
DATA = {"zone": ZONES, "worker": WORKERS, "parcel": PARCELS}
RIGHT = pa.table({"parcel": [3], "worker": ["W2"], "zone": ["far"], "day": ["2026-10-31"], "weight": ["1.0"]})


@pytest.fixture(scope="module")
def plan():
    return paycalc.compile(TEXT, name="parcels.pay")


@pytest.fixture
def bound(plan):
    return plan.bind(period="2026-10", parameters={"plan": FEES}, tables={"freight": FREIGHT})


def run(bound, **options):
    return bound.run(DATA, on_reject_share="50%", **options)


def pay_of(result):
    return dict(zip(result.lines["worker"].to_pylist(), result.lines["piecework"].to_pylist(), strict=True))


@pytest.mark.parametrize("engine", ["tiles", "reference"])
def test_a_run_with_held_and_carried_events(bound, engine):
    result = run(bound, engine=engine)
    assert pay_of(result) == {"W1": Decimal("6.00"), "W2": Decimal("0.00")}
    assert result.held.select(["entity", "key", "row", "code", "cause_column", "message"]).to_pylist() == [
        {"entity": "parcel", "key": "3", "row": 3, "code": "null", "cause_column": "weight",
         "message": "weight of parcel 3 is empty, expected 0 .. 100 kg"}
    ]  # fmt: skip
    assert result.carried("parcel").to_pylist() == [
        {"parcel": 4, "worker": "W2", "zone": "near", "day": "2026-11-01", "weight": "1.0"}
    ]
    assert result.detail("parcel").to_pydict() == {
        "parcel": [1, 2, 3, 4], "price": [Decimal("1.50"), Decimal("4.50"), None, None],
    }  # fmt: skip
    assert result.info["held"] == 1
    assert result.info["held_by_code"] == {"null": 1}
    assert result.info["balance"] == {
        "parcel": {"rows": 4, "paid": 2, "held": 1, "rejected": 0, "outside": 1, "orphans": 0}
    }


def test_only_what_was_known_counts(plan):
    parts = {"parameters": {"plan": FEES}, "tables": {"freight": FREIGHT}}
    pay = {}
    for known_at in ("2026-10-09", date(2026, 10, 10), datetime(2026, 11, 1, tzinfo=UTC), None):
        pay[str(known_at)] = pay_of(run(plan.bind(period="2026-10", known_at=known_at, **parts)))["W1"]
    assert list(pay.values()) == [Decimal(each) for each in ("4.00", "5.00", "5.00", "6.00")]
    again = pickle.loads(pickle.dumps(plan.bind(period="2026-10", known_at="2026-10-09", **parts)))
    assert pay_of(run(again))["W1"] == Decimal("4.00")
    once = plan.run(
        DATA, period="2026-10", parameters={"plan": FEES}, data_tables={"freight": FREIGHT},
        known_at="2026-11-01T18:00+08:00", on_reject_share="50%",
    )  # fmt: skip
    assert pay_of(once)["W1"] == Decimal("5.00")


@pytest.mark.parametrize(
    ("known_at", "error", "message"),
    [
        ("October", ValueError, "'October' is no day or moment; expected for example 2026-10-31"),
        ("2026-10-31T18:00", ValueError, "known_at is 2026-10-31T18:00:00, a moment without a zone"),
        (20261031, TypeError, "known_at is 20261031; expected a day or a moment"),
    ],
)
def test_a_time_that_means_nothing(plan, known_at, error, message):
    with pytest.raises(error, match=message):
        plan.bind(period="2026-10", known_at=known_at)


def test_tables_that_the_plan_does_not_have(plan):
    with pytest.raises(paycalc.DataError) as caught:
        plan.bind(period="2026-10", tables={"fright": FREIGHT})
    assert (caught.value.code, caught.value.help) == ("unknown-table", "did you mean `freight`?")


@pytest.mark.parametrize("engine", ["tiles", "reference"])
def test_a_rerun_pays_what_was_held(bound, engine):
    result = run(bound, engine=engine)
    again = result.rerun({"parcel": RIGHT}, on_reject_share="5%")
    assert pay_of(again) == {"W2": Decimal("4.00")}
    assert again.totals["net"] == Decimal("4.00")
    assert (again.held.num_rows, again.info["supplements"]) == (0, {"payees": 1, "in_full": 0})
    assert again.info["balance"]["parcel"]["paid"] == 3
    assert (again.info["engine"], again.info["paid"]) == (engine, 1)
    assert pay_of(again.rerun()) == {}
    # What was paid stays as it is, and can be run again from there.
    assert pay_of(result) == {"W1": Decimal("6.00"), "W2": Decimal("0.00")}


def test_a_rerun_with_other_parameters_tables_and_times(bound):
    result = run(bound)
    with pytest.raises(paycalc.DataError) as caught:
        result.rerun({"parcel": RIGHT}, known_at="2026-10-31")
    assert (caught.value.code, caught.value.message) == (
        "paid-would-change", "worker W1 was paid 6.00, and `piecework` would be 5.00 now"
    )  # fmt: skip
    cheaper = FREIGHT.set_column(3, "freight", pa.array(["0.50", "0.75", "1.50"]))
    again = result.rerun({"parcel": RIGHT}, tables={"freight": cheaper})
    assert pay_of(again) == {"W2": Decimal("3.75")}
    assert pay_of(again.rerun({"parcel": RIGHT})) == {}
    with pytest.raises(TypeError, match="rerun\\(\\) has no option 'period'"):
        result.rerun(period="2026-11")


def test_details_are_computed_when_they_are_asked_for(bound):
    result = run(bound, columns=["net"])
    assert result.detail("parcel", ["price"]).column_names == ["parcel", "price"]
    assert result.detail("parcel", iter(["price"])).column_names == ["parcel", "price"]
    assert result.detail("worker").to_pydict() == {
        "worker": ["W1", "W2"], "piecework": [Decimal("6.00"), Decimal("0.00")],
    }  # fmt: skip
    with pytest.raises(KeyError, match="'zones' has no rows in this run; these have: "):
        result.detail("zones")
    with pytest.raises(KeyError, match="'worker' has no rows that are carried; these have: parcel"):
        result.carried("worker")


def test_threads_share_a_result(bound):
    result = run(bound)
    found = []

    def ask():
        found.append((result.detail("parcel").to_pydict(), str(result.explain("W1", "piecework"))))
        found.append((result.rerun({"parcel": RIGHT}).totals["net"], ""))

    threads = [threading.Thread(target=ask) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(found) == 8
    assert len({str(each) for each in found}) == 2


def test_an_amount_is_explained_down_to_the_parcel(bound):
    result = run(bound)
    assert str(result.explain("W1", "piecework", events=0)).splitlines()[2:] == [
        "  sum(price of parcel) = 6.00 CNY, over 2 rows of parcel",
        "    parcel 2: 4.50 CNY",
        "    parcel 1: 1.50 CNY",
        "    how each came about: explain(2, 'parcel.price')",
    ]
    assert str(result.explain(2, "parcel.price")).splitlines() == [
        "price of parcel 2, 2026-10: 4.50 CNY                                                  parcels.pay:18",
        "  = fee + freight(zone, weight)",
        "  = 3.00 CNY + freight(far, 2.5 kg)",
        "  = 3.00 CNY + 1.50 CNY",
        "  freight(far, 2.5 kg): row `far, 2.0 kg.. : 1.50 CNY` of its data",
        "  fee       3.00 CNY  set for the plan since 2026-10-15 (row 3 of the parameters)",
        "  zone           far  parcel 2, row 2",
        "  weight      2.5 kg  parcel 2, row 2",
        "  day     2026-10-20  parcel 2, row 2",
    ]
    assert result.explain(3, "parcel.price").value is None
    assert result.explain("W1", "piecework").value == Fraction(6)


@pytest.mark.parametrize("engine", ["tiles", "reference"])
def test_the_tables_of_another_month_are_a_wrong_file(plan, engine):
    december = plan.bind(period="2026-12", parameters={"plan": FEES}, tables={"freight": FREIGHT})
    with pytest.raises(paycalc.DataError) as raised:
        december.run(DATA, engine=engine)
    error = raised.value
    assert (error.code, error.table, error.column) == ("nothing-in-period", "parcel", "day")
    assert error.message == "none of the 4 rows of `parcel` lies in 2026-12"
    assert error.expected == "dates from 2026-12-01 to 2026-12-31"
    passed_over = december.run(DATA, engine=engine, on_reject_share="100%")
    assert passed_over.info["balance"]["parcel"]["outside"] == 4
    without_rows = december.run({**DATA, "parcel": PARCELS.slice(0, 0)}, engine=engine)
    assert without_rows.totals["net"] == 0


def test_a_result_says_whose_it_is_and_what_is_no_number_of_events(bound):
    result = bound.run(DATA, on_reject_share="50%")
    assert repr(result) == "<paycalc.Result of parcels, 2026-10: 2 paid, 0 rejected>"
    for events in (-1, "x", True):
        with pytest.raises(ValueError, match=rf"^events is {events!r}; expected a whole number from 0 on$"):
            result.explain("W1", "piecework", events=events)


def test_names_that_are_no_texts(bound):
    with pytest.raises(TypeError, match=r"^a scale is stated for 5; expected the name of a column, like worker.sales$"):
        bound.run(DATA, scales={5: 2})
    with pytest.raises(TypeError, match=r"^assume_timezone is 5; expected the name of a time zone$"):
        bound.run(DATA, assume_timezone=5)
