"""Text for people: columns that align on the screen, a little colour, progress. No library is needed for any of it."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Sequence
from types import TracebackType

from paycalc.core.rendering import display_width, escape

_RED, _PLAIN = "\x1b[1;31m", "\x1b[0m"
_PROGRESS_SECONDS = 0.1  # between two redrawings
_BAR_WIDTH = 30


def prepare_streams() -> None:
    """Print whatever a plan or its data hold: what the terminal's encoding lacks is written as an escape."""
    for stream in (sys.stdout, sys.stderr):
        reconfigure = getattr(stream, "reconfigure", None)
        if reconfigure is not None:
            reconfigure(errors="backslashreplace")


def error_style(message: str) -> str:
    """The message with `error...:` at the start of its lines in red, where standard error is a terminal that may."""
    if not sys.stderr.isatty() or os.environ.get("NO_COLOR") or os.environ.get("TERM") == "dumb":
        return message
    lines = []
    for line in message.split("\n"):
        head, colon, rest = line.partition(":")
        lines.append(f"{_RED}{head}{_PLAIN}{colon}{rest}" if colon and head.startswith("error") else line)
    return "\n".join(lines)


def columns(rows: Sequence[Sequence[str]], right: Sequence[int] = (), indent: str = "  ") -> str:
    """Rows of cells as lines with aligned columns; those numbered in `right` are set to the right."""
    if not rows:
        return ""
    shown = [[escape(cell) for cell in row] for row in rows]
    widths = [max(display_width(row[column]) for row in shown) for column in range(len(shown[0]))]
    lines = []
    for row in shown:
        parts = []
        for column, cell in enumerate(row):
            blanks = " " * (widths[column] - display_width(cell))
            parts.append(blanks + cell if column in right else cell + blanks)
        lines.append((indent + "  ".join(parts)).rstrip())
    return "\n".join(lines)


def grouped(number: int) -> str:
    """1_234_567 as people read it: 1,234,567."""
    return f"{number:,}"


def counted(number: int, noun: str) -> str:
    """`1 line`, `7 lines`."""
    return f"{grouped(number)} {noun}{'' if number == 1 else 's'}"


class Progress:
    """A bar on standard error where that is a terminal, and nothing where it is not. Use it as a context and call it.

    Calls give what is done of what; they may come as often as they like.
    """

    def __init__(self, title: str) -> None:
        self._title = title
        self._shown = sys.stderr.isatty() and os.environ.get("TERM") != "dumb"
        self._next = 0.0

    def __enter__(self) -> Progress:
        return self

    def __call__(self, done: int, total: int) -> None:
        now = time.monotonic()
        if not self._shown or (now < self._next and done < total):
            return
        self._next = now + _PROGRESS_SECONDS
        filled = _BAR_WIDTH * done // max(total, 1)
        bar = "#" * filled + "." * (_BAR_WIDTH - filled)
        sys.stderr.write(f"\r{self._title} [{bar}] {grouped(done)} of {grouped(total)}\x1b[K")
        sys.stderr.flush()

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        if self._shown and self._next:
            sys.stderr.write("\r\x1b[K")
            sys.stderr.flush()
