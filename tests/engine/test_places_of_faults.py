"""Where a fault says that it stands, and how results are given."""

from decimal import Decimal

import pyarrow as pa
import pytest

import paycalc

PLAN = """plan placed
  currency CNY
  period   month
  payee    worker
entity store
entity worker
  store : store
  sales : money 0 .. 100_000
parameters of store
  rate : percent(2) 0% .. 40%
pay bonus = round(sales * store.rate)
show share = round(bonus / (sales + 1 CNY), 4)
"""
WORKERS = pa.table({"worker": ["A", "B"], "store": ["S1", "S2"], "sales": ["100", "300"]})
STORES = pa.table({"store": ["S0", "S1", "S2"]})


def result_of(engine, rates, **options):
    tables = {"worker": WORKERS, "store": STORES}
    plan = paycalc.compile(PLAN)
    return plan.run(tables, period="2026-10", parameters={"store": rates}, engine=engine, **options)


@pytest.mark.parametrize("engine", ["tiles", "reference"])
def test_a_faulty_parameter_stands_in_the_table_of_parameters(engine):
    rates = pa.table({"store": ["S2", "S1", "S0"], "rate": ["10%", "55%", "1%"]})
    result = result_of(engine, rates, on_reject_share="50%")
    (reject,) = result.rejects.to_pylist()
    place = (reject["cause_table"], reject["cause_row"], reject["cause_key"], reject["cause_column"])
    assert place == ("parameters.store", 2, "S1", "rate")
    with pytest.raises(paycalc.DataError) as caught:
        result_of(engine, rates)
    assert (caught.value.table, caught.value.row, caught.value.column) == ("parameters.store", "2", "rate")


@pytest.mark.parametrize("engine", ["tiles", "reference"])
def test_a_parameter_that_nothing_sets_is_missed_at_its_store(engine):
    rates = pa.table({"store": ["S2"], "rate": ["10%"]})
    (reject,) = result_of(engine, rates, on_reject_share="50%").rejects.to_pylist()
    assert (reject["code"], reject["cause_table"], reject["cause_row"]) == ("missing-parameter", "store", 2)


@pytest.mark.parametrize("engine", ["tiles", "reference"])
def test_only_amounts_are_given_in_whole_cents(engine):
    rates = pa.table({"store": ["S1", "S2"], "rate": ["10%", "5%"]})
    rows = result_of(engine, rates, money="minor").lines.to_pylist()
    assert [(row["bonus"], row["share"], row["net"]) for row in rows] == [
        (1000, Decimal("0.0990"), 1000),
        (1500, Decimal("0.0498"), 1500),
    ]


@pytest.mark.parametrize("engine", ["tiles", "reference"])
def test_keys_that_are_no_key_at_all_have_the_same_type(engine):
    workers = WORKERS.set_column(0, "worker", pa.array([None, None], pa.int64()))
    rates = {"S1": {"rate": "1%"}, "S2": {"rate": "2%"}}
    plan = paycalc.compile(PLAN)
    result = plan.run(
        {"worker": workers, "store": STORES},
        period="2026-10",
        parameters={"store": rates},
        engine=engine,
        on_reject_share="100%",
    )
    assert (result.rejects.schema.field("worker").type, result.lines.num_rows) == (pa.string(), 0)


def test_many_small_chunks_come_to_the_same():
    rates = {"S1": {"rate": "1%"}, "S2": {"rate": "2%"}}
    chunked = pa.concat_tables([WORKERS.slice(0, 1), WORKERS.slice(1, 1)])
    plan = paycalc.compile(PLAN)
    whole, parts = (
        plan.run({"worker": workers, "store": STORES}, period="2026-10", parameters={"store": rates})
        for workers in (WORKERS, chunked)
    )
    assert parts.lines.equals(whole.lines)


@pytest.mark.parametrize(
    ("options", "error", "message"),
    [
        ({"columns": "net"}, TypeError, "^columns is the text 'net'; expected a list of names$"),
        (
            {"columns": ["nett"]},
            ValueError,
            "^no column is named 'nett'; the columns are: bonus, share, gross, net, cost$",
        ),
    ],
)
def test_columns_that_are_none(options, error, message):
    with pytest.raises(error, match=message):
        result_of("tiles", {"S1": {"rate": "1%"}, "S2": {"rate": "2%"}}, **options)


@pytest.mark.parametrize("period", [None, 202610])
def test_a_period_is_named_by_a_text(period):
    with pytest.raises(TypeError, match=r"^a period is named by a text like '2026-10', not by \w+$"):
        paycalc.compile(PLAN).bind(period=period)
