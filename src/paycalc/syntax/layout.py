"""Blocks: a line and the deeper lines under it. What stands deeper either continues a line or is a list of items."""

from __future__ import annotations

from dataclasses import dataclass

from paycalc.core.diagnostic import Diagnostic
from paycalc.core.span import Span
from paycalc.syntax import faults
from paycalc.syntax.cursor import Cursor
from paycalc.syntax.lexer import Lexed, Token


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
