"""Reruns: what corrections make due, whom they leave alone, and which of them are refused."""

import math
from decimal import Decimal
from fractions import Fraction

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from paycalc.core.errors import DataError
from paycalc.engine.corrections import corrected
from paycalc.engine.inputs.door import DoorRules
from paycalc.engine.inputs.input_table import InputTable, TextColumn, from_arrow
from paycalc.engine.rerunning import rerun
from paycalc.engine.running import ENGINES, RunRules, run_tables
from tests.engine.parcels_plan import PARCELS, PLAN, RATES, inputs, table_of, with_changes

RULES = RunRules(DoorRules(plan_timezone=PLAN.timezone), on_reject_share=Fraction(1))


def runner(engine="tiles", **options):
    return lambda tables: run_tables(PLAN, tables, PLAN.period.parse("2026-10"), RULES, engine=engine, **options)


@pytest.fixture(params=ENGINES)
def run(request):
    return runner(request.param)


def rows_of(outcome):
    return [[row["worker"], row["piecework"], row["gross"]] for row in outcome.lines.to_pylist()]


def parcel(number, **changes):
    return {**PARCELS[number - 1], **changes}


def test_who_was_rejected_is_paid_in_full_and_new_events_bring_the_difference(run):
    before = run(inputs(with_changes(("parcel", 1, "weight", None), ("worker", 1, "days", 32))))
    assert rows_of(before) == [["W1", Decimal("18.00"), Decimal("19.75")], ["W3", Decimal("0.00"), Decimal("0.00")]]
    corrections = {
        "parcel": table_of("parcel", [PARCELS[1]]),
        "worker": table_of("worker", [{"worker": "W2", "days": 31}]),
    }
    after = rerun(before, corrections, run)
    # 11.20 for parcel 2; parcel 4 is now the fourth, and all four weigh more than 10 kg.
    assert rows_of(after) == [["W1", Decimal("11.20"), Decimal("11.46")], ["W2", Decimal("7.60"), Decimal("7.70")]]
    assert after.totals["gross"] == Fraction("19.16")
    assert (after.supplements.payees, after.supplements.in_full, after.paid_count) == (2, 1, 2)
    assert (len(after.rejected), len(after.held_rows)) == (0, 0)
    assert after.whole.totals["gross"] == Fraction("38.91")


def test_what_stays_rejected_or_held_is_listed_again(run):
    before = run(
        inputs(with_changes(("parcel", 0, "weight", None), ("parcel", 1, "weight", None), ("worker", 1, "days", 32)))
    )
    after = rerun(before, {"parcel": table_of("parcel", [PARCELS[0]])}, run)
    assert rows_of(after) == [["W1", Decimal("6.10"), Decimal("7.85")]]
    assert [each.key for each in after.held] == [2]
    assert [each.key for each in after.rejects] == ["W2"]
    again = rerun(after, {"parcel": table_of("parcel", [PARCELS[1]])}, run)
    assert rows_of(again) == [["W1", Decimal("11.20"), Decimal("11.46")]]


def test_new_rows_are_paid_too(run):
    before = run(inputs())
    new = parcel(2, parcel=7, worker="W4", weight="1")
    late = parcel(5, parcel=8, weight="1.5")
    corrections = {
        "parcel": table_of("parcel", [new, late]),
        "worker": table_of("worker", [{"worker": "W4", "days": 1}]),
    }
    after = rerun(before, corrections, run)
    # S2 pays 5 + 1 a kilo + 0.20 or 0.10 by size + 2 for the climb.
    assert rows_of(after) == [["W2", Decimal("8.60"), Decimal("8.60")], ["W4", Decimal("8.20"), Decimal("8.20")]]
    assert after.supplements.in_full == 1


def test_a_missing_rate_that_is_handed_in_pays_the_held_parcels(run):
    without = [each for each in RATES if each["store"] != "S2"]
    before = run(inputs(rates=without))
    assert [each.key for each in before.held] == [2, 5]
    after = rerun(before, {"parameters.store": table_of("parameters.store", RATES, ())}, run)
    assert rows_of(after) == [["W1", Decimal("11.20"), Decimal("11.46")], ["W2", Decimal("7.60"), Decimal("7.70")]]


def test_without_corrections_nobody_gets_anything(run):
    after = rerun(run(inputs()), {}, run)
    assert (rows_of(after), after.totals["gross"], after.supplements.payees) == ([], 0, 0)
    assert after.lines.schema == run(inputs()).lines.schema


@pytest.mark.parametrize(
    ("corrections", "line", "paid", "message"),
    [
        ([parcel(2, weight="5")], "piecework", "29.20",
         "worker W1 was paid 29.20, and `piecework` would be 30.20 now"),
        ([parcel(2, worker="W2")], "piecework", "29.20",
         "worker W1 was paid 29.20, and `piecework` would be 18.00 now"),
        ([parcel(5, weight="0.6", worker="W2"), parcel(1, weight="2.6")], "piecework", "29.20",
         "worker W1 was paid 29.20, and `piecework` would be 29.28 now"),
    ],
)  # fmt: skip
def test_what_was_paid_is_not_touched(run, corrections, line, paid, message):
    with pytest.raises(DataError) as caught:
        rerun(run(inputs()), {"parcel": table_of("parcel", corrections)}, run)
    error = caught.value
    assert (error.code, error.table, error.column, error.value) == ("paid-would-change", "worker", line, paid)
    assert error.message == message


def test_who_was_paid_is_not_rejected_later(run):
    with pytest.raises(DataError) as caught:
        rerun(run(inputs()), {"worker": table_of("worker", [{"worker": "W2", "days": None}])}, run)
    assert caught.value.message == (
        "worker W2 was paid, and would be rejected: days of worker W2 is empty, expected 0 .. 31"
    )


@pytest.mark.parametrize("money", ["decimal64", "minor"])
@pytest.mark.parametrize("columns", [None, ["net"], ["noted", "gross"]])
def test_supplements_in_any_form(money, columns):
    run = runner(money=money, columns=columns)
    before = run(inputs(with_changes(("parcel", 1, "weight", None))))
    lines = rerun(before, {"parcel": table_of("parcel", [PARCELS[1]])}, run).lines
    assert lines.schema == before.lines.schema
    (row,) = lines.to_pylist()
    gross = 1146 if money == "minor" else Decimal("11.46")
    assert row["gross" if columns != ["net"] else "net"] == gross
    if columns != ["net"]:
        assert row["noted"] == 10  # what is shown is shown as it is now


SPOILT = st.lists(
    st.one_of(
        st.tuples(st.just("parcel"), st.integers(0, 5), st.just("weight"), st.sampled_from((None, "-1"))),
        st.tuples(st.just("parcel"), st.integers(0, 5), st.just("size"), st.sampled_from((11, 21))),
        st.tuples(st.just("parcel"), st.integers(0, 5), st.just("worker"), st.sampled_from(("W9", None))),
        st.tuples(st.just("worker"), st.integers(0, 2), st.just("days"), st.just(32)),
    ),
    max_size=4,
)


@given(SPOILT)
@settings(max_examples=40)
def test_a_run_and_its_rerun_add_up_to_one_run_of_the_right_data(spoilt):
    run = runner()
    whole = run(inputs())
    before = run(inputs(with_changes(*spoilt)))
    right = {name: [rows[row] for name_, row, *_ in spoilt if name_ == name]
             for name, rows in with_changes().items() if any(each[0] == name for each in spoilt)}  # fmt: skip
    corrections = {
        name: table_of(name, list({id(each): each for each in rows}.values())) for name, rows in right.items()
    }
    after = rerun(before, corrections, run)
    for name, amount in whole.totals.items():
        assert before.totals[name] + after.totals[name] == amount
    paid = {}
    for outcome in (before, after):
        for row in outcome.lines.to_pylist():
            paid[row["worker"]] = paid.get(row["worker"], 0) + row["net"]
    assert paid == {row["worker"]: row["net"] for row in whole.lines.to_pylist()}


# ---------------------------------------------------------------- corrected tables


def corrected_parcels(table, correction):
    changed = corrected(PLAN, {"parcel": table}, {"parcel": correction})
    found = changed.tables["parcel"]
    columns = {
        name: list(column.cells) if isinstance(column, TextColumn) else column.to_pylist()
        for name, column in found.columns.items()
    }
    return columns, changed.origins["parcel"].tolist()


def arrow(**columns):
    return from_arrow("parcel", pa.table(columns), origin="parcel")


def test_rows_are_replaced_where_they_stand_and_new_ones_come_last():
    columns, origins = corrected_parcels(
        arrow(parcel=[1, 2, 3], worker=["A", "B", "C"]), arrow(parcel=[4, 2], worker=["D", "E"])
    )
    assert (columns, origins) == ({"parcel": [1, 2, 3, 4], "worker": ["A", "E", "C", "D"]}, [0, 1, 2, -1])


def test_a_key_that_stood_twice_stands_once():
    columns, origins = corrected_parcels(
        arrow(parcel=[1, 2, 2, None], worker=["A", "B", "C", "D"]), arrow(parcel=[2, 2], worker=["E", "F"])
    )
    assert (columns, origins) == ({"parcel": [1, 2, None, 2], "worker": ["A", "E", "D", "F"]}, [0, 1, 3, -1])


def text_table(**columns):
    return InputTable("parcel", {name: TextColumn(cells) for name, cells in columns.items()}, 1, "parcel.csv")


def test_texts_are_taken_for_values_where_they_say_exactly_one():
    stamp = pa.array(["2026-10-01T00:00:00Z"]).cast(pa.timestamp("us", "UTC"))
    table = arrow(
        parcel=[1], worker=pa.array(["A"]).dictionary_encode(), at=stamp,
        weight=pa.array([Decimal("1.5")], pa.decimal128(10, 1)), size=pa.array([3], pa.int16()), unused=[1],
    )  # fmt: skip
    correction = text_table(parcel=["1"], worker=["B"], at=["2026-10-02T08:00+08:00"], weight=["2.0"], size=["7"])
    columns, origins = corrected_parcels(table, correction)
    assert origins == [0]
    assert columns["at"][0].isoformat() == "2026-10-02T00:00:00+00:00"
    assert {name: cells for name, cells in columns.items() if name != "at"} == {
        "parcel": [1], "worker": ["B"], "weight": [Decimal("2.0")], "size": [7],
    }  # fmt: skip
    columns, _ = corrected_parcels(
        text_table(parcel=["1"], weight=["1"]), arrow(parcel=["2"], weight=pa.array([Decimal("2.5")]))
    )
    assert columns == {"parcel": ["1", "2"], "weight": ["1", "2.5"]}


@pytest.mark.parametrize(
    ("first", "second"), [("decimal128", "minor"), ("minor", "decimal64"), ("minor", "decimal128")]
)
def test_a_rerun_may_give_amounts_in_another_form(first, second):
    spoilt = with_changes(("parcel", 1, "weight", None), ("worker", 1, "days", 32))
    before = runner(money=first)(inputs(spoilt))
    after = rerun(before, {"parcel": table_of("parcel", [PARCELS[1]])}, runner(money=second))
    places = 2 if second == "minor" else 0
    assert rows_of(after) == [["W1", Decimal("11.20").scaleb(places), Decimal("11.46").scaleb(places)]]
    assert after.totals["gross"] == Fraction("11.46")
    with pytest.raises(DataError) as caught:
        rerun(before, {"worker": table_of("worker", [{"worker": "W1", "days": 40}])}, runner(money=second))
    assert caught.value.code == "paid-would-change"


@pytest.mark.parametrize(
    ("table", "correction", "code", "message"),
    [
        (arrow(parcel=[1], weight=["1"]), arrow(parcel=[1]), "missing-column",
         "the corrections of `parcel` have no column `weight`, which its table has"),
        (arrow(parcel=[1], weight=["1"]), arrow(parcel=[1], weight=[1.5]), "wrong-type",
         "`weight` in the corrections of `parcel` does not go together with its table: double"),
        (arrow(parcel=[1], weight=pa.array([Decimal("1.5")])), arrow(parcel=[1], weight=["x"]), "wrong-type",
         "`weight` in the corrections of `parcel` does not go together with its table: "),
        (arrow(parcel=[1], weight=[15]), text_table(parcel=["1"], weight=["1.5"]), "wrong-type",
         "`weight` in the corrections of `parcel` does not go together with its table: text"),
        (text_table(parcel=["1"], size=["1"]), arrow(parcel=["1"], size=[1]), "wrong-type",
         "`size` in the corrections of `parcel` does not go together with its table: int64"),
        (arrow(parcel=[101], size=[1]), arrow(parcel=["0101"], size=[1]), "wrong-type",
         "`parcel` in the corrections of `parcel` does not go together with its table: 0101"),
        (arrow(parcel=[1], size=[1]), arrow(parcel=["1"], size=["0x10"]), "wrong-type",
         "`size` in the corrections of `parcel` does not go together with its table: 0x10"),
        (arrow(parcel=[1], weight=pa.array([Decimal("1.5")])), arrow(parcel=[1], weight=["1e1"]), "wrong-type",
         "`weight` in the corrections of `parcel` does not go together with its table: 1e1"),
        (arrow(parcel=[1], weight=pa.array([1.5], pa.float32())), arrow(parcel=[1], weight=[9999999.99]), "wrong-type",
         "`weight` in the corrections of `parcel` does not go together with its table: double"),
    ],
)  # fmt: skip
def test_corrections_of_another_form_are_refused(table, correction, code, message):
    with pytest.raises(DataError) as caught:
        corrected(PLAN, {"parcel": table}, {"parcel": correction})
    assert caught.value.code == code
    assert caught.value.message.startswith(message)


def test_floats_of_another_width_stay_what_they_are():
    narrow, wide = pa.array([1.5, None, math.nan], pa.float32()), pa.array([2.5, None, math.nan])
    for table, correction in ((narrow, wide), (wide, narrow)):
        columns, _ = corrected_parcels(
            arrow(parcel=[1, 2, 3], weight=table), arrow(parcel=[1, 2, 3], weight=correction)
        )
        assert str(columns["weight"]) == str(correction.to_pylist())


def test_corrections_of_another_scale_are_refused():
    scaled = pa.field("weight", pa.int64(), metadata={b"paycalc.scale": b"1"})
    schema = pa.schema([pa.field("parcel", pa.int64()), scaled])
    correction = from_arrow("parcel", pa.table([[1], [15]], schema=schema), origin="parcel")
    with pytest.raises(DataError) as caught:
        corrected(PLAN, {"parcel": arrow(parcel=[1], weight=[1])}, {"parcel": correction})
    assert (caught.value.code, caught.value.value, caught.value.expected) == ("unknown-scale", "1", "no scale")
    same = from_arrow("parcel", pa.table([[1], [25]], schema=schema), origin="parcel")
    assert corrected_parcels(correction, same)[0] == {"parcel": [1], "weight": [25]}
