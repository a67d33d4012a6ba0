"""What names mean at the grain of an entity, going up by paths and down by aggregates."""

import pytest

from paycalc.check.types import FlagType, MemberType, NumberType
from tests.check.checked import HEADER, accepted, faults, ids_of, line_of

PLAIN = "a plain number"


@pytest.mark.parametrize(
    "fragment",
    [
        "let x = sales",
        "let x = worker.sales",
        "let worker.x = sales",
        "let x = store.revenue",
        "let x = store.rate",
        "let x = plan.wage",
        "let x = wage",
        "let x = given(store.region) and store.region is store.region",
        "let x = period.days + days_between(period.start, period.end)",
        "let x = grade is senior",
        'let x = grade is "senior"',
        "let x = senior is grade",
        "let x = grade is not senior and grade in (junior, lead)",
        "let x = if night then senior else grade",
        "let x = lead",
        'let x = team is "red"',
        'let x = team in ("red", "blue")',
        "let x = night is yes",
        "let x = night is not (days > 5)",
        "let x = hired < 2020-01-01 and hired in (2019-01-01, 2019-02-01)",
        "let x = at >= 2026-10-15T08:30 and at < 2026-10-16T08:30+08:00",
        "let x = store is store",
        "let x = given(manager) and manager.store is store",
        "let parcel.x = worker.store.rate",
        "let parcel.x = parcel.price",
        "let parcel.x = parcel.worker.sales",
        "let parcel.x = price * worker.store.rate",
        "let parcel.x = wage",
        "let store.x = store.revenue",
        "let store.x = rate * revenue",
        "let plan.x = wage * 2",
        "let plan.x = sum(revenue of store)",
        "let plan.x = count(parcel) + count(worker where grade is lead)",
        "show plan.x = sum(gross of worker)",
        "let store.x = sum(sales of worker via store)",
        "let store.x = count(worker via store where night)",
        "let store.x = sum(gross of worker via store)",
        "let store.x = sum(sales of worker via mentor)",
        "let x = sum(price of parcel)",
        "let x = sum(price * worker.store.rate of parcel)",
        "let x = count(parcel where weight > 5 and late <= 30)",
        "let x = count(deal via owner) + count(deal via helper)",
        "let x = sum(amount of deal via helper where amount > 0)",
        "let x = count(worker via manager)",
        "let x = any(checked of parcel) and all(late < 30 of parcel where checked)",
        "let x = sum(if checked then price else 0 of parcel)",
        "let x = sum(1 of parcel)",
        "let region.x = sum(revenue of store)",
        "let x = sum(sum_of of parcel)\nlet parcel.sum_of = price",
        "let parcel.x = worker.parcels\nlet parcels = count(parcel)",
        "let plan.total = sum(sales of worker)\nlet x = sales / plan.total when plan.total > 0",
        "let hour = 5\nlet x = hour + hour(at)",
        "let round = 5\nlet x = round(sales * 2%) + 100",
    ],
)
def test_names(fragment: str) -> None:
    assert faults(fragment + "\n") == []


@pytest.mark.parametrize(
    ("fragment", "expected"),
    [
        ("let x = revenue", ["wrong-grain"]),
        ("let x = rate", ["wrong-grain"]),
        ("let x = price", ["wrong-grain"]),
        ("let x = parcel.price", ["wrong-grain"]),
        ("let x = region.area", ["wrong-grain"]),
        ("let parcel.x = sales", ["wrong-grain"]),
        ("let parcel.x = store.rate", ["wrong-grain"]),
        ("let parcel.x = gross", ["wrong-grain"]),
        ("let store.x = sales", ["wrong-grain"]),
        ("let plan.x = revenue", ["wrong-grain"]),
        ("let plan.x = worker.sales", ["wrong-grain"]),
        ("let x = count(parcel where hours > 5)", ["wrong-grain"]),
        ("let x = sum(price * hours of parcel)", ["wrong-grain"]),
        ("let plan.y = 5\nlet x = y", ["wrong-grain"]),
        ("let store.y = 5\nlet x = y", ["wrong-grain"]),
        ("let x = sum(revenue of store)", ["no-reference"]),
        ("let x = count(store)", ["no-reference"]),
        ("let region.x = sum(sales of worker)", ["no-reference"]),
        ("let store.x = sum(price of parcel)", ["no-reference"]),
        ("let parcel.x = count(parcel)", ["no-reference"]),
        ("let x = count(deal)", ["ambiguous-reference"]),
        ("let store.x = count(worker)", ["ambiguous-reference"]),
        ("let x = count(deal via manager)", ["no-reference"]),
        ("let x = count(parcel via owner)", ["no-reference"]),
        ("let x = count(parcels)", ["unknown-entity"]),
        ("let x = team is red", ["unknown-name"]),
        ("let x = days.hours", ["not-a-path"]),
        ("let x = store.region.name", ["unknown-name"]),
        ("let x = store.reveneu", ["unknown-name"]),
        ("let x = worker.manager.slaes", ["unknown-name"]),
        ("let x = period.month", ["unknown-name"]),
        ("let x = period", ["unknown-name"]),
        ("let x = plan", ["unknown-name"]),
        ("let x = grade is boss", ["unknown-member"]),
        ("let x = grade in (junior, boss)", ["unknown-member"]),
        ('let x = grade is "boss"', ["unknown-member"]),
        ("let x = grade is team", ["type-mismatch"]),
        ("let x = store is manager", ["unmet-optional"]),
        ("let x = store is mentor", ["unmet-optional"]),
        ("pay store.x = 5", ["wrong-grain"]),
        ("deduct parcel.x = 5", ["wrong-grain"]),
        ("let shop.x = 5", ["unknown-entity"]),
    ],
)
def test_names_that_mean_nothing_here(fragment: str, expected: list[str]) -> None:
    assert faults(fragment + "\n") == expected


@pytest.mark.parametrize(
    ("fragment", "expected"),
    [
        ("let senior = 5\nlet x = grade is senior", ["member-hidden"]),
        ('let senior = 5\nlet x = grade is "senior"', []),
        ("let senior = 5\nlet x = senior + 1", []),
        ("let senior = 5\ntable t of grade : money\n  senior : 5\n  * : 1\npay x = t(grade)", []),
        ("let store.senior = 5\nlet x = grade is senior", []),
        ("kind league = one of junior, major\nlet x = junior", ["ambiguous-member"]),
        ("kind league = one of junior, major\nlet x = grade is junior", []),
        ("kind league = one of junior, major\nlet x = major", []),
        ("kind league = one of junior, senior, lead\nlet x = junior", []),
        ("kind grade = one of a, b", ["duplicate-name"]),
        ("entity worker\n  x : int", ["duplicate-name"]),
        ("let days = 5", ["duplicate-name"]),
        ("parameters\n  wage : money", ["duplicate-name"]),
        ("parameters of store\n  revenue : money", ["duplicate-name"]),
        ("parameters of worker\n  x : money", []),
        ("let store.sales = 5", []),
        ("let wage = 5", []),
        ("let worker = 5", ["duplicate-name"]),
        ("let store = 5", ["duplicate-name"]),
        ("let parcel = 5", []),
        ("let gross = 5", ["reserved-name"]),
        ("let store.gross = 5", ["reserved-name"]),
        ("let period = 5", ["reserved-name"]),
        ("entity plan\n  x : int", ["reserved-name"]),
        ("kind money = one of a, b", ["reserved-name"]),
        ("kind k = one of a, none", ["reserved-name"]),
        ('kind k = one of a, "none"', []),
        ("table round of days : money\n  * : 5", ["reserved-name"]),
        ("table sales of days : money\n  * : 5\npay x = sales(days)", []),
        ("table t of days : money\n  * : 5\nladder t of days : money\n  0 : 1", ["duplicate-name"]),
    ],
)
def test_names_that_are_taken(fragment: str, expected: list[str]) -> None:
    assert faults(fragment + "\n") == expected


def test_a_line_hides_a_parameter_of_the_plan() -> None:
    type_ = line_of("let wage = 5\nlet x = wage\n").type
    assert isinstance(type_, NumberType)
    assert str(type_.unit) == PLAIN
    type_ = line_of("let wage = 5\nlet x = plan.wage\n").type
    assert isinstance(type_, NumberType)
    assert str(type_.unit) == "CNY per hour"


def test_names_are_compared_after_nfc() -> None:
    composed, decomposed = "gr\u00f6\u00dfe", "gro\u0308\u00dfe"
    assert composed != decomposed
    assert ids_of(f"{HEADER}entity worker\n  {composed} : int 1 .. 5\nlet x = {decomposed} + 1\n") == []
    assert ids_of(f"{HEADER}entity worker\n  {composed}, {decomposed} : int 1 .. 5\n") == ["duplicate-name"]


def test_chinese_names() -> None:
    plan = (
        'plan 计件 "计件工资"\n  currency CNY\n  period month\n  payee 工人\n'
        "kind 工种 = one of 裁剪, 缝制\nentity 车间\n  系数 : decimal(2) 0.50 .. 2\n"
        "entity 工人\n  车间 : 车间\nentity 工单 in 工人 at most 100 per 工人\n  工种 : 工种\n  合格 : int 0 .. 2_000\n"
        "table 单价 of 工种 : money(4)\n  裁剪 : 0.3500\n  缝制 : 1.2000\n"
        "let 工单.金额 = round(合格 * 单价(工种) * 工人.车间.系数)\npay 计件 = sum(金额 of 工单)\n"
    )
    assert ids_of(plan) == []


@pytest.mark.parametrize(
    ("line", "interval", "unit", "places"),
    [
        ("let x = count(parcel)", "0 .. 1_000", PLAIN, 0),
        ("let x = count(parcel where checked)", "0 .. 1_000", PLAIN, 0),
        ("let x = sum(price of parcel)", "0 .. 50_000", "CNY", 2),
        ("let x = sum(price - 5 of parcel)", "-5_000 .. 45_000", "CNY", 2),
        ("let x = sum(price of parcel where price > 10)", "0 .. 50_000", "CNY", 2),
        ("let x = sum(weight * per_kg of parcel)", "0 .. 1_000_000", "CNY", 5),
        ("let x = sum(if late > 30 minute then -1 else 2 of parcel)", "-1_000 .. 2_000", PLAIN, 0),
        ("let x = default(min(weight of parcel), 0)", "0 .. 100", "kg", 3),
        ("let x = default(max(late of parcel where late > 30), 0)", "0 .. 600", "minute", 0),
        ("let x = default(max(late of parcel where late > 30), 31)", "31 .. 600", "minute", 0),
        ("let x = default(mean(price of parcel), 0)", "0 .. 50", "CNY", None),
        ("let x = sum(amount of deal via owner)", "-4_294_967_295_000 .. 38_654_705_655_000", "CNY", 2),
        ("let x = count(deal via owner)", "0 .. 4_294_967_295", PLAIN, 0),
        ("let x = count(worker via manager)", "0 .. 4_294_967_295", PLAIN, 0),
    ],
)
def test_what_an_aggregate_gives(line: str, interval: str, unit: str, places: int | None) -> None:
    type_ = line_of(line + "\n").type
    assert isinstance(type_, NumberType)
    assert (str(type_.interval), str(type_.unit), type_.places) == (interval, unit, places)


def test_aggregates_of_other_types() -> None:
    assert isinstance(line_of("let x = any(checked of parcel)\n").type, FlagType)
    assert isinstance(line_of("let x = all(price > 5 of parcel)\n").type, FlagType)
    assert faults("let x = default(max(hired of worker via manager), 2026-01-01)\n") == []
    assert faults("let x = default(max(grade of worker via manager), lead)\n") == ["type-mismatch"]
    assert faults("let x = sum(checked of parcel)\n") == ["type-mismatch"]
    assert faults("let x = sum(price / 3 of parcel)\n") == ["quotient-not-rounded"]
    assert faults("let x = default(max(price / 3 of parcel), 0)\n") == ["quotient-not-rounded"]
    assert faults("let x = any(price of parcel)\n") == ["condition-not-flag"]
    assert faults("let x = count(parcel where price)\n") == ["condition-not-flag"]


def test_members_of_an_enumeration_without_a_name() -> None:
    plan = HEADER + 'entity worker\n  size : one of small, "Extra Large"\n'
    assert ids_of(plan + 'let x = size is small or size is "Extra Large"\n') == []
    assert ids_of(plan + 'table t of size : money\n  small : 1\n  "Extra Large" : 2\npay x = t(size)\n') == []
    assert ids_of(plan + "let x = size is large\n") == ["unknown-member"]
    line = accepted("let x = lead\n").entities["worker"].lines["x"]
    assert line.type == MemberType(("junior", "senior", "lead"))
