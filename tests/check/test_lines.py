"""Lines: their roles, totals, circles, `when`, declared types, and what a line must be exact at."""

import pytest

from paycalc.check.types import NumberType
from paycalc.core.errors import PlanError
from paycalc.core.number import Interval
from tests.check.checked import accepted, faults, ids_of, line_of


def interval_of_total(fragment: str, name: str) -> str:
    type_ = accepted(fragment).totals[name].type
    assert isinstance(type_, NumberType)
    return f"{type_.interval} {type_.unit}"


PAYS = """\
pay base  = round(sales * 2%)
pay extra = 300 when days >= 22
deduct meals = min(sales, 50)
employer fund = round(sales * 8%)
show ratio = round(sales / store.target, 4)
let unpaid = 1_000
"""


@pytest.mark.parametrize(
    ("name", "interval"),
    [
        ("gross", "0 .. 20_300 CNY"),
        ("net", "-50 .. 20_300 CNY"),
        ("cost", "0 .. 100_300 CNY"),
    ],
)
def test_totals(name: str, interval: str) -> None:
    assert interval_of_total(PAYS, name) == interval


def test_what_totals_add_up() -> None:
    totals = accepted(PAYS).totals
    assert [line.name for line in totals["gross"].added] == ["base", "extra"]
    assert [line.name for line in totals["net"].added] == ["base", "extra"]
    assert [line.name for line in totals["net"].subtracted] == ["meals"]
    assert [line.name for line in totals["cost"].added] == ["base", "extra", "fund"]
    assert totals["cost"].subtracted == ()


def test_a_plan_without_pay_lines_pays_nothing() -> None:
    assert interval_of_total("let x = 5\n", "gross") == "0 .. 0 CNY"
    assert interval_of_total("let x = gross\n", "net") == "0 .. 0 CNY"


def test_gross_before_a_line_adds_the_lines_above_it() -> None:
    fragment = "pay a = 10\npay b = round(gross before b * 10%)\npay c = 5\nlet x = gross before c\n"
    plan = accepted(fragment)
    assert [line.name for line in plan.totals["gross before b"].added] == ["a"]
    assert [line.name for line in plan.totals["gross before c"].added] == ["a", "b"]
    type_ = plan.entities["worker"].lines["x"].type
    assert isinstance(type_, NumberType)
    assert type_.interval == Interval.of(11)


@pytest.mark.parametrize(
    ("fragment", "expected"),
    [
        ("pay a = 1\npay b = gross before b\n", []),
        ("pay b = gross before b\npay a = 1\n", []),
        ("pay a = 1\npay b = gross before a\n", []),
        ("pay a = gross before b\npay b = 1\n", ["cycle"]),
        ("pay a = 1\npay b = gross\n", ["cycle"]),
        ("pay a = net\n", ["cycle"]),
        ("pay a = cost\n", ["cycle"]),
        ("pay a = 1\ndeduct b = min(gross, 5)\n", []),
        ("pay a = 1\ndeduct b = min(net, 5)\n", ["cycle"]),
        ("pay a = 1\ndeduct b = min(cost, 5)\n", []),
        ("pay a = 1\nemployer b = round(gross * 8%)\n", []),
        ("pay a = 1\nemployer b = round(cost * 8%)\n", ["cycle"]),
        ("pay a = 1\nemployer b = round(net * 8%)\n", []),
        ("pay a = 1\nshow b = gross\nshow c = net\nshow d = cost\n", []),
        ("pay a = 1\nlet b = gross\npay c = b\n", ["cycle"]),
        ("let a = 5\nlet b = gross before a\n", ["unknown-name"]),
        ("pay a = 1\nlet parcel.b = gross before a\n", ["wrong-grain"]),
        ("pay a = 1\nlet parcel.b = worker.gross\n", []),
        ("let a = a\n", ["cycle"]),
        ("let a = 5 when a > 3\n", ["cycle"]),
        ("let a = b\nlet b = c\nlet c = a\n", ["cycle"]),
        ("let a = if night then b else 0\nlet b = if night then 0 else a\n", ["cycle"]),
        ("let a = b + 0 * c\nlet b = 1\nlet c = a\n", ["cycle"]),
        ("let a = b\nlet b = a\nlet c = a + b\nlet d = c\n", ["cycle"]),
        ("let a = b\nlet b = a\nlet c = d\nlet d = c\n", ["cycle", "cycle"]),
        ("let a = sum(b of parcel)\nlet parcel.b = worker.a\n", ["cycle"]),
        ("let a = sum(b of parcel where late > 3)\nlet parcel.b = worker.c * 1 CNY\nlet c = a / 1 CNY\n", ["cycle"]),
        ("let a = count(parcel where c)\nlet parcel.c = worker.a > 5\n", ["cycle"]),
        ("let store.a = sum(b of worker via store)\nlet b = store.a\n", ["cycle"]),
        ("let plan.a = sum(b of worker)\nlet b = plan.a\n", ["cycle"]),
        ("let a = default(manager.a, 0) + 1\n", ["cycle"]),
        ("let a = default(manager.b, 0)\nlet b = sales\n", []),
        ("pay a = 5 when net > 3\n", ["cycle"]),
        ('assert net >= 0 "negative"\npay a = 5\n', []),
        ("table t of days : money\n  * : 5\nlet a = t(b)\nlet b = round(a / 1 CNY, 0)\n", ["cycle"]),
        ("ladder t of days : money\n  0 : 5\nlet a = marginal(b, t)\nlet b = round(a / 1 CNY, 0)\n", ["cycle"]),
    ],
)
def test_circles(fragment: str, expected: list[str]) -> None:
    assert faults(fragment) == expected


def test_a_circle_shows_its_path() -> None:
    with pytest.raises(PlanError) as caught:
        accepted("let a = b\nlet b = sum(c of parcel)\nlet parcel.c = worker.a\n")
    (fault,) = caught.value.diagnostics
    assert "a -> b -> parcel.c -> a" in fault.message
    assert len(fault.labels) == 3


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("pay x = sales * 2%", ["not-exact"]),
        ("pay x = round(sales * 2%)", []),
        ("pay x = round(sales * 2%, 1)", []),
        ("pay x = round(sales * 2%, 3)", ["not-exact"]),
        ("pay x = floor(sales * 2%)", []),
        ("pay x = sales * 2", []),
        ("pay x = sales * 1.0", []),
        ("pay x = sales / 3", ["quotient-not-rounded"]),
        ("pay x = sales / 2", ["not-exact"]),
        ("pay x = floor(sales) / 4", []),
        ("pay x = round(sales / 3)", []),
        ("pay x = hours * wage", ["not-exact"]),
        ("pay x = round(hours) * wage", ["rounding"]),
        ("pay x = round(hours, 0) * wage", []),
        ("pay x = hours", ["unit-mismatch"]),
        ("pay x = days", ["unit-mismatch"]),
        ("pay x = usd", ["unit-mismatch"]),
        ("pay x = round(usd * fx)", []),
        ("pay x = days * 5", ["unit-mismatch"]),
        ("pay x = days * 5 CNY", []),
        ("pay x = if night then 5 else 3", []),
        ("pay x = -5", []),
        ("pay x = 0.005", ["not-exact"]),
        ("pay x = night", ["type-mismatch"]),
        ("pay x = grade", ["type-mismatch"]),
        ("pay x = hired", ["type-mismatch"]),
        ("deduct x = sales / 3", ["quotient-not-rounded"]),
        ("employer x = sales / 3", ["quotient-not-rounded"]),
        ("show x = sales / 3", ["quotient-not-rounded"]),
        ("show x = round(sales / 3, 9)", []),
        ("show x = round(sales, to 0.000_000_000_1)", ["not-exact"]),
        ("show x = hours * kpi * kpi * kpi", []),
        ("show x = hours * kpi * kpi * kpi * kpi", ["not-exact"]),
        ("show x = grade", []),
        ("show x = night", []),
        ("show x = hired", []),
        ("show x = team", []),
        ("show x = at", []),
        ("show x = store", ["type-mismatch"]),
        ("show parcel.x = price / 3", ["quotient-not-rounded"]),
        ("let x = sales / 3", []),
        ("let x = store", []),
        ("let x = hours * kpi * kpi * kpi * kpi", []),
    ],
)
def test_what_a_line_must_be(line: str, expected: list[str]) -> None:
    assert faults(line + "\n") == expected


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("let x : money 0 .. 9 = 5", []),
        ("let x : money = sales", []),
        ("let x : money = sales * 2%", ["not-exact"]),
        ("let x : money(4) = sales * 2%", []),
        ("let x : money = sales / 3", ["quotient-not-rounded"]),
        ("let x : money = hours", ["unit-mismatch"]),
        ("let x : decimal(2) hour = hours", []),
        ("let x : decimal(2) hour = 8", []),
        ("let x : int = kpi", ["not-exact"]),
        ("let x : int = sales", ["unit-mismatch"]),
        ("let x : int 100 .. 200 = days", ["range-never-met"]),
        ("let x : int 31 .. 200 = days", []),
        ("let x : int 32 .. 200 = days", ["range-never-met"]),
        ("let x : int 32 .. 200 = days when night", ["range-never-met"]),
        ("let x : int -9 .. -1 = days", ["range-never-met"]),
        ("let x : flag = night", []),
        ("let x : flag = days", ["type-mismatch"]),
        ("let x : grade = lead", []),
        ("let x : grade = if night then lead else junior", []),
        ("let x : grade = boss", ["unknown-member"]),
        ("let x : one of a, b = a", []),
        ("let x : text = team", []),
        ('let x : text = "red"', []),
        ("let x : date = hired", []),
        ("let x : date 2000-01-01 .. 2026-12-31 = hired", []),
        ("let x : date 2030-01-01 .. 2031-12-31 = hired", ["range-never-met"]),
        ("let x : store = store", []),
        ("let x : percent(2) = store.rate", []),
        ("let x : percent(1) = store.rate", ["not-exact"]),
        ("let x : money per hour = wage", []),
        ("pay x : money 0 .. 500 = round(sales * 2%)", []),
        ("pay x : money(1) 0 .. 500 = round(sales * 2%, 1)", []),
        ("pay x : decimal(2) hour = hours", ["unit-mismatch"]),
        ("pay x : int = days", ["unit-mismatch"]),
        ("deduct x : money USD = usd", ["unit-mismatch"]),
        ("employer x : points = 5", ["unit-mismatch"]),
        ("let x : integer = 5", ["unknown-type"]),
        ("let x : money 9 .. 0 = 5", ["range-inverted"]),
    ],
)
def test_declared_types(line: str, expected: list[str]) -> None:
    assert faults(line + "\n") == expected


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("let x = 5 when night", []),
        ("let x = sales / 3 when night", []),
        ("let x = night when days > 5", ["when-needs-number"]),
        ("let x = grade when night", ["when-needs-number"]),
        ("let x = hired when night", ["when-needs-number"]),
        ("show x = team when night", ["when-needs-number"]),
        ("let x = store when night", ["when-needs-number"]),
        ("let x = 5 when days", ["condition-not-flag"]),
        ("let x = 5 when grade", ["condition-not-flag"]),
        ("let x = 5 when sales / 3 > 5", []),
        ("let x =\n  case\n    night     : 5\n    otherwise : 3\n  when days > 5", []),
    ],
)
def test_when(line: str, expected: list[str]) -> None:
    assert faults(line + "\n") == expected


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        ("if night then 5 else 3", []),
        ("if night then 5 else grade", ["type-mismatch"]),
        ("if night then hired else 2026-01-01", []),
        ("if night then lead else junior", []),
        ('if night then "a" else team', []),
        ("if night then yes else days > 3", []),
        ("if night then store else store", []),
        ("if days then 5 else 3", ["condition-not-flag"]),
        ("not days", ["condition-not-flag"]),
        ("night and days > 3 or not night", []),
        ("night > 5", ["type-mismatch"]),
        ("night > no", ["type-mismatch"]),
        ("grade > junior", ["type-mismatch"]),
        ('team < "b"', ["type-mismatch"]),
        ("hired + 5", ["type-mismatch"]),
        ("hired - hired", ["type-mismatch", "type-mismatch"]),
        ("hired > at", ["type-mismatch"]),
        ("date(at) > hired", []),
        ("max(hired, 2026-01-01)", []),
        ("max(hired, at)", ["type-mismatch"]),
        ("max(hired, 5)", ["type-mismatch"]),
        ("max(night, no)", ["type-mismatch"]),
        ("abs(hired)", ["type-mismatch"]),
        ("hour(hired)", ["type-mismatch"]),
        ("year(days)", ["type-mismatch"]),
        ("days_between(hired, at) > 5", []),
        ("round(night)", ["type-mismatch"]),
        ("days in (1, 2)", []),
        ("days in (1, night)", ["type-mismatch"]),
        ("grade in (junior, lead)", []),
        ("hired in (2026-01-01, 2026-01-02)", []),
        ("clamp(days, 20, 10)", ["clamp-inverted"]),
        ("clamp(days, heads, 10)", []),
        ("clamp(days, heads + 20, heads)", ["clamp-inverted"]),
        ("mod(sales / 3, 2)", ["quotient-not-rounded"]),
        ("mod(7, days / 3 + 1)", ["quotient-not-rounded"]),
    ],
)
def test_types_that_meet(expression: str, expected: list[str]) -> None:
    assert faults(f"let x = {expression}\n") == expected


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        ("round(sales)", []),
        ("round(sales, half_even)", []),
        ("round(wage, up)", []),
        ("round(hours, 1)", []),
        ("round(hours, 1, down)", []),
        ("round(hours, to 0.25)", []),
        ("round(hours, to 15 minute)", ["unit-mismatch"]),
        ("round(hours, to 0.5 hour, ceiling)", []),
        ("round(5.25)", []),
        ("round(hours)", ["rounding"]),
        ("round(days)", ["rounding"]),
        ("round(days, half_even)", ["rounding"]),
        ("round(sales, halfeven)", ["rounding"]),
        ("round(sales, 10)", ["rounding"]),
        ("round(sales, 9)", []),
        ("round(sales, 1.5)", ["rounding"]),
        ("round(sales, -1)", ["rounding"]),
        ("round(sales, days)", ["rounding"]),
        ("round(sales, to days)", ["rounding"]),
        ("round(sales, to 0)", ["rounding"]),
        ("round(sales, to -5)", ["rounding"]),
        ("round(sales, 2, 3)", ["rounding"]),
        ("round(sales, 2, up, down)", ["wrong-arguments"]),
        ("round()", ["wrong-arguments"]),
        ("floor(hours, to 0.5)", []),
        ("floor(hours, 1, up)", ["wrong-arguments"]),
        ("max(to 5, 3)", ["rounding"]),
    ],
)
def test_how_a_rounding_is_written(expression: str, expected: list[str]) -> None:
    assert faults(f"let x = {expression}\n") == expected


@pytest.mark.parametrize(
    ("currency", "line", "expected"),
    [
        ("JPY", "pay x = 100", []),
        ("JPY", "pay x = 100.5", ["not-exact"]),
        ("JPY", "pay x = round(100.5 JPY * d)", []),
        ("KWD", "pay x = 100.125", []),
        ("KWD", "pay x = 100.1255", ["not-exact"]),
        ("EUR", "pay x = round(100 EUR * 3.333)", []),
        ("EUR", "pay x = 100 CNY", ["unit-mismatch"]),
    ],
)
def test_places_are_those_of_the_currency(currency: str, line: str, expected: list[str]) -> None:
    header = f"plan p\n  currency {currency}\n  period month\n  payee worker\n"
    assert ids_of(f"{header}entity worker\n  d : int 0 .. 9\n{line}\n") == expected


def test_roles_are_kept() -> None:
    assert [line.role for line in accepted(PAYS).lines] == ["pay", "pay", "deduct", "employer", "show", "let"]
    line = line_of('pay x "Label" = 300 when night\n')
    assert (line.label, line.entity) == ("Label", "worker")
    assert line.when is not None
