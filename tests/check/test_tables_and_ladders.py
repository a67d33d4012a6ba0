"""Tables and ladders: keys, cells, coverage over every type of key, and what they give."""

import pytest

from paycalc.check.types import NumberType, RowType
from paycalc.core.errors import PlanError
from tests.check.checked import HEADER, accepted, faults, ids_of, line_of, shape_of

PLAIN = "a plain number"


def gap_of(fragment: str) -> str:
    """The message of a fragment's only fault, a gap."""
    with pytest.raises(PlanError) as caught:
        accepted(fragment)
    assert [each.id for each in caught.value.diagnostics] == ["table-gap"]
    return caught.value.diagnostics[0].message


@pytest.mark.parametrize(
    "rows",
    [
        "*",
        "..10; 10..",
        "0..10; 10..=31",
        "< 10; >= 10",
        "<= 10; > 10",
        "..=10; 11..",
        "10; *",
        "(1, 2, 3); (4..10, 12); *",
        "30..; 20..; 10..; *",
        "..0.5; 0.5..",
        "0..=31",
        "(0..10, 20..=31); 10..20",
        "31; 0..31",
    ],
)
def test_whole_numbers_that_are_covered(rows: str) -> None:
    written = "".join(f"  {cell} : {number}\n" for number, cell in enumerate(rows.split("; ")))
    assert faults(f"table t of days : money\n{written}") == []


@pytest.mark.parametrize(
    ("rows", "expected"),
    [
        ("..10; 11..", "days = 10"),
        ("0..31", "days = 31"),
        ("1..", "days = 0"),
        ("> 0", "days = 0"),
        ("< 31", "days = 31"),
        ("..10; 20..", "days from 10 to 19"),
        ("..=10; 20..", "days from 11 to 19"),
        ("(..5, 10..)", "days from 5 to 9"),
        ("..5; 10..15; 20..", "days from 5 to 9; nor days from 15 to 19"),
        ("..4.5; 5.5..", "days = 5"),
    ],
)
def test_gaps_are_named(rows: str, expected: str) -> None:
    written = "".join(f"  {cell} : {number}\n" for number, cell in enumerate(rows.split("; ")))
    assert gap_of(f"table t of days : money\n{written}") == f"no row of `t` covers {expected}"


@pytest.mark.parametrize(
    ("key", "rows", "expected"),
    [
        ("kpi", "..0.60; 0.60..0.80; 0.80..", None),
        ("kpi", "..0.60; 0.61..", "kpi = 0.60"),
        ("kpi", "..0.605; 0.605..", None),
        ("kpi", "..=0.60; 0.60..", None),
        ("kpi", "..0.60; 0.80..", "kpi from 0.60 to 0.79"),
        ("hired", "..2010-01-01; 2010-01-01..", None),
        ("hired", "2000-01-01..2010-01-01; 2010-01-01..=2026-12-31", None),
        ("hired", "2000-01-01..2010-01-01; 2010-01-01..2026-12-31", "hired = 2026-12-31"),
        ("hired", "..2010-01-01; 2010-01-02..", "hired = 2010-01-01"),
        ("hired", "2010-01-01..", "hired from 2000-01-01 to 2009-12-31"),
        ("night", "yes; no", None),
        ("night", "no", "night = yes"),
        ("night", "(yes, no)", None),
        ("grade", "junior; senior; lead", None),
        ("grade", "(junior, lead); senior", None),
        ("grade", "junior; senior", "grade = lead"),
        ("grade", "junior; *", None),
        ("team", '"red"; "blue"; *', None),
        ("team", '("red", "blue")', "team = any other text"),
        ("rate", "..5%; 5%..", None),
        ("rate", "..5%; 10%..", "rate from 5% to 9.99%"),
        ("hours", "..168; 168..", None),
        ("hours", "..168 hour; 168 hour..", None),
        ("hours", "..168; 169..", "hours from 168.00 hour to 168.99 hour"),
        ("delta", "..0; 0; 1..", None),
        ("delta", "< 0; > 0", "delta = 0"),
    ],
)  # fmt: skip
def test_coverage_of_every_type_of_key(key: str, rows: str, expected: str | None) -> None:
    written = "".join(f"  {cell} : {number}\n" for number, cell in enumerate(rows.split("; ")))
    fragment = f"table t of {key} : money\n{written}"
    if expected is None:
        assert faults(fragment) == []
    else:
        assert gap_of(fragment) == f"no row of `t` covers {expected}"


def test_moments_are_bands_too() -> None:
    whole = "table t of at : money\n  ..2026-10-15T14:00 : 1\n  2026-10-15T14:00.. : 2\n"
    assert faults(whole + "pay x = t(at)\n") == []
    assert faults("table t of at : money\n  2026-10-15T14:00.. : 2\n") == ["table-gap"]


@pytest.mark.parametrize(
    ("rows", "expected"),
    [
        ("junior, yes; junior, no; *, *", None),
        ("junior, *; senior, yes; senior, no; lead, *", None),
        ("junior, *; senior, yes; lead, *", "grade = senior, night = no"),
        ("(junior, lead), yes; *, no", "grade = senior, night = yes"),
        ("junior, *; lead, no", "grade = senior; nor grade = lead, night = yes"),
    ],
)
def test_coverage_of_two_keys(rows: str, expected: str | None) -> None:
    written = "".join(f"  {cell} : {number}\n" for number, cell in enumerate(rows.split("; ")))
    fragment = f"table t of grade, night : money\n{written}"
    if expected is None:
        assert faults(fragment) == []
    else:
        assert gap_of(fragment) == f"no row of `t` covers {expected}"


@pytest.mark.parametrize(
    ("fragment", "expected"),
    [
        ("table t of days : money\n  * : 1\n  5 : 2\n", ["unreachable-row"]),
        ("table t of days : money\n  ..10 : 1\n  5..8 : 2\n  * : 3\n", ["unreachable-row"]),
        ("table t of days : money\n  ..10 : 1\n  10.. : 2\n  * : 3\n", ["unreachable-row"]),
        ("table t of days : money\n  ..10 : 1\n  5..12 : 2\n  12.. : 3\n", []),
        ("table t of night : money\n  yes : 1\n  no : 2\n  * : 3\n", ["unreachable-row"]),
        ("table t of grade, night : money\n  junior, * : 1\n  *, yes : 2\n  junior, no : 3\n  *, * : 4\n",
         ["unreachable-row"]),
        ("table t of team : money\n  \"a\" : 1\n  \"a\" : 2\n  * : 3\n", ["unreachable-row"]),
    ],
)  # fmt: skip
def test_a_row_that_can_never_match(fragment: str, expected: list[str]) -> None:
    assert faults(fragment) == expected


@pytest.mark.parametrize(
    ("key", "fragment"),
    [
        ("a column", "table t of days : money\n  * : 1\npay x = t(days)\n"),
        ("a parameter", "table t of rate : money\n  * : 1\npay x = t(store.rate)\n"),
        ("a kind", "table t of grade : money\n  * : 1\npay x = t(grade)\n"),
        ("a type of its own", "table t of size int 0 .. 9 : money\n  * : 1\npay x = t(mod(days, 9))\n"),
        ("a unit", "table t of far int km 0 .. 9 : money\n  ..5 : 1\n  5.. : 2\npay x = t(3 km)\n"),
        ("a bare number", "table t of far int km 0 .. 9 : money\n  ..5 km : 1\n  5.. : 2\npay x = t(3)\n"),
        ("a flag of its own", "table t of wet flag : money\n  yes : 1\n  no : 2\npay x = t(days > 5)\n"),
        ("a date", "table t of day date : money\n  * : 1\npay x = t(period.start)\n"),
        ("a moment's day", "table t of day date : money\n  * : 1\npay x = t(date(at))\n"),
        ("a text", 'table t of team : money\n  "red" : 1\n  * : 2\npay x = t(team)\n'),
        ("a written text", 'table t of team : money\n  "red" : 1\n  * : 2\npay x = t("red")\n'),
        ("a member", "table t of grade : money\n  junior : 1\n  * : 2\npay x = t(senior)\n"),
        ("a column of another entity", "table t of weight : money\n  * : 1\nlet parcel.x = t(weight)\n"),
        ("an argument partly outside", "table t of size int 0 .. 9 : money\n  * : 1\npay x = t(days)\n"),
        ("a given optional", "table t of score : money\n  * : 1\npay x = t(score) when given(score)\n"),
        ("a met optional", "table t of score : money\n  * : 1\npay x = t(default(score, 0))\n"),
        ("soft words", "table t of over int 0 .. 9, at : money\n  *, * : 1\npay x = t(5, at)\n"),
    ],
)
def test_keys(key: str, fragment: str) -> None:
    assert faults(fragment) == []


@pytest.mark.parametrize(
    ("fragment", "expected"),
    [
        ("table t of size int 0 .. 9 : money\n  * : 1\npay x = t(days + 10)\n", ["table-range"]),
        ("table t of size int 0 .. 9 : money\n  * : 1\npay x = t(-1)\n", ["table-range"]),
        ("table t of hired : money\n  * : 1\npay x = t(1999-12-31)\n", ["table-range"]),
        ("table t of days : money\n  * : 1\npay x = t(hours)\n", ["unit-mismatch"]),
        ("table t of days : money\n  * : 1\npay x = t(grade)\n", ["type-mismatch"]),
        ("table t of grade : money\n  * : 1\npay x = t(team)\n", ["type-mismatch"]),
        ("table t of grade : money\n  * : 1\npay x = t(boss)\n", ["unknown-member"]),
        ("table t of days : money\n  * : 1\npay x = t(score)\n", ["unmet-optional"]),
        ("table t of days : money\n  * : 1\npay x = t()\n", ["wrong-arguments"]),
        ("table t of days : money\n  * : 1\npay x = t\n", ["unknown-name"]),
    ],
)
def test_arguments_that_do_not_fit(fragment: str, expected: list[str]) -> None:
    assert faults(fragment) == expected


@pytest.mark.parametrize(
    ("rows", "argument", "expected"),
    [
        ("..=4; 5..", "days", []),
        ("..=4; 5..", "kpi", ["table-gap"]),
        ("..=4; 5..", "days / 3", ["table-gap"]),
        ("..=4; 5..", "round(days / 3, 0)", []),
        ("..=4; 5..", "round(days / 3, 1)", ["table-gap"]),
        ("..5; 5..", "kpi", []),
        ("..5; 5..", "days / 3", []),
        ("..5; 5; > 5", "days / 3", []),
        ("(0, 1, 2, 3, 4); 5..", "days", []),
        ("(0, 1, 2, 3, 4); 5..", "kpi", ["table-gap"]),
        ("..=4; 5..; *", "days", ["unreachable-row"]),
    ],
)
def test_an_argument_finer_than_its_key(rows: str, argument: str, expected: list[str]) -> None:
    written = "".join(f"  {cell} : {number}\n" for number, cell in enumerate(rows.split("; ")))
    assert faults(f"table t of size int 0 .. 31 : money\n{written}pay x = t({argument})\n") == expected


def test_a_key_named_like_two_columns_takes_their_one_type() -> None:
    same = "entity shift in worker\n  days : int 0 .. 31\ntable t of days : money\n  * : 1\n"
    assert faults(same + "pay x = t(days)\nlet shift.y = t(days)\n") == []
    assert faults(same.replace("0 .. 31", "0 .. 30")) == ["key-conflict"]
    assert faults(same.replace("t of days", "t of days int 0 .. 31")) == []


@pytest.mark.parametrize(
    ("table", "expression", "expected"),
    [
        ("table t of days : money\n  ..5 : -3\n  5.. : 12.50\n", "t(days)", ("-3 .. 12.5", "CNY", 2)),
        ("table t of days : percent(2)\n  ..5 : 3%\n  5.. : 7.5%\n", "t(days)", ("0.03 .. 0.075", PLAIN, 4)),
        ("table t of days : money per hour\n  * : 30\n", "t(days) * hours", ("0 .. 12_000", "CNY", 4)),
        ("table t of days : money collect sum\n  5.. : 3\n  9.. : 4\n", "t(days)", ("0 .. 8", "CNY", 2)),
        ("table t of days : money collect sum\n  5.. : -3\n  9.. : 4\n", "t(days)", ("-6 .. 8", "CNY", 2)),
        ("table t of days : money collect count\n  5.. : 3\n  9.. : 4\n", "t(days)", ("0 .. 2", PLAIN, 0)),
        ("table t of days : money collect min\n  * : 3\n  9.. : 4\n", "t(days)", ("3 .. 4", "CNY", 2)),
        ("table t of days : money collect max\n  * : 3\n  9.. : 4\n", "t(days)", ("3 .. 4", "CNY", 2)),
    ],
)
def test_what_a_table_gives(table: str, expression: str, expected: tuple[str, str, int]) -> None:
    type_ = line_of(f"{table}let x = {expression}\n").type
    assert isinstance(type_, NumberType)
    assert (str(type_.interval), str(type_.unit), type_.places) == expected


CLASSIFY = """\
kind offence = one of speeding, parking
entity ticket in worker
  offence : offence
  excess  : int 0 .. 200
table classify of offence, excess -> class one of severe, minor; points int; fine money
  speeding, >= 30 : severe, 6, 300.00
  *,        *     : minor,  1, 40.00
let ticket.c = classify(offence, excess)
"""


def test_a_row_of_several_results() -> None:
    lines = (
        accepted(
            CLASSIFY + "let ticket.fine = c.fine\nlet ticket.hard = c.class is severe\n"
            "deduct fines = sum(fine of ticket)\nlet points = sum(c.points of ticket where c.class is severe)\n"
        )
        .entities["ticket"]
        .lines
    )
    assert isinstance(lines["c"].type, RowType)
    assert lines["c"].type.names == ("class", "points", "fine")
    fine = lines["fine"].type
    assert isinstance(fine, NumberType)
    assert (str(fine.interval), str(fine.unit), fine.places) == ("40 .. 300", "CNY", 2)


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("let ticket.x = c.fines", ["unknown-name"]),
        ("let ticket.x = c + 1", ["type-mismatch"]),
        ("let ticket.x = c.fine + c.points", ["unit-mismatch"]),
        ("show ticket.x = c", ["type-mismatch"]),
        ("let ticket.x = c.class is sever", ["unknown-member"]),
        ("let ticket.x = c.class is severe", []),
        ("let x = any(c.class is severe of ticket)", []),
        ("let ticket.x = if c.points > 3 then c else c", ["type-mismatch"]),
    ],
)
def test_the_parts_of_a_row(line: str, expected: list[str]) -> None:
    assert faults(CLASSIFY + line + "\n") == expected


TIERS = "ladder tiers of days : money\n  0 : 2\n  10 : 5\n  20 : 7.50\n"
HIGH = "ladder tiers of days : money\n  10 : 5\n  20 : 7.50\n"


@pytest.mark.parametrize(
    ("ladder", "expression", "interval"),
    [
        (TIERS, "marginal(days, tiers)", "0 .. 152.5"),
        (TIERS, "slab(days, tiers)", "0 .. 232.5"),
        (TIERS, "reached(days, tiers)", "0 .. 7.5"),
        (TIERS, "interpolate(days, tiers)", "2 .. 7.5"),
        (HIGH, "marginal(days, tiers)", "0 .. 132.5"),
        (HIGH, "slab(days, tiers)", "0 .. 232.5"),
        (HIGH, "reached(days, tiers)", "0 .. 7.5"),
        (TIERS, "reached(heads + 9, tiers)", "2 .. 7.5"),
        (TIERS, "reached(20, tiers)", "5 .. 7.5"),
        (TIERS, "reached(25, tiers)", "7.5 .. 7.5"),
        (TIERS, "marginal(25, tiers)", "107.5 .. 107.5"),
        (TIERS, "slab(25, tiers)", "187.5 .. 187.5"),
        (TIERS.replace("money", "money over"), "marginal(days, tiers)", "0 .. 152.5"),
        (TIERS.replace("money", "money over"), "reached(25, tiers)", "7.5 .. 7.5"),
    ],
)
def test_what_a_ladder_gives(ladder: str, expression: str, interval: str) -> None:
    type_ = line_of(f"{ladder}let x = {expression}\n").type
    assert isinstance(type_, NumberType)
    assert str(type_.unit) == "CNY"
    assert str(type_.interval) == interval


@pytest.mark.parametrize(
    ("fragment", "places"),
    [
        ("ladder t of sales : percent(2)\n  0 : 1%\n  9 : 2%\nlet x = marginal(sales, t)\n", 6),
        ("ladder t of sales : percent(2)\n  0 : 1%\n  9 : 2%\nlet x = slab(sales, t)\n", 6),
        ("ladder t of sales : percent(2)\n  0 : 1%\n  9 : 2%\nlet x = reached(sales, t)\n", 4),
        ("ladder t of sales : percent(2)\n  0 : 1%\n  9 : 2%\nlet x = interpolate(sales, t)\n", None),
        ("ladder t of sales : percent(2)\n  0 : 1%\n  9 : 2%\nlet x = marginal(sales / 3, t)\n", None),
        ("ladder t of sales : percent(2)\n  0 : 1%\n  9 : 2%\nlet x = reached(sales / 3, t)\n", 4),
    ],
)
def test_places_of_what_a_ladder_gives(fragment: str, places: int | None) -> None:
    type_ = line_of(fragment).type
    assert isinstance(type_, NumberType)
    assert type_.places == places


def test_steps_times_values() -> None:
    ladder = "ladder t of load decimal(2) kg 0 .. 1_000 : money per kg\n  0 : 0.50\n  100 : 0.40\n"
    column = "entity trip in worker\n  load : decimal(2) kg 0 .. 1_000\n"
    type_ = line_of(f"{column}{ladder}let trip.x = marginal(load, t)\n", entity="trip").type
    assert isinstance(type_, NumberType)
    assert (str(type_.unit), str(type_.interval)) == ("CNY", "0 .. 410")


GROUPED = """\
ladder b of grade, sales : percent(2)
  junior
    0 : 3%
  senior
    0 : 3%
    36_000 : 10%
  lead
    50_000 : 20%
"""


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("pay x = round(marginal(sales, b(grade)))", []),
        ("pay x = round(marginal(sales, b(senior)))", []),
        ("pay x = round(sales * reached(sales, b(grade)))", []),
        ("pay x = round(marginal(sales, b))", ["wrong-arguments"]),
        ("pay x = round(marginal(sales, b(grade, night)))", ["wrong-arguments"]),
        ("pay x = round(marginal(hours, b(grade)))", ["unit-mismatch"]),
        ("pay x = round(marginal(sales, b(days)))", ["type-mismatch"]),
        ("pay x = round(marginal(bonus, b(grade)))", ["unmet-optional"]),
        ("pay x = round(b(grade))", ["ladder-needed"]),
        ("pay x = round(marginal(sales, tax(grade)))", ["ladder-needed"]),
        ("pay x = round(marginal(sales, sales))", ["ladder-needed"]),
        ("pay x = round(marginal(sales))", ["wrong-arguments"]),
    ],
)
def test_ladders_of_groups(line: str, expected: list[str]) -> None:
    assert faults(GROUPED + line + "\n") == expected


def test_groups_of_two_keys_and_of_numbers() -> None:
    pair = (
        "kind state = one of CA, NY\nkind status = one of single, joint\n"
        "ladder b of state, status, income money 0 .. 1_000_000 : percent(2)\n"
        "  CA, single\n    0 : 1%\n  CA, joint\n    0 : 2%\n  NY, single\n    0 : 3%\n  NY, joint\n    0 : 4%\n"
    )
    assert faults(pair + "pay x = round(marginal(sales, b(CA, joint)))\n") == []
    assert faults(pair.replace("  NY, joint\n    0 : 4%\n", "")) == ["ladder-group"]
    numbers = "ladder b of class int 1 .. 2, sales : percent(2)\n  1\n    0 : 1%\n  2\n    0 : 2%\n"
    assert faults(numbers + "pay x = round(marginal(sales, b(2)))\n") == []
    assert faults(numbers.replace("1 .. 2", "1 .. 3")) == ["ladder-group"]
    assert faults(numbers.replace("1 .. 2", "0 .. 1_000_000_000")) == ["ladder-group"]


def test_between_two_whole_numbers_there_is_no_group() -> None:
    ladder = "ladder b of class int 0 .. 3, sales : percent(2)\n" + "".join(f"  {n}\n    0 : {n}%\n" for n in range(4))
    for argument, expected in (("2", []), ("days", []), ("kpi", ["table-gap"]), ("days / 2", ["table-gap"])):
        assert faults(ladder + f"pay x = round(marginal(sales, b({argument})))\n") == expected, argument
    assert faults(ladder + "pay x = round(marginal(sales, b(round(kpi, 0))))\n") == []


def test_a_ladder_outside_its_keys_range_is_a_matter_of_the_row() -> None:
    ladder = "ladder t of part int 0 .. 10 : money\n  0 : 1\n"
    assert shape_of("days") == ("0 .. 31", PLAIN, 0)
    type_ = line_of(ladder + "let x = marginal(days, t)\n").type
    assert isinstance(type_, NumberType)
    assert str(type_.interval) == "0 .. 10"
    assert faults(ladder + "let x = marginal(days + 11, t)\n") == ["table-range"]


def test_tables_need_no_other_declarations() -> None:
    plan = HEADER + "entity worker\ntable t of size int 0 .. 3 : money\n  * : 5\npay x = t(2)\n"
    assert ids_of(plan) == []


# ---------------------------------------------------------------- from data

OF_STORES = "table fee of store, days : money -5 .. 200 from data\n"


def test_a_table_from_data_has_no_rows_and_its_declared_ranges() -> None:
    table = accepted(OF_STORES).tables["fee"]
    assert (table.from_data, table.rows, [str(key.type) for key in table.keys]) == (
        True,
        (),
        ["a store", "a plain number"],
    )
    assert interval_of(OF_STORES, "fee(store, days)") == "-5 .. 200"


def interval_of(tables: str, expression: str) -> str:
    type_ = line_of(f"{tables}let x = {expression}\n").type
    assert isinstance(type_, NumberType)
    return str(type_.interval)


@pytest.mark.parametrize(
    ("head", "interval"),
    [
        ("table fee of days : money 1 .. 9", "1 .. 9"),
        ("table fee of days : money 1 .. 9 collect max", "1 .. 9"),
        ("table fee of days : money 1 .. 9 collect sum", "0 .. 38_654_705_655"),
        ("table fee of days : money 1 .. 9 collect count", "0 .. 4_294_967_295"),
    ],
)
def test_what_a_table_from_data_gives(head: str, interval: str) -> None:
    assert interval_of(f"{head} from data\n", "fee(days)") == interval


def test_the_ladders_of_data() -> None:
    ladder = "ladder tiers of store, days : money 1 .. 9 from data\n"
    uses = {name: interval_of(ladder, f"{name}(days, tiers(store))") for name in ("marginal", "slab", "reached")}
    assert uses == {"marginal": "0 .. 279", "slab": "0 .. 279", "reached": "0 .. 9"}
    assert interval_of(ladder, "interpolate(days, tiers(store))") == "1 .. 9"


@pytest.mark.parametrize(
    ("fragment", "expected"),
    [
        ("table fee of worker, team, grade, hired, at, night : money from data\n", []),
        ("table fee of region : money from data\nlet store.x = if given(region) then fee(region) else 0\n", []),
        ("table fee of region : money from data\nlet store.x = fee(region)\n", ["unmet-optional"]),
        ("table fee of start store : money from data\nlet x = fee(store)\n", []),
        (
            "table fee of start store : money from data\nlet x = fee(manager)\n",
            [
                "unmet-optional",
            ],
        ),
        ("table fee of start store : money from data\nlet parcel.x = fee(worker)\n", ["type-mismatch"]),
        ("table fee of store : money\n  * : 5\n", ["literal-type"]),
        ("table fee of stoer : money from data\n", ["key-type-missing"]),
        ("table fee of store, store : money from data\n", ["key-conflict"]),
        ("table fee of store : store from data\n", ["literal-type"]),
        ("table fee of store -> a money; b int from data\nlet c = fee(store)\nlet x = c.a\n", []),
        ("table fee of days : money from data\nlet x = fee(days / 2)\n", ["finer-than-key"]),
        ("table fee of days : money from data\nlet x = fee(days * 0.5)\n", ["finer-than-key"]),
        ("table fee of days : money from data\nlet x = fee(round(days / 3, 0))\n", []),
        ("table fee of days : money from data\nlet x = fee(days + 100)\n", ["table-range"]),
        ("table fee of days : money from data\nlet x = fee(store)\n", ["type-mismatch"]),
        ("table fee of " + ", ".join(f"k{n} int" for n in range(33)) + " : money from data\n", ["table-too-complex"]),
        ("table fee of days : money collect sum from data\nlet x = fee(days)\n", []),
        ("table fee of days : date collect sum from data\n", ["type-mismatch"]),
        ("ladder l of store, grade, days : money from data\nlet x = slab(days / 3, l(store, grade))\n", []),
        ("ladder l of store, team, days : money from data\n", ["ladder-group"]),
        ("ladder l of store, score int, days : money from data\n", ["ladder-group"]),
        ("ladder l of days, store : money from data\n", ["type-mismatch"]),
        ("ladder l of store, days : flag from data\n", ["type-mismatch"]),
        ("ladder l of store, days : money from data\nlet x = slab(days, l)\n", ["wrong-arguments"]),
    ],
)
def test_faults_of_tables_and_ladders_from_data(fragment: str, expected: list[str]) -> None:
    assert faults(fragment) == expected
