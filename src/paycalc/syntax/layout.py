"""Blocks: a line and the deeper lines under it. What stands deeper either continues a line or is a list of items."""

from __future__ import annotations

from dataclasses import dataclass

from paycalc.core.diagnostic import Diagnostic
from paycalc.core.span import Span
from paycalc.syntax import faults
from paycalc.syntax.cursor import Cursor
from paycalc.syntax.lexer import Lexed, Line, Token

_DEFINED_WITH_EQUALS = frozenset("let pay deduct employer show kind".split())
_STATEMENTS = frozenset("let pay deduct employer show assert".split())
_ROW_SIGNS = (":", "->", "from")  # what follows the key of an example's row
_ENTITY_CLAUSES = frozenset("in at dated when outside".split())


@dataclass(frozen=True, slots=True)
class Block:
    """Lines first to last (excluded) of a plan: a head line and the deeper lines that follow it."""

    lexed: Lexed
    faults: list[Diagnostic]
    first: int
    last: int

    @property
    def tokens(self) -> list[Token]:
        """All tokens; the first of every line knows its indentation."""
        return self.lexed.tokens[self.lexed.lines[self.first].first : self.lexed.lines[self.last - 1].last]

    @property
    def head_tokens(self) -> list[Token]:
        line = self.lexed.lines[self.first]
        return self.lexed.tokens[line.first : line.last]

    @property
    def span(self) -> Span:
        lines, tokens = self.lexed.lines, self.lexed.tokens
        return Span(tokens[lines[self.first].first].start, tokens[lines[self.last - 1].last - 1].end)

    @property
    def has_items(self) -> bool:
        return self.last > self.first + 1

    def head(self) -> Cursor:
        """A cursor over the head line alone."""
        return Cursor(self.head_tokens, self.faults)

    def whole(self) -> Cursor:
        """A cursor over all lines, the deeper ones continuing the first."""
        return Cursor(self.tokens, self.faults)

    def items(self) -> list[Block]:
        """The blocks under the head line."""
        return split(self.lexed, self.faults, self.first + 1, self.last)


def split(lexed: Lexed, diagnostics: list[Diagnostic], first: int, last: int, margin: int = -1) -> list[Block]:
    """Blocks that all begin in the column of the first, or at `margin`; one misplaced is reported once."""
    lines = lexed.lines
    blocks = []
    reported = lexed.has_tabs
    indent = lines[first].indent if first < last else 0
    if first < last and margin >= 0 and indent != margin:
        _misplaced(lexed, diagnostics, first, "declarations begin at the left margin")
        reported = True
    while first < last:
        if lines[first].indent < indent:
            if not reported:
                _misplaced(lexed, diagnostics, first, "this line begins left of the lines above that it belongs with")
                reported = True
            indent = lines[first].indent
        end = first + 1
        while end < last and lines[end].indent > indent:
            end += 1
        blocks.append(Block(lexed, diagnostics, first, end))
        first = end
    return blocks


def _misplaced(lexed: Lexed, diagnostics: list[Diagnostic], line: int, message: str) -> None:
    token = lexed.tokens[lexed.lines[line].first]
    help = "begin lines that belong together in the same column, deeper than what they belong to"
    diagnostics.append(faults.BAD_INDENTATION.at(token.span, message, help=help))


# ---------------------------------------------------------------- declarations and rows in the wrong column


def realign(lexed: Lexed, diagnostics: list[Diagnostic]) -> None:
    """Report lines whose words tell that they stand in the wrong column, and move them to where they belong.

    An indented line that can only be a declaration goes to the left margin, one at the left margin under an
    `example` that can only be a row goes into the example; each with the deeper lines under it. Of several in a row
    the first is reported. A plan that is indented as a whole is left alone.
    """
    lines = lexed.lines
    if not lines or lines[0].indent:
        return
    reported = False
    row_indent = 0  # of the rows of the example that the present line may belong to; 0 outside of examples
    above = ""  # the word that the declaration above begins with
    setting_indent = lines[1].indent if len(lines) > 1 else 0
    number = 0
    while number < len(lines):
        line = lines[number]
        first = lexed.tokens[line.first]
        is_setting = above == "plan" and line.indent == setting_indent  # those are reported as such
        if line.indent and not is_setting and _is_declaration(lexed, number):
            if not (reported or lexed.has_tabs):
                diagnostics.append(_indented(first, above))
            reported = True
            _shift(lexed, number, -line.indent)
        elif not line.indent and row_indent and _is_example_row(lexed, line):
            if not reported:
                help = "indent it, so that it belongs to the example above"
                diagnostics.append(faults.BAD_INDENTATION.at(first.span, "a row outside of its example", help=help))
            reported = True
            _shift(lexed, number, row_indent)
        elif not line.indent:
            reported = False
        if not lines[number].indent:
            row_indent, above = 0, first.text
            if first.kind == "name" and first.text == "example":
                row_indent = max(1, lines[number + 1].indent) if number + 1 < len(lines) else 0
        number += 1


def _indented(first: Token, above: str) -> Diagnostic:
    """The fault of a declaration that is indented under one that begins with the word `above`."""
    if above in _STATEMENTS:
        return faults.UNEXPECTED_TOKEN.at(
            first.span, f"expected an operator, `when` or the end of the line, found `{first.text}`",
            help="this line is indented, so it continues the one above; begin it at the left margin",
        )  # fmt: skip
    help = f"an indented line belongs to the one above; begin `{first.text}` at the left margin"
    return faults.BAD_INDENTATION.at(first.span, "this line declares something, and is indented", help=help)


def _shift(lexed: Lexed, number: int, by: int) -> None:
    """Move a line and the deeper ones under it."""
    lines, indent = lexed.lines, lexed.lines[number].indent
    while True:
        line = lines[number]
        lines[number] = line._replace(indent=line.indent + by)
        lexed.tokens[line.first] = lexed.tokens[line.first]._replace(indent=line.indent + by)
        number += 1
        if number == len(lines) or lines[number].indent <= indent:
            return


def _is_declaration(lexed: Lexed, number: int) -> bool:
    """Whether a line begins a declaration and could, in no column, be anything else."""
    line = lexed.lines[number]
    tokens = lexed.tokens
    first = tokens[line.first]
    if first.kind != "name":
        return False
    if first.text == "parameters" and line.last == line.first + 1:
        return _has_column_below(lexed, number)
    if line.last < line.first + 2:
        return False
    second = tokens[line.first + 1]
    third = tokens[line.first + 2] if line.first + 2 < line.last else None
    if first.text in _DEFINED_WITH_EQUALS:
        return second.kind in ("name", "text") and any(t.kind == "=" for t in tokens[line.first : line.last])
    match first.text:
        case "table" | "ladder":
            return second.kind == "name" and third is not None and third.kind == "of"
        case "entity":
            return second.kind == "name" and (
                third is None
                or third.kind == "text"
                or (third.text in _ENTITY_CLAUSES and third.kind in ("in", "when", "name"))
            )
        case "parameters":
            return second.kind == "of" and line.last == line.first + 3 and _has_column_below(lexed, number)
        case "example":
            return second.kind == "text" and third is None
    return False


def _has_column_below(lexed: Lexed, number: int) -> bool:
    """Whether the next line is deeper and begins like a column: `NAME :` or `NAME,`."""
    if number + 1 >= len(lexed.lines) or lexed.lines[number + 1].indent <= lexed.lines[number].indent:
        return False
    below = lexed.lines[number + 1]
    begin = lexed.tokens[below.first : min(below.last, below.first + 2)]
    return len(begin) == 2 and begin[0].kind == "name" and begin[1].kind in (":", ",")


def _is_example_row(lexed: Lexed, line: Line) -> bool:
    """Whether a line at the left margin reads `ENTITY KEY :`, `plan :`, `expect ...`, `period 2026-10` or has `->`."""
    begin = lexed.tokens[line.first : min(line.last, line.first + 3)]
    if begin[0].kind != "name" or len(begin) < 2:
        return False
    if begin[0].text in ("plan", "expect", "period"):
        return begin[1].kind != "=" and (begin[0].text != "plan" or begin[1].kind in _ROW_SIGNS)
    is_keyed = begin[1].kind in ("name", "number", "text") and len(begin) == 3 and begin[2].kind in _ROW_SIGNS
    return is_keyed and begin[0].text not in _DEFINED_WITH_EQUALS and begin[0].text != "assert"
