"""Every construct, and the tree it gives."""

from datetime import UTC, date, datetime
from fractions import Fraction

import pytest

from paycalc.core.span import Source
from paycalc.syntax import tree
from paycalc.syntax.parser import decode, parse
from tests.syntax.reading import bare, declared, value_of, written


def test_a_header_with_all_settings():
    text = 'plan p "T"\n  payee worker\n  currency CNY\n  period 14 days from 2026-01-05\n  timezone Asia/Shanghai\n'
    plan, diagnostics = parse(Source("p.pay", text))
    assert diagnostics == ()
    header = plan.header
    assert (header.name.text, header.title) == ("p", "T")
    assert (header.payee.text, header.currency.text, header.timezone.text) == ("worker", "CNY", "Asia/Shanghai")
    assert bare(header.period) == ("PeriodExpression", "days", 14, date(2026, 1, 5))


@pytest.mark.parametrize(
    "zone", ["UTC", "Asia/Shanghai", "America/Argentina/Buenos_Aires", "Etc/GMT+8", "America/Port-au-Prince"]
)
def test_time_zones(zone):
    plan, diagnostics = parse(Source("p.pay", f"plan p\n  timezone {zone}  # there\n"))
    assert diagnostics == ()
    assert plan.header.timezone.text == zone


def test_periods_are_read_without_judging_them():
    plan, _ = parse(Source("p.pay", "plan p\n  period fortnight\n"))
    assert bare(plan.header.period) == ("PeriodExpression", "fortnight", None, None)


def test_a_plan_may_have_nothing_but_its_name():
    plan, diagnostics = parse(Source("p.pay", "# nothing yet\nplan p"))
    assert diagnostics == ()
    assert bare(plan.header) == ("Header", ("Identifier", "p", False), None, None, None, None, None)
    assert plan.declarations == ()
    assert [comment.text for comment in plan.comments] == ["# nothing yet"]


# ---------------------------------------------------------------- types


def type_of(text: str) -> tree.TypeExpression:
    return declared(f"entity e\n  c : {text}").columns[0].type


@pytest.mark.parametrize("word", "flag int decimal money percent points date datetime text store".split())
def test_plain_types(word):
    assert bare(type_of(word)) == ("TypeExpression", word, None, None, (), None)


def test_places_units_and_ranges():
    node = type_of("decimal(3) kg 0 .. 1_000")
    assert (node.word, node.places) == ("decimal", 3)
    assert bare(node.unit) == ("UnitExpression", (("UnitTerm", "kg", 1),), ())
    assert (written(node.range.low), written(node.range.high)) == ("0", "1000")
    assert bare(type_of("money per tonne km").unit) == (
        "UnitExpression", (), (("UnitTerm", "tonne", 1), ("UnitTerm", "km", 1)),
    )  # fmt: skip
    assert bare(type_of("money(4) USD").unit) == ("UnitExpression", (("UnitTerm", "USD", 1),), ())
    assert bare(type_of("int cm3").unit) == ("UnitExpression", (("UnitTerm", "cm", 3),), ())
    assert bare(type_of("int x12").unit) == ("UnitExpression", (("UnitTerm", "x12", 1),), ())


def test_ranges_hold_numbers_with_signs_and_dates():
    node = type_of("int -1e9 .. 1e9").range
    assert (written(node.low), written(node.high)) == ("(- 1000000000)", "1000000000")
    node = type_of("percent(2) 0% .. 40%").range
    assert bare(node.high) == ("Number", Fraction(2, 5), 2, True, None)
    node = type_of("date 2020-01-01 .. 2030-12-31").range
    assert node.low.value == date(2020, 1, 1)


def test_members_are_names_or_texts():
    assert [(m.text, m.quoted) for m in type_of('one of a, up, "Premium Economy"').members] == [
        ("a", False), ("up", False), ("Premium Economy", True),
    ]  # fmt: skip
    assert bare(declared("kind grade = one of a,\n  b")) == (
        "Kind",
        ("Identifier", "grade", False),
        ("TypeExpression", "one of", None, None, (("Identifier", "a", False), ("Identifier", "b", False)), None),
    )


# ---------------------------------------------------------------- entities and parameters


def test_an_entity_with_everything():
    node = declared(
        'entity parcel "Parcel" in worker at most 1_000 per worker\n'
        "  length, width : int cm 0 .. 500\n"
        '  at : datetime optional "When"\n'
        "  over : flag = yes\n"
        "  goods : one of a, b = b optional\n"
    )
    assert (node.name.text, node.label, node.belongs_to.text) == ("parcel", "Parcel", "worker")
    assert (node.bound.count, node.bound.per.text) == (1000, "worker")
    assert [[name.text for name in column.names] for column in node.columns] == [
        ["length", "width"], ["at"], ["over"], ["goods"],
    ]  # fmt: skip
    assert [(c.optional, c.default and written(c.default), c.label) for c in node.columns] == [
        (False, None, None), (True, None, "When"), (False, "yes", None), (True, "b", None),
    ]  # fmt: skip


CLAUSES = ("dated at", "in worker", "when bad hold", "outside period carry", "at most 5 per worker")


@pytest.mark.parametrize("clauses", [CLAUSES, CLAUSES[::-1], CLAUSES[2:] + CLAUSES[:2]])
def test_the_clauses_of_an_entity_stand_in_any_order(clauses):
    node = declared(f"entity parcel {' '.join(clauses)}\n  at : datetime")
    assert (node.dated.text, node.belongs_to.text, node.outside.word) == ("at", "worker", "carry")
    assert node.hold is not None
    assert (node.bound.count, node.bound.per.text) == (5, "worker")


def test_an_entity_without_clauses_has_none():
    node = declared("entity parcel")
    assert (node.dated, node.belongs_to, node.hold, node.outside, node.bound) == (None, None, None, None, None)


def test_parameters_of_an_entity_and_of_the_plan():
    assert declared("parameters of store\n  rate : percent(2)").entity.text == "store"
    node = declared("parameters\n  minimum_wage : money per hour = 25.00 CNY per hour")
    assert node.entity is None
    assert bare(node.columns[0].default.unit) == (
        "UnitExpression", (("UnitTerm", "CNY", 1),), (("UnitTerm", "hour", 1),),
    )  # fmt: skip


def test_an_entity_may_have_no_columns():
    assert declared("entity region").columns == ()


# ---------------------------------------------------------------- expressions


@pytest.mark.parametrize(
    ("text", "understood"),
    [
        ("a + b - c * d / e", "((a + b) - ((c * d) / e))"),
        ("a - b - c", "((a - b) - c)"),
        ("a / b / c", "((a / b) / c)"),
        ("(a + b) * c", "((a + b) * c)"),
        ("a * -b", "(a * (- b))"),
        ("-a * b", "((- a) * b)"),
        ("- -a", "(- (- a))"),
        ("-5 - 3", "((- 5) - 3)"),
        ("a or b and c", "(a or (b and c))"),
        ("not a and b", "((not a) and b)"),
        ("not a is b", "(not (a is b))"),
        ("not not a", "(not (not a))"),
        ("a is not b", "(a is not b)"),
        ("a < b + 1 and c >= d", "((a < (b + 1)) and (c >= d))"),
        ("x in (1, -2, y + z)", "(x in [1, (- 2), (y + z)])"),
        ("not x in (a, b) or y", "((not (x in [a, b])) or y)"),
        ("if a then b else c + d", "(if a then b else (c + d))"),
        ("if a then b else if c then d else e", "(if a then b else (if c then d else e))"),
        ("1 + (if a then b else c) * 2", "(1 + ((if a then b else c) * 2))"),
        ("max(a, min(b, c))", "max(a, min(b, c))"),
        ("f()", "f()"),
        ("round(x, to 0.05, up)", "round(x, to 1/20, up)"),
        ("sum(price of parcel)", "sum<price of parcel>"),
        ("sum(a + b of parcel where late > 30 via helper)", "sum<(a + b) of parcel where (late > 30) via helper>"),
        ("max(x of parcel via r where y)", "max<x of parcel where y via r>"),
        ("count(parcel)", "count<parcel>"),
        ("count(parcel where a and b) > 0", "(count<parcel where (a and b)> > 0)"),
        ("any(late > 30 of parcel)", "any<(late > 30) of parcel>"),
        ("running_sum(a + b within worker by at)", "running_sum<(a + b) within worker by at>"),
        ("running_sum(a by at within worker)", "running_sum<a within worker by at>"),
        ("running_count(where a and b by c + d within at) / 2",
         "(running_count<within at by (c + d) where (a and b)> / 2)"),
        ("average(store.base over period) * 2", "(average<store.base> * 2)"),
        ("average(over over period)", "average<over>"),
        ("average + running_sum + running_count", "((average + running_sum) + running_count)"),
        ("store.region.rate", "store.region.rate"),
        ("hour(at) >= over.up", "(hour(at) >= over.up)"),
        ("gross before bonus", "gross before bonus"),
        ("gross + before", "(gross + before)"),
        ("share + rank * value", "(share + (rank * value))"),
        ("days_between(2026-10-15, 2026-10-15T08:30)", "days_between(2026-10-15, 2026-10-15T08:30:00)"),
        ('goods is "Premium Economy"', '(goods is "Premium Economy")'),
        ("计件.单价 * 件数", "(计件.单价 * 件数)"),
    ],
)  # fmt: skip
def test_expressions(text, understood):
    assert written(value_of(text)) == understood


def test_numbers_carry_their_unit_and_spelling():
    node = value_of("6_000 cm3 per kg")
    assert (node.value, node.places, node.percent) == (6000, 0, False)
    assert bare(node.unit) == ("UnitExpression", (("UnitTerm", "cm", 3),), (("UnitTerm", "kg", 1),))
    assert bare(value_of("0.250%")) == ("Number", Fraction(1, 400), 5, True, None)
    assert bare(value_of("1e3")) == ("Number", Fraction(1000), 0, False, None)
    assert bare(value_of("15 points * 2").left.unit) == ("UnitExpression", (("UnitTerm", "points", 1),), ())


def test_moments_may_have_a_zone():
    assert value_of("2026-10-15T08:30").value == datetime(2026, 10, 15, 8, 30)
    assert value_of("2026-10-15T08:30:05Z").value == datetime(2026, 10, 15, 8, 30, 5, tzinfo=UTC)


def test_places_cover_brackets_and_operators():
    text = "let x = (a + b) * is_it"
    source = Source("p.pay", f"plan p\n{text}\n")
    line = parse(source)[0].declarations[0]
    assert source.slice(line.span) == text
    assert source.slice(line.value.span) == "(a + b) * is_it"
    assert source.slice(line.value.left.span) == "(a + b)"
    assert source.slice(line.value.operator_span) == "*"
    assert source.slice(line.value.right.span) == "is_it"


def test_long_chains_are_balanced():
    def height(node) -> int:
        return 1 + max(height(node.left), height(node.right)) if isinstance(node, tree.Binary) else 0

    assert height(value_of(" + ".join("a" * 32))) == 31
    assert height(value_of(" + ".join(["a"] * 5_000))) == 13
    assert height(value_of(" and ".join(["a"] * 5_000))) == 13
    assert written(value_of(" + ".join(f"a{n}" for n in range(33)))).replace("(", "").replace(")", "") == " + ".join(
        f"a{n}" for n in range(33)
    )


# ---------------------------------------------------------------- lines


def test_a_line_with_everything():
    node = declared('pay commission "Sales" : money 0 .. 10 = a\n  + b\n  when c > 0 # done')
    assert (node.role, node.entity, node.name.text, node.label) == ("pay", None, "commission", "Sales")
    assert node.type.word == "money"
    assert (written(node.value), written(node.when)) == ("(a + b)", "(c > 0)")


@pytest.mark.parametrize("role", "let pay deduct employer show".split())
def test_roles(role):
    node = declared(f"{role} store.pool = 1")
    assert (node.role, node.entity.text, node.name.text) == (role, "store", "pool")


@pytest.mark.parametrize("indent", [1, 2, 4, 6])
def test_a_case_with_when(indent):
    branches = "    hour(at) >= 22\n      or late : 1.50\n    hour(at) >= 20 : 1.20\n    otherwise : 1.00\n"
    when = " " * indent + "when days\n" + " " * (indent + 4) + "> 3"
    node = declared("let x =\n  case\n" + branches + when)
    assert isinstance(node.value, tree.Case)
    assert [(written(b.condition), written(b.value)) for b in node.value.branches] == [
        ("((hour(at) >= 22) or late)", "3/2"),
        ("(hour(at) >= 20)", "6/5"),
    ]
    assert written(node.value.otherwise) == "1"
    assert written(node.when) == "(days > 3)"


def test_case_may_stand_behind_the_equals_sign():
    node = declared("let x = case\n  a : 1\n  otherwise : 2")
    assert len(node.value.branches) == 1
    assert node.when is None


def test_an_assert():
    node = declared('assert net >= 0\n  "net pay may not be negative"')
    assert (written(node.condition), node.message) == ("(net >= 0)", "net pay may not be negative")


# ---------------------------------------------------------------- tables and ladders


def test_a_table_with_all_kinds_of_cells():
    node = declared(
        "table t of building, over, floor int 0 .. 200 : money collect sum\n"
        "  elevator, yes, * : 0\n"
        '  (a, "b c", 3..5), ..4, 4.. : 0.80\n'
        "  > 3, >= 3, < 3 : -1.5\n"
        "  <= 3, ..=4, -1..=2 : x\n"
    )
    assert [(key.name.text, key.type and key.type.word) for key in node.keys] == [
        ("building", None), ("over", None), ("floor", "int"),
    ]  # fmt: skip
    assert (node.results[0].name, node.results[0].type.word, node.collect) == (None, "money", "sum")

    def cell(node):
        match node:
            case tree.AnyCell():
                return "*"
            case tree.ValueCell():
                return written(node.value)
            case tree.EitherCell():
                return tuple(map(cell, node.options))
            case tree.BandCell():
                low, high = (bound and written(bound) for bound in (node.low, node.high))
                return low, high, node.low_included, node.high_included

    assert [[cell(c) for c in row.cells] for row in node.rows] == [
        ["elevator", "yes", "*"],
        [("a", '"b c"', ("3", "5", True, False)), (None, "4", True, False), ("4", None, True, False)],
        [("3", None, False, False), ("3", None, True, False), (None, "3", True, False)],
        [(None, "3", True, True), (None, "4", True, True), ("(- 1)", "2", True, True)],
    ]
    assert [[written(value) for value in row.results] for row in node.rows] == [["0"], ["4/5"], ["(- 3/2)"], ["x"]]


def test_a_table_with_several_results():
    node = declared(
        "table classify of offence -> class one of severe, minor; points int; fine money\n  *: severe, 6, 300.00"
    )
    assert [(r.name.text, r.type.word) for r in node.results] == [
        ("class", "one of"), ("points", "int"), ("fine", "money"),
    ]  # fmt: skip
    assert [written(value) for value in node.rows[0].results] == ["severe", "6", "300"]


def test_a_ladder():
    node = declared("ladder tiers of parcels int : money over\n  0 : 0.00\n  1_000 : 0.10")
    assert (node.over, node.keys[0].type.word, node.type.word) == (True, "int", "money")
    (group,) = node.groups
    assert group.heads == ()
    assert [(written(s.threshold), written(s.value)) for s in group.steps] == [("0", "0"), ("1000", "1/10")]


def test_a_ladder_in_groups():
    head = "ladder b of state, status, income money : percent(2)\n"
    node = declared(head + "  CA, single\n    0 : 3%\n    1 : 5%\n  CA, x\n    0 : 1%")
    assert [[written(head) for head in group.heads] for group in node.groups] == [["CA", "single"], ["CA", "x"]]
    assert [len(group.steps) for group in node.groups] == [2, 1]
    assert node.over is False


@pytest.mark.parametrize(
    "head",
    ["table t of store, weight : money(4)", "table t of a -> b int; c one of x, y", "table t of a : money collect sum",
     "ladder l of store, a : money", "ladder l of a int : money over"],
)  # fmt: skip
def test_tables_and_ladders_from_data(head):
    node = declared(f"{head} from data")
    assert (node.from_data, declared(head).from_data) == (True, False)
    assert (node.rows if isinstance(node, tree.Table) else node.groups) == ()
    assert getattr(node, "collect", None) == ("sum" if "collect" in head else None)
    assert getattr(node, "over", False) == ("over" in head)


# ---------------------------------------------------------------- examples


def test_rows_from_a_date_on_and_tables():
    node = declared(
        'example "x"\n'
        "  plan from 2026-10-01 : wage 5\n"
        "  store S1 from 2026-10-15T14:00 : rate inherit\n"
        "  table freight from 2026-10-15\n"
        "    S1, ..5 : 3, x\n"
        "    *, * : 4, y\n"
        "  table tiers\n"
        "    S1, yes\n"
        "      0 : 1\n"
        "      10 : 2\n"
        "    -5 : 3\n"
        "  period 2026-10\n"
        "    table freight\n"
        "    parcel P -> held out-of-range, held, held 5\n"
    )
    plan, store, freight, tiers = node.items
    assert [written(row.since) for row in (plan, store, freight)] == ["2026-10-01", "2026-10-15T14:00:00", "2026-10-15"]
    assert written(store.cells[0].value) == "inherit"
    assert (freight.name.text, [len(row.cells) for row in freight.rows], freight.groups) == ("freight", [2, 2], ())
    assert [[written(head) for head in group.heads] for group in tiers.groups] == [["S1", "yes"]]
    assert ([len(group.steps) for group in tiers.groups], len(tiers.rows), tiers.since) == ([2], 1, None)
    again, parcel = node.periods[0].items
    assert (again.name.text, again.rows, again.groups) == ("freight", (), ())
    assert [(e.operator, e.name and e.name.text, written(e.value)) for e in parcel.expected] == [
        ("held", None, '"out-of-range"'), ("held", None, '""'), ("value", "held", "5"),
    ]  # fmt: skip


def test_an_example_in_one_period():
    node = declared(
        'example "a senior"\n'
        "  plan : minimum_wage 10.00\n"
        "  store S1 : target 100_000, over -5, at 2026-10-15T08:30\n"
        '  worker "A-7" : store S1, kpi none,\n'
        "      hours 8 hour -> commission 3_120.00, c.fine 10 / 3\n"
        "  worker 17 -> rejected out-of-range, rejected\n"
        "  region N\n"
        "  expect deal D7 : commission 30\n"
        "  expect 17 : net 5\n"
        "  expect plan : sum(paid) 13_750\n"
    )
    assert node.title == "a senior"
    assert node.periods == ()
    rows = [item for item in node.items if isinstance(item, tree.ExampleRow)]
    assert [(row.entity.text, row.key and written(row.key)) for row in rows] == [
        ("plan", None), ("store", "S1"), ("worker", '"A-7"'), ("worker", "17"), ("region", "N"),
    ]  # fmt: skip
    assert [(cell.name.text, written(cell.value)) for cell in rows[1].cells] == [
        ("target", "100000"), ("over", "(- 5)"), ("at", "2026-10-15T08:30:00"),
    ]  # fmt: skip
    assert [(e.operator, e.name and e.name.text, written(e.value)) for row in rows for e in row.expected] == [
        ("value", "commission", "3120"),
        ("value", "c.fine", "(10 / 3)"),
        ("rejected", None, '"out-of-range"'),
        ("rejected", None, '""'),
    ]
    expects = [item for item in node.items if isinstance(item, tree.ExampleExpect)]
    assert [(e.entity and e.entity.text, e.key and written(e.key)) for e in expects] == [
        ("deal", "D7"), (None, "17"), ("plan", None),
    ]  # fmt: skip
    assert [(e.operator, e.name.text) for e in expects[2].expected] == [("sum", "paid")]


@pytest.mark.parametrize("name", ["2026-10-31", "2026-W41", "2026-10-05", "2026-10-1", "2026-10", "2026-Q4", "2026"])
def test_periods_of_an_example(name):
    first = f'example "x"\n  store S1 : a 1\n  period {name}\n    rep R1 : b 2\n'
    node = declared(first + f"  period {name} .. 2027\n    expect R1 : net 1")
    assert len(node.items) == 1
    assert [(p.first, p.last, len(p.items)) for p in node.periods] == [(name, name, 1), (name, "2027", 1)]


# ---------------------------------------------------------------- bytes


def test_bytes_are_utf8():
    source, diagnostics = decode(b"\xef\xbb\xbfplan p\r\n", "p.pay")
    assert (source, diagnostics) == (Source("p.pay", "plan p\r\n"), ())
    source, (diagnostic,) = decode("plan p\n# 奖金".encode("gbk"), "p.pay")
    assert source is None
    assert diagnostic.id == "not-utf8"
    assert diagnostic.message == "the file is not UTF-8: byte 9 is 0xbd (line 2)"
