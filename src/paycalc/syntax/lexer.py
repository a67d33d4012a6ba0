"""From text to tokens and lines.

A line of the plan is one or more lines of the text: inside brackets line ends do not count. Every line has its
indentation; what continues what is the parser's matter. Mistakes whose meaning is plain (`==`, a full-width bracket)
are reported and read as what was meant, so that the rest of the line is checked too; where nothing plain was meant a
`fault` token stands, and the parser leaves the line without a second report. All takes linear time.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass, field
from datetime import datetime
from typing import NamedTuple

from paycalc.core.diagnostic import Diagnostic, Rule
from paycalc.core.span import Source, Span
from paycalc.syntax import faults
from paycalc.syntax.tree import Comment

TEXT_BYTES_MAX = 1 << 20
WORDS_MAX = 50_000  # names, numbers and texts: each node of a tree needs one
TOKENS_MAX = 4 * WORDS_MAX

# Words that cannot be names. `over up at each collect` mean something in some places, but may name columns and keys.
RESERVED = frozenset(
    "and or not is in if then else case otherwise when of where via by within from to optional highest lowest".split()
)
SOFT_RESERVED = frozenset("over up at each collect".split())


class Token(NamedTuple):
    """A word of the plan. `start` and `end` are character offsets, half open; `indent` is -1 within a line.

    kind    name number date datetime text fault end; a reserved word or an operator is its own kind
    text    as written; a name after NFC, the content of a text without quotes and escapes
    """

    kind: str
    text: str
    start: int
    end: int
    indent: int = -1

    @property
    def span(self) -> Span:
        return Span(self.start, self.end)


class Line(NamedTuple):
    """Tokens first to last (excluded) of the list, and the column (from 0) where the line begins."""

    indent: int
    first: int
    last: int


@dataclass
class Lexed:
    """What the lexer hands to the parser. `unclosed`: the stretches that an unclosed bracket swallowed."""

    tokens: list[Token] = field(default_factory=list)
    lines: list[Line] = field(default_factory=list)
    comments: list[Comment] = field(default_factory=list)
    diagnostics: list[Diagnostic] = field(default_factory=list)
    unclosed: list[Span] = field(default_factory=list)
    has_tabs: bool = False


_BLANK = " \\t\\x00-\\x08\\x0b\\x0c\\x0e-\\x1f\\x7f"
_TOKEN = re.compile(
    rf"""[{_BLANK}]*+(?:
    (?P<name>[A-Za-z_][A-Za-z0-9_]*+(?![^\x00-\x7f]))
  | (?P<newline>\r?\n)
  | (?P<date>[0-9]{{4}}-[0-9]{{2}}-[0-9]{{2}}(?!\w|\.\w|-[0-9]))
  | (?P<datetime>[0-9]{{4}}-[0-9]{{2}}-[0-9]{{2}}T(?:\w|:(?=[0-9])|\.(?=\w))*+(?:[+-][0-9]++(?::[0-9]++)*+)?+)
  | (?P<short_date>[0-9]{{4}}-[0-9]{{1,2}}-[0-9]{{1,2}}(?!\w|\.\w|-[0-9]))
  | (?P<number>[0-9]++(?:_[0-9]++)*+(?:\.[0-9]++(?:_[0-9]++)*+)?+(?:[eE][+-]?[0-9]++)?+%?+(?!\w|\.\w))
  | (?P<malformed>\.?[0-9](?:[eE][+-](?=[0-9])|\.(?=\w)|\w)*+%?)
  | (?P<comment>\#[^\n]*+)
  | (?P<text>"[^"\\\n]*+(?:\\.[^"\\\n]*+)*+")
  | (?P<unterminated>"[^\n]*+)
  | (?P<wrong>\.\.\.+|==|!=|<>|&&?|\|\|?|\*\*|//|=<|=>|:=|!|\^|%)
  | (?P<operator>\.\.=|\.\.|->|<=|>=|[-+*/<>=(),:;.])
  | (?P<end>\Z)
  | (?P<other>.)
    )""",
    re.VERBOSE | re.DOTALL,
)

_CONTROL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]|\r(?!\n)")
_BIDI = re.compile("[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]")
_ESCAPE = re.compile(r"\\(.)")
_WORDS = re.compile(r" *[^\W\d]")
_OPERAND = re.compile(r" *[0-9(]")

# A line at the left margin that begins like this cannot stand inside brackets: the bracket above it was never closed.
_NO_NAME = rf"(?!(?:{'|'.join(sorted(RESERVED))})\b)"
_DECLARATION = re.compile(
    r"(?:let|pay|deduct|employer|show|assert|kind|entity|table|ladder|example|plan|carry|close|wallet|grant|redeem)"
    rf" +(?:{_NO_NAME}[^\W\d]|\")"
    r"|parameters +of +[^\W\d]\w* *(?:\#[^\n]*)?\r?\n +[^\W\d]\w* *[,:]"
)

_MEANT = {
    "==": ("is",),
    "!=": ("is", "not"),
    "<>": ("is", "not"),
    "≠": ("is", "not"),
    "&&": ("and",),
    "&": ("and",),
    "||": ("or",),
    "|": ("or",),
    "!": ("not",),
    "=<": ("<=",),
    ":=": ("=",),
    "≤": ("<=",),
    "≥": (">=",),
    "×": ("*",),
    "÷": ("/",),
    "−": ("-",),
    "–": ("-",),
    "—": ("-",),
    "→": ("->",),
    "、": (",",),
    "。": (".",),
    "…": ("..",),
}
_ADVICE = {
    "**": "there is no power: write the product, e.g. `x * x`",
    "^": "there is no power: write the product, e.g. `x * x`",
    "//": "write `floor(a / b)`",
    "%": "for the rest of a division write `mod(a, b)`; a percentage is written without a blank: `5%`",
    "=>": "write `>=` to compare, `->` before results",
}
_OPENING_QUOTES = "“”„‟「『'‘’"
_CLOSING_QUOTES = "“”„‟」』'‘’\""
_IN_NUMBER = tuple(".．_")  # with digits on both sides
_NUMBER_SHOWN_MAX = 60  # characters
_PERCENT_SIGNS = tuple("%％")
_WIDE_PUNCTUATION = {chr(code + 0xFEE0): chr(code) for code in b'(),:;.%=+-*/<>#"!&|^'}


def lex(source: Source) -> Lexed:
    """Tokens, lines and comments of a text; the faults found are in `diagnostics`, in no order."""
    lexed = Lexed()
    text = source.text
    if len(text) > TEXT_BYTES_MAX or len(text.encode("utf-8", "surrogatepass")) > TEXT_BYTES_MAX:
        lexed.diagnostics.append(faults.text_too_large(Span(0, 0)))
        return lexed
    _refuse_characters(text, lexed)
    _Lexer(text, lexed).run()
    words = sum(token.kind in ("name", "number", "text") for token in lexed.tokens)
    if max(words, len(lexed.comments)) > WORDS_MAX or len(lexed.tokens) > TOKENS_MAX:
        last = lexed.tokens[-1] if lexed.tokens else lexed.comments[-1]
        return Lexed(diagnostics=[faults.too_many_nodes(last.span, WORDS_MAX)])
    return lexed


def _refuse_characters(text: str, lexed: Lexed) -> None:
    """Report control and bidirectional characters wherever they stand, comments and texts included."""
    if "\t" in text:
        lexed.has_tabs = True
        lexed.diagnostics.append(faults.tab(text))
    if text.isascii() and text.isprintable():
        return
    for rule, pattern in ((faults.CONTROL_CHARACTER, _CONTROL), (faults.BIDI_CHARACTER, _BIDI)):
        for match in pattern.finditer(text):
            lexed.diagnostics.append(faults.hidden_character(rule, Span(*match.span()), match.group()))
            if len(lexed.diagnostics) > faults.FAULTS_MAX:
                return


class _Lexer:
    """One pass over the text. `brackets` holds the offsets of the brackets that are open."""

    def __init__(self, text: str, lexed: Lexed) -> None:
        self.text = text
        self.lexed = lexed
        self.tokens = lexed.tokens
        self.brackets: list[int] = []
        self.line_start = 0  # offset where the present line of the text begins
        self.first = 0  # index of the first token of the present line of the plan
        self.foreign_bracket = -1  # `first` of the line where `[` or `{` stood last

    def run(self) -> None:
        text, match_at = self.text, _TOKEN.match
        position = 1 if text.startswith("\ufeff") else 0
        self.line_start = position
        add, emit = self.tokens.append, self.emit
        while True:
            match = match_at(text, position)
            kind = match.lastgroup if match else None
            if match is None or kind is None or kind == "end" or len(self.tokens) > TOKENS_MAX:
                break
            start, position = match.start(kind), match.end()
            if kind == "name" or kind == "operator":
                word = match.group(kind)
                if len(self.tokens) == self.first:
                    emit(word if kind == "operator" or word in RESERVED else "name", word, start, position)
                else:
                    add(Token(word if kind == "operator" or word in RESERVED else "name", word, start, position))
                if word == "(":
                    self.brackets.append(start)
                elif word == ")" and self.brackets:
                    self.brackets.pop()
            elif kind == "newline":
                self.line_end(position)
            elif kind == "number":
                emit("number", match.group(kind), start, position)
            else:
                position = getattr(self, "lex_" + kind)(match.group(kind), start, position)
        self.end_brackets(len(text))
        self.end_line()

    def emit(self, kind: str, text: str, start: int, end: int) -> None:
        """Add a token; the first of a line learns its indentation."""
        indent = -1
        if len(self.tokens) == self.first:
            before = self.text[self.line_start : start]
            indent = len(before.expandtabs(8)) if "\t" in before else len(before)
        self.tokens.append(Token(kind, text, start, end, indent))

    def report(self, rule: Rule, start: int, end: int, message: str, *, help: str = "") -> None:
        if len(self.lexed.diagnostics) <= faults.FAULTS_MAX:
            self.lexed.diagnostics.append(rule.at(Span(start, end), message, help=help))

    def line_end(self, position: int) -> None:
        if self.brackets and _DECLARATION.match(self.text, position):
            self.end_brackets(position)
        self.line_start = position
        if not self.brackets:
            self.end_line()

    def end_line(self) -> None:
        if len(self.tokens) > self.first:
            self.lexed.lines.append(Line(self.tokens[self.first].indent, self.first, len(self.tokens)))
            self.first = len(self.tokens)

    def end_brackets(self, position: int) -> None:
        """At a place where no bracket can be open any more: report the innermost one that is."""
        if not self.brackets:
            return
        opened = self.brackets[-1]
        self.report(
            faults.UNCLOSED_BRACKET, opened, opened + 1, "this bracket is never closed",
            help="add the `)` that is missing",
        )  # fmt: skip
        end = self.tokens[-1].end
        self.lexed.unclosed.append(Span(self.brackets[0], position))
        self.tokens.append(Token("fault", "", end, end))
        self.brackets.clear()

    def lex_comment(self, text: str, start: int, position: int) -> int:
        alone = not self.text[self.line_start : start].strip(" \t\ufeff")
        text = text.rstrip()
        self.lexed.comments.append(Comment(Span(start, start + len(text)), text, alone))
        if len(self.lexed.comments) > WORDS_MAX:
            return len(self.text)  # the plan is refused; the rest need not be read
        return position

    def lex_date(self, text: str, start: int, position: int) -> int:
        return self.moment("date", text, start, position)

    def lex_datetime(self, text: str, start: int, position: int) -> int:
        return self.moment("datetime", text, start, position)

    def lex_short_date(self, text: str, start: int, position: int) -> int:
        """A date without all its zeros; but `2026-10-1` names a half month on a line that begins with `period`."""
        first = self.tokens[self.first] if len(self.tokens) > self.first else None
        if first is not None and first.text == "period":
            self.emit("number", text[:4], start, start + 4)
            return start + 4
        year, month, day = text.split("-")
        padded = f"{year}-{month:0>2}-{day:0>2}"
        if read_moment(padded) is None:
            return self.moment("date", text, start, position)
        self.report(
            faults.INVALID_DATE, start, position, f"`{text}` lacks digits",
            help=f"dates are written with all digits: `{padded}`",
        )  # fmt: skip
        self.emit("date", padded, start, position)
        return position

    def moment(self, kind: str, text: str, start: int, position: int) -> int:
        if (kind == "datetime" and not _MOMENT.fullmatch(text)) or read_moment(text) is None:
            form = "`2026-10-15`" if kind == "date" else "`2026-10-15T08:30`, perhaps with `:00` and `+08:00` or `Z`"
            self.report(
                faults.INVALID_DATE, start, position, f"`{text}` is no {faults.MOMENT_WORDS[kind]}",
                help=f"write {faults.MOMENT_ARTICLES[kind]} like {form}",
            )  # fmt: skip
            text = "2000-01-01" if kind == "date" else "2000-01-01T00:00"
        self.emit(kind, text, start, position)
        return position

    def lex_malformed(self, text: str, start: int, position: int) -> int:
        message, help = faults.malformed_number(text)
        self.report(faults.MALFORMED_NUMBER, start, position, message, help=help)
        self.emit("fault", "", start, position)
        return position

    def lex_text(self, text: str, start: int, position: int) -> int:
        content = text[1:-1]
        if "\\" in content:
            for match in _ESCAPE.finditer(content):
                if match.group(1) not in '"\\':
                    self.report(
                        faults.UNKNOWN_ESCAPE, start + 1 + match.start(), start + 1 + match.end(),
                        f"`{match.group()}` has no meaning in a text",
                        help='a backslash itself is written `\\\\`, a quote inside a text `\\"`',
                    )  # fmt: skip
            content = _ESCAPE.sub(r"\1", content)
        self.emit("text", content if content.isascii() else unicodedata.normalize("NFC", content), start, position)
        return position

    def lex_unterminated(self, text: str, start: int, position: int) -> int:
        text = text.rstrip("\r")
        self.report(
            faults.UNTERMINATED_TEXT, start, start + len(text), "this text has no closing quote",
            help='end it with `"` on the same line',
        )  # fmt: skip
        self.emit("fault", "", start, start + len(text))
        return start + len(text)

    def lex_wrong(self, text: str, start: int, position: int) -> int:
        last = self.tokens[-1] if len(self.tokens) > self.first else None
        if text == "%" and last is not None and last.kind == "number" and not _OPERAND.match(self.text, position):
            return self.detached_percent(last, position)
        if text == "//" and last is None:
            line_end = self.text.find("\n", position)
            message = "`//` does not begin a comment"
            self.report(faults.UNKNOWN_OPERATOR, start, position, message, help="begin a comment with `#`")
            return len(self.text) if line_end < 0 else line_end
        if text.startswith("..."):
            self.substitute(faults.UNKNOWN_OPERATOR, text, ("..",), start, position)
        elif text == "==":
            self.report(
                faults.EQUALS_SIGN, start, position, "`==` is not written in a plan", help="equality is `is`: `a is b`"
            )
            self.emit("is", text, start, position)
        elif text in _MEANT:
            self.substitute(faults.UNKNOWN_OPERATOR, text, _MEANT[text], start, position)
        else:
            message = f"`{text}` is not an operator of the plan language"
            may_be_comment = (
                text == "//" and self.text[start - 1] == " " and _WORDS.match(self.text, position) is not None
            )
            help = f"begin a comment with `#`; to divide, {_ADVICE[text]}" if may_be_comment else _ADVICE[text]
            self.report(faults.UNKNOWN_OPERATOR, start, position, message, help=help)
            self.emit("fault", "", start, position)
        return position

    def detached_percent(self, number: Token, position: int) -> int:
        self.report(
            faults.MALFORMED_NUMBER, number.start, position, "a blank between a number and its percent sign",
            help=f"write `{number.text.rstrip('%')}%`; for the rest of a division write `mod(a, b)`",
        )  # fmt: skip
        text = number.text if number.text.endswith("%") else number.text + "%"
        self.tokens[-1] = number._replace(text=text, end=position)
        return position

    def substitute(self, rule: Rule, text: str, meant: tuple[str, ...], start: int, position: int) -> None:
        """Report `text` and go on with the tokens that were meant."""
        wanted = " ".join(meant)
        what = faults.character_name(text) if rule is faults.UNEXPECTED_CHARACTER else f"`{text}`"
        self.report(rule, start, position, f"{what} is not used in a plan", help=f"write `{wanted}`")
        for kind in meant:
            self.emit(kind, kind, start, position)
        if meant == ("(",):
            self.brackets.append(start)
        elif meant == (")",) and self.brackets:
            self.brackets.pop()

    def lex_other(self, character: str, start: int, position: int) -> int:
        """A name that is not ASCII, or a character that the language does not use."""
        if character.isidentifier():
            return self.wide_name(start)
        if character in _OPENING_QUOTES or character == "＂":
            return self.foreign_quote(start, position)
        if character in _WIDE_PUNCTUATION:
            return self.wide_punctuation(_WIDE_PUNCTUATION[character], character, start, position)
        if character in _MEANT:
            self.substitute(faults.UNEXPECTED_CHARACTER, character, _MEANT[character], start, position)
            return position
        if _CONTROL.match(character) or _BIDI.match(character):
            return position  # reported with the characters that are refused anywhere
        if character in "[{":
            self.foreign_bracket = self.first
        elif character in "]}" and self.foreign_bracket == self.first:
            return position  # what opened it has been reported
        if character.isdecimal():
            return self.foreign_digits(start)
        name = faults.character_name(character)
        if character.isspace() or unicodedata.category(character) in ("Cf", "Zs"):
            message, help = f"{name} outside a text", "replace it by an ordinary blank, or remove it"
            self.report(faults.UNEXPECTED_CHARACTER, start, position, message, help=help)
            return position
        message = f"{name} has no meaning in a plan"
        self.report(faults.UNEXPECTED_CHARACTER, start, position, message, help=faults.character_help(character))
        self.emit("fault", "", start, position)
        return position

    def wide_name(self, start: int) -> int:
        text, end = self.text, start + 1
        while end < len(text) and ("a" + text[end]).isidentifier():
            end += 1
        self.emit("name", unicodedata.normalize("NFC", text[start:end]), start, end)
        return end

    def foreign_digits(self, start: int) -> int:
        """A number in digits of another script or width is one report, and is read as what was meant."""
        text, end = self.text, start + 1
        while text[end : end + 1].isdecimal() or (
            text[end : end + 1] in _IN_NUMBER and text[end + 1 : end + 2].isdecimal()
        ):
            end += 1
        end += text[end : end + 1] in _PERCENT_SIGNS
        meant = faults.plain_digits(text[start:end])
        message = f"{faults.character_name(text[start])} instead of a plain digit"
        help = f"write `{meant}`" if len(meant) <= _NUMBER_SHOWN_MAX else "write numbers in the digits 0 to 9"
        self.report(faults.UNEXPECTED_CHARACTER, start, end, message, help=help)
        self.emit("number" if meant.count(".") < 2 else "fault", meant, start, end)
        return end

    def foreign_quote(self, start: int, position: int) -> int:
        text = self.text
        line_end = text.find("\n", position)
        line_end = len(text) if line_end < 0 else line_end
        end = position
        while end < line_end and text[end] not in _CLOSING_QUOTES and text[end] != "＂":
            end += 1
        message = f"{faults.character_name(text[start])} instead of a plain quote"
        help = 'write texts in plain quotes: "like this"'
        self.report(faults.UNEXPECTED_CHARACTER, start, position, message, help=help)
        if end == line_end:
            self.emit("fault", "", start, position)
            return position
        self.emit("text", unicodedata.normalize("NFC", text[position:end]), start, end + 1)
        return end + 1

    def wide_punctuation(self, meant: str, character: str, start: int, position: int) -> int:
        last = self.tokens[-1] if len(self.tokens) > self.first else None
        if meant == "#":
            line_end = self.text.find("\n", position)
            position = len(self.text) if line_end < 0 else line_end
            message = f"{faults.character_name(character)} instead of `#`"
            self.report(faults.UNEXPECTED_CHARACTER, start, start + 1, message, help="begin a comment with `#`")
        elif meant == "%" and last is not None and last.kind == "number" and last.end == start:
            message = f"{faults.character_name(character)} instead of `%`"
            self.report(faults.UNEXPECTED_CHARACTER, start, position, message, help=f"write `{last.text}%`")
            self.tokens[-1] = last._replace(text=last.text.rstrip("%") + "%", end=position)
        elif meant in "!&|^%":
            help = f"write `{' '.join(_MEANT[meant])}`" if meant in _MEANT else _ADVICE[meant]
            message = f"{faults.character_name(character)} is not used in a plan"
            self.report(faults.UNEXPECTED_CHARACTER, start, position, message, help=help)
            self.emit("fault", "", start, position)
        else:
            self.substitute(faults.UNEXPECTED_CHARACTER, character, (meant,), start, position)
        return position


_MOMENT = re.compile(
    r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}(?::[0-9]{2})?(?:Z|[+-][0-9]{2}:[0-9]{2})?", re.ASCII
)


def read_moment(text: str) -> datetime | None:
    """The moment (a date's midnight) that a `date` or `datetime` token writes; None where the calendar has none."""
    try:
        return datetime.fromisoformat(text)
    except ValueError:
        return None
