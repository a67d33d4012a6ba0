"""The canonical layout: exact for fixed texts, stable and true to the tree for all."""

from pathlib import Path
from random import Random
from textwrap import dedent

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from paycalc.core.errors import PlanError
from paycalc.core.rendering import display_width
from paycalc.core.span import Source
from paycalc.syntax.formatter import format_plan
from paycalc.syntax.parser import parse
from tests.fuzz.plan_texts import PlanTexts
from tests.syntax.reading import bare

PLANS = sorted((Path(__file__).parent / "plans").glob("*.pay"))


ROOT = Path(__file__).parents[2]
# Faulty plans keep the layout in which they were written.
ALL_PLANS = sorted(
    path
    for folder in ("examples", "src", "tests/published", "tests/syntax/plans")
    for path in (ROOT / folder).rglob("*.pay")
)


@pytest.mark.parametrize("path", ALL_PLANS, ids=lambda path: path.stem)
def test_the_plans_of_the_repository_are_in_canonical_layout(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    assert formatted(text) == text


def formatted(text: str) -> str:
    return format_plan(Source("p.pay", text))


def lines(text: str) -> str:
    return dedent(text).lstrip("\n")


def assert_kept(text: str) -> str:
    """Format a plan and check all that formatting promises."""
    plan, diagnostics = parse(Source("p.pay", text))
    assert diagnostics == ()
    once = formatted(text)
    again, diagnostics = parse(Source("p.pay", once))
    assert diagnostics == ()
    assert bare(again) == bare(plan)
    assert sorted(comment.text for comment in again.comments) == sorted(comment.text for comment in plan.comments)
    assert formatted(once) == once
    assert once.endswith("\n")
    assert not once.endswith("\n\n")
    assert "\n\n\n" not in once
    assert all(line == line.rstrip() for line in once.split("\n"))
    return once


def test_declarations_are_aligned():
    untidy = """
        plan   p  "T"
          payee worker
          currency   CNY # money
          period 14   days from 2026-01-05   # two weeks
        kind   grade=one of a,"b c"
        entity parcel  at most 1_000 per worker in worker "no label here" """
    untidy = untidy.replace(' "no label here"', "")
    untidy += """
          length,width:int cm 0..500
          at: datetime = 2026-10-15T08:30 optional "When"
        parameters
           rate : percent( 2 ) 0%..40%=5%
    """
    assert assert_kept(dedent(untidy)) == lines("""
        plan p "T"
          payee    worker
          currency CNY                      # money
          period   14 days from 2026-01-05  # two weeks
        kind grade = one of a, "b c"
        entity parcel in worker at most 1_000 per worker
          length, width : int cm 0 .. 500
          at            : datetime optional = 2026-10-15T08:30 "When"
        parameters
          rate : percent(2) 0% .. 40% = 5%
        """)


def test_tables_ladders_and_bounds():
    assert assert_kept(
        "plan p\n"
        "table t of a,b int 0..9 -> x int;y one of u,v\n"
        "  elevator,*:1,u\n"
        '  (a,"b,c"),..4 : 10,v\n'
        "  *,..=4:1,u\n  *,4..:1,u\n  *,> 4 : 1,u\n  *, 1..=4 : 1,u\n  *, 1 .. 4 : 1,u\n"
        "ladder l of s,income money:percent(2) over\n  CA,single\n      0:3%\n      36_000:10%\n  joint\n    0:3%\n"
    ) == lines("""
        plan p
        table t of a, b int 0 .. 9 -> x int; y one of u, v
          elevator,   *     : 1,  u
          (a, "b,c"), < 4   : 10, v
          *,          <= 4  : 1,  u
          *,          >= 4  : 1,  u
          *,          > 4   : 1,  u
          *,          1..=4 : 1,  u
          *,          1..4  : 1,  u
        ladder l of s, income money : percent(2) over
          CA, single
            0      : 3%
            36_000 : 10%
          joint
            0 : 3%
        """)


def test_lines_of_one_role_that_follow_each_other_are_aligned():
    assert assert_kept(
        "plan p\nlet a=1\nlet store.bcd = 2 # two\nlet e:money=3   # three\n\nlet longer_name=4\n"
        'pay x=1\npay long "L"=2 when a>1\n'
    ) == lines("""
        plan p
        let a         = 1
        let store.bcd = 2  # two
        let e : money = 3  # three

        let longer_name = 4
        pay x        = 1
        pay long "L" = 2 when a > 1
        """)


def test_only_needed_brackets_are_kept():
    for text, kept in [
        ("(a)", "a"), ("((a + b))", "a + b"), ("(a * b) + c", "a * b + c"), ("(a + b) * c", "(a + b) * c"),
        ("a - (b - c)", "a - (b - c)"), ("(a - b) - c", "a - b - c"), ("a + (b + c)", "a + (b + c)"),
        ("a / (b * c)", "a / (b * c)"), ("-(a)", "-a"), ("-(a + b)", "-(a + b)"), ("- -a", "-(-a)"),
        ("a- -b", "a - -b"),
        ("not (a and b)", "not (a and b)"), ("not (a is b)", "not a is b"), ("(a or b) and c", "(a or b) and c"),
        ("(a and b) or c", "a and b or c"), ("(a < b) is c", "(a < b) is c"),
        ("x in ((1), (a + b))", "x in (1, a + b)"),
        ("(if a then b else c) + 1", "(if a then b else c) + 1"), ("max((a), (if a then b else c))",
         "max(a, if a then b else c)"), ("if (a) then (if b then c else d) else (if e then f else g)",
         "if a then (if b then c else d) else if e then f else g"), ("(5 kg) * 2", "5 kg * 2"),
        ("((2026-10-15))", "2026-10-15"), ("( # why\n  1_0.50 kg)", "1_0.50 kg"),
    ]:  # fmt: skip
        assert assert_kept(f"plan p\nlet x = {text}\n").endswith(f"let x = {kept}\n"), text


def test_numbers_keep_their_spelling():
    text = "plan p\nlet x = 1_000.50 + 1e7 + 5.0% + 2.5E-3 cm3 per kg + 10_0\n"
    assert assert_kept(text) == text


def test_case():
    assert assert_kept(
        "plan p\nlet x=case # how\n   a>1 # one\n     and b:1 # last\n   # two\n"
        "   b is 2:  if c then 1 else 2\n   otherwise:3\n\n when d>0\n"
    ) == lines("""
        plan p
        let x =
          case  # how
            # one
            a > 1 and b : 1  # last
            # two
            b is 2      : if c then 1 else 2
            otherwise   : 3

          when d > 0
        """)


def test_examples():
    assert assert_kept(
        'plan p\nexample "x"\n  plan:a 1\n  store S1:target 100_000,rate 2%\n'
        "  worker W1:store S1->net 5,rejected   out-of-range\n"
        "  worker W22 : store S1, a 5 kg -> net 10/3\n  worker W3->rejected\n"
        "  period 2026-01..2026-03\n     expect R1 : sum(paid) 5\n     expect plan:a.b none\n"
    ) == lines("""
        plan p
        example "x"
          plan       : a 1
          store S1   : target 100_000, rate 2%
          worker W1  : store S1         -> net 5, rejected out-of-range
          worker W22 : store S1, a 5 kg -> net 10 / 3
          worker W3 -> rejected
          period 2026-01 .. 2026-03
            expect R1   : sum(paid) 5
            expect plan : a.b none
        """)


def test_events_and_what_comes_from_data():
    assert assert_kept(
        'plan p\nentity parcel "P" at most 1_000 per worker outside period ignore when bad hold in worker dated over\n'
        "  over:datetime\n"
        "table t of store,w int:money collect sum from   data\n"
        "ladder l of store,w int:money over from data\n"
        "let parcel.a=running_sum((a+b) where c>0 by at within worker)\n"
        "let parcel.b=running_count(by at within worker)+(average( (a) over period ))\n"
        'example "x"\n  plan from 2026-10-01:wage 5\n  store S1 from 2026-10-15T14:00:rate inherit\n'
        "  table t from 2026-10-15\n    S1,..5:3\n    *,*:14  # all\n"
        "  table l\n    S1\n     0:1\n     # ten\n     10:2\n"
        "  parcel P1:a 1->held   out-of-range\n  store S1:a 1\n  store S1 from 2026-01-01:rate 5\n  worker W:a 1\n"
    ) == lines("""
        plan p
        entity parcel "P" dated over in worker when bad hold outside period ignore at most 1_000 per worker
          over : datetime
        table t of store, w int : money collect sum from data
        ladder l of store, w int : money over from data
        let parcel.a = running_sum(a + b within worker by at where c > 0)
        let parcel.b = running_count(within worker by at) + average(a over period)
        example "x"
          plan from 2026-10-01           : wage 5
          store S1 from 2026-10-15T14:00 : rate inherit
          table t from 2026-10-15
            S1, < 5 : 3
            *,  *   : 14  # all
          table l
            S1
              0  : 1
              # ten
              10 : 2
          parcel P1 : a 1 -> held out-of-range
          store S1  : a 1
          store S1 from 2026-01-01 : rate 5
          worker W : a 1
        """)


def test_long_running_totals():
    terms = " + ".join(f"amount_{number}" for number in range(1, 10))
    assert assert_kept(
        f"plan p\nlet parcel.so_far = running_sum({terms} within worker by delivered_at where {terms} > 0)\n"
    ) == lines("""
        plan p
        let parcel.so_far = running_sum(
            amount_1 + amount_2 + amount_3 + amount_4 + amount_5 + amount_6 + amount_7 + amount_8 + amount_9
            within worker
            by delivered_at
            where amount_1 + amount_2 + amount_3 + amount_4 + amount_5 + amount_6 + amount_7 + amount_8 + amount_9 > 0
        )
        """)


def test_an_example_row_too_long_for_one_line_breaks_before_what_is_expected():
    given = ", ".join(f"column_{number} {number}" for number in range(1, 9))
    expected = ", ".join(f"line_{number} {number}" for number in range(1, 13))
    assert assert_kept(
        f'plan p\nexample "x"\n  worker W1 : {given} -> a 1, b 2, c 3\n  worker W2 : a 1 -> b 2\n'
        f"  worker W3 : {given}, {given} -> {expected}\n  worker W4 -> {expected}\n"
        f"  worker W5 : a 1, b 1 -> b 2\n"
    ) == lines("""
        plan p
        example "x"
          worker W1 : column_1 1, column_2 2, column_3 3, column_4 4, column_5 5, column_6 6, column_7 7, column_8 8
              -> a 1, b 2, c 3
          worker W2 : a 1      -> b 2
          worker W3 : column_1 1, column_2 2, column_3 3, column_4 4, column_5 5, column_6 6, column_7 7, column_8 8,
              column_1 1, column_2 2, column_3 3, column_4 4, column_5 5, column_6 6, column_7 7, column_8 8
              -> line_1 1, line_2 2, line_3 3, line_4 4, line_5 5, line_6 6, line_7 7, line_8 8, line_9 9, line_10 10,
                 line_11 11, line_12 12
          worker W4
              -> line_1 1, line_2 2, line_3 3, line_4 4, line_5 5, line_6 6, line_7 7, line_8 8, line_9 9, line_10 10,
                 line_11 11, line_12 12
          worker W5 : a 1, b 1 -> b 2
        """)


def test_comments_and_blank_lines_keep_their_places():
    assert assert_kept(
        "\n\n# top\n\n\n\nplan p # name\n# about a\nentity e\n\n      # deep\n  a : int\n  # below\n"
        "\n # end\nlet x = max(1, # one\n"
        "  # two\n  2) # three\n\n\n\n# last\n\n"
    ) == lines("""
        # top

        plan p  # name
        # about a
        entity e

          # deep
          a : int
          # below

          # end
        # one
        # two
        let x = max(1, 2)  # three

        # last
        """)


NAMES = [f"allowance_number_{n}" for n in range(6)]
SUM, PRODUCT, LIST = " + ".join(NAMES), " * ".join(NAMES), ", ".join(NAMES)
CONDITION = " and ".join(f"{name} > 1_000_000" for name in NAMES[:4])


def broken(line: str) -> str:
    """The layout of a line that does not fit."""
    text = assert_kept(f"plan p\n{line}\n")
    assert max(display_width(part) for part in text.split("\n")) <= 120
    return text.removeprefix("plan p\n")


def test_long_sums_conditions_and_choices():
    assert broken(f"pay total = {SUM} + 1") == lines("""
        pay total = allowance_number_0
            + allowance_number_1
            + allowance_number_2
            + allowance_number_3
            + allowance_number_4
            + allowance_number_5
            + 1
        """)
    assert broken(f"let y = if {CONDITION} then {SUM} else 0 when {CONDITION} and a") == lines("""
        let y = if allowance_number_0 > 1_000_000
                and allowance_number_1 > 1_000_000
                and allowance_number_2 > 1_000_000
                and allowance_number_3 > 1_000_000
            then allowance_number_0
                + allowance_number_1
                + allowance_number_2
                + allowance_number_3
                + allowance_number_4
                + allowance_number_5
            else 0
            when allowance_number_0 > 1_000_000
                and allowance_number_1 > 1_000_000
                and allowance_number_2 > 1_000_000
                and allowance_number_3 > 1_000_000
                and a
        """)
    assert broken(f"let z = if a then b else if {CONDITION} and c then 2 else 3") == lines("""
        let z = if a
            then b
            else if allowance_number_0 > 1_000_000
                and allowance_number_1 > 1_000_000
                and allowance_number_2 > 1_000_000
                and allowance_number_3 > 1_000_000
                and c
            then 2
            else 3
        """)


def test_long_calls_and_aggregates():
    assert broken(f"let z = round(max({LIST}), 2)") == lines("""
        let z = round(
            max(
                allowance_number_0,
                allowance_number_1,
                allowance_number_2,
                allowance_number_3,
                allowance_number_4,
                allowance_number_5
            ),
            2
        )
        """)
    assert broken(f"let s = sum({SUM} of parcel where {CONDITION} via helper) + 1") == lines("""
        let s = sum(
                allowance_number_0
                    + allowance_number_1
                    + allowance_number_2
                    + allowance_number_3
                    + allowance_number_4
                    + allowance_number_5
                of parcel
                where allowance_number_0 > 1_000_000
                    and allowance_number_1 > 1_000_000
                    and allowance_number_2 > 1_000_000
                    and allowance_number_3 > 1_000_000
                via helper
            )
            + 1
        """)
    assert broken(f"let u = x in ({LIST}) and not ({SUM} > 5) and y") == lines("""
        let u = x in (
                allowance_number_0,
                allowance_number_1,
                allowance_number_2,
                allowance_number_3,
                allowance_number_4,
                allowance_number_5
            )
            and not allowance_number_0
                    + allowance_number_1
                    + allowance_number_2
                    + allowance_number_3
                    + allowance_number_4
                    + allowance_number_5
                > 5
            and y
        """)


def test_long_branches_and_messages():
    assert broken(f"let w =\n  case\n    {CONDITION} : {SUM}\n    a : {SUM} + b\n    otherwise : 1\n") == lines("""
        let w =
          case
            allowance_number_0 > 1_000_000
                and allowance_number_1 > 1_000_000
                and allowance_number_2 > 1_000_000
                and allowance_number_3 > 1_000_000 : allowance_number_0
                    + allowance_number_1
                    + allowance_number_2
                    + allowance_number_3
                    + allowance_number_4
                    + allowance_number_5
            a         : allowance_number_0
                + allowance_number_1
                + allowance_number_2
                + allowance_number_3
                + allowance_number_4
                + allowance_number_5
                + b
            otherwise : 1
        """)
    assert broken(f'assert {CONDITION} "what is wrong"') == lines("""
        assert allowance_number_0 > 1_000_000
            and allowance_number_1 > 1_000_000
            and allowance_number_2 > 1_000_000
            and allowance_number_3 > 1_000_000
            "what is wrong"
        """)


def test_long_lists_go_on_in_the_next_line():
    members = ", ".join(f"member_{n}" for n in range(30))
    cells = ", ".join(f"column_{n} {n}_000" for n in range(1, 20))
    text = assert_kept(f'plan p\nkind k = one of {members}\nexample "x"\n  worker W1 : {cells} -> net 5\n')
    assert text.split("\n")[2].startswith("    member_")
    assert max(map(len, text.split("\n"))) <= 120


def test_wide_characters_are_aligned_by_columns():
    assert assert_kept("plan p\nentity 员工\n  出勤天数 : int\n  at : int\n") == lines("""
        plan p
        entity 员工
          出勤天数 : int
          at       : int
        """)


def test_faulty_plans_are_refused_with_their_faults():
    with pytest.raises(PlanError) as caught:
        formatted("plan p\nlet x = 1 +\nlet y =\n")
    assert [diagnostic.id for diagnostic in caught.value.diagnostics] == ["unexpected-token"] * 2
    first = str(caught.value).split("\n")
    assert first[:2] == ["error[unexpected-token]: the line ends where a value was expected", " --> p.pay:2:12"]


@pytest.mark.parametrize("path", PLANS, ids=lambda path: path.stem)
def test_fixed_plans(path):
    text = assert_kept(path.read_text(encoding="utf-8"))
    assert assert_kept(text.replace("\n", "\r\n")) == text


@given(st.randoms(use_true_random=False), st.booleans())
@settings(max_examples=150)
def test_random_plans(random: Random, long: bool):
    assert_kept(PlanTexts(random, long=long).plan())
