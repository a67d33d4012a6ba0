"""Diagnostics as text: carets stand under what they mark, whatever the characters."""

from textwrap import dedent

import pytest

from paycalc.core.diagnostic import Diagnostic, Label
from paycalc.core.rendering import WIDTH_MAX, display_width, escape, render_text, to_json, visible
from paycalc.core.span import Source, Span


def at(source: Source, part: str, text: str = "") -> Label:
    start = source.text.index(part)
    return Label(Span(start, start + len(part)), text)


def rendered(text: str, *labels: tuple[str, str], why: str = "", help: str = "") -> str:
    source = Source("p.pay", text)
    places = tuple(at(source, part, remark) for part, remark in labels)
    return render_text(Diagnostic("some-fault", "something is wrong", places, why, help), source)


def body(text: str, *labels: tuple[str, str]) -> str:
    """The rendering without its first two lines."""
    return "\n".join(rendered(text, *labels).split("\n")[2:])


def lines(text: str) -> str:
    return dedent(text).strip("\n")


def test_one_line_with_two_labels_why_and_help():
    text = "\n" * 13 + "pay anniversary = bonus + granted(general)\n"
    shown = rendered(
        text,
        ("granted(general)", "points (wallet `general`)"),
        ("bonus", "money (CNY)"),
        why="points enter a money formula only at what they are worth",
        help="write `value(granted(general))`\nor leave it out",
    )
    assert shown == lines("""
        error[some-fault]: something is wrong
          --> p.pay:14:27
           |
        14 | pay anniversary = bonus + granted(general)
           |                   -----   ^^^^^^^^^^^^^^^^ points (wallet `general`)
           |                   money (CNY)
        why:  points enter a money formula only at what they are worth
        help: write `value(granted(general))`
              or leave it out
        """)


def test_three_labels_on_a_line_hang_on_strokes():
    assert body("let total = first + second", ("second", "2"), ("first", "1"), ("total", "0")) == lines("""
          |
        1 | let total = first + second
          |     -----   -----   ^^^^^^ 2
          |     |       1
          |     0
        """)


def test_a_remark_never_stands_beside_the_marks_of_another():
    assert body("let total = first + second", ("first", "inner"), ("first + second", "outer")) == lines("""
          |
        1 | let total = first + second
          |             ^^^^^--------- outer
          |             inner
        """)
    assert body("let total = first + second", ("second", "inner"), ("first + second", "outer")) == lines("""
          |
        1 | let total = first + second
          |             --------^^^^^^
          |             |       inner
          |             outer
        """)


def test_labels_on_other_lines():
    text = "one\ntwo\nthree\nfour\nfive\nsix\nseven\n"
    assert body(text, ("five", "here"), ("one", "there"), ("seven", "")) == lines("""
          |
        1 | one
          | --- there
        ...
        5 | five
          | ^^^^ here
        6 | six
        7 | seven
          | -----
        """)


def test_the_gutter_grows_with_the_line_number():
    text = "a\n" * 9 + "b\n"
    assert body(text, ("b", "")) == "   |\n10 | b\n   | ^"


def test_short_stretches_of_lines_are_marked_whole():
    assert body("let x =\n  first\n  + second  \nlet y = 1", ("x =\n  first\n  + second  \n", "too much")) == lines("""
          |
        1 | let x =
          |     ^^^
        2 |   first
          |   ^^^^^
        3 |   + second
          |   ^^^^^^^^ too much
        """)


def test_long_stretches_are_marked_at_both_ends():
    text = "table t\n  1 : 1\n  2 : 2\n  3 : 3\n  4 : 4\n"
    assert body(text, (text, "all of it")) == lines("""
          |
        1 | table t
          | ^^^^^^^
        ...
        5 |   4 : 4
          |   ^^^^^ all of it
        """)


def test_wide_characters_take_two_columns():
    assert body("pay 计件工资 = 件数 * 单价", ("件数", "int")) == lines("""
          |
        1 | pay 计件工资 = 件数 * 单价
          |                ^^^^ int
        """)


def test_combining_marks_take_none():
    assert body("pay cafe\u0301 = x", ("x", "")) == "  |\n1 | pay cafe\u0301 = x\n  |            ^"


def test_control_characters_are_shown_and_counted_escaped():
    shown = body("a\tb\x1b[2Jc\u202e = x", ("x", ""))
    assert shown == "  |\n1 | a\\tb\\u{1b}[2Jc\\u{202e} = x\n  |                          ^"
    assert escape("a\r\n\x00") == "a\\r\\n\\u{0}"
    assert display_width("\t计é") == 5


def test_messages_and_names_cannot_steer_the_terminal():
    source = Source("a\x1b.pay", "x")
    shown = render_text(Diagnostic("f", "m\x1b[31m", (Label(Span(0, 1), "\x07"),), "w\x00", "h\x9b"), source)
    assert shown == lines(r"""
        error[f]: m\u{1b}[31m
         --> a\u{1b}.pay:1:1
          |
        1 | x
          | ^ \u{7}
        why:  w\u{0}
        help: h\u{9b}
        """)


def test_a_long_line_is_cut_round_its_label():
    text = "a" * 300 + "WRONG" + "b" * 300
    shown = body(text, ("WRONG", "here"), ("b" * 300, "not shown whole")).split("\n")
    assert shown[1] == "1 | ..." + "a" * 40 + "WRONG" + "b" * (WIDTH_MAX - 45) + "..."
    assert shown[2] == "  |    " + " " * 40 + "^^^^^" + "-" * (WIDTH_MAX - 45) + " not shown whole"
    assert shown[3] == "  |    " + " " * 40 + "here"


def test_a_long_line_of_wide_characters_is_cut_by_columns():
    text = "宽" * 200 + "错" + "宽" * 200
    assert body(text, ("错", "here")).split("\n")[1:] == [
        "1 | ..." + "宽" * 20 + "错" + "宽" * (WIDTH_MAX // 2 - 21) + "...",
        "  |    " + " " * 40 + "^^ here",
    ]


def test_a_line_of_a_megabyte_is_quoted_quickly():
    text = "\u0301" * 500_000 + "x" + "\u0301" * 500_000
    assert len(body(text, ("x", ""))) < 4_000


def test_empty_stretches_have_one_caret():
    source = Source("p.pay", "let x =\n")
    for offset, line, caret in ((0, "1 | let x =", "  | ^"), (7, "1 | let x =", "  |        ^"), (8, "2 |", "  | ^")):
        shown = render_text(Diagnostic("f", "m", (Label(Span(offset, offset)),)), source)
        assert shown.split("\n")[3:] == [line, caret]


def test_an_empty_text_and_places_outside_of_it():
    source = Source("p.pay", "")
    for span in (Span(0, 0), Span(7, 9)):
        shown = render_text(Diagnostic("f", "m", (Label(span),)), source)
        assert shown == "error[f]: m\n --> p.pay:1:1\n  |\n1 |\n  | ^"


def test_windows_line_ends_are_not_shown():
    assert body("ab\r\ncd\r\n", ("cd", "")) == "  |\n2 | cd\n  | ^^"


def test_plain_data():
    source = Source("p.pay", "let x = 1\nlet y = x\n")
    labels = (Label(Span(14, 15), "here"), Label(Span(0, 10), ""))
    assert to_json(Diagnostic("some-fault", "wrong", labels, "why", "help"), source) == {
        "id": "some-fault",
        "severity": "error",
        "message": "wrong",
        "file": "p.pay",
        "labels": [
            {
                "line": 2, "column": 5, "end_line": 2, "end_column": 6,
                "offset": 14, "end_offset": 15, "text": "here",
            },
            {
                "line": 1, "column": 1, "end_line": 2, "end_column": 1,
                "offset": 0, "end_offset": 10, "text": "",
            },
        ],
        "why": "why",
        "help": "help",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("S1", "S1"),
        ("\u5458\u5de5 1", "\u5458\u5de5 1"),
        ("S1 ", '"S1 "'),
        (" S1", '" S1"'),
        ("S1\u00a0", '"S1\\u{a0}"'),  # a blank that is none
        ("S\u200b1", '"S\\u{200b}1"'),
        ("a\tb\n", '"a\\tb\\n"'),
        ("\x1b[31m", '"\\u{1b}[31m"'),
        ("", '""'),
        ('"S1"', '"\\"S1\\""'),
        ('a\\"b\t', '"a\\\\\\"b\\t"'),
        ('S1"', 'S1"'),
        ("x" * 60, "x" * 60),
        ("x" * 61, "x" * 57 + "..."),
        ("x" * 60 + " ", '"' + "x" * 57 + '..."'),
    ],
)
def test_a_text_from_the_data_shows_what_it_is(text, shown):
    assert visible(text) == shown
