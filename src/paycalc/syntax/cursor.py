"""A cursor over the tokens of one statement, and the reading of what every part of the grammar shares: names, literals,
units and types.

A reading function either takes what it reads and returns a node, or reports one fault and raises `Unreadable`; the
caller at the next boundary (a declaration, a column, a row, a branch) catches that and goes on behind the boundary.
"""

from __future__ import annotations

import re
from fractions import Fraction
from typing import NoReturn

from paycalc.core.diagnostic import Diagnostic, Rule
from paycalc.core.number import DIGITS_MAX, parse_decimal
from paycalc.core.span import Span
from paycalc.syntax import faults, misplaced, tree
from paycalc.syntax.lexer import RESERVED, SOFT_RESERVED, Token, read_moment

_NUMBER_CHARACTERS_MAX = 200  # with separators and exponent; reading more digits is not worth the time
_POWER = re.compile(r"(.*[^0-9])([2-9])\Z", re.DOTALL)
_LEADING_ZERO = re.compile(r"0[0-9_]")
TYPE_WORDS_WITH_PLACES = ("decimal", "money", "percent")


class Unreadable(Exception):
    """The statement cannot be read on; the fault has been reported."""


class Cursor:
    """The tokens of one statement, ended by an `end` token, and the place reached.

    faults  takes the diagnostics; shared by all cursors of a plan
    """

    __slots__ = ("brackets", "descents", "faults", "height", "index", "token", "tokens")

    def __init__(self, tokens: list[Token], faults: list[Diagnostic]) -> None:
        end = tokens[-1].end if tokens else 0
        self.tokens = [*tokens, Token("end", "", end, end)]
        self.faults = faults
        self.index = 0
        self.token = self.tokens[0]
        self.brackets = 0  # open brackets and `if`s
        self.descents = 0  # reading functions that are nested in each other
        self.height = 0  # of the tree of the expression read last

    # ------------------------------------------------------------ tokens

    def advance(self) -> Token:
        """The present token; the cursor moves to the next. At the end it stays."""
        token = self.token
        if token.kind != "end":
            self.index += 1
            self.token = self.tokens[self.index]
        return token

    def peek(self, distance: int = 1) -> Token:
        return self.tokens[min(self.index + distance, len(self.tokens) - 1)]

    @property
    def previous(self) -> Token:
        return self.tokens[max(self.index - 1, 0)]

    def at_word(self, *words: str) -> bool:
        return self.token.kind == "name" and self.token.text in words

    def take(self, kind: str) -> bool:
        """Step over the token if it is of this kind."""
        if self.token.kind != kind:
            return False
        self.advance()
        return True

    def take_word(self, word: str) -> bool:
        if self.token.kind != "name" or self.token.text != word:
            return False
        self.advance()
        return True

    def expect(self, kind: str, expected: str, help: str = "") -> Token:
        if self.token.kind != kind:
            self.unexpected(expected, help)
        return self.advance()

    def finish(self, expected: str = "the end of the line", help: str = "") -> None:
        if self.token.kind != "end":
            self.unexpected(expected, help)

    def span_from(self, start: Token | Span | tree.Node) -> Span:
        """From the start of something to the end of the token read last."""
        if isinstance(start, tree.Node):
            start = start.span
        return Span(start.start, self.tokens[self.index - 1].end)

    # ------------------------------------------------------------ faults

    def report(self, diagnostic: Diagnostic) -> None:
        if len(self.faults) <= faults.FAULTS_MAX:
            self.faults.append(diagnostic)

    def fail(self, rule: Rule, span: Span, message: str, *, help: str = "") -> NoReturn:
        self.report(rule.at(span, message, help=help))
        raise Unreadable

    def refuse_unavailable(self, span: Span, construct: str) -> NoReturn:
        self.report(faults.not_available(span, construct))
        raise Unreadable

    def unexpected(self, expected: str, help: str = "") -> NoReturn:
        """Report the present token; a `fault` token has been reported by the lexer."""
        token = self.token
        if token.kind == "fault":
            raise Unreadable
        own = misplaced.fault_at(self.tokens, self.index)
        if own is not None:
            self.report(own)
            raise Unreadable
        help = misplaced.help_at(self.tokens, self.index) or help
        continued = next((t for t in self.tokens[self.index : 0 : -1] if t.indent >= 0), None)
        if not help and continued is not None:
            help = f"the line beginning with `{continued.text}` is indented deeper than the one above: it continues it"
        if token.kind == "end":
            message = f"the line ends where {expected} was expected"
            self.fail(faults.UNEXPECTED_TOKEN, Span(token.end, token.end), message, help=help)
        self.fail(faults.UNEXPECTED_TOKEN, token.span, f"expected {expected}, found {describe(token)}", help=help)

    def skip_brackets(self) -> None:
        """Step over a bracket with all that it holds."""
        depth = 0
        while self.token.kind != "end":
            kind = self.advance().kind
            depth += (kind == "(") - (kind == ")")
            if depth <= 0:
                return

    # ------------------------------------------------------------ names

    def identifier(self, what: str, *, soft: bool = False) -> tree.Identifier:
        """A name that is declared or asked for; with `soft` the words `over up at each collect` may be one."""
        token = self.token
        if token.kind == "name" and (soft or token.text not in SOFT_RESERVED):
            self.advance()
            return tree.Identifier(Span(token.start, token.end), token.text)
        if token.kind in RESERVED or token.kind == "name":
            self.fail(
                faults.RESERVED_WORD, token.span, f"`{token.text}` is a word of the language and cannot be {what}",
                help="choose another name" + (f", e.g. `{token.text}_date`" if token.text in ("from", "to") else ""),
            )  # fmt: skip
        help = "names are written without quotes" if token.kind == "text" else ""
        self.unexpected(what, help)

    def member(self, what: str = "a member") -> tree.Identifier:
        """A member of an enumeration: a name or a text."""
        if self.token.kind == "text":
            token = self.advance()
            return tree.Identifier(token.span, token.text, quoted=True)
        if self.token.kind in RESERVED:
            self.fail(
                faults.RESERVED_WORD, self.token.span,
                f"`{self.token.text}` is a word of the language and cannot be {what}",
                help=f'put it in quotes: "{self.token.text}"',
            )  # fmt: skip
        return self.identifier(what, soft=True)

    def path(self, what: str = "a name") -> tree.Name:
        """`sales`, `store.region.rate`."""
        parts = [self.identifier(what, soft=True)]
        while self.take("."):
            parts.append(self.identifier("a name after the point", soft=True))
        return tree.Name(Span(parts[0].span.start, parts[-1].span.end), tuple(parts))

    def label(self) -> str | None:
        return self.advance().text if self.token.kind == "text" else None

    # ------------------------------------------------------------ literals

    def number(self, *, with_unit: bool = True) -> tree.Number:
        token = self.expect("number", "a number")
        percent = token.text.endswith("%")
        digits = token.text[:-1] if percent else token.text
        if _LEADING_ZERO.match(digits):
            self._leading_zero(token)
        plain = digits.replace("_", "")
        read: tuple[Fraction, int] | None
        if plain.isdigit() and len(plain) <= DIGITS_MAX:
            read = Fraction(int(plain)), 0  # most numbers; the general way costs five times as much
        else:
            read = parse_decimal(digits) if len(digits) <= _NUMBER_CHARACTERS_MAX else None
        if read is None:
            self.fail(
                faults.NUMBER_TOO_LONG, token.span, "this number has more than 38 digits",
                help="no amount and no rate needs as many: look for digits or an exponent typed by mistake",
            )  # fmt: skip
        value, places = read
        if percent:
            value, places = value / 100, places + 2
        unit = None
        if with_unit and self.token.kind == "name":
            if self.token.text in misplaced.NO_WORDS:
                message = f"`{self.token.text}` is not a word of the plan language"
                help = misplaced.NO_WORDS[self.token.text]
                self.fail(faults.UNEXPECTED_TOKEN, self.token.span, message, help=help)
            unit = self.unit()
        return tree.Number(self.span_from(token), value, places, percent, unit)

    def _leading_zero(self, token: Token) -> NoReturn:
        comma = self.index - 2  # where one stands, if the number is what follows it: `12,000`, `1,05`
        thousands = misplaced.thousands_at(self.tokens, comma)
        if thousands is not None:
            self.report(thousands)
            raise Unreadable
        plain = token.text.lstrip("0_") or "0"
        help = f'write `{plain}`, or "{token.text}" in quotes if it is a key'
        help = misplaced.decimal_comma_help(self.tokens, comma) or help
        self.fail(faults.MALFORMED_NUMBER, token.span, f"`{token.text}` begins with a zero", help=help)

    def whole_number(self, what: str) -> int:
        number_token = self.token
        value = self.number(with_unit=False)
        if not number_token.text.replace("_", "").isdigit():
            self.fail(faults.UNEXPECTED_TOKEN, number_token.span, f"expected {what}, found `{number_token.text}`")
        return int(value.value)

    def signed_number(self) -> tree.Expression:
        if self.token.kind != "-":
            return self.number()
        minus = self.advance()
        operand = self.number()
        return tree.Unary(self.span_from(minus), "-", operand)

    def bound(self, what: str) -> tree.Expression:
        """An end of a range: a number with its sign, a date or a moment."""
        if self.token.kind in ("date", "datetime"):
            return self.moment()
        if self.token.kind not in ("number", "-"):
            self.unexpected(what)
        return self.signed_number()

    def literal(self, what: str) -> tree.Expression:
        """A number, date, moment, text, or a bare name (a member, yes, no, none)."""
        kind = self.token.kind
        if kind in ("number", "-", "date", "datetime"):
            return self.bound(what)
        if kind == "text":
            token = self.advance()
            return tree.Text(token.span, token.text)
        if kind == "name":
            name = self.identifier(what, soft=True)
            return tree.Name(name.span, (name,))
        if kind in RESERVED:
            self.member(what)
        self.unexpected(what)

    def moment(self) -> tree.Date | tree.DateTime:
        token = self.advance()
        value = read_moment(token.text)
        assert value is not None, "the lexer lets only real moments through"
        if token.kind == "date":
            return tree.Date(token.span, value.date())
        return tree.DateTime(token.span, value)

    # ------------------------------------------------------------ units and types

    def _at_unit_word(self) -> bool:
        return self.token.kind == "name" and self.token.text not in SOFT_RESERVED

    def unit(self) -> tree.UnitExpression | None:
        """`tonne km`, `CNY per hour`, `per kg`; None where no unit word stands."""
        start = self.token
        above: list[tree.UnitTerm] = []
        below: list[tree.UnitTerm] = []
        terms = above
        while self._at_unit_word():
            token = self.advance()
            if token.text == "per":
                terms = below
                if not self._at_unit_word() or self.token.text == "per":
                    self.unexpected("a unit after `per`")
                continue
            match = _POWER.match(token.text)
            name, power = (match.group(1), int(match.group(2))) if match else (token.text, 1)
            terms.append(tree.UnitTerm(token.span, name, power))
        if not above and not below:
            return None
        return tree.UnitExpression(self.span_from(start), tuple(above), tuple(below))

    def type(self, *, key: bool = False) -> tree.TypeExpression:
        """A type with its unit, members and range; for a `key`, members are refused."""
        start = self.token
        word = self.identifier("a type").text
        if word == "one" and self.token.kind == "of":
            self.advance()
            if key:
                self.fail(
                    faults.KEY_WITH_MEMBERS, self.span_from(start), "a key cannot list its members here",
                    help="declare them once, `kind NAME = one of ...`, and name the key after the kind",
                )  # fmt: skip
            members = [self.member("a member of the enumeration")]
            while self.take(","):
                members.append(self.member("a member of the enumeration"))
            return tree.TypeExpression(self.span_from(start), "one of", members=tuple(members))
        places = None
        if self.token.kind == "(":
            if word not in TYPE_WORDS_WITH_PLACES:
                self.unexpected("the end of the type", "only decimal, money and percent have places in brackets")
            self.advance()
            places = self.whole_number("the number of decimal places")
            self.expect(")", "`)`")
        unit = self.unit()
        bounds = self.range()
        return tree.TypeExpression(self.span_from(start), word, places, unit, (), bounds)

    def range(self) -> tree.Range | None:
        """`0 .. 400`; None where none begins."""
        start = self.token
        if start.kind in ("..", "..="):
            self._missing_bound(start.span, "this range has no least value")
        if start.kind not in ("number", "-", "date", "datetime"):
            return None
        low = self.bound("the least value of the range")
        if self.token.kind == "..=":
            self.fail(
                faults.UNEXPECTED_TOKEN, self.token.span, "expected `..`, found `..=`",
                help="a range includes both of its ends: write `..`",
            )  # fmt: skip
        if self.token.kind != "..":
            if self.token.kind in ("fault", ","):
                self.unexpected("`..`")
            self._missing_bound(low.span, "this range has one value only")
        dots = self.advance()
        if self.token.kind not in ("number", "-", "date", "datetime"):
            if self.token.kind == "fault":
                raise Unreadable
            self._missing_bound(dots.span, "this range has no greatest value")
        high = self.bound("the greatest value of the range")
        return tree.Range(self.span_from(start), low, high)

    def _missing_bound(self, span: Span, message: str) -> NoReturn:
        self.fail(faults.MISSING_BOUND, span, message, help="write both ends: `0 .. 1_000`")


def describe(token: Token) -> str:
    """What a token is called in a message."""
    match token.kind:
        case "end":
            return "the end of the line"
        case "text":
            return "a text in quotes"
        case "number":
            return f"the number `{token.text}`"
        case "date" | "datetime":
            return f"`{token.text}`"
        case _:
            return f"`{token.text}`"
