"""Tokens, lines and comments."""

import time
import unicodedata

import pytest

from paycalc.core.span import Source, Span
from paycalc.syntax.lexer import SOFT_RESERVED, lex, read_moment


def kinds(text: str) -> list[tuple[str, str]]:
    lexed = lex(Source("p.pay", text))
    assert lexed.diagnostics == []
    return [(token.kind, token.text) for token in lexed.tokens]


def ids(text: str) -> list[str]:
    return [diagnostic.id for diagnostic in lex(Source("p.pay", text)).diagnostics]


def test_words_operators_and_texts():
    assert kinds('let x_1 = a.b + max(c, "d e") # f') == [
        ("name", "let"), ("name", "x_1"), ("=", "="), ("name", "a"), (".", "."), ("name", "b"), ("+", "+"),
        ("name", "max"), ("(", "("), ("name", "c"), (",", ","), ("text", "d e"), (")", ")"),
    ]  # fmt: skip
    operators = "..= .. -> <= >= < > = + - * / ( ) , : ; ."
    assert kinds(operators) == [(operator, operator) for operator in operators.split()]


def test_reserved_words_are_kinds_of_their_own_and_soft_ones_are_names():
    assert kinds("and or not is in optional") == [(word, word) for word in "and or not is in optional".split()]
    assert kinds("over up") == [("name", "over"), ("name", "up")]
    assert sorted(SOFT_RESERVED) == ["at", "collect", "each", "over", "up"]
    assert kinds("plan Not") == [("name", "plan"), ("name", "Not")]


@pytest.mark.parametrize("text", ["0", "1_000", "0.05", "1e7", "1E+7", "2.5e-3", "5%", "0.25%", "12_345.678_9"])
def test_numbers(text):
    assert kinds(text) == [("number", text)]


def test_dots_end_a_number():
    assert kinds("0..400") == [("number", "0"), ("..", ".."), ("number", "400")]
    assert kinds("1.00..=2%..") == [("number", "1.00"), ("..=", "..="), ("number", "2%"), ("..", "..")]
    assert kinds("2026-02..2026-03") == [
        ("number", "2026"), ("-", "-"), ("number", "02"), ("..", ".."),
        ("number", "2026"), ("-", "-"), ("number", "03"),
    ]  # fmt: skip


@pytest.mark.parametrize(
    "text", ["6kg", "1__0", "1_", ".5", "1.2.3", "0x1F", "5e", "1.5e+", "1.a", "12_345._6", "2026-10-15x"]
)
def test_numbers_that_are_none(text):
    assert ids(text) == ["malformed-number"]


def test_dates_and_moments():
    moments = ["2026-10-15T08:30", "2026-10-15T08:30:05", "2026-10-15T08:30+08:00", "2026-10-15T08:30:05Z"]
    assert kinds("2026-10-15") == [("date", "2026-10-15")]
    for text in moments:
        assert kinds(text) == [("datetime", text)]
    assert kinds("period 2026-10-1")[1:] == [
        ("number", "2026"), ("-", "-"), ("number", "10"), ("-", "-"), ("number", "1"),
    ]  # fmt: skip
    assert read_moment("2026-10-15T08:30+08:00").isoformat() == "2026-10-15T08:30:00+08:00"


@pytest.mark.parametrize(
    "text",
    [
        "2026-02-30", "2026-13-01", "0000-01-01", "2026-10-15T24:00", "2026-10-15T8:30", "2026-10-15T08:30:61",
        "2026-10-15T08:30+25:00", "2026-10-15T08", "2026-10-15T08:30:00.5", "2026-10-15T", "2026-10-15T08:30z",
    ],
)  # fmt: skip
def test_dates_and_moments_that_are_none(text):
    assert ids(text) == ["invalid-date"]


def test_texts_know_two_escapes():
    assert kinds('"say \\"no\\" \\\\ # 计"') == [("text", 'say "no" \\ # 计')]
    assert ids('"a\\n"') == ["unknown-escape"]
    assert ids('"a\\') == ["unterminated-text"]
    assert ids('"a\n"b"') == ["unterminated-text"]


def test_names_are_unicode_and_compared_after_nfc():
    decomposed = "cafe\u0301"
    assert kinds(f"计件工资 {decomposed} हिन्दी") == [("name", "计件工资"), ("name", "café"), ("name", "हिन्दी")]
    assert kinds(f'"{decomposed}"') == [("text", unicodedata.normalize("NFC", decomposed))]
    assert lex(Source("", f"{decomposed} x")).tokens[1].start == 6


def test_comments_are_kept_with_their_places():
    lexed = lex(Source("p.pay", "# first  \nlet x = 1  # second\r\n  #third"))
    assert [(c.text, c.alone, c.span) for c in lexed.comments] == [
        ("# first", True, Span(0, 7)),
        ("# second", False, Span(21, 29)),
        ("#third", True, Span(33, 39)),
    ]


def test_lines_end_outside_of_brackets_only():
    lexed = lex(Source("p.pay", "let x = max(\n1,\n  2\n)\n  + 3\n\n  \nlet y = 4"))
    assert [(line.indent, line.last - line.first) for line in lexed.lines] == [(0, 9), (2, 2), (0, 4)]
    assert [token.indent for token in lexed.tokens if token.indent >= 0] == [0, 2, 0]


def test_a_byte_order_mark_and_windows_line_ends_are_let_through():
    assert kinds("\ufefflet x\r\n") == [("name", "let"), ("name", "x")]
    assert lex(Source("", "\ufefflet x")).lines[0].indent == 0


@pytest.mark.parametrize("character", ["\x00", "\x07", "\x1b", "\x7f", "\x85", "\u2028", "\ud800"])
@pytest.mark.parametrize("text", ["let x{} = 1", "# com{}ment", 'let x "la{}bel" = 1'])
def test_control_characters_are_refused_everywhere(character, text):
    assert ids(text.format(character)) == ["control-character"]


@pytest.mark.parametrize("character", ["\u202e", "\u2066", "\u200f", "\u061c"])
@pytest.mark.parametrize("text", ["let x{} = 1", "# com{}ment", 'let x "la{}bel" = 1'])
def test_bidirectional_characters_are_refused_everywhere(character, text):
    assert ids(text.format(character)) == ["bidi-character"]


def test_a_carriage_return_alone_is_a_control_character():
    assert ids("let x = 1\rlet y = 2") == ["control-character"]


def test_tabs_are_reported_once():
    assert ids("entity a\n\tb : int\n\tc : int # \t\n") == ["tab"]


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("（", "("), ("）", ")"), ("，", ","), ("：", ":"), ("；", ";"), ("。", "."), ("＝", "="), ("＋", "+"),
        ("×", "*"), ("÷", "/"), ("−", "-"), ("≤", "<="), ("≥", ">="), ("→", "->"), ("、", ","), ("…", ".."),
    ],
)  # fmt: skip
def test_look_alikes_are_reported_and_read_as_meant(typed, meant):
    lexed = lex(Source("", typed))
    assert [diagnostic.id for diagnostic in lexed.diagnostics][:1] == ["unexpected-character"]
    assert lexed.diagnostics[0].help == f"write `{meant}`"
    assert lexed.tokens[0].kind == meant


def test_foreign_quotes_and_percent_signs_are_read_as_meant():
    lexed = lex(Source("", "“奖金” 5％ ‘a’ 「b」＃ c"))
    assert [token[:2] for token in lexed.tokens] == [("text", "奖金"), ("number", "5%"), ("text", "a"), ("text", "b")]
    assert [diagnostic.id for diagnostic in lexed.diagnostics] == ["unexpected-character"] * 5


@pytest.mark.parametrize(
    ("typed", "meant"), [("&&", ["and"]), ("||", ["or"]), ("!=", ["is", "not"]), ("<>", ["is", "not"]), ("=<", ["<="])]
)
def test_operators_of_other_languages_are_read_as_meant(typed, meant):
    lexed = lex(Source("", f"a {typed} b"))
    assert [diagnostic.id for diagnostic in lexed.diagnostics] == ["unknown-operator"]
    assert [token.kind for token in lexed.tokens] == ["name", *meant, "name"]


def test_percent_signs_that_stand_apart():
    assert ids("5 %") == ["malformed-number"]
    assert lex(Source("", "5 %")).tokens[0].text == "5%"
    assert ids("a % b") == ["unknown-operator"]
    assert ids("5 % 2") == ["unknown-operator"]


def test_an_unclosed_bracket_ends_at_the_next_declaration():
    lexed = lex(Source("", "let x = max(1,\n  2\nlet y = 2\nshow z = (\n"))
    assert [(d.id, d.span) for d in lexed.diagnostics] == [
        ("unclosed-bracket", Span(11, 12)),
        ("unclosed-bracket", Span(38, 39)),
    ]
    assert [lexed.tokens[line.first].text for line in lexed.lines] == ["let", "let", "show"]


@pytest.mark.parametrize(
    "text",
    [
        "a" * 1_000_000, "(" * 1_000_000, "1" * 1_000_000, '"' * 1_000_000, "-" * 1_000_000, "\x00" * 1_000_000,
        "\n" * 1_000_000, " " * 1_000_000, "\t" * 1_000_000, "&" * 1_000_000, "#\n" * 500_000, "1_" * 500_000,
        '"\\' * 500_000, "1e" * 500_000, "计" * 340_000, "“" * 340_000, "1.1" * 333_000, "e\u0301" * 330_000,
        "5 %" * 300_000, "let x = (\n" * 100_000, "a " * 200_000 + "]" * 600_000,
    ],
)  # fmt: skip
def test_any_megabyte_is_answered_quickly(text):
    start = time.process_time()
    lexed = lex(Source("p.pay", text))
    assert time.process_time() - start < 10
    assert len(lexed.diagnostics) <= 1_001
