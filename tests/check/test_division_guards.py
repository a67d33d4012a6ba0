"""Which conditions prove that a divisor is not zero, and which only look like it."""

import pytest

from tests.check.checked import HEADER, faults, ids_of, number_of


@pytest.mark.parametrize(
    "expression",
    [
        "days / heads",
        "days / loss",
        "days / max(delta, 1)",
        "days / min(delta, -1)",
        "days / max(kpi, 0.01)",
        "days / clamp(delta, 1, 3)",
        "days / (days + 1)",
        "days / (heads * heads)",
        "days / (heads + kpi)",
        "days / abs(loss)",
        "days / (heads - loss)",
        "days / 7",
        "days / -7",
        "days / 50%",
        "days / (if delta > 0 then delta else 1)",
        "days / 3",
        "days / round(heads, to 0.5)",
        "days / ceiling(heads / 3)",
        "days / year(hired)",
        "days / month(hired)",
        "days / period.days",
        "days / days_in_month(hired)",
        "days / (store.target / 1 CNY)",
        "sales / store.target",
        "mod(days, heads)",
        "mod(days, 7)",
    ],
)
def test_a_range_without_zero(expression: str) -> None:
    assert number_of(expression).interval is not None


@pytest.mark.parametrize(
    "line",
    [
        # `if`, both ways round and with every comparison
        "let x = if delta > 0 then days / delta else 0",
        "let x = if delta < 0 then days / delta else 0",
        "let x = if delta >= 1 then days / delta else 0",
        "let x = if delta <= -1 then days / delta else 0",
        "let x = if delta is not 0 then days / delta else 0",
        "let x = if delta is 3 then days / delta else 0",
        "let x = if delta is 0 then 0 else days / delta",
        "let x = if days <= 0 then 0 else days / days",
        "let x = if days < 1 then 0 else days / days",
        "let x = if kpi < 0.01 then 0 else days / kpi",
        "let x = if 0 < delta then days / delta else 0",
        "let x = if 0 is not delta then days / delta else 0",
        "let x = if 0 is delta then 0 else days / delta",
        "let x = if not (delta is 0) then days / delta else 0",
        "let x = if not (not (delta > 0)) then days / delta else 0",
        "let x = if hours > 0 then sales / hours else 0",
        "let x = if hours > 0 hour then sales / hours else 0",
        "let x = if hours >= 0.01 then sales / hours else 0",
        # compared with a value whose range lies above zero
        "let x = if delta >= heads then days / delta else 0",
        "let x = if days > delta + 5 then days / days else 0",
        "let x = if delta is heads then days / delta else 0",
        # `and`, `or`
        "let x = if night and delta > 0 then days / delta else 0",
        "let x = if delta > 0 and night then days / delta else 0",
        "let x = if delta > 0 and days / delta > 3 then 1 else 0",
        "let x = if delta is 0 or days / delta > 3 then 1 else 0",
        "let x = if delta <= 0 or night then 0 else days / delta",
        "let x = if not (delta <= 0 or night) then days / delta else 0",
        "let x = if delta >= 0 and delta is not 0 then days / delta else 0",
        "let x = if delta > 0 and (night and days / delta > 1) then 1 else 0",
        "let x = if days < 1 and days > 0 then sales / days else 0 CNY",
        # `when`
        "let x = days / delta when delta > 0",
        "let x = days / delta when night and delta is not 0",
        "pay x = round(sales / hours * 1 hour) when hours > 0",
        "let x = sales / hours when hours > 0 and sales / hours > 10 CNY per hour",
        # nested
        "let x = if night then (if delta > 0 then days / delta else 1) else 2",
        "let x = if delta > 0 then (if night then days / delta else 1) else 2",
        "let x = 1 + (if delta > 0 then days / delta else 0)",
        "let x = if delta > 0 then round(days / delta * 2, 1) else 0",
        "let x = if delta > 0 then max(days / delta, 3) + days / (delta + 1) else 0",
        # the divisor written alike
        "let x = if days - heads > 0 then days / (days - heads) else 0",
        "let x = if (days - heads) > 0 then days / (days - heads) else 0",
        "let x = days / (days - heads) when days - heads is not 0",
        "let x = if days * kpi > 0 then days / (days * kpi) else 0",
        "let x = if abs(delta) > 0 then days / abs(delta) else 0",
        "let x = if round(kpi, 1) > 0 then days / round(kpi, 1) else 0",
        "let x = if days / 3 > 1 then 1 / (days / 3) else 0",
        "let x = if days / heads is not 0 then 1 / (days / heads) else 0",
        "let x = count(parcel) / count(parcel) when count(parcel) > 0",
        "let x = 1 / count(parcel where late > 30) when count(parcel where late > 30) > 0",
        "let x = sum(weight of parcel) / sum(weight of parcel) when sum(weight of parcel) > 0",
        # a path
        "let x = sales / store.revenue when store.revenue > 0",
        "let x = if store.rate > 0% then 1 / store.rate else 0",
        # an optional that is given
        "let x = if given(score) and score > 0 then days / score else 0",
        "let x = days / default(score, 1) when default(score, 1) > 0",
        "let x = sales / bonus when given(bonus) and bonus > 0",
        "let x = if given(mentor) and mentor.revenue > 0 then sales / mentor.revenue else 0",
        # the remainder
        "let x = if days > 0 then mod(31, days) else 0",
    ],
)
def test_a_condition_that_excludes_zero(line: str) -> None:
    assert faults(line + "\n") == []


@pytest.mark.parametrize(
    "line",
    [
        "let x = days / delta",
        "let x = days / days",
        "let x = days / (days - heads)",
        "let x = days / (heads - 1)",
        "let x = days / floor(heads / 3)",
        "let x = days / kpi",
        "let x = days / (delta * delta)",
        "let x = days / abs(delta)",
        "let x = days / mod(days, 7)",
        "let x = days / hour(at)",
        "let x = days / count(parcel)",
        "let x = days / default(score, 1)",
        "let x = days / max(delta, 0)",
        "let x = days / min(heads, days)",
        "let x = days / clamp(delta, -1, 1)",
        "let x = days / clamp(heads, 0, days)",
        "let x = days / (if night then 1 else days)",
        "let x = days / (if delta is not 0 then delta else 1)",  # a range has no holes
        # the condition is about something else, or leaves zero in
        "let x = if delta >= 0 then days / delta else 0",
        "let x = if delta > -1 then days / delta else 0",
        "let x = if delta is not 1 then days / delta else 0",
        "let x = if delta < 1 then days / delta else 0",
        "let x = if delta > 0 then 0 else days / delta",
        "let x = if heads > 0 then days / delta else 0",
        "let x = if delta > 0 or night then days / delta else 0",
        "let x = if not (delta > 0 and night) then days / delta else 0",
        "let x = if delta > 0 and night then 0 else days / delta",
        "let x = if delta >= days then days / delta else 0",
        "let x = if delta is not days then days / delta else 0",
        "let x = if delta > loss then days / delta else 0",
        "let x = if kpi > 0 then days / floor(kpi) else 0",
        "let x = if days > 0 then days / (days - 1) else 0",
        "let x = if days + delta > 0 then 1 / (delta + days) else 0",
        "let x = if days > 0 then 1 / (days * delta) else 0",
        "let x = if count(parcel) > 0 then 1 / count(parcel where late > 30) else 0",
        "let x = if store.revenue > 0 then sales / sum(amount of deal via owner) else 0",
        "let x = if days / delta > 1 and delta > 0 then 1 else 0",
        "let x = if days / delta > 1 or delta is 0 then 1 else 0",
        "let x = days / delta when delta >= 0",
        "let x = mod(days, delta)",
        "let x = if given(mentor) then sales / mentor.revenue else 0",
    ],
)
def test_a_condition_that_lets_zero_in(line: str) -> None:
    assert faults(line + "\n") == ["divisor-may-be-zero"]


CASE = "let x =\n  case\n    {first}\n    {second}\n    otherwise : {last}\n"


@pytest.mark.parametrize(
    ("first", "second", "last"),
    [
        ("delta is 0 : 0", "night : days / delta", "1 / delta"),
        ("delta > 0 : days / delta", "delta < 0 : 1 / delta", "0"),
        ("delta < 0 : days / delta", "delta is 0 : 0", "1 / delta"),
        ("delta <= 0 : 0", "days / delta > 3 : 1", "days / delta"),
        ("not night and delta is 0 : 0", "delta is not 0 : 1 / delta", "0"),
        ("night or delta is 0 : 0", "days > 3 : 1 / delta", "1 / delta"),
    ],
)
def test_earlier_branches_of_a_case_count_as_false(first: str, second: str, last: str) -> None:
    assert faults(CASE.format(first=first, second=second, last=last)) == []


@pytest.mark.parametrize(
    ("first", "second", "last"),
    [
        ("night : 0", "delta is 0 : 1", "1 / (delta + 5)"),
        ("night : 1 / delta", "delta is 0 : 1", "0"),
        ("night and delta is 0 : 0", "days > 3 : 1 / delta", "0"),
        ("delta > 0 : 0", "delta < 0 : 0", "1 / delta"),
    ],
)
def test_later_branches_of_a_case_prove_nothing(first: str, second: str, last: str) -> None:
    assert faults(CASE.format(first=first, second=second, last=last)) == ["divisor-may-be-zero"]


@pytest.mark.parametrize(
    ("fragment", "expected"),
    [
        # A line's own range goes with its name.
        ("let d = max(days, 1)\nlet x = sales / d\n", []),
        ("let d : int 1 .. 31 = days\nlet x = sales / d\n", []),
        ("let d = days when days > 0\nlet x = sales / d\n", ["divisor-may-be-zero"]),
        ("let d : int 1 .. 31 = days when night\nlet x = sales / d\n", ["divisor-may-be-zero"]),
        ("let d = heads when night\nlet x = sales / d when d > 0\n", []),
        ("let enough = delta > 0\nlet x = days / delta when enough\n", ["divisor-may-be-zero"]),
        # A condition in one line says nothing in another.
        ("let y = days / delta when delta > 0\nlet x = days / delta\n", ["divisor-may-be-zero"]),
        # A row of an aggregate is another row.
        ("let x = sum(round(price / late * 1 minute) of parcel where late > 0)\n", []),
        ("let x = sum(round(price / late * 1 minute) of parcel)\n", ["divisor-may-be-zero"]),
        ("let x = sum(round(price / rating) of parcel where given(rating))\n", []),
        ("let x = sum(round(1 / worker.delta, 2) of parcel) when delta > 0\n", ["divisor-may-be-zero"]),
        ("let x = sum(round(1 / worker.delta, 2) of parcel where worker.delta > 0)\n", []),
        ("let x = sum(round(1 / delta, 2) of worker via manager) when delta > 0\n", ["divisor-may-be-zero"]),
        ("let x = sum(round(1 / delta, 2) of worker via manager where delta > 0)\n", []),
        ("let x = 1 / manager.delta when given(manager) and delta > 0\n", ["divisor-may-be-zero"]),
        ("let x = 1 / manager.delta when given(manager) and manager.delta > 0\n", []),
        # Conditions that belong to no line.
        ('assert days / delta > 0 "pace"\n', ["divisor-may-be-zero"]),
        ('assert delta is 0 or days / delta > -99 "pace"\n', []),
    ],
)
def test_what_a_condition_reaches(fragment: str, expected: list[str]) -> None:
    assert faults(fragment) == expected


@pytest.mark.parametrize(
    ("bounds", "expected"),
    [
        ("1 .. 9", []),
        ("-9 .. -1", []),
        ("0.01 .. 9", []),
        ("0 .. 9", ["divisor-may-be-zero"]),
        ("-9 .. 0", ["divisor-may-be-zero"]),
        ("-9 .. 9", ["divisor-may-be-zero"]),
        ("", ["divisor-may-be-zero"]),
    ],
)
def test_the_range_of_a_column_decides(bounds: str, expected: list[str]) -> None:
    assert ids_of(HEADER + f"entity worker\n  d : decimal(2) {bounds}\nlet x = 1 / d\n") == expected
