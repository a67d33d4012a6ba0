"""Events that are held, outside, carried, or belong to nobody: both engines, and what each of them comes to."""

from dataclasses import asdict
from decimal import Decimal
from fractions import Fraction
from unittest import mock

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from paycalc.check import check_plan
from paycalc.core.errors import DataError, InternalError
from paycalc.core.span import Source
from paycalc.engine.inputs.door import DoorRules
from paycalc.engine.results.balance import Fates
from paycalc.engine.results.tables import held_table, result_tables
from paycalc.engine.running import ENGINES, RunRules, run_tables
from tests.engine.parcels_plan import PLAN, RATES, TEXT, inputs, with_changes

ANY_SHARE = RunRules(DoorRules(plan_timezone=PLAN.timezone), on_reject_share=Fraction(1))


def outcome_of(engine, tables, rules=ANY_SHARE, **options):
    return run_tables(PLAN, tables, PLAN.period.parse("2026-10"), rules, engine=engine, **options)


@pytest.fixture(params=ENGINES)
def run_with(request):
    def run(*changes, rates=RATES, rules=ANY_SHARE):
        return outcome_of(request.param, inputs(with_changes(*changes), rates), rules)

    return run


def pay_of(outcome):
    return {row["worker"]: row["piecework"] for row in outcome.lines.to_pylist()}


def held_in(outcome):
    return [(row["key"], row["code"], row["message"]) for row in held_table(outcome).to_pylist()]


# ---------------------------------------------------------------- what a run comes to


def test_dated_parameters_price_each_parcel_by_its_moment(run_with):
    detail = run_with().detail("parcel").to_pydict()
    # S1 has 0.80 a kilo all month, the region's climb until 14:00 on the 20th and none from then on; S2 its own.
    assert detail["price"] == [*(Decimal(each) for each in ("6.10", "11.20", "5.30", "6.60", "7.60")), None]
    assert detail["parcel"] == [1, 2, 3, 4, 5, 6]
    assert detail["nth"] == [1, 2, 3, 4, 1, None]
    assert detail["summed"] == [*(Decimal(each) for each in ("2.5", "6.5", "8.0", "11.0", "0.5")), None]
    assert detail["factor"] == ["2.5", "0.8", "0.375", "1/3", "0.25", None]
    assert list(detail) == ["parcel", "way", "nth", "summed", "price", "factor", "shown"]


def test_a_row_outside_the_period_counts_in_nothing_and_is_handed_back(run_with):
    outcome = run_with()
    assert pay_of(outcome) == {"W1": Decimal("29.20"), "W2": Decimal("7.60"), "W3": Decimal("0.00")}
    assert outcome.carrying == ["parcel"]
    assert outcome.carried("parcel").to_pylist() == [
        {"parcel": 6, "worker": "W2", "store": "S1", "at": "2026-11-01T00:00+08:00", "weight": "0.5", "size": "2",
         "note": "6"}
    ]  # fmt: skip
    with pytest.raises(KeyError):
        outcome.carried("stop")
    assert outcome.shown("parcel")["shown"].to_pylist() == [2, 4, 6, 8, 10, None]
    assert outcome.shown("store")["load"].to_pylist() == [Decimal("7.0"), Decimal("4.5")]


def test_the_rows_balance(run_with):
    # Parcel 4 is held for its weight, parcel 5 belongs to somebody who is rejected, parcel 2 to nobody.
    outcome = run_with(
        ("parcel", 3, "weight", None),
        ("worker", 1, "days", 32),
        ("parcel", 1, "worker", "W9"),
        ("stop", 0, "parcel", 9),
    )
    assert {name: asdict(balance) for name, balance in outcome.balances.items()} == {
        "parcel": {"rows": 6, "paid": 2, "held": 2, "rejected": 1, "outside": 1, "orphans": 0},
        "stop": {"rows": 5, "paid": 1, "held": 0, "rejected": 2, "outside": 2, "orphans": 1},
    }
    assert held_in(outcome) == [
        ("2", "unknown-reference", "worker of parcel 2 is W9, expected the key of a worker; no worker has this key"),
        ("4", "null", "weight of parcel 4 is empty, expected 0 .. 100 kg"),
    ]
    assert [(each.entity, each.key) for each in outcome.orphans] == [("stop", "T1")]
    assert [each.key for each in outcome.rejects] == ["W2"]


def test_a_balance_that_does_not_hold_is_our_mistake():
    with (
        mock.patch.object(Fates, "counted", property(lambda self: self.homeless)),
        pytest.raises(InternalError, match="the rows of parcel do not balance"),
    ):
        outcome_of("tiles", inputs())


# ---------------------------------------------------------------- what is held


def test_a_bad_parcel_is_held_and_the_others_are_paid(run_with):
    outcome = run_with(("parcel", 1, "weight", None))
    assert held_in(outcome) == [("2", "null", "weight of parcel 2 is empty, expected 0 .. 100 kg")]
    assert pay_of(outcome) == {"W1": Decimal("18.00"), "W2": Decimal("7.60"), "W3": Decimal("0.00")}
    assert outcome.detail("parcel", ["price", "nth"]).to_pydict() == {
        "parcel": [1, 2, 3, 4, 5, 6],
        "nth": [1, None, 2, 3, 1, None],
        "price": [Decimal("6.10"), None, Decimal("5.30"), Decimal("6.60"), Decimal("7.60"), None],
    }
    (held,) = outcome.held
    assert (held.entity, held.key, held.row, held.cause.column) == ("parcel", 2, 2, "weight")


def test_a_rate_that_is_missing_on_a_day_holds_the_parcels_of_that_day(run_with):
    rates = [{**each, "effective_from": "2026-10-20"} if each["store"] == "S2" else each for each in RATES]
    outcome = run_with(rates=rates)
    assert held_in(outcome) == [
        ("2", "missing-parameter", "fee of store S2 is not set on 2026-10-15, expected 0 .. 100 CNY")
    ]
    assert pay_of(outcome)["W2"] == Decimal("7.60")


def test_what_only_shows_read_holds_nothing(run_with):
    outcome = run_with(("parcel", 1, "note", 10))
    assert (held_in(outcome), len(outcome.rejected)) == ([], 0)
    assert [(each.entity, each.key, each.line) for each in outcome.withheld] == [
        ("parcel", 2, "shown"),
        ("worker", "W1", "noted"),
    ]
    # A held row is in no sum, so its faults keep nothing back any more.
    outcome = run_with(("parcel", 1, "note", 10), ("parcel", 1, "weight", -1))
    assert [(each.key, each.cause.code) for each in outcome.held] == [(2, "out-of-range")]
    assert list(outcome.withheld) == []


def test_what_arises_in_computing_holds_its_row_in_rounds(run_with):
    # 11 lies outside the keys of the table, which shows in computing alone.
    outcome = run_with(("parcel", 2, "size", 11), ("parcel", 4, "size", 12), ("parcel", 0, "weight", None))
    assert held_in(outcome) == [
        ("1", "null", "weight of parcel 1 is empty, expected 0 .. 100 kg"),
        ("3", "table-range", "size 11 lies outside the key's range 0 .. 10, in price of parcel 3"),
        ("5", "table-range", "size 12 lies outside the key's range 0 .. 10, in price of parcel 5"),
    ]
    assert pay_of(outcome) == {"W1": Decimal("17.80"), "W2": Decimal("0.00"), "W3": Decimal("0.00")}
    assert outcome.detail("parcel", ["nth"])["nth"].to_pylist() == [None, 1, None, 2, None, None]


def test_what_is_no_longer_counted_may_change_who_is_rejected(run_with):
    changes = [("parcel", at, "worker", "W2") for at in range(3)]
    assert [each.cause.code for each in run_with(*changes).rejects] == ["assert-failed"]
    outcome = run_with(*changes, ("parcel", 2, "size", 11), ("parcel", 1, "weight", None))
    assert [each.key for each in outcome.rejects] == []
    assert [each.key for each in outcome.held] == [2, 3]


def test_what_is_faulty_in_other_rows_holds_those_that_would_pass_it_up():
    # The bonus of a worker without a number of days stands in no place of the parcel, and is out of its range.
    text = TEXT.replace("let busy ", "pay own = sum(worker.bonus of parcel)\nlet busy ")
    plan = check_plan(Source("parcels.pay", text + "let bonus : money 1 .. 100 = days * 1 CNY\n"))
    for engine in ENGINES:
        tables = inputs(with_changes(("worker", 0, "days", 32)))
        outcome = run_tables(plan, tables, plan.period.parse("2026-10"), ANY_SHARE, engine=engine)
        assert [each.key for each in outcome.rejects] == ["W1"]
        assert [(each.key, each.cause.column) for each in outcome.held] == [(at, "days") for at in (1, 2, 3, 4)]


def test_many_held_rows_stop_the_run(run_with):
    rules = RunRules(DoorRules(plan_timezone=PLAN.timezone), on_reject_share=Fraction(1, 4))
    with pytest.raises(DataError) as caught:
        run_with(("parcel", 0, "weight", None), ("parcel", 1, "weight", None), rules=rules)
    assert (caught.value.code, caught.value.table, caught.value.row, caught.value.column) == (
        "too-many-held", "parcel", "1", "weight"
    )  # fmt: skip
    assert caught.value.message == (
        "2 of 6 rows of `parcel` would be held: weight of parcel 1 is empty, expected 0 .. 100 kg [null]"
    )
    strict = RunRules(DoorRules(plan_timezone=PLAN.timezone), on_error="raise")
    with pytest.raises(DataError, match="1 of 6 rows of `parcel` would be held"):
        run_with(("parcel", 1, "weight", None), rules=strict)


def test_of_many_held_rows_the_commonest_fault_is_named(run_with):
    rules = RunRules(DoorRules(plan_timezone=PLAN.timezone), on_reject_share=Fraction(1, 4))
    with pytest.raises(DataError) as caught:
        run_with(*(("parcel", at, "worker", "W9") for at in (1, 2)), ("parcel", 0, "weight", None), rules=rules)
    assert caught.value.message.startswith(
        "3 of 6 rows of `parcel` would be held, 2 of them for unknown-reference: worker"
    )


def test_held_rows_stop_the_run_before_rejects_do(run_with):
    rules = RunRules(DoorRules(plan_timezone=PLAN.timezone), on_reject_share=Fraction(1, 10))
    faults = (("worker", 0, "days", 32), ("parcel", 4, "weight", None))
    for changes, code in ((faults, "too-many-held"), (faults[:1], "too-many-rejects")):
        with pytest.raises(DataError) as caught:
            run_with(*changes, rules=rules)
        assert caught.value.code == code


def test_details_that_are_not_there(run_with):
    outcome = run_with()
    with pytest.raises(KeyError):
        outcome.detail("plan")
    with pytest.raises(KeyError):
        outcome.detail("courier")
    with pytest.raises(ValueError, match="parcel has no line 'cost' of one value; its lines are: way, nth, summed, "):
        outcome.detail("parcel", ["cost"])
    with pytest.raises(TypeError, match="columns is the text 'price'"):
        outcome.detail("parcel", "price")


# ---------------------------------------------------------------- both engines

CHANGES = st.one_of(
    st.tuples(st.just("parcel"), st.integers(0, 5), st.just("worker"), st.sampled_from(("W1", "W2", "W3", "W9", None))),
    st.tuples(st.just("parcel"), st.integers(0, 5), st.just("store"), st.sampled_from(("S1", "S2", "S9"))),
    st.tuples(
        st.just("parcel"), st.integers(0, 5), st.just("at"),
        st.sampled_from(("2026-10-20T14:00+08:00", "2026-09-30T23:59+08:00", None, "2026-10-01T00:00+08:00")),
    ),
    st.tuples(st.just("parcel"), st.integers(0, 5), st.just("weight"), st.sampled_from(("1", "-1", None, "100"))),
    st.tuples(st.just("parcel"), st.integers(0, 5), st.just("size"), st.sampled_from((9, 10, 11, 12, 21, None))),
    st.tuples(st.just("parcel"), st.integers(0, 5), st.just("note"), st.sampled_from((9, 10, None))),
    st.tuples(st.just("parcel"), st.integers(0, 5), st.just("parcel"), st.sampled_from((1, 2, None))),
    st.tuples(st.just("stop"), st.integers(0, 4), st.just("parcel"), st.sampled_from((1, 2, 6, 9, None))),
    st.tuples(st.just("stop"), st.integers(0, 4), st.just("day"), st.sampled_from(("2026-10-01", "2026-11-01", None))),
    st.tuples(st.just("stop"), st.integers(0, 4), st.just("metres"), st.sampled_from((0, 1_001, None))),
    st.tuples(st.just("worker"), st.integers(0, 2), st.just("days"), st.sampled_from((0, 31, 32, None))),
    st.tuples(st.just("store"), st.integers(0, 1), st.just("region"), st.sampled_from(("R1", "R9", None))),
)  # fmt: skip
RATE_CHANGES = st.tuples(
    st.integers(0, 3),
    st.sampled_from(("fee", "per_kg", "climb")),
    st.sampled_from(("1", "101", None, "inherit", "none", "x")),
)


def everything(outcome):
    tables = result_tables(outcome)
    for entity in ("worker", "parcel", "stop"):
        tables[f"detail.{entity}"] = outcome.detail(entity)
    return {name: (table.schema, table.to_pydict()) for name, table in tables.items()} | {"balance": outcome.balances}


@given(st.lists(CHANGES, max_size=6), st.lists(RATE_CHANGES, max_size=2))
@settings(max_examples=150)
def test_any_faults_come_to_the_same(changes, rate_changes):
    rates = [dict(each) for each in RATES]
    for row, name, value in rate_changes:
        rates[row][name] = value
    found = []
    for engine in ENGINES:
        try:
            found.append(everything(outcome_of(engine, inputs(with_changes(*changes), rates))))
        except DataError as error:
            found.append(str(error))
    assert found[0] == found[1]


def test_tiles_and_threads_change_nothing():
    tables = inputs(with_changes(("parcel", 1, "weight", None), ("parcel", 2, "size", 11), ("parcel", 0, "size", 13)))
    expected = everything(outcome_of("reference", tables))
    for tile in (64, 1024):
        for threads in (1, 3):
            assert everything(outcome_of("tiles", tables, tile=tile, threads=threads)) == expected
