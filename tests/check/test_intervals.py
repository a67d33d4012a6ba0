"""Range, unit and places of numbers: what the checker proves of single expressions."""

from fractions import Fraction

import pytest

from paycalc.check.types import NumberType
from paycalc.core.number import Interval
from tests.check.checked import faults, line_of, number_of, shape_of

PLAIN = "a plain number"


@pytest.mark.parametrize(
    ("expression", "interval", "unit", "places"),
    [
        ("days", "0 .. 31", PLAIN, 0),
        ("-delta", "-5 .. 5", PLAIN, 0),
        ("-loss", "1 .. 9", PLAIN, 0),
        ("days + heads", "1 .. 51", PLAIN, 0),
        ("days - heads", "-20 .. 30", PLAIN, 0),
        ("days - days", "-31 .. 31", PLAIN, 0),
        ("delta * loss", "-45 .. 45", PLAIN, 0),
        ("loss * loss", "1 .. 81", PLAIN, 0),
        ("days * kpi", "0 .. 46.5", PLAIN, 2),
        ("kpi * kpi", "0 .. 2.25", PLAIN, 4),
        ("days + kpi", "0 .. 32.5", PLAIN, 2),
        ("1 + 5%", "1.05 .. 1.05", PLAIN, 2),
        ("store.rate", "0 .. 0.4", PLAIN, 4),
        ("1 - store.rate", "0.6 .. 1", PLAIN, 4),
        ("sales * store.rate", "0 .. 400_000", "CNY", 6),
        ("hours * wage", "0 .. 400_000", "CNY", 4),
        ("hours * 1.5", "0 .. 600", "hour", 3),
        ("hours * 25 CNY per hour", "0 .. 10_000", "CNY", 2),
        ("hours + 8", "8 .. 408", "hour", 2),
        ("usd * fx", "0 .. 10_000", "CNY", 4),
        ("sales / 2", "0 .. 500_000", "CNY", 3),
        ("sales / 4", "0 .. 250_000", "CNY", 4),
        ("sales / 8", "0 .. 125_000", "CNY", 5),
        ("days / 5", "0 .. 6.2", PLAIN, 1),
        ("days / 10", "0 .. 3.1", PLAIN, 1),
        ("days / 100", "0 .. 0.31", PLAIN, 2),
        ("days / 0.5", "0 .. 62", PLAIN, 0),
        ("days / -4", "-7.75 .. 0", PLAIN, 2),
        ("days / 20%", "0 .. 155", PLAIN, 0),
        ("hours / 4 hour", "0 .. 100", PLAIN, 4),
        ("500 m + 1 m", "501 .. 501", "m", 0),
        ("1 km * 1_000 m per km + 1 m", "1_001 .. 1_001", "m", 0),
        ("6_000 cm3 per kg", "6_000 .. 6_000", "cm3 per kg", 0),
        ("15 points", "15 .. 15", "points", 0),
        ("period.days", "28 .. 31", PLAIN, 0),
    ],
)
def test_arithmetic(expression: str, interval: str, unit: str, places: int) -> None:
    assert shape_of(expression) == (interval, unit, places)


@pytest.mark.parametrize(
    ("expression", "interval", "unit", "places"),
    [
        ("min(days, 20)", "0 .. 20", PLAIN, 0),
        ("max(days, 1)", "1 .. 31", PLAIN, 0),
        ("max(sales - store.target, 0)", "0 .. 999_999", "CNY", 2),
        ("min(days, heads, delta)", "-5 .. 5", PLAIN, 0),
        ("max(days, heads, delta)", "1 .. 31", PLAIN, 0),
        ("max(days, 0.5)", "0.5 .. 31", PLAIN, 1),
        ("clamp(days, 5, 20)", "5 .. 20", PLAIN, 0),
        ("clamp(kpi, 0.5, 2)", "0.5 .. 1.5", PLAIN, 2),
        ("clamp(delta, 0, heads)", "0 .. 5", PLAIN, 0),
        ("clamp(days + 50, 0, days)", "0 .. 31", PLAIN, 0),
        ("clamp(0, days, 100)", "0 .. 31", PLAIN, 0),
        ("abs(delta)", "0 .. 5", PLAIN, 0),
        ("abs(loss)", "1 .. 9", PLAIN, 0),
        ("abs(days)", "0 .. 31", PLAIN, 0),
        ("mod(days, 7)", "0 .. 6", PLAIN, 0),
        ("mod(days, 100)", "0 .. 31", PLAIN, 0),
        ("mod(delta, 3)", "0 .. 2", PLAIN, 0),
        ("mod(days, loss)", "-8 .. 0", PLAIN, 0),
        ("mod(kpi, 0.5)", "0 .. 0.49", PLAIN, 2),
        ("mod(days, heads)", "0 .. 19", PLAIN, 0),
        ("round(sales * 2.5%)", "0 .. 25_000", "CNY", 2),
        ("round(sales / 7)", "0 .. 142_857.14", "CNY", 2),
        ("round(sales / 7, up)", "0 .. 142_857.15", "CNY", 2),
        ("round(wage / 7)", "0 .. 142.86", "CNY per hour", 2),
        ("round(kpi, 1)", "0 .. 1.5", PLAIN, 1),
        ("round(kpi, 0)", "0 .. 2", PLAIN, 0),
        ("round(kpi, 0, half_even)", "0 .. 2", PLAIN, 0),
        ("round(kpi, 0, down)", "0 .. 1", PLAIN, 0),
        ("round(days, to 5)", "0 .. 30", PLAIN, 0),
        ("round(days, to 5, up)", "0 .. 35", PLAIN, 0),
        ("round(sales, to 0.05)", "0 .. 1_000_000", "CNY", 2),
        ("round(hours, to 0.25, up)", "0 .. 400", "hour", 2),
        ("floor(kpi)", "0 .. 1", PLAIN, 0),
        ("ceiling(kpi)", "0 .. 2", PLAIN, 0),
        ("floor(sales / 7)", "0 .. 142_857", "CNY", 0),
        ("floor(hours, 1)", "0 .. 400", "hour", 1),
        ("floor(hours, to 0.5)", "0 .. 400", "hour", 1),
        ("floor(delta / 2)", "-3 .. 2", PLAIN, 0),
        ("ceiling(delta / 2)", "-2 .. 3", PLAIN, 0),
        ("round(delta / 2, 0)", "-3 .. 3", PLAIN, 0),
        ("round(delta / 2, 0, half_down)", "-2 .. 2", PLAIN, 0),
        ("default(bonus, 0)", "0 .. 500", "CNY", 2),
        ("default(bonus, -5)", "-5 .. 500", "CNY", 2),
        ("default(score, 150)", "0 .. 150", PLAIN, 0),
        ("if night then days else delta", "-5 .. 31", PLAIN, 0),
        ("if night then 5 else kpi", "0 .. 5", PLAIN, 2),
        ("if night then 300 else sales", "0 .. 1_000_000", "CNY", 2),
    ],
)
def test_functions_and_choices(expression: str, interval: str, unit: str, places: int) -> None:
    assert shape_of(expression) == (interval, unit, places)


@pytest.mark.parametrize(
    ("expression", "interval"),
    [
        ("year(hired)", "2_000 .. 2_026"),
        ("year(period.start)", "1_900 .. 2_200"),
        ("month(hired)", "1 .. 12"),
        ("day(hired)", "1 .. 31"),
        ("weekday(at)", "1 .. 7"),
        ("hour(at)", "0 .. 23"),
        ("minute(at)", "0 .. 59"),
        ("days_in_month(hired)", "28 .. 31"),
        ("days_between(hired, 2026-12-31)", "0 .. 9_861"),
        ("days_between(2000-01-01, hired)", "0 .. 9_861"),
        ("days_between(hired, hired)", "-9_861 .. 9_861"),
        ("months_between(hired, 2026-12-31)", "0 .. 323"),
        ("years_between(hired, 2026-12-31)", "0 .. 26"),
        ("years_between(hired, 2026-01-01)", "0 .. 26"),
        ("days_between(max(hired, 2026-12-01), 2026-12-31)", "0 .. 30"),
        ("days_between(min(hired, 2000-01-31), 2000-01-31)", "0 .. 30"),
    ],
)
def test_dates(expression: str, interval: str) -> None:
    assert shape_of(expression) == (interval, PLAIN, 0)


@pytest.mark.parametrize(
    ("expression", "interval"),
    [
        ("days / 3", Interval(Fraction(0), Fraction(31, 3))),
        ("days / heads", Interval.of(0, 31)),
        ("1 / heads", Interval(Fraction(1, 20), Fraction(1))),
        ("days / loss", Interval.of(-31, 0)),
        ("delta / loss", Interval.of(-5, 5)),
        ("days / heads + 1", Interval.of(1, 32)),
        ("1 - days / heads", Interval.of(-30, 1)),
        ("days / heads - days / 3", Interval(Fraction(-31, 3), Fraction(31))),
        ("2 * (days / heads)", Interval.of(0, 62)),
        ("days / heads / 2", Interval(Fraction(0), Fraction(31, 2))),
        ("(days / heads) / (heads / 3)", Interval.of(0, 93)),
        ("min(days / heads, 5)", Interval.of(0, 5)),
        ("max(days / heads, 5)", Interval.of(5, 31)),
        ("abs(delta / 3)", Interval(Fraction(0), Fraction(5, 3))),
        ("clamp(days / heads, 1, 2)", Interval.of(1, 2)),
        ("if night then days / heads else 0", Interval.of(0, 31)),
        ("-(days / 3)", Interval(Fraction(-31, 3), Fraction(0))),
        ("days / 3 * 0", Interval.of(0)),
    ],
)
def test_a_quotient_stays_a_fraction(expression: str, interval: Interval) -> None:
    type_ = number_of(expression)
    assert type_.interval == interval
    assert type_.places is None


@pytest.mark.parametrize(
    ("expression", "numerator", "divisor"),
    [
        ("days / 3", (0, 31), (3, 3)),
        ("days / heads", (0, 31), (1, 20)),
        ("days / loss", (-31, 0), (1, 9)),
        ("kpi / heads", (0, 150), (100, 2_000)),
        ("days / 3 + heads / 3", (1, 51), (3, 3)),
        ("days / 3 + 1", (3, 34), (3, 3)),
        ("days / heads + days / 7", (0, 837), (7, 140)),
        ("days / heads * heads", (0, 620), (1, 20)),
        ("sales / (hours + 1)", (0, 100_000_000), (100, 40_100)),
    ],
)
def test_a_fraction_is_one_number_over_a_positive_one(
    expression: str, numerator: tuple[int, int], divisor: tuple[int, int]
) -> None:
    type_ = number_of(expression)
    assert (type_.numerator, type_.divisor) == (Interval.of(*numerator), Interval.of(*divisor))


@pytest.mark.parametrize(
    ("expression", "places"),
    [
        ("round(days / heads, 2)", 2),
        ("floor(days / heads)", 0),
        ("round(days / 3 + days / 7, 4)", 4),
        ("round(sales / store.target, 6)", 6),
    ],
)
def test_a_rounding_ends_a_fraction(expression: str, places: int) -> None:
    assert number_of(expression).places == places


@pytest.mark.parametrize(
    ("line", "interval", "places"),
    [
        ("let x = days", "0 .. 31", 0),
        ("let x = heads when night", "0 .. 20", 0),
        ("let x = loss when night", "-9 .. 0", 0),
        ("let x = 5", "5 .. 5", 0),
        ("let x : money = 5", "5 .. 5", 2),
        ("let x : int 0 .. 100 = days", "0 .. 31", 0),
        ("let x : decimal(4) 0 .. 100 = kpi", "0 .. 1.5", 4),
        ("let x : int 10 .. 20 = days", "10 .. 20", 0),
        ("let x : int 10 .. 20 = days when night", "0 .. 20", 0),
        ("let x : int 1 .. 20 = delta", "1 .. 5", 0),
        ("pay x = 300 when days >= 22", "0 .. 300", 2),
        ("pay x = 12.5", "12.5 .. 12.5", 2),
        ("deduct x = min(sales, 100)", "0 .. 100", 2),
        ("employer x = round(sales * 8%)", "0 .. 80_000", 2),
        ("show x = round(sales / store.target, 4)", "0 .. 1_000_000", 4),
    ],
)
def test_lines(line: str, interval: str, places: int) -> None:
    type_ = line_of(line + "\n").type
    assert isinstance(type_, NumberType)
    assert str(type_.interval) == interval
    assert type_.places is not None
    assert type_.places <= places


def test_a_range_that_is_not_proven_is_checked_for_each_row() -> None:
    assert line_of("let x : int 0 .. 31 = days\n").checked is None
    assert line_of("let x : int 10 .. 20 = days\n").checked == Interval.of(10, 20)
    assert line_of("let x : int 10 .. 20 = days when night\n").checked == Interval.of(10, 20)
    assert line_of("let x : int 0 .. 100 = days * 2\n").checked is None


@pytest.mark.parametrize(
    ("fragment", "entity"),
    [
        ("let x = sales + days", "worker"),
        ("let x = hours + days", "worker"),
        ("let x = sales + store.rate", "worker"),
        ("let x = hours * wage + hours", "worker"),
        ("let x = sales > hours", "worker"),
        ("let x = usd + wage", "worker"),
        ("let x = max(sales, 2 * 3)", "worker"),
        ("let x = if night then sales else hours", "worker"),
        ("let x = default(bonus, days)", "worker"),
        ("let x = sales in (1, 2 hour)", "worker"),
        ("let x = clamp(hours, 1, days)", "worker"),
        ("let x = mod(sales, days + 1)", "worker"),
        ("let parcel.x = weight + side", "parcel"),
        ("let parcel.x = per_kg * side + price", "parcel"),
    ],
)
def test_units_that_differ_do_not_meet(fragment: str, entity: str) -> None:
    assert faults(fragment + "\n") == ["unit-mismatch"]


@pytest.mark.parametrize(
    ("fragment", "entity", "unit"),
    [
        ("let x = sales + 5", "worker", "CNY"),
        ("let x = 5 + sales", "worker", "CNY"),
        ("let x = 5 - hours", "worker", "hour"),
        ("let x = min(5, sales, 3)", "worker", "CNY"),
        ("let x = if night then 5 else 3", "worker", PLAIN),
        ("let x = (if night then 5 else 3) + sales", "worker", "CNY"),
        ("let x = max(5, 3) + sales", "worker", "CNY"),
        ("let x = -5 + sales", "worker", "CNY"),
        ("let x = (5 + 3) + sales", "worker", "CNY"),
        ("let x = clamp(5, 0, sales)", "worker", "CNY"),
        ("let x = 5 + 100 CNY", "worker", "CNY"),
        ("let x = sales / hours when hours > 0", "worker", "CNY per hour"),
        ("let x = sales / store.target", "worker", PLAIN),
        ("let x = 1 / max(hours, 1)", "worker", "per hour"),
        ("let x = wage * hours / 8 hour", "worker", "CNY per hour"),
        ("let parcel.x = side * side * side", "parcel", "cm3"),
        ("let parcel.x = side * side * side / 6_000 cm3 per kg", "parcel", "kg"),
        ("let parcel.x = max(weight, round(side * side * side / 6_000 cm3 per kg, 3))", "parcel", "kg"),
        ("let parcel.x = weight * per_kg", "parcel", "CNY"),
        ("let parcel.x = late / 60 minute per hour", "parcel", "hour"),
    ],
)
def test_units_combine_and_bare_numbers_take_them(fragment: str, entity: str, unit: str) -> None:
    type_ = line_of(fragment + "\n", entity=entity).type
    assert isinstance(type_, NumberType)
    assert str(type_.unit) == unit


@pytest.mark.parametrize(
    "fragment",
    [
        "let x = sales > 5",
        "let x = 5 <= hours",
        "let x = sales is 0",
        "let x = hours in (8, 7.5)",
        "let x = store.rate >= 5%",
        "let x : percent(2) = store.rate + 1%",
        "let x : money(3) per hour = wage * 150%",
    ],
)
def test_a_bare_number_meets_any_unit(fragment: str) -> None:
    assert faults(fragment + "\n") == []


def test_percent_is_kept_where_all_are_percent() -> None:
    assert number_of("store.rate + 1%").percent
    assert number_of("if night then store.rate else 0").percent
    assert number_of("max(store.rate, 5%)").percent
    assert not number_of("1 + 5%").percent
    assert not number_of("store.rate * days").percent
