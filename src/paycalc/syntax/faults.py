"""The faults that the lexer and the parser report: one `Rule` each, and the wording that several places share.

Rules about size and encoding have no example texts (`bad` and `mended` are empty).
"""

from __future__ import annotations

import unicodedata

from paycalc.core.diagnostic import Diagnostic, Label, Rule
from paycalc.core.span import Span

FAULTS_MAX = 1_000  # a text with more is not a plan with mistakes but no plan at all

_WHOLE = "plan p\n  currency CNY\n  period month\n  payee worker\nentity worker\n  sales : money"
_SMALLER = "hand in as a column of the data what a long table would say"
_WHY_ONE_WAY = "there is one way to write each operator, so that every plan reads alike"

TEXT_TOO_LARGE = Rule(
    "text-too-large",
    "The text is larger than 1 MiB",
    "a plan is read as a whole; its size is bounded so that any text is answered quickly",
    bad="",
    mended="",
)
NOT_UTF8 = Rule(
    "not-utf8",
    "The file is not UTF-8",
    "a plan is text in UTF-8, so that its names mean the same on every machine",
    bad="",
    mended="",
)
TOO_MANY_NODES = Rule(
    "too-many-nodes",
    "The plan has more than 50,000 words, numbers and texts",
    "the size of a plan is bounded so that any text is answered quickly",
    bad="",
    mended="",
)
TOO_MANY_FAULTS = Rule(
    "too-many-faults",
    "The text has more than 1,000 faults",
    "a text with that many faults is probably not a plan",
    bad="",
    mended="",
)
NESTED_TOO_DEEP = Rule(
    "nested-too-deep",
    "An expression is nested more than 100 deep",
    "nesting is bounded at 100 so that any text is answered quickly, and nobody can read as much",
    "let x = " + "-(" * 101 + "sales" + ")" * 101,
    "let y = -(-(sales))\nlet x = -(-(y))",
)
TAB = Rule(
    "tab",
    "A tab character",
    "indentation tells what belongs together, and a tab is wider in one editor than in the next",
    "entity desk\n\tseats : int 0 .. 10",
    "entity desk\n  seats : int 0 .. 10",
)
CONTROL_CHARACTER = Rule(
    "control-character",
    "A control character",
    "a plan must read the same in every editor; control characters are refused everywhere, in comments too",
    "let x = sales  # pasted\x07",
    "let x = sales  # pasted",
)
BIDI_CHARACTER = Rule(
    "bidi-character",
    "A character that turns the direction of writing",
    "such characters make a text read in another order than it is computed; they are refused everywhere",
    "let x = sales  # \u202eoops",
    "let x = sales  # oops",
)
UNEXPECTED_CHARACTER = Rule(
    "unexpected-character",
    "A character that the language does not use",
    "outside of texts and comments a plan has names, numbers and a few ASCII signs; input methods often type others "
    "that look like them",
    "let x = max（sales, 0)",
    "let x = max(sales, 0)",
)
UNTERMINATED_TEXT = Rule(
    "unterminated-text",
    "A text without its closing quote",
    "a text begins and ends with a quote on the same line",
    'let x "Half a label = sales',
    'let x "Half a label" = sales',
)
UNKNOWN_ESCAPE = Rule(
    "unknown-escape",
    "A backslash with no meaning",
    'a text knows two escapes only, `\\"` and `\\\\`',
    'let x "A\\nlabel" = sales',
    'let x "A label" = sales',
)
MALFORMED_NUMBER = Rule(
    "malformed-number",
    "A number written in a way the language does not know",
    "a number has digits, perhaps `_` between them, `.` with digits on both sides, an exponent, and `%` right after it",
    "let x = sales * 5 %",
    "let x = sales * 5%",
)
NUMBER_TOO_LONG = Rule(
    "number-too-long",
    "A number of more than 38 digits",
    "38 digits are what decimal numbers of data files hold",
    "let x = sales + 1e60",
    "let x = sales + 1e6",
)
INVALID_DATE = Rule(
    "invalid-date",
    "A date or moment that the calendar does not have",
    "dates are written year-month-day with all digits, moments with `T` and the time after it",
    "let x = days_between(period.start, 2026-02-30)",
    "let x = days_between(period.start, 2026-02-28)",
)
UNKNOWN_OPERATOR = Rule(
    "unknown-operator",
    "An operator of some other language",
    _WHY_ONE_WAY,
    "let x = 1 when sales > 0 && days > 0",
    "let x = 1 when sales > 0 and days > 0",
)
EQUALS_SIGN = Rule(
    "equals-sign",
    "`=` or `==` used to compare",
    "`=` defines and nothing else; equality is `is`",
    "let x = 300 when grade == senior",
    "let x = 300 when grade is senior",
)
BAD_INDENTATION = Rule(
    "bad-indentation",
    "A line begins in a column that fits nothing above it",
    "declarations begin at the left margin; what belongs to one is indented, and its lines begin in the same column",
    "entity desk\n    seats : int 0 .. 10\n  legs : int 0 .. 4",
    "entity desk\n  seats : int 0 .. 10\n  legs : int 0 .. 4",
)
UNCLOSED_BRACKET = Rule(
    "unclosed-bracket",
    "A bracket that is never closed",
    "inside brackets line ends do not count, so everything up to the next declaration was read as part of it",
    "let x = max(sales, 0",
    "let x = max(sales, 0)",
)
UNEXPECTED_TOKEN = Rule(
    "unexpected-token",
    "Something else was expected here",
    "",
    "let x = sales +",
    "let x = sales + 1",
)
RESERVED_WORD = Rule(
    "reserved-word",
    "A word of the language used as a name",
    "words of the language keep their meaning everywhere, so that a plan can be read aloud",
    "let where = sales",
    "let place = sales",
)
UNKNOWN_DECLARATION = Rule(
    "unknown-declaration",
    "A line at the left margin that declares nothing",
    "every declaration says what it is: plan, kind, entity, parameters, table, ladder, let, pay, deduct, employer, "
    "show, assert or example",
    "x = sales * 2",
    "let x = sales * 2",
)
MISSING_PLAN = Rule(
    "missing-plan",
    "The plan does not begin with `plan NAME`",
    "the first declaration names the plan and holds its currency, period and payee",
    "plan p\nplan q",
    _WHOLE,
)
UNKNOWN_SETTING = Rule(
    "unknown-setting",
    "A line under `plan` that is no setting",
    "a plan has the settings currency, period, timezone and payee",
    "plan p\n  colour red",
    _WHOLE,
)
DUPLICATE_SETTING = Rule(
    "duplicate-setting",
    "A setting written twice",
    "each setting and each part of a declaration stands once",
    "plan p\n  currency CNY\n  currency USD",
    _WHOLE,
)
COMPARISON_CHAIN = Rule(
    "comparison-chain",
    "Two comparisons in a row",
    "a comparison gives yes or no, and that cannot be compared with a number",
    "let x = 1 when 0 < sales < 100",
    "let x = 1 when 0 < sales and sales < 100",
)
MISSING_ELSE = Rule(
    "missing-else",
    "An `if` without `else`",
    "a value must be there in either case",
    "let x = if sales > 0 then 1",
    "let x = if sales > 0 then 1 else 0",
)
MISSING_OTHERWISE = Rule(
    "missing-otherwise",
    "A `case` that does not end with `otherwise`",
    "a value must be there in every case",
    "let x =\n  case\n    sales > 0 : 1",
    "let x =\n  case\n    sales > 0 : 1\n    otherwise : 0",
)
CASE_MISPLACED = Rule(
    "case-misplaced",
    "A `case` inside an expression",
    "`case` is the whole right side of a line, each of its branches on a line of its own",
    "let x = 1 + case",
    "let y =\n  case\n    sales > 0 : 1\n    otherwise : 0\nlet x = 1 + y",
)
IF_MISPLACED = Rule(
    "if-misplaced",
    "An `if` after an operator without brackets",
    "`if ... then ... else ...` extends as far to the right as it can; brackets show where it ends",
    "let x = 1 + if sales > 0 then 1 else 0",
    "let x = 1 + (if sales > 0 then 1 else 0)",
)
WHEN_MISPLACED = Rule(
    "when-misplaced",
    "A `when` that is not at the end of a line",
    "`when` comes last and belongs to the whole line",
    "let x = max(sales when days > 0, 1)",
    "let x = max(if days > 0 then sales else 0, 1)",
)
MISSING_BOUND = Rule(
    "missing-bound",
    "A range with one bound only",
    "a range says the least and the greatest value that is accepted, both included",
    "entity desk\n  seats : int 0 ..",
    "entity desk\n  seats : int 0 .. 10",
)
THOUSANDS_COMMA = Rule(
    "thousands-comma",
    "A comma inside a number",
    "a comma separates values; digits are grouped with `_`",
    "let x = 1 when sales > 1,000",
    "let x = 1 when sales > 1_000",
)
KEY_WITH_MEMBERS = Rule(
    "key-with-members",
    "A key of a table or ladder with a `one of` type of its own",
    "keys are separated by commas and members too; a `kind` keeps them apart",
    "table fee of size one of small, large : money\n  small : 1\n  large : 2",
    "kind size = one of small, large\ntable fee of size : money\n  small : 1\n  large : 2",
)
ROWS_TWICE = Rule(
    "rows-twice",
    "Rows in the plan under a table or ladder `from data`",
    "a table is written in the plan or comes with the data, and never half and half",
    "table fee of days : money from data\n  ..10 : 1\n  10.. : 2",
    "table fee of days : money\n  ..10 : 1\n  10.. : 2",
)
NOT_AVAILABLE = Rule(
    "not-available",
    "A construct of the plan language that this version of paycalc does not have",
    "nothing is computed half: what is not there yet is refused",
    "carry drawn : money 0 .. 1_000_000 = 0",
    "let drawn = 0",
)

RULES: tuple[Rule, ...] = tuple(value for value in list(globals().values()) if isinstance(value, Rule))


def text_too_large(span: Span) -> Diagnostic:
    return TEXT_TOO_LARGE.at(span, "the text is larger than 1 MiB (1,048,576 bytes)", help=_SMALLER)


def too_many_nodes(span: Span, words_max: int) -> Diagnostic:
    return TOO_MANY_NODES.at(span, f"the plan has more than {words_max:,} words, numbers and texts", help=_SMALLER)


def too_many_faults(span: Span) -> Diagnostic:
    return TOO_MANY_FAULTS.at(span, f"more than {FAULTS_MAX:,} faults; no more are shown", help="is this a plan?")


def not_available(span: Span, construct: str) -> Diagnostic:
    return NOT_AVAILABLE.at(
        span, f"`{construct}` is part of the plan language, but not of this version of paycalc",
        help="leave it out, or compute it outside and hand it in as data",
    )  # fmt: skip


def tab(text: str) -> Diagnostic:
    """One report for all tabs of a text: whoever has one has many."""
    start = text.index("\t")
    lines = sum("\t" in line for line in text.split("\n"))
    message = "a tab character" if lines == 1 else f"tab characters in {lines:,} lines, the first here"
    return TAB.at(Span(start, start + 1), message, help="replace tabs by blanks (two for each step of indentation)")


def hidden_character(rule: Rule, span: Span, character: str) -> Diagnostic:
    help = "remove it (it was probably pasted along with the text)"
    if character == "\r":
        help = "end lines with a line feed, or with carriage return and line feed"
    return rule.at(span, f"{character_name(character)} is not allowed in a plan", help=help)


def character_name(character: str) -> str:
    """`（` (FULLWIDTH LEFT PARENTHESIS), or the code point alone where nothing can be shown."""
    name = unicodedata.name(character, "").lower()
    shown = character.isprintable() and not character.isspace()
    code = f"U+{ord(character):04X}"
    if not shown:
        return f"the character {code}" + (f" ({name})" if name else "")
    return f"`{character}`" + (f" ({name})" if name and not character.isascii() else "")


def plain_digits(text: str) -> str:
    """The text of a number with digits, points and percent signs of other scripts and widths as ASCII."""
    wide = {"．": ".", "％": "%"}
    return "".join(str(unicodedata.decimal(each)) if each.isdecimal() else wide.get(each, each) for each in text)


def character_help(character: str) -> str:
    plain = unicodedata.normalize("NFKC", character)
    if plain != character and plain.isascii() and plain.isprintable():
        return f"write `{plain}`"
    if character in "[]{}":
        return "brackets are round: `(` and `)`"
    if character in "'`":
        return 'texts are written in plain quotes: "like this"'
    if character in "$€£¥":
        return "amounts are plain numbers in the plan's currency; another currency follows its number: `5 USD`"
    return "remove it, or put it into a text"


MOMENT_WORDS = {"date": "date of the calendar", "datetime": "moment of the calendar"}
MOMENT_ARTICLES = {"date": "a date", "datetime": "a moment"}


def malformed_number(text: str) -> tuple[str, str]:
    """Message and help for something that begins like a number and is none."""
    if not text.isascii() and text.replace(".", "0").isdecimal():
        return f"`{text}` mixes digits of two kinds", f"write `{plain_digits(text)}`"
    digits = text.rstrip("%").replace("_", "")
    unit = digits.lstrip("0123456789.")
    number = digits[: len(digits) - len(unit)]
    if text.startswith("."):
        return f"`{text}` has no digit before its point", f"write `0{text}`"
    if unit[:1].isalpha() and number.count(".") < 2 and not number.endswith("."):
        help = f"a number and its unit stand apart: `{number} {unit}`; names begin with a letter"
        return f"`{text}` is neither a number nor a name", help
    if number.count(".") > 1:
        return f"`{text}` has more than one point", "write dates as `2026-10-15`, and group digits with `_`"
    return f"`{text}` is not a number", "write it like `1_000`, `0.05`, `1e7` or `5%`"


def also(span: Span, text: str) -> tuple[Label, ...]:
    return (Label(span, text),)
