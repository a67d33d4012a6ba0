"""What people write from habit: reported once, with a way out that is right when it is followed."""

import pytest

from paycalc.syntax.parser import parse
from tests.syntax.reading import ids, source_of

WAYS_OUT = [
    # numbers
    ("let x = max(sales * 0,015)", "malformed-number", "a point separates the decimals: write `0.015`"),
    ("let x = round(sales * 1,5%)", "malformed-number", "a point separates the decimals: write `1.5%`"),
    ("let x = 1.000,50", "unexpected-token",
     "a point separates the decimals, `_` groups digits: write `1_000.50`"),
    ("let x = 1 000", "unexpected-token", "digits are grouped with `_`: write `1_000`"),
    ("let x = 1 000 000 when a", "unexpected-token", "digits are grouped with `_`: write `1_000_000`"),
    # names
    ("pay full month = 300", "unexpected-token",
     "a name is one word: `pay full_month = ...`; a label in quotes may stand behind it"),
    ("pay full-month = 300", "unexpected-token",
     "a name is one word: `pay full_month = ...`; a label in quotes may stand behind it"),
    ('pay "Full month" = 300', "unexpected-token",
     'a line has a name of one word, then perhaps a label: `pay full_month "Label" = ...`'),
    ('pay "!" = 300', "unexpected-token",
     'a line has a name of one word, then perhaps a label: `pay NAME "Label" = ...`'),
    ("entity desk\n  full seats : int", "unexpected-token", "a name is one word: `full_seats : ...`"),
    # words and signs of other languages
    ("let x = 100 // full month", "unknown-operator",
     "begin a comment with `#`; to divide, write `floor(a / b)`"),
    ("// full month\nlet x = 1", "unknown-operator", "begin a comment with `#`"),
    ("let x = 300 if a", "if-misplaced",
     "a condition behind a value is written `when`: `VALUE when CONDITION`"),
    ("let x = max(300 if a else 0)", "if-misplaced", "write `if CONDITION then VALUE else VALUE`"),
    ("let x = 1 + if a then 1 else 0", "if-misplaced", "put it in brackets: `(if ... then ... else ...)`"),
    ("let x = 300 where a > 3", "unexpected-token", "a condition on the whole line is written `when`"),
    ("let x = 300 unless a < 3", "unexpected-token", "write `when not (...)`"),
    ("let x = sales unless a < 3", "unexpected-token", "write `when not (...)`"),
    ("let x = 30% of sales", "unexpected-token", "a share is a product: `sales * 30%`"),
    ("let x = 1 when a between 3 and 5", "unexpected-token", "write `a >= 3 and a <= 5`"),
    ("let x = 1 when a between b and", "unexpected-token", "write `x >= LEAST and x <= GREATEST`"),
    ("let x = round(sales, 2, half up)", "unexpected-token", "the name of a rounding is one word: `half_up`"),
    # cases
    ("let x =\n  case grade\n    junior : 1\n    otherwise : 2", "case-misplaced",
     "every branch has a whole condition: `grade is junior : ...`"),
    ('let x =\n  case a.b\n    "old one" : 1\n    otherwise : 2', "case-misplaced",
     'every branch has a whole condition: `VALUE is "old one" : ...`'),
    ("let x =\n  case\n    a > 20 = 1\n    otherwise : 2", "unexpected-token", "a branch is `CONDITION : VALUE`"),
    ("let x =\n  case\n    a > 20 : 1\n    else : 2", "unexpected-token",
     "the last branch of a `case` is `otherwise : VALUE`"),
    # tables and ladders
    ("table t of days\n  * : 3", "unexpected-token", "say what the table gives, e.g. `: money`"),
    ("table t of days : money\n  otherwise : 3", "unexpected-token",
     "the row for all other cases has `*` for each key"),
    ("table t of grade : money\n  junior = 1", "unexpected-token",
     "the result stands behind a colon: `CELL : RESULT`"),
    ("table t of kpi : money\n  0 - 0.6 : 1", "unexpected-token", "a band is written with two points: `0..0.6`"),
    ("ladder l of sales money : percent(2)\n  0 - 100 : 1%", "unexpected-token",
     "a step is its threshold alone: `0 : 1%`; bands belong to a `table`"),
    # types
    ("kind size = small, large", "unexpected-token", "members stand behind `one of`: `one of small, large`"),
    ("kind size = one of small, extra large", "unexpected-token",
     'a member of several words is written in quotes: "extra large"'),
    ("entity desk\n  seats : int >= 0", "unexpected-token", "a range has both of its ends: `0 .. 1_000`"),
    ("entity desk\n  seats : int optional 0 .. 10", "unexpected-token",
     "the range stands before `optional`: `int 0 .. 10 optional`"),
    ("entity visit of worker\n  seats : int", "unexpected-token",
     "what an entity belongs to stands behind `in`: `entity visit in worker`"),
    # examples
    ('example "x"\n  worker A : days = 3 -> a 3', "unexpected-token", "the value follows the name: `days 3`"),
    ('example "x"\n  worker A : days 3 -> a = 3', "unexpected-token", "the value follows the name: `a 3`"),
    ('example "x"\n  parcel P : at 2026-10-05 9:30 -> a 1', "unexpected-token",
     "a moment has a `T` between date and time: `2026-10-05T09:30`"),
    ('example "x"\n  worker A : days 3 -> rejected out of range', "unexpected-token",
     "a code is one word, joined by `-`: `out-of-range`"),
]  # fmt: skip


@pytest.mark.parametrize(("text", "id", "help"), WAYS_OUT)
def test_one_report_with_its_way_out(text, id, help):
    diagnostics = parse(source_of(text))[1]
    assert [(diagnostic.id, diagnostic.help) for diagnostic in diagnostics] == [(id, help)]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (" pay a = 100", ["bad-indentation"]),
        ("\tpay a = 100", ["tab"]),
        ("  entity desk\n    seats : int\n  pay a = 1\nlet b = 2", ["bad-indentation"]),
        ("entity desk\n  seats : int\n  table t of a : money\n    * : 1", ["bad-indentation"]),
        ("let b = 1\n  pay a = 1", ["unexpected-token"]),
        ("let b = 1\n  pay a = 1\n  pay c = 1\nlet d = 1\n  pay e = 1", ["unexpected-token"] * 2),
        (' example "x"\n   worker A -> a 1', ["bad-indentation"]),
        (" parameters\n   base : money", ["bad-indentation"]),
        (" parameters of store\n   base : money", ["bad-indentation"]),
        ('example "x"\nworker A : days 3 -> a 2\nexpect A : a 2\nlet b = 1', ["bad-indentation"]),
        ('example "x"\n  plan : p 1\nworker A -> a 2', ["bad-indentation"]),
        ('example "x"\nperiod 2026-10\n  worker A -> a 2', ["bad-indentation"]),
    ],
)
def test_a_line_in_the_wrong_column_is_one_report(text, expected):
    assert ids(text) == expected


def test_a_line_in_the_wrong_column_is_read():
    plan, _ = parse(source_of('  pay a = 1\nexample "x"\nworker A : days 3 -> a 1\nexpect A : a 1\n  let b = 2'))
    line, example, other = plan.declarations[-3:]
    assert (line.name.text, other.name.text, len(example.items)) == ("a", "b", 2)


@pytest.mark.parametrize(
    "text",
    [
        "entity desk\n  pay : money = 3\n  let, show : int\n  table : int",
        "let a = sales +\n  pay * 2",
        "entity show\nlet a = 1\nexample \"x\"\n  show S1 -> a 1\n  show S2 : a 1",
        "let x = round(sales * 5%,2)",
        "let x = max(sales,5%)",
        "table t of days : money\n  -3..-1 : 1",
    ],
)  # fmt: skip
def test_what_looks_alike_and_is_right(text):
    assert ids(text) == []
