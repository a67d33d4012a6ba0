"""Places in a plan's text."""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass
from functools import cached_property


@dataclass(frozen=True, slots=True)
class Span:
    """A stretch of a plan's text: character offsets, half open."""

    start: int
    end: int

    def to(self, other: Span) -> Span:
        """The stretch from the start of this one to the end of `other`."""
        return Span(self.start, max(self.end, other.end))


@dataclass(frozen=True)
class Source:
    """A plan's text with its name; knows lines and columns (both counted from 1, columns in characters)."""

    name: str
    text: str

    @cached_property
    def _line_starts(self) -> list[int]:
        starts = [0]
        for offset, character in enumerate(self.text):
            if character == "\n":
                starts.append(offset + 1)
        return starts

    @property
    def line_count(self) -> int:
        return len(self._line_starts)

    def position(self, offset: int) -> tuple[int, int]:
        """Line and column of a character offset."""
        line = bisect_right(self._line_starts, offset)
        return line, offset - self._line_starts[line - 1] + 1

    def line_start(self, line: int) -> int:
        """The character offset at which a line begins."""
        return self._line_starts[line - 1]

    def line_text(self, line: int) -> str:
        """The text of a line, without its end."""
        start = self._line_starts[line - 1]
        end = self._line_starts[line] - 1 if line < self.line_count else len(self.text)
        return self.text[start:end].rstrip("\r")

    def first_line(self, span: Span) -> Span:
        """The part of a stretch on its first line: what a block of lines begins with."""
        end = self.text.find("\n", span.start, span.end)
        return span if end < 0 else Span(span.start, end)

    def slice(self, span: Span) -> str:
        return self.text[span.start : span.end]
