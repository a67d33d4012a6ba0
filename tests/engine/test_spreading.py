"""The columnar spread and the lazy dataset, against those of the reference, on any mixture of faults."""

from dataclasses import fields as fields_of
from unittest import mock

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from paycalc.check.typed import PLAN_GRAIN, Assertion, Line, Parameter, Reference, Total
from paycalc.engine.decoding.lazy_dataset import lazy_dataset
from paycalc.engine.decoding.member_rows import SCANS_MAX, MemberRows
from paycalc.engine.faults import settling, spreading
from paycalc.engine.faults.reading import reading_of
from paycalc.engine.faults.spreading import ColumnarSpread
from paycalc.reference.interpreter import Evaluator
from paycalc.reference.run import arising, find_rejects
from tests.engine import small_plan
from tests.engine.encoded_by_hand import encoded
from tests.reference.plan_runs import data_of, plan_of
from tests.reference.test_spread import CHANGES, PLAN, RATES, tables_with

READING = reading_of(PLAN)


def spread_of(data):
    """The columnar spread of a reference's dataset, with what arises in computing."""
    as_columns = encoded(data)
    spread = ColumnarSpread(as_columns, reading_of(data.plan))
    evaluator = Evaluator(lazy_dataset(as_columns))
    rejected = set(spread.rejects.rows.tolist())
    arisen = {row: arising(evaluator, row) for row in range(as_columns.counts[data.plan.payee]) if row not in rejected}
    spread.add_rejects({row: found for row, found in arisen.items() if found is not None})
    return spread


def assert_same(data):
    """All in rounds, all settled in the order of marks, and the rest so after a round; few rows are a list, or none."""
    expected = find_rejects(Evaluator(data))
    for rounds, few in ((1_000, 64), (0, 64), (1, 64), (0, 0), (0, 1)):
        with mock.patch.object(spreading, "_ROUNDS_MAX", rounds), mock.patch.object(settling, "_FEW_ROWS", few):
            assert_same_spread(data, expected, spread_of(data))


def assert_same_spread(data, expected, found):
    assert found.rejects.rows.tolist() == sorted(expected.rejected)
    causes = found.causes_of(found.rejects)
    rules = found.rules()
    for at, row in enumerate(found.rejects.rows.tolist()):
        rule = None if rules[at] < 0 else found.reading.rules[rules[at]]
        assert (found.causes[causes[at]], rule) == (expected.rejected[row], expected.rules[row])
        assert found.reject_of(row) == (expected.rejected[row], expected.rules[row]) == expected.reject_of(row)
    # Nobody asks what has reached an assert but for the rule above.
    places = {place for place, _ in expected.reached if not isinstance(place, Assertion)}
    places |= {*data.plan.lines, *data.plan.totals.values()}
    for place in places:
        for row in range(data.entities[getattr(place, "entity", data.plan.payee)].count):
            if isinstance(place, Line | Total) or (place, row) in expected.reached:
                assert found.fault_at(place, row) == expected.fault_at(place, row), (place, row)
    codes = [found.causes.code(cause) for cause in range(len(found.causes))]
    assert codes == [fault.code for fault in found.causes]
    assert [fault.order for fault in found.causes] == sorted(fault.order for fault in found.causes)


@given(st.lists(CHANGES, max_size=6), st.lists(st.sampled_from(("S1", "S2", "S3")), unique=True))
def test_it_reaches_what_the_reference_reaches(changes, unset):
    tables = tables_with(*changes)
    keys = {row["store"] for row in tables["store"]}
    rates = {key: value for key, value in RATES.items() if key not in unset and key in keys}
    assert_same(data_of(PLAN, parameters={"store": rates}, **tables))


BOSSES = plan_of(
    """entity worker
  boss : worker optional
  area : worker optional
  sales : money 0 .. 1_000
  bonus : money 0 .. 1_000
pay base = sales
pay own = round(sum(bonus of worker via area) * 5%)
pay override = round(sum(base of worker via boss) * 5%)
show deep = sum(net of worker via area) + sum(override of worker via boss)
show plan.all = sum(net of worker)
assert net < 3_000 "too much"
"""
)


@given(
    st.lists(st.tuples(*[st.sampled_from((None, 0, 1, 2, 3, 4, 5, 6))] * 2), min_size=7, max_size=7),
    st.lists(st.sampled_from((5, -1, None, 900)), min_size=14, max_size=14),
    st.lists(st.sampled_from(range(7)), min_size=7, max_size=7),
)
def test_it_follows_payees_who_lead_each_other(leaders, amounts, keys):
    rows = [
        {"worker": keys[at] if keys[at] < 3 else at, "boss": boss, "area": area,
         "sales": amounts[2 * at], "bonus": amounts[2 * at + 1]}
        for at, (boss, area) in enumerate(leaders)
    ]  # fmt: skip
    assert_same(data_of(BOSSES, worker=rows))


def test_a_long_line_of_command_is_followed_to_its_end():
    rows = [{"worker": at, "boss": at - 1 if at else None, "area": None, "sales": 1, "bonus": 1} for at in range(300)]
    rows[299]["sales"] = -1
    found = spread_of(data_of(BOSSES, worker=rows))
    assert found.rejects.rows.tolist() == list(range(300))
    assert len(found.causes) == 1


LINE_LENGTH = 20_000
LINE_PLAN = plan_of(
    """entity worker
  boss : worker optional
  sales : money 0 .. 1_000
pay base = sales
pay share = round(default(boss.base, 0) * 10%)
pay override = round(sum(base of worker via boss) * 5%)
"""
)


@pytest.mark.parametrize(
    "faulty",
    [range(LINE_LENGTH), [0], [LINE_LENGTH - 1], range(0, LINE_LENGTH, 100), range(LINE_LENGTH // 2, LINE_LENGTH)],
    ids=("everybody", "the first", "the last", "every hundredth", "the second half"),
)
def test_the_length_of_a_line_of_command_does_not_multiply_the_work(faulty):
    rows = [{"worker": at, "boss": at - 1 if at else None, "sales": 1} for at in range(LINE_LENGTH)]
    for at in faulty:
        rows[at]["sales"] = None
    found = ColumnarSpread(encoded(data_of(LINE_PLAN, worker=rows)), reading_of(LINE_PLAN))
    assert found.rejects.rows.tolist() == list(range(LINE_LENGTH))
    # All hang together, so the first fault of all rejects everybody.
    assert set(found.causes_of(found.rejects).tolist()) == {0}
    assert found.causes[0].key == min(faulty)
    assert found.steps < 200 * LINE_LENGTH


@given(st.lists(st.sampled_from((-1, 0, 1, 2, 3)), min_size=1, max_size=40), st.sets(st.sampled_from((0, 1, 2, 3))))
def test_the_rows_that_lead_to_rows(targets, asked):
    plan = plan_of("entity store\nentity worker\n  store : store optional\npay p = 1\nshow store.n = count(worker)\n")
    workers = [{"worker": at, "store": None if target < 0 else target} for at, target in enumerate(targets)]
    data = encoded(data_of(plan, store=[{"store": at} for at in range(4)], worker=workers))
    members = MemberRows(data)
    reference = plan.entities["worker"].references["store"]
    wanted = np.array(sorted(asked), np.int64)
    expected = {row: target for row, target in enumerate(targets) if target in asked}
    for _ in range(SCANS_MAX + 2):
        rows, positions = members.expand(reference, wanted)
        assert dict(zip(rows.tolist(), wanted[positions].tolist(), strict=True)) == expected
    assert members.of(reference, 1).tolist() == [row for row, target in enumerate(targets) if target == 1]


# ---------------------------------------------------------------- the dataset


def assert_same_dataset(found, expected):
    assert found.entities.keys() == expected.entities.keys()
    for name, rows in expected.entities.items():
        there = found.entities[name]
        assert (there.count, list(there.keys)) == (rows.count, list(rows.keys))
        assert dict(there.row_of) == dict(rows.row_of)
        assert dict(there.faults) == dict(rows.faults)
    for part in ("cells", "targets"):
        assert {field: list(cells) for field, cells in getattr(found, part).items()} == {
            field: list(cells) for field, cells in getattr(expected, part).items()
        }
    for field, cells in expected.cells.items():
        if isinstance(field, Parameter):
            rows = range(len(cells))
            assert [found.settings.at_end(field, row) for row in rows] == [
                expected.settings.at_end(field, row) for row in rows
            ]
        assert [cell.__class__ for cell in found.cells[field]] == [cell.__class__ for cell in cells]
    assert {reference: dict(members) for reference, members in found.members.items()} == expected.members
    assert {each: set(rows) for each, rows in found.defaulted.items()} == expected.defaulted
    crowded = {reference: dict(faults) for reference, faults in found.crowded.items()}
    assert crowded == {reference: faults for reference, faults in expected.crowded.items() if faults}
    assert [fault for *_, fault in found.faults] == [fault for *_, fault in expected.faults]
    assert len(found.faults) == len(expected.faults)
    for row in range(expected.entities[expected.plan.payee].count):
        for reference in expected.targets:
            if reference.target == expected.plan.payee:
                there, here = (each.members_of(reference.entity, reference, row) for each in (found, expected))
                assert list(there) == list(here)


@given(st.lists(CHANGES, max_size=6))
def test_it_holds_what_the_reference_admits(changes):
    tables = tables_with(*changes)
    stores = {row["store"] for row in tables["store"]}
    expected = data_of(PLAN, parameters={"store": {"S3": RATES["S3"]} if "S3" in stores else {}}, **tables)
    assert_same_dataset(lazy_dataset(encoded(expected)), expected)


def test_values_of_every_type_are_those_of_the_reference():
    plan = small_plan.plan()
    tables = {
        name: [dict(zip(columns, row, strict=True)) for row in zip(*columns.values(), strict=True)]
        for name, columns in small_plan.TABLES.items()
    }
    parameters = {"store": {"S1": {"rate": "2%", "cap": "15"}, "S2": {"rate": "3.50%"}}, "plan": {"wage": "2.50"}}
    expected = data_of(plan, parameters=parameters, **tables)
    found = lazy_dataset(encoded(expected))
    assert_same_dataset(found, expected)
    at = next(iter(plan.entities["visit"].columns.values()))
    assert found.cells[at][0].utcoffset() == expected.cells[at][0].utcoffset()
    assert [found.row(PLAN_GRAIN, None), found.row("worker", "B"), found.row("worker", "X")] == [0, 1, None]
    first, second = Evaluator(expected), Evaluator(found)
    for line in plan.lines:
        for row in range(expected.entities[line.entity].count):
            assert second.value(line, row) == first.value(line, row)
    assert {each.name for each in fields_of(found)} == {each.name for each in fields_of(expected)}
    assert isinstance(next(iter(found.targets)), Reference)
