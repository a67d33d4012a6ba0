"""Events, where parameters are stated, what is asked for on which day, running totals and means over days."""

from datetime import UTC, date, datetime
from fractions import Fraction

import pytest

from paycalc.check import check_plan, typed
from paycalc.check.typed import INHERIT, AnyCell, ExampleTable, Outside, Read, Running, Step, TypedPlan, ValuesCell
from paycalc.check.types import NumberType
from paycalc.check.usage import Averaged, DatedRead, reads_of, usage_of
from paycalc.core.span import Source
from tests.check.checked import HEADER, ids_of

PRELUDE = (
    HEADER
    + """\
entity country
  area : int 1 .. 9
entity region
  country : country
entity owner
  region  : region
entity store
  region  : region
  owner   : owner optional
entity worker
  store   : store
  home    : region
entity parcel dated at in worker when bad hold outside period carry at most 100 per worker
  store   : store
  helper  : worker optional
  at      : datetime
  day     : date
  weight  : decimal(3) kg 0 .. 10
  price   : money 0 .. 50
  late    : flag
  size    : one of small, large
entity visit in worker
  store   : store
parameters of store
  rate    : money 0 .. 10
  share   : percent 0% .. 40% = 5%
  cap     : money 0 .. 100 optional
parameters of worker
  bonus   : money 0 .. 9 = 0
  lunch   : money 0 .. 9 = 0
parameters of region
  lunch   : money 0 .. 9 = 0
parameters
  wage    : money 0 .. 100
"""
)


def plan_of(fragment: str) -> TypedPlan:
    return check_plan(Source("p.pay", PRELUDE + fragment))


def faults(fragment: str) -> list[str]:
    return ids_of(PRELUDE + fragment)


def value_of(expression: str, entity: str = "parcel") -> typed.Expr:
    return plan_of(f"let {entity}.x = {expression}\n").entities[entity].lines["x"].value


def by_of(expr: typed.Expr) -> str:
    """The column by which a read, table or ladder is asked for."""
    assert isinstance(expr, Read | typed.TableLookup | typed.LadderUse)
    return expr.by.name if expr.by is not None else ""


# ---------------------------------------------------------------- entities


def test_what_an_entity_says_of_its_rows() -> None:
    entities = plan_of("").entities
    parcel, visit = entities["parcel"], entities["visit"]
    assert parcel.dated is parcel.columns["at"]
    assert (parcel.holds, parcel.outside, parcel.rows_max, parcel.rows_max_per) == (True, Outside.CARRY, 100, "worker")
    assert (visit.dated, visit.holds, visit.outside) == (None, False, Outside.FAULT)


@pytest.mark.parametrize(
    ("fragment", "expected"),
    [
        ("entity e dated at\n  at : date\n", []),
        ("entity e dated at\n  at : date 2026-01-01 .. 2026-12-31\n", []),
        ("entity e dated on\n  at : date\n", ["unknown-name"]),
        ("entity e dated at\n  at : int\n", ["dated-column"]),
        ("entity e dated store\n  store : store\n", ["dated-column"]),
        ("entity e dated at\n  at : date optional\n", ["dated-column"]),
        ("entity e dated at\n  at : date = 2026-01-01\n", ["dated-column"]),
        ("entity e dated at\n  at : daet\n", ["unknown-type"]),
        ("entity e outside period ignore\n  at : date\n", ["dated-column"]),
        ("entity e dated at outside period ignore\n  at : daet\n", ["unknown-type"]),
        ("entity e dated at\n  at : date\nparameters of e\n  k : int\n", ["not-an-event"]),
        ("entity e when bad hold\nparameters of e\n  k : int\n", []),
    ],
)
def test_clauses_of_entities(fragment: str, expected: list[str]) -> None:
    assert faults(fragment) == expected


def test_who_is_paid_is_no_event() -> None:
    plan = HEADER + "entity worker dated at when bad hold outside period carry\n  at : date\npay p = 5\n"
    assert ids_of(plan) == ["not-an-event", "not-an-event"]


# ---------------------------------------------------------------- levels


def levels_of(entity: str) -> list[tuple[str, str, list[str]]]:
    levels = plan_of("").entities[entity].levels
    return [(each.name, each.entity, [step.name for step in each.references]) for each in levels]


def test_levels_go_from_the_entity_to_the_plan() -> None:
    assert levels_of("store") == [
        ("store", "store", []),
        ("region", "region", ["region"]),
        ("owner", "owner", ["owner"]),
        ("country", "country", ["region", "country"]),
        ("plan", "plan", []),
    ]
    assert levels_of("worker") == [
        ("worker", "worker", []),
        ("store", "store", ["store"]),
        ("home", "region", ["home"]),
        ("owner", "owner", ["store", "owner"]),
        ("country", "country", ["home", "country"]),
        ("plan", "plan", []),
    ]
    assert levels_of("plan") == [("plan", "plan", [])]


def test_of_two_levels_of_one_name_the_nearer_is_there() -> None:
    plan = plan_of(
        "entity a\n  b : country\nentity b\nentity c\n  b : b\n  a : a\n  recorded_at : owner\n"
        "entity d\n  c : c\n  a : a\nparameters of d\n  k : int\n"
    )
    levels = [(each.name, each.entity) for each in plan.entities["d"].levels]
    assert levels == [("d", "d"), ("c", "c"), ("a", "a"), ("b", "b"), ("region", "region"), ("plan", "plan")]


@pytest.mark.parametrize(
    ("fragment", "expected"),
    [
        ("parameters of store\n  country : int\n", ["reserved-name"]),
        ("parameters of store\n  effective_from : date\n", ["reserved-name"]),
        ("parameters of store\n  effective_to, recorded_at : date\n", ["reserved-name", "reserved-name"]),
        ("parameters\n  recorded_at : date\n", ["reserved-name"]),
        ("parameters\n  country : int\n", []),
        ("entity e\n  effective_from : date\n", []),
    ],
)
def test_a_parameter_may_not_be_called_like_a_column_of_its_table(fragment: str, expected: list[str]) -> None:
    assert faults(fragment) == expected


# ---------------------------------------------------------------- the asked day


def test_parameters_are_asked_for_at_the_day_of_a_dated_row() -> None:
    assert by_of(value_of("store.rate")) == "at"
    assert by_of(value_of("worker.store.rate")) == "at"
    assert by_of(value_of("wage")) == "at"
    assert by_of(value_of("price")) == ""
    assert by_of(value_of("store.rate", "visit")) == ""
    assert by_of(value_of("store.rate", "worker")) == ""


def test_what_an_aggregate_adds_up_is_asked_for_at_the_day_of_its_rows() -> None:
    aggregate = value_of("sum(store.rate * 2 of parcel where wage > 3 via worker)", "worker")
    assert isinstance(aggregate, typed.Aggregate)
    reads = reads_of(aggregate.value, aggregate.where)
    assert [(each.parameter.name, each.by.name) for each in reads.dated] == [("rate", "at"), ("wage", "at")]
    assert by_of(value_of("store.rate", "worker")) == ""


def test_tables_and_ladders_from_data_are_asked_for_at_the_day_of_a_dated_row() -> None:
    tables = (
        "table fee of store, size : money from data\nladder tiers of store, weight : money from data\n"
        "table own of size : money\n  * : 5\n"
    )
    entities = plan_of(
        tables + "let parcel.a = fee(store, size)\nlet parcel.b = reached(weight, tiers(store))\n"
        "let parcel.c = own(size)\nlet a = fee(store, small)\n"
    ).entities
    assert [by_of(entities["parcel"].lines[name].value) for name in "abc"] == ["at", "at", ""]
    assert by_of(entities["worker"].lines["a"].value) == ""


def test_a_dated_read_is_written_alike_with_another_one() -> None:
    """A fact about `store.cap` holds for every `store.cap` of the row."""
    plan_of("let parcel.x = if given(store.cap) then store.cap + store.cap else 0\n")


def test_usage_of_dated_plans() -> None:
    plan = plan_of(
        "table fee of store, day : money from data\n"
        "let parcel.x = store.rate + fee(store, day)\n"
        "pay p = sum(x of parcel via worker) + round(average(store.share over period) * wage)\n"
    )
    usage = usage_of(plan)
    parcel, store = plan.entities["parcel"], plan.entities["store"]
    assert usage.dated == {store.parameters["rate"]: frozenset({parcel.columns["at"]})}
    assert usage.averaged == {store.parameters["share"]}
    assert usage.at_end == {plan.entities["plan"].parameters["wage"]}
    assert usage.tables == {plan.tables["fee"]}
    assert usage.entities == {"parcel", "store", "worker"}
    assert usage.keyed == {"store", "worker"}
    assert {each.name for each in usage.fields} == {"at", "day", "store", "worker", "rate", "share", "wage"}
    with_levels = usage.with_levels(plan, {"store": {"store", "country", "rate"}})
    assert with_levels.entities - usage.entities == {"region", "country"}
    assert {each.name for each in with_levels.fields - usage.fields} == {"region", "country"}


def test_the_places_of_dated_reads_and_means() -> None:
    plan = plan_of("let parcel.x = worker.store.rate\nlet a = average(store.rate over period)\n")
    rate, parcel = plan.entities["store"].parameters["rate"], plan.entities["parcel"]
    reads = reads_of(parcel.lines["x"].value)
    way = (parcel.references["worker"], plan.entities["worker"].references["store"])
    assert reads.dated == (DatedRead(way, rate, parcel.columns["at"]),)
    assert reads.paths == (((), way[0]), ((way[0],), way[1]), ((), parcel.columns["at"]))
    mean = reads_of(plan.entities["worker"].lines["a"].value)
    assert mean.averages == (((way[1],), Averaged(rate)),)
    assert mean.paths == (((), way[1]),)


def test_running_totals_need_keys() -> None:
    plan = plan_of(
        "let parcel.n = running_count(within store by at)\nlet p = default(max(n of parcel via worker), 0)\n"
    )
    assert "parcel" in usage_of(plan).keyed


# ---------------------------------------------------------------- running totals


def running_of(expression: str) -> Running:
    expr = value_of(expression)
    assert isinstance(expr, Running)
    return expr


def test_a_running_sum() -> None:
    running = running_of("running_sum(price within worker by at where late)")
    assert (running.operator, running.within.name, by_of(running.order)) == ("sum", "worker", "")
    assert isinstance(running.type, NumberType)
    assert (str(running.type.interval), str(running.type.unit), running.type.places) == ("0 .. 5_000", "CNY", 2)
    assert running.where is not None


@pytest.mark.parametrize(
    ("expression", "interval"),
    [
        ("running_count(within worker by at)", "1 .. 100"),
        ("running_count(within worker by at where late)", "0 .. 100"),
        ("running_count(within store by weight)", "1 .. 4_294_967_295"),
        ("running_sum(weight within worker by day)", "0 .. 1_000"),
        ("running_sum(2 within worker by price)", "0 .. 200"),
    ],
)
def test_ranges_of_running_totals(expression: str, interval: str) -> None:
    type_ = running_of(expression).type
    assert isinstance(type_, NumberType)
    assert str(type_.interval) == interval


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        ("running_sum(price within worker by at)", []),
        ("price / running_count(within worker by at) * 1 kg / weight when weight > 0", []),
        ("running_sum(price within worker by size)", ["type-mismatch"]),
        ("running_sum(price within worker by late)", ["type-mismatch"]),
        ("running_sum(price within worker by price / 3)", ["quotient-not-rounded"]),
        ("running_sum(price / 3 within worker by at)", ["quotient-not-rounded"]),
        ("running_sum(late within worker by at)", ["type-mismatch"]),
        ("running_sum(price within worker by at where price)", ["condition-not-flag"]),
        ("running_sum(price within helper by at)", ["unmet-optional"]),
        ("running_sum(price within country by at)", ["no-reference"]),
        ("running_sum(price within day by at)", ["no-reference"]),
        ("running_sum(store.cap within worker by at)", ["unmet-optional"]),
        ("running_sum(store.cap within worker by at where given(store.cap))", []),
        ("running_sum(store.cap within worker by at) when given(store.cap)", ["unmet-optional"]),
        ("running_sum(x within worker by at)", ["cycle"]),
        ("running_sum(price within worker by x)", ["cycle"]),
        ("running_count(within worker by at where x > 3)", ["cycle"]),
        ("running_count(within worker by sales)", ["unknown-name"]),
        ("1 when running_sum(1e12 * 1e12 * 1e12 within store by at) > 3", ["number-too-wide"]),
    ],
)
def test_faults_of_running_totals(expression: str, expected: list[str]) -> None:
    assert faults(f"let parcel.x = {expression}\n") == expected


def test_a_circle_between_grains_is_reported_whole() -> None:
    fragment = (
        "let parcel.so_far = running_sum(fee within worker by at)\nlet parcel.fee = worker.extra + 1\n"
        "let extra = sum(so_far of parcel)\n"
    )
    assert faults(fragment) == ["cycle"]


# ---------------------------------------------------------------- means over days


def test_a_mean_over_days_is_a_fraction_over_the_days() -> None:
    expr = value_of("average(store.rate over period)", "worker")
    assert isinstance(expr, typed.Average)
    assert (expr.operand.field.name, expr.operand.by, expr.optional) == ("rate", None, False)
    type_ = expr.type
    assert isinstance(type_, NumberType)
    assert (type_.places, str(type_.interval), str(type_.unit)) == (None, "0 .. 10", "CNY")
    assert (str(type_.numerator), str(type_.divisor)) == ("0 .. 31_000", "2_800 .. 3_100")


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("let x = average(wage over period)", []),
        ("let x = average(bonus over period)", []),
        ("let parcel.x = average(store.rate over period)", []),
        ("let x = 1 + round(average(store.share over period), 4)", []),
        ("pay x = average(wage over period)", ["quotient-not-rounded"]),
        ("let x = average(store.cap over period)", ["parameter-needed"]),
        ("let parcel.x = average(price over period)", ["parameter-needed"]),
        ("let x = average(store over period)", ["parameter-needed"]),
        ("let x = average(wage * 2 over period)", ["parameter-needed"]),
        ("let x = average(5 over period)", ["parameter-needed"]),
        ("let x = average(wgae over period)", ["unknown-name"]),
        ("let y = 5\nlet x = average(y over period)", ["parameter-needed"]),
        ("parameters\n  on : flag\nlet x = average(on over period)", ["parameter-needed"]),
        ("let store.x = average(owner.region.lunch over period)", ["unmet-optional"]),
        ("let store.x = if given(owner) then average(owner.region.lunch over period) else 0", []),
    ],
)
def test_means_over_days(line: str, expected: list[str]) -> None:
    assert faults(f"{line}\n") == expected


# ---------------------------------------------------------------- examples


def example_of(text: str) -> typed.Example:
    items = "".join(f"  {line}\n" for line in text.strip("\n").split("\n"))
    (example,) = plan_of(f'{TABLES}pay p = 5\nexample "e"\n{items}').examples
    return example


def example_faults(text: str) -> list[str]:
    items = "".join(f"  {line}\n" for line in text.strip("\n").split("\n"))
    return faults(f'{TABLES}pay p = 5\nexample "e"\n{items}')


TABLES = """\
table fee of store, size, weight : money from data
table fine of size -> points int 0 .. 9; amount money from data
table written of size : money
  * : 5
ladder tiers of store, n int 0 .. 100 : money 0 .. 9 from data
ladder plain of n int 0 .. 100 : money 0 .. 9 from data
"""


def test_statements_at_several_levels() -> None:
    example = example_of(
        "plan : wage 3, rate 1\nplan from 2026-10-01 : rate 2\nregion R1 : rate 3, share inherit\n"
        "store S1 from 2026-10-15T14:00 : rate inherit, cap none\nworker W -> p 5\n"
    )
    (block,) = example.blocks
    rows = [(row.entity, row.key, {each.name: v for each, v in row.parameters.items()}) for row in block.rows]
    assert rows == [
        ("plan", None, {"wage": Fraction(3), "rate": Fraction(1)}),
        ("plan", None, {"rate": Fraction(2)}),
        ("region", "R1", {"rate": Fraction(3), "share": INHERIT}),
        ("store", "S1", {"rate": INHERIT, "cap": None}),
        ("worker", "W", {}),
    ]
    since = [row.since for row in block.rows]
    assert since[:3] == [None, date(2026, 10, 1), None]
    assert since[3] == datetime(2026, 10, 15, 6, tzinfo=UTC)
    assert {each.entity for row in block.rows[:2] for each in row.parameters if each.name == "rate"} == {"store"}


def test_the_own_parameter_comes_before_those_of_other_entities() -> None:
    (row, _) = example_of("region R1 : lunch 3\nworker W -> p 5\n").blocks[0].rows
    assert [(each.entity, value) for each, value in row.parameters.items()] == [("region", 3)]


@pytest.mark.parametrize(
    ("text", "period"),
    [
        ("worker W -> p 5", "2026-01"),
        ("store S from 2025-03-10 : rate 1\nstore S from 2025-02-01 : rate 2\nworker W -> p 5", "2025-03"),
        ("parcel P : worker W, at 2027-04-30T23:59\nworker W -> p 5", "2027-04"),
        ("parcel P : worker W, at 2027-04-30T23:59+00:00\nworker W -> p 5", "2027-05"),
        (
            "store S from 2028-02-29T00:00 : rate 1\nparcel P : worker W, at 2027-04-30T12:00\nworker W -> p 5",
            "2028-02",
        ),
        ("table fee from 2029-01-31\n  S, *, * : 5\nworker W -> p 5", "2029-01"),
        ("parcel P : worker W, day 2027-04-30\nworker W -> p 5", "2026-01"),
    ],
)
def test_an_example_without_a_period_runs_in_that_of_its_latest_date(text: str, period: str) -> None:
    (block,) = example_of(text).blocks
    assert (block.first.name, block.last.name) == (period, period)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("parcel P : worker W, price 5 -> held", []),
        ("expect parcel P : held out-of-range", []),
        ("worker W -> held", ["example"]),
        ("visit V : worker W -> held", ["example"]),
        ("store S : rate none", ["literal-type"]),
        ("worker W : store inherit", []),
        ("parcel P : worker W, price inherit", ["literal-type"]),
        ("store S from 2026-01-01 : region R", ["example"]),
        ("store S from 2026-01-01", ["example"]),
        ("store S from 2026-01-01 : rtae 5", ["unknown-name"]),
        ("store S from 1800-01-01 : rate 5", ["literal-out-of-range"]),
        ("store S from 2026-01-01 : rate 5, rate 6", ["example"]),
        ("country C : lunch 5", ["example"]),
        ("country C : wage 5", ["unknown-name"]),
        ("plan : p 5", ["unknown-name"]),
        ("plan : lunch 5", ["example"]),
        ("plan : bonus 5", []),
        ("owner O : rate 5", []),
        ("worker X : rate 5", ["unknown-name"]),
    ],
)
def test_faults_of_rows(text: str, expected: list[str]) -> None:
    assert example_faults(f"worker W -> p 5\n{text}") == expected


def tables_of(text: str) -> tuple[ExampleTable, ...]:
    return example_of(f"worker W -> p 5\n{text}").blocks[0].tables


def test_tables_in_examples() -> None:
    first, second = tables_of(
        "table fee\n  (S1, 7), small, ..5 : 1\n  *, *, * : 2\ntable fee from 2026-02-01\n  *, *, * : 3"
    )
    assert (first.of.name, first.since, second.since) == ("fee", None, date(2026, 2, 1))
    assert first.rows[0].cells[:2] == (ValuesCell(frozenset(("S1", 7))), ValuesCell(frozenset(("small",))))
    assert [type(cell) for cell in first.rows[1].cells] == [AnyCell] * 3
    assert [row.results for row in first.rows] == [(Fraction(1),), (Fraction(2),)]
    (third,) = tables_of("table fine\n  * : 3, 4.50")
    assert third.rows[0].results == (Fraction(3), Fraction("4.5"))


def steps_of(table: ExampleTable) -> dict[tuple[object, ...], list[tuple[object, Fraction]]]:
    return {key: [_pair(step) for step in steps] for key, steps in table.groups.items()}


def _pair(step: Step) -> tuple[object, Fraction]:
    return step.threshold, step.value


def test_ladders_in_examples() -> None:
    grouped, plain = tables_of(
        "table tiers\n  S1\n    0 : 1\n    10 : 2\n  7\n    5 : 3\ntable plain\n  0 : 1\n  9 : 2"
    )
    assert steps_of(grouped) == {("S1",): [(0, 1), (10, 2)], (7,): [(5, 3)]}
    assert steps_of(plain) == {(): [(0, 1), (9, 2)]}
    assert (grouped.rows, plain.rows) == ((), ())


def test_tables_belong_to_the_setup_or_to_a_period() -> None:
    example = example_of("table plain\n  0 : 1\nperiod 2026-02\n  table plain\n    0 : 2\n  worker W -> p 5")
    assert [[steps_of(each) for each in tables] for tables in (example.tables, example.blocks[0].tables)] == [
        [{(): [(0, 1)]}],
        [{(): [(0, 2)]}],
    ]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("table fees\n  *, *, * : 3", ["unknown-name"]),
        ("table written\n  * : 3", ["example"]),
        ("table fee\n  * : 3", ["cell-count"]),
        ("table fee\n  *, *, * : 3, 4", ["cell-count"]),
        ("table fee\n  *, huge, * : 3", ["unknown-member"]),
        ("table fee\n  ..5, *, * : 3", ["literal-type"]),
        ("table fee\n  1.5, *, * : 3", ["literal-type"]),
        ("table fee\n  *, *, 5..1 : 3", ["empty-band"]),
        ("table fee\n  S1\n    0 : 5", ["cell-count"]),
        ("table fee from 2026-01-01T14:00\n  *, *, * : 3", ["example"]),
        ("table fee\n  *, *, * : 3\ntable fee\n  *, *, * : 4", ["example"]),
        ("table fee\n  *, *, * : 3\ntable fee from 2026-01-02\n  *, *, * : 4", []),
        ("table fine\n  * : 10, 3", ["literal-out-of-range"]),
        ("table plain\n  ..10 : 3", ["cell-count"]),
        ("table plain\n  0, 5 : 3", ["cell-count"]),
        ("table plain\n  S1\n    0 : 3", ["ladder-group"]),
        ("table plain\n  5 : 3\n  0 : 3", ["ladder-order"]),
        ("table tiers\n  0 : 3", ["ladder-group"]),
        ("table tiers\n  S1\n    0 : 3\n  S1\n    0 : 4", ["ladder-group"]),
        ("table tiers\n  S1\n    0 : 30", ["literal-out-of-range"]),
    ],
)
def test_faults_of_tables_in_examples(text: str, expected: list[str]) -> None:
    assert example_faults(f"worker W -> p 5\n{text}") == expected


def test_a_moment_in_a_row_needs_a_time_zone() -> None:
    plan = (
        "plan p\n  currency CNY\n  period month\n  payee worker\nentity worker\nparameters\n  wage : money\npay p = 5\n"
        'example "e"\n  plan from 2026-01-01{} : wage 5\n  worker W -> p 5\n'
    )
    assert ids_of(plan.format("")) == []
    assert ids_of(plan.format("T14:00")) == ["timezone-missing"]
