"""The lark grammar of a plan with the layout that a grammar cannot say."""

import re
from collections.abc import Iterator
from itertools import permutations
from pathlib import Path

from lark import Lark, Token
from lark.exceptions import LarkError

from paycalc.syntax.lexer import RESERVED

BLOCKS = ("plan", "entity", "parameters", "table", "ladder", "example")
CLAUSES = ("_dated", "_within", "_hold", "_outside", "_bound")
SETTINGS = ("currency", "period", "timezone", "payee")
PERIOD_NAME = re.compile(r"[0-9]{4}(-[0-9]{1,2}(-[0-9]{1,2})?|-W[0-9]{1,2}|-Q[0-9])?\Z")
SHORT_DATE = re.compile(r"(?<!\w)(?<!\w\.)[0-9]{4}-[0-9]{1,2}-[0-9]{1,2}(?!\w|\.\w|-[0-9])")
LEADING_ZERO = re.compile(r"0[0-9_]")
VALUE_STARTS = ("WHOLE", "NUMBER", "DATE", "DATETIME", "TEXT", "MINUS", "DOT")


class LayoutError(LarkError):
    """The lines are indented in a way that no plan is."""


Line = list[Token]


class Layout:
    """Puts the layout tokens in: what begins a declaration, an item of one, a branch."""

    always_accept = ()

    def process(self, stream: Iterator[Token]) -> Iterator[Token]:
        lines = list(self.lines(stream))
        for line in lines:
            refuse_short_dates(line)
        if not lines or indent(lines[0]) != 0:
            raise LayoutError("nothing at the left margin")
        start = 0
        for end in range(1, len(lines) + 1):
            if end == len(lines) or indent(lines[end]) == 0:
                yield marker("_DECLARATION")
                yield from self.declaration(lines[start:end])
                start = end

    def lines(self, stream: Iterator[Token]) -> Iterator[Line]:
        """Lines of tokens; inside brackets line ends do not count."""
        line: Line = []
        depth = 0
        for token in stream:
            if line and depth == 0 and token.line > line[-1].end_line:
                yield line
                line = []
            line.append(token)
            depth = max(depth + (token == "(") - (token == ")"), 0)
        if line:
            yield line

    def declaration(self, lines: list[Line]) -> Iterator[Token]:
        first = str(lines[0][0])
        if first not in BLOCKS:
            yield from self.continued(lines)
            return
        yield from checked(lines[0])
        settings = [str(item[0][0]) for item in items(lines[1:])] if first == "plan" else []
        if len(settings) != len(set(settings)):
            raise LayoutError("a setting stands twice")
        for item in items(lines[1:]):
            yield marker("_ITEM")
            yield from self.item(first, item)

    def item(self, block: str, lines: list[Line]) -> Iterator[Token]:
        first = lines[0]
        if block == "plan" and first[0] == "timezone" and len(lines) == 1:
            yield first[0]
            yield from joined(first[1:], "ZONE", r"[^\W\d]\w*([/+-]\w+)*")
        elif block == "ladder" and not any(token == ":" for token in first):
            yield from checked(first)
            for step in items(lines[1:]):
                yield marker("_SUBITEM")
                yield from checked(flat(step))
        elif block == "example" and first[0] == "period":
            yield first[0]
            yield from joined(first[1:], "PERIOD_NAME", PERIOD_NAME.pattern)
            for item in items(lines[1:]):
                yield marker("_SUBITEM")
                yield from self.example_item(item)
        elif block == "example":
            yield from self.example_item(lines)
        else:
            yield from checked(flat(lines))

    def example_item(self, lines: list[Line]) -> Iterator[Token]:
        """A row, an `expect`, or a table with its rows and groups of steps."""
        first = lines[0]
        if first[0] != "table" or len(first) < 2 or not re.match(r"[\w\"]", first[1]) or first[1] in RESERVED:
            yield from with_codes(flat(lines))
            return
        yield from checked(first)
        for row in items(lines[1:]):
            if any(token == ":" for token in row[0]):
                yield marker("_ROW")
                yield from checked(flat(row))
                continue
            yield marker("_GROUP")
            yield from checked(row[0])
            for step in items(row[1:]):
                yield marker("_STEP")
                yield from checked(flat(step))

    def continued(self, lines: list[Line]) -> Iterator[Token]:
        """A line declaration: deeper lines continue it, except the branches of a `case`."""
        case = next((n for n, line in enumerate(lines) if line[-1] == "case"), None)
        if case is None or case == len(lines) - 1:
            yield from checked(flat(lines))
            return
        yield from checked(flat(lines[: case + 1]))
        column = indent(lines[case + 1])
        for line in lines[case + 1 :]:
            if indent(line) < column and line[0] != "when":
                raise LayoutError("a branch left of the others")
            if indent(line) <= column or line[0] == "when":
                yield marker("_BRANCH")
            yield from checked(line)


def indent(line: Line) -> int:
    return line[0].column - 1


def marker(kind: str) -> Token:
    return Token(kind, "")


def flat(lines: list[Line]) -> Line:
    return [token for line in lines for token in line]


def items(lines: list[Line]) -> list[list[Line]]:
    """The lines of a block, each with the deeper lines that continue it."""
    found: list[list[Line]] = []
    for line in lines:
        if not found or indent(line) == indent(lines[0]):
            found.append([line])
        elif indent(line) < indent(lines[0]):
            raise LayoutError("an item left of the others")
        else:
            found[-1].append(line)
    return found


def checked(tokens: Line) -> Iterator[Token]:
    for token in tokens:
        if token.type in ("WHOLE", "NUMBER") and LEADING_ZERO.match(token):
            raise LayoutError("a number begins with a zero")
        yield token


def refuse_short_dates(line: Line) -> None:
    """`2026-1-5` is no difference; but a line that begins with `period` may name a half month like that."""
    written, end = "", line[0].start_pos
    for token in line:
        plain = token.type in ("WHOLE", "NUMBER", "NAME") or len(token) == 1
        written += " " * (token.start_pos != end) + (token if plain else "x")
        end = token.end_pos
    if line[0] != "period" and SHORT_DATE.search(written):
        raise LayoutError("a date without all its digits")


def joined(tokens: Line, kind: str, pattern: str) -> Iterator[Token]:
    """Tokens without blanks between them become one; `..` stays apart."""
    words: list[tuple[int, str]] = []
    for token in tokens:
        start = token.start_pos
        if words and words[-1][0] == start and token != ".." and words[-1][1] != "..":
            words[-1] = (token.end_pos, words[-1][1] + token)
        else:
            words.append((token.end_pos, str(token)))
    for _, word in words:
        if word == "..":
            yield next(token for token in tokens if token == "..")
            continue
        if not re.fullmatch(pattern, word):
            raise LayoutError(f"{word} is no {kind}")
        yield Token(kind, word)


def with_codes(tokens: Line) -> Iterator[Token]:
    """The code behind `rejected` or `held` becomes one token."""
    index = 0
    expecting = tokens[0] == "expect"
    while index < len(tokens):
        token = tokens[index]
        yield from checked([token])
        index += 1
        expecting = expecting or token == "->"
        begins = expecting and index >= 2 and tokens[index - 2] in (",", "->", ":")
        if (
            token not in ("rejected", "held")
            or not begins
            or index == len(tokens)
            or not re.match(r"[^\W\d]", tokens[index])
        ):
            continue
        code, end = str(tokens[index]), tokens[index].end_pos
        index += 1
        while index < len(tokens) and tokens[index].start_pos == end and is_code_part(code, tokens[index]):
            code, end = code + tokens[index], tokens[index].end_pos
            index += 1
        if code.endswith("-"):
            raise LayoutError("a code ends with a word")
        yield Token("CODE", code)


def is_code_part(code: str, token: Token) -> bool:
    return token.isidentifier() if code.endswith("-") else token == "-"


class PlanOracle:
    def __init__(self) -> None:
        grammar = (Path(__file__).parent / "plan.lark").read_text(encoding="utf-8")
        orders = [" ".join(each) for count in range(len(CLAUSES) + 1) for each in permutations(CLAUSES, count)]
        grammar += f"_clauses: {' | '.join(orders)}\n"
        self.parser = Lark(grammar, parser="lalr", lexer="basic", postlex=Layout(), propagate_positions=False)

    def accepts(self, text: str) -> bool:
        try:
            self.parser.parse(text)
        except LarkError:
            return False
        return True
