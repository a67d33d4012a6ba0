"""Values that may be missing: where given() and default() meet them, along paths too."""

import pytest

from tests.check.checked import faults, shape_of


@pytest.mark.parametrize(
    "line",
    [
        "let x = default(bonus, 0)",
        "let x = default(bonus, 0) + default(bonus, 5)",
        "let x = default(store.cap, sales)",
        "let x = default(left, 2026-12-31)",
        "let x = default(manager.sales, 0)",
        "let x = default(manager.manager.sales, 0)",
        "let x = default(manager.mentor.revenue, 0)",
        "let x = default(manager.grade, junior)",
        "let x = if given(bonus) then bonus else 0",
        "let x = if not given(bonus) then 0 else bonus",
        "let x = if given(bonus) and bonus > 5 then bonus else 0",
        "let x = if given(bonus) and night and bonus > 5 then bonus else 0",
        "let x = if night and given(bonus) then bonus else 0",
        "let x = if not given(bonus) or bonus > 5 then 0 else bonus",
        "let x = if given(bonus) then (if night then bonus else 1) else 0",
        "let x = if given(bonus) then max(bonus, 3) + bonus * 2 else 0",
        "let x = bonus when given(bonus)",
        "let x = bonus + 5 when night and given(bonus)",
        "let x = bonus when given(bonus) and bonus > 3",
        "let x = if given(bonus) and given(score) then bonus * score else 0",
        "let x = if given(bonus) then (if given(score) then bonus * score else bonus) else 0",
        "let x = if given(manager) then manager.sales else 0",
        "let x = if given(manager.sales) then manager.sales else 0",
        "let x = if given(manager.sales) then manager.hours else 0",
        "let x = if given(manager) and manager.sales > 5 then manager.sales else 0",
        "let x = if given(manager.bonus) then manager.bonus + manager.sales else 0",
        "let x = if given(manager) then default(manager.bonus, 0) else 0",
        "let x = if given(manager) and given(manager.mentor) then manager.mentor.revenue else 0",
        "let x = if given(manager.mentor) then manager.mentor.revenue else 0",
        "let x = if given(manager.mentor.revenue) then manager.sales else 0",
        "let x = if given(manager) then manager.store.rate else 0",
        "let x = if given(store.region) then store.region.area else 0",
        "let x = if given(left) then days_between(hired, left) else 0",
        "let x = given(left)",
        "let x = given(bonus) and bonus is 5",
        "let x = given(manager) and manager.grade is senior",
        "let x = not given(manager) or manager.night",
        "let x = default(min(price of parcel), 0)",
        "let x = default(max(late of parcel where checked), 0)",
        "let x = if given(mean(weight of parcel)) then mean(weight of parcel) else 0",
        "let x = sum(default(rating, 3) of parcel)",
        "let x = sum(rating of parcel where given(rating))",
        "let x = count(parcel where given(rating) and rating > 3)",
        "let x = any(given(rating) and rating is 1 of parcel)",
        "let x = default(max(rating of parcel where given(rating)), 5)",
        "let x = sum(amount of deal via helper)",
        'assert not given(left) or left >= hired "left before hired"',
        "pay x = bonus when given(bonus)",
        "let parcel.x = default(worker.bonus, 0) + price",
        "let parcel.x = if given(worker.manager) then worker.manager.sales else 0",
        "let deal.x = if given(helper) then helper.sales else owner.sales",
        "let deal.x = default(helper.store.revenue, amount)",
    ],
)
def test_what_may_be_missing_is_met(line: str) -> None:
    assert faults(line + "\n") == []


CASE = "let x =\n  case\n    {first}\n    {second}\n    otherwise : {last}\n"


@pytest.mark.parametrize(
    ("first", "second", "last"),
    [
        ("given(bonus) : bonus", "night : 5", "0"),
        ("not given(bonus) : 0", "night : bonus", "bonus + 1"),
        ("given(bonus) and bonus > 3 : bonus", "night : 5", "0"),
        ("not given(bonus) or bonus < 3 : 0", "bonus > 5 : bonus", "bonus"),
        ("not given(manager) : 0", "manager.sales > 5 : manager.sales", "manager.hours * wage"),
    ],
)
def test_a_case_knows_what_its_branches_say(first: str, second: str, last: str) -> None:
    assert faults(CASE.format(first=first, second=second, last=last)) == []


@pytest.mark.parametrize(
    ("first", "second", "last"),
    [
        ("given(bonus) : 5", "night : bonus", "0"),
        ("night : bonus", "given(bonus) : 5", "0"),
        ("given(bonus) : bonus", "night : 5", "bonus"),
        ("not given(bonus) and night : 0", "days > 5 : 1", "bonus"),
        ("given(manager) : 5", "given(store.cap) : manager.sales", "0"),
    ],
)
def test_a_case_does_not_know_more(first: str, second: str, last: str) -> None:
    assert faults(CASE.format(first=first, second=second, last=last)) == ["unmet-optional"]


@pytest.mark.parametrize(
    "line",
    [
        "let x = bonus",
        "let x = bonus + 5",
        "let x = max(bonus, 0)",
        "let x = bonus > 5",
        "let x = if bonus > 5 then 1 else 0",
        "let x = if night then bonus else 0",
        "let x = if given(bonus) then 0 else bonus",
        "let x = if given(score) then bonus else 0",
        "let x = if given(bonus) or night then bonus else 0",
        "let x = if not (given(bonus) and night) then bonus else 1",
        "let x = bonus when night",
        "let x = 5 when bonus > 3",
        "let x = manager.sales",
        "let x = manager.bonus when given(manager)",
        "let x = manager.manager.sales when given(manager)",
        "let x = manager.mentor.revenue when given(mentor)",
        "let x = manager.sales when given(mentor)",
        "let x = store.region.area",
        "let x = default(score, bonus / 1 CNY)",
        "let x = days_between(hired, left)",
        "let x = left > hired",
        "let x = max(price of parcel)",
        "let x = max(price of parcel) when count(parcel) > 0",
        "let x = sum(rating of parcel)",
        "let x = sum(rating of parcel) when given(score)",
        "let x = count(parcel where rating > 3)",
        "let x = sum(worker.bonus of parcel) when given(bonus)",
        "let x = default(max(price of parcel), 0) when min(late of parcel) > 3",
        "let x = given(bonus) or bonus > 3",
        "let parcel.x = worker.manager.sales",
        "let deal.x = helper.sales when given(owner.manager)",
    ],
)
def test_what_may_be_missing_is_not_met(line: str) -> None:
    assert faults(line + "\n") == ["unmet-optional"]


@pytest.mark.parametrize(
    "line",
    [
        "let x = default(sales, 0)",
        "let x = given(sales)",
        "let x = given(store)",
        "let x = default(store.revenue, 0)",
        "let x = default(sum(price of parcel), 0)",
        "let x = default(count(parcel), 0)",
        "let x = default(days + heads, 0)",
        "let x = if given(bonus) then default(bonus, 0) else 0",
        "let x = if given(manager) then default(manager.sales, 0) else 0",
    ],
)
def test_what_is_never_missing_is_not_asked_for(line: str) -> None:
    assert faults(line + "\n") == ["never-missing"]


def test_a_fallback_widens_the_range() -> None:
    assert shape_of("default(score, -5)")[0] == "-5 .. 100"
    assert shape_of("default(max(late of parcel), 0)") == ("0 .. 600", "minute", 0)
    assert shape_of("default(mean(late of parcel), 1)") == ("0 .. 600", "minute", None)


def test_a_line_has_a_value_in_every_row() -> None:
    assert faults("let y = default(bonus, 0)\nlet x = y + 5\n") == []
    assert faults("let y = bonus when given(bonus)\nlet x = y\n") == []
    assert faults("let y = default(bonus, 0)\nlet x = default(manager.y, 0)\n") == []
    assert faults("let y = default(bonus, 0)\nlet x = manager.y\n") == ["unmet-optional"]


SCORED = """table scored of points int 0 .. 600 -> level int; fine money
  ..5 : 1, 2
  5.. : 3, 4
let row = scored(days)
"""


def test_the_part_of_a_row_behind_an_optional_reference_may_be_missing() -> None:
    assert faults(SCORED + "let x = row.fine\n") == []
    assert faults(SCORED + "let x = manager.row.fine\n") == ["unmet-optional"]
    assert faults(SCORED + "let x = default(row.fine, 0)\n") == ["never-missing"]
    assert faults(SCORED + "let x = default(manager.row.fine, 0)\n") == []
    assert faults(SCORED + "let x = if given(manager.row.level) then manager.row.fine else 0\n") == []
    assert faults(SCORED + "let x = if given(manager) then manager.row.fine else 0\n") == []
